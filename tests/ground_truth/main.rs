//! What real kube-apiservers answered, against what the model says: every set-up, every request, no exception.

#![allow(clippy::unwrap_used, clippy::panic)]

#[allow(dead_code, reason = "writing a recording is for the tests with real servers")]
mod recording;
mod rules;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use aggcert::model::{Authentication, Lookup, Request, Setup, Startup, User, start};
use aggcert::source::formats::flags;
use aggcert::x509::{Certificate, pem};

use rayon::prelude::*;

use recording::{Answer, RecordedRequest, Recording};

/// The version of a directory, and how many set-ups, requests and refusals to start are recorded in it.
const RECORDED: [(&str, usize, usize, usize); 3] =
    [("v1.35.4", 8, 280, 1), ("v1.36.2", 141, 1764, 31), ("v1.37.2", 20, 720, 2)];

/// The recordings of one version, by name.
fn recordings_of(version: &str) -> Vec<Recording> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ground-truth").join(version);
    let mut files: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|path| Recording::read(path)).collect()
}

/// All recordings.
fn recordings() -> Vec<Recording> {
    RECORDED.iter().flat_map(|(version, ..)| recordings_of(version)).collect()
}

/// The recorded server, whose version decides as the image tag of a manifest does.
fn setup(recording: &Recording, files: &Path, more: &[String]) -> Setup {
    let version = Some(recording.kube_apiserver.parse().unwrap());
    let lookup = Lookup { root: Some(files.into()), certain: true, version, ..Lookup::default() };
    let arguments: Vec<String> = recording.arguments().into_iter().chain(more.iter().cloned()).collect();
    Setup::load(flags::invocation(&arguments), &lookup)
}

/// Where the model disagrees with the recording, in words.
fn disagreements(recording: &Recording) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    recording.write_files(directory.path());
    let setup = setup(recording, directory.path(), &[]);
    let startup = start(&setup, setup.version());
    let mut disagreements = Vec::new();
    match (&startup, recording.starts) {
        (Startup::Starts { .. }, true) => {}
        (Startup::Refuses(refusal), false) => {
            disagreements.extend(recording.refusal_differs(&refusal.message));
            return disagreements;
        }
        _ => return vec![format!("starts: {}, the model says {startup:?}", recording.starts)],
    }
    let authentication = Authentication::of(&setup).unwrap();
    for request in &recording.requests {
        let decision = authentication.authenticate(&model_request(recording, request), recording.observed_at());
        let answer =
            Answer { user: decision.user.map(json_of), handshake_failed: decision.handshake_failure.is_some() };
        disagreements.extend(recording.answer_differs(request, &answer));
    }
    disagreements
}

fn model_request(recording: &Recording, request: &RecordedRequest) -> Request {
    let certificates = request.client.as_ref().map(|client| {
        let blocks = pem::blocks(recording.file(client)).filter(|block| block.label == "CERTIFICATE");
        blocks.map(|block| Certificate::from_der(&block.contents).unwrap()).collect()
    });
    Request { certificates: certificates.unwrap_or_default(), headers: request.headers.clone() }
}

fn json_of(user: User) -> recording::RecordedUser {
    recording::RecordedUser { username: user.username, uid: user.uid, groups: user.groups, extra: user.extra }
}

#[test]
fn nothing_is_missing() {
    for (version, setups, requests, refusals) in RECORDED {
        let recordings = recordings_of(version);
        assert!(recordings.iter().all(|recording| recording.kube_apiserver == version), "{version}");
        let answered: usize = recordings.iter().map(|recording| recording.requests.len()).sum();
        let refused = recordings.iter().filter(|recording| !recording.starts).count();
        assert_eq!((recordings.len(), answered, refused), (setups, requests, refusals), "{version}");
    }
    let directories = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ground-truth")).unwrap();
    assert_eq!(directories.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count(), RECORDED.len());
}

#[test]
fn the_model_agrees_with_every_recording() {
    let recordings = recordings();
    let wrong: Vec<String> = recordings
        .iter()
        .flat_map(|recording| {
            let Recording { kube_apiserver, id, note, .. } = recording;
            let name = move |disagreement| format!("{kube_apiserver} {id} ({note}): {disagreement}");
            disagreements(recording).into_iter().map(name)
        })
        .collect();
    assert!(wrong.is_empty(), "{} disagreements\n{}", wrong.len(), wrong.join("\n"));
}

