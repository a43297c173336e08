//! What lists of front proxy names in a cluster have of all its nodes.

use std::collections::BTreeSet;

use crate::kubernetes::Component;
use crate::lint::facts::config_map_patch::names_in_use;
use crate::lint::facts::flags::{list_flag, name_of};
use crate::lint::facts::wording::{USUAL_NAME, of_client_named};
use crate::lint::{Fix, Judgement, Outcome};
use crate::model::{AllowedNames, Setup};

const NAMES: &str = "requestheader-allowed-names";

/// Whether a fix of it gives a kube-apiserver a list of names.
pub(super) fn gives_names(judgement: &Judgement) -> bool {
    let mut flags = judgement.findings().flat_map(|(_, finding)| &finding.fix.flags);
    judgement.kind == Component::KubeApiserver.name() && flags.any(|flag| name_of(flag) == NAMES)
}

/// Gives the lists that are printed for these clusters the names that other nodes need.
pub(super) fn of_all_nodes(judgements: &mut [Judgement], clusters: &[Vec<&Setup>]) {
    for nodes in clusters.iter().filter(|nodes| nodes.len() > 1) {
        with_one_client(judgements, nodes);
    }
    first_lists(judgements, clusters);
}

/// A CA of the front proxy's own is made once for all nodes, and its client has one name. The clients before it stay
/// allowed until the last node has moved.
fn with_one_client(judgements: &mut [Judgement], nodes: &[&Setup]) {
    let is_of_cluster =
        |judgement: &&mut Judgement| nodes.iter().any(|node| node.invocation.origin == judgement.origin);
    let judgements = judgements.iter_mut().filter(|judgement| gives_names(judgement)).filter(is_of_cluster);
    let mut fixes: Vec<&mut Fix> = judgements.flat_map(fixes_of).filter(|fix| fix.own_ca).collect();
    let lists: Vec<String> = fixes.iter().flat_map(|fix| &fix.flags).filter_map(|flag| fields(flag)).collect();
    let clients: BTreeSet<&str> = lists.iter().filter_map(|list| list.split(',').next()).collect();
    let is_allowed = |node: &&&Setup, name: &str| matches!(node.allowed_names(), Ok(AllowedNames::Only(names)) if names.iter().any(|known| known == name));
    // One that most servers allow already is the least that they have to learn.
    let known_to = |name: &str| nodes.iter().filter(|node| is_allowed(node, name)).count();
    let best = |name: &&str| (known_to(name), *name == USUAL_NAME);
    // A quoted name may have a comma in it.
    let Some(client) =
        clients.into_iter().rev().max_by_key(best).filter(|_| !lists.iter().any(|list| list.contains('"')))
    else {
        return;
    };
    let in_use = nodes.iter().filter_map(|node| {
        let name = node.proxy_client.loaded()?.leaf.value.subject.common_name();
        is_allowed(&node, name).then(|| name.to_owned())
    });
    let names: Vec<String> = lists.iter().flat_map(|list| list.split(',')).map(str::to_owned).chain(in_use).collect();
    for fix in &mut fixes {
        fix.commands.iter_mut().filter(|command| command.starts_with("aggcert init ")).for_each(|command| {
            *command = of_client_named(command, client);
        });
        fix.flags.iter_mut().filter(|flag| name_of(flag) == NAMES).for_each(|flag| add(flag, &names));
    }
}

/// Where a server that allows every name is given a list, that has the names of all nodes: kube-apiservers join their lists
/// in the ConfigMap, so that the first one ends for all that every name is allowed.
fn first_lists(judgements: &mut [Judgement], clusters: &[Vec<&Setup>]) {
    for judgement in judgements.iter_mut().filter(|judgement| gives_names(judgement)) {
        let is_without_list =
            |node: &&Setup| node.invocation.origin == judgement.origin && node.allowed_names() == Ok(AllowedNames::Any);
        let Some(nodes) = clusters.iter().find(|nodes| nodes.iter().any(is_without_list)) else { continue };
        let (names, _) = names_in_use(nodes);
        let flags = fixes_of(judgement).flat_map(|fix| &mut fix.flags);
        flags.filter(|flag| name_of(flag) == NAMES).for_each(|flag| add(flag, &names));
    }
}

fn fixes_of(judgement: &mut Judgement) -> impl Iterator<Item = &mut Fix> {
    let outcomes = judgement.outcomes.iter_mut().map(|outcome| &mut outcome.outcome);
    let findings =
        outcomes.filter_map(|outcome| if let Outcome::Fail(findings) = outcome { Some(findings) } else { None });
    findings.flatten().map(|finding| &mut finding.fix)
}

/// The value of a flag that lists names.
fn fields(flag: &str) -> Option<String> {
    let (_, fields) = flag.split_once('=').filter(|_| name_of(flag) == NAMES)?;
    Some(fields.to_owned())
}

/// All in one order, so that each node is given the same.
fn add(flag: &mut String, names: &[String]) {
    let own = fields(flag).unwrap_or_default();
    let known = names.iter().filter(|name| !name.trim().is_empty());
    let known: Vec<String> = known.filter_map(|name| fields(&list_flag(NAMES, &[name]))).collect();
    // A quoted name may have a comma in it.
    if own.contains('"') || known.iter().any(|name| name.contains('"')) {
        return;
    }
    let all: BTreeSet<&str> = own.split(',').chain(known.iter().map(String::as_str)).collect();
    *flag = format!("--{NAMES}={}", all.into_iter().collect::<Vec<_>>().join(","));
}
