//! What clients and controllers say when they ask which APIs there are, and one is not available: the namespace controller,
//! the garbage collector, resource quota, client-go's discovery.
//!
//! Whose matter it is follows from the group and the error together: what kube-apiserver serves itself no extension API server
//! has a part in, whatever the error.

use super::super::pattern::{discovered, group_of, one_of, unavailable};
use super::{About, CHECK_CONDITIONS, Message, Role, api_services};
use crate::kubernetes::names::{aggregated_groups, own_groups};

/// A version of a group that kube-apiserver serves itself, or of the core.
macro_rules! own_version {
    () => {
        concat!("(?P<version>(?:", own_groups!(one_of), r"/)?v\d+(?:(?:alpha|beta)\d+)?)")
    };
}

/// The version of any group that has a name.
macro_rules! version {
    () => {
        r"(?P<version>[a-z0-9-]+\.[a-z0-9.-]+/v\d\w*)"
    };
}

/// The version of a group that an extension API server serves.
macro_rules! aggregated_version {
    () => {
        concat!("(?P<version>", aggregated_groups!(group_of), r"/v\d\w*)")
    };
}

/// What stands between a version and why there was no answer for it; a logger may have put both into quotes, or fields.
macro_rules! failed {
    ($why:literal) => {
        concat!(r#"[\\"]{0,2}(?:: ?| (?:err|error)=|,"\w+":)[\\"]{0,2}"#, $why)
    };
}

/// That the request for it failed before there was an answer.
macro_rules! get_failed {
    ($why:literal) => {
        concat!(failed!(r#"Get [\\"]{0,4}https?://(?P<server>[^/\s"\\]+)[^\s"\\]*[\\"]{0,4}: (?P<why>"#), $why, ")")
    };
}

/// client-go's words of a 401, old and new.
macro_rules! unauthorized {
    () => {
        failed!("(?:Unauthorized|the server has asked for the client to provide credentials)")
    };
}

/// A 403 that names the caller and the path.
macro_rules! forbidden {
    ($user:literal) => {
        concat!(
            failed!(r#"(?i:forbidden): User [\\"]{1,4}(?P<user>"#),
            $user,
            r#")[\\"]{1,4} cannot (?P<verb>\w+) path [\\"]{1,4}(?P<path>[^\s"\\]{1,200})[\\"]{0,4}[^\n]{0,80}"#
        )
    };
}

const CLIENT: &str = "a client that asks which resources there are (client-go, discovery)";

/// Others have its words: `shared` looks for its name.
pub(super) const COLLECTOR: &str =
    "kube-controller-manager's garbage collector, of an object's owner (controller/garbagecollector, operations.go)";

/// Others have its words: `shared` looks for its name.
pub(super) const ARGO_CD: &str = "Argo CD";

const OWN: Message = Message {
    pattern: "",
    printed_by: CLIENT,
    about: About::SomethingElse,
    meaning: "This is not the front proxy and no extension API server: kube-apiserver serves {version} itself, or did in another version. \
        While a control plane is upgraded one kube-apiserver names what another does not serve (yet, or any more), and that passes; \
        otherwise the client is older or newer than the server.",
    rules: &[],
    next: &["kubectl version", "kubectl api-versions"],
    ..Message::PLAIN
};

const NOT_FROM_KUBE_APISERVER: Message = Message {
    pattern: "",
    printed_by: CLIENT,
    about: About::SomethingElse,
    meaning: "This is not the front proxy: the client did not get {version} from kube-apiserver at {server} ({why}). That is the way from \
        the client to kube-apiserver: the network, or kube-apiserver's own serving certificate. An extension API server that is not \
        reached is told as `the server is currently unable to handle the request`.",
    rules: &[],
    next: &["kubectl get --raw /readyz"],
    ..Message::PLAIN
};

/// Of a group that may be anybody's, or where nothing tells that the caller is let in elsewhere.
const UNAUTHORIZED: Message = Message {
    about: About::NotTold,
    meaning: "The answer for {version} was 401 Unauthorized. If that is an aggregated API (`kubectl get apiservices` names its Service) \
        and others are answered, the extension API server did not accept the front-proxy client of the kube-apiserver that proxied the \
        request; where kube-apiserver serves it itself, as it does for a CustomResourceDefinition, or others are not answered either, it \
        did not accept the caller's own credentials.",
    ..api_services::UNAUTHORIZED
};

const UNAVAILABLE: Message = Message {
    pattern: "",
    printed_by: CLIENT,
    about: About::ExtensionServer,
    meaning: "kube-apiserver answered 503 for {version}: it is an aggregated API, and its APIService is not available. That says nothing \
        about the cause: the condition of the APIService does. While it is so, namespaces cannot be deleted and autoscalers stand still.",
    rules: &[],
    next: &["kubectl get apiservices", CHECK_CONDITIONS],
    role: Role::Symptom,
    ..Message::PLAIN
};

/// Every user may discover (plugin/pkg/auth/authorizer/rbac/bootstrappolicy, `system:discovery`).
const FORBIDDEN: Message = Message {
    pattern: "",
    printed_by: CLIENT,
    about: About::SomethingElse,
    meaning: "Only a right is missing: `{user}` may not {verb} {path}, by which clients learn what {version} has. It was told who asks, so \
        authentication works; kube-apiserver asks for that right before it passes anything on. The ClusterRole system:discovery, bound to \
        the group system:authenticated, gives everybody that right: one of the two was changed (kube-apiserver puts them right at its \
        start), a policy of another authorizer refuses it, or whoever asks in the name of `{user}` names no group.",
    rules: &[],
    next: &[
        "kubectl get clusterrole,clusterrolebinding system:discovery -o yaml",
        "kubectl auth can-i {verb} {path} --as={user} --as-group=system:authenticated",
    ],
    ..Message::PLAIN
};

pub(super) static MESSAGES: &[Message] = super::rows![
    Message {
        pattern: r"(?:discovery resource|subresource) (?P<resource>\S+) missing GVK",
        printed_by: "a client that asks which resources there are (client-go, discovery)",
        about: About::ExtensionServer,
        meaning: "An API server described its resource {resource} without a group, version and kind, and the client takes none of that \
            list. kube-apiserver fills its own in, so it is most likely an extension API server that was built with an older or faulty \
            library. No certificate is involved: find the API by its APIService, and update that server.",
        rules: &[],
        next: &["kubectl get apiservices"],
        ..Message::PLAIN
    },
    Message { pattern: concat!(discovered!(), own_version!(), forbidden!(r#"[^"\\\n]{1,200}"#)), ..FORBIDDEN },
    Message {
        pattern: concat!(
            discovered!(),
            version!(),
            forbidden!(r#"system:(?:serviceaccount|node):[^"\\\n]{1,200}|[^"\\\n@]{1,100}@[^"\\\n]{1,100}"#)
        ),
        ..FORBIDDEN
    },
    Message {
        pattern: concat!(discovered!(), version!(), forbidden!(r#"[^"\\\n]{1,200}"#)),
        about: About::NotTold,
        meaning: "`{user}` may not {verb} {path}, by which clients learn what {version} has. Most often only that right is missing: the \
            ClusterRole system:discovery, bound to the group system:authenticated, gives it to everybody, and one of the two was changed, \
            or a policy of another authorizer refuses it. Is `{user}` the common name of the proxy client's certificate and {version} an \
            aggregated API, the extension API server does not know the front proxy, and took it for the user.",
        rules: &["proxy-client-also-a-user"],
        ..FORBIDDEN
    },
    Message {
        // Who asks for all groups was told their names before (client-go, discovery/cached/memory, refreshLocked; the garbage collector), and names all that failed.
        pattern: concat!(
            r"(?:\bmemcache\.go:\d+\] [Cc]ouldn't get resource list for |(?:discover some groups\x22?:?|failed to discover resources: [^\n]{0,60}?server APIs:) (?:[^\n]{0,300}?[^\w./-])?)",
            aggregated_version!(),
            unauthorized!()
        ),
        ..api_services::UNAUTHORIZED
    },
    Message {
        // controller-runtime asks for one group alone (apiutil, lazyRESTMapper): that others are answered is not told.
        pattern: concat!(discovered!(), aggregated_version!(), unauthorized!()),
        ..UNAUTHORIZED
    },
    Message {
        pattern: concat!(
            discovered!(),
            aggregated_version!(),
            failed!("the server could not find the requested resource")
        ),
        printed_by: CLIENT,
        about: About::ExtensionServer,
        meaning: "kube-apiserver names {version}, and its extension API server was reached and knows no such version, or has just been \
            removed. No certificate is involved. Where it stays, compare the versions: an APIService whose server is gone for good is left \
            over and can be deleted.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: concat!(
            discovered!(),
            aggregated_version!(),
            failed!("the server is currently "),
            unavailable!(),
            r"[^\n]{0,80}"
        ),
        ..UNAVAILABLE
    },
    Message {
        pattern: concat!(
            r#"(?:Get|List|Watch) [\\"]{0,4}https?://(?P<server>[^/\s"\\]+)/apis/(?P<group>"#,
            aggregated_groups!(group_of),
            r#")[^\s"\\]*[\\"]{0,4}: (?P<why>net/http: request canceled(?: \(|[\s\x22]*$)|context deadline exceeded|EOF|http2: )[^\n]{0,120}"#
        ),
        printed_by: "a client of an aggregated API",
        about: About::ExtensionServer,
        meaning: "A client asked {server} for the aggregated API {group} and had no answer in time ({why}). Is {server} a kube-apiserver, \
            it passed the request on to the extension API server, which did not answer: the network between the two, or an overloaded \
            server. Where other APIs do not answer either, kube-apiserver itself is slow or not reached. No certificate is involved.",
        rules: &["apiservice-unavailable"],
        next: &[CHECK_CONDITIONS],
    },
    Message {
        pattern: concat!(
            discovered!(),
            aggregated_version!(),
            failed!(r"(?P<why>(?:client rate limiter|context (?:deadline exceeded|canceled))[^\n]{0,200})")
        ),
        printed_by: CLIENT,
        about: About::NotTold,
        meaning: "The client gave up before it had an answer for {version} ({why}). Where other groups were answered, kube-apiserver \
            passed the request on to the extension API server, which did not answer: the network between the two, or an overloaded server. \
            Where they were not, kube-apiserver itself is slow or not reached, or the client had no time left. No certificate is named.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", "kubectl get --raw /readyz"],
    },
    Message {
        pattern: concat!(
            discovered!(),
            aggregated_version!(),
            failed!("stale GroupVersion discovery"),
            r"(?:: [^\s,]{1,120})?"
        ),
        meaning: "kube-apiserver could not get the list of resources of {version} anew. Most often its APIService is not available, and \
            the condition of that says why; otherwise the extension API server answered that very question with an error \
            (`DiscoveryManager` in kube-apiserver's log). While it is so, namespaces cannot be deleted.",
        rules: &["apiservice-unavailable"],
        ..UNAVAILABLE
    },
    Message {
        pattern: concat!("unable to get REST mapping for ", own_version!(), r"/(?P<kind>[A-Z]\w*)"),
        printed_by: COLLECTOR,
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no extension API server: an object names an owner of the kind {kind} in {version}, which \
            is a version of kube-apiserver's own that it does not serve (any more), or the list of its resources was not read in time. The \
            garbage collector leaves the object alone. Its ownerReferences say who is meant.",
        rules: &[],
        next: &["kubectl api-versions"],
    },
    Message {
        pattern: concat!("unable to get REST mapping for ", aggregated_version!(), r"/(?P<kind>[A-Z]\w*)"),
        printed_by: COLLECTOR,
        about: About::ExtensionServer,
        meaning: "An object names an owner of the kind {kind} in {version}, an aggregated API, and the garbage collector does not find \
            that kind: the APIService is not available or not installed, or its server does not list the kind. The object is left alone \
            until it does.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: concat!("unable to get REST mapping for ", version!(), r"/(?P<kind>[A-Z]\w*)"),
        printed_by: COLLECTOR,
        about: About::SomethingElse,
        meaning: "No certificate is involved: an object names an owner of the kind {kind} in {version}, and nothing serves that kind. Most \
            often its CustomResourceDefinition was deleted or does not have that version any more; the garbage collector leaves the object \
            alone. Only if an APIService with a Service serves {version} is it an aggregated API, and its condition says why it is not \
            available.",
        rules: &[],
        next: &["kubectl get crds", "kubectl get apiservices"],
    },
    Message {
        pattern: concat!(
            "(?:",
            discovered!(),
            r"|monitor for resource [\x22\\]{0,2})",
            own_version!(),
            "(?:",
            failed!("(?:the server could not find the requested resource|stale GroupVersion)"),
            r"|, Resource=)[^\n]{0,80}"
        ),
        ..OWN
    },
    Message {
        pattern: concat!(discovered!(), own_version!(), get_failed!(r"[^\n]{1,200}")),
        ..NOT_FROM_KUBE_APISERVER
    },
    Message {
        pattern: concat!(discovered!(), own_version!(), unauthorized!()),
        meaning: "This is not the front proxy and no extension API server: kube-apiserver serves {version} itself, and did not accept the \
            client's own credentials (401): a token or a client certificate that has expired or is of another cluster.",
        next: &["kubectl config view --minify    # with the client's kubeconfig"],
        ..OWN
    },
    Message {
        pattern: concat!(discovered!(), own_version!(), failed!(r#"(?P<why>[^\n"\\]{1,200})"#)),
        meaning: "This is not the front proxy and no extension API server: kube-apiserver serves {version} itself, and the client did not \
            get it ({why}). The way from the client to kube-apiserver, or kube-apiserver itself: it was starting or ending, is slow, etcd \
            did not answer, or a load balancer before it had no server that works.",
        next: &["kubectl get --raw '/readyz?verbose'"],
        ..OWN
    },
    Message { pattern: concat!(discovered!(), version!(), unauthorized!()), ..UNAUTHORIZED },
    Message {
        pattern: concat!(
            discovered!(),
            version!(),
            get_failed!(r"(?:context deadline exceeded|net/http: request canceled(?: \(|[\s\x22]*$))[^\n]{0,120}")
        ),
        about: About::NotTold,
        meaning: "The client asked kube-apiserver at {server} for {version} and had no answer in time ({why}). Where other groups were \
            answered and {version} is an aggregated API (`kubectl get apiservices` names its Service), kube-apiserver passed the request \
            on to an extension API server that did not answer: the network between the two, or an overloaded server. Where others are not \
            answered either, kube-apiserver itself is slow or not reached. No certificate is involved.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", "kubectl get --raw /readyz"],
        ..NOT_FROM_KUBE_APISERVER
    },
    Message { pattern: concat!(discovered!(), version!(), get_failed!(r"[^\n]{1,200}")), ..NOT_FROM_KUBE_APISERVER },
    Message {
        pattern: concat!(discovered!(), version!(), failed!("the server could not find the requested resource")),
        printed_by: CLIENT,
        about: About::NotTold,
        meaning: "Nothing serves {version} (404): a CustomResourceDefinition that is not installed, was just made or was deleted, or an \
            APIService whose server was reached and knows no such version. No certificate and no front proxy is involved. Where an \
            APIService of it is left over, delete it.",
        rules: &[],
        next: &["kubectl get crds", "kubectl get apiservices"],
    },
    Message {
        pattern: concat!(
            discovered!(),
            version!(),
            failed!(r"(?P<why>(?:client rate limiter|context (?:deadline exceeded|canceled))[^\n]{0,200})")
        ),
        meaning: "The client gave up before it had an answer for {version} ({why}): its own time was over, or it was told to end. `client \
            rate limiter` says that it had not even asked yet, `a previous attempt` what became of the one before. Most often \
            kube-apiserver is slow or not reached. Only where {version} is an aggregated API and others are answered is it an extension \
            API server that does not answer.",
        rules: &[],
        ..NOT_FROM_KUBE_APISERVER
    },
];

pub(super) static GENERAL: &[Message] = super::rows![
    Message {
        pattern: r"GroupVersion \((?P<version>[a-z0-9-]+\.[a-z0-9.-]+/v\d\w*)\) not found as OpenAPI V3 path",
        printed_by: "kubectl explain, or another client that reads OpenAPI",
        about: About::ExtensionServer,
        meaning: "kube-apiserver has no OpenAPI document of {version}. If that is an aggregated API, its server offers none, or its \
            APIService is not available; requests for its objects work without one.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"(?:NamespaceDeletionDiscoveryFailure\W+(?:status\W+)?True|[Rr]eason\W{1,4}DiscoveryFailed\W*$|\bDiscoveryFailed\s+Discovery failed|Discovery failed for some groups|[Uu]nable to get (?:all|any) supported resources from server|[Cc]ontent remaining in namespace|Some resource groups? (?:are|is) unavailable)[^\n]{0,300}",
        printed_by: "the namespace controller, in a namespace's conditions or kube-controller-manager's log",
        about: About::ExtensionServer,
        meaning: "An API cannot be asked, most often an aggregated one that is not available. A namespace that is to be deleted stays in \
            Terminating until every API can be. The condition of its APIService says why; where nothing serves it any more, delete the \
            APIService. Do not take the finalizer away.",
        rules: &["apiservice-unavailable", "apiservice-service-missing"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r#"All resources successfully discovered|\bResourcesDiscovered\b|NamespaceDeletionDiscoveryFailure\W+(?:status\W+)?False"#,
        printed_by: "the namespace controller, in a namespace's conditions",
        about: About::NoFailure,
        meaning: "This is no failure: every API could be asked when the namespace was deleted, the aggregated ones too. Where the \
            namespace stays in Terminating, its other conditions say why.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:Some content in the namespace has finalizers remaining|Some resources are remaining|Failed to delete all resource types|SomeFinalizersRemain|SomeResourcesRemain|some content remains in the namespace|unexpected items still remain in namespace)[^\n]{0,200}",
        printed_by: "the namespace controller, in a namespace's conditions or kube-controller-manager's log",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a namespace stays in Terminating because objects in it have finalizers whose controller \
            does not take them away. Only a condition NamespaceDeletionDiscoveryFailure is about an aggregated API.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: concat!(
            discovered!(),
            version!(),
            failed!("the server is currently "),
            unavailable!(),
            r"[^\n]{0,80}"
        ),
        ..UNAVAILABLE
    },
    Message {
        pattern: concat!(
            r"(?:failed to discover (?:preferred )?resources|[Cc]ouldn't get resource list|[Ff]ailed to get API (?:group|resource)s?)[^\n]{0,120}?",
            aggregated_groups!(group_of),
            r"[^\n]{0,300}"
        ),
        printed_by: "a client that asks which resources there are (the garbage collector, resource quota, kubectl, Helm)",
        about: About::ExtensionServer,
        meaning: "The client could not learn which resources an aggregated API has, which the line names. Most often its APIService is not \
            available, and the condition of that says why; a 404 says that nothing serves that group and version; where nothing else was \
            answered either, kube-apiserver was not reached or did not let the client in.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"(?:failed to discover (?:preferred )?resources|no resources reported by discovery|[Ii]nitial discovery check failure|Error during resource discovery|[Cc]ouldn't get resource list|unable to construct discovery REST mapper|[Ff]ailed to get (?:API (?:group|resource)s?|server groups)|[Cc]ould not get apiVersions from Kubernetes|unable to load (?:the )?discovery)[^\n]{0,300}",
        printed_by: "a client that asks which resources there are (the garbage collector, resource quota, kubectl, Helm)",
        about: About::NotTold,
        meaning: "The client could not learn which resources there are. With `the server is currently unable to handle the request` an \
            aggregated API is not available, and the condition of its APIService says why; a 404 says that nothing serves that group and \
            version; anything else is about kube-apiserver itself, which was not reached or did not let the client in.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"unable to get REST mapping for [^\n]{0,200}",
        printed_by: COLLECTOR,
        about: About::SomethingElse,
        meaning: "No certificate is involved: an object names an owner of a kind that nothing serves. Most often its \
            CustomResourceDefinition was deleted or does not have that version any more; the garbage collector leaves the object alone. \
            Only where the kind is an aggregated API's does the condition of its APIService say why it is not available.",
        rules: &[],
        next: &["kubectl get crds", "kubectl get apiservices"],
    },
    Message {
        pattern: concat!(
            r#"No matches found for \{'api_version': '(?P<version>"#,
            aggregated_groups!(group_of),
            r#"/v\d\w*)'[^\n]{0,120}"#
        ),
        printed_by: "a client in Python that asks which resources there are (kubernetes.dynamic, Ansible)",
        about: About::ExtensionServer,
        meaning: "kube-apiserver does not name that kind of {version}, an aggregated API: its APIService is not installed or is of another \
            version, or it is not available.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"(?:failed to sync resource monitors|unable to sync caches for (?:garbage collector|resource quota)|[Tt]imed out waiting for (?:dependency graph builder sync|quota monitor sync)|couldn't start monitor for resource|unable to monitor quota for resource|garbage controller monitor not (?:yet )?synced|QuotaMonitor unable to use a shared informer)[^\n]{0,300}",
        printed_by: "kube-controller-manager (the garbage collector, resource quota)",
        about: About::SomethingElse,
        meaning: "The controller cannot watch one kind of resource, most often one that cannot be watched (metrics) or whose API is gone. \
            It is harmless where the resource is of a metrics API; otherwise look whether its APIService or its conversion webhook \
            works.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"DiscoveryManager: Failed to download discovery for (?P<service>[^\s:]+:\d+): (?P<why>[^\n]{0,200})",
        printed_by: "kube-apiserver's aggregator (handler_discovery.go)",
        about: About::ExtensionServer,
        meaning: "The extension API server behind {service} did not give kube-apiserver the list of its resources ({why}). With 404 it was \
            reached and serves no such path, and its groups are called stale; 401 and 403 say that it does not take kube-apiserver \
            for the front proxy. Namespaces stay in Terminating meanwhile.",
        rules: &["apiservice-unavailable", "proxy-client-untrusted"],
        next: &[CHECK_CONDITIONS],
    },
    Message {
        pattern: r"DiscoveryManager: Successfully downloaded legacy discovery[^\n]{0,120}",
        printed_by: "kube-apiserver's aggregator, in its log (handler_discovery.go)",
        about: About::NoFailure,
        meaning: "This is no failure: kube-apiserver reached the extension API server and got its list of resources. That does not prove \
            that the server took it for the front proxy: one that authenticates nobody, or lets anonymous clients ask, gives the list too. \
            Nor does it tell what users may do: it asked as system:kube-aggregator, who is in no group.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"DiscoveryManager: Successfully downloaded discovery[^\n]{0,120}",
        printed_by: "kube-apiserver's aggregator, in its log (handler_discovery.go)",
        about: About::NoFailure,
        meaning: "This is no failure: kube-apiserver reached the extension API server and got its list of resources. That does not prove \
            that the server took it for the front proxy: one that authenticates nobody, or lets anonymous clients ask, gives the list too. \
            Nor does it tell what users may do: it asked as a member of system:masters.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"(?:UPGRADE|INSTALLATION|ROLLBACK|Upgrade|Install|Release)\b[^\n]{0,20}(?i:failed)[^\n]{0,300}received empty response for:? (?P<group>[a-z0-9-]+\.[a-z0-9.-]+/v\d\w*)",
        printed_by: "Helm, or another installer (client-go, discovery/cached/memory)",
        about: About::ExtensionServer,
        meaning: "The release failed, because the installer takes an empty list of resources for an error: what serves {group} was reached \
            and answered with none, as metrics adapters do while nobody asked for a metric. The certificates and the front proxy are in \
            order. Newer versions of Helm go on; otherwise make the adapter serve a metric, or delete an APIService that nobody needs.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"received empty response for:? (?P<group>[a-z0-9-]+\.[a-z0-9.-]+/v\d\w*)",
        printed_by: "a client that asks which resources there are (client-go, discovery/cached/memory)",
        about: About::ExtensionServer,
        meaning: "What serves {group}, most often an extension API server, was reached and answered with no resource: the certificates and \
            the front proxy are in order. Metrics adapters serve nothing while nobody asked for a metric. It is harmless.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"server does not support API version|couldn't read version from server[^\n]{0,120}|[Cc]ouldn't get current server API group list",
        printed_by: "a client of kube-apiserver (client-go, discovery)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver answers that question itself. It was not reached, did not accept the client, \
            or does not serve that version any more. Without a kubeconfig a client asks localhost:8080.",
        rules: &[],
        next: &["kubectl config view --minify"],
    },
    Message {
        pattern: r"Partial success when performing preferred resource discovery|Failed to discover group: [a-z0-9.-]+\.[a-z][a-z0-9.-]*(?:[/:, ]|$)[^\n]{0,200}",
        printed_by: "a controller that asks which resources there are (Argo CD, Velero, controller-runtime)",
        about: About::ExtensionServer,
        meaning: "The controller did not learn all resources: a group answered with an error, most often one whose APIService is not \
            available. It goes on with the others, or ends; an `err` beside it names the group.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"Failed to get API Group-Resources[^\n]{0,200}|error getting preferred resources[^\n]{0,200}|received an empty API groups list",
        printed_by: "a controller that asks which resources there are (Velero, controller-runtime)",
        about: About::NotTold,
        meaning: "The controller did not learn which resources there are, and the rest of the line says why. Where it names a group with \
            `unable to handle the request`, that is an aggregated API whose APIService is not available; otherwise the controller did not \
            reach kube-apiserver, or was not let in.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", "kubectl get --raw /readyz"],
    },
    Message {
        pattern: r"Kubernetes cluster unreachable: [^\n]{0,80}(?:unable to load root certificates|unable to parse bytes as PEM block|no valid certificate authority data|illegal base64)[^\n]{0,80}",
        printed_by: "Helm, or another client with a kubeconfig",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and nobody was called: the CA that the client was given for kube-apiserver is no PEM. \
            certificate-authority-data is base64 of PEM, `cluster_ca_certificate` of Terraform is the PEM itself (base64decode).",
        rules: &[],
        next: &["kubectl config view --minify"],
    },
    Message {
        pattern: r"Kubernetes cluster unreachable[^\n]{0,300}|could not get (?:Kubernetes discovery client|server version from Kubernetes)[^\n]{0,200}|ACCESS -- No API server connection|Unable to connect to api server|Unable to fetch server version",
        printed_by: "Helm, or another client with a kubeconfig",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the client did not reach kube-apiserver, or was not let in. Its kubeconfig names another \
            address, CA or user than the cluster has, or nothing answers there; without one it asks localhost:8080.",
        rules: &[],
        next: &["kubectl config view --minify", "kubectl cluster-info"],
    },
    Message {
        pattern: concat!(
            r"(?:unable to build kubernetes objects? (?:from|for)|unable to recognize)[^\n]{0,300}?the server is currently ",
            unavailable!(),
            r"[^\n]{0,40}"
        ),
        printed_by: "Helm, or kubectl",
        about: About::NotTold,
        meaning: "The answer was 503 when the client asked which kinds there are, and the line does not tell for which API. Most often an \
            aggregated one is not available, and the condition of its APIService says why; kube-apiserver itself, or a load balancer \
            before it, answers so while it starts or ends.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS, "kubectl get --raw '/readyz?verbose'"],
    },
    Message {
        pattern: r"[Tt]he provided continue parameter is too old[^\n]{0,80}|too old resource version: [^\n]{0,40}|The resourceVersion for the provided (?:list|watch) is too old",
        printed_by: "a client that lists or watches many objects, with an answer 410 (apiserver, storage/etcd3)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no certificate: the client took longer to read its list than kube-apiserver keeps the \
            state that it began with (etcd's history is compacted every five minutes), or came back too late to a watch. It begins anew; \
            where that goes on, the client or kube-apiserver is too slow, or there are very many objects of that kind.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"unable to build kubernetes objects? (?:from|for)[^\n]{0,300}|current release manifest contains removed kubernetes api[^\n]{0,200}|unable to recognize (?:[\x22\\]+[^\n]{0,160}|\S+\.(?:ya?ml|json)\b[^\n]{0,160})",
        printed_by: "Helm, or kubectl",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a manifest has a kind that kube-apiserver does not name. Its CustomResourceDefinition is \
            not installed, or its version is gone; `the server is currently unable to handle the request` behind it is an APIService that \
            is not available.",
        rules: &[],
        next: &["kubectl api-versions"],
    },
    Message {
        pattern: r"if kind is a CRD, it should be installed before calling Start|Could not wait for Cache to sync|failed to wait for \S+ caches to sync[^\n]{0,200}|timed out waiting for cache to be synced[^\n]{0,120}",
        printed_by: "an operator (controller-runtime)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy itself: an operator could not list the kinds that it watches. A CustomResourceDefinition is \
            not installed, its account may not list it, a conversion webhook does not answer, or the kind is an aggregated API's whose \
            APIService is not available.",
        rules: &[],
        next: &["kubectl get crds", "kubectl get apiservices"],
    },
];

/// What stands around a cause, and is told where there is none.
pub(super) static LAST: &[Message] = super::rows![
    Message {
        pattern: r"(?:failed to load initial state of resource (?P<kind>[^:\n]{1,120})|[Ff]ailed to sync cluster \S+|error synchronizing cache state|[Ff]ailed to load (?:live|target) state|cluster cache sync|failed to get cluster (?:info|version)|error getting openapi (?:resources|schema|data))[^\n]{0,300}",
        printed_by: ARGO_CD,
        about: About::SomethingElse,
        meaning: "Argo CD could not read the state of a cluster {kind}; the rest of the line says why. It is a matter of the aggregation \
            layer where an APIService is not available; otherwise it is Argo CD's credentials or way to that cluster, a conversion webhook \
            or a right.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"deletion of namespace \S+ failed: [^\n]{0,300}|couldn't update status condition for namespace[^\n]{0,120}",
        printed_by: "the namespace controller, in kube-controller-manager's log",
        about: About::ExtensionServer,
        meaning: "A namespace cannot be deleted yet, and the rest of the line says why: an API that cannot be asked (an APIService that is \
            not available), finalizers, or Pods that still end.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
];
