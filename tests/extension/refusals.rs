//! What is refused, with nothing changed and a word on what to do.

use std::fs;
use std::os::unix::fs::symlink;

use aggcert::cli::Exit;
use time::Duration;

use super::directory::{BEGIN, Directory, HOST};

#[test]
fn half_of_something_is_refused() {
    for (missing, said) in [
        ("tls.key", "tls.crt is there, but tls.key is not"),
        ("tls.crt", "tls.key is there, but tls.crt is not"),
        ("serving-ca.crt", "serving-ca.key is there, but serving-ca.crt is not"),
    ] {
        let directory = Directory::made(&[]);
        fs::remove_file(directory.file(missing)).unwrap();
        let error = directory.refused(&[], BEGIN);
        assert!(error.contains(said) && error.contains(&format!("help: put {missing} back")), "{error}");
        assert_eq!(directory.extension(&["--force"], BEGIN).exit, Exit::Done);
        directory.assert_clean(BEGIN);
    }
}

/// Who keeps the CA's key elsewhere is told when it is needed.
#[test]
fn without_the_cas_key_nothing_is_refused_until_it_is_needed() {
    let directory = Directory::made(&[]);
    fs::remove_file(directory.file("serving-ca.key")).unwrap();
    assert_eq!(directory.done(&[], BEGIN)["changed"], false);
    let error = directory.refused(&[], BEGIN + Duration::days(300));
    assert!(error.contains("serving-ca.crt is there, but serving-ca.key is not"), "{error}");
    assert!(error.contains("help: put serving-ca.key back, or say where it is kept with --ca-key"), "{error}");
}

#[test]
fn links_are_refused_by_a_rehearsal_too() {
    for name in ["tls.crt", "secret.yaml"] {
        let directory = Directory::made(&[]);
        let elsewhere = tempfile::tempdir().unwrap();
        fs::rename(directory.file(name), elsewhere.path().join(name)).unwrap();
        symlink(elsewhere.path().join(name), directory.file(name)).unwrap();
        for arguments in [&["--force"][..], &["--force", "--dry-run"]] {
            let error = directory.refused(arguments, BEGIN);
            assert!(error.contains(&format!("{name} is a symbolic link to ")), "{error}");
        }
        assert_eq!(directory.done(&["--dry-run"], BEGIN)["changed"], false, "nothing is replaced");
    }
}

#[test]
fn a_key_of_another_ca_does_not_help() {
    let (directory, other) = (Directory::made(&[]), Directory::made(&[]));
    let key = other.file("serving-ca.key");
    let key = ["--ca-key", key.to_str().unwrap()];
    let error = directory.refused(&key, BEGIN);
    assert!(error.contains("serving-ca.key is there, so --ca-key is not needed"), "{error}");
    fs::remove_file(directory.file("serving-ca.key")).unwrap();
    let error = directory.refused(&key, BEGIN);
    assert!(error.contains("is the key of no CA in"), "{error}");
    let error = Directory::new().refused(&key, BEGIN);
    assert!(error.contains("is the key of no CA in"), "{error}");
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let (directory, other) = (Directory::made(&[]), Directory::made(&[]));
    let original = directory.snapshot();
    for (names, said) in [
        (&["tls.key"][..], "tls.key is not the key of tls.crt"),
        (&["serving-ca.key"], "serving-ca.key is not the key of serving-ca.crt"),
        (&["tls.key", "tls.crt"], "tls.crt: the CA in serving-ca.crt does not verify it: x509: certificate signed by"),
    ] {
        for name in names {
            fs::copy(other.file(name), directory.file(name)).unwrap();
        }
        let error = directory.refused(&[], BEGIN);
        assert!(error.contains(said), "{error}");
        for name in names {
            fs::write(directory.file(name), &original[*name]).unwrap();
        }
    }
    fs::write(directory.file("serving-ca.crt"), "garbage").unwrap();
    let error = directory.refused(&[], BEGIN);
    assert!(error.contains("serving-ca.crt: it holds no PEM block CERTIFICATE"), "{error}");
}

#[test]
fn a_ca_that_has_expired_cannot_be_replaced_step_by_step() {
    let directory = Directory::made(&["--ca-validity", "30d"]);
    let error = directory.refused(&[], BEGIN + Duration::days(40));
    assert!(error.contains("this CA expired on 2026-12-25") && error.contains("anew with --force"), "{error}");
}

#[test]
fn nothing_can_be_gone_on_with_where_nothing_is() {
    for option in ["--next=switch", "--replace-ca"] {
        let directory = Directory::new();
        let error = directory.refused(&[option], BEGIN);
        assert!(error.contains("has no serving CA and certificate yet"), "{error}");
        assert!(!directory.path().exists());
    }
}

#[test]
fn a_directory_has_one_who_makes_its_certificates() {
    let error = Directory::made(&[]).refused(&["--cert-manager"], BEGIN);
    assert!(error.contains("tls.key is there: the certificates of this directory are made here"), "{error}");
    let error = Directory::made(&["--cert-manager"]).refused(&[], BEGIN);
    assert!(error.contains("cert-manager.yaml is there") && error.contains("by cert-manager"), "{error}");
}

