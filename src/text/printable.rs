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
    fn line_breaks_are_kept_only_where_they_are_meant() {
        assert_eq!(line("a\nb\tc"), "a b c");
        assert_eq!(block("a\nb\tc\r\n"), "a\nb c\u{240d}\n");
        assert_eq!(source("a\tb"), "a\tb");
    }
}
