//! What was not looked at, not decided or taken for granted, gathered over a run.
//!
//! The same directory is missing for twenty set-ups and ten rules; one line says it. The number of lines is limited, and with
//! it the memory.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::lint::{Judgement, Outcome, RuleOutcome, rules};
use crate::model::Cause;
use crate::text::Origin;

/// Different reasons of one kind that are kept.
const LIMIT: usize = 50;

#[derive(Debug, Default)]
pub(super) struct Gaps {
    pub undecided: Collection,
    pub not_looked_at: Collection,
    pub defaults: Collection,
    /// Findings that somebody has accepted, each with why.
    pub accepted: Collection,
    targets: usize,
}

/// Reasons of one kind, each once, in order of appearance.
#[derive(Debug, Default)]
pub(super) struct Collection {
    pub gaps: Vec<Gap>,
    /// How many were met after the limit was reached.
    pub omitted: usize,
}

/// One cause and whom it concerns.
#[derive(Debug)]
pub(super) struct Gap {
    text: String,
    /// The flags that may be given elsewhere.
    elsewhere: BTreeSet<String>,
    /// What to do about it.
    pub remedy: Option<String>,
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
    pub(super) fn add(&mut self, judgement: &Judgement) {
        self.targets += 1;
        let target = self.targets;
        for RuleOutcome { rule, outcome } in &judgement.outcomes {
            if let Outcome::Unknown(why) = outcome {
                for reason in why {
                    let cause = reason.cause();
                    let place = reason.origin().unwrap_or(&judgement.origin);
                    let remedy = reason.remedy();
                    let mut gap = Gap::new(cause.to_string(), remedy, place);
                    // Which of the flags would tell.
                    gap.elsewhere.extend(reason.subject().filter(|_| cause.is_partial()).map(str::to_owned));
                    self.undecided.add(target, gap, Some(rule.id));
                }
            }
        }
        for accepted in &judgement.accepted {
            let (place, why) = (&accepted.finding.origin, accepted.said());
            let text = format!("{}: {}; {why}", accepted.rule.id, accepted.finding.message);
            self.accepted.add(target, Gap::new(text, None, place), None);
        }
        for why in &judgement.not_looked_at {
            let place = why.origin().unwrap_or(&judgement.origin);
            // A right that lacks is told even where no rule waits for it.
            let remedy = matches!(why.cause(), Cause::NotCollected { .. }).then(|| why.remedy()).flatten();
            self.not_looked_at.add(target, Gap::new(why.to_string(), remedy, place), None);
        }
        for note in &judgement.defaults {
            let place = note.origin.as_ref().unwrap_or(&judgement.origin);
            self.defaults.add(target, Gap::new(note.text.clone(), None, place), None);
        }
    }
}

impl Collection {
    /// Those for which it is open who can be whom.
    pub(super) fn on_identities(&self) -> impl Iterator<Item = &Gap> {
        let decides = |id: &&str| rules::find(id).is_some_and(rules::decides_identity);
        self.gaps.iter().filter(move |gap| gap.rules.iter().any(decides))
    }

    fn add(&mut self, target: usize, mut gap: Gap, rule: Option<&'static str>) {
        let known = self.gaps.iter().position(|known| known.text == gap.text);
        let at = known.unwrap_or(self.gaps.len());
        let mut elsewhere = std::mem::take(&mut gap.elsewhere);
        if known.is_none() {
            if self.gaps.len() >= LIMIT {
                self.omitted += 1;
                return;
            }
            self.gaps.push(gap);
        }
        let Some(gap) = self.gaps.get_mut(at) else { return };
        gap.elsewhere.append(&mut elsewhere);
        gap.rules.extend(rule);
        if gap.last != target {
            gap.last = target;
            gap.targets += 1;
        }
    }
}

impl Gap {
    /// The rules, those that decide who can be whom and those of errors first.
    pub(super) fn ids(&self) -> Vec<&'static str> {
        let mut ids: Vec<_> = self.rules.iter().copied().collect();
        ids.sort_by_key(|id| rules::find(id).map(|rule| (!rules::decides_identity(rule), Reverse(rule.severity))));
        ids
    }

    fn new(text: String, remedy: Option<String>, origin: &Origin) -> Self {
        let (elsewhere, rules) = (BTreeSet::new(), BTreeSet::new());
        Self { text, elsewhere, remedy, rules, first: origin.to_string(), targets: 0, last: 0 }
    }

    /// What could not be decided, why and where.
    pub(super) fn undecided(&self) -> String {
        format!("{} could not be decided: {} ({})", self.ids().join(", "), self.text(), self.first)
    }

    /// What is not known, in one sentence without a full stop.
    pub(super) fn text(&self) -> String {
        let flags: Vec<String> = self.elsewhere.iter().cloned().collect();
        if flags.is_empty() {
            return self.text.clone();
        }
        format!("{}: {} may be given elsewhere", self.text, flags.join(", "))
    }
}
