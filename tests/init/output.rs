//! What `init` says.

use super::directory::{Directory, succeeded};

#[test]
fn a_tired_person_finds_everything() {
    let directory = Directory::new();
    let text = succeeded(&directory.init(&[]));
    let ca = directory.certificate("front-proxy-ca.crt");
    let client = directory.certificate("front-proxy-client.crt");
    let absolute = directory.file("front-proxy-ca.crt").canonicalize().unwrap();
    for expected in [
        "Made a front-proxy CA and its client in pki\n",
        "CN=front-proxy-ca, ECDSA P-256\n",
        &format!("valid until {}, 3650 days\n", ca.not_after.date()),
        &format!("SHA-256 {}\n", ca.fingerprint()),
        &format!("valid until {}, 365 days\n", client.not_after.date()),
        &format!("SHA-256 {}\n", client.fingerprint()),
        "pki/front-proxy-client.key  new\n",
        &format!("  --requestheader-client-ca-file={}\n", absolute.display()),
        "  --requestheader-allowed-names=front-proxy-client\n",
        "aggcert flags pki --pki-dir /etc/kubernetes/pki --format static-pod\n",
        "aggcert check pki\n",
    ] {
        assert!(text.contains(expected), "`{expected}` is not in:\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "colours without a terminal:\n{text}");
}

/// Elsewhere on the node, the files would replace those in use.
#[test]
fn what_a_copied_node_gets_goes_where_it_was_made() {
    let directory = Directory::new();
    for (made, there) in [
        ("node1/etc/kubernetes/pki/front-proxy", "/etc/kubernetes/pki/front-proxy"),
        ("var/lib/kubernetes", "/var/lib/kubernetes"),
        ("fleet/etc/kubernetes-old", "/etc/kubernetes/pki"),
    ] {
        let text = succeeded(&directory.command().args(["init", made]).output().unwrap());
        assert!(text.contains(&format!("{made}/front-proxy-client.key root@NODE:{there}/\n")), "{text}");
        assert!(text.contains(&format!("--pki-dir {there} ")), "{text}");
    }
    let text = succeeded(&directory.command().args(["renew", "var/lib/kubernetes"]).output().unwrap());
    assert!(text.contains("root@NODE:/var/lib/kubernetes/\n"), "{text}");
    let text = succeeded(&directory.command().args(["rotate", "start", "var/lib/kubernetes"]).output().unwrap());
    assert!(text.contains("root@NODE:/var/lib/kubernetes/\n"), "{text}");
}

#[test]
fn a_key_never_appears() {
    let directory = Directory::new();
    let keys = |directory: &Directory| {
        ["front-proxy-ca.key", "front-proxy-client.key"].map(|name| {
            let text = String::from_utf8(directory.read(name)).unwrap();
            text.lines().nth(1).unwrap().to_owned()
        })
    };
    for arguments in [&["--format", "json"][..], &[], &["--force"], &["--force", "--format", "json"], &["--dry-run"]] {
        let output = directory.init(arguments);
        let said = [output.stdout.as_slice(), &output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(!said.contains("PRIVATE KEY"), "{said}");
        for key in keys(&directory) {
            assert!(!said.contains(&key), "{said}");
        }
    }
}

fn init_json(directory: &Directory, arguments: &[&str]) -> serde_json::Value {
    let output = directory.init(&[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&succeeded(&output)).unwrap()
}

#[test]
fn json_says_the_same() {
    let directory = Directory::new();
    let made = init_json(&directory, &[]);
    assert_eq!(made["schema_version"], 1);
    assert_eq!(made["changed"], true);
    assert_eq!(made["interrupted_run"], "none");
    assert_eq!(made["files"].as_array().unwrap().len(), 4);
    assert_eq!(made["files"][1], serde_json::json!({ "path": "pki/front-proxy-ca.key", "status": "made" }));
    let client = directory.certificate("front-proxy-client.crt");
    assert_eq!(made["client"]["fingerprint_sha256"], client.fingerprint());
    assert_eq!(made["client"]["common_name"], "front-proxy-client");
    assert_eq!(made["client"]["not_after"].as_str().unwrap()[..10], client.not_after.date().to_string());
    assert_eq!(made["flags"].as_array().unwrap().len(), 7);

    let again = init_json(&directory, &[]);
    assert_eq!(again["changed"], false);
    assert_eq!(again["files"][0]["status"], "kept");
    assert_eq!(again["ca"], made["ca"]);
}

#[test]
fn json_says_what_a_renewal_and_a_rehearsal_do() {
    let directory = Directory::new();
    succeeded(&directory.init(&[]));
    let output = directory.renew(&["--format", "json"]);
    let renewed: serde_json::Value = serde_json::from_str(&succeeded(&output)).unwrap();
    let statuses = renewed["files"].as_array().unwrap().iter().map(|file| file["status"].as_str().unwrap());
    assert_eq!(statuses.collect::<Vec<_>>(), ["kept", "kept", "renewed", "renewed"]);
    let retired = &renewed["retired"][0];
    assert_eq!(retired["path"], "pki/front-proxy-client.crt");
    assert!(retired["kept_as"].as_str().unwrap().starts_with("pki/front-proxy-client.crt.20"));

    let rehearsed = init_json(&directory, &["--dry-run", "--force"]);
    assert_eq!(rehearsed["dry_run"], true);
    assert_eq!(rehearsed["ca"], serde_json::Value::Null);
    assert_eq!(rehearsed["flags"], serde_json::Value::Null);
}

#[test]
fn what_one_should_know_is_said() {
    let directory = Directory::new();
    // An hour more than the 20 days that are told: the second run may come a second after the first.
    let text = succeeded(&directory.init(&["--key-algorithm", "ed25519", "--ca-validity", "481h"]));
    assert!(text.contains("note: kubeadm cannot load Ed25519 keys"), "{text}");
    assert!(text.contains("note: the client ends with its CA"), "{text}");
    let text = succeeded(&directory.init(&["--client-common-name", "other", "--ca-validity", "1y"]));
    assert!(text.contains("note: --ca-validity and --client-common-name had nothing to act on"), "{text}");
    assert!(
        text.contains(
            "note: the client ends in 20 days, with its CA, which is replaced beginning with `aggcert rotate start pki`"
        ),
        "{text}"
    );
}

#[test]
fn a_directory_with_a_space_is_quoted_for_the_shell() {
    let directory = Directory::new();
    let text = succeeded(&directory.command().args(["init", "my pki"]).output().unwrap());
    assert!(text.contains("aggcert check 'my pki'\n"), "{text}");
}
