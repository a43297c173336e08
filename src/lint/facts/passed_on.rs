//! What an extension API server makes of a request that kube-apiserver passes on: the model's answer, for
//! demonstrations.

use time::OffsetDateTime;

use crate::model::{
    AllowedNames, AnonymousRequests, Authentication, AuthenticatorKind, CertificateFile, Decision, FileState, Request,
    RequestHeaderConfig, Setup, TrustBundle, User, Verdict,
};
use crate::x509::{Certificate, CertificatePool};

/// Whose request it is.
const USERNAME: &str = "alice";
const GROUP: &str = "developers";
const CALL: &str = "alice (group developers) calls an aggregated API";
/// An extra of hers, as a header and as its key.
const EXTRA: (&str, &str) = ("X-Remote-Extra-Scopes", "scopes");

/// One sentence: alice calls an aggregated API, and the server behind it takes her for …
///
/// `None` when a file that decides it was not looked at.
pub(crate) fn demonstration(setup: &Setup, now: OffsetDateTime) -> Option<String> {
    let certificates = shown(setup)?;
    let server = if certificates.is_empty() {
        // Without a certificate no bundle is asked.
        authentication(Some(request_header(setup, CertificatePool::default())), None)
    } else {
        extension_server(setup)?
    };
    let decision = server.authenticate(&request(certificates), now);
    Some(format!("{CALL}: {}", answer(&decision)))
}

/// The same, where the server behind knows of no front proxy: who connects does not matter.
pub(crate) fn demonstration_without_front_proxy(setup: &Setup, now: OffsetDateTime) -> Option<String> {
    let decision = Authentication::of(setup).ok()?.authenticate(&request(Vec::new()), now);
    Some(format!("{CALL}: {}", answer(&decision)))
}

/// The same where the server behind says these words; else what it says when nothing else is wrong.
pub(crate) fn refusal(setup: &Setup, now: OffsetDateTime, words: &str) -> String {
    demonstration(setup, now)
        .filter(|text| text.contains(words))
        .unwrap_or_else(|| format!("{CALL}: if nothing else is wrong, the extension API server answers 401 ({words})"))
}

/// One sentence: whom an extension API server sees in the headers, were the proxy client accepted.
pub(crate) fn demonstration_of_headers(setup: &Setup) -> String {
    let answer = match request_header(setup, CertificatePool::default()).user_of(&request(Vec::new()).headers) {
        Ok(user) => format!("an extension API server that accepts the proxy client takes her for {}", described(&user)),
        Err(why) => format!("an extension API server that accepts the proxy client sees no user ({why})"),
    };
    format!("{CALL}: {answer}")
}

/// Who a client with this certificate, and without headers, is by the client bundle alone.
pub(crate) fn as_user(client: &CertificateFile, bundle: &TrustBundle, now: OffsetDateTime) -> Option<User> {
    let request = Request { certificates: client.sent(), headers: Vec::new() };
    let decision = authentication(None, Some(bundle)).authenticate(&request, now);
    decision.user.filter(|_| decision.authenticator == Some(AuthenticatorKind::X509))
}

/// The certificates that kube-apiserver shows; `None`: not known. It uses the pair only if both flags are given
/// (`staging/src/k8s.io/kube-aggregator/pkg/apiserver/apiserver.go`, `NewWithDelegate`).
fn shown(setup: &Setup) -> Option<Vec<Certificate>> {
    // Whose client comes to a reader of the ConfigMap is not in it.
    if setup.reads_config_map() {
        return None;
    }
    let is_half = [&setup.proxy_client.flag, &setup.proxy_client_key.flag]
        .into_iter()
        .any(|flag| !flag.is_path_given() && setup.options.fragment.is_none());
    match &setup.proxy_client.state {
        _ if is_half => Some(Vec::new()),
        FileState::Loaded(client) => Some(client.sent()),
        _ => None,
    }
}

/// The headers that the aggregator sets, whatever the flags say (`staging/src/k8s.io/client-go/transport/
/// round_trippers.go`, `SetAuthProxyHeaders`).
fn request(certificates: Vec<Certificate>) -> Request {
    let headers = [("X-Remote-User", USERNAME), ("X-Remote-Group", GROUP), (EXTRA.0, "view")];
    Request {
        certificates,
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    }
}

/// The authenticators of an extension API server that reads what this server publishes.
fn extension_server(setup: &Setup) -> Option<Authentication> {
    let request_header = request_header(setup, setup.requestheader_client_ca.loaded()?.pool().clone());
    Some(authentication(Some(request_header), setup.client_ca.loaded()))
}

fn request_header(setup: &Setup, client_ca: CertificatePool) -> RequestHeaderConfig {
    RequestHeaderConfig::presumed(setup, client_ca, AllowedNames::Any)
}

/// Anonymous requests are let in (`staging/src/k8s.io/apiserver/pkg/server/options/authentication.go`,
/// `NewDelegatingAuthenticationOptions`); the credential's id is left out, because nothing here turns on it.
fn authentication(request_header: Option<RequestHeaderConfig>, client_ca: Option<&TrustBundle>) -> Authentication {
    Authentication {
        request_header,
        client_ca: client_ca.map(TrustBundle::pool).cloned(),
        anonymous: AnonymousRequests::Allowed,
        uid_from_certificate: true,
        credential_id: false,
    }
}

/// What the server behind answers.
fn answer(decision: &Decision) -> String {
    let refusal = decision.steps.iter().find_map(|step| match &step.verdict {
        Verdict::Refused(why) if step.authenticator == AuthenticatorKind::RequestHeader => Some(why.as_str()),
        _ => None,
    });
    let because = refusal.map(|why| format!(" ({why})")).unwrap_or_default();
    match &decision.user {
        None if decision.handshake_failure.is_some() => {
            let why = decision.handshake_failure.as_deref().unwrap_or_default();
            format!("the extension API server ends the TLS handshake ({why})")
        }
        None => format!("the extension API server answers 401{because}"),
        Some(user) => format!("the extension API server takes her for {}{because}", described(user)),
    }
}

/// `user alice, groups developers and system:authenticated, extra scopes`.
pub(crate) fn described(user: &User) -> String {
    let mut text = format!("user {}", user.username);
    match user.groups.as_slice() {
        [] => {}
        [group] => text += &format!(", group {group}"),
        groups => text += &format!(", groups {}", super::wording::list(groups, "and")),
    }
    let extra: Vec<String> = user.extra.keys().map(|key| format!("{key:?}")).collect();
    if extra.is_empty() { text } else { format!("{text}, extra {}", super::wording::list(&extra, "and")) }
}
