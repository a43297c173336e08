//! The trust map: who signs what, which flag trusts which anchor, and where the two worlds touch.
//!
//! The two worlds are what `--client-ca-file` accepts (users) and what `--requestheader-client-ca-file` accepts (front
//! proxies). Where they touch, a user can become a front proxy, which is any user; or a front proxy's CA makes users.

mod build;
mod dot;
mod label;
mod layout;
mod mermaid;
mod svg;
#[cfg(test)]
mod testing;
mod tree;

use std::fmt::Write;

use time::{Date, OffsetDateTime, UtcOffset};

use crate::x509::Certificate;

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::svg;
pub use tree::tree;

/// All certificates once, the flags that name them, and what connects them.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    pub stores: Vec<Store>,
    pub certificates: Vec<CertificateNode>,
    pub edges: Vec<Edge>,
    /// Where the two worlds touch, a sentence each, with the certificates that it is about.
    pub touches: Vec<Touch>,
}

/// A flag of one server, or of several that mean the same by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// In order of appearance.
    pub servers: Vec<Server>,
    /// Without dashes.
    pub flag: &'static str,
    /// The path as the servers have it; the first one, where they differ.
    pub path: String,
    pub purpose: Purpose,
    /// Why nothing is known of what it holds.
    pub gap: Option<String>,
}

/// Whose flag it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// `kube-apiserver Pod kube-system/kube-apiserver`
    pub name: String,
    /// The file that it was read from; it tells nodes apart.
    pub file: String,
}

/// What a flag's certificates are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Their holders' clients are users.
    TrustsUsers,
    /// Their holders' clients are front proxies.
    TrustsFrontProxies,
    /// The server shows it to others.
    Presents,
    /// The server signs with it.
    SignsWith,
    /// The server verifies something else with it: kubelets, etcd.
    Trusts,
}

/// A certificate that a flag names or that is sent along with one.
#[derive(Debug, Clone)]
pub struct CertificateNode {
    pub certificate: Certificate,
    /// An anchor for users, or signed by one.
    pub in_user_world: bool,
    /// An anchor for front proxies, or signed by one.
    pub in_front_proxy_world: bool,
    /// The two worlds touch in it: it is on the way from one into the other, or passes at both doors because of that.
    pub touches: bool,
    /// Signed by itself.
    pub is_self_signed: bool,
    pub validity: Validity,
}

/// How a certificate stands in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Until this day, in UTC.
    Until(Date),
    Expired(Date),
    /// From this day.
    NotYet(Date),
}

/// A line between two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    pub from: NodeId,
    pub to: NodeId,
    pub kind: EdgeKind,
    /// The two worlds touch along it.
    pub touches: bool,
}

/// An index into [`Graph::stores`] or [`Graph::certificates`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeId {
    Store(usize),
    Certificate(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// The flag's file has the certificate in it.
    Holds,
    /// The first certificate's key signed the second.
    Signs,
    /// Two certificates with one key, whatever their names. It has no direction.
    SameKey,
}

/// Where the two worlds touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    pub text: String,
}

impl Store {
    /// `--client-ca-file=/etc/kubernetes/pki/ca.crt`; a ConfigMap's key has no path.
    pub fn name(&self) -> String {
        if self.path.is_empty() { format!("--{}", self.flag) } else { format!("--{}={}", self.flag, self.path) }
    }

    /// The servers in a few words: the first one's name and file, and how many more.
    pub fn server(&self) -> (String, String) {
        let Some(first) = self.servers.first() else { return Default::default() };
        let more = match self.servers.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        (first.name.clone(), format!("{}{more}", first.file))
    }
}

impl Purpose {
    /// What the flag does with its certificates.
    pub fn verb(self) -> &'static str {
        match self {
            Self::TrustsUsers => "verifies users with",
            Self::TrustsFrontProxies => "verifies front proxies with",
            Self::Presents => "presents",
            Self::SignsWith => "signs with",
            Self::Trusts => "verifies others with",
        }
    }
}

impl CertificateNode {
    /// The subject, for people.
    pub fn name(&self) -> String {
        let subject = self.certificate.subject.to_string();
        if subject.is_empty() { "no subject".to_owned() } else { subject }
    }

    /// The beginning of the fingerprint: enough to tell certificates of one name apart.
    pub fn short_fingerprint(&self) -> String {
        self.certificate.fingerprint().chars().take(12).collect()
    }

