//! The key of the front-proxy CA where only its certificate is needed.

use crate::lint::facts::host::{is_in_use, path_on_node};
use crate::lint::facts::reuse::shared_ca;
use crate::lint::prelude::*;
use crate::model::KeyFile;
use crate::source::InputFormat;

pub(super) static RULE: Rule = Rule {
    id: "ca-key-on-server",
    severity: Severity::Note,
    text: include_str!("../../../docs/rules/ca-key-on-server.md"),
    checks: &[Check::Server(|setup, context| judge(setup, context).into())],
};

fn judge(setup: &Setup, context: &Context<'_>) -> Judged {
    if setup.invocation.format == InputFormat::Flags || setup.invocation.format.has_no_flags() {
        return Err(not_applicable("whether this is a server's disk is not known"));
    }
    let bundle = setup.requestheader_client_ca.get()?;
    // Others sign with the key of a CA that is not the front proxy's own: kube-controller-manager, kubeadm.
    if let Some(why) = shared_ca(setup, context) {
        return Err(why.into());
    }
    let mut findings = Vec::new();
    let client_cas = || setup.client_ca.loaded().into_iter().flat_map(TrustBundle::certificates);
    for key in &setup.keys_on_host {
        // What signs with it ends without it; and the cluster's own key is kubeadm's too.
        if is_in_use(key, setup, context) || client_cas().any(|ca| key.key.matches(ca)) {
            continue;
        }
        // The key of a client that is an anchor itself belongs there.
        let mut signing = bundle.anchors().iter().filter(|anchor| anchor.value.may_sign().is_ok());
        if let Some(anchor) = signing.find(|anchor| key.key.matches(&anchor.value)) {
            let mut finding = finding(setup, key, &anchor.value);
            finding.related.push(related(&anchor.origin, "the CA"));
            findings.push(finding);
        }
    }
    found_or(findings, setup.keys_not_read.first().cloned())
}

fn finding(setup: &Setup, key: &KeyFile, ca: &Certificate) -> Finding {
    Finding::note(format!("{} is the private key of the requestheader CA {}", key.path, subject(ca)))
        .at(&key.origin, format!("its key is in {}", key.path))
        .consequence("Whoever reads it can issue front proxies, and be any user, until the CA is replaced.")
        .fix(match &key.link_target {
            Some(target) => {
                format!("Move {target}, to which {} leads, to an offline place; remove the link.", key.path)
            }
            None => format!("Move {} to an offline place.", path_on_node(setup, &key.path)),
        })
        .identity([ca.key_fingerprint()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, check, check_beside};

    const KEY: &str = "/etc/kubernetes/pki/front-proxy-ca.key";

    #[test]
    fn fails_with_the_key_beside_the_certificate() {
        let cluster = Cluster::new();
        let finding = check(&RULE, cluster.server().file(KEY, &cluster.front_proxy_ca.key_pem)).expect_finding();
        assert!(finding.message.ends_with("is the private key of the requestheader CA CN=front-proxy-ca"));
    }

    #[test]
    fn passes_with_other_keys_of_that_name() {
        let cluster = Cluster::new();
        check(&RULE, cluster.server()).expect_pass();
        check(&RULE, cluster.server().file(KEY, &cluster.client_ca.key_pem)).expect_pass();
        // The client itself as the anchor.
        check(&RULE, cluster.server().file(FRONT_PROXY_CA, &cluster.proxy_client.pem)).expect_pass();
    }

    /// Whoever moves it away ends what signs with it.
    #[test]
    fn passes_with_a_key_that_a_component_is_given() {
        let cluster = Cluster::new();
        let server = cluster.server().file(KEY, &cluster.front_proxy_ca.key_pem).setup();
        let manager = cluster.controller_manager();
        check_beside(&RULE, &server, &[&manager]).expect_finding();
        let signing = manager.clone().argument(&format!("--cluster-signing-key-file={KEY}"));
        check_beside(&RULE, &server, &[&signing]).expect_pass();
    }

    #[test]
    fn does_not_apply_without_a_requestheader_ca_and_is_unknown_without_its_file() {
        let server = Cluster::new().server();
        check(&RULE, server.clone().without("requestheader-client-ca-file")).expect_not_applicable();
        check(&RULE, server.without_file(FRONT_PROXY_CA).without_file(CLIENT_CA)).expect_unknown();
    }
}
