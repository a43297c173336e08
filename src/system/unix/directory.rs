//! System calls relative to an open directory: what its path names in the meantime does not matter.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, RawMode, RenameFlags, Stat};
use rustix::io::Errno;

use super::{Status, user};

/// A directory that stays the one that was opened. The errors are those of the system calls.
#[derive(Debug)]
pub struct OpenDirectory(OwnedFd);

/// What each of them is opened with.
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl OpenDirectory {
    /// # Errors
    /// `NotADirectory` and others.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(rustix::fs::open(path, DIRECTORY, Mode::empty())?))
    }

    /// Makes a directory with mode 0755.
    ///
    /// # Errors
    /// `AlreadyExists` and others.
    pub fn make(path: &Path) -> io::Result<()> {
        Ok(rustix::fs::mkdir(path, Mode::from_raw_mode(0o755))?)
    }

    /// # Errors
    /// `NotADirectory` for a symbolic link too.
    pub fn subdirectory(&self, name: &str) -> io::Result<Self> {
        match rustix::fs::openat(&self.0, name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(descriptor) => Ok(Self(descriptor)),
            // Linux says the one of a link, others the other.
            Err(Errno::NOTDIR | Errno::LOOP) => Err(ErrorKind::NotADirectory.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a directory with mode 0700.
    ///
    /// # Errors
    /// `AlreadyExists` and others.
    pub fn make_subdirectory(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(&self.0, name, Mode::RWXU)?)
    }

    /// Whether nobody but the user of this process could have put something into it.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn is_private(&self) -> io::Result<bool> {
        let status = rustix::fs::fstat(&self.0)?;
        let others = Mode::from_raw_mode(status.st_mode as RawMode) & (Mode::RWXG | Mode::RWXO);
        Ok(status.st_uid == user() && others == Mode::empty())
    }

    /// Opens a file that is not there yet for writing.
    ///
    /// # Errors
    /// `AlreadyExists` and others.
    pub fn create(&self, name: &str, mode: u32) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(&self.0, name, flags, Mode::from_raw_mode(mode as RawMode))?))
    }

    /// Opens what may be a file for reading. A FIFO does not block.
    ///
    /// # Errors
    /// `NotFound` and others.
    pub fn open_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(&self.0, name, flags, Mode::empty())?))
    }

    /// Whether there is something of that name, be it a dangling link.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn has(&self, name: &str) -> io::Result<bool> {
        Ok(self.stat(name, AtFlags::SYMLINK_NOFOLLOW)?.is_some())
    }

    /// Of a link, what is said of the file that it leads to. `None`: it is not there.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn status(&self, name: &str) -> io::Result<Option<Status>> {
        let status = |status: Stat| Status {
            mode: status.st_mode & 0o7777,
            owner: status.st_uid,
            group: status.st_gid,
            links: status.st_nlink,
        };
        Ok(self.stat(name, AtFlags::empty())?.map(status))
    }

    fn stat(&self, name: &str, flags: AtFlags) -> io::Result<Option<Stat>> {
        match rustix::fs::statat(&self.0, name, flags) {
            Ok(status) => Ok(Some(status)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The names of all that is in it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.0)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !matches!(name.as_str(), "." | "..") {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Where a symbolic link leads; `None`: it is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn link_target(&self, name: &str) -> io::Result<Option<PathBuf>> {
        match rustix::fs::readlinkat(&self.0, name, Vec::new()) {
            Ok(target) => Ok(Some(path(&target))),
            Err(Errno::INVAL | Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// # Errors
    /// `AlreadyExists` and others.
    pub fn create_link(&self, name: &str, target: &Path) -> io::Result<()> {
        Ok(rustix::fs::symlinkat(target, &self.0, name)?)
    }

    /// # Errors
    /// When it cannot be renamed.
    pub fn rename(&self, name: &str, target: &Self, new_name: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, name, &target.0, new_name)?)
    }

    /// # Errors
    /// `AlreadyExists`; `Unsupported` where the file system cannot do it in one step; others.
    pub fn rename_without_replacing(&self, name: &str, target: &Self, new_name: &str) -> io::Result<()> {
        match rustix::fs::renameat_with(&self.0, name, &target.0, new_name, RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Err(ErrorKind::Unsupported.into()),
            result => Ok(result?),
        }
    }

    /// Gives a file a second name.
    ///
    /// # Errors
    /// `AlreadyExists` and others.
    pub fn link(&self, name: &str, target: &Self, new_name: &str) -> io::Result<()> {
        Ok(rustix::fs::linkat(&self.0, name, &target.0, new_name, AtFlags::empty())?)
    }

    /// Whether two names are links to one file.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn is_same(&self, name: &str, other: &Self, other_name: &str) -> io::Result<bool> {
        let identity = |status: Stat| (status.st_dev, status.st_ino);
        let one = self.stat(name, AtFlags::SYMLINK_NOFOLLOW)?.map(identity);
        let another = other.stat(other_name, AtFlags::SYMLINK_NOFOLLOW)?.map(identity);
        Ok(one.is_some() && one == another)
    }

    /// # Errors
    /// `NotFound` and others.
    pub fn remove_file(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// # Errors
    /// When it is not empty, and others.
    pub fn remove_directory(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR)?)
    }

    /// Writes its names down to the disk.
    ///
    /// # Errors
    /// Those of fsync(2).
    pub fn flush(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.0)?)
    }

    /// `false`: somebody else holds the lock.
    ///
    /// # Errors
    /// When the file system cannot lock.
    pub fn try_lock(&self) -> io::Result<bool> {
        match rustix::fs::flock(&self.0, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(true),
            Err(Errno::WOULDBLOCK) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn path(bytes: &CStr) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes.to_bytes()))
}
