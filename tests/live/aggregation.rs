//! What `init` makes and `flags` prints carries a request to an extension server and back, by itself.

use std::path::Path;
use std::process::Command;

use crate::harness::{ControlPlane, FLUNDERS, Request, Servers, flunders_answer};

/// Runs the finished program, and gives what it prints.
pub(crate) fn aggcert(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_aggcert")).current_dir(directory).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// One argument a line.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

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
