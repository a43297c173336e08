//! Rules and the engine that applies them.

mod baseline;
mod branches;
mod engine;
mod fingerprint;
mod judgement;
mod page;
pub mod policy;
mod rule;
pub mod rules;
pub mod run;

pub use baseline::{Baseline, BaselineError, BaselineRecorder};
pub use engine::judge;
pub use fingerprint::fingerprint;
pub use judgement::{CertificateInUse, Judgement, NextEnd, RuleOutcome, Summary};
pub use page::{Page, Reference};
pub use policy::{Policy, PolicyError};
pub use rule::{Context, Finding, Note, Outcome, Related, Rule, Severity, Subject, Target};
