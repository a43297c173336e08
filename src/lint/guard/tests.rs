//! Patches that may be printed, and those that may not.

use super::*;
use crate::lint::testing::{
    CLIENT_CA, Cluster, ConfigMapBuilder, Expect, FRONT_PROXY_CA, Issued, NOW, PROXY_CLIENT, PROXY_CLIENT_KEY,
    SetupBuilder, Subject, bundle, check_beside,
};
use crate::lint::{Baseline, BaselineRecorder, Beside, Judgement, Policy, judge, one_fix};
use crate::model::{Authentication, Objects, Request};

fn fix(rule: &str, config_map: &ConfigMapBuilder, server: &dyn Subject) -> Fix {
    let config_map = config_map.clone().set("resource-version", "7");
    check_beside(rules::find(rule).unwrap(), config_map, &[server]).expect_finding().fix
}

fn is_not_printed(fix: &Fix, words: &str) {
    assert!(fix.commands.is_empty() && fix.sentence.contains(words), "{words:?} of {fix}");
}

#[test]
fn a_client_ca_is_never_added() {
    let cluster = Cluster::new();
    let server = cluster.server().set("requestheader-client-ca-file", CLIENT_CA);
    is_not_printed(&fix("configmap-drift", &cluster.config_map(), &server.setup()), "clients log in with");
    // Of a directory alone the ConfigMap says which CA is the clients'.
    let directory = cluster.server().without("client-ca-file").file(FRONT_PROXY_CA, &cluster.client_ca.pem).fragment();
    is_not_printed(&fix("configmap-drift", &cluster.config_map(), &directory.setup()), "clients log in with");
    let sound = Cluster::new().server().without("client-ca-file").fragment();
    assert_eq!(fix("configmap-drift", &cluster.config_map(), &sound.setup()).commands.len(), 1);
}

