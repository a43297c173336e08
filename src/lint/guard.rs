//! What a patch of the ConfigMap may do.
//!
//! It is printed only where, with what is given, it makes nobody a front proxy whom no kube-apiserver takes for one, and
//! refuses none whose certificate is in use. A kube-apiserver that runs with its flags writes what it has by itself; what a
//! patch adds without need nobody takes out again.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::beside::GivenFlag;
use super::facts::config_map_patch::{is_behind, where_read};
use super::facts::flags::name_of;
use super::facts::reuse::lets_in;
use super::facts::wording::{list, subject_and_fingerprint};
use super::fingerprint::of_target;
use super::{Context, Finding, Fix, Outcome, Rule, Severity, Target, Wanted, rules};
use crate::model::{
    AllowedNames, CertificateFile, ConfigMap, RefusalKind, Setup, Startup, TrustBundle, refuses_to_start, start,
};
use crate::source::{BaseDirectory, Invocation};
use crate::x509::path::verify;
use crate::x509::{Certificate, CertificatePool};

const NAMES: &str = "requestheader-allowed-names";
/// Flags that decide which CAs a server needs in the ConfigMap.
const OF_AUTHORITIES: &[&str] = &["requestheader-client-ca-file", "proxy-client-cert-file"];
/// Flags that decide which names it needs there.
const OF_NAMES: &[&str] = &["requestheader-client-ca-file", "proxy-client-cert-file", NAMES];

const LAST_CA: &str = "no CA would be left, and an extension API server that runs keeps the last one that it had. Where no \
     kube-apiserver is to have a front proxy any more, take all keys that begin with requestheader- out of the ConfigMap \
     in one patch, and start the extension API servers again";

const LAST_NAME: &str = "without names every certificate of the CAs in the ConfigMap is a front proxy. Leave the last name while a \
     CA is there";

/// Why a patch is not printed.
enum Objection {
    /// Something else comes first.
    NotYet(String),
    Never(String),
}

/// Takes away what may not be done yet or at all, and says why: patches, and what nodes are to have alike.
pub(super) fn guarded(outcome: Outcome, target: Target<'_>, context: &Context<'_>) -> Outcome {
    let Outcome::Fail(mut findings) = outcome else { return outcome };
    if let Target::Server(setup) = target {
        let own = findings.iter_mut().map(|finding| &mut finding.fix).filter(|fix| fix.own_ca);
        own.for_each(|fix| or_that_of_another_node(fix, setup, context));
    }
    for finding in &mut findings {
        let objection = match target {
            Target::ConfigMap(config_map) => {
                let wanted = finding.fix.patch.as_ref().filter(|_| finding.fix.is_patch());
                wanted.and_then(|wanted| Change::of(config_map, wanted)?.objection(context))
            }
            Target::Nodes(nodes) => to_flags_of_nodes(&finding.fix, nodes, context),
            _ => None,
        };
        let Some(why) = objection else { continue };
        let sentence = std::mem::take(&mut finding.fix).sentence;
        finding.fix = Fix::from(match why {
            Objection::NotYet(why) => {
                format!("Not yet: {why}. Check both again after that; then, where it is still said: {sentence}")
            }
            Objection::Never(why) => format!("Do not patch the ConfigMap for this: {why}."),
        });
    }
    Outcome::Fail(findings)
}

/// Beside the CA that is made, names the one of a node that works: it is known already.
fn or_that_of_another_node(fix: &mut Fix, setup: &Setup, context: &Context<'_>) {
    let is_good = |node: &&&Setup| {
        let users = node.client_ca.loaded().zip(setup.client_ca.loaded());
        users.is_some_and(|(its, own)| its.shares_issuer(own))
            && uses_its_client(node, context)
            && matches!(node.allowed_names(), Ok(AllowedNames::Only(_)))
            && !lets_in(node, &node.client_ca, context.now)
    };
    let mut others = context.beside.servers.iter().filter(|node| !std::ptr::eq(**node, setup));
    let Some(node) = others.find(is_good) else { return };
    let paths = [node.requestheader_client_ca.path(), node.proxy_client.path(), node.proxy_client_key.path()];
    let paths: Vec<&str> = paths.into_iter().flatten().collect();
    let (name, own) = (where_read(node), where_read(setup));
    let name = if name == own { &node.invocation.name } else { name };
    fix.sentence = format!(
        "{name} is of the same cluster, and its front proxy works: bring {} from there, and give this server the flags that \
         {name} has for them and for the names. Where that cannot be: {}",
        list(&paths, "and"),
        fix.sentence
    );
}

