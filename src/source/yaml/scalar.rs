//! What the parser decodes is decoded here a second time, character by character, to know where each one stands.
//!
//! The parser's value is the truth: where the two differ, every character points at the whole scalar.

use std::ops::Range;

use saphyr_parser::ScalarStyle;

use crate::source::escape::control;
use crate::text::Text;

/// The text of a scalar whose decoded value is `value`. `range` is what the parser says of its place, `behind` where
/// the event before it ended.
pub(super) fn decode(source: &Text, behind: usize, range: Range<usize>, style: ScalarStyle, value: &str) -> Text {
    let string = source.as_str();
    let range = range.start.min(string.len())..range.end.min(string.len());
    let content = skip_properties(string, range.clone());
    // Most stand as they are.
    let flow = |inside: Range<usize>, quote| match string.get(inside.clone()) {
        Some(written) if written == value => source.slice(inside),
        _ => flow(source, inside, quote),
    };
    let text = match style {
        ScalarStyle::Plain => Some(flow(content, None)),
        ScalarStyle::SingleQuoted => unquoted(string, content).map(|inside| flow(inside, Some('\''))),
        ScalarStyle::DoubleQuoted => unquoted(string, content).map(|inside| flow(inside, Some('"'))),
        ScalarStyle::Literal | ScalarStyle::Folded => block(source, behind..range.end, style, value),
    };
    match text {
        Some(text) if text.as_str() == value => text,
        _ => Text::synthetic(value, &source.origin_of(range)),
    }
}

/// `!!binary`: the bytes where they are text, otherwise as written.
pub(in crate::source) fn decode_base64(text: &Text) -> Text {
    match base64_bytes(text.as_str()).map(String::from_utf8) {
        Some(Ok(decoded)) => Text::synthetic(decoded, &text.origin()),
        _ => text.clone(),
    }
}

/// The bytes, with padding or without.
pub(in crate::source) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for character in text.chars().filter(|character| !character.is_whitespace() && *character != '=') {
        bits = (bits << 6 | base64_value(character)?) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.extend(u8::try_from(bits >> count & 0xff));
        }
    }
    Some(bytes)
}

fn base64_value(character: char) -> Option<u32> {
    let offset = |first: char| u32::from(character) - u32::from(first);
    match character {
        'A'..='Z' => Some(offset('A')),
        'a'..='z' => Some(offset('a') + 26),
        '0'..='9' => Some(offset('0') + 52),
        '+' => Some(62),
        '/' => Some(63),
        _ => None,
    }
}

/// The parser's range begins with the anchor and the tag.
fn skip_properties(string: &str, range: Range<usize>) -> Range<usize> {
    let mut start = range.start;
    loop {
        let rest = string.get(start..range.end).unwrap_or_default();
        if !rest.starts_with(['!', '&']) {
            return start..range.end;
        }
        let property = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let blanks = rest.get(property..).map_or(0, |rest| rest.len() - rest.trim_start().len());
        start += property + blanks;
    }
}

fn unquoted(string: &str, range: Range<usize>) -> Option<Range<usize>> {
    let inside = range.start + 1..range.end.checked_sub(1)?;
    string.get(inside.clone()).map(|_| inside)
}

/// Plain and quoted scalars: lines are folded, and what is quoted has escapes (YAML 1.2, sections 7.3 and 8.1.3).
fn flow(source: &Text, range: Range<usize>, quote: Option<char>) -> Text {
    let string = source.as_str().get(..range.end).unwrap_or_default();
    let mut text = source.slice(range.start..range.start);
    let mut at = range.start;
    // A run of characters that stand for themselves; blanks at its end count only when no line break follows.
    let (mut run, mut solid) = (at, at);
    while let Some(character) = string.get(at..).and_then(|rest| rest.chars().next()) {
        let escaped_quote = quote == Some('\'') && string.get(at..).is_some_and(|rest| rest.starts_with("''"));
        match character {
            '\n' | '\r' => {
                text.push(source, run..solid);
                match line_breaks(string, at).as_slice() {
                    [] => {}
                    [only] => text.push_decoded(" ", source, only.clone()),
                    [_, others @ ..] => others.iter().for_each(|other| text.push_decoded("\n", source, other.clone())),
                }
                at = behind_breaks(string, at);
                (run, solid) = (at, at);
            }
            '\'' if escaped_quote => {
                text.push(source, run..at);
                text.push_decoded("'", source, at..at + 2);
                at += 2;
                (run, solid) = (at, at);
            }
            '\\' if quote == Some('"') => {
                text.push(source, run..at);
                at = escape(&mut text, source, string, at);
                (run, solid) = (at, at);
            }
            ' ' | '\t' => at += 1,
            _ => {
                at += character.len_utf8();
                solid = at;
            }
        }
    }
    text.push(source, run..if quote.is_some() { range.end } else { solid });
    text
}

/// The line breaks from here to the next character that is neither a break nor a blank.
fn line_breaks(string: &str, start: usize) -> Vec<Range<usize>> {
    let mut breaks = Vec::new();
    let mut at = start;
    while let Some(rest) = string.get(at..) {
        let len = match rest.as_bytes() {
            [b'\r', b'\n', ..] => 2,
            [b'\n' | b'\r', ..] => 1,
            [b' ' | b'\t', ..] => {
                at += 1;
                continue;
            }
            _ => break,
        };
        breaks.push(at..at + len);
        at += len;
    }
    breaks
}

fn behind_breaks(string: &str, start: usize) -> usize {
    let rest = string.get(start..).unwrap_or_default();
    start + (rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len())
}

