//! Shell text for tests.

use super::{Field, words};
use crate::text::{SourceFile, Text};

pub(in crate::source) fn text(source: &str) -> Text {
    Text::of(&SourceFile::new("x", source))
}

/// The words of one line.
pub(in crate::source) fn fields(line: &str) -> Vec<Field> {
    words(&text(line)).0
}
