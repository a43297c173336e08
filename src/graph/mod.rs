//! The trust map: who signs what, which flag trusts which anchor, and where the two worlds touch.
//!
//! The two worlds are what `--client-ca-file` accepts (users) and what `--requestheader-client-ca-file` accepts (front
//! proxies). Where they touch, a user can become a front proxy, which is any user; or a front proxy's CA makes users.

mod build;
mod dot;
mod json;
mod label;
mod layout;
mod mermaid;
mod svg;
#[cfg(test)]
mod testing;
mod tree;

use std::fmt::Write;

use time::{Date, OffsetDateTime, UtcOffset};

use crate::model::{AllowedNames, Reason};
use crate::x509::Certificate;

pub use crate::model::Purpose;
pub use dot::dot;
pub use json::write as json;
pub use mermaid::mermaid;
pub use svg::{drawing, svg};
pub use tree::tree;

/// The clusters of a run, each with a graph of its own: what one cluster's bundles accept says nothing of another's.
#[derive(Debug, Clone)]
pub struct TrustMap {
    pub clusters: Vec<Graph>,
    /// Inputs that could not be read, and why.
    pub not_read: Vec<String>,
    /// The time that certificates are held against.
    pub now: OffsetDateTime,
}

/// All certificates of one cluster once, the flags that name them, and what connects them.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// What tells it from others; empty where there are none.
    pub cluster: String,
    pub stores: Vec<Store>,
    pub certificates: Vec<CertificateNode>,
    pub edges: Vec<Edge>,
    /// Where the two worlds touch, a sentence each, with the certificates that it is about.
    pub touches: Vec<Touch>,
    /// So many characters of a fingerprint tell all certificates apart.
    fingerprint_length: usize,
    /// Something that is not done here changes a server: it may have others.
    is_open: bool,
}

/// A flag of one server, or of several that mean the same by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// In order of appearance.
    pub servers: Vec<Server>,
    /// Without dashes.
    pub flag: &'static str,
    /// The paths as the servers have them, each once.
    pub paths: Vec<String>,
    pub purpose: Purpose,
    /// Which names a front proxy needs, where it is about these.
    pub allowed_names: Option<Result<AllowedNames, Reason>>,
    /// Why nothing is known of what it holds.
    pub gap: Option<String>,
}

/// Whose flag it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// `kube-apiserver Pod kube-system/kube-apiserver`
    pub name: String,
    /// The file that it was read from; it tells nodes apart. With the place in it, where it has two of one name.
    pub file: String,
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
    pub also_in: AlsoIn,
}

/// Other clusters that have a certificate, too.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlsoIn {
    /// The first of them.
    pub clusters: Vec<String>,
    /// How many there are besides.
    pub more: usize,
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
        if self.paths.is_empty() {
            format!("--{}", self.flag)
        } else {
            format!("--{}={}", self.flag, self.paths.join(" or "))
        }
    }

    /// What the flag does with its certificates, and whose count.
    pub fn use_of_it(&self) -> String {
        let verb = self.purpose.verb();
        self.names().map_or_else(|| verb.to_owned(), |names| format!("{verb}; {names}"))
    }

    /// `allowed names: front-proxy-client`.
    pub fn names(&self) -> Option<String> {
        Some(match self.allowed_names.as_ref()? {
            Ok(AllowedNames::Any) => "any name is allowed".to_owned(),
            Ok(AllowedNames::Only(names)) => {
                format!("allowed names: {}", names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "))
            }
            Err(why) => format!("allowed names could not be looked at: {why}"),
        })
    }
}

/// In quotes where a name alone could be read as something else, such as two names.
fn quoted(name: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "-_.:@/".contains(character);
    if !name.is_empty() && name.chars().all(is_plain) { name.to_owned() } else { format!("{name:?}") }
}

impl Purpose {
    /// What a flag does with its certificates.
    fn verb(self) -> &'static str {
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

    /// Who signed it, where that is not in the graph.
    fn foreign_issuer(&self, graph: &Graph, id: NodeId) -> Option<String> {
        (graph.signers(id).next().is_none() && !self.is_self_signed).then(|| self.certificate.issuer.to_string())
    }

    /// One line of what is worth knowing: `until 2034-01-13, self-signed`.
    pub fn remark(&self, graph: &Graph, id: NodeId) -> String {
        let mut remark = self.validity.to_string();
        if self.is_self_signed {
            remark.push_str(", self-signed");
        } else if let Some(issuer) = self.foreign_issuer(graph, id) {
            let _ = write!(remark, ", signed by {issuer}, which is not here");
        }
        if !self.also_in.clusters.is_empty() {
            let _ = write!(remark, ", also in {}", self.also_in.clusters.join(", "));
        }
        if self.also_in.more > 0 {
            let _ = write!(remark, " and {} more", self.also_in.more);
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
    /// The beginning of a fingerprint: as much of it as tells all certificates of the map apart.
    pub fn short_fingerprint(&self, certificate: &Certificate) -> String {
        certificate.fingerprint().chars().take(self.fingerprint_length).collect()
    }

    /// What a node's certificate is, when it is one.
    pub fn certificate(&self, id: NodeId) -> Option<&CertificateNode> {
        match id {
            NodeId::Certificate(index) => self.certificates.get(index),
            NodeId::Store(_) => None,
        }
    }

    /// Whether the two worlds touch, as far as it could be seen.
    pub fn verdict(&self) -> &'static str {
        match (self.touches.is_empty(), self.has_gaps()) {
            (false, _) => "The two worlds touch:",
            (true, true) => "In what could be looked at, the two worlds do not touch.",
            (true, false) => "The two worlds do not touch.",
        }
    }

    /// Each server once.
    pub fn servers(&self) -> impl Iterator<Item = &Server> {
        let mut seen = Vec::new();
        self.stores.iter().flat_map(|store| &store.servers).filter(move |server| {
            let is_new = !seen.contains(server);
            seen.push(*server);
            is_new
        })
    }

    /// The certificates that a flag's file has, in its order.
    pub fn held_by(&self, store: NodeId) -> impl Iterator<Item = NodeId> {
        self.targets(store, EdgeKind::Holds)
    }

    /// Whose keys signed a certificate, besides its own.
    pub fn signers(&self, certificate: NodeId) -> impl Iterator<Item = NodeId> {
        let signs = move |edge: &&Edge| edge.to == certificate && edge.kind == EdgeKind::Signs;
        self.edges.iter().filter(signs).map(|edge| edge.from)
    }

    /// Whether something could not be looked at.
    fn has_gaps(&self) -> bool {
        self.is_open || self.stores.iter().any(|store| store.gap.is_some())
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

impl NodeId {
    /// A name for programs: `certificate0`.
    fn name(self) -> String {
        match self {
            Self::Store(index) => format!("flag{index}"),
            Self::Certificate(index) => format!("certificate{index}"),
        }
    }
}

impl TrustMap {
    /// A heading for each cluster, where there are several.
    fn title(&self, graph: &Graph) -> Option<String> {
        (self.clusters.len() > 1).then(|| format!("Cluster {}", graph.cluster))
    }

    /// What could not be read, a line each.
    fn unread(&self) -> impl Iterator<Item = String> {
        self.not_read.iter().map(|why| format!("could not be read: {why}"))
    }
}

/// What the colours of a drawing mean: a class, and what it stands for.
pub fn legend() -> [(&'static str, &'static str); 4] {
    World::ALL.map(|world| (world.class(), world.description()))
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
