//! A cluster that a few lines of HTTP pretend to be: pages, refusals and the places of findings, without a network.

#![cfg(feature = "cluster")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed")]

mod cert_manager;
mod fake;
mod forward;
mod probing;
mod rotating;

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use fake::{API_SERVICES, CONFIG_MAP, Cluster, PODS, broken, refusal};

#[test]
fn findings_point_at_the_fields_of_objects() {
    let text = Cluster::new(broken()).check();
    for place in [
        "--> <cluster prod>: APIService v1beta1.metrics.k8s.io, spec.insecureSkipTLSVerify",
        "--> <cluster prod>: APIService v1beta1.metrics.k8s.io, status.conditions[0].status",
    ] {
        assert!(text.contains(place), "{place} is not in\n{text}");
    }
    assert!(!text.contains("config:"), "{text}");
}

#[test]
fn what_is_collected_is_judged_alike_and_holds_no_secret() {
    let cluster = Cluster::new(broken());
    let collected = cluster.collect();
    assert!(!collected.contains("s3cret"), "{collected}");
    fs::write(cluster.directory.path().join("cluster.yaml"), &collected).unwrap();
    let judge = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aggcert"));
        command.args(["check", "--at", "2027-01-01", "--format", "json"]).args(arguments);
        let output = command.current_dir(cluster.directory.path()).env_remove("KUBECONFIG").output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut found = Vec::new();
        for outcome in
            report["targets"].as_array().unwrap().iter().flat_map(|target| target["outcomes"].as_array().unwrap())
        {
            let lines =
                outcome["findings"].as_array().into_iter().flatten().map(|finding| finding["origin"]["line"].clone());
            found.push((outcome["rule"].clone(), outcome["outcome"].clone(), lines.collect::<Vec<_>>()));
        }
        found
    };
    let (live, file) = (judge(&["--kubeconfig", "config"]), judge(&["cluster.yaml"]));
    assert!(live.iter().any(|(_, outcome, _)| outcome == "fail"), "{live:?}");
    assert_eq!(live, file);
}

#[test]
fn what_is_forbidden_is_undecided_by_the_name_of_the_right() {
    let mut answers = broken();
    answers.insert(CONFIG_MAP.to_owned(), vec![refusal("configmaps")]);
    answers.insert(PODS.to_owned(), vec![refusal("pods")]);
    let cluster = Cluster::new(answers);
    let text = cluster.check();
    for right in ["get configmaps/extension-apiserver-authentication -n kube-system", "list pods"] {
        assert!(text.contains(&format!("the account needs the right to {right};")), "{right} is not in\n{text}");
    }
    let strict = cluster.run(&["check", "--strict"]);
    assert_eq!(strict.status.code(), Some(2));
}

fn pods(names: std::ops::Range<usize>, token: &str) -> Value {
    let pod = |index: usize| {
        json!({"metadata": {"name": format!("kube-apiserver-{index}"), "namespace": "kube-system"},
               "spec": {"containers": [{"name": "kube-apiserver", "command": ["kube-apiserver", "--v=2"]}]}})
    };
    json!({"metadata": {"continue": token}, "items": names.map(pod).collect::<Vec<Value>>()})
}

#[test]
fn a_list_is_read_page_by_page_and_begun_anew_when_it_expires() {
    let mut answers = broken();
    let gone =
        (410, json!({"kind": "Status", "status": "Failure", "code": 410, "reason": "Expired", "message": "too old"}));
    answers.insert(format!("{PODS}?limit=250"), vec![(200, pods(0..2, "a&b"))]);
    answers.insert(format!("{PODS}?limit=250&continue=a%26b"), vec![gone, (200, pods(2..3, ""))]);
    let cluster = Cluster::new(answers);
    let collected = cluster.collect();
    let names: Vec<&str> = collected.lines().filter(|line| line.contains("name: kube-apiserver-")).collect();
    assert_eq!(names.len(), 3, "{collected}");
    let pages = cluster
        .asked()
        .iter()
        .filter(|asked| asked.starts_with(&format!("{PODS}?limit=250")) && !asked.contains("labelSelector"))
        .count();
    assert_eq!(pages, 4, "{:?}", cluster.asked());
}

#[test]
fn nothing_is_written_and_no_secret_is_asked_for() {
    let cluster = Cluster::new(broken());
    cluster.collect();
    let asked = cluster.asked();
    assert!(asked.len() > 10 && asked.iter().all(|path| !path.contains("secrets")), "{asked:?}");
    assert!(cluster.heads().iter().all(|head| head.starts_with("GET ")), "{:?}", cluster.heads());
}

