//! Workflow commands of GitHub Actions: annotations at the lines of a pull request.
//!
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>; the escapes are those of
//! `actions/toolkit`, `packages/core/src/command.ts`.

use std::io::{self, Write};

use super::Reporter;
use super::gaps::Gaps;
use super::wording;
use crate::lint::{Finding, Judgement, Rule, Severity, Summary};
use crate::source::{BaseDirectory, FileLocation};
use crate::text::printable;

/// The format `github`.
#[derive(Debug)]
pub(super) struct Github {
    base: BaseDirectory,
    gaps: Gaps,
}

impl Github {
    /// Paths are relative to `base`, the root of the repository.
    pub(super) fn new(base: BaseDirectory) -> Self {
        Self { base, gaps: Gaps::default() }
    }

    fn annotation(&self, rule: &Rule, finding: &Finding) -> String {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let place = match self.base.locate(finding.origin.file().name()) {
            FileLocation::Inside(path) | FileLocation::Outside(path) => place(&path, finding),
            FileLocation::Unnamed => String::new(),
        };
        let object = finding.origin.field().map(|_| format!("{}\n", finding.origin)).unwrap_or_default();
        let said = format!("{}\n{object}{}\nFix: {}", finding.message, finding.consequence, finding.fix);
        format!("::{command} {place}title={}::{}", property(rule.id), data(&said))
    }
}

impl Reporter for Github {
    fn judgement(&mut self, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
        self.gaps.add(judgement);
        for (rule, finding) in judgement.findings() {
            writeln!(out, "{}", self.annotation(rule, finding))?;
        }
        Ok(())
    }

    fn finish(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        for failure in &summary.failures {
            writeln!(out, "::error title=could not be read::{}", data(failure))?;
        }
        if let Some(why) = wording::strict(summary) {
            writeln!(out, "::error title=could not be decided::{}", data(&why))?;
            for gap in self.gaps.undecided.on_identities() {
                writeln!(out, "::warning title=could not be decided::{}", data(&gap.undecided()))?;
            }
        }
        let (not_read, more) = wording::not_read(summary);
        for place in not_read {
            writeln!(out, "::notice title=not read::{}", data(place))?;
        }
        if more > 0 {
            writeln!(out, "::notice title=not read::{more} more")?;
        }
        writeln!(out, "{}", printable::inert(&printable::line(&wording::closing(summary))))
    }
}

/// `file=..,line=..,`. Columns are only allowed where the annotation stays on one line.
fn place(path: &str, finding: &Finding) -> String {
    let (line, column) = finding.origin.start();
    let (end_line, end_column) = finding.origin.end();
    let columns = if line == end_line {
        // GitHub's end column is the last one, ours the one behind it.
        format!("col={column},endColumn={},", end_column.saturating_sub(1).max(column))
    } else {
        String::new()
    };
    format!("file={},line={line},endLine={end_line},{columns}", property(path))
}

/// `escapeData`. Control characters go, so that nothing in a value can end the command.
fn data(text: &str) -> String {
    printable::block(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// `escapeProperty`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Format;
    use crate::report::testing::{self, CA_REUSED, judgement, origin_in, report, report_with_failures, settings};
    use crate::text::SourceFile;

    #[test]
    fn a_finding_is_one_annotation() {
        let shown = report(Format::Github, &settings(), &[judgement()]);
        let (annotation, rest) = shown.split_once('\n').unwrap();
        let expected = "::error file=manifests/kube-apiserver.yaml,line=9,endLine=9,col=7,endColumn=63,title=ca-reused::\
                        any certificate of CN=kubernetes named `front-proxy-client` is a front proxy%0AWho can obtain ";
        assert!(annotation.starts_with(expected), "{annotation}");
        assert_eq!(
            rest,
            "1 rule could not be decided; 1 error. Checked 1 set-up in 1 file as of 2026-11-21 20:38 UTC: 1 rule passed, 1 does not apply.\n"
        );
    }

    #[test]
    fn no_value_ends_the_command_or_begins_another() {
        let file = SourceFile::new("a,b:c%\n::set-env name=X::y", "x\ny");
        let mut finding = testing::finding(Severity::Note, origin_in(&file, "x\ny"));
        finding.message = "100%\r\n::error::owned".to_owned();
        let judgement = testing::of_finding(&CA_REUSED, finding);
        let shown = report_with_failures(Format::Github, &settings(), &[judgement], &["a\n::error::owned"]);
        assert!(shown.starts_with(
            "::notice file=a%2Cb%3Ac%25%0A%3A%3Aset-env name=X%3A%3Ay,line=1,endLine=2,title=ca-reused::100%25"
        ));
        let commands = shown.lines().filter(|line| line.starts_with("::")).count();
        assert_eq!((commands, shown.lines().count()), (2, 3), "{shown}");
    }

    #[test]
    fn what_is_no_file_has_no_place() {
        let file = SourceFile::new("<stdin>", "x");
        let judgement = testing::of_finding(&CA_REUSED, testing::finding(Severity::Warning, origin_in(&file, "x")));
        assert!(report(Format::Github, &settings(), &[judgement]).starts_with("::warning title=ca-reused::"));
    }
}
