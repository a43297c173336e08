//! Phrases that several reports share, so that all of them say the same.

use time::OffsetDateTime;

use crate::lint::{Judgement, NextEnd, Outcome, Summary};

/// `1 error`, `2 errors`.
pub(super) fn count(number: usize, singular: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {singular}{plural}")
}

/// `2 errors, 1 warning`. When all are zero, it depends on whether everything could be decided.
pub(super) fn findings(summary: &Summary) -> String {
    let parts: Vec<String> = [(summary.errors, "error"), (summary.warnings, "warning"), (summary.notes, "note")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, name)| count(number, name))
        .collect();
    if !parts.is_empty() {
        return parts.join(", ");
    }
    let said = match (summary.passed + summary.accepted, summary.unknown) {
        // No rule had any business here, so its silence says nothing.
        (0, 0) => "nothing was checked",
        (0, _) => "nothing could be decided",
        (_, 0) if !summary.failures.is_empty() => "nothing found in what could be decided",
        (_, 0) if summary.accepted > 0 => "nothing found but what is accepted",
        (_, 0) => "nothing found",
        _ => "nothing found in what could be decided",
    };
    said.to_owned()
}

/// [`findings`] of one judgement.
pub(super) fn findings_of(judgement: &Judgement) -> String {
    let mut only_this = Summary::default();
    only_this.count(judgement);
    findings(&only_this)
}

/// How far the rules came: `12 rules passed, 3 could not be decided, 4 do not apply`. What was not decided is never left
/// out, so that a clean result does not sound more certain than it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    /// What is counted: rules of one set-up, or checks, which are rules times set-ups.
    counted: &'static str,
    pub passed: usize,
    pub unknown: usize,
    pub not_applicable: usize,
    pub accepted: usize,
}

impl Tally {
    pub(super) fn of(judgement: &Judgement) -> Self {
        let mut tally =
            Self { counted: "rule", passed: 0, unknown: 0, not_applicable: 0, accepted: judgement.accepted.len() };
        for outcome in &judgement.outcomes {
            match outcome.outcome {
                Outcome::Pass => tally.passed += 1,
                Outcome::NotApplicable(_) => tally.not_applicable += 1,
                Outcome::Unknown(_) => tally.unknown += 1,
                Outcome::Accepted(_) | Outcome::Fail(_) => {}
            }
        }
        tally
    }
}

impl From<&Summary> for Tally {
    fn from(summary: &Summary) -> Self {
        Self {
            counted: if summary.targets > 1 { "check" } else { "rule" },
            passed: summary.passed,
            unknown: summary.unknown,
            not_applicable: summary.not_applicable,
            accepted: summary.accepted,
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed", count(self.passed, self.counted))?;
        if self.unknown > 0 {
            write!(f, ", {} could not be decided", self.unknown)?;
        }
        if self.not_applicable > 0 {
            let verb = if self.not_applicable == 1 { "does" } else { "do" };
            write!(f, ", {} {verb} not apply", self.not_applicable)?;
        }
        if self.accepted > 0 {
            write!(f, ", {} accepted", count(self.accepted, "finding"))?;
        }
        Ok(())
    }
}

/// The last line of a report: first what could not be decided, then what was found, then how far it was looked.
pub(super) fn closing(summary: &Summary) -> String {
    let tally = Tally::from(summary);
    let undecided = match summary.unknown {
        0 => String::new(),
        unknown => format!("{} could not be decided; ", count(unknown, tally.counted)),
    };
    let failures = match summary.failures.len() {
        0 => String::new(),
        failures => format!("{} could not be read; ", count(failures, "input")),
    };
    let when = summary.now.map(|now| format!(" as of {}", minute(now))).unwrap_or_default();
    let settings = summary.settings.as_ref().map(|file| format!(" with {file}")).unwrap_or_default();
    let checked = count(summary.setups, "set-up");
    let files = count(summary.files_read, "file");
    let said = format!("{failures}{undecided}{}", findings(summary));
    let (first, rest) = said.split_at(said.chars().next().map_or(0, char::len_utf8));
    format!(
        "{}{rest}. Checked {checked} in {files}{}{when}{settings}: {}.{}{}",
        first.to_uppercase(),
        other_files(summary),
        Tally { unknown: 0, ..tally },
        without_server(summary),
        strict(summary).map(|why| format!(" {why}.")).unwrap_or_default(),
    )
}

/// Why `--strict` makes the exit code 2, as a sentence without a full stop.
pub(super) fn strict(summary: &Summary) -> Option<String> {
    let lack =
        |number: usize, counted: &str, lacks: &str| (number > 0).then(|| format!("{} {lacks}", count(number, counted)));
    let rules = Tally::from(summary).counted;
    let lacks = [
        lack(summary.unknown_identities, rules, "on who can be whom could not be decided"),
        lack(summary.flags_not_read, "place", "with flags of ours could not be read"),
    ];
    let lacks: Vec<String> = lacks.into_iter().flatten().collect();
    summary.lacks_what_strict_wants().then(|| format!("--strict ends with 2: {}", lacks.join(", ")))
}

/// What an extension server or a ConfigMap says of kube-apiserver is not all: nobody may take it for that. Nor may anybody
/// take other flags for those of the aggregation layer.
fn without_server(summary: &Summary) -> &'static str {
    match (summary.kube_apiservers, summary.silent_kube_apiservers) {
        (0, _) if summary.setups > 0 => " No kube-apiserver was among them.",
        (servers @ 1.., silent) if silent == servers => {
            " Only a part of kube-apiserver's flags is here, and none of the aggregation layer among them."
        }
        _ => "",
    }
}

