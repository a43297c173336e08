//! What `init` makes and `flags` prints carries a request to an extension server and back, by itself.

use crate::commands::{aggcert, lines};
use crate::harness::{Client, ControlPlane, FLUNDERS, METRICS, Request, Servers, eventually, flunders_answer};

/// Makes the files of one key algorithm, and sends a request through them.
fn request_passes(servers: &Servers, algorithm: &str) {
    let control_plane = ControlPlane::new(servers);
    aggcert(control_plane.path(), &["init", "pki", "--key-algorithm", algorithm]);
    let flags = lines(&aggcert(control_plane.path(), &["flags", "pki"]));
    let server = control_plane.kube_apiserver(&flags);
    let extension = control_plane.extension(&server);
    flunders_answer(&server, 200);
    let published = &server.extension_apiserver_authentication()["data"];
    let ca = std::fs::read_to_string(control_plane.file("pki/front-proxy-ca.crt")).unwrap();
    assert_eq!(published["requestheader-client-ca-file"], ca);
    assert_eq!(published["requestheader-allowed-names"], "[\"front-proxy-client\"]");
    // Past kube-apiserver nobody is known.
    assert_eq!(extension.send(FLUNDERS, Request::default()).status, 403);
}

#[test]
fn a_request_passes_with_nothing_but_our_files_and_flags() {
    let Some(servers) = Servers::find_with("sample-apiserver") else { return };
    for algorithm in ["ecdsa-p256", "ecdsa-p384", "ed25519", "rsa-2048", "rsa-3072", "rsa-4096"] {
        request_passes(&servers, algorithm);
    }
}

/// The test above can fail: with another CA in the place of ours it does.
#[test]
fn no_request_passes_with_a_client_of_another_ca() {
    let Some(servers) = Servers::find_with("sample-apiserver") else { return };
    let control_plane = ControlPlane::new(&servers);
    aggcert(control_plane.path(), &["init", "pki"]);
    aggcert(control_plane.path(), &["init", "other"]);
    let other = control_plane.file("other/front-proxy-client");
    let mut flags = lines(&aggcert(control_plane.path(), &["flags", "pki"]));
    flags.push(format!("--proxy-client-cert-file={}.crt", other.display()));
    flags.push(format!("--proxy-client-key-file={}.key", other.display()));
    let server = control_plane.kube_apiserver(&flags);
    let _extension = control_plane.extension(&server);
    // The aggregator does not even try a server that answers 401 to its own requests.
    flunders_answer(&server, 503);
}

/// metrics-server is the extension server that most clusters have, built apart from Kubernetes.
#[test]
fn metrics_server_believes_our_front_proxy_until_it_has_another_ca() {
    let Some(servers) = Servers::find_with(METRICS.program) else { return };
    let control_plane = ControlPlane::new(&servers);
    aggcert(control_plane.path(), &["init", "pki"]);
    let other = control_plane.authority("other-ca").certificate;
    let server = control_plane.kube_apiserver(&lines(&aggcert(control_plane.path(), &["flags", "pki"])));
    let file = |name: &str| control_plane.file("pki").join(name);
    let proxy = Client { certificate: file("front-proxy-client.crt"), key: file("front-proxy-client.key") };
    let headers = vec![("X-Remote-User".to_owned(), "alice".to_owned())];
    let request = Request { client: Some(&proxy), headers, ..Request::default() };

    let metrics_server = control_plane.try_extension(&METRICS, &server, &[]).unwrap();
    METRICS.answers(&server, 200);
    let answer = metrics_server.send(METRICS.collection, request.clone());
    assert_eq!((answer.status, answer.username().as_deref()), (403, Some("alice")));

    let pinned = [format!("--requestheader-client-ca-file={}", other.display())];
    let metrics_server = control_plane.try_extension(&METRICS, &server, &pinned).unwrap();
    assert_eq!(metrics_server.send(METRICS.collection, request).status, 401);
    METRICS.answers(&server, 503);
    eventually("the condition says why", || {
        METRICS.condition(&server).1.contains("bad status from https://localhost:")
    });
    assert!(METRICS.condition(&server).1.contains(": 401"), "{:?}", METRICS.condition(&server));
}

/// Each server adds its CA to the ConfigMap. It is other extension servers that `node-drift` is about: those that were given
/// a CA by a flag.
#[test]
fn who_follows_the_config_map_believes_nodes_with_a_ca_each() {
    let Some(servers) = Servers::find_with("sample-apiserver") else { return };
    let control_plane = ControlPlane::new(&servers);
    let nodes = ["a", "b"].map(|name| {
        aggcert(control_plane.path(), &["init", name]);
        control_plane.kube_apiserver(&lines(&aggcert(control_plane.path(), &["flags", name])))
    });
    let _extension = control_plane.extension(&nodes[0]);
    nodes.iter().for_each(|node| flunders_answer(node, 200));
}