/// Two clusters in one directory are two clusters: what one lacks, the other does not give it.
#[test]
fn several_contexts_are_several_files_that_are_kept_apart() {
    let (one, mut other) = (Cluster::new(broken()), broken());
    // Its Service is not there.
    other.insert(
        "/api/v1/namespaces/kube-system/services/metrics-server".to_owned(),
        vec![(
            404,
            json!({"kind": "Status", "code": 404, "status": "Failure", "message": "none", "reason": "NotFound"}),
        )],
    );
    let other = Cluster::new(other);
    let config = |cluster: &Cluster| -> Value {
        serde_json::from_slice(&fs::read(cluster.directory.path().join("config")).unwrap()).unwrap()
    };
    let (mut both, second) = (config(&one), config(&other));
    both["clusters"].as_array_mut().unwrap().push(json!({"name": "d", "cluster": second["clusters"][0]["cluster"]}));
    both["contexts"].as_array_mut().unwrap().push(json!({"name": "a/b", "context": {"cluster": "d", "user": "u"}}));
    fs::write(one.directory.path().join("config"), both.to_string()).unwrap();
    let contexts = ["--context", "prod", "--context", "a/b"];
    let refused = one.run(&[&["collect"][..], &contexts].concat());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--output-dir"), "{refused:?}");
    let written = one.run(&[&["collect", "--output-dir", "both"][..], &contexts].concat());
    assert_eq!(String::from_utf8(written.stdout).unwrap(), "both/prod.yaml\nboth/a_b.yaml\n");
    let judge = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aggcert"));
        command.args(["check", "--at", "2027-01-01", "--select", "apiservice-service-missing"]).args(arguments);
        let output = command.current_dir(one.directory.path()).env_remove("KUBECONFIG").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (text.matches("the Service metrics-server is not among the objects").count(), text)
    };
    for arguments in [
        &["both"][..],
        &["both/prod.yaml", "both/a_b.yaml"],
        &["--kubeconfig", "config", "--context", "prod", "--context", "a/b"],
    ] {
        let (count, text) = judge(arguments);
        assert_eq!(count, 1, "{arguments:?}: {text}");
    }
}

/// A kubeconfig as clouds write it: a program gives the credentials.
#[test]
fn an_exec_plugin_gives_the_credentials() {
    let cluster = Cluster::new(broken());
    let path = |name: &str| cluster.directory.path().join(name);
    let credential = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                            "status": {"token": "of-the-plugin"}});
    fs::write(path("plugin.sh"), format!("echo asked >> asked\ncat <<'END'\n{credential}\nEND\n")).unwrap();
    let mut config: Value = serde_json::from_slice(&fs::read(path("config")).unwrap()).unwrap();
    config["users"][0]["user"] = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh",
                                                 "args": ["plugin.sh"], "interactiveMode": "Never"}});
    fs::write(path("config"), config.to_string()).unwrap();
    assert!(cluster.collect().contains("v1beta1.metrics.k8s.io"));
    assert_eq!(fs::read_to_string(path("asked")).unwrap().lines().count(), 1);
    assert!(cluster.heads().iter().all(|head| head.contains("Bearer of-the-plugin")), "{:?}", cluster.heads());
    // What one prints may be a secret, whichever way it fails.
    fs::write(path("plugin.sh"), "echo s3cret\necho s3cret >&2\nexit 1\n").unwrap();
    let failed = cluster.run(&["collect"]);
    let said = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(
        said.contains("the credentials of context prod of config cannot be had")
            && said.contains("\"sh\" ended with exit code 1")
            && !said.contains("s3cret"),
        "{said}"
    );
}

