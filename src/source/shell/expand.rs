//! Words to arguments: the variables that the same text sets are put in, the rest stays as written.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use super::braces;
use super::changes::{Changed, Functions, changed_by, declared, is_fixed};
use super::ending::Ending;
use super::lexer::{self, End, syntax};
use super::part::{Part, Word, name_length, plain};
use super::script::{Assignment, Braces, Command, Field, HereDocument, Loop, Note, Preset, Redirection, Script};
use super::subshell::{Outside, Subshells};
use super::value::{Held, Value, fields_of, is_flags};
use super::variables::Variables;
use crate::source::program;
use crate::text::Text;

/// Commands behind a here-document that are looked at for the file it is written to.
const MAXIMUM_PIPELINE: usize = 16;
/// A variable longer than this is left as it is written.
const MAXIMUM_VALUE: usize = 128 << 10;
/// What is kept of variables while subshells run, in bytes; behind more, what they hold is not known.
const MAXIMUM_OUTSIDE: usize = 16 << 20;
/// Calls of one function that are followed into it.
const MAXIMUM_CALLS: usize = 16;
/// Commands that are kept though nothing in them looks like a flag or a text of its own.
const KEPT_ANYWAY: usize = 10_000;

const OPENING: [&str; 6] = ["if", "while", "until", "for", "case", "select"];
const CLOSING: [&str; 3] = ["fi", "done", "esac"];
/// They stand before a command and are no part of it.
const PREFIXES: [&str; 13] =
    ["then", "do", "else", "elif", "if", "while", "until", "!", "{", "}", CLOSING[0], CLOSING[1], CLOSING[2]];
const DECLARATIONS: [&str; 5] = ["export", "readonly", "local", "declare", "typeset"];

/// Reads a text as a shell script.
pub(in crate::source) fn read(text: &Text) -> Script {
    read_with(text, &Preset::default())
}

/// The same where something is told of what it is run with.
pub(in crate::source) fn read_with(text: &Text, preset: &Preset) -> Script {
    let mut syntax = syntax(text);
    let named = text
        .as_str()
        .strip_prefix("#!")
        .and_then(|rest| rest.lines().next()?.split_whitespace().rev().find(|word| program::is_shell(word)));
    braces::expand(&mut syntax.commands, named.map_or(preset.braces, Braces::of));
    let is_script = text.as_str().starts_with("#!");
    let ending = if is_script { Ending::of(&syntax.commands) } else { None };
    let may_end = match ending {
        Some(Ending::Certain(at)) => {
            syntax.commands.truncate(at + 1);
            None
        }
        Some(Ending::Possible(at)) => Some(at),
        None => None,
    };
    let names = syntax.commands.iter().filter(|command| command.function).filter_map(function_name);
    let functions = names.map(|name| (name.to_owned(), Calls::default())).collect();
    // A function may use what is set below it: its body runs later. So the text is walked twice.
    let mut first = Walk { may_end, ..Walk::new(text, HashMap::new(), functions, preset) };
    first.commands(&syntax.commands, false);
    let mut walk = Walk { may_end, ..Walk::new(text, first.variables.values, first.calls, preset) };
    walk.variables.anything_at_the_end = first.variables.anything;
    walk.functions = first.functions.uncalled();
    walk.commands(&syntax.commands, true);
    for assignment in &mut walk.script.assignments {
        let name = assignment.name.as_str();
        let held = walk.variables.values.remove(name);
        assignment.may_be_other = held.is_none();
        let held = held.or_else(|| walk.variables.forgotten.remove(name));
        assignment.fields = match held.map(|held| held.value) {
            Some(Value::List(fields)) => fields,
            Some(Value::Pieces(pieces)) => fields_of(&pieces),
            Some(Value::Unknown) | None => Vec::new(),
        };
    }
    Script { notes: syntax.notes, ..walk.script }
}

/// The words of a text, as the arguments of one command whatever they say: no assignments, no reserved words.
pub(in crate::source) fn words(text: &Text) -> (Vec<Field>, Vec<Note>) {
    let syntax = syntax(text);
    let mut variables = Variables::new(text, HashMap::new());
    let words = syntax.commands.iter().flat_map(|command| &command.words);
    (words.flat_map(|word| variables.expand(word)).collect(), syntax.notes)
}

