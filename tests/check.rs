//! `aggcert check` as a person or CI runs it.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const AT: [&str; 2] = ["--at", "2027-01-01"];

fn aggcert(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aggcert"))
        .args(arguments)
        .current_dir(directory)
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn example(name: &str) -> String {
    format!("{}/fixtures/examples/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A new PKI in `pki`.
fn initialised() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let made = aggcert(directory.path(), &["init", "pki"]);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    directory
}

#[test]
fn what_flags_prints_is_read_back_without_a_finding() {
    let directory = initialised();
    for format in ["args", "shell", "static-pod", "kubeadm", "kubeadm-v1beta3", "k3s", "systemd", "json"] {
        let printed = aggcert(directory.path(), &["flags", "pki", "--pki-dir", "/srv/pki", "--format", format]);
        assert_eq!(printed.status.code(), Some(0), "{format}: {}", text(&printed.stderr));
        fs::write(directory.path().join("flags"), &printed.stdout).unwrap();

        let checked = aggcert(directory.path(), &["check", "flags", "--pki-dir", "pki", "--format", "json"]);
        let report: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
        let summary = &report["summary"];
        assert_eq!(checked.status.code(), Some(0), "{format}: {}", text(&checked.stdout));
        for level in ["errors", "warnings", "notes"] {
            assert_eq!(summary[level], 0, "{format}: {report:#}");
        }
        assert!(summary["targets"].as_u64().unwrap() > 0, "{format}: {report:#}");
        // Something was really decided: the files were found beside.
        assert!(text(&checked.stdout).contains("\"proxy-client-untrusted\""), "{format}");
    }
}

#[test]
fn a_pki_with_its_own_flags_is_clean_and_everything_was_decided() {
    let directory = initialised();
    let flags = text(&aggcert(directory.path(), &["flags", "pki"]).stdout);
    let arguments: Vec<&str> = ["check", "--fail-on", "note", "--"].into_iter().chain(flags.lines()).collect();
    let checked = aggcert(directory.path(), &arguments);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
    assert!(!text(&checked.stdout).contains("not looked at"), "{}", text(&checked.stdout));
}

#[test]
fn one_ca_for_both_is_explained_and_ends_with_1() {
    let directory = tempfile::tempdir().unwrap();
    let checked = aggcert(directory.path(), &["check", &example("shared-ca"), AT[0], AT[1]]);
    let output = text(&checked.stdout);
    assert_eq!(checked.status.code(), Some(1), "{output}");
    assert!(output.contains("error[ca-reused]"), "{output}");
    assert!(
        output.contains("becomes a member of system:masters") || output.contains("becomes a member of"),
        "{output}"
    );
    assert!(output.contains("\n          aggcert init "), "{output}");
}

#[test]
fn what_cannot_be_checked_ends_with_2_and_the_rest_is_judged() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("nginx.yaml"), "kind: Pod\n").unwrap();
    for inputs in [&["nginx.yaml"][..], &["missing.yaml"], &["."], &["--root", "."]] {
        let arguments: Vec<&str> = ["check"].into_iter().chain(inputs.iter().copied()).collect();
        let checked = aggcert(directory.path(), &arguments);
        assert_eq!(checked.status.code(), Some(2), "{inputs:?}: {}", text(&checked.stdout));
    }
    let manifest = example("shared-ca/etc/kubernetes/manifests/kube-apiserver.yaml");
    let checked = aggcert(directory.path(), &["check", "missing.yaml", &manifest, AT[0], AT[1]]);
    let output = text(&checked.stdout);
    assert_eq!(checked.status.code(), Some(2), "{output}");
    assert!(output.contains("ca-reused") && output.contains("missing.yaml"), "{output}");
}

#[test]
fn the_order_does_not_depend_on_the_number_of_threads() {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..40 {
        let node = directory.path().join(format!("node{number}"));
        fs::create_dir(&node).unwrap();
        let name = if number % 2 == 0 { "shared-ca" } else { "wrong-name" };
        let manifest = example(&format!("{name}/etc/kubernetes/manifests/kube-apiserver.yaml"));
        fs::copy(manifest, node.join("kube-apiserver.yaml")).unwrap();
    }
    let run = |threads: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_aggcert"))
            .args(["check", ".", "--format", "json", AT[0], AT[1]])
            .current_dir(directory.path())
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .unwrap();
        text(&output.stdout)
    };
    let alone = run("1");
    assert!(alone.matches("ca-reused").count() >= 40, "{alone}");
    for threads in ["2", "8"] {
        assert_eq!(run(threads), alone);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error_and_the_files_are_written() {
    let directory = tempfile::tempdir().unwrap();
    let example = example("shared-ca");
    let mut child = Command::new(env!("CARGO_BIN_EXE_aggcert"))
        .args(["check", &example, AT[0], AT[1], "--output", "sarif=a.sarif", "--output", "junit=a.xml"])
        .current_dir(directory.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stderr), "");
    for file in ["a.sarif", "a.xml"] {
        assert!(fs::read_to_string(directory.path().join(file)).unwrap().contains("ca-reused"), "{file}");
    }
}

