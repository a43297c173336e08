//! What to make, what to keep, what to refuse: a pure function of what was asked for and what is there.
//!
//! | in the directory                         | `init`             | `renew`            | `init --force`     |
//! |------------------------------------------|--------------------|--------------------|--------------------|
//! | nothing                                  | makes all          | refuses            | makes all          |
//! | a CA with its key                        | makes the client   | makes the client   | makes all anew     |
//! | all four, and they work together         | changes nothing    | renews the client  | makes all anew     |
//! | all but the CA's key, and they work      | changes nothing    | refuses            | makes all anew     |
//! | all four, but the client has expired     | refuses            | renews the client  | makes all anew     |
//! | anything else (half a pair, two CAs, ..) | refuses            | refuses            | makes all anew     |
//!
//! A copy of what makes room is kept beside it under a dated name. With a CA that is given (`--ca-cert`, `--ca-key`),
//! "all" is the client and a copy of the CA's certificate; its key stays where it is.

mod refusal;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use time::OffsetDateTime;

use super::contents::{Contents, Entry, KeyFile};
use super::fit::{Misfit, client_fits, shares_key};
use super::key::{SigningKey, SigningKeyError};
use super::layout::{CLUSTER_CA, PkiFile};
pub use crate::x509::CaMisfit;
use crate::x509::{Certificate, ExtendedKeyUsage};
pub use refusal::{Reason, Refusal, Same};

/// What was asked for, as far as it decides what happens to the files.
#[derive(Debug)]
pub struct Request {
    pub directory: PathBuf,
    pub replace: Replace,
    /// `--ca-cert` and `--ca-key`.
    pub given_ca: Option<GivenCa>,
    /// `--client-ca-file`; `None`: `ca.crt` of the directory, when it is there.
    pub cluster_ca: Option<(PathBuf, Vec<Certificate>)>,
}

/// What may take the place of files that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    Nothing,
    /// `aggcert renew`
    Client,
    /// `--force`
    Everything,
}

/// An existing front-proxy CA to issue from.
#[derive(Debug, Clone)]
pub struct GivenCa {
    pub certificate_path: PathBuf,
    pub key_path: PathBuf,
    /// At least one.
    pub certificates: Vec<Certificate>,
    pub key: KeyFile,
}

impl GivenCa {
    /// The certificate that belongs to the key.
    pub fn certificate(&self) -> Option<Certificate> {
        certificate_of(&self.certificates, &self.key)
    }

    /// # Errors
    /// When this key cannot sign here.
    pub fn signing_key(&self) -> Result<SigningKey, SigningKeyError> {
        SigningKey::from_pem(&self.key.pem)
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub ca: CaPlan,
    pub client: ClientPlan,
    /// What makes room and is kept under a dated name.
    pub retire: Vec<PkiFile>,
}

/// Where the CA comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaPlan {
    Make,
    /// It is there; the key may be elsewhere.
    Keep(ExistingCa),
    /// Its certificate is copied into the directory, its key is not.
    Copy(ExistingCa),
    /// It is there and has a client, so that nothing is to be issued; its key is elsewhere.
    Trust(Certificate),
}

/// A CA certificate and the key that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingCa {
    pub certificate: Certificate,
    pub key: KeyFile,
    /// Where the key was read.
    pub key_path: PathBuf,
}

/// Where the client comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientPlan {
    Make,
    Keep,
}

impl Plan {
    /// Whether the directory stays as it is.
    pub fn changes_nothing(&self) -> bool {
        matches!(self.ca, CaPlan::Keep(_) | CaPlan::Trust(_))
            && self.client == ClientPlan::Keep
            && self.retire.is_empty()
    }

    /// What is written, in the order of [`PkiFile::SERVED`].
    pub fn made(&self) -> Vec<PkiFile> {
        let ca: &[PkiFile] = match self.ca {
            CaPlan::Make => &[PkiFile::CaCertificate, PkiFile::CaKey],
            CaPlan::Copy(_) => &[PkiFile::CaCertificate],
            CaPlan::Keep(_) | CaPlan::Trust(_) => &[],
        };
        let client: &[PkiFile] = match self.client {
            ClientPlan::Make => &[PkiFile::ClientCertificate, PkiFile::ClientKey],
            ClientPlan::Keep => &[],
        };
        [ca, client].concat()
    }
}