struct Walk {
    variables: Variables,
    script: Script,
    assigned: HashSet<String>,
    /// Of each function, what it is called with.
    calls: HashMap<String, Calls>,
    /// What the calls of functions set.
    functions: Functions,
    /// The script itself, and the functions whose bodies are open.
    frames: Vec<Frame>,
    /// Open `if`s and loops.
    conditions: usize,
    /// The command behind which nothing may run.
    may_end: Option<usize>,
    /// Open `{`s.
    braces: usize,
    /// The here-documents of the pipeline.
    pipeline: Range<usize>,
    /// A command was left out since the last one that was kept.
    gap: bool,
    /// What variables were outside of the subshells that are open.
    outside: Vec<Outside>,
    /// How many bytes may still be kept of that.
    outside_budget: usize,
}

/// The calls of one function.
#[derive(Default)]
struct Calls {
    /// What each is given.
    parameters: Vec<Rc<Held>>,
    /// Some are given something else than the others.
    differ: bool,
    /// Some are made whatever holds.
    unconditional: bool,
}

impl Calls {
    /// What is asked before each command of a body is settled here: calls have many words, and bodies many commands.
    fn add(&mut self, fields: Vec<Field>, conditional: bool) {
        let given = Rc::new(Held::of(Value::List(fields)));
        self.differ |= self.parameters.last().is_some_and(|last| last.value != given.value);
        self.unconditional |= !conditional;
        self.parameters.push(given);
    }
}

/// What has positional parameters of its own.
#[derive(Default)]
struct Frame {
    function: Option<String>,
    /// How many braces are open around its body.
    braces: usize,
    /// What `set --` made of them.
    set: Option<Rc<Held>>,
    /// Variables of its own.
    local: HashSet<String>,
    /// What held something before the body gave it another value.
    before: HashMap<String, Held>,
    /// A `return` stands in the body before.
    may_have_ended: bool,
}

impl Walk {
    fn new(text: &Text, at_the_end: HashMap<String, Held>, calls: HashMap<String, Calls>, preset: &Preset) -> Self {
        let mut variables = Variables::new(text, at_the_end);
        let held = |value: &Option<Text>| value.as_ref().map_or_else(Held::unknown, Held::text);
        variables.values.extend(preset.variables.iter().map(|(name, value)| (name.clone(), held(value))));
        variables.anything = preset.anything;
        let set = preset.parameters.as_ref().map(|parameters| Rc::new(Held::of(Value::List(parameters.clone()))));
        Self {
            variables,
            script: Script::default(),
            assigned: HashSet::new(),
            calls,
            functions: Functions::default(),
            frames: vec![Frame { set, ..Frame::default() }],
            conditions: 0,
            may_end: None,
            braces: 0,
            pipeline: 0..0,
            gap: false,
            outside: Vec::new(),
            outside_budget: MAXIMUM_OUTSIDE,
        }
    }

    fn commands(&mut self, commands: &[lexer::Command], collect: bool) {
        let subshells = Subshells::of(commands, |name| self.calls.contains_key(name));
        for (index, command) in commands.iter().enumerate() {
            for is_certain in subshells.begin(index) {
                self.outside.push(Outside::of(&self.variables, *is_certain, &mut self.outside_budget));
            }
            self.command(commands, index, command, collect);
            self.conditions += usize::from(self.may_end == Some(index));
            for _ in 0..subshells.end(index) {
                self.outside.pop().into_iter().for_each(|outside| outside.restore(&mut self.variables));
            }
        }
    }

    fn command(&mut self, commands: &[lexer::Command], index: usize, command: &lexer::Command, collect: bool) {
        if command.function {
            let function = function_name(command).map(str::to_owned);
            self.frames.push(Frame { function, braces: self.braces, ..Frame::default() });
            return;
        }
        let conditional = self.reserved_words(command) || command.before == End::Condition;
        self.variables.in_function = self.braces > 0;
        let words = without_prefixes(&command.words);
        if words.first().and_then(plain) == Some("for") {
            if let Some(name) = words.get(1).and_then(plain) {
                let fields = words.iter().skip(3).flat_map(|word| self.variables.expand(word));
                let values = if collect { fields.map(|field| field.text).collect() } else { Vec::new() };
                self.script.loops.push(Loop { name: name.to_owned(), values });
                self.variables.values.insert(name.to_owned(), Held::unknown());
            }
            return;
        }
        self.enter(0);
        if let Some(frame) = self.frames.last_mut() {
            frame.local.extend(declared(words));
            frame.may_have_ended |= words.first().and_then(plain) == Some("return");
        }
        self.doubt_parameters();
        let all = words;
        let words = self.assignments(words, conditional, collect);
        // A declaration has no words left.
        let changed = changed_by(if words.is_empty() { all } else { words });
        if self.sets_parameters(words, conditional) {
            return;
        }
        if collect {
            self.here_documents(commands, index);
            self.collect(words, command);
            if words.is_empty() && is_compound(commands, index) {
                self.compound(command);
            }
        } else {
            self.note_call(words, conditional);
        }
        self.call(words, conditional);
        self.forget(changed);
    }

