//! Why kube-apiserver cannot use an extension API server, told from what its availability controller says.
//!
//! The words are those of `kube-aggregator/pkg/controllers/status/remote/remote_available_controller.go`, of Go's
//! net/http and crypto/tls, and of older versions of all three.

/// What stands in the way, and so where to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// The extension API server does not take kube-apiserver for the front proxy.
    NotAccepted,
    /// It takes it for somebody who may not ask.
    Forbidden,
    /// It answers, and does not serve this API.
    NotServed,
    /// It answers, and with another error.
    OwnError,
    /// kube-apiserver itself says that it is not available.
    Unavailable,
    /// Its serving certificate is not accepted.
    ServingCertificate(Flaw),
    /// kube-apiserver has no client that it could show: the pair of files, or its key, is of no use.
    OwnPair,
    /// The headers of the request are more than it takes.
    Headers,
    /// The TLS handshake failed, and no certificate was refused.
    Handshake,
    /// The TLS handshake failed, and why is not told.
    Untold,
    /// There is no Service of that name.
    NoService,
    /// The Service has no such port, or cannot be read.
    ServicePort,
    /// The Service is of a kind that kube-apiserver does not route to.
    ServiceKind,
    /// The Service has no Pod behind it that is ready.
    NoEndpoints,
    /// Nothing of this matter: the network, or the Pod.
    Network,
}

/// What is wrong with a serving certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    Name,
    Usage,
    Dates,
    Issuer,
    Key,
    /// Of the caBundle itself.
    Bundle,
}

/// One cause, in words.
#[derive(Debug)]
pub(crate) struct Cause {
    /// What of the condition's message tells it.
    words: &'static [&'static str],
    /// The condition's reasons that tell it without a message.
    reasons: &'static [&'static str],
    pub obstacle: Obstacle,
    pub sentence: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

impl Cause {
    /// The first that fits: what is more exact stands first.
    pub(crate) fn of_message(message: &str) -> Option<&'static Self> {
        CAUSES.iter().find(|cause| cause.place_in(message).is_some())
    }

    /// Where the message tells it.
    pub(crate) fn place_in(&self, message: &str) -> Option<usize> {
        self.words.iter().filter_map(|words| message.find(words).or_else(|| behind_an_address(message, words))).min()
    }

    pub(crate) fn of_reason(reason: &str) -> Option<&'static Self> {
        CAUSES.iter().find(|cause| cause.reasons.contains(&reason))
    }
}

/// Where words stand that follow an address in quotes, which Go up to 1.13 wrote without them (net/url, Error.Error).
fn behind_an_address(message: &str, words: &str) -> Option<usize> {
    let why = words.strip_prefix('"')?;
    let is_behind = |at: usize| {
        let address = message.get(..at).and_then(|before| before.rsplit_once("Get http"));
        address.is_some_and(|(_, address)| !address.contains(char::is_whitespace))
    };
    message.match_indices(why).map(|(at, _)| at).find(|at| why.starts_with(": ") && is_behind(*at))
}

/// That the extension server ended the TLS handshake because of the certificate that it was shown.
macro_rules! refused {
    ($why:literal) => {
        concat!(
            "The extension server ended the TLS handshake because of the certificate that kube-apiserver showed: ",
            $why,
            ". Servers built on k8s.io/apiserver never do that; this one, or a proxy before it, judges by itself, and reads its CA often once."
        )
    };
}

