//! Shell text to commands: comments, operators, redirections and here-documents.

use std::ops::Range;

use super::cursor::{Cursor, line_end};
use super::part::{Part, Word, name_length};
use super::script::Note;
use crate::source::expression::expression;
use crate::text::Text;

/// Commands that are kept whatever they say. Of more, only those are that can matter: a text of a million `a;` must not
/// take a gigabyte.
const KEPT_ANYWAY: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Syntax {
    pub(super) commands: Vec<Command>,
    pub(super) notes: Vec<Note>,
}

#[derive(Debug)]
pub(super) struct Command {
    pub(super) words: Vec<Word>,
    pub(super) redirections: Vec<Redirection>,
    pub(super) here_documents: Vec<HereDocument>,
    /// In bytes of the text.
    pub(super) range: Range<usize>,
    /// What stands before it.
    pub(super) before: End,
    pub(super) end: End,
    /// `name() {`: what follows in braces is this function's body.
    pub(super) function: bool,
    /// How many parentheses open before it.
    pub(super) opens: usize,
    /// How many close behind it.
    pub(super) closes: usize,
}

/// `> FILE`, `>> FILE`, and with a descriptor before them.
#[derive(Debug)]
pub(super) struct Redirection {
    pub(super) file: Word,
    pub(super) appends: bool,
}

/// What stands behind a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Line,
    /// `;`, a parenthesis.
    Separator,
    /// `&`.
    Background,
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
    let mut lexer = Lexer {
        cursor: Cursor::new(text),
        commands: Vec::new(),
        words: Vec::new(),
        redirections: Vec::new(),
        pending: Vec::new(),
        before: End::Line,
        opened: 0,
    };
    lexer.run();
    Syntax { commands: lexer.commands, notes: lexer.cursor.notes }
}

struct Lexer<'a> {
    cursor: Cursor<'a>,
    commands: Vec<Command>,
    words: Vec<Word>,
    redirections: Vec<Redirection>,
    pending: Vec<Pending>,
    /// What ended the command before this one.
    before: End,
    /// Parentheses that are open before the next command.
    opened: usize,
}

