//! What the tests of this module share.

use crate::source::Invocation;
use crate::source::formats::flags;
use crate::x509::Certificate;

/// A kube-apiserver with these flags; the arguments with braces in them are opaque.
pub(super) fn invocation(arguments: &[&str]) -> Invocation {
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    let mut invocation = flags::invocation(&arguments);
    for argument in &mut invocation.arguments {
        argument.opaque = argument.text.as_str().contains("{{");
    }
    invocation
}

/// A certificate authority, made on the spot.
pub(super) struct Authority {
    certificate: rcgen::Certificate,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    key: String,
}

impl Authority {
    /// Self-signed.
    pub(super) fn new(common_name: &str) -> Self {
        let (parameters, key) = (authority(common_name), rcgen::KeyPair::generate().unwrap());
        let certificate = parameters.self_signed(&key).unwrap();
        Self { certificate, key: key.serialize_pem(), issuer: rcgen::Issuer::new(parameters, key) }
    }

    /// Self-signed; so many CAs may stand between it and a leaf.
    pub(super) fn with_path_length(common_name: &str, path_length: u8) -> Self {
        let mut parameters = authority(common_name);
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(path_length));
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        Self { certificate, key: key.serialize_pem(), issuer: rcgen::Issuer::new(parameters, key) }
    }

    /// Signed by this one.
    pub(super) fn intermediate(&self, common_name: &str) -> Self {
        let (parameters, key) = (authority(common_name), rcgen::KeyPair::generate().unwrap());
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        Self { certificate, key: key.serialize_pem(), issuer: rcgen::Issuer::new(parameters, key) }
    }

    /// Another certificate with this one's key, self-signed.
    pub(super) fn reissued(&self, common_name: &str) -> Self {
        let (parameters, key) = (authority(common_name), rcgen::KeyPair::from_pem(&self.key).unwrap());
        let certificate = parameters.self_signed(&key).unwrap();
        Self { certificate, key: self.key.clone(), issuer: rcgen::Issuer::new(parameters, key) }
    }

    /// Another certificate with this one's name and key, signed by `signer`.
    pub(super) fn cross_signed_by(&self, signer: &Self) -> Certificate {
        let parameters = authority(self.certificate().subject.common_name());
        let key = rcgen::KeyPair::from_pem(&self.key).unwrap();
        parsed(&parameters.signed_by(&key, &signer.issuer).unwrap())
    }

    /// A client certificate by this one; attributes by rcgen's names.
    pub(super) fn client(&self, subject: &[(rcgen::DnType, &str)]) -> Certificate {
        let mut parameters = rcgen::CertificateParams::default();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        for (kind, value) in subject {
            parameters.distinguished_name.push(kind.clone(), *value);
        }
        parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        let key = rcgen::KeyPair::generate().unwrap();
        parsed(&parameters.signed_by(&key, &self.issuer).unwrap())
    }

    pub(super) fn certificate(&self) -> Certificate {
        parsed(&self.certificate)
    }

    pub(super) fn pem(&self) -> String {
        self.certificate.pem()
    }

    pub(super) fn key_pem(&self) -> String {
        self.key.clone()
    }
}

fn authority(common_name: &str) -> rcgen::CertificateParams {
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, common_name);
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    parameters
}

fn parsed(certificate: &rcgen::Certificate) -> Certificate {
    Certificate::from_der(certificate.der()).unwrap()
}
