//! How a server built on k8s.io/apiserver comes to its serving certificate and its port, and what it says of its own health
//! (`SecureServingOptions`, `healthz`).

use super::super::pattern::one_of;
use super::{About, CHECK, CHECK_CONDITIONS, CHECK_OBJECTS, Message, Role};
use crate::kubernetes::names::own_groups;

/// Others have its words: `shared` looks for its name.
pub(super) const NOT_STORED: &str =
    "kube-apiserver, which does not store the APIService (apiregistration, ValidateAPIService)";

/// What kube-apiserver says while the OpenAPI document of an API server is not there yet.
pub(super) const NO_OPENAPI_YET: Message = Message {
    pattern: "",
    printed_by: "kube-apiserver's OpenAPI aggregation",
    about: About::SomethingElse,
    meaning: "This is harmless by itself, and no matter of certificates: kube-apiserver puts the OpenAPI documents of all API servers \
        together, and asks again where one has none (yet). Whether the API works, the condition of its APIService says.",
    rules: &[],
    next: &["kubectl get apiservices"],
    role: Role::Harmless,
    ..Message::PLAIN
};

/// Why a certificate cannot be written, most often.
macro_rules! unwritable {
    () => {
        "With `permission denied` or `read-only file system` it may not write the directory for it (--cert-dir, apiserver.local.config): mount one there, such as an emptyDir, or give it a pair."
    };
}

