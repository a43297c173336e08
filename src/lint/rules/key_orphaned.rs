//! A private key that nothing belongs to, or not what it is named after.

use crate::lint::facts::host::{is_in_use, path_on_node};
use crate::lint::prelude::*;
use crate::model::{KeyFile, known_certificates};
use crate::source::formats::layouts::key_of;

pub(super) static RULE: Rule = Rule {
    id: "key-orphaned",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/key-orphaned.md"),
    checks: &[Check::Server(|setup, context| judge(setup, context).into())],
};

fn judge(setup: &Setup, context: &Context<'_>) -> Judged {
    if setup.keys_on_host.is_empty() {
        return match setup.keys_not_read.first() {
            Some(why) => Err(why.clone().into()),
            None => Err(not_applicable("no private key was seen")),
        };
    }
    let is_orphan = |key: &KeyFile| {
        let has_none = !known_certificates(setup).any(|certificate| key.key.matches(certificate));
        !key.is_explained && has_none && !is_in_use(key, setup, context)
    };
    let keys = setup.keys_on_host.iter();
    let findings = keys
        .filter_map(|key| of_another_ca(setup, key).or_else(|| is_orphan(key).then(|| finding(setup, key))))
        .collect();
    found_or(findings, setup.keys_not_read.first().cloned())
}

/// That of a CA by its name, and of none in the file of that CA.
fn of_another_ca(setup: &Setup, key: &KeyFile) -> Option<Finding> {
    let bundles = [&setup.requestheader_client_ca, &setup.client_ca].into_iter().filter_map(FileFlag::loaded);
    let place = |bundle: &TrustBundle| bundle.anchors().first().map(|anchor| anchor.origin.clone());
    let is_its = |file: &str| key_of(file).is_some_and(|of_file| of_file == key.path);
    let mut named = bundles.filter_map(|bundle| Some((bundle, place(bundle)?)));
    let (bundle, ca) = named.find(|(bundle, place)| is_its(&bundle.path) || is_its(place.file().name()))?;
    if bundle.certificates().any(|ca| key.key.matches(ca)) {
        return None;
    }
    Some(
        Finding::warning(format!("{} is not the key of {}", key.path, bundle.path))
            .at(&key.origin, "the key of something else")
            .related([related(&ca, "the CA")])
            .consequence(
                "What issues certificates with the two (kubeadm, kube-controller-manager, aggcert renew) fails, or \
                 issues such as the CA does not verify: when those in use end, aggregated APIs are unavailable.",
            )
            .fix(format!(
                "Put the key of this CA there, from another control-plane node or a backup. Where it is lost, rotate \
                 the CA while its client is still valid (aggcert rotate); see first what {} is the key of.",
                key.path
            ))
            .identity([key.path.clone()]),
    )
}

fn finding(setup: &Setup, key: &KeyFile) -> Finding {
    Finding::note(format!("{} belongs to no certificate", key.path))
        .at(&key.origin, format!("{} lies beside it", key.path))
        .consequence(
            "The certificate that it belonged to was replaced, but may still be valid: whoever has a copy of it, and \
             reads the key, is who it names.",
        )
        .fix(format!("Move {} to a safe place, or delete it once nothing uses it.", path_on_node(setup, &key.path)))
        .identity([key.path.clone()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, PROXY_CLIENT_KEY, check, check_beside};

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
    fn passes_with_a_key_that_is_in_use_or_whose_certificate_is_missing() {
        let cluster = Cluster::new();
        let key = "/etc/kubernetes/pki/ca.key";
        let server = cluster.server().file(key, &cluster.client_ca.key_pem).without_file(CLIENT_CA);
        check(&RULE, &server).expect_pass();
        let stray = "/etc/kubernetes/pki/signing.key";
        let server = cluster.server().file(stray, &cluster.front_proxy_ca.client("signing").key_pem).setup();
        check(&RULE, &server).expect_finding();
        let manager = cluster.controller_manager().argument(&format!("--cluster-signing-key-file={stray}"));
        check_beside(&RULE, &server, &[&manager]).expect_pass();
    }

    #[test]
    fn does_not_apply_without_a_key() {
        check(&RULE, Cluster::new().server().without_file(PROXY_CLIENT_KEY)).expect_not_applicable();
    }

    #[test]
    fn fails_with_the_key_of_something_else_beside_a_ca() {
        let cluster = Cluster::new();
        let key = "/etc/kubernetes/pki/front-proxy-ca.key";
        // It is explained, by the CA beside it.
        let finding = check(&RULE, cluster.server().file(key, &cluster.client_ca.key_pem)).expect_finding();
        assert!(
            finding.message.ends_with("is not the key of /etc/kubernetes/pki/front-proxy-ca.crt"),
            "{}",
            finding.message
        );
        assert_eq!(finding.severity, Severity::Warning);
    }
}
