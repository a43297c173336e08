//! What is kept of a kustomization for the files beside it.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use crate::source::yaml::{self, Node};
use crate::text::{Origin, SourceFile, Text};

/// In the order in which kustomize takes them (`RecognizedKustomizationFileNames`).
pub(in crate::source) const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// One operation.
#[derive(Debug)]
pub(in crate::source) struct Change {
    /// Of the objects that it is for; `None`: any.
    pub(in crate::source) kind: Option<String>,
    pub(in crate::source) name: Option<String>,
    /// The flag that it gives. `None`: it takes the place of a word, whatever that is.
    pub(in crate::source) flag: Option<String>,
    pub(in crate::source) origin: Origin,
}

/// The kustomization of a directory, as far as the files there ask for it: its bases and patches are read once for all of
/// them.
#[derive(Debug, Default)]
pub struct Kustomized {
    /// `None`: there is none.
    pub(in crate::source) file: Option<Arc<SourceFile>>,
    /// What it takes.
    pub(in crate::source) resources: HashSet<String>,
    /// The files of its operations.
    pub(in crate::source) patches: HashSet<String>,
    /// What it changes in what it takes.
    pub(in crate::source) changes: OnceLock<Vec<Change>>,
    /// Whether it changes servers of other directories.
    pub(in crate::source) changes_servers: OnceLock<bool>,
}

impl Kustomized {
    /// That of the directory whose files `look_up` finds by their names.
    pub fn of(look_up: &dyn Fn(&str) -> Option<Arc<SourceFile>>) -> Self {
        let Some(file) = NAMES.iter().find_map(|name| look_up(name)) else { return Self::default() };
        let found = yaml::nodes(&Text::of(&file));
        let name = |text: &Text| text.as_str().trim_start_matches("./").to_owned();
        let resources = found.iter().flat_map(|node| listed(node, &["resources", "bases"])).map(name);
        let patches = found.iter().flat_map(patches).filter_map(|patch| patch.text_at(&["path"])).map(name);
        let (resources, patches) = (resources.collect(), patches.collect());
        Self { file: Some(file), resources, patches, ..Self::default() }
    }
}

/// The files and directories that a kustomization takes.
pub(in crate::source) fn listed<'a>(kustomization: &'a Node, lists: &[&str]) -> impl Iterator<Item = &'a Text> {
    let lists = lists.iter().filter_map(|list| kustomization.get(list));
    lists.flat_map(Node::items).filter_map(Node::text)
}

/// Its patches that may be operations.
pub(in crate::source) fn patches(kustomization: &Node) -> impl Iterator<Item = &Node> {
    let lists = ["patches", "patchesJson6902"].into_iter().filter_map(|key| kustomization.get(key));
    lists.flat_map(Node::items)
}
