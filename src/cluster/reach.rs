//! Asks the servers of a cluster themselves: at their addresses, and through the API where those cannot be reached.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::core::v1;
use kube::Api;
use kube::api::Portforwarder;
use kube::client::UpgradeConnectionError;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::Answered;
use super::fetch::{Asker, Refusal, encoded};
use super::probe::{ProbeError, ProxyClient, Question, Shown, ask_directly, ask_over};
use super::questions::{self, Right};
use super::redact;
use super::servers::{Pod, Server};
use crate::x509::Name;

/// The addresses of Pods lead nowhere from most places.
const PATIENCE: Duration = Duration::from_secs(3);

/// A kubelet opens the stream to a Pod.
const FORWARD_PATIENCE: Duration = Duration::from_secs(15);

/// So many servers are asked at a time.
const AT_ONCE: usize = 16;

/// A server with its answer.
#[derive(Debug)]
pub(super) struct Asked {
    pub server: Server,
    /// It was asked through the API.
    pub is_forwarded: bool,
    pub shown: Result<Shown, NotAsked>,
}

impl Asked {
    /// Where it was asked.
    fn place(&self) -> String {
        match &self.server.address {
            Some(address) if !self.is_forwarded => address.clone(),
            _ => "through the API".to_owned(),
        }
    }

