//! What such a directory holds, read but not judged.

use super::ServingFile;
use crate::pki::contents::{self, ContentsError, certificates, key_file};
use crate::pki::{Change, Entry, KeyFile, Layout, Store};
use crate::x509::Certificate;
use zeroize::Zeroizing;

/// Certificates and keys. A directory that is not there is an empty one.
#[derive(Debug, Clone, Default)]
pub struct ServingContents {
    /// What the caBundle holds: at least one certificate when present.
    pub ca_certificates: Entry<Vec<Certificate>>,
    pub ca_key: Entry<KeyFile>,
    pub next_ca_key: Entry<KeyFile>,
    pub certificates: Entry<Vec<Certificate>>,
    pub key: Entry<KeyFile>,
    /// `ca_key` was read in another place, and stays there.
    is_ca_key_elsewhere: bool,
}

impl ServingContents {
    pub fn read(store: &Store<'_>) -> Self {
        let mut contents = Self::default();
        for file in ServingFile::PKI {
            contents.set(file, contents::bytes(store, file.name()));
        }
        contents
    }

    /// Takes a key that is kept elsewhere for that of the CA.
    pub fn give_ca_key(&mut self, key: KeyFile) {
        self.ca_key = Entry::Present(key);
        self.is_ca_key_elsewhere = true;
    }

    /// What it is going to hold when a change is done.
    pub fn after(&self, change: &Change<ServingFile>) -> Self {
        let mut after = self.clone();
        contents::effects(change).for_each(|(file, bytes)| after.set(file, bytes));
        after
    }

    fn set(&mut self, file: ServingFile, bytes: Entry<Zeroizing<Vec<u8>>>) {
        let certificates = |bytes: Zeroizing<Vec<u8>>| certificates(&bytes);
        match file {
            ServingFile::CaCertificate => self.ca_certificates = contents::parse(bytes, certificates),
            ServingFile::CaKey => {
                self.ca_key = contents::parse(bytes, key_file);
                self.is_ca_key_elsewhere = false;
            }
            ServingFile::NextCaKey => self.next_ca_key = contents::parse(bytes, key_file),
            ServingFile::Certificate => self.certificates = contents::parse(bytes, certificates),
            ServingFile::Key => self.key = contents::parse(bytes, key_file),
            _ => {}
        }
    }

    /// Whether a file of certificates or a key is there, usable or not.
    pub fn has(&self, file: ServingFile) -> bool {
        match file {
            ServingFile::CaCertificate => !self.ca_certificates.is_absent(),
            ServingFile::CaKey => !self.ca_key.is_absent() && !self.is_ca_key_elsewhere,
            ServingFile::NextCaKey => !self.next_ca_key.is_absent(),
            ServingFile::Certificate => !self.certificates.is_absent(),
            ServingFile::Key => !self.key.is_absent(),
            _ => false,
        }
    }

    /// Why a file that is there cannot be used.
    pub(super) fn trouble(&self, file: ServingFile) -> Option<&ContentsError> {
        match file {
            ServingFile::CaCertificate => contents::unusable(&self.ca_certificates),
            ServingFile::CaKey => contents::unusable(&self.ca_key),
            ServingFile::NextCaKey => contents::unusable(&self.next_ca_key),
            ServingFile::Certificate => contents::unusable(&self.certificates),
            ServingFile::Key => contents::unusable(&self.key),
            _ => None,
        }
    }

    /// The serving certificate itself.
    pub fn leaf(&self) -> Option<&Certificate> {
        self.certificates.present()?.first()
    }
}
