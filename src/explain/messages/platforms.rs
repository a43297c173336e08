//! What distributions say of their own aggregated APIs and of their own ways into a cluster: OpenShift's operators, the operator
//! lifecycle manager, k3s, RKE2 and Rancher.

use super::{About, CHECK, CHECK_CONDITIONS, CHECK_CONFIG_MAP, Message, Role};

/// What an operator of OpenShift says of APIServices.
const CLUSTER_OPERATOR: Message = Message {
    pattern: "",
    printed_by: "an operator of OpenShift, in the condition of a ClusterOperator",
    about: About::ExtensionServer,
    meaning: "",
    rules: &["apiservice-unavailable"],
    next: &["kubectl get clusteroperators", CHECK_CONDITIONS],
    ..Message::PLAIN
};

/// Others have its words: `shared` looks for its name.
pub(super) const KONNECTIVITY: &str =
    "konnectivity (apiserver-network-proxy): the proxy server beside kube-apiserver, or an agent on a node";

/// Others have its words: `shared` looks for its name.
pub(super) const REMOTE_DIALER: &str =
    "k3s, RKE2 or Rancher (remotedialer), of the tunnel between a server and an agent";

const CLUSTER_API: &str = "Cluster API (KubeadmControlPlane), of a workload cluster";

/// Others have its words: `shared` looks for its name.
pub(super) const RANCHER_TOKEN: &str = "k3s or RKE2, of the token, the CAs or the configuration of the cluster";

/// Others have its words: `shared` looks for its name.
pub(super) const RANCHER_CERTIFICATE: &str = "k3s, RKE2 or Rancher, of one of their certificates";

/// What the operator lifecycle manager says of the APIServices of an operator.
const LIFECYCLE_MANAGER: Message = Message {
    pattern: "",
    printed_by: "the operator lifecycle manager, of a ClusterServiceVersion",
    about: About::ExtensionServer,
    meaning: "",
    rules: &[],
    next: &[],
    ..Message::PLAIN
};

/// Others have its words: `shared` looks for its name.
pub(super) const OWNED_APIS: &str =
    "the operator lifecycle manager, of a ClusterServiceVersion (InstallWaiting, ComponentUnhealthy)";

/// CAs and keys that were replaced on one server alone (k3s, pkg/cluster, ReconcileBootstrapData).
const OF_ONE_SERVER: Message = Message {
    printed_by: "k3s or RKE2 at start-up (bootstrap data of the cluster)",
    about: About::SomethingElse,
    meaning: "A server of k3s or RKE2 does not start: CAs or keys on its disk ({files}) are others, and newer, than those that the \
        cluster's datastore holds for all servers, so somebody made or copied them on this server alone. To keep the cluster's, move these \
        files away and start again; to bring in new ones for all servers, `certificate rotate-ca` is the way. What is replaced on one \
        server is not trusted by the others.",
    rules: &["node-drift"],
    ..Message::PLAIN
};

