//! Whose matter a record is: the question that comes before what its words mean.
//!
//! Go's crypto/tls, crypto/x509, net and pflag, and client-go, say the same words in every program of a cluster. So what
//! would be told as the front proxy's or an extension API server's stays so only where the record names one of these, or
//! holds nothing but the message. Where it names another party, or words that nobody knows, it is another's matter.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::address::Called;
use super::conversation::{self, Conversation};
use super::pattern::{compile, one_of};
use super::{About, Explanation, stranger};
use crate::kubernetes::names::aggregated_groups;

/// What only the aggregation layer says; another name in the same line does not count beside it.
static OWN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(concat!(
        r"(?i)front-?proxy|request-?header|proxy[- ]client|proxy transport|(?:client-)?auth-proxy|kubernetes-proxy|aggregator|aggregat(?:ion|ed)",
        r"|extension-apiserver|apiservices?\b|apiregistration|(?:authentication|authorization)-kubeconfig|delegated auth|User \x22[\w.:-]*(?:proxy|aggregat|apiserver)|x-remote-|subject with cn=[^\n]* allowed list|must be logged in",
        r"|FailedGet\w*Metric|(?:resource|custom|external) metrics API|unable to handle the request|server APIs: |resource list for|discover some groups",
        r"|(?:failing or missing|no) response from https?://|bad status from|endpoint(?:slice)?s? for service/|service/\S+ in \x22|OpenAPI spec for|failed to download v\d|extension auth|caBundle|Forbidden: |post-timeout|Reason: *(?:Passed|\w*APIService)",
        r"|FailedDiscoveryCheck|AggregationController|DiscoveryManager|attempted: x509|\bv\d\w*\.[a-z0-9.-]+ failed with|",
        aggregated_groups!(one_of)
    ))
});

/// What programs of the aggregation layer say, and others too.
static LIKELY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(concat!(
        r"(?i)api-?server(?:[^-\w/]|-\d|$)|metrics-?server|metrics[- ]api|adapter|controller-manager|client[- ]ca\b|client-ca-|/apis/",
        r"|(?:dynamic_|configmap_|union_)\w*\.go|(?:authentication|x509|tlsconfig|secure_serving|serving|wrap|httplog|handler_proxy)\.go:",
        r"|discover|resource list|server APIs|API group|poststarthook",
        r"|subjectaccessreview|(?:Readiness|Liveness) probe|horizontal|\bhpa\b|FailedGet|metrics API|system:anonymous",
        r#"|"kind": ?"Status"|Unable to authenticate|CA bundle (?:for|provider|and Verifier|\x22)|admission plugin|[AS]KID=|trying to reach|websocket|tls: failed to verify client|missing clientCA|endpoint(?:slice)?s? for service|ExtKeyUsage|tokenreview|auth-delegator|secure-port|kubeadm"#,
    ))
});

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
        let by_words =
            || Conversation::of(record).filter(|known| known.about == About::SomethingElse).map(Self::Conversation);
        let by_name = || stranger::of(record).map(Self::Stranger);
        let called = Called::of(record);
        let of_kube_apiserver =
            || (called == Some(Called::KubeApiserver)).then_some(Self::Conversation(&conversation::KUBE_APISERVER));
        let by_address = || {
            let conversation = match called? {
                Called::KubeApiserver => &conversation::KUBE_APISERVER,
                Called::Service => &conversation::SERVICE,
                Called::Outside => &conversation::OUTSIDE,
            };
            Some(Self::Conversation(conversation))
        };
        by_words().or_else(of_kube_apiserver).or_else(by_name).or_else(by_address)
    }

    /// And where nobody is named: any conversation that the record tells of, at least a TLS client's.
    pub(super) fn or_unnamed(record: &str) -> Option<Self> {
        let client = || conversation::is_of_client(record).then_some(&conversation::TLS_CLIENT);
        Self::of(record).or_else(|| Conversation::of(record).or_else(client).map(Self::Conversation))
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
                format!("This is not the front proxy: the line is about {who}, which is no API server of Kubernetes")
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

    pub(super) fn next(self) -> &'static [&'static str] {
        match self {
            Self::Conversation(conversation) => conversation.next,
            Self::Stranger(_) => &[],
        }
    }
}

