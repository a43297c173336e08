//! Whose matter a record is: the question that comes before what its words mean.
//!
//! Go's crypto/tls, crypto/x509, net and pflag, and client-go, say the same words in every program of a cluster. So what
//! would be told as the front proxy's or an extension API server's stays so only where the record names one of these, or
//! holds nothing but the message. Where it names another party, or words that nobody knows, it is another's matter.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::address::Called;
use super::conversation::{self, Conversation};
use super::pattern::{Pattern, Table, api_service, bad_answer, compile, one_of, unavailable};
use super::{About, Explanation, Role, stranger};
use crate::kubernetes::names::aggregated_groups;

/// Who prints what names nobody.
pub(super) const NOBODY: &str = "a program that the line does not name";
/// Behind an answer 401 that any server may give.
pub(super) const REFUSED_SOMEWHERE: &str = "a client of kube-apiserver or of another server, with an answer 401";

/// Who opens a file whose purpose neither its path nor the words before it tell.
pub(super) const ANY_FILE: &str = "a program that opens a file of its own settings";

/// Words that the front proxy has alone: its files and flags, and what only the request header authenticator says.
static FRONT_PROXY: Pattern = Pattern::new(concat!(
    r"(?i)front-?proxy[- ]?(?:ca|client)\b|\baggregator-(?:client-)?signer\b|(?:^|[^-.\w])aggregator-client\b|requestheader(?:-|auth)|request-?header ca\b|request-header(?:-|::)|proxy-client[- ](?:cert|key|ca)|kube-apiserver-proxy-client|client-auth-proxy|apiserver-(?:aggregator|proxy-client)",
    r"|subject with cn=[^\n]* allowed|aggregator-proxy|initialize proxy transport|error reading proxy client|load proxy client cert",
    // Talos calls the front-proxy CA so.
    r"|\b(?:generat|pars|load|writ|read|creat)\w* aggregator (?:client )?(?:ca|cert(?:ificate)?)\b|\baggregatorCA\b|\bapi ?-?server proxy client\b",
    // Cluster API calls the front-proxy CA of a workload cluster so.
    r"|\bcluster certificates? for (?:[a-z, ]{1,40}, ?)?proxy\b",
    // Nobody else than the aggregator calls an extension API server by this name.
    r"|\b40[13]\b[^\n]{0,40}\bkube-apiserver/|\bkube-apiserver/[^\n]{0,300}resp=40[13]",
    // Any program in Go may be called so; the aggregator asks for a version of a group, and for documents of OpenAPI.
    r"|/(?:apis/[a-z0-9.-]+/v\d[a-z0-9]*/?|openapi/v\d\S*?)(?:\?timeout=\w+)?[\s\x22:][^\n]{0,300}(?:\b40[13]\b[^\n]{0,40}\bGo-http-client/|\bGo-http-client/[^\n]{0,300}resp=40[13])",
));

/// Words of the front proxy which others have too: who is named beside them counts.
static MAYBE_FRONT_PROXY: Pattern = Pattern::new(concat!(
    // A host is called `front-proxy.example.com`, and Envoy's own proxy `front-proxy: `.
    r"(?i)(?:for|of) (?:the )?front-?proxy\b|front-?proxy(?:$|[^.:]|:[^ ]|\.(?:$|[^a-z]|crt|key|pem|conf\b))|request-?header|(?:^|[^-\w\[])proxy-client(?:[^]:\w]|::|-(?:ca|cert|key))|(?:^|the |reading |load |loading )proxy client|\bfront proxy (?:client|ca|cert\w*|cn)\b",
    r"|system:auth-proxy|(?:cn=|user[ =][\x22\\]*)kubernetes-proxy|x-remote-(?:user|group|extra|uid)[^\n]{0,80}(?:kube|apiserver|extension|aggregat)|(?:kube|apiserver|extension|aggregat|requestheader)[^\n]{0,200}x-remote-",
));

