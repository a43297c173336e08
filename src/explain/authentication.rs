//! `Unable to authenticate the request`: which authenticator refused the client, and why.
//!
//! The authenticators run in a fixed order (`pkg/kubeapiserver/authenticator/config.go`, `Config.New`): request header,
//! X.509, tokens. Each that refuses adds its reason, so the place in the list tells whose it is. X.509 puts
//! `verifying certificate SN=… failed` before its own
//! (`staging/src/k8s.io/apiserver/pkg/authentication/request/x509/x509.go`, `Authenticator.AuthenticateRequest`); older
//! versions did not.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern::{compile, identities_of_others};
use super::reason::{self, Reason};
use super::{About, Explanation, Found, Role, commands};

pub(super) const MARK: &str = "Unable to authenticate the request";

/// What stands between the message and the reasons: klog's text, klog's structure, JSON, or a colon of another logger's.
static REASONS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r#"^(?:(?P<unstructured> due to (?:an )?error:)|(?: due to an error)?[" ,]*(?:err|error)["=: ]+|\s*\{[^\n]{0,300}?"error": ?"|: )\s*(?P<list>\[)?(?P<reasons>.+)"#,
    )
});

/// Where the next reason of a list begins.
static BOUNDARY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r"[,;] (?:x509: |verifying certificate |tls: |invalid bearer token|service account token|oidc: |Post |Get |context |unexpected |dial |no (?:kind|such)|go-jose|square/go-jose|token |\[invalid|illegal base64|Token has|Internal error occurred: )",
    )
});

const X509_PREFIX: &str = "verifying certificate ";

/// Who says so and has no request header authenticator: a kubelet (pkg/kubelet/server, whose line alone is `due to an error` and
/// structured), and kube-rbac-proxy (proxy.go, later auth.go).
static OF_OTHERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r#"(?i)kubelet\b[^\n]*Unable to auth|kube-rbac-proxy[^\n]*Unable to auth|\b(?:proxy|auth|server)\.go:\d+\] ["\\]*Unable to auth|the request due to an error["\\]+ err="#,
    )
});

/// Of the X.509 authenticator, behind a certificate that verified (`CommonNameUserConversion`).
const NO_USER: [&str; 3] =
    ["expected 1 UID, but found multiple", "UID cannot be an empty string", "unable to parse UID into a string"];

/// The words with which a list of reasons begins that was taken out of its line.
const TOKEN_MARK: &str = "invalid bearer token, ";

/// The reasons of a record.
struct Reasons<'a> {
    start: usize,
    text: &'a str,
    /// In klog's text and not its structure.
    is_old: bool,
    /// Whether the line ends before their list does.
    is_cut: bool,
}

impl<'a> Reasons<'a> {
    fn of(record: &'a str) -> Option<Self> {
        let Some(start) = record.find(MARK) else {
            let start = record.find(TOKEN_MARK)?;
            let (text, _) = end(record.get(start..)?);
            return Some(Self { start, text, is_old: false, is_cut: false });
        };
        let captures = REASONS.as_ref()?.captures(record.get(start + MARK.len()..)?)?;
        let (text, is_closed) = end(captures.name("reasons").map_or("", |group| group.as_str()));
        let is_cut = captures.name("list").is_some() && !is_closed;
        Some(Self { start, text, is_old: captures.name("unstructured").is_some(), is_cut })
    }
}

/// The line with its reasons, when it is such a line.
pub(super) fn find(record: &str) -> Vec<Found> {
    let Some(Reasons { start, text, is_old, is_cut }) = Reasons::of(record) else { return Vec::new() };
    let mut reasons = split(text);
    // Whose account may not ask about tokens is told by who forbids it (`messages::rights`).
    if reasons.iter().any(|reason| reason.contains("tokenreviews") && reason.contains(" is forbidden: ")) {
        return Vec::new();
    }
    // A client whose certificate was taken, and whose name makes no user (`start_up::MESSAGES`).
    if NO_USER.iter().any(|words| text.contains(words)) {
        return Vec::new();
    }
    let is_of_others = OF_OTHERS.as_ref().is_some_and(|others| others.is_match(record));
    let stump = reasons.pop_if(|reason| is_stump(reason));
    let explanation = match stump {
        Some(stump) if !reasons.iter().any(|reason| is_of_certificate(reason)) => Some(cut_off(stump, is_of_others)),
        _ => Refusals::of(&reasons, is_old, is_cut || stump.is_some())
            .and_then(|refusals| refusals.explain(&reasons, is_of_others)),
    };
    let explanation = explanation.map(|found| if record.contains(MARK) { found } else { told_by_another(found, text) });
    explanation.map(|explanation| (start..record.len(), explanation)).into_iter().collect()
}

