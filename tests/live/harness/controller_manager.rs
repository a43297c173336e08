//! kube-controller-manager, as the signer of CertificateSigningRequests and as a server of its own.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::control_plane::ControlPlane;
use super::extension::{base64, kubeconfig};
use super::process::{Process, eventually, free_port, write};
use super::{Answer, Client, KubeApiserver, Request};

/// It ends when this value is dropped.
pub(crate) struct ControllerManager {
    pub url: String,
    _process: Process,
}

impl ControllerManager {
    /// With the controller that signs alone, and these flags.
    pub(crate) fn start(control_plane: &ControlPlane, server: &KubeApiserver<'_>, flags: &[String]) -> Self {
        let port = free_port();
        let kubeconfig = kubeconfig(control_plane, server);
        let serving = &control_plane.serving;
        let mut arguments = vec![
            format!("--secure-port={port}"),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--tls-cert-file={}", serving.certificate.display()),
            format!("--tls-private-key-file={}", serving.key.display()),
            format!("--kubeconfig={kubeconfig}"),
            format!("--authentication-kubeconfig={kubeconfig}"),
            format!("--authorization-kubeconfig={kubeconfig}"),
            "--controllers=certificatesigningrequest-signing-controller".to_owned(),
            "--leader-elect=false".to_owned(),
        ];
        arguments.extend_from_slice(flags);
        let name = format!("kube-controller-manager-{port}");
        let program = control_plane.servers.program("kube-controller-manager");
        let mut process = Process::start(&name, &program, &arguments, control_plane.path());
        let url = format!("https://127.0.0.1:{port}");
        let authority = &control_plane.serving_authority.certificate;
        let request = Request { url: format!("{url}/healthz"), ..Request::default() };
        let is_ready = process.wait_until(|_| request.send(authority).status == 200);
        assert!(is_ready, "kube-controller-manager ended:\n{}", process.tail());
        Self { url, _process: process }
    }

    pub(crate) fn send(&self, control_plane: &ControlPlane, path: &str, request: Request<'_>) -> Answer {
        Request { url: format!("{}{path}", self.url), ..request }.send(&control_plane.serving_authority.certificate)
    }
}

/// A client's certificate that the cluster signs for whoever may have a request approved.
pub(crate) fn signed_by_the_cluster(
    server: &KubeApiserver<'_>,
    directory: &Path,
    name: &str,
    common_name: &str,
) -> Client {
    const REQUESTS: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    let [key, certificate] = ["key", "crt"].map(|extension| directory.join(format!("{name}.{extension}")));
    let output = Command::new("openssl")
        .args(["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-subj"])
        .args([&format!("/CN={common_name}"), "-keyout"])
        .arg(&key)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut request = json!({
        "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": name},
        "spec": {
            "request": base64(&output.stdout), "usages": ["client auth"],
            "signerName": "kubernetes.io/kube-apiserver-client",
        },
    });
    server.create(REQUESTS, request.clone());
    request["status"] = json!({"conditions": [
        {"type": "Approved", "status": "True", "reason": "Test", "message": "approved"},
    ]});
    let approval = server.admin("PUT", &format!("{REQUESTS}/{name}/approval"), Some(request));
    assert_eq!(approval.status, 200, "{}", approval.body);
    let issued = || server.admin("GET", &format!("{REQUESTS}/{name}"), None).json()["status"]["certificate"].clone();
    eventually("the certificate is issued", || issued().is_string());
    let text = issued().as_str().unwrap().to_owned();
    let block = format!("-----BEGIN DATA-----\n{text}\n-----END DATA-----\n");
    write(directory, &format!("{name}.crt"), pem::parse(block).unwrap().contents());
    Client { certificate, key }
}
