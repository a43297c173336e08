//! What was read from one place: set-ups with their files loaded, and the objects beside them, ready to be judged.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::kubernetes::Component;
use crate::kubernetes::names::get_config_map;
use crate::lint::Target;
use crate::model::{ConfigMap, ExtensionServer, FileFlag, KeptKey, Lookup, Objects, Setup};
use crate::source::formats::{flags, openshift, pki_directory};
use crate::source::input::{
    self, Found, HostSurroundings, InputError, Kustomizations, MAXIMUM_SIZE, Reach, RealPaths, Tolerated, Unit,
};
use crate::source::report_marks::is_report;
use crate::source::{
    self, ApiService, Collection, Document, Edit, Handshake, InputFormat, Invocation, ReadError, Resource, Surroundings,
};
use crate::text::{SourceFile, operand, shell_word};

use super::Reading;
use super::reading::copied_host;

/// What lay in one place, a directory or the files of a command line, and is judged together.
#[derive(Debug, Default)]
pub struct Inventory {
    pub setups: Vec<Setup>,
    pub config_maps: Vec<ConfigMap>,
    pub api_services: Vec<ApiService>,
    /// Clusters that the objects were read from.
    pub collections: Vec<Collection>,
    /// Servers of these that were asked themselves.
    pub handshakes: Vec<Handshake>,
    /// The objects around them.
    pub objects: Objects,
    /// Extension API servers that run in Pods; known when [`Self::relate`] was called.
    pub extensions: Vec<ExtensionServer>,
    /// Further clusters: the objects of one are none of another's.
    pub apart: Vec<Inventory>,
    /// What scripts change in files.
    edits: Vec<Edit>,
    /// How files are found that each of the objects names.
    pub(super) lookups: Vec<Arc<Lookup>>,
    /// Files in which something was recognised.
    pub files_read: usize,
    /// Files in which nothing was.
    pub unrecognised: Vec<String>,
    /// What is to be done with those of them that somebody named, where it can be told.
    pub hints: HashMap<String, String>,
    /// Of the others, files of certificates and keys: no set-ups, and no strangers either.
    pub of_pki: Vec<String>,
    /// How many of them hold certificates.
    pub certificate_files: usize,
    /// Files that name our flags and were not read as a set-up, and directories that were not searched; each says where,
    /// and why.
    pub not_read: Vec<String>,
    /// Places that name our flags, in files of which something else was read.
    pub parts_not_read: Vec<String>,
    /// How many of both give a flag, and do not only speak of it.
    pub flags_not_read: usize,
    /// Inputs that could not be read; each says which and what to do.
    pub failures: Vec<String>,
}

/// Files of one directory that are read at a time: so many do not belong to one node, and memory stays bounded.
const MOST_TOGETHER: usize = 512;

/// As many set-ups and objects of one file are judged: those of a large fleet.
const MOST_IN_A_FILE: usize = 10_000;

impl Inventory {
    /// The files of one directory. What is no text, or too large, was not meant unless it names our flags: nobody named
    /// it.
    pub fn of_unit(unit: &Unit, reading: &Reading) -> Self {
        let mut inventory = Self::default();
        let lookup = reading.lookup_within(&unit.reach, &unit.directory.join("_"), &unit.named, None);
        lookup.cache.real_paths().know_straight(&unit.named, &unit.directory);
        if !unit.may_be_kustomized {
            lookup.cache.kustomizations().know_none(&unit.directory);
        }
        let mut packed: Vec<&PathBuf> = Vec::new();
        for path in &unit.files {
            match input::read_tolerant(path, MAXIMUM_SIZE) {
                Ok(read) => inventory.add(&read, &lookup, reading, false),
                Err(InputError::Packed { .. }) => packed.push(path),
                Err(InputError::Binary { .. } | InputError::NotUtf8 { .. } | InputError::TooLarge { .. })
                    if !input::mentions_flags(path) =>
                {
                    if input::is_packed_file(path) {
                        packed.push(path);
                    } else {
                        inventory.unrecognised.push(path.display().to_string());
                    }
                }
                Err(error) => inventory.failures.push(error.to_string()),
            }
        }
        inventory.not_read.extend(not_unpacked(&packed));
        inventory.add_what_is_beside(&unit.files, reading);
        inventory.add_bindings_of_kube_system(unit, reading);
        inventory.relate();
        inventory
    }

