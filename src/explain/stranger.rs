//! Lines of programs, or about peers, that are no part of the aggregation layer.
//!
//! Go's crypto/tls and crypto/x509 say the same words in every program. Where a line names another program, or the
//! service that was called, the front proxy has no part in it.

use std::sync::LazyLock;

use super::pattern::Table;
use super::{About, Explanation};

/// What a line begins with, or a logger's field says, by who that is. Names of Pods, hosts and users are no such thing.
static STRANGERS: &[(&str, &str)] = &[
    (r"(?i)(?:^|\] )vault(?:\[\d+\])?: |\[(?:ERROR|WARN)\] +(?:core|listener)[.:]", "Vault"),
    (r"(?i)(?:^|\] )(?:ingress-nginx|nginx(?:-ingress-controller)?)(?:\[\d+\])?: ", "ingress-nginx"),
    (r"(?i)(?:^|\] )traefik(?:\[\d+\])?: |\bproviderName=|\bentryPointName=", "Traefik"),
    (r"(?i)(?:^|\] )dex(?:\[\d+\])?: |\bcomponent=\x22?dex\b", "Dex"),
    (r"(?i)\boauth2: cannot fetch token", "a client of an OAuth 2 server"),
    (r"(?i)(?:^|\] )argo-?cd[\w-]*(?:\[\d+\])?: |\bargocd-repo-server\b|\brepo-server\b.*\bgit\b", "Argo CD"),
    (r"(?i)(?:^|\] )cert-manager[\w-]*(?:\[\d+\])?: |\bacme: ", "cert-manager, a client of an ACME server"),
    (r"(?i)(?:^|\] )kafka(?:\[\d+\])?: |\bkafka: client|\bsarama\b", "a client of Kafka"),
    (r"(?i)(?:^|\] )mqtt(?:\[\d+\])?: |\bmosquitto\b", "MQTT"),
    (r"(?i)\bhttps?://\S+/v2/", "a client of an image registry"),
];

pub(super) static COMPILED: LazyLock<Table<&'static str>> =
    LazyLock::new(|| Table::new(STRANGERS.iter().map(|(pattern, who)| (*pattern, who))));

/// Who else a record is about.
pub(super) fn of(record: &str) -> Option<&'static str> {
    COMPILED.in_record(record).first().map(|(_, who)| **who)
}

/// The same message, which says nothing about the front proxy when `who` says it.
pub(super) fn explanation(found: Explanation, who: &str) -> Explanation {
    if found.about != About::FrontProxy {
        return found;
    }
    Explanation {
        printed_by: format!("{who}, by the rest of the line"),
        about: About::SomethingElse,
        meaning: format!(
            "This is not the front proxy's matter: the line is about {who}, which is no API server of Kubernetes. Go says \
             the same words in every program. Look at the certificates, keys and CAs in that program's own settings, and \
             in those of the server that it called."
        ),
        rules: Vec::new(),
        next: Vec::new(),
        ..found
    }
}

#[cfg(test)]
pub(super) fn patterns() -> impl Iterator<Item = &'static str> {
    STRANGERS.iter().map(|(pattern, _)| *pattern)
}

#[cfg(test)]
mod tests {
    use crate::explain::{About, explain};

    #[test]
    fn other_programs_and_peers_are_not_the_front_proxys_matter() {
        for line in [
            "vault: Error initializing listener of type tcp: error loading TLS cert: tls: private key does not match public key",
            "nginx-ingress-controller: tls: private key does not match public key",
            "time=\"2026-11-26T00:00:00Z\" level=error error=\"tls: private key does not match public key\" providerName=docker",
            "oauth2: cannot fetch token: x509: certificate signed by unknown authority component=dex",
            "argocd-repo-server: rpc error: code = Unknown desc = x509: certificate signed by unknown authority",
            "cert-manager: acme: error getting directory: x509: certificate signed by unknown authority",
            "kafka: client has run out of available brokers: x509: certificate signed by unknown authority",
            "Get https://registry/v2/: remote error: tls: certificate required",
            "mqtt: tls: client didn't provide a certificate",
            "nodes.metrics.k8s.io is forbidden: User \"alice\" cannot list",
        ] {
            let found = explain(line);
            assert!(!found.is_empty(), "{line}");
            assert!(found.iter().all(|one| one.about == About::SomethingElse), "{line}: {found:?}");
        }
    }

    #[test]
    fn an_api_servers_own_words_stay_the_front_proxys() {
        for line in [
            "E1126 00:00:00.000000 1 authentication.go:73] \"Unable to authenticate the request\" err=\"x509: certificate signed by unknown authority\"",
            "kube-apiserver: tls: private key does not match public key",
            "pods.metrics.k8s.io is forbidden: User \"10.0.0.1\" cannot list",
        ] {
            let found = explain(line);
            assert!(found.iter().any(|one| one.about == About::FrontProxy), "{line}: {found:?}");
        }
    }
}
