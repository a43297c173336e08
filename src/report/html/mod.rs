//! One page that carries everything it needs: for a set-up, or for a fleet.
//!
//! maud escapes every value, and each is made printable before. What the page may load or run is its own style and script,
//! by their digests (Content Security Policy, level 3), so that a value that got through would still do nothing. Without
//! scripts all of it can be read; the script filters, sorts and copies.

mod ends;
mod map_page;
mod trust_map;

use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use ring::digest::{SHA256, digest};
use time::OffsetDateTime;

use super::gaps::{Collection, Gaps};
use super::wording::{self, Tally};
use super::{Reporter, excerpt};
use crate::lint::{Finding, Judgement, Outcome, Rule, RuleOutcome, Severity, Summary};
use crate::model::sentences;
use crate::text::printable;
use ends::Ends;

pub use map_page::map_page;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Set-ups whose trust map is drawn whatever was found, and how many drawings a page has at most: with thousands of them it
/// would not load any more.
const ALWAYS_DRAWN: usize = 20;
const DRAWN: usize = 250;

/// The format `html`.
#[derive(Debug)]
pub(super) struct Html {
    /// The time that is judged at.
    now: OffsetDateTime,
    gaps: Gaps,
    ends: Ends,
    written: usize,
    drawn: usize,
}

impl Reporter for Html {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let head = html! {
            (beginning("Certificates of the aggregation layer", Some(SCRIPT)))
            (controls())
            (PreEscaped("<main id=\"setups\">"))
        };
        writeln!(out, "{}", head.into_string())
    }

    fn judgement(&mut self, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
        self.gaps.add(judgement);
        self.ends.add(judgement);
        self.written += 1;
        let map = trust_map::of_judgement(judgement, self.now, self.prefix(judgement).as_deref());
        writeln!(out, "{}", set_up(judgement, self.written, &map).into_string())
    }

    fn finish(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        let rest = html! {
            (PreEscaped("</main>"))
            section.summary { (self.summary(summary)) }
            (PreEscaped("</div>"))
            script { (PreEscaped(SCRIPT)) }
            (PreEscaped("</body></html>"))
        };
        writeln!(out, "{}", rest.into_string())
    }
}

impl Html {
    pub(super) fn new(now: OffsetDateTime) -> Self {
        Self { now, gaps: Gaps::default(), ends: Ends::default(), written: 0, drawn: 0 }
    }

    /// Of the names in the drawing of the next set-up, where it gets one.
    fn prefix(&mut self, judgement: &Judgement) -> Option<String> {
        let is_wanted = self.written <= ALWAYS_DRAWN || judgement.findings().next().is_some();
        let is_drawn = is_wanted && self.drawn < DRAWN;
        self.drawn += usize::from(is_drawn);
        is_drawn.then(|| format!("s{}-", self.written))
    }

    fn summary(&self, summary: &Summary) -> Markup {
        let (not_read, more) = wording::not_read(summary);
        html! {
            p.closing { (line(&wording::closing(summary))) }
            @if let Some(end) = &summary.next_end { p { (line(&wording::next_end(end))) "." } }
            (places("Could not be read", &summary.failures, 0))
            (places("Not read", not_read, more))
            (gaps("Could not be decided", &self.gaps.undecided))
            (gaps("Not looked at", &self.gaps.not_looked_at))
            (self.ends.draw(self.now))
        }
    }
}

/// The page up to what it is about. It runs `script` alone, at its end, where there is one.
fn beginning(title: &str, script: Option<&str>) -> Markup {
    let script = script.map_or_else(|| "none".to_owned(), source);
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{script}'; base-uri 'none'; form-action 'none'",
        source(STYLE)
    );
    html! {
        (DOCTYPE)
        (PreEscaped("<html lang=\"en\">"))
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="generator" content={ "aggcert " (env!("CARGO_PKG_VERSION")) };
            title { (title) }
            style { (PreEscaped(STYLE)) }
        }
        (PreEscaped("<body><div class=\"page\">"))
        header { h1 { (title) } }
    }
}

/// As a policy names a script or style: `sha256-…`.
fn source(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(digest(&SHA256, text.as_bytes())))
}

/// One printable line.
fn line(text: &str) -> String {
    printable::line(text).into_owned()
}

/// They are of no use without the script, which shows them.
fn controls() -> Markup {
    let verdicts = [
        ("error", "errors"),
        ("warning", "warnings"),
        ("unknown", "not decided"),
        ("note", "notes"),
        ("good", "nothing found"),
    ];
    let orders = [("input", "as read"), ("verdict", "verdict"), ("end", "next end"), ("name", "name")];
    html! {
        form.filter hidden {
            input type="search" name="search" placeholder="Name, file or rule" aria-label="Show only set-ups with these words";
            @for (verdict, name) in verdicts {
                label { input type="checkbox" name="verdict" value=(verdict) checked; " " (name) }
            }
            label { "order " select name="order" { @for (order, name) in orders { option value=(order) { (name) } } } }
            output id="shown" aria-live="polite" {}
        }
    }
}

