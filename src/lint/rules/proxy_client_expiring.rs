//! The proxy client near its end.

use time::OffsetDateTime;

use crate::lint::facts::dates::{self, Validity, date};
use crate::lint::facts::front_proxy::FrontProxy;
use crate::lint::facts::init_command::{renew_client, renew_client_with, rotate};
use crate::lint::prelude::*;
use crate::text::span;
use crate::x509::Chain;

pub(super) static RULE: Rule = Rule {
    id: "proxy-client-expiring",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/proxy-client-expiring.md"),
    checks: &[Check::Server(|setup, context| judge(setup, context).into())],
};

fn judge(setup: &Setup, context: &Context<'_>) -> Judged {
    let now = context.now;
    let client = setup.proxy_client.get()?;
    if Validity::of(&client.leaf.value, now) != Validity::Valid {
        return Err(not_applicable("it is out of its validity, see proxy-client-expired"));
    }
    if has_no_ca_left(setup, now) {
        return Err(Reason::reported("no requestheader CA is valid any more", "ca-expired").into());
    }
    let first = first_to_end(setup, now).unwrap_or_else(|| client.leaf.value.clone());
    if first.not_after - now > context.expiry_warning {
        return Ok(Vec::new());
    }
    let written = client.rest.iter().find(|located| located.value == first).unwrap_or(&client.leaf);
    Ok(vec![
        Finding::warning(format!(
            "the proxy client {} stops working on {}, in {}",
            subject(&client.leaf.value),
            date(first.not_after),
            span(first.not_after - now)
        ))
        .at(&written.origin, dates::validity(&first, now))
        .consequence("From then on extension API servers answer 401 to everything that kube-apiserver passes on.")
        .fix(fix(setup, context, &client.leaf.value))
        .identity([first.fingerprint()]),
    ])
}

/// A successor has the life of the one before unless told otherwise: where that is hardly longer than the warning, so soon is
/// the finding there again.
fn fix(setup: &Setup, context: &Context<'_>, leaf: &Certificate) -> Fix {
    if ends_with_its_issuer(setup, leaf) {
        rotate(setup, &[])
    } else if leaf.not_after - leaf.not_before < context.expiry_warning * 2 {
        renew_client_with(setup, &["--client-validity", "365d"])
    } else {
        renew_client(setup)
    }
}

/// Another CA takes the place of those that have ended, and the client gets its successor with it.
fn has_no_ca_left(setup: &Setup, now: OffsetDateTime) -> bool {
    let bundle = setup.requestheader_client_ca.loaded();
    bundle.is_some_and(|bundle| bundle.certificates().all(|ca| Validity::of(ca, now) == Validity::Expired))
}

/// A client that its CA cuts short has no successor that ends later.
fn ends_with_its_issuer(setup: &Setup, leaf: &Certificate) -> bool {
    let authorities = setup.requestheader_client_ca.loaded().into_iter().flat_map(TrustBundle::certificates);
    authorities.into_iter().any(|ca| ca.subject == leaf.issuer && ca.not_after <= leaf.not_after)
}

/// Of the certificates that are sent on the path that lasts longest, the one that ends first.
fn first_to_end(setup: &Setup, now: OffsetDateTime) -> Option<Certificate> {
    let proxy = FrontProxy::of(setup).ok()?;
    let first_of = |chain: Chain| {
        let sent = chain.into_iter().filter(|certificate| proxy.sends(certificate));
        sent.min_by_key(|certificate| certificate.not_after)
    };
    proxy.verify(now).ok()?.into_iter().filter_map(first_of).max_by_key(|certificate| certificate.not_after)
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::lint::testing::{Cluster, Expect, FRONT_PROXY_CA, Issued, NOW, SetupBuilder, check};

    fn ends_in(validity: Duration) -> SetupBuilder {
        Cluster::new().with_client(|params| params.not_after = NOW + validity).server()
    }

    #[test]
    fn fails_five_days_before_the_end() {
        let server = ends_in(Duration::days(5));
        check(&RULE, &server)
            .expect_finding()
            .says("the proxy client CN=front-proxy-client stops working on 2026-01-20, in 5 days");
        check(&RULE, server.without_file(FRONT_PROXY_CA)).expect_finding();
    }

    #[test]
    fn goes_away_with_the_ca_that_has_expired() {
        let ca = Issued::ca_with("front-proxy-ca", |params| params.not_after = NOW - Duration::days(1));
        let cluster = Cluster::new().with_front_proxy_ca(ca);
        let client = cluster.with_client(|params| params.not_after = NOW + Duration::days(5));
        check(&RULE, client.server()).expect_not_applicable();
    }

    #[test]
    fn a_successor_of_a_short_life_gets_a_longer_one() {
        let lived = |days: i64| {
            let server = Cluster::new().with_client(|params| {
                (params.not_before, params.not_after) = (NOW - Duration::days(days), NOW + Duration::days(20));
            });
            check(&RULE, server.server()).expect_finding().fix.commands.concat()
        };
        assert!(lived(10).ends_with(" --client-validity 365d"), "{}", lived(10));
        assert!(!lived(300).contains("--client-validity"), "{}", lived(300));
    }

    #[test]
    fn fails_when_an_intermediate_that_is_needed_ends_soon() {
        let cluster = Cluster::new();
        let intermediate = Issued::ca_with("intermediate", |params| params.not_after = NOW + Duration::days(2))
            .cross_signed_by(&cluster.front_proxy_ca);
        check(&RULE, cluster.server_below(&intermediate))
            .expect_finding()
            .says("stops working on 2026-01-17, in 2 days");
    }

    #[test]
    fn passes_when_it_lasts_longer_than_the_warning() {
        check(&RULE, Cluster::new().server()).expect_pass();
        check(&RULE, ends_in(Duration::days(31))).expect_pass();
    }

    #[test]
    fn does_not_apply_when_it_has_expired() {
        check(&RULE, ends_in(-Duration::days(1))).expect_not_applicable();
    }
}
