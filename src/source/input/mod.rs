//! What the user names, and the files that are found in it. Nothing here trusts a file system: not its size, not its
//! depth, not that a path is still what it was a moment ago.

mod host;
mod read;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

pub(crate) use host::resolve_below;
pub use host::{HostSurroundings, host_defaults};
pub use read::{InputError, MAXIMUM_SIZE, read_source, read_stream};

/// How deep below a directory files are looked for. `/etc` and repositories stay far above it.
pub const MAXIMUM_DEPTH: usize = 24;

/// Directories that hold other people's files, or none that a server reads.
const LEFT_OUT: [&str; 7] = [".git", ".hg", ".svn", "node_modules", "vendor", ".terraform", "target"];

/// One `PATH` of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// `-`.
    Stdin,
    File(PathBuf),
    Directory(PathBuf),
}

/// The files of one directory, which are judged together: what lies beside each other belongs together more often
/// than not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub directory: PathBuf,
    /// Sorted by name.
    pub files: Vec<PathBuf>,
}

impl Input {
    /// What a path is.
    ///
    /// # Errors
    ///
    /// When there is nothing of that name, or nothing that can be read as a file: a FIFO, a device, a socket.
    pub fn of(path: &Path) -> Result<Self, InputError> {
        if path == Path::new("-") {
            return Ok(Self::Stdin);
        }
        let metadata = std::fs::metadata(path).map_err(|error| InputError::of(path, &error))?;
        if metadata.is_dir() {
            return Ok(Self::Directory(path.to_owned()));
        }
        read::regular(path, metadata.file_type())?;
        Ok(Self::File(path.to_owned()))
    }
}

/// The files below a directory, a directory at a time and in the same order each time. Symbolic links to directories
/// are not followed, so there are no loops; links to files are, unless their file is found anyway. What cannot be read
/// is an error in its place, and the walk goes on.
///
/// Files that are no regular files or are larger than [`MAXIMUM_SIZE`] are passed over: nobody named them.
pub fn units(directory: &Path) -> impl Iterator<Item = Result<Unit, InputError>> {
    let root = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let entries = WalkDir::new(directory)
        .min_depth(1)
        .max_depth(MAXIMUM_DEPTH)
        // Files first, so that the files of a directory come one after the other.
        .sort_by(|left, right| {
            (left.file_type().is_dir(), left.file_name()).cmp(&(right.file_type().is_dir(), right.file_name()))
        })
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_left_out(entry.file_name()));
    Units { entries, root, open: None, failed: None }
}

struct Units<I> {
    entries: I,
    /// Canonical, to tell whether a link leads out of it.
    root: PathBuf,
    open: Option<Unit>,
    /// An error that came while a unit was open.
    failed: Option<InputError>,
}

impl<I: Iterator<Item = walkdir::Result<walkdir::DirEntry>>> Iterator for Units<I> {
    type Item = Result<Unit, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            return Some(Err(error));
        }
        loop {
            let entry = match self.entries.next() {
                None => return self.open.take().map(Ok),
                Some(Err(error)) => return Some(self.fail(InputError::of_walk(&error))),
                Some(Ok(entry)) => entry,
            };
            if entry.file_type().is_dir() {
                if entry.depth() == MAXIMUM_DEPTH {
                    let error = InputError::TooDeep { path: entry.path().to_owned(), limit: MAXIMUM_DEPTH };
                    return Some(self.fail(error));
                }
                continue;
            }
            if !self.is_wanted(&entry) {
                continue;
            }
            let directory = entry.path().parent().unwrap_or(Path::new("")).to_owned();
            match &mut self.open {
                Some(unit) if unit.directory == directory => unit.files.push(entry.into_path()),
                open => {
                    let unit = Unit { directory, files: vec![entry.into_path()] };
                    if let Some(finished) = open.replace(unit) {
                        return Some(Ok(finished));
                    }
                }
            }
        }
    }
}

impl<I> Units<I> {
    /// The open unit comes before the error.
    fn fail(&mut self, error: InputError) -> Result<Unit, InputError> {
        match self.open.take() {
            Some(unit) => {
                self.failed = Some(error);
                Ok(unit)
            }
            None => Err(error),
        }
    }

    fn is_wanted(&self, entry: &walkdir::DirEntry) -> bool {
        let Ok(metadata) = std::fs::metadata(entry.path()) else {
            // A link to nowhere is nothing; a file that has just vanished is reported when it is read.
            return !entry.path_is_symlink();
        };
        let readable = metadata.is_file() && metadata.len() <= MAXIMUM_SIZE;
        readable && !(entry.path_is_symlink() && self.is_found_anyway(entry.path()))
    }

