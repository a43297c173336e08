//! The attacks that need more than one server: by the cluster's signer, and on the ports of its other components.

use std::path::Path;

use aggcert::kubernetes::Component;
use aggcert::lint::{Fix, Target};

use crate::attacks::{ADMIN_HEADERS, apply, flags};
use crate::harness::{Client, ControlPlane, Request, Servers, signed_by_the_cluster};
use crate::model;

pub(crate) fn as_admin_of_headers(attacker: &Client) -> Request<'_> {
    let headers = ADMIN_HEADERS.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Request { client: Some(attacker), headers, ..Request::default() }
}

/// Whether a certificate that the cluster signs makes its holder any user.
fn signer_makes_front_proxies(control_plane: &ControlPlane, server: &[String], manager: &[String], name: &str) -> bool {
    let server = control_plane.kube_apiserver(server);
    let _manager = control_plane.companion("kube-controller-manager", &server, manager);
    let attacker = signed_by_the_cluster(&server, control_plane.path(), name, "front-proxy-client");
    server.send("/api/v1/secrets", as_admin_of_headers(&attacker)).status == 200
}

#[test]
fn the_clusters_signer_makes_a_front_proxy_until_it_is_fixed() {
    let Some(servers) = Servers::find_with("kube-controller-manager") else { return };
    let control_plane = ControlPlane::new(&servers);
    let [client_ca, front_proxy_ca] = ["ca", "requestheader-ca"].map(|name| control_plane.authority(name));
    let server = flags(&client_ca.certificate, &front_proxy_ca.certificate, "front-proxy-client");
    let signer = |certificate: &Path| {
        let flag = |name: &str, path: &Path| format!("--cluster-signing-{name}-file={}", path.display());
        vec![flag("cert", certificate), flag("key", &certificate.with_extension("key"))]
    };
    let manager = signer(&front_proxy_ca.certificate);

    let fix = signer_finding(&server, &manager, &servers).unwrap();
    assert!(signer_makes_front_proxies(&control_plane, &server, &manager, "before"));
    let (_, for_the_manager) = fix.sentence.split_once("--cluster-signing-cert-file=").unwrap();
    let (path, _) = for_the_manager.split_once(" and --cluster-signing-key-file=").unwrap();
    let (server, manager) = (apply(&fix, &server), signer(Path::new(path)));
    assert_eq!(signer_finding(&server, &manager, &servers), None);
    assert!(!signer_makes_front_proxies(&control_plane, &server, &manager, "after"));
}

/// The fix that the rule gives, if it finds something.
fn signer_finding(server: &[String], manager: &[String], servers: &Servers) -> Option<Fix> {
    let server = model::setup(server, Path::new("/"), &servers.version());
    let manager = [&["kube-controller-manager".to_owned()], manager].concat();
    let manager = model::setup(&manager, Path::new("/"), &servers.version());
    assert_eq!(manager.invocation.component, Component::KubeControllerManager);
    let beside = [Target::Server(&server)];
    let errors = model::errors("csr-signer-reaches-requestheader", Target::OtherComponent(&manager), &beside);
    errors.first().map(|finding| finding.fix.clone())
}

/// The port of a component that takes the client CA for its requestheader CA, before and after it takes its own.
fn port_is_open_until_it_is_fixed(program: &str) {
    let Some(servers) = Servers::find_with(program) else { return };
    let control_plane = ControlPlane::new(&servers);
    let [client_ca, front_proxy_ca] = ["ca", "requestheader-ca"].map(|name| control_plane.authority(name));
    let attacker = client_ca.client("front-proxy-client", &[]);
    // The server's CAs are in order: the fault is the component's alone.
    let fixed = flags(&client_ca.certificate, &front_proxy_ca.certificate, "front-proxy-client");
    let server = control_plane.kube_apiserver(&fixed);
    let reused = flags(&client_ca.certificate, &client_ca.certificate, "front-proxy-client");
    for (flags, status) in [(reused, 200), (fixed, 403)] {
        let arguments = [&[program.to_owned()], &flags[..]].concat();
        let setup = model::setup(&arguments, Path::new("/"), &servers.version());
        let errors = model::errors("component-ca-reused", Target::OtherComponent(&setup), &[]);
        assert_eq!(errors.len(), usize::from(status == 200));
        let companion = control_plane.companion(program, &server, &flags);
        let answer = companion.send("/configz", as_admin_of_headers(&attacker));
        assert_eq!(answer.status, status, "{}", answer.body);
    }
}

#[test]
fn the_controller_managers_port_is_open_until_it_is_fixed() {
    port_is_open_until_it_is_fixed("kube-controller-manager");
}

#[test]
fn the_schedulers_port_is_open_until_it_is_fixed() {
    port_is_open_until_it_is_fixed("kube-scheduler");
}
