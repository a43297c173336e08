//! A serving certificate that is not for servers.

use crate::lint::facts::condition::or_verified;
use crate::lint::facts::serving::{Served, each_served};
use crate::lint::facts::wording::subject;
use crate::lint::{Check, Context, Finding, Fix, Outcome, Rule, Severity};
use crate::source::ApiService;
use crate::x509::ExtendedKeyUsage;

pub(super) static RULE: Rule = Rule {
    id: "serving-certificate-usage",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/serving-certificate-usage.md"),
    checks: &[Check::ApiService(check)],
};

fn check(service: &ApiService, context: &Context<'_>) -> Outcome {
    or_verified(each_served(service, context, |one| Ok(finding(&service.name.value, one))), service, context)
}

fn finding(name: &str, one: &Served) -> Option<Finding> {
    let certificate = one.sent().find(|certificate| !certificate.allows(&ExtendedKeyUsage::ServerAuth))?;
    Some(Finding {
        severity: Severity::Error,
        message: format!("{name}: {}, which {} shows, is not for servers", subject(certificate), one.by),
        origin: one.origin(),
        label: "its extendedKeyUsage lacks serverAuth".to_owned(),
        related: Vec::new(),
        consequence: format!(
            "kube-apiserver ends the connection, `x509: certificate specifies an incompatible key usage`: every request \
             for {name} gets 503."
        ),
        demonstration: None,
        fix: Fix::from("Have the certificate issued anew with the purpose serverAuth."),
        identity: vec![name.to_owned(), certificate.fingerprint()],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::{Scene, server_certificate};
    use crate::lint::testing::{Expect, Issued};

    #[test]
    fn fails_with_a_client_certificate() {
        let ca = Issued::ca("ca");
        Scene::serving(&ca.client("api"), &ca)
            .check(&RULE)
            .expect_finding()
            .says("CN=api, which Deployment wardle/wardle-server shows");
    }

    #[test]
    fn passes_with_serverauth_or_no_purpose_at_all() {
        Scene::new().check(&RULE).expect_pass();
        let ca = Issued::ca("ca");
        let any = server_certificate(&ca, |params| params.extended_key_usages.clear());
        Scene::serving(&any, &ca).check(&RULE).expect_pass();
    }
}
