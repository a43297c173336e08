//! Header names other than those that kube-apiserver sends.

use crate::kubernetes::STANDARD_HEADERS;
use crate::lint::facts::flags::{list_flag, shown};
use crate::lint::facts::passed_on;
use crate::lint::facts::wording::at_the_servers;
use crate::lint::prelude::*;
use crate::model::{ListSetting, header_lists};

const UID: &str = "requestheader-uid-headers";

pub(super) static RULE: Rule = Rule {
    id: "requestheader-headers-nonstandard",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/requestheader-headers-nonstandard.md"),
    checks: &[
        Check::Server(|setup, _| together(header_lists(&setup.options).map(|list| judge_flag(setup, list)))),
        Check::ConfigMap(|config_map, _| of_config_map(config_map.reader())),
    ],
};

/// What comes of a list without the standard header.
struct Effect {
    severity: Severity,
    consequence: String,
    demonstration: String,
}

fn of_config_map(reader: &Setup) -> Outcome {
    together(header_lists(&reader.options).map(|list| judge(reader, list, not_found)))
}

fn judge_flag(setup: &Setup, (flag, list): (&'static str, &ListSetting)) -> Judged {
    if entries(flag, list)?.iter().any(|name| name.value.trim().is_empty()) {
        return Err(not_applicable(format!("--{flag} has an empty entry, see server-refuses-to-start")));
    }
    judge(setup, (flag, list), if flag == UID { refused } else { not_found })
}

fn judge(
    setup: &Setup,
    (flag, list): (&'static str, &ListSetting),
    effect: fn(&Setup, &str, &str, &[Located<String>]) -> Effect,
) -> Judged {
    let names = entries(flag, list)?;
    let Some((_, standard)) = STANDARD_HEADERS.iter().find(|(known, _)| *known == flag) else {
        return Ok(Vec::new());
    };
    if names.is_empty() {
        return Err(not_applicable(format!("--{flag} names no header")));
    }
    // The prefix without its dash works after a fashion; extra-prefix-without-dash says how.
    let is_known = |name: &Located<String>| {
        name.value.eq_ignore_ascii_case(standard)
            || standard.strip_suffix('-').is_some_and(|prefix| name.value.eq_ignore_ascii_case(prefix))
    };
    if names.iter().any(is_known) {
        return Ok(Vec::new());
    }
    Ok(vec![finding(setup, (flag, list), standard, names, effect(setup, flag, standard, names))])
}

/// kube-apiserver tests this list alone.
fn refused(_: &Setup, flag: &str, standard: &str, _: &[Located<String>]) -> Effect {
    Effect {
        severity: Severity::Error,
        consequence:
            "kube-apiserver ends right after it has read its flags; this node has no API server until the flag \
                      is fixed."
                .to_owned(),
        demonstration: format!(
            "kube-apiserver says: --{flag} is set without specifying the standard {standard} header - API aggregation \
             will not work"
        ),
    }
}

fn not_found(setup: &Setup, flag: &str, standard: &str, names: &[Located<String>]) -> Effect {
    let (severity, lost) = match flag {
        "requestheader-username-headers" => (Severity::Error, "they see no user, and everyone gets 401 or 403"),
        "requestheader-group-headers" => (Severity::Error, "users arrive without their groups"),
        UID => (Severity::Warning, "users arrive without their uid"),
        // Everything works; what is lost is a token's scopes and the like.
        _ => (Severity::Warning, "users arrive without their extras"),
    };
    Effect {
        severity,
        consequence: format!(
            "Extension API servers look for {} and kube-apiserver sends {standard}: {lost}.",
            shown(names)
        ),
        demonstration: passed_on::demonstration_of_headers(setup),
    }
}

fn finding(
    setup: &Setup,
    (flag, list): (&'static str, &ListSetting),
    standard: &str,
    names: &[Located<String>],
    effect: Effect,
) -> Finding {
    let near = names.iter().find(|name| name.value.trim_matches([' ', '\t', '"', '\'']).eq_ignore_ascii_case(standard));
    let others = names.iter().filter(|name| near != Some(*name)).map(|name| name.value.as_str());
    let fixed: Vec<&str> = std::iter::once(standard).chain(others).collect();
    let whole = list.origin().unwrap_or(&setup.invocation.origin);
    let called = setup.called(flag);
    let (message, label) = match near {
        Some(near) => (
            format!("{called} holds {:?}, which is not {standard}", near.value),
            "blanks and quotes are part of the name".to_owned(),
        ),
        None => (
            format!("{called} holds {}, but not the standard {standard}", shown(names)),
            format!("{standard} is not in the list"),
        ),
    };
    Finding::new(effect.severity, message)
        .at(near.map_or(whole, |near| &near.origin), label)
        .consequence(effect.consequence)
        .demonstration(effect.demonstration)
        .fix(at_the_servers(
            setup,
            Fix::from("Name the header that kube-apiserver sends first.").flag(list_flag(flag, &fixed)),
        ))
        .identity([flag])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::Component;
    use crate::lint::testing::{Cluster, Expect, FRONT_PROXY_CA, SetupBuilder, check};

    const USERNAME: &str = "requestheader-username-headers";

    #[test]
    fn fails_with_another_username_header_and_keeps_it_in_the_fix() {
        let finding = check(&RULE, Cluster::new().server().set(USERNAME, "X-Forwarded-User")).expect_finding();
        assert_eq!(finding.fix.flags, ["--requestheader-username-headers=X-Remote-User,X-Forwarded-User"]);
        let shown = finding.demonstration.unwrap();
        assert!(!shown.contains("user alice"), "{shown}");
    }

    #[test]
    fn fails_with_a_blank_beside_the_standard_name() {
        let finding = check(&RULE, Cluster::new().server().set(USERNAME, "X-A, X-Remote-User")).expect_finding();
        assert_eq!(
            (finding.origin.source(), finding.fix.flags[0].as_str()),
            (" X-Remote-User", "--requestheader-username-headers=X-Remote-User,X-A")
        );
    }

    #[test]
    fn names_no_header_before_the_ca_is_separate() {
        let cluster = Cluster::new();
        let shared = cluster.server().file(FRONT_PROXY_CA, &cluster.client_ca.pem);
        let fix = check(&RULE, shared.set("requestheader-group-headers", "'X-Remote-Group'")).expect_finding().fix;
        assert!(fix.sentence.starts_with("First give the front proxy a CA") && fix.flags.is_empty(), "{fix}");
    }

    #[test]
    fn fails_with_another_uid_header_because_the_server_does_not_start() {
        check(&RULE, Cluster::new().server().set(UID, "X-Id"))
            .expect_finding()
            .shows("--requestheader-uid-headers is set without");
    }

    #[test]
    fn fails_for_what_extension_servers_are_told() {
        let config_map = Cluster::new().config_map();
        check(&RULE, config_map.clone().set(USERNAME, r#"["X-User"]"#)).expect_error();
        check(&RULE, config_map.set(UID, r#"["X-Id"]"#)).expect_warning();
    }

    #[test]
    fn passes_with_the_standard_names_in_any_case() {
        check(&RULE, Cluster::new().server()).expect_pass();
        check(&RULE, Cluster::new().server().set(USERNAME, "x-other,x-remote-user")).expect_pass();
    }

    #[test]
    fn passes_over_the_prefix_without_its_dash_because_another_rule_reports_it() {
        check(&RULE, Cluster::new().server().set("requestheader-extra-headers-prefix", "X-Remote-Extra")).expect_pass();
    }

    #[test]
    fn does_not_apply_without_header_lists() {
        check(&RULE, SetupBuilder::new(Component::KubeApiserver, &["--client-ca-file=/ca.crt"]))
            .expect_not_applicable();
    }
}
