//! libyaml, and so kubectl, does not care how far the lines of `[…]`, `{…}` and quoted scalars are indented; YAML 1.2,
//! and so our parser, does. Such lines are given blanks and read again.

use super::build::{self, Failure};
use super::{Node, YamlError};
use crate::source::template::Template;

/// Work for all attempts on a document, in bytes read.
const BUDGET: usize = 32 << 20;

pub(super) fn parse(template: &Template) -> Result<Vec<Node>, YamlError> {
    let failure = match build::parse(template) {
        Ok(nodes) => return Ok(nodes),
        Err(failure) => failure,
    };
    let mut spent = 0;
    let mut repaired = indented(template, &failure);
    while let Some(template) = repaired {
        spent += template.text().len();
        match build::parse(&template) {
            Ok(nodes) => return Ok(nodes),
            Err(next) if spent < BUDGET => repaired = indented(&template, &next),
            Err(_) => break,
        }
    }
    // The first failure is about what the writer wrote.
    Err(failure.error)
}

/// The template with more blanks before the lines that the failure is about; nothing when it is about something else.
fn indented(template: &Template, failure: &Failure) -> Option<Template> {
    let YamlError::Syntax { message, .. } = &failure.error else { return None };
    let string = template.text().as_str();
    match message.as_str() {
        "invalid indentation" | "invalid indentation in flow construct" => {
            let line = string.get(..failure.at)?.rfind('\n').map_or(0, |end| end + 1);
            Some(template.with_blanks_at(&[line]))
        }
        "invalid indentation in quoted scalar" => {
            let scalar = string.get(failure.at..)?;
            let lines = scalar.get(..closing_quote(scalar)?)?.match_indices('\n');
            Some(template.with_blanks_at(&lines.map(|(offset, _)| failure.at + offset + 1).collect::<Vec<_>>()))
        }
        _ => None,
    }
    .filter(|repaired| repaired.text().len() > string.len())
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
