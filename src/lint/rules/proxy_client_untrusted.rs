//! No path from the proxy client to the requestheader bundle.

use crate::lint::facts::dates::{self, Validity};
use crate::lint::facts::front_proxy::{FrontProxy, Obstacle};
use crate::lint::facts::init_command::{renew_client, shares_client_ca};
use crate::lint::facts::passed_on;
use crate::lint::prelude::*;
use crate::x509::VerificationError;
use crate::x509::path::verify;

pub(super) static RULE: Rule = Rule {
    id: "proxy-client-untrusted",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/proxy-client-untrusted.md"),
    checks: &[Check::Server(|setup, context| judge(setup, context).into())],
};

fn judge(setup: &Setup, context: &Context<'_>) -> Judged {
    let proxy = FrontProxy::of(setup)?;
    let Some((obstacle, error)) = proxy.obstacle(context.now) else { return Ok(Vec::new()) };
    match obstacle {
        Obstacle::ClientOutOfDate => Err(not_applicable("only its validity is at fault, see proxy-client-expired")),
        Obstacle::CaOutOfDate(anchor) => {
            let valid = |ca: &Certificate| Validity::of(ca, context.now) == Validity::Valid;
            if proxy.bundle.certificates().any(valid) {
                Ok(vec![out_of_date(context, setup, &proxy, &anchor, &error)])
            } else {
                Err(not_applicable("the requestheader CA is out of its validity, see ca-expired"))
            }
        }
        Obstacle::ClientUsage(_) => Err(not_applicable("only its usage is at fault, see proxy-client-usage")),
        Obstacle::CaMayNotSign(_) => Err(not_applicable("its CA is at fault, see ca-cannot-sign")),
        Obstacle::WeakSignature(_) => Err(not_applicable("only a signature is at fault, see weak-signature")),
        Obstacle::NoPath => Ok(vec![no_path(context, setup, &proxy, &error)]),
    }
}

fn no_path(context: &Context<'_>, setup: &Setup, proxy: &FrontProxy<'_>, error: &VerificationError) -> Finding {
    let leaf = &proxy.client.leaf;
    let end = match error {
        VerificationError::UnknownAuthority { certificate, .. } => certificate,
        _ => &leaf.value,
    };
    let (why, related) = match namesake(proxy, end) {
        Some(namesake) => (
            format!(
                "{} is in the bundle, but with another key than the one that signed {}",
                subject_and_fingerprint(&namesake.value),
                subject(end)
            ),
            related(&namesake.origin, "the right name, but another key"),
        ),
        None => (
            format!("the bundle holds {}", list(proxy.bundle.certificates().map(subject_and_fingerprint), "and")),
            related(&proxy.bundle.origin, "the CAs that are trusted for front proxies"),
        ),
    };
    let reached = if *end == leaf.value { String::new() } else { format!(" The path ends at {}.", subject(end)) };
    let message = format!(
        "the proxy client {} has no path to the requestheader bundle: it needs {}; {why}",
        subject(&leaf.value),
        needed(end)
    );
    let found = finding(context, setup, proxy, message, error)
        .related([related])
        .consequence(format!("{}{reached}", consequence(context, setup, proxy)));
    // The client CA must not issue front proxies, and the front proxy's must log nobody in.
    if is_named_like_a_client_ca(setup, end) || shares_client_ca(setup) {
        return found;
    }
    found.fix(renew_client(setup).saying(|this| {
        format!(
            "{this} Or add the CA {} to {}, where it is meant to issue front proxies.",
            end.issuer, proxy.bundle.path
        )
    }))
}

/// The anchor that issued it is out of its validity; others in the bundle are not.
fn out_of_date(
    context: &Context<'_>,
    setup: &Setup,
    proxy: &FrontProxy<'_>,
    anchor: &Certificate,
    error: &VerificationError,
) -> Finding {
    let leaf = &proxy.client.leaf.value;
    let written = proxy.bundle.anchors().iter().find(|located| located.value == *anchor);
    let place = written.map_or(&proxy.bundle.origin, |located| &located.origin);
    let message = format!(
        "the proxy client {} is issued by {}, which {}; the other CAs of the bundle did not issue it",
        subject(leaf),
        subject_and_fingerprint(anchor),
        dates::validity(anchor, context.now)
    );
    finding(context, setup, proxy, message, error).related([related(place, "this CA issued the proxy client")])
}

fn finding(
    context: &Context<'_>,
    setup: &Setup,
    proxy: &FrontProxy<'_>,
    message: String,
    error: &VerificationError,
) -> Finding {
    let shown = passed_on::demonstration(setup, context.now);
    Finding::error(message)
        .at(&proxy.client.origin, "not issued by a CA of the requestheader bundle")
        .consequence(consequence(context, setup, proxy))
        .demonstration(shown.unwrap_or_else(|| error.to_string()))
        .fix(renew_client(setup))
        .identity([proxy.client.leaf.value.fingerprint()])
}

