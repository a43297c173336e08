//! Any certificate of the requestheader CA is a front proxy.

use crate::lint::facts::look::MOST_BESIDE;
use crate::lint::facts::reuse::{demonstration, shared_ca};
use crate::lint::facts::wording::{allow_name, requestheader_ca, usable_names};
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "allowed-names-empty",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/allowed-names-empty.md"),
    checks: &[
        Check::Server(|setup, context| on_every_node(judge(setup, context, Severity::Warning)).into()),
        // The ConfigMap joins the lists of all servers: no server requires a name, and nothing here shows what else the CA
        // signs.
        Check::ConfigMap(|config_map, context| judge(config_map.reader(), context, Severity::Error).into()),
    ],
};

fn judge(setup: &Setup, context: &Context<'_>, severity: Severity) -> Judged {
    any_name(setup, context, shared_ca, |ca| Telling {
        severity,
        message: format!("no front proxy name is required, so every client certificate of {ca} is a front proxy"),
        consequence: format!(
            "Whoever gets any client certificate from {ca} can be any user of any group by adding headers to a request."
        ),
        identity: vec!["requestheader-allowed-names".to_owned()],
    })
}

/// kube-apiservers join their lists in the ConfigMap, and an empty one is no part of it.
fn on_every_node(judged: Judged) -> Judged {
    let mut findings = judged?;
    for finding in &mut findings {
        finding.fix = std::mem::take(&mut finding.fix).saying(|this| {
            format!(
                "{this} Of several control-plane nodes list the names of all their proxy clients on each: the first that \
                 lists one ends for all that every name is allowed."
            )
        });
    }
    Ok(findings)
}

/// What tells one component's finding from another's.
pub(super) struct Telling {
    pub severity: Severity,
    pub message: String,
    pub consequence: String,
    pub identity: Vec<String>,
}

/// The finding of a component that requires no name, unless it is part of a greater one; `tell` gets what its
/// requestheader CA is called.
pub(super) fn any_name(
    setup: &Setup,
    context: &Context<'_>,
    greater: impl FnOnce(&Setup, &Context<'_>) -> Option<Reason>,
    tell: impl FnOnce(&str) -> Telling,
) -> Judged {
    let file = &setup.requestheader_client_ca.flag;
    // Of flags that do not show the CA nobody knows whose certificates are meant, or whether it is given at all.
    if setup.requestheader_client_ca.is_not_given() || file.is_absent() {
        setup.requestheader_client_ca.get()?;
    }
    if let AllowedNames::Only(_) = setup.allowed_names()? {
        return Ok(Vec::new());
    }
    if let Some(why) = greater(setup, context) {
        return Err(why.into());
    }
    let ca = requestheader_ca(setup);
    let Telling { severity, message, consequence, identity } = tell(&ca);
    let given = setup.options.requestheader_allowed_names.given();
    let flag = given.map(|given| &given.flag);
    let label = if given.is_some() { "an empty list allows every name" } else { "used without a list of names" };
    let demonstration = demonstration(setup, &ca);
    let names = names_beside(setup, context);
    Ok(vec![
        // Where no header is read, nobody can claim anything yet.
        Finding::new(if demonstration.is_some() { severity } else { severity.min(Severity::Warning) }, message)
            .at(flag.or_else(|| file.setting().origin()).unwrap_or(&setup.invocation.origin), label)
            .consequence(consequence)
            .demonstration(demonstration)
            .fix(allow_name(setup, &names.iter().map(String::as_str).collect::<Vec<_>>()))
            .identity(identity),
    ])
}

/// The common names of the proxy clients of the kube-apiservers beside a set-up, each once; those that they require where
/// the certificates are not here. Beside one that has a client itself those of the same CA count, as a cluster's nodes have.
fn names_beside(setup: &Setup, context: &Context<'_>) -> Vec<String> {
    let mut names = Vec::new();
    let servers = &context.beside.servers;
    // A list that lacks the name of one would lock its client out.
    if servers.len() > MOST_BESIDE {
        return names;
    }
    let own = setup.proxy_client.loaded();
    names.extend(own.map(|client| client.leaf.value.subject.common_name().to_owned()));
    for server in servers.iter().filter(|server| own.is_none() || shares_requestheader_ca(server, setup)) {
        match (server.proxy_client.loaded(), server.allowed_names()) {
            (Some(client), _) => names.push(client.leaf.value.subject.common_name().to_owned()),
            (None, Ok(AllowedNames::Only(_))) => {
                names.extend(usable_names(server).into_iter().map(str::to_owned));
            }
            (None, _) => {}
        }
    }
    names.retain(|name| !name.trim().is_empty());
    names.sort();
    names.dedup();
    names
}

fn shares_requestheader_ca(one: &Setup, other: &Setup) -> bool {
    let bundles = one.requestheader_client_ca.loaded().zip(other.requestheader_client_ca.loaded());
    bundles.is_some_and(|(one, other)| one.shares_issuer(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, PROXY_CLIENT, SetupBuilder, Subject, check, check_beside};

    #[test]
    fn fails_for_an_empty_and_for_a_missing_list() {
        let cluster = Cluster::new();
        let finding = check(&RULE, cluster.server().set("requestheader-allowed-names", "")).expect_finding();
        assert_eq!(finding.origin.source(), "--requestheader-allowed-names");
        assert_eq!(finding.fix.flags, ["--requestheader-allowed-names=front-proxy-client"]);
        check(&RULE, cluster.server().without("requestheader-allowed-names")).expect_finding();
    }

    #[test]
    fn lists_the_clients_of_all_nodes() {
        let cluster = Cluster::new();
        let server = || cluster.server().without("requestheader-allowed-names");
        let other = server().file(PROXY_CLIENT, &cluster.front_proxy_ca.client("aggregator").pem);
        let flags = |one: &SetupBuilder, beside: &[&dyn Subject]| {
            check_beside(&RULE, one, beside).expect_finding().fix.flags.join(" ")
        };
        let all = "--requestheader-allowed-names=aggregator,front-proxy-client";
        assert_eq!(flags(&server(), &[&server(), &other]), all);
        assert_eq!(flags(&other, &[&server(), &other]), all);
        // Another cluster's.
        assert_eq!(flags(&other, &[&other, &Cluster::new().server()]), "--requestheader-allowed-names=aggregator");
    }

    #[test]
    fn fails_for_what_extension_servers_are_told() {
        let finding = check(&RULE, Cluster::new().config_map().set("requestheader-allowed-names", "[]")).expect_error();
        assert!(finding.fix.sentence.starts_with("Allow the common name of the proxy client"), "{}", finding.fix);
    }

    #[test]
    fn passes_with_a_name() {
        check(&RULE, Cluster::new().server()).expect_pass();
    }

    #[test]
    fn is_unknown_when_the_list_is_an_expression() {
        check(&RULE, Cluster::new().server().set("requestheader-allowed-names", "{{ names }}")).expect_unknown();
    }

    #[test]
    fn does_not_apply_to_a_fragment_that_does_not_say() {
        let server = Cluster::new().server().without("requestheader-allowed-names").fragment();
        check(&RULE, &server).expect_not_applicable();
    }

    #[test]
    fn does_not_apply_without_a_requestheader_ca_or_when_it_is_the_client_ca() {
        let server = Cluster::new().server().set("requestheader-allowed-names", "");
        check(&RULE, server.clone().without("requestheader-client-ca-file")).expect_not_applicable();
        check(&RULE, server.set("requestheader-client-ca-file", CLIENT_CA)).expect_not_applicable();
    }
}
