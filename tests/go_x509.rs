//! Replays what Go 1.26, with which Kubernetes 1.36 and 1.37 are built, said about thousands of certificates, chains, keys and PEM files.
//!
//! `fixtures/go-x509/README.md` tells how the cases came about.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that panics has failed")]

#[path = "go_x509/replay.rs"]
mod replay;

fn cases(name: &str) -> String {
    let path = format!("{}/fixtures/go-x509/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every case must have Go's verdict, and there must be at least so many.
fn replay(name: &str, at_least: usize) {
    let lines = cases(name);
    assert!(lines.lines().count() >= at_least, "{name} is not complete");
    let differences = replay::differences(&lines);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn certificates() {
    replay("certificates.jsonl", 900);
}

#[test]
fn signatures() {
    replay("signatures.jsonl", 25);
}

#[test]
fn paths() {
    replay("paths.jsonl", 120);
}

#[test]
fn keys() {
    replay("keys.jsonl", 290);
}

#[test]
fn pem() {
    replay("pem.jsonl", 340);
}

#[test]
fn a_wrong_verdict_is_noticed() {
    for (name, from, to) in [
        ("certificates.jsonl", "\"error\":\"x509: ", "\"error\":\"x510: "),
        ("certificates.jsonl", "\"issuer\":\"CN=CA\"", "\"issuer\":\"CN=CB\""),
        ("signatures.jsonl", "crypto/rsa: verification error", "crypto/rsa: no error"),
        ("paths.jsonl", "\"chains\":[[0,1]]", "\"chains\":[[0,0]]"),
        ("keys.jsonl", "\"spki\":\"MHY", "\"spki\":\"MHZ"),
        ("pem.jsonl", "\"label\":\"A\"", "\"label\":\"B\""),
    ] {
        let cases = cases(name);
        let line = cases.lines().find(|line| line.contains(from)).unwrap_or_else(|| panic!("no {from} in {name}"));
        assert_eq!(replay::differences(line), [""; 0]);
        assert_ne!(replay::differences(&line.replace(from, to)), [""; 0], "{from}");
    }
}

/// Newer versions of Go differ where it is written down, and only there: such a case is in the list, with their verdict.
#[test]
fn what_go_1_27_judges_otherwise_is_listed() {
    let listed = cases("differing/go1.27.jsonl");
    let mut accepted = 0;
    for line in listed.lines() {
        assert_ne!(replay::differences(line), [""; 0], "this is how Go 1.26 judges too");
        let here = line.split_once("\"der\":").and_then(|(_, rest)| rest.split('"').nth(1));
        let Some(der) = here.filter(|_| line.contains("\"certificate\":{")) else { continue };
        let recorded = cases("certificates.jsonl");
        let before =
            recorded.lines().find(|line| line.contains(der)).unwrap_or_else(|| panic!("{der} is not recorded"));
        accepted += usize::from(before.contains("\"error\":"));
    }
    // Names with string types that Go 1.26 does not know.
    assert_eq!(accepted, 26);
}
