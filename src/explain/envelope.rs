//! What loggers, containers and terminals wrap around a message.
//!
//! CRI and Docker put a line into a line, JSON loggers escape its quotes, a second logger escapes the escapes, terminals
//! and ticket systems break it in the middle of a word and draw borders around it.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::Explanation;
use super::pattern::compile;
use crate::text::{floor_char_boundary, printable};

/// Longer records are cut: a line that says something says it before.
const LONGEST_RECORD: usize = 64 * 1024;

/// Lines that are put together at the most to make one message.
const MOST_LINES: usize = 6;

/// What a record begins with, where loggers wrote it: klog's header, a time, JSON, journald's month.
static HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r"^\s*(?:[IWEF]\d{4} \d\d:|\{|\d{4}[-/]\d\d[-/]\d\d[T ]|\d{1,2}:\d\d:\d\d|time=|ts=|level=|[A-Z]{4}\[\d+\]|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d)",
    )
});

/// Colours and cursor movements (ECMA-48, control sequences), whole or with the escape character already lost.
static ESCAPES: LazyLock<Option<Regex>> =
    LazyLock::new(|| compile(r"(?:\x1b|\\x1b|\\u001b|\\033|\u{fffd})\[[0-9;?]*[A-Za-z]"));

/// What `explain` says of each record of a text, in order.
///
/// A line is taken together with those behind it that no logger began, when all of them say more than each by itself.
pub(super) fn records(text: &str, explain: impl Fn(&str) -> Vec<Explanation>) -> Vec<Explanation> {
    let lines: Vec<String> = text.split('\n').map(|line| plain(cut(line))).collect();
    let mut said = Vec::new();
    let mut at = 0;
    while let Some(first) = lines.get(at) {
        let mut best = explain(first);
        let mut taken = 1;
        let mut apart = recognised(&best);
        for (more, next) in lines.iter().skip(at + 1).take(MOST_LINES - 1).enumerate() {
            if !continues(next) {
                break;
            }
            apart += recognised(&explain(next));
            let (joined, is_open) = whole(lines.get(at..at + more + 2).unwrap_or_default(), &explain);
            if recognised(&joined) > apart {
                best = joined;
                taken = more + 2;
            }
            if !best.is_empty() && !is_open {
                break;
            }
        }
        at += taken;
        said.append(&mut best);
    }
    said
}

/// Lines that a terminal or a ticket broke, put together, in the middle of a word or at a blank; and whether a quote or
/// bracket is still open then.
fn whole(lines: &[String], explain: impl Fn(&str) -> Vec<Explanation>) -> (Vec<Explanation>, bool) {
    let trimmed: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    let joined = trimmed.join(" ");
    let at_blanks = explain(&joined);
    let in_words = explain(&trimmed.concat());
    (if recognised(&in_words) > recognised(&at_blanks) { in_words } else { at_blanks }, is_open(&joined))
}

/// How many bytes were recognised: of two ways to read a text the one that understands more of it is right.
fn recognised(explanations: &[Explanation]) -> usize {
    explanations.iter().map(|explanation| explanation.recognised.len()).sum()
}

fn has_header(line: &str) -> bool {
    HEADER.as_ref().is_some_and(|header| header.is_match(line))
}

/// Whether a line may belong to the one before it.
fn continues(line: &str) -> bool {
    !line.trim().is_empty() && !has_header(line)
}

/// Whether a quote or a bracket is left open.
fn is_open(line: &str) -> bool {
    let count = |wanted: char| line.chars().filter(|character| *character == wanted).count();
    count('"') % 2 == 1 || count('[') > count(']') || count('(') > count(')')
}

/// The line without what was wrapped around it; every escape, border, colour and curly quote is gone.
fn plain(line: &str) -> String {
    let line = match ESCAPES.as_ref() {
        Some(escapes) => escapes.replace_all(line, ""),
        None => Cow::Borrowed(line),
    };
    let mut text = line.into_owned();
    if text.contains('\\') {
        text = unescaped(&text);
    }
    let straight = |character: char| match character {
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' | '\u{2033}' => '"',
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{2032}' => '\'',
        '\u{a0}' | '\t' => ' ',
        '\u{2010}' | '\u{2011}' => '-',
        other => other,
    };
    if !text.is_ascii() {
        text = text.chars().map(straight).collect();
    }
    text.retain(|character| !character.is_control() && !matches!(character, '\u{200b}' | '\u{feff}'));
    printable::line(text.trim_matches(is_border)).into_owned()
}

/// What k9s, tmux and tables draw beside a line, and what quotes it in mail and Markdown.
fn is_border(character: char) -> bool {
    matches!(character, '\u{2500}'..='\u{259f}' | '|' | ' ' | '>' | '\r')
}

/// Takes escapes away layer by layer, as many as there are: `\\\"` is a quote in a string in a string.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        while characters.next_if_eq(&'\\').is_some() {}
        match characters.peek() {
            Some('n' | 'r' | 't') => {
                plain.push(' ');
                characters.next();
            }
            Some('u') => {
                characters.next();
                let code: String = characters.by_ref().take(4).collect();
                plain.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
            }
            _ => {}
        }
    }
    plain
}

fn cut(line: &str) -> &str {
    line.get(..floor_char_boundary(line, LONGEST_RECORD)).unwrap_or(line)
}
