//! An extension API server that takes any certificate of its requestheader CA for a front proxy.

use super::allowed_names_empty::{Telling, any_name};
use crate::lint::facts::clients::shared_ca_of_component;
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "extension-names-empty",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/extension-names-empty.md"),
    checks: &[Check::Extension(|server, context| judge(server, context).into())],
};

fn judge(server: &ExtensionServer, context: &Context<'_>) -> Judged {
    if !server.pins_requestheader_ca() {
        let of_config_map = || not_applicable("the names are those of the ConfigMap");
        return Err(server.configured_elsewhere().map_or_else(of_config_map, Outcome::from));
    }
    if server.pins_root_ca() {
        return Err(Reason::reported("it is the cluster's own CA", "extension-ca-reused").into());
    }
    let object = &server.workload.object;
    any_name(&server.setup, context, shared_ca_of_component, |ca| Telling {
        severity: Severity::Warning,
        message: format!("{object} requires no front proxy name, so every client certificate of {ca} is one"),
        consequence: format!(
            "Whoever gets any client certificate from {ca} and reaches the server's port is any user of any group there. \
             The names in the ConfigMap do not count: with the CA of a flag only the flags do."
        ),
        identity: vec![object.to_string(), "requestheader-allowed-names".to_owned()],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::Scene;
    use crate::lint::testing::{Cluster, Expect};

    fn pinned(cluster: &Cluster) -> Scene {
        Scene::new().flag("--requestheader-client-ca-file=/ca/ca.crt").ca_volume(&cluster.front_proxy_ca)
    }

    #[test]
    fn fails_without_names() {
        pinned(&Cluster::new()).check(&RULE).expect_warning().says("CN=front-proxy-ca");
    }

    #[test]
    fn passes_with_names() {
        let scene = pinned(&Cluster::new()).flag("--requestheader-allowed-names=front-proxy-client");
        scene.check(&RULE).expect_pass();
    }

    #[test]
    fn does_not_apply_when_the_config_map_is_read_or_the_ca_is_reused() {
        Scene::new().check(&RULE).expect_not_applicable();
        let cluster = Cluster::new();
        let reused = || Scene::new().flag("--requestheader-client-ca-file=/ca/ca.crt").ca_volume(&cluster.client_ca);
        // A client CA of its own does not make the cluster's clients strangers.
        for scene in [reused(), reused().flag("--client-ca-file=/ca/own.crt")] {
            let why = scene.config_map(&cluster).check(&RULE).expect_not_applicable();
            assert!(why.contains("extension-ca-reused"), "{why}");
        }
    }
}