pub(super) static MESSAGES: &[Message] = super::rows![
    Message {
        pattern: r"(?P<files>/[^\n\x22]{0,400}request-header-ca[^\n\x22]{0,400}) newer than datastore and (?:c|w)ould cause a cluster outage",
        about: About::FrontProxy,
        ..OF_ONE_SERVER
    },
    Message {
        pattern: r"(?P<files>/[^\n\x22]{1,400}) newer than datastore and (?:c|w)ould cause a cluster outage",
        ..OF_ONE_SERVER
    },
    Message {
        pattern: r"aggregator CA is already set in v1alpha1 config[^\n\x22]{0,160}",
        printed_by: "Talos, of its machine configuration",
        about: About::FrontProxy,
        meaning: "The machine configuration names the front-proxy CA twice, in cluster.aggregatorCA and in a document of its own. No \
            certificate is wrong: take one of the two away.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:\[talos\]|secrets\.Kubernetes\w+Controller|talosctl|[Mm]achine ?[Cc]onfig|/system/secrets/kubernetes)[^\n]{0,400}?(?:\baggregatorCA\b|\baggregator (?:CA|cert))[^\n]{0,300}|\bcluster\.aggregatorCA\b[^\n]{0,200}",
        printed_by: "Talos, of a control-plane node",
        about: About::FrontProxy,
        meaning: "Talos calls the front-proxy CA `aggregator`: it is cluster.aggregatorCA of the machine configuration, and Talos makes \
            the front-proxy client from it by itself. What it says behind that word is wrong with that CA's certificate or key, or with \
            the place where they are written. Both must be of one pair, not expired, and the same on all control-plane nodes.",
        rules: &["ca-expired", "proxy-client-key-mismatch", "proxy-client-missing"],
        next: &["talosctl get machineconfig -o yaml"],
    },
    Message {
        pattern: r"could not complete Concierge credential exchange: [^\n]{0,120}",
        printed_by: "the log-in plug-in of Pinniped (pinniped login), a client of an aggregated API",
        about: About::NotTold,
        meaning: "Pinniped's Concierge, an extension API server, did not give the user credentials. With `Unauthorized` or `authentication \
            failed` it did not take the user's token (the authenticator's issuer, audience or expiry), or did not accept kube-apiserver's \
            front-proxy client; Concierge's log says which. Anything else is an APIService that is not available, or the way to \
            kube-apiserver.",
        rules: &["apiservice-unavailable", "proxy-client-untrusted"],
        next: &["kubectl get apiservices | grep pinniped", CHECK_CONDITIONS],
    },
    Message {
        pattern: r#"[\\"']{0,2}(?P<group>[a-z0-9-]+\.[a-z0-9.-]+\.v\d\w*)[\\"']{0,2} (?:is not ready:|failed with) \[?(?:an attempt failed with statusCode = )?0(?:, err = | \()(?P<why>[^\n]{0,300})"#,
        printed_by: "an operator of OpenShift, of an aggregated API (library-go, the condition APIServicesAvailable)",
        about: About::NotTold,
        meaning: "The operator asked kube-apiserver for {group} and had no answer at all: {why}. It did not reach kube-apiserver, which \
            was starting or ending, or is too slow; nothing is told of the APIService.",
        rules: &[],
        next: &["kubectl get --raw '/readyz?verbose'", "kubectl get apiservices"],
    },
    Message {
        pattern: r#"[\\"']{0,2}(?P<group>[a-z0-9-]+\.[a-z0-9.-]+\.v\d\w*)[\\"']{0,2} (?:is not ready:|failed with) \[?an attempt failed with statusCode = 503, err = [^\n]{0,300}"#,
        printed_by: "an operator of OpenShift, of an aggregated API (library-go, the condition APIServicesAvailable)",
        about: About::ExtensionServer,
        meaning: "The operator asked kube-apiserver for {group}, and the answer was 503: the APIService is not available. That says \
            nothing about the cause; the condition of the APIService does (401 there is the front proxy, x509 the caBundle, a time-out the \
            network).",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
        role: Role::Symptom,
    },
    Message {
        pattern: r#"[\\"']{0,2}(?P<group>[a-z0-9-]+\.[a-z0-9.-]+\.v\d\w*)[\\"']{0,2} (?:is not ready:|failed with) \[?an attempt failed with statusCode = (?P<status>50[0124-9]|5[1-9]\d), err = (?P<why>[^\n]{0,300})"#,
        printed_by: "an operator of OpenShift, of an aggregated API (library-go, the condition APIServicesAvailable)",
        about: About::ExtensionServer,
        meaning: "The operator asked kube-apiserver for {group}, and the answer was {status}: {why}. The front proxy is not refused with \
            such a status. `Unauthorized` or `forbidden` behind the path is what kube-apiserver answered the extension API server, which \
            asked it what the user may do: its own token is not accepted, or may not ask. Restart its Pods after the keys that sign tokens \
            have changed.",
        rules: &["extension-auth-delegator", "apiservice-unavailable"],
        next: &[CHECK_CONDITIONS],
    },
    Message {
        pattern: r#"[\\"']{0,2}(?P<group>[a-z0-9-]+\.[a-z0-9.-]+\.v\d\w*)[\\"']{0,2} (?:is not ready:|failed with) \[?an attempt failed with statusCode = (?P<status>\d{3}), err = (?P<why>[^\n]{0,300})"#,
        printed_by: "an operator of OpenShift, of an aggregated API (library-go, the condition APIServicesAvailable)",
        about: About::ExtensionServer,
        meaning: "The operator asked kube-apiserver for {group}, and the answer was {status}: {why}. 401 from one group alone says that \
            the extension API server does not take kube-apiserver's front-proxy client; from all groups, that the operator's own token is \
            not accepted. 404 says that nothing serves the group yet.",
        rules: &["apiservice-unavailable", "proxy-client-untrusted"],
        next: &[CHECK_CONDITIONS],
    },
    Message {
        pattern: r"apiservices\.apiregistration\.k8s\.io/(?P<name>v\d\w*\.[a-z0-9.-]+): not available: (?P<why>[^\n]{0,300})",
        printed_by: "an operator of OpenShift (library-go, the condition APIServicesAvailable)",
        about: About::ExtensionServer,
        meaning: "The APIService {name} is not available, and the words of its own condition follow: {why}. `no response from` or \
            `endpoints … have no addresses` is a Pod that does not run or is not reached; x509 is its caBundle; 401 the front proxy.",
        rules: &["apiservice-unavailable"],
        next: &[CHECK_CONDITIONS],
    },
    Message {
        pattern: r"APIServices(?:Available|Degraded|_\w+)\W[^\n]{0,80}(?:PreconditionNotReady|DisabledAPIServicesPresent)|APIServicesAvailable: PreconditionNotReady",
        printed_by: "an operator of OpenShift (library-go, the condition APIServicesAvailable)",
        about: About::ExtensionServer,
        meaning: "The operator has not made its APIServices yet, because what they need is not there: the extension API server's \
            Deployment is not rolled out, or (for oauth-apiserver) the cluster's bootstrap is not complete. At an installation that \
            passes; where it stays, look at the Pods of that extension API server. No certificate is involved yet.",
        rules: &["apiservice-service-missing"],
        next: &["kubectl get clusteroperators", "kubectl get apiservices"],
    },
    Message {
        pattern: r"(?i)api ?services? not (?:installed|healthy)",
        printed_by: OWNED_APIS,
        about: About::ExtensionServer,
        meaning: "The operator that is to be installed owns an aggregated API, and its APIService is not there or not available yet. Where \
            it stays, the condition of that APIService says why: the Pod does not run, or its certificate and caBundle, which the operator \
            lifecycle manager makes, do not fit.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"(?:updating (?P<kind>\w+)|apiservice) (?P<name>\S+)[^\n]{0,40} with the service signing CA bundle",
        printed_by: "OpenShift's service-ca operator",
        about: About::NoFailure,
        meaning: "This is no failure: service-ca writes its CA into the caBundle of {kind} {name}, which has the annotation \
            service.beta.openshift.io/inject-cabundle.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"https?://[^/\s\x22]+/v1-(?:k3s|rke2)/cert/cacerts[^\n]{1,40}? (?P<why>[^\n]{0,300}request-header-ca[^\n]{0,200})",
        printed_by: "k3s or RKE2 (certificate rotate-ca)",
        about: About::FrontProxy,
        meaning: "The new CA of the front proxy (request-header-ca.crt) is not taken: {why}. rotate-ca wants one whose root, or a \
            cross-signed intermediate, the old one verifies, with its key. `--force` takes any other, which every server must then have, \
            and be restarted with.",
        rules: &["proxy-client-untrusted"],
        next: &[],
    },
    Message {
        pattern: r"https?://[^/\s\x22]+/v1-(?:k3s|rke2)/cert/cacerts[^\n]{1,40}? (?P<why>[^\n]{0,300})",
        printed_by: "k3s or RKE2 (certificate rotate-ca)",
        about: About::NotTold,
        meaning: "The new CAs that were given to `certificate rotate-ca` are not taken: {why}. The file that it names tells which CA it \
            is; request-header-ca is the front proxy's.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"https?://(?P<server>[^/\s\x22]+)/(?:cacerts|v1-(?:k3s|rke2)/[^\s\x22:]*)[^\n]{0,20}?(?::|:? \w+) (?P<why>[^\n]{0,200})",
        printed_by: "k3s or RKE2 on a node that joins, or Rancher's agent",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the node asked the supervisor of a k3s or RKE2 server ({server}, port 6443 or 9345) for the \
            cluster's CAs or its configuration, and did not get them: {why}. A 401 is a wrong token, or another node's name; x509 a server \
            address that the supervisor's certificate does not name, the token's hash of another CA, or with `is before` a clock that is \
            behind; a time-out the network.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"RequestHeaderCA(?:Key)?: (?P<why>new CA[^\n]{1,200})",
        printed_by: "k3s or RKE2 (certificate rotate-ca)",
        about: About::FrontProxy,
        meaning: "The new CA of the front proxy (request-header-ca.crt) is not taken: {why}. rotate-ca wants one whose root, or a \
            cross-signed intermediate, the old one verifies, with its key. `--force` takes any other, which every server must then have, \
            and be restarted with.",
        rules: &["proxy-client-untrusted", "ca-expiring"],
        next: &["k3s certificate rotate-ca --path DIR    # rke2 certificate rotate-ca"],
    },
    Message {
        pattern: r"token CA hash does not match the Cluster CA certificate hash[^\n]{0,200}|invalid token (?:CA hash length|format)|CA cert validation failed[^\n]{0,200}|Failed to get servers?' CA[^\n]{0,120}|failed to validate new CA certificates and keys[^\n]{0,200}|new CA (?:is self-signed|cert cannot be verified using old CA chain|cert and key cannot be loaded)[^\n]{0,160}|(?:Sending HTTP \d+ response to \S+: )?runtime core not ready|critical configuration (?:value )?mismatch[^\n]{0,80}",
        printed_by: RANCHER_TOKEN,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a server or a node of k3s or RKE2 does not go on. Its token names another cluster CA than \
            the server has (a new cluster, or a CA that was rotated), the new CA does not follow from the old one, or the server is not \
            ready yet; the line says which.",
        rules: &[],
        next: &["cat /var/lib/rancher/k3s/server/token    # on a server; rke2 for RKE2"],
    },
    Message {
        pattern: r"(?:Signer|Target|CABundle)UpdateRequired\b[^\n]{0,200}?(?P<named>(?:kube-apiserver-)?aggregator-client(?:-signer|-ca)?)\b[^\n]{0,200}|(?P<name>(?:kube-apiserver-)?aggregator-client(?:-signer|-ca)?)[\\\x22']{0,2} in [\\\x22']{0,2}[a-z-]+[\\\x22']{0,2} requires a new [^\n]{1,200}",
        printed_by: "OpenShift's kube-apiserver operator (library-go, certrotation)",
        about: About::FrontProxy,
        meaning: "This is no failure by itself: the front proxy's certificate or CA of OpenShift ({name}{named}) is due, and the operator \
            makes it anew. Where it says so for hours, it cannot write: its own log says why.",
        rules: &["proxy-client-expiring"],
        next: &["oc -n openshift-kube-apiserver describe secret aggregator-client"],
    },
    Message {
        pattern: r#"(?P<name>\S+) in \S+ requires a new (?:signing cert/key pair|target cert/key pair|cert): [^\n]{1,160}|\b(?:Signer|Target|CABundle)UpdateRequired\b"#,
        printed_by: "an operator of OpenShift (library-go, certrotation)",
        about: About::NoFailure,
        meaning: "This is no failure: the operator makes a certificate or a CA of the cluster anew, because it is due. The front proxy's \
            are called aggregator-client.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"generated self-signed CA certificate (?P<name>CN=[^\s:]*request-header[^\s:]*)(?:: notBefore=[^\n]{1,80})?",
        printed_by: "k3s or RKE2 (dynamiclistener, factory)",
        about: About::FrontProxy,
        meaning: "This is no failure at a first start: the server made a new CA for the front proxy, {name}. On a server that joins, or at \
            a later start, it means that it did not get the cluster's own: its clients are then not accepted by the others.",
        rules: &["node-drift"],
        next: &[CHECK],
    },
    Message {
        pattern: r"generated self-signed CA certificate (?P<name>CN=[\w.-]*-(?:client|server|peer)-ca\b[@\d]*)(?:: notBefore=[^\n]{1,80})?",
        printed_by: "k3s or RKE2 (dynamiclistener, factory)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no failure at a first start: the server made a new CA of the cluster, {name}. On a \
            server that joins, or at a later start, it means that it did not get the cluster's own.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:missing required resources|RequiredInstallerResourcesMissing|CertificateUpdateFailed|[Ff]ailed to sync (?:configmap|secret))[^\n]{0,300}?\b(?P<name>aggregator-client[\w-]*)[^\n]{0,200}",
        printed_by: "OpenShift's installer of kube-apiserver, or what keeps its certificates on the nodes",
        about: About::FrontProxy,
        meaning: "{name} is an object of the front proxy (its certificate, or the CA that kube-apiserver verifies it by), and it is not \
            there yet, or could not be written on the node; the line says why. Until then the node keeps what it has, or its \
            kube-apiserver does not start.",
        rules: &["proxy-client-missing", "requestheader-ca-missing"],
        next: &["oc get clusteroperators kube-apiserver"],
    },
    Message {
        pattern: r"(?:Wrote updated (?:secret|configmap|object): |Syncing (?:configmaps|secrets): )[^\n]{0,300}?\b(?P<name>aggregator-client[\w-]*)[^\n]{0,200}",
        printed_by: "what keeps the certificates of OpenShift's kube-apiserver on the nodes",
        about: About::FrontProxy,
        meaning: "This is no failure: {name}, an object of the front proxy, was written or is looked at.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"CertRotation_AggregatorProxyClientCert_Degraded[^\n]{0,300}",
        printed_by: "OpenShift's kube-apiserver operator (library-go, certrotation)",
        about: About::FrontProxy,
        meaning: "The operator could not renew the front proxy's certificate or its CA (aggregator-client, aggregator-client-signer); the \
            words behind it say why: an object that somebody else changed or made, a right, or kube-apiserver. What was there stays in use \
            until it expires.",
        rules: &["proxy-client-expiring"],
        next: &["oc -n openshift-kube-apiserver-operator describe secret aggregator-client-signer"],
    },
    Message {
        pattern: r"^\W*(?:openshift-[\w-]+?[\s_/]+)?aggregator-client(?:-signer)?(?:@\d+)?[\x22\s]+(?:\[\]\s+)?(?:issuer=\S+\s+)?(?:notAfter=|\(\d{4}-[^\n)]{1,60} to \d{4}-)[^\n]{0,80}",
        printed_by: "a list of the dates of OpenShift's certificates",
        about: About::FrontProxy,
        meaning: "This is no failure by itself: it is the certificate or the CA of OpenShift's front proxy, and the dates between which it \
            is valid. OpenShift renews both by itself, long before; once they have expired, aggregated APIs answer 401.",
        rules: &["proxy-client-expiring"],
        next: &[],
    },
    Message {
        pattern: r"no (?:openshift|oauth)-apiserver api endpoints found|(?:openshift|oauth)-apiserver [^\n]{0,60}endpoints? (?:not found|missing)",
        printed_by: "an operator of OpenShift",
        about: About::ExtensionServer,
        meaning: "The Service of that extension API server has no ready Pod, so its APIServices are not available. Its Pods' logs say why.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get clusteroperators", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"[Aa]dding GroupVersion (?P<group>\S+) (?P<version>\S+) to ResourceManager",
        printed_by: "an API server (k8s.io/apiserver, endpoints/discovery/aggregated)",
        about: About::NoFailure,
        meaning: "This is no failure: the API server lists {group}/{version} among what it serves. It says so of each \
            CustomResourceDefinition and APIService that is added.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Detected change in extension-apiserver-authentication ConfigMap, exiting so apiserver can be restarted|[Uu]nable to watch the extension auth ConfigMap[^\n]{0,200}|Failed to get client to watch extension auth ConfigMap[^\n]{0,200}",
        printed_by: "Calico's API server (calico-apiserver)",
        about: About::ExtensionServer,
        meaning: "Calico's API server watches kube-system/extension-apiserver-authentication by itself and ends when it changes, so that \
            it starts with the new CA: after a rotation that is right. Again and again, the control-plane nodes write in turn because \
            their flags differ; where it cannot watch, a right or the way to kube-apiserver is missing.",
        rules: &["node-drift", "configmap-drift"],
        next: &[CHECK_CONFIG_MAP],
    },
    Message {
        pattern: r"certificate (?P<name>CN=\S+) signed by (?P<ca>CN=\S+): notBefore=(?P<from>[^\n]{10,40}?) notAfter=(?P<until>[^\n\x22]{10,40})",
        printed_by: "k3s, RKE2 or Rancher (dynamiclistener, cert.NewSignedCert)",
        about: About::NoFailure,
        meaning: "This is no failure: {ca} signed the certificate {name}, valid until {until}. CN=system:auth-proxy of a request-header-ca \
            is the front proxy's client; a new CA of that name, instead of a new certificate, must be on every server of the cluster.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"APIService install failed: [^\n]{1,300}|APIService not available for [^\n]{1,200}|could not convert APIService CA bundle to x509 cert",
        printed_by: "the operator lifecycle manager",
        about: About::ExtensionServer,
        meaning: "The operator lifecycle manager could not make the APIService of an operator, or does not find it available; what stands \
            behind the message says why. Where the caBundle cannot be read it is empty or no PEM, and the manager writes it anew.",
        rules: &["apiservice-unavailable", "apiservice-ca-bundle"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"no client CA cert available for apiextension-server",
        printed_by: "linkerd's tap (viz/tap/api)",
        about: About::FrontProxy,
        meaning: "The ConfigMap kube-system/extension-apiserver-authentication has no requestheader-client-ca-file, so that the tap API \
            knows no front proxy and does not start: kube-apiserver runs without --requestheader-client-ca-file.",
        rules: &["requestheader-ca-missing"],
        next: &[super::CHECK, super::CHECK_CONFIG_MAP],
    },
    Message {
        pattern: r"certs\.k8saggregator is required",
        printed_by: "talosctl, of a bundle of secrets",
        about: About::FrontProxy,
        meaning: "The bundle of secrets has no front-proxy CA, which Talos calls the aggregator's (`certs.k8saggregator`, \
            cluster.aggregatorCA of the machine configuration). Take the bundle that the cluster was made with: a running cluster keeps \
            its front-proxy CA.",
        rules: &["requestheader-ca-missing"],
        next: &[],
    },
    Message {
        pattern: r"proxyClientCertFile and proxyClientKeyFile must both be specified(?: \(or neither\))?|spec\.kubeAPIServer\.proxyClient(?:Cert|Key)File: [^\n]{1,120}",
        printed_by: "kops, of a cluster's spec",
        about: About::FrontProxy,
        meaning: "The cluster's spec sets one half of the front proxy's pair: spec.kubeAPIServer.proxyClientCertFile and \
            proxyClientKeyFile (--proxy-client-cert-file, --proxy-client-key-file) are set both or neither. Without them kops makes the \
            pair itself.",
        rules: &["proxy-client-missing"],
        next: &["kops edit cluster"],
    },
    Message {
        pattern: r#"cannot get path [\\"]{1,3}(?P<path>[^"\\\n]{1,120})[\\"]{1,3}: only /api, /apis, /openapi/v2, and /openapi/v3 supported"#,
        printed_by: "Rancher's extension API server (ext.cattle.io)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the request was let in, and Rancher's extension API server answers for no path such as \
            {path}. Ask kube-apiserver for that.",
        rules: &[],
        next: &[],
    },
];

pub(super) static GENERAL: &[Message] = super::rows![
    Message {
        pattern: r"\b(?:secrets? )?[\x22\x27\\]{0,2}(?P<name>[a-z0-9][a-z0-9.-]*-service-cert)\b[\x22\x27\\]{0,2}:? [^\n]{0,160}?(?:not found|forbidden|expired|invalid|missing|denied)[^\n]{0,80}",
        printed_by: "the operator lifecycle manager, by the name of the Secret",
        about: About::NotTold,
        meaning: "{name} is the Secret with a serving certificate that the operator lifecycle manager makes for a Deployment: where that \
            serves an aggregated API, as packageserver does, its APIService is not available until it is there; otherwise it is a \
            webhook's. The conditions of the ClusterServiceVersion say whether it waits for the certificate, or for a right to write it.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get clusterserviceversions --all-namespaces", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"\b[Cc]ertificates? for (?:[a-z, ]{1,40}, ?)?proxy\b[^\n]{0,20}\b(?:not|un)[a-z ]{0,4}available[^\n]{0,100}",
        printed_by: CLUSTER_API,
        about: About::FrontProxy,
        meaning: "A Secret with a CA of the *workload* cluster is not there (yet); `proxy` is its front-proxy CA, the Secret CLUSTER-proxy \
            in the namespace of the Cluster. Cluster API makes the CAs itself at first; where CAs of one's own were given, or a Secret was \
            deleted, all of them must be there.",
        rules: &["requestheader-ca-missing"],
        next: &["kubectl get secrets --all-namespaces | grep -e -proxy -e -ca -e -etcd -e -sa"],
    },
    Message {
        pattern: r"front-?proxy[- ](?i:ca|client)\b[^\n]{0,80}?\b(?i:secrets?) (?P<name>[^\n]{1,120}?) (?:is )?(?:not found|missing|does not exist)",
        printed_by: "a controller that keeps the front proxy's CA of a cluster in a Secret",
        about: About::FrontProxy,
        meaning: "The Secret {name}, which is to hold the front-proxy CA or its client, is not there (yet), or has another name. Whether \
            it is this cluster's, or that of a workload cluster or a hosted control plane which the controller makes, its namespace \
            tells.",
        rules: &["requestheader-ca-missing"],
        next: &["kubectl get secrets --all-namespaces | grep -e proxy -e aggregator"],
    },
    Message {
        pattern: r"[Cc]ertificates are missing or unknown, can't join a new machine",
        printed_by: CLUSTER_API,
        about: About::NotTold,
        meaning: "Secrets with the CAs of the *workload* cluster are not there (yet), or could not be read, so no control-plane node is \
            added: CLUSTER-ca, CLUSTER-etcd, CLUSTER-sa and CLUSTER-proxy, the front-proxy CA. The condition CertificatesAvailable of the \
            KubeadmControlPlane says which.",
        rules: &[],
        next: &["kubectl get secrets --all-namespaces | grep -e -proxy -e -ca -e -etcd -e -sa"],
    },
    Message {
        pattern: r"extract authorizer attributes: [^\n]{1,120}|\bno user on (?:context|request)\b",
        printed_by: "an API server's authorizer, most often of an extension API server such as Calico's (k8s.io/apiserver, GetAuthorizerAttributes)",
        about: About::ExtensionServer,
        meaning: "The server was to say what a user may do, and nobody had told it who the user is: its authentication is off, or does not \
            stand before the authorizer. A request that kube-apiserver proxied and that was authenticated has one. No certificate is \
            judged here.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Denied access to api ?service proxy at path[^\n]{0,300}",
        printed_by: "vcluster, which proxies aggregated APIs between its own cluster and the host's",
        about: About::SomethingElse,
        meaning: "This is not kube-apiserver's front proxy: vcluster's own proxy of an API of the host cluster knew the caller and refused \
            the path, as it passes on only what its rules name. Only a right is missing, or the rules of that version do not have the \
            path.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"CSV [\\"']{0,2}(?P<name>packageserver[\w.-]*)[\\"']{0,2} failed to reach phase [\\"']{0,2}\w+"#,
        printed_by: "the installer of the operator lifecycle manager, of its extension API server",
        about: About::NotTold,
        meaning: "{name} serves packages.operators.coreos.com, an aggregated API, and was not ready in time. Its Pod does not run, or its \
            APIService is not available; the condition of that, and the ClusterServiceVersion's, say which.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices v1.packages.operators.coreos.com", CHECK_CONDITIONS],
    },
    Message {
        pattern: r#"[\\"']{0,2}(?P<group>[a-z0-9-]+\.[a-z0-9.-]+\.v\d\w*)[\\"']{0,2} is not ready: (?P<why>[^\n\x22`]{1,300})"#,
        printed_by: "an operator of OpenShift, of an aggregated API (library-go, the condition APIServicesAvailable)",
        about: About::ExtensionServer,
        meaning: "The operator asked kube-apiserver for {group}, and the answer was {why}. 503 is an APIService that is not available, 401 \
            from one group alone the front proxy, 5xx otherwise an error of the extension API server's own.",
        rules: &["apiservice-unavailable"],
        next: &[CHECK_CONDITIONS],
    },
    Message {
        pattern: r"[Ff]ailed to resolve PKI config for signer \S{1,80}, falling back to default profile[^\n]{0,200}",
        printed_by: "an operator of OpenShift (library-go, certrotation/signer.go)",
        about: About::NoFailure,
        meaning: "This is no failure: the cluster has no settings of its own for the keys of that CA, so the operator makes them as by default.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"register\.go:\d+\] [Ee]rror creating api service (?P<why>[^\n]{0,300})",
        printed_by: "vcluster, which proxies an aggregated API of the host cluster",
        about: About::ExtensionServer,
        meaning: "vcluster could not make the APIService by which its cluster has an API of the host's, such as metrics.k8s.io: {why}. No \
            certificate is involved. Where the cache is not started, it asked too early; until the APIService is there the API is not \
            served.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"[Ff]ailed to (?:dial|connect to) (?:the )?ste?ve?[ -]aggregation(?: server)?[^\n]{0,300}|(?i:secrets?) [\x22\x27\\]{0,2}(?:cattle-system/)?stv-aggregation\b[^\n]{0,200}?(?:not found|forbidden|invalid|denied|failed)[^\n]{0,80}",
        printed_by: "an agent of Rancher, of its tunnel (steve, aggregation.ListenAndServe)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, whatever the name: steve's aggregation is a tunnel by which Rancher reaches the cluster, \
            opened by its agent with the address, the token and the CA in the Secret cattle-system/stv-aggregation. Refused certificates \
            are Rancher's own or its ingress's, and a bad handshake is a token that is no longer valid or a proxy in between.",
        rules: &[],
        next: &["kubectl -n cattle-system get secret stv-aggregation"],
    },
    Message {
        pattern: r"kube-apiserver did not contact the rancher imperative api in time|API Aggregation not ready",
        printed_by: "Rancher 2.11 and later, of its own aggregated API (v1.ext.cattle.io)",
        about: About::ExtensionServer,
        meaning: "kube-apiserver has not called Rancher's extension API server (port 6666 of its Pods) in time: the APIService \
            v1.ext.cattle.io is not available, or kube-apiserver has no aggregation layer (the --requestheader-* and --proxy-client-* \
            flags).",
        rules: &["apiservice-unavailable", "aggregation-not-configured"],
        next: &["kubectl get apiservices v1.ext.cattle.io", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"(?:un|not )adoptable [Aa][Pp][Ii][Ss]ervice|unable to adopt APIService|pre-existing APIService \S+ is not adoptable|APIService not adoptable[^\n]{0,160}|adopted apiservice has unknown owner",
        meaning: "An APIService of that name is there and belongs to somebody else: another operator, a ClusterServiceVersion that is \
            gone, Helm or a hand. No certificate is involved. A version of a group has one APIService, so see whose it is (the labels \
            olm.owner, metadata.managedFields) and remove the one of the two that is not wanted; to install the operator anew does not \
            help.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices --show-labels"],
        ..LIFECYCLE_MANAGER
    },
    Message {
        pattern: r"APIService \S* ?(?:temporarily )?unavailable due to pod disruption[^\n]{0,160}",
        meaning: "The operator lifecycle manager waits on purpose: the Pod of an extension API server moves (a node is drained or \
            restarted, a new version is rolled out), so its APIService is not available for a while. That passes by itself; where it \
            stays, the Pods of that Deployment say why. No certificate is involved, and nothing is to be deleted.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get pods --all-namespaces -o wide"],
        ..LIFECYCLE_MANAGER
    },
    Message {
        pattern: r"is missing deployment (?P<deployment>\S+) for owned APIServices?(?: (?P<name>\S+))?",
        meaning: "The ClusterServiceVersion itself is at fault: its spec.apiservicedefinitions names the Deployment {deployment} for \
            {name}, and its spec.install has none of that name. No certificate is involved; another version of the operator's bundle \
            helps.",
        rules: &[],
        next: &["kubectl get clusterserviceversions --all-namespaces"],
        ..LIFECYCLE_MANAGER
    },
    Message {
        pattern: r"could not retrieve (?:auth delegator cluster )?role binding (?P<name>\S+(?:-auth-reader|system:auth-delegator))[^\n]{0,200}",
        meaning: "The operator lifecycle manager misses {name}, by which the extension API server of an operator may read \
            kube-system/extension-apiserver-authentication (auth-reader) or ask kube-apiserver about users (auth-delegator). It makes it \
            anew when it installs the operator again; where it does not, its own account may not, or somebody takes the binding away.",
        rules: &["extension-reader-binding", "extension-auth-delegator"],
        next: &[super::CHECK_OBJECTS],
        ..LIFECYCLE_MANAGER
    },
    Message {
        pattern: r"APIService (?:and )?service reference mismatch",
        meaning: "The APIService names another Service (spec.service) than the one that the operator lifecycle manager made for the \
            operator: somebody else wrote it, or it is an older installation's. No certificate is involved; it is written anew when the \
            operator is installed again or updated.",
        rules: &["apiservice-service-missing"],
        next: &["kubectl get apiservices"],
        ..LIFECYCLE_MANAGER
    },
    Message {
        pattern: r"imperative api ca ?bundle will expire within [^\n,]{0,40}, regenerating",
        printed_by: "Rancher, of its extension API server",
        about: About::NoFailure,
        meaning: "This is no failure: Rancher makes the CA and the serving certificate of its extension API server (ext.cattle.io) anew \
            before they end, and writes the caBundle of its APIService.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Authentication and authorization disabled for testing purposes",
        printed_by: "Calico's API server, at start-up",
        about: About::ExtensionServer,
        meaning: "The server lets in everybody who reaches its port, with all rights, and does not ask who the front proxy names: that is \
            a setting for tests alone. Only network policies keep anybody from its Service.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Detected update to extension-apiserver-authentication ConfigMap: No change to data",
        printed_by: "Calico's API server, which watches the ConfigMap",
        about: About::NoFailure,
        meaning: "This is no failure: somebody wrote the ConfigMap kube-system/extension-apiserver-authentication, and it holds what it \
            held.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Detected (?P<what>deletion of|update to) extension-apiserver-authentication ConfigMap",
        printed_by: "Calico's API server, which watches the ConfigMap",
        about: About::NotTold,
        meaning: "This is no failure by itself: somebody wrote or deleted the ConfigMap kube-system/extension-apiserver-authentication \
            ({what} it). Calico's API server ends and starts anew where that changes whom it is to trust. kube-apiserver writes the \
            ConfigMap again within a minute.",
        rules: &[],
        next: &["kubectl -n kube-system get configmap extension-apiserver-authentication"],
    },
    Message {
        pattern: r#"(?i:certificates?)[^\n]{0,100}? (?:near expiration|expir\w+ soon|about to expire),? (?:must be |will be |are being )?(?:rotat|regenerat|renew|recreat)\w+(?P<what>[^\n]{0,200})"#,
        printed_by: "an operator of hosted or virtual control planes (Kamaji, vcluster)",
        about: About::NoFailure,
        meaning: "This is no failure: the operator makes a certificate of such a control plane anew before it ends{what}.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"could not convert serving cert to x509 cert[^\n]{0,160}",
        meaning: "The Secret with the *serving* certificate of an extension API server holds no certificate that can be read in tls.crt. \
            Delete the Secret: the operator lifecycle manager makes it anew, and writes the caBundle of the APIService.",
        rules: &["serving-certificate-untrusted"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
        ..LIFECYCLE_MANAGER
    },
    Message {
        pattern: r"failed to get cert bounds for secret [\x22\\]{0,4}(?P<name>[a-z0-9.-]+)[^\n]{0,200}",
        printed_by: "Pinniped's Concierge (certs-expirer-controller)",
        about: About::ExtensionServer,
        meaning: "The Secret {name} with the *serving* certificate of the extension API server holds none that can be read. Delete it, and \
            the Concierge makes it anew, and writes the caBundle of its APIServices.",
        rules: &["serving-certificate-untrusted"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"NeedsCertRotation|(?:[Dd]eployment|secret)(?: [a-z0-9.-]+)? CA cert hash does not match expected|owned APIServices need cert[^\n]{0,80}|found the (?:serving|CA) cert not active|(?:serving|CA) cert(?:ificate)? (?:is )?not (?:active|owned)[^\n]{0,120}|calculated (?:APIService|CA hash)[^\n]{0,160}",
        meaning: "The *serving* certificate that the operator lifecycle manager made for an extension API server is outside of its \
            validity, or the caBundle of its APIService is another one. It makes both anew by itself; where it does not, delete the Secret \
            with that certificate, which is made anew then.",
        rules: &["serving-certificate-expired", "serving-certificate-untrusted", "apiservice-ca-bundle"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
        ..LIFECYCLE_MANAGER
    },
    Message {
        pattern: r"(?:[Ff]ailed to validate connection to cluster at|[Ff]ailed to get CA certs|[Ww]aiting (?:for|to retrieve) (?:API server|apiserver|agent configuration|kube-apiserver)|starting kubernetes: preparing server|[Kk]ubelet certificate request|[Ff]ailed to (?:find supervisor|retrieve configuration from server))[^\n]{0,300}",
        printed_by: "a program that waits for kube-apiserver, such as k3s or RKE2 at start-up",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the program waits for kube-apiserver; k3s and RKE2 wait for their own, or for the server \
            that they join. etcd, the token, the server's address or the network is the cause; lines before it say which.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"[Cc]luster CA certificate is not trusted by the host CA bundle[^\n]{0,200}",
        printed_by: "an agent of k3s or RKE2 that joins",
        about: About::NoFailure,
        meaning: "This is harmless: the token has no hash of the cluster's CA, so the agent takes the CA that the server shows. With the \
            full token (K10…, of the file node-token of a server) it is verified.",
        rules: &[],
        next: &[],
        role: Role::Harmless,
    },
    Message {
        pattern: r"trying to GET the OAuth well-known https://\d[^\n]{0,200}",
        printed_by: "OpenShift's authentication operator",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: a kube-apiserver, asked by its own address, does not serve the OAuth \
            metadata yet. That passes when each has been started with its new configuration; where it stays, the roll-out of \
            kube-apiserver is stuck.",
        rules: &[],
        next: &["kubectl get clusteroperators"],
    },
    Message {
        pattern: r"failed to get oauth metadata from (?P<place>[^\n]{1,120}?): (?P<why>(?i:configmap)[^\n]{0,60}not found|unauthorized[^\n]{0,80}|[^\n]{0,80}is forbidden[^\n]{0,80})[^\n]{0,120}",
        printed_by: "an operator of OpenShift, in the condition of a ClusterOperator",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: the metadata of the OAuth server are not there yet ({why}), which \
            OpenShift's authentication operator writes to {place}. Its own condition says why.",
        rules: &[],
        next: &["oc get clusteroperator authentication -o yaml"],
    },
    Message {
        pattern: r"(?:trying to GET the OAuth well-known|[Rr]oute is not available at canonical host|failed to get oauth metadata from)[^\n]{0,200}",
        printed_by: "OpenShift's authentication operator",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: the operator does not reach the OAuth server by its route, or \
            kube-apiserver does not name it yet. The ingress, its DNS name or its certificate is the cause.",
        rules: &[],
        next: &["kubectl get clusteroperators"],
    },
    Message {
        pattern: r"APIServices?(?:Degraded|Available|Progressing)\b[^\n]{0,300}bad status[^\n]{0,200}\b401\b",
        about: About::FrontProxy,
        meaning: "The extension API server (openshift-apiserver, oauth-apiserver) answered kube-apiserver 401: it does not take it for the \
            front proxy. Its ConfigMap has another CA than the aggregator's client needs, or that has expired; while the CA is rotated \
            that passes.",
        rules: &["proxy-client-untrusted", "proxy-client-expired", "configmap-drift", "node-drift"],
        ..CLUSTER_OPERATOR
    },
    Message {
        pattern: r"APIServices?(?:Degraded|Available|Progressing)\b[^\n]{0,300}\b40[13]\b",
        about: About::NotTold,
        meaning: "The operator says that APIServices are not available, and that the answer was 401 or 403. Where the others answer, the \
            extension API server (openshift-apiserver, oauth-apiserver) does not take kube-apiserver for the front proxy: its ConfigMap \
            has another CA than the aggregator's client needs, or that has expired; while the CA is rotated that passes. Where all answer \
            so, the operator's own token is not accepted.",
        rules: &["proxy-client-untrusted", "proxy-client-expired", "configmap-drift", "node-drift"],
        ..CLUSTER_OPERATOR
    },
    Message {
        pattern: r"APIServices?(?:Degraded|Available|Progressing)\b[^\n]{0,300}",
        meaning: "The operator says that APIServices are not available, or are being made available, and the words behind it why. \
            `PreconditionNotReady` is a server that is not there yet; a time-out or a refused connection is the network, 401 the front \
            proxy, x509 the caBundle.",
        ..CLUSTER_OPERATOR
    },
    Message {
        pattern: r"(?:OAuthServer\w*|OAuthAPIServer\w*|APIServerDeployment\w*|WellKnown\w*|RouterCerts\w*)(?:Degraded|Available|Progressing)\b[^\n]{0,300}",
        about: About::SomethingElse,
        meaning: "The operator says that a component of it is not in order, and the words behind it why. It is a matter of the aggregation \
            layer only where it names an APIService, or a group with `is not ready`.",
        rules: &[],
        next: &["kubectl get clusteroperators", "kubectl get apiservices"],
        ..CLUSTER_OPERATOR
    },
    Message {
        pattern: r"(?:Failed to connect to proxy|Remotedialer proxy error|error in remotedialer server|failed to find Session for client|tunnel disconnect|remotedialer buffer exceeded|Error during upgrade for host|Failed to serve peer connection|Failed to connect to peer)[^\n]{0,200}",
        printed_by: REMOTE_DIALER,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the tunnel of an agent to its server broke off, or is not there. Through it kube-apiserver \
            reaches kubelets, and Pods of extension API servers and webhooks: `failed to find Session for client` makes their APIServices \
            unavailable until the agent of that node connects again.",
        rules: &[],
        next: &["kubectl get nodes -o wide"],
    },
    Message {
        pattern: r#"Client authentication failed[^\n]{0,300}tokenreviews[\\"]*: (?P<why>[^\n]{1,200})"#,
        printed_by: "konnectivity's proxy server (apiserver-network-proxy), of an agent",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: konnectivity's server was to ask kube-apiserver whose token the agent showed (TokenReview), \
            and got no answer: {why}. The agent's tunnel waits for it.",
        rules: &[],
        next: &["kubectl get --raw /readyz"],
    },
    Message {
        pattern: r"(?:Failed to get a backend|DIAL_(?:REQ|RSP|CLS|CLOSE)\b|(?:timed out waiting for|All) backend(?:s| dial)|backend dial timed out|no tunnels available|[Ff]ailed to tunnel dial request|Stream read from frontend|Receive stream from (?:agent|frontend)|no servers connected|Cannot find agent in backends|lookup failed: (?:service account jwt|incoming request from|unexpected username)|Failed to validate authentication token|could not connect to (?:the )?proxy server|unable to create http_connect|[Ff]ailed to create a konnectivity)[^\n]{0,200}",
        printed_by: KONNECTIVITY,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: it is the tunnel by which kube-apiserver reaches nodes and Pods. No agent is connected, the \
            agent does not reach the address, or its token or certificate was refused. Logs, exec, webhooks and aggregated APIs fail \
            together.",
        rules: &[],
        next: &["kubectl get pods --all-namespaces | grep konnectivity"],
    },
    Message {
        pattern: r"(?:dynamiclistener [^\n]{1,80}?: |(?:Updating|Creating new|Active) TLS secret [^\n]{1,120}\((?:count|ver)[:=]|generated self-signed CA certificate )[^\n]{0,200}",
        printed_by: "k3s, RKE2 or Rancher (dynamiclistener), of the serving certificate of its own port",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the server makes its own *serving* certificate, and makes it anew when a client asks by \
            another name. Where it is written again and again, two servers write the same Secret with different names.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"certificate (?P<name>CN=[^\s,]+)[^\n]{0,120} will expire (?:in|within) [^\n]{1,80}",
        printed_by: RANCHER_CERTIFICATE,
        about: About::SomethingElse,
        meaning: "This is not the front proxy, whose client is called CN=system:auth-proxy: {name} is another certificate that is about to \
            end. k3s and RKE2 renew what they signed when they are restarted within 120 days (90 in older versions) of its end; a CA is \
            replaced by `certificate rotate-ca`.",
        rules: &[],
        next: &["k3s certificate check    # rke2 certificate check"],
    },
    Message {
        pattern: r"(?:failed|unable|error) to (?:append|add) client CA(?:'s)? cert[^\n]{0,120}",
        printed_by: "an operator or a webhook at start-up (controller-runtime, webhook.Server)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the file of CAs by which the webhook server of an operator verifies its own clients \
            (ClientCAName) holds no certificate, and the server does not start.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Updated current TLS certificate",
        printed_by: "an operator or a webhook (controller-runtime, certwatcher)",
        about: About::NoFailure,
        meaning: "This is no failure, and not the front proxy: an operator has read the *serving* certificate of its webhook or of its \
            metrics again after the file has changed.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?P<what>error re-reading certificate|certificate watch(?:er)? error|failed to read client CA cert|webhook server is not reachable)[^\n]{0,200}",
        printed_by: "an operator or a webhook (controller-runtime, certwatcher)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: an operator speaks of its webhook, or of the *serving* certificate of that or of its \
            metrics, and of a failure ({what}): the rest of the line says which. A file that it cannot read or watch leaves it with the \
            certificate that it has.",
        rules: &[],
        next: &[],
    },
];

/// What names the event alone.
pub(super) static REST: &[Message] = super::rows![Message {
    pattern: r"APIService(?:ResourceIssue|InstallFailed|ResourcesNeedReinstall|sNotInstalled|sNeedReinstall|NotInstalled)\b|APIService (?:install failed|not available for)[^\n]{0,200}|owned APIServices[^\n]{0,80}|could not (?:create or update|retrieve generated) APIService[^\n]{0,120}",
    meaning: "An operator owns an aggregated API, and what the operator lifecycle manager makes for that is not (all) there, or not as it \
        was made: the APIService, its Service, the Secret with the serving certificate, bindings. It makes them anew by itself; the rest \
        of the line, or its log, says what it misses.",
    rules: &["apiservice-unavailable", "apiservice-ca-bundle"],
    next: &["kubectl get apiservices", CHECK_CONDITIONS],
    ..LIFECYCLE_MANAGER
}];
