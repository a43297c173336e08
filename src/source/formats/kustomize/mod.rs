//! What a kustomization changes in the objects that it takes: patches, JSON (RFC 6902) and strategic merge, are applied where
//! they can be, and what cannot leaves open what it may change (kubernetes-sigs/kustomize, api/types/kustomization.go).

mod change;
mod moved;
mod taken;

use std::path::Path;
use std::sync::Arc;

use crate::source::kustomized::{Change, NAMES, What, listed};
use crate::source::yaml::{self, Brought, Left, Node};
use crate::source::{Document, NotRead, Surroundings, Unread};
use crate::text::{Origin, SourceFile, Text, operand, shell_word};
use moved::IsFor;
use taken::{Taken, TakenFile};

/// More leave all of every object open: each is compared with each object.
const MOST_CHANGES: usize = 100;

/// Where it names what it takes.
const LISTS: [&str; 3] = ["resources", "bases", "components"];

/// What a kustomization takes from a directory or a host that the input does not reach: an input opens nothing that was
/// not given.
pub(in crate::source) fn outside(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Option<Unread> {
    const REMOTE: [&str; 3] = ["://", "git@", "github.com/"];
    let (directory, found) = (directory_of(file)?, yaml::nodes(&Text::of(file)));
    let entries: Vec<&Text> = found.iter().flat_map(|node| listed(node, &LISTS)).collect();
    let is_away = |entry: &str| {
        entry.contains("..") && surroundings.directory(entry).is_empty() && surroundings.file(entry).is_none()
    };
    let is_remote = |entry: &str| REMOTE.iter().any(|mark| entry.contains(mark));
    let local = entries.iter().find(|entry| is_away(entry.as_str()) && !is_remote(entry.as_str()));
    let entry = local.or_else(|| entries.iter().find(|entry| is_remote(entry.as_str())))?;
    let directory = if directory == Path::new("") { ".".into() } else { directory.to_string_lossy() };
    let reason = NotRead::Outside(shell_word(&operand(&directory)));
    // What somebody else publishes is seldom ours; what lies beside is given with one more word.
    Some(Unread { name: entry.as_str().to_owned(), mention: entry.origin(), gives: local.is_some(), reason })
}

/// That of a kustomization; `None`: the file is none.
fn directory_of(file: &SourceFile) -> Option<&Path> {
    let path = Path::new(file.name());
    path.file_name().filter(|name| NAMES.iter().any(|known| name == known))?;
    path.parent()
}

/// The objects of a file as a kustomization leaves them.
pub(in crate::source) struct Changed {
    pub(in crate::source) objects: Vec<Object>,
    /// The places of what is not there any more, and of the changes themselves.
    pub(in crate::source) superseded: Vec<Origin>,
    /// The places of parts that are laid over what is here, or leave it open: by themselves they say nothing.
    merged: Vec<Origin>,
}

/// One of them.
pub(in crate::source) struct Object {
    pub(in crate::source) node: Node,
    /// What it was before the changes that were made; `None`: there was none.
    before: Option<Box<Node>>,
    made: Vec<Arc<Change>>,
    /// What may change it and was not applied.
    open: Vec<Arc<Change>>,
    /// A part is not laid over it, so that places in its lists are not known.
    is_shaken: bool,
    is_removed: bool,
    /// Something more changes it than the kustomization beside its file.
    is_overlaid: bool,
}

/// What a change was to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Made,
    Open,
    Nothing,
}

impl Object {
    fn of(node: Node) -> Self {
        let (before, made, open) = (None, Vec::new(), Vec::new());
        Self { node, before, made, open, is_shaken: false, is_removed: false, is_overlaid: false }
    }

