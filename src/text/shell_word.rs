//! Commands that can be pasted.

/// A word that means itself to a POSIX shell (Shell Command Language, section 2.2).
pub fn shell_word(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_=./,:@%+".contains(character);
    let is_plain = !text.is_empty() && text.chars().all(is_plain);
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