/// The fix of a finding on the server comes first.
#[test]
fn nothing_is_added_or_taken_out_that_another_fix_changes() {
    let cluster = Cluster::new();
    let client = cluster.front_proxy_ca.client("x");
    let refused = cluster.server().file(PROXY_CLIENT, &client.pem).file(PROXY_CLIENT_KEY, &client.key_pem);
    let other = cluster.config_map().set("requestheader-allowed-names", r#"["aggregator"]"#);
    is_not_printed(
        &fix("configmap-drift", &other, &refused.setup()),
        "first do what proxy-client-name-not-allowed says",
    );
    let both = bundle(&[&Issued::ca("old"), &cluster.front_proxy_ca]);
    let stale = cluster.config_map().set("requestheader-client-ca-file", &both);
    assert_eq!(fix("configmap-stale-ca", &stale, &cluster.server().setup()).commands.len(), 1);
    let reused = cluster.server().set("requestheader-client-ca-file", CLIENT_CA).setup();
    is_not_printed(&fix("configmap-stale-ca", &stale, &reused), "first do what ca-reused says");
    let blank = cluster.server().set("requestheader-allowed-names", "front-proxy-client,").setup();
    is_not_printed(&fix("configmap-stale-ca", &stale, &blank), "first let kube-apiserver.yaml start");
}

/// Nobody will do what was accepted as it is.
#[test]
fn what_was_accepted_is_not_waited_for() {
    let cluster = Cluster::new();
    let client = cluster.front_proxy_ca.client("x");
    let refused = cluster.server().file(PROXY_CLIENT, &client.pem).file(PROXY_CLIENT_KEY, &client.key_pem).setup();
    let other =
        cluster.config_map().set("requestheader-allowed-names", r#"["aggregator"]"#).set("resource-version", "7");
    let other = other.read();
    let base = crate::source::BaseDirectory::new("/repo", ".");
    let fix = |settings: &str, before: Option<&Baseline>| {
        let beside = Beside::of([Target::Server(&refused)]);
        let file = crate::text::SourceFile::new("aggcert.toml", settings);
        let policy = Policy::parse(&file, base.clone(), &rules::ids(rules::ALL)).unwrap();
        let context = Context::new(&beside, Objects::NONE, NOW, time::Duration::days(30)).under(&policy);
        let context = before.map_or(context, |before| context.beyond(before.known(), &base));
        let outcome = rules::find("configmap-drift").unwrap().judge(Target::ConfigMap(&other), &context).unwrap();
        let findings = guarded(outcome, Target::ConfigMap(&other), &context).into_findings();
        findings.iter().map(|finding| finding.fix.to_string()).collect::<String>()
    };
    let rule = "proxy-client-name-not-allowed";
    for (settings, waits) in [
        (String::new(), true),
        (format!("[[ignore]]\nrule = \"{rule}\"\nreason = \"a lab\"\n"), false),
        (format!("[rules]\n{rule} = \"off\"\n"), false),
        (format!("[rules]\n{rule} = \"warning\"\n"), true),
    ] {
        let fix = fix(&settings, None);
        assert_eq!(fix.contains("first do what proxy-client-name-not-allowed"), waits, "{settings}: {fix}");
        assert_eq!(fix.contains("kubectl"), !waits, "{settings}: {fix}");
    }
    let context = Context::new(Beside::nothing(), Objects::NONE, NOW, time::Duration::days(30));
    let mut recorder = BaselineRecorder::default();
    recorder.add(&base, &judge(Target::Server(&refused), &context).unwrap());
    let before = Baseline::parse("baseline.json".to_owned(), &recorder.to_json()).unwrap();
    assert!(fix("", Some(&before)).contains("kubectl"));
    // Another one just like it is new.
    for (times, left) in [(1, 1), (2, 0)] {
        let mut recorder = BaselineRecorder::default();
        (0..times).for_each(|_| recorder.add(&base, &judge(Target::Server(&refused), &context).unwrap()));
        let before = Baseline::parse("baseline.json".to_owned(), &recorder.to_json()).unwrap();
        let changes = changes(&[&refused, &refused], &context.beyond(before.known(), &base));
        assert_eq!(changes.iter().filter(|change| change.rule == rule).count(), left, "{times}: {changes:?}");
    }
}

/// A CA that was just made lies in a directory that no server uses: the one before is in use.
#[test]
fn nothing_is_taken_out_for_files_alone() {
    let cluster = Cluster::new();
    let before = Issued::ca("before");
    let both = bundle(&[&before, &cluster.front_proxy_ca]);
    let map = cluster.config_map().set("requestheader-client-ca-file", &both);
    let mut made = cluster.server().without("client-ca-file").fragment().setup();
    made.invocation.format = crate::source::InputFormat::PkiDirectory;
    is_not_printed(&fix("configmap-stale-ca", &map, &made), "no flags of a kube-apiserver are here");
    let reused = map.set("requestheader-client-ca-file", &bundle(&[&cluster.client_ca, &cluster.front_proxy_ca]));
    is_not_printed(&fix("configmap-ca-reused", &reused, &made), "no flags of a kube-apiserver are here");
}

/// What gives a server another CA and client waits for the ConfigMap to hold the new CA, and that for the names.
#[test]
fn the_name_of_a_client_in_use_waits_for_nothing() {
    let cluster = Cluster::new();
    let node = |name: &str| {
        let client = cluster.client_ca.client(name);
        let shared = cluster.server().set("requestheader-client-ca-file", CLIENT_CA);
        let shared = shared.set("requestheader-allowed-names", "");
        shared.file(PROXY_CLIENT, &client.pem).file(PROXY_CLIENT_KEY, &client.key_pem).setup()
    };
    let (one, two) = (node("a"), node("b"));
    let client = cluster.front_proxy_ca.client("a");
    let new = cluster.server().without("client-ca-file").set("requestheader-allowed-names", "");
    let new = new.file(PROXY_CLIENT, &client.pem).file(PROXY_CLIENT_KEY, &client.key_pem).setup();
    let map = cluster.config_map().set("requestheader-client-ca-file", &cluster.client_ca.pem);
    let map = map.set("requestheader-allowed-names", "[]").set("resource-version", "7");
    let rule = rules::find("configmap-drift").unwrap();
    let fix = check_beside(rule, map.clone(), &[&one, &two, &new]).expect_finding().fix;
    assert!(fix.commands.len() == 1 && !fix.commands[0].contains("allowed-names"), "{fix}");
    // The first CA comes with the names of all, though findings give those servers a list.
    let empty = map.set("requestheader-client-ca-file", "");
    let fix = check_beside(rule, empty, &[&one, &two, &new]).expect_finding().fix;
    assert!(fix.commands.iter().any(|command| command.contains(r#"[\"a\",\"b\"]"#)), "{fix}");
}

#[test]
fn neither_the_last_ca_nor_the_last_name_is_taken_out() {
    let cluster = Cluster::new();
    let mut server = cluster.server();
    for flag in ["client-ca-file", "allowed-names", "username-headers", "group-headers", "extra-headers-prefix"] {
        server = server.without(&format!("requestheader-{flag}"));
    }
    let server = server.without("proxy-client-cert-file").without("proxy-client-key-file").setup();
    is_not_printed(&fix("configmap-stale-ca", &cluster.config_map(), &server), "no CA would be left");
    is_not_printed(&fix("configmap-stale-name", &cluster.config_map(), &server), "Leave the last name");
}

#[test]
fn what_a_proxy_client_needs_stays() {
    let cluster = Cluster::new();
    let shared = Cluster { proxy_client: cluster.client_ca.client("front-proxy-client"), ..cluster.clone() };
    let both = bundle(&[&cluster.client_ca, &cluster.front_proxy_ca]);
    let reused = cluster.config_map().set("requestheader-client-ca-file", &both);
    is_not_printed(&fix("configmap-ca-reused", &reused, &shared.server().setup()), "Not yet: ");
    assert_eq!(fix("configmap-ca-reused", &reused, &cluster.server().setup()).commands.len(), 1);
}

fn believes(setup: &Setup, certificates: Vec<Certificate>) -> bool {
    let headers = vec![("X-Remote-User".to_owned(), "eve".to_owned())];
    let request = Request { certificates, headers };
    Authentication::of(setup).is_ok_and(|asked| asked.authenticate(&request, NOW).front_proxy_user().is_some())
}

fn believes_client_of(node: &Setup, setup: &Setup) -> bool {
    node.proxy_client.loaded().is_some_and(|client| believes(setup, client.sent()))
}

/// The ConfigMap after the one patch that is printed for it; `None`: none is.
fn patched(config_map: &ConfigMapBuilder, nodes: &[&Setup]) -> Option<ConfigMapBuilder> {
    const KEYS: [&str; 2] = ["requestheader-client-ca-file", NAMES];
    let beside = Beside::of(nodes.iter().map(|node| Target::Server(node)));
    let context = Context::new(&beside, Objects::NONE, NOW, time::Duration::days(30));
    let judgement = judge(Target::ConfigMap(&config_map.read()), &context)?;
    let commands = judgement.findings().flat_map(|(_, finding)| finding.fix.commands.clone());
    let patches: Vec<String> = commands.filter(|command| command.contains(" patch ")).collect();
    let [command] = &patches[..] else {
        assert!(patches.is_empty(), "{patches:?}");
        return None;
    };
    let (_, patch) = command.trim_end_matches('\'').split_once("-p '")?;
    let patch: serde_json::Value = serde_json::from_str(patch).unwrap();
    let values = KEYS.iter().filter_map(|key| Some((*key, patch["data"][key].as_str()?)));
    Some(values.fold(config_map.clone(), |map, (key, value)| map.set(key, value)))
}

/// The first is sound.
fn odd_servers(cluster: &Cluster, old: &Issued) -> Vec<Setup> {
    let aggregator = cluster.front_proxy_ca.client("aggregator");
    let by_old = old.client("front-proxy-client");
    let by_clients = cluster.client_ca.client("front-proxy-client");
    let of = |ca: &str, client: &Issued, names: &str| {
        let server = cluster.server().file(FRONT_PROXY_CA, ca).set("requestheader-allowed-names", names);
        server.file(PROXY_CLIENT, &client.pem).file(PROXY_CLIENT_KEY, &client.key_pem)
    };
    let [own, clients] = [&cluster.front_proxy_ca.pem, &cluster.client_ca.pem];
    let servers = [
        of(own, &cluster.proxy_client, "front-proxy-client"),
        of(own, &cluster.proxy_client, ""),
        of(own, &cluster.proxy_client, "front-proxy-client,"),
        of(own, &cluster.proxy_client, "front-proxy-client, aggregator"),
        of(own, &aggregator, "front-proxy-client"),
        of(own, &by_old, "front-proxy-client"),
        of(own, &by_clients, "front-proxy-client"),
        of(&bundle(&[old, &cluster.front_proxy_ca]), &by_old, "front-proxy-client"),
        of(clients, &cluster.proxy_client, "front-proxy-client"),
        of(clients, &by_clients, ""),
        of(own, &cluster.proxy_client, "front-proxy-client").without("requestheader-client-ca-file"),
    ];
    servers.iter().map(SetupBuilder::setup).collect()
}

/// What is to be done about the servers and the ConfigMap, notes left out; and whether there is an error.
fn to_do(config_map: &ConfigMapBuilder, nodes: &[&Setup]) -> (bool, Vec<String>) {
    let config_map = config_map.read();
    let targets = || nodes.iter().map(|node| Target::Server(node)).chain([Target::ConfigMap(&config_map)]);
    let beside = Beside::of(targets());
    let context = Context::new(&beside, Objects::NONE, NOW, time::Duration::days(30));
    let mut judged: Vec<_> = targets().filter_map(|target| judge(target, &context)).collect();
    judged.iter_mut().for_each(one_fix::settle);
    let found = || judged.iter().flat_map(Judgement::findings);
    let counts = found().filter(|(_, finding)| finding.severity > Severity::Note);
    let is_error = found().any(|(_, finding)| finding.severity == Severity::Error);
    (is_error, counts.map(|(_, finding)| finding.fix.sentence.clone()).collect())
}

/// Two findings that each wait for the other leave nothing to do.
#[test]
fn whatever_is_wrong_something_waits_for_nothing() {
    let cluster = Cluster::new();
    let old = Issued::ca("front-proxy-ca-2019");
    let servers = odd_servers(&cluster, &old);
    let bundles: [&[&Issued]; 3] =
        [&[&cluster.client_ca], &[&old, &cluster.front_proxy_ca], &[&cluster.client_ca, &cluster.front_proxy_ca]];
    let mut errors = 0;
    for (at, server) in servers.iter().enumerate() {
        for (cas, names) in bundles.iter().flat_map(|cas| ["[]", r#"["aggregator"]"#].map(|names| (cas, names))) {
            let map = cluster.config_map().set("requestheader-client-ca-file", &bundle(cas));
            let map = map.set("requestheader-allowed-names", names).set("resource-version", "7");
            for nodes in [&[server][..], &[&servers[0], server]] {
                let (is_error, sentences) = to_do(&map, nodes);
                let waits = |sentence: &String| WAITING.iter().any(|words| sentence.starts_with(words));
                errors += usize::from(is_error);
                assert!(!is_error || !sentences.iter().all(waits), "server {at}, {names}: {sentences:#?}");
            }
        }
    }
    assert!(errors > 60, "{errors}");
}

/// How the fix begins that comes after another one, or is none.
const WAITING: [&str; 4] = ["Not yet: ", "First ", "That goes away with the fix of ", "Do not patch "];

/// A cluster with whatever is wrong: what is printed is applied, and asked who is believed.
#[test]
fn whatever_is_wrong_a_patch_opens_nothing_and_ends_nothing_in_use() {
    let cluster = Cluster::new();
    let old = Issued::ca("front-proxy-ca-2019");
    let servers = odd_servers(&cluster, &old);
    let bundles: [&[&Issued]; 4] = [
        &[&cluster.front_proxy_ca],
        &[&old],
        &[&old, &cluster.front_proxy_ca],
        &[&cluster.client_ca, &cluster.front_proxy_ca],
    ];
    let lists = ["[]", r#"["front-proxy-client"]"#, r#"["aggregator","front-proxy-client"]"#, r#"["","x"]"#];
    let probes = [&cluster.front_proxy_ca, &old, &cluster.client_ca]
        .map(|ca| ["front-proxy-client", "aggregator", "", "mallory"].map(|name| ca.client(name)));
    let mut applied = 0;
    for (at, server) in servers.iter().enumerate() {
        for (cas, names) in bundles.iter().flat_map(|cas| lists.iter().map(move |names| (cas, names))) {
            let map = cluster.config_map().set("requestheader-client-ca-file", &bundle(cas));
            let map = map.set("requestheader-allowed-names", names).set("resource-version", "7");
            let nodes = [&servers[0], server];
            for nodes in [&nodes[1..], &nodes[..]] {
                let Some(after) = patched(&map, nodes) else { continue };
                applied += 1;
                let (before, after) = (map.read(), after.read());
                let says = format!("server {at}, {} nodes, {} CAs, {names}", nodes.len(), cas.len());
                // All lists are one, as kube-apiservers join them, and each CA counts with each name.
                let takes = |setup: &Setup, probe: &Issued| believes(setup, vec![probe.certificate()]);
                let somebody_takes =
                    |probe: &Issued| takes(before.reader(), probe) || nodes.iter().any(|node| takes(node, probe));
                for (of_ca, at) in probes.iter().flat_map(|of_ca| (0..of_ca.len()).map(move |at| (of_ca, at))) {
                    let of_name = || probes.iter().any(|of_ca| somebody_takes(&of_ca[at]));
                    let is_known = || of_ca.iter().any(somebody_takes) && of_name();
                    assert!(!takes(after.reader(), &of_ca[at]) || is_known(), "opened for {at}: {says}");
                }
                for node in nodes.iter().filter(|node| believes_client_of(node, before.reader())) {
                    assert!(believes_client_of(node, after.reader()), "ended: {says}");
                }
            }
        }
    }
    assert!(applied > 20, "{applied}");
}
