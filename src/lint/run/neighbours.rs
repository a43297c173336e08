//! What lies beside what.

use std::collections::{HashMap, HashSet};

use crate::lint::{Beside, Target};
use crate::model::Setup;

use super::Inventory;

/// The neighbours of all targets. They share it, so that many in one place do not take time with the square of their number.
#[derive(Debug)]
pub struct Neighbours<'a> {
    all: Beside<'a>,
    /// Empty: there is one server at most.
    by_file: HashMap<&'a str, Beside<'a>>,
    /// Files in which a server stands. Empty: as above.
    of_servers: HashSet<&'a str>,
    of_config_maps: Beside<'a>,
    of_objects: Beside<'a>,
}

impl<'a> Neighbours<'a> {
    /// What belongs to a target, which is among it: everything when there is one server at most; among several, which
    /// need not be of one cluster, what stands in the same file, and for a ConfigMap, which holds the views of all
    /// servers, those. Objects that contradict each other were parted, so those of all files without a server belong together.
    pub fn of(&self, target: &Target<'a>) -> &Beside<'a> {
        if matches!(target, Target::ConfigMap(_)) {
            return &self.of_config_maps;
        }
        let file = target.file().unwrap_or_default();
        let is_object = matches!(target, Target::ApiService(_) | Target::Extension(_));
        if is_object && !self.by_file.is_empty() && !self.of_servers.contains(file) {
            return &self.of_objects;
        }
        self.by_file.get(file).unwrap_or(&self.all)
    }
}

impl Inventory {
    /// What belongs to each of the targets. `nodes` are servers from elsewhere, which a ConfigMap belongs to.
    pub fn neighbours<'a>(&'a self, nodes: &[&'a Setup]) -> Neighbours<'a> {
        let all = self.targets();
        let mut by_file: HashMap<&str, Vec<Target<'_>>> = HashMap::new();
        if self.servers().nth(1).is_some() {
            for target in &all {
                by_file.entry(target.file().unwrap_or_default()).or_default().push(*target);
            }
        }
        let of_servers: HashSet<&str> = self.servers().filter_map(|setup| Target::of(setup).file()).collect();
        let in_no_server = |target: &Target<'_>| !of_servers.contains(target.file().unwrap_or_default());
        let of_objects = match by_file.is_empty() {
            true => Beside::default(),
            false => Beside::of(all.iter().copied().filter(in_no_server)),
        };
        let by_file = by_file.into_iter().map(|(file, targets)| (file, Beside::of(targets))).collect();
        let of_config_maps = match self.config_maps.is_empty() {
            true => Beside::default(),
            false => Beside::of(all.iter().copied().chain(nodes.iter().copied().map(Target::Server))),
        };
        Neighbours { all: Beside::of(all), by_file, of_servers, of_config_maps, of_objects }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::run::Reading;
    use crate::text::SourceFile;

    #[test]
    fn objects_in_files_of_their_own_belong_together_beside_several_servers() {
        let service = "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.x.y}\n";
        let extension = "kind: Deployment\nmetadata: {name: metrics-server}\nspec: {template: {spec: {containers: [{name: \
                         metrics-server, image: metrics-server, args: [--secure-port=4443]}]}}}\n";
        let mut inventory = Inventory::default();
        for (name, text) in [
            ("a", "kube-apiserver --client-ca-file=/x\n"),
            ("b", "kube-apiserver --client-ca-file=/y\n"),
            ("c", service),
            ("d", extension),
        ] {
            inventory.add_text(&SourceFile::new(name, text), &Reading::default());
        }
        inventory.relate();
        let neighbours = inventory.neighbours(&[]);
        let seen = |file: &str| {
            let target = inventory.targets().into_iter().find(|target| target.file() == Some(file)).unwrap();
            let beside = neighbours.of(&target);
            (beside.servers.len(), beside.api_services.len(), beside.extensions.len())
        };
        assert_eq!(["a", "b", "c", "d"].map(seen), [(1, 0, 0), (1, 0, 0), (0, 1, 1), (0, 1, 1)]);
    }
}
