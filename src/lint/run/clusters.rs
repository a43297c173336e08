//! Which servers are the nodes of one cluster.
//!
//! Somebody says it (`--cluster`, `[[cluster]]`), or it follows from how they lie: one in each of a few directories that
//! are named, or several with names of their own in one file or directory. Servers that were set up differently where
//! the nodes of one cluster cannot differ are not compared, and neither are more than a control plane has; that is said.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::inventory::Inventory;
use super::reading::copied_host;
use crate::lint::policy::Cluster;
use crate::model::{ConfigMap, Setup};
use crate::source::InputFormat;
use crate::x509::Certificate;

/// No control plane is larger: etcd's own advice is seven members at most (etcd FAQ, "What is maximum cluster size?").
const MOST_NODES: usize = 7;

/// Servers that are held for the comparison.
const MOST_SERVERS: usize = 1000;

/// Flags that have one value in a cluster, and what is to be said where they have not.
const SAME_IN_A_CLUSTER: [(&str, &str); 2] = [
    ("service-account-issuer", "their --service-account-issuer differ"),
    ("service-cluster-ip-range", "their --service-cluster-ip-range differ"),
];

/// All servers of a run.
#[derive(Debug, Default)]
pub(super) struct Servers {
    /// Each was the only one in a directory that somebody named.
    pub(super) alone: Vec<Setup>,
    pub(super) others: Vec<Setup>,
}

/// Servers by their clusters.
#[derive(Debug, Default)]
pub(super) struct Groups<'a> {
    /// For each cluster that was declared, its servers.
    pub(super) declared: Vec<Vec<&'a Setup>>,
    /// Those that are taken for nodes of one cluster.
    pub(super) assumed: Vec<Vec<&'a Setup>>,
    /// Those that may be, and why they are not taken for it.
    pub(super) unsure: Vec<(Vec<&'a Setup>, String)>,
}

/// What servers have in common that may be nodes of one cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Scope {
    /// Their directories were named beside each other.
    CommandLine,
    File(String),
    Directory(PathBuf),
}

/// A server that may be a node.
struct Node<'a> {
    setup: &'a Setup,
    /// What tells it from the others.
    name: String,
    identity: ClusterIdentity<'a>,
}

impl Servers {
    /// How many more are held.
    pub(super) fn room(&self) -> usize {
        MOST_SERVERS.saturating_sub(self.alone.len() + self.others.len())
    }

    /// Takes those of one directory that was named.
    pub(super) fn add_directory(&mut self, mut servers: Vec<Setup>) {
        let place = if servers.len() == 1 { &mut self.alone } else { &mut self.others };
        place.append(&mut servers);
    }

    /// Who is compared with whom.
    pub(super) fn groups(&self, declared: &[Cluster]) -> Groups<'_> {
        let mut groups = Groups { declared: vec![Vec::new(); declared.len()], ..Groups::default() };
        let in_file = self.count_by_file();
        let mut scopes: Vec<(Scope, Vec<Node<'_>>)> = Vec::new();
        let alone = self.alone.iter().map(|setup| (setup, true));
        for (setup, alone) in alone.chain(self.others.iter().map(|setup| (setup, false))) {
            let file = setup.invocation.origin.file().name();
            let cluster = declared.iter().position(|cluster| cluster.holds(file));
            if let Some(nodes) = cluster.and_then(|index| groups.declared.get_mut(index)) {
                nodes.push(setup);
                continue;
            }
            let several = in_file.get(file).is_some_and(|count| *count > 1);
            let Some((scope, name)) = place(setup, alone, several) else { continue };
            let node = Node { setup, name, identity: ClusterIdentity::of(setup) };
            match scopes.iter_mut().find(|(known, _)| *known == scope) {
                Some((_, nodes)) => nodes.push(node),
                None => scopes.push((scope, vec![node])),
            }
        }
        scopes.into_iter().for_each(|(_, nodes)| groups.add(&nodes));
        groups
    }