pub(super) static GENERAL: &[Message] = super::rows![
    Message {
        pattern: r"dynamiccertificates: unexpected config type",
        printed_by: "a server built on k8s.io/apiserver (dynamiccertificates, DynamicServingCertificateController.GetConfigForClient)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: what the server keeps as its TLS configuration is none, so it ended the handshake. That is a \
            fault inside that program and of no file: restart it, and report it if it stays.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"\bauthentication\.go:\d+\] \x22?Authentication is disabled",
        printed_by: "a server built on k8s.io/apiserver (filters/authentication.go, WithAuthentication)",
        about: About::NotTold,
        meaning: "The server was made without any authenticator: it knows no user of any request, takes no X-Remote-* header and no token, and \
            whoever reaches its port is let past. kube-apiserver never runs so. Where an extension API server does, its authorizer alone, or \
            the network, stands before what it serves: see how it is built and which flags it has.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"failed to created? merged OpenAPI ?[Vv]3 discovery response: (?P<why>[^\n]{1,200})",
        printed_by: "kube-apiserver's aggregator (openapiv3/aggregator, handleDiscovery)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the list of all OpenAPI v3 documents could not be written ({why}), so a client that asked for \
            /openapi/v3 got 500. No certificate is involved; one of the extension API servers may have given what cannot be listed.",
        rules: &[],
        next: &["kubectl get --raw /openapi/v3"],
    },
    Message {
        pattern: r"dynamiccertificates: configuration not ready",
        printed_by: "a server built on k8s.io/apiserver, of a client that came too early (dynamiccertificates, DynamicServingCertificateController)",
        about: About::NotTold,
        meaning: "The server has not loaded its serving certificate and its client CAs yet, and ended the TLS handshake. At start-up that \
            passes; an extension API server that stays so does not get the ConfigMap kube-system/extension-apiserver-authentication, or \
            its own pair is empty.",
        rules: &["extension-reader-binding", "component-refuses-to-start"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"\d+ informers? not started yet: (?P<which>\[[^\]\n]{0,300}\])|[Cc]ache for (?P<what>\w+) informer has not synced",
        printed_by: "an extension API server's or kube-apiserver's /readyz (informer-sync), or a program that reads from kube-apiserver",
        about: About::ExtensionServer,
        meaning: "The server has not read (yet) what it watches in kube-apiserver: {which}{what}. At start-up that passes; where it stays, \
            its account may not list it (of a ConfigMap, that of the front proxy: the RoleBinding in kube-system to the Role \
            extension-apiserver-authentication-reader), or it does not reach kube-apiserver.",
        rules: &["extension-reader-binding"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"[Uu]nable to sync caches for (?P<who>RemoteAvailability|LocalAvailability|APIServiceRegistrationController)(?: controller)?",
        printed_by: "kube-apiserver's aggregator (kube-aggregator, controllers.WaitForCacheSync)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: {who} of kube-apiserver ended before it had read what it watches, because kube-apiserver \
            was told to end, or cannot read from itself or from etcd. Lines before it say which.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"[Uu]nable to sync caches for (?P<who>RequestHeaderAuthRequestController|cluster_authentication_trust_controller)[^\n]{0,40}",
        printed_by: "an API server (client-go, cache.WaitForNamedCacheSync)",
        about: About::SomethingElse,
        meaning: "{who} ended before it had read what it watches: the server was told to end, did not reach kube-apiserver or etcd, or may \
            not list it. Lines before it say which.",
        rules: &["extension-reader-binding"],
        next: &[],
    },
    Message {
        pattern: r"[Ff]ailed to generate self[- ]signed certificate for loopback connection(?:: (?P<why>[^\n\x22]{1,200}))?",
        printed_by: "kube-apiserver or an extension API server, at start-up (SecureServingOptions.WithLoopback)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the server does not start, because it cannot make in memory the certificate with which it \
            speaks with itself ({why}). No file of it is to be mended: what it may do on its node (a security module, the random numbers \
            of the system) is the cause.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:unable to generate|error creating) self[- ]signed cert(?:ificate)?s?(?:: (?P<why>[^\n\x22]{1,200}))?",
        printed_by: "a server built on k8s.io/apiserver, at start-up (SecureServingOptions.MaybeDefaultWithSelfSignedCerts)",
        about: About::ExtensionServer,
        meaning: concat!(
            "This is not the front proxy: the server was given no --tls-cert-file and could not make a *serving* certificate for itself ({why}). ",
            unwritable!()
        ),
        rules: &["component-refuses-to-start"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"(?i:fail\w*|unable|cannot|could not|couldn't|error)[^\n]{0,60}(?i:generat|creat|initiali[sz]|renew|rotat|writ|persist|sav|stor|mak)\w*[^\n]{0,30}(?i:self[- ]signed cert)(?:ificate)?s?\b(?P<why>[^\n\x22]{0,200})",
        printed_by: "a server or an operator that makes its own serving certificate",
        about: About::NotTold,
        meaning: concat!(
            "This is not the front proxy's certificate: a program could not make or keep a *serving* certificate of its own{why}. Is it an extension API server, kube-apiserver does not reach \
            it or does not trust it until it has one. ",
            unwritable!()
        ),
        rules: &[],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"(?i:generating|creating|falling back to|will use|Secret to persist)(?: an?| the| new| own){0,2} (?i:self[- ]signed cert)(?:ificate)?s?\b[^\n]{0,100}",
        printed_by: "a server that makes its own serving certificate",
        about: About::NoFailure,
        meaning: "This is no failure: a server has no serving certificate and makes one that it signs itself. Of an extension API server, \
            only an APIService with insecureSkipTLSVerify: true, or with that very certificate as caBundle, accepts it.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:Generated|Using) self[- ]signed cert(?:ificate)?(?: in-memory| \((?P<files>[^)\n]{1,300})\))?",
        printed_by: "a server built on k8s.io/apiserver at start-up: kube-controller-manager, kube-scheduler, an extension API server \
                     (SecureServingOptions.MaybeDefaultWithSelfSignedCerts)",
        about: About::NoFailure,
        meaning: "This is no failure: the server was given no --tls-cert-file and made a serving certificate for itself {files}. \
            kube-controller-manager and kube-scheduler do so at each start, and need no other. Of an extension API server, only an \
            APIService with insecureSkipTLSVerify: true accepts it, because no caBundle can hold a certificate that is new at each start: \
            better give that one, and its CA as caBundle.",
        rules: &["serving-certificate-in-memory", "apiservice-insecure"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"(?:invalid (?:SNI cert keypair|serving cert(?: keypair)?)|unable to build named certificate map|failed to load SNI cert and key|cert/key file and in-memory certificate cannot both be set)[^\n]{0,200}",
        printed_by: "a server built on k8s.io/apiserver (dynamiccertificates; SecureServingOptions)",
        about: About::ExtensionServer,
        meaning: "This is not the front proxy's pair, but what the server itself shows to its clients: --tls-cert-file and \
            --tls-private-key-file, or a pair of --tls-sni-cert-key, do not belong together or cannot be read.",
        rules: &["component-refuses-to-start"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"failed to create listener: failed to listen on [^\n]{0,200}|invalid listen address: [\x22\\][^\n]{0,120}",
        printed_by: "a server built on k8s.io/apiserver, at start-up (SecureServingOptions.ApplyTo)",
        about: About::NotTold,
        meaning: "No certificate is involved: the server cannot listen on its port and ends, because another process has it (hostNetwork, \
            two servers on one node, one of the same component that still runs), or the user that it runs as may not take a port below \
            1024. Ports 6443, 10257 and 10259 are those of kube-apiserver, kube-controller-manager and kube-scheduler; an extension API \
            server can have another --secure-port, and its Service that targetPort.",
        rules: &["host-port-taken"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"listen tcp\S* \S+: bind: (?P<why>address already in use|permission denied|cannot assign requested address)",
        printed_by: "a program at start-up (net)",
        about: About::SomethingElse,
        meaning: "This is no matter of certificates: a program cannot listen on its port ({why}). Another process has it, on the same node \
            where the Pod has hostNetwork, or the program's user may not take a port below 1024.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"--secure-port \S+ must be between[^\n]{0,120}",
        printed_by: "a server built on k8s.io/apiserver, at start-up (SecureServingOptions.Validate)",
        about: About::ExtensionServer,
        meaning: "The server does not start: --secure-port is no port, or 0 where HTTPS cannot be turned off.",
        rules: &["component-refuses-to-start"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"loopback serving certificate (?:is|has) expired",
        printed_by: "kube-apiserver or an extension API server that has run for a year (SecureServingOptions.WithLoopback)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the certificate that the server makes in memory at its start, to speak with itself, ends \
            after a year. Restart it.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"poststarthook/(?:start-cluster-authentication-info-controller|start-\S*requestheader\S*)[^\n]{0,80}(?:failed|not finished)",
        printed_by: "kube-apiserver's /readyz",
        about: About::FrontProxy,
        meaning: "kube-apiserver is not ready: it has not yet written kube-system/extension-apiserver-authentication. At start-up that \
            passes; where it stays, its own log says why (etcd, or rights).",
        rules: &["requestheader-ca-missing"],
        next: &[CHECK],
    },
    Message {
        pattern: concat!(r"missing APIService: \[v\d\w*\.(?:\s|\]|(?:", own_groups!(one_of), r")[\s\]])[^\n]{0,200}"),
        printed_by: "kube-apiserver's /healthz or /readyz (kube-aggregator, autoregister)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no extension API server: kube-apiserver has not registered APIServices of its *own* \
            groups yet. At start-up that passes; where it stays, etcd or its own loopback connection is the cause.",
        rules: &[],
        next: &["kubectl get --raw '/readyz?verbose'"],
    },
    Message {
        pattern: r"poststarthook/(?:apiservice-\S+|kube-apiserver-autoregistration|aggregator-reload-proxy-client-cert|remote-available\S*|local-available\S*)[^\n]{0,80}(?:failed|not finished)|(?:timed out waiting for proxy handler to initialize|failed to initially (?:list APIServices|sync APIService)[^\n]{0,200}|missing APIService: )[^\n]{0,200}",
        printed_by: "kube-apiserver's /readyz, or its aggregator at start-up",
        about: About::ExtensionServer,
        meaning: "kube-apiserver is not ready: its aggregator has not registered all APIServices yet. At start-up that passes; where it \
            stays, etcd or kube-apiserver's own loopback connection is the cause more often than an extension API server. No \
            certificate of the front proxy is involved.",
        rules: &["apiservice-unavailable"],
        next: &[CHECK_CONDITIONS],
    },
    Message {
        pattern: r"\[-\] ?(?P<check>[\w./-]+) (?:failed: reason withheld|failed: [^\n]{0,120}|not finished)",
        printed_by: "a server's /healthz, /livez or /readyz",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the server runs, and says itself that {check} is not in order (yet). Its own log says why.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"no endpoints available for service [\\"]{1,2}(?P<service>[^"\\\n]{0,100}(?:metrics-server|(?:custom|external)-metrics|metrics-adapter|prometheus-adapter|apiserver|package-?server|\b(?:virt|cdi|calico)-api\b)[^"\\\n]{0,60})"#,
        printed_by: "kube-apiserver, which was to pass a request on to a Service (apiserver, util/proxy, ResolveEndpoint)",
        about: About::ExtensionServer,
        meaning: "No certificate is involved yet: the Service {service}, by its name an extension API server's, has no Pod behind it that \
            is ready. Where an APIService leads to it, its aggregated API is not available. Its Pods' logs say why.",
        rules: &["apiservice-service-missing"],
        next: &["kubectl get endpointslices --all-namespaces", CHECK_CONDITIONS],
    },
    Message {
        pattern: r#"(?:no endpoints available for service|no service port \S+ found for service) [\\"]{1,2}(?P<service>[^"\\\n]{1,200})|cannot route to service with ClusterIP [\\"]{1,2}None[\\"]{0,2}|unsupported service type [\\"]{1,2}(?P<kind>[^"\\\n]{1,60})"#,
        printed_by: "kube-apiserver, which was to pass a request on to a Service (apiserver, util/proxy, ResolveEndpoint)",
        about: About::NotTold,
        meaning: "No certificate is involved yet: the Service {service} has no Pod behind it that is ready, no such port, or is of a kind \
            that kube-apiserver does not route to ({kind}). Is it the Service of an APIService, the aggregated API is not available; it \
            may be a webhook's, or one that was asked for through the API's proxy.",
        rules: &["apiservice-service-missing", "apiservice-port"],
        next: &["kubectl get endpointslices --all-namespaces", CHECK_CONDITIONS],
    },
    Message {
        pattern: r#"^(?:E\d{4} [^\]]*\] ?)?(?:http: )?missing user$|"missing user"|(?:failed to retrieve openAPI spec, http error: )?ResponseCode: 500, Body: missing user"#,
        printed_by: "kube-apiserver's aggregator, with an answer 500 (handler_proxy.go, proxyHandler.ServeHTTP)",
        about: About::SomethingElse,
        meaning: "kube-apiserver was to proxy a request of which it does not know the user: a filter before the aggregator is missing. \
            That is a fault of a server put together otherwise, not of certificates.",
        rules: &[],
        next: &[CHECK],
    },
    Message {
        pattern: r"adding [^\n]{1,80} to AggregationController failed|failed to build merge specs|failed to retrieve openAPI spec|loading OpenAPI spec for \S+ failed(?: with: [^\n]{0,200}|[ .:]{1,6}(?:\d{3}\b)?)|[Ff]ailed to load OpenAPI (?:spec|schema|document)s? (?:for|of) [^\n]{0,120}|failed to download v\d+(?:(?:alpha|beta)\d+)?\.[a-z][^\s:]*: [^\n]{0,200}|OpenAPI spec will not be served|failed to created? merged OpenAPIv3|OpenAPI AggregationController: (?:Processing item|action for (?:local )?item)[^\n]{0,200}",
        ..NO_OPENAPI_YET
    },
    Message {
        pattern: r"must be `spec\.version\+",
        printed_by: NOT_STORED,
        about: About::ExtensionServer,
        meaning: "The APIService was not stored: its name is VERSION.GROUP as in spec.version and spec.group.",
        rules: &[],
        next: &[],
    },
];
