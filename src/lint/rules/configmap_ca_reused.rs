//! The same reuse, as extension API servers are told of it.

use crate::lint::facts::config_map_patch::take_out;
use crate::lint::facts::reuse::{Reuse, is_at_a_server};
use crate::lint::facts::root_ca::{if_it_signs_clients, root_ca_for_front_proxies};
use crate::lint::prelude::*;
use crate::model::Overlap;

pub(super) static RULE: Rule = Rule {
    id: "configmap-ca-reused",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/configmap-ca-reused.md"),
    checks: &[Check::ConfigMap(check)],
};

fn check(config_map: &ConfigMap, context: &Context<'_>) -> Outcome {
    let setup = config_map.reader();
    let overlap = &*context.overlap(setup);
    let of_clients = Reuse::of(setup, overlap).map(|reuse| finding(&reuse, config_map, overlap, context));
    let Some(finding) = of_clients.or_else(|| of_root_ca(config_map, context)) else {
        return overlap.outcome_without_reuse();
    };
    if is_at_a_server(context) {
        return not_applicable(
            "a kube-apiserver beside it has the same fault, which identity-spoofable or ca-reused reports",
        );
    }
    finding.into()
}

/// No client CA is published, and the front proxy's is the one that Pods get.
fn of_root_ca(config_map: &ConfigMap, context: &Context<'_>) -> Option<Finding> {
    if config_map.client_ca().loaded().is_some() {
        return None;
    }
    let (root_ca, reach) = root_ca_for_front_proxies(config_map, context)?;
    let (setup, name) = (config_map.reader(), subject(&reach.issuer));
    Some(
        Finding::error(format!(
            "requestheader-client-ca-file takes the cluster's own CA, {name}, for the front proxy's"
        ))
        .at(config_map.requestheader_client_ca().origin().unwrap_or(config_map.origin()), "the CA that every Pod gets")
        .related([related(&root_ca.origin, "the same CA, for Pods")])
        .consequence(format!(
            "{} at every extension API server that it can reach. Which CA clients log in with does not stand in the \
             ConfigMap.",
            if_it_signs_clients(setup)
        ))
        .fix(separate_ca(setup))
        .identity([reach.issuer.fingerprint()]),
    )
}

fn finding(reuse: &Reuse<'_>, config_map: &ConfigMap, overlap: &Overlap, context: &Context<'_>) -> Finding {
    let who = match reuse.names() {
        Ok(AllowedNames::Only(names)) => {
            format!("Whoever obtains a certificate of {} with the name {}", reuse.issuers(), quoted(names, "or"))
        }
        _ => format!("Everyone who holds a client certificate of {}", reuse.issuers()),
    };
    Finding::new(reuse.severity(), reuse.how())
        .at(&reuse.origin(), reuse.label())
        .related(reuse.related())
        .consequence(format!(
            "{who} can be {} at every extension API server that it can reach.{}",
            reuse.whom(),
            reuse.reservation()
        ))
        .demonstration(reuse.demonstration())
        .fix(fix(config_map, overlap, context))
        .identity(reuse.identity())
}

/// With a separate CA on every server beside it, only the ConfigMap is left to do: they add to it, and take nothing out.
fn fix(config_map: &ConfigMap, overlap: &Overlap, context: &Context<'_>) -> Fix {
    let servers = &context.beside.servers;
    match overlap {
        Overlap::Reaches(reaches)
            if !servers.is_empty()
                && servers.iter().all(|server| server.requestheader_client_ca.loaded().is_some()) =>
        {
            let mut out: Vec<&Certificate> = reaches.iter().filter_map(|reach| reach.chain.last()).collect();
            out.dedup();
            take_out(config_map, &out)
        }
        _ => separate_ca(config_map.reader()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::{CONFIG_MAP, Scene};
    use crate::lint::testing::{
        CLIENT_CA, Cluster, ConfigMapBuilder, Expect, FRONT_PROXY_CA, bundle, check, check_beside,
    };

    fn reused(cluster: &Cluster) -> ConfigMapBuilder {
        cluster.config_map().set("requestheader-client-ca-file", &cluster.client_ca.pem)
    }

    #[test]
    fn fails_when_the_client_ca_stands_under_both_keys() {
        let cluster = Cluster::new();
        let finding = check(&RULE, reused(&cluster)).expect_error();
        assert!(finding.message.starts_with("client-ca-file and requestheader-client-ca-file"), "{}", finding.message);
        assert_eq!(finding.identity, [cluster.client_ca.fingerprint()]);
    }

    #[test]
    fn takes_the_ca_out_when_the_servers_have_been_mended_and_have_published_theirs() {
        let cluster = Cluster::new();
        let fix = |map: ConfigMapBuilder| {
            let fix = check_beside(&RULE, map, &[&cluster.server()]).expect_finding().fix.to_string();
            assert!(!fix.contains("aggcert init"), "it has a CA of its own: {fix}");
            fix
        };
        let both = bundle(&[&cluster.client_ca, &cluster.front_proxy_ca]);
        let done = fix(reused(&cluster).set("requestheader-client-ca-file", &both));
        assert!(done.contains("take CN=kubernetes (SHA-256 ") && done.contains("kubectl"), "{done}");
        // It has not been started with these flags: requests come with a certificate of the old CA still.
        let before = fix(reused(&cluster));
        assert!(before.contains("Not yet") && !before.contains("kubectl"), "{before}");
    }

    #[test]
    fn takes_nothing_out_that_a_server_puts_back() {
        let cluster = Cluster::new();
        let both = bundle(&[&cluster.client_ca, &cluster.front_proxy_ca]);
        let server = cluster.server().without("client-ca-file").file(FRONT_PROXY_CA, &both);
        let map = reused(&cluster).set("requestheader-client-ca-file", &both);
        let fix = check_beside(&RULE, map, &[&server]).expect_finding().fix;
        let first = format!("First take it out of {FRONT_PROXY_CA} there.");
        assert!(fix.commands.is_empty() && fix.sentence.contains(&first), "{fix}");
    }

    #[test]
    fn fails_with_the_ca_that_pods_get_where_no_client_ca_is_published() {
        let cluster = Cluster::new();
        let map = |root_ca| Scene::new().config_map(&cluster).root_ca(root_ca);
        let alone = |scene: Scene| scene.change(CONFIG_MAP, "  client-ca-file: |", "  other: |").check(&RULE);
        let finding =
            alone(map(&cluster.front_proxy_ca)).expect_error().says("the cluster's own CA, CN=front-proxy-ca");
        assert!(finding.consequence.contains("with the name `front-proxy-client`"), "{}", finding.consequence);
        alone(map(&cluster.client_ca)).expect_not_applicable();
        // Then it is known with which CA clients log in.
        map(&cluster.front_proxy_ca).check(&RULE).expect_pass();
    }

    #[test]
    fn passes_with_separate_cas() {
        check(&RULE, Cluster::new().config_map()).expect_pass();
    }

    #[test]
    fn does_not_apply_when_a_server_has_the_fault_or_a_key_is_missing() {
        let cluster = Cluster::new();
        let server = cluster.server().set("requestheader-client-ca-file", CLIENT_CA).setup();
        check_beside(&RULE, reused(&cluster), &[&server]).expect_not_applicable();
        check(&RULE, cluster.config_map().without("requestheader-client-ca-file")).expect_not_applicable();
    }
}
