//! For people: each finding with its source, as rustc shows errors, then what was checked and what was not.

use std::cmp::Reverse;
use std::fmt::Write as _;
use std::io::{self, Write};

use annotate_snippets::renderer::{AnsiColor, Style as Ansi};
use annotate_snippets::{Group, Level, Padding, Renderer};

use super::Reporter;
use super::excerpt::excerpts;
use super::gaps::{Collection, Gap, Gaps};
use super::wording::{self, Tally};
use crate::lint::{Finding, Judgement, Rule, Severity, Summary, rules};
use crate::text::printable;

/// How text is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    pub color: bool,
    /// Columns of the terminal; prose is wrapped and source is cut to it. Commands are not: they are to be copied.
    pub width: usize,
    pub verbosity: Verbosity,
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verbosity {
    /// Findings, and what could not be read.
    Quiet,
    #[default]
    Normal,
    /// Also each set-up, what was not looked at, and what was taken for granted.
    Verbose,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 120, verbosity: Verbosity::Normal }
    }
}

/// The format `text`.
#[derive(Debug)]
pub struct Text {
    style: Style,
    renderer: Renderer,
    gaps: Gaps,
    /// Something was written before.
    begun: bool,
}

const BOLD: Ansi = Ansi::new().bold();
const GOOD: Ansi = AnsiColor::Green.on_default();
const BAD: Ansi = AnsiColor::BrightRed.on_default().bold();
const DOUBTFUL: Ansi = AnsiColor::Yellow.on_default();

impl Text {
    pub fn new(style: Style) -> Self {
        let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
        // Beside the source stand line numbers and a bar.
        let renderer = renderer.term_width(style.width.saturating_sub(10).max(40));
        Self { style, renderer, gaps: Gaps::default(), begun: false }
    }

