//! Programs of which nobody knows what they do to the file that they are given.

use super::command::{COPIERS, Changed, Found, Word};
use super::place::Path;
use super::{component_of, readers};
use crate::source::program::base_name;

/// Options whose value is a file that is written.
const OUTPUTS: [&str; 7] = ["-o", "-O", "-out", "--out", "--output", "--output-document", "--output-file"];

/// Programs that change their file, whatever option stands before it.
const CHANGING: [&str; 6] = ["vim", "vi", "nano", "emacs", "truncate", "shred"];

/// How the names of certificates end.
const CERTIFICATES: [&str; 3] = [".crt", ".pem", ".cer"];

/// Whether a text can name such a file.
pub(super) fn may_touch(text: &str) -> bool {
    text.contains("manifests/kube-") || CERTIFICATES.iter().any(|ending| text.contains(ending))
}

/// The files of servers that a command names of which nobody knows what it does.
pub(super) fn touched<'a>(words: &[Word<'a>]) -> Vec<Found<'a>> {
    // What a copier does is told by its operands.
    let reads = |word: &Word<'_>| COPIERS.contains(&base_name(word.text)) || readers::reads(base_name(word.text));
    let texts = || words.iter().map(|word| word.text);
    let known = words.iter().position(reads).unwrap_or(words.len());
    let before = words.get(..known).unwrap_or_default();
    if readers::prints(texts()) || readers::makes_certificates(texts()) {
        return Vec::new();
    }
    let changes = before.iter().any(|word| CHANGING.contains(&base_name(word.text)));
    let program = before.iter().map(|word| word.text).find(|word| !readers::is_before(word)).map_or("", base_name);
    let is_given = |last: &Word<'_>| !last.is_option() || changes || OUTPUTS.contains(&last.text);
    let pairs = before.iter().zip(before.iter().skip(1));
    let files = pairs.filter(|(last, file)| is_given(last) && is_of_a_server(file)).map(|(_, file)| *file);
    files.map(|file| (file, program, Changed::touched(words))).collect()
}

/// Whether a path may be of a manifest, a unit or a certificate.
fn is_of_a_server(word: &Word<'_>) -> bool {
    let (path, name) = (word.text, base_name(word.text));
    let is_path = path.contains('/')
        && !path.contains([' ', '\n'])
        && !path.contains('=')
        && !name.contains(['$', '*', '?', '`']);
    let is_certificate = CERTIFICATES.iter().any(|ending| name.ends_with(ending));
    is_path && (is_certificate || component_of(name).is_some() && Path::of(path).is_of_a_node())
}
