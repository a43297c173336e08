//! A proxy client that is not for clients.

use crate::lint::facts::front_proxy::{FrontProxy, Obstacle};
use crate::lint::facts::init_command::{renew_client, renew_client_with};
use crate::lint::facts::passed_on;
use crate::lint::prelude::*;
use crate::x509::{ExtendedKeyUsage, PublicKeyAlgorithm};

pub(super) static RULE: Rule = Rule {
    id: "proxy-client-usage",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/proxy-client-usage.md"),
    checks: &[Check::Server(|setup, context| judge(setup, context).into())],
};

fn judge(setup: &Setup, context: &Context<'_>) -> Judged {
    let client = setup.proxy_client.get()?;
    if !client.leaf.value.allows_client_auth() {
        // The extension says so by itself; no bundle is needed to see it. A bundle that holds the very certificate
        // does not help either.
        return Ok(vec![finding(context, setup, &client.leaf.value, &client.leaf.origin)]);
    }
    if client.leaf.value.public_key_algorithm == PublicKeyAlgorithm::EcdsaP224 {
        return Ok(vec![curve(setup, &client.leaf)]);
    }
    if client.rest.is_empty() {
        return Ok(Vec::new());
    }
    let proxy = FrontProxy::of(setup)?;
    match proxy.obstacle(context.now) {
        Some((Obstacle::ClientUsage(certificate), _)) => {
            Ok(vec![finding(context, setup, &certificate, &proxy.origin(&certificate))])
        }
        _ => Ok(Vec::new()),
    }
}

fn finding(context: &Context<'_>, setup: &Setup, certificate: &Certificate, origin: &Origin) -> Finding {
    let usages: Vec<String> = certificate.extended_key_usage.iter().map(usage_name).collect();
    Finding::error(format!("{} is for {}, not for clientAuth", subject(certificate), list(&usages, "and")))
        .at(origin, "extendedKeyUsage without clientAuth")
        .consequence(
            "Extension API servers do not accept kube-apiserver as a front proxy and answer 401 to everything that it \
             passes on.",
        )
        .demonstration(passed_on::refusal(setup, context.now, "x509: certificate specifies an incompatible key usage"))
        .fix(renew_client(setup))
        .identity([certificate.fingerprint()])
}

/// kube-apiserver loads such a key, and no TLS handshake of its proxy succeeds with it.
fn curve(setup: &Setup, client: &Located<Certificate>) -> Finding {
    Finding::error(format!("{} has a key on the curve P-224, which TLS 1.3 does not know", subject(&client.value)))
        .at(&client.origin, "a key on P-224")
        .consequence(
            "The server starts, but cannot prove to any extension API server who it is; what it passes on fails with \
             `tls: unsupported certificate curve (P-224)`.",
        )
        .fix(renew_client_with(setup, &["--key-algorithm", "ecdsa-p256"]))
        .identity([client.value.fingerprint()])
}

/// As RFC 5280 names them.
fn usage_name(usage: &ExtendedKeyUsage) -> String {
    match usage {
        ExtendedKeyUsage::ServerAuth => "serverAuth".to_owned(),
        ExtendedKeyUsage::ClientAuth => "clientAuth".to_owned(),
        ExtendedKeyUsage::Any => "anyExtendedKeyUsage".to_owned(),
        ExtendedKeyUsage::Other(id) => id.clone(),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, ExtendedKeyUsagePurpose};

    use super::*;
    use crate::lint::testing::{Cluster, Expect, FRONT_PROXY_CA, Issued, PROXY_CLIENT, check, openssl};

    fn for_servers(params: &mut CertificateParams) {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    }

    #[test]
    fn fails_with_a_serving_certificate() {
        check(&RULE, Cluster::new().with_client(for_servers).server())
            .expect_finding()
            .says("CN=front-proxy-client is for serverAuth, not for clientAuth")
            .shows("x509: certificate specifies an incompatible key usage");
    }

    #[test]
    fn fails_without_the_bundle_too() {
        check(&RULE, Cluster::new().with_client(for_servers).server().without_file(FRONT_PROXY_CA)).expect_finding();
    }

    #[test]
    fn fails_with_an_intermediate_for_servers() {
        let cluster = Cluster::new();
        let intermediate = Issued::ca_with("intermediate", for_servers).cross_signed_by(&cluster.front_proxy_ca);
        check(&RULE, cluster.server_below(&intermediate)).expect_finding().says("CN=intermediate is for serverAuth");
    }

    #[test]
    fn fails_on_a_curve_that_tls_does_not_know() {
        let (ca, client) = openssl::ca_and_client_with_key("front-proxy-client", "sha256", &openssl::P224);
        check(&RULE, Cluster::new().server().file(FRONT_PROXY_CA, &ca).file(PROXY_CLIENT, &client))
            .expect_finding()
            .says("CN=front-proxy-client has a key on the curve P-224, which TLS 1.3 does not know");
    }

    #[test]
    fn passes_with_client_auth_and_without_the_extension() {
        check(&RULE, Cluster::new().server()).expect_pass();
        check(&RULE, Cluster::new().with_client(|params| params.extended_key_usages = Vec::new()).server())
            .expect_pass();
    }
}