    fn change(
        &mut self,
        (change, earlier): (&Arc<Change>, &[Arc<Change>]),
        is_overlaid: bool,
        superseded: &mut Vec<Origin>,
        brought: &mut Brought,
    ) -> Effect {
        let is_for = match change.is_for(&self.node, earlier) {
            // What goes with it from another directory is not told beside it.
            IsFor::Yes if is_overlaid && matches!(change.what, What::Namespace(_)) => IsFor::Perhaps,
            is_for => is_for,
        };
        if is_for == IsFor::No || self.is_removed {
            return Effect::Nothing;
        }
        if is_for == IsFor::Yes && self.open.is_empty() && !self.is_shaken && self.make(change, superseded, brought) {
            return Effect::Made;
        }
        self.is_shaken |= matches!(change.what, What::Part(_));
        if !change.matters() {
            return Effect::Nothing;
        }
        self.open.push(Arc::clone(change));
        Effect::Open
    }

    /// Whether the change could be made. Where it could not, the object is as it was: nothing more is made of it then, so
    /// that what was made before is made again once at most.
    fn make(&mut self, change: &Arc<Change>, superseded: &mut Vec<Origin>, brought: &mut Brought) -> bool {
        if matches!(change.what, What::Unseen(_)) {
            return false;
        }
        let before = self.before.get_or_insert_with(|| Box::new(self.node.clone()));
        let mut replaced = Vec::new();
        match change.make(&mut self.node, &mut replaced, brought) {
            Ok(left) => {
                self.is_removed = left == Left::Nothing;
                superseded.append(&mut replaced);
                self.made.push(Arc::clone(change));
                true
            }
            Err(_) => {
                self.node.clone_from(before);
                for made in &self.made {
                    let again = made.make(&mut self.node, &mut Vec::new(), &mut Brought::default());
                    debug_assert!(again.is_ok(), "it was made before");
                }
                false
            }
        }
    }

    /// Leaves open in what was read of it what is not applied.
    pub(in crate::source) fn leave_open(&self, documents: &mut [Document]) {
        self.open.iter().for_each(|change| change.leave_open(documents));
    }
}

impl Changed {
    /// `None`: nothing of the file is changed. Of a file of which not everything is known nothing is: kustomize ends there.
    fn of(file: &Arc<SourceFile>, changes: &[Arc<Change>], by_its_own: usize) -> Option<Self> {
        if changes.is_empty() {
            return None;
        }
        let pieces = yaml::pieces(&Text::of(file)).into_iter().map(|piece| piece.documents);
        let nodes = pieces.collect::<Result<Vec<_>, _>>().ok()?.into_iter().flatten();
        let mut objects: Vec<Object> = nodes.flat_map(Node::into_objects).map(Object::of).collect();
        let (mut superseded, mut merged, mut brought) = (Vec::new(), Vec::new(), Brought::default());
        let mut is_any = false;
        for (at, change) in changes.iter().enumerate() {
            let (mut is_made, mut is_open) = (false, false);
            let earlier = changes.get(..at).unwrap_or_default();
            for object in &mut objects {
                let is_overlaid = at >= by_its_own && change.is_told_again(&object.node);
                let effect = object.change((change, earlier), is_overlaid, &mut superseded, &mut brought);
                object.is_overlaid |= effect != Effect::Nothing && is_overlaid;
                is_made |= effect == Effect::Made;
                is_open |= effect == Effect::Open;
            }
            if is_made || is_open {
                superseded.push(change.origin.clone());
                is_any = true;
            }
            // By itself it says nothing, and what it is for is open where it is not merged.
            if matches!(change.what, What::Part(_)) && (is_made || is_open) {
                merged.push(change.origin.clone());
            }
        }
        objects.retain(|object| !object.is_removed);
        is_any.then_some(Self { objects, superseded, merged })
    }
}

