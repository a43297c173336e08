//! Extension API servers allow a name that no server allows any more.

use crate::lint::Wanted;
use crate::lint::facts::config_map_patch::{names_in_use, once_unused, patch};
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "configmap-stale-name",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/configmap-stale-name.md"),
    checks: &[Check::ConfigMap(check)],
};

fn check(config_map: &ConfigMap, context: &Context<'_>) -> Outcome {
    let Some(names) = config_map.names().given().filter(|names| !names.value.value.is_empty()) else {
        return not_applicable("the ConfigMap lists no names");
    };
    let servers = &context.beside.servers;
    if servers.is_empty() {
        return not_applicable("no kube-apiserver was found beside it");
    }
    let (used, unknown) = names_in_use(servers);
    // An empty entry is allowed-names-blank-entry's.
    let is_stale = |name: &&Located<String>| !name.value.trim().is_empty() && !used.contains(&name.value);
    let stale: Vec<_> = names.value.value.iter().filter(is_stale).collect();
    if stale.is_empty() {
        return Outcome::Pass;
    }
    if let Some(why) = unknown {
        return Outcome::undecided(why);
    }
    let fix = fix(config_map, &stale, used);
    let findings = stale.into_iter().map(|name| {
        Finding::warning(format!(
            "the ConfigMap still allows the front proxy name `{}`, which no server given uses",
            name.value
        ))
        .at(&name.origin, "allowed by extension API servers only")
        .related(
            servers
                .iter()
                .filter_map(|server| server.options.requestheader_allowed_names.origin())
                .map(|origin| related(origin, "what a server allows")),
        )
        .consequence(format!(
            "A certificate of a requestheader CA with the common name `{}` is any user at every \
             extension API server.",
            name.value
        ))
        .fix(fix.clone())
        .identity([name.value.clone()])
    });
    Outcome::Fail(findings.collect())
}

/// Leaves the names that are in use.
fn fix(config_map: &ConfigMap, stale: &[&Located<String>], used: Vec<String>) -> Fix {
    let stale: Vec<&str> = stale.iter().map(|name| name.value.as_str()).collect();
    let what = format!("{} out of requestheader-allowed-names of the ConfigMap", quoted(&stale, "and"));
    let names = config_map.names().given().into_iter().flat_map(|names| &names.value.value);
    let mut left: Vec<String> =
        names.map(|name| name.value.clone()).filter(|name| !stale.contains(&name.as_str())).collect();
    if left.is_empty() {
        // An empty list would allow every name.
        left = used;
    }
    let sentence = format!(
        "{}: extension API servers refuse, with 401, what a server proxies whose client has such a name.",
        once_unused(&what)
    );
    patch(config_map, sentence, Wanted { names: Some(left), ..Wanted::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, check, check_beside};

    const NAMES: &str = r#"["aggregator", "front-proxy-client"]"#;

    #[test]
    fn fails_when_an_old_name_stayed() {
        let cluster = Cluster::new();
        let config_map = cluster.config_map().set("requestheader-allowed-names", NAMES).read();
        let finding = check_beside(&RULE, &config_map, &[&cluster.server()]).expect_warning();
        assert_eq!(finding.origin.source(), "aggregator");
    }

    #[test]
    fn takes_nothing_out_before_a_server_has_written_its_own_name() {
        let cluster = Cluster::new();
        let fix = |names: &str| {
            let config_map = cluster.config_map().set("requestheader-allowed-names", names).read();
            check_beside(&RULE, &config_map, &[&cluster.server()]).expect_warning().fix
        };
        let (behind, after) = (fix(r#"["aggregator"]"#), fix(NAMES));
        assert!(behind.sentence.starts_with("Not yet") && behind.commands.is_empty(), "{behind:?}");
        // The nodes that were given need not be all.
        assert!(after.sentence.starts_with("Give all control-plane nodes"), "{after:?}");
        assert!(after.sentence.contains("take `aggregator` out") && !after.commands.is_empty(), "{after:?}");
    }

    #[test]
    fn passes_when_every_name_is_used() {
        let cluster = Cluster::new();
        check_beside(&RULE, cluster.config_map(), &[&cluster.server()]).expect_pass();
        let config_map = cluster.config_map().set("requestheader-allowed-names", NAMES).read();
        let other = cluster.server().set("requestheader-allowed-names", "aggregator").setup();
        check_beside(&RULE, &config_map, &[&cluster.server(), &other]).expect_pass();
        // It is listed and shown, whatever else is missing.
        let without = cluster.server().without("requestheader-client-ca-file");
        check_beside(&RULE, cluster.config_map(), &[&without]).expect_pass();
        // allowed-names-blank-entry speaks of this one.
        let blank = cluster.config_map().set("requestheader-allowed-names", r#"["", "front-proxy-client"]"#).read();
        check_beside(&RULE, &blank, &[&cluster.server()]).expect_pass();
    }

    #[test]
    fn is_unknown_when_a_servers_names_are_an_expression() {
        let cluster = Cluster::new();
        let config_map = cluster.config_map().set("requestheader-allowed-names", NAMES).read();
        let server = cluster.server().set("requestheader-allowed-names", "{{ names }}").setup();
        check_beside(&RULE, &config_map, &[&server]).expect_unknown();
    }

    #[test]
    fn does_not_apply_without_names_or_servers() {
        let cluster = Cluster::new();
        check(&RULE, cluster.config_map()).expect_not_applicable();
        let empty = cluster.config_map().set("requestheader-allowed-names", "[]").read();
        check_beside(&RULE, &empty, &[&cluster.server()]).expect_not_applicable();
    }
}
