//! File names as seen from one directory, so that a report made here and one made elsewhere name a file alike.

use std::path::{Component, Path, PathBuf};

use crate::system::with_slashes;

/// The directory that reports, fingerprints and path patterns are relative to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseDirectory {
    working_directory: PathBuf,
    base: PathBuf,
}

/// Where a file lies, with `/` between the parts and without `.` and `..`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileLocation {
    /// Below the base, relative to it.
    Inside(String),
    /// Elsewhere, absolute.
    Outside(String),
    /// No file: `<stdin>`, `<command line>`.
    Unnamed,
}

impl BaseDirectory {
    /// `base` and the names to come may be relative to `working_directory`, which is absolute.
    pub fn new(working_directory: impl Into<PathBuf>, base: impl AsRef<Path>) -> Self {
        let working_directory = working_directory.into();
        let base = clean(&working_directory.join(base));
        Self { working_directory, base }
    }

    /// The root of the repository that the working directory is in (the nearest directory with `.git`); without one,
    /// the working directory.
    pub fn of_repository(working_directory: impl Into<PathBuf>) -> Self {
        let working_directory = working_directory.into();
        let root = working_directory.ancestors().find(|directory| directory.join(".git").exists());
        let base = root.unwrap_or(&working_directory).to_owned();
        Self::new(working_directory, base)
    }

    pub fn path(&self) -> &Path {
        &self.base
    }

    /// Where the file with this name (a [`SourceFile`](crate::text::SourceFile)'s) lies. Symbolic links are not followed.
    pub fn locate(&self, name: &str) -> FileLocation {
        if name.starts_with('<') && name.ends_with('>') {
            return FileLocation::Unnamed;
        }
        let path = clean(&self.working_directory.join(name));
        match path.strip_prefix(&self.base) {
            Ok(relative) => FileLocation::Inside(with_slashes(relative).into_owned()),
            Err(_) => FileLocation::Outside(with_slashes(&path).into_owned()),
        }
    }

    /// The absolute path of the file with this name; the name itself for what is no file.
    pub fn absolute(&self, name: &str) -> String {
        match self.locate(name) {
            FileLocation::Inside(path) => self.base.join(path).to_string_lossy().into_owned(),
            FileLocation::Outside(path) => path,
            FileLocation::Unnamed => name.to_owned(),
        }
    }

    /// [`Self::locate`] as one string; the name itself for what is no file.
    pub fn display(&self, name: &str) -> String {
        match self.locate(name) {
            FileLocation::Inside(path) | FileLocation::Outside(path) => path,
            FileLocation::Unnamed => name.to_owned(),
        }
    }
}

/// What of a path is behind a directory, part by part; empty: it is that directory. `None`: it lies elsewhere.
pub(crate) fn below<'a>(path: &'a str, directory: &str) -> Option<&'a str> {
    Path::new(path).strip_prefix(directory).ok()?.to_str()
}

/// A path behind a directory.
pub(super) fn joined(directory: &str, rest: &str) -> String {
    if rest.is_empty() { directory.to_owned() } else { format!("{}/{rest}", directory.trim_end_matches('/')) }
}

/// Without `.` and `..`, by the letters alone, but for what leads above where it begins.
pub(super) fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match cleaned.components().next_back() {
                None | Some(Component::ParentDir) => cleaned.push(component),
                Some(_) => {
                    cleaned.pop();
                }
            },
            other => cleaned.push(other),
        }
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_leads_above_the_beginning_stays() {
        for (path, cleaned) in
            [("../a/./b/../c", "../a/c"), ("a/../../b", "../b"), ("../../a", "../../a"), ("/../a", "/a"), ("./a", "a")]
        {
            assert_eq!(clean(Path::new(path)), Path::new(cleaned), "{path}");
        }
    }

    #[test]
    fn names_are_relative_to_the_base_wherever_the_command_ran() {
        let from_the_root = BaseDirectory::new("/repo", "/repo");
        let from_below = BaseDirectory::new("/repo/clusters/a", "/repo");
        let expected = FileLocation::Inside("clusters/a/pod.yaml".to_owned());
        for name in ["clusters/a/pod.yaml", "./clusters/a/pod.yaml", "/repo/clusters/b/../a/pod.yaml"] {
            assert_eq!(from_the_root.locate(name), expected, "{name}");
        }
        for name in ["pod.yaml", "../a/./pod.yaml", "/repo/clusters/a/pod.yaml"] {
            assert_eq!(from_below.locate(name), expected, "{name}");
        }
    }

    #[test]
    fn what_is_elsewhere_or_no_file_is_said_so() {
        let base = BaseDirectory::new("/repo", ".");
        assert_eq!(base.locate("/repository/x"), FileLocation::Outside("/repository/x".to_owned()));
        assert_eq!(base.locate("../../../x"), FileLocation::Outside("/x".to_owned()));
        assert_eq!(base.locate("<stdin>"), FileLocation::Unnamed);
        assert_eq!(base.display("<stdin>"), "<stdin>");
    }

    #[test]
    fn a_repository_is_found_from_below() {
        let directory = tempfile::tempdir().unwrap();
        let below = directory.path().join("a/b");
        std::fs::create_dir_all(&below).unwrap();
        std::fs::create_dir(directory.path().join(".git")).unwrap();
        assert_eq!(BaseDirectory::of_repository(&below).locate("x"), FileLocation::Inside("a/b/x".to_owned()));
    }
}