/// What a set-up comes to, in one word: that something was not decided is less than an error, and more than a note.
fn verdict(judgement: &Judgement, tally: &Tally) -> (&'static str, &'static str) {
    match judgement.worst() {
        Some(Severity::Error) => ("error", "error"),
        Some(Severity::Warning) => ("warning", "warning"),
        _ if tally.unknown > 0 => ("unknown", "not decided"),
        Some(Severity::Note) => ("note", "note"),
        None if tally.passed > 0 => ("good", "fine"),
        None => ("unknown", "not checked"),
    }
}

fn set_up(judgement: &Judgement, number: usize, map: &Markup) -> Markup {
    let tally = Tally::of(judgement);
    let (verdict, word) = verdict(judgement, &tally);
    let next = judgement.certificates.iter().map(|in_use| in_use.certificate.not_after).min();
    let rules: Vec<&str> = judgement.findings().map(|(rule, _)| rule.id).collect();
    html! {
        details.setup data-verdict=(verdict) data-number=(number) data-rules=(rules.join(" "))
            data-end=[next.map(OffsetDateTime::unix_timestamp)]
            open[number == 1 && verdict == "error"] {
            summary {
                span.verdict.(verdict) { (word) }
                span.name { (line(&judgement.title())) }
                span.undecided.faint {
                    (wording::findings_of(judgement))
                    @if tally.unknown > 0 { "; " (tally.unknown) " not decided" }
                }
                span.next.faint { @if let Some(end) = next { "ends " (end.date()) } }
                span.place { (line(&judgement.origin.to_string())) }
            }
            div.inside {
                @for (rule, finding) in judgement.findings() { (found(rule, finding)) }
                p.faint { (tally) }
                (undecided(judgement))
                (map)
            }
        }
    }
}

fn found(rule: &Rule, finding: &Finding) -> Markup {
    let severity = finding.severity.as_str();
    let pasted: Vec<String> = finding.fix.lines().map(|text| line(&text)).collect();
    html! {
        article.finding.(severity) {
            h3 { (severity) " " code { (rule.id) } ": " (line(&finding.message)) }
            pre { (excerpt::plain(finding)) }
            p { (line(&finding.consequence)) }
            @if let Some(shown) = &finding.demonstration {
                h4 { "Shown by the model" }
                p { (line(shown)) }
            }
            h4 { "Fix" }
            p { (line(&finding.fix.sentence)) }
            @if !pasted.is_empty() {
                ul.commands { @for text in &pasted { li { code { (text) } } } }
            }
            @if let Some(reference) = rule.page().references.first() {
                p.faint { "Source: " a href=(reference.url) rel="noreferrer" { (reference.title) } }
            }
        }
    }
}

/// Why something could not be decided here, each cause with its rules.
fn undecided(judgement: &Judgement) -> Markup {
    let mut causes: Vec<(String, Vec<&str>)> = Vec::new();
    for RuleOutcome { rule, outcome } in &judgement.outcomes {
        let Outcome::Unknown(why) = outcome else { continue };
        let why = line(&sentences(why));
        match causes.iter_mut().find(|(known, _)| *known == why) {
            Some((_, rules)) => rules.push(rule.id),
            None => causes.push((why, vec![rule.id])),
        }
    }
    let rules = causes.iter().map(|(_, rules)| rules.len()).sum();
    html! {
        @if !causes.is_empty() {
            details {
                summary { "Not decided: " (wording::count(rules, "rule")) }
                table { @for (why, rules) in &causes { tr { td { (why) } td { code { (rules.join(", ")) } } } } }
            }
        }
    }
}

fn places(title: &str, places: &[String], more: usize) -> Markup {
    html! {
        @if !places.is_empty() {
            h2 { (title) }
            ul { @for place in places { li.place { (line(place)) } } }
            @if more > 0 { p { "and " (more) " more" } }
        }
    }
}

fn gaps(title: &str, Collection { gaps, omitted }: &Collection) -> Markup {
    html! {
        @if !gaps.is_empty() {
            details {
                summary { (title) ": " (wording::count(gaps.len() + omitted, "cause")) }
                table {
                    tr { th { "cause" } th { "remedy" } th { "set-ups" } th { "rules" } }
                    @for gap in gaps {
                        tr {
                            td { (line(&gap.text())) " " span.place { (line(&gap.first)) } }
                            td { @if let Some(remedy) = &gap.remedy { (line(remedy)) } }
                            td { (gap.targets) }
                            td { (gap.rules.iter().copied().collect::<Vec<_>>().join(", ")) }
                        }
                    }
                }
                @if *omitted > 0 { p { "and " (omitted) " more" } }
            }
        }
    }
}

#[cfg(test)]
mod tests;
