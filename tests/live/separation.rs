//! A front proxy gets a CA of its own while the cluster runs, by what `check` prints, and nothing fails meanwhile.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use aggcert::lint::Target;
use serde_json::Value;

use crate::attacks::{apply, flags};
use crate::harness::{
    Authority, CONFIG_MAP, Client, ControlPlane, FLUNDERS, KubeApiserver, Load, SAMPLE, Servers, eventually,
};
use crate::other_attacks::as_admin_of_headers;
use crate::rotation::LOOP;
use crate::{commands, model};

/// How many requests show that nothing fails.
const REQUESTS: usize = 100;

/// What a server is started with whose front proxy has a certificate of the client CA.
/// Two certificates of the CA, as no server starts that has one of them twice and lists no name (since 1.35).
fn shared(client_ca: &Authority, names: &str, front_proxy: &Client) -> Vec<String> {
    let mut flags = flags(&client_ca.certificate, &client_ca.reissued(), names);
    flags.push(format!("--proxy-client-cert-file={}", front_proxy.certificate.display()));
    flags.push(format!("--proxy-client-key-file={}", front_proxy.key.display()));
    flags
}

/// The commands that `check` prints for this rule of the ConfigMap, beside what these arguments name.
fn advice(control_plane: &ControlPlane, server: &KubeApiserver<'_>, rule: &str, beside: &[String]) -> Vec<String> {
    let dump = control_plane.write("cm.json", server.admin("GET", CONFIG_MAP, None).body);
    let arguments = [&["check", "--format", "json", "cm.json"].map(str::to_owned), beside].concat();
    let program = env!("CARGO_BIN_EXE_aggcert");
    let output = Command::new(program).current_dir(dump.parent().unwrap()).args(arguments).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let outcomes =
        report["targets"].as_array().unwrap().iter().flat_map(|target| target["outcomes"].as_array().unwrap());
    let outcomes = outcomes.filter(|outcome| outcome["rule"] == rule);
    let findings = outcomes.flat_map(|outcome| outcome["findings"].as_array().into_iter().flatten());
    let commands = findings.flat_map(|finding| finding["fix"]["commands"].as_array().into_iter().flatten());
    commands.map(|command| command.as_str().unwrap().to_owned()).collect()
}

/// Does what `check` prints, which must be something.
fn follow(control_plane: &ControlPlane, server: &KubeApiserver<'_>, rule: &str, beside: &[String]) {
    let commands = advice(control_plane, server, rule, beside);
    assert!(!commands.is_empty(), "nothing is said about the ConfigMap");
    for command in commands {
        commands::shell(control_plane.path(), &server.kubeconfig(), &command);
    }
}

/// Waits until this load has shown something.
fn nothing_fails(load: &Load) {
    eventually("enough was asked", || load.served().requests >= REQUESTS);
    let served = load.served();
    assert!(served.failed.is_empty(), "{served:?}");
}

#[test]
fn nothing_fails_while_a_shared_ca_is_left() {
    leaves_a_shared_ca("front-proxy-client", "front-proxy-client", "ca-reused");
}

/// The names that one server lists count for the clients of all.
#[test]
fn nothing_fails_while_servers_that_list_no_name_leave_a_shared_ca() {
    leaves_a_shared_ca("", "kube-apiserver", "identity-spoofable");
}

fn leaves_a_shared_ca(names: &str, client: &str, rule: &str) {
    let Some(servers) = Servers::find_with(SAMPLE.program) else { return };
    let control_plane = ControlPlane::new(&servers);
    fs::create_dir(control_plane.file("pki")).unwrap();
    let client_ca = Authority::new(&control_plane.file("pki"), "ca");
    let front_proxy = client_ca.client(client, &[]);
    let before = shared(&client_ca, names, &front_proxy);
    let setup = model::setup(&before, Path::new("/"), &servers.version());
    let errors = model::errors(rule, Target::Server(&setup), &[]);

    let [first, second] = [(); 2].map(|()| control_plane.kube_apiserver(&before));
    let extension = control_plane.extension(&second);
    [&first, &second].iter().for_each(|server| SAMPLE.answers(server, 200));
    let meanwhile = Load::start(&control_plane, &second, 20);
    let after = apply(&errors.first().unwrap().fix, &before);
    // Extension API servers know the new CA before any server shows its client, and nothing is taken out that is in use.
    let made = after.iter().find_map(|flag| flag.strip_prefix("--requestheader-client-ca-file=")).unwrap();
    let made = Path::new(made).parent().unwrap().to_str().unwrap().to_owned();
    follow(&control_plane, &second, "configmap-drift", &[made]);
    let flags = [vec!["--".to_owned()], before].concat();
    assert_eq!(advice(&control_plane, &second, "configmap-ca-reused", &flags), [""; 0]);
    // The first server has the new CA, the second the old one still.
    let port = first.port;
    drop(first);
    let first = control_plane.kube_apiserver_on(port, &after);
    let moved = Load::start(&control_plane, &first, 20);
    nothing_fails(&moved);
    nothing_fails(&meanwhile);
    drop(meanwhile);
    let port = second.port;
    drop(second);
    let second = control_plane.kube_apiserver_on(port, &after);
    let moved_too = Load::start(&control_plane, &second, 20);
    nothing_fails(&moved_too);

    let status = || extension.send(FLUNDERS, as_admin_of_headers(&front_proxy)).status;
    assert_eq!(status(), 200, "the ConfigMap holds the old CA, and it is trusted");
    let flags = [vec!["--".to_owned()], after].concat();
    follow(&control_plane, &second, "configmap-ca-reused", &flags);
    // It is a user's certificate still, and its owner may do nothing.
    eventually("the old front proxy is nobody else any more", || status() == 403);
    let cleaned = Instant::now();
    eventually("the servers had time to put the old CA back", || cleaned.elapsed() > LOOP);
    assert_eq!(status(), 403, "the old CA is back");
    assert_eq!(advice(&control_plane, &second, "configmap-ca-reused", &flags), [""; 0]);
    [&moved, &moved_too].into_iter().for_each(nothing_fails);
}
