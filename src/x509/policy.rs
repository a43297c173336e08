//! Certificate policies (RFC 5280, section 6.1, as updated by RFC 9618), as Go checks them.

mod graph;

use super::Certificate;
use super::policies::{ANY_POLICY, Policies, Policy};
use graph::Graph;

/// What the lowest certificate of a path asserts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Leaf<'a> {
    Certificate(&'a Certificate),
    /// A certificate that is not there yet: its issuer may put any policies into it.
    AnyPolicies,
}

/// Whether the policies of a path are acceptable to someone who asks for none in particular (RFC 5280, section 6.1).
///
/// `issuers` are the certificates above the leaf, the trust anchor last.
pub(super) fn is_valid(leaf: Leaf<'_>, issuers: &[&Certificate]) -> bool {
    // The trust anchor's own policies do not count.
    let Some((_, intermediates)) = issuers.split_last() else { return true };
    // The counters begin above the path's length, so nothing is required or refused that no certificate speaks of.
    let leaf_policies = match leaf {
        Leaf::Certificate(leaf) => Some(&leaf.policies),
        Leaf::AnyPolicies => None,
    };
    let mut policies = intermediates.iter().map(|certificate| &certificate.policies).chain(leaf_policies);
    if !policies.any(Policies::can_refuse) {
        return true;
    }
    let length = intermediates.len() as u64 + 1;
    let mut graph = Some(Graph::new());
    let mut state = State { explicit_policy: length + 1, policy_mapping: length + 1, inhibit_any_policy: length + 1 };

    for certificate in intermediates.iter().rev() {
        let is_self_issued = certificate.is_self_issued();
        let asserted = certificate.policies.asserted();
        let allow_any = state.inhibit_any_policy > 0 || is_self_issued;
        if !state.descend(&mut graph, &asserted, allow_any) {
            return false;
        }
        if let Some(graph) = &mut graph
            && !state.map_policies(graph, &certificate.policies.mappings)
        {
            return false;
        }
        state.prepare_for_next(&certificate.policies, is_self_issued);
    }

    let asserted = match leaf {
        Leaf::Certificate(leaf) => leaf.policies.asserted(),
        Leaf::AnyPolicies => graph.as_ref().map(Graph::expected_policies).unwrap_or_default(),
    };
    if !state.descend(&mut graph, &asserted, state.inhibit_any_policy > 0) {
        return false;
    }
    let leaf_requires_policy =
        matches!(leaf, Leaf::Certificate(leaf) if leaf.policies.require_explicit_policy == Some(0));
    let explicit_policy_required = leaf_requires_policy || state.explicit_policy <= 1;
    !explicit_policy_required || graph.is_some_and(|graph| graph.has_valid_policy())
}

/// The counters of RFC 5280, section 6.1.2: how many more certificates there may be before each rule holds.
struct State {
    explicit_policy: u64,
    policy_mapping: u64,
    inhibit_any_policy: u64,
}

impl State {
    /// Section 6.1.3 (d) to (f): adds a certificate's policies to the graph, which is dropped when there are none.
    fn descend<'a>(&self, graph: &mut Option<Graph<'a>>, asserted: &[Policy<'a>], allow_any: bool) -> bool {
        if asserted.is_empty() {
            *graph = None;
        }
        match graph {
            Some(graph) => graph.descend(asserted, allow_any),
            None if self.explicit_policy == 0 => return false,
            None => {}
        }
        true
    }

    /// Section 6.1.4 (a) and (b).
    fn map_policies<'a>(&self, graph: &mut Graph<'a>, mappings: &'a [(Vec<u8>, Vec<u8>)]) -> bool {
        if self.policy_mapping == 0 {
            graph.remove_leaves(mappings.iter().map(|(issuer, _)| issuer.as_slice()));
            return true;
        }
        if mappings.iter().any(|(issuer, subject)| issuer == ANY_POLICY || subject == ANY_POLICY) {
            return false;
        }
        graph.map(mappings.iter().map(|(issuer, subject)| (issuer.as_slice(), subject.as_slice())));
        true
    }

    /// Section 6.1.4 (h) to (j).
    fn prepare_for_next(&mut self, policies: &Policies, is_self_issued: bool) {
        let next = |counter: u64, limit: Option<u64>| {
            let counter = counter.saturating_sub(u64::from(!is_self_issued));
            limit.map_or(counter, |limit| limit.min(counter))
        };
        self.explicit_policy = next(self.explicit_policy, policies.require_explicit_policy);
        self.policy_mapping = next(self.policy_mapping, policies.inhibit_policy_mapping);
        self.inhibit_any_policy = next(self.inhibit_any_policy, policies.inhibit_any_policy);
    }
}
