//! Where subshells begin and end: what is set in one is not set behind it (POSIX.1-2024, 2.13 Shell Execution Environment).

use std::collections::HashMap;

use super::lexer::{Command, End};
use super::part::plain;
use super::value::Held;
use super::variables::Variables;

/// Words that open a group, and those that end it.
pub(super) const GROUPS: [(&str, &str); 7] = [
    ("{", "}"),
    ("if", "fi"),
    ("while", "done"),
    ("until", "done"),
    ("for", "done"),
    ("select", "done"),
    ("case", "esac"),
];

/// Stand before a command and open nothing.
pub(super) const BETWEEN: [&str; 5] = ["then", "do", "else", "elif", "!"];

/// Commands that set variables beside assignments and calls of functions.
const SETTERS: [&str; 18] = [
    "export",
    "readonly",
    "local",
    "declare",
    "typeset",
    "read",
    "unset",
    "mapfile",
    "readarray",
    "getopts",
    "let",
    "printf",
    "eval",
    "source",
    ".",
    "set",
    "shift",
    "builtin",
];

/// By the places of commands, of those in which something is set.
#[derive(Debug, Default)]
pub(super) struct Subshells {
    /// How many commands before each may set something.
    setters: Vec<usize>,
    /// How many begin before it; whether it is certain that each is one.
    begin: HashMap<usize, Vec<bool>>,
    /// How many end behind it.
    end: HashMap<usize, usize>,
}

enum Open {
    Parenthesis(usize),
    /// With the word that ends it, and what stands before it.
    Group(usize, &'static str, End),
}

impl Subshells {
    pub(super) fn of(commands: &[Command], is_function: impl Fn(&str) -> bool) -> Self {
        let may_set = |command: &Command| {
            let mut words = command.words.iter().map(plain).skip_while(|word| word.is_some_and(is_reserved));
            match words.next().flatten() {
                Some(word) => word.contains('=') || SETTERS.contains(&word) || is_function(word),
                // `NAME="$VALUE"`
                None => !command.words.is_empty(),
            }
        };
        let mut setters = vec![0];
        for command in commands {
            setters.push(setters.last().copied().unwrap_or_default() + usize::from(may_set(command)));
        }
        let mut subshells = Self { setters, ..Self::default() };
        let mut open: Vec<Open> = Vec::new();
        for (at, command) in commands.iter().enumerate() {
            open.extend((0..command.opens).map(|_| Open::Parenthesis(at)));
            let mut is_group = false;
            for word in command.words.iter().map_while(plain) {
                if let Some((_, end)) = GROUPS.iter().find(|(begin, _)| *begin == word) {
                    open.push(Open::Group(at, end, command.before));
                } else if let Some(Open::Group(from, _, before)) = open.pop_if(|one| one.ends_with(word)) {
                    subshells.add_piped(from, at, before, command.end);
                } else if !BETWEEN.contains(&word) {
                    break;
                }
                is_group = true;
            }
            if !is_group {
                subshells.add_piped(at, at, End::Separator, command.end);
            }
            for _ in 0..command.closes {
                // That of a pattern of `case` closes nothing.
                if let Some(Open::Parenthesis(from)) = open.pop_if(|one| matches!(one, Open::Parenthesis(_))) {
                    subshells.add(from, at, true);
                }
            }
        }
        subshells
    }

    /// A part of a pipeline, of which some shells run the last one themselves, or what runs in the background.
    fn add_piped(&mut self, from: usize, to: usize, before: End, end: End) {
        match (before, end) {
            (_, End::Pipe | End::Background) => self.add(from, to, true),
            (End::Pipe, _) => self.add(from, to, false),
            _ => {}
        }
    }

    fn add(&mut self, from: usize, to: usize, is_certain: bool) {
        if self.setters.get(from) == self.setters.get(to + 1) {
            return;
        }
        // The outer one ends later, and is found later.
        self.begin.entry(from).or_default().insert(0, is_certain);
        *self.end.entry(to).or_default() += 1;
    }

    pub(super) fn begin(&self, at: usize) -> &[bool] {
        self.begin.get(&at).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn end(&self, at: usize) -> usize {
        self.end.get(&at).copied().unwrap_or_default()
    }
}

fn is_reserved(word: &str) -> bool {
    BETWEEN.contains(&word) || GROUPS.iter().any(|(begin, end)| [*begin, *end].contains(&word))
}

impl Open {
    fn ends_with(&self, word: &str) -> bool {
        matches!(self, Self::Group(_, end, _) if *end == word)
    }
}

/// What variables were before a subshell.
#[derive(Debug)]
pub(super) struct Outside {
    /// `None`: they are too much to be kept.
    values: Option<HashMap<String, Held>>,
    anything: bool,
    is_certain: bool,
}

impl Outside {
    /// `budget`: how many bytes may still be kept.
    pub(super) fn of(variables: &Variables, is_certain: bool, budget: &mut usize) -> Self {
        const COST: usize = 64;
        let size = variables.values.iter().map(|(name, held)| name.len() + held.length + COST).sum();
        let left = budget.checked_sub(size);
        *budget = left.unwrap_or(*budget);
        Self { values: left.map(|_| variables.values.clone()), anything: variables.anything, is_certain }
    }

    pub(super) fn restore(self, variables: &mut Variables) {
        match self.values {
            None => variables.forget_everything(),
            Some(values) if self.is_certain => {
                variables.values = values;
                variables.anything = self.anything;
            }
            Some(values) => {
                let is_other = |name: &String, held: &Held| values.get(name).is_none_or(|old| old.value != held.value);
                let others = variables.values.iter().filter(|(name, held)| is_other(name, held));
                let others: Vec<String> = others.map(|(name, _)| name.clone()).collect();
                others.iter().for_each(|name| variables.forget(name));
            }
        }
    }
}
