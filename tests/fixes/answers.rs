//! Who is believed in a cluster, as the model answers, and what may not change when a fix is followed.

use std::collections::BTreeSet;
use std::fs;

use aggcert::model::{Authentication, AuthenticatorKind, RefusalKind, Request, Setup, Startup, start};
use aggcert::x509::{Certificate, PrivateKey, pem};
use serde_json::Value;
use time::OffsetDateTime;

use super::node::{Issued, Node};
use super::published;

/// Of the nodes.
pub(crate) const NAMES: [&str; 2] = ["a", "b"];
const CONFIG_MAP: &str = "the ConfigMap";

/// What a CA is called whose clients are users, and one whose clients are front proxies.
pub(crate) const USERS: &str = "users";
pub(crate) const PROXIES: &str = "proxies";

/// The common names of probes. The last is of nobody.
const COMMON_NAMES: [&str; 3] = ["front-proxy-client", "aggregator", "mallory"];

/// Who is asked, the CA and the name of the client.
type Probe = (&'static str, String, &'static str);

#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// Front proxies.
    believed: BTreeSet<Probe>,
    users: BTreeSet<Probe>,
    started: BTreeSet<&'static str>,
    /// The node whose proxy client is taken for one, and by whom.
    served: BTreeSet<(&'static str, &'static str)>,
    /// Private keys and CA certificates on the nodes.
    material: BTreeSet<String>,
}

impl Answers {
    pub(crate) fn of(nodes: &[Node], config_map: &Value, authorities: &[(String, Issued)]) -> Self {
        let setups: Vec<Setup> = nodes.iter().map(Node::setup).collect();
        let config_map = published::read(config_map);
        let mut answers = Self { material: material(nodes), ..Self::default() };
        for (reader, name) in setups.iter().zip(NAMES).chain([(config_map.reader(), CONFIG_MAP)]) {
            answers.probe(name, reader, authorities);
        }
        for (setup, name) in setups.iter().zip(NAMES).filter(|(setup, _)| starts(setup)) {
            answers.started.insert(name);
            for (reader, of) in [(setup, name), (config_map.reader(), CONFIG_MAP)] {
                if takes_client_of(setup, reader) {
                    answers.served.insert((name, of));
                }
            }
        }
        answers
    }

    fn probe(&mut self, name: &'static str, reader: &Setup, authorities: &[(String, Issued)]) {
        let Ok(authentication) = Authentication::of(reader) else { return };
        // Whatever can be sent along is.
        let known: Vec<Certificate> = authorities.iter().map(|(_, ca)| certificate(ca)).collect();
        for (of, ca) in authorities {
            for common_name in COMMON_NAMES {
                let client = certificate(&ca.client(common_name, |_| {}));
                let sent: Vec<Certificate> = std::iter::once(client).chain(known.iter().cloned()).collect();
                let key = (name, of.clone(), common_name);
                if is(&authentication, &sent, AuthenticatorKind::RequestHeader) {
                    self.believed.insert(key.clone());
                }
                if is(&authentication, &sent, AuthenticatorKind::X509) {
                    self.users.insert(key);
                }
            }
        }
    }

