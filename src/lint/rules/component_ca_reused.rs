//! The same reuse on the ports of the controller manager and the scheduler.

use crate::lint::facts::look::with_lent_client_ca;
use crate::lint::facts::reuse::Reuse;
use crate::lint::facts::wording::separate_ca;
use crate::lint::{Check, Context, Finding, Outcome, Rule, Severity};
use crate::model::Setup;

pub(super) static RULE: Rule = Rule {
    id: "component-ca-reused",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/component-ca-reused.md"),
    checks: &[Check::OtherComponent(check)],
};

fn check(setup: &Setup, context: &Context<'_>) -> Outcome {
    let lent = with_lent_client_ca(context, setup);
    let setup = lent.as_ref().unwrap_or(setup);
    let overlap = &*context.overlap(setup);
    let Some(reuse) = Reuse::of(setup, overlap) else { return overlap.outcome_without_reuse() };
    let component = setup.invocation.component.name();
    Outcome::Fail(vec![Finding {
        severity: reuse.severity(),
        message: format!("{} on {component}", reuse.how()),
        origin: reuse.origin(),
        label: reuse.label(),
        related: reuse.related(),
        consequence: format!(
            "{} can be any user of any group on the port of {component}; it starts without a word.{}{}",
            reuse.holders(),
            if lent.is_some() { LENT } else { "" },
            reuse.reservation()
        ),
        demonstration: reuse.demonstration(),
        fix: separate_ca(setup).saying(|this| {
            format!(
                "Give {component} --requestheader-client-ca-file and --requestheader-allowed-names as kube-apiserver has \
                 them. Where that has no separate CA either: {this}"
            )
        }),
        identity: reuse.identity(),
    }])
}

const LENT: &str = " It has no --client-ca-file, and takes that of kube-apiserver from the ConfigMap.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, check, check_beside};

    #[test]
    fn fails_when_one_file_is_in_both_flags() {
        let manager = Cluster::new().controller_manager().set("requestheader-client-ca-file", CLIENT_CA);
        check(&RULE, &manager).expect_error().explains("port of kube-controller-manager");
        let any = manager.without("requestheader-allowed-names").without_file(CLIENT_CA);
        assert!(check(&RULE, &any).expect_finding().consequence.starts_with("Everyone who holds"));
    }

    #[test]
    fn fails_with_the_client_ca_of_the_server_beside_it() {
        let cluster = Cluster::new();
        let manager = cluster.controller_manager().without("client-ca-file");
        let server = cluster.server().setup();
        let reused = manager.clone().set("requestheader-client-ca-file", CLIENT_CA);
        check_beside(&RULE, reused.clone(), &[&server]).expect_error().explains("from the ConfigMap");
        check_beside(&RULE, reused.without("requestheader-allowed-names"), &[&server]).expect_finding();
        check_beside(&RULE, &manager, &[&server]).expect_pass();
    }

    #[test]
    fn passes_with_a_separate_ca() {
        check(&RULE, Cluster::new().controller_manager()).expect_pass();
    }

    #[test]
    fn does_not_apply_when_the_configmap_is_read() {
        let manager = Cluster::new().controller_manager().without("requestheader-client-ca-file");
        check(&RULE, &manager).expect_not_applicable();
    }
}
