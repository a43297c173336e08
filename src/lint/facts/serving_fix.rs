//! How the serving certificate of an extension API server and the caBundle of its APIService come to fit each other.

use super::api_service_patch;
use super::extension::{extension_command, servers_of};
use crate::lint::{Context, Fix};
use crate::model::{ExtensionServer, Serving};
use crate::source::ApiService;

/// Has kube-apiserver verify the server with a CA. Of a server that makes its certificate at each start no CA does: it needs
/// another certificate before, or what is answered unverified today would be a 503.
pub(crate) fn verify(service: &ApiService, context: &Context<'_>) -> Fix {
    let servers = servers_of(service, context).unwrap_or_default();
    match servers.iter().find(|server| server.makes_its_certificate()) {
        Some(server) if service.skips_verification() => kept_certificate(service, server, context).saying(|this| {
            format!(
                "{this} That comes first, for no caBundle verifies what the server shows today. Only when every Pod shows the \
                 new certificate give {} its CA: with the changed manifests check prints the command.",
                service.name.value
            )
        }),
        Some(server) => instead_of_none(service, server, context),
        None if servers.iter().any(|server| matches!(server.serving, Serving::Certificate(_))) => {
            api_service_patch::with_ca_bundle(service, context.objects)
        }
        None => api_service_patch::with_ca_bundle(service, context.objects).saying(|this| {
            format!(
                "{this} A server without --tls-cert-file makes a certificate of its own at each start, which no CA verifies: \
                 it needs another one before."
            )
        }),
    }
}

/// The same where the API is unavailable until both are there, in whatever order.
pub(crate) fn instead_of_none(service: &ApiService, server: &ExtensionServer, context: &Context<'_>) -> Fix {
    let fix = kept_certificate(service, server, context);
    // What another program fills in it would fill in again.
    if fix.commands.is_empty() || service.injection.is_some() || service.ca_bundle_unknown {
        return fix;
    }
    let patch = api_service_patch::with_ca_bundle(service, context.objects).commands;
    let name = &service.name.value;
    let fix =
        fix.saying(|this| format!("{this} The last command gives {name} the CA of a certificate that was made here."));
    patch.into_iter().fold(fix, Fix::shell)
}

/// A certificate that stays the same when a Pod starts, in the place of one that the server makes for itself.
fn kept_certificate(service: &ApiService, server: &ExtensionServer, context: &Context<'_>) -> Fix {
    if service.is_made_by_olm() {
        return Fix::from("Let the server take the certificate that the Operator Lifecycle Manager puts there.")
            .flag("--cert-dir=/apiserver.local.config/certificates");
    }
    let fix = Fix::from(
        "Have a certificate for the Service issued by a CA of yours, or let `aggcert extension` make a CA, a certificate and \
         the Secret with it. Put the Secret alone into the cluster, for the other objects are there; mount it, here in /tls, and \
         start the server with these flags.",
    );
    let fix = ["--tls-cert-file=/tls/tls.crt", "--tls-private-key-file=/tls/tls.key"].into_iter().fold(fix, Fix::flag);
    let Some(command) = extension_command(service, server, context) else { return fix };
    let secret = format!("{}/secret.yaml", service.name.value);
    fix.command(&command).command(&["kubectl", "apply", "-f", &secret])
}

#[cfg(test)]
mod tests {
    use crate::lint::Rule;
    use crate::lint::rules::ALL;
    use crate::lint::testing::Expect;
    use crate::lint::testing::scene::{API_SERVICE, DEPLOYMENT, Scene};

    fn rule(id: &str) -> &'static Rule {
        ALL.iter().copied().find(|rule| rule.id == id).unwrap()
    }

    /// As metrics-server is published: `--cert-dir` in an emptyDir, and verification off.
    fn published() -> Scene {
        let scene = Scene::new().without_flag("--tls-cert-file=/tls/tls.crt");
        let scene = scene.without_flag("--tls-private-key-file=/tls/tls.key").flag("--cert-dir=/tls");
        scene.change(DEPLOYMENT, "secret: {secretName: serving}", "emptyDir: {}")
    }

    #[test]
    fn no_ca_is_trusted_before_the_server_has_a_certificate_of_it() {
        let insecure = |scene: Scene| scene.change(API_SERVICE, "  caBundle", "  insecureSkipTLSVerify: true\n  x");
        let fix = insecure(published()).check(rule("apiservice-insecure")).expect_finding().fix;
        assert_eq!(fix.flags.len(), 2, "{fix}");
        assert_eq!(
            fix.commands,
            [
                "aggcert extension v1alpha1.wardle.example.com --namespace wardle --service api --service-account apiserver \
                 --selector app=wardle --port 8443 --tls-dir /tls",
                "kubectl apply -f v1alpha1.wardle.example.com/secret.yaml",
            ]
        );
        let kept = insecure(Scene::new()).check(rule("apiservice-insecure")).expect_finding().fix;
        let [command] = kept.commands.as_slice() else { panic!("{kept}") };
        assert!(command.starts_with("test -s v1alpha1.wardle.example.com/serving-ca.crt && "), "{command}");
        assert!(command.contains("/spec/insecureSkipTLSVerify"), "{command}");
    }

    #[test]
    fn nothing_is_lost_where_no_request_passes_today() {
        let fix = published().check(rule("serving-certificate-in-memory")).expect_finding().fix;
        let last = fix.commands.last().unwrap();
        assert!(last.contains("/spec/caBundle") && !last.contains("insecureSkipTLSVerify"), "{fix}");
    }
}
