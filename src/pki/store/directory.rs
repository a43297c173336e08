//! System calls relative to an open directory, each announced to [`Steps`] when it changes something.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, FlockOperation, Gid, Mode, OFlags, RawMode, RenameFlags, Uid};
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::error::MAX_FILE_SIZE;
use super::{Steps, StoreError};

pub(super) struct Directory<'a> {
    fd: OwnedFd,
    /// For messages.
    path: PathBuf,
    steps: &'a dyn Steps,
}

/// What can be written down to the disk.
pub(super) trait Flush: Sync {
    fn flush(&self) -> Result<(), StoreError>;
}

/// A file that was just written.
pub(super) struct NewFile<'d> {
    directory: &'d Directory<'d>,
    name: String,
    file: File,
}

/// What the file system says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Permissions and the bits above them, without the kind of file.
    pub mode: u32,
    pub owner: u32,
    pub group: u32,
    pub links: u64,
}

impl NewFile<'_> {
    pub(super) fn set_mode(&self, mode: u32) -> Result<(), StoreError> {
        self.directory.before("set the mode of", &self.name)?;
        rustix::fs::fchmod(&self.file, Mode::from_raw_mode(mode as RawMode))
            .map_err(self.directory.failed("set the mode of", &self.name))
    }

    /// Nothing happens when it is theirs already: only root may give a file away.
    pub(super) fn give_to(&self, owner: u32, group: u32) -> Result<(), StoreError> {
        let failed = || self.directory.failed("keep the owner of", &self.name);
        let status = rustix::fs::fstat(&self.file).map_err(failed())?;
        if (status.st_uid, status.st_gid) == (owner, group) {
            return Ok(());
        }
        self.directory.before("keep the owner of", &self.name)?;
        rustix::fs::fchown(&self.file, Some(Uid::from_raw(owner)), Some(Gid::from_raw(group))).map_err(failed())
    }
}

impl Flush for NewFile<'_> {
    fn flush(&self) -> Result<(), StoreError> {
        self.directory.before("flush", &self.name)?;
        self.file.sync_all().map_err(self.directory.failed("flush", &self.name))
    }
}

/// The names in the directory.
impl Flush for Directory<'_> {
    fn flush(&self) -> Result<(), StoreError> {
        self.before("flush", ".")?;
        rustix::fs::fsync(&self.fd).map_err(self.failed("flush", "."))
    }
}