/// What else only the aggregation layer says; another name in the same line does not count beside it.
static OWN: Pattern = Pattern::new(concat!(
    r"(?i)kube-?aggregator|aggregator[-_.](?:client|proxy|unavailable|go)|aggregat(?:ion|ed) ?(?:layer|api|server)|apiaggregat|API aggregation|CertRotation_Aggregator",
    r"|self-signed certificates: (?:open|mkdir)|apiserver\.local\.config|Unable to authenticate the request|extension-apiserver|apiservices?\b|apiservice(?:install|resource|s?not)|operator-lifecycle-manager|imperative api|apiregistration|(?:authentication|authorization)-kubeconfig|delegated auth|User \x22(?:system:)?[\w.-]*(?:proxy|aggregat|apiserver)|must be logged in",
    r"|MountVolume\.SetUp failed|FailedGet\w*Metric|(?:resource|custom|external) metrics API|metrics API not available|",
    unavailable!(),
    r"|server APIs: |resource list for|discover some groups|missing GVK",
    r"|",
    bad_answer!(),
    r"|endpoint(?:slice)?s? for service/|no endpoints available for service|service/\S+ in \x22|error resolving [a-z0-9-]+/[a-z0-9.-]+: |OpenAPI spec for|failed to download v\d|extension auth|caBundle|Trying to reach: 'https?://|Forbidden: |Validating CN: |\x22Forbidden\x22 URI=|post-timeout|timeout or abort|Reason: *(?:Passed|\w*APIService)",
    // Source files that only these servers have.
    r"|\b(?:requestheader|cluster_authentication_trust|apiservice|(?:local_|remote_)?available)_controller\.go:\d",
    r"|FailedDiscoveryCheck|APIServicesAvailable|self[- ]signed certificates: |webhook[^\n:]{0,200}: (?:failed to call webhook: )?(?:Unauthorized|the server (?:has asked for|could not find)|[a-z0-9.-]+ is forbidden: User \x22system:anonymous)|kubernetes\.default\.svc[^\s\x22]{0,20}/apis/[^\s\x22]+\x22?: service unavailable|AggregationController|DiscoveryManager|attempted: x509|\b",
    api_service!(),
    r" failed with|",
    aggregated_groups!(one_of)
));

/// What programs of the aggregation layer say, and others too.
static LIKELY: Pattern = Pattern::new(concat!(
    r"(?i)api-?server(?:[^-\w/]|-\d|$)|metrics-?server|metrics[- ]api|adapter|virt-api|packageserver|antrea-controller|datadog-cluster-agent|linkerd\S*tap\b|controller-manager|client[- ]ca\b|client-ca-|/apis/",
    r"|(?:dynamic_|configmap_|union_)\w*\.go|(?:authentication|x509|tlsconfig|secure_serving|serving|wrap|httplog|handler_proxy)\.go:",
    r"|discover|resource list|server APIs|API group|poststarthook",
    r"|subjectaccessreview|(?:Readiness|Liveness) probe|horizontal|\bhpa\b|FailedGet|metrics API|invalid metrics \(\d|cpu utilization|system:anonymous",
    r#"|"kind": ?"Status"|Unable to authenticate|CA bundle (?:for|provider|and Verifier|\x22)|admission plugin|[AS]KID=|trying to reach|websocket|error dialing backend|List metrics failed|no endpoints available for service|have a resource type|find resource for|handshake error from \S+ tls: failed to verify|tls: failed to verify client|missing clientCA|failed to create listener|endpoint(?:slice)?s? for service|ExtKeyUsage|[Cc]lient certificate chain|front-?proxy: |null cert chain|tokenreview|auth-delegator|secure-port|kubeadm|command failed|Authentication failed, no credentials provided"#,
));

