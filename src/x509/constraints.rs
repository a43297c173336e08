//! Name constraints (RFC 5280, section 4.2.1.10), as Go 1.26 checks them.

mod set;

use std::net::IpAddr;

use super::Certificate;
use super::certificate::SUBJECT_ALTERNATIVE_NAME;
use super::domain::{Domain, is_valid_domain};
use super::mailbox::Mailbox;
use super::name_constraints::NameConstraints;
use super::quote::quoted;
use super::uri::Uri;
use set::{DomainSet, EmailSet, NetworkSet};

/// The names of a certificate, in the form in which they are compared.
struct Names<'a> {
    certificate: &'a Certificate,
    uris: Vec<(&'a Uri, String)>,
    mailboxes: Vec<Mailbox>,
}

/// The constraints of one CA, ready for look-up.
struct Checker<'a> {
    /// Where in the chain the CA is.
    index: usize,
    networks: Pair<NetworkSet>,
    dns_domains: Pair<DomainSet<'a>>,
    uri_domains: Pair<DomainSet<'a>>,
    email_addresses: Pair<EmailSet<'a>>,
}

/// Permitted and excluded names of one kind; `None` where there are no constraints.
struct Pair<Set> {
    permitted: Option<Set>,
    excluded: Option<Set>,
}

/// Checks that every CA of the chain permits all alternative names of the certificates below it.
///
/// # Errors
/// With Go's message about the first name that is not permitted.
pub(super) fn check_chain(chain: &[&Certificate]) -> Result<(), String> {
    let checkers: Vec<Checker<'_>> = chain
        .iter()
        .enumerate()
        .filter_map(|(index, ca)| ca.name_constraints.as_ref().map(|constraints| Checker::new(index, constraints)))
        .collect();
    if checkers.is_empty() {
        return Ok(());
    }
    for (index, certificate) in chain.iter().enumerate() {
        if certificate.extension(SUBJECT_ALTERNATIVE_NAME).is_none() {
            continue;
        }
        let mut above = checkers.iter().skip_while(|checker| checker.index <= index).peekable();
        if above.peek().is_none() {
            return Ok(());
        }
        let names = Names::of(certificate)?;
        above.try_for_each(|checker| checker.check(&names))?;
    }
    Ok(())
}

impl<'a> Names<'a> {
    fn of(certificate: &'a Certificate) -> Result<Self, String> {
        let uris = certificate.parsed_uris.iter().map(|uri| Ok((uri, host_to_compare(uri)?)));
        let uris = uris.collect::<Result<_, String>>()?;
        let mailbox =
            |text: &String| Mailbox::parse(text).ok_or_else(|| format!("cannot parse rfc822Name {}", quoted(text)));
        let mailboxes = certificate.email_addresses.iter().map(mailbox).collect::<Result<_, String>>()?;
        Ok(Self { certificate, uris, mailboxes })
    }
}

/// The host without its port, which must be a name.
fn host_to_compare(uri: &Uri) -> Result<String, String> {
    let shown = quoted(&uri.rewritten);
    if uri.host.is_empty() {
        return Err(format!("URI with empty host ({shown}) cannot be matched against constraints"));
    }
    let host = if uri.host.contains(':') && !uri.host.ends_with(']') {
        without_port(&uri.host)
            .map_err(|why| format!("cannot parse URI host {}: address {}: {why}", quoted(&uri.host), uri.host))?
    } else {
        &uri.host
    };
    // Only an address can be in brackets.
    if uri.host.starts_with('[') || host.parse::<IpAddr>().is_ok() {
        return Err(format!("URI with IP ({shown}) cannot be matched against constraints"));
    }
    Ok(host.to_ascii_lowercase())
}

/// Go's `net.SplitHostPort`, for text that has a colon.
fn without_port(text: &str) -> Result<&str, &'static str> {
    let (before, _) = text.rsplit_once(':').ok_or("missing port in address")?;
    let (host, between) = match text.strip_prefix('[') {
        Some(inside) => {
            let (host, after) = inside.split_once(']').ok_or("missing ']' in address")?;
            if before.len() != host.len() + 2 {
                return Err(if after.starts_with(':') {
                    "too many colons in address"
                } else {
                    "missing port in address"
                });
            }
            (host, after)
        }
        None if before.contains(':') => return Err("too many colons in address"),
        None => (before, text),
    };
    if host.contains('[') || between.contains('[') {
        return Err("unexpected '[' in address");
    }
    if between.contains(']') {
        return Err("unexpected ']' in address");
    }
    Ok(host)
}

impl<'a> Checker<'a> {
    fn new(index: usize, constraints: &'a NameConstraints) -> Self {
        let NameConstraints { permitted, excluded } = constraints;
        Self {
            index,
            networks: Pair {
                permitted: NetworkSet::new(&permitted.ip_networks),
                excluded: NetworkSet::new(&excluded.ip_networks),
            },
            dns_domains: Pair {
                permitted: DomainSet::permitted(&permitted.dns_domains),
                excluded: DomainSet::excluded(&excluded.dns_domains),
            },
            uri_domains: Pair {
                permitted: DomainSet::permitted(&permitted.uri_domains),
                excluded: DomainSet::excluded(&excluded.uri_domains),
            },
            email_addresses: Pair {
                permitted: EmailSet::permitted(&permitted.email_addresses),
                excluded: EmailSet::excluded(&excluded.email_addresses),
            },
        }
    }

    fn check(&self, names: &Names<'_>) -> Result<(), String> {
        for address in &names.certificate.ip_addresses {
            let shown = address.to_canonical().to_string();
            self.networks.check("IP address", &shown, |set| set.find(*address))?;
        }
        for name in &names.certificate.dns_names {
            if !is_valid_domain(name, Domain::Name) {
                return Err(format!("x509: cannot parse dnsName {}", quoted(name)));
            }
            self.dns_domains.check("DNS name", name, |set| set.find(name))?;
        }
        for (uri, host) in &names.uris {
            if !is_valid_domain(host, Domain::Name) {
                return Err(format!("x509: internal error: URI SAN {} failed to parse", quoted(&uri.rewritten)));
            }
            self.uri_domains.check("URI", &uri.rewritten, |set| set.find(host))?;
        }
        for mailbox in &names.mailboxes {
            let shown = mailbox.to_string();
            if !is_valid_domain(&mailbox.domain, Domain::Name) {
                return Err(format!("x509: cannot parse rfc822Name {}", quoted(&shown)));
            }
            self.email_addresses.check("email address", &shown, |set| set.find(mailbox))?;
        }
        Ok(())
    }
}

impl<Set> Pair<Set> {
    /// `find` gives the constraint that matches.
    fn check(&self, kind: &str, shown: &str, find: impl Fn(&Set) -> Option<String>) -> Result<(), String> {
        let shown = quoted(shown);
        if self.permitted.as_ref().is_some_and(|set| find(set).is_none()) {
            return Err(format!("{kind} {shown} is not permitted by any constraint"));
        }
        match self.excluded.as_ref().and_then(find) {
            Some(constraint) => Err(format!("{kind} {shown} is excluded by constraint {}", quoted(constraint))),
            None => Ok(()),
        }
    }
}