#[test]
fn decisions_of_a_team_are_followed() {
    let directory = tempfile::tempdir().unwrap();
    let example = example("shared-ca");
    let policy = directory.path().join("aggcert.toml");
    let check = |more: &[&str]| {
        let arguments: Vec<&str> = ["check", &example, AT[0], AT[1]].into_iter().chain(more.iter().copied()).collect();
        aggcert(directory.path(), &arguments)
    };
    fs::write(&policy, "[rules]\nca-reused = \"off\"\n").unwrap();
    assert_eq!(check(&[]).status.code(), Some(0));
    fs::write(&policy, "[rules]\nca-resued = \"off\"\n").unwrap();
    let refused = check(&[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("ca-reused"), "{}", text(&refused.stderr));
    fs::remove_file(&policy).unwrap();

    let written = check(&["--write-baseline", "known.json"]);
    assert_eq!(written.status.code(), Some(1));
    assert!(text(&written.stderr).contains("with --baseline known.json"), "{}", text(&written.stderr));
    assert_eq!(check(&["--baseline", "known.json"]).status.code(), Some(0));
}

/// Runs with a reader that goes away at once, or a full disk behind standard output.
fn status_of(arguments: &[&str], stdout: Stdio) -> Option<i32> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_aggcert"))
        .args(arguments)
        .stdout(stdout)
        .stderr(Stdio::null())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.wait().unwrap().code()
}

#[test]
fn nobody_who_reads_makes_a_finding_fine() {
    let example = example("shared-ca");
    for format in ["text", "json", "sarif", "junit", "concise", "github", "markdown", "prometheus"] {
        let arguments = ["check", &example, AT[0], AT[1], "--format", format];
        assert_eq!(status_of(&arguments, Stdio::piped()), Some(1), "{format}");
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert_eq!(status_of(&arguments, full.into()), Some(2), "{format}");
    }
}

/// A directory with one file.
fn directory_with(name: &str, contents: &[u8]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(name), contents).unwrap();
    directory
}

const REUSED: &str = "kube-apiserver --client-ca-file=/x/ca.crt --requestheader-client-ca-file=/x/ca.crt \
                      --requestheader-allowed-names=front-proxy-client --requestheader-username-headers=X-Remote-User\n";

#[test]
fn what_was_not_read_is_named_in_every_report() {
    let directory = directory_with("start.sh", REUSED.as_bytes());
    let inside = |name: &str, contents: &[u8]| fs::write(directory.path().join(name), contents).unwrap();
    inside("NEWS.md", b"The flag --requestheader-client-ca-file of kube-apiserver is old.\n");
    inside("other.txt", b"nothing\n");
    fs::create_dir(directory.path().join("target")).unwrap();
    std::os::unix::fs::symlink("/etc", directory.path().join("linked")).unwrap();
    for format in ["text", "json", "sarif", "junit", "concise", "github", "markdown"] {
        let checked = aggcert(directory.path(), &["check", ".", "--format", format]);
        let output = text(&checked.stdout);
        assert_eq!(checked.status.code(), Some(1), "{format}: {output}");
        for name in ["NEWS.md:1", "target: ", "linked: "] {
            assert!(output.contains(name), "{format}: {name}: {output}");
        }
    }
    let output = text(&aggcert(directory.path(), &["check", "."]).stdout);
    assert!(output.contains("(and 1 other file with nothing of ours in them, 3 not read)"), "{output}");
}

#[test]
fn a_byte_of_another_encoding_hides_nothing() {
    let comment = [b"#!/bin/sh\n# f\xfcr den Cluster\nexec ", REUSED.as_bytes()].concat();
    let value = [b"kube-apiserver --requestheader-client-ca-file=/f\xfcr --client-ca-file=/x\n".as_slice()].concat();
    let binary = [b"\0\x01".as_slice(), REUSED.as_bytes()].concat();
    let program = [b"\x7fELF\0".as_slice(), REUSED.as_bytes()].concat();
    let large = [REUSED.as_bytes(), &vec![b'#'; 9 << 20]].concat();
    for (contents, code) in [(comment, 1), (value, 2), (binary, 2), (large, 2), (program, 0)] {
        let directory = directory_with("start.sh", &contents);
        fs::write(directory.path().join("good.sh"), "kube-apiserver --v=2 --client-ca-file=/x\n").unwrap();
        let checked = aggcert(directory.path(), &["check", ".", "--format", "concise"]);
        assert_eq!(checked.status.code(), Some(code), "{}", text(&checked.stdout));
    }
}