/// A component that does not start (component-base, cli.Run): who is named in the reason is no party, where nobody was called.
static DOES_NOT_START: Pattern = Pattern::new(r#"\bcommand failed[\\"]{0,2} err="#);

/// Programs with a front proxy or a request header authenticator of their own, by words in a line.
const NAMESAKES: &[(&str, &str)] = &[
    (
        r#"\bkcp\b|\bcompiledfrontproxy\b|[\\"]controller[\\"]{1,2}: ?[\\"]{1,2}frontproxy\b"#,
        "kcp, whose own front proxy stands before its shards, with a client and a CA of its own (/etc/kcp)",
    ),
    (
        r"\boauth-openshift\b",
        "OpenShift's OAuth server: it knows a proxy for users that log in by `clientCommonNames` and `ca` of an identity provider of the type RequestHeader (oauth/cluster)",
    ),
];

static NAMESAKE: LazyLock<Table<&'static str>> =
    LazyLock::new(|| Table::new(NAMESAKES.iter().map(|(pattern, who)| (*pattern, who))));

/// Whom a record names, beside the aggregation layer.
#[derive(Clone, Copy)]
pub(super) enum Other {
    Conversation(&'static Conversation),
    /// By a name.
    Stranger(&'static str),
}

impl Other {
    /// `None`: nobody.
    pub(super) fn of(record: &str) -> Option<Self> {
        if DOES_NOT_START.is_match(record) && !conversation::is_of_client(record) {
            return None;
        }
        let by_words =
            || Conversation::of(record).filter(|known| known.about == About::SomethingElse).map(Self::Conversation);
        let by_name = || stranger::of(record).map(Self::Stranger);
        let called = Called::of(record);
        let by_address = || {
            let conversation = match called? {
                Called::KubeApiserver => &conversation::KUBE_APISERVER,
                Called::ApiServer => &conversation::API_SERVER,
                Called::Service => &conversation::SERVICE,
                Called::Outside => &conversation::OUTSIDE,
            };
            Some(Self::Conversation(conversation))
        };
        let by_word = || Conversation::by_word(record).map(Self::Conversation);
        let is_api_server = matches!(called, Some(Called::KubeApiserver | Called::ApiServer));
        // Who asked for a stream, and where, is not whom it was passed on to.
        let of_stream = || Conversation::of(record).filter(|known| std::ptr::eq(*known, &conversation::STREAM));
        by_words()
            .or_else(|| of_stream().map(Self::Conversation))
            .or_else(|| by_address().filter(|_| is_api_server))
            .or_else(by_word)
            .or_else(by_name)
            .or_else(by_address)
    }

    /// And where nobody is named: any conversation that the record tells of, at least a TLS client's.
    pub(super) fn or_unnamed(record: &str) -> Option<Self> {
        let client = || conversation::is_of_client(record).then_some(&conversation::TLS_CLIENT);
        Self::of(record).or_else(|| Conversation::of(record).or_else(client).map(Self::Conversation))
    }

    /// Whether a name or a word alone tells it.
    pub(super) fn is_only_named(self) -> bool {
        matches!(self, Self::Stranger(_)) || self.is_carrier()
    }

    /// Whether a word alone tells it: a program that is run for somebody and prints what it was told.
    fn is_carrier(self) -> bool {
        matches!(self, Self::Conversation(named) if conversation::is_by_word(named) && named.printed_by != conversation::ETCD)
    }

    /// Whether kube-apiserver may have been called: every other address, and every name, is another server's or program's.
    fn is_of_kube_apiserver(self) -> bool {
        let others = [&conversation::SERVICE, &conversation::OUTSIDE];
        let is_other = |named| others.iter().any(|one| std::ptr::eq(named, *one));
        matches!(self, Self::Conversation(named) if !is_other(named) && named.printed_by != conversation::OF_ANOTHER_SERVICE)
    }

    /// Whether it is kube-apiserver, told by the address alone.
    fn is_kube_apiserver(self) -> bool {
        matches!(self, Self::Conversation(named) if std::ptr::eq(named, &conversation::KUBE_APISERVER))
    }

    pub(super) fn printed_by(self) -> String {
        match self {
            Self::Conversation(conversation) => conversation.printed_by.to_owned(),
            Self::Stranger(who) => format!("{who}, by the rest of the line"),
        }
    }

    pub(super) fn about(self) -> About {
        match self {
            Self::Conversation(conversation) => conversation.about,
            Self::Stranger(_) => About::SomethingElse,
        }
    }

    /// Who spoke with whom.
    pub(super) fn connection(self) -> String {
        match self {
            Self::Conversation(conversation) => conversation.connection.to_owned(),
            Self::Stranger(who) => {
                format!(
                    "Most likely this is not the front proxy: the line names {who}, which is no API server of Kubernetes"
                )
            }
        }
    }

    /// What it means that one side refused the other's certificate.
    pub(super) fn refused(self) -> String {
        match self {
            Self::Conversation(conversation) => format!("{}, and {}", conversation.connection, conversation.refused),
            Self::Stranger(_) => format!(
                "{}. A certificate was refused; which CA it is verified by, that program's own settings say, or those of the \
                 server that it called",
                self.connection()
            ),
        }
    }

    /// Whether the client's side speaks: what it judges is what the server shows.
    pub(super) fn is_dialing(self) -> bool {
        let dialing = [&conversation::STREAM, &conversation::API_SERVER];
        matches!(self, Self::Conversation(named) if dialing.iter().any(|one| std::ptr::eq(named, *one)))
    }

    /// Whether it is a TLS client and no more is known.
    pub(super) fn is_any_client(self) -> bool {
        matches!(self, Self::Conversation(named) if std::ptr::eq(named, &conversation::TLS_CLIENT))
    }

    pub(super) fn next(self) -> &'static [&'static str] {
        match self {
            Self::Conversation(conversation) => conversation.next,
            Self::Stranger(_) => &[],
        }
    }
}

/// Whether a record has a name that only the front proxy has.
pub(super) fn names_front_proxy(record: &str) -> bool {
    FRONT_PROXY.is_match(record)
}

/// Whether a record is the aggregation layer's by its own words.
pub(super) fn is_own(record: &str) -> bool {
    Parties::of(record).is_own()
}

/// Whom a record names. Each question is answered once, and however often a message stands in a line: a text holds it a thousand times.
pub(super) struct Parties<'a> {
    record: &'a str,
    other: OnceCell<Option<Other>>,
    is_of_front_proxy: OnceCell<bool>,
    is_own: OnceCell<bool>,
    is_likely: OnceCell<bool>,
    namesake: OnceCell<Option<&'static str>>,
}

impl<'a> Parties<'a> {
    pub(super) fn of(record: &'a str) -> Self {
        Self {
            record,
            other: OnceCell::new(),
            is_of_front_proxy: OnceCell::new(),
            is_own: OnceCell::new(),
            is_likely: OnceCell::new(),
            namesake: OnceCell::new(),
        }
    }

    pub(super) fn record(&self) -> &'a str {
        self.record
    }

    /// `None`: nobody beside the aggregation layer.
    pub(super) fn other(&self) -> Option<Other> {
        *self.other.get_or_init(|| Other::of(self.record))
    }

    /// Whether the front proxy is named.
    fn is_of_front_proxy(&self) -> bool {
        let is_named = || MAYBE_FRONT_PROXY.is_match(self.record);
        let is_of_it = || names_front_proxy(self.record) || is_named() && stranger::of(self.record).is_none();
        *self.is_of_front_proxy.get_or_init(is_of_it)
    }

    /// Whether the record is the aggregation layer's by its own words.
    pub(super) fn is_own(&self) -> bool {
        let has_words = || OWN.is_match(self.record);
        *self.is_own.get_or_init(|| self.is_of_front_proxy() || has_words())
    }

    fn is_likely(&self) -> bool {
        *self.is_likely.get_or_init(|| LIKELY.is_match(self.record))
    }

    /// A program with a front proxy of its own.
    fn namesake(&self) -> Option<&'static str> {
        *self.namesake.get_or_init(|| NAMESAKE.in_record(self.record).first().map(|(_, who)| **who))
    }
}

