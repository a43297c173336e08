//! Regular expressions that are compiled once, and the look that most lines of a log do not survive.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use regex::{Captures, Match, Regex};

use super::literals;
use crate::text::shell_word;

/// Any of the parts of a pattern that a list of `kubernetes::names` hands over.
macro_rules! one_of {
    ($first:literal, $($part:literal,)*) => { concat!("(?:", $first $(, "|", $part)*, ")") };
}

/// A group of the API as one of these, with what may stand around it.
macro_rules! group_of {
    ($first:literal, $($group:literal,)*) => { concat!("(?:[a-z0-9-]+\\.)*(?:", $first $(, "|", $group)*, ")[a-z0-9.-]*") };
}

/// The name of an APIService: `v1beta1.metrics.k8s.io`. Releases and charts (`v1.2.3`) look like one and have no group.
macro_rules! api_service {
    () => {
        r"v\d+(?:(?:alpha|beta)\d+)?\.[a-z](?:[a-z0-9-]*[a-z0-9])?\.[a-z0-9.-]*[a-z0-9]"
    };
}

/// The aggregator asks an extension API server for `/apis/GROUP/VERSION`, and asked for nothing long ago, by an address or by
/// the name of a Service (for which people write `IP` or `x.x.x.x`); other programs have bad answers from other servers.
macro_rules! bad_answer {
    () => {
        concat!(
            r"(?:failing or missing response from https?://|(?:no response|bad status) from https?://(?:[^\s\x22']*/apis/[a-z0-9-]+\.",
            r"|(?:[\d.]+|\[[0-9a-f:]+\]|[a-z0-9.-]+\.svc|(?i:[a-z-]*ip|[x.]+))(?::\d+)?(?:/apis/|/?(?:[\s\x22':]|$))))"
        )
    };
}

/// The front proxy's files, as kubeadm, kops, RKE, k3s, OpenShift, kubeasz and kube-up call them. Other programs have an
/// aggregator and a proxy of their own.
macro_rules! front_proxy_file {
    () => {
        concat!(
            r"(?i:front-?proxy|request-?header|client-auth-proxy|\bproxy[-_]client|apiserver-(?:aggregator|proxy-client)",
            r"|aggregator-(?:client|proxy|signer|ca\b)|kube[\w./-]*aggregator|/aggregator\.(?:crt|key|pem)|\baggr_(?:ca|proxy_client))"
        )
    };
}

/// kube-apiserver's own serving certificate, as kubeadm and k0s, k3s and RKE2, MicroK8s, minikube and kops call it.
macro_rules! own_serving_file {
    () => {
        r"(?:kube-apiserver|/(?:etc/kubernetes|k0s|minikube/certs|kubernetes)/(?:(?:pki|ssl)/)?(?:apiserver|server)\.(?:crt|key|pem)|microk8s/\S{0,40}certs/server\.(?:crt|key)|rancher/(?:k3s|rke2)/server/tls/serving-)"
    };
}

/// client-go's words of a 503. What frameworks and books say of that status goes on: `due to`, `as a result of`, `because of`.
macro_rules! unavailable {
    () => {
        r"unable to handle the request(?:[^ ]|$| +(?:[^adb ]|[adb]\w*[=:]))"
    };
}

/// What leads to the group and version that a client did not get (client-go, discovery, `ErrGroupDiscoveryFailed`); a list of
/// several begins with any of them, and none begins in the middle of a group's name or path.
macro_rules! discovered {
    () => {
        concat!(
            r"(?:(?:server APIs|supported resources(?: from server)?|discover some groups\x22?):? ",
            r"(?:[^\n]{0,300}?[^\w./-])?|resource list for |[Ff]ailed to discover group: |[Dd]iscovery failure\W{1,4}group\W{1,4})"
        )
    };
}

/// What syslog and journald put before a line, with the month in the machine's language (`may 04`, `déc. 04`, `6月 04`); then
/// the machine, which `$machine` matches.
macro_rules! journal {
    ($machine:literal) => {
        concat!(
            r"(?:[A-Z][a-z]{2}|[^\s\d\x22\x27=:(){}\[\],;/-]{2,6}|\d{1,2}[^\x00-\x7f]{1,3}) +\d{1,2} \d\d:[\d:.]+ ",
            $machine,
            " "
        )
    };
}

/// The name of the program behind it, and its process.
macro_rules! journal_tag {
    () => {
        r"[\w./-]+(?:\[\d+\])?: "
    };
}

/// Whom the aggregator names in X-Remote-User when it asks by itself (kube-aggregator: openapi/aggregator, downloader.go;
/// apiserver/handler_discovery.go; controllers/status/remote).
macro_rules! aggregators_user {
    () => {
        "system:(?:kube-)?aggregator"
    };
}

