//! The words of other TLS libraries than Go's: OpenSSL, curl, Java, Python, Node.js, .NET, rustls, GnuTLS.

use super::super::pattern::front_proxy_file;
use super::{About, CHECK, Message};

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

const VERIFY: Message = Message {
    pattern: "",
    printed_by: "openssl verify",
    about: About::FrontProxy,
    meaning: "",
    rules: &[],
    next: &[CHECK, "aggcert check /etc/kubernetes/pki"],
};

pub(super) static GENERAL: &[Message] = &[
    Message {
        pattern: verify_error!("(?:9|10)"),
        meaning: "The front proxy's certificate, or the CA that was given, has expired (error 10) or is not valid yet (error 9, or a clock is behind).",
        rules: &["proxy-client-expired", "ca-expired"],
        ..VERIFY
    },
    Message {
        pattern: verify_error!("26"),
        meaning: "The front proxy's certificate is not for the purpose that was asked for: it must have clientAuth. With `-purpose sslserver` the question was the \
            wrong one, as it is a client's.",
        rules: &["proxy-client-usage"],
        ..VERIFY
    },
    Message {
        pattern: verify_error!("(?:2|18|19|20|21)"),
        meaning: "No chain leads from the front proxy's certificate to the CA that was given: another CA issued it. `self-signed` (18) is most often the CA itself that \
            was asked about. Compare the CA with what kube-apiserver has as --requestheader-client-ca-file.",
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
        meaning: "The front proxy's certificate does not verify against the CA that was given, and the line before or the words behind the number say why: 10 has \
            expired, 9 is not valid yet, 18, 20 and 21 are another CA, 7 is one of the same name, 24 may not sign, 26 is not for clients. Compare the \
            CA with what kube-apiserver has as --requestheader-client-ca-file. OpenSSL and Go differ in some rules, so ask aggcert for Go's.",
        rules: &["proxy-client-untrusted", "proxy-client-expired", "ca-subject-shared"],
        ..VERIFY
    },
    Message {
        pattern: r"(?i)Verify return code: 0 \(ok\)|Verification: OK",
        printed_by: "openssl s_client",
        about: About::SomethingElse,
        meaning: "This is no failure: the server's *serving* certificate verifies against the CA that was given. It says nothing about the front \
            proxy, which is a client.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Acceptable client certificate CA names|No client certificate CA names sent",
        printed_by: "openssl s_client",
        about: About::NotTold,
        meaning: "The names below are the CAs whose client certificates the server takes: for kube-apiserver and extension API servers those of \
            --client-ca-file and of the requestheader CA together. The name of the front-proxy CA must be among them; where no names are \
            sent, no CA is loaded, or the server asks for no certificate.",
        rules: &["requestheader-ca-not-loaded", "requestheader-ca-missing"],
        next: &[CHECK],
    },
    Message {
        pattern: r"(?i)(?:unable to load (?:certificate|private key|public key|CA certificate|X509|signing key)|could not (?:read|find|open|load) [^\n]{0,40}(?:certificate|private key|public key|file or uri)[^\n]{0,120}|PEM routines:[^\n]{0,40}no start line|Expecting: (?:TRUSTED CERTIFICATE|ANY PRIVATE KEY|CERTIFICATE)|BIO_new_file\(\) failed|bad decrypt|PEM_read_bio)",
        printed_by: "openssl, or a program that uses it, such as nginx",
        about: About::NotTold,
        meaning: "A file is not there, may not be read, or holds no PEM of the kind that was asked for: it is DER (`-inform der`), a key in place of a \
            certificate, empty, or encrypted. kube-apiserver reads its files with Go, in other words; the same file may fail there too.",
        rules: &["ca-bundle-unreadable", "proxy-client-key-mismatch"],
        next: &[],
    },
    Message {
        pattern: r"gnutls_handshake\(\) failed|SSL_connect: (?:Connection reset|SSL_ERROR_SYSCALL)|SSL_ERROR_SYSCALL|Layer6 (?:invalid response|timeout)|unexpected eof while reading|wrong version number",
        printed_by: "a client that uses OpenSSL or GnuTLS, such as curl, git or HAProxy",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the other side, or a device between the two, ended the connection during the TLS handshake, or speaks no \
            TLS. No certificate was judged.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"CERTIFICATE_VERIFY_FAILED|SSL certificate (?:verify (?:error|result)|problem)|certificate verif(?:y|ication) failed|(?i:cannot verify \S+ certificate, issued by|unable to find valid certification path|CertificateExpiredException|CertificateNotYetValidException|CertPathValidatorException|No (?:subject )?alternative (?:DNS )?names? |hostname \S+ does ?n.t match|certificate subject name \S+ does not match|SSLPeerUnverifiedException|PKI verification of server certificate failed|Error in the certificate verification|The SSL connection could not be established|client certificate not trusted|ERR_CERT_\w+|ERR_SSL_\w+|ERR_BAD_SSL_CLIENT_AUTH_CERT|No required SSL certificate was sent)|^[^\n:]{0,12}Error: certificate (?:has expired|is not yet valid)|unable to (?:get|verify) (?:local |the first )?(?:issuer )?certificate|server certificate verification failed|PKIX path (?:building|validation) failed|(?i:self[- ]signed certificate)(?: in certificate chain)?|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT\w*)|CERT_HAS_EXPIRED|ERR_TLS_CERT_ALTNAME_INVALID|Hostname/IP does(?: not|n't) match certificate|verify error:num=\d+|Verify return code: \d+|error \d+ at \d+ depth lookup|unsuitable certificate purpose|unsupported certificate purpose|key values mismatch|no peer certificate available|SSL: no alternative certificate subject name|(?i:x509_check_private_key)|InvalidCertificate\(|invalid peer certificate|[Tt]he remote certificate (?:is|was) (?:invalid|rejected)|RemoteCertificate(?:NameMismatch|ChainErrors)|certificate is NOT trusted|SSLCertVerificationError|SSL_ERROR_\w+|\bunable to set (?:private key|client certificate) file|could not load PEM client certificate|error setting certificate (?:verify locations|file)",
        printed_by: "a program that uses OpenSSL, BoringSSL, GnuTLS, rustls, Java or .NET, such as Envoy, nginx or curl",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the API servers of Kubernetes are written in Go and do not use these words. Another \
            program (a service mesh, an ingress, curl, git, a Java, Python, Node.js or Rust client) refused the certificate of a server, \
            or of its own client, by a CA in its own settings, by its dates or by the name that it asked for.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?i)(?:alert handshake failure|(?:Received fatal alert: |_ALERT_)handshake_failure)[^\n]{0,120}",
        printed_by: "a program that uses OpenSSL or Java, about the other side",
        about: About::SomethingElse,
        meaning: "The other side ended the TLS handshake with alert 40, which gives no reason: the two have no version or cipher in common, the server has \
            no certificate for the name that was asked for, or it wanted a client certificate and got none that it takes. The other side's log says \
            which. This is not the front proxy: kube-apiserver is written in Go and does not use these words.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?i)alert certificate required|(?:Received fatal alert: |_ALERT_)certificate_required",
        printed_by: "a program that uses OpenSSL or Java, about the other side",
        about: About::SomethingElse,
        meaning: "The other side ended the TLS handshake, because it wants a client certificate and this program showed none. This is not the front proxy: kube-apiserver is \
            written in Go and does not use these words.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?i)alert (?:bad certificate|unknown ca|certificate (?:required|expired|unknown|revoked)|unsupported certificate|access denied)|(?:Received fatal alert|SSLHandshakeException|SSLV3_ALERT_\w+|TLSV1(?:3|_\w*)?_ALERT_\w+)[^\n]{0,120}",
        printed_by: "a program that uses OpenSSL or Java, about the other side",
        about: About::SomethingElse,
        meaning: "The other side ended the TLS handshake because of the certificate that this program showed; the reason is in the other side's log. In a \
            server's log (`accepting a client`), a client does not trust its *serving* certificate; in a client's, a server does not take the \
            *client* certificate. This is not the front proxy: kube-apiserver is written in Go and does not use these words.",
        rules: &[],
        next: &[],
    },
];
