//! What clients are told that were not let in, TLS handshakes that failed, and neighbours that are easily taken for the
//! front proxy.

use super::super::pattern::{group_of, one_of};
use super::super::subject::REFUSED_SOMEWHERE;
use super::{About, CHECK, CHECK_OBJECTS, Message};
use crate::kubernetes::names::{aggregated_groups, own_groups};

pub(super) const UNAUTHORIZED: Message = Message {
    pattern: "",
    printed_by: "kubectl or another client, with an answer 401",
    about: About::NotTold,
    meaning: "The answer was 401 Unauthorized. If it comes for aggregated APIs alone (kubectl top, custom metrics), the \
        extension API server did not accept the front-proxy client; if it comes and goes, the control-plane nodes have \
        different ones. If it comes for logs, exec and attach alone, a kubelet did not accept kube-apiserver \
        (--kubelet-client-certificate). If it comes for everything, the credentials of the kubeconfig have expired and the front \
        proxy is not the cause.",
    rules: &["proxy-client-untrusted", "proxy-client-expired", "node-drift"],
    next: &["kubectl get --raw /api", "kubectl get --raw /apis/metrics.k8s.io/v1beta1", CHECK],
    ..Message::PLAIN
};

/// Behind words that every client has.
pub(super) const UNAUTHORIZED_SOMEWHERE: Message = Message {
    pattern: "",
    printed_by: REFUSED_SOMEWHERE,
    about: About::SomethingElse,
    meaning: "The answer was 401 Unauthorized, and the line names no aggregated API. Most often it is the client's own bearer token or \
        certificate that is no longer accepted, and the front proxy has nothing to do with it. Only if it comes for aggregated \
        APIs alone (metrics) is it the front-proxy client that the extension API server did not accept.",
    rules: &[],
    next: &["kubectl get --raw /api", "kubectl get --raw /apis/metrics.k8s.io/v1beta1"],
    ..Message::PLAIN
};

/// Who speaks of a client that ended the handshake; a line may name it.
pub(in crate::explain) const OF_A_TLS_SERVER: &str = "a TLS server (net/http), about a client that ended the handshake";

/// What kubectl puts before a 401 (kubectl, cmd/util, `StandardErrorMessage`), and what it was doing (`error when creating "FILE"`).
macro_rules! logged_in {
    () => {
        r"(?:You must be logged in to the server \((?:error when [^\n]{1,400}?: )?)?"
    };
}

/// Others have its words: `shared` looks for its name.
pub(super) const KUBELET_FETCHES: &str = "a kubelet, which asks kube-apiserver for the token of a Pod";

/// Others have its words: `shared` looks for its name.
pub(super) const EXEC_PLUGIN: &str =
    "kubectl or another client with a kubeconfig (client-go, plugin/pkg/client/auth/exec)";

/// Others have its words: `shared` looks for its name.
pub(super) const KONNECTIVITY: &str = "konnectivity (apiserver-network-proxy), or kube-apiserver that calls through it";

pub(super) const STREAM_NOT_PASSED_ON: Message = Message {
    pattern: "",
    printed_by: "kube-apiserver, of a stream that it was to pass on (apimachinery, util/proxy, UpgradeAwareHandler)",
    about: About::SomethingElse,
    meaning: "This is most likely the network, and not the front proxy: kube-apiserver did not reach the other end of a stream ({why}). \
        For logs, exec, attach and port-forward that is a kubelet (port 10250, often through a tunnel), for the console of a virtual \
        machine an extension API server.",
    rules: &[],
    next: &["kubectl get nodes -o wide"],
    ..Message::PLAIN
};

