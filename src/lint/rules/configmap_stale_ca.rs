//! Extension API servers trust a CA that no server uses any more.

use crate::lint::facts::config_map_patch::take_out;
use crate::lint::facts::reuse::demonstration;
use crate::lint::facts::stale::stale;
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "configmap-stale-ca",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/configmap-stale-ca.md"),
    checks: &[Check::ConfigMap(check)],
};

fn check(config_map: &ConfigMap, context: &Context<'_>) -> Outcome {
    let Some(bundle) = config_map.requestheader_client_ca().loaded() else {
        return not_applicable("the ConfigMap has no requestheader CA that can be read");
    };
    let servers = context.beside.publishers();
    if servers.is_empty() {
        return not_applicable("no kube-apiserver was found beside it");
    }
    let used = servers
        .iter()
        .filter(|server| !server.requestheader_client_ca.is_not_given())
        .map(|server: &&Setup| server.requestheader_client_ca.get());
    let used: Vec<_> = match used.collect::<Result<_, _>>() {
        Ok(used) => used,
        Err(why) => return Outcome::Unknown(vec![why]),
    };
    let stale = stale(config_map.reader(), bundle, &used, context);
    if stale.is_empty() {
        return Outcome::Pass;
    }
    let out: Vec<&Certificate> = stale.iter().map(|anchor| &anchor.value).collect();
    let fix = take_out(config_map, &out);
    let findings = stale.into_iter().map(|anchor| {
        let certificate = &anchor.value;
        let name = subject_and_fingerprint(certificate);
        Finding::warning(format!("the ConfigMap still trusts {name}, which none of the servers given uses"))
            .at(&anchor.origin, "trusted by extension API servers only")
            .related(used.iter().map(|bundle| related(&bundle.origin, "what a server trusts")))
            .consequence(format!(
                "Whoever has the key of {name} can be any user of any group at every extension API server."
            ))
            .demonstration(demonstration(config_map.reader(), &subject(certificate)))
            .fix(fix.clone())
            .identity([certificate.fingerprint()])
    });
    Outcome::Fail(findings.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{
        Cluster, Expect, FRONT_PROXY_CA, Issued, NOW, PINNED, bundle, check, check_beside, setup_of_document,
    };

    fn with(cluster: &Cluster, old: &Issued) -> ConfigMap {
        let both = bundle(&[old, &cluster.front_proxy_ca]);
        cluster.config_map().set("requestheader-client-ca-file", &both).read()
    }

    #[test]
    fn fails_when_an_old_ca_stayed() {
        let cluster = Cluster::new();
        let old = Issued::ca("front-proxy-ca-2019");
        let finding = check_beside(&RULE, with(&cluster, &old), &[&cluster.server()])
            .expect_warning()
            .says("CN=front-proxy-ca-2019");
        assert!(finding.demonstration.is_some());
    }

    #[test]
    fn fails_when_only_an_object_beside_the_servers_holds_the_ca() {
        let cluster = Cluster::new();
        let old = Issued::ca("front-proxy-ca-2019");
        let left = setup_of_document(PINNED, ["", &old.pem, "", ""]);
        let both = bundle(&[&old, &cluster.front_proxy_ca]);
        let config_map = cluster.config_map().set("requestheader-client-ca-file", &both).set("resource-version", "7");
        // An object with another CA keeps nothing there either.
        let other = setup_of_document(PINNED, ["", &Issued::ca("other").pem, "", ""]);
        for object in [&left, &other] {
            let fix = check_beside(&RULE, &config_map, &[object, &cluster.server()]).expect_warning().fix;
            assert_eq!(fix.commands.len(), 1, "{fix}");
        }
        check_beside(&RULE, &config_map, &[&left]).expect_warning().says("CN=front-proxy-ca ");
    }

    /// The nodes that were given need not be all.
    #[test]
    fn says_that_all_nodes_are_looked_at_first() {
        let cluster = Cluster::new();
        let map = with(&cluster, &Issued::ca("old"));
        let fix = check_beside(&RULE, map, &[&cluster.server()]).expect_warning().fix;
        assert!(fix.sentence.starts_with("Give all control-plane nodes"), "{fix}");
    }

    #[test]
    fn passes_when_all_are_used_renewed_or_expired() {
        let cluster = Cluster::new();
        let server = cluster.server().setup();
        check_beside(&RULE, cluster.config_map(), &[&server]).expect_pass();
        check_beside(&RULE, with(&cluster, &cluster.front_proxy_ca.reissued()), &[&server]).expect_pass();
        let expired = Issued::ca_with("old", |params| params.not_after = NOW - time::Duration::DAY);
        check_beside(&RULE, with(&cluster, &expired), &[&server]).expect_pass();
    }

    /// A node that was left behind in a rotation works by the ConfigMap alone.
    #[test]
    fn passes_for_the_ca_of_a_proxy_client_in_use() {
        let cluster = Cluster::new();
        let new = Issued::ca("front-proxy-ca-2026");
        let config_map =
            cluster.config_map().set("requestheader-client-ca-file", &bundle(&[&cluster.front_proxy_ca, &new])).read();
        let behind = cluster.server().file(FRONT_PROXY_CA, &new.pem);
        check_beside(&RULE, &config_map, &[&behind]).expect_pass();
        let after = cluster.clone().with_front_proxy_ca(new);
        check_beside(&RULE, &config_map, &[&after.server()]).expect_warning();
        check_beside(&RULE, &config_map, &[&after.server(), &behind]).expect_pass();
        // What it lost it gets back by the fix of another rule.
        let without = cluster.server().without("requestheader-client-ca-file");
        check_beside(&RULE, cluster.config_map(), &[&without]).expect_pass();
    }

    #[test]
    fn passes_for_a_client_ca_that_stayed_because_that_is_reported_as_reuse() {
        let cluster = Cluster::new();
        check_beside(&RULE, with(&cluster, &cluster.client_ca), &[&cluster.server()]).expect_pass();
    }

    #[test]
    fn is_unknown_when_a_servers_ca_was_not_looked_at() {
        let cluster = Cluster::new();
        let server = cluster.server().without_file(FRONT_PROXY_CA).setup();
        check_beside(&RULE, cluster.config_map(), &[&server]).expect_unknown();
    }

    #[test]
    fn does_not_apply_without_a_server_or_a_ca() {
        let cluster = Cluster::new();
        check(&RULE, cluster.config_map()).expect_not_applicable();
        let without = cluster.config_map().without("requestheader-client-ca-file").read();
        check_beside(&RULE, &without, &[&cluster.server()]).expect_not_applicable();
    }
}
