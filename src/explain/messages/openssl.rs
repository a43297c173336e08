//! The words of other TLS libraries than Go's: OpenSSL, curl, Java, Python, Node.js, .NET, rustls, GnuTLS.

use super::super::pattern::{front_proxy_file, group_of};
use super::{About, CHECK, Message, SAVE_CONFIG_MAP};
use crate::kubernetes::names::aggregated_groups;

/// What openssl says of a certificate of the front proxy, by the number of its error (x509_vfy.h), before or behind the file.
macro_rules! verify_error {
    ($number:literal) => {
        concat!(
            r"error ",
            $number,
            r" at \d+ depth lookup[^\n]{0,200}",
            front_proxy_file!(),
            r"[^\n]{0,300}|",
            front_proxy_file!(),
            r"[^\n]{0,200}error ",
            $number,
            r" at \d+ depth lookup[^\n]{0,300}"
        )
    };
}

/// The front-proxy client by its common name, whole, as OpenSSL, Java and Python write it.
macro_rules! front_proxy_subject {
    () => {
        r"(?:CN ?= ?|commonName', ')(?:front-proxy-client|system:auth-proxy|(?:kube-|system:(?:kube-|openshift-)?)?aggregator|kube-apiserver-proxy(?:-client)?|apiserver-aggregator(?:-client)?)(?:$|[^.\w:-]|[.:](?:\s|$))"
    };
}

/// What they say of a client's certificate that they refuse.
macro_rules! refused_client {
    () => {
        r"(?i:certificate[ _](?:verif|validation|rejected|unknown)|verify (?:error|failed)|unable to get (?:local )?issuer|PKIX path|UnknownIssuer|PartialChain|UntrustedRoot|NotTimeValid|\brejected by\b|\brejecting client|invalid peer certificate|alert unknown ca)"
    };
}

const VERIFY: Message = Message {
    pattern: "",
    printed_by: "openssl verify",
    about: About::FrontProxy,
    meaning: "",
    rules: &[],
    next: &[CHECK, "aggcert check /etc/kubernetes/pki"],
    ..Message::PLAIN
};

