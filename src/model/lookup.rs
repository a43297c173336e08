//! Finding and reading the files that the flags name.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::kubernetes::KubernetesVersion;
use crate::source::input::{Kustomizations, Reach, RealPaths, resolve_below};
use crate::source::{InputFormat, Invocation, WrittenFile};

use super::content::{Content, Failure, content, read_file, written};
use super::place::{Place, place};
use super::{Cause, Reason};

/// Where the files of a server are looked for. Reads each file once.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    /// The server's file system: absolute paths, and symbolic links, are taken below it.
    pub root: Option<PathBuf>,
    /// The copy of a host that the input lies in, by its own path: what is read with it is looked for there first.
    pub home: Option<PathBuf>,
    /// A copy of the server's certificate directory: of a path, what is behind that directory counts.
    pub pki_dir: Option<PathBuf>,
    /// The input describes this host, or what is below `root`: a file that is not there is not there for the server
    /// either. Otherwise it only was not found from here.
    pub certain: bool,
    /// Where relative paths are looked for when they are not those of our own command line: the input's directory.
    pub beside: Option<PathBuf>,
    /// What runs, where the set-up does not say it.
    pub version: Option<KubernetesVersion>,
    /// What may be opened when neither of them says where.
    pub reach: Reach,
    /// Clones share it, so that set-ups that name the same file read it once.
    pub cache: FileCache,
}

/// The files that were read, and the directories that were listed.
#[derive(Clone, Default)]
pub struct FileCache {
    read: Arc<Mutex<HashMap<PathBuf, Reading>>>,
    listed: Arc<Mutex<HashMap<PathBuf, Arc<[PathBuf]>>>>,
    /// Whether a file that nobody named may be opened.
    permitted: Arc<Mutex<HashMap<PathBuf, bool>>>,
    real: RealPaths,
    kustomizations: Kustomizations,
}

/// The place on this host, or why there is none.
type Resolved = Result<PathBuf, Reason>;

pub(super) type Reading = Result<Arc<Content>, Failure>;

impl Lookup {
    /// Reads the file that the component would open as `path`. `principal` are the files whose directories `pki_dir`
    /// is a copy of.
    pub(super) fn content(&self, path: &str, invocation: &Invocation, principal: &[&str]) -> Reading {
        if let Some(file) = invocation.files.iter().find(|file| file.path == path) {
            return written(file).map(Arc::new);
        }
        // A document that gives the path's directory gives all that is meant to be there: a key of this host is another.
        let given = |file: &WrittenFile| Path::new(&file.path).parent() == Path::new(path).parent();
        if self.pki_dir.is_none() && self.root.is_none() && invocation.files.iter().any(given) {
            let why = format!("{path} is not read from the document that gives the files beside it");
            return Err(Failure::NotLooked(Reason::out_of_reach(why, "give --root DIR or --pki-dir DIR, where it is")));
        }
        match (self.content_on_host(path, invocation, principal), only_of_name(path, &invocation.files)) {
            // What is not found here may be what is written in a document beside the flags.
            (Err(_), Some(file)) => written(file).map(Arc::new),
            (result, _) => result,
        }
    }

    fn content_on_host(&self, path: &str, invocation: &Invocation, principal: &[&str]) -> Reading {
        let looked_at = self.resolve(path, invocation, principal).map_err(Failure::NotLooked)?;
        let result = self.read(&looked_at);
        match result {
            Err(Failure::Unusable { .. }) if !self.certain => Err(Failure::NotLooked(self.not_found(&looked_at))),
            Ok(content) => content.unrendered().map_or(Ok(content), |why| Err(Failure::NotLooked(why))),
            Err(_) => result,
        }
    }

    /// Reads a file of this host, without any of the rules for paths; from memory the second time.
    pub(super) fn read(&self, path: &Path) -> Reading {
        let mut read = self.cache.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(path) {
            return known.clone();
        }
        let result = read_file(path).map(Arc::new).map_err(|error| Failure::of(&error, path));
        read.insert(path.to_owned(), result.clone());
        result
    }

