//! What kube-apiserver says when it cannot use an extension API server: in the condition of an APIService, in its log, in
//! what it answers.

use super::pattern::{Pattern, aggregators_user, api_service, bad_answer, discovered};
use super::{About, Explanation, Found, Role, commands, reason, subject};
use crate::kubernetes::availability::{Cause, Flaw, Obstacle};

/// Where it begins to say it; what follows is the condition's message, or what it is made of.
const BEGINNING: &str = concat!(
    bad_answer!(),
    r"|Error: '[^\n]{1,400}?'\s{0,4}Trying to reach: 'https?://[^'\s]*/apis/[a-z0-9-]+\.",
    r"|timed out waiting for https://[^\s/]+/apis/[a-z0-9-]+\.|\b",
    api_service!(),
    r" failed with: (?:Get |timed out|dial |unable to load root)",
    r#"|loading OpenAPI spec for \S+ ?\S* failed with: |[Ee]rror updating APIService \S+ with err: |failed to download "#,
    api_service!(),
    // An archive is called so too, and has another reason behind it.
    r#": (?:failed to retr|resource not|OpenAPI|ResponseCode|Error, could)|DiscoveryManager: Failed to download discovery for \S+:\d+: |(?i:error trying to reach service:? )"#,
    r#"|endpoints(?:lices)? for service/\S+ in \S+ have no addresses|cannot find endpoint(?:slice)?s for service/"#,
    r#"|"#,
    api_service!(),
    r#"\s[^\n]{0,120}False[^\n]{0,60}service/\S+ (?:is )?not (?:found|present)|service/\S+ in \S+ (?:is not present|is not listening on port|cannot be checked due to)"#,
    // The question of the availability check; clients of other servers ask for more, or with parameters.
    r#"|Get [\\"]*https://[a-z0-9.-]+\.svc(?::\d+)?/apis/[a-z0-9-]+\.[a-z0-9.-]+/v\d\w*[\\"]*:"#,
    r#"|error resolving [a-z0-9-]+/[a-z0-9.-]+: (?:no |cannot |unsupported |(?:services?|endpoint(?:slice)?s?) [\\"])"#,
    r#"|service \S+/\S+ returned non-success response code: |failed to download legacy discovery for "#,
    r"|changing APIService availability",
    r"|(?:failed to retrieve openAPI spec, http error: )?ResponseCode: \d{3}, Body: ",
    r"|handler_proxy\.go:\d+\] unable to load root certificates",
);

pub(super) const PRINTED_BY: &str =
    "kube-apiserver's aggregator, when it calls an extension API server (also the APIService's condition)";

/// Of the condition's reason alone.
pub(super) const OF_CONDITION: &str = "the APIService's condition Available";

/// A condition without its message: `kubectl get apiservices`, or a part of a description.
const REASON: &str = concat!(
    r"(?:(?P<name>",
    api_service!(),
    r")\s+(?P<service>[a-z0-9-]+/[a-z0-9.-]+)\s+)?(?:False \(|[Rr]eason: *)(?P<reason>[A-Z]\w+)|(?P<named>\b",
    api_service!(),
    r")[^\n]{1,60}?\b(?P<alone>MissingEndpoints|EndpointsNotFound|ServiceNotFound|ServicePortError|ServiceAccessError|EndpointsAccessError)\b"
);

pub(super) const PATTERNS: [&str; 2] = [BEGINNING, REASON];

static OF_MESSAGE: Pattern = Pattern::new(BEGINNING);
static OF_REASON: Pattern = Pattern::new(REASON);

/// Before what the extension API server was itself answered, which is not what it answered (responsewriters.InternalError).
const OF_ITS_OWN: &str = "ResponseCode: 500, Body: Internal Server Error: ";

/// What kube-apiserver itself says where it could ask nobody (handler_proxy.go), or what was said of the user in whose name it asks.
static OF_KUBE_APISERVER: Pattern = Pattern::new(concat!(
    r#"Body: (?:tls: |missing user)|User [\\"]{1,8}"#,
    aggregators_user!(),
    r#"[\\"]{1,8} cannot "#
));

