//! What the bytes of a file are to the component that reads it, and in which words it refuses them.

use std::borrow::Cow;
use std::path::Path;

use crate::source::private_keys::private_keys as private_keys_in;
use crate::source::{AuthenticationConfiguration, CertificateText, authentication_configuration as configuration};
use crate::text::{Located, Origin};
use crate::x509::quote::quoted;
use crate::x509::{PrivateKey, pem};

use super::content::Content;
use super::{CertificateFile, FileState, KeyFile, PassedOver, TrustBundle, Unusable, UnusableKind};

/// What client-go's `cert.ParseCertsPEM` says of PEM without a usable certificate.
const NO_CERTIFICATES: &str = "data does not contain any valid RSA or ECDSA certificates";

/// A file of PEM, as a flag or an object names it.
pub(super) struct PemFile<'a> {
    pub path: &'a str,
    /// Where the path, or the PEM itself, is written.
    pub origin: &'a Origin,
    bytes: &'a [u8],
    blocks: Cow<'a, [pem::Block]>,
}

impl<'a> PemFile<'a> {
    pub(super) fn new(path: &'a str, origin: &'a Origin, bytes: &'a [u8]) -> Self {
        Self { path, origin, bytes, blocks: pem::blocks(bytes).collect() }
    }

    pub(super) fn of_content(path: &'a str, origin: &'a Origin, content: &'a Content) -> Self {
        Self { path, origin, bytes: &content.bytes, blocks: Cow::Borrowed(&content.blocks) }
    }

    fn unusable(&self, message: String, kind: UnusableKind) -> Unusable {
        let kind = match (kind, self.bytes) {
            (UnusableKind::NoContent, [0xef, 0xbb, 0xbf, ..]) => UnusableKind::ByteOrderMark,
            (UnusableKind::NoContent, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) => UnusableKind::Utf16,
            _ => kind,
        };
        unusable(self.path, self.origin, message, kind)
    }

    /// The blocks; `what` is how the server calls such a file, and `name` this one.
    fn blocks(&self, what: &str, name: &str) -> Result<&[pem::Block], Unusable> {
        if self.bytes.is_empty() {
            let message = format!("missing content for {what} {}", quoted(name));
            return Err(self.unusable(message, UnusableKind::Empty));
        }
        Ok(&self.blocks)
    }
}

/// A file that was read and is of no use.
fn unusable(path: &str, origin: &Origin, message: String, kind: UnusableKind) -> Unusable {
    Unusable { origin: origin.clone(), path: path.to_owned(), looked_at: None, message, kind }
}

/// As `newCABundleAndVerifier` of k8s.io/apiserver's dynamiccertificates loads it; `name` is the bundle's name in the
/// server's messages, and `place` says where a block is written.
pub(super) fn trust_bundle(
    name: &str,
    file: &PemFile<'_>,
    place: impl Fn(&pem::Block) -> Origin,
) -> Result<TrustBundle, Unusable> {
    let broken = |error: &dyn std::fmt::Display| format!("error loading CA bundle for {}: {error}", quoted(name));
    let mut anchors = Vec::new();
    let mut private_keys = Vec::new();
    for block in file.blocks("CA bundle", name)? {
        if block.is_private_key() {
            let key = file.bytes.get(block.span.clone()).and_then(|pem| PrivateKey::from_pem(pem).ok());
            private_keys.push(Located::new(key, place(block)));
        }
        // client-go's ParseCertsPEM skips blocks with headers, and stops at the first bad certificate.
        if let Some(certificate) = block.certificate().filter(|_| block.headers.is_empty()) {
            let certificate = certificate.map_err(|error| file.unusable(broken(&error), UnusableKind::Malformed))?;
            anchors.push(Located::new(certificate, place(block)));
        }
    }
    if anchors.is_empty() {
        return Err(file.unusable(broken(&NO_CERTIFICATES), UnusableKind::NoContent));
    }
    // Whoever reads the file has those that Go does not see, too.
    for key in private_keys_in(file.bytes).into_iter().filter(Option::is_some) {
        if private_keys.iter().all(|known| known.value != key) {
            private_keys.push(Located::new(key, file.origin.clone()));
        }
    }
    let mut bundle = TrustBundle::new(file.path.to_owned(), file.origin.clone(), anchors, private_keys);
    bundle.passed_over = PassedOver::of(file.bytes, &file.blocks, bundle.anchors());
    Ok(bundle)
}

