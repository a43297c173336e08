//! A serving certificate for other names than the Service's.

use serde_json::{Value, json};

use crate::lint::facts::cert_manager::Requested;
use crate::lint::facts::condition::or_verified;
use crate::lint::facts::extension::host_name;
use crate::lint::facts::serving::{Served, each_served_or_requested};
use crate::lint::prelude::*;
use crate::source::resource::{Certificate, ObjectName, is_template};
use crate::x509::host_name::matches;

pub(super) static RULE: Rule = Rule {
    id: "serving-certificate-name",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/serving-certificate-name.md"),
    checks: &[Check::ApiService(check)],
};

fn check(service: &ApiService, context: &Context<'_>) -> Outcome {
    let host = host_name(service);
    let of_certificate = |one: &Served| match &host {
        Some(host) => Ok(finding(service, host, one)),
        None => Err(Outcome::undecided("the APIService does not tell the name and the namespace of its Service")),
    };
    let of_request = |one: &Requested<'_>| of_request(service, host.as_deref()?, one, context);
    or_verified(each_served_or_requested(service, context, of_certificate, of_request), service, context)
}

/// What cert-manager is asked for: it issues just these names.
fn of_request(service: &ApiService, host: &str, one: &Requested<'_>, context: &Context<'_>) -> Option<Vec<Finding>> {
    let names_host = |certificate: &Certificate| certificate.dns_names.iter().any(|name| matches(&name.value, host));
    match one.certificate {
        Some(certificate) if certificate.has_templates() || is_template(host) => None,
        Some(certificate) if names_host(certificate) => Some(Vec::new()),
        Some(certificate) => Some(vec![not_asked_for(service, host, one, certificate)]),
        None => {
            let mut all = context.objects.requested_certificates().filter(|other| !other.has_templates());
            let elsewhere = all.find(|other| {
                let secret = other.secret.as_ref().filter(|secret| !is_template(&secret.value));
                secret.is_some_and(|secret| names_host(other) || secret.value == one.secret.value)
            })?;
            Some(vec![not_in_the_pod(service, host, one, elsewhere)])
        }
    }
}

fn not_asked_for(service: &ApiService, host: &str, one: &Requested<'_>, certificate: &Certificate) -> Finding {
    let (name, object) = (&service.name.value, &certificate.object);
    let names: Vec<String> = certificate.dns_names.iter().map(|name| name.value.clone()).collect();
    let patch = if names.is_empty() {
        json!([{"op": "add", "path": "/spec/dnsNames", "value": [host]}])
    } else {
        json!([{"op": "add", "path": "/spec/dnsNames/-", "value": host}])
    };
    Finding::error(format!("{name}: the {object}, which {} serves with, is not for {host}", one.server.workload.object))
        .at(&certificate.names_origin, format!("for {}", self::names(&names)))
        .related([related(&one.secret.origin, "the Secret that it keeps")])
        .consequence(format!(
            "kube-apiserver asks for that name whatever address it connects to, and ends the \
             connection, `x509: certificate is not valid for any names` or `is valid for …, not \
             {host}`: every request for {name} gets 503."
        ))
        .fix(patched(
            format!("Ask for the name {host} too; cert-manager issues the certificate anew."),
            object,
            "json",
            &patch,
        ))
        .identity([name.clone(), host.to_owned(), object.to_string()])
}

/// The certificate for the host goes to another Secret than that of the Pods, or to another namespace.
fn not_in_the_pod(service: &ApiService, host: &str, one: &Requested<'_>, elsewhere: &Certificate) -> Finding {
    let (name, object, workload) = (&service.name.value, &elsewhere.object, &one.server.workload.object);
    let kept = elsewhere.secret.as_ref().map_or("", |secret| secret.value.as_str());
    let namespace = one.server.namespace().unwrap_or_default();
    let is_elsewhere = !object.may_be_in(one.server.namespace());
    let fix = if is_elsewhere {
        Fix::from(format!(
            "Put the Certificate, and an Issuer where it is one, into the namespace {namespace}: a Pod mounts Secrets of its \
             own namespace alone."
        ))
    } else {
        let patch = json!({"spec": {"secretName": one.secret.value}});
        patched("Have it put into the Secret that the Pods mount.".to_owned(), object, "merge", &patch)
    };
    let place = if is_elsewhere {
        format!("{} of the namespace {}", kept, object.namespace().unwrap_or_default())
    } else {
        kept.to_owned()
    };
    Finding::error(format!(
        "{name}: {object} is kept in the Secret {place}, but {workload} mounts {}",
        one.secret.value
    ))
    .at(
        elsewhere.secret.as_ref().map_or(&object.name.origin, |secret| &secret.origin),
        "where no Pod of the server looks",
    )
    .related([related(&one.secret.origin, "nothing here makes this Secret")])
    .consequence(format!(
        "Without that Secret the Pods wait, `MountVolume.SetUp failed … secret \"{}\" not found`; with an older one \
         they show a certificate that nobody renews. In the end every request for {name} gets 503.",
        one.secret.value
    ))
    .fix(fix)
    .identity([name.clone(), host.to_owned(), object.to_string(), one.secret.value.clone()])
}

