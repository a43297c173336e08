//! The ConfigMap `kube-system/extension-apiserver-authentication`, as extension API servers miss it.

use super::{About, CHECK, CHECK_CONFIG_MAP, Event, Message, Role};

/// Where the Role that readers of the ConfigMap are bound to is not found.
const READERS_ROLE: Message = Message {
    pattern: "",
    printed_by: "kube-apiserver's authorizer (RBAC)",
    about: About::ExtensionServer,
    meaning: "",
    rules: &["extension-reader-binding"],
    next: &["kubectl get rolebindings --all-namespaces -o wide | grep extension-apiserver-authentication-reader"],
    ..Message::PLAIN
};

const READS_FRONT_PROXY: &str = "an extension API server (k8s.io/apiserver, headerrequest and dynamiccertificates)";

const IS_READ: Message = Message {
    printed_by: READS_FRONT_PROXY,
    about: About::NoFailure,
    meaning: "This is no failure: the server has read the CAs, names and headers of the front proxy in \
        kube-system/extension-apiserver-authentication.",
    ..Message::PLAIN
};

const IS_TO_BE_READ: Message = Message {
    printed_by: READS_FRONT_PROXY,
    about: About::NoFailure,
    meaning: "This is no failure: the server reads the CAs, names and headers of the front proxy in \
        kube-system/extension-apiserver-authentication. Where no `Caches are synced` follows the waiting, it may not read that ConfigMap, \
        or does not reach kube-apiserver.",
    rules: &["extension-reader-binding"],
    next: &[CHECK_CONFIG_MAP],
    ..Message::PLAIN
};

