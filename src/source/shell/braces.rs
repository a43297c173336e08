//! `{a,b}` as bash, zsh and ksh read it before anything else (bash(1), "Brace Expansion").

use super::lexer;
use super::part::{Part, Word};
use super::script::Braces;
use crate::text::Text;

/// More words of one than people write.
const MAXIMUM_WORDS: usize = 64;

/// Deeper than people nest them.
const MAXIMUM_DEPTH: usize = 8;

/// Puts the words of `{a,b}` in the place of it, or what stands for anything where the shell may be one without it.
pub(super) fn expand(commands: &mut [lexer::Command], braces: Braces) {
    if braces == Braces::Literal {
        return;
    }
    for command in commands {
        if command.words.iter().any(may_have_braces) {
            command.words = std::mem::take(&mut command.words).into_iter().flat_map(|word| one(word, braces)).collect();
        }
    }
}

fn may_have_braces(word: &Word) -> bool {
    word.parts.iter().any(|part| match part {
        Part::Literal { text, quoted: false } => text.as_str().contains('{'),
        Part::Array(words) => words.iter().any(may_have_braces),
        _ => false,
    })
}

fn one(mut word: Word, braces: Braces) -> Vec<Word> {
    for part in &mut word.parts {
        if let Part::Array(words) = part {
            *words = std::mem::take(words).into_iter().flat_map(|word| one(word, braces)).collect();
        }
    }
    // `NAME={a,b}` is a value as it is written.
    if !may_have_braces(&word) || is_assignment(&word) {
        return vec![word];
    }
    let pieces = pieces(&word.parts);
    match words(&pieces, 0) {
        Some(all) if braces == Braces::Expanded => {
            all.into_iter().map(|parts| Word { parts, range: word.range.clone() }).collect()
        }
        Some(_) => vec![Word { parts: vec![anything(&pieces)], range: word.range }],
        None => vec![word],
    }
}

fn is_assignment(word: &Word) -> bool {
    let Some(Part::Literal { text, quoted: false }) = word.parts.first() else { return false };
    let name = text.as_str().split_once('=').map(|(name, _)| name.trim_end_matches('+'));
    name.is_some_and(|name| !name.is_empty() && super::part::name_length(name) == name.len())
}

/// The same parts, with each `{`, `,` and `}` that is not quoted by itself.
fn pieces(parts: &[Part]) -> Vec<Part> {
    let mut pieces = Vec::new();
    for part in parts {
        let Part::Literal { text, quoted: false } = part else {
            pieces.push(part.clone());
            continue;
        };
        let mut start = 0;
        for (at, mark) in text.as_str().match_indices(['{', ',', '}']) {
            if at > start {
                pieces.push(Part::Literal { text: text.slice(start..at), quoted: false });
            }
            start = at + mark.len();
            pieces.push(Part::Literal { text: text.slice(at..start), quoted: false });
        }
        if start < text.len() {
            pieces.push(Part::Literal { text: text.slice(start..text.len()), quoted: false });
        }
    }
    pieces
}

fn is(piece: &Part, mark: &str) -> bool {
    matches!(piece, Part::Literal { text, quoted: false } if text.as_str() == mark)
}

/// What the pieces stand for; `None` where there are no braces with a comma in them.
fn words(pieces: &[Part], depth: usize) -> Option<Vec<Vec<Part>>> {
    if depth > MAXIMUM_DEPTH {
        return None;
    }
    let opening = pieces.iter().enumerate().filter(|(_, piece)| is(piece, "{"));
    let (open, close, commas) = opening.take(MAXIMUM_DEPTH).find_map(|(open, _)| {
        let (close, commas) = closing(pieces, open)?;
        (!commas.is_empty()).then_some((open, close, commas))
    })?;
    let all = |part: &[Part]| words(part, depth + 1).unwrap_or_else(|| vec![part.to_vec()]);
    let ends = commas.iter().copied().chain([close]);
    let starts = std::iter::once(open).chain(commas.iter().copied());
    let choices = starts.zip(ends).flat_map(|(start, end)| all(pieces.get(start + 1..end).unwrap_or_default()));
    let rests = all(pieces.get(close + 1..)?);
    let before = pieces.get(..open)?;
    let mut found = Vec::new();
    for choice in choices {
        for rest in &rests {
            found.push([before, choice.as_slice(), rest.as_slice()].concat());
        }
        if found.len() > MAXIMUM_WORDS {
            return None;
        }
    }
    Some(found)
}

/// The brace that closes the one at `open`, and the commas between them.
fn closing(pieces: &[Part], open: usize) -> Option<(usize, Vec<usize>)> {
    let mut depth = 0_usize;
    let mut commas = Vec::new();
    for (at, piece) in pieces.iter().enumerate().skip(open) {
        if is(piece, "{") {
            depth += 1;
        } else if is(piece, "}") {
            depth -= 1;
            if depth == 0 {
                return Some((at, commas));
            }
        } else if depth == 1 && is(piece, ",") {
            commas.push(at);
        }
    }
    None
}

/// A word that stands for one or several, nobody knows which.
fn anything(pieces: &[Part]) -> Part {
    let mut source: Option<Text> = None;
    for piece in pieces {
        let text = match piece {
            Part::Literal { text, .. } => text,
            Part::Variable(variable) => &variable.source,
            Part::Opaque { source, .. } => source,
            Part::Array(_) => continue,
        };
        match &mut source {
            Some(source) => source.append(text),
            None => source = Some(text.clone()),
        }
    }
    match source {
        Some(source) => Part::Opaque { source, quoted: false },
        None => Part::Array(Vec::new()),
    }
}
