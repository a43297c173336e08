//! Lists of header names that are empty.

use crate::kubernetes::STANDARD_HEADERS;
use crate::lint::facts::passed_on;
use crate::lint::facts::wording::at_the_servers;
use crate::lint::prelude::*;
use crate::model::{ListSetting, Setting, header_lists};

const USERNAME: &str = "requestheader-username-headers";
const GROUP: &str = "requestheader-group-headers";
const EXTRA: &str = "requestheader-extra-headers-prefix";

pub(super) static RULE: Rule = Rule {
    id: "requestheader-headers-missing",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/requestheader-headers-missing.md"),
    checks: &[
        Check::Server(|setup, _| judge(setup, setup.requestheader_client_ca.flag.is_path_given())),
        Check::ConfigMap(|config_map, _| {
            judge(config_map.reader(), !config_map.requestheader_client_ca().is_not_given())
        }),
    ],
};

fn judge(setup: &Setup, is_used: bool) -> Outcome {
    if !is_used {
        return not_applicable(format!("{} is not given", setup.requestheader_client_ca.called()));
    }
    let lists = header_lists(&setup.options).into_iter().filter(|(flag, _)| [USERNAME, GROUP, EXTRA].contains(flag));
    let mut missing: Vec<Judged> = Vec::new();
    for (flag, list) in lists {
        let judged = judge_list(setup, flag, list);
        let nobody = flag == USERNAME && judged.as_ref().is_ok_and(|findings| !findings.is_empty());
        missing.push(judged);
        if nobody {
            // Without a user there is nobody to have groups; one error says it all.
            break;
        }
    }
    together(missing)
}

fn judge_list(setup: &Setup, flag: &'static str, list: &ListSetting) -> Judged {
    match list {
        Setting::Opaque(expression) => Err(Reason::expression(expression).about(format!("--{flag}")).into()),
        Setting::Given(given) if !given.value.value.is_empty() => Ok(Vec::new()),
        Setting::Given(given) => Ok(vec![finding(setup, flag, Some(&given.value.origin))]),
        Setting::Absent => match &setup.options.fragment {
            Some(why) => Err(why.clone().about(format!("--{flag}")).into()),
            None => Ok(vec![finding(setup, flag, None)]),
        },
    }
}

/// `emptied`: where the flag is given without a value.
fn finding(setup: &Setup, flag: &'static str, emptied: Option<&Origin>) -> Finding {
    let ca = setup.requestheader_client_ca.flag.setting().origin();
    let (severity, what, consequence) = match flag {
        USERNAME => (
            Severity::Error,
            "no user is ever read from a header",
            "Nobody is authenticated by the front proxy: extension API servers answer 401 to everything that is passed \
             on to them.",
        ),
        GROUP => (
            Severity::Error,
            "users arrive without their groups",
            "What was granted to a group does not count in extension API servers; members of system:masters get 403 \
             there.",
        ),
        _ => (
            Severity::Warning,
            "users arrive without their extras",
            "Extension API servers do not see the scopes of a token, nor which pod and node a service account speaks \
             from.",
        ),
    };
    let switched_off = emptied.is_some() && flag != USERNAME && !setup.reads_config_map();
    let standard = STANDARD_HEADERS.iter().find(|(known, _)| *known == flag).map_or("", |(_, name)| name);
    // Who writes an empty list for groups or extras has decided so; the ConfigMap has one where no flag was given.
    Finding::new(
        if switched_off { Severity::Note } else { severity },
        format!("{} is {}: {what}", setup.called(flag), if emptied.is_some() { "empty" } else { "not given" }),
    )
    .at(
        emptied.or(ca).unwrap_or(&setup.invocation.origin),
        if emptied.is_some() { "no header is read" } else { "trusted, but this header list is missing" },
    )
    .consequence(consequence)
    .demonstration(passed_on::demonstration_of_headers(setup))
    .fix(at_the_servers(
        setup,
        Fix::from("Name the header that kube-apiserver sends.").flag(format!("--{flag}={standard}")),
    ))
    .identity([flag])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::Component;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, SetupBuilder, check};

    #[test]
    fn names_no_header_before_the_ca_is_separate() {
        let cluster = Cluster::new();
        let shared = cluster.server().file(FRONT_PROXY_CA, &cluster.client_ca.pem);
        for flag in [USERNAME, GROUP, EXTRA] {
            let fix = check(&RULE, shared.clone().without(flag)).expect_finding().fix;
            assert!(
                fix.sentence.starts_with("First give the front proxy a CA of its own") && fix.flags.is_empty(),
                "{fix}"
            );
        }
    }

    #[test]
    fn names_no_header_for_what_is_called_as_the_users_ca_is() {
        let server = Cluster::new().server().without("client-ca-file").without(USERNAME);
        let fix =
            |path: &str| check(&RULE, server.clone().set("requestheader-client-ca-file", path)).expect_error().fix;
        assert_eq!(fix(FRONT_PROXY_CA).flags.len(), 1);
        let waits = fix(CLIENT_CA);
        assert!(
            waits.flags.is_empty() && waits.sentence.starts_with("First make sure that no user logs in"),
            "{waits}"
        );
    }

    #[test]
    fn fails_without_username_headers_with_one_error_and_shows_that_nobody_is_authenticated() {
        let finding = check(&RULE, Cluster::new().server().without(USERNAME).without(GROUP)).expect_finding();
        assert_eq!(
            (finding.severity, finding.fix.flags[0].as_str()),
            (Severity::Error, "--requestheader-username-headers=X-Remote-User")
        );
        finding.shows("sees no user (no username headers are configured)");
    }

    #[test]
    fn fails_without_group_headers_and_shows_alice_without_hers() {
        check(&RULE, Cluster::new().server().without(GROUP))
            .expect_error()
            .shows("takes her for user alice, group system:authenticated, extra \"scopes\"");
    }

    #[test]
    fn fails_as_a_note_where_the_extras_were_switched_off() {
        let finding = check(&RULE, Cluster::new().server().set(EXTRA, "")).expect_note();
        assert_eq!(finding.message, "--requestheader-extra-headers-prefix is empty: users arrive without their extras");
    }

    #[test]
    fn fails_in_a_fragment_only_for_what_it_says() {
        let fragment = Cluster::new().server().without(GROUP).without(EXTRA).fragment();
        check(&RULE, &fragment).expect_pass();
        check(&RULE, fragment.set(USERNAME, "")).expect_finding();
    }

    #[test]
    fn fails_for_what_extension_servers_are_told() {
        for (key, severity) in [(USERNAME, Severity::Error), (GROUP, Severity::Error), (EXTRA, Severity::Warning)] {
            let config_map = Cluster::new().config_map();
            let finding = check(&RULE, config_map.clone().set(key, "[]")).expect_finding();
            assert_eq!(
                (finding.severity, finding.fix.sentence.starts_with("On every kube-apiserver: ")),
                (severity, true)
            );
            check(&RULE, config_map.without(key)).expect_finding();
        }
    }

    #[test]
    fn passes_with_all_three() {
        check(&RULE, Cluster::new().config_map()).expect_pass();
        check(&RULE, Cluster::new().server()).expect_pass();
    }

    #[test]
    fn does_not_apply_without_a_requestheader_ca() {
        check(&RULE, SetupBuilder::new(Component::KubeApiserver, &["--client-ca-file=/ca.crt"]))
            .expect_not_applicable();
    }
}
