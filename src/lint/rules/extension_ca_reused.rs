//! The client CA can issue a front proxy for an extension API server.

use crate::lint::facts::clients::{Clients, or_of_server};
use crate::lint::facts::extension::read_the_config_map;
use crate::lint::facts::reuse::{Reuse, shared_ca};
use crate::lint::facts::root_ca::if_it_signs_clients;
use crate::lint::prelude::*;
use crate::model::Overlap;

pub(super) static RULE: Rule = Rule {
    id: "extension-ca-reused",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/extension-ca-reused.md"),
    checks: &[Check::Extension(check)],
};

fn check(server: &ExtensionServer, context: &Context<'_>) -> Outcome {
    if !server.pins_requestheader_ca() {
        return of_client_ca(server, context);
    }
    or_of_server(&server.setup, context, |setup, clients| {
        let overlap = &*context.overlap(setup);
        match (Reuse::of(setup, overlap), clients) {
            (Some(reuse), _) => of_reuse(server, &reuse, context).into(),
            (None, Clients::OfServer) => overlap.outcome_without_reuse(),
            (None, Clients::Own | Clients::Lent) => without_reuse(server, clients, overlap, context),
        }
    })
}

/// The outcome where the server's client CA, its own or the lent one, makes no front proxies as far as is known.
fn without_reuse(server: &ExtensionServer, clients: Clients, overlap: &Overlap, context: &Context<'_>) -> Outcome {
    let file = &server.setup.requestheader_client_ca;
    match (file.origin(), overlap) {
        // What is on the other side was seen, and is another CA.
        (_, Overlap::Separate(_) | Overlap::Reaches(_)) => overlap.outcome_without_reuse(),
        (Some(origin), _) if server.pins_root_ca() => of_service_account(server, origin, context).into(),
        _ if clients == Clients::Own && server.setup.client_ca.flag.is_absent() && !server.skips_lookup() => {
            match context.beside.config_map() {
                Some(_) => not_applicable("the ConfigMap has no client CA"),
                None => Outcome::undecided("the client CA is that of the ConfigMap, which is not here"),
            }
        }
        _ => overlap.outcome_without_reuse(),
    }
}

/// The finding of a requestheader CA that is pinned.
fn of_reuse(server: &ExtensionServer, reuse: &Reuse<'_>, context: &Context<'_>) -> Finding {
    Finding::new(reuse.severity(), format!("{} on {}", reuse.how(), server.workload.object))
        .at(&reuse.origin(), reuse.label())
        .related(reuse.related())
        .consequence(format!(
            "{} can be any user of any group there, past kube-apiserver; the server starts without a \
             word.{}",
            reuse.holders(),
            reuse.reservation()
        ))
        .demonstration(reuse.demonstration())
        .fix(read_the_config_map(context))
        .identity(reuse.identity())
}

/// A client CA of its own beside the requestheader CA of the ConfigMap.
fn of_client_ca(server: &ExtensionServer, context: &Context<'_>) -> Outcome {
    if let Some(why) = server.configured_elsewhere() {
        return why.into();
    }
    if !server.setup.pins_client_ca() || server.skips_lookup() {
        return not_applicable("no CA of the front proxy is here, or both CAs are those of the ConfigMap");
    }
    let beside = context.beside;
    let Some(lender) = beside.lenders().find(|lender| !lender.requestheader_client_ca.is_not_given()) else {
        return match beside.config_map() {
            Some(_) => not_applicable("the ConfigMap has no requestheader CA"),
            None => Outcome::undecided("the requestheader CA is that of the ConfigMap, which is not here"),
        };
    };
    if let Some(why) = shared_ca(lender, context) {
        return why.into();
    }
    let mut setup = server.setup.clone();
    setup.requestheader_client_ca = lender.requestheader_client_ca.clone();
    setup.options.take_request_header(&lender.options);
    let overlap = &*context.overlap(&setup);
    let Some(reuse) = Reuse::of(&setup, overlap) else { return overlap.outcome_without_reuse() };
    let published = setup.requestheader_client_ca.origin();
    Finding::new(reuse.severity(), format!("{} on {}", reuse.how(), server.workload.object))
        .at(setup.client_ca.origin().unwrap_or(&setup.invocation.origin), "clients log in with certificates of this CA")
        .related(published.map(|origin| related(origin, "the front proxy's CA")))
        .consequence(format!(
            "{} can be any user of any group there, past kube-apiserver. Every other client certificate of that CA is \
             the user of its name there, and a member of `system:masters` where it says so.{}",
            reuse.holders(),
            reuse.reservation()
        ))
        .demonstration(reuse.demonstration())
        .fix(
            "Take --client-ca-file away: the server then reads the CA of the cluster's clients from the ConfigMap \
                 kube-system/extension-apiserver-authentication, where it has that of the front proxy from.",
        )
        .identity(reuse.identity())
        .into()
}

