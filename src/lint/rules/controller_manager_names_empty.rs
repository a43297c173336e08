//! The controller manager and the scheduler have front proxies too.

use super::allowed_names_empty::{Telling, any_name};
use crate::lint::facts::clients::shared_ca_of_component;
use crate::lint::prelude::*;
use crate::source::{Argument, Provenance};

pub(super) static RULE: Rule = Rule {
    id: "controller-manager-names-empty",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/controller-manager-names-empty.md"),
    checks: &[Check::OtherComponent(|setup, context| judge(setup, context).into())],
};

fn judge(setup: &Setup, context: &Context<'_>) -> Judged {
    let component = setup.invocation.component.name();
    any_name(setup, context, shared_ca_of_component, |ca| Telling {
        // What kubeadm gives by itself is no mistake of who wrote the configuration.
        severity: if is_default(setup) { Severity::Note } else { Severity::Warning },
        message: format!("{component} requires no front proxy name, so every client certificate of {ca} is one"),
        consequence: format!(
            "Whoever gets any client certificate from {ca} can read what the port of {component} serves, in any \
             user's name."
        ),
        identity: vec![component.to_owned(), "requestheader-allowed-names".to_owned()],
    })
}

/// Whether a tool gives the CA. Asked of the arguments, because the path may be an expression.
fn is_default(setup: &Setup) -> bool {
    let is_ca = |argument: &&Argument| argument.text.as_str().starts_with("--requestheader-client-ca-file=");
    let last = setup.invocation.arguments.iter().rev().find(is_ca);
    last.is_some_and(|argument| argument.provenance != Provenance::Written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, check, check_beside};

    #[test]
    fn fails_for_the_flags_that_kubeadm_gives() {
        let manager = Cluster::new().controller_manager().without("requestheader-allowed-names");
        check(&RULE, &manager).expect_warning().shows("by sending `X-Remote-User: ");
    }

    #[test]
    fn fails_with_a_note_when_a_tool_gives_the_flags() {
        let manager = Cluster::new().controller_manager().without("requestheader-allowed-names");
        let manager = manager.without("requestheader-client-ca-file");
        let ca = format!("--requestheader-client-ca-file={FRONT_PROXY_CA}");
        check(&RULE, manager.clone().default_of("kubeadm", &ca)).expect_note();
        let opaque = manager.default_of("kubeadm", "--requestheader-client-ca-file={{ pki }}/front-proxy-ca.crt");
        assert_eq!(check(&RULE, &opaque).expect_finding().severity, Severity::Note);
    }

    #[test]
    fn does_not_apply_to_a_fragment_that_does_not_show_the_ca() {
        let manager = Cluster::new().controller_manager().without("requestheader-client-ca-file");
        check(&RULE, manager.set("requestheader-allowed-names", "").fragment()).expect_not_applicable();
    }

    #[test]
    fn passes_with_a_name() {
        check(&RULE, Cluster::new().controller_manager()).expect_pass();
    }

    #[test]
    fn does_not_apply_when_the_configmap_is_read_or_the_client_ca_is_reused() {
        let manager = Cluster::new().controller_manager().without("requestheader-allowed-names");
        check(&RULE, manager.clone().without("requestheader-client-ca-file")).expect_not_applicable();
        check(&RULE, manager.set("requestheader-client-ca-file", CLIENT_CA)).expect_not_applicable();
    }
    /// component-ca-reused tells it, whichever of the two CAs of clients it is.
    #[test]
    fn does_not_apply_when_the_client_ca_of_the_server_beside_it_is_reused() {
        let cluster = Cluster::new();
        let server = cluster.server().setup();
        let manager = cluster.controller_manager().without("requestheader-allowed-names");
        let reused = manager.set("requestheader-client-ca-file", CLIENT_CA);
        for reused in [reused.clone().without("client-ca-file"), reused.set("client-ca-file", FRONT_PROXY_CA)] {
            let why = check_beside(&RULE, reused, &[&server]).expect_not_applicable();
            assert!(why.contains("component-ca-reused"), "{why}");
        }
    }
}