/// The certificates that a server showed, as a file of them; `place` says where a block is written.
///
/// # Errors
/// When its own does not parse.
pub fn shown_certificates(
    text: &crate::text::Text,
    place: impl Fn(&pem::Block) -> Origin,
) -> Result<CertificateFile, Unusable> {
    let origin = text.origin();
    certificate_file("the certificate that it shows", &PemFile::new("", &origin, text.as_str().as_bytes()), place)
}

/// The same of a Secret that is to be served with; `None`: what it holds is not known.
pub(super) fn kept_certificate(text: &CertificateText) -> Option<Result<CertificateFile, Unusable>> {
    let (bytes, written) = text.pem();
    let bytes = bytes?;
    let place = |block: &pem::Block| text.origin_of(block.span.clone());
    Some(certificate_file("the certificate in it", &PemFile::new("", &written.origin(), &bytes), place))
}

/// As the first half of Go's `tls.X509KeyPair`; `name` is the pair's name in the server's messages, and `place` says
/// where a block is written.
pub(super) fn certificate_file(
    name: &str,
    file: &PemFile<'_>,
    place: impl Fn(&pem::Block) -> Origin,
) -> Result<CertificateFile, Unusable> {
    let blocks = file.blocks("serving cert", name)?;
    let mut certificates = blocks.iter().filter_map(|block| Some((block.certificate()?, place(block))));
    let Some((leaf, leaf_place)) = certificates.next() else {
        let message = match blocks {
            [] => "tls: failed to find any PEM data in certificate input".to_owned(),
            [only] if only.is_private_key() => {
                "tls: failed to find certificate PEM data in certificate input, but did \
                                               find a private key; PEM inputs may have been switched"
                    .to_owned()
            }
            others => {
                let labels: Vec<&str> = others.iter().map(|block| block.label.as_str()).collect();
                let labels = labels.join(" ");
                format!(
                    "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of \
                     the following types: [{labels}]"
                )
            }
        };
        return Err(file.unusable(message, UnusableKind::NoContent));
    };
    let leaf = leaf.map_err(|error| file.unusable(error.to_string(), UnusableKind::Malformed))?;
    let mut found = CertificateFile {
        path: file.path.to_owned(),
        origin: file.origin.clone(),
        leaf: Located::new(leaf, leaf_place),
        rest: Vec::new(),
        broken: Vec::new(),
    };
    for (certificate, place) in certificates {
        match certificate {
            Ok(certificate) => found.rest.push(Located::new(certificate, place)),
            Err(error) => found.broken.push(Located::new(error.to_string(), place)),
        }
    }
    Ok(found)
}

/// `loadAuthenticationConfig` of `pkg/kubeapiserver/options/authentication.go`.
pub(super) fn authentication_configuration(
    path: &str,
    origin: &Origin,
    content: &Content,
) -> Result<AuthenticationConfiguration, Unusable> {
    configuration::read(content.source()).map_err(|why| {
        let kind = if content.bytes.is_empty() { UnusableKind::Empty } else { UnusableKind::Malformed };
        unusable(path, origin, why, kind)
    })
}

/// Read once, here: rules read nothing.
fn link_target(path: &Path) -> Option<String> {
    path.is_symlink().then(|| path.canonicalize().ok()).flatten().map(|target| target.to_string_lossy().into_owned())
}

pub(super) fn key_file(path: &str, origin: &Origin, content: &Content) -> Result<KeyFile, Unusable> {
    match content.private_key() {
        Ok(key) => Ok(KeyFile {
            looked_at: content.path.clone(),
            link_target: link_target(&content.path),
            mode: content.mode,
            directory_mode: content.directory_mode(),
            ..written_key(path, origin, key)
        }),
        Err(error) => {
            let kind = if content.bytes.is_empty() { UnusableKind::Empty } else { UnusableKind::Malformed };
            Err(unusable(path, origin, error.to_string(), kind))
        }
    }
}

/// One that a document holds, which has no permissions.
pub(super) fn written_key(path: &str, origin: &Origin, key: PrivateKey) -> KeyFile {
    KeyFile {
        path: path.to_owned(),
        looked_at: path.into(),
        link_target: None,
        origin: origin.clone(),
        key,
        is_explained: true,
        mode: None,
        directory_mode: None,
    }
}

/// The same, or what Go says of it.
pub(super) fn written_key_state(path: &str, origin: &Origin, key: &Result<PrivateKey, String>) -> FileState<KeyFile> {
    match key {
        Ok(key) => FileState::Loaded(written_key(path, origin, key.clone())),
        Err(message) => FileState::Unusable(unusable(path, origin, message.clone(), UnusableKind::Malformed)),
    }
}
