//! The graph of valid policies (RFC 9618): one stratum a certificate, edges from a policy to those it permits below.

use std::collections::{BTreeMap, BTreeSet};

use crate::x509::policies::{ANY_POLICY, Policy};

/// Index of a node.
type Id = usize;

struct Node<'a> {
    valid_policy: Policy<'a>,
    /// What the next certificate may call it.
    expected_policies: Vec<Policy<'a>>,
    parents: BTreeSet<Id>,
    children: BTreeSet<Id>,
}

pub(super) struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    /// The nodes that are left, by certificate and policy; the last stratum holds the leaves.
    strata: Vec<BTreeMap<Policy<'a>, Id>>,
}

impl<'a> Graph<'a> {
    pub(super) fn new() -> Self {
        let mut graph = Self { nodes: Vec::new(), strata: vec![BTreeMap::new()] };
        graph.insert(ANY_POLICY, BTreeSet::new());
        graph
    }

    /// Adds a node to the last stratum.
    fn insert(&mut self, policy: Policy<'a>, parents: BTreeSet<Id>) -> Id {
        let id = self.nodes.len();
        for parent in &parents {
            if let Some(parent) = self.nodes.get_mut(*parent) {
                parent.children.insert(id);
            }
        }
        self.nodes.push(Node {
            valid_policy: policy,
            expected_policies: vec![policy],
            parents,
            children: BTreeSet::new(),
        });
        if let Some(leaves) = self.strata.last_mut() {
            leaves.insert(policy, id);
        }
        id
    }

    fn leaf(&self, policy: Policy<'_>) -> Option<Id> {
        self.strata.last()?.get(policy).copied()
    }

    fn leaves(&self) -> impl Iterator<Item = Id> {
        self.strata.last().into_iter().flat_map(|leaves| leaves.values().copied())
    }

    /// The leaves by the policies that they expect below.
    fn by_expected_policy(&self) -> BTreeMap<Policy<'a>, BTreeSet<Id>> {
        let mut index: BTreeMap<Policy<'a>, BTreeSet<Id>> = BTreeMap::new();
        for id in self.leaves() {
            for policy in self.nodes.get(id).into_iter().flat_map(|node| &node.expected_policies) {
                index.entry(policy).or_default().insert(id);
            }
        }
        index
    }

    /// Policies such that a certificate that asserts all of them has as many valid policies as any other.
    pub(super) fn expected_policies(&self) -> Vec<Policy<'a>> {
        // Where anyPolicy is expected, a policy that nobody else knows will do too.
        const UNHEARD_OF: Policy<'static> = &[0x2a, 0x00];
        let mut policies: BTreeSet<Policy<'a>> = self.by_expected_policy().into_keys().collect();
        policies.extend([ANY_POLICY, UNHEARD_OF]);
        policies.into_iter().collect()
    }

    /// Section 6.1.3 (d): adds a stratum with the policies that a certificate asserts.
    pub(super) fn descend(&mut self, asserted: &[Policy<'a>], allow_any: bool) {
        let expected = self.by_expected_policy();
        let any_parent = self.leaf(ANY_POLICY);
        self.strata.push(BTreeMap::new());
        for policy in asserted.iter().filter(|policy| **policy != ANY_POLICY) {
            let parents = expected.get(policy).cloned().or_else(|| any_parent.map(|any| BTreeSet::from([any])));
            if let Some(parents) = parents {
                self.insert(policy, parents);
            }
        }
        if allow_any && asserted.contains(&ANY_POLICY) {
            for (policy, parents) in expected {
                if self.leaf(policy).is_none() {
                    self.insert(policy, parents);
                }
            }
        }
        self.prune();
    }

    /// Section 6.1.4 (b) (1) and (2).
    pub(super) fn map(&mut self, mappings: impl Iterator<Item = (Policy<'a>, Policy<'a>)>) {
        let mut subjects: BTreeMap<Policy<'a>, Vec<Policy<'a>>> = BTreeMap::new();
        for (issuer, subject) in mappings {
            subjects.entry(issuer).or_default().push(subject);
        }
        for (issuer, subjects) in subjects {
            let matching = self.leaf(issuer);
            let matching =
                matching.or_else(|| Some(self.leaf(ANY_POLICY)?).map(|any| self.insert(issuer, BTreeSet::from([any]))));
            if let Some(node) = matching.and_then(|id| self.nodes.get_mut(id)) {
                node.expected_policies = subjects;
            }
        }
    }

    /// Section 6.1.4 (b) (3).
    pub(super) fn remove_leaves(&mut self, policies: impl Iterator<Item = Policy<'a>>) {
        for policy in policies {
            if let Some(id) = self.strata.last_mut().and_then(|leaves| leaves.remove(policy)) {
                self.unlink(id);
            }
        }
        self.prune();
    }

    fn unlink(&mut self, id: Id) {
        let parents = self.nodes.get(id).map(|node| node.parents.clone()).unwrap_or_default();
        for parent in parents {
            if let Some(parent) = self.nodes.get_mut(parent) {
                parent.children.remove(&id);
            }
        }
    }

    /// Removes, from below, all nodes above the leaves that have no children left.
    fn prune(&mut self) {
        for stratum in (1..self.strata.len().saturating_sub(1)).rev() {
            let Some(nodes) = self.strata.get(stratum) else { continue };
            let is_childless = |id: &Id| self.nodes.get(*id).is_some_and(|node| node.children.is_empty());
            let childless: Vec<(Policy<'a>, Id)> =
                nodes.iter().map(|(policy, id)| (*policy, *id)).filter(|(_, id)| is_childless(id)).collect();
            for (policy, id) in childless {
                self.unlink(id);
                if let Some(nodes) = self.strata.get_mut(stratum) {
                    nodes.remove(policy);
                }
            }
        }
    }

    /// Section 6.1.5 (g), for a user who asks for no policy in particular: whether any policy is valid for the path.
    pub(super) fn has_valid_policy(&self) -> bool {
        let is_any = |id: &Id| self.nodes.get(*id).is_some_and(|node| node.valid_policy == ANY_POLICY);
        let has_only_any_parent = |node: &Node<'_>| node.parents.len() == 1 && node.parents.first().is_some_and(is_any);
        let mut remaining = self.strata.iter().flat_map(|nodes| nodes.values()).filter_map(|id| self.nodes.get(*id));
        self.leaf(ANY_POLICY).is_some()
            || remaining.any(|node| node.valid_policy != ANY_POLICY && has_only_any_parent(node))
    }
}
