//! Commands that can be pasted.

use super::printable;

/// A word that means itself to a POSIX shell (Shell Command Language, section 2.2), on one line that can be printed.
///
/// What a terminal obeys is written as the octal escapes of printf(1); only a line break at the very end is lost by
/// that, because command substitution takes it away.
pub fn shell_word(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_=./,:@%+".contains(character);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else if printable::line(text) == text {
        format!("'{}'", text.replace('\'', r"'\''"))
    } else {
        let escaped = |byte: u8| match byte {
            b'%' => "%%".to_owned(),
            _ if is_plain(char::from(byte)) || byte == b' ' => char::from(byte).to_string(),
            _ => format!("\\{byte:03o}"),
        };
        format!("\"$(printf '{}')\"", text.bytes().map(escaped).collect::<String>())
    }
}

/// A path that no command takes for an option, nor scp for a path on another host.
pub fn operand(path: &str) -> String {
    let first = path.split('/').next().unwrap_or_default();
    if path.starts_with('-') || first.contains(':') { format!("./{path}") } else { path.to_owned() }
}

/// A command of words that mean themselves.
pub fn shell_command<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|word| shell_word(word.as_ref())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_meant() {
        let words = ["a", "", "it's", "/etc/x ;touch y;#", "$(id) `id`", "\x1b[31m\u{202e}%s\\n!", "one\ntwo", "ü*?~"];
        let command = shell_command(&words);
        assert_eq!(printable::line(&command), command);
        let script = format!("printf '<%s>' {command}");
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let expected: String = words.iter().map(|word| format!("<{word}>")).collect();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }

    #[test]
    fn no_path_is_an_option_or_a_host() {
        for (path, printed) in
            [("-rf", "./-rf"), ("/a", "/a"), ("a:b/c", "./a:b/c"), ("/a:b", "/a:b"), ("./a:b", "./a:b")]
        {
            assert_eq!(operand(path), printed);
        }
    }
}