/// The CA of every Pod's ServiceAccount: what it is was not looked at, but what it is for is known.
fn of_service_account(server: &ExtensionServer, origin: &Origin, context: &Context<'_>) -> Finding {
    Finding::error(format!("{} takes the cluster's own CA for the front proxy's", server.workload.object))
        .at(origin, "the CA that every Pod gets")
        .consequence(format!(
            "{} there; where it does not, the server answers 401 to all that kube-apiserver passes on.",
            if_it_signs_clients(&server.setup)
        ))
        .fix(read_the_config_map(context))
        .identity([origin.source()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::names::SERVICE_ACCOUNT_CA;
    use crate::lint::testing::scene::{DEPLOYMENT, Scene};
    use crate::lint::testing::{Cluster, Expect, Issued};

    #[test]
    fn fails_with_the_ca_of_the_service_account() {
        let scene =
            Scene::new().flag("--requestheader-client-ca-file=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt");
        let finding = scene.check(&RULE).expect_error();
        assert_eq!(finding.origin.source(), SERVICE_ACCOUNT_CA);
        let run = "--requestheader-client-ca-file=/run/secrets/kubernetes.io/serviceaccount/ca.crt";
        Scene::new().flag(run).check(&RULE).expect_error();
        // The ConfigMap that the kubelet has it from.
        let scene = Scene::new().flag("--requestheader-client-ca-file=/ca/ca.crt").ca_volume(&Issued::ca("x"));
        let named = "configMap: {name: front-proxy-ca}";
        scene.change(DEPLOYMENT, named, "configMap: {name: kube-root-ca.crt}").check(&RULE).expect_error();
    }

    #[test]
    fn is_unknown_where_a_configuration_may_say_whom_it_believes() {
        let flags = "        - --secure-port=8443\n        - --tls-cert-file=/tls/tls.crt\n        - \
                     --tls-private-key-file=/tls/tls.key\n";
        let scene = Scene::new().change(DEPLOYMENT, "sample-apiserver:1.37", "example/auth:1.0");
        let own = scene.clone().change(DEPLOYMENT, flags, "        - -C=/conf/auth.toml\n");
        own.check(&RULE).expect_unknown();
        // One that is built on k8s.io/apiserver takes them from flags.
        let adapter = "        - --secure-port=8443\n        - --config=/conf/rules.yaml\n";
        let scene = scene.change(DEPLOYMENT, "example/auth:1.0", "prometheus-adapter:1.0");
        scene.change(DEPLOYMENT, flags, adapter).check(&RULE).expect_not_applicable();
    }

    #[test]
    fn fails_with_the_client_ca_of_the_cluster() {
        let cluster = Cluster::new();
        let scene = Scene::new().flag("--requestheader-client-ca-file=/ca/ca.crt").ca_volume(&cluster.client_ca);
        let finding = scene.config_map(&cluster).check(&RULE).expect_error().says("CN=kubernetes");
        assert!(finding.demonstration.is_some_and(|shown| shown.contains("system:masters")));
    }

    /// A client CA of its own does not make the cluster's clients strangers.
    #[test]
    fn fails_with_the_client_ca_of_the_cluster_beside_one_of_its_own() {
        let cluster = Cluster::new();
        let scene = Scene::new().flag("--requestheader-client-ca-file=/ca/ca.crt").flag("--client-ca-file=/ca/own.crt");
        let scene = scene.ca_volume(&cluster.client_ca).config_map(&cluster);
        scene.check(&RULE).expect_error().says("CN=kubernetes");
    }

    #[test]
    fn the_config_map_that_was_read_is_not_what_lacks() {
        let pinned = || Scene::new().flag("--requestheader-client-ca-file=/ca/ca.crt");
        let why = pinned().config_map(&Cluster::new()).check(&RULE).expect_unknown();
        assert!(why.contains("/ca/ca.crt") && !why.contains("ConfigMap"), "{why}");
        assert!(pinned().check(&RULE).expect_unknown().contains("the ConfigMap, which is not here"));
    }

    #[test]
    fn passes_with_a_ca_of_the_front_proxys_own() {
        let cluster = Cluster::new();
        let scene = Scene::new().flag("--requestheader-client-ca-file=/ca/ca.crt").ca_volume(&cluster.front_proxy_ca);
        scene.config_map(&cluster).check(&RULE).expect_pass();
    }

    /// What a Pod in kube-system mounts of the ConfigMap.
    fn mounted(key: &str) -> Scene {
        let mount = "        volumeMounts:\n        - {name: ca, mountPath: /ca}\n";
        let volume = format!(
            "      volumes:\n      - {{name: ca, configMap: {{name: extension-apiserver-authentication, items: [{{key: {key}, \
             path: ca.crt}}]}}}}\n"
        );
        let scene = Scene::new().change(DEPLOYMENT, "namespace: wardle", "namespace: kube-system");
        scene.change(DEPLOYMENT, "        volumeMounts:\n", mount).change(DEPLOYMENT, "      volumes:\n", &volume)
    }

    #[test]
    fn fails_with_the_client_ca_of_the_config_map_that_is_mounted() {
        let scene = mounted("client-ca-file").flag("--requestheader-client-ca-file=/ca/ca.crt");
        scene.config_map(&Cluster::new()).check(&RULE).expect_error().says("CN=kubernetes");
    }

    #[test]
    fn fails_with_the_front_proxys_ca_for_that_of_clients() {
        let scene = mounted("requestheader-client-ca-file").flag("--client-ca-file=/ca/ca.crt");
        let finding = scene.config_map(&Cluster::new()).check(&RULE).expect_error().says("CN=front-proxy-ca");
        assert_eq!(finding.origin.source(), "/ca/ca.crt");
        assert!(finding.fix.to_string().starts_with("Take --client-ca-file away"));
    }

    #[test]
    fn a_client_ca_of_its_own_is_held_against_the_front_proxys() {
        let cluster = Cluster::new();
        let own = |ca: &Issued| Scene::new().flag("--client-ca-file=/ca/ca.crt").ca_volume(ca);
        own(&cluster.client_ca).config_map(&cluster).check(&RULE).expect_pass();
        own(&cluster.client_ca).check(&RULE).expect_unknown();
        own(&cluster.front_proxy_ca).flag("--authentication-skip-lookup").check(&RULE).expect_not_applicable();
        // The file of the flag is not here.
        let unseen = Scene::new().flag("--client-ca-file=/ca/ca.crt").config_map(&cluster);
        unseen.check(&RULE).expect_unknown();
        // The same fault once.
        let reused = Cluster { front_proxy_ca: cluster.client_ca.clone(), ..cluster.clone() };
        let why = own(&reused.client_ca).config_map(&reused).check(&RULE).expect_not_applicable();
        assert!(why.contains("configmap-ca-reused"), "{why}");
    }

    #[test]
    fn is_unknown_without_the_other_side() {
        let scene = Scene::new().flag("--requestheader-client-ca-file=/ca/ca.crt");
        scene.check(&RULE).expect_unknown();
    }

    #[test]
    fn does_not_apply_when_the_config_map_is_read() {
        Scene::new().check(&RULE).expect_not_applicable();
    }
}
