//! Asks a server itself: what its TLS handshake shows, and whom it takes a front-proxy client for.
//!
//! A kube-apiserver and every server built on k8s.io/apiserver ask for a client certificate, and name in the
//! CertificateRequest (RFC 8446, section 4.2.4) the CAs that they accept: those of the client CA and those of the
//! requestheader CA, in one list. So a name proves that such a CA is loaded for one of the two, no more.

mod recorder;

use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::{Connect, TlsConnector};
use zeroize::Zeroizing;

use recorder::{Presenter, Seen, State};

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
    pub proxy: Option<&'a ProxyClient>,
}

/// A front-proxy client, and the user that it names in a header.
pub struct ProxyClient {
    pub certificates: Vec<u8>,
    /// PEM.
    pub key: Zeroizing<Vec<u8>>,
    pub user: String,
}

impl fmt::Debug for ProxyClient {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyClient").field("user", &self.user).finish_non_exhaustive()
    }
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

/// Asks one server at its address.
///
/// # Errors
/// When there is no TLS server, or the client cannot be used.
pub fn ask(question: &Question<'_>) -> Result<Shown, ProbeError> {
    let runtime =
        super::runtime().map_err(|why| ProbeError::Unreachable { address: question.address.to_owned(), why })?;
    runtime.block_on(ask_directly(question, PATIENCE))
}

/// The same, with less patience for what may lead nowhere.
pub(super) async fn ask_directly(question: &Question<'_>, patience: Duration) -> Result<Shown, ProbeError> {
    let address = question.address;
    if !address.contains(':') {
        return Err(ProbeError::Address(address.to_owned()));
    }
    let connected = tokio::time::timeout(patience, TcpStream::connect(address)).await;
    let connected = connected.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()));
    let stream = connected.map_err(|why| ProbeError::Unreachable { address: address.to_owned(), why })?;
    ask_over(stream, question).await
}

/// Asks whoever is at the other end of a stream.
pub(super) async fn ask_over(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    question: &Question<'_>,
) -> Result<Shown, ProbeError> {
    let Question { address, server_name, proxy } = *question;
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let name = server_name.unwrap_or_else(|| host.trim_matches(['[', ']'])).to_owned();
    let name = ServerName::try_from(name.clone()).map_err(|_| ProbeError::ServerName(name))?;
    // A line break in it would begin another header.
    if let Some(user) = proxy.map(|proxy| &proxy.user).filter(|user| http::HeaderValue::from_str(user).is_err()) {
        return Err(ProbeError::User(user.to_owned()));
    }
    let provider = Arc::new(ring::default_provider());
    let seen = Seen::new(&provider);
    let identity = proxy.map(|proxy| identity(proxy, &provider)).transpose()?;
    let presenter = Arc::new(Presenter { seen: Arc::clone(&seen), identity });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ProbeError::Client(error.to_string()))?
        .dangerous()
        // The chain is recorded here and judged as Go does it, by whoever asks.
        .with_custom_certificate_verifier(Arc::clone(&seen) as Arc<dyn ServerCertVerifier>)
        .with_client_cert_resolver(presenter);
    let exchange = exchange(TlsConnector::from(Arc::new(config)).connect(name, stream), host, proxy);
    let answer = tokio::time::timeout(PATIENCE, exchange).await;
    let answer = answer.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()));
    let answer =
        answer.map_err(|error| ProbeError::Handshake { address: address.to_owned(), why: error.to_string() })?;
    let State { chain, accepted } = seen.take();
    Ok(Shown { chain, accepted, answer })
}

/// Finishes the handshake, and asks where there is a user to ask for.
async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    connecting: Connect<S>,
    host: &str,
    proxy: Option<&ProxyClient>,
) -> io::Result<Option<Answer>> {
    let mut stream = connecting.await?;
    let Some(ProxyClient { user, .. }) = proxy else { return Ok(None) };
    // A user of no further groups, who may do nothing.
    let request = format!("GET {PATH} HTTP/1.1\r\nHost: {host}\r\nX-Remote-User: {user}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut answer = Vec::new();
    // Go closes without a close_notify; in TLS 1.3 a refused certificate is told only now.
    match stream.take(64 << 10).read_to_end(&mut answer).await {
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

fn identity(proxy: &ProxyClient, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, ProbeError> {
    let broken = |what: &str| ProbeError::Client(what.to_owned());
    let chain: Result<Vec<CertificateDer<'_>>, _> = CertificateDer::pem_slice_iter(&proxy.certificates).collect();
    let chain = chain.map_err(|_| broken("its certificate is no PEM"))?;
    if chain.is_empty() {
        return Err(broken("there is no certificate in its file"));
    }
    let key = PrivateKeyDer::from_pem_slice(&proxy.key).map_err(|_| broken("there is no private key in its file"))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_no_further_header() {
        let user = "alice\r\nX-Remote-Group: system:masters".to_owned();
        let proxy = ProxyClient { certificates: Vec::new(), key: Zeroizing::default(), user };
        let runtime = crate::cluster::runtime().unwrap();
        let question = Question { address: "127.0.0.1:1", server_name: None, proxy: Some(&proxy) };
        let asked = runtime.block_on(ask_over(tokio::io::empty(), &question));
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
