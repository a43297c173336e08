//! A file that was read, and why one was not.

use std::fs;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::source::CertificateText;
use crate::source::WrittenFile;
use crate::source::resource::{begins_as_a_template, is_template};
use crate::system::{self, LastLink, Status};
use crate::text::{Located, Origin, SourceFile};
use crate::x509::{KeyError, PrivateKey, pem};

use super::{Permissions, Reason};

/// Go's words for a file that is not there.
pub(super) const NOT_FOUND: &str = "no such file or directory";

/// No certificate bundle is larger than this many bytes.
const MAXIMUM_SIZE: u64 = 8 << 20;

/// A file that was read.
#[derive(Debug)]
pub(super) struct Content {
    pub bytes: Vec<u8>,
    /// What of it is PEM.
    pub blocks: Vec<pem::Block>,
    key: OnceLock<Result<PrivateKey, KeyError>>,
    pub path: PathBuf,
    /// Unix permission bits, where there are such.
    pub mode: Option<u32>,
    /// Nobody is in its group but the owner and root: root's group, or one of the owner's own (user private groups).
    has_own_group: bool,
    pub hard_links: u64,
    /// The text, with the bodies of private keys struck out: reports show lines of it.
    file: Arc<SourceFile>,
    /// Whether offsets in `bytes` are offsets in the text.
    is_text: bool,
    /// Where it is written inside of another document.
    written: Option<CertificateText>,
}

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The server would fail as well, with Go's words behind `open PATH: ` or `read PATH: `.
    Unusable { looked_at: PathBuf, operation: &'static str, error: &'static str },
    /// It says nothing about the server.
    NotLooked(Reason),
}

pub(super) fn read_file(path: &Path) -> io::Result<Content> {
    // Opening a pipe or a device must not wait for its other end.
    let file = system::open(path, LastLink::Follow)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let bytes = system::read_bounded(file, metadata.len(), MAXIMUM_SIZE)?;
    if bytes.len() as u64 > MAXIMUM_SIZE {
        return Err(io::Error::other("it is larger than 8 MiB"));
    }
    let status = system::status(&metadata);
    let has_own_group = status.map(permissions).is_some_and(|permissions| permissions.has_own_group);
    let content = content(bytes, path, status.map(|status| status.mode), status.map_or(1, |status| status.links));
    Ok(Content { has_own_group, ..content })
}

pub(super) fn content(bytes: Vec<u8>, path: &Path, mode: Option<u32>, hard_links: u64) -> Content {
    let blocks: Vec<pem::Block> = pem::blocks(&bytes).collect();
    let (text, is_text) = match std::str::from_utf8(&bytes) {
        Ok(text) => (without_private_keys(text, &blocks), true),
        Err(_) => (without_private_keys(&String::from_utf8_lossy(&bytes), &[]), false),
    };
    let file = SourceFile::new(path.to_string_lossy(), text);
    let (path, has_own_group) = (path.to_owned(), false);
    Content { bytes, blocks, key: OnceLock::new(), path, mode, has_own_group, hard_links, file, is_text, written: None }
}

/// Many systems give each user a group of his own, with his number (user private groups).
pub(super) fn permissions(status: Status) -> Permissions {
    Permissions { mode: status.mode, has_own_group: status.group == 0 || status.group == status.owner }
}

/// A file of certificates that is written inside of a document.
pub(super) fn written(file: &WrittenFile) -> Result<Content, Failure> {
    let (bytes, text) = file.contents.pem();
    if is_template(text.as_str()) {
        let expression = Located::new(text.as_str().trim().to_owned(), text.origin());
        return Err(Failure::NotLooked(Reason::expression(&expression)));
    }
    let undecided = || Reason::undecided(format!("{} is not base64 where it is written", file.path)).at(&text.origin());
    let bytes = bytes.ok_or_else(|| Failure::NotLooked(undecided()))?;
    let content = content(bytes, Path::new(&file.path), Some(0), 1);
    Ok(Content { written: Some(file.contents.clone()), ..content })
}

/// The same text, byte for byte as long, with asterisks where a private key stands.
pub(super) fn without_private_keys(text: &str, blocks: &[pem::Block]) -> String {
    let mut bytes = text.as_bytes().to_owned();
    for block in blocks.iter().filter(|block| block.is_private_key()) {
        for byte in bytes.get_mut(body(text, &block.span)).unwrap_or_default() {
            if byte.is_ascii_graphic() {
                *byte = b'*';
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// What is between the lines of BEGIN and END.
fn body(text: &str, span: &Range<usize>) -> Range<usize> {
    let block = text.get(span.clone()).unwrap_or_default();
    let start = block.find('\n').unwrap_or(block.len());
    let end = block.rfind("-----END").unwrap_or(block.len());
    span.start + start..span.start + end.max(start)
}

impl Content {
    /// Its first private key. A flag may name the file, and the directory of another have it: the public half is
    /// computed once.
    pub(super) fn private_key(&self) -> Result<PrivateKey, KeyError> {
        self.key.get_or_init(|| PrivateKey::from_blocks(&self.blocks)).clone()
    }

    /// The place of a PEM block, without the body of a private key.
    pub(super) fn origin_of(&self, block: &pem::Block) -> Origin {
        if let Some(written) = &self.written {
            return written.origin_of(block.span.clone());
        }
        if !self.is_text {
            return Origin::start_of(&self.file);
        }
        let span = if block.is_private_key() {
            block.span.start..body(self.file.text(), &block.span).start
        } else {
            block.span.clone()
        };
        Origin::new(&self.file, span)
    }

    /// The text that findings point into.
    pub(super) fn source(&self) -> &Arc<SourceFile> {
        &self.file
    }

    /// Why it tells nothing: it is a template, of which the file is made that the server reads.
    pub(super) fn unrendered(&self) -> Option<Reason> {
        let text = self.file.text().trim_start();
        let line = || text.lines().next().unwrap_or_default().to_owned();
        let expression = || Located::new(line(), Origin::start_of(&self.file));
        (self.blocks.is_empty() && begins_as_a_template(text)).then(|| Reason::expression(&expression()))
    }

    pub(super) fn permissions(&self) -> Option<Permissions> {
        self.mode.map(|mode| Permissions { mode, has_own_group: self.has_own_group })
    }

    /// Those of the directory that it is in.
    pub(super) fn directory(&self) -> Option<Permissions> {
        let directory = self.path.parent()?;
        let directory = if directory == Path::new("") { Path::new(".") } else { directory };
        Some(permissions(system::status(&fs::metadata(directory).ok()?)?))
    }

    pub(super) fn directory_mode(&self) -> Option<u32> {
        self.directory().map(|permissions| permissions.mode)
    }
}

impl Failure {
    pub(super) fn of(error: &io::Error, path: &Path) -> Self {
        let looked_at = path.to_owned();
        match error.kind() {
            ErrorKind::NotFound => Self::Unusable { looked_at, operation: "open", error: NOT_FOUND },
            ErrorKind::NotADirectory => Self::Unusable { looked_at, operation: "open", error: "not a directory" },
            ErrorKind::IsADirectory => Self::Unusable { looked_at, operation: "read", error: "is a directory" },
            ErrorKind::PermissionDenied => {
                let why = format!("no permission to read {}", path.display());
                Self::NotLooked(Reason::out_of_reach(why, "run it as a user who may read the file"))
            }
            _ => Self::NotLooked(Reason::out_of_reach(format!("{} was not read: {error}", path.display()), None)),
        }
    }
}
