//! What a server says while it reads and reloads the files and the ConfigMap that tell it whom to trust
//! (k8s.io/apiserver, dynamiccertificates; kube-apiserver, clusterauthenticationtrust).

use super::{About, CHECK, CHECK_CONFIG_MAP, CHECK_OBJECTS, Message};

/// A certificate with its period and the time of the line (dynamiccertificates, `GetHumanCertDetail`).
macro_rules! dated {
    ($what:literal) => {
        concat!(
            "(?i:loaded) ",
            $what,
            r"[^\n]{0,600}?\((?P<since>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) \+0000 UTC to (?P<until>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) \+0000 UTC \(now=(?P<now>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"
        )
    };
}

const OUT_OF_PERIOD: &str =
    "a server built on k8s.io/apiserver (dynamiccertificates), of a certificate that is out of its period";

/// Others have its words: `shared` looks for its name.
pub(super) const AUDIT: &str =
    "kube-apiserver or an extension API server, in an audit event (filters.WithFailedAuthenticationAudit)";

/// Others have its words: `shared` looks for its name.
pub(super) const TOKEN_FILE: &str = "a client with a service account's token (client-go, transport)";

/// Of what was loaded and is out of its period: see `is_in_period`.
pub(super) static MESSAGES: &[Message] = super::rows![
    Message {
        pattern: dated!(
            r#"client CA[^\n]{0,400}?[\[=\]:] ?[\\"]{1,6}[^"\\]{0,80}(?i:front-?proxy|request-?header|aggregat)[^"\\/:]{0,40}[\\"]{1,4} \["#
        ),
        printed_by: OUT_OF_PERIOD,
        about: About::FrontProxy,
        meaning: "The requestheader CA that was loaded is not valid: from {since} to {until}, and it is {now}. Nothing that it signed is \
            accepted, so kube-apiserver is answered 401: the CA is to be made anew, the same on all control-plane nodes (`aggcert rotate \
            start`), unless the clock is wrong.",
        rules: &["ca-expired"],
        next: &[CHECK],
    },
    Message {
        pattern: dated!("client CA"),
        printed_by: OUT_OF_PERIOD,
        about: About::NotTold,
        meaning: "A CA of clients that was loaded is not valid: from {since} to {until}, and it is {now}. Nothing that it signed is \
            accepted. `client-ca` and `client-ca-bundle` in the line are the CA of ordinary clients, `request-header` and \
            `requestheader-client-ca-file` the front proxy's; where both are named, the subject tells.",
        rules: &["ca-expired"],
        next: &[CHECK],
    },
    Message {
        pattern: dated!(r"(?:serving|SNI) cert[^\n]{0,60}/(?:etc/kubernetes|var/lib)/"),
        printed_by: OUT_OF_PERIOD,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the *serving* certificate that the server of the cluster has loaded is not valid: from \
            {since} to {until}, and it is {now}. Its clients refuse it. Make it anew, unless the clock is wrong.",
        rules: &[],
        next: &["kubeadm certs check-expiration"],
    },
    Message {
        pattern: r"(?:unable to create DynamicCAFromConfigMap controller: )?missing (?P<what>purpose|namespace|name|key) for ca bundle",
        printed_by: "a server built on k8s.io/apiserver, at start-up (dynamiccertificates, NewDynamicCAFromConfigMapController)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the server's own program names no {what} of the ConfigMap from which it is to read a CA, \
            and does not start. Nothing was read, so no ConfigMap, no right and no certificate is the cause: it is a fault of the program, \
            or of an option of its own that was left empty.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: dated!("(?:serving|SNI) cert"),
        printed_by: OUT_OF_PERIOD,
        about: About::NotTold,
        meaning: "The *serving* certificate that the server has loaded is not valid: from {since} to {until}, and it is {now}. Its clients \
            refuse it: is it an extension API server's, that is kube-apiserver, whose APIService is not available then. Make it anew; the \
            front proxy's certificates are other ones.",
        rules: &["serving-certificate-expired"],
        next: &[CHECK_OBJECTS],
    },
];

