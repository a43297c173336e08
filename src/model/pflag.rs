//! Arguments to flags, as spf13/pflag 1.0.9 does it in `FlagSet.Parse`.
//!
//! pflag stops at the first error. This goes on behind it, so that everything that is written can be judged; what the
//! server says is the first error of the list.

use crate::source::{Argument, Provenance};
use crate::text::{Located, Origin, Text};

use super::options::OptionErrorKind;
use crate::kubernetes::flags::FlagSet;
use crate::x509::quote::{quoted, quoted_character};

/// What an argument, or two, turned out to be.
#[derive(Debug, Clone)]
pub(super) enum Item {
    Set(Assignment),
    /// A flag that the lists do not have.
    Unknown {
        /// With its dashes, as written.
        flag: Located<String>,
        /// Without dashes, `_` turned into `-`.
        name: String,
    },
    Error {
        message: Located<String>,
        kind: OptionErrorKind,
    },
    Positional(Located<String>),
    /// A template's or shell's expression that may be any flags, or none.
    Opaque(Located<String>),
}

/// One flag, set once.
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    /// Without dashes, `_` turned into `-`.
    pub name: String,
    /// Where the name is written.
    pub flag: Origin,
    pub value: Text,
    /// The value is not known; its text is an expression.
    pub opaque: bool,
    pub provenance: Provenance,
}

/// The message of an unknown flag (`NotExistError`); `name` as written, without dashes.
pub(super) fn unknown_flag(name: &str) -> String {
    format!("unknown flag: --{name}")
}

/// The message of a value that a flag does not take (`InvalidValueError`).
pub(super) fn invalid_argument(value: &str, name: &str, cause: &dyn std::fmt::Display) -> String {
    let shorthand = match name {
        "help" => "-h, ",
        "v" => "-v, ",
        _ => "",
    };
    format!("invalid argument {} for {} flag: {cause}", quoted(value), quoted(format!("{shorthand}--{name}")))
}

/// Goes through the arguments as pflag does.
pub(super) fn parse(arguments: &[Argument], flags: FlagSet) -> Vec<Item> {
    let mut parser = Parser { rest: arguments, flags, items: Vec::new() };
    while let Some(argument) = parser.next() {
        let text = argument.text.as_str();
        if text == "--" {
            break;
        }
        if argument.opaque && !parser.has_known_name(text) {
            parser.items.push(Item::Opaque(argument.text.to_located()));
        } else if text.starts_with("--") {
            parser.long(argument);
        } else if text.len() > 1 && text.starts_with('-') {
            parser.short(argument);
        } else {
            parser.items.push(Item::Positional(argument.text.to_located()));
        }
    }
    let rest = std::mem::take(&mut parser.rest);
    parser.items.extend(rest.iter().map(|argument| Item::Positional(argument.text.to_located())));
    parser.items
}

struct Parser<'a> {
    rest: &'a [Argument],
    flags: FlagSet,
    items: Vec<Item>,
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<&'a Argument> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// Whether the expression in an opaque argument leaves the flag's name readable.
    fn has_known_name(&self, text: &str) -> bool {
        let Some(name) = text.strip_prefix("--") else { return text.starts_with("-v") };
        let name = name.split('=').next().unwrap_or_default();
        !name.is_empty() && name.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character))
    }

    /// `--name=value`, `--name value`, `--name`.
    fn long(&mut self, argument: &'a Argument) {
        let text = &argument.text;
        let body = text.as_str().get(2..).unwrap_or_default();
        if body.starts_with(['-', '=']) {
            let message = format!("bad flag syntax: {}", text.as_str());
            return self.error(Located::new(message, text.origin()), OptionErrorKind::Malformed);
        }
        let (written, has_value) = match body.split_once('=') {
            Some((name, _)) => (name, true),
            None => (body, false),
        };
        let flag = text.origin_of(0..2 + written.len());
        // cliflag.WordSepNormalizeFunc of k8s.io/component-base.
        let name = written.replace('_', "-");
        // pflag would end here at a flag of another version; its value must not be taken for something else.
        let Some(kind) = self.flags.kind_in_any_version(&name) else {
            self.items.push(Item::Unknown { flag: Located::new(format!("--{written}"), flag), name });
            if !has_value && self.rest.first().is_some_and(|next| !next.text.as_str().starts_with('-')) {
                self.next();
            }
            return;
        };
        let (value, opaque) = match kind {
            _ if has_value => (text.slice(2 + written.len() + 1..text.len()), argument.opaque),
            kind if !kind.takes_next() => (Text::synthetic("true", &flag), false),
            _ => match self.next() {
                Some(next) => (next.text.clone(), next.opaque),
                None => {
                    let message = format!("flag needs an argument: --{written}");
                    return self.error(Located::new(message, flag), OptionErrorKind::MissingValue);
                }
            },
        };
        let provenance = argument.provenance;
        self.items.push(Item::Set(Assignment { name, flag, value, opaque, provenance }));
    }

    /// `-v4`, `-v=4`, `-v 4`, `-h`: the two shorthands that the components have.
    fn short(&mut self, argument: &'a Argument) {
        let text = &argument.text;
        let mut start = 1;
        while let Some(shorthands) = text.as_str().get(start..).filter(|rest| !rest.is_empty()) {
            // Left to Go's own test flags (pflag's isGotestShorthandFlag).
            if shorthands.starts_with("test.") {
                return;
            }
            let flag = text.origin_of(0..start + 1);
            let provenance = argument.provenance;
            if shorthands.starts_with('h') {
                let (value, end) = match shorthands.strip_prefix("h=").filter(|value| !value.is_empty()) {
                    Some(_) => (text.slice(start + 2..text.len()), text.len()),
                    None => (Text::synthetic("true", &flag), start + 1),
                };
                let name = "help".to_owned();
                self.items.push(Item::Set(Assignment { name, flag, value, opaque: argument.opaque, provenance }));
                start = end;
            } else if shorthands.starts_with('v') {
                let mut opaque = argument.opaque;
                let value = match shorthands.len() {
                    1 => match self.next() {
                        Some(next) => {
                            opaque |= next.opaque;
                            next.text.clone()
                        }
                        None => {
                            let message = format!("flag needs an argument: 'v' in -{shorthands}");
                            return self.error(Located::new(message, flag), OptionErrorKind::MissingValue);
                        }
                    },
                    length if length > 2 && shorthands.starts_with("v=") => text.slice(start + 2..text.len()),
                    _ => text.slice(start + 1..text.len()),
                };
                let name = "v".to_owned();
                self.items.push(Item::Set(Assignment { name, flag, value, opaque, provenance }));
                return;
            } else {
                let message =
                    format!("unknown shorthand flag: {} in -{shorthands}", quoted_character(first_of(shorthands)));
                return self.error(Located::new(message, text.origin()), OptionErrorKind::UnknownShorthand);
            }
        }
    }

    fn error(&mut self, message: Located<String>, kind: OptionErrorKind) {
        self.items.push(Item::Error { message, kind });
    }
}

