//! `aggcert check` and `aggcert graph` as somebody runs them: formats, files, settings and the baseline.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose};
use serde_json::Value;
use tempfile::TempDir;

/// A directory with a node's manifest and CA in it: one CA behind both doors, and one name that opens the second.
fn node() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, "kubernetes");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let ca = parameters.self_signed(&KeyPair::generate().unwrap()).unwrap();
    write(directory.path(), "etc/kubernetes/pki/ca.crt", &ca.pem());
    write(directory.path(), "etc/kubernetes/manifests/kube-apiserver.yaml", &manifest(""));
    // The search for aggcert.toml ends here.
    fs::create_dir(directory.path().join(".git")).unwrap();
    directory
}

/// A manifest behind some lines of comment.
fn manifest(comment: &str) -> String {
    format!(
        "{comment}apiVersion: v1
kind: Pod
metadata:
  name: kube-apiserver
  namespace: kube-system
spec:
  containers:
  - name: kube-apiserver
    command:
    - kube-apiserver
    - --client-ca-file=/etc/kubernetes/pki/ca.crt
    - --requestheader-client-ca-file=/etc/kubernetes/pki/ca.crt
    - --requestheader-allowed-names=front-proxy-client
    - --requestheader-username-headers=X-Remote-User
    - --requestheader-group-headers=X-Remote-Group
    - --requestheader-extra-headers-prefix=X-Remote-Extra-
"
    )
}

fn write(directory: &Path, name: &str, contents: &str) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
}

