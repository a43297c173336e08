//! An extension API server that anybody may stand in for.

use crate::lint::facts::{api_service_patch, serving_fix};
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "apiservice-insecure",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/apiservice-insecure.md"),
    checks: &[Check::ApiService(check)],
};

fn check(service: &ApiService, context: &Context<'_>) -> Outcome {
    if service.is_local() {
        return not_applicable("kube-apiserver serves this API itself");
    }
    let Some(insecure) = service.insecure_skip_tls_verify.as_ref().filter(|insecure| insecure.value) else {
        return Outcome::Pass;
    };
    let name = &service.name.value;
    // Of a template's branches one gives the caBundle, and another this.
    let bundle = service.ca_bundle.as_ref().filter(|_| !service.ca_bundle_unknown);
    let with_bundle = bundle.filter(|bundle| !bundle.as_str().trim().is_empty());
    let refused = match with_bundle {
        Some(_) => " As it is, kube-apiserver refuses the object, because caBundle is given as well.",
        None => "",
    };
    let fix = match with_bundle {
        Some(_) => api_service_patch::verify("Have the certificate verified with the caBundle that is there.", name),
        None => serving_fix::verify(service, context),
    };
    Finding::warning(format!("the certificate of the server of {name} is not verified"))
        .at(&insecure.origin, "any certificate is accepted")
        .related(with_bundle.map(|bundle| related(&bundle.origin(), "the CA that would verify it")))
        .consequence(format!(
            "Whoever can answer in the place of the service reads the requests for {name} and makes up the \
             answers.{refused}"
        ))
        .fix(fix)
        .identity([name.clone()])
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{ApiServiceBuilder, Expect, Issued, check_api_service};

    #[test]
    fn fails_when_verification_is_skipped() {
        let finding = check_api_service(&RULE, &ApiServiceBuilder::new().insecure(true)).expect_warning();
        assert_eq!(finding.origin.source(), "true");
        assert!(
            finding.fix.commands[0]
                .starts_with("test -s v1beta1.metrics.k8s.io/serving-ca.crt && kubectl patch apiservice "),
            "{}",
            finding.fix
        );
        let both = ApiServiceBuilder::new().insecure(true).ca_bundle(&Issued::ca("ca").base64());
        assert!(check_api_service(&RULE, &both).expect_finding().consequence.contains("refuses the object"));
        let branches = ApiServiceBuilder::new().insecure(true).ca_bundle("{{ b64enc .Values.ca }}").injected();
        assert!(!check_api_service(&RULE, &branches).expect_finding().consequence.contains("refuses the object"));
    }

    #[test]
    fn fails_with_a_patch_that_switches_verification_off() {
        check_api_service(&RULE, &ApiServiceBuilder::new().insecure(true).local()).expect_warning();
    }

    #[test]
    fn passes_when_it_is_verified() {
        check_api_service(&RULE, &ApiServiceBuilder::new()).expect_pass();
        check_api_service(&RULE, &ApiServiceBuilder::new().insecure(false)).expect_pass();
    }

    #[test]
    fn does_not_apply_to_an_api_that_kube_apiserver_serves() {
        check_api_service(&RULE, &ApiServiceBuilder::new().local()).expect_not_applicable();
    }
}
