//! Requests: one object, or a list a page at a time, so that memory does not grow with the cluster.

use std::time::Duration;

use http::Request;
use serde_json::Value;

/// A page of the largest objects, Pods, is a few megabytes.
const PAGE: usize = 250;

/// How long one answer may take, retries of an overloaded server included.
const PATIENCE: Duration = Duration::from_secs(30);

/// A list whose continuation expires is begun anew so often: etcd compacts every five minutes.
const RESTARTS: usize = 2;

/// A list of more is none that ends: two and a half million objects.
const MOST_PAGES: usize = 10_000;

/// What asks a cluster.
pub(super) struct Asker {
    pub client: kube::Client,
    /// Is told of each answer.
    pub progress: Box<dyn Fn() + Send + Sync>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The account may not ask that; the server's words.
    Forbidden(String),
    /// There is no such object, or no such kind.
    NotFound,
    Failed(kube::Error),
    TimedOut,
    /// It is no answer of a Kubernetes API server, and why.
    Meaningless(&'static str),
}

impl Refusal {
    /// For people.
    pub(super) fn why(&self) -> String {
        match self {
            Self::Forbidden(message) => message.clone(),
            Self::NotFound => "there is none".to_owned(),
            Self::Failed(kube::Error::Api(status)) => format!("{} ({})", status.message, status.code),
            Self::Failed(error) => super::client::chain(error),
            Self::Meaningless(why) => (*why).to_owned(),
            Self::TimedOut => format!("no answer within {} seconds", PATIENCE.as_secs()),
        }
    }
}

impl Asker {
    pub(super) async fn get(&self, path: &str) -> Result<Value, Refusal> {
        let text = self.get_text(path).await?;
        serde_json::from_str(&text).map_err(|error| Refusal::Failed(kube::Error::SerdeError(error)))
    }

    /// What is no JSON.
    pub(super) async fn get_text(&self, path: &str) -> Result<String, Refusal> {
        let request = Request::get(path).body(Vec::new());
        let request = request.map_err(|error| Refusal::Failed(kube::Error::HttpError(error)))?;
        let answer = tokio::time::timeout(PATIENCE, self.client.request_text(request)).await;
        (self.progress)();
        match answer {
            Err(_) => Err(Refusal::TimedOut),
            Ok(Ok(text)) => Ok(text),
            Ok(Err(kube::Error::Api(status))) if status.code == 403 => Err(Refusal::Forbidden(status.message)),
            Ok(Err(kube::Error::Api(status))) if status.code == 404 => Err(Refusal::NotFound),
            Ok(Err(error)) => Err(Refusal::Failed(error)),
        }
    }

    /// Of all items, what `keep` makes of them. `selector` is a label selector; empty: all.
    pub(super) async fn list(
        &self,
        path: &str,
        selector: &str,
        keep: impl Fn(&Value) -> Option<Value>,
    ) -> Result<Vec<Value>, Refusal> {
        let (mut restarts, mut pages) = (0, 0);
        let mut kept = Vec::new();
        let mut token = String::new();
        loop {
            let query = query(selector, &token);
            let page = match self.get(&format!("{path}?{query}")).await {
                Err(Refusal::Failed(kube::Error::Api(status))) if status.code == 410 && restarts < RESTARTS => {
                    restarts += 1;
                    kept.clear();
                    token.clear();
                    continue;
                }
                page => page?,
            };
            let Some(items) = page.get("items") else { return Err(Refusal::Meaningless("the answer is no list")) };
            kept.extend(items.as_array().into_iter().flatten().filter_map(&keep));
            pages += 1;
            match page.pointer("/metadata/continue").and_then(Value::as_str) {
                Some(next) if next == token && !next.is_empty() => {
                    return Err(Refusal::Meaningless("the list goes on with the page that was just read"));
                }
                Some(_) if pages >= MOST_PAGES => {
                    return Err(Refusal::Meaningless("the list does not end within 10000 pages"));
                }
                Some(next) if !next.is_empty() => next.clone_into(&mut token),
                _ => return Ok(kept),
            }
        }
    }
}

fn query(selector: &str, token: &str) -> String {
    let mut query = format!("limit={PAGE}");
    for (key, value) in [("labelSelector", selector), ("continue", token)] {
        if !value.is_empty() {
            query.push_str(&format!("&{key}={}", encoded(value)));
        }
    }
    query
}

/// A value in a query or in a path (RFC 3986, section 2.3).
pub(super) fn encoded(value: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |byte: u8| match byte {
        byte if unreserved(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    value.bytes().map(encode).collect()
}
