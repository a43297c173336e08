//! What clients and controllers say when they ask which APIs there are, and one is not available: the namespace controller,
//! the garbage collector, resource quota, client-go's discovery.

use super::super::pattern::{discovered, unavailable};
use super::{About, CHECK_CONDITIONS, Message};

pub(super) static GENERAL: &[Message] = &[
    Message {
        pattern: r"(?:NamespaceDeletionDiscoveryFailure\W+(?:status\W+)?True|[Rr]eason\W{1,4}DiscoveryFailed\W*$|\bDiscoveryFailed\s+Discovery failed|Discovery failed for some groups|[Uu]nable to get (?:all|any) supported resources from server|[Cc]ontent remaining in namespace|Some resource groups? (?:are|is) unavailable)[^\n]{0,300}",
        printed_by: "the namespace controller, in a namespace's conditions or kube-controller-manager's log",
        about: About::ExtensionServer,
        meaning: "A namespace stays in Terminating: its content is deleted only when every API can be asked, and an aggregated API is not \
            available. Its APIService's condition says why; where nothing serves it any more, delete the APIService. Do not take \
            the finalizer away.",
        rules: &["apiservice-unavailable", "apiservice-service-missing"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r#"All resources successfully discovered|\bResourcesDiscovered\b|NamespaceDeletionDiscoveryFailure\W+(?:status\W+)?False"#,
        printed_by: "the namespace controller, in a namespace's conditions",
        about: About::SomethingElse,
        meaning: "This is no failure: every API could be asked when the namespace was deleted, the aggregated ones too. Where the namespace stays in \
            Terminating, its other conditions say why.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:Some content in the namespace has finalizers remaining|Some resources are remaining|Failed to delete all resource types|SomeFinalizersRemain|SomeResourcesRemain|some content remains in the namespace|unexpected items still remain in namespace)[^\n]{0,200}",
        printed_by: "the namespace controller, in a namespace's conditions or kube-controller-manager's log",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a namespace stays in Terminating because objects in it have finalizers whose controller does not \
            take them away. Only a condition NamespaceDeletionDiscoveryFailure is about an aggregated API.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: concat!(
            discovered!(),
            r"(?P<version>[a-z0-9.-]+/v\d\w*): ?the server is currently ",
            unavailable!(),
            r"[^\n]{0,80}"
        ),
        printed_by: "a client that asks which resources there are (client-go, discovery)",
        about: About::ExtensionServer,
        meaning: "kube-apiserver answered 503 for {version}: it is an aggregated API, and its APIService is not available. That says nothing about the cause: \
            the condition of the APIService does. While it is so, namespaces cannot be deleted and autoscalers stand still.",
        rules: &[],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"(?:failed to discover (?:preferred )?resources|no resources reported by discovery|[Ii]nitial discovery check failure|Error during resource discovery|[Cc]ouldn't get resource list|unable to construct discovery REST mapper|[Ff]ailed to get (?:API (?:group|resource)s?|server groups)|[Cc]ould not get apiVersions from Kubernetes|unable to load (?:the )?discovery)[^\n]{0,300}",
        printed_by: "a client that asks which resources there are (the garbage collector, resource quota, kubectl, Helm)",
        about: About::ExtensionServer,
        meaning: "The client could not learn which resources there are. With `the server is currently unable to handle the request` an \
            aggregated API is not available, and the condition of its APIService says why; a 404 says that nothing serves that group and \
            version; anything else is about kube-apiserver itself, which was not reached or did not let the client in.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"(?:failed to sync resource monitors|[Tt]imed out waiting for (?:dependency graph builder sync|quota monitor sync)|couldn't start monitor for resource|unable to monitor quota for resource|garbage controller monitor not (?:yet )?synced|QuotaMonitor unable to use a shared informer|unable to get REST mapping for)[^\n]{0,300}",
        printed_by: "kube-controller-manager (the garbage collector, resource quota)",
        about: About::SomethingElse,
        meaning: "The controller cannot watch one kind of resource, most often one that cannot be watched (metrics) or whose API is gone. It is \
            harmless where the resource is of a metrics API; otherwise look whether its APIService or its conversion webhook works.",
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
        pattern: r"DiscoveryManager: Successfully downloaded (?:legacy )?discovery[^\n]{0,120}",
        printed_by: "kube-apiserver's aggregator, in its log",
        about: About::SomethingElse,
        meaning: "This is no failure: kube-apiserver reached the extension API server, which took it for the front proxy. That \
            proves nothing about what ordinary users may do: it asked as a member of system:masters.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"received empty response for:? (?P<group>[^\s\x22',]+)",
        printed_by: "a client that asks which resources there are (client-go, discovery/cached/memory)",
        about: About::ExtensionServer,
        meaning: "The extension API server of {group} was reached and answered with no resource: the certificates and the front proxy are in \
            order. Metrics adapters serve nothing while nobody asked for a metric. It is harmless.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"server does not support API version|couldn't read version from server[^\n]{0,120}|[Cc]ouldn't get current server API group list",
        printed_by: "a client of kube-apiserver (client-go, discovery)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver answers that question itself. It was not reached, did not accept the client, or \
            does not serve that version any more. Without a kubeconfig a client asks localhost:8080.",
        rules: &[],
        next: &["kubectl config view --minify"],
    },
    Message {
        pattern: r"Partial success when performing preferred resource discovery|Failed to discover group: [^\n]{0,200}|Failed to get API Group-Resources[^\n]{0,200}|error getting preferred resources[^\n]{0,200}|received an empty API groups list",
        printed_by: "a controller that asks which resources there are (Argo CD, Velero, controller-runtime)",
        about: About::ExtensionServer,
        meaning: "The controller did not learn all resources: a group answered with an error, most often one whose APIService is not available. It \
            goes on with the others, or ends; an `err` beside it names the group.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"Kubernetes cluster unreachable[^\n]{0,300}|could not get (?:Kubernetes discovery client|server version from Kubernetes)[^\n]{0,200}|ACCESS -- No API server connection|Unable to connect to api server|Unable to fetch server version",
        printed_by: "Helm, or another client with a kubeconfig",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the client did not reach kube-apiserver, or was not let in. Its kubeconfig names another address, CA or \
            user than the cluster has, or nothing answers there; without one it asks localhost:8080.",
        rules: &[],
        next: &["kubectl config view --minify", "kubectl cluster-info"],
    },
    Message {
        pattern: r"unable to build kubernetes objects? (?:from|for)[^\n]{0,300}|current release manifest contains removed kubernetes api[^\n]{0,200}|unable to recognize [\x22\\]*[^\n]{0,160}",
        printed_by: "Helm, or kubectl",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a manifest has a kind that kube-apiserver does not name. Its CustomResourceDefinition is not installed, or \
            its version is gone; `the server is currently unable to handle the request` behind it is an APIService that is not available.",
        rules: &[],
        next: &["kubectl api-versions"],
    },
    Message {
        pattern: r"if kind is a CRD, it should be installed before calling Start|Could not wait for Cache to sync|failed to wait for \S+ caches to sync[^\n]{0,200}|timed out waiting for cache to be synced[^\n]{0,120}",
        printed_by: "an operator (controller-runtime)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy itself: an operator could not list the kinds that it watches. A CustomResourceDefinition is not installed, its \
            account may not list it, a conversion webhook does not answer, or the kind is an aggregated API's whose APIService is not available.",
        rules: &[],
        next: &["kubectl get crds", "kubectl get apiservices"],
    },
];

/// What stands around a cause, and is told where there is none.
pub(super) static LAST: &[Message] = &[
    Message {
        pattern: r"(?:failed to load initial state of resource (?P<kind>[^:\n]{1,120})|[Ff]ailed to sync cluster \S+|error synchronizing cache state|[Ff]ailed to load (?:live|target) state|cluster cache sync|failed to get cluster (?:info|version)|error getting openapi (?:resources|schema|data))[^\n]{0,300}",
        printed_by: "Argo CD",
        about: About::SomethingElse,
        meaning: "Argo CD could not read the state of a cluster {kind}; the rest of the line says why. It is a matter of the aggregation layer where an \
            APIService is not available; otherwise it is Argo CD's credentials or way to that cluster, a conversion webhook or a right.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"deletion of namespace \S+ failed: [^\n]{0,300}|couldn't update status condition for namespace[^\n]{0,120}",
        printed_by: "the namespace controller, in kube-controller-manager's log",
        about: About::ExtensionServer,
        meaning: "A namespace cannot be deleted yet, and the rest of the line says why: an API that cannot be asked (an APIService that is not \
            available), finalizers, or Pods that still end.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
];
