//! A caBundle that verifies nothing.

use time::OffsetDateTime;

use crate::lint::facts::cert_manager::injected_bundle;
use crate::lint::facts::dates::date;
use crate::lint::facts::injection::{self, FILLED_IN};
use crate::lint::facts::serving::decoded;
use crate::lint::facts::serving_fix;
use crate::lint::prelude::*;
use crate::source::injection::Injection;
use crate::source::resource::is_template;
use crate::text::Text;
use crate::x509::pem;

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
        return not_applicable("kube-apiserver serves this API itself");
    }
    if service.skips_verification() {
        return not_applicable("verification is switched off, which apiservice-insecure reports");
    }
    if let Some(injection) = &service.injection {
        return injected(service, injection, context);
    }
    if service.ca_bundle_unknown {
        return Outcome::undecided(FILLED_IN);
    }
    let Some(bundle) = &service.ca_bundle else {
        return not_applicable("there is no caBundle: kube-apiserver uses the root certificates of its image or host");
    };
    match fault(context, bundle.as_str()) {
        None => Outcome::Pass,
        Some(fault) => finding(service, bundle, fault, context).into(),
    }
}

/// A bundle that another program fills in: what it is to be filled in with, and what is known of that.
fn injected(service: &ApiService, injection: &Injection, context: &Context<'_>) -> Outcome {
    let in_object = service.ca_bundle.as_ref().filter(|_| !service.ca_bundle_unknown);
    let bundle = in_object.or_else(|| injected_bundle(service, context));
    let of_bundle = bundle.and_then(|bundle| Some(finding(service, bundle, fault(context, bundle.as_str())?, context)));
    let of_source = if is_template(&injection.value.value) {
        Err(Outcome::undecided(FILLED_IN))
    } else {
        injection::judge(service, injection, context)
    };
    match (of_source, of_bundle) {
        (Ok(mut findings), of_bundle) => {
            findings.extend(of_bundle);
            Ok(findings).into()
        }
        (Err(_), Some(finding)) => finding.into(),
        (Err(_), None) if bundle.is_some() => Outcome::Pass,
        (Err(why), None) => why,
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
    let names = list(certificates.iter().map(subject), "and");
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

fn finding(service: &ApiService, bundle: &Text, fault: Fault, context: &Context<'_>) -> Finding {
    let name = &service.name.value;
    let demonstration = (fault.severity == Severity::Error)
        .then(|| format!("No serving certificate verifies against the caBundle of {name}."));
    Finding::new(fault.severity, format!("{name}: {}", fault.message))
        .at(&bundle.origin(), fault.label)
        .consequence(fault.consequence)
        .demonstration(demonstration)
        .fix(serving_fix::verify(service, context))
        .identity(std::iter::once(name.clone()).chain(fault.identity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::{API_SERVICE, AUTHORITY, DEPLOYMENT, SERVING, Scene};
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
    }

    #[test]
    fn passes_with_a_valid_ca() {
        // One expired CA beside a valid one is a rotation.
        let old = Issued::ca_with("old", |params| params.not_after = NOW - Duration::DAY);
        let both = Issued::ca("new").base64_with(&old);
        let of = |bundle: &str| ApiServiceBuilder::new().ca_bundle(bundle);
        for (service, expected) in [
            (ending(100), "pass"),
            (of(&both), "pass"),
            (ending(-1), "error: CN=metrics-server-ca is expired"),
            (ending(10), "warning"),
            (of(""), "warning"),
            // Something else fills it in.
            (of("{{ .Values.ca }}").injected(), "unknown"),
            (ApiServiceBuilder::new(), "not applicable"),
            (ApiServiceBuilder::new().local(), "not applicable"),
            // A patch of one that has a service.
            (ending(100).local(), "pass"),
            (ending(-1).insecure(true), "not applicable"),
        ] {
            check_api_service(&RULE, &service).expect_as(expected);
        }
    }

    fn injected(annotation: &str) -> Scene {
        Scene::cert_manager(annotation)
    }

    const OWN: &str = "cert-manager.io/inject-ca-from: wardle/api";
    const SELF_SIGNED: (&str, &str) = ("{kind: Issuer, name: ca}", "{name: self-signed}");

    #[test]
    fn passes_when_cert_manager_fills_in_the_ca_that_issues() {
        for source in ["api", "api-ca"] {
            injected(&format!("cert-manager.io/inject-ca-from: wardle/{source}")).check(&RULE).expect_pass();
        }
        let allowed =
            "  secretTemplate: {annotations: {cert-manager.io/allow-direct-injection: \"true\"}}\n  isCA: true";
        let secret = injected("cert-manager.io/inject-ca-from-secret: wardle/api-ca");
        secret.change(AUTHORITY, "  isCA: true", allowed).check(&RULE).expect_pass();
    }

    #[test]
    fn fails_when_the_injector_passes_it_over() {
        for (annotation, says) in [
            ("cert-manager.io/inject-ca-from: api", "names no namespace"),
            ("cert-manager.io/inject-ca-from: wardle/apis", "wardle/apis, from which caBundle is to be filled in"),
            ("cert-manager.io/inject-ca-from-secret: wardle/api-ca", "does not allow the injector"),
        ] {
            let finding = injected(annotation).check(&RULE).expect_finding().says(says).clone();
            assert_eq!(finding.severity, Severity::Error);
            assert_eq!(finding.fix.commands.len(), 1, "{:?}", finding.fix);
        }
        let acme = injected(OWN).change(SERVING, "name: ca}", "name: public}").add(
            "kind: Issuer\napiVersion: cert-manager.io/v1\nmetadata: {name: public, namespace: wardle}\nspec: {acme: {}}\n",
        );
        acme.check(&RULE).expect_finding().says("which gives no CA");
    }

    #[test]
    fn fails_when_another_ca_is_filled_in() {
        let other = injected("cert-manager.io/inject-ca-from: wardle/other").add(
            "kind: Certificate\napiVersion: cert-manager.io/v1\nmetadata: {name: other, namespace: wardle}\nspec:\n  \
             secretName: other\n  isCA: true\n  issuerRef: {name: self-signed}\n",
        );
        let finding =
            other.check(&RULE).expect_finding().says("whose CA did not issue the Certificate wardle/api").clone();
        assert!(finding.fix.commands[0].contains("inject-ca-from=wardle/api "), "{:?}", finding.fix);
        let own =
            injected("cert-manager.io/inject-ca-from: wardle/api-ca").change(SERVING, SELF_SIGNED.0, SELF_SIGNED.1);
        own.check(&RULE).expect_error().says("whose CA did not issue");
    }

    #[test]
    fn fails_with_a_warning_when_the_certificate_signs_itself() {
        let own = injected(OWN).change(SERVING, SELF_SIGNED.0, SELF_SIGNED.1);
        let finding = own.check(&RULE).expect_finding().says("another one after each renewal").clone();
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.fix.commands[0].ends_with(" --cert-manager"), "{:?}", finding.fix);
        // The key stays, and may sign: the new certificate verifies the old one.
        let stays = "  isCA: true\n  privateKey: {rotationPolicy: Never}\n  secretName";
        own.change(SERVING, "  secretName", stays).check(&RULE).expect_pass();
    }

    #[test]
    fn is_unknown_when_the_objects_do_not_tell_which_ca_it_is() {
        for annotation in [
            "cert-manager.io/inject-ca-from: elsewhere/ca",
            "cert-manager.io/inject-apiserver-ca: \"true\"",
            "cert-manager.io/inject-ca-from: \"{{ .Release.Namespace }}/api\"",
        ] {
            injected(annotation).check(&RULE).expect_unknown();
        }
        let issuer = injected("cert-manager.io/inject-ca-from: wardle/api-ca");
        issuer.change(SERVING, "name: ca}", "name: vault}").check(&RULE).expect_unknown();
    }

    /// What is applied together may lie in several places.
    #[test]
    fn a_certificate_that_is_not_here_is_elsewhere_unless_those_here_are_the_whole_chain() {
        let named = injected("cert-manager.io/inject-ca-from: wardle/root");
        named.check(&RULE).expect_error();
        named.clone().without(AUTHORITY).check(&RULE).expect_unknown();
        named
            .change(SERVING, "dnsNames: [api, api.wardle.svc]", "dnsNames: [x]")
            .without(DEPLOYMENT)
            .check(&RULE)
            .expect_unknown();
    }

    #[test]
    fn looks_at_the_ca_that_is_filled_in_where_it_is_here() {
        let ca = Issued::ca_with("wardle-ca", |params| params.not_after = NOW + Duration::days(10));
        let secret = format!(
            "kind: Secret\napiVersion: v1\nmetadata: {{name: serving, namespace: wardle}}\ndata: {{ca.crt: {}}}\n",
            ca.base64()
        );
        injected(OWN).add(&secret).check(&RULE).expect_finding().says("the last valid CA in caBundle, CN=wardle-ca");
        // What a cluster shows is filled in already.
        let filled_in = injected(OWN).change(API_SERVICE, "metadata:\n", "metadata:\n  uid: x\n");
        filled_in.change(API_SERVICE, "spec:\n", "spec:\n  caBundle: bm8gUEVN\n").check(&RULE).expect_error();
    }
}
