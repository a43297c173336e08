//! The same reuse on the ports of the controller manager and the scheduler.

use crate::lint::{Context, Finding, Outcome, Rule, Severity, Subject};

use super::reuse::Reuse;
use super::trust::{Names, Overlap};
use super::wording::{quoted, separate_ca};

pub static RULE: Rule = Rule {
    id: "component-ca-reused",
    severity: Severity::Error,
    subject: Subject::OtherComponent,
    text: include_str!("../../../docs/rules/component-ca-reused.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let Some(setup) = context.target.setup() else {
        return Outcome::not_applicable("this is no component");
    };
    let overlap = Overlap::of(setup, context.now);
    let Some(reuse) = Reuse::of(setup, &overlap) else { return overlap.outcome_without_reuse() };
    let component = setup.invocation.component.name();
    let who = match reuse.names() {
        Names::Any => format!("Everyone who holds a client certificate of {}", reuse.issuers()),
        Names::Only(names) => {
            format!("Whoever obtains a certificate of {} with the name {}", reuse.issuers(), quoted(names, "or"))
        }
        Names::Unknown => format!("Whoever obtains a certificate of {} with an allowed name", reuse.issuers()),
    };
    Outcome::Fail(vec![Finding {
        severity: reuse.severity(),
        message: format!("{} on {component}", reuse.how()),
        origin: reuse.origin(),
        label: reuse.label(),
        related: reuse.related(),
        consequence: format!(
            "{who} can be any user of any group on the port of {component}; it starts without a word.{}",
            reuse.reservation()
        ),
        demonstration: reuse.demonstration(),
        fix: format!(
            "--requestheader-client-ca-file and --requestheader-allowed-names as kube-apiserver has them; where that \
             has no separate CA either: {}",
            separate_ca(setup)
        ),
        identity: reuse.identity(),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::rules::testing::{CLIENT_CA, Cluster, Expect, check};

    #[test]
    fn fails_when_one_file_is_in_both_flags() {
        let manager = Cluster::new().controller_manager().set("requestheader-client-ca-file", CLIENT_CA);
        let finding = check(&RULE, &manager.setup()).expect_finding();
        assert_eq!(finding.severity, Severity::Error);
        assert!(finding.consequence.contains("port of kube-controller-manager"), "{}", finding.consequence);
        let any = manager.without("requestheader-allowed-names").without_file(CLIENT_CA);
        assert!(check(&RULE, &any.setup()).expect_finding().consequence.starts_with("Everyone who holds"));
    }

    #[test]
    fn passes_with_a_separate_ca() {
        check(&RULE, &Cluster::new().controller_manager().setup()).expect_pass();
    }

    #[test]
    fn does_not_apply_when_the_configmap_is_read() {
        let manager = Cluster::new().controller_manager().without("requestheader-client-ca-file");
        check(&RULE, &manager.setup()).expect_not_applicable();
    }
}
