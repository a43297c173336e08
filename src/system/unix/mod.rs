//! Linux, macOS, and whatever else is a Unix.

mod directory;

use std::borrow::Cow;
use std::fs::{DirBuilder, File, FileType, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};

use super::{LastLink, Status};
pub use directory::OpenDirectory;

/// Whether a file can be kept from everybody but its owner, and several changed as one.
pub const KEEPS_KEYS: bool = true;

/// Opens a file for reading, without waiting for the other end of a pipe or device, nor becoming a terminal's process.
///
/// # Errors
/// Those of open(2).
pub fn open(path: &Path, last: LastLink) -> io::Result<File> {
    let link = if last == LastLink::Refuse { OFlags::NOFOLLOW } else { OFlags::empty() };
    let flags = link | OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

/// Opens a pipe or device that is there for writing. A pipe that nobody reads is an error, and is not waited for.
///
/// # Errors
/// Those of open(2).
pub fn open_for_writing(path: &Path) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    // Whoever reads slowly is waited for.
    let flags = rustix::fs::fcntl_getfl(&file)?;
    rustix::fs::fcntl_setfl(&file, flags.difference(OFlags::NONBLOCK))?;
    Ok(file)
}

/// `None` where the system has no such thing.
pub fn status(metadata: &Metadata) -> Option<Status> {
    let mode = metadata.mode() & 0o7777;
    Some(Status { mode, owner: metadata.uid(), group: metadata.gid(), links: metadata.nlink() })
}

/// What is neither a file nor a directory, with its article.
pub fn kind(file_type: FileType) -> &'static str {
    if is_fifo(file_type) {
        "a FIFO"
    } else if file_type.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

/// Whether it waits for somebody to write to it.
pub fn is_fifo(file_type: FileType) -> bool {
    file_type.is_fifo()
}

/// The user whose rights this process has.
pub fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// What a new file is to be made with; the umask still applies.
pub fn new_file_permissions(mode: u32) -> Option<Permissions> {
    Some(Permissions::from_mode(mode))
}

/// # Errors
/// Those of fchmod(2).
pub fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(mode))
}

/// # Errors
/// Those of fchown(2): only root may give a file away.
pub fn give_to(file: &File, owner: u32, group: u32) -> io::Result<()> {
    std::os::unix::fs::fchown(file, Some(owner), Some(group))
}

/// A directory that nobody but its owner may enter.
///
/// # Errors
/// Those of mkdir(2).
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Keeps private keys out of core dumps, and what is written readable for its owner, whatever the umask says.
///
/// # Errors
/// When the system does not let a process forbid its own core dumps.
pub fn forbid_core_dumps() -> io::Result<()> {
    let maximum = getrlimit(Resource::Core).maximum;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum })?;
    // The limit does not hold where core dumps go into a pipe (core(5)), to systemd-coredump for example.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    // umask(2) tells the old one only by setting another: the usual one, as a program that uses the library may do this in two
    // threads at once, and the second would inherit what the first has set for a moment.
    let inherited = umask(Mode::WGRP | Mode::WOTH);
    umask(inherited.difference(Mode::RWXU));
    Ok(())
}

/// The columns of the terminal that standard output is.
pub fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|width| *width > 0)
}

/// A path as reports and URIs have it.
pub fn with_slashes(path: &Path) -> Cow<'_, str> {
    path.to_string_lossy()
}
