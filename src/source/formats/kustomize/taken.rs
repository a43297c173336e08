//! What a kustomization takes, and which changes each of its files gets on the way up.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::change;
use crate::source::Surroundings;
use crate::source::kustomized::{Change, NAMES, listed};
use crate::source::yaml::{self, Node};
use crate::text::{SourceFile, Text};

/// More than the directories that people lay over each other, and the files that they take; a directory may take itself.
const DEEPEST: usize = 8;
const MOST_DIRECTORIES: usize = 64;
const MOST_FILES: usize = 256;

/// Where a kustomization names what it takes, and what it lays over that.
const RESOURCES: [&str; 2] = ["resources", "bases"];
const COMPONENTS: [&str; 1] = ["components"];

/// One file of objects.
pub(super) struct TakenFile {
    pub(super) file: Arc<SourceFile>,
    /// In the order in which kustomize makes them (api/internal/target/kusttarget.go, `accumulateTarget`).
    pub(super) changes: Vec<Arc<Change>>,
    /// How many of them the kustomization beside it makes.
    pub(super) by_its_own: usize,
    /// It lies beside the kustomization that was asked for.
    pub(super) is_beside: bool,
}

/// What a kustomization takes.
pub(super) struct Taken {
    pub(super) files: Vec<TakenFile>,
    /// What it changes in the files beside it.
    pub(super) changes: Vec<Arc<Change>>,
    pub(super) directories: usize,
    /// Whether its resources are asked for, or what it changes alone.
    has_resources: bool,
    /// Of everything that was taken: once is enough, and `.` may stand in its own list.
    seen: HashSet<PathBuf>,
    /// The kustomizations that are being read. Two may take one component.
    open: Vec<PathBuf>,
    /// Whether there was more.
    pub(super) is_cut: bool,
}

impl Taken {
    /// All that it takes.
    pub(super) fn of(kustomization: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Self {
        Self::new(true, kustomization, surroundings)
    }

    /// What it changes in the files beside it, with its components.
    pub(super) fn changes_of(kustomization: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Vec<Arc<Change>> {
        Self::new(false, kustomization, surroundings).changes
    }

    fn new(has_resources: bool, kustomization: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Self {
        let (files, changes, seen, open) = (Vec::new(), Vec::new(), HashSet::new(), Vec::new());
        let mut taken = Self { files, changes, directories: 0, has_resources, seen, open, is_cut: false };
        let changes = taken.take(kustomization, surroundings);
        taken.changes = changes;
        taken
    }

    /// What the kustomization changes in what was taken before it, where it is a component.
    fn take(&mut self, kustomization: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Vec<Arc<Change>> {
        let path = cleaned(kustomization);
        self.seen.insert(path.clone());
        self.open.push(path);
        self.directories += 1;
        let found = yaml::nodes(&Text::of(kustomization));
        let (first, outer) = (self.files.len(), self.open.len() > 1);
        if self.has_resources || outer {
            found.iter().flat_map(|node| listed(node, &RESOURCES)).for_each(|entry| self.resource(entry, surroundings));
        }
        let mut changes = Vec::new();
        for component in found.iter().flat_map(|node| listed(node, &COMPONENTS)) {
            let before = self.files.len();
            let made = self.component(component, kustomization, surroundings);
            // What the component brings has them already.
            self.change(first..before, &made);
            changes.extend(made);
        }
        let own: Vec<Arc<Change>> =
            found.iter().flat_map(|node: &Node| change::of_kustomization(node, kustomization, surroundings)).collect();
        self.change(first..self.files.len(), &own);
        for file in self.files.iter_mut().skip(first).filter(|file| file.is_beside_of(kustomization)) {
            file.by_its_own = file.changes.len();
        }
        self.open.pop();
        changes.extend(own);
        changes
    }

    fn change(&mut self, files: std::ops::Range<usize>, changes: &[Arc<Change>]) {
        for file in self.files.get_mut(files).unwrap_or_default() {
            file.changes.extend(changes.iter().map(Arc::clone));
        }
    }

    fn resource(&mut self, entry: &Text, surroundings: &dyn Surroundings) {
        let name = entry.as_str().trim_start_matches("./");
        if self.is_full() {
            return;
        }
        let below = Below { around: surroundings, directory: name };
        match surroundings.file(name) {
            Some(file) if self.seen.insert(cleaned(&file)) => {
                let is_beside = self.open.len() == 1 && !name.contains('/');
                self.files.push(TakenFile { file, changes: Vec::new(), by_its_own: 0, is_beside });
            }
            Some(_) => {}
            None => {
                let further = kustomization_in(&below).filter(|further| !self.seen.contains(&cleaned(further)));
                further.into_iter().for_each(|further| drop(self.take(&further, &below)));
            }
        }
    }

    /// What a component changes. One that is not here may change anything.
    fn component(&mut self, entry: &Text, by: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Vec<Arc<Change>> {
        let below = Below { around: surroundings, directory: entry.as_str().trim_start_matches("./") };
        if self.is_full() {
            return vec![change::unseen("more components than are followed here", by, &entry.origin())];
        }
        match kustomization_in(&below) {
            Some(further) if self.open.contains(&cleaned(&further)) => Vec::new(),
            Some(further) => self.take(&further, &below),
            None => vec![change::not_here(entry, by)],
        }
    }

    /// Takes no more where it is too much, and says so.
    fn is_full(&mut self) -> bool {
        self.is_cut |=
            self.open.len() > DEEPEST || self.directories >= MOST_DIRECTORIES || self.files.len() >= MOST_FILES;
        self.is_cut
    }
}

impl TakenFile {
    fn is_beside_of(&self, kustomization: &SourceFile) -> bool {
        cleaned(&self.file).parent() == cleaned(kustomization).parent()
    }
}

fn kustomization_in(directory: &Below<'_>) -> Option<Arc<SourceFile>> {
    NAMES.iter().find_map(|name| directory.file(name))
}

/// A path's components leave out what `.` adds.
fn cleaned(file: &SourceFile) -> PathBuf {
    Path::new(file.name()).components().collect()
}

/// What is around a directory that is named in a file.
struct Below<'a> {
    around: &'a dyn Surroundings,
    directory: &'a str,
}

impl Below<'_> {
    fn path(&self, path: &str) -> String {
        if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", self.directory.trim_end_matches('/')) }
    }
}

impl Surroundings for Below<'_> {
    fn file(&self, path: &str) -> Option<Arc<SourceFile>> {
        self.around.file(&self.path(path))
    }

    fn directory(&self, path: &str) -> Vec<String> {
        self.around.directory(&self.path(path))
    }
}
