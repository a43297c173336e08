//! Who was the TLS client and who the server when a certificate was refused.
//!
//! The same words of Go's crypto/x509 are printed about every certificate of a cluster. Where a line tells which
//! connection it is about, that decides whether the front proxy has anything to do with it.

use std::sync::LazyLock;

use super::About;
use super::commands::{CHECK_CONFIG_MAP, WEBHOOK_CONFIGURATIONS};
use super::pattern::{Pattern, Table};

/// A connection, told by what else stands in the line.
#[derive(Debug)]
pub(super) struct Conversation {
    /// What tells it; empty where an address does.
    pattern: &'static str,
    pub printed_by: &'static str,
    pub about: About,
    /// Who called whom.
    pub connection: &'static str,
    /// Whose certificate was refused, and where it is configured what is trusted; stands behind the connection.
    pub refused: &'static str,
    pub next: &'static [&'static str],
}

pub(super) const ETCD: &str = "etcd, or a client of etcd such as kube-apiserver";

/// Who called what is no part of Kubernetes.
pub(super) const OF_ANOTHER_SERVICE: &str = "a client of another service";

const WITH_KUBECONFIG: Conversation = Conversation {
    pattern: "",
    printed_by: "kubectl or another client with a kubeconfig",
    about: About::SomethingElse,
    connection: "This is not the front proxy: a client with a kubeconfig called kube-apiserver",
    refused: "refused its *serving* certificate. What it trusts is certificate-authority or certificate-authority-data of the kubeconfig (in a Pod \
        without one, ca.crt of its service account): where that is the fault, it is of another cluster or older than the cluster's CA, or the \
        kubeconfig names another address",
    next: &["kubectl config view --minify", "kubectl cluster-info"],
};