    /// What lies in a directory of this host, sorted; from memory the second time.
    pub(super) fn list(&self, directory: &Path) -> Arc<[PathBuf]> {
        let mut listed = self.cache.listed.lock().unwrap_or_else(PoisonError::into_inner);
        let list = || {
            let directory = if directory == Path::new("") { Path::new(".") } else { directory };
            let entries = fs::read_dir(directory).into_iter().flatten();
            let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
            paths.sort();
            paths.into()
        };
        Arc::clone(listed.entry(directory.to_owned()).or_insert_with(list))
    }

    fn not_found(&self, looked_at: &Path) -> Reason {
        let told_where = self.pki_dir.is_some() || self.root.is_some();
        Reason::new(Cause::Absent { place: first_absent(looked_at), told_where }).of_file(looked_at)
    }

    fn resolve(&self, path: &str, invocation: &Invocation, principal: &[&str]) -> Resolved {
        if let Some(directory) = &self.pki_dir {
            return self.in_root(directory, in_copy(Path::new(path), principal)?);
        }
        let host = match place(invocation, path) {
            Place::Host(host) => host,
            elsewhere => return Err(elsewhere.out_of_reach(path)),
        };
        if !host.starts_with('/') {
            return match (&self.root, &self.beside) {
                (Some(root), _) => self.in_root(root, Path::new(&host)),
                (None, Some(directory)) if invocation.format != InputFormat::Flags => {
                    self.within_reach(directory.join(host))
                }
                _ => self.within_reach(PathBuf::from(host)),
            };
        }
        match &self.root {
            Some(root) => self.in_root(root, Path::new(&host)),
            None => self.within_reach(PathBuf::from(host)),
        }
    }

    /// As a process with that root directory would find it: links do not lead out of it.
    fn in_root(&self, root: &Path, path: &Path) -> Resolved {
        let too_many = || Reason::out_of_reach(format!("{} is behind too many links", path.display()), None);
        resolve_below(root, path, &self.cache.real).ok_or_else(too_many)
    }

    fn within_reach(&self, path: PathBuf) -> Resolved {
        if self.reach.permits(&path, &self.cache.real) { Ok(path) } else { Err(outside(&path)) }
    }

    /// What in a path of the component is a symbolic link, a directory or the file, other than those of the system itself
    /// and of a Secret's or ConfigMap's volume: when `..data` is led elsewhere, the kubelet removes what it led to
    /// (k8s.io/kubernetes pkg/volume/util/atomic_writer.go, `Write`), and that is noticed.
    pub(super) fn link(&self, path: &str, invocation: &Invocation) -> Option<PathBuf> {
        let host = match place(invocation, path) {
            Place::Host(host) => host,
            Place::Volume(_) | Place::Image | Place::Unknown(_) => return None,
        };
        let seen = |directory: &Path| match &self.root {
            Some(root) => root.join(directory.strip_prefix("/").unwrap_or(directory)),
            None => directory.to_owned(),
        };
        let of_others = |place: &&Path| {
            let target = self.cache.real.target(&seen(place));
            let is_volume = place.file_name().is_some_and(|name| name == "..data");
            target.is_some_and(|target| !is_volume && !target.starts_with("..data"))
        };
        let mut above = Path::new(&host).ancestors().filter(|place| !is_of_the_system(place));
        above.find(of_others).map(Into::into)
    }

    /// Reads a file of this host that nobody named; `None`: it may not be opened, as links lead elsewhere.
    pub(super) fn read_beside(&self, path: &Path) -> Option<Reading> {
        let permits = || match self.pki_dir.as_ref().or(self.root.as_ref()) {
            Some(place) => {
                let real = &self.cache.real;
                real.is_straight(place, path) || Reach::Below(real.of(place)).permits(path, real)
            }
            None => self.reach.permits(path, &self.cache.real),
        };
        let mut permitted = self.cache.permitted.lock().unwrap_or_else(PoisonError::into_inner);
        let is_permitted = *permitted.entry(path.to_owned()).or_insert_with(permits);
        is_permitted.then(|| self.read(path))
    }
}

