//! A serving certificate that is out of date, or will be soon.

use crate::lint::facts::dates::{Validity, date, validity};
use crate::lint::facts::serving::{Served, each_served};
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "serving-certificate-expired",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/serving-certificate-expired.md"),
    checks: &[Check::ApiService(check)],
};

fn check(service: &ApiService, context: &Context<'_>) -> Outcome {
    each_served(service, context, |one| Ok(finding(service, one, context)))
}

fn finding(service: &ApiService, one: &Served, context: &Context<'_>) -> Option<Finding> {
    let (name, leaf) = (&service.name.value, one.leaf());
    let severity = match Validity::of(leaf, context.now) {
        Validity::Expired | Validity::NotYet => Severity::Error,
        Validity::Valid if leaf.not_after < context.now + context.expiry_warning => Severity::Warning,
        Validity::Valid => return None,
    };
    let what = validity(leaf, context.now);
    let consequence = match severity {
        Severity::Error => format!(
            "kube-apiserver ends the connection, `x509: certificate has expired or is not yet valid`: every request for \
             {name} gets 503."
        ),
        _ => format!("From then on kube-apiserver accepts no connection, and every request for {name} gets 503."),
    };
    Some(
        Finding::new(severity, format!("{name}: the certificate of {}, {}, {what}", one.by, subject(leaf)))
            .at(&one.origin(), format!("valid until {}", date(leaf.not_after)))
            .consequence(consequence)
            .fix(
                "Have it issued anew by the CA in caBundle. A server on k8s.io/apiserver loads the files again by \
                 itself; a Secret that was changed reaches the Pod within about a minute.",
            )
            .identity([name.clone(), leaf.fingerprint()]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::{API_SERVICE, Scene, server_certificate};
    use crate::lint::testing::{Expect, Issued, NOW};
    use time::Duration;

    fn ending(days: i64) -> Scene {
        let ca = Issued::ca("ca");
        Scene::serving(&server_certificate(&ca, |params| params.not_after = NOW + Duration::days(days)), &ca)
    }

    #[test]
    fn fails_when_it_has_expired_and_warns_before() {
        assert_eq!(ending(-1).check(&RULE).expect_finding().severity, Severity::Error);
        assert_eq!(ending(10).check(&RULE).expect_finding().severity, Severity::Warning);
        let ca = Issued::ca("ca");
        let later = server_certificate(&ca, |params| params.not_before = NOW + Duration::DAY);
        assert_eq!(Scene::serving(&later, &ca).check(&RULE).expect_finding().severity, Severity::Error);
    }

    #[test]
    fn passes_while_it_is_valid() {
        ending(100).check(&RULE).expect_pass();
    }

    #[test]
    fn does_not_apply_without_verification() {
        ending(-1)
            .change(API_SERVICE, "  caBundle", "  insecureSkipTLSVerify: true\n  x")
            .check(&RULE)
            .expect_not_applicable();
    }
}
