//! What `init` does not touch, and what it says then.

use std::fs;
use std::os::unix::fs::symlink;

use aggcert::pki::PkiFile;

use super::directory::{Directory, failed, succeeded};

/// Fails unless a plain `init` refuses, changes nothing, and says all of this.
fn assert_refused(directory: &Directory, arguments: &[&str], what: &[&str]) {
    let before = directory.snapshot();
    let error = failed(&directory.init(arguments));
    for what in what {
        assert!(error.contains(what), "`{what}` is not in:\n{error}");
    }
    assert!(error.contains("\nhelp: "), "{error}");
    assert_eq!(directory.snapshot(), before);
}

#[test]
fn a_second_run_changes_nothing_and_says_so() {
    let directory = Directory::made(&[]);
    let before = directory.snapshot();
    let text = succeeded(&directory.init(&[]));
    assert!(text.starts_with("Nothing to do: pki has a front-proxy CA and a client, and they work.\n"), "{text}");
    assert_eq!(directory.snapshot(), before);
}

#[test]
fn a_ca_without_a_client_gets_its_client() {
    let directory = Directory::made(&[]);
    directory.remove("front-proxy-client.crt");
    directory.remove("front-proxy-client.key");
    let [ca, key] = ["front-proxy-ca.crt", "front-proxy-ca.key"].map(|name| directory.read(name));
    succeeded(&directory.init(&[]));
    directory.assert_whole();
    assert_eq!([ca, key], ["front-proxy-ca.crt", "front-proxy-ca.key"].map(|name| directory.read(name)));
}

#[test]
fn half_a_pair_is_refused() {
    for (missing, what) in [
        ("front-proxy-ca.crt", ["pki/front-proxy-ca.key is there, but front-proxy-ca.crt is not", "--force"]),
        (
            "front-proxy-client.key",
            ["pki/front-proxy-client.crt is there, but front-proxy-client.key is not", "`aggcert renew pki`"],
        ),
        (
            "front-proxy-client.crt",
            ["pki/front-proxy-client.key is there, but front-proxy-client.crt is not", "`aggcert renew pki`"],
        ),
    ] {
        let directory = Directory::made(&[]);
        directory.remove(missing);
        assert_refused(&directory, &[], &what);
    }
    let directory = Directory::made(&[]);
    for missing in ["front-proxy-ca.key", "front-proxy-client.crt", "front-proxy-client.key"] {
        directory.remove(missing);
    }
    let what = ["pki/front-proxy-ca.crt is there, but front-proxy-ca.key is not", "--ca-cert and --ca-key"];
    assert_refused(&directory, &[], &what);
}

#[test]
fn pairs_that_do_not_match_are_refused() {
    let other = Directory::made(&[]);
    for (foreign, what) in [
        ("front-proxy-ca.key", "pki/front-proxy-ca.key is not the key of pki/front-proxy-ca.crt"),
        ("front-proxy-ca.crt", "pki/front-proxy-ca.key is not the key of pki/front-proxy-ca.crt"),
        ("front-proxy-client.key", "pki/front-proxy-client.key is not the key of pki/front-proxy-client.crt"),
        ("front-proxy-client.crt", "pki/front-proxy-client.key is not the key of pki/front-proxy-client.crt"),
    ] {
        let directory = Directory::made(&[]);
        directory.write(foreign, other.read(foreign));
        assert_refused(&directory, &[], &[what]);
    }
    let directory = Directory::made(&[]);
    for name in ["front-proxy-client.crt", "front-proxy-client.key"] {
        directory.write(name, other.read(name));
    }
    assert_refused(&directory, &[], &["pki/front-proxy-client.crt: the CA does not verify it", "`aggcert renew pki`"]);
}

#[test]
fn what_does_not_parse_is_refused() {
    for file in PkiFile::SERVED {
        for contents in ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let directory = Directory::made(&[]);
            directory.write(file.name(), contents);
            assert_refused(&directory, &[], &[&format!("pki/{file}: "), "--force"]);
        }
    }
}

#[test]
fn a_link_that_leads_nowhere_is_not_written_through() {
    for file in PkiFile::SERVED {
        let directory = Directory::new();
        fs::create_dir(directory.path()).unwrap();
        symlink(directory.outside("target"), directory.file(file.name())).unwrap();
        let error = failed(&directory.init(&[]));
        assert!(error.contains(file.name()), "{error}");
        succeeded(&directory.init(&["--force"]));
        directory.assert_whole();
        assert!(!directory.outside("target").exists(), "{file} was written through the link");
    }
}