/// Whether a request was answered 401 or 403, and by whom is not told.
fn is_refusal(found: &Explanation) -> bool {
    found.about == About::NotTold
        && ["401", "403", "Unauthorized", "Forbidden", "logged in"].iter().any(|word| found.recognised.contains(word))
}

/// Whether the words are about certificates or keys.
fn is_of_certificates(recognised: &str) -> bool {
    ["x509", "tls: ", "ertificate", "PEM", ".crt", ".pem", ".key", "private key", " CA "]
        .iter()
        .any(|word| recognised.contains(word))
}

/// What was found, as the matter of whom the record names.
pub(super) fn settle(found: Explanation, range: &Range<usize>, parties: &Parties<'_>) -> Explanation {
    if !found.about.denies()
        && let Some(who) = parties.namesake()
    {
        return of_namesake(found, who);
    }
    if found.about == About::NotTold && parties.is_of_front_proxy() {
        return Explanation { about: About::FrontProxy, ..found };
    }
    if found.about == About::SomethingElse && found.printed_by == REFUSED_SOMEWHERE {
        return of_whom_it_names(found, parties);
    }
    if found.printed_by == ANY_FILE {
        return of_a_file(found, parties);
    }
    if found.about.denies() || parties.is_own() {
        return found;
    }
    match parties.other() {
        // kubectl and Helm are clients of aggregated APIs as of all others: who carries a message does not refute it.
        Some(other) if other.is_carrier() && found.about != About::NotTold => found,
        // kube-apiserver answers for the aggregated APIs too; what is not told of them stays so.
        Some(other) if is_refusal(&found) && other.is_kube_apiserver() || other.about() == About::NotTold => found,
        // Whose log it is, or who ran a command, is named too: that refutes no message of the aggregation layer's own.
        Some(Other::Stranger(who)) if found.about != About::NotTold && who != stranger::ANOTHER_OBJECT => {
            carried(found, who)
        }
        Some(other) => Explanation {
            printed_by: other.printed_by(),
            about: About::SomethingElse,
            meaning: format!(
                "{}. Go says the same words in every program: look at {}.",
                other.connection(),
                if is_of_certificates(&found.recognised) {
                    "the certificates, keys and CAs in the settings of those two"
                } else {
                    "what that program's own settings name, and at its log"
                }
            ),
            rules: Vec::new(),
            next: Vec::new(),
            role: Role::Plain,
            ..found
        },
        None if found.about != About::NotTold || parties.is_likely() || is_bare(parties.record(), range) => found,
        None => of_any_program(found),
    }
}

