//! Text that knows where it was written, and text that is safe to print. There is no Kubernetes in it.

mod located;
pub mod printable;

pub(crate) use located::floor_char_boundary;
pub use located::{Located, Origin, SourceFile, Text};
