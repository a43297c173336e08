//! Requests and their answers, as access logs and verbose clients print them.

use super::super::pattern::{aggregators_user, discovered, group_of, one_of};
use super::{About, CHECK, CHECK_CONDITIONS, CHECK_OBJECTS, Message, Role, clients};
use crate::kubernetes::names::{aggregated_groups, own_groups};

/// A request for a path that was answered with a status, in the words of `httplog`, of its forerunner `wrap.go`, and of
/// client-go's `round_trippers.go`, old and new, and Java's client; and in the combined format of other servers.
macro_rules! answered {
    ($path:expr, $status:expr) => {
        concat!(
            r#"URI="(?P<uri>"#,
            $path,
            r#"[^"]*)"[^\n]{0,600}?resp=(?:"#,
            $status,
            r#")\b|(?:GET|POST|PUT|PATCH|DELETE|LIST|WATCH|HEAD) (?:https?://[^/\s"]+)?(?P<path>"#,
            $path,
            r#"[^\s":]*)(?: HTTP/[\d.]+"?)?:? \(?(?:[0-9.]+(?:[a-z]|µ){1,3}\) )?(?:"#,
            $status,
            r#")\b|url="https?://[^/\s"]+(?P<url>"#,
            $path,
            r#"[^"]*)" status="(?:"#,
            $status,
            r#")\b|\burl=(?P<address>"#,
            $path,
            r#"\S*) [^\n]{0,60}\bstatusCode=(?:"#,
            $status,
            r#")\b|"status(?:Code)?": ?(?:"#,
            $status,
            r#"),[^\n]{0,200}"url": ?"(?P<json>"#,
            $path,
            r#"[^"]*)"|(?:GET|POST|PUT|PATCH|DELETE) at: https?://[^/\s"]+(?P<fabric>"#,
            $path,
            r#"[^\s"]*?)\. Message: [^\n]{0,600}?\bcode=(?:"#,
            $status,
            r#")\b"#
        )
    };
}

/// An event of an audit log: a path, what is between it and the answer, and a status.
macro_rules! audited {
    ($path:expr, $between:literal, $status:literal) => {
        concat!(
            r#""requestURI": ?"(?P<path>"#,
            $path,
            r#"[^"]*)"[^\n]*?"#,
            $between,
            r#"[^\n]*?"code": ?(?:"#,
            $status,
            r#")\b"#
        )
    };
}

/// The paths of what kube-apiserver serves itself.
macro_rules! paths_of {
    ($first:literal, $($group:literal,)*) => { concat!("/(?:api/v1|apis/(?:", $first $(, "|", $group)*, ")/)") };
}

macro_rules! built_in {
    () => {
        own_groups!(paths_of)
    };
}

/// A path of an aggregated API.
macro_rules! aggregated_path {
    () => {
        concat!("/apis/", aggregated_groups!(group_of), "/")
    };
}

pub(super) use aggregated_path;

const UNAUTHORIZED: Message = Message {
    pattern: "",
    printed_by: "the access log of an extension API server or kube-apiserver (httplog), or a client that logs its requests",
    about: About::NotTold,
    meaning: "A request for {uri}{path}{url}{address}{json}{fabric} was answered 401. In an extension API server's log the client is \
        kube-apiserver, whose front-proxy certificate was not accepted; a line `Unable to authenticate the request` \
        beside it says why. In kube-apiserver's own log, or a client's, it is the caller's credentials that were refused \
        where other APIs answer 401 too.",
    rules: &["proxy-client-untrusted", "proxy-client-name-not-allowed", "proxy-client-expired"],
    next: &[CHECK],
    ..Message::PLAIN
};

const TIMEOUT: Message = Message {
    pattern: "",
    printed_by: "a client of kube-apiserver, with an answer 504 (apimachinery, errors.NewGenericServerResponse)",
    about: About::SomethingElse,
    meaning: "This is not the front proxy, and no certificate: the answer was 504, too slow. kube-apiserver, etcd or an admission webhook \
        did not answer in time; where an aggregated API was asked for, its extension API server did not, or the network between the two is \
        slow.",
    rules: &[],
    next: &["kubectl get --raw '/readyz?verbose'", "kubectl get apiservices"],
    ..Message::PLAIN
};

