//! Refusals at start-up of the controller manager, the scheduler and extension API servers.

use super::server_refuses_to_start::{finding, fix, refusals};
use crate::kubernetes::Component;
use crate::lint::prelude::*;
use crate::model::{FileState, Refusal, Serving, Setting, Startup, refused_flags, start};
use crate::source::Provenance;

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
    let findings = refusals(setup)?.iter().map(|refusal| finding(setup, refusal)).collect();
    found_or(findings, Some(not_looked_at(setup)).filter(|why| !why.is_empty()))
}

/// The files that the controller manager ends without, and that were not looked at. What a tool gives by itself lies where
/// that tool puts it.
fn not_looked_at(setup: &Setup) -> Vec<Reason> {
    let is_taken_for_granted = matches!(
        start(setup, setup.version()),
        Startup::Starts { assumptions, .. } if !assumptions.is_empty()
    );
    if setup.invocation.component != Component::KubeControllerManager || !is_taken_for_granted {
        return Vec::new();
    }
    let cas = setup.signing_cas.iter().map(|file| (&file.flag, file.not_looked_at()));
    let keys = setup.signing_keys.iter().chain([&setup.service_account_private_key]);
    let files = cas.chain(keys.map(|file| (&file.flag, file.not_looked_at())));
    let is_written =
        |flag: &PathFlag| flag.setting().given().is_none_or(|given| given.provenance == Provenance::Written);
    files
        .filter(|(flag, _)| is_written(flag))
        .filter_map(|(_, why)| why)
        .filter(|why| !why.cause().is_partial())
        .collect()
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
    Finding::error(format!("{object} does not start: {message}"))
        .at(origin, "the start-up ends here")
        .consequence("The server ends and is started again by the kubelet without end: its APIs are unavailable.")
        .demonstration(format!("the server says: {message}"))
        .fix(fix)
        .identity([object.to_string(), message.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::{DEPLOYMENT, SECRET, Scene, server_certificate};
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, Issued, NOW, check};
    use crate::lint::{Context, Target};

    #[test]
    fn fails_with_a_misspelt_flag_an_empty_entry_and_an_empty_file() {
        let manager = Cluster::new().controller_manager();
        check(&RULE, &manager).expect_pass();
        for (component, says) in [
            (
                manager.clone().argument("--requestheader-allowed-name=a"),
                "Error: unknown flag: --requestheader-allowed-name",
            ),
            (
                manager.clone().set("requestheader-allowed-names", "a,"),
                "empty value in \"requestheader-allowed-names\"",
            ),
            (manager.clone().file(CLIENT_CA, ""), "missing content for CA bundle"),
        ] {
            let finding = check(&RULE, &component).expect_finding().says(says);
            assert!(finding.message.starts_with("kube-controller-manager does not start: "), "{}", finding.message);
        }
        let fix = check(&RULE, manager.file(CLIENT_CA, "")).expect_finding().fix.sentence;
        assert!(fix.starts_with(&format!("Correct {CLIENT_CA}, or put a good copy there")), "{fix}");
    }

    /// Who gives a copied node may have left the keys behind, or the node may lack them.
    #[test]
    fn is_unknown_where_a_key_that_ends_it_was_not_looked_at() {
        for flag in ["cluster-signing-key-file", "service-account-private-key-file"] {
            let manager = Cluster::new().controller_manager().argument(&format!("--{flag}=/x.key"));
            let why = check(&RULE, &manager).expect_unknown();
            assert!(why.contains(&format!("--{flag}: there is no ")), "{why}");
            // kubeadm gives the flags where it has put the files.
            let default = Cluster::new().controller_manager().default_of("kubeadm", &format!("--{flag}=/x.key"));
            check(&RULE, default).expect_pass();
        }
        check(&RULE, Cluster::new().controller_manager()).expect_pass();
    }

    #[test]
    fn fails_with_a_pair_that_an_extension_server_cannot_use() {
        let (certificate, key) = ("--tls-cert-file=/tls/tls.crt", "--tls-private-key-file=/tls/tls.key");
        let missing = "error: Deployment wardle/wardle-server does not start: missing filename for serving cert";
        let items = |items: &str| {
            let to = format!("secret: {{secretName: serving, items: [{items}]}}");
            Scene::new().change(DEPLOYMENT, "secret: {secretName: serving}", &to)
        };
        let renamed = |scene: Scene| scene.change(DEPLOYMENT, certificate, "--tls-cert-file=/tls/server.crt");
        let secret = Scene::new().text_of(SECRET);
        let to_be_filled_in = secret.split("data:").next().unwrap();
        let garbage = NO_CERTIFICATE.replace("type", "x");
        let without = || Scene::new().without(SECRET);
        for (scene, expected) in [
            (Scene::new(), "pass"),
            (Scene::new().without_flag(key), missing),
            (Scene::new().without_flag(certificate), missing),
            (Scene::new().without_flag(certificate).without_flag(key), "pass"),
            (without(), "not applicable"),
            (without().add(NO_CERTIFICATE), "error: tls: failed to find any PEM data"),
            (items("{key: tls.crt, path: a.crt}"), "error: open /tls/tls.crt: no such file or directory"),
            (items("{key: tls.crt, path: tls.crt}, {key: tls.key, path: tls.key}"), "pass"),
            (renamed(Scene::new()), "error: open /tls/server.crt: no such file or directory"),
            (renamed(Scene::new()).change(SECRET, "  tls.crt:", "  server.crt:"), "pass"),
            // Something else puts it there.
            (renamed(without()).add(to_be_filled_in), "not applicable"),
            // Of two of one name the last counts, as `kubectl apply` leaves them.
            (without().add(&garbage).add(&secret), "pass"),
            (Scene::new().add(&garbage), "error"),
        ] {
            scene.check(&RULE).expect_as(expected);
        }
    }

    #[test]
    fn fails_with_a_key_that_is_none_or_anothers() {
        let other = server_certificate(&Issued::ca("wardle-ca"), |_| {}).key_base64();
        for (key, says) in [
            ("Z2FyYmFnZQ==", "tls: failed to find any PEM data in key input"),
            (&other, "tls: private key does not match public key"),
        ] {
            let finding = Scene::new().key(key).check(&RULE).expect_finding().says(says);
            assert!(!finding.origin.source().contains("Z2FyYmFnZQ"), "a key is shown");
        }
        // One that was taken out is no broken one.
        for gone in ["REDACTED", "''", "ENC[AES256_GCM]", "'{{ .Values.key }}'"] {
            Scene::new().key(gone).check(&RULE).expect_pass();
        }
    }

    #[test]
    fn fails_without_the_token_of_its_account() {
        const NO_TOKEN: &str = "error: serviceaccount/token: no such file or directory";
        let spec = "      serviceAccountName: apiserver\n";
        let says = |scene: Scene, mounts: bool| {
            scene.change(DEPLOYMENT, spec, &format!("{spec}      automountServiceAccountToken: {mounts}\n"))
        };
        let none = || says(Scene::new(), false);
        let mount = "        volumeMounts:\n        - {name: token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}\n";
        // Where the Pod does not say, its account does.
        let account = "kind: ServiceAccount\napiVersion: v1\nmetadata: {name: apiserver, namespace: wardle}\n\
                       automountServiceAccountToken: false\n";
        let (authentication, authorization) =
            ("--authentication-kubeconfig=/etc/kubeconfig", "--authorization-kubeconfig=/etc/kubeconfig");
        for (scene, expected) in [
            (none(), NO_TOKEN),
            (none().flag(authentication), "error: failed to get delegated authorization kubeconfig"),
            (none().flag(authentication).flag(authorization), "pass"),
            (none().flag("--kubeconfig=/etc/kubeconfig"), "error"),
            (none().change(DEPLOYMENT, "        volumeMounts:\n", mount), "pass"),
            (Scene::new().add(account), NO_TOKEN),
            (Scene::new().add(&account.replace("wardle", "other")), "pass"),
            (Scene::new().add(&account.replace("false", "true")), "pass"),
            (says(Scene::new().add(account), true), "pass"),
        ] {
            scene.check(&RULE).expect_as(expected);
        }
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

    const NO_CERTIFICATE: &str = "kind: Secret\napiVersion: v1\nmetadata: {name: serving, namespace: wardle}\n\
                                  type: kubernetes.io/tls\ndata: {tls.crt: Z2FyYmFnZQ==}\n";

    #[test]
    fn does_not_apply_to_a_server_which_has_a_rule_of_its_own() {
        let server = Cluster::new().server().setup();
        let context =
            Context::new(crate::lint::Beside::nothing(), crate::model::Objects::NONE, NOW, time::Duration::ZERO);
        assert!(RULE.judge(Target::of(&server), &context).is_none());
    }
}
