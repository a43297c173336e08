//! The client CA can issue a front proxy for an extension API server.

use crate::lint::facts::extension::read_the_config_map;
use crate::lint::facts::look::with_lent_client_ca;
use crate::lint::facts::reuse::Reuse;
use crate::lint::facts::wording::quoted;
use crate::lint::{Check, Context, Finding, Outcome, Rule, Severity};
use crate::model::{AllowedNames, ExtensionServer, Overlap, SERVICE_ACCOUNT_CA};
use crate::text::Origin;

pub(super) static RULE: Rule = Rule {
    id: "extension-ca-reused",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/extension-ca-reused.md"),
    checks: &[Check::Extension(check)],
};

fn check(server: &ExtensionServer, context: &Context<'_>) -> Outcome {
    if !server.pins_requestheader_ca() {
        return Outcome::not_applicable("the requestheader CA is that of the ConfigMap");
    }
    let lent = with_lent_client_ca(context, &server.setup);
    let setup = lent.as_ref().unwrap_or(&server.setup);
    let overlap = &*Overlap::of(setup, context.now);
    let Some(reuse) = Reuse::of(setup, overlap) else {
        let file = &server.setup.requestheader_client_ca;
        return match (file.path(), file.origin(), overlap) {
            // What is on the other side was seen, and is another CA.
            (_, _, Overlap::Separate(_) | Overlap::Reaches(_)) => overlap.outcome_without_reuse(),
            (Some(SERVICE_ACCOUNT_CA), Some(origin), _) => Outcome::Fail(vec![of_service_account(server, origin)]),
            _ if setup.client_ca.flag.is_absent() && !server.skips_lookup() => {
                Outcome::undecided("the client CA is that of the ConfigMap, which is not here")
            }
            _ => overlap.outcome_without_reuse(),
        };
    };
    Outcome::Fail(vec![Finding {
        severity: reuse.severity(),
        message: format!("{} on {}", reuse.how(), server.workload.object),
        origin: reuse.origin(),
        label: reuse.label(),
        related: reuse.related(),
        consequence: format!(
            "{} can be any user of any group there, past kube-apiserver; the server starts without a \
             word.{}",
            reuse.holders(),
            reuse.reservation()
        ),
        demonstration: reuse.demonstration(),
        fix: read_the_config_map(),
        identity: reuse.identity(),
    }])
}

/// The CA of every Pod's ServiceAccount: what it is was not looked at, but what it is for is known.
fn of_service_account(server: &ExtensionServer, origin: &Origin) -> Finding {
    let names = match server.setup.allowed_names() {
        Ok(AllowedNames::Only(names)) => format!(" with the name {}", quoted(&names, "or")),
        _ => String::new(),
    };
    Finding {
        severity: Severity::Error,
        message: format!("{} takes the cluster's own CA for the front proxy's", server.workload.object),
        origin: origin.clone(),
        label: "the CA that every Pod gets".to_owned(),
        related: Vec::new(),
        consequence: format!(
            "It is the CA of kube-apiserver's certificate. Where it signs clients too, as in clusters that kubeadm made, \
             whoever holds a client certificate of it{names} is any user of any group there; where it does not, the \
             server answers 401 to all that kube-apiserver passes on."
        ),
        demonstration: None,
        fix: read_the_config_map(),
        identity: vec![SERVICE_ACCOUNT_CA.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::Scene;
    use crate::lint::testing::{Cluster, Expect};

    #[test]
    fn fails_with_the_ca_of_the_service_account() {
        let scene =
            Scene::new().flag("--requestheader-client-ca-file=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt");
        let finding = scene.check(&RULE).expect_error();
        assert_eq!(finding.origin.source(), SERVICE_ACCOUNT_CA);
    }

    #[test]
    fn fails_with_the_client_ca_of_the_cluster() {
        let cluster = Cluster::new();
        let scene = Scene::new().flag("--requestheader-client-ca-file=/ca/ca.crt").ca_volume(&cluster.client_ca);
        let finding = scene.config_map(&cluster).check(&RULE).expect_error().says("CN=kubernetes");
        assert!(finding.demonstration.is_some_and(|shown| shown.contains("system:masters")));
    }

    #[test]
    fn passes_with_a_ca_of_the_front_proxys_own() {
        let cluster = Cluster::new();
        let scene = Scene::new().flag("--requestheader-client-ca-file=/ca/ca.crt").ca_volume(&cluster.front_proxy_ca);
        scene.config_map(&cluster).check(&RULE).expect_pass();
    }

    #[test]
    fn is_unknown_without_the_other_side() {
        let scene = Scene::new().flag("--requestheader-client-ca-file=/ca/ca.crt");
        scene.check(&RULE).expect_unknown();
    }

    #[test]
    fn does_not_apply_when_the_config_map_is_read() {
        Scene::new().check(&RULE).expect_not_applicable();
    }
}
