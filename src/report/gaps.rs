//! What was not looked at, not decided or taken for granted, gathered over a run.
//!
//! The same file is missing for twenty set-ups and ten rules; one line says it. The number of lines is limited, and with
//! it the memory.

use std::collections::BTreeSet;

use crate::lint::{Judgement, Outcome, RuleOutcome};
use crate::model::sentences;
use crate::text::Origin;

/// Different reasons of one kind that are kept.
const LIMIT: usize = 50;

#[derive(Debug, Default)]
pub struct Gaps {
    pub undecided: Collection,
    pub not_looked_at: Collection,
    pub defaults: Collection,
    targets: usize,
}

/// Reasons of one kind, each once, in order of appearance.
#[derive(Debug, Default)]
pub struct Collection {
    pub gaps: Vec<Gap>,
    /// How many were met after the limit was reached.
    pub omitted: usize,
}

/// One reason and whom it concerns.
#[derive(Debug)]
pub struct Gap {
    pub text: String,
    /// The rules that could not be decided for this reason.
    pub rules: BTreeSet<&'static str>,
    /// The first place that it was met in.
    pub first: String,
    /// How many set-ups it was met in.
    pub targets: usize,
    /// The number of the last of them.
    last: usize,
}

impl Gaps {
    pub fn add(&mut self, judgement: &Judgement) {
        self.targets += 1;
        let target = self.targets;
        for RuleOutcome { rule, outcome } in &judgement.outcomes {
            if let Outcome::Unknown(why) = outcome {
                self.undecided.add(target, &sentences(why), &judgement.origin, Some(rule.id));
            }
        }
        for why in &judgement.not_looked_at {
            self.not_looked_at.add(target, &why.to_string(), why.origin().unwrap_or(&judgement.origin), None);
        }
        for note in &judgement.defaults {
            self.defaults.add(target, &note.text, note.origin.as_ref().unwrap_or(&judgement.origin), None);
        }
    }
}

impl Collection {
    fn add(&mut self, target: usize, text: &str, origin: &Origin, rule: Option<&'static str>) {
        if !self.gaps.iter().any(|gap| gap.text == text) {
            if self.gaps.len() >= LIMIT {
                self.omitted += 1;
                return;
            }
            self.gaps.push(Gap::new(text, origin));
        }
        let Some(gap) = self.gaps.iter_mut().find(|gap| gap.text == text) else { return };
        gap.rules.extend(rule);
        if gap.last != target {
            gap.last = target;
            gap.targets += 1;
        }
    }
}

impl Gap {
    fn new(text: &str, origin: &Origin) -> Self {
        Self { text: text.to_owned(), rules: BTreeSet::new(), first: origin.to_string(), targets: 0, last: 0 }
    }
}
