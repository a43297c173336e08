//! One key behind two CA certificates.

use crate::lint::facts::reuse::shared_ca;
use crate::lint::prelude::*;
use crate::model::{Overlap, ways};

pub(super) static RULE: Rule = Rule {
    id: "ca-key-reused",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/ca-key-reused.md"),
    checks: &[Check::Trust(check)],
};

fn check(setup: &Setup, context: &Context<'_>) -> Outcome {
    let overlap = &*context.overlap(setup);
    let forward = match overlap {
        Overlap::Reaches(forward) => forward.as_slice(),
        Overlap::Separate(_) | Overlap::SameFile => &[],
        Overlap::NotKnown(_) => return overlap.outcome_without_reuse(),
    };
    let Ok((client, requestheader)) = setup.bundles() else { return shared_ca_outcome(setup, context) };
    let mut pairs = pairs(client, requestheader);
    pairs.retain(|(one, _)| !forward.iter().any(|reach| reach.issuer.has_same_key(&one.value)));
    // What a key signs as the requestheader CA is accepted only while that CA's certificate is.
    let working = if pairs.is_empty() { Vec::new() } else { ways(setup, requestheader, requestheader, context.now) };
    let findings: Vec<Finding> = pairs
        .into_iter()
        .map(|(one, other)| {
            let works = working.iter().any(|reach| reach.issuer.is_same_issuer(&other.value));
            finding(setup, requestheader, works, one, other)
        })
        .collect();
    if findings.is_empty() { shared_ca_outcome(setup, context) } else { Outcome::Fail(findings) }
}

/// Nothing is left for this rule: either nothing is shared, or the greater fault has been reported.
fn shared_ca_outcome(setup: &Setup, context: &Context<'_>) -> Outcome {
    shared_ca(setup, context).map_or(Outcome::Pass, Outcome::from)
}

/// Certificates of the two bundles with the same key, each key once.
fn pairs<'a>(
    client: &'a TrustBundle,
    requestheader: &'a TrustBundle,
) -> Vec<(&'a Located<Certificate>, &'a Located<Certificate>)> {
    let mut found: Vec<(&Located<Certificate>, &Located<Certificate>)> = Vec::new();
    for one in client.anchors() {
        let is_known = found.iter().any(|(known, _)| known.value.has_same_key(&one.value));
        if let Some(other) = requestheader.anchors().iter().find(|other| one.value.has_same_key(&other.value))
            && !is_known
        {
            found.push((one, other));
        }
    }
    found
}

fn finding(
    setup: &Setup,
    requestheader: &TrustBundle,
    works: bool,
    one: &Located<Certificate>,
    other: &Located<Certificate>,
) -> Finding {
    let (client, front_proxy) = (subject(&one.value), subject(&other.value));
    let same_name = one.value.is_same_issuer(&other.value);
    let (severity, consequence) = if works {
        (
            Severity::Error,
            format!(
                "Whoever holds or steals the key of the client CA {client} can sign as {front_proxy} and so be any \
                 user of any group; kube-controller-manager holds it where it signs CertificateSigningRequests."
            ),
        )
    } else {
        (
            Severity::Warning,
            format!(
                "Today nothing that the key signs is accepted as a front proxy, because {front_proxy} in the \
                 requestheader bundle cannot verify anything (expired, not yet valid, or not a CA). The day it is \
                 renewed with the same key, the client CA can issue front proxies."
            ),
        )
    };
    let demonstration = works.then(|| {
        format!(
            "A certificate signed with the key of {client} under the issuer name {front_proxy} verifies against the \
             requestheader bundle."
        )
    });
    let message = if same_name {
        format!("both bundles hold {client} with one key")
    } else {
        format!("the client CA {client} and the requestheader CA {front_proxy} have the same key")
    };
    Finding::new(severity, message)
        .at(&requestheader.origin, "a CA in this file has the client CA's key")
        .related([
            related(&one.origin, format!("{client} in the client bundle")),
            related(&other.origin, format!("{front_proxy} in the requestheader bundle")),
        ])
        .consequence(consequence)
        .demonstration(demonstration)
        .fix(separate_ca(setup))
        .identity([one.value.key_fingerprint()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, Issued, NOW, check};

    #[test]
    fn fails_when_two_names_share_a_key() {
        let cluster = Cluster::new();
        let namesake = cluster.client_ca.same_key_as("front-proxy-ca");
        let finding =
            check(&RULE, cluster.server().file(FRONT_PROXY_CA, &namesake.pem)).expect_error().says("CN=kubernetes");
        assert_eq!(finding.identity, [cluster.client_ca.certificate().key_fingerprint()]);
    }

    #[test]
    fn fails_with_a_warning_while_the_second_certificate_is_expired() {
        let mut cluster = Cluster::new();
        cluster.front_proxy_ca = Issued::ca_with("kubernetes", |params| params.not_after = NOW - time::Duration::DAY);
        let server = cluster.server().file(CLIENT_CA, &cluster.front_proxy_ca.same_key_as("clients").pem);
        assert_eq!(check(&RULE, &server).expect_finding().severity, Severity::Warning);
    }

    #[test]
    fn passes_with_two_keys() {
        let cluster = Cluster::new();
        check(&RULE, cluster.server()).expect_pass();
        let namesake = Cluster { front_proxy_ca: Issued::ca("kubernetes"), ..cluster };
        check(&RULE, namesake.server()).expect_pass();
    }

    #[test]
    fn does_not_apply_when_the_certificates_verify_anyway_or_there_is_one_file() {
        let cluster = Cluster::new();
        check(&RULE, cluster.server().file(FRONT_PROXY_CA, &cluster.client_ca.reissued().pem)).expect_not_applicable();
        check(&RULE, cluster.server().without("client-ca-file")).expect_not_applicable();
    }
}
