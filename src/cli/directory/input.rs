//! Files that the arguments name.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use zeroize::Zeroizing;

use crate::emit::ServerDirectory;
use crate::pki::contents::{ContentsError, certificates, key_file};
use crate::pki::{GivenCa, Replace, Request, SigningKey};
use crate::source::input::open_named;

/// No file of certificates or keys comes near.
const MAX_INPUT_SIZE: u64 = 1024 * 1024;

/// Which CA issues, and which must not.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Other CAs")]
pub(crate) struct CaArguments {
    /// Issue from this front-proxy CA instead of the one in DIR; its key stays where it is
    #[arg(long, value_name = "FILE", requires = "ca_key")]
    pub ca_cert: Option<PathBuf>,

    /// The key of --ca-cert: PKCS#8, PKCS#1 or SEC 1, in PEM
    #[arg(long, value_name = "FILE", requires = "ca_cert")]
    pub ca_key: Option<PathBuf>,

    /// The cluster's own CA, which must not be the front proxy's, too [default: DIR/ca.crt when it is there]
    #[arg(long, value_name = "FILE")]
    pub client_ca_file: Option<PathBuf>,
}

impl CaArguments {
    /// Reads the files that they name.
    pub(crate) fn request(&self, directory: &Path, replace: Replace) -> anyhow::Result<Request> {
        let given_ca = match (&self.ca_cert, &self.ca_key) {
            (Some(certificate_path), Some(key_path)) => Some(given_ca(certificate_path, key_path)?),
            _ => None,
        };
        let cluster_ca = match &self.client_ca_file {
            Some(path) => Some((path.clone(), read(path, "--client-ca-file", |bytes| certificates(&bytes))?)),
            None => None,
        };
        Ok(Request { directory: directory.to_owned(), replace, given_ca, cluster_ca })
    }
}

pub(crate) fn given_ca(certificate_path: &Path, key_path: &Path) -> anyhow::Result<GivenCa> {
    let certificates = read(certificate_path, "--ca-cert", |bytes| certificates(&bytes))?;
    let key = read(key_path, "--ca-key", key_file)?;
    // Before anything is made: whether it can sign shows only here.
    SigningKey::from_pem(&key.pem).with_context(|| format!("--ca-key {}", key_path.display()))?;
    Ok(GivenCa { certificate_path: certificate_path.to_owned(), key_path: key_path.to_owned(), certificates, key })
}

/// Reads and parses the file that a flag names.
///
/// # Errors
/// With the flag and the file in front.
pub(crate) fn read<T>(
    path: &Path,
    flag: &str,
    parse: impl FnOnce(Zeroizing<Vec<u8>>) -> Result<T, ContentsError>,
) -> anyhow::Result<T> {
    let context = || format!("{flag} {}", path.display()).trim().to_owned();
    let bytes = read_bytes(path, flag)?;
    parse(bytes).map_err(|error| anyhow!("{error}\nhelp: {}", error.remedy())).with_context(context)
}

/// The bytes of the file that a flag names, which may be a key's.
///
/// # Errors
/// When it cannot be read, or is far too large.
pub(crate) fn read_bytes(path: &Path, flag: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let context = || format!("{flag} {}", path.display()).trim().to_owned();
    // With room from the start: a buffer that grows leaves copies of a key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    let file = open_named(path).map_err(|error| anyhow!("{}", format!("{flag} {error}").trim()))?;
    file.take(MAX_INPUT_SIZE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| anyhow!("{}", error.kind()))
        .with_context(context)?;
    if bytes.len() as u64 > MAX_INPUT_SIZE {
        return Err(anyhow!("it is larger than 1 MiB, which no certificate or key is")).with_context(context);
    }
    Ok(bytes)
}

/// `--pki-dir`, or the directory made absolute; links in it stay what they are.
pub(in crate::cli) fn server_directory(pki_dir: Option<&Path>, directory: &Path) -> anyhow::Result<ServerDirectory> {
    match pki_dir {
        Some(pki_dir) => ServerDirectory::new(pki_dir).with_context(|| format!("--pki-dir {}", pki_dir.display())),
        None => {
            let absolute = std::path::absolute(directory).with_context(|| format!("{}", directory.display()))?;
            ServerDirectory::new(&absolute).with_context(|| format!("{}", directory.display()))
        }
    }
}