    /// The servers that write the ConfigMap of what was found below a directory that was named: those of a cluster that
    /// holds it, or the nearest ones, going up; `more` were named by themselves.
    ///
    /// # Errors
    /// When they may be of several clusters, or of another one; says why nothing was compared.
    pub(super) fn of_config_map<'a>(
        &'a self,
        inventory: &Inventory,
        named: &Path,
        declared: &[Cluster],
        more: impl Iterator<Item = &'a Setup>,
    ) -> Result<Vec<&'a Setup>, String> {
        let Some(config_map) = inventory.config_maps.first() else { return Ok(Vec::new()) };
        let name = config_map.origin().file().name();
        let mut all: Vec<&Setup> = self.alone.iter().chain(&self.others).chain(more).collect();
        let file = |setup: &Setup| PathBuf::from(setup.invocation.origin.file().name());
        if let Some(cluster) = declared.iter().find(|cluster| cluster.holds(name)) {
            all.retain(|setup| cluster.holds(setup.invocation.origin.file().name()));
            return Ok(all);
        }
        let above =
            Path::new(name).ancestors().skip(1).take_while(|place| !name.starts_with('<') && place.starts_with(named));
        let nearest = above.into_iter().find(|place| all.iter().any(|setup| file(setup).starts_with(place)));
        if let Some(place) = nearest {
            all.retain(|setup| file(setup).starts_with(place));
        }
        one_cluster(config_map, &all)
            .map_err(|why| format!("{name}: not compared with a kube-apiserver: {}", with_remedy(&why)))
    }

    pub(super) fn count_by_file(&self) -> HashMap<&str, usize> {
        let mut count = HashMap::new();
        for setup in self.alone.iter().chain(&self.others) {
            *count.entry(setup.invocation.origin.file().name()).or_default() += 1;
        }
        count
    }
}

impl<'a> Groups<'a> {
    /// Takes servers that may be the nodes of one cluster.
    fn add(&mut self, nodes: &[Node<'a>]) {
        let mut parts: Vec<Part<'_, 'a>> = Vec::new();
        let mut why = None;
        for node in nodes {
            let fitting = parts.iter_mut().find(|part| {
                let contradiction = part.identities.iter().find_map(|other| node.identity.contradiction(other));
                why = why.take().or(contradiction);
                contradiction.is_none()
            });
            match fitting {
                Some(part) => part.add(node),
                None => parts.push(Part { nodes: vec![node], identities: vec![&node.identity] }),
            }
        }
        for part in parts.iter().filter(|part| part.nodes.len() > 1) {
            self.add_part(&part.nodes, parts.len() == 1);
        }
        if let (Some(why), true) = (why, parts.len() > 1) {
            let taken = format!("these {} servers are taken for {} clusters: {why}", nodes.len(), parts.len());
            self.unsure.push((nodes.iter().map(|node| node.setup).collect(), with_remedy(&taken)));
        }
    }

    /// Takes servers that nothing tells from nodes of one cluster. `whole`: there are no others beside them.
    fn add_part(&mut self, nodes: &[&Node<'a>], whole: bool) {
        let mut names: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
        names.sort_unstable();
        let twice = names.windows(2).find_map(|pair| match pair {
            [one, other] if one == other => Some(*one),
            _ => None,
        });
        names.dedup();
        let setups: Vec<&Setup> = nodes.iter().map(|node| node.setup).collect();
        let agree = nodes.windows(2).all(|pair| match pair {
            [one, other] => one.identity.shares_client_ca(&other.identity) == Some(true),
            _ => true,
        });
        let count = nodes.len();
        let why = match twice {
            // Two states of one node are no two nodes.
            Some(_) if names.len() == 1 => return,
            Some(name) => format!("of {count} servers, two are on {name}, so they are not the nodes of one cluster"),
            None if count > MOST_NODES => format!("{count} servers are more than a control plane has nodes"),
            None if !whole && !agree => {
                format!("whether {count} servers are nodes of one cluster does not follow from what was read")
            }
            None => return self.assumed.push(setups),
        };
        self.unsure.push((setups, with_remedy(&why)));
    }
}

/// Those of some servers that a ConfigMap is of: the ones with its client CA or, where that is not known, all, unless they are of
/// several clusters.
fn one_cluster<'a>(config_map: &ConfigMap, servers: &[&'a Setup]) -> Result<Vec<&'a Setup>, String> {
    let published = ClusterIdentity::of(config_map.reader());
    let identified = servers.iter().map(|setup| (*setup, ClusterIdentity::of(setup)));
    let (mut same, mut possible) = (Vec::new(), Vec::new());
    for (setup, identity) in identified {
        match identity.shares_client_ca(&published) {
            Some(true) => same.push((setup, identity)),
            Some(false) => {}
            None => possible.push((setup, identity)),
        }
    }
    let taken = if same.is_empty() { possible } else { same };
    let contradiction = taken.iter().find_map(|(_, one)| taken.iter().find_map(|(_, other)| one.contradiction(other)));
    match contradiction {
        Some(why) => {
            Err(format!("whose it is of {} servers does not follow from what was read, for {why}", taken.len()))
        }
        None if taken.len() > MOST_NODES => {
            Err(format!("{} servers are more than a control plane has nodes", taken.len()))
        }
        None if taken.is_empty() && !servers.is_empty() => {
            Err("it holds no CA of the --client-ca-file of those that were read".to_owned())
        }
        None => Ok(taken.into_iter().map(|(setup, _)| setup).collect()),
    }
}

