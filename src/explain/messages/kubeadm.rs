//! What kubeadm, k3s and their kin say of the front proxy's files.

use super::{About, Message};

pub(super) static MESSAGES: &[Message] = &[
    Message {
        pattern: r"failed to renew certificate (?P<name>[a-z-]+): unable to sign certificate: must specify at least one ExtKeyUsage|must specify at least one ExtKeyUsage",
        printed_by: "kubeadm certs renew",
        about: About::FrontProxy,
        meaning: "The certificate that is to be renewed has no extendedKeyUsage, and kubeadm copies what the old one has. It \
            was made by another tool: make it anew once, with clientAuth.",
        rules: &["proxy-client-usage"],
        next: &["aggcert renew /etc/kubernetes/pki"],
    },
    Message {
        pattern: r"invalid or incomplete external front-proxy CA(?:: (?P<why>[^\n]*))?",
        printed_by: "kubeadm, when front-proxy-ca.key is not there (phases/certs, UsingExternalFrontProxyCA)",
        about: About::FrontProxy,
        meaning: "front-proxy-ca.crt is there without its key, so kubeadm takes the CA for an external one and wants a \
            complete front-proxy-client.crt and front-proxy-client.key, signed by it. What it misses: {why}",
        rules: &["proxy-client-missing", "proxy-client-untrusted"],
        next: &["ls -l /etc/kubernetes/pki/front-proxy-*", "aggcert check /etc/kubernetes/pki"],
    },
    Message {
        pattern: r"(?:certificate )?front-proxy-client(?:\.crt)? (?:is )?not signed by (?:the )?corresponding CA|provided PrivateKey doesn't match parent's PublicKey",
        printed_by: "kubeadm",
        about: About::FrontProxy,
        meaning: "kubeadm takes the first certificate of front-proxy-ca.crt for the CA of front-proxy-ca.key. In the middle of \
            a rotation the file must begin with the CA whose key is there.",
        rules: &["proxy-client-untrusted", "proxy-client-key-mismatch"],
        next: &["aggcert check /etc/kubernetes/pki"],
    },
    Message {
        pattern: r"!?MISSING!?\s+(?P<name>front-proxy-(?:client|ca))|(?P<again>front-proxy-(?:client|ca))\s+<invalid>",
        printed_by: "kubeadm certs check-expiration",
        about: About::FrontProxy,
        meaning: "{name}{again} is missing or has expired. Without a valid front-proxy client every aggregated API answers 401.",
        rules: &["proxy-client-expired", "proxy-client-missing"],
        next: &["kubeadm certs renew front-proxy-client", "aggcert check /etc/kubernetes/pki"],
    },
];
