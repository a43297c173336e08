//! What the metrics of API servers count of this matter, as `/metrics`, exporters and alerts show it.

use super::super::pattern::group_of;
use super::{About, CHECK, CHECK_CONDITIONS, CHECK_OBJECTS, Message};
use crate::kubernetes::names::aggregated_groups;

/// The labels of a counter, among others, and what it has counted.
macro_rules! counted {
    ($labels:expr) => {
        concat!(r"\{[^}\n]*", $labels, r"[^}\n]*\} (?P<count>[1-9][0-9.e+]*)")
    };
}

pub(super) static GENERAL: &[Message] = super::rows![
    Message {
        pattern: r"\b(?:HELP|TYPE) (?P<name>(?:aggregator|apiserver_kube_aggregator)_\w+)[^\n]{0,400}",
        printed_by: "kube-apiserver's /metrics",
        about: About::NoFailure,
        meaning: "This is no failure: it is the description of the metric {name}; its value stands in the lines behind it.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"\b(?P<flag>proxy-client-cert-file|requestheader-client-ca-file)\s*\|\s*(?P<days>-?\d+)\s*\|[^\n]{0,200}",
        printed_by: "a table of the days that a kube-apiserver's certificates have left (kubectl-check-cert)",
        about: About::FrontProxy,
        meaning: "What --{flag} names is valid for {days} more days. That is no failure while the number is not near zero or below it; \
            whether extension API servers accept the certificate, the number does not tell.",
        rules: &["proxy-client-expired", "ca-expired"],
        next: &[CHECK],
    },
    Message {
        pattern: r"\bapiserver_(?:kube_aggregator|webhooks)_x509_(?:missing_san|insecure_sha1)_total(?:\{[^}\n]*\})? 0\b",
        printed_by: "kube-apiserver's /metrics (k8s.io/apiserver, x509metrics)",
        about: About::NoFailure,
        meaning: "This is no failure: nothing was counted.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"\bapiserver_kube_aggregator_x509_(?P<flaw>missing_san|insecure_sha1)_total(?:\{[^}\n]*\})? (?P<count>[1-9][0-9.e+]*)",
        printed_by: "kube-apiserver's /metrics (k8s.io/apiserver, x509metrics)",
        about: About::ExtensionServer,
        meaning: "kube-apiserver called extension API servers {count} times whose *serving* certificate is one that it refuses or is to \
            refuse: `missing_san` has no subject alternative name, `insecure_sha1` is signed with SHA-1; here it is {flaw}. Issue it anew, \
            with SHA-256 and the name <service>.<namespace>.svc. The front-proxy client is not the cause.",
        rules: &["serving-certificate-name", "weak-signature"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: concat!(
            r"\bapiserver_request_terminations_total",
            counted!(r#"component="(?:kube-)?aggregator"(?:[^}\n]*\bgroup="(?P<group>[^"\n]*)")?"#)
        ),
        printed_by: "kube-apiserver's /metrics",
        about: About::ExtensionServer,
        meaning: "kube-apiserver ended {count} requests for the aggregated API {group} by itself, without the extension API server's \
            answer: its APIService is, or was, not available, or its Service had no Pod. The number only grows, so compare it with a later \
            one; the condition of the APIService says what is now.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: concat!(r"\bapiserver_delegated_authz_request_total", counted!(r#"code="403""#)),
        printed_by: "the /metrics of a server that asks kube-apiserver what users may do (k8s.io/apiserver, DelegatingAuthorizationOptions)",
        about: About::ExtensionServer,
        meaning: "The server asked kube-apiserver {count} times what a user may do (SubjectAccessReview) and was itself answered 403: its \
            account lacks the ClusterRole system:auth-delegator. Ordinary users get 403 or 500 then, members of system:masters do not. The \
            front proxy is not the cause.",
        rules: &["extension-auth-delegator"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: concat!(r"\bapiserver_delegated_auth[nz]_request_total", counted!(r#"code="(?P<code>[^"\n]+)""#)),
        printed_by: "the /metrics of a server that asks kube-apiserver about users (k8s.io/apiserver, delegated authentication and authorization)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the server asked kube-apiserver about users {count} times (authn: a bearer token, authz: \
            what a user may do) and got the answer {code}. 2xx is in order; with 401 and 403 the server's own account is not accepted or \
            lacks system:auth-delegator, `<error>` is its way to kube-apiserver.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: concat!(
            r"\bapiserver_request_total",
            counted!(concat!(r#"code="401"[^}\n]*\bgroup="(?P<group>"#, aggregated_groups!(group_of), r#")""#))
        ),
        printed_by: "the /metrics of kube-apiserver or an extension API server",
        about: About::NotTold,
        meaning: "{count} requests for {group} were answered 401. Of an extension API server it says that it did not accept \
            kube-apiserver's front-proxy client; of kube-apiserver, where other groups have as many, that clients' own credentials are not \
            accepted. Compare it with the other groups, and with a later number.",
        rules: &["proxy-client-untrusted", "proxy-client-expired", "node-drift"],
        next: &[CHECK],
    },
    Message {
        pattern: r"\bapiserver_client_certificate_expiration_seconds_bucket\{[^}\n]*\} \d+",
        printed_by: "the /metrics of kube-apiserver or another server (x509 authenticator)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: it counts clients that showed a certificate of --client-ca-file by the time that theirs had \
            left (`le`, seconds), kubelets above all. The front-proxy client is not among them.",
        rules: &[],
        next: &[],
    },
];