pub(super) static MESSAGES: &[Message] = super::rows![
    Message {
        pattern: r"http: TLS handshake error from (?P<address>\S+?): no valid subject specified",
        printed_by: "CDI's API server (cdi-apiserver, of KubeVirt), which judges clients in the TLS handshake",
        about: About::FrontProxy,
        meaning: "The client at {address}, most likely kube-apiserver, showed a certificate whose common name is none of \
            --requestheader-allowed-names in the ConfigMap kube-system/extension-apiserver-authentication; a line `Validating CN` beside \
            it has the name. Allow it there, or give kube-apiserver a proxy client with an allowed name.",
        rules: &["proxy-client-name-not-allowed", "allowed-names-whitespace"],
        next: &[CHECK],
    },
    Message {
        pattern: r"\bValidating CN: (?P<name>[^\s\x22]{1,120})",
        printed_by: "CDI's API server (cdi-apiserver, of KubeVirt), which judges clients in the TLS handshake",
        about: About::FrontProxy,
        meaning: "A client showed a certificate with the common name {name}, most likely kube-apiserver its proxy client, and the server \
            compares it with --requestheader-allowed-names in the ConfigMap kube-system/extension-apiserver-authentication. That is no \
            failure by itself: where it refuses the name, a line `no valid subject specified` follows.",
        rules: &["proxy-client-name-not-allowed"],
        next: &[CHECK],
    },
    Message {
        pattern: r"(?:virt-api|cdi-apiserver|linkerd-viz|linkerd[^\n]{0,100}\btap\b)[^\n]{0,300}TLS handshake error from (?P<address>\S+?): (?:tls: [^\n:]{0,60}: )?(?P<why>x509: [^\n\x22]{1,200})",
        printed_by: "an extension API server that judges clients in the TLS handshake (KubeVirt's virt-api and CDI, linkerd's tap)",
        about: About::FrontProxy,
        meaning: "The client at {address}, most likely kube-apiserver with its proxy client, showed a certificate that this server does \
            not accept: {why}. Such a server reads the requestheader CA of the ConfigMap kube-system/extension-apiserver-authentication by \
            itself: compare that with the CA of the proxy client, and restart the server if the CA has changed.",
        rules: &["proxy-client-untrusted", "proxy-client-expired", "configmap-drift", "node-drift"],
        next: &[CHECK],
    },
    Message {
        pattern: r"http: TLS handshake error from (?P<address>\S+?): no serving certificate available for the kubelet",
        printed_by: "a kubelet (serverTLSBootstrap)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the kubelet has asked for its *serving* certificate, and nobody approved the request yet.",
        rules: &[],
        next: &["kubectl get certificatesigningrequests", "kubectl certificate approve NAME"],
    },
    Message {
        pattern: r"http: TLS handshake error from (?P<address>\S+?): ?(?:EOF|read tcp[^\n]{0,80}|tls: first record does not look like a TLS handshake|write tcp[^\n]{0,80}|i/o timeout|context deadline exceeded|acceptable failure)",
        printed_by: "a TLS server (net/http)",
        about: About::SomethingElse,
        meaning: "A client at {address} connected and went away before the TLS handshake was over, or spoke no TLS but plain HTTP: \
            most often a load balancer's health check. The server refused no certificate; a client that refuses the server's may go \
            away like this, and says why in its own log.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"http: TLS handshake error from (?P<address>\S+?): remote error: (?:tls: )?(?P<why>(?:bad|unknown|expired|revoked|unsupported) certificate[a-z ]*|certificate (?:unknown|expired|revoked)|unknown (?:certificate authority|CA))",
        printed_by: OF_A_TLS_SERVER,
        about: About::SomethingElse,
        meaning: "A client at {address} does not trust *this server's serving certificate* ({why}). That is not the front \
            proxy's certificate. If the server is an extension API server or a webhook and the client kube-apiserver, it is the \
            caBundle of the APIService or the webhook configuration; otherwise the client has another or an old CA.",
        rules: &["serving-certificate-untrusted", "apiservice-ca-bundle"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"http: TLS handshake error from (?P<address>\S+?): remote error: (?:tls: )?(?P<why>[a-z ]+)",
        printed_by: "a TLS server (net/http), about a client",
        about: About::SomethingElse,
        meaning: "A client at {address} ended the TLS handshake ({why}), and did not say that it refuses a certificate: the two have no \
            version, cipher or protocol in common, or the client wants another name or kind of key. The front proxy is not the cause.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"http: TLS handshake error from (?P<address>\S+?): (?P<why>tls: (?:failed to sign|unsupported (?:certificate|decryption key|signing key)|certificate private key|peer doesn't support)[^\n\x22]{0,160})",
        printed_by: "a TLS server (net/http), of its own serving certificate",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a server cannot use the key of its own *serving* certificate in a handshake with the client \
            at {address} ({why}). The key is too short or of a kind that this client does not take, or what holds it failed. Is it an \
            extension API server and the client kube-apiserver, its APIService is not available until it has another.",
        rules: &["weak-key"],
        next: &[],
    },
    Message {
        pattern: r"http: TLS handshake error from (?P<address>\S+?): tls: (?P<why>[^\n]{0,80}\b(?:encrypted client hello|ECH)\b[^\n]{0,80})",
        printed_by: "a TLS server (net/http), about a client",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a client at {address} used Encrypted Client Hello otherwise than the protocol allows ({why}): a \
            fault of that client, or of what stands before this server. No certificate was judged.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"http: TLS handshake error from (?P<address>\S+?): tls: (?P<why>no cipher suite[^\n]{0,80}|client offered only unsupported versions[^\n]{0,40}|no (?:supported|mutually)[^\n]{0,80}|unsupported (?:[^c\n]|c[^e\n])[^\n]{0,60}|client requested unsupported[^\n]{0,60}|oversized[^\n]{0,40}|protocol[^\n]{0,60}|unexpected[^\n]{0,60}|received unexpected[^\n]{0,60})",
        printed_by: "a TLS server (net/http), about a client",
        about: About::SomethingElse,
        meaning: "A client at {address} and this server have no TLS version, cipher suite or protocol in common ({why}): an old \
            client or a scanner, --tls-min-version or --tls-cipher-suites, or the server has no certificate that it could show. \
            The front proxy is not the cause.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"https?://[^\s/]{1,200}:1025[05]/[^\n]{0,300}proxyconnect tcp: [^\n\x22]{1,120}",
        printed_by: "a client of the kubelet, such as kube-apiserver or metrics-server",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the client asked an HTTP proxy (HTTPS_PROXY in its environment) for the kubelet, and that \
            failed. NO_PROXY must hold the addresses and names of the nodes.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"proxyconnect tcp: tls: first record does not look like a TLS handshake",
        printed_by: "a client behind an HTTP proxy (net/http)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the client's environment names an HTTP proxy as `https://` (HTTPS_PROXY), and that speaks \
            plain HTTP. Write it as `http://`, and let NO_PROXY hold the addresses and names of the cluster.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?i)(?:fully scrape|failed to scrape node|from kubelet|kubelet_summary|https?://[^\s/]{1,200}:10250/(?:stats|metrics/|pods|logs|exec|attach|run|portForward|containerLogs|configz))[^\n]{0,400}?(?:dial tcp[^\n]{0,120}|context deadline exceeded|no such host|i/o timeout|no route to host|connection refused|TLS handshake timeout|proxyconnect|EOF)",
        printed_by: "a client of the kubelet, such as metrics-server or kube-apiserver",
        about: About::SomethingElse,
        meaning: "This is not the front proxy but the network: a client could not reach a kubelet, or not resolve the name of its node. \
            metrics-server takes another address with --kubelet-preferred-address-types=InternalIP.",
        rules: &[],
        next: &["kubectl get nodes -o wide"],
    },
    Message {
        pattern: r"(?m)^(?:error: |Error in configuration: ?)(?:tls: private key does not match public key|tls: failed to find any PEM data in (?:key|certificate) input|[^\n]{0,60}unable to read client-(?:cert|key) [^\n]{0,160})|unable to read client-(?:cert|key) [^\n]{0,160}",
        printed_by: "kubectl or another client with a kubeconfig",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the client certificate and the key of a kubeconfig (client-certificate and client-key, \
            or their -data) do not belong together or cannot be read.",
        rules: &[],
        next: &["kubectl config view --minify"],
    },
    Message {
        // The name under which kube-apiserver calls itself (k8s.io/apiserver, LoopbackClientServerNameOverride).
        pattern: r"x509: certificate is valid for [^\n]{1,600}?, not apiserver-loopback-client",
        printed_by: "kube-apiserver, as its own client (loopback)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver called itself, and another server answered in its place, whose certificate \
            it refused. Most often an HTTP proxy in kube-apiserver's environment (HTTPS_PROXY) is asked, and NO_PROXY lacks \
            `kubernetes.default.svc` or the address; or the address leads to another server. No certificate has to be made for the name \
            apiserver-loopback-client.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"server returned HTTP status (?P<code>40[13])[^\n]{0,40}",
        printed_by: "Prometheus, Promtail or another client of a server",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the server that the program called did not let it in ({code}). Where Prometheus asked a \
            target for its metrics, 401 is a token or certificate of the scrape configuration that the target does not take (a kubelet \
            needs webhook authentication), and 403 an account that may not get /metrics there (nonResourceURLs, for a kubelet \
            nodes/metrics). Where something was sent (remote write, logs to Loki), it is the key, password or tenant for that server.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?i)failed while requesting a signed certificate from the (?:control plane|master): (?P<why>[^\n\x22]{1,200})",
        printed_by: "a kubelet, or another program that asks the cluster for a certificate (client-go, util/certificate)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a kubelet, or another program, asked kube-apiserver for a certificate of its own by a \
            CertificateSigningRequest, and did not get it: {why}. `Unauthorized` is a bootstrap token or an older certificate that is no \
            longer accepted, `forbidden` a missing right, x509 kube-apiserver's *serving* certificate; anything else is the network.",
        rules: &[],
        next: &["kubectl get certificatesigningrequests"],
    },
    Message {
        pattern: r"cannot create certificate signing request: (?:Unauthorized|the server has asked for the client to provide credentials)",
        printed_by: "a kubelet, which asks kube-apiserver for its client certificate",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver did not accept what the kubelet showed (401). A node that joins shows a \
            bootstrap token, which has expired or was deleted; one that renews shows its client certificate, which has expired or is of \
            another CA than --client-ca-file.",
        rules: &[],
        next: &["kubeadm token list    # on a control-plane node", "kubeadm token create --print-join-command"],
    },
    Message {
        pattern: r"failed to fetch token: (?:Unauthorized|the server has asked for the client to provide credentials)",
        printed_by: KUBELET_FETCHES,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a kubelet asked kube-apiserver for the token of a Pod's service account, and was answered \
            401: the *kubelet's* client certificate is not accepted. It has expired, is of another CA than --client-ca-file, or the node's \
            kubeconfig is of another cluster.",
        rules: &[],
        next: &["openssl x509 -noout -subject -issuer -dates -in /var/lib/kubelet/pki/kubelet-client-current.pem"],
    },
    Message {
        pattern: r"(?:\bkubelet(?:\[\d+\])?: |pkg/kubelet/|kubelet_node_status|nodelease)[^\n]{0,400}(?:[Ff]ailed to (?:list|watch|get|update|ensure|create)|Unable to (?:register|write)|rror (?:getting|updating) node)[^\n]{0,300}(?:Unauthorized|the server has asked for the client to provide credentials)",
        printed_by: "a kubelet, as a client of kube-apiserver",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver did not accept the *kubelet's* client certificate (401). It has expired, is \
            of another CA than --client-ca-file, or the node's kubeconfig is of another cluster.",
        rules: &[],
        next: &["openssl x509 -noout -subject -issuer -dates -in /var/lib/kubelet/pki/kubelet-client-current.pem"],
    },
    Message {
        pattern: r#"(?i)(?:(?:scrape node|scrape metrics from|fully scrape|(?:summary|metrics) from (?:node|kubelet)|kubelet_summary|https?://[^\s/]{1,200}:10250/(?:stats|metrics\b|pods|logs|exec|attach|run|portForward|containerLogs|configz))[^\n]{0,400}(?:\b401\b|\b403\b|Unauthorized|Forbidden)|unable to upgrade connection: (?:Unauthorized|Forbidden))"#,
        printed_by: "a client of the kubelet, such as metrics-server or kube-apiserver",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a kubelet refused the client's token or certificate. The kubelet needs webhook \
            authentication and authorization (authentication.webhook.enabled), and the client the right nodes/metrics; \
            kube-apiserver, for logs and exec, --kubelet-client-certificate.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?i)invalid bearer token(?:[^,]|$)|service account token has expired|token has (?:been invalidated|expired)|(?:service account )?token (?:is not valid yet|used before issued)",
        printed_by: "a client with a bearer token, or who refused it",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no certificate: a token is not accepted. It has expired (or, with `not valid yet`, two \
            clocks differ), its account was deleted, or the key that signs tokens has changed. Where it is a service account's, restart \
            the Pod so that it gets a new one; a user's or another program's is fetched anew by logging in again.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:couldn't get resource list for (?:v\d\w*|[a-z]+(?:\.[a-z.]*k8s\.io)?/v\d\w*)|Failed to get API Group-Resources|(?:server groups|API group(?: resource)?s)\b)[^\n]{0,60}?(?:Unauthorized|the server has asked for the client to provide credentials)|Failed to (?:list|watch) \*?[\w./]+: (?:the server has asked for the client to provide credentials|Unauthorized)|failed to list [^\n]{0,120}: (?:Unauthorized|the server has asked for the client to provide credentials)|connection is unauthorized(?:: Unauthorized|[\x22\s]*$)|error retrieving resource lock [^\n]{0,120}: Unauthorized|server version from server[^\n]{0,40}the server has asked for the client to provide credentials|the server has asked for the client to provide credentials[^\n]{0,60}server version",
        printed_by: "a client of kube-apiserver",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver did not accept the client's own credentials (401). A Pod shows its service \
            account's bearer token, which has expired, is of a deleted account or of other keys, or not valid yet by another clock: \
            restart the Pod. A kubelet, a component of the control plane or k3s has a client certificate, which has expired or is of \
            another CA than --client-ca-file.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:couldn't get current server API group list|Unable to connect to the server): (?:the server has asked for the client to provide credentials|Unauthorized)",
        printed_by: "kubectl or another client with a kubeconfig",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver answers that question itself, and did not accept the credentials of \
            the kubeconfig, a token or a client certificate that has expired or is of another cluster.",
        rules: &[],
        next: &["kubectl config view --minify"],
    },
    Message {
        pattern: r#"x509: "(?P<name>[^"\n]{1,120})" certificate is (?:not trusted|not standards compliant|expired|not permitted[^\n]{0,60}|revoked)|x509: OSStatus -?\d+"#,
        printed_by: "a program on macOS, where the system judges certificates (crypto/x509, root_darwin.go)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a client on a Mac (kubectl, a browser's helper) refused the *serving* certificate of a \
            server {name}. What it trusts is certificate-authority-data of its kubeconfig, or the keychain; `not standards compliant` is a \
            certificate without SAN, or one valid for longer than Apple allows.",
        rules: &[],
        next: &["kubectl config view --minify"],
    },
    Message {
        pattern: r"getting credentials: (?:exec: |decoding stdout: )[^\n]{1,200}|exec plugin: [^\n]{1,200}|gcp auth plugin is deprecated|(?:exec: executable \S+ not found|exec: [^\n]{1,40}(?:aws|gke-gcloud-auth-plugin|kubelogin|aws-iam-authenticator)[^\n]{0,60})",
        printed_by: EXEC_PLUGIN,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the program that is to fetch the user's credentials (users[].user.exec of the kubeconfig: \
            aws, gke-gcloud-auth-plugin, kubelogin) is not installed, failed, or speaks another version. No request was sent.",
        rules: &[],
        next: &["kubectl config view --minify"],
    },
    Message {
        pattern: r"unable to match the audience: \[(?P<has>[^\]]*)\] ?, accepted: \[(?P<accepted>[^\]]*)\]",
        printed_by: "kube-apiserver or an extension API server (k8s.io/apiserver, filters.withAuthentication)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no certificate: a client showed a token that is meant for {has}, and this server takes \
            those for {accepted}. Ask for a token with that audience, or set --api-audiences.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: concat!(
            logged_in!(),
            r"the server has asked for the client to provide credentials \((?:get|post|put|list|watch|patch|delete) [^\s.]+\.",
            aggregated_groups!(group_of),
            r"|VirtualMachine\S* [^\n]{0,80}the server has asked for the client to provide credentials",
        ),
        about: About::FrontProxy,
        ..UNAUTHORIZED
    },
    Message {
        pattern: concat!(
            logged_in!(),
            r"the server has asked for the client to provide credentials \( ?(?:get |post )?pods/(?:log|exec|attach|portforward)[^\n]{0,120}"
        ),
        printed_by: "kubectl, of what kube-apiserver asked a kubelet",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the kubelet answered 401 to kube-apiserver, which asked it for a Pod's log or a shell in \
            it. The kubelet does not accept --kubelet-client-certificate (kubeadm: apiserver-kubelet-client.crt), which has expired or is \
            of another CA than the kubelet's clientCAFile. The user's own credentials work.",
        rules: &[],
        next: &["openssl x509 -noout -subject -issuer -dates -in /etc/kubernetes/pki/apiserver-kubelet-client.crt"],
    },
    Message {
        pattern: concat!(
            logged_in!(),
            r"the server has asked for the client to provide credentials \( ?[a-z]+ (?:services|pods) https?:(?P<name>[a-z0-9.-]+):[^)\n]{0,120}\)"
        ),
        printed_by: "a client of kube-apiserver, with an answer 401",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver passed the request on to the Service or Pod `{name}`, as it does below \
            `/proxy`, and that program answered 401. kube-apiserver takes the client's own credentials off before, so a program that asks \
            for a token cannot be called this way.",
        rules: &[],
        next: &["kubectl port-forward --help    # another way to that program"],
    },
    Message {
        pattern: concat!(
            logged_in!(),
            r"the server has asked for the client to provide credentials \( ?[a-z]+ (?P<kind>[a-z]+(?:\.(?:",
            own_groups!(one_of),
            r"))?)(?: [^)\n]{1,120})?\)"
        ),
        printed_by: "a client of kube-apiserver, with an answer 401",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver serves {kind} itself, and did not accept the client's own credentials, a \
            token or a client certificate that has expired or is of another cluster.",
        rules: &[],
        next: &["kubectl config view --minify    # with the client's kubeconfig"],
    },
    Message {
        pattern: r"List metrics failed [^\n]{0,40}Unauthorized",
        printed_by: "k9s",
        about: About::NotTold,
        meaning: "The metrics API answered 401. Where k9s shows everything else, metrics-server did not accept the front-proxy client of \
            kube-apiserver; where nothing is shown, the user's own credentials are no longer accepted.",
        rules: &["proxy-client-untrusted", "proxy-client-expired"],
        next: &["kubectl get --raw /api", "kubectl get --raw /apis/metrics.k8s.io/v1beta1"],
    },
    Message {
        pattern: r"You must be logged in to the server(?: \(the server has asked for the client to provide credentials[^\n]{0,120})?",
        ..UNAUTHORIZED
    },
    Message {
        pattern: r"the server has asked for the client to provide credentials(?: \((?P<what>[^)\n]{1,120})\))?",
        ..UNAUTHORIZED_SOMEWHERE
    },
    Message {
        pattern: r"(?i)certificate (?:for )?.{0,80}(?:kubelet-client-current|kubelet\.crt)[^\n]{0,80}expired|part of the existing bootstrap client certificate[^\n]{0,80}is expired|unable to load bootstrap kubeconfig|bootstrap-kubelet\.conf[^\n]{0,20}: no such file|kubelet client certificate [^\n]{0,60}expired",
        printed_by: "a kubelet",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a kubelet's own certificate has expired or is missing. kubelet.crt is its *serving* one; \
            its client's is kubelet-client-current.pem, and it asks for another by its bootstrap kubeconfig, where it has one that still \
            works.",
        rules: &[],
        next: &["openssl x509 -noout -dates -in /var/lib/kubelet/pki/kubelet-client-current.pem"],
    },
    Message {
        pattern: r"(?:\bkubelet(?:\[\d+\])?: |\bkubelet\.go:\d|[Kk]ubelet dependencies|[Ff]ailed to run [Kk]ubelet)[^\n]{0,300}unable to load client CA file [\x22']?(?P<path>[^:\x22'\s]{1,200})[^\n]{0,200}",
        printed_by: "a kubelet at start-up",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the kubelet's own client CA file (authentication.x509.clientCAFile of its configuration), \
            {path}, is not there, cannot be read or does not parse, and it does not start. It is the cluster's CA, which kubeadm copies to \
            each node.",
        rules: &[],
        next: &["ls -l {path}"],
    },
];

