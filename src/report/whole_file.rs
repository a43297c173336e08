//! A file that appears whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::source::input::{foreign_link, temporary_prefix};
use crate::system;

/// Written beside its place under another name, and moved there by [`WholeFile::commit`]. When it is dropped before, or
/// anything fails, what was there before is still there.
#[derive(Debug)]
pub(super) struct WholeFile {
    /// The file itself: what is written by way of its temporary name fails with that name in the message.
    contents: BufWriter<File>,
    temporary: NamedTempFile,
    place: PathBuf,
}

/// A device, a pipe or a socket: it cannot be replaced, so it is written to.
#[derive(Debug)]
pub(super) enum Written {
    Whole(WholeFile),
    Direct(File),
}

/// What private keys are called in a kubeconfig and in a Secret. In a report such lines have a number or a string before them.
const KEYS_IN_YAML: [&str; 3] = ["client-key-data:", "tls.key:", "ca.key:"];

/// As far as a file is looked at before it is replaced.
const PROBED: u64 = 1 << 20;

/// Writes a file whole or not at all.
///
/// # Errors
/// Those of writing; what was there before is then still there.
pub fn write_whole(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = Written::create(path)?;
    file.write_all(contents)?;
    file.commit()
}

/// Writes a file that is not there yet, whole or not at all, readable for its owner alone.
///
/// # Errors
/// `AlreadyExists` when something is there, and those of writing.
pub fn write_new(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::create(path.to_owned(), 0o600, None)?;
    // Not by way of the buffer, which nobody wipes: private keys are written so.
    file.contents.get_mut().write_all(contents)?;
    let (temporary, place) = file.synced()?;
    temporary.persist_noclobber(place).map(drop).map_err(|failed| failed.error)
}

impl Written {
    /// # Errors
    /// When the directory is missing or not writable, or the path names a directory.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        may_be_replaced(path)?;
        match fs::metadata(path) {
            Ok(there) if there.is_dir() => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            Ok(there) if !there.is_file() => {
                if system::status(&there).is_some_and(|status| status.is_foreign()) {
                    return Err(io::Error::other(format!("it is {} of another user", system::kind(there.file_type()))));
                }
                system::open_for_writing(path).map(Self::Direct)
            }
            // The mode of somebody else's file was not this user's to choose.
            Ok(there) => {
                let own = system::status(&there).is_none_or(|status| !status.is_foreign());
                WholeFile::create(place(path)?, 0o644, Some(there.permissions()).filter(|_| own)).map(Self::Whole)
            }
            Err(_) => WholeFile::create(place(path)?, 0o644, None).map(Self::Whole),
        }
    }

    /// # Errors
    /// Those of writing what is still buffered, and of moving the file to its place.
    pub(super) fn commit(self) -> io::Result<()> {
        match self {
            Self::Whole(file) => file.commit(),
            Self::Direct(mut file) => file.flush(),
        }
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Whole(file) => file.contents.write(bytes),
            Self::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Whole(file) => file.contents.flush(),
            Self::Direct(file) => file.flush(),
        }
    }
}

/// Refuses what nobody means: a link that another user has put there, and a file of certificates or keys.
fn may_be_replaced(path: &Path) -> io::Result<()> {
    if let Some(link) = foreign_link(path) {
        let what = if link == path { "it".to_owned() } else { link.display().to_string() };
        return Err(io::Error::other(format!("{what} is a link of another user")));
    }
    let mut beginning = Vec::new();
    if fs::metadata(path).is_ok_and(|there| there.is_file())
        && File::open(path).and_then(|file| file.take(PROBED).read_to_end(&mut beginning)).is_ok()
    {
        // A SEQUENCE with a length of its own (X.690, section 8.1): certificates, keys and PKCS#12 begin so, and no text does.
        if matches!(beginning.as_slice(), [0x30, 0x81..=0x84, ..]) {
            return Err(io::Error::other("it is DER, as certificates and keys are"));
        }
        let beginning = String::from_utf8_lossy(&beginning);
        let holds = |line: &str| KEYS_IN_YAML.iter().any(|key| line.trim_start().starts_with(key));
        if beginning.lines().any(holds) {
            return Err(io::Error::other("it holds a private key, as a kubeconfig or a Secret does"));
        }
        // A report quotes such lines behind their numbers, or inside of strings.
        let begins = |line: &str| line.trim_start().starts_with("-----BEGIN ");
        if beginning.lines().any(|line| begins(line) && line.contains("PRIVATE KEY-----")) {
            return Err(io::Error::other("it holds a private key"));
        }
        if beginning.lines().any(|line| line.starts_with("-----BEGIN ")) {
            return Err(io::Error::other("it holds certificates"));
        }
    }
    Ok(())
}