/// More telling ones stand first.
static CONVERSATIONS: &[Conversation] = &[
    Conversation {
        pattern: r"peer_discovery\.go|\bpeer lease\b|peer_?proxy(?:_handler\.go|:)|proxy request to peer",
        printed_by: "kube-apiserver, when it calls another kube-apiserver (UnknownVersionInteroperabilityProxy)",
        about: About::SomethingElse,
        connection: "This is no extension API server's matter: a kube-apiserver passed a request on to another one, or asked it what it serves",
        refused: "refused its *serving* certificate. What it trusts is --peer-ca-file, and the other must have a certificate for the address of its --peer-advertise-ip; \
            what it shows is --proxy-client-cert-file",
        next: &[],
    },
    Conversation {
        pattern: r"configmaps/cluster-info|cluster-info ConfigMap|validate the identity of the API Server",
        printed_by: "kubeadm join",
        about: About::SomethingElse,
        connection: "This is not the front proxy: a node that joins asked kube-apiserver for the ConfigMap cluster-info",
        refused: "refused kube-apiserver's *serving* certificate. It trusts the CA in that ConfigMap (kube-public/cluster-info), which \
            --discovery-token-ca-cert-hash pins. Either the cluster's CA has changed since, or the address is another cluster's, or the \
            certificate has expired or lacks that address",
        next: &["kubectl -n kube-public get configmap cluster-info -o yaml"],
    },
    Conversation {
        pattern: r"(?i)call(?:ing)? [^\n]{0,200}https://kubernetes\.default\.svc[^\n]{0,20}/apis/",
        printed_by: "kube-apiserver, when it calls a webhook that is an aggregated API",
        about: About::SomethingElse,
        connection: "This is not the front proxy: kube-apiserver called itself, for a webhook behind an aggregated API",
        refused: "refused its own certificate, which it makes in memory at its start and which ends after a year: restart it. Where \
            that is not the cause, it is the caBundle of the webhook's configuration, which must be the cluster's CA",
        next: &[],
    },
    Conversation {
        // An admission plug-in's own question (k8s.io/apiserver, admission.NewForbidden), or the address at which only kube-apiserver calls itself.
        pattern: r#"is forbidden: (?:Get|List) [\\"]{0,4}https?://[^\s"\\]+/api|\bGet [\\"]{0,4}https://\[::1\]:\d+/api|apiserver-loopback-client[^\n]{0,80}x509"#,
        printed_by: "kube-apiserver, as its own client (loopback)",
        about: About::SomethingElse,
        connection: "This is not the front proxy: a part of kube-apiserver, such as an admission plug-in, called kube-apiserver itself",
        refused: "refused its own certificate. kube-apiserver makes it in memory at its start and it ends after a year: restart \
            kube-apiserver. No file has to be made anew",
        next: &[],
    },
    Conversation {
        // With its name behind it, as kube-apiserver says: other programs call webhooks of their own.
        pattern: r"(?i)calling (?:admission )?webhook(?:[\s\x22\x27\\:,]{0,4}(?:[a-z0-9-]+\.[a-z0-9.-]+|failing)|[\s:]{0,2}[\x22\x27\\]+[a-z0-9-]|\W*$)|call webhook(?:: (?:Post [\\\x22]{0,4}https://[^/\s]*\.svc\b|x509: |tls: |[^P])|[^:])|connect(?:ing)? to (?:the )?webhook|conversion webhook|failing (?:closed|open) \S+: failed",
        printed_by: "kube-apiserver, when it calls an admission or conversion webhook",
        about: About::SomethingElse,
        connection: "This is not the front proxy: kube-apiserver called a webhook",
        refused: "refused the webhook's serving certificate. What it trusts is the caBundle of the \
            ValidatingWebhookConfiguration, MutatingWebhookConfiguration or CustomResourceDefinition",
        next: &[WEBHOOK_CONFIGURATIONS],
    },
    Conversation {
        pattern: r#"(?i):2379\b|:2380\b|\bembed(?:/config_logging|: )|\| (?:embed|raft|mvcc|lease)\w*: |rafthttp|etcdserver|\betcd(?:main|http|ctl|utl)?(?:\[\d+\])?: |\betcd-(?:ca|cert|key)?(?:file|servers)|/etcd/|-etcd-|etcd[-/](?:ca|peer|server|client|healthcheck)|etcd client|etcd cluster|etcd3|etcd/|rejected connection (?:on (?:peer|client)|from \x22[^\x22]+\x22 \(error)|[\x22=]rejected connection"#,
        printed_by: ETCD,
        about: About::SomethingElse,
        connection: "This is not the front proxy: it is a connection to etcd",
        refused: "one side refused the other's certificate. They come from etcd's own CA \
            (--etcd-cafile, --etcd-certfile and --etcd-keyfile of kube-apiserver; --trusted-ca-file, --cert-file and \
            --peer-cert-file of etcd)",
        next: &[
            "openssl x509 -noout -subject -dates -ext extendedKeyUsage -in /etc/kubernetes/pki/apiserver-etcd-client.crt",
        ],
    },
    Conversation {
        // What a kubelet or a container runtime runs for a Pod's network (containernetworking/cni).
        pattern: r#"(?i)networkPlugin cni\b|FailedCreatePodSandBox|error getting ClusterInformation|network for (?:pod )?sandbox|\bplugin type=[\\"]{0,4}[a-z]|CNI request failed|\bMultus: \["#,
        printed_by: "a network plug-in (CNI), which a kubelet or the container runtime ran for a Pod",
        about: About::SomethingElse,
        connection: "This is not the front proxy: the network plug-in (CNI) of a node called kube-apiserver, or its own daemon",
        refused: "refused the *serving* certificate of whom it called. What it trusts is in a kubeconfig of its own below /etc/cni/net.d, which the \
            plug-in's Pod on that node writes: after the cluster's CA has changed, restart that Pod",
        next: &["kubectl get pods --all-namespaces -o wide | grep -E 'calico|multus|cilium|canal|ovn'"],
    },
    Conversation {
        pattern: r"[Uu]nable to register (?:node )?\S+ with (?:the )?(?:API ?server|apiserver)[^\n]{0,60}https?://|(?:\bkubelet(?:\[\d+\])?: |\bkubelet\.go:\d|pkg/kubelet/|kubelet_node_status|nodeinfomanager|controller/lease)[^\n]{0,400}(?:[Ff]ailed to (?:list|watch)|Unable to (?:register|write)|rror (?:getting|updating) node|csinode|[Ff]ailed to (?:get|update|ensure|create|contact))[^\n]{0,300}https?://",
        printed_by: "a kubelet, as a client of kube-apiserver",
        about: About::SomethingElse,
        connection: "This is not the front proxy: a kubelet called kube-apiserver",
        refused: "refused its *serving* certificate. What the kubelet trusts is certificate-authority-data of its kubeconfig \
            (/etc/kubernetes/kubelet.conf): that CA is older than the cluster's, or the certificate does not name the address",
        next: &[
            "openssl x509 -noout -subject -issuer -dates -ext subjectAltName -in /etc/kubernetes/pki/apiserver.crt    # on a control-plane node",
        ],
    },
    Conversation {
        pattern: r":10250/metrics(?:[:?\s\x22'\\]|$)",
        printed_by: "a client of a kubelet, or of metrics-server (both listen at 10250)",
        about: About::SomethingElse,
        connection: "This is not the front proxy: a program, most often Prometheus, asked what listens at port 10250 for its own metrics; that is a kubelet where the address is a node's, and \
            metrics-server where it is a Pod's",
        refused: "refused its serving certificate. What it trusts is in its own settings; a kubelet and metrics-server without a certificate of their own sign it themselves",
        next: &["kubectl get nodes -o wide"],
    },
    Conversation {
        pattern: r"(?i)/stats/summary|/metrics/resource|/metrics/cadvisor|/containerLogs/|/exec/[a-z0-9-]+/[a-z0-9.-]+/[a-z0-9-]+|scrape (?:metrics )?(?:from )?node|fully scrape|summary from kubelet|metrics from kubelet|kubelet_summary|certificate is valid for [^\n]{0,200}system:node:|error dialing backend[^\n]{0,400}:1025[05]\b|:10250\b[^\n]{0,200}error dialing backend|(?:(?:^|[^/\w])(?:exec|logs|attach|rsh|port-forward(?:ing)?|portforward\.go|forwarding ports)\b)[^\n]{0,400}error dialing backend|/pods/[^/\s]{1,253}/(?:exec|attach|portforward|log)\b[^\n]{0,400}error dialing backend|:10250/(?:stats|metrics/|pods|logs|exec|attach|run|portForward|containerLogs)",
        printed_by: "a client of the kubelet, such as metrics-server or kube-apiserver",
        about: About::SomethingElse,
        connection: "This is not the front proxy: it is a connection to a kubelet",
        refused: "the kubelet's serving certificate was refused. \
            A kubelet that signs its own has no CA that anyone trusts: let it ask for one (serverTLSBootstrap: true, and \
            approve the requests) and name the cluster's CA with --kubelet-certificate-authority; \
            --kubelet-insecure-tls of metrics-server leaves the test out",
        next: &[
            "kubectl get certificatesigningrequests",
            "kubectl -n kube-system logs deploy/metrics-server | aggcert explain",
        ],
    },
    Conversation {
        // The server says of a client what a client says of a server since Go 1.20 (crypto/tls, CertificateVerificationError).
        pattern: r"(?i)TLS handshake error from [^ ]+ (?:x509: |tls: failed to verify (?:client(?:'s)? )?certificate)|failed to verify client(?:'s)? certificate|ServerHandshake\([^)]{0,60}\) failed|client didn't provide a certificate",
        printed_by: "the TLS server that wrote the log, about a client",
        about: About::NotTold,
        connection: "A server asked for a client certificate in the TLS handshake",
        refused: "refused what it got. kube-apiserver and \
            servers built on k8s.io/apiserver never do that (they ask, and judge afterwards), so it is another program with mutual TLS \
            (etcd, a service mesh, a webhook), or an extension API server that reads its CA by itself, often once at its start: after \
            the front-proxy CA has changed, restart it. Only there, and where the address is a control-plane node's, the client is \
            kube-apiserver with its proxy client",
        next: &[CHECK_CONFIG_MAP],
    },
    Conversation {
        pattern: r"(?i)https?://(?:kubernetes\.default[^/\s]*|[^/\s]+:6443|10\.[\d.]+(?::443)?)/(?:\.well-known/openid-configuration|openid/v1/jwks)",
        printed_by: "a program that checks tokens of service accounts by itself",
        about: About::SomethingElse,
        connection: "This is not the front proxy: a program asked kube-apiserver for the keys of its service accounts' tokens \
            (/.well-known/openid-configuration)",
        refused: "refused its *serving* certificate. What it trusts is ca.crt of its service account, or a CA in its own settings",
        next: &["kubectl get configmap kube-root-ca.crt -o yaml"],
    },
    Conversation {
        pattern: r"(?i)\boidc(?:\.go:| authenticator|: (?:authenticator|verify|initializ|fail))|async token verifier|token webhook|authentication webhook|audit webhook|/authenticate\?|/authorize\?",
        printed_by: "kube-apiserver, when it calls an identity provider or a webhook of its own",
        about: About::SomethingElse,
        connection: "This is not the front proxy: kube-apiserver called an outside service (OpenID Connect, a token, authorization \
            or audit webhook)",
        refused: "refused its serving certificate. What it trusts is in --oidc-ca-file, the \
            AuthenticationConfiguration, or the webhook's kubeconfig file",
        next: &[],
    },
    Conversation {
        pattern: r"[Ff]ailed to connect to proxy(?:\. Empty|[\x22\x27]|[^\n]{0,300}wss?://)|\bremotedialer\b|/v1-(?:k3s|rke2)/connect\b",
        printed_by: "an agent of k3s, RKE2 or Rancher (remotedialer)",
        about: About::SomethingElse,
        connection: "This is not the front proxy: it is the tunnel of an agent to its server",
        refused: "the agent refused the server's *serving* certificate. It trusts the CA that the server had when the node joined (server-ca.crt below the agent's directory), \
            or the CA that Rancher names: the CA has changed since, or another server answers at the address",
        next: &[],
    },
    Conversation {
        pattern: r"request_token\.go|oauth-openshift",
        printed_by: "oc login, or a program that sends users to OpenShift's OAuth server",
        about: About::SomethingElse,
        connection: "This is not the front proxy: a client called the OAuth server of OpenShift by its route",
        refused: "refused its serving certificate, which is that of the ingress (or one named in the OAuth configuration), and not of kube-apiserver. The client wants \
            the CA of that ingress",
        next: &[],
    },
    Conversation {
        pattern: r"(?i)Unable to connect to the server|couldn't get current server API group list|error: You must be logged in",
        ..WITH_KUBECONFIG
    },
    Conversation {
        pattern: r"/(?:apiserver(?:-kubelet-client|-etcd-client)?|sa|etcd/[a-z-]+)\.(?:crt|key|pub)\b|certificate [\x22']?(?:apiserver(?:-kubelet-client|-etcd-client)?\b[^-]|etcd[/-][a-z]+)",
        printed_by: "a program that reads another file than the front proxy's",
        about: About::SomethingElse,
        connection: "This is not the front proxy: the line names a file of other certificates and keys of the cluster",
        refused: "what it holds, or what is verified by it, was refused",
        next: &["kubeadm certs check-expiration"],
    },
    Conversation {
        pattern: r"(?i)(?:^|[^-\w])(?:sni-)?serving-cert::|invalid (?:serving|SNI) cert keypair|(?:load|loading|initialize|read) (?:the )?(?:SNI|serving) cert",
        printed_by: "a server that reads its own serving pair",
        about: About::ExtensionServer,
        connection: "This is not the front proxy's pair, but what the server itself shows to its clients (--tls-cert-file and --tls-private-key-file, or --tls-sni-cert-key)",
        refused: "what these files hold was refused",
        next: &[],
    },
    Conversation {
        pattern: r"\bclient-ca-bundle::",
        printed_by: "kube-apiserver, a kubelet or another server built on k8s.io/apiserver (dynamiccertificates)",
        about: About::SomethingElse,
        connection: "This is not the front proxy: the line is about the CA of ordinary clients (--client-ca-file, clientCAFile of a kubelet), which \
            these servers call `client-ca-bundle::FILE`",
        refused: "what it holds was refused",
        next: &[],
    },
    Conversation {
        pattern: r"(?i)konnectivity|cannot connect once|apiserver-network-proxy",
        printed_by: "an agent of konnectivity, its proxy server, or kube-apiserver as a client of that",
        about: About::SomethingElse,
        connection: "This is not the front proxy: the line names konnectivity, and most likely it is a connection of its proxy server, with an agent or with \
            kube-apiserver",
        refused: "one side refused the other's certificate (--ca-cert, --agent-cert of the agent; \
            --cluster-cert, --cluster-ca-cert of the proxy server)",
        next: &["kubectl get pods --all-namespaces | grep konnectivity"],
    },
    Conversation {
        pattern: r"(?i)failed to pull|pulling image|https?://[^/\s]*registry|https?://[^/\s]+/v2/|chart ?repo|\bldaps?://|https?://[^/\s]*vault|git (?:clone|fetch|pull)|scrape_pool|scrape manager",
        printed_by: OF_ANOTHER_SERVICE,
        about: About::SomethingElse,
        connection: "This is not the front proxy: a program called a service that is no part of the aggregation layer",
        refused: "refused its serving certificate",
        next: &[],
    },
    Conversation {
        pattern: r"(?i)\bkubelet(?:\[\d+\])?: |\bkubelet\.go:\d|pkg/kubelet/|  kubelet(?:, \S+)?  |\bkubelet_node_status|\bnode_authorizer\.go|certificate_manager\.go|/var/lib/kubelet/|/etc/kubernetes/(?:bootstrap-)?kubelet\.conf|kubelet-client-current|\bkubelet'?s? (?:client|serving|server) cert|-kubelet-?serving\b|kube-apiserver-client-kubelet",
        printed_by: "a kubelet, or a program that it runs",
        about: About::SomethingElse,
        connection: "This is not the front proxy: a kubelet speaks, of a connection of its own or of a program that it runs for a Pod",
        refused: "a certificate was refused. The kubelet's own, as a client and as a server, are in /var/lib/kubelet/pki, and the cluster's CA signs them; \
            what it trusts as a client is certificate-authority of /etc/kubernetes/kubelet.conf, and as a server its clientCAFile",
        next: &["openssl x509 -noout -subject -dates -in /var/lib/kubelet/pki/kubelet-client-current.pem"],
    },
];

