//! Certificates that are issued when a test runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SerialNumber,
};
use time::Duration;

use super::NOW;
use crate::x509::{Certificate, pem};

/// A certificate and its key.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    /// One CERTIFICATE block.
    pub pem: String,
    /// PKCS#8.
    pub key_pem: String,
    params: CertificateParams,
    key: Arc<KeyPair>,
}

impl Issued {
    /// A self-signed CA as kubeadm makes it; the name is its CN.
    pub(crate) fn ca(name: &str) -> Self {
        Self::ca_with(name, |_| {})
    }

    /// The same, after its parameters were changed.
    pub(crate) fn ca_with(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = parameters(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment, KeyUsagePurpose::KeyCertSign];
        params.not_after = NOW + Duration::days(3650);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Self::self_signed(params, Arc::new(key))
    }

    /// A client certificate of this CA as kubeadm makes it; the name is its CN.
    pub(crate) fn client(&self, name: &str) -> Self {
        self.client_with(name, |_| {})
    }

    pub(crate) fn client_with(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = parameters(name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        self.sign(params, Arc::new(KeyPair::generate().unwrap()))
    }

    /// A CA below this one.
    pub(crate) fn intermediate(&self, name: &str) -> Self {
        Self::ca(name).cross_signed_by(self)
    }

    /// The same subject and key, signed by `issuer`.
    pub(crate) fn cross_signed_by(&self, issuer: &Self) -> Self {
        issuer.sign(fresh(self.params.clone()), Arc::clone(&self.key))
    }

    /// The same subject and key in a new self-signed certificate.
    pub(crate) fn reissued(&self) -> Self {
        Self::self_signed(fresh(self.params.clone()), Arc::clone(&self.key))
    }

    /// The same key in a new self-signed certificate with other parameters.
    pub(crate) fn reissued_with(&self, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = fresh(self.params.clone());
        change(&mut params);
        Self::self_signed(params, Arc::clone(&self.key))
    }

    /// The same key in a self-signed certificate with another CN.
    pub(crate) fn same_key_as(&self, name: &str) -> Self {
        let mut params = fresh(self.params.clone());
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, name);
        Self::self_signed(params, Arc::clone(&self.key))
    }

    /// The certificate, read by our own parser.
    pub(crate) fn certificate(&self) -> Certificate {
        pem::blocks(self.pem.as_bytes()).next().unwrap().certificate().unwrap().unwrap()
    }

    /// The private key as the data of a Secret.
    pub(crate) fn key_base64(&self) -> String {
        base64(&self.key_pem)
    }

    /// Base64 of the PEM, as an APIService's caBundle has it.
    pub(crate) fn base64(&self) -> String {
        base64(&self.pem)
    }

    /// The same with a second certificate.
    pub(crate) fn base64_with(&self, other: &Self) -> String {
        base64(&bundle(&[self, other]))
    }

    /// SHA-256 of the DER, hex.
    pub(crate) fn fingerprint(&self) -> String {
        self.certificate().fingerprint()
    }

    fn self_signed(params: CertificateParams, key: Arc<KeyPair>) -> Self {
        let pem = params.self_signed(key.as_ref()).unwrap().pem();
        Self { pem, key_pem: key.serialize_pem(), params, key }
    }

    fn sign(&self, mut params: CertificateParams, key: Arc<KeyPair>) -> Self {
        params.use_authority_key_identifier_extension = true;
        let issuer = Issuer::from_params(&self.params, self.key.as_ref());
        let pem = params.signed_by(key.as_ref(), &issuer).unwrap().pem();
        Self { pem, key_pem: key.serialize_pem(), params, key }
    }
}

/// One file with all of these certificates.
pub(crate) fn bundle(certificates: &[&Issued]) -> String {
    certificates.iter().map(|issued| issued.pem.as_str()).collect()
}

fn base64(text: &str) -> String {
    let armoured = ::pem::encode(&::pem::Pem::new("X", text));
    armoured.lines().filter(|line| !line.starts_with('-')).collect()
}

/// A name and a validity around [`NOW`].
fn parameters(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = NOW - Duration::days(30);
    params.not_after = NOW + Duration::days(335);
    fresh(params)
}

/// The same with a serial number of its own, so that no two certificates are equal by accident.
fn fresh(mut params: CertificateParams) -> CertificateParams {
    static SERIAL: AtomicU64 = AtomicU64::new(1);
    params.serial_number = Some(SerialNumber::from(SERIAL.fetch_add(1, Ordering::Relaxed)));
    params
}
