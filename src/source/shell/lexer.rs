//! Shell text to commands: blanks, comments, operators, redirections and here-documents.

use std::ops::Range;

use super::word::{Part, Word, WordBuilder};
use super::{Note, NoteKind};
use crate::source::expression::{Kind, end_of_control_line, expression};
use crate::text::Text;

#[derive(Debug, Default)]
pub(super) struct Syntax {
    pub(super) commands: Vec<Command>,
    pub(super) notes: Vec<Note>,
}

#[derive(Debug)]
pub(super) struct Command {
    pub(super) words: Vec<Word>,
    pub(super) redirections: Vec<Word>,
    pub(super) here_documents: Vec<HereDocument>,
    /// In bytes of the text.
    pub(super) range: Range<usize>,
    pub(super) end: End,
}

/// What stands behind a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Line,
    /// `;`, `&`, a parenthesis.
    Separator,
    Pipe,
    /// `&&`, `||`.
    Condition,
    Text,
}

#[derive(Debug, Clone)]
pub(super) struct HereDocument {
    pub(super) body: Text,
    /// The delimiter is not quoted.
    pub(super) expand: bool,
}

struct Pending {
    /// Its place among the commands.
    command: usize,
    delimiter: String,
    expand: bool,
    strip_tabs: bool,
}

pub(super) fn syntax(text: &Text) -> Syntax {
    let mut lexer = Lexer::new(text);
    lexer.run();
    Syntax { commands: lexer.commands, notes: lexer.notes }
}

/// The parts of a here-document's body: `$` and back-ticks count, quotes do not.
pub(super) fn here_document_parts(text: &Text) -> Vec<Part> {
    let mut lexer = Lexer::new(text);
    let mut word = WordBuilder::new(text, 0);
    lexer.quoted_until(&mut word, None);
    word.finish(lexer.at).parts
}

