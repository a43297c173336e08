//! All that a command line names, by clusters; for who asks one question of each.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::clusters::Servers;
use super::gather::{Place, search};
use super::inventory::{Inventory, is_server};
use super::reading::copied_host;
use super::{Cluster, Inputs};
use crate::model::{ConfigMap, Setup};

/// What was read.
#[derive(Debug, Default)]
pub struct Gathered {
    servers: Servers,
    /// What is no kube-apiserver: it belongs to one, most often.
    companions: Vec<Setup>,
    /// Inputs that could not be read, and what was found in directories and not read; each says which, and why.
    pub failures: Vec<String>,
    pub not_read: Vec<String>,
}

/// Set-ups by their clusters, as the comparison of nodes knows them.
#[derive(Debug, Default)]
pub struct Clusters<'a> {
    /// With the name of each, in the order of the inputs.
    pub clusters: Vec<(String, Vec<&'a Setup>)>,
    /// Servers that may be of one cluster and are not taken for it, and why; one sentence each.
    pub unsure: Vec<String>,
}

impl Inputs {
    /// Reads all of it.
    pub fn gather(&self) -> Gathered {
        let mut gathered = Gathered::default();
        let named = self.named();
        for directory in &named.directories {
            let mut servers = Vec::new();
            let taken: Result<(), std::convert::Infallible> =
                search(Place { directory, scripts: &named.scripts }, &self.reading, &|found| found, &mut |found| {
                    servers.extend(gathered.take(found));
                    Ok(true)
                });
            let Ok(()) = taken;
            gathered.servers.add_directory(servers);
        }
        for text in &self.texts {
            let servers = gathered.take(self.text(text));
            gathered.servers.others.extend(servers);
        }
        let servers = gathered.take(named.files);
        gathered.servers.others.extend(servers);
        gathered
    }
}

impl Gathered {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    /// Every set-up.
    pub fn all(&self) -> impl Iterator<Item = &Setup> {
        self.servers.alone.iter().chain(&self.servers.others).chain(&self.companions)
    }

    /// Keeps all but the servers, which it gives back.
    fn take(&mut self, inventory: Inventory) -> Vec<Setup> {
        self.failures.extend(inventory.failures);
        self.not_read.extend(inventory.not_read.into_iter().chain(inventory.parts_not_read));
        let apart: Vec<Setup> = inventory.apart.into_iter().flat_map(|apart| self.take(apart)).collect();
        let (servers, companions): (Vec<Setup>, Vec<Setup>) = inventory.setups.into_iter().partition(is_server);
        self.companions.extend(companions);
        self.companions.extend(inventory.config_maps.into_iter().map(ConfigMap::into_reader));
        servers.into_iter().chain(apart).collect()
    }

    /// Which set-ups are of one cluster. `declared` are those that somebody named.
    pub fn clusters(&self, declared: &[(String, Cluster)]) -> Clusters<'_> {
        let known: Vec<Cluster> = declared.iter().map(|(_, cluster)| cluster.clone()).collect();
        let groups = self.servers.groups(&known);
        let named = declared.iter().map(|(name, _)| name.clone()).zip(groups.declared);
        let mut clusters: Vec<(String, Vec<&Setup>)> = named.collect();
        clusters.extend(groups.assumed.into_iter().map(|nodes| (common_place(&nodes), nodes)));
        let place: HashMap<*const Setup, usize> =
            self.all().enumerate().map(|(place, setup)| (std::ptr::from_ref(setup), place)).collect();
        let mut taken: HashSet<*const Setup> = HashSet::new();
        let mut take = |setup: &Setup| taken.insert(std::ptr::from_ref(setup));
        for setup in clusters.iter().flat_map(|(_, setups)| setups) {
            take(setup);
        }
        let in_file = self.servers.count_by_file();
        for setup in self.servers.alone.iter().chain(&self.servers.others) {
            if take(setup) {
                let several = in_file.get(file(setup)).is_some_and(|count| *count > 1);
                let origin = &setup.invocation.origin;
                let name = if several { origin.to_string() } else { file(setup).to_owned() };
                clusters.push((name, vec![setup]));
            }
        }
        self.place_companions(declared, &mut clusters);
        clusters.retain(|(_, setups)| !setups.is_empty());
        let first =
            |setups: &[&Setup]| setups.iter().filter_map(|setup| place.get(&std::ptr::from_ref(*setup))).min().copied();
        clusters.sort_by_cached_key(|(_, setups)| first(setups));
        Clusters { clusters, unsure: groups.unsure.into_iter().map(|(_, why)| why).collect() }
    }

    /// Puts what is no kube-apiserver to the one that it is of, or to others of its directory.
    fn place_companions<'a>(&'a self, declared: &[(String, Cluster)], clusters: &mut Vec<(String, Vec<&'a Setup>)>) {
        let mut homes = Homes::of(clusters);
        let alone = if clusters.len() == 1 { Some(0) } else { None };
        for setup in &self.companions {
            let name = file(setup);
            let of_name = || declared.iter().position(|(_, cluster)| cluster.holds(name));
            let home = of_name().or_else(|| homes.find(name)).or(alone);
            match home.and_then(|home| clusters.get_mut(home)) {
                Some((_, setups)) => setups.push(setup),
                None => {
                    homes.add(name, clusters.len());
                    clusters.push((directory(name).display().to_string(), vec![setup]));
                }
            }
        }
    }
}

/// Which cluster is at home where. `None`: several are.
#[derive(Default)]
struct Homes {
    files: HashMap<String, Option<usize>>,
    directories: HashMap<PathBuf, Option<usize>>,
}

impl Homes {
    fn of(clusters: &[(String, Vec<&Setup>)]) -> Self {
        let mut homes = Self::default();
        for (index, (_, setups)) in clusters.iter().enumerate() {
            setups.iter().for_each(|setup| homes.add(file(setup), index));
        }
        homes
    }

    fn add(&mut self, name: &str, cluster: usize) {
        let same = |home: &mut Option<usize>| *home = home.filter(|home| *home == cluster);
        self.files.entry(name.to_owned()).and_modify(same).or_insert(Some(cluster));
        for directory in [Some(directory(name)), copied_host(Path::new(name))].into_iter().flatten() {
            self.directories.entry(directory).and_modify(same).or_insert(Some(cluster));
        }
    }

    fn find(&self, name: &str) -> Option<usize> {
        let in_file = self.files.get(name).copied();
        let in_directory = || self.directories.get(&directory(name)).copied();
        let on_host = || self.directories.get(&copied_host(Path::new(name))?).copied();
        in_file.or_else(in_directory).or_else(on_host).flatten()
    }
}

fn file(setup: &Setup) -> &str {
    setup.invocation.origin.file().name()
}

/// The directory of a file; what is none, such as standard input, is its own.
fn directory(name: &str) -> PathBuf {
    let parent = Path::new(name).parent().filter(|_| !name.starts_with('<'));
    parent.filter(|parent| *parent != Path::new("")).map_or_else(|| PathBuf::from(name), Path::to_owned)
}

/// The directory that holds all of them, or what there is to be said instead.
fn common_place(nodes: &[&Setup]) -> String {
    let mut places = nodes.iter().map(|setup| directory(file(setup)));
    let first = places.next().unwrap_or_default();
    let common = places.fold(first, |common, place| {
        common.ancestors().find(|above| place.starts_with(above)).unwrap_or(Path::new("")).to_owned()
    });
    match nodes.first() {
        Some(node) if common == Path::new("") => format!("{} and {} more", file(node), nodes.len() - 1),
        _ => common.display().to_string(),
    }
}
