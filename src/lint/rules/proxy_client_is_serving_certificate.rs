//! One certificate for both directions.

use super::citations::{kubernetes_io, rfc5280};
use super::init_command::{directory, make};
use super::look::{Judged, loaded, setup};
use super::trust::is_same_file;
use super::wording::{related, subject};
use crate::apiserver::{FileState, Setting, Setup};
use crate::lint::{Context, Finding, Rule, Severity, Subject};
use crate::source::Origin;

const SERVING: &str = "tls-cert-file";

pub static RULE: Rule = Rule {
    id: "proxy-client-is-serving-certificate",
    summary: "The serving certificate of kube-apiserver is its proxy client too",
    severity: Severity::Warning,
    subject: Subject::Server,
    explanation: "\
The serving certificate proves to clients that they speak with kube-apiserver. The proxy client's certificate lets its \
holder speak for any user. When both are the same pair, or two certificates with one key, the two purposes share their \
fate: the key lies wherever the serving key is needed (a load balancer that ends TLS, a debugging proxy), and whoever \
gets it there is a front proxy for every extension API server.

It also ties the CAs together. The serving certificate comes from the CA that clients trust, usually the CA of the \
cluster. To accept it as a front proxy the requestheader bundle must hold that CA, and then everybody to whom that CA \
issues a certificate with an allowed name can claim to be anyone.",
    references: &[
        kubernetes_io!(
            "Configure the Aggregation Layer, CA Reusage and Conflicts",
            "tasks/extend-kubernetes/configure-aggregation-layer/#ca-reusage-and-conflicts"
        ),
        kubernetes_io!("PKI certificates and requirements", "setup/best-practices/certificates/"),
        rfc5280!("4.2.1.12", "Extended Key Usage"),
    ],
    bad_example: "\
--tls-cert-file=/etc/kubernetes/pki/apiserver.crt
--proxy-client-cert-file=/etc/kubernetes/pki/apiserver.crt",
    good_example: "\
--tls-cert-file=/etc/kubernetes/pki/apiserver.crt
--proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt",
    remedy: "Issue a certificate of its own for the proxy client, from a CA of its own: `aggcert init DIR`.",
    check: |context| judge(context).into(),
};

fn judge(context: &Context<'_>) -> Judged {
    let setup = setup(context)?;
    let neighbours = setup.neighbours.iter();
    let serving = neighbours.filter(|(flag, _)| *flag == SERVING).map(|(_, state)| state).next();
    let serving = serving.unwrap_or(&FileState::NotGiven);
    if let (FileState::NotLooked(_), FileState::NotLooked(_)) = (&setup.proxy_client, serving) {
        let found = by_the_flags(setup);
        if found.is_some() {
            return Ok(found.into_iter().collect());
        }
    }
    let client = loaded("proxy-client-cert-file", &setup.proxy_client)?;
    let serving = loaded(SERVING, serving)?;
    let (ours, theirs) = (&client.leaf.value, &serving.leaf.value);
    if ours.raw_subject_public_key_info != theirs.raw_subject_public_key_info {
        return Ok(Vec::new());
    }
    let message = if ours == theirs {
        format!("the serving certificate {} is the proxy client too", subject(ours))
    } else {
        format!("the proxy client {} has the key of the serving certificate {}", subject(ours), subject(theirs))
    };
    let label = "shares its key with the serving certificate";
    Ok(vec![finding(setup, message, (&client.origin, label), &serving.origin, ours.key_fingerprint())])
}

/// The same path, or the same expression of a template, holds the same certificate whatever it is.
fn by_the_flags(setup: &Setup) -> Option<Finding> {
    let (client, serving) = (&setup.options.proxy_client_cert_file, &setup.options.tls_cert_file);
    if !is_same_file(setup, client, serving) {
        return None;
    }
    let path = match client {
        Setting::Opaque(expression) => &expression.value,
        client => client.path()?,
    };
    let message = format!("the serving certificate is the proxy client too: both flags name {path}");
    Some(finding(
        setup,
        message,
        (client.origin()?, "the same file as --tls-cert-file"),
        serving.origin()?,
        path.into(),
    ))
}

fn finding(setup: &Setup, message: String, at: (&Origin, &str), serving: &Origin, identity: String) -> Finding {
    let directory = directory(setup);
    Finding {
        severity: Severity::Warning,
        message,
        origin: at.0.clone(),
        label: at.1.to_owned(),
        related: vec![related(serving, "the serving certificate")],
        consequence: "Whoever holds the serving key can speak for any user to every extension API server.".to_owned(),
        demonstration: None,
        fix: format!(
            "{}, then --proxy-client-cert-file={directory}/front-proxy-client.crt \
             --proxy-client-key-file={directory}/front-proxy-client.key",
            make(setup)
        ),
        identity: vec![identity],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::rules::testing::{Cluster, Expect, PROXY_CLIENT, check};

    const APISERVER: &str = "/etc/kubernetes/pki/apiserver.crt";

    #[test]
    fn fails_when_both_flags_name_one_certificate() {
        let cluster = Cluster::new();
        let finding = check(&RULE, &cluster.server().set(SERVING, PROXY_CLIENT).setup()).expect_finding();
        assert_eq!(finding.message, "the serving certificate CN=front-proxy-client is the proxy client too");
    }

    #[test]
    fn fails_when_two_certificates_have_one_key() {
        let cluster = Cluster::new();
        let renewed = cluster.proxy_client.cross_signed_by(&cluster.client_ca);
        let setup = cluster.server().set(SERVING, APISERVER).file(APISERVER, &renewed.pem).setup();
        assert!(check(&RULE, &setup).expect_finding().message.contains("has the key of the serving certificate"));
    }

    #[test]
    fn fails_for_one_path_whose_file_is_not_here() {
        let cluster = Cluster::new();
        let setup = cluster.server().set(SERVING, PROXY_CLIENT).without_file(PROXY_CLIENT).setup();
        let finding = check(&RULE, &setup).expect_finding();
        assert!(finding.message.ends_with(&format!("both flags name {PROXY_CLIENT}")), "{}", finding.message);
    }

    #[test]
    fn passes_with_two_pairs() {
        let cluster = Cluster::new();
        let serving = cluster.client_ca.client("kube-apiserver");
        let setup = cluster.server().set(SERVING, APISERVER).file(APISERVER, &serving.pem).setup();
        check(&RULE, &setup).expect_pass();
    }

    #[test]
    fn does_not_apply_without_a_serving_certificate_and_is_unknown_without_its_file() {
        let cluster = Cluster::new();
        check(&RULE, &cluster.server().setup()).expect_not_applicable();
        check(&RULE, &cluster.server().set(SERVING, APISERVER).setup()).expect_unknown();
    }
}
