//! A rotation that waits for what a cluster shows.

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::fake::{API_SERVICES, Answers, CONFIG_MAP, Cluster, refusal, version};
use crate::probing::{ca, serve, serve_as};

/// A cluster whose ConfigMap holds the new CA when it is asked for the second time, and, in the directory of its kubeconfig,
/// a node in which the rotation has begun.
struct Begun {
    cluster: Cluster,
    bundle: String,
}

fn run(cluster: &Cluster, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aggcert"));
    command.args(arguments).current_dir(cluster.directory.path()).env_remove("KUBECONFIG").output().unwrap()
}

fn config_map(bundle: &str, clients: &str) -> (u16, Value) {
    let data = json!({"requestheader-client-ca-file": bundle, "client-ca-file": clients});
    let name = json!({"name": "extension-apiserver-authentication", "namespace": "kube-system"});
    (200, json!({"metadata": name, "data": data}))
}

/// `clients` is the name of the CA for users.
fn begin(clients: &str) -> Begun {
    let (work, clients) = (Cluster::new(Answers::new()), ca(clients).pem());
    let from = work.directory.path().join("node");
    let bundle = || fs::read_to_string(from.join("front-proxy-ca.crt")).unwrap();
    assert!(run(&work, &["init", "node"]).status.success());
    let old = bundle();
    assert!(run(&work, &["rotate", "start", "node", "--ca-common-name", "new-ca"]).status.success());
    let both = bundle();
    let cluster = Cluster::new(Answers::from([
        version(),
        (API_SERVICES.to_owned(), vec![(200, json!({"items": []}))]),
        (CONFIG_MAP.to_owned(), vec![config_map(&old, &clients), config_map(&both, &clients)]),
    ]));
    let to = cluster.directory.path().join("node");
    fs::create_dir(&to).unwrap();
    for entry in fs::read_dir(&from).unwrap().flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
    Begun { cluster, bundle: both }
}

impl Begun {
    fn rotate(&self, action: &str, address: &str, more: &[&str]) -> (bool, String) {
        let arguments = ["rotate", action, "node", "--kubeconfig", "config", "--api-server", address];
        let output = run(&self.cluster, &[&arguments, more].concat());
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        (output.status.success(), text)
    }
}

#[test]
fn next_waits_until_the_cluster_shows_the_new_ca() {
    let begun = begin("kubernetes");
    let address = format!("127.0.0.1:{}", serve_as(&ca("serving"), &begun.bundle));
    let (_, refused) = begun.rotate("next", &address, &["--no-wait"]);
    assert!(refused.contains("has arrived at: config-map\n"), "{refused}");
    let (done, said) = begun.rotate("next", &address, &["--timeout", "60"]);
    assert!(done && said.contains("step 3, distrust"), "{said}");
    assert!(said.contains(&format!("{address}  accepts clients of the new CA")), "{said}");
    // Who is allowed what says nothing of CAs.
    assert!(!begun.cluster.asked().iter().any(|path| path.contains("rbac")), "{:?}", begun.cluster.asked());
    // The server has the bundle of the step before, old first.
    let (_, behind) = begun.rotate("next", &address, &["--assume", "switched:node", "--no-wait"]);
    assert!(behind.contains("has not loaded the bundle of this step"), "{behind}");
}

#[test]
fn a_server_that_lacks_the_new_ca_is_waited_for_and_named() {
    let begun = begin("kubernetes");
    let address = format!("127.0.0.1:{}", serve(&ca("serving"), &[&ca("front-proxy-ca")]));
    let (done, said) = begun.rotate("next", &address, &["--timeout", "1"]);
    assert!(!done && said.contains(&format!("waiting up to 1 seconds for {address}, config-map")), "{said}");
    assert!(said.contains(&format!("has arrived at: {address}\n")), "{said}");
}

#[test]
fn a_client_ca_of_the_same_name_makes_a_handshake_no_evidence() {
    let begun = begin("new-ca");
    let address = format!("127.0.0.1:{}", serve_as(&ca("serving"), &begun.bundle));
    let (_, said) = begun.rotate("status", &address, &[]);
    assert!(said.contains("But a client CA is called CN=new-ca as well"), "{said}");
}

/// One CA in the directories says nothing of the cluster.
#[test]
fn what_the_cluster_does_not_show_is_not_well() {
    let status = |answer: (u16, Value), more: &[&str]| {
        let answers = [version(), (API_SERVICES.to_owned(), vec![(200, json!({"items": []}))])];
        let mut answers = Answers::from(answers);
        answers.insert(CONFIG_MAP.to_owned(), vec![answer]);
        let cluster = Cluster::new(answers);
        assert!(run(&cluster, &["init", "node"]).status.success());
        let output = cluster.run(&[&["rotate", "status", "node"], more].concat());
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        (output.status.code(), text)
    };
    let name = json!({"name": "extension-apiserver-authentication", "namespace": "kube-system"});
    let (code, text) = status((200, json!({"metadata": name, "data": {}})), &[]);
    assert!(code == Some(1) && text.contains("which the ConfigMap does not hold"), "{code:?} {text}");
    let (code, text) = status(refusal("configmaps"), &[]);
    assert!(code == Some(2) && text.contains("Not seen: the ConfigMap (configmaps is forbidden"), "{code:?} {text}");
    let (code, text) = status(refusal("configmaps"), &["--api-server", "127.0.0.1:1"]);
    assert!(code == Some(2) && text.contains("Not seen: 127.0.0.1:1 ("), "{code:?} {text}");
}
