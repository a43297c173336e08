//! The escapes of C, as bash (`$'…'`) and systemd read them.

/// How many digits a number has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digits {
    /// As many as there are, up to the most (bash(1), QUOTING).
    UpTo,
    /// No fewer than the most (systemd's `cunescape_one` of src/basic/escape.c).
    Exactly,
}

/// The character of an escape, and its length with the backslash. `None`: it is none, or not a character by itself.
pub(super) fn decoded(escape: &str, digits: Digits) -> Option<(char, usize)> {
    let behind = escape.strip_prefix('\\')?;
    let first = behind.chars().next()?;
    let number = |start: usize, most: usize, radix: u32| {
        let rest = behind.get(start..)?;
        let length = rest.chars().take(most).take_while(|digit| digit.is_digit(radix)).count();
        if length == 0 || (digits == Digits::Exactly && length < most) {
            return None;
        }
        let value = u32::from_str_radix(rest.get(..length)?, radix).ok()?;
        // Above, it is one byte of several.
        let is_character = value > 0 && (most > 3 || value < 0x80);
        is_character.then(|| char::from_u32(value).map(|decoded| (decoded, 1 + start + length)))?
    };
    match first {
        'x' => number(1, 2, 16),
        'u' => number(1, 4, 16),
        'U' => number(1, 8, 16),
        '0'..='7' => number(0, 3, 8),
        letter => control(letter).map(|control| (control, 2)),
    }
}

/// The control character that a letter stands for behind a backslash: in C, Go, YAML and the rest.
pub(super) fn control(letter: char) -> Option<char> {
    match letter {
        'a' => Some('\u{7}'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'v' => Some('\u{b}'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_the_reader_ends_them() {
        for (escape, bash, systemd) in [
            (r"\x3d/", Some(('=', 4)), Some(('=', 4))),
            (r"\xag", Some(('\n', 3)), None),
            (r"\075x", Some(('=', 4)), Some(('=', 4))),
            (r"\75x", Some(('=', 3)), None),
            (r"\u003dx", Some(('=', 6)), Some(('=', 6))),
            (r"\U0000003d", Some(('=', 10)), Some(('=', 10))),
            (r"\xc3", None, None),
            (r"\000", None, None),
            (r"\q", None, None),
        ] {
            assert_eq!(decoded(escape, Digits::UpTo), bash, "{escape}");
            assert_eq!(decoded(escape, Digits::Exactly), systemd, "{escape}");
        }
    }
}
