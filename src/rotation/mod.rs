//! Where the rotation of a front-proxy CA stands. It follows from the certificates alone; nothing is written down.
//!
//! ```text
//! bundle of each node   [old]   [old, new]   [new, old]   [new]
//! client of each node    old       old          new        new
//! state                Before   Trusting     Switched    After
//! ```
//!
//! The invariant: before any client of the new CA is used, every server trusts the new CA; before the old CA is dropped,
//! no client of it is in use. The CA that signs stands first, because kubeadm takes the first certificate as that of the
//! key (kubernetes/cmd/kubeadm/app/util/pkiutil, `TryLoadCertFromDisk`).

mod position;
pub mod steps;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::x509::Certificate;

pub use position::{pair, position, replaced_at_once};

/// What is known of a cluster.
#[derive(Debug, Clone, Default)]
pub struct Cluster {
    pub nodes: Vec<Node>,
    /// The CAs of `requestheader-client-ca-file` in kube-system/extension-apiserver-authentication; `None`: not seen.
    pub config_map: Option<Vec<Certificate>>,
    /// What servers say in a TLS handshake that they accept.
    pub accepting: Vec<Accepting>,
}

/// The files of one control-plane node.
#[derive(Debug, Clone)]
pub struct Node {
    pub name: String,
    /// `front-proxy-ca.crt`.
    pub bundle: Vec<Certificate>,
    /// `front-proxy-client.crt`: the client, and what it sends along.
    pub client: Vec<Certificate>,
    /// `front-proxy-client.next.crt`: the client of the new CA, ready to be used.
    pub next_client: Vec<Certificate>,
    /// Whether CA keys or dated copies of a former rotation lie there.
    pub leftovers: bool,
    /// What `front-proxy-ca.crt` was before, oldest first, by its dated copies.
    pub former: Vec<Vec<Certificate>>,
}

/// The subjects that one server names as acceptable (RFC 8446, section 4.2.4).
#[derive(Debug, Clone)]
pub struct Accepting {
    pub server: String,
    pub subjects: Vec<String>,
}

/// The two CAs of a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub old: Certificate,
    pub new: Certificate,
}

/// How far one node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It knows the old CA alone.
    Before,
    /// It trusts both, and shows a client of the old one.
    Trusting,
    /// It trusts both, and shows a client of the new one.
    Switched,
    /// It knows the new CA alone.
    After,
}

/// How far all of it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// One CA everywhere, and nothing of another.
    Still,
    /// Some nodes trust the new CA already; `to_do` do not.
    Trust { pair: Pair, to_do: Vec<String> },
    /// All trust both; `to_do` still show a client of the old CA.
    Switch { pair: Pair, to_do: Vec<String> },
    /// All show a client of the new CA; `to_do` still trust the old one.
    Distrust { pair: Pair, to_do: Vec<String> },
    /// The files are done, but the ConfigMap still holds CAs that no node has.
    Clean { stale: Vec<Certificate> },
    /// All is done; these nodes still hold old keys or dated copies.
    Finish { to_do: Vec<String> },
}

/// What must never be, with the one command that fixes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Illegal {
    #[error("no node's directory was given")]
    NoNodes,
    #[error("{node} has no usable bundle or client")]
    Unreadable { node: String },
    #[error("{} CAs are in the bundles, which is more than one rotation: {}", .0.len(), .0.join(", "))]
    TooManyCas(Vec<String>),
    #[error("which of the two CAs, {0} and {1}, is the new one cannot be told: both begin at the same time")]
    SameAge(String, String),
    #[error(
        "{node}: front-proxy-client.next.crt comes from {next}, which begins before {other}: which of the two CAs is the new \
         one cannot be told. Where the dated copy of front-proxy-ca.crt is put back and front-proxy-client.next.crt and its \
         key are removed, the rotation can start again"
    )]
    NextOfOlder { node: String, next: String, other: String },
    #[error("the old and the new CA have the same subject, {0}: hints and logs cannot tell them apart")]
    SameName(String),
    /// `is_known`: it is one of the two of the rotation.
    #[error("{node} shows a client of {issuer}, which its own bundle does not hold")]
    ClientOfAnotherCa { node: String, issuer: String, is_known: bool },
    #[error("in the bundle of {node} the CA that signs is not the first, and kubeadm takes the first")]
    Order { node: String },
    #[error("{ahead} shows a client of the new CA, which {behind} does not trust yet")]
    NotTrustedYet { ahead: String, behind: String },
    #[error("{behind} shows a client of the old CA, which {ahead} does not trust any more")]
    NotTrustedAnyMore { ahead: String, behind: String },
    #[error("{node} shows a client of {ca}, which the ConfigMap does not hold: extension API servers answer 401")]
    NotInConfigMap { node: String, ca: String, way_back: bool },
    #[error("{node} shows a client of {ca}, which {server} does not accept: it answers 401")]
    NotAccepted { node: String, ca: String, server: String, way_back: bool },
}

/// The one command that fixes an illegal state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fix {
    /// `aggcert rotate start`: the new CA goes to the nodes that lack it.
    Start,
    /// `aggcert rotate next`: what lags behind is brought along.
    Next,
    /// `aggcert rotate abort`: back to the clients of the old CA, which are accepted.
    Abort,
    /// The CA that is in use goes to who does not know it: no client of another one is accepted either.
    Publish,
    /// `aggcert renew`: a client of the CA that the node trusts.
    Renew,
    /// Which CAs are others', and stay (`--keep-ca`), or nobody's, and go.
    Choose,
    /// The files from before the start, by hand.
    PutBack,
    /// `aggcert check`: the files do not work by themselves.
    Check,
}

impl Illegal {
    pub fn fix(&self) -> Fix {
        match self {
            Self::NoNodes | Self::Unreadable { .. } => Fix::Check,
            Self::TooManyCas(_) | Self::SameAge(..) | Self::SameName(_) => Fix::Choose,
            Self::NextOfOlder { .. } => Fix::PutBack,
            Self::ClientOfAnotherCa { is_known: false, .. } => Fix::Renew,
            Self::ClientOfAnotherCa { .. } | Self::NotTrustedYet { .. } => Fix::Start,
            Self::Order { .. } | Self::NotTrustedAnyMore { .. } => Fix::Next,
            Self::NotInConfigMap { way_back: true, .. } | Self::NotAccepted { way_back: true, .. } => Fix::Abort,
            Self::NotInConfigMap { .. } | Self::NotAccepted { .. } => Fix::Publish,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "one CA",
            Self::Trusting => "trusts both, client of the old CA",
            Self::Switched => "trusts both, client of the new CA",
            Self::After => "new CA alone",
        })
    }
}

impl Phase {
    /// As JSON and people name it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Still => "still",
            Self::Trust { .. } => "trust",
            Self::Switch { .. } => "switch",
            Self::Distrust { .. } => "distrust",
            Self::Clean { .. } => "clean",
            Self::Finish { .. } => "finish",
        }
    }
}
