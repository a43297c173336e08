//! An answer may follow from who speaks, who was called and what was said, and from nothing else: known lines are changed
//! where that is not told, and the answer has to stay.

use regex::Regex;

use super::{About, Explanation, explain};

/// Lines as people reported them.
fn reported() -> impl Iterator<Item = String> {
    include_str!("../../fixtures/explain/reports.tsv").lines().skip(1).map(|row| {
        let line = row.rsplit('\t').next().unwrap();
        line.replace("\\\\", "\0").replace("\\n", "\n").replace('\0', "\\")
    })
}

/// A name, and names with words that look like a party.
const NAMES: [&str; 3] = ["blue-moon", "kubelet-bootstrap-etcd", "webhook-aggregator-front-proxy"];

/// Where a name stands that whoever runs the cluster chose: the pattern, and what it becomes.
const PLACES: &[(&str, &str)] = &[
    // The host of an address with a public name, and a Service and its namespace.
    (r#"(https?://)[a-z][a-z0-9-]*(\.[a-z][a-z0-9.-]*\.(?:com|org|net|io|dev|cn|ru|de)\b)"#, "${1}NAME${2}"),
    (r#"(https?://)[a-z][a-z0-9-]*\.[a-z0-9-]+(\.svc\b)"#, "${1}NAME.NAME${2}"),
    // The host of syslog.
    (r"^([A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d )[\w.-]+ ([\w-]+(?:\[\d+\])?: )", "${1}NAME ${2}"),
    // A namespace and an object in the path of a request.
    (r#"(/namespaces/)[a-z0-9-]+(/[a-z]+/)[a-z0-9-]+"#, "${1}NAME${2}NAME"),
    // An object and its namespace.
    (
        r#"((?:[Ss]ecret|[Cc]onfig ?[Mm]ap|[Pp]od|Deployment|[Ss]ervice) [\\"']{0,2})(?:kube-system|default|[a-z]+-system)/[a-z0-9-]+"#,
        "${1}NAME/NAME",
    ),
    (r#"(User "system:serviceaccount:)[a-z-]+:"#, "${1}NAME:"),
    (r#"(resource lock )[a-z-]+/[a-z-]+"#, "${1}NAME/NAME"),
    // A group of a CustomResourceDefinition.
    (
        r#"(/apis/)[a-z0-9-]+(\.(?:example\.com|projectcalico\.org|cattle\.io|istio\.io|example\.io|coreos\.com)\b)"#,
        "${1}NAME${2}",
    ),
];

fn named(line: &str, place: &Regex, to: &str, name: &str) -> String {
    place.replace_all(line, to.replace("NAME", name)).into_owned()
}

/// What was said, without the name.
fn said(line: &str, name: &str) -> Vec<(About, String, String)> {
    let plain = |text: &str| text.replace(name, "NAME");
    let said = |found: Explanation| (found.about, plain(&found.printed_by), plain(&found.meaning));
    explain(line).into_iter().map(said).collect()
}

/// What a host, a namespace or a group is called says nothing of who speaks with whom.
#[test]
fn chosen_names_decide_nothing() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (pattern, to) in PLACES {
        let place = Regex::new(pattern).unwrap();
        for line in reported().filter(|line| place.is_match(line)) {
            let [plain, telling @ ..] = NAMES.map(|name| said(&named(&line, &place, to, name), name));
            tried += 1;
            for other in telling.iter().filter(|other| **other != plain) {
                wrong.push(format!(
                    "{}\n  {:?}\n  {:?}",
                    named(&line, &place, to, "NAME"),
                    plain.first(),
                    other.first()
                ));
            }
        }
    }
    assert!(tried > 50, "{tried}");
    assert!(wrong.is_empty(), "{} of {tried}\n{}", wrong.len(), wrong.join("\n"));
}

/// Who begins a line, and what it may not be taken for.
const SPEAKERS: &[(&str, &str)] = &[
    ("Nov 25 10:00:00 node1 kubelet[812]: ", "client of the kubelet"),
    ("Warning  Failed  3m (x4 over 5m)  kubelet  ", "client of the kubelet"),
    ("kubelet.go:2419] ", "client of the kubelet"),
];

/// Who speaks is not the server that it called.
#[test]
fn a_speaker_is_not_whom_it_called() {
    let header = Regex::new(r"^[IWEF]\d{4} [\d:.]+ +\d+ \S+\.go:\d+\] ").unwrap();
    let mut wrong = Vec::new();
    for line in reported() {
        let line = header.replace(&line, "").into_owned();
        if explain(&line).iter().any(|found| found.printed_by.contains("kubelet")) {
            continue;
        }
        for (speaker, other) in SPEAKERS {
            let spoken = format!("{speaker}{line}");
            for found in explain(&spoken) {
                if found.printed_by.contains(other) {
                    wrong.push(format!("{spoken}\n   {}", found.printed_by));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

/// The beginning of a line does not deny what the whole affirms.
#[test]
fn a_line_that_was_cut_denies_nothing() {
    let mut wrong = Vec::new();
    for line in reported().filter(|line| !line.contains('\n')) {
        if !explain(&line)
            .first()
            .is_some_and(|whole| matches!(whole.about, About::FrontProxy | About::ExtensionServer))
        {
            continue;
        }
        let ends: Vec<usize> = line.match_indices(' ').map(|(at, _)| at).filter(|at| *at > line.len() / 3).collect();
        for end in ends {
            let cut = format!("{}...", &line[..end]);
            if let Some(found) = explain(&cut).first().filter(|found| found.about == About::SomethingElse) {
                wrong.push(format!("{cut}\n   {line}\n   {} {}", found.printed_by, found.meaning));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}
