//! A certificate and a key that do not belong together.

use crate::lint::facts::init_command::renew_client;
use crate::lint::facts::look::Judged;
use crate::lint::facts::wording::{related, subject};
use crate::lint::{Check, Finding, Rule, Severity};
use crate::model::Setup;

pub(super) static RULE: Rule = Rule {
    id: "proxy-client-key-mismatch",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/proxy-client-key-mismatch.md"),
    checks: &[Check::Server(|setup, _| judge(setup).into())],
};

fn judge(setup: &Setup) -> Judged {
    let client = setup.proxy_client.get()?;
    let key = setup.proxy_client_key.get()?;
    if key.key.matches(&client.leaf.value) {
        return Ok(Vec::new());
    }
    Ok(vec![Finding {
        severity: Severity::Error,
        message: format!(
            "the key {} does not belong to the certificate {} in {}",
            key.path,
            subject(&client.leaf.value),
            client.path
        ),
        origin: key.origin.clone(),
        label: "the key of another certificate".to_owned(),
        related: vec![related(&client.origin, "the certificate")],
        consequence: "kube-apiserver does not start; this node has no API server until the pair matches.".to_owned(),
        demonstration: Some("kube-apiserver says: tls: private key does not match public key".to_owned()),
        fix: renew_client(setup),
        identity: vec![client.leaf.value.fingerprint()],
    }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, PROXY_CLIENT_KEY, check};

    #[test]
    fn fails_with_the_key_of_another_certificate() {
        let cluster = Cluster::new();
        let other = cluster.front_proxy_ca.client("front-proxy-client");
        check(&RULE, cluster.server().file(PROXY_CLIENT_KEY, &other.key_pem))
            .expect_finding()
            .shows("tls: private key does not match public key");
    }

    #[test]
    fn passes_with_its_own_key() {
        check(&RULE, Cluster::new().server()).expect_pass();
    }
}