    /// Who signed it, where that is not in the graph.
    fn foreign_issuer(&self, graph: &Graph, id: NodeId) -> Option<String> {
        let known = graph.edges.iter().any(|edge| edge.kind == EdgeKind::Signs && edge.to == id);
        (!known && !self.is_self_signed).then(|| self.certificate.issuer.to_string())
    }

    /// One line of what is worth knowing: `until 2034-01-13, self-signed`.
    pub fn remark(&self, graph: &Graph, id: NodeId) -> String {
        let mut remark = self.validity.to_string();
        if self.is_self_signed {
            remark.push_str(", self-signed");
        } else if let Some(issuer) = self.foreign_issuer(graph, id) {
            let _ = write!(remark, ", signed by {issuer}, which is not here");
        }
        remark
    }
}

impl Validity {
    fn of(certificate: &Certificate, now: OffsetDateTime) -> Self {
        let day = |time: OffsetDateTime| time.to_offset(UtcOffset::UTC).date();
        if now > certificate.not_after {
            Self::Expired(day(certificate.not_after))
        } else if now < certificate.not_before {
            Self::NotYet(day(certificate.not_before))
        } else {
            Self::Until(day(certificate.not_after))
        }
    }
}

impl std::fmt::Display for Validity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Until(day) => write!(f, "until {day}"),
            Self::Expired(day) => write!(f, "EXPIRED on {day}"),
            Self::NotYet(day) => write!(f, "not valid before {day}"),
        }
    }
}

impl Graph {
    /// What a node's certificate is, when it is one.
    pub fn certificate(&self, id: NodeId) -> Option<&CertificateNode> {
        match id {
            NodeId::Certificate(index) => self.certificates.get(index),
            NodeId::Store(_) => None,
        }
    }

    /// Whether the two worlds touch, as far as it could be seen.
    pub fn verdict(&self) -> &'static str {
        let has_gaps = self.stores.iter().any(|store| store.gap.is_some());
        match (self.touches.is_empty(), has_gaps) {
            (false, _) => "The two worlds touch:",
            (true, true) => "In what could be looked at, the two worlds do not touch.",
            (true, false) => "The two worlds do not touch.",
        }
    }

    /// The nodes at the other end of edges of this kind that begin at `from`.
    fn targets(&self, from: NodeId, kind: EdgeKind) -> impl Iterator<Item = NodeId> {
        self.edges.iter().filter(move |edge| edge.from == from && edge.kind == kind).map(|edge| edge.to)
    }

    /// Every node, flags first.
    fn nodes(&self) -> impl Iterator<Item = NodeId> {
        (0..self.stores.len()).map(NodeId::Store).chain((0..self.certificates.len()).map(NodeId::Certificate))
    }

    /// The colour of a node's world.
    fn world(&self, id: NodeId) -> World {
        match id {
            NodeId::Store(index) => match self.stores.get(index).map(|store| store.purpose) {
                Some(Purpose::TrustsUsers) => World::Users,
                Some(Purpose::TrustsFrontProxies) => World::FrontProxies,
                _ => World::Neither,
            },
            NodeId::Certificate(index) => match self.certificates.get(index) {
                Some(node) if node.touches => World::Both,
                Some(node) if node.in_front_proxy_world => World::FrontProxies,
                Some(node) if node.in_user_world => World::Users,
                _ => World::Neither,
            },
        }
    }
}

/// Which world a node belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum World {
    Users,
    FrontProxies,
    Both,
    Neither,
}

impl World {
    const ALL: [Self; 4] = [Self::Users, Self::FrontProxies, Self::Both, Self::Neither];

    /// As a class in drawings.
    fn class(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::FrontProxies => "proxies",
            Self::Both => "both",
            Self::Neither => "neither",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Users => "users (client-ca-file)",
            Self::FrontProxies => "front proxies (requestheader-client-ca-file)",
            Self::Both => "both: the worlds touch here",
            Self::Neither => "neither",
        }
    }

    /// Colours with enough contrast to black text on any page: filling and border.
    fn colours(self) -> (&'static str, &'static str) {
        match self {
            Self::Users => ("#dbeafe", "#1d4ed8"),
            Self::FrontProxies => ("#dcfce7", "#15803d"),
            Self::Both => ("#fee2e2", "#b91c1c"),
            Self::Neither => ("#f3f4f6", "#6b7280"),
        }
    }
}