/// What the finished command says, where the model's answer is compared above.
fn command_disagreements(recording: &Recording) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    recording.write_files(directory.path());
    let mut requests: Vec<Option<&RecordedRequest>> = recording.requests.iter().map(Some).collect();
    if !recording.starts {
        requests.push(None);
    }
    let answers = requests.into_iter().filter_map(|request| {
        let (code, answer) = whoami(recording, request, directory.path());
        match request {
            None if answer["starts"] != false || code != 1 => Some(format!("starts: exit {code}, {answer}")),
            None => recording.refusal_differs(answer["refusal"].as_str().unwrap()),
            Some(_) if answer["starts"] != true => Some(format!("does not start: {answer}")),
            Some(request) => {
                // Anonymous is nobody, though it may be answered.
                let is_somebody = |user: &recording::RecordedUser| user.username != "system:anonymous";
                let authenticated = request.status == 201 && request.user.as_ref().is_some_and(is_somebody);
                let user = serde_json::from_value(answer["user"].clone()).unwrap();
                let said = Answer { user, handshake_failed: false };
                recording.answer_differs(request, &said).or_else(|| {
                    let agrees = answer["authenticated"] == authenticated && code == i32::from(!authenticated);
                    (!agrees).then(|| format!("status {}: exit {code}, {answer}", request.status))
                })
            }
        }
    });
    answers.collect()
}

/// Exit code and JSON, with paths relative to the working directory as in the recording.
fn whoami(recording: &Recording, request: Option<&RecordedRequest>, directory: &Path) -> (i32, serde_json::Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aggcert"));
    command.current_dir(directory).args(["whoami", "--format", "json", "--at"]).arg(recording.observed_at_text());
    command.args(["--kubernetes-version", &recording.kube_apiserver]);
    if let Some(request) = request {
        command.args(request.client.iter().flat_map(|client| ["--client-cert", client]));
        for (name, value) in &request.headers {
            command.arg("--header").arg(format!("{name}: {value}"));
        }
    }
    let output = command.arg("--").args(recording.arguments()).output().unwrap();
    let answer = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{}: {error}: {}", recording.id, String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), answer)
}

#[test]
fn the_command_agrees_with_every_recording() {
    let recordings = recordings();
    let wrong: Vec<String> = recordings
        .par_iter()
        .flat_map_iter(|recording| {
            let Recording { kube_apiserver, id, .. } = recording;
            let name = move |disagreement| format!("{kube_apiserver} {id}: {disagreement}");
            command_disagreements(recording).into_iter().map(name)
        })
        .collect();
    assert!(wrong.is_empty(), "{} disagreements\n{}", wrong.len(), wrong.join("\n"));
}

/// The comparison itself: a recording that was changed must be found out, whatever was changed.
#[test]
fn a_changed_recording_is_found_out() {
    let recordings = recordings();
    let separate = recordings.iter().find(|recording| recording.id == "separate").unwrap();
    let by_proxy = separate
        .requests
        .iter()
        .position(|request| request.user.as_ref().is_some_and(|user| user.username == "alice" && user.extra.len() == 1))
        .unwrap();
    type Change = fn(&mut Recording, usize);
    let changes: [(&str, Change); 8] = [
        ("starts", |recording, _| recording.starts = false),
        ("username", |recording, at| user(recording, at).username = "mallory".into()),
        ("uid", |recording, at| user(recording, at).uid = "7".into()),
        ("a group", |recording, at| user(recording, at).groups.push("more".into())),
        ("the order of groups", |recording, at| user(recording, at).groups.reverse()),
        ("extra", |recording, at| user(recording, at).extra.clear()),
        ("nobody", |recording, at| {
            recording.requests[at].status = 401;
            recording.requests[at].user = None;
        }),
        ("the headers", |recording, at| recording.requests[at].headers.clear()),
    ];
    assert!(disagreements(separate).is_empty());
    for (what, change) in changes {
        let mut changed = separate.clone();
        change(&mut changed, by_proxy);
        assert!(!disagreements(&changed).is_empty(), "{what} was changed and nobody noticed");
    }
    let mut refusing = recordings.iter().find(|recording| recording.id == "misspelt-flag").unwrap().clone();
    refusing.refusal = Some("another refusal".into());
    assert!(!disagreements(&refusing).is_empty());
}

fn user(recording: &mut Recording, at: usize) -> &mut recording::RecordedUser {
    recording.requests[at].user.as_mut().unwrap()
}
