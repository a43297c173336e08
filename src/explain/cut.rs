//! Records that end before their sentence does, or begin behind its beginning: pagers, tables and writers cut a line at its edge.
//!
//! What a beginning says is not what the whole says: `failed to retrieve openAPI spec` is harmless, and with `ResponseCode:
//! 401` behind it the front proxy is not accepted. So nothing is denied of a record that was cut where a reason may follow.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::commands::CHECK_CONDITIONS;
use super::messages;
use super::pattern::{compile, journal, journal_tag};
use super::subject::{self, Parties};
use super::{About, Explanation, Role, Telling, literals, reason};
use crate::text::floor_char_boundary;

/// What is left behind a message that is shorter tells nothing.
const SHORTEST_REASON: usize = 12;

/// What the envelope puts where it took the mark of a pager away.
pub(super) const MARK: char = '…';

/// What a record begins with, where loggers wrote it: a time, JSON, a level, journald's month.
static HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(concat!(
        r"^\s*(?:\{|\d{4}[-/]\d\d[-/]\d\d[T ]|\d{1,2}:\d\d:\d\d|time=|ts=|level=|[A-Z]{4}\[\d+\]|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d|",
        journal!(r"[\w.-]+"),
        journal_tag!(),
        r")|(?-u:\b)[IWEF]\d{4} \d\d:\d\d:\d\d",
    ))
});

/// klog's header is looked for so far into a line: names of Pods and containers stand before it.
const LONGEST_PREFIX: usize = 160;

/// A date in a sentence: `current time 2026-01-02T00:00:00Z is after 2026-01-01T00:00:00Z`.
static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(r#"^\s*\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z| \+0000 UTC)(?:$|[,;:"')\]\\]| is (?:after|before)\b)"#)
});

/// Whether a logger began the line.
pub(super) fn has_header(line: &str) -> bool {
    if DATE.as_ref().is_some_and(|date| date.is_match(line)) {
        return false;
    }
    let beginning = line.get(..floor_char_boundary(line, LONGEST_PREFIX)).unwrap_or(line);
    HEADER.as_ref().is_some_and(|header| header.is_match(beginning))
}

/// The record up to where it was cut; `None`: it is whole.
fn beginning(record: &str) -> Option<&str> {
    let end = record.trim_end_matches(|c: char| c.is_whitespace() || "\"'`)]}".contains(c));
    let rest = end.strip_suffix(MARK).or_else(|| end.strip_suffix("..."))?.trim_end_matches(['.', ' ', MARK]);
    // What goes on, a program says with dots too: `retrying...`.
    let is_going_on = ["retrying", "connecting", "initializing", "restarting", "waiting", "CRD sync"]
        .iter()
        .any(|word| rest.ends_with(word));
    (!is_going_on).then_some(rest)
}

/// Whether the beginning is not there, which names who speaks and of what: somebody marked it, or the record begins inside of
/// something.
fn is_headless(record: &str) -> bool {
    let start = record.trim_start_matches(|c: char| c.is_whitespace() || "\"'`([".contains(c));
    let is_marked = start.starts_with("...") || start.starts_with(MARK);
    let is_whole = has_header(record) || record.starts_with(|c: char| c.is_ascii_uppercase());
    is_marked || !is_whole && (closes_first(record) || is_in_sentence(record))
}

/// Whether it is the end of a record, or may be.
pub(super) fn may_be_end(record: &str) -> bool {
    is_headless(record) || !has_header(record) && closes_first(record.trim_start())
}

/// Whether the first quote or bracket is one that closes, or the record begins with what nothing begins with.
fn closes_first(record: &str) -> bool {
    let is_end = |c: char| c.is_whitespace() || ":,.;)]}".contains(c);
    let first = record.char_indices().find(|(_, c)| "\"()[]".contains(*c));
    let closes = first.is_some_and(|(at, first)| {
        let (before, rest) = record.split_at(at);
        match first {
            '"' => {
                (before.is_empty() || before.ends_with(char::is_alphanumeric)) && rest.chars().nth(1).is_none_or(is_end)
            }
            // What klog puts behind the line of a source file: `server.go:12]`; and `a)`.
            ')' | ']' => before.contains(' ') && !before.ends_with(|c: char| c.is_ascii_digit()),
            _ => false,
        }
    });
    closes
        || record.starts_with([',', '.', ':', ';'])
        || ["\"http://", "\"https://"].iter().any(|url| record.starts_with(url))
}

