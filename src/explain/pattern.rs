//! Regular expressions that are compiled once, and the look that most lines of a log do not survive.

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

use regex::bytes::{self, RegexBuilder, RegexSet, RegexSetBuilder};
use regex::{Captures, Regex};

use crate::text::shell_word;

/// Words without which no message of the tables can be in a record.
///
/// Of bytes: where a line holds anything but ASCII (`389µs` of an access log), a word boundary of Unicode would make the search a
/// hundred times as slow.
static WORDS: LazyLock<Option<bytes::Regex>> = LazyLock::new(|| {
    let words = concat!(
        r"(?i:x509|tls: |tls handshake|asn1: |certificate|requestheader|front-proxy|proxy-client|client-ca-file|request-header",
        r"|file watch|fsnotify|extension-apiserver|apiservice|metrics\.k8s\.io|metrics api|/apis/|unauthori[sz]ed|forbidden",
        r"|authenticat|bearer token|subjectaccessreview|tokenreview|the server is currently unable|server apis|kubeconfig",
        r"|openapi|available_controller|metrics not available|no metrics to serve|bad certificate|data does not contain",
        r"|trying to reach|no requestinfo|private key|provide credentials|scrape|kubelet\b|dial tcp|i/o timeout|no route to host)",
        r"|unknown (?:shorthand )?flag|flag needs an argument|found multiple: |no such file|permission denied|empty value in ",
        r"|response from https|waiting for https|FailedDiscoveryCheck|MissingEndpoints|ServiceNotFound|EndpointsNotFound",
        r"|ServicePortError|AccessError|in \S+ is not present|have no addresses|endpointslices for|is not listening on port",
        r"|did not receive metrics|missing request for|No agent available|dial timeout, backstop|PKIX path|empty header [\\\x22]",
        r"|unable to match the audience|UID cannot be|UID into a string|to identify the proxy|non-success response code",
        r"|system:anonymous|websocket|doesn't have a resource type|no matches for kind|unable to handle the request \(",
        r"|gRPC connection to KEDA|keda_metrics_adapter|probe failed|healthz check failed|502 response|tunnel request|http_connect",
        r"|old endpoints from|failure loading|MountVolume|namespace/ prefix|no CA data|any ca data|direct injection|has valid cert",
        r"|missing clientCA|GroupVersion|cacerts|v1-(?:k3s|rke2)|is not ready: |PreconditionNotReady|DisabledAPIServices|[Ss]ervices? not (?:installed|healthy)|agent configuration|CA certs|preparing server|Degraded|signing CA bundle",
        r"|[Pp]rometheus|execute query|naming scheme|resource label|metrics (?:query|template|discovery)|metric \S+ not|group[- ]resource|matching resource|bad_response|for node|KEDA|keda|gRPC|scaledObject|[Ss]caledObject|metric value|matching metrics|Kubernetes version",
        r"|FailedGetScale|scale target|target scale|current scale|scale subresource|FailedUpdateScale|FailedRescale|to rescale|Selector\b|selector\b|replica count|ready pods|ScalingDisabled|metrics-server|metrics api group|number of replicas|(?:resource|object|pods|external) metric|utilization|unable to get metric|REST mappings|RESTMapper|fetch server|request failed, status|fully collect",
        r"|CA data|ca data|data source|target object|cluster unreachable|kubernetes objects|kubernetes api|unable to recognize|caches? to (?:be )?sync|Cache to sync|is a CRD|deletion of namespace|initial state of resource|sync cluster|cluster cache|(?:live|target) state|status condition for namespace|cluster (?:info|version)|API server connection|api server|server version|preferred resource",
        r"|extension auth|signed by CN|connect to proxy|[Rr]emotedialer|Session for client|tunnel|during upgrade|peer connection|to peer|get a backend|DIAL_|backend|frontend|from agent|servers connected|lookup failed|proxy server|konnectivity|dynamiclistener|TLS secret|will expire",
        r"|[Uu]nable to |[Ff]ailed to |[Cc]ould not |wait(?:ing)? (?:until|for)|waiting for the condition|apiservice|post-timeout|Forbidden: |APIResourceList|all checks passed|Reason: *Passed|cert not active|NeedsCertRotation|RequestHeader|FLAG: |Trying to reach",
        r"|AggregatedAPI|aggregator_|JSON response|metav1\.Status|timeout or abort|AvailableCondition|Availability|APIService|authentication_trust|DiscoveryManager|DynamicServing|DynamicCABundle|Serving securely|cannot be fulfilled|no kind |is registered for|autoregister|AggregationController",
        r"|caches to sync|Caches are synced|front proxy client|APIService",
        r"|Got empty response for|failed to discover some groups|rejected connection|not decodable|not signed|ResourcesDiscovered|successfully discovered|failed with:|metrics known|did not complete|cacerts|oidc|cannot create",
        r"|will retry later|watch for file|Loaded (?:a new|client CA|serving cert|SNI cert)|missing (?:content|filename) for|(?i:client ca |ca bundle|self[- ]signed|loopback serving|pem block|pem data|request header)",
        r"|cert keypair|SNI cert|serving cert|in-cluster (?:auth|conf)|configmap based|authentication info|changes to configmap|authentication method|client cert failed",
        r"|token file|empty token|rotate token|root certificates|custom transport|may be set, but not both|authority data|valid (?:RSA|ECDSA)|not a recognized type|key file",
        r"|can be read, but key|supplied as a pair|create listener|failed to listen|: bind: |--secure-port|poststarthook|\[-\]|proxy handler to init|initially (?:list|sync)",
        r"|endpoints available|no service port|cannot route to service|unsupported service type|AggregationController|merge specs|spec for apiservice|openAPI|OpenAPI|spec\.version\+|missing user",
        r"|[Dd]iscover|DiscoveryFailed|supported resources|SomeFinalizers|SomeResources|content (?:remains )?in the namespace|resources are remaining|all resource types|still remain in namespace",
        r"|resource list|API group|apiVersions from|resource monitors|Timed out waiting for|timed out waiting for|monitor for resource|monitor quota|monitor not |QuotaMonitor|REST mapping|empty response for|support API version|version from server",
        r"|Metric storage|[Ff]ailed (?:reading|listing|getting)|collection didn't finish|informer|address matched|Failed probe|usage metric|metrics point|duplicate (?:node|pod|[Cc]ontainer) point|--kubelet|--deprecated|metric-resolution|kubelet-request",
        r"|Missing (?:container|resource) metric|metrics returned|list of all |metrics for |getting metric|ScalerFailed|FailedGet|FailedCompute|invalid metrics|metrics API|unable to (?:run|install|setup|construct|find)|in-cluster conf",
        r"|CERT|SSL|Verif|verif|alert |Hostname/IP|key values mismatch|alternative certificate|RemoteCert|cannot route",
        r"|:10250|Couldn't find resource|RBAC|rejected our request|an error on the server|the server (?:was unable|has received|reported|does not allow)|unknown format|ExtKeyUsage|PKI assets|kubeConfig file|CAname|certificate authority|Authorization header|DiscoveryManager|listen address|external metrics|egress proxy rejecting| cannot (?:list|get|watch|create|update|patch|delete)|subresource=|must be logged in|PrivateKey|HTTP response to HTTPS| 401\b|cannot be checked|error resolving|webhook|<invalid>|MISSING!|wants a client cert|was refused - did you|error dialing backend|AggregatedAPI|invalid argument |aggregated API|could not find the|could not load expected|kubeadm-certs",
    );
    RegexBuilder::new(words).unicode(false).build().ok()
});

