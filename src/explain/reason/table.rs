//! The ways in which Go refuses certificates.

use super::{Alone, Reason};

/// More telling ones stand first.
pub(in crate::explain) static REASONS: &[Reason] = &[
    Reason {
        pattern: r"x509: certificate signed by unknown authority \(possibly because of [\x22']?x509: cannot verify signature: insecure algorithm (?P<algorithm>[A-Za-z0-9-]+)(?: \(temporarily override with GODEBUG=x509sha1=1\))?[\x22']? while trying to verify candidate authority certificate [\x22']?(?P<candidate>[^)\x22']*)[\x22']?\)?",
        fault: "The certificate is signed with {algorithm}, which Go does not verify any more (SHA-1 since 1.18, so Kubernetes \
            1.24), although the CA `{candidate}` that made it may be the right one: issue it again with SHA-256 or better",
        client_rules: &["weak-signature", "proxy-client-untrusted"],
        serving_rules: &["serving-certificate-untrusted", "weak-signature"],
        alone: Alone::Client,
    },
    Reason {
        pattern: r"x509: certificate signed by unknown authority \(possibly because of [\x22']?x509: (?P<why>cannot verify signature: algorithm unimplemented)[\x22']? while trying to verify candidate authority certificate [\x22']?(?P<candidate>[^)\x22']*)[\x22']?\)?",
        fault: "A CA named `{candidate}` is trusted, and whether it signed the certificate Go cannot tell ({why}): the signature, or the CA's key, is of an algorithm that it does not have. Issue CA \
            and certificate anew with RSA, ECDSA (P-256 to P-521) or Ed25519",
        client_rules: &["proxy-client-untrusted", "ca-cannot-sign"],
        serving_rules: &["serving-certificate-untrusted"],
        alone: Alone::Client,
    },
    Reason {
        pattern: r"x509: certificate signed by unknown authority \(possibly because of [\x22']?(?P<why>.*?)[\x22']? while trying to verify candidate authority certificate [\x22']?(?P<candidate>[^)\x22']*)[\x22']?\)?",
        fault: "A CA named `{candidate}` is trusted, and the certificate says that it was issued by that name, but that CA \
            did not sign it: {why}. With `crypto/rsa: verification error` or `ECDSA verification failure` there are two \
            CAs of one name with different keys: after a rotation one side still has the old one, the nodes or the ConfigMap \
            hold different CAs, or the cluster's CA and the front-proxy CA share a name. With `parent certificate cannot \
            sign` the CA's certificate lacks CA:TRUE or keyCertSign",
        client_rules: &[
            "proxy-client-untrusted",
            "ca-subject-shared",
            "ca-cannot-sign",
            "configmap-drift",
            "node-drift",
        ],
        serving_rules: &["serving-certificate-untrusted", "apiservice-ca-bundle"],
        alone: Alone::Client,
    },
    Reason {
        pattern: "x509: certificate signed by unknown authority",
        fault: "No chain leads from the certificate to a CA that is trusted there: no trusted CA has the name of its issuer",
        client_rules: &["proxy-client-untrusted", "configmap-drift", "node-drift", "ca-bundle-unreadable"],
        serving_rules: &["serving-certificate-untrusted", "apiservice-ca-bundle"],
        alone: Alone::Client,
    },
    Reason {
        pattern: r"x509: certificate has expired or is not yet valid: current time (?P<now>[^ ]+) is before (?P<limit>[^ ,\x22'`)\]]+)",
        fault: "A certificate of the chain is not valid before {limit}, and the clock of the one that refused it said \
            {now}: that clock is behind, or the certificate was made a moment ago on a machine whose clock is ahead",
        client_rules: &["proxy-client-expired", "ca-expired"],
        serving_rules: &["serving-certificate-expired", "apiservice-ca-bundle"],
        alone: Alone::Client,
    },
    Reason {
        pattern: r"x509: certificate has expired or is not yet valid: current time (?P<now>[^ ]+) is after (?P<limit>[^ ,\x22'`)\]]+)",
        fault: "A certificate of the chain, the leaf or a CA above it, expired at {limit}",
        client_rules: &["proxy-client-expired", "ca-expired"],
        serving_rules: &["serving-certificate-expired", "apiservice-ca-bundle"],
        alone: Alone::Client,
    },
    Reason {
        pattern: "x509: certificate has expired or is not yet valid",
        fault: "A certificate of the chain, the leaf or a CA above it, has expired or is not valid yet, or a clock is wrong",
        client_rules: &["proxy-client-expired", "ca-expired"],
        serving_rules: &["serving-certificate-expired", "apiservice-ca-bundle"],
        alone: Alone::Client,
    },
    Reason {
        pattern: "x509: certificate specifies an incompatible key usage|x509: a root or intermediate certificate is not authorized for an extended key usage[^\n\x22]{0,60}",
        fault: "The certificate, or a CA above it, has an extendedKeyUsage that does not hold what is needed: clientAuth for \
            a client, serverAuth for a server",
        client_rules: &["proxy-client-usage", "proxy-client-is-serving-certificate", "ca-cannot-sign"],
        serving_rules: &[],
        alone: Alone::Client,
    },
    Reason {
        pattern: "x509: too many intermediates for path length constraint",
        fault: "A CA above the certificate has a path length (pathlen in basicConstraints) that is too short for the chain",
        client_rules: &["ca-cannot-sign", "proxy-client-untrusted"],
        serving_rules: &[],
        alone: Alone::Client,
    },
    Reason {
        pattern: "x509: certificate is not authorized to sign other certificates|x509: invalid signature: parent certificate cannot sign this kind of certificate",
        fault: "A certificate that is used as a CA may not sign: basicConstraints is missing or says CA:FALSE, or keyUsage \
            lacks keyCertSign",
        client_rules: &["ca-cannot-sign", "proxy-client-untrusted"],
        serving_rules: &[],
        alone: Alone::Client,
    },
    Reason {
        pattern: r"x509: issuer has name constraints but leaf doesn't have a SAN extension",
        fault: "A CA above the certificate has name constraints, and the certificate has no subject alternative name that they could be compared with (servers \
            built with Go before 1.15): issue it again with one, or the CA without constraints",
        client_rules: &["proxy-client-untrusted"],
        serving_rules: &["serving-certificate-name"],
        alone: Alone::Client,
    },
    Reason {
        pattern: r"x509: a root or intermediate certificate is not authorized to sign for this name(?:: (?P<why>[^\n]{0,200}))?|x509: internal error: [^\n\x22]{0,40}SAN [^\n]{1,160} failed to parse",
        fault: "Name constraints of a CA above the certificate forbid one of its subject alternative names: {why}",
        client_rules: &["proxy-client-untrusted"],
        serving_rules: &[],
        alone: Alone::Client,
    },
    Reason {
        pattern: r"x509: certificate relies on legacy Common Name field(?:, use SANs(?: instead| or temporarily enable Common Name matching with GODEBUG=x509ignoreCN=0))?",
        fault: "The serving certificate has no subject alternative name, and a common name is not looked at any more: make it \
            again with the DNS name that is called, for an APIService <service>.<namespace>.svc",
        client_rules: &[],
        serving_rules: &["serving-certificate-name"],
        alone: Alone::Serving,
    },
    Reason {
        pattern: r"x509: certificate is (?:not )?valid for (?P<names>[^\x22]{0,600}?), (?i:not|but none matched) (?P<wanted>[^\s\x22\x27`,;)]+)",
        fault: "The serving certificate is for {names}; it lacks the name that was called, {wanted}. The certificate must be \
            made again with that name as a subject alternative name, or another server answers under it than the one that was meant",
        client_rules: &[],
        serving_rules: &["serving-certificate-name"],
        alone: Alone::Serving,
    },
    Reason {
        pattern: r"x509: certificate is not valid for any names, but wanted to match (?P<wanted>[^\s\x22\x27`,;)]+)",
        fault: "The serving certificate has no subject alternative name of the kind that is needed; it must name {wanted}",
        client_rules: &[],
        serving_rules: &["serving-certificate-name"],
        alone: Alone::Serving,
    },
    Reason {
        pattern: r"x509: cannot validate certificate for (?P<address>[^ ]+) because it doesn't contain any IP SANs",
        fault: "The serving certificate was asked for by the IP address {address} and names no IP address",
        client_rules: &[],
        serving_rules: &["serving-certificate-name"],
        alone: Alone::Serving,
    },
    Reason {
        pattern: r"x509: cannot verify signature: (?:insecure algorithm (?P<algorithm>[A-Za-z0-9-]+)|algorithm unimplemented)|x509: unknown SignatureAlgorithm|x509: signature algorithm specifies an? [^\x22]{0,80}",
        fault: "The certificate is signed in a way that Go does not verify any more ({algorithm}): issue it again with SHA-256 \
            or better",
        client_rules: &["weak-signature"],
        serving_rules: &[],
        alone: Alone::Client,
    },
    Reason {
        pattern: r"(?:x509|tls): unknown public key algorithm|x509: (?:unknown|unsupported) (?:elliptic )?curve|x509: only RSA, ECDSA and Ed25519 keys supported",
        fault: "The key of the certificate is of a kind that Go does not have (DSA, Ed448, SM2, a curve other than P-224 to P-521): issue it again with RSA of \
            2048 bits or more, with P-256 or Ed25519",
        client_rules: &["weak-key"],
        serving_rules: &[],
        alone: Alone::Client,
    },
    Reason {
        pattern: r"crypto/rsa: \d+-bit keys are insecure[^\n\x22]{0,120}|crypto/rsa: (?:key too small|message too long for RSA)[^\n\x22]{0,60}|rsa: key too small",
        fault: "An RSA key is too short: Go refuses less than 1024 since 1.24 (GODEBUG=rsa1024min=0 takes them for a while). Issue it \
            again with 2048 or more",
        client_rules: &["weak-key"],
        serving_rules: &[],
        alone: Alone::File,
    },
    Reason {
        pattern: r"crypto/(?:rsa|ecdsa): use of [^\n\x22]{3,90} is not allowed in FIPS 140-only mode|tls: no FIPS compatible certificate chains found",
        fault: "The key or the signature is one that this program may not use: it runs in FIPS mode (GODEBUG=fips140). \
            Issue the certificate again with RSA of 2048 bits or more, or with P-256, and SHA-256",
        client_rules: &["weak-key", "weak-signature"],
        serving_rules: &["serving-certificate-untrusted"],
        alone: Alone::Client,
    },
    Reason {
        pattern: "x509: unhandled critical extension",
        fault: "The certificate, or a CA above it, has a critical extension that Go does not know, so it refuses the chain \
            (RFC 5280, section 4.2): issue it without that extension, or not critical",
        client_rules: &["proxy-client-untrusted", "ca-cannot-sign"],
        serving_rules: &[],
        alone: Alone::Client,
    },
    Reason {
        pattern: r"x509: issuer name does not match subject from issuing certificate|x509: no valid chains built(?:: \d+ candidate chains with [a-z ]{3,40})?|x509: invalid simple chain",
        fault: "The chain does not fit together: a certificate names another issuer than the CA beside it. The bundle holds \
            another CA, or the files of two rotations are mixed",
        client_rules: &["proxy-client-untrusted"],
        serving_rules: &[],
        alone: Alone::Client,
    },
    Reason {
        // Said by a client alone (crypto/tls, handshake_client.go, key_agreement.go).
        pattern: r"tls: (?:server sent certificate containing RSA key larger than \d+ bits|server certificate [^\n\x22]{1,80}|server's certificate contains an unsupported type of public key[^\n\x22]{0,60}|invalid signature by the server certificate[^\n\x22]{0,80}|failed to parse certificate from server: (?P<why>[^\n\x22]{0,120}))",
        fault: "The certificate that the server showed is one that Go does not use: it does not parse, its key is too large or of another kind, \
            or the server does not have its key ({why})",
        client_rules: &[],
        serving_rules: &["serving-certificate-untrusted"],
        alone: Alone::Serving,
    },
    Reason {
        // Said by a server alone (handshake_server.go), but for the client's own `private key of type`.
        pattern: r"tls: (?:client sent certificate containing RSA key larger than \d+ bits|client certificate (?:contains|used)[^\n\x22]{1,80}|invalid signature by the client certificate[^\n\x22]{0,80}|failed to parse client certificate: (?P<why>[^\n\x22]{0,120}))",
        fault: "The certificate that a client showed is one that Go does not use: it does not parse, its key is too large or of another kind, \
            or the client does not have its key ({why})",
        client_rules: &["weak-key", "proxy-client-key-mismatch", "proxy-client-untrusted"],
        serving_rules: &[],
        alone: Alone::Shown,
    },
    Reason {
        pattern: "crypto/rsa: verification error|x509: ECDSA verification failure|x509: Ed25519 verification failure",
        fault: "The CA that was tried has the name of the issuer but another key: the certificate was signed by an older or \
            another CA of the same name",
        client_rules: &["proxy-client-untrusted", "ca-subject-shared", "configmap-drift", "node-drift"],
        serving_rules: &["serving-certificate-untrusted", "apiservice-ca-bundle"],
        alone: Alone::Client,
    },
    Reason {
        pattern: r"remote error: (?:tls: )?(?:bad certificate|unknown certificate authority|unknown certificate|unsupported certificate|revoked certificate|access denied|decrypt error|error decrypting message|illegal parameter|no certificate)",
        fault: "The other side ended the TLS handshake because it does not accept the certificate that this side showed. The \
            reason is in the other side's log. In a server's log the other side is a client that does not trust the \
            *serving* certificate; in a client's log, the server does not accept the *client* certificate",
        client_rules: &["proxy-client-untrusted"],
        serving_rules: &["apiservice-ca-bundle"],
        alone: Alone::Unclear,
    },
    Reason {
        pattern: r"remote error: (?:tls: )?handshake failure",
        fault: "The other side ended the TLS handshake and gave no reason: the two have no version, cipher or kind of key in common, \
            it has no certificate for the name that was asked for, or it wanted a client certificate and got none that it \
            takes. Its log says which",
        client_rules: &[],
        serving_rules: &[],
        alone: Alone::Unclear,
    },
    Reason {
        pattern: "remote error: tls: expired certificate",
        fault: "The other side ended the TLS handshake: for it, the certificate that this side showed has expired",
        client_rules: &["proxy-client-expired"],
        serving_rules: &["apiservice-ca-bundle"],
        alone: Alone::Unclear,
    },
    Reason {
        pattern: "remote error: tls: certificate required",
        fault: "The server requires a client certificate, and this client showed none",
        client_rules: &["proxy-client-missing"],
        serving_rules: &[],
        alone: Alone::Unclear,
    },
    Reason {
        pattern: "tls: client didn't provide a certificate",
        fault: "The server requires a client certificate, and the client showed none",
        client_rules: &["proxy-client-missing"],
        serving_rules: &[],
        alone: Alone::Shown,
    },
    Reason {
        pattern: r"tls: failed to sign [^\n\x22]{0,120}",
        fault: "The side that printed this could not sign with the key of its own certificate: a token, an agent or a program that holds the key failed, or the key is of a kind that TLS \
            does not take",
        client_rules: &["weak-key"],
        serving_rules: &[],
        alone: Alone::Own,
    },
    Reason {
        pattern: r"tls: unsupported certificate (?:curve|key)[^\n\x22]{0,60}|tls: certificate RSA key size too small[^\n\x22]{0,60}|tls: peer doesn't support (?:any of )?the certificate[^\x22]{0,60}",
        fault: "TLS cannot use the certificate's kind of key with the other side: TLS 1.3 has P-256, P-384, P-521, RSA and \
            Ed25519, but not P-224, and no signature for a very short RSA key",
        client_rules: &["weak-key"],
        serving_rules: &[],
        alone: Alone::Own,
    },
    Reason {
        pattern: r"x509: signature check attempts limit reached while verifying certificate chain",
        fault: "The bundle holds so many CAs of one name that the search for the right one was given up (100 signatures): take \
            those away that are not needed any more",
        client_rules: &["ca-bundle-duplicate", "ca-subject-shared", "proxy-client-untrusted"],
        serving_rules: &["apiservice-ca-bundle"],
        alone: Alone::Client,
    },
    Reason {
        pattern: r"x509: failed to load system roots and no roots provided[^\n\x22]{0,120}",
        fault: "The program has no CA to verify by: none is configured, and its image has no system CAs",
        client_rules: &[],
        serving_rules: &["apiservice-ca-bundle"],
        alone: Alone::Serving,
    },
    Reason {
        pattern: r"remote error: tls: (?:protocol version not supported|no application protocol|insufficient security level|inappropriate fallback|unrecognized name|internal error|unexpected message|user canceled)|tls: (?:no (?:cipher suite|key exchanges?|supported (?:versions|elliptic curves))|client offered only unsupported versions|server selected unsupported protocol version|protocol is shutdown)[^\n\x22]{0,80}",
        fault: "The two sides have no TLS version, cipher suite, protocol or server name in common, or one of them has no \
            certificate (`internal error` of a kubelet: nobody approved its request for one): an old client or a scanner, --tls-min-version, --tls-cipher-suites, or a proxy between \
            the two. No certificate was judged",
        client_rules: &[],
        serving_rules: &[],
        alone: Alone::Unclear,
    },
    Reason {
        pattern: r"\bINADEQUATE_SECURITY\b[^\n\x22]{0,80}|rejected cipher suite in TLS 1\.2[^\n\x22]{0,40}",
        fault: "HTTP/2 forbids the cipher suite that the two agreed on (RFC 9113, appendix A): an old client, or --tls-cipher-suites of the server with old ones alone. No \
            certificate was judged",
        client_rules: &[],
        serving_rules: &[],
        alone: Alone::Unclear,
    },
    Reason {
        pattern: r#"tls: "?(?P<address>[0-9a-fA-F.:]{2,45})"? does not match any of DNSNames"#,
        fault: "The client's certificate does not name the address from which it came, {address} (etcd compares a peer's names with it): issue it \
            again with that address or its name as a subject alternative name",
        client_rules: &["proxy-client-untrusted"],
        serving_rules: &[],
        alone: Alone::Client,
    },
    Reason {
        pattern: "tls: first record does not look like a TLS handshake|http: server gave HTTP response to HTTPS client",
        fault: "One side speaks plain HTTP on a port where the other expects TLS: a wrong port, or a proxy between the two",
        client_rules: &[],
        serving_rules: &[],
        alone: Alone::Unclear,
    },
    Reason {
        pattern: r"tls: unsupported certificate: private key is [^\n\x22]{0,80}",
        fault: "The program holds its key in a form that TLS does not take: that is a fault of the program, and not of a file",
        client_rules: &[],
        serving_rules: &[],
        alone: Alone::Unclear,
    },
    Reason {
        pattern: "x509: provided PrivateKey doesn't match parent's PublicKey",
        fault: "A certificate was to be signed, and the CA's key file does not belong to the CA's certificate: one of the two was \
            replaced, or in the middle of a rotation the file begins with another CA than the one whose key is there",
        client_rules: &["proxy-client-key-mismatch", "proxy-client-untrusted"],
        serving_rules: &[],
        alone: Alone::File,
    },
    Reason {
        pattern: "tls: private key does not match public key|tls: private key type does not match public key type",
        fault: "A key file does not belong to its certificate file: one of the two was replaced and the other was not (yet), or \
            the files of two renewals are mixed. A server that starts ends with this; a running one keeps the pair that it \
            has until both fit. For the front proxy the pair is --proxy-client-cert-file and --proxy-client-key-file",
        client_rules: &["proxy-client-key-mismatch"],
        serving_rules: &[],
        alone: Alone::File,
    },
    Reason {
        pattern: r"tls: failed to find any PEM data in (?P<what>certificate|key) input|tls: failed to find [^\x22]{0,80}PEM[^\x22]{0,80}",
        fault: "A {what} file is empty or holds no PEM block (`-----BEGIN`): it is DER, it was cut short, or the wrong file is named",
        client_rules: &["server-refuses-to-start"],
        serving_rules: &[],
        alone: Alone::File,
    },
    Reason {
        pattern: r"tls: failed to parse private key|x509: (?:invalid|unsupported|malformed|unknown) (?:[A-Za-z0-9]{2,10} ){0,2}private key[^\n\x22]{0,90}|x509: failed to parse (?:EC |RSA )?private key(?: \([^)]{0,90}\))?|x509: malformed DEK-Info header|asn1: (?:structure|syntax) error: [^\n\x22]{0,160}|tls: found unknown private key type in PKCS#8 wrapping|tls: certificate private key [^\n\x22]{0,80}|tls: unsupported (?:public key|certificate key|signing key type)[^\n\x22]{0,60}|x509: (?:PKCS#8 wrapping contained private key with unknown algorithm|unknown EC private key version|private key contains|decryption password incorrect|no DEK-Info header|failed to parse public key|certificate private key does not implement|unknown encryption mode|encrypted PEM data)[^\n\x22]{0,80}",
        fault: "A private key or certificate does not parse: the PEM header does not fit what stands below it (`RSA PRIVATE \
            KEY` is PKCS#1, `EC PRIVATE KEY` is SEC 1, `PRIVATE KEY` is PKCS#8), the key is encrypted, or the bytes are damaged",
        client_rules: &["server-refuses-to-start"],
        serving_rules: &[],
        alone: Alone::File,
    },
    Reason {
        pattern: r"x509: (?:negative serial number|certificate policies extension [^\x22\n]{0,60}|malformed [a-zA-Z0-9 .-]{3,60}|certificate contains duplicate extensions?|invalid [a-zA-Z0-9 .-]{3,60}|cannot parse (?:IP address|URI|dnsName|rfc822Name)[^\x22\n]{0,80}|unsupported [a-zA-Z ]{3,40}|trailing data[^\x22\n]{0,60}|RSA modulus is not a positive number|inner and outer signature[^\x22\n]{0,60}|SAN [^\x22\n]{0,60}|zero or negative DSA parameter|(?:authority info access|authority key identifier|subject key identifier) incorrectly marked critical|Ed25519 key encoded|X25519 key encoded|IP constraint contained|RSA key missing NULL|RSA public exponent is not|empty name constraints|failed to parse (?:URI|dnsName|rfc822Name) constraint|policy constraints [^\x22\n]{0,60}|public key contains|wrong Ed25519 public key size|serial number must be positive|missing ASN\.1 contents|IP [^\x22\n]{0,40})",
        fault: "A certificate does not parse: Go takes only what RFC 5280 and DER allow (no negative serial number, no extension \
            twice, no malformed name or address). Issue it again with another tool. In a CA file one such certificate is \
            enough for kube-apiserver not to start; a client that shows one is cut off in the TLS handshake",
        client_rules: &["ca-bundle-unreadable", "proxy-client-untrusted"],
        serving_rules: &["apiservice-ca-bundle"],
        alone: Alone::File,
    },
    Reason {
        pattern: r"tls: (?:no certificates configured|neither Certificates, GetCertificate, nor GetConfigForClient set in Config)",
        fault: "The server has no serving certificate that it could show: none is configured, its file is not read yet, or a kubelet \
            waits for one that nobody approved",
        client_rules: &[],
        serving_rules: &["serving-certificate-untrusted"],
        alone: Alone::Unclear,
    },
    Reason {
        pattern: r"tls: handshake message of length \d+ bytes exceeds maximum of \d+ bytes",
        fault: "A message of the handshake is too long: a server that lists hundreds of CAs in its request for a certificate, or a chain \
            of very many certificates. Take the CAs away that are not needed any more",
        client_rules: &["ca-bundle-duplicate", "configmap-too-large"],
        serving_rules: &[],
        alone: Alone::Unclear,
    },
    Reason {
        // Go's client judges the chain before the signature of the handshake (crypto/tls, verifyServerCertificate).
        pattern: r"tls: certificate used with invalid signature algorithm",
        fault: "The other side signed the handshake in a way that was not offered to it or does not fit its key. It is no matter of CAs: a client judges \
            the chain of the server before, so that was accepted, and a server of Kubernetes judges a client's after the handshake. A TLS library at fault, or \
            a device between the two, is the cause",
        client_rules: &[],
        serving_rules: &[],
        alone: Alone::Unclear,
    },
    Reason {
        pattern: r"tls: internal error: [^\n\x22]{1,120}",
        fault: "The TLS library of this program itself failed: neither the other side nor what is between the two is the cause, and no certificate was \
            refused. It is a fault of the program, or of how it sets TLS up",
        client_rules: &[],
        serving_rules: &[],
        alone: Alone::Unclear,
    },
    Reason {
        pattern: r"(?:remote error|local error): tls: [a-z][a-zA-Z ]{2,60}|tls: (?:received|unexpected|invalid|malformed|missing|incorrect|too many|downgrade|server|client|second client|certificate used|certificate cannot be used|failed to (?:write|send)|internal error|unsupported|handshake|session|early_data|short read|DialWithDialer|either ServerName|oversized|bad record)[^\n\x22]{0,120}",
        fault: "The TLS protocol itself failed between the two sides, and no certificate was judged by its CA: something else than TLS \
            answers there, a device between the two changes what passes, or the two are of very different versions",
        client_rules: &[],
        serving_rules: &[],
        alone: Alone::Unclear,
    },
];
