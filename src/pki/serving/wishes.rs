//! What is asked for.

use crate::pki::{KeyAlgorithm, Validity};

/// What new certificates are to contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServingWishes {
    pub key_algorithm: KeyAlgorithm,
    /// Of the first CA; the ones after it get a date.
    pub ca_common_name: String,
    pub ca_validity: Validity,
    pub common_name: String,
    pub validity: Validity,
    /// How long before its end a certificate is renewed; `None`: a third of its life.
    pub renew_before: Option<Validity>,
    /// At least the one that kube-apiserver asks for.
    pub dns_names: Vec<String>,
}

/// A step of replacing the CA that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// The new CA signs.
    Switch,
    /// The old CA is left out.
    Distrust,
}

impl NextStep {
    /// As people name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Switch => "switch",
            Self::Distrust => "distrust",
        }
    }
}
