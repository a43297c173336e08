//! Sets of constraints, sorted and without those that another one covers, so that one binary search finds a match.
//!
//! Go looks at one constraint only: the last one that is not behind the name. Where constraints are odd (networks with
//! bits beyond their mask) that one may not match although another would; so we look at the same one.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use crate::x509::domain::{compare_from_the_end, has_suffix, without_first_label};
use crate::x509::mailbox::Mailbox;
use crate::x509::name_constraints::IpNetwork;

/// Sorts, and drops what the element before covers.
fn sort_and_prune<T>(
    mut set: Vec<T>,
    compare: impl FnMut(&T, &T) -> Ordering,
    covers: impl Fn(&T, &T) -> bool,
) -> Vec<T> {
    set.sort_by(compare);
    set.dedup_by(|next, kept| covers(kept, next));
    set
}

/// The element that may match: an equal one, or the one before where it would be, or the first.
fn nearest<T>(set: &[T], compare_to_name: impl Fn(&T) -> Ordering) -> Option<&T> {
    let index = set.partition_point(|element| compare_to_name(element) == Ordering::Less);
    let equal = set.get(index).filter(|element| compare_to_name(element) == Ordering::Equal);
    equal.or_else(|| set.get(index.saturating_sub(1)))
}

/// Networks, by family of the constraint.
pub(super) struct NetworkSet {
    v4: Vec<IpNetwork>,
    v6: Vec<IpNetwork>,
}

impl NetworkSet {
    /// `None`: there are no constraints of this kind.
    pub(super) fn new(networks: &[IpNetwork]) -> Option<Self> {
        let (v4, v6) = networks.iter().partition(|network| network.address.is_ipv4());
        let covers = |a: &IpNetwork, b: &IpNetwork| a.contains(b.address) && a.contains(b.last_address());
        let set = |networks| sort_and_prune(networks, IpNetwork::cmp, covers);
        (!networks.is_empty()).then(|| Self { v4: set(v4), v6: set(v6) })
    }

    /// The network that the address is in.
    pub(super) fn find(&self, address: IpAddr) -> Option<String> {
        let set = if address.is_ipv4() { &self.v4 } else { &self.v6 };
        let network = nearest(set, |network| network.address.cmp(&address))?;
        (network.address == address || network.contains(address)).then(|| network.to_string())
    }
}

/// Domains.
pub(super) struct DomainSet<'a> {
    /// The empty constraint is there, which matches everything.
    matches_all: bool,
    domains: Vec<&'a str>,
    /// Excluded domains in lower case, by themselves without the first label: `*.example.com` is excluded when any
    /// `x.example.com` is.
    by_parent: HashMap<String, String>,
}

impl<'a> DomainSet<'a> {
    /// Domains that are permitted; `None` when there are none.
    pub(super) fn permitted(domains: &'a [String]) -> Option<Self> {
        Self::new(domains.iter().map(String::as_str).collect())
    }

    /// Domains that are excluded; `None` when there are none.
    pub(super) fn excluded(domains: &'a [String]) -> Option<Self> {
        Self::permitted(domains).map(Self::with_parents)
    }

    fn new(domains: Vec<&'a str>) -> Option<Self> {
        if domains.is_empty() {
            return None;
        }
        let matches_all = domains.iter().any(|domain| domain.is_empty());
        let domains = if matches_all {
            Vec::new()
        } else {
            sort_and_prune(domains, |a, b| compare_from_the_end(a, b), |a, b| has_suffix(b, a))
        };
        Some(Self { matches_all, domains, by_parent: HashMap::new() })
    }

    fn with_parents(mut self) -> Self {
        let domains = self.domains.iter().map(|domain| domain.to_ascii_lowercase());
        self.by_parent = domains.filter_map(|name| Some((without_first_label(&name)?.to_owned(), name))).collect();
        self
    }

    /// The domain that the name is in.
    pub(super) fn find(&self, name: &str) -> Option<String> {
        if self.matches_all {
            return Some(String::new());
        }
        if let Some(domain) = nearest(&self.domains, |domain| compare_from_the_end(domain, name))
            && has_suffix(name, domain)
        {
            return Some((*domain).to_owned());
        }
        if !name.starts_with('*') {
            return None;
        }
        self.by_parent.get(without_first_label(&name.to_ascii_lowercase())?).cloned()
    }
}

/// Mail addresses, and domains of such.
pub(super) struct EmailSet<'a> {
    mailboxes: HashSet<Mailbox>,
    domains: Option<DomainSet<'a>>,
}

impl<'a> EmailSet<'a> {
    /// Addresses that are permitted; `None` when there are none.
    pub(super) fn permitted(addresses: &'a [String]) -> Option<Self> {
        let (mailboxes, domains): (Vec<&str>, Vec<&str>) =
            addresses.iter().map(String::as_str).partition(|address| address.contains('@'));
        let mailboxes = mailboxes.into_iter().filter_map(Mailbox::parse).collect();
        (!addresses.is_empty()).then(|| Self { mailboxes, domains: DomainSet::new(domains) })
    }

    /// Addresses that are excluded; `None` when there are none.
    pub(super) fn excluded(addresses: &'a [String]) -> Option<Self> {
        let set = Self::permitted(addresses)?;
        Some(Self { domains: set.domains.map(DomainSet::with_parents), ..set })
    }

    /// The address that it is, or the domain that it is in.
    pub(super) fn find(&self, mailbox: &Mailbox) -> Option<String> {
        if self.mailboxes.contains(mailbox) {
            return Some(mailbox.to_string());
        }
        self.domains.as_ref()?.find(&mailbox.domain)
    }
}
