//! A server beside kube-apiserver, from which it takes what it needs: kube-controller-manager, kube-scheduler, or an
//! extension API server.

use std::path::PathBuf;

use super::control_plane::ControlPlane;
use super::process::{Process, free_port, override_flags};
use super::{Answer, KubeApiserver, Request};

/// It ends when this value is dropped.
pub(crate) struct Companion {
    pub url: String,
    pub port: u16,
    pub process: Process,
    authority: PathBuf,
}

impl Companion {
    /// With what every component needs, what this one `usually` needs, and the flags of a test, each of which counts in
    /// the place of those before. The error is what it wrote before it ended.
    pub(super) fn start(
        control_plane: &ControlPlane,
        server: &KubeApiserver<'_>,
        program: &str,
        usually: &[String],
        flags: &[String],
    ) -> Result<Self, String> {
        let port = free_port();
        let arguments = override_flags(necessary_flags(control_plane, server, port), usually);
        let arguments = override_flags(arguments, flags);
        let path = control_plane.servers.program(program);
        let process = Process::start(&format!("{program}-{port}"), &path, &arguments, control_plane.path());
        let authority = control_plane.serving_authority.certificate.clone();
        let mut companion = Self { url: format!("https://127.0.0.1:{port}"), port, process, authority };
        let request = Request { url: format!("{}/healthz", companion.url), ..Request::default() };
        let is_ready = companion.process.wait_until(|_| request.send(&companion.authority).status == 200);
        if is_ready { Ok(companion) } else { Err(companion.process.log()) }
    }

    /// A request to the component itself, past kube-apiserver.
    pub(crate) fn send(&self, path: &str, request: Request<'_>) -> Answer {
        Request { url: format!("{}{path}", self.url), ..request }.send(&self.authority)
    }
}

fn necessary_flags(control_plane: &ControlPlane, server: &KubeApiserver<'_>, port: u16) -> Vec<String> {
    let serving = &control_plane.serving;
    let kubeconfig = server.kubeconfig();
    vec![
        format!("--secure-port={port}"),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--tls-cert-file={}", serving.certificate.display()),
        format!("--tls-private-key-file={}", serving.key.display()),
        format!("--kubeconfig={kubeconfig}"),
        format!("--authentication-kubeconfig={kubeconfig}"),
        format!("--authorization-kubeconfig={kubeconfig}"),
    ]
}
