//! Certificates that nobody will live to renew.

use time::Duration;

use crate::lint::facts::dates::date;
use crate::lint::facts::init_command::{renew_client_with, rotate};
use crate::lint::facts::look::each_file;
use crate::lint::prelude::*;

/// The longest that the CA/Browser Forum allowed for certificates of servers from 2018 to 2020.
const CLIENT: Duration = Duration::days(825);
const CLIENT_FLAG: &str = "proxy-client-cert-file";
/// Twenty years, twice what kubeadm gives a CA.
const CA: Duration = Duration::days(20 * 365 + 5);

pub(super) static RULE: Rule = Rule {
    id: "validity-too-long",
    severity: Severity::Note,
    text: include_str!("../../../docs/rules/validity-too-long.md"),
    checks: &[Check::Trust(|setup, _| each_file(setup, |flag, certificates| judge(setup, flag, &certificates)))],
};

fn judge(setup: &Setup, flag: &PathFlag, certificates: &[&Located<Certificate>]) -> Vec<Finding> {
    let life = |certificate: &Certificate| certificate.not_after - certificate.not_before;
    // The CAs that a client sends along are not its own.
    let (count, longest) = if flag.name == CLIENT_FLAG { (1, CLIENT) } else { (certificates.len(), CA) };
    certificates
        .iter()
        .take(count)
        .filter(|located| life(&located.value) > longest)
        .map(|located| {
            Finding::note(format!(
                "{} in {} is valid for {} days, until {}",
                subject(&located.value),
                flag.called(),
                life(&located.value).whole_days(),
                date(located.value.not_after)
            ))
            .at(&located.origin, format!("valid until {}", date(located.value.not_after)))
            .consequence("Nothing revokes it: a stolen key works until then, or until the CA is replaced.")
            .fix(match flag.name {
                "client-ca-file" => "Issue the CA again for ten years at the next rotation.".into(),
                "requestheader-client-ca-file" => rotate(setup, &[]),
                _ => renew_client_with(setup, &["--client-validity", "365d"]),
            })
            .identity([flag.name.to_owned(), located.value.fingerprint()])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, FRONT_PROXY_CA, Issued, NOW, SetupBuilder, check};

    fn client_for(days: i64) -> SetupBuilder {
        let cluster = Cluster::new().with_client(|params| {
            params.not_before = NOW;
            params.not_after = NOW + Duration::days(days);
        });
        cluster.server()
    }

    #[test]
    fn fails_with_a_client_for_a_hundred_years() {
        check(&RULE, client_for(36_500)).expect_note().says("is valid for 36500 days");
    }

    #[test]
    fn fails_with_a_ca_for_thirty_years() {
        let ca = Issued::ca_with("front-proxy-ca", |params| params.not_after = NOW + Duration::days(30 * 365));
        check(&RULE, Cluster::new().server().file(FRONT_PROXY_CA, &ca.pem)).expect_finding();
    }

    #[test]
    fn passes_with_825_days() {
        check(&RULE, client_for(825)).expect_pass();
    }
}
