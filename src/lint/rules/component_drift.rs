//! A controller manager or scheduler that was left behind when kube-apiserver got another front proxy.

use std::collections::BTreeSet;

use crate::lint::facts::clients::shared_ca_of_component;
use crate::lint::facts::components::follow;
use crate::lint::facts::flags::list_flag;
use crate::lint::facts::front_proxy::FrontProxy;
use crate::lint::facts::look::MOST_BESIDE;
use crate::lint::facts::reuse::{demonstration, is_at_a_server};
use crate::lint::facts::stale::stale;
use crate::lint::facts::wording::usable_names;
use crate::lint::prelude::*;
use crate::model::{CertificateFile, Overlap, is_same_file};

pub(super) static RULE: Rule = Rule {
    id: "component-drift",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/component-drift.md"),
    checks: &[Check::OtherComponent(|setup, context| judge(setup, context).into())],
};

/// With the flag a component has CA and names from its flags alone, and nothing from the ConfigMap
/// (k8s.io/apiserver, pkg/server/options/authentication.go, `DelegatingAuthenticationOptions.ApplyTo`).
fn judge(setup: &Setup, context: &Context<'_>) -> Judged {
    let compared = Compared::of(setup, context)?;
    let (by_authorities, brought_in) = compared.by_authorities(context)?;
    match by_authorities.is_empty() {
        true => found_or(compared.by_names()?.into_iter().collect(), brought_in),
        false => Ok(by_authorities),
    }
}

/// A component and the kube-apiservers that it is compared with.
struct Compared<'a> {
    setup: &'a Setup,
    all: Vec<&'a Setup>,
    /// Those of its node where some are, otherwise all.
    servers: Vec<&'a Setup>,
}

impl<'a> Compared<'a> {
    fn of(setup: &'a Setup, context: &Context<'a>) -> Result<Self, Outcome> {
        if !setup.requestheader_client_ca.flag.is_path_given() {
            setup.requestheader_client_ca.get()?;
        }
        if context.beside.servers.len() > MOST_BESIDE {
            return Err(Outcome::undecided(format!("more than {MOST_BESIDE} kube-apiservers are beside it")));
        }
        let has_bundle = |server: &&Setup| !server.requestheader_client_ca.is_not_given();
        let all: Vec<&Setup> = context.beside.publishers().into_iter().filter(has_bundle).collect();
        let node = setup.invocation.node.as_ref();
        let is_of_node = |server: &&Setup| node.is_some() && server.invocation.node.as_ref() == node;
        let of_node: Vec<&Setup> = all.iter().copied().filter(is_of_node).collect();
        let servers = if of_node.is_empty() { all.clone() } else { of_node };
        let Some(first) = servers.first() else {
            return Err(not_applicable("no kube-apiserver with a requestheader CA was found beside it"));
        };
        if let Some(why) = shared_ca_of_component(setup, context) {
            return Err(why.into());
        }
        // What the servers have is no example then.
        let mut followed = setup.clone();
        followed.requestheader_client_ca = first.requestheader_client_ca.clone();
        if is_at_a_server(context) || Overlap::of(&followed, context.now).is_reuse() {
            return Err(not_applicable("kube-apiserver has no CA of the front proxy's own"));
        }
        Ok(Self { setup, all, servers })
    }

