//! The private keys around a server's files, and whether something explains them.

use std::cell::LazyCell;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::model::content::Failure;
use crate::model::files::{key_file, written_key};
use crate::model::lookup::Lookup;
use crate::model::{FileFlag, KeyFile, PathFlag, Reason, Setup};
use crate::source::WrittenKey;
use crate::source::formats::layouts::KEY_ENDINGS;
use crate::text::{Located, Origin};
use crate::x509::{Certificate, PrivateKey, pem};

use super::Loader;

impl Loader<'_> {
    /// The private keys that the flags name, and those that lie beside the CA files; and why others were not read.
    pub(super) fn keys(&self, setup: &Setup) -> (Vec<KeyFile>, Vec<Reason>) {
        let mut found = Keys::default();
        for key in [&setup.proxy_client_key, &setup.tls_private_key].into_iter().filter_map(FileFlag::loaded) {
            found.add(key.clone());
        }
        self.keys_in_certificate_files(setup, &mut found);
        // `--pki-dir` is where the files were made or copied to; what else lies there need not be on the server.
        let beside: &[_] = match self.lookup.pki_dir {
            Some(_) => &[],
            None => &[&setup.requestheader_client_ca.flag, &setup.client_ca.flag, &setup.proxy_client.flag],
        };
        // A key in a bundle has a rule of its own.
        let bundles = [&setup.client_ca.flag, &setup.requestheader_client_ca.flag].map(|flag| self.place_of(flag));
        let bundles: Vec<PathBuf> = bundles.into_iter().flatten().collect();
        for flag in beside {
            let (Some(path), Some(origin)) = (flag.path(), flag.origin()) else { continue };
            let Ok(content) = self.content(path) else { continue };
            let Some(directory) = content.path.parent() else { continue };
            if !found.directories.insert(directory.to_owned()) {
                continue;
            }
            let public = LazyCell::new(|| PublicHalves::in_directory(directory, self.lookup));
            let listed = self.lookup.list(directory);
            let files = with(&listed, &KEY_ENDINGS).chain(with(&listed, &CERTIFICATES));
            for key in files.filter(|key| !bundles.contains(key)) {
                match self.lookup.read_beside(key) {
                    Some(Ok(content)) => {
                        if let Ok(file) = key_file(&key.to_string_lossy(), origin, &content) {
                            let is_explained = self.names(key) || public.explain(&file.key);
                            found.add(KeyFile { is_explained, ..file });
                        }
                    }
                    Some(Err(Failure::NotLooked(why))) if is_key(key) => found.not_read(&why, origin),
                    _ => {}
                }
            }
        }
        (found.keys, found.not_read)
    }

    /// Where the file of a flag was read.
    pub(super) fn place_of(&self, flag: &PathFlag) -> Option<PathBuf> {
        Some(self.content(flag.path()?).ok()?.path.clone())
    }

    /// A file of a certificate may hold its key, too, and is handed around all the same.
    fn keys_in_certificate_files(&self, setup: &Setup, found: &mut Keys) {
        for file in std::iter::once(&setup.proxy_client).chain(setup.neighbours()) {
            let (Some(path), Some(origin)) = (file.flag.path(), file.flag.origin()) else { continue };
            let Ok(content) = self.content(path) else { continue };
            if let Ok(key) = key_file(path, origin, &content) {
                found.add(key);
            }
        }
    }

    /// The CA certificates in the directories of the files of certificates, each once; and the other
    /// files that hold one of them, by its place.
    pub(super) fn cas_beside(&self, setup: &Setup) -> (Vec<Located<Certificate>>, Vec<(PathBuf, usize)>) {
        let bundles = [&setup.client_ca.flag, &setup.requestheader_client_ca.flag];
        let files = std::iter::once(&setup.proxy_client).chain(setup.neighbours()).chain(&setup.signing_cas);
        let mut directories = BTreeSet::new();
        for path in bundles.into_iter().chain(files.map(|file| &file.flag)).filter_map(|flag| self.place_of(flag)) {
            directories.extend(path.parent().map(Path::to_owned));
        }
        let (mut seen, mut found, mut again) = (HashMap::new(), Vec::new(), Vec::new());
        let listed: Vec<_> = directories.iter().map(|directory| self.lookup.list(directory)).collect();
        for path in listed.iter().flat_map(|listed| with(listed, &CERTIFICATES)) {
            let Some(Ok(content)) = self.lookup.read_beside(path) else { continue };
            for block in &content.blocks {
                let Some(Ok(certificate)) = block.certificate() else { continue };
                if !certificate.is_ca() {
                    continue;
                }
                match seen.entry(certificate.fingerprint()) {
                    Entry::Occupied(known) => again.push((path.clone(), *known.get())),
                    Entry::Vacant(new) => {
                        new.insert(found.len());
                        found.push(Located::new(certificate, content.origin_of(block)));
                    }
                }
            }
        }
        (found, again)
    }

    /// Whether an argument names a key, it is one of service accounts, which have no certificate, or one that
    /// `aggcert request` made and whose certificate is still to come.
    fn names(&self, key: &Path) -> bool {
        let Some(name) = key.file_name().and_then(|name| name.to_str()) else { return true };
        let mut arguments = self.invocation.arguments.iter().map(|argument| argument.text.as_str());
        name.starts_with("sa.")
            || name.ends_with(".next.key")
            || name.starts_with("service-account")
            || arguments.any(|text| text.contains(name))
    }
}

