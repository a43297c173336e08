//! The proxy client's common name is not in the list.

use crate::lint::facts::flags::{list_flag, shown};
use crate::lint::facts::init_command::{issue_client, renew_client_with};
use crate::lint::facts::passed_on;
use crate::lint::prelude::*;
use crate::model::CertificateFile;

const FLAG: &str = "requestheader-allowed-names";

pub(super) static RULE: Rule = Rule {
    id: "proxy-client-name-not-allowed",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/proxy-client-name-not-allowed.md"),
    checks: &[Check::Server(|setup, context| judge(setup, context).into())],
};

fn judge(setup: &Setup, context: &Context<'_>) -> Judged {
    let names: Vec<Located<String>> = entries(FLAG, &setup.options.requestheader_allowed_names)?
        .iter()
        .filter(|name| !name.value.trim().is_empty())
        .cloned()
        .collect();
    let Some(given) = setup.options.requestheader_allowed_names.given().filter(|_| !names.is_empty()) else {
        return Err(not_applicable("every name is allowed"));
    };
    let client = setup.proxy_client.get()?;
    let common_name = client.leaf.value.subject.common_name();
    if names.iter().any(|name| name.value == common_name) {
        return Ok(Vec::new());
    }
    if setup.invocation.format.has_no_flags() {
        let why = format!("files alone do not say whether their server allows the name of this client, {common_name}");
        return Err(Reason::undecided(why).at(&client.origin).into());
    }
    Ok(vec![finding(setup, context, &names, &given.value.origin, client)])
}

fn finding(
    setup: &Setup,
    context: &Context<'_>,
    names: &[Located<String>],
    whole: &Origin,
    client: &CertificateFile,
) -> Finding {
    let common_name = client.leaf.value.subject.common_name();
    let near = names.iter().find_map(|name| Some((name, near_miss(&name.value, client)?)));
    let allowed: Vec<&str> = names
        .iter()
        .filter(|name| near_miss(&name.value, client).is_none())
        .map(|name| name.value.as_str())
        .chain([common_name])
        .collect();
    let have = if common_name.is_empty() { "no common name".to_owned() } else { format!("the name {common_name:?}") };
    let (allows, origin, label) = match near {
        Some((name, why)) => (format!("{:?}: {why}", name.value), &name.origin, why),
        None => (shown(names), whole, "the proxy client's name is not here".to_owned()),
    };
    Finding::error(format!("the proxy client has {have}, but --{FLAG} allows {allows}"))
        .at(origin, label)
        .related([related(&client.origin, format!("the proxy client is {}", client.leaf.value.subject))])
        .consequence(format!(
            "Extension API servers answer 401 to everything that kube-apiserver passes on, and log: x509: subject with \
         cn={common_name} is not in the allowed list"
        ))
        .demonstration(passed_on::refusal(
            setup,
            context.now,
            &format!("x509: subject with cn={common_name} is not in the allowed list"),
        ))
        .fix(match names.first().filter(|_| common_name.is_empty()) {
            Some(name) => renew_client_with(setup, &["--client-common-name", &name.value]),
            // That blank belongs to nobody's name.
            None if allowed_but_for_blanks(names, common_name) => {
                renew_client_with(setup, &["--client-common-name", common_name.trim()])
            }
            None if serves(setup, client) => issue_client(setup),
            None => Fix::from("Allow the common name that the proxy client has.").flag(list_flag(FLAG, &allowed)),
        })
        .identity([FLAG, common_name])
}

/// The white space is the certificate's.
fn allowed_but_for_blanks(names: &[Located<String>], common_name: &str) -> bool {
    common_name.trim() != common_name && names.iter().any(|name| name.value == common_name.trim())
}

/// To allow the name of the serving certificate would make every holder of its key a front proxy.
fn serves(setup: &Setup, client: &CertificateFile) -> bool {
    let serving = setup.neighbour("tls-cert-file").and_then(|file| file.loaded());
    serving.is_some_and(|file| file.leaf.value.subject.common_name() == client.leaf.value.subject.common_name())
}

