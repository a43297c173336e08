//! Set-ups with certificates that are issued when the test runs.

use std::fs;

use time::OffsetDateTime;

use super::{Graph, TrustMap};
use crate::lint::testing::{Issued, NOW, bundle};
use crate::model::{Lookup, Setup};
use crate::source::formats::flags;
use crate::text::{Origin, SourceFile};

/// A server with these CA bundles and proxy client, read from files as any other.
pub(super) struct Node<'a> {
    /// The file that its flags are in.
    pub name: &'a str,
    pub client_ca: &'a [&'a Issued],
    pub requestheader_client_ca: &'a [&'a Issued],
    pub proxy_client: Option<&'a Issued>,
}

impl Node<'_> {
    pub(super) fn setup(&self) -> Setup {
        let directory = tempfile::tempdir().unwrap();
        let mut arguments = Vec::new();
        let mut give = |flag: &str, file: &str, contents: &str| {
            let path = directory.path().join(file);
            fs::write(path, contents).unwrap();
            arguments.push(format!("--{flag}=/{file}"));
        };
        give("client-ca-file", "ca.crt", &bundle(self.client_ca));
        give("requestheader-client-ca-file", "front-proxy-ca.crt", &bundle(self.requestheader_client_ca));
        if let Some(client) = self.proxy_client {
            give("proxy-client-cert-file", "front-proxy-client.crt", &client.pem);
        }
        let mut invocation = flags::invocation(&arguments);
        invocation.origin = Origin::start_of(&SourceFile::new(self.name, ""));
        Setup::load(invocation, &Lookup { root: Some(directory.path().to_owned()), ..Lookup::default() })
    }
}

pub(super) const TEST_TIME: OffsetDateTime = NOW;

pub(super) fn graph(servers: &[Node<'_>]) -> Graph {
    let setups: Vec<Setup> = servers.iter().map(Node::setup).collect();
    Graph::of(&setups.iter().collect::<Vec<_>>(), TEST_TIME)
}

/// A map of this alone.
pub(super) fn as_map(graph: Graph) -> TrustMap {
    TrustMap { clusters: vec![graph], not_read: Vec::new(), now: TEST_TIME }
}

/// Two clusters with one front-proxy CA, which lets users in at one of them alone; and an input that was not read.
pub(super) fn several() -> TrustMap {
    let (users, proxies) = (Issued::ca("kubernetes"), Issued::ca("front-proxy-ca"));
    let setup = |name, client_ca: &Issued| {
        Node { name, client_ca: &[client_ca], requestheader_client_ca: &[&proxies], proxy_client: None }.setup()
    };
    let (production, lab) = (setup("production/api.yaml", &users), setup("lab/api.yaml", &proxies));
    let clusters = [("production".to_owned(), vec![&production]), ("lab".to_owned(), vec![&lab])];
    TrustMap::of(&clusters, vec!["notes \"x\".txt: nothing in it".to_owned()], TEST_TIME)
}

/// As kubeadm makes it: the two worlds do not touch.
pub(super) fn separate() -> Graph {
    let (users, proxies) = (Issued::ca("kubernetes"), Issued::ca("front-proxy-ca"));
    let client = proxies.client("front-proxy-client");
    graph(&[Node {
        name: "kube-apiserver.yaml",
        client_ca: &[&users],
        requestheader_client_ca: &[&proxies],
        proxy_client: Some(&client),
    }])
}

/// One CA behind both doors, on two servers, beside an intermediate and a CA with the same key.
pub(super) fn touching() -> Graph {
    let users = Issued::ca("kubernetes");
    let intermediate = users.intermediate("front-proxy-ca");
    let other = users.same_key_as("renamed");
    let client = intermediate.client("front-proxy-client");
    let (client_ca, requestheader_client_ca) = ([&users], [&users, &intermediate, &other]);
    let server = |name| Node {
        name,
        client_ca: &client_ca,
        requestheader_client_ca: &requestheader_client_ca,
        proxy_client: Some(&client),
    };
    let both = [&users, &other];
    let drifted = Node { client_ca: &both, ..server("node c") };
    graph(&[server("node a"), server("node b"), drifted])
}

/// Names that every output format gives a meaning to.
pub(super) fn odd() -> Graph {
    let users = Issued::ca("a\"b\\c<d>&e]\n|{f} #1; `g` %h 前端 \u{1b}[2J");
    let proxies = Issued::ca(&"front-proxy-ca of a very long name ".repeat(8));
    let crossed = users.cross_signed_by(&proxies);
    let back = proxies.cross_signed_by(&users);
    let client = proxies.client("");
    graph(&[Node {
        name: "end\n  subgraph \"x\" --> --",
        client_ca: &[&users, &crossed],
        requestheader_client_ca: &[&proxies, &back],
        proxy_client: Some(&client),
    }])
}

/// Many nodes that all differ, three levels of CAs, and CAs that signed each other.
pub(super) fn crowded() -> Graph {
    let root = Issued::ca("root");
    let intermediates: Vec<Issued> =
        (0..4).map(|number| root.intermediate(&format!("intermediate {number}"))).collect();
    let issuers: Vec<Issued> = intermediates.iter().map(|above| above.intermediate("issuer")).collect();
    let proxies = Issued::ca("front-proxy-ca");
    let crossed = proxies.cross_signed_by(&issuers[0]);
    let back = issuers[0].cross_signed_by(&proxies);
    let clients: Vec<Issued> = issuers.iter().map(|issuer| issuer.client("front-proxy-client")).collect();
    let users: Vec<[&Issued; 3]> =
        intermediates.iter().zip(&issuers).map(|(above, issuer)| [&root, above, issuer]).collect();
    let trusted = [&proxies, &crossed, &back];
    let names: Vec<String> = (0..4).map(|number| format!("node {number}")).collect();
    let servers: Vec<Node<'_>> = (0..4)
        .map(|number| Node {
            name: &names[number],
            client_ca: &users[number],
            requestheader_client_ca: &trusted,
            proxy_client: Some(&clients[number]),
        })
        .collect();
    graph(&servers)
}
