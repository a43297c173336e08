//! Two CAs with one issuer above them.

use crate::lint::facts::reuse::shared_ca;
use crate::lint::prelude::*;
use crate::model::{Overlap, issuers_above, other_certificates, requestheader_cas_that_log_in};
use crate::x509::{CertificatePool, hex};

pub(super) static RULE: Rule = Rule {
    id: "shared-root",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/shared-root.md"),
    checks: &[Check::Trust(check)],
};

fn check(setup: &Setup, context: &Context<'_>) -> Outcome {
    let overlap = &*context.overlap(setup);
    if let Overlap::NotKnown(_) = overlap {
        return overlap.outcome_without_reuse();
    }
    if let Some(why) = shared_ca(setup, context) {
        return why.into();
    }
    let Ok((client, requestheader)) = setup.bundles() else { return Outcome::Pass };
    if !requestheader_cas_that_log_in(setup, client, requestheader, context.now).is_empty() {
        return not_applicable("one CA is below the other, which requestheader-ca-logs-in reports");
    }
    match common_issuer(context, setup, client, requestheader) {
        Some(common) => finding(setup, client, requestheader, &common).into(),
        None => Outcome::Pass,
    }
}

/// One CA of each bundle, and what is known of the issuer of both.
struct Common<'a> {
    client: &'a Located<Certificate>,
    requestheader: &'a Located<Certificate>,
    name: String,
    /// What identifies the issuer: its fingerprint, or name and key identifier.
    identity: Vec<String>,
    evidence: &'static str,
}

fn common_issuer<'a>(
    context: &Context<'_>,
    setup: &Setup,
    client: &'a TrustBundle,
    requestheader: &'a TrustBundle,
) -> Option<Common<'a>> {
    proven(context, setup, client, requestheader).or_else(|| {
        let mut pairs =
            client.anchors().iter().flat_map(|one| requestheader.anchors().iter().map(move |other| (one, other)));
        pairs.find(|(one, other)| name_the_same_issuer(&one.value, &other.value)).map(|(one, other)| Common {
            client: one,
            requestheader: other,
            name: one.value.issuer.to_string(),
            identity: vec![one.value.issuer.to_string(), hex(&one.value.authority_key_identifier)],
            evidence: "both name it as their issuer",
        })
    })
}

/// By a certificate that was found and in neither file: both CAs verify against it.
fn proven<'a>(
    context: &Context<'_>,
    setup: &Setup,
    client: &'a TrustBundle,
    requestheader: &'a TrustBundle,
) -> Option<Common<'a>> {
    let bundled = CertificatePool::new(client.certificates().chain(requestheader.certificates()).cloned());
    let roots: Vec<_> = other_certificates(setup).filter(|root| !bundled.contains(&root.value)).collect();
    let others = CertificatePool::new(roots.iter().map(|root| root.value.clone()));
    // All at once: a search for each root of a directory takes as long as there are pairs.
    let above_requestheader = issuers_above(setup, requestheader, &others, context.now);
    if above_requestheader.is_empty() {
        return None;
    }
    let above_client = issuers_above(setup, client, &others, context.now);
    roots.into_iter().find_map(|root| {
        let first_below = |bundle: &'a TrustBundle, above: &[(Certificate, Certificate)]| {
            let (issuer, _) = above.iter().find(|(_, anchor)| *anchor == root.value)?;
            bundle.anchors().iter().find(|anchor| anchor.value == *issuer)
        };
        Some(Common {
            client: first_below(client, &above_client)?,
            requestheader: first_below(requestheader, &above_requestheader)?,
            name: subject(&root.value),
            identity: vec![root.value.fingerprint()],
            evidence: "its certificate was found, and both verify against it",
        })
    })
}

/// Whether the two have an issuer of the same name above them, and nothing says that it is not the same.
fn name_the_same_issuer(one: &Certificate, other: &Certificate) -> bool {
    let identifiers = (&one.authority_key_identifier, &other.authority_key_identifier);
    !one.is_self_issued()
        && !other.is_self_issued()
        && one.raw_issuer == other.raw_issuer
        && (identifiers.0.is_empty() || identifiers.1.is_empty() || identifiers.0 == identifiers.1)
}

fn finding(setup: &Setup, client: &TrustBundle, requestheader: &TrustBundle, common: &Common<'_>) -> Finding {
    let (one, other) = (subject(&common.client.value), subject(&common.requestheader.value));
    let name = &common.name;
    Finding::warning(format!("{name} stands above the client CA {one} and the requestheader CA {other}"))
        .at(&requestheader.origin, format!("{other} was issued by {name}"))
        .related([
            related(&client.origin, format!("{one} was issued by {name}")),
            related(&common.client.origin, format!("{one}: {}", common.evidence)),
            related(&common.requestheader.origin, other.clone()),
        ])
        .consequence(format!(
            "The CAs are separate only as long as {name} is in neither file. In the requestheader file it would make \
             every client of {one} a possible front proxy; in the client file, every certificate of {other} a user."
        ))
        .fix(separate_ca(setup))
        .identity(common.identity.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, Issued, PROXY_CLIENT, bundle, check};

    fn below(client_root: &Issued, requestheader_root: &Issued) -> Cluster {
        let cluster = Cluster { client_ca: client_root.intermediate("kubernetes"), ..Cluster::new() };
        cluster.with_front_proxy_ca(requestheader_root.intermediate("front-proxy-ca"))
    }

    #[test]
    fn fails_when_both_name_one_issuer() {
        let root = Issued::ca("Company Root");
        check(&RULE, below(&root, &root).server()).expect_warning().says("CN=Company Root stands above");
    }

    #[test]
    fn fails_by_signature_when_the_root_was_found() {
        let root = Issued::ca("Company Root");
        let cluster = below(&root, &root);
        let chain = bundle(&[&cluster.proxy_client, &cluster.front_proxy_ca, &root]);
        let finding = check(&RULE, cluster.server().file(PROXY_CLIENT, &chain)).expect_finding();
        assert_eq!(finding.identity, [root.fingerprint()]);
    }

    #[test]
    fn passes_with_roots_of_their_own_even_of_one_name() {
        let cluster = Cluster::new();
        check(&RULE, cluster.server()).expect_pass();
        let namesakes = below(&Issued::ca("Company Root"), &Issued::ca("Company Root"));
        check(&RULE, namesakes.server()).expect_pass();
    }

    #[test]
    fn does_not_apply_when_the_cas_are_not_separate() {
        let cluster = Cluster::new();
        check(&RULE, cluster.server().set("requestheader-client-ca-file", CLIENT_CA)).expect_not_applicable();
        check(&RULE, cluster.server().without("client-ca-file")).expect_not_applicable();
    }
}
