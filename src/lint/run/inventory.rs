//! What was read from one place: set-ups with their files loaded, and the objects beside them, ready to be judged.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::kubernetes::{Component, KubernetesVersion};
use crate::lint::Target;
use crate::model::{Lookup, Setup};
use crate::source::formats::{flags, pki_directory};
use crate::source::input::{self, HostSurroundings, Input, InputError, MAXIMUM_SIZE, Unit};
use crate::source::{self, ApiService, Document, InputFormat, ReadError, Surroundings};
use crate::text::SourceFile;

/// How inputs are read, the same for all of them.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The server's file system, when it is not this host's (`--root`).
    pub root: Option<PathBuf>,
    /// A copy of the server's certificate directory (`--pki-dir`).
    pub pki_dir: Option<PathBuf>,
    /// The shape of every input (`--input-format`); otherwise it is recognised.
    pub format: Option<InputFormat>,
    /// What runs, where a set-up does not say it (`--kubernetes-version`); otherwise the newest that is modelled.
    pub version: Option<KubernetesVersion>,
    /// The inputs describe this host, or what is below `root`: they were not brought here from elsewhere.
    pub this_host: bool,
}

/// What lay in one place, a directory or the files of a command line, and is judged together.
#[derive(Debug, Default)]
pub struct Inventory {
    pub setups: Vec<Setup>,
    pub api_services: Vec<ApiService>,
    /// Files in which something was recognised.
    pub files_read: usize,
    /// Files in which nothing was.
    pub unrecognised: Vec<String>,
    /// Files that name our flags and were not read as a set-up; each says where, and why.
    pub not_read: Vec<String>,
    /// Inputs that could not be read; each says which and what to do.
    pub failures: Vec<String>,
}

/// Files of one directory that are read at a time: so many do not belong to one node, and memory stays bounded.
const MOST_TOGETHER: usize = 512;

impl Inventory {
    /// The files of one directory. What is no text, or too large, was not meant: nobody named it.
    pub fn of_unit(unit: &Unit, reading: &Reading) -> Self {
        let mut inventory = Self::default();
        let lookup = reading.lookup(&unit.directory.join("_"), None);
        for path in &unit.files {
            match input::read_source(path, MAXIMUM_SIZE) {
                Ok(file) => inventory.add(&file, &unit.directory, &lookup, reading),
                Err(InputError::Binary { .. } | InputError::NotUtf8 { .. } | InputError::TooLarge { .. }) => {
                    inventory.unrecognised.push(path.display().to_string());
                }
                Err(error) => inventory.failures.push(error.to_string()),
            }
        }
        inventory
    }

    /// Reads one file that somebody named.
    pub fn add_file(&mut self, path: &Path, reading: &Reading) {
        match input::read_source(path, MAXIMUM_SIZE) {
            Ok(file) => {
                let beside = path.parent().unwrap_or(Path::new(""));
                self.add(&file, beside, &reading.lookup(path, None), reading);
            }
            Err(error) => self.failures.push(error.to_string()),
        }
    }

    /// Reads standard input, or what stands for it.
    pub fn add_stream(&mut self, stream: impl Read, reading: &Reading) {
        match input::read_stream(stream, Path::new("<stdin>"), "<stdin>", MAXIMUM_SIZE) {
            Ok(file) => self.add(&file, Path::new(""), &reading.lookup(Path::new(""), None), reading),
            Err(error) => self.failures.push(error.to_string()),
        }
    }

    /// Takes flags as a server would get them.
    pub fn add_flags(&mut self, arguments: &[String], reading: &Reading) {
        let invocation = flags::invocation(arguments);
        let lookup = reading.lookup(Path::new(""), Some(invocation.format));
        self.add_documents(vec![Document::Invocation(invocation)], &lookup);
        self.files_read += 1;
    }

    /// Takes a directory of PKI files in kubeadm's layout for the set-up that kubeadm makes of it. Whether it is one.
    pub fn add_pki_directory(&mut self, directory: &Path, reading: &Reading) -> bool {
        let surroundings = HostSurroundings { root: None, beside: directory.to_owned() };
        let names = surroundings.directory("");
        let Some(documents) = pki_directory::read(&directory.to_string_lossy(), &names) else { return false };
        let lookup = Lookup { certain: true, ..reading.lookup(Path::new(""), Some(InputFormat::PkiDirectory)) };
        self.add_documents(documents, &Lookup { root: None, pki_dir: None, ..lookup });
        self.files_read += 1;
        true
    }