pub(super) static GENERAL: &[Message] = super::rows![
    Message {
        pattern: r"the server responded with the status code (?P<code>\d{3}) but did not return more information(?: \([^)\n]{1,120}\))?",
        printed_by: "a client of kube-apiserver (apimachinery, errors.NewGenericServerResponse)",
        about: About::NotTold,
        meaning: "The answer was {code}, without a text. A proxy or load balancer before kube-apiserver may have given it, or \
            kube-apiserver; where an aggregated API was asked for, 503 says that its APIService is not available, and the condition of \
            that says why.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get --raw /readyz", "kubectl get apiservices"],
    },
    Message {
        pattern: r"unexpected \d+ bytes of buffered data from CONNECT proxy|reading HTTP response from CONNECT to \S{1,120} via proxy[^\n]{0,200}",
        printed_by: KONNECTIVITY,
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no certificate of it: kube-apiserver calls servers through a proxy \
            (EgressSelectorConfiguration, `HTTPConnect`), and that did not open the tunnel, or sent something before kube-apiserver did. \
            The address or socket in the configuration may be that of another server, or of a proxy that speaks gRPC. Logs, exec, webhooks \
            and aggregated APIs fail together.",
        rules: &[],
        next: &["kubectl get pods --all-namespaces | grep konnectivity"],
    },
    Message {
        pattern: r"No agent available|dial timeout, backstop",
        printed_by: KONNECTIVITY,
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no certificate of it: kube-apiserver reaches Pods and kubelets through konnectivity, \
            and no agent on a node took the connection. Logs, exec, webhooks and aggregated APIs fail together. Look at the \
            agents and whether they reach the proxy server.",
        rules: &[],
        next: &["kubectl get pods --all-namespaces | grep konnectivity"],
    },
    Message {
        pattern: r"unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST[^\n]{0,80}",
        printed_by: "any program that asks kube-apiserver (client-go, rest.InClusterConfig)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a program that was given no kubeconfig runs outside of a Pod, or its Pod has no environment \
            of the Service `kubernetes` (hostNetwork of an old kubelet, a command run by hand). Give it a kubeconfig. Is it an extension \
            API server, it does not start, and its APIService is not available.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"(?:Get|Post) [\\"]{0,2}http://(?P<server>(?:localhost|127\.0\.0\.1|\[::1\]):8080)/(?:api|apis|version|openapi)\b[^\n]{0,300}?connection refused"#,
        printed_by: "a client of kube-apiserver (client-go)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a client has no kubeconfig, and asks {server} then, where nothing listens. Give it one \
            (KUBECONFIG, --kubeconfig); in a Pod it needs the token of its service account.",
        rules: &[],
        next: &["kubectl config view --minify"],
    },
    Message {
        pattern: r"The connection to the server (?P<server>\S+) was refused - did you specify the right host or port",
        printed_by: "kubectl",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kubectl has no kubeconfig (then it asks localhost:8080), or nothing listens at {server}.",
        rules: &[],
        next: &["kubectl config view --minify"],
    },
    Message {
        pattern: r"(?i:connect(?:ing)? to )(?P<host>[a-z0-9-]+\.[a-z0-9.-]+\.svc[a-z.]*)(?::\d+| port \d+)[^\n]{0,80}[Cc]onnection refused|[Cc]onnection refused[^\n]{0,200}https?://(?P<server>[a-z0-9-]+\.[a-z0-9.-]+\.svc[a-z.]*)(?::\d+)?/",
        printed_by: "a client of a Service in the cluster (curl, Ansible)",
        about: About::NotTold,
        meaning: "This is the network, neither certificates nor rights: nothing listens behind the Service {host}{server}, or its name \
            leads elsewhere. Is it an extension API server's, its APIService is not available for the same reason; its Pods say why they \
            do not run.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", "kubectl get pods --all-namespaces"],
    },
    Message {
        pattern: r"Unable to authenticate the request[ .…:;,-]{1,12}(?P<why>certificate signed by unknown authority|certificate has expired or is not yet valid|certificate specifies an incompatible key usage)",
        printed_by: "kube-apiserver or an extension API server (filters.withAuthentication)",
        about: About::NotTold,
        meaning: "A request was answered with 401, and of the reasons the line holds the end of one: {why}. Whose certificate that is, was \
            left out. In the log of an extension API server it is most often the proxy client's of kube-apiserver, which the requestheader \
            CA there does not accept; otherwise an ordinary client's. The whole line tells which.",
        rules: &["proxy-client-untrusted", "proxy-client-expired", "proxy-client-usage"],
        next: &[CHECK],
    },
    Message {
        pattern: "Unable to authenticate the request",
        printed_by: "kube-apiserver or an extension API server (filters.withAuthentication)",
        about: About::NotTold,
        meaning: "A request was answered with 401. The reasons of all authenticators that refused follow in `err=`, which is not in this \
            line or was cut off there: a certificate of the requestheader CA, of another CA, or a token.",
        rules: &["proxy-client-untrusted", "proxy-client-name-not-allowed", "proxy-client-expired"],
        next: &[CHECK],
    },
    Message {
        pattern: r"http: TLS handshake error from (?P<address>\S+?): (?P<why>[^\n]{0,160})",
        printed_by: "a TLS server (net/http), about a client",
        about: About::SomethingElse,
        meaning: "A TLS handshake with a client at {address} failed ({why}). Servers built on k8s.io/apiserver judge client \
            certificates afterwards, so it is hardly the front proxy's.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"(?:Patch|PATCH) [\\"]{0,4}https?://[^\s"\\]{1,200}/apis/apiregistration\.k8s\.io/[^\n]{0,300}stream error: stream ID \d+; INTERNAL_ERROR[^\n]{0,60}"#,
        printed_by: "a client that writes an APIService",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver took the request to apply an APIService and broke the answer off. Before \
            1.18.18, 1.19.10 and 1.20.6 server-side apply of an APIService made it panic (kubernetes#89264): apply it on the client's \
            side, or upgrade. Otherwise kube-apiserver's log says why.",
        rules: &[],
        next: &["kubectl version"],
    },
    Message {
        pattern: r"stream error: stream ID \d+; INTERNAL_ERROR[^\n]{0,60}",
        printed_by: "a client whose server broke its answer off (net/http, HTTP/2 RST_STREAM)",
        about: About::SomethingElse,
        meaning: "This is no matter of certificates: the server took the request and broke the answer off (a panic, a handler that ran out \
            of time, or a proxy before it that lost its own connection). Its log says why. Where the API is an aggregated one, that is \
            kube-apiserver's log and the extension API server's.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"(?:(?:Readiness|Liveness|Startup) probe failed: )?(?:Get|Post|Put|Patch|Delete|Head) [\\"]{0,4}https?://[^\s"\\]{1,400}[\\"]{0,4}: (?:net/http: (?:request canceled|TLS handshake timeout|timeout awaiting)|context (?:deadline exceeded|canceled)|EOF|http2: |read tcp|stream error|unexpected EOF)[^\n\x22]{0,120}"#,
        printed_by: "a client that had no answer (net/http)",
        about: About::SomethingElse,
        meaning: "This is the network or the server that was called, not the certificates: the address that the line names took the \
            connection or not, and gave no answer in time. Look at that server, and at firewalls and network policies on the way (a \
            control plane that is managed or private reaches few ports of the nodes).",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"\b(?:Get|Post|Put|Patch|Delete|Head) [\\"]{0,4}https://[^\s"\\]{1,400}[\\"]{0,4}: (?P<why>Forbidden|Proxy Authentication Required|Bad Gateway|Service Unavailable|Gateway Time-?[Oo]ut|Request Time-?[Oo]ut)\b"#,
        printed_by: "a client behind an HTTP proxy (net/http, Transport: the answer to CONNECT)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: an HTTP proxy in the client's environment (HTTPS_PROXY) did not let it through to the \
            address: {why}. No server of the cluster was reached. NO_PROXY must hold the addresses and names of the cluster.",
        rules: &[],
        next: &[],
    },
    Message { pattern: r"error dialing backend: (?P<why>[^\n]{1,200})", ..STREAM_NOT_PASSED_ON },
    Message {
        pattern: r"http: proxy error: (?P<why>[^\n]{0,160}(?:dial tcp|lookup |i/o timeout|connection refused|no route to host|TLS handshake timeout|x509: |EOF)[^\n]{0,120})",
        printed_by: "a reverse proxy, such as kubectl proxy (net/http/httputil)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a program that passes requests on did not reach whom it asks, or did not trust its \
            *serving* certificate ({why}). Of kubectl proxy that is kube-apiserver, as its kubeconfig names it.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"http: proxy error: [^\n]{1,160}|Error proxying data from (?:backend to client|client to backend)[^\n]{0,120}",
        printed_by: "a reverse proxy, such as kubectl proxy or an API server that passes a stream on (net/http/httputil; util/proxy)",
        about: About::SomethingElse,
        meaning: "A proxy passed a request on, and one side ended it or was not reached. That is harmless where the client went away \
            (`context canceled`).",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"\bdial tcp (?P<address>[^\s\x22']{1,100}:10250): [^\n\x22']{0,60}(?:connection refused|i/o timeout|no route to host|network is unreachable|connect: [a-z ]{3,40})",
        printed_by: "a client that reached nobody at port 10250 (net)",
        about: About::SomethingElse,
        meaning: "This is the network, not the certificates: nothing answered at {address}. Is that a node's address, a kubelet listens \
            there; is it a Pod's, metrics-server itself does (k3s, RKE2 and its Helm chart give it that port), and the client is \
            kube-apiserver. Look at routes and firewalls to it.",
        rules: &[],
        next: &["kubectl get nodes,pods --all-namespaces -o wide"],
    },
    Message {
        pattern: r"(?:\bdial tcp(?: [^\s:\x22']+:\d+|: lookup [^\s\x22']+)?|(?i:failed to dial|error dialing)\b[^\n]{0,120}?)[^\n\x22']{0,60}(?:connection refused|i/o timeout|no route to host|no such host|network is unreachable|server misbehaving)",
        printed_by: "a client that reached no server (net)",
        about: About::SomethingElse,
        meaning: "This is the network, not the certificates: nothing answered at the address, or its name was not resolved. Look at the \
            server that should listen there, and at routes, firewalls and DNS.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"\bkubelet(?:\[\d+\])?: [^\n]{0,300}(?:certificate|kubeconfig|Unauthorized|x509|tls: )[^\n]{0,120}",
        printed_by: "a kubelet",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a kubelet speaks, of its own certificate, kubeconfig or connection \
            (/var/lib/kubelet/pki, /etc/kubernetes/kubelet.conf), or of a program that it runs for a Pod and that the line names.",
        rules: &[],
        next: &["openssl x509 -noout -subject -dates -in /var/lib/kubelet/pki/kubelet-client-current.pem"],
    },
];
