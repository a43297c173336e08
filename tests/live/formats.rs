//! Every format of `flags` gives the server the same arguments, by readers that we did not write where there are some.

use std::process::Command;

use aggcert::source::{self, Document, NoSurroundings};
use aggcert::text::SourceFile;
use serde_json::{Value, json};

use crate::commands::{aggcert, lines};
use crate::harness::{ControlPlane, KubeApiserver, Request, Servers, eventually, flunders_answer};

/// Needs quotes in every format, and a record of CSV in the flag.
const ODD_NAME: &str = "it's, an \"odd\" $(name): 100% `x` \\ #1";

/// Objects with any content, for which the server is only a reader of YAML.
const LOOSE: &str = "/apis/example.com/v1/loose";

fn create_loose(server: &KubeApiserver<'_>) {
    let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    server.create(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "loose.example.com"},
            "spec": {
                "group": "example.com", "scope": "Cluster",
                "names": {"plural": "loose", "singular": "loose", "kind": "Loose"},
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}],
            },
        }),
    );
    eventually("the definition is established", || server.admin("GET", LOOSE, None).status == 200);
}

/// What kube-apiserver reads in a text of YAML.
fn yaml(server: &KubeApiserver<'_>, text: &str) -> Value {
    let indented: String = text.lines().map(|line| format!("  {line}\n")).collect();
    let body = format!("apiVersion: example.com/v1\nkind: Loose\nmetadata:\n  name: it\nspec:\n{indented}");
    let request = Request { body: Some(body), content_type: Some("application/yaml"), ..server.as_admin() };
    let answer = server.send(&format!("{LOOSE}?dryRun=All"), request);
    assert_eq!(answer.status, 201, "{}: {text}", answer.body);
    answer.json()["spec"].clone()
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

/// What the kubelet makes of an argument of a container: `$$` is a dollar (third_party/forked/golang/expansion, `Expand`).
/// A variable that is left over would be one that it replaces.
fn in_container(arguments: Vec<String>) -> Vec<String> {
    let expanded = |argument: String| {
        let parts: Vec<&str> = argument.split("$$").collect();
        assert!(parts.iter().all(|part| !part.contains("$(")), "the kubelet replaces a variable: {argument}");
        parts.join("$")
    };
    arguments.into_iter().map(expanded).collect()
}

/// The arguments that a format stands for.
fn arguments(format: &str, text: &str, server: &KubeApiserver<'_>) -> Vec<String> {
    let pair = |name: &Value, value: &Value| format!("--{}={}", name.as_str().unwrap(), value.as_str().unwrap());
    match format {
        "args" => lines(text),
        "shell" => {
            let script = text.replacen("kube-apiserver", "printf '%s\\n'", 1);
            let output = Command::new("sh").args(["-c", &script]).output().unwrap();
            lines(&String::from_utf8(output.stdout).unwrap())
        }
        "static-pod" => in_container(strings(&yaml(server, text)["spec"]["containers"][0]["command"])[1..].to_vec()),
        "k3s" => {
            strings(&yaml(server, text)["kube-apiserver-arg"]).iter().map(|argument| format!("--{argument}")).collect()
        }
        "kubeadm" => {
            let read = yaml(server, text);
            let arguments = read["apiServer"]["extraArgs"].as_array().unwrap();
            in_container(arguments.iter().map(|argument| pair(&argument["name"], &argument["value"])).collect())
        }
        "kubeadm-v1beta3" => {
            let read = yaml(server, text);
            let arguments = read["apiServer"]["extraArgs"].as_object().unwrap();
            in_container(arguments.iter().map(|(name, value)| pair(&json!(name), value)).collect())
        }
        "json" => {
            let read: Value = serde_json::from_str(text).unwrap();
            read["flags"].as_array().unwrap().iter().map(|flag| pair(&flag["name"], &flag["value"])).collect()
        }
        // systemd reads units where it is the first process alone; here our own reader must do.
        "systemd" => {
            let unit = SourceFile::new("kube-apiserver.service", text);
            let documents = source::read(&unit, None, &NoSurroundings).unwrap();
            let [Document::Invocation(invocation)] = &documents[..] else { panic!("{documents:?}") };
            invocation.arguments.iter().map(|argument| argument.text.as_str().to_owned()).collect()
        }
        other => panic!("{other} is not compared"),
    }
}

/// All that `flags --help` lists.
fn formats() -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_aggcert")).args(["flags", "--format", "?"]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    let (_, rest) = error.split_once("[possible values: ").unwrap_or_else(|| panic!("{error}"));
    rest.split_once(']').unwrap().0.split(", ").map(str::to_owned).collect()
}

#[test]
fn all_formats_are_one_command_line_that_works() {
    let Some(servers) = Servers::find_with("sample-apiserver") else { return };
    let control_plane = ControlPlane::new(&servers);
    aggcert(control_plane.path(), &["init", "pki", "--client-common-name", ODD_NAME]);
    let flags = lines(&aggcert(control_plane.path(), &["flags", "pki"]));
    let server = control_plane.kube_apiserver(&flags);
    let _extension = control_plane.extension(&server);
    flunders_answer(&server, 200);
    create_loose(&server);
    let sorted = |mut arguments: Vec<String>| {
        arguments.sort();
        arguments
    };
    let formats = formats();
    assert!(formats.len() >= 8, "{formats:?}");
    for format in formats {
        let text = aggcert(control_plane.path(), &["flags", "pki", "--format", &format]);
        let read = arguments(&format, &text, &server);
        // A map keeps no order.
        assert_eq!(sorted(read), sorted(flags.clone()), "{format}:\n{text}");
    }
}
