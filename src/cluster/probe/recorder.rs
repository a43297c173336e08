//! What a TLS handshake shows, written down.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, SignatureScheme};

/// What a handshake came to.
#[derive(Debug)]
pub(super) struct Seen {
    provider: Arc<CryptoProvider>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub chain: Vec<Vec<u8>>,
    pub accepted: Option<Vec<Vec<u8>>>,
}

impl Seen {
    pub(super) fn new(provider: &Arc<CryptoProvider>) -> Arc<Self> {
        Arc::new(Self { provider: Arc::clone(provider), state: Mutex::default() })
    }

    /// All that was shown, once.
    pub(super) fn take(&self) -> State {
        std::mem::take(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.note(|state| state.chain = std::iter::once(leaf).chain(rest).map(|der| der.to_vec()).collect());
        Ok(ServerCertVerified::assertion())
    }

    // That the server has the certificate's key is verified all the same.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Hears which CAs the server accepts, and presents the front-proxy client whatever they are: the server shall say what it
/// makes of it.
#[derive(Debug)]
pub(super) struct Presenter {
    pub seen: Arc<Seen>,
    pub identity: Option<Arc<CertifiedKey>>,
}

impl ResolvesClientCert for Presenter {
    fn resolve(&self, accepted: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.seen.note(|state| state.accepted = Some(accepted.iter().map(|name| name.to_vec()).collect()));
        self.identity.clone()
    }

    fn has_certs(&self) -> bool {
        // Without it nobody is told of the names.
        true
    }
}
