//! Which servers `aggcert check` compares as the nodes of one cluster.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn aggcert(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aggcert"));
    command.args(arguments).current_dir(directory).stdin(Stdio::null()).output().unwrap()
}

fn check(directory: &Path, arguments: &[&str]) -> Output {
    select("node-drift", directory, arguments)
}

fn select(rules: &str, directory: &Path, arguments: &[&str]) -> Output {
    let check = ["check", "--format", "concise", "--at", "2027-01-01", "--select", rules];
    aggcert(directory, &[&check, arguments].concat())
}

/// What `check` tells programs of each target.
fn targets(directory: &Path, arguments: &[&str]) -> Vec<serde_json::Value> {
    let output = aggcert(directory, &[&["check", "--format", "json"], arguments].concat());
    let mut report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    serde_json::from_value(report["targets"].take()).unwrap()
}

fn report(directory: &Path, arguments: &[&str]) -> String {
    String::from_utf8(check(directory, arguments).stdout).unwrap()
}

fn write(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A static pod that allows one front proxy name.
fn pod(pod_name: &str, node_name: &str, allowed: &str) -> String {
    let node = if node_name.is_empty() { String::new() } else { format!("  nodeName: {node_name}\n") };
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {pod_name}\n  namespace: kube-system\nspec:\n{node}  containers:\n  \
         - name: kube-apiserver\n    image: registry.k8s.io/kube-apiserver:v1.36.2\n    command:\n    - kube-apiserver\n    \
         - --client-ca-file=/etc/kubernetes/pki/ca.crt\n    \
         - --requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt\n    \
         - --requestheader-allowed-names={allowed}\n    volumeMounts:\n    \
         - {{name: pki, mountPath: /etc/kubernetes/pki}}\n  volumes:\n  \
         - {{name: pki, hostPath: {{path: /etc/kubernetes/pki}}}}\n"
    )
}

fn list(pods: &[String]) -> String {
    let items = pods.iter().map(|pod| {
        let lines = pod.lines().map(|line| format!("  {line}\n")).collect::<String>();
        lines.replacen("  ", "- ", 1)
    });
    format!("apiVersion: v1\nkind: List\nitems:\n{}", items.collect::<String>())
}

const NAMES: &str = "the control-plane nodes do not allow the same front proxy names";

#[test]
fn three_pods_of_a_list_are_compared_by_their_nodes() {
    let directory = tempfile::tempdir().unwrap();
    let by_field = ["a", "a", "b"].iter().zip(["cp-1", "cp-2", "cp-3"]);
    let pods: Vec<String> = by_field.map(|(name, node)| pod("kube-apiserver", node, name)).collect();
    write(directory.path(), "pods.yaml", &list(&pods));
    let mirrors: Vec<String> =
        ["x", "y", "z"].iter().map(|one| pod(&format!("kube-apiserver-cp-{one}"), "", one)).collect();
    write(directory.path(), "mirrors.yaml", &mirrors.join("---\n"));
    let found = report(directory.path(), &["pods.yaml"]);
    assert!(found.contains(&format!("{NAMES}: cp-3 differs")), "{found}");
    let found = report(directory.path(), &["mirrors.yaml"]);
    assert!(found.contains(&format!("{NAMES}: cp-x, cp-y and cp-z all differ from each other")), "{found}");
    // Two files are two clusters.
    let found = report(directory.path(), &["."]);
    assert_eq!(found.matches(NAMES).count(), 2, "{found}");
}

#[test]
fn three_files_of_a_directory_are_compared_and_states_of_one_server_are_not() {
    let directory = tempfile::tempdir().unwrap();
    for (node, name) in [("1", "a"), ("2", "b"), ("3", "a")] {
        write(directory.path(), &format!("nodes/node{node}.yaml"), &pod("kube-apiserver", "", name));
        write(
            directory.path(),
            &format!("copied/n{node}/etc/kubernetes/manifests/kube-apiserver.yaml"),
            &pod("kube-apiserver", "", name),
        );
    }
    for (name, allowed) in [("good", "a"), ("bad", "b"), ("v1.35", "c"), ("v1.36", "d")] {
        write(directory.path(), &format!("examples/{name}.yaml"), &pod("kube-apiserver", "", allowed));
        write(directory.path(), &format!("states/{name}.yaml"), &pod("kube-apiserver", "cp-1", allowed));
    }
    let found = report(directory.path(), &["nodes"]);
    assert!(found.contains(&format!("{NAMES}: nodes/node2.yaml differs")), "{found}");
    let found = report(directory.path(), &["copied"]);
    assert!(found.contains(&format!("{NAMES}: copied/n2 differs")), "{found}");
    for unrelated in ["examples", "states"] {
        let found = report(directory.path(), &[unrelated]);
        assert!(!found.contains("nodes"), "{found}");
    }
}