/// Whether a record holds a word of this matter at all.
pub(super) fn may_say_something(record: &str) -> bool {
    WORDS.as_ref().is_none_or(|words| words.is_match(record.as_bytes()))
}

/// Any of the parts of a pattern that a list of `kubernetes::names` hands over.
macro_rules! one_of {
    ($first:literal, $($part:literal,)*) => { concat!("(?:", $first $(, "|", $part)*, ")") };
}

/// A group of the API as one of these, with what may stand around it.
macro_rules! group_of {
    ($first:literal, $($group:literal,)*) => { concat!("(?:[a-z0-9-]+\\.)*(?:", $first $(, "|", $group)*, ")[a-z0-9.-]*") };
}

pub(super) use {group_of, one_of};

/// Compiles a pattern. One that is none matches nothing; a test compiles each.
pub(super) fn compile(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

/// The rows of a table whose pattern is in a record, found in one pass over it.
pub(super) struct Table<T: 'static> {
    /// Of bytes: `[^\n]{0,200}` of characters is an automaton ten times as large, and slow to make and to run.
    set: Option<RegexSet>,
    rows: Vec<Row<T>>,
}

struct Row<T: 'static> {
    pattern: &'static str,
    /// Compiled when it is found: a log holds a few of a hundred.
    regex: OnceLock<Option<Regex>>,
    entry: &'static T,
}

