//! The words that stand in whatever a pattern matches.
//!
//! Two hundred patterns in one automaton (`RegexSet`) make states that nearly every line of a log sees for the first time, and
//! building them takes longer than all the rest. Words are found in one pass, and hardly a line holds any. They are read from the
//! pattern's own text: to parse all patterns as those that are compiled takes longer than a single line does.

use std::collections::HashMap;
use std::iter::Peekable;
use std::str::Chars;
use std::sync::{LazyLock, Mutex, PoisonError};

/// Shorter ones stand in every line.
const SHORTEST: usize = 2;

type Words = Option<&'static [String]>;

/// What was found: the first look at a line and the table that has the pattern ask for the same.
static FOUND: LazyLock<Mutex<HashMap<&'static str, Words>>> = LazyLock::new(Mutex::default);

/// Words in lower case, one of which is in all that the pattern matches; `None`: there are none to look for.
pub(super) fn required(pattern: &'static str) -> Words {
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    *found.entry(pattern).or_insert_with(|| {
        let mut parser = Parser { rest: pattern.chars().peekable() };
        let words = parser.alternation().words().filter(|words| shortest(words) >= SHORTEST)?;
        Some(Box::leak(words.into_boxed_slice()))
    })
}

/// A part of a pattern.
enum Part {
    /// What stands there for certain but for its case.
    Letters(String),
    /// One of these is in it; `None`: nothing is certain.
    OneOf(Option<Vec<String>>),
}

impl Part {
    const UNKNOWN: Self = Self::OneOf(None);

    fn words(self) -> Option<Vec<String>> {
        match self {
            Self::Letters(letters) => (!letters.is_empty()).then(|| vec![letters]),
            Self::OneOf(words) => words,
        }
    }

    fn letter(letter: char) -> Self {
        Self::Letters(letter.to_ascii_lowercase().to_string())
    }
}

