//! What a patch of the ConfigMap may do.
//!
//! It is printed only where, with what is given, it makes nobody a front proxy whom no kube-apiserver takes for one, and
//! refuses none whose certificate is in use. A kube-apiserver that runs with its flags writes what it has by itself; what a
//! patch adds without need nobody takes out again.

use std::collections::HashMap;

use super::beside::GivenFlag;
use super::facts::believed::{Believed, uses_its_client};
use super::facts::config_map_patch::{is_behind, where_read};
use super::facts::flags::name_of;
use super::facts::node_that_works::or_that_of_another_node;
use super::facts::reuse::lets_in;
use super::facts::wording::subject_and_fingerprint;
use super::fingerprint::of_target;
use super::{Context, Finding, Fix, Outcome, Rule, Severity, Target, Wanted, rules};
use crate::model::{AllowedNames, ConfigMap, Setup, TrustBundle, refuses_to_start};
use crate::source::Invocation;
use crate::x509::Certificate;

#[cfg(test)]
mod tests;

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
            let is_in_use =
                owners.iter().any(|(_, server)| shows(server, name) && uses_its_client(server, context.now));
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

/// How much a finding on a component counts; `None`: its rule is off, or somebody accepts it. An entry of the baseline stands for
/// one finding (`Baseline::apply`): `met` counts those that were.
fn weight(
    rule: &Rule,
    finding: &Finding,
    setup: &Setup,
    context: &Context<'_>,
    met: &mut HashMap<String, usize>,
) -> Option<Severity> {
    let Invocation { component, name, format, .. } = &setup.invocation;
    let weight = match context.policy() {
        Some(policy) => policy.weight(rule, finding, *format, context.now)?,
        None => finding.severity,
    };
    let Some((known, base)) = context.known() else { return Some(weight) };
    let fingerprint = of_target(base, component.name(), name, rule, finding);
    let Some(known) = known.get(&fingerprint) else { return Some(weight) };
    let met = met.entry(fingerprint).or_default();
    *met += 1;
    (*met > *known).then_some(weight)
}

/// The flags that findings on kube-apiservers give. A note is no reason to wait, nor is what was accepted: nobody will
/// do it.
fn changes(servers: &[&Setup], context: &Context<'_>) -> Vec<GivenFlag> {
    let alone = &context.alone();
    let (mut changes, mut met) = (Vec::new(), HashMap::new());
    for (server, setup) in servers.iter().enumerate() {
        for rule in rules::ALL {
            let found = rule.judge(Target::Server(setup), alone).map(Outcome::into_findings).unwrap_or_default();
            let counts = |finding: &Finding| weight(rule, finding, setup, context, &mut met) > Some(Severity::Note);
            let changing = found.into_iter().filter(counts);
            let flags = changing.flat_map(|finding| finding.fix.flags);
            changes.extend(flags.map(|flag| GivenFlag { server, rule: rule.id, flag }));
        }
    }
    changes
}