    pub(super) fn add_resource(&mut self, resource: Resource, lookup: &Arc<Lookup>) {
        self.objects.push(resource);
        self.lookups.push(Arc::clone(lookup));
    }

    /// Finds the extension API servers among the objects. To be called once, when all is added.
    pub fn relate(&mut self) {
        self.leave_edited_open();
        self.part_contradictions();
        self.relate_all();
    }

    /// The same for what is of one cluster.
    pub(super) fn relate_all(&mut self) {
        self.objects.settle();
        let mut servers: Vec<&mut Invocation> = self.setups.iter_mut().map(|setup| &mut setup.invocation).collect();
        openshift::leave_layers_open(&mut servers);
        self.leave_out_what_is_made();
        self.setups.iter_mut().filter(|setup| setup.has_volumes()).for_each(|setup| setup.read_volumes(&self.objects));
        self.leave_out_what_is_mounted();
        let found = self.objects.extension_servers(&self.api_services);
        let load = |(at, container): (usize, usize)| {
            let Resource::Workload(workload) = self.objects.get(at)? else { return None };
            ExtensionServer::load(workload, container, &self.objects, self.lookups.get(at)?)
        };
        self.extensions = found.into_iter().filter_map(load).collect();
        self.leave_out_what_extensions_pin();
    }

    /// What its scripts change; until it is related.
    pub(super) fn edits(&self) -> impl Iterator<Item = &Edit> {
        self.edits.iter()
    }

    /// The servers of a script's own file are left open when that is read.
    fn leave_edited_open(&mut self) {
        for edit in std::mem::take(&mut self.edits) {
            self.setups.iter_mut().for_each(|setup| edit.leave_open(&mut setup.invocation));
        }
    }

    /// What a walk came to.
    pub(super) fn of_found(found: Result<Found, InputError>, reading: &Reading) -> Self {
        match found {
            Ok(Found::Unit(unit)) => Self::of_unit(&unit, reading),
            Ok(Found::NotSearched(place)) => Self { not_read: vec![place.to_string()], ..Self::default() },
            Err(error) => Self { failures: vec![error.to_string()], ..Self::default() },
        }
    }

    /// Reads one file that somebody named.
    pub fn add_file(&mut self, path: &Path, reading: &Reading) {
        match input::read_tolerant(path, MAXIMUM_SIZE) {
            Ok(read) => {
                let directory = path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
                self.add_named(&read, &reading.lookup(path, directory, None), reading);
            }
            Err(error) => self.failures.push(error.to_string()),
        }
    }

    /// Reads standard input, or what stands for it.
    pub fn add_stream(&mut self, stream: impl Read, reading: &Reading) {
        match input::read_stream(stream, Path::new("<stdin>"), "<stdin>", MAXIMUM_SIZE) {
            Ok(read) => {
                let lookup = Lookup { beside: None, ..reading.lookup(Path::new(""), Path::new(""), None) };
                self.add_named(&read, &lookup, reading);
            }
            Err(error) => self.failures.push(error.to_string()),
        }
    }

    /// Of what somebody named it is told what else it is.
    fn add_named(&mut self, read: &Tolerated, lookup: &Lookup, reading: &Reading) {
        let before = self.unrecognised.len();
        self.add(read, lookup, reading, true);
        if self.unrecognised.len() > before {
            self.hints.insert(read.file.name().to_owned(), hint(&read.file));
        }
    }

    /// Takes what stands for a file and is none, such as the objects of a cluster.
    pub fn add_text(&mut self, file: &Arc<SourceFile>, reading: &Reading) {
        let lookup = Lookup { beside: None, ..reading.lookup(Path::new(""), Path::new(""), None) };
        self.add(&Tolerated { file: Arc::clone(file), fault: None }, &lookup, reading, false);
    }

