//! Which shape a file has, told by what stands in it and never by its name.

use std::sync::Arc;

use super::{Document, InputFormat, ReadError, SourceFile, Surroundings};

/// Everything of ours in a file, in the order in which it stands there. `forced` allows one reader only.
pub fn read(
    file: &Arc<SourceFile>,
    _forced: Option<InputFormat>,
    _surroundings: &dyn Surroundings,
) -> Result<Vec<Document>, ReadError> {
    Err(ReadError::Unrecognised { file: file.name().to_owned() })
}
