//! Asks a server itself: what its TLS handshake shows, and whom it takes a front-proxy client for.
//!
//! A kube-apiserver and every server built on k8s.io/apiserver ask for a client certificate, and name in the
//! CertificateRequest (RFC 8446, section 4.2.4) the CAs that they accept: those of the client CA and those of the
//! requestheader CA, in one list. So a name proves that such a CA is loaded for one of the two, no more.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};

/// A server that does not answer within this time is taken for one that cannot be reached.
const PATIENCE: Duration = Duration::from_secs(10);

/// No API server has this path, so that its answer is about the user alone: who may do nothing is refused by name.
const PATH: &str = "/aggcert-probe";

/// What is asked of one server.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// `HOST:PORT`
    pub address: &'a str,
    /// The name that the client asks for; the host where none is given.
    pub server_name: Option<&'a str>,
    /// Whom to be, and for whom.
    pub proxy: Option<Proxy<'a>>,
}

/// A front-proxy client, and the user that it names in a header.
#[derive(Debug, Clone, Copy)]
pub struct Proxy<'a> {
    pub certificates: &'a [u8],
    /// PEM. Nothing of it is kept when the question is answered.
    pub key: &'a [u8],
    pub user: &'a str,
}

/// What a server shows.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its certificates in DER, its own first.
    pub chain: Vec<Vec<u8>>,
    /// The names of the CAs whose clients it accepts, in DER; `None`: it asks for no certificate.
    pub accepted: Option<Vec<Vec<u8>>>,
    pub answer: Option<Answer>,
}

/// What it made of a request of the front-proxy client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is believed: the server knows the user whom the header names.
    Believed,
    /// It is believed, but the server may not ask kube-apiserver what that user may do.
    MayNotAsk(String),
    /// It is known as somebody else, by its own certificate or as nobody: the header is not read.
    KnownAs(String),
    /// 401.
    Refused,
    /// None of these.
    Other(u16, String),
}

/// Why a server could not be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    #[error("{address} cannot be reached: {why}; check the address, the port and the network between")]
    Unreachable { address: String, why: io::Error },
    #[error("{0}: give it as HOST:PORT")]
    Address(String),
    #[error("{0}: this is no name that a server can have")]
    ServerName(String),
    #[error("{address}: the TLS handshake fails: {why}")]
    Handshake { address: String, why: String },
    #[error("the front-proxy client cannot be used: {0}")]
    Client(String),
    #[error("--user {0:?}: no header can hold this name")]
    User(String),
}

/// Asks one server.
///
/// # Errors
/// When there is no TLS server, or the client cannot be used.
pub fn ask(question: &Question<'_>) -> Result<Shown, ProbeError> {
    let Question { address, server_name, proxy } = *question;
    let (host, _) = address.rsplit_once(':').ok_or_else(|| ProbeError::Address(address.to_owned()))?;
    let name = server_name.unwrap_or_else(|| host.trim_matches(['[', ']'])).to_owned();
    let name = ServerName::try_from(name.clone()).map_err(|_| ProbeError::ServerName(name))?;
    // A line break in it would begin another header.
    if let Some(user) = proxy.map(|proxy| proxy.user).filter(|user| http::HeaderValue::from_str(user).is_err()) {
        return Err(ProbeError::User(user.to_owned()));
    }
    let provider = Arc::new(ring::default_provider());
    let seen = Arc::new(Seen { provider: Arc::clone(&provider), state: Mutex::default() });
    let identity = proxy.map(|proxy| identity(&proxy, &provider)).transpose()?;
    let presenter = Arc::new(Presenter { seen: Arc::clone(&seen), identity });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ProbeError::Client(error.to_string()))?
        .dangerous()
        // The chain is recorded here and judged as Go does it, by whoever asks.
        .with_custom_certificate_verifier(Arc::clone(&seen) as Arc<dyn ServerCertVerifier>)
        .with_client_cert_resolver(presenter);
    let failed = |why: String| ProbeError::Handshake { address: address.to_owned(), why };
    let connection = ClientConnection::new(Arc::new(config), name).map_err(|error| failed(error.to_string()))?;
    let stream = connect(address)?;
    let answer = exchange(StreamOwned::new(connection, stream), host, proxy.map(|proxy| proxy.user));
    let answer = answer.map_err(|error| failed(error.to_string()))?;
    let State { chain, accepted } = std::mem::take(&mut *seen.state.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Shown { chain, accepted, answer })
}