/// Whether a reason ends before it tells one fault from another.
fn is_stump(reason: &str) -> bool {
    let is_unnamed = || reason.contains("subject with cn=") && !reason.contains(" is ");
    let is_unfinished = || reason.starts_with(X509_PREFIX) && !reason.contains("failed: ");
    is_of_certificate(reason)
        && (is_unfinished() || is_unnamed() || known(reason).is_none() && reason::begun(reason).is_some())
}

/// A refusal whose reason was cut off.
fn cut_off(stump: &str, is_of_others: bool) -> Explanation {
    let lead = if is_of_others {
        "This is not the front proxy: a kubelet or kube-rbac-proxy refused a client's certificate"
    } else {
        "A client showed a certificate and was answered 401"
    };
    Explanation {
        recognised: format!("{MARK}: {stump}"),
        printed_by: if is_of_others { PRINTED_BY_OTHERS } else { PRINTED_BY }.to_owned(),
        about: if is_of_others { About::SomethingElse } else { About::NotTold },
        meaning: format!(
            "{lead}, and the line was cut off in the middle of the reason (`{stump}`). The rest of it tells what is wrong, and which certificates to look at: \
             give the whole line. Nothing is to be issued anew before."
        ),
        rules: Vec::new(),
        next: Vec::new(),
        count: 1,
        values: Vec::new(),
        role: Role::Stump,
    }
}

/// The same in the mouth of a program that asked kube-apiserver whose token it was shown (TokenReview), such as Vault.
fn told_by_another(found: Explanation, reasons: &str) -> Explanation {
    let printed_by = "a program that was told so by kube-apiserver, which it asked about a token (TokenReview), or kube-apiserver itself";
    Explanation { recognised: reasons.to_owned(), printed_by: printed_by.to_owned(), ..found }
}

/// The reasons without what a logger puts behind them, `]" logger="UnhandledError"`, `]","stream":"stderr"}`, and whether
/// the bracket of their list was there.
fn end(text: &str) -> (&str, bool) {
    // A bracket is the list's, or that of the allowed names.
    let place = |mark: &&str| text.find(*mark).map(|place| place + usize::from(mark.starts_with(']')));
    let behind = ["]\"", "] \"", "\",\"", "\" logger=", "\"}"].iter().filter_map(place).min();
    let text = text.get(..behind.unwrap_or(text.len())).unwrap_or(text).trim_end_matches(['"', ' ', '}', ',']);
    let is_closed = text.matches(']').count() > text.matches('[').count();
    (text.strip_suffix(']').filter(|_| is_closed).unwrap_or(text), is_closed)
}

/// The reasons, one each, of a text that ends with them.
fn split(text: &str) -> Vec<&str> {
    let mut reasons = Vec::new();
    let mut from = 0;
    for found in BOUNDARY.iter().flat_map(|boundary| boundary.find_iter(text)) {
        reasons.push(text.get(from..found.start()).unwrap_or_default());
        from = found.start() + 2;
    }
    reasons.push(text.get(from..).unwrap_or_default());
    reasons
}

/// What a token webhook, or the network, adds to the reasons.
static ELSEWHERE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r#"(?:Post|Get) "?https?://|context (?:canceled|deadline exceeded)|dial tcp|http2: |EOF|i/o timeout|webhook|the server (?:could not|is currently|has asked|was unable|rejected)"#,
    )
});

/// Who refused what.
struct Refusals<'a> {
    request_header: Option<&'a str>,
    x509: Option<&'a str>,
    /// Either's, or both's.
    untold: Option<&'a str>,
    /// Whether there were more.
    is_cut: bool,
}