    fn paint(&self, style: Ansi, text: &str) -> String {
        if self.style.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Prose, safe to print, with line breaks where it would run over; `used` columns stand before each line.
    fn prose(&self, text: &str, used: usize) -> String {
        wrap(&printable::block(text), self.style.width.saturating_sub(used).max(40))
    }

    fn finding(&self, rule: &Rule, finding: &Finding) -> String {
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level.primary_title(printable::line(&finding.message).into_owned()).id(rule.id);
        let mut elements = excerpts(finding);
        elements.push(Padding.into());
        let mut say = |name: &'static str, level: Level<'static>, text: String| {
            if !text.is_empty() {
                elements.push(level.with_name(Some(name)).message(text).into());
            }
        };
        // Of a gutter, `= `, the name and `: `.
        let used = |name: &str| name.len() + 10;
        say("why", Level::NOTE, self.prose(&finding.consequence, used("why")));
        if let Some(demonstration) = &finding.demonstration {
            say("shown by the model", Level::NOTE, self.prose(demonstration, used("shown by the model")));
        }
        let lines = finding.fix.lines().map(|line| format!("\n{}", printable::line(&line)));
        let sentence = self.prose(&printable::line(&finding.fix.sentence), used("fix"));
        say("fix", Level::HELP, sentence + &lines.collect::<String>());
        self.renderer.render(&[Group::with_title(title).elements(elements)])
    }

    fn heading(&self, judgement: &Judgement) -> String {
        let tally = Tally::of(judgement);
        let mood = match judgement.worst() {
            Some(Severity::Error) => BAD,
            None if tally.unknown == 0 && tally.passed > 0 => GOOD,
            _ => DOUBTFUL,
        };
        let found = self.paint(mood, &wording::findings_of(judgement));
        format!(
            "{}: {}: {found}; {tally}",
            printable::line(&judgement.origin.to_string()),
            self.paint(BOLD, &printable::line(&judgement.title())),
        )
    }

    /// The rules that a cause leaves undecided: those that decide who can be whom and those of errors first, and not all of
    /// them, because one directory that is not here leaves most of them so.
    fn undecided(&self, gap: &Gap) -> String {
        const SHOWN: usize = 12;
        let mut ids: Vec<&str> = gap.rules.iter().copied().collect();
        ids.sort_by_key(|id| rules::find(id).map(|rule| (!rules::decides_identity(rule), Reverse(rule.severity))));
        let shown = if self.style.verbosity == Verbosity::Verbose { ids.len() } else { SHOWN };
        match ids.len().saturating_sub(shown) {
            0 if ids.is_empty() => String::new(),
            0 | 1 => format!(": {}", ids.join(", ")),
            more => {
                format!(": {} and {more} more rules", ids.iter().take(shown).copied().collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// One line a cause.
    fn gaps(&self, title: &str, Collection { gaps, omitted }: &Collection) -> String {
        let mut text = String::new();
        if gaps.is_empty() {
            return text;
        }
        let _ = writeln!(text, "{}", self.paint(BOLD, title));
        for gap in gaps {
            let rules = self.undecided(gap);
            let more = if gap.targets > 1 { format!(", and {} more", gap.targets - 1) } else { String::new() };
            let remedy = gap.remedy.as_ref().map(|remedy| format!("; {remedy}")).unwrap_or_default();
            let line = format!("{}{remedy} ({}{more}){rules}", gap.text, gap.first);
            let _ = writeln!(text, "  {}", printable::line(&line));
        }
        if *omitted > 0 {
            let _ = writeln!(text, "  and {omitted} more; `--format json` has all of them");
        }
        text.push('\n');
        text
    }

    /// What was not read, one line a place.
    fn places(&self, title: &str, places: &[String], more: usize) -> String {
        let mut text = String::new();
        if places.is_empty() {
            return text;
        }
        let _ = writeln!(text, "{}", self.paint(BAD, title));
        for place in places {
            let _ = writeln!(text, "  {}", self.prose(place, 4).replace('\n', "\n    "));
        }
        if more > 0 {
            let _ = writeln!(text, "  and {more} more");
        }
        text.push('\n');
        text
    }
}

impl Reporter for Text {
    fn judgement(&mut self, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
        let verbose = self.style.verbosity == Verbosity::Verbose;
        if verbose && self.begun && judgement.worst().is_some() {
            writeln!(out)?;
        }
        self.begun = true;
        for (rule, finding) in judgement.findings() {
            writeln!(out, "{}\n", printable::inert(&self.finding(rule, finding)))?;
        }
        self.gaps.add(judgement);
        if verbose { writeln!(out, "{}\n", printable::inert(&self.heading(judgement))) } else { Ok(()) }
    }

    fn finish(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        let verbosity = self.style.verbosity;
        let mut text = String::new();
        if verbosity != Verbosity::Quiet {
            text += &self.gaps("Could not be decided:", &self.gaps.undecided);
        }
        if verbosity == Verbosity::Verbose {
            text += &self.gaps("Not looked at:", &self.gaps.not_looked_at);
            text += &self.gaps("Taken for granted, for nobody wrote it:", &self.gaps.defaults);
        }
        text += &self.places("Could not be read:", &summary.failures, 0);
        if verbosity != Verbosity::Quiet {
            let (places, more) = wording::not_read(summary);
            text += &self.places("Not read:", places, more);
            let _ = writeln!(text, "{}", self.paint(BOLD, &printable::line(&wording::closing(summary))));
            if let Some(end) = &summary.next_end {
                let _ = writeln!(text, "{}.", printable::line(&wording::next_end(end)));
            }
        }
        out.write_all(printable::inert(&text).as_bytes())
    }
}

/// Breaks lines at blanks so that none is longer than `width` characters, where there are blanks. Lines that are
/// indented are left alone: they are commands or lists.
fn wrap(text: &str, width: usize) -> String {
    let mut wrapped = String::with_capacity(text.len() + 16);
    for (index, line) in text.trim_end().lines().enumerate() {
        if index > 0 {
            wrapped.push('\n');
        }
        if line.starts_with(' ') {
            wrapped.push_str(line);
            continue;
        }
        let mut used = 0;
        for word in line.split(' ') {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > width {
                wrapped.push('\n');
                used = 0;
            } else if used > 0 {
                wrapped.push(' ');
                used += 1;
            }
            wrapped.push_str(word);
            used += length;
        }
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reason;
    use crate::report::testing::{self, CA_REUSED, judgement, origin_in, report, settings};
    use crate::report::{Format, Settings};
    use crate::text::SourceFile;

    fn text_of(name: &str, source: &str, pointed_at: &str) -> String {
        let file = SourceFile::new(name, source);
        let finding = testing::finding(Severity::Error, origin_in(&file, pointed_at));
        report(Format::Text, &settings(), &[testing::of_finding(&CA_REUSED, finding)])
    }

    #[test]
    fn a_finding_shows_its_source_the_reason_and_the_fix() {
        let shown = report(Format::Text, &settings(), &[judgement()]);
        let expected = "\
error[ca-reused]: any certificate of CN=kubernetes named `front-proxy-client` is a front proxy
 --> manifests/kube-apiserver.yaml:9:7
  |
7 |     - --client-ca-file=/etc/kubernetes/pki/ca.crt
  |                        -------------------------- clients are verified with it
8 |     - --requestheader-allowed-names=front-proxy-client
9 |     - --requestheader-client-ca-file=/etc/kubernetes/pki/ca.crt
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the same CA
  |
  = why: Who can obtain such a certificate, for example through a CertificateSigningRequest, is any user of any
         group.
  = shown by the model: CN=front-proxy-client of CN=kubernetes became system:masters
  = fix: Give the front proxy a CA of its own.
         aggcert init /etc/kubernetes/pki
         --requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt

Could not be decided:
  /etc/kubernetes/pki/ca.crt was not looked at: not on this host (manifests/kube-apiserver.yaml:1:1): ca-expired

1 rule could not be decided; 1 error. Checked 1 set-up in 1 file as of 2026-11-21 20:38 UTC: 1 rule passed, 1 does not apply.
";
        assert_eq!(shown, expected);
    }

    fn at(verbosity: Verbosity) -> Settings {
        Settings { style: Style { verbosity, ..Style::default() }, ..settings() }
    }

    #[test]
    fn more_is_told_when_it_is_asked_for() {
        let shown = report(Format::Text, &at(Verbosity::Verbose), &[judgement()]);
        let rest = "\
manifests/kube-apiserver.yaml:1:1: kube-apiserver Pod kube-system/kube-apiserver: 1 error; 1 rule passed, 1 could not be decided, 1 does not apply

Could not be decided:
  /etc/kubernetes/pki/ca.crt was not looked at: not on this host (manifests/kube-apiserver.yaml:1:1): ca-expired

Not looked at:
  --client-ca-file: not on this host (manifests/kube-apiserver.yaml:1:1)

Taken for granted, for nobody wrote it:
  --requestheader-group-headers=X-Remote-Group (a default of kubeadm) (manifests/kube-apiserver.yaml:1:1)

";
        assert!(shown.contains(rest), "{shown}");
    }

    #[test]
    fn nothing_is_told_of_what_is_fine_when_quiet_is_asked_for() {
        let mut clean = judgement();
        clean.outcomes.remove(0);
        assert_eq!(report(Format::Text, &at(Verbosity::Quiet), std::slice::from_ref(&clean)), "");
        let shown = testing::report_with_failures(Format::Text, &at(Verbosity::Quiet), &[clean], &["x: no such file"]);
        assert_eq!(shown, "Could not be read:\n  x: no such file\n\n");
    }

    #[test]
    fn no_line_is_a_command_to_a_runner_after_wrapping_either() {
        let file = SourceFile::new("::error ::a.yaml", "x");
        let mut finding = testing::finding(Severity::Error, origin_in(&file, "x"));
        finding.consequence = format!("{} ::error::owned ##[error]owned ##vso[task]owned", "word ".repeat(40));
        finding.fix = crate::lint::Fix::from("one\n::warning::owned").shell("::warning::owned".to_owned());
        let judgement = testing::of_finding(&CA_REUSED, finding);
        for format in [Format::Text, Format::Concise] {
            let judgements = [judgement.clone()];
            let shown = testing::report_with_failures(format, &settings(), &judgements, &["::error::y", "##[error]z"]);
            for line in shown.lines() {
                let obeyed = line.trim_start().starts_with("::e") || line.trim_start().starts_with("::w");
                assert!(!obeyed && !line.contains("##[") && !line.contains("##vso["), "{line}");
            }
        }
    }

    #[test]
    fn carets_stand_under_what_is_meant_whatever_stands_before_it() {
        for (source, line, caret) in [
            ("\tx:\t--a=/x # 前端 \r\n", "1 |     x:    --a=/x # 前端 ", "  |               ^^ the same CA"),
            ("前端 --a=/x\r\nb", "1 | 前端 --a=/x", "  |          ^^ the same CA"),
            ("\u{1b}[2J\u{9b}\u{202e}/x", "1 | ␛[2J\u{fffd}\u{fffd}/x", "  |       ^^ the same CA"),
        ] {
            let shown = text_of("file", source, "/x");
            let mut lines = shown.lines().skip_while(|shown| *shown != line);
            assert!(lines.next().is_some() && lines.next() == Some(caret), "{source:?}:\n{shown}");
        }
    }

    #[test]
    fn an_empty_value_at_the_end_of_a_line_has_a_caret() {
        let file = SourceFile::new("file", "--client-ca-file=\n--b\n");
        let finding = testing::finding(Severity::Error, crate::text::Origin::new(&file, 17..17));
        let shown = report(Format::Text, &settings(), &[testing::of_finding(&CA_REUSED, finding)]);
        assert!(shown.contains("1 | --client-ca-file=\n  |                  ^ the same CA\n"), "{shown}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret_and_its_column_stays_true() {
        let source = format!("{{\"a\":\"{}\",\"--flag=/x\":\"{}\"}}", "y ".repeat(15_000), "z".repeat(10_000));
        let shown = text_of("file", &source, "--flag=/x");
        assert!(shown.contains(" --> file:1:30010\n"), "{shown}");
        let source_line = shown.lines().find(|line| line.starts_with("1 | ")).unwrap();
        assert!(source_line.contains("--flag=/x") && source_line.chars().count() <= 120, "{source_line}");
        let caret = shown.lines().find(|line| line.contains("^^^")).unwrap();
        assert_eq!(caret.find('^'), source_line.find("--flag"), "{shown}");
    }

    #[test]
    fn pem_on_several_lines_is_marked_on_its_first_and_a_long_value_not_to_its_end() {
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----", "A".repeat(64));
        let shown = text_of("file", &pem, &pem);
        assert!(
            shown.contains("1 | -----BEGIN CERTIFICATE-----\n  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ the same CA\n"),
            "{shown}"
        );
        let long = "A".repeat(5_000);
        assert_eq!(text_of("file", &long, &long).matches('^').count(), 60);
    }

    #[test]
    fn private_keys_are_never_shown() {
        let secret = "MC4CAQAwBQYDK2VwBCIEIKWTKVLvOq/zcXfnXUDk3fh4VlgYFGZRXKb4iQ0mcLYu";
        let key = format!("-----BEGIN PRIVATE KEY-----\\n{secret}\\n-----END PRIVATE KEY-----\\n");
        let json = format!("{{\"ca.crt\": \"{key}{key}\", \"--flag\": \"/x\"}}");
        for pointed_at in ["-----BEGIN", &key, secret, "/x"] {
            let shown = text_of("file", &json, pointed_at);
            assert!(!shown.contains("MC4CAQ") && !shown.contains("mcLYu"), "{pointed_at}:\n{shown}");
        }
        let pem = key.replace("\\n", "\n");
        assert!(text_of("file", &pem, secret).contains("2 | ****"));
    }

    #[test]
    fn nothing_from_outside_reaches_the_terminal_raw() {
        let file = SourceFile::new("a\x1b[2Jb", "x");
        let mut finding = testing::finding(Severity::Error, origin_in(&file, "x"));
        for text in [&mut finding.message, &mut finding.label, &mut finding.consequence, &mut finding.fix.sentence] {
            text.push_str("\x1b]0;owned\x07\u{9b}31m\u{202e}");
        }
        finding.demonstration = Some("\x1b[2J".to_owned());
        let mut judgement = testing::of_finding(&CA_REUSED, finding);
        judgement.name.push('\x1b');
        judgement.not_looked_at.push(Reason::undecided("\x1b"));
        for format in [Format::Text, Format::Concise] {
            let shown = testing::report_with_failures(format, &settings(), std::slice::from_ref(&judgement), &["\x1b"]);
            let raw = shown.chars().find(|character| character.is_control() && *character != '\n');
            assert_eq!(raw, None, "{shown}");
            assert!(!shown.contains('\u{202e}'));
        }
    }

    #[test]
    fn many_clean_set_ups_are_one_line_and_what_is_missing_is_said_once() {
        let mut clean = judgement();
        clean.outcomes.remove(0);
        let shown = report(Format::Text, &settings(), &vec![clean; 100]);
        assert_eq!(shown.matches("ca-expired").count(), 1);
        assert!(shown.contains("(manifests/kube-apiserver.yaml:1:1, and 99 more)"), "{shown}");
        assert_eq!(shown.lines().count(), 4, "{shown}");
    }

    #[test]
    fn different_gaps_are_limited_in_number() {
        let judgements: Vec<Judgement> = (0..1_000)
            .map(|number| {
                let mut judgement = judgement();
                judgement.outcomes.clear();
                judgement.not_looked_at = vec![Reason::undecided(format!("file {number}"))];
                judgement
            })
            .collect();
        let shown = report(Format::Text, &at(Verbosity::Verbose), &judgements);
        assert!(shown.contains("  and 950 more; `--format json` has all of them\n"), "{shown}");
    }

    #[test]
    fn colour_is_there_only_when_it_is_asked_for() {
        let style = Style { color: true, width: 100, ..Style::default() };
        let coloured = report(Format::Text, &Settings { style, ..settings() }, &[judgement()]);
        assert!(coloured.contains("\x1b[1m"));
        assert!(!report(Format::Text, &settings(), &[judgement()]).contains('\x1b'));
    }

    #[test]
    fn prose_is_wrapped_and_commands_are_not() {
        assert_eq!(wrap("one two three", 7), "one two\nthree");
        assert_eq!(wrap("unbreakable-word x", 5), "unbreakable-word\nx");
        assert_eq!(wrap("a\n  kubectl get csr -o name", 10), "a\n  kubectl get csr -o name");
    }
}
