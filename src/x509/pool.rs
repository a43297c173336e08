//! Sets of certificates to look for parents in.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::Certificate;

/// A set of certificates to look for parents in, as Go's `x509.CertPool`: without duplicates, in order of addition,
/// found by subject.
#[derive(Clone, Default)]
pub struct CertificatePool {
    certificates: Vec<Certificate>,
    known: HashSet<Certificate>,
    /// Indices of certificates, by encoded subject.
    by_subject: HashMap<Vec<u8>, Vec<usize>>,
}

impl CertificatePool {
    /// The set of these certificates; of equal ones the first stays.
    pub fn new(certificates: impl IntoIterator<Item = Certificate>) -> Self {
        certificates.into_iter().collect()
    }

    /// In order of addition.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Whether this very certificate is in the set.
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.known.contains(certificate)
    }

    fn add(&mut self, certificate: Certificate) {
        if self.known.insert(certificate.clone()) {
            self.by_subject.entry(certificate.raw_subject.clone()).or_default().push(self.certificates.len());
            self.certificates.push(certificate);
        }
    }

    /// The certificates with this subject, the likeliest first (Go's `findPotentialParents`): those with this subject
    /// key identifier, then those where one of the two identifiers is missing, then the rest.
    ///
    /// They come one by one: a search ends after a hundred, and a pool may have thousands of one subject.
    pub(super) fn potential_parents<'a>(
        &'a self,
        subject: &[u8],
        key_identifier: &'a [u8],
    ) -> impl Iterator<Item = &'a Certificate> {
        let indices = self.by_subject.get(subject).map(Vec::as_slice).unwrap_or_default();
        let likelihood = move |parent: &Certificate| {
            let found = parent.subject_key_identifier.as_slice();
            if found == key_identifier {
                0
            } else if found.is_empty() || key_identifier.is_empty() {
                1
            } else {
                2
            }
        };
        (0..3).flat_map(move |wanted| {
            let parents = indices.iter().filter_map(|index| self.certificates.get(*index));
            parents.filter(move |parent| likelihood(parent) == wanted)
        })
    }
}

impl FromIterator<Certificate> for CertificatePool {
    fn from_iter<I: IntoIterator<Item = Certificate>>(certificates: I) -> Self {
        let mut pool = Self::default();
        certificates.into_iter().for_each(|certificate| pool.add(certificate));
        pool
    }
}

/// The same certificates in the same order, which decides which parent is looked at first.
impl PartialEq for CertificatePool {
    fn eq(&self, other: &Self) -> bool {
        self.certificates == other.certificates
    }
}

impl Eq for CertificatePool {}

impl fmt::Debug for CertificatePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.certificates).finish()
    }
}
