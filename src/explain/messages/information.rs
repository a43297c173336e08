//! Lines that their logger calls information, in words that nobody has met: where none of a failure is among them, nothing failed.

use std::ops::Range;

use super::super::{Explanation, reason};
use super::{About, Found, Message, Role, severity};

/// Flags, files and certificates of the front proxy, which no other program has.
macro_rules! front_proxy_names {
    () => {
        concat!(
            r"(?:--requestheader-[a-z-]+|--proxy-client-(?:cert|key)-file|\brequestheader-[a-z-]*[a-z]",
            r"|front-proxy-(?:ca|client)(?:\.crt|\.key)?|(?i:front-?proxyCA)|\bproxy-client(?:[ -](?:ca|CA))?(?:-key)?\.(?:crt|key|pem)|proxy-client[ -](?:ca|CA)",
            r"|kube-apiserver-(?:proxy-client|requestheader-ca)(?:-key)?(?:\.pem)?|\brequest-header-ca|\bclient-auth-proxy|\baggregator-(?:client(?:-ca|-signer)?|signer|ca)",
            r"|\bextension-apiserver-authentication)\b"
        )
    };
}

/// The same as what a row tells of.
macro_rules! front_proxy {
    () => {
        concat!("(?P<what>", front_proxy_names!(), ")")
    };
}

/// An APIService with its name or group, and the servers behind them.
macro_rules! named_aggregated {
    () => {
        concat!(
            r"(?:^|[^.\w])\w*APIServices?(?:Action)?[ :=/\x22']{1,3}v\d\w*\.[a-z][\w.-]*\w|\b(?i:api[ -]?services?(?:\.apiregistration\.k8s\.io)?)[ \x22/]{1,3}v\d\w*\.[a-z][\w.-]*\w",
            r"|(?:^|[^/.(\w])apiservices?\.apiregistration\.k8s\.io\b|(?i:[\w-]*(?:aggregated|extension)[ -]?api[ -]?(?:server|service)s?)(?:[^\w-]|[A-Z]|$)|\b(?i:imperative[ -]api)(?:[^-\w]|-sni|$)",
            r"|\b(?:kubernetes |kube-)aggregator\b|\baggregation client\b|\bapi service (?:CA|serving cert)\b"
        )
    };
}

/// The same, and the word alone, which is a word of other programs too; the name of a type in Go has a dot before it.
macro_rules! aggregated {
    ($group:literal) => {
        concat!(
            "(?P<",
            $group,
            ">",
            named_aggregated!(),
            r"|(?:^|[^.\w])\w*APIServices?(?:Action|Controller)?(?:_[\w-]+)?\b|(?:^|[^/.(\w])apiservices?(?:[^.\w-]|$))"
        )
    };
}

pub(super) use {aggregated, front_proxy_names, named_aggregated};

const OF_INFORMATION: Message = Message {
    pattern: "",
    printed_by: "a program, as information",
    about: About::NoFailure,
    meaning: "",
    rules: &[],
    next: &[],
    ..Message::PLAIN
};

/// What tells of a matter. Rows stand in the order in which they are looked for.
pub(super) static MESSAGES: &[Message] = super::rows![
    Message {
        pattern: r"^(?:I\d{4} [^\]\n]{0,80}\] )?\[(?P<phase>cert(?:ificate)?s|(?:up|down)load-certs|renew|kubeconfig|bootstrap-?token)\] [^\n]{1,300}",
        printed_by: "kubeadm or RKE 1 (init, join, upgrade, up)",
        meaning: "This is no failure: the installer says what it does in its phase {phase}.",
        ..OF_INFORMATION
    },
    Message {
        // Who takes one away logs that as information too.
        pattern: concat!(
            super::severity::information!(),
            r"\b(?i:creat|generat|writ|wrote|load|read|us|renew|sync|updat|sav|stor|keep|kept|start|chang|sign|issu|watch|rotat)\w*\b[^\n]{0,120}?",
            front_proxy!(),
            r"[^\n]{0,300}"
        ),
        meaning: "This is no failure: the line is one of information, and names what is the front proxy's ({what}). A CA of the front \
            proxy that is made anew must be the same on all control-plane nodes.",
        ..OF_INFORMATION
    },
    Message {
        pattern: concat!(super::severity::information!(), aggregated!("what"), r"[^\n]{0,300}"),
        meaning: "This is no failure: the line is one of information, and tells what a program does with an aggregated API ({what}). \
            Whether that is available, the condition of its APIService says.",
        next: &["kubectl get apiservices"],
        ..OF_INFORMATION
    },
    Message {
        pattern: concat!(
            super::severity::information!(),
            r"(?i:\b(?:certificates?|certs?|ca bundles?|trust bundles?|key pairs?|keypairs?|private keys?)\b)[^\n]{0,300}"
        ),
        meaning: "This is no failure: the line is one of information, about a certificate, a key or a CA; whose that is, its own words \
            say.",
        ..OF_INFORMATION
    },
];

/// Of these, what is told where words of a failure or a loss stand beside them.
pub(super) static IN_DOUBT: &[Message] = super::rows![
    Message { pattern: concat!(super::severity::information!(), front_proxy!(), r"[^\n]{0,300}"), ..OF_DOUBT },
    Message { pattern: concat!(super::severity::information!(), aggregated!("what"), r"[^\n]{0,300}"), ..OF_DOUBT },
];

const OF_DOUBT: Message = Message {
    pattern: "",
    printed_by: "a program, as information",
    about: About::NotTold,
    meaning: "The line is one of information, and names something of the aggregation layer ({what}); the message itself is not one that \
        aggcert knows. Something is waited for, taken away or left out, or went otherwise, which may be meant so: its own words say what. \
        Where an API does not work, the condition of its APIService tells.",
    rules: &[],
    next: &["kubectl get apiservices"],
    ..Message::PLAIN
};

/// What was found to be no failure, where the logger or the words beside it say otherwise.
pub(in crate::explain) fn doubted(found: Explanation, range: &Range<usize>, record: &str) -> Explanation {
    if found.about != About::NoFailure || found.role == Role::Harmless {
        return found;
    }
    let beside = [record.get(..range.start), record.get(range.end..)];
    if !severity::is_severe(record) && !beside.into_iter().flatten().any(severity::names_failure) {
        return found;
    }
    Explanation {
        about: About::NotTold,
        meaning: format!(
            "The line was logged as a warning or an error, or has words of a failure, and says itself what failed. Without these it would be none: {}",
            reason::lower_first(found.meaning.strip_prefix("This is no failure: ").unwrap_or(&found.meaning))
        ),
        ..found
    }
}

/// What information tells of a matter; whether there is any.
pub(in crate::explain) fn find(record: &str, found: &mut Vec<Found>) -> bool {
    let is_work = !severity::may_be_failure(record) && severity::is_of_work(record);
    let table = if is_work { &super::INFORMATION } else { &super::IN_DOUBT };
    super::find(table, record, found);
    !found.is_empty()
}
