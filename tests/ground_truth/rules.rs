//! What the rules say of a set-up, against what the server did with it.

use aggcert::lint::rules::find;
use aggcert::lint::{Beside, Context, Finding, Outcome, Severity, Target};
use aggcert::model::{Cause, Objects, Setup};
use time::Duration;

use super::recording::{RecordedRequest, Recording};
use super::{RECORDED, model_request, recordings, setup};

/// The rules that may say that nobody is authenticated by the proxy client.
const PROXY_RULES: [&str; 10] = [
    "proxy-client-untrusted",
    "proxy-client-name-not-allowed",
    "proxy-client-usage",
    "proxy-client-expired",
    "requestheader-ca-missing",
    "requestheader-headers-missing",
    "requestheader-headers-nonstandard",
    "ca-expired",
    "ca-cannot-sign",
    "weak-signature",
];

fn outcome(recording: &Recording, setup: &Setup, id: &str) -> Outcome {
    let rule = find(id).unwrap_or_else(|| panic!("there is no rule {id}"));
    let context = Context::new(Beside::nothing(), Objects::NONE, recording.observed_at(), Duration::days(30));
    rule.judge(Target::of(setup), &context).unwrap_or_else(|| panic!("{id} does not look at this"))
}

fn errors(recording: &Recording, setup: &Setup, id: &str) -> Vec<Finding> {
    match outcome(recording, setup, id) {
        Outcome::Fail(findings) => findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect(),
        _ => Vec::new(),
    }
}

/// A server that did not start has one rule that says so, and what it says is what the server said.
#[test]
fn refusals_to_start_are_reported_by_the_rule_that_is_named() {
    let mut refused = 0;
    for recording in recordings() {
        let directory = tempfile::tempdir().unwrap();
        recording.write_files(directory.path());
        let setup = setup(&recording, directory.path(), &[]);
        let outcome = outcome(&recording, &setup, "server-refuses-to-start");
        match (&outcome, recording.starts) {
            (Outcome::Pass, true) => continue,
            (Outcome::Fail(findings), false) => assert_eq!(findings.len(), 1, "{}: {findings:#?}", recording.id),
            (Outcome::NotApplicable(why), false) => {
                let Cause::Reported { rule, .. } = why[0].cause() else { panic!("{}: {why:?}", recording.id) };
                assert!(!errors(&recording, &setup, rule).is_empty(), "{}: {why:?}", recording.id);
            }
            _ => panic!("{}: starts: {}, {outcome:?}", recording.id, recording.starts),
        }
        refused += 1;
    }
    assert_eq!(refused, RECORDED.iter().map(|(.., refusals)| refusals).sum::<usize>());
}

/// Whether the request is one that the aggregator would pass on for alice, by a client that is not alice itself.
fn is_passed_on(recording: &Recording, request: &RecordedRequest) -> bool {
    let users = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("X-Remote-User"));
    let is_alice = users.map(|(_, user)| user.as_str()).eq(["alice"]);
    let others = request.headers.iter().filter(|(name, _)| !name.starts_with("X-Remote-")).count();
    let client = model_request(recording, request).certificates.into_iter().next();
    is_alice && others == 0 && client.is_some_and(|client| client.subject.common_name() != "alice")
}

/// With each recorded client in the place of the proxy client: the rules find an error if, and only if, the server did
/// not take the request for alice's.
#[test]
fn a_proxy_client_has_an_error_when_the_server_refused_it_and_only_then() {
    let mut compared = 0;
    let mut wrong = Vec::new();
    for recording in recordings() {
        let directory = tempfile::tempdir().unwrap();
        recording.write_files(directory.path());
        for request in recording.requests.iter().filter(|request| is_passed_on(&recording, request)) {
            let Some(client) = &request.client else { continue };
            let pair = [format!("--proxy-client-cert-file={client}"), "--proxy-client-key-file=absent.key".to_owned()];
            let setup = setup(&recording, directory.path(), &pair);
            let found: Vec<String> = PROXY_RULES
                .iter()
                .flat_map(|rule| errors(&recording, &setup, rule))
                .filter(|finding| !finding.identity.iter().any(|part| part == "client-ca-file"))
                .map(|finding| finding.message)
                .collect();
            // With her groups: without them an administrator is nobody in particular.
            let groups = request.headers.iter().filter(|(name, group)| name == "X-Remote-Group" && !group.is_empty());
            let sent: Vec<&String> = groups.map(|(_, group)| group).collect();
            let is_alice = request
                .user
                .as_ref()
                .is_some_and(|user| user.username == "alice" && sent.iter().all(|group| user.groups.contains(group)));
            if is_alice != found.is_empty() {
                wrong.push(format!("{} {client}: alice: {is_alice}, {found:?}", recording.id));
            }
            compared += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {compared}\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(compared, 885);
}
