//! The certificate that an extension API server shows, and what kube-apiserver makes of it.

use time::OffsetDateTime;

use super::extension::servers_of;
use super::look::together;
use crate::lint::{Context, Finding, Outcome};
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

/// Judges what each server behind an APIService shows, each certificate once. A server whose certificate is not known leaves
/// the rule undecided, whatever the others show.
pub(crate) fn each_served<'a>(
    api_service: &ApiService,
    context: &Context<'a>,
    judge: impl Fn(&Served<'a>) -> Result<Option<Finding>, Outcome>,
) -> Outcome {
    if api_service.insecure_skip_tls_verify.as_ref().is_some_and(|insecure| insecure.value) {
        return Outcome::not_applicable("verification is switched off, which apiservice-insecure reports");
    }
    let servers = match servers_of(api_service, context) {
        Ok(servers) => servers,
        Err(outcome) => return outcome,
    };
    let mut seen: Vec<&Certificate> = Vec::new();
    together(servers.into_iter().filter_map(|server| {
        let served = shown(server)?.map_err(Outcome::from);
        match served {
            Ok(one) if seen.contains(&one.leaf()) => None,
            Ok(one) => {
                seen.push(one.leaf());
                Some(judge(&one).map(Vec::from_iter))
            }
            Err(why) => Some(Err(why)),
        }
    }))
}

/// The certificate of a server, or why it is not known; `None`: it has none.
fn shown(server: &ExtensionServer) -> Option<Result<Served<'_>, Reason>> {
    match &server.serving {
        Serving::Certificate(FileState::Loaded(file)) => Some(Ok(Served { server, file })),
        Serving::Certificate(FileState::NotLooked(why)) | Serving::NotKnown(why) => Some(Err(why.clone())),
        Serving::Certificate(FileState::Unusable(unusable)) => {
            Some(Err(Reason::new(Cause::Unusable(unusable.message.clone())).at(&unusable.origin)))
        }
        Serving::Certificate(FileState::NotGiven) => None,
        Serving::SelfSigned => {
            Some(Err(Reason::reported("it makes a certificate for itself", "serving-certificate-in-memory")))
        }
    }
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

    /// Why it is not for this host.
    pub(crate) fn wrong_name(&self, host: &str) -> Option<x509_host_name::HostNameError> {
        x509_host_name::verify(self.leaf(), host).err()
    }
}
