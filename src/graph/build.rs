//! From what set-ups trust to the graph.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use time::OffsetDateTime;

use super::{
    AlsoIn, CertificateNode, Edge, EdgeKind, Graph, NodeId, Purpose, Server, Store, Touch, TrustMap, Validity,
};
use crate::model::{Held, Reach, ReachKind, Setup, Trust, reaches};
use crate::x509::signature::is_signed_by_key_of;
use crate::x509::{Certificate, CertificatePool};

/// So much of a fingerprint is shown at least.
const SHORTEST_FINGERPRINT: usize = 12;

/// So many of the other clusters that have a certificate, and of the certificates of one key, are named.
const MOST_NAMED: usize = 3;

/// So many keys of one name are tried for a signature, those first that the authority key identifier tells of. More than
/// anyone has; without an end, a bundle of CAs of one name takes a signature check for each two of them.
const MOST_KEYS_OF_A_NAME: usize = 16;

impl TrustMap {
    /// The graph of each cluster, with its name, as it is `now`.
    pub fn of(clusters: &[(String, Vec<&Setup>)], not_read: Vec<String>, now: OffsetDateTime) -> Self {
        let builder = |(name, setups): &(String, Vec<&Setup>)| {
            let mut builder = Builder::new(&servers(setups), now);
            builder.graph.cluster.clone_from(name);
            builder
        };
        let builders: Vec<Builder> = clusters.iter().map(builder).collect();
        let mut clusters_of: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for builder in &builders {
            for fingerprint in builder.by_fingerprint.keys() {
                clusters_of.entry(fingerprint).or_default().push(&builder.graph.cluster);
            }
        }
        let length = distinct_length(clusters_of.keys().copied());
        let shared: BTreeMap<String, (Vec<String>, usize)> = clusters_of
            .into_iter()
            .filter(|(_, clusters)| clusters.len() > 1)
            .map(|(fingerprint, clusters)| {
                // One more, for one of them may be the cluster itself.
                let first = clusters.iter().take(MOST_NAMED + 1).map(|cluster| (*cluster).to_owned()).collect();
                (fingerprint.to_owned(), (first, clusters.len()))
            })
            .collect();
        let clusters = builders.into_iter().map(|builder| {
            let mut graph = builder.finish(length);
            for node in &mut graph.certificates {
                let Some((first, count)) = shared.get(&node.certificate.fingerprint()) else { continue };
                let others = first.iter().filter(|other| **other != graph.cluster).take(MOST_NAMED);
                let clusters: Vec<String> = others.cloned().collect();
                node.also_in = AlsoIn { more: count - 1 - clusters.len(), clusters };
            }
            graph
        });
        Self { clusters: clusters.collect(), not_read, now }
    }
}

impl Graph {
    /// The trust map of these set-ups as it is `now`. Set-ups whose flag holds the same certificates share a node.
    pub fn of(setups: &[&Setup], now: OffsetDateTime) -> Self {
        Self::of_trust(&servers(setups), now)
    }

    /// The same, of what is known of them.
    pub fn of_trust(servers: &[(Server, Trust)], now: OffsetDateTime) -> Self {
        let builder = Builder::new(servers, now);
        let length = distinct_length(builder.by_fingerprint.keys().map(String::as_str));
        builder.finish(length)
    }
}

/// So many characters tell all of these apart; they are sorted, and each is there once.
fn distinct_length<'a>(fingerprints: impl Iterator<Item = &'a str>) -> usize {
    let mut length = SHORTEST_FINGERPRINT;
    let mut before = "";
    for fingerprint in fingerprints {
        let common = before.chars().zip(fingerprint.chars()).take_while(|(one, other)| one == other).count();
        length = length.max(common + 1);
        before = fingerprint;
    }
    length
}