/// Which would get a certificate for the names of this one.
#[test]
fn a_directory_is_of_one_server() {
    let directory = Directory::made(&[]);
    directory.edit("apiservice.yaml", "namespace: monitoring", "namespace: elsewhere");
    let error = directory.refused(&[], BEGIN);
    assert!(error.contains("of another server: v1beta1.metrics.k8s.io with the Service elsewhere/metrics"), "{error}");
    assert_eq!(directory.extension(&["--force"], BEGIN).exit, Exit::Done);
    directory.edit("apiservice.yaml", "name: v1beta1.metrics.k8s.io", "name: v1.metrics.k8s.io");
    let error = directory.refused(&[], BEGIN);
    assert!(error.contains("of another server: v1.metrics.k8s.io with"), "{error}");
}

#[test]
fn a_file_without_its_object_is_not_taken_for_it() {
    for (name, text, said) in [
        ("service.yaml", "", "Service monitoring/metrics is to be in it, and it holds no object"),
        ("rbac.yaml", "a: {{ x", "ServiceAccount monitoring/metrics, RoleBinding kube-system/"),
        (
            "rbac.yaml",
            "kind: ServiceAccount\nmetadata: {name: metrics, namespace: monitoring}\n",
            "RoleBinding kube-system/",
        ),
        (
            "deployment.yaml",
            "kind: Deployment\nmetadata: {name: other, namespace: monitoring}\n",
            "it holds Deployment monitoring/other",
        ),
        // Somebody's own, which is not moved away.
        ("secret.yaml", "kind: Secret\nmetadata: {name: mine, namespace: x}\ndata: {}\n", "it holds Secret x/mine"),
        ("apiservice.yaml", "kind: ConfigMap\nmetadata: {name: mine, namespace: x}\n", "it holds ConfigMap x/mine"),
    ] {
        let directory = Directory::made(&[]);
        fs::write(directory.file(name), text).unwrap();
        let error = directory.refused(&["--image", "registry.example.com/metrics:1"], BEGIN);
        assert!(error.contains(&format!("{name}: ")) && error.contains(said), "{error}");
        assert!(error.contains(&format!("move {name} away to have it made anew")), "{error}");
        fs::remove_file(directory.file(name)).unwrap();
        directory.done(&["--image", "registry.example.com/metrics:1"], BEGIN);
        directory.assert_clean(BEGIN);
    }
}

#[test]
fn an_option_that_a_kept_file_contradicts_is_refused() {
    for (option, value, said) in [
        ("--secret", "bar", "deployment.yaml: --secret bar is asked for, and it has metrics-serving-cert"),
        ("--service-account", "bar", "rbac.yaml: ServiceAccount monitoring/bar"),
        (
            "--selector",
            "app=bar",
            "service.yaml: --selector app=bar is asked for, and it has app.kubernetes.io/name=metrics",
        ),
        ("--port", "9443", "service.yaml: --port 9443 is asked for, and it has 8443"),
        ("--tls-dir", "/x", "deployment.yaml: --tls-dir /x is asked for, and it has /var/run/serving-cert"),
    ] {
        let directory = Directory::made(&[]);
        let error = directory.refused(&["--image", "registry.example.com/metrics:1", option, value], BEGIN);
        assert!(error.contains(said), "{error}");
    }
    // Without an image, no Deployment would be made in its place.
    let directory = Directory::made(&[]);
    let error = directory.refused(&["--tls-dir", "/x"], BEGIN);
    assert!(error.contains("deployment.yaml: --tls-dir /x is asked for"), "{error}");
    assert_eq!(directory.done(&[], BEGIN)["changed"], false);
    // What the file says, too, is no contradiction.
    let directory = Directory::made(&["--port", "9443"]);
    directory.edit("service.yaml", "targetPort: 9443", "targetPort: https");
    assert_eq!(directory.done(&["--port", "9443"], BEGIN)["changed"], false);
}

/// `openssl verify` takes such a certificate for one that has signed itself.
#[test]
fn the_ca_is_not_called_as_the_certificate_is() {
    let directory = Directory::new();
    let said = directory.extension(&["--ca-common-name", HOST], BEGIN);
    assert_eq!(said.exit, Exit::Usage, "{said:?}");
    assert!(said.err.contains("the serving certificate is called metrics.monitoring.svc, too"), "{said:?}");
}

/// What `check` would call an error is not written.
#[test]
fn what_cannot_work_is_not_made() {
    let directory = Directory::made(&[]);
    directory.edit("service.yaml", "port: 443", "port: 8080");
    let error = directory.refused(&["--replace-ca"], BEGIN);
    assert!(error.contains("(apiservice-port)"), "{error}");
}

#[test]
fn arguments_that_make_no_sense_are_refused_before_anything_is_read() {
    for arguments in [
        &["--renew-before", "400d"][..],
        &["--serving-validity", "9000y"],
        &["--ca-validity", "0d"],
        &["--replace-ca", "--next=switch"],
        &["--next"],
        &["--force", "--next=switch"],
        &["--cert-manager", "--replace-ca"],
        &["--port", "0"],
        &["--tls-dir", "tls"],
        &["--secret", "A"],
        &["--selector", "app"],
        &["--selector", "app=a b"],
        &["--image", "a b"],
        &["--cluster-domain", "x_y"],
    ] {
        let directory = Directory::new();
        let said = directory.extension(arguments, BEGIN);
        assert_eq!(said.exit, Exit::Usage, "{arguments:?}: {said:?}");
        assert!(!directory.path().exists());
    }
}