static CAUSES: &[Cause] = &[
    Cause {
        words: &["relies on legacy Common Name"],
        reasons: &[],
        obstacle: Obstacle::ServingCertificate(Flaw::Name),
        sentence: "The serving certificate of the extension server has no subject alternative name, and Go looks at nothing \
                   else.",
        remedy: "Issue it anew with the name <service>.<namespace>.svc as a subject alternative name.",
    },
    Cause {
        words: &["incompatible key usage"],
        reasons: &[],
        obstacle: Obstacle::ServingCertificate(Flaw::Usage),
        sentence: "The serving certificate of the extension server has extended key usages and serverAuth is none of them.",
        remedy: "Issue it anew with the extended key usage serverAuth.",
    },
    Cause {
        words: &["certificate is valid for", "certificate is not valid for any names", "doesn't contain any IP SANs"],
        reasons: &[],
        obstacle: Obstacle::ServingCertificate(Flaw::Name),
        sentence: "The serving certificate of the extension server lacks the name of its Service, which is the one that \
                   kube-apiserver asks for.",
        remedy: "Issue it anew with the name <service>.<namespace>.svc as a subject alternative name.",
    },
    Cause {
        words: &["certificate has expired or is not yet valid"],
        reasons: &[],
        obstacle: Obstacle::ServingCertificate(Flaw::Dates),
        sentence: "The serving certificate of the extension server, or the CA that issued it, is not valid now.",
        remedy: "Issue it anew, and put its CA in caBundle.",
    },
    Cause {
        words: &["unable to load root certificates", "unable to parse bytes as PEM block"],
        reasons: &[],
        obstacle: Obstacle::ServingCertificate(Flaw::Bundle),
        sentence: "caBundle holds no certificate that can be read.",
        remedy: "Put the CA that issued the serving certificate in caBundle.",
    },
    Cause {
        words: &["insecure algorithm"],
        reasons: &[],
        obstacle: Obstacle::ServingCertificate(Flaw::Issuer),
        sentence: "The serving certificate of the extension server is signed in a way that Go does not verify any more \
                   (SHA-1 or MD5).",
        remedy: "Issue it anew with SHA-256 or better.",
    },
    Cause {
        words: &["signed by unknown authority"],
        reasons: &[],
        obstacle: Obstacle::ServingCertificate(Flaw::Issuer),
        sentence: "caBundle, or where there is none the root certificates of kube-apiserver's image, does not hold the CA that \
                   issued the serving certificate of the extension server.",
        remedy: "Put the CA that issued it in caBundle.",
    },
    Cause {
        words: &["failed to verify certificate", "x509: "],
        reasons: &[],
        obstacle: Obstacle::ServingCertificate(Flaw::Issuer),
        sentence: "kube-apiserver does not accept the serving certificate of the extension server, or a CA above it.",
        remedy: "Issue it anew, and put its CA in caBundle.",
    },
    Cause {
        words: &["tls: no FIPS compatible"],
        reasons: &[],
        obstacle: Obstacle::ServingCertificate(Flaw::Issuer),
        sentence: "kube-apiserver runs in FIPS mode (GODEBUG=fips140), and the serving certificate of the extension server, or a CA above it, has a \
                   key or a signature that this does not allow.",
        remedy: "Issue it anew with RSA of 2048 bits or more or with P-256, and SHA-256, and put its CA in caBundle.",
    },
    Cause {
        words: &[
            "tls: server certificate contains",
            "tls: server sent certificate containing",
            "tls: server's certificate contains",
            "tls: invalid signature by the server certificate",
            "tls: certificate used with invalid signature algorithm",
            "tls: Ed25519 public keys",
        ],
        reasons: &[],
        obstacle: Obstacle::ServingCertificate(Flaw::Key),
        sentence: "The key of the serving certificate of the extension server is one that kube-apiserver does not take: it is too long, of another kind than the \
                   cipher suite or the signature that the server chose, or not the one that belongs to the certificate.",
        remedy: "Issue it anew with RSA of 2048 bits or with P-256, and see that the server has the key that belongs to it.",
    },
    // What kube-apiserver's own side of TLS says: nothing was refused by anybody.
    Cause {
        words: &[
            "tls: private key",
            "tls: failed to find",
            "tls: failed to parse private key",
            "tls: found a certificate rather",
            "tls: found unknown private key",
            "tls: certificate private key",
        ],
        reasons: &[],
        obstacle: Obstacle::OwnPair,
        sentence: "kube-apiserver has no client that it could show: the pair of --proxy-client-cert-file and --proxy-client-key-file \
                   does not belong together, or cannot be read. The extension server refused nothing.",
        remedy: "Name a certificate and the key that belongs to it.",
    },
    Cause {
        words: &[
            "tls: unsupported certificate curve",
            "tls: unsupported certificate key",
            "tls: unsupported certificate: ",
            "tls: peer doesn't support",
            "tls: certificate RSA key size",
            "tls: failed to sign handshake",
        ],
        reasons: &[],
        obstacle: Obstacle::OwnPair,
        sentence: "kube-apiserver cannot use the key of its own proxy client with this server: TLS 1.3 has P-256, P-384, P-521, RSA and \
                   Ed25519, but not P-224, and a server may take fewer. The extension server refused nothing.",
        remedy: "Issue the proxy client anew with a key of RSA or P-256.",
    },
    // Alerts of the extension server (RFC 8446, section 6.2).
    Cause {
        words: &["certificate required", "didn't provide a certificate"],
        reasons: &[],
        obstacle: Obstacle::Forbidden,
        sentence: "The extension server wants a client certificate in the TLS handshake, and kube-apiserver showed none.",
        remedy: "Give kube-apiserver its proxy client (--proxy-client-cert-file and --proxy-client-key-file).",
    },
    Cause {
        words: &["expired certificate"],
        reasons: &[],
        obstacle: Obstacle::NotAccepted,
        sentence: refused!("its proxy client has expired for that server, or the CA of it"),
        remedy: "Renew the proxy client; where its dates are in order, compare the two clocks.",
    },
    Cause {
        words: &["revoked certificate"],
        reasons: &[],
        obstacle: Obstacle::NotAccepted,
        sentence: refused!("its proxy client is revoked for that server, which has a revocation list (Go reads none)"),
        remedy: "Issue the proxy client anew, or mend the list.",
    },
    Cause {
        words: &["unknown certificate authority"],
        reasons: &[],
        obstacle: Obstacle::NotAccepted,
        sentence: refused!("that server does not know the CA of its proxy client"),
        remedy: "Compare its CA with that of the proxy client, and restart it if the front-proxy CA has changed.",
    },
    Cause {
        words: &["unsupported certificate"],
        reasons: &[],
        obstacle: Obstacle::NotAccepted,
        sentence: refused!(
            "its proxy client is of a kind that server does not take, such as one without clientAuth or with another kind of key"
        ),
        remedy: "Compare the extended key usage and the key of the proxy client with what the server takes.",
    },
    Cause {
        words: &[
            "error: tls: bad certificate",
            "error: bad certificate",
            "error: tls: unknown certificate",
            "error: tls: access denied",
            "error: tls: decrypt error",
            "error: tls: error decrypting",
        ],
        reasons: &[],
        obstacle: Obstacle::NotAccepted,
        sentence: refused!("it does not accept its proxy client and gives no reason"),
        remedy: "Compare its CA with that of the proxy client, and restart it if the front-proxy CA has changed; its log says more.",
    },
    Cause {
        words: &["error: tls: internal error", "error: tls: unrecognized name"],
        reasons: &[],
        obstacle: Obstacle::Handshake,
        sentence: "What listens there ended the TLS handshake, because it has no serving certificate that it could show for the name \
                   <service>.<namespace>.svc: none is loaded (yet), or another server or a proxy answers. The proxy client was not looked at.",
        remedy: "Look at its log, and at --tls-cert-file of the extension server.",
    },
    Cause {
        words: &[
            "error: tls: protocol version",
            "error: tls: no application protocol",
            "error: tls: insufficient security",
            "error: tls: inappropriate fallback",
            "tls: server selected unsupported",
            "tls: no supported versions",
            "tls: FIPS 140-3 requires",
        ],
        reasons: &[],
        obstacle: Obstacle::Handshake,
        sentence: "kube-apiserver and what listens there have no TLS version, cipher or protocol in common: a very old server, one with \
                   narrow settings (--tls-min-version, --tls-cipher-suites), or another server on that port. No certificate was judged.",
        remedy: "Compare the port of the Service with --secure-port of the extension server, and the settings of TLS.",
    },
    Cause {
        words: &["error: tls: handshake failure", "error: handshake failure"],
        reasons: &[],
        obstacle: Obstacle::Untold,
        sentence: "What listens there ended the TLS handshake and gave no reason: the two have no version, cipher or kind of key in \
                   common, it has no certificate for the name <service>.<namespace>.svc, or it wanted a client certificate and got none that \
                   it takes.",
        remedy: "Its log says which.",
    },
    Cause {
        words: &[
            "remote error: ",
            "local error: tls",
            // Of what is no TLS of the version that was spoken.
            "tls: server ",
            "tls: malformed ",
            "tls: received ",
            "tls: invalid server",
            "tls: too many ",
            "tls: downgrade ",
            "tls: unexpected ",
            "tls: missing ",
            "tls: oversized ",
        ],
        reasons: &[],
        obstacle: Obstacle::Handshake,
        sentence: "The TLS protocol itself failed between kube-apiserver and what listens there, and no certificate was judged: something \
                   else than TLS answers, or a device between the two changes what passes.",
        remedy: "Compare the port of the Service with --secure-port of the extension server, and look at what stands before its Pod.",
    },
    Cause {
        words: &[": 401", "v1:401", "v1beta1:401", "ResponseCode: 401", "Unauthorized"],
        reasons: &[],
        obstacle: Obstacle::NotAccepted,
        sentence: "The extension server answered 401: it does not accept kube-apiserver's proxy client. It does not trust its CA \
                   (its own --requestheader-client-ca-file is another, or the ConfigMap is, or is not loaded), its common name \
                   is not allowed, or the certificate has expired or is not for clients. With several control-plane nodes, one \
                   node's certificate may be the bad one. Or another server answers at that address (with hostNetwork, a kubelet at port 10250).",
        remedy: "Compare the CAs and the allowed names: the log of the extension server says which of them it is.",
    },
    Cause {
        words: &[": 403", "v1:403", "v1beta1:403", "ResponseCode: 403"],
        reasons: &[],
        obstacle: Obstacle::Forbidden,
        sentence: "The extension server answered 403: it does not take kube-apiserver for the front proxy, but for somebody who \
                   may not ask. kube-apiserver showed no certificate (the proxy-client flags are missing), or the extension \
                   server looks for none (--authentication-skip-lookup, or no requestheader CA), or it knows the proxy client as \
                   an ordinary user, or the RBAC rules for discovery are gone. An HTTP proxy in kube-apiserver's environment \
                   answers 403 too, where NO_PROXY lacks the addresses of Services and Pods, and so does a service mesh before the Pod.",
        remedy: "Give kube-apiserver its proxy client, take --authentication-skip-lookup away, and restore the ClusterRole \
                 system:discovery.",
    },
    Cause {
        words: &[": 400", "ResponseCode: 400"],
        reasons: &[],
        obstacle: Obstacle::NotAccepted,
        sentence: "The extension server was reached and answered 400. One that judges kube-apiserver's proxy client by itself, such \
                   as linkerd's tap, does so where its certificate has none of the allowed names; no server built on \
                   k8s.io/apiserver does.",
        remedy: "Compare the proxy client's common name with the allowed names; the log of the extension server says more.",
    },
    Cause {
        words: &[": 404", "v1:404", "v1beta1:404", "ResponseCode: 404", "could not find the requested resource"],
        reasons: &[],
        obstacle: Obstacle::NotServed,
        sentence: "The extension server was reached and answered 404: it does not serve this group and version, or not at that \
                   path. kube-apiserver's certificate was not refused.",
        remedy: "Compare the group and version of the APIService with what the extension server serves.",
    },
    Cause {
        words: &[
            "proxy error",
            "Proxy Error",
            "upstream connect error",
            "No agent available",
            "dial timeout, backstop",
            "tunnel is closed",
            "connect proxy",
            "proxyconnect",
            "http_connect",
            "socks connect",
            "Bad Gateway",
            "\": Service Unavailable",
            "\": Gateway Timeout",
            "\": Gateway Time-out",
            "\": Request Timeout",
            "\": Request Time-out",
            "dial unix ",
            "\": Forbidden",
            "Proxy Authentication Required",
            // An answer to CONNECT that is not 200 (net/http, `Transport.dialConn`); the aggregator writes its own 503 in small letters.
            "reach service: Service Unavailable",
            "reach service: Gateway Time",
            "reach service: Forbidden",
            "reach service: Method Not Allowed",
            "reach service: Not Found",
            "reach service: Bad Request",
            "reach service: Internal Server Error",
            "reach service: Too Many Requests",
        ],
        reasons: &[],
        obstacle: Obstacle::Network,
        sentence: "A proxy between kube-apiserver and the extension server did not let it through: the egress proxy to the nodes, \
                   such as konnectivity or that of k3s, or an HTTP proxy in kube-apiserver's environment, where NO_PROXY lacks the \
                   addresses of Services and Pods. Or the proxy itself got no answer at the address (502): nothing listens there, or a \
                   network policy keeps it out.",
        remedy: "Look at the log of the proxy, at its agents on the nodes, and at the Pod behind it.",
    },
    Cause {
        words: &[": 301", ": 302", ": 307", ": 308", ": 502", ": 504", "stopped after 10 redirects"],
        reasons: &[],
        obstacle: Obstacle::NotServed,
        sentence: "What answered is hardly the extension server: 301, 302, 307 and 308, or redirects without end, are \
                   another server's on that port, 502 and 504 those of a proxy or a service mesh between kube-apiserver \
                   and the Pod. No certificate was refused.",
        remedy: "Compare the port of the Service with --secure-port of the extension server, and look at what stands before its Pod.",
    },
    Cause {
        words: &[
            "server gave HTTP response to HTTPS client",
            "first record does not look like a TLS handshake",
            "malformed HTTP ",
        ],
        reasons: &[],
        obstacle: Obstacle::Network,
        sentence: "What listens there speaks plain HTTP and no TLS, or no HTTP at all: a wrong port, or a proxy between the two.",
        remedy: "Compare the port of the Service, its targetPort and --secure-port of the extension server.",
    },
    Cause {
        words: &["connection refused", "Connection refused"],
        reasons: &[],
        obstacle: Obstacle::Network,
        sentence: "Nothing listens at the address and port where kube-apiserver looks for the extension server.",
        remedy: "Compare the port of the Service, its targetPort and --secure-port of the extension server.",
    },
    Cause {
        words: &["no such host", "server misbehaving"],
        reasons: &[],
        obstacle: Obstacle::Network,
        sentence: "kube-apiserver cannot resolve the name of the extension server's Service: either the Service is not there (any \
                   more), or kube-apiserver, or the egress proxy between, asks a DNS server that does not know the cluster's names, \
                   or does not answer.",
        remedy: "See whether the Service is there; if it is, let kube-apiserver resolve the cluster's names.",
    },
    Cause {
        words: &["Address is not allowed"],
        reasons: &[],
        obstacle: Obstacle::Network,
        sentence: "The control plane does not connect to the address of the Pod: a managed control plane reaches only addresses of \
                   its own network, and the Pod has one of an overlay.",
        remedy: "Run the extension server with hostNetwork: true, or in a network that the control plane reaches.",
    },
    Cause {
        words: &["connect: cannot assign requested address"],
        reasons: &[],
        obstacle: Obstacle::Network,
        sentence: "The machine of kube-apiserver has no address or port left to connect from: too many connections are open, or its \
                   network is being changed.",
        remedy: "Count the connections of that machine (`ss -s`), and see what holds them.",
    },
    Cause {
        words: &[
            "no route to host",
            "network is unreachable",
            "i/o timeout",
            "connection timed out",
            "host is down",
            "connect: operation not permitted",
            "connect: permission denied",
        ],
        reasons: &[],
        obstacle: Obstacle::Network,
        sentence: "kube-apiserver has no way to the extension server. Control-plane nodes need a route to the pod or service \
                   network: kube-proxy, the network plug-in, an egress proxy such as konnectivity, and no firewall before the \
                   port.",
        remedy: "Let the control plane reach the Pods, or set --enable-aggregator-routing=true where it has no kube-proxy.",
    },
    Cause {
        words: &[
            "context deadline exceeded",
            "request canceled while waiting",
            "Client.Timeout exceeded",
            "TLS handshake timeout",
            "Body: request timed out",
            "timed out waiting for http",
            "timeout awaiting response headers",
            // As journalctl and systemctl cut it.
            "...ng headers)",
            "...awaiting headers)",
            "Gateway Timeout",
        ],
        reasons: &[],
        obstacle: Obstacle::Network,
        sentence: "The extension server does not answer in time (the availability check waits five seconds): a network policy, a firewall or a missing route between \
                   the control plane and the Pods, or an overloaded server.",
        remedy: "Let the control plane reach the Pods of the extension server on their port.",
    },
    Cause {
        words: &["request header list larger than peer's advertised limit"],
        reasons: &[],
        obstacle: Obstacle::Headers,
        sentence: "kube-apiserver sent nothing: the headers of the request are larger than what the extension server takes. Those of the client's own are among \
                   them, and X-Remote-Group and X-Remote-Extra-*, which are many where the user has very many groups.",
        remedy: "Look at how many groups the user has, and at the limit of the extension server or of a proxy before it.",
    },
    Cause {
        words: &[
            "http2: invalid ",
            "net/http: invalid ",
            "unsupported protocol scheme",
            "http2: request body larger than",
            "http: no Host in request URL",
        ],
        reasons: &[],
        obstacle: Obstacle::Network,
        sentence: "kube-apiserver sent nothing: the request itself, its headers or its address, is one that Go's HTTP client does not send. The \
                   extension server was not called.",
        remedy: "Look at the client, or the proxy before kube-apiserver, that made the request.",
    },
    Cause {
        words: &[
            "EOF",
            "connection reset by peer",
            "broken pipe",
            "server closed idle connection",
            "connection lost",
            "stream error",
            "http2: ",
        ],
        reasons: &[],
        obstacle: Obstacle::Network,
        sentence: "The connection to the extension server broke off: something else listens there, a device between the two cuts \
                   it, or the server was ending.",
        remedy: "Look at the Pod, its log and its restarts.",
    },
    Cause {
        words: &["have no addresses", "no endpoints", "cannot find endpoint"],
        reasons: &["MissingEndpoints", "EndpointsNotFound"],
        obstacle: Obstacle::NoEndpoints,
        sentence: "The Service of the extension server has no ready endpoints: it selects no Pod, none of them is \
                   ready, or none has the port of that name. No certificate is involved yet.",
        remedy: "Look at its Pods and their logs: a server that may not read the ConfigMap ends at once.",
    },
    Cause {
        words: &["is not listening on port", "no service port"],
        reasons: &["ServicePortError"],
        obstacle: Obstacle::ServicePort,
        sentence: "The Service of the APIService has no port that fits: the default is 443, and spec.service.port names another.",
        remedy: "Name a port that the Service has in spec.service.port of the APIService.",
    },
    Cause {
        words: &["cannot route to service with ClusterIP", "unsupported service type"],
        reasons: &[],
        obstacle: Obstacle::ServiceKind,
        sentence: "The Service of the APIService is of a kind that kube-apiserver does not route to: a headless one \
                   (clusterIP: None) has no address that could be called without --enable-aggregator-routing=true, and with \
                   that flag a Service of type ExternalName has no endpoints.",
        remedy: "Make it an ordinary Service with an address, or set or unset --enable-aggregator-routing as its kind needs.",
    },
    Cause {
        words: &["resource not found"],
        reasons: &[],
        obstacle: Obstacle::NotServed,
        sentence: "The extension server answered 404 to the question for its OpenAPI document: it has none. The API works all the same; \
                   `kubectl explain` and validation miss it.",
        remedy: "Nothing has to be done.",
    },
    Cause {
        words: &["unexpected end of JSON", "invalid character '", "model name conflict"],
        reasons: &[],
        obstacle: Obstacle::OwnError,
        sentence: "What the extension server gave as its OpenAPI document cannot be used: it is no JSON, cut short, or describes a type \
                   otherwise than another server does. The API works all the same; `kubectl explain` and validation miss it.",
        remedy: "Look at its log; a newer version of it may have a document that is in order.",
    },
    Cause {
        words: &["could not get list of group versions for APIService"],
        reasons: &[],
        obstacle: Obstacle::OwnError,
        sentence: "The extension server gave kube-apiserver no list of its OpenAPI documents: its APIService is not available, or \
                   it answered with an error of its own. `kubectl explain` and validation miss the API meanwhile.",
        remedy: "Look at the condition of the APIService, and at the log of the extension server.",
    },
    Cause {
        words: &["cannot be checked due to"],
        reasons: &["ServiceAccessError", "EndpointsAccessError"],
        obstacle: Obstacle::ServicePort,
        sentence: "kube-apiserver could not read the Service or its endpoints.",
        remedy: "Look at its log: it reads them from its own cache.",
    },
    Cause {
        words: &["service unavailable", "Service Unavailable"],
        reasons: &[],
        obstacle: Obstacle::Unavailable,
        sentence: "kube-apiserver answered 503 in place of the extension server, because the APIService is not available. That \
                   says nothing about the cause; the condition of the APIService does.",
        remedy: "Look at the condition of the APIService.",
    },
    Cause {
        words: &[": 503", ": 429", "ResponseCode: 429"],
        reasons: &[],
        obstacle: Obstacle::Unavailable,
        sentence: "The API was reached, or what stands before it, and answered that it cannot serve now (503, 429): the extension server \
                   starts, ends or has too much to do, or a proxy or service mesh before its Pod has no server that works. Where no `bad \
                   status` is told, kube-apiserver may have answered itself because the APIService is not available. No certificate was \
                   refused.",
        remedy: "Look at its Pod, its log and the condition of the APIService.",
    },
    Cause {
        words: &[": 406", ": 415", "ResponseCode: 406", "ResponseCode: 415"],
        reasons: &[],
        obstacle: Obstacle::NotServed,
        sentence: "The extension server was reached and answered that it has the document not in a format which kube-apiserver asked for. \
                   The API works all the same; `kubectl explain` and validation miss it.",
        remedy: "Upgrade the extension server.",
    },
    Cause {
        words: &["bad status from", "ResponseCode: 5", "ResponseCode: 4"],
        reasons: &[],
        obstacle: Obstacle::OwnError,
        sentence: "The extension server was reached and answered with an error; the number at the end of the line says which. 500 \
                   is what it answers while it may not ask kube-apiserver about users, 401 and 403 while it does not take \
                   kube-apiserver for the front proxy.",
        remedy: "Look at its log.",
    },
    Cause {
        words: &["is not present", "\" not found", " not found"],
        reasons: &["ServiceNotFound"],
        obstacle: Obstacle::NoService,
        sentence: "The Service that the APIService names is gone: its program was uninstalled and the APIService was left behind, or \
                   it lies in another namespace.",
        remedy: "Create it, or name the one that there is; if nothing serves the API any more, delete the APIService.",
    },
    // Whatever else crypto/tls says.
    Cause {
        words: &["tls: "],
        reasons: &[],
        obstacle: Obstacle::Handshake,
        sentence: "The TLS handshake between kube-apiserver and what listens there failed, and neither side said that it refuses the other's \
                   certificate: something else than TLS answers, a device between the two changes what passes, or one of the two is faulty.",
        remedy: "Compare the port of the Service with --secure-port of the extension server, and look at what stands before its Pod.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_fits_is_right() {
        let obstacle = |message| Cause::of_message(message).map(|cause| cause.obstacle);
        for (message, expected) in [
            ("bad status from https://10.0.4.11:4431/x: 401", Obstacle::NotAccepted),
            ("dial tcp 10.0.4.11:4401: connect: connection refused", Obstacle::Network),
            ("bad status from https://a/b: 400", Obstacle::NotAccepted),
            ("bad status from https://a/b: 418", Obstacle::OwnError),
            ("bad status from https://a/b: 503", Obstacle::Unavailable),
            ("remote error: tls: unsupported certificate", Obstacle::NotAccepted),
            ("tls: unsupported certificate curve (P-224)", Obstacle::OwnPair),
            ("tls: private key does not match public key", Obstacle::OwnPair),
            ("remote error: tls: handshake failure", Obstacle::Untold),
            ("remote error: tls: unrecognized name", Obstacle::Handshake),
            ("remote error: tls: unexpected message", Obstacle::Handshake),
            // As some editors and trackers leave it.
            ("bad status from https://10.0.4.11:4011/apis/a.b/v1beta1:401", Obstacle::NotAccepted),
            (
                "tls: failed to verify certificate: x509: certificate is valid for a, not b",
                Obstacle::ServingCertificate(Flaw::Name),
            ),
            ("Get https://10.0.0.1:443/apis/a.b/v1: Forbidden", Obstacle::Network),
            ("Get https://10.0.0.1:443/apis/a.b/v1: Service Unavailable", Obstacle::Network),
            ("failed with: ResponseCode: 503, Body: Service Unavailable", Obstacle::Unavailable),
            ("service/a in \"b\" is not present", Obstacle::NoService),
            ("no service port 4443 found for service \"a\"", Obstacle::ServicePort),
            ("cannot route to service with ClusterIP \"None\"", Obstacle::ServiceKind),
            ("endpointslices for service/a in \"b\" have no addresses with port name \"c\"", Obstacle::NoEndpoints),
        ] {
            assert_eq!(obstacle(message), Some(expected), "{message}");
        }
        assert_eq!(obstacle("all checks passed"), None);
    }

    #[test]
    fn reasons_alone_tell_some() {
        assert_eq!(Cause::of_reason("MissingEndpoints").map(|cause| cause.obstacle), Some(Obstacle::NoEndpoints));
        assert!(Cause::of_reason("FailedDiscoveryCheck").is_none());
        assert!(CAUSES.iter().all(|cause| cause.remedy.ends_with('.') && cause.sentence.ends_with('.')));
    }
}
