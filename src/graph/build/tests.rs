use super::*;
use crate::graph::World;
use crate::graph::testing::{Node, TEST_TIME, graph, separate, touching};
use crate::lint::testing::Issued;
use crate::text::Located;

fn touches(client_ca: &[&Issued], requestheader_client_ca: &[&Issued]) -> Vec<String> {
    let graph = graph(&[Node { name: "server", client_ca, requestheader_client_ca, proxy_client: None }]);
    graph.touches.into_iter().map(|touch| touch.text).collect()
}

#[test]
fn separate_authorities_do_not_touch() {
    let graph = separate();
    assert!(graph.touches.is_empty());
    assert_eq!(graph.verdict(), "The two worlds do not touch.");
    let worlds: Vec<World> = graph.nodes().map(|id| graph.world(id)).collect();
    let (users, proxies, neither) = (World::Users, World::FrontProxies, World::Neither);
    assert_eq!(worlds, [users, proxies, neither, users, proxies, proxies]);
    let kinds: Vec<EdgeKind> = graph.edges.iter().map(|edge| edge.kind).collect();
    assert_eq!(kinds, [EdgeKind::Holds, EdgeKind::Holds, EdgeKind::Holds, EdgeKind::Signs]);
    assert!(graph.edges.iter().all(|edge| !edge.touches));
}

#[test]
fn a_name_alone_is_no_touch() {
    assert_eq!(touches(&[&Issued::ca("kubernetes")], &[&Issued::ca("kubernetes")]), [""; 0]);
}

#[test]
fn every_way_from_one_world_into_the_other_is_told() {
    let ca = Issued::ca("ca");
    let fingerprint = &ca.fingerprint()[..12];
    assert_eq!(
        touches(&[&ca], &[&ca]),
        [
            format!("CN=ca ({fingerprint}) can issue front proxies: it stands in both files"),
            format!("CN=ca ({fingerprint}) can issue users of any name: it stands in both files"),
        ]
    );
    let reissued = touches(&[&ca], &[&ca.reissued()]);
    assert!(reissued[0].ends_with("the other file has a certificate with its name and key"), "{reissued:?}");
    assert!(reissued[2].starts_with("one key is behind CN=ca ("), "{reissued:?}");
    let below = touches(&[&ca.intermediate("below")], &[&ca]);
    assert_eq!(below.len(), 1);
    assert!(below[0].contains("can issue front proxies: it stands below CN=ca ("), "{below:?}");
    let renamed = touches(&[&ca], &[&ca.same_key_as("renamed")]);
    assert_eq!(renamed.len(), 1);
    assert!(renamed[0].starts_with("one key is behind CN=ca ("), "{renamed:?}");
}

#[test]
fn what_passes_at_both_doors_is_of_both_worlds_and_nothing_else() {
    let root = Issued::ca("root");
    let below = root.intermediate("below");
    let client = root.client("front-proxy-client");
    let graph = graph(&[Node {
        name: "server",
        client_ca: &[&below],
        requestheader_client_ca: &[&root],
        proxy_client: Some(&client),
    }]);
    let touching: Vec<String> =
        graph.certificates.iter().filter(|node| node.touches).map(CertificateNode::name).collect();
    assert_eq!(touching, ["CN=below", "CN=root"], "the client of the root is no user");
}

#[test]
fn servers_that_mean_the_same_share_a_box() {
    let graph = touching();
    let stores: Vec<(&str, usize)> = graph.stores.iter().map(|store| (store.flag, store.servers.len())).collect();
    assert_eq!(
        stores,
        [
            ("client-ca-file", 2),
            ("requestheader-client-ca-file", 3),
            ("proxy-client-cert-file", 3),
            ("client-ca-file", 1)
        ]
    );
    assert_eq!(graph.certificates.len(), 4, "each certificate once");
}

#[test]
fn what_could_not_be_read_is_no_all_clear() {
    let graph = graph(&[Node {
        name: "server",
        client_ca: &[],
        requestheader_client_ca: &[&Issued::ca("front-proxy-ca")],
        proxy_client: None,
    }]);
    assert!(graph.stores[0].gap.is_some());
    assert_eq!(graph.verdict(), "In what could be looked at, the two worlds do not touch.");
}

/// A script beside it changes a file, as `check` says.
#[test]
fn what_is_changed_elsewhere_is_no_all_clear() {
    let (users, proxies) = (Issued::ca("kubernetes"), Issued::ca("front-proxy-ca"));
    let node = Node { name: "server", client_ca: &[&users], requestheader_client_ca: &[&proxies], proxy_client: None };
    let mut setup = node.setup();
    assert_eq!(Graph::of(&[&setup], TEST_TIME).verdict(), "The two worlds do not touch.");
    let why = Located::new("cp puts another file there".to_owned(), setup.invocation.origin.clone());
    setup.invocation.open = Some(why);
    assert_eq!(Graph::of(&[&setup], TEST_TIME).verdict(), "In what could be looked at, the two worlds do not touch.");
}

#[test]
fn time_counts() {
    let ca = Issued::ca_with("ca", |parameters| parameters.not_after = TEST_TIME - time::Duration::days(1));
    let server = Node { name: "server", client_ca: &[&ca], requestheader_client_ca: &[&ca], proxy_client: None };
    let graph = graph(&[server]);
    assert_eq!(graph.certificates[0].validity.to_string(), "EXPIRED on 2026-01-14");
    assert!(graph.touches.is_empty(), "an expired CA lets nobody in");
}

#[test]
fn among_many_namesakes_the_signer_is_found() {
    let namesakes: Vec<Issued> = (0..2 * MOST_KEYS_OF_A_NAME).map(|_| Issued::ca("ca")).collect();
    let below: Vec<Issued> = namesakes.iter().map(|ca| ca.intermediate("below")).collect();
    let client_ca: Vec<&Issued> = namesakes.iter().chain(&below).collect();
    let graph =
        graph(&[Node { name: "server", client_ca: &client_ca, requestheader_client_ca: &[], proxy_client: None }]);
    let signed = |edge: &&Edge| edge.kind == EdgeKind::Signs;
    let signers = graph.edges.iter().filter(signed).map(|edge| (edge.from, edge.to));
    let count = namesakes.len();
    let each = (0..count).map(|index| (NodeId::Certificate(index), NodeId::Certificate(count + index)));
    assert!(signers.eq(each));
}

#[test]
fn one_key_behind_many_certificates_is_told_once() {
    let ca = Issued::ca("ca");
    let others: Vec<Issued> = (0..5).map(|index| ca.same_key_as(&format!("other-{index}"))).collect();
    let told = touches(&[&ca], &others.iter().collect::<Vec<_>>());
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("one key is behind CN=ca (") && told[0].ends_with(") and 3 more"), "{told:?}");
}