    /// Takes flags as a server would get them.
    pub fn add_flags(&mut self, arguments: &[String], reading: &Reading) {
        self.add_invocation(flags::invocation(arguments), reading);
    }

    /// Takes flags as an extension API server would get them.
    pub fn add_extension_flags(&mut self, arguments: &[String], reading: &Reading) {
        let component = Component::ExtensionApiServer;
        let name = component.name().to_owned();
        self.add_invocation(Invocation { component, name, ..flags::invocation(arguments) }, reading);
    }

    fn add_invocation(&mut self, mut invocation: Invocation, reading: &Reading) {
        let of_documents = self.setups.iter().filter(|setup| setup.invocation.format == InputFormat::PkiDocument);
        for document in of_documents {
            invocation.files.extend(document.invocation.files.iter().cloned());
            invocation.keys.extend(document.invocation.keys.iter().cloned());
        }
        let lookup = reading.lookup(Path::new(""), Path::new(""), Some(invocation.format));
        // Then the server is not this host's, and what is not here is somewhere else.
        let certain = lookup.certain && invocation.files.is_empty();
        self.add_documents(vec![Document::Invocation(invocation)], &Lookup { certain, ..lookup });
        self.files_read += 1;
    }

    /// Takes a directory of PKI files in an installer's layout for the set-up that it makes of them. Whether it is one.
    pub fn add_pki_directory(&mut self, directory: &Path, reading: &Reading) -> bool {
        let (reach, beside) = (Reach::of(directory), directory.to_owned());
        let (real, kustomizations) = (RealPaths::default(), Kustomizations::default());
        let surroundings =
            HostSurroundings { root: None, home: None, beside, reach, real, kustomizations, named: false };
        // Many names are asked for of few directories.
        let listed: RefCell<HashMap<String, Vec<String>>> = RefCell::default();
        let has = |file: &str| {
            let (above, name) = file.rsplit_once('/').unwrap_or(("", file));
            let mut listed = listed.borrow_mut();
            let there = listed.entry(above.to_owned()).or_insert_with(|| surroundings.directory(above));
            there.iter().any(|there| there == name)
        };
        let Some(documents) = pki_directory::read(&directory.to_string_lossy(), &has) else { return false };
        let lookup = reading.lookup(&directory.join("_"), directory, Some(InputFormat::PkiDirectory));
        let lookup = Lookup { certain: true, beside: None, ..lookup };
        self.add_documents(documents, &Lookup { root: None, pki_dir: None, ..lookup });
        self.files_read += 1;
        true
    }

