//! The same reuse, as extension API servers are told of it.

use crate::lint::facts::config_map_patch::take_out;
use crate::lint::facts::look::servers_beside;
use crate::lint::facts::reuse::Reuse;
use crate::lint::facts::wording::{quoted, separate_ca};
use crate::lint::{Check, Context, Finding, Fix, Outcome, Rule, Severity, Target};
use crate::model::{AllowedNames, ConfigMap, Overlap, TrustBundle};
use crate::x509::Certificate;

pub(super) static RULE: Rule = Rule {
    id: "configmap-ca-reused",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/configmap-ca-reused.md"),
    checks: &[Check::ConfigMap(check)],
};

fn check(config_map: &ConfigMap, context: &Context<'_>) -> Outcome {
    let setup = config_map.reader();
    let overlap = &*Overlap::of(setup, context.now);
    let Some(reuse) = Reuse::of(setup, overlap) else { return overlap.outcome_without_reuse() };
    let reported = context.beside.iter().any(|target| match target {
        Target::Server(server) => Overlap::of(server, context.now).is_reuse(),
        _ => false,
    });
    if reported {
        return Outcome::not_applicable(
            "a kube-apiserver beside it has the same fault, which identity-spoofable or ca-reused reports",
        );
    }
    let who = match reuse.names() {
        Ok(AllowedNames::Only(names)) => {
            format!("Whoever obtains a certificate of {} with the name {}", reuse.issuers(), quoted(names, "or"))
        }
        _ => format!("Everyone who holds a client certificate of {}", reuse.issuers()),
    };
    Outcome::Fail(vec![Finding {
        severity: reuse.severity(),
        message: reuse.how(),
        origin: reuse.origin(),
        label: reuse.label(),
        related: reuse.related(),
        consequence: format!(
            "{who} can be any user of any group at every extension API server that it can reach.{}",
            reuse.reservation()
        ),
        demonstration: reuse.demonstration(),
        fix: fix(config_map, overlap, context),
        identity: reuse.identity(),
    }])
}

/// With a separate CA on every server beside it, only the ConfigMap is left to do: they add to it, and take nothing out.
fn fix(config_map: &ConfigMap, overlap: &Overlap, context: &Context<'_>) -> Fix {
    let own: Option<Vec<&TrustBundle>> =
        servers_beside(context).into_iter().map(|server| server.requestheader_client_ca.loaded()).collect();
    match (overlap, config_map.requestheader_client_ca().loaded(), own) {
        (Overlap::Reaches(reaches), Some(bundle), Some(own)) if !own.is_empty() => {
            let mut out: Vec<&Certificate> = reaches.iter().filter_map(|reach| reach.chain.last()).collect();
            out.dedup();
            let mut left: Vec<&Certificate> = bundle.certificates().filter(|ca| !out.contains(ca)).collect();
            for ca in own.into_iter().flat_map(TrustBundle::certificates) {
                if !left.contains(&ca) {
                    left.push(ca);
                }
            }
            take_out(config_map, &out, left)
        }
        _ => separate_ca(config_map.reader()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, ConfigMapBuilder, Expect, check, check_beside};

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
    fn fails_when_the_servers_have_been_mended_already() {
        let cluster = Cluster::new();
        let finding = check_beside(&RULE, reused(&cluster), &[&cluster.server()]).expect_finding();
        let fix = finding.fix.to_string();
        assert!(fix.starts_with("Take CN=kubernetes (SHA-256 ") && fix.contains("kubectl"), "{fix}");
        assert!(!fix.contains("aggcert init"), "it has a CA of its own: {fix}");
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
