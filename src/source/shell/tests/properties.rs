//! What holds for any text, by what `/bin/sh` makes of it.

use std::sync::Arc;

use proptest::prelude::*;

use super::{fields, read, strings, text, words};
use crate::source::shell::Field;
use crate::text::SourceFile;

/// What `/bin/sh` makes of the words; `None` when there is no shell or it does not like them.
fn by_a_shell(source: &str) -> Option<Vec<String>> {
    let script = format!("set -f\nset -- {source}\nfor word do printf '%s\\0' \"$word\"; done");
    let output = std::process::Command::new("/bin/sh").arg("-c").arg(script).env_clear().output().ok()?;
    let printed =
        String::from_utf8(output.stdout).ok().filter(|_| output.status.success() && output.stderr.is_empty())?;
    Some(printed.split_terminator('\0').map(str::to_owned).collect())
}

/// A writer of its own: `style` chooses how the word is quoted.
fn quoted(word: &str, style: u8) -> String {
    match style % 3 {
        0 => format!("'{}'", word.replace('\'', "'\"'\"'")),
        1 => {
            let escaped: String =
                word.chars().flat_map(|c| if "\"\\$`".contains(c) { vec!['\\', c] } else { vec![c] }).collect();
            format!("\"{escaped}\"")
        }
        _ if word.is_empty() || word.contains('\n') => format!("'{}'", word.replace('\'', "'\\''")),
        _ => word.chars().flat_map(|c| ['\\', c]).collect(),
    }
}

/// Every place lies in the file, and a character that stands for itself stands there.
fn places_hold(field: &Field, file: &Arc<SourceFile>) {
    for (at, character) in field.text.as_str().char_indices() {
        let range = field.text.origin_of(at..at + character.len_utf8()).range();
        assert!(range.start <= range.end && range.end <= file.text().len());
    }
}

/// What means something to a shell or to a template.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "a", "--b=", " ", "\t", "\n", "\\", "\\\n", "\r\n", "\r", "'", "\"", "$", "$A", "${A}", "${A:-b}", "$(", ")",
    "(", "`", "#", ";", "&&", "|", "<", "<<E\n", "E\n", ">", "A=", "A+=(", "{{", "}}", "{% x %}", "{%", "<%",
    "%>", "%{", "{#", "ä", "\u{a0}", "if", "fi", "{", "}", "$'", "kube-apiserver ", "[\"", "\u{1F600}", "\0",
];

/// Text in which most characters mean something.
fn shell_like() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read(source in prop_oneof![shell_like(), any::<String>()]) {
        let text = text(&source);
        let script = read(&text);
        let all = script.commands.iter().flat_map(|command| &command.fields);
        let assigned = script.assignments.iter().flat_map(|assignment| &assignment.fields);
        for field in all.chain(assigned) {
            places_hold(field, text.file());
        }
        for field in words(&text).0 {
            places_hold(&field, text.file());
        }
    }

    #[test]
    fn quoted_words_are_read_back(
        input in prop::collection::vec(("[^\\x00{<%]*", any::<u8>()), 0..6),
        blank in "( |\t|\\\\\n| \\\\\r\n)",
    ) {
        let blank = format!(" {blank}");
        let source: Vec<String> = input.iter().map(|(word, style)| quoted(word, *style)).collect();
        let source = source.join(&blank);
        let expected: Vec<&str> = input.iter().map(|(word, _)| word.as_str()).collect();
        let found = fields(&source);
        prop_assert_eq!(strings(&found), expected, "{}", source);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn words_are_those_of_a_shell(
        source in "([ab=#\t-]|[ '\"]|\\\\[ab '\"\\\\\n]|\"[ab '\\\\]*\"|'[ab\" \\\\]*'){0,12}x",
    ) {
        if let Some(expected) = by_a_shell(&source) {
            let found = fields(&source);
            prop_assert_eq!(strings(&found), expected, "{:?}", source);
        }
    }
}
