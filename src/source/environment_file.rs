//! Files of `NAME=value` lines as systemd reads them for `EnvironmentFile=` (its `src/basic/env-file.c`).

use crate::text::Text;

#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) name: Text,
    pub(super) value: Text,
    /// `export NAME=value`, which a shell takes and systemd does not (its `env_name_is_valid`).
    pub(super) exported: bool,
}

/// The variables of a file, in order; the last of a name counts. Lines without `=` are left out, as systemd does.
pub(super) fn parse(text: &Text) -> Vec<Variable> {
    let mut reader = Reader { text, string: text.as_str(), at: 0 };
    let mut variables = Vec::new();
    while reader.at < reader.string.len() {
        variables.extend(reader.line());
    }
    variables
}

/// Whether a file is nothing but such lines, and comments.
pub(super) fn is_environment_file(text: &Text) -> bool {
    let mut reader = Reader { text, string: text.as_str(), at: 0 };
    let mut found = false;
    while reader.at < reader.string.len() {
        let line = reader.rest().split('\n').next().unwrap_or_default().trim();
        let ignored = line.is_empty() || line.starts_with(['#', ';', '{', '<']);
        let named = reader.line().is_some_and(|variable| is_name(variable.name.as_str()));
        if !named && !ignored {
            return false;
        }
        found |= named;
    }
    found
}

/// Whether a variable is set anew from what it held: `ARGS="$ARGS --v=2"`.
pub(super) fn appends(variables: &[Variable]) -> bool {
    let appends = |variable: &Variable| {
        let name = variable.name.as_str();
        let mut used =
            variable.value.as_str().split('$').skip(1).map(|behind| behind.strip_prefix('{').unwrap_or(behind));
        used.any(|behind| {
            let goes_on = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            behind.strip_prefix(name).is_some_and(|rest| !goes_on(rest))
        })
    };
    variables.iter().any(appends)
}

fn is_name(name: &str) -> bool {
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

struct Reader<'a> {
    text: &'a Text,
    string: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.string.get(self.at..).unwrap_or_default()
    }

    fn end_of_line(&self) -> usize {
        self.rest().find('\n').map_or(self.string.len(), |length| self.at + length)
    }

    /// One line, or several that quotes and backslashes join.
    fn line(&mut self) -> Option<Variable> {
        let end = self.end_of_line();
        let line = self.text.slice(self.at..end);
        let trimmed = line.trim();
        let equals = self.rest().get(..end - self.at)?.find('=');
        let comment = trimmed.as_str().starts_with(['#', ';']);
        let (false, Some(equals)) = (comment, equals) else {
            self.at = end + 1;
            return None;
        };
        let name = self.text.slice(self.at..self.at + equals).trim();
        let exported = if name.as_str().starts_with("export ") { "export ".len() } else { 0 };
        let name = name.slice(exported..name.len()).trim();
        self.at += equals + 1;
        Some(Variable { name, value: self.value(), exported: exported > 0 })
    }

    fn value(&mut self) -> Text {
        while self.rest().starts_with([' ', '\t']) {
            self.at += 1;
        }
        let mut value = self.text.slice(self.at..self.at);
        // Quotes count at the beginning and right behind other quotes; inside an unquoted value they are characters.
        let mut may_quote = true;
        let mut unquoted_from = None;
        loop {
            let rest = self.rest();
            let Some(character) = rest.chars().next() else { break };
            let length = character.len_utf8();
            match character {
                '\n' => {
                    self.at += 1;
                    break;
                }
                '\'' | '"' if may_quote => self.quoted(&mut value, character),
                '\\' => {
                    may_quote = false;
                    unquoted_from.get_or_insert(value.len());
                    let escaped = rest.get(1..).unwrap_or_default();
                    let newline = escaped.strip_prefix('\r').unwrap_or(escaped).starts_with('\n');
                    let next = escaped.chars().next().map_or(0, char::len_utf8);
                    if newline {
                        self.at = self.end_of_line() + 1;
                    } else {
                        value.push(self.text, self.at + 1..self.at + 1 + next);
                        self.at += 1 + next;
                    }
                }
                ' ' | '\t' | '\r' if may_quote => self.at += 1,
                _ => {
                    may_quote = false;
                    unquoted_from.get_or_insert(value.len());
                    value.push(self.text, self.at..self.at + length);
                    self.at += length;
                }
            }
        }
        // Blanks at the end of an unquoted value are dropped; quoted ones stay.
        let kept = match unquoted_from {
            Some(from) => value.as_str().trim_end_matches([' ', '\t', '\r']).len().max(from),
            None => value.len(),
        };
        value.slice(0..kept)
    }

    fn quoted(&mut self, value: &mut Text, quote: char) {
        self.at += 1;
        loop {
            let rest = self.rest();
            let Some(character) = rest.chars().next() else { return };
            if character == quote {
                self.at += 1;
                return;
            }
            if character != '\\' || quote == '\'' {
                let length = rest.find(['\\', quote]).filter(|length| *length > 0).unwrap_or(character.len_utf8());
                value.push(self.text, self.at..self.at + length);
                self.at += length;
                continue;
            }
            let escaped = rest.get(1..).unwrap_or_default();
            if escaped.starts_with(['"', '\\', '`', '$']) {
                value.push(self.text, self.at + 1..self.at + 2);
                self.at += 2;
            } else if escaped.strip_prefix('\r').unwrap_or(escaped).starts_with('\n') {
                self.at = self.end_of_line() + 1;
            } else {
                value.push(self.text, self.at..self.at + 1);
                self.at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SourceFile;

    fn values(text: &str) -> Vec<(String, String)> {
        parse(&Text::of(&SourceFile::new("env", text)))
            .iter()
            .map(|variable| (variable.name.to_string(), variable.value.to_string()))
            .collect()
    }

    fn value(line: &str) -> String {
        values(line).first().unwrap().1.clone()
    }

    #[test]
    fn values_are_quoted_as_systemd_quotes_them() {
        assert_eq!(value("A=plain words  \n"), "plain words");
        assert_eq!(value("A=\"two words \"\n"), "two words ");
        assert_eq!(value("A='it''s'\n"), "its");
        assert_eq!(value("A=--x=\"y\"\n"), "--x=\"y\"");
        assert_eq!(value("A=\"a \\\n  b\"\n"), "a   b");
        assert_eq!(value("A=a \\\r\n  b\r\n"), "a   b");
        assert_eq!(value("A=\"\\\"q\\\" \\x\"\n"), "\"q\" \\x");
        assert_eq!(value("export A=1\n"), "1");
    }

    #[test]
    fn comments_and_stray_lines_are_no_variables() {
        assert_eq!(values("# A=1\n; B=2\nstray\n C = 3\n"), [("C".to_owned(), "3".to_owned())]);
    }

    #[test]
    fn characters_keep_their_places() {
        let text = Text::of(&SourceFile::new("env", "# c\nOPTS=\"--a=b \\\n  --c=d\"\n"));
        let value = parse(&text).remove(0).value;
        let at = value.as_str().find("--c").unwrap();
        assert_eq!(value.slice(at..at + 3).origin().to_string(), "env:3:3");
    }

    #[test]
    fn a_script_is_no_environment_file() {
        let is = |text: &str| is_environment_file(&Text::of(&SourceFile::new("env", text)));
        assert!(is("# comment\n\nKUBE_API_ARGS=\"--a=b\n --c=d\"\n"));
        assert!(!is("A=1\nkube-apiserver $A\n"));
        assert!(!is("[Service]\nExecStart=x\n"));
        assert!(!is("--a=b\n--c=d\n"));
        assert!(!is("# nothing\n"));
    }
}
