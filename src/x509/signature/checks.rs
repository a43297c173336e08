//! The memory of what was checked.

use std::sync::{Mutex, PoisonError};

use super::error::SignatureError;

/// The keys that a signature was checked with, and the results. Many rules follow the same chain, and checking the
/// signatures is most of the work.
#[derive(Default)]
pub(in crate::x509) struct SignatureChecks(Mutex<Vec<(SubjectPublicKeyInfo, Result<(), SignatureError>)>>);

/// As encoded.
type SubjectPublicKeyInfo = Vec<u8>;

impl SignatureChecks {
    /// More issuers of one name than anyone has; what comes after is checked each time.
    const MOST: usize = 4;

    /// The result for a key (SubjectPublicKeyInfo): of `check`, the first time.
    pub(super) fn recall(
        &self,
        key: &[u8],
        check: impl FnOnce() -> Result<(), SignatureError>,
    ) -> Result<(), SignatureError> {
        // The lock is not held while a signature is checked: at worst two threads check the same one.
        let checks = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = checks().iter().find(|(of, _)| of == key).map(|(_, result)| result.clone());
        if let Some(result) = known {
            return result;
        }
        let result = check();
        let mut checks = checks();
        if checks.len() < Self::MOST {
            checks.push((key.to_owned(), result.clone()));
        }
        result
    }
}