impl FileCache {
    /// Where paths lead, for who asks about the same ones.
    pub(crate) fn real_paths(&self) -> RealPaths {
        self.real.clone()
    }

    /// What is known of the kustomizations beside files that were read.
    pub(crate) fn kustomizations(&self) -> Kustomizations {
        self.kustomizations.clone()
    }

    /// Holds what a file is going to contain, so that it is judged before it is written.
    pub fn put(&self, path: &Path, bytes: &[u8], mode: u32) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(path.to_owned(), Ok(Arc::new(content(bytes.to_vec(), path, Some(mode), 1))));
    }
}

impl fmt::Debug for FileCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileCache")
    }
}

/// The file with the base name of a path, where there is one alone.
fn only_of_name<'a>(path: &str, files: &'a [WrittenFile]) -> Option<&'a WrittenFile> {
    let name = Path::new(path).file_name();
    let mut same = files.iter().filter(|file| Path::new(&file.path).file_name() == name);
    same.next().filter(|_| same.next().is_none())
}

/// `/var/run` and what lies in `/` are links on many systems, which nobody swaps.
fn is_of_the_system(directory: &Path) -> bool {
    let is_at_the_top = directory.parent().is_none_or(|above| above == Path::new("/"));
    is_at_the_top || [Path::new("/var/run"), Path::new("/var/lock")].contains(&directory)
}

/// The directory that is not there, or else the file: what several files lack for one cause.
fn first_absent(path: &Path) -> PathBuf {
    let above = path.ancestors().skip(1).take_while(|place| !place.as_os_str().is_empty() && !place.exists());
    above.last().unwrap_or(path).to_owned()
}

/// An input opens nothing that was not given.
fn outside(path: &Path) -> Reason {
    let why = format!("{} is not in the input, and nothing else is opened", path.parent().unwrap_or(path).display());
    Reason::out_of_reach(why, "give --root DIR or --pki-dir DIR, where it is (--root /: this host)").of_file(path)
}

