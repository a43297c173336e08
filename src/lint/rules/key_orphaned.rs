//! A private key that nothing belongs to.

use crate::lint::facts::look::Judged;
use crate::lint::{Check, Finding, Outcome, Rule, Severity};
use crate::model::{KeyFile, Setup, known_certificates};

pub(super) static RULE: Rule = Rule {
    id: "key-orphaned",
    severity: Severity::Note,
    text: include_str!("../../../docs/rules/key-orphaned.md"),
    checks: &[Check::Server(|setup, _| judge(setup).into())],
};

fn judge(setup: &Setup) -> Judged {
    if setup.keys_on_host.is_empty() {
        return match setup.keys_not_read.first() {
            Some(why) => Err(why.clone().into()),
            None => Err(Outcome::not_applicable("no private key was seen")),
        };
    }
    let orphaned = setup.keys_on_host.iter().filter(|key| !key.is_explained);
    let orphaned = orphaned.filter(|key| !known_certificates(setup).any(|certificate| key.key.matches(certificate)));
    Ok(orphaned.map(finding).collect())
}

fn finding(key: &KeyFile) -> Finding {
    Finding {
        severity: RULE.severity,
        message: format!("{} belongs to no certificate", key.path),
        origin: key.origin.clone(),
        label: format!("{} lies beside it", key.path),
        related: Vec::new(),
        consequence:
            "The certificate that it belonged to was replaced, but may still be valid: whoever has a copy of it, \
                      and reads the key, is who it names."
                .to_owned(),
        demonstration: None,
        fix: format!("Move {} to a safe place, or delete it once nothing uses it.", key.path).into(),
        identity: vec![key.path.clone()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, PROXY_CLIENT_KEY, check};

    const OLD: &str = "/etc/kubernetes/pki/front-proxy-client-old.key";

    #[test]
    fn fails_with_the_key_of_a_certificate_that_was_replaced() {
        let cluster = Cluster::new();
        let old = cluster.front_proxy_ca.client("front-proxy-client");
        let server = cluster.server().file(OLD, &old.key_pem);
        let finding = check(&RULE, &server).expect_finding();
        assert!(
            finding.message.ends_with("front-proxy-client-old.key belongs to no certificate"),
            "{}",
            finding.message
        );
        check(&RULE, server.file("/etc/kubernetes/pki/old.crt", &old.pem)).expect_pass();
    }

    #[test]
    fn passes_with_the_keys_of_certificates_and_of_service_accounts() {
        let cluster = Cluster::new();
        let other = cluster.front_proxy_ca.client("other").key_pem;
        let server = cluster
            .server()
            .file("/etc/kubernetes/pki/front-proxy-ca.key", &cluster.front_proxy_ca.key_pem)
            .file("/etc/kubernetes/pki/sa.key", &other);
        check(&RULE, &server).expect_pass();
        // A pair that does not match has a rule of its own.
        check(&RULE, cluster.server().file(PROXY_CLIENT_KEY, &other)).expect_pass();
    }

    #[test]
    fn does_not_apply_without_a_key() {
        check(&RULE, Cluster::new().server().without_file(PROXY_CLIENT_KEY)).expect_not_applicable();
    }
}
