//! Lines that their logger calls information, in words that nobody has met: where none of a failure is among them, nothing failed.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::pattern::compile;
use super::super::{Explanation, reason};
use super::{About, Found, Message, Role};

/// The severity of information, as klog, logrus, zap, slog, Rancher's logger and events of Kubernetes write it.
macro_rules! information {
    () => {
        r#"(?:\bI\d{4} \d\d:\d\d:\d\d[^\]\n]{0,80}\]|\blevel=\W?(?i:info|debug)\b|"(?i:level|severity)": ?"(?i:info|debug)"|\[(?i:info|debug)\]|\b(?:INFO|DEBUG)\b|type: 'Normal'|(?:^\W*|\s{2})Normal\s{2})[^\n]{0,200}?"#
    };
}

/// Files and certificates of the front proxy, which no other program has.
macro_rules! front_proxy {
    () => {
        r"(?P<what>front-proxy-(?:ca|client)\b|\bproxy-client(?:-ca)?(?:-key)?\.(?:crt|key|pem)\b|\brequestheader-[a-z-]+|\bextension-apiserver-authentication\b|\brequest-header-ca\b|\bclient-auth-proxy\b|\baggregator-(?:client|signer|ca)\b|\bkube-apiserver-(?:proxy-client|requestheader-ca)\b)"
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
            r"|(?:^|[^.\w])\w*APIServices?(?:Action)?\b|(?:^|[^/.(\w])apiservices?(?:[^.\w-]|$))"
        )
    };
}

pub(super) use {aggregated, named_aggregated};

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
            information!(),
            r"\b(?i:creat|generat|writ|wrote|load|read|us|renew|sync|updat|sav|stor|keep|kept|start|chang|sign|issu|watch|rotat)\w*\b[^\n]{0,120}?",
            front_proxy!(),
            r"[^\n]{0,300}"
        ),
        meaning: "This is no failure: the line is one of information, and names what is the front proxy's ({what}). A CA of the front proxy that is made anew must be the same on all control-plane nodes.",
        ..OF_INFORMATION
    },
    Message {
        pattern: concat!(information!(), aggregated!("what"), r"[^\n]{0,300}"),
        meaning: "This is no failure: the line is one of information, and tells what a program does with an aggregated API ({what}). Whether that is available, the condition of its APIService says.",
        next: &["kubectl get apiservices"],
        ..OF_INFORMATION
    },
    Message {
        pattern: concat!(
            information!(),
            r"(?i:\b(?:certificates?|certs?|ca bundles?|trust bundles?|key pairs?|keypairs?|private keys?)\b)[^\n]{0,300}"
        ),
        meaning: "This is no failure: the line is one of information, about a certificate, a key or a CA; whose that is, its own words say.",
        ..OF_INFORMATION
    },
];

/// Of these, what is told where words of a failure or a loss stand beside them.
pub(super) static IN_DOUBT: &[Message] = super::rows![
    Message { pattern: concat!(information!(), front_proxy!(), r"[^\n]{0,300}"), ..OF_DOUBT },
    Message { pattern: concat!(information!(), aggregated!("what"), r"[^\n]{0,300}"), ..OF_DOUBT },
];

const OF_DOUBT: Message = Message {
    pattern: "",
    printed_by: "a program, as information",
    about: About::NotTold,
    meaning: "The line is one of information, and names something of the aggregation layer ({what}); the message itself is not one that aggcert knows. Something is waited for, taken away or left out, or went \
        otherwise, which may be meant so: its own words say what. Where an API does not work, the condition of its APIService tells.",
    rules: &[],
    next: &["kubectl get apiservices"],
    ..Message::PLAIN
};

/// Words by which information may tell of a failure all the same.
static OF_FAILURE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(concat!(
        super::failure!(),
        // The period of a certificate stands before `now`, and may have ended.
        r"|\(now=|(?i:n't|\b(?:not?|without|warning|wrong|conflict\w*|retry\w*|lost|revoked|reject\w*|ignor\w*|abort\w*|panic|unknown|unusual|bad|expir\w*|rolled back|roll\w* ?back|revert\w*|time[ds]? ?-?out|fall\w* back|fallback|disabl\w*|unauthorized|forbidden|unavailable|unhealthy|unexpected|insecure|too|near\w*|about to|differ\w*|empty|outdated|0 ca\w*|0 cert\w*|skip\w*|another|down|unreachable|throttl\w*|hijack\w*|degraded|crash\w*|kill\w*|evict\w*|overwrit\w*|40[0-9]|50[0-4])\b)"
    ))
});

