//! Rules and the engine that applies them.

mod ahead;
mod baseline;
mod beside;
mod branches;
mod context;
mod engine;
mod facts;
mod finding;
mod fingerprint;
mod fix;
mod guard;
mod judgement;
mod not_collected;
#[cfg(test)]
mod one_fault;
mod one_fix;
mod page;
pub mod policy;
mod prelude;
mod rule;
pub mod rules;
pub mod run;
mod target;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod without;

pub use baseline::{Baseline, BaselineError, BaselineRecorder};
pub use beside::Beside;
pub use context::Context;
pub use engine::judge;
pub use finding::{Finding, Note, Outcome, Related, Severity};
pub use fingerprint::fingerprint;
pub use fix::Fix;
pub(crate) use fix::Wanted;
pub use judgement::{Accepted, AcceptedBy, CertificateInUse, Judgement, NextEnd, Summary};
pub use page::{Page, Reference};
pub use policy::{Policy, PolicyError};
pub use rule::{Check, Rule, RuleOutcome};
pub use target::Target;
