//! Does the server start?

use crate::source::{Located, Origin};

/// What happens when a component is started with a set-up.
#[derive(Debug, Clone)]
pub enum Startup {
    /// It starts, and logs these warnings about this matter.
    Starts {
        warnings: Vec<Located<String>>,
    },
    Refuses(Refusal),
    /// Something that decides it could not be looked at, and what.
    Unknown(String),
}

/// Why it does not start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// As kube-apiserver words it, as far as it is deterministic.
    pub message: String,
    pub origin: Origin,
}
