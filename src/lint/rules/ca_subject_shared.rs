//! Two different CAs of one name.

use std::collections::{HashMap, HashSet};

use crate::lint::prelude::*;
use crate::model::Overlap;

pub(super) static RULE: Rule = Rule {
    id: "ca-subject-shared",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/ca-subject-shared.md"),
    checks: &[Check::Trust(check)],
};

fn check(setup: &Setup, context: &Context<'_>) -> Outcome {
    let overlap = &*context.overlap(setup);
    if let Overlap::NotKnown(_) = overlap {
        return overlap.outcome_without_reuse();
    }
    let Ok((client, requestheader)) = setup.bundles() else {
        return not_applicable("both flags name the same file");
    };
    let findings: Vec<Finding> = pairs(client, requestheader)
        .into_iter()
        .map(|(one, other)| finding(setup, requestheader, one, other))
        .collect();
    Judged::Ok(findings).into()
}

/// Two CAs of one name, one in each bundle; each name once.
fn pairs<'a>(
    client: &'a TrustBundle,
    requestheader: &'a TrustBundle,
) -> Vec<(&'a Located<Certificate>, &'a Located<Certificate>)> {
    // A CA that stands on both sides beside its successor is one CA that is being renewed.
    let only_in = |this: &'a TrustBundle, that: &TrustBundle| -> Vec<&'a Located<Certificate>> {
        let shared: HashSet<_> = that.certificates().map(Certificate::name_and_key).collect();
        this.anchors().iter().filter(|anchor| !shared.contains(&anchor.value.name_and_key())).collect()
    };
    let mut by_subject = HashMap::new();
    for other in only_in(requestheader, client) {
        by_subject.entry(other.value.raw_subject.as_slice()).or_insert(other);
    }
    let mut known = HashSet::new();
    let pairs = only_in(client, requestheader).into_iter().filter_map(|one| {
        let other = by_subject.get(one.value.raw_subject.as_slice())?;
        known.insert(subject(&one.value)).then_some((one, *other))
    });
    pairs.collect()
}

fn finding(
    setup: &Setup,
    requestheader: &TrustBundle,
    one: &Located<Certificate>,
    other: &Located<Certificate>,
) -> Finding {
    let name = subject(&one.value);
    Finding::warning(format!("the client CA and the requestheader CA are two CAs, both called {name}"))
        .at(&requestheader.origin, format!("another {name} than the client CA"))
        .related([
            related(&one.origin, format!("client CA {}", subject_and_fingerprint(&one.value))),
            related(&other.origin, format!("requestheader CA {}", subject_and_fingerprint(&other.value))),
        ])
        .consequence(format!(
            "When a certificate is refused, the error names {name}, whichever of the two it means, and speaks of a \
             failed signature where the truth is that another CA issued the certificate."
        ))
        .fix(separate_ca(setup))
        .identity([name])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, Issued, bundle, check};

    #[test]
    fn fails_for_two_cas_of_one_name() {
        let cluster = Cluster { front_proxy_ca: Issued::ca("kubernetes"), ..Cluster::new() };
        let finding = check(&RULE, cluster.server()).expect_warning();
        assert_eq!(finding.origin.source(), FRONT_PROXY_CA);
        finding.says("CN=kubernetes");
    }

    #[test]
    fn passes_with_two_names() {
        check(&RULE, Cluster::new().server()).expect_pass();
    }

    #[test]
    fn passes_for_one_ca_and_its_successor() {
        let cluster = Cluster::new();
        let both = bundle(&[&cluster.client_ca, &Issued::ca("kubernetes")]);
        check(&RULE, cluster.server().file(FRONT_PROXY_CA, &both)).expect_pass();
    }

    #[test]
    fn does_not_apply_to_one_file() {
        let cluster = Cluster::new();
        let one = cluster.server().set("requestheader-client-ca-file", CLIENT_CA).without_file(CLIENT_CA);
        check(&RULE, &one).expect_not_applicable();
        check(&RULE, cluster.server().without("client-ca-file")).expect_not_applicable();
    }
}
