//! The objects of the recipe on watching: a real API server takes them, and the policies guard what they say.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::commands::front_proxy_flags;
use crate::harness::{Answer, CONFIG_MAP, ControlPlane, KubeApiserver, Request, Servers, eventually};

/// The objects of a file, as they are written.
fn documents(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/recipes/watching").join(name);
    fs::read_to_string(path).unwrap().split("\n---\n").map(str::to_owned).collect()
}

/// Where objects like this one are kept.
fn collection(document: &str) -> &'static str {
    let kind = document.lines().find_map(|line| line.strip_prefix("kind: ")).unwrap();
    match kind {
        "Namespace" => "/api/v1/namespaces",
        "ServiceAccount" => "/api/v1/namespaces/aggcert/serviceaccounts",
        "DaemonSet" => "/apis/apps/v1/namespaces/aggcert/daemonsets",
        "CronJob" => "/apis/batch/v1/namespaces/kube-system/cronjobs",
        "ValidatingAdmissionPolicy" => "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
        "ValidatingAdmissionPolicyBinding" => "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
        other => panic!("where is a {other}?"),
    }
}

/// As kubectl does it, with no unknown field let pass.
fn apply(server: &KubeApiserver<'_>, name: &str) {
    for document in documents(name) {
        let path = format!("{}?fieldValidation=Strict", collection(&document));
        let content_type = Some("application/yaml");
        let answer = server.send(&path, Request { body: Some(document), content_type, ..server.as_admin() });
        assert_eq!(answer.status, 201, "{name}: {} {}", answer.body, answer.error);
    }
}

/// A request of somebody who may do everything by RBAC, and is no member of system:masters.
fn as_operator(server: &KubeApiserver<'_>, method: &str, path: &str, body: &Value) -> Answer {
    let headers = vec![("Impersonate-User".to_owned(), "operator".to_owned())];
    let content_type = (method == "PATCH").then_some("application/merge-patch+json");
    let method = Some(method);
    server.send(path, Request { method, headers, content_type, body: Some(body.to_string()), ..server.as_admin() })
}

#[test]
fn the_policies_guard_the_config_map_and_the_api_services() {
    let Some(servers) = Servers::find() else { return };
    let control_plane = ControlPlane::new(&servers);
    let server = control_plane.kube_apiserver(&front_proxy_flags(control_plane.path()));
    eventually("the ConfigMap is there", || server.admin("GET", CONFIG_MAP, None).status == 200);
    server.create(
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        json!({
            "metadata": {"name": "operator"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "operator"}],
        }),
    );
    let label = json!({"metadata": {"labels": {"tried": "yes"}}});
    assert_eq!(as_operator(&server, "PATCH", CONFIG_MAP, &label).status, 200);

    apply(&server, "admission-policy.yaml");
    // A policy counts some time after it was made.
    let other = json!({"metadata": {"labels": {"tried": "again"}}});
    eventually("the policy guards the ConfigMap", || as_operator(&server, "PATCH", CONFIG_MAP, &other).status == 422);
    assert_eq!(server.patch(CONFIG_MAP, &other).status, 200);

    let api_service = |name: &str, insecure: bool| {
        let mut spec = json!({
            "group": name, "version": "v1", "groupPriorityMinimum": 1, "versionPriority": 1,
            "service": {"name": "a", "namespace": "default"},
        });
        if insecure {
            spec["insecureSkipTLSVerify"] = true.into();
        }
        json!({
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
            "metadata": {"name": format!("v1.{name}")}, "spec": spec,
        })
    };
    let path = "/apis/apiregistration.k8s.io/v1/apiservices";
    // The second policy may count later than the first.
    let tried = format!("{path}?dryRun=All");
    let insecure = || as_operator(&server, "POST", &tried, &api_service("insecure.example", true));
    eventually("the policy guards the APIServices", || insecure().status == 422);
    let refused = insecure();
    assert!(refused.body.contains("give spec.caBundle"), "{}", refused.body);
    assert_eq!(as_operator(&server, "POST", path, &api_service("verified.example", false)).status, 201);
}

#[test]
fn the_daemon_set_is_one() {
    let Some(servers) = Servers::find() else { return };
    let control_plane = ControlPlane::new(&servers);
    let server = control_plane.kube_apiserver(&[]);
    apply(&server, "daemonset.yaml");
}

#[test]
fn the_cron_job_is_one() {
    let Some(servers) = Servers::find() else { return };
    let control_plane = ControlPlane::new(&servers);
    let server = control_plane.kube_apiserver(&[]);
    eventually("the namespace is there", || server.admin("GET", "/api/v1/namespaces/kube-system", None).status == 200);
    apply(&server, "cronjob.yaml");
}
