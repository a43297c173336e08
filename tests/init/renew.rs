//! `aggcert renew`: the same client again, and when.

use std::fs;

use super::directory::{Directory, failed, succeeded};

fn json(directory: &Directory, arguments: &[&str]) -> serde_json::Value {
    let output = directory.renew(&[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&succeeded(&output)).unwrap()
}

#[test]
fn the_new_client_is_like_the_old_one() {
    let made = ["--client-common-name", "aggregator", "--client-validity", "90d", "--key-algorithm", "ecdsa-p384"];
    let directory = Directory::made(&made);
    let before = directory.snapshot();
    let old = directory.certificate("front-proxy-client.crt");
    succeeded(&directory.renew(&[]));
    succeeded(&directory.renew(&[]));
    directory.assert_whole();
    let new = directory.certificate("front-proxy-client.crt");
    assert_eq!(new.subject, old.subject);
    assert_eq!(new.public_key_algorithm, old.public_key_algorithm);
    assert_eq!(new.not_after - new.not_before, old.not_after - old.not_before);
    assert_eq!(new.extensions.len(), old.extensions.len());
    assert_ne!(new.raw_subject_public_key_info, old.raw_subject_public_key_info, "the key is the old one");
    let after = directory.snapshot();
    assert!(before.iter().all(|(_, contents)| after.iter().any(|(_, kept)| kept == contents)), "a file is lost");
    assert_eq!(before[..2], after[..2], "the CA has changed");
}

#[test]
fn what_is_asked_for_is_made() {
    let directory = Directory::made(&[]);
    let other = ["--client-common-name", "other", "--client-validity", "30d", "--key-algorithm", "ed25519"];
    let text = succeeded(&directory.renew(&other));
    assert!(text.starts_with("Renewed the front-proxy client in pki\n"), "{text}");
    let warning = "is called other now, and was called front-proxy-client: before any server gets it, list both names";
    assert!(text.find(warning).unwrap() < text.find("scp ").unwrap(), "{text}");
    assert!(!succeeded(&directory.renew(&["--client-common-name", "other"])).contains("list both names"));
    let client = directory.certificate("front-proxy-client.crt");
    assert_eq!(client.subject.common_name(), "other");
    assert!((client.not_after - client.not_before).whole_days() == 30, "{text}");
    assert_eq!(directory.renew(&["--if-due", "--if-ends-within", "1d"]).status.code(), Some(2));
    assert_eq!(directory.renew(&["--client-validity", "9000y"]).status.code(), Some(2));
}

#[test]
fn a_timer_renews_when_it_is_due_and_never_before() {
    let directory = Directory::made(&["--client-validity", "90d"]);
    let before = directory.snapshot();
    let kept = json(&directory, &["--if-due"]);
    assert_eq!(kept["renewal"]["state"], "not-due");
    assert_eq!(kept["changed"], false);
    let due_at = directory.certificate("front-proxy-client.crt").not_after - time::Duration::days(30);
    assert_eq!(kept["renewal"]["due_at"].as_str().unwrap()[..10], due_at.date().to_string());
    assert_eq!(json(&directory, &["--if-ends-within", "89d"])["renewal"]["state"], "not-due");
    let text = succeeded(&directory.renew(&["--if-due"]));
    assert!(text.starts_with("Nothing to do: the front-proxy client in pki is due from "), "{text}");
    assert_eq!(directory.snapshot(), before);
    let output = directory.renew(&["--if-ends-within", "90d"]);
    let text = succeeded(&output);
    assert!(text.starts_with("Nothing to do") && text.contains("90d, and would renew at every run"), "{text}");
    assert_eq!(directory.snapshot(), before);
    let renewed = json(&directory, &["--if-ends-within", "91d", "--client-validity", "200d"]);
    assert_eq!(renewed["renewal"]["state"], "renewed");
    assert_eq!(renewed["changed"], true);
    assert_ne!(directory.snapshot(), before);
}

#[test]
fn without_the_cas_key_it_says_where_to_get_a_signature() {
    let directory = Directory::made(&[]);
    fs::rename(directory.file("front-proxy-ca.key"), directory.outside("offline.key")).unwrap();
    assert!(succeeded(&directory.init(&[])).starts_with("Nothing to do: pki has a front-proxy CA and a client"));
    assert_eq!(json(&directory, &["--if-due"])["renewal"]["state"], "not-due");
    let check = directory.command().args(["check", "pki"]).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    let error = failed(&directory.renew(&[]));
    assert!(error.contains("front-proxy-ca.key is not\n"), "{error}");
    assert!(error.contains("--ca-cert and --ca-key") && error.contains("`aggcert request pki`"), "{error}");
    succeeded(&directory.renew(&["--ca-cert", "pki/front-proxy-ca.crt", "--ca-key", "offline.key"]));
    assert!(!directory.file("front-proxy-ca.key").exists());
}

#[test]
fn it_never_ends_after_the_ca_and_says_that_rotating_is_due() {
    let directory = Directory::made(&["--ca-validity", "30d", "--client-validity", "20d"]);
    let text = succeeded(&directory.renew(&[]));
    assert!(!text.contains("rotat"), "{text}");
    let text = succeeded(&directory.renew(&["--client-validity", "1y"]));
    assert!(text.contains("note: the client ends with its CA"), "{text}");
    assert!(text.contains("rotating it is due (`aggcert rotate plan pki`)"), "{text}");
    let [ca, client] = ["front-proxy-ca.crt", "front-proxy-client.crt"].map(|name| directory.certificate(name));
    assert_eq!(client.not_after, ca.not_after);
}

fn rotate(directory: &Directory, arguments: &[&str]) -> std::process::Output {
    directory.command().arg("rotate").args(arguments).output().unwrap()
}

/// A timer that makes keys for nothing would hide that the CA is what ends.
#[test]
fn a_client_that_ends_with_its_ca_is_not_renewed_in_vain() {
    let directory = Directory::made(&["--ca-validity", "2d"]);
    let before = directory.snapshot();
    for when in [&["--if-due"][..], &["--if-ends-within", "30d"], &["--if-due", "--dry-run"]] {
        let error = failed(&directory.renew(when));
        assert!(error.contains("no new client of that CA ends later"), "{error}");
        assert!(error.contains("help: replace the CA, beginning with `aggcert rotate start pki`"), "{error}");
    }
    assert_eq!(directory.snapshot(), before);
    succeeded(&rotate(&directory, &["start", "pki"]));
    let assumed = ["--assume", "pki", "--assume", "config-map", "--assume", "extension-servers"];
    succeeded(&rotate(&directory, &[&["next", "pki"][..], &assumed].concat()));
    let client = directory.certificate("front-proxy-client.crt");
    assert_eq!((client.not_after - client.not_before).whole_days(), 365);
}

#[test]
fn what_cannot_be_renewed_is_refused() {
    let directory = Directory::new();
    let error = failed(&directory.renew(&[]));
    assert!(error.contains("pki is not there\nhelp: make it with `aggcert init pki`"), "{error}");
    fs::create_dir(directory.path()).unwrap();
    let error = failed(&directory.renew(&[]));
    assert!(error.contains("pki has no front-proxy client yet"), "{error}");
    // A node's directory, which `check` takes.
    let files = directory.path().join("etc/kubernetes/pki");
    fs::create_dir_all(&files).unwrap();
    fs::write(files.join("front-proxy-ca.crt"), "").unwrap();
    let before = directory.snapshot();
    for command in
        [&["renew", "pki"][..], &["request", "pki"], &["flags", "pki"], &["export", "pki", "--format", "secret"]]
    {
        let error = failed(&directory.command().args(command).output().unwrap());
        assert!(
            error.contains("pki holds none of the front proxy's files, and pki/etc/kubernetes/pki does\n"),
            "{error}"
        );
        assert!(error.contains("help: give pki/etc/kubernetes/pki in its place"), "{error}");
    }
    assert_eq!(directory.snapshot(), before);

    // It has no `--force` of its own.
    let (directory, other) = (Directory::made(&[]), Directory::made(&[]));
    let given = ["front-proxy-ca.crt", "front-proxy-ca.key"].map(|name| other.file(name).display().to_string());
    let error = failed(&directory.renew(&["--ca-cert", &given[0], "--ca-key", &given[1]]));
    assert!(error.contains("or move its key away with `aggcert init pki --force` and the same"), "{error}");

    let directory = Directory::made(&[]);
    directory.remove("front-proxy-client.crt");
    let error = failed(&directory.renew(&[]));
    assert!(error.contains("--client-common-name"), "{error}");
    succeeded(&directory.renew(&["--client-common-name", "front-proxy-client"]));
    directory.assert_whole();
}

#[test]
fn a_dry_run_renews_nothing() {
    let directory = Directory::made(&[]);
    let before = directory.snapshot();
    let text = succeeded(&directory.renew(&["--dry-run"]));
    assert!(text.starts_with("Would renew the front-proxy client in pki\n"), "{text}");
    let units = succeeded(&directory.renew(&["--format", "systemd"]));
    let absolute = directory.path().display().to_string();
    let program = fs::canonicalize(env!("CARGO_BIN_EXE_aggcert")).unwrap();
    assert!(units.contains(&format!("ExecStart={} renew {absolute} --if-due\n", program.display())), "{units}");
    assert!(units.contains("OnCalendar=daily\n"), "{units}");
    // What a timer is to do is what the command was told.
    let options =
        ["--if-ends-within", "30d", "--client-validity", "90d", "--ca-cert", "ca.crt", "--ca-key", "/off/ca.key"];
    let units = succeeded(&directory.renew(&[&["--format", "systemd"][..], &options].concat()));
    let outside = directory.outside("ca.crt").display().to_string();
    let told = format!(" --if-ends-within=30d --client-validity=90d --ca-cert={outside} --ca-key=/off/ca.key\n");
    assert!(units.contains(&told) && !units.contains("--if-due"), "{units}");
    assert_eq!(directory.snapshot(), before);
}

/// Whoever can read the key is any user.
#[test]
fn wide_modes_are_said() {
    use std::os::unix::fs::PermissionsExt;
    let directory = Directory::made(&[]);
    succeeded(&directory.renew(&[]));
    let retired = directory.names().into_iter().find(|name| name.starts_with("front-proxy-client.key.")).unwrap();
    let open = |name: &str| {
        fs::set_permissions(directory.file(name), fs::Permissions::from_mode(0o666)).unwrap();
    };
    open("front-proxy-client.key");
    open(&retired);
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let text = succeeded(&directory.renew(&[]));
    assert!(text.contains("front-proxy-client.key has the mode 0666"), "{text}");
    assert!(text.contains("has the mode 0777"), "{text}");
    assert!(text.contains(&format!("a key that was replaced, {retired} (mode 0666)")), "{text}");
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
}
