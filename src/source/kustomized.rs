//! What is kept of a kustomization for the files beside it.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use regex::Regex;

use crate::source::label_selector::LabelSelector;
use crate::source::yaml::{self, Node};
use crate::text::{Origin, SourceFile, Text};

/// In the order in which kustomize takes them (`RecognizedKustomizationFileNames`).
pub(in crate::source) const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// One patch, or what stands for several.
#[derive(Debug)]
pub(in crate::source) struct Change {
    /// Of the objects that it is for; `None`: nothing says which they are.
    pub(in crate::source) target: Option<Target>,
    pub(in crate::source) what: What,
    /// Where all of it stands.
    pub(in crate::source) origin: Origin,
}

#[derive(Debug)]
pub(in crate::source) enum What {
    /// RFC 6902.
    Operations(Vec<Node>),
    /// A part of an object, which is laid over it (a strategic merge patch).
    Part(Box<Node>),
    /// `namespace:`.
    Namespace(Node),
    /// `labels:` and `commonLabels:`.
    Labels { pairs: Node, is_of_selectors: bool, is_of_templates: bool },
    /// It is not here, or nobody knows what it makes; for people.
    Unseen(String),
}

/// What of an object's identity a patch asks for: regular expressions (kubernetes-sigs/kustomize, api/types/selector.go).
#[derive(Debug)]
pub(in crate::source) struct Target {
    pub(in crate::source) group: Option<Wanted>,
    pub(in crate::source) version: Option<Wanted>,
    pub(in crate::source) kind: Option<Wanted>,
    pub(in crate::source) name: Option<Wanted>,
    pub(in crate::source) namespace: Option<Wanted>,
    pub(in crate::source) labels: Selected,
}

/// Whether a target asks for labels.
#[derive(Debug)]
pub(in crate::source) enum Selected {
    Any,
    By(LabelSelector),
    /// It asks for annotations, or for what is not followed.
    Unknown,
}

/// One of them, which is made once for all objects.
#[derive(Debug)]
pub(in crate::source) struct Wanted {
    pub(in crate::source) written: String,
    /// `None`: it is another expression than those that are known here.
    pub(in crate::source) expression: Option<Regex>,
}

/// The kustomization of a directory, as far as the files there ask for it: its bases and patches are read once for all of
/// them.
#[derive(Debug, Default)]
pub struct Kustomized {
    /// `None`: there is none.
    pub(in crate::source) file: Option<Arc<SourceFile>>,
    /// What it takes.
    pub(in crate::source) resources: HashSet<String>,
    /// The files of its patches.
    pub(in crate::source) patches: HashSet<String>,
    /// What it changes in what it takes.
    pub(in crate::source) changes: OnceLock<Vec<Arc<Change>>>,
    /// Where the patches stand that change something which it takes, and of those the parts that say nothing by themselves.
    pub(in crate::source) reached: OnceLock<(Vec<Origin>, Vec<Origin>)>,
    /// The directories of patches that kubeadm's configurations in the directory name for those beside them: they are read
    /// once as well.
    pub(in crate::source) kubeadm_patches: OnceLock<Vec<Text>>,
}

impl Kustomized {
    /// That of the directory whose files `look_up` finds by their names.
    pub fn of(look_up: &dyn Fn(&str) -> Option<Arc<SourceFile>>) -> Self {
        let Some(file) = NAMES.iter().find_map(|name| look_up(name)) else { return Self::default() };
        let found = yaml::nodes(&Text::of(&file));
        let name = |text: &Text| text.as_str().trim_start_matches("./").to_owned();
        let resources = found.iter().flat_map(|node| listed(node, &["resources", "bases"])).map(name);
        let patches = found.iter().flat_map(patches).filter_map(|patch| patch.text_at(&["path"]));
        let patches = patches.chain(found.iter().flat_map(|node| listed(node, &["patchesStrategicMerge"]))).map(name);
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
