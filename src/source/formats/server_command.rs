//! The command that starts an extension API server in a container: its words, or a command of the script that a shell runs
//! (`sh -c "exec /server --secure-port=$PORT $EXTRA"`).

use super::manifest::Words;
use crate::kubernetes::Component;
use crate::source::arguments::Arguments;
use crate::source::program;
use crate::source::script::directory_after;
use crate::source::shell::{self, Command, Field, NoteKind, Preset, Script};
use crate::source::yaml::Node;
use crate::source::{Argument, InputFormat, Invocation};
use crate::text::{Located, Origin, Text};

/// Programs that run the one behind their options.
const INITS: [&str; 5] = ["tini", "tini-static", "dumb-init", "catatonit", "docker-init"];
/// Programs that run another as the user that they name first.
const AS_USER: [&str; 4] = ["su-exec", "gosu", "chroot", "chpst"];
/// Scripts in scripts: deeper than people write.
const MAXIMUM_DEPTH: usize = 4;

/// What starts the server.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) invocation: Invocation,
    /// The words before its flags: the program, and what it is told to be.
    pub(super) program: Vec<String>,
    /// Why some of its arguments are not known.
    pub(super) not_told: Option<Located<String>>,
}

/// Finds it. `is_server` says by the words of a command whether it is such a server.
pub(super) fn started(
    words: &Words,
    container: &Node,
    origin: &Origin,
    is_server: impl Fn(&[&str]) -> bool,
) -> Started {
    // One argument with blanks in it is one argument.
    let script = words.script().filter(|script| !script.text.as_str().trim_start().starts_with('-'));
    match script {
        Some(script) => {
            let mut found = Candidates { is_server, list: Vec::new() };
            found.collect(script.text, &words.preset(&script, container), 0);
            let not_told = |why: &str| Started {
                invocation: invocation(origin, Vec::new()),
                program: Vec::new(),
                not_told: Some(Located::new(why.to_owned(), script.text.origin())),
            };
            found.only().map_or_else(not_told, |candidate| candidate.started(origin))
        }
        None => of_words(words, origin),
    }
}

fn of_words(words: &Words, origin: &Origin) -> Started {
    let strings = words.strings();
    let first = program_word(&strings);
    let start = first_flag(&strings, first, |at| words.is_unknown(at));
    let arguments = words.arguments(start);
    let runs_script = strings.iter().take(start).find(|word| word.ends_with(".sh"));
    let script = words.shell().filter(|shell| *shell < start).and_then(|shell| strings.get(shell + 1)).or(runs_script);
    Started {
        invocation: invocation(origin, arguments),
        program: strings.get(first..start).unwrap_or_default().iter().map(|word| (*word).to_owned()).collect(),
        not_told: script.map(|script| {
            let why =
                format!("what the script {script} gives this server is not told; write it in `command` and `args`");
            Located::new(why, origin.clone())
        }),
    }
}

fn invocation(origin: &Origin, arguments: Vec<Argument>) -> Invocation {
    Invocation::new(Component::ExtensionApiServer, "", origin.clone(), InputFormat::Manifest, arguments)
}

/// Where the program stands, behind what runs it as it stands there.
fn program_word(words: &[&str]) -> usize {
    let mut at = usize::from(words.first() == Some(&"--"));
    while let Some(word) = words.get(at) {
        let name = program::base_name(word);
        at += match name {
            _ if AS_USER.contains(&name) => 2,
            _ if program::is_wrapper(word) || INITS.contains(&name) => 1,
            _ => break,
        };
        let is_option = |word: &&&str| word.starts_with('-') || (name == "env" && word.contains('='));
        at += words.iter().skip(at).take_while(is_option).count();
    }
    at.min(words.len())
}

/// Where the flags begin behind the program.
fn first_flag(words: &[&str], program: usize, is_unknown: impl Fn(usize) -> bool) -> usize {
    let is_flag = |at: &usize| is_unknown(*at) || words.get(*at).is_some_and(|word| word.starts_with('-'));
    (program..words.len()).find(is_flag).unwrap_or(words.len())
}

/// The commands of a script that may start it.
struct Candidates<F> {
    is_server: F,
    list: Vec<Candidate>,
}