    /// Everything that rules look at.
    pub fn targets(&self) -> Vec<Target<'_>> {
        let services = self.api_services.iter().map(Target::ApiService);
        let clusters = self.collections.iter().map(Target::Cluster);
        let extensions = self.extensions.iter().map(Target::Extension);
        let handshakes = self.handshakes.iter().map(Target::Handshake);
        let config_maps = self.config_maps.iter().map(Target::ConfigMap);
        // What a component is to be given as a server has it, the server is given first.
        let (servers, components): (Vec<&Setup>, Vec<&Setup>) = self.setups.iter().partition(|setup| is_server(setup));
        let setups = servers.into_iter().chain(components).map(Target::of);
        setups.chain(config_maps).chain(services).chain(extensions).chain(handshakes).chain(clusters).collect()
    }

    /// The kube-apiservers.
    pub fn servers(&self) -> impl Iterator<Item = &Setup> {
        self.setups.iter().filter(|setup| is_server(setup))
    }

    /// Whether a ConfigMap is in it that kube-apiservers elsewhere write.
    pub(super) fn waits_for_servers(&self) -> bool {
        // Where elsewhere there is one, what an object holds is no kube-apiserver's.
        let mut servers = self.servers();
        !self.config_maps.is_empty() && servers.all(|server| server.invocation.format == InputFormat::PkiDocument)
    }

    /// The directories of the files that its kube-apiservers have of the two bundles and the proxy client.
    pub(super) fn used_directories(&self) -> BTreeSet<PathBuf> {
        let setups = self.servers().flat_map(|setup| std::iter::once(setup).chain(&setup.alternatives));
        let of_setup = |setup: &Setup| {
            let bundles = [&setup.client_ca, &setup.requestheader_client_ca].into_iter().filter_map(FileFlag::loaded);
            let anchors = bundles.filter_map(|bundle| bundle.anchors().first()).map(|anchor| &anchor.origin);
            let client = setup.proxy_client.loaded().map(|client| &client.leaf.origin);
            let files = anchors.chain(client).map(|origin| Path::new(origin.file().name()).parent());
            files.flatten().map(Path::to_owned).collect::<Vec<_>>()
        };
        setups.flat_map(of_setup).collect()
    }

    /// The copied nodes that a kube-apiserver of it is of.
    pub(super) fn copied_hosts(&self) -> BTreeSet<PathBuf> {
        self.servers().filter_map(|setup| copied_host(Path::new(setup.invocation.origin.file().name()))).collect()
    }

    /// Takes all of another one.
    pub fn merge(&mut self, other: Self) {
        other.apart.into_iter().for_each(|apart| self.merge(apart));
        self.setups.extend(other.setups);
        self.config_maps.extend(other.config_maps);
        self.api_services.extend(other.api_services);
        self.collections.extend(other.collections);
        self.handshakes.extend(other.handshakes);
        self.objects.append(other.objects);
        self.extensions.extend(other.extensions);
        self.lookups.extend(other.lookups);
        self.files_read += other.files_read;
        self.unrecognised.extend(other.unrecognised);
        self.hints.extend(other.hints);
        self.certificate_files += other.certificate_files;
        self.of_pki.extend(other.of_pki);
        self.not_read.extend(other.not_read);
        self.parts_not_read.extend(other.parts_not_read);
        self.flags_not_read += other.flags_not_read;
        self.failures.extend(other.failures);
    }

    fn add(&mut self, read: &Tolerated, lookup: &Lookup, reading: &Reading, named: bool) {
        let Tolerated { file, fault } = read;
        self.edits.extend(source::edits_of_script(file));
        let beside = lookup.beside.clone().unwrap_or_default();
        let (root, home, reach) = (lookup.root.clone(), lookup.home.clone(), lookup.reach.clone());
        let (real, kustomizations) = (lookup.cache.real_paths(), lookup.cache.kustomizations());
        let surroundings = HostSurroundings { root, home, beside, reach, real, kustomizations, named };
        match (source::read(file, reading.format, &surroundings), fault) {
            // A value that cannot be read is another value.
            (Ok(documents), Some(fault)) if documents.iter().any(holds_replaced) => {
                self.failures.push(fault.to_string());
            }
            (Ok(documents), _) => {
                self.files_read += 1;
                self.see_kustomization(&documents, &surroundings);
                let (objects, mut documents): (Vec<_>, Vec<_>) =
                    documents.into_iter().partition(|document| matches!(document, Document::Resource(_)));
                if documents.len() > MOST_IN_A_FILE {
                    self.failures.push(format!(
                        "{}: of {} set-ups and objects in it only the first {MOST_IN_A_FILE} are judged; split the file",
                        file.name(),
                        documents.len()
                    ));
                    documents.truncate(MOST_IN_A_FILE);
                }
                documents.extend(objects);
                let is_cluster = documents.iter().any(|document| matches!(document, Document::Collection(_)));
                if is_cluster && !self.collections.is_empty() {
                    let mut apart = Self::default();
                    apart.add_documents(documents, lookup);
                    apart.relate();
                    self.apart.push(apart);
                } else {
                    self.add_documents(documents, lookup);
                }
            }
            (Err(ReadError::Unrecognised { .. }), _)
                if file.text().contains("-----BEGIN ") && !source::is_description(file.text()) =>
            {
                self.certificate_files += usize::from(file.text().contains("-----BEGIN CERTIFICATE-----"));
                KeptKey::of_file(file).into_iter().for_each(|key| self.objects.push_key(key));
                self.of_pki.push(file.name().to_owned());
            }
            (Err(ReadError::Unrecognised { .. }), _) => self.unrecognised.push(file.name().to_owned()),
            (Err(_), Some(fault)) => self.failures.push(fault.to_string()),
            (Err(error @ ReadError::NotASetup(_)), None) => {
                self.flags_not_read += usize::from(matches!(&error, ReadError::NotASetup(unread) if unread.gives));
                self.not_read.push(format!("{error}{}", hint(file)));
            }
            (Err(error), None) => self.failures.push(error.to_string()),
        }
    }

    /// What an APIService names may be the name that kustomize gives.
    fn see_kustomization(&mut self, documents: &[Document], surroundings: &HostSurroundings) {
        let has_api_service = documents.iter().any(|document| matches!(document, Document::ApiService(_)));
        if has_api_service && surroundings.may_be_kustomized() {
            self.objects.know_kustomization();
        }
    }

    /// Whether the same was read with another of its files.
    fn holds(&self, invocation: &Invocation) -> bool {
        let same = |known: &Invocation| known.origin == invocation.origin && known.arguments == invocation.arguments;
        invocation.format == InputFormat::Distribution && self.setups.iter().any(|setup| same(&setup.invocation))
    }

    /// Takes what was read, and loads the files that it names.
    pub fn add_documents(&mut self, documents: Vec<Document>, lookup: &Lookup) {
        // What runs in the cluster that they are of; somebody's word for it counts less.
        let running = documents.iter().find_map(|document| match document {
            Document::Collection(collection) => Some(collection.version.as_ref()?.value),
            _ => None,
        });
        let lookup = &Lookup { version: running.or(lookup.version), ..lookup.clone() };
        let shared = Arc::new(lookup.clone());
        for document in documents {
            match document {
                Document::Invocation(invocation) if self.holds(&invocation) => {}
                Document::Invocation(invocation) => self.setups.push(Setup::load(invocation, lookup)),
                Document::AuthenticationConfigMap(config_map) => {
                    self.config_maps.push(ConfigMap::read(&config_map, lookup.version));
                }
                Document::ApiService(service) => self.api_services.push(service),
                Document::Collection(collection) => self.collections.push(*collection),
                Document::Handshake(handshake) => self.handshakes.push(*handshake),
                Document::Resource(resource) => self.add_resource(resource, &shared),
                Document::Unread(unread) => {
                    self.flags_not_read += usize::from(unread.gives);
                    self.parts_not_read.push(unread.to_string());
                }
            }
        }
    }
}

