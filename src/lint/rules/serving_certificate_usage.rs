//! A serving certificate that is not for servers.

use crate::lint::facts::cert_manager::Requested;
use crate::lint::facts::condition::or_verified;
use crate::lint::facts::serving::{Served, each_served_or_requested};
use crate::lint::prelude::*;
use crate::x509::ExtendedKeyUsage;

pub(super) static RULE: Rule = Rule {
    id: "serving-certificate-usage",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/serving-certificate-usage.md"),
    checks: &[Check::ApiService(check)],
};

fn check(service: &ApiService, context: &Context<'_>) -> Outcome {
    let name = &service.name.value;
    let of_certificate = |one: &Served| Ok(finding(name, one));
    let of_request = |one: &Requested<'_>| of_request(name, one);
    or_verified(each_served_or_requested(service, context, of_certificate, of_request), service, context)
}

/// Those of cert-manager's usages that are extended key usages (its pkg/api/util/usages.go, `extKeyUsages`).
const EXTENDED: [&str; 13] = [
    "any",
    "server auth",
    "client auth",
    "code signing",
    "email protection",
    "s/mime",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "timestamping",
    "ocsp signing",
    "microsoft sgc",
    "netscape sgc",
];

/// What cert-manager is asked for: without any extended usage it writes none, and none restricts nothing.
fn of_request(name: &str, one: &Requested<'_>) -> Option<Vec<Finding>> {
    let certificate = one.certificate.filter(|certificate| !certificate.has_templates())?;
    let extended: Vec<&Located<String>> =
        certificate.usages.iter().filter(|usage| EXTENDED.contains(&usage.value.as_str())).collect();
    let serves = |usage: &&Located<String>| matches!(usage.value.as_str(), "any" | "server auth");
    let Some(first) = extended.first().filter(|_| !extended.iter().any(serves)) else { return Some(Vec::new()) };
    let usages: Vec<&str> = extended.iter().map(|usage| usage.value.as_str()).collect();
    let (object, workload) = (&certificate.object, &one.server.workload.object);
    Some(vec![
        Finding::error(format!("{name}: the {object}, which {workload} serves with, is not for servers"))
            .at(&first.origin, format!("for {} alone", quoted(&usages, "and")))
            .related([related(&one.secret.origin, "the Secret that it keeps")])
            .consequence(refused(name))
            .fix("Add `server auth` to its usages; cert-manager issues the certificate anew.")
            .identity([name.to_owned(), object.to_string()]),
    ])
}

fn refused(name: &str) -> String {
    format!(
        "kube-apiserver ends the connection, `x509: certificate specifies an incompatible key usage`: every request for \
         {name} gets 503."
    )
}

fn finding(name: &str, one: &Served) -> Option<Finding> {
    let certificate = one.sent().find(|certificate| !certificate.allows(&ExtendedKeyUsage::ServerAuth))?;
    Some(
        Finding::error(format!("{name}: {}, which {} shows, is not for servers", subject(certificate), one.by))
            .at(&one.origin(), "its extendedKeyUsage lacks serverAuth")
            .consequence(refused(name))
            .fix("Have the certificate issued anew with the purpose serverAuth.")
            .identity([name.to_owned(), certificate.fingerprint()]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::{SERVING, Scene, server_certificate};
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

    #[test]
    fn passes_or_fails_with_the_usages_that_cert_manager_is_asked_for() {
        let scene = || Scene::cert_manager("cert-manager.io/inject-ca-from: wardle/api");
        scene().check(&RULE).expect_pass();
        // Without an extended usage nothing is restricted.
        scene().change(SERVING, ", server auth]", "]").check(&RULE).expect_pass();
        let client = scene().change(SERVING, "server auth]", "client auth]").check(&RULE);
        client.expect_error().says("the Certificate wardle/api, which Deployment wardle/wardle-server serves with");
    }
}
