//! Commands that set variables in a way that is not followed: what they hold afterwards, nobody knows from the text.

use std::collections::{HashMap, HashSet};

use super::part::{Part, Word, name_length, plain};
use super::value::{Held, Value};
use super::variables::Variables;

/// Which variables are something else afterwards.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Changed {
    #[default]
    Nothing,
    Names(Vec<String>),
    /// `. FILE`, `eval`: any.
    Everything,
}

/// What the calls of a text's functions do to variables that are not the functions' own.
#[derive(Debug, Default)]
pub(super) struct Functions(HashMap<String, Effects>);

#[derive(Debug, Default)]
struct Effects {
    names: HashMap<String, Effect>,
    anything: bool,
    /// Calls so far.
    calls: usize,
}

#[derive(Debug)]
struct Effect {
    /// What the variable holds behind the body, as it was read with the parameters of the first call.
    after: Value,
    /// Each call sets it to that.
    always: bool,
}

impl Functions {
    /// The same before anything is called.
    pub(super) fn uncalled(mut self) -> Self {
        self.0.values_mut().for_each(|effects| effects.calls = 0);
        self
    }

    pub(super) fn sets(&mut self, function: &str, name: &str, after: Value, always: bool) {
        let effects = self.0.entry(function.to_owned()).or_default();
        effects.names.insert(name.to_owned(), Effect { after, always });
    }

    pub(super) fn sets_anything(&mut self, function: &str) {
        self.0.entry(function.to_owned()).or_default().anything = true;
    }

    /// A function's body is read where it stands, with the parameters of the first call. What a call would make of a
    /// variable beside that is not known. Gives the variables that it sets, and whether it may set any.
    pub(super) fn call(
        &mut self,
        function: &str,
        in_loop: bool,
        conditional: bool,
        variables: &mut Variables,
    ) -> (Vec<(String, bool)>, bool) {
        let Some(effects) = self.0.get_mut(function) else { return (Vec::new(), false) };
        let first = effects.calls == 0 && !in_loop;
        effects.calls += 1;
        for (name, Effect { after, always }) in &effects.names {
            let is_set = variables.values.get(name).is_some_and(|held| held.value == *after);
            if is_set && (first || *always) {
                continue;
            }
            if *always && !conditional {
                variables.values.insert(name.clone(), Held::of(after.clone()));
            } else {
                variables.forget(name);
            }
        }
        (effects.names.iter().map(|(name, effect)| (name.clone(), effect.always)).collect(), effects.anything)
    }
}

/// What a command sets beside assignments (bash(1), SHELL BUILTIN COMMANDS).
pub(super) fn changed_by(words: &[Word]) -> Changed {
    let skipped =
        words.iter().take_while(|word| plain(word).is_some_and(|word| ["builtin", "command"].contains(&word)));
    let words = words.get(skipped.count()..).unwrap_or_default();
    let Some((first, rest)) = words.split_first() else { return Changed::Nothing };
    if let Some(name) = element(first) {
        return Changed::Names(vec![name.to_owned()]);
    }
    match plain(first) {
        Some("." | "source") if !rest.is_empty() => Changed::Everything,
        Some("eval") if rest.iter().any(may_assign) => Changed::Everything,
        Some("read" | "unset" | "mapfile" | "readarray" | "getopts" | "let") => names(rest),
        Some("printf") => printf(rest),
        Some("declare" | "local" | "typeset") => name_reference(rest),
        _ => Changed::Nothing,
    }
}

/// The names among a command's words, or what they may be when one is only known at run time: `read "$1"`.
fn names(words: &[Word]) -> Changed {
    if words.iter().any(|word| word.parts.iter().any(is_expression)) {
        return Changed::Everything;
    }
    Changed::Names(words.iter().filter_map(name).map(str::to_owned).collect())
}

/// `printf -v NAME FORMAT`.
fn printf(words: &[Word]) -> Changed {
    let Some((option, rest)) = words.split_first() else { return Changed::Nothing };
    match plain(option).and_then(|option| option.strip_prefix("-v")) {
        Some("") => rest.get(..1).map_or(Changed::Nothing, names),
        Some(name) => Changed::Names(vec![name.to_owned()]),
        None => Changed::Nothing,
    }
}

/// `declare -n REFERENCE=NAME`: from here on NAME is set under another name.
fn name_reference(words: &[Word]) -> Changed {
    let refers =
        |word: &Word| plain(word).and_then(|word| word.strip_prefix('-')).is_some_and(|options| options.contains('n'));
    if words.iter().any(refers) { Changed::Everything } else { Changed::Nothing }
}

fn is_expression(part: &Part) -> bool {
    matches!(part, Part::Variable(_) | Part::Opaque { .. })
}

/// Whether `eval` may assign something: a text that only runs a program does not.
fn may_assign(word: &Word) -> bool {
    word.parts.iter().any(|part| match part {
        Part::Literal { text, .. } => text.as_str().contains('=') && !text.as_str().starts_with('-'),
        Part::Opaque { .. } => true,
        Part::Variable(_) | Part::Array(_) => false,
    })
}

/// A variable's name at the beginning of a word, and what is behind it in the same part.
fn leading_name(part: &Part) -> Option<(&str, &str)> {
    let Part::Literal { text, .. } = part else { return None };
    text.as_str().split_at_checked(name_length(text.as_str())).filter(|(name, _)| !name.is_empty())
}

/// The same, where no quotes are around it.
fn leading_bare_name(word: &Word) -> Option<(&str, &str)> {
    word.parts.first().filter(|part| matches!(part, Part::Literal { quoted: false, .. })).and_then(leading_name)
}

/// The name at the beginning of `NAME` and `NAME[0]`.
fn name(word: &Word) -> Option<&str> {
    let [part] = word.parts.as_slice() else { return None };
    let (name, rest) = leading_name(part)?;
    (rest.is_empty() || rest.starts_with(['[', '='])).then_some(name)
}

/// `NAME` of `NAME[0]=value`.
fn element(word: &Word) -> Option<&str> {
    let (name, rest) = leading_bare_name(word)?;
    let closes = |part: &Part| matches!(part, Part::Literal { text, .. } if ["]=", "]+="].iter().any(|end| text.as_str().contains(end)));
    (rest.starts_with('[') && word.parts.iter().any(closes)).then_some(name)
}

/// The variables that a declaration makes a function's own: `local A B=1`.
pub(super) fn declared(words: &[Word]) -> HashSet<String> {
    match words.split_first() {
        Some((first, rest)) if plain(first).is_some_and(|word| ["local", "declare", "typeset"].contains(&word)) => {
            rest.iter().filter_map(leading_bare_name).map(|(name, _)| name.to_owned()).collect()
        }
        _ => HashSet::new(),
    }
}

/// Whether a word is the same at each call of the function that it stands in.
pub(super) fn is_fixed(word: &Word) -> bool {
    word.parts.iter().all(|part| match part {
        Part::Literal { .. } => true,
        Part::Array(words) => words.iter().all(is_fixed),
        Part::Variable(_) | Part::Opaque { .. } => false,
    })
}
