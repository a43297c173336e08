//! From certificates to a phase, or to what is wrong.

use super::{Cluster, Illegal, Node, Pair, Phase, State};
use crate::x509::Certificate;

/// Where a rotation stands, and how far each node is, in the order of [`Cluster::nodes`].
///
/// # Errors
/// When some client is not trusted somewhere, or it cannot be told.
pub fn position(cluster: &Cluster) -> Result<(Phase, Vec<State>), Illegal> {
    if cluster.nodes.is_empty() {
        return Err(Illegal::NoNodes);
    }
    if let Some(node) = cluster.nodes.iter().find(|node| node.bundle.is_empty() || node.client.is_empty()) {
        return Err(Illegal::Unreadable { node: node.name.clone() });
    }
    let Some(pair) = pair(&cluster.nodes)? else { return single(cluster) };
    let states = cluster.nodes.iter().map(|node| state(node, &pair)).collect::<Result<Vec<_>, _>>()?;
    together(&cluster.nodes, &states)?;
    accepted(cluster, Some(&pair.old))?;
    Ok((phase(cluster, &states, pair), states))
}

/// The CA that came before the one that all nodes have, where that one has taken its place at once: no bundle ever held
/// both. So does `init --force`, perhaps by mistake, while the servers go on with what they have. What is put back has come
/// before what was there. A node may have had others in between: a run that was interrupted makes another CA when it is
/// repeated.
pub fn replaced_at_once(nodes: &[Node]) -> Option<&Certificate> {
    let (first, others) = nodes.split_first()?;
    let of_all = |ca: &&Certificate| others.iter().all(|node| came_before(node).any(|former| former == *ca));
    came_before(first).find(of_all)
}

/// The CAs of former bundles, newest first, up to one that shares a CA with what the node has.
fn came_before(node: &Node) -> impl Iterator<Item = &Certificate> {
    let is_other = |bundle: &&Vec<Certificate>| !bundle.iter().any(|ca| node.bundle.contains(ca));
    let former = node.former.iter().rev().take_while(is_other).filter_map(|bundle| bundle.first());
    former.filter(|former| node.bundle.iter().all(|ca| ca.not_before >= former.not_before))
}

/// The two CAs of the bundles, the older one first; `None`: there is one.
///
/// # Errors
/// When there are more, or which one is new cannot be told.
pub fn pair(nodes: &[Node]) -> Result<Option<Pair>, Illegal> {
    let mut cas: Vec<&Certificate> = Vec::new();
    for ca in nodes.iter().flat_map(|node| &node.bundle) {
        if !cas.contains(&ca) {
            cas.push(ca);
        }
    }
    cas.sort_by_key(|ca| ca.not_before);
    match cas.as_slice() {
        [_] => Ok(None),
        [old, new] if old.not_before == new.not_before => {
            Err(Illegal::SameAge(old.subject.to_string(), new.subject.to_string()))
        }
        [old, new] if old.raw_subject == new.raw_subject => Err(Illegal::SameName(old.subject.to_string())),
        [old, new] => {
            next_is_of_the_newer(nodes, old, new)?;
            Ok(Some(Pair { old: (*old).clone(), new: (*new).clone() }))
        }
        _ => Err(Illegal::TooManyCas(cas.iter().map(|ca| ca.subject.to_string()).collect())),
    }
}

/// A CA that another program has made may begin later than one that was made after it and backdated.
fn next_is_of_the_newer(nodes: &[Node], older: &Certificate, newer: &Certificate) -> Result<(), Illegal> {
    let is_contrary = |node: &&Node| older.has_issued(&node.next_client) && !newer.has_issued(&node.next_client);
    let contrary = nodes.iter().find(is_contrary);
    contrary.map_or(Ok(()), |node| {
        let (next, other) = (older.subject.to_string(), newer.subject.to_string());
        Err(Illegal::NextOfOlder { node: node.name.clone(), next, other })
    })
}

fn state(node: &Node, pair: &Pair) -> Result<State, Illegal> {
    let is_new = pair.new.has_issued(&node.client);
    if !is_new && !pair.old.has_issued(&node.client) {
        return Err(foreign(node, false));
    }
    let (has_old, has_new) = (node.bundle.contains(&pair.old), node.bundle.contains(&pair.new));
    match (has_old, has_new, is_new) {
        (true, false, false) => Ok(State::Before),
        (false, true, true) => Ok(State::After),
        (true, true, _) => {
            let signing = if is_new { &pair.new } else { &pair.old };
            let state = if is_new { State::Switched } else { State::Trusting };
            if node.bundle.first() == Some(signing) {
                Ok(state)
            } else {
                Err(Illegal::Order { node: node.name.clone() })
            }
        }
        _ => Err(foreign(node, true)),
    }
}

