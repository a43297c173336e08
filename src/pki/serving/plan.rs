//! What to make, what to keep, what to refuse: a pure function of what was asked for and what is there.

use std::path::PathBuf;

use time::OffsetDateTime;

use super::{NextStep, ServingContents, ServingFile, ServingReason, ServingRefusal, ServingWishes};
use crate::pki::plan::CaMisfit;
use crate::pki::{Entry, KeyFile, Validity};
use crate::x509::path::verify_server;
use crate::x509::{Certificate, CertificatePool, ExtendedKeyUsage};

/// What was asked for.
#[derive(Debug)]
pub struct ServingRequest {
    pub directory: PathBuf,
    pub ask: Ask,
    pub wishes: ServingWishes,
}

/// How much is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// What is missing or due.
    WhatIsDue,
    /// `--replace-ca`: the first step, due or not. Once it is done, no more than what is due.
    ReplaceCa,
    /// `--next`: the step after the one that was done, by its name: who repeats a command takes no other step.
    Next(NextStep),
    /// `--force`
    Everything,
}

/// How far the replacement of a CA has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// There is one CA.
    One,
    /// Both are trusted, the certificate is of the old one.
    Both,
    /// Both are trusted, the certificate is of the new one.
    Switched,
}

/// What happens to the CA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaStep {
    Make,
    Keep,
    /// Makes the new one, and trusts it beside the old one.
    TrustBoth,
    /// Issues from the new one.
    Switch,
    /// Leaves the old one out.
    Distrust,
}

/// Why a serving certificate is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// There is none, or all is made anew.
    Missing,
    /// It is to be of the other CA.
    Switch,
    Expired,
    /// It was made when the clock was ahead.
    NotYetValid,
    /// So much of its life is over that it is time.
    Due,
    /// These names were asked for and are not in it.
    Names(Vec<String>),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServingPlan {
    pub ca: CaStep,
    /// `None`: the certificate is kept.
    pub certificate: Option<Why>,
    /// Where the replacement of the CA stands afterwards.
    pub stage: Stage,
    /// The CA that issues, when one is there that does.
    pub issuer: Option<Certificate>,
    /// The certificate is due and stays, because it already ends with its CA: nothing but the next step of replacing the CA
    /// helps.
    pub is_overdue: bool,
}

impl ServingPlan {
    /// Whether every certificate and key stays as it is.
    pub fn changes_nothing(&self) -> bool {
        self.ca == CaStep::Keep && self.certificate.is_none()
    }
}

/// Decides what happens to certificates and keys.
///
/// # Errors
/// When what is there cannot be used, or what was asked for cannot be done.
pub fn plan_serving(
    request: &ServingRequest,
    contents: &ServingContents,
    now: OffsetDateTime,
) -> Result<ServingPlan, ServingRefusal> {
    Planner { request, contents, now }
        .plan()
        .map_err(|reason| ServingRefusal { directory: request.directory.clone(), reason })
}

struct Planner<'a> {
    request: &'a ServingRequest,
    contents: &'a ServingContents,
    now: OffsetDateTime,
}

