//! An open directory, each change of which is announced to [`Steps`].

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::error::MAX_FILE_SIZE;
use super::{Steps, StoreError};
use crate::system::{self, OpenDirectory, Status};

pub(super) struct Directory<'a> {
    open: OpenDirectory,
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

impl NewFile<'_> {
    pub(super) fn set_mode(&self, mode: u32) -> Result<(), StoreError> {
        self.directory.before("set the mode of", &self.name)?;
        system::set_mode(&self.file, mode).map_err(self.directory.failed("set the mode of", &self.name))
    }

    /// After the mode, whose part of the group is the list's mask.
    pub(super) fn set_access_list(&self, list: &[u8]) -> Result<(), StoreError> {
        self.directory.before("keep the access control list of", &self.name)?;
        let failed = self.directory.failed("keep the access control list of", &self.name);
        system::set_access_list(&self.file, list).map_err(failed)
    }

    /// Nothing happens when it is theirs already: only root may give a file away.
    pub(super) fn give_to(&self, owner: u32, group: u32) -> Result<(), StoreError> {
        let failed = || self.directory.failed("keep the owner of", &self.name);
        let status = system::status(&self.file.metadata().map_err(failed())?);
        if status.is_some_and(|status| (status.owner, status.group) == (owner, group)) {
            return Ok(());
        }
        self.directory.before("keep the owner of", &self.name)?;
        system::give_to(&self.file, owner, group).map_err(failed())
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
        self.open.flush().map_err(self.failed("flush", "."))
    }
}

/// `mkdir -p` with mode 0755. Gives the directories with new names in them, which are still to be flushed to the disk.
pub(super) fn create_all<'a>(path: &Path, steps: &'a dyn Steps) -> Result<Vec<Directory<'a>>, StoreError> {
    let missing =
        path.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect::<Vec<_>>();
    let mut above = Vec::new();
    for path in missing.into_iter().rev() {
        let failed =
            |error: io::Error| StoreError::System { action: "make the directory", path: path.to_owned(), error };
        steps.before("make a directory", &path.to_string_lossy()).map_err(failed)?;
        match OpenDirectory::make(path) {
            // Another run may have been faster.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => made.map_err(failed)?,
        }
        above.extend(self::above(path, steps)?);
    }
    Ok(above)
}

/// The directory in which a path's last name stands.
pub(super) fn above<'a>(path: &Path, steps: &'a dyn Steps) -> Result<Option<Directory<'a>>, StoreError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Directory::open(parent, steps)
}

