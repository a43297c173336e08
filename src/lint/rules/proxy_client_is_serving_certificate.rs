//! One certificate for both directions.

use crate::lint::facts::init_command::issue_client;
use crate::lint::prelude::*;
use crate::model::{CertificateFile, is_same_file};

const SERVING: &str = "tls-cert-file";

pub(super) static RULE: Rule = Rule {
    id: "proxy-client-is-serving-certificate",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/proxy-client-is-serving-certificate.md"),
    checks: &[Check::Server(|setup, _| judge(setup).into())],
};

fn judge(setup: &Setup) -> Judged {
    match leaves(setup) {
        Err(outcome) => named(setup).map(|finding| vec![finding]).ok_or(outcome),
        Ok((client, serving)) => Ok(held(setup, client, serving).into_iter().collect()),
    }
}

fn leaves(setup: &Setup) -> Result<(&CertificateFile, &CertificateFile), Outcome> {
    let client = setup.proxy_client.get()?;
    let serving = setup.neighbour(SERVING).ok_or_else(|| Reason::not_given(format!("--{SERVING}")))?;
    Ok((client, serving.get()?))
}

/// The file was not looked at, but both flags name it.
fn named(setup: &Setup) -> Option<Finding> {
    let (client, serving) = (&setup.proxy_client.flag, &setup.neighbour(SERVING)?.flag);
    if !is_same_file((setup, client), (setup, serving)) {
        return None;
    }
    let path = client.as_written();
    let message = format!("the serving certificate in {path} is the proxy client too");
    Some(finding(setup, message, client.origin()?, serving.origin()?, path.to_owned()))
}

fn held(setup: &Setup, client: &CertificateFile, serving: &CertificateFile) -> Option<Finding> {
    let (ours, theirs) = (&client.leaf.value, &serving.leaf.value);
    if ours.raw_subject_public_key_info != theirs.raw_subject_public_key_info {
        return None;
    }
    let message = if ours == theirs {
        format!("the serving certificate {} is the proxy client too", subject(ours))
    } else {
        format!("the proxy client {} has the key of the serving certificate {}", subject(ours), subject(theirs))
    };
    Some(finding(setup, message, &client.origin, &serving.origin, ours.key_fingerprint()))
}

fn finding(setup: &Setup, message: String, client: &Origin, serving: &Origin, identity: String) -> Finding {
    Finding::warning(message)
        .at(client, "shares its key with the serving certificate")
        .related([related(serving, "the serving certificate")])
        .consequence("Whoever holds the serving key can speak for any user to every extension API server.")
        .fix(issue_client(setup))
        .identity([identity])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, PROXY_CLIENT, check};

    const APISERVER: &str = "/etc/kubernetes/pki/apiserver.crt";

    #[test]
    fn fails_when_both_flags_name_one_certificate() {
        let cluster = Cluster::new();
        let finding = check(&RULE, cluster.server().set(SERVING, PROXY_CLIENT)).expect_finding();
        assert_eq!(finding.message, "the serving certificate CN=front-proxy-client is the proxy client too");
    }

    #[test]
    fn fails_when_two_certificates_have_one_key() {
        let cluster = Cluster::new();
        let renewed = cluster.proxy_client.cross_signed_by(&cluster.client_ca);
        assert!(
            check(&RULE, cluster.server().set(SERVING, APISERVER).file(APISERVER, &renewed.pem))
                .expect_finding()
                .message
                .contains("has the key of the serving certificate")
        );
    }

    #[test]
    fn fails_when_both_flags_name_one_file_that_is_not_here() {
        let cluster = Cluster::new();
        for (client, serving) in [(APISERVER, "/etc/kubernetes/pki//apiserver.crt"), ("{{ pki }}/a", "{{ pki }}/a")] {
            let server = cluster.server().set(SERVING, serving).set("proxy-client-cert-file", client);
            let finding = check(&RULE, &server).expect_finding();
            assert_eq!(finding.message, format!("the serving certificate in {client} is the proxy client too"));
        }
        let other = cluster.server().set(SERVING, "{{ pki }}/b").set("proxy-client-cert-file", "{{ pki }}/a");
        check(&RULE, &other).expect_unknown();
    }

    #[test]
    fn passes_with_two_pairs() {
        let cluster = Cluster::new();
        let serving = cluster.client_ca.client("kube-apiserver");
        check(&RULE, cluster.server().set(SERVING, APISERVER).file(APISERVER, &serving.pem)).expect_pass();
    }

    #[test]
    fn does_not_apply_without_a_serving_certificate_and_is_unknown_without_its_file() {
        let cluster = Cluster::new();
        check(&RULE, cluster.server()).expect_not_applicable();
        check(&RULE, cluster.server().set(SERVING, APISERVER)).expect_unknown();
    }
}