/// Reads the syntax of `regex` as far as the tables use it.
struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Parser<'_> {
    /// Up to the bracket that ends it, or the end.
    fn alternation(&mut self) -> Part {
        let first = self.sequence();
        if self.rest.peek() != Some(&'|') {
            return first;
        }
        let mut words = first.words();
        while self.rest.next_if_eq(&'|').is_some() {
            words = words.zip(self.sequence().words()).map(|(words, more)| [words, more].concat());
        }
        Part::OneOf(words)
    }

    /// Of what stands one behind the other, the most telling.
    fn sequence(&mut self) -> Part {
        let mut found: Vec<Vec<String>> = Vec::new();
        let mut word = String::new();
        let mut is_exact = true;
        while self.rest.peek().is_some_and(|next| !matches!(next, '|' | ')')) {
            let part = self.atom();
            match self.repeated(part) {
                Part::Letters(letters) => word.push_str(&letters),
                Part::OneOf(words) => {
                    is_exact = false;
                    found.push(vec![std::mem::take(&mut word)]);
                    found.extend(words);
                }
            }
        }
        if is_exact {
            return Part::Letters(word);
        }
        found.push(vec![word]);
        found.retain(|words| shortest(words) > 0);
        let rarity = |words: &Vec<String>| (words.iter().map(|word| telling(word)).min(), usize::MAX - words.len());
        Part::OneOf(found.into_iter().max_by_key(rarity))
    }

    fn atom(&mut self) -> Part {
        match self.rest.next() {
            Some('(') => self.group(),
            Some('[') => self.class(),
            Some('\\') => self.escaped().map_or(Part::UNKNOWN, Part::letter),
            Some('.' | '^' | '$') | None => Part::UNKNOWN,
            Some(letter) => Part::letter(letter),
        }
    }

    /// A group that captures is no part of the word before it: the tables want what it holds by itself.
    fn group(&mut self) -> Part {
        let mut captures = true;
        if self.rest.next_if_eq(&'?').is_some() {
            captures = matches!(self.rest.peek(), Some('P' | '<'));
            let end = |c: &char| if captures { *c == '>' } else { matches!(c, ':' | ')') };
            let ended = self.rest.by_ref().find(end);
            // Flags for what follows.
            if ended == Some(')') {
                return Part::Letters(String::new());
            }
        }
        let part = self.alternation();
        self.rest.next_if_eq(&')');
        if captures { Part::OneOf(part.words()) } else { part }
    }

    /// A letter in both cases is that letter.
    fn class(&mut self) -> Part {
        let is_negated = self.rest.next_if_eq(&'^').is_some();
        let mut letters: Vec<Option<char>> = Vec::new();
        letters.extend(self.rest.next_if_eq(&']').map(Some));
        while let Some(next) = self.rest.next().filter(|next| *next != ']') {
            letters.push(match next {
                '\\' => self.escaped(),
                // A class within it.
                '[' => {
                    self.class();
                    None
                }
                // A range.
                '-' if !letters.is_empty() && self.rest.peek() != Some(&']') => None,
                letter => Some(letter.to_ascii_lowercase()),
            });
        }
        let first = letters.first().copied().flatten().filter(|_| !is_negated);
        match first.filter(|first| letters.iter().all(|letter| *letter == Some(*first))) {
            Some(letter) => Part::letter(letter),
            None => Part::UNKNOWN,
        }
    }

    /// The character that an escape stands for; `None`: a class, or a place.
    fn escaped(&mut self) -> Option<char> {
        let digits = |parser: &mut Self| {
            let is_braced = parser.rest.next_if_eq(&'{').is_some();
            let digits: String = match is_braced {
                true => parser.rest.by_ref().take_while(|digit| *digit != '}').collect(),
                false => parser.rest.by_ref().take(2).collect(),
            };
            u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
        };
        match self.rest.next()? {
            'x' | 'u' => digits(self),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            letter => Some(letter).filter(|letter| !letter.is_ascii_alphanumeric()),
        }
    }

    /// What is left of a part by the sign of repetition behind it.
    fn repeated(&mut self, part: Part) -> Part {
        let least = match self.rest.peek() {
            Some('*' | '?') => 0,
            Some('+') => 1,
            Some('{') => return self.counted(part),
            _ => return part,
        };
        self.rest.next();
        self.rest.next_if_eq(&'?');
        Part::OneOf(part.words().filter(|_| least > 0))
    }

    fn counted(&mut self, part: Part) -> Part {
        let counts: String = self.rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
        self.rest.next_if_eq(&'?');
        let least = counts.split(',').next().and_then(|least| least.parse().ok()).unwrap_or(0);
        Part::OneOf(part.words().filter(|_| least > 0))
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
        let words = |pattern: &'static str| required(pattern).map(|words| words.join(" "));
        for (pattern, expected) in [
            (r"x509: certificate", Some("x509: certificate")),
            (r"[Ff]ailed (?:list|watch)", Some("failed ")),
            (r"(?i)kubelet\b.*Token", Some("kubelet")),
            (r"(?:certificate|private key) of", Some("certificate private key")),
            (r"(?:certificate)? of a", Some(" of a")),
            (r"a+(?P<name>tls: )+", Some("tls: ")),
            (r"\d+ [a-z]+", None),
            (r"a|certificate", None),
            (r#"[^\s"]{0,9}[\x22\\]{1,2}err[\x22]=(?P<why>no such)"#, Some("no such")),
            (r"\.go:\d+\] (?i:[K]ubelet){2}", Some("kubelet")),
            (r"[]a-z-]x{0,3}(?i)Token\b", Some("token")),
            (r"(?:\{a\}){1,}b{2,}[.]svc|[^]]svc\u{2d}x", Some(".svc svc-x")),
        ] {
            let found = words(pattern);
            let sorted = |text: &str| text.split(' ').map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
            assert_eq!(found.as_deref().map(sorted), expected.map(sorted), "{pattern}: {found:?}");
        }
    }
}
