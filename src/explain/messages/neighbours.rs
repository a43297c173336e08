//! What stands near in the same logs: an extension API server's own certificate and probes, resources that nobody serves,
//! tunnels to nodes, and the servers behind a metrics adapter.

use super::super::pattern::{group_of, one_of};
use super::{About, CHECK_CONDITIONS, CHECK_OBJECTS, Message, Role};
use crate::kubernetes::names::{aggregated_groups, own_groups};

/// What kube-apiserver serves itself, as people write it at kubectl.
macro_rules! built_in_resources {
    () => {
        "(?i:pods?|po|nodes?|no|services?|svc|deployments?|deploy|namespaces?|ns|configmaps?|cm|secrets?|events?|ev|replicasets?|rs|daemonsets?|ds|statefulsets?|sts|jobs?|cronjobs?|cj|ingress(?:es)?|ing|endpoints|ep|pvc?|persistentvolume(?:claim)?s?|serviceaccounts?|sa|roles?|rolebindings?|clusterroles?|clusterrolebindings?|hpa|storageclass(?:es)?|sc|componentstatus(?:es)?|cs|crds?|csr|certificatesigningrequests?|apiservices?)"
    };
}

/// Others have its words: `shared` looks for its name.
pub(super) const ETCD: &str = "etcd";

const OF_ETCD: Message = Message {
    pattern: "",
    printed_by: "etcd, in the answer of an API server that asked it (etcd, rpctypes)",
    about: About::SomethingElse,
    meaning: "",
    rules: &[],
    next: &[
        "kubectl get --raw '/readyz?verbose'",
        "etcdctl endpoint status --cluster -w table    # on a control-plane node, with etcd's certificates",
    ],
    ..Message::PLAIN
};

