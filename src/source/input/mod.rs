//! What the user names, and the files that are found in it. Nothing here trusts a file system: not its size, not its
//! depth, not that a path is still what it was a moment ago.

mod host;
mod host_defaults;
mod kept_copy;
mod packed;
mod reach;
mod read;
mod undecoded;
mod way;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::source::kustomized::NAMES;

pub(crate) use host::resolve_below;
pub use host::{HostSurroundings, Kustomizations};
pub use host_defaults::{host_defaults, host_layers};
pub(in crate::source) use kept_copy::is_static_pod;
use kept_copy::{is_hidden_manifest, is_kept_copy, is_kubeadms_backup};
pub use reach::{Reach, RealPaths};
pub use read::{
    InputError, MAXIMUM_SIZE, Tolerated, open_named, read_bytes, read_source, read_stream, read_tolerant, read_wanted,
};
pub use undecoded::{is_packed_file, mentions_flags};
pub use way::foreign_link;

/// How deep below a directory files are looked for. `/etc` and repositories stay far above it.
pub const MAXIMUM_DEPTH: usize = 24;

/// Directories that no server reads, as everybody knows.
const VERSION_CONTROL: [&str; 3] = [".git", ".hg", ".svn"];

/// Directories that hold other people's files, most often; that they are left out is said.
const LEFT_OUT: [&str; 4] = ["node_modules", "vendor", ".terraform", "target"];

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
    /// What was named and is walked.
    pub named: PathBuf,
    /// What may be opened because a file of it names it.
    pub reach: Reach,
    /// There is a kustomization in the directory, or not all that lies in it was seen when this was handed on.
    pub may_be_kustomized: bool,
}

/// What a walk comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Unit(Unit),
    NotSearched(NotSearched),
}

/// Something in a directory that was not looked into, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSearched {
    pub path: PathBuf,
    why: &'static str,
    then: &'static str,
}

const NAME_IT: &str = "name it to have it read";

impl std::fmt::Display for NotSearched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}; {}", self.path.display(), self.why, self.then)
    }
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
/// are not followed, so there are no loops; links to files are, where they stay below the directory and their file is
/// not found anyway. What is not searched is said, but for version control. What cannot be read is an error in its
/// place, and the walk goes on.
///
/// Devices and sockets are passed over: nobody named them, and nobody keeps a set-up in one.
pub fn units(directory: &Path) -> impl Iterator<Item = Result<Found, InputError>> {
    let root = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let entries = WalkDir::new(directory)
        .min_depth(1)
        .max_depth(MAXIMUM_DEPTH)
        // Files first, so that the files of a directory come one after the other.
        .sort_by(|left, right| {
            (left.file_type().is_dir(), left.file_name()).cmp(&(right.file_type().is_dir(), right.file_name()))
        })
        .into_iter();
    let (named, reach) = (directory.to_owned(), Reach::of(directory));
    Units { entries, named, reach, root, ours: temporary_prefix(), open: None, kustomized: None, held: None }
}

struct Units {
    entries: walkdir::IntoIter,
    named: PathBuf,
    reach: Reach,
    /// Canonical, to tell whether a link leads out of it.
    root: PathBuf,
    /// What the names of files begin with that this process is writing.
    ours: String,
    open: Option<Unit>,
    /// The last directory in which a kustomization was seen.
    kustomized: Option<PathBuf>,
    /// What came while a unit was open.
    held: Option<Result<Found, InputError>>,
}

/// What is to be done with an entry.
enum Wanted {
    Yes,
    No,
    NotSearched(&'static str),
    /// Somebody may write a set-up to it.
    Fifo,
}

impl Iterator for Units {
    type Item = Result<Found, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(held) = self.held.take() {
            return Some(held);
        }
        loop {
            let entry = match self.entries.next() {
                None => return self.open.take().map(|unit| Ok(Found::Unit(unit))),
                Some(Err(error)) => return Some(self.behind_the_unit(Err(InputError::of_walk(&error)))),
                Some(Ok(entry)) => entry,
            };
            self.see_kustomization(&entry);
            let wanted = if entry.file_type().is_dir() { self.directory(&entry) } else { Ok(self.file(&entry)) };
            match wanted {
                Err(error) => return Some(self.behind_the_unit(Err(error))),
                Ok(wanted @ (Wanted::NotSearched(_) | Wanted::Fifo)) => {
                    let (why, then) = match wanted {
                        Wanted::NotSearched(why) => (why, NAME_IT),
                        _ => ("a FIFO is not opened", "if it is meant, pipe its content to `aggcert check -`"),
                    };
                    let not_searched = NotSearched { path: entry.into_path(), why, then };
                    return Some(self.behind_the_unit(Ok(Found::NotSearched(not_searched))));
                }
                Ok(Wanted::Yes) => {
                    if let Some(finished) = self.add(entry.into_path()) {
                        return Some(Ok(Found::Unit(finished)));
                    }
                }
                Ok(Wanted::No) => {}
            }
        }
    }
}

