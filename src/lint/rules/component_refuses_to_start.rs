//! Refusals at start-up of the controller manager and the scheduler.

use super::server_refuses_to_start::{finding, refusals};
use crate::lint::facts::look::Judged;
use crate::lint::{Check, Rule, Severity};
use crate::model::Setup;

pub(super) static RULE: Rule = Rule {
    id: "component-refuses-to-start",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/component-refuses-to-start.md"),
    checks: &[Check::OtherComponent(|setup, _| judge(setup).into())],
};

fn judge(setup: &Setup) -> Judged {
    Ok(refusals(setup)?.iter().map(|refusal| finding(setup, refusal)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, NOW, check};
    use crate::lint::{Context, Target};

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
    fn does_not_apply_to_a_server_which_has_a_rule_of_its_own() {
        let server = Cluster::new().server().setup();
        let context = Context {
            beside: &[],
            objects: crate::model::Objects::NONE,
            now: NOW,
            expiry_warning: time::Duration::ZERO,
        };
        assert!(RULE.judge(Target::of(&server), &context).is_none());
    }
}
