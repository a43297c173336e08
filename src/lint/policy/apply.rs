//! Judgements as the team wants them.

use time::OffsetDateTime;

use super::{Ignore, Level, Policy};
use crate::lint::{Finding, Judgement, Outcome, Rule, RuleOutcome, Severity};
use crate::text::Located;

impl Policy {
    /// The judgement as the team wants it: other severities, rules off, accepted findings taken out and counted.
    pub fn apply(&self, mut judgement: Judgement, now: OffsetDateTime) -> Judgement {
        for RuleOutcome { rule, outcome } in &mut judgement.outcomes {
            match self.level(rule) {
                Some(Located { value: Level::Off, origin }) => {
                    *outcome = Outcome::not_applicable(format!("it is switched off ({origin})"));
                }
                Some(Located { value: Level::At(severity), .. }) => set_severity(outcome, *severity),
                None => {}
            }
            if let Outcome::Fail(findings) = outcome {
                let (kept, reasons) = self.take_accepted(rule, std::mem::take(findings), now);
                judgement.accepted += reasons.len();
                *outcome = accept(kept, reasons);
            }
        }
        judgement
    }

    fn level(&self, rule: &Rule) -> Option<&Located<Level>> {
        self.levels.iter().find(|(id, _)| *id == rule.id).map(|(_, level)| level)
    }

    /// Findings that stay, and why each other one is accepted.
    fn take_accepted(&self, rule: &Rule, findings: Vec<Finding>, now: OffsetDateTime) -> (Vec<Finding>, Vec<String>) {
        let mut reasons = Vec::new();
        let kept = findings
            .into_iter()
            .filter(|finding| {
                let ignore = self
                    .ignores
                    .iter()
                    .find(|ignore| ignore.rule == rule.id && ignore.holds(now) && self.concerns(ignore, finding));
                reasons.extend(ignore.map(Ignore::said));
                ignore.is_none()
            })
            .collect();
        (kept, reasons)
    }

    fn concerns(&self, ignore: &Ignore, finding: &Finding) -> bool {
        let Some(pattern) = &ignore.path else { return true };
        self.source.as_ref().is_some_and(|(_, base)| pattern.matches_file(base, finding.origin.file().name()))
    }
}

/// The outcome that is left when some findings are accepted. None left is no pass.
pub(in crate::lint) fn accept(kept: Vec<Finding>, mut reasons: Vec<String>) -> Outcome {
    if !kept.is_empty() || reasons.is_empty() {
        return Outcome::Fail(kept);
    }
    reasons.dedup();
    Outcome::Accepted(reasons.join("; "))
}

fn set_severity(outcome: &mut Outcome, severity: Severity) {
    if let Outcome::Fail(findings) = outcome {
        for finding in findings {
            finding.severity = severity;
        }
    }
}