/// All requests go to the proxy that the kubeconfig or the environment names; the cluster's own name need not be known here.
#[test]
fn requests_go_through_the_proxy() {
    let proxy = Cluster::new(broken());
    let address = proxy.server();
    let path = proxy.directory.path().join("config");
    let mut config: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    config["clusters"][0]["cluster"]["server"] = "http://cluster.invalid:8080".into();
    let run = |config: &Value, variables: &[(&str, &str)]| {
        fs::write(&path, config.to_string()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_aggcert"));
        command.args(["collect", "--kubeconfig", "config"]).current_dir(proxy.directory.path());
        for name in ["KUBECONFIG", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"] {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied()).output().unwrap()
    };
    assert!(!run(&config, &[]).status.success());
    let excepted = run(&config, &[("HTTPS_PROXY", &address), ("NO_PROXY", "10.0.0.0/8,.invalid")]);
    assert!(!excepted.status.success() && proxy.heads().is_empty(), "{:?}", proxy.heads());
    let by_environment = run(&config, &[("HTTPS_PROXY", &address), ("NO_PROXY", "10.0.0.0/8")]);
    assert!(by_environment.status.success(), "{}", String::from_utf8_lossy(&by_environment.stderr));
    config["clusters"][0]["cluster"]["proxy-url"] = address.clone().into();
    let by_file = run(&config, &[("NO_PROXY", ".invalid")]);
    assert!(by_file.status.success(), "{}", String::from_utf8_lossy(&by_file.stderr));
    assert!(proxy.heads().iter().any(|head| head.contains("cluster.invalid:8080")), "{:?}", proxy.heads());
    // This host is asked without it.
    config["clusters"][0]["cluster"] = json!({"server": address});
    let here = run(&config, &[("HTTPS_PROXY", "http://127.0.0.1:9"), ("HTTP_PROXY", "http://127.0.0.1:9")]);
    assert!(here.status.success(), "{}", String::from_utf8_lossy(&here.stderr));
}

/// A control plane that is no Pod is not fine because nothing of it is seen.
#[test]
fn a_control_plane_without_pods_leaves_its_rules_undecided() {
    let cluster = Cluster::new(broken());
    let text = cluster.check();
    assert!(text.contains("no Pod of the cluster runs kube-apiserver"), "{text}");
    assert!(text.contains("No kube-apiserver was among them."), "{text}");
    assert_eq!(cluster.run(&["check", "--strict"]).status.code(), Some(2));
    let mut answers = broken();
    answers.insert(PODS.to_owned(), vec![(200, pods(0..1, ""))]);
    let text = Cluster::new(answers).check();
    assert!(!text.contains("no Pod of the cluster runs") && !text.contains("No kube-apiserver was"), "{text}");
}

fn not_found() -> (u16, Value) {
    (404, json!("404 page not found"))
}

fn said(output: std::process::Output) -> (Option<i32>, String) {
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.code(), text)
}

/// Nothing to find is not the same as nothing asked.
#[test]
fn what_was_not_asked_is_not_well() {
    let paths = ["/version", CONFIG_MAP, API_SERVICES];
    for answer in [not_found(), (200, json!({}))] {
        let cluster = Cluster::new(paths.map(|path| (path.to_owned(), vec![answer.clone()])).into());
        let (code, text) = said(cluster.run(&["check"]));
        assert!(code == Some(2) && text.contains("is no Kubernetes API server"), "{code:?} {text}");
    }
    let named = Cluster::new(broken()).run(&["check", "--fail-on", "error", "--api-server", "127.0.0.1:1"]);
    let (code, text) = said(named);
    assert!(code == Some(2) && text.contains("--api-server: https://127.0.0.1:1/metrics"), "{code:?} {text}");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Connection refused") && text.contains("check that the API server runs there"), "{text}");
    assert!(!text.contains("ServiceError") && !text.contains("(Connect)"), "{text}");
}

#[test]
fn an_account_without_rights_decides_nothing() {
    let mut answers = broken();
    let lists = ["apis/discovery.k8s.io/v1/namespaces/default/endpointslices"].map(|path| format!("/{path}"));
    for path in [CONFIG_MAP, API_SERVICES, PODS, "/metrics"].map(str::to_owned).into_iter().chain(lists) {
        answers.insert(path, vec![refusal("it")]);
    }
    let cluster = Cluster::new(answers);
    let (code, text) = said(cluster.run(&["check"]));
    assert!(code == Some(2) && text.contains("`aggcert rbac` prints"), "{code:?} {text}");
    let (code, text) = said(cluster.run(&["collect"]));
    assert!(code == Some(1) && text.contains("nothing of the cluster"), "{code:?} {text}");
}

#[test]
fn a_collection_has_the_name_of_its_context_and_says_what_it_lacks() {
    let mut answers = broken();
    answers.insert(CONFIG_MAP.to_owned(), vec![refusal("configmaps")]);
    let cluster = Cluster::new(answers);
    let (code, text) = said(cluster.run(&["collect", "--output-dir", "d"]));
    assert!(code == Some(0) && text.starts_with("d/prod.yaml\n"), "{text}");
    assert!(text.contains("not read: configmaps/extension-apiserver-authentication: "), "{text}");
    let (_, text) = said(cluster.run(&["collect", "--output-dir", "d"]));
    assert!(text.contains("d/prod.yaml was there, and is written over"), "{text}");
}

#[test]
fn a_list_that_does_not_end_is_given_up() {
    let mut answers = broken();
    answers.insert(PODS.to_owned(), vec![(200, pods(0..1, "again"))]);
    let text = Cluster::new(answers).check();
    assert!(text.contains("goes on with the page that was just read"), "{text}");
}