/// Common names by which components and administrators are known to kube-apiserver, which must never be a front proxy's.
/// `system:auth-proxy` and `system:kube-aggregator` are front proxies' own.
macro_rules! identities_of_others {
    () => {
        r"(?:system:(?:node\b|kube-(?:proxy|scheduler|controller-manager)\b|cloud-controller-manager\b|masters\b|admin\b|serviceaccount\b)[^\s\x22\x27]*|(?:kubernetes|kube|cluster|minikube|k3s|default)-(?:super-)?(?:admin|user)|(?:super-)?admin)"
    };
}

pub(super) use {
    aggregators_user, api_service, bad_answer, discovered, front_proxy_file, group_of, identities_of_others, journal,
    journal_tag, one_of, own_serving_file, unavailable,
};

/// Compiles a pattern. One that is none matches nothing; a test compiles each.
pub(super) fn compile(pattern: &str) -> Option<Regex> {
    Regex::new(&in_ascii(pattern)).ok()
}

/// The pattern with the classes and boundaries of ASCII: what programs print about certificates has no other letters, and those of
/// Unicode are most of what compiling takes.
fn in_ascii(pattern: &str) -> String {
    let mut ascii = String::with_capacity(2 * pattern.len());
    let mut depth = 0_usize;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, depth) {
            ('\\', _) => {
                let escaped = characters.next().unwrap_or('\\');
                push_escaped(&mut ascii, escaped, depth > 0);
                continue;
            }
            ('[', _) => {
                depth += 1;
                ascii.push('[');
                // A bracket that stands first is one of the class.
                ascii.extend(characters.next_if_eq(&'^'));
                if characters.next_if_eq(&']').is_some() {
                    ascii.push_str("\\]");
                }
                continue;
            }
            (']', 1..) => depth -= 1,
            _ => {}
        }
        ascii.push(character);
    }
    ascii
}

fn push_escaped(ascii: &mut String, escaped: char, is_in_class: bool) {
    let class = match escaped {
        'w' | 'W' => "0-9A-Za-z_",
        'd' | 'D' => "0-9",
        's' | 'S' => r"\t\n\x0b\x0c\r ",
        'b' if !is_in_class => return ascii.push_str(r"(?-u:\b)"),
        other => return ascii.extend(['\\', other]),
    };
    let (begin, end) = match escaped.is_ascii_uppercase() {
        true => ("[^", "]"),
        false if is_in_class => ("", ""),
        false => ("[", "]"),
    };
    [begin, class, end].iter().for_each(|part| ascii.push_str(part));
}

/// Words, and which patterns want one of them.
struct Words {
    /// Whatever their case; `None`: they cannot be looked for, and each pattern is tried.
    finder: Option<AhoCorasick>,
    /// Of each word, the patterns.
    of: Vec<Vec<usize>>,
}

impl Words {
    fn new(patterns: impl Iterator<Item = &'static str>) -> Self {
        let mut of: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
        for (index, pattern) in patterns.enumerate() {
            for word in literals::required(pattern).unwrap_or_default() {
                of.entry(word.as_str()).or_default().push(index);
            }
        }
        let finder = AhoCorasickBuilder::new().ascii_case_insensitive(true).build(of.keys()).ok();
        Self { finder, of: of.into_values().collect() }
    }
}

/// Whether a text holds a word of any of these patterns: most lines of a log do not.
pub(super) struct FirstLook(Words);

impl FirstLook {
    pub(super) fn new(patterns: impl Iterator<Item = &'static str>) -> Self {
        Self(Words::new(patterns))
    }

    pub(super) fn passes(&self, text: &str) -> bool {
        self.0.finder.as_ref().is_none_or(|finder| finder.is_match(text))
    }
}

/// A pattern that is compiled when a text holds one of its words: that takes longer than a line is read.
pub(super) struct Pattern {
    text: &'static str,
    /// `None`: there are none to look for.
    words: OnceLock<Option<AhoCorasick>>,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(super) const fn new(text: &'static str) -> Self {
        Self { text, words: OnceLock::new(), regex: OnceLock::new() }
    }

    /// `None`: it is not in the text, for none of its words is.
    fn for_text(&self, text: &str) -> Option<&Regex> {
        let words =
            || AhoCorasickBuilder::new().ascii_case_insensitive(true).build(literals::required(self.text)?).ok();
        let may_be_in = self.words.get_or_init(words).as_ref().is_none_or(|words| words.is_match(text));
        may_be_in.then(|| self.regex.get_or_init(|| compile(self.text)).as_ref()).flatten()
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.for_text(text).is_some_and(|regex| regex.is_match(text))
    }

