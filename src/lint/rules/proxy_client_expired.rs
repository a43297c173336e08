//! The proxy client outside its validity.

use crate::lint::facts::dates::{self, Validity};
use crate::lint::facts::front_proxy::{FrontProxy, Obstacle};
use crate::lint::facts::init_command::renew_client;
use crate::lint::facts::passed_on;
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "proxy-client-expired",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/proxy-client-expired.md"),
    checks: &[Check::Server(|setup, context| judge(setup, context).into())],
};

fn judge(setup: &Setup, context: &Context<'_>) -> Judged {
    let client = setup.proxy_client.get()?;
    if Validity::of(&client.leaf.value, context.now) != Validity::Valid {
        return Ok(vec![finding(context, setup, &client.leaf, &client.leaf.value)]);
    }
    // An intermediate matters only if no path goes round it.
    let Ok(proxy) = FrontProxy::of(setup) else { return Ok(Vec::new()) };
    if !matches!(proxy.obstacle(context.now), Some((Obstacle::ClientOutOfDate, _))) {
        return Ok(Vec::new());
    }
    let out_of_date = client.rest.iter().filter(|located| Validity::of(&located.value, context.now) != Validity::Valid);
    Ok(out_of_date.take(1).map(|located| finding(context, setup, located, &client.leaf.value)).collect())
}

fn finding(context: &Context<'_>, setup: &Setup, at_fault: &Located<Certificate>, leaf: &Certificate) -> Finding {
    let certificate = &at_fault.value;
    let what = if certificate == leaf { "the proxy client" } else { "the intermediate CA of the proxy client" };
    Finding::error(format!("{what} {} {}", subject(certificate), dates::validity(certificate, context.now)))
        .at(&at_fault.origin, dates::validity(certificate, context.now))
        .consequence(
            "Extension API servers such as metrics-server answer 401 to everything that kube-apiserver passes on.",
        )
        .demonstration(passed_on::refusal(setup, context.now, "x509: certificate has expired or is not yet valid"))
        .fix(renew_client(setup))
        .identity([certificate.fingerprint()])
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::lint::testing::{Cluster, Expect, Issued, NOW, check};

    #[test]
    fn fails_when_it_expired_yesterday() {
        let cluster = Cluster::new().with_client(|params| params.not_after = NOW - Duration::days(1));
        check(&RULE, cluster.server())
            .expect_finding()
            .says("the proxy client CN=front-proxy-client expired on 2026-01-14, 1 day ago")
            .shows("answers 401 (x509: certificate has expired");
    }

    #[test]
    fn fails_when_it_is_not_valid_yet() {
        let cluster = Cluster::new().with_client(|params| params.not_before = NOW + Duration::hours(3));
        check(&RULE, cluster.server()).expect_finding().says("is not valid before 2026-01-15, in 3 hours");
    }

    #[test]
    fn fails_when_an_intermediate_has_expired() {
        let cluster = Cluster::new();
        let intermediate = Issued::ca_with("intermediate", |params| params.not_after = NOW - Duration::days(2))
            .cross_signed_by(&cluster.front_proxy_ca);
        check(&RULE, cluster.server_below(&intermediate))
            .expect_finding()
            .says("the intermediate CA of the proxy client CN=intermediate");
    }

    #[test]
    fn passes_in_its_last_second() {
        check(&RULE, Cluster::new().with_client(|params| params.not_after = NOW).server()).expect_pass();
    }

    #[test]
    fn passes_when_only_the_ca_has_expired_because_another_rule_says_so() {
        let old = Issued::ca_with("front-proxy-ca", |params| params.not_after = NOW - Duration::days(1));
        check(&RULE, Cluster::new().with_front_proxy_ca(old).server()).expect_pass();
    }
}
