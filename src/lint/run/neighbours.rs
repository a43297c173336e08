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
    /// For each file and node of a component without a server, the file of the node's only server. Empty: as above.
    homes: HashMap<(&'a str, &'a str), &'a str>,
    of_config_maps: Beside<'a>,
    of_objects: Beside<'a>,
}

impl<'a> Neighbours<'a> {
    /// What belongs to a target, which is among it: everything when there is one server at most; among several, which
    /// need not be of one cluster, what stands in the same file, and for a ConfigMap, which holds the views of all
    /// servers, those. Objects that contradict each other were parted, so those of all files without a server belong together.
    /// A component in a file without a server belongs to the server of its node.
    pub fn of(&self, target: &Target<'a>) -> &Beside<'a> {
        if matches!(target, Target::ConfigMap(_)) {
            return &self.of_config_maps;
        }
        let file = target.file().unwrap_or_default();
        let is_object = matches!(target, Target::ApiService(_) | Target::Extension(_));
        if is_object && !self.by_file.is_empty() && !self.of_servers.contains(file) {
            return &self.of_objects;
        }
        let home = component_of_node(target).and_then(|place| self.homes.get(&place));
        self.by_file.get(home.unwrap_or(&file)).unwrap_or(&self.all)
    }
}

/// The file and the node of what is no kube-apiserver.
fn component_of_node<'a>(target: &Target<'a>) -> Option<(&'a str, &'a str)> {
    let Target::OtherComponent(setup) = target else { return None };
    Some((target.file()?, setup.invocation.node.as_deref()?))
}

impl Inventory {
    /// The file of the only server of each node.
    fn files_of_nodes(&self) -> HashMap<&str, &str> {
        let mut files: HashMap<&str, Option<&str>> = HashMap::new();
        for setup in self.servers() {
            let Some(node) = setup.invocation.node.as_deref() else { continue };
            let file = Target::of(setup).file();
            files.entry(node).and_modify(|file| *file = None).or_insert(file);
        }
        files.into_iter().filter_map(|(node, file)| Some((node, file?))).collect()
    }

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
        let mut homes = HashMap::new();
        let of_nodes = if by_file.is_empty() { HashMap::new() } else { self.files_of_nodes() };
        for target in all.iter().filter(|target| in_no_server(target)) {
            let Some((file, node)) = component_of_node(target) else { continue };
            if let Some(home) = of_nodes.get(node) {
                homes.insert((file, node), *home);
                by_file.entry(home).or_default().push(*target);
            }
        }
        let by_file = by_file.into_iter().map(|(file, targets)| (file, Beside::of(targets))).collect();
        let of_config_maps = match self.config_maps.is_empty() {
            true => Beside::default(),
            false => Beside::of(all.iter().copied().chain(nodes.iter().copied().map(Target::Server))),
        };
        Neighbours { all: Beside::of(all), by_file, of_servers, homes, of_config_maps, of_objects }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::run::Reading;
    use crate::text::SourceFile;

    /// As `kubectl get pod` prints each, or a directory of manifests of several nodes has them.
    #[test]
    fn a_component_in_a_file_of_its_own_belongs_to_the_server_of_its_node() {
        let mut inventory = Inventory::default();
        for (component, node) in [
            ("kube-apiserver", "one"),
            ("kube-apiserver", "two"),
            ("kube-controller-manager", "one"),
            ("kube-controller-manager", "three"),
        ] {
            let pod = format!(
                "kind: Pod\nmetadata: {{name: {component}-{node}}}\nspec: {{nodeName: {node}, containers: [{{name: c, \
                 command: [{component}, --client-ca-file=/x]}}]}}\n"
            );
            inventory.add_text(&SourceFile::new(format!("{component}-{node}"), pod), &Reading::default());
        }
        inventory.relate();
        let neighbours = inventory.neighbours(&[]);
        let seen: Vec<(usize, usize)> = inventory
            .targets()
            .iter()
            .map(|target| {
                let beside = neighbours.of(target);
                (beside.servers.len(), beside.other_components.len())
            })
            .collect();
        assert_eq!(seen, [(1, 1), (1, 0), (1, 1), (0, 1)]);
    }

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
