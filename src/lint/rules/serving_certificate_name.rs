//! A serving certificate for other names than the Service's.

use crate::lint::facts::condition::or_verified;
use crate::lint::facts::extension::host_name;
use crate::lint::facts::serving::{Served, each_served};
use crate::lint::facts::wording::{related, subject};
use crate::lint::{Check, Context, Finding, Fix, Outcome, Rule, Severity};
use crate::source::ApiService;

pub(super) static RULE: Rule = Rule {
    id: "serving-certificate-name",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/serving-certificate-name.md"),
    checks: &[Check::ApiService(check)],
};

fn check(service: &ApiService, context: &Context<'_>) -> Outcome {
    let host = host_name(service);
    let outcome = each_served(service, context, |one| match &host {
        Some(host) => Ok(finding(service, host, one)),
        None => Err(Outcome::undecided("the APIService does not tell the name and the namespace of its Service")),
    });
    or_verified(outcome, service, context)
}

fn finding(service: &ApiService, host: &str, one: &Served) -> Option<Finding> {
    let error = one.wrong_name(host)?;
    let (name, leaf) = (&service.name.value, one.leaf());
    let place = service.service.as_ref().map(|reference| related(&reference.origin, "the Service that it is for"));
    Some(Finding {
        severity: Severity::Error,
        message: format!("{name}: the certificate of {} is not for {host}", one.by),
        origin: one.origin(),
        label: format!("{}, for {}", subject(leaf), names(&leaf.dns_names)),
        related: place.into_iter().collect(),
        consequence: format!(
            "kube-apiserver asks for that name whatever address it connects to, and ends the connection, `{error}`: \
             every request for {name} gets 503."
        ),
        demonstration: None,
        fix: Fix::from(format!(
            "Have the certificate issued anew with the alternative name {host}; the common name does not count. \
             `aggcert explain` knows the line that kube-apiserver logs."
        )),
        identity: vec![name.clone(), host.to_owned(), leaf.fingerprint()],
    })
}

fn names(names: &[String]) -> String {
    if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::{API_SERVICE, SECRET, Scene, server_certificate};
    use crate::lint::testing::{Expect, Issued};

    #[test]
    fn fails_for_another_service() {
        for (from, to) in [("namespace: wardle", "namespace: default"), ("name: api\n", "name: apis\n")] {
            let scene = Scene::new().change(API_SERVICE, from, to);
            let scene = scene.change(crate::lint::testing::scene::SERVICE, from, to);
            let scene = scene.change(crate::lint::testing::scene::DEPLOYMENT, "  namespace: wardle\n", "");
            scene
                .change(SECRET, "  namespace: wardle\n", "")
                .check(&RULE)
                .expect_finding()
                .explains("x509: certificate is valid for api, api.wardle, api.wardle.svc, not ");
        }
    }

    #[test]
    fn fails_with_a_common_name_alone() {
        let ca = Issued::ca("ca");
        let certificate = server_certificate(&ca, |params| {
            params.subject_alt_names.clear();
            params.distinguished_name.push(rcgen::DnType::CommonName, "api.wardle.svc");
        });
        Scene::serving(&certificate, &ca).check(&RULE).expect_finding().explains("relies on legacy Common Name field");
    }

    #[test]
    fn passes_with_the_name_or_a_wildcard() {
        Scene::new().check(&RULE).expect_pass();
        let ca = Issued::ca("ca");
        let wildcard = server_certificate(&ca, |params| {
            params.subject_alt_names = vec![rcgen::SanType::DnsName("*.wardle.svc".to_owned().try_into().unwrap())];
        });
        Scene::serving(&wildcard, &ca).check(&RULE).expect_pass();
    }

    #[test]
    fn is_unknown_for_a_service_of_no_namespace() {
        Scene::new().change(API_SERVICE, "    namespace: wardle\n", "").check(&RULE).expect_unknown();
    }
}