/// Words of what is done, or is as it should be: information without any may tell of anything.
static OF_WORK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r"(?i)(?:\b|_)(?:add|allow|appl(?:y|i)|approv|ask|begin|build|built|call|check|chang|clean|complet|comput|configur|connect|copi|copy|creat|defin|delet|deploy|detect|discover|download|enabl|enqueu|ensur|exist|export|fetch|find|finish|found|generat|get|got|handl|import|includ|init|inject|install|issu|keep|kept|launch|list|load|look|match|merg|mount|observ|open|patch|prepar|proces|provision|proxy|pull|push|put|read|receiv|reconcil|redirect|refresh|regenerat|regist|reload|remov|renew|replac|request|resync|reus|rotat|run|sav|select|send|sent|set|sign|stor|start|stop|success|switch|sync|trigger|updat|upgrad|upload|us(?:e|ing)|valid|verif|wait|watch|writ|wrote)\w*|\b(?:available|done|healthy|now|ok|passed|ready|served?|serving|listening|up to date)\b",
    )
});

/// What is taken away may be missed, unless it was of no use any more.
static IS_TAKEN_AWAY: LazyLock<Option<[Regex; 2]>> = LazyLock::new(|| {
    Some([
        compile(r"(?i)\b(?:delet|remov)\w*")?,
        compile(r"(?i)\b(?:deprecated|legacy|old|stale|obsolete|unused|previously)\b")?,
    ])
});

/// Whether information has words of a failure or a loss.
fn may_be_failure(record: &str) -> bool {
    let is_lost = |[loss, useless]: &[Regex; 2]| loss.is_match(record) && !useless.is_match(record);
    OF_FAILURE.as_ref().is_none_or(|words| words.is_match(record)) || IS_TAKEN_AWAY.as_ref().is_none_or(is_lost)
}

/// A severity of more than information, as the same loggers write it.
static IS_SEVERE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r#"\b[WEF]\d{4} \d\d:\d\d:\d\d|\blevel=\W?(?i:warn|err|fatal|panic|crit)|"(?i:level|severity)": ?"(?i:warn|err|fatal|panic|crit)|\[(?i:warn(?:ing)?|error|fatal)\]|\b(?:WARN(?:ING)?|ERROR|FATAL)\b|type: 'Warning'|(?:^\W*|\s{2})Warning\s{2}"#,
    )
});

/// Words of a failure; a field without one is none.
static FAILURE: LazyLock<Option<[Regex; 2]>> = LazyLock::new(|| {
    Some([
        compile(super::failure!())?,
        compile(r#"(?i)\berr(?:or)?["']?[=:] ?(?:<nil>|nil\b|null\b|""|''|\[\]|\{\})|\b(?:no|0|without) errors?\b"#)?,
    ])
});

/// What was found to be no failure, where the logger or the words beside it say otherwise.
pub(in crate::explain) fn doubted(found: Explanation, range: &Range<usize>, record: &str) -> Explanation {
    if found.about != About::NoFailure || found.role == Role::Harmless {
        return found;
    }
    let is_severe = IS_SEVERE.as_ref().is_some_and(|severity| severity.is_match(record));
    let is_failure = |[words, none]: &[Regex; 2]| {
        let beside = [record.get(..range.start), record.get(range.end..)];
        beside.into_iter().flatten().any(|text| words.is_match(&none.replace_all(text, "")))
    };
    if !is_severe && !FAILURE.as_ref().is_some_and(is_failure) {
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
    let is_work = !may_be_failure(record) && OF_WORK.as_ref().is_some_and(|words| words.is_match(record));
    let table = if is_work { &super::INFORMATION } else { &super::IN_DOUBT };
    super::find(table, record, found);
    !found.is_empty()
}
