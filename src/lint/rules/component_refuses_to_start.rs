//! Refusals at start-up of the controller manager, the scheduler and extension API servers.

use super::server_refuses_to_start::{finding, fix, refusals};
use crate::lint::facts::look::{Judged, not_applicable};
use crate::lint::{Check, Finding, Fix, Rule, Severity};
use crate::model::{ExtensionServer, FileState, Reason, Refusal, Serving, Setting, Setup, refused_flags};
use crate::text::Origin;

pub(super) static RULE: Rule = Rule {
    id: "component-refuses-to-start",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/component-refuses-to-start.md"),
    checks: &[
        Check::OtherComponent(|setup, _| judge(setup).into()),
        Check::Extension(|server, _| judge_extension(server).into()),
    ],
};

fn judge(setup: &Setup) -> Judged {
    Ok(refusals(setup)?.iter().map(|refusal| finding(setup, refusal)).collect())
}

/// The pair that an extension API server serves with, and the account that it asks kube-apiserver as. What else ends it is for its own program to say.
fn judge_extension(server: &ExtensionServer) -> Judged {
    let setup = &server.setup;
    let refused = refused_flags(setup, setup.version());
    if server.has_known_defaults() && !refused.is_empty() {
        let told =
            |refusal: &Refusal| extension_finding(server, &refusal.message, &refusal.origin, fix(setup, refusal));
        return Ok(refused.iter().map(told).collect());
    }
    if let Some(why) = &setup.options.fragment {
        return Err(why.clone().into());
    }
    if !server.has_known_defaults() {
        return Err(not_applicable("nothing tells that it is built on k8s.io/apiserver"));
    }
    let certificate = setup.neighbour("tls-cert-file").map_or(&Setting::Absent, |file| file.flag.setting());
    let key = setup.tls_private_key.flag.setting();
    for (setting, flag) in [(certificate, "--tls-cert-file"), (key, "--tls-private-key-file")] {
        if let Setting::Opaque(expression) = setting {
            return Err(Reason::expression(expression).about(flag).into());
        }
    }
    // `NewDynamicServingContentFromFiles`; with neither flag it makes a certificate for itself.
    let alone = match (certificate.path(), key.path()) {
        (Some(_), None) => certificate.origin().map(|origin| (origin, "--tls-private-key-file")),
        (None, Some(_)) => key.origin().map(|origin| (origin, "--tls-cert-file")),
        _ => None,
    };
    if let Some((origin, missing)) = alone {
        let fix = format!("Give {missing} beside it, too.");
        return Ok(vec![extension_finding(server, "missing filename for serving cert", origin, fix.into())]);
    }
    if let (Some(origin), Some(what)) = (&server.token_refused, server.delegates_as_account()) {
        let fix = format!(
            "Take `automountServiceAccountToken: false` away, mount the ServiceAccount's token at its usual place, or give \
             --{what}-kubeconfig."
        );
        return Ok(vec![extension_finding(server, &no_token(what), origin, fix.into())]);
    }
    match &server.serving {
        Serving::Certificate(FileState::Unusable(unusable)) => {
            let fix = "Put the certificate there, in PEM, with its key; `aggcert extension` makes both.";
            Ok(vec![extension_finding(server, &unusable.message, &unusable.origin, fix.into())])
        }
        Serving::Certificate(FileState::NotLooked(_)) => {
            Err(not_applicable("its serving certificate is not among the objects"))
        }
        _ => Ok(serving_key(server).into_iter().collect()),
    }
}

/// `rest.InClusterConfig` of client-go, in the words of `DelegatingAuthenticationOptions` and of
/// `DelegatingAuthorizationOptions`.
fn no_token(what: &str) -> String {
    format!(
        "failed to get delegated {what} kubeconfig: open /var/run/secrets/kubernetes.io/serviceaccount/token: no such file \
         or directory"
    )
}

/// A key that is none, or of another certificate.
fn serving_key(server: &ExtensionServer) -> Option<Finding> {
    let key = server.serving_key.as_ref()?;
    let message = match (&key.value, &server.serving) {
        (Err(message), _) => message.as_str(),
        (Ok(own), Serving::Certificate(FileState::Loaded(file))) => own.mismatch(&file.leaf.value)?,
        (Ok(_), _) => return None,
    };
    let fix = "Put the key of the certificate there, in PEM and not encrypted; `aggcert extension` makes both.";
    Some(extension_finding(server, message, &key.origin, fix.into()))
}