fn with_remedy(why: &str) -> String {
    format!("{why}; to compare nodes, say which are of one cluster: --cluster DIR=GLOB, or [[cluster]] in aggcert.toml")
}

/// With whom a server may be in a cluster, and what tells it from them. `alone`: in a directory that was named;
/// `several`: its file holds others.
fn place(setup: &Setup, alone: bool, several: bool) -> Option<(Scope, String)> {
    let invocation = &setup.invocation;
    let name = invocation.origin.file().name();
    let file = Path::new(name);
    let stream = name.starts_with('<');
    if alone {
        return Some((Scope::CommandLine, name.to_owned()));
    }
    let pod = invocation.format == InputFormat::Manifest && invocation.name.starts_with("Pod ");
    let known = invocation.node.clone().or_else(|| flag(setup, "advertise-address").map(str::to_owned));
    if several {
        // Objects of one name in one file are never applied together. Prose, though, shows one thing in many states.
        let objects =
            pod && (stream || ["yaml", "yml", "json"].iter().any(|end| file.extension().is_some_and(|e| e == *end)));
        let name_in_file = known.filter(|_| pod).or_else(|| objects.then(|| invocation.origin.to_string()))?;
        return Some((Scope::File(name.to_owned()), name_in_file));
    }
    if let Some(root) = copied_host(file) {
        let around = root.parent().unwrap_or(Path::new("")).to_owned();
        return Some((Scope::Directory(around), root.display().to_string()));
    }
    if !pod || stream {
        return None;
    }
    let named = known.or_else(|| numbered(file))?;
    Some((Scope::Directory(file.parent().unwrap_or(Path::new("")).to_owned()), named))
}

/// The name of a file that is told from its neighbours by a number at its end: `node1.yaml`, but not `v1.36.yaml`.
fn numbered(file: &Path) -> Option<String> {
    let stem = file.file_stem()?.to_str()?;
    let before = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let counts =
        before.len() < stem.len() && before.ends_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_'));
    (counts && before != "v" && !before.ends_with("-v")).then(|| stem.to_owned())
}

/// Servers that nothing tells from nodes of one cluster.
struct Part<'n, 'a> {
    nodes: Vec<&'n Node<'a>>,
    /// Each once, as nodes of one cluster are alike: a thousand servers are compared with few.
    identities: Vec<&'n ClusterIdentity<'a>>,
}

impl<'n, 'a> Part<'n, 'a> {
    fn add(&mut self, node: &'n Node<'a>) {
        self.nodes.push(node);
        if !self.identities.contains(&&node.identity) {
            self.identities.push(&node.identity);
        }
    }
}

/// What a server has of which the nodes of one cluster have the same; `None`: it is not known.
#[derive(Debug, PartialEq, Eq)]
struct ClusterIdentity<'a> {
    client_ca: Option<Vec<&'a Certificate>>,
    /// The values of [`SAME_IN_A_CLUSTER`].
    flags: [Option<&'a str>; SAME_IN_A_CLUSTER.len()],
}

impl<'a> ClusterIdentity<'a> {
    fn of(setup: &'a Setup) -> Self {
        Self {
            client_ca: setup.client_ca.loaded().map(|bundle| bundle.certificates().collect()),
            flags: SAME_IN_A_CLUSTER.map(|(name, _)| flag(setup, name)),
        }
    }

    /// Why two servers are not of one cluster.
    fn contradiction(&self, other: &Self) -> Option<&'static str> {
        if self.shares_client_ca(other) == Some(false) {
            return Some("their --client-ca-file hold no CA in common");
        }
        let values = self.flags.iter().zip(&other.flags);
        let differs = |(one, other): (&Option<&str>, &Option<&str>)| one.is_some() && other.is_some() && one != other;
        SAME_IN_A_CLUSTER.iter().zip(values).find_map(|((_, why), values)| differs(values).then_some(*why))
    }

    /// Whether their client CAs have something in common, where both are known. One that was issued again with its key, or
    /// cross-signed, is the same CA.
    fn shares_client_ca(&self, other: &Self) -> Option<bool> {
        let (one, other) = (self.client_ca.as_ref()?, other.client_ca.as_ref()?);
        Some(one.iter().any(|ca| other.iter().any(|known| known.is_same_issuer(ca))))
    }
}

/// The value of a flag that is no subject of the model, in the form `--name=value`.
fn flag<'a>(setup: &'a Setup, name: &str) -> Option<&'a str> {
    let arguments = setup.invocation.arguments.iter().filter(|argument| !argument.opaque);
    let values = arguments
        .filter_map(|argument| argument.text.as_str().strip_prefix("--")?.strip_prefix(name)?.strip_prefix('='));
    values.into_iter().next().filter(|value| !value.is_empty())
}
