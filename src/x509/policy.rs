//! Certificate policies (RFC 5280, section 6.1, as updated by RFC 9618), as Go checks them.

mod graph;

use std::collections::HashSet;

use super::Certificate;
use super::certificate::CertificateError;
use super::der::{Reader, tag};
use graph::Graph;

/// A policy, as the contents of its OBJECT IDENTIFIER.
type Policy<'a> = &'a [u8];

/// anyPolicy, 2.5.29.32.0.
const ANY_POLICY: Policy<'static> = &[0x55, 0x1d, 0x20, 0x00];

/// What a certificate says about policies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Policies {
    policies: Vec<Vec<u8>>,
    /// Policies of the issuer's domain, and what they are called in the subject's.
    mappings: Vec<(Vec<u8>, Vec<u8>)>,
    require_explicit_policy: Option<u64>,
    inhibit_policy_mapping: Option<u64>,
    inhibit_any_policy: Option<u64>,
}

impl Policies {
    fn asserted(&self) -> Vec<Policy<'_>> {
        self.policies.iter().map(Vec::as_slice).collect()
    }

    /// RFC 5280, section 4.2.1.4.
    pub(super) fn read_certificate_policies(&mut self, mut value: Reader<'_>) -> Result<(), CertificateError> {
        let invalid = "x509: invalid certificate policies";
        let mut sequence = value.nested(tag::SEQUENCE).ok_or(invalid)?;
        let mut seen = HashSet::new();
        while !sequence.is_empty() {
            let mut information = sequence.nested(tag::SEQUENCE).ok_or(invalid)?;
            let policy = information.contents(tag::OBJECT_IDENTIFIER).ok_or(invalid)?;
            if !seen.insert(policy) || !is_object_identifier(policy) {
                return Err(invalid.into());
            }
            self.policies.push(policy.to_vec());
        }
        Ok(())
    }

    /// RFC 5280, section 4.2.1.5.
    pub(super) fn read_policy_mappings(&mut self, mut value: Reader<'_>) -> Result<(), CertificateError> {
        let invalid = "x509: invalid policy mappings extension";
        let mut sequence = value.nested(tag::SEQUENCE).ok_or(invalid)?;
        while !sequence.is_empty() {
            let mut mapping = sequence.nested(tag::SEQUENCE).ok_or(invalid)?;
            let issuer = mapping.contents(tag::OBJECT_IDENTIFIER).ok_or(invalid)?;
            let subject = mapping.contents(tag::OBJECT_IDENTIFIER).ok_or(invalid)?;
            self.mappings.push((issuer.to_vec(), subject.to_vec()));
        }
        Ok(())
    }

    /// RFC 5280, section 4.2.1.11.
    pub(super) fn read_policy_constraints(&mut self, mut value: Reader<'_>) -> Result<(), CertificateError> {
        let invalid = "x509: invalid policy constraints extension";
        let mut sequence = value.nested(tag::SEQUENCE).ok_or(invalid)?;
        let mut skip_certificates = |number| -> Result<Option<u64>, CertificateError> {
            if !sequence.peek(tag::context(number)) {
                return Ok(None);
            }
            let count = sequence.small_integer_tagged(tag::context(number)).ok_or(invalid)?;
            // Go reads a negative number and takes it for none.
            Ok(u64::try_from(count).ok())
        };
        self.require_explicit_policy = skip_certificates(0)?;
        self.inhibit_policy_mapping = skip_certificates(1)?;
        Ok(())
    }

    /// RFC 5280, section 4.2.1.14.
    pub(super) fn read_inhibit_any_policy(&mut self, mut value: Reader<'_>) -> Result<(), CertificateError> {
        let count = value.small_integer().ok_or("x509: invalid inhibit any policy extension")?;
        self.inhibit_any_policy = u64::try_from(count).ok();
        Ok(())
    }
}

/// X.690 section 8.19.2, with arcs of any size.
fn is_object_identifier(contents: &[u8]) -> bool {
    let mut at_start = true;
    for &octet in contents {
        if at_start && octet == 0x80 {
            return false;
        }
        at_start = octet & 0x80 == 0;
    }
    at_start && !contents.is_empty()
}

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
