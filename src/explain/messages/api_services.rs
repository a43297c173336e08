//! Conditions of APIServices, what kube-apiserver's aggregator says, and what users see of both.

use super::{About, CHECK, CHECK_SERVICES, Message};

pub(super) static MESSAGES: &[Message] = &[
    Message {
        pattern: r"(?:failing or missing response from (?P<url>https://\S+): )?bad status from \S+: 401",
        printed_by: "the APIService's condition Available (kube-apiserver's available controller)",
        about: About::FrontProxy,
        meaning: "The extension API server was reached and answered 401: it did not accept the front-proxy client's \
            certificate. Another CA in the ConfigMap or pinned by a flag of its own, a name that is not allowed, an expired \
            certificate or a wrong usage; its own log says which. With several control-plane nodes, one node's certificate \
            may be the bad one.",
        rules: &[
            "proxy-client-untrusted",
            "proxy-client-name-not-allowed",
            "proxy-client-expired",
            "proxy-client-usage",
            "configmap-drift",
            "node-drift",
        ],
        next: &[
            "kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml > config-map.yaml",
            "aggcert check /etc/kubernetes/manifests config-map.yaml",
        ],
    },
    Message {
        pattern: r"(?:failing or missing response from (?P<url>https://\S+): )?bad status from \S+: 403",
        printed_by: "the APIService's condition Available (kube-apiserver's available controller)",
        about: About::FrontProxy,
        meaning: "The extension API server was reached and answered 403: it took kube-apiserver for an ordinary or anonymous \
            user, not for the front proxy. Either kube-apiserver showed no certificate (the proxy-client flags are missing), \
            or the extension server has --authentication-skip-lookup or no requestheader CA, or the proxy client is a user \
            of the client CA there.",
        rules: &[
            "proxy-client-missing",
            "proxy-client-also-a-user",
            "requestheader-ca-missing",
            "proxy-client-untrusted",
        ],
        next: &[CHECK, CHECK_SERVICES],
    },
    Message {
        pattern: r"bad status from \S+: (?P<status>[45]\d\d)",
        printed_by: "the APIService's condition Available (kube-apiserver's available controller)",
        about: About::ExtensionServer,
        meaning: "The extension API server was reached and answered {status}. That is its own trouble (404: it does not serve \
            this group and version; 5xx: its log says more); kube-apiserver's certificate was accepted.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r#"failing or missing response from https://\S+ (?:(?:Get|Post) \S+ )?(?P<why>dial tcp[^\n"]{0,200}|[^\n"]{0,60}(?:no route to host|connection refused|i/o timeout|Client\.Timeout|context deadline exceeded|net/http: TLS handshake timeout|proxy error[^\n"]{0,120}|connection reset by peer|EOF|no such host))"#,
        printed_by: "the APIService's condition Available (kube-apiserver's available controller)",
        about: About::SomethingElse,
        meaning: "This is the network or the pod, not the certificates: kube-apiserver could not talk to the extension API \
            server ({why}). Control-plane nodes need a route to the pod or service network (kube-proxy, the network plug-in, \
            an egress proxy such as konnectivity, a firewall rule for the port), or --enable-aggregator-routing=true where \
            they have no kube-proxy. `EOF`, a reset or a handshake time-out mean that something else listens there, or that \
            the server ends.",
        rules: &[],
        next: &["kubectl get apiservices", "kubectl -n kube-system get endpointslices -o wide"],
    },
    Message {
        pattern: r"(?P<name>v\d\w*\.[a-z0-9.-]+)\s+(?P<service>[a-z0-9-]+/[a-z0-9.-]+)\s+False \((?P<why>MissingEndpoints|EndpointsNotFound)\)|(?:Reason:\s*|reason: ?)(?:MissingEndpoints|EndpointsNotFound)|endpoints for service/\S+ in \S+ have no addresses[^\n]{0,80}",
        printed_by: "the APIService's condition Available (kubectl get apiservices)",
        about: About::ExtensionServer,
        meaning: "The extension API server's Service {service} has no ready endpoints: its Pod is not running or not ready. No \
            certificate is involved yet: look at the Pod and its log.",
        rules: &[],
        next: &["kubectl get pods --all-namespaces -o wide | grep -v Running"],
    },
    Message {
        pattern: r#"(?P<name>v\d\w*\.[a-z0-9.-]+)\s+(?P<service>[a-z0-9-]+/[a-z0-9.-]+)\s+False \(ServiceNotFound\)|(?:Reason:\s*|reason: ?)ServiceNotFound|service/\S+ in \S+ is not present"#,
        printed_by: "the APIService's condition Available (kubectl get apiservices)",
        about: About::ExtensionServer,
        meaning: "The Service {service} that the APIService {name} names is gone: its program was uninstalled and the \
            APIService was left behind, or it lies in another namespace. If nothing serves it any more, delete the \
            APIService; as long as it is there, it blocks the deletion of namespaces.",
        rules: &[],
        next: &["kubectl get apiservices", "kubectl get services --all-namespaces"],
    },
    Message {
        pattern: r"(?:Reason:\s*|reason: ?|False \()Service(?:PortError|AccessError)",
        printed_by: "the APIService's condition Available",
        about: About::ExtensionServer,
        meaning: "The Service of the APIService has no port that fits (the default is 443, spec.service.port names another), \
            or kube-apiserver could not read it.",
        rules: &[],
        next: &[CHECK_SERVICES],
    },
    Message {
        pattern: r#"an error on the server \(.{0,40}?Internal Server Error: .{0,4}/apis/[^"\n]{0,300}: Unauthorized|"?/apis/[^"\s]{1,300}"?: Unauthorized"#,
        printed_by: "a client of an aggregated API, such as the horizontal pod autoscaler",
        about: About::FrontProxy,
        meaning: "The aggregated API answered 401 Unauthorized: the extension API server did not accept the front-proxy \
            client of the kube-apiserver that proxied the request. Its own log says why; if only some requests fail, compare \
            the control-plane nodes.",
        rules: &["proxy-client-untrusted", "proxy-client-name-not-allowed", "proxy-client-expired", "node-drift"],
        next: &["kubectl get apiservices", CHECK],
    },
    Message {
        pattern: r#"(?:GET|POST|PUT|PATCH|LIST|WATCH) /apis/(?P<path>\S+?):? \(?[^\n]{0,40}\b401\b|URI="/apis/(?P<uri>[^"]+)"[^\n]{0,400}resp=401"#,
        printed_by: "the access log of an extension API server or kube-apiserver (httplog)",
        about: About::FrontProxy,
        meaning: "A request for /apis/{path}{uri} was answered 401. In an extension API server's log the client is \
            kube-apiserver, whose front-proxy certificate was not accepted; a line `Unable to authenticate the request` \
            beside it says why. In kube-apiserver's own log it is the caller's credentials that were refused.",
        rules: &["proxy-client-untrusted", "proxy-client-name-not-allowed", "proxy-client-expired"],
        next: &[CHECK],
    },
    Message {
        pattern: "transport is of type \\*transport\\.debuggingRoundTripper",
        printed_by: "kube-apiserver's aggregator",
        about: About::SomethingElse,
        meaning: "This is not the certificates: kube-apiserver logs so much (--v=6 and more) that the aggregator cannot set \
            its dialer, a fault of old versions. Run it with a lower --v.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"http: TLS handshake error from (?P<address>\S+?): (?:EOF|read tcp[^\n]{0,80}|tls: first record does not look like a TLS handshake|write tcp[^\n]{0,80}|i/o timeout)",
        printed_by: "a TLS server (net/http)",
        about: About::SomethingElse,
        meaning: "A client at {address} connected and went away before the TLS handshake was over, or spoke no TLS: most often \
            a load balancer's health check. It is no matter of certificates.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"http: TLS handshake error from (?P<address>\S+?): remote error: tls: (?P<why>[a-z ]+)",
        printed_by: "a TLS server (net/http), about a client",
        about: About::SomethingElse,
        meaning: "A client at {address} does not trust *this server's serving certificate* ({why}). That is not the front \
            proxy's certificate. If the server is an extension API server and the client kube-apiserver, it is the caBundle of \
            the APIService; otherwise the client has another or an old CA.",
        rules: &["apiservice-ca-bundle"],
        next: &[CHECK_SERVICES],
    },
];