/// What a server watches is behind the link, and a rename over the link does not touch it.
#[test]
fn a_link_to_a_file_is_not_replaced() {
    let directory = Directory::made(&[]);
    fs::rename(directory.path(), directory.outside("real")).unwrap();
    fs::create_dir(directory.path()).unwrap();
    for file in PkiFile::SERVED {
        symlink(format!("../real/{file}"), directory.file(file.name())).unwrap();
    }
    let before = directory.snapshot();
    for error in [failed(&directory.renew(&[])), failed(&directory.init(&["--force"]))] {
        let real = fs::canonicalize(directory.outside("real")).unwrap();
        assert!(error.contains(&format!(" is a symbolic link to {}/front-proxy-", real.display())), "{error}");
        assert!(error.contains("help: run the command on the directory that holds the files themselves"), "{error}");
        assert_eq!(directory.snapshot(), before);
    }
    succeeded(&directory.command().args(["renew", "real"]).output().unwrap());
    assert!(directory.file("front-proxy-client.crt").is_symlink());
    assert!(succeeded(&directory.init(&[])).starts_with("Nothing to do"));
}

/// A new CA in one step would end the overlap.
#[test]
fn nothing_is_made_anew_in_the_middle_of_a_rotation() {
    let directory = Directory::made(&[]);
    succeeded(&directory.command().args(["rotate", "start", "pki"]).output().unwrap());
    assert_refused(&directory, &["--force"], &["is in the middle of a rotation", "`aggcert rotate status pki`"]);
}

#[test]
fn what_is_no_file_and_no_directory_is_refused() {
    let directory = Directory::new();
    fs::write(directory.path(), "").unwrap();
    let error = failed(&directory.init(&[]));
    assert!(error.contains("pki is not a directory"), "{error}");

    let directory = Directory::new();
    fs::create_dir_all(directory.file("front-proxy-ca.key")).unwrap();
    let error = failed(&directory.init(&[]));
    assert!(error.contains("pki/front-proxy-ca.key: it is not a regular file"), "{error}");

    // A FIFO must not make it wait.
    let directory = Directory::new();
    fs::create_dir(directory.path()).unwrap();
    let status = std::process::Command::new("mkfifo").arg(directory.file("front-proxy-ca.crt")).status().unwrap();
    assert!(status.success());
    let error = failed(&directory.init(&[]));
    assert!(error.contains("front-proxy-ca.crt: it is not a regular file"), "{error}");
}

#[test]
fn an_expired_client_is_renewed_when_asked_to() {
    let directory = Directory::new();
    let ca = Directory::made(&[]);
    fs::create_dir(directory.path()).unwrap();
    for name in ["front-proxy-ca.crt", "front-proxy-ca.key"] {
        directory.write(name, ca.read(name));
    }
    // OpenSSL can make what was valid in the past; the key is written with the mode that it should have.
    succeeded(&directory.openssl(&["genpkey", "-algorithm", "ED25519", "-out", "pki/front-proxy-client.key"]));
    fs::write(directory.outside("openssl.cnf"), "[req]\ndistinguished_name = name\n[name]\n").unwrap();
    let request = ["-key", "pki/front-proxy-client.key", "-subj", "/CN=old", "-out", "client.csr"];
    succeeded(&directory.openssl(&[&["req", "-new", "-config", "openssl.cnf"], &request[..]].concat()));
    let signer = ["-CA", "pki/front-proxy-ca.crt", "-CAkey", "pki/front-proxy-ca.key", "-days", "-1"];
    let files = ["-in", "client.csr", "-out", "pki/front-proxy-client.crt"];
    let signed = directory.openssl(&[&["x509", "-req"], &files[..], &signer[..]].concat());
    succeeded(&signed);
    assert_refused(&directory, &[], &["pki/front-proxy-client.crt: it expired on ", "`aggcert renew pki`"]);
    let ca_key = directory.read("front-proxy-ca.key");
    succeeded(&directory.renew(&["--client-common-name", "front-proxy-client"]));
    assert_eq!(directory.read("front-proxy-ca.key"), ca_key);
    assert_eq!(directory.certificate("front-proxy-client.crt").subject.common_name(), "front-proxy-client");
}