/// The objects of a file as the kustomization beside it leaves them.
pub(in crate::source) fn changed(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Option<Changed> {
    let own = own_name(file)?;
    let kustomized = surroundings.kustomized();
    let kustomization = kustomized.file.as_ref().filter(|_| kustomized.resources.contains(own))?;
    let changes = || bounded(Taken::changes_of(kustomization, surroundings), kustomization);
    let changes = kustomized.changes.get_or_init(changes);
    Changed::of(file, changes, changes.len())
}

/// What a kustomization changes.
pub(in crate::source) struct Overlaid {
    /// The objects of other directories, as it leaves them, with the files that they stand in: there they are not told.
    pub(in crate::source) files: Vec<(Arc<SourceFile>, Vec<Object>)>,
    /// Where the patches stand that change something.
    pub(in crate::source) reached: Vec<Origin>,
    /// Of those the parts that are told with what they are laid over.
    pub(in crate::source) merged: Vec<Origin>,
}

/// `None`: the file is no kustomization, or changes nothing.
pub(in crate::source) fn overlaid(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Option<Overlaid> {
    directory_of(file)?;
    let taken = Taken::of(file, surroundings);
    // Of what is too much nothing is said here, and that the kustomization was not read is.
    if taken.is_cut {
        return None;
    }
    let mut overlaid = Overlaid { files: Vec::new(), reached: Vec::new(), merged: Vec::new() };
    for TakenFile { file: base, changes, by_its_own, is_beside } in taken.files {
        let changes = bounded(changes, file);
        let Some(changed) = Changed::of(&base, &changes, by_its_own.min(changes.len())) else { continue };
        overlaid.reached.extend(changed.superseded);
        overlaid.merged.extend(changed.merged);
        let objects: Vec<Object> = changed.objects.into_iter().filter(|object| object.is_overlaid).collect();
        if !is_beside && !objects.is_empty() {
            overlaid.files.push((base, objects));
        }
    }
    (!overlaid.reached.is_empty()).then_some(overlaid)
}

/// Whether a file holds nothing but a patch for the kustomization beside it that changes something, and is told with that.
pub(in crate::source) fn is_patch(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> bool {
    if surroundings.is_named() {
        return false;
    }
    let kustomized = surroundings.kustomized();
    let reached = || {
        let overlaid = kustomized.file.as_ref().and_then(|file| overlaid(file, surroundings));
        overlaid.map(|overlaid| (overlaid.reached, overlaid.merged)).unwrap_or_default()
    };
    own_name(file).filter(|own| kustomized.patches.contains(*own)).is_some_and(|own| {
        let (reached, merged) = kustomized.reached.get_or_init(reached);
        let is_here = |origin: &Origin| own_name(origin.file()) == Some(own);
        let is_merged = |part: &Node| merged.iter().any(|one| is_here(one) && one.range() == part.origin.range());
        let nodes = yaml::nodes(&Text::of(file));
        nodes.iter().all(|node| !node.is_mapping() || is_merged(node)) && reached.iter().any(is_here)
    })
}

/// Whether a kustomization's change has reached something, so that what stands there is told with that.
pub(in crate::source) fn is_reached(unread: &Unread, reached: &[Origin]) -> bool {
    matches!(unread.reason, NotRead::Patch | NotRead::UnknownShape) && is_within(&unread.mention, reached)
}

/// Whether a document is a part that is told with what it was laid over.
pub(in crate::source) fn is_merged(document: &Document, merged: &[Origin]) -> bool {
    match document {
        Document::Invocation(server) => is_within(&server.origin, merged),
        Document::ApiService(service) => is_within(&service.name.origin, merged),
        Document::AuthenticationConfigMap(config_map) => is_within(&config_map.origin, merged),
        Document::Unread(unread) => is_within(&unread.mention, merged),
        Document::Resource(resource) => is_within(&resource.object().kind.origin, merged),
        Document::Collection(_) | Document::Handshake(_) => false,
    }
}

fn is_within(place: &Origin, places: &[Origin]) -> bool {
    places.iter().any(|origin| {
        Arc::ptr_eq(origin.file(), place.file())
            && origin.range().start <= place.range().start
            && place.range().end <= origin.range().end
    })
}

fn own_name(file: &SourceFile) -> Option<&str> {
    Path::new(file.name()).file_name()?.to_str()
}

fn bounded(changes: Vec<Arc<Change>>, by: &SourceFile) -> Vec<Arc<Change>> {
    match changes.get(MOST_CHANGES).map(|next| next.origin.clone()) {
        Some(next) => vec![change::unseen("more patches than are followed here", by, &next)],
        None => changes,
    }
}

#[cfg(test)]
mod tests;
