//! Refusals at start-up of the controller manager and the scheduler.

use super::citations::kubernetes;
use super::look::{Judged, setup};
use super::server_refuses_to_start::{finding, refusals};
use crate::lint::{Context, Rule, Severity, Subject};

pub static RULE: Rule = Rule {
    id: "component-refuses-to-start",
    summary: "kube-controller-manager or kube-scheduler ends at start-up with these flags and files",
    severity: Severity::Error,
    subject: Subject::OtherComponent,
    explanation: "\
kube-controller-manager and kube-scheduler have the --client-ca-file and --requestheader-* flags of kube-apiserver for \
their own serving ports, and the same tests at start-up: an unknown flag, a list with an empty entry or an unbalanced \
quote, a uid list without X-Remote-Uid, a CA file that is missing or holds no certificate end them. They do not \
compare the two bundles.

Without a controller manager no pod is replaced and no certificate request is signed; without a scheduler new pods \
stay pending. The other control-plane nodes take over, unless all have the same flags.",
    references: &[
        kubernetes!(
            "staging/src/k8s.io/apiserver/pkg/server/options/authentication.go",
            "DelegatingAuthenticationOptions.Validate and ApplyTo"
        ),
        kubernetes!("cmd/kube-controller-manager/app/options/options.go", "KubeControllerManagerOptions.Validate"),
    ],
    bad_example: "kube-controller-manager --requestheader-allowed-name=front-proxy-client",
    good_example: "kube-controller-manager --requestheader-allowed-names=front-proxy-client",
    remedy: "Mend the flag or file that the message names, and check again: a component tells one error at a time.",
    check: |context| judge(context).into(),
};

fn judge(context: &Context<'_>) -> Judged {
    let setup = setup(context)?;
    Ok(refusals(setup)?.iter().map(|refusal| finding(setup, refusal)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::Target;
    use crate::lint::rules::testing::{CLIENT_CA, Cluster, Expect, check};
    use crate::lint::{Context as Looked, Outcome};

    #[test]
    fn fails_with_a_misspelt_flag_an_empty_entry_and_an_empty_file() {
        let cluster = Cluster::new();
        for (component, says) in [
            (
                cluster.controller_manager().argument("--requestheader-allowed-name=a"),
                "Error: unknown flag: --requestheader-allowed-name",
            ),
            (
                cluster.controller_manager().set("requestheader-allowed-names", "a,"),
                "empty value in \"requestheader-allowed-names\"",
            ),
            (cluster.controller_manager().file(CLIENT_CA, ""), "missing content for CA bundle"),
        ] {
            let finding = check(&RULE, &component.setup()).expect_finding();
            assert!(finding.message.starts_with("kube-controller-manager does not start: "), "{}", finding.message);
            assert!(finding.message.contains(says), "{}", finding.message);
        }
    }

    #[test]
    fn passes_when_it_starts() {
        check(&RULE, &Cluster::new().controller_manager().setup()).expect_pass();
    }

    #[test]
    fn does_not_apply_to_what_is_no_component() {
        let looked = Looked {
            target: Target::Nodes(&[]),
            beside: &[],
            now: crate::lint::rules::testing::NOW,
            expiry_warning: time::Duration::days(30),
        };
        assert!(matches!((RULE.check)(&looked), Outcome::NotApplicable(_)));
    }
}
