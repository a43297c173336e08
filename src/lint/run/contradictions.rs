//! Files that cannot be of one cluster, as they hold one object with different contents.
//!
//! Each of them is judged with its own objects alone: which of the other files are of its cluster, nobody says, and what
//! is of another one must not make up for what is missing. Files that contradict nobody stay together, as `kubectl get`
//! writes the kinds of one cluster to a file each.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::Inventory;
use crate::lint::Target;
use crate::model::ConfigMap;
use crate::source::Resource;

/// An object, as a cluster has no two.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key<'a> {
    kind: &'a str,
    namespace: Option<&'a str>,
    name: &'a str,
    /// What a cluster wrote differs from the manifest that it was made of: the defaults are in it.
    from_cluster: bool,
}

/// Where objects were read, by what they are.
#[derive(Debug, Default)]
struct Sightings<'a> {
    by_key: HashMap<Key<'a>, BTreeMap<u64, BTreeSet<&'a str>>>,
}

impl<'a> Sightings<'a> {
    fn of(inventory: &'a Inventory) -> Self {
        let mut sightings = Self::default();
        for resource in inventory.objects.all() {
            sightings.add_resource(resource);
        }
        for config_map in &inventory.config_maps {
            let key = Key {
                kind: "ConfigMap",
                namespace: None,
                name: config_map.name(),
                from_cluster: config_map.resource_version.is_some(),
            };
            if let Some(identity) = identity(config_map) {
                sightings.add(key, identity, config_map.origin().file().name());
            }
        }
        sightings
    }

    fn add_resource(&mut self, resource: &'a Resource) {
        let object = resource.object();
        let Some(identity) = object.identity.filter(|_| !object.is_opaque()) else { return };
        let key = Key {
            kind: &object.kind.value,
            namespace: object.namespace(),
            name: &object.name.value,
            from_cluster: object.from_cluster,
        };
        self.add(key, identity, object.name.origin.file().name());
    }

    fn add(&mut self, key: Key<'a>, identity: u64, file: &'a str) {
        self.by_key.entry(key).or_default().entry(identity).or_default().insert(file);
    }

    /// The files that contradict another one.
    fn contradicting(&self) -> BTreeSet<String> {
        let differing = self.by_key.values().filter(|identities| {
            // Two states in one file say nothing about another one.
            let files: BTreeSet<&str> = identities.values().flatten().copied().collect();
            identities.len() > 1 && files.len() > 1
        });
        differing.flat_map(|identities| identities.values().flatten()).map(|file| (*file).to_owned()).collect()
    }
}

/// The CAs of a cluster; `None`: they are not known.
fn identity(config_map: &ConfigMap) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    for bundle in [config_map.client_ca(), config_map.requestheader_client_ca()] {
        bundle.loaded().map(|bundle| bundle.certificates().collect::<Vec<_>>()).hash(&mut hasher);
    }
    config_map.requestheader_client_ca().loaded().map(|_| hasher.finish())
}

impl Inventory {
    /// Moves what stands in files that contradict others into clusters of their own, and says so.
    pub(super) fn part_contradictions(&mut self) {
        let files = Sightings::of(self).contradicting();
        if files.is_empty() {
            return;
        }
        let names: Vec<&str> = files.iter().map(String::as_str).collect();
        self.parts_not_read.push(said(&names));
        for mut apart in self.take_files(files) {
            apart.relate_all();
            self.apart.push(apart);
        }
    }

    /// Takes out what stands in files, a part for each. How many files were read, and what was not, stays here.
    fn take_files(&mut self, files: BTreeSet<String>) -> Vec<Self> {
        let mut parts: BTreeMap<String, Self> = files.into_iter().map(|file| (file, Self::default())).collect();
        for one in std::mem::take(&mut self.setups) {
            parts.get_mut(Target::of(&one).file().unwrap_or_default()).unwrap_or(self).setups.push(one);
        }
        for one in std::mem::take(&mut self.config_maps) {
            parts.get_mut(Target::ConfigMap(&one).file().unwrap_or_default()).unwrap_or(self).config_maps.push(one);
        }
        for one in std::mem::take(&mut self.api_services) {
            parts.get_mut(Target::ApiService(&one).file().unwrap_or_default()).unwrap_or(self).api_services.push(one);
        }
        for one in std::mem::take(&mut self.collections) {
            parts.get_mut(Target::Cluster(&one).file().unwrap_or_default()).unwrap_or(self).collections.push(one);
        }
        for one in std::mem::take(&mut self.handshakes) {
            parts.get_mut(Target::Handshake(&one).file().unwrap_or_default()).unwrap_or(self).handshakes.push(one);
        }
        let lookups = std::mem::take(&mut self.lookups);
        for (resource, lookup) in self.objects.take_resources().into_iter().zip(lookups) {
            parts.get_mut(resource.object().name.origin.file().name()).unwrap_or(self).add_resource(resource, &lookup);
        }
        parts.into_values().collect()
    }
}

fn said(files: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown = files.get(..SHOWN).unwrap_or(files).join(", ");
    let more = match files.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "{shown}{more}: they hold the same objects with different contents, so they are not of one cluster at one time: each \
         was judged by itself; where several files are of one cluster, put those of each into a directory of its own"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::run::Reading;
    use crate::text::SourceFile;

    /// The bindings that each part of the files sees, the common one first.
    fn parts(files: &[(&str, &str)]) -> Vec<usize> {
        let mut inventory = Inventory::default();
        for (name, text) in files {
            inventory.add_text(&SourceFile::new(*name, *text), &Reading::default());
        }
        inventory.relate();
        assert_eq!(inventory.parts_not_read.len(), usize::from(!inventory.apart.is_empty()));
        std::iter::once(&inventory).chain(&inventory.apart).map(|part| part.objects.bindings().count()).collect()
    }

    fn service(metadata: &str, port: u16) -> String {
        let api = "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.x.y}\n";
        format!(
            "{api}---\napiVersion: v1\nkind: Service\nmetadata: {{name: m, namespace: n{metadata}}}\nspec: {{ports: [{{port: {port}}}]}}\n---\n{}",
            binding("a")
        )
    }

    fn binding(name: &str) -> String {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: {name}}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}}\nsubjects: []\n"
        )
    }

    #[test]
    fn files_that_contradict_each_other_are_judged_apart() {
        let (one, other) = (service("", 443), service("", 8443));
        assert_eq!(parts(&[("a", &one), ("b", &other), ("c", &service("2", 1))]), [1, 1, 1]);
        let (first, second) = (service(", uid: 1", 443), service(", uid: 2", 443));
        assert_eq!(parts(&[("a", &first), ("b", &second)]), [0, 1, 1]);
    }

    #[test]
    fn files_of_one_cluster_stay_together() {
        let one = service("", 443);
        for other in [
            // A copy, and what a cluster keeps of it.
            one.clone(),
            format!("{one}status: {{}}\n"),
            // What it became in the cluster.
            service(", uid: 1", 8443),
            service("2", 8443),
        ] {
            assert_eq!(parts(&[("a", &one), ("b", &other)]), [2], "{other}");
        }
        let (before, after) = (service(", uid: 1", 443), service(", uid: 1", 8443));
        assert_eq!(parts(&[("a", &before), ("b", &after)]), [2], "it was changed");
    }
}
