//! The host's files: below `--root` when that is given, and what a host has by default.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::DirEntry;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::read::{MAXIMUM_SIZE, read_as};
use super::{Reach, RealPaths};
use crate::source::Surroundings;
use crate::source::base::clean;
use crate::source::kustomized::Kustomized;
use crate::system::LastLink;
use crate::text::SourceFile;

/// As many links as Linux follows in one path (path_resolution(7)).
const MAXIMUM_LINKS: usize = 40;
/// More drop-ins than anyone has.
const MAXIMUM_NAMES: usize = 4096;

/// The file system that a server's paths are meant for.
#[derive(Debug, Clone)]
pub struct HostSurroundings {
    /// `--root`: a host's file system mounted or copied somewhere. `None`: this host.
    pub root: Option<PathBuf>,
    /// The copy of a host that the file that is read lies in, by its own path: nearer than the root.
    pub home: Option<PathBuf>,
    /// The directory of the file that is read.
    pub beside: PathBuf,
    /// What may be opened that is not below the root.
    pub reach: Reach,
    /// Where links lead that were asked before.
    pub real: RealPaths,
    /// Of the directories in which files were read before.
    pub kustomizations: Kustomizations,
    /// The file that is read stands on the command line itself.
    pub named: bool,
}

/// The kustomizations of directories. Clones share what is known.
#[derive(Debug, Clone, Default)]
pub struct Kustomizations(Arc<Mutex<HashMap<PathBuf, Arc<Kustomized>>>>);

impl Kustomizations {
    /// Who has seen all that lies in a directory spares the look for each name.
    pub(crate) fn know_none(&self, directory: &Path) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(directory.to_owned(), Arc::default());
    }
}

impl HostSurroundings {
    /// Where a path lies on this machine. Links inside the root stay inside of it, absolute ones too.
    pub fn resolve(&self, path: &str) -> Option<PathBuf> {
        if let Some(home) = self.home.as_ref().filter(|home| Some(*home) != self.root.as_ref())
            && path.starts_with('/')
            && let Some(found) = resolve_below(home, Path::new(path), &self.real).filter(|found| found.exists())
        {
            return Some(found);
        }
        if let Some(root) = &self.root {
            if path.starts_with('/') {
                return resolve_below(root, Path::new(path), &self.real);
            }
            // What is read may itself lie below the root, and so may its neighbours' links.
            if let Ok(beside) = self.beside.strip_prefix(root) {
                return resolve_below(root, &beside.join(path), &self.real);
            }
        }
        Some(self.beside.join(path)).filter(|path| self.reach.permits(path, &self.real))
    }
}

impl Surroundings for HostSurroundings {
    fn file(&self, path: &str) -> Option<Arc<SourceFile>> {
        let resolved = self.resolve(path)?;
        // Below a root every link is resolved already; one that appears now would lead out of it.
        let below_root = self.root.iter().chain(&self.home).any(|root| resolved.starts_with(root));
        let last = if below_root { LastLink::Refuse } else { LastLink::Follow };
        read_as(&resolved, &shown(&resolved), MAXIMUM_SIZE, last).ok()
    }

    fn is_absent(&self, path: &str) -> bool {
        // A copy of a host is often a part of it.
        // Nor is what may not be looked at surely not there.
        let is_not_there = |error: std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
        self.home.is_none() && self.resolve(path).is_some_and(|path| path.symlink_metadata().is_err_and(is_not_there))
    }

    fn directory(&self, path: &str) -> Vec<String> {
        let Some(entries) = self.resolve(path).and_then(|path| std::fs::read_dir(path).ok()) else { return Vec::new() };
        let names = entries.take(MAXIMUM_NAMES).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    fn links(&self, directory: &str) -> Vec<(String, String)> {
        let Some(entries) = self.resolve(directory).and_then(|path| std::fs::read_dir(path).ok()) else {
            return Vec::new();
        };
        let entries = entries.take(MAXIMUM_NAMES).filter_map(Result::ok);
        let links = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()));
        let target = |entry: &DirEntry| std::fs::read_link(entry.path()).ok()?.into_os_string().into_string().ok();
        links.filter_map(|entry| Some((entry.file_name().into_string().ok()?, target(&entry)?))).collect()
    }

    fn kustomized(&self) -> Arc<Kustomized> {
        let mut known = self.kustomizations.0.lock().unwrap_or_else(PoisonError::into_inner);
        let find = || Arc::new(Kustomized::of(&|name| self.file(name)));
        Arc::clone(known.entry(self.beside.clone()).or_insert_with(find))
    }

    fn is_named(&self) -> bool {
        self.named
    }
}

/// A path without `..`, so that a file has one name whatever led to it.
fn shown(path: &Path) -> String {
    if !path.components().any(|component| component == Component::ParentDir) {
        return path.display().to_string();
    }
    let here = if path.starts_with(".") { "./" } else { "" };
    format!("{here}{}", clean(path).display())
}

