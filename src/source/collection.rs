//! What `aggcert collect` says of a cluster, beside its objects.

use crate::kubernetes::KubernetesVersion;
use crate::text::{Located, Origin, Text};

/// A cluster that was read: what it says of itself, and what could not be read.
#[derive(Debug, Clone)]
pub struct Collection {
    /// The context by which it was read.
    pub name: Located<String>,
    pub version: Option<Located<KubernetesVersion>>,
    /// Each API server that was asked, and the APIServices that it finds unavailable.
    pub api_servers: Vec<ApiServerView>,
    pub not_read: Vec<NotCollected>,
}

/// What one API server says of extension servers; the conditions of APIServices are those of all.
#[derive(Debug, Clone)]
pub struct ApiServerView {
    /// `https://10.0.0.1:6443`
    pub address: Located<String>,
    pub unavailable: Vec<Located<String>>,
}

/// Objects that were not read.
#[derive(Debug, Clone)]
pub struct NotCollected {
    /// The resource, with its group: `endpointslices.discovery.k8s.io`; or a path.
    pub what: Located<String>,
    /// The server's words.
    pub why: String,
    /// The right that lacks, as `kubectl auth can-i` takes it.
    pub needs: Option<String>,
}

/// What a server of a cluster showed in a TLS handshake.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// `Pod kube-system/metrics-server-5d`, or the address of what is no Pod.
    pub server: Located<String>,
    pub is_kube_apiserver: bool,
    /// Where it was asked: its address, or `through the API`.
    pub asked: String,
    /// `namespace/name` of the Services that lead to it.
    pub services: Vec<String>,
    pub shown: Result<Shown, NotAsked>,
}

/// What it showed.
#[derive(Debug, Clone)]
pub struct Shown {
    /// PEM, its own first.
    pub certificates: Text,
    /// The CAs whose clients it accepts; `None`: it asks for no certificate.
    pub accepts: Option<Vec<AcceptedCa>>,
    /// The place of these names.
    pub accepts_origin: Origin,
}

/// The name of a CA whose clients a server accepts, be it for users or for front proxies (RFC 8446, section 4.2.4).
#[derive(Debug, Clone)]
pub struct AcceptedCa {
    /// As it was sent: DER.
    pub subject: Vec<u8>,
    pub origin: Origin,
}

/// Why a server was not asked.
#[derive(Debug, Clone)]
pub struct NotAsked {
    pub why: String,
    /// The right that lacks, as `kubectl auth can-i` takes it.
    pub needs: Option<String>,
}

impl Collection {
    /// Why the objects of a resource, or a path, are not here.
    pub fn lacks(&self, what: &str) -> Option<&NotCollected> {
        self.not_read.iter().find(|lack| lack.what.value.split('/').next() == Some(what) || lack.what.value == what)
    }
}
