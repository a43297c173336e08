//! The memory of what was checked.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ring::digest::{Context, SHA256};

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

    /// The result for a key (SubjectPublicKeyInfo) and the certificate (DER) that these are the checks of: of `check`, the
    /// first time.
    pub(super) fn recall(
        &self,
        key: &[u8],
        certificate: &[u8],
        check: impl FnOnce() -> Result<(), SignatureError>,
    ) -> Result<(), SignatureError> {
        // No lock is held while a signature is checked: at worst two threads check the same one.
        let known = locked(&self.0).iter().find(|(of, _)| of == key).map(|(_, result)| result.clone());
        if let Some(result) = known {
            return result;
        }
        let result = recall_of_process(key, certificate, check);
        let mut checks = locked(&self.0);
        if checks.len() < Self::MOST {
            checks.push((key.to_owned(), result.clone()));
        }
        result
    }
}

/// The same for a certificate that is read again: `init` makes it, prints its flags and judges what it wrote.
fn recall_of_process(
    key: &[u8],
    certificate: &[u8],
    check: impl FnOnce() -> Result<(), SignatureError>,
) -> Result<(), SignatureError> {
    /// More than are read again soon.
    const MOST: usize = 1024;
    static CHECKS: Mutex<BTreeMap<[u8; 32], Result<(), SignatureError>>> = Mutex::new(BTreeMap::new());

    let mut digest = Context::new(&SHA256);
    digest.update(&key.len().to_be_bytes());
    digest.update(key);
    digest.update(certificate);
    let Ok(digest) = <[u8; 32]>::try_from(digest.finish().as_ref()) else { return check() };
    if let Some(known) = locked(&CHECKS).get(&digest) {
        return known.clone();
    }
    let result = check();
    let mut checks = locked(&CHECKS);
    if checks.len() >= MOST {
        checks.clear();
    }
    checks.insert(digest, result.clone());
    result
}

fn locked<T>(checks: &Mutex<T>) -> MutexGuard<'_, T> {
    checks.lock().unwrap_or_else(PoisonError::into_inner)
}