#[test]
fn force_keeps_what_was_there_under_a_dated_name() {
    let directory = Directory::made(&[]);
    let mut kept = Vec::new();
    // More often than there are seconds: no dated name is used twice.
    for _ in 0..4 {
        kept.extend(directory.snapshot().into_iter().map(|(_, contents)| contents));
        succeeded(&directory.init(&["--force"]));
        directory.assert_whole();
    }
    assert_eq!(directory.names().len(), 5 * 4);
    let contents = directory.snapshot().into_iter().map(|(_, contents)| contents).collect::<Vec<_>>();
    assert!(kept.iter().all(|file| contents.contains(file)), "a file is lost");
    let is_ca = |name: &String| name.starts_with("front-proxy-ca.crt");
    let names =
        directory.names().into_iter().filter(is_ca).map(|name| directory.certificate(&name).subject.to_string());
    assert_eq!(names.collect::<std::collections::BTreeSet<_>>().len(), 5, "two CAs have one name");
    let dated = directory.names().into_iter().find(|name| name.starts_with("front-proxy-ca.key.")).unwrap();
    let date = dated.strip_prefix("front-proxy-ca.key.").unwrap();
    assert!(date.starts_with("20") && date.contains('T') && date.contains('Z') && !date.contains(':'), "{date}");
}

#[test]
fn the_clusters_ca_is_not_issued_from() {
    // `ca.crt` lies where kubeadm puts it; the front proxy's is a copy of it.
    let directory = Directory::made(&[]);
    for name in ["front-proxy-client.crt", "front-proxy-client.key"] {
        directory.remove(name);
    }
    directory.write("ca.crt", directory.read("front-proxy-ca.crt"));
    let why = ["pki/front-proxy-ca.crt is the cluster's own CA", "pki/ca.crt", "any user"];
    assert_refused(&directory, &[], &why);

    // The same key under another certificate is the same CA to everybody who has it.
    fs::write(directory.outside("openssl.cnf"), "[req]\ndistinguished_name = name\n[name]\n").unwrap();
    succeeded(&directory.openssl(&[
        "req",
        "-x509",
        "-new",
        "-config",
        "openssl.cnf",
        "-key",
        "pki/front-proxy-ca.key",
        "-subj",
        "/CN=kubernetes",
        "-out",
        "cluster.crt",
    ]));
    directory.remove("ca.crt");
    let named = ["--client-ca-file", "cluster.crt"];
    assert_refused(&directory, &named, &["pki/front-proxy-ca.crt has the key of the cluster's own CA", "cluster.crt"]);

    let given = Directory::new();
    let source = [directory.file("front-proxy-ca.crt"), directory.file("front-proxy-ca.key")];
    fs::copy(&source[0], given.outside("ca.crt")).unwrap();
    fs::copy(&source[1], given.outside("ca.key")).unwrap();
    let arguments = ["--ca-cert", "ca.crt", "--ca-key", "ca.key", "--client-ca-file", "ca.crt"];
    let error = failed(&given.init(&arguments));
    assert!(error.contains("ca.crt is the cluster's own CA"), "{error}");
    assert!(!given.path().exists());

    succeeded(&directory.init(&[&named[..], &["--force"]].concat()));
    directory.assert_whole();
}

#[test]
fn a_cluster_ca_that_cannot_be_read_is_not_taken_for_another() {
    let directory = Directory::made(&[]);
    directory.write("ca.crt", "garbage");
    assert_refused(&directory, &[], &["pki/ca.crt: it holds no PEM block CERTIFICATE", "--client-ca-file"]);
    let error = failed(&directory.init(&["--client-ca-file", "none.crt"]));
    assert!(error.contains("--client-ca-file none.crt"), "{error}");
}

#[test]
fn bad_arguments_end_with_2() {
    let directory = Directory::new();
    let cases: [&[&str]; 12] = [
        &["--ca-validity", "0d"],
        &["--client-validity", "10"],
        &["--client-validity", "99999999999999999999d"],
        &["--ca-validity", "9000y"],
        &["--key-algorithm", "rsa-1024"],
        &["--ca-common-name", ""],
        &["--client-common-name", " "],
        &["--client-common-name", "a\nb"],
        &["--client-common-name", "front-proxy-ca"],
        &["--ca-cert", "ca.crt"],
        &["--renew-client"],
        &["--format", "yaml"],
    ];
    for arguments in cases {
        let output = directory.init(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.starts_with("error: "), "{error}");
        assert_eq!(output.stdout, b"");
        assert!(!directory.path().exists());
    }
}
