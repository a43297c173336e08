//! A proxy client that its CA does not outlast.

use crate::lint::facts::dates::date;
use crate::lint::facts::front_proxy::FrontProxy;
use crate::lint::facts::init_command::renew_client;
use crate::lint::prelude::*;
use crate::text::span;

pub(super) static RULE: Rule = Rule {
    id: "proxy-client-outlives-ca",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/proxy-client-outlives-ca.md"),
    checks: &[Check::Server(|setup, context| judge(setup, context).into())],
};

fn judge(setup: &Setup, context: &Context<'_>) -> Judged {
    let proxy = FrontProxy::of(setup)?;
    let Ok(chains) = proxy.verify(context.now) else {
        return Err(not_applicable("the requestheader bundle does not accept the proxy client"));
    };
    let leaf = &proxy.client.leaf.value;
    let issuers_end = |chain: &[Certificate]| chain.iter().skip(1).min_by_key(|issuer| issuer.not_after).cloned();
    // A certificate that is itself in the bundle needs no CA.
    let Some(ends): Option<Vec<Certificate>> = chains.iter().map(|chain| issuers_end(chain)).collect() else {
        return Err(not_applicable("the proxy client's certificate is itself in the bundle"));
    };
    let Some(issuer) = ends.into_iter().max_by_key(|issuer| issuer.not_after) else { return Ok(Vec::new()) };
    if issuer.not_after >= leaf.not_after {
        return Ok(Vec::new());
    }
    let anchor = proxy.bundle.anchors().iter().find(|anchor| anchor.value == issuer);
    let place = anchor.map_or_else(|| proxy.origin(&issuer), |anchor| anchor.origin.clone());
    Ok(vec![
        Finding::warning(format!(
            "the proxy client {} is valid until {}, but its CA {} only until {}",
            subject(leaf),
            date(leaf.not_after),
            subject_and_fingerprint(&issuer),
            date(issuer.not_after)
        ))
        .at(&proxy.client.leaf.origin, format!("valid until {}", date(leaf.not_after)))
        .related([related(&place, format!("valid until {}", date(issuer.not_after)))])
        .consequence(format!(
            "The proxy client stops working on {}, {} before its own date.",
            date(issuer.not_after),
            span(leaf.not_after - issuer.not_after)
        ))
        .fix(renew_client(setup))
        .identity([leaf.fingerprint(), issuer.fingerprint()]),
    ])
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::lint::testing::{Cluster, Expect, FRONT_PROXY_CA, Issued, NOW, PROXY_CLIENT, bundle, check};

    fn short_lived() -> Issued {
        Issued::ca_with("front-proxy-ca", |params| params.not_after = NOW + Duration::days(100))
    }

    #[test]
    fn fails_when_the_ca_ends_first() {
        let cluster = Cluster::new().with_front_proxy_ca(short_lived());
        let finding = check(&RULE, cluster.server()).expect_finding();
        assert_eq!(finding.consequence, "The proxy client stops working on 2026-04-25, 235 days before its own date.");
    }

    #[test]
    fn passes_when_another_path_lasts_longer() {
        let cluster = Cluster::new();
        let intermediate = Issued::ca_with("intermediate", |params| params.not_after = NOW + Duration::days(100));
        let client = intermediate.client("front-proxy-client");
        let file = bundle(&[&client, &intermediate.cross_signed_by(&cluster.front_proxy_ca)]);
        check(&RULE, cluster.server().file(PROXY_CLIENT, &file)).expect_finding();
        let renewed = intermediate
            .reissued_with(|params| params.not_after = NOW + Duration::days(1000))
            .cross_signed_by(&cluster.front_proxy_ca);
        let file = bundle(&[&client, &intermediate.cross_signed_by(&cluster.front_proxy_ca), &renewed]);
        check(&RULE, cluster.server().file(PROXY_CLIENT, &file)).expect_pass();
    }

    #[test]
    fn passes_when_the_ca_ends_later() {
        check(&RULE, Cluster::new().server()).expect_pass();
    }

    #[test]
    fn does_not_apply_to_a_certificate_that_is_itself_in_the_bundle() {
        let cluster = Cluster::new();
        check(&RULE, cluster.server().file(FRONT_PROXY_CA, &cluster.proxy_client.pem)).expect_not_applicable();
    }

    #[test]
    fn does_not_apply_without_a_path() {
        let cluster = Cluster { front_proxy_ca: Issued::ca("other"), ..Cluster::new() };
        check(&RULE, cluster.server()).expect_not_applicable();
    }
}
