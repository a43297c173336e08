//! Sentences and tables about flags, which are no command lines.

use crate::source::program;
use crate::source::shell::Field;

/// What pflag prints behind a flag's name in a help text (`UnquoteUsage`, and the types of k8s.io/component-base).
const TYPES: [&str; 24] = [
    "string",
    "strings",
    "stringArray",
    "stringSlice",
    "stringToString",
    "int",
    "int32",
    "int64",
    "ints",
    "uint",
    "float",
    "float32",
    "float64",
    "duration",
    "bool",
    "ip",
    "ipSlice",
    "ipNet",
    "cidrs",
    "portRange",
    "severity",
    "Level",
    "namedCertKey",
    "mapStringBool",
];

/// Whether a word is the type of a value, and no value.
pub(in crate::source) fn is_type(word: &str) -> bool {
    TYPES.contains(&word)
}

/// Words that go on in a sentence behind a flag's name, and are no value of any.
const SENTENCE: [&str; 36] = [
    "a",
    "and",
    "are",
    "argument",
    "as",
    "before",
    "but",
    "by",
    "can",
    "does",
    "for",
    "flag",
    "flags",
    "from",
    "has",
    "in",
    "is",
    "may",
    "must",
    "not",
    "of",
    "on",
    "option",
    "options",
    "or",
    "parameter",
    "set",
    "should",
    "so",
    "specifies",
    "that",
    "the",
    "to",
    "was",
    "which",
    "with",
];

/// Whether the words behind a program's name are a sentence about it. `within` says that words stand before the name.
pub(super) fn is_prose(fields: &[Field], within: bool) -> bool {
    let flags = fields.iter().filter(|field| is_flag(field)).count();
    let words = fields.iter().filter(|field| is_plain(field) && !field.text.as_str().ends_with(',')).count();
    // Sentences have more plain words than flags; a command has at most one behind each flag.
    if words > flags + 1 {
        return true;
    }
    let mut bare = fields.iter().enumerate().filter(|(_, field)| is_bare_flag(field));
    let goes_on = |index: usize| {
        let next = fields.get(index + 1);
        next.is_some_and(|next| {
            is_plain(next) && SENTENCE.contains(&next.text.as_str().trim_end_matches([',', '.', ';']))
        })
    };
    let ends = |field: &Field| field.text.as_str().ends_with(['.', ',', ';', ':', '?', '!', ')']);
    if bare.any(|(index, field)| goes_on(index) || ends(field)) {
        return true;
    }
    let values = fields.iter().any(|field| is_flag(field) && field.text.as_str().contains('='));
    let last_has_none = fields.last().is_some_and(|last| is_bare_flag(last) && !program::is_switch(last.text.as_str()));
    let arguments =
        fields.windows(2).any(|pair| matches!(pair, [first, second] if is_plain(first) && is_plain(second)));
    !values && ((last_has_none && (within || fields.len() == 1)) || (arguments && within))
}

/// A line of a help text: `--client-ca-file string   If set, …`.
pub(super) fn is_help(fields: &[Field]) -> bool {
    fields.windows(2).any(|pair| {
        let [flag, kind] = pair else { return false };
        is_bare_flag(flag) && is_plain(kind) && TYPES.contains(&kind.text.as_str())
    })
}

/// Whether flags are only named, most of them without a value: a column of a table, a list of what exists.
pub(in crate::source) fn is_about_flags(fields: &[Field]) -> bool {
    let mut given = 0_usize;
    let mut named = 0_usize;
    for (index, field) in fields.iter().enumerate().filter(|(_, field)| is_flag(field)) {
        let value = fields.get(index + 1).is_some_and(|next| !is_flag(next));
        if !is_bare_flag(field) || value || program::is_switch(field.text.as_str()) {
            given += 1;
        } else {
            named += 1;
        }
    }
    named > given
}

fn is_flag(field: &Field) -> bool {
    field.text.as_str().starts_with('-')
}

fn is_bare_flag(field: &Field) -> bool {
    let word = field.text.as_str();
    word.starts_with("--") && word.len() > 2 && !word.contains('=') && !field.opaque
}

fn is_plain(field: &Field) -> bool {
    !is_flag(field) && !field.opaque && !field.quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::shell::testing::fields;

    #[test]
    fn sentences_are_no_commands() {
        for line in [
            "--client-ca-file flag verifies users, and kube-apiserver --requestheader-client-ca-file verifies proxies.",
            "--client-ca-file to verify.",
            "--client-ca-file option",
            "--proxy-client-cert-file.",
            "--proxy-client-cert-file and --proxy-client-key-file",
            "--requestheader-client-ca-file must not be --client-ca-file",
        ] {
            assert!(is_prose(&fields(line), false), "{line}");
        }
        assert!(is_prose(&fields("--advertise-address"), true));
        for line in [
            "--client-ca-file=/p/ca.crt --profiling",
            "--client-ca-file /p/ca.crt --requestheader-allowed-names front",
            "--requestheader-allowed-names=a, b",
            "--anonymous-auth",
            "--client-ca-file $CA --v 2",
        ] {
            assert!(!is_prose(&fields(line), false), "{line}");
        }
    }

    #[test]
    fn help_texts_and_columns_give_nothing() {
        assert!(is_help(&fields("--client-ca-file string   If set, any request")));
        assert!(!is_help(&fields("--client-ca-file /string")));
        assert!(is_about_flags(&fields("--client-ca-file --requestheader-client-ca-file --proxy-client-key-file")));
        assert!(!is_about_flags(&fields("--client-ca-file=/x --profiling --proxy-client-key-file /y")));
    }
}
