//! For people: each finding with its source, as rustc shows errors, then what was checked and what was not.

mod repeats;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::io::{self, Write};

use annotate_snippets::renderer::{AnsiColor, Style as Ansi};
use annotate_snippets::{Group, Level, Padding, Renderer};

use super::Reporter;
use super::excerpt::{excerpts, rendered};
use super::gaps::{Collection, Gap, Gaps};
use super::wording::{self, Tally};
use crate::lint::{Finding, Judgement, Rule, Severity, Summary};
use crate::text::printable;
use repeats::Repeats;

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
    repeats: Repeats,
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
        Self { style, renderer, gaps: Gaps::default(), repeats: Repeats::default(), begun: false }
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
        say("why", Level::NOTE, self.prose(&printable::line(&finding.consequence), used("why")));
        if let Some(demonstration) = &finding.demonstration {
            say("shown by the model", Level::NOTE, self.prose(demonstration, used("shown by the model")));
        }
        let lines = finding.fix.lines().map(|line| format!("\n{}", printable::line(&line)));
        let sentence = self.prose(&printable::line(&finding.fix.sentence), used("fix"));
        say("fix", Level::HELP, sentence + &lines.collect::<String>());
        rendered(&self.renderer, Group::with_title(title).elements(elements))
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

    /// The rules that a cause leaves undecided; not all of them, because one directory that is not here leaves most of them
    /// so.
    fn undecided(&self, gap: &Gap) -> String {
        const SHOWN: usize = 12;
        let ids = gap.ids();
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
            let line = format!("{}{remedy} ({}{more}){rules}", gap.text(), gap.first);
            let _ = writeln!(text, "  {}", printable::line(&line));
        }
        if *omitted > 0 {
            let _ = writeln!(text, "  and {omitted} more; `--format json` has all of them");
        }
        text.push('\n');
        text
    }

    /// Of findings that say the same, those that were not drawn.
    fn repeated(&self, lines: &[String], out: &mut dyn Write) -> io::Result<()> {
        lines
            .iter()
            .try_for_each(|line| writeln!(out, "{}\n", printable::inert(&self.prose(&printable::line(line), 0))))
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
        let ended = self.repeats.begin(judgement.origin.file());
        self.repeated(&ended, out)?;
        for (rule, finding) in judgement.findings() {
            // Verbose text says of each set-up what was found in it.
            if !verbose && !self.repeats.is_drawn(rule, finding) {
                continue;
            }
            writeln!(out, "{}\n", printable::inert(&self.finding(rule, finding)))?;
        }
        self.gaps.add(judgement);
        if verbose { writeln!(out, "{}\n", printable::inert(&self.heading(judgement))) } else { Ok(()) }
    }

    fn finish(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        let ended = self.repeats.end();
        self.repeated(&ended, out)?;
        let verbosity = self.style.verbosity;
        let mut text = String::new();
        if verbosity != Verbosity::Quiet {
            text += &self.gaps("Accepted by somebody:", &self.gaps.accepted);
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
        } else if let Some(why) = wording::strict(summary) {
            let _ = writeln!(text, "{}.", printable::line(&why));
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