pub(super) struct Lexer<'a> {
    pub(super) text: &'a Text,
    pub(super) string: &'a str,
    pub(super) at: usize,
    commands: Vec<Command>,
    notes: Vec<Note>,
    words: Vec<Word>,
    redirections: Vec<Word>,
    pending: Vec<Pending>,
    /// Bytes that searches for a closing bracket may still pass in vain, so that hostile text stays linear.
    pub(super) budget: usize,
    /// There is no closing quote any more.
    pub(super) no_single_quote: bool,
    pub(super) no_double_quote: bool,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a Text) -> Self {
        Self {
            text,
            string: text.as_str(),
            at: 0,
            commands: Vec::new(),
            notes: Vec::new(),
            words: Vec::new(),
            redirections: Vec::new(),
            pending: Vec::new(),
            budget: text.len().saturating_mul(16).saturating_add(1 << 16),
            no_single_quote: false,
            no_double_quote: false,
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.string.get(self.at..).unwrap_or_default()
    }

    pub(super) fn note(&mut self, kind: NoteKind, range: Range<usize>) {
        self.notes.push(Note { kind, at: range.start, origin: self.text.origin_of(range) });
    }

    fn run(&mut self) {
        loop {
            self.skip_blanks();
            let rest = self.rest();
            let Some(first) = rest.chars().next() else {
                self.finish(End::Text);
                return;
            };
            if let Some(length) = line_end(rest) {
                self.finish(End::Line);
                self.at += length;
                self.here_documents();
                continue;
            }
            match first {
                '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
                '<' | '>' if expression(rest).is_none() => self.redirection(),
                '&' if rest.starts_with("&>") => {
                    self.at += 1;
                    self.redirection();
                }
                ';' | '&' | '|' | '(' | ')' => self.operator(rest),
                _ => {
                    let word = self.word(0);
                    let all_digits = matches!(word.parts.as_slice(), [Part::Literal { text, quoted: false }]
                        if text.as_str().bytes().all(|byte| byte.is_ascii_digit()));
                    // `2>&1`: the number belongs to the redirection.
                    let descriptor = all_digits && self.rest().starts_with(['<', '>']);
                    if !descriptor && !word.parts.is_empty() {
                        self.words.push(word);
                    }
                }
            }
        }
    }

    fn operator(&mut self, rest: &str) {
        let (length, end) = if rest.starts_with("&&") || rest.starts_with("||") {
            (2, End::Condition)
        } else if rest.starts_with("|&") {
            (2, End::Pipe)
        } else if rest.starts_with('|') {
            (1, End::Pipe)
        } else {
            (1, End::Separator)
        };
        self.finish(end);
        self.at += length;
    }

    fn finish(&mut self, end: End) {
        let words = std::mem::take(&mut self.words);
        let redirections = std::mem::take(&mut self.redirections);
        let announced = self.pending.last().is_some_and(|pending| pending.command == self.commands.len());
        if words.is_empty() && redirections.is_empty() && !announced {
            // `a \n && b`: the operator counts, not the line break.
            if let Some(last) = self.commands.last_mut()
                && last.end == End::Line
                && matches!(end, End::Condition | End::Pipe)
            {
                last.end = end;
            }
            return;
        }
        let start = words.iter().chain(&redirections).map(|word| word.range.start).min().unwrap_or(self.at);
        self.commands.push(Command { words, redirections, here_documents: Vec::new(), range: start..self.at, end });
    }

    /// The bodies of the here-documents that the line before announced.
    fn here_documents(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            let start = self.at;
            let mut found = None;
            let mut at = start;
            for line in self.rest().split_inclusive('\n') {
                let content = line.trim_end_matches(['\n', '\r']);
                // The end is written with blanks around it often enough, though a shell does not take it then.
                if content.trim_matches([' ', '\t']) == pending.delimiter {
                    found = Some((at, at + line.len()));
                    break;
                }
                at += line.len();
            }
            // `1 << 3` is no here-document; an excerpt may end before its here-document does.
            if found.is_none() && pending.delimiter.starts_with(|first: char| first.is_ascii_digit()) {
                continue;
            }
            let (end, next) = found.unwrap_or((self.string.len(), self.string.len()));
            self.at = next;
            let raw = self.text.slice(start..end);
            let body = if pending.strip_tabs { without_leading_tabs(&raw) } else { raw };
            if let Some(command) = self.commands.get_mut(pending.command) {
                command.here_documents.push(HereDocument { body, expand: pending.expand });
            }
        }
    }

    fn redirection(&mut self) {
        let rest = self.rest();
        if rest.starts_with("<(") || rest.starts_with(">(") {
            let start = self.at;
            let end = self.closing_parenthesis(self.at + 2).unwrap_or(self.at + 2);
            self.at = end;
            let source = self.text.slice(start..end);
            let parts = vec![Part::Opaque { source, quoted: true }];
            self.words.push(Word { parts, range: start..end });
            return;
        }
        let operator_length = rest.len() - rest.trim_start_matches(['<', '>', '&', '|']).len();
        let operator = rest.get(..operator_length.min(3)).unwrap_or_default();
        let here_document = operator.starts_with("<<") && operator != "<<<";
        self.at += if here_document { 2 } else { operator_length };
        let strip_tabs = here_document && self.rest().starts_with('-');
        self.at += usize::from(strip_tabs);
        while self.rest().starts_with([' ', '\t']) {
            self.at += 1;
        }
        let rest = self.rest();
        if rest.is_empty() || line_end(rest).is_some() || rest.starts_with([';', '&', '|', '(', ')', '<', '>']) {
            return;
        }
        let word = self.word(0);
        if !here_document {
            if operator.starts_with('>') || operator.starts_with('&') {
                self.redirections.push(word);
            }
            return;
        }
        let written = self.string.get(word.range.clone()).unwrap_or_default();
        let delimiter: String = written.chars().filter(|character| !matches!(character, '\'' | '"' | '\\')).collect();
        if !delimiter.is_empty() {
            let command = self.commands.len();
            self.pending.push(Pending { command, expand: delimiter == written, delimiter, strip_tabs });
        }
    }

    /// Blanks, continuations, and lines that only a template sees.
    pub(super) fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            if rest.starts_with([' ', '\t']) {
                self.at += 1;
            } else if rest.starts_with('\u{a0}') {
                self.note(NoteKind::NoBreakSpace, self.at..self.at + '\u{a0}'.len_utf8());
                self.at += '\u{a0}'.len_utf8();
            } else if let Some(length) = self.continuation() {
                self.at += length;
            } else if let Some(length) = self.control() {
                self.at += length;
            } else {
                return;
            }
        }
    }

    /// The length of a line continuation here, with what people add to it by mistake.
    fn continuation(&mut self) -> Option<usize> {
        let rest = self.rest();
        let after = rest.strip_prefix('\\')?;
        if let Some(end) = line_end(after) {
            return Some(1 + end);
        }
        let blanks = after.trim_start_matches([' ', '\t', '\u{a0}']);
        let skipped = after.len() - blanks.len();
        if skipped > 0
            && let Some(end) = line_end(blanks)
        {
            self.note(NoteKind::BlankAfterBackslash, self.at..self.at + 1 + skipped);
            return Some(1 + skipped + end);
        }
        let before = self.string.get(..self.at).unwrap_or_default();
        let doubled = after.strip_prefix('\\')?;
        let blanks = doubled.trim_start_matches([' ', '\t']);
        let end = line_end(blanks)?;
        let next = blanks.get(end..)?.trim_start_matches([' ', '\t']);
        if before.ends_with([' ', '\t', '\n']) && next.starts_with('-') {
            self.note(NoteKind::DoubledBackslash, self.at..self.at + 2);
            return Some(2 + (doubled.len() - blanks.len()) + end);
        }
        None
    }

    /// The length of a template's control expression here; with its line when it has one for itself.
    pub(super) fn control(&mut self) -> Option<usize> {
        let rest = self.rest();
        if !rest.starts_with(['{', '<', '%']) {
            return None;
        }
        let control = expression(rest).filter(|expression| expression.kind == Kind::Control)?;
        self.note(NoteKind::TemplateControl, self.at..self.at + control.length);
        let end = end_of_control_line(self.string, self.at, control.length);
        Some(end.map_or(control.length, |end| end - self.at))
    }
}

/// The length of a line's end here.
pub(super) fn line_end(text: &str) -> Option<usize> {
    match text.as_bytes() {
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => None,
    }
}

fn without_leading_tabs(text: &Text) -> Text {
    let mut body = text.slice(0..0);
    let mut at = 0;
    for line in text.as_str().split_inclusive('\n') {
        let tabs = line.len() - line.trim_start_matches('\t').len();
        body.push(text, at + tabs..at + line.len());
        at += line.len();
    }
    body
}