struct Candidate {
    fields: Vec<Field>,
    program: usize,
    /// How much says that it is the server.
    evidence: Evidence,
    directory: Option<String>,
    /// Where some of its flags are given under a condition.
    steered: Option<Origin>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Evidence {
    HasFlags,
    ReplacesTheShell,
    IsKnown,
}

impl<F: Fn(&[&str]) -> bool> Candidates<F> {
    fn collect(&mut self, text: &Text, preset: &Preset, depth: usize) {
        if depth > MAXIMUM_DEPTH {
            return;
        }
        let script = shell::read_with(text, preset);
        let mut directory = None;
        for command in &script.commands {
            directory = directory_after(command, directory);
            let words: Vec<&str> = command.fields.iter().map(|field| field.text.as_str()).collect();
            let program = program_word(&words);
            let is_shell = words.get(program).is_some_and(|word| program::is_shell(word));
            match program::script(words.get(program..).unwrap_or_default()).filter(|_| is_shell) {
                Some(nested) => {
                    let Some((nested, rest)) = command.fields.get(program + nested..).and_then(<[Field]>::split_first)
                    else {
                        continue;
                    };
                    let parameters = Some(rest.get(1..).unwrap_or_default().to_vec());
                    // What the outer one exports is known to the inner one.
                    let preset = Preset { parameters, ..preset.clone() };
                    self.collect(&nested.text, &preset, depth + 1);
                }
                None => {
                    let candidate = self.candidate(command, &script, &words, program);
                    self.list
                        .extend(candidate.map(|candidate| Candidate { directory: directory.clone(), ..candidate }));
                }
            }
        }
    }

    fn candidate(&self, command: &Command, script: &Script, words: &[&str], program: usize) -> Option<Candidate> {
        let behind = words.get(program + 1..).unwrap_or_default();
        if matches!(behind, [only] if ["--version", "--help", "-h", "version"].contains(only)) {
            return None;
        }
        let evidence = if (self.is_server)(words.get(program..)?) {
            Evidence::IsKnown
        } else if words.iter().take(program).any(|word| *word == "exec") {
            Evidence::ReplacesTheShell
        } else if behind.iter().any(|word| word.starts_with("--")) {
            Evidence::HasFlags
        } else {
            return None;
        };
        let conditions = [NoteKind::Condition, NoteKind::TemplateControl];
        let note = script.notes_within(&command.range).find(|note| conditions.contains(&note.kind));
        let steered = command.steered.then(|| command.fields.get(program)).flatten().map(|field| field.text.origin());
        let steered = note.map(|note| note.origin.clone()).or(steered);
        Some(Candidate { fields: command.fields.clone(), program, evidence, directory: None, steered })
    }

    /// The one that most says of.
    ///
    /// # Errors
    /// Why there is none.
    fn only(self) -> Result<Candidate, &'static str> {
        let most = self.list.iter().map(|candidate| candidate.evidence).max();
        let mut best: Vec<Candidate> = Vec::new();
        for candidate in self.list.into_iter().filter(|candidate| Some(candidate.evidence) == most) {
            // Two are too many. The call of a function is the command in its body with the same arguments.
            if best.len() < 2 && best.iter().all(|one| one.arguments() != candidate.arguments()) {
                best.push(candidate);
            }
        }
        let mut best = best.into_iter();
        match (best.next(), best.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err("no command of this script is known to start the server; its flags are not read"),
            (Some(_), Some(_)) => Err("this script starts the server in more than one way, and nothing tells in which"),
        }
    }
}

impl Candidate {
    fn arguments(&self) -> &[Field] {
        self.fields.get(self.program + 1..).unwrap_or_default()
    }

    fn started(self, origin: &Origin) -> Started {
        let words: Vec<&str> = self.fields.iter().map(|field| field.text.as_str()).collect();
        // `exec "$BINARY" --flag`: one word is no flags.
        let is_unknown =
            |at: usize| self.fields.get(at).is_some_and(|f| f.unknown && !(f.quoted && at == self.program));
        let start = first_flag(&words, self.program, is_unknown);
        let program: Vec<String> =
            words.get(self.program..start).unwrap_or_default().iter().map(|word| (*word).to_owned()).collect();
        let runs_script = program.iter().find(|word| word.ends_with(".sh"));
        let not_told = runs_script.map(|script| format!("what the script {script} gives this server is not told"));
        let arguments = Arguments::of(self.fields.get(start..).unwrap_or_default());
        let mut invocation =
            arguments.invocation(Component::ExtensionApiServer, "", origin.clone(), InputFormat::Manifest);
        self.directory.iter().for_each(|directory| invocation.start_in(directory));
        let not_told = not_told.map(|why| Located::new(why, origin.clone())).or(invocation.unresolved.first().cloned());
        let steered =
            self.steered.map(|place| Located::new("some of these flags are given under a condition".to_owned(), place));
        Started { invocation, program, not_told: not_told.or(steered) }
    }
}