/// A file that cannot be opened, as the matter of whom the line names.
fn of_a_file(found: Explanation, parties: &Parties<'_>) -> Explanation {
    if parties.is_of_front_proxy() {
        let meaning = format!(
            "The line names the front proxy, and says of a file: {}. Where a flag or a setting of the front proxy names that file, it is its CA, its client's certificate or the key.",
            found.recognised
        );
        return Explanation { about: About::FrontProxy, meaning, ..found };
    }
    let is_told = !parties.is_own() && parties.other().is_some();
    Explanation { about: if is_told { found.about } else { About::NotTold }, ..found }
}

/// What was found, where nobody is named.
fn of_any_program(found: Explanation) -> Explanation {
    Explanation {
        printed_by: NOBODY.to_owned(),
        about: About::NotTold,
        meaning: format!(
            "The line names no API server of Kubernetes, and these words are any program's: most likely it is about that program's own \
                 settings, and its certificates where the words are of any. Look whose log it is. Printed by kube-apiserver or an extension API server it would mean: {}",
            found.meaning
        ),
        rules: Vec::new(),
        next: Vec::new(),
        ..found
    }
}

/// What was found, beside the name of another program.
fn carried(found: Explanation, who: &str) -> Explanation {
    Explanation {
        about: About::NotTold,
        meaning: format!(
            "The line names {who}, and most often others have these words. Where {who} only ran the command, or the line is from its log: {}",
            found.meaning
        ),
        ..found
    }
}

/// What was found, of a program that has a front proxy of its own.
fn of_namesake(found: Explanation, who: &str) -> Explanation {
    Explanation {
        printed_by: "a program with a front proxy of its own".to_owned(),
        about: About::SomethingElse,
        meaning: format!(
            "This is not kube-apiserver's front proxy, and none of its flags: the line names {who}. Of kube-apiserver it would mean: {}",
            found.meaning
        ),
        rules: Vec::new(),
        next: Vec::new(),
        ..found
    }
}

/// A group of an aggregated API.
static AGGREGATED: Pattern = Pattern::new(concat!(
    aggregated_groups!(one_of),
    r"|(?i:\b(?:pod|node|custom|external|resource) ?metrics\b|metrics api)"
));

/// A program that is to serve an aggregated API and asks kube-apiserver first.
static STARTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r"(?i)unable to (?:run|install|set ?up|start)\b[^\n]{0,60}\bmetrics\b|unable to construct [^\n]{0,40}(?:mapper|discovery|client)",
    )
});

