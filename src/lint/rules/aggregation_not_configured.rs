//! No aggregation layer, which may be meant.

use crate::lint::facts::flags::standard_headers;
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "aggregation-not-configured",
    severity: Severity::Note,
    text: include_str!("../../../docs/rules/aggregation-not-configured.md"),
    checks: &[Check::Server(|setup, _| judge(setup).into())],
};

fn judge(setup: &Setup) -> Judged {
    complete(setup)?;
    if !setup.options.unknown.is_empty() {
        return Err(not_applicable("a flag is misspelt, see flag-unknown"));
    }
    if setup.configures_front_proxy() {
        return Ok(Vec::new());
    }
    Ok(vec![
        Finding::note(format!("{} has no flag of the aggregation layer", setup.invocation.name))
            .at(&setup.invocation.origin, "no --requestheader-* and no --proxy-client-* flag")
            .consequence("APIs that another server serves, such as metrics.k8s.io, do not work in this cluster.")
            .fix(
                separate_ca(setup)
                    .flags(standard_headers(false))
                    .saying(|this| format!("{this} Or do nothing, if no API is to be aggregated.")),
            )
            .identity([setup.invocation.name.clone()]),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::Component;
    use crate::lint::testing::{Cluster, Expect, SetupBuilder, check};

    fn plain() -> SetupBuilder {
        SetupBuilder::new(Component::KubeApiserver, &["--client-ca-file=/etc/kubernetes/pki/ca.crt"])
    }

    #[test]
    fn fails_as_a_note_without_any_of_the_flags() {
        let finding = check(&RULE, plain()).expect_finding();
        assert_eq!(finding.severity, Severity::Note);
        // Nothing was there that would have to go, or to keep its name.
        assert!(!finding.fix.sentence.contains("old"), "{}", finding.fix);
        let emptied = plain().argument("--requestheader-client-ca-file=").argument("--requestheader-allowed-names=");
        check(&RULE, &emptied).expect_finding();
    }

    #[test]
    fn passes_with_one_of_them() {
        check(&RULE, Cluster::new().server()).expect_pass();
        check(&RULE, plain().argument("--requestheader-group-headers={{ headers }}")).expect_pass();
    }

    #[test]
    fn does_not_apply_to_a_fragment_or_when_one_is_misspelt() {
        check(&RULE, plain().fragment()).expect_not_applicable();
        let misspelt = plain().argument("--requestheader-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt");
        check(&RULE, &misspelt).expect_not_applicable();
    }
}
