//! A set-up, the requests to it, what the server answered, and what this crate says: in the form of the recordings in
//! `fixtures/ground-truth`.
//!
//! With `AGGCERT_LIVE_RECORD=DIR` every experiment is written to `DIR/<id>.json`.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use aggcert::model::{Startup, User};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::harness::{Answer, Client, ControlPlane, KubeApiserver};
use crate::model;
use crate::recording::{Answer as Said, RecordedRequest, RecordedUser, Recording};

/// What is tried.
pub(crate) struct Experiment {
    pub id: String,
    pub note: String,
    /// Files are named relative to the control plane's directory.
    pub flags: Vec<String>,
    pub anonymous: bool,
    pub files: Vec<String>,
    pub requests: Vec<Request>,
}

/// The certificate and the headers.
pub(crate) type Request = (Option<Client>, Vec<(String, String)>);

impl Experiment {
    /// Where the server and the model disagree, in words.
    pub(crate) fn run(&self, control_plane: &ControlPlane) -> Vec<String> {
        let recording = self.record(control_plane);
        if let Some(directory) = env::var_os("AGGCERT_LIVE_RECORD") {
            fs::create_dir_all(&directory).unwrap();
            let path = Path::new(&directory).join(format!("{}.json", self.id));
            fs::write(path, serde_json::to_string(&recording).unwrap() + "\n").unwrap();
        }
        self.compare(control_plane, &recording)
    }

    fn record(&self, control_plane: &ControlPlane) -> Recording {
        let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
        let mut recording = Recording {
            kube_apiserver: control_plane.servers.version(),
            observed_at: now.format(&Rfc3339).unwrap(),
            id: self.id.clone(),
            note: self.note.clone(),
            args: self.flags.clone(),
            anonymous_auth: Some(self.anonymous),
            starts: true,
            refusal: None,
            files: BTreeMap::new(),
            requests: Vec::new(),
        };
        for name in &self.files {
            recording.add_file(name, &fs::read(control_plane.file(name)).unwrap());
        }
        match control_plane.try_kube_apiserver(&recording.arguments()) {
            Ok(server) => recording.requests = self.answers(&server),
            Err(log) => {
                recording.starts = false;
                recording.refusal = Some(refusal(&log));
            }
        }
        recording
    }

    fn answers(&self, server: &KubeApiserver<'_>) -> Vec<RecordedRequest> {
        let answer = |(client, headers): &Request| {
            let given: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
            let answer = server.whoami(client.as_ref(), &given);
            let client = client.as_ref().map(Client::file_name);
            RecordedRequest { client, headers: headers.clone(), status: answer.status, user: user(&answer) }
        };
        self.requests.iter().map(answer).collect()
    }

    fn compare(&self, control_plane: &ControlPlane, recording: &Recording) -> Vec<String> {
        let setup = model::setup(&recording.arguments(), control_plane.path(), &recording.kube_apiserver);
        let wrong = match (model::startup(&setup), recording.starts) {
            (Startup::Starts { .. }, true) => {
                let pairs = self.requests.iter().zip(&recording.requests);
                let differences = pairs.filter_map(|((client, headers), request)| {
                    let decision = model::decision(&setup, client.as_ref(), headers);
                    let handshake_failed = decision.handshake_failure.is_some();
                    let said = Said { user: decision.user.map(recorded), handshake_failed };
                    recording.answer_differs(request, &said)
                });
                differences.collect()
            }
            (Startup::Refuses(refusal), false) => recording.refusal_differs(&refusal.message).into_iter().collect(),
            (said, starts) => vec![format!("starts: {starts} ({:?}), the model says {said:?}", recording.refusal)],
        };
        let Self { id, flags, .. } = self;
        wrong.into_iter().map(|wrong| format!("{id} {flags:?}: {wrong}")).collect()
    }
}

fn recorded(user: User) -> RecordedUser {
    RecordedUser { username: user.username, uid: user.uid, groups: user.groups, extra: user.extra }
}

/// The server's own answer; of a refusal, the user that it names, who is anonymous.
fn user(answer: &Answer) -> Option<RecordedUser> {
    match answer.status {
        201 => Some(serde_json::from_value(answer.json()["status"]["userInfo"].clone()).unwrap()),
        403 if answer.username().as_deref() == Some("system:anonymous") => Some(RecordedUser {
            username: "system:anonymous".to_owned(),
            uid: String::new(),
            groups: vec!["system:unauthenticated".to_owned()],
            extra: BTreeMap::new(),
        }),
        _ => None,
    }
}

/// The message with which a server ended: what cobra prints, or what component-base's `cli.Run` logs, where quotes are
/// escaped.
pub(crate) fn refusal(log: &str) -> String {
    let printed = log.lines().find(|line| line.starts_with("Error: "));
    let logged = log.lines().rev().find_map(|line| line.split_once("\"command failed\" err=\"")?.1.strip_suffix('"'));
    logged.or(printed).unwrap_or_else(|| panic!("no refusal in\n{log}")).replace('\\', "")
}
