//! The messages that are known. Specific ones stand before general ones.

use super::Message;

const CHECK: &str = "aggcert check    # on a control-plane node";

/// See [`super::explain`].
pub static MESSAGES: &[Message] = &[
    Message {
        pattern: r"x509: subject with cn=(?<name>.*?) is not in the allowed list(?:: \[(?<list>[^\]]*)\])?",
        printed_by: "kube-apiserver and every extension API server (k8s.io/apiserver, x509.Verifier.verifySubject)",
        meaning: "A client's certificate verifies against the requestheader CA, but its common name `{name}` is not one of \
            --requestheader-allowed-names. If `{name}` is your proxy client, kube-apiserver cannot prove to extension API \
            servers who it is, and they answer 401. If it is an ordinary client (a kubelet, the scheduler, an admin), then \
            the requestheader CA also issues ordinary client certificates: the two CAs are one, and whoever gets a \
            certificate with an allowed name from it can be any user. The line itself does no harm: the client is then \
            asked for by the next authenticator.",
        rules: &["proxy-client-name-not-allowed", "ca-reused", "allowed-names-whitespace"],
        next: &[CHECK, "openssl x509 -noout -subject -in /etc/kubernetes/pki/front-proxy-client.crt"],
    },
    Message {
        pattern: "--requestheader-client-ca-file and --client-ca-file contain overlapping certificates",
        printed_by: "kube-apiserver 1.35 and later, at start-up (BuiltInAuthenticationOptions.Validate)",
        meaning: "kube-apiserver does not start: the same certificate stands in both CA files and no name is required, so \
            every client certificate would be every user. Naming one name in --requestheader-allowed-names makes it start, \
            but leaves the door open to whoever gets a certificate with that name from the shared CA. Make a CA for the \
            front proxy alone.",
        rules: &["identity-spoofable", "ca-reused"],
        next: &["aggcert init /etc/kubernetes/pki", "aggcert flags /etc/kubernetes/pki", CHECK],
    },
    Message {
        pattern: "unable to load configmap based request-header-client-ca-file(?:: (?<why>.*))?",
        printed_by: "an extension API server at start-up (k8s.io/apiserver, DelegatingAuthenticationOptions)",
        meaning: "The extension API server cannot read the ConfigMap kube-system/extension-apiserver-authentication, or it \
            does not hold a requestheader CA: kube-apiserver runs without --requestheader-client-ca-file, its CA has \
            expired (then all requestheader keys vanish), or the server's service account lacks the Role \
            extension-apiserver-authentication-reader.",
        rules: &["requestheader-ca-missing", "ca-expired", "configmap-drift"],
        next: &[
            "kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml | aggcert check -",
            CHECK,
        ],
    },
    Message {
        pattern: r"cluster doesn't provide (?<key>requestheader-client-ca-file|client-ca-file) in configmap/extension-apiserver-authentication",
        printed_by: "an extension API server at start-up (k8s.io/apiserver, DelegatingAuthenticationOptions)",
        meaning: "The ConfigMap kube-system/extension-apiserver-authentication has no `{key}`: kube-apiserver runs without \
            the flag of that name, or the last such CA has expired. Requests that kube-apiserver proxies will not be \
            authenticated by the extension API server.",
        rules: &["requestheader-ca-missing", "ca-expired", "aggregation-not-configured"],
        next: &[
            "kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml | aggcert check -",
            CHECK,
        ],
    },
    Message {
        pattern: r#"configmaps? "extension-apiserver-authentication" is forbidden"#,
        printed_by: "an extension API server that may not read the ConfigMap",
        meaning: "The extension API server's service account may not read kube-system/extension-apiserver-authentication. \
            The certificates are not the cause: bind the Role extension-apiserver-authentication-reader in kube-system to it.",
        rules: &[],
        next: &["kubectl -n kube-system get rolebindings -o wide | grep extension-apiserver-authentication-reader"],
    },
    Message {
        pattern: r#"User "front-proxy-client" cannot (?<verb>\w+) resource"#,
        printed_by: "an extension API server's or kube-apiserver's authorizer",
        meaning: "A request was proxied, and the proxy client itself was taken for the user. Its certificate verifies \
            against --client-ca-file as well, and no username header was accepted: the certificate does not verify \
            against the requestheader CA that the extension API server knows, its name is not allowed there, or the \
            username headers differ. The user who asked is not seen at all.",
        rules: &[
            "proxy-client-also-a-user",
            "requestheader-ca-logs-in",
            "ca-reused",
            "proxy-client-name-not-allowed",
            "configmap-drift",
        ],
        next: &[
            "aggcert whoami --extension --client-cert /etc/kubernetes/pki/front-proxy-client.crt --header 'X-Remote-User: alice'",
            CHECK,
        ],
    },
    Message {
        pattern: r#"User "system:anonymous" cannot (?<verb>\w+) resource"#,
        printed_by: "an authorizer",
        meaning: "The request carried no client certificate and no token that any authenticator took, and anonymous \
            requests are allowed. Where kube-apiserver proxied it, the proxy-client flags are missing: kube-apiserver had \
            no certificate to show.",
        rules: &["proxy-client-missing", "requestheader-headers-missing"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"x509: certificate signed by unknown authority \(possibly because of "(?<why>.*?)" while trying to verify candidate authority certificate "(?<candidate>.*?)"\)"#,
        printed_by: "Go's crypto/x509 (Certificate.Verify), in kube-apiserver or an extension API server",
        meaning: "A CA named `{candidate}` is trusted, and the certificate says that it was issued by that name, but the CA \
            could not have signed it: {why}. With `ECDSA verification failure` or `crypto/rsa: verification error` it is \
            another CA with the same name: after a rotation one side still has the old certificate, or the cluster CA and \
            the front-proxy CA share a name. Otherwise the CA certificate itself may not sign.",
        rules: &["proxy-client-untrusted", "ca-subject-shared", "ca-cannot-sign", "configmap-drift", "node-drift"],
        next: &[
            "openssl verify -CAfile /etc/kubernetes/pki/front-proxy-ca.crt /etc/kubernetes/pki/front-proxy-client.crt",
            CHECK,
        ],
    },
    Message {
        pattern: "error trying to reach service: x509: (?<why>certificate signed by unknown authority|.{0,200})",
        printed_by: "kube-apiserver's aggregator, when it calls an extension API server",
        meaning: "This is the other direction: kube-apiserver does not accept the *serving* certificate of the extension \
            API server ({why}). The caBundle of its APIService is missing, old or of another CA, or the certificate does \
            not name the service. The front-proxy certificates are not the cause.",
        rules: &["apiservice-ca-bundle", "apiservice-insecure"],
        next: &["kubectl get apiservices -o yaml | aggcert check -"],
    },
    Message {
        pattern: "x509: certificate signed by unknown authority",
        printed_by: "Go's crypto/x509 (Certificate.Verify)",
        meaning: "No chain leads from the certificate to a trusted CA: no CA in the bundle has the name of its issuer. In \
            kube-apiserver's or an extension API server's log it is a client's certificate: the proxy client was issued by \
            a CA that is not in --requestheader-client-ca-file, or in what the ConfigMap \
            extension-apiserver-authentication still holds of it.",
        rules: &["proxy-client-untrusted", "configmap-drift", "node-drift", "ca-bundle-unreadable"],
        next: &[
            "aggcert whoami --client-cert /etc/kubernetes/pki/front-proxy-client.crt --header 'X-Remote-User: alice'",
            CHECK,
        ],
    },
    Message {
        pattern: "x509: certificate has expired or is not yet valid(?:: current time (?<now>[^ ]+) is (?<relation>before|after) (?<limit>[^ ,\"]+))?",
        printed_by: "Go's crypto/x509 (Certificate.isValid)",
        meaning: "A certificate of the chain, not necessarily the client's own, is outside its validity. With `after` it \
            has expired; with `before` it is not valid yet, or this machine's clock is behind.",
        rules: &["proxy-client-expired", "ca-expired", "apiservice-ca-bundle"],
        next: &[CHECK, "date -u"],
    },
    Message {
        pattern: "x509: certificate specifies an incompatible key usage",
        printed_by: "Go's crypto/x509 (checkChainForKeyUsage)",
        meaning: "The certificate, or a CA above it, has an extended key usage that does not allow clientAuth. Often the \
            serving certificate of kube-apiserver is used as the proxy client.",
        rules: &["proxy-client-usage", "proxy-client-is-serving-certificate", "ca-cannot-sign"],
        next: &["openssl x509 -noout -ext extendedKeyUsage -in /etc/kubernetes/pki/front-proxy-client.crt", CHECK],
    },
    Message {
        pattern: "x509: too many intermediates for path length constraint|x509: certificate is not authorized to sign other certificates|x509: invalid signature: parent certificate cannot sign this kind of certificate",
        printed_by: "Go's crypto/x509 (Certificate.isValid, CheckSignatureFrom)",
        meaning: "A certificate that is used as a CA may not sign: basicConstraints CA:FALSE or missing, no keyCertSign in \
            its key usage, or more certificates below it than its path length allows.",
        rules: &["ca-cannot-sign"],
        next: &["openssl x509 -noout -ext basicConstraints,keyUsage -in /etc/kubernetes/pki/front-proxy-ca.crt", CHECK],
    },
    Message {
        pattern: "x509: cannot verify signature: insecure algorithm (?<algorithm>[A-Za-z0-9-]+)",
        printed_by: "Go's crypto/x509 (CheckSignatureFrom)",
        meaning: "The certificate is signed with {algorithm}, which Go no longer verifies. Issue it again with SHA-256.",
        rules: &["weak-signature"],
        next: &["aggcert init --force DIR", CHECK],
    },
    Message {
        pattern: r#"missing content for CA bundle "(?<bundle>[^"]*)""#,
        printed_by: "kube-apiserver at start-up, or an extension API server (dynamiccertificates)",
        meaning: "The bundle `{bundle}` is empty. For a file: it exists and has no bytes. For a ConfigMap: it has no such \
            key, because kube-apiserver runs without --requestheader-client-ca-file, or because the last CA in it has \
            expired.",
        rules: &["ca-bundle-unreadable", "requestheader-ca-missing", "ca-expired"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"(?:error loading CA bundle for "(?<bundle>[^"]*)": )?data does not contain any valid RSA or ECDSA certificates"#,
        printed_by: "kube-apiserver at start-up (client-go, cert.ParseCertsPEM)",
        meaning: "The CA file holds no `BEGIN CERTIFICATE` block that is read: it is DER, it holds only a key, or its \
            blocks are `TRUSTED CERTIFICATE`s. kube-apiserver does not start.",
        rules: &["ca-bundle-unreadable"],
        next: &["openssl x509 -inform der -in ca.der -out ca.crt    # if it is DER", CHECK],
    },
    Message {
        pattern: r#"error loading CA bundle for "(?<bundle>[^"]*)": (?<why>x509: [^"]*)"#,
        printed_by: "kube-apiserver at start-up (dynamiccertificates)",
        meaning: "A certificate in the bundle `{bundle}` does not parse ({why}). One bad block is enough: kube-apiserver \
            does not start.",
        rules: &["ca-bundle-unreadable"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"unknown flag: (?<flag>--[^\s"]+)"#,
        printed_by: "kube-apiserver at start-up (pflag)",
        meaning: "There is no flag `{flag}` in this version: it is misspelt, or was removed. kube-apiserver does not start.",
        rules: &["flag-unknown"],
        next: &["aggcert check -- {flag}", "kube-apiserver --help"],
    },
    Message {
        pattern: r"unknown shorthand flag: '(?<letter>.)' in (?<argument>-[^\s]+)",
        printed_by: "kube-apiserver at start-up (pflag)",
        meaning: "`{argument}` begins with one dash, so pflag reads it as a bundle of one-letter flags. Write it with two. \
            kube-apiserver does not start.",
        rules: &["flag-unknown", "server-refuses-to-start"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"empty value in "(?<flag>requestheader-[a-z-]+)""#,
        printed_by: "kube-apiserver at start-up (RequestHeaderAuthenticationOptions.Validate)",
        meaning: "The list --{flag} has an entry that is empty or only blanks: quotes that reached the server (`=\"\"`), or \
            a comma too many. kube-apiserver does not start. An empty list is written `--{flag}=`.",
        rules: &["allowed-names-blank-entry", "server-refuses-to-start"],
        next: &[CHECK],
    },
    Message {
        pattern: r"--requestheader-(?<list>username-headers|group-headers|extra-headers-prefix|uid-headers) is set without specifying the standard (?<header>X-Remote-[A-Za-z-]+)",
        printed_by: "kube-apiserver at start-up (RequestHeaderAuthenticationOptions.Validate)",
        meaning: "--requestheader-{list} does not hold `{header}`, which kube-apiserver itself sends: extension API servers \
            would not see who the user is. For the uid it does not start, for the others it starts and aggregation does \
            not work.",
        rules: &["requestheader-headers-nonstandard"],
        next: &[CHECK],
    },
    Message {
        pattern: "tls: private key does not match public key",
        printed_by: "kube-apiserver at start-up (crypto/tls, X509KeyPair)",
        meaning: "A key file does not belong to its certificate file: --proxy-client-key-file and --proxy-client-cert-file, \
            or the serving pair. kube-apiserver does not start.",
        rules: &["proxy-client-key-mismatch"],
        next: &[
            "openssl x509 -noout -pubkey -in front-proxy-client.crt; openssl pkey -pubout -in front-proxy-client.key",
            CHECK,
        ],
    },
    Message {
        pattern: r#"open (?<path>"?[^:]+): no such file or directory"#,
        printed_by: "kube-apiserver at start-up",
        meaning: "`{path}` does not exist for the server. In a container it must be mounted; quotes in the message around \
            the path are really part of the flag's value.",
        rules: &["ca-bundle-unreadable", "literal-quotes", "server-refuses-to-start"],
        next: &["ls -l {path}", CHECK],
    },
    Message {
        pattern: r"failing or missing response from (?<url>https://\S+): bad status from \S+: (?<status>401|403)",
        printed_by: "the APIService's condition Available (kube-apiserver's available controller)",
        meaning: "The extension API server was reached and answered {status}. With 401 it did not accept the front-proxy \
            certificate: wrong CA in the ConfigMap, name not allowed, expired, wrong usage. With 403 it took the proxy \
            client for an ordinary user.",
        rules: &[
            "proxy-client-untrusted",
            "proxy-client-name-not-allowed",
            "proxy-client-expired",
            "proxy-client-usage",
            "proxy-client-missing",
            "proxy-client-also-a-user",
        ],
        next: &[
            "kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml > config-map.yaml",
            "aggcert check /etc/kubernetes/manifests config-map.yaml",
        ],
    },
    Message {
        pattern: r"failing or missing response from (?<url>https://\S+): (?<why>.{0,300})",
        printed_by: "the APIService's condition Available (kube-apiserver's available controller)",
        meaning: "kube-apiserver could not talk to {url}: {why}. A time-out or a refused connection is a matter of the \
            network or of the pod, not of these certificates.",
        rules: &["apiservice-ca-bundle"],
        next: &["kubectl get apiservices", "kubectl get apiservices -o yaml | aggcert check -"],
    },
    Message {
        pattern: r"the server is currently unable to handle the request|Metrics API not available|unable to retrieve the complete list of server APIs",
        printed_by: "kubectl",
        meaning: "An APIService is not available. This says nothing about the cause: its condition does.",
        rules: &[],
        next: &[
            "kubectl get apiservices | grep False",
            "kubectl describe apiservice v1beta1.metrics.k8s.io | aggcert explain",
        ],
    },
    Message {
        pattern: "Unable to authenticate the request",
        printed_by: "kube-apiserver or an extension API server (filters.withAuthentication)",
        meaning: "A request was answered with 401. The reasons of all authenticators that refused follow in `err=`.",
        rules: &["proxy-client-untrusted", "proxy-client-name-not-allowed", "proxy-client-expired"],
        next: &[
            "aggcert whoami --client-cert /etc/kubernetes/pki/front-proxy-client.crt --header 'X-Remote-User: alice'",
        ],
    },
];
