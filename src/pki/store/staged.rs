//! The files of a change that is under way: their names are its journal.

use std::str::FromStr;

use time::OffsetDateTime;

use super::{Kept, StoreError};
use crate::pki::layout::Layout;
use crate::text::{for_file_name, is_for_file_name};

/// What lies in the directory of a change.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Staged<F> {
    /// In the order in which they are placed.
    pub place: Vec<F>,
    /// Copies of what makes room, under the names that they are going to have.
    pub copies: Vec<Kept<F>>,
    /// What goes without a copy.
    pub remove: Vec<F>,
    /// What makes room without one.
    pub overwrite: Vec<F>,
}

/// What says that a file goes.
const GONE: &str = ".gone";
/// What says that it is written over.
const OVER: &str = ".over";

/// The empty file that says that another goes.
pub(super) fn gone<F: Layout>(file: F) -> String {
    format!("{file}{GONE}")
}

/// The empty file that says that another is written over.
pub(super) fn over<F: Layout>(file: F) -> String {
    format!("{file}{OVER}")
}

impl<F: Layout> Staged<F> {
    pub(super) fn new(
        place: impl IntoIterator<Item = F>,
        copies: Vec<Kept<F>>,
        remove: Vec<F>,
        overwrite: Vec<F>,
    ) -> Self {
        let mut place = place.into_iter().collect::<Vec<_>>();
        // What has a copy goes first: whether any file was placed is told by the copies, see `Store::is_overtaken`.
        let has_copy = |file: &F| copies.iter().any(|copy| copy.file == *file);
        place.sort_by_key(|file| (!has_copy(file), F::PLACING.iter().position(|other| other == file)));
        Self { place, copies, remove, overwrite }
    }

    /// A name that we would not write is refused, whoever wrote it.
    pub(super) fn from_names(names: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut place = Vec::new();
        let mut copies = Vec::new();
        let (mut remove, mut overwrite) = (Vec::new(), Vec::new());
        let named = |name: &str| F::PLACING.iter().copied().find(|file| file.name() == name);
        for name in names {
            if let Some(file) = name.strip_suffix(GONE).and_then(named) {
                remove.push(file);
                continue;
            }
            if let Some(file) = name.strip_suffix(OVER).and_then(named) {
                overwrite.push(file);
                continue;
            }
            match (named(&name), name.parse::<Kept<F>>()) {
                (Some(file), _) => place.push(file),
                (None, Ok(kept)) => copies.push(kept),
                (None, Err(NotDated)) => return Err(format!("`{name}` is no name of a file of its")),
            }
        }
        copies.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Self::new(place, copies, remove, overwrite))
    }

    pub(super) fn copy_of(&self, file: F) -> Option<&Kept<F>> {
        self.copies.iter().find(|copy| copy.file == file)
    }

    /// Whether a file that is there makes room.
    pub(super) fn replaces(&self) -> bool {
        !self.copies.is_empty() || !self.remove.is_empty() || !self.overwrite.is_empty()
    }
}

/// It is no dated name of one of our files.
#[derive(Debug)]
pub struct NotDated;

impl<F: Layout> FromStr for Kept<F> {
    type Err = NotDated;

    fn from_str(name: &str) -> Result<Self, NotDated> {
        let rest = |file: &F| name.strip_prefix(file.name()).and_then(|rest| rest.strip_prefix('.'));
        let file = F::PLACING.iter().copied().find(|file| rest(file).is_some_and(is_dated)).ok_or(NotDated)?;
        Ok(Self { file, name: name.to_owned() })
    }
}

/// What [`dated`] puts behind a name, and nothing else: what looks like it may be somebody's only copy of a key.
fn is_dated(suffix: &str) -> bool {
    let is_number = |number: &str| number.parse::<u64>().is_ok_and(|read| read > 1 && read.to_string() == number);
    match suffix.split_once('.') {
        Some((date, number)) => is_for_file_name(date) && is_number(number),
        None => is_for_file_name(suffix),
    }
}

/// One date for all files of a run, and a number behind it when the same second has seen a run before.
pub(super) fn dated<F: Layout>(
    files: &[F],
    now: OffsetDateTime,
    is_taken: impl Fn(&str) -> Result<bool, StoreError>,
) -> Result<Vec<Kept<F>>, StoreError> {
    let date = for_file_name(now);
    let mut suffix = date.clone();
    let mut number = 2_u64;
    loop {
        let kept = files.iter().map(|file| Kept { file: *file, name: format!("{file}.{suffix}") }).collect::<Vec<_>>();
        let mut taken = false;
        for kept in &kept {
            taken |= is_taken(&kept.name)?;
        }
        if !taken {
            return Ok(kept);
        }
        suffix = format!("{date}.{number}");
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::PkiFile;

    fn staged(names: &[&str]) -> Result<Staged<PkiFile>, String> {
        Staged::from_names(names.iter().map(|name| (*name).to_owned()))
    }

    #[test]
    fn keys_go_before_their_certificates() {
        use PkiFile::{CaCertificate, CaKey, ClientCertificate, ClientKey};
        let names = ["front-proxy-client.crt", "front-proxy-ca.crt", "front-proxy-client.key", "front-proxy-ca.key"];
        assert_eq!(staged(&names).unwrap().place, [CaKey, CaCertificate, ClientKey, ClientCertificate]);
    }

    #[test]
    fn a_dated_name_is_a_copy() {
        let name = "front-proxy-ca.key.2026-11-21T20-15-03Z.2";
        let read = staged(&[name, "front-proxy-ca.key"]).unwrap();
        assert_eq!(read.copy_of(PkiFile::CaKey).unwrap().name, name);
        assert_eq!(read.place, [PkiFile::CaKey]);
        assert!(read.replaces());
    }

    #[test]
    fn names_that_we_would_not_write_are_refused() {
        let dated = "front-proxy-ca.key.2026-11-21T20-15-03Z";
        let alike = [".bak", ".1", ".02", ".2.3", "-2", "."].map(|end| format!("{dated}{end}"));
        let names = ["x", "journal.json", "front-proxy-ca.key.", "front-proxy-ca.key./x", "front-proxy-ca.key.old"];
        let by_hand = ["2026-11-26", "2024", "20240101", "2026-11-21T20-15-03", "2026-11-21T20:15:03Z"];
        let by_hand = by_hand.map(|date| format!("front-proxy-ca.key.{date}"));
        for name in names.into_iter().map(str::to_owned).chain(alike).chain(by_hand) {
            assert!(staged(&[&name]).is_err(), "{name}");
        }
    }
}
