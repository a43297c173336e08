//! Refusals at start-up of the controller manager and the scheduler.

use super::look::{Judged, setup};
use super::server_refuses_to_start::{finding, refusals};
use crate::lint::{Context, Rule, Severity, Subject};

pub static RULE: Rule = Rule {
    id: "component-refuses-to-start",
    severity: Severity::Error,
    subject: Subject::OtherComponent,
    text: include_str!("../../../docs/rules/component-refuses-to-start.md"),
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
