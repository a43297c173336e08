//! What a command line names: one way of gathering it, whatever is done with it then.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::inventory::{self, Inventory, Reading};
use crate::source::input::{Found, Input, InputError};
use crate::text::SourceFile;

/// Units that are read at a time: enough for every thread, few enough to be held.
const BATCH: usize = 256;

/// Where set-ups are read from.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Files, directories (searched), or `-` for standard input. Without these and flags, what this host has.
    pub paths: Vec<PathBuf>,
    /// kube-apiserver's flags.
    pub flags: Vec<String>,
    /// What was read elsewhere, such as clusters; each is judged by itself.
    pub texts: Vec<Arc<SourceFile>>,
    /// What was meant to be among them and could not be read.
    pub failures: Vec<String>,
    pub reading: Reading,
}

/// What is named, told apart.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Files, standard input and flags, which are judged together.
    pub(super) files: Inventory,
    /// To be searched.
    pub(super) directories: Vec<PathBuf>,
}

impl Inputs {
    /// All of it together, for who asks one question of it. What cannot be read is among its failures.
    pub fn inventory(&self) -> Inventory {
        let Named { mut files, directories } = self.named();
        for directory in directories {
            let merged: Result<(), std::convert::Infallible> =
                search(&directory, &self.reading, &|found| found, &mut |found| {
                    files.merge(found);
                    Ok(true)
                });
            let Ok(()) = merged;
        }
        self.texts.iter().for_each(|text| files.merge(self.text(text)));
        files
    }

    /// What stands in one text that was read elsewhere.
    pub(super) fn text(&self, text: &Arc<SourceFile>) -> Inventory {
        let mut inventory = Inventory::default();
        inventory.add_text(text, &self.reading);
        inventory.relate();
        inventory
    }

    /// Reads what is named by itself, and leaves the directories for [`search`].
    pub(super) fn named(&self) -> Named {
        let mut named = Named::default();
        named.files.failures.extend(self.failures.iter().cloned());
        let host =
            if self.reading.this_host { inventory::host_inputs(self.reading.root.as_deref()) } else { Vec::new() };
        if self.reading.this_host && host.is_empty() {
            named.files.failures.push(nothing_on_host(self.reading.root.as_deref()));
        }
        for path in self.paths.iter().chain(&host) {
            match Input::of(path) {
                Ok(Input::Directory(directory)) => named.directories.push(directory),
                Ok(Input::File(file)) => named.files.add_file(&file, &self.reading),
                Ok(Input::Stdin) => named.files.add_stream(std::io::stdin().lock(), &self.reading),
                Err(error) => named.files.failures.push(error.to_string()),
            }
        }
        if !self.flags.is_empty() {
            named.files.add_flags(&self.flags, &self.reading);
        }
        named.files.add_what_is_beside(&self.paths, &self.reading);
        named.files.relate();
        // Somebody named it, so there should be something in it.
        let not_read = std::mem::take(&mut named.files.not_read);
        named.files.failures.extend(not_read);
        let unrecognised = std::mem::take(&mut named.files.unrecognised);
        let logs = std::mem::take(&mut named.files.logs);
        let hint = |file: &String| if logs.contains(file) { inventory::log_hint(file) } else { String::new() };
        let failures = unrecognised.iter().map(|file| format!("{}{}", nothing_in(file), hint(file)));
        named.files.failures.extend(failures);
        named
    }
}

/// Reads all that lies below a directory, or takes it for a directory of PKI files when that is nothing. `each` is
/// called by every thread; `take` gets what it gives in the order of the names, and says whether to go on.
pub(super) fn search<T: Send, E>(
    directory: &Path,
    reading: &Reading,
    each: &(impl Fn(Inventory) -> T + Sync),
    take: &mut dyn FnMut(T) -> Result<bool, E>,
) -> Result<(), E> {
    let mut units = inventory::units(directory);
    let mut next = || units.by_ref().take(BATCH).collect::<Vec<Result<Found, InputError>>>();
    let mut batch = next();
    let (mut read, mut failed) = (0, 0);
    while !batch.is_empty() {
        let found: Vec<(usize, usize, T)>;
        if batch.len() > 1 {
            // The walk goes on while the files are read.
            (found, batch) = rayon::join(|| read_all(batch, reading, each), &mut next);
        } else {
            // Threads would take longer to start than this takes.
            found = batch.into_iter().map(|found| read_one(found, reading, each)).collect();
            batch = next();
        }
        for (files, failures, found) in found {
            read += files;
            failed += failures;
            if !take(found)? {
                return Ok(());
            }
        }
    }
    if read > 0 {
        return Ok(());
    }
    let mut inventory = Inventory::default();
    if !inventory.add_pki_directory(directory, reading) && failed == 0 {
        inventory.failures.push(nothing_in(&directory.display().to_string()));
    }
    take(each(inventory)).map(drop)
}

/// Each with the number of files that were read, and of those that could not be.
fn read_all<T: Send>(
    batch: Vec<Result<Found, InputError>>,
    reading: &Reading,
    each: &(impl Fn(Inventory) -> T + Sync),
) -> Vec<(usize, usize, T)> {
    batch.into_par_iter().map(|found| read_one(found, reading, each)).collect()
}

fn read_one<T>(
    found: Result<Found, InputError>,
    reading: &Reading,
    each: &impl Fn(Inventory) -> T,
) -> (usize, usize, T) {
    let inventory = Inventory::of_found(found, reading);
    (inventory.files_read, inventory.failures.len(), each(inventory))
}

fn nothing_in(file: &str) -> String {
    format!(
        "{file}: nothing in it was recognised as a kube-apiserver's flags, a ConfigMap, an APIService or a PKI directory; \
         `aggcert check --help` says what is read, --input-format forces a shape"
    )
}

fn nothing_on_host(root: Option<&Path>) -> String {
    let place = root.map_or_else(|| "this host".to_owned(), |root| root.display().to_string());
    format!(
        "{place}: there is no kube-apiserver manifest or unit in the usual places (/etc/kubernetes/manifests/\
         kube-apiserver.yaml and the like); give the path: aggcert check PATH"
    )
}
