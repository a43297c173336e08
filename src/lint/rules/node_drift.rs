//! Control-plane nodes that do not agree.

use std::collections::BTreeSet;

use crate::kubernetes::flags::FlagSet;
use crate::kubernetes::names::get_config_map;
use crate::lint::Target;
use crate::lint::facts::flags::{UID_HEADERS, list_flag, standard_headers};
use crate::lint::facts::host::path_on_node;
use crate::lint::facts::init_command::shares_client_ca;
use crate::lint::facts::node_answers::{Disagreement, disagreements};
use crate::lint::facts::node_lead::furthest;
use crate::lint::facts::node_view::{Aspect, View, all_equal, most_common, name_of, views};
use crate::lint::facts::reuse::lets_in;
use crate::lint::facts::wording::allow_name;
use crate::lint::prelude::*;
use crate::model::{Setting, other_certificates};
use crate::source::InputFormat;
use crate::source::formats::layouts::KUBEADM;
use crate::text::{operand, shell_command};

pub(super) static RULE: Rule = Rule {
    id: "node-drift",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/node-drift.md"),
    checks: &[Check::Nodes(check)],
};

fn check(nodes: &[&Setup], context: &Context<'_>) -> Outcome {
    if nodes.len() < 2 {
        return not_applicable("there is one node only");
    }
    if nodes.iter().all(|node| node.requestheader_client_ca.is_not_given()) {
        return not_applicable("no node has --requestheader-client-ca-file");
    }
    let names = names(nodes);
    let (disagreements, is_whole) = disagreements(context, nodes, &names);
    let mut findings = Vec::new();
    let mut unknown = None;
    for aspect in [Aspect::Authorities, Aspect::Names, Aspect::Headers] {
        let shown: Vec<&Disagreement> = disagreements.iter().filter(|shown| shown.aspect == aspect).collect();
        match views(nodes, &names, aspect) {
            Ok(views) => findings.extend(finding((nodes, context), &names, aspect, &views, &shown, is_whole)),
            Err(why) => unknown = Some(why),
        }
    }
    found_or(findings, unknown.map(|why| Outcome::Unknown(vec![why]))).into()
}

/// How bad it is, given the answers that differ.
fn effect(names: &[String], shown: &[&Disagreement], is_whole: bool) -> (Severity, String) {
    if shown.is_empty() && !is_whole {
        let unknown = "Whether every node takes every other node's proxy client could not be seen; the next renewal, on one \
                       node alone, can end that.";
        return (Severity::Warning, unknown.to_owned());
    }
    if shown.is_empty() {
        let later = "Today every node takes every other node's proxy client; the next renewal, on one node alone, can \
                     end that.";
        return (Severity::Warning, later.to_owned());
    }
    let proxies: BTreeSet<&str> = shown.iter().map(|shown| name_of(names, shown.from)).collect();
    let proxies: Vec<&str> = proxies.into_iter().collect();
    let consequence = format!(
        "What {} proxies is not what another node makes of it: requests through a load balancer, and for extension API \
         servers, work or fail depending on the node that takes them.",
        list(&proxies, "or")
    );
    (Severity::Error, consequence)
}