#[test]
fn many_directories_are_no_cluster_and_a_cluster_is_what_somebody_says() {
    let directory = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..50).map(|number| format!("cluster{number:02}")).collect();
    for name in &names {
        for node in ["node1", "node2"] {
            write(directory.path(), &format!("{name}/{node}/kube-apiserver.yaml"), &pod("kube-apiserver", "", name));
        }
    }
    write(directory.path(), "cluster07/node2/kube-apiserver.yaml", &pod("kube-apiserver", "", "other"));
    let nodes: Vec<String> = names.iter().map(|name| format!("{name}/node1")).collect();
    let nodes: Vec<&str> = nodes.iter().map(String::as_str).collect();
    let found = report(directory.path(), &nodes);
    assert!(!found.contains(NAMES), "{found}");

    for declared in ["cluster07=node*", "cluster07"] {
        let found = report(directory.path(), &["--cluster", declared]);
        assert!(found.contains(&format!("{NAMES}: cluster07/node2 differs from cluster07/node1")), "{found}");
    }
    let few = check(directory.path(), &["--cluster", "cluster07=node1*"]);
    assert_eq!(few.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&few.stdout).contains("one kube-apiserver only"), "{few:?}");

    let declared: String = names.iter().map(|name| format!("[[cluster]]\nnodes = \"{name}/node*\"\n")).collect();
    write(directory.path(), "aggcert.toml", &declared);
    let found = report(directory.path(), &["."]);
    assert_eq!(found.matches(NAMES).count(), 1, "{found}");
}

#[test]
fn clusters_are_told_apart_by_their_client_cas() {
    let directory = tempfile::tempdir().unwrap();
    for (place, name) in [("a", "x"), ("b", "y"), ("c", "z")] {
        let pki = format!("{place}/etc/kubernetes/pki");
        write(
            directory.path(),
            &format!("{place}/etc/kubernetes/manifests/kube-apiserver.yaml"),
            &pod("kube-apiserver", "", name),
        );
        assert!(aggcert(directory.path(), &["init", &pki]).status.success());
        let from = if place == "b" { "a/etc/kubernetes/pki".to_owned() } else { pki.clone() };
        fs::copy(directory.path().join(from).join("front-proxy-ca.crt"), directory.path().join(pki).join("ca.crt"))
            .unwrap();
    }
    let found = report(directory.path(), &["a", "b", "c"]);
    assert!(found.contains(&format!("{NAMES}: b differs from a")), "{found}");
    let text = |more: &[&str]| {
        let arguments = [&["check", "a", "b", "c", "--select", "node-drift"], more].concat();
        String::from_utf8(aggcert(directory.path(), &arguments).stdout).unwrap()
    };
    let found = text(&[]);
    assert!(
        found.contains("these 3 servers are taken for 2 clusters: their --client-ca-file hold no CA in common"),
        "{found}"
    );
    let found = text(&["--cluster", "."]);
    assert!(found.contains("a, b and c all differ from each other"), "{found}");
}

/// They are judged part by part, and handed on in their order.
#[test]
fn of_many_servers_in_one_file_each_is_judged_once() {
    let directory = tempfile::tempdir().unwrap();
    let pods: Vec<String> = (0..600).map(|number| pod(&format!("p{number}"), "", "x")).collect();
    write(directory.path(), "all.yaml", &pods.join("---\n"));
    let expected: Vec<String> = (0..600).map(|number| format!("Pod kube-system/p{number}")).collect();
    for place in ["all.yaml", "."] {
        let targets = targets(directory.path(), &["--at", "2027-01-01", "--select", "flag-unknown", place]);
        let servers = targets.iter().filter(|target| target["kind"] == "kube-apiserver");
        let found: Vec<&str> = servers.map(|target| target["name"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{place}");
    }
}

/// The ConfigMap with these CAs, as the cluster prints it.
fn config_map(client_ca: &str, front_proxy_ca: &str) -> String {
    let indented = |pem: &str| pem.lines().map(|line| format!("    {line}\n")).collect::<String>();
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: extension-apiserver-authentication, namespace: kube-system}}\ndata:\n  \
         requestheader-allowed-names: '[\"a\"]'\n  client-ca-file: |\n{}  requestheader-client-ca-file: |\n{}",
        indented(client_ca),
        indented(front_proxy_ca)
    )
}

