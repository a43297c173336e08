//! The same certificate twice in one bundle.

use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "ca-bundle-duplicate",
    severity: Severity::Note,
    text: include_str!("../../../docs/rules/ca-bundle-duplicate.md"),
    checks: &[Check::Server(|setup, _| each_bundle(setup, judge))],
};

fn judge(flag: &PathFlag, bundle: &TrustBundle) -> Vec<Finding> {
    let anchors = bundle.anchors().iter().enumerate();
    let copies = anchors.filter_map(|(index, anchor)| {
        let first = bundle.anchors().iter().take(index).find(|earlier| earlier.value == anchor.value)?;
        Some((first, anchor))
    });
    copies
        .map(|(first, copy)| {
            Finding::note(format!(
                "{} stands in {} more than once",
                subject_and_fingerprint(&copy.value),
                flag.called()
            ))
            .at(&copy.origin, "the same certificate again")
            .related([related(&first.origin, "the first one")])
            .consequence("Nothing now; whoever takes one of them out later leaves the CA trusted.")
            .fix(format!("Take the copy in line {} out of {}.", copy.origin.start().0, bundle.path))
            .identity([flag.name.to_owned(), copy.value.fingerprint()])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, FRONT_PROXY_CA, Issued, bundle, check};

    #[test]
    fn fails_and_points_at_the_second_one() {
        let cluster = Cluster::new();
        let ca = &cluster.front_proxy_ca;
        let twice = bundle(&[ca, &Issued::ca("other"), ca]);
        let finding = check(&RULE, cluster.server().file(FRONT_PROXY_CA, &twice)).expect_finding();
        let [first] = finding.related.as_slice() else { panic!("{:?}", finding.related) };
        assert!(finding.origin.start().0 > first.origin.start().0);
        assert_eq!(finding.origin.source(), first.origin.source());
    }

    #[test]
    fn passes_with_two_certificates_of_one_ca() {
        let cluster = Cluster::new();
        let both = bundle(&[&cluster.front_proxy_ca, &cluster.front_proxy_ca.reissued()]);
        check(&RULE, cluster.server().file(FRONT_PROXY_CA, &both)).expect_pass();
    }
}
