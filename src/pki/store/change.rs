//! What is to happen to the files of a directory, and what came of it.

use zeroize::Zeroizing;

use crate::pki::layout::PkiFile;

/// What happens to the files of a directory.
#[derive(Debug, Clone)]
pub struct Change<F = PkiFile> {
    /// Files that are there and make room: a copy of each is kept under a dated name.
    pub retire: Vec<F>,
    /// Files that go without a copy, because what they hold is placed elsewhere or of no use any more.
    pub remove: Vec<F>,
    /// Files that make room without a copy, because they are made of others that are kept.
    pub overwrite: Vec<F>,
    /// Files to write, with their contents. One that replaces another gets its mode ([`KEYS_KEEP_MODE`](crate::pki::Layout::KEYS_KEEP_MODE)) and owner.
    pub place: Vec<(F, Zeroizing<Vec<u8>>)>,
}

impl<F> Default for Change<F> {
    fn default() -> Self {
        Self { retire: Vec::new(), remove: Vec::new(), overwrite: Vec::new(), place: Vec::new() }
    }
}

impl<F> Change<F> {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.retire.is_empty() && self.remove.is_empty() && self.overwrite.is_empty() && self.place.is_empty()
    }
}

impl<F: PartialEq> Change<F> {
    /// Whether a file that is there makes room, with a copy or without.
    pub fn replaces(&self, file: &F) -> bool {
        self.retire.contains(file) || self.overwrite.contains(file)
    }
}

/// A file that was kept under another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<F = PkiFile> {
    pub file: F,
    /// `front-proxy-ca.key.2026-11-21T20-15-03Z`
    pub name: String,
}

/// What an interrupted run had left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovery<F = PkiFile> {
    Nothing,
    /// It had not decided yet: its files are gone, the old state stands.
    Discarded,
    /// It had decided: its change was carried to the end.
    Finished(Vec<Kept<F>>),
}

impl<F> Recovery<F> {
    /// What the interrupted run has kept under dated names.
    pub fn kept(&self) -> &[Kept<F>] {
        match self {
            Self::Finished(kept) => kept,
            Self::Nothing | Self::Discarded => &[],
        }
    }
}
