//! Which ignores accepted something in a run.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::comment::Comment;
use crate::text::{Origin, SourceFile};

/// The comments of one file, by their lines.
type Comments = Arc<BTreeMap<usize, Comment>>;

/// Shared by all threads of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Uses(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    /// The files that were looked through, by their names.
    files: BTreeMap<String, Comments>,
    used: BTreeSet<(String, usize, String)>,
    /// What could not be decided: the file and the rule.
    undecided: HashSet<(String, &'static str)>,
}

impl Uses {
    /// The comments of a file that accept something; it is looked through once.
    pub(super) fn comments_in(&self, file: &Arc<SourceFile>) -> Comments {
        let mut record = self.record();
        if let Some(known) = record.files.get(file.name()) {
            return Arc::clone(known);
        }
        let found = Arc::new(Comment::all_in(file));
        record.files.insert(file.name().to_owned(), Arc::clone(&found));
        found
    }

    /// The ignore at `origin` accepted a finding of `rule`.
    pub(super) fn note(&self, origin: &Origin, rule: &str) {
        self.record().used.insert(key(origin, rule));
    }

    /// It is not known what `rule` finds in a file.
    pub(super) fn note_undecided(&self, file: &SourceFile, rule: &'static str) {
        self.record().undecided.insert((file.name().to_owned(), rule));
    }

    pub(super) fn is_used(&self, origin: &Origin, rule: &str) -> bool {
        self.record().used.contains(&key(origin, rule))
    }

    /// Whether `rule` could not be decided of one of the files that are meant.
    pub(super) fn is_undecided(&self, rule: &str, meant: impl Fn(&str) -> bool) -> bool {
        self.record().undecided.iter().any(|(file, undecided)| *undecided == rule && meant(file))
    }

    /// Whether one of the files that are meant was judged.
    pub(super) fn is_judged(&self, meant: impl Fn(&str) -> bool) -> bool {
        self.record().files.keys().any(|file| meant(file))
    }

    /// The comments of all files, in a stable order.
    pub(super) fn comments(&self) -> Vec<Comment> {
        let mut comments: Vec<Comment> = self.record().files.values().flat_map(|file| file.values().cloned()).collect();
        comments.sort_by_cached_key(|comment| key(&comment.origin, ""));
        comments
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(origin: &Origin, rule: &str) -> (String, usize, String) {
    (origin.file().name().to_owned(), origin.range().start, rule.to_owned())
}
