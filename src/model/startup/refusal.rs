//! Why a component does not start.

use crate::model::{OptionError, OptionErrorKind, Unusable, UnusableKind};
use crate::source::NotLoaded;
use crate::text::Origin;

/// Why it does not start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// As kube-apiserver words it, as far as it is deterministic.
    pub message: String,
    pub origin: Origin,
    /// What is wrong: several things where the server tells several at once.
    pub kinds: Vec<RefusalKind>,
    /// Which file is of no use, where it is one.
    pub path: Option<String>,
}

/// What a server does not start with, as far as what to do differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalKind {
    /// A flag of one letter that there is not.
    UnknownShorthand,
    /// A list with a quote that does not end, or begins inside of an entry.
    UnbalancedQuote,
    /// A list with an entry of blanks alone.
    BlankEntry,
    /// A certificate stands in both CA files, and no name is required.
    Overlap,
    /// There is no file at a path.
    MissingFile,
    /// The tool that starts it wants a string.
    NotLoaded,
    Other,
}

impl Refusal {
    pub(super) fn new(message: impl Into<String>, origin: &Origin, kind: RefusalKind) -> Self {
        Self { message: message.into(), origin: origin.clone(), kinds: vec![kind], path: None }
    }

    /// A file that is of no use, in these words.
    pub(super) fn of_file(unusable: &Unusable, message: impl Into<String>) -> Self {
        let is_missing = unusable.kind == UnusableKind::Missing;
        let kind = if is_missing { RefusalKind::MissingFile } else { RefusalKind::Other };
        Self { path: Some(unusable.path.clone()), ..Self::new(message, &unusable.origin, kind) }
    }

    pub fn is_for(&self, kind: RefusalKind) -> bool {
        self.kinds.contains(&kind)
    }
}

/// kubeadm's message names the field, too, by the types of its version.
impl From<&NotLoaded> for Refusal {
    fn from(value: &NotLoaded) -> Self {
        let message = format!("json: cannot unmarshal {} into a Go struct field of type string", value.kind);
        Self::new(message, &value.value.origin, RefusalKind::NotLoaded)
    }
}

/// k8s.io/component-base's `cli.Run` prints what pflag and cobra say behind `Error: `.
impl From<&OptionError> for Refusal {
    fn from(error: &OptionError) -> Self {
        let kind = match error.kind {
            OptionErrorKind::UnknownShorthand => RefusalKind::UnknownShorthand,
            OptionErrorKind::UnbalancedQuote => RefusalKind::UnbalancedQuote,
            _ => RefusalKind::Other,
        };
        Self::new(format!("Error: {}", error.message.value), &error.message.origin, kind)
    }
}
