//! Who is this request? The authenticators of kube-apiserver in their order (`pkg/kubeapiserver/authenticator`,
//! `Config.New`): request header, X.509, anonymous.

use std::collections::BTreeMap;

use crate::x509::{Certificate, CertificatePool, Chain};

/// What a client sends: its certificates (its own first, then whatever else) and its headers in order.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub certificates: Vec<Certificate>,
    pub headers: Vec<(String, String)>,
}

/// `user.DefaultInfo` of k8s.io/apiserver.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    pub username: String,
    /// Empty: none.
    pub uid: String,
    pub groups: Vec<String>,
    pub extra: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthenticatorKind {
    RequestHeader,
    X509,
    Anonymous,
}

/// Which names a front proxy's certificate may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedNames {
    /// The list is empty: every certificate that verifies is a front proxy.
    Any,
    Only(Vec<String>),
}

/// `authenticatorfactory.RequestHeaderConfig`, loaded.
#[derive(Debug, Clone)]
pub struct RequestHeaderConfig {
    pub client_ca: CertificatePool,
    pub allowed_names: AllowedNames,
    pub username_headers: Vec<String>,
    pub uid_headers: Vec<String>,
    pub group_headers: Vec<String>,
    pub extra_header_prefixes: Vec<String>,
}

/// The authenticators of one server, ready to be asked.
#[derive(Debug, Clone)]
pub struct Authentication {
    pub request_header: Option<RequestHeaderConfig>,
    pub client_ca: Option<CertificatePool>,
    pub anonymous: bool,
}

/// What one authenticator said.
#[derive(Debug, Clone)]
pub struct Step {
    pub authenticator: AuthenticatorKind,
    pub verdict: Verdict,
    /// The chains that path validation found, where it was reached and succeeded.
    pub chains: Vec<Chain>,
}

#[derive(Debug, Clone)]
pub enum Verdict {
    Authenticated(User),
    /// It passes the request on, and why: `no client certificate`.
    NoOpinion(String),
    /// An error: the next authenticator is asked, but anonymous is ruled out. As kube-apiserver words it.
    Refused(String),
}

/// The answer and how it came about.
#[derive(Debug, Clone)]
pub struct Decision {
    /// With `system:authenticated` added; `None`: 401.
    pub user: Option<User>,
    pub authenticator: Option<AuthenticatorKind>,
    pub steps: Vec<Step>,
}