/// Whether a record is the aggregation layer's by its own words.
pub(super) fn is_own(record: &str) -> bool {
    OWN.as_ref().is_some_and(|words| words.is_match(record))
}

fn is_likely(record: &str) -> bool {
    LIKELY.as_ref().is_some_and(|words| words.is_match(record))
}

/// What was found, as the matter of whom the record names.
pub(super) fn settle(found: Explanation, range: &Range<usize>, record: &str) -> Explanation {
    if found.about == About::SomethingElse || is_own(record) {
        return found;
    }
    match Other::of(record) {
        Some(other) => Explanation {
            printed_by: other.printed_by(),
            about: About::SomethingElse,
            meaning: format!(
                "{}. Go says the same words in every program: look at the certificates, keys and CAs in the settings of those \
                 two.",
                other.connection()
            ),
            rules: Vec::new(),
            next: Vec::new(),
            ..found
        },
        None if is_likely(record) || is_bare(record, range) => found,
        None => Explanation {
            printed_by: "a program that the line does not name".to_owned(),
            about: About::SomethingElse,
            meaning: format!(
                "The line names no API server of Kubernetes, and these words are any program's: most likely it is about that \
                 program's own certificates and settings, and not about the front proxy. Printed by kube-apiserver or an \
                 extension API server it would mean: {}",
                found.meaning
            ),
            rules: Vec::new(),
            next: Vec::new(),
            ..found
        },
    }
}

/// Words that say nothing of who speaks: loggers', and what leads to an error.
static NEUTRAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(concat!(
        r"(?i)^(?:|[a-z]{1,2}|.*\d.*|\w+\.go|error|err|msg|message|failed|fatal|panic|warn|warning|info|debug|level|time|std(?:err|out)",
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

    /// Programs and messages, each of which says the other's words in no log: a line of any two is not the front proxy's.
    #[test]
    fn a_line_that_names_somebody_else_is_not_the_front_proxys() {
        let programs = [
            "pq: ",
            "thanos: receive: ",
            "level=error component=kiali msg=",
            "Error accessing the datastore: ",
            "dockerd[12]: ",
        ];
        let messages = [
            "x509: certificate signed by unknown authority",
            "x509: certificate is valid for a.example.com, not b.example.com",
            "tls: private key does not match public key",
            "tls: client didn't provide a certificate",
            "open /run/certs/tls.crt: no such file or directory",
            "open /etc/ssl/private/tls.key: permission denied",
            "data does not contain any valid RSA or ECDSA certificates",
            "unknown shorthand flag: 'A' in -A",
            "listen tcp :8080: bind: address already in use",
            "remote error: tls: certificate required",
        ];
        for (program, message) in programs.iter().flat_map(|program| messages.map(|message| (program, message))) {
            let found = explain(&format!("{program}{message}"));
            assert!(!found.is_empty(), "{program}{message}");
            assert!(found.iter().all(|one| one.about == About::SomethingElse), "{program}{message}: {found:?}");
        }
    }

    /// The same messages, of an API server's or with nothing around them.
    #[test]
    fn an_api_servers_own_words_stay_the_front_proxys() {
        for line in [
            "E1126 00:00:00.000000 1 authentication.go:73] \"Unable to authenticate the request\" err=\"x509: certificate signed by unknown authority\"",
            "kube-apiserver: tls: private key does not match public key",
            "pods.metrics.k8s.io is forbidden: User \"10.0.0.1\" cannot list",
            "Error: open /etc/kubernetes/pki/front-proxy-ca.crt: no such file or directory",
            "F1126 00:00:00.000000 1 server.go:12] x509: certificate signed by unknown authority",
        ] {
            let found = explain(line);
            assert!(found.iter().any(|one| one.about == About::FrontProxy), "{line}: {found:?}");
        }
    }
}
