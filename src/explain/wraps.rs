//! Lines that a terminal or an editor broke at its width, whatever they say.
//!
//! A terminal breaks at a column, in the middle of a word; an editor, a mail or a commit at the last blank before it. Where
//! several lines of a paste end at the same column, or each has no room for the first word of the next one, the breaks are no
//! logger's, and are taken back before anything is read. A single break proves less: `envelope` weighs it by what is said.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::cut;
use super::pattern::compile;

/// The columns of terminals and editors that nobody changed.
const COMMON: [usize; 4] = [80, 100, 120, 132];

/// Where mails and commits are broken.
const OF_MAIL: [usize; 2] = [72, 76];

/// Stands where a blank may have been: the sign of a line's end, as people write it.
pub(super) const UNKNOWN: &str = "\u{23ce}";

/// Nobody reads logs in a narrower window.
const NARROWEST: usize = 40;

/// More lines are no message.
const MOST_LINES: usize = 24;

/// The lines of a text, those that were broken put together.
pub(super) fn mended(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    let mut mended = Vec::with_capacity(lines.len());
    let mut rest = lines.as_slice();
    while !rest.is_empty() {
        let blank = rest.iter().take_while(|line| is_blank(line)).count();
        let (blanks, others) = rest.split_at(blank);
        let (block, others) = others.split_at(others.iter().take_while(|line| !is_blank(line)).count());
        mended.extend(blanks.iter().map(|line| Cow::Borrowed(*line)));
        mend(block, &mut mended);
        rest = others;
    }
    mended.into_iter()
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn width(line: &str) -> usize {
    line.chars().count()
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Puts the lines of a block together, between two blank ones.
fn mend<'a>(block: &[&'a str], mended: &mut Vec<Cow<'a, str>>) {
    let column = Column::of(block);
    let mut rest = block;
    while let Some((first, behind)) = rest.split_first() {
        let (of_terminal, of_editor) = (at_column(rest, column), at_blanks(rest));
        // What was broken at blanks reaches the column here and there.
        let is_shorter =
            |(_, of_terminal): &(String, usize)| of_editor.as_ref().is_some_and(|(_, lines)| lines > of_terminal);
        let broken = of_terminal.filter(|it| !is_shorter(it)).or(of_editor);
        match broken {
            Some((line, taken)) => {
                mended.push(Cow::Owned(line));
                rest = rest.get(taken..).unwrap_or_default();
            }
            None => {
                mended.push(Cow::Borrowed(first));
                rest = behind;
            }
        }
    }
}

/// The column at which a terminal broke the lines of a block.
#[derive(Clone, Copy)]
struct Column {
    width: usize,
    /// Two lines that are no whole window wide may be as long as each other by chance.
    is_sure: bool,
}

impl Column {
    /// `None`: no column is told. No line goes beyond it, and several reach it, or it is one that many windows have.
    fn of(block: &[&str]) -> Option<Self> {
        let widest = block.iter().map(|line| width(line)).max()?;
        let reached = block.iter().filter(|line| width(line) == widest).count();
        let is_common = COMMON.contains(&widest);
        // What a terminal broke has a rest behind it, which is seldom as long as the line.
        let has_rest = reached < block.len();
        let is_told = block.len() > 1 && widest >= NARROWEST && (is_common || reached > 1 && has_rest);
        is_told.then_some(Self { width: widest, is_sure: is_common || reached > 2 })
    }

    /// Whether a line goes on in the next one: it reaches the column, or ended there with a blank, which terminals do not copy.
    fn breaks(self, line: &str, next: &str) -> bool {
        let width = width(line);
        width == self.width && (self.is_sure || begins_inside(next)) || width + 1 == self.width && begins_inside(next)
    }
}

/// The first line with those that a terminal broke off, and how many that are.
fn at_column(lines: &[&str], column: Option<Column>) -> Option<(String, usize)> {
    let column = column?;
    let hanging = indentation(lines.get(1)?);
    let goes_on = |count: usize| {
        let Some((before @ [.., line], [next, ..])) = lines.split_at_checked(count) else { return false };
        let is_even = indentation(next) == hanging || indentation(next).max(hanging) < 2;
        column.breaks(line, next) && is_even && !begins_anew(before, next)
    };
    let taken = (1..MOST_LINES).find(|count| !goes_on(*count))?;
    let lines = lines.get(..taken).filter(|_| taken > 1)?;
    let between = |pair: &[&str]| match pair {
        [line, next] if width(line) == column.width => between(line, next),
        _ => " ",
    };
    let ends = lines.windows(2).map(between).chain([""]);
    let (first, others) = lines.split_first()?;
    let unindented = others.iter().map(|line| if hanging < 2 { line } else { line.trim_start() });
    Some((std::iter::once(*first).chain(unindented).zip(ends).flat_map(|(line, end)| [line, end]).collect(), taken))
}