/// Runs in the node's directory, with pipes for all streams.
fn aggcert(node: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aggcert"))
        .args(arguments)
        .current_dir(node.path())
        .env_remove("CLICOLOR_FORCE")
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

/// The ids of the rules that found something.
fn found(node: &TempDir, arguments: &[&str]) -> Vec<String> {
    let arguments: Vec<&str> = ["check", "etc", "--format", "json"].iter().chain(arguments).copied().collect();
    let output = aggcert(node, &arguments);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let targets = report["targets"].as_array().unwrap();
    let outcomes = targets.iter().flat_map(|target| target["outcomes"].as_array().unwrap());
    outcomes
        .filter(|outcome| outcome["outcome"] == "fail")
        .map(|outcome| outcome["rule"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn several_reports_are_written_at_once_and_say_the_same() {
    let node = node();
    let formats = ["json", "sarif", "junit", "github", "markdown", "prometheus", "concise"];
    let outputs: Vec<String> = formats.iter().map(|format| format!("--output={format}=out.{format}")).collect();
    let mut arguments = vec!["check", "etc"];
    arguments.extend(outputs.iter().map(String::as_str));
    let output = aggcert(&node, &arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = stdout(&output);
    assert!(text.contains("error[ca-reused]: "), "{text}");
    assert!(text.contains(" --> etc/kubernetes/manifests/kube-apiserver.yaml:12:38\n"), "{text}");
    assert!(!text.contains('\x1b'), "no terminal, no colours");
    assert_eq!(output.stderr, b"", "no terminal, no progress");
    for format in formats {
        let report = fs::read_to_string(node.path().join(format!("out.{format}"))).unwrap();
        assert!(report.contains("ca-reused"), "{format}: {report}");
    }
    let left_over: Vec<_> = fs::read_dir(node.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left_over.len(), formats.len() + 2, "{left_over:?}");
}

#[test]
fn colours_are_there_when_they_are_asked_for() {
    let node = node();
    assert!(stdout(&aggcert(&node, &["check", "etc", "--color", "always"])).contains("\x1b["));
    assert!(stdout(&aggcert(&node, &["graph", "etc", "--color", "always"])).contains("\x1b["));
    assert!(!stdout(&aggcert(&node, &["graph", "etc"])).contains('\x1b'));
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_anything_is_judged() {
    let node = node();
    let output = aggcert(&node, &["check", "etc", "--output", "sarif=missing/out.sarif"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output), "");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot write missing/out.sarif: "), "{said}");
}

#[test]
fn the_settings_of_the_repository_are_found_from_below() {
    let node = node();
    assert!(found(&node, &[]).contains(&"ca-reused".to_owned()));
    write(node.path(), "aggcert.toml", "[rules]\nca-reused = \"off\"\n");
    assert!(!found(&node, &[]).contains(&"ca-reused".to_owned()));
    let below = Command::new(env!("CARGO_BIN_EXE_aggcert"))
        .args(["check", "manifests", "--format", "concise"])
        .current_dir(node.path().join("etc/kubernetes"))
        .output()
        .unwrap();
    assert!(!stdout(&below).contains("error[ca-reused]"), "{below:?}");
}

#[test]
fn an_ignore_holds_for_its_files_until_its_day() {
    let node = node();
    let ignore = |path: &str| {
        format!("[[ignore]]\nrule = \"ca-reused\"\npath = \"{path}\"\nreason = \"a lab\"\nuntil = 2031-01-31\n")
    };
    write(node.path(), "aggcert.toml", &ignore("etc/**"));
    // What accepts findings is no set-up.
    let judged = aggcert(&node, &["check", "etc", "--at", "2031-01-31"]);
    assert!(stdout(&judged).contains("Checked 1 set-up in 1 file"), "{judged:?}");
    assert!(!found(&node, &["--at", "2031-01-31"]).contains(&"ca-reused".to_owned()));
    let after = found(&node, &["--at", "2031-02-01"]);
    assert!(after.contains(&"ca-reused".to_owned()) && after.contains(&"ignore-expired".to_owned()), "{after:?}");
    write(node.path(), "aggcert.toml", &ignore("elsewhere/**"));
    assert!(found(&node, &["--at", "2031-01-31"]).contains(&"ca-reused".to_owned()));
}

/// Who is audited must not decide what an auditor sees.
#[test]
fn what_is_accepted_is_named_and_can_be_refused() {
    let node = node();
    let text = manifest("").replace(
        "    - --requestheader-client-ca-file",
        "    # aggcert: ignore[ca-reused] nobody minds\n    - --requestheader-client-ca-file",
    );
    write(node.path(), "etc/kubernetes/manifests/kube-apiserver.yaml", &text);
    let place = "etc/kubernetes/manifests/kube-apiserver.yaml:13:38";
    let why = "nobody minds (accepted in etc/kubernetes/manifests/kube-apiserver.yaml:12:5)";
    let said = aggcert(&node, &["check", "etc"]);
    let said = stdout(&said);
    assert!(said.contains("Accepted by somebody:\n  ca-reused: --client-ca-file and"), "{said}");
    assert!(said.contains(why) && said.contains(place), "{said}");
    let sarif: Value = serde_json::from_slice(&aggcert(&node, &["check", "etc", "--format", "sarif"]).stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let suppressed = results.iter().find(|result| result["ruleId"] == "ca-reused").unwrap();
    assert_eq!(suppressed["suppressions"][0]["kind"], "inSource");
    assert_eq!(suppressed["suppressions"][0]["justification"], why);
    let json: Value = serde_json::from_slice(&aggcert(&node, &["check", "etc", "--format", "json"]).stdout).unwrap();
    let accepted = &json["targets"][0]["accepted_findings"][0];
    assert_eq!((accepted["rule"].as_str(), accepted["reason"].as_str()), (Some("ca-reused"), Some("nobody minds")));
    assert_eq!(accepted["written"]["line"], 12);
    assert!(!found(&node, &[]).contains(&"ca-reused".to_owned()));
    assert!(found(&node, &["--no-ignores"]).contains(&"ca-reused".to_owned()));
    // An aggcert.toml beside the files neither, but one that is named.
    write(node.path(), "etc/kubernetes/manifests/kube-apiserver.yaml", &manifest(""));
    write(node.path(), "aggcert.toml", "[rules]\nca-reused = \"off\"\n");
    assert!(!found(&node, &[]).contains(&"ca-reused".to_owned()));
    assert!(found(&node, &["--no-ignores"]).contains(&"ca-reused".to_owned()));
    assert!(!found(&node, &["--no-ignores", "--config", "aggcert.toml"]).contains(&"ca-reused".to_owned()));
}

#[test]
fn a_misspelt_setting_ends_the_run() {
    let node = node();
    write(node.path(), "aggcert.toml", "[rules]\nca-resued = \"off\"\n\"\\u001b[2J\" = \"off\"\n");
    let output = aggcert(&node, &["check", "etc"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("aggcert.toml:2:1: there is no rule `ca-resued`; did you mean `ca-reused`?"), "{said}");
    assert!(said.contains("`\u{241b}[2J`") && !said.contains('\x1b'), "{said}");
}

#[test]
fn a_baseline_hides_what_was_there_before_even_when_lines_move() {
    let node = node();
    let before = found(&node, &["--write-baseline", "baseline.json"]);
    assert!(before.len() > 1, "{before:?}");
    // What is not there now does not make what was there nothing.
    let unread = aggcert(&node, &["check", "nowhere", "--write-baseline", "baseline.json"]);
    assert_eq!(unread.status.code(), Some(2));
    let unwritten = aggcert(&node, &["check", "etc", "--write-baseline", "nowhere/baseline.json"]);
    assert_eq!(unwritten.status.code(), Some(2), "{unwritten:?}");
    assert!(
        String::from_utf8_lossy(&unwritten.stderr).contains("cannot write nowhere/baseline.json: "),
        "{unwritten:?}"
    );
    write(node.path(), "etc/kubernetes/manifests/kube-apiserver.yaml", &manifest("# moved\n\n"));
    assert_eq!(found(&node, &["--baseline", "baseline.json"]), [""; 0]);
    let clean = aggcert(&node, &["check", "etc", "--baseline", "baseline.json"]);
    assert_eq!(clean.status.code(), Some(0));
    let said = stdout(&clean);
    assert!(said.contains("Nothing found but what is accepted. "), "{said}");
    // The same fault somewhere else is new.
    write(node.path(), "etc/other/kube-apiserver.yaml", &manifest(""));
    assert!(found(&node, &["--baseline", "baseline.json"]).contains(&"ca-reused".to_owned()));
}

#[test]
fn the_graph_is_drawn_in_every_format_and_several_at_once() {
    let node = node();
    let formats = [
        ("tree", "kube-apiserver Pod"),
        ("mermaid", "flowchart LR\n"),
        ("dot", "digraph"),
        ("svg", "<svg "),
        ("html", "<!DOCTYPE html>"),
        ("json", "{\n\"schema_version\": 1,\n"),
    ];
    let outputs: Vec<String> =
        formats.iter().map(|(format, _)| format!("--output={format}=drawing.{format}")).collect();
    let mut arguments = vec!["graph", "etc", "--at", "2027-01-01"];
    arguments.extend(outputs.iter().map(String::as_str));
    let tree = aggcert(&node, &arguments);
    assert_eq!((tree.status.code(), stdout(&tree).starts_with("kube-apiserver Pod")), (Some(0), true), "{tree:?}");
    for (format, beginning) in formats {
        let output = aggcert(&node, &["graph", "etc", "--at", "2027-01-01", "--format", format]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(stdout(&output).starts_with(beginning), "{}", stdout(&output));
        assert_eq!(fs::read_to_string(node.path().join(format!("drawing.{format}"))).unwrap(), stdout(&output));
    }
    assert!(stdout(&tree).contains("can issue front proxies: it stands in both files"), "{}", stdout(&tree));
    // The map in JSON quotes flags, and is no set-up.
    let check = aggcert(&node, &["check", ".", "--format", "concise"]);
    let of_map: Vec<&str> = stdout(&check).lines().filter(|line| line.contains("drawing.json")).collect();
    assert!(matches!(of_map[..], [line] if line.contains("this is a report of aggcert")), "{of_map:?}");
}

#[test]
fn a_drawing_that_cannot_be_written_is_told_before_anything_is_read() {
    let node = node();
    for (output, said) in [
        ("drawing.svg", "`drawing.svg` is not FORMAT=FILE; write for example --output svg=trust.svg"),
        ("svgg=x", "there is no format `svgg`; did you mean `svg`?"),
        ("svg=missing/x", "cannot write missing/x: "),
        ("svg=etc/kubernetes/manifests/kube-apiserver.yaml", "it is an input of this run"),
    ] {
        let refused = aggcert(&node, &["graph", "etc", "--output", output]);
        let error = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!((refused.status.code(), stdout(&refused)), (Some(2), ""), "{error}");
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn each_cluster_is_drawn_by_itself() {
    let node = node();
    for name in ["a/node1", "a/node2", "b/node1"] {
        write(node.path(), &format!("fleet/{name}/etc/kubernetes/manifests/kube-apiserver.yaml"), &manifest(""));
        let from = node.path().join("etc/kubernetes/pki");
        for file in fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            let to = format!("fleet/{name}/etc/kubernetes/pki/{}", file.file_name().to_str().unwrap());
            write(node.path(), &to, &fs::read_to_string(file.path()).unwrap());
        }
    }
    let headings = |arguments: &[&str]| -> Vec<String> {
        let output = aggcert(&node, &[&["graph", "--at", "2027-01-01"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        stdout(&output).lines().filter(|line| line.starts_with("Cluster ")).map(str::to_owned).collect()
    };
    assert_eq!(
        headings(&["fleet"]),
        ["Cluster fleet/a", "Cluster fleet/b/node1/etc/kubernetes/manifests/kube-apiserver.yaml"]
    );
    let declared = ["--cluster", "fleet/a=node1", "--cluster", "fleet=*/node*"];
    assert_eq!(headings(&declared), ["Cluster fleet/a=node1", "Cluster fleet=*/node*"]);
    write(node.path(), "aggcert.toml", "[[cluster]]\nnodes = \"fleet/*/node1\"\n");
    assert_eq!(headings(&["fleet"])[0], "Cluster fleet/*/node1");
    let nobody = aggcert(&node, &["graph", "fleet", "--cluster", "fleet/c"]);
    assert_eq!(nobody.status.code(), Some(2));
    let said = String::from_utf8_lossy(&nobody.stderr).into_owned();
    assert!(said.contains("--cluster fleet/c: there is no set-up in it"), "{said}");
}

#[test]
fn the_graph_says_what_it_could_not_read() {
    let node = node();
    write(node.path(), "notes.txt", "nothing of ours");
    let output = aggcert(&node, &["graph", "etc", "notes.txt", "missing.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(said.contains("notes.txt: ") && said.contains("missing.yaml"), "{said}");
    assert!(stdout(&output).contains("--client-ca-file="), "what could be read is drawn");
    assert_eq!(aggcert(&node, &["graph", "notes.txt"]).status.code(), Some(2));
}

#[test]
fn reports_that_are_left_among_the_inputs_are_known_again() {
    let node = node();
    let strict = || aggcert(&node, &["check", ".", "--strict"]);
    assert_eq!(strict().status.code(), Some(1));
    let of_check = ["text", "concise", "json", "sarif", "junit", "github", "markdown", "prometheus", "html"];
    let of_graph = ["tree", "mermaid", "dot", "svg", "html", "json"];
    let commands = of_check.map(|format| ("check", format)).into_iter().chain(of_graph.map(|format| ("graph", format)));
    for (command, format) in commands {
        // Once beside it, and once with what was said of the first among what is said.
        for file in ["left", "again"] {
            aggcert(&node, &[command, ".", "--output", &format!("{format}={file}")]);
        }
        let checked = strict();
        let output = String::from_utf8(checked.stdout).unwrap();
        assert_eq!(checked.status.code(), Some(1), "{command} --format {format}: {output}");
        assert_eq!(output.matches("this is a report of aggcert").count(), 2, "{command} --format {format}: {output}");
        for file in ["left", "again"] {
            fs::remove_file(node.path().join(file)).unwrap();
        }
    }
}
