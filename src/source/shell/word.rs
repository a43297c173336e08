//! One word: quotes, escapes, expressions, and what is left of it.

use std::ops::Range;

use super::cursor::{Cursor, line_end};
use super::part::{Part, Variable, Word, WordBuilder, name_length, variable};
use super::script::NoteKind;
use crate::source::escape::{self, Digits};
use crate::source::expression::{Kind, expression};
use crate::text::Text;

/// Characters that mean something outside quotes.
const DELIMITERS: [char; 20] =
    [' ', '\t', '\n', '\r', '\u{a0}', ';', '&', '|', '(', ')', '<', '>', '\\', '\'', '"', '`', '$', '{', '%', '#'];

/// Deeper than people nest arrays and substitutions.
const MAXIMUM_DEPTH: usize = 32;

impl Cursor<'_> {
    pub(super) fn word(&mut self, depth: usize) -> Word {
        let mut word = WordBuilder::new(self.text, self.at);
        loop {
            let rest = self.rest();
            let Some(first) = rest.chars().next() else { break };
            match first {
                ' ' | '\t' | '\n' | '\u{a0}' | ';' | '&' | '|' | ')' => break,
                '\r' if line_end(rest).is_some() => break,
                '(' => match self.array(&word, depth) {
                    Some(array) => word.push(array),
                    None if self.at == word.start => {
                        word.literal(self.at..self.at + 1, false);
                        self.at += 1;
                    }
                    None => break,
                },
                '<' | '>' => match self.placeholder(&word) {
                    Some(part) => word.push(part),
                    None if self.at == word.start => {
                        word.literal(self.at..self.at + 1, false);
                        self.at += 1;
                    }
                    None => break,
                },
                '\\' => self.backslash(&mut word),
                '\'' => self.single_quotes(&mut word),
                '"' => self.double_quotes(&mut word),
                '`' => self.back_ticks(&mut word, false),
                '$' => self.dollar(&mut word, false),
                '{' | '%' => self.brace(&mut word, false),
                _ => {
                    let length = ordinary_length(rest, &DELIMITERS);
                    word.literal(self.at..self.at + length, false);
                    self.at += length;
                }
            }
        }
        word.finish(self.at)
    }

    fn backslash(&mut self, word: &mut WordBuilder<'_>) {
        let after = self.rest().get(1..).unwrap_or_default();
        if let Some(end) = line_end(after) {
            self.at += 1 + end;
            // What follows without a blank belongs to the same word.
            return;
        }
        let blanks = after.trim_start_matches([' ', '\t', '\u{a0}']);
        if blanks.len() < after.len() && line_end(blanks).is_some() {
            // Not the line's end is escaped, but the blank: it is a part of this word, and the command ends.
            self.note(NoteKind::BlankAfterBackslash, self.at..self.at + 1 + (after.len() - blanks.len()));
        }
        match after.chars().next() {
            Some(character) => {
                word.escaped(self.at..self.at + 1 + character.len_utf8(), true);
                self.at += 1 + character.len_utf8();
            }
            None => self.at += 1,
        }
    }

    fn single_quotes(&mut self, word: &mut WordBuilder<'_>) {
        let start = self.at + 1;
        let length =
            if self.no_single_quote { None } else { self.string.get(start..).and_then(|rest| rest.find('\'')) };
        match length {
            Some(length) => {
                self.literal_with_templates(word, start..start + length);
                self.at = start + length + 1;
            }
            None => {
                self.no_single_quote = true;
                word.literal(self.at..start, false);
                self.at = start;
            }
        }
    }

    /// Quoted characters, in which a template's values are values all the same.
    fn literal_with_templates(&self, word: &mut WordBuilder<'_>, range: Range<usize>) {
        let string = self.string.get(..range.end).unwrap_or_default();
        let mut start = range.start;
        let mut at = start;
        while let Some(found) = string.get(at..).and_then(|rest| rest.find(['{', '<'])) {
            at += found;
            match string.get(at..).and_then(expression) {
                Some(expression) if expression.kind == Kind::Value => {
                    word.literal(start..at, true);
                    start = at + expression.length;
                    word.push(Part::Opaque { source: self.text.slice(at..start), quoted: true });
                    at = start;
                }
                _ => at += 1,
            }
        }
        word.literal(start..range.end, true);
    }

    fn double_quotes(&mut self, word: &mut WordBuilder<'_>) {
        let start = self.at;
        if !self.no_double_quote {
            let mut inside = WordBuilder::new(self.text, start + 1);
            self.at = start + 1;
            if self.quoted_until(&mut inside, Some('"')) {
                self.at += 1;
                word.literal(start + 1..start + 1, true);
                word.parts.extend(inside.finish(self.at).parts);
                return;
            }
            self.no_double_quote = true;
        }
        word.literal(start..start + 1, false);
        self.at = start + 1;
    }

    /// Text in which only `$`, back-ticks and some backslashes mean something, up to `close` or the end.
    pub(super) fn quoted_until(&mut self, word: &mut WordBuilder<'_>, close: Option<char>) -> bool {
        loop {
            let rest = self.rest();
            let Some(first) = rest.chars().next() else { return close.is_none() };
            match first {
                _ if Some(first) == close => return true,
                '\\' => {
                    let after = rest.get(1..).unwrap_or_default();
                    if let Some(end) = line_end(after) {
                        self.at += 1 + end;
                    } else if after.starts_with(['$', '`', '\\']) || (close.is_some() && after.starts_with('"')) {
                        word.escaped(self.at..self.at + 2, true);
                        self.at += 2;
                    } else {
                        word.literal(self.at..self.at + 1, true);
                        self.at += 1;
                    }
                }
                '`' => self.back_ticks(word, true),
                '$' => self.dollar(word, true),
                '{' | '<' | '%' => self.brace(word, true),
                _ => {
                    let length = ordinary_length(rest, &['"', '\\', '`', '$', '{', '<', '%']);
                    word.literal(self.at..self.at + length, true);
                    self.at += length;
                }
            }
        }
    }

    /// `` `command` ``, or `` `# a comment` `` which stands for nothing.
    fn back_ticks(&mut self, word: &mut WordBuilder<'_>, quoted: bool) {
        let start = self.at;
        let mut end = None;
        let mut escaped = false;
        let limit = self.budget.min(self.string.len() - start);
        for (offset, byte) in self.string.as_bytes().iter().enumerate().skip(start + 1).take(limit) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'`' => {
                    end = Some(offset + 1);
                    break;
                }
                _ => {}
            }
        }
        let Some(end) = end else {
            self.budget = self.budget.saturating_sub(limit);
            word.literal(start..start + 1, quoted);
            self.at = start + 1;
            return;
        };
        self.at = end;
        if !self.string.get(start + 1..end - 1).unwrap_or_default().trim_start().starts_with('#') {
            word.push(Part::Opaque { source: self.text.slice(start..end), quoted });
        }
    }

    fn dollar(&mut self, word: &mut WordBuilder<'_>, quoted: bool) {
        let start = self.at;
        let after = self.string.get(start + 1..).unwrap_or_default();
        let name_length = name_length(after);
        let end = match after.chars().next() {
            Some('(') => self.closing_parenthesis(start + 2),
            Some('{') => self.closing(start + 2, b'{', b'}'),
            Some('\'') if !quoted => {
                self.ansi_c_quotes(word);
                return;
            }
            Some('"') if !quoted => {
                self.at += 1;
                self.double_quotes(word);
                return;
            }
            Some('0'..='9' | '@' | '*' | '#' | '?' | '$' | '!' | '-') => Some(start + 2),
            _ if name_length > 0 => Some(start + 1 + name_length),
            _ => None,
        };
        let Some(end) = end else {
            word.literal(start..start + 1, quoted);
            self.at = start + 1;
            return;
        };
        self.at = end;
        let source = self.text.slice(start..end);
        word.push(match variable(source.as_str()) {
            Some((name, operator)) => Part::Variable(Variable { name, source, quoted, operator }),
            None => Part::Opaque { source, quoted },
        });
    }

    /// `$'…'` with C's escapes (bash(1), QUOTING).
    fn ansi_c_quotes(&mut self, word: &mut WordBuilder<'_>) {
        let start = self.at;
        let mut at = start + 2;
        word.literal(at..at, true);
        loop {
            let rest = self.string.get(at..).unwrap_or_default();
            let mut characters = rest.chars();
            match (characters.next(), characters.next()) {
                (None, _) => break,
                (Some('\''), _) => {
                    at += 1;
                    break;
                }
                (Some('\\'), Some(escape)) => {
                    let known = escape::decoded(rest, Digits::UpTo);
                    let length = known.map_or(1 + escape.len_utf8(), |(_, length)| length);
                    match (known, escape) {
                        (Some((decoded, _)), _) => word.decoded(decoded.encode_utf8(&mut [0; 4]), at..at + length),
                        (None, '\\' | '\'' | '"' | '?') => word.escaped(at..at + length, true),
                        (None, _) => word.literal(at..at + length, true),
                    }
                    at += length;
                }
                (Some(character), _) => {
                    word.literal(at..at + character.len_utf8(), true);
                    at += character.len_utf8();
                }
            }
        }
        self.at = at;
    }

    /// A template's expression inside a word, or just the character.
    fn brace(&mut self, word: &mut WordBuilder<'_>, quoted: bool) {
        if let Some(length) = self.control() {
            self.at += length;
            return;
        }
        let length = match expression(self.rest()) {
            Some(expression) => {
                let source = self.text.slice(self.at..self.at + expression.length);
                word.push(Part::Opaque { source, quoted: true });
                expression.length
            }
            None => {
                word.literal(self.at..self.at + 1, quoted);
                1
            }
        };
        self.at += length;
    }

    /// `--client-ca-file=<path to the CA>` of a document: no redirection, but something to be filled in.
    fn placeholder(&mut self, word: &WordBuilder<'_>) -> Option<Part> {
        let rest = self.rest();
        if let Some(expression) = expression(rest) {
            let source = self.text.slice(self.at..self.at + expression.length);
            self.at += expression.length;
            let kind = expression.kind;
            return Some(match kind {
                Kind::Value => Part::Opaque { source, quoted: true },
                Kind::Control => Part::Literal { text: source.slice(0..0), quoted: false },
            });
        }
        let before = self.string.get(word.start..self.at).unwrap_or_default();
        let inside = rest.strip_prefix('<')?;
        if !before.ends_with(['=', '/', ':', ',', '.', '-', '_', '@']) || !inside.starts_with(char::is_alphabetic) {
            return None;
        }
        let end = inside.find(['>', '\n', '<'])?;
        if !inside.get(end..)?.starts_with('>') {
            return None;
        }
        let source = self.text.slice(self.at..self.at + end + 2);
        self.at += end + 2;
        Some(Part::Opaque { source, quoted: true })
    }

    /// `(…)` right behind `NAME=` or `NAME+=`.
    fn array(&mut self, word: &WordBuilder<'_>, depth: usize) -> Option<Part> {
        let before = self.string.get(word.start..self.at)?;
        let name = before.strip_suffix('=')?;
        let name = name.strip_suffix('+').unwrap_or(name);
        if depth >= MAXIMUM_DEPTH || name.is_empty() || name_length(name) != name.len() {
            return None;
        }
        self.at += 1;
        let mut words = Vec::new();
        loop {
            self.skip_blanks();
            let rest = self.rest();
            if let Some(length) = line_end(rest) {
                self.at += length;
            } else if rest.starts_with('#') {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with(')') || rest.is_empty() {
                self.at += usize::from(!rest.is_empty());
                return Some(Part::Array(words));
            } else if rest.starts_with([';', '&', '|', '<', '>']) {
                self.at += 1;
            } else {
                words.push(self.word(depth + 1));
            }
        }
    }

    /// Just behind the `)` that closes what was opened before `start`.
    pub(super) fn closing_parenthesis(&mut self, start: usize) -> Option<usize> {
        self.closing(start, b'(', b')')
    }
}

/// How far no character of `special` comes; at least one character.
fn ordinary_length(text: &str, special: &[char]) -> usize {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let rest = text.get(first..).unwrap_or_default();
    first + rest.find(special).unwrap_or(rest.len())
}

/// The parts of a here-document's body, or of a default: `$` and back-ticks count, quotes do not.
pub(super) fn unquoted_parts(text: &Text) -> Vec<Part> {
    let mut cursor = Cursor::new(text);
    let mut word = WordBuilder::new(text, 0);
    cursor.quoted_until(&mut word, None);
    word.finish(cursor.at).parts
}