impl Units {
    /// The open unit comes first.
    fn behind_the_unit(&mut self, found: Result<Found, InputError>) -> Result<Found, InputError> {
        match self.open.take() {
            Some(unit) => {
                self.held = Some(found);
                Ok(Found::Unit(Unit { may_be_kustomized: true, ..unit }))
            }
            None => found,
        }
    }

    /// The unit that ends with this file.
    fn add(&mut self, file: PathBuf) -> Option<Unit> {
        let directory = file.parent().unwrap_or(Path::new("")).to_owned();
        match &mut self.open {
            Some(unit) if unit.directory == directory => {
                unit.files.push(file);
                None
            }
            open => {
                let (named, reach) = (self.named.clone(), self.reach.clone());
                let may_be_kustomized = self.kustomized.as_ref() == Some(&directory);
                open.replace(Unit { directory, files: vec![file], named, reach, may_be_kustomized })
            }
        }
    }

    /// Whatever becomes of it as a file: a link is followed there.
    fn see_kustomization(&mut self, entry: &walkdir::DirEntry) {
        let is_one = NAMES.iter().any(|name| entry.file_name() == *name);
        let Some(directory) = entry.path().parent().filter(|_| is_one) else { return };
        if let Some(unit) = self.open.as_mut().filter(|unit| unit.directory == directory) {
            unit.may_be_kustomized = true;
        }
        self.kustomized = Some(directory.to_owned());
    }

    fn directory(&mut self, entry: &walkdir::DirEntry) -> Result<Wanted, InputError> {
        let name = entry.file_name().to_str().unwrap_or_default();
        if is_version_control(name) || is_behind_links(name) || LEFT_OUT.contains(&name) {
            self.entries.skip_current_dir();
            let other = LEFT_OUT.contains(&name);
            return Ok(if other {
                Wanted::NotSearched("a directory of this name is not searched")
            } else {
                Wanted::No
            });
        }
        if is_kubeadms_backup(entry.path()) {
            self.entries.skip_current_dir();
            return Ok(Wanted::NotSearched("a copy that kubeadm keeps, which nothing runs"));
        }
        if entry.depth() == MAXIMUM_DEPTH {
            return Err(InputError::TooDeep { path: entry.path().to_owned(), limit: MAXIMUM_DEPTH });
        }
        Ok(Wanted::No)
    }

    fn file(&self, entry: &walkdir::DirEntry) -> Wanted {
        let name = entry.file_name().to_str().unwrap_or_default();
        if entry.path_is_symlink() {
            return match std::fs::metadata(entry.path()) {
                Ok(metadata) if !is_behind_links(name) => self.link(entry.path(), &metadata),
                // A link to nowhere is nothing.
                _ => Wanted::No,
            };
        }
        let kind = entry.file_type();
        if kind.is_file() && is_hidden_manifest(entry.path()) {
            return Wanted::NotSearched("the kubelet passes over a manifest whose name begins with a dot");
        }
        if crate::system::is_fifo(kind) {
            return Wanted::Fifo;
        }
        let is_ours = name.starts_with(&self.ours);
        if kind.is_file() && !is_ours && !is_kept_copy(entry.path()) { Wanted::Yes } else { Wanted::No }
    }

