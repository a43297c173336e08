//! From set-ups to the graph.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::{CertificateNode, Edge, EdgeKind, Graph, NodeId, Purpose, Server, Store, Touch, Validity};
use crate::model::{CertificateFile, FileFlag, FileState, Overlap, Reach, ReachKind, Setup, TrustBundle, reaches};
use crate::source::InputFormat;
use crate::x509::Certificate;

impl Graph {
    /// The trust map of these set-ups as it is `now`. Set-ups whose flag holds the same certificates share a node.
    pub fn of(setups: &[&Setup], now: OffsetDateTime) -> Self {
        let mut builder = Builder { graph: Self::default(), now, by_fingerprint: BTreeMap::new() };
        for setup in setups {
            builder.add(setup);
        }
        builder.connect();
        builder.colour();
        for setup in setups {
            builder.touch(setup);
        }
        builder.mark_edges();
        builder.graph
    }
}

struct Builder {
    graph: Graph,
    now: OffsetDateTime,
    by_fingerprint: BTreeMap<String, usize>,
}

impl Builder {
    fn add(&mut self, setup: &Setup) {
        self.bundle(setup, Purpose::TrustsUsers, &setup.client_ca);
        self.bundle(setup, Purpose::TrustsFrontProxies, &setup.requestheader_client_ca);
        self.file(setup, Purpose::Presents, &setup.proxy_client);
        for file in setup.neighbours() {
            self.file(setup, purpose_of(file.flag.name), file);
        }
        for file in &setup.signing_cas {
            self.file(setup, Purpose::SignsWith, file);
        }
    }

    fn bundle(&mut self, setup: &Setup, purpose: Purpose, file: &FileFlag<TrustBundle>) {
        let contents = file.loaded().map(|bundle| (bundle.path.as_str(), bundle.certificates().collect::<Vec<_>>()));
        self.store(setup, purpose, contents, file);
    }

    fn file(&mut self, setup: &Setup, purpose: Purpose, file: &FileFlag<CertificateFile>) {
        let contents = file.loaded().map(|file| {
            let certificates = std::iter::once(&file.leaf).chain(&file.rest).map(|located| &located.value);
            (file.path.as_str(), certificates.collect::<Vec<_>>())
        });
        self.store(setup, purpose, contents, file);
    }

    fn store<T>(
        &mut self,
        setup: &Setup,
        purpose: Purpose,
        contents: Option<(&str, Vec<&Certificate>)>,
        file: &FileFlag<T>,
    ) {
        let flag = file.flag.name;
        let gap = match &file.state {
            FileState::NotGiven => return,
            FileState::Loaded(_) => None,
            FileState::Unusable(unusable) => Some(unusable.message.clone()),
            FileState::NotLooked(why) => Some(format!("not looked at: {why}")),
        };
        let (path, certificates) = contents.unwrap_or_default();
        let held: Vec<NodeId> = certificates.into_iter().map(|certificate| self.certificate(certificate)).collect();
        let server = server(setup);
        let same = (0..self.graph.stores.len()).find(|index| {
            self.graph.stores.get(*index).is_some_and(|store| store.flag == flag && store.gap == gap)
                && self.holds(*index).eq(held.iter().copied())
        });
        if let Some(store) = same.and_then(|index| self.graph.stores.get_mut(index)) {
            store.servers.push(server);
            return;
        }
        let id = NodeId::Store(self.graph.stores.len());
        self.graph.stores.push(Store { servers: vec![server], flag, path: path.to_owned(), purpose, gap });
        for to in held {
            self.graph.edges.push(Edge { from: id, to, kind: EdgeKind::Holds, touches: false });
        }
    }

    fn holds(&self, store: usize) -> impl Iterator<Item = NodeId> {
        self.graph.targets(NodeId::Store(store), EdgeKind::Holds)
    }

