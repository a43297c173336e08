//! Reading a file that may be anything: bounded, never blocking, and decoded to text or refused with a reason.

use std::fs::{File, FileType};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::packed::is_packed;
use crate::system::{self, LastLink};
use crate::text::SourceFile;

/// Bytes; the largest object that etcd holds is a fifth of it.
pub const MAXIMUM_SIZE: u64 = 8 << 20;

/// How far a file is looked at to tell whether it is text.
const BINARY_PREFIX: usize = 1024;

/// Why an input was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    #[error("{}: does not exist; check the path, or whether it was removed in the meantime", path.display())]
    NotFound { path: PathBuf },
    #[error("{}: may not be read; run as a user who may, or leave it out", path.display())]
    PermissionDenied { path: PathBuf },
    /// `kind` with its article: `a FIFO`.
    #[error("{}: is {kind}, not a file; if it is meant, pipe its content to `aggcert check -`", path.display())]
    NotAFile { path: PathBuf, kind: &'static str },
    /// Sizes in bytes.
    #[error("{}: is larger than {} MiB; cut out the part with the flags", path.display(), limit >> 20)]
    TooLarge { path: PathBuf, limit: u64 },
    #[error("{}: is not UTF-8 at byte {offset}; convert it, for example with iconv", path.display())]
    NotUtf8 { path: PathBuf, offset: usize },
    #[error("{}: is binary, not text", path.display())]
    Binary { path: PathBuf },
    /// Nobody can tell what it holds.
    #[error("{}: is an archive or compressed, and not looked into; unpack it and give what is in it", path.display())]
    Packed { path: PathBuf },
    #[error("{}: lies {limit} directories deep and was not searched; name it to have it read", path.display())]
    TooDeep { path: PathBuf, limit: usize },
    #[error("{}: cannot be read: {message}", path.display())]
    Unreadable { path: PathBuf, message: String },
}

impl InputError {
    pub(super) fn of(path: &Path, error: &std::io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::NotFound => Self::NotFound { path },
            ErrorKind::PermissionDenied => Self::PermissionDenied { path },
            _ => Self::Unreadable { path, message: error.to_string() },
        }
    }

    pub(super) fn of_walk(error: &walkdir::Error) -> Self {
        let path = error.path().unwrap_or(Path::new("")).to_owned();
        match error.io_error() {
            Some(error) => Self::of(&path, error),
            None => Self::Unreadable { path, message: error.to_string() },
        }
    }
}

/// The text of a file. `limit` in bytes.
///
/// # Errors
///
/// When it is not there, may not be read, is no regular file, is larger than the limit, or is no text: UTF-8 with or
/// without a byte order mark, or UTF-16 with one.
pub fn read_source(path: &Path, limit: u64) -> Result<Arc<SourceFile>, InputError> {
    read_as(path, &path.display().to_string(), limit, LastLink::Follow)
}

/// The text of a file, and where it is not UTF-8: such bytes, of a comment in Latin-1 for example, are replaced by one
/// character that shows it.
///
/// # Errors
///
/// As [`read_source`].
pub fn read_tolerant(path: &Path, limit: u64) -> Result<Tolerated, InputError> {
    Tolerated::of(read_bytes(path, limit)?, path, &path.display().to_string())
}

/// The same, read once, of a file whose first bytes are wanted, as many as `beginning`. `None`: they are not, or it cannot be
/// read.
pub fn read_wanted(path: &Path, limit: u64, beginning: u64, is_wanted: impl FnOnce(&str) -> bool) -> Option<Tolerated> {
    let (mut file, length) = open(path, LastLink::Follow).ok()?;
    let mut first = Vec::new();
    file.by_ref().take(beginning).read_to_end(&mut first).ok()?;
    if !is_wanted(&String::from_utf8_lossy(&first)) {
        return None;
    }
    let bytes = bounded(first.as_slice().chain(file), length, path, limit).ok()?;
    Tolerated::of(bytes, path, &path.display().to_string()).ok()
}

/// What is no UTF-8 throughout.
#[derive(Debug)]
pub struct Tolerated {
    pub file: Arc<SourceFile>,
    pub fault: Option<InputError>,
}

impl Tolerated {
    fn of(bytes: Vec<u8>, path: &Path, name: &str) -> Result<Self, InputError> {
        let (text, fault) = match decoded(bytes, path) {
            Ok(text) => (text, None),
            Err((error @ InputError::NotUtf8 { .. }, bytes)) if !bytes.is_empty() => {
                (String::from_utf8_lossy(&bytes).into_owned(), Some(error))
            }
            Err((error, _)) => return Err(error),
        };
        Ok(Self { file: SourceFile::new(name, text), fault })
    }
}

