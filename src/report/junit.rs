//! JUnit XML as build servers read it: a test suite a set-up, a test case a rule.
//!
//! What could not be decided or does not apply is skipped and says why; it is never shown as passed. Notes do not fail a
//! case unless the run fails for them. Suites are written one by one, so the root element has no totals; they are optional.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Reporter, wording};
use crate::lint::{Finding, Judgement, Outcome, RuleOutcome, Severity, Summary};
use crate::model::sentences;
use crate::text::printable;
use crate::text::xml::{attributes, escape};

/// The format `junit`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Junit {
    /// The least severity that fails a case.
    fails: Severity,
}

impl Junit {
    /// Warnings always do: who reads the report decides about them, and notes are for who asked for them.
    pub(super) fn new(fail_on: Severity) -> Self {
        Self { fails: fail_on.min(Severity::Warning) }
    }
}

impl Reporter for Junit {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\">", env!("CARGO_PKG_NAME"))
    }

    fn judgement(&mut self, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
        let cases: Vec<Case<'_>> = judgement.outcomes.iter().map(|outcome| Case::of(outcome, self.fails)).collect();
        let count =
            |wanted: fn(&Verdict<'_>) -> bool| cases.iter().filter(|case| wanted(&case.verdict)).count().to_string();
        let name = format!("{} ({})", judgement.title(), judgement.origin);
        let suite = attributes(&[
            ("name", &name),
            ("tests", &cases.len().to_string()),
            ("failures", &count(|verdict| matches!(verdict, Verdict::Failed { .. }))),
            ("errors", "0"),
            ("skipped", &count(|verdict| matches!(verdict, Verdict::Skipped(_)))),
        ]);
        writeln!(out, "  <testsuite{suite}>")?;
        for case in &cases {
            writeln!(out, "{}", case.element(&name))?;
        }
        writeln!(out, "  </testsuite>")
    }

    fn finish(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        input(summary, out)?;
        if let Some(settings) = &summary.settings {
            writeln!(out, "  <!-- judged with {} -->", escape(settings).replace('-', "&#45;"))?;
        }
        writeln!(out, "</testsuites>")
    }
}

