//! What is asked, and how it is answered.

use std::collections::BTreeMap;

use crate::x509::{Certificate, Chain};

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
    /// Bearer tokens are not modelled.
    Token,
    Anonymous,
}

/// What one authenticator said.
#[derive(Debug, Clone)]
pub struct Step {
    pub authenticator: AuthenticatorKind,
    pub verdict: Verdict,
    /// The chains that path validation found, where it was reached and succeeded.
    pub chains: Vec<Chain>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Authenticated(User),
    /// It passes the request on, and why: `no client certificate`.
    NoOpinion(String),
    /// An error: the next authenticator is asked, but anonymous is ruled out. As kube-apiserver words it.
    Refused(String),
    /// What it says depends on something that is not modelled.
    Unknown(String),
}

/// The answer and how it came about.
#[derive(Debug, Clone)]
pub struct Decision {
    /// With `system:authenticated` added; `None`: 401, unless the last step is [`Verdict::Unknown`].
    pub user: Option<User>,
    pub authenticator: Option<AuthenticatorKind>,
    /// Empty when the TLS handshake fails: nobody is asked then.
    pub steps: Vec<Step>,
    /// Why the TLS handshake fails, in Go's words.
    pub handshake_failure: Option<String>,
}

pub(super) const ANONYMOUS: &str = "system:anonymous";

pub(super) const AUTHENTICATED: &str = "system:authenticated";

pub(super) const UNAUTHENTICATED: &str = "system:unauthenticated";

impl Decision {
    /// Whom a front proxy spoke for, where it was accepted as one.
    pub fn front_proxy_user(&self) -> Option<&User> {
        self.user.as_ref().filter(|_| self.authenticator == Some(AuthenticatorKind::RequestHeader))
    }

    /// The first error of an authenticator.
    pub fn refusal(&self) -> Option<&str> {
        self.steps.iter().find_map(|step| match &step.verdict {
            Verdict::Refused(why) => Some(why.as_str()),
            _ => None,
        })
    }

    /// Nobody is asked: the TLS handshake fails, in Go's words because of this.
    pub fn of_failed_handshake(failure: String) -> Self {
        Self { user: None, authenticator: None, steps: Vec::new(), handshake_failure: Some(failure) }
    }
}

impl Step {
    pub(super) fn is_authenticated(&self) -> bool {
        matches!(self.verdict, Verdict::Authenticated(_))
    }

    pub(super) fn is_refused(&self) -> bool {
        matches!(self.verdict, Verdict::Refused(_))
    }
}

/// `group.AuthenticatedGroupAdder`.
pub(in crate::model) fn with_group(mut user: User) -> User {
    let has_one = user.groups.iter().any(|group| group == AUTHENTICATED || group == UNAUTHENTICATED);
    if user.username != ANONYMOUS && !has_one {
        user.groups.push(AUTHENTICATED.to_owned());
    }
    user
}
