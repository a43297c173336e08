//! What clients are told that were not let in, and neighbours that are easily taken for the front proxy.

use super::{About, CHECK, Message};

pub(super) static MESSAGES: &[Message] = &[
    Message {
        pattern: r#"(?i)(?:kubelet[^\n]{0,120}request failed[^\n]{0,20}401 Unauthorized|(?:scrape|summary|kubelet)[^\n]{0,200}(?:401|403|Unauthorized|Forbidden))"#,
        printed_by: "a client of the kubelet, such as metrics-server",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a kubelet refused the client's token or certificate. The kubelet needs webhook \
            authentication and authorization (authentication.webhook.enabled), and the client the right nodes/metrics.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?i)invalid bearer token|service account token has expired|token has (?:been invalidated|expired)|Failed to (?:list|watch) \*?[\w./]+: (?:the server has asked for the client to provide credentials|Unauthorized)|failed to list [^\n]{0,120}: Unauthorized",
        printed_by: "a client with a bearer token, or who refused it",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no certificate: a bearer token, most often a service account's, is no longer \
            accepted. It has expired, its account was deleted, or the key that signs tokens has changed; restart the Pod so \
            that it gets a new one.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"You must be logged in to the server|the server has asked for the client to provide credentials",
        printed_by: "kubectl or another client, with an answer 401",
        about: About::FrontProxy,
        meaning: "The answer was 401 Unauthorized. If it comes for aggregated APIs alone (kubectl top, custom metrics), the \
            extension API server did not accept the front-proxy client; if it comes and goes, the control-plane nodes have \
            different ones. If it comes for everything, the credentials of the kubeconfig have expired and the front proxy is \
            not the cause.",
        rules: &["proxy-client-untrusted", "proxy-client-expired", "node-drift"],
        next: &["kubectl get --raw /api", "kubectl get --raw /apis/metrics.k8s.io/v1beta1", CHECK],
    },
    Message {
        pattern: r"(?i)certificate (?:for )?.{0,80}(?:kubelet-client-current|kubelet\.crt)[^\n]{0,80}expired|part of the existing bootstrap client certificate[^\n]{0,80}is expired",
        printed_by: "a kubelet",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the kubelet's own client certificate has expired.",
        rules: &[],
        next: &["openssl x509 -noout -dates -in /var/lib/kubelet/pki/kubelet-client-current.pem"],
    },
];

pub(super) static GENERAL: &[Message] = &[Message {
    pattern: "Unable to authenticate the request",
    printed_by: "kube-apiserver or an extension API server (filters.withAuthentication)",
    about: About::FrontProxy,
    meaning: "A request was answered with 401. The reasons of all authenticators that refused follow in `err=`, which is not \
        in this line.",
    rules: &["proxy-client-untrusted", "proxy-client-name-not-allowed", "proxy-client-expired"],
    next: &[CHECK],
}];
