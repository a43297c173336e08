//! The private keys around a server's files, and whether something explains them.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::model::content::Failure;
use crate::model::files::key_file;
use crate::model::lookup::Lookup;
use crate::model::{FileFlag, KeyFile, Reason, Setup};
use crate::text::Origin;
use crate::x509::{Certificate, PrivateKey, pem};

use super::Loader;

impl Loader<'_> {
    /// The private keys that the flags name, and those that lie beside the CA files; and why others were not read.
    pub(super) fn keys(&self, setup: &Setup) -> (Vec<KeyFile>, Vec<Reason>) {
        let mut found = Keys::default();
        for key in [&setup.proxy_client_key, &setup.tls_private_key].into_iter().filter_map(FileFlag::loaded) {
            found.add(key.clone());
        }
        // `--pki-dir` is where the files were made or copied to; what else lies there need not be on the server.
        let beside: &[_] = match self.lookup.pki_dir {
            Some(_) => &[],
            None => &[&setup.requestheader_client_ca.flag, &setup.client_ca.flag, &setup.proxy_client.flag],
        };
        for flag in beside {
            let (Some(path), Some(origin)) = (flag.path(), flag.origin()) else { continue };
            let Ok(content) = self.lookup.content(path, self.invocation, &self.principal) else { continue };
            let Some(directory) = content.path.parent() else { continue };
            if !found.directories.insert(directory.to_owned()) {
                continue;
            }
            let public = PublicHalves::in_directory(directory, self.lookup);
            for key in keys_in(directory).into_iter().filter(|key| self.lookup.permits(key)) {
                let shown = key.to_string_lossy();
                match self.lookup.read(&key) {
                    Ok(content) => {
                        if let Ok(file) = key_file(&shown, origin, &content) {
                            let is_explained = self.names(&key) || public.explain(&file.key);
                            found.add(KeyFile { is_explained, ..file });
                        }
                    }
                    Err(Failure::NotLooked(why)) => found.not_read(&why, origin),
                    Err(Failure::Unusable { .. }) => {}
                }
            }
        }
        (found.keys, found.not_read)
    }

    /// Whether an argument names a key, or it is one of service accounts, which have no certificate.
    fn names(&self, key: &Path) -> bool {
        let Some(name) = key.file_name().and_then(|name| name.to_str()) else { return true };
        let mut arguments = self.invocation.arguments.iter().map(|argument| argument.text.as_str());
        name.starts_with("sa.") || name.starts_with("service-account") || arguments.any(|text| text.contains(name))
    }
}

/// What certificates and public keys lie in a directory.
#[derive(Default)]
struct PublicHalves {
    certificates: Vec<Certificate>,
    /// SubjectPublicKeyInfo, or for RSA the key in it (PKCS#1), DER.
    keys: Vec<Vec<u8>>,
    /// Something could not be read.
    incomplete: bool,
}

impl PublicHalves {
    fn in_directory(directory: &Path, lookup: &Lookup) -> Self {
        let mut found = Self::default();
        for path in files_in(directory, &[".crt", ".cer", ".cert", ".pem", ".pub"]) {
            match lookup.permits(&path).then(|| lookup.read(&path)) {
                Some(Ok(content)) => pem::blocks(&content.bytes).for_each(|block| found.add(&block)),
                _ => found.incomplete = true,
            }
        }
        found
    }

    fn add(&mut self, block: &pem::Block) {
        match block.label.as_str() {
            "PUBLIC KEY" | "RSA PUBLIC KEY" => self.keys.push(block.contents.clone()),
            _ => self.certificates.extend(Certificate::from_der(&block.contents).ok()),
        }
    }

    /// Whether something here is of this key. Certificates may also be kept in a directory of their own.
    fn explain(&self, key: &PrivateKey) -> bool {
        self.incomplete
            || self.certificates.is_empty()
            || self.certificates.iter().any(|certificate| key.matches(certificate))
            || self.keys.iter().any(|public| key.subject_public_key_info.ends_with(public))
    }
}

#[derive(Default)]
struct Keys {
    keys: Vec<KeyFile>,
    not_read: Vec<Reason>,
    seen: HashSet<PathBuf>,
    /// Those that were searched: most often all files are in one.
    directories: HashSet<PathBuf>,
}

impl Keys {
    fn add(&mut self, key: KeyFile) {
        if self.seen.insert(key.looked_at.clone()) {
            self.keys.push(key);
        }
    }

    fn not_read(&mut self, why: &Reason, origin: &Origin) {
        if self.not_read.iter().all(|known| known.cause() != why.cause()) {
            self.not_read.push(why.clone().at(origin));
        }
    }
}

/// The files of a directory that are private keys by their names, sorted.
fn keys_in(directory: &Path) -> Vec<PathBuf> {
    files_in(directory, &[".key", "-key.pem"])
}

/// The files of a directory whose names end so, sorted.
fn files_in(directory: &Path, ends: &[&str]) -> Vec<PathBuf> {
    /// A certificate directory has a handful.
    const MOST: usize = 100;

    let directory = if directory == Path::new("") { Path::new(".") } else { directory };
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut keys: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
            ends.iter().any(|end| name.ends_with(end))
        })
        .collect();
    keys.sort();
    keys.truncate(MOST);
    keys
}
