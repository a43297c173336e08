//! From a plan to the bytes of the files.

use std::slice;

use time::OffsetDateTime;

use super::{CaStep, ServingContents, ServingFile, ServingPlan, ServingWishes};
use crate::pki::Change;
use crate::pki::issue;
use crate::pki::key::{NewKey, SigningKey};
use crate::pki::make::{MakeError, bundle_bytes, certificate_bytes, key_bytes};
use crate::pki::profile::{Profile, dated_name};
use crate::x509::path::verify_server;
use crate::x509::{Certificate, CertificatePool, host_name};

/// Makes the keys and certificates of a plan.
///
/// # Errors
/// When a validity does not fit into a certificate, a key cannot be made or cannot sign, or what was made does not work.
pub fn make_serving(
    plan: &ServingPlan,
    wishes: &ServingWishes,
    contents: &ServingContents,
    now: OffsetDateTime,
) -> Result<Change<ServingFile>, MakeError> {
    let bundle = contents.ca_certificates.present().cloned().unwrap_or_default();
    let mut maker = Maker { wishes, now, change: Change::default(), bundle };
    match plan.ca {
        CaStep::Make => {
            // Everything makes room, whatever it is.
            maker.change.retire = ServingFile::PKI.into_iter().filter(|file| contents.has(*file)).collect();
            maker.bundle = Vec::new();
            let (ca_key, key) = NewKey::generate_pair(wishes.key_algorithm)?;
            let ca = maker.authority(&ca_key, &wishes.ca_common_name)?;
            maker.change.place.push((ServingFile::CaKey, key_bytes(&ca_key.pem)));
            maker.trust(vec![ca.clone()]);
            maker.certificate(&key, &ca, &ca_key.signing_key)?;
            return Ok(maker.change);
        }
        CaStep::TrustBoth => {
            let key = NewKey::generate(wishes.key_algorithm)?;
            let old = plan.issuer.as_ref().map(|ca| ca.subject.common_name()).unwrap_or_default();
            let ca = maker.authority(&key, &dated_name(old, &wishes.ca_common_name, now, |_| false))?;
            maker.change.place.push((ServingFile::NextCaKey, key_bytes(&key.pem)));
            let both = maker.bundle.iter().cloned().chain([ca]).collect();
            maker.trust(both);
        }
        CaStep::Switch => {
            if let Some(key) = contents.next_ca_key.present() {
                maker.change.place.push((ServingFile::CaKey, key.pem.clone()));
                maker.change.remove.push(ServingFile::NextCaKey);
            }
        }
        CaStep::Distrust => maker.trust(plan.issuer.iter().cloned().collect()),
        CaStep::Keep => {}
    }
    if plan.certificate.is_some() {
        let ca_key = if plan.ca == CaStep::Switch { &contents.next_ca_key } else { &contents.ca_key };
        let (ca, ca_key) = plan.issuer.as_ref().zip(ca_key.present()).ok_or(MakeError::NoCa)?;
        let ca_key = SigningKey::from_pem(&ca_key.pem)?;
        maker.certificate(&NewKey::generate(wishes.key_algorithm)?, ca, &ca_key)?;
    }
    let replaced = maker.change.place.iter().map(|(file, _)| *file).filter(|file| contents.has(*file));
    maker.change.retire = replaced.collect();
    Ok(maker.change)
}

struct Maker<'a> {
    wishes: &'a ServingWishes,
    now: OffsetDateTime,
    change: Change<ServingFile>,
    /// What is trusted in the end.
    bundle: Vec<Certificate>,
}

impl Maker<'_> {
    fn authority(&self, key: &NewKey, common_name: &str) -> Result<Certificate, MakeError> {
        let profile = Profile::certificate_authority(common_name, self.wishes.ca_validity, self.now)
            .map_err(MakeError::CaValidity)?;
        Ok(issue::self_signed(&profile, &key.signing_key)?)
    }

    fn trust(&mut self, bundle: Vec<Certificate>) {
        self.change.place.push((ServingFile::CaCertificate, bundle_bytes(&bundle)));
        self.bundle = bundle;
    }

    /// A serving certificate, verified as kube-apiserver does before it is used.
    fn certificate(&mut self, key: &NewKey, ca: &Certificate, ca_key: &SigningKey) -> Result<(), MakeError> {
        let wishes = self.wishes;
        let profile = Profile::serving(
            &wishes.common_name,
            &wishes.dns_names,
            wishes.validity,
            self.now,
            ca.not_after,
            wishes.key_algorithm.can_encipher(),
        )
        .map_err(MakeError::ServingValidity)?;
        let certificate = issue::issued_by(&profile, key.signing_key.subject_public_key_info(), ca, ca_key)?;
        for roots in [slice::from_ref(ca), &self.bundle] {
            let roots = CertificatePool::new(roots.iter().cloned());
            verify_server(&certificate, &roots, &CertificatePool::new([]), self.now).map_err(MakeError::Untrusted)?;
        }
        wishes.dns_names.iter().try_for_each(|name| host_name::verify(&certificate, name)).map_err(MakeError::Name)?;
        self.change.place.push((ServingFile::Key, key_bytes(&key.pem)));
        self.change.place.push((ServingFile::Certificate, certificate_bytes(&certificate)));
        Ok(())
    }
}