impl<'a> Directory<'a> {
    pub(super) fn open(path: &Path, steps: &'a dyn Steps) -> Result<Option<Self>, StoreError> {
        let is_missing = |error: &io::Error| error.kind() == ErrorKind::NotFound;
        let opened = OpenDirectory::open(path).or_else(|error| match path.symlink_metadata() {
            // Another run has made it in between, or it is a link that leads nowhere.
            Ok(_) if is_missing(&error) => OpenDirectory::open(path),
            _ => Err(error),
        });
        let error = match opened {
            Ok(open) => return Ok(Some(Self { open, path: path.to_owned(), steps })),
            Err(error) => error,
        };
        match error.kind() {
            _ if is_missing(&error) && path.symlink_metadata().is_err() => Ok(None),
            ErrorKind::NotADirectory => Err(StoreError::NotADirectory(path.to_owned())),
            _ => Err(StoreError::System { action: "open", path: path.to_owned(), error }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A directory that nobody else could have put something into; `None`: there is nothing of that name.
    pub(super) fn private_subdirectory(&self, name: &str) -> Result<Option<Self>, StoreError> {
        let path = self.path.join(name);
        let open = match self.open.subdirectory(name) {
            Ok(open) => open,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == ErrorKind::NotADirectory => return Err(StoreError::NotOurs(path)),
            Err(error) => return Err(self.failed("open", name)(error)),
        };
        if !open.is_private().map_err(self.failed("look at", name))? {
            return Err(StoreError::NotOurs(path));
        }
        Ok(Some(Self { open, path, steps: self.steps }))
    }

    pub(super) fn make_private_subdirectory(&self, name: &str) -> Result<Self, StoreError> {
        self.before("make the directory", name)?;
        self.open.make_subdirectory(name).map_err(self.failed("make the directory", name))?;
        self.private_subdirectory(name)?.ok_or_else(|| self.failed("open", name)(ErrorKind::NotFound.into()))
    }

    /// Writes a file that is not there yet, without flushing it.
    pub(super) fn create_file(&self, name: &str, mode: u32, contents: &[u8]) -> Result<NewFile<'_>, StoreError> {
        self.before("create", name)?;
        let mut file = self.open.create(name, mode).map_err(self.failed("create", name))?;
        self.before("write", name)?;
        file.write_all(contents).map_err(self.failed("write", name))?;
        Ok(NewFile { directory: self, name: name.to_owned(), file })
    }

    pub(super) fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let file = match self.open.open_file(name) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound && !self.has(name)? => return Ok(None),
            Err(error) => return Err(self.failed("read", name)(error)),
        };
        let metadata = file.metadata().map_err(self.failed("look at", name))?;
        if !metadata.is_file() {
            return Err(StoreError::NotAFile(self.path.join(name)));
        }
        // With room for all of it from the start: a buffer that grows leaves copies behind.
        let size = metadata.len().min(MAX_FILE_SIZE);
        let mut contents = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1));
        file.take(MAX_FILE_SIZE + 1).read_to_end(&mut contents).map_err(self.failed("read", name))?;
        if contents.len() as u64 > MAX_FILE_SIZE {
            return Err(StoreError::TooLarge(self.path.join(name)));
        }
        Ok(Some(contents))
    }

    /// Whether there is something of that name, be it a dangling link.
    pub(super) fn has(&self, name: &str) -> Result<bool, StoreError> {
        self.open.has(name).map_err(self.failed("look at", name))
    }

    /// Who else than the mode says may use a file; `None`: nobody.
    pub(super) fn access_list(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let failed = || self.failed("look at the access control list of", name);
        let file = self.open.open_file(name).map_err(failed())?;
        system::access_list(&file).map_err(failed())
    }

    pub(super) fn status(&self, name: &str) -> Result<Option<Status>, StoreError> {
        self.open.status(name).map_err(self.failed("look at", name))
    }

    /// The names of all that is in it.
    pub(super) fn names(&self) -> Result<Vec<String>, StoreError> {
        self.open.names().map_err(self.failed("read", "."))
    }

    /// Where a symbolic link leads; `None`: it is none.
    pub(super) fn link_target(&self, name: &str) -> Result<Option<PathBuf>, StoreError> {
        self.open.link_target(name).map_err(self.failed("read", name))
    }

    pub(super) fn create_link(&self, name: &str, target: &Path) -> Result<(), StoreError> {
        self.before("create", name)?;
        self.open.create_link(name, target).map_err(self.failed("create", name))
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
        self.open.rename(name, &target.open, name).map_err(self.failed("rename", name))
    }

    /// Renames without replacing anything.
    pub(super) fn rename(&self, name: &str, target: &Directory<'_>, new_name: &str) -> Result<(), StoreError> {
        self.before("rename", name)?;
        let Err(error) = self.open.rename_without_replacing(name, &target.open, new_name) else { return Ok(()) };
        match error.kind() {
            ErrorKind::AlreadyExists => Err(StoreError::InTheWay(target.path.join(new_name))),
            // Not every file system can do it in one step.
            ErrorKind::Unsupported => self.link_and_remove(name, target, new_name),
            _ => Err(self.failed("rename", name)(error)),
        }
    }

    /// A link never replaces. A directory cannot be linked, but renaming one replaces at most an empty one.
    fn link_and_remove(&self, name: &str, target: &Directory<'_>, new_name: &str) -> Result<(), StoreError> {
        match self.open.link(name, &target.open, new_name) {
            Ok(()) => self.remove_file(name),
            Err(_) if target.has(new_name)? => Err(StoreError::InTheWay(target.path.join(new_name))),
            // No links either: the lock is all that is left against another run.
            Err(_) => self.open.rename(name, &target.open, new_name).map_err(self.failed("rename", name)),
        }
    }

    /// Nothing happens when it is not there.
    pub(super) fn remove_file(&self, name: &str) -> Result<(), StoreError> {
        self.before("remove", name)?;
        match self.open.remove_file(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(self.failed("remove", name)),
        }
    }

    /// Fails when it is not empty.
    pub(super) fn remove_directory(&self, name: &str) -> Result<(), StoreError> {
        self.before("remove the directory", name)?;
        self.open.remove_directory(name).map_err(self.failed("remove the directory", name))
    }

    pub(super) fn try_lock(&self) -> Result<bool, StoreError> {
        self.open.try_lock().map_err(self.failed("lock", "."))
    }

    fn before(&self, action: &'static str, name: &str) -> Result<(), StoreError> {
        self.steps.before(action, name).map_err(self.failed(action, name))
    }

    fn failed(&self, action: &'static str, name: &str) -> impl FnOnce(io::Error) -> StoreError + use<> {
        let path = if name == "." { self.path.clone() } else { self.path.join(name) };
        move |error| StoreError::System { action, path, error }
    }
}

/// Whether two names are links to one file.
pub(super) fn same_file(one: (&Directory<'_>, &str), other: (&Directory<'_>, &str)) -> Result<bool, StoreError> {
    let ((directory, name), (other, other_name)) = (one, other);
    directory.open.is_same(name, &other.open, other_name).map_err(directory.failed("look at", name))
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