/// These wrap a cause that another row knows better, where it stands in the same record.
pub(super) static GENERAL: &[Message] = super::rows![
    Message {
        pattern: r"Stopped listening on (?P<address>\S+) due to error: (?P<why>[^\n]{1,200})",
        printed_by: "a server built on k8s.io/apiserver (RunServer)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no certificate: the server cannot take connections at {address} any more ({why}), and \
            ends. The node's or the container's limits of open files and memory, and what stood before this line, tell why.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"Shutting down (?:controller[\\"]* (?:name|controller)=[\\"]*)?(?:RequestHeaderAuthRequestController|request-header|client-ca-bundle|client-ca|aggregator-proxy-cert|serving-cert|sni-serving-cert|kubelet-client|\w*AvailableConditionController|RemoteAvailability|LocalAvailability|APIService\w+|OpenAPI(?: ?V3)? Aggregation\w*|\w*AggregationController|DiscoveryManager|ResourceDiscoveryManager|DynamicServingCertificateController|DynamicCABundle)[^\n]{0,160}|Stopped listening on \S+(?:$|[\s\x22]*$| [^d\s])"#,
        printed_by: "a server built on k8s.io/apiserver, at its end",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the server ends in order, and the line does not tell why. Somebody stopped it: the kubelet, \
            after a probe that failed, a new version, or whoever deleted the Pod. Of a probe any fault of the server can be the cause, one \
            with its certificates among them (the check of etcd in /livez fails when kube-apiserver's etcd client certificate has \
            expired). The events of its Pod say what stopped it, and the last error before this line why it ended by itself.",
        rules: &[],
        next: &["kubectl get events --all-namespaces --sort-by=.lastTimestamp"],
    },
    Message {
        pattern: r#"Loaded a new (?:CA Bundle and Verifier|cert/key pair|request header values for)[^\n]{0,40}(?:(?i:request-?header)|aggregator-proxy-cert|front-proxy|extension-apiserver-authentication|proxy-client)[^\n]{0,200}"#,
        printed_by: "kube-apiserver or an extension API server (dynamiccertificates)",
        about: About::NoFailure,
        meaning: "This is good news: the server has taken a new requestheader CA, list of names, or proxy client, without a restart. \
            After a rotation each control-plane node and each extension API server must have printed it.",
        rules: &[],
        next: &[CHECK],
    },
    Message {
        pattern: r"(?:Loaded (?:a new (?:CA Bundle and Verifier|cert/key pair)|client CA|serving cert|SNI cert)|loaded (?:client CA|serving cert|SNI cert) \[)[^\n]{0,200}",
        printed_by: "a server built on k8s.io/apiserver (dynamiccertificates)",
        about: About::NoFailure,
        meaning: "This is no failure: the server has read a CA, or a certificate and its key, and uses it from now on. The line says \
            which, by whom it was issued and until when it is valid.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"Starting (?:controller[\\"]* name=[\\"]*)?(?:request-header|client-ca-bundle|client-ca|aggregator-proxy-cert|serving-cert|sni-serving-cert|kubelet-client)::?[^"\\\n]{1,300}"#,
        printed_by: "a server built on k8s.io/apiserver (dynamiccertificates)",
        about: About::NoFailure,
        meaning: "This is no failure: the server watches these files, or that ConfigMap, and takes what is new in them without a restart.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"missing content for (?:CA bundle|request-?header)[^\n]{0,4}[\\"]{0,2}(?P<bundle>[^"\\\n]{0,200})"#,
        printed_by: "a server built on k8s.io/apiserver (dynamiccertificates)",
        about: About::NotTold,
        meaning: "The CA file or ConfigMap key ({bundle}) is empty: it was being written when the server read it, or an update of it \
            failed. A running server keeps the CAs that it had; one that starts does not start.",
        rules: &["ca-bundle-unreadable", "requestheader-ca-missing"],
        next: &[CHECK],
    },
    Message {
        pattern: r"missing filename for serving cert",
        printed_by: "a server built on k8s.io/apiserver, at start-up (dynamiccertificates)",
        about: About::ExtensionServer,
        meaning: "This is not the front proxy's pair, but what the server itself shows to its clients: of --tls-cert-file and \
            --tls-private-key-file, or of a pair of --tls-sni-cert-key, one is given alone. The server does not start.",
        rules: &["component-refuses-to-start"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"missing filename for ca bundle",
        printed_by: "a server built on k8s.io/apiserver, at start-up (dynamiccertificates)",
        about: About::NotTold,
        meaning: "A flag that names a file of CAs (--client-ca-file or --requestheader-client-ca-file) is given without a value. The \
            server does not start.",
        rules: &["requestheader-ca-missing", "server-refuses-to-start"],
        next: &[CHECK],
    },
    Message {
        pattern: r"(?:[Uu]nable to load (?:the )?client CA (?:file|provider)|error loading certs from|error loading CA bundle for|error creating pool from|unable to load request-header-client-ca-file)[^\n]{0,300}",
        printed_by: "a server that reads a CA file at start-up (dynamiccertificates; client-go, cert.NewPool)",
        about: About::NotTold,
        meaning: "A file of CAs that clients are verified by (--client-ca-file or --requestheader-client-ca-file) cannot be used, and the \
            server does not start. The rest of the line, or the line behind it, says why: it is not there, may not be read, or \
            holds no certificate.",
        rules: &["ca-bundle-unreadable", "server-refuses-to-start"],
        next: &[CHECK],
    },
    Message {
        pattern: r"(?:[Uu]nable to assign (?:client CA provider|configmap based client CA file)|[Uu]nable to create (?:request header authentication config|DynamicCAFromConfigMap controller)|Error looking up in-cluster authentication configuration|[Uu]nable to load configmap based)[^\n]{0,300}",
        printed_by: "an extension API server at start-up (k8s.io/apiserver, DelegatingAuthenticationOptions)",
        about: About::ExtensionServer,
        meaning: "The server could not make use of kube-system/extension-apiserver-authentication, which tells it whom to trust: it may \
            not read it, does not reach kube-apiserver, or what it holds is incomplete. The rest of the line says which.",
        rules: &["extension-reader-binding", "requestheader-ca-missing"],
        next: &[CHECK_CONFIG_MAP, CHECK_OBJECTS],
    },
    Message {
        pattern: r"(?:writing updated authentication info to|no changes to configmap)[^\n]{0,120}",
        printed_by: "kube-apiserver (clusterauthenticationtrust, ClusterAuthenticationTrust)",
        about: About::NoFailure,
        meaning: "This is no failure: kube-apiserver keeps the ConfigMap kube-system/extension-apiserver-authentication as its own \
            --client-ca-file and --requestheader-* flags say. Where it is written again and again, the control-plane nodes have \
            different flags or CAs, and each adds its own.",
        rules: &["node-drift", "configmap-drift"],
        next: &[CHECK_CONFIG_MAP],
    },
    Message {
        pattern: r"no authentication method configured",
        printed_by: "an extension API server at start-up (authenticatorfactory, DelegatingAuthenticatorConfig.New)",
        about: About::NotTold,
        meaning: "The server has nothing to know a client by: no requestheader CA, no client CA, no way to ask about tokens, and anonymous \
            requests are not allowed. Let it look the ConfigMap up: without --authentication-skip-lookup, and with \
            --authentication-kubeconfig where it runs outside of a Pod.",
        rules: &["extension-lookup-skipped", "extension-lookup-tolerated"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"Authentication failed, attempted: (?P<method>[a-z0-9_, ]*x509[a-z0-9_, ]*)",
        printed_by: AUDIT,
        about: About::NotTold,
        meaning: "The answer was 401: the client showed a certificate ({method}) that no authenticator took. In an extension API server's \
            audit log the client is kube-apiserver with its proxy client; in kube-apiserver's it is any client. The event's \
            userAgent and sourceIPs say who; a line `Unable to authenticate the request` says why.",
        rules: &["proxy-client-untrusted", "proxy-client-expired"],
        next: &[CHECK],
    },
    Message {
        pattern: r"Authentication failed, attempted: (?P<method>[a-z0-9_, ]+)",
        printed_by: AUDIT,
        about: About::SomethingElse,
        meaning: "The answer was 401, and this is not the front proxy: the client showed no certificate, but a token or a password that is \
            not accepted ({method}).",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Authentication failed, no credentials provided",
        printed_by: AUDIT,
        about: About::NotTold,
        meaning: "The answer was 401: the client showed nothing, and anonymous requests are not allowed. In an extension API server's \
            audit log it may be kube-apiserver without a proxy client (--proxy-client-cert-file); in kube-apiserver's it is a client \
            without credentials, a health check or a scanner. The event's userAgent and sourceIPs say who.",
        rules: &["proxy-client-missing"],
        next: &[CHECK],
    },
    Message {
        pattern: r"Loading client cert failed[^\n]{0,200}|[Cc]ertificate rotation detected, shutting down client connections[^\n]{0,80}",
        printed_by: "a client with a kubeconfig (client-go, transport, cert_rotation.go)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: it is the client certificate of a kubeconfig, of a kubelet, a controller or kubectl. \
            `rotation detected` is no failure; where loading failed, its files are not there, or do not belong together.",
        rules: &[],
        next: &["kubectl config view --minify    # with the client's kubeconfig"],
    },
    Message {
        pattern: r"(?:failed to read token file|read empty token from file|Unable to rotate token)[^\n]{0,200}",
        printed_by: TOKEN_FILE,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the file with the client's bearer token cannot be read. In a Pod it is the projected volume \
            at /var/run/secrets/kubernetes.io/serviceaccount.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"the provided Authorization header contains extra space before the bearer token[^\n]{0,40}",
        printed_by: "kube-apiserver or an extension API server, as a warning (request/bearertoken)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a client's `Authorization: Bearer` has two blanks before the token, so it is not looked at \
            and the client is anonymous.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"specifying a root certificates file with the insecure flag is not allowed|using a custom transport with TLS certificate options or the insecure flag is not allowed|username/password or bearer token may be set, but not both",
        printed_by: "a client with a kubeconfig (client-go, transport)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a kubeconfig, or the flags of a client, contradict themselves: a CA together with \
            insecure-skip-tls-verify, or two kinds of credentials.",
        rules: &[],
        next: &["kubectl config view --minify"],
    },
    Message {
        pattern: r"(?i:\bclient\b)[^\n]{0,40}: unable to load root certificates(?:: [^\n]{0,80})?|controllermanager\.go:\d+\][^\n]{0,160}unable to load root certificates(?:: [^\n]{0,80})?",
        printed_by: "a client of kube-apiserver that was given a CA (client-go, transport.rootCertPool)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and nobody was called: the CA by which a client is to know kube-apiserver holds no PEM \
            block. It is certificate-authority or certificate-authority-data (base64 of PEM) of its kubeconfig, or ca.crt of its service \
            account.",
        rules: &[],
        next: &["kubectl config view --minify    # with the client's kubeconfig"],
    },
    Message {
        pattern: r"unable to load root certificates(?:: [^\n]{0,80})?|unable to parse bytes as PEM block|no valid certificate authority data seen",
        printed_by: "a TLS client that was given a CA (client-go, transport.rootCertPool)",
        about: About::NotTold,
        meaning: "What was given as a CA holds no PEM block: caBundle of an APIService or a webhook is not the base64 of PEM \
            certificates (often it is base64 twice, or DER), or a kubeconfig's certificate-authority-data is damaged.",
        rules: &["apiservice-ca-bundle"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"service-account-(?:issuer-|signing-)?key-file\b[^\n]{0,300}?(?:data does(?:n't| not) contain|is not a recognized|not a valid|no such file|permission denied|is encrypted|PEM)[^\n\x22]{0,200}",
        printed_by: "kube-apiserver, which does not start (kubeapiserver/options, BuiltInAuthenticationOptions)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a file of the keys for service accounts' tokens (--service-account-signing-key-file, \
            --service-account-key-file; sa.key and sa.pub of kubeadm) is not there or holds no key that can be used. It must be the same \
            pair on all control-plane nodes: copy it from one that works; a new one makes all tokens void.",
        rules: &["server-refuses-to-start"],
        next: &[],
    },
    Message {
        pattern: r"data does(?:n't| not) contain (?:a|any)? ?valid (?:RSA|ECDSA)[^\n]{0,60}key|private key is not a recognized type|error reading (?:private|public) key file[^\n]{0,200}|can be read, but key \S+ cannot|certificate and key must be supplied as a pair",
        printed_by: "a program that reads a key (client-go, keyutil and cert)",
        about: About::NotTold,
        meaning: "A key file holds no key that can be used: it is empty, encrypted, DER, of another kind than RSA or ECDSA, or it is the \
            certificate. The line, or the one beside it, names the file.",
        rules: &["proxy-client-key-mismatch", "server-refuses-to-start"],
        next: &[CHECK],
    },
];