    /// `None`: what it holds is that of a server, whatever that is.
    fn bundle(&self) -> Result<Option<&'a TrustBundle>, Outcome> {
        let flag = &self.setup.requestheader_client_ca.flag;
        let is_same =
            |server: &&Setup| is_same_file((self.setup, flag), (server, &server.requestheader_client_ca.flag));
        match self.setup.requestheader_client_ca.get() {
            Err(_) if self.servers.iter().any(is_same) => Ok(None),
            bundle => Ok(Some(bundle?)),
        }
    }

    /// With the reason why nothing is said of a CA that may be a new one.
    fn by_authorities(&self, context: &Context<'_>) -> Result<(Vec<Finding>, Option<Outcome>), Outcome> {
        let Some(bundle) = self.bundle()? else { return Ok((Vec::new(), None)) };
        let of_server = |server: &&'a Setup| server.requestheader_client_ca.get();
        let used = self.all.iter().map(of_server).collect::<Result<Vec<&TrustBundle>, _>>()?;
        let stale = stale(self.setup, bundle, &used, context);
        let refused = self.refused(bundle, context);
        let brought_in = brought_in(bundle, &used, &stale).filter(|_| refused.is_none());
        if brought_in.is_some() {
            return Ok((Vec::new(), brought_in));
        }
        Ok((self.of_authorities(bundle, &stale, refused.as_ref()).into_iter().collect(), None))
    }

    /// A proxy client that its own server takes, where none of these is accepted, and why.
    fn refused(&self, bundle: &TrustBundle, context: &Context<'_>) -> Option<(&'a CertificateFile, String)> {
        let mut refused = None;
        for server in self.servers.iter().filter(|server| allows_its_client(server)) {
            let Ok(pair) = FrontProxy::of(server) else { continue };
            if pair.verify(context.now).is_err() {
                continue;
            }
            let error = FrontProxy { bundle, client: pair.client }.verify(context.now).err()?;
            refused = refused.or(Some((pair.client, error.to_string())));
        }
        refused
    }

    fn of_authorities(
        &self,
        bundle: &TrustBundle,
        stale: &[&Located<Certificate>],
        refused: Option<&(&CertificateFile, String)>,
    ) -> Option<Finding> {
        let component = self.setup.invocation.component.name();
        let names = list(stale.iter().map(|anchor| subject_and_fingerprint(&anchor.value)), "and");
        let keeps = format!("{component} still trusts {names} for front proxies, which no kube-apiserver here does");
        let client = refused.map(|(client, _)| subject(&client.leaf.value)).unwrap_or_default();
        let message = match (refused, stale.is_empty()) {
            (None, true) => return None,
            (None, false) => keeps,
            (Some(_), false) => {
                format!("{keeps}, and does not take kube-apiserver's own proxy client {client} for one")
            }
            (Some((_, why)), true) => format!(
                "{component} does not take the proxy client {client} of kube-apiserver for a front proxy ({why})"
            ),
        };
        let flag = &self.setup.requestheader_client_ca;
        let anchor = stale.first().copied().or(bundle.anchors().first());
        Some(
            Finding::warning(message)
                .at(flag.origin().unwrap_or(&bundle.origin), "counts alone: with this flag the ConfigMap is not read")
                .related(self.places(anchor))
                .consequence(match stale.is_empty() {
                    true => format!("What kube-apiserver proxies to the port of {component} is refused with 401."),
                    false => {
                        format!(
                            "Whoever has the key of {names} can be any user of any group on the port of {component}."
                        )
                    }
                })
                .demonstration(stale.first().and_then(|anchor| demonstration(self.setup, &subject(&anchor.value))))
                .fix(follow(self.setup, &self.servers, self.names_to_be().as_deref()))
                .identity(match stale.is_empty() {
                    true => vec!["refuses".to_owned(), client],
                    false => stale.iter().map(|anchor| anchor.value.fingerprint()).collect(),
                }),
        )
    }

    /// The servers' bundles, and a CA of the component's.
    fn places(&self, anchor: Option<&Located<Certificate>>) -> Vec<Related> {
        let of_server =
            |server: &&Setup| Some(related(server.requestheader_client_ca.origin()?, "what kube-apiserver trusts"));
        let own = anchor.map(|anchor| related(&anchor.origin, format!("{} at the component", subject(&anchor.value))));
        own.into_iter().chain(self.servers.iter().filter_map(of_server)).collect()
    }

    /// The names of the proxy clients that the component's own list lacks; those that a server allows where its client is not
    /// here and the two lists have none in common.
    fn lacking(&self) -> BTreeSet<&'a str> {
        let Ok(AllowedNames::Only(own)) = self.setup.allowed_names() else { return BTreeSet::new() };
        let has = |name: &str| own.iter().any(|known| known == name);
        let of_server = |server: &&'a Setup| match server.proxy_client.loaded() {
            Some(client) if allows_its_client(server) => vec![client.leaf.value.subject.common_name()],
            Some(_) => Vec::new(),
            None => Some(usable_names(server)).filter(|names| !names.iter().any(|name| has(name))).unwrap_or_default(),
        };
        let names = self.servers.iter().flat_map(of_server);
        names.filter(|name| !name.trim().is_empty() && !has(name)).collect()
    }

    /// What the list of names has to be; `None`: it stays.
    fn names_to_be(&self) -> Option<Vec<String>> {
        let lacking = self.lacking();
        let names = usable_names(self.setup).into_iter().chain(lacking.iter().copied()).map(str::to_owned);
        (!lacking.is_empty()).then(|| names.collect())
    }

    fn by_names(&self) -> Result<Option<Finding>, Outcome> {
        self.setup.allowed_names()?;
        let Some(names) = self.names_to_be() else { return Ok(None) };
        let component = self.setup.invocation.component.name();
        let lacking: Vec<&str> = self.lacking().into_iter().collect();
        let flag = &self.setup.options.requestheader_allowed_names;
        let fix = format!("Have {component} allow the names of kube-apiserver's proxy clients, and start it again.");
        Ok(Some(
            Finding::warning(format!(
                "{component} does not allow the front proxy name {} of kube-apiserver",
                quoted(&lacking, "or")
            ))
            .at(
                flag.origin().unwrap_or(&self.setup.invocation.origin),
                "counts alone: beside a CA in a flag the names of the ConfigMap are not read",
            )
            .related(self.places(None))
            .consequence(format!("What kube-apiserver proxies to the port of {component} is refused with 401."))
            .fix(Fix::from(fix).flag(list_flag("requestheader-allowed-names", &names)))
            .identity(std::iter::once("names").chain(lacking.iter().copied()).map(str::to_owned)),
        ))
    }
}