/// Whether it is a kube-apiserver.
pub(super) fn is_server(setup: &Setup) -> bool {
    setup.invocation.component == Component::KubeApiserver
}

/// Where to go with a log or a description, behind why nothing in it can be judged.
fn hint(file: &SourceFile) -> String {
    if source::is_description(file.text()) {
        let command = get_config_map!("yaml | aggcert check -");
        return format!("; it is what `kubectl describe` prints for people; give the object itself: {command}");
    }
    if !source::looks_like_a_log(file.text()) || is_report(file.text()) {
        return String::new();
    }
    let command = match file.name() {
        "<stdin>" => "pipe it into `aggcert explain`".to_owned(),
        file => format!("`aggcert explain {}`", shell_word(&operand(file))),
    };
    format!("; it looks like a log, whose lines another command explains: {command}")
}

/// One line for all of a directory.
fn not_unpacked(packed: &[&PathBuf]) -> Option<String> {
    let (first, others) = packed.split_first()?;
    let others = match others.len() {
        0 => String::new(),
        more => format!(" and {more} more beside it"),
    };
    Some(format!(
        "{}{others}: compressed or an archive, and not looked into; unpack what may hold a set-up",
        first.display()
    ))
}

/// Whether a byte of an unknown encoding is in what was read, and not in a comment beside it.
fn holds_replaced(document: &Document) -> bool {
    match document {
        Document::Invocation(invocation) => {
            let arguments = invocation.arguments.iter().map(|argument| argument.text.as_str());
            arguments.chain([invocation.name.as_str()]).any(|text| text.contains(char::REPLACEMENT_CHARACTER))
        }
        // Their values are whole blocks of text.
        Document::AuthenticationConfigMap(_)
        | Document::ApiService(_)
        | Document::Collection(_)
        | Document::Handshake(_) => true,
        Document::Resource(_) | Document::Unread(_) => false,
    }
}