/// What stood where a line was broken that reaches the column, as an editor's may too: nothing in the middle of a word.
fn between(line: &str, next: &str) -> &'static str {
    let is_other = |c: char| !c.is_ascii_alphabetic();
    let end = line.rsplit(is_other).next().unwrap_or_default();
    let next = if indentation(next) < 2 { next } else { next.trim_start() };
    let beginning = next.split(is_other).next().unwrap_or_default();
    let are_words = [end, beginning].into_iter().all(cut::is_word);
    match cut::is_word(&format!("{end}{beginning}")) {
        true if !are_words => "",
        false if are_words => " ",
        _ => UNKNOWN,
    }
}

/// The first line with those that were broken at blanks, and how many that are; two lines prove nothing.
fn at_blanks(lines: &[&str]) -> Option<(String, usize)> {
    // A single word, such as an address, cannot be broken.
    let taking = |line: &str| if line.trim().contains(' ') { width(line.trim()) } else { 0 };
    let hanging = indentation(lines.get(1)?);
    let mut widest = taking(lines.first()?).max(NARROWEST);
    let mut taken = 1;
    while let Some((before @ [.., line], [next, ..])) = lines.split_at_checked(taken).filter(|_| taken < MOST_LINES) {
        if indentation(next) != hanging || is_next_field(before, next) || begins_anew(before, next) {
            break;
        }
        widest = widest.max(taking(next));
        if !has_no_room(line, next, widest) {
            return None;
        }
        taken += 1;
    }
    let lines = lines.get(..taken)?;
    let whole: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    let are_full = || lines.windows(2).all(|pair| matches!(pair, [line, next] if has_no_room(line, next, widest)));
    (taken > 2 && are_full()).then(|| (joined(&whole), taken))
}

/// Lines with blanks between them, but for one that ends with a name's hyphen: no name has a blank behind it.
pub(super) fn joined(lines: &[&str]) -> String {
    lines.iter().fold(String::new(), |mut joined, line| {
        let ends_in_name =
            joined.strip_suffix('-').is_some_and(|name| name.ends_with(|c: char| c.is_ascii_alphanumeric()));
        if !joined.is_empty() && !ends_in_name && !is_in_quoted_name(&joined, line) && !is_in_word(&joined, line) {
            joined.push(' ');
        }
        joined.push_str(line);
        joined
    })
}

/// A date and a time of RFC 3339.
static DATE: LazyLock<Option<Regex>> =
    LazyLock::new(|| compile(r"^\W*\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\W*$"));

/// Whether a line ends within a date, or within a word whose parts are none.
fn is_in_word(line: &str, next: &str) -> bool {
    let end = line.rsplit(' ').next().unwrap_or_default();
    let beginning = next.split(' ').next().unwrap_or_default();
    let is_date = |text: &str| DATE.as_ref().is_some_and(|date| date.is_match(text));
    let is_letters = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_parted = || is_letters(end) && is_letters(beginning) && between(line, next).is_empty();
    is_date(&format!("{end}{beginning}")) && !is_date(end) && !is_date(beginning) || is_parted()
}

/// Whether a line ends within one word in quotes, and no other word begins the next line.
fn is_in_quoted_name(line: &str, next: &str) -> bool {
    let is_open = line.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
    let end = line.rsplit('"').next().filter(|end| is_open && !end.is_empty() && !end.contains(' '));
    let beginning = next.split_once('"').map(|(beginning, _)| beginning).filter(|it| !it.contains(' '));
    end.is_some() && beginning.is_some() && between(line, next) != " "
}

/// Whether one line was broken at a blank by a window or an editor of a usual width.
pub(super) fn is_broken(line: &str, next: &str) -> bool {
    let is_usual = |column: &usize| width(line.trim_end()) <= *column && has_no_room(line, next, *column);
    let is_other = is_next_field(&[line], next) || begins_anew(&[line], next);
    begins_inside(next.trim_start()) && !is_other && COMMON.iter().chain(&OF_MAIL).any(is_usual)
}

/// Whether the first word of the next line did not go into this one any more.
pub(super) fn has_no_room(line: &str, next: &str, widest: usize) -> bool {
    let word = next.trim_start().split(' ').next().map_or(0, width);
    !line.trim_end().ends_with(['.', '!', '}']) && width(line.trim_end()) + 1 + word > widest
}

/// Whether a line begins as the middle of a sentence does.
pub(super) fn begins_inside(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "\"'({[/\\".contains(c))
}

