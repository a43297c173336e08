//! The directories of the nodes, held together.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::super::BadArguments;
use super::super::directory::{self, Held, Judging, argument};
use super::arguments::StartArguments;
use super::evidence::Evidence;
use crate::pki::contents::{certificates, key_file};
use crate::pki::{
    CLIENT_VALIDITY, Change, Contents, Kept, KeyAlgorithm, Likeness, PkiFile, Store, Wishes, dated_name, former_cas,
};
use crate::rotation::steps::Former;
use crate::rotation::{Cluster, Node, Pair, pair};
use crate::x509::Certificate;

/// One node's directory.
pub(super) struct Directory {
    pub path: PathBuf,
    pub store: Store<'static>,
    pub contents: Contents,
}

/// All of them, in the order of the arguments.
pub(super) struct Nodes(Vec<Directory>);

/// What the new certificates are to hold.
pub(super) struct StartWishes {
    pub ca: Wishes,
}

impl Nodes {
    /// Opens and locks them, and finishes what an interrupted run has begun.
    pub(super) fn hold(paths: &[PathBuf], err: &mut dyn Write) -> anyhow::Result<Self> {
        let mut nodes: Vec<Directory> = Vec::new();
        for path in paths {
            if nodes.iter().any(|node| same(&node.path, path)) {
                let twice = format!("{} is given twice\nhelp: give the directory of each node once", path.display());
                return Err(BadArguments(twice).into());
            }
            let Held { store, .. }: Held = directory::hold(directory::open(path)?, path, err)?;
            let contents = Contents::read(&store);
            nodes.push(Directory { path: path.clone(), store, contents });
        }
        Ok(Self(nodes))
    }

