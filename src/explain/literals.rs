//! The words that stand in whatever a pattern matches.
//!
//! Two hundred patterns in one automaton (`RegexSet`) make states that nearly every line of a log sees for the first time, and
//! building them takes longer than all the rest. Words are found in one pass, and hardly a line holds any.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Shorter ones stand in every line.
const SHORTEST: usize = 2;

/// Words in lower case, one of which is in all that the pattern matches; `None`: there are none to look for.
pub(super) fn required(pattern: &str) -> Option<Vec<String>> {
    of(&regex_syntax::parse(pattern).ok()?).filter(|words| shortest(words) >= SHORTEST)
}

fn of(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(_) | HirKind::Class(_) => letters(hir).map(|word| vec![word]),
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => of(&repetition.sub),
        HirKind::Alternation(alternatives) => {
            let words: Option<Vec<Vec<String>>> = alternatives.iter().map(of).collect();
            words.map(|words| words.concat())
        }
        HirKind::Concat(parts) => of_sequence(parts),
        _ => None,
    }
}

/// Of what stands one behind the other, the most telling.
fn of_sequence(parts: &[Hir]) -> Option<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut word = String::new();
    for part in parts {
        match letters(part) {
            Some(letters) => word.push_str(&letters),
            None => {
                found.push(vec![std::mem::take(&mut word)]);
                found.extend(of(part));
            }
        }
    }
    found.push(vec![word]);
    found.retain(|words| shortest(words) > 0);
    found.into_iter().max_by_key(|words| (words.iter().map(|word| telling(word)).min(), usize::MAX - words.len()))
}

/// What stands there for certain but for its case.
fn letters(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).ok().map(str::to_ascii_lowercase),
        HirKind::Class(Class::Unicode(class)) => {
            let mut characters = class.ranges().iter().flat_map(|range| [range.start(), range.end()]);
            // Unicode has a third k (U+212A) and a third s (U+017F), which nobody means.
            let first = characters.next()?.to_ascii_lowercase();
            let is_one = characters.all(|c| c.to_ascii_lowercase() == first || matches!(c, '\u{212a}' | '\u{17f}'));
            (first.is_ascii_alphabetic() && is_one).then(|| first.to_string())
        }
        _ => None,
    }
}

/// How rare a word is: longer ones are, and those with digits, such as a status behind a path that each line has.
fn telling(word: &str) -> usize {
    word.len() + 3 * word.bytes().filter(u8::is_ascii_digit).count()
}

fn shortest(words: &[String]) -> usize {
    words.iter().map(String::len).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_that_must_be_there() {
        let words = |pattern: &str| required(pattern).map(|words| words.join(" "));
        for (pattern, expected) in [
            (r"x509: certificate", Some("x509: certificate")),
            (r"[Ff]ailed (?:list|watch)", Some("failed ")),
            (r"(?i)kubelet\b.*Token", Some("kubelet")),
            (r"(?:certificate|private key) of", Some("certificate private key")),
            (r"(?:certificate)? of a", Some(" of a")),
            (r"a+(?P<name>tls: )+", Some("tls: ")),
            (r"\d+ [a-z]+", None),
            (r"a|certificate", None),
        ] {
            let found = words(pattern);
            let sorted = |text: &str| text.split(' ').map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
            assert_eq!(found.as_deref().map(sorted), expected.map(sorted), "{pattern}: {found:?}");
        }
    }
}
