//! An extension API server that may not read whom to trust.

use crate::lint::facts::extension::KUBE_SYSTEM;
use crate::lint::facts::rights::{Holding, READER, Right, account, bind, holding};
use crate::lint::prelude::*;
use crate::model::Objects;
use crate::source::resource::Binding;

pub(super) static RULE: Rule = Rule {
    id: "extension-reader-binding",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/extension-reader-binding.md"),
    checks: &[Check::Extension(check)],
};

fn check(server: &ExtensionServer, context: &Context<'_>) -> Outcome {
    if server.pins_requestheader_ca() || server.skips_lookup() {
        return not_applicable("the requestheader CA is not looked up");
    }
    if let Err(why) = complete(&server.setup) {
        return why;
    }
    let options = &server.setup.options.delegating;
    if let Some(origin) = options.authentication_kubeconfig.origin() {
        return Reason::undecided("the account is that of --authentication-kubeconfig").at(origin).into();
    }
    for right in [Right::GetConfigMap, Right::ListConfigMap] {
        match holding(server, right, context.objects) {
            Holding::Granted => {}
            Holding::NotKnown(why) => return why.into(),
            Holding::Missing(meant) => {
                return finding(server, right, meant.as_ref(), context.objects).into();
            }
        }
    }
    Outcome::Pass
}

