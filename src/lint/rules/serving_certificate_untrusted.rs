//! A serving certificate that kube-apiserver does not trust.

use crate::lint::facts::api_service_patch::with_ca_bundle;
use crate::lint::facts::dates::Validity;
use crate::lint::facts::serving::{Served, ca_bundle, each_served};
use crate::lint::facts::wording::{list, related, subject};
use crate::lint::{Check, Context, Finding, Outcome, Rule, Severity};
use crate::model::Reason;
use crate::source::ApiService;
use crate::text::Text;
use crate::x509::{Certificate, VerificationError};

pub(super) static RULE: Rule = Rule {
    id: "serving-certificate-untrusted",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/serving-certificate-untrusted.md"),
    checks: &[Check::ApiService(check)],
};

fn check(service: &ApiService, context: &Context<'_>) -> Outcome {
    let cas = ca_bundle(service);
    each_served(service, context, |one| {
        let (bundle, cas) = cas.as_ref().map_err(Clone::clone)?;
        let Err(error) = one.verify(cas, context.now) else { return Ok(None) };
        if Validity::of(one.leaf(), context.now) != Validity::Valid {
            return Err(Reason::reported("it is out of date", "serving-certificate-expired").into());
        }
        match error {
            VerificationError::IncompatibleKeyUsage { .. } => {
                Err(Reason::reported("it is not for servers", "serving-certificate-usage").into())
            }
            VerificationError::Expired { .. } | VerificationError::NotYetValid { .. } => {
                Err(Reason::reported("the CA is out of date", "apiservice-ca-bundle").into())
            }
            _ => Ok(Some(finding(&service.name.value, one, bundle, cas, &error))),
        }
    })
}

fn finding(name: &str, one: &Served, bundle: &Text, cas: &[Certificate], error: &VerificationError) -> Finding {
    let subjects: Vec<String> = cas.iter().map(subject).collect();
    let (leaf, object) = (one.leaf(), &one.by);
    Finding {
        severity: Severity::Error,
        message: format!(
            "{name}: caBundle, {}, does not verify the certificate of {object}, which {} issued",
            list(&subjects, "and"),
            leaf.issuer
        ),
        origin: bundle.origin(),
        label: "not the CA of the server's certificate".to_owned(),
        related: vec![related(&one.origin(), format!("{}, issued by {}", subject(leaf), leaf.issuer))],
        consequence: format!(
            "kube-apiserver ends the connection, `{error}`: every request for {name} gets 503. Since 1.36 the APIService \
             is unavailable (FailedDiscoveryCheck); before, it says Available=True all the same."
        ),
        demonstration: None,
        fix: with_ca_bundle(name),
        identity: vec![name.to_owned(), leaf.fingerprint()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::{Scene, server_certificate};
    use crate::lint::testing::{Expect, Issued, NOW};
    use time::Duration;

    fn scene(bundle: &Issued, issuer: &Issued) -> Scene {
        Scene::serving(&server_certificate(issuer, |_| {}), bundle)
    }

    #[test]
    fn fails_when_another_ca_issued_it() {
        let finding = scene(&Issued::ca("new"), &Issued::ca("old")).check(&RULE).expect_finding();
        assert!(
            finding.message.contains("caBundle, CN=new,") && finding.message.contains("CN=old issued"),
            "{}",
            finding.message
        );
        assert!(finding.consequence.contains("signed by unknown authority"), "{}", finding.consequence);
        // The same name is not the same CA.
        scene(&Issued::ca("ca"), &Issued::ca("ca")).check(&RULE).expect_finding();
    }

    #[test]
    fn passes_when_it_is_verified() {
        Scene::new().check(&RULE).expect_pass();
    }

    #[test]
    fn does_not_apply_when_something_else_is_wrong() {
        let ca = Issued::ca("ca");
        let expired = server_certificate(&ca, |params| params.not_after = NOW - Duration::DAY);
        Scene::serving(&expired, &ca).check(&RULE).expect_not_applicable();
        Scene::serving(&ca.client("api"), &ca).check(&RULE).expect_not_applicable();
    }
}
