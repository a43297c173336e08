//! What a command line names: one way of gathering it, whatever is done with it then.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::batches;
use super::inventory::{self, Inventory};
use super::reading::{self, Reading};
use super::scripts::Scripts;
use crate::source::input::{Found, Input, InputError};
use crate::text::SourceFile;

/// Where set-ups are read from.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Files, directories (searched), or `-` for standard input. Without these and flags, what this host has.
    pub paths: Vec<PathBuf>,
    /// kube-apiserver's flags.
    pub flags: Vec<String>,
    /// What was read elsewhere, such as clusters; each is judged by itself.
    pub texts: Vec<Arc<SourceFile>>,
    /// What was meant to be among them and could not be read.
    pub failures: Vec<String>,
    pub reading: Reading,
}

/// What is named, told apart.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Files, standard input and flags, which are judged together.
    pub(super) files: Inventory,
    /// To be searched.
    pub(super) directories: Vec<PathBuf>,
    /// Of all of it, whatever they change.
    pub(super) scripts: Scripts,
}

/// A directory to be searched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) directory: &'a Path,
    /// What changes the files of its servers.
    pub(super) scripts: &'a Scripts,
}

impl Inputs {
    /// All of it together, for who asks one question of it. What cannot be read is among its failures.
    pub fn inventory(&self) -> Inventory {
        let Named { mut files, directories, scripts } = self.named();
        for directory in directories {
            let merged: Result<(), std::convert::Infallible> = search(
                Place { directory: &directory, scripts: &scripts },
                &self.reading,
                &|found| found,
                &mut |found| {
                    files.merge(found);
                    Ok(true)
                },
            );
            let Ok(()) = merged;
        }
        self.texts.iter().for_each(|text| files.merge(self.text(text)));
        files
    }

    /// What stands in one text that was read elsewhere.
    pub(super) fn text(&self, text: &Arc<SourceFile>) -> Inventory {
        let mut inventory = Inventory::default();
        inventory.add_text(text, &self.reading);
        inventory.relate();
        inventory
    }

    /// Reads what is named by itself, and leaves the directories for [`search`].
    pub(super) fn named(&self) -> Named {
        let mut named = Named::default();
        named.files.failures.extend(self.failures.iter().cloned());
        let host = if self.reading.this_host { reading::host_inputs(self.reading.root.as_deref()) } else { Vec::new() };
        if self.reading.this_host && host.is_empty() {
            named.files.failures.push(nothing_on_host(self.reading.root.as_deref()));
        }
        for path in self.paths.iter().chain(&host) {
            match Input::of(path) {
                Ok(Input::Directory(directory)) => named.directories.push(directory),
                Ok(Input::File(file)) => {
                    named.scripts.note(&file);
                    named.files.add_file(&file, &self.reading);
                }
                Ok(Input::Stdin) => named.files.add_stream(std::io::stdin().lock(), &self.reading),
                Err(error) => named.files.failures.push(error.to_string()),
            }
        }
        if !self.flags.is_empty() {
            named.files.add_flags(&self.flags, &self.reading);
        }
        named.files.add_what_is_beside(&self.paths, &self.reading);
        named.scripts.add(named.files.edits().cloned());
        named.directories.iter().for_each(|directory| named.scripts.search(directory));
        named.files.relate();
        named.scripts.leave_open(&mut named.files);
        // Somebody named it, so there should be something in it.
        let not_read = std::mem::take(&mut named.files.not_read);
        named.files.failures.extend(not_read);
        let unrecognised = std::mem::take(&mut named.files.unrecognised);
        let hints = std::mem::take(&mut named.files.hints);
        let hint = |file: &String| hints.get(file).map(String::as_str).unwrap_or_default();
        let failures = unrecognised.iter().map(|file| format!("{}{}", nothing_in(file), hint(file)));
        named.files.failures.extend(failures);
        let used = named.files.used_directories();
        let is_used = |file: &&String| Path::new(file.as_str()).parent().is_some_and(|place| used.contains(place));
        // Beside an APIService they are an extension API server's own.
        let services = named.files.api_services.iter().map(|service| Path::new(service.name.origin.file().name()));
        let of_services: BTreeSet<&Path> = services.filter_map(Path::parent).collect();
        let is_of_service =
            |file: &&String| Path::new(file.as_str()).parent().is_some_and(|place| of_services.contains(place));
        let alone = named.files.of_pki.iter().filter(|file| !is_used(file) && !is_of_service(file));
        named.files.failures.extend(alone.map(|file| {
            format!(
                "{file}: not judged: it was read as certificates or keys alone, which say nothing about their use; name their \
                 directory, or give the flags that name them: aggcert check -- --client-ca-file=FILE ..."
            )
        }));
        named
    }
}

/// Reads all that lies below a directory, and then judges the directories of PKI files that no server of it uses. `each` is
/// called by every thread; `take` gets what it gives in the order of the names, and says whether to go on.
pub(super) fn search<T: Send, E>(
    place: Place<'_>,
    reading: &Reading,
    each: &(impl Fn(Inventory) -> T + Sync),
    take: &mut dyn FnMut(T) -> Result<bool, E>,
) -> Result<(), E> {
    let directory = place.directory;
    let (mut read, mut failed) = (0, 0);
    let mut of_pki =
        OfPki { named: directory.to_owned(), found: BTreeSet::from([directory.to_owned()]), ..OfPki::default() };
    let goes_on = batches::each(
        inventory::units(directory),
        &|found| read_one(found, place.scripts, reading, each),
        &mut |OfUnit { files_read, failures, directory, certificates, used, hosts, found }| {
            read += files_read;
            failed += failures;
            of_pki.used.extend(used);
            of_pki.hosts.extend(hosts);
            of_pki.add(directory, certificates);
            take(found)
        },
    )?;
    if !goes_on {
        return Ok(());
    }
    let mut inventory = Inventory::default();
    of_pki.judge(&mut inventory, reading, read > 0);
    place.scripts.leave_open(&mut inventory);
    if inventory.files_read == 0 && read == 0 && failed == 0 {
        inventory.failures.push(nothing_in(&directory.display().to_string()));
    }
    take(each(inventory)).map(drop)
}

