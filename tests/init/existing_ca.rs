//! `--ca-cert` and `--ca-key`: CAs that others have made.

use std::fs;

use super::directory::{Directory, failed, succeeded};

/// All that OpenSSL is to know, wherever it keeps its own.
const CONFIGURATION: &str = "[req]\ndistinguished_name = name\n[name]\n";

/// A CA in `name.crt` and `name.key` beside the directory.
fn openssl_ca(directory: &Directory, name: &str, key: &[&str], subject: &str) {
    let key_path = format!("{name}.key");
    let (command, rest) = key.split_first().unwrap();
    succeeded(&directory.openssl(&[&[*command, "-out", &key_path], rest].concat()));
    self_signed(directory, name, &key_path, subject, "basicConstraints=critical,CA:TRUE");
}

fn self_signed(directory: &Directory, name: &str, key: &str, subject: &str, basic_constraints: &str) {
    certificate(directory, name, key, subject, basic_constraints, &[]);
}

/// A CA below another one.
fn openssl_ca_below(directory: &Directory, name: &str, issuer: &str) {
    let [key, certificate_of, key_of] = [format!("{name}.key"), format!("{issuer}.crt"), format!("{issuer}.key")];
    succeeded(&directory.openssl(&["genpkey", "-algorithm", "ED25519", "-out", &key]));
    let issuer = ["-CA", &certificate_of, "-CAkey", &key_of];
    certificate(directory, name, &key, &format!("/CN={name}"), "basicConstraints=critical,CA:TRUE", &issuer);
}

fn certificate(directory: &Directory, name: &str, key: &str, subject: &str, basic_constraints: &str, issuer: &[&str]) {
    fs::write(directory.outside("openssl.cnf"), CONFIGURATION).unwrap();
    let arguments = [
        "req",
        "-x509",
        "-new",
        "-config",
        "openssl.cnf",
        "-utf8",
        "-key",
        key,
        "-out",
        &format!("{name}.crt"),
        "-days",
        "30",
        "-subj",
        subject,
        "-addext",
        basic_constraints,
        "-addext",
        "keyUsage=critical,keyCertSign",
        "-addext",
        "subjectKeyIdentifier=hash",
    ];
    succeeded(&directory.openssl(&[&arguments[..], issuer].concat()));
}

fn verify(directory: &Directory, ca: &str) {
    succeeded(&directory.openssl(&[
        "verify",
        "-x509_strict",
        "-purpose",
        "sslclient",
        "-CAfile",
        ca,
        "pki/front-proxy-client.crt",
    ]));
}

#[test]
fn every_kind_of_key_in_every_encoding_can_issue() {
    // kubeadm writes PKCS#1 and SEC 1; `ecparam` puts EC PARAMETERS before the key.
    let keys: [&[&str]; 8] = [
        &["genrsa", "-traditional", "2048"],
        &["genrsa", "2048"],
        &["ecparam", "-genkey", "-name", "prime256v1"],
        &["ecparam", "-genkey", "-name", "secp384r1"],
        &["ecparam", "-genkey", "-name", "secp521r1"],
        &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
        &["genpkey", "-algorithm", "ED25519"],
    ];
    for key in keys {
        let directory = Directory::new();
        openssl_ca(&directory, "ca", key, "/CN=front-proxy-ca");
        succeeded(&directory.init(&["--ca-cert", "ca.crt", "--ca-key", "ca.key"]));
        assert_eq!(
            directory.names(),
            ["front-proxy-ca.crt", "front-proxy-client.crt", "front-proxy-client.key"],
            "{key:?}"
        );
        verify(&directory, "ca.crt");
    }
}

#[test]
fn the_issuer_is_the_cas_name_byte_for_byte() {
    let subjects = [
        "/O=Example/OU=One/OU=Two/CN=Front Proxy",
        "/C=DE+O=Example/CN=a+OU=b",
        "/DC=org/DC=example/CN=x",
        "/CN=one/CN=two",
        "/emailAddress=a@example.org/serialNumber=7/1.2.3.4.5=x",
        "/O=Süd/CN=Zentrale",
    ];
    for subject in subjects {
        let directory = Directory::new();
        openssl_ca(&directory, "ca", &["genpkey", "-algorithm", "ED25519"], subject);
        succeeded(&directory.init(&["--ca-cert", "ca.crt", "--ca-key", "ca.key"]));
        verify(&directory, "ca.crt");
        assert_eq!(
            directory.certificate("front-proxy-client.crt").raw_issuer,
            directory.certificate("front-proxy-ca.crt").raw_subject,
            "{subject}"
        );
    }
}

#[test]
fn a_second_run_changes_nothing_with_or_without_the_key() {
    let directory = Directory::new();
    openssl_ca(&directory, "ca", &["genpkey", "-algorithm", "ED25519"], "/CN=front-proxy-ca");
    let given = ["--ca-cert", "ca.crt", "--ca-key", "ca.key"];
    succeeded(&directory.init(&given));
    let before = directory.snapshot();
    assert!(succeeded(&directory.init(&given)).starts_with("Nothing to do"));
    assert_eq!(directory.snapshot(), before);
    assert!(succeeded(&directory.init(&[])).starts_with("Nothing to do"));
    assert_eq!(directory.snapshot(), before);
}

