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

/// A name that tells nothing, and others with words that look like a party.
const PLAIN: &str = "blue-moon";
const TELLING: [&str; 2] = ["kubelet-bootstrap-etcd", "webhook-aggregator-front-proxy"];
/// The host of an address may well be called by what listens there.
const OF_A_HOST: &str = "vault-nginx-istio-redis";

/// Where a name stands that whoever runs the cluster chose: the pattern, what it becomes, and whether it is who was called.
const PLACES: &[(&str, &str, bool)] = &[
    (r#"(https?://)[a-z][a-z0-9-]*(\.[a-z][a-z0-9.-]*\.(?:com|org|net|io|dev|cn|ru|de)\b)"#, "${1}NAME${2}", true),
    (r#"(https?://)[a-z][a-z0-9-]*\.[a-z0-9-]+(\.svc\b)"#, "${1}NAME.NAME${2}", true),
    // The host of syslog.
    (r"^([A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d )[\w.-]+ ([\w-]+(?:\[\d+\])?: )", "${1}NAME ${2}", false),
    // A namespace and an object, in the path of a request or with its kind.
    (r#"(/namespaces/)[a-z0-9-]+(/[a-z]+/)[a-z0-9-]+"#, "${1}NAME${2}NAME", false),
    (
        r#"((?:[Ss]ecret|[Cc]onfig ?[Mm]ap|[Pp]od|Deployment|[Ss]ervice) [\\"']{0,2})(?:kube-system|default|[a-z]+-system)/[a-z0-9-]+"#,
        "${1}NAME/NAME",
        false,
    ),
    (r#"(User "system:serviceaccount:)[a-z-]+:"#, "${1}NAME:", false),
    (r#"(resource lock )[a-z-]+/[a-z-]+"#, "${1}NAME/NAME", false),
    // A group of a CustomResourceDefinition.
    (
        r#"(/apis/)[a-z0-9-]+(\.(?:example\.com|projectcalico\.org|cattle\.io|istio\.io|example\.io|coreos\.com)\b)"#,
        "${1}NAME${2}",
        false,
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
    for (pattern, to, is_called) in PLACES {
        let place = Regex::new(pattern).unwrap();
        for line in reported().filter(|line| place.is_match(line)) {
            tried += 1;
            let said = |name: &str| said(&named(&line, &place, to, name), name);
            let plain = said(PLAIN);
            for name in TELLING.into_iter().chain((!is_called).then_some(OF_A_HOST)) {
                let other = said(name);
                if other != plain {
                    wrong.push(format!("{name}: {line}\n  {:?}\n  {:?}", plain.first(), other.first()));
                }
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

/// kube-scheduler serves no aggregated API: what it says of clients is of its own port.
#[test]
fn a_component_is_no_extension_api_server() {
    let mut wrong = Vec::new();
    for line in reported().filter(|line| !line.contains('\n')) {
        for speaker in
            ["Nov 25 10:00:00 m1 kube-scheduler[812]: ", "[pod/kube-controller-manager-m1/kube-controller-manager] "]
        {
            let spoken = format!("{speaker}{line}");
            let is_taken = |found: &Explanation| {
                matches!(found.about, About::FrontProxy | About::ExtensionServer)
                    && found.printed_by.starts_with("an extension API server")
            };
            wrong.extend(
                explain(&spoken)
                    .iter()
                    .filter(|found| is_taken(found))
                    .map(|found| format!("{spoken}\n   {}", found.printed_by)),
            );
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

/// The beginning of a line does not deny what the whole affirms.
#[test]
fn a_line_that_was_cut_denies_nothing() {
    assert_cuts_deny_nothing(|line| {
        let ends = blanks(line).filter(|at| *at > line.len() / 3).step_by(2);
        ends.map(|end| format!("{}...", &line[..end])).collect()
    });
}

/// What is left of a line is no other matter because its beginning is not there.
#[test]
fn a_line_without_its_beginning_denies_nothing() {
    assert_cuts_deny_nothing(|line| {
        let starts = blanks(line).filter(|at| *at < line.len() * 2 / 3).step_by(2);
        starts.map(|start| format!("...{}", &line[start..])).collect()
    });
}

fn blanks(line: &str) -> impl Iterator<Item = usize> {
    line.match_indices(' ').map(|(at, _)| at)
}

/// No part of a line of this matter is told as another matter.
fn assert_cuts_deny_nothing(cuts: impl Fn(&str) -> Vec<String>) {
    let mut wrong = Vec::new();
    for line in reported().filter(|line| !line.contains('\n')) {
        let is_ours = |whole: &Explanation| matches!(whole.about, About::FrontProxy | About::ExtensionServer);
        if !explain(&line).first().is_some_and(is_ours) {
            continue;
        }
        for cut in cuts(&line) {
            if let Some(found) = explain(&cut).first().filter(|found| found.about.denies()) {
                wrong.push(format!("{cut}\n   {line}\n   {} {}", found.printed_by, found.meaning));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

/// Who ran a command, or collected a log, is named before a line of this matter, and denies nothing of it.
#[test]
fn who_carries_a_line_denies_nothing() {
    // What is left to the words of every program: a certificate's flaw, and a caBundle of no kind.
    const ANYBODYS: [&str; 4] = ["x509: certificate ", "spec.caBundle", "aggregator-client", "serving cert"];
    let named =
        r#"x509: ECDSA verification failure" while trying to verify candidate authority certificate "front-proxy-ca")"#;
    let named = format!("vault: x509: certificate signed by unknown authority (possibly because of \"{named}");
    assert_eq!(explain(&named).first().map(|found| found.about), Some(About::FrontProxy));
    let is_ours = |found: &Explanation| matches!(found.about, About::FrontProxy | About::ExtensionServer);
    let is_told = |line: &String| explain(line).first().is_some_and(is_ours);
    let is_whole = |line: &String| !line.contains('\n') && !ANYBODYS.iter().any(|words| line.contains(words));
    let lines: Vec<String> = reported().filter(|line| is_whole(line) && is_told(line)).collect();
    assert!(lines.len() > 300, "{}", lines.len());
    for carrier in ["terraform: ", "vault: ", "$ kubectl x: ", "grafana: "] {
        for line in lines.iter().map(|line| format!("{carrier}{line}")) {
            let about = explain(&line).first().map(|found| found.about);
            // A table's row has to begin its line.
            let is_row = line.contains("<invalid>") || line.contains("is not a valid certificate for this cluster");
            assert!(!about.is_some_and(About::denies) || is_row, "{line}");
        }
    }
}