    /// What a command sets, where that is not followed.
    fn forget(&mut self, changed: Changed) {
        match changed {
            Changed::Nothing => {}
            Changed::Names(names) => {
                for name in names {
                    self.variables.forget(&name);
                    self.note_effect(&name, false);
                }
            }
            Changed::Everything => {
                self.variables.forget_everything();
                let Some(frame) = self.frames.last_mut() else { return };
                frame.set = Some(Rc::new(Held::unknown()));
                if let Some(function) = &frame.function {
                    self.functions.sets_anything(function);
                }
            }
        }
    }

    /// Remembers that a call of the function whose body is open sets a variable.
    fn note_effect(&mut self, name: &str, always: bool) {
        let Some(frame) = self.frames.last().filter(|frame| !frame.local.contains(name)) else { return };
        let (Some(function), Some(held)) = (&frame.function, self.variables.values.get(name)) else { return };
        let after = if frame.may_have_ended { Value::Unknown } else { held.value.clone() };
        if self.outside.is_empty() {
            self.functions.sets(function, name, after, always && !frame.may_have_ended);
        }
    }

    /// What the call of a function sets.
    fn call(&mut self, words: &[Word], conditional: bool) {
        let Some(name) = words.first().and_then(plain) else { return };
        let (set, anything) = self.functions.call(name, self.conditions > 0, conditional, &mut self.variables);
        for (variable, always) in set {
            self.note_effect(&variable, always);
        }
        if anything {
            self.forget(Changed::Everything);
        }
    }

    /// Puts the parameters of the innermost frame in, for the call of that number; whether there is such a call.
    fn enter(&mut self, call: usize) -> bool {
        let Some(frame) = self.frames.last() else { return false };
        let calls = frame.function.as_ref().and_then(|name| self.calls.get(name));
        let given = frame.set.as_ref().or_else(|| calls?.parameters.get(call));
        let more = frame.set.is_none() && given.is_some();
        self.variables.positional = given.cloned();
        call == 0 || more
    }

    /// What a variable of a function holds is that of one call. Where each is made under a condition, which may exclude the part
    /// of the body where the variable stands, nobody knows of which.
    fn doubt_parameters(&mut self) {
        let Some(frame) = self.frames.last().filter(|frame| frame.set.is_none()) else { return };
        let Some(calls) = frame.function.as_ref().and_then(|name| self.calls.get(name)) else { return };
        if calls.differ && !calls.unconditional {
            self.variables.positional = Some(Rc::new(Held::unknown()));
        }
    }

    fn collect(&mut self, words: &[Word], command: &lexer::Command) {
        for call in 0..MAXIMUM_CALLS {
            if !self.enter(call) {
                break;
            }
            self.variables.steered = false;
            self.variables.used_positional = false;
            let fields: Vec<Field> = words.iter().flat_map(|word| self.variables.expand(word)).collect();
            if fields.is_empty() {
                break;
            }
            let kept = self.script.commands.len() < KEPT_ANYWAY || fields.iter().any(can_matter);
            if kept {
                let redirections = command.redirections.iter().filter_map(|one| self.redirection(one)).collect();
                self.script.commands.push(Command {
                    fields,
                    redirections,
                    here_documents: self.pipeline.clone(),
                    range: command.range.clone(),
                    steered: self.variables.steered,
                    ends_its_line: matches!(command.end, End::Line | End::Text),
                    behind_gap: std::mem::take(&mut self.gap),
                });
            }
            self.gap |= !kept;
            if !self.variables.used_positional {
                break;
            }
        }
    }

    /// The redirections behind a compound command.
    fn compound(&mut self, command: &lexer::Command) {
        let redirections: Vec<_> = command.redirections.iter().filter_map(|one| self.redirection(one)).collect();
        if !redirections.is_empty() {
            self.script.compound.push(Command {
                fields: Vec::new(),
                redirections,
                here_documents: self.pipeline.clone(),
                range: command.range.clone(),
                steered: false,
                ends_its_line: matches!(command.end, End::Line | End::Text),
                behind_gap: false,
            });
        }
    }

    fn redirection(&mut self, written: &lexer::Redirection) -> Option<Redirection> {
        let file = self.variables.expand(&written.file).into_iter().next()?;
        Some(Redirection { file, appends: written.appends })
    }

