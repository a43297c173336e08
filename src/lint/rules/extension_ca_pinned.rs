//! A requestheader CA that does not follow the cluster's.

use crate::lint::facts::extension::{may_serve_others, read_the_config_map};
use crate::lint::prelude::*;
use crate::model::Setting;

pub(super) static RULE: Rule = Rule {
    id: "extension-ca-pinned",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/extension-ca-pinned.md"),
    checks: &[Check::Extension(check)],
};

fn check(server: &ExtensionServer, context: &Context<'_>) -> Outcome {
    match pinned(server, context) {
        Ok(file) => finding(server, file, context).into(),
        Err(why) => why,
    }
}

/// The file that the flag names in the place of the cluster's CA.
fn pinned<'a>(server: &'a ExtensionServer, context: &Context<'_>) -> Result<&'a Located<String>, Outcome> {
    let file = match server.setup.requestheader_client_ca.flag.setting() {
        Setting::Given(given) if server.pins_requestheader_ca() => &given.value,
        Setting::Opaque(_) => return Err(Outcome::undecided("--requestheader-client-ca-file is an expression")),
        _ => {
            let of_config_map = || not_applicable("the requestheader CA is that of the ConfigMap");
            return Err(server.configured_elsewhere().map_or_else(of_config_map, Outcome::from));
        }
    };
    if server.pins_root_ca() {
        return Err(Reason::reported("it is the cluster's own CA", "extension-ca-reused").into());
    }
    if may_serve_others(server, context) {
        let why = "no APIService here leads to the server, which may have a front proxy of its own";
        return Err(Reason::undecided(why).at(&file.origin).into());
    }
    Ok(file)
}

fn finding(server: &ExtensionServer, file: &Located<String>, context: &Context<'_>) -> Finding {
    let object = &server.workload.object;
    let published = published(context);
    let own = server.setup.requestheader_client_ca.loaded();
    // Where a kube-apiserver has it, the ConfigMap is what lacks it.
    let is_in_use = |own: &TrustBundle| {
        let mut bundles = context.beside.servers.iter().filter_map(|server| server.requestheader_client_ca.loaded());
        bundles.any(|bundle| bundle.shares_issuer(own))
    };
    let differs = own.zip(published).filter(|(own, published)| !published.shares_issuer(own) && !is_in_use(own));
    let (severity, message, consequence) = match differs {
        Some((own, published)) => (
            Severity::Error,
            format!(
                "{object} trusts another front-proxy CA ({}) than the cluster has ({})",
                names(own),
                names(published)
            ),
            "The server answers 401 to all that kube-apiserver passes on, and its log says `x509: certificate signed by \
             unknown authority`.",
        ),
        None => (
            Severity::Warning,
            format!("{object} has its requestheader CA from a flag, and not from the cluster"),
            "When the front-proxy CA is replaced, or is another one on a new control-plane node, this server goes on \
             trusting the old one: it answers 401 to all that kube-apiserver passes on. Nothing in the cluster changes \
             the file.",
        ),
    };
    let places = published.map(|bundle| related(&bundle.origin, "what the cluster has"));
    Finding::new(severity, message)
        .at(&file.origin, "the ConfigMap is not read for it")
        .related(places.filter(|_| severity == Severity::Error))
        .consequence(consequence)
        .fix(read_the_config_map(context))
        .identity([object.to_string(), file.value.clone()])
}

/// What the cluster's kube-apiservers have, by the ConfigMap or by themselves.
fn published<'a>(context: &Context<'a>) -> Option<&'a TrustBundle> {
    let config_map = context.beside.config_map().and_then(|config_map| config_map.requestheader_client_ca().loaded());
    config_map.or_else(|| context.beside.servers.first()?.requestheader_client_ca.loaded())
}

fn names(bundle: &TrustBundle) -> String {
    bundle.certificates().map(subject).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::{API_SERVICE, DEPLOYMENT, Scene};
    use crate::lint::testing::{Cluster, Expect, Issued};

    #[test]
    fn fails_with_a_warning_while_it_is_the_same() {
        let cluster = Cluster::new();
        let scene = Scene::new().flag("--requestheader-client-ca-file=/ca/ca.crt").ca_volume(&cluster.front_proxy_ca);
        assert_eq!(scene.check(&RULE).expect_finding().severity, Severity::Warning);
        assert_eq!(scene.config_map(&cluster).check(&RULE).expect_finding().severity, Severity::Warning);
    }

    #[test]
    fn fails_when_the_cluster_has_another() {
        let scene = Scene::new().flag("--requestheader-client-ca-file=/ca/ca.crt").ca_volume(&Issued::ca("old"));
        scene.config_map(&Cluster::new()).check(&RULE).expect_error().says("(CN=old)").says("(CN=front-proxy-ca)");
    }

    #[test]
    fn follows_no_config_map_that_takes_users_for_front_proxies() {
        let cluster = Cluster::new();
        let scene = || Scene::new().flag("--requestheader-client-ca-file=/ca/ca.crt").ca_volume(&Issued::ca("old"));
        let fix = |cluster: &Cluster| scene().config_map(cluster).check(&RULE).expect_error().fix.sentence;
        let reused = Cluster { front_proxy_ca: cluster.client_ca.clone(), ..cluster.clone() };
        assert!(fix(&reused).starts_with("Not yet: clients log in with"), "{}", fix(&reused));
        assert!(fix(&cluster).starts_with("Take --requestheader-client-ca-file"), "{}", fix(&cluster));
    }

    /// As kcp's charts have it: its front proxy is its own, and no ConfigMap has that one's CA.
    #[test]
    fn is_unknown_of_a_server_that_no_api_service_leads_to() {
        let scene = Scene::new().flag("--requestheader-client-ca-file=/ca/ca.crt").ca_volume(&Issued::ca("own"));
        let alone = scene.config_map(&Cluster::new()).without(API_SERVICE);
        let other = alone.clone().change(DEPLOYMENT, "sample-apiserver", "kcp");
        other.check(&RULE).expect_unknown();
        // What its name says it serves this cluster all the same.
        alone.check(&RULE).expect_error();
    }

    #[test]
    fn passes_nowhere_because_a_flag_is_enough() {
        let scene = Scene::new().flag("--requestheader-client-ca-file=");
        scene.check(&RULE).expect_not_applicable();
    }

    #[test]
    fn does_not_apply_when_the_config_map_is_read() {
        Scene::new().check(&RULE).expect_not_applicable();
    }
}