    /// Whether a link's file lies below the directory that is walked, where the walk comes to it.
    fn is_found_anyway(&self, link: &Path) -> bool {
        let Ok(target) = link.canonicalize() else { return false };
        target.strip_prefix(&self.root).is_ok_and(|inside| !inside.iter().any(is_left_out))
    }
}

/// Also `..data` and `..2026_11_21`, as kubelet names the directories behind a mounted ConfigMap's links.
fn is_left_out(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| LEFT_OUT.contains(&name) || (name.starts_with("..") && name.len() > 2))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn walk(directory: &Path) -> Vec<Result<Vec<String>, String>> {
        units(directory)
            .map(|unit| match unit {
                Ok(unit) => Ok(unit.files.iter().map(|file| shown(directory, file)).collect()),
                Err(error) => Err(error.to_string()),
            })
            .collect()
    }

    fn shown(directory: &Path, file: &Path) -> String {
        file.strip_prefix(directory).unwrap().display().to_string()
    }

    fn write(path: PathBuf) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }

    #[test]
    fn the_files_of_a_directory_come_together_and_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for file in ["b.yaml", "a/z", "a/deeper/y", "c.yaml", "a/a"] {
            write(root.join(file));
        }
        assert_eq!(
            walk(root),
            [
                Ok(vec!["b.yaml".to_owned(), "c.yaml".to_owned()]),
                Ok(vec!["a/a".to_owned(), "a/z".to_owned()]),
                Ok(vec!["a/deeper/y".to_owned()])
            ]
        );
    }

    #[test]
    fn directories_of_others_are_left_out() {
        let directory = tempfile::tempdir().unwrap();
        for name in LEFT_OUT {
            write(directory.path().join(name).join("x"));
        }
        write(directory.path().join("kept/x"));
        assert_eq!(walk(directory.path()), [Ok(vec!["kept/x".to_owned()])]);
        // Named itself, such a directory is read.
        assert_eq!(walk(&directory.path().join("vendor")), [Ok(vec!["x".to_owned()])]);
    }

    #[test]
    fn links_make_no_loops_and_no_duplicates() {
        let directory = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let root = directory.path();
        write(outside.path().join("outside.yaml"));
        write(root.join("a/unit.service"));
        symlink(root, root.join("a/loop")).unwrap();
        symlink("../a/unit.service", root.join("a/again")).unwrap();
        symlink(outside.path().join("outside.yaml"), root.join("linked.yaml")).unwrap();
        symlink("nowhere", root.join("broken")).unwrap();
        // A mounted ConfigMap.
        write(root.join("..2026/conf"));
        symlink("..2026", root.join("..data")).unwrap();
        symlink("..data/conf", root.join("conf")).unwrap();
        assert_eq!(
            walk(root),
            [Ok(vec!["conf".to_owned(), "linked.yaml".to_owned()]), Ok(vec!["a/unit.service".to_owned()])]
        );
    }

    #[test]
    fn what_is_no_file_or_too_large_is_passed_over() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        write(root.join("x"));
        make_fifo(&root.join("fifo"));
        fs::File::create(root.join("huge")).unwrap().set_len(1 << 30).unwrap();
        assert_eq!(walk(root), [Ok(vec!["x".to_owned()])]);
    }

    fn make_fifo(path: &Path) {
        let status = std::process::Command::new("mkfifo").arg(path).status().unwrap();
        assert!(status.success());
    }

    #[test]
    fn a_directory_too_deep_is_said_and_the_rest_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let mut deep = directory.path().join("a");
        for _ in 0..MAXIMUM_DEPTH + 2 {
            deep.push("d");
        }
        write(deep.join("x"));
        write(directory.path().join("b/y"));
        let found = walk(directory.path());
        assert!(matches!(&found[0], Err(error) if error.contains("24 directories deep")), "{found:?}");
        assert_eq!(found[1], Ok(vec!["b/y".to_owned()]));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn paths_are_told_apart() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("x");
        write(file.clone());
        assert_eq!(Input::of(Path::new("-")), Ok(Input::Stdin));
        assert_eq!(Input::of(&file), Ok(Input::File(file)));
        assert_eq!(Input::of(directory.path()), Ok(Input::Directory(directory.path().to_owned())));
        let fifo = directory.path().join("fifo");
        make_fifo(&fifo);
        assert!(Input::of(&fifo).unwrap_err().to_string().contains("is a FIFO"));
        assert!(Input::of(&directory.path().join("none")).unwrap_err().to_string().contains("does not exist"));
    }
}