/// A path as a process sees it whose root directory is `root` (chroot(2)), one component after the other.
pub(crate) fn resolve_below(root: &Path, path: &Path, real: &RealPaths) -> Option<PathBuf> {
    let mut resolved = root.to_owned();
    // How many names are behind the root: nothing leads above it.
    let mut depth: usize = 0;
    let mut waiting = components(path);
    let mut links = 0;
    while let Some(name) = waiting.pop() {
        if name == ".." {
            if depth > 0 {
                resolved.pop();
                depth -= 1;
            }
            continue;
        }
        resolved.push(&name);
        depth += 1;
        let Some(target) = real.target(&resolved) else { continue };
        links += 1;
        if links > MAXIMUM_LINKS {
            return None;
        }
        if target.is_absolute() {
            root.clone_into(&mut resolved);
            depth = 0;
        } else {
            resolved.pop();
            depth -= 1;
        }
        waiting.extend(components(&target));
    }
    Some(resolved)
}

/// Names and `..`, the last first.
fn components(path: &Path) -> Vec<OsString> {
    let names = path.components().rev().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsString::from("..")),
        _ => None,
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::source::input::host_defaults;

    /// A root with `/etc/real`, and a file outside that nothing may reach.
    fn host() -> (tempfile::TempDir, HostSurroundings) {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("root");
        fs::create_dir_all(root.join("etc/dir")).unwrap();
        fs::write(root.join("etc/real"), "inside").unwrap();
        fs::write(directory.path().join("real"), "outside").unwrap();
        fs::create_dir_all(directory.path().join("etc")).unwrap();
        fs::write(directory.path().join("etc/real"), "outside").unwrap();
        let reach = Reach::below(directory.path());
        let host = HostSurroundings {
            root: Some(root),
            home: None,
            beside: directory.path().to_owned(),
            reach,
            real: RealPaths::default(),
            kustomizations: Kustomizations::default(),
            named: false,
        };
        (directory, host)
    }

    fn text(host: &HostSurroundings, path: &str) -> Option<String> {
        host.file(path).map(|file| file.text().to_owned())
    }

    #[test]
    fn the_kustomization_of_a_directory_is_read_once() {
        let (_directory, host) = host();
        let another_file = HostSurroundings { named: true, ..host.clone() };
        let elsewhere = HostSurroundings { beside: host.beside.join("etc"), ..host.clone() };
        assert!(Arc::ptr_eq(&host.kustomized(), &another_file.kustomized()));
        assert!(!Arc::ptr_eq(&host.kustomized(), &elsewhere.kustomized()));
    }

    #[test]
    fn absolute_paths_lie_below_the_root() {
        let (_directory, host) = host();
        assert_eq!(text(&host, "/etc/real").as_deref(), Some("inside"));
        assert_eq!(text(&host, "/etc/none"), None);
        assert!(host.is_absent("/etc/none") && !host.is_absent("/etc/real"));
        let copy = HostSurroundings { home: host.root.clone(), ..host.clone() };
        assert!(!copy.is_absent("/etc/none"), "more of it may be elsewhere");
        let refused = format!("/etc/{}", "x".repeat(300));
        assert!(!host.is_absent(&refused), "the file system says something else than that it is not there");
        assert_eq!(text(&host, "real").as_deref(), Some("outside"), "a relative path is beside the file that is read");
    }

    #[test]
    fn nothing_leads_out_of_the_root() {
        let (directory, host) = host();
        let root = host.root.clone().unwrap();
        symlink("/etc/real", root.join("absolute")).unwrap();
        symlink("../../../../etc/real", root.join("etc/dir/relative")).unwrap();
        symlink("/etc", root.join("etc/dir/up")).unwrap();
        symlink(directory.path().join("real"), root.join("escape")).unwrap();
        assert_eq!(text(&host, "/absolute").as_deref(), Some("inside"));
        assert_eq!(text(&host, "/etc/dir/relative").as_deref(), Some("inside"));
        assert_eq!(text(&host, "/etc/dir/up/real").as_deref(), Some("inside"));
        assert_eq!(text(&host, "/../../real"), None);
        assert_eq!(text(&host, "/escape"), None);
    }

    #[test]
    fn links_in_a_circle_are_nothing() {
        let (_directory, host) = host();
        let root = host.root.clone().unwrap();
        symlink("b", root.join("a")).unwrap();
        symlink("a", root.join("b")).unwrap();
        assert_eq!(text(&host, "/a"), None);
        assert_eq!(host.directory("/a"), Vec::<String>::new());
    }

    #[test]
    fn names_are_sorted() {
        let (_directory, host) = host();
        assert_eq!(host.directory("/etc"), ["dir", "real"]);
        assert_eq!(host.directory("/none"), Vec::<String>::new());
    }

    #[test]
    fn defaults_are_absolute_and_not_repeated() {
        let defaults = host_defaults();
        assert!(
            defaults.iter().all(|path| path.starts_with("/etc/") || path.starts_with("/var/") || path.contains("lib/"))
        );
        let unique: std::collections::BTreeSet<_> = defaults.iter().collect();
        assert_eq!(unique.len(), defaults.len());
    }
}
