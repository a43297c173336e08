//! A file with a private key beside the objects that were made of it.

use std::fs;
use std::path::Path;

use crate::source::Resource;
use crate::system;
use crate::text::{Origin, SourceFile};

/// Who may use such a file: a key as PEM, or the manifest of a Secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptKey {
    pub path: String,
    pub origin: Origin,
    pub is_manifest: bool,
    /// Unix permission bits (`0o600`).
    pub mode: u32,
}

impl KeptKey {
    /// The key that a file of PEM is; `None`: it is none, or not on this host.
    pub fn of_file(file: &std::sync::Arc<SourceFile>) -> Option<Self> {
        file.text().contains("PRIVATE KEY-----").then(|| Self::at(Origin::start_of(file), false))?
    }

    /// That of a Secret.
    pub fn of_resource(resource: &Resource) -> Option<Self> {
        match resource {
            Resource::Certificates(secret) if !secret.private_keys.is_empty() => {
                Self::at(secret.object.name.origin.clone(), true)
            }
            _ => None,
        }
    }

    fn at(origin: Origin, is_manifest: bool) -> Option<Self> {
        let path = origin.file().name().to_owned();
        let mode = system::status(&fs::metadata(Path::new(&path)).ok()?)?.mode;
        Some(Self { path, origin, is_manifest, mode })
    }
}
