//! A list of the ConfigMap that does not parse.

use crate::lint::facts::config_map_patch::write_names;
use crate::lint::facts::wording::drop_key;
use crate::lint::prelude::*;
use crate::model::{ListSetting, Setting};

const ALLOWED_NAMES: &str = "requestheader-allowed-names";

pub(super) static RULE: Rule = Rule {
    id: "configmap-list-unreadable",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/configmap-list-unreadable.md"),
    checks: &[Check::ConfigMap(check)],
};

fn check(config_map: &ConfigMap, _: &Context<'_>) -> Outcome {
    together(config_map.lists().map(|(key, list)| judge(config_map, key, list)))
}

fn judge(config_map: &ConfigMap, key: &'static str, list: &ListSetting) -> Judged {
    let broken = match list {
        Setting::Opaque(value) if value.value.contains("{{") => {
            return Err(Reason::expression(value).about(key).into());
        }
        Setting::Opaque(value) => value,
        Setting::Absent => return Err(Reason::not_given(key).into()),
        Setting::Given(_) => return Ok(Vec::new()),
    };
    let errors = &config_map.reader().options.errors;
    let said = errors.iter().find(|error| error.message.origin == broken.origin).map(|error| &error.message.value);
    Ok(vec![
        Finding::error(format!("{key} in the ConfigMap is no JSON array of strings"))
            .at(&broken.origin, "this value does not parse")
            .consequence(
                "Extension API servers do not start with it, and kube-apiserver does not write the ConfigMap any more \
                 while this is in it: a new CA does not reach those that run.",
            )
            .demonstration(said.map(|said| format!("an extension API server says: {said}")))
            .fix(if key == ALLOWED_NAMES { write_names(config_map, bare_names(&broken.value)) } else { drop_key(key) })
            .identity([key]),
    ])
}

/// The names, where somebody has written them as the flag takes them.
fn bare_names(text: &str) -> Vec<&str> {
    if text.contains(['[', ']', '{', '}', '"', '\'']) {
        return Vec::new();
    }
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, check};

    #[test]
    fn fails_with_what_an_extension_server_says() {
        for value in ["front-proxy-client", r#"["a""#, r#"{"a": "b"}"#, "[1]"] {
            let finding = check(&RULE, Cluster::new().config_map().set(ALLOWED_NAMES, value)).expect_finding();
            assert_eq!(finding.origin.source(), value);
            finding.shows("unable to load configmap based request-header-client-ca-file");
        }
    }

    #[test]
    fn names_without_brackets_are_put_into_them() {
        let config_map = Cluster::new().config_map().set("resource-version", "7");
        let finding = check(&RULE, config_map.set(ALLOWED_NAMES, "a, b")).expect_finding();
        let command = finding.fix.commands.concat();
        assert!(command.contains(r#""requestheader-allowed-names":"[\"a\",\"b\"]""#), "{command}");
    }

    #[test]
    fn passes_with_lists_and_with_null() {
        check(&RULE, Cluster::new().config_map()).expect_pass();
        check(&RULE, Cluster::new().config_map().set(ALLOWED_NAMES, "null")).expect_pass();
    }

    #[test]
    fn is_unknown_when_a_template_makes_the_list() {
        check(&RULE, Cluster::new().config_map().set(ALLOWED_NAMES, "{{ names }}")).expect_unknown();
    }

    #[test]
    fn does_not_apply_without_lists() {
        let keys = ["username-headers", "group-headers", "extra-headers-prefix", "allowed-names"];
        let without = |config_map: crate::lint::testing::ConfigMapBuilder, key: &&str| {
            config_map.without(&format!("requestheader-{key}"))
        };
        check(&RULE, keys.iter().fold(Cluster::new().config_map(), without)).expect_not_applicable();
    }
}
