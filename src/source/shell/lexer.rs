//! Shell text to commands, words and the parts of words.

use std::ops::Range;

use super::{Note, NoteKind};
use crate::source::Text;
use crate::source::expression::{Kind, end_of_control_line, expression};

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
pub(super) struct Word {
    pub(super) parts: Vec<Part>,
    pub(super) range: Range<usize>,
}

#[derive(Debug, Clone)]
pub(super) enum Part {
    Literal {
        text: Text,
        quoted: bool,
    },
    Variable(Variable),
    /// `$(…)`, back-ticks, `$1`, a template's value: as written.
    Opaque {
        source: Text,
        quoted: bool,
    },
    /// `(…)` of `NAME=(…)`.
    Array(Vec<Word>),
}

#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) name: String,
    /// As written, with the dollar.
    pub(super) source: Text,
    pub(super) quoted: bool,
    /// `${NAME:-x}`, `${NAME%x}`: more than the plain value.
    pub(super) operator: Operator,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    None,
    /// `${NAME[@]}`, `${NAME[*]}`.
    All,
    /// `${NAME:-x}`, `${NAME-x}`, `${NAME:?x}`, `${NAME:=x}`: the plain value when there is one.
    Default,
    Other,
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

/// Characters that mean something outside quotes.
const DELIMITERS: [char; 20] =
    [' ', '\t', '\n', '\r', '\u{a0}', ';', '&', '|', '(', ')', '<', '>', '\\', '\'', '"', '`', '$', '{', '%', '#'];

/// Deeper than people nest arrays and substitutions.
const MAXIMUM_DEPTH: usize = 32;

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

struct Lexer<'a> {
    text: &'a Text,
    string: &'a str,
    at: usize,
    commands: Vec<Command>,
    notes: Vec<Note>,
    words: Vec<Word>,
    redirections: Vec<Word>,
    pending: Vec<Pending>,
    /// Bytes that searches for a closing bracket may still pass in vain, so that hostile text stays linear.
    budget: usize,
    /// There is no closing quote any more.
    no_single_quote: bool,
    no_double_quote: bool,
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

    fn rest(&self) -> &'a str {
        self.string.get(self.at..).unwrap_or_default()
    }

    fn note(&mut self, kind: NoteKind, range: Range<usize>) {
        self.notes.push(Note { kind, origin: self.text.origin_of(range) });
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
                '<' | '>' if !rest.starts_with("<%") => self.redirection(),
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
                    if !(all_digits && self.rest().starts_with(['<', '>'])) && !word.parts.is_empty() {
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
    fn skip_blanks(&mut self) {
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
    fn control(&mut self) -> Option<usize> {
        let rest = self.rest();
        if !rest.starts_with(['{', '<', '%']) {
            return None;
        }
        let control = expression(rest).filter(|expression| expression.kind == Kind::Control)?;
        self.note(NoteKind::TemplateControl, self.at..self.at + control.length);
        let end = end_of_control_line(self.string, self.at, control.length);
        Some(end.map_or(control.length, |end| end - self.at))
    }

    fn word(&mut self, depth: usize) -> Word {
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
            if word.ended {
                break;
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
        if blanks.len() < after.len() && (blanks.is_empty() || line_end(blanks).is_some()) {
            // A blank by mistake; the blanks end the word, `skip_blanks` must find a continuation.
            let skipped = after.len() - blanks.len();
            self.note(NoteKind::BlankAfterBackslash, self.at..self.at + 1 + skipped);
            self.at += 1 + skipped + line_end(blanks).unwrap_or(0);
            word.ended = true;
            return;
        }
        match after.chars().next() {
            Some(character) => {
                word.escaped(self.at..self.at + 1 + character.len_utf8(), 1, true);
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
    fn quoted_until(&mut self, word: &mut WordBuilder<'_>, close: Option<char>) -> bool {
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
                        word.escaped(self.at..self.at + 2, 1, true);
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
            Some('{') => self.closing_brace(start + 2),
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

    /// `$'…'` with C's escapes, of which the common ones are decoded.
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
                    let length = 1 + escape.len_utf8();
                    match escape {
                        'n' => word.decoded("\n", at..at + length),
                        't' => word.decoded("\t", at..at + length),
                        'r' => word.decoded("\r", at..at + length),
                        '\\' | '\'' | '"' | '?' => word.escaped(at..at + length, 1, true),
                        _ => word.literal(at..at + length, true),
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
    fn closing_parenthesis(&mut self, start: usize) -> Option<usize> {
        self.closing(start, b'(', b')')
    }

    fn closing_brace(&mut self, start: usize) -> Option<usize> {
        self.closing(start, b'{', b'}')
    }

    fn closing(&mut self, start: usize, open: u8, close: u8) -> Option<usize> {
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

/// A word in the making.
struct WordBuilder<'a> {
    text: &'a Text,
    start: usize,
    parts: Vec<Part>,
    /// The end was reached though no delimiter follows.
    ended: bool,
}

impl<'a> WordBuilder<'a> {
    fn new(text: &'a Text, start: usize) -> Self {
        Self { text, start, parts: Vec::new(), ended: false }
    }

    fn push(&mut self, part: Part) {
        self.parts.push(part);
    }

    /// Characters as they stand in the text.
    fn literal(&mut self, range: Range<usize>, quoted: bool) {
        match self.parts.last_mut() {
            Some(Part::Literal { text, quoted: last }) if *last == quoted => text.push(self.text, range),
            _ => self.parts.push(Part::Literal { text: self.text.slice(range), quoted }),
        }
    }

    /// Characters behind `skipped` bytes of escape.
    fn escaped(&mut self, range: Range<usize>, skipped: usize, quoted: bool) {
        self.literal(range.start + skipped..range.end, quoted);
    }

    fn decoded(&mut self, decoded: &str, range: Range<usize>) {
        let mut text = self.text.slice(range.start..range.start);
        text.push_decoded(decoded, self.text, range);
        self.parts.push(Part::Literal { text, quoted: true });
    }

    fn finish(self, end: usize) -> Word {
        Word { parts: self.parts, range: self.start..end }
    }
}

/// How far no character of `special` comes; at least one character.
fn ordinary_length(text: &str, special: &[char]) -> usize {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let rest = text.get(first..).unwrap_or_default();
    first + rest.find(special).unwrap_or(rest.len())
}

/// The length of a line's end here.
fn line_end(text: &str) -> Option<usize> {
    match text.as_bytes() {
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => None,
    }
}

/// The length of the variable's name at the beginning.
pub(super) fn name_length(text: &str) -> usize {
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    if text.starts_with(|character: char| character.is_ascii_digit()) { 0 } else { length }
}

/// The name and the operator of `$NAME`, `${NAME}`, `${NAME:-x}`, `${NAME[@]}`.
fn variable(source: &str) -> Option<(String, Operator)> {
    let after = source.strip_prefix('$')?;
    let Some(inside) = after.strip_prefix('{').and_then(|inside| inside.strip_suffix('}')) else {
        return (name_length(after) == after.len()).then(|| (after.to_owned(), Operator::None));
    };
    let (name, rest) = inside.split_at(name_length(inside));
    let operator = match rest {
        "" => Operator::None,
        "[@]" | "[*]" => Operator::All,
        _ if rest.trim_start_matches(':').starts_with(['-', '=', '?']) => Operator::Default,
        _ => Operator::Other,
    };
    (!name.is_empty()).then(|| (name.to_owned(), operator))
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
