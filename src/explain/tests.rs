use regex::Regex;

use super::messages;
use super::pattern::one_of;
use super::{About, Explanation, Role, conversation, explain, pattern, reason, stranger};
use crate::kubernetes::names::aggregated_groups;

/// Lines of files, flags and servers of many set-ups, with what they are about; personal details are replaced.
const LINES: &str = include_str!("../../fixtures/explain/lines.tsv");

struct Expected {
    about: Option<About>,
    rules: Vec<String>,
    phrase: String,
    line: String,
}

fn expected() -> impl Iterator<Item = Expected> {
    LINES.lines().skip(1).map(|row| {
        let columns: Vec<&str> = row.split('\t').collect();
        let about = match columns[0] {
            "FrontProxy" => Some(About::FrontProxy),
            "ExtensionServer" => Some(About::ExtensionServer),
            "SomethingElse" => Some(About::SomethingElse),
            "NoFailure" => Some(About::NoFailure),
            "NotTold" => Some(About::NotTold),
            "unknown" => None,
            other => panic!("{other} is no subject"),
        };
        let rules = columns[1].split(',').filter(|rule| !rule.is_empty()).map(str::to_owned).collect();
        let line = columns[3].replace("\\\\", "\0").replace("\\n", "\n").replace('\0', "\\");
        Expected { about, rules, phrase: columns[2].to_owned(), line }
    })
}

