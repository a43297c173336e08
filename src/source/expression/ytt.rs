//! Comments that are code to ytt (carvel.dev/ytt, "Language"): annotations steer what is below them, or give the value of the
//! key or item that they stand behind.

use std::ops::Range;

use super::{Role, Tag, first_word};

/// The code that begins at `start`. `None`: what stands there is a comment.
pub(super) fn code(string: &str, start: usize) -> Option<Vec<Tag>> {
    let code = string.get(start..)?.strip_prefix("#@")?;
    let end = start + "#@".len() + code.lines().next().unwrap_or_default().len();
    let before = string.get(..start)?.trim_end_matches([' ', '\t']);
    let tag = |range: Range<usize>, role: Role| Tag { range, role };
    let is_item = || before.strip_suffix('-').is_some_and(|before| before.is_empty() || before.ends_with(['\n', ' ']));
    if !(before.is_empty() || before.ends_with('\n')) {
        return (before.ends_with(':') || is_item()).then(|| vec![tag(start..end, Role::Value)]);
    }
    let statement = string.get(start + "#@".len()..end)?.trim_start();
    let role = match first_word(statement) {
        // It is about the next node alone, and has no end of its own.
        "if" | "for" | "while" | "def" if statement.contains("/end") => {
            let middle = start + "#@".len();
            return Some(vec![tag(start..middle, Role::Opens), tag(middle..end, Role::Closes)]);
        }
        "if" | "for" | "while" | "def" => Role::Opens,
        "else" | "elif" => Role::Separates,
        "end" => Role::Closes,
        _ => Role::Silent,
    };
    Some(vec![tag(start..end, role)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::expression::tags;

    #[test]
    fn comments_are_code_to_ytt() {
        use Role::{Closes, Opens, Separates, Silent, Value};
        let text =
            "#@ load(\"x\")\n#@ if x:\na: #@ y\n#@ else:\n- #@ z\n#@ end\n#@ if/end x:\n---\n#! why\nb: 1 #@ no\n";
        let roles: Vec<Role> = tags(text).iter().map(|tag| tag.role).collect();
        assert_eq!(roles, [Silent, Opens, Value, Separates, Value, Closes, Opens, Closes]);
    }
}