    /// Remembers what a function of this text is called with.
    fn note_call(&mut self, words: &[Word], conditional: bool) {
        let Some(calls) = words.first().and_then(plain).and_then(|name| self.calls.get_mut(name)) else { return };
        if calls.parameters.len() < MAXIMUM_CALLS {
            let rest = words.iter().skip(1);
            let fields = rest.flat_map(|word| self.variables.expand(word)).collect();
            calls.add(fields, conditional);
        }
    }

    /// `set -- "$@" --flag` and `shift`.
    fn sets_parameters(&mut self, words: &[Word], conditional: bool) -> bool {
        let mut plain_words = words.iter().map(plain);
        let new: Vec<Field> = match (plain_words.next().flatten(), plain_words.next().flatten()) {
            (Some("set"), Some("--")) => words.iter().skip(2).flat_map(|word| self.variables.expand(word)).collect(),
            (Some("shift"), count) => {
                let Some(old) = self.variables.parameters() else { return true };
                old.iter().skip(count.and_then(|count| count.parse().ok()).unwrap_or(1)).cloned().collect()
            }
            _ => return false,
        };
        if conditional {
            self.variables.conditional.insert("@".to_owned());
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.set = Some(Rc::new(Held::of(Value::List(new))));
        }
        true
    }

    /// Keeps count of what is open; says whether the command runs under a condition.
    fn reserved_words(&mut self, command: &lexer::Command) -> bool {
        let mut conditional = self.conditions > 0;
        for word in &command.words {
            let Some(word) = plain(word) else { break };
            if OPENING.contains(&word) {
                self.conditions += 1;
                conditional = true;
            } else if CLOSING.contains(&word) {
                self.conditions = self.conditions.saturating_sub(1);
            } else if word == "{" {
                self.braces += 1;
            } else if word == "}" {
                self.braces = self.braces.saturating_sub(1);
                if self.frames.len() > 1 && self.frames.last().is_some_and(|frame| frame.braces >= self.braces) {
                    self.leave();
                }
            } else if !PREFIXES.contains(&word) {
                break;
            }
        }
        conditional
    }

    /// Behind the body of a function a variable is what it was, until a call sets it: the function may never be called, and
    /// the variable may be its own.
    fn leave(&mut self) {
        for (name, old) in self.frames.pop().unwrap_or_default().before {
            if self.variables.values.get(&name).is_none_or(|held| held.value != old.value) {
                self.variables.forget(&name);
            }
        }
    }