/// What a finding on one of the nodes changes comes first: it may not be what is compared now.
fn to_flags_of_nodes(fix: &Fix, nodes: &[&Setup], context: &Context<'_>) -> Option<Objection> {
    if fix.flags.is_empty() {
        return None;
    }
    let changes = changes(nodes, context);
    let is_another = |given: &str, flag: &String| given != flag && name_of(given) == name_of(flag);
    let change = changes.iter().find(|change| fix.flags.iter().any(|flag| is_another(&change.flag, flag)))?;
    Some(first_do(change, nodes.get(change.server)?))
}

fn first_do(GivenFlag { rule, flag, .. }: &GivenFlag, server: &Setup) -> Objection {
    Objection::NotYet(format!(
        "first do what {rule} says of {}: it gives that server another --{}",
        where_read(server),
        name_of(flag)
    ))
}

/// Whom extension API servers believe.
struct Believed {
    authorities: Vec<Certificate>,
    names: AllowedNames,
}

impl Believed {
    fn takes(&self, client: &CertificateFile, now: OffsetDateTime) -> bool {
        let pool = CertificatePool::new(self.authorities.iter().cloned());
        let leaf = &client.leaf.value;
        self.allows(leaf.subject.common_name()) && verify(leaf, &pool, &client.intermediates(), now).is_ok()
    }

    fn allows(&self, name: &str) -> bool {
        match &self.names {
            AllowedNames::Any => true,
            AllowedNames::Only(names) => names.iter().any(|known| known == name),
        }
    }

    fn listed(&self) -> &[String] {
        if let AllowedNames::Only(names) = &self.names { names } else { &[] }
    }
}

/// What a patch makes of the ConfigMap.
struct Change<'a> {
    config_map: &'a ConfigMap,
    before: Believed,
    after: Believed,
}

impl<'a> Change<'a> {
    /// `None`: what is there cannot be read.
    fn of(config_map: &'a ConfigMap, wanted: &Wanted) -> Option<Self> {
        let names = config_map.reader().allowed_names().ok()?;
        let bundle = config_map.requestheader_client_ca().loaded();
        let authorities: Vec<Certificate> = bundle.into_iter().flat_map(TrustBundle::certificates).cloned().collect();
        let after = Believed {
            authorities: wanted.authorities.clone().unwrap_or_else(|| authorities.clone()),
            names: match &wanted.names {
                Some(names) if names.is_empty() => AllowedNames::Any,
                Some(names) => AllowedNames::Only(names.clone()),
                None => names.clone(),
            },
        };
        Some(Self { config_map, before: Believed { authorities, names }, after })
    }

    fn objection(&self, context: &Context<'_>) -> Option<Objection> {
        self.to_taking_out(context)
            .or_else(|| self.to_nothing_left())
            .or_else(|| self.to_adding_authorities(context))
            .or_else(|| self.to_adding_names(context))
    }

