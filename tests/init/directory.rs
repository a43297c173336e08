//! A PKI directory to try things in.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use aggcert::pki::contents::{certificates, key_file};
use aggcert::pki::{PkiFile, client_fits};
use aggcert::x509::Certificate;
use tempfile::TempDir;
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// `pki` below a directory that goes away at the end. It is not there at first.
pub(crate) struct Directory {
    temporary: TempDir,
}

/// In memory where that is possible: most of what is tested here flushes to the disk again and again.
fn temporary_directory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

impl Directory {
    pub(crate) fn new() -> Self {
        Self { temporary: temporary_directory() }
    }

    /// It is there, with nothing in it.
    pub(crate) fn new_empty() -> Self {
        let directory = Self::new();
        fs::create_dir(directory.path()).unwrap();
        directory
    }

    /// With what `init` makes in it.
    pub(crate) fn made(arguments: &[&str]) -> Self {
        let directory = Self::new();
        succeeded(&directory.init(arguments));
        directory
    }

    /// Another one with the same files in it.
    pub(crate) fn copy(&self) -> Self {
        let other = Self::new();
        copy_all(&self.path(), &other.path());
        other
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.temporary.path().join("pki")
    }

    pub(crate) fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }

    /// Beside the directory.
    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.temporary.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.file(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path()).unwrap();
        fs::write(self.file(name), contents).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.file(name)).unwrap();
    }

    /// `aggcert init pki …`, run beside the directory.
    pub(crate) fn init(&self, arguments: &[&str]) -> Output {
        self.aggcert("init", arguments)
    }

    pub(crate) fn renew(&self, arguments: &[&str]) -> Output {
        self.aggcert("renew", arguments)
    }

    pub(crate) fn flags(&self, arguments: &[&str]) -> Output {
        self.aggcert("flags", arguments)
    }

    fn aggcert(&self, command: &str, arguments: &[&str]) -> Output {
        self.command().args([command, "pki"]).args(arguments).output().unwrap()
    }

    pub(crate) fn command(&self) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_aggcert"))
    }

    pub(crate) fn command_of(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.temporary.path()).env_remove("CLICOLOR_FORCE");
        command
    }

    pub(crate) fn openssl(&self, arguments: &[&str]) -> Output {
        Command::new("openssl").current_dir(self.temporary.path()).args(arguments).output().unwrap()
    }

    /// Names and contents of all files.
    pub(crate) fn snapshot(&self) -> Vec<(String, Vec<u8>)> {
        snapshot(&self.path())
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.snapshot().into_iter().map(|(name, _)| name).collect()
    }

    pub(crate) fn certificate(&self, name: &str) -> Certificate {
        certificates(&self.read(name)).unwrap().remove(0)
    }

    /// Fails unless all four files are there, fit together now, and nothing is left of a run.
    pub(crate) fn assert_whole(&self) {
        for name in self.names() {
            assert!(!name.starts_with('.'), "{name} is left");
        }
        for file in PkiFile::SERVED {
            assert!(self.file(file.name()).is_file(), "{file} is missing");
        }
        assert_consistent(&self.path());
    }
}

pub(crate) fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Exit code 1, nothing on stdout; what stderr says.
pub(crate) fn failed(output: &Output) -> String {
    let error = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    error
}

/// Whatever of the four files is there fits together, unless a change has begun that the next run finishes, and no key
/// is for others to read.
pub(crate) fn assert_consistent(path: &Path) {
    assert_keys_are_private(path);
    if path.join(".aggcert-init.ready").exists() {
        return;
    }
    let read = |file: PkiFile| fs::read(path.join(file.name())).ok();
    let certificate = |file| read(file).map(|bytes| certificates(&bytes).unwrap());
    let key = |file| read(file).map(|bytes| key_file(Zeroizing::new(bytes)).unwrap().key);
    let (ca, client) = (certificate(PkiFile::CaCertificate), certificate(PkiFile::ClientCertificate));
    let (ca_key, client_key) = (key(PkiFile::CaKey), key(PkiFile::ClientKey));
    if let (Some(ca), Some(key)) = (&ca, &ca_key) {
        assert!(key.matches(&ca[0]), "the CA is beside a foreign key");
    }
    if let (Some(client), Some(key)) = (&client, &client_key) {
        assert!(key.matches(&client[0]), "the client is beside a foreign key");
    }
    if let (Some(ca), Some(client), Some(key)) = (&ca, &client, &client_key) {
        client_fits(client, key, ca, OffsetDateTime::now_utc()).unwrap();
    }
}

/// At any place below.
pub(crate) fn assert_keys_are_private(path: &Path) {
    for entry in walkdir::WalkDir::new(path) {
        // Another process may be at work: what has gone is not readable either.
        let Ok(entry) = entry else { continue };
        let (Ok(contents), Ok(metadata)) = (fs::read(entry.path()), entry.path().symlink_metadata()) else { continue };
        let is_key = entry.path().to_string_lossy().contains(".key")
            || contents.windows(11).any(|window| window == b"PRIVATE KEY");
        if is_key && metadata.is_file() {
            assert_eq!(metadata.permissions().mode() & 0o077, 0, "others may read {}", entry.path().display());
        }
    }
}

/// Names, relative, and contents of all files below.
pub(crate) fn snapshot(path: &Path) -> Vec<(String, Vec<u8>)> {
    let files = walkdir::WalkDir::new(path).sort_by_file_name().into_iter().filter_map(Result::ok);
    files
        .filter(|entry| entry.depth() > 0)
        .map(|entry| {
            let name = entry.path().strip_prefix(path).unwrap().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).unwrap_or_default())
        })
        .collect()
}

fn copy_all(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir(&target).unwrap();
            fs::set_permissions(&target, entry.metadata().unwrap().permissions()).unwrap();
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