    /// Takes in the assignments of a command and gives the words that are left.
    fn assignments<'w>(&mut self, words: &'w [Word], conditional: bool, collect: bool) -> &'w [Word] {
        let declaration = words.first().and_then(plain).is_some_and(|word| DECLARATIONS.contains(&word));
        let candidates = if declaration { words.get(1..).unwrap_or_default() } else { words };
        let is_assignment = |(index, word): &(usize, &Word)| {
            declaration || (split_assignment(word).is_some() && !is_setting(word, candidates.get(index + 1)))
        };
        let count = candidates.iter().enumerate().take_while(is_assignment).count();
        // `NAME=value command` sets it for the command alone; it is the same text for a reader.
        for word in candidates.iter().take(count) {
            if let Some((name, append, value)) = split_assignment(word) {
                self.assign(&name, append, &value, conditional, collect);
            }
        }
        if declaration { &[] } else { words.get(count..).unwrap_or_default() }
    }

    fn assign(&mut self, name: &Text, append: bool, value: &Word, conditional: bool, collect: bool) {
        self.variables.steered = false;
        let added = self.variables.value(value);
        let script = if collect && conditional { added.script() } else { None };
        if collect && self.assigned.insert(name.as_str().to_owned()) {
            self.script.assignments.push(Assignment { name: name.clone(), fields: Vec::new(), may_be_other: false });
        }
        let old = self.variables.values.remove(name.as_str());
        let before = old.as_ref().filter(|old| !append && old.length > 0);
        if let (Some(old), Some(frame)) = (before, self.frames.last_mut().filter(|frame| frame.function.is_some())) {
            frame.before.entry(name.as_str().to_owned()).or_insert_with(|| old.clone());
        }
        let new = match (old, append) {
            (Some(old), true) => old.and(added),
            // Whether it is set to this or stays what it was, nobody knows here. What it was may be part of it:
            // `ARGS="$ARGS --x"`; then all that can be given is given.
            (Some(old), false) if conditional && old.value != added && !added.begins_with(&old.value) => {
                let mut between = name.slice(0..0);
                between.push_decoded(&format!("${{{}}}", name.as_str()), name, 0..name.len());
                Held::of(old.value.or(&added, between))
            }
            (None, false) if conditional && !is_flags(&added) => Held::unknown(),
            (None, _) if self.variables.anything && (append || conditional) => Held::unknown(),
            (_, _) => Held::of(added),
        };
        let new = if new.length > MAXIMUM_VALUE { Held::unknown() } else { new };
        if matches!(new.value, Value::Unknown) {
            self.script.kept.extend(script);
        }
        if self.variables.steered || (conditional && is_flags(&new.value)) {
            self.variables.conditional.insert(name.as_str().to_owned());
        } else if !append {
            self.variables.conditional.remove(name.as_str());
        }
        self.variables.values.insert(name.as_str().to_owned(), new);
        self.note_effect(name.as_str(), !append && !conditional && is_fixed(value));
    }

    fn here_documents(&mut self, commands: &[lexer::Command], index: usize) {
        let Some(command) = commands.get(index) else { return };
        if command.before != End::Pipe {
            self.pipeline.start = self.script.here_documents.len();
        }
        for document in &command.here_documents {
            let target = self.target(commands, index);
            let body = self.variables.here_document(document);
            self.script.here_documents.push(HereDocument { target, body, expanded: document.expand });
        }
        self.pipeline.end = self.script.here_documents.len();
    }

    /// The file that a pipeline writes: `> file`, or `tee file`.
    fn target(&mut self, commands: &[lexer::Command], index: usize) -> Option<String> {
        for command in commands.iter().skip(index).take(MAXIMUM_PIPELINE) {
            if let Some(redirection) = command.redirections.last() {
                return self.variables.expand(&redirection.file).first().map(|field| field.text.as_str().to_owned());
            }
            let mut words = command.words.iter().skip_while(|word| plain(word) != Some("tee")).skip(1);
            if let Some(file) = words.find(|word| !plain(word).unwrap_or_default().starts_with('-')) {
                return self.variables.expand(file).first().map(|field| field.text.as_str().to_owned());
            }
            if command.end != End::Pipe {
                return None;
            }
        }
        None
    }
}

/// Whether a command without words is the end of a compound one: `done >> FILE`, `) >> FILE`.
fn is_compound(commands: &[lexer::Command], index: usize) -> bool {
    let closes = |word: &str| word == "}" || CLOSING.contains(&word);
    let is_behind = || index.checked_sub(1).and_then(|before| commands.get(before)).is_some_and(|one| one.closes > 0);
    commands.get(index).is_some_and(|command| match command.words.last() {
        Some(word) => plain(word).is_some_and(closes),
        None => is_behind(),
    })
}

/// `name` of `name() {` and `function name() {`.
fn function_name(command: &lexer::Command) -> Option<&str> {
    without_prefixes(&command.words).last().and_then(plain)
}

/// Whether it may be read as something: a flag, a name of ours, or a text in itself.
fn can_matter(field: &Field) -> bool {
    let text = field.text.as_str();
    text.starts_with("--") || text.contains([' ', '\n']) || text.contains("kube") || text.contains("apiserver")
}

fn without_prefixes(words: &[Word]) -> &[Word] {
    let count = words.iter().take_while(|word| plain(word).is_some_and(|word| PREFIXES.contains(&word))).count();
    words.get(count..).unwrap_or_default()
}

/// `command=/usr/bin/kube-apiserver --a=b`, as supervisor's files have it: not the shell's, and a command all the same.
fn is_setting(word: &Word, next: Option<&Word>) -> bool {
    let runs = plain(word).is_some_and(|word| program::component(word).is_some());
    runs && next.and_then(plain).is_some_and(|next| next.starts_with('-'))
}

/// The name, whether it is `+=`, and the value of `NAME=value`.
fn split_assignment(word: &Word) -> Option<(Text, bool, Word)> {
    let Some(Part::Literal { text, quoted: false }) = word.parts.first() else { return None };
    let (left, value) = text.split_once('=')?;
    let (name, append) = match left.as_str().strip_suffix('+') {
        Some(name) => (left.slice(0..name.len()), true),
        None => (left, false),
    };
    if name.is_empty() || name_length(name.as_str()) != name.len() {
        return None;
    }
    let mut parts = vec![Part::Literal { text: value, quoted: false }];
    parts.extend(word.parts.iter().skip(1).cloned());
    Some((name, append, Word { parts, range: word.range.clone() }))
}
