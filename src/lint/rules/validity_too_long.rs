//! Certificates that nobody will live to renew.

use crate::lint::facts::init_command::{renew_client_with, rotate};
use time::Duration;

use crate::lint::facts::dates::date;
use crate::lint::facts::look::{Judged, bundles, loaded, together};
use crate::lint::facts::wording::subject;
use crate::lint::{Check, Finding, Rule, Severity};
use crate::model::Setup;
use crate::text::Located;
use crate::x509::Certificate;

/// The longest that the CA/Browser Forum allowed for certificates of servers from 2018 to 2020.
const CLIENT: Duration = Duration::days(825);
/// Twenty years, twice what kubeadm gives a CA.
const CA: Duration = Duration::days(20 * 365 + 5);

pub(super) static RULE: Rule = Rule {
    id: "validity-too-long",
    severity: Severity::Note,
    text: include_str!("../../../docs/rules/validity-too-long.md"),
    checks: &Check::of_trust(|setup, _| {
        together(
            bundles(setup)
                .map(|(flag, state)| {
                    let bundle = loaded(setup, flag, state)?;
                    Ok(judge(setup, flag, bundle.anchors.iter(), CA))
                })
                .into_iter()
                .chain([proxy_client(setup)]),
        )
    }),
};

fn proxy_client(setup: &Setup) -> Judged {
    const FLAG: &str = "proxy-client-cert-file";
    let client = loaded(setup, FLAG, &setup.proxy_client)?;
    Ok(judge(setup, FLAG, std::iter::once(&client.leaf), CLIENT))
}

fn judge<'a>(
    setup: &Setup,
    flag: &'static str,
    certificates: impl Iterator<Item = &'a Located<Certificate>>,
    longest: Duration,
) -> Vec<Finding> {
    let life = |certificate: &Certificate| certificate.not_after - certificate.not_before;
    certificates
        .filter(|located| life(&located.value) > longest)
        .map(|located| Finding {
            severity: Severity::Note,
            message: format!(
                "{} in {} is valid for {} days, until {}",
                subject(&located.value),
                setup.called(flag),
                life(&located.value).whole_days(),
                date(located.value.not_after)
            ),
            origin: located.origin.clone(),
            label: format!("valid until {}", date(located.value.not_after)),
            related: Vec::new(),
            consequence: "Nothing revokes it: a stolen key works until then, or until the CA is replaced.".to_owned(),
            demonstration: None,
            fix: match flag {
                "client-ca-file" => "Issue the CA again for ten years at the next rotation.".into(),
                "requestheader-client-ca-file" => rotate(setup, &[]),
                _ => renew_client_with(setup, &["--client-validity", "365d"]),
            },
            identity: vec![flag.to_owned(), located.value.fingerprint()],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, FRONT_PROXY_CA, Issued, NOW, PROXY_CLIENT, check};

    fn client_for(days: i64) -> (Cluster, Issued) {
        let cluster = Cluster::new();
        let client = cluster.front_proxy_ca.client_with("front-proxy-client", |params| {
            params.not_before = NOW;
            params.not_after = NOW + Duration::days(days);
        });
        (cluster, client)
    }

    #[test]
    fn fails_with_a_client_for_a_hundred_years() {
        let (cluster, client) = client_for(36_500);
        let finding = check(&RULE, &cluster.server().file(PROXY_CLIENT, &client.pem).setup()).expect_finding();
        assert_eq!(finding.severity, Severity::Note);
        assert!(finding.message.contains("is valid for 36500 days"), "{}", finding.message);
    }

    #[test]
    fn fails_with_a_ca_for_thirty_years() {
        let ca = Issued::ca_with("front-proxy-ca", |params| params.not_after = NOW + Duration::days(30 * 365));
        check(&RULE, &Cluster::new().server().file(FRONT_PROXY_CA, &ca.pem).setup()).expect_finding();
    }

    #[test]
    fn passes_with_825_days() {
        let (cluster, client) = client_for(825);
        check(&RULE, &cluster.server().file(PROXY_CLIENT, &client.pem).setup()).expect_pass();
    }

    #[test]
    fn does_not_apply_without_certificates() {
        let server = Cluster::new()
            .server()
            .without("client-ca-file")
            .without("requestheader-client-ca-file")
            .without("proxy-client-cert-file");
        check(&RULE, &server.setup()).expect_not_applicable();
    }
}
