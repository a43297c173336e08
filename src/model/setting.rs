//! The value of a flag, and how it was given.

use crate::source::Provenance;
use crate::text::{Located, Origin};

/// The value of one flag after all its occurrences were taken together.
///
/// Absent, opaque and given stay apart, and an empty value is a given one: `--requestheader-allowed-names=` switches
/// something off on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Setting<T> {
    #[default]
    Absent,
    /// Given, but with a template's or shell's expression in it, or not what it should be; the value as written.
    Opaque(Located<String>),
    Given(Given<T>),
}

/// A value and how it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<T> {
    /// The origin is that of the value where one is written, else of the flag.
    pub value: Located<T>,
    /// Where the flag's name is written (the last occurrence).
    pub flag: Origin,
    pub provenance: Provenance,
}

impl<T> Setting<T> {
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    pub fn given(&self) -> Option<&Given<T>> {
        match self {
            Self::Given(given) => Some(given),
            _ => None,
        }
    }

    /// The value, when it is given and known.
    pub fn value(&self) -> Option<&T> {
        self.given().map(|given| &given.value.value)
    }

    /// Where the value is written, given or opaque.
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Absent => None,
            Self::Opaque(expression) => Some(&expression.origin),
            Self::Given(given) => Some(&given.value.origin),
        }
    }
}

impl Setting<String> {
    /// The path, when it is given, known and not empty: an empty path flag is the same as none.
    pub fn path(&self) -> Option<&str> {
        self.value().map(String::as_str).filter(|path| !path.is_empty())
    }
}

impl Setting<Vec<Located<String>>> {
    /// The entries, when they are known. Absent is the empty list, as in the server.
    pub fn entries(&self) -> Option<Vec<&str>> {
        match self {
            Self::Absent => Some(Vec::new()),
            Self::Opaque(_) => None,
            Self::Given(given) => Some(given.value.value.iter().map(|entry| entry.value.as_str()).collect()),
        }
    }
}

/// A list flag: the entries in order, each with its own place.
pub type ListSetting = Setting<Vec<Located<String>>>;