#[test]
fn an_input_opens_nothing_outside_of_itself() {
    let directory = tempfile::tempdir().unwrap();
    let unit = directory.path().join("unit");
    fs::create_dir(&unit).unwrap();
    fs::write(directory.path().join("outside.env"), "SECRET=s3cr3t\n").unwrap();
    fs::write(
        unit.join("evil.service"),
        "[Service]\nEnvironmentFile=../outside.env\nEnvironmentFile=/proc/self/environ\nEnvironmentFile=inside.env\n\
         ExecStart=/usr/bin/kube-apiserver --client-ca-file=/a/${SECRET} --requestheader-client-ca-file=/b/${SECRET}\n",
    )
    .unwrap();
    std::os::unix::fs::symlink("../outside.env", unit.join("inside.env")).unwrap();
    for format in ["text", "json"] {
        let checked = Command::new(env!("CARGO_BIN_EXE_aggcert"))
            .args(["check", "unit", "--format", format, "--color", "never"])
            .current_dir(directory.path())
            .env("SECRET", "s3cr3t")
            .output()
            .unwrap();
        let output = text(&checked.stdout);
        assert!(output.contains("SECRET") && !output.contains("s3cr3t"), "{output}");
    }
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let directory = directory_with("start.sh", REUSED.as_bytes());
    assert!(Command::new("mkfifo").arg(directory.path().join("fifo")).status().unwrap().success());
    for arguments in [
        &["check", "start.sh", "--config", "fifo"][..],
        &["check", "start.sh", "--baseline", "fifo"],
        &["check", "fifo"],
        &["whoami", "start.sh", "--client-cert", "fifo"],
        &["whoami", "start.sh", "--client-cert", "/dev/zero"],
        &["init", "pki", "--ca-cert", "fifo", "--ca-key", "fifo"],
    ] {
        let output = aggcert(directory.path(), arguments);
        assert_ne!(output.status.code(), Some(0), "{arguments:?}");
        let said = text(&output.stderr) + &text(&output.stdout);
        assert!(said.contains("a FIFO") || said.contains("a device"), "{arguments:?}: {said}");
    }
}

#[test]
fn strict_wants_to_know_who_can_be_whom() {
    let directory = directory_with("start.sh", b"kube-apiserver --client-ca-file=/x/ca.crt --requestheader-client-ca-file=/x/y.crt --requestheader-allowed-names=a --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group --requestheader-extra-headers-prefix=X-Remote-Extra- --proxy-client-cert-file=/x/c --proxy-client-key-file=/x/k\n");
    assert_eq!(aggcert(directory.path(), &["check", "."]).status.code(), Some(0));
    let strict = aggcert(directory.path(), &["check", ".", "--strict"]);
    let output = text(&strict.stdout);
    assert_eq!(strict.status.code(), Some(2), "{output}");
    let last = output.lines().last().unwrap();
    assert!(last.contains(" rules could not be decided; "), "{output}");
    assert!(last.contains(" --strict ends with 2: "), "{output}");
    let quiet = aggcert(directory.path(), &["check", ".", "--strict", "--quiet"]);
    assert!(text(&quiet.stdout).starts_with("--strict ends with 2: "), "{quiet:?}");
    // What a runner or a viewer makes of it where nobody reads the last line.
    for (format, mark) in [
        ("github", "\n::error title=could not be decided::--strict ends with 2: "),
        ("github", "\n::warning title=could not be decided::ca-key-reused, ca-reused, "),
        ("junit", "<error type=\"undecided\" message=\"--strict ends with 2: "),
        ("sarif", "\"executionSuccessful\":false"),
        ("sarif", "--strict ends with 2: "),
        ("json", "\"strict\":\"--strict ends with 2: "),
        ("prometheus", "\naggcert_strict_failed 1\n"),
    ] {
        let of = |arguments: &[&str]| {
            text(&aggcert(directory.path(), &[&["check", ".", "--format", format], arguments].concat()).stdout)
        };
        let output = format!("\n{}", of(&["--strict"]));
        assert!(output.contains(mark), "{format}: {output}");
        assert!(!of(&[]).contains(mark), "{format}, without --strict");
    }
}

#[test]
fn arguments_forge_no_line() {
    let directory = tempfile::tempdir().unwrap();
    for argument in ["--x\n::error::owned", "\x1b[2J\n::error::y", "--fail-on=\n##[error]z"] {
        let output = aggcert(directory.path(), &["check", argument]);
        let said = text(&output.stderr) + &text(&output.stdout);
        assert_eq!(output.status.code(), Some(2));
        assert!(!said.contains('\x1b') && !said.contains("\n::error") && !said.contains("##["), "{said}");
    }
}

