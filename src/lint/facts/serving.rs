//! The certificate that an extension API server shows, and what kube-apiserver makes of it.

use time::OffsetDateTime;

use super::extension::{host_name, servers_of};
use crate::lint::{Context, Outcome};
use crate::model::{Cause, CertificateFile, ExtensionServer, FileState, Reason, Serving};
use crate::source::ApiService;
use crate::text::{Origin, Text};
use crate::x509::path::verify_server;
use crate::x509::{Certificate, CertificatePool, VerificationError, host_name as x509_host_name, pem};

/// A serving certificate, and the APIService for which kube-apiserver verifies it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Served<'a> {
    pub server: &'a ExtensionServer,
    pub file: &'a CertificateFile,
}

/// What each server behind an APIService shows.
///
/// # Errors
/// Why there is nothing to look at, or nothing that kube-apiserver looks at.
pub(crate) fn served<'a>(api_service: &ApiService, context: &Context<'a>) -> Result<Vec<Served<'a>>, Outcome> {
    if api_service.insecure_skip_tls_verify.as_ref().is_some_and(|insecure| insecure.value) {
        return Err(Outcome::not_applicable("verification is switched off, which apiservice-insecure reports"));
    }
    let servers = servers_of(api_service, context)?;
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for server in servers {
        match &server.serving {
            Serving::Certificate(FileState::Loaded(file)) => found.push(Served { server, file }),
            Serving::Certificate(FileState::NotLooked(why)) | Serving::NotKnown(why) => unknown.push(why.clone()),
            Serving::Certificate(FileState::Unusable(unusable)) => {
                unknown.push(Reason::new(Cause::Unusable(unusable.message.clone())).at(&unusable.origin));
            }
            Serving::Certificate(FileState::NotGiven) => {}
            Serving::SelfSigned => {
                unknown.push(Reason::reported("it makes a certificate for itself", "serving-certificate-in-memory"));
            }
        }
    }
    if found.is_empty() { Err(unknown.into()) } else { Ok(found) }
}

/// The CAs of a caBundle, where they are known.
///
/// # Errors
/// Why they are not.
pub(crate) fn ca_bundle(api_service: &ApiService) -> Result<(&Text, Vec<Certificate>), Outcome> {
    if api_service.ca_bundle_unknown {
        return Err(Outcome::undecided("a template or an annotation has caBundle filled in"));
    }
    let bundle = api_service.ca_bundle.as_ref().filter(|bundle| !bundle.as_str().trim().is_empty());
    let Some(bundle) = bundle else {
        return Err(Outcome::undecided("there is no caBundle: the root certificates of kube-apiserver's host count"));
    };
    let certificates = decoded(bundle.as_str());
    if certificates.is_empty() {
        return Err(Reason::reported("caBundle holds no certificate", "apiservice-ca-bundle").into());
    }
    Ok((bundle, certificates))
}

/// As Go's `AppendCertsFromPEM`: what is no certificate, or does not parse, is passed over.
pub(crate) fn decoded(encoded: &str) -> Vec<Certificate> {
    let Some(decoded) = pem::base64::decode(encoded.trim().as_bytes()) else { return Vec::new() };
    pem::blocks(&decoded)
        .filter(|block| block.label == "CERTIFICATE" && block.headers.is_empty())
        .filter_map(|block| Certificate::from_der(&block.contents).ok())
        .collect()
}

impl<'a> Served<'a> {
    pub(crate) fn leaf(&self) -> &'a Certificate {
        &self.file.leaf.value
    }

    /// Where the certificate is written.
    pub(crate) fn origin(&self) -> Origin {
        self.file.leaf.origin.clone()
    }

    /// Why kube-apiserver does not accept it from a bundle, host name aside.
    pub(crate) fn verify(&self, cas: &[Certificate], now: OffsetDateTime) -> Result<(), VerificationError> {
        let roots = CertificatePool::new(cas.iter().cloned());
        let rest = CertificatePool::new(self.file.rest.iter().map(|located| located.value.clone()));
        verify_server(self.leaf(), &roots, &rest, now).map(drop)
    }

    /// Why it is not for the APIService's Service; the name that it should have.
    pub(crate) fn wrong_name(&self, api_service: &ApiService) -> Option<(String, x509_host_name::HostNameError)> {
        let host = host_name(api_service)?;
        let error = x509_host_name::verify(self.leaf(), &host).err()?;
        Some((host, error))
    }
}

/// One finding for each certificate, however many servers show it.
pub(crate) fn once(mut served: Vec<Served<'_>>) -> Vec<Served<'_>> {
    let mut seen: Vec<&Certificate> = Vec::new();
    served.retain(|one| {
        let is_new = !seen.contains(&one.leaf());
        if is_new {
            seen.push(one.leaf());
        }
        is_new
    });
    served
}