fn foreign(node: &Node, is_known: bool) -> Illegal {
    let issuer = node.client.first().map(|client| client.issuer.to_string()).unwrap_or_default();
    Illegal::ClientOfAnotherCa { node: node.name.clone(), issuer, is_known }
}

/// Whether every node trusts the client of every other one.
fn together(nodes: &[Node], states: &[State]) -> Result<(), Illegal> {
    let named = |wanted: fn(State) -> bool| {
        let mut found = nodes.iter().zip(states).filter(|(_, state)| wanted(**state));
        found.next().map(|(node, _)| node.name.clone())
    };
    let shows_new = named(|state| state >= State::Switched);
    let shows_old = named(|state| state <= State::Trusting);
    if let (Some(ahead), Some(behind)) = (&shows_new, named(|state| state == State::Before)) {
        return Err(Illegal::NotTrustedYet { ahead: ahead.clone(), behind });
    }
    match (named(|state| state == State::After), shows_old) {
        (Some(ahead), Some(behind)) => Err(Illegal::NotTrustedAnyMore { ahead, behind }),
        _ => Ok(()),
    }
}

/// Whether what extension API servers read and say holds the CA of each client that is in use; if not, whether it holds
/// the one that was in use `before`.
fn accepted(cluster: &Cluster, before: Option<&Certificate>) -> Result<(), Illegal> {
    let publishes = |ca: &Certificate| cluster.config_map.as_ref().is_none_or(|config_map| config_map.contains(ca));
    let refuses = |ca: &Certificate| {
        let subject = ca.subject.to_string();
        cluster.accepting.iter().find(|server| !server.subjects.contains(&subject))
    };
    for node in &cluster.nodes {
        let Some(ca) = node.bundle.iter().find(|ca| ca.has_issued(&node.client)) else { continue };
        let way_back = before.is_some_and(|before| before != ca && publishes(before) && refuses(before).is_none());
        let (node, name) = (node.name.clone(), ca.subject.to_string());
        if !publishes(ca) {
            return Err(Illegal::NotInConfigMap { node, ca: name, way_back });
        }
        if let Some(server) = refuses(ca) {
            return Err(Illegal::NotAccepted { node, ca: name, server: server.server.clone(), way_back });
        }
    }
    Ok(())
}

fn phase(cluster: &Cluster, states: &[State], pair: Pair) -> Phase {
    let to_do = |state: State| {
        let nodes = cluster.nodes.iter().zip(states).filter(|(_, other)| **other == state);
        nodes.map(|(node, _)| node.name.clone()).collect::<Vec<_>>()
    };
    let has = |state: State| states.contains(&state);
    if has(State::Before) {
        Phase::Trust { pair, to_do: to_do(State::Before) }
    } else if has(State::Trusting) {
        Phase::Switch { pair, to_do: to_do(State::Trusting) }
    } else {
        Phase::Distrust { pair, to_do: to_do(State::Switched) }
    }
}

/// One CA in all bundles: nothing has begun, or the files are done.
fn single(cluster: &Cluster) -> Result<(Phase, Vec<State>), Illegal> {
    let states = vec![State::Before; cluster.nodes.len()];
    if let Some(node) = cluster.nodes.iter().find(|node| !node.bundle.iter().any(|ca| ca.has_issued(&node.client))) {
        return Err(foreign(node, false));
    }
    accepted(cluster, replaced_at_once(&cluster.nodes))?;
    let ours = |ca: &&Certificate| cluster.nodes.iter().any(|node| node.bundle.contains(ca));
    let published = cluster.config_map.as_deref().unwrap_or_default();
    let stale = published.iter().filter(|ca| !ours(ca)).cloned().collect::<Vec<_>>();
    let left = cluster.nodes.iter().filter(|node| node.leftovers).map(|node| node.name.clone()).collect::<Vec<_>>();
    let phase = match (stale.is_empty(), left.is_empty()) {
        (false, _) => Phase::Clean { stale },
        (true, false) => Phase::Finish { to_do: left },
        (true, true) => Phase::Still,
    };
    Ok((phase, states))
}