    fn link(&self, link: &Path, metadata: &std::fs::Metadata) -> Wanted {
        let target = link.canonicalize().unwrap_or_default();
        let inside = target.strip_prefix(&self.root).ok();
        let found_anyway = inside.is_some_and(|inside| !inside.iter().any(is_left_out));
        match (inside, metadata.is_dir()) {
            _ if found_anyway => Wanted::No,
            (_, true) => Wanted::NotSearched("a link to a directory is not followed"),
            (None, false) if metadata.is_file() => Wanted::NotSearched("a link that leads out of the directory"),
            _ if metadata.is_file() => Wanted::Yes,
            _ => Wanted::No,
        }
    }
}

/// What the names of files begin with that this very process is writing: a report may come to lie in a directory that is
/// judged. With the process's number, so that nobody can hide a set-up under such a name.
pub fn temporary_prefix() -> String {
    format!(".aggcert-{}-", std::process::id())
}

fn is_left_out(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| is_version_control(name) || LEFT_OUT.contains(&name) || is_behind_links(name))
}

fn is_version_control(name: &str) -> bool {
    VERSION_CONTROL.contains(&name)
}

/// `..data` and `..2026_11_21`, as kubelet names the directories behind a mounted ConfigMap's links.
fn is_behind_links(name: &str) -> bool {
    name.starts_with("..") && name.len() > 2
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn walk(directory: &Path) -> Vec<Result<Vec<String>, String>> {
        units(directory)
            .map(|unit| match unit {
                Ok(Found::Unit(unit)) => Ok(unit.files.iter().map(|file| shown(directory, file)).collect()),
                Ok(Found::NotSearched(not_searched)) => {
                    Err(format!("not searched: {}", shown(directory, &not_searched.path)))
                }
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

    /// Of each directory with files: whether somebody has to look for a kustomization.
    #[test]
    fn a_kustomization_is_seen_whatever_it_is_and_whenever_it_comes() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        // A link to what is found anyway is no file of the unit, and what nobody searches comes before the kustomization.
        for file in ["a/a", "b/a", "b/kustomization.yaml", "c/x", "d/Kustomization.d", "e/.git/x", "f/a"] {
            write(root.join(file));
        }
        symlink("../b/kustomization.yaml", root.join("c/Kustomization")).unwrap();
        symlink("../b/kustomization.yaml", root.join("f/kustomization.yml")).unwrap();
        symlink("/", root.join("b/h")).unwrap();
        let found = units(root).filter_map(|found| match found.unwrap() {
            Found::Unit(unit) => Some((shown(root, &unit.files[0]), unit.may_be_kustomized)),
            Found::NotSearched(_) => None,
        });
        let found: Vec<(String, bool)> = found.collect();
        let found: Vec<(&str, bool)> = found.iter().map(|(file, may)| (file.as_str(), *may)).collect();
        let expected = [("a/a", false), ("b/a", true), ("b/kustomization.yaml", true), ("c/x", true)];
        assert_eq!(found, [&expected[..], &[("d/Kustomization.d", false), ("f/a", true)]].concat());
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
        for name in VERSION_CONTROL.iter().chain(&LEFT_OUT) {
            write(directory.path().join(name).join("x"));
        }
        write(directory.path().join("kept/x"));
        let not_searched = |name: &str| Err(format!("not searched: {name}"));
        assert_eq!(
            walk(directory.path()),
            [
                not_searched(".terraform"),
                Ok(vec!["kept/x".to_owned()]),
                not_searched("node_modules"),
                not_searched("target"),
                not_searched("vendor")
            ]
        );
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
        symlink(outside.path(), root.join("elsewhere")).unwrap();
        let mut found = walk(root);
        found.sort_by_key(Result::is_err);
        assert_eq!(
            found,
            [
                Ok(vec!["conf".to_owned()]),
                Ok(vec!["a/unit.service".to_owned()]),
                Err("not searched: elsewhere".to_owned()),
                Err("not searched: linked.yaml".to_owned()),
            ]
        );
    }

    #[test]
    fn neither_a_fifo_nor_what_is_too_large_is_passed_over() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        write(root.join("x"));
        make_fifo(&root.join("fifo"));
        fs::File::create(root.join("huge")).unwrap().set_len(1 << 30).unwrap();
        let fifo = Err("not searched: fifo".to_owned());
        assert_eq!(walk(root), [fifo, Ok(vec!["huge".to_owned(), "x".to_owned()])]);
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
