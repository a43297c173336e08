//! The recipe on watching: its alerts ask for metrics that there are, and fire when they should.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test that panics has failed")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use clap::CommandFactory;
use regex::Regex;
use serde_json::Value;

const ALERTS: &str = include_str!("../docs/recipes/watching/alerts.yaml");

#[test]
fn the_alerts_ask_for_metrics_and_rules_that_there_are() {
    let report = Command::new(env!("CARGO_BIN_EXE_aggcert"))
        .args(["check", "fixtures/examples/shared-ca", "--format", "prometheus", "--at", "2027-01-01"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let report = String::from_utf8(report.stdout).unwrap();
    let asked: BTreeSet<&str> =
        Regex::new("aggcert_[a-z_]+").unwrap().find_iter(ALERTS).map(|found| found.as_str()).collect();
    assert!(asked.len() >= 5, "{asked:?}");
    for metric in asked {
        assert!(report.contains(&format!("# TYPE {metric} gauge")), "there is no {metric}");
    }
    for label in ["role", "path", "subject", "setup", "file", "rule", "severity"] {
        assert!(report.contains(&format!("{label}=\"")), "there is no label {label}");
    }
    let rules = Regex::new(r#"rule=~"([a-z-]+)\(([^)]+)\)\|([a-z-]+)""#).unwrap().captures(ALERTS).unwrap();
    for rule in rules[2].split('|').map(|end| format!("{}{end}", &rules[1])).chain([rules[3].to_owned()]) {
        assert!(aggcert::lint::rules::find(&rule).is_some(), "there is no rule {rule}");
    }
}

#[test]
fn promtool_agrees() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/recipes/watching");
    let promtool = |arguments: &[&str]| Command::new("promtool").args(arguments).current_dir(&directory).output();
    if promtool(&["--version"]).is_err() {
        eprintln!("skipped: no promtool");
        return;
    }
    for arguments in [["check", "rules", "alerts.yaml"], ["test", "rules", "alerts.test.yaml"]] {
        let output = promtool(&arguments).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// It runs a command line that there is, as the account that `aggcert rbac` makes.
#[test]
fn the_cron_job_runs_a_check_with_the_least_rights() {
    let cron_job: Value = serde_saphyr::from_str(include_str!("../docs/recipes/watching/cronjob.yaml")).unwrap();
    let pod = &cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    let arguments = pod["containers"][0]["args"].as_array().unwrap().iter().map(|argument| argument.as_str().unwrap());
    aggcert::cli::CommandLine::command().try_get_matches_from(["aggcert"].into_iter().chain(arguments)).unwrap();
    let rbac = Command::new(env!("CARGO_BIN_EXE_aggcert")).arg("rbac").output().unwrap();
    let account = String::from_utf8(rbac.stdout).unwrap();
    let account: Value = serde_saphyr::from_str(account.split("\n---\n").next().unwrap()).unwrap();
    assert_eq!(account["kind"], "ServiceAccount");
    assert_eq!(account["metadata"]["name"], pod["serviceAccountName"]);
    assert_eq!(account["metadata"]["namespace"], cron_job["metadata"]["namespace"]);
}
