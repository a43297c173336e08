//! cert-manager's objects of a cluster: what the Secrets, which are not read, would tell.

use serde_json::{Value, json};

use super::fake::{API_SERVICES, Answers, Cluster, broken, refusal};

const GROUP: &str = "/apis/cert-manager.io";

fn list(kind: &str) -> String {
    format!("{GROUP}/v1/{kind}")
}

/// The caBundle is filled in from a Certificate of this name; one that signs itself is there, and is called `serving`.
fn injected_from(name: &str) -> Answers {
    let mut answers = broken();
    let annotations = json!({"cert-manager.io/inject-ca-from": format!("kube-system/{name}"), "other": "s3cret"});
    let api_service = json!({
        "metadata": {"name": "v1beta1.metrics.k8s.io", "uid": "1", "annotations": annotations},
        "spec": {"group": "metrics.k8s.io", "version": "v1beta1",
                 "service": {"namespace": "kube-system", "name": "metrics-server"}},
    });
    let certificate = |name: &str, namespace: &str| {
        json!({
            "metadata": {"name": name, "namespace": namespace, "uid": name},
            "spec": {"secretName": name, "dnsNames": ["metrics-server.kube-system.svc"], "subject": {"organizations": ["s3cret"]},
                     "secretTemplate": {"annotations": {"x": "s3cret"}}, "issuerRef": {"name": "own", "kind": "Issuer"}},
        })
    };
    let issuer = |signer: &str, how: Value| json!({"metadata": {"name": "own", "namespace": "kube-system", "uid": "2"}, "spec": {signer: how}});
    let items = |items: Vec<Value>| vec![(200, json!({"items": items}))];
    answers.insert(API_SERVICES.to_owned(), items(vec![api_service]));
    let certificates = vec![certificate("serving", "kube-system"), certificate("stranger", "shop")];
    answers.insert(list("certificates"), items(certificates));
    answers.insert(list("issuers"), items(vec![issuer("selfSigned", json!({"crlDistributionPoints": ["s3cret"]}))]));
    answers.insert(list("clusterissuers"), items(vec![issuer("vault", json!({"auth": {"token": "s3cret"}}))]));
    answers
}

#[test]
fn certificates_and_issuers_decide_from_where_a_ca_bundle_comes() {
    let cluster = Cluster::new(injected_from("serving"));
    let text = cluster.check();
    assert!(text.contains("the Certificate kube-system/serving signs itself"), "{text}");
    assert!(text.contains("APIService v1beta1.metrics.k8s.io, metadata.annotations"), "{text}");
    // A cluster that has other Certificates does not have this one.
    let text = Cluster::new(injected_from("gone")).check();
    assert!(
        text.contains("the Certificate kube-system/gone, from which caBundle is to be filled in, is not there"),
        "{text}"
    );
    let collected = cluster.collect();
    assert!(collected.contains("kind: ClusterIssuer") && collected.contains("name: serving"), "{collected}");
    assert!(!collected.contains("s3cret") && !collected.contains("stranger"), "{collected}");
}

#[test]
fn a_cluster_without_cert_manager_is_asked_once_and_lacks_nothing() {
    let mut answers = injected_from("serving");
    answers.insert(
        GROUP.to_owned(),
        vec![(
            404,
            json!({"kind": "Status", "status": "Failure", "code": 404, "message": "none", "reason": "NotFound"}),
        )],
    );
    let cluster = Cluster::new(answers);
    let text = cluster.check();
    assert!(text.contains("is not there") && !text.contains("cert-manager.io of the cluster were not read"), "{text}");
    let asked: Vec<String> = cluster.asked().into_iter().filter(|path| path.starts_with(GROUP)).collect();
    assert_eq!(asked, [GROUP]);
}

#[test]
fn without_the_right_nothing_is_absent() {
    let mut answers = injected_from("gone");
    answers.insert(list("certificates"), vec![refusal("certificates")]);
    let text = Cluster::new(answers).check();
    assert!(text.contains("the account needs the right to list certificates.cert-manager.io;"), "{text}");
    assert!(!text.contains("is not there"), "{text}");
}
