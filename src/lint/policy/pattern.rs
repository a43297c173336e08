//! Patterns for paths: `clusters/lab/**/*.yaml`.

use crate::source::BaseDirectory;
use crate::text::matches_wildcards;

/// `*` stands for any characters of one part of a path, `?` for one, `**` as a part for any number of parts. A pattern
/// that names a directory means everything below it. There are no classes and no escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<String>,
    /// It begins at the root: `/etc/kubernetes/**`.
    absolute: bool,
}

impl Pattern {
    pub fn new(pattern: &str) -> Self {
        let parts = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect();
        Self { parts, absolute: pattern.starts_with('/') }
    }

    /// The path below which all lies that it can mean.
    pub(super) fn literal(&self) -> String {
        let literal: Vec<&str> =
            self.parts.iter().map(String::as_str).take_while(|part| !part.contains(['*', '?'])).collect();
        format!("{}{}", if self.absolute { "/" } else { "" }, literal.join("/"))
    }

    /// Whether it means files by their place on a host, which may be another.
    pub(super) fn is_absolute(&self) -> bool {
        self.absolute
    }

    /// Whether it means the file with this name, where the pattern is relative to a directory.
    pub fn matches_file(&self, base: &BaseDirectory, name: &str) -> bool {
        self.matches(&if self.absolute { base.absolute(name) } else { base.display(name) })
    }

    /// Whether it means this path, which is relative or absolute with `/` between its parts.
    pub fn matches(&self, path: &str) -> bool {
        if self.absolute != path.starts_with('/') {
            return false;
        }
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        matches_parts(&self.parts, &parts)
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.absolute { "/" } else { "" }, self.parts.join("/"))
    }
}

/// Both walk along; `reached` says which prefixes of the pattern the parts so far can end with. So no pattern takes more
/// than pattern times path.
fn matches_parts(pattern: &[String], path: &[&str]) -> bool {
    let mut reached = vec![false; pattern.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    skip_empty(pattern, &mut reached);
    for part in path {
        // What is below a directory that matched has matched.
        if reached.last() == Some(&true) {
            return true;
        }
        let mut next = vec![false; pattern.len() + 1];
        for (index, wanted) in pattern.iter().enumerate() {
            if !reached.get(index).copied().unwrap_or_default() {
                continue;
            }
            let to = if wanted == "**" { index } else { index + 1 };
            if (wanted == "**" || matches_wildcards(wanted, part))
                && let Some(state) = next.get_mut(to)
            {
                *state = true;
            }
        }
        skip_empty(pattern, &mut next);
        reached = next;
    }
    reached.last() == Some(&true)
}

/// `**` also stands for no part at all.
fn skip_empty(pattern: &[String], reached: &mut [bool]) {
    for (index, wanted) in pattern.iter().enumerate() {
        if wanted == "**"
            && reached.get(index) == Some(&true)
            && let Some(next) = reached.get_mut(index + 1)
        {
            *next = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_elsewhere() {
        for (pattern, path, expected) in [
            ("a.yaml", "a.yaml", true),
            ("a.yaml", "b/a.yaml", false),
            ("*.yaml", "a.yaml", true),
            ("*.yaml", "b/a.yaml", false),
            ("**/a.yaml", "a.yaml", true),
            ("**/a.yaml", "b/c/a.yaml", true),
            ("b/**", "b/c/a.yaml", true),
            ("b/**", "b", true),
            ("b", "b/c/a.yaml", true),
            ("b/", "b/c/a.yaml", true),
            ("./b", "b/a.yaml", true),
            ("b", "bb/a.yaml", false),
            ("b/**/c/*.yaml", "b/c/a.yaml", true),
            ("b/**/c/*.yaml", "b/x/y/c/a.yaml", true),
            ("b/**/c/*.yaml", "b/x/y/a.yaml", false),
            ("**", "anything/at/all", true),
            ("node-?.yaml", "node-1.yaml", true),
            ("node-?.yaml", "node-10.yaml", false),
            ("*node*1*", "a-node-b-1-c", true),
            ("/etc/**", "/etc/kubernetes/x", true),
            ("etc/**", "/etc/kubernetes/x", false),
            ("**", "/etc/kubernetes/x", false),
            ("", "a", true),
            ("ü*", "über", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn no_pattern_takes_for_ever() {
        let pattern = Pattern::new(&format!("{}b", "**/*a*/".repeat(200)));
        assert!(!pattern.matches(&"aaaaaaaaaaaaaaaaaaaa/".repeat(200)));
        assert!(!matches_wildcards(&"*a".repeat(100), &"a".repeat(50)));
    }
}