    /// For people.
    pub(super) fn answered(self) -> Answered {
        let (name, place) = (self.server.name(), self.place());
        let name = match (&self.shown, self.is_forwarded) {
            (Ok(_), true) => format!("{name} {place}"),
            (Ok(_), false) if name != place => format!("{name} at {place}"),
            _ => name,
        };
        let needs = |needs: Right| format!("; the account needs the right to {needs} (aggcert rbac --probe)");
        let why = |NotAsked { why, needs: right }| why + &right.map(needs).unwrap_or_default();
        Answered { name, server_name: self.server.server_name, shown: self.shown.map_err(why) }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct NotAsked {
    pub why: String,
    pub needs: Option<Right>,
}

/// Asks each of them, in their order.
pub(super) async fn ask_all(asker: &Asker, servers: Vec<Server>, proxy: Option<&Arc<ProxyClient>>) -> Vec<Asked> {
    let mut asked = Vec::with_capacity(servers.len());
    for part in servers.chunks(AT_ONCE) {
        let mut answers = JoinSet::new();
        for (at, server) in part.iter().enumerate() {
            let (client, server, proxy) = (asker.client.clone(), server.clone(), proxy.cloned());
            answers.spawn(async move { (at, ask(&client, server, proxy.as_deref()).await) });
        }
        let mut answered = Vec::with_capacity(part.len());
        while let Some(answer) = answers.join_next().await {
            (asker.progress)();
            answered.extend(answer);
        }
        answered.sort_by_key(|(at, _)| *at);
        asked.extend(answered.into_iter().map(|(_, asked)| asked));
    }
    asked
}

async fn ask(client: &kube::Client, server: Server, proxy: Option<&ProxyClient>) -> Asked {
    let address = server.address.clone().unwrap_or_default();
    let question = Question { address: &address, server_name: server.server_name.as_deref(), proxy };
    let mut failed = Vec::new();
    if server.address.is_some() {
        match ask_directly(&question, PATIENCE).await {
            Ok(shown) => return Asked { server, is_forwarded: false, shown: Ok(shown) },
            Err(error) => failed.push(directly(&error)),
        }
    } else {
        failed.push("it has no address that can be asked from here".to_owned());
    }
    let Some(pod) = &server.pod else {
        failed.push("it is no Pod that the API could lead to".to_owned());
        return Asked { server, is_forwarded: false, shown: Err(NotAsked { why: failed.join("; "), needs: None }) };
    };
    let shown = through_the_api(client, pod, &question).await.map_err(|NotAsked { why, needs }| {
        failed.push(format!("and through the API: {}", redact::text(&why)));
        NotAsked { why: failed.join("; "), needs }
    });
    Asked { server, is_forwarded: true, shown }
}

/// Without advice: there is another way.
fn directly(error: &ProbeError) -> String {
    match error {
        ProbeError::Unreachable { address, why } => format!("{address} cannot be reached from here ({why})"),
        other => other.to_string(),
    }
}

async fn through_the_api(client: &kube::Client, pod: &Pod, question: &Question<'_>) -> Result<Shown, NotAsked> {
    let failed = |why: String| NotAsked { why, needs: None };
    let mut forwarder = forward(client, pod).await?;
    let stream = forwarder.take_stream(pod.port).ok_or_else(|| failed("no stream was opened".to_owned()))?;
    let said = forwarder.take_error(pod.port);
    match ask_over(stream, question).await {
        Ok(shown) => Ok(shown),
        Err(error) => {
            // What the kubelet says is nearer to the cause: that nothing listens there.
            let said = match said {
                Some(said) => tokio::time::timeout(Duration::from_secs(1), said).await.ok().flatten(),
                None => None,
            };
            Err(failed(said.unwrap_or_else(|| error.to_string())))
        }
    }
}

async fn forward(client: &kube::Client, pod: &Pod) -> Result<Portforwarder, NotAsked> {
    let pods: Api<v1::Pod> = Api::namespaced(client.clone(), &pod.namespace);
    match tokio::time::timeout(FORWARD_PATIENCE, pods.portforward(&pod.name, &[pod.port])).await {
        Ok(Ok(forwarder)) => Ok(forwarder),
        Ok(Err(error)) => Err(refused(client, pod, &error).await),
        Err(_) => {
            Err(NotAsked { why: format!("no answer within {} seconds", FORWARD_PATIENCE.as_secs()), needs: None })
        }
    }
}

/// The answer to a WebSocket that is not opened has no text: the same request without one tells why.
async fn refused(client: &kube::Client, pod: &Pod, error: &kube::Error) -> NotAsked {
    let asker = Asker { client: client.clone(), progress: Box::new(|| ()) };
    let path = format!("/api/v1/namespaces/{}/pods/{}/portforward", encoded(&pod.namespace), encoded(&pod.name));
    let is_forbidden = matches!(
        error,
        kube::Error::UpgradeConnection(UpgradeConnectionError::ProtocolSwitch(status)) if status.as_u16() == 403
    );
    match asker.get_text(&format!("{path}?ports={}", pod.port)).await {
        Err(Refusal::Forbidden(why)) => {
            // The authorizer names the verb of the request; the later test for `create` names nothing.
            let is_get = why.contains("cannot get resource");
            let right = if is_get { questions::FORWARD } else { questions::FORWARD_CREATE };
            NotAsked { why, needs: Some(right) }
        }
        _ if is_forbidden => {
            NotAsked { why: "opening a WebSocket is forbidden".to_owned(), needs: Some(questions::FORWARD_CREATE) }
        }
        Err(Refusal::NotFound) => NotAsked { why: "the Pod, or its node, is gone".to_owned(), needs: None },
        Err(refusal) => NotAsked { why: refusal.why(), needs: None },
        Ok(_) => NotAsked { why: error.to_string(), needs: None },
    }
}

/// What a server showed, as an object of its own.
pub(super) fn object(asked: &Asked) -> Value {
    let Asked { server, shown, .. } = asked;
    let metadata = match &server.pod {
        Some(pod) => json!({"name": pod.name, "namespace": pod.namespace}),
        None => json!({"name": server.name()}),
    };
    let mut object = json!({
        "apiVersion": "aggcert/v1", "kind": "Handshake", "metadata": metadata,
        "server": if server.is_kube_apiserver { "kube-apiserver" } else { "extension" },
        "services": server.services,
    });
    match shown {
        Ok(shown) => {
            object["asked"] = asked.place().into();
            let blocks: Vec<String> =
                shown.chain.iter().map(|der| pem::encode(&pem::Pem::new("CERTIFICATE", der.as_slice()))).collect();
            object["certificates"] = blocks.concat().replace('\r', "").into();
            object["accepts"] = match &shown.accepted {
                Some(names) => names.iter().map(|der| accepted(der)).collect::<Vec<Value>>().into(),
                None => Value::Null,
            };
        }
        Err(NotAsked { why, needs }) => {
            object["notAsked"] = json!({ "why": why });
            if let Some(needs) = needs {
                object["notAsked"]["needs"] = needs.to_string().into();
            }
        }
    }
    object
}

/// The name of a CA: for people, and as it was sent.
fn accepted(der: &[u8]) -> Value {
    let name = Name::from_der(der).map_or_else(|_| String::new(), |name| name.to_string());
    json!({ "name": name, "der": STANDARD.encode(der) })
}