fn patched(sentence: String, object: &ObjectName, kind: &str, patch: &Value) -> Fix {
    let (kind, patch) = (format!("--type={kind}"), patch.to_string());
    let namespace = object.namespace().into_iter().flat_map(|namespace| ["-n", namespace]);
    let words = ["kubectl", "patch", "certificates.cert-manager.io", &object.name.value, &kind, "-p", &patch];
    Fix::from(sentence).command(&words.into_iter().chain(namespace).collect::<Vec<_>>())
}

fn finding(service: &ApiService, host: &str, one: &Served) -> Option<Finding> {
    let error = one.wrong_name(host)?;
    let (name, leaf) = (&service.name.value, one.leaf());
    let place = service.service.as_ref().map(|reference| related(&reference.origin, "the Service that it is for"));
    Some(
        Finding::error(format!("{name}: the certificate of {} is not for {host}", one.by))
            .at(&one.origin(), format!("{}, for {}", subject(leaf), names(&leaf.dns_names)))
            .related(place)
            .consequence(format!(
                "kube-apiserver asks for that name whatever address it connects to, and ends the connection, \
                 `{error}`: every request for {name} gets 503."
            ))
            .fix(format!(
                "Have the certificate issued anew with the alternative name {host}; the common name does not count. \
                 `aggcert explain` knows the line that kube-apiserver logs."
            ))
            .identity([name.clone(), host.to_owned(), leaf.fingerprint()]),
    )
}

fn names(names: &[String]) -> String {
    if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::{API_SERVICE, SECRET, SERVING, Scene, server_certificate};
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

    const INJECTED: &str = "cert-manager.io/inject-ca-from: wardle/api";

    #[test]
    fn passes_or_fails_with_the_names_that_cert_manager_is_asked_for() {
        let scene = || Scene::cert_manager(INJECTED);
        scene().check(&RULE).expect_pass();
        scene().change(SERVING, "[api, api.wardle.svc]", "['*.wardle.svc']").check(&RULE).expect_pass();
        let finding = scene().change(SERVING, ", api.wardle.svc]", ", api.default.svc]").check(&RULE);
        let finding = finding.expect_error().says("is not for api.wardle.svc").clone();
        assert_eq!(
            finding.fix.commands,
            [
                r#"kubectl patch certificates.cert-manager.io api --type=json -p '[{"op":"add","path":"/spec/dnsNames/-","value":"api.wardle.svc"}]' -n wardle"#
            ]
        );
        scene().change(SERVING, "api.wardle.svc]", "'{{ .Name }}.svc']").check(&RULE).expect_unknown();
    }

    #[test]
    fn fails_when_the_certificate_goes_where_no_pod_looks() {
        let scene = || Scene::cert_manager(INJECTED);
        let other_secret = scene().change(SERVING, "secretName: serving", "secretName: api-tls").check(&RULE);
        let finding = other_secret.expect_error().says("is kept in the Secret api-tls, but").clone();
        assert!(finding.fix.commands[0].contains(r#"{"spec":{"secretName":"serving"}}"#), "{:?}", finding.fix);
        scene()
            .change(SERVING, "namespace: wardle", "namespace: cert-manager")
            .check(&RULE)
            .expect_error()
            .says("is kept in the Secret serving of the namespace cert-manager");
        // Nothing tells of another one.
        scene().without(SERVING).check(&RULE).expect_unknown();
    }
}