fn extension_finding(server: &ExtensionServer, message: &str, origin: &Origin, fix: Fix) -> Finding {
    let object = &server.workload.object;
    Finding {
        severity: Severity::Error,
        message: format!("{object} does not start: {message}"),
        origin: origin.clone(),
        label: "the start-up ends here".to_owned(),
        related: Vec::new(),
        consequence: "The server ends and is started again by the kubelet without end: its APIs are unavailable."
            .to_owned(),
        demonstration: Some(format!("the server says: {message}")),
        fix,
        identity: vec![object.to_string(), message.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::{DEPLOYMENT, SECRET, Scene};
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, Issued, NOW, check};
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
            let finding = check(&RULE, &component).expect_finding();
            assert!(finding.message.starts_with("kube-controller-manager does not start: "), "{}", finding.message);
            assert!(finding.message.contains(says), "{}", finding.message);
        }
    }

    #[test]
    fn fails_when_an_extension_server_has_half_of_a_pair_or_no_certificate_in_it() {
        let says = |scene: Scene, says: &str| {
            let finding = scene.check(&RULE).expect_finding();
            assert!(finding.message.contains(says), "{}", finding.message);
        };
        let missing = "Deployment wardle/wardle-server does not start: missing filename for serving cert";
        says(Scene::new().without_flag("--tls-private-key-file=/tls/tls.key"), missing);
        says(Scene::new().without_flag("--tls-cert-file=/tls/tls.crt"), missing);
        says(Scene::new().without(SECRET).add(NO_CERTIFICATE), "tls: failed to find any PEM data");
    }

    #[test]
    fn fails_with_a_key_that_is_none_or_anothers_and_a_volume_without_the_file() {
        let says = |scene: Scene, says: &str| {
            let finding = scene.check(&RULE).expect_finding();
            assert!(finding.message.contains(says), "{}", finding.message);
            assert!(!finding.origin.source().contains("Z2FyYmFnZQ"), "a key is shown");
        };
        let ca = Issued::ca("wardle-ca");
        let other = crate::lint::testing::scene::server_certificate(&ca, |_| {});
        says(Scene::new().key("Z2FyYmFnZQ=="), "tls: failed to find any PEM data in key input");
        says(Scene::new().key(&other.key_base64()), "tls: private key does not match public key");
        let items = |items: &str| {
            let to = format!("secret: {{secretName: serving, items: [{items}]}}");
            Scene::new().change(DEPLOYMENT, "secret: {secretName: serving}", &to)
        };
        says(items("{key: tls.crt, path: a.crt}"), "open /tls/tls.crt: no such file or directory");
        items("{key: tls.crt, path: tls.crt}, {key: tls.key, path: tls.key}").check(&RULE).expect_pass();
    }

    #[test]
    fn fails_without_the_token_of_its_account() {
        let spec = "      serviceAccountName: apiserver\n";
        let none = format!("{spec}      automountServiceAccountToken: false\n");
        let scene = Scene::new().change(DEPLOYMENT, spec, &none);
        scene.check(&RULE).expect_error().says("serviceaccount/token: no such file or directory");
        let one = scene.clone().flag("--authentication-kubeconfig=/etc/kubeconfig");
        one.check(&RULE).expect_error().says("failed to get delegated authorization kubeconfig");
        one.flag("--authorization-kubeconfig=/etc/kubeconfig").check(&RULE).expect_pass();
        scene.clone().flag("--kubeconfig=/etc/kubeconfig").check(&RULE).expect_error();
        let mount = "        volumeMounts:\n        - {name: token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}\n";
        scene.change(DEPLOYMENT, "        volumeMounts:\n", mount).check(&RULE).expect_pass();
    }

    #[test]
    fn the_account_refuses_the_token_where_the_pod_does_not_say() {
        let account = "kind: ServiceAccount\napiVersion: v1\nmetadata: {name: apiserver, namespace: wardle}\n\
                       automountServiceAccountToken: false\n";
        let scene = Scene::new().add(account);
        scene.check(&RULE).expect_error().says("serviceaccount/token: no such file or directory");
        Scene::new().add(&account.replace("wardle", "other")).check(&RULE).expect_pass();
        Scene::new().add(&account.replace("false", "true")).check(&RULE).expect_pass();
        let spec = "      serviceAccountName: apiserver\n";
        scene
            .change(DEPLOYMENT, spec, &format!("{spec}      automountServiceAccountToken: true\n"))
            .check(&RULE)
            .expect_pass();
    }

    /// What sample-apiserver and metrics-server end with.
    #[test]
    fn fails_with_flags_that_k8s_apiserver_refuses() {
        for (flag, says) in [
            ("--secure-port=443 --v=2", "invalid argument \"443 --v=2\" for \"--secure-port\" flag"),
            ("--authentication-skip-lookup=maybe", "strconv.ParseBool: parsing \"maybe\""),
            ("-tls-min-version=VersionTLS13", "unknown shorthand flag: 't' in -tls-min-version=VersionTLS13"),
            ("--requestheader-allowed-name=a", "unknown flag: --requestheader-allowed-name"),
            ("--requestheader-allowed-names=a,", "empty value in \"requestheader-allowed-names\""),
            ("--requestheader-uid-headers=X-Uid", "set without specifying the standard X-Remote-Uid header"),
        ] {
            Scene::new().flag(flag).check(&RULE).expect_error().says(says);
        }
        for own in ["-x", "--requests=1", "--client-cafile=x", "word"] {
            Scene::new().flag(own).check(&RULE).expect_pass();
        }
    }

    #[test]
    fn fails_when_the_secret_has_no_such_key() {
        let renamed =
            |scene: Scene| scene.change(DEPLOYMENT, "--tls-cert-file=/tls/tls.crt", "--tls-cert-file=/tls/server.crt");
        let scene = renamed(Scene::new());
        scene.check(&RULE).expect_error().says("open /tls/server.crt: no such file or directory");
        scene.change(SECRET, "  tls.crt:", "  server.crt:").check(&RULE).expect_pass();
        // Something else puts it there.
        let text = Scene::new().text_of(SECRET);
        let to_be_filled_in = text.split("data:").next().unwrap();
        renamed(Scene::new().without(SECRET)).add(to_be_filled_in).check(&RULE).expect_not_applicable();
    }

    /// As `kubectl apply` leaves them.
    #[test]
    fn of_two_secrets_of_one_name_the_last_counts() {
        let garbage = NO_CERTIFICATE.replace("type", "x");
        let first = Scene::new().without(SECRET).add(&garbage).add(&Scene::new().text_of(SECRET));
        first.check(&RULE).expect_pass();
        Scene::new().add(&garbage).check(&RULE).expect_finding();
    }

    #[test]
    fn a_key_that_was_taken_out_is_no_broken_one() {
        for gone in ["REDACTED", "''", "ENC[AES256_GCM]", "'{{ .Values.key }}'"] {
            Scene::new().key(gone).check(&RULE).expect_pass();
        }
    }

    const NO_CERTIFICATE: &str = "kind: Secret\napiVersion: v1\nmetadata: {name: serving, namespace: wardle}\n\
                                  type: kubernetes.io/tls\ndata: {tls.crt: Z2FyYmFnZQ==}\n";

    #[test]
    fn passes_with_a_pair_or_none() {
        Scene::new().check(&RULE).expect_pass();
        let none = Scene::new().without_flag("--tls-private-key-file=/tls/tls.key");
        none.without_flag("--tls-cert-file=/tls/tls.crt").check(&RULE).expect_pass();
        Scene::new().without(SECRET).check(&RULE).expect_not_applicable();
    }

    #[test]
    fn passes_when_it_starts() {
        check(&RULE, Cluster::new().controller_manager()).expect_pass();
    }

    #[test]
    fn does_not_apply_to_a_server_which_has_a_rule_of_its_own() {
        let server = Cluster::new().server().setup();
        let context =
            Context::new(crate::lint::Beside::nothing(), crate::model::Objects::NONE, NOW, time::Duration::ZERO);
        assert!(RULE.judge(Target::of(&server), &context).is_none());
    }
}
