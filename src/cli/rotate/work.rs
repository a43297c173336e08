//! The directories of the nodes, held together.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::super::BadArguments;
use super::super::directory::{self, Held, Judging, argument};
use super::arguments::{Inputs, StartArguments};
use super::evidence::{Asked, Evidence, Missing, node_name};
use super::kept::{self, Kept as KeptCas};
use crate::pki::contents::{certificates, key_file};
use crate::pki::make::bundle_bytes;
use crate::pki::store::Unhindered;
use crate::pki::{
    CLIENT_VALIDITY, Change, Contents, Kept, KeyAlgorithm, Likeness, PkiFile, Store, Wishes, dated_name,
    former_bundles, former_cas,
};
use crate::rotation::steps::{self, Former};
use crate::rotation::{Cluster, Node, Pair, Phase, pair, replaced_at_once};
use crate::x509::Certificate;

/// One node's directory.
pub(super) struct Directory {
    pub path: PathBuf,
    pub store: Store<'static>,
    /// But for CAs that are kept.
    pub contents: Contents,
    /// The CAs of its bundle that are kept.
    others: Vec<Certificate>,
}

/// All of them, in the order of the arguments, and what takes no part.
pub(super) struct Nodes(Vec<Directory>, KeptCas);

/// What the new certificates are to hold.
pub(super) struct StartWishes {
    pub ca: Wishes,
}

