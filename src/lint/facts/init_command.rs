//! The commands that mend the front proxy's certificates.

use super::wording::at_the_servers;
use crate::model::Setup;

/// What `init` and kubeadm call the CA.
const CA: &str = "front-proxy-ca.crt";
const USUAL: &str = "/etc/kubernetes/pki";

/// Makes what is missing.
pub(crate) fn make(setup: &Setup) -> String {
    format!("aggcert init {}", directory(setup))
}

/// A new client from the CA that is there.
pub(crate) fn renew_client(setup: &Setup) -> String {
    let options = &setup.options;
    match options.requestheader_client_ca_file.path() {
        Some(path) if Some(path) == options.client_ca_file.path() => make_anew(setup),
        Some(path) if !has_usual_name(path) => {
            let directory = directory(setup);
            let key = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
            format!(
                "aggcert init {directory} --ca-cert {path} --ca-key {key}.key, then the flags that `aggcert flags \
                 {directory}` prints"
            )
        }
        _ => format!("aggcert renew {}", directory(setup)),
    }
}

/// A new CA, and a client from it.
pub(crate) fn make_anew(setup: &Setup) -> String {
    let directory = directory(setup);
    let command = match setup.options.requestheader_client_ca_file.path() {
        Some(path) if has_usual_name(path) => format!("aggcert init {directory} --force"),
        _ => format!("aggcert init {directory}, then the flags that `aggcert flags {directory}` prints"),
    };
    at_the_servers(setup, command)
}

/// Where the server has the front proxy's files.
pub(crate) fn directory(setup: &Setup) -> &str {
    let options = &setup.options;
    [&options.requestheader_client_ca_file, &options.proxy_client_cert_file, &options.client_ca_file]
        .into_iter()
        .find_map(|path| path.path()?.rsplit_once('/'))
        .map_or(USUAL, |(directory, _)| directory)
}

fn has_usual_name(path: &str) -> bool {
    path.rsplit('/').next() == Some(CA)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster};

    const FLAG: &str = "requestheader-client-ca-file";

    #[test]
    fn the_commands_name_the_directory_of_the_server() {
        let setup = Cluster::new().server().setup();
        assert_eq!(make(&setup), "aggcert init /etc/kubernetes/pki");
        assert_eq!(renew_client(&setup), "aggcert renew /etc/kubernetes/pki");
        assert_eq!(make_anew(&setup), "aggcert init /etc/kubernetes/pki --force");
    }

    #[test]
    fn files_with_other_names_are_named() {
        let setup = Cluster::new().server().set(FLAG, "/srv/aggregator.pem").setup();
        let flags = "then the flags that `aggcert flags /srv` prints";
        let with_ca = "aggcert init /srv --ca-cert /srv/aggregator.pem --ca-key /srv/aggregator.key";
        assert_eq!(renew_client(&setup), format!("{with_ca}, {flags}"));
        assert_eq!(make_anew(&setup), format!("aggcert init /srv, {flags}"));
    }

    #[test]
    fn no_client_is_issued_from_the_client_ca() {
        let setup = Cluster::new().server().set(FLAG, CLIENT_CA).setup();
        let flags = "then the flags that `aggcert flags /etc/kubernetes/pki` prints";
        assert_eq!(renew_client(&setup), format!("aggcert init /etc/kubernetes/pki, {flags}"));
    }
}