pub(super) static MESSAGES: &[Message] = super::rows![
    Message {
        pattern: r#"(?:configmaps? "extension-apiserver-authentication" is forbidden: User [^\n]{0,300}?)?in the namespace "kube-system": RBAC: \[?role\.rbac\.authorization\.k8s\.io "extension-apiserver-authentication-reader" not found|retrieve Role extension-apiserver-authentication-reader(?: not found)?"#,
        printed_by: "kube-apiserver's authorizer (RBAC), or the operator lifecycle manager",
        meaning: "The Role extension-apiserver-authentication-reader in kube-system was not found, so the RoleBinding to it gives nothing. \
            kube-apiserver makes it at each start where RBAC is enabled (--authorization-mode); somebody deleted it, or RBAC is off \
            (MicroK8s without its add-on).",
        next: &["kubectl -n kube-system get role extension-apiserver-authentication-reader"],
        ..READERS_ROLE
    },
    Message {
        pattern: r#"(?:configmaps? "extension-apiserver-authentication" is forbidden: User [^\n]{0,300}?)?in the namespace "(?P<where>[^"]+)": RBAC: \[?role\.rbac\.authorization\.k8s\.io "extension-apiserver-authentication-reader" not found"#,
        meaning: "A RoleBinding to the Role extension-apiserver-authentication-reader lies in another namespace than kube-system \
            ({where}), where there is no such Role: roleRef is looked for in the binding's own namespace. Make the RoleBinding *in \
            kube-system*, and delete the other.",
        ..READERS_ROLE
    },
    Message {
        pattern: r#"RBAC: \[?role\.rbac\.authorization\.k8s\.io "extension-apiserver-authentication-reader" not found"#,
        meaning: "A RoleBinding names the Role extension-apiserver-authentication-reader, and it is not in the binding's own namespace, \
            where roleRef is looked for. Most often the binding lies in another namespace than kube-system: make it *in kube-system*. If \
            it lies there, somebody deleted the Role, which kube-apiserver makes again at its start.",
        ..READERS_ROLE
    },
    Message {
        pattern: r#"(?:configmaps? "extension-apiserver-authentication" is forbidden: User [^\n]{0,300}?)?clusterroles?\.rbac\.authorization\.k8s\.io "extension-apiserver-authentication-reader" not found"#,
        printed_by: "kube-apiserver, or its authorizer (RBAC)",
        meaning: "There is no ClusterRole extension-apiserver-authentication-reader: it is a Role in kube-system. A binding that names it \
            as a ClusterRole gives nothing; make a RoleBinding *in kube-system* whose roleRef has the kind Role.",
        next: &[
            "kubectl get rolebindings,clusterrolebindings --all-namespaces -o wide | grep extension-apiserver-authentication-reader",
        ],
        ..READERS_ROLE
    },
    Message {
        pattern: r#"roles?\.rbac\.authorization\.k8s\.io [\\"]{1,4}extension-apiserver-authentication-reader[\\"]{0,4}(?: not found)?"#,
        printed_by: "kube-apiserver, to a client that looked for the Role",
        meaning: "The Role extension-apiserver-authentication-reader was not found where it was looked for. It lies in kube-system and \
            nowhere else: most often `-n kube-system` was forgotten. Is it not there either, kube-apiserver makes it at each start where \
            RBAC is enabled (--authorization-mode).",
        next: &["kubectl -n kube-system get role extension-apiserver-authentication-reader"],
        ..READERS_ROLE
    },
    Message {
        pattern: r#"configmaps? "extension-apiserver-authentication" is forbidden: User "(?P<user>[^"]+)" cannot (?P<verb>create|update|patch|delete\w*)"#,
        printed_by: "kube-apiserver's authorizer",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no right is missing that is to be given: `{user}` wanted to {verb} \
            kube-system/extension-apiserver-authentication, which kube-apiserver alone writes. Extension API servers read it.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"configmaps? "extension-apiserver-authentication" is forbidden: (?P<why>(?:[^Uu\s]|unable)[^\n]{3,200})"#,
        printed_by: "kube-apiserver's admission, to who wanted to write the ConfigMap",
        about: About::FrontProxy,
        meaning: "The ConfigMap kube-system/extension-apiserver-authentication could not be written ({why}): no user is told who may not, \
            so it is admission that forbids, a quota, a policy or a namespace that ends, and no right of the reader's. Most often it is \
            kube-apiserver that writes it; until it can, extension API servers do not hear of the front proxy's CA.",
        rules: &["configmap-drift"],
        next: &[
            "kubectl -n kube-system get configmap extension-apiserver-authentication",
            "kubectl -n kube-system get resourcequotas",
        ],
    },
    Message {
        // client-go names the program and its version, so these are no server's.
        pattern: r#"URI="[^"]*/configmaps[^"]*extension-apiserver-authentication[^"]*"[^\n]{0,400}userAgent="(?P<agent>(?i:Go-http-client|curl|kubectl|mozilla|wget|python|okhttp|java)[^"\n]{0,80})"[^\n]{0,300}resp=403|Forbidden(?:: |[\\"]{1,2} URI=)[\\"]{1,2}/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication\b[^\n]{0,80}"#,
        printed_by: "kube-apiserver, with an answer 403 (httplog, or filters/authorization.go)",
        about: About::NotTold,
        meaning: "Somebody asked for the ConfigMap kube-system/extension-apiserver-authentication and was answered 403, and who it was the \
            line does not tell: a user agent, where there is one ({agent}), is no component's. A person or a script without credentials is \
            refused so, and that is as it should be. Only where an extension API server's own log says that it may not read the ConfigMap, \
            a right is missing.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"configmaps? "extension-apiserver-authentication" is forbidden: User "system:(?P<user>kube-(?:scheduler|controller-manager))"|URI="[^"]*/configmaps[^"]*extension-apiserver-authentication[^"]*"[^\n]{0,200}userAgent="(?P<agent>kube-(?:scheduler|controller-manager))/[^\n]{0,300}resp=403"#,
        printed_by: "kube-scheduler or kube-controller-manager at start-up, of its own port (k8s.io/apiserver, DelegatingAuthenticationOptions), or kube-apiserver's access log (httplog) about it",
        about: About::SomethingElse,
        meaning: "No extension API server asks here: {user}{agent} reads kube-system/extension-apiserver-authentication to know the \
            clients of its own port. kube-apiserver binds the right to it by itself (the RoleBinding \
            system::extension-apiserver-authentication-reader), so at start-up that passes: kube-scheduler goes on without (where this was \
            its first look-up, until it is restarted; a reflector tries again by itself), kube-controller-manager ends and is started \
            again. Where it stays, that RoleBinding was deleted or changed: a restart of kube-apiserver makes it again.",
        rules: &["extension-reader-binding"],
        next: &["kubectl -n kube-system get rolebinding system::extension-apiserver-authentication-reader -o yaml"],
    },
    Message {
        pattern: r#"configmaps? "extension-apiserver-authentication" is forbidden: User "(?P<user>system:serviceaccount:[^":]+:[^"]*(?:cloud-controller|scheduler)[^"]*|[^":]*(?:cloud-controller-manager|scheduler)|system:[^":]*cloud-controller-manager)""#,
        printed_by: "a controller at start-up, of its own port (k8s.io/apiserver, DelegatingAuthenticationOptions)",
        about: About::SomethingElse,
        meaning: "No extension API server asks here, by its name: `{user}` reads kube-system/extension-apiserver-authentication to know \
            the clients of its own port. A RoleBinding *in kube-system* to the Role extension-apiserver-authentication-reader is missing, \
            or was not there yet: k3s, RKE2 and most manifests of a cloud controller manager or a second scheduler bring it, so at \
            start-up that passes. Where it stays, bind it.",
        rules: &["extension-reader-binding"],
        next: &["kubectl -n kube-system get rolebindings -o wide | grep extension-apiserver-authentication-reader"],
    },
    Message {
        pattern: r#"configmaps? "extension-apiserver-authentication" is forbidden: User "system:serviceaccount:(?P<namespace>[^":]+):(?P<account>[^"]+)""#,
        printed_by: "an extension API server that may not read the ConfigMap",
        about: About::ExtensionServer,
        meaning: "The service account {account} in the namespace {namespace} may not read \
            kube-system/extension-apiserver-authentication. The certificates are not the cause: a RoleBinding *in \
            kube-system* to the Role extension-apiserver-authentication-reader is missing (a ClusterRoleBinding, or one in \
            the server's own namespace, does not count). Where it is there and the line says `cannot list` or `cannot watch`, the \
            Role has only `get`, as kube-apiserver made it before 1.17: it needs list and watch as well.",
        rules: &["extension-reader-binding"],
        next: &[
            "kubectl create rolebinding {account}-auth-reader --namespace=kube-system --role=extension-apiserver-authentication-reader --serviceaccount={namespace}:{account}",
        ],
    },
    Message {
        pattern: r#"(?:configmap_cafile_content|requestheader_controller)\.go[^\n]{0,300}\bconfigmaps is forbidden: User "system:serviceaccount:(?P<namespace>[^":]+):(?P<account>[^"]+)""#,
        printed_by: "an extension API server that may not watch the ConfigMap (k8s.io/apiserver, dynamiccertificates and headerrequest)",
        about: About::ExtensionServer,
        meaning: "The service account {account} in the namespace {namespace} may not list or watch \
            kube-system/extension-apiserver-authentication, which tells the extension API server whom to trust. The certificates are not \
            the cause: a RoleBinding *in kube-system* to the Role extension-apiserver-authentication-reader is missing.",
        rules: &["extension-reader-binding"],
        next: &[
            "kubectl create rolebinding {account}-auth-reader --namespace=kube-system --role=extension-apiserver-authentication-reader --serviceaccount={namespace}:{account}",
        ],
    },
    Message {
        pattern: r#"configmaps? "extension-apiserver-authentication" is forbidden(?:: User "(?P<user>[^"]+)"|:?\W*$|:? ?\.\.\.)"#,
        printed_by: "an extension API server that may not read the ConfigMap",
        about: About::ExtensionServer,
        meaning: "The account of the extension API server, or of another program that knows clients as one does ({user}), may not read \
            kube-system/extension-apiserver-authentication. The certificates are not the cause: bind the Role \
            extension-apiserver-authentication-reader in kube-system to it.",
        rules: &["extension-reader-binding"],
        next: &[
            "kubectl create rolebinding extension-auth-reader --namespace=kube-system --role=extension-apiserver-authentication-reader --user={user}",
        ],
    },
    Message {
        pattern: r"failed to configure request header authentication: no request header config[^\n]{0,80}",
        printed_by: "OpenShift's oauth-proxy, or another server that reads the ConfigMap at its start",
        about: About::FrontProxy,
        meaning: "The ConfigMap kube-system/extension-apiserver-authentication says nothing of a front proxy: it has no \
            requestheader-client-ca-file, or no names of headers. kube-apiserver runs without --requestheader-client-ca-file.",
        rules: &["requestheader-ca-missing"],
        next: &[CHECK, CHECK_CONFIG_MAP],
    },
    Message {
        pattern: r"Unable to get configmap/extension-apiserver-authentication in kube-system\.\s+Usually fixed by",
        printed_by: "a server at start-up that lets clients in as an extension API server does (k8s.io/apiserver, DelegatingAuthenticationOptions)",
        about: About::ExtensionServer,
        meaning: "A server could not make use of kube-system/extension-apiserver-authentication: an extension API server, or a component \
            of Kubernetes with a port of its own. It prints this hint for every error, and the error itself, in a line beside it, says \
            whether the hint fits: with `forbidden` the RoleBinding in kube-system to the Role extension-apiserver-authentication-reader \
            is missing for the account that is named there (a component's passes at start-up); `Get` with `dial tcp` or x509 is its way to \
            kube-apiserver, and `open /tmp/` its own file system.",
        rules: &["extension-reader-binding"],
        next: &[
            "kubectl -n kube-system get rolebindings -o wide | grep extension-apiserver-authentication-reader",
            CHECK_CONFIG_MAP,
        ],
        role: Role::Beside(Event::LookUpFailed),
    },
    Message {
        pattern: r"(?i)(?:Get|List|Watch):? ?\S*https?://(?P<server>[^/\s]+)/\S*configmaps\S*extension-apiserver-authentication\S* ?dial tcp: lookup [^\n]{0,200}(?:no such host|server misbehaving|i/o timeout|connection refused)",
        printed_by: "an extension API server that cannot find kube-apiserver",
        about: About::SomethingElse,
        meaning: "This is DNS, neither certificates nor rights: the extension API server was to ask {server} for the ConfigMap, and that \
            name is not resolved. Compare it with what its kubeconfig (--authentication-kubeconfig) names, and look at the cluster's \
            DNS.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?i)(?:Get|List|Watch):? ?\S*https?://(?P<server>(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?)/\S*configmaps\S*extension-apiserver-authentication\S* ?(?:dial tcp|net/http|context deadline|read tcp|EOF|http2)[^\n]{0,200}",
        printed_by: "a component that asks the kube-apiserver of its own node",
        about: About::SomethingElse,
        meaning: "This is neither certificates nor rights: the component asked {server}, the kube-apiserver of its own node or a proxy to \
            it, and nothing answers there (yet). While the node starts that passes; where it stays, kube-apiserver's own log says why it \
            does not run.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?i)(?:Get|List|Watch):? ?\S*https?://\S*/configmaps\S*extension-apiserver-authentication\S* ?(?:dial tcp|net/http|context deadline|read tcp|EOF|unexpected EOF|http2|proxy error)[^\n]{0,200}",
        printed_by: "an extension API server that cannot reach kube-apiserver",
        about: About::SomethingElse,
        meaning: "This is the network, neither certificates nor rights: the server asked kube-apiserver for the ConfigMap and got no \
            answer. Look at whether kube-apiserver runs, at the Service `kubernetes`, kube-proxy, the pod network and network policies.",
        rules: &[],
        next: &["kubectl get endpointslices -n default -l kubernetes.io/service-name=kubernetes"],
    },
    Message {
        pattern: r#"(?i:unable to load initial CA bundle for)[^\n]{0,20}client-ca::kube-system::extension-apiserver-authentication::(?P<key>[a-z-]+)[\\"]* due to: configmaps? [\\"]{1,4}extension-apiserver-authentication[\\"]{1,4} not found"#,
        printed_by: "an extension API server, kube-controller-manager or kube-scheduler of 1.17 and 1.18, at start-up (dynamiccertificates)",
        about: About::SomethingElse,
        meaning: "This is harmless at start-up: the server looked for `{key}` in what it has read of the cluster before it had read \
            anything. It says nothing of whether the ConfigMap kube-system/extension-apiserver-authentication is there. Where the same is \
            told again later (`failed with`), it is not.",
        rules: &[],
        next: &["kubectl -n kube-system get configmap extension-apiserver-authentication"],
        role: Role::Harmless,
    },
    Message {
        pattern: r#"failed to check precondition for enabled APIs: configmaps? [\\"]{1,4}extension-apiserver-authentication[\\"]{1,4} not found"#,
        printed_by: "an operator of OpenShift, before it makes APIServices (library-go, APIServiceController)",
        about: About::FrontProxy,
        meaning: "The ConfigMap kube-system/extension-apiserver-authentication does not exist (yet), and the operator makes no APIService \
            before it does. kube-apiserver writes it within a minute of its start when it has --client-ca-file or \
            --requestheader-client-ca-file; without both flags never. While a kube-apiserver starts, this passes.",
        rules: &["aggregation-not-configured", "requestheader-ca-missing"],
        next: &["kubectl -n kube-system get configmap extension-apiserver-authentication", CHECK],
    },
    Message {
        pattern: r#"configmaps? "extension-apiserver-authentication" not found"#,
        printed_by: "an extension API server at start-up",
        about: About::FrontProxy,
        meaning: "The ConfigMap kube-system/extension-apiserver-authentication does not exist (yet). kube-apiserver writes it \
            within a minute of its start when it has --client-ca-file or --requestheader-client-ca-file; without both flags \
            never. Somebody may have deleted it, too.",
        rules: &["aggregation-not-configured", "requestheader-ca-missing"],
        next: &["kubectl -n kube-system get configmap extension-apiserver-authentication", CHECK],
    },
    Message {
        pattern: r#"configmap_cafile_content\.go[^\n]{0,120}?configmaps? \\{0,3}"(?P<name>[^"\\\n]{1,200})\\{0,3}" not found"#,
        printed_by: "a server that reads a CA from a ConfigMap (k8s.io/apiserver, dynamiccertificates)",
        about: About::SomethingElse,
        meaning: "The ConfigMap `{name}`, from which the server that wrote this reads a CA, does not exist (yet); once it does, the server \
            reads it by itself. It is not the one with the CA of the front proxy, extension-apiserver-authentication.",
        rules: &[],
        next: &["kubectl get configmaps --all-namespaces --field-selector metadata.name={name}"],
    },
    Message {
        pattern: r"[Cc]luster doesn't provide client-ca-file in configmap/extension-apiserver-authentication[^\n]{0,40}so client certificate authentication[^\n]{0,60}won't work",
        printed_by: "an extension API server at start-up (k8s.io/apiserver, DelegatingAuthenticationOptions)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the ConfigMap kube-system/extension-apiserver-authentication has no `client-ca-file`, \
            because kube-apiserver runs without --client-ca-file (usual on EKS), or its last CA there has expired. Ordinary clients then \
            cannot show a certificate to the extension API server itself; kube-apiserver is known by another key, \
            requestheader-client-ca-file. The warning is harmless.",
        rules: &[],
        next: &[CHECK_CONFIG_MAP],
    },
    Message {
        pattern: r"[Cc]luster doesn't provide (?P<key>requestheader-client-ca-file|client-ca-file)(?: in configmap/extension-apiserver-authentication)?|(?P<old>requestheader-client-ca-file|client-ca-file) value not found in auth config map|(?P<virt>requestheader-[a-z-]+) not found in (?:(?i:configmap)|extension-apiserver-authentication)",
        printed_by: "an extension API server at start-up (k8s.io/apiserver, DelegatingAuthenticationOptions; KubeVirt's virt-api)",
        about: About::FrontProxy,
        meaning: "The ConfigMap kube-system/extension-apiserver-authentication has no `{key}{old}{virt}`: kube-apiserver runs without \
            --requestheader-client-ca-file (client-ca-file: without --client-ca-file), which brings all that begins so into it, or the \
            last such CA has expired. By requestheader-client-ca-file an extension API server knows kube-apiserver, by client-ca-file \
            other clients; old ones do not start without either.",
        rules: &["requestheader-ca-missing", "ca-expired", "aggregation-not-configured"],
        next: &[CHECK_CONFIG_MAP, CHECK],
    },
    Message {
        pattern: r#"(?:error loading CA bundle for|loading) [\\"]*client-ca::kube-system::extension-apiserver-authentication::(?P<key>[a-z-]+)[\\"]*: (?P<why>[^\n\x22]{1,200})"#,
        printed_by: "an extension API server (dynamiccertificates, ConfigMapCAController)",
        about: About::FrontProxy,
        meaning: "The value of `{key}` in the ConfigMap kube-system/extension-apiserver-authentication is no CA bundle ({why}): a block is \
            damaged or cut short, or somebody wrote it by hand. kube-apiserver writes it from its --{key}. No file of this server is \
            involved.",
        rules: &["ca-bundle-unreadable", "configmap-drift"],
        next: &[CHECK_CONFIG_MAP],
    },
    Message {
        pattern: r"(?:extension-apiserver-authentication failed with ?: |requestheader_controller\.go[^\n]{0,120}?)(?P<why>(?:invalid character|json: cannot unmarshal|unexpected end of JSON|asn1: )[^\n\x22]{0,120})",
        printed_by: "kube-apiserver (clusterauthenticationtrust), or an extension API server (headerrequest)",
        about: About::FrontProxy,
        meaning: "A value in the ConfigMap kube-system/extension-apiserver-authentication cannot be read ({why}): a requestheader-* list \
            is no JSON, or a CA no certificate, because somebody wrote it by hand. kube-apiserver does not update the ConfigMap any more, \
            and extension API servers keep what they had. Delete the key, or the ConfigMap: kube-apiserver makes it again.",
        rules: &["configmap-list-unreadable", "configmap-drift"],
        next: &[CHECK_CONFIG_MAP],
    },
    Message {
        pattern: r"missing clientCA file",
        printed_by: "an extension API server of 1.7 to 1.13 at start-up (k8s.io/apiserver, headerrequest.NewSecure)",
        about: About::FrontProxy,
        meaning: "The server does not start: it has names for the front proxy's headers and no CA to know it by. The ConfigMap \
            kube-system/extension-apiserver-authentication lacks `requestheader-client-ca-file`, because kube-apiserver runs without \
            --requestheader-client-ca-file, or its own flag of that name is missing.",
        rules: &["requestheader-ca-missing", "configmap-incomplete"],
        next: &[CHECK_CONFIG_MAP, CHECK],
    },
    Message {
        pattern: "Caches are synced for RequestHeaderAuthRequestController",
        role: Role::Tells(Event::FrontProxyRead),
        ..IS_READ
    },
    Message {
        pattern: "Caches are synced for client-ca::kube-system::extension-apiserver-authentication::[a-z-]+",
        ..IS_READ
    },
    Message {
        pattern: r"(?:[Ww]aiting for caches to sync|[Ss]tarting)[^\n]{0,20} (?:for )?RequestHeaderAuthRequestController",
        role: Role::Beside(Event::FrontProxyRead),
        ..IS_TO_BE_READ
    },
    Message {
        pattern: r"(?:[Ww]aiting for caches to sync for |Starting controller[^\n]{0,20}?)client-ca::kube-system::extension-apiserver-authentication::[a-z-]+",
        ..IS_TO_BE_READ
    },
    Message {
        pattern: r#"(?i:missing content for CA bundle) [\\" ]*client-ca::kube-system::extension-apiserver-authentication::(?P<key>[a-z-]+)"#,
        printed_by: "an extension API server (dynamiccertificates, ConfigMapCAController)",
        about: About::FrontProxy,
        meaning: "The ConfigMap kube-system/extension-apiserver-authentication has no `{key}`: kube-apiserver runs without \
            --{key}, or the last such CA in it has expired.",
        rules: &["requestheader-ca-missing", "ca-expired"],
        next: &[CHECK_CONFIG_MAP, CHECK],
    },
    Message {
        pattern: r#"missing content for CA bundle "(?P<bundle>[^"]*)""#,
        printed_by: "kube-apiserver, or an extension API server (dynamiccertificates)",
        about: About::NotTold,
        meaning: "The bundle `{bundle}` is empty: the file exists and has no bytes, or the ConfigMap has no such key.",
        rules: &["ca-bundle-unreadable", "requestheader-ca-missing"],
        next: &[CHECK],
    },
];

