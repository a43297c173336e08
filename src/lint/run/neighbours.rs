//! What lies beside what.

use std::collections::HashMap;

use crate::lint::{Beside, Target};
use crate::model::Setup;

use super::Inventory;

/// The neighbours of all targets. They share it, so that many in one place do not take time with the square of their number.
#[derive(Debug)]
pub struct Neighbours<'a> {
    all: Beside<'a>,
    /// Empty: there is one server at most.
    by_file: HashMap<&'a str, Beside<'a>>,
    of_config_maps: Beside<'a>,
}

impl<'a> Neighbours<'a> {
    /// What belongs to a target, which is among it: everything when there is one server at most; among several, which
    /// need not be of one cluster, what stands in the same file, and for a ConfigMap, which holds the views of all
    /// servers, those.
    pub fn of(&self, target: &Target<'a>) -> &Beside<'a> {
        if matches!(target, Target::ConfigMap(_)) {
            return &self.of_config_maps;
        }
        target.file().and_then(|file| self.by_file.get(file)).unwrap_or(&self.all)
    }
}

impl Inventory {
    /// What belongs to each of the targets. `nodes` are servers from elsewhere, which a ConfigMap belongs to.
    pub fn neighbours<'a>(&'a self, nodes: &'a [Setup]) -> Neighbours<'a> {
        let all = self.targets();
        let mut by_file: HashMap<&str, Vec<Target<'_>>> = HashMap::new();
        if self.servers().nth(1).is_some() {
            for target in &all {
                by_file.entry(target.file().unwrap_or_default()).or_default().push(*target);
            }
        }
        let by_file = by_file.into_iter().map(|(file, targets)| (file, Beside::of(targets))).collect();
        let of_config_maps = match self.config_maps.is_empty() {
            true => Beside::default(),
            false => Beside::of(all.iter().copied().chain(nodes.iter().map(Target::Server))),
        };
        Neighbours { all: Beside::of(all), by_file, of_config_maps }
    }
}
