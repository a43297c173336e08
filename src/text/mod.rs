//! Text that knows where it was written, and text that is safe to print. There is no Kubernetes in it.

pub mod json;
mod located;
mod origin;
mod percent;
pub mod printable;
pub(crate) mod private_keys;
mod shell_word;
mod suggestion;
mod time;
mod wildcards;
pub(crate) mod xml;
pub mod yaml;

pub use located::Text;
pub(crate) use origin::floor_char_boundary;
pub use origin::{Field, Located, Origin, SourceFile};
pub use percent::path_unescape;
pub use shell_word::{operand, shell_command, shell_word};
pub use suggestion::did_you_mean;
pub use time::{for_file_name, is_for_file_name, rfc3339, span};
pub use wildcards::matches_wildcards;
