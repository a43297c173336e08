//! `aggcert probe`.

mod said;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use time::OffsetDateTime;

use super::cluster::progress;
use super::{BadArguments, Exit};
use crate::cluster::probe::{self, ProxyClient, Question};
use crate::cluster::{self, Access, Answered};
use crate::source::input::{MAXIMUM_SIZE, read_bytes};
use crate::x509::{Certificate, pem};
use said::Said;

/// Ask servers themselves: which certificates they show, whose clients they accept, whom they believe
///
/// A kube-apiserver or an extension API server names in its TLS handshake the CAs whose clients it accepts, those for users
/// and those for front proxies in one list. Without credentials it thus says whether it has loaded a new CA; with the
/// front-proxy client it says whether it believes it, as a user who may do nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aggcert probe 10.0.0.1:6443 10.0.0.2:6443 --accepts new-front-proxy-ca.crt
  aggcert probe 10.244.1.7:4443 --server-name metrics-server.kube-system.svc \\
      --ca-bundle ca.crt
  aggcert probe --kubeconfig --api-service v1beta1.metrics.k8s.io
  aggcert probe 10.244.1.7:4443 --proxy-client-cert front-proxy-client.crt \\
      --proxy-client-key front-proxy-client.key

Exit codes: 0 all servers answer as it should be, 1 one does not, 2 bad arguments.")]
pub(super) struct ProbeArguments {
    /// The servers: API servers, or the Pods of an extension server
    #[arg(required_unless_present = "api_service", value_name = "HOST:PORT", value_parser = address)]
    addresses: Vec<String>,
    /// The Pods behind this APIService, each judged by its caBundle, its Service's name and the cluster's requestheader CA
    #[arg(long, value_name = "NAME", conflicts_with_all = ["addresses", "server_name", "ca_bundle"])]
    api_service: Option<String>,
    /// The cluster of the APIService; without FILE, by KUBECONFIG or ~/.kube/config
    #[arg(long, value_name = "FILE", num_args = 0..=1, requires = "api_service")]
    kubeconfig: Option<Option<PathBuf>>,
    /// The context of the kubeconfig
    /// [default: the current one]
    #[arg(long, value_name = "NAME", requires = "api_service")]
    context: Option<String>,
    /// The name to ask for, such as that of a Service; otherwise the host
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
    /// The certificate of each server must be verified by the CAs in FILE, for the name that is asked for
    #[arg(long, value_name = "FILE")]
    ca_bundle: Option<PathBuf>,
    /// Each server must accept clients of the CAs in FILE
    #[arg(long, value_name = "FILE")]
    accepts: Option<PathBuf>,
    /// Present this front-proxy client: its certificate, PEM
    #[arg(long, value_name = "FILE", requires = "proxy_client_key")]
    proxy_client_cert: Option<PathBuf>,
    /// Its private key, PEM
    #[arg(long, value_name = "FILE", requires = "proxy_client_cert")]
    proxy_client_key: Option<PathBuf>,
    /// The user that the front-proxy client names; one who may do nothing
    #[arg(long, value_name = "NAME", default_value = "aggcert-probe", value_parser = without_rights)]
    user: String,
}

/// A port is never guessed: extension API servers have any.
fn address(text: &str) -> Result<String, String> {
    let is_host = |host: &str| !host.is_empty() && (host.starts_with('[') || !host.contains(':'));
    match text.rsplit_once(':') {
        Some((host, port)) if is_host(host) && port.parse::<u16>().is_ok() => Ok(text.to_owned()),
        _ => Err("give it as HOST:PORT, an IPv6 address in brackets: [fd00::1]:6443".to_owned()),
    }
}

/// Whoever is asked for may do nothing: an answer must not depend on rights, and nothing must be done with them.
fn without_rights(user: &str) -> Result<String, String> {
    const ADMINISTRATORS: [&str; 4] = ["admin", "cluster-admin", "kubernetes-admin", "kubernetes-super-admin"];
    let is_of_system = user.starts_with("system:") && user != "system:anonymous";
    if is_of_system || ADMINISTRATORS.contains(&user) {
        return Err("this user may have rights; name one that has none".to_owned());
    }
    Ok(user.to_owned())
}

