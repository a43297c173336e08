//! Requests to servers, by curl.
//!
//! curl is on every machine that builds this, sends certificates on any curve and of any length, as the recordings need,
//! and leaves headers as they are given. A TLS library for Rust would be a dependency more, and none signs with all keys.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::Client;

/// One request. What is not given is not sent.
#[derive(Debug, Default, Clone)]
pub(crate) struct Request<'a> {
    /// GET, or POST where there is a body.
    pub method: Option<&'a str>,
    pub url: String,
    pub client: Option<&'a Client>,
    /// A bearer token.
    pub token: Option<&'a str>,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    pub content_type: Option<&'a str>,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// 0 where there was no answer.
    pub status: u16,
    pub body: String,
    /// Why there was none.
    pub error: String,
}

impl Request<'_> {
    /// `authority` holds the CAs that may sign the server's certificate.
    pub(crate) fn send(&self, authority: &Path) -> Answer {
        let mut command = Command::new("curl");
        command.args(arguments(authority)).args(["--max-time", "60", "--write-out", "\n%{http_code}"]);
        self.client.iter().for_each(|client| identify(&mut command, client));
        if let Some(token) = self.token {
            command.args(["--header", &format!("Authorization: Bearer {token}")]);
        }
        for (name, value) in &self.headers {
            // curl takes `Name:` for a header to leave out, `Name;` for one without a value.
            let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
            command.args(["--header", &header]);
        }
        if let Some(method) = self.method {
            command.args(["--request", method]);
        }
        if self.body.is_some() {
            let content_type = self.content_type.unwrap_or("application/json");
            command.args(["--data-binary", "@-", "--header", &format!("Content-Type: {content_type}")]);
        }
        let mut child =
            command.arg(&self.url).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let body = self.body.as_deref().unwrap_or_default();
        child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (body, status) = text.rsplit_once('\n').unwrap();
        let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Answer { status: status.parse().unwrap(), body: body.to_owned(), error }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {:?} {}", self.status, self.body, self.error))
    }

    /// What the server calls the user: its own answer to a SelfSubjectReview, or the one it names in a refusal.
    pub(crate) fn username(&self) -> Option<String> {
        match self.status {
            201 => self.json()["status"]["userInfo"]["username"].as_str().map(str::to_owned),
            403 => self.body.split_once("User \\\"")?.1.split_once("\\\"").map(|(user, _)| user.to_owned()),
            _ => None,
        }
    }
}

/// What makes curl forget the settings of this machine, for the servers of one CA.
pub(super) fn arguments(authority: &Path) -> Vec<String> {
    let mut arguments =
        ["--disable", "--noproxy", "*", "--silent", "--show-error", "--http1.1"].map(str::to_owned).to_vec();
    arguments.extend(["--cacert".to_owned(), authority.display().to_string()]);
    arguments
}

/// Old signatures and short keys are for the server to refuse, not for OpenSSL.
fn identify(command: &mut Command, client: &Client) {
    command.args(["--ciphers", "DEFAULT@SECLEVEL=0", "--cert"]).arg(&client.certificate);
    command.arg("--key").arg(&client.key);
}
