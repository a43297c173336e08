//! From a plan to the bytes of the files.

use std::path::PathBuf;
use std::slice;

use pem::{EncodeConfig, LineEnding, Pem};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::fit::{Misfit, client_fits};
use super::issue::{self, IssueError};
use super::key::{KeyAlgorithm, NewKey, SigningKey, SigningKeyError};
use super::layout::PkiFile;
use super::plan::{CaPlan, ClientPlan, Plan};
use super::profile::Profile;
use super::renewal::CLIENT_VALIDITY;
use super::store::Change;
use super::validity::{Validity, ValidityError};
use crate::x509::host_name::HostNameError;
use crate::x509::{Certificate, CertificatePool, KeyError, PrivateKey, VerificationError, path};

/// What new certificates are to contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wishes {
    pub key_algorithm: KeyAlgorithm,
    pub ca_common_name: String,
    pub ca_validity: Validity,
    pub client_common_name: String,
    pub client_validity: Validity,
}

impl Default for Wishes {
    /// kubeadm's names, ten years and one.
    fn default() -> Self {
        Self {
            key_algorithm: KeyAlgorithm::default(),
            ca_common_name: "front-proxy-ca".to_owned(),
            ca_validity: Validity::days(3650),
            client_common_name: "front-proxy-client".to_owned(),
            client_validity: CLIENT_VALIDITY,
        }
    }
}