/// What else lay there.
fn other_files(summary: &Summary) -> String {
    let pki = match summary.files_of_pki {
        0 => None,
        files => Some(format!("{} of certificates or keys", count(files, "file"))),
    };
    let unrecognised = match summary.files_unrecognised {
        0 => None,
        files => Some(format!("{} with nothing of ours in them", count(files, "other file"))),
    };
    let not_read = match summary.not_read.len() {
        0 => None,
        places => Some(format!("{places} not read")),
    };
    let others: Vec<String> = [pki, unrecognised, not_read].into_iter().flatten().collect();
    if others.is_empty() { String::new() } else { format!(" (and {})", others.join(", ")) }
}

/// The next end of a certificate, as a sentence without a full stop.
pub(super) fn next_end(end: &NextEnd) -> String {
    let NextEnd { at, subject, path } = end;
    format!("The next certificate to end is {subject}, on {} ({path})", at.to_offset(time::UtcOffset::UTC).date())
}

/// Of what was not read, as much as anyone reads; and how many more there are.
pub(super) fn not_read(summary: &Summary) -> (&[String], usize) {
    const SHOWN: usize = 50;
    let shown = summary.not_read.get(..SHOWN).unwrap_or(&summary.not_read);
    (shown, summary.not_read.len() - shown.len())
}

/// `2026-11-21 20:38 UTC`.
pub(super) fn minute(time: OffsetDateTime) -> String {
    let time = time.to_offset(time::UtcOffset::UTC);
    format!("{} {:02}:{:02} UTC", time.date(), time.hour(), time.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_decided_is_always_said() {
        let summary =
            Summary { passed: 12, unknown: 3, not_applicable: 1, accepted: 2, targets: 1, ..Summary::default() };
        let said = Tally::from(&summary).to_string();
        assert_eq!(said, "12 rules passed, 3 could not be decided, 1 does not apply, 2 findings accepted");
        let of_several = Summary { passed: 1, targets: 2, ..Summary::default() };
        assert_eq!(Tally::from(&of_several).to_string(), "1 check passed");
    }

    #[test]
    fn what_strict_lacks_is_said_where_it_was_asked_for() {
        let lacking =
            Summary { unknown: 2, unknown_identities: 1, flags_not_read: 2, targets: 1, ..Summary::default() };
        assert_eq!(strict(&lacking), None);
        let said = "--strict ends with 2: 1 rule on who can be whom could not be decided, 2 places with flags of ours could not be read";
        let asked = Summary { strict: true, ..lacking };
        assert_eq!(strict(&asked).as_deref(), Some(said));
        assert!(closing(&asked).ends_with(&format!(" {said}.")), "{}", closing(&asked));
        assert_eq!(strict(&Summary { strict: true, unknown: 2, ..Summary::default() }), None);
    }

    #[test]
    fn what_no_server_says_of_whom_it_trusts_is_said() {
        let of = |kube_apiservers, silent_kube_apiservers| {
            closing(&Summary { setups: 2, kube_apiservers, silent_kube_apiservers, ..Summary::default() })
        };
        assert!(of(0, 0).ends_with(" No kube-apiserver was among them."));
        assert!(of(2, 2).ends_with(" and none of the aggregation layer among them."), "{}", of(2, 2));
        assert!(of(2, 1).ends_with("."), "{}", of(2, 1));
        assert!(!of(2, 1).contains("aggregation layer"), "{}", of(2, 1));
    }

    #[test]
    fn zeros_are_left_out_of_findings() {
        let summary = Summary { errors: 1, notes: 2, unknown: 7, ..Summary::default() };
        assert_eq!(findings(&summary), "1 error, 2 notes");
    }

    #[test]
    fn finding_nothing_never_sounds_more_certain_than_it_is() {
        let all_passed = Summary { passed: 12, ..Summary::default() };
        assert_eq!(findings(&all_passed), "nothing found");
        for (unknown, failures) in [(1, vec![]), (0, vec!["x: no such file".to_owned()])] {
            let summary = Summary { unknown, failures, ..all_passed.clone() };
            assert_eq!(findings(&summary), "nothing found in what could be decided");
        }
        let accepted = Summary { accepted: 1, ..all_passed };
        assert_eq!(findings(&accepted), "nothing found but what is accepted");
        assert_eq!(findings(&Summary::default()), "nothing was checked");
        let unread = Summary { failures: vec!["x: no such file".to_owned()], ..Summary::default() };
        assert_eq!(findings(&unread), "nothing was checked");
        assert_eq!(findings(&Summary { unknown: 3, ..Summary::default() }), "nothing could be decided");
    }

    #[test]
    fn times_are_in_utc() {
        let time = time::macros::datetime!(2026-11-21 20:38:05 +02:00);
        assert_eq!(minute(time), "2026-11-21 18:38 UTC");
    }
}
