//! Judgements as the team wants them.

use time::OffsetDateTime;

use super::{Comment, Ignore, Level, Policy};
use crate::lint::{Accepted, AcceptedBy, Finding, Judgement, Outcome, Rule, RuleOutcome, Severity};
use crate::source::InputFormat;
use crate::text::Located;

impl Policy {
    /// The judgement as the team wants it: other severities, rules off, accepted findings taken out and counted.
    pub fn apply(&self, mut judgement: Judgement, now: OffsetDateTime) -> Judgement {
        if self.comments_count {
            self.uses.comments_in(judgement.origin.file());
            judgement.findings().for_each(|(_, finding)| _ = self.uses.comments_in(finding.origin.file()));
        }
        for RuleOutcome { rule, outcome } in &mut judgement.outcomes {
            match self.level(rule) {
                Some(Located { value: Level::Off, origin }) => {
                    *outcome = Outcome::not_applicable(format!("it is switched off ({origin})"));
                }
                Some(Located { value: Level::At(severity), .. }) => set_severity(outcome, *severity),
                None => {}
            }
            match outcome {
                Outcome::Fail(findings) => {
                    let findings = std::mem::take(findings);
                    let mut accepted = Vec::new();
                    let kept = findings.into_iter().filter_map(|finding| {
                        match self.reason(rule, &finding, judgement.format, now) {
                            Some((reason, by)) => {
                                accepted.push(Accepted { rule, finding, reason, by });
                                None
                            }
                            None => Some(finding),
                        }
                    });
                    *outcome = accept(kept.collect(), &accepted);
                    judgement.accepted.extend(accepted);
                }
                Outcome::Unknown(_) => self.uses.note_undecided(judgement.origin.file(), rule.id),
                Outcome::Pass | Outcome::NotApplicable(_) | Outcome::Accepted(_) => {}
            }
        }
        judgement
    }

    /// How much a finding counts; `None`: its rule is off, or it is accepted.
    pub(in crate::lint) fn weight(
        &self,
        rule: &Rule,
        finding: &Finding,
        format: InputFormat,
        now: OffsetDateTime,
    ) -> Option<Severity> {
        let severity = match self.level(rule).map(|level| level.value) {
            Some(Level::Off) => return None,
            Some(Level::At(severity)) => severity,
            None => finding.severity,
        };
        self.reason(rule, finding, Some(format), now).is_none().then_some(severity)
    }

    fn level(&self, rule: &Rule) -> Option<&Located<Level>> {
        self.levels.iter().find(|(id, _)| *id == rule.id).map(|(_, level)| level)
    }

    /// Why a finding is accepted, if it is, and where that is written.
    fn reason(
        &self,
        rule: &Rule,
        finding: &Finding,
        format: Option<InputFormat>,
        now: OffsetDateTime,
    ) -> Option<(String, AcceptedBy)> {
        let beside = self.comments_count.then(|| self.comment_that_accepts(rule, finding, format)).flatten();
        beside.or_else(|| self.ignore_that_accepts(rule, finding, now))
    }

    fn comment_that_accepts(
        &self,
        rule: &Rule,
        finding: &Finding,
        format: Option<InputFormat>,
    ) -> Option<(String, AcceptedBy)> {
        let comments = self.uses.comments_in(finding.origin.file());
        let mut beside = Comment::beside(&comments, finding, format).into_iter();
        let comment = beside.find(|comment| comment.accepts(rule.id))?;
        self.uses.note(&comment.origin, rule.id);
        Some((comment.reason.clone(), AcceptedBy::Comment(comment.origin.clone())))
    }

    fn ignore_that_accepts(&self, rule: &Rule, finding: &Finding, now: OffsetDateTime) -> Option<(String, AcceptedBy)> {
        let mut ignores = self.ignores.iter().filter(|ignore| ignore.rule == rule.id && ignore.holds(now));
        let ignore = ignores.find(|ignore| self.concerns(ignore, finding.origin.file().name()))?;
        self.uses.note(&ignore.origin, rule.id);
        let until = ignore.until.as_ref().map(|until| until.value);
        Some((ignore.reason.clone(), AcceptedBy::Settings { origin: ignore.origin.clone(), until }))
    }

    /// Whether an ignore means the file with this name.
    pub(super) fn concerns(&self, ignore: &Ignore, file: &str) -> bool {
        let Some(pattern) = &ignore.path else { return true };
        self.source.as_ref().is_some_and(|(_, base)| pattern.matches_file(base, file))
    }
}

/// The outcome that is left when some findings are accepted. None left is no pass.
pub(in crate::lint) fn accept(kept: Vec<Finding>, accepted: &[Accepted]) -> Outcome {
    if !kept.is_empty() || accepted.is_empty() {
        return Outcome::Fail(kept);
    }
    let mut reasons: Vec<String> = accepted.iter().map(Accepted::said).collect();
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