impl<'a> Refusals<'a> {
    /// `None`: there is no reason, or the half of one.
    ///
    /// A lone reason without X.509's prefix is the request header authenticator's, for X.509 has it since 1.20. Before, both
    /// said the same words, and at last equal reasons were printed once (apimachinery, `aggregate.Error`); the log was not
    /// structured then (`is_old`).
    fn of(reasons: &[&'a str], is_old: bool, is_cut: bool) -> Option<Self> {
        let certificates: Vec<&str> = reasons.iter().copied().filter(|reason| is_of_certificate(reason)).collect();
        let (request_header, x509, untold) = match certificates.as_slice() {
            [] if reasons.iter().any(|reason| reason.len() > SHORTEST_REASON && !X509_PREFIX.starts_with(reason)) => {
                (None, None, None)
            }
            [] => return None,
            [only] if only.starts_with(X509_PREFIX) => (None, Some(*only), None),
            [only] if is_old && is_after_chain(only) => (None, Some(*only), None),
            [only] if is_old && !is_cut && !is_of_name(only) => (None, None, Some(*only)),
            [only] => (Some(*only), None, None),
            [first, second, ..] => (Some(*first), Some(*second), None),
        };
        Some(Self { request_header, x509, untold, is_cut })
    }

    /// `None`: the reasons are none that are known here.
    fn explain(&self, reasons: &[&str], is_of_others: bool) -> Option<Explanation> {
        // Dates are looked at before a chain is (crypto/x509, Certificate.isValid): any client's tell nothing of its CA.
        let is_of_dates =
            |reasons: &[&str]| reasons.iter().all(|reason| reason.contains("expired") || reason.is_empty());
        let about = |reasons: &[&str]| if is_of_dates(reasons) { About::NotTold } else { About::FrontProxy };
        let is_of_any_certificate = self.request_header.or(self.x509).or(self.untold).is_some();
        let (about, meaning, rules) = match (self.request_header.or(self.untold), self.x509) {
            (None, None) => match if is_of_others { of_others(reasons) } else { no_certificate(reasons) } {
                Some(meaning) => (About::SomethingElse, meaning, Vec::new()),
                None => (About::NotTold, NOT_KNOWN.replace("{why}", &reasons.join(", ")), Vec::new()),
            },
            (Some(why), _) | (None, Some(why)) if is_of_others => {
                (About::SomethingElse, OTHERS.replace("{why}", &fault(why)), Vec::new())
            }
            (None, Some(x509)) if is_after_chain(x509) => {
                (About::SomethingElse, ORDINARY.replace("{why}", &fault(x509)), vec!["ca-reused"])
            }
            (None, Some(x509)) => (about(&[x509]), passed_on(x509), passed_on_rules(x509)),
            (Some(why), _) if self.untold.is_some() => (
                About::NotTold,
                UNTOLD.replace("{why}", &fault(why)).replace("{remedy}", remedy(why)),
                rules(why, UNTRUSTED),
            ),
            (Some(request_header), x509) => (
                if x509.is_some_and(|x509| has_issuer(x509) && !has_issuer(request_header)) {
                    About::NotTold
                } else {
                    about(&[request_header, x509.unwrap_or_default()])
                },
                refused(request_header, x509, self.is_cut),
                if is_serving(request_header, x509) { OF_USAGE.to_vec() } else { rules(request_header, UNTRUSTED) },
            ),
        };
        let is_known = |reason: &&str| is_understood(reason) || !is_of_any_certificate;
        let known: Vec<&str> = reasons.iter().copied().filter(is_known).collect();
        let certificate = is_of_any_certificate && about != About::SomethingElse;
        Some(Explanation {
            recognised: format!("{MARK}: {}", known.join(", ")),
            printed_by: if is_of_others { PRINTED_BY_OTHERS } else { PRINTED_BY }.to_owned(),
            about,
            meaning,
            rules,
            next: if certificate { NEXT.iter().map(|command| (*command).to_owned()).collect() } else { Vec::new() },
            count: 1,
            values: Vec::new(),
            role: Role::Plain,
        })
    }
}

pub(super) const PRINTED_BY: &str =
    "kube-apiserver or an extension API server, with an answer 401 (k8s.io/apiserver, filters.withAuthentication)";

const PRINTED_BY_OTHERS: &str = "a kubelet or kube-rbac-proxy, with an answer 401";

/// Where nothing else is known of a certificate that was not accepted.
const UNTRUSTED: &[&str] = &["proxy-client-untrusted", "configmap-drift", "node-drift"];

/// Of a certificate of the client CA that is none for clients.
const OF_USAGE: &[&str] = &["proxy-client-is-serving-certificate", "proxy-client-usage", "proxy-client-untrusted"];

/// Of old servers, whose words are the same whoever refused.
const UNTOLD: &str = "A client showed a certificate and was answered 401, and the one reason that the line holds is: {why}. Servers of that time do not tell \
    whose it is: the request header authenticator's, which verifies against the requestheader CA, the X.509 authenticator's \
    (--client-ca-file), or both's. If the client is kube-apiserver with its proxy client: {remedy} If it is an ordinary client, its own \
    certificate is the one to look at, and the front proxy is not the cause.";

const TOKEN: &str = "This is not the front proxy and no certificate: a client showed a bearer token that nobody takes. A \
    service account's token has expired or is of another cluster or a deleted account, a user's token of an identity \
    provider has run out, or the clocks of two machines differ. The user agent or address of the client tells which it is (kube-apiserver's audit log has both).";

/// Of a WebSocket, where a browser can send no header (k8s.io/apiserver, websocket.ProtocolAuthenticator).
const WEBSOCKET: &str = "This is not the front proxy and no certificate: a web client gives its token as a protocol of a WebSocket, and did so in a \
    way that the server does not take: {why}. That is a fault of the client, such as a dashboard.";

/// `errAuthnCrash` (k8s.io/apiserver, authentication/token/cache).
const CRASH_MARK: &str = "authentication failed unexpectedly";

const CRASH: &str = "This is not the front proxy and no certificate: a client showed a bearer token, and what judges tokens in this server broke off \
    (a panic). That is a fault of the server's program, or of what it was built with; its log has the panic with the place in the code.";

const NOT_KNOWN: &str = "A request was answered with 401, and the reason that the line gives is none that aggcert knows: `{why}`. Of the request header and \
    the X.509 authenticator each reason begins with `x509:` or `verifying certificate`, so nothing in it shows that a certificate was refused; \
    what is around the line, and who sent the request (user agent and address in the audit log), tell more.";

/// A clock.
const TOO_EARLY: &str = "This is not the front proxy and no certificate: a client showed a bearer token that is not valid yet ({why}). Two clocks differ: \
    that of the server which made the token, another kube-apiserver or an identity provider, is ahead, or this server's is behind.";

/// A key.
const SIGNATURE: &str = "This is not the front proxy and no certificate: a client showed a bearer token whose signature no key of this server verifies ({why}). \
    It is of another cluster, or the key that signs the tokens of service accounts was replaced, or differs between the control-plane nodes \
    (--service-account-signing-key-file, and --service-account-key-file, which must hold the old one too while its tokens are in use).";

const WEBHOOK: &str = "This is not the front proxy: a client showed a bearer token, and whoever was to judge it did not answer (the network) or \
    was not believed ({why}): the token webhook of --authentication-token-webhook-config-file, an identity provider, or \
    kube-apiserver itself where an extension API server asks it. `context canceled` means that the client went away first.";

/// An API server's own certificate, where it is asked whose token it is.
const SERVING: &str = "This is not the front proxy: a client showed a bearer token, and the server that took it, as the TLS client, refused \
    the *serving* certificate of kube-apiserver when it asked whose token it is ({why}). What it trusts is its service account's \
    ca.crt or its kubeconfig; the certificate must name the address that it calls.";

/// An identity provider's.
const OIDC: &str = "This is not the front proxy: a user showed a token of an identity provider, and the OpenID Connect authenticator of kube-apiserver \
    (--oidc-*, or the AuthenticationConfiguration) did not take it: {why}. What is named there is to be changed in the token, at the provider or \
    in these flags.";

/// No identity provider was reached yet.
const NOT_INITIALIZED: &str = "This is not the front proxy: a user showed a token of an identity provider, and kube-apiserver cannot judge it, because it has \
    not read the provider's keys yet (--oidc-issuer-url, /.well-known/openid-configuration). Its log says why, at `oidc authenticator: \
    initializing plugin`: the address, DNS, the network, or --oidc-ca-file.";

/// Whoever judges tokens was not believed itself.
const JUDGE: &str = "This is not the front proxy, and no certificate of a client: the request came with a bearer token, and the server that took it refused \
    the *serving* certificate of whom it asks about tokens, an identity provider (--oidc-ca-file) or a token webhook (its kubeconfig): {why}.";

/// What stands shorter than this is the half of a reason.
const SHORTEST_REASON: usize = 8;

/// Why nobody took the client, where no reason is about a certificate that it showed.
///
/// `None`: no reason is a known one.
fn no_certificate(reasons: &[&str]) -> Option<String> {
    let with = |wanted: &dyn Fn(&str) -> bool| reasons.iter().copied().find(|reason| wanted(reason));
    let of_serving = |reason: &str| reason.contains("tokenreviews") && reason.contains("x509: ");
    let is_too_early = |reason: &str| reason.contains("not valid yet") || reason.contains("before issued");
    if let Some(why) = with(&of_serving) {
        return Some(SERVING.replace("{why}", why));
    }
    if let Some(why) = with(&|reason| reason.contains("x509: ")) {
        let why = why.trim_start_matches("invalid bearer token").trim_start_matches([',', ' ', '[']);
        return Some(JUDGE.replace("{why}", why));
    }
    if with(&|reason| reason.contains(CRASH_MARK)).is_some() {
        return Some(CRASH.to_owned());
    }
    let is_of_websocket =
        |reason: &str| reason.contains("base64.bearer.authorization") || reason.contains("additional subprotocol");
    if let Some(why) = with(&is_of_websocket) {
        return Some(WEBSOCKET.replace("{why}", why));
    }
    if let Some(why) = with(&|reason| reason.contains("cryptographic primitive")) {
        return Some(SIGNATURE.replace("{why}", why));
    }
    if let Some(why) = with(&is_too_early) {
        return Some(TOO_EARLY.replace("{why}", why));
    }
    if let Some(why) = with(&|reason| reason.starts_with("oidc: ") && !is_from_elsewhere(reason)) {
        let is_ready = !why.contains("authenticator not initialized");
        return Some(if is_ready { OIDC.replace("{why}", why) } else { NOT_INITIALIZED.to_owned() });
    }
    let elsewhere = with(&is_from_elsewhere).map(|why| WEBHOOK.replace("{why}", why));
    elsewhere.or_else(|| with(&is_of_token).map(|_| TOKEN.to_owned()))
}

const NEXT: &[&str] = &[
    commands::SAVE_CONFIG_MAP,
    "aggcert check config-map.yaml",
    "aggcert whoami --extension config-map.yaml --client-cert /etc/kubernetes/pki/front-proxy-client.crt --header 'X-Remote-User: alice'",
];

/// Of old servers, where one reason stands for two equal ones.
const ORDINARY: &str = "A client showed a certificate and was answered 401: {why}. That is judged only when a chain to a trusted CA was found, and the \
    request header authenticator, whose CA is to be another one, would have told that it found none. So it is an ordinary client's certificate of \
    --client-ca-file, and this server has no --requestheader-client-ca-file, or, in old servers, the same CA for both.";

/// Of these, where kube-apiserver did not answer.
const ASKED: &str = "This is not the front proxy and no certificate of a client: a kubelet or kube-rbac-proxy was shown a bearer token, asked kube-apiserver whose it is \
    (TokenReview), and got no answer that it could use ({why}). With `dial tcp`, a time-out or EOF it is the network between the two, or a \
    kube-apiserver that does not run; with `forbidden` its account lacks the ClusterRole system:auth-delegator.";

/// Of servers without a request header authenticator.
const OTHERS: &str = "This is not the front proxy: a kubelet or kube-rbac-proxy, which know no front proxy, refused a client's certificate: {why}. What it \
    is verified by is that server's own client CA (authentication.x509.clientCAFile of the kubelet, --client-ca-file of \
    kube-rbac-proxy), and the client is kube-apiserver with --kubelet-client-certificate, metrics-server or Prometheus.";

/// What a kubelet or kube-rbac-proxy says of a client without a certificate: both ask kube-apiserver about tokens.
///
/// `None`: no reason is a known one.
fn of_others(reasons: &[&str]) -> Option<String> {
    let elsewhere = reasons.iter().find(|reason| is_from_elsewhere(reason) && !reason.contains("x509: "));
    let asked = elsewhere.map(|why| ASKED.replace("{why}", why));
    asked.or_else(|| no_certificate(reasons))
}

/// Whether a chain was found before the certificate was refused (crypto/x509, `Certificate.Verify`).
fn is_after_chain(reason: &str) -> bool {
    ["incompatible key usage", "extended key usage", "not authorized to sign for this name"]
        .iter()
        .any(|words| reason.contains(words))
}

/// Whether the certificate's issuer is called as a CA that is trusted there (crypto/x509, `UnknownAuthorityError.Error`). Where only
/// --client-ca-file has that name, most clients with such a certificate are ordinary ones.
fn has_issuer(reason: &str) -> bool {
    reason.contains("candidate authority certificate")
}

fn is_of_certificate(reason: &str) -> bool {
    reason.starts_with("x509:") || reason.starts_with(X509_PREFIX) || reason.starts_with("tls:")
}

/// The request header authenticator's, older and newer (`Verifier.verifySubject`).
fn is_of_name(reason: &str) -> bool {
    reason.contains("subject with cn=")
        && (reason.contains("is not in the allowed list") || reason.contains("is not allowed"))
}

fn is_from_elsewhere(reason: &str) -> bool {
    ELSEWHERE.as_ref().is_some_and(|pattern| pattern.is_match(reason))
}

fn is_of_token(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    ["bearer", "token", "oidc", "jose", "base64", "jwt", "serviceaccount", "service account"]
        .iter()
        .any(|word| reason.contains(word))
}

/// Whether a reason is one of the known ones, and not the half of one.
fn is_understood(reason: &str) -> bool {
    let is_known = is_of_name(reason) || reason::fault_in(reason).is_some();
    is_of_token(reason) || is_from_elsewhere(reason) || is_known && is_of_certificate(reason)
}

/// What is wrong, in words; the reason itself where it is in no table.
fn fault(reason: &str) -> String {
    if is_of_name(reason) {
        let (_, rest) = reason.split_once("cn=").unwrap_or_default();
        let (name, rest) = rest.split_once(" is not ").unwrap_or((rest, ""));
        let list = rest.trim_start_matches("in the allowed list").trim_start_matches("allowed");
        let list = list.trim_start_matches([':', ' ']).trim_end_matches('"');
        return format!(
            "its common name `{name}` is none of --requestheader-allowed-names{}",
            if list.is_empty() { String::new() } else { format!(" ({list})") }
        );
    }
    known(reason).map_or_else(|| format!("`{reason}`"), |(_, fault)| reason::lower_first(&fault))
}

/// A reason of the table, and what is wrong in its words; of one that was cut off, where no other begins so.
fn known(reason: &str) -> Option<(&'static Reason, String)> {
    let begun = || reason::begun(reason).flatten().map(|reason| (reason, reason.fault.to_owned()));
    reason::fault_in(reason).or_else(begun)
}

fn rules(reason: &str, fallback: &[&'static str]) -> Vec<&'static str> {
    if is_of_name(reason) {
        return vec!["proxy-client-name-not-allowed", "ca-reused", "allowed-names-whitespace"];
    }
    match known(reason) {
        Some((known, _)) => known.client_rules.to_vec(),
        None => fallback.to_vec(),
    }
}

/// Whether a chain was found to a client CA alone, and the certificate is not for clients.
fn is_serving(request_header: &str, x509: Option<&str>) -> bool {
    request_header.contains("unknown authority") && x509.is_some_and(|x509| x509.contains("key usage"))
}

/// The request header authenticator refused, and X.509 too or not.
fn refused(request_header: &str, x509: Option<&str>, is_cut: bool) -> String {
    let first = format!(
        "A client showed a certificate and was answered 401. The first reason is the request header authenticator's, which \
         verifies against the requestheader CA: {}.",
        fault(request_header)
    );
    let (then, ordinary) = match x509 {
        Some(x509) if fault(x509) == fault(request_header) => (
            "The X.509 authenticator (--client-ca-file) refused it for the same reason.".to_owned(),
            "the second is, and the first is no fault",
        ),
        Some(x509) => (
            format!("The X.509 authenticator (--client-ca-file) refused it too: {}.", fault(x509)),
            "the second is, and the first is no fault",
        ),
        None if is_cut => {
            ("What the other authenticators said was cut off.".to_owned(), "what was cut off is the one to look at")
        }
        None if is_of_name(request_header) => {
            ("No other authenticator took it.".to_owned(), "the requestheader CA should not have issued it")
        }
        None => (
            "The X.509 authenticator gave none (its reasons begin with `verifying certificate`): the server has no \
             --client-ca-file, or it took the certificate and the request failed otherwise."
                .to_owned(),
            "the server has no CA that it is to know it by",
        ),
    };
    if is_serving(request_header, x509) {
        return format!("{first} {then} {SERVING_AS_CLIENT}");
    }
    format!(
        "{first} {then} If the client is kube-apiserver with its proxy client, the first reason is the one to fix: {} If it is an \
         ordinary client, {ordinary}.",
        remedy(request_header)
    )
}

/// Two reasons that tell something together: the second is judged only where a chain was found.
const SERVING_AS_CLIENT: &str = "The two together tell what it is: a certificate of a CA in --client-ca-file, and none for clients, most often a *serving* \
    certificate that is shown as a client's. If the client is kube-apiserver, --proxy-client-cert-file names the wrong certificate altogether: give it \
    one of the front-proxy CA with clientAuth; to trust another CA would only change the words. If it is another client, it has a serving \
    certificate.";

static IDENTITIES_OF_OTHERS: LazyLock<Option<Regex>> =
    LazyLock::new(|| compile(concat!(r"\bwith cn=", identities_of_others!(), " is not ")));

/// What to do where the client is kube-apiserver.
fn remedy(reason: &str) -> &'static str {
    if is_of_name(reason) && IDENTITIES_OF_OTHERS.as_ref().is_some_and(|names| names.is_match(reason)) {
        "that is the name of a component of Kubernetes or of an administrator, which must never be among the allowed names: make a proxy client of its own, with a CA of its own (`aggcert init`)."
    } else if is_of_name(reason) {
        "the server that logged this, or the ConfigMap that it reads, allows other names than this certificate has."
    } else if reason.contains(" is before ") {
        "set the clocks, or wait until the proxy client is valid."
    } else if reason.contains("expired") {
        "renew the proxy client, or the CA above it (`aggcert renew`, `kubeadm certs renew front-proxy-client`)."
    } else if reason.contains("unknown authority") {
        "the server that logged this, or the ConfigMap that it reads, has another front-proxy CA than this certificate needs."
    } else {
        "issue the proxy client, or its CA, anew without that fault."
    }
}

/// The request header authenticator had no opinion, and X.509 refused.
fn passed_on(x509: &str) -> String {
    format!(
        "A client showed a certificate and was answered 401. The only reason is the X.509 authenticator's: {}. The request \
         header authenticator passed the request on, so for a request that kube-apiserver proxied there was no X-Remote-User \
         header (the user's name is empty, for example after an identity mapping without one), or the server that logged \
         this has no requestheader CA loaded that the proxy client verifies against.{} If the client is an ordinary one, its own \
         certificate is the one to look at, and the front proxy is not the cause.",
        fault(x509),
        // Dates are looked at before a chain is.
        if x509.contains("expired") { " A leaf that has ended would have been refused by both." } else { "" }
    )
}

fn passed_on_rules(x509: &str) -> Vec<&'static str> {
    let mut rules = rules(x509, &["proxy-client-untrusted"]);
    rules.extend(["requestheader-ca-missing", "requestheader-headers-missing"]);
    rules
}