/// An APIService that is not available answers 503; of other APIs that have a name with dots, kube-apiserver does.
pub(super) const UNAVAILABLE: Message = Message {
    pattern: "",
    printed_by: "kube-apiserver's access log (httplog), or a client that logs its requests",
    about: About::ExtensionServer,
    meaning: "A request for {uri}{path}{url}{address}{json}{fabric} was answered 503: the API is an aggregated one, and its APIService is \
        not available. That says nothing about the cause; the condition of the APIService does.",
    rules: &[],
    next: &[CHECK_CONDITIONS],
    role: Role::Symptom,
    ..Message::PLAIN
};

/// The aggregator's own 503, in which it writes no Status.
pub(super) const IN_PLAIN_TEXT: Message = Message {
    printed_by: "kube-apiserver's aggregator, in its answer 503 to a client (handler_proxy.go)",
    meaning: "The answer was 503 in the words of kube-apiserver's aggregator, which writes them as plain text: the API that was asked for \
        is an aggregated one, and its APIService is not available, or its Service has no Pod that is ready. That says nothing about the \
        cause; the condition of the APIService does.",
    rules: &["apiservice-unavailable"],
    next: &["kubectl get apiservices", CHECK_CONDITIONS],
    role: Role::Symptom,
    ..UNAVAILABLE
};

const PANICKED: Message = Message {
    pattern: "",
    printed_by: "a program whose handler of a request panicked (net/http; k8s.io/apiserver, filters/wrap.go; apimachinery, util/runtime)",
    about: About::SomethingElse,
    meaning: "No certificate is involved: the program panicked in its own code ({why}). That is a fault of the program; the lines behind \
        it, a trace of the stack, tell where. A client whose request it was got no answer or a 500.",
    rules: &[],
    next: &[],
    ..Message::PLAIN
};

