//! Text that knows where it was written, and text that is safe to print. There is no Kubernetes in it.

pub mod json;
mod located;
pub mod printable;
mod shell_word;
mod suggestion;
pub(crate) mod xml;

pub(crate) use located::floor_char_boundary;
pub use located::{Field, Located, Origin, SourceFile, Text};
pub use shell_word::{operand, shell_command, shell_word};
pub use suggestion::did_you_mean;