impl WholeFile {
    /// With the permissions of what was there before, or those that `open(2)` would give it for this mode: the umask still
    /// applies.
    fn create(place: PathBuf, mode: u32, permissions: Option<Permissions>) -> io::Result<Self> {
        let directory = directory_of(&place);
        let prefix = temporary_prefix();
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        if let Some(permissions) = system::new_file_permissions(mode) {
            builder.permissions(permissions);
        }
        // tempfile names the temporary file, which says nothing to anybody.
        let temporary = builder.tempfile_in(directory).map_err(|error| io::Error::from(error.kind()))?;
        let file = temporary.as_file().try_clone()?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        Ok(Self { contents: BufWriter::new(file), temporary, place })
    }

    fn commit(self) -> io::Result<()> {
        let (temporary, place) = self.synced()?;
        temporary.persist(place).map(drop).map_err(|failed| failed.error)
    }

    /// What is complete on the disk, and where it goes.
    fn synced(self) -> io::Result<(NamedTempFile, PathBuf)> {
        self.contents.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok((self.temporary, self.place))
    }
}

/// Where the file really is: what a symbolic link points at is replaced, not the link. Two paths to one file have the
/// same place.
///
/// # Errors
/// When the directory does not exist or the path has no file name.
pub(super) fn place(path: &Path) -> io::Result<PathBuf> {
    if let Ok(real) = path.canonicalize() {
        return Ok(real);
    }
    let name = path.file_name().map(OsString::from).ok_or(io::ErrorKind::InvalidFilename)?;
    Ok(directory_of(path).canonicalize()?.join(name))
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn names(directory: &Path) -> Vec<OsString> {
        let mut names: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_is_there_until_it_is_complete() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("results.sarif");
        fs::write(&path, "old").unwrap();
        let mut file = Written::create(&path).unwrap();
        file.write_all(&vec![b'x'; 100_000]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        file.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap().len(), 100_000);
        assert_eq!(names(directory.path()), ["results.sarif"]);
    }

    #[test]
    fn what_is_given_up_leaves_no_trace() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("results.sarif");
        fs::write(&path, "old").unwrap();
        let mut file = Written::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(directory.path()), ["results.sarif"]);
    }

    #[test]
    fn a_new_file_has_the_usual_mode_and_an_old_one_keeps_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let (new, usual, old) =
            (directory.path().join("new"), directory.path().join("usual"), directory.path().join("old"));
        File::create(&usual).unwrap();
        fs::write(&old, "").unwrap();
        fs::set_permissions(&old, Permissions::from_mode(0o600)).unwrap();
        write_whole(&new, b"x").unwrap();
        write_whole(&old, b"x").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        // `File::create` asks for 0666, so only the bits that both ask for can be compared.
        assert_eq!(mode(&new), mode(&usual) & 0o644);
        assert_eq!(mode(&old), 0o600);
    }

    #[test]
    fn a_link_stays_and_a_device_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let (real, link) = (directory.path().join("real"), directory.path().join("link"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write_whole(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");
        let Written::Direct(_) = Written::create(Path::new("/dev/null")).unwrap() else { panic!("replaced a device") };
    }

    #[test]
    fn a_private_key_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ca.key");
        fs::write(&path, "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n").unwrap();
        assert!(write_whole(&path, b"new").unwrap_err().to_string().contains("private key"));
        assert!(fs::read_to_string(&path).unwrap().contains("PRIVATE KEY"));
    }

    #[test]
    fn what_holds_a_key_in_another_form_is_not_replaced_either() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        for (contents, says) in [
            (&b"\x30\x81\x87\x02\x01\x00"[..], "DER"),
            (b"users:\n- user:\n    client-key-data: AAAA\n", "kubeconfig"),
            (b"kind: Secret\ndata:\n  tls.key: AAAA\n", "Secret"),
        ] {
            fs::write(&path, contents).unwrap();
            let said = write_whole(&path, b"new").unwrap_err().to_string();
            assert!(said.contains(says), "{said}");
            assert_eq!(fs::read(&path).unwrap(), contents);
        }
        fs::write(&path, "8 |   tls.key: AAAA\n\"client-key-data: x\"\n").unwrap();
        write_whole(&path, b"new").unwrap();
    }

    #[test]
    fn a_pipe_that_nobody_reads_is_an_error_and_one_that_is_read_is_written_to() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(write_whole(&path, b"x").is_err());
        let mut reader = File::options().read(true).write(true).open(&path).unwrap();
        write_whole(&path, b"x").unwrap();
        let mut byte = [0];
        reader.read_exact(&mut byte).unwrap();
        assert_eq!(byte, *b"x");
    }

    /// The temporary name says nothing to anybody.
    #[test]
    fn a_full_disk_is_said_of_the_file_that_was_named() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let mut file = WholeFile::create(directory.path().join("x"), 0o644, None).unwrap();
        file.contents = BufWriter::new(full);
        file.contents.write_all(b"x").unwrap();
        let said = file.commit().unwrap_err().to_string();
        assert!(said.starts_with("No space left") && !said.contains(".aggcert"), "{said}");
        assert!(names(directory.path()).is_empty());
    }

    #[test]
    fn a_missing_directory_is_an_error_at_once() {
        let directory = tempfile::tempdir().unwrap();
        assert!(Written::create(&directory.path().join("missing/results.sarif")).is_err());
        assert!(Written::create(directory.path()).is_err());
    }
}
