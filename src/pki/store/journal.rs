//! What a decided change consists of.

use serde::{Deserialize, Serialize};

use crate::pki::PkiFile;

pub(super) const JOURNAL: &str = "journal.json";

const SCHEMA_VERSION: u32 = 1;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journal {
    schema_version: u32,
    /// In the order in which it is done.
    pub retire: Vec<Retirement>,
    /// In the order in which it is done.
    pub place: Vec<PkiFile>,
}

/// A file that makes room, and its name afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retirement {
    pub file: PkiFile,
    pub name: String,
}

impl Journal {
    pub(super) fn new(retire: Vec<Retirement>, place: Vec<PkiFile>) -> Self {
        Self { schema_version: SCHEMA_VERSION, retire, place }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// A name that leaves the directory is not ours: it is refused, whoever wrote it.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let journal: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if journal.schema_version != SCHEMA_VERSION {
            return Err(format!("its schema_version is {}, not {SCHEMA_VERSION}", journal.schema_version));
        }
        match journal.retire.iter().find(|retirement| !retirement.is_dated()) {
            Some(retirement) => Err(format!("`{}` is no dated name of {}", retirement.name, retirement.file)),
            None => Ok(journal),
        }
    }
}

impl Retirement {
    fn is_dated(&self) -> bool {
        self.name.strip_prefix(self.file.name()).and_then(|rest| rest.strip_prefix('.')).is_some_and(|date| {
            !date.is_empty() && date.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(name: &str) -> Journal {
        let retire = vec![Retirement { file: PkiFile::CaKey, name: name.to_owned() }];
        Journal::new(retire, vec![PkiFile::CaKey, PkiFile::CaCertificate])
    }

    #[test]
    fn reads_what_it_writes() {
        let journal = journal("front-proxy-ca.key.2026-11-21T20-15-03Z.2");
        assert_eq!(Journal::from_bytes(&journal.to_bytes()), Ok(journal));
    }

    #[test]
    fn refuses_names_that_it_would_not_write() {
        for name in
            ["../x", "front-proxy-ca.key", "front-proxy-ca.key.", "front-proxy-ca.key./x", "front-proxy-ca.crt.1"]
        {
            assert!(Journal::from_bytes(&journal(name).to_bytes()).is_err(), "{name}");
        }
    }

    #[test]
    fn refuses_what_another_version_wrote() {
        for text in [
            "",
            "{}",
            r#"{"schema_version":2,"retire":[],"place":[]}"#,
            r#"{"schema_version":1,"retire":[],"place":[],"x":1}"#,
        ] {
            assert!(Journal::from_bytes(text.as_bytes()).is_err(), "{text}");
        }
    }
}
