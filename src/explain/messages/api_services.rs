//! What kube-apiserver's aggregator says besides why an APIService is not available, and what users see of it.

use super::super::availability::OF_CONDITION;
use super::super::pattern::{api_service, bad_answer, group_of, one_of, unavailable};
use super::metrics::METRICS_SERVER;
use super::{About, CHECK, CHECK_CONDITIONS, CHECK_OBJECTS, Message, Role, serving};
use crate::kubernetes::names::{aggregated_groups, own_groups};

pub(super) const UNAUTHORIZED: Message = Message {
    pattern: "",
    printed_by: "a client of an aggregated API, such as the horizontal pod autoscaler",
    about: About::FrontProxy,
    meaning: "The aggregated API answered 401 Unauthorized: the extension API server did not accept the front-proxy \
        client of the kube-apiserver that proxied the request. Its own log says why; if only some requests fail, compare \
        the control-plane nodes. Where the same client is refused for every API, it is its own token or certificate.",
    rules: &["proxy-client-untrusted", "proxy-client-name-not-allowed", "proxy-client-expired", "node-drift"],
    next: &["kubectl get apiservices", CHECK],
    ..Message::PLAIN
};

/// The answer 500 of an API server that was let down by whom it asked about the caller (responsewriters.InternalError), as its client
/// sees it, or the OpenAPI aggregation.
macro_rules! internal_error {
    () => {
        r#"(?:Internal Server Error: [\\"]{0,4}/apis/|Body: Internal Server Error: [\\"]{0,4}/)[^"\n]{0,300}?[\\"]{0,4}: "#
    };
}

const INTERNAL_ERROR: &str =
    "an extension API server, with an answer 500, to a client of its API (responsewriters.InternalError)";

/// What is said of a request for a path when its time was over, in old words and new.
macro_rules! too_slow {
    ($path:expr) => {
        concat!(
            r#"(?i:post-timeout activity|timeout or abort while handling)[^\n]{0,160}?[\\"' =](?P<path>"#,
            $path,
            r#"[^"'\s\\]{1,200})[\\"']{0,2}(?: result[:=] ?[^\n]{0,160})?"#
        )
    };
}

const TOO_SLOW: Message = Message {
    pattern: "",
    printed_by: "an API server, after a request was over (k8s.io/apiserver, filters/timeout.go and wrap.go)",
    about: About::ExtensionServer,
    meaning: "The server took longer for {path} than it had, or the client went away first; the line does not tell which. Once in a while \
        it is harmless: kube-apiserver's availability check closes each answer unread, and clients give up. Where the APIService is not \
        available (kube-apiserver waits five seconds for it), the server is overloaded, or what it asks (kube-apiserver, etcd, a metrics \
        source) does not answer. No certificate is involved.",
    rules: &[],
    next: &[CHECK_CONDITIONS],
    ..Message::PLAIN
};

const NOT_WRITTEN: Message = Message {
    pattern: "",
    printed_by: "an API server (k8s.io/apiserver, responsewriters and filters/timeout.go)",
    about: About::SomethingElse,
    meaning: "This is not the front proxy: the answer could not be written any more, because the client went away first or the time for \
        the request was over. Once in a while it is harmless; often, the server or what it asks is too slow.",
    rules: &[],
    next: &[],
    ..Message::PLAIN
};

const NOT_AVAILABLE: Message = Message {
    pattern: "",
    printed_by: "a client of an aggregated API (kubectl, the horizontal pod autoscaler, the namespace controller)",
    about: About::ExtensionServer,
    meaning: "An aggregated API is not available. That says nothing about the cause: the condition of its APIService does. \
        While one is unavailable, namespaces cannot be deleted and autoscalers stand still.",
    rules: &[],
    next: &["kubectl get apiservices", CHECK_CONDITIONS],
    role: Role::Symptom,
    ..Message::PLAIN
};

/// Behind it `availability` knows most reasons.
const NOT_REACHED: Message = Message {
    pattern: "",
    printed_by: "kube-apiserver, which was to pass a request on (apimachinery, util/proxy; kube-aggregator)",
    about: About::NotTold,
    meaning: "kube-apiserver was to pass a request on, to an extension API server or with `proxy` to a Service, a Pod or a node, and got \
        no answer from it: {why}. That is its own word, so what it called did not answer; `too many open files` and `no buffer space` are \
        limits of kube-apiserver's own machine. No certificate is named.",
    rules: &[],
    next: &["kubectl get apiservices", CHECK_CONDITIONS],
    ..Message::PLAIN
};

/// Others have its words: `shared` looks for its name.
pub(super) const SERVED: &str = "metrics-server, or a client of it";

const CA_INJECTOR: &str = "a program that writes the caBundle of APIServices (cert-manager's cainjector, an operator)";

/// Others have its words: `shared` looks for its name.
pub(super) const CONDITION: &str = "the APIService's condition Available (kube-apiserver's available controllers)";

