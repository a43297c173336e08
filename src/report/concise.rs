//! One line a finding, `file:line:column: severity[rule] message`, as editors and `grep` like it; then one line on how
//! far the check came.

use std::io::{self, Write};

use super::Reporter;
use super::wording;
use crate::lint::{Judgement, Summary};
use crate::text::printable;

/// The format `concise`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Concise;

impl Reporter for Concise {
    fn judgement(&mut self, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
        for (rule, finding) in judgement.findings() {
            let line = format!("{}: {}[{}] {}", finding.origin, finding.severity.as_str(), rule.id, finding.message);
            writeln!(out, "{}", printable::inert(&printable::line(&line)))?;
        }
        for accepted in &judgement.accepted {
            let (place, rule) = (&accepted.finding.origin, accepted.rule.id);
            let line = format!("accepted: {place}: [{rule}] {}: {}", accepted.finding.message, accepted.said());
            writeln!(out, "{}", printable::inert(&printable::line(&line)))?;
        }
        Ok(())
    }

    fn finish(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        for failure in &summary.failures {
            writeln!(out, "could not be read: {}", printable::inert(&printable::line(failure)))?;
        }
        let (not_read, more) = wording::not_read(summary);
        for place in not_read {
            writeln!(out, "not read: {}", printable::inert(&printable::line(place)))?;
        }
        if more > 0 {
            writeln!(out, "not read: {more} more")?;
        }
        writeln!(out, "{}", printable::inert(&printable::line(&wording::closing(summary))))
    }
}

#[cfg(test)]
mod tests {
    use crate::report::Format;
    use crate::report::testing::{judgement, report_with_failures, settings};

    #[test]
    fn a_finding_is_one_line() {
        let mut judgement = judgement();
        let mut finding = judgement.findings().next().unwrap().1.clone();
        finding.message = "two\nlines".to_owned();
        judgement.outcomes[0].outcome = crate::lint::Outcome::Fail(vec![finding]);
        let shown = report_with_failures(Format::Concise, &settings(), &[judgement], &["x: no such file"]);
        let expected = "\
manifests/kube-apiserver.yaml:9:7: error[ca-reused] two lines
could not be read: x: no such file
1 input could not be read; 1 rule could not be decided; 1 error. Checked 1 set-up in 1 file as of 2026-11-21 20:38 UTC: 1 rule passed, 1 does not apply.
";
        assert_eq!(shown, expected);
    }
}