/// Those of which a word stands anywhere: who was called outweighs them.
static BY_WORD: &[Conversation] = &[
    Conversation {
        pattern: r"(?i)\boidc\b|openid|issuer url|jwks",
        printed_by: "a client of an identity provider: a log-in plug-in of kubectl, kube-apiserver, or another program",
        about: About::SomethingElse,
        connection: "This is not the front proxy: a program asked an identity provider (OpenID Connect)",
        refused: "refused its serving certificate. What a log-in plug-in on a user's machine (kubelogin) trusts is its --certificate-authority and that \
            machine's CAs; of kube-apiserver it is --oidc-ca-file or the AuthenticationConfiguration, and its lines have `oidc authenticator`; any other \
            program has settings of its own",
        next: &[],
    },
    Conversation {
        pattern: r"(?i)etcd",
        printed_by: ETCD,
        about: About::SomethingElse,
        connection: "This is not the front proxy: the line names etcd, and most likely it is a connection to it",
        refused: "one side refused the other's certificate. Those of etcd come from a CA of its own (--etcd-cafile, --etcd-certfile and \
            --etcd-keyfile of kube-apiserver; --trusted-ca-file, --cert-file and --peer-cert-file of etcd)",
        next: &[],
    },
    Conversation { pattern: r"(?i)\bkubectl(?:[^/\w]|$)|--kubeconfig|kubeconfig", ..WITH_KUBECONFIG },
    Conversation {
        pattern: r"(?i)\bhelm\b",
        printed_by: "Helm, or what works with it",
        about: About::SomethingElse,
        connection: "This is not the front proxy: Helm called a repository of charts, a registry or, with a kubeconfig, kube-apiserver",
        refused: "refused its serving certificate. Of a repository it wants --ca-file, of kube-apiserver the kubeconfig's certificate-authority",
        next: &[],
    },
    Conversation {
        pattern: r"(?i)\bldap\b|\bsmtp\b",
        printed_by: OF_ANOTHER_SERVICE,
        about: About::SomethingElse,
        connection: "This is not the front proxy: a program called a service that is no part of the aggregation layer",
        refused: "refused its serving certificate",
        next: &[],
    },
];

