//! What a document says, read as any input is.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{Made, Subject};
use crate::model::{ConfigMap, Lookup, Setup};
use crate::source::{self, Document, NoSurroundings};
use crate::text::SourceFile;

/// An object that holds a CA for front proxies, as an extension API server mounts it.
pub(crate) const PINNED: &str =
    "kind: ConfigMap\nmetadata: {name: fp-ca, namespace: wardle}\ndata:\n  front-proxy-ca.crt: <CA>\n";

/// The first thing to judge in a document, in which `CA`, `CERT`, `KEY` and `CAKEY` stand for PEM; with `64` at the end for
/// that in base64.
pub(crate) fn of_document(document: &str, [ca_key, ca, certificate, key]: [&str; 4]) -> Made<'static> {
    let indented = |pem: &str| pem.trim_end().replace('\n', "\n    ");
    let mut text = document.to_owned();
    for (name, pem) in [("CAKEY", ca_key), ("CA", ca), ("CERT", certificate), ("KEY", key)] {
        text = text.replace(&format!("<{name}64>"), &BASE64_STANDARD.encode(pem));
        text = text.replace(&format!("<{name}>"), &format!("|\n    {}", indented(pem)));
        text = text.replace(&format!("<{name}%>"), &pem.replace('\n', "%0A").replace(' ', "%20"));
    }
    let documents = source::read(&SourceFile::new("x", text), None, &NoSurroundings).unwrap();
    let mut found = documents.into_iter().filter_map(|document| match document {
        Document::Invocation(server) => Some(Made::Setup(Cow::Owned(Setup::load(server, &Lookup::default())))),
        Document::AuthenticationConfigMap(written) => {
            Some(Made::ConfigMap(Cow::Owned(ConfigMap::read(&written, None))))
        }
        _ => None,
    });
    found.next().unwrap_or_else(|| panic!("nothing to judge in {document}"))
}

/// Of a document that is a server's.
pub(crate) fn setup_of_document(document: &str, pem: [&str; 4]) -> Setup {
    match of_document(document, pem) {
        Made::Setup(setup) => setup.into_owned(),
        Made::ConfigMap(_) => panic!("no server in {document}"),
    }
}

impl Subject for Made<'_> {
    fn made(&self) -> Made<'_> {
        match self {
            Self::Setup(setup) => Made::Setup(Cow::Borrowed(setup)),
            Self::ConfigMap(config_map) => Made::ConfigMap(Cow::Borrowed(config_map)),
        }
    }
}
