//! What the first run makes.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use aggcert::cli::Exit;
use serde_json::Value;
use time::Duration;

use super::directory::{BEGIN, Directory, HOST, aggcert, names, succeeded};

/// `openssl verify` knows no time but its own where none is given.
const AT: &str = "1795608000";

const NAMES: [&str; 4] = ["metrics", "metrics.monitoring", HOST, "metrics.monitoring.svc.cluster.local"];

#[test]
fn openssl_takes_the_certificate_for_all_names_and_no_other() {
    assert_eq!(BEGIN.unix_timestamp().to_string(), AT);
    for algorithm in ["ecdsa-p256", "ecdsa-p384", "ed25519", "rsa-2048"] {
        let directory = Directory::made(&["--key-algorithm", algorithm]);
        let verify = |host: &str, purpose: &str| {
            let strict = ["verify", "-x509_strict", "-attime", AT, "-purpose", purpose, "-CAfile", "serving-ca.crt"];
            directory.openssl(&[&strict[..], &["-verify_hostname", host, "tls.crt"]].concat())
        };
        for name in NAMES {
            assert_eq!(succeeded(&verify(name, "sslserver")), "tls.crt: OK\n", "{algorithm}");
        }
        assert!(!verify("other.monitoring.svc", "sslserver").status.success());
        assert!(!verify(HOST, "sslclient").status.success(), "{algorithm}: it is for clients, too");
        let public = |arguments: &[&str]| succeeded(&directory.openssl(arguments));
        for (certificate, key) in [("tls.crt", "tls.key"), ("serving-ca.crt", "serving-ca.key")] {
            let of_key = public(&["pkey", "-in", key, "-pubout"]);
            assert_eq!(of_key, public(&["x509", "-in", certificate, "-noout", "-pubkey"]), "{algorithm}: {key}");
        }
        let text = public(&["x509", "-in", "tls.crt", "-noout", "-text"]);
        assert_eq!(text.contains("Key Encipherment"), algorithm == "rsa-2048", "{algorithm}");
    }
}

#[test]
fn the_objects_hold_what_the_files_hold() {
    let directory = Directory::made(&[]);
    let files = names(&directory.path());
    let expected = ["apiservice.yaml", "deployment.yaml", "rbac.yaml", "secret.yaml", "service.yaml"];
    assert_eq!(files[..5], expected);
    assert_eq!(files[5..], ["serving-ca.crt", "serving-ca.key", "tls.crt", "tls.key"]);
    for name in ["tls.crt", "tls.key"] {
        assert_eq!(directory.data(name), fs::read(directory.file(name)).unwrap(), "{name}");
    }
    assert_eq!(directory.trusted(), directory.bundle());
    for name in files {
        let mode = fs::metadata(directory.file(&name)).unwrap().permissions().mode() & 0o777;
        let has_key = name.ends_with(".key") || name == "secret.yaml";
        assert_eq!(mode, if has_key { 0o600 } else { 0o644 }, "{name}");
    }
}

#[test]
fn a_key_that_others_can_read_is_said() {
    let directory = Directory::made(&[]);
    fs::set_permissions(directory.file("secret.yaml"), fs::Permissions::from_mode(0o644)).unwrap();
    let notes = directory.done(&[], BEGIN)["notes"].to_string();
    assert!(notes.contains("the key in secret.yaml (mode 0644)") && notes.contains("chmod 0600"), "{notes}");
}

