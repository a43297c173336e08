//! Regular expressions that are compiled once, and the look that most lines of a log do not survive.

use std::sync::LazyLock;

use regex::{Captures, Regex, RegexSet};

/// Words without which no message of the tables can be in a record.
static WORDS: LazyLock<Option<RegexSet>> = LazyLock::new(|| {
    RegexSet::new([
        r"(?i)x509|tls:|asn1|certificate|requestheader|front-proxy|proxy-client|client-ca-file|file watch|fsnotify",
        r"(?i)extension-apiserver|apiservice|metrics\.k8s\.io|metrics API|/apis/",
        r"(?i)unauthori[sz]ed|forbidden|authenticat|bearer token|subjectaccessreview",
        r"(?i)unknown (shorthand )?flag|flag needs an argument|found multiple: |no such file|the server is currently unable|server APIs",
        r"FailedDiscoveryCheck|MissingEndpoints|ServiceNotFound|EndpointsNotFound|ServicePortError|ServiceAccessError",
    ])
    .ok()
});

/// Whether a record holds a word of this matter at all.
pub(super) fn may_say_something(record: &str) -> bool {
    WORDS.as_ref().is_none_or(|words| words.is_match(record))
}

/// Compiles a pattern. One that is none matches nothing; a test compiles each.
pub(super) fn compile(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

/// Puts what the named groups hold in place of `{name}`.
pub(super) fn fill(text: &str, regex: &Regex, captures: &Captures<'_>) -> String {
    regex.capture_names().flatten().fold(text.to_owned(), |text, name| {
        let value = captures.name(name).map_or("", |group| group.as_str());
        text.replace(&format!("{{{name}}}"), value)
    })
}
