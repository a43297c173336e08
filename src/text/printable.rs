//! Text from outside, made safe to print.
//!
//! File names, values and certificate subjects come from whoever wrote them. A terminal obeys control characters, and
//! bidirectional overrides make a line read as something else (CVE-2021-42574), so every such character is replaced by
//! one that can be seen. One character stays one character: columns remain true.

use std::borrow::Cow;

/// One line: line breaks and tabs become blanks, other control characters something visible.
pub fn line(text: &str) -> Cow<'_, str> {
    replace(text, |character| match character {
        '\n' | '\r' | '\t' => ' ',
        other => visible(other),
    })
}

/// Several lines: line breaks stay.
pub fn block(text: &str) -> Cow<'_, str> {
    replace(text, |character| match character {
        '\n' => '\n',
        '\t' => ' ',
        other => visible(other),
    })
}

/// A line of source: tabs stay, for they have a width of their own.
pub fn source(text: &str) -> Cow<'_, str> {
    replace(text, |character| if character == '\t' { '\t' } else { visible(character) })
}

/// Text in which no line is a command to a CI runner; for what may stand in a build's log.
///
/// GitHub obeys lines that begin with `::`, after blanks too (actions/runner, `ActionCommand.TryParseV2`); it, Azure and
/// TeamCity obey `##word[` wherever it stands (`TryParse`, looked for with `IndexOf`). One character stays one character.
pub fn inert(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut inert = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive('\n') {
        let blanks = line.len() - line.trim_start().len();
        let (blanks, rest) = line.split_at(blanks);
        inert.push_str(blanks);
        let rest = match rest.strip_prefix("::") {
            // `:::`, which stands before a second file's name, is no command of any name.
            Some(command) if !command.starts_with(':') => {
                inert.push_str("\u{2236}:");
                command
            }
            _ => rest,
        };
        without_marks(rest, &mut inert);
    }
    Cow::Owned(inert)
}

/// `##word[` with another character for the second `#`.
fn without_marks(line: &str, inert: &mut String) {
    let mut rest = line;
    while let Some(at) = rest.find("##") {
        let (before, mark) = rest.split_at(at + 1);
        inert.push_str(before);
        let word = mark.get(1..).unwrap_or_default();
        if word.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric()).starts_with('[') {
            inert.push('\u{266f}');
            rest = word;
        } else {
            rest = mark;
        }
    }
    inert.push_str(rest);
}

/// Whether a terminal or a reader's eye obeys a character, instead of showing it.
pub fn is_obeyed(character: char) -> bool {
    character == '\x7f' || matches!(character, '\u{80}'..='\u{9f}') || is_invisible(character)
}

/// The character itself, or one that shows that it is there.
fn visible(character: char) -> char {
    match character {
        // Unicode has a picture for each of these.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}' => char::REPLACEMENT_CHARACTER,
        _ if is_invisible(character) => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

/// Characters that show nothing but change how others are shown: line separators, bidirectional controls, zero-width
/// characters, tags.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn replace(text: &str, convert: impl Fn(char) -> char) -> Cow<'_, str> {
    if text.chars().all(|character| convert(character) == character) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().map(convert).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_left_alone() {
        let text = "CN=fröbel 前端 ☃ e\u{301} --flag=\"x\"";
        assert!(matches!(line(text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        let hostile = "\x1b[2J\u{9b}31m\x07\x7f\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}\r\0";
        for shown in [line(hostile), block(hostile), source(hostile)] {
            assert_eq!(shown.chars().count(), hostile.chars().count(), "columns stay true");
            let obeyed = shown.chars().find(|character| character.is_control() || is_invisible(*character));
            assert_eq!(obeyed, None, "{shown:?}");
        }
    }

    #[test]
    fn no_line_is_a_command_to_a_runner() {
        for (text, shown) in [
            ("::error::x", "\u{2236}:error::x"),
            ("a\n  \t::error::x\n", "a\n  \t\u{2236}:error::x\n"),
            ("a ##[error]x ##vso[task]y", "a #\u{266f}[error]x #\u{266f}vso[task]y"),
            ("###[x]", "##\u{266f}[x]"),
            ("x ::error", "x ::error"),
            ("## a heading [x]\n ::: a.crt", "## a heading [x]\n ::: a.crt"),
            ("#", "#"),
        ] {
            assert_eq!(inert(text), shown, "{text}");
            assert_eq!(inert(text).chars().count(), text.chars().count(), "columns stay true");
        }
    }

    #[test]
    fn line_breaks_are_kept_only_where_they_are_meant() {
        assert_eq!(line("a\nb\tc"), "a b c");
        assert_eq!(block("a\nb\tc\r\n"), "a\nb c\u{240d}\n");
        assert_eq!(source("a\tb"), "a\tb");
    }
}