/// The path within a copy of the directories that the principal files are in.
///
/// Other files with the same base name, etcd's `ca.crt` for example, must not be taken for them.
fn in_copy<'a>(path: &'a Path, principal: &[&str]) -> Result<&'a Path, Reason> {
    let homes = principal.iter().filter_map(|path| Path::new(path).parent());
    let rest = homes.filter_map(|home| path.strip_prefix(home).ok()).min_by_key(|rest| rest.components().count());
    let rest = rest.ok_or_else(|| {
        let why = format!("{} is outside of the certificate directory that `--pki-dir` is a copy of", path.display());
        Reason::out_of_reach(why, "give --root DIR instead of --pki-dir DIR")
    })?;
    let twin =
        principal.iter().map(Path::new).find(|other| *other != path && other.file_name() == Some(rest.as_os_str()));
    match twin {
        Some(twin) => {
            let why = format!(
                "{} and {} have the same name, which one `--pki-dir` cannot stand for",
                path.display(),
                twin.display()
            );
            Err(Reason::out_of_reach(why, "give --root DIR instead of --pki-dir DIR"))
        }
        None => Ok(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::invocation;
    use crate::source::{Beneath, Mount};

    fn failure(lookup: &Lookup, path: &str, invocation: &Invocation) -> Failure {
        lookup.content(path, invocation, &[]).unwrap_err()
    }

    #[test]
    fn paths_of_a_container_are_looked_for_where_they_are_mounted() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("ca.crt"), "text").unwrap();
        let mut pod = invocation(&[]);
        pod.beneath = Beneath::Image;
        pod.mounts = vec![
            Mount { container_path: "/etc/kubernetes/secret".into(), host_path: None, volume: None },
            Mount {
                container_path: "/etc/kubernetes".into(),
                host_path: Some(directory.path().to_string_lossy().into_owned()),
                volume: None,
            },
        ];
        let lookup = Lookup::default();
        assert_eq!(lookup.content("/etc/kubernetes/ca.crt", &pod, &[]).unwrap().bytes, b"text");
        for (path, reason) in [
            ("/etc/kubernetes/secret/ca.crt", "no directory of the host"),
            ("/etc/kubernetes-other/ca.crt", "in no volume"),
            ("/etc/kubernetes/other.crt", "is not on this host"),
        ] {
            let Failure::NotLooked(why) = failure(&lookup, path, &pod) else { panic!("{path} was looked at") };
            assert!(why.to_string().contains(reason), "{path}: {why}");
        }
    }

    #[test]
    fn links_do_not_lead_out_of_the_root() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("etc/pki")).unwrap();
        fs::write(root.path().join("etc/pki/real.crt"), "text").unwrap();
        let link = |target: &str, name: &str| {
            std::os::unix::fs::symlink(target, root.path().join(name)).unwrap();
        };
        link("/etc/pki", "pki");
        link("/pki/real.crt", "etc/pki/link.crt");
        link("../../../../../etc/pki/real.crt", "etc/pki/up.crt");
        link("loop", "loop");
        let lookup = Lookup { root: Some(root.path().into()), certain: true, ..Lookup::default() };
        for path in ["/pki/link.crt", "/etc/pki/up.crt", "/etc/../etc/pki/real.crt", "pki/real.crt"] {
            assert_eq!(lookup.content(path, &invocation(&[]), &[]).unwrap().bytes, b"text", "{path}");
        }
        assert!(lookup.content("/loop", &invocation(&[]), &[]).is_err());
    }

    #[test]
    fn a_copied_directory_keeps_its_inner_paths() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("etcd")).unwrap();
        fs::write(directory.path().join("ca.crt"), "cluster").unwrap();
        fs::write(directory.path().join("etcd/ca.crt"), "etcd").unwrap();
        let lookup = Lookup { pki_dir: Some(directory.path().into()), ..Lookup::default() };
        let principal = ["/pki/ca.crt"];
        for (path, content) in [("/pki/ca.crt", "cluster"), ("/pki/etcd/ca.crt", "etcd")] {
            let found = lookup.content(path, &invocation(&[]), &principal).unwrap();
            assert_eq!(found.bytes, content.as_bytes(), "{path}");
        }
        for (path, principal) in [("/other/ca.crt", &principal[..]), ("/pki/ca.crt", &["/pki/ca.crt", "/other/ca.crt"])]
        {
            let result = lookup.content(path, &invocation(&[]), principal);
            assert!(matches!(result, Err(Failure::NotLooked(_))), "{path}");
        }
    }

    #[test]
    fn what_is_not_there_is_certain_only_where_the_input_is() {
        let lookup = Lookup { certain: true, ..Lookup::default() };
        let missing = failure(&lookup, "/no/such/file", &invocation(&[]));
        assert!(matches!(missing, Failure::Unusable { operation: "open", error: "no such file or directory", .. }));
        let directory = failure(&lookup, "/", &invocation(&[]));
        assert!(matches!(directory, Failure::Unusable { operation: "read", error: "is a directory", .. }));
        assert!(matches!(failure(&lookup, "/dev/null", &invocation(&[])), Failure::NotLooked(_)));
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        assert!(matches!(Lookup::default().read(&pipe), Err(Failure::NotLooked(_))));
    }

    #[test]
    fn private_keys_are_struck_out_of_the_text() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bundle.pem");
        fs::write(&path, "é\n-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\nbehind\n").unwrap();
        let content = Lookup::default().read(&path).unwrap();
        let struck = "é\n-----BEGIN PRIVATE KEY-----\n********\n-----END PRIVATE KEY-----\nbehind\n";
        assert_eq!(content.source().text(), struck);
        let block = crate::x509::pem::blocks(&content.bytes).next().unwrap();
        assert_eq!(content.origin_of(&block).source(), "-----BEGIN PRIVATE KEY-----");
    }
}
