//! Flags as findings show them: entries, places, and what to type.

use std::collections::HashSet;
use std::ops::Range;

use crate::kubernetes::STANDARD_HEADERS;
use crate::lint::Outcome;
use crate::model::{FileFlag, FileState, Given, PathFlag, Setting, Setup};
use crate::text::{Located, Origin};

/// Where some of a value's characters are written; all of it where the value was written in another way (escapes).
pub(crate) fn characters(value: &Located<String>, range: Range<usize>) -> Origin {
    if value.origin.source() != value.value {
        return value.origin.clone();
    }
    let start = value.origin.range().start;
    Origin::new(value.origin.file(), start + range.start..start + range.end)
}

/// The name of a flag as it is typed, without its dashes and value.
pub(crate) fn name_of(flag: &str) -> &str {
    flag.split('=').next().unwrap_or_default().trim_start_matches('-')
}

/// The flag that turns something on.
///
/// # Errors
/// A pass where it is not on; unknown where an expression stands for its value.
pub(crate) fn switched_on<'a>(flag: &str, setting: &'a Setting<bool>) -> Result<&'a Given<bool>, Outcome> {
    match setting {
        Setting::Given(given) if given.value.value => Ok(given),
        Setting::Opaque(_) => Err(Outcome::undecided(format!("--{flag} is an expression"))),
        Setting::Given(_) | Setting::Absent => Err(Outcome::Pass),
    }
}

/// `"a", "b c"`: entries of a list with their blanks and empty ones.
pub(crate) fn shown(entries: &[Located<String>]) -> String {
    let entries: Vec<String> = entries.iter().map(|entry| format!("{:?}", entry.value)).collect();
    entries.join(", ")
}

/// A list flag to type; pflag reads its value as one CSV record.
pub(crate) fn list_flag<T: AsRef<str>>(flag: &str, entries: &[T]) -> String {
    let fields: Vec<String> = entries.iter().map(|entry| csv_field(entry.as_ref())).collect();
    format!("--{flag}={}", fields.join(","))
}

/// Names as they were meant: without the blanks and quotes around them, without empty ones, each once.
pub(crate) fn meant_names(names: &[Located<String>]) -> Vec<&str> {
    let mut seen = HashSet::new();
    let meant = names.iter().map(|name| meant(&name.value));
    meant.filter(|name| !name.is_empty() && seen.insert(*name)).collect()
}

/// One name as it was meant.
pub(crate) fn meant(name: &str) -> &str {
    name.trim_matches(|letter: char| letter.is_whitespace() || letter == '"' || letter == '\'')
}

/// A path as it was meant: without the quotes in it.
pub(crate) fn meant_path(path: &str) -> String {
    path.replace('"', "").trim_matches('\'').to_owned()
}

/// What was seen where a flag's path leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathSeen {
    Loaded,
    Unusable,
    NotLooked,
}

/// Every flag of ours that holds the path of a file, and what was seen there.
pub(crate) fn paths(setup: &Setup) -> Vec<(&PathFlag, PathSeen)> {
    fn path<T>(file: &FileFlag<T>) -> (&PathFlag, PathSeen) {
        let seen = match file.state {
            FileState::Loaded(_) => PathSeen::Loaded,
            FileState::Unusable(_) => PathSeen::Unusable,
            FileState::NotGiven | FileState::NotLooked(_) => PathSeen::NotLooked,
        };
        (&file.flag, seen)
    }
    let mut paths = vec![
        path(&setup.client_ca),
        path(&setup.requestheader_client_ca),
        path(&setup.proxy_client),
        path(&setup.proxy_client_key),
        path(&setup.tls_private_key),
        path(&setup.service_account_key),
    ];
    paths.extend(setup.neighbours().map(path));
    paths
}

/// What kube-apiserver sends, and kubeadm gives; with the uid's, which not every version knows.
pub(crate) fn standard_headers(with_uid: bool) -> impl Iterator<Item = String> {
    let given = STANDARD_HEADERS.iter().filter(move |(flag, _)| with_uid || *flag != UID_HEADERS);
    given.map(|(flag, header)| format!("--{flag}={header}"))
}

pub(crate) const UID_HEADERS: &str = "requestheader-uid-headers";

pub(crate) fn csv_field(entry: &str) -> String {
    if entry.contains([',', '"', '\n']) { format!("\"{}\"", entry.replace('"', "\"\"")) } else { entry.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SourceFile;

    #[test]
    fn a_list_flag_reads_back_as_its_entries() {
        assert_eq!(list_flag("names", &["a", "b,c", "d\"e"]), "--names=a,\"b,c\",\"d\"\"e\"");
        assert_eq!(list_flag::<&str>("names", &[]), "--names=");
    }

    #[test]
    fn characters_of_a_value_that_is_written_otherwise_are_all_of_it() {
        let file = SourceFile::new("file", "x: a\\tb");
        let value = Located::new("a\tb".to_owned(), Origin::new(&file, 3..7));
        assert_eq!(characters(&value, 0..1).source(), "a\\tb");
        let value = Located::new("x".to_owned(), Origin::new(&file, 0..1));
        assert_eq!(characters(&value, 0..1).source(), "x");
    }
}
