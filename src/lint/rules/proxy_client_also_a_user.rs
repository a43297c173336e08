//! The front proxy's certificate logs in as a user.

use crate::lint::facts::front_proxy::FrontProxy;
use crate::lint::facts::init_command::renew_client;
use crate::lint::facts::passed_on::{as_user, described};
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "proxy-client-also-a-user",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/proxy-client-also-a-user.md"),
    checks: &[Check::Server(|setup, context| judge(setup, context).into())],
};

fn judge(setup: &Setup, context: &Context<'_>) -> Judged {
    let client = setup.proxy_client.get()?;
    let bundle = setup.client_ca.get()?;
    let leaf = &client.leaf.value;
    let Some(user) = as_user(client, bundle, context.now) else { return Ok(Vec::new()) };
    let is_pinned = bundle.certificates().any(|anchor| anchor == leaf);
    let is_front_proxy = FrontProxy::of(setup).is_ok_and(|proxy| proxy.verify(context.now).is_ok());
    if is_front_proxy && !is_pinned {
        return Err(not_applicable("a CA is on both sides, see ca-reused and requestheader-ca-logs-in"));
    }
    Ok(vec![
        Finding::warning(format!(
            "the proxy client {} is accepted by --client-ca-file as {}",
            subject(leaf),
            described(&user)
        ))
        .at(&client.origin, "also a user")
        .related([related(&bundle.origin, "accepted by this bundle")])
        .consequence(format!("Whoever holds its key is the user {}, with the rights of its groups.", user.username))
        .demonstration(format!("a request with this certificate and without headers is {}", described(&user)))
        .fix(renew_client(setup))
        .identity([leaf.fingerprint()]),
    ])
}

#[cfg(test)]
mod tests {
    use rcgen::DnType;

    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, bundle, check};

    #[test]
    fn fails_when_the_client_ca_issued_it_and_shows_the_user() {
        let mut cluster = Cluster::new();
        cluster.proxy_client = cluster.client_ca.client_with("front-proxy-client", |params| {
            params.distinguished_name.push(DnType::OrganizationName, "system:masters");
        });
        let finding = check(&RULE, cluster.server()).expect_finding();
        assert_eq!(
            finding.demonstration.unwrap(),
            "a request with this certificate and without headers is user front-proxy-client, groups system:masters \
             and system:authenticated"
        );
    }

    #[test]
    fn fails_when_the_certificate_itself_is_in_the_client_bundle() {
        let cluster = Cluster::new();
        let both = bundle(&[&cluster.client_ca, &cluster.proxy_client]);
        check(&RULE, cluster.server().file(CLIENT_CA, &both)).expect_finding();
    }

    #[test]
    fn passes_with_separate_cas() {
        check(&RULE, Cluster::new().server()).expect_pass();
    }

    #[test]
    fn does_not_apply_when_a_ca_is_on_both_sides_because_other_rules_report_it() {
        let cluster = Cluster::new();
        let both = bundle(&[&cluster.client_ca, &cluster.front_proxy_ca]);
        check(&RULE, cluster.server().file(CLIENT_CA, &both)).expect_not_applicable();
    }
}