    pub(super) fn read_again(self) -> Self {
        let again = |node: Directory| Directory { contents: Contents::read(&node.store), ..node };
        Self(self.0.into_iter().map(again).collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Directory> {
        self.0.iter()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().map(Directory::name).collect()
    }

    /// As arguments of a command.
    pub(super) fn arguments(&self) -> String {
        self.0.iter().map(|node| argument(&node.path)).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn cluster(&self, evidence: &Evidence) -> Cluster {
        Cluster {
            nodes: self.0.iter().map(Directory::node).collect(),
            config_map: evidence.config_map.clone(),
            accepting: evidence.accepting.iter().cloned().chain(evidence.live_accepting()).collect(),
        }
    }

    /// The two CAs of the bundles; `None`: there are not two, or which one is new cannot be told.
    pub(super) fn pair(&self) -> Option<Pair> {
        let nodes = self.0.iter().map(Directory::node).collect::<Vec<_>>();
        pair(&nodes).ok().flatten()
    }

    /// The bundle that all nodes have.
    pub(super) fn bundle(&self) -> anyhow::Result<Vec<Certificate>> {
        let bundle = self.0.first().and_then(|node| node.contents.ca_certificates.present());
        bundle.cloned().context("no node's directory has a front-proxy-ca.crt that can be read")
    }

    /// The key of a CA, wherever it lies.
    pub(super) fn key_of(&self, ca: &Certificate) -> Option<Zeroizing<Vec<u8>>> {
        let keys = self.0.iter().flat_map(|node| [node.contents.next_ca_key.present(), node.contents.ca_key.present()]);
        keys.flatten().find(|key| key.key.matches(ca)).map(|key| key.pem.clone())
    }

    pub(super) fn has_ca_key(&self) -> bool {
        self.0.iter().any(|node| node.contents.has(PkiFile::CaKey))
    }

    pub(super) fn any_client_of(&self, ca: &Certificate) -> bool {
        let clients = self.0.iter().filter_map(|node| node.contents.client_certificates.present()).flatten();
        clients.into_iter().any(|client| client.is_signed_by(ca))
    }

    pub(super) fn wishes(
        &self,
        arguments: &StartArguments,
        makes_ca: bool,
        now: OffsetDateTime,
    ) -> anyhow::Result<StartWishes> {
        let usual = Wishes::default();
        let old = self.bundle()?;
        let first = old.first();
        let before = first.and_then(|ca| KeyAlgorithm::of(&ca.public_key_algorithm));
        let old_name = first.map(|ca| ca.subject.common_name().to_owned()).unwrap_or_default();
        // Servers may still trust one that was aborted.
        let former: Vec<Certificate> = self.0.iter().flat_map(|node| former_cas(&node.store)).collect();
        let is_used = |name: &str| old.iter().chain(&former).any(|ca| ca.subject.common_name() == name);
        let ca_common_name =
            arguments.ca_common_name.clone().unwrap_or_else(|| dated_name(&old_name, "front-proxy-ca", now, is_used));
        if makes_ca && is_used(&ca_common_name) {
            bail!(
                "--ca-common-name {ca_common_name}: a CA of these directories has or had this name, and hints and logs \
                 could not tell the two apart\nhelp: leave it out, or give another one"
            );
        }
        Ok(StartWishes {
            ca: Wishes {
                key_algorithm: arguments.key_algorithm.or(before).unwrap_or(usual.key_algorithm),
                ca_validity: arguments.ca_validity.unwrap_or(usual.ca_validity),
                ca_common_name,
                ..usual
            },
        })
    }

    /// Changes each directory, after it was judged. Says what was written.
    pub(super) fn commit(
        &self,
        now: OffsetDateTime,
        change: impl Fn(usize, &Contents) -> anyhow::Result<Change>,
    ) -> anyhow::Result<Vec<String>> {
        let changes = self.0.iter().enumerate().map(|(at, node)| change(at, &node.contents));
        let changes = changes.collect::<anyhow::Result<Vec<_>>>()?;
        self.write(changes, now)
    }

    pub(super) fn commit_with_former(
        &self,
        now: OffsetDateTime,
        change: impl Fn(&Contents, &Former) -> anyhow::Result<Change>,
    ) -> anyhow::Result<Vec<String>> {
        let changes = self.0.iter().map(|node| change(&node.contents, &node.former()?));
        let changes = changes.collect::<anyhow::Result<Vec<_>>>()?;
        self.write(changes, now)
    }

    /// All are judged before the first is written.
    fn write(&self, changes: Vec<Change>, now: OffsetDateTime) -> anyhow::Result<Vec<String>> {
        let mut work = Vec::new();
        for (node, change) in self.0.iter().zip(changes) {
            let change = node.store.pending(change)?;
            if !change.is_empty() {
                work.push((node, change));
            }
        }
        for (node, change) in &work {
            let contents = node.contents.after(change);
            let judging = Judging { directory: &node.path, contents: &contents, change, client_ca_file: None };
            judging.warnings_of_step(&node.contents, now)?;
        }
        let (mut written, mut done) = (Vec::new(), Vec::new());
        for (node, change) in &work {
            directory::commit_after(&done, &node.store, change, now)?;
            done.push(node.name());
            written.extend(change.place.iter().map(|(file, _)| node.path.join(file.name()).display().to_string()));
        }
        Ok(written)
    }

    pub(super) fn destroy_copies(&self) -> anyhow::Result<Vec<String>> {
        let mut destroyed = Vec::new();
        for node in &self.0 {
            let kept: Vec<Kept> = node.store.kept()?;
            node.store.destroy(&kept)?;
            destroyed.extend(kept.iter().map(|kept| node.path.join(&kept.name).display().to_string()));
        }
        Ok(destroyed)
    }
}

impl StartWishes {
    /// The new client is like the one before, but for its CA.
    pub(super) fn client_of(&self, contents: &Contents) -> Wishes {
        let likeness = contents.client_certificates.present().and_then(|client| {
            Some(Likeness::of(client.first()?, contents.ca_certificates.present().map_or(&[], Vec::as_slice)))
        });
        let usual = Wishes::default();
        let name = likeness.as_ref().and_then(|before| before.common_name.clone().ok());
        Wishes {
            key_algorithm: likeness.as_ref().and_then(|before| before.key_algorithm).unwrap_or(usual.key_algorithm),
            client_common_name: name.unwrap_or(usual.client_common_name),
            client_validity: likeness.map_or(CLIENT_VALIDITY, |before| before.validity),
            ..self.ca.clone()
        }
    }
}

impl Directory {
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn node(&self) -> Node {
        Node {
            name: self.name(),
            bundle: self.contents.ca_certificates.present().cloned().unwrap_or_default(),
            client: self.contents.client_certificates.present().cloned().unwrap_or_default(),
            next_client: self.contents.next_client_certificates.present().cloned().unwrap_or_default(),
            leftovers: self.holds_another_ca(),
        }
    }

    /// Whether a dated copy holds a CA that the node does not trust any more.
    fn holds_another_ca(&self) -> bool {
        let bundle = self.contents.ca_certificates.present().map_or(&[][..], Vec::as_slice);
        former_cas(&self.store).iter().any(|ca| !bundle.contains(ca))
    }

    /// Whether a dated copy of a file lies beside it: it was there before the rotation.
    pub(super) fn keeps_copy_of(&self, file: PkiFile) -> bool {
        self.store.kept::<PkiFile>().unwrap_or_default().iter().any(|kept| kept.file == file)
    }

    /// What the dated copies hold, oldest first.
    fn former(&self) -> anyhow::Result<Former> {
        let mut former = Former::default();
        for kept in self.store.kept::<PkiFile>()? {
            let Some(bytes) = self.store.read(&kept.name)? else { continue };
            if kept.file.is_key() {
                former.keys.extend(key_file(bytes).ok());
            } else if kept.file == PkiFile::ClientCertificate {
                former.clients.extend(certificates(&bytes).ok());
            }
        }
        Ok(former)
    }
}

fn same(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}