#[test]
fn known_lines_have_their_cause() {
    let mut wrong = Vec::new();
    for row in expected() {
        let explanations = explain(&row.line);
        let first = explanations.first();
        let is_right = first.map(|explanation| explanation.about) == row.about
            && first.is_none_or(|first| first.rules == row.rules && first.meaning.contains(&row.phrase));
        if !is_right {
            wrong
                .push(format!("{}\n  wants {:?}, {:?}, {:?}\n  {first:?}", row.line, row.about, row.rules, row.phrase));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

/// Lines as people reported them, in whatever they were wrapped, with what they are about and a word of the cause.
#[test]
fn reported_lines_have_their_cause() {
    let mut wrong = Vec::new();
    for row in include_str!("../../fixtures/explain/reports.tsv").lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let line = columns[2].replace("\\\\", "\0").replace("\\n", "\n").replace('\0', "\\");
        let first = explain(&line).into_iter().next();
        let about = first.as_ref().map_or("unknown".to_owned(), |first| format!("{:?}", first.about));
        let said = first.map(|first| format!("{} {}", first.meaning, first.next.join(" "))).unwrap_or_default();
        let cause = Regex::new(&format!("(?i){}", columns[1])).unwrap();
        let has_cause = about == "unknown" || cause.is_match(&said);
        if !columns[0].split('|').any(|wanted| wanted == about) || !has_cause {
            wrong.push(format!("{line}\n  wants {}, {:?}\n  {about}: {said}", columns[0], columns[1]));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

/// The group of an API alone makes no line the front proxy's: with a CustomResourceDefinition's in its place only what the
/// aggregator says, or who is taken for it, still does.
#[test]
fn a_group_of_somebody_else_proves_nothing() {
    let groups = Regex::new(aggregated_groups!(one_of)).unwrap();
    let own = Regex::new(concat!(
        "response from https|bad status from|failed with: |updating APIService |download legacy discovery|server APIs: |discover some groups|nonResourceAttributes|",
        r#"[Uu]ser "(?:aggregator|front-proxy-client)|(?:kube-apiserver|Go-http-client)/"#
    ))
    .unwrap();
    let rows = include_str!("../../fixtures/explain/reports.tsv").lines().skip(1);
    let lines = rows.filter_map(|row| row.rsplit('\t').next()).filter(|line| groups.is_match(line));
    let mut tried = 0;
    for line in lines.map(|line| groups.replace_all(line, "stable.example.com").replace("\\\\", "\\")) {
        tried += 1;
        let about = explain(&line).first().map(|found| found.about);
        assert!(about != Some(About::FrontProxy) || own.is_match(&line), "{line}");
    }
    assert!(tried > 100, "{tried}");
}

/// What a line is wrapped in changes nothing of what it says.
#[test]
fn wrappings_are_taken_off() {
    let quote = |line: &str| line.replace('\\', "\\\\").replace('"', "\\\"");
    type Wrapping<'a> = (&'a str, &'a dyn Fn(&str) -> String);
    let wrappings: [Wrapping<'_>; 7] = [
        ("CRI", &|line| format!("2024-01-01T00:00:00.000000000Z stderr F {line}")),
        ("Docker", &|line| format!(r#"{{"log":"{}\n","stream":"stderr","time":"2024-01-01T00:00:00Z"}}"#, quote(line))),
        ("zap", &|line| format!(r#"{{"level":"info","ts":1700000000.1,"msg":"{}"}}"#, quote(line))),
        ("journald", &|line| format!("Nov 25 10:00:00 node1 kube-apiserver[812]: {line}")),
        ("colours", &|line| format!("\x1b[31m{line}\x1b[0m")),
        ("borders", &|line| format!("│ {line}      │")),
        ("curly quotes", &|line| line.replacen('"', "\u{201c}", 1).replace('"', "\u{201d}")),
    ];
    for row in expected().filter(|row| row.about.is_some() && !row.line.contains('\n')) {
        for (name, wrap) in &wrappings {
            let explanations = explain(&wrap(&row.line));
            let about = explanations.first().map(|explanation| explanation.about);
            assert_eq!(about, row.about, "{name}: {}", wrap(&row.line));
        }
    }
}

/// A terminal breaks a line in the middle of a word, a ticket at a blank.
#[test]
fn broken_lines_are_put_together() {
    let line = r#"E1121 12:00:00.000000       1 authentication.go:73] "Unable to authenticate the request" err="[x509: subject with cn=kubelet is not in the allowed list: [front-proxy-client], verifying certificate SN=1, SKID=, AKID=AA failed: x509: certificate signed by unknown authority]""#;
    let whole = explain(line);
    for width in 40..line.len() {
        let broken: Vec<&str> = [&line[..width], &line[width..]].to_vec();
        let found = explain(&broken.join("\n"));
        assert_eq!(found.len(), 1, "broken at {width}: {found:?}");
        assert_eq!(found[0].rules, whole[0].rules, "broken at {width}");
    }
}

/// What a line says, and who prints it, is the same where a window or an editor broke it.
#[test]
fn a_line_says_what_it_says_whole() {
    let in_columns = |line: &str| {
        let characters: Vec<char> = line.chars().collect();
        characters.chunks(80).map(String::from_iter).collect::<Vec<_>>().join("\n")
    };
    let at_blanks = |line: &str| {
        let mut width = 0;
        let mut wrapped = String::new();
        for word in line.split(' ') {
            let is_first = wrapped.is_empty();
            let has_room = width + 1 + word.chars().count() <= 78;
            width = if has_room { width + 1 } else { 0 } + word.chars().count();
            wrapped += if is_first {
                ""
            } else if has_room {
                " "
            } else {
                "\n"
            };
            wrapped += word;
        }
        wrapped
    };
    let said = |line: &str| explain(line).into_iter().map(|said| (said.about, said.printed_by)).collect::<Vec<_>>();
    let rows =
        include_str!("../../fixtures/explain/reports.tsv").lines().skip(1).filter_map(|row| row.rsplit('\t').next());
    let lines: Vec<String> = rows.filter(|row| !row.contains(r"\n")).map(|row| row.replace(r"\\", r"\")).collect();
    let differing =
        |broken: &dyn Fn(&str) -> String| lines.iter().filter(|line| said(line) != said(&broken(line))).count();
    let (by_window, by_editor) = (differing(&in_columns), differing(&at_blanks));
    assert!(
        lines.len() > 1000 && by_window * 100 < lines.len() && by_editor * 40 < lines.len(),
        "{by_window}, {by_editor}"
    );
}

#[test]
fn records_beside_each_other_are_kept_apart() {
    let text = "E1125 10:00:00.0 1 a.go:1] failed calling webhook \"w\": x509: certificate signed by unknown authority\n\
                error: Metrics API not available\n\
                x509: subject with cn=a is not in the allowed list: [b]\n";
    let about: Vec<About> = explain(text).iter().map(|explanation| explanation.about).collect();
    assert_eq!(about, [About::FrontProxy, About::SomethingElse, About::ExtensionServer]);
}

/// Lines that a terminal broke at a width that is not a usual one have a rest behind them.
#[test]
fn two_lines_of_equal_width_are_two() {
    let text = "no endpoints available for service \"prometheus-adapter\"\nhttp: TLS handshake error from 192.168.133.64:51926:EOF";
    let mut about: Vec<About> = explain(text).iter().map(|explanation| explanation.about).collect();
    about.sort();
    assert_eq!(about, [About::ExtensionServer, About::SomethingElse]);
}

/// A log begins with what has started, and is read for what has not.
#[test]
fn what_is_no_failure_stands_behind_what_is_one() {
    let text = "I1125 10:00:00.0 1 secure_serving.go:213] Serving securely on [::]:443\n\
                E1125 10:00:00.0 1 x509.go:168] x509: subject with cn=a is not in the allowed list: [b]\n";
    let about: Vec<About> = explain(text).iter().map(|explanation| explanation.about).collect();
    assert_eq!(about, [About::FrontProxy, About::NoFailure]);
}

/// A condition's reason is told where its message is not.
#[test]
fn a_conditions_message_says_it_all() {
    let message = "Message: failing or missing response from https://10.0.0.1:443/apis/a.example.com/v1: bad status from \
                   https://10.0.0.1:443/apis/a.example.com/v1: 401";
    let reason = "Reason: FailedDiscoveryCheck";
    assert_eq!(explain(&format!("    {message}\n    {reason}\n")).len(), 1);
    assert_eq!(explain(&format!("    {reason}\n    Status: False\n")).len(), 1);
    assert_eq!(explain(&format!("error: Metrics API not available\n    {message}\n")).len(), 2);
}

#[test]
fn the_place_in_the_list_tells_who_refused() {
    let meaning = |error: &str| {
        let explanations = explain(&format!(r#"E1 "Unable to authenticate the request" err="{error}""#));
        explanations.into_iter().next().unwrap().meaning
    };
    let both = meaning(
        "[x509: certificate signed by unknown authority, verifying certificate SN=1, SKID=, AKID= failed: x509: certificate has expired or is not yet valid: current time 2026-01-02T00:00:00Z is after 2026-01-01T00:00:00Z]",
    );
    assert!(
        both.contains("request header authenticator's") && both.contains("refused it too: a certificate"),
        "{both}"
    );
    let lone = "x509: certificate signed by unknown authority";
    let alone = meaning(&format!("verifying certificate SN=1, SKID=, AKID= failed: {lone}"));
    assert!(alone.contains("passed the request on"), "{alone}");
    // X.509 marks its own since 1.20, and older servers had no `err=`.
    let unmarked = meaning(lone);
    assert!(unmarked.contains("request header authenticator's") && unmarked.contains("gave none"), "{unmarked}");
    let with_a_token = meaning(
        "[verifying certificate SN=1, SKID=, AKID= failed: x509: certificate signed by unknown authority, invalid bearer token]",
    );
    assert!(with_a_token.contains("passed the request on"), "{with_a_token}");
}

#[test]
fn rights_are_given_by_a_command_for_the_very_account() {
    let line = r#"configmaps "extension-apiserver-authentication" is forbidden: User "system:serviceaccount:tools:adapter" cannot get resource "configmaps""#;
    let Explanation { next, .. } = explain(line).remove(0);
    assert_eq!(
        next,
        [
            "kubectl create rolebinding adapter-auth-reader --namespace=kube-system --role=extension-apiserver-authentication-reader --serviceaccount=tools:adapter"
        ]
    );
}

#[test]
fn no_command_gives_a_right_to_everybody_or_to_kubernetes_itself() {
    let users = [
        "system:serviceaccount:tools:default",
        "system:anonymous",
        "system:node:w1",
        "system:kube-proxy",
        "system:kube-scheduler",
    ];
    let refused = [
        "configmaps \"extension-apiserver-authentication\" is forbidden: User \"USER\" cannot get resource \"configmaps\" in API group \"\" in the namespace \"kube-system\"",
        "subjectaccessreviews.authorization.k8s.io is forbidden: User \"USER\" cannot create resource",
        "tokenreviews.authentication.k8s.io is forbidden: User \"USER\" cannot create resource",
        "secrets is forbidden: User \"USER\" cannot list resource \"secrets\" in API group \"\" in the namespace \"shop\"",
        "pods is forbidden: User \"USER\" cannot list resource \"pods\" in API group \"\" at the cluster scope",
        "pods.custom.metrics.k8s.io is forbidden: User \"USER\" cannot get resource \"pods/a\" in API group \"custom.metrics.k8s.io\" at the cluster scope",
        "Forbidden (user=USER, verb=get, resource=nodes, subresource=metrics)",
    ];
    let creates =
        |line: &str| explain(line).iter().flat_map(|found| &found.next).any(|next| next.contains("kubectl create "));
    for line in refused {
        assert!(creates(&line.replace("USER", "system:serviceaccount:tools:adapter")), "{line}");
        for user in users {
            assert!(!creates(&line.replace("USER", user)), "{user}: {line}");
        }
    }
}

/// With some rights their holder takes all others.
#[test]
fn no_command_gives_a_right_that_gives_others() {
    let refused = [
        r#"users "bob" is forbidden: User "USER" cannot impersonate resource "users" in API group "" at the cluster scope"#,
        r#"groups "system:masters" is forbidden: User "USER" cannot impersonate groups at the cluster scope"#,
        r#"roles.rbac.authorization.k8s.io "a" is forbidden: User "USER" cannot escalate resource "roles" in API group "rbac.authorization.k8s.io" in the namespace "b""#,
        r#"clusterroles.rbac.authorization.k8s.io "a" is forbidden: User "USER" cannot bind resource "clusterroles" in API group "rbac.authorization.k8s.io" at the cluster scope"#,
        r#"rolebindings.rbac.authorization.k8s.io is forbidden: User "USER" cannot create resource "rolebindings" in API group "rbac.authorization.k8s.io" in the namespace "b""#,
        r#"signers.certificates.k8s.io "a/b" is forbidden: User "USER" cannot approve resource "signers" in API group "certificates.k8s.io" at the cluster scope"#,
        r#"secrets is forbidden: User "USER" cannot list resource "secrets" in API group "" at the cluster scope"#,
        r#"serviceaccounts "a" is forbidden: User "USER" cannot create resource "serviceaccounts/token" in API group "" in the namespace "b""#,
        r#"nodes "a" is forbidden: User "USER" cannot get resource "nodes/proxy" in API group "" at the cluster scope"#,
        r#"apiservices.apiregistration.k8s.io is forbidden: User "USER" cannot create resource "apiservices" in API group "apiregistration.k8s.io" at the cluster scope"#,
        r#"mutatingwebhookconfigurations.admissionregistration.k8s.io is forbidden: User "USER" cannot create resource "mutatingwebhookconfigurations" in API group "admissionregistration.k8s.io" at the cluster scope"#,
    ];
    let gives = |line: &str| explain(line).iter().flat_map(|found| &found.next).any(|next| next.contains(" create "));
    for line in refused {
        for user in ["alice", "alice@example.com", "system:serviceaccount:ci:deployer"] {
            assert!(!gives(&line.replace("USER", user)), "{user}: {line}");
            assert!(
                explain(&line.replace("USER", user))[0].meaning.contains("No command is printed"),
                "{user}: {line}"
            );
        }
    }
    assert!(!gives("Forbidden (user=system:serviceaccount:a:b, verb=create, resource=nodes, subresource=proxy)"));
    // To read roles gives nothing.
    assert!(gives(
        r#"roles.rbac.authorization.k8s.io is forbidden: User "alice" cannot list resource "roles" in API group "rbac.authorization.k8s.io" in the namespace "b""#
    ));
}

/// A log says the same of many addresses and at many times; accounts and names are told together, and statuses stay apart.
#[test]
fn what_differs_in_numbers_alone_is_said_once() {
    let line = |number: u32, account: &str, status: u32| {
        format!(
            "E1125 10:00:00.{number:06} 1 a.go:1] secrets is forbidden: User \"system:serviceaccount:ns:{account}\" cannot list \
             resource \"secrets\"\nI1125 10:00:00.{number:06} 1 wrap.go:47] GET /apis/metrics.k8s.io/v1beta1: (1.{number}ms) \
             {status} [a 10.0.0.{number}:33292]\n"
        )
    };
    let text: String = (0..50).map(|number| line(number, "app-1", 401)).collect();
    assert_eq!(explain(&text).len(), 2);
    let found = explain(&(text + &line(7, "app-2", 401) + &line(8, "app-1", 500)));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().any(|one| one.count == 52 && one.values.len() == 2), "{found:?}");
}

#[test]
fn an_unknown_line_gives_nothing() {
    for line in ["", "I1121 Starting kube-apiserver", "{}", "x509: something that nobody ever saw", "\u{1b}[0m", "\\u"]
    {
        assert_eq!(explain(line), [], "{line}");
    }
}

#[test]
fn a_very_long_line_is_cut() {
    let line = "ö".repeat(64 * 1024) + "x509: certificate signed by unknown authority";
    assert_eq!(explain(&line), []);
}

/// Whose matter a line is needs one look at it, however often it says the same: a look is as long as the line.
#[test]
fn a_line_is_looked_through_no_oftener_for_saying_more() {
    let looks = |times: usize| {
        pattern::LOOKS.with(|looks| looks.set(0));
        let line = "azure-k8s-metrics-adapter: x509: certificate signed by unknown authority ".repeat(times);
        assert_eq!(explain(&line).len(), 1);
        pattern::LOOKS.with(std::cell::Cell::get)
    };
    assert_eq!(looks(50), looks(2));
}

/// A manifest that somebody pasted says nothing of a failure, whatever its flags are called.
#[test]
fn a_flag_with_its_value_is_no_message() {
    let printed = include_str!("../../fixtures/kubernetes-flags/v1.37.2/kube-apiserver.txt").lines();
    for flag in printed.filter_map(|line| line.split(' ').next()) {
        let is_of_front_proxy = flag.starts_with("requestheader-") || flag.starts_with("proxy-client-");
        for value in ["a", "/etc/kubernetes/pki/x.crt"] {
            let said = explain(&format!("    - --{flag}={value}"));
            let is_flag = said.iter().all(|said| said.meaning.starts_with("These are flags and no message"));
            assert!(is_flag && said.is_empty() != is_of_front_proxy, "{flag}: {said:?}");
        }
    }
}

/// A pattern that does not compile would match nothing and say nothing.
#[test]
fn every_pattern_compiles() {
    let reasons = reason::REASONS.iter().map(|reason| reason.pattern);
    for text in conversation::patterns().chain(stranger::patterns()).chain(reasons) {
        assert!(pattern::compile(text).is_some(), "{text}");
    }
}

/// A pattern without a word to look for would be found in no line.
#[test]
fn every_pattern_has_words() {
    let patterns = messages::all().map(|message| message.pattern).chain(reason::REASONS.iter().map(|one| one.pattern));
    for pattern in patterns.chain(conversation::patterns()).chain(stranger::patterns()).filter(|one| !one.is_empty()) {
        assert!(super::literals::required(pattern).is_some(), "{pattern}");
    }
}

/// Looking for words first finds what trying each pattern finds.
#[test]
fn words_lose_nothing() {
    for row in expected() {
        for table in [&messages::SPECIFIC, &messages::GENERAL, &messages::LAST, &messages::REST] {
            let entries = |found: Vec<(&Regex, &'static messages::Message)>| -> Vec<*const messages::Message> {
                found.into_iter().map(|(_, entry)| std::ptr::from_ref(entry)).collect()
            };
            assert_eq!(entries(table.in_record(&row.line)), entries(table.each_in(&row.line)), "{}", row.line);
        }
    }
}

#[test]
fn texts_name_only_the_groups_of_their_pattern() {
    let of_messages = messages::all().flat_map(|message| {
        message.next.iter().chain(std::iter::once(&message.meaning)).map(|text| (message.pattern, *text))
    });
    let of_reasons = reason::REASONS.iter().map(|reason| (reason.pattern, reason.fault));
    for (pattern, text) in of_messages.chain(of_reasons) {
        let pattern = pattern::compile(pattern).unwrap_or_else(|| panic!("{pattern}"));
        let names: Vec<&str> = pattern.capture_names().flatten().collect();
        for (at, _) in text.match_indices('{') {
            let name = text[at + 1..].split('}').next().unwrap();
            let is_a_group = name.bytes().all(|byte| byte.is_ascii_lowercase());
            assert!(!is_a_group || names.contains(&name), "{pattern}: no group for {{{name}}}");
        }
    }
}

fn before_the_tests(code: &'static str) -> &'static str {
    code.split("#[cfg(test)]").next().unwrap_or_default()
}

#[test]
fn every_rule_that_is_named_exists() {
    let of_messages = messages::all().flat_map(|message| message.rules);
    let of_reasons = reason::REASONS.iter().flat_map(|reason| reason.client_rules.iter().chain(reason.serving_rules));
    // These two choose among lists of their own; of the words in quotes, those with dashes alone are ids.
    let code = [include_str!("availability.rs"), include_str!("authentication.rs")].map(before_the_tests);
    let id = Regex::new(r#""([a-z]+(?:-[a-z]+)+)""#).unwrap();
    let ids = code.iter().flat_map(|code| id.captures_iter(code)).map(|found| found.extract::<1>().1[0]);
    let of_code: Vec<&str> = ids.collect();
    assert!(of_code.len() > 20, "{of_code:?}");
    for id in of_messages.chain(of_reasons).copied().chain(of_code) {
        assert!(crate::lint::rules::find(id).is_some(), "there is no rule {id}");
    }
}

/// A row that calls itself harmless, or no cause, is ranked as that.
#[test]
fn what_a_meaning_says_of_itself_is_the_rows_role() {
    for message in messages::all() {
        let is_symptom = ["says nothing about the cause", "does not tell the cause"]
            .iter()
            .any(|words| message.meaning.contains(words));
        let is_harmless = message.meaning.starts_with("This is harmless");
        assert!(!is_symptom || message.role == Role::Symptom, "{}", message.meaning);
        assert_eq!(is_harmless, message.role == Role::Harmless, "{}", message.meaning);
    }
}

/// The first look at a line must let through whatever a table knows.
#[test]
fn what_is_recognised_passes_the_first_look() {
    let mut missed = Vec::new();
    for row in include_str!("../../fixtures/explain/reports.tsv").lines().skip(1) {
        let line = row.rsplit('\t').next().unwrap().replace("\\\\", "\0").replace("\\n", "\n").replace('\0', "\\");
        missed.extend(explain(&line).into_iter().map(|explanation| explanation.recognised));
    }
    missed.retain(|recognised| !super::FIRST_LOOK.passes(recognised));
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Prose is about other things than the line behind it, but for what it announces.
#[test]
fn a_word_of_the_prose_before_does_not_tell_who_speaks() {
    let said = |text: &str| explain(text).into_iter().map(|said| (said.about, said.printed_by)).collect::<Vec<_>>();
    let record = r#"{"log":"E0102 03:04:05.000000 1 authentication.go:65] Unable to authenticate the request due to an error: x509: certificate has expired or is not yet valid\n","stream":"stderr","time":"2026-01-02T03:04:05.000000000Z"}"#;
    for prose in ["The Kubelet stopped posting.\nLogs of it:\n", "The Kubelet is down.\n\nkube-apiserver says:\n\n"] {
        assert_eq!(said(&format!("{prose}{record}")), said(record), "{prose}");
    }
    let bare = "x509: certificate signed by unknown authority";
    for prose in [
        "Rancher 2.9. In the server:\n\n",
        "etcd and a webhook are fine, as it seems. In the server:\n",
        "Rancher says:\n\n```\n",
    ] {
        assert_eq!(said(&format!("{prose}{bare}")), said(bare), "{prose}");
    }
    assert_ne!(said(&format!("etcd says:\n{bare}")), said(bare));
}

/// Who has such a certificate could be any user.
#[test]
fn no_component_and_no_administrator_is_to_be_an_allowed_name() {
    let advice = |name: &str| {
        explain(&format!("x509: subject with cn={name} is not in the allowed list: [a]"))[0].meaning.clone()
    };
    for name in
        ["system:kube-proxy", "system:node:n1", "kubernetes-admin", "system:kube-scheduler", "kubernetes-super-admin"]
    {
        assert!(advice(name).contains("Never put that name") && !advice(name).contains("allow that name"), "{name}");
    }
    for name in ["front-proxy-client", "kube-apiserver", "system:auth-proxy", "kubernetes-proxy", "aggregator"] {
        assert!(advice(name).contains("allow that name"), "{name}");
    }
}