/// Decides what to do.
///
/// # Errors
/// When something is there that must not be overwritten, and cannot be kept either.
pub fn plan(request: &Request, contents: &Contents, now: OffsetDateTime) -> Result<Plan, Refusal> {
    Planner { request, contents, now }.plan().map_err(|reason| Refusal { directory: request.directory.clone(), reason })
}

struct Planner<'a> {
    request: &'a Request,
    contents: &'a Contents,
    now: OffsetDateTime,
}

impl Planner<'_> {
    fn plan(&self) -> Result<Plan, Reason> {
        self.all_usable()?;
        let mut retire = Vec::new();
        let ca = match &self.request.given_ca {
            Some(given) => self.given_ca(given, &mut retire)?,
            None => self.own_ca(&mut retire)?,
        };
        match &ca {
            CaPlan::Keep(ExistingCa { certificate, .. })
            | CaPlan::Copy(ExistingCa { certificate, .. })
            | CaPlan::Trust(certificate) => self.usable_ca(certificate)?,
            CaPlan::Make => {}
        }
        let client = self.client(&ca, &mut retire)?;
        Ok(Plan { ca, client, retire })
    }

    /// Every file that is there and stays must be readable.
    fn all_usable(&self) -> Result<(), Reason> {
        let stays: &[PkiFile] = match self.request.replace {
            Replace::Nothing => &PkiFile::SERVED,
            Replace::Client => &[PkiFile::CaCertificate, PkiFile::CaKey],
            Replace::Everything => &[],
        };
        stays.iter().try_for_each(|file| match self.contents.trouble(*file) {
            None => Ok(()),
            Some(why) => Err(Reason::Unusable { file: *file, why: why.clone() }),
        })
    }

    fn own_ca(&self, retire: &mut Vec<PkiFile>) -> Result<CaPlan, Reason> {
        use PkiFile::{CaCertificate, CaKey, ClientCertificate, ClientKey};
        if self.request.replace == Replace::Everything {
            self.retire([CaCertificate, CaKey], retire);
            return Ok(CaPlan::Make);
        }
        match (self.contents.ca_certificates.present(), self.contents.ca_key.present()) {
            (Some(certificates), Some(key)) => match certificate_of(certificates, key) {
                Some(certificate) => {
                    let key_path = self.path(CaKey);
                    Ok(CaPlan::Keep(ExistingCa { certificate, key: key.clone(), key_path }))
                }
                None => Err(self.mismatch(CaCertificate, CaKey)),
            },
            (Some(certificates), None) => self.ca_without_key(certificates),
            (None, Some(_)) => Err(Reason::HalfOfAPair { there: CaKey, missing: CaCertificate }),
            (None, None) => match [ClientCertificate, ClientKey].into_iter().find(|file| self.contents.has(*file)) {
                Some(there) => Err(Reason::ClientWithoutCa { there }),
                None if self.request.replace == Replace::Client => Err(Reason::NothingToRenew),
                None => Ok(CaPlan::Make),
            },
        }
    }

    /// A directory that works and lacks the CA's key is how a careful operator keeps it.
    fn ca_without_key(&self, certificates: &[Certificate]) -> Result<CaPlan, Reason> {
        use PkiFile::{CaCertificate, CaKey};
        let client = self.contents.client_certificates.present().zip(self.contents.client_key.present());
        match client {
            Some((client, key)) if self.request.replace == Replace::Nothing => {
                let issued =
                    |ca: &&Certificate| client_fits(client, &key.key, std::slice::from_ref(*ca), self.now).is_ok();
                // What is wrong with a client that does not fit is said where the client is looked at.
                let ca = certificates.iter().find(issued).or(certificates.first());
                ca.cloned().map(CaPlan::Trust).ok_or(Reason::HalfOfAPair { there: CaCertificate, missing: CaKey })
            }
            _ => Err(Reason::HalfOfAPair { there: CaCertificate, missing: CaKey }),
        }
    }

    fn given_ca(&self, given: &GivenCa, retire: &mut Vec<PkiFile>) -> Result<CaPlan, Reason> {
        let certificate = certificate_of(&given.certificates, &given.key).ok_or_else(|| Reason::PairDoesNotMatch {
            certificate: given.certificate_path.clone(),
            key: given.key_path.clone(),
        })?;
        let may_replace = self.request.replace == Replace::Everything;
        match &self.contents.ca_key {
            Entry::Absent => {}
            Entry::Present(key) if key.key == given.key.key => {}
            _ if may_replace => retire.push(PkiFile::CaKey),
            _ => return Err(Reason::OtherCaKey { given: given.certificate_path.clone() }),
        }
        let existing = ExistingCa { certificate, key: given.key.clone(), key_path: given.key_path.clone() };
        match &self.contents.ca_certificates {
            Entry::Present(certificates) if certificates.contains(&existing.certificate) => Ok(CaPlan::Keep(existing)),
            Entry::Absent => Ok(CaPlan::Copy(existing)),
            _ if may_replace => {
                retire.push(PkiFile::CaCertificate);
                Ok(CaPlan::Copy(existing))
            }
            _ => Err(Reason::OtherCa { given: given.certificate_path.clone() }),
        }
    }

    fn client(&self, ca: &CaPlan, retire: &mut Vec<PkiFile>) -> Result<ClientPlan, Reason> {
        use PkiFile::{ClientCertificate, ClientKey};
        if self.request.replace != Replace::Nothing {
            self.retire([ClientCertificate, ClientKey], retire);
            return Ok(ClientPlan::Make);
        }
        match (self.contents.client_certificates.present(), self.contents.client_key.present()) {
            (None, None) => Ok(ClientPlan::Make),
            (Some(_), None) => Err(Reason::HalfOfAPair { there: ClientCertificate, missing: ClientKey }),
            (None, Some(_)) => Err(Reason::HalfOfAPair { there: ClientKey, missing: ClientCertificate }),
            (Some(certificates), Some(key)) => match client_fits(certificates, &key.key, &self.trusted(ca), self.now) {
                Ok(()) => Ok(ClientPlan::Keep),
                Err(Misfit::OtherKey) => Err(self.mismatch(ClientCertificate, ClientKey)),
                Err(misfit) => Err(Reason::ClientUnfit(misfit)),
            },
        }
    }

    /// What extension API servers will trust: all of the file when it stays, a bundle in the middle of a rotation too.
    fn trusted(&self, ca: &CaPlan) -> Vec<Certificate> {
        match ca {
            CaPlan::Make => Vec::new(),
            CaPlan::Keep(_) | CaPlan::Trust(_) => self.contents.ca_certificates.present().cloned().unwrap_or_default(),
            CaPlan::Copy(existing) => vec![existing.certificate.clone()],
        }
    }

    fn retire(&self, files: [PkiFile; 2], retire: &mut Vec<PkiFile>) {
        retire.extend(files.into_iter().filter(|file| self.contents.has(*file)));
    }

    fn mismatch(&self, certificate: PkiFile, key: PkiFile) -> Reason {
        Reason::PairDoesNotMatch { certificate: self.path(certificate), key: self.path(key) }
    }

    fn path(&self, file: PkiFile) -> PathBuf {
        self.request.directory.join(file.name())
    }

    fn ca_path(&self) -> PathBuf {
        match &self.request.given_ca {
            Some(given) => given.certificate_path.clone(),
            None => self.path(PkiFile::CaCertificate),
        }
    }

    fn usable_ca(&self, certificate: &Certificate) -> Result<(), Reason> {
        self.not_the_cluster_ca(certificate)?;
        CaMisfit::of(certificate, &ExtendedKeyUsage::ClientAuth, self.now)
            .map_err(|why| Reason::CaUnfit { certificate: self.ca_path(), why })
    }

    fn not_the_cluster_ca(&self, certificate: &Certificate) -> Result<(), Reason> {
        let (cluster_ca, certificates) = match (&self.request.cluster_ca, &self.contents.cluster_ca) {
            (Some((path, certificates)), _) => (path.clone(), certificates),
            (None, Entry::Present(certificates)) => (self.request.directory.join(CLUSTER_CA), certificates),
            (None, Entry::Unusable(why)) => return Err(Reason::ClusterCaUnusable { why: why.clone() }),
            (None, Entry::Absent) => return Ok(()),
        };
        if !shares_key(certificate, certificates) {
            return Ok(());
        }
        let same = if certificates.contains(certificate) { Same::Certificate } else { Same::Key };
        Err(Reason::IsClusterCa { certificate: self.ca_path(), cluster_ca, same })
    }
}

/// The certificate of a bundle that belongs to a key.
fn certificate_of(certificates: &[Certificate], key: &KeyFile) -> Option<Certificate> {
    certificates.iter().find(|certificate| key.key.matches(certificate)).cloned()
}
