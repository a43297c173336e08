//! `aggcert probe`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use time::OffsetDateTime;

use super::{BadArguments, Exit};
use crate::cluster::probe::{self, Answer, Proxy, Question, Shown};
use crate::source::input::{MAXIMUM_SIZE, read_bytes};
use crate::x509::{Certificate, Name, pem};

/// Ask servers themselves: which certificates they show, whose clients they accept, whom they believe
///
/// A kube-apiserver or an extension API server names in its TLS handshake the CAs whose clients it accepts, those for users
/// and those for front proxies in one list. Without credentials it thus says whether it has loaded a new CA; with the
/// front-proxy client it says whether it believes it, as a user who may do nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aggcert probe 10.0.0.1:6443 10.0.0.2:6443 --accepts new-front-proxy-ca.crt
  aggcert probe 10.244.1.7:4443 --server-name metrics-server.kube-system.svc
  aggcert probe 10.244.1.7:4443 --proxy-client-cert front-proxy-client.crt --proxy-client-key front-proxy-client.key

Exit codes: 0 all servers answer as it should be, 1 one does not, 2 bad arguments.")]
pub(super) struct ProbeArguments {
    /// The servers: API servers, or the Pods of an extension server
    #[arg(required = true, value_name = "HOST:PORT")]
    addresses: Vec<String>,
    /// The name to ask for, such as that of a Service; otherwise the host
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
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
    #[arg(long, value_name = "NAME", default_value = "aggcert-probe")]
    user: String,
}

/// Asks each server in turn, and says what it answers.
///
/// # Errors
/// When a file cannot be read, or the answers cannot be written.
pub(super) fn run(
    arguments: &ProbeArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let wanted = arguments.accepts.as_deref().map(certificates).transpose()?.unwrap_or_default();
    let read = |path: &Option<PathBuf>| path.as_deref().map(|path| read_bytes(path, MAXIMUM_SIZE)).transpose();
    let client = read(&arguments.proxy_client_cert).map_err(|error| BadArguments(error.to_string()))?;
    let key = read(&arguments.proxy_client_key).map_err(|error| BadArguments(error.to_string()))?;
    let key = key.map(zeroize::Zeroizing::new);
    let proxy = client.as_deref().zip(key.as_ref());
    let proxy = proxy.map(|(certificates, key)| Proxy { certificates, key, user: &arguments.user });
    let mut exit = Exit::Done;
    for address in &arguments.addresses {
        let question = Question { address, server_name: arguments.server_name.as_deref(), proxy };
        match probe::ask(&question) {
            Ok(shown) => {
                let said = Said::of(&shown, &wanted, &arguments.user, now);
                write!(out, "{address}\n{}", said.text)?;
                if !said.is_as_it_should_be {
                    exit = Exit::Failed;
                }
            }
            Err(error) => {
                writeln!(err, "aggcert: {error}")?;
                exit = Exit::Failed;
            }
        }
    }
    Ok(exit)
}

fn certificates(path: &Path) -> anyhow::Result<Vec<Certificate>> {
    let bytes = read_bytes(path, MAXIMUM_SIZE).map_err(|error| BadArguments(error.to_string()))?;
    let blocks = pem::blocks(&bytes).filter(|block| block.label == "CERTIFICATE");
    let certificates: Result<Vec<Certificate>, _> =
        blocks.map(|block| Certificate::from_der(&block.contents)).collect();
    let certificates = certificates.with_context(|| format!("{} cannot be read", path.display()))?;
    if certificates.is_empty() {
        return Err(BadArguments(format!("{}: there is no certificate in it", path.display())).into());
    }
    Ok(certificates)
}

/// One server's answer for people.
struct Said {
    text: String,
    is_as_it_should_be: bool,
}

impl Said {
    fn of(shown: &Shown, wanted: &[Certificate], user: &str, now: OffsetDateTime) -> Self {
        let mut said = Self { text: String::new(), is_as_it_should_be: true };
        said.serves(&shown.chain, now);
        said.accepts(shown.accepted.as_deref(), wanted);
        if let Some(answer) = &shown.answer {
            said.believes(answer, user);
        }
        said
    }

    fn line(&mut self, what: &str, text: &str) {
        self.text.push_str(&format!("  {what:<9} {text}\n"));
    }

    fn fault(&mut self, what: &str, text: &str) {
        self.is_as_it_should_be = false;
        self.line(what, text);
    }

    fn serves(&mut self, chain: &[Vec<u8>], now: OffsetDateTime) {
        let Some(leaf) = chain.first() else { return };
        match Certificate::from_der(leaf) {
            Err(error) => self.fault("serves", &format!("a certificate that Go does not read: {error}")),
            Ok(leaf) => {
                let until = leaf.not_after.date();
                let text = format!("{}, issued by {}, until {until}", shown(&leaf.subject), shown(&leaf.issuer));
                if now < leaf.not_before || leaf.not_after < now {
                    self.fault("serves", &format!("{text}: it is not valid now"));
                } else {
                    self.line("serves", &text);
                }
                let addresses = leaf.ip_addresses.iter().map(ToString::to_string);
                let names: Vec<String> = leaf.dns_names.iter().cloned().chain(addresses).collect();
                match names.is_empty() {
                    true => self.fault("", "for no name: Go looks at subject alternative names alone"),
                    false => self.line("", &format!("for {}", names.join(", "))),
                }
            }
        }
    }

    fn accepts(&mut self, accepted: Option<&[Vec<u8>]>, wanted: &[Certificate]) {
        let Some(accepted) = accepted else {
            self.fault(
                "accepts",
                "no clients: it asks for no certificate, so it has no client CA and no requestheader CA",
            );
            return;
        };
        let names: Vec<String> = accepted
            .iter()
            .map(|der| Name::from_der(der).map_or_else(|_| "?".to_owned(), |name| shown(&name)))
            .collect();
        let names = if names.is_empty() { "a CA that it does not name".to_owned() } else { names.join("; ") };
        self.line("accepts", &format!("clients of {names}"));
        for ca in wanted {
            let name = shown(&ca.subject);
            let is_shared = wanted.iter().filter(|other| other.raw_subject == ca.raw_subject).count() > 1;
            match accepted.contains(&ca.raw_subject) {
                true if is_shared => {
                    self.fault("", &format!("{name}: yes or no, for two CAs of the file have this name"));
                }
                true => self.line("", &format!("{name}: yes")),
                false => self.fault("", &format!("{name}: no; it has not loaded this CA")),
            }
        }
    }

    fn believes(&mut self, answer: &Answer, user: &str) {
        match answer {
            Answer::Believed => self.line("believes", &format!("the front-proxy client: the user is {user}")),
            Answer::MayNotAsk(_) => self.fault(
                "believes",
                "the front-proxy client, but may not ask kube-apiserver about users: its ServiceAccount lacks system:auth-delegator",
            ),
            Answer::KnownAs(name) => {
                self.fault("believes", &format!("not the front-proxy client, which it knows as {name}: it trusts its CA for users, or not at all"));
            }
            Answer::Refused => self.fault("believes", "nobody: 401, so it does not trust the client's CA, or does not allow its name"),
            Answer::Other(status, text) => {
                self.fault("believes", &format!("nobody knows: it answers {status} {}", text.trim()));
            }
        }
    }
}

/// A name that is never empty on the screen.
fn shown(name: &Name) -> String {
    let text = name.to_string();
    if text.is_empty() { "an empty name".to_owned() } else { text }
}
