//! The same reuse on the ports of the controller manager and the scheduler.

use crate::lint::facts::clients::{Clients, or_of_server};
use crate::lint::facts::components::as_the_server_has;
use crate::lint::facts::reuse::Reuse;
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "component-ca-reused",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/component-ca-reused.md"),
    checks: &[Check::OtherComponent(check)],
};

fn check(setup: &Setup, context: &Context<'_>) -> Outcome {
    or_of_server(setup, context, |setup, clients| judge(setup, context, clients))
}

fn judge(setup: &Setup, context: &Context<'_>, clients: Clients) -> Outcome {
    let overlap = &*context.overlap(setup);
    let Some(reuse) = Reuse::of(setup, overlap) else { return overlap.outcome_without_reuse() };
    let why = match clients {
        Clients::Own => "",
        Clients::Lent => LENT,
        Clients::OfServer => OF_SERVER,
    };
    let component = setup.invocation.component.name();
    Finding::new(reuse.severity(), format!("{} on {component}", reuse.how()))
        .at(&reuse.origin(), reuse.label())
        .related(reuse.related())
        .consequence(format!(
            "{} can be any user of any group on the port of {component}; it starts without a word.{why}{}",
            reuse.holders(),
            reuse.reservation()
        ))
        .demonstration(reuse.demonstration())
        .fix(as_the_server_has(setup, context))
        .identity(reuse.identity())
        .into()
}

const LENT: &str = " It has no --client-ca-file, and takes that of kube-apiserver from the ConfigMap.";
const OF_SERVER: &str =
    " The --client-ca-file is that of kube-apiserver, whose clients these are; the component has another.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, check, check_beside};

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

    /// A client CA of its own does not make the cluster's clients strangers.
    #[test]
    fn fails_with_the_client_ca_of_the_server_beside_it_though_it_has_another() {
        let cluster = Cluster::new();
        let server = cluster.server().setup();
        let manager = cluster.controller_manager().set("client-ca-file", FRONT_PROXY_CA);
        let reused = manager.clone().set("requestheader-client-ca-file", CLIENT_CA);
        let finding = check_beside(&RULE, reused.clone(), &[&server]).expect_error();
        let fix = finding.explains("is that of kube-apiserver").fix.lines().collect::<Vec<_>>();
        let ca = format!("--requestheader-client-ca-file={FRONT_PROXY_CA}");
        assert_eq!(fix, [ca.as_str(), "--requestheader-allowed-names=front-proxy-client"]);
        check(&RULE, reused).expect_pass();
    }

    /// What the server gets, the component gets, and after it.
    #[test]
    fn a_component_follows_the_server_to_a_ca_of_its_own() {
        let cluster = Cluster::new();
        let reused = cluster.server().set("requestheader-client-ca-file", CLIENT_CA).setup();
        let manager = cluster.controller_manager().set("requestheader-client-ca-file", CLIENT_CA);
        let fix = check_beside(&RULE, &manager, &[&reused]).expect_error().fix;
        // No file is named that is not there yet.
        assert!(fix.lines().next().is_none() && fix.sentence.contains("once they are there"), "{fix}");
        let rule = crate::lint::rules::find("ca-reused").unwrap();
        let told = |beside: &[&dyn crate::lint::testing::Subject]| {
            let fix = check_beside(rule, &reused, beside).expect_error().fix.sentence;
            fix.contains("Then give the first two flags to kube-controller-manager, too")
        };
        assert!(told(&[&manager]) && !told(&[]));
        assert!(!told(&[&manager.clone().without("requestheader-client-ca-file")]));
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
