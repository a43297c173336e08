//! What a directory holds, read but not judged.

use zeroize::Zeroizing;

use super::layout::{CLUSTER_CA, PkiFile};
use super::store::{Change, Kept, Store, StoreError, reason};
use crate::x509::{Certificate, KeyError, PrivateKey, pem};

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Entry<T> {
    #[default]
    Absent,
    /// It is there, but it cannot be read or does not parse.
    Unusable(ContentsError),
    Present(T),
}

impl<T> Entry<T> {
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// What the file holds, if it is there and usable.
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::Unusable(_) => None,
        }
    }
}

/// A key file: its bytes, which are wiped when dropped, and the public half of its first key.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyFile {
    pub pem: Zeroizing<Vec<u8>>,
    pub key: PrivateKey,
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.key.fmt(f)
    }
}

/// The files of a PKI directory that matter to the aggregation layer. A directory that is not there is an empty one.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// At least one certificate when present.
    pub ca_certificates: Entry<Vec<Certificate>>,
    pub ca_key: Entry<KeyFile>,
    /// The client first, then what it sends along.
    pub client_certificates: Entry<Vec<Certificate>>,
    pub client_key: Entry<KeyFile>,
    /// What a rotation has got ready.
    pub next_ca_key: Entry<KeyFile>,
    pub next_client_certificates: Entry<Vec<Certificate>>,
    pub next_client_key: Entry<KeyFile>,
    /// `ca.crt`.
    pub cluster_ca: Entry<Vec<Certificate>>,
}

/// What each file that a change touches is going to hold.
pub(super) fn effects<F: Copy>(change: &Change<F>) -> impl Iterator<Item = (F, Entry<Zeroizing<Vec<u8>>>)> {
    let gone = change.retire.iter().chain(&change.remove).map(|file| (*file, Entry::Absent));
    gone.chain(change.place.iter().map(|(file, bytes)| (*file, Entry::Present(bytes.clone()))))
}

impl Contents {
    pub fn read(store: &Store<'_>) -> Self {
        let mut contents = Self::default();
        for file in PkiFile::ALL {
            contents.set(file, bytes(store, file.name()));
        }
        contents.cluster_ca = parse(bytes(store, CLUSTER_CA), |bytes| certificates(&bytes));
        contents
    }

    /// What it is going to hold when a change is done.
    pub fn after(&self, change: &Change) -> Self {
        let mut contents = self.clone();
        effects(change).for_each(|(file, bytes)| contents.set(file, bytes));
        contents
    }

    fn set(&mut self, file: PkiFile, bytes: Entry<Zeroizing<Vec<u8>>>) {
        let certificates = |bytes: Zeroizing<Vec<u8>>| certificates(&bytes);
        match file {
            PkiFile::CaCertificate => self.ca_certificates = parse(bytes, certificates),
            PkiFile::CaKey => self.ca_key = parse(bytes, key_file),
            PkiFile::ClientCertificate => self.client_certificates = parse(bytes, certificates),
            PkiFile::ClientKey => self.client_key = parse(bytes, key_file),
            PkiFile::NextCaKey => self.next_ca_key = parse(bytes, key_file),
            PkiFile::NextClientCertificate => self.next_client_certificates = parse(bytes, certificates),
            PkiFile::NextClientKey => self.next_client_key = parse(bytes, key_file),
        }
    }

    /// Whether a file is there, usable or not.
    pub fn has(&self, file: PkiFile) -> bool {
        !match file {
            PkiFile::CaCertificate => self.ca_certificates.is_absent(),
            PkiFile::CaKey => self.ca_key.is_absent(),
            PkiFile::ClientCertificate => self.client_certificates.is_absent(),
            PkiFile::ClientKey => self.client_key.is_absent(),
            PkiFile::NextCaKey => self.next_ca_key.is_absent(),
            PkiFile::NextClientCertificate => self.next_client_certificates.is_absent(),
            PkiFile::NextClientKey => self.next_client_key.is_absent(),
        }
    }

    /// Why a file that is there cannot be used.
    pub fn trouble(&self, file: PkiFile) -> Option<&ContentsError> {
        match file {
            PkiFile::CaCertificate => unusable(&self.ca_certificates),
            PkiFile::CaKey => unusable(&self.ca_key),
            PkiFile::ClientCertificate => unusable(&self.client_certificates),
            PkiFile::ClientKey => unusable(&self.client_key),
            PkiFile::NextCaKey => unusable(&self.next_ca_key),
            PkiFile::NextClientCertificate => unusable(&self.next_client_certificates),
            PkiFile::NextClientKey => unusable(&self.next_client_key),
        }
    }
}