/// The CA that the path lacks, by subject and key identifier.
fn needed(end: &Certificate) -> String {
    let identifier: Vec<String> = end.authority_key_identifier.iter().map(|byte| format!("{byte:02X}")).collect();
    if identifier.is_empty() {
        format!("the CA {}", end.issuer)
    } else {
        format!("the CA {} with the key identifier {}", end.issuer, identifier.join(":"))
    }
}

/// A certificate of the bundle with the name of the issuer that is missing.
fn namesake<'a>(proxy: &FrontProxy<'a>, end: &Certificate) -> Option<&'a Located<Certificate>> {
    proxy.bundle.anchors().iter().find(|anchor| anchor.value.raw_subject == end.raw_issuer)
}

/// Whether a CA of the client bundle has the name of the issuer that is missing, whatever the certificate may be used for.
fn is_named_like_a_client_ca(setup: &Setup, end: &Certificate) -> bool {
    let client_ca = setup.client_ca.loaded();
    client_ca.is_some_and(|bundle| bundle.certificates().any(|ca| ca.raw_subject == end.raw_issuer))
}

fn issued_by_client_ca(context: &Context<'_>, setup: &Setup, proxy: &FrontProxy<'_>) -> bool {
    let Some(bundle) = setup.client_ca.loaded() else { return false };
    verify(&proxy.client.leaf.value, bundle.pool(), &proxy.client.intermediates(), context.now).is_ok()
}

fn consequence(context: &Context<'_>, setup: &Setup, proxy: &FrontProxy<'_>) -> String {
    if issued_by_client_ca(context, setup, proxy) {
        format!(
            "The client CA issued it: extension API servers ignore the headers and take every user for {}, with the \
             rights of that name and its groups.",
            subject(&proxy.client.leaf.value)
        )
    } else {
        "Extension API servers such as metrics-server answer 401 to everything that kube-apiserver passes on."
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::server_certificate;
    use crate::lint::testing::{Cluster, Expect, FRONT_PROXY_CA, Issued, PROXY_CLIENT, bundle, check};

    #[test]
    fn fails_when_the_client_ca_issued_it_and_shows_whom_extension_servers_see() {
        let mut cluster = Cluster::new();
        cluster.proxy_client = cluster.client_ca.client("front-proxy-client");
        check(&RULE, cluster.server())
            .expect_finding()
            .says("it needs the CA CN=kubernetes with the key identifier")
            .says("the bundle holds CN=front-proxy-ca")
            .shows("takes her for user front-proxy-client");
    }

    /// The serving certificate is one, too, and passes for no client.
    #[test]
    fn a_client_ca_is_not_offered_to_the_front_proxys_bundle() {
        let mut cluster = Cluster::new();
        let other = Issued::ca("other").client("front-proxy-client");
        let of_client_ca = [cluster.client_ca.client("x"), server_certificate(&cluster.client_ca, |_| {})];
        let offered = [other].into_iter().chain(of_client_ca).map(|client| {
            cluster.proxy_client = client;
            check(&RULE, cluster.server()).expect_finding().fix.to_string().contains("Or add the CA")
        });
        assert_eq!(offered.collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn fails_when_a_ca_of_the_same_name_has_another_key() {
        let mut cluster = Cluster::new();
        cluster.front_proxy_ca = Issued::ca("front-proxy-ca");
        check(&RULE, cluster.server())
            .expect_finding()
            .says("with another key than the one that signed")
            .shows("answers 401 (x509: certificate signed by unknown authority");
    }

    #[test]
    fn fails_without_the_intermediate_and_passes_with_it() {
        let cluster = Cluster::new();
        let intermediate = cluster.front_proxy_ca.intermediate("front-proxy-intermediate");
        let client = intermediate.client("front-proxy-client");
        check(&RULE, cluster.server().file(PROXY_CLIENT, &client.pem))
            .expect_finding()
            .says("it needs the CA CN=front-proxy-intermediate");
        let chain = bundle(&[&client, &intermediate]);
        check(&RULE, cluster.server().file(PROXY_CLIENT, &chain)).expect_pass();
    }

    #[test]
    fn fails_when_its_ca_has_expired_beside_one_that_has_not() {
        use crate::lint::testing::NOW;
        use time::Duration;
        let old = Issued::ca_with("front-proxy-ca", |params| params.not_after = NOW - Duration::days(1));
        let cluster = Cluster { proxy_client: old.client("front-proxy-client"), ..Cluster::new() };
        let both = bundle(&[&old, &cluster.front_proxy_ca]);
        check(&RULE, cluster.server().file(FRONT_PROXY_CA, &both))
            .expect_finding()
            .says("expired on 2026-01-14, 1 day ago");
        check(&RULE, cluster.server().file(FRONT_PROXY_CA, &old.pem)).expect_not_applicable();
    }

    #[test]
    fn passes_when_the_bundle_accepts_it() {
        check(&RULE, Cluster::new().server()).expect_pass();
    }
}