fn finding(server: &ExtensionServer, right: Right, meant: Option<&(&Binding, String)>, objects: &Objects) -> Finding {
    let object = &server.workload.object;
    let tolerates = server.setup.options.delegating.authentication_tolerate_lookup_failure.value() == Some(&true);
    let may_not = if right == Right::ListConfigMap { "get but not list" } else { "not read" };
    let consequence = if right == Right::ListConfigMap {
        "The server starts, but it loads the CA of front proxies from a list of the ConfigMap, and so never: it answers 401 \
         or 403 to all that kube-apiserver passes on."
    } else if tolerates {
        "The server starts without knowing any front proxy, and answers 401 or 403 to all that kube-apiserver passes on."
    } else {
        "The server ends at its start: `configmaps \"extension-apiserver-authentication\" is forbidden`."
    };
    let account = account(server);
    let why = meant.map_or(String::new(), |(binding, why)| format!("; {} {why}", binding.object));
    let place = server.workload.service_account.as_ref().map(|account| &account.origin);
    Finding::error(format!(
        "{account}, the ServiceAccount of {object}, may {may_not} the ConfigMap in {KUBE_SYSTEM}{why}"
    ))
    .at(place.unwrap_or(&server.setup.invocation.origin), format!("has no RoleBinding to {READER} in {KUBE_SYSTEM}"))
    .related(meant.iter().map(|(binding, _)| related(&binding.role.origin, "meant to give it")))
    .consequence(consequence)
    .fix(
        Fix::from(format!("Bind the Role in {KUBE_SYSTEM} to the ServiceAccount.")).shell(bind(server, right, objects)),
    )
    .identity([object.to_string(), READER.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Expect;
    use crate::lint::testing::scene::{DELEGATOR_BINDING, READER_BINDING, Scene};

    #[test]
    fn fails_without_the_binding() {
        let finding = Scene::new().without(READER_BINDING).check(&RULE).expect_finding();
        assert_eq!(
            finding.fix.commands,
            ["kubectl create rolebinding wardle-server-auth-reader --namespace=kube-system \
              --role=extension-apiserver-authentication-reader --serviceaccount=wardle:apiserver"]
        );
        assert_eq!(finding.origin.source(), "apiserver");
    }

    /// `kubectl create` refuses the name of what is there.
    #[test]
    fn adds_the_account_to_the_binding_of_that_name() {
        let called = ("name: wardle-auth-reader", "name: wardle-server-auth-reader");
        let scene = Scene::new().change(READER_BINDING, called.0, called.1);
        let of_another = scene.clone().change(READER_BINDING, "name: apiserver\n", "name: default\n");
        assert_eq!(
            of_another.check(&RULE).expect_finding().fix.commands,
            ["kubectl set subject rolebinding wardle-server-auth-reader --namespace=kube-system \
              --serviceaccount=wardle:apiserver"]
        );
        let to_no_role = scene.change(READER_BINDING, "kind: Role\n", "kind: ClusterRole\n");
        assert_eq!(
            to_no_role.check(&RULE).expect_finding().fix.commands,
            ["kubectl create rolebinding wardle-server-apiserver-auth-reader --namespace=kube-system \
              --role=extension-apiserver-authentication-reader --serviceaccount=wardle:apiserver"]
        );
    }

    #[test]
    fn fails_when_the_binding_gives_something_else() {
        for (from, to, why) in [
            ("namespace: kube-system", "namespace: wardle", "stands outside of kube-system"),
            ("kind: Role\n", "kind: ClusterRole\n", "and there is none"),
            ("kind: RoleBinding", "kind: ClusterRoleBinding", "and there is none"),
            (
                "name: apiserver\n",
                "name: default\n",
                "names ServiceAccount wardle/default, but the Pods run as wardle/apiserver",
            ),
        ] {
            Scene::new().change(READER_BINDING, from, to).check(&RULE).expect_finding().says(why);
        }
    }

    #[test]
    fn passes_with_the_binding_or_another_role_that_allows_it() {
        Scene::new().check(&RULE).expect_pass();
        let role = "kind: ClusterRole\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: reads}\nrules:\n\
                    - {apiGroups: [''], resources: [configmaps], verbs: [get, list, watch]}\n";
        let binding = "kind: ClusterRoleBinding\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: reads}\n\
                       roleRef: {kind: ClusterRole, name: reads}\nsubjects:\n\
                       - {kind: ServiceAccount, name: apiserver, namespace: wardle}\n";
        let scene = Scene::new().without(READER_BINDING).add(binding);
        scene.clone().check(&RULE).expect_unknown();
        scene.clone().add(role).check(&RULE).expect_pass();
        let no_list = scene.clone().add(&role.replace("[get, list, watch]", "[get, watch]"));
        let finding = no_list.check(&RULE).expect_finding().says("may get but not list the ConfigMap").clone();
        assert!(finding.consequence.contains("and so never"), "{}", finding.consequence);
        // Two rules give what one does.
        let rule = "- {apiGroups: [''], resources: [configmaps], verbs: [list, watch]}\n";
        scene.add(&format!("{}{rule}", role.replace("[get, list, watch]", "[get]"))).check(&RULE).expect_pass();
    }

    #[test]
    fn is_unknown_where_the_binding_alone_has_no_namespace() {
        let scene = Scene::new().change(READER_BINDING, "  namespace: kube-system\n", "");
        scene.check(&RULE).expect_unknown();
    }

    #[test]
    fn is_unknown_where_no_bindings_are_seen() {
        Scene::new().without(READER_BINDING).without(DELEGATOR_BINDING).check(&RULE).expect_unknown();
        Scene::new().flag("--authentication-kubeconfig=/k").without(READER_BINDING).check(&RULE).expect_unknown();
    }

    #[test]
    fn fails_where_a_cluster_has_bindings_of_everybody_alone() {
        let everybody = "kind: ClusterRoleBinding\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: \
                         system:discovery, uid: x}\nroleRef: {kind: ClusterRole, name: system:discovery}\nsubjects:\n\
                         - {kind: Group, name: system:authenticated}\n";
        let scene = Scene::new().without(READER_BINDING).without(DELEGATOR_BINDING).add(everybody);
        scene.check(&RULE).expect_finding();
    }

    #[test]
    fn does_not_apply_when_nothing_is_looked_up() {
        Scene::new().flag("--authentication-skip-lookup").check(&RULE).expect_not_applicable();
    }
}