/// A refused request, of the API or the party that is named.
fn of_whom_it_names(found: Explanation, parties: &Parties<'_>) -> Explanation {
    let record = parties.record();
    if STARTS.as_ref().is_some_and(|words| words.is_match(record)) {
        return Explanation {
            meaning: "The answer was 401 Unauthorized while a program that is to serve an aggregated API started: kube-apiserver did not accept the program's own \
                      credentials, its service account's token or its kubeconfig (expired, of a deleted account or of another cluster). The front proxy has no part in it."
                .to_owned(),
            next: Vec::new(),
            ..found
        };
    }
    if AGGREGATED.is_match(record) {
        return Explanation {
            about: About::NotTold,
            meaning: "The answer was 401 Unauthorized, and the line names an aggregated API, or metrics. Where others answer, its extension API server did not \
                      accept the front-proxy client of the kube-apiserver that proxied the request; where everything answers 401, kube-apiserver did \
                      not accept the caller's own credentials."
                .to_owned(),
            ..found
        };
    }
    match parties.other() {
        Some(other) if !other.is_of_kube_apiserver() => Explanation {
            printed_by: other.printed_by(),
            meaning: format!(
                "{}. `Unauthorized` is its own answer, or one that it got: a token, a password or a certificate is not accepted there.",
                other.connection()
            ),
            next: Vec::new(),
            ..found
        },
        None if !KUBERNETES.is_match(record) => Explanation {
            printed_by: NOBODY.to_owned(),
            meaning: "Some server answered 401 Unauthorized, and the line names none of Kubernetes: a token, a password or a certificate is not accepted there. \
                      Was it kube-apiserver, the client's own credentials are no longer accepted; only where aggregated APIs alone answer so is it the front proxy."
                .to_owned(),
            next: Vec::new(),
            ..found
        },
        _ => found,
    }
}

/// What makes a client of kube-apiserver likely.
static KUBERNETES: Pattern = Pattern::new(
    r"(?i)kube|k8s|api[ -]?server|\bcluster|\bpods?\b|\bnodes?\b|namespace|service ?account|resource|controller|\bhpa\b|metric|leader|\block\b|deployment|scale|configmap|api versions|\boc\b|(?-i:\b[IWEF]\d{4} )|provide credentials",
);

/// Words that say nothing of who speaks: loggers', and what leads to an error.
static NEUTRAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(concat!(
        r"(?i)^(?:|[a-z]{1,2}|.*\d.*|\w+\.go|error|err|msg|message|failed|fatal|panic|warn|warning|info|debug|level|time|std(?:err|out)",
        r"|to|the|of|for|a|an|on|in|with|by|due|is|verify|certificate|certificates|client|body|response|request|transport|authenticate|unable|load|root|cannot|invalid|value",
        r"|log|stream|caller|stack|logger|unhandlederror|unhandled|command|key|reason|from|server|unauthorized|http|tls|handshake",
        r"|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|utc|exit|status|code|goroutine|running|main)$",
    ))
});

/// Whether the record holds nothing beside what was recognised, and what loggers put around it.
fn is_bare(record: &str, range: &Range<usize>) -> bool {
    let rest = [record.get(..range.start), record.get(range.end..)];
    let is_between = |character: char| !character.is_alphanumeric() && !matches!(character, '.' | '_' | '-');
    let mut words = rest.into_iter().flatten().flat_map(|text| text.split(is_between));
    words.all(|word| NEUTRAL.as_ref().is_some_and(|neutral| neutral.is_match(word)))
}

#[cfg(test)]
mod tests {
    use crate::explain::{About, explain};

    /// What Go and client-go say in every program.
    const ANYBODYS: &[&str] = &[
        "x509: certificate signed by unknown authority",
        "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-01-02T00:00:00Z is after 2026-01-01T00:00:00Z",
        "x509: certificate is valid for a.example.com, not b.example.com",
        "x509: certificate relies on legacy Common Name field, use SANs instead",
        "x509: certificate specifies an incompatible key usage",
        "tls: private key does not match public key",
        "tls: failed to find any PEM data in certificate input",
        "tls: client didn't provide a certificate",
        "remote error: tls: bad certificate",
        "remote error: tls: certificate required",
        "open /run/certs/tls.crt: no such file or directory",
        "open /etc/ssl/private/tls.key: permission denied",
        "data does not contain any valid RSA or ECDSA certificates",
        "unknown shorthand flag: 'A' in -A",
        "listen tcp :8080: bind: address already in use",
        "unable to parse bytes as PEM block",
    ];

