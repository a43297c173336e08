//! What a makefile gives to the shell (GNU make's manual, sections 5.1, 5.3 and 6).

use std::collections::{HashMap, HashSet};

use super::formats::command::is_document;
use super::program::base_name;
use crate::text::Text;

/// Variables in variables: deeper than people write.
const MAXIMUM_DEPTH: usize = 8;

/// References that are followed in one makefile.
const MOST_REFERENCES: usize = 10_000;

/// Words that bring in what is not here (manual, sections 3.3 and 12.2).
const INCLUDES: [&str; 5] = ["include", "-include", "sinclude", "load", "-load"];

/// Words before a variable's name (manual, sections 6.7, 5.7.2 and 6.11).
const MODIFIERS: [&str; 4] = ["export", "override", "private", "unexport"];

/// What make says nothing of, goes on behind, or always runs (manual, sections 5.2, 5.5 and 5.7.1).
const PREFIXES: [char; 5] = [' ', '\t', '@', '-', '+'];

/// Whether a file is a makefile by its name: texts of other names look like one too often.
pub(in crate::source) fn is_makefile(name: &str) -> bool {
    let own = base_name(name);
    let is_of_other_kind = [".sh", ".bash"].iter().any(|end| own.ends_with(end));
    is_whole(own) || own.ends_with(".mk") || own.starts_with("Makefile.") && !is_of_other_kind
}

/// Whether make reads it by itself; others are there to be included, and their variables may be set elsewhere.
fn is_whole(own: &str) -> bool {
    ["GNUmakefile", "makefile", "Makefile"].contains(&own)
}

/// Each text of a makefile as a shell gets it: the lines of its recipes, of which each has a shell of its own, and what stands
/// outside of them. `None`: it is no makefile.
pub(in crate::source) fn texts(text: &Text) -> Option<Vec<Text>> {
    let name = text.file().name();
    if !is_makefile(name) || is_document(text.as_str()) {
        return None;
    }
    let is_open = !is_whole(base_name(name)) || ["$(eval", "${eval"].iter().any(|set| text.as_str().contains(set));
    let mut reader = Reader { is_open, joins: text.as_str().contains(".ONESHELL"), ..Reader::default() };
    text.lines().for_each(|line| reader.line(&line));
    reader.end();
    Some(reader.texts())
}

#[derive(Default)]
struct Reader {
    variables: HashMap<String, Variable>,
    /// How often something stands in front of a `=`, wherever: of a target, of another make, behind `override`.
    set: HashMap<String, usize>,
    pieces: Vec<Piece>,
    /// Other files, or what is evaluated, may set any variable.
    is_open: bool,
    /// One shell for a whole recipe (manual, section 5.3.1).
    joins: bool,
    is_in_rule: bool,
    conditionals: usize,
    definition: Option<Text>,
    /// What a backslash at the end of a line goes on with, and whether that is a recipe's.
    begun: Option<(Text, bool)>,
    /// `.RECIPEPREFIX`.
    prefix: Option<char>,
}

struct Variable {
    value: Text,
    /// Where among the pieces it stands.
    at: usize,
    /// `:=`: what is set below is not in it.
    is_immediate: bool,
}

struct Piece {
    text: Text,
    kind: Kind,
}

enum Kind {
    Recipe,
    Value(String),
    Other,
}

