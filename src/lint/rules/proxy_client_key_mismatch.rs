//! A certificate and a key that do not belong together.

use crate::lint::facts::init_command::renew_client;
use crate::lint::prelude::*;

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
    let is_written = setup.invocation.written_key(&key.path).is_some();
    Ok(vec![
        Finding::error(format!(
            "the key {} does not belong to the certificate {} in {}",
            key.path,
            subject(&client.leaf.value),
            client.path
        ))
        .at(&key.origin, "the key of another certificate")
        .related([related(if is_written { &client.leaf.origin } else { &client.origin }, "the certificate")])
        .consequence("kube-apiserver does not start; this node has no API server until the pair matches.")
        .demonstration("kube-apiserver says: tls: private key does not match public key".to_owned())
        .fix(match renew_client(setup) {
            fix if is_written => {
                fix.saying(|this| format!("{this} Then write this anew with both, as `aggcert export` does."))
            }
            fix => fix,
        })
        .identity([client.leaf.value.fingerprint()]),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::Outcome;
    use crate::lint::testing::{Cluster, Expect, PROXY_CLIENT_KEY, check, setup_of_document};
    use crate::model::FileState;

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

    #[test]
    fn fails_with_the_key_of_another_certificate_in_the_same_document() {
        let cluster = Cluster::new();
        let (ca, client) = (&cluster.front_proxy_ca, &cluster.proxy_client);
        let other = cluster.front_proxy_ca.client("front-proxy-client");
        for document in [
            "kind: Secret\ndata:\n  front-proxy-ca.crt: <CA64>\n  front-proxy-client.crt: <CERT64>\n  front-proxy-client.key: <KEY64>\n",
            "kind: Secret\nstringData:\n  front-proxy-client.crt: <CERT>\n  front-proxy-client.key: <KEY>\n",
            "kind: ConfigMap\ndata:\n  front-proxy-client.crt: <CERT>\n  front-proxy-client.key: <KEY>\n",
            "kind: ConfigMap\nbinaryData:\n  front-proxy-client.crt: <CERT64>\n  front-proxy-client.key: <KEY64>\n",
            "front_proxy_client_crt: <CERT>\nfront_proxy_client_key: <KEY>\n",
            "write_files:\n- path: /k/front-proxy-client.crt\n  content: <CERT>\n- path: /k/front-proxy-client.key\n  content: <KEY>\n",
            "kind: KubeadmConfig\nspec:\n  files:\n  - path: /k/front-proxy-client.crt\n    encoding: base64\n    content: <CERT64>\n\
             \x20 - path: /k/front-proxy-client.key\n    encoding: base64\n    content: <KEY64>\n",
            "storage:\n  files:\n  - path: /k/front-proxy-client.crt\n    contents: {source: \"data:;base64,<CERT64>\"}\n\
             \x20 - path: /k/front-proxy-client.key\n    contents: {source: \"data:;base64,<KEY64>\"}\n",
            "storage:\n  files:\n  - path: /k/front-proxy-client.crt\n    contents: {source: \"data:;base64,<CERT64>\"}\n\
             \x20 - path: /k/front-proxy-client.key\n    contents: {source: \"data:,<KEY%>\"}\n",
        ] {
            let setup = |key: &str| setup_of_document(document, ["", &ca.pem, &client.pem, key]);
            assert!(judge(&setup(&client.key_pem)).unwrap().is_empty(), "{document}");
            let findings = judge(&setup(&other.key_pem)).unwrap();
            let [finding] = &findings[..] else { panic!("{document}: {findings:?}") };
            assert!(finding.origin.source().contains("key"), "the place of the key's name: {:?}", finding.origin);
            let broken = setup("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").proxy_client_key.state;
            assert!(matches!(broken, FileState::Unusable(_)), "{document}: {broken:?}");
            for other in ["{{ key }}", "-----BEGIN PRIVATE KEY-----\nREDACTED\n-----END PRIVATE KEY-----\n"] {
                assert!(judge(&setup(other)).is_err(), "{document}");
            }
        }
    }

    #[test]
    fn what_a_tool_decrypts_is_not_known() {
        let cluster = Cluster::new();
        for document in [
            "front_proxy_client_crt: <CERT>\nfront_proxy_client_key: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n",
            "kind: Secret\nstringData:\n  front-proxy-client.crt: <CERT>\n  front-proxy-client.key: !vault |\n    6162\n",
            "kind: Secret\nstringData:\n  front-proxy-client.crt: !vault |\n    $ANSIBLE_VAULT;1.1\n  front-proxy-client.key: <KEY>\n",
            "ca_crt: <CERT>\nfront_proxy_client_crt: !vault |\n  $ANSIBLE_VAULT;1.1\nfront_proxy_client_key: <KEY>\n",
        ] {
            let setup = setup_of_document(document, ["", "", &cluster.proxy_client.pem, &cluster.proxy_client.key_pem]);
            assert!(matches!(judge(&setup), Err(Outcome::Unknown(_))), "{document}");
        }
    }
}
