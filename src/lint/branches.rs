//! One judgement of all states that a template's branches give a set-up.

use super::{Finding, Judgement, Note, Outcome};

/// The rule of what is wholly absent.
const NOT_CONFIGURED: &str = "aggregation-not-configured";

/// Takes in what was said of another branch. What is wrong in one of them is wrong, and what cannot be decided in one
/// is not decided.
pub(super) fn take_in(judgement: &mut Judgement, other: Judgement) {
    for (ours, theirs) in judgement.outcomes.iter_mut().zip(other.outcomes) {
        match (&mut ours.outcome, theirs.outcome) {
            (Outcome::Fail(known), Outcome::Fail(others)) => add_new(known, others, is_same_finding),
            (Outcome::Unknown(known), Outcome::Unknown(others)) => add_new(known, others, PartialEq::eq),
            // What one branch has is not missing.
            (Outcome::Pass, Outcome::Fail(_)) if ours.rule.id == NOT_CONFIGURED => {}
            (Outcome::Fail(_), Outcome::Pass) if ours.rule.id == NOT_CONFIGURED => ours.outcome = Outcome::Pass,
            (ours, theirs) if weight(&theirs) > weight(ours) => *ours = theirs,
            _ => {}
        }
    }
    add_new(&mut judgement.certificates, other.certificates, |one, other| {
        one.role == other.role && one.certificate == other.certificate
    });
    add_new(&mut judgement.not_looked_at, other.not_looked_at, PartialEq::eq);
    add_new(&mut judgement.defaults, other.defaults, is_same_note);
}

fn weight(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::NotApplicable(_) => 0,
        Outcome::Pass => 1,
        Outcome::Unknown(_) => 2,
        Outcome::Fail(_) | Outcome::Accepted(_) => 3,
    }
}

fn is_same_finding(one: &Finding, other: &Finding) -> bool {
    one.origin == other.origin && one.message == other.message
}

fn is_same_note(one: &Note, other: &Note) -> bool {
    one.origin == other.origin && one.text == other.text
}

fn add_new<T>(known: &mut Vec<T>, others: Vec<T>, same: impl Fn(&T, &T) -> bool) {
    for other in others {
        if !known.iter().any(|known| same(known, &other)) {
            known.push(other);
        }
    }
}