/// What a walk below a directory comes to, with no unit too large to be held.
pub(super) fn units(directory: &Path) -> impl Iterator<Item = Result<Found, InputError>> {
    input::units(directory).flat_map(|found| match found {
        Ok(Found::Unit(unit)) => {
            let part = |files: &[PathBuf]| Ok(Found::Unit(Unit { files: files.to_vec(), ..unit.clone() }));
            unit.files.chunks(MOST_TOGETHER).map(part).collect()
        }
        other => vec![other],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_set_ups_in_one_file_some_are_judged_and_that_is_said() {
        let read = |count: usize| {
            let mut inventory = Inventory::default();
            let commands: String = (0..count).map(|n| format!("kube-apiserver --client-ca-file=/{n}\n")).collect();
            inventory.add_stream(commands.as_bytes(), &Reading::default());
            (inventory.setups.len(), inventory.failures)
        };
        assert_eq!(read(MOST_IN_A_FILE), (MOST_IN_A_FILE, Vec::new()));
        let (judged, failures) = read(MOST_IN_A_FILE + 1);
        assert_eq!(judged, MOST_IN_A_FILE);
        assert!(matches!(&failures[..], [said] if said.contains("of 10001") && said.contains("split")), "{failures:?}");
    }

    #[test]
    fn a_kustomization_beside_an_api_service_or_above_it_is_seen() {
        const API_SERVICE: &str = "kind: APIService\napiVersion: apiregistration.k8s.io/v1\nmetadata: {name: v1.a.example.com}\n\
                                   spec: {group: a.example.com, version: v1, service: {name: x-a, namespace: a}}\n";
        let is_seen = |kustomization: Option<&str>| {
            let directory = tempfile::tempdir().unwrap();
            let named = directory.path().to_owned();
            let below = named.join("base");
            std::fs::create_dir(&below).unwrap();
            std::fs::write(below.join("a.yaml"), API_SERVICE).unwrap();
            if let Some(at) = kustomization {
                std::fs::write(named.join(at), "namePrefix: x-\n").unwrap();
            }
            let (files, reach) = (vec![below.join("a.yaml")], Reach::of(&named));
            let may_be_kustomized = kustomization.is_some_and(|at| at.starts_with("base"));
            let unit = Unit { directory: below, files, named: named.clone(), reach, may_be_kustomized };
            Inventory::of_unit(&unit, &Reading::default()).objects.may_be_kustomized()
        };
        assert!(is_seen(Some("base/kustomization.yaml")) && is_seen(Some("kustomization.yml")));
        assert!(!is_seen(None));
    }

    #[test]
    fn what_a_script_beside_a_manifest_changes_in_it_is_open() {
        let pod = "kind: Pod\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --client-ca-file=/a\n";
        let is_open = |script: &str| {
            let mut inventory = Inventory::default();
            for (name, text) in [("api.yaml", pod), ("x.sh", script)] {
                inventory.add_text(&SourceFile::new(name, text), &Reading::default());
            }
            inventory.relate();
            inventory.setups[0].invocation.open.as_ref().map(|why| why.origin.to_string())
        };
        let edit = "sed -i 's#--client-ca-file=.*#--client-ca-file=/b#' \"$M\"\n";
        assert_eq!(is_open(edit).as_deref(), Some("x.sh:1:1"));
        let at = |path: &str| format!("M={path}\n{edit}");
        assert_eq!(is_open(&at("/m/kube-apiserver.yaml")).as_deref(), Some("x.sh:2:1"));
        assert_eq!(is_open(&at("/m/api.yaml")).as_deref(), Some("x.sh:2:1"));
        assert_eq!(is_open(&at("/m/kubelet.yaml")), None);
    }
}
