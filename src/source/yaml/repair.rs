//! libyaml, and so kubectl, does not care how far the lines of `[…]`, `{…}` and quoted scalars are indented; YAML 1.2,
//! and so our parser, does. Such lines are given blanks and read again.
//!
//! A template's line can be anything before it is rendered. One that is no YAML is left out, as a gap.

use super::build::{self, Failure};
use super::{Node, YamlError};
use crate::source::template::Template;

/// Work for all attempts on a document, in bytes read.
const BUDGET: usize = 8 << 20;

/// A template with more such lines than these is some other format.
const DROPPED_LINES: usize = 16;

pub(super) fn parse(template: &Template) -> Result<Vec<Node>, YamlError> {
    attempts(template, indented)
}

pub(super) fn without_broken_lines(template: &Template) -> Result<Vec<Node>, YamlError> {
    let mut dropped = 0;
    attempts(template, |template, failure| {
        if let Some(indented) = indented(template, failure) {
            return Some(indented);
        }
        dropped += 1;
        let may_drop = matches!(failure.error, YamlError::Syntax { .. }) && dropped <= DROPPED_LINES;
        may_drop.then(|| template.without_broken_line(failure.at)).flatten()
    })
}

/// Parses, repairs and parses again as long as there is something to repair.
fn attempts(
    template: &Template,
    mut repair: impl FnMut(&Template, &Failure) -> Option<Template>,
) -> Result<Vec<Node>, YamlError> {
    let first = match build::parse(template) {
        Ok(nodes) => return Ok(nodes),
        Err(failure) => failure,
    };
    let mut spent = 0;
    let mut next = repair(template, &first);
    while let Some(template) = next {
        spent += template.text().len();
        next = match build::parse(&template) {
            Ok(nodes) => return Ok(nodes),
            Err(failure) if spent < BUDGET => repair(&template, &failure),
            Err(_) => None,
        };
    }
    // The first failure is about what the writer wrote.
    Err(first.error)
}

/// The template with more blanks before the lines that the failure is about; nothing when it is about something else.
fn indented(template: &Template, failure: &Failure) -> Option<Template> {
    let YamlError::Syntax { message, .. } = &failure.error else { return None };
    let string = template.text().as_str();
    let lines = match message.as_str() {
        "invalid indentation" | "invalid indentation in flow construct" => {
            let line = string.get(..failure.at)?.rfind('\n').map_or(0, |end| end + 1);
            flow_lines(string, line)
        }
        "invalid indentation in quoted scalar" => {
            let scalar = string.get(failure.at..)?;
            let breaks = scalar.get(..closing_quote(scalar)?)?.match_indices('\n');
            breaks.map(|(offset, _)| failure.at + offset + 1).collect()
        }
        _ => Vec::new(),
    };
    // Where blanks were no help, more are none.
    let first = string.get(*lines.first()?..)?;
    (!first.starts_with(Template::BLANKS)).then(|| template.with_blanks_at(&lines))
}

/// The starts of the lines from `start` to the one that begins or ends with a closing bracket: what stands between brackets is
/// indented as a whole. Where that is wrong, the next failure tells.
fn flow_lines(string: &str, start: usize) -> Vec<usize> {
    let mut lines = Vec::new();
    let mut at = start;
    for line in string.get(start..).unwrap_or_default().split_inclusive('\n') {
        lines.push(at);
        at += line.len();
        let line = line.trim();
        if line.starts_with([']', '}']) || line.ends_with([']', '}']) {
            return lines;
        }
    }
    vec![start]
}

/// Where the quote that begins `scalar` is closed.
fn closing_quote(scalar: &str) -> Option<usize> {
    let mut characters = scalar.char_indices().peekable();
    let (_, quote) = characters.next()?;
    while let Some((at, character)) = characters.next() {
        let escapes = quote == '"' && character == '\\'
            || quote == '\'' && character == '\'' && characters.peek().is_some_and(|(_, next)| *next == '\'');
        if escapes {
            characters.next();
        } else if character == quote {
            return Some(at);
        }
    }
    None
}