/// Those that a document holds; and why others are not known.
pub(super) fn written_keys(keys: &[WrittenKey]) -> (Vec<KeyFile>, Vec<Reason>) {
    let (mut read, mut not_read) = (Vec::new(), Vec::new());
    for WrittenKey { path, origin, key } in keys {
        match key {
            Some(Ok(key)) => read.push(written_key(path, origin, key.clone())),
            Some(Err(message)) => not_read.push(Reason::undecided(format!("{path} is no key: {message}")).at(origin)),
            None => not_read.push(filled_in(path, origin)),
        }
    }
    (read, not_read)
}

/// Why a key of a document is not known.
pub(super) fn filled_in(path: &str, origin: &Origin) -> Reason {
    Reason::undecided(format!("{path} is filled in elsewhere")).at(origin)
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
        let listed = lookup.list(directory);
        for path in with(&listed, &CERTIFICATES).chain(with(&listed, &[".pub"])) {
            match lookup.read_beside(path) {
                Some(Ok(content)) if !content.blocks.is_empty() => {
                    content.blocks.iter().for_each(|block| found.add(block));
                }
                _ => found.incomplete = true,
            }
        }
        found
    }

    fn add(&mut self, block: &pem::Block) {
        match block.label.as_str() {
            "PUBLIC KEY" | "RSA PUBLIC KEY" => self.keys.push(block.contents.clone()),
            _ => match block.certificate() {
                Some(Ok(certificate)) => self.certificates.push(certificate),
                Some(Err(_)) => self.incomplete = true,
                None => {}
            },
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

/// What is in those of certificates, which may have their keys in them.
const CERTIFICATES: [&str; 3] = [".crt", ".cer", ".pem"];

fn is_key(path: &Path) -> bool {
    has(path, &KEY_ENDINGS)
}

fn has(path: &Path, parts: &[&str]) -> bool {
    path.file_name().is_some_and(|name| parts.iter().any(|part| name.to_string_lossy().contains(part)))
}

/// Of a directory's files those that have this in their names. A copy has something behind it: `.key.bak`.
fn with<'a>(listed: &'a [PathBuf], parts: &'a [&str]) -> impl Iterator<Item = &'a PathBuf> {
    /// A certificate directory has a handful.
    const MOST: usize = 100;

    listed.iter().filter(|path| has(path, parts)).take(MOST)
}
