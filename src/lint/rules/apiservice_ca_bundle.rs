//! A caBundle that verifies nothing.

use crate::lint::facts::api_service_patch::with_ca_bundle;
use time::OffsetDateTime;

use crate::lint::facts::dates::date;
use crate::lint::facts::serving::decoded;
use crate::lint::facts::wording::{list, subject};
use crate::lint::{Check, Context, Finding, Outcome, Rule, Severity};
use crate::text::Text;

use crate::source::ApiService;
use crate::x509::{Certificate, pem};

pub(super) static RULE: Rule = Rule {
    id: "apiservice-ca-bundle",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/apiservice-ca-bundle.md"),
    checks: &[Check::ApiService(check)],
};

/// What is wrong with a bundle.
struct Fault {
    severity: Severity,
    message: String,
    label: String,
    consequence: String,
    /// What identifies the fault: fingerprints, or its kind.
    identity: Vec<String>,
}

fn check(service: &ApiService, context: &Context<'_>) -> Outcome {
    if service.is_local() {
        return Outcome::not_applicable("kube-apiserver serves this API itself");
    }
    if service.insecure_skip_tls_verify.as_ref().is_some_and(|insecure| insecure.value) {
        return Outcome::not_applicable("verification is switched off, which apiservice-insecure reports");
    }
    if service.ca_bundle_unknown {
        return Outcome::undecided("a template or an annotation has caBundle filled in");
    }
    let Some(bundle) = &service.ca_bundle else {
        return Outcome::not_applicable(
            "there is no caBundle: kube-apiserver uses the root certificates of its image or host",
        );
    };
    match fault(context, bundle.as_str()) {
        None => Outcome::Pass,
        Some(fault) => Outcome::Fail(vec![finding(service, bundle, fault)]),
    }
}

fn fault(context: &Context<'_>, encoded: &str) -> Option<Fault> {
    let broken = |message: &str, label: &str, consequence: &str, identity: &str| Fault {
        severity: Severity::Error,
        message: message.to_owned(),
        label: label.to_owned(),
        consequence: consequence.to_owned(),
        identity: vec![identity.to_owned()],
    };
    if encoded.trim().is_empty() {
        return Some(Fault {
            severity: Severity::Warning,
            ..broken(
                "caBundle is empty, which is the same as none",
                "no CA",
                "kube-apiserver verifies the server with the root certificates of its own image or host; they know no \
                 CA of the cluster, so unless something fills caBundle in, the API stays unavailable.",
                "empty",
            )
        });
    }
    if pem::base64::decode(encoded.trim().as_bytes()).is_none() {
        return Some(broken(
            "caBundle is not base64",
            "does not decode",
            "kube-apiserver refuses the object: it cannot be created or changed.",
            "not base64",
        ));
    }
    let certificates = decoded(encoded);
    if certificates.is_empty() {
        return Some(broken(
            "caBundle holds no certificate that can be read",
            "no certificate in it",
            "kube-apiserver cannot load the root certificates and makes no connection: the API is unavailable, and \
             the deletion of namespaces waits for it.",
            "no certificate",
        ));
    }
    expiry(context, &certificates)
}

fn expiry(context: &Context<'_>, certificates: &[Certificate]) -> Option<Fault> {
    let usable = |at: OffsetDateTime| {
        certificates.iter().any(|certificate| certificate.not_before <= at && at <= certificate.not_after)
    };
    let names: Vec<String> = certificates.iter().map(subject).collect();
    let names = list(&names, "and");
    let last = certificates.iter().map(|certificate| certificate.not_after).max()?;
    let identity = certificates.iter().map(Certificate::fingerprint).collect();
    if !usable(context.now) {
        let why = if last < context.now { "expired" } else { "not valid now" };
        return Some(Fault {
            severity: Severity::Error,
            message: format!("no CA in caBundle is valid: {names} is {why}"),
            label: format!("valid until {}", date(last)),
            consequence: "kube-apiserver accepts no certificate of the server: the API is unavailable, and the \
                          deletion of namespaces waits for it."
                .to_owned(),
            identity,
        });
    }
    (!usable(context.now + context.expiry_warning)).then(|| Fault {
        severity: Severity::Warning,
        message: format!("the last valid CA in caBundle, {names}, ends on {}", date(last)),
        label: format!("valid until {}", date(last)),
        consequence: "From then on kube-apiserver accepts no certificate of the server, and the API is unavailable."
            .to_owned(),
        identity,
    })
}

fn finding(service: &ApiService, bundle: &Text, fault: Fault) -> Finding {
    let name = &service.name.value;
    let demonstration = (fault.severity == Severity::Error)
        .then(|| format!("No serving certificate verifies against the caBundle of {name}."));
    Finding {
        severity: fault.severity,
        message: format!("{name}: {}", fault.message),
        origin: bundle.origin(),
        label: fault.label,
        related: Vec::new(),
        consequence: fault.consequence,
        demonstration,
        fix: with_ca_bundle(name),
        identity: std::iter::once(name.clone()).chain(fault.identity).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{ApiServiceBuilder, Expect, Issued, NOW, check_api_service};
    use time::Duration;

    fn ending(days: i64) -> ApiServiceBuilder {
        let ca = Issued::ca_with("metrics-server-ca", |params| params.not_after = NOW + Duration::days(days));
        ApiServiceBuilder::new().ca_bundle(&ca.base64())
    }

    #[test]
    fn fails_when_it_verifies_nothing() {
        for bundle in ["Cg==", "%%%", "bm8gUEVN"] {
            let finding = check_api_service(&RULE, &ApiServiceBuilder::new().ca_bundle(bundle)).expect_finding();
            assert_eq!(finding.severity, Severity::Error, "{bundle}");
            assert_eq!(finding.origin.source(), bundle);
        }
        check_api_service(&RULE, &ending(-1)).expect_error().says("CN=metrics-server-ca is expired");
    }

    #[test]
    fn fails_with_a_warning_when_empty_or_ending_soon() {
        for bundle in [ApiServiceBuilder::new().ca_bundle(""), ending(10)] {
            assert_eq!(check_api_service(&RULE, &bundle).expect_finding().severity, Severity::Warning);
        }
    }

    #[test]
    fn passes_with_a_valid_ca() {
        check_api_service(&RULE, &ending(100)).expect_pass();
        // One expired CA beside a valid one is a rotation.
        let old = Issued::ca_with("old", |params| params.not_after = NOW - Duration::DAY);
        let both = Issued::ca("new").base64_with(&old);
        check_api_service(&RULE, &ApiServiceBuilder::new().ca_bundle(&both)).expect_pass();
    }

    #[test]
    fn is_unknown_when_something_else_fills_it() {
        check_api_service(&RULE, &ApiServiceBuilder::new().ca_bundle("{{ .Values.ca }}").injected()).expect_unknown();
    }

    #[test]
    fn does_not_apply_without_a_bundle_or_a_service() {
        check_api_service(&RULE, &ApiServiceBuilder::new()).expect_not_applicable();
        check_api_service(&RULE, &ending(100).local()).expect_not_applicable();
        check_api_service(&RULE, &ending(-1).insecure(true)).expect_not_applicable();
    }
}
