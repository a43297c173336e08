//! One line of a unit.

use crate::source::shell::Note;
use crate::text::Text;

/// `Key=value`.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: Text,
    /// Continuation lines are joined with a blank.
    pub(super) value: Text,
    pub(super) notes: Vec<Note>,
}