impl Reader {
    fn line(&mut self, line: &Text) {
        let string = line.as_str();
        if let Some(body) = &mut self.definition {
            if string.trim_start().starts_with("endef") {
                self.end();
            } else {
                let start = string.len() - string.trim_start_matches(&PREFIXES[..3]).len();
                body.push(line, start..line.len());
                body.push_decoded("\n", line, line.len()..line.len());
            }
            return;
        }
        let prefix = self.prefix.unwrap_or('\t');
        let is_begun = self.begun.is_some();
        let (mut whole, is_recipe) =
            self.begun.take().unwrap_or_else(|| (line.slice(0..0), self.is_in_rule && string.starts_with(prefix)));
        let goes_on = string.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
        if is_recipe {
            let start = if string.starts_with(prefix) { prefix.len_utf8() } else { 0 };
            whole.push(line, start..line.len());
        } else {
            let shown = string.get(..line.len() - usize::from(goes_on)).unwrap_or_default();
            let end = if goes_on { shown.trim_end().len() } else { shown.len() };
            let start = if is_begun { end - shown.get(..end).unwrap_or_default().trim_start().len() } else { 0 };
            whole.push(line, start..end);
        }
        if goes_on {
            whole.push_decoded(if is_recipe { "\n" } else { " " }, line, line.len()..line.len());
            self.begun = Some((whole, is_recipe));
        } else {
            self.whole(&whole, is_recipe);
        }
    }

    fn end(&mut self) {
        if let Some((whole, is_recipe)) = self.begun.take() {
            self.whole(&whole, is_recipe);
        }
        if let Some(text) = self.definition.take() {
            self.count(text.as_str());
            self.pieces.push(Piece { text, kind: Kind::Other });
        }
    }

    fn whole(&mut self, line: &Text, is_recipe: bool) {
        if is_recipe {
            self.count(line.as_str());
            self.recipe(line);
            return;
        }
        let start = line.len() - line.as_str().trim_start().len();
        let line = line.slice(start..line.len());
        if line.is_empty() || line.as_str().starts_with('#') {
            return;
        }
        self.count(line.as_str());
        if !self.directive(&line) && !self.assignment(&line) {
            self.rule(&line);
        }
    }

    fn recipe(&mut self, line: &Text) {
        match self.pieces.last_mut() {
            Some(Piece { text, kind: Kind::Recipe }) if self.joins => {
                text.push_decoded("\n", line, 0..0);
                text.append(line);
            }
            _ => self.pieces.push(Piece { text: line.clone(), kind: Kind::Recipe }),
        }
    }

    fn count(&mut self, string: &str) {
        for (at, _) in string.match_indices('=') {
            let before = string.get(..at).unwrap_or_default().trim_end_matches([':', '?', '+', '!']).trim_end();
            let name = before.rsplit(|c: char| !is_of_name(c)).next().unwrap_or_default();
            *self.set.entry(name.to_owned()).or_default() += 1;
        }
    }

    fn directive(&mut self, line: &Text) -> bool {
        let mut words = line.as_str().split_whitespace().skip_while(|word| MODIFIERS.contains(word));
        match words.next() {
            Some("ifdef" | "ifndef" | "ifeq" | "ifneq") => self.conditionals += 1,
            Some("endif") => self.conditionals = self.conditionals.saturating_sub(1),
            Some("else") => {}
            Some(word) if INCLUDES.contains(&word) => self.is_open = true,
            Some(word @ ("define" | "undefine")) => {
                let name = words.next().unwrap_or_default().to_owned();
                *self.set.entry(name).or_default() += 2;
                self.definition = (word == "define").then(|| line.slice(line.len()..line.len()));
            }
            _ => return false,
        }
        true
    }

    /// `NAME = value`.
    fn assignment(&mut self, line: &Text) -> bool {
        let string = line.as_str();
        let Some(at) = separator(string) else { return false };
        let colons = string.get(at..).unwrap_or_default().bytes().take_while(|byte| *byte == b':').count();
        if string.as_bytes().get(at + colons) != Some(&b'=') {
            return false;
        }
        let value = without_comment(&line.slice(at + colons + 1..line.len()));
        let before = string.get(..at).unwrap_or_default();
        let name = before.trim_end_matches(['?', '+', '!']);
        let words: Vec<&str> = name.split_whitespace().skip_while(|word| *word == "export").collect();
        self.is_open |= name.contains('$') || words.last() == Some(&"MAKEFLAGS");
        let is_plain = name.len() == before.len() && self.conditionals == 0 && !value.as_str().contains("\\#");
        let name = words.last().copied().unwrap_or_default();
        if name == ".RECIPEPREFIX" {
            self.prefix = value.as_str().chars().next();
        }
        if is_plain && words.len() == 1 && name.chars().all(is_of_name) {
            let variable = Variable { value: value.clone(), at: self.pieces.len(), is_immediate: colons > 0 };
            self.variables.insert(name.to_owned(), variable);
        }
        self.pieces.push(Piece { text: value, kind: Kind::Value(name.to_owned()) });
        true
    }

