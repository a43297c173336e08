//! Names in the list that others carry.

use crate::lint::facts::init_command::rename_client;
use crate::lint::facts::wording::{allow_name, is_carried_by_others, requestheader_ca};
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "allowed-names-too-wide",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/allowed-names-too-wide.md"),
    checks: &[Check::Trust(check)],
};

fn check(setup: &Setup, _: &Context<'_>) -> Outcome {
    if setup.requestheader_client_ca.is_not_given() {
        return not_applicable("--requestheader-client-ca-file is not given");
    }
    let list = &setup.options.requestheader_allowed_names;
    let Some(given) = list.given() else {
        return setup.allowed_names().map_or_else(Outcome::from, |_| not_applicable("no names are listed"));
    };
    let names = &given.value.value;
    if names.is_empty() {
        return not_applicable("no names are listed");
    }
    let findings: Vec<Finding> =
        names.iter().filter_map(|name| Some(finding(setup, names, name, fault(setup, &name.value)?))).collect();
    Judged::Ok(findings).into()
}

/// What is wrong with a name.
enum Fault {
    /// Somebody meant a pattern.
    Pattern,
    /// Who carries it.
    CarriedBy(String),
}

fn fault(setup: &Setup, name: &str) -> Option<Fault> {
    let serving = setup
        .neighbour("tls-cert-file")
        .and_then(FileFlag::loaded)
        .is_some_and(|file| file.leaf.value.subject.common_name() == name);
    if name.contains('*') {
        Some(Fault::Pattern)
    } else if serving {
        Some(Fault::CarriedBy("the server's own serving certificate".to_owned()))
    } else if is_carried_by_others(name) {
        let who = match name.starts_with("system:") {
            true => "a component or user of Kubernetes itself",
            false => "other components or users of a cluster",
        };
        Some(Fault::CarriedBy(who.to_owned()))
    } else {
        None
    }
}

fn finding(setup: &Setup, all: &[Located<String>], name: &Located<String>, fault: Fault) -> Finding {
    let value = &name.value;
    let ca = requestheader_ca(setup);
    let (message, label, consequence) = match fault {
        Fault::Pattern => (
            format!("`{value}` in {} is no pattern", setup.called("requestheader-allowed-names")),
            "compared byte for byte",
            format!(
                "The only certificate that this entry allows is one of {ca} with the common name `{value}`; front \
                 proxies with other names are refused as if the entry were not there."
            ),
        ),
        Fault::CarriedBy(who) => (
            format!("the front proxy name `{value}` is a name that is also carried by {who}"),
            "not a name for front proxies only",
            format!(
                "Once {ca} issues a client certificate for `{value}`, or the CA that does is trusted here, its owner \
                 can be any user of any group."
            ),
        ),
    };
    let proxy_client = setup.proxy_client.loaded();
    let own = proxy_client.filter(|file| file.leaf.value.subject.common_name() == value);
    Finding::warning(message)
        .at(&name.origin, label)
        .related(own.map(|file| related(&file.origin, format!("the proxy client is {}", subject(&file.leaf.value)))))
        .consequence(consequence)
        .fix(fix(setup, all))
        .identity([quoted([value], "and")])
}