impl Planner<'_> {
    fn plan(&self) -> Result<ServingPlan, ServingReason> {
        let ask = self.request.ask;
        let is_empty = !ServingFile::PKI.into_iter().any(|file| self.contents.has(file));
        if ask == Ask::Everything || (is_empty && ask == Ask::WhatIsDue) {
            let (ca, certificate) = (CaStep::Make, Some(Why::Missing));
            return Ok(ServingPlan { ca, certificate, stage: Stage::One, issuer: None, is_overdue: false });
        }
        if is_empty {
            return Err(ServingReason::NothingThere);
        }
        for file in ServingFile::PKI {
            if let Some(why) = self.contents.trouble(file) {
                return Err(ServingReason::Unusable { file, why: why.clone() });
            }
        }
        let bundle = self.bundle()?;
        let issuer = self.issuer(bundle)?;
        let stage = self.stage(bundle, issuer);
        let ca = self.ca_step(stage, issuer)?;
        if stage == Stage::Both && ca == CaStep::Keep {
            let usage = &ExtendedKeyUsage::ServerAuth;
            CaMisfit::of(issuer, usage, self.now).map_err(ServingReason::OldCaUnfit)?;
        }
        let (stage, issuer) = match ca {
            CaStep::TrustBoth => (Stage::Both, issuer.clone()),
            CaStep::Switch => (Stage::Switched, self.next(bundle)?.clone()),
            CaStep::Distrust => (Stage::One, issuer.clone()),
            CaStep::Make | CaStep::Keep => (stage, issuer.clone()),
        };
        let certificate = if ca == CaStep::Switch { Some(Why::Switch) } else { self.certificate(bundle, &issuer)? };
        if certificate.is_some() {
            CaMisfit::of(&issuer, &ExtendedKeyUsage::ServerAuth, self.now).map_err(ServingReason::CaUnfit)?;
            // A new CA's key is there: it was found above.
            if ca != CaStep::Switch && self.contents.ca_key.is_absent() {
                return Err(ServingReason::Lacks { there: ServingFile::CaCertificate, missing: ServingFile::CaKey });
            }
        }
        let is_due = |leaf| self.now >= due_at(leaf, self.request.wishes.renew_before);
        let is_overdue = ca == CaStep::Keep && certificate.is_none() && self.contents.leaf().is_some_and(is_due);
        Ok(ServingPlan { ca, certificate, stage, issuer: Some(issuer), is_overdue })
    }

    fn bundle(&self) -> Result<&[Certificate], ServingReason> {
        use ServingFile::{CaCertificate, CaKey, Certificate, Key, NextCaKey};
        match &self.contents.ca_certificates {
            Entry::Present(bundle) => Ok(bundle),
            _ => {
                let there = [CaKey, NextCaKey, Certificate, Key].into_iter().find(|file| self.contents.has(*file));
                Err(ServingReason::Lacks { there: there.unwrap_or(CaKey), missing: CaCertificate })
            }
        }
    }

    /// The CA that issues now: that of the key; where the key is elsewhere, that of the certificate.
    fn issuer<'b>(&self, bundle: &'b [Certificate]) -> Result<&'b Certificate, ServingReason> {
        use ServingFile::{CaCertificate, CaKey};
        match (self.contents.ca_key.present(), self.contents.leaf()) {
            (Some(key), _) => {
                of_key(bundle, key).ok_or(ServingReason::OtherKey { certificate: CaCertificate, key: CaKey })
            }
            (None, Some(leaf)) => {
                let issuer = bundle.iter().find(|ca| leaf.is_signed_by(ca)).or(bundle.first());
                issuer.ok_or(ServingReason::Lacks { there: CaKey, missing: CaCertificate })
            }
            (None, None) => Err(ServingReason::Lacks { there: CaCertificate, missing: CaKey }),
        }
    }

    fn next<'b>(&self, bundle: &'b [Certificate]) -> Result<&'b Certificate, ServingReason> {
        use ServingFile::{CaCertificate, NextCaKey};
        let key = self.contents.next_ca_key.present();
        let key = key.ok_or(ServingReason::Lacks { there: CaCertificate, missing: NextCaKey })?;
        of_key(bundle, key).ok_or(ServingReason::OtherKey { certificate: CaCertificate, key: NextCaKey })
    }

    fn stage(&self, bundle: &[Certificate], issuer: &Certificate) -> Stage {
        if self.contents.has(ServingFile::NextCaKey) {
            Stage::Both
        } else if bundle.iter().any(|ca| ca != issuer) {
            Stage::Switched
        } else {
            Stage::One
        }
    }

    fn ca_step(&self, stage: Stage, issuer: &Certificate) -> Result<CaStep, ServingReason> {
        match (self.request.ask, stage) {
            (Ask::Next(_), Stage::One) => Err(ServingReason::NothingUnderWay),
            (Ask::Next(NextStep::Switch), Stage::Both) => Ok(CaStep::Switch),
            (Ask::Next(NextStep::Distrust), Stage::Switched) => Ok(CaStep::Distrust),
            (Ask::Next(NextStep::Switch), Stage::Switched) => Err(ServingReason::OtherStep(NextStep::Distrust)),
            (Ask::Next(NextStep::Distrust), Stage::Both) => Err(ServingReason::OtherStep(NextStep::Switch)),
            (Ask::ReplaceCa, Stage::One) => Ok(CaStep::TrustBoth),
            // What has no key here is somebody else's to replace.
            (Ask::WhatIsDue, Stage::One) if self.is_ca_due(issuer) && !self.contents.ca_key.is_absent() => {
                Ok(CaStep::TrustBoth)
            }
            _ => Ok(CaStep::Keep),
        }
    }

    /// A CA that ends within the life of one more certificate has to be replaced first; a third of its own life is early
    /// enough.
    fn is_ca_due(&self, ca: &Certificate) -> bool {
        let third = (ca.not_after - ca.not_before) / 3;
        self.now >= ca.not_after - self.request.wishes.validity.length().min(third)
    }

    fn certificate(&self, bundle: &[Certificate], issuer: &Certificate) -> Result<Option<Why>, ServingReason> {
        use ServingFile::{Certificate, Key};
        let (leaf, key) = match (self.contents.leaf(), self.contents.key.present()) {
            (None, None) => return Ok(Some(Why::Missing)),
            (Some(_), None) => return Err(ServingReason::Lacks { there: Certificate, missing: Key }),
            (None, Some(_)) => return Err(ServingReason::Lacks { there: Key, missing: Certificate }),
            (Some(leaf), Some(key)) => (leaf, key),
        };
        if !key.key.matches(leaf) {
            return Err(ServingReason::OtherKey { certificate: Certificate, key: Key });
        }
        if self.now > leaf.not_after {
            return Ok(Some(Why::Expired));
        }
        if self.now < leaf.not_before {
            return Ok(Some(Why::NotYetValid));
        }
        let rest = self.contents.certificates.present().into_iter().flatten().skip(1).cloned();
        let roots = CertificatePool::new(bundle.iter().cloned());
        verify_server(leaf, &roots, &CertificatePool::new(rest), self.now).map_err(ServingReason::Untrusted)?;
        let wishes = &self.request.wishes;
        let lacking = wishes.dns_names.iter().filter(|name| !leaf.dns_names.contains(name));
        let lacking = lacking.cloned().collect::<Vec<_>>();
        if !lacking.is_empty() {
            return Ok(Some(Why::Names(lacking)));
        }
        // One that would end no later is of no use.
        let is_due = self.now >= due_at(leaf, wishes.renew_before) && issuer.not_after > leaf.not_after;
        Ok(is_due.then_some(Why::Due))
    }
}

/// When a certificate is to be renewed: so long before its end, otherwise when two thirds of its life are over.
fn due_at(leaf: &Certificate, renew_before: Option<Validity>) -> OffsetDateTime {
    let third = (leaf.not_after - leaf.not_before) / 3;
    leaf.not_after - renew_before.map_or(third, Validity::length)
}

fn of_key<'b>(bundle: &'b [Certificate], key: &KeyFile) -> Option<&'b Certificate> {
    bundle.iter().find(|ca| key.key.matches(ca))
}
