//! What a directory holds, as others keep it: one file a form. All of it is pure.

mod ansible;
mod cloud_init;
mod cluster_api;
mod config_map;
mod k3s;
mod object;
mod secret;
mod talos;

use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{Fitting, FlagsError, ServerDirectory};
use crate::pki::make::bundle_bytes;
use crate::pki::{Contents, KeyFile, PkiFile};
use crate::text::{operand, shell_word};

/// The forms, by the names that `--format` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Secret,
    ConfigMap,
    ClusterApi,
    K3s,
    Rke2,
    Talos,
    TalosDocument,
    Ansible,
    CloudInit,
}

/// What is to be written besides the files themselves.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// Of the object, or of the cluster.
    pub name: Option<String>,
    pub namespace: Option<String>,
    /// Where the server sees the files.
    pub pki_dir: ServerDirectory,
    pub with_keys: bool,
}

/// What is written.
pub enum Exported {
    Text(Zeroizing<String>),
    /// Files of a directory, by their names.
    Files(Vec<(&'static str, Zeroizing<Vec<u8>>)>),
}

impl std::fmt::Debug for Exported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Exported::Text",
            Self::Files(_) => "Exported::Files",
        })
    }
}

/// Why a form cannot hold it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    #[error(transparent)]
    Unfit(#[from] FlagsError),
    #[error("{reader} makes a CA of its own where it finds no key: give --with-keys")]
    NeedsKeys { reader: &'static str },
    #[error(
        "a ConfigMap is readable to many and no place for private keys: take --format secret, or leave --with-keys out"
    )]
    NoPlaceForKeys,
    #[error("--format {form} wants --name: {what}")]
    NoName { form: &'static str, what: &'static str },
    #[error(
        "--{flag} {value}: a name in Kubernetes is lower-case letters, digits, `-` and `.`, 253 at most, and begins and ends with a letter or digit"
    )]
    NotAName { flag: &'static str, value: String },
    #[error(
        "{file} is needed there and not in the directory, or cannot be used: the reader issues certificates with it"
    )]
    NoCaKey { file: PkiFile },
    #[error(
        "{0} belongs to another certificate than the first of front-proxy-ca.crt, which is the one that the reader signs with\
         \nhelp: finish the rotation first (`aggcert rotate status`)"
    )]
    OtherCaKey(PkiFile),
    #[error(
        "{reader} allows the name {wanted} alone, and the client is called {found}\nhelp: issue one of that name in a \
         copy of the directory: `cp -rp {0} {1}`, then `aggcert renew {1} --client-common-name {wanted}`; where the \
         directory is in use, every aggregated API would answer 401",
        shell_word(&operand(&directory.display().to_string())),
        shell_word(&operand(&format!("{}-{wanted}", directory.display().to_string().trim_end_matches('/'))))
    )]
    OtherName { directory: PathBuf, reader: &'static str, wanted: &'static str, found: String },
    #[error("the CA's key is of a kind that {reader} does not read: ECDSA, RSA and Ed25519 it does")]
    KeyForm { reader: &'static str },
}

impl ExportError {
    /// Whether other arguments are wanted, rather than other files.
    pub fn is_of_arguments(&self) -> bool {
        matches!(self, Self::NeedsKeys { .. } | Self::NoPlaceForKeys | Self::NoName { .. } | Self::NotAName { .. })
    }
}

/// The files as they are written.
struct Material<'a> {
    directory: &'a Path,
    ca: Zeroizing<Vec<u8>>,
    client: Zeroizing<Vec<u8>>,
    fitting: Fitting<'a>,
    ca_key: Option<&'a KeyFile>,
}

impl Material<'_> {
    fn client_common_name(&self) -> &str {
        self.fitting.client_common_name
    }

    /// The client's key, where keys are asked for.
    fn client_key(&self, wishes: &Wishes) -> Option<&[u8]> {
        wishes.with_keys.then_some(&self.fitting.client_key.pem)
    }

    /// What a server needs: the CA and its client, whose key is there where keys are asked for.
    fn files(&self, wishes: &Wishes) -> impl Iterator<Item = (PkiFile, &[u8])> {
        [
            (PkiFile::CaCertificate, Some(self.ca.as_slice())),
            (PkiFile::ClientCertificate, Some(self.client.as_slice())),
            (PkiFile::ClientKey, self.client_key(wishes)),
        ]
        .into_iter()
        .filter_map(|(file, bytes)| Some((file, bytes?)))
    }

    /// The CA's key, for a reader that signs with it and would make another CA without.
    fn ca_key(&self, wishes: &Wishes, reader: &'static str) -> Result<&[u8], ExportError> {
        if !wishes.with_keys {
            return Err(ExportError::NeedsKeys { reader });
        }
        let file = PkiFile::CaKey;
        let key = self.ca_key.ok_or(ExportError::NoCaKey { file })?;
        if self.fitting.ca.first().is_none_or(|ca| !key.key.matches(ca)) {
            return Err(ExportError::OtherCaKey(file));
        }
        Ok(&key.pem)
    }
}

/// Writes what a directory holds. `directory` is for messages.
///
/// # Errors
/// When the files do not work together, or the form cannot hold them so that its reader takes them.
pub fn export(
    form: Form,
    contents: &Contents,
    directory: &Path,
    wishes: &Wishes,
    now: OffsetDateTime,
) -> Result<Exported, ExportError> {
    let fitting = Fitting::of(contents, directory, now)?;
    let (ca, client) = (bundle_bytes(fitting.ca), bundle_bytes(fitting.client));
    let material = Material { directory, ca, client, fitting, ca_key: contents.ca_key.present() };
    match form {
        Form::Secret => secret::write(&material, wishes),
        Form::ConfigMap => config_map::write(&material, wishes),
        Form::ClusterApi => cluster_api::write(&material, wishes),
        Form::K3s => k3s::write(&material, wishes, "k3s"),
        Form::Rke2 => k3s::write(&material, wishes, "RKE2"),
        Form::Talos => talos::write(&material, wishes),
        Form::TalosDocument => talos::write_document(&material, wishes),
        Form::Ansible => ansible::write(&material, wishes),
        Form::CloudInit => cloud_init::write(&material, wishes),
    }
}
