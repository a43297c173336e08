//! What a search for chains tried.

use super::{Chain, ChainRefusal, VerificationError};
use crate::x509::Certificate;

/// What [`super::verify_with_trace`] tried.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Trace {
    /// Each candidate for a parent, in the order in which they were tried. Empty when the leaf itself was refused, or
    /// is a root.
    pub attempts: Vec<Attempt>,
    /// Chains that reached a root, but are not acceptable as a whole.
    pub refused_chains: Vec<(Chain, ChainRefusal)>,
}

/// One candidate for the parent of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// How many certificates are below the candidate: 1 for a parent of the leaf.
    pub depth: usize,
    pub child: Certificate,
    pub candidate: Certificate,
    pub pool: Pool,
    pub outcome: Outcome,
}

/// Where a candidate is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pool {
    Roots,
    Intermediates,
}

/// What became of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// A good parent. If it is a root, the chain is complete; if not, its own parents are tried next.
    Accepted,
    Refused(VerificationError),
    /// A certificate with this name and key is in the chain already.
    AlreadyInChain,
    /// Go knows no such kind of key.
    UnknownKey,
    /// The search ended here: too many candidates.
    LimitReached,
}
