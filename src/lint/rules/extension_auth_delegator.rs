//! An extension API server that may not ask what users may do.

use crate::lint::facts::rights::{DELEGATOR, Holding, Right, account, bind, holding};
use crate::lint::prelude::*;
use crate::model::Objects;
use crate::source::resource::Binding;

pub(super) static RULE: Rule = Rule {
    id: "extension-auth-delegator",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/extension-auth-delegator.md"),
    checks: &[Check::Extension(check)],
};

fn check(server: &ExtensionServer, context: &Context<'_>) -> Outcome {
    if !server.has_known_defaults() {
        return Outcome::undecided("nothing tells how this server decides what users may do");
    }
    if let Err(why) = complete(&server.setup) {
        return why;
    }
    if let Some(origin) = server.setup.options.delegating.authorization_kubeconfig.origin() {
        return Reason::undecided("the account is that of --authorization-kubeconfig").at(origin).into();
    }
    match holding(server, Right::ReviewAccess, context.objects) {
        Holding::Granted => Outcome::Pass,
        Holding::NotKnown(why) => why.into(),
        Holding::Missing(meant) => finding(server, meant.as_ref(), context.objects).into(),
    }
}

fn finding(server: &ExtensionServer, meant: Option<&(&Binding, String)>, objects: &Objects) -> Finding {
    let object = &server.workload.object;
    let why = meant.map_or(String::new(), |(binding, why)| format!("; {} {why}", binding.object));
    let place = server.workload.service_account.as_ref().map(|account| &account.origin);
    Finding::error(format!(
        "{}, the ServiceAccount of {object}, may not ask kube-apiserver what users may do{why}",
        account(server)
    ))
    .at(place.unwrap_or(&server.setup.invocation.origin), format!("has no ClusterRoleBinding to {DELEGATOR}"))
    .related(meant.iter().map(|(binding, _)| related(&binding.role.origin, "meant to give it")))
    .consequence(
        "Ordinary users get 500, `subjectaccessreviews.authorization.k8s.io is forbidden`. Members of system:masters \
         pass by the check, kube-apiserver's own among them: administrators see 200, and the APIService is \
         Available.",
    )
    .fix(Fix::from("Bind the ClusterRole to the ServiceAccount in the whole cluster.").shell(bind(
        server,
        Right::ReviewAccess,
        objects,
    )))
    .identity([object.to_string(), DELEGATOR.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Expect;
    use crate::lint::testing::scene::{DELEGATOR_BINDING, Scene};

    #[test]
    fn fails_without_the_binding() {
        let finding = Scene::new().without(DELEGATOR_BINDING).check(&RULE).expect_finding();
        assert_eq!(
            finding.fix.commands,
            ["kubectl create clusterrolebinding wardle-server:system:auth-delegator \
              --clusterrole=system:auth-delegator --serviceaccount=wardle:apiserver"]
        );
    }

    #[test]
    fn fails_when_the_binding_gives_something_else() {
        for (from, to, why) in [
            ("kind: ClusterRoleBinding", "kind: RoleBinding", "in one namespace only"),
            ("namespace: wardle", "namespace: default", "names ServiceAccount default/apiserver"),
        ] {
            Scene::new().change(DELEGATOR_BINDING, from, to).check(&RULE).expect_finding().says(why);
        }
    }

    #[test]
    fn passes_with_the_binding() {
        Scene::new().check(&RULE).expect_pass();
        let everybody = (
            "kind: ServiceAccount\n  name: apiserver\n  namespace: wardle",
            "kind: Group\n  name: system:serviceaccounts",
        );
        Scene::new().change(DELEGATOR_BINDING, everybody.0, everybody.1).check(&RULE).expect_pass();
    }

    #[test]
    fn does_not_apply_to_a_part_of_the_flags() {
        Scene::new()
            .change(crate::lint::testing::scene::DEPLOYMENT, "        image: sample-apiserver:1.37\n", "")
            .check(&RULE)
            .expect_not_applicable();
    }
}