    /// What is worse now than it was.
    pub(crate) fn worse_than(&self, before: &Self, may_interrupt: bool) -> Vec<String> {
        let is_of = |probe: &Probe, kind: &str| probe.1.starts_with(kind);
        // One that did not start is asked from now on, and has written into the ConfigMap what it has.
        let has_started = !self.started.is_subset(&before.started);
        let is_asked = |probe: &&Probe| match probe.0 {
            CONFIG_MAP => !has_started,
            node => before.started.contains(node),
        };
        let opened =
            self.believed.difference(&before.believed).filter(is_asked).filter(|probe| before.is_opened(probe));
        let opened = opened.map(|probe| format!("opened: a front proxy is now {probe:?}"));
        // The servers write into the ConfigMap who is a user at them.
        let is_user =
            |(_, of, name): &&Probe| before.users.iter().any(|(_, other, known)| (other, known) == (of, name));
        let users = self.users.difference(&before.users).filter(is_asked).filter(|probe| is_of(probe, PROXIES));
        let users = users.filter(|probe| probe.0 != CONFIG_MAP || !is_user(probe));
        let users = users.map(|probe| format!("opened: a user is now {probe:?}"));
        let lost = before.material.difference(&self.material).map(|lost| format!("lost: {lost}"));
        let mut worse: Vec<String> = opened.chain(users).chain(lost).collect();
        if !may_interrupt {
            let stopped = before.started.difference(&self.started).map(|node| format!("outage: {node} does not start"));
            let refused = before.served.difference(&self.served);
            let refused = refused.map(|(node, by)| format!("outage: the proxy client of {node} is refused by {by}"));
            let users = before.users.difference(&self.users).filter(|probe| is_of(probe, USERS));
            let users = users.map(|probe| format!("outage: no user is now {probe:?}"));
            worse.extend(stopped.chain(refused).chain(users));
        }
        worse
    }

    /// Kube-apiservers join their CAs and their names in the ConfigMap, so that each CA counts with each name. Who has a CA
    /// chooses the name; to a server its proxy client may be added.
    fn is_opened(&self, (reader, of, name): &Probe) -> bool {
        let is_nobody = *name == "mallory";
        let is_ca_known =
            self.believed.iter().any(|(by, known, _)| known == of && (by == reader || *reader == CONFIG_MAP));
        let is_name_known = !is_nobody || self.believed.iter().any(|(_, _, known)| known == name);
        let is_front_proxy = of.starts_with(PROXIES) && !is_nobody;
        !(is_ca_known && is_name_known || is_front_proxy)
    }
}

fn certificate(issued: &Issued) -> Certificate {
    Certificate::from_der(&issued.der).unwrap()
}

/// Whether that authenticator takes the client for somebody.
fn is(authentication: &Authentication, certificates: &[Certificate], by: AuthenticatorKind) -> bool {
    let claim = match by {
        AuthenticatorKind::RequestHeader => vec![("X-Remote-User".to_owned(), "eve".to_owned())],
        _ => Vec::new(),
    };
    let request = Request { certificates: certificates.to_vec(), headers: claim };
    authentication.authenticate(&request, OffsetDateTime::now_utc()).authenticator == Some(by)
}

fn takes_client_of(server: &Setup, reader: &Setup) -> bool {
    let Some((client, key)) = server.proxy_client.loaded().zip(server.proxy_client_key.loaded()) else { return false };
    let by = AuthenticatorKind::RequestHeader;
    let takes = |authentication: Authentication| is(&authentication, &client.sent(), by);
    key.key.matches(&client.leaf.value) && Authentication::of(reader).is_ok_and(takes)
}

/// With an overlap, which later versions refuse, an older one runs.
pub(crate) fn starts(setup: &Setup) -> bool {
    match start(setup, setup.version()) {
        Startup::Refuses(refusal) => refusal.kinds == [RefusalKind::Overlap],
        _ => true,
    }
}

fn material(nodes: &[Node]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for node in nodes {
        let files = walkdir::WalkDir::new(node.path("")).into_iter().filter_map(Result::ok);
        // What a rotation has prepared nobody uses.
        let counts = |name: &str| !name.contains(".next.");
        let files = files.filter(|entry| entry.file_type().is_file() && counts(&entry.file_name().to_string_lossy()));
        for file in files {
            let content = fs::read(file.path()).unwrap();
            for block in pem::blocks(&content) {
                let certificate = block.certificate().and_then(Result::ok).filter(Certificate::is_ca);
                found.extend(certificate.map(|ca| format!("the CA {} {}", ca.subject, ca.fingerprint())));
                let key = content.get(block.span.clone()).filter(|_| block.is_private_key());
                let key = key.and_then(|pem| PrivateKey::from_pem(pem).ok());
                found.extend(key.map(|key| format!("the key of {:x?}", key.subject_public_key_info)));
            }
        }
    }
    found
}
