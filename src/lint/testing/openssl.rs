//! What rcgen does not make, short keys and broken hashes, by the openssl on PATH.

use std::path::Path;
use std::process::Command;

/// A self-signed CA, CN=ca, with this kind of key (`rsa:1024`) and hash (`sha256`): its certificate.
pub(crate) fn ca(key: &str, hash: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    make_ca(directory.path(), key, hash)
}

/// A CA, and a client certificate that it signed with this hash: two certificates.
pub(crate) fn ca_and_client(name: &str, hash: &str) -> (String, String) {
    ca_and_client_with_key(name, hash, &["rsa:2048"])
}

/// For `-newkey`: a key on the curve P-224.
pub(crate) const P224: [&str; 3] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-224"];

/// The same with a client of this kind of key.
pub(crate) fn ca_and_client_with_key(name: &str, hash: &str, key: &[&str]) -> (String, String) {
    let directory = tempfile::tempdir().unwrap();
    let ca = make_ca(directory.path(), "rsa:2048", "sha256");
    let client = make(directory.path(), "client", name, key, hash, &["-cert", "ca.crt", "-keyfile", "ca.key"]);
    (ca, client)
}

fn make_ca(directory: &Path, key: &str, hash: &str) -> String {
    make(directory, "ca", "ca", &[key], hash, &["-selfsign", "-keyfile", "ca.key"])
}

/// `openssl ca` and not `req -x509`, because it takes dates, which must lie around [`NOW`](super::NOW).
fn make(directory: &Path, role: &str, name: &str, key: &[&str], hash: &str, issuer: &[&str]) -> String {
    let [key_file, request, certificate] = ["key", "csr", "crt"].map(|extension| format!("{role}.{extension}"));
    let (subject, extensions) = (format!("/CN={name}"), format!("{role}_extensions"));
    let files = ["-nodes", "-keyout", &key_file, "-out", &request, "-subj", &subject];
    run(directory, &[&["req", "-new", "-newkey"], key, &files].concat());
    std::fs::write(directory.join("configuration"), CONFIGURATION).unwrap();
    std::fs::write(directory.join("index"), "").unwrap();
    std::fs::write(directory.join("serial"), "01").unwrap();
    let mut arguments = vec!["ca", "-batch", "-notext", "-config", "configuration"];
    arguments.extend(["-extensions", &extensions, "-md", hash, "-in", &request, "-out", &certificate]);
    arguments.extend(["-startdate", "20260101000000Z", "-enddate", "20350101000000Z"]);
    arguments.extend(issuer);
    run(directory, &arguments);
    std::fs::read_to_string(directory.join(&certificate)).unwrap()
}

const CONFIGURATION: &str = "\
[ca]
default_ca = settings
[settings]
new_certs_dir = .
database = index
serial = serial
policy = policy
[policy]
commonName = supplied
[ca_extensions]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[client_extensions]
extendedKeyUsage = clientAuth
";

fn run(directory: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