pub(super) static GENERAL: &[Message] = &[
    Message {
        pattern: r"failing or missing response from (?P<url>https://\S+):? (?P<why>[^\n]{0,300})",
        printed_by: "the APIService's condition Available (kube-apiserver's available controller)",
        about: About::ExtensionServer,
        meaning: "kube-apiserver could not use {url}: {why}. A time-out or a refused connection is a matter of the network or \
            of the pod, not of these certificates.",
        rules: &["apiservice-ca-bundle"],
        next: &["kubectl get apiservices", CHECK_SERVICES],
    },
    Message {
        pattern: r"False \(FailedDiscoveryCheck\)|(?:Reason:\s*|reason: ?)FailedDiscoveryCheck|FailedDiscoveryCheck",
        printed_by: "the APIService's condition Available",
        about: About::ExtensionServer,
        meaning: "kube-apiserver asked the extension API server for its API and was not satisfied. The reason alone does not \
            tell the cause: the condition's message does (401 is the front proxy, x509 the caBundle, a time-out the network).",
        rules: &[],
        next: &["kubectl describe apiservices | aggcert explain"],
    },
    Message {
        pattern: r"the server is currently unable to handle the request|(?i:metrics api not available)|unable to retrieve the complete list of server APIs|stale GroupVersion discovery|no metrics returned from resource metrics API|unable to (?:get|fetch) metrics (?:for|from) resource",
        printed_by: "a client of an aggregated API (kubectl, the horizontal pod autoscaler, the namespace controller)",
        about: About::ExtensionServer,
        meaning: "An aggregated API is not available. That says nothing about the cause: the condition of its APIService does. \
            While one is unavailable, namespaces cannot be deleted and autoscalers stand still.",
        rules: &[],
        next: &["kubectl get apiservices", CHECK_SERVICES],
    },
];
