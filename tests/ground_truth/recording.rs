//! A recording: one set-up, and what the server answered to each request.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(Debug, Clone, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recording {
    pub kube_apiserver: String,
    pub observed_at: String,
    pub id: String,
    pub note: String,
    pub args: Vec<String>,
    /// `None`: the flag was not given.
    pub anonymous_auth: Option<bool>,
    pub starts: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    pub files: BTreeMap<String, RecordedFile>,
    pub requests: Vec<RecordedRequest>,
}

#[derive(Debug, Clone, serde::Deserialize, serde::Serialize)]
#[serde(untagged)]
pub(crate) enum RecordedFile {
    Text(String),
    Binary {
        #[serde(deserialize_with = "base64", serialize_with = "to_base64")]
        base64: Vec<u8>,
    },
}

#[derive(Debug, Clone, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordedRequest {
    pub client: Option<String>,
    pub headers: Vec<(String, String)>,
    pub status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<RecordedUser>,
}

#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordedUser {
    pub username: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub uid: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, Vec<String>>,
}

/// What was said instead.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub user: Option<RecordedUser>,
    pub handshake_failed: bool,
}

impl Recording {
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// With the flag that the recording keeps apart, and the modes of all that name none.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let anonymous = self.anonymous_auth.map(|allowed| format!("--anonymous-auth={allowed}"));
        let has_modes = self.args.iter().any(|argument| argument.starts_with("--authorization-mode"));
        let modes = (!has_modes).then(|| "--authorization-mode=RBAC".to_owned());
        self.args.iter().cloned().chain(anonymous).chain(modes).collect()
    }

    pub(crate) fn observed_at(&self) -> OffsetDateTime {
        OffsetDateTime::parse(&self.observed_at, &Rfc3339).unwrap()
    }

    pub(crate) fn observed_at_text(&self) -> &str {
        &self.observed_at
    }

    pub(crate) fn file(&self, name: &str) -> &[u8] {
        match &self.files[name] {
            RecordedFile::Text(text) => text.as_bytes(),
            RecordedFile::Binary { base64 } => base64,
        }
    }

    /// Keeps a file, as text where it is text.
    pub(crate) fn add_file(&mut self, name: &str, contents: &[u8]) {
        let file = match String::from_utf8(contents.to_vec()) {
            Ok(text) => RecordedFile::Text(text),
            Err(_) => RecordedFile::Binary { base64: contents.to_vec() },
        };
        self.files.insert(name.to_owned(), file);
    }

    pub(crate) fn write_files(&self, directory: &Path) {
        for name in self.files.keys() {
            fs::write(directory.join(name), self.file(name)).unwrap();
        }
    }

    /// The recorder kept the end of the message, and took the backslashes out of the log's quotes.
    pub(crate) fn refusal_differs(&self, message: &str) -> Option<String> {
        let recorded = self.refusal.as_deref().unwrap_or_default();
        let agrees = !recorded.is_empty() && message.replace('\\', "").ends_with(recorded);
        (!agrees).then(|| format!("refuses with {recorded:?}, the model with {message:?}"))
    }

    pub(crate) fn answer_differs(&self, request: &RecordedRequest, answer: &Answer) -> Option<String> {
        let expected = match request.status {
            201 | 403 => request.user.clone(),
            401 => None,
            status => panic!("{}: no recording has status {status}", self.id),
        };
        assert_eq!(expected.is_some(), request.status != 401, "{}: a user and {}", self.id, request.status);
        let agrees = answer.user == expected && !answer.handshake_failed;
        (!agrees).then(|| {
            format!("{:?} with {:?}: {expected:?}, the model says {answer:?}", request.client, request.headers)
        })
    }
}

fn base64<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text: String = serde::Deserialize::deserialize(deserializer)?;
    let wrapped = format!("-----BEGIN DATA-----\n{text}\n-----END DATA-----\n");
    aggcert::x509::pem::blocks(wrapped.as_bytes())
        .next()
        .map(|block| block.contents)
        .ok_or_else(|| serde::de::Error::custom("no base64"))
}

fn to_base64<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    let wrapped = ::pem::encode(&::pem::Pem::new("DATA", bytes));
    let lines: String = wrapped.lines().filter(|line| !line.starts_with('-')).collect();
    serializer.serialize_str(&lines)
}