    pub(super) fn find<'a>(&self, text: &'a str) -> Option<Match<'a>> {
        self.for_text(text)?.find(text)
    }

    pub(super) fn captures<'a>(&self, text: &'a str) -> Option<Captures<'a>> {
        self.for_text(text)?.captures(text)
    }
}

#[cfg(test)]
thread_local! {
    /// How often a record was looked through for the rows of a table.
    pub(super) static LOOKS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// The rows of a table whose pattern is in a record.
pub(super) struct Table<T: 'static> {
    words: Words,
    rows: Vec<Row<T>>,
}

struct Row<T: 'static> {
    pattern: &'static str,
    /// Compiled when it is found: a log holds a few of a hundred.
    regex: OnceLock<Option<Regex>>,
    entry: &'static T,
}

impl<T> Row<T> {
    fn found_in(&self, record: &str) -> Option<(&Regex, &'static T)> {
        let regex = self.regex.get_or_init(|| compile(self.pattern)).as_ref()?;
        regex.is_match(record).then_some((regex, self.entry))
    }
}

impl<T> Table<T> {
    pub(super) fn new(rows: impl Iterator<Item = (&'static str, &'static T)>) -> Self {
        let row = |(pattern, entry)| Row { pattern, regex: OnceLock::new(), entry };
        let rows: Vec<Row<T>> = rows.map(row).collect();
        Self { words: Words::new(rows.iter().map(|row| row.pattern)), rows }
    }

    /// In the order of the table.
    pub(super) fn in_record(&self, record: &str) -> Vec<(&Regex, &'static T)> {
        #[cfg(test)]
        LOOKS.with(|looks| looks.set(looks.get() + 1));
        let Some(finder) = &self.words.finder else { return self.each_in(record) };
        let mut is_wanted = vec![false; self.rows.len()];
        for word in finder.find_overlapping_iter(record) {
            for index in self.words.of.get(word.pattern().as_usize()).into_iter().flatten() {
                is_wanted[*index] = true;
            }
        }
        let wanted = self.rows.iter().zip(is_wanted).filter(|(_, is_wanted)| *is_wanted);
        wanted.filter_map(|(row, _)| row.found_in(record)).collect()
    }

    /// The same without looking for words.
    pub(super) fn each_in(&self, record: &str) -> Vec<(&Regex, &'static T)> {
        self.rows.iter().filter_map(|row| row.found_in(record)).collect()
    }
}

/// Puts what the named groups hold in place of `{name}`.
pub(super) fn fill(text: &str, regex: &Regex, captures: &Captures<'_>) -> String {
    regex.capture_names().flatten().fold(text.to_owned(), |text, name| {
        let value = captures.name(name).map_or("", |group| unquoted(group.as_str().trim()));
        text.replace(&format!("{{{name}}}"), value)
    })
}

/// A value without the quote that closes what it stands in: `err="..."` holds others, whose escapes are gone.
fn unquoted(value: &str) -> &str {
    let is_odd = value.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
    value.strip_suffix('"').filter(|_| is_odd).unwrap_or(value)
}

/// The same for a command: a word that holds something from the record is quoted. `None`: the record holds nothing of what
/// a word needs, so the command would ask for something else.
pub(super) fn fill_command(command: &str, regex: &Regex, captures: &Captures<'_>) -> Option<String> {
    let word = |word: &str| {
        if !word.contains('{') {
            return Some(word.to_owned());
        }
        let mut wanted = regex.capture_names().flatten().filter(|name| word.contains(&format!("{{{name}}}")));
        let has = |name| captures.name(name).is_some_and(|group| !group.is_empty());
        wanted.any(has).then(|| shell_word(&fill(word, regex, captures)))
    };
    command.split(' ').map(word).collect::<Option<Vec<_>>>().map(|words| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::{compile, in_ascii};

    #[test]
    fn classes_and_boundaries_are_those_of_ascii() {
        for (pattern, ascii) in [
            (r"\ba\w+", r"(?-u:\b)a[0-9A-Za-z_]+"),
            (r"[\w.-]\D", r"[0-9A-Za-z_.-][^0-9]"),
            (r"[^\S\n]", r"[^[^\t\n\x0b\x0c\r ]\n]"),
            (r"[]\d]\]\\w", r"[\]0-9]\]\\w"),
        ] {
            assert_eq!(in_ascii(pattern), ascii);
        }
        let is_match = |pattern: &str, text: &str| compile(pattern).is_some_and(|regex| regex.is_match(text));
        assert!(is_match(r"^[^]\s]+$", "a.b-c") && !is_match(r"^[^]\s]+$", "a]b"));
        // A letter of another script is no part of a word.
        assert!(is_match(r"\bx509: ", "\u{932f}\u{8aa4}x509: a"));
    }
}
