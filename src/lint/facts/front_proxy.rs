//! Why the requestheader bundle does not accept the proxy client: one reason, so that one cause gives one error.

use time::OffsetDateTime;

use super::dates::Validity;
use crate::lint::Outcome;
use crate::model::{CertificateFile, Setup, TrustBundle};
use crate::text::{Located, Origin};
use crate::x509::path::{Outcome as Attempted, Trace, verify_with_trace};
use crate::x509::signature::is_signed_by_key_of;
use crate::x509::{Certificate, Chain, SignatureError, VerificationError};

/// The proxy client and the bundle that must accept it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FrontProxy<'a> {
    pub client: &'a CertificateFile,
    pub bundle: &'a TrustBundle,
}

/// What stands between the proxy client and the bundle.
#[derive(Debug, Clone)]
pub(crate) enum Obstacle {
    /// Certificates that the proxy client sends are out of their validity, and nothing else is wrong.
    ClientOutOfDate,
    /// The trust anchor is out of its validity, and nothing else is wrong.
    CaOutOfDate(Certificate),
    /// A certificate that the proxy client sends is not for clientAuth.
    ClientUsage(Certificate),
    /// The issuer is in the bundle, but no certificate that it issues is accepted, or not this far down.
    CaMayNotSign(Certificate),
    /// The signature on a certificate that the proxy client sends is never accepted.
    WeakSignature(Certificate),
    /// There is no path.
    NoPath,
}

impl<'a> FrontProxy<'a> {
    /// # Errors
    /// Not applicable or unknown when one of the two is not there to look at.
    pub(crate) fn of(setup: &'a Setup) -> Result<Self, Outcome> {
        Ok(Self { client: setup.proxy_client.get()?, bundle: setup.requestheader_client_ca.get()? })
    }

    /// Path validation as every server does it.
    pub(crate) fn verify(&self, now: OffsetDateTime) -> Result<Vec<Chain>, VerificationError> {
        self.trace(now).0
    }

    /// The obstacle and the server's words; `None` when the proxy client is accepted.
    pub(crate) fn obstacle(&self, now: OffsetDateTime) -> Option<(Obstacle, VerificationError)> {
        let Err(error) = self.verify(now) else { return None };
        let obstacle = self.out_of_date(now).unwrap_or_else(|| self.beyond_dates(now));
        Some((obstacle, error))
    }

    /// Whether a certificate is one of those that the proxy client sends.
    pub(crate) fn sends(&self, certificate: &Certificate) -> bool {
        self.sent(certificate).is_some()
    }

    /// Where a certificate that the proxy client sends is written.
    pub(crate) fn origin(&self, certificate: &Certificate) -> Origin {
        self.sent(certificate).map_or(&self.client.origin, |located| &located.origin).clone()
    }

    fn sent(&self, certificate: &Certificate) -> Option<&'a Located<Certificate>> {
        self.client.certificates().find(|located| located.value == *certificate)
    }

    fn trace(&self, now: OffsetDateTime) -> (Result<Vec<Chain>, VerificationError>, Trace) {
        verify_with_trace(&self.client.leaf.value, self.bundle.pool(), &self.client.intermediates(), now)
    }

    /// If there is a moment at which the proxy client is accepted, only dates stand in the way.
    ///
    /// Where some validities overlap at all, they overlap at the latest of their beginnings.
    fn out_of_date(&self, now: OffsetDateTime) -> Option<Obstacle> {
        let sent = self.client.certificates().map(|located| &located.value);
        let chain = sent
            .chain(self.bundle.certificates())
            .filter_map(|certificate| self.verify(certificate.not_before).ok())
            .flatten()
            .next()?;
        let out_of_date = |certificate: &&Certificate| Validity::of(certificate, now) != Validity::Valid;
        Some(match chain.last().filter(out_of_date) {
            Some(anchor) if !self.sends(anchor) => Obstacle::CaOutOfDate(anchor.clone()),
            _ => Obstacle::ClientOutOfDate,
        })
    }

    /// What is wrong at a moment at which the proxy client's own certificate is valid.
    fn beyond_dates(&self, now: OffsetDateTime) -> Obstacle {
        let leaf = &self.client.leaf.value;
        let moment = if Validity::of(leaf, now) == Validity::Valid { now } else { leaf.not_before };
        let (result, trace) = self.trace(moment);
        if let Err(VerificationError::IncompatibleKeyUsage { certificate, .. }) = result {
            return if self.sends(&certificate) {
                Obstacle::ClientUsage(certificate)
            } else {
                Obstacle::CaMayNotSign(certificate)
            };
        }
        trace
            .attempts
            .iter()
            .find_map(|attempt| {
                let Attempted::Refused(error) = &attempt.outcome else { return None };
                let candidate = &attempt.candidate;
                match error {
                    VerificationError::Signature(SignatureError::Insecure(_)) => {
                        Some(Obstacle::WeakSignature(attempt.child.clone()))
                    }
                    VerificationError::Signature(SignatureError::ConstraintViolation)
                        if !is_signed_by_key_of(&attempt.child, candidate) =>
                    {
                        None
                    }
                    VerificationError::Signature(SignatureError::ConstraintViolation)
                    | VerificationError::UnhandledCriticalExtension { .. }
                    | VerificationError::TooManyIntermediates { .. }
                        if !self.sends(candidate) =>
                    {
                        Some(Obstacle::CaMayNotSign(candidate.clone()))
                    }
                    _ => None,
                }
            })
            .unwrap_or(Obstacle::NoPath)
    }
}
