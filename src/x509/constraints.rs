//! Name constraints (RFC 5280, section 4.2.1.10), as Go 1.26 checks them.

mod set;

use std::net::IpAddr;

use super::Certificate;
use super::certificate::SUBJECT_ALTERNATIVE_NAME;
use super::domain::{Domain, is_valid_domain};
use super::mailbox::Mailbox;
use super::quote::quoted;
use super::uri::Uri;
use set::{DomainSet, EmailSet, NetworkSet};

/// The nameConstraints of a CA.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameConstraints {
    /// Where a kind has entries, only names under one of them are permitted.
    pub permitted: Subtrees,
    /// Names under these are not permitted.
    pub excluded: Subtrees,
}

/// Constraints by kind of name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subtrees {
    /// `example.com` is it and all below; `.example.com` only what is below; the empty name is everything.
    pub dns_domains: Vec<String>,
    pub ip_networks: Vec<IpNetwork>,
    /// Whole addresses, or domains as above.
    pub email_addresses: Vec<String>,
    /// Domains as above, for the host of a URI.
    pub uri_domains: Vec<String>,
}

/// Addresses that share a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IpNetwork {
    /// As the certificate has it: bits beyond the mask may be set.
    address: IpAddr,
    mask: IpAddr,
}

impl IpNetwork {
    /// `None` when the mask is not ones followed by zeros, or not of the same family.
    pub(super) fn new(address: IpAddr, mask: IpAddr) -> Option<Self> {
        let bits = match (address, mask) {
            (IpAddr::V4(_), IpAddr::V4(mask)) => u128::from(mask.to_bits()) << 96,
            (IpAddr::V6(_), IpAddr::V6(mask)) => mask.to_bits(),
            _ => return None,
        };
        (bits.leading_ones() + bits.trailing_zeros() >= u128::BITS).then_some(Self { address, mask })
    }

    /// The bits that count, and their mask; a network of IPv4-mapped addresses is one of IPv4 to Go.
    fn number_and_mask(&self) -> (IpAddr, u128) {
        match (self.address.to_canonical(), self.mask) {
            (number @ IpAddr::V4(_), IpAddr::V6(mask)) => (number, mask.to_bits() & u128::from(u32::MAX)),
            (number, IpAddr::V6(mask)) => (number, mask.to_bits()),
            (number, IpAddr::V4(mask)) => (number, mask.to_bits().into()),
        }
    }

    fn contains(&self, address: IpAddr) -> bool {
        let (number, mask) = self.number_and_mask();
        match (number, address.to_canonical()) {
            (IpAddr::V4(number), IpAddr::V4(address)) => u128::from(number.to_bits() ^ address.to_bits()) & mask == 0,
            (IpAddr::V6(number), IpAddr::V6(address)) => (number.to_bits() ^ address.to_bits()) & mask == 0,
            _ => false,
        }
    }

    /// The highest address of the network.
    fn last_address(&self) -> IpAddr {
        match (self.address, self.mask) {
            (IpAddr::V4(address), IpAddr::V4(mask)) => IpAddr::V4((address.to_bits() | !mask.to_bits()).into()),
            (IpAddr::V6(address), IpAddr::V6(mask)) => IpAddr::V6((address.to_bits() | !mask.to_bits()).into()),
            (address, _) => address,
        }
    }
}

impl std::fmt::Display for IpNetwork {
    /// `192.0.2.0/24`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (number, mask) = self.number_and_mask();
        write!(f, "{number}/{}", mask.count_ones())
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str, mask: &str) -> Option<IpNetwork> {
        IpNetwork::new(address.parse().unwrap(), mask.parse().unwrap())
    }

    #[test]
    fn masks_are_ones_then_zeros() {
        assert_eq!(network("10.0.0.0", "255.0.0.0").unwrap().to_string(), "10.0.0.0/8");
        assert_eq!(network("10.1.2.3", "0.0.0.0").unwrap().to_string(), "10.1.2.3/0");
        assert_eq!(network("fd00::", "ffff::").unwrap().to_string(), "fd00::/16");
        assert_eq!(network("10.0.0.0", "255.0.255.0"), None);
        assert_eq!(network("10.0.0.0", "0.0.0.1"), None);
        assert_eq!(network("10.0.0.0", "ffff::"), None);
    }

    #[test]
    fn mapped_addresses_are_ipv4() {
        let mapped = network("::ffff:10.0.0.0", "ffff:ffff:ffff:ffff:ffff:ffff:ff00:0").unwrap();
        assert_eq!(mapped.to_string(), "10.0.0.0/8");
        assert!(mapped.contains("10.1.2.3".parse().unwrap()));
        assert!(mapped.contains("::ffff:10.1.2.3".parse().unwrap()));
        let everything = network("::", "::").unwrap();
        assert!(!everything.contains("::ffff:10.1.2.3".parse().unwrap()));
    }
}
