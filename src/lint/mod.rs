//! Rules and the engine that applies them.

mod engine;
mod fingerprint;
mod judgement;
mod rule;
pub mod rules;

pub use engine::judge;
pub use fingerprint::fingerprint;
pub use judgement::{CertificateInUse, Judgement, RuleOutcome, Summary};
pub use rule::{Context, Finding, Note, Outcome, Reference, Related, Rule, Severity, Subject, Target};