#[test]
fn rules_are_selected_and_left_out() {
    let directory = tempfile::tempdir().unwrap();
    let example = example("shared-ca");
    let check = |more: &[&str]| {
        let arguments: Vec<&str> = ["check", &example, AT[0], AT[1]].into_iter().chain(more.iter().copied()).collect();
        aggcert(directory.path(), &arguments)
    };
    assert_eq!(check(&["--select", "ca-reused"]).status.code(), Some(1));
    assert_eq!(check(&["--select", "ca-expired"]).status.code(), Some(0));
    assert_eq!(check(&["--ignore", "ca-reused"]).status.code(), Some(0));
    let refused = check(&["--select", "ca-resued"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("did you mean `ca-reused`?"), "{}", text(&refused.stderr));
    fs::write(directory.path().join("aggcert.toml"), "fail-on = \"error\"\n[rules]\nca-reused = \"warning\"\n")
        .unwrap();
    let checked = check(&[]);
    assert_eq!(checked.status.code(), Some(0));
    assert!(text(&checked.stdout).contains(" with "), "{}", text(&checked.stdout));
    fs::write(directory.path().join("aggcert.toml"), "fail-on = \"warning\"\n[rules]\nca-reused = \"warning\"\n")
        .unwrap();
    assert_eq!(check(&[]).status.code(), Some(1));
    assert_eq!(check(&["--fail-on", "error"]).status.code(), Some(0));
}

#[test]
fn no_report_takes_the_place_of_an_input() {
    let directory = initialised();
    let path = directory.path();
    fs::write(path.join("start.sh"), REUSED).unwrap();
    fs::write(path.join("aggcert.toml"), "fail-on = \"error\"\n").unwrap();
    std::os::unix::fs::symlink("start.sh", path.join("link")).unwrap();
    for (input, output) in [
        ("start.sh", "start.sh"),
        ("start.sh", "link"),
        ("link", "./start.sh"),
        (".", "start.sh"),
        ("start.sh", "aggcert.toml"),
        ("start.sh", "pki/front-proxy-ca.crt"),
        ("start.sh", "pki/front-proxy-ca.key"),
    ] {
        let before = fs::read(path.join(output)).unwrap();
        let refused = aggcert(path, &["check", input, "--output", &format!("json={output}")]);
        assert_eq!(refused.status.code(), Some(2), "{input} {output}");
        assert_eq!(fs::read(path.join(output)).unwrap(), before, "{input} {output}");
        let said = text(&refused.stderr);
        assert!(said.contains("it is an input of this run") || said.contains("it holds "), "{input} {output}: {said}");
    }
    let refused = aggcert(path, &["check", "start.sh", "--write-baseline", "start.sh"]);
    assert_eq!((refused.status.code(), fs::read_to_string(path.join("start.sh")).unwrap().as_str()), (Some(2), REUSED));
    // A report in a directory that is judged takes the place of the one before.
    for format in ["text", "json", "sarif", "junit", "concise", "github", "markdown", "prometheus"] {
        for _ in 0..2 {
            let written = aggcert(path, &["check", ".", "--output", &format!("{format}=report.{format}")]);
            assert_eq!(written.status.code(), Some(1), "{format}: {}", text(&written.stderr));
        }
        fs::remove_file(path.join(format!("report.{format}"))).unwrap();
    }
}

#[test]
fn a_comment_accepts_what_it_stands_beside_and_what_accepts_nothing_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    const COMMENT: &str = "# aggcert: ignore[ca-reused] a lab";
    for (name, content, reused, unused) in [
        ("above.sh", format!("{COMMENT}\n{REUSED}"), 0, 0),
        ("below.sh", format!("{REUSED}\n{COMMENT}\n"), 1, 1),
        ("one-of-two.sh", format!("{COMMENT}\n{REUSED}\n{REUSED}"), 1, 0),
        ("another-rule.sh", format!("# aggcert: ignore[weak-key] a lab\n{REUSED}"), 1, 0),
        ("heading.md", format!("{COMMENT}\n\n```sh\n{REUSED}```\n"), 1, 1),
        ("block.md", format!("```sh\n{COMMENT}\n{REUSED}```\n"), 0, 0),
    ] {
        fs::write(path.join(name), content).unwrap();
        let output = text(&aggcert(path, &["check", name, "--format", "concise"]).stdout);
        let lines = || output.lines().filter(|line| !line.starts_with("accepted: "));
        let count = |rule: &str| lines().filter(|line| line.contains(rule)).count();
        assert_eq!((count("[ca-reused]"), count("[ignore-unused]")), (reused, unused), "{name}: {output}");
    }
}

#[test]
fn a_log_in_place_of_a_set_up_is_sent_to_explain() {
    let directory = tempfile::tempdir().unwrap();
    for (name, line) in [
        (
            "a b.log",
            "I1125 10:00:00.123456       1 serving.go:273] Generated self-signed cert (/tmp/a.crt, /tmp/a.key)\n",
        ),
        (
            "c.log",
            "failing or missing response from https://10.0.0.1:443/apis/a/v1: bad status from https://10.0.0.1: 401\n",
        ),
        ("d.log", "Error: --requestheader-client-ca-file and --client-ca-file contain overlapping certificates\n"),
    ] {
        fs::write(directory.path().join(name), line).unwrap();
        let checked = aggcert(directory.path(), &["check", name]);
        let said = format!("{}{}", text(&checked.stdout), text(&checked.stderr));
        let quoted = if name.contains(' ') { format!("'{name}'") } else { name.to_owned() };
        let unwrapped = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(unwrapped.contains(&format!("`aggcert explain {quoted}`")), "{said}");
        assert_eq!(checked.status.code(), Some(2), "{said}");
        // The command is one that works.
        let explained = aggcert(directory.path(), &["explain", name]);
        assert_eq!(explained.status.code(), Some(0), "{}", text(&explained.stdout));
    }
}

/// A PKI directory with one CA for both.
fn reused() -> tempfile::TempDir {
    let directory = initialised();
    std::fs::copy(directory.path().join("pki/front-proxy-ca.crt"), directory.path().join("pki/ca.crt")).unwrap();
    directory
}