impl Lexer<'_> {
    fn run(&mut self) {
        loop {
            self.cursor.skip_blanks();
            let rest = self.cursor.rest();
            let Some(first) = rest.chars().next() else {
                self.finish(End::Text);
                return;
            };
            if let Some(length) = line_end(rest) {
                self.finish(End::Line);
                self.cursor.at += length;
                self.here_documents();
                continue;
            }
            match first {
                '#' => self.cursor.at += rest.find('\n').unwrap_or(rest.len()),
                '<' | '>' if expression(rest).is_none() => self.redirection(),
                '&' if rest.starts_with("&>") => {
                    self.cursor.at += 1;
                    self.redirection();
                }
                '(' if self.words.len() == 1 && is_empty_parentheses(rest) => self.function(rest),
                ';' | '&' | '|' | '(' | ')' => self.operator(rest),
                _ => self.word(),
            }
        }
    }

    fn word(&mut self) {
        let word = self.cursor.word(0);
        // `2>&1`, `{log}>FILE`: the number, or the variable that gets it, belongs to the redirection.
        let names_one = matches!(word.parts.as_slice(), [Part::Literal { text, quoted: false }]
            if is_descriptor(text.as_str()));
        let descriptor = names_one && self.cursor.rest().starts_with(['<', '>']);
        if !descriptor && !word.parts.is_empty() {
            self.words.push(word);
        }
    }

    fn operator(&mut self, rest: &str) {
        let (length, end) = if rest.starts_with("&&") || rest.starts_with("||") {
            (2, End::Condition)
        } else if rest.starts_with("|&") {
            (2, End::Pipe)
        } else if rest.starts_with('|') {
            (1, End::Pipe)
        } else if rest.starts_with('&') {
            (1, End::Background)
        } else {
            (1, End::Separator)
        };
        self.finish(end);
        self.cursor.at += length;
        match (rest.chars().next(), self.commands.last_mut()) {
            (Some('('), _) => self.opened += 1,
            // What is between the two is not kept.
            (Some(')'), _) if self.opened > 0 => self.opened -= 1,
            (Some(')'), Some(last)) => last.closes += 1,
            _ => {}
        }
    }

    fn function(&mut self, rest: &str) {
        self.finish(End::Separator);
        if let Some(last) = self.commands.last_mut() {
            last.function = true;
        }
        self.cursor.at += rest.find(')').map_or(1, |length| length + 1);
    }

    fn finish(&mut self, end: End) {
        let mut words = std::mem::take(&mut self.words);
        let redirections = std::mem::take(&mut self.redirections);
        let announced = self.pending.last().is_some_and(|pending| pending.command == self.commands.len());
        if words.is_empty() && redirections.is_empty() && !announced {
            // `a \n && b`: the operator counts, not the line break.
            if self.before == End::Line && matches!(end, End::Condition | End::Pipe) {
                self.before = end;
                if let Some(last) = self.commands.last_mut() {
                    last.end = end;
                }
            }
            return;
        }
        words.shrink_to_fit();
        let files = redirections.iter().map(|redirection| &redirection.file);
        let start = words.iter().chain(files).map(|word| word.range.start).min().unwrap_or(self.cursor.at);
        let before = std::mem::replace(&mut self.before, end);
        let kept = self.commands.len() < KEPT_ANYWAY
            || announced
            || before == End::Pipe
            || words.iter().any(|word| can_matter(self.cursor.string, word));
        if kept {
            let range = start..self.cursor.at;
            let here_documents = Vec::new();
            let opens = std::mem::take(&mut self.opened);
            let (function, closes) = (false, 0);
            let command = Command { words, redirections, here_documents, range, before, end, function, opens, closes };
            self.commands.push(command);
        }
    }

    /// The bodies of the here-documents that the line before announced.
    fn here_documents(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            // `1 << 3` is no here-document; an excerpt may end before its here-document does.
            let number = pending.delimiter.starts_with(|first: char| first.is_ascii_digit());
            let start = self.cursor.at;
            let found = self.end_of_here_document(&pending.delimiter, number);
            if found.is_none() && number {
                continue;
            }
            let length = self.cursor.string.len();
            let (end, next) = found.unwrap_or((length, length));
            self.cursor.at = next;
            let raw = self.cursor.text.slice(start..end);
            let body = if pending.strip_tabs { without_leading_tabs(&raw) } else { raw };
            if let Some(command) = self.commands.get_mut(pending.command) {
                command.here_documents.push(HereDocument { body, expand: pending.expand });
            }
        }
    }

    /// Where the line with the delimiter begins and ends.
    fn end_of_here_document(&mut self, delimiter: &str, number: bool) -> Option<(usize, usize)> {
        let mut at = self.cursor.at;
        for line in self.cursor.rest().split_inclusive('\n') {
            if number && at - self.cursor.at > self.cursor.budget {
                break;
            }
            let content = line.trim_end_matches(['\n', '\r']);
            // The end is written with blanks around it often enough, though a shell does not take it then.
            if content.trim_matches([' ', '\t']) == delimiter {
                return Some((at, at + line.len()));
            }
            at += line.len();
        }
        if number {
            self.cursor.budget = self.cursor.budget.saturating_sub(at - self.cursor.at);
        }
        None
    }

    fn redirection(&mut self) {
        let rest = self.cursor.rest();
        if rest.starts_with("<(") || rest.starts_with(">(") {
            return self.process_substitution();
        }
        let operator_length = rest.len() - rest.trim_start_matches(['<', '>', '&', '|']).len();
        let operator = rest.get(..operator_length.min(3)).unwrap_or_default();
        let here_document = operator.starts_with("<<") && operator != "<<<";
        self.cursor.at += if here_document { 2 } else { operator_length };
        let strip_tabs = here_document && self.cursor.rest().starts_with('-');
        self.cursor.at += usize::from(strip_tabs);
        while self.cursor.rest().starts_with([' ', '\t']) {
            self.cursor.at += 1;
        }
        let rest = self.cursor.rest();
        if rest.is_empty() || line_end(rest).is_some() || rest.starts_with([';', '&', '|', '(', ')', '<', '>']) {
            return;
        }
        let word = self.cursor.word(0);
        if !here_document {
            if operator.starts_with('>') || operator.starts_with('&') {
                self.redirections.push(Redirection { file: word, appends: operator.contains(">>") });
            }
            return;
        }
        let written = self.cursor.string.get(word.range.clone()).unwrap_or_default();
        let delimiter: String = written.chars().filter(|character| !matches!(character, '\'' | '"' | '\\')).collect();
        if !delimiter.is_empty() {
            let command = self.commands.len();
            self.pending.push(Pending { command, expand: delimiter == written, delimiter, strip_tabs });
        }
    }

    /// `<(…)`.
    fn process_substitution(&mut self) {
        let start = self.cursor.at;
        let end = self.cursor.closing_parenthesis(start + 2).unwrap_or(start + 2);
        self.cursor.at = end;
        let source = self.cursor.text.slice(start..end);
        self.words.push(Word { parts: vec![Part::Opaque { source, quoted: true }], range: start..end });
    }
}

/// Whether a word can have a part in giving flags to something: an assignment, a flag, a name of ours, a variable, a
/// reserved word.
fn can_matter(text: &str, word: &Word) -> bool {
    const WORDS: [&str; 27] = [
        "if",
        "then",
        "else",
        "elif",
        "fi",
        "for",
        "while",
        "until",
        "do",
        "done",
        "case",
        "esac",
        "select",
        "{",
        "}",
        "set",
        "shift",
        "function",
        ".",
        "source",
        "eval",
        "read",
        "unset",
        "mapfile",
        "readarray",
        "getopts",
        "printf",
    ];
    let written = text.get(word.range.clone()).unwrap_or_default();
    written.starts_with("--")
        || written.contains(['=', '$', ' ', '\n'])
        || written.contains("kube")
        || written.contains("apiserver")
        || WORDS.contains(&written)
}

/// `2`, and `{NAME}`, where bash puts the number of a new one.
fn is_descriptor(word: &str) -> bool {
    let name = word.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    word.bytes().all(|byte| byte.is_ascii_digit())
        || name.is_some_and(|name| !name.is_empty() && name_length(name) == name.len())
}

/// `()` behind the name of a function.
fn is_empty_parentheses(rest: &str) -> bool {
    rest.strip_prefix('(').is_some_and(|inside| inside.trim_start_matches([' ', '\t']).starts_with(')'))
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