/// The character that pflag shows for the first byte: it turns the byte into a string, and that string's first byte
/// into a character again (`NotExistError.Error`).
fn first_of(shorthands: &str) -> char {
    match shorthands.bytes().next() {
        Some(byte) if byte.is_ascii() => char::from(byte),
        Some(byte) if byte < 0xc0 => '\u{c2}',
        _ => '\u{c3}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::{Component, KubernetesVersion};
    use crate::text::SourceFile;

    fn argument(text: &str) -> Argument {
        Argument {
            text: Text::of(&SourceFile::new("arguments", text)),
            opaque: text.contains("{{"),
            provenance: Provenance::Written,
        }
    }

    /// One line an item.
    fn parsed(arguments: &[&str]) -> Vec<String> {
        let arguments: Vec<Argument> = arguments.iter().map(|text| argument(text)).collect();
        parse(&arguments, FlagSet::of(Component::KubeApiserver, KubernetesVersion::NEWEST)).iter().map(line).collect()
    }

    fn line(item: &Item) -> String {
        match item {
            Item::Set(set) if set.opaque => format!("{} is opaque {}", set.name, set.value),
            Item::Set(set) => format!("{} is {}", set.name, set.value),
            Item::Unknown { flag, name } => format!("unknown {} {name}", flag.value),
            Item::Error { message, .. } => message.value.clone(),
            Item::Positional(text) => format!("positional {}", text.value),
            Item::Opaque(text) => format!("opaque {}", text.value),
        }
    }

    #[test]
    fn values_come_after_an_equals_sign_or_as_the_next_argument() {
        assert_eq!(parsed(&["--client-ca-file=/a=b"]), ["client-ca-file is /a=b"]);
        assert_eq!(parsed(&["--client_ca_file", "--x"]), ["client-ca-file is --x"]);
        assert_eq!(parsed(&["--anonymous-auth", "false"]), ["anonymous-auth is true", "positional false"]);
        assert_eq!(parsed(&["--anonymous-auth=false"]), ["anonymous-auth is false"]);
        assert_eq!(parsed(&["--client-ca-file"]), ["flag needs an argument: --client-ca-file"]);
        assert_eq!(parsed(&["--client-ca-file="]), ["client-ca-file is "]);
    }

    #[test]
    fn what_is_no_flag_is_said_as_pflag_says_it() {
        assert_eq!(parsed(&["---x"]), ["bad flag syntax: ---x"]);
        assert_eq!(parsed(&["--=x"]), ["bad flag syntax: --=x"]);
        assert_eq!(parsed(&["-x=y"]), ["unknown shorthand flag: 'x' in -x=y"]);
        assert_eq!(parsed(&["-'"]), ["unknown shorthand flag: '\\'' in -'"]);
        assert_eq!(parsed(&["-é"]), ["unknown shorthand flag: 'Ã' in -é"]);
        assert_eq!(parsed(&["-test.v", "-"]), ["positional -"]);
        assert_eq!(parsed(&["--Client-ca-file=x"]), ["unknown --Client-ca-file Client-ca-file"]);
    }

    #[test]
    fn shorthands() {
        for arguments in [&["-v=4"][..], &["-v4"], &["-v", "4"]] {
            assert_eq!(parsed(arguments), ["v is 4"], "{arguments:?}");
        }
        assert_eq!(parsed(&["-v", "{{ a }}"]), ["v is opaque {{ a }}"]);
        assert_eq!(parsed(&["-hv4"]), ["help is true", "v is 4"]);
        assert_eq!(parsed(&["-v"]), ["flag needs an argument: 'v' in -v"]);
    }

    #[test]
    fn two_dashes_end_the_flags() {
        assert_eq!(parsed(&["x", "--", "--client-ca-file=y"]), ["positional x", "positional --client-ca-file=y"]);
    }

    #[test]
    fn expressions_stay_closed() {
        assert_eq!(parsed(&["--client-ca-file={{ a = b }}"]), ["client-ca-file is opaque {{ a = b }}"]);
        assert_eq!(parsed(&["--client-ca-file", "{{ a }}"]), ["client-ca-file is opaque {{ a }}"]);
        assert_eq!(parsed(&["--{{ a }}=b"]), ["opaque --{{ a }}=b"]);
        assert_eq!(parsed(&["{{ a }}"]), ["opaque {{ a }}"]);
    }
}
