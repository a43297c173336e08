//! How inputs are read, and where the files are that they name.

use std::path::{Path, PathBuf};

use crate::kubernetes::KubernetesVersion;
use crate::model::Lookup;
use crate::source::InputFormat;
use crate::source::formats::k3s;
use crate::source::formats::layouts::{LAYOUTS, root_of_host};
use crate::source::input::{self, Input, Reach};

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

impl Reading {
    /// Where the files are that the flags in `input` name. `named` stands on the command line for it; empty: nothing
    /// that lies in a directory.
    pub(super) fn lookup(&self, input: &Path, named: &Path, format: Option<InputFormat>) -> Lookup {
        let reach = if named == Path::new("") { Reach::Nothing } else { Reach::of(named) };
        self.lookup_within(&reach, input, named, format)
    }

    /// The same where it is known what may be opened because of `named`.
    pub(super) fn lookup_within(
        &self,
        reach: &Reach,
        input: &Path,
        named: &Path,
        format: Option<InputFormat>,
    ) -> Lookup {
        let is_host = self.this_host || format == Some(InputFormat::Flags);
        let reach = if is_host { Reach::Host } else { reach.clone() };
        let home = copied_host(input).or_else(|| host_around(input, named));
        Lookup {
            // A copy of a node may be a part of it: what is not in it may have been on the node.
            certain: self.this_host || self.root.is_some() || format == Some(InputFormat::Flags),
            root: self.root.clone().or_else(|| home.clone()),
            home,
            pki_dir: self.pki_dir.clone(),
            version: self.version,
            beside: input.parent().map(Path::to_owned),
            reach,
            ..Lookup::default()
        }
    }
}

/// Directories of a host in which set-ups lie. The longer ones first: `lib/systemd` ends `usr/lib/systemd`.
const HOMES: [&str; 9] = [
    "etc/kubernetes",
    "etc/rancher",
    "usr/local/lib/systemd",
    "usr/lib/systemd",
    "etc/systemd",
    "run/systemd",
    "lib/systemd",
    "etc/containers/systemd",
    "usr/share/containers/systemd",
];

/// The root of the copied node that a file lies in: a manifest at `node1/etc/kubernetes/manifests/kube-apiserver.yaml`
/// speaks of `node1/etc/kubernetes/pki`.
pub(super) fn copied_host(input: &Path) -> Option<PathBuf> {
    let root = root_of_host(input, &HOMES)?;
    (root != Path::new("/")).then(|| if root == Path::new("") { PathBuf::from(".") } else { root.to_owned() })
}

/// The root of the copied node that a file lies in, wherever it lies there.
pub(super) fn host_of(file: &Path) -> Option<PathBuf> {
    copied_host(file).or_else(|| host_around(file, Path::new("")))
}

/// Directories at the top of a host.
const TOP: [&str; 9] = ["etc", "home", "lib", "opt", "root", "run", "srv", "usr", "var"];

/// The root of a copied node in which set-ups lie elsewhere: `node1/opt/k3s/config.yaml` beside `node1/etc/systemd`.
fn host_around(input: &Path, named: &Path) -> Option<PathBuf> {
    let is_top = |place: &&Path| place.file_name().is_some_and(|name| TOP.iter().any(|top| *top == name));
    let roots = input.ancestors().skip(1).filter(is_top).filter_map(Path::parent);
    let mut roots = roots.filter(|root| root.starts_with(named) && *root != Path::new("/") && *root != Path::new(""));
    roots.find(|root| HOMES.iter().any(|home| root.join(home).is_dir())).map(Path::to_owned)
}

/// Whether it is the directory of certificates of an installer, on whatever host.
pub(super) fn is_an_installers(directory: &Path) -> bool {
    LAYOUTS.iter().any(|layout| directory.ends_with(layout.directory.trim_start_matches('/')))
}

/// What is on this host, or below `root`, of the places where installers leave a server's flags.
pub(super) fn host_inputs(root: Option<&Path>) -> Vec<PathBuf> {
    let below = |path: &&str| match root {
        Some(root) => root.join(path.trim_start_matches('/')),
        None => PathBuf::from(path),
    };
    let flags = input::host_defaults().iter().map(below).filter(|path| Input::of(path).is_ok());
    // The layers of k3s and RKE2 are read with the first of them that gives flags.
    let layer = input::host_layers().iter().map(below).find(|path| gives_flags(path));
    let flags = each_once(flags.chain(layer));
    if !flags.is_empty() {
        return flags;
    }
    // Where no flags are written down, an installer keeps the files that it gives by itself.
    let kept = LAYOUTS.iter().map(|layout| below(&layout.directory));
    each_once(kept.filter(|path| path.is_dir()))
}

fn gives_flags(layer: &Path) -> bool {
    match Input::of(layer) {
        Ok(Input::File(file)) => {
            input::read_tolerant(&file, input::MAXIMUM_SIZE).is_ok_and(|read| k3s::names_flags(read.file.text()))
        }
        Ok(Input::Directory(directory)) => {
            let entries = std::fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
            entries.into_iter().any(|entry| entry.path().is_file() && gives_flags(&entry.path()))
        }
        _ => false,
    }
}

/// `/lib` is `/usr/lib` on most hosts: one unit, not two.
fn each_once(paths: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for path in paths {
        let is_known = found.iter().any(|known| known.canonicalize().ok() == path.canonicalize().ok());
        if !is_known {
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
            ("node1/etc/rancher/k3s/config.yaml", Some("node1")),
            ("node1/etc/systemd/system/kube-apiserver.service", Some("node1")),
            ("node1/lib/systemd/system/kube-apiserver.service", Some("node1")),
            ("node1/usr/lib/systemd/system/kube-apiserver.service", Some("node1")),
            ("node1/usr/local/lib/systemd/system/rke2-server.service", Some("node1")),
            ("/usr/lib/systemd/system/kube-apiserver.service", None),
            ("manifests/kube-apiserver.yaml", None),
        ] {
            assert_eq!(copied_host(Path::new(input)).as_deref(), root.map(Path::new), "{input}");
        }
    }

    #[test]
    fn files_elsewhere_in_a_copied_node_are_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let node = directory.path().join("node1");
        std::fs::create_dir_all(node.join("etc/systemd")).unwrap();
        let root = |path: &str| host_around(&node.join(path), directory.path());
        assert_eq!(root("opt/k3s/config.yaml").as_deref(), Some(&*node));
        assert_eq!(root("etc/default/k3s").as_deref(), Some(&*node));
        assert_eq!(root("charts/k3s/config.yaml"), None);
        assert_eq!(
            host_around(&node.join("opt/k3s/config.yaml"), &node.join("opt")),
            None,
            "it is outside of the input"
        );
    }
}