/// Whether a line is no part of those before it: a logger began it, or it is a row of a table, an item of a list, a quote, or one
/// more of the same.
fn begins_anew(before: &[&str], line: &str) -> bool {
    /// What several messages have in common.
    const BEGINNING: usize = 16;

    let in_common = |other: &str| line.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    // Addresses and paths are repeated within one message.
    let is_address = line.starts_with(['"', '/', '\\']) || line.starts_with("http");
    line.starts_with(['\t', '>', '|', '#', '*'])
        || line.starts_with("error: ")
        || line.trim_start().contains("   ")
        || cut::has_header(line)
        || !is_address && before.iter().any(|other| in_common(other) >= BEGINNING.min(line.len()))
}

/// Whether a line is the next row of the table, or the next field of the description, that the one before it is of. Two columns of two
/// rows begin at the same place.
pub(super) fn is_next_part(line: &str, next: &str) -> bool {
    let (columns, of_next) = (columns(line), columns(next));
    columns.iter().filter(|column| of_next.contains(column)).count() > 1 || is_described(line) && is_described(next)
}

/// Where the columns of a row begin, behind its first.
fn columns(line: &str) -> Vec<usize> {
    let mut columns = Vec::new();
    let mut blanks = 0;
    for (at, character) in line.trim_start().chars().enumerate() {
        if character != ' ' && blanks > 1 {
            columns.push(at);
        }
        blanks = if character == ' ' { blanks + 1 } else { 0 };
    }
    columns
}

/// Whether a line is one more `name: value` of YAML or a description behind others.
fn is_next_field(before: &[&str], line: &str) -> bool {
    is_field(line) && before.iter().any(|before| is_field(before))
}

/// `name: value`; reasons have a colon behind words of their own, and behind short ones.
fn is_field(line: &str) -> bool {
    const REASONS: [&str; 6] = ["x509", "tls", "err", "error", "http", "remote"];
    let Some((name, value)) = line.trim_start().split_once(':') else { return false };
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.\"'".contains(&byte));
    let is_word =
        REASONS.iter().any(|word| word.eq_ignore_ascii_case(name)) || !name.contains(|c: char| c.is_ascii_lowercase());
    is_described(line) || is_name && !is_word && (value.is_empty() || value.starts_with(' '))
}

/// `Name:    value`, as kubectl describes a field: `groupPriorityMinimum: 100` is `Group Priority Minimum:    100` there.
fn is_described(line: &str) -> bool {
    let Some((name, value)) = line.trim_start().split_once(':') else { return false };
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_uppercase()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    value.starts_with("  ") && name.split(' ').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::{UNKNOWN, mended};

    fn whole(text: &str) -> String {
        mended(text).collect::<Vec<_>>().join("\n").replace(UNKNOWN, "?")
    }

    #[test]
    fn a_terminals_and_an_editors_lines_are_put_together() {
        let line =
            "E0101 00:00:00.0 1 a.go:1] v1.a.io failed with: Get https://10.0.0.1:443/apis/a.io/v1/bcdef: dial tcp";
        let (first, rest) = line.split_at(44);
        let (second, third) = rest.split_at(44);
        assert_eq!(whole(&[first, second, third].join("\n")).replace("?", ""), line);
        let editor = "E0101 00:00:00.0 1 a.go:1] v1.a.io failed\n  with: Get https://10.0.0.1:443/apis/a.io/v1:\n  dial tcp: timeout";
        assert_eq!(whole(editor), editor.replace("\n ", ""));
    }

    #[test]
    fn a_break_in_a_date_or_a_word_leaves_no_blank() {
        for (lines, whole) in [
            (["current time 2026-01-02T00:", "00:00Z is after"], "current time 2026-01-02T00:00:00Z is after"),
            (["expired at 2026-01-", "02T00:00:00Z, and"], "expired at 2026-01-02T00:00:00Z, and"),
            (["the certifi", "cate is"], "the certificate is"),
            (["is after", "2026-01-02T00:00:00Z"], "is after 2026-01-02T00:00:00Z"),
            (["certificate signed by unknown", "authority"], "certificate signed by unknown authority"),
        ] {
            assert_eq!(super::joined(&lines), whole);
        }
    }

    #[test]
    fn other_lines_stay_apart() {
        for text in [
            "v1.apps                  Local                 True     87m\nv1.batch                 Local                 True     87m",
            "message: the service of this one has no endpoints at all\nreason: MissingEndpoints of this one and of another\nstatus: 'False'",
            "x509: certificate signed by unknown authority: abc\nx509: certificate signed by unknown authority: def",
            "I0101 00:00:00.000000       1 a.go:1] one message abc\nI0101 00:00:00.000000       1 a.go:2] one message def",
            "error: Metrics API not available\nx509: subject with cn=a is not allowed",
        ] {
            assert_eq!(whole(text), text);
        }
    }
}
