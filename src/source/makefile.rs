//! What the recipes of a makefile give to the shell (GNU make's manual, sections 5.1 and 6).

use std::collections::HashMap;

use super::formats::command::{is_document, is_source_code};
use crate::text::Text;

/// Variables in variables: deeper than people write.
const MAXIMUM_DEPTH: usize = 8;

/// References that are followed in one makefile.
const MOST_REFERENCES: usize = 10_000;

/// What a reference stands for that is known only when make runs, in the words of a shell.
const UNKNOWN: &str = "${MAKE_KNOWS}";

/// The recipes as the shell gets them, each for one rule; none where the text is no makefile.
pub(in crate::source) fn recipes(text: &Text) -> Vec<Text> {
    let string = text.as_str();
    if !string.contains("\n\t") || string.starts_with("#!") || is_document(string) || is_source_code(string) {
        return Vec::new();
    }
    let mut reader = Reader { variables: HashMap::new(), recipes: Vec::new(), is_in_rule: false, goes_on: false };
    text.lines().for_each(|line| reader.line(&line));
    let mut references = MOST_REFERENCES;
    let expand = |recipe: &Text| expanded(recipe, &reader.variables, &mut references, 0);
    reader.recipes.iter().filter(|recipe| !recipe.is_empty()).map(expand).collect()
}

struct Reader {
    /// `None`: set more than once, or added to.
    variables: HashMap<String, Option<Text>>,
    recipes: Vec<Text>,
    is_in_rule: bool,
    /// The line before was a recipe's and ended with a backslash.
    goes_on: bool,
}

impl Reader {
    fn line(&mut self, line: &Text) {
        let string = line.as_str();
        let is_recipe = self.is_in_rule && (self.goes_on || string.starts_with('\t'));
        if is_recipe {
            let shown = string.strip_prefix('\t').unwrap_or(string);
            // `@` says nothing, `-` goes on after a failure, `+` always runs.
            let prefixes: &[char] = if self.goes_on { &[] } else { &[' ', '\t', '@', '-', '+'] };
            let start = string.len() - shown.trim_start_matches(prefixes).len();
            self.goes_on = string.ends_with('\\');
            if let Some(recipe) = self.recipes.last_mut() {
                recipe.push(line, start..line.len());
                recipe.push_decoded("\n", line, line.len()..line.len());
            }
        } else if let Some((name, value)) = assignment(line) {
            let value = (!self.variables.contains_key(&name)).then_some(value).flatten();
            self.variables.insert(name, value);
        } else if is_rule(string) {
            self.is_in_rule = true;
            self.recipes.push(Text::empty_at(line.file(), line.origin().range().start));
        }
    }
}

/// `NAME = value`, without a value where it adds to another one.
fn assignment(line: &Text) -> Option<(String, Option<Text>)> {
    let (before, value) = line.split_once('=')?;
    let before = before.as_str().strip_prefix("export ").unwrap_or(before.as_str());
    let name = before.trim_end_matches([':', '?', '+', '!']);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_set = !name.trim().is_empty() && name.trim().chars().all(is_name) && !name.starts_with([' ', '\t']);
    let end = value.as_str().find(" #").unwrap_or(value.len());
    let value = (!before.ends_with(['+', '!']) && !value.as_str().ends_with('\\')).then(|| value.slice(0..end).trim());
    is_set.then(|| (name.trim().to_owned(), value))
}

/// `target: prerequisites`.
fn is_rule(line: &str) -> bool {
    let Some((targets, _)) = line.split_once(':') else { return false };
    let words = ["if", "elif", "else", "for", "while", "try", "with", "def", "class", "case", "except"];
    let is_word = targets.split_whitespace().next().is_some_and(|first| !words.contains(&first));
    let plain = targets.replace("$(", "").replace("${", "").replace([')', '}'], "");
    is_word && !targets.starts_with([' ', '\t', '#', '-']) && !plain.contains(['(', '{', '"', '\'', '=', ',', '<'])
}

fn expanded(text: &Text, variables: &HashMap<String, Option<Text>>, references: &mut usize, depth: usize) -> Text {
    let string = text.as_str();
    let mut out = Text::empty_at(text.file(), text.origin().range().start);
    let mut at = 0;
    while let Some(dollar) = string.get(at..).and_then(|rest| rest.find('$')).map(|found| at + found) {
        out.push(text, at..dollar);
        let rest = string.get(dollar + 1..).unwrap_or_default();
        let length = reference(rest);
        at = dollar + 1 + length;
        *references = references.saturating_sub(1);
        let name = rest.get(1..length.saturating_sub(1)).unwrap_or_default();
        let value = variables.get(name).and_then(Option::as_ref).filter(|_| depth < MAXIMUM_DEPTH && *references > 0);
        match value {
            _ if rest.starts_with('$') => out.push_decoded("$", text, dollar..at),
            Some(value) => out.append(&expanded(value, variables, references, depth + 1)),
            None => out.push_decoded(UNKNOWN, text, dollar..at),
        }
    }
    out.push(text, at..text.len());
    out
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

    fn of(makefile: &str) -> Vec<String> {
        recipes(&Text::of(&SourceFile::new("x", makefile))).iter().map(|recipe| recipe.as_str().to_owned()).collect()
    }

    #[test]
    fn a_recipe_is_what_the_shell_gets() {
        let makefile = "CA := /p/ca.crt # ours\nDIR = /p\nM ?= $(DIR)/m.yaml\nX += a\n.PHONY: run\nrun: build $(X)\n\t@echo \
                        $$HOME $(CA) \\\n\t  ${M} $(X) $@\n\n\t-a $(shell ls $(DIR)) b\nother: run\n\tc\n";
        let first = "echo $HOME /p/ca.crt \\\n  /p/m.yaml ${MAKE_KNOWS} ${MAKE_KNOWS}\na ${MAKE_KNOWS} b\n";
        assert_eq!(of(makefile), [first, "c\n"]);
        let text = Text::of(&SourceFile::new("x", makefile));
        let recipes = recipes(&text);
        let at = recipes[0].as_str().find("/p/ca.crt").unwrap();
        assert_eq!(recipes[0].origin_of(at..at + 9).start(), (1, 7));
    }

    #[test]
    fn other_texts_have_none() {
        for text in [
            "#!/bin/sh\nx:\n\techo\n",
            "x: y\n  - z\n",
            "package x\n\nfunc f() {\n\tx:\n\ty()\n}\n",
            "if a; then\n\tb: c\nfi\n",
            "class X:\n\tdef f(self):\n\t\tpass\n",
            "```\nx:\n\ty\n```\n",
        ] {
            assert_eq!(of(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn variables_that_name_each_other_come_to_an_end() {
        let wide: String = (0..9).map(|at| format!("A{at} = {}\n", format!("$(A{})", at + 1).repeat(50))).collect();
        let found = of(&format!("{wide}A9 = x\nB = $(B)\nrun:\n\t$(A0) $(B)\n"));
        assert!(found.len() == 1 && found[0].len() < 1_000_000, "{}", found[0].len());
    }
}
