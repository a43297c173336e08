//! What is shipped beside the binary: documents from its own command line, manifests, and one version everywhere.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clap::CommandFactory;

fn at_root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn run(script: &str, arguments: &[&str]) -> Output {
    Command::new(at_root(script)).args(arguments).output().unwrap()
}

#[test]
fn every_command_has_a_manual_page_and_every_shell_its_completions() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let output = run("packaging/documents", &[env!("CARGO_BIN_EXE_aggcert"), path]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let names = |of: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(directory.path().join(of)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let commands = aggcert::cli::CommandLine::command();
    let mut wanted: BTreeSet<String> = BTreeSet::from(["aggcert.1".to_owned()]);
    for command in commands.get_subcommands().filter(|command| !command.is_hide_set()) {
        wanted.insert(format!("aggcert-{}.1", command.get_name()));
        let steps = command.get_subcommands();
        wanted.extend(steps.map(|step| format!("aggcert-{}-{}.1", command.get_name(), step.get_name())));
    }
    assert!(wanted.contains("aggcert-rotate-next.1"));
    assert_eq!(names("man"), wanted);
    assert_eq!(names("completions"), ["_aggcert", "aggcert.bash", "aggcert.fish"].map(str::to_owned).into());

    let completions = fs::read_to_string(directory.path().join("completions/aggcert.bash")).unwrap();
    for word in ["ca-reused", "pki-directory", "rotate"] {
        assert!(completions.contains(word), "{word} is not completed");
    }
    for page in names("man") {
        let text = fs::read_to_string(directory.path().join("man").join(&page)).unwrap();
        assert!(text.contains(".TH") && text.contains("SYNOPSIS"), "{page}: {text}");
        let typed = page.trim_end_matches(".1").replace('-', " ");
        assert!(text.contains(&format!("\\fB{typed}\\fR")), "{page}: {text}");
    }
}

#[test]
fn the_manifest_for_krew_has_the_checksums_or_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let sums = directory.path().join("SHA256SUMS");
    let targets = [
        "x86_64-unknown-linux-musl",
        "aarch64-unknown-linux-musl",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
        "x86_64-pc-windows-gnu",
    ];
    let line = |target: &&str| format!("{:064x}  aggcert-1.2.3-{target}.tar.gz\n", target.len());
    fs::write(&sums, targets.iter().map(line).collect::<String>()).unwrap();
    let output = run("packaging/krew", &["1.2.3", sums.to_str().unwrap()]);
    let manifest = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for target in targets {
        let wanted = format!("v1.2.3/aggcert-1.2.3-{target}.tar.gz\n    sha256: {:064x}\n", target.len());
        assert!(manifest.contains(&wanted), "{manifest}");
    }
    assert_eq!(manifest.matches("bin: aggcert\n").count(), 4, "{manifest}");
    assert!(manifest.contains("{from: aggcert-1.2.3-x86_64-pc-windows-gnu/aggcert.exe, to: .}"), "{manifest}");
    fs::write(&sums, targets[1..].iter().map(line).collect::<String>()).unwrap();
    let output = run("packaging/krew", &["1.2.3", sums.to_str().unwrap()]);
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains(targets[0]));
}

#[test]
fn one_version_is_named_everywhere() {
    let version = env!("CARGO_PKG_VERSION");
    for (path, wanted) in [
        ("action.yml", format!("default: {version}\n")),
        ("docs/install.md", format!("aggcert_{version}-1_amd64.deb")),
        ("docs/install.md", format!("aggcert-{version}-x86_64-unknown-linux-musl.tar.gz")),
        ("docs/reports.md", format!("rev: v{version}\n")),
        ("docs/reports.md", format!("aggcert/aggcert@v{version}\n")),
        ("docs/recipes/watching/daemonset.yaml", format!("ghcr.io/aggcert/aggcert:{version}\n")),
        ("docs/recipes/watching/cronjob.yaml", format!("ghcr.io/aggcert/aggcert:{version}\n")),
    ] {
        assert!(fs::read_to_string(at_root(path)).unwrap().contains(&wanted), "{path} does not name {wanted}");
    }
}