/// A client of kube-apiserver, told by the address that it called.
pub(super) static KUBE_APISERVER: Conversation = Conversation {
    pattern: "",
    printed_by: "a client of kube-apiserver",
    about: About::SomethingElse,
    connection: "This is not the front proxy: a client called kube-apiserver",
    refused: "refused its *serving* certificate (--tls-cert-file), or that of a load balancer or proxy before it. What the client trusts is ca.crt of its service account (the ConfigMap \
        kube-root-ca.crt), or certificate-authority of its kubeconfig; what it asks for must be among the certificate's names \
        and addresses (kubeadm: apiServer.certSANs)",
    next: &["kubectl get configmap kube-root-ca.crt -o yaml"],
};

/// The aggregator, or a client of an aggregated API, told by the address.
pub(super) static API_SERVER: Conversation = Conversation {
    pattern: "",
    printed_by: "kube-apiserver's aggregator, or another client of an API server",
    about: About::NotTold,
    connection: "A client asked an API server for a group of the API, and the line does not tell who asked whom: kube-apiserver asks extension API servers \
        in these words (the address is a Service's or a Pod's), clients ask kube-apiserver, and agents of an extension API server may ask that itself",
    refused: "the *serving* certificate was refused, which is no matter of the front proxy's. That of an extension API server is verified by the \
        caBundle of its APIService where kube-apiserver asks, and otherwise by a CA in the client's own settings",
    next: &["kubectl get apiservices,services --all-namespaces"],
};

