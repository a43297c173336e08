//! What was read from one place: set-ups with their files loaded, and the objects beside them, ready to be judged.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::apiserver::{Lookup, Setup};
use crate::lint::Target;
use crate::source::{self, ApiService, Document, InputFormat, ReadError, SourceFile, Surroundings};

/// How inputs are read, the same for all of them.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The server's file system, when it is not this host's (`--root`).
    pub root: Option<PathBuf>,
    /// A copy of the server's certificate directory (`--pki-dir`).
    pub pki_dir: Option<PathBuf>,
    /// The shape of every input (`--input-format`); otherwise it is recognised.
    pub format: Option<InputFormat>,
    /// The inputs describe this host.
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
    /// Inputs that could not be read; each says which and what to do.
    pub failures: Vec<String>,
}

impl Inventory {
    /// Reads a file's text as whatever it holds.
    pub fn add(&mut self, file: &Arc<SourceFile>, surroundings: &dyn Surroundings, lookup: &Lookup, reading: &Reading) {
        match source::read(file, reading.format, surroundings) {
            Ok(documents) => {
                self.files_read += 1;
                self.add_documents(documents, lookup);
            }
            Err(ReadError::Unrecognised { file }) => self.unrecognised.push(file),
            Err(error) => self.failures.push(error.to_string()),
        }
    }

    /// Loads the files that the documents name.
    pub fn add_documents(&mut self, documents: Vec<Document>, lookup: &Lookup) {
        for document in documents {
            match document {
                Document::Invocation(invocation) => self.setups.push(Setup::load(invocation, lookup)),
                Document::AuthenticationConfigMap(config_map) => self.setups.push(Setup::from_config_map(&config_map)),
                Document::ApiService(service) => self.api_services.push(service),
            }
        }
    }

    /// Everything that rules look at.
    pub fn targets(&self) -> Vec<Target<'_>> {
        let services = self.api_services.iter().map(Target::ApiService);
        self.setups.iter().map(Target::of).chain(services).collect()
    }
}

impl Reading {
    /// Where the files are that the flags in `input` name.
    pub fn lookup(&self, input: &Path) -> Lookup {
        let root = self.root.clone().or_else(|| copied_host(input));
        Lookup {
            // A copy of a node may be a part of it: what is not in it may have been on the node.
            certain: self.this_host || self.root.is_some(),
            root,
            pki_dir: self.pki_dir.clone(),
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