    fn to_taking_out(&self, context: &Context<'_>) -> Option<Objection> {
        let [before, after] = [&self.before, &self.after];
        let takes_authority = before.authorities.iter().any(|ca| !after.authorities.contains(ca));
        let takes_name = before.listed().iter().any(|name| !after.listed().contains(name));
        let flags = match (takes_authority, takes_name) {
            (false, false) => return None,
            (true, false) => OF_AUTHORITIES,
            (_, true) => OF_NAMES,
        };
        let has_flags = |server: &&Setup| !server.invocation.format.has_no_flags();
        if !context.beside.publishers().iter().any(has_flags) {
            return Some(Objection::NotYet(FILES_ALONE.to_owned()));
        }
        let servers = || context.beside.publishers().into_iter().enumerate();
        servers().find_map(|(at, server)| not_settled(at, server, flags, context)).or_else(|| {
            if is_behind(self.config_map, context) {
                return Some(Objection::NotYet(BEHIND.to_owned()));
            }
            let client = |server: &'_ Setup| {
                let client = server.proxy_client.loaded()?;
                let is_refused = before.takes(client, context.now) && !after.takes(client, context.now);
                is_refused.then(|| client.leaf.value.subject.to_string())
            };
            let needed = servers().find_map(|(_, server)| Some((client(server)?, server)));
            let Some((client, server)) = needed else { return self.to_what_is_put_back(context) };
            Some(Objection::NotYet(format!(
                "the proxy client {client} of {} needs it. First give that server a client of the CA and with a name \
                 that stay",
                where_read(server)
            )))
        })
    }

    /// What a server has it writes again, unless it has ended.
    fn to_what_is_put_back(&self, context: &Context<'_>) -> Option<Objection> {
        let taken = |ca: &&Certificate| {
            self.before.authorities.contains(ca) && !self.after.authorities.contains(ca) && ca.not_after > context.now
        };
        let (ca, server) =
            context.beside.publishers().into_iter().find_map(|server| {
                Some((server.requestheader_client_ca.loaded()?.certificates().find(taken)?, server))
            })?;
        Some(Objection::NotYet(format!(
            "{} has {} for front proxies, and writes it again within a minute. First take it out of {} there",
            where_read(server),
            subject_and_fingerprint(ca),
            server.requestheader_client_ca.flag.as_written()
        )))
    }

    fn to_nothing_left(&self) -> Option<Objection> {
        if self.after.authorities.is_empty() {
            return (!self.before.authorities.is_empty()).then(|| Objection::Never(LAST_CA.to_owned()));
        }
        let is_last_name = self.after.names == AllowedNames::Any && self.before.names != AllowedNames::Any;
        is_last_name.then(|| Objection::Never(LAST_NAME.to_owned()))
    }

    fn to_adding_authorities(&self, context: &Context<'_>) -> Option<Objection> {
        let is_new = |ca: &&Certificate| !self.before.authorities.contains(ca);
        self.after.authorities.iter().filter(is_new).find_map(|ca| self.to_adding(ca, context))
    }

    /// That a client CA is none for front proxies the servers say, too; the ConfigMap may hold another one than they do.
    fn to_adding(&self, ca: &Certificate, context: &Context<'_>) -> Option<Objection> {
        let holds = |server: &Setup| {
            server.requestheader_client_ca.loaded().is_some_and(|bundle| bundle.certificates().any(|own| own == ca))
        };
        let owners: Vec<(usize, &Setup)> =
            context.beside.publishers().into_iter().enumerate().filter(|(_, server)| holds(server)).collect();
        let logs_in = |lender: &Setup| owners.iter().any(|(_, owner)| lets_in(owner, &lender.client_ca, context.now));
        let lenders = std::iter::once(self.config_map.reader()).chain(context.beside.servers.iter().copied());
        if lenders.filter(|lender| !lender.client_ca.is_not_given()).any(logs_in) {
            return Some(Objection::Never(format!(
                "clients log in with certificates of {}, or of a CA that it signs, and extension API servers would take \
                 them for front proxies. Give the front proxy a CA of its own; a kube-apiserver that runs with that \
                 writes it into the ConfigMap by itself",
                subject_and_fingerprint(ca)
            )));
        }
        // Its names are those of all servers: where none is in use, to add it alone would let every certificate of it pass.
        let requires_names = |(_, owner): &(usize, &Setup)| owner.allowed_names() != Ok(AllowedNames::Any);
        let is_first = self.before.authorities.is_empty();
        if is_first && self.after.names == AllowedNames::Any && owners.iter().any(requires_names) {
            return Some(Objection::NotYet(
                "the ConfigMap allows every name, and which names are in use is not known here. First give all \
                 kube-apiservers with their proxy clients"
                    .to_owned(),
            ));
        }
        settled_by_one(&owners, OF_AUTHORITIES, context)
    }

    fn to_adding_names(&self, context: &Context<'_>) -> Option<Objection> {
        let known = self.before.listed();
        let is_new = |name: &&String| !known.contains(name);
        self.after.listed().iter().filter(is_new).find_map(|name| {
            let servers = context.beside.publishers().into_iter().enumerate();
            let owners: Vec<(usize, &Setup)> = servers.filter(|(_, server)| shows_or_allows(server, name)).collect();
            // A client in use is no guess; the findings that give the server another may wait for this patch.
            let is_in_use = owners.iter().any(|(_, server)| shows(server, name) && uses_its_client(server, context));
            if is_in_use { None } else { settled_by_one(&owners, OF_NAMES, context) }
        })
    }
}

const FILES_ALONE: &str = "no flags of a kube-apiserver are here, and files alone, such as those of a CA that was just made, do not say \
     that one runs with them: what is in use may be this. Give the flags of all kube-apiservers";

const BEHIND: &str = "first do what configmap-drift says. The ConfigMap lacks what a server beside it has, as when that server does not \
     run with these flags yet, and what it runs with may be this";

fn shows_or_allows(server: &Setup, name: &String) -> bool {
    matches!(server.allowed_names(), Ok(AllowedNames::Only(names)) if names.contains(name)) || shows(server, name)
}

fn shows(server: &Setup, name: &String) -> bool {
    server.proxy_client.loaded().is_some_and(|client| client.leaf.value.subject.common_name() == name)
}

