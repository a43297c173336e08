//! Rules and the engine that applies them.

mod rule;
pub mod rules;

pub use rule::{Context, Finding, Note, Outcome, Reference, Related, Rule, Severity, Subject, Target};