pub(super) static MESSAGES: &[Message] = super::rows![
    Message {
        // What has an x509 is told as a refused certificate.
        pattern: r#"createTransport failed to connect to \{[^}\n]{0,40}?\bAddr[\\"]{0,2}: ?[\\"]{0,2}(?P<address>[^\\"\n]{1,200}:23(?:79|8[0-2]))\b[^\n]{0,300}?desc = [\\"]{0,2}transport: (?P<why>Error while dialing:? [^\n"\\]{1,160}|authentication handshake failed: (?:context (?:canceled|deadline exceeded)|EOF|read [^\n"\\]{1,120}))"#,
        printed_by: "kube-apiserver or another client of etcd (gRPC)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a client of etcd has no connection to {address} ({why}). gRPC tries again by itself; where \
            it goes on, etcd does not run there, is not reached or does not answer in time. `context canceled` means that the client gave \
            the attempt up, as it does when it ends or has another connection.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"error creating self-signed certificates: (?P<why>[^\n\x22]{0,60}/var/run/kubernetes\b[^\n\x22]{0,160})",
        printed_by: "kube-apiserver, kube-controller-manager or kube-scheduler at start-up (SecureServingOptions.MaybeDefaultWithSelfSignedCerts)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy's pair: the server has no --tls-cert-file, wants a serving certificate of its own in its \
            --cert-dir, which is /var/run/kubernetes unless the flag says otherwise, and cannot read or write it there ({why}). It ends.",
        rules: &["component-refuses-to-start"],
        next: &["ls -ld /var/run/kubernetes"],
    },
    Message {
        pattern: r"error creating self-signed certificates: (?P<why>[^\n\x22]{1,200})",
        printed_by: "an extension API server at start-up (SecureServingOptions.MaybeDefaultWithSelfSignedCerts)",
        about: About::ExtensionServer,
        meaning: "The server ends: it has no --tls-cert-file, wants to write a certificate of its own into --cert-dir, and cannot write \
            it, or read the pair that is there ({why}). Mount an emptyDir and name it with --cert-dir, or better a Secret with a \
            certificate that the caBundle of its APIService verifies, and name that with --tls-cert-file and --tls-private-key-file.",
        rules: &["serving-certificate-in-memory"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r#"Internal Server Error: .{0,8}/apis/[^\n]{0,300}[\\": ](?:Post|Get) (?:net/http: (?P<why>request canceled[^\n"]{0,80}|TLS handshake timeout))"#,
        printed_by: "an extension API server, to a client of its API",
        about: About::SomethingElse,
        meaning: "This is the network, not the front proxy: the extension API server took the request, asked kube-apiserver about it (what \
            the user may do, or whose token it is) and got no answer in time ({why}). Look at whether its Pod reaches the Service \
            `kubernetes`, and at what answers there.",
        rules: &[],
        next: &["kubectl get endpointslices -n default -l kubernetes.io/service-name=kubernetes"],
    },
    Message {
        pattern: r#"[\\\x22]{1,2}Internal Server Error: .{0,8}/apis/[^\n]{0,300}(?:Post|Get) [\\"]{0,4}https?://[^\s"\\]{1,120}/(?P<what>subjectaccessreviews|tokenreviews)[^\n]{0,30}[\\"]{1,4}: (?P<why>[^\n"]{1,200})"#,
        printed_by: "an extension API server, to a client of its API",
        about: About::SomethingElse,
        meaning: "This is the network, not the front proxy: the extension API server took the request, asked kube-apiserver about it \
            ({what}) and got no answer ({why}). Look at whether its Pod reaches the Service `kubernetes`, and at what \
            answers there.",
        rules: &[],
        next: &["kubectl get endpointslices -n default -l kubernetes.io/service-name=kubernetes"],
    },
    Message {
        pattern: r"websocket: bad handshake[^\n]{0,60}(?:401|Unauthorized)",
        printed_by: "a client of a websocket",
        about: About::NotTold,
        meaning: "The answer to the websocket was 401 Unauthorized. Of virtctl (console, vnc) it says that virt-api did not take the \
            front-proxy client of the kube-apiserver that proxied the request, or kube-apiserver not the caller; any other program has \
            servers and credentials of its own.",
        rules: &["proxy-client-untrusted", "proxy-client-missing"],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: concat!(
            r#""nonResourceAttributes":\{[^}\n]{0,80}"path":"/apis/(?P<api>"#,
            aggregated_groups!(group_of),
            r#"[^"\n]{0,120})"[^}\n]{0,80}\},"user":"system:anonymous""#
        ),
        printed_by: "an extension API server that logs its SubjectAccessReview (--v=8)",
        about: About::FrontProxy,
        meaning: "The extension API server asks whether system:anonymous may read {api}: it did not take the caller, kube-apiserver, for a \
            front proxy. kube-apiserver sent no client certificate (--proxy-client-cert-file), or this server has no requestheader CA \
            loaded and looks at none (--authentication-skip-lookup, or its look-up failed and was tolerated). A certificate that it does \
            not verify would be answered 401.",
        rules: &[
            "proxy-client-missing",
            "requestheader-ca-missing",
            "extension-lookup-skipped",
            "extension-lookup-tolerated",
        ],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r#""nonResourceAttributes":\{[^}\n]{0,80}"path":"/apis/(?P<api>[^"\n]{1,120})"[^}\n]{0,80}\},"user":"system:anonymous""#,
        printed_by: "an API server that logs its SubjectAccessReview (--v=8)",
        about: About::NotTold,
        meaning: "A server asks whether system:anonymous may read {api}. An extension API server of that API did not take the caller, \
            kube-apiserver, for a front proxy; kube-apiserver itself (with an authorization webhook) was asked by a client without \
            credentials that it takes.",
        rules: &[
            "proxy-client-missing",
            "requestheader-ca-missing",
            "extension-lookup-skipped",
            "extension-lookup-tolerated",
        ],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r#""nonResourceAttributes":\{[^}\n]{0,80}"path":"/(?:[^"\n]{0,3}|[^a"][^"\n]{0,60})"[^}\n]{0,80}\},"user":"system:anonymous"|\bGET /: \([^)\n]{1,20}\) 403 \["#,
        printed_by: "an extension API server, of a request without credentials",
        about: About::NoFailure,
        meaning: "This is harmless: somebody asked for a path that is no API without credentials, a health check, or the availability \
            check of an old kube-apiserver, which asks for `/`. Only the same of a path below /apis is about the front proxy.",
        rules: &[],
        next: &[],
        role: Role::Harmless,
    },
    Message {
        pattern: r"/configmaps/extension-apiserver-authentication 200 OK|round_trippers\.go:\d+\] GET \S+/configmaps/extension-apiserver-authentication\s*$",
        printed_by: "an extension API server (client-go, --v=6)",
        about: About::NoFailure,
        meaning: "This is no failure: the server asks for kube-system/extension-apiserver-authentication, which tells it whom to trust; \
            with `200 OK` it was given it.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Can't connect to websocket[^\n]{0,20}\(?(?:401|[^\n]{0,40}(?:401|Unauthorized))",
        printed_by: "virtctl, of the console of a virtual machine (subresources.kubevirt.io)",
        about: About::FrontProxy,
        meaning: "The aggregated API answered 401: where the caller's other requests are let in, virt-api did not take the front-proxy \
            client of the kube-apiserver that proxied the request. Its own log says why, and the ConfigMap whom it is to trust. If only \
            some requests fail, compare the control-plane nodes.",
        rules: &["proxy-client-untrusted", "proxy-client-missing", "node-drift"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: concat!(
            r#"(?:the server doesn't have a resource type|Couldn't find resource for) [\\"']{1,2}(?P<kind>[^"'\\\n]{1,120})[\\"']{1,2} in group '(?P<group>"#,
            aggregated_groups!(group_of),
            r")(?:'|\s|$)|(?:the server doesn't have a resource type|Couldn't find resource for) [\x22'](?P<named>podmetrics|nodemetrics|(?:[a-z]+\.)?",
            aggregated_groups!(group_of),
            "[^\\x22'\n]{0,60})"
        ),
        printed_by: "kubectl",
        about: About::ExtensionServer,
        meaning: "Nothing serves {kind} {group}{named}, an aggregated API: its APIService is not installed, or it is not available, so \
            that kube-apiserver names none of its resources. A line `couldn't get resource list for` before it says the latter.",
        rules: &["apiservice-unavailable", "apiservice-service-missing"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: concat!(
            r"\b(?:get|describe|top) (?P<kind>[a-z]+)\.(?P<group>",
            aggregated_groups!(group_of),
            r#")\b[^\n]{0,200}the server doesn't have a resource type [\\"']{1,2}[a-z]+[\\"']"#
        ),
        printed_by: "kubectl",
        about: About::ExtensionServer,
        meaning: "Nothing serves {kind} of {group}, an aggregated API: its APIService is not installed, or it is not available, so that \
            kube-apiserver names none of its resources. kubectl names the resource alone, and not its group.",
        rules: &["apiservice-unavailable", "apiservice-service-missing"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: concat!(
            r#"(?:the server doesn't have a resource type|Couldn't find resource for) [\\"']{1,2}(?P<kind>"#,
            built_in_resources!(),
            r#")[\\"']{1,2}(?:$|[^ ]| (?:[^i]|i[^n]))"#
        ),
        printed_by: "kubectl",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver serves {kind} itself. kubectl did not get its list of resources: it asks the \
            wrong server (no kubeconfig, a proxy in between), its cache in ~/.kube/cache is damaged, or nobody answered. Lines before it \
            say which.",
        rules: &[],
        next: &["kubectl config view --minify", "kubectl get --raw /apis"],
    },
    Message {
        pattern: r#"(?:the server doesn't have a resource type|Couldn't find resource for) [\\"']{1,2}(?P<kind>[^"'\\\n]{1,120})(?:' in group '(?P<group>[a-z0-9.-]+))?"#,
        printed_by: "kubectl",
        about: About::NotTold,
        meaning: "No API that kubectl knows of serves `{kind}`: the name is misspelt, its CustomResourceDefinition or APIService is not \
            installed, or the APIService is not available, so that kube-apiserver names none of its resources. A line \
            `couldn't get resource list for` before it says the latter.",
        rules: &["apiservice-unavailable", "apiservice-service-missing"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: concat!(
            r#"no matches for (?:kind [\\"]{1,2}(?P<kind>[^"\\\n]{1,80})[\\"]{1,2} in (?:version|group)|[a-z0-9.-]+/, Resource=) [\\"]{1,2}(?P<version>"#,
            aggregated_groups!(group_of),
            r#"[^"\\\n]{0,40})"#
        ),
        printed_by: "a client that looked the kind up (client-go, discovery)",
        about: About::ExtensionServer,
        meaning: "Nothing serves {kind} of {version}, an aggregated API: its APIService is not installed or is of another version, or it \
            is not available, so that kube-apiserver names none of its resources.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: concat!(
            r#"no matches for kind [\\"]{1,2}(?P<kind>[^"\\\n]{1,80})[\\"]{1,2} in (?:version|group) [\\"]{1,2}(?P<version>"#,
            own_groups!(one_of),
            r#"(?:/v\d\w*)?)[\\"]"#
        ),
        printed_by: "a client that looked the kind up (client-go, discovery)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no extension API server: {version} is kube-apiserver's own, and this Kubernetes does not \
            serve {kind} in it (yet, or any more). Use the version that `kubectl api-resources` names.",
        rules: &[],
        next: &["kubectl api-resources", "kubectl version"],
    },
    Message {
        pattern: r#"no matches for kind [\\"]{1,2}(?P<kind>[^"\\\n]{1,80})[\\"]{1,2} in (?:version|group) [\\"]{1,2}(?P<version>[^"\\\n]{1,120})"#,
        printed_by: "a client that looked the kind up (client-go, discovery)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: nothing serves {kind} of {version}. Its CustomResourceDefinition is not installed (yet) or \
            is of another version, or this Kubernetes does not have that version any more. Only if an APIService with a Service names the \
            group is it an aggregated API, and then its condition says why it is not available.",
        rules: &[],
        next: &["kubectl api-versions", "kubectl get apiservices"],
    },
    Message {
        pattern: r"(?:[Ff]ailed to (?:list|watch) \*v1\.APIService: the server could not find the requested resource|the server could not find the requested resource \((?:get|list|watch) apiservices\.apiregistration)[^\n]{0,60}",
        printed_by: "a controller that watches APIServices",
        about: About::ExtensionServer,
        meaning: "The server that was asked has no APIServices, so it is no kube-apiserver with an aggregation layer: another API server \
            answers at that address (an extension API server, a bare one such as kcp or an etcd shim), or the aggregator was left out of \
            it.",
        rules: &["aggregation-not-configured"],
        next: &["kubectl get --raw /apis"],
    },
    Message {
        pattern: r"(?:unable to handle the request|could not find the requested resource|an error on the server \([^\n]{0,900}?\) has prevented the request from succeeding) \((?P<verb>get|put|post|delete|patch) (?P<kind>services|pods|nodes) (?P<name>[^)\s]{1,200})\)",
        printed_by: "a client of kube-apiserver, about a Service, Pod or node (client-go, rest.Request, which leaves subresources out)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: the request was for {name} of the {kind}, or was to be passed on to \
            it (its log, a shell in it, its `proxy`): the message does not tell which. `could not find` is what is not there. Behind `an \
            error on the server` stands what the one who was asked said, such as a kubelet (`container not found`). Otherwise nothing \
            answered: no ready Pod is behind the Service, or kube-apiserver does not reach the node or the Pods' network.",
        rules: &[],
        next: &["kubectl get {kind},endpointslices --all-namespaces -o wide"],
    },
    Message {
        pattern: r"could not find the requested resource \( ?(?:get |post )?pods/(?P<what>log|exec|attach|portforward) ?(?P<name>[^)\n]{0,200})",
        printed_by: "kubectl, of what kube-apiserver asked a kubelet",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: the kubelet that was asked for the Pod's {what} has no such Pod \
            ({name}), or does not know what was asked. Nodes with the same or a wrong InternalIP have kube-apiserver ask another node's \
            kubelet.",
        rules: &[],
        next: &["kubectl get nodes -o wide"],
    },
    Message {
        pattern: r"unable to handle the request \( ?(?:get |post )?pods/(?P<what>log|exec|attach|portforward)[^\n]{0,120}",
        printed_by: "kubectl, of what kube-apiserver asked a kubelet",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: kube-apiserver did not reach the kubelet whose Pod's {what} was asked \
            for, through a tunnel to the nodes or without one.",
        rules: &[],
        next: &["kubectl get nodes -o wide"],
    },
    Message {
        pattern: concat!(
            r"the server is currently unable to handle the request \((?P<verb>[a-z]+) (?P<kind>[a-z]+(?:\.(?:",
            own_groups!(one_of),
            r"))?)(?: [^)\s]{1,200})?\)"
        ),
        printed_by: "a client of kube-apiserver, with an answer 503",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: kube-apiserver serves {kind} itself, and answered 503. It was \
            starting or ending, etcd did not answer, or a load balancer before it had no server that works.",
        rules: &[],
        next: &["kubectl get --raw '/readyz?verbose'"],
    },
    Message {
        pattern: r"Error: '(?P<why>x509: [^\n]{1,400}?)'\s{0,4}Trying to reach: '(?P<address>https?://[^'\s]{1,300})",
        printed_by: "kube-apiserver, which passed a request on (apimachinery, util/proxy, Transport.RoundTrip)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver is the TLS client, and refused the *serving* certificate of what listens at \
            {address} ({why}). The path is no aggregated API's, so it is a Service, Pod or node that somebody asked for through \
            kube-apiserver.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Error: '(?P<why>[^\n]{1,400}?)'\s{0,4}Trying to reach: '(?P<address>https?://[^'\s]{1,300})",
        printed_by: "kube-apiserver, which passed a request on (apimachinery, util/proxy, Transport.RoundTrip)",
        about: About::SomethingElse,
        meaning: "This is the network, not the front proxy: kube-apiserver was to pass a request on to a Service, Pod or node, and got no \
            answer at {address} ({why}). Look at the Pod behind it, its port, and whether the control plane reaches the Pods' network.",
        rules: &[],
        next: &["kubectl get endpointslices --all-namespaces"],
    },
    Message {
        pattern: r"unable to fetch metrics from (?:resource|custom|external) metrics API: Internal error occurred: (?P<why>[^\n]{1,200})",
        printed_by: "the horizontal pod autoscaler, of what a metrics adapter answered",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the metrics adapter took the request and answered with an error of its own ({why}). Its \
            log and the source of its metrics say more.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:timeout while waiting to establish gRPC connection to KEDA Metrics Service server|keda_metrics_adapter/provider[^\n]{0,200}rpc error|\bkeda-operator[^\s\x22]*:9666\b[^\n]{0,200}[Cc]onnection error)[^\n]{0,300}",
        printed_by: "KEDA's metrics API server, a client of KEDA's operator",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: KEDA's metrics API server reaches the operator (port 9666) not, or not with a certificate \
            that the other accepts. Both take them from the Secret kedaorg-certs: restart both after it has changed, and look whether a \
            network policy is in the way.",
        rules: &[],
        next: &["kubectl -n keda get pods,services"],
    },
    Message {
        pattern: r"(?P<which>Readiness|Liveness|Startup) probe failed: HTTP probe failed with statuscode: (?P<code>40[13])",
        printed_by: "a kubelet, about a Pod",
        about: About::NotTold,
        meaning: "The server runs, and did not let the kubelet in ({code}), which probes without credentials: anonymous requests are off \
            there, or may not ask for that path (--authorization-always-allow-paths of servers built on k8s.io/apiserver), or the server \
            cannot ask kube-apiserver what somebody may do. A readiness probe that fails leaves the Service without an endpoint, a \
            liveness probe restarts the container.",
        rules: &["extension-auth-delegator"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"(?P<which>Readiness|Liveness|Startup) probe failed: HTTP probe failed with statuscode: 404",
        printed_by: "a kubelet, about a Pod",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: what listens at the port of the probe answered 404. The path of the {which} probe is none \
            of that server, or the port is another server's.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:Liveness|Startup) probe failed: HTTP probe failed with statuscode: (?P<code>\d{3})",
        printed_by: "a kubelet, about a Pod",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the server runs, and says itself that it is not in order ({code}). The kubelet restarts the \
            container after some of these; its log (`--previous`) says why.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Readiness probe failed: HTTP probe failed with statuscode: (?P<code>\d{3})|healthz check failed: (?:readyz|livez|healthz)",
        printed_by: "a kubelet, about a Pod; or the server that is asked",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the server runs, and says itself that it is not ready. Its own log says why (metrics-server \
            is not while it could read no kubelet). Until then its Service has no endpoints.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"kube-apiserver\)? (?:->|<>) (?P<pod>[^\s:]*(?:metrics-server|adapter|apiserver)[^\s:]*:\d+)[^\n]{0,80}(?:(?i:policy denied)|DROPPED)[^\n]{0,80}",
        printed_by: "Cilium (hubble), of the network between kube-apiserver and a Pod",
        about: About::SomethingElse,
        meaning: "This is the network, not the certificates: what kube-apiserver sent to {pod} was dropped, by a network policy where the \
            line says so. Is that an extension API server, its APIService is not available meanwhile: let the control plane in to that \
            port.",
        rules: &[],
        next: &["kubectl get networkpolicies --all-namespaces", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"Sending HTTP/1\.1 502 response to [^\n]{0,300}|Tunnel server egress proxy rejecting[^\n]{0,200}|[Ff]ailed to handling tunnel request [^\n]{0,200}|Proxy via http_connect protocol over [^\n]{0,200}",
        printed_by: "the tunnel from a control plane to its nodes (k3s, RKE2 and Rancher: remotedialer; konnectivity)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver reaches Pods and kubelets through a tunnel, and that did not get through to \
            the address, or was slow. Look at the agents on the nodes, and at the network between the nodes (the ports of the overlay, \
            such as 8472/udp).",
        rules: &[],
        next: &["kubectl get nodes -o wide"],
    },
    Message {
        pattern: r"error installing APIGroup for (?P<group>[^\s:]+)[^\n]{0,300}|unable to get openapi models[^\n]{0,300}|cannot find model definition for \S*k8s\S*",
        printed_by: "an extension API server at start-up (k8s.io/apiserver, GenericAPIServer.installAPIResources)",
        about: About::ExtensionServer,
        meaning: "The server ends: it was built without the OpenAPI definitions of the types that it is to serve {group}. That is a fault \
            of the program, for which there is a newer or an older version; no certificate and no setting is involved.",
        rules: &["component-refuses-to-start"],
        next: &[],
    },
    Message {
        pattern: r"Unable to remove old endpoints from kubernetes service: StorageError: key not found",
        printed_by: "kube-apiserver at start-up",
        about: About::NoFailure,
        meaning: "This is harmless: kube-apiserver starts for the first time, and finds no lease of its own that it could remove.",
        rules: &[],
        next: &[],
        role: Role::Harmless,
    },
    Message {
        pattern: r#"round_trippers\.go:\d+\] GET https?://\S+/configmaps/extension-apiserver-authentication 403|URI="[^"]*/configmaps[^"]*extension-apiserver-authentication[^"]*"[^\n]{0,600}resp=403"#,
        printed_by: "an extension API server at start-up (client-go, --v=6), or kube-apiserver's access log about it",
        about: About::ExtensionServer,
        meaning: "The account of the server may not read kube-system/extension-apiserver-authentication, which tells it whom to trust. It \
            needs a RoleBinding in kube-system to the Role extension-apiserver-authentication-reader.",
        rules: &["extension-reader-binding"],
        next: &[
            "kubectl -n kube-system get rolebindings -o wide | grep extension-apiserver-authentication-reader",
            CHECK_OBJECTS,
        ],
    },
    Message {
        pattern: r#"MountVolume\.SetUp failed for volume [\\"]{1,2}(?P<volume>[^"\\\n]{1,120})[\\"]{1,2} ?: secret [\\"]{1,2}(?P<name>[^"\\\n]{0,200}(?:metrics-server|(?:custom|external)-metrics|adapter|apiserver|packageserver)[^"\\\n]{0,200})[\\"]{1,2} not found"#,
        printed_by: "a kubelet, about a Pod",
        about: About::ExtensionServer,
        meaning: "The Pod waits: the secret {name} is not in its namespace. Where it is to hold the serving certificate of an extension \
            API server, who makes it has not done so, or under another name or in another namespace (cert-manager: secretName of the \
            Certificate).",
        rules: &["serving-certificate-name"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r#"MountVolume\.SetUp failed for volume [\\"]{1,2}(?P<volume>[^"\\\n]{1,120})[\\"]{1,2} ?: (?P<kind>secret|configmap|references non-existent secret key|object) [^\n]{0,200}not (?:found|registered)"#,
        printed_by: "a kubelet, about a Pod",
        about: About::SomethingElse,
        meaning: "No certificate is judged here: the Pod waits, because what its volume {volume} is made of is not in its namespace (yet). \
            Who makes it has not done so, or under another name or in another namespace. An extension API server's APIService has no \
            endpoints until its Pod starts.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"√ tap API server (?:has valid cert|cert is valid for at least \d+ days|is running)[^\n]{0,40}|√ tap api service is running",
        printed_by: "linkerd check, of the extension API server of linkerd-viz",
        about: About::NoFailure,
        meaning: "This is no failure: `√` is a check that passed (`‼` is a warning, `×` a failure).",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"tap API server (?:has valid cert|cert is valid for at least)[^\n]{0,200}",
        printed_by: "linkerd check, of the extension API server of linkerd-viz",
        about: About::ExtensionServer,
        meaning: "A check of the *serving* certificate of v1alpha1.tap.linkerd.io (the Secret tap-k8s-tls); the line below it says how it \
            went. `will expire on` is a certificate that still is valid and ends soon; `not found` is a Secret that is missing or has \
            another name in this version; `expired` and `not issued by` are ones that kube-apiserver does not accept by the caBundle: have \
            both made anew together, by the chart or by cert-manager.",
        rules: &["serving-certificate-expired", "serving-certificate-untrusted"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: concat!(
            "The Kubernetes API could not find (?P<what>",
            aggregated_groups!(group_of),
            r"/\S+) for requested resource"
        ),
        printed_by: "Argo CD",
        about: About::ExtensionServer,
        meaning: "Nothing serves {what}, an aggregated API, in that cluster: its APIService is not installed there, or not available.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"The Kubernetes API could not find (?P<what>\S+) for requested resource",
        printed_by: "Argo CD",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: nothing serves {what} in that cluster. Most often its CustomResourceDefinition is not \
            installed there, or is of another version. Only if an APIService with a Service names the group is it an aggregated API, and \
            then its condition says why it is not available.",
        rules: &[],
        next: &["kubectl get crds", "kubectl get apiservices"],
    },
    Message {
        pattern: r"certificate signing request is denied, reason: (?P<why>[^\x22\n]{0,200})",
        printed_by: "a kubelet, or another program that asks the cluster for a certificate (client-go, util/certificate)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a program asked for a certificate by a CertificateSigningRequest, and an approver denied it \
            ({why}). What was denied stays so: the program asks again, and the approver's rules, or what the request asks for, are to be \
            changed.",
        rules: &[],
        next: &["kubectl get certificatesigningrequests"],
    },
    Message {
        pattern: r"[Cc]ertificate (?:signing )?request (?P<name>\S+ )?was not signed[^\n]{0,80}|[Cc]ertificate was not signed(?:: [^\n]{0,80}|\W*$)",
        printed_by: "a kubelet, or another program that asks the cluster for a certificate (client-go, util/certificate)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a program asked for a certificate by a CertificateSigningRequest, and nobody approved it in \
            time, or no signer issued it. A kubelet's serving certificate (kubernetes.io/kubelet-serving) is approved by hand or by an \
            approver of its own; the signers are kube-controller-manager's (--cluster-signing-cert-file).",
        rules: &[],
        next: &["kubectl get certificatesigningrequests", "kubectl certificate approve NAME"],
    },
];

pub(super) static GENERAL: &[Message] = super::rows![
    Message {
        pattern: r"(?i)[‼×] tap api (?:server|service) is running",
        printed_by: "linkerd check, of the extension API server of linkerd-viz",
        about: About::ExtensionServer,
        meaning: "The APIService v1alpha1.tap.linkerd.io is not available. That says nothing about the cause; the line below it, which is \
            the message of its condition, does.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl describe apiservice v1alpha1.tap.linkerd.io | aggcert explain"],
        role: Role::Symptom,
    },
    Message {
        pattern: r"\betcdserver: (?P<why>(?:mvcc: )?(?:database space exceeded|request is too large|no space)[^\n\x22]{0,60})",
        meaning: "This is not the front proxy, and no certificate: kube-apiserver, or another API server with an etcd of its own, could \
            not write ({why}). A full database takes no more until it is compacted, defragmented and its alarm is taken away (`etcdctl \
            alarm disarm`); an object over 1.5 MiB is never taken.",
        ..OF_ETCD
    },
    Message {
        pattern: r"\betcdserver: (?P<why>request timed out|leader changed|no leader|not leader|too many requests|server stopped|request ignored|unhealthy cluster|not capable|rpc not supported|lease not found|requested lease not found|raft: stopped|mvcc: required revision[^\n\x22]{0,60})",
        meaning: "This is not the front proxy, and no certificate: kube-apiserver, or another API server with an etcd of its own, got no \
            good answer of etcd ({why}). Once, while etcd's leader changes, is harmless; often, etcd's disk or the network between its \
            members is too slow, or too few members run.",
        ..OF_ETCD
    },
    Message {
        pattern: r"the server could not find the requested resource",
        printed_by: "a client of kube-apiserver, or of an aggregated API",
        about: About::SomethingElse,
        meaning: "The answer was 404: nothing serves that path. The API is not installed or is of another version, or the extension API \
        server was reached and does not know it. No certificate is involved.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"body was not decodable \(unable to check for Status\)[^\n]{0,200}",
        printed_by: "a client of kube-apiserver (client-go, rest/request.go)",
        about: About::SomethingElse,
        meaning: "The answer was no object of Kubernetes but plain text or a page: what answered is a proxy or a load balancer, or \
            kube-apiserver with an error such as 503 for an aggregated API that is not available. Which request it was, the lines beside \
            it say. No certificate was judged.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"rejected connection (?:on (?:client|peer) endpoint|from [^\n]{1,80}\(error)[^\n]{0,200}",
        printed_by: ETCD,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: etcd turned a connection away. With `EOF` it was opened and closed without a TLS handshake, \
            by a health check or a load balancer, and that is harmless; otherwise the words in the brackets say why, most often that the \
            client has no certificate of etcd's CA or speaks plain HTTP.",
        rules: &[],
        next: &[],
    },
];
