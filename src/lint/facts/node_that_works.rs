//! A node of the same cluster whose front proxy works.

use crate::lint::{Context, Fix};
use crate::model::{AllowedNames, Setup};

use super::believed::uses_its_client;
use super::config_map_patch::where_read;
use super::reuse::lets_in;
use super::wording::list;

/// Beside the CA that is made, names the one of a node that works: it is known already.
pub(crate) fn or_that_of_another_node(fix: &mut Fix, setup: &Setup, context: &Context<'_>) {
    let is_good = |node: &&&Setup| {
        let users = node.client_ca.loaded().zip(setup.client_ca.loaded());
        users.is_some_and(|(its, own)| its.shares_issuer(own))
            && uses_its_client(node, context.now)
            && matches!(node.allowed_names(), Ok(AllowedNames::Only(_)))
            && !lets_in(node, &node.client_ca, context.now)
    };
    let mut others = context.beside.servers.iter().filter(|node| !std::ptr::eq(**node, setup));
    let Some(node) = others.find(is_good) else { return };
    let paths = [node.requestheader_client_ca.path(), node.proxy_client.path(), node.proxy_client_key.path()];
    let paths: Vec<&str> = paths.into_iter().flatten().collect();
    let (name, own) = (where_read(node), where_read(setup));
    let name = if name == own { &node.invocation.name } else { name };
    fix.sentence = format!(
        "{name} is of the same cluster, and its front proxy works: bring {} from there, and give this server the flags that \
         {name} has for them and for the names. Where that cannot be: {}",
        list(&paths, "and"),
        fix.sentence
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, FRONT_PROXY_CA, NOW};
    use crate::lint::{Beside, Target, judge};
    use crate::model::Objects;

    #[test]
    fn the_ca_of_a_node_that_works_is_offered_to_another() {
        let cluster = Cluster::new();
        let broken = cluster.server().set("requestheader-client-ca-file", CLIENT_CA).input("b.yaml").setup();
        let good = cluster.server().input("a.yaml").setup();
        let sentence = |other: &Setup| {
            let beside = Beside::of([&broken, other].map(Target::Server));
            let context = Context::new(&beside, Objects::NONE, NOW, time::Duration::days(30));
            let judged = judge(Target::Server(&broken), &context).unwrap();
            let (_, finding) = judged.findings().find(|(_, finding)| finding.fix.own_ca).unwrap();
            finding.fix.sentence.clone()
        };
        let offered = format!("a.yaml is of the same cluster, and its front proxy works: bring {FRONT_PROXY_CA}, ");
        assert!(sentence(&good).starts_with(&offered), "{}", sentence(&good));
        let every_name = cluster.server().set("requestheader-allowed-names", "").input("a.yaml").setup();
        for other in [&broken, &every_name, &Cluster::new().server().setup()] {
            assert!(sentence(other).starts_with("Give the front proxy a CA of its own"), "{}", sentence(other));
        }
    }
}
