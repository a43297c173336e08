//! `aggcert export`, read by others where there are some, and by `check`.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;

fn aggcert(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aggcert")).args(arguments).current_dir(directory).output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn error(output: &Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    text
}

/// A directory with `pki` in it, whose client is called `name`.
fn made(name: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    stdout(&aggcert(directory.path(), &["init", "pki", "--client-common-name", name]));
    directory
}

const FORMS: [&str; 7] = ["secret", "config-map", "cluster-api", "talos", "talos-document", "ansible", "cloud-init"];

fn arguments(form: &'static str) -> Vec<&'static str> {
    let mut arguments = vec!["export", "pki", "--format", form];
    if form == "cluster-api" {
        arguments.extend(["--name", "prod"]);
    }
    if form != "config-map" {
        arguments.push("--with-keys");
    }
    arguments
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

fn decoded(value: &Value) -> String {
    let bytes = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, value.as_str().unwrap()).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// A form as another reader of YAML finds it.
fn exported(directory: &tempfile::TempDir, form: &'static str) -> Value {
    yaml(&stdout(&aggcert(directory.path(), &arguments(form))))
}

/// One of the files that `init` made.
fn file(directory: &tempfile::TempDir, name: &str) -> String {
    fs::read_to_string(directory.path().join("pki").join(name)).unwrap()
}

#[test]
fn objects_hold_the_files_under_their_names() {
    let directory = made("front-proxy-client");
    let secret = exported(&directory, "secret");
    let data = secret["data"].as_object().unwrap();
    let names: Vec<&String> = data.keys().collect();
    // The CA's key is of no use to a server.
    assert_eq!(names, ["front-proxy-ca.crt", "front-proxy-client.crt", "front-proxy-client.key"]);
    assert!(data.iter().all(|(name, value)| decoded(value) == file(&directory, name)));
    let config_map = exported(&directory, "config-map");
    let data = config_map["data"].as_object().unwrap();
    assert_eq!(data.len(), 2);
    assert!(data.iter().all(|(name, value)| *value == file(&directory, name)));
}

#[test]
fn who_issues_the_client_gets_the_ca() {
    let directory = made("front-proxy-client");
    let ca = file(&directory, "front-proxy-ca.crt");
    let cluster_api = exported(&directory, "cluster-api");
    assert_eq!(cluster_api["metadata"]["name"], "prod-proxy");
    assert_eq!(cluster_api["metadata"]["labels"]["cluster.x-k8s.io/cluster-name"], "prod");
    assert_eq!(decoded(&cluster_api["data"]["tls.crt"]), ca);
    assert_eq!(decoded(&cluster_api["data"]["tls.key"]), file(&directory, "front-proxy-ca.key"));
    let talos = exported(&directory, "talos");
    assert_eq!(decoded(&talos["cluster"]["aggregatorCA"]["crt"]), ca);
    let key = decoded(&talos["cluster"]["aggregatorCA"]["key"]);
    assert!(key.starts_with("-----BEGIN EC PRIVATE KEY-----\n"));
    let document = exported(&directory, "talos-document");
    assert_eq!((&document["kind"], &document["issuingCA"]["cert"]), (&"KubeAggregatorCAConfig".into(), &ca.into()));
    assert_eq!(document["issuingCA"]["key"], key);
    assert!(document.get("acceptedCAs").is_none());
}

#[test]
fn other_tools_get_the_files_in_blocks() {
    let directory = made("front-proxy-client");
    let key = file(&directory, "front-proxy-client.key");
    let ansible = exported(&directory, "ansible");
    assert_eq!(ansible["front_proxy_ca_crt"], file(&directory, "front-proxy-ca.crt"));
    assert_eq!(ansible["front_proxy_client_key"], key);
    let cloud_init = exported(&directory, "cloud-init");
    let written = &cloud_init["write_files"][2];
    assert_eq!(written["path"], "/etc/kubernetes/pki/front-proxy-client.key");
    assert_eq!((&written["permissions"], &written["content"]), (&Value::from("0600"), &Value::from(key)));
}

#[test]
fn keys_are_in_it_only_when_they_are_asked_for() {
    let directory = made("front-proxy-client");
    for form in ["secret", "ansible", "cloud-init"] {
        let output = aggcert(directory.path(), &["export", "pki", "--format", form]);
        assert!(!stdout(&output).contains("key"), "{}", stdout(&output));
    }
    for form in ["cluster-api", "talos", "talos-document", "k3s", "rke2"] {
        let output = aggcert(directory.path(), &["export", "pki", "--format", form, "--name", "x", "--output", "x"]);
        assert!(error(&output, 2).contains("give --with-keys"), "{form}");
    }
}

/// Verdicts without what is said of single files.
fn verdict(output: &Output) -> Value {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let summary = &report["summary"];
    serde_json::json!([output.status.code(), summary["errors"], summary["warnings"]])
}

/// `check` finds the CA and the client in each form; and with flags that name the files, wherever these were.
#[test]
fn check_reads_every_form_back() {
    let directory = made("front-proxy-client");
    let path = directory.path();
    let flags = stdout(&aggcert(path, &["flags", "pki", "--pki-dir", "/nowhere"]));
    let flags: Vec<&str> = flags.lines().collect();
    let in_directory = verdict(&aggcert(path, &["check", "pki", "--format", "json"]));
    assert_eq!(in_directory, serde_json::json!([0, 0, 0]));
    for form in FORMS {
        let file = format!("{form}.yaml");
        stdout(&aggcert(path, &[&arguments(form)[..], &["--output", &file]].concat()));
        let mode = fs::metadata(path.join(&file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{form}");
        let alone = aggcert(path, &["check", &file, "--format", "json"]);
        assert_eq!(verdict(&alone), in_directory, "{form}: {}", String::from_utf8_lossy(&alone.stdout));
        let report: Value = serde_json::from_slice(&alone.stdout).unwrap();
        let certificates = report["targets"][0]["certificates"].as_array().unwrap();
        let roles: Vec<&str> = certificates.iter().map(|found| found["role"].as_str().unwrap()).collect();
        let client = !matches!(form, "cluster-api" | "talos" | "talos-document");
        assert!(roles.contains(&"requestheader-client-ca-file"), "{form}: {roles:?}");
        assert_eq!(roles.contains(&"proxy-client-cert-file"), client, "{form}: {roles:?}");
        assert!(!String::from_utf8_lossy(&alone.stdout).contains("PRIVATE KEY"), "{form}");

        let with_flags = aggcert(path, &[&["check", &file, "--format", "json", "--"], &flags[..]].concat());
        assert_eq!(verdict(&with_flags), in_directory, "{form}: {}", String::from_utf8_lossy(&with_flags.stdout));
    }
}

/// What the installer would allow is not what the server allows.
#[test]
fn a_client_of_another_name_is_no_error_where_no_flags_are() {
    let directory = made("aggregator");
    for form in ["secret", "ansible", "cloud-init"] {
        let file = format!("{form}.yaml");
        stdout(&aggcert(directory.path(), &[&arguments(form)[..], &["--output", &file]].concat()));
        for input in ["pki", &file] {
            let checked = aggcert(directory.path(), &["check", input, "--format", "json"]);
            assert_eq!(verdict(&checked), serde_json::json!([0, 0, 0]), "{input}");
            let output = String::from_utf8_lossy(&checked.stdout).into_owned();
            assert!(
                output.contains("whether their server allows the name of this client, aggregator"),
                "{input}: {output}"
            );
        }
    }
}

/// Another CA does not verify this client, and the finding points into the document.
#[test]
fn what_a_document_keeps_is_really_looked_at() {
    let directory = made("front-proxy-client");
    let path = directory.path();
    stdout(&aggcert(path, &["init", "other"]));
    let config_map = stdout(&aggcert(path, &arguments("config-map")));
    let other = fs::read_to_string(path.join("other/front-proxy-ca.crt")).unwrap();
    let indented = |pem: &str| pem.lines().map(|line| format!("    {line}\n")).collect::<String>();
    let mixed = config_map.replace(&indented(&file(&directory, "front-proxy-ca.crt")), &indented(&other));
    fs::write(path.join("mixed.yaml"), mixed).unwrap();
    let mixed = aggcert(path, &["check", "mixed.yaml", "--format", "concise"]);
    let said = String::from_utf8_lossy(&mixed.stdout).into_owned();
    assert!(said.contains("error[proxy-client-untrusted]"), "{said}");
    assert!(said.starts_with("mixed.yaml:"), "{said}");
}

/// k3s and RKE2 allow one name, which the client must have.
#[test]
fn the_names_of_k3s_are_a_directory() {
    let directory = made("system:auth-proxy");
    let path = directory.path();
    let export = ["export", "pki", "--format", "k3s", "--with-keys", "--output", "tls"];
    stdout(&aggcert(path, &export));
    let mode = |name: &str| fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("tls"), 0o700);
    for file in ["request-header-ca.crt", "request-header-ca.key", "client-auth-proxy.crt", "client-auth-proxy.key"] {
        assert_eq!(mode(&format!("tls/{file}")), 0o600, "{file}");
    }
    let report = aggcert(path, &["check", "tls", "--format", "json"]);
    assert_eq!(verdict(&report)[1], 0, "{}", String::from_utf8_lossy(&report.stdout));
    // A playbook that runs again changes nothing, and puts back what is missing.
    let says = |output: Output| (output.status.code(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(says(aggcert(path, &export)), (Some(0), "unchanged: tls\n".to_owned()));
    fs::remove_file(path.join("tls/client-auth-proxy.key")).unwrap();
    assert_eq!(says(aggcert(path, &export)), (Some(0), "wrote client-auth-proxy.key to tls\n".to_owned()));
    fs::write(path.join("tls/request-header-ca.crt"), "mine").unwrap();
    assert!(error(&aggcert(path, &export), 1).contains("tls/request-header-ca.crt is there already"));

    let other = made("front-proxy-client");
    let said = error(&aggcert(other.path(), &export), 1);
    assert!(said.contains("`aggcert renew ./pki-system:auth-proxy --client-common-name system:auth-proxy"), "{said}");
}

#[test]
fn what_is_there_is_not_written_over() {
    let directory = made("front-proxy-client");
    fs::write(directory.path().join("mine"), "mine").unwrap();
    let output = aggcert(directory.path(), &["export", "pki", "--format", "secret", "--output", "mine"]);
    assert!(error(&output, 1).contains("mine is there already"));
    assert_eq!(fs::read_to_string(directory.path().join("mine")).unwrap(), "mine");
    for said in ["wrote other\n", "unchanged: other\n"] {
        let output = aggcert(directory.path(), &["export", "pki", "--format", "secret", "--output", "other"]);
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), said.to_owned()));
    }
    let output = aggcert(directory.path(), &["export", "pki", "--format", "config-map", "--with-keys"]);
    assert!(error(&output, 2).contains("no place for private keys"));
    let output = aggcert(directory.path(), &["export", "pki", "--format", "secret", "--name", "a: b"]);
    assert!(error(&output, 2).contains("--name a: b: a name in Kubernetes"));
}

/// `script` gives it a terminal.
#[test]
fn a_terminal_gets_no_keys() {
    let directory = made("front-proxy-client");
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let terminal = || fs::OpenOptions::new().read(true).write(true).open(&name).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aggcert"));
        command.args(arguments).current_dir(directory.path()).stdout(terminal());
        command.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap()
    };
    let held = terminal();
    let refused = run(&["export", "pki", "--format", "secret", "--with-keys"]);
    assert!(error(&refused, 2).contains("private keys are not written to a terminal"), "{refused:?}");
    // What is written without keys comes first: nothing was written before.
    assert!(run(&["export", "pki", "--format", "config-map"]).status.success());
    let mut written = vec![0; "apiVersion".len()];
    fs::File::from(master).read_exact(&mut written).unwrap();
    assert_eq!(String::from_utf8_lossy(&written), "apiVersion");
    drop(held);
}

/// A node that has the files of an installer, and no flags that somebody wrote.
#[test]
fn a_copied_node_with_nothing_but_an_installers_files_is_judged() {
    let directory = tempfile::tempdir().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/inputs/pki-directory");
    let copy = |fixture: &str, to: &str| {
        for entry in walkdir::WalkDir::new(fixtures.join(fixture)).into_iter().map(Result::unwrap) {
            let target = directory.path().join(to).join(entry.path().strip_prefix(fixtures.join(fixture)).unwrap());
            if entry.file_type().is_file() {
                fs::create_dir_all(target.parent().unwrap()).unwrap();
                fs::copy(entry.path(), target).unwrap();
            }
        }
    };
    let nodes = [
        ("k3s", "node-k3s/var/lib/rancher/k3s/server/tls"),
        ("rke", "node-rke/etc/kubernetes/ssl"),
        ("openshift", "node-openshift/etc/kubernetes/static-pod-resources/kube-apiserver-certs"),
        ("kops", "node-kops/srv/kubernetes"),
        ("kubeadm", "node-kubeadm/etc/kubernetes/pki"),
    ];
    for (fixture, place) in nodes {
        copy(fixture, place);
        let node = place.split('/').next().unwrap();
        let output = aggcert(directory.path(), &["check", node, "--at", "2025-06-01", "--format", "json"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["targets"][0]["name"], place, "{}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(report["targets"].as_array().unwrap().len(), 1, "{fixture}");
        assert_eq!(report["targets"][0]["certificates"].as_array().unwrap().len(), 3, "{fixture}");
    }
    let output = aggcert(directory.path(), &["check", ".", "--at", "2025-06-01", "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["targets"].as_array().unwrap().len() >= nodes.len(), "{report}");
}

#[test]
fn nothing_is_written_beside_a_client_ca_that_is_the_same() {
    let directory = made("system:auth-proxy");
    let tls = directory.path().join("tls");
    fs::create_dir(&tls).unwrap();
    fs::copy(directory.path().join("pki/front-proxy-ca.crt"), tls.join("client-ca.crt")).unwrap();
    let arguments = ["export", "pki", "--format", "k3s", "--with-keys", "--output", "tls"];
    let output = aggcert(directory.path(), &arguments);
    assert!(error(&output, 1).contains("is the cluster's client CA, too"));
    assert_eq!(fs::read_dir(&tls).unwrap().count(), 1);
}

#[test]
fn a_dash_is_standard_output_and_no_device_is_to_be_removed() {
    let directory = made("front-proxy-client");
    let output = aggcert(directory.path(), &["export", "pki", "--format", "secret", "--output", "-"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("kind: Secret"));
    assert!(!directory.path().join("-").exists());
    let output = aggcert(directory.path(), &["export", "pki", "--format", "secret", "--output", "/dev/null"]);
    assert!(!error(&output, 1).contains("rm "));
}