    /// Everything that rules look at.
    pub fn targets(&self) -> Vec<Target<'_>> {
        let services = self.api_services.iter().map(Target::ApiService);
        self.setups.iter().map(Target::of).chain(services).collect()
    }

    /// What belongs to a target: everything here when there is one server at most; among several, which need not be of
    /// one cluster, what stands in the same file, and for a ConfigMap, which holds the views of all servers, those.
    pub fn beside<'a>(&'a self, target: &Target<'a>) -> Vec<Target<'a>> {
        let others = self.targets().into_iter().filter(|other| !other.is(target));
        if self.servers().count() <= 1 || matches!(target, Target::ConfigMap(_)) {
            return others.collect();
        }
        let file = target.file();
        others.filter(|other| other.file() == file).collect()
    }

    /// The kube-apiservers.
    pub fn servers(&self) -> impl Iterator<Item = &Setup> {
        self.setups.iter().filter(|setup| {
            setup.invocation.component == Component::KubeApiserver && setup.invocation.format != InputFormat::ConfigMap
        })
    }

    /// Takes all of another one.
    pub fn merge(&mut self, other: Self) {
        self.setups.extend(other.setups);
        self.api_services.extend(other.api_services);
        self.files_read += other.files_read;
        self.unrecognised.extend(other.unrecognised);
        self.not_read.extend(other.not_read);
        self.failures.extend(other.failures);
    }

    fn add(&mut self, file: &Arc<SourceFile>, beside: &Path, lookup: &Lookup, reading: &Reading) {
        let surroundings = HostSurroundings { root: lookup.root.clone(), beside: beside.to_owned() };
        match source::read(file, reading.format, &surroundings) {
            Ok(documents) => {
                self.files_read += 1;
                self.add_documents(documents, lookup);
            }
            Err(ReadError::Unrecognised { .. }) => self.unrecognised.push(file.name().to_owned()),
            Err(error @ ReadError::NotASetup { .. }) => self.not_read.push(error.to_string()),
            Err(error) => self.failures.push(error.to_string()),
        }
    }

    /// Takes what was read, and loads the files that it names.
    pub fn add_documents(&mut self, documents: Vec<Document>, lookup: &Lookup) {
        for document in documents {
            match document {
                Document::Invocation(invocation) => self.setups.push(Setup::load(invocation, lookup)),
                Document::AuthenticationConfigMap(config_map) => {
                    let mut setup = Setup::from_config_map(&config_map);
                    setup.invocation.assume_version(lookup.version);
                    self.setups.push(setup);
                }
                Document::ApiService(service) => self.api_services.push(service),
            }
        }
    }
}

/// The units below a directory, none of them too large to be held.
pub fn units(directory: &Path) -> impl Iterator<Item = Result<Unit, InputError>> {
    input::units(directory).flat_map(|unit| match unit {
        Err(error) => vec![Err(error)],
        Ok(unit) => {
            let parts = unit.files.chunks(MOST_TOGETHER);
            parts.map(|files| Ok(Unit { directory: unit.directory.clone(), files: files.to_vec() })).collect()
        }
    })
}

impl Reading {
    /// Where the files are that the flags in `input` name.
    fn lookup(&self, input: &Path, format: Option<InputFormat>) -> Lookup {
        let root = self.root.clone().or_else(|| copied_host(input));
        Lookup {
            // A copy of a node may be a part of it: what is not in it may have been on the node.
            certain: self.this_host || self.root.is_some() || format == Some(InputFormat::Flags),
            root,
            pki_dir: self.pki_dir.clone(),
            version: self.version,
            beside: input.parent().map(Path::to_owned),
            ..Lookup::default()
        }
    }
}

/// The root of the copied node that a file lies in: a manifest at `node1/etc/kubernetes/manifests/kube-apiserver.yaml`
/// speaks of `node1/etc/kubernetes/pki`.
fn copied_host(input: &Path) -> Option<PathBuf> {
    let root = input.ancestors().find(|ancestor| ancestor.ends_with("etc/kubernetes"))?.parent()?.parent()?;
    (root != Path::new("/")).then(|| if root == Path::new("") { PathBuf::from(".") } else { root.to_owned() })
}

/// What is on this host, or below `root`, of the places where installers leave a server's flags.
pub fn host_inputs(root: Option<&Path>) -> Vec<PathBuf> {
    let below = |path: &&str| match root {
        Some(root) => root.join(path.trim_start_matches('/')),
        None => PathBuf::from(path),
    };
    let mut found: Vec<PathBuf> = Vec::new();
    for path in input::host_defaults().iter().map(below).filter(|path| Input::of(path).is_ok()) {
        // `/lib` is `/usr/lib` on most hosts: one unit, not two.
        let known = found.iter().any(|known| known.canonicalize().ok() == path.canonicalize().ok());
        if !known {
            found.push(path);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_node_is_recognised_by_its_layout() {
        for (input, root) in [
            ("node1/etc/kubernetes/manifests/kube-apiserver.yaml", Some("node1")),
            ("etc/kubernetes/manifests/kube-apiserver.yaml", Some(".")),
            ("/srv/audit/node1/etc/kubernetes/kube-apiserver.yaml", Some("/srv/audit/node1")),
            ("/etc/kubernetes/manifests/kube-apiserver.yaml", None),
            ("manifests/kube-apiserver.yaml", None),
        ] {
            assert_eq!(copied_host(Path::new(input)).as_deref(), root.map(Path::new), "{input}");
        }
    }
}