pub(super) static MESSAGES: &[Message] = super::rows![
    Message {
        pattern: concat!(
            internal_error!(),
            "(?:Unauthorized|the server has asked for the client to provide credentials)"
        ),
        printed_by: INTERNAL_ERROR,
        about: About::ExtensionServer,
        meaning: "The extension API server took the request, asked kube-apiserver what the user may do (SubjectAccessReview), and was \
            itself answered 401: its own service account's token is not accepted there. It has expired, is of another cluster, or the keys \
            that sign tokens have changed: restart its Pods. The front proxy was accepted, or the answer were 401 and not 500. (Of a \
            CustomResourceDefinition's path, kube-apiserver says so of a webhook that it asks itself.)",
        rules: &[],
        next: &[CHECK_CONDITIONS],
    },
    Message {
        pattern: concat!(internal_error!(), "the server could not find the requested resource"),
        printed_by: INTERNAL_ERROR,
        about: About::ExtensionServer,
        meaning: "The extension API server took the request, asked kube-apiserver what the user may do, and was answered 404: it asks for \
            a SubjectAccessReview in a version that kube-apiserver does not serve, most often authorization.k8s.io/v1beta1, which \
            Kubernetes 1.22 removed. Upgrade the extension API server. The front proxy was accepted, and no certificate is involved.",
        rules: &[],
        next: &["kubectl api-versions"],
    },
    Message {
        pattern: concat!(internal_error!(), r#"(?:Post|Get) [^\n]{0,200}(?P<why>x509: [^\n"\\]{1,200})"#),
        printed_by: INTERNAL_ERROR,
        about: About::ExtensionServer,
        meaning: "The extension API server took the request, asked kube-apiserver what the user may do (SubjectAccessReview), and refused \
            kube-apiserver's *serving* certificate ({why}): what it trusts is its service account's ca.crt, or its \
            --authorization-kubeconfig. The front proxy is not the cause.",
        rules: &[],
        next: &["kubectl get configmap kube-root-ca.crt -o yaml"],
    },
    Message {
        pattern: concat!(
            internal_error!(),
            r#"(?P<why>(?:(?:Post|Get) [\\"]{0,4}[^\s"\\]{1,300}[\\"]{0,4}: )?(?:dial |read tcp|context (?:deadline|canceled)|net/http: |EOF|http2: |unexpected EOF)[^\n"\\]{0,160})"#
        ),
        printed_by: INTERNAL_ERROR,
        about: About::ExtensionServer,
        meaning: "The extension API server took the request, asked kube-apiserver what the user may do (SubjectAccessReview), and had no \
            answer ({why}): its Pod does not reach kube-apiserver (the network between the two), or that is too slow. The front proxy was \
            accepted, and no certificate is involved. (Of a CustomResourceDefinition's path, kube-apiserver says so of a webhook that it \
            asks itself.)",
        rules: &[],
        next: &["kubectl get endpointslices -n default -l kubernetes.io/service-name=kubernetes", CHECK_CONDITIONS],
    },
    Message {
        pattern: r#"(?:Response Body: |ResponseCode: 500, Body: |an error on the server \([\\"]{1,4})(?P<why>tls: (?:private key|failed to (?:find|parse)|found (?:a|unknown))[^\n"\\]{0,160}|(?:x509|asn1): [^\n"\\]{0,100}private key[^\n"\\]{0,100})"#,
        printed_by: "kube-apiserver, in its answer 500 to a client of an aggregated API",
        about: About::FrontProxy,
        meaning: "An API server answered that it has no pair of certificate and key: {why}. It is kube-apiserver, for an aggregated API: \
            it could not make its client from --proxy-client-cert-file and --proxy-client-key-file, so it asked nobody.",
        rules: &["proxy-client-key-mismatch", "server-refuses-to-start"],
        next: &[CHECK],
    },
    Message {
        // Java's client says so of every 401 (fabric8, OperationSupport).
        pattern: concat!("/apis/", aggregated_groups!(group_of), r#"[^"\s]{0,300}\. Message: Unauthorized! "#),
        about: About::NotTold,
        meaning: "The answer was 401 Unauthorized, and what stands behind it the client says of every 401. Where other APIs answer this \
            client, the extension API server did not accept the front-proxy client of the kube-apiserver that proxied the request; where \
            everything answers 401, kube-apiserver did not accept the client's own token.",
        ..UNAUTHORIZED
    },
    Message {
        pattern: concat!(
            r#"/apis/"#,
            aggregated_groups!(group_of),
            r#"[^"\s]{0,300}(?:"?: |\. Message: )Unauthorized|metrics API: (?:Unauthorized|the server has asked for the client to provide credentials)"#
        ),
        ..UNAUTHORIZED
    },
    Message {
        pattern: concat!(
            r#""?(?P<path>/(?:api/v1|apis/(?:"#,
            own_groups!(one_of),
            r#"))/[^"\s]{0,300})(?:"?: |\. Message: )Unauthorized"#
        ),
        printed_by: "a client of kube-apiserver, with an answer 401",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver serves {path} itself, and did not accept the caller's own credentials, a \
            token or a client certificate.",
        rules: &[],
        next: &["kubectl config view --minify    # with the client's kubeconfig"],
    },
    Message {
        pattern: r#""?/apis/[a-z0-9-]+\.[a-z0-9.-]+/v\d\w*[^"\s]{0,300}(?:"?: |\. Message: )Unauthorized"#,
        about: About::NotTold,
        meaning: "The answer was 401 Unauthorized. Where the path is an aggregated API's and others answer, the extension API server did \
            not accept the front-proxy client of the kube-apiserver that proxied the request; where it is a CustomResourceDefinition's, or \
            everything answers 401, kube-apiserver did not accept the caller's own credentials.",
        ..UNAUTHORIZED
    },
    Message {
        pattern: r"(?P<how>insecure-sha1|missing-san)\.invalid-cert\.kubernetes\.io: invalid certificate detected connecting to [\\\x22']*(?P<server>[^\\\x22' ]+)",
        printed_by: "kube-apiserver 1.23 to 1.30, as a warning (k8s.io/apiserver, x509metrics)",
        about: About::ExtensionServer,
        meaning: "The *serving* certificate of `{server}`, an extension API server or a webhook, is one that later versions refuse: \
            insecure-sha1 is a signature with SHA-1, missing-san a certificate without a subject alternative name. Here it is \
            {how}. Issue it anew, with SHA-256 and the name {server}.",
        rules: &["serving-certificate-name", "weak-signature"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"unable to update target object with new CA data[^\n]{0,120}apiservices\.apiregistration\.k8s\.io(?:[^\n]{0,80}the object has been modified)?",
        printed_by: "cert-manager's cainjector",
        about: About::ExtensionServer,
        meaning: "cert-manager wrote the caBundle of an APIService while something else wrote the same object; it tries again, and \
            once is harmless. Where it goes on, two write it in turn: a second cainjector, Helm or a GitOps tool that puts its \
            own caBundle back, or kube-apiserver with a condition that changes all the time.",
        rules: &["apiservice-ca-bundle"],
        next: &["kubectl get apiservices", CHECK_OBJECTS],
    },
    Message {
        // The blank before the colon tells these controllers from the available controller's.
        pattern: r#"\b(?P<name>v\d\w*\.[a-z0-9.-]*) failed with : (?P<why>[^\n]{1,200})"#,
        printed_by: "kube-apiserver, which registers its own groups, those of CustomResourceDefinitions and APIServices (autoregister_controller.go, apiservice_controller.go)",
        about: About::SomethingElse,
        meaning: "No extension API server was asked: kube-apiserver could not write or register {name} just now ({why}), and tries again. \
            That two wrote it at once (`already exists`, `has been modified`) is harmless; where etcd or kube-apiserver's own loopback \
            connection is named and it goes on, that is the cause.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"\b(?P<name>v\d\w*\.[a-z0-9.-]*) failed with: apiservices\.apiregistration\.k8s\.io [\\"]{1,4}[^"\\\n]{1,200}[\\"]{1,4} not found"#,
        printed_by: "kube-apiserver's available controller, in its log",
        about: About::NoFailure,
        meaning: "This is harmless: the APIService {name} was deleted while kube-apiserver was to write its condition.",
        rules: &[],
        next: &[],
        role: Role::Harmless,
    },
    Message {
        pattern: "Operation cannot be fulfilled on apiservices\\.apiregistration\\.k8s\\.io [^\n]{0,80}the object has been modified|v\\d[\\w.-]+ failed with: ?Operation cannot be fulfilled on apiservices\\.apiregistration\\.k8s\\.io",
        printed_by: "kube-apiserver's available controller, or another program that writes an APIService",
        about: About::SomethingElse,
        meaning: "Two wrote the APIService at once, and this one tries again, which is harmless: two kube-apiservers its condition, or one \
            of them and cert-manager's cainjector or an operator. Where it goes on for hours they disagree about it: one kube-apiserver \
            reaches the extension API server and another does not, or two programs write another caBundle in turn.",
        rules: &["node-drift"],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"OpenAPI spec does not exists?|no RequestInfo found in the context|OpenAPI AggregationController: action for item \S+ Rate Limited Requeue",
        printed_by: "kube-apiserver's OpenAPI aggregation",
        about: About::SomethingElse,
        meaning: "This is harmless by itself: kube-apiserver did not get the OpenAPI document of an extension API server (it may have \
            none) and asks again; `no RequestInfo` is said of that very question. A line before it may name a reason. Whether the API \
            works, the condition of its APIService says.",
        rules: &[],
        next: &["kubectl get apiservices"],
        role: Role::Harmless,
    },
    Message {
        pattern: r"(?:openapi (?:resources|schema|data)|open api schema|download openapi|OpenAPI (?:schema|document|spec)|/openapi/v\d)[^\n]{0,80}: (?P<why>(?i:the server) is currently unable to handle the request[^\n]{0,60}|SchemaError\([^\n]{0,200})",
        printed_by: "a client that reads the OpenAPI document of kube-apiserver (kubectl apply, Argo CD)",
        about: About::NotTold,
        meaning: "kube-apiserver answers for its OpenAPI document itself, and had none that could be used ({why}): it has just started, or \
            cannot put the documents of all API servers together, because the schema of a CustomResourceDefinition or of an extension API \
            server is broken; its own log says at `OpenAPI` whose. An APIService need not be unavailable. No certificate is involved.",
        rules: &[],
        next: &["kubectl get --raw /openapi/v2 | head -c 300", "kubectl get apiservices"],
    },
    Message {
        pattern: r#"handler_proxy\.go:\d+\] [\\"]{0,2}(?P<why>tls: (?:private key|failed to find|found|failed to parse)[^\n"]{0,160})"#,
        printed_by: "kube-apiserver's aggregator (handler_proxy.go, which makes the client of an extension API server)",
        about: About::FrontProxy,
        meaning: "kube-apiserver cannot make its client for extension API servers: {why}. It is the pair of --proxy-client-cert-file and \
            --proxy-client-key-file, of which this part of kube-apiserver reads no other.",
        rules: &["proxy-client-key-mismatch", "server-refuses-to-start"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"\b(?P<name>v\d\w*\.[a-z0-9.-]*) failed with: ?(?P<why>(?:etcdserver: |rpc error: |Put [\\"]{0,4}https?://|Timeout: request did not|the server (?:was unable to return|is currently|has received)|Internal error occurred: |client rate limiter|context (?:deadline|canceled)|[a-z]+\.apiregistration\.k8s\.io )[^\n"]{0,200})"#,
        printed_by: "kube-apiserver's available controller, in its log",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and nothing is said of the extension API server: kube-apiserver could not write what it \
            knows of {name} ({why}). The write goes to kube-apiserver itself and to etcd; the condition stays as it was until they \
            answer.",
        rules: &[],
        next: &["kubectl get --raw '/readyz?verbose'"],
    },
    Message {
        pattern: r"handler_proxy\.go:\d+\] [\x22\\]{0,2}specifying a root certificates file with the insecure flag is not allowed",
        printed_by: "kube-apiserver's aggregator (handler_proxy.go, which makes the client of an extension API server)",
        about: About::ExtensionServer,
        meaning: "kube-apiserver cannot make its client for an extension API server: its APIService has a caBundle together with \
            insecureSkipTLSVerify: true. Take the latter away.",
        rules: &["apiservice-insecure"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"apiregistration\.k8s\.io/v1beta1 APIService is deprecated[^\n]{0,120}",
        printed_by: "a client of kube-apiserver 1.19 to 1.21, as a warning",
        about: About::SomethingElse,
        meaning: "This is no failure yet: an APIService is written as apiregistration.k8s.io/v1beta1, which Kubernetes 1.22 does not serve \
            any more. Write v1; the fields are the same.",
        rules: &[],
        next: &[],
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
        pattern: r"the server could not find the requested resource \((?:get|list|post) (?P<name>[^\s)]+?)\.(?P<group>(?:custom|external)\.metrics\.k8s\.io)(?: [^)\n]{0,160})?(?:\)|$)",
        printed_by: "a client of an aggregated API, such as the horizontal pod autoscaler",
        about: About::ExtensionServer,
        meaning: "404 from {group}: no certificate is involved. Either there is no APIService for {group}, no adapter being installed \
            that serves it, or the adapter answered and knows no metric {name} in that version of its API.",
        rules: &[],
        next: &["kubectl get apiservices | grep metrics", "kubectl get --raw /apis/{group}"],
    },
    Message {
        pattern: r"the server could not find the requested resource \((?:get|list|post) [^\s.]+\.(?P<group>metrics\.k8s\.io)|no (?:custom|external|resource) metrics API \((?P<named>(?:custom\.|external\.)?metrics\.k8s\.io)",
        printed_by: "a client of an aggregated API, such as the horizontal pod autoscaler",
        about: About::ExtensionServer,
        meaning: "404 for {group}{named}. Most often there is no APIService for {group}{named}: no extension API server is installed that \
            serves it (metrics-server for metrics.k8s.io), or its APIService was deleted or is of another version. Otherwise the extension \
            API server was reached and does not know that version. No certificate is involved.",
        rules: &[],
        next: &["kubectl get apiservices | grep metrics"],
    },
    Message {
        pattern: r"the server could not find the (?:descriptor or value for )?metric (?P<name>\S+)",
        printed_by: "a client of an aggregated API, such as the horizontal pod autoscaler",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the custom or external metrics API answered, and has no metric {name} for what was asked. \
            The rules of the adapter, or its query, do not give it.",
        rules: &[],
        next: &["kubectl get --raw /apis/custom.metrics.k8s.io/v1beta1"],
    },
    Message {
        pattern: r"couldn't get resource list for (?P<group>[a-z0-9-]+\.[^\s:]+): <nil\b",
        printed_by: "kubectl, or another client that asks which resources there are (client-go, discovery)",
        about: About::ExtensionServer,
        meaning: "This is harmless: the extension API server of {group} was reached and answered with an empty list, and there is no error \
            (`<nil>`). Metrics adapters serve nothing while nobody asked for a metric. The certificates and the front proxy are in \
            order.",
        rules: &[],
        next: &["kubectl get apiservices"],
        role: Role::Harmless,
    },
    Message {
        pattern: r#"apiservices(?:\.apiregistration\.k8s\.io)? [\\"]{1,2}(?P<name>[^"\\\n]{1,200})[\\"]{1,2} not found|APIService [\\"]{0,2}(?P<other>v\d\w*\.[a-z0-9.-]+)[\\"]{0,2} (?:is )?not found"#,
        printed_by: "kubectl, or another client of kube-apiserver",
        about: About::ExtensionServer,
        meaning: "There is no APIService {name}{other}: what serves that API is not installed, or under another version. No certificate is \
            involved.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices"],
    },
    Message { pattern: r"spec for apiservice \S+ is not yet available", ..serving::NO_OPENAPI_YET },
    Message {
        pattern: r#"[Ee]rror trying to reach service:? (?P<why>(?:net/http: )?invalid header field value for [\\"]{1,4}X-Remote-[^\n]{1,80})"#,
        about: About::NotTold,
        meaning: "kube-apiserver sent nothing to the extension API server: what it was to write about the user into its own header holds a \
            character that no header may have, such as a line break ({why}). Look at the name, the groups and the extra fields of the user \
            who asked, and where they come from (a certificate's subject, a token's claims).",
        ..NOT_REACHED
    },
    Message {
        pattern: r"(?:ResponseCode: 50\d, Body: )?[Ee]rror trying to reach service:? '?(?P<why>[^\n]{1,200})",
        ..NOT_REACHED
    },
    Message {
        pattern: r"(?i)(?:waiting (?:until|for) [^\n]{0,60}apiservices?\b[^\n]{0,80}(?:available|ready)|apiservice failed to be ready|timed out waiting [^\n]{0,240}?\bapiservices?(?:\.apiregistration\.k8s\.io)?/\S+|apiservice \S+ (?:is )?not (?:yet )?(?:ready|available)|timeout waiting for: \[[^\]\n]{0,200}apiservice/[^\]\n]{1,200}|reconcile apiservice/\S+[^\n]{0,120}|apiservices?(?:\.apiregistration\.k8s\.io)?/\S+: waiting (?:for|on) [^\n]{0,80}|gave up waiting for apiservice [^\n]{0,80}|waitt?ing for v\d(?:(?:alpha|beta)\d)?\.[a-z][a-z0-9-]*\.[a-z0-9.-]+ [^\n]{0,20}ready|get apiservices? v\d\S* -o jsonpath=[^\n]{0,80}status[^\n]{0,20}\s+False\b)",
        printed_by: "an installer, or kubectl wait",
        about: About::ExtensionServer,
        meaning: "Somebody waits for an APIService to become available. Where it stays, its condition says why: no ready Pod, a serving \
            certificate that its caBundle does not verify, 401 for the front proxy, or the network.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r#"discovery error for (?:unexpected )?group: (?:schema\.GroupVersion\{Group:[\\"]*(?P<group>[a-z0-9-]+\.[a-z0-9.-]+)|(?P<other>[a-z0-9-]+\.[a-z0-9.-]+/v\d\w*))[^\n]{0,80}"#,
        printed_by: "a client that asks which resources there are (client-go, discovery)",
        about: About::ExtensionServer,
        meaning: "kube-apiserver did not get the list of resources of {group}{other}: its APIService is not available, or its server \
            answered with an error. The condition of the APIService says why.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: concat!(
            r#"(?i:post-timeout activity|timeout or abort while handling)[^\n]{0,160}?[\\" ](?P<path>/(?:api/v1|apis/(?:"#,
            own_groups!(one_of),
            r#")/)[^"\\\n]{1,200})[\\"]{1,2}(?: result[:=] ?[^\n]{0,160})?"#
        ),
        printed_by: "kube-apiserver, after the time for a request was over (k8s.io/apiserver, filters/timeout.go and wrap.go)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: kube-apiserver took longer for {path} than it had, or the client went \
            away first. Once in a while it is harmless; often, etcd or an admission webhook is too slow.",
        rules: &[],
        next: &[],
    },
    Message { pattern: too_slow!(concat!("/apis/", aggregated_groups!(group_of), "/")), ..TOO_SLOW },
    Message {
        pattern: too_slow!(r"/apis/[a-z0-9-]+\."),
        about: About::NotTold,
        meaning: "The server took longer for {path} than it had, or the client went away first; once in a while that is harmless. If it is \
            an aggregated API (`kubectl get apiservices` names its Service), its extension API server is overloaded, or what it asks does \
            not answer; where kube-apiserver serves it itself, as it does for a CustomResourceDefinition, etcd or a webhook is slow. No \
            certificate is involved.",
        next: &["kubectl get apiservices", "kubectl get --raw '/readyz?verbose'"],
        ..TOO_SLOW
    },
    Message {
        pattern: concat!(
            r#"Forbidden(?:: |[\\"]{1,2} URI=)[\\"]{1,2}(?P<path>/(?:api/v1|apis/(?:"#,
            own_groups!(one_of),
            r#")/)[^"\\\n]{0,200})[\\"]{1,2}(?:, Reason: | [Rr]eason=)[\\"]{1,2}(?P<why>[^"\\\n]{0,200})"#
        ),
        printed_by: "kube-apiserver, with an answer 403 (k8s.io/apiserver, filters/authorization.go)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver serves {path} itself, and the caller lacks a right ({why}). While \
            kube-apiserver starts, the roles of its own components are not there yet, and that passes.",
        rules: &[],
        next: &[],
    },
    Message {
        // The aggregator asks for documents of OpenAPI too.
        pattern: r#"Forbidden(?:: |[\\"]{1,2} URI=)[\\"]{1,2}(?P<path>/(?:apis|openapi)/[^"\\\n]{1,200})[\\"]{1,2}(?:, Reason: | [Rr]eason=)[\\"]{1,2}(?P<why>[^"\\\n]{0,200})"#,
        printed_by: "an extension API server, or kube-apiserver, with an answer 403 (k8s.io/apiserver, filters/authorization.go)",
        about: About::NotTold,
        meaning: "A request for {path} was answered 403 ({why}). If the caller is kube-apiserver itself, which asks whether the API is \
            available, the server did not take it for the front proxy: no proxy client, no requestheader CA, or \
            --authentication-skip-lookup. If it is a user, only a right is missing.",
        rules: &["proxy-client-missing", "extension-lookup-skipped", "proxy-client-also-a-user"],
        next: &[CHECK, CHECK_OBJECTS],
    },
    Message {
        pattern: r#"Forbidden(?:: |[\\"]{1,2} URI=)[\\"]{1,2}(?P<path>/[^"\\\n]{0,200})[\\"]{1,2}(?:, Reason: | [Rr]eason=)[\\"]{1,2}(?P<why>[^"\\\n]{0,200})"#,
        printed_by: "an API server, with an answer 403 (k8s.io/apiserver, filters/authorization.go)",
        about: About::SomethingElse,
        meaning: "A request for {path}, which is no aggregated API, was answered 403 ({why}). A health check, a scanner, or the \
            availability check of an old kube-apiserver asks without credentials, and that is harmless; otherwise a right is missing.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#""kind": ?"APIResourceList"[^\n]{0,120}"groupVersion": ?"(?P<group>[a-z0-9-]+\.[a-z0-9./-]+)""#,
        printed_by: "an API server, in answer to `kubectl get --raw`",
        about: About::NoFailure,
        meaning: "This is no failure: {group} answers with the list of its resources, so an extension API server that serves it was \
            reached and takes kube-apiserver for the front proxy. An empty list is what metrics adapters give while nobody asked for a \
            metric.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"\b(?P<name>v\d\w*\.[a-z0-9.-]*)\s+(?P<service>Local|[a-z0-9-]+/[a-z0-9.-]+)\s+True\s+\d+[smhdy]\w*",
        printed_by: "kubectl get apiservices",
        about: About::NoFailure,
        meaning: "This is no failure: the API is available. With Local in the column SERVICE kube-apiserver serves it itself; otherwise it \
            reached the extension API server there, and got an answer to its own question, which proves nothing of what users may do.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"Local APIServices are always available|[Mm]essage[\x22=: ]{1,30}all checks passed|Reason: *Passed\b"#,
        printed_by: CONDITION,
        about: About::NoFailure,
        meaning: "This is no failure: the API is available. A local one is served by kube-apiserver itself; of an aggregated one it says \
            that kube-apiserver reached the extension API server, and got an answer to its own question.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Got empty response for: (?P<group>[a-z0-9-]+\.[a-z0-9.-]+/v\d\w*)",
        printed_by: "a client that asks which resources there are (client-go, discovery)",
        about: About::ExtensionServer,
        meaning: "What serves {group}, most often an extension API server, was reached and answered with no resource: the certificates and \
            the front proxy are in order. KEDA's and other metrics adapters serve nothing while nobody asked for a metric. It is harmless; \
            old versions of kubectl and of controllers print it each time, and Helm takes it for an error.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r#"(?:podmetrics|nodemetrics|pods|nodes)\.metrics\.k8s\.io [\\"]{1,2}(?P<name>[^"\\]+)[\\"]{1,2} not found"#,
        printed_by: "metrics-server, asked for one Pod or node",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the metrics API answered, and has no metrics of {name} (yet). It does not run, is too \
            young, or metrics-server cannot read the kubelet of its node (its own log says so).",
        rules: &[],
        next: &["kubectl -n kube-system logs deploy/metrics-server | aggcert explain"],
    },
    Message {
        pattern: r"\(NotFound\): (?P<kind>podmetrics|nodemetrics)\.metrics\.k8s\.io\W*$",
        printed_by: "metrics-server, asked for one Pod or node",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the metrics API answered, and has none of the {kind} that were asked for (yet): what they \
            are of does not run or is too young, or metrics-server cannot read the kubelet of its node (its own log says so).",
        rules: &[],
        next: &["kubectl -n kube-system logs deploy/metrics-server | aggcert explain"],
    },
    Message {
        pattern: r#"APIService(?:\.apiregistration\.k8s\.io)? [\\"]{1,2}(?P<name>[^"\\]+)[\\"]{1,2} is invalid: [^\n]{0,300}?local APIServices may not have (?:an? )?(?P<what>\w+)"#,
        printed_by: serving::NOT_STORED,
        about: About::ExtensionServer,
        meaning: "The APIService {name} was not stored: it has no spec.service, by which it would be one of kube-apiserver's own, and \
            these have no {what}. Name its Service.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"APIService(?:\.apiregistration\.k8s\.io)? [\\"]{1,2}(?P<name>[^"\\]+)[\\"]{1,2} is invalid: (?P<why>[^\n]{0,300}?(?:caBundle|insecureSkipTLSVerify)[^\n]{0,300})"#,
        printed_by: serving::NOT_STORED,
        about: About::ExtensionServer,
        meaning: "The APIService {name} was not stored: {why}. caBundle is the base64 of PEM certificates, and goes with \
            insecureSkipTLSVerify: false alone.",
        rules: &["apiservice-ca-bundle", "apiservice-insecure"],
        next: &[],
    },
    Message {
        pattern: r#"APIService(?:\.apiregistration\.k8s\.io)? [\\"]{1,2}(?P<name>[^"\\]+)[\\"]{1,2} is invalid: (?P<why>[^\n]{1,300})"#,
        printed_by: serving::NOT_STORED,
        about: About::ExtensionServer,
        meaning: "The APIService {name} was not stored: {why}. No certificate is involved. The name is VERSION.GROUP as in spec; \
            `resourceVersion` is a replacement of an object that somebody else has made or changed meanwhile.",
        rules: &[],
        next: &["kubectl get apiservices {name} -o yaml"],
    },
    Message {
        pattern: r#"APIService [\\"]{1,2}(?P<name>[^"\\]+)[\\"]{1,2} in namespace [\\"]{2,4} exists and cannot be imported[^\n]{0,400}|apiservices\.apiregistration\.k8s\.io [\\"]{1,2}(?P<other>[^"\\]+)[\\"]{1,2} already exists"#,
        printed_by: "Helm, or another client that makes an APIService",
        about: About::ExtensionServer,
        meaning: "The APIService {name}{other} is there already, made by another release or by hand, and no certificate is involved. A \
            version of a group has one APIService, so one extension API server serves it: two metrics adapters cannot both have \
            external.metrics.k8s.io. Where nothing of the old program is left, delete its APIService.",
        rules: &[],
        next: &["kubectl get apiservices {name}{other} -o yaml"],
    },
    Message {
        pattern: r#"apiservice\.apiregistration\.k8s\.io [\\"]{1,2}(?P<name>[^"\\]+)[\\"]{1,2} deleted"#,
        printed_by: "kubectl",
        about: About::ExtensionServer,
        meaning: "The APIService {name} was deleted: nothing serves its API any more, and clients get 404, until somebody makes it anew. \
            No certificate is involved.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: concat!(
            r#"apiservice\.apiregistration\.k8s\.io[/ ][\\"]{0,2}"#,
            api_service!(),
            r#"[\\"]{0,2} (?:created|configured|unchanged)\b"#,
            r"|\[\+\] ?poststarthook/\S*(?:aggregat|apiservice|requestheader|cluster-authentication|available)\S* ok\b"
        ),
        printed_by: "kubectl, or kube-apiserver's own report",
        about: About::NoFailure,
        meaning: "This is no failure.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"\b(?P<kind>[A-Z][A-Za-z]+)(?:\.[a-z0-9.-]+)? [\\"]{1,2}(?P<name>[^"\\\n]{1,200})[\\"]{1,2} is invalid: [^\n]{0,200}?caBundle: (?P<why>(?:Invalid value|Forbidden|Required value|Too long)[^\n]{0,200})"#,
        printed_by: "kube-apiserver or a webhook, which does not store an object of another kind than an APIService",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no APIService: the {kind} {name} was not stored, because of its own caBundle, the CA of \
            a server that its program calls: {why}. Wanted is the PEM of certificates (or the base64 of it), and none where the server's \
            certificate is not verified at all.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"spec\.caBundle: (?:Invalid value|Forbidden)[^\n]{0,200}",
        printed_by: serving::NOT_STORED,
        about: About::ExtensionServer,
        meaning: "An APIService was not stored, and nothing was called: its caBundle is to be the base64 of PEM certificates (often it is \
            base64 twice, or DER), and goes with insecureSkipTLSVerify: false alone.",
        rules: &["apiservice-ca-bundle", "apiservice-insecure"],
        next: &[],
    },
    Message {
        pattern: r"missing request for (?P<what>cpu|memory|ephemeral-storage|[a-z0-9-]+\.[a-z0-9.-]+/[a-z0-9-]+)(?: in container [^\n]{0,80}|[^\w\s]|\s*$)",
        printed_by: "the horizontal pod autoscaler",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the autoscaler compares the use of {what} with what the Pods ask for, and a container \
            of them asks for none. Set resources.requests.{what}.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:unable to fetch (?:associated (?:secret|certificate)|target object to inject into|certificate that owns the secret)|could not find any ca data in data source for target|refusing to (?:inject|target secret)|invalid (?:certificate name|secret source): [^\n]{0,20}namespace/ prefix|(?:certificate|secret) (?:has|contains) no CA data|could not determine ca data source|failed to (?:read CA from|determine ca) data source|cainjector was forbidden to retrieve|unable to apply target object with CA data|cannot read CA data from|cannot read data source)[^\n]{0,400}(?i:apiservice)",
        printed_by: "cert-manager's cainjector",
        about: About::ExtensionServer,
        meaning: "cert-manager does not write the caBundle of an APIService: the Certificate or Secret that the annotation \
            cert-manager.io/inject-ca-from or inject-ca-from-secret names is not there (yet), has no ca.crt, its value lacks `NAMESPACE/`, \
            or it may not be read (the Secret needs cert-manager.io/allow-direct-injection). Until then kube-apiserver verifies the \
            extension API server by the root certificates of its own image, and refuses it.",
        rules: &["apiservice-ca-bundle", "serving-certificate-untrusted"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"(?:unable to fetch (?:associated (?:secret|certificate)|target object to inject into|certificate that owns the secret)|could not find any ca data in data source for target|refusing to (?:inject|target secret)|invalid (?:certificate name|secret source): [^\n]{0,20}namespace/ prefix|(?:certificate|secret) (?:has|contains) no CA data|could not determine ca data source|failed to (?:read CA from|determine ca) data source|cainjector was forbidden to retrieve|unable to apply target object with CA data|cannot read CA data from|cannot read data source)[^\n]{0,400}(?i:webhookconfiguration|customresourcedefinition)",
        printed_by: "cert-manager's cainjector",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: cert-manager does not write the caBundle of a webhook, because the Certificate or \
            Secret that an annotation names is not there (yet) or may not be read.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:unable|failed|could not|cannot) (?:to )?inject\b\W*(?P<why>[^\n]{0,400}?(?i:apiservice)[^\n]{0,200})",
        printed_by: CA_INJECTOR,
        about: About::ExtensionServer,
        meaning: "A program does not write the caBundle of an APIService, and its own words say why: {why}. kube-apiserver goes on to \
            verify the extension API server by what stands there, or, with no caBundle, by the root certificates of its own image.",
        rules: &["apiservice-ca-bundle", "serving-certificate-untrusted"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"no metrics returned from (?P<which>custom|external) metrics API",
        printed_by: "the horizontal pod autoscaler",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the {which} metrics API answered, with an empty list. The adapter behind it \
            (prometheus-adapter, KEDA, a cloud's) has no series for what was asked now: look at its rules, its query and the labels. \
            metrics-server has no part in this API.",
        rules: &[],
        next: &["kubectl get --raw /apis/{which}.metrics.k8s.io/v1beta1"],
    },
    Message {
        pattern: r"unable to get metrics for resource (?P<resource>\w*[_./-][\w./-]*|\w{7,}): no metrics returned from resource metrics API",
        printed_by: "the horizontal pod autoscaler",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the autoscaler was told to take {resource} as a metric of type Resource, and metrics.k8s.io \
            has cpu and memory alone. A metric of an adapter has the type Pods, Object or External in spec.metrics.",
        rules: &[],
        next: &[
            "kubectl get --raw /apis/custom.metrics.k8s.io/v1beta1",
            "kubectl get --raw /apis/external.metrics.k8s.io/v1beta1",
        ],
    },
    Message {
        pattern: r"(?:Failed probe[^\n]{0,160}?)?\bnot? metrics to serve",
        printed_by: METRICS_SERVER,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: metrics-server is not ready, because it has read no kubelet (yet), or not often enough. \
            Until it is, its Service has no endpoint, and kube-apiserver answers 503 for metrics.k8s.io (MissingEndpoints). A minute after \
            its start that passes; where it stays, its own log names the kubelet and the cause: a serving certificate without the address \
            or of no known CA, a time-out, 401 or 403.",
        rules: &[],
        next: &["kubectl get nodes -o wide"],
    },
    Message {
        pattern: r"no metrics returned from resource metrics API|(?i:metrics not (?:yet )?available (?:yet|for (?:pod|node))\S*)|did not receive metrics for [^\n]{0,80}",
        printed_by: SERVED,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the metrics API answered, and has no metrics (yet). metrics-server has just started, \
            or it cannot read the kubelets (its own log says so), or the Pods are too young.",
        rules: &[],
        next: &["kubectl -n kube-system logs deploy/metrics-server | aggcert explain"],
    },
];

pub(super) static GENERAL: &[Message] = super::rows![
    Message {
        // Of a list that was broken into lines, one; of any other line, the group beside the answer.
        pattern: concat!(
            r"metrics API: (?i:the server is currently unable to handle the request|service unavailable)(?: \([^)\n]{0,160}\))?",
            r"|failed to discover some groups[^\n]{0,300}?(?i:the server) is currently unable to handle the request[^\n]{0,20}",
            r"|\bresource [A-Z]\w*\.(?:",
            aggregated_groups!(group_of),
            r"): (?i:the server) is currently unable to handle the request",
            r"|^\W*[a-z0-9.-]+\.[a-z0-9.-]+/v\d\w*: (?i:the server) is currently unable to handle the request",
            r"|(?i:the server) is currently unable to handle the request[^\n]{0,400}?",
            aggregated_groups!(group_of),
            "|",
            aggregated_groups!(group_of),
            r"[^\n]{0,160}\b(?:err|error)=\W{0,2}(?i:the server) is currently unable to handle the request"
        ),
        ..NOT_AVAILABLE
    },
    Message {
        pattern: r"(?:unable to fetch (?:associated (?:secret|certificate)|target object to inject into|certificate that owns the secret)|could not find any ca data in data source for target|could not determine ca data source|failed to (?:read CA from|determine ca) data source|cainjector was forbidden to retrieve|unable to (?:apply|update) target object with (?:new )?CA data|cannot read CA data from (?:Certificate|Secret)|does not allow direct injection|invalid (?:certificate name|secret source): [^\n]{0,20}prefix|(?:certificate has|secret contains) no CA data)[^\n]{0,200}",
        printed_by: "cert-manager's cainjector",
        about: About::SomethingElse,
        meaning: "cert-manager does not write a caBundle: the Certificate or Secret that an annotation cert-manager.io/inject-ca-from \
            names is not there (yet), has no ca.crt or may not be read. The line does not say whether the object is an APIService, which \
            kube-apiserver then cannot call, a webhook's configuration or a CustomResourceDefinition.",
        rules: &["apiservice-ca-bundle"],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: concat!(r"\b(?P<name>", api_service!(), r")\s+(?P<service>[a-z0-9-]+/[a-z0-9.-]+)\s+Unknown\b"),
        printed_by: "kubectl get apiservices",
        about: About::NotTold,
        meaning: "Nobody has written yet whether {name}, which leads to the Service {service}, is available: it was just made, or \
            kube-apiserver's available controller does not run or cannot write (etcd, its own loopback connection). kube-apiserver's log \
            says which.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices {name} -o yaml"],
    },
    Message {
        pattern: r"apiserver received an error that is not an metav1\.Status: [^\n]{0,200}?(?:[Cc]ontext ?(?:[Cc]anceled|[Dd]eadline)|http2|Handler timeout|broken pipe|connection reset|client disconnected)[^\n]{0,200}",
        ..NOT_WRITTEN
    },
    Message {
        pattern: r"apiserver received an error that is not an metav1\.Status: [^\n]{0,200}?error dialing backend: (?P<why>[^\n\x22}]{1,200})[^\n]{0,200}",
        ..super::clients::STREAM_NOT_PASSED_ON
    },
    Message {
        pattern: r"apiserver received an error that is not an metav1\.Status: [^\n]{0,200}?i/o timeout[^\n]{0,200}",
        ..NOT_WRITTEN
    },
    Message {
        pattern: r"apiserver received an error that is not an metav1\.Status: (?P<why>[^\n]{0,300})",
        printed_by: "an API server, of an error of its own handler (k8s.io/apiserver, responsewriters/status.go)",
        about: About::NotTold,
        meaning: "The server that wrote this let the request in, and its own code answered with an error, which the client sees as 500: \
            {why}. Of an extension API server it is the program's own (an adapter whose source failed); of kube-apiserver, etcd or a \
            webhook. The front proxy is not refused in these words.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"unable to close cleanly the response writer[^\n]{0,120}|apiserver was unable to write a (?:fallback )?JSON response: [^\n]{0,120}|(?i:post-timeout activity|timeout or abort while handling)[^\n]{0,200}",
        ..NOT_WRITTEN
    },
    Message {
        pattern: r"Skipping APIService creation for (?P<version>[a-z0-9./-]{1,100})|[Ww]aiting for initial CRD sync",
        printed_by: "kube-apiserver at start-up",
        about: About::NoFailure,
        meaning: "This is no failure: kube-apiserver makes an APIService of its own for each version that it serves, once it knows them \
            all, and leaves out what is none (any more).",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"(?i:\b(?:error|failed|unable|cannot)\b[^\n]{0,60}\binject\w* CA|\binject\w* CA[^\n]{0,300}\b(?:err|error)\x22?[=:])[^\n]{0,300}(?i:apiservice)[^\n]{0,160}"#,
        printed_by: CA_INJECTOR,
        about: About::ExtensionServer,
        meaning: "The program could not write the caBundle of an APIService; the line's error says why. kube-apiserver goes on with the \
            caBundle that is there, and refuses a serving certificate that it does not verify. The front proxy is the other direction.",
        rules: &["apiservice-ca-bundle"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r#"(?:cainjector|inject-controller|-injector|injecting CA|[Uu]pdated object|cert-manager)[^\n]{0,200}\b(?:injecting CA (?:bundle|certificate data)|[Uu]pdated object)\b[^\n]{0,200}?(?i:apiservice)[^\n]{0,120}|\b(?:injecting CA (?:bundle|certificate data)|[Uu]pdated object)\b[^\n]{0,200}?kind"?[=:] ?"?(?i:apiservice)\b[^\n]{0,120}"#,
        printed_by: CA_INJECTOR,
        about: About::NoFailure,
        meaning: "This is no failure: the program wrote into the caBundle of an APIService the CA by which kube-apiserver verifies the \
            *serving* certificate of its extension API server. The front proxy is the other direction.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Skipping API (?P<version>\S+) because it has no resources",
        printed_by: "a server built on k8s.io/apiserver, at start-up (GenericAPIServer)",
        about: About::NoFailure,
        meaning: "This is harmless: nothing is on in {version}, an old or an alpha version of a group, so the server does not name it.",
        rules: &[],
        next: &[],
        role: Role::Harmless,
    },
    Message {
        pattern: r"(?:Starting|Started|[Ww]aiting for caches to sync for|Caches are synced for) (?:controller[\x22\\]* controller=[\x22\\]*)?(?:AvailableConditionController|RemoteAvailability|LocalAvailability|APIService\w+|cluster_authentication_trust_controller|OpenAPI(?: ?V3)? Aggregation\w*|\w*AggregationController|apiservice_\w+|autoregister\w*|crd-autoregister|ResourceDiscoveryManager|DynamicServingCertificateController|DynamicCABundle-\w+)[^\n]{0,60}|Serving securely on \S+",
        printed_by: "an API server at start-up",
        about: About::NoFailure,
        meaning: "This is no failure: a part of the API server has started.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"Operation cannot be fulfilled on (?P<kind>[a-z0-9.-]+) [\\"]{1,2}(?P<name>[^"\\\n]{1,120})[\\"]{1,2}: (?:the object has been modified|StorageError)[^\n]{0,80}"#,
        printed_by: "a client of kube-apiserver, with an answer 409",
        about: About::SomethingElse,
        meaning: "This is harmless by itself, and no matter of certificates: two wrote {kind} {name} at once, and this one tries again.",
        rules: &[],
        next: &[],
        role: Role::Harmless,
    },
    Message {
        pattern: r#"no kind [\\"]{1,2}(?P<kind>[^"\\\n]{1,80})[\\"]{1,2} is registered for (?:the internal version of group|version) [\\"]{1,2}(?P<version>[^"\\\n]{1,100})"#,
        printed_by: "a program that reads an object of the API (apimachinery, runtime.Scheme)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the program does not know {kind} of {version}. It is older or newer than the object, or was \
            built without that API.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"aggregator_unavailable_apiservice\w*\{[^}\n]*\} 0\b",
        printed_by: "kube-apiserver's /metrics",
        about: About::NoFailure,
        meaning: "This is no failure: for this kube-apiserver the APIService is available.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"\b(?:Kube)?AggregatedAPI(?:Down|Errors)|aggregator_unavailable_apiservice\w*\{[^}\n]*\} [1-9][^\n]{0,20}|(?:[Kk]ubernetes|[Aa]n) aggregated API (?:\S+ )?(?:server )?(?:is down|has (?:been (?:only|down)|reported errors))",
        printed_by: "an alert of kube-prometheus (aggregator_unavailable_apiservice, a metric of kube-apiserver)",
        about: About::ExtensionServer,
        meaning: "An aggregated API is, or was, not available at some kube-apiserver. That says nothing about the cause: the \
            condition of its APIService does. Where it comes and goes, compare the control-plane nodes.",
        rules: &["apiservice-unavailable", "node-drift"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
        role: Role::Symptom,
    },
    Message {
        // Not what `# HELP` and `# TYPE` of /metrics say of it.
        pattern: r"\bAPIService(?:Unavailable|Down)\b[^\n]{0,160}|\bapiservice \S+ (?:has been|is) unavailable[^\n]{0,80}|(?:^|\S|[^EP] )aggregator_unavailable_apiservice\w*",
        printed_by: "an alert or a query of metrics (aggregator_unavailable_apiservice, a metric of kube-apiserver)",
        about: About::ExtensionServer,
        meaning: "The metric aggregator_unavailable_apiservice is 1 while kube-apiserver finds an APIService not available, and _total \
            counts how often that began. Where the line is an alert, an aggregated API is, or was, not available; the condition of its \
            APIService says why. Where it is a query or a rule alone, nothing is told.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"KubeClientCertificateExpiration|client certificate used to authenticate to (?:the )?(?:kubernetes )?apiserver is expiring",
        printed_by: "an alert of kube-prometheus (apiserver_client_certificate_expiration_seconds)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: some client of kube-apiserver (a kubelet, a kubeconfig) shows a certificate that ends soon. \
            Only the X.509 authenticator counts for this metric, and the front-proxy client is not among its clients at \
            kube-apiserver.",
        rules: &[],
        next: &["kubeadm certs check-expiration"],
    },
    Message {
        pattern: r#"ResponseCode: 500, Body: Internal Server Error: [\\"]{0,4}/[^"\n]{0,300}?[\\"]{0,4}: (?P<why>[^\n]{1,200})"#,
        printed_by: "kube-apiserver's OpenAPI aggregation, of what an extension API server answered",
        about: About::ExtensionServer,
        meaning: "The extension API server was reached and answered 500 with an error of its own: {why}. Most often it may not ask \
            kube-apiserver about users, or does not reach it; its log says more. `kubectl explain` and validation miss its API \
            meanwhile.",
        rules: &["extension-auth-delegator"],
        next: &[CHECK_CONDITIONS],
    },
    Message {
        pattern: concat!(
            r"\b(?P<name>",
            api_service!(),
            r") failed with: ?(?P<what>(?:failing|bad |no response|timed out|Get |dial |remote |tls: |x509: |http|EOF|[^\n]{0,24}(?:\.\.\.|…|>|$))[^\n]{0,300})"
        ),
        printed_by: "kube-apiserver's available controller, in its log",
        about: About::ExtensionServer,
        meaning: "kube-apiserver asked the extension API server of {name} and was not satisfied; what the line holds of the reason is \
            `{what}`. Where it was cut off (`...`, `>`), the condition of the APIService has the whole of it: a time-out or a refused \
            connection is the network, 401 the front proxy, x509 the caBundle.",
        rules: &["apiservice-unavailable"],
        next: &[CHECK_CONDITIONS],
    },
    Message {
        pattern: concat!(r"\b(?P<name>", api_service!(), r") failed with: ?(?P<what>[^\n]{1,300})"),
        printed_by: "kube-apiserver's available controller, in its log",
        about: About::NotTold,
        meaning: "kube-apiserver was not done with {name}: `{what}`. What the extension API server did begins with `failing or missing \
            response`; other words are most often of kube-apiserver's own write of the condition. The condition of the APIService tells.",
        rules: &["apiservice-unavailable"],
        next: &[CHECK_CONDITIONS],
    },
    Message {
        pattern: concat!(r"(?P<what>", bad_answer!(), r"\S* ?[^\n]{0,300})"),
        printed_by: "the APIService's condition Available (kube-apiserver's available controller)",
        about: About::ExtensionServer,
        meaning: "kube-apiserver asked the extension API server for its API and was not satisfied: {what}. A time-out or a refused \
            connection is a matter of the network or of the pod, not of these certificates; 401 is the front proxy, and x509 \
            the caBundle.",
        rules: &["apiservice-ca-bundle"],
        next: &["kubectl get apiservices", CHECK_OBJECTS],
    },
    Message {
        pattern: concat!(
            r"(?:(?P<name>",
            api_service!(),
            r")\s+(?P<service>[a-z0-9-]+/[a-z0-9.-]+)\s+)?False \(FailedDiscoveryCheck\)|(?:Reason:\s*|reason: ?)FailedDiscoveryCheck|FailedDiscoveryCheck"
        ),
        printed_by: OF_CONDITION,
        about: About::ExtensionServer,
        meaning: "kube-apiserver asked the extension API server for its API and was not satisfied. The reason alone does not \
            tell the cause: the condition's message does (401 is the front proxy, x509 the caBundle, a time-out the network), \
            and the log of the extension API server.",
        rules: &[],
        next: &[CHECK_CONDITIONS],
        role: Role::Symptom,
    },
    Message {
        pattern: "(?i:metrics api not available)",
        printed_by: "kubectl top, or another client of metrics.k8s.io",
        about: About::ExtensionServer,
        meaning: "The client did not find metrics.k8s.io among the APIs that kube-apiserver names. Most often metrics-server is not \
            installed, so there is no APIService v1beta1.metrics.k8s.io; where there is one, its condition says why it is not available.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices v1beta1.metrics.k8s.io", CHECK_CONDITIONS],
    },
];

/// What stands around a cause, and is told where that is not in the record.
pub(super) static LAST: &[Message] = super::rows![
    Message {
        pattern: r"stale GroupVersion discovery|stale group/version omitted from discovery: [a-z0-9-]+\.[a-z0-9.-]+/v\d\w*",
        printed_by: "a client that asks which resources there are (client-go, discovery)",
        meaning: "kube-apiserver could not get the list of resources of an aggregated API anew. Most often its APIService is not \
            available, and the condition of that says why; otherwise the extension API server answered that very question with an error \
            (`DiscoveryManager` in kube-apiserver's log). While it is so, namespaces cannot be deleted.",
        ..NOT_AVAILABLE
    },
    Message {
        pattern: r"(?i:the server) is currently unable to handle the request \((?:[a-z]+ (?P<what>[a-z0-9*/-]+\.[a-z0-9-]+\.[a-z0-9.-]+)|get --raw /apis/(?P<path>[a-z0-9-]+\.[a-z0-9.-]+))[^)\n]{0,200}\)?",
        printed_by: "a client of kube-apiserver, with an answer 503",
        meaning: "The answer for {what}{path} was 503, and that is no group of kube-apiserver's own. Most likely it is an aggregated API \
            and its APIService is not available; the condition of that says why. A CustomResourceDefinition is answered so only while \
            kube-apiserver starts or ends, or by a load balancer before it.",
        rules: &["apiservice-unavailable"],
        ..NOT_AVAILABLE
    },
    Message {
        pattern: concat!(r"(?i:the server) is currently ", unavailable!()),
        printed_by: "a client of kube-apiserver, with an answer 503",
        about: About::NotTold,
        meaning: "The answer was 503, and the line does not tell for what. Where an aggregated API was asked for, its APIService is not \
            available, and the condition of that says why; namespaces cannot be deleted and autoscalers stand still meanwhile. \
            kube-apiserver itself answers so while it starts or ends or has no OpenAPI document yet, and a load balancer before it that \
            has no server which works.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS, "kubectl get --raw '/readyz?verbose'"],
    },
    Message {
        pattern: r"failed to discover some groups|unable to retrieve the complete list of server APIs",
        printed_by: "a client that asks which resources there are (client-go, discovery)",
        about: About::ExtensionServer,
        meaning: "The client did not get the resources of one group or more; which and why stands behind it. Most often it is an \
            aggregated API that is not available, and the condition of its APIService says why; a group that kube-apiserver serves itself \
            is told by the way to kube-apiserver. While one is missing, namespaces cannot be deleted.",
        rules: &[],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"Trying to reach: '(?P<address>https?://[^'\s]{1,300})'",
        printed_by: "kube-apiserver, which passed a request on (apimachinery, util/proxy), or its OpenAPI aggregation",
        about: About::NotTold,
        meaning: "This is the end of a message: kube-apiserver had no answer from {address}, and the line before says why. A path of \
            /openapi, /swagger.json or /apis is asked of an extension API server; any other of a Service, Pod or node.",
        rules: &[],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
];