pub(super) static GENERAL: &[Message] = super::rows![
    Message {
        pattern: verify_error!("(?:9|10)"),
        meaning: "The front proxy's certificate, or the CA that was given, has expired (error 10) or is not valid yet (error 9, or a clock \
            is behind).",
        rules: &["proxy-client-expired", "ca-expired"],
        ..VERIFY
    },
    Message {
        pattern: verify_error!("26"),
        meaning: "The front proxy's certificate is not for the purpose that was asked for: it must have clientAuth. With `-purpose \
            sslserver` the question was the wrong one, as it is a client's.",
        rules: &["proxy-client-usage"],
        ..VERIFY
    },
    Message {
        pattern: verify_error!("(?:2|18|19|20|21)"),
        meaning: "No chain leads from the front proxy's certificate to the CA that was given: another CA issued it. `self-signed` (18) is \
            most often the CA itself that was asked about. Compare the CA with what kube-apiserver has as \
            --requestheader-client-ca-file.",
        rules: &["proxy-client-untrusted"],
        ..VERIFY
    },
    Message {
        pattern: verify_error!("7"),
        meaning: "The CA that was given has the name of the issuer, but another key: there are two front-proxy CAs of one name.",
        rules: &["ca-subject-shared", "proxy-client-untrusted"],
        ..VERIFY
    },
    Message {
        pattern: verify_error!("(?:24|32|79)"),
        meaning: "The CA that was given may not sign: it lacks CA:TRUE or keyCertSign.",
        rules: &["ca-cannot-sign"],
        ..VERIFY
    },
    Message {
        pattern: concat!(
            r"(?:\S*",
            front_proxy_file!(),
            r"\S*: verification failed|",
            front_proxy_file!(),
            r"[^\n]{0,200}error \d+ at \d+ depth lookup|error \d+ at \d+ depth lookup[^\n]{0,200}",
            front_proxy_file!(),
            r")[^\n]{0,120}"
        ),
        meaning: "The front proxy's certificate does not verify against the CA that was given, and the line before or the words behind the \
            number say why: 10 has expired, 9 is not valid yet, 18, 20 and 21 are another CA, 7 is one of the same name, 24 may not sign, \
            26 is not for clients. Compare the CA with what kube-apiserver has as --requestheader-client-ca-file. OpenSSL and Go differ in \
            some rules, so ask aggcert for Go's.",
        rules: &["proxy-client-untrusted", "proxy-client-expired", "ca-subject-shared"],
        ..VERIFY
    },
    Message {
        pattern: concat!(
            front_proxy_subject!(),
            r"[^\n]{0,300}",
            refused_client!(),
            r"[^\n]{0,300}|",
            refused_client!(),
            r"[^\n]{0,300}",
            front_proxy_subject!(),
            r"[^\n]{0,300}|client SSL certificate verify error[^\n]{0,300}/apis/",
            aggregated_groups!(group_of),
            r"/[^\s\x22]{0,120}"
        ),
        printed_by: "a server, or a proxy before one, that is not written in Go and judges its clients' certificates (nginx, stunnel, Java, .NET, Rust)",
        about: About::FrontProxy,
        meaning: "The certificate that was refused is the front-proxy client, which kube-apiserver shows to extension API servers: what \
            printed this stands there, or before such a server, and does not trust the front-proxy CA (`issuer`, `PartialChain`, \
            `UnknownIssuer`, `PKIX path`), or the certificate has expired. Give it the CA of requestheader-client-ca-file in the ConfigMap \
            kube-system/extension-apiserver-authentication, and let it read its CA file again after a rotation.",
        rules: &["proxy-client-untrusted", "proxy-client-expired", "configmap-drift"],
        next: &[SAVE_CONFIG_MAP, CHECK],
    },
    Message {
        pattern: concat!(
            r"(?:--cert|-E|-cert)[= ]\S*",
            front_proxy_file!(),
            r"[^\n]{0,500}(?i:alert (?:bad certificate|unknown ca|certificate (?:required|expired|unknown)|unsupported certificate|access denied))"
        ),
        printed_by: "curl or openssl, which was given the front-proxy client to show",
        about: About::FrontProxy,
        meaning: "The server did not accept the front-proxy client that was shown to it by hand: it does not trust the front-proxy CA, or \
            the certificate has expired. An extension API server takes that CA from the ConfigMap \
            kube-system/extension-apiserver-authentication.",
        rules: &["proxy-client-untrusted", "proxy-client-expired", "configmap-drift"],
        next: &[SAVE_CONFIG_MAP, CHECK],
    },
    Message {
        pattern: r"(?i)Verify return code: 0 \(ok\)|Verification: OK",
        printed_by: "openssl s_client",
        about: About::NoFailure,
        meaning: "This is no failure: the server's *serving* certificate verifies against the CA that was given. It says nothing about the \
            front proxy, which is a client.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Acceptable client certificate CA names|No client certificate CA names sent",
        printed_by: "openssl s_client",
        about: About::NotTold,
        meaning: "The names below are the CAs whose client certificates the server takes: for kube-apiserver and extension API servers \
            those of --client-ca-file and of the requestheader CA together. The name of the front-proxy CA must be among them; where no \
            names are sent, no CA is loaded, or the server asks for no certificate.",
        rules: &["requestheader-ca-not-loaded", "requestheader-ca-missing"],
        next: &[CHECK],
    },
    Message {
        pattern: r"(?i)(?:unable to load (?:certificate|private key|public key|CA certificate|X509|signing key)|could not (?:read|find|open|load) (?:[a-z0-9]+ ){0,4}?(?:certificates?|private key|public key|file or uri)\b[^\n]{0,120}|PEM routines:[^\n]{0,40}no start line|Expecting: (?:TRUSTED CERTIFICATE|ANY PRIVATE KEY|CERTIFICATE)|BIO_new_file\(\) failed|error setting certificate verify locations|unable to set (?:private key|certificate) file|(?:X509: )?KEY_VALUES_MISMATCH\]?|key values mismatch|x509_check_private_key|NO_CERTIFICATE_OR_CRL_FOUND|bad decrypt|PEM_read_bio)",
        printed_by: "openssl, or a program that uses it, such as nginx",
        about: About::NotTold,
        meaning: "A file is not there, may not be read, or holds no PEM of the kind that was asked for: it is DER (`-inform der`), a key \
            in place of a certificate, empty, or encrypted, or (`key values mismatch`) the key is of another certificate. kube-apiserver \
            reads its files with Go, in other words; the same file may fail there too.",
        rules: &["ca-bundle-unreadable", "proxy-client-key-mismatch"],
        next: &[],
    },
    Message {
        pattern: r"Layer6 invalid response[^\n]{0,200}certificate verify failed|CERTIFICATE_VERIFY_FAILED|SSL certificate (?:verify (?:error|result)|problem)|certificate verif(?:y|ication) failed|(?i:cannot verify \S+ certificate, issued by|unable to find valid certification path|CertificateExpiredException|CertificateNotYetValidException|CertPathValidatorException|No (?:subject )?alternative (?:DNS )?names? |hostname \S+ does ?n.t match|certificate subject name \S+ does not match|SSLPeerUnverifiedException|PKI verification of server certificate failed|Error in the certificate verification|The SSL connection could not be established|client certificate not trusted|ERR_CERT_\w+|ERR_SSL_\w+)|^[^\n:]{0,12}Error: certificate (?:has expired|is not yet valid)|unable to (?:get|verify) (?:local |the first )?(?:issuer )?certificate|server certificate verification failed|PKIX path (?:building|validation) failed|(?:^|[:=(,] ?[\x22'\\]*)(?i:self[- ]signed certificate)(?:[^\w\s-]|\s*$| \()|(?i:self[- ]signed certificate in certificate chain)|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT\w*)|CERT_HAS_EXPIRED|ERR_TLS_CERT_ALTNAME_INVALID|Hostname/IP does(?: not|n't) match certificate|verify error:num=\d+|Verify return code: \d+|error \d+ at \d+ depth lookup|unsuitable certificate purpose|unsupported certificate purpose|SSL: no alternative certificate subject name|InvalidCertificate\(|invalid peer certificate|[Tt]he remote certificate (?:is|was) (?:invalid|rejected)|RemoteCertificate(?:NameMismatch|ChainErrors)|certificate is NOT trusted|SSLCertVerificationError|SSL_ERROR_\w*(?:CERT|UNKNOWN_CA)\w*|\bunable to set client certificate file|error setting certificate file",
        printed_by: "a program that uses OpenSSL, BoringSSL, GnuTLS, rustls, Java or .NET, such as Envoy, nginx or curl",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the API servers of Kubernetes are written in Go and do not use these words. Another \
            program (a service mesh, an ingress, curl, git, a Java, Python, Node.js or Rust client) refused the certificate of a server, \
            or of its own client, by a CA in its own settings, by its dates or by the name that it asked for.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"gnutls_handshake\(\) failed|SSL_connect: (?:Connection reset|SSL_ERROR_SYSCALL)|SSL_ERROR_SYSCALL|no peer certificate available|Layer6 timeout|unexpected eof while reading|wrong version number",
        printed_by: "a client that uses OpenSSL or GnuTLS, such as curl, git or HAProxy",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the other side, or a device between the two, ended the connection during the TLS handshake, \
            or speaks no TLS. No certificate was judged.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Layer6 invalid response[^\n]{0,200}",
        printed_by: "HAProxy, of a server that it checks",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a load balancer's TLS handshake with a server behind it failed. Where it verifies that \
            server (`verify required`), the *serving* certificate may be what it refused (`ca-file`, `verifyhost`); otherwise the server \
            speaks no TLS, ended the handshake, or wants a client certificate.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?i)(?:alert handshake failure|(?:Received fatal alert: |_ALERT_)handshake_failure)[^\n]{0,120}",
        printed_by: "a program that uses OpenSSL or Java, about the other side",
        about: About::SomethingElse,
        meaning: "The other side ended the TLS handshake with alert 40, which gives no reason: the two have no version or cipher in \
            common, the server has no certificate for the name that was asked for, or it wanted a client certificate and got none that it \
            takes. The other side's log says which. This is not the front proxy: kube-apiserver is written in Go and does not use these \
            words.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?i)alert certificate required|(?:Received fatal alert: |_ALERT_)certificate_required|ERR_BAD_SSL_CLIENT_AUTH_CERT|No required SSL certificate was sent",
        printed_by: "a program that uses OpenSSL or Java, about the other side",
        about: About::SomethingElse,
        meaning: "A server wants a client certificate, and its client, most often the program that printed this, showed none (or, of \
            `BAD_SSL_CLIENT_AUTH_CERT`, none that it takes). This is not the front proxy: kube-apiserver is written in Go and does not use \
            these words.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?i)alert (?:bad certificate|unknown ca|certificate (?:required|expired|unknown|revoked)|unsupported certificate|access denied)|(?:Received fatal alert|SSLV3_ALERT_\w+|TLSV1(?:3|_\w*)?_ALERT_\w+)[^\n]{0,120}",
        printed_by: "a program that uses OpenSSL or Java, about the other side",
        about: About::SomethingElse,
        meaning: "The other side ended the TLS handshake because of the certificate that this program showed; the reason is in the other \
            side's log. In a server's log (`accepting a client`), a client does not trust its *serving* certificate; in a client's, a \
            server does not take the *client* certificate. This is not the front proxy: kube-apiserver is written in Go and does not use \
            these words.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Empty client certificate chain|\bnull cert chain\b",
        printed_by: "a TLS server in Java, about a client",
        about: About::NotTold,
        meaning: "This program is the server: it wants a client certificate, and its client showed none. Is it an extension API server, \
            the client is kube-apiserver, which has no proxy client (--proxy-client-cert-file), or something between the two that opens \
            TLS; otherwise it is a matter of that server and its own clients.",
        rules: &["proxy-client-missing"],
        next: &[CHECK],
    },
    Message {
        pattern: r"SSL(?:Handshake)?Exception: (?:No appropriate protocol|no (?:cipher suites|negotiable|protocols?)|extension \(\d+\)|Remote host (?:terminated|closed)|Unsupported or unrecognized SSL message|Connection reset|Unrecognized|The server selected)[^\n]{0,120}",
        printed_by: "a TLS client or server in Java (JSSE)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no certificate was judged: the two sides have no version or cipher suite in common, one \
            ended the connection or speaks no TLS, or an old Java runtime does not take a message that the other side may send. The text \
            behind the exception says which.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"SSLHandshakeException[^\n]{0,160}",
        printed_by: "a TLS client or server in Java (JSSE)",
        about: About::SomethingElse,
        meaning: "The TLS handshake of a program in Java failed; the text behind the exception says which side ended it, and why. This is \
            not the front proxy where that program called a server: kube-apiserver is written in Go and does not use these words.",
        rules: &[],
        next: &[],
    },
];
