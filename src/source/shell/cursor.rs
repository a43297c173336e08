//! A place in shell text: blanks, continuations, and the lines that only a template sees.

use std::ops::Range;

use super::script::{Note, NoteKind};
use crate::source::expression::{Kind, end_of_control_line, expression};
use crate::text::Text;

pub(super) struct Cursor<'a> {
    pub(super) text: &'a Text,
    pub(super) string: &'a str,
    pub(super) at: usize,
    pub(super) notes: Vec<Note>,
    /// Bytes that searches for what closes a bracket or a here-document may still pass in vain, so that hostile text
    /// stays linear.
    pub(super) budget: usize,
    /// There is no closing quote any more.
    pub(super) no_single_quote: bool,
    pub(super) no_double_quote: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a Text) -> Self {
        Self {
            text,
            string: text.as_str(),
            at: 0,
            notes: Vec::new(),
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

    /// Blanks, continuations, and lines that only a template sees.
    pub(super) fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            if rest.starts_with([' ', '\t']) {
                self.at += 1;
            } else if rest.starts_with('\u{a0}') {
                self.note(NoteKind::NoBreakSpace, self.at..self.at + '\u{a0}'.len_utf8());
                self.at += '\u{a0}'.len_utf8();
            } else if let Some(length) = self.continuation().or_else(|| self.foreign_continuation()) {
                self.at += length;
            } else if let Some(length) = self.control() {
                self.at += length;
            } else {
                return;
            }
        }
    }

    /// The length of a line continuation here, also of one that was doubled for a here-document.
    fn continuation(&mut self) -> Option<usize> {
        let after = self.rest().strip_prefix('\\')?;
        if let Some(end) = line_end(after) {
            return Some(1 + end);
        }
        let doubled = after.strip_prefix('\\')?;
        let blanks = doubled.trim_start_matches([' ', '\t']);
        let end = line_end(blanks)?;
        if self.is_behind_blank() && goes_on_with_a_flag(blanks.get(end..)?) {
            self.note(NoteKind::DoubledBackslash, self.at..self.at + 2);
            return Some(2 + (doubled.len() - blanks.len()) + end);
        }
        None
    }

    /// The same of PowerShell (`` ` ``) and cmd.exe (`^`). No POSIX command begins with the dash that must follow.
    fn foreign_continuation(&self) -> Option<usize> {
        let after = self.rest().strip_prefix(['`', '^'])?;
        let blanks = after.trim_start_matches([' ', '\t']);
        let end = line_end(blanks)?;
        let goes_on = self.is_behind_blank() && goes_on_with_a_flag(blanks.get(end..)?);
        goes_on.then_some(1 + (after.len() - blanks.len()) + end)
    }

    fn is_behind_blank(&self) -> bool {
        self.string.get(..self.at).unwrap_or_default().ends_with([' ', '\t', '\n'])
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

    /// Just behind the `close` that belongs to an `open` before `start`.
    pub(super) fn closing(&mut self, start: usize, open: u8, close: u8) -> Option<usize> {
        let bytes = self.string.as_bytes();
        let mut depth = 1_usize;
        let mut quote = None;
        let mut at = start;
        let limit = bytes.len().min(start.saturating_add(self.budget));
        while at < limit {
            let byte = *bytes.get(at)?;
            match (quote, byte) {
                (Some(b'\''), b'\'') => quote = None,
                (Some(b'\''), _) => {}
                (_, b'\\') => at += 1,
                (Some(b'"'), b'"') => quote = None,
                (None, b'\'' | b'"') => quote = Some(byte),
                (_, byte) if byte == open => depth += 1,
                (_, byte) if byte == close => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.budget = self.budget.saturating_sub(limit.saturating_sub(start));
        None
    }
}

fn goes_on_with_a_flag(next_line: &str) -> bool {
    next_line.trim_start_matches([' ', '\t']).starts_with('-')
}

/// The length of a line's end here.
pub(super) fn line_end(text: &str) -> Option<usize> {
    match text.as_bytes() {
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => None,
    }
}