#[test]
fn a_pki_directory_is_judged_beside_whatever_does_not_use_it() {
    let directory = reused();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-scheduler}\nspec:\n  containers:\n  - name: kube-scheduler\n    \
        command: [kube-scheduler, --kubeconfig=/etc/kubernetes/scheduler.conf]\n";
    std::fs::write(directory.path().join("kube-scheduler.yaml"), pod).unwrap();
    let checked = aggcert(directory.path(), &["check", "."]);
    assert_eq!(checked.status.code(), Some(1), "{}", text(&checked.stdout));
    assert!(text(&checked.stdout).contains("error[ca-reused]"), "{}", text(&checked.stdout));
}

#[test]
fn certificates_under_names_of_nobody_are_named_and_are_no_success() {
    let directory = initialised();
    let pki = directory.path().join("pki");
    std::fs::create_dir(directory.path().join("other")).unwrap();
    for (from, to) in [("front-proxy-ca.crt", "users.pem"), ("front-proxy-ca.crt", "proxies.pem")] {
        std::fs::copy(pki.join(from), directory.path().join("other").join(to)).unwrap();
    }
    let checked = aggcert(directory.path(), &["check", ".", "--strict"]);
    assert_eq!(checked.status.code(), Some(2));
    assert!(text(&checked.stdout).contains("other: not judged"), "{}", text(&checked.stdout));
    for named in [&["other/users.pem"][..], &["pki/front-proxy-ca.key", "other/users.pem"]] {
        let checked = aggcert(directory.path(), &[&["check"], named].concat());
        assert_eq!(checked.status.code(), Some(2), "{named:?}");
    }
}

#[test]
fn what_init_makes_has_no_fault_and_the_clusters_ca_is_missed() {
    let directory = initialised();
    let checked = aggcert(directory.path(), &["check", "pki"]);
    let output = text(&checked.stdout);
    assert_eq!(checked.status.code(), Some(0), "{output}");
    assert!(output.contains("only a part of the files is here: --client-ca-file may be given "), "{output}");
    assert!(output.contains("kubeadm: ca.crt") && output.contains(" identity-spoofable"), "{output}");
    assert!(!output.contains("ca-expired"), "what is here is judged: {output}");
    assert_eq!(aggcert(directory.path(), &["check", "pki", "--strict"]).status.code(), Some(2));
    // Another CA beside them answers it.
    aggcert(directory.path(), &["init", "cluster"]);
    fs::copy(directory.path().join("cluster/front-proxy-ca.crt"), directory.path().join("pki/ca.crt")).unwrap();
    let output = text(&aggcert(directory.path(), &["check", "pki"]).stdout);
    assert!(!output.contains("--client-ca-file"), "{output}");
}

