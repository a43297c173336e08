//! A ConfigMap in which no front proxy is named.

use crate::lint::facts::init_command::make;
use crate::lint::facts::passed_on;
use crate::lint::facts::wording::at_the_servers;
use crate::lint::prelude::*;
use crate::model::FileState;

const KEY: &str = "requestheader-client-ca-file";

pub(super) static RULE: Rule = Rule {
    id: "configmap-incomplete",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/configmap-incomplete.md"),
    checks: &[Check::ConfigMap(check)],
};

fn check(config_map: &ConfigMap, context: &Context<'_>) -> Outcome {
    if !config_map.requestheader_client_ca().is_not_given() {
        return Outcome::Pass;
    }
    for server in &context.beside.servers {
        match server.requestheader_client_ca.state {
            FileState::Loaded(_) => {
                return Reason::reported(format!("the ConfigMap has no {KEY}"), "configmap-drift").into();
            }
            FileState::NotGiven => {
                return not_applicable(format!("the kube-apiserver beside it has no --{KEY} to publish"));
            }
            FileState::Unusable(_) | FileState::NotLooked(_) => {}
        }
    }
    Finding::error(format!("the ConfigMap has no {KEY}: extension API servers can authenticate nobody"))
        .at(config_map.origin(), format!("no {KEY}"))
        .consequence(
            "To extension API servers such as metrics-server, what kube-apiserver passes on has no user: they \
                 answer 401 or 403 to everybody, cluster administrators included.",
        )
        .demonstration(passed_on::demonstration_without_front_proxy(config_map.reader(), context.now))
        .fix(at_the_servers(config_map.reader(), make(config_map.reader())))
        .identity([KEY])
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, FRONT_PROXY_CA, check, check_beside};

    #[test]
    fn fails_without_the_ca_whatever_else_is_there() {
        let config_map = Cluster::new().config_map();
        for config_map in [config_map.clone().without(KEY), config_map.set(KEY, "")] {
            check(&RULE, &config_map).expect_error().shows("takes her for user system:anonymous");
        }
    }

    #[test]
    fn fails_beside_a_server_whose_ca_was_not_looked_at() {
        let cluster = Cluster::new();
        let config_map = cluster.config_map().without(KEY).read();
        let server = cluster.server().without_file(FRONT_PROXY_CA).setup();
        check_beside(&RULE, &config_map, &[&server]).expect_finding();
    }

    #[test]
    fn passes_with_the_ca() {
        check(&RULE, Cluster::new().config_map()).expect_pass();
    }

    #[test]
    fn does_not_apply_where_a_server_beside_it_tells_more() {
        let cluster = Cluster::new();
        let config_map = cluster.config_map().without(KEY).read();
        check_beside(&RULE, &config_map, &[&cluster.server()]).expect_not_applicable();
        check_beside(&RULE, &config_map, &[&cluster.server().without(KEY)]).expect_not_applicable();
    }
}
