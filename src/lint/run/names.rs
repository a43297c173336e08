//! The first list of front proxy names in a cluster has the names of all its nodes.

use std::collections::BTreeSet;

use crate::kubernetes::Component;
use crate::lint::facts::config_map_patch::names_in_use;
use crate::lint::facts::flags::{list_flag, name_of};
use crate::lint::{Judgement, Outcome};
use crate::model::{AllowedNames, Setup};

const NAMES: &str = "requestheader-allowed-names";

/// Whether a fix of it gives a kube-apiserver a list of names.
pub(super) fn gives_names(judgement: &Judgement) -> bool {
    let mut flags = judgement.findings().flat_map(|(_, finding)| &finding.fix.flags);
    judgement.kind == Component::KubeApiserver.name() && flags.any(|flag| name_of(flag) == NAMES)
}

/// Where a server that allows every name is given a list, that has the names of all nodes: kube-apiservers join their lists
/// in the ConfigMap, so that the first one ends for all that every name is allowed.
pub(super) fn of_all_nodes(judgements: &mut [Judgement], clusters: &[Vec<&Setup>]) {
    for judgement in judgements.iter_mut().filter(|judgement| gives_names(judgement)) {
        let is_without_list =
            |node: &&Setup| node.invocation.origin == judgement.origin && node.allowed_names() == Ok(AllowedNames::Any);
        let Some(nodes) = clusters.iter().find(|nodes| nodes.iter().any(is_without_list)) else { continue };
        let (names, _) = names_in_use(nodes);
        let outcomes = judgement.outcomes.iter_mut().map(|outcome| &mut outcome.outcome);
        let findings =
            outcomes.filter_map(|outcome| if let Outcome::Fail(findings) = outcome { Some(findings) } else { None });
        let flags = findings.flatten().flat_map(|finding| &mut finding.fix.flags);
        flags.filter(|flag| name_of(flag) == NAMES).for_each(|flag| add(flag, &names));
    }
}

/// All in one order, so that each node is given the same.
fn add(flag: &mut String, names: &[String]) {
    let fields = |flag: &str| flag.split_once('=').map(|(_, fields)| fields.to_owned()).unwrap_or_default();
    let own = fields(flag);
    let known = names.iter().filter(|name| !name.trim().is_empty());
    let known: Vec<String> = known.map(|name| fields(&list_flag(NAMES, &[name]))).collect();
    // A quoted name may have a comma in it.
    if own.contains('"') || known.iter().any(|name| name.contains('"')) {
        return;
    }
    let all: BTreeSet<&str> = own.split(',').chain(known.iter().map(String::as_str)).collect();
    *flag = format!("--{NAMES}={}", all.into_iter().collect::<Vec<_>>().join(","));
}
