//! How loggers call a record, and the words of a failure in it: whether one tells of a failure is asked here.

use std::sync::LazyLock;

use regex::Regex;

use super::super::pattern::compile;

/// A severity as klog, logrus, zap, slog, Rancher's logger and events of Kubernetes write it.
macro_rules! severity {
    ($klog:literal, $levels:literal, $capitals:literal, $event:literal) => {
        concat!(
            r"(?:\b",
            $klog,
            r"|\blevel=\W?(?i:",
            $levels,
            r#")|"(?i:level|severity)": ?"(?i:"#,
            $levels,
            r")|\[(?i:",
            $levels,
            r")\w*\]|\b(?:",
            $capitals,
            r")\b|type: '",
            $event,
            r"'|(?:^\W*|\s{2})",
            $event,
            r"\s{2})"
        )
    };
}

/// That of information, and what stands between it and the words that follow in a pattern.
macro_rules! information {
    () => {
        concat!(
            super::severity::severity!(
                r"I\d{4} \d\d:\d\d:\d\d[^\]\n]{0,80}\]",
                r"(?:info|debug|trace)",
                "INFO|DEBUG|TRACE",
                "Normal"
            ),
            r"[^\n]{0,200}?"
        )
    };
}

/// One of more than information.
macro_rules! severe {
    () => {
        super::severity::severity!(
            r"[WEF]\d{4} \d\d:\d\d:\d\d",
            r"(?:warn|err|fatal|d?panic|crit)",
            "WARN(?:ING)?|ERROR|FATAL",
            "Warning"
        )
    };
}

/// A word of a failure.
macro_rules! failure {
    () => {
        r"\b(?i:errors?|fail\w*|invalid|cannot|can't|could not|couldn't|unable|must|denied|refus\w+|missing|mismatch|expir\w+|not found|does not|doesn't|timed out|timeout|deadline exceeded|no such file|unexpected|unhealthy)\b"
    };
}

/// A failure, told by the severity or a word, before or behind what it is of.
macro_rules! failed {
    ($what:expr, $first:expr) => {
        concat!(
            "(?:",
            super::severity::severe!(),
            "|",
            super::severity::failure!(),
            r")[^\n]{0,200}?",
            $what,
            r"[^\n]{0,200}|",
            $first,
            r"[^\n]{0,200}?",
            super::severity::failure!(),
            r"[^\n]{0,200}"
        )
    };
}

pub(super) use {failed, failure, information, severe, severity};

static IS_SEVERE: LazyLock<Option<Regex>> = LazyLock::new(|| compile(severe!()));

/// Whether its logger calls a record more than information.
pub(super) fn is_severe(record: &str) -> bool {
    IS_SEVERE.as_ref().is_some_and(|severity| severity.is_match(record))
}

/// Words of a failure; a field without one is none.
static FAILURE: LazyLock<Option<[Regex; 2]>> = LazyLock::new(|| {
    Some([
        compile(failure!())?,
        compile(r#"(?i)\berr(?:or)?["']?[=:] ?(?:<nil>|nil\b|null\b|""|''|\[\]|\{\})|\b(?:no|0|without) errors?\b"#)?,
    ])
});

/// Whether a text has words of a failure.
pub(super) fn names_failure(text: &str) -> bool {
    FAILURE.as_ref().is_some_and(|[words, none]| words.is_match(&none.replace_all(text, "")))
}

/// Words by which information may tell of a failure all the same.
static OF_FAILURE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(concat!(
        failure!(),
        // The period of a certificate stands before `now`, and may have ended.
        r"|\(now=|(?i:n't|\b(?:not?|without|warning|wrong|conflict\w*|retry\w*|lost|revoked|reject\w*|ignor\w*|abort\w*|panic|unknown|unusual|bad|expir\w*|rolled back|roll\w* ?back|revert\w*|time[ds]? ?-?out|fall\w* back|fallback|disabl\w*|unauthorized|forbidden|unavailable|unhealthy|unexpected|insecure|too|near\w*|about to|differ\w*|empty|outdated|0 ca\w*|0 cert\w*|skip\w*|another|down|unreachable|throttl\w*|hijack\w*|degraded|crash\w*|kill\w*|evict\w*|overwrit\w*|40[0-9]|50[0-4])\b)"
    ))
});