#[test]
fn a_part_of_the_flags_is_not_fine_where_the_rest_decides() {
    for (name, part) in [
        ("kube-apiserver.env", "KUBE_API_ARGS=\"--requestheader-allowed-names=front-proxy-client\"\n"),
        ("values.yaml", "apiServer:\n  extraArgs:\n    requestheader-allowed-names: front-proxy-client\n"),
        ("any.env", "KUBE_API_ARGS=\"--requestheader-allowed-names=''\"\n"),
        ("ca.env", "KUBE_API_ARGS=\"--client-ca-file={{ ca }}\"\n"),
    ] {
        let directory = directory_with(name, part.as_bytes());
        let checked = aggcert(directory.path(), &["check", name]);
        let output = text(&checked.stdout);
        assert_eq!(checked.status.code(), Some(0), "{output}");
        let told = output.lines().filter(|line| line.contains("--requestheader-client-ca-file may be given elsewhere"));
        assert_eq!(told.filter(|line| line.contains(" ca-reused, identity-spoofable")).count(), 1, "{output}");
        assert_eq!(aggcert(directory.path(), &["check", name, "--strict"]).status.code(), Some(2), "{name}");
    }
    // What was switched off on purpose leaves nothing open.
    let directory = directory_with("a.env", b"KUBE_API_ARGS=\"--requestheader-client-ca-file=''\"\n");
    let checked = aggcert(directory.path(), &["check", ".", "--strict"]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
}

#[test]
fn flags_that_no_command_of_a_script_gets_leave_it_undecided() {
    let collected = "params+=\" --requestheader-client-ca-file=${PROXY_CA}\"\n\
         params+=\" --requestheader-allowed-names=aggregator\"\nsed -i -e \"s@{{params}}@${params}@g\" \"${manifest}\"\n";
    for command in ["kube-apiserver --etcd-servers=e --client-ca-file=/x", "kube-scheduler --kubeconfig=/k"] {
        let directory = directory_with("start.sh", format!("{collected}{command}\n").as_bytes());
        let checked = aggcert(directory.path(), &["check", ".", "--strict"]);
        let output = text(&checked.stdout);
        assert_eq!(checked.status.code(), Some(2), "{output}");
        assert!(output.contains("requestheader-client-ca-file stands "), "{output}");
    }
    let commented =
        format!("# {}kube-scheduler --kubeconfig=/k\n", collected.replace("\n", "\n# ").trim_end_matches("# "));
    let directory = directory_with("start.sh", commented.as_bytes());
    let checked = aggcert(directory.path(), &["check", ".", "--strict"]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
}

#[test]
fn notes_that_fail_the_run_fail_a_case_of_junit() {
    let directory = directory_with("kube-apiserver.sh", b"kube-apiserver --etcd-servers=e --secure-port=1\n");
    let failures = |fail_on| {
        let checked = aggcert(directory.path(), &["check", ".", "--format", "junit", "--fail-on", fail_on]);
        (checked.status.code(), text(&checked.stdout).contains("<failure "))
    };
    assert_eq!((failures("note"), failures("warning")), ((Some(1), true), (Some(0), false)));
}

/// The parts of a node's k3s are harmless each by itself: together one file is trusted for users and front proxies.
#[test]
fn the_layers_of_k3s_are_one_server() {
    let directory = tempfile::tempdir().unwrap();
    let node = directory.path().join("node");
    let put = |name: &str, text: &str| {
        fs::create_dir_all(node.join(name).parent().unwrap()).unwrap();
        fs::write(node.join(name), text).unwrap();
    };
    put("etc/rancher/k3s/config.yaml", "kube-apiserver-arg:\n- client-ca-file=/etc/ca.crt\n");
    let check = |arguments: &[&str]| {
        let found = aggcert(directory.path(), &[&["check", "--format", "concise"], arguments].concat());
        (found.status.code(), text(&found.stdout))
    };
    assert_eq!(check(&["node"]).0, Some(0));
    let (strict, said) = check(&["node", "--strict"]);
    assert_eq!(strict, Some(2), "{said}");
    let text_of_it = text(&aggcert(directory.path(), &["check", "node"]).stdout);
    assert!(text_of_it.contains("what starts k3s is not among the files"), "{text_of_it}");

    let command = "--kube-apiserver-arg=requestheader-client-ca-file=/etc/ca.crt \\\n --kube-apiserver-arg=requestheader-allowed-names=";
    put("etc/systemd/system/k3s.service", &format!("[Service]\nExecStart=/usr/local/bin/k3s server {command}\n"));
    for arguments in [&["node"][..], &["--root", "node"], &["node/etc/systemd/system/k3s.service"]] {
        let (code, found) = check(arguments);
        assert_eq!(found.matches("identity-spoofable").count(), 1, "{arguments:?}: {found}");
        assert!(found.contains("k3s.service:2:"), "{found}");
        assert_eq!(code, Some(1), "{found}");
    }
    put("etc/rancher/k3s/config.yaml.d/1.yaml", "kube-apiserver-arg:\n- client-ca-file=/etc/users.crt\n");
    assert_eq!(check(&["node"]).1.matches("identity-spoofable").count(), 0, "a later file replaces");
    put("etc/rancher/k3s/config.yaml.d/1.yaml", "kube-apiserver-arg+:\n- v=2\n");
    let both = ["node/etc/rancher/k3s/config.yaml", "node/etc/rancher/k3s/config.yaml.d/1.yaml"];
    assert_eq!(check(&both).1.matches("identity-spoofable").count(), 1, "named twice, it is one");
    let beside = [("values.yaml", "token: x\n"), ("values.yaml.d/1.yaml", "kube-apiserver-arg: client-ca-file=/a\n")];
    beside.iter().for_each(|(name, text)| put(&format!("copy/{name}"), text));
    put("copy/values.yaml.d/2.yaml", "kube-apiserver-arg+: requestheader-client-ca-file=/a\n");
    let named = ["node/copy/values.yaml", "node/copy/values.yaml.d/1.yaml"];
    let found = check(&named).1;
    assert!(found.contains("node/copy/values.yaml.d/2.yaml:1:") && !found.contains(".."), "{found}");
    assert_eq!(check(&["node"]).1.matches("identity-spoofable").count(), 1, "a later file adds");
}

/// A drop-in is a part of its unit, and not a file that was not read.
#[test]
fn a_drop_in_is_read_with_its_unit() {
    let directory = tempfile::tempdir().unwrap();
    let unit = directory.path().join("x.service");
    fs::write(&unit, "[Service]\nExecStart=/usr/bin/kube-apiserver --client-ca-file=/a\n").unwrap();
    fs::create_dir(directory.path().join("x.service.d")).unwrap();
    let drop_in = "[Service]\nExecStart=\nExecStart=/usr/bin/kube-apiserver --client-ca-file=/b --requestheader-client-ca-file=/b\n";
    fs::write(directory.path().join("x.service.d/10.conf"), drop_in).unwrap();
    let found = text(&aggcert(directory.path(), &["check", "."]).stdout);
    assert!(found.contains("x.service.d/10.conf:3:") && !found.contains("Not read"), "{found}");
}

/// It has a port of its own, which no APIService leads to.
#[test]
fn a_cloud_controller_manager_is_no_extension_server() {
    let directory = tempfile::tempdir().unwrap();
    let workload = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: ccm, namespace: kube-system}\nspec:\n  template:\n    \
                    spec:\n      containers:\n      - name: cloud-provider-metal\n        image: ccm:v1\n        \
                    command: [./cloud-provider-metal, --authentication-skip-lookup=true]\n";
    fs::write(directory.path().join("ccm.yaml"), workload).unwrap();
    let said = || text(&aggcert(directory.path(), &["check", "."]).stdout);
    assert!(said().contains("extension-lookup-skipped"), "{}", said());
    let of_cloud = workload.replace("--auth", "--cloud-provider=metal, --auth");
    fs::write(directory.path().join("ccm.yaml"), of_cloud).unwrap();
    assert!(!said().contains("extension-lookup-skipped"), "{}", said());
    // The same in the values of a chart.
    let values = "args:\n- --requestheader-client-ca-file=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt\n";
    fs::write(directory.path().join("ccm.yaml"), values).unwrap();
    assert!(said().contains("error[extension-ca-reused]"), "{}", said());
    for of_cloud in [
        format!("{values}- --cloud-provider=metal\n"),
        format!("ccm-controller:\n  {}", values.replace("\n-", "\n  -")),
    ] {
        fs::write(directory.path().join("ccm.yaml"), of_cloud).unwrap();
        assert!(!said().contains("extension-ca-reused"), "{}", said());
    }
}

#[test]
fn rules_of_which_none_is_left_are_no_success() {
    let arguments = ["check", "--select", "ca-reused", "--ignore", "ca-reused", "-"];
    let asked = aggcert(Path::new("."), &arguments);
    assert_eq!(asked.status.code(), Some(2));
    assert!(text(&asked.stderr).contains("leave no rule to ask"), "{}", text(&asked.stderr));
}

#[test]
fn a_described_config_map_is_sent_for_the_object() {
    let directory = tempfile::tempdir().unwrap();
    let described = "Name:         extension-apiserver-authentication\nNamespace:    kube-system\n\nData\n====\n\
                     client-ca-file:\n----\n-----BEGIN CERTIFICATE-----\n\nEvents:  <none>\n";
    fs::write(directory.path().join("cm.txt"), described).unwrap();
    let checked = aggcert(directory.path(), &["check", "cm.txt"]);
    let found = text(&checked.stdout);
    assert_eq!(checked.status.code(), Some(2), "{found}");
    assert!(found.contains("kubectl describe") && !found.contains("aggcert explain"), "{found}");
}

#[test]
fn settings_that_mean_nothing_are_said() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("nodes")).unwrap();
    fs::write(directory.path().join("nodes/a.sh"), "kube-apiserver --client-ca-file=/a\n").unwrap();
    let settings = "[[cluster]]\nnodes = \"nodse/*\"\n\n[[ignore]]\nrule = \"ca-reused\"\nreason = \"a lab\"\npath = \"nodes/b.sh\"\n";
    fs::write(directory.path().join("aggcert.toml"), settings).unwrap();
    let said = |path: &str| text(&aggcert(directory.path(), &["check", path]).stdout);
    assert!(said(".").contains("nodse/*: no kube-apiserver was found there"), "{}", said("."));
    assert!(said("nodes").contains("the ignore of `ca-reused` accepts nothing"), "{}", said("nodes"));
    assert!(said("nodes").contains("nodse/*: no kube-apiserver"), "it is nowhere: {}", said("nodes"));
    fs::create_dir(directory.path().join("nodse")).unwrap();
    assert!(!said("nodes").contains("nodse"), "another run looks there: {}", said("nodes"));
    let one = settings.replace("nodse/*", "nodes/*");
    fs::write(directory.path().join("aggcert.toml"), &one).unwrap();
    assert!(said("nodes").contains("one kube-apiserver only was found there"), "{}", said("nodes"));
    let nothing = one.replace("nodes/*", "nodes/c*");
    fs::write(directory.path().join("aggcert.toml"), nothing).unwrap();
    assert!(said("nodes").contains("nodes/c*: no kube-apiserver was found there"), "{}", said("nodes"));
    for elsewhere in ["<stdin>", "<cluster prod>", "/etc/no-such/manifests/*"] {
        let ignore = format!("[[ignore]]\nrule = \"ca-reused\"\nreason = \"a lab\"\npath = \"{elsewhere}\"\n");
        fs::write(directory.path().join("aggcert.toml"), ignore).unwrap();
        assert!(!said(".").contains("accepts nothing"), "{elsewhere} is not of these files: {}", said("."));
    }
    fs::write(directory.path().join("nodes/a.sh"), "kube-scheduler --requestheader-allowed-names=a --v=2\n").unwrap();
    fs::write(directory.path().join("aggcert.toml"), "[[cluster]]\nnodes = \"nodse/*\"\n").unwrap();
    let code = |arguments: &[&str]| aggcert(directory.path(), arguments).status.code();
    assert_eq!((code(&["check", "."]), code(&["check", ".", "--strict"])), (Some(0), Some(2)));
}