    /// `target: prerequisites ; recipe`.
    fn rule(&mut self, line: &Text) {
        let is_rule = separator(line.as_str()).is_some();
        self.is_in_rule |= is_rule;
        let recipe = line.as_str().find(';').filter(|_| is_rule);
        self.pieces.push(Piece { text: line.slice(0..recipe.unwrap_or(line.len())), kind: Kind::Other });
        if let Some(at) = recipe {
            self.recipe(&line.slice(at + 1..line.len()));
        }
    }

    fn texts(&self) -> Vec<Text> {
        let mut maker =
            Maker { makefile: self, references: MOST_REFERENCES, used: HashSet::new(), commands: Vec::new() };
        let made: Vec<Text> = self.pieces.iter().map(|piece| maker.made(piece)).collect();
        // What a recipe has of a variable is read there.
        let is_left = |piece: &Piece| !matches!(&piece.kind, Kind::Value(name) if maker.used.contains(name.as_str()));
        let left = self.pieces.iter().zip(made).filter(|(piece, _)| is_left(piece)).map(|(_, text)| text);
        left.chain(maker.commands.iter().cloned()).filter(|text| !text.is_empty()).collect()
    }
}

/// Puts variables in.
struct Maker<'a> {
    makefile: &'a Reader,
    references: usize,
    /// Variables whose values stand in recipes.
    used: HashSet<&'a str>,
    /// Of `$(shell ...)`.
    commands: Vec<Text>,
}