/// A client of a Service, told by its address.
pub(super) static SERVICE: Conversation = Conversation {
    pattern: "",
    printed_by: "a client of a Service in the cluster",
    about: About::SomethingElse,
    connection: "This is not the front proxy: a client called a Service of the cluster, at a path that is no aggregated API's",
    refused: "refused its serving certificate. The CA is in that client's settings; of a webhook it is the caBundle of its \
        configuration",
    next: &[],
};

/// A client of somebody outside, told by the address.
pub(super) static OUTSIDE: Conversation = Conversation {
    pattern: "",
    printed_by: "a client of a server outside of the cluster",
    about: About::SomethingElse,
    connection: "This is not the front proxy: a program called an outside server, which the line names",
    refused: "refused its serving certificate. The program wants the CA of that server, or of a proxy that opens TLS on the way, \
        in its own settings or in its image",
    next: &[],
};

/// A request that is upgraded to a stream goes through one handler, whoever is behind kube-apiserver (kube-aggregator,
/// handler_proxy.go; pkg/registry/core/pod/rest, subresources.go).
pub(super) static STREAM: Conversation = Conversation {
    pattern: "error dialing backend",
    printed_by: "kube-apiserver, of a stream that it was to pass on (apimachinery, util/proxy, UpgradeAwareHandler)",
    about: About::NotTold,
    connection: "kube-apiserver was to pass a stream on, and the line does not tell to whom: for exec, attach, port-forward and logs it is a \
        kubelet, for an aggregated API (the console of a virtual machine) an extension API server",
    refused: "one side refused the other's certificate. `remote error` means that what kube-apiserver showed was refused: to a kubelet \
        --kubelet-client-certificate, to an extension API server its proxy client. Otherwise kube-apiserver refused the *serving* \
        certificate: a kubelet's is verified by --kubelet-certificate-authority, an extension API server's by the caBundle of its APIService",
    next: &["kubectl get nodes -o wide", "kubectl get apiservices"],
};

