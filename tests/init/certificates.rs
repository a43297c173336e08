//! What the certificates contain, as OpenSSL and GnuTLS see them.

use std::collections::BTreeMap;
use std::process::Command;

use super::directory::{Directory, succeeded};

const ALGORITHMS: [&str; 5] = ["ecdsa-p256", "ecdsa-p384", "ed25519", "rsa-2048", "rsa-3072"];

/// The extensions and what they say, whatever their order.
fn extensions(directory: &Directory, name: &str) -> BTreeMap<String, String> {
    let text = succeeded(&directory.openssl(&["x509", "-in", name, "-noout", "-text"]));
    let mut lines = text.lines().map(str::trim).skip_while(|line| *line != "X509v3 extensions:").skip(1);
    let mut extensions = BTreeMap::new();
    while let Some(extension) = lines.next().filter(|line| !line.starts_with("Signature Algorithm")) {
        extensions.insert(extension.to_owned(), lines.next().unwrap().to_owned());
    }
    extensions
}

fn field(directory: &Directory, name: &str, option: &str) -> String {
    let text = succeeded(&directory.openssl(&["x509", "-in", name, "-noout", option]));
    text.split_once('=').unwrap().1.trim().to_owned()
}

#[test]
fn openssl_finds_exactly_these_extensions() {
    for (algorithm, key_usage) in
        [("ecdsa-p256", "Digital Signature"), ("rsa-2048", "Digital Signature, Key Encipherment")]
    {
        let directory = Directory::made(&["--key-algorithm", algorithm]);
        let ca = extensions(&directory, "pki/front-proxy-ca.crt");
        let key_identifier = ca["X509v3 Subject Key Identifier:"].as_str();
        assert_eq!(key_identifier.len(), 59, "{key_identifier}");
        let expected = [
            ("X509v3 Basic Constraints: critical", "CA:TRUE, pathlen:0"),
            ("X509v3 Key Usage: critical", "Certificate Sign"),
            ("X509v3 Subject Key Identifier:", key_identifier),
        ];
        assert_eq!(ca, owned(&expected));
        let expected = [
            ("X509v3 Basic Constraints: critical", "CA:FALSE"),
            ("X509v3 Key Usage: critical", key_usage),
            ("X509v3 Extended Key Usage:", "TLS Web Client Authentication"),
            ("X509v3 Authority Key Identifier:", key_identifier),
        ];
        assert_eq!(extensions(&directory, "pki/front-proxy-client.crt"), owned(&expected));
    }
}

fn owned(extensions: &[(&str, &str)]) -> BTreeMap<String, String> {
    extensions.iter().map(|(extension, value)| ((*extension).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn openssl_accepts_every_algorithm() {
    for algorithm in ALGORITHMS {
        let directory = Directory::made(&["--key-algorithm", algorithm]);
        let verified = succeeded(&directory.openssl(&[
            "verify",
            "-x509_strict",
            "-purpose",
            "sslclient",
            "-CAfile",
            "pki/front-proxy-ca.crt",
            "pki/front-proxy-client.crt",
        ]));
        assert_eq!(verified, "pki/front-proxy-client.crt: OK\n", "{algorithm}");
        for pair in ["front-proxy-ca", "front-proxy-client"] {
            let (certificate, key) = (format!("pki/{pair}.crt"), format!("pki/{pair}.key"));
            let public = succeeded(&directory.openssl(&["pkey", "-in", &key, "-pubout"]));
            assert_eq!(
                public,
                succeeded(&directory.openssl(&["x509", "-in", &certificate, "-noout", "-pubkey"])),
                "{algorithm}"
            );
            succeeded(&directory.openssl(&["pkey", "-in", &key, "-check", "-noout"]));
            assert!(directory.read(&format!("{pair}.key")).starts_with(b"-----BEGIN PRIVATE KEY-----\n"));
        }
    }
}

#[test]
fn gnutls_accepts_them_where_it_is_installed() {
    if Command::new("certtool").arg("--version").output().is_err() {
        eprintln!("certtool is not installed: nothing is tested");
        return;
    }
    for algorithm in ["ecdsa-p256", "ed25519", "rsa-2048"] {
        let directory = Directory::made(&["--key-algorithm", algorithm]);
        let mut command = Command::new("certtool");
        command.args(["--verify", "--load-ca-certificate"]).arg(directory.file("front-proxy-ca.crt"));
        command.arg("--infile").arg(directory.file("front-proxy-client.crt"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{algorithm}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn serial_numbers_are_positive_and_long() {
    let directory = Directory::made(&[]);
    let serial_numbers =
        ["front-proxy-ca", "front-proxy-client"].map(|name| field(&directory, &format!("pki/{name}.crt"), "-serial"));
    assert_ne!(serial_numbers[0], serial_numbers[1]);
    for serial_number in serial_numbers {
        assert_eq!(serial_number.len(), 32, "{serial_number}");
        assert!(("4".."8").contains(&&serial_number[..1]), "{serial_number}");
    }
}

#[test]
fn names_are_as_asked_for() {
    let names = ["--ca-common-name", "Zentrale \"A\", Süd", "--client-common-name", "a, b=c"];
    let directory = Directory::made(&names);
    let ca = directory.certificate("front-proxy-ca.crt");
    let client = directory.certificate("front-proxy-client.crt");
    assert_eq!(ca.subject.common_name(), "Zentrale \"A\", Süd");
    assert_eq!(client.subject.common_name(), "a, b=c");
    assert_eq!(client.raw_issuer, ca.raw_subject);
    let subject = succeeded(&directory.openssl(&[
        "x509",
        "-in",
        "pki/front-proxy-ca.crt",
        "-noout",
        "-subject",
        "-nameopt",
        "utf8,sep_comma_plus",
    ]));
    assert_eq!(subject, "subject=CN=Zentrale \"A\", Süd\n");
}

#[test]
fn validity_is_as_asked_for() {
    let directory = Directory::made(&["--ca-validity", "2y", "--client-validity", "36h"]);
    let ca = directory.certificate("front-proxy-ca.crt");
    let client = directory.certificate("front-proxy-client.crt");
    let five_minutes = time::Duration::minutes(5);
    assert_eq!(ca.not_after - ca.not_before, time::Duration::days(730) + five_minutes);
    assert_eq!(client.not_after - client.not_before, time::Duration::hours(36) + five_minutes);
    assert_eq!(client.not_before, ca.not_before);
}

#[test]
fn a_client_ends_with_its_ca_and_a_ca_may_outlive_2049() {
    let directory = Directory::made(&["--ca-validity", "30d"]);
    let [ca, client] = ["front-proxy-ca.crt", "front-proxy-client.crt"].map(|name| directory.certificate(name));
    assert_eq!(client.not_after, ca.not_after);
    let directory = Directory::made(&["--ca-validity", "100y", "--client-validity", "99y"]);
    assert!(directory.certificate("front-proxy-client.crt").not_after.year() > 2100);
    succeeded(&directory.openssl(&[
        "verify",
        "-x509_strict",
        "-CAfile",
        "pki/front-proxy-ca.crt",
        "pki/front-proxy-client.crt",
    ]));
}
