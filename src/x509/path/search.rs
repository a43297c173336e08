//! The search for chains: Go's `buildChains`.

use time::OffsetDateTime;

use super::{Attempt, CertificatePool, Hint, Outcome, Pool, Trace, VerificationError};
use crate::x509::Certificate;
use crate::x509::certificate::SUBJECT_ALTERNATIVE_NAME;
use crate::x509::public_key::PublicKey;
use crate::x509::signature::{SignatureError, check_signature_from, check_signature_of_issuer};

/// How many candidates Go looks at in one search.
const MAX_SIGNATURE_CHECKS: usize = 100;

/// What a chain begins with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bottom<'a> {
    Certificate(&'a Certificate),
    /// A certificate that is not there, but that this CA could sign. It is not part of the chains.
    IssuedBy(&'a Certificate),
}

impl<'a> Bottom<'a> {
    /// The subject that a parent must have.
    fn issuer(self) -> &'a [u8] {
        match self {
            Self::Certificate(child) => &child.raw_issuer,
            Self::IssuedBy(issuer) => &issuer.raw_subject,
        }
    }

    fn authority_key_identifier(self) -> &'a [u8] {
        match self {
            Self::Certificate(child) => &child.authority_key_identifier,
            Self::IssuedBy(issuer) => &issuer.subject_key_identifier,
        }
    }

    fn check_signature_from(self, parent: &Certificate) -> Result<(), SignatureError> {
        match self {
            Self::Certificate(child) => check_signature_from(child, parent),
            Self::IssuedBy(issuer) => check_signature_of_issuer(issuer, parent),
        }
    }

    /// The certificate to name when the search ends here.
    fn certificate(self) -> &'a Certificate {
        match self {
            Self::Certificate(certificate) | Self::IssuedBy(certificate) => certificate,
        }
    }
}

/// One search.
pub(super) struct Search<'a, 't> {
    bottom: Bottom<'a>,
    roots: &'a CertificatePool,
    intermediates: &'a CertificatePool,
    now: OffsetDateTime,
    signature_checks: usize,
    trace: Option<&'t mut Trace>,
}

/// Complete chains, leaf first.
type Chains<'a> = Vec<Vec<&'a Certificate>>;

impl<'a, 't> Search<'a, 't> {
    pub(super) fn new(
        bottom: Bottom<'a>,
        roots: &'a CertificatePool,
        intermediates: &'a CertificatePool,
        now: OffsetDateTime,
        trace: Option<&'t mut Trace>,
    ) -> Self {
        Self { bottom, roots, intermediates, now, signature_checks: 0, trace }
    }