impl<'a> Maker<'a> {
    fn made(&mut self, piece: &'a Piece) -> Text {
        let made = self.expanded(&piece.text, 0, usize::MAX, !matches!(piece.kind, Kind::Value(_)));
        if !matches!(piece.kind, Kind::Recipe) {
            return made;
        }
        let mut start = made.len() - made.as_str().trim_start_matches(PREFIXES).len();
        // `$(Q)command`, where Q is `@` or nothing.
        if let Some(rest) = made.as_str().get(start..).and_then(|rest| rest.strip_prefix('$')) {
            let end = start + 1 + reference(rest);
            let is_glued =
                made.as_str().get(end..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
            start = if rest.starts_with('(') && is_glued { end } else { start };
        }
        made.slice(start..made.len())
    }

    /// `below`: variables that are set from there on are not known yet.
    fn expanded(&mut self, text: &Text, depth: usize, below: usize, is_used: bool) -> Text {
        let string = text.as_str();
        let mut out = text.slice(0..0);
        let mut at = 0;
        while let Some(dollar) = string.get(at..).and_then(|rest| rest.find('$')).map(|found| at + found) {
            out.push(text, at..dollar);
            let rest = string.get(dollar + 1..).unwrap_or_default();
            let length = reference(rest);
            at = dollar + 1 + length;
            self.references = self.references.saturating_sub(1);
            let inside = if rest.starts_with(['(', '{']) { 1..length.saturating_sub(1).max(1) } else { 0..length };
            let name = rest.get(inside.clone()).unwrap_or_default();
            if rest.starts_with('$') {
                out.push_decoded("$", text, dollar..at);
            } else if let Some((name, variable)) = self.known(name, below).filter(|_| depth < MAXIMUM_DEPTH) {
                if is_used {
                    self.used.insert(name);
                }
                let below = if variable.is_immediate { below.min(variable.at) } else { below };
                out.append(&self.expanded(&variable.value, depth + 1, below, is_used));
            } else {
                if let Some(command) = name.strip_prefix("shell ").filter(|_| depth < MAXIMUM_DEPTH) {
                    let end = dollar + 1 + inside.end;
                    let command = self.expanded(&text.slice(end - command.len()..end), depth + 1, below, is_used);
                    self.commands.push(command);
                }
                out.push_decoded(&unknown(name), text, dollar..at);
            }
        }
        out.push(text, at..text.len());
        out
    }

    fn known(&self, name: &str, below: usize) -> Option<(&'a str, &'a Variable)> {
        let makefile = self.makefile;
        let is_known = !makefile.is_open && self.references > 0 && makefile.set.get(name) == Some(&1);
        let (name, variable) = makefile.variables.get_key_value(name).filter(|_| is_known)?;
        (variable.at < below).then_some((name.as_str(), variable))
    }
}

/// What is known only when make runs, by its name, in a form of which a shell's reader knows no value either.
fn unknown(name: &str) -> String {
    let is_plain = |c: char| is_of_name(c) || matches!(c, '@' | '%' | '+' | '^' | '/' | ':' | ',');
    let name: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    format!("$({name})")
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// The first `:` or `=` that stands in no reference.
fn separator(line: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = line.get(at..)?;
        let found = rest.find(['$', ':', '='])?;
        let behind = rest.get(found..)?.strip_prefix('$');
        let Some(behind) = behind else { return Some(at + found) };
        at += found + 1 + reference(behind);
    }
}

/// A value without its comment and the blanks before it; those behind it are a part of it.
fn without_comment(value: &Text) -> Text {
    let string = value.as_str();
    let end = string.find('#').unwrap_or(string.len());
    let escaped = string.get(..end).is_some_and(|before| before.ends_with('\\'));
    let end = if escaped { string.len() } else { end };
    let start = string.len() - string.trim_start().len();
    value.slice(start.min(end)..end)
}

/// How long what stands behind a dollar is, with its brackets.
fn reference(rest: &str) -> usize {
    let close = match rest.chars().next() {
        Some('(') => ')',
        Some('{') => '}',
        other => return other.map_or(0, char::len_utf8),
    };
    let open = rest.chars().next();
    let mut depth = 0_usize;
    for (at, character) in rest.char_indices() {
        depth += usize::from(Some(character) == open);
        depth -= usize::from(character == close);
        if depth == 0 {
            return at + character.len_utf8();
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SourceFile;

    fn called(name: &str, makefile: &str) -> Option<Vec<String>> {
        let texts = texts(&Text::of(&SourceFile::new(name, makefile)))?;
        Some(texts.iter().map(|text| text.as_str().to_owned()).collect())
    }

    fn of(makefile: &str) -> Vec<String> {
        called("Makefile", makefile).unwrap()
    }

    /// What the last line gets.
    fn last(makefile: &str) -> String {
        of(makefile).pop().unwrap()
    }

    #[test]
    fn a_recipe_is_what_the_shell_gets() {
        let makefile = "CA := /p/ca.crt# ours\nDIR = /p\nM = $(DIR)/m.yaml\nX += a\n.PHONY: run\nrun: build $(X)\n\t@echo \
                        $$HOME $(CA) \\\n\t  ${M} $(X) $@\n\n\t-a $(shell ls $(DIR)) b\nother: run\n\tc\n";
        let first = "echo $HOME /p/ca.crt \\\n  /p/m.yaml $(X) $(@)";
        let second = "a $(shell_ls___DIR_) b";
        let all = ["a", ".PHONY: run", "run: build $(X)", first, second, "other: run", "c", "ls /p"];
        assert_eq!(of(makefile), all);
        let text = Text::of(&SourceFile::new("Makefile", makefile));
        let first = &texts(&text).unwrap()[3];
        let at = first.as_str().find("/p/ca.crt").unwrap();
        assert_eq!(first.origin_of(at..at + 9).start(), (1, 7));
    }

    #[test]
    fn a_makefile_is_told_by_its_name() {
        let text = "x:\n\techo\n";
        for name in ["GNUmakefile", "makefile", "a/Makefile", "x.mk", "Makefile.am"] {
            assert_eq!(called(name, text), Some(vec!["x:".to_owned(), "echo".to_owned()]), "{name}");
        }
        for name in ["x", "Vagrantfile", "run.sh", "Makefile.sh", "makefile.txt", "x.mkd"] {
            assert_eq!(called(name, text), None, "{name}");
        }
        assert_eq!(called("Makefile", "```\nx:\n\ty\n```\n"), None);
    }

    #[test]
    fn a_variable_that_something_else_may_set_is_unknown() {
        assert_eq!(last("V = x\nrun:\n\ta $(V)\n"), "a x");
        for makefile in [
            "V = x\nrun: V = y\nrun:\n\ta $(V)\n",
            "V = x\n%.o: private V := y\nrun:\n\ta $(V)\n",
            "V = x\noverride V = y\nrun:\n\ta $(V)\n",
            "ifdef A\n  V = x\nendif\nrun:\n\ta $(V)\n",
            "V = x\nifeq ($(A),b)\n  V = y\nendif\nrun:\n\ta $(V)\n",
            "V ?= x\nrun:\n\ta $(V)\n",
            "V = x\nV += y\nrun:\n\ta $(V)\n",
            "V != x\nrun:\n\ta $(V)\n",
            "V = x\ndefine V\ny\nendef\nrun:\n\ta $(V)\n",
            "V = x\nundefine V\nrun:\n\ta $(V)\n",
            "V = x\n-include z.mk\nrun:\n\ta $(V)\n",
            "V = x\n$(eval $(B))\nrun:\n\ta $(V)\n",
            "V = x\n$(A) = y\nrun:\n\ta $(V)\n",
            "V = x\nb:\n\t$(MAKE) run V=y\nrun:\n\ta $(V)\n",
            "A := $(V)\nV = x\nrun:\n\ta $(A)\n",
            "run:\n\ta $(V)\n",
        ] {
            assert!(["a $(V)", "$(B)"].contains(&last(makefile).as_str()), "{makefile}{}", last(makefile));
        }
        assert_eq!(called("x.mk", "V = x\nrun:\n\ta $(V)\n").unwrap().pop().unwrap(), "a $(V)");
    }

    #[test]
    fn each_line_has_its_shell_and_each_form_of_a_recipe_is_read() {
        assert_eq!(of("run: ; a\n\tb\n"), ["run: ", "a", "b"]);
        assert_eq!(of("run: x ; a V=$(V)\n"), ["run: x ", "a V=$(V)"]);
        assert_eq!(of(".ONESHELL:\nrun:\n\ta\n\tb\n"), [".ONESHELL:", "run:", "a\nb"]);
        assert_eq!(of(".RECIPEPREFIX = >\nrun:\n>a\n"), [">", "run:", "a"]);
        assert_eq!(of("define R\n@a\n\tb $$c\nendef\nrun:\n\t$(R)\n"), ["a\nb $c\n", "run:", "$(R)"]);
        assert_eq!(of("run:\n\t$(Q)a $(Q)\n\t$(D)/b\n"), ["run:", "a $(Q)", "$(D)/b"]);
        assert_eq!(of("V = a \\\n  b # c\nrun:\n\tx $(V)y\n"), ["run:", "x a b y"]);
    }
    #[test]
    fn variables_that_name_each_other_come_to_an_end() {
        let wide: String = (0..9).map(|at| format!("A{at} = {}\n", format!("$(A{})", at + 1).repeat(50))).collect();
        let found = of(&format!("{wide}A9 = x\nB = $(B)\nrun:\n\t$(A0) $(B)\n"));
        assert!(found.iter().all(|text| text.len() < 1_000_000), "{}", found.len());
    }
}
