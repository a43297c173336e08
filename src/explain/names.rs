//! Names that somebody chose for a host, a namespace, an object or a group: what they are called says nothing of who speaks.
//!
//! A host is called `etcd-backup`, a group `bootstrap.example.com`, a namespace `webhooks`. Words of parties are hidden where
//! such a name stands while a record is read, and shown again in what is said of it.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::{Captures, Regex};

use super::Explanation;
use super::pattern::{compile, journal, journal_tag};

/// What parties of a cluster are called by, and what hides it: other words of the same length.
const WORDS: [(&str, &str); 12] = [
    ("kubelet", "xhoryrg"),
    ("bootstrap", "obbgfgenc"),
    ("etcd", "rgpq"),
    ("webhook", "jroubbx"),
    ("kubectl", "xhorpgy"),
    ("kubeconfig", "xhorpbasvt"),
    ("aggregat", "nttertng"),
    ("front-proxy", "sebag-cebkl"),
    ("proxy-client", "cebkl-pyvrag"),
    ("konnectivity", "xbaarpgvivgl"),
    ("openid", "bcravq"),
    ("oidc", "bvqp"),
];

/// Where such names stand: the group `name`.
static PLACES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(concat!(
        // The host of an address.
        r#"https?://(?:[^/\s"'@]*@)?(?P<host>[a-z0-9.-]+)"#,
        // The host of a server in a configuration or a log of a proxy.
        r#"|\b(?:server|host|server_name|upstream|SNI)[\x22']?[=:]? [\x22'](?P<server>[a-z0-9-]+(?:\.[a-z0-9-]+)+)"#,
        // The host of syslog and journald, before the program.
        "|^",
        journal!(r"(?P<machine>[\w.-]+)"),
        journal_tag!(),
        // The first of two names that begin a line: where the second one runs, a namespace or a host.
        r"|^(?P<place>[a-z0-9]+(?:-[a-z0-9]+)+) [a-z0-9]+(?:-[a-z0-9]+)+ ",
        // An object in the path of a request; a group of the API in a path, before its version or behind it.
        r"|/namespaces/(?P<object>[a-z0-9-]+(?:/[a-z]+/[a-z0-9.-]+)?)|/apis/(?P<path>[a-z0-9.-]+)",
        r"|\b(?P<group>[a-z0-9-]+(?:\.[a-z0-9-]+)+)/v\d+(?:(?:alpha|beta)\d+)?\b|\bv\d+(?:(?:alpha|beta)\d+)?\.(?P<service>[a-z0-9-]+(?:\.[a-z0-9-]+)+)",
        r"|system:serviceaccount:(?P<account>[a-z0-9-]+):",
        r"|(?:resource lock|[Ss]ecret|[Pp]od|[Cc]onfigMap|[Dd]eployment|[Ss]ervice) [\x22']?(?P<pair>[a-z0-9-]+/[a-z0-9.-]+)",
        // What loggers and labels give a name: `namespace=x`, `"pod":"x"`.
        r#"|\b(?:namespace|pod|node|name|app|controller|deployment|cluster|job|release)[\x22']?[=:] ?[\x22']?(?P<value>[a-z0-9-]+)(?:[\x22'\s,;})]|$)"#,
        r"|\bin the namespace [\x22']?(?P<namespace>[a-z0-9-]+)",
    ))
});

static FINDERS: LazyLock<Option<[AhoCorasick; 2]>> = LazyLock::new(|| {
    let finders = [AhoCorasick::new(WORDS.map(|(word, _)| word)), AhoCorasick::new(WORDS.map(|(_, hidden)| hidden))];
    let [words, hidden] = finders.map(Result::ok);
    Some([words?, hidden?])
});

fn hidden(text: &str) -> String {
    let hidden = WORDS.map(|(_, hidden)| hidden);
    FINDERS.as_ref().map_or_else(|| text.to_owned(), |[finder, _]| finder.replace_all(text, &hidden))
}

fn shown(text: &mut String) {
    if let Some([_, finder]) = FINDERS.as_ref()
        && finder.is_match(text.as_str())
    {
        *text = finder.replace_all(text, &WORDS.map(|(word, _)| word));
    }
}

/// The record without words of parties in chosen names; what stands where stays.
pub(super) fn hide(record: &str) -> Cow<'_, str> {
    let has_words = FINDERS.as_ref().is_some_and(|[finder, _]| finder.is_match(record));
    if has_words { replaced(record, &|name, _| hidden(name)) } else { Cow::Borrowed(record) }
}

/// The record without chosen names, but for the host of an address: that is who was called.
pub(super) fn without(record: &str) -> Cow<'_, str> {
    replaced(record, &|name, is_host| if is_host { name.to_owned() } else { " ".to_owned() })
}

fn replaced<'a>(record: &'a str, other: &dyn Fn(&str, bool) -> String) -> Cow<'a, str> {
    let Some(places) = PLACES.as_ref() else { return Cow::Borrowed(record) };
    places.replace_all(record, |found: &Captures<'_>| {
        let all = found.get(0).map_or(0..0, |all| all.range());
        let name = found.iter().skip(1).flatten().next().map_or(all.end..all.end, |name| name.range());
        let part = |range| record.get(range).unwrap_or_default();
        let is_host = found.name("host").is_some();
        [part(all.start..name.start), &other(part(name.clone()), is_host), part(name.end..all.end)].concat()
    })
}

/// The names again as they stand in the record.
pub(super) fn show(explanation: &mut Explanation) {
    for text in [&mut explanation.recognised, &mut explanation.printed_by, &mut explanation.meaning] {
        shown(text);
    }
    explanation.next.iter_mut().for_each(shown);
}
