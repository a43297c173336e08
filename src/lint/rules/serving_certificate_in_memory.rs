//! A caBundle for a certificate that is made anew whenever a Pod starts.

use crate::lint::facts::extension::{place, servers_of};
use crate::lint::facts::rights::role_to_change;
use crate::lint::facts::serving::ca_bundle;
use crate::lint::facts::serving_fix;
use crate::lint::prelude::*;
use crate::model::Serving;

pub(super) static RULE: Rule = Rule {
    id: "serving-certificate-in-memory",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/serving-certificate-in-memory.md"),
    checks: &[Check::ApiService(|service, context| judge(service, context).into())],
};

fn judge(service: &ApiService, context: &Context<'_>) -> Result<Vec<Finding>, Outcome> {
    if service.skips_verification() {
        return Err(not_applicable("verification is switched off, which apiservice-insecure reports"));
    }
    let servers = servers_of(service, context)?;
    let Some(server) = servers.iter().find(|server| server.makes_its_certificate()) else {
        let unknown = servers.iter().find_map(|server| match &server.serving {
            Serving::NotKnown(why) => Some(why.clone()),
            _ => None,
        });
        return unknown.map_or(Ok(Vec::new()), |why| Err(why.into()));
    };
    let name = &service.name.value;
    if let Some(role) = role_to_change(server, name, context.objects) {
        let why = format!("{} may write the caBundle for it: {} allows that", server.workload.object, role.object);
        return Err(Reason::undecided(why).at(&role.object.name.origin).into());
    }
    let is_absent = service.ca_bundle.as_ref().is_none_or(|bundle| bundle.as_str().trim().is_empty());
    let bundle = match ca_bundle(service, context) {
        Ok((bundle, _)) => Some(bundle),
        // Nor is its CA among the root certificates of any host.
        Err(_) if is_absent && !service.ca_bundle_unknown => None,
        // What it is filled in with issued a certificate for the server, and this is not that one.
        Err(_) if service.injection.is_some() => None,
        Err(why) => return Err(why),
    };
    Ok(vec![
        Finding::error(format!(
            "{name}: {} makes its certificate at each start, which no caBundle verifies",
            server.workload.object
        ))
        .at(&place(server), "no --tls-cert-file, and nothing in --cert-dir")
        .related(bundle.iter().map(|bundle| related(&bundle.origin(), "the CA that should have issued it")))
        .consequence(format!(
            "The certificate is signed by a CA that the Pod makes for itself and forgets. kube-apiserver ends the \
             connection, `x509: certificate signed by unknown authority`: every request for {name} gets 503."
        ))
        .fix(serving_fix::instead_of_none(service, server, context))
        .identity([name.clone(), server.workload.object.to_string()]),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Expect;
    use crate::lint::testing::scene::{API_SERVICE, DEPLOYMENT, Scene};

    fn without_files() -> Scene {
        Scene::new().without_flag("--tls-cert-file=/tls/tls.crt").without_flag("--tls-private-key-file=/tls/tls.key")
    }

    #[test]
    fn fails_without_a_certificate() {
        let finding = without_files().check(&RULE).expect_finding();
        assert_eq!(finding.fix.flags.len(), 2);
        let command = &finding.fix.commands[0];
        assert!(command.starts_with("aggcert extension v1alpha1.wardle.example.com --namespace "), "{command}");
        assert!(command.ends_with(" --tls-dir /tls"), "{command}");
        let empty =
            without_files().change(DEPLOYMENT, "secret: {secretName: serving}", "emptyDir: {}").flag("--cert-dir=/tls");
        empty.check(&RULE).expect_finding();
    }

    #[test]
    fn passes_with_one() {
        Scene::new().check(&RULE).expect_pass();
    }

    /// As Calico's manifest has it.
    #[test]
    fn passes_with_one_that_is_mounted_where_the_server_looks_for_it() {
        let at = |path: &str| without_files().change(DEPLOYMENT, "mountPath: /tls", &format!("mountPath: {path}"));
        let items = "secret: {secretName: serving, items: [{key: tls.crt, path: apiserver.crt}, {key: tls.key, path: apiserver.key}]}";
        let mounted = at("/code/apiserver.local.config/certificates");
        mounted.clone().change(DEPLOYMENT, "secret: {secretName: serving}", items).check(&RULE).expect_pass();
        mounted.check(&RULE).expect_unknown();
        at("/elsewhere").check(&RULE).expect_finding();
    }

    /// As service-catalog's chart has it.
    #[test]
    fn is_unknown_where_a_mounted_pair_may_be_in_the_servers_own_default_directory() {
        let mounted = |items: &str| {
            let secret = format!("secret: {{secretName: serving, items: [{items}]}}");
            let scene = without_files().change(DEPLOYMENT, "mountPath: /tls", "mountPath: /var/run/catalog");
            scene.change(DEPLOYMENT, "secret: {secretName: serving}", &secret)
        };
        let pair = mounted("{key: tls.crt, path: apiserver.crt}, {key: tls.key, path: apiserver.key}");
        pair.check(&RULE).expect_unknown();
        mounted("{key: tls.crt, path: other.crt}").check(&RULE).expect_finding();
    }

    #[test]
    fn fails_without_a_ca_bundle_because_no_root_certificate_is_its_ca() {
        let scene = without_files();
        let text = scene.text_of(API_SERVICE);
        let line = text.lines().find(|line| line.contains("caBundle")).unwrap();
        scene.change(API_SERVICE, line, "  x: y").check(&RULE).expect_finding();
    }

    #[test]
    fn is_unknown_where_a_volume_may_hold_one() {
        without_files().flag("--cert-dir=/tls").check(&RULE).expect_unknown();
        without_files().change(DEPLOYMENT, "sample-apiserver:1.37", "sample:1.37").check(&RULE).expect_finding();
        let other = without_files().without_flag("--secure-port=8443");
        other.change(DEPLOYMENT, "sample-apiserver:1.37", "sample:1.37").check(&RULE).expect_unknown();
    }

    #[test]
    fn is_unknown_where_the_server_may_write_the_bundle_itself() {
        let role = |resources: &str, verbs: &str| {
            let rule = format!("{{apiGroups: [apiregistration.k8s.io], resources: [{resources}], verbs: [{verbs}]}}");
            let name = "metadata: {name: writes}";
            without_files().add(&format!("kind: ClusterRole\napiVersion: rbac.authorization.k8s.io/v1\n{name}\nrules: [{rule}]\n")).add(
                &format!(
                    "kind: ClusterRoleBinding\napiVersion: rbac.authorization.k8s.io/v1\n{name}\nroleRef: {{kind: ClusterRole, \
                     name: writes}}\nsubjects: [{{kind: ServiceAccount, name: apiserver, namespace: wardle}}]\n"
                ),
            )
        };
        role("apiservices", "get, patch").check(&RULE).expect_unknown();
        role("apiservices", "get").check(&RULE).expect_finding();
        role("'*'", "'*'").check(&RULE).expect_finding();
    }

    #[test]
    fn does_not_apply_without_verification() {
        without_files()
            .change(API_SERVICE, "  caBundle", "  insecureSkipTLSVerify: true\n  x")
            .check(&RULE)
            .expect_not_applicable();
    }

    #[test]
    fn is_unknown_where_a_script_may_give_the_flag() {
        let scene = Scene::new().without_flag("--tls-cert-file=/tls/tls.crt");
        let started = |flags: &str| {
            let script = format!(
                "        command: [sh, -c, 'exec sample-apiserver --secure-port=8443 {flags}']\n        ports:"
            );
            scene.clone().change(DEPLOYMENT, "        ports:", &script).check(&RULE)
        };
        started("$TLS").expect_unknown();
        started("").expect_finding();
        // The words of `args`, which are the script's parameters.
        started("--tls-cert-file=/tls/tls.crt").expect_pass();
    }
}
