//! What a CA says about the names of the certificates below it (RFC 5280, section 4.2.1.10).

use std::net::IpAddr;

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
    pub(super) address: IpAddr,
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
    pub(super) fn number_and_mask(&self) -> (IpAddr, u128) {
        match (self.address.to_canonical(), self.mask) {
            (number @ IpAddr::V4(_), IpAddr::V6(mask)) => (number, mask.to_bits() & u128::from(u32::MAX)),
            (number, IpAddr::V6(mask)) => (number, mask.to_bits()),
            (number, IpAddr::V4(mask)) => (number, mask.to_bits().into()),
        }
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let (number, mask) = self.number_and_mask();
        match (number, address.to_canonical()) {
            (IpAddr::V4(number), IpAddr::V4(address)) => u128::from(number.to_bits() ^ address.to_bits()) & mask == 0,
            (IpAddr::V6(number), IpAddr::V6(address)) => (number.to_bits() ^ address.to_bits()) & mask == 0,
            _ => false,
        }
    }

    /// The highest address of the network.
    pub(super) fn last_address(&self) -> IpAddr {
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
