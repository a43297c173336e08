//! What was answered for an aggregated API, in the words of clients in other languages and of proxies before kube-apiserver.
//!
//! A path below /apis and a status stand in one record, in any order and quoting. Who answered decides: kube-apiserver's
//! aggregator, or a proxy that reached no kube-apiserver at all.

use super::super::pattern::{group_of, one_of};
use super::requests::aggregated_path;
use super::{About, CHECK_CONDITIONS, Message, Role, requests};
use crate::kubernetes::names::{aggregated_groups, own_groups};

/// Others have its words: `shared` looks for its name.
pub(super) const PLAIN_BODY: &str = "a client of kube-apiserver, of the aggregator's answer 503 (handler_proxy.go)";

/// Envoy's flags of an answer that is its own (Envoy, access log, `RESPONSE_FLAGS`): no host, no route, no connection.
macro_rules! own_answer {
    () => {
        r#"(?:\b50[0234] (?:U[FHO]|URX|N[CR]|LH)\b|no_healthy_upstream|upstream_reset_before_response_started|no live upstreams|[\\"]{1,2}response_flags[\\"]{1,2}: ?[\\"]{1,2}(?:U[FHO]|URX|N[CR]|LH)\b)"#
    };
}

/// A status that stands by itself, or its words.
macro_rules! unavailable_status {
    () => {
        r#"(?:(?:^|[\s(\[=>'":])503\b|(?i:\bservice unavailable\b))"#
    };
}

/// A path and that status, in any order.
macro_rules! unavailable_at {
    ($path:expr) => {
        concat!(
            "(?P<path>",
            $path,
            r#"v\d\w*[^\s"'`)\]},]{0,200})[^\n]{0,300}?"#,
            unavailable_status!(),
            "|",
            unavailable_status!(),
            r"[^\n]{0,300}?(?P<url>",
            $path,
            r#"v\d\w*[^\s"'`)\]},]{0,200})"#
        )
    };
}

pub(super) static MESSAGES: &[Message] = super::rows![Message {
    pattern: concat!(
        r#"(?P<path>/apis/[^\s"\\]+)[^\n]{0,300}?"#,
        own_answer!(),
        r#"|(?:<NOSRV>|\b50[0234] \d+ - - S[CHQ]--|-1 -1 -1 50\d -)[^\n]{0,300}?(?P<url>/apis/[^\s"\\]+)"#
    ),
    printed_by: "a proxy or a load balancer before kube-apiserver, in its access log",
    about: About::SomethingElse,
    meaning: "This is not the front proxy and tells nothing of an APIService: a proxy or a load balancer answered the request for \
        {path}{url} by itself, because it has no server behind it that works, or no route to one. kube-apiserver was not asked. Look at \
        the proxy's upstreams, and at whether kube-apiserver answers at their addresses.",
    rules: &[],
    next: &["kubectl get --raw '/readyz?verbose'    # at kube-apiserver's own address"],
}];

pub(super) static GENERAL: &[Message] = super::rows![
    Message {
        pattern: unavailable_at!(aggregated_path!()),
        printed_by: "a client of an aggregated API, with an answer 503",
        meaning: "The answer for {path}{url} was 503: the API is an aggregated one, and its APIService is not available. That says nothing \
            about the cause; the condition of the APIService does. (A proxy before kube-apiserver that reaches none answers so, too.)",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
        ..requests::UNAVAILABLE
    },
    Message {
        pattern: concat!(
            r#""apiGroup": ?"(?P<group>"#,
            aggregated_groups!(group_of),
            r#")"[^\n]*?"responseStatus": ?\{[^\n]{0,200}?"code": ?503\b"#
        ),
        printed_by: "kube-apiserver's audit log (audit.k8s.io)",
        meaning: "A request for {group} was answered 503: the API is an aggregated one, and its APIService is not available. That says \
            nothing about the cause; the condition of the APIService does.",
        rules: &["apiservice-unavailable"],
        ..requests::UNAVAILABLE
    },
    Message {
        pattern: unavailable_at!(concat!("/apis/(?:", own_groups!(one_of), ")/")),
        printed_by: "a client of kube-apiserver, with an answer 503",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: kube-apiserver serves {path}{url} itself, and the answer was 503. It \
            was starting or ending, etcd did not answer, or a load balancer before it had no server that works.",
        next: &["kubectl get --raw '/readyz?verbose'"],
        role: Role::Plain,
        ..requests::UNAVAILABLE
    },
    Message {
        pattern: unavailable_at!(r"/apis/[a-z0-9-]+\.[a-z0-9.-]+/"),
        printed_by: "a client of kube-apiserver, with an answer 503",
        about: About::NotTold,
        meaning: "The answer for {path}{url} was 503. If that is an aggregated API (`kubectl get apiservices` names its Service), its \
            APIService is not available, and the condition of that says why. Where kube-apiserver serves it itself, as it does for a \
            CustomResourceDefinition, it was starting or ending; a load balancer before it without a server answers so too.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: concat!(
            "(?P<path>",
            aggregated_path!(),
            r#"[^\s"'`,]{0,200})[^\n]{0,200}?(?:404 page not found|statusCode: 404|\b404 Not Found)|404 page not found[^\n]{0,300}?_custom_object\w*\([\\"']{0,2}(?P<group>"#,
            aggregated_groups!(group_of),
            r"[a-z0-9.-]*)"
        ),
        printed_by: "a client of an aggregated API, with an answer 404",
        about: About::ExtensionServer,
        meaning: "The answer for {path}{group} was 404, and no certificate is involved: most often there is no APIService of that group \
            and version, so the extension API server is not installed or is of another version. Where there is one, its server was reached \
            and does not know that path.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r#"UnexpectedServerResponse[\\"']{1,2}, ?[\\"']{1,2}message[\\"']{1,2}: ?[\\"']{1,2}service unavailable"#,
        printed_by: "a client of an aggregated API, with an answer 503 (apimachinery, errors.NewGenericServerResponse)",
        ..requests::IN_PLAIN_TEXT
    },
    Message {
        // The line break behind it is a blank in a record.
        pattern: r#"[\\"'\[]service unavailable(?: [\\"'\]]|<EOL>)"#,
        printed_by: PLAIN_BODY,
        ..requests::IN_PLAIN_TEXT
    },
];
