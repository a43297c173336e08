//! What a fix waits for can be done.

use std::path::{Path, PathBuf};
use std::process::Command;

/// How the sentence of a fix begins that comes after another one, or is none.
const WAITING: [&str; 4] = ["Not yet: ", "First ", "That goes away with the fix of ", "Do not patch "];

/// Whether a fixture has errors, and what can be done about none of what is found.
fn stuck(fixture: &Path) -> (bool, Vec<String>) {
    let arguments = ["check", "--at=2025-06-01", "--format=json", "--no-ignores"];
    let output = Command::new(env!("CARGO_BIN_EXE_aggcert")).args(arguments).arg(fixture).output().unwrap();
    let Ok(report) = serde_json::from_slice::<serde_json::Value>(&output.stdout) else { return (false, Vec::new()) };
    let targets = report["targets"].as_array().unwrap().iter();
    let outcomes = targets.flat_map(|target| target["outcomes"].as_array().unwrap());
    let findings = outcomes.filter_map(|outcome| outcome["findings"].as_array()).flatten();
    let findings: Vec<_> = findings.filter(|finding| finding["severity"] != "note").collect();
    let has_errors = findings.iter().any(|finding| finding["severity"] == "error");
    let sentences: Vec<String> =
        findings.iter().map(|finding| finding["fix"]["sentence"].as_str().unwrap().to_owned()).collect();
    let waits = |sentence: &String| WAITING.iter().any(|words| sentence.starts_with(words));
    (has_errors, if has_errors && sentences.iter().all(waits) { sentences } else { Vec::new() })
}

fn fixtures() -> Vec<PathBuf> {
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/inputs");
    let entries = |place: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let all = entries(&inputs).into_iter().filter(|place| place.is_dir()).flat_map(|place| entries(&place));
    all.filter(|path| path.extension().is_none_or(|ending| ending != "snap")).collect()
}

/// Two findings that each wait for the other leave nothing to do.
#[test]
fn of_each_report_with_errors_something_can_be_done_now() {
    let judged: Vec<_> = fixtures().into_iter().map(|fixture| (stuck(&fixture), fixture)).collect();
    let with_errors = judged.iter().filter(|((has_errors, _), _)| *has_errors).count();
    assert!(with_errors > 50, "{with_errors}");
    let stuck: Vec<_> = judged.iter().filter(|((_, sentences), _)| !sentences.is_empty()).collect();
    assert!(stuck.is_empty(), "{stuck:#?}");
}