/// Why a name is not that of the certificate although a person would take it for that.
fn near_miss(name: &str, client: &CertificateFile) -> Option<String> {
    let certificate = &client.leaf.value;
    let common_name = certificate.subject.common_name();
    let bare = name.trim_matches(['"', '\'', '`']);
    let earlier = || certificate.subject.values("2.5.4.3").any(|value| value == name);
    let why = if name.trim() == common_name {
        "white space is part of the name"
    } else if bare == common_name {
        "quotes are part of the name"
    } else if name.eq_ignore_ascii_case(common_name) {
        "upper and lower case are not the same"
    } else if common_name.trim() == name {
        "the certificate's name has white space around it"
    } else if name == format!("CN={common_name}") {
        "only the value of the common name belongs here, without CN="
    } else if earlier() {
        "of several common names only the last one counts"
    } else if certificate.dns_names.iter().chain(&certificate.email_addresses).any(|alternative| alternative == name) {
        "it is a subject alternative name, and only the common name counts"
    } else if certificate.subject.organizations().contains(&name) {
        "it is the organisation, and only the common name counts"
    } else {
        return None;
    };
    Some(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, PROXY_CLIENT, check};

    #[test]
    fn fails_with_another_name_and_shows_what_extension_servers_say() {
        let finding = check(&RULE, Cluster::new().server().set(FLAG, "aggregator")).expect_finding();
        assert_eq!(finding.fix.flags, ["--requestheader-allowed-names=aggregator,front-proxy-client"]);
        finding.shows("x509: subject with cn=front-proxy-client is not in the allowed list");
    }

    #[test]
    fn fails_with_near_misses_and_says_what_the_difference_is() {
        for (names, label) in [
            ("Front-Proxy-Client", "upper and lower case are not the same"),
            ("a, front-proxy-client", "white space is part of the name"),
            ("'front-proxy-client'", "quotes are part of the name"),
            ("CN=front-proxy-client", "only the value of the common name belongs here, without CN="),
        ] {
            let finding = check(&RULE, Cluster::new().server().set(FLAG, names)).expect_finding();
            assert_eq!(finding.label, label);
            assert!(finding.fix.flags[0].ends_with("front-proxy-client"), "{}", finding.fix);
        }
    }

    #[test]
    fn fails_when_only_an_alternative_name_matches() {
        let cluster = Cluster::new();
        let client = cluster.front_proxy_ca.client_with("proxy", |params| {
            params.subject_alt_names = vec![rcgen::SanType::DnsName("front-proxy-client".try_into().unwrap())];
        });
        let finding = check(&RULE, cluster.server().file(PROXY_CLIENT, &client.pem)).expect_finding();
        assert_eq!(finding.label, "it is a subject alternative name, and only the common name counts");
    }

    #[test]
    fn a_blank_in_the_certificate_is_no_reason_to_list_one() {
        let cluster = Cluster::new();
        let client = cluster.front_proxy_ca.client("front-proxy-client ");
        let fix = check(&RULE, cluster.server().file(PROXY_CLIENT, &client.pem)).expect_finding().fix;
        assert!(fix.flags.is_empty() && fix.commands[0].ends_with("--client-common-name front-proxy-client"), "{fix}");
    }

    #[test]
    fn passes_with_the_name_among_others() {
        check(&RULE, Cluster::new().server()).expect_pass();
        check(&RULE, Cluster::new().server().set(FLAG, "other,front-proxy-client")).expect_pass();
    }

    #[test]
    fn does_not_apply_when_every_name_is_allowed() {
        check(&RULE, Cluster::new().server().set(FLAG, "")).expect_not_applicable();
        check(&RULE, Cluster::new().server().without(FLAG)).expect_not_applicable();
    }

    #[test]
    fn is_unknown_when_the_names_are_an_expression() {
        check(&RULE, Cluster::new().server().set(FLAG, "{{ names }}")).expect_unknown();
    }
}
