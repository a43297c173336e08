//! Patterns of names, as shells and many files have them.

/// Whether a name is one of a pattern's, in which `*` stands for any characters and `?` for one: by the usual walk with one place
/// to return to.
pub fn matches_wildcards(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut position) = (0, 0);
    let mut star = None;
    while let Some(character) = name.get(position) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, position));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == character => {
                at += 1;
                position += 1;
            }
            _ => {
                let Some((star_at, star_position)) = star else { return false };
                star = Some((star_at, star_position + 1));
                at = star_at + 1;
                position = star_position + 1;
            }
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::matches_wildcards;

    #[test]
    fn a_star_is_any_characters_and_a_question_mark_one() {
        for (pattern, name, expected) in [
            ("", "", true),
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("?", "", false),
            ("a?c", "abc", true),
            ("*.yaml", "a.yaml", true),
            ("*.yaml", "a.yaml.old", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
        ] {
            assert_eq!(matches_wildcards(pattern, name), expected, "{pattern} {name}");
        }
    }
}