/// Decodes the escape at `at`; the offset behind it.
fn escape(text: &mut Text, source: &Text, string: &str, at: usize) -> usize {
    let rest = string.get(at + 1..).unwrap_or_default();
    let Some(kind) = rest.chars().next() else { return at + 1 };
    if matches!(kind, '\n' | '\r') {
        // The break is escaped and vanishes; empty lines behind it stay.
        for line_break in line_breaks(string, at + 1).iter().skip(1) {
            text.push_decoded("\n", source, line_break.clone());
        }
        return behind_breaks(string, at + 1);
    }
    let digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    let end = at + 1 + kind.len_utf8() + digits;
    let decoded = match kind {
        '0' => Some('\0'),
        '\t' => Some('\t'),
        'e' => Some('\u{1b}'),
        'N' => Some('\u{85}'),
        '_' => Some('\u{a0}'),
        'L' => Some('\u{2028}'),
        'P' => Some('\u{2029}'),
        'x' | 'u' | 'U' => {
            let code = string.get(at + 2..end).and_then(|code| u32::from_str_radix(code, 16).ok());
            code.and_then(char::from_u32)
        }
        other => Some(control(other).unwrap_or(other)),
    };
    if let Some(decoded) = decoded {
        text.push_decoded(decoded.encode_utf8(&mut [0; 4]), source, at..end);
    }
    end
}

/// A line of a block scalar without its indentation, and its break.
struct BlockLine {
    content: Range<usize>,
    line_break: Range<usize>,
}

/// Literal and folded block scalars (YAML 1.2, section 8.1). How many line breaks end it depends on the chomping, which
/// the value tells.
fn block(source: &Text, range: Range<usize>, style: ScalarStyle, value: &str) -> Option<Text> {
    let string = source.as_str();
    let header = header(string, range.clone())?;
    let first_line = header + string.get(header..range.end)?.find('\n')? + 1;
    let explicit = string.get(header..first_line)?.chars().any(|character| character.is_ascii_digit());
    let indentation = indentation(string.get(first_line..range.end)?);
    // An explicit indentation counts from the parent's, which only the parser knows.
    let mut candidates = if explicit { 0..indentation + 1 } else { indentation..indentation + 1 };
    candidates.find_map(|indentation| {
        let lines = block_lines(string, first_line..range.end, indentation);
        let mut text = block_body(source, &lines, style);
        let ending = value.strip_prefix(text.as_str())?;
        if !ending.bytes().all(|byte| byte == b'\n') {
            return None;
        }
        let body = lines.iter().rposition(|line| !line.content.is_empty());
        let mut breaks = lines.iter().skip(body.unwrap_or(0)).map(|line| line.line_break.clone());
        for _ in ending.bytes() {
            text.push_decoded("\n", source, breaks.next().unwrap_or(range.end..range.end));
        }
        Some(text)
    })
}

/// Where the `|` or `>` is: behind the event before, perhaps with an anchor and a tag between.
fn header(string: &str, range: Range<usize>) -> Option<usize> {
    let mut before = ' ';
    string.get(range.clone())?.char_indices().find_map(|(at, character)| {
        let found = matches!(character, '|' | '>') && (before.is_whitespace() || before == ':');
        before = character;
        found.then_some(range.start + at)
    })
}

/// The indentation of the first line that is not empty.
fn indentation(block: &str) -> usize {
    let line = block.lines().find(|line| !line.trim_matches(' ').is_empty()).unwrap_or_default();
    line.len() - line.trim_start_matches(' ').len()
}

fn block_lines(string: &str, range: Range<usize>, indentation: usize) -> Vec<BlockLine> {
    let mut lines = Vec::new();
    let mut at = range.start;
    for line in string.get(range).unwrap_or_default().split_inclusive('\n') {
        let content = line.strip_suffix('\n').unwrap_or(line);
        let content = content.strip_suffix('\r').unwrap_or(content);
        let blanks = (content.len() - content.trim_start_matches(' ').len()).min(indentation);
        lines.push(BlockLine {
            content: at + blanks..at + content.len(),
            line_break: at + content.len()..at + line.len(),
        });
        at += line.len();
    }
    lines
}

/// The lines joined, without the breaks at the end.
fn block_body(source: &Text, lines: &[BlockLine], style: ScalarStyle) -> Text {
    let start = lines.first().map_or(0, |line| line.content.start);
    let mut text = source.slice(start..start);
    let count = lines.iter().rposition(|line| !line.content.is_empty()).map_or(0, |last| last + 1);
    let string = source.as_str();
    let more_indented = |line: &BlockLine| string.get(line.content.clone()).is_some_and(|s| s.starts_with([' ', '\t']));
    // The last line with content, and the breaks since.
    let mut above: Option<&BlockLine> = None;
    let mut breaks: Vec<Range<usize>> = Vec::new();
    for line in lines.iter().take(count) {
        if line.content.is_empty() {
            breaks.push(line.line_break.clone());
            continue;
        }
        let folds =
            style == ScalarStyle::Folded && above.is_some_and(|above| !more_indented(above)) && !more_indented(line);
        match breaks.as_slice() {
            [only] if folds => text.push_decoded(" ", source, only.clone()),
            all => {
                let kept = all.get(usize::from(folds)..).unwrap_or_default();
                kept.iter().for_each(|line_break| text.push_decoded("\n", source, line_break.clone()));
            }
        }
        text.push(source, line.content.clone());
        breaks = vec![line.line_break.clone()];
        above = Some(line);
    }
    text
}
