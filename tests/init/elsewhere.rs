//! `request`, `sign` and `accept`: a CA whose key is on another machine.

use std::fs;
use std::process::Output;

use aggcert::pki::contents::certificates;

use super::directory::{Directory, failed, succeeded};

/// A directory without the CA's key, which lies beside it.
fn without_key(arguments: &[&str]) -> Directory {
    let directory = Directory::made(arguments);
    fs::rename(directory.file("front-proxy-ca.key"), directory.outside("ca.key")).unwrap();
    fs::copy(directory.file("front-proxy-ca.crt"), directory.outside("ca.crt")).unwrap();
    directory
}

fn run(directory: &Directory, arguments: &[&str]) -> Output {
    directory.command().args(arguments).output().unwrap()
}

/// Writes what a command prints to a file beside the directory.
fn to_file(directory: &Directory, arguments: &[&str], name: &str) {
    let printed = succeeded(&run(directory, arguments));
    fs::write(directory.outside(name), printed).unwrap();
}

const SIGN: [&str; 6] = ["sign", "client.csr", "--ca-cert", "ca.crt", "--ca-key", "ca.key"];

#[test]
fn a_client_is_renewed_by_a_ca_on_another_machine() {
    for algorithm in ["ecdsa-p256", "ed25519", "rsa-2048"] {
        let directory = without_key(&["--client-common-name", "aggregator", "--key-algorithm", algorithm]);
        let old = directory.certificate("front-proxy-client.crt");
        to_file(&directory, &["request", "pki"], "client.csr");
        // OpenSSL checks the signature, and shows what is asked for.
        let shown = directory.openssl(&["req", "-in", "client.csr", "-noout", "-text", "-verify"]);
        let shown = [succeeded(&shown), String::from_utf8(shown.stderr.clone()).unwrap()].concat();
        assert!(shown.contains("verify OK"), "{algorithm}: {shown}");
        for asked in ["CN = aggregator", "TLS Web Client Authentication", "Digital Signature"] {
            assert!(shown.contains(asked), "{algorithm}: {shown}");
        }
        // A second request is for the same key.
        to_file(&directory, &["request", "pki"], "again.csr");
        to_file(&directory, &SIGN, "client.crt");
        succeeded(&run(&directory, &["accept", "client.crt", "pki"]));
        let new = directory.certificate("front-proxy-client.crt");
        assert_eq!(new.subject, old.subject, "{algorithm}");
        assert_ne!(new.raw_subject_public_key_info, old.raw_subject_public_key_info, "{algorithm}");
        assert_eq!(new.key_usage, old.key_usage, "{algorithm}");
        assert!(!directory.file("front-proxy-client.next.key").exists());
        assert!(succeeded(&directory.init(&[])).starts_with("Nothing to do"));
    }
}

/// What is there already is neither lost nor kept twice.
#[test]
fn a_client_that_is_there_is_accepted_without_a_change() {
    let directory = without_key(&[]);
    to_file(&directory, &["request", "pki"], "client.csr");
    to_file(&directory, &SIGN, "client.crt");
    assert!(succeeded(&run(&directory, &["accept", "client.crt", "pki"])).starts_with("Took "));
    let before = directory.snapshot();
    for certificate in ["client.crt", "pki/front-proxy-client.crt"] {
        let text = succeeded(&run(&directory, &["accept", certificate, "pki"]));
        assert!(text.starts_with("Nothing to do: pki has CN=front-proxy-client already"), "{text}");
        assert_eq!(directory.snapshot(), before, "{certificate}");
    }
}

#[test]
fn openssl_and_cfssl_sign_as_the_recipes_say() {
    let recipes = include_str!("../../docs/recipes/external-ca.md");
    let commands = |title: &str| -> String {
        let section = recipes.split(&format!("## {title}\n")).nth(1).unwrap();
        section.split("```sh\n").nth(1).unwrap().split("```").next().unwrap().to_owned()
    };
    for title in ["OpenSSL", "cfssl"] {
        let program = title.to_lowercase();
        if std::process::Command::new(&program).arg("version").output().is_err() {
            eprintln!("{program} is not here");
            continue;
        }
        let directory = without_key(&[]);
        let binary = std::path::Path::new(env!("CARGO_BIN_EXE_aggcert")).parent().unwrap();
        let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
        let script = format!("set -eu\n{}", commands(title));
        let output = directory.command_of("sh").args(["-c", &script]).env("PATH", path).output().unwrap();
        succeeded(&output);
        let old = without_key(&[]).certificate("front-proxy-client.crt");
        let new = directory.certificate("front-proxy-client.crt");
        assert_eq!(new.subject, old.subject, "{title}");
        assert!(succeeded(&directory.init(&[])).starts_with("Nothing to do"), "{title}");
        assert!(!directory.file("front-proxy-client.next.key").exists(), "{title}");
    }
}