/// The words of this matter and their plurals, each from its end.
static WORDS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let texts = messages::all().flat_map(|message| [message.meaning, message.printed_by]);
    let of_patterns = messages::all().filter_map(|message| literals::required(message.pattern)).flatten();
    // `rpc error` is whole, though `grpc` is a word too.
    let all = texts.chain(of_patterns.map(String::as_str)).chain(["rpc"]).flat_map(words);
    all.collect::<HashSet<&str>>().into_iter().flat_map(reversed).collect()
});

fn words(text: &'static str) -> impl Iterator<Item = &'static str> {
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    // The letter behind an apostrophe is no word.
    words.filter(|word| word.len() > 1 || ["a", "i", "k"].contains(word))
}

fn reversed(word: &str) -> [String; 2] {
    let reversed: String = word.to_ascii_lowercase().chars().rev().collect();
    [format!("s{reversed}"), reversed]
}

/// Whether it is a word of this matter.
pub(super) fn is_word(text: &str) -> bool {
    WORDS.contains(&text.chars().rev().map(|c| c.to_ascii_lowercase()).collect::<String>())
}

/// Whether the record begins with the end of a word, as `nable to`, or with one that leads on and tells nothing of its own.
fn is_in_sentence(record: &str) -> bool {
    const LEAD_ON: [&str; 12] = ["is", "has", "to", "with", "of", "from", "for", "by", "and", "or", "than", "due"];

    let end = record.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(record.len());
    let (first, rest) = record.split_at(end);
    // `db-0`, `ts=` and `gRPC` are names.
    let is_named = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || "=_".contains(c);
    if first.is_empty() || rest.trim_start_matches('-').starts_with(is_named) {
        return false;
    }
    let reversed: String = first.chars().rev().collect();
    let longer = WORDS.range(reversed.clone()..).next();
    let is_end = longer.is_some_and(|word| *word != reversed && word.starts_with(&reversed));
    is_end || rest.starts_with(' ') && LEAD_ON.contains(&first) && !subject::is_own(record)
}

/// What was found, without what the part that was cut off may refute.
pub(super) fn hedge(found: Explanation, range: &Range<usize>, parties: &Parties<'_>, telling: Telling) -> Explanation {
    let record = parties.record();
    // Who is not named may have been named there.
    let is_nobodys = found.about == About::NotTold && found.printed_by == subject::NOBODY;
    if (found.about.denies() || is_nobodys) && is_headless(record) {
        let meaning = format!(
            "The beginning of the line was cut off, which may make it another matter. As far as it goes: {}",
            affirmed(&found.meaning)
        );
        // Half a name gets no right.
        let next = found.next.into_iter().filter(|command| !messages::gives_right(command)).collect();
        return Explanation { about: About::NotTold, meaning, next, role: Role::Plain, ..found };
    }
    let Some(beginning) = beginning(record).filter(|_| found.about.denies()) else { return found };
    let is_own = parties.is_own();
    // A party that is named beside complete words stays: a webhook is one, however the line goes on.
    let is_at_end = range.end + SHORTEST_REASON >= beginning.len() && (is_own || parties.other().is_none());
    let is_list = beginning.rfind('[') > beginning.rfind(']');
    let is_open = telling != Telling::Cause || is_at_end || is_list;
    if !is_open {
        return found;
    }
    let mut meaning = format!(
        "The line was cut off, and what follows may make it another matter. As far as it goes: {}",
        affirmed(&found.meaning)
    );
    let mut next = found.next;
    if is_own {
        meaning += " The whole line tells, or the condition of the APIService: a time-out or a refused connection is the network, 401 or 403 \
            the front proxy, x509 the caBundle.";
        next = vec![CHECK_CONDITIONS.to_owned()];
    }
    Explanation { about: About::NotTold, meaning, next, role: Role::Plain, ..found }
}

/// What is said without the denial that it begins with.
fn affirmed(meaning: &str) -> String {
    let rest = meaning.strip_prefix("This is ").and_then(|rest| rest.split_once(": ")).map(|(_, rest)| rest);
    reason::lower_first(rest.unwrap_or(meaning))
}