    /// All chains to a root.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn chains(mut self) -> Result<Chains<'a>, VerificationError> {
        let mut chain = match self.bottom {
            Bottom::Certificate(leaf) => vec![leaf],
            Bottom::IssuedBy(_) => Vec::new(),
        };
        self.extend(self.bottom, &mut chain)
    }

    /// All chains that continue `chain`, whose last certificate is `child`.
    ///
    /// The error that counts is that of the last candidate whose signature was right, even if another came after it:
    /// that is how Go does it.
    fn extend(&mut self, child: Bottom<'a>, chain: &mut Vec<&'a Certificate>) -> Result<Chains<'a>, VerificationError> {
        let (roots, intermediates) = (self.roots, self.intermediates);
        let parents =
            |pool: &'a CertificatePool| pool.potential_parents(child.issuer(), child.authority_key_identifier());
        let candidates = parents(roots).map(|candidate| (Pool::Roots, candidate));
        let candidates = candidates.chain(parents(intermediates).map(|candidate| (Pool::Intermediates, candidate)));

        let mut chains = Vec::new();
        let mut error = None;
        let mut hint = None;
        for (pool, candidate) in candidates {
            let outcome = self.consider(child, chain, candidate, pool);
            self.record(child, chain, candidate, pool, &outcome);
            match outcome {
                Outcome::LimitReached => {
                    error = Some(VerificationError::SignatureLimit);
                    break;
                }
                Outcome::UnknownKey | Outcome::AlreadyInChain => {}
                Outcome::Refused(reason) => {
                    if !matches!(reason, VerificationError::Signature(_)) {
                        error = Some(reason.clone());
                    }
                    hint.get_or_insert_with(|| Box::new(Hint { candidate: candidate.clone(), reason }));
                }
                Outcome::Accepted => {
                    chain.push(candidate);
                    error = None;
                    if pool == Pool::Roots {
                        chains.push(chain.clone());
                    } else {
                        match self.extend(Bottom::Certificate(candidate), chain) {
                            Ok(longer) => chains.extend(longer),
                            Err(reason) => error = Some(reason),
                        }
                    }
                    chain.pop();
                    if error == Some(VerificationError::SignatureLimit) {
                        break;
                    }
                }
            }
        }
        if !chains.is_empty() {
            return Ok(chains);
        }
        let unknown = || VerificationError::UnknownAuthority { certificate: child.certificate().clone(), hint };
        Err(error.unwrap_or_else(unknown))
    }

    /// Whether `candidate` is a good parent for `child`.
    fn consider(&mut self, child: Bottom<'a>, chain: &[&Certificate], candidate: &Certificate, pool: Pool) -> Outcome {
        self.signature_checks += 1;
        if self.signature_checks > MAX_SIGNATURE_CHECKS {
            return Outcome::LimitReached;
        }
        if candidate.public_key == PublicKey::Unknown {
            return Outcome::UnknownKey;
        }
        if is_already_in_chain(candidate, chain) {
            return Outcome::AlreadyInChain;
        }
        let below = match self.bottom {
            Bottom::Certificate(_) => chain.len(),
            Bottom::IssuedBy(_) => chain.len() + 1,
        };
        let checked = child
            .check_signature_from(candidate)
            .map_err(VerificationError::from)
            .and_then(|()| check_certificate(candidate, self.now))
            .and_then(|()| check_authority(candidate, pool, below));
        checked.map_or_else(Outcome::Refused, |()| Outcome::Accepted)
    }

    fn record(
        &mut self,
        child: Bottom<'_>,
        chain: &[&Certificate],
        candidate: &Certificate,
        pool: Pool,
        outcome: &Outcome,
    ) {
        if let Some(trace) = &mut self.trace {
            trace.attempts.push(Attempt {
                depth: chain.len(),
                child: child.certificate().clone(),
                candidate: candidate.clone(),
                pool,
                outcome: outcome.clone(),
            });
        }
    }
}

/// What every certificate of a chain must fulfil.
///
/// # Errors
/// The reason that Go would give.
pub(super) fn check_certificate(certificate: &Certificate, now: OffsetDateTime) -> Result<(), VerificationError> {
    let owned = || certificate.clone();
    if !certificate.unhandled_critical_extensions.is_empty() {
        Err(VerificationError::UnhandledCriticalExtension { certificate: owned() })
    } else if now < certificate.not_before {
        Err(VerificationError::NotYetValid { certificate: owned(), now })
    } else if now > certificate.not_after {
        Err(VerificationError::Expired { certificate: owned(), now })
    } else {
        Ok(())
    }
}

/// What a certificate must fulfil that has `below` others below it in the chain.
fn check_authority(certificate: &Certificate, pool: Pool, below: usize) -> Result<(), VerificationError> {
    let constraints = certificate.basic_constraints;
    // A root of version 1 may lack basicConstraints.
    if pool == Pool::Intermediates && !constraints.is_some_and(|constraints| constraints.ca) {
        return Err(VerificationError::NotAuthorizedToSign { certificate: certificate.clone() });
    }
    let intermediates = below.saturating_sub(1);
    match constraints.and_then(|constraints| constraints.path_length) {
        Some(length) if intermediates as u64 > u64::from(length) => {
            Err(VerificationError::TooManyIntermediates { certificate: certificate.clone() })
        }
        _ => Ok(()),
    }
}

/// Whether a certificate with the same subject, key and alternative names is in the chain: without this, two CAs that
/// signed each other would be a circle. Go's `alreadyInChain`.
fn is_already_in_chain(candidate: &Certificate, chain: &[&Certificate]) -> bool {
    fn names(certificate: &Certificate) -> Option<&[u8]> {
        certificate.extension(SUBJECT_ALTERNATIVE_NAME).map(|extension| extension.value.as_slice())
    }
    let same_key = chain.iter().filter(|certificate| {
        certificate.raw_subject == candidate.raw_subject
            && certificate.raw_subject_public_key_info == candidate.raw_subject_public_key_info
    });
    // Where only one of them has alternative names, Go does not look at the rest of the chain.
    for certificate in same_key {
        match (names(candidate), names(certificate)) {
            (None, None) => return true,
            (None, Some(_)) | (Some(_), None) => return false,
            (Some(a), Some(b)) if a == b => return true,
            (Some(_), Some(_)) => {}
        }
    }
    false
}