/// What is taken away may be missed, unless it was of no use any more.
static IS_TAKEN_AWAY: LazyLock<Option<[Regex; 2]>> = LazyLock::new(|| {
    Some([
        compile(r"(?i)\b(?:delet|remov)\w*")?,
        compile(r"(?i)\b(?:deprecated|legacy|old|stale|obsolete|unused|previously)\b")?,
    ])
});

/// Whether information has words of a failure or a loss.
pub(super) fn may_be_failure(record: &str) -> bool {
    let is_lost = |[loss, useless]: &[Regex; 2]| loss.is_match(record) && !useless.is_match(record);
    OF_FAILURE.as_ref().is_none_or(|words| words.is_match(record)) || IS_TAKEN_AWAY.as_ref().is_none_or(is_lost)
}

/// Words of what is done, or is as it should be: information without any may tell of anything.
static OF_WORK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r"(?i)(?:\b|_)(?:add|allow|appl(?:y|i)|approv|ask|begin|build|built|call|check|chang|clean|complet|comput|configur|connect|copi|copy|creat|defin|delet|deploy|detect|discover|download|enabl|enqueu|ensur|exist|export|fetch|find|finish|found|generat|get|got|handl|import|includ|init|inject|install|issu|keep|kept|launch|list|load|look|match|merg|mount|observ|open|patch|prepar|proces|provision|proxy|pull|push|put|read|receiv|reconcil|redirect|refresh|regenerat|regist|reload|remov|renew|replac|request|resync|reus|rotat|run|sav|select|send|sent|set|sign|stor|start|stop|success|switch|sync|trigger|updat|upgrad|upload|us(?:e|ing)|valid|verif|wait|watch|writ|wrote)\w*|\b(?:available|done|healthy|now|ok|passed|ready|served?|serving|listening|up to date)\b",
    )
});

/// Whether it has words of what is done.
pub(super) fn is_of_work(record: &str) -> bool {
    OF_WORK.as_ref().is_some_and(|words| words.is_match(record))
}

#[cfg(test)]
mod tests {
    use crate::explain::{About, explain};

    /// An APIService of which nothing bad is said, as each logger writes it: the severity alone decides.
    #[test]
    fn every_loggers_severity_is_known_wherever_one_is_asked_for() {
        let said = "APIService v1beta1.metrics.k8s.io, as it is now";
        for (information, severe) in [
            ("I0102 03:04:05.000000       1 a.go:1] ", "W0102 03:04:05.000000       1 a.go:1] "),
            ("time=\"2026-01-02T03:04:05Z\" level=info msg=", "time=\"2026-01-02T03:04:05Z\" level=warning msg="),
            ("{\"level\":\"info\",\"msg\":", "{\"level\":\"error\",\"msg\":"),
            ("{\"severity\":\"INFO\",\"msg\":", "{\"severity\":\"CRITICAL\",\"msg\":"),
            ("2026/01/02 03:04:05 [INFO] ", "2026/01/02 03:04:05 [ERROR] "),
            ("2026-01-02 03:04:05 INFO ", "2026-01-02 03:04:05 WARN "),
            ("Normal   Seen  3s  operator  ", "Warning  Seen  3s  operator  "),
        ] {
            let about = |severity: &str| explain(&format!("{severity}\"{said}\"")).first().map(|found| found.about);
            assert!(matches!(about(information), Some(About::NoFailure | About::NotTold)), "{information}");
            assert!(matches!(about(severe), Some(About::ExtensionServer)), "{severe}: {:?}", about(severe));
        }
    }
}
