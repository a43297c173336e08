//! CA files that the server cannot load.

use super::citations::{go, kubernetes};
use super::init_command::make;
use super::look::{bundles, not_applicable, setup, together};
use crate::lint::{Finding, Rule, Severity, Subject};
use crate::model::{FileState, Setup, Unusable, UnusableKind};

pub static RULE: Rule = Rule {
    id: "ca-bundle-unreadable",
    summary: "A CA file holds nothing that the server can use, and the server does not start",
    severity: Severity::Error,
    subject: Subject::Server,
    explanation: "\
kube-apiserver loads both CA files when it starts and ends if it cannot. The file must exist, must not be empty and \
must hold at least one PEM block `BEGIN CERTIFICATE`, and every such block must parse: one bad block spoils all the \
others.

Text around the blocks, Windows line ends, other PEM blocks and duplicates do no harm. DER, `BEGIN TRUSTED \
CERTIFICATE` (from `openssl x509 -trustout`) and a file that holds only a key do not count as certificates. Go parses \
strictly: a certificate with a negative serial number or with an extension twice is refused although openssl prints \
it.

When the file changes under a running server, it keeps the old content and logs the error; at the next start it does \
not come back.",
    references: &[
        kubernetes!(
            "staging/src/k8s.io/apiserver/pkg/server/dynamiccertificates/dynamic_cafile_content.go",
            "DynamicFileCAContent.loadCABundle"
        ),
        kubernetes!("staging/src/k8s.io/client-go/util/cert/pem.go", "ParseCertsPEM"),
        go!("crypto/x509", "ParseCertificate"),
    ],
    bad_example: "\
$ file /etc/kubernetes/pki/front-proxy-ca.crt
/etc/kubernetes/pki/front-proxy-ca.crt: Certificate, Version=3    (DER)",
    good_example: "\
$ file /etc/kubernetes/pki/front-proxy-ca.crt
/etc/kubernetes/pki/front-proxy-ca.crt: PEM certificate",
    remedy: "Put the CA certificate there in PEM. DER is converted with `openssl x509 -inform DER -in ca.der -out \
ca.crt`, a trusted certificate with `openssl x509 -in trusted.pem -out ca.crt`.",
    check: |context| match setup(context) {
        Ok(setup) => together(bundles(setup).map(|(flag, state)| match state {
            FileState::Unusable(unusable) if is_quoted(&unusable.path) => {
                Err(not_applicable(format!("--{flag}: the path has quotes in it, see literal-quotes")))
            }
            FileState::Unusable(unusable) => Ok(vec![finding(setup, flag, unusable)]),
            FileState::Loaded(_) => Ok(Vec::new()),
            FileState::NotGiven => Err(not_applicable(format!("--{flag} is not given"))),
            FileState::NotLooked(why) => Err(why.clone().about(format!("--{flag}")).into()),
        })),
        Err(outcome) => outcome,
    },
};

fn is_quoted(path: &str) -> bool {
    path.contains('"') || path.starts_with('\'') || path.ends_with('\'')
}

fn finding(setup: &Setup, flag: &'static str, unusable: &Unusable) -> Finding {
    let Unusable { origin, path, looked_at, message, kind } = unusable;
    let place = looked_at.as_ref().map_or_else(String::new, |place| format!(" (looked for at {})", place.display()));
    let (what, label, fix) = match kind {
        UnusableKind::Missing => (
            "cannot be read",
            "this file cannot be read",
            if flag == "client-ca-file" {
                format!("put the CA of client certificates at {path}, or correct --{flag}")
            } else {
                format!("{}, which makes front-proxy-ca.crt, or the path where the CA is", make(setup))
            },
        ),
        UnusableKind::Empty => ("is empty", "this file is empty", format!("put a CA certificate in PEM into {path}")),
        UnusableKind::NoContent => (
            "holds no PEM block CERTIFICATE",
            "no certificate is in this file",
            format!("if {path} is DER: openssl x509 -inform DER -in {path} -out {path}.pem && mv {path}.pem {path}"),
        ),
        _ => (
            "holds a certificate that Go does not parse",
            "a certificate in this file does not parse",
            format!("take the bad block out of {path}; openssl storeutl -noout -certs {path} lists the blocks"),
        ),
    };
    Finding {
        severity: Severity::Error,
        message: format!("--{flag}: {path} {what}{place}"),
        origin: origin.clone(),
        label: label.to_owned(),
        related: Vec::new(),
        consequence: "kube-apiserver does not start; this node has no API server until the file is mended.".to_owned(),
        demonstration: Some(format!("kube-apiserver says: {message}")),
        fix,
        identity: vec![flag.to_owned(), path.clone()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::rules::testing::{CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, check};

    #[test]
    fn fails_with_what_the_server_says() {
        let cluster = Cluster::new();
        let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        for (content, says) in [
            ("", "missing content for CA bundle \"request-header::/etc/kubernetes/pki/front-proxy-ca.crt\""),
            ("garbage", "data does not contain any valid RSA or ECDSA certificates"),
            (cluster.front_proxy_ca.key_pem.as_str(), "data does not contain any valid RSA or ECDSA certificates"),
            (&format!("{}{broken}", cluster.front_proxy_ca.pem), "x509: "),
        ] {
            let finding = check(&RULE, &cluster.server().file(FRONT_PROXY_CA, content).setup()).expect_finding();
            let shown = finding.demonstration.unwrap();
            assert!(shown.contains(says), "{shown}");
        }
    }

    #[test]
    fn passes_with_text_around_the_certificates() {
        let cluster = Cluster::new();
        let content = format!("# the front-proxy CA\r\n{}\r\nend", cluster.front_proxy_ca.pem.replace('\n', "\r\n"));
        check(&RULE, &cluster.server().file(FRONT_PROXY_CA, &content).setup()).expect_pass();
    }

    #[test]
    fn does_not_apply_without_bundles_and_is_unknown_without_their_files() {
        let server = Cluster::new().server();
        let without = server.clone().without("client-ca-file").without("requestheader-client-ca-file").setup();
        check(&RULE, &without).expect_not_applicable();
        check(&RULE, &server.without_file(CLIENT_CA).setup()).expect_unknown();
    }
}