#[test]
fn check_names_each_key_that_others_can_read() {
    let directory = Directory::made(&[]);
    let path = directory.path().display().to_string();
    let check = || aggcert(&["check", "--select", "key-permissions", "--format", "concise", &path], BEGIN).out;
    assert!(!check().contains("key-permissions"), "{}", check());
    for name in ["secret.yaml", "tls.key", "serving-ca.key"] {
        fs::set_permissions(directory.file(name), fs::Permissions::from_mode(0o644)).unwrap();
        let text = check();
        assert!(text.contains(&format!("{name} has the mode 0644: its group and all others can read it")), "{text}");
        assert_eq!(text.matches("has the mode").count(), 1, "{text}");
        fs::set_permissions(directory.file(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn its_files_are_judged_as_the_directory_is() {
    let directory = Directory::made(&[]);
    let files: Vec<String> =
        directory.snapshot().keys().map(|name| directory.file(name).display().to_string()).collect();
    let arguments: Vec<&str> = ["check"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let said = aggcert(&arguments, BEGIN);
    assert_eq!(said.exit, Exit::Done, "{said:?}");
    assert!(said.out.starts_with("Nothing found. Checked 2 set-ups in 5 files"), "{said:?}");
}

/// As many keep what is applied to a cluster: a directory for each namespace.
#[test]
fn a_binding_in_the_directory_of_kube_system_is_found() {
    let directory = Directory::made(&[]);
    let cluster = tempfile::tempdir().unwrap();
    let [own, kube_system] = ["monitoring", "kube-system"].map(|name| cluster.path().join(name));
    fs::rename(directory.path(), &own).unwrap();
    let access = fs::read_to_string(own.join("rbac.yaml")).unwrap();
    let (of_reader, others): (Vec<&str>, Vec<&str>) =
        access.split("---\n").partition(|document| document.contains("namespace: kube-system"));
    fs::write(own.join("rbac.yaml"), others.join("---\n")).unwrap();
    let path = cluster.path().display().to_string();
    let check = || aggcert(&["check", &path], BEGIN).out;
    assert!(check().contains("error[extension-reader-binding]"), "{}", check());
    fs::create_dir(&kube_system).unwrap();
    fs::write(kube_system.join("reader.yaml"), of_reader.join("---\n")).unwrap();
    assert!(check().starts_with("Nothing found."), "{}", check());
}

#[test]
fn a_new_key_is_its_owners_alone_whatever_it_replaces() {
    let directory = Directory::made(&[]);
    fs::write(directory.file("secret.yaml"), "").unwrap();
    fs::set_permissions(directory.file("secret.yaml"), fs::Permissions::from_mode(0o644)).unwrap();
    directory.done(&[], BEGIN);
    let mode = fs::metadata(directory.file("secret.yaml")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
}

#[test]
fn the_key_is_in_no_output() {
    let directory = Directory::new();
    let said = directory.extension(&["--format", "json"], BEGIN);
    let again = directory.extension(&[], BEGIN);
    for name in ["tls.key", "serving-ca.key"] {
        let key = directory.text(name);
        let line = key.lines().nth(1).unwrap();
        assert!(![&said.out, &said.err, &again.out, &again.err].iter().any(|text| text.contains(line)), "{name}");
    }
}

#[test]
fn check_has_nothing_to_say_and_a_second_run_nothing_to_do() {
    let directory = Directory::made(&[]);
    directory.assert_clean(BEGIN);
    let before = directory.snapshot();
    let again = directory.done(&["--image", "registry.example.com/metrics:1"], BEGIN + Duration::DAY);
    assert_eq!(again["changed"], false);
    assert_eq!(directory.snapshot(), before);
    let text = directory.extension(&["--image", "registry.example.com/metrics:1"], BEGIN).out;
    assert!(text.starts_with("Nothing to do: "), "{text}");
}

#[test]
fn the_arguments_pin_nothing_and_name_the_files_of_the_secret() {
    let directory = Directory::new();
    let done = directory.done(&["--port", "4443", "--tls-dir", "/tls", "--secret", "cert"], BEGIN);
    let expected = ["--secure-port=4443", "--tls-cert-file=/tls/tls.crt", "--tls-private-key-file=/tls/tls.key"];
    assert_eq!(done["arguments"], serde_json::json!(expected));
    let service: Value = serde_saphyr::from_str(&directory.text("service.yaml")).unwrap();
    assert_eq!(service["spec"]["ports"][0]["targetPort"], 4443);
    assert!(directory.text("secret.yaml").contains("\n  name: cert\n"));
}

/// Adapters serve several groups with one certificate.
#[test]
fn a_server_may_have_several_apis() {
    let also = ["--also", "v1beta1.external.metrics.k8s.io", "--also", "v1beta1.metrics.k8s.io"];
    let directory = Directory::made(&also);
    directory.assert_clean(BEGIN);
    let step = directory.done(&[&also[..], &["--replace-ca"]].concat(), BEGIN);
    assert_eq!(step["api_services"].as_array().unwrap().len(), 2);
    // Each is applied, and each is compared before the next step.
    assert_eq!(step["next"].as_array().unwrap().len(), 4);
    let objects: Vec<Value> = serde_saphyr::from_multiple(&directory.text("apiservice.yaml")).unwrap();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[1]["spec"]["group"], "external.metrics.k8s.io");
    assert_eq!(objects[0]["spec"]["caBundle"], objects[1]["spec"]["caBundle"]);
    assert_eq!(directory.bundle().len(), 2);
    directory.assert_clean(BEGIN);
}

/// An APIService that is left out keeps the old caBundle in the cluster, where nothing is pruned.
#[test]
fn an_api_that_is_there_is_not_left_out_unasked() {
    let directory = Directory::made(&["--also", "v1beta1.external.metrics.k8s.io"]);
    let before = directory.text("apiservice.yaml");
    assert_eq!(directory.done(&[], BEGIN)["changed"], false);
    assert_eq!(directory.text("apiservice.yaml"), before);
    let said = directory.extension(&["--replace-ca"], BEGIN).out;
    assert!(said.contains("apiservice.yaml holds v1beta1.external.metrics.k8s.io, too"), "{said}");
    assert!(said.contains(" --also v1beta1.external.metrics.k8s.io --next switch\n"), "{said}");
    let objects: Vec<Value> = serde_saphyr::from_multiple(&directory.text("apiservice.yaml")).unwrap();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["spec"]["caBundle"], objects[1]["spec"]["caBundle"]);
    // Another server's is none of ours.
    directory.edit("apiservice.yaml", "namespace: monitoring", "namespace: other");
    assert!(!directory.extension(&[], BEGIN).out.contains(", too"));
}

#[test]
fn a_rehearsal_writes_nothing() {
    let directory = Directory::new();
    let done = directory.done(&["--dry-run"], BEGIN);
    assert_eq!((done["changed"].as_bool(), done["dry_run"].as_bool()), (Some(true), Some(true)));
    assert!(!directory.path().exists());
    let directory = Directory::made(&[]);
    let before = directory.snapshot();
    for arguments in [&["--dry-run", "--replace-ca"][..], &["--dry-run", "--force"]] {
        assert_eq!(directory.done(arguments, BEGIN)["changed"], true);
        assert_eq!(directory.snapshot(), before);
    }
    let text = directory.extension(&["--dry-run", "--replace-ca"], BEGIN).out;
    assert!(text.contains(" to be renewed\n") && !text.contains("SHA-256"), "{text}");
    assert!(text.contains(" --namespace monitoring --service metrics --replace-ca\n"), "{text}");
}

#[test]
fn long_names_fit() {
    let (service, namespace) = ("s".repeat(63), "n".repeat(63));
    let directory = Directory::new();
    let path = directory.path();
    let arguments = ["extension", "v1.example.com", path.to_str().unwrap(), "--namespace", &namespace];
    let said = aggcert(&[&arguments[..], &["--service", &service]].concat(), BEGIN);
    assert_eq!(said.exit, Exit::Done, "{said:?}");
    let served = directory.served();
    assert_eq!(served.subject.common_name(), service);
    assert!(served.dns_names.contains(&format!("{service}.{namespace}.svc")));
    assert!(directory.bundle()[0].subject.common_name().len() <= 64);
    let domain = "d.".repeat(70) + "x";
    let said = aggcert(&[&arguments[..], &["--service", &service, "--cluster-domain", &domain]].concat(), BEGIN);
    assert_eq!(said.exit, Exit::Usage, "{said:?}");
}

/// cert-manager's own objects.
#[test]
fn cert_manager_makes_the_certificates_where_it_is_asked_to() {
    let directory = Directory::made(&["--cert-manager", "--renew-before", "30d", "--key-algorithm", "rsa-3072"]);
    let files = ["apiservice.yaml", "cert-manager.yaml", "deployment.yaml", "rbac.yaml", "service.yaml"];
    assert_eq!(names(&directory.path()), files);
    let documents: Vec<Value> = serde_saphyr::from_multiple(&directory.text("cert-manager.yaml")).unwrap();
    let kinds: Vec<&str> = documents.iter().map(|object| object["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Issuer", "Certificate", "Issuer", "Certificate"]);
    let [self_signed, ca, issuer, serving] = documents.as_slice() else { panic!("{documents:?}") };
    assert_eq!(self_signed["spec"], serde_json::json!({"selfSigned": {}}));
    assert_eq!(ca["spec"]["issuerRef"]["name"], self_signed["metadata"]["name"]);
    assert_eq!(ca["spec"]["isCA"], true);
    // The certificates of the CA before it stay valid.
    assert_eq!(ca["spec"]["privateKey"]["rotationPolicy"], "Never");
    assert_eq!(issuer["spec"]["ca"]["secretName"], ca["spec"]["secretName"]);
    assert_eq!(serving["spec"]["issuerRef"]["name"], issuer["metadata"]["name"]);
    assert_eq!(serving["spec"]["dnsNames"], serde_json::json!(NAMES));
    assert_eq!(serving["spec"]["usages"], serde_json::json!(["digital signature", "key encipherment", "server auth"]));
    assert_eq!(serving["spec"]["privateKey"]["size"], 3072);
    assert_eq!((&serving["spec"]["duration"], &serving["spec"]["renewBefore"]), (&"8760h".into(), &"720h".into()));
}

/// What its injector looks for, and what `check` makes of that.
#[test]
fn the_objects_for_cert_manager_fit_together() {
    let directory = Directory::made(&["--cert-manager"]);
    let documents: Vec<Value> = serde_saphyr::from_multiple(&directory.text("cert-manager.yaml")).unwrap();
    let [_, ca, _, serving] = documents.as_slice() else { panic!("{documents:?}") };
    let deployment: Value = serde_saphyr::from_str(&directory.text("deployment.yaml")).unwrap();
    let volume = &deployment["spec"]["template"]["spec"]["volumes"][0];
    assert_eq!(volume["secret"]["secretName"], serving["spec"]["secretName"]);
    let api_service: Value = serde_saphyr::from_str(&directory.text("apiservice.yaml")).unwrap();
    let certificate = format!("monitoring/{}", ca["metadata"]["name"].as_str().unwrap());
    assert_eq!(api_service["metadata"]["annotations"]["cert-manager.io/inject-ca-from"], certificate);
    assert!(api_service["spec"]["caBundle"].is_null());
    // What is to be filled in is not missed.
    for (rule, outcome, details) in directory.outcomes(BEGIN) {
        assert_ne!(outcome, "fail", "{rule}: {details:#}");
    }
}