impl<T> Row<T> {
    fn compiled(&self) -> Option<(&Regex, &'static T)> {
        let regex = self.regex.get_or_init(|| compile(self.pattern)).as_ref()?;
        Some((regex, self.entry))
    }
}

impl<T> Table<T> {
    pub(super) fn new(rows: impl Iterator<Item = (&'static str, &'static T)>) -> Self {
        /// The automaton of a hundred patterns grows as it reads; thrown away too often it would be built for each line.
        const AUTOMATON: usize = 64 << 20;

        let row = |(pattern, entry)| Row { pattern, regex: OnceLock::new(), entry };
        let rows: Vec<Row<T>> = rows.map(row).collect();
        let patterns = rows.iter().map(|row| relaxed(row.pattern));
        let mut set = RegexSetBuilder::new(patterns);
        let set = set.unicode(false).size_limit(AUTOMATON).dfa_size_limit(AUTOMATON).build().ok();
        Self { set, rows }
    }

    /// Whether one pass is enough: a set over its size limit is none, and each pattern is then tried by itself.
    #[cfg(test)]
    pub(super) fn is_one_pass(&self) -> bool {
        self.set.is_some()
    }

    /// In the order of the table.
    pub(super) fn in_record(&self, record: &str) -> Vec<(&Regex, &'static T)> {
        let rows: Box<dyn Iterator<Item = &Row<T>>> = match &self.set {
            Some(set) => Box::new(set.matches(record.as_bytes()).into_iter().filter_map(|index| self.rows.get(index))),
            None => Box::new(self.rows.iter()),
        };
        rows.filter_map(Row::compiled).filter(|(regex, _)| regex.is_match(record)).collect()
    }
}

/// A repetition that is bounded far away: `{0,200}`.
static BOUNDED: LazyLock<Option<Regex>> = LazyLock::new(|| compile(r"\{(\d+),\d{2,}\}"));

/// The pattern without far bounds, which finds all that it finds and more: each bound is a part of the automaton as often as it
/// counts, and the pattern itself is tried afterwards.
fn relaxed(pattern: &str) -> Cow<'_, str> {
    let without = |found: &Captures<'_>| if &found[1] == "0" { "*" } else { "+" }.to_owned();
    BOUNDED.as_ref().map_or(Cow::Borrowed(pattern), |bounded| bounded.replace_all(pattern, without))
}

/// Puts what the named groups hold in place of `{name}`.
pub(super) fn fill(text: &str, regex: &Regex, captures: &Captures<'_>) -> String {
    regex.capture_names().flatten().fold(text.to_owned(), |text, name| {
        let value = captures.name(name).map_or("", |group| group.as_str());
        text.replace(&format!("{{{name}}}"), value)
    })
}

/// The same for a command: a word that holds something from the record is quoted.
pub(super) fn fill_command(command: &str, regex: &Regex, captures: &Captures<'_>) -> String {
    let word = |word: &str| if word.contains('{') { shell_word(&fill(word, regex, captures)) } else { word.to_owned() };
    command.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