/// `mkdir -p` with mode 0755, each new name flushed to the disk.
pub(super) fn create_all(path: &Path, steps: &dyn Steps) -> Result<(), StoreError> {
    let missing =
        path.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect::<Vec<_>>();
    for path in missing.into_iter().rev() {
        let failed =
            |error: io::Error| StoreError::System { action: "make the directory", path: path.to_owned(), error };
        steps.before("make a directory", &path.to_string_lossy()).map_err(failed)?;
        match rustix::fs::mkdir(path, Mode::from_raw_mode(0o755)) {
            // Another run may have been faster.
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(failed(error.into())),
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if let Some(parent) = Directory::open(parent, steps)? {
            parent.flush()?;
        }
    }
    Ok(())
}

impl<'a> Directory<'a> {
    pub(super) fn open(path: &Path, steps: &'a dyn Steps) -> Result<Option<Self>, StoreError> {
        match rustix::fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
            Ok(fd) => Ok(Some(Self { fd, path: path.to_owned(), steps })),
            Err(Errno::NOENT) if path.symlink_metadata().is_err() => Ok(None),
            Err(Errno::NOTDIR) => Err(StoreError::NotADirectory(path.to_owned())),
            Err(error) => Err(StoreError::System { action: "open", path: path.to_owned(), error: error.into() }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A directory that nobody else could have put something into; `None`: there is nothing of that name.
    pub(super) fn private_subdirectory(&self, name: &str) -> Result<Option<Self>, StoreError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let path = self.path.join(name);
        let fd = match rustix::fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::NOTDIR | Errno::LOOP) => return Err(StoreError::NotOurs(path)),
            Err(error) => return Err(self.failed("open", name)(error)),
        };
        let status = rustix::fs::fstat(&fd).map_err(self.failed("look at", name))?;
        let is_private = Mode::from_raw_mode(status.st_mode as RawMode) & (Mode::RWXG | Mode::RWXO) == Mode::empty();
        if status.st_uid != rustix::process::geteuid().as_raw() || !is_private {
            return Err(StoreError::NotOurs(path));
        }
        Ok(Some(Self { fd, path, steps: self.steps }))
    }

    pub(super) fn make_private_subdirectory(&self, name: &str) -> Result<Self, StoreError> {
        self.before("make the directory", name)?;
        rustix::fs::mkdirat(&self.fd, name, Mode::RWXU).map_err(self.failed("make the directory", name))?;
        self.private_subdirectory(name)?.ok_or_else(|| self.failed("open", name)(Errno::NOENT))
    }

    /// Writes a file that is not there yet, without flushing it.
    pub(super) fn create_file(&self, name: &str, mode: u32, contents: &[u8]) -> Result<NewFile<'_>, StoreError> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        self.before("create", name)?;
        let fd = rustix::fs::openat(&self.fd, name, flags, Mode::from_raw_mode(mode as RawMode))
            .map_err(self.failed("create", name))?;
        let mut file = File::from(fd);
        self.before("write", name)?;
        file.write_all(contents).map_err(self.failed("write", name))?;
        Ok(NewFile { directory: self, name: name.to_owned(), file })
    }

    pub(super) fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        // A FIFO must not block.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match rustix::fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) if !self.has(name)? => return Ok(None),
            Err(error) => return Err(self.failed("read", name)(error)),
        };
        let status = rustix::fs::fstat(&fd).map_err(self.failed("look at", name))?;
        if FileType::from_raw_mode(status.st_mode as RawMode) != FileType::RegularFile {
            return Err(StoreError::NotAFile(self.path.join(name)));
        }
        // With room for all of it from the start: a buffer that grows leaves copies behind.
        let size = u64::try_from(status.st_size).unwrap_or(0).min(MAX_FILE_SIZE);
        let mut contents = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1));
        File::from(fd).take(MAX_FILE_SIZE + 1).read_to_end(&mut contents).map_err(self.failed("read", name))?;
        if contents.len() as u64 > MAX_FILE_SIZE {
            return Err(StoreError::TooLarge(self.path.join(name)));
        }
        Ok(Some(contents))
    }

    /// Whether there is something of that name, be it a dangling link.
    pub(super) fn has(&self, name: &str) -> Result<bool, StoreError> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(self.failed("look at", name)(error)),
        }
    }

    pub(super) fn status(&self, name: &str) -> Result<Option<Status>, StoreError> {
        match rustix::fs::statat(&self.fd, name, AtFlags::empty()) {
            Ok(status) => Ok(Some(Status {
                mode: status.st_mode & 0o7777,
                owner: status.st_uid,
                group: status.st_gid,
                links: status.st_nlink,
            })),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(self.failed("look at", name)(error)),
        }
    }

    /// The names of all that is in it.
    pub(super) fn names(&self) -> Result<Vec<String>, StoreError> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.fd).map_err(self.failed("read", "."))? {
            let entry = entry.map_err(self.failed("read", "."))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !matches!(name.as_str(), "." | "..") {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Where a symbolic link leads; `None`: it is none.
    pub(super) fn link_target(&self, name: &str) -> Result<Option<CString>, StoreError> {
        match rustix::fs::readlinkat(&self.fd, name, Vec::new()) {
            Ok(target) => Ok(Some(target)),
            Err(Errno::INVAL | Errno::NOENT) => Ok(None),
            Err(error) => Err(self.failed("read", name)(error)),
        }
    }

    pub(super) fn create_link(&self, name: &str, target: &CStr) -> Result<(), StoreError> {
        self.before("create", name)?;
        rustix::fs::symlinkat(target, &self.fd, name).map_err(self.failed("create", name))
    }

    /// Moves a file without replacing another one. Nothing happens when it is not there any more: then it was moved
    /// before.
    pub(super) fn move_file(&self, name: &str, target: &Directory<'_>, new_name: &str) -> Result<(), StoreError> {
        if !self.has(name)? {
            return Ok(());
        }
        if same_file((self, name), (target, new_name))? {
            // An interrupted move of `link_and_remove`.
            return self.remove_file(name);
        }
        self.rename(name, target, new_name)
    }

    /// Puts a file in the place of the one of the same name.
    pub(super) fn rename_over(&self, name: &str, target: &Directory<'_>) -> Result<(), StoreError> {
        self.before("rename", name)?;
        rustix::fs::renameat(&self.fd, name, &target.fd, name).map_err(self.failed("rename", name))
    }

    /// Renames without replacing anything.
    pub(super) fn rename(&self, name: &str, target: &Directory<'_>, new_name: &str) -> Result<(), StoreError> {
        self.before("rename", name)?;
        match rustix::fs::renameat_with(&self.fd, name, &target.fd, new_name, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            Err(Errno::EXIST) => Err(StoreError::InTheWay(target.path.join(new_name))),
            // Not every file system can do it in one step.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => self.link_and_remove(name, target, new_name),
            Err(error) => Err(self.failed("rename", name)(error)),
        }
    }

    /// A link never replaces. A directory cannot be linked, but renaming one replaces at most an empty one.
    fn link_and_remove(&self, name: &str, target: &Directory<'_>, new_name: &str) -> Result<(), StoreError> {
        match rustix::fs::linkat(&self.fd, name, &target.fd, new_name, AtFlags::empty()) {
            Ok(()) => self.remove_file(name),
            Err(Errno::EXIST) => Err(StoreError::InTheWay(target.path.join(new_name))),
            Err(_) if target.has(new_name)? => Err(StoreError::InTheWay(target.path.join(new_name))),
            // No links either: the lock is all that is left against another run.
            Err(_) => rustix::fs::renameat(&self.fd, name, &target.fd, new_name).map_err(self.failed("rename", name)),
        }
    }

    /// Nothing happens when it is not there.
    pub(super) fn remove_file(&self, name: &str) -> Result<(), StoreError> {
        self.before("remove", name)?;
        match rustix::fs::unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(self.failed("remove", name)(error)),
        }
    }

    /// Fails when it is not empty.
    pub(super) fn remove_directory(&self, name: &str) -> Result<(), StoreError> {
        self.before("remove the directory", name)?;
        rustix::fs::unlinkat(&self.fd, name, AtFlags::REMOVEDIR).map_err(self.failed("remove the directory", name))
    }

    pub(super) fn try_lock(&self) -> Result<bool, StoreError> {
        match rustix::fs::flock(&self.fd, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(true),
            Err(Errno::WOULDBLOCK) => Ok(false),
            Err(error) => Err(self.failed("lock", ".")(error)),
        }
    }

    pub(super) fn lock(&self) -> Result<(), StoreError> {
        loop {
            match rustix::fs::flock(&self.fd, FlockOperation::LockExclusive) {
                Ok(()) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(self.failed("lock", ".")(error)),
            }
        }
    }

    fn before(&self, action: &'static str, name: &str) -> Result<(), StoreError> {
        self.steps.before(action, name).map_err(self.failed(action, name))
    }

    fn failed<E: Into<io::Error>>(&self, action: &'static str, name: &str) -> impl FnOnce(E) -> StoreError + use<E> {
        let path = if name == "." { self.path.clone() } else { self.path.join(name) };
        move |error| StoreError::System { action, path, error: error.into() }
    }
}

