//! What cert-manager's objects decide about certificates and CAs that are not here themselves.

use crate::lint::Context;
use crate::model::ExtensionServer;
use crate::source::injection::{ALLOWS_INJECTION, InjectedFrom, Injection};
use crate::source::resource::{Certificate, Certificates, Signer, is_template};
use crate::source::{ApiService, CertificateText};
use crate::text::{Located, Text};

/// How far issuers are followed that sign with a CA of another one: longer chains are not met.
const LONGEST_CHAIN: usize = 8;

/// The serving certificate of a server that lies in a Secret, as it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Requested<'a> {
    pub server: &'a ExtensionServer,
    /// As the volume names it.
    pub secret: &'a Located<String>,
    /// `None`: no Certificate here keeps that Secret.
    pub certificate: Option<&'a Certificate>,
}

/// What a server's Secret is asked for with; `None`: it is in no Secret that is known by its name.
pub(crate) fn requested<'a>(server: &'a ExtensionServer, context: &Context<'a>) -> Option<Requested<'a>> {
    let secret = server.serving_secret.as_ref().filter(|secret| !is_template(&secret.value))?;
    let namespace = server.namespace();
    let certificate = context.objects.keeper(namespace, &secret.value);
    Some(Requested { server, secret, certificate })
}

/// The Certificate of a name.
pub(crate) fn certificate<'a>(namespace: &str, name: &str, context: &Context<'a>) -> Option<&'a Certificate> {
    context.objects.requested_certificates_named(name).find(|one| one.object.may_be_in(Some(namespace)))
}

/// The Secret of a name, where it is here.
pub(crate) fn secret<'a>(namespace: &str, name: &str, context: &Context<'a>) -> Option<&'a Certificates> {
    let is_it = |one: &&Certificates| one.object.kind.value == "Secret" && one.object.may_be_in(Some(namespace));
    context.objects.certificates_named(name).find(is_it)
}

/// Whether an annotation lets the injector take the CA of a Secret.
pub(crate) fn allows_injection(annotations: &[(String, String)]) -> bool {
    annotations.iter().any(|(key, value)| key == ALLOWS_INJECTION && value == "true")
}

/// What the injector fills in, where it is here: `ca.crt` of a Secret.
pub(crate) fn injected_bundle<'a>(api_service: &ApiService, context: &Context<'a>) -> Option<&'a Text> {
    let Injection { from, .. } = api_service.injection.as_ref()?;
    let (namespace, name) = api_service.injection.as_ref()?.reference()?;
    let secret = match from {
        InjectedFrom::Certificate => {
            secret(namespace, &certificate(namespace, name, context)?.secret.as_ref()?.value, context)
        }
        InjectedFrom::Secret => secret(namespace, name, context).filter(|one| allows_injection(&one.annotations)),
        InjectedFrom::Elsewhere | InjectedFrom::OperatorLifecycleManager => None,
    };
    match secret?.entry("ca.crt")? {
        CertificateText::Base64(text) => Some(text),
        _ => None,
    }
}

/// What the `ca.crt` of a Certificate's Secret comes down to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Root<'a> {
    /// A certificate that signs itself.
    SelfSigned(&'a Certificate),
    /// There is no `ca.crt`.
    Acme,
    /// The CA in a Secret that no Certificate here keeps, by its namespace and name.
    Secret(Option<&'a str>, &'a str),
    /// What an issuer alone knows, by the namespace of an Issuer and the name.
    Issuer(Option<&'a str>, &'a str),
    NotKnown,
}

impl<'a> Root<'a> {
    /// Follows the issuers. One that signs with a CA gives its topmost certificate (cert-manager, `pkg/util/pki`,
    /// `SignCSRTemplate`).
    pub(crate) fn of(certificate: &'a Certificate, context: &Context<'a>) -> Self {
        let mut certificate = certificate;
        for _ in 0..LONGEST_CHAIN {
            let Some(reference) = &certificate.issuer else { return Self::NotKnown };
            let name = reference.name.value.as_str();
            // That of a ClusterIssuer's Secrets is an option of cert-manager's.
            let namespace = certificate.object.namespace().filter(|_| reference.kind == "Issuer");
            let issuer = context
                .objects
                .issuers(name)
                .find(|one| one.object.kind.value == reference.kind && one.object.may_be_in(namespace));
            let Some(issuer) = issuer.filter(|_| !is_template(name)) else { return Self::Issuer(namespace, name) };
            match &issuer.signer {
                Signer::Itself => return Self::SelfSigned(certificate),
                Signer::Acme => return Self::Acme,
                Signer::Other => return Self::Issuer(namespace, name),
                Signer::Ca(secret) => match context.objects.keeper(namespace, secret) {
                    Some(keeper) => certificate = keeper,
                    None => return Self::Secret(namespace, secret),
                },
            }
        }
        Self::NotKnown
    }

    fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::SelfSigned(one), Self::SelfSigned(other)) => one.object == other.object,
            (Self::Secret(one, name), Self::Secret(other, named)) => (one, name) == (other, named),
            (Self::Issuer(one, name), Self::Issuer(other, named)) => {
                (one, name) == (other, named) && !is_template(name)
            }
            _ => false,
        }
    }

    /// Whether the CA of one Certificate verifies what another asks for; `None`: the objects do not tell.
    pub(crate) fn verifies(self, asked: &Certificate, root_of_asked: Self) -> Option<bool> {
        if self.is(root_of_asked) {
            return Some(true);
        }
        match (self, root_of_asked) {
            (Self::SelfSigned(_), Self::SelfSigned(_)) => Some(false),
            // Nothing but itself verifies what has signed itself.
            (_, Self::SelfSigned(own)) if own.object == asked.object => Some(false),
            _ => None,
        }
    }
}