/// The first step of a rotation is that a new CA is trusted beside those in use, and that step is not to be taken back.
fn brought_in(bundle: &TrustBundle, used: &[&TrustBundle], extra: &[&Located<Certificate>]) -> Option<Outcome> {
    let of_servers = || used.iter().flat_map(|bundle| bundle.certificates());
    let holds = |ca: &Certificate| bundle.certificates().any(|own| own.name_and_key() == ca.name_and_key());
    let newest = of_servers().map(|ca| ca.not_before).max()?;
    let first = extra.iter().min_by_key(|ca| ca.value.not_before).filter(|first| first.value.not_before > newest)?;
    of_servers().all(holds).then(|| {
        let why = "began after the CAs of the kube-apiservers here: whether it is being brought in, with them next, or was \
                   given up is not known";
        Outcome::from(Reason::undecided(format!("{} {why}", subject_and_fingerprint(&first.value))).at(&first.origin))
    })
}

/// Whether a server's own list has the name of its proxy client.
fn allows_its_client(server: &Setup) -> bool {
    let client = server.proxy_client.loaded().map(|client| client.leaf.value.subject.common_name());
    let is_allowed = |names: AllowedNames| client.map_or(names == AllowedNames::Any, |client| names.allow(client));
    server.allowed_names().is_ok_and(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{
        CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, Issued, NOW, PROXY_CLIENT, SetupBuilder, bundle, check,
        check_beside,
    };

    const NEW: &str = "/etc/kubernetes/pki/front-proxy/front-proxy-ca.crt";

    /// A server that went over to another CA in another file, and the cluster as it was.
    fn rotated() -> (Cluster, SetupBuilder) {
        let cluster = Cluster::new();
        let after = cluster.clone().with_front_proxy_ca(Issued::ca("front-proxy-ca-2026"));
        let server = after.server().set("requestheader-client-ca-file", NEW).file(NEW, &after.front_proxy_ca.pem);
        (cluster, server)
    }

    #[test]
    fn fails_where_the_component_keeps_the_ca_of_before() {
        let (cluster, server) = rotated();
        let manager = cluster.controller_manager();
        let finding = check_beside(&RULE, &manager, &[&server, &manager]).expect_warning();
        let finding =
            finding.says("still trusts CN=front-proxy-ca (").says("does not take kube-apiserver's own proxy client");
        assert_eq!(finding.fix.flags, [format!("--requestheader-client-ca-file={NEW}")]);
        let finding = finding.explains("can be any user of any group on the port of kube-controller-manager");
        finding.shows("by sending `X-Remote-User: ");
        check_beside(&RULE, cluster.controller_manager(), &[&cluster.server()]).expect_pass();
    }

    /// As the new client was given another name, too.
    #[test]
    fn the_file_comes_with_the_name_that_the_list_lacks() {
        let (cluster, server) = rotated();
        let manager = cluster.controller_manager().set("requestheader-allowed-names", "aggregator");
        let flags = check_beside(&RULE, &manager, &[&server]).expect_warning().fix.flags;
        assert_eq!(flags[1], "--requestheader-allowed-names=aggregator,front-proxy-client");
    }

    #[test]
    fn fails_for_another_file_of_the_same_path_without_a_flag() {
        let cluster = Cluster::new();
        let server = cluster.clone().with_front_proxy_ca(Issued::ca("front-proxy-ca-2026")).server();
        let fix = check_beside(&RULE, cluster.controller_manager(), &[&server]).expect_warning().fix;
        assert!(fix.flags.is_empty() && fix.sentence.contains(FRONT_PROXY_CA), "{fix}");
    }

    #[test]
    fn fails_for_an_old_ca_beside_the_new_one() {
        let (cluster, server) = rotated();
        let new = server.setup().requestheader_client_ca.loaded().unwrap().certificates().next().unwrap().clone();
        let both =
            format!("{}{}", cluster.front_proxy_ca.pem, pem::encode(&pem::Pem::new("CERTIFICATE", new.raw.as_slice())));
        let manager = cluster.controller_manager().file(FRONT_PROXY_CA, &both);
        let finding = check_beside(&RULE, &manager, &[&server]).expect_warning();
        assert!(!finding.message.contains("proxy client"), "{finding:?}");
    }

    /// Trust comes before use.
    #[test]
    fn is_unknown_while_a_new_ca_may_be_brought_in() {
        let cluster = Cluster::new();
        let new = Issued::ca_with("front-proxy-ca-2026", |params| params.not_before = NOW - time::Duration::days(1));
        let both = bundle(&[&cluster.front_proxy_ca, &new]);
        let manager = cluster.controller_manager().file(FRONT_PROXY_CA, &both);
        let why = check_beside(&RULE, &manager, &[&cluster.server()]).expect_unknown();
        assert!(why.contains("front-proxy-ca-2026") && why.contains("being brought in"), "{why}");
        // What is known all the same is said.
        let names = manager.set("requestheader-allowed-names", "aggregator");
        check_beside(&RULE, names, &[&cluster.server()]).expect_warning().says("does not allow the front proxy name");
        // One without the old CA is no step of it.
        let manager = cluster.controller_manager().file(FRONT_PROXY_CA, &new.pem);
        check_beside(&RULE, &manager, &[&cluster.server()]).expect_warning();
    }

    /// In a rotation both CAs are trusted while a client of the old one is in use.
    #[test]
    fn passes_while_the_old_ca_is_in_use() {
        let cluster = Cluster::new();
        let both = bundle(&[&cluster.front_proxy_ca, &Issued::ca("front-proxy-ca-2026")]);
        let server = cluster.server().file(FRONT_PROXY_CA, &both);
        check_beside(&RULE, cluster.controller_manager(), &[&server]).expect_pass();
        let behind = cluster.server().file(FRONT_PROXY_CA, &Issued::ca("front-proxy-ca-2026").pem);
        check_beside(&RULE, cluster.controller_manager(), &[&behind]).expect_pass();
    }

    #[test]
    fn servers_that_disagree_come_first() {
        let (cluster, server) = rotated();
        let manager = Cluster::new().controller_manager();
        let fix = check_beside(&RULE, &manager, &[&server, &cluster.server()]).expect_warning().fix;
        assert!(fix.flags.is_empty() && fix.sentence.contains("let them agree first"), "{fix}");
        // That of one of them is in use.
        check_beside(&RULE, cluster.controller_manager(), &[&server, &cluster.server()]).expect_pass();
    }

    #[test]
    fn fails_for_a_name_that_the_component_alone_lacks() {
        let cluster = Cluster::new();
        let manager = cluster.controller_manager().set("requestheader-allowed-names", "aggregator");
        let finding = check_beside(&RULE, &manager, &[&cluster.server()]).expect_warning();
        assert_eq!(finding.fix.flags, ["--requestheader-allowed-names=aggregator,front-proxy-client"]);
        let unseen = cluster.server().without_file(PROXY_CLIENT);
        check_beside(&RULE, &manager, &[&unseen]).expect_warning().says("`front-proxy-client`");
        let refuses = cluster.server().set("requestheader-allowed-names", "aggregator");
        check_beside(&RULE, &manager, &[&refuses]).expect_pass();
        // Of files that are not here it is known that they are one.
        let unseen = unseen.without_file(FRONT_PROXY_CA);
        check_beside(&RULE, manager.without_file(FRONT_PROXY_CA), &[&unseen]).expect_warning();
    }

    #[test]
    fn is_unknown_where_a_file_was_not_looked_at() {
        let (cluster, server) = rotated();
        let manager = cluster.controller_manager();
        check_beside(&RULE, manager.clone().without_file(FRONT_PROXY_CA), &[&server]).expect_unknown();
        check_beside(&RULE, manager, &[&server.without_file(NEW)]).expect_unknown();
    }

    #[test]
    fn does_not_apply_without_a_flag_a_server_or_a_ca_of_its_own() {
        let cluster = Cluster::new();
        let manager = cluster.controller_manager();
        check(&RULE, &manager).expect_not_applicable();
        check_beside(&RULE, manager.clone().without("requestheader-client-ca-file"), &[&cluster.server()])
            .expect_not_applicable();
        let reused = cluster.server().set("requestheader-client-ca-file", CLIENT_CA);
        check_beside(&RULE, &manager, &[&reused]).expect_not_applicable();
        // Whose CA the server's is, the component says.
        check_beside(&RULE, &manager, &[&reused.without("client-ca-file")]).expect_not_applicable();
    }
}
