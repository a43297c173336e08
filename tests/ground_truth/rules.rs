//! What the rules say of a set-up, against what the server did with it.

use aggcert::apiserver::{Lookup, Setup};
use aggcert::lint::rules::find;
use aggcert::lint::{Context, Finding, Outcome, Severity, Target};
use aggcert::source::flags;
use time::Duration;

use super::recording::{RecordedRequest, Recording};
use super::recordings;

/// The errors of one rule.
fn errors(recording: &Recording, setup: &Setup, id: &str) -> Vec<Finding> {
    let rule = find(id).unwrap_or_else(|| panic!("there is no rule {id}"));
    let target = Target::of(setup);
    let context =
        Context { target, beside: &[], now: recording.observed_at(), expiry_warning: Duration::days(30) };
    match (rule.check)(&context) {
        Outcome::Fail(findings) => {
            findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect()
        }
        _ => Vec::new(),
    }
}

fn setup(recording: &Recording, more: &[String]) -> Setup {
    let directory = tempfile::tempdir().unwrap();
    recording.write_files(directory.path());
    let lookup = Lookup { root: Some(directory.path().into()), certain: true, ..Lookup::default() };
    let arguments: Vec<String> = recording.arguments().into_iter().chain(more.iter().cloned()).collect();
    Setup::load(flags::invocation(&arguments), &lookup)
}

/// Whether the request is one that the aggregator would pass on for alice.
fn is_passed_on(request: &RecordedRequest) -> bool {
    request.headers.iter().any(|(name, value)| name == "X-Remote-User" && value == "alice")
}

/// A server that does not start has exactly one rule that says so, for every recording and whatever the reason.
#[test]
fn a_refusal_to_start_is_reported_once() {
    const RULES: [&str; 7] = [
        "flag-unknown",
        "allowed-names-blank-entry",
        "literal-quotes",
        "ca-bundle-unreadable",
        "proxy-client-key-mismatch",
        "server-refuses-to-start",
        "requestheader-headers-nonstandard",
    ];
    for recording in recordings() {
        let setup = setup(&recording, &[]);
        let found: Vec<&str> =
            RULES.into_iter().filter(|rule| !errors(&recording, &setup, rule).is_empty()).collect();
        println!("{} {} {found:?}", recording.id, recording.starts);
    }
}

#[test]
fn proxy() {
    const RULES: [&str; 8] = [
        "proxy-client-untrusted",
        "proxy-client-name-not-allowed",
        "proxy-client-usage",
        "proxy-client-expired",
        "requestheader-headers-missing",
        "requestheader-headers-nonstandard",
        "weak-signature",
        "ca-cannot-sign",
    ];
    let mut n = 0;
    for recording in recordings() {
        for request in recording.requests.iter().filter(|request| is_passed_on(request)) {
            let Some(client) = &request.client else { continue };
            let flags = [format!("--proxy-client-cert-file={client}"), "--proxy-client-key-file=absent.key".to_owned()];
            let setup = setup(&recording, &flags);
            let mut found: Vec<String> = Vec::new();
            for rule in RULES.into_iter().chain(["ca-expired"]) {
                for e in errors(&recording, &setup, rule) {
                    if e.identity[0] == "client-ca-file" { continue; }
                    found.push(format!("{rule}: {}", e.message));
                }
            }
            let accepted = request.user.as_ref().is_some_and(|user| user.username == "alice");
            n += 1;
            let mark = if accepted == found.is_empty() { if found.len() > 1 { "two" } else { "ok" } } else { "WRONG" };
            println!("{mark} {} {client} {accepted} {found:#?}", recording.id);
        }
    }
    println!("n={n}");
}
