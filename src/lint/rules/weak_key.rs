//! RSA keys that are too short.

use crate::lint::facts::init_command::{renew_client_with, rotate};
use crate::lint::facts::look::each_file;
use crate::lint::prelude::*;
use crate::x509::PublicKeyAlgorithm;

/// The least that NIST SP 800-131A Rev. 2, section 3, takes, in bits.
const LEAST: usize = 2048;
/// Go's crypto/rsa verifies nothing with a shorter key.
const LEAST_FOR_GO: usize = 1024;

pub(super) static RULE: Rule = Rule {
    id: "weak-key",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/weak-key.md"),
    checks: &[Check::Trust(|setup, _| each_file(setup, |flag, certificates| judge(setup, flag, &certificates)))],
};

fn judge(setup: &Setup, flag: &PathFlag, certificates: &[&Located<Certificate>]) -> Vec<Finding> {
    let weak = certificates.iter().filter_map(|certificate| match certificate.value.public_key_algorithm {
        PublicKeyAlgorithm::Rsa(bits) if bits < LEAST => Some(finding(setup, flag, certificate, bits)),
        _ => None,
    });
    weak.collect()
}

fn finding(setup: &Setup, flag: &PathFlag, certificate: &Located<Certificate>, bits: usize) -> Finding {
    let holder = if flag.name == "client-ca-file" {
        "can issue a certificate for any user and group"
    } else {
        "can be a front proxy, and so any user"
    };
    let refused = if bits < LEAST_FOR_GO { " Go refuses signatures of so short a key altogether." } else { "" };
    Finding::warning(format!("{} in {} has an RSA key of {bits} bits", subject(&certificate.value), flag.called()))
        .at(&certificate.origin, format!("RSA, {bits} bits"))
        .consequence(format!("Whoever finds the private key by computing {holder}.{refused}"))
        .fix(match flag.name {
            "client-ca-file" => {
                format!("Replace the CA by one with a key of {LEAST} bits or more, and issue its certificates again.")
                    .into()
            }
            "requestheader-client-ca-file" => rotate(setup, &["--key-algorithm", "ecdsa-p256"]),
            _ => renew_client_with(setup, &["--key-algorithm", "ecdsa-p256"]),
        })
        .identity([flag.name.to_owned(), certificate.value.fingerprint()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, check, openssl};

    #[test]
    fn fails_with_1024_bits() {
        let finding =
            check(&RULE, Cluster::new().server().file(CLIENT_CA, &openssl::ca("rsa:1024", "sha256"))).expect_finding();
        assert_eq!(finding.message, "CN=ca in --client-ca-file has an RSA key of 1024 bits");
    }

    #[test]
    fn passes_with_2048_bits_and_with_elliptic_curves() {
        check(&RULE, Cluster::new().server()).expect_pass();
        check(&RULE, Cluster::new().server().file(CLIENT_CA, &openssl::ca("rsa:2048", "sha256"))).expect_pass();
    }
}
