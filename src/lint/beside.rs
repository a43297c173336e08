//! What lies beside a target, by its kind: a dump holds thousands of things, each of which would look through all others.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use time::OffsetDateTime;

use crate::kubernetes::KubernetesVersion;
use crate::model::{ConfigMap, ExtensionServer, KeptCertificates, Setup};
use crate::source::resource::Workload;
use crate::source::{ApiService, Collection, Handshake, InputFormat};

use super::Target;

/// Everything that was found in one place.
#[derive(Debug, Default)]
pub struct Beside<'a> {
    pub(super) servers: Vec<&'a Setup>,
    pub(super) other_components: Vec<&'a Setup>,
    pub(super) config_maps: Vec<&'a ConfigMap>,
    pub(super) api_services: Vec<&'a ApiService>,
    pub(super) clusters: Vec<&'a Collection>,
    pub(super) extensions: Vec<&'a ExtensionServer>,
    pub(super) handshakes: Vec<&'a Handshake>,
    /// What runs: what the cluster says of itself, or an image's tag.
    pub(super) version: Option<KubernetesVersion>,
    /// The places of the extension API servers, by the file and the offset of their workloads' names.
    places: BTreeMap<(&'a str, usize), Vec<usize>>,
    /// The servers that were asked, by the Services that lead to them.
    asked: BTreeMap<&'a str, Vec<&'a Handshake>>,
    pub(super) found: FoundOnce,
}

/// What was found out of everything in one place, once for all who ask. Each is filled in by who knows how to find it.
#[derive(Debug, Default)]
pub(super) struct FoundOnce {
    /// Whether a kube-apiserver has one CA behind both doors, at a time.
    pub(super) reuse: Answers<OffsetDateTime, bool>,
    /// When certificates of those whose CAs others have become valid, after a time, and whose.
    pub(super) beginnings: Answers<OffsetDateTime, Vec<(OffsetDateTime, String)>>,
    /// The places of the extension API servers that no APIService leads to.
    pub(super) without_api_service: OnceLock<Vec<usize>>,
    /// The places of those that no Service selects.
    pub(super) without_service: OnceLock<Vec<usize>>,
    /// The certificates of Secrets.
    pub(super) kept: OnceLock<KeptCertificates>,
    /// What a rule finds in the kube-apiservers at a time: the identities.
    pub(super) of_servers: Answers<(&'static str, OffsetDateTime), HashSet<Vec<String>>>,
    /// Which flags findings give to the kube-apiservers at a time.
    pub(super) changes: Answers<OffsetDateTime, Vec<GivenFlag>>,
}

/// A flag that the fix of a finding on a kube-apiserver gives it.
#[derive(Debug)]
pub(super) struct GivenFlag {
    /// Its place among those that write the ConfigMap.
    pub(super) server: usize,
    pub(super) rule: &'static str,
    /// With its value.
    pub(super) flag: String,
}

/// What was answered to each question.
#[derive(Debug)]
pub(super) struct Answers<K, T>(Mutex<BTreeMap<K, Arc<T>>>);

impl<K, T> Default for Answers<K, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, T> Answers<K, T> {
    const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl<K: Ord, T> Answers<K, T> {
    pub(super) fn get(&self, question: K, find: impl FnOnce() -> T) -> Arc<T> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&question) {
            return Arc::clone(found);
        }
        // Two threads may find the same.
        let found = Arc::new(find());
        known().insert(question, Arc::clone(&found));
        found
    }
}

/// Nothing; what is found out of it is always the same.
static NOTHING: Beside<'static> = Beside {
    servers: Vec::new(),
    other_components: Vec::new(),
    config_maps: Vec::new(),
    api_services: Vec::new(),
    clusters: Vec::new(),
    extensions: Vec::new(),
    handshakes: Vec::new(),
    version: None,
    places: BTreeMap::new(),
    asked: BTreeMap::new(),
    found: FoundOnce {
        reuse: Answers::new(),
        beginnings: Answers::new(),
        without_api_service: OnceLock::new(),
        without_service: OnceLock::new(),
        kept: OnceLock::new(),
        of_servers: Answers::new(),
        changes: Answers::new(),
    },
};

impl<'a> Beside<'a> {
    /// What stands alone has nothing beside it.
    pub fn nothing() -> &'a Self {
        &NOTHING
    }

    pub fn of(targets: impl IntoIterator<Item = Target<'a>>) -> Self {
        let mut beside = Self::default();
        targets.into_iter().for_each(|target| beside.add(target));
        let of_cluster = beside.clusters.iter().find_map(|cluster| cluster.version.as_ref());
        let of_server = || beside.servers.iter().find_map(|server| server.invocation.version.as_ref());
        beside.version = of_cluster.or_else(of_server).map(|version| version.value);
        beside
    }

    fn add(&mut self, target: Target<'a>) {
        match target {
            Target::Server(setup) => self.servers.push(setup),
            Target::OtherComponent(setup) => self.other_components.push(setup),
            Target::ConfigMap(config_map) => self.config_maps.push(config_map),
            Target::ApiService(service) => self.api_services.push(service),
            Target::Cluster(cluster) => self.clusters.push(cluster),
            Target::Extension(server) => {
                self.places.entry(place(&server.workload)).or_default().push(self.extensions.len());
                self.extensions.push(server);
            }
            Target::Handshake(handshake) => {
                for service in &handshake.services {
                    self.asked.entry(service).or_default().push(handshake);
                }
                self.handshakes.push(handshake);
            }
            Target::Nodes(_) | Target::Policy(_) => {}
        }
    }

    /// The servers that write into that ConfigMap. An object that holds certificates is one of them only where no flags of
    /// a kube-apiserver are given: what a server's flags do not name it does not publish.
    pub(super) fn publishers(&self) -> Vec<&'a Setup> {
        let has_flags = self.servers.iter().any(|server| !server.invocation.format.has_no_flags());
        let is_one = |server: &&Setup| !has_flags || server.invocation.format != InputFormat::PkiDocument;
        self.servers.iter().copied().filter(is_one).collect()
    }

    /// The ConfigMap that kube-apiserver publishes its CAs in.
    pub(super) fn config_map(&self) -> Option<&'a ConfigMap> {
        self.config_maps.first().copied()
    }

    /// Those whose CAs others have that name none: that ConfigMap by who reads it, and kube-apiservers.
    pub(super) fn lenders(&self) -> impl Iterator<Item = &'a Setup> {
        self.config_map().map(ConfigMap::reader).into_iter().chain(self.servers.iter().copied())
    }

    /// The places among the extension API servers of those that a workload is.
    pub(super) fn places_of<'s>(&'s self, workload: &'s Workload) -> impl Iterator<Item = usize> + use<'s, 'a> {
        let places = self.places.get(&place(workload)).map(Vec::as_slice).unwrap_or_default().iter().copied();
        places.filter(|at| self.extensions.get(*at).is_some_and(|server| server.workload.object == workload.object))
    }

    /// The servers that were asked behind a Service, by its namespace and name.
    pub(super) fn asked_behind(&self, service: &str) -> &[&'a Handshake] {
        self.asked.get(service).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What finds a workload: its name stands in one place only.
fn place(workload: &Workload) -> (&str, usize) {
    let origin = &workload.object.name.origin;
    (origin.file().name(), origin.range().start)
}
