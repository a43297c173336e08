//! The certificate that an extension API server shows, and what kube-apiserver makes of it.

use time::OffsetDateTime;

use super::cert_manager::{Requested, injected_bundle, requested};
use super::condition::says_of_no_connection;
use super::extension::{asked_behind, host_name, servers_of, service_of};
use super::handshake::not_asked;
use super::injection::FILLED_IN;
use super::look::together;
use crate::lint::{Context, Finding, Outcome, Severity};
use crate::model::{
    Cause, CertificateFile, ExtensionServer, FileState, KeptCertificates, Reason, Serving, shown_certificates,
};
use crate::source::resource::Service;
use crate::source::{ApiService, Handshake};
use crate::text::{Origin, Text};
use crate::x509::path::verify_server;
use crate::x509::{Certificate, CertificatePool, VerificationError, host_name as x509_host_name, pem};

/// A serving certificate, and who shows it.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    /// The workload, or the server that was asked.
    pub by: String,
    file: CertificateFile,
}

/// A serving certificate that is not here, and why.
struct Unseen<'a> {
    why: Reason,
    /// What is asked for in its place.
    requested: Option<Requested<'a>>,
}

/// Judges what each server behind an APIService shows, each certificate once. A server whose certificate is not known leaves
/// the rule undecided, whatever the others show.
pub(crate) fn each_served(
    api_service: &ApiService,
    context: &Context<'_>,
    judge: impl Fn(&Served) -> Result<Option<Finding>, Outcome>,
) -> Outcome {
    each_served_or_requested(api_service, context, judge, |_| None)
}

/// The same, and where a certificate is not known what is asked for in its place; `None`: that decides nothing.
pub(crate) fn each_served_or_requested<'a>(
    api_service: &ApiService,
    context: &Context<'a>,
    judge: impl Fn(&Served) -> Result<Option<Finding>, Outcome>,
    judge_requested: impl Fn(&Requested<'a>) -> Option<Vec<Finding>>,
) -> Outcome {
    if api_service.skips_verification() {
        return Outcome::not_applicable("verification is switched off, which apiservice-insecure reports");
    }
    let all = match served(api_service, context) {
        Ok(all) => all,
        Err(outcome) => return outcome,
    };
    let mut seen: Vec<Certificate> = Vec::new();
    together(all.into_iter().filter_map(|served| match served {
        Ok(one) if seen.contains(one.leaf()) => None,
        Ok(one) => {
            seen.push(one.leaf().clone());
            let judged = judge(&one);
            Some(judged.map(|finding| finding.map(|finding| with_condition(finding, context)).into_iter().collect()))
        }
        Err(unseen) => {
            let judged = unseen.requested.as_ref().and_then(&judge_requested);
            Some(judged.ok_or_else(|| unseen.why.into()))
        }
    }))
}

/// What people see beside a certificate that ends every connection.
fn with_condition(mut finding: Finding, context: &Context<'_>) -> Finding {
    if finding.severity == Severity::Error {
        finding.consequence = format!("{} {}", finding.consequence, says_of_no_connection(context));
    }
    finding
}

/// What each server shows: as it did when it was asked, or else as its files say.
fn served<'a>(
    api_service: &ApiService,
    context: &Context<'a>,
) -> Result<Vec<Result<Served, Box<Unseen<'a>>>>, Outcome> {
    let service = service_of(api_service, context)?;
    let asked = asked_behind(service, context).iter();
    let asked: Vec<_> =
        asked.map(|one| at_the_server(one).map_err(|why| Box::new(Unseen { why, requested: None }))).collect();
    let servers = servers_of(api_service, context);
    if !asked.is_empty() && !servers.iter().flatten().any(|server| server.makes_its_certificate()) {
        return Ok(asked);
    }
    let servers = match servers {
        Ok(servers) => servers,
        Err(why) => return kept_for(api_service, service, context).map(|one| vec![Ok(one)]).ok_or(why),
    };
    let unseen = |server, why| Box::new(Unseen { why, requested: requested(server, context) });
    let in_files = servers.into_iter().filter_map(|server| Some((server, in_its_files(server)?)));
    Ok(in_files.map(|(server, found)| found.map_err(|why| unseen(server, why))).collect())
}

/// Where no server is among the objects, the one Secret that holds a certificate for the Service beside it.
fn kept_for(api_service: &ApiService, service: &Service, context: &Context<'_>) -> Option<Served> {
    let host = host_name(api_service)?.to_ascii_lowercase();
    let kept = context.beside.found.kept.get_or_init(|| KeptCertificates::of(context.objects));
    let (object, file) = kept.only_for(&host, service.object.namespace()?)?;
    Some(Served { by: object.to_string(), file: file.clone() })
}

fn at_the_server(handshake: &Handshake) -> Result<Served, Reason> {
    let shown = handshake.shown.as_ref().map_err(|lack| not_asked(handshake, lack))?;
    let text = &shown.certificates;
    let file = shown_certificates(text, |_| text.origin());
    let file = file.map_err(|unusable| Reason::new(Cause::Unusable(unusable.message)).at(&unusable.origin))?;
    Ok(Served { by: handshake.server.value.clone(), file })
}

/// The certificate of a server, or why it is not known; `None`: it has none.
fn in_its_files(server: &ExtensionServer) -> Option<Result<Served, Reason>> {
    match &server.serving {
        Serving::Certificate(FileState::Loaded(file)) => {
            Some(Ok(Served { by: server.workload.object.to_string(), file: file.clone() }))
        }
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
pub(crate) fn ca_bundle<'a>(
    api_service: &'a ApiService,
    context: &Context<'a>,
) -> Result<(&'a Text, Vec<Certificate>), Outcome> {
    let injected = injected_bundle(api_service, context).filter(|_| api_service.ca_bundle_unknown);
    if api_service.ca_bundle_unknown && injected.is_none() {
        return Err(Outcome::undecided(FILLED_IN));
    }
    let bundle = api_service.ca_bundle.as_ref().filter(|bundle| !bundle.as_str().trim().is_empty());
    let Some(bundle) = injected.or(bundle) else {
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
        .filter(|block| block.headers.is_empty())
        .filter_map(|block| block.certificate()?.ok())
        .collect()
}

impl Served {
    pub(crate) fn leaf(&self) -> &Certificate {
        &self.file.leaf.value
    }

    /// All that it sends, its own first.
    pub(crate) fn sent(&self) -> impl Iterator<Item = &Certificate> {
        self.file.certificates().map(|located| &located.value)
    }

    /// Where the certificate is written.
    pub(crate) fn origin(&self) -> Origin {
        self.file.leaf.origin.clone()
    }

    /// Why kube-apiserver does not accept it from a bundle, host name aside.
    pub(crate) fn verify(&self, cas: &[Certificate], now: OffsetDateTime) -> Result<(), VerificationError> {
        let roots = CertificatePool::new(cas.iter().cloned());
        verify_server(self.leaf(), &roots, &self.file.intermediates(), now).map(drop)
    }

    /// Why it is not for this host.
    pub(crate) fn wrong_name(&self, host: &str) -> Option<x509_host_name::HostNameError> {
        x509_host_name::verify(self.leaf(), host).err()
    }
}
