//! A flag that names a file, and what the file holds.

use std::path::PathBuf;

use crate::text::Origin;

use super::{Cause, Reason, Setting};

/// A flag that names a file, or a key of the ConfigMap that holds one: how it is called, where it is written, and what
/// the file holds.
#[derive(Debug, Clone)]
pub struct FileFlag<T> {
    pub flag: PathFlag,
    pub state: FileState<T>,
}

/// The same without the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathFlag {
    /// Without dashes.
    pub name: &'static str,
    written: Written,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Written {
    Flag(Setting<String>),
    /// In the ConfigMap, where it holds the file itself; `None`: it does not.
    Key(Option<Origin>),
}

/// What became of a file that a flag names.
#[derive(Debug, Clone)]
pub enum FileState<T> {
    /// The flag is absent or empty.
    NotGiven,
    Loaded(T),
    /// It was looked at and the server could not use it either.
    Unusable(Unusable),
    /// It could not be looked at from here: opaque path, not on this host, no permission, not in this input.
    NotLooked(Reason),
}

/// Why a file is of no use to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// Where the path is written.
    pub origin: Origin,
    /// The path as the server has it, and where it was looked for when that differs.
    pub path: String,
    pub looked_at: Option<PathBuf>,
    /// As the server would say it: `open /x: no such file or directory`.
    pub message: String,
    pub kind: UnusableKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnusableKind {
    Missing,
    /// Something is there and cannot be read: a directory.
    Unreadable,
    Empty,
    /// There is no block of the kind that is needed.
    NoContent,
    /// The same, behind a byte order mark of UTF-8, which Go's encoding/pem does not skip.
    ByteOrderMark,
    /// The same in UTF-16, by its mark.
    Utf16,
    /// A block is there and does not parse.
    Malformed,
}

impl UnusableKind {
    pub fn cannot_be_read(self) -> bool {
        matches!(self, Self::Missing | Self::Unreadable)
    }
}

impl PathFlag {
    /// A flag of a component, by its name without dashes.
    pub fn new(name: &'static str, setting: Setting<String>) -> Self {
        Self { name, written: Written::Flag(setting) }
    }

    /// A key of the ConfigMap, and where what it holds is written.
    pub fn key(name: &'static str, origin: Option<Origin>) -> Self {
        Self { name, written: Written::Key(origin) }
    }

    /// How it is called where it is written.
    pub fn called(&self) -> String {
        if self.is_key() { self.name.to_owned() } else { format!("--{}", self.name) }
    }

    /// Whether it is a key of the ConfigMap: what it holds is there because kube-apiservers publish their files.
    pub fn is_key(&self) -> bool {
        matches!(self.written, Written::Key(_))
    }

    /// The value as the flag has it; absent for a key, which names no file.
    pub fn setting(&self) -> &Setting<String> {
        match &self.written {
            Written::Flag(setting) => setting,
            Written::Key(_) => &Setting::Absent,
        }
    }

    pub fn is_absent(&self) -> bool {
        self.setting().is_absent()
    }

    /// The path, when it is given, known and not empty: an empty path flag is the same as none.
    pub fn path(&self) -> Option<&str> {
        self.setting().path()
    }

    /// The path or the expression that stands for it; empty when there is none.
    pub fn as_written(&self) -> &str {
        match self.setting() {
            Setting::Given(given) => &given.value.value,
            Setting::Opaque(expression) => &expression.value,
            Setting::Absent => "",
        }
    }

    /// Whether a path is given, known or not; an empty one is the same as none.
    pub fn is_path_given(&self) -> bool {
        matches!(self.setting(), Setting::Opaque(_)) || self.path().is_some()
    }

    /// Where the value is written.
    pub fn origin(&self) -> Option<&Origin> {
        match &self.written {
            Written::Flag(setting) => setting.origin(),
            Written::Key(origin) => origin.as_ref(),
        }
    }
}

impl<T> FileFlag<T> {
    /// A flag that is not given.
    pub(super) fn absent(name: &'static str) -> Self {
        Self { flag: PathFlag::new(name, Setting::Absent), state: FileState::NotGiven }
    }

    pub fn path(&self) -> Option<&str> {
        self.flag.path()
    }

    pub fn origin(&self) -> Option<&Origin> {
        self.flag.origin()
    }

    pub fn called(&self) -> String {
        self.flag.called()
    }

    /// What the file holds.
    ///
    /// # Errors
    /// Why there is nothing to look at; it names the flag.
    pub fn get(&self) -> Result<&T, Reason> {
        match &self.state {
            FileState::Loaded(value) => Ok(value),
            FileState::NotGiven => Err(Reason::not_given(self.called())),
            FileState::Unusable(unusable) => {
                Err(Reason::new(Cause::Unusable(unusable.message.clone())).about(self.called()).at(&unusable.origin))
            }
            FileState::NotLooked(why) => Err(why.clone().about(self.called())),
        }
    }

    pub fn loaded(&self) -> Option<&T> {
        match &self.state {
            FileState::Loaded(value) => Some(value),
            _ => None,
        }
    }

    /// Whether the component has no such file: the flag is absent or empty.
    pub fn is_not_given(&self) -> bool {
        matches!(self.state, FileState::NotGiven)
    }

    /// Why it was not looked at, where it was not.
    pub fn not_looked_at(&self) -> Option<Reason> {
        match &self.state {
            FileState::NotLooked(why) => Some(why.clone().about(self.called())),
            _ => None,
        }
    }
}