/// The change of the directory, ready to be committed.
#[derive(Debug)]
pub struct Made {
    pub change: Change,
    /// The client would have been valid for longer than its CA.
    pub client_cut: bool,
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MakeError {
    #[error("--ca-validity")]
    CaValidity(#[source] ValidityError),
    #[error("--client-validity")]
    ClientValidity(#[source] ValidityError),
    #[error("{}", path.display())]
    CaKey { path: PathBuf, source: SigningKeyError },
    #[error("--serving-validity")]
    ServingValidity(#[source] ValidityError),
    #[error(transparent)]
    Key(#[from] SigningKeyError),
    #[error(transparent)]
    Issue(#[from] IssueError),
    #[error("the key that was made cannot be read")]
    Unreadable(#[source] KeyError),
    /// OpenSSL takes a certificate for self-signed whose issuer and subject are the same.
    #[error("--client-common-name: the client must not have the same name as its CA, {0}")]
    SameName(String),
    /// The last check before anything is written.
    #[error("the CA cannot issue a client that kube-apiserver accepts")]
    Unfit(#[source] Misfit),
    /// The same for a serving certificate.
    #[error("the CA cannot issue a serving certificate that kube-apiserver accepts")]
    Untrusted(#[source] VerificationError),
    #[error("the serving certificate that was made is not for the name that was asked for")]
    Name(#[source] HostNameError),
    #[error("there is no CA to issue from")]
    NoCa,
}

/// Makes the keys and certificates of a plan. A new CA always gets a new client: an old one would not be its own.
///
/// # Errors
/// When a validity does not fit into a certificate, or a key cannot be made or cannot sign.
pub fn make(plan: &Plan, wishes: &Wishes, now: OffsetDateTime) -> Result<Made, MakeError> {
    let mut maker = Maker { wishes, now, files: Vec::new(), client_cut: false };
    match &plan.ca {
        CaPlan::Make => {
            let (ca_key, client_key) = NewKey::generate_pair(wishes.key_algorithm)?;
            let ca = maker.ca(&ca_key)?;
            maker.client(&client_key, &ca, &ca_key.signing_key)?;
        }
        CaPlan::Copy(existing) | CaPlan::Keep(existing) => {
            if matches!(plan.ca, CaPlan::Copy(_)) {
                maker.files.push((PkiFile::CaCertificate, certificate_bytes(&existing.certificate)));
            }
            if plan.client == ClientPlan::Make {
                let ca_key = SigningKey::from_pem(&existing.key.pem)
                    .map_err(|source| MakeError::CaKey { path: existing.key_path.clone(), source })?;
                let client_key = NewKey::generate(wishes.key_algorithm)?;
                maker.client(&client_key, &existing.certificate, &ca_key)?;
            }
        }
        CaPlan::Trust(_) => {}
    }
    Ok(Made {
        change: Change { retire: plan.retire.clone(), place: maker.files, ..Change::default() },
        client_cut: maker.client_cut,
    })
}

struct Maker<'a> {
    wishes: &'a Wishes,
    now: OffsetDateTime,
    files: Vec<(PkiFile, Zeroizing<Vec<u8>>)>,
    client_cut: bool,
}

impl Maker<'_> {
    fn ca(&mut self, key: &NewKey) -> Result<Certificate, MakeError> {
        let certificate = authority(self.wishes, key, None, self.now)?;
        self.files.push((PkiFile::CaKey, key_bytes(&key.pem)));
        self.files.push((PkiFile::CaCertificate, certificate_bytes(&certificate)));
        Ok(certificate)
    }

    fn client(&mut self, key: &NewKey, ca: &Certificate, ca_key: &SigningKey) -> Result<(), MakeError> {
        let certificate = client(self.wishes, key, ca, ca_key, self.now)?;
        self.client_cut = self.wishes.client_validity.end(self.now).is_ok_and(|end| end > certificate.not_after);
        self.files.push((PkiFile::ClientKey, key_bytes(&key.pem)));
        self.files.push((PkiFile::ClientCertificate, certificate_bytes(&certificate)));
        Ok(())
    }
}

/// A front-proxy CA, which begins at `earliest` at the earliest.
///
/// # Errors
/// When its end lies too far away, or the key cannot sign.
pub fn authority(
    wishes: &Wishes,
    key: &NewKey,
    earliest: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Result<Certificate, MakeError> {
    let mut profile = Profile::certificate_authority(&wishes.ca_common_name, wishes.ca_validity, now)
        .map_err(MakeError::CaValidity)?;
    profile.not_before = earliest.unwrap_or(profile.not_before).max(profile.not_before);
    Ok(issue::self_signed(&profile, &key.signing_key)?)
}

/// A front-proxy client, checked before it is used.
///
/// # Errors
/// When its end lies too far away, the CA cannot sign, or nobody would accept it.
pub fn client(
    wishes: &Wishes,
    key: &NewKey,
    ca: &Certificate,
    ca_key: &SigningKey,
    now: OffsetDateTime,
) -> Result<Certificate, MakeError> {
    let client = signed(wishes, key.signing_key.subject_public_key_info(), ca, ca_key, now)?;
    let key = PrivateKey::from_pem(key.pem.as_bytes()).map_err(MakeError::Unreadable)?;
    client_fits(slice::from_ref(&client), &key, slice::from_ref(ca), now).map_err(MakeError::Unfit)?;
    Ok(client)
}

/// A front-proxy client for a key (SubjectPublicKeyInfo) of somebody else.
///
/// # Errors
/// As [`client`].
pub fn signed(
    wishes: &Wishes,
    subject_public_key_info: &[u8],
    ca: &Certificate,
    ca_key: &SigningKey,
    now: OffsetDateTime,
) -> Result<Certificate, MakeError> {
    let profile = Profile::front_proxy_client(
        &wishes.client_common_name,
        wishes.client_validity,
        now,
        ca.not_after,
        wishes.key_algorithm.can_encipher(),
    )
    .map_err(MakeError::ClientValidity)?;
    let client = issue::issued_by(&profile, subject_public_key_info, ca, ca_key)?;
    if client.raw_subject == ca.raw_subject {
        return Err(MakeError::SameName(ca.subject.to_string()));
    }
    let roots = CertificatePool::new([ca.clone()]);
    path::verify(&client, &roots, &CertificatePool::new([]), now)
        .map_err(|why| MakeError::Unfit(Misfit::Untrusted(why)))?;
    Ok(client)
}

pub(crate) fn key_bytes(pem: &Zeroizing<String>) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(pem.as_bytes().to_vec())
}

pub(crate) fn certificate_bytes(certificate: &Certificate) -> Zeroizing<Vec<u8>> {
    bundle_bytes(slice::from_ref(certificate))
}

/// Certificates in PEM, one below the other.
pub(crate) fn bundle_bytes(certificates: &[Certificate]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(certificates.iter().flat_map(|certificate| pem_of(certificate).into_bytes()).collect())
}

fn pem_of(certificate: &Certificate) -> String {
    let block = Pem::new("CERTIFICATE", certificate.raw.clone());
    pem::encode_config(&block, EncodeConfig::new().set_line_ending(LineEnding::LF))
}
