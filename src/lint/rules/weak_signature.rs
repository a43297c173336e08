//! Signatures with a broken hash.

use crate::lint::facts::front_proxy::{FrontProxy, Obstacle};
use crate::lint::facts::init_command::renew_client;
use crate::lint::facts::passed_on;
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "weak-signature",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/weak-signature.md"),
    checks: &[Check::Server(|setup, context| judge(setup, context).into())],
};

fn judge(setup: &Setup, context: &Context<'_>) -> Judged {
    let proxy = FrontProxy::of(setup)?;
    let Some((Obstacle::WeakSignature(certificate), error)) = proxy.obstacle(context.now) else {
        return Ok(Vec::new());
    };
    let algorithm = certificate.signature_algorithm;
    Ok(vec![
        Finding::error(format!("{} is signed with {algorithm}, which is never accepted", subject(&certificate)))
            .at(&proxy.origin(&certificate), format!("signed with {algorithm}"))
            .consequence("Extension API servers answer 401 to everything that kube-apiserver passes on.")
            .demonstration(passed_on::demonstration(setup, context.now).or_else(|| Some(error.to_string())))
            .fix(renew_client(setup))
            .identity([certificate.fingerprint()]),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, FRONT_PROXY_CA, PROXY_CLIENT, check, openssl};

    #[test]
    fn fails_with_sha1_on_the_proxy_client() {
        let (ca, client) = openssl::ca_and_client("front-proxy-client", "sha1");
        let finding = check(&RULE, Cluster::new().server().file(FRONT_PROXY_CA, &ca).file(PROXY_CLIENT, &client))
            .expect_finding();
        assert_eq!(finding.message, "CN=front-proxy-client is signed with SHA1-RSA, which is never accepted");
        finding.shows("insecure algorithm SHA1-RSA");
    }

    #[test]
    fn passes_with_sha256_and_with_a_root_that_signed_itself_with_sha1() {
        let (ca, client) = openssl::ca_and_client("front-proxy-client", "sha256");
        let setup = Cluster::new().server().file(FRONT_PROXY_CA, &ca).file(PROXY_CLIENT, &client).setup();
        check(&RULE, &setup).expect_pass();
        let cluster = Cluster::new();
        let both = format!("{}{}", openssl::ca("rsa:2048", "sha1"), cluster.front_proxy_ca.pem);
        check(&RULE, cluster.server().file(FRONT_PROXY_CA, &both)).expect_pass();
    }
}
