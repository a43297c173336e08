//! What a reader may look up besides its own text.

use std::sync::Arc;

use super::kustomized::{Kustomized, NAMES};
use crate::text::SourceFile;

/// What a reader may look up besides its own text: files that the text names or that lie beside it.
pub trait Surroundings {
    /// The text of a file: an absolute path is looked up on the host (below `--root` when that is given), a relative
    /// one beside the file that is read. `None`: it is not there, not readable, too large, or not to be looked at.
    fn file(&self, path: &str) -> Option<Arc<SourceFile>>;

    /// Whether a file of the host is surely not there, and not only out of sight.
    fn is_absent(&self, _path: &str) -> bool {
        false
    }

    /// The names (not paths) of the files in a directory, sorted; empty when there is none.
    fn directory(&self, path: &str) -> Vec<String>;

    /// The symbolic links in a directory, and where each leads, as it is written in it.
    fn links(&self, _directory: &str) -> Vec<(String, String)> {
        Vec::new()
    }

    /// The kustomization beside the file that is read. Who reads many files of a directory keeps it.
    fn kustomized(&self) -> Arc<Kustomized> {
        Arc::new(Kustomized::of(&|name| self.file(name)))
    }

    /// Whether there is one beside the file, or above: it may take what lies in directories below it.
    fn may_be_kustomized(&self) -> bool {
        let is_above = |above: &str| NAMES.iter().any(|name| self.file(&format!("{above}{name}")).is_some());
        ["", "../", "../../"].into_iter().any(is_above)
    }

    /// Whether somebody named the very file that is read: it is not left to another one of which it is a part.
    fn is_named(&self) -> bool {
        false
    }
}

/// Nothing around: for text from standard input, and for tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSurroundings;

impl Surroundings for NoSurroundings {
    fn file(&self, _path: &str) -> Option<Arc<SourceFile>> {
        None
    }

    fn directory(&self, _path: &str) -> Vec<String> {
        Vec::new()
    }
}