/// All names that are wrong go at once, so that no fix brings another finding's name back. One that may be the proxy
/// client's own stays: without it, every request to an extension API server is refused.
fn fix(setup: &Setup, all: &[Located<String>]) -> Fix {
    let names = || all.iter().map(|name| name.value.as_str());
    let carried = |name: &str| matches!(fault(setup, name), Some(Fault::CarriedBy(_)));
    let rest: Vec<&str> = names().filter(|name| fault(setup, name).is_none()).collect();
    match setup.proxy_client.loaded() {
        Some(client) if fault(setup, client.leaf.value.subject.common_name()).is_some() => rename_client(setup),
        None if names().any(carried) => allow_name(setup, &[]),
        _ => allow_name(setup, &rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{
        CLIENT_CA, Cluster, Expect, PROXY_CLIENT, PROXY_CLIENT_KEY, SetupBuilder, Subject, check, check_beside,
    };

    #[test]
    fn fails_for_each_name_that_others_carry() {
        let server = Cluster::new().server().set("requestheader-allowed-names", "front-proxy-client,kubelet,*");
        let findings = check(&RULE, &server).expect_findings(2);
        assert_eq!(findings[0].origin.source(), "kubelet");
        assert_eq!(findings[0].severity, Severity::Warning);
        assert!(findings[1].message.contains("no pattern"), "{}", findings[1].message);
        let system = Cluster::new().server().set("requestheader-allowed-names", "system:kube-controller-manager");
        check(&RULE, &system).expect_finding();
    }

    #[test]
    fn fails_for_the_name_of_the_serving_certificate() {
        let cluster = Cluster::new();
        let serving = cluster.client_ca.client("api.example.com");
        let server = cluster
            .server()
            .set("requestheader-allowed-names", "front-proxy-client,api.example.com")
            .set("tls-cert-file", "/serving.crt")
            .file("/serving.crt", &serving.pem);
        let finding = check(&RULE, &server).expect_finding();
        assert_eq!(finding.fix.flags, ["--requestheader-allowed-names=front-proxy-client"]);
    }

    #[test]
    fn takes_no_name_away_that_an_unseen_client_may_carry() {
        let flags = |names: &str, without: &[&str]| {
            let server = Cluster::new().server().set("requestheader-allowed-names", names);
            let server = without.iter().fold(server, |server, file| server.without_file(file));
            check(&RULE, &server).expect_findings(1)[0].fix.clone()
        };
        let names = "system:kube-apiserver,front-proxy-client";
        assert_eq!(flags(names, &[]).flags, ["--requestheader-allowed-names=front-proxy-client"]);
        let unseen = flags(names, &[PROXY_CLIENT]);
        assert!(unseen.flags.is_empty() && unseen.to_string().contains("was not seen here"), "{unseen}");
        // No certificate is named by a pattern.
        let pattern = flags("*,front-proxy-client", &[PROXY_CLIENT]);
        assert_eq!(pattern.flags, ["--requestheader-allowed-names=front-proxy-client"]);
    }

    #[test]
    fn gives_a_client_with_such_a_name_another_one() {
        const FLAG: &str = "requestheader-allowed-names";
        let cluster = Cluster::new();
        let named = |name: &str, names: &str| {
            let client = cluster.front_proxy_ca.client(name);
            let server = cluster.server().set(FLAG, names).file(PROXY_CLIENT, &client.pem);
            check(&RULE, server.file(PROXY_CLIENT_KEY, &client.key_pem)).expect_finding().fix
        };
        for name in ["system:masters", "*", "kubernetes"] {
            let both = format!("{name},front-proxy-client");
            let first = named(name, name);
            assert_eq!((first.commands.len(), first.flags), (0, vec![format!("--{FLAG}={both}")]));
            let then = named(name, &both);
            assert_eq!(then.commands, ["aggcert renew /etc/kubernetes/pki --client-common-name front-proxy-client"]);
            assert_eq!(then.flags, <[&str; 0]>::default());
        }
    }

    /// Whose users they are another server or the ConfigMap says.
    #[test]
    fn allows_no_other_name_while_users_get_in_as_front_proxies() {
        let (cluster, other) = (Cluster::new(), Cluster::new());
        let client = cluster.front_proxy_ca.client("system:masters");
        let server = cluster.server().set("requestheader-allowed-names", "system:masters");
        let server = server.file(PROXY_CLIENT, &client.pem).file(PROXY_CLIENT_KEY, &client.key_pem);
        let fix = |server: &SetupBuilder, beside: &dyn Subject| {
            check_beside(&RULE, server, &[beside]).expect_findings(1)[0].fix.clone()
        };
        let below = other.server().file(CLIENT_CA, &cluster.front_proxy_ca.intermediate("kubernetes").pem);
        let without = server.clone().without("client-ca-file");
        let map = cluster.config_map().set("client-ca-file", &cluster.front_proxy_ca.pem);
        for waits in [fix(&server, &below), fix(&without, &map)] {
            assert!(waits.flags.is_empty() && waits.sentence.contains("may carry the name"), "{waits}");
        }
        assert_eq!(fix(&without, &cluster.config_map()).flags.len(), 1);
    }

    #[test]
    fn passes_for_names_of_front_proxies() {
        for name in ["front-proxy-client", "aggregator", "system:auth-proxy", "system:openshift-aggregator"] {
            check(&RULE, Cluster::new().server().set("requestheader-allowed-names", name)).expect_pass();
        }
    }

    #[test]
    fn is_unknown_when_the_list_is_an_expression() {
        check(&RULE, Cluster::new().server().set("requestheader-allowed-names", "{{ names }}")).expect_unknown();
    }

    #[test]
    fn does_not_apply_without_names_or_requestheader_ca() {
        let server = Cluster::new().server();
        check(&RULE, server.clone().set("requestheader-allowed-names", "")).expect_not_applicable();
        check(&RULE, server.without("requestheader-client-ca-file")).expect_not_applicable();
    }
}