#[test]
fn a_bundle_gives_the_certificate_of_the_key() {
    let directory = Directory::new();
    openssl_ca(&directory, "old", &["genpkey", "-algorithm", "ED25519"], "/CN=front-proxy-ca");
    openssl_ca(&directory, "new", &["genpkey", "-algorithm", "ED25519"], "/CN=front-proxy-ca");
    let bundle = [fs::read(directory.outside("old.crt")).unwrap(), fs::read(directory.outside("new.crt")).unwrap()];
    fs::write(directory.outside("bundle.crt"), bundle.concat()).unwrap();
    succeeded(&directory.init(&["--ca-cert", "bundle.crt", "--ca-key", "new.key"]));
    verify(&directory, "new.crt");
}

#[test]
fn another_ca_takes_its_place_with_force_alone() {
    let directory = Directory::made(&[]);
    openssl_ca(&directory, "ca", &["genpkey", "-algorithm", "ED25519"], "/CN=other");
    let before = directory.snapshot();
    let given = ["--ca-cert", "ca.crt", "--ca-key", "ca.key"];
    let error = failed(&directory.init(&given));
    assert!(error.contains("front-proxy-ca.key is not the key of ca.crt"), "{error}");
    assert_eq!(directory.snapshot(), before);
    succeeded(&directory.init(&[&given[..], &["--force"]].concat()));
    verify(&directory, "ca.crt");
    assert!(!directory.file("front-proxy-ca.key").exists(), "the old CA's key is beside the new CA");
    let after = directory.snapshot();
    for (name, contents) in &before {
        assert!(after.iter().any(|(new, kept)| new != name && kept == contents), "{name} is lost");
    }
}

#[test]
fn what_cannot_issue_is_refused() {
    let directory = Directory::new();
    let ed25519 = ["genpkey", "-algorithm", "ED25519"];
    openssl_ca(&directory, "ca", &ed25519, "/CN=ca");
    openssl_ca(&directory, "other", &ed25519, "/CN=other");
    let error = failed(&directory.init(&["--ca-cert", "ca.crt", "--ca-key", "other.key"]));
    assert!(error.contains("other.key is not the key of ca.crt"), "{error}");

    openssl_ca(&directory, "small", &["genrsa", "1024"], "/CN=small");
    let error = failed(&directory.init(&["--ca-cert", "small.crt", "--ca-key", "small.key"]));
    assert!(error.contains("small.key: it is a key that cannot sign here"), "{error}");

    self_signed(&directory, "leaf", "ca.key", "/CN=leaf", "basicConstraints=critical,CA:FALSE");
    let error = failed(&directory.init(&["--ca-cert", "leaf.crt", "--ca-key", "ca.key"]));
    assert!(error.contains("leaf.crt: this is no CA certificate"), "{error}");

    succeeded(&directory.openssl(&[
        "pkcs8",
        "-topk8",
        "-in",
        "ca.key",
        "-out",
        "locked.key",
        "-passout",
        "pass:secret",
    ]));
    let error = failed(&directory.init(&["--ca-cert", "ca.crt", "--ca-key", "locked.key"]));
    assert!(error.contains("--ca-key locked.key: it is encrypted"), "{error}");

    let error = failed(&directory.init(&["--ca-cert", "none.crt", "--ca-key", "ca.key"]));
    assert!(error.contains("--ca-cert none.crt"), "{error}");
    assert!(!directory.path().exists(), "a refused run made the directory");
}

/// Two CAs below one root, and the root.
fn family(directory: &Directory) {
    openssl_ca(directory, "root", &["genpkey", "-algorithm", "ED25519"], "/CN=root");
    openssl_ca_below(directory, "one", "root");
    openssl_ca_below(directory, "two", "root");
}

/// Each is refused in the words of the rule that would find it.
#[test]
fn a_ca_above_or_below_the_clusters_is_refused_and_one_beside_it_is_noted() {
    for (cluster, given, rule) in
        [("one", "root", "ca-reused"), ("root", "one", "requestheader-ca-logs-in"), ("one", "two", "shared-root")]
    {
        let directory = Directory::new_empty();
        family(&directory);
        fs::copy(directory.outside(&format!("{cluster}.crt")), directory.file("ca.crt")).unwrap();
        let [certificate, key] = ["crt", "key"].map(|extension| format!("{given}.{extension}"));
        let output = directory.init(&["--ca-cert", &certificate, "--ca-key", &key]);
        if rule == "shared-root" {
            // What `check` warns of is made, and said.
            let text = succeeded(&output);
            assert!(text.contains("note: CN=root stands above") && text.contains("(shared-root)"), "{text}");
        } else {
            let error = failed(&output);
            assert!(error.contains(&format!("({rule})\nhelp: ")), "{cluster} {given}: {error}");
            assert_eq!(directory.names(), ["ca.crt"], "{cluster} {given}: something was made");
        }
    }
}

#[test]
fn no_flags_are_printed_that_check_would_refuse() {
    let directory = Directory::new();
    family(&directory);
    succeeded(&directory.init(&["--ca-cert", "one.crt", "--ca-key", "one.key"]));
    succeeded(&directory.flags(&[]));
    fs::copy(directory.outside("root.crt"), directory.file("ca.crt")).unwrap();
    let output = directory.flags(&[]);
    let error = failed(&output);
    assert!(error.contains("(requestheader-ca-logs-in)\nhelp: ") && output.stdout.is_empty(), "{error}");
}