/// The end of the message: what else stands in the record says nothing about it.
const LONGEST_MESSAGE: usize = 2000;

pub(super) fn find(record: &str) -> Option<Found> {
    let start = OF_MESSAGE.find(record);
    let Some(start) = start else { return of_reason(record) };
    let message = record.get(start.start()..).unwrap_or_default();
    let message = message.get(..crate::text::floor_char_boundary(message, LONGEST_MESSAGE)).unwrap_or(message);
    let is_of_client = start.as_str().contains("://kubernetes.default.");
    if is_of_client || message.contains(OF_ITS_OWN) || OF_KUBE_APISERVER.is_match(message) {
        return None;
    }
    // What the quotes hold was said of the extension server; a status behind them is only that of the answer to the client.
    let told = if start.as_str().starts_with("Error: '") { start.as_str() } else { message };
    // It says so where nobody answered: the status before it is its own.
    let told = told.find("reach service: ").and_then(|at| told.get(at..)).unwrap_or(told);
    if told.contains("header field value for") {
        return None;
    }
    let cause = of_status_before(record, start.start(), message).or_else(|| Cause::of_message(told))?;
    let shown = start.start()..start.start() + end(message, cause);
    // What stands in the body of the answer is no second message.
    let range = if message.contains(" Body: ") { start.start()..start.start() + message.len() } else { shown.clone() };
    let mut meaning = format!("{} {}", cause.sentence, cause.remedy);
    let fault = reason::fault_in(message).filter(|_| matches!(cause.obstacle, Obstacle::ServingCertificate(_)));
    if let Some((_, fault)) = fault {
        meaning += &format!(" What was wrong: {}.", reason::lower_first(&fault));
    }
    let recognised = record.get(shown).unwrap_or_default().to_owned();
    let mut said = explanation(recognised, cause, meaning);
    said.next.extend(Service::of(record).filter(|_| cause.obstacle == Obstacle::NoEndpoints).map(Service::show));
    if names_no_api(record, start.as_str()) && matches!(cause.obstacle, Obstacle::NotAccepted | Obstacle::Forbidden) {
        said.about = About::NotTold;
        said.meaning = format!(
            "kube-apiserver was to pass a request on, and the line does not tell to whom. Where that was a Service, a Pod or a node (their `proxy`), it shows no \
             client certificate, and whoever answered wants one. Where it was an aggregated API: {}",
            reason::lower_first(&said.meaning)
        );
    }
    if said.about == About::SomethingElse && names_no_api(record, start.as_str()) {
        said.printed_by = "kube-apiserver, which was to pass a request on".to_owned();
        said.next.retain(|next| !next.contains("apiservices"));
        said.meaning = said.meaning.replace("the extension server", "what it was to pass the request on to");
    }
    Some((range, said))
}

/// A status that somebody wrote before the message that has none: `FailedDiscoveryCheck with 403 (bad status from ...)`.
static STATUS_BEFORE: Pattern =
    Pattern::new(r"\b(?:with|status|code|HTTP|error|a)[:=]? ?(?P<status>40[134])\b[^\n]{0,40}$");

fn of_status_before(record: &str, start: usize, message: &str) -> Option<&'static Cause> {
    let has_status = message.rsplit([':', ' ']).any(|word| word.trim_matches(|c: char| !c.is_ascii_digit()).len() == 3);
    let found = STATUS_BEFORE.captures(record.get(..start)?).filter(|_| !has_status)?;
    Cause::of_message(&format!(": {}", found.name("status")?.as_str()))
}

/// Whether what was asked for may be any Service, Pod or node: their proxy says the same as the aggregator, but for x509, as
/// it verifies no certificate of Services and Pods (pkg/controlplane/apiserver, `CreateProxyTransport`).
fn names_no_api(record: &str, beginning: &str) -> bool {
    let is_discovered = || DISCOVERED.is_match(record);
    beginning.to_ascii_lowercase().starts_with("error trying to reach")
        && !record.contains("/apis/")
        && !is_discovered()
}