#[test]
fn the_last_file_of_a_cloud_config_counts_and_one_may_be_appended() {
    let directory = initialised();
    let other = tempfile::tempdir().unwrap();
    assert_eq!(aggcert(other.path(), &["init", "pki"]).status.code(), Some(0));
    let of = |place: &Path| std::fs::read_to_string(place.join("pki/front-proxy-ca.crt")).unwrap();
    let (ours, foreign) = (of(directory.path()), of(other.path()));
    let entry = |file: &str, pem: &str, more: &str| {
        let pem: String = pem.lines().map(|line| format!("    {line}\n")).collect();
        format!("- path: /etc/kubernetes/pki/{file}\n{more}  content: |\n{pem}")
    };
    for (more, first, last, code) in [
        ("", &foreign, &ours, 0),
        ("", &ours, &foreign, 1),
        ("  append: true\n", &ours, &foreign, 1),
        ("", &foreign, &foreign, 1),
    ] {
        let entries = [
            entry("front-proxy-ca.crt", first, ""),
            entry("ca.crt", &foreign, ""),
            entry("front-proxy-ca.crt", last, more),
        ];
        let config = format!("#cloud-config\nwrite_files:\n{}", entries.concat());
        std::fs::write(directory.path().join("user-data"), config).unwrap();
        let checked = aggcert(directory.path(), &["check", "user-data"]);
        assert_eq!(checked.status.code(), Some(code), "{more} {}", text(&checked.stdout));
    }
}

