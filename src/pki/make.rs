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
use crate::x509::{Certificate, KeyError, PrivateKey};

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
            maker.client(client_key, &ca, &ca_key.signing_key)?;
        }
        CaPlan::Copy(existing) | CaPlan::Keep(existing) => {
            if matches!(plan.ca, CaPlan::Copy(_)) {
                maker.files.push((PkiFile::CaCertificate, certificate_bytes(&existing.certificate)));
            }
            if plan.client == ClientPlan::Make {
                let ca_key = SigningKey::from_pem(&existing.key.pem)
                    .map_err(|source| MakeError::CaKey { path: existing.key_path.clone(), source })?;
                let client_key = NewKey::generate(wishes.key_algorithm)?;
                maker.client(client_key, &existing.certificate, &ca_key)?;
            }
        }
        CaPlan::Trust(_) => {}
    }
    Ok(Made { change: Change { retire: plan.retire.clone(), place: maker.files }, client_cut: maker.client_cut })
}

struct Maker<'a> {
    wishes: &'a Wishes,
    now: OffsetDateTime,
    files: Vec<(PkiFile, Zeroizing<Vec<u8>>)>,
    client_cut: bool,
}

impl Maker<'_> {
    fn ca(&mut self, key: &NewKey) -> Result<Certificate, MakeError> {
        let wishes = self.wishes;
        let profile = Profile::certificate_authority(&wishes.ca_common_name, wishes.ca_validity, self.now)
            .map_err(MakeError::CaValidity)?;
        let certificate = issue::self_signed(&profile, &key.signing_key)?;
        self.files.push((PkiFile::CaKey, key_bytes(&key.pem)));
        self.files.push((PkiFile::CaCertificate, certificate_bytes(&certificate)));
        Ok(certificate)
    }

    fn client(&mut self, key: NewKey, ca: &Certificate, ca_key: &SigningKey) -> Result<(), MakeError> {
        let wishes = self.wishes;
        let profile = Profile::front_proxy_client(
            &wishes.client_common_name,
            wishes.client_validity,
            self.now,
            ca.not_after,
            wishes.key_algorithm.can_encipher(),
        )
        .map_err(MakeError::ClientValidity)?;
        self.client_cut = wishes.client_validity.end(self.now).is_ok_and(|end| end > profile.not_after);
        let NewKey { signing_key, pem } = key;
        let client = issue::issued_by(&profile, signing_key.subject_public_key_info(), ca, ca_key)?;
        if client.raw_subject == ca.raw_subject {
            return Err(MakeError::SameName(ca.subject.to_string()));
        }
        let key = PrivateKey::from_pem(pem.as_bytes()).map_err(MakeError::Unreadable)?;
        client_fits(slice::from_ref(&client), &key, slice::from_ref(ca), self.now).map_err(MakeError::Unfit)?;
        self.files.push((PkiFile::ClientKey, key_bytes(&pem)));
        self.files.push((PkiFile::ClientCertificate, certificate_bytes(&client)));
        Ok(())
    }
}

fn key_bytes(pem: &Zeroizing<String>) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(pem.as_bytes().to_vec())
}

fn certificate_bytes(certificate: &Certificate) -> Zeroizing<Vec<u8>> {
    let block = Pem::new("CERTIFICATE", certificate.raw.clone());
    Zeroizing::new(pem::encode_config(&block, EncodeConfig::new().set_line_ending(LineEnding::LF)).into_bytes())
}