/// The bytes of a regular file.
///
/// # Errors
///
/// When it is not there, may not be read, is no regular file, or is larger than the limit.
pub fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, InputError> {
    let (file, length) = open(path, LastLink::Follow)?;
    bounded(file, length, path, limit)
}

/// A regular file, opened for reading; never waits for what is none.
///
/// # Errors
///
/// When it is not there, may not be read, or is no regular file.
pub(super) fn open_regular(path: &Path) -> Result<File, InputError> {
    open(path, LastLink::Follow).map(|(file, _)| file)
}

/// The same, or a pipe that the shell has opened, as for `<(…)`; a FIFO with a name may have nobody who writes to it.
///
/// # Errors
///
/// When it is not there, may not be read, or is neither.
pub fn open_named(path: &Path) -> Result<File, InputError> {
    let is_pipe = std::fs::metadata(path).is_ok_and(|metadata| system::is_fifo(metadata.file_type()));
    let is_open = ["/dev/fd", "/proc/self/fd"].iter().any(|directory| path.starts_with(directory));
    if is_pipe && is_open { File::open(path).map_err(|error| InputError::of(path, &error)) } else { open_regular(path) }
}

/// The same with a name to show, and whether a link is followed.
pub(super) fn read_as(path: &Path, name: &str, limit: u64, last: LastLink) -> Result<Arc<SourceFile>, InputError> {
    let (file, length) = open(path, last)?;
    if length > limit {
        return Err(InputError::TooLarge { path: path.to_owned(), limit });
    }
    let text = decoded(bounded(file, length, path, limit)?, path).map_err(|(error, _)| error)?;
    Ok(SourceFile::new(name, text))
}

/// With its length.
fn open(path: &Path, last: LastLink) -> Result<(File, u64), InputError> {
    // Opening a device may do something, so it is looked at first; the descriptor is what counts.
    let metadata = std::fs::metadata(path).map_err(|error| InputError::of(path, &error))?;
    regular(path, metadata.file_type())?;
    let file = system::open(path, last).map_err(|error| InputError::of(path, &error))?;
    let metadata = file.metadata().map_err(|error| InputError::of(path, &error))?;
    regular(path, metadata.file_type())?;
    Ok((file, metadata.len()))
}

/// The text of a stream such as standard input, which `name` stands for in what the user sees.
///
/// # Errors
///
/// As [`read_source`].
pub fn read_stream(stream: impl Read, path: &Path, name: &str, limit: u64) -> Result<Tolerated, InputError> {
    Tolerated::of(bounded(stream, 0, path, limit)?, path, name)
}

/// `length`: what is expected.
fn bounded(stream: impl Read, length: u64, path: &Path, limit: u64) -> Result<Vec<u8>, InputError> {
    let bytes = system::read_bounded(stream, length, limit).map_err(|error| InputError::of(path, &error))?;
    if bytes.len() as u64 > limit {
        return Err(InputError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(bytes)
}

/// Whether a type of file can be read to its end.
pub(super) fn regular(path: &Path, file_type: FileType) -> Result<(), InputError> {
    let kind = if file_type.is_file() {
        return Ok(());
    } else if file_type.is_dir() {
        "a directory"
    } else {
        system::kind(file_type)
    };
    Err(InputError::NotAFile { path: path.to_owned(), kind })
}

/// With the error, the bytes of what may be text all the same.
fn decoded(mut bytes: Vec<u8>, path: &Path) -> Result<String, (InputError, Vec<u8>)> {
    let nothing = |error| (error, Vec::new());
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => return utf_16(rest, u16::from_le_bytes, path).map_err(nothing),
        [0xfe, 0xff, rest @ ..] => return utf_16(rest, u16::from_be_bytes, path).map_err(nothing),
        [0xef, 0xbb, 0xbf, ..] => {
            bytes.drain(..3);
        }
        _ => {}
    }
    if is_packed(&bytes) {
        return Err(nothing(InputError::Packed { path: path.to_owned() }));
    }
    let beginning = bytes.get(..BINARY_PREFIX).unwrap_or(&bytes);
    if memchr::memchr(0, beginning).is_some() && !is_command_line(&bytes) {
        return Err(nothing(InputError::Binary { path: path.to_owned() }));
    }
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        (InputError::NotUtf8 { path: path.to_owned(), offset }, error.into_bytes())
    })
}