/// Any client, where the line tells no more.
pub(super) static TLS_CLIENT: Conversation = Conversation {
    pattern: r#"(?i)\b(?:Get|Post|Put|Patch|Delete|Head|List|Watch):? "?https?://|\bdial(?:ing|ed)?\b|reflector\.go|failed to (?:list|watch)|tls: failed to verify certificate|leaderelection"#,
    printed_by: "a TLS client (crypto/tls, Conn.verifyServerCertificate)",
    about: About::SomethingElse,
    connection: "A TLS client called a server",
    refused: "refused the certificate of that *server*. It is not the \
        front proxy's certificate, which is a client's: look at the CA that this TLS client refused it by. Only \
        if the address is an extension API server's and the client is kube-apiserver, it is the caBundle of an \
        APIService",
    next: &[],
};

static OF_CLIENT: Pattern = Pattern::new(TLS_CLIENT.pattern);

/// Whether a record is a TLS client's, whoever that is.
pub(super) fn is_of_client(record: &str) -> bool {
    OF_CLIENT.is_match(record)
}

/// Whether a conversation is one that a word tells.
pub(super) fn is_by_word(conversation: &Conversation) -> bool {
    BY_WORD.iter().any(|one| std::ptr::eq(one, conversation))
}

/// What shows the log of another program: the line is not kubectl's then.
static LOGS: Pattern = Pattern::new(r"\b(?:kubectl|oc)\b[^\n]{0,120}? logs\b");

static WORDS: LazyLock<Table<Conversation>> =
    LazyLock::new(|| Table::new(BY_WORD.iter().map(|conversation| (conversation.pattern, conversation))));

pub(super) static COMPILED: LazyLock<Table<Conversation>> = LazyLock::new(|| {
    Table::new(CONVERSATIONS.iter().chain([&STREAM]).map(|conversation| (conversation.pattern, conversation)))
});

impl Conversation {
    /// The connection that a record speaks of; `None`: it does not say.
    pub(super) fn of(record: &str) -> Option<&'static Self> {
        COMPILED.in_record(record).first().map(|(_, conversation)| *conversation)
    }

    /// The same by a word that stands anywhere.
    pub(super) fn by_word(record: &str) -> Option<&'static Self> {
        let is_shown = LOGS.is_match(record);
        WORDS.in_record(record).first().map(|(_, conversation)| *conversation).filter(|_| !is_shown)
    }
}

#[cfg(test)]
pub(super) fn patterns() -> impl Iterator<Item = &'static str> {
    CONVERSATIONS.iter().chain(BY_WORD).chain([&STREAM, &TLS_CLIENT]).map(|conversation| conversation.pattern)
}