#[test]
fn a_config_map_below_a_directory_is_compared_with_the_servers_of_its_cluster() {
    const KUBEADM: &str = "fixtures/inputs/pki-directory/kubeadm";
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let fixture = |file: &str| fs::read_to_string(Path::new(KUBEADM).join(file)).unwrap();
    let (client_ca, front_proxy_ca) = (fixture("ca.crt"), fixture("front-proxy-ca.crt"));
    let node = |node: &str, client_ca: &str, front_proxy_ca: &str| {
        write(place, &format!("{node}/etc/kubernetes/manifests/kube-apiserver.yaml"), &pod("kube-apiserver", "", "a"));
        write(place, &format!("{node}/etc/kubernetes/pki/ca.crt"), client_ca);
        write(place, &format!("{node}/etc/kubernetes/pki/front-proxy-ca.crt"), front_proxy_ca);
    };
    let found = |arguments: &[&str]| String::from_utf8(select("configmap-drift", place, arguments).stdout).unwrap();
    let drift = "the ConfigMap does not hold CN=";
    node("node1", &client_ca, &front_proxy_ca);
    // A front proxy's CA that the server does not have.
    write(place, "cluster/cm.yaml", &config_map(&client_ca, &client_ca));
    for arguments in [&["node1", "cluster"][..], &["."], &["node1", "cluster/cm.yaml"]] {
        let found = found(arguments);
        assert_eq!(found.matches(drift).count(), 1, "{arguments:?}: {found}");
    }
    let other_ca = fs::read_to_string("fixtures/examples/shared-ca/etc/kubernetes/pki/ca.crt").unwrap();
    // An object that holds a CA is no server beside them.
    let indented = other_ca.trim_end().replace('\n', "\n    ");
    let object = format!("kind: ConfigMap\nmetadata: {{name: left}}\ndata:\n  front-proxy-ca.crt: |\n    {indented}\n");
    write(place, "cluster/left.yaml", &object);
    for arguments in [&["node1", "cluster"][..], &["."], &["node1", "cluster/cm.yaml", "cluster/left.yaml"]] {
        let found = found(arguments);
        assert!(found.matches(drift).count() == 1 && found.contains("node1/etc"), "{arguments:?}: {found}");
    }
    fs::remove_file(place.join("cluster/left.yaml")).unwrap();
    // Of several servers those of the same cluster count.
    node("node2", &client_ca, &other_ca);
    node("other", &front_proxy_ca, &other_ca);
    let of_nodes = found(&["."]);
    assert!(of_nodes.contains("CA of ./node1/etc") && of_nodes.contains("CA of ./node2/etc"), "{of_nodes}");
    node("other", &client_ca, &front_proxy_ca);
    node("node2", &front_proxy_ca, &other_ca);
    let of_nodes = found(&["."]);
    assert!(of_nodes.contains("CA of ./node1/etc") && !of_nodes.contains("CA of ./node2/etc"), "{of_nodes}");
    // That of another cluster is compared with none, and that is said.
    write(place, "cluster/cm.yaml", &config_map(&fixture("front-proxy-ca.crt"), &client_ca));
    let of_none = found(&["node1", "cluster"]);
    assert!(
        !of_none.contains(drift) && of_none.contains("cluster/cm.yaml: not compared with a kube-apiserver"),
        "{of_none}"
    );
}

/// A node with a front proxy whose client has this name, and a kube-apiserver that shows it and allows these names.
fn with_client(place: &Path, node: &str, name: &str, names: &str) {
    let init = ["init", &format!("{node}/etc/kubernetes/pki"), "--client-common-name", name];
    assert!(aggcert(place, &init).status.success());
    let client = "    - --proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt\n    volumeMounts:";
    let pod = pod("kube-apiserver", "", names).replace("    volumeMounts:", client);
    write(place, &format!("{node}/etc/kubernetes/manifests/kube-apiserver.yaml"), &pod);
}

/// The fixes that one rule prints.
fn fixes(place: &Path, rule: &str, paths: &[&str]) -> Vec<serde_json::Value> {
    let targets = targets(place, &[&["--select", rule], paths].concat());
    let outcomes = targets.iter().flat_map(|target| target["outcomes"].as_array().unwrap());
    let findings = outcomes.filter_map(|outcome| outcome["findings"].as_array()).flatten();
    findings.map(|finding| finding["fix"].clone()).collect()
}

/// The first server that lists a name ends for all that every name is allowed.
#[test]
fn the_first_list_of_names_has_those_of_all_nodes() {
    let directory = tempfile::tempdir().unwrap();
    for (node, name) in [("n1", "a"), ("n2", "b")] {
        with_client(directory.path(), node, name, "");
    }
    for paths in [&["."][..], &["n2", "n1"], &["n1", "--cluster", "x=n*"]] {
        let fixes = fixes(directory.path(), "allowed-names-empty", paths);
        let flags: Vec<&str> = fixes.iter().filter_map(|fix| fix["flags"][0].as_str()).collect();
        let expected = if paths[0] == "n1" { "a" } else { "a,b" };
        let nodes = if paths[0] == "n1" { 1 } else { 2 };
        assert_eq!(flags, vec![format!("--requestheader-allowed-names={expected}"); nodes], "{paths:?}");
    }
}

/// A CA of its own is made once: its client cannot have a name for each node.
#[test]
fn a_ca_of_its_own_for_all_nodes_comes_with_one_name() {
    let directory = tempfile::tempdir().unwrap();
    for (node, names) in [("c/n1", "aggregator"), ("c/n2", "front-proxy-client")] {
        with_client(directory.path(), node, names, names);
        let pki = directory.path().join(node).join("etc/kubernetes/pki");
        fs::copy(pki.join("front-proxy-ca.crt"), pki.join("ca.crt")).unwrap();
    }
    let fixes = fixes(directory.path(), "ca-reused", &["c", "--cluster", "c=n*"]);
    assert_eq!(fixes.len(), 2, "{fixes:#?}");
    for fix in fixes {
        assert!(!fix["commands"][0].as_str().unwrap().contains("--client-common-name"), "{fix:#}");
        assert_eq!(fix["flags"][1], "--requestheader-allowed-names=aggregator,front-proxy-client");
    }
}