/// Each set-up with a name that no other has.
fn servers(setups: &[&Setup]) -> Vec<(Server, Trust)> {
    let mut servers: Vec<(Server, Trust)> = setups.iter().map(|setup| (server(setup), setup.trust())).collect();
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<(String, String)> = servers
        .iter()
        .map(|(server, _)| (server.name.clone(), server.file.clone()))
        .filter(|server| !seen.insert(server.clone()))
        .collect();
    for ((server, _), setup) in servers.iter_mut().zip(setups) {
        if twice.contains(&(server.name.clone(), server.file.clone())) {
            server.file = setup.invocation.origin.to_string();
        }
    }
    servers
}

struct Builder {
    graph: Graph,
    now: OffsetDateTime,
    by_fingerprint: BTreeMap<String, usize>,
    /// What the servers trust users and front proxies by, and whether both are one file; of servers alike, once.
    doors: Vec<Doors>,
}

/// The two bundles of a server; `None`: it has none, or it is not known.
#[derive(PartialEq)]
struct Doors {
    users: Option<CertificatePool>,
    proxies: Option<CertificatePool>,
    is_same_file: bool,
    /// What no flag names and a client can send along.
    beside: Vec<Certificate>,
}

impl Doors {
    fn of(trust: &Trust) -> Self {
        let pool = |purpose| trust.certificates(purpose).map(|held| CertificatePool::new(held.iter().cloned()));
        Self {
            users: pool(Purpose::TrustsUsers),
            proxies: pool(Purpose::TrustsFrontProxies),
            is_same_file: trust.is_same_file,
            beside: trust.beside.clone(),
        }
    }
}

impl Builder {
    /// With all flags and certificates, and nothing that connects certificates.
    fn new(servers: &[(Server, Trust)], now: OffsetDateTime) -> Self {
        let mut builder = Self { graph: Graph::default(), now, by_fingerprint: BTreeMap::new(), doors: Vec::new() };
        for (server, trust) in servers {
            trust.held.iter().for_each(|held| builder.store(server, held));
            builder.graph.is_open |= trust.is_open;
            let doors = Doors::of(trust);
            if !builder.doors.contains(&doors) {
                builder.doors.push(doors);
            }
        }
        builder
    }

    fn finish(mut self, fingerprint_length: usize) -> Graph {
        self.graph.fingerprint_length = fingerprint_length;
        self.connect();
        self.colour();
        let known: Vec<Certificate> = self.graph.certificates.iter().map(|node| node.certificate.clone()).collect();
        for doors in std::mem::take(&mut self.doors) {
            let known: Vec<Certificate> = known.iter().chain(&doors.beside).cloned().collect();
            self.touch(&doors, &known);
        }
        self.mark_edges();
        self.graph
    }