fn finding(
    (nodes, context): (&[&Setup], &Context<'_>),
    names: &[String],
    aspect: Aspect,
    views: &[View],
    shown: &[&Disagreement],
    is_whole: bool,
) -> Option<Finding> {
    let usual = most_common(views)?;
    let odd: Vec<usize> =
        (0..views.len()).filter(|at| views.get(*at).is_some_and(|view| view.key != usual.key)).collect();
    // The node that is unlike the others; where contents agree, the one that answers differently.
    let at = *odd.first().or_else(|| shown.first().map(|shown| &shown.to))?;
    let here = views.get(at)?;
    let odd_name = names.get(at)?;
    let what = match aspect {
        Aspect::Authorities => "do not trust the same requestheader CAs",
        Aspect::Names => "do not allow the same front proxy names",
        Aspect::Headers => "do not read the same headers",
    };
    let others = views.iter().zip(names).enumerate().filter(|(index, _)| *index != at);
    let related: Vec<Related> =
        others.map(|(_, (view, name))| related(&view.origin, format!("{name}: {}", view.shown))).collect();
    let (severity, consequence) = effect(names, shown, is_whole);
    let mut identity: Vec<String> = views.iter().flat_map(|view| view.key.iter().cloned()).collect();
    identity.sort();
    identity.dedup();
    identity.insert(0, what.to_owned());
    let differs = who_differs(views, names, &odd, odd_name);
    Some(
        Finding::new(severity, format!("the control-plane nodes {what}: {differs}"))
            .at(&here.origin, format!("{odd_name}: {}", here.shown))
            .related(related)
            .consequence(consequence)
            .demonstration(shown.first().map(|shown| shown.demonstration.clone()))
            .fix(fix((nodes, context), names, aspect, views, usual))
            .identity(identity),
    )
}

/// Says which nodes are unlike the others, as far as there are others that are alike.
fn who_differs(views: &[View], names: &[String], odd: &[usize], answers_differently: &str) -> String {
    let distinct: BTreeSet<&BTreeSet<String>> = views.iter().map(|view| &view.key).collect();
    let named = |wanted: bool| {
        let chosen = names.iter().enumerate().filter(|(index, _)| odd.contains(index) == wanted);
        list(chosen.map(|(_, name)| name.as_str()), "and")
    };
    match odd {
        [] => format!("{answers_differently} differs"),
        _ if distinct.len() == views.len() && views.len() > 2 => {
            format!("{} all differ from each other", list(names, "and"))
        }
        [_] if views.len() == 2 => format!("{} differs from {}", named(true), named(false)),
        [_] => format!("{} differs", named(true)),
        _ if odd.len() * 2 >= views.len() => format!("{} differ from {}", named(true), named(false)),
        _ => format!("{} differ", named(true)),
    }
}

fn fix(
    (nodes, context): (&[&Setup], &Context<'_>),
    names: &[String],
    aspect: Aspect,
    views: &[View],
    usual: &View,
) -> Fix {
    match aspect {
        Aspect::Authorities => {
            same_flags(nodes).unwrap_or_else(|| same_files(nodes, names, views, &sound(nodes, context)))
        }
        Aspect::Names => {
            let names = names_for_all(nodes, views, usual);
            match nodes.first().filter(|_| names.is_empty()) {
                Some(node) => allow_name(node, &[]),
                None => Fix::from("Allow the same names on every node.")
                    .flag(list_flag("requestheader-allowed-names", &names)),
            }
        }
        Aspect::Headers => {
            let reads_uid = |node: &&Setup| !matches!(node.options.requestheader_uid_headers, Setting::Absent);
            let knows_uid =
                |node: &&Setup| FlagSet::of(node.invocation.component, node.version()).kind(UID_HEADERS).is_some();
            let with_uid = nodes.iter().any(reads_uid) && nodes.iter().all(knows_uid);
            Fix::from("Read the same headers on every node.").flags(standard_headers(with_uid))
        }
    }
}

/// What most nodes list, and what the clients of all are called: a list without one refuses that node's. Of a node whose client
/// is not seen, all that it lists.
fn names_for_all<'a>(nodes: &[&'a Setup], views: &'a [View], usual: &'a View) -> Vec<&'a str> {
    let of_node = |(node, view): (&&'a Setup, &'a View)| -> Vec<&'a str> {
        match node.proxy_client.loaded() {
            Some(client) => vec![client.leaf.value.subject.common_name()],
            None => view.key.iter().map(String::as_str).collect(),
        }
    };
    let of_nodes = nodes.iter().zip(views).flat_map(of_node);
    let mut names: Vec<&str> = Vec::new();
    for name in usual.key.iter().map(String::as_str).chain(of_nodes) {
        if !name.trim().is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Nodes whose flags name different files: what lies there may be the same everywhere. The client CA is no example for
/// the others. `None`: they name the same, or have no flags that somebody wrote.
fn same_flags(nodes: &[&Setup]) -> Option<Fix> {
    let written =
        |node: &&Setup| !matches!(node.invocation.format, InputFormat::PkiDirectory | InputFormat::PkiDocument);
    let path = |node: &&Setup| node.requestheader_client_ca.path().map(str::to_owned);
    let paths: BTreeSet<String> = nodes.iter().filter_map(path).collect();
    if paths.len() < 2 || !nodes.iter().all(written) {
        return None;
    }
    let own = nodes.iter().filter(|node| !shares_client_ca(node)).filter_map(path).collect::<BTreeSet<_>>();
    let own = own.first().filter(|_| own.len() == 1);
    let fix = Fix::from(
        "The nodes name different files. Give each kube-apiserver the same --requestheader-client-ca-file, one node after \
         the other, where its proxy client is of the CA in that file; the client CA is none of them.",
    );
    Some(match own {
        Some(path) if nodes.iter().all(|node| lies_on(node, path)) => {
            fix.flag(format!("--requestheader-client-ca-file={path}"))
        }
        Some(path) => fix.saying(|this| format!("{this} {path} was not seen on every node: copy it there first.")),
        None => fix,
    })
}

/// Whether a node's certificates were seen in a file, by a flag or beside it.
fn lies_on(node: &Setup, path: &str) -> bool {
    let is_named = node.requestheader_client_ca.path() == Some(path) && node.requestheader_client_ca.loaded().is_some();
    is_named || other_certificates(node).any(|ca| path_on_node(node, ca.origin.file().name()) == path)
}

/// The files of the node that is right go to the others. Which one that is must not follow from the order of the
/// arguments: an old CA would take the place of the one that came after it.
/// `sound`: the nodes whose files may go to others.
fn same_files(nodes: &[&Setup], names: &[String], views: &[View], sound: &[usize]) -> Fix {
    if sound.is_empty() {
        return Fix::from(
            "Each node has a fault of its own, and no node's files are right for the others: first do what the errors on \
             the nodes say, and check again.",
        );
    }
    let copy = |at: usize| nodes.get(at).map(|node| copy_from(node)).unwrap_or_default();
    let right: Vec<&Setup> = sound.iter().filter_map(|at| nodes.get(*at).copied()).collect();
    let Some(at) = furthest(&right).and_then(|at| sound.get(at).copied()) else {
        let key = |at: &usize| views.get(*at).map(|view| &view.key);
        let is_first = |at: &&usize| sound.iter().find(|other| key(other) == key(at)) == Some(*at);
        let ways = sound.iter().filter(is_first).map(|at| format!("from {}: {}", name_of(names, *at), copy(*at)));
        return Fix::from(format!(
            "Let every node have the same files. Which node has the right ones cannot be told from here: it is one whose CA \
             the ConfigMap holds, and in a rotation the one with the newer CA. For each other NODE {KEEP} ({}).",
            ways.collect::<Vec<_>>().join("; ")
        ))
        .shell(get_config_map!("yaml").to_owned());
    };
    let faulty: Vec<&str> = (0..nodes.len()).filter(|at| !sound.contains(at)).map(|at| name_of(names, at)).collect();
    let (why, then) = match faulty.is_empty() {
        true => ("which is the furthest in a rotation of the CA", String::new()),
        false => (
            "which has no fault of its own",
            format!(
                " Do this before what is said of {} alone, and check again: with these files no other CA is needed.",
                list(&faulty, "and")
            ),
        ),
    };
    let name = name_of(names, at);
    let (here, there) = nodes.get(at).map_or((KUBEADM.directory, KUBEADM.directory), |node| directories(node));
    // Elsewhere the same path leads to another node's files.
    let run = if here == there { format!("on {name}") } else { format!("where the copy of {name} lies") };
    let fix = Fix::from(format!(
        "Let every node have the files of {name}, {why}: {run}, for each other NODE {KEEP}.{then} Where a rotation is to be \
         finished, `aggcert rotate status` with all nodes' directories says how."
    ));
    fix.command(&["ssh", "NODE", &shell_command(&["cp", "-a", there, &format!("{there}.before")])]).shell(copy(at))
}

const KEEP: &str = "keep a copy of its directory, and copy the files there";

/// The nodes without an error of their own, and with a CA for front proxies that signs no other node's users: what is wrong on
/// one node is not to be copied, even if somebody accepts it there.
fn sound(nodes: &[&Setup], context: &Context<'_>) -> Vec<usize> {
    let alone = &context.alone();
    let is_wrong = |node: &Setup| {
        let found = |rule: &&Rule| rule.judge(Target::Server(node), alone).map(Outcome::into_findings);
        super::ALL.iter().filter_map(found).flatten().any(|finding| finding.severity == Severity::Error)
    };
    let lets_others_in = |node: &Setup| {
        node.client_ca.loaded().is_none()
            && nodes
                .iter()
                .any(|other| other.client_ca.loaded().is_some() && lets_in(node, &other.client_ca, context.now))
    };
    let is_sound = |(at, node): (usize, &&Setup)| (!is_wrong(node) && !lets_others_in(node)).then_some(at);
    nodes.iter().enumerate().filter_map(is_sound).collect()
}

/// Where the files of a node lie, and where they belong. A directory without flags may be a copy that lies anywhere.
fn directories(node: &Setup) -> (&str, &str) {
    let path = node.requestheader_client_ca.path().and_then(|path| path.rsplit_once('/'));
    let here = path.map_or(KUBEADM.directory, |(directory, _)| directory);
    let is_copy = node.invocation.format == InputFormat::PkiDirectory
        && !["/etc/", "/var/lib/"].iter().any(|home| here.starts_with(home));
    (here, if is_copy { KUBEADM.directory } else { here })
}

fn copy_from(node: &Setup) -> String {
    let (here, there) = directories(node);
    let files = ["ca.crt", "client.crt", "client.key"].map(|name| operand(&format!("{here}/front-proxy-{name}")));
    let [ca, client, key] = files.each_ref();
    shell_command(&["scp", ca, client, key, &format!("NODE:{there}/")])
}

/// What tells each node from the others: the node's name where it is written, or where its flags were read, without the
/// end that all paths have in common.
fn names(nodes: &[&Setup]) -> Vec<String> {
    let written: BTreeSet<&String> = nodes.iter().filter_map(|node| node.invocation.node.as_ref()).collect();
    if written.len() == nodes.len() {
        return nodes.iter().filter_map(|node| node.invocation.node.clone()).collect();
    }
    let files: BTreeSet<&str> = nodes.iter().map(|node| node.invocation.origin.file().name()).collect();
    if files.len() < nodes.len() {
        return nodes.iter().map(|node| node.invocation.origin.to_string()).collect();
    }
    let mut paths: Vec<Vec<&str>> =
        nodes.iter().map(|node| node.invocation.origin.file().name().split('/').collect()).collect();
    // The first part always stays.
    while paths.iter().all(|path| path.len() > 1) && all_equal(paths.iter().map(|path| path.last())) {
        paths.iter_mut().for_each(|path| path.truncate(path.len() - 1));
    }
    paths.iter().map(|path| path.join("/")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{
        CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, Issued, NOW, PROXY_CLIENT, PROXY_CLIENT_KEY, SetupBuilder, bundle,
        check_target,
    };

    fn nodes(builders: &[SetupBuilder]) -> Outcome {
        let of_node = |number: usize| format!("node{number}/etc/kube-apiserver.yaml");
        let setups = builders.iter().zip(1..).map(|(builder, number)| builder.clone().input(&of_node(number)).setup());
        let setups: Vec<Setup> = setups.collect();
        let setups: Vec<&Setup> = setups.iter().collect();
        check_target(&RULE, Target::Nodes(&setups), &[])
    }

    #[test]
    fn names_the_flag_where_the_nodes_name_different_files() {
        let cluster = Cluster::new();
        let shared = || cluster.server().set("requestheader-client-ca-file", CLIENT_CA);
        let fix = nodes(&[shared(), shared(), cluster.server()]).expect_error().fix;
        // Those that share the client CA get one of their own first.
        let first = "Not yet: first do what ca-reused says of ";
        assert!(fix.sentence.starts_with(first) && fix.commands.is_empty() && fix.flags.is_empty(), "{fix}");
        let same = |nodes: &[SetupBuilder]| {
            let setups: Vec<Setup> = nodes.iter().map(SetupBuilder::setup).collect();
            same_flags(&setups.iter().collect::<Vec<_>>()).unwrap()
        };
        let fix = same(&[shared(), shared(), cluster.server()]);
        assert_eq!(fix.flags, [format!("--requestheader-client-ca-file={FRONT_PROXY_CA}")]);
        let fix = same(&[shared().without_file(FRONT_PROXY_CA), shared(), cluster.server()]);
        assert!(fix.flags.is_empty() && fix.sentence.ends_with("copy it there first."), "{fix}");
    }

    #[test]
    fn gives_no_node_a_header_while_users_get_in_there_as_front_proxies() {
        let cluster = Cluster::new();
        let without = |ca: &str| cluster.server().without("requestheader-username-headers").file(FRONT_PROXY_CA, ca);
        let headers = |second: SetupBuilder| {
            let Outcome::Fail(findings) = nodes(&[cluster.server(), second]) else { unreachable!() };
            let mut fixes = findings.into_iter().map(|finding| finding.fix);
            fixes.find(|fix| fix.sentence.contains("Read the same headers")).unwrap()
        };
        assert!(!headers(without(&cluster.front_proxy_ca.pem)).flags.is_empty());
        // The other node says whose CA it is.
        let both = bundle(&[&cluster.front_proxy_ca, &cluster.client_ca]);
        let waits = headers(without(&both).without("client-ca-file"));
        assert!(waits.flags.is_empty() && waits.sentence.contains("can claim whatever stands in a header"), "{waits}");
    }

    #[test]
    fn fails_when_each_node_has_a_ca_of_its_own() {
        let cluster = Cluster::new();
        let other = Cluster { client_ca: cluster.client_ca.clone(), ..Cluster::new() };
        let finding = nodes(&[cluster.server(), other.server(), cluster.server()]).expect_error();
        assert_eq!(finding.origin.to_string(), "node2/etc/kube-apiserver.yaml:3:32");
        assert!(finding.message.ends_with(": node2 differs"), "{}", finding.message);
        assert_eq!(finding.related.len(), 2);
        let demonstration = finding.demonstration.unwrap();
        assert!(
            demonstration.contains("on node2 it is refused with 401 (x509: certificate signed by unknown"),
            "{demonstration}"
        );
    }

    /// Whom a node takes for a front proxy does not depend on the client CA.
    #[test]
    fn fails_as_well_where_the_client_ca_is_not_known() {
        let server = || Cluster::new().server().without_file(CLIENT_CA);
        nodes(&[server(), server()]).expect_error().shows("on node2 it is no front proxy (x509: certificate signed");
    }

    #[test]
    fn says_that_every_node_takes_every_client_only_where_all_were_asked() {
        let (cluster, other) = (Cluster::new(), Cluster::new());
        let both = bundle(&[&cluster.front_proxy_ca, &other.front_proxy_ca]);
        let second = cluster.server().file(FRONT_PROXY_CA, &both);
        nodes(&[cluster.server(), second.clone()]).expect_warning().explains("Today every node takes");
        let unseen = cluster.server().without_file(PROXY_CLIENT);
        nodes(&[unseen, second]).expect_warning().explains("could not be seen");
    }

    #[test]
    fn fails_and_says_so_when_no_two_nodes_agree() {
        let server = |name: &str| Cluster::new().server().set("requestheader-allowed-names", name);
        let finding = |names: &[&str]| {
            let Outcome::Fail(findings) = nodes(&names.iter().map(|name| server(name)).collect::<Vec<_>>()) else {
                panic!("{names:?}")
            };
            findings.into_iter().find(|finding| finding.message.contains("front proxy names")).unwrap().message
        };
        assert!(finding(&["a", "b", "c"]).ends_with(": node1, node2 and node3 all differ from each other"));
        assert!(finding(&["a", "b"]).ends_with(": node2 differs from node1"));
        assert!(finding(&["a", "b", "a", "c", "a"]).ends_with(": node2 and node4 differ"));
        assert!(finding(&["a", "a", "b", "b"]).ends_with(": node3 and node4 differ from node1 and node2"));
    }

    #[test]
    fn fails_when_a_name_is_allowed_on_one_node_only() {
        let cluster = Cluster::new();
        let other = cluster.server().set("requestheader-allowed-names", "aggregator");
        let finding =
            nodes(&[cluster.server(), cluster.server(), other]).expect_error().shows("is not in the allowed list");
        // Its client has another name than it allows.
        let first = "Not yet: first do what proxy-client-name-not-allowed says of node3/etc/kube-apiserver.yaml";
        assert!(finding.fix.flags.is_empty() && finding.fix.sentence.starts_with(first), "{}", finding.fix);
        let both = cluster.server().set("requestheader-allowed-names", "aggregator,front-proxy-client");
        let finding = nodes(&[cluster.server(), cluster.server(), both]).expect_warning();
        assert_eq!(finding.fix.flags, ["--requestheader-allowed-names=front-proxy-client"]);
    }

    #[test]
    fn reads_uids_on_every_node_where_one_does_and_all_can() {
        let cluster = Cluster::new();
        let reads = || cluster.server().set("requestheader-uid-headers", "X-Remote-Uid");
        let uid = |node: SetupBuilder| {
            let flags = nodes(&[reads(), node]).expect_finding().fix.flags;
            flags.iter().any(|flag| flag == "--requestheader-uid-headers=X-Remote-Uid")
        };
        assert!(uid(cluster.server()) && !uid(cluster.server().version("1.30")));
    }

    /// Without it the next check would ask for it again.
    #[test]
    fn keeps_the_name_of_each_nodes_client() {
        let cluster = Cluster::new();
        let aggregator = cluster.front_proxy_ca.client("aggregator");
        let other = cluster.server().file(PROXY_CLIENT, &aggregator.pem);
        let other = other.set("requestheader-allowed-names", "front-proxy-client,aggregator,old");
        let finding = nodes(&[cluster.server(), other, cluster.server()]).expect_error();
        assert_eq!(finding.fix.flags, ["--requestheader-allowed-names=front-proxy-client,aggregator"]);
    }

    #[test]
    fn fails_with_a_warning_in_the_middle_of_a_rotation() {
        let cluster = Cluster::new();
        let both = bundle(&[&cluster.front_proxy_ca, &Issued::ca("front-proxy-ca-2")]);
        nodes(&[cluster.server(), cluster.server().file(FRONT_PROXY_CA, &both)]).expect_warning().shows_nothing();
    }

    /// In whatever order the nodes are given, the files of the old CA never go over those of the new one.
    #[test]
    fn the_files_to_copy_are_those_of_the_node_that_is_ahead() {
        let later = |params: &mut rcgen::CertificateParams| params.not_before = NOW - time::Duration::hours(1);
        let old = Cluster::new();
        let new = Cluster::new().with_front_proxy_ca(Issued::ca_with("front-proxy-ca-2", later));
        let trusting = old.server().file(FRONT_PROXY_CA, &bundle(&[&old.front_proxy_ca, &new.front_proxy_ca]));
        let (before, after) = (old.server(), new.server());
        let right = |builders: [&SetupBuilder; 3]| {
            let Outcome::Fail(mut findings) = nodes(&builders.map(Clone::clone)) else { panic!("they differ") };
            findings.remove(0).fix
        };
        for (builders, name) in [
            ([&before, &trusting, &before], "node2"),
            ([&trusting, &before, &before], "node1"),
            ([&before, &after, &after], "node2"),
            ([&after, &after, &before], "node1"),
        ] {
            let fix = right(builders);
            assert!(fix.sentence.contains(&format!("the files of {name},")), "{fix}");
            assert!(
                fix.sentence.contains(&format!(": on {name}, for each other NODE")),
                "on another it copies its own: {fix}"
            );
            assert!(fix.commands[0].contains("cp -a /etc/kubernetes/pki /etc/kubernetes/pki.before"), "{fix}");
        }
        // Most have the old one, or a CA is in some bundles and no client comes from it any more.
        let dropped = new.server().file(FRONT_PROXY_CA, &bundle(&[&new.front_proxy_ca, &old.front_proxy_ca]));
        for builders in [[&before, &after, &before], [&dropped, &dropped, &after]] {
            let fix = right(builders);
            assert!(fix.sentence.contains("cannot be told") && fix.sentence.matches("scp ").count() == 2, "{fix}");
            assert!(!fix.commands.iter().any(|command| command.contains("scp")), "{fix}");
        }
    }

    /// In whatever order they are given.
    #[test]
    fn the_files_of_a_node_with_an_error_are_not_copied() {
        let cluster = Cluster::new();
        let reused = || {
            let client = cluster.client_ca.client("front-proxy-client");
            let server = cluster.server().file(FRONT_PROXY_CA, &cluster.client_ca.pem);
            server.file(PROXY_CLIENT, &client.pem).file(PROXY_CLIENT_KEY, &client.key_pem)
        };
        let good = || cluster.server();
        for (builders, name) in [
            (vec![reused(), reused(), good()], "node3"),
            (vec![good(), reused(), reused()], "node1"),
            (vec![reused(), good()], "node2"),
            (vec![good(), good(), reused()], "node1"),
        ] {
            let fix = nodes(&builders).expect_error().fix;
            assert!(fix.sentence.contains(&format!("the files of {name}, which has no fault")), "{fix}");
        }
        let other = cluster.client_ca.intermediate("other");
        let fix = nodes(&[reused(), reused().file(FRONT_PROXY_CA, &bundle(&[&cluster.client_ca, &other]))]);
        let fix = fix.expect_finding().fix;
        assert!(fix.sentence.starts_with("Each node has a fault") && fix.commands.is_empty(), "{fix}");
    }

    #[test]
    fn of_nodes_as_far_as_each_other_the_order_does_not_choose() {
        let cluster = Cluster::new();
        let other = cluster.server();
        let one = cluster.clone().with_front_proxy_ca(Issued::ca("front-proxy-ca")).server();
        for builders in [[&one, &other, &other], [&other, &one, &other], [&other, &other, &one]] {
            let fix = nodes(&builders.map(Clone::clone)).expect_error().fix;
            assert!(fix.sentence.contains("furthest in a rotation"), "{fix}");
        }
    }

    #[test]
    fn passes_when_the_contents_agree_under_any_path() {
        let cluster = Cluster::new();
        let elsewhere = cluster
            .server()
            .set("requestheader-client-ca-file", "/other/ca.crt")
            .file("/other/ca.crt", &cluster.front_proxy_ca.pem)
            .set("requestheader-username-headers", "x-remote-user")
            .file(PROXY_CLIENT, &cluster.front_proxy_ca.client("front-proxy-client").pem);
        let without = || cluster.server().without("requestheader-client-ca-file");
        for (servers, expected) in [
            (vec![cluster.server(), elsewhere], "pass"),
            (vec![cluster.server(), cluster.server().without("requestheader-group-headers")], "error: same headers"),
            (vec![cluster.server(), cluster.server().without_file(FRONT_PROXY_CA)], "unknown"),
            (vec![cluster.server()], "not applicable"),
            (vec![without(), without()], "not applicable"),
        ] {
            nodes(&servers).expect_as(expected);
        }
    }
}