fn connect(address: &str) -> Result<TcpStream, ProbeError> {
    let unreachable = |why| ProbeError::Unreachable { address: address.to_owned(), why };
    let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
    for address in address.to_socket_addrs().map_err(unreachable)? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_read_timeout(Some(PATIENCE)).map_err(unreachable)?;
                stream.set_write_timeout(Some(PATIENCE)).map_err(unreachable)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(unreachable(last))
}

/// Finishes the handshake, and asks where there is a user to ask for.
fn exchange(
    mut stream: StreamOwned<ClientConnection, TcpStream>,
    host: &str,
    user: Option<&str>,
) -> io::Result<Option<Answer>> {
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    let Some(user) = user else { return Ok(None) };
    // A user of no further groups, who may do nothing.
    let request = format!("GET {PATH} HTTP/1.1\r\nHost: {host}\r\nX-Remote-User: {user}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    // Go closes without a close_notify; in TLS 1.3 a refused certificate is told only now.
    match stream.take(64 << 10).read_to_end(&mut answer) {
        Err(error) if answer.is_empty() && error.kind() != ErrorKind::UnexpectedEof => Err(error),
        _ => Ok(Some(Answer::of(&String::from_utf8_lossy(&answer), user))),
    }
}

impl Answer {
    fn of(answer: &str, user: &str) -> Self {
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        // `forbidden: User "x" cannot get path "/..."`, in JSON or as text.
        let named = body.split("User \\\"").nth(1).or_else(|| body.split("User \"").nth(1));
        let named = named.and_then(|rest| rest.split(['\\', '"']).next());
        match (status, named) {
            (401, _) => Self::Refused,
            (403, Some(named)) if named == user => Self::Believed,
            (403, Some(named)) => Self::KnownAs(named.to_owned()),
            (500, _) if body.contains("subjectaccessreviews") => Self::MayNotAsk(body.trim().to_owned()),
            _ => Self::Other(status, body.chars().take(200).collect()),
        }
    }
}

fn identity(proxy: &Proxy<'_>, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, ProbeError> {
    let broken = |what: &str| ProbeError::Client(what.to_owned());
    let chain: Result<Vec<CertificateDer<'_>>, _> = CertificateDer::pem_slice_iter(proxy.certificates).collect();
    let chain = chain.map_err(|_| broken("its certificate is no PEM"))?;
    if chain.is_empty() {
        return Err(broken("there is no certificate in its file"));
    }
    let key = PrivateKeyDer::from_pem_slice(proxy.key).map_err(|_| broken("there is no private key in its file"))?;
    let key = provider.key_provider.load_private_key(key);
    let key =
        key.map_err(|_| broken("its key is of a kind that TLS is not done with here: RSA, P-256, P-384, Ed25519"))?;
    let chain = chain.into_iter().map(CertificateDer::into_owned).collect();
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) => {
            Err(broken("its key is not that of its certificate"))
        }
        _ => Ok(Arc::new(certified)),
    }
}

/// What a handshake came to.
#[derive(Debug)]
struct Seen {
    provider: Arc<CryptoProvider>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    chain: Vec<Vec<u8>>,
    accepted: Option<Vec<Vec<u8>>>,
}

impl Seen {
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
struct Presenter {
    seen: Arc<Seen>,
    identity: Option<Arc<CertifiedKey>>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_no_further_header() {
        let proxy = Some(Proxy { certificates: b"", key: b"", user: "alice\r\nX-Remote-Group: system:masters" });
        let asked = ask(&Question { address: "127.0.0.1:1", server_name: None, proxy });
        assert!(matches!(asked, Err(ProbeError::User(_))), "{asked:?}");
    }

    #[test]
    fn who_is_refused_by_name_is_known() {
        let forbidden = |user: &str| {
            format!("HTTP/1.1 403 Forbidden\r\n\r\n{{\"message\":\"forbidden: User \\\"{user}\\\" cannot get path\"}}")
        };
        assert_eq!(Answer::of(&forbidden("alice"), "alice"), Answer::Believed);
        let other = Answer::KnownAs("front-proxy-client".to_owned());
        assert_eq!(Answer::of(&forbidden("front-proxy-client"), "alice"), other);
        assert_eq!(Answer::of("HTTP/1.1 401 Unauthorized\r\n\r\n{}", "alice"), Answer::Refused);
        let may_not = "HTTP/1.1 500 x\r\n\r\nsubjectaccessreviews.authorization.k8s.io is forbidden";
        assert!(matches!(Answer::of(may_not, "alice"), Answer::MayNotAsk(_)));
        assert_eq!(Answer::of("", "alice"), Answer::Other(0, String::new()));
    }
}