/// Whether two names are links to one file.
pub(super) fn same_file(one: (&Directory<'_>, &str), other: (&Directory<'_>, &str)) -> Result<bool, StoreError> {
    let identity = |(directory, name): (&Directory<'_>, &str)| match rustix::fs::statat(
        &directory.fd,
        name,
        AtFlags::SYMLINK_NOFOLLOW,
    ) {
        Ok(status) => Ok(Some((status.st_dev, status.st_ino))),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(directory.failed("look at", name)(error)),
    };
    let one = identity(one)?;
    Ok(one.is_some() && one == identity(other)?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::Unhindered;
    use super::*;

    fn directory() -> (tempfile::TempDir, Directory<'static>) {
        let temporary = tempfile::tempdir().unwrap();
        let directory = Directory::open(temporary.path(), &Unhindered).unwrap().unwrap();
        fs::write(temporary.path().join("a"), "a").unwrap();
        (temporary, directory)
    }

    fn names(directory: &Directory<'_>) -> Vec<String> {
        let entries = fs::read_dir(directory.path()).unwrap();
        let mut names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>();
        names.sort();
        names
    }

    /// What stands for a rename that refuses to replace where the file system has none.
    #[test]
    fn a_link_moves_without_replacing() {
        let (_temporary, directory) = directory();
        directory.link_and_remove("a", &directory, "b").unwrap();
        assert_eq!(names(&directory), ["b"]);
        fs::write(directory.path().join("a"), "another").unwrap();
        assert!(matches!(directory.link_and_remove("a", &directory, "b"), Err(StoreError::InTheWay(_))));
        assert_eq!(fs::read(directory.path().join("b")).unwrap(), b"a");
        assert_eq!(names(&directory), ["a", "b"]);
    }

    #[test]
    fn a_move_that_was_interrupted_between_link_and_removal_is_finished() {
        let (_temporary, directory) = directory();
        fs::hard_link(directory.path().join("a"), directory.path().join("b")).unwrap();
        directory.move_file("a", &directory, "b").unwrap();
        assert_eq!(names(&directory), ["b"]);
        directory.move_file("a", &directory, "b").unwrap();
        assert_eq!(names(&directory), ["b"]);
    }

    #[test]
    fn directories_are_moved_without_replacing() {
        let (_temporary, directory) = directory();
        directory.make_private_subdirectory("new").unwrap();
        directory.link_and_remove("new", &directory, "ready").unwrap();
        assert_eq!(names(&directory), ["a", "ready"]);
        directory.make_private_subdirectory("new").unwrap();
        assert!(matches!(directory.link_and_remove("new", &directory, "ready"), Err(StoreError::InTheWay(_))));
        assert!(matches!(directory.rename("new", &directory, "ready"), Err(StoreError::InTheWay(_))));
    }

    #[test]
    fn what_is_far_too_large_is_not_read() {
        let (_temporary, directory) = directory();
        let size = usize::try_from(MAX_FILE_SIZE).unwrap();
        fs::write(directory.path().join("a"), vec![0; size]).unwrap();
        assert_eq!(directory.read("a").unwrap().unwrap().len(), size);
        fs::write(directory.path().join("a"), vec![0; size + 1]).unwrap();
        assert!(matches!(directory.read("a"), Err(StoreError::TooLarge(_))));
        assert!(directory.read("b").unwrap().is_none());
    }
}