impl Nodes {
    /// Opens and locks them, and finishes what an interrupted run has begun.
    pub(super) fn hold(inputs: &Inputs, err: &mut dyn Write) -> anyhow::Result<Self> {
        let paths = &inputs.nodes;
        let mut opened: Vec<(PathBuf, usize, Store<'static>)> = Vec::new();
        for (at, path) in paths.iter().enumerate() {
            let store = open(path)?;
            let canonical = path.canonicalize().with_context(|| path.display().to_string())?;
            if opened.iter().any(|(other, ..)| *other == canonical) {
                let twice = format!("{} is given twice\nhelp: give the directory of each node once", path.display());
                return Err(BadArguments(twice).into());
            }
            opened.push((canonical, at, store));
        }
        // In one order, whatever that of the arguments: two runs would wait for each other for ever.
        opened.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        let mut nodes = Vec::new();
        for (_, at, store) in opened {
            let path = store.path().to_owned();
            let Held { store, .. }: Held = directory::hold(store, &path, err)?;
            let contents = Contents::read(&store);
            nodes.push((at, Directory { path, store, contents, others: Vec::new() }));
        }
        nodes.sort_by_key(|(at, _)| *at);
        let nodes: Vec<Directory> = nodes.into_iter().map(|(_, node)| node).collect();
        let contents = nodes.iter().map(|node| &node.contents).collect::<Vec<_>>();
        let kept = KeptCas::new(&inputs.keep_ca, &contents)?;
        Ok(Self(nodes, kept).read_again())
    }

    pub(super) fn read_again(self) -> Self {
        let Self(nodes, kept) = self;
        let again = |node: Directory| {
            let mut contents = Contents::read(&node.store);
            let others = kept.take_out_of(&mut contents);
            Directory { contents, others, ..node }
        };
        Self(nodes.into_iter().map(again).collect(), kept)
    }

    fn contents(&self) -> Vec<&Contents> {
        self.0.iter().map(|node| &node.contents).collect()
    }

    /// The CAs of all bundles, each once, but for those that are kept.
    pub(super) fn bundles(&self) -> Vec<Certificate> {
        kept::of_all(&self.contents())
    }

    /// The CA that somebody vouches for.
    pub(super) fn named(&self, name: &str) -> Result<Certificate, BadArguments> {
        kept::named(&self.bundles(), name, "--assume unused:").cloned()
    }

    /// As an argument names it.
    pub(super) fn handle(&self, ca: &Certificate) -> String {
        kept::handle(&self.bundles(), ca)
    }

    /// The CAs of others, which stay.
    pub(super) fn kept(&self) -> &[Certificate] {
        &self.1.cas
    }

    /// A node that shows a client of a CA.
    pub(super) fn user_of(&self, ca: &Certificate) -> Option<&Directory> {
        self.0.iter().find(|node| steps::shows(&node.contents, ca))
    }

    /// Whether anything shows that a CA was made for these nodes: its key, or a client of it.
    pub(super) fn has_made(&self, ca: &Certificate) -> bool {
        let of_node = |node: &Directory| {
            let next = node.contents.next_client_certificates.present();
            let former = node.former().unwrap_or_default();
            next.is_some_and(|client| ca.has_issued(client))
                || former.has_shown(ca)
                || former.keys.iter().any(|key| key.key.matches(ca))
        };
        self.key_of(ca).is_some() || self.user_of(ca).is_some() || self.0.iter().any(of_node)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Directory> {
        self.0.iter()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().map(Directory::name).collect()
    }

    /// What a step is still without; with `all`, one that takes on all nodes at once.
    pub(super) fn missing(&self, phase: &Phase, evidence: &Evidence, all: bool) -> Vec<Missing> {
        evidence.missing(phase, &Asked { nodes: &self.names(), all, has_shown: &|ca| self.has_shown(ca) })
    }

    /// Taking back is a switch as well: before a client of the old CA is used, everybody has to trust it, and before the new
    /// one is dropped, no client of it is in use.
    pub(super) fn missing_to_go_back(&self, pair: &Pair, evidence: &Evidence, all: bool) -> Vec<Missing> {
        let some_show_new = self.user_of(&pair.new).is_some();
        let back = self.0.iter().filter(|node| node.has_gone_back(pair)).map(Directory::name).collect::<Vec<_>>();
        let back = if all && some_show_new { &[][..] } else { &back };
        let mut missing = evidence.missing_to_go_back(some_show_new.then_some(&pair.old), &self.names(), back);
        if !some_show_new && !self.has_made(&pair.new) {
            missing.extend(evidence.missing_to_drop(&pair.new));
        }
        missing
    }

    /// Whether a dated copy holds a client of a CA.
    pub(super) fn has_shown(&self, ca: &Certificate) -> bool {
        self.0.iter().any(|node| node.former().is_ok_and(|former| former.has_shown(ca)))
    }

    /// As arguments of a command.
    pub(super) fn directories(&self) -> String {
        self.0.iter().map(|node| argument(&node.path)).collect::<Vec<_>>().join(" ")
    }

    /// As arguments of another step, with what is kept.
    pub(super) fn arguments(&self) -> String {
        self.directories() + self.options()
    }

    /// What is kept, as the options of another step.
    pub(super) fn options(&self) -> &str {
        &self.1.given
    }

    pub(super) fn cluster(&self, evidence: &Evidence) -> Cluster {
        self.seen(self.nodes(), evidence)
    }

    /// As it is going to be when these changes, one for each node, are done.
    pub(super) fn cluster_after(&self, changes: &[Change], evidence: &Evidence) -> Cluster {
        let nodes = self.0.iter().zip(changes).map(|(node, change)| node.with(&node.contents.after(change)));
        self.seen(nodes.collect(), evidence)
    }

    fn seen(&self, nodes: Vec<Node>, evidence: &Evidence) -> Cluster {
        let without_kept = |cas: &Vec<Certificate>| cas.iter().filter(|ca| !self.1.cas.contains(ca)).cloned().collect();
        Cluster {
            nodes,
            config_map: evidence.config_map.as_ref().map(without_kept),
            accepting: evidence.accepting.iter().cloned().chain(evidence.live_accepting()).collect(),
        }
    }

    fn nodes(&self) -> Vec<Node> {
        self.0.iter().map(|node| node.with(&node.contents)).collect()
    }

    /// The two CAs of the bundles; `None`: there are not two, or which one is new cannot be told.
    pub(super) fn pair(&self) -> Option<Pair> {
        pair(&self.nodes()).ok().flatten()
    }

    /// The CA that came before the one that is there, where no bundle ever held both.
    pub(super) fn replaced_at_once(&self) -> Option<Certificate> {
        replaced_at_once(&self.nodes()).cloned()
    }

    /// The clusters' own CAs, which lie beside.
    pub(super) fn cluster_cas(&self) -> impl Iterator<Item = Certificate> {
        self.0.iter().filter_map(|node| node.contents.cluster_ca.present()).flatten().cloned()
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

    /// `others` are CAs beside those of the front proxy, which servers name in the same list.
    pub(super) fn wishes(
        &self,
        arguments: &StartArguments,
        others: &[Certificate],
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
        let is_used = |name: &str| {
            self.bundles()
                .iter()
                .chain(self.kept())
                .chain(&former)
                .chain(others)
                .any(|ca| ca.subject.common_name() == name)
        };
        let ca_common_name =
            arguments.ca_common_name.clone().unwrap_or_else(|| dated_name(&old_name, "front-proxy-ca", now, is_used));
        if makes_ca && is_used(&ca_common_name) {
            bail!(
                "--ca-common-name {ca_common_name}: another CA of these directories or of the cluster has or had this name, \
                 and hints and logs could not tell the two apart\nhelp: leave it out, or give another one"
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

    /// The change of each directory, by its place and what is in it.
    pub(super) fn changes(
        &self,
        change: impl Fn(usize, &Contents) -> anyhow::Result<Change>,
    ) -> anyhow::Result<Vec<Change>> {
        self.0.iter().enumerate().map(|(at, node)| change(at, &node.contents)).collect()
    }

    /// Changes each directory, after all were judged. Says what was written or removed.
    pub(super) fn write(&self, changes: Vec<Change>, now: OffsetDateTime) -> anyhow::Result<Vec<String>> {
        let mut work = Vec::new();
        for (node, mut change) in self.0.iter().zip(changes) {
            let bundles = change.place.iter_mut().filter(|(file, _)| *file == PkiFile::CaCertificate);
            bundles.for_each(|(_, bundle)| bundle.extend_from_slice(&bundle_bytes(&node.others)));
            let change = node.store.pending(change)?;
            if !change.is_empty() {
                work.push((node, change));
            }
        }
        for (node, change) in &work {
            let before = Contents::read(&node.store);
            let contents = before.after(change);
            let judging = Judging { directory: &node.path, contents: &contents, change, client_ca_file: None };
            judging.warnings_of_step(&before, now)?;
        }
        let (mut written, mut done) = (Vec::new(), Vec::new());
        for (node, change) in &work {
            directory::commit_after(&done, &node.store, change, now)?;
            done.push(node.name());
            let files = change.place.iter().map(|(file, _)| file).chain(&change.remove);
            written.extend(files.map(|file| node.path_of(file.name())));
        }
        Ok(written)
    }

    /// Dated copies, and what of a rotation was not needed, go for good.
    pub(super) fn destroy_copies(&self, now: OffsetDateTime) -> anyhow::Result<Vec<String>> {
        let destroyed = self.to_destroy();
        for node in &self.0 {
            node.store.commit(&self.settled_key(node), now)?;
            node.store.destroy(&node.store.kept::<PkiFile>()?)?;
            node.store.commit(&Change { remove: node.idle(), ..Change::default() }, now)?;
        }
        Ok(destroyed)
    }

    /// The key of the CA in use, where that of a former one, by the dated copies, lies in its place.
    fn settled_key(&self, node: &Directory) -> Change {
        let Some([ca]) = node.contents.ca_certificates.present().map(Vec::as_slice) else { return Change::default() };
        steps::settle_key(&node.contents, &former_cas(&node.store), ca, self.key_of(ca))
    }

    /// What the last step destroys: what aggcert has written, by its names.
    pub(super) fn to_destroy(&self) -> Vec<String> {
        let of_node = |node: &Directory| {
            let kept = node.store.kept::<PkiFile>().unwrap_or_default().into_iter().map(|kept| kept.name);
            let idle = node.idle().into_iter().chain(self.settled_key(node).retire);
            let names = kept.chain(idle.map(|file| file.name().to_owned()));
            names.map(|name| node.path_of(&name)).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of_node).collect()
    }

    /// Copies that somebody else has made. They are nobody's to destroy but their owner's.
    pub(super) fn copies_of_others(&self) -> Vec<String> {
        let of_node = |node: &Directory| {
            let names = node.store.copies_of_others::<PkiFile>().unwrap_or_default();
            names.iter().map(|name| node.path_of(name)).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of_node).collect()
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
    /// What the node is called in arguments and in what is said.
    pub(super) fn name(&self) -> String {
        node_name(&self.path.display().to_string()).to_owned()
    }

    pub(super) fn path_of(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }

    pub(super) fn trusts(&self, ca: &Certificate) -> bool {
        self.contents.ca_certificates.present().is_some_and(|bundle| bundle.contains(ca))
    }

    /// The node with other contents.
    fn with(&self, contents: &Contents) -> Node {
        Node {
            name: self.name(),
            bundle: contents.ca_certificates.present().cloned().unwrap_or_default(),
            client: contents.client_certificates.present().cloned().unwrap_or_default(),
            next_client: contents.next_client_certificates.present().cloned().unwrap_or_default(),
            leftovers: self.holds_another_ca() || !self.idle().is_empty(),
            former: former_bundles(&self.store).into_iter().map(|bundle| self.without_others(bundle)).collect(),
        }
    }

    /// What was made for a rotation of the CA that the node has alone, and is not needed any more. The key of a request
    /// that was not answered yet has no certificate.
    fn idle(&self) -> Vec<PkiFile> {
        let Some([ca]) = self.contents.ca_certificates.present().map(Vec::as_slice) else { return Vec::new() };
        let client = self.contents.next_client_certificates.present();
        let has_client = client.is_some_and(|client| ca.has_issued(client));
        let has_key = self.contents.next_ca_key.present().is_some_and(|key| key.key.matches(ca))
            && self.contents.ca_key.present().is_some_and(|key| key.key.matches(ca));
        let client = [PkiFile::NextClientCertificate, PkiFile::NextClientKey].into_iter().filter(|_| has_client);
        let key = has_key.then_some(PkiFile::NextCaKey);
        client.chain(key).filter(|file| self.contents.has(*file)).collect()
    }

    /// Whether a dated copy holds a CA that the node does not trust any more, or the key of one.
    fn holds_another_ca(&self) -> bool {
        let bundle = self.contents.ca_certificates.present().map_or(&[][..], Vec::as_slice);
        self.without_others(former_cas(&self.store)).iter().any(|ca| !bundle.contains(ca))
            || self.holds_key_of_another_ca(bundle)
    }

    /// Somebody may have removed the certificate alone. Of a key that cannot be read nothing shows that it is in use.
    fn holds_key_of_another_ca(&self, bundle: &[Certificate]) -> bool {
        let is_in_use = |kept: &Kept| {
            let key = self.store.read(&kept.name).ok().flatten().and_then(|pem| key_file(pem).ok());
            key.is_some_and(|key| bundle.iter().chain(&self.others).any(|ca| key.key.matches(ca)))
        };
        let kept = self.store.kept::<PkiFile>().unwrap_or_default();
        let mut keys = kept.iter().filter(|kept| [PkiFile::CaKey, PkiFile::NextCaKey].contains(&kept.file));
        !keys.all(is_in_use)
    }

    fn without_others(&self, mut cas: Vec<Certificate>) -> Vec<Certificate> {
        cas.retain(|ca| !self.others.contains(ca));
        cas
    }

    /// Whether the node may have shown a client of the new CA, and shows one of the old one again.
    pub(super) fn has_gone_back(&self, pair: &Pair) -> bool {
        let was_never_shown = self.former().is_ok_and(|former| !former.has_shown(&pair.new));
        !steps::shows(&self.contents, &pair.new) && !was_never_shown
    }

    /// Whether a dated copy of a file lies beside it: it was there before the rotation.
    pub(super) fn keeps_copy_of(&self, file: PkiFile) -> bool {
        self.store.kept::<PkiFile>().unwrap_or_default().iter().any(|kept| kept.file == file)
    }

    /// What the dated copies hold, oldest first.
    pub(super) fn former(&self) -> anyhow::Result<Former> {
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

/// A directory that has to be there: one that is made under a misspelt name would be another cluster's.
fn open(path: &Path) -> anyhow::Result<Store<'static>> {
    Store::open(path, &Unhindered)?.with_context(|| {
        format!(
            "{} is not there\nhelp: look at how it is spelt; a node that is new gets a copy of another node's directory first",
            path.display()
        )
    })
}
