//! The same reuse on the ports of the controller manager and the scheduler.

use crate::lint::{Context, Finding, Outcome, Rule, Severity, Subject};

use super::references::{DELEGATED_DEFAULTS, REQUEST_HEADER, X509_VERIFIER};
use super::reuse::Reuse;
use super::trust::{Names, Overlap};
use super::wording::{quoted, separate_ca};

pub static RULE: Rule = Rule {
    id: "component-ca-reused",
    summary: "The client CA can issue a front proxy for the component's port",
    severity: Severity::Error,
    subject: Subject::OtherComponent,
    explanation: "\
kube-controller-manager and kube-scheduler serve HTTPS themselves and authenticate requests there as kube-apiserver \
does: a certificate that verifies against --requestheader-client-ca-file, with an allowed name, may say in its headers \
who the user is. When the CA of --client-ca-file can issue such a certificate, an ordinary client reads what the port \
serves (metrics, profiles, the configuration) in the name of any user, and changes what the port lets that user change.

These components have default header names, so the reuse works without any further flag, and none of them tests for \
overlap at start-up as kube-apiserver 1.35 does. A kube-apiserver beside it may have the same fault; that is judged by \
identity-spoofable and ca-reused, and is mended in another file.",
    references: &[DELEGATED_DEFAULTS, REQUEST_HEADER, X509_VERIFIER],
    bad_example: "\
kube-controller-manager
--client-ca-file=/etc/kubernetes/pki/ca.crt
--requestheader-client-ca-file=/etc/kubernetes/pki/ca.crt",
    good_example: "\
kube-controller-manager
--client-ca-file=/etc/kubernetes/pki/ca.crt
--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt
--requestheader-allowed-names=front-proxy-client",
    remedy: "\
Give the component the requestheader CA and the names that kube-apiserver has once those are separate, or leave the \
--requestheader flags out: it then reads them from the ConfigMap kube-system/extension-apiserver-authentication.",
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
