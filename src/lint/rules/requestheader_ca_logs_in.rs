//! The requestheader CA's certificates are ordinary users.

use crate::lint::facts::reuse::shared_ca;
use crate::lint::facts::wording::with_capital;
use crate::lint::prelude::*;
use crate::model::{Overlap, Reach, demonstrate_user, requestheader_cas_that_log_in, unseen_issuer};

pub(super) static RULE: Rule = Rule {
    id: "requestheader-ca-logs-in",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/requestheader-ca-logs-in.md"),
    checks: &[Check::Trust(check)],
};

fn check(setup: &Setup, context: &Context<'_>) -> Outcome {
    let overlap = &*context.overlap(setup);
    if let Overlap::NotKnown(_) = overlap {
        return overlap.outcome_without_reuse();
    }
    let found = match setup.bundles() {
        Ok((client, requestheader)) => {
            (client, requestheader, requestheader_cas_that_log_in(setup, client, requestheader, context.now))
        }
        Err(_) => return shared_ca(setup, context).map_or(Outcome::Pass, Outcome::from),
    };
    match found {
        (client, requestheader, reaches) if reaches.is_empty() => {
            let why = shared_ca(setup, context).or_else(|| unseen_issuer(setup, requestheader, client));
            why.map_or(Outcome::Pass, Outcome::from)
        }
        (client, requestheader, reaches) => {
            Outcome::Fail(reaches.into_iter().map(|reach| finding(setup, client, requestheader, &reach)).collect())
        }
    }
}

fn finding(setup: &Setup, client: &TrustBundle, requestheader: &TrustBundle, reach: &Reach) -> Finding {
    let issuer = subject(&reach.issuer);
    let anchor = reach.chain.last().map(subject).unwrap_or_default();
    let between: Vec<String> = match reach.chain.split_last() {
        Some((_, between)) => between.iter().map(subject).collect(),
        None => Vec::new(),
    };
    let places = [
        requestheader
            .anchors()
            .iter()
            .find(|place| place.value == reach.issuer)
            .map(|place| related(&place.origin, format!("{issuer} in the requestheader bundle"))),
        client
            .anchors()
            .iter()
            .find(|place| reach.chain.last() == Some(&place.value))
            .map(|place| related(&place.origin, format!("{anchor} in the client bundle"))),
    ];
    let sent = if between.is_empty() {
        String::new()
    } else {
        format!("; it sends the certificate of {} along", list(&between, "and"))
    };
    let names = setup.requestheader_client_ca.flag.setting();
    Finding::error(format!("certificates of the requestheader CA {issuer} log in as users, because {anchor} signed it"))
        .at(&client.origin, format!("accepts what {issuer} issues"))
        .related(
            names
                .origin()
                .map(|origin| related(origin, "the front proxy's CA"))
                .into_iter()
                .chain(places.into_iter().flatten()),
        )
        .consequence(format!(
            "Whoever gets a certificate from {issuer} is a user of the cluster with the name and the groups that the \
             certificate says, system:masters included; the proxy client without headers is the user of its own name."
        ))
        .demonstration(format!("{}{sent}.", with_capital(&demonstrate_user(reach))))
        .fix(separate_ca(setup))
        .identity([
            reach.issuer.fingerprint(),
            reach.chain.last().map(crate::x509::Certificate::fingerprint).unwrap_or_default(),
        ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, Issued, bundle, check, user};
    use rcgen::DnType;

    fn below_the_client_ca() -> Cluster {
        let cluster = Cluster::new();
        let front_proxy_ca = cluster.client_ca.intermediate("front-proxy-ca");
        cluster.with_front_proxy_ca(front_proxy_ca)
    }

    #[test]
    fn fails_when_the_client_ca_signed_the_requestheader_ca() {
        let cluster = below_the_client_ca();
        let setup = cluster.server().setup();
        let finding = check(&RULE, &setup).expect_error();
        assert_eq!(finding.origin.source(), CLIENT_CA);
        let demonstration = finding.demonstration.unwrap();
        assert!(demonstration.contains("it sends the certificate of CN=front-proxy-ca along"), "{demonstration}");
        let admin = cluster.front_proxy_ca.client_with("eve", |params| {
            params.distinguished_name.push(DnType::OrganizationName, "system:masters");
        });
        assert_eq!(user(&setup, &[&admin, &cluster.front_proxy_ca], &[]).unwrap().groups[0], "system:masters");
    }

    #[test]
    fn fails_for_the_one_ca_of_several_that_is_not_separate() {
        let cluster = below_the_client_ca();
        let both = bundle(&[&Issued::ca("another"), &cluster.front_proxy_ca]);
        check(&RULE, cluster.server().file(FRONT_PROXY_CA, &both)).expect_finding();
    }

    #[test]
    fn passes_with_a_root_of_its_own() {
        check(&RULE, Cluster::new().server()).expect_pass();
    }

    #[test]
    fn is_unknown_where_the_issuer_of_the_requestheader_ca_is_not_here() {
        let cluster = Cluster::new().with_front_proxy_ca(Issued::ca("root").intermediate("front-proxy-ca"));
        check(&RULE, cluster.server()).expect_unknown();
    }

    #[test]
    fn does_not_apply_when_the_same_ca_stands_in_both_files() {
        let cluster = Cluster::new();
        let reused = cluster.server().set("requestheader-client-ca-file", CLIENT_CA);
        let why = check(&RULE, &reused).expect_not_applicable();
        assert!(why.contains("ca-reused"), "{why}");
        check(&RULE, reused.without_file(CLIENT_CA)).expect_not_applicable();
    }
}
