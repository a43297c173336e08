//! What differs between systems. A Unix has permissions, owners, and directories that are held open while they change;
//! elsewhere files are read, and whoever would write keys is told so before.

mod access_list;
mod contents;
#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
use other as here;
#[cfg(unix)]
use unix as here;

pub use access_list::{access_list, set_access_list};
pub use contents::read_bounded;
pub use here::{
    KEEPS_KEYS, OpenDirectory, forbid_core_dumps, give_to, is_fifo, kind, make_private_directory, new_file_permissions,
    open, open_for_writing, set_mode, status, terminal_width, user, with_slashes,
};

/// What the file system says of a file or directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Permissions and the bits above them, without the kind of file.
    pub mode: u32,
    pub owner: u32,
    pub group: u32,
    pub links: u64,
}

impl Status {
    /// Whether somebody else than root and the user of this process owns it.
    pub fn is_foreign(&self) -> bool {
        self.owner != 0 && self.owner != user()
    }
}

/// Whether the last part of a path may be a symbolic link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastLink {
    Follow,
    Refuse,
}
