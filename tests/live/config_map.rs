//! What the ConfigMap alone decides, on an extension server that reads it.

use std::path::Path;
use std::process::Command;

use aggcert::lint::Target;
use serde_json::{Value, json};

use crate::attacks::{apply, flags};
use crate::commands::{aggcert, lines, shell};
use crate::harness::{
    Authority, CONFIG_MAP, Client, ControlPlane, FLUNDERS, KubeApiserver, SAMPLE, Servers, eventually,
};
use crate::model;
use crate::other_attacks::as_admin_of_headers;

fn rewrite_config_map(server: &KubeApiserver<'_>) {
    assert_eq!(server.admin("DELETE", CONFIG_MAP, None).status, 200);
    eventually("the ConfigMap is written again", || server.admin("GET", CONFIG_MAP, None).status == 200);
}

#[test]
fn an_extension_server_is_open_until_the_config_map_is_rewritten() {
    let Some(servers) = Servers::find_with("sample-apiserver") else { return };
    let control_plane = ControlPlane::new(&servers);
    let client_ca = control_plane.authority("ca");
    let attacker = client_ca.client("front-proxy-client", &[]);
    let reused = flags(&client_ca.certificate, &client_ca.certificate, "front-proxy-client");
    let setup = model::setup(&reused, Path::new("/"), &servers.version());
    let published = setup.published(time::OffsetDateTime::now_utc());
    let errors = model::errors("configmap-ca-reused", Target::ConfigMap(&published), &[]);
    let fix = errors.first().unwrap().fix.clone();

    let server = control_plane.kube_apiserver(&reused);
    let extension = control_plane.extension(&server);
    let status = || extension.send(FLUNDERS, as_admin_of_headers(&attacker)).status;
    eventually("the extension server has read whom it believes", || status() == 200);
    let port = server.port;
    drop(server);
    // On the port that the extension server knows.
    let server = control_plane.kube_apiserver_on(port, &apply(&fix, &reused));
    assert_eq!(status(), 200, "the ConfigMap still holds the old CA, and it is trusted");
    rewrite_config_map(&server);
    eventually("the old CA is no longer trusted", || status() != 200);
}

/// Writes what only the ConfigMap of a test holds.
fn publish(server: &KubeApiserver<'_>, data: &Value) {
    let answer = server.patch(CONFIG_MAP, &json!({"data": data}));
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// The rules that find an error in the ConfigMap as it is now, each with its fix.
fn errors(control_plane: &ControlPlane, server: &KubeApiserver<'_>) -> Vec<(String, Value)> {
    let dump = control_plane.write("cm.json", server.admin("GET", CONFIG_MAP, None).body);
    let program = env!("CARGO_BIN_EXE_aggcert");
    let output = Command::new(program).args(["check", "--format", "json"]).arg(dump).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut found = Vec::new();
    for outcome in report["targets"][0]["outcomes"].as_array().unwrap() {
        let findings = outcome["findings"].as_array().into_iter().flatten();
        let errors = findings.filter(|finding| finding["severity"] == "error");
        found.extend(errors.map(|error| (outcome["rule"].as_str().unwrap().to_owned(), error["fix"].clone())));
    }
    found
}

fn rules(control_plane: &ControlPlane, server: &KubeApiserver<'_>) -> Vec<String> {
    errors(control_plane, server).into_iter().map(|(rule, _)| rule).collect()
}

#[test]
fn what_the_config_map_lacks_extension_servers_lack() {
    let Some(servers) = Servers::find_with(SAMPLE.program) else { return };
    let control_plane = ControlPlane::new(&servers);
    let client_ca = control_plane.authority("ca");
    aggcert(control_plane.path(), &["init", "pki"]);
    let authority = Authority::load(&control_plane.file("pki"), "front-proxy-ca");
    let [proxy, mallory] = ["front-proxy-client", "mallory"].map(|name| authority.client(name, &[]));

    // Nothing of a front proxy, and nobody who would write it.
    let client_ca = format!("--client-ca-file={}", client_ca.certificate.display());
    let server = control_plane.kube_apiserver(std::slice::from_ref(&client_ca));
    eventually("the ConfigMap is written", || server.admin("GET", CONFIG_MAP, None).status == 200);
    assert_eq!(rules(&control_plane, &server), ["configmap-incomplete"]);
    let extension = control_plane.extension(&server);
    // An extension server that has read no CA at all yet takes the caller for nobody (403).
    let refused = || extension.send(FLUNDERS, as_admin_of_headers(&proxy)).status == 401;
    eventually("the certificate is refused", refused);

    publish(
        &server,
        &json!({
            "requestheader-client-ca-file": std::fs::read_to_string(&authority.certificate).unwrap(),
            "requestheader-allowed-names": "[]",
            "requestheader-username-headers": "[\"X-Remote-User\"]",
            "requestheader-group-headers": "[\"X-Remote-Group\"]",
            "requestheader-extra-headers-prefix": "[\"X-Remote-Extra-\"]",
        }),
    );
    assert_eq!(rules(&control_plane, &server), ["allowed-names-empty"]);
    let extension = control_plane.extension(&server);
    let status = |client: &Client| extension.send(FLUNDERS, as_admin_of_headers(client)).status;
    eventually("every name is taken", || status(&mallory) == 200);

    // What the rules say: a front proxy and its name on every server.
    let port = server.port;
    drop(server);
    let mut flags = lines(&aggcert(control_plane.path(), &["flags", "pki"]));
    flags.push(client_ca);
    let server = control_plane.kube_apiserver_on(port, &flags);
    eventually("the name is required", || status(&mallory) == 401);
    eventually("the front proxy is taken", || status(&proxy) == 200);
    assert_eq!(rules(&control_plane, &server), [""; 0]);
    an_unreadable_list_stops_extension_servers(&control_plane, &server);
}

fn an_unreadable_list_stops_extension_servers(control_plane: &ControlPlane, server: &KubeApiserver<'_>) {
    publish(server, &json!({"requestheader-allowed-names": "front-proxy-client"}));
    let errors = errors(control_plane, server);
    let [(rule, fix)] = &errors[..] else { panic!("{errors:?}") };
    assert_eq!(rule, "configmap-list-unreadable");
    assert!(control_plane.try_extension(&SAMPLE, server, &[]).is_err());
    for command in fix["commands"].as_array().unwrap() {
        shell(control_plane.path(), &server.kubeconfig(), command.as_str().unwrap());
    }
    eventually("the server writes its own names", || rules(control_plane, server).is_empty());
    assert!(control_plane.try_extension(&SAMPLE, server, &[]).is_ok());
}