#[test]
fn what_is_not_right_is_not_accepted() {
    let directory = without_key(&[]);
    let before = directory.snapshot();
    let refused = |what: &str| {
        let error = failed(&run(&directory, &["accept", "client.crt", "pki"]));
        assert!(error.contains(what), "`{what}` is not in:\n{error}");
        let now = directory.snapshot();
        assert!(before.iter().all(|file| now.contains(file)), "something was replaced");
    };
    // The key of another.
    fs::copy(Directory::made(&[]).file("front-proxy-client.crt"), directory.outside("client.crt")).unwrap();
    refused("belongs to no key in pki\nhelp: make a request with `aggcert request pki`");
    // Another name.
    to_file(&directory, &["request", "pki", "--client-common-name", "kubernetes-admin"], "client.csr");
    to_file(&directory, &SIGN, "client.crt");
    refused("has the common name kubernetes-admin, and front-proxy-client is wanted");
    let named = [&SIGN[..], &["--client-common-name", "front-proxy-client"]].concat();
    let error = failed(&run(&directory, &named));
    assert!(error.contains("asks for the common name kubernetes-admin"), "{error}");
    // Another CA.
    to_file(&directory, &["request", "pki"], "client.csr");
    let other = without_key(&[]);
    let paths = ["ca.crt", "ca.key"].map(|name| other.outside(name).display().to_string());
    to_file(&directory, &["sign", "client.csr", "--ca-cert", &paths[0], "--ca-key", &paths[1]], "client.crt");
    refused("the CA does not verify it");
    // A CA: whoever reads its key on the node makes front proxies of his own.
    fs::write(directory.outside("ca.cnf"), "basicConstraints=CA:TRUE\nextendedKeyUsage=clientAuth\n").unwrap();
    let as_ca = ["x509", "-req", "-in", "client.csr", "-out", "client.crt", "-CA", "ca.crt", "-CAkey", "ca.key"];
    directory.openssl(&[&as_ca[..], &["-CAcreateserial", "-extfile", "ca.cnf"]].concat());
    refused("is a CA: whoever reads its key");
    // No client.
    fs::write(directory.outside("server.cnf"), "extendedKeyUsage=serverAuth\n").unwrap();
    let signer = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "server.cnf"];
    let files = ["x509", "-req", "-in", "client.csr", "-out", "client.crt"];
    succeeded(&directory.openssl(&[&files[..], &signer[..]].concat()));
    refused("help: ask the CA for a client certificate (clientAuth)");
}

#[test]
fn both_ends_see_the_fingerprint_of_the_key() {
    let directory = without_key(&[]);
    let said = |output: &Output| {
        let text = String::from_utf8(output.stderr.clone()).unwrap();
        text.lines().find(|line| line.starts_with("key SHA-256 ")).unwrap().to_owned()
    };
    let request = run(&directory, &["request", "pki"]);
    fs::write(directory.outside("client.csr"), &request.stdout).unwrap();
    let signed = run(&directory, &SIGN);
    let asked_for = said(&request);
    assert_eq!(asked_for, said(&signed));
    let certificate = certificates(&signed.stdout).unwrap().remove(0);
    assert!(asked_for.ends_with(&certificate.key_fingerprint()), "{asked_for}");
    // The key that is there is asked for again, and is not replaced in silence.
    let error = failed(&run(&directory, &["request", "pki", "--key-algorithm", "rsa-2048"]));
    assert!(error.contains("front-proxy-client.next.key is there already, ecdsa-p256"), "{error}");
    assert!(error.contains("rm pki/front-proxy-client.next.key"), "{error}");
    assert_eq!(said(&run(&directory, &["request", "pki", "--key-algorithm", "ecdsa-p256"])), asked_for);
}

#[test]
fn a_request_that_was_changed_is_not_signed() {
    let directory = without_key(&[]);
    fs::write(directory.outside("client.csr"), "garbage").unwrap();
    let error = failed(&run(&directory, &SIGN));
    assert!(error.contains("client.csr: it holds no PEM block CERTIFICATE REQUEST"), "{error}");
}

/// The first client of a directory, with an intermediate below the CA.
#[test]
fn a_chain_is_taken_with_the_client() {
    let directory = Directory::new();
    fs::write(directory.outside("openssl.cnf"), "[req]\ndistinguished_name=name\n[name]\n[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n").unwrap();
    for (name, signer) in [("root", None), ("middle", Some("root"))] {
        let (key, subject) = (format!("{name}.key"), format!("/CN={name}"));
        succeeded(&directory.openssl(&["genpkey", "-algorithm", "ED25519", "-out", &key]));
        let certificate = format!("{name}.crt");
        let new =
            ["req", "-x509", "-new", "-config", "openssl.cnf", "-extensions", "ca", "-key", &key, "-subj", &subject];
        let signed = signer.map(|signer: &str| [format!("{signer}.crt"), format!("{signer}.key")]);
        let signed = signed.iter().flat_map(|[ca, key]| ["-CA", ca, "-CAkey", key]).collect::<Vec<_>>();
        succeeded(&directory.openssl(&[&new[..], &["-out", &certificate], &signed].concat()));
    }
    to_file(&directory, &["request", "pki"], "client.csr");
    to_file(&directory, &["sign", "client.csr", "--ca-cert", "middle.crt", "--ca-key", "middle.key"], "leaf.crt");
    let chain = ["leaf.crt", "middle.crt", "root.crt"].map(|name| fs::read(directory.outside(name)).unwrap());
    fs::write(directory.outside("chain.crt"), chain.concat()).unwrap();
    let error = failed(&run(&directory, &["accept", "chain.crt", "pki"]));
    assert!(error.contains("has no front-proxy-ca.crt"), "{error}");
    succeeded(&run(&directory, &["accept", "chain.crt", "pki", "--ca-cert", "root.crt"]));
    let placed = String::from_utf8(directory.read("front-proxy-client.crt")).unwrap();
    assert_eq!(placed.matches("BEGIN CERTIFICATE").count(), 2, "the root goes along");
    succeeded(&directory.flags(&[]));
}