    fn certificate(&mut self, certificate: &Certificate) -> NodeId {
        let next = self.graph.certificates.len();
        let index = *self.by_fingerprint.entry(certificate.fingerprint()).or_insert(next);
        if index == next {
            self.graph.certificates.push(CertificateNode {
                certificate: certificate.clone(),
                in_user_world: false,
                in_front_proxy_world: false,
                touches: false,
                is_self_signed: certificate.is_signed_by(certificate),
                validity: Validity::of(certificate, self.now),
            });
        }
        NodeId::Certificate(index)
    }

    /// Signatures, each verified, and equal keys.
    fn connect(&mut self) {
        let nodes = &self.graph.certificates;
        let mut edges = Vec::new();
        for (parent_index, parent) in nodes.iter().enumerate() {
            for (child_index, child) in nodes.iter().enumerate() {
                let (from, to) = (NodeId::Certificate(parent_index), NodeId::Certificate(child_index));
                if from != to && child.certificate.is_signed_by(&parent.certificate) {
                    edges.push(Edge { from, to, kind: EdgeKind::Signs, touches: false });
                }
            }
        }
        let mut last_with_key: BTreeMap<String, NodeId> = BTreeMap::new();
        for (index, node) in nodes.iter().enumerate() {
            let id = NodeId::Certificate(index);
            if let Some(other) = last_with_key.insert(node.certificate.key_fingerprint(), id) {
                edges.push(Edge { from: other, to: id, kind: EdgeKind::SameKey, touches: false });
            }
        }
        self.graph.edges.extend(edges);
    }

    /// What each bundle's anchors signed, and what that signed, belongs to the bundle's world.
    fn colour(&mut self) {
        for index in 0..self.graph.stores.len() {
            let Some(purpose) = self.graph.stores.get(index).map(|store| store.purpose) else { continue };
            if !matches!(purpose, Purpose::TrustsUsers | Purpose::TrustsFrontProxies) {
                continue;
            }
            let mut waiting: Vec<NodeId> = self.holds(index).collect();
            while let Some(id) = waiting.pop() {
                let NodeId::Certificate(certificate) = id else { continue };
                let Some(node) = self.graph.certificates.get_mut(certificate) else { continue };
                let world = match purpose {
                    Purpose::TrustsUsers => &mut node.in_user_world,
                    _ => &mut node.in_front_proxy_world,
                };
                if !std::mem::replace(world, true) {
                    waiting.extend(self.graph.targets(id, EdgeKind::Signs));
                }
            }
        }
    }

    /// Where the bundles of one server reach each other, as path validation decides it.
    fn touch(&mut self, setup: &Setup) {
        let Ok((users, proxies)) = setup.bundles() else {
            if let Overlap::SameFile = Overlap::of(setup, self.now) {
                let [users, proxies] =
                    ["client-ca-file", "requestheader-client-ca-file"].map(|flag| setup.called(flag));
                self.add_touch(format!("{users} and {proxies} name the same file, whatever it holds"), []);
            }
            return;
        };
        let known: Vec<Certificate> = self.graph.certificates.iter().map(|node| node.certificate.clone()).collect();
        for reach in reaches(users, proxies, &known, self.now) {
            let text = format!("{} can issue front proxies: {}", named(&reach.issuer), how(&reach));
            self.mark(&reach, text);
        }
        for reach in reaches(proxies, users, &known, self.now) {
            let text = format!("{} can issue users of any name: {}", named(&reach.issuer), how(&reach));
            self.mark(&reach, text);
        }
        for user in users.certificates() {
            for proxy in proxies.certificates() {
                if user != proxy && user.key_fingerprint() == proxy.key_fingerprint() {
                    let mut names = [user, proxy].map(named);
                    names.sort();
                    self.add_touch(format!("one key is behind {}", names.join(" and ")), [user, proxy]);
                }
            }
        }
    }