    /// Lines that name somebody else, with a place for the message.
    const STRANGERS: &[&str] = &[
        "pq: {}",
        "thanos: receive: {}",
        "level=error component=kiali msg=\"{}\"",
        "dockerd[12]: {}",
        r#"2022-09-26 13:53:31.250172 I | embed: rejected connection from "172.19.0.2:57472" (error "{}", ServerName "")"#,
        r#"{"level":"warn","caller":"embed/config_logging.go:169","msg":"rejected connection","error":"{}"}"#,
        "transport: Error while dialing: {} endpoint=https://10.0.0.1:2379",
        r#"Get "https://10.0.0.5:10250/metrics/resource": {}"#,
        r#"failed calling webhook "a.example.com": failed to call webhook: Post "https://a.b.svc:443/validate": {}"#,
        "failed calling webhook a.example.com: {}",
        r#"oidc: authenticator not initialized: Get "https://login.example.com/.well-known/openid-configuration": {}"#,
        r#"Get "https://10.0.0.1:6443/.well-known/openid-configuration": {}"#,
        r#"Failed to pull image "a/b": Get "https://registry.example.com/v2/": {}"#,
        r#"Put "https://vault.example.com:8200/v1/auth/kubernetes/login": {}"#,
        "[error] 31#31: ingress-nginx: {}",
        "error: cannot connect to postgres: {}",
        "fatal: unable to access 'https://git.example.com/a.git/': git fetch: {}",
        r#"Get "https://10.96.0.1:443/apis/cert-manager.io/v1/certificates": {}"#,
        r#"Get "https://10.96.0.1:443/api/v1/nodes?limit=500": {}"#,
        "I0101 10:00:00.000000   1 kubelet.go:12] {}",
        "keycloak: {}",
        "[mysql] packets.go:58: {}",
    ];

    /// Nothing but the message, what a logger puts around it, and words that name nobody.
    const NOBODY: &[&str] = &[
        "{}",
        "Error: {}",
        "F1126 00:00:00.000000       1 server.go:12] {}",
        r#"{"level":"error","msg":"{}"}"#,
        "Error accessing the datastore: {}",
    ];

    /// Lines that name the front proxy.
    const FRONT_PROXY: &[&str] = &[
        "W0101 10:00:00.000000   1 dynamic_serving_content.go:12] aggregator-proxy-cert::/a/front-proxy-client.crt: {}",
        r#"error loading "request-header::/etc/kubernetes/pki/front-proxy-ca.crt": {}"#,
        "the proxy client: {}",
    ];

    fn about(place: &str, message: &str) -> Option<About> {
        explain(&place.replace("{}", message)).first().map(|found| found.about)
    }

    /// The subject of a line decides, and not the words that every program has.
    #[test]
    fn who_is_named_decides_whose_matter_a_message_is() {
        for message in ANYBODYS {
            for place in STRANGERS {
                assert_eq!(about(place, message), Some(About::SomethingElse), "{place}: {message}");
            }
            for place in NOBODY {
                let about = about(place, message);
                assert!(matches!(about, Some(About::NotTold | About::SomethingElse)), "{place}: {message}: {about:?}");
            }
            for place in FRONT_PROXY {
                let about = about(place, message);
                assert!(!matches!(about, None | Some(About::NotTold)), "{place}: {message}: {about:?}");
            }
        }
    }

    /// With nothing around them, the words of refused certificates are nobody's.
    #[test]
    fn a_message_alone_claims_nothing() {
        for message in ANYBODYS.iter().filter(|message| message.starts_with("x509: certificate s")) {
            for place in NOBODY {
                assert_eq!(about(place, message), Some(About::NotTold), "{place}: {message}");
            }
        }
    }

    #[test]
    fn an_api_servers_own_words_stay_the_front_proxys() {
        for line in [
            "E1126 00:00:00.000000 1 authentication.go:73] \"Unable to authenticate the request\" err=\"x509: certificate signed by unknown authority\"",
            "pods.metrics.k8s.io is forbidden: User \"10.0.0.1\" cannot list",
            "Error: open /etc/kubernetes/pki/front-proxy-ca.crt: no such file or directory",
        ] {
            let found = explain(line);
            assert!(found.iter().any(|one| one.about == About::FrontProxy), "{line}: {found:?}");
        }
    }
}
