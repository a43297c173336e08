//! Path validation as Go's `Certificate.Verify` does it, for the key usage clientAuth, or serverAuth where it says so.

mod error;
mod search;
mod trace;

use time::OffsetDateTime;

use super::{Certificate, ExtendedKeyUsage, constraints, policy};
pub use error::{ChainRefusal, Hint, VerificationError};
use search::{Bottom, Search};
pub use trace::{Attempt, Outcome, Pool, Trace};

pub use super::pool::CertificatePool;

/// Leaf first, trust anchor last.
pub type Chain = Vec<Certificate>;

/// All chains from `leaf` to a certificate of `roots`, through `intermediates`, that are acceptable for clientAuth at
/// `now`; Go's `Certificate.Verify` with `KeyUsages: clientAuth` and no hostname.
///
/// # Errors
/// The reason that Go would give.
pub fn verify(
    leaf: &Certificate,
    roots: &CertificatePool,
    intermediates: &CertificatePool,
    now: OffsetDateTime,
) -> Result<Vec<Chain>, VerificationError> {
    verify_bottom(Bottom::Certificate(leaf), roots, intermediates, now, None)
}

/// Like [`verify`], and tells what was tried on the way.
///
/// # Errors
/// As there.
pub fn verify_with_trace(
    leaf: &Certificate,
    roots: &CertificatePool,
    intermediates: &CertificatePool,
    now: OffsetDateTime,
) -> (Result<Vec<Chain>, VerificationError>, Trace) {
    let mut trace = Trace::default();
    let result = verify_bottom(Bottom::Certificate(leaf), roots, intermediates, now, Some(&mut trace));
    (result, trace)
}

/// All chains that a client of this server would accept, but for the host name ([`super::host_name`]): `KeyUsages:
/// serverAuth`, which is what crypto/tls asks for.
///
/// # Errors
/// The reason that Go would give.
pub fn verify_server(
    leaf: &Certificate,
    roots: &CertificatePool,
    intermediates: &CertificatePool,
    now: OffsetDateTime,
) -> Result<Vec<Chain>, VerificationError> {
    let request = Request { bottom: Bottom::Certificate(leaf), purpose: ExtendedKeyUsage::ServerAuth };
    verify_request(&request, roots, intermediates, now, None)
}

/// All chains that a certificate for clientAuth would have if `issuer` signed it now: one without alternative names,
/// and with whatever policies it takes. Tells what the key of `issuer` can reach without having the key.
///
/// The chains begin with the certificate above that leaf. It need not be `issuer` itself, but has its name and key;
/// `issuer` itself is found only if it is in one of the pools.
///
/// # Errors
/// The reason that Go would give for such a leaf.
pub fn verify_issued_by(
    issuer: &Certificate,
    roots: &CertificatePool,
    intermediates: &CertificatePool,
    now: OffsetDateTime,
) -> Result<Vec<Chain>, VerificationError> {
    verify_bottom(Bottom::IssuedBy(issuer), roots, intermediates, now, None)
}

fn verify_bottom(
    bottom: Bottom<'_>,
    roots: &CertificatePool,
    intermediates: &CertificatePool,
    now: OffsetDateTime,
    trace: Option<&mut Trace>,
) -> Result<Vec<Chain>, VerificationError> {
    let request = Request { bottom, purpose: ExtendedKeyUsage::ClientAuth };
    verify_request(&request, roots, intermediates, now, trace)
}

/// What is to be verified, and for which purpose.
struct Request<'a> {
    bottom: Bottom<'a>,
    purpose: ExtendedKeyUsage,
}

fn verify_request(
    request: &Request<'_>,
    roots: &CertificatePool,
    intermediates: &CertificatePool,
    now: OffsetDateTime,
    mut trace: Option<&mut Trace>,
) -> Result<Vec<Chain>, VerificationError> {
    let bottom = request.bottom;
    let candidates = match bottom {
        Bottom::Certificate(leaf) => {
            search::check_certificate(leaf, now)?;
            if roots.contains(leaf) {
                vec![vec![leaf]]
            } else {
                Search::new(bottom, roots, intermediates, now, trace.as_deref_mut()).chains()?
            }
        }
        Bottom::IssuedBy(_) => Search::new(bottom, roots, intermediates, now, trace.as_deref_mut()).chains()?,
    };

    let mut accepted = Vec::new();
    let mut refused = Vec::new();
    for chain in candidates {
        let owned = chain.iter().copied().cloned().collect();
        match check_chain(request, &chain) {
            Ok(()) => accepted.push(owned),
            Err(refusal) => refused.push((owned, refusal)),
        }
    }
    let result = if accepted.is_empty() { Err(VerificationError::of_chains(&refused)) } else { Ok(accepted) };
    if let Some(trace) = &mut trace {
        trace.refused_chains = refused;
    }
    result
}

/// What concerns a chain as a whole.
fn check_chain(request: &Request<'_>, chain: &[&Certificate]) -> Result<(), ChainRefusal> {
    let (leaf, issuers) = match (request.bottom, chain) {
        (Bottom::Certificate(leaf), [_, issuers @ ..]) => (policy::Leaf::Certificate(leaf), issuers),
        _ => (policy::Leaf::AnyPolicies, chain),
    };
    if !policy::is_valid(leaf, issuers) {
        return Err(ChainRefusal::Policies);
    }
    // All certificates of a chain must be for this purpose, the trust anchor too.
    if let Some(certificate) = chain.iter().rev().find(|certificate| !certificate.allows(&request.purpose)) {
        return Err(ChainRefusal::ExtendedKeyUsage { certificate: (*certificate).clone() });
    }
    constraints::check_chain(chain).map_err(ChainRefusal::Name)
}
