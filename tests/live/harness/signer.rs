//! The cluster's own signer, whom everybody may ask.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::extension::base64;
use super::process::{eventually, write};
use super::{Client, KubeApiserver};

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