pub(super) static MESSAGES: &[Message] = super::rows![
    Message {
        pattern: r#"(?i:post-timeout activity|timeout or abort while handling)[^\n]{0,400}? result[:=] ?[\\"]{0,2}(?P<why>(?:runtime error|interface conversion|assignment to entry|close of|send on)[^\n"]{0,160})"#,
        ..PANICKED
    },
    Message {
        pattern: audited!(built_in!(), "", "401"),
        printed_by: "kube-apiserver's audit log (audit.k8s.io)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver serves {path} itself, and did not accept the caller's own credentials, a \
            token or a client certificate. The event's userAgent and sourceIPs say who it was.",
        rules: &[],
        next: &[],
    },
    Message {
        // An event has a user where somebody was authenticated (filters.WithAuthentication, WithFailedAuthenticationAudit).
        pattern: audited!(aggregated_path!(), r#""username": ?"(?P<user>[^"]+)""#, "401"),
        printed_by: "kube-apiserver's audit log (audit.k8s.io)",
        about: About::FrontProxy,
        meaning: "kube-apiserver knew the caller, `{user}`, and passed the request for {path} on; the extension API server answered 401, \
            so it did not accept kube-apiserver's front-proxy client. Its own log says why; if only some requests fail, compare the \
            control-plane nodes.",
        rules: &["proxy-client-untrusted", "proxy-client-name-not-allowed", "proxy-client-expired", "node-drift"],
        next: &[CHECK],
    },
    Message {
        // `x509` is in the list if and only if a client certificate was shown (endpoints/filters, authn_audit.go).
        pattern: r#""requestURI": ?"(?P<path>/apis/[^"]*)"[^\n]*?Authentication failed, attempted: (?P<method>(?:basic|bearer|oidc|token|webhook|[, ])+)""#,
        printed_by: "an audit log (audit.k8s.io; filters.WithFailedAuthenticationAudit)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a request for {path} was answered 401, and the client showed no certificate, but a token or \
            a password that is not accepted ({method}); kube-apiserver shows extension API servers its certificate, and hands no token \
            on.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: audited!(aggregated_path!(), "", "401"),
        printed_by: "an audit log (audit.k8s.io)",
        about: About::NotTold,
        meaning: "A request for {path} was answered 401, and no user was known. In an extension API server's audit log the client is \
            kube-apiserver, whose front-proxy client was not accepted; in kube-apiserver's own it is a client whose token or certificate \
            is not accepted.",
        rules: &["proxy-client-untrusted", "proxy-client-name-not-allowed", "proxy-client-expired"],
        next: &[CHECK],
    },
    Message {
        pattern: concat!(
            r#""requestURI": ?"(?P<path>/(?:apis|openapi)/[^"]*)"[^\n]*?"username": ?"(?P<user>"#,
            aggregators_user!(),
            r#")"[^\n]*?"code": ?(?:200|304)\b"#
        ),
        printed_by: "an extension API server's audit log (audit.k8s.io)",
        about: About::NoFailure,
        meaning: "This is no failure: kube-apiserver asked for {path} in its own name (`{user}`, a user that comes in X-Remote-User), and \
            the extension API server took it for the front proxy and answered.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#""requestURI": ?"/apis/apiregistration\.k8s\.io/v1\w*/apiservices/(?P<name>[^"/?]+)[^"]*"[^\n]*?"verb": ?"(?P<verb>delete|update|patch)"[^\n]*?"username": ?"(?P<user>[^"]+)"[^\n]*?"code": ?20[0-2]\b"#,
        printed_by: "kube-apiserver's audit log (audit.k8s.io)",
        about: About::ExtensionServer,
        meaning: "`{user}` wrote the APIService {name} ({verb}), and that was stored. After a `delete` nothing serves its API, and clients \
            get 404, until somebody makes it anew; a new caBundle or Service counts at once.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices {name}"],
    },
    Message {
        pattern: audited!(aggregated_path!(), "", "503"),
        printed_by: "kube-apiserver's audit log (audit.k8s.io)",
        about: About::ExtensionServer,
        meaning: "A request for {path} was answered 503: the API is an aggregated one, and its APIService is not available. That says \
            nothing about the cause; the condition of the APIService does.",
        rules: &[],
        next: &[CHECK_CONDITIONS],
        role: Role::Symptom,
    },
    Message {
        pattern: concat!(
            r#"503 (?:Server Error: )?Service Unavailable for url: https?://[^/\s"]+(?P<path>"#,
            aggregated_path!(),
            r#"[^\s"]*)"#
        ),
        printed_by: "a client of kube-apiserver that is not written in Go",
        meaning: "A request for {path} was answered 503: the API is an aggregated one, and its APIService is not available. That says \
            nothing about the cause; the condition of the APIService does.",
        ..UNAVAILABLE
    },
    Message {
        pattern: r#"(?:[Bb]ody:? (?:b?['"])?|text/plain[^\n]{0,200}\W)service unavailable(?:\\n|['"\s]|$)"#,
        ..IN_PLAIN_TEXT
    },
    Message {
        pattern: audited!(aggregated_path!(), "", "500"),
        printed_by: "an audit log (audit.k8s.io)",
        about: About::ExtensionServer,
        meaning: "A request for {path} was answered 500. An extension API server that may not create SubjectAccessReviews (its account \
            lacks system:auth-delegator) answers 500 to ordinary users and 200 to members of system:masters; otherwise it has an error of \
            its own.",
        rules: &["extension-auth-delegator"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: answered!(built_in!(), "401"),
        printed_by: "kube-apiserver's access log (httplog), or a client that logs its requests",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver serves {uri}{path}{url}{address}{json}{fabric} itself, and answered 401 \
            because it did not accept the caller's own credentials, a token or a client certificate.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: concat!(
            r#"(?:status code 401|401 Unauthorized)[^\n]{0,20}https?://[^/\s"]+"#,
            built_in!(),
            r#"|https?://[^/\s"]+"#,
            built_in!(),
            r#"[^\s"]*"?: Unauthorized"#
        ),
        printed_by: "a client of kube-apiserver",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver serves that path itself, and did not accept the caller's own credentials, a \
            token or a client certificate.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: answered!(built_in!(), "500|502|503|504"),
        printed_by: "kube-apiserver's access log (httplog), or a client that logs its requests",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: kube-apiserver serves {uri}{path}{url}{address}{json}{fabric} itself, \
            and answered with an error. It was starting or ending, etcd or an admission webhook did not answer, or a load balancer before \
            it had no server that works.",
        rules: &[],
        next: &["kubectl get --raw '/readyz?verbose'"],
    },
    Message {
        pattern: answered!(r"/(?:apis?\?|version\b|openapi/v|healthz\b|readyz\b|livez\b)", "401"),
        printed_by: "kube-apiserver's or an extension API server's access log (httplog), or a client that logs its requests",
        about: About::SomethingElse,
        meaning: "{uri}{path}{url}{address}{json}{fabric} is no aggregated API: whoever was asked answers it itself, and did not accept \
            the caller's own credentials, a token or a client certificate.",
        rules: &[],
        next: &[],
    },
    Message {
        // The combined format of other servers, a proxy's before kube-apiserver too.
        pattern: concat!(r#""[A-Z]+ (?P<path>"#, aggregated_path!(), r#"[^\s"]*) HTTP/[\d.]+" 401 \d+ ""#),
        meaning: "A request for {path} was answered 401. In a log of kube-apiserver's, or of a proxy before it, it is the caller's own \
            credentials that are not accepted, or an extension API server that does not accept kube-apiserver's front-proxy client; in an \
            extension API server's it is the latter. Where other APIs answer the same caller, it is the front proxy.",
        ..UNAUTHORIZED
    },
    Message { pattern: answered!(aggregated_path!(), "401"), about: About::FrontProxy, ..UNAUTHORIZED },
    Message {
        pattern: answered!(concat!(r#"/[^\s":?]{1,160}?"#, aggregated_path!()), "40[134]"),
        printed_by: "a client, such as a browser, that asks a web console or a proxy before kube-apiserver",
        about: About::NotTold,
        meaning: "The answer for {uri}{path}{url}{address}{json}{fabric} came by way of a web console or a proxy, whose path stands before \
            that of the aggregated API, and may be its own. 401: it did not accept the user, or kube-apiserver the credentials that it \
            hands on; where other APIs answer, the extension API server did not accept kube-apiserver's front-proxy client. 403: most \
            often only a right is missing. 404: no APIService of that group and version is installed.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message { pattern: answered!("/apis/", "401"), ..UNAUTHORIZED },
    Message {
        pattern: answered!(concat!("/apis/", own_groups!(one_of), "/"), "403"),
        printed_by: "kube-apiserver's access log (httplog), or a client that logs its requests",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver serves {uri}{path}{url}{address}{json}{fabric} itself, and the caller lacks \
            a right (403), or an admission plug-in or webhook did not let the request pass. The body of the answer says which.",
        rules: &[],
        next: &["kubectl auth whoami    # with the client's kubeconfig"],
    },
    Message {
        pattern: r"round_trippers\.go:\d+\] (?:GET|POST|PUT|PATCH|DELETE|HEAD) https?://[^/\s]+(?P<path>/apis/\S+) 403",
        printed_by: "a client that logs its requests (kubectl -v=6; client-go, round_trippers.go)",
        about: About::NotTold,
        meaning: "The client was answered 403 for {path}. Most often only a right is missing: the body of the answer (-v=8) names the \
            user. Is that system:anonymous or the common name of the proxy client, though the client has credentials of its own, the \
            extension API server does not take kube-apiserver for the front proxy, and does not see who asks.",
        rules: &[],
        next: &["kubectl auth whoami"],
    },
    Message {
        pattern: answered!(aggregated_path!(), "403"),
        printed_by: "the access log of an extension API server (httplog), or a client that logs its requests",
        about: About::NotTold,
        meaning: "A request for {uri}{path}{url}{address}{json}{fabric} was answered 403. If the caller is kube-apiserver itself (its user \
            agent), the extension API server did not take it for the front proxy: no proxy client, no requestheader CA, or \
            --authentication-skip-lookup. If it is a user, authentication works and only a right is missing.",
        rules: &["proxy-client-missing", "extension-lookup-skipped", "proxy-client-also-a-user"],
        next: &[CHECK, CHECK_OBJECTS],
    },
    Message {
        pattern: r#"URI="(?P<uri>/apis/[a-z0-9-]+\.[^"]*)"[^\n]{0,400}?userAgent="(?:Go-http-client|kube-apiserver)/[^\n]{0,400}?resp=2\d\d\b"#,
        printed_by: "the access log of an extension API server (httplog)",
        about: About::NoFailure,
        meaning: "This is no failure: a client with the name that kube-apiserver has when it asks by itself, whether the API is available \
            and what it has, got {uri}. Where others ask so (Go-http-client is any program's name), it tells nothing of the front proxy.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: answered!(r"/apis/(?:custom|external)\.metrics\.k8s\.io/[a-z0-9]+/[^\s\x22]+", "404"),
        printed_by: "the access log of a metrics adapter or kube-apiserver (httplog), or a client that logs its requests",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a request for {uri}{path}{url}{address}{json}{fabric} was answered 404. The adapter took \
            the request and has no such metric, or not of that object; its rules and the source behind it say why.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: answered!(aggregated_path!(), "404"),
        printed_by: "the access log of an extension API server or kube-apiserver (httplog), or a client that logs its requests",
        about: About::ExtensionServer,
        meaning: "A request for {uri}{path}{url}{address}{json}{fabric} was answered 404, and no certificate was refused. In an extension \
            API server's log it was reached, and has no such object, or does not serve that group and version at all; in kube-apiserver's, \
            or a client's, there may be no such APIService either.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: answered!(aggregated_path!(), "400|405|409|415|422|429"),
        printed_by: "the access log of an extension API server or kube-apiserver (httplog), or a client that logs its requests",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a request for {uri}{path}{url}{address}{json}{fabric} was let in, and the extension API \
            server refused it by itself: it is malformed, or what is behind it (a query, a limit) does not take it. With 429 \
            kube-apiserver may have had too much to do. The server's log says more.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: answered!(aggregated_path!(), "500"),
        printed_by: "the access log of an extension API server (httplog), or a client that logs its requests",
        about: About::ExtensionServer,
        meaning: "A request for {uri}{path}{url}{address}{json}{fabric} was answered 500. An extension API server that may not create \
            SubjectAccessReviews (its account lacks system:auth-delegator) answers 500 to ordinary users and 200 to members of \
            system:masters; the lines around say whether it is that or an error of its own.",
        rules: &["extension-auth-delegator"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: answered!(r"/apis/[a-z0-9.-]+\.[a-z0-9.-]+/", "500"),
        printed_by: "an access log (httplog), or a client that logs its requests",
        about: About::NotTold,
        meaning: "A request for {uri}{path}{url}{address}{json}{fabric} was answered 500. Where that is an aggregated API, its server may \
            not create SubjectAccessReviews (its account lacks system:auth-delegator), or has an error of its own; a \
            CustomResourceDefinition's is kube-apiserver's own error, such as a conversion webhook that does not answer.",
        rules: &["extension-auth-delegator"],
        next: &["kubectl get apiservices", CHECK_OBJECTS],
    },
    Message {
        pattern: concat!(
            "(?P<path>",
            aggregated_path!(),
            r#"[^\s":]*)"?[^\n]{0,20}?(?:: \(|latency=")(?P<seconds>[1-9]\d)(?:\.\d+)?s[^\n]{0,400}?(?:\) |resp=)50[34]\b"#
        ),
        printed_by: "kube-apiserver's access log (httplog)",
        about: About::ExtensionServer,
        meaning: "kube-apiserver passed a request for {path} on and had no answer for {seconds} seconds, then it answered 503 or 504: the \
            network between it and the Pods of the extension API server, or a server that does not answer. An APIService that is known not \
            to be available is answered 503 at once. No certificate is involved.",
        rules: &["apiservice-unavailable"],
        next: &[CHECK_CONDITIONS],
    },
    Message { pattern: answered!(aggregated_path!(), "503"), ..UNAVAILABLE },
    Message {
        pattern: answered!(r"/apis/[a-z0-9.-]+\.[a-z0-9.-]+/", "50[234]"),
        about: About::NotTold,
        meaning: "A request for {uri}{path}{url}{address}{json}{fabric} was answered 502, 503 or 504. If that is an aggregated API \
            (`kubectl get apiservices` names its Service), its APIService is not available, or its server did not answer in time; the \
            condition of the APIService says why. Where kube-apiserver serves it itself, as it does for a CustomResourceDefinition, it was \
            starting or ending, or a conversion webhook or etcd did not answer. A load balancer or proxy before kube-apiserver answers so \
            too.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
        role: Role::Plain,
        ..UNAVAILABLE
    },
];

pub(super) static GENERAL: &[Message] = super::rows![
    Message {
        pattern: r"(?:http2?: panic serving \S+: |Observed a panic[\x22:\\]* )[^\n]{0,60}(?:net/http: abort Handler|kill(?:ing)? connection)|killing connection/stream because serving request timed out[^\n]{0,80}|panic observed: [^\n]{0,20}killing connection",
        printed_by: "an API server (k8s.io/apiserver, filters/timeout.go; httputil.ReverseProxy)",
        about: About::SomethingElse,
        meaning: "No certificate is involved: the server had begun an answer and cut the connection, which Go does by a panic (`abort \
            Handler`). The time for the request was over, the client went away, or, where a request was passed on, whoever answered broke \
            off. Of an extension API server the condition of its APIService may change meanwhile.",
        rules: &[],
        next: &[CHECK_CONDITIONS],
    },
    Message {
        pattern: r"(?:http2?: panic serving \S+: ?|Observed a panic[\x22:\\]* |apiserver panic'd[\x22\\]* ?(?:on )?|result: (?:runtime error|interface conversion|assignment to entry|close of|send on))(?P<why>[^\n]{0,160})",
        ..PANICKED
    },
    Message {
        pattern: r#"an error on the server \([\\"]{0,4}apiserver is shutting down\.?[\\"]{0,4}\)(?: has prevented the request from succeeding[^\n]{0,160})?"#,
        printed_by: "a client of an API server that ends (k8s.io/apiserver, filters)",
        about: About::SomethingElse,
        meaning: "This is no matter of certificates: the API server that answered, kube-apiserver or an extension API server, was told to \
            end and takes no new requests. It passes when another, or its next start, answers.",
        rules: &[],
        next: &["kubectl get --raw /readyz"],
    },
    Message {
        pattern: r"metrics from (?:resource|custom|external) metrics API: Timeout: request did not complete within (?:requested|the allotted) timeout[^\n]{0,40}",
        printed_by: "the horizontal pod autoscaler, with kube-apiserver's answer 504 for an aggregated API",
        about: About::ExtensionServer,
        meaning: "No certificate is named: the extension API server behind the metrics API did not answer in the time that the request \
            had. It is overloaded, or what it asks is slow (Prometheus, the kubelets): its log tells.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"Timeout: request did not complete within (?:requested|the allotted) timeout[^\n]{0,40}",
        printed_by: "kube-apiserver, with an answer 504 (k8s.io/apiserver, handlers/finisher)",
        about: About::SomethingElse,
        meaning: "No certificate is named: kube-apiserver did not finish the request in the time that it had. Most often an admission \
            webhook is not reached (a firewall between the control plane and the Pods), or etcd is slow.",
        rules: &[],
        next: &["kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations"],
    },
    Message {
        pattern: concat!(
            r"an error on the server \([^\n]{0,400}\) has prevented the request from succeeding \([a-z]+ (?P<what>[^)\s]*\.",
            aggregated_groups!(group_of),
            r")(?: [^)\n]{0,120})?\)|",
            discovered!(),
            "(?P<version>",
            aggregated_groups!(group_of),
            r"/v\d\w*): an error on the server \([^\n]{0,400}\) has prevented the request from succeeding"
        ),
        printed_by: "a client of an aggregated API, with an answer 500",
        about: About::ExtensionServer,
        meaning: "The extension API server took the request for {what}{version} and answered with an error of its own, or was cut off; the \
            words in brackets are its answer. `subjectaccessreviews ... forbidden` there means that system:auth-delegator is missing; a \
            page of HTML is that of a proxy on the way.",
        rules: &["extension-auth-delegator"],
        next: &["kubectl get apiservices", CHECK_OBJECTS],
    },
    Message {
        pattern: concat!(
            r"the server was unable to return a response in the time allotted[^\n(]{0,60}\((?P<verb>[a-z]+) (?P<kind>[a-z]+(?:\.(?:",
            own_groups!(one_of),
            r"))?)(?: [^)\s]{1,200})?\)"
        ),
        meaning: "This is not the front proxy and no aggregated API: kube-apiserver serves {kind} itself, and did not answer in the time \
            that it had (504). It, etcd or an admission webhook is too slow.",
        next: &["kubectl get --raw '/readyz?verbose'"],
        ..TIMEOUT
    },
    Message {
        pattern: concat!(
            r"the server was unable to return a response in the time allotted[^\n(]{0,60}\([a-z]+ (?P<kind>[^\s)]*\.",
            aggregated_groups!(group_of),
            r")[^)\n]{0,200}\)"
        ),
        about: About::ExtensionServer,
        meaning: "The answer was 504: {kind} is of an aggregated API, and its extension API server did not answer in the time that there \
            was. It, or what it asks, is too slow, or the network between kube-apiserver and its Pods is. No certificate is involved.",
        rules: &["apiservice-unavailable"],
        ..TIMEOUT
    },
    Message {
        pattern: r"the server was unable to return a response in the time allotted[^\n(]{0,60}\([a-z]+ (?P<kind>[^\s)]*\.[a-z][^\s)]*)[^)\n]{0,200}\)",
        about: About::NotTold,
        meaning: "The answer for {kind} was 504: too slow. If that is an aggregated API (`kubectl get apiservices` names its Service), its \
            extension API server did not answer in time, or the network between the two is slow; where kube-apiserver serves it itself, as \
            it does for a CustomResourceDefinition, it is kube-apiserver, etcd or a webhook. No certificate is involved.",
        rules: &["apiservice-unavailable"],
        ..TIMEOUT
    },
    Message { pattern: r"the server was unable to return a response in the time allotted[^\n]{0,60}", ..TIMEOUT },
    Message {
        pattern: r"the server does not allow this method on the requested resource[^\n]{0,80}",
        printed_by: "a client of kube-apiserver, with an answer 405",
        about: About::SomethingElse,
        meaning: "No certificate is involved: the answer was 405. What serves that resource was reached, and has no such verb for it; \
            metrics, for example, can neither be watched nor written.",
        rules: &[],
        next: &["kubectl api-resources -o wide"],
    },
    Message {
        pattern: r"Internal error occurred: error resolving resource\W*$",
        printed_by: "kube-apiserver, of a CustomResourceDefinition (apiextensions, customresource_handler.go)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: kube-apiserver could not make what serves the objects of a \
            CustomResourceDefinition. Most often it is the caBundle of its conversion webhook, or its schema; kube-apiserver's log says \
            which at `customresource_handler.go`.",
        rules: &[],
        next: &["kubectl get crds -o yaml | grep -n -A9 'strategy: Webhook'"],
    },
    Message {
        pattern: r"Client sent an HTTP request to an HTTPS server",
        printed_by: "a TLS server (net/http), to a client",
        about: About::SomethingElse,
        meaning: "No certificate is involved: the client spoke plain HTTP to a port of TLS. Its address begins with `http:`, or the wrong \
            scheme is set for a probe or a proxy.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: concat!(
            discovered!(),
            r"(?P<version>[a-z0-9-]+\.[a-z0-9.-]+/v\d\w*): an error on the server \([^\n]{0,400}\) has prevented the request from succeeding"
        ),
        printed_by: "a client that asks which resources there are (client-go, discovery)",
        about: About::NotTold,
        meaning: "The answer for {version} was an error (500), and the words in brackets are what was answered. If {version} is an \
            aggregated API (`kubectl get apiservices` names its Service), its extension API server took the request and failed by itself, \
            or may not ask kube-apiserver about users (system:auth-delegator); where kube-apiserver serves it itself, as it does for a \
            CustomResourceDefinition, it is an error of kube-apiserver.",
        rules: &["extension-auth-delegator"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: concat!(
            r"the server does not allow access to the requested resource \([a-z]+ (?P<what>[^)\s]*\.",
            aggregated_groups!(group_of),
            r")[^)\n]{0,120}\)"
        ),
        printed_by: "a client of an aggregated API, with an answer 403 that is no Status of the API",
        about: About::NotTold,
        meaning: "The answer for {what} was 403, in words that the client could not read, so they name no user. An HTTP proxy or a service \
            mesh before the extension API server answers so; where it did itself, the caller lacks a right, or it does not take \
            kube-apiserver for the front proxy and does not see who asks.",
        rules: &["proxy-client-missing", "extension-lookup-skipped"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"the server has received too many requests and has asked us to try again later[^\n]{0,80}|the server has received too many requests[^\n]{0,80}",
        printed_by: "a client of kube-apiserver, with an answer 429",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no certificate: the answer was 429, too many requests. kube-apiserver (its priority and \
            fairness) or, of an aggregated API, its extension API server has too much to do, and the client is to come back later; or an \
            eviction is held up by a PodDisruptionBudget.",
        rules: &[],
        next: &["kubectl get --raw '/debug/api_priority_and_fairness/dump_priority_levels'"],
    },
    Message {
        pattern: r"the server rejected our request for an unknown reason[^\n]{0,80}",
        printed_by: "a client of kube-apiserver, with an answer 400",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no certificate: the answer was 400, and not 401, with which a front proxy is refused. \
            Whoever answered did not understand the request. Most often the client speaks plain HTTP to a port of TLS or asks another \
            server than an API server; of an aggregated API its server's log says more.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"an error on the server \([^\n]{0,400}\) has prevented the request from succeeding|the server rejected our request due to an error in our request|the server (?:reported a conflict|does not allow access to the requested resource|was unable to respond with a content type)[^\n]{0,80}|the body of the request was in an unknown format",
        printed_by: "a client of kube-apiserver (apimachinery, errors.NewGenericServerResponse)",
        about: About::SomethingElse,
        meaning: "The answer was an error whose text the client could not read: 400, 403, 406, 409, 415, 422, 429 or 500, and not 401, \
            with which a front proxy is refused. Where the API is an aggregated one, its own log says more; a proxy between the two may \
            have answered instead.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r#"Trace\[\d+\]:? [^\n]{0,600}?\burl:(?P<path>/apis/[^,\s]+)[^\n]{0,300}\(total time: (?P<time>[0-9.]+\w{1,2})\)"#,
        printed_by: "an API server, of a request that took longer than half a second (k8s.io/utils, trace)",
        about: About::SomethingElse,
        meaning: "This is no failure by itself: a request for {path} took {time}. kube-apiserver writes such a line for aggregated APIs \
            too, and the time is their servers' then.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: audited!(aggregated_path!(), "", "200|201"),
        printed_by: "an audit log (audit.k8s.io)",
        about: About::NoFailure,
        meaning: "This is no failure: a request for {path} was let in and answered.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: answered!(aggregated_path!(), "200|201"),
        printed_by: "the access log of an extension API server or kube-apiserver, or a client that logs its requests",
        about: About::NoFailure,
        meaning: "This is no failure: a request for {uri}{path}{url}{address}{json}{fabric} was let in and answered.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: audited!(aggregated_path!(), r#""username": ?"system:anonymous""#, "403"),
        printed_by: "an audit log (audit.k8s.io)",
        about: About::NotTold,
        meaning: "A request for {path} came without a user and was answered 403. In an extension API server's audit log the client is \
            kube-apiserver, which it did not take for the front proxy: no proxy client was shown, or the server has no requestheader CA \
            loaded. In kube-apiserver's own it is a client without credentials.",
        rules: &[
            "proxy-client-missing",
            "requestheader-ca-missing",
            "extension-lookup-skipped",
            "extension-lookup-tolerated",
        ],
        next: &[CHECK],
    },
    Message {
        pattern: r#""message": ?"Unauthorized"|"reason": ?"Unauthorized"|Response Status: 401 Unauthorized"#,
        printed_by: "an API server's answer",
        ..clients::UNAUTHORIZED
    },
    Message {
        pattern: r#"(?:^|[: ]|Kubernetes)Unauthorized[\s"'\\,})\]]*(?:$|,? ?"?(?:time|ts|level|logger|stream)\b)"#,
        ..clients::UNAUTHORIZED_SOMEWHERE
    },
];
