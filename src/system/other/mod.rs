//! Where there is no Unix: files are read. Permissions and owners are not known; [`KEEPS_KEYS`] is asked before anything is
//! changed, and what is called all the same fails.

mod directory;

use std::borrow::Cow;
use std::fs::{File, FileType, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::{LastLink, Status};
pub use directory::OpenDirectory;

/// Whether a file can be kept from everybody but its owner, and several changed as one.
pub const KEEPS_KEYS: bool = false;

fn wants_a_unix<T>() -> io::Result<T> {
    Err(io::Error::new(ErrorKind::Unsupported, "it wants a Unix"))
}

/// Opens a file for reading.
///
/// # Errors
/// Those of the system.
pub fn open(path: &Path, last: LastLink) -> io::Result<File> {
    if last == LastLink::Refuse && path.is_symlink() {
        return Err(io::Error::other("it is a symbolic link"));
    }
    File::open(path)
}

/// Opens what is there for writing.
///
/// # Errors
/// Those of the system.
pub fn open_for_writing(path: &Path) -> io::Result<File> {
    std::fs::OpenOptions::new().write(true).open(path)
}

/// `None` where the system has no such thing.
pub fn status(_metadata: &Metadata) -> Option<Status> {
    None
}

/// What is neither a file nor a directory, with its article.
pub fn kind(_file_type: FileType) -> &'static str {
    "a device"
}

/// Whether it waits for somebody to write to it.
pub fn is_fifo(_file_type: FileType) -> bool {
    false
}

/// The user whose rights this process has.
pub fn user() -> u32 {
    0
}

/// What a new file is to be made with.
pub fn new_file_permissions(_mode: u32) -> Option<Permissions> {
    None
}

/// # Errors
/// Always.
pub fn set_mode(_file: &File, _mode: u32) -> io::Result<()> {
    wants_a_unix()
}

/// # Errors
/// Always.
pub fn give_to(_file: &File, _owner: u32, _group: u32) -> io::Result<()> {
    wants_a_unix()
}

/// A directory; what may be done with it is what its parent says.
///
/// # Errors
/// Those of the system.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    std::fs::create_dir(path)
}

/// # Errors
/// Always.
pub fn forbid_core_dumps() -> io::Result<()> {
    wants_a_unix()
}

/// The columns of the terminal that standard output is.
pub fn terminal_width() -> Option<usize> {
    None
}

/// A path as reports and URIs have it.
pub fn with_slashes(path: &Path) -> Cow<'_, str> {
    path.to_string_lossy().replace('\\', "/").into()
}