/// A group and version that a client asks after, for which the aggregator answers.
static DISCOVERED: Pattern =
    Pattern::new(concat!("(?:", discovered!(), r"|group version\W[^\n]{0,300}?\b)[a-z0-9-]+\.[a-z0-9.-]+/v\d"));

/// Whether it is told of one APIService.
pub(super) fn is_of_one(found: &Explanation) -> bool {
    [PRINTED_BY, OF_CONDITION].contains(&found.printed_by.as_str())
}

/// How much of the message is shown: up to what tells the cause, and the words behind it.
fn end(message: &str, cause: &Cause) -> usize {
    let known = cause.place_in(message).unwrap_or(message.len());
    let rest = message.get(known..).unwrap_or_default();
    let ends =
        [rest.find(['\'', '"', '\n', '<']).filter(|end| *end > 0), rest.find(" Reason: "), rest.find(" reason: ")];
    known + ends.into_iter().flatten().min().unwrap_or(rest.len())
}

fn of_reason(record: &str) -> Option<Found> {
    let captures = OF_REASON.captures(record)?;
    let told = captures.name("reason").or_else(|| captures.name("alone"))?;
    let cause = Cause::of_reason(told.as_str())?;
    let all = captures.get(0)?;
    let mut meaning = format!("{} {}", cause.sentence, cause.remedy);
    if let (Some(name), Some(service)) = (captures.name("name"), captures.name("service")) {
        meaning = format!("The APIService {} leads to the Service {}. {meaning}", name.as_str(), service.as_str());
    }
    let mut said = explanation(all.as_str().to_owned(), cause, meaning);
    said.next.extend(Service::of(record).filter(|_| cause.obstacle == Obstacle::NoEndpoints).map(Service::show));
    // The conditions of routes and of other objects have that reason too.
    if told.as_str() == "ServiceNotFound" && captures.name("name").is_none() && !subject::is_own(record) {
        said.about = About::NotTold;
        said.meaning = format!(
            "An object names a Service that is not there, and the line does not tell which object: a route, an ingress and others have such a condition. If it is an APIService: {}",
            reason::lower_first(&said.meaning)
        );
    }
    Some((all.range(), said))
}

/// The Service that a record names as an APIService's.
static SERVICE: Pattern = Pattern::new(concat!(
    r#"service/(?P<name>[a-z0-9-]+) in [\\"]{1,4}(?P<space>[a-z0-9-]+)|error resolving (?P<of>[a-z0-9-]+)/(?P<called>[a-z0-9-]+): |"#,
    api_service!(),
    r"\s+(?P<within>[a-z0-9-]+)/(?P<listed>[a-z0-9-]+)\s"
));

struct Service<'a> {
    namespace: &'a str,
    name: &'a str,
}

impl<'a> Service<'a> {
    fn of(record: &'a str) -> Option<Self> {
        let captures = SERVICE.captures(record)?;
        let first =
            |names: [&str; 3]| names.into_iter().find_map(|name| captures.name(name)).map(|found| found.as_str());
        Some(Self { namespace: first(["space", "of", "within"])?, name: first(["name", "called", "listed"])? })
    }

    /// Its selector and the addresses of Pods that are ready.
    fn show(self) -> String {
        format!("kubectl --namespace={} describe service {}", self.namespace, self.name)
    }
}

fn explanation(recognised: String, cause: &'static Cause, meaning: String) -> Explanation {
    let (about, rules, next): (_, &[&'static str], &[&str]) = of_obstacle(cause.obstacle);
    let meaning = match (about, cause.obstacle) {
        (About::SomethingElse, _) => format!("This is the network or the Pod, not the certificates. {meaning}"),
        (_, Obstacle::ServingCertificate(_)) => format!(
            "This is the other direction: kube-apiserver, as the TLS client, refused the *serving* certificate of the \
             extension API server, which the caBundle of its APIService is to verify. The front-proxy certificates are not \
             the cause. {meaning}"
        ),
        _ => meaning,
    };
    Explanation {
        recognised,
        printed_by: PRINTED_BY.to_owned(),
        about,
        meaning,
        rules: rules.to_vec(),
        next: next.iter().map(|command| (*command).to_owned()).collect(),
        count: 1,
        values: Vec::new(),
        role: if cause.obstacle == Obstacle::Unavailable { Role::Symptom } else { Role::Plain },
    }
}

type Consequences = (About, &'static [&'static str], &'static [&'static str]);