/// A suite for what could not be read, and for what `--strict` lacks.
fn input(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let strict = wording::strict(summary);
    let failures = summary.failures.iter().map(|failure| (failure.as_str(), "unreadable", failure));
    let errors: Vec<_> = failures.chain(strict.as_ref().map(|why| ("--strict", "undecided", why))).collect();
    let (not_read, more) = wording::not_read(summary);
    let skipped = not_read.len() + usize::from(more > 0);
    if errors.is_empty() && skipped == 0 {
        return Ok(());
    }
    let more = format!("{more} more");
    let not_read = not_read.iter().chain(Some(&more).filter(|_| skipped > not_read.len()));
    let suite = attributes(&[
        ("name", "input"),
        ("tests", &(errors.len() + skipped).to_string()),
        ("failures", "0"),
        ("errors", &errors.len().to_string()),
        ("skipped", &skipped.to_string()),
    ]);
    writeln!(out, "  <testsuite{suite}>")?;
    for place in not_read {
        let case = attributes(&[("name", place), ("classname", "input")]);
        let why = attributes(&[("message", &format!("not read: {place}"))]);
        writeln!(out, "    <testcase{case}>\n      <skipped{why}/>\n    </testcase>")?;
    }
    for (name, kind, why) in errors {
        let case = attributes(&[("name", name), ("classname", "input")]);
        let error = attributes(&[("type", kind), ("message", why)]);
        writeln!(out, "    <testcase{case}>\n      <error{error}/>\n    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}

/// A rule and what came of it.
struct Case<'a> {
    rule: &'static str,
    verdict: Verdict<'a>,
}

enum Verdict<'a> {
    Passed,
    /// Findings that fail it come with those that do not.
    Failed {
        severity: Severity,
        findings: &'a [Finding],
    },
    /// None that fails it.
    Noted(&'a [Finding]),
    Skipped(String),
}

impl<'a> Case<'a> {
    fn of(RuleOutcome { rule, outcome }: &'a RuleOutcome, fails: Severity) -> Self {
        let verdict = match outcome {
            Outcome::Pass => Verdict::Passed,
            Outcome::NotApplicable(why) => Verdict::Skipped(format!("does not apply: {}", sentences(why))),
            Outcome::Unknown(why) => Verdict::Skipped(format!("could not be decided: {}", sentences(why))),
            Outcome::Accepted(why) => Verdict::Skipped(format!("accepted: {why}")),
            Outcome::Fail(findings) => match findings.iter().map(|finding| finding.severity).max() {
                None => Verdict::Passed,
                Some(severity) if severity >= fails => Verdict::Failed { severity, findings },
                Some(_) => Verdict::Noted(findings),
            },
        };
        Self { rule: rule.id, verdict }
    }

    fn element(&self, suite: &str) -> String {
        let case = attributes(&[("name", self.rule), ("classname", suite)]);
        let inside = match &self.verdict {
            Verdict::Passed => return format!("    <testcase{case}/>"),
            Verdict::Skipped(why) => format!("<skipped{}/>", attributes(&[("message", why)])),
            Verdict::Noted(findings) => format!("<system-out>{}</system-out>", body(findings)),
            Verdict::Failed { severity, findings } => {
                let failure = attributes(&[("type", severity.as_str()), ("message", &headline(findings))]);
                format!("<failure{failure}>{}</failure>", body(findings))
            }
        };
        format!("    <testcase{case}>\n      {inside}\n    </testcase>")
    }
}

/// Build servers show one failure a case; it speaks for all findings.
fn headline(findings: &[Finding]) -> String {
    match findings {
        [] => String::new(),
        [only] => only.message.clone(),
        [first, others @ ..] => format!("{} (and {})", first.message, wording::count(others.len(), "other finding")),
    }
}

/// It may be printed into a build's log.
fn body(findings: &[Finding]) -> String {
    printable::inert(&escape(&said(findings))).into_owned()
}

fn said(findings: &[Finding]) -> String {
    findings.iter().fold(String::new(), |mut said, finding| {
        let place = finding.origin.to_string();
        let texts = [&place, &finding.message, &finding.consequence, &finding.fix.sentence];
        let [place, message, consequence, sentence] = texts.map(|text| printable::line(text));
        let _ = writeln!(said, "{place}: {}: {message}", finding.severity.as_str());
        let _ = writeln!(said, "{consequence}\nFix: {sentence}");
        finding.fix.lines().for_each(|line| said.extend([&printable::line(&line), "\n"]));
        said
    })
}

#[cfg(test)]
mod tests {
    use quick_junit::{NonSuccessKind, Report, TestCaseStatus};

    use super::*;
    use crate::report::Format;
    use crate::report::testing::{self, CA_REUSED, judgement, origin_in, report_with_failures, settings};
    use crate::text::SourceFile;

    fn read(judgements: &[Judgement], failures: &[&str]) -> Report {
        let xml = report_with_failures(Format::Junit, &settings(), judgements, failures);
        Report::deserialize_from_str(&xml).unwrap_or_else(|error| panic!("{error}:\n{xml}"))
    }

    #[test]
    fn a_reader_of_junit_finds_a_case_a_rule() {
        let report = read(&[judgement(), judgement()], &[]);
        assert_eq!(report.test_suites.len(), 2);
        let suite = &report.test_suites[0];
        assert_eq!((suite.tests, suite.failures, suite.errors), (4, 1, 0));
        let said: Vec<String> = suite
            .test_cases
            .iter()
            .map(|case| match &case.status {
                TestCaseStatus::Success { .. } => format!("{}: passed", case.name.as_str()),
                TestCaseStatus::Skipped { message, .. } => {
                    format!("{}: skipped, {}", case.name.as_str(), message.as_ref().unwrap().as_str())
                }
                TestCaseStatus::NonSuccess { kind, ty, .. } => {
                    assert_eq!(*kind, NonSuccessKind::Failure);
                    format!("{}: {}", case.name.as_str(), ty.as_ref().unwrap().as_str())
                }
            })
            .collect();
        assert_eq!(
            said,
            [
                "ca-reused: error",
                "flag-repeated: passed",
                "ca-expired: skipped, could not be decided: /etc/kubernetes/pki/ca.crt was not looked at: not on this host",
                "key-permissions: skipped, does not apply: no key is named",
            ]
        );
    }

    #[test]
    fn what_xml_cannot_hold_and_what_it_means_something_by_comes_through() {
        let file = SourceFile::new("a&b<c>.yaml", "x");
        let mut finding = testing::finding(Severity::Warning, origin_in(&file, "x"));
        finding.message = "\"<&>' ]]> \u{1b}\u{0}\u{fffe} ü\nsecond line".to_owned();
        let report = read(&[testing::of_finding(&CA_REUSED, finding)], &[]);
        assert!(report.test_suites[0].name.as_str().ends_with("(a&b<c>.yaml:1:1)"));
        let TestCaseStatus::NonSuccess { message, .. } = &report.test_suites[0].test_cases[0].status else {
            panic!("passed")
        };
        assert_eq!(message.as_ref().unwrap().as_str(), "\"<&>' ]]> \u{241b}\u{2400}\u{fffd} ü\nsecond line");
    }

    #[test]
    fn no_line_is_a_command_to_a_runner() {
        let file = SourceFile::new("x\n::error::y.yaml", "x");
        let mut finding = testing::finding(Severity::Warning, origin_in(&file, "x"));
        finding.message = "a\n::error::b".to_owned();
        finding.consequence = "c\n ::error::d".to_owned();
        finding.fix = "move x\ny".into();
        let judgement = testing::of_finding(&CA_REUSED, finding);
        let xml = report_with_failures(Format::Junit, &settings(), &[judgement], &["z\n::error::z"]);
        assert!(xml.lines().all(|line| !line.trim_start().starts_with("::")), "{xml}");
        assert!(xml.contains("\nc  ::error::d\nFix: move x y\n"), "no value begins a line: {xml}");
    }

    #[test]
    fn notes_do_not_fail_and_unreadable_input_is_an_error() {
        let file = SourceFile::new("a.yaml", "x");
        let noted = testing::of_finding(&CA_REUSED, testing::finding(Severity::Note, origin_in(&file, "x")));
        let report = read(&[noted], &["b.yaml: no such file"]);
        assert!(matches!(report.test_suites[0].test_cases[0].status, TestCaseStatus::Success { .. }));
        assert_eq!((report.test_suites[1].tests, report.test_suites[1].errors), (1, 1));
    }

    #[test]
    fn notes_that_fail_the_run_are_failures() {
        let file = SourceFile::new("a.yaml", "x");
        let of = |severity| testing::of_finding(&CA_REUSED, testing::finding(severity, origin_in(&file, "x")));
        let failures = |severity: Severity, fail_on: Severity| {
            let settings = super::super::Settings { fail_on, ..settings() };
            let xml = report_with_failures(Format::Junit, &settings, &[of(severity)], &[]);
            Report::deserialize_from_str(&xml).unwrap().test_suites[0].failures
        };
        assert_eq!(failures(Severity::Note, Severity::Note), 1);
        assert_eq!(failures(Severity::Note, Severity::Warning), 0);
        assert_eq!(failures(Severity::Warning, Severity::Error), 1);
    }
}
