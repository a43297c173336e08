//! What may be opened because an input names it: an input is written by whoever, and must not make us read other files.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::host_defaults::{host_defaults, host_layers};
use crate::source::base::clean;

/// What the kernel shows of processes and devices: no server's configuration, and other people's secrets.
const NEVER: [&str; 4] = ["/proc", "/sys", "/dev", "/run/user"];

/// Where files are opened that an input names, when no `--root` says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Reach {
    /// This host is judged, and the input is a part of it, or the user's own words.
    #[default]
    Host,
    /// The real path of what was named on the command line, or of the directory of the file that was.
    Below(PathBuf),
    Nothing,
}

impl Reach {
    /// Of a file below `named`, which stands on the command line.
    pub fn of(named: &Path) -> Self {
        static HOMES: LazyLock<HashSet<&Path>> = LazyLock::new(|| {
            let homes = host_defaults().iter().chain(host_layers()).filter_map(|default| Path::new(default).parent());
            homes.chain([Path::new("/etc/kubernetes")]).collect()
        });
        let host = absolute(named).ancestors().any(|above| HOMES.contains(above));
        if host { Self::Host } else { Self::below(named) }
    }

    /// What lies in this directory.
    pub fn below(directory: &Path) -> Self {
        Self::Below(real(&absolute(directory)))
    }

    /// Whether this path may be opened, wherever links lead.
    pub fn permits(&self, path: &Path, real: &RealPaths) -> bool {
        match self {
            Self::Nothing => false,
            Self::Host => {
                let path = real.of(path);
                !NEVER.iter().any(|place| path.starts_with(place))
            }
            Self::Below(directory) => real.of(path).starts_with(directory),
        }
    }
}

/// Where paths lead with links followed. Each is asked once, as many files lie in few directories; clones share what is
/// known.
#[derive(Debug, Clone, Default)]
pub struct RealPaths(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    directories: HashMap<PathBuf, PathBuf>,
    /// `None`: no link. By the path's bytes, as it takes longer to compare its parts.
    targets: HashMap<OsString, Option<PathBuf>>,
}

impl RealPaths {
    /// With links followed, as far as the path exists.
    pub fn of(&self, path: &Path) -> PathBuf {
        let path = absolute(path);
        match (path.parent(), path.file_name()) {
            (Some(directory), Some(name)) if self.target(&path).is_none() => {
                let directories = &mut self.known().directories;
                directories.entry(directory.to_owned()).or_insert_with(|| real(directory)).join(name)
            }
            _ => real(&path),
        }
    }

    /// What is written in a link; `None`: it is none.
    pub fn target(&self, path: &Path) -> Option<PathBuf> {
        let targets = &mut self.known().targets;
        if let Some(known) = targets.get(path.as_os_str()) {
            return known.clone();
        }
        let target = fs::read_link(path).ok();
        targets.insert(path.into(), target.clone());
        target
    }

    /// Keeps in mind that no link is on the way from a directory to one below it, as a walk has seen that follows none.
    pub fn know_straight(&self, directory: &Path, below: &Path) {
        if !below.starts_with(directory) {
            return;
        }
        // By their lengths, as it takes longer to compare parts.
        let is_below = |place: &&Path| place.as_os_str().len() > directory.as_os_str().len();
        let on_the_way = below.ancestors().take_while(is_below);
        self.known().targets.extend(on_the_way.map(|place| (place.into(), None)));
    }

    /// Whether a path lies below a directory and no link is on the way, so that it leads nowhere else.
    pub fn is_straight(&self, directory: &Path, path: &Path) -> bool {
        let Ok(rest) = path.strip_prefix(directory) else { return false };
        let mut place = directory.to_owned();
        rest.components().all(|part| {
            place.push(part);
            matches!(part, Component::Normal(_)) && self.target(&place).is_none()
        })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same of an absolute path.
fn real(path: &Path) -> PathBuf {
    for existing in path.ancestors() {
        if let Ok(real) = existing.canonicalize() {
            let rest = path.strip_prefix(existing).unwrap_or(Path::new(""));
            return if rest == Path::new("") { real } else { real.join(rest) };
        }
    }
    path.to_owned()
}

fn absolute(path: &Path) -> PathBuf {
    clean(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_path_is_straight_where_no_link_is_on_it() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("root");
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("a/b/file"), "").unwrap();
        symlink("a", root.join("link")).unwrap();
        symlink("file", root.join("a/b/to")).unwrap();
        symlink("root", directory.path().join("again")).unwrap();
        let is_straight = |place: &str, path: &str| {
            let below = |path: &str| directory.path().join(path);
            RealPaths::default().is_straight(&below(place), &below(path))
        };
        for path in ["root/a/b/file", "root/a/none", "root"] {
            assert!(is_straight("root", path), "{path}");
        }
        // How the directory itself was come to is the same for all that lies in it.
        assert!(is_straight("again", "again/a/b/file"));
        // What was seen is not looked at again.
        let real = RealPaths::default();
        real.know_straight(&root, &root.join("link/b"));
        assert!(
            real.is_straight(&root, &root.join("link/b"))
                && !real.is_straight(directory.path(), &directory.path().join("again"))
        );
        for path in ["root/link/b/file", "root/a/b/to", "root/a/../a/b/file", "root/..", "again/a", "other"] {
            assert!(!is_straight("root", path), "{path}");
        }
    }

    #[test]
    fn nothing_leads_out_of_the_input() {
        let directory = tempfile::tempdir().unwrap();
        let input = directory.path().join("input");
        fs::create_dir(&input).unwrap();
        fs::write(input.join("inside"), "").unwrap();
        fs::write(directory.path().join("outside"), "").unwrap();
        symlink("../outside", input.join("link")).unwrap();
        symlink("..", input.join("up")).unwrap();
        symlink("nowhere", input.join("broken")).unwrap();
        symlink("/nowhere", input.join("lost")).unwrap();
        let (reach, real) = (Reach::of(&input), RealPaths::default());
        for (path, permitted) in [
            ("inside", true),
            ("not/there", true),
            ("../outside", false),
            ("../input/inside", true),
            ("link", false),
            ("up/outside", false),
            ("up/input/inside", true),
            ("up/input/up/outside", false),
            ("broken", true),
            ("lost/inside", true),
            ("/proc/self/environ", false),
            ("/etc/hostname", false),
        ] {
            assert_eq!(reach.permits(&input.join(path), &real), permitted, "{path}");
        }
    }

    #[test]
    fn a_hosts_own_directories_reach_its_files_but_not_its_processes() {
        for named in ["/etc/kubernetes/manifests", "/etc/kubernetes", "/etc/systemd/system/kube-apiserver.service"] {
            let reach = Reach::of(Path::new(named));
            assert_eq!(reach, Reach::Host, "{named}");
            let permits = |path: &str| reach.permits(Path::new(path), &RealPaths::default());
            assert!(permits("/srv/pki/ca.crt"));
            assert!(!permits("/proc/self/environ"));
            assert!(!permits("/srv/../proc/self/environ"));
        }
        assert!(!Reach::Nothing.permits(Path::new("/etc/kubernetes/pki/ca.crt"), &RealPaths::default()));
    }
}