fn of_obstacle(obstacle: Obstacle) -> Consequences {
    match obstacle {
        Obstacle::NotAccepted => (
            About::FrontProxy,
            &[
                "proxy-client-untrusted",
                "proxy-client-name-not-allowed",
                "proxy-client-expired",
                "proxy-client-usage",
                "extension-ca-pinned",
                "configmap-drift",
                "node-drift",
            ],
            &[commands::SAVE_CONFIG_MAP, "aggcert check /etc/kubernetes/manifests config-map.yaml"],
        ),
        Obstacle::Forbidden => (
            About::FrontProxy,
            &[
                "proxy-client-missing",
                "extension-lookup-skipped",
                "proxy-client-also-a-user",
                "requestheader-ca-missing",
                "proxy-client-untrusted",
            ],
            &[commands::CHECK, commands::CHECK_OBJECTS],
        ),
        Obstacle::ServingCertificate(flaw) => {
            (About::ExtensionServer, of_flaw(flaw), &[commands::CHECK_OBJECTS, "kubectl get apiservices"])
        }
        Obstacle::OwnPair => (
            About::FrontProxy,
            &["proxy-client-key-mismatch", "proxy-client-usage", "weak-key", "server-refuses-to-start"],
            &[commands::CHECK],
        ),
        Obstacle::Untold => (
            About::NotTold,
            &["proxy-client-missing", "proxy-client-untrusted"],
            &[commands::CHECK_CONDITIONS, commands::CHECK],
        ),
        Obstacle::Headers | Obstacle::Handshake => (About::ExtensionServer, &[], &[commands::CHECK_CONDITIONS]),
        Obstacle::NotServed => (About::ExtensionServer, &["apiservice-unavailable"], &["kubectl get apiservices"]),
        Obstacle::OwnError => (About::ExtensionServer, &["extension-auth-delegator"], &[commands::CHECK_CONDITIONS]),
        Obstacle::Unavailable
        | Obstacle::NoService
        | Obstacle::ServicePort
        | Obstacle::ServiceKind
        | Obstacle::NoEndpoints
        | Obstacle::Network => of_service(obstacle),
    }
}

/// The way to the extension server, from its Service to the network.
fn of_service(obstacle: Obstacle) -> Consequences {
    match obstacle {
        Obstacle::Unavailable => (
            About::ExtensionServer,
            &["apiservice-unavailable", "apiservice-service-missing"],
            &[commands::CHECK_CONDITIONS],
        ),
        Obstacle::NoService => (
            About::ExtensionServer,
            &["apiservice-service-missing"],
            &["kubectl get apiservices", "kubectl get services --all-namespaces"],
        ),
        Obstacle::ServicePort => (About::ExtensionServer, &["apiservice-port"], &[commands::CHECK_OBJECTS]),
        Obstacle::ServiceKind => (About::ExtensionServer, &["aggregator-routing-service"], &[commands::CHECK_OBJECTS]),
        Obstacle::NoEndpoints => {
            // A Pod whose status is Running may not be ready: the column READY tells.
            (About::ExtensionServer, &[], &["kubectl get endpointslices,pods --all-namespaces -o wide"])
        }
        _ => (About::SomethingElse, &[], &["kubectl get apiservices", "kubectl get endpointslices --all-namespaces"]),
    }
}

fn of_flaw(flaw: Flaw) -> &'static [&'static str] {
    match flaw {
        Flaw::Name => &["serving-certificate-name"],
        Flaw::Usage => &["serving-certificate-usage"],
        Flaw::Dates => &["serving-certificate-expired", "apiservice-ca-bundle"],
        Flaw::Issuer => &["serving-certificate-untrusted", "apiservice-ca-bundle", "serving-certificate-in-memory"],
        Flaw::Key => &["weak-key"],
        Flaw::Bundle => &["apiservice-ca-bundle"],
    }
}
