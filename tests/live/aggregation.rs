//! What `init` makes and `flags` prints carries a request to an extension server and back, by itself.

use std::path::Path;
use std::process::Command;

use crate::harness::{ControlPlane, FLUNDERS, Request, Servers, flunders_answer};

/// Runs the finished program, and gives what it prints.
pub fn aggcert(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_aggcert")).current_dir(directory).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// One argument a line.
pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_request_passes_with_nothing_but_our_files_and_flags() {
    let Some(servers) = Servers::find_with("sample-apiserver") else { return };
    let control_plane = ControlPlane::new(&servers);
    aggcert(control_plane.path(), &["init", "pki"]);
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