pub(super) static GENERAL: &[Message] = super::rows![
    Message {
        pattern: r"\bextension-apiserver-authentication\s+1\s+\d+[ydhms]\w*",
        printed_by: "kubectl get configmaps",
        about: About::FrontProxy,
        meaning: "The ConfigMap kube-system/extension-apiserver-authentication has one key alone (DATA), client-ca-file: kube-apiserver \
            runs without --requestheader-client-ca-file, or its CA has expired, so extension API servers do not know the front proxy. With \
            it there are six keys or seven.",
        rules: &["requestheader-ca-missing", "aggregation-not-configured", "ca-expired"],
        next: &[CHECK_CONFIG_MAP, CHECK],
    },
    Message {
        pattern: r"\bextension-apiserver-authentication\s+[5-9]\s+\d+[ydhms]\w*|\bRole/extension-apiserver-authentication-reader\s+\d+[ydhms]\w*",
        printed_by: "kubectl get",
        about: About::NoFailure,
        meaning: "This is no failure: the ConfigMap kube-system/extension-apiserver-authentication is there with the keys of the front \
            proxy, or a RoleBinding lets somebody read it. What the ConfigMap holds, `aggcert check` judges.",
        rules: &[],
        next: &[CHECK_CONFIG_MAP],
    },
    Message {
        pattern: r"failed to (?:wait for|load|get) (?:the )?(?:kube-system/)?extension-apiserver-authentication configmap(?:: (?P<why>[^\n\x22]{1,200}))?",
        printed_by: "a program that reads the ConfigMap",
        about: About::NotTold,
        meaning: "kube-system/extension-apiserver-authentication was not there yet, or kube-apiserver did not answer in time ({why}). \
            `context deadline exceeded` says no more; no certificate is told of.",
        rules: &[],
        next: &["kubectl -n kube-system get configmap extension-apiserver-authentication"],
    },
    Message {
        pattern: r"extension-apiserver-authentication failed with ?: (?P<why>[^\n]{0,200}Too long[^\n]{0,120})",
        printed_by: "kube-apiserver (clusterauthenticationtrust)",
        about: About::FrontProxy,
        meaning: "kube-apiserver cannot write the ConfigMap kube-system/extension-apiserver-authentication, because it would be longer \
            than 1 MiB ({why}): its CA files hold too many certificates, or each start added a CA made anew. Extension API servers do not \
            hear of new CAs.",
        rules: &["configmap-too-large", "ca-bundle-duplicate"],
        next: &[CHECK_CONFIG_MAP],
    },
    Message {
        pattern: r"extension-apiserver-authentication failed with ?: (?P<why>[^\n]{1,200})",
        printed_by: "kube-apiserver (clusterauthenticationtrust), or an extension API server (dynamiccertificates)",
        about: About::FrontProxy,
        meaning: "The ConfigMap kube-system/extension-apiserver-authentication could not be written by kube-apiserver, or read by an \
            extension API server: {why}. Until that passes, extension API servers do not hear of a new front-proxy CA or of new names. It \
            is tried again each minute.",
        rules: &["configmap-drift"],
        next: &[CHECK_CONFIG_MAP],
    },
    Message {
        pattern: r"configmap_cafile_content\.go[^\n]{0,200}?[Ff]ailed to (?:list|watch) \*v1\.ConfigMap: (?P<why>[^\n]{1,200})",
        printed_by: "an extension API server, or a component with a port of its own (dynamiccertificates, ConfigMapCAController)",
        about: About::ExtensionServer,
        meaning: "The server cannot read kube-system/extension-apiserver-authentication for the moment, which tells it whom to trust: \
            {why}. What it has read before stays; one that starts does not know the front proxy until it has. `unknown` and `forbidden` \
            are a missing right (the RoleBinding in kube-system), `Unauthorized` its own credentials, anything else the way to \
            kube-apiserver.",
        rules: &["extension-reader-binding"],
        next: &["kubectl -n kube-system get rolebindings -o wide | grep extension-apiserver-authentication-reader"],
    },
    Message {
        pattern: r"unable to load configmap based (?:request-header-client-ca-file|client CA file)(?:: (?P<why>[^\n]*))?",
        printed_by: "an extension API server at start-up (k8s.io/apiserver, DelegatingAuthenticationOptions)",
        about: About::ExtensionServer,
        meaning: "The extension API server cannot read the ConfigMap kube-system/extension-apiserver-authentication, or it \
            does not hold a requestheader CA: kube-apiserver runs without --requestheader-client-ca-file, its CA has \
            expired (then all requestheader keys vanish), the server's service account lacks the Role \
            extension-apiserver-authentication-reader, or kube-apiserver did not answer. What follows says which: {why}",
        rules: &["requestheader-ca-missing", "ca-expired", "configmap-drift"],
        next: &[CHECK_CONFIG_MAP, CHECK],
    },
];