/// What a file holds, not parsed yet.
pub(super) fn bytes(store: &Store<'_>, name: &str) -> Entry<Zeroizing<Vec<u8>>> {
    match store.read(name) {
        Ok(None) => Entry::Absent,
        Ok(Some(bytes)) => Entry::Present(bytes),
        Err(error) => Entry::Unusable(unreadable(&error)),
    }
}

pub(super) fn unusable<T>(entry: &Entry<T>) -> Option<&ContentsError> {
    match entry {
        Entry::Unusable(why) => Some(why),
        Entry::Absent | Entry::Present(_) => None,
    }
}

pub(super) fn parse<T>(
    bytes: Entry<Zeroizing<Vec<u8>>>,
    reader: impl FnOnce(Zeroizing<Vec<u8>>) -> Result<T, ContentsError>,
) -> Entry<T> {
    match bytes {
        Entry::Absent => Entry::Absent,
        Entry::Unusable(why) => Entry::Unusable(why),
        Entry::Present(bytes) => match reader(bytes) {
            Ok(value) => Entry::Present(value),
            Err(error) => Entry::Unusable(error),
        },
    }
}

/// Why a file is not what its name says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentsError {
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    #[error("it is not a regular file")]
    NotAFile,
    #[error("it is too large: no certificate or key comes near")]
    TooLarge,
    #[error("it is empty")]
    Empty,
    #[error("it holds no PEM block CERTIFICATE")]
    NoCertificate,
    #[error("certificate {number} in it does not parse: {reason}")]
    Certificate { number: usize, reason: String },
    #[error("it is encrypted, and neither kube-apiserver nor aggcert asks for a passphrase")]
    EncryptedKey,
    /// In Go's words, so that they can be found in kube-apiserver's log, too.
    #[error("{0}")]
    Key(KeyError),
}

impl ContentsError {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "make it readable, or run aggcert as a user who may read it",
            Self::EncryptedKey => {
                "decrypt it with `openssl pkey -in OLD -out NEW`; a CA's key needs no file: `--ca-key <(openssl pkey -in OLD)`"
            }
            _ => "put a good copy in its place",
        }
    }
}

fn unreadable(error: &StoreError) -> ContentsError {
    match error {
        StoreError::System { error, .. } => ContentsError::Unreadable(reason(error)),
        StoreError::NotAFile(_) => ContentsError::NotAFile,
        StoreError::TooLarge(_) => ContentsError::TooLarge,
        error => ContentsError::Unreadable(error.to_string()),
    }
}

/// The CAs in the dated copies, which servers may trust still.
pub fn former_cas(store: &Store<'_>) -> Vec<Certificate> {
    former_bundles(store).into_iter().flatten().collect()
}

/// The dated copies of the bundle, oldest first.
pub fn former_bundles(store: &Store<'_>) -> Vec<Vec<Certificate>> {
    let copies: Vec<Kept> = store.kept().unwrap_or_default();
    let copies = copies.iter().filter(|kept| kept.file == PkiFile::CaCertificate);
    copies.filter_map(|kept| certificates(&store.read(&kept.name).ok()??).ok()).collect()
}

/// All certificates of a PEM file.
///
/// # Errors
/// When there is none, or one does not parse: kube-apiserver then refuses the file too.
pub fn certificates(input: &[u8]) -> Result<Vec<Certificate>, ContentsError> {
    if input.is_empty() {
        return Err(ContentsError::Empty);
    }
    let certificates = pem::blocks(input)
        .filter_map(|block| block.certificate())
        .enumerate()
        .map(|(index, certificate)| {
            certificate.map_err(|error| ContentsError::Certificate { number: index + 1, reason: error.to_string() })
        })
        .collect::<Result<Vec<_>, _>>()?;
    if certificates.is_empty() { Err(ContentsError::NoCertificate) } else { Ok(certificates) }
}

/// The first private key of a PEM file.
///
/// # Errors
/// When there is none, or it does not parse.
pub fn key_file(pem: Zeroizing<Vec<u8>>) -> Result<KeyFile, ContentsError> {
    if pem.is_empty() {
        return Err(ContentsError::Empty);
    }
    match PrivateKey::from_pem(&pem) {
        Ok(key) => Ok(KeyFile { pem, key }),
        Err(KeyError::Encrypted) => Err(ContentsError::EncryptedKey),
        Err(error) => Err(ContentsError::Key(error)),
    }
}