/// Asks each server in turn, and says what it answers.
///
/// # Errors
/// When a file or the cluster cannot be read, or the answers cannot be written.
pub(super) fn run(
    arguments: &ProbeArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let wanted = arguments.accepts.as_deref().map(certificates).transpose()?.unwrap_or_default();
    let bundle = arguments.ca_bundle.as_deref().map(certificates).transpose()?;
    let proxy = arguments.proxy()?;
    let mut judge =
        Judge { wanted, bundle, bundle_is_unreadable: false, is_insecure: false, user: &arguments.user, now };
    let servers = match &arguments.api_service {
        Some(name) => judge.behind(&arguments.access(), name, proxy)?,
        None => {
            let ask = |address: &String| {
                let server_name = arguments.server_name.as_deref();
                let shown = probe::ask(&Question { address, server_name, proxy: proxy.as_ref() });
                let host = address.rsplit_once(':').map(|(host, _)| host.trim_matches(['[', ']']).to_owned());
                let server_name = server_name.map(str::to_owned).or(host);
                Answered { name: address.clone(), server_name, shown: shown.map_err(|error| error.to_string()) }
            };
            arguments.addresses.iter().map(ask).collect()
        }
    };
    let mut exit = Exit::Done;
    for server in &servers {
        match &server.shown {
            Ok(shown) => {
                let said = Said::of(shown, server.server_name.as_deref(), &judge);
                write!(out, "{}\n{}", server.name, said.text)?;
                if !said.is_as_it_should_be {
                    exit = Exit::Failed;
                }
            }
            Err(error) => {
                let of = if error.starts_with(&server.name) { String::new() } else { format!("{}: ", server.name) };
                writeln!(err, "aggcert: {of}{error}")?;
                exit = Exit::Failed;
            }
        }
    }
    Ok(exit)
}

impl ProbeArguments {
    fn proxy(&self) -> anyhow::Result<Option<ProxyClient>> {
        let read = |path: &Option<PathBuf>| path.as_deref().map(|path| read_bytes(path, MAXIMUM_SIZE)).transpose();
        let client = read(&self.proxy_client_cert).map_err(|error| BadArguments(error.to_string()))?;
        let key = read(&self.proxy_client_key).map_err(|error| BadArguments(error.to_string()))?;
        let key = key.map(zeroize::Zeroizing::new);
        Ok(client.zip(key).map(|(certificates, key)| ProxyClient { certificates, key, user: self.user.clone() }))
    }

    fn access(&self) -> Access {
        let (kubeconfig, context) = (self.kubeconfig.clone().flatten(), self.context.clone());
        Access { kubeconfig, context, ..Access::default() }
    }
}

/// What the answers are compared with.
struct Judge<'a> {
    /// CAs whose clients are to be accepted.
    wanted: Vec<Certificate>,
    /// CAs that verify what a server shows; `None`: nothing is said of it.
    bundle: Option<Vec<Certificate>>,
    /// There is one, and nothing in it is a certificate.
    bundle_is_unreadable: bool,
    /// kube-apiserver does not verify it either.
    is_insecure: bool,
    user: &'a str,
    now: OffsetDateTime,
}

impl Judge<'_> {
    /// Asks the servers behind an APIService, and takes from it what they are compared with.
    fn behind(&mut self, access: &Access, name: &str, proxy: Option<ProxyClient>) -> anyhow::Result<Vec<Answered>> {
        let behind = cluster::ask_behind(access, name, proxy, progress())?;
        if behind.servers.is_empty() {
            anyhow::bail!(
                "no server is behind {name}: its Service, its port or its endpoints are missing; `aggcert check --kubeconfig` says which"
            );
        }
        let decoded = behind.ca_bundle.as_deref().map(|text| pem::base64::decode(text.trim().as_bytes()));
        self.is_insecure = behind.insecure_skip_tls_verify;
        let bundle = decoded.flatten().map(|pem| readable(&pem)).unwrap_or_default();
        let is_given = behind.ca_bundle.as_deref().is_some_and(|text| !text.trim().is_empty());
        self.bundle_is_unreadable = is_given && bundle.is_empty();
        self.bundle = Some(bundle);
        if self.wanted.is_empty() {
            self.wanted = behind.requestheader_ca.map(|pem| readable(pem.as_bytes())).unwrap_or_default();
        }
        Ok(behind.servers)
    }
}

/// The certificates of a bundle that Go reads; it passes over the others.
fn readable(pem: &[u8]) -> Vec<Certificate> {
    pem::blocks(pem).filter_map(|block| block.certificate()?.ok()).collect()
}

fn certificates(path: &Path) -> anyhow::Result<Vec<Certificate>> {
    let bytes = read_bytes(path, MAXIMUM_SIZE).map_err(|error| BadArguments(error.to_string()))?;
    let certificates: Result<Vec<Certificate>, _> =
        pem::blocks(&bytes).filter_map(|block| block.certificate()).collect();
    let certificates = certificates.with_context(|| format!("{} cannot be read", path.display()))?;
    if certificates.is_empty() {
        return Err(BadArguments(format!("{}: there is no certificate in it", path.display())).into());
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_with_rights_is_asked_for() {
        for user in ["system:apiserver", "system:kube-controller-manager", "system:node:a", "kubernetes-admin"] {
            assert!(without_rights(user).is_err(), "{user}");
        }
        for user in ["aggcert-probe", "system:anonymous", "alice@example.org"] {
            assert!(without_rights(user).is_ok(), "{user}");
        }
    }
}
