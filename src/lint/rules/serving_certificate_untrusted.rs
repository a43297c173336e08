//! A serving certificate that kube-apiserver does not trust.

use crate::lint::facts::condition::or_verified;
use crate::lint::facts::dates::Validity;
use crate::lint::facts::serving::{Served, ca_bundle, each_served};
use crate::lint::facts::serving_fix;
use crate::lint::prelude::*;
use crate::text::Text;
use crate::x509::VerificationError;

pub(super) static RULE: Rule = Rule {
    id: "serving-certificate-untrusted",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/serving-certificate-untrusted.md"),
    checks: &[Check::ApiService(check)],
};

fn check(service: &ApiService, context: &Context<'_>) -> Outcome {
    let cas = ca_bundle(service, context);
    let outcome = each_served(service, context, |one| {
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
            _ => Ok(Some(finding(service, one, (bundle, cas), &error, serving_fix::verify(service, context)))),
        }
    });
    or_verified(outcome, service, context)
}

fn finding(
    service: &ApiService,
    one: &Served,
    (bundle, cas): (&Text, &[Certificate]),
    error: &VerificationError,
    fix: Fix,
) -> Finding {
    let name = &service.name.value;
    let (leaf, object) = (one.leaf(), &one.by);
    Finding::error(format!(
        "{name}: caBundle, {}, does not verify the certificate of {object}, which {} issued",
        list(cas.iter().map(subject), "and"),
        leaf.issuer
    ))
    .at(&bundle.origin(), "not the CA of the server's certificate")
    .related([related(&one.origin(), format!("{}, issued by {}", subject(leaf), leaf.issuer))])
    .consequence(format!("kube-apiserver ends the connection, `{error}`: every request for {name} gets 503."))
    .fix(fix)
    .identity([name.clone(), leaf.fingerprint()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::{API_SERVICE, SECRET, Scene, server_certificate};
    use crate::lint::testing::{Expect, Issued, NOW};
    use time::Duration;

    fn scene(bundle: &Issued, issuer: &Issued) -> Scene {
        Scene::serving(&server_certificate(issuer, |_| {}), bundle)
    }

    #[test]
    fn fails_by_a_certificate_under_another_name() {
        let scene = scene(&Issued::ca("new"), &Issued::ca("old")).change(SECRET, "  tls.crt:", "  server.crt:");
        let scene = scene.change(crate::lint::testing::scene::DEPLOYMENT, "/tls/tls.crt", "/tls/server.crt");
        scene.check(&RULE).expect_finding();
    }

    /// What `aggcert extension` makes where the server's own manifest is elsewhere.
    #[test]
    fn judges_the_secret_for_the_service_where_no_server_is_here() {
        let (new, old) = (Issued::ca("new"), Issued::ca("old"));
        let without_server = |scene: Scene| scene.without(crate::lint::testing::scene::DEPLOYMENT);
        without_server(scene(&new, &new)).check(&RULE).expect_pass();
        without_server(scene(&new, &old)).check(&RULE).expect_finding().says("certificate of Secret wardle/serving");
        let elsewhere = without_server(scene(&new, &old)).change(SECRET, "namespace: wardle", "namespace: other");
        elsewhere.check(&RULE).expect_unknown();
        let another = scene(&new, &old).text_of(SECRET).replace("name: serving", "name: other");
        without_server(scene(&new, &old)).add(&another).check(&RULE).expect_unknown();
    }

    #[test]
    fn fails_when_another_ca_issued_it() {
        scene(&Issued::ca("new"), &Issued::ca("old"))
            .check(&RULE)
            .expect_finding()
            .says("caBundle, CN=new,")
            .says("CN=old issued")
            .explains("signed by unknown authority");
        // The same name is not the same CA.
        scene(&Issued::ca("ca"), &Issued::ca("ca")).check(&RULE).expect_finding();
    }

    #[test]
    fn passes_when_it_is_verified() {
        Scene::new().check(&RULE).expect_pass();
    }

    /// What a cluster of this version says of the APIService of a scene, with these Pods behind it.
    fn in_cluster(version: &str, scene: Scene, pods: usize) -> Scene {
        let condition = "status: {conditions: [{type: Available, status: \"True\", reason: Passed, message: x}]}\n";
        let ready = vec!["{addresses: [10.0.0.1]}"; pods].join(", ");
        scene
            .change(API_SERVICE, "kind: APIService\n", &format!("kind: APIService\n{condition}"))
            .add(&format!("apiVersion: aggcert/v1\nkind: Collection\nmetadata: {{name: x}}\nversion: {version}\n"))
            .add(&format!(
                "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: x\n  namespace: wardle\n  labels: \
                 {{kubernetes.io/service-name: api}}\nports: [{{port: 8443}}]\nendpoints: [{ready}]\n"
            ))
    }

    #[test]
    fn passes_when_kube_apiserver_has_verified_what_is_not_seen_here() {
        let unseen = || Scene::new().without(SECRET);
        in_cluster("v1.36.3", unseen(), 1).check(&RULE).expect_pass();
        in_cluster("v1.35.9", unseen(), 1).check(&RULE).expect_unknown();
        // Which of them it has asked is not told.
        in_cluster("v1.36.3", unseen(), 2).check(&RULE).expect_unknown();
    }

    #[test]
    fn fails_with_what_the_condition_says_in_that_version() {
        let wrong = || scene(&Issued::ca("new"), &Issued::ca("old"));
        let says = |scene: Scene| scene.check(&RULE).expect_finding().consequence;
        assert!(
            says(in_cluster("v1.35.9", wrong(), 1)).contains("says Available=True all the same: kube-apiserver 1.35")
        );
        assert!(
            says(in_cluster("v1.36.3", wrong(), 1)).ends_with("The APIService is unavailable (FailedDiscoveryCheck).")
        );
        assert!(says(wrong()).contains("Since 1.36"));
    }

    #[test]
    fn does_not_apply_when_something_else_is_wrong() {
        let ca = Issued::ca("ca");
        let expired = server_certificate(&ca, |params| params.not_after = NOW - Duration::DAY);
        Scene::serving(&expired, &ca).check(&RULE).expect_not_applicable();
        Scene::serving(&ca.client("api"), &ca).check(&RULE).expect_not_applicable();
    }
}
