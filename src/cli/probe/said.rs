//! What a server answered, for people.

use time::OffsetDateTime;

use super::Judge;
use crate::cluster::probe::{Answer, Shown};
use crate::x509::path::verify_server;
use crate::x509::{Certificate, CertificatePool, Name, host_name};

const NO_BUNDLE: &str = "no: there is no caBundle, and the root certificates of kube-apiserver's host count";

/// client-go refuses it before anything is asked (transport, `rootCertPool`).
const UNREADABLE: &str =
    "no: caBundle holds no certificate that can be read, and kube-apiserver says `unable to load root certificates`";

/// One server's answer for people.
pub(super) struct Said {
    pub text: String,
    pub is_as_it_should_be: bool,
}

impl Said {
    pub(super) fn of(shown: &Shown, host: Option<&str>, judge: &Judge<'_>) -> Self {
        let mut said = Self { text: String::new(), is_as_it_should_be: true };
        said.serves(&shown.chain, judge.now);
        if judge.is_insecure {
            said.line("verified", "no: insecureSkipTLSVerify");
        } else if let Some(bundle) = &judge.bundle {
            said.verified(&shown.chain, bundle, host.unwrap_or_default(), judge);
        }
        said.accepts(shown.accepted.as_deref(), &judge.wanted);
        if let Some(answer) = &shown.answer {
            said.believes(answer, judge.user);
        }
        said
    }

    /// As kube-apiserver verifies it.
    fn verified(&mut self, chain: &[Vec<u8>], bundle: &[Certificate], host: &str, judge: &Judge<'_>) {
        let mut chain = chain.iter().filter_map(|der| Certificate::from_der(der).ok());
        let Some(leaf) = chain.next() else { return };
        if bundle.is_empty() {
            self.fault("verified", if judge.bundle_is_unreadable { UNREADABLE } else { NO_BUNDLE });
            return;
        }
        let (roots, rest) = (CertificatePool::new(bundle.iter().cloned()), CertificatePool::new(chain));
        if let Err(error) = verify_server(&leaf, &roots, &rest, judge.now) {
            self.fault("verified", &format!("no: {error}"));
            return;
        }
        let address = host.parse::<std::net::IpAddr>();
        let for_host = match address {
            Ok(address) if leaf.ip_addresses.contains(&address) => Ok(()),
            Ok(address) => {
                Err(format!("it is not for the address {address}; --server-name says what kube-apiserver asks for"))
            }
            Err(_) => host_name::verify(&leaf, host).map_err(|error| error.to_string()),
        };
        match for_host {
            Ok(()) => self.line("verified", &format!("for {host}")),
            Err(why) => self.fault("verified", &format!("no: {why}")),
        }
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