/// So many directories are looked at for PKI files of a layout.
const MOST_OF_PKI: usize = 1000;

/// Directories with files of certificates and keys, which need not be what a set-up beside them uses.
#[derive(Default)]
struct OfPki {
    named: PathBuf,
    found: BTreeSet<PathBuf>,
    /// Those of them with several files of certificates: two CAs may be in them.
    several: BTreeSet<PathBuf>,
    /// Those whose files a kube-apiserver has: they are judged with it.
    used: BTreeSet<PathBuf>,
    /// The copied nodes whose kube-apiserver was read: no other one is made of the files that it does not use.
    hosts: BTreeSet<PathBuf>,
}

impl OfPki {
    fn add(&mut self, directory: Option<PathBuf>, certificates: usize) {
        let Some(directory) = directory else { return };
        if certificates > 1 && self.several.len() < MOST_OF_PKI {
            self.several.insert(directory.clone());
        }
        if self.found.len() < MOST_OF_PKI {
            self.found.insert(directory);
        }
    }

    /// Takes those that are of a layout, or up to two directories above: OpenShift and kops have directories in theirs.
    /// `others`: something else was read, and what is of no layout is named.
    fn judge(self, inventory: &mut Inventory, reading: &Reading, others: bool) {
        let around = self.found.iter().flat_map(|place| {
            let above = place.ancestors().take(3).filter(|above| above.starts_with(&self.named)).map(Path::to_owned);
            above.collect::<Vec<_>>()
        });
        let is_within = |place: &Path, known: &BTreeSet<PathBuf>| place.ancestors().any(|above| known.contains(above));
        let is_used = |place: &Path| {
            // What is below a path follows it.
            let from_here = (Bound::Included(place), Bound::Unbounded);
            let below = self.used.range::<Path, _>(from_here).next().is_some_and(|used| used.starts_with(place));
            below || is_within(place, &self.used)
        };
        // The upper ones first, for what is below a layout's directory is of it.
        let mut taken: BTreeSet<PathBuf> = BTreeSet::new();
        for place in around.collect::<BTreeSet<PathBuf>>() {
            let is_known = is_within(&place, &taken) || is_used(&place) || is_within(&place, &self.hosts);
            if !is_known && inventory.add_pki_directory(&place, reading) {
                taken.insert(place);
            }
        }
        if !others && taken.is_empty() {
            return;
        }
        // What an installer keeps for a server of the host that names other files.
        let is_idle = |place: &Path| is_within(place, &self.hosts) && reading::is_an_installers(place);
        for place in self.several.iter().filter(|place| !is_used(place)) {
            if !is_within(place, &taken) && !is_idle(place) {
                inventory.flags_not_read += 1;
                inventory.not_read.push(not_judged(place));
            }
        }
    }
}

fn not_judged(directory: &Path) -> String {
    format!(
        "{}: not judged: the certificates in it have the names of no installer, and no kube-apiserver here names them; \
         give its flags as well: aggcert check -- --client-ca-file=FILE --requestheader-client-ca-file=FILE ...",
        directory.display()
    )
}

/// What became of one unit.
struct OfUnit<T> {
    files_read: usize,
    failures: usize,
    /// Its directory, where it has files of certificates and keys; how many of them hold certificates.
    directory: Option<PathBuf>,
    certificates: usize,
    /// The directories of the files that a kube-apiserver in it has.
    used: BTreeSet<PathBuf>,
    hosts: BTreeSet<PathBuf>,
    found: T,
}

fn read_one<T>(
    found: Result<Found, InputError>,
    scripts: &Scripts,
    reading: &Reading,
    each: &impl Fn(Inventory) -> T,
) -> OfUnit<T> {
    let directory = found.as_ref().ok().and_then(|found| match found {
        Found::Unit(unit) => Some(unit.directory.clone()),
        Found::NotSearched(_) => None,
    });
    let mut inventory = Inventory::of_found(found, reading);
    scripts.leave_open(&mut inventory);
    // Files that are a part of others are nothing by themselves.
    let holds_any = !(inventory.targets().is_empty() && inventory.apart.is_empty());
    OfUnit {
        files_read: if holds_any { inventory.files_read } else { 0 },
        failures: inventory.failures.len(),
        directory: directory.filter(|_| !inventory.of_pki.is_empty()),
        // Beside an APIService they are an extension API server's own.
        certificates: if inventory.api_services.is_empty() { inventory.certificate_files } else { 0 },
        used: inventory.used_directories(),
        hosts: inventory.copied_hosts(),
        found: each(inventory),
    }
}

fn nothing_in(file: &str) -> String {
    format!(
        "{file}: nothing in it was recognised as a kube-apiserver's flags, a ConfigMap, an APIService or a PKI directory (as kubeadm, k3s, RKE2, RKE, Talos, kops, OpenShift or cfssl name the files); \
         `aggcert check --help` says what is read, --input-format forces a shape"
    )
}

fn nothing_on_host(root: Option<&Path>) -> String {
    let place = root.map_or_else(|| "this host".to_owned(), |root| root.display().to_string());
    format!(
        "{place}: there is no kube-apiserver manifest or unit in the usual places (/etc/kubernetes/manifests/\
         kube-apiserver.yaml and the like); give the path: aggcert check PATH"
    )
}