    fn mark(&mut self, reach: &Reach, text: String) {
        self.add_touch(text, std::iter::once(&reach.issuer).chain(&reach.chain));
        // What the issuer has signed passes at both doors.
        let issuer = self.by_fingerprint.get(&reach.issuer.fingerprint()).copied();
        let mut waiting: Vec<NodeId> = issuer.map(NodeId::Certificate).into_iter().collect();
        while let Some(id) = waiting.pop() {
            for child in self.graph.targets(id, EdgeKind::Signs).collect::<Vec<_>>() {
                let NodeId::Certificate(index) = child else { continue };
                let Some(node) = self.graph.certificates.get_mut(index) else { continue };
                if !std::mem::replace(&mut node.touches, true) {
                    waiting.push(child);
                }
            }
        }
    }

    fn add_touch<'a>(&mut self, text: String, certificates: impl IntoIterator<Item = &'a Certificate>) {
        for certificate in certificates {
            let index = self.by_fingerprint.get(&certificate.fingerprint());
            if let Some(node) = index.and_then(|index| self.graph.certificates.get_mut(*index)) {
                node.touches = true;
            }
        }
        let touch = Touch { text };
        if !self.graph.touches.contains(&touch) {
            self.graph.touches.push(touch);
        }
    }

    /// An edge counts when both of its ends do; a flag counts when it opens one of the two doors.
    fn mark_edges(&mut self) {
        let touching = |graph: &Graph, id: NodeId| match id {
            NodeId::Certificate(index) => graph.certificates.get(index).is_some_and(|node| node.touches),
            NodeId::Store(index) => graph
                .stores
                .get(index)
                .is_some_and(|store| matches!(store.purpose, Purpose::TrustsUsers | Purpose::TrustsFrontProxies)),
        };
        let marks: Vec<bool> = self
            .graph
            .edges
            .iter()
            .map(|edge| touching(&self.graph, edge.from) && touching(&self.graph, edge.to))
            .collect();
        for (edge, touches) in self.graph.edges.iter_mut().zip(marks) {
            edge.touches = touches;
        }
    }
}

fn server(setup: &Setup) -> Server {
    let invocation = &setup.invocation;
    let kind = if invocation.format == InputFormat::ConfigMap { "ConfigMap" } else { invocation.component.name() };
    // Flags on the command line have no name but the component's.
    let name = if invocation.name == kind { kind.to_owned() } else { format!("{kind} {}", invocation.name) };
    Server { name, file: invocation.origin.file().name().to_owned() }
}

/// The subject, and enough of the fingerprint to find the box.
fn named(certificate: &Certificate) -> String {
    let fingerprint: String = certificate.fingerprint().chars().take(12).collect();
    format!("{} ({fingerprint})", certificate.subject)
}

fn how(reach: &Reach) -> String {
    let anchor = reach.chain.last().map(named).unwrap_or_default();
    match reach.kind {
        ReachKind::SameCertificate => "it stands in both files".to_owned(),
        ReachKind::SameKeyReissued => "the other file has a certificate with its name and key".to_owned(),
        ReachKind::ThroughIntermediate => format!("it stands below {anchor}, which the other file has"),
    }
}

/// What the server does with the certificate of a flag that is none of the aggregation layer's.
fn purpose_of(flag: &str) -> Purpose {
    match flag {
        "etcd-cafile" | "kubelet-certificate-authority" | "root-ca-file" | "service-account-key-file" => {
            Purpose::Trusts
        }
        _ => Purpose::Presents,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::World;
    use crate::graph::testing::{Node, TEST_TIME, graph, separate, touching};
    use crate::lint::testing::Issued;

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

    #[test]
    fn time_counts() {
        let ca = Issued::ca_with("ca", |parameters| parameters.not_after = TEST_TIME - time::Duration::days(1));
        let server = Node { name: "server", client_ca: &[&ca], requestheader_client_ca: &[&ca], proxy_client: None };
        let graph = graph(&[server]);
        assert_eq!(graph.certificates[0].validity.to_string(), "EXPIRED on 2026-01-14");
        assert!(graph.touches.is_empty(), "an expired CA lets nobody in");
    }
}
