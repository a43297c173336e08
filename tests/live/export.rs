//! What `export` writes for Kubernetes: a real API server takes it, with no unknown field, and gives the files back.

use std::fs;

use serde_json::Value;

use crate::commands::aggcert;
use crate::harness::{ControlPlane, Request, Servers, eventually};

#[test]
fn a_server_takes_what_is_written_for_it() {
    let Some(servers) = Servers::find() else { return };
    let control_plane = ControlPlane::new(&servers);
    let directory = control_plane.path();
    aggcert(directory, &["init", "pki"]);
    let server = control_plane.kube_apiserver(&[]);
    eventually("the namespace is there", || server.admin("GET", "/api/v1/namespaces/kube-system", None).status == 200);
    for (form, kind, name) in [
        ("secret", "secrets", "front-proxy"),
        ("config-map", "configmaps", "front-proxy"),
        ("cluster-api", "secrets", "prod-proxy"),
    ] {
        let mut arguments = vec!["export", "pki", "--format", form, "--namespace", "kube-system"];
        arguments.extend(if form == "config-map" { vec![] } else { vec!["--with-keys"] });
        arguments.extend(if form == "cluster-api" { vec!["--name", "prod"] } else { vec![] });
        let path = format!("/api/v1/namespaces/kube-system/{kind}");
        let body = Some(aggcert(directory, &arguments));
        let request = Request { body, content_type: Some("application/yaml"), ..server.as_admin() };
        let answer = server.send(&format!("{path}?fieldValidation=Strict"), request);
        assert_eq!(answer.status, 201, "{form}: {}", answer.body);
        let there: Value = server.admin("GET", &format!("{path}/{name}"), None).json();
        let key = if form == "cluster-api" { "tls.crt" } else { "front-proxy-ca.crt" };
        let held = there["data"][key].as_str().unwrap();
        let ca = fs::read_to_string(directory.join("pki/front-proxy-ca.crt")).unwrap();
        let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &ca);
        assert!(held == ca || held == encoded, "{form}: {held}");
    }
}