/// The shape of `/proc/PID/cmdline`: words that end with NUL, the first of them a program's path.
fn is_command_line(bytes: &[u8]) -> bool {
    let control = |byte: &u8| *byte < 0x20 && !matches!(byte, 0 | b'\t' | b'\n' | b'\r');
    bytes.first().is_some_and(|first| *first != 0) && bytes.last() == Some(&0) && !bytes.iter().any(control)
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16, path: &Path) -> Result<String, InputError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    let mut offset = 2;
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let character = character.map_err(|_| InputError::NotUtf8 { path: path.to_owned(), offset })?;
        offset += 2 * character.len_utf16();
        text.push(character);
    }
    if rest.is_empty() { Ok(text) } else { Err(InputError::NotUtf8 { path: path.to_owned(), offset }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, InputError> {
        let Tolerated { file, fault } = read_stream(bytes, Path::new("-"), "<stdin>", 4096)?;
        fault.map_or_else(|| Ok(file.text().to_owned()), Err)
    }

    #[test]
    fn texts_are_decoded() {
        assert_eq!(read("ä\n".as_bytes()).unwrap(), "ä\n");
        assert_eq!(read(b"\xef\xbb\xbf--a").unwrap(), "--a");
        assert_eq!(read(b"\xff\xfea\0\xe4\0=\xd8\x00\xde").unwrap(), "aä😀");
        assert_eq!(read(b"\xfe\xff\0a\0\xe4").unwrap(), "aä");
        assert_eq!(read(b"kube-apiserver\0--a=b\0").unwrap(), "kube-apiserver\0--a=b\0");
    }

    #[test]
    fn other_bytes_are_refused_with_their_place() {
        let path = PathBuf::from("-");
        assert_eq!(read(b"ok\n\xff"), Err(InputError::NotUtf8 { path: path.clone(), offset: 3 }));
        assert_eq!(read(b"\xff\xfea\0\x00\xd8b\0"), Err(InputError::NotUtf8 { path: path.clone(), offset: 4 }));
        assert_eq!(read(b"\x7fELF\x02\x01\0\0"), Err(InputError::Binary { path: path.clone() }));
        assert_eq!(read(b"\x1f\x8b\x08\0"), Err(InputError::Packed { path: path.clone() }));
        // tar's members are text, and so are its headers but for NUL.
        let mut tar = [b"etc/kubernetes/manifests/kube-apiserver.yaml".to_vec(), vec![0; 512]].concat();
        tar.splice(257..262, *b"ustar");
        tar.extend(b"spec: {containers: [{command: [kube-apiserver, --client-ca-file=/ca.crt]}]}\n\0");
        assert_eq!(read(&tar), Err(InputError::Packed { path: path.clone() }));
        assert_eq!(read(&[b'x'; 4097]), Err(InputError::TooLarge { path, limit: 4096 }));
    }

    #[test]
    fn a_byte_of_another_encoding_is_one_character() {
        let read = read_stream(&b"# f\xfcr\n--a"[..], Path::new("-"), "<stdin>", 4096).unwrap();
        assert_eq!(read.file.text(), "# f\u{fffd}r\n--a");
        assert_eq!(read.fault, Some(InputError::NotUtf8 { path: PathBuf::from("-"), offset: 3 }));
    }

    #[test]
    fn a_file_of_a_gigabyte_is_refused_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("huge.yaml");
        File::create(&path).unwrap().set_len(1 << 30).unwrap();
        let error = read_source(&path, MAXIMUM_SIZE).unwrap_err();
        assert!(error.to_string().contains("huge.yaml: is larger than 8 MiB"), "{error}");
    }

    #[test]
    fn what_is_no_file_is_never_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let fifo = directory.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        assert!(matches!(read_source(&fifo, 10), Err(InputError::NotAFile { kind: "a FIFO", .. })));
        let socket = directory.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(matches!(read_source(&socket, 10), Err(InputError::NotAFile { kind: "a socket", .. })));
        assert!(matches!(read_source(Path::new("/dev/zero"), 10), Err(InputError::NotAFile { kind: "a device", .. })));
        assert!(matches!(read_source(directory.path(), 10), Err(InputError::NotAFile { kind: "a directory", .. })));
        assert!(matches!(read_source(&directory.path().join("gone"), 10), Err(InputError::NotFound { .. })));
    }

    #[test]
    fn files_without_a_size_are_read() {
        let own = read_source(Path::new("/proc/self/cmdline"), MAXIMUM_SIZE);
        if cfg!(target_os = "linux") {
            assert!(own.unwrap().text().ends_with('\0'));
        }
    }
}