/// It starts, and takes its own proxy client for a front proxy; `false`: or that is not known.
fn uses_its_client(server: &Setup, context: &Context<'_>) -> bool {
    let takes = || {
        let bundle = server.requestheader_client_ca.loaded()?;
        let believed =
            Believed { authorities: bundle.certificates().cloned().collect(), names: server.allowed_names().ok()? };
        Some(believed.takes(server.proxy_client.loaded()?, context.now))
    };
    let starts = match start(server, server.version()) {
        // What is set up like that runs with an older version.
        Startup::Refuses(refusal) => refusal.kinds == [RefusalKind::Overlap],
        _ => true,
    };
    starts && takes() == Some(true)
}

/// That of the first, where none of them starts with these flags unchanged. Where there is none, a person has written it.
fn settled_by_one(owners: &[(usize, &Setup)], flags: &[&str], context: &Context<'_>) -> Option<Objection> {
    let objections = owners.iter().map(|(at, owner)| not_settled(*at, owner, flags, context));
    objections.collect::<Option<Vec<_>>>()?.into_iter().next()
}

/// The server does not start, or a finding gives it other values of these flags.
fn not_settled(at: usize, server: &Setup, flags: &[&str], context: &Context<'_>) -> Option<Objection> {
    let changes = context.beside.found.changes.get(context.now, || changes(&context.beside.publishers(), context));
    let change = changes.iter().find(|change| change.server == at && flags.contains(&name_of(&change.flag)));
    if let Some(change) = change {
        return Some(first_do(change, server));
    }
    refuses_to_start(server)
        .then(|| Objection::NotYet(format!("first let {} start: what it needs is not known", where_read(server))))
}

/// How much a finding on a component counts; `None`: its rule is off, or somebody accepts it.
fn weight(rule: &Rule, finding: &Finding, setup: &Setup, context: &Context<'_>) -> Option<Severity> {
    let Invocation { component, name, format, .. } = &setup.invocation;
    let is_known = |(known, base): (&HashMap<String, usize>, &BaseDirectory)| {
        known.contains_key(&of_target(base, component.name(), name, rule, finding))
    };
    if context.known().is_some_and(is_known) {
        return None;
    }
    match context.policy() {
        Some(policy) => policy.weight(rule, finding, *format, context.now),
        None => Some(finding.severity),
    }
}

/// The flags that findings on kube-apiservers give. A note is no reason to wait, nor is what was accepted: nobody will
/// do it.
fn changes(servers: &[&Setup], context: &Context<'_>) -> Vec<GivenFlag> {
    let alone = &context.alone();
    let mut changes = Vec::new();
    for (server, setup) in servers.iter().enumerate() {
        for rule in rules::ALL {
            let found = rule.judge(Target::Server(setup), alone).map(Outcome::into_findings).unwrap_or_default();
            let counts = |finding: &Finding| weight(rule, finding, setup, context) > Some(Severity::Note);
            let changing = found.into_iter().filter(counts);
            let flags = changing.flat_map(|finding| finding.fix.flags);
            changes.extend(flags.map(|flag| GivenFlag { server, rule: rule.id, flag }));
        }
    }
    changes
}

#[cfg(test)]
mod tests {
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
        let directory =
            cluster.server().without("client-ca-file").file(FRONT_PROXY_CA, &cluster.client_ca.pem).fragment();
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
    }

    #[test]
    fn the_ca_of_a_node_that_works_is_offered_to_another() {
        let cluster = Cluster::new();
        let broken = cluster.server().set("requestheader-client-ca-file", CLIENT_CA).input("b.yaml").setup();
        let good = cluster.server().input("a.yaml").setup();
        let sentence = |other: &Setup| {
            let beside = Beside::of([&broken, other].map(Target::Server));
            let context = Context::new(&beside, Objects::NONE, NOW, time::Duration::days(30));
            let judged = judge(Target::Server(&broken), &context).unwrap();
            let (_, finding) = judged.findings().find(|(_, finding)| finding.fix.own_ca).unwrap();
            finding.fix.sentence.clone()
        };
        let offered = format!("a.yaml is of the same cluster, and its front proxy works: bring {FRONT_PROXY_CA}, ");
        assert!(sentence(&good).starts_with(&offered), "{}", sentence(&good));
        let every_name = cluster.server().set(NAMES, "").input("a.yaml").setup();
        for other in [&broken, &every_name, &Cluster::new().server().setup()] {
            assert!(sentence(other).starts_with("Give the front proxy a CA of its own"), "{}", sentence(other));
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
}