/// A node whose CA keeps its key elsewhere, as kubeadm's `UsingExternalCA` knows it.
#[test]
fn kubeadm_signs_nothing_without_the_key_and_has_no_volume_for_the_sake_of_a_flag() {
    let directory = initialised();
    let made = aggcert(directory.path(), &["init", "other"]);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let (kubernetes, other) = (directory.path().join("node/etc/kubernetes"), directory.path().join("other"));
    fs::create_dir_all(&kubernetes).unwrap();
    fs::rename(directory.path().join("pki"), kubernetes.join("pki")).unwrap();
    fs::copy(other.join("front-proxy-ca.crt"), kubernetes.join("pki/ca.crt")).unwrap();
    fs::copy(other.join("front-proxy-client.key"), kubernetes.join("pki/sa.key")).unwrap();
    let check = |arguments: &str| {
        let head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
        fs::write(kubernetes.join("c.yaml"), format!("{head}{arguments}")).unwrap();
        let checked = aggcert(directory.path(), &["check", "--root", "node", "node/etc/kubernetes/c.yaml"]);
        text(&checked.stdout)
    };
    let without_key = check("");
    assert!(!without_key.contains("kube-controller-manager does not start"), "{without_key}");
    let file = "/srv/front-proxy-ca.crt";
    let elsewhere = format!("apiServer: {{extraArgs: [{{name: requestheader-client-ca-file, value: {file}}}]}}\n");
    let not_mounted = check(&elsewhere);
    assert!(not_mounted.contains(&format!("`{file}` is in no volume")), "{not_mounted}");
}

/// The comment that `flags` writes names RKE2's file, too.
#[test]
fn settings_that_flags_prints_for_k3s_are_those_of_k3s() {
    let directory = initialised();
    let printed = aggcert(directory.path(), &["flags", "pki", "--format", "k3s"]);
    fs::write(directory.path().join("config.yaml"), &printed.stdout).unwrap();
    let checked = text(&aggcert(directory.path(), &["check", "--root", ".", "config.yaml"]).stdout);
    assert!(checked.contains("/var/lib/rancher/k3s/") && !checked.contains("rke2"), "{checked}");
}

/// What has ended or has no replicas is no server, and its silence says nothing.
#[test]
fn what_does_not_run_is_not_called_fine() {
    let directory = tempfile::tempdir().unwrap();
    let pod = |phase: &str| {
        format!(
            "kind: Pod\nmetadata: {{name: metrics-server-1, namespace: kube-system}}\nspec: {{containers: [{{name: \
             metrics-server, image: metrics-server, args: [--requestheader-client-ca-file=/x/ca.crt]}}]}}\nstatus: \
             {{phase: {phase}}}\n"
        )
    };
    for (phase, code, said) in [("Failed", 2, "nothing was judged"), ("Running", 0, "Checked 1 set-up")] {
        fs::write(directory.path().join("pod.yaml"), pod(phase)).unwrap();
        let checked = aggcert(directory.path(), &["check", "pod.yaml"]);
        let text = text(&checked.stdout);
        assert_eq!(checked.status.code(), Some(code), "{phase}: {text}");
        assert!(text.contains(said), "{phase}: {text}");
    }
}

/// A container sees what is mounted in it, and a Pod without volumes nothing of its host.
#[test]
fn a_pod_without_volumes_does_not_see_the_files_of_its_host() {
    let directory = initialised();
    let pod = |image: &str| {
        format!(
            "kind: Pod\nspec:\n  containers:\n  - name: a\n{image}    command:\n    - kube-apiserver\n    - \
             --requestheader-client-ca-file=/pki/front-proxy-ca.crt\n    - --proxy-client-cert-file=/pki/front-proxy-client.crt\n"
        )
    };
    for (image, is_seen) in [("", true), ("    image: kube-apiserver:v1.36.2\n", false)] {
        fs::write(directory.path().join("pod.yaml"), pod(image)).unwrap();
        let checked = aggcert(directory.path(), &["check", "--root", ".", "pod.yaml", "--strict"]);
        let said = text(&checked.stdout);
        assert_eq!(said.contains("is in no volume of the container"), !is_seen, "{said}");
    }
}
