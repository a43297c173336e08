//! A directory by its path: it is read, and not changed.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{Status, wants_a_unix};

/// A directory. What would change it fails always.
#[derive(Debug)]
pub struct OpenDirectory(PathBuf);

impl OpenDirectory {
    /// # Errors
    /// `NotADirectory` and others.
    pub fn open(path: &Path) -> io::Result<Self> {
        if fs::metadata(path)?.is_dir() { Ok(Self(path.to_owned())) } else { Err(ErrorKind::NotADirectory.into()) }
    }

    /// # Errors
    /// Always.
    pub fn make(_path: &Path) -> io::Result<()> {
        wants_a_unix()
    }

    /// # Errors
    /// `NotADirectory` and others.
    pub fn subdirectory(&self, name: &str) -> io::Result<Self> {
        Self::open(&self.0.join(name))
    }

    /// # Errors
    /// Always.
    pub fn make_subdirectory(&self, _name: &str) -> io::Result<()> {
        wants_a_unix()
    }

    /// # Errors
    /// Always.
    pub fn is_private(&self) -> io::Result<bool> {
        wants_a_unix()
    }

    /// # Errors
    /// Always.
    pub fn create(&self, _name: &str, _mode: u32) -> io::Result<File> {
        wants_a_unix()
    }

    /// # Errors
    /// `NotFound` and others.
    pub fn open_file(&self, name: &str) -> io::Result<File> {
        File::open(self.0.join(name))
    }

    /// # Errors
    /// When it cannot be told.
    pub fn has(&self, name: &str) -> io::Result<bool> {
        match fs::symlink_metadata(self.0.join(name)) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Always `None`.
    ///
    /// # Errors
    /// Never.
    pub fn status(&self, _name: &str) -> io::Result<Option<Status>> {
        Ok(None)
    }

    /// # Errors
    /// When it cannot be read.
    pub fn names(&self) -> io::Result<Vec<String>> {
        fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    /// # Errors
    /// When it cannot be read.
    pub fn link_target(&self, name: &str) -> io::Result<Option<PathBuf>> {
        let path = self.0.join(name);
        if path.is_symlink() { fs::read_link(path).map(Some) } else { Ok(None) }
    }

    /// # Errors
    /// Always.
    pub fn create_link(&self, _name: &str, _target: &Path) -> io::Result<()> {
        wants_a_unix()
    }

    /// # Errors
    /// Always.
    pub fn rename(&self, _name: &str, _target: &Self, _new_name: &str) -> io::Result<()> {
        wants_a_unix()
    }

    /// # Errors
    /// Always.
    pub fn rename_without_replacing(&self, _name: &str, _target: &Self, _new_name: &str) -> io::Result<()> {
        wants_a_unix()
    }

    /// # Errors
    /// Always.
    pub fn link(&self, _name: &str, _target: &Self, _new_name: &str) -> io::Result<()> {
        wants_a_unix()
    }

    /// # Errors
    /// Always.
    pub fn is_same(&self, _name: &str, _other: &Self, _other_name: &str) -> io::Result<bool> {
        wants_a_unix()
    }

    /// # Errors
    /// Always.
    pub fn remove_file(&self, _name: &str) -> io::Result<()> {
        wants_a_unix()
    }

    /// # Errors
    /// Always.
    pub fn remove_directory(&self, _name: &str) -> io::Result<()> {
        wants_a_unix()
    }

    /// # Errors
    /// Always.
    pub fn flush(&self) -> io::Result<()> {
        wants_a_unix()
    }

    /// # Errors
    /// Always.
    pub fn try_lock(&self) -> io::Result<bool> {
        wants_a_unix()
    }
}
