//! Whose front-proxy files the other nodes are to have.

use std::cmp::Reverse;

use time::OffsetDateTime;

use crate::model::Setup;
use crate::x509::Certificate;

/// What one node trusts, and the CA of its proxy client.
struct Node<'a> {
    bundle: Vec<&'a Certificate>,
    signing: &'a Certificate,
}

/// How far a node is in a rotation: the newest CA that it trusts, the age of its client's CA, and what it still trusts
/// beside.
type Progress = (Option<OffsetDateTime>, OffsetDateTime, Reverse<usize>);

impl<'a> Node<'a> {
    /// `None`: a file was not seen, or its client comes from none of its CAs.
    fn of(setup: &'a Setup) -> Option<Self> {
        let bundle: Vec<&Certificate> = setup.requestheader_client_ca.loaded()?.certificates().collect();
        let client = setup.proxy_client.loaded()?;
        let client = || client.certificates().map(|certificate| &certificate.value);
        let signing = bundle.iter().copied().find(|ca| ca.has_issued(client()))?;
        Some(Self { bundle, signing })
    }

    fn progress(&self) -> Progress {
        let newest = self.bundle.iter().map(|ca| ca.not_before).max();
        (newest, self.signing.not_before, Reverse(self.bundle.len()))
    }

    fn trusts(&self, ca: &Certificate) -> bool {
        self.bundle.contains(&ca)
    }

    /// Whether a rotation leads from there to here. What holds only less may have dropped a CA, or never had it.
    fn comes_after(&self, other: &Self) -> bool {
        let overlaps = self.bundle.iter().any(|ca| other.trusts(ca));
        let lacks_only = other.bundle.len() > self.bundle.len() && self.bundle.iter().all(|ca| other.trusts(ca));
        overlaps && !lacks_only
    }

    fn is_like(&self, other: &Self) -> bool {
        other.bundle.len() == self.bundle.len() && self.bundle.iter().all(|ca| other.trusts(ca))
    }

    /// Whether each of them is like it or behind it.
    fn leads(&self, nodes: &[Self]) -> bool {
        let most_trust_it = nodes.iter().filter(|node| node.trusts(self.signing)).count() * 2 > nodes.len();
        let is_behind = |node: &Self| self.comes_after(node) || most_trust_it && !node.trusts(self.signing);
        nodes.iter().all(|node| self.is_like(node) || is_behind(node))
    }
}

/// The node that is the furthest in a rotation of the CA, where that can be told: the others' bundles lead to its own, or
/// most nodes trust the CA of its client. `None`: it cannot, as where two nodes have nothing in common.
pub(crate) fn furthest(nodes: &[&Setup]) -> Option<usize> {
    let seen: Vec<Node<'_>> = nodes.iter().map(|setup| Node::of(setup)).collect::<Option<_>>()?;
    let furthest = seen.iter().map(Node::progress).max()?;
    let mut leads = seen.iter().enumerate().filter(|(_, node)| node.progress() == furthest && node.leads(&seen));
    // Of equals the first; where two are as far and not alike, the order of the arguments would choose.
    let (at, first) = leads.next()?;
    leads.all(|(_, other)| first.is_like(other)).then_some(at)
}