    fn store(&mut self, server: &Server, held: &Held) {
        let gap = held.certificates.as_ref().err().cloned();
        let certificates = held.certificates.as_deref().unwrap_or_default();
        let nodes: Vec<NodeId> = certificates.iter().map(|certificate| self.certificate(certificate)).collect();
        let path = Some(&held.path).filter(|path| !path.is_empty());
        let is_same = |index: usize, store: &Store| {
            // Of two files that nobody has seen it is not known whether they are alike.
            let alike = gap.is_none() || store.paths.iter().eq(path);
            store.flag == held.flag
                && store.gap == gap
                && store.allowed_names == held.allowed_names
                && alike
                && self.graph.held_by(NodeId::Store(index)).eq(nodes.iter().copied())
        };
        let same = self.graph.stores.iter().enumerate().position(|(index, store)| is_same(index, store));
        if let Some(store) = same.and_then(|index| self.graph.stores.get_mut(index)) {
            store.servers.push(server.clone());
            store.paths.extend(path.filter(|path| !store.paths.contains(path)).cloned());
            return;
        }
        let id = NodeId::Store(self.graph.stores.len());
        self.graph.stores.push(Store {
            servers: vec![server.clone()],
            flag: held.flag,
            paths: path.cloned().into_iter().collect(),
            purpose: held.purpose,
            allowed_names: held.allowed_names.clone(),
            gap,
        });
        for to in nodes {
            self.graph.edges.push(Edge { from: id, to, kind: EdgeKind::Holds, touches: false });
        }
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
                also_in: AlsoIn::default(),
            });
        }
        NodeId::Certificate(index)
    }

    /// Signatures, each verified, and equal keys.
    fn connect(&mut self) {
        let mut edges = signatures(&self.graph.certificates);
        let mut last_with_key: BTreeMap<String, NodeId> = BTreeMap::new();
        for (index, node) in self.graph.certificates.iter().enumerate() {
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
            let mut waiting: Vec<NodeId> = self.graph.held_by(NodeId::Store(index)).collect();
            while let Some(id) = waiting.pop() {
                let NodeId::Certificate(certificate) = id else { continue };
                let Some(node) = self.graph.certificates.get_mut(certificate) else { continue };
                let world = match purpose {
                    Purpose::TrustsUsers => &mut node.in_user_world,
                    _ => &mut node.in_front_proxy_world,
                };
                if !std::mem::replace(world, true) {
                    waiting.extend(self.signed_by(certificate));
                }
            }
        }
    }

    /// What the key of a certificate signed in its name, with the other certificates of that name and key.
    fn signed_by(&self, certificate: usize) -> Vec<NodeId> {
        let nodes = &self.graph.certificates;
        let issuer = nodes.get(certificate).map(|node| &node.certificate);
        let is_alike = |CertificateNode { certificate, .. }: &CertificateNode| {
            issuer.is_some_and(|issuer| certificate.is_same_issuer(issuer) && certificate.is_signed_by(issuer))
        };
        let alike = nodes.iter().enumerate().filter(|(_, node)| is_alike(node));
        let alike = alike.map(|(index, _)| NodeId::Certificate(index));
        self.graph.targets(NodeId::Certificate(certificate), EdgeKind::Signs).chain(alike).collect()
    }

    /// Where the bundles of one server reach each other, as path validation decides it.
    fn touch(&mut self, doors: &Doors, known: &[Certificate]) {
        let (Some(users), Some(proxies)) = (&doors.users, &doors.proxies) else {
            if doors.is_same_file {
                let text = "--client-ca-file and --requestheader-client-ca-file name the same file, whatever it holds";
                self.add_touch(text.to_owned(), []);
            }
            return;
        };
        for (from, to, what) in [(users, proxies, "front proxies"), (proxies, users, "users of any name")] {
            for reach in reaches(from, to, known, self.now) {
                let text = format!("{} can issue {what}: {}", self.named(&reach.issuer), self.how(&reach));
                self.mark(&reach, text);
            }
        }
        for certificates in behind_one_key(users, proxies) {
            let mut names: Vec<String> = certificates.iter().map(|certificate| self.named(certificate)).collect();
            names.sort();
            if names.len() > MOST_NAMED {
                let more = names.split_off(MOST_NAMED).len();
                names = vec![names.join(", "), format!("{more} more")];
            }
            let text = format!("one key is behind {}", names.join(" and "));
            self.add_touch(text, certificates.iter().copied());
        }
    }

    /// The subject, and enough of the fingerprint to find the box.
    fn named(&self, certificate: &Certificate) -> String {
        format!("{} ({})", certificate.subject, self.graph.short_fingerprint(certificate))
    }

    fn how(&self, reach: &Reach) -> String {
        let anchor = reach.chain.last().map(|anchor| self.named(anchor)).unwrap_or_default();
        match reach.kind {
            ReachKind::SameCertificate => "it stands in both files".to_owned(),
            ReachKind::SameKeyReissued => "the other file has a certificate with its name and key".to_owned(),
            ReachKind::ThroughIntermediate => format!("it stands below {anchor}, which the other file has"),
        }
    }

    fn mark(&mut self, reach: &Reach, text: String) {
        self.add_touch(text, std::iter::once(&reach.issuer).chain(&reach.chain));
        // What the issuer has signed passes at both doors.
        let mut waiting: Vec<usize> =
            self.by_fingerprint.get(&reach.issuer.fingerprint()).copied().into_iter().collect();
        while let Some(issuer) = waiting.pop() {
            for child in self.signed_by(issuer) {
                let NodeId::Certificate(index) = child else { continue };
                let Some(node) = self.graph.certificates.get_mut(index) else { continue };
                if !std::mem::replace(&mut node.touches, true) {
                    waiting.push(index);
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

/// Who signed whom. A signature is one key's, so the search ends with the first that made it. Certificates of one name and
/// key are left out: each would count as signed by each, and that they have one key is an edge of its own.
fn signatures(nodes: &[CertificateNode]) -> Vec<Edge> {
    let mut keys_of: HashMap<&[u8], BTreeMap<&[u8], Vec<usize>>> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        let (name, key) = node.certificate.name_and_key();
        keys_of.entry(name).or_default().entry(key).or_default().push(index);
    }
    let mut edges = Vec::new();
    for (child_index, CertificateNode { certificate: child, .. }) in nodes.iter().enumerate() {
        let Some(keys) = keys_of.get(child.raw_issuer.as_slice()) else { continue };
        let certificates = |indices: &[usize]| indices.iter().filter_map(|index| nodes.get(*index)).collect::<Vec<_>>();
        let is_told = |indices: &&Vec<usize>| {
            let identifier = &child.authority_key_identifier;
            certificates(indices).iter().any(|node| node.certificate.subject_key_identifier == *identifier)
        };
        let (told, others): (Vec<_>, Vec<_>) = keys.values().partition(is_told);
        let made_it = |indices: &&Vec<usize>| {
            certificates(indices).first().is_some_and(|node| is_signed_by_key_of(child, &node.certificate))
        };
        let signers = told.into_iter().chain(others).take(MOST_KEYS_OF_A_NAME).find(made_it);
        let is_parent = |parent: &Certificate| !child.is_same_issuer(parent) && child.is_signed_by(parent);
        for &parent_index in signers.into_iter().flatten() {
            if nodes.get(parent_index).is_some_and(|parent| is_parent(&parent.certificate)) {
                let (from, to) = (NodeId::Certificate(parent_index), NodeId::Certificate(child_index));
                edges.push(Edge { from, to, kind: EdgeKind::Signs, touches: false });
            }
        }
    }
    edges
}

/// The certificates of two bundles that have one key, where those of one bundle are not those of the other.
fn behind_one_key<'a>(users: &'a CertificatePool, proxies: &'a CertificatePool) -> Vec<Vec<&'a Certificate>> {
    let mut of_key: BTreeMap<&[u8], [Vec<&Certificate>; 2]> = BTreeMap::new();
    for (side, pool) in [users, proxies].into_iter().enumerate() {
        for certificate in pool.certificates() {
            let sides = of_key.entry(&certificate.raw_subject_public_key_info).or_default();
            sides.get_mut(side).into_iter().for_each(|side| side.push(certificate));
        }
    }
    let mut found = Vec::new();
    for [users, proxies] in of_key.into_values().filter(|sides| sides.iter().all(|side| !side.is_empty())) {
        let mut seen = HashSet::new();
        let each: Vec<_> = users.into_iter().chain(proxies).filter(|one| seen.insert(&one.raw)).collect();
        if each.len() > 1 {
            found.push(each);
        }
    }
    found
}

fn server(setup: &Setup) -> Server {
    let invocation = &setup.invocation;
    let kind = if setup.reads_config_map() { "ConfigMap" } else { invocation.component.name() };
    // Flags on the command line have no name but the component's.
    let name = if invocation.name == kind { kind.to_owned() } else { format!("{kind} {}", invocation.name) };
    Server { name, file: invocation.origin.file().name().to_owned() }
}

#[cfg(test)]
mod tests;
