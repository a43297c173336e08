//! Writing the flags that match what a directory holds, one file a format. All of it is pure.

mod args;
mod base64;
mod csv;
pub mod export;
pub mod extension;
mod json;
mod k3s;
mod kubeadm;
mod renewal;
mod shell;
mod static_pod;
mod systemd;

use std::fmt;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use crate::kubernetes::usual_headers;
use crate::pki::contents::ContentsError;
use crate::pki::{CLUSTER_CA, Contents, Entry, KeyFile, Misfit, PkiFile, client_fits, shares_key};
use crate::system::with_slashes;
use crate::text::{operand, shell_word};
use crate::x509::Certificate;

pub use renewal::units as renewal_units;

/// One flag of kube-apiserver, its value as pflag has to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Without dashes.
    pub name: &'static str,
    pub value: String,
}

/// The flags, in the order in which the Kubernetes documentation lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagSet {
    pub flags: Vec<Flag>,
    pub pki_dir: ServerDirectory,
}

/// An absolute path that the server sees, which every format can write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerDirectory(String);

/// Why a path is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerDirectoryError {
    #[error("give the absolute path that the server sees, such as /etc/kubernetes/pki")]
    Relative,
    #[error("a path with control characters cannot be written as a flag")]
    ControlCharacter,
    #[error("a path that is not UTF-8 cannot be written as a flag")]
    NotUnicode,
}

/// How to write them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// One argument a line, nothing quoted.
    #[default]
    Args,
    /// A command line for a POSIX shell.
    Shell,
    /// A pod's manifest.
    StaticPod,
    /// kubeadm's ClusterConfiguration, `kubeadm.k8s.io/v1beta4`.
    Kubeadm,
    /// kubeadm's ClusterConfiguration, `kubeadm.k8s.io/v1beta3`.
    KubeadmV1beta3,
    /// `/etc/rancher/k3s/config.yaml`.
    K3s,
    /// A unit's `ExecStart=`.
    Systemd,
    Json,
}

/// Why there are no flags. `Display` says what is wrong and, on lines that begin with `help: `, what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlagsError {
    #[error("{} is not there\nhelp: make what is missing with `aggcert init {}`", .0.display(), directory_of(.0))]
    Missing(PathBuf),
    #[error("{}: {why}\nhelp: {}", path.display(), why.remedy())]
    Unusable { path: PathBuf, why: ContentsError },
    #[error(
        "{} does not work with the files beside it: {why}\
         \nhelp: issue a new client with `aggcert renew {}`; the old one is kept", path.display(), directory_of(path)
    )]
    Misfit { path: PathBuf, why: Misfit },
    #[error(
        "{} shares its key with the cluster's CA, {}: whoever gets a client certificate from the cluster could \
         claim to be any user\nhelp: make a CA of the front proxy's own in another directory with `aggcert init`",
        ca.display(), cluster_ca.display()
    )]
    ClusterCa { ca: PathBuf, cluster_ca: PathBuf },
    #[error(
        "{} has no common name that --requestheader-allowed-names can list ({why})\
         \nhelp: issue a new client with `aggcert renew {} --client-common-name NAME`", path.display(),
        directory_of(path)
    )]
    CommonName { path: PathBuf, why: &'static str },
}

impl ServerDirectory {
    /// # Errors
    /// When the path is relative, or holds characters that cannot be written.
    pub fn new(path: &Path) -> Result<Self, ServerDirectoryError> {
        let text = path.to_str().ok_or(ServerDirectoryError::NotUnicode)?;
        if !text.starts_with('/') {
            Err(ServerDirectoryError::Relative)
        } else if has_line_breaks(text) {
            Err(ServerDirectoryError::ControlCharacter)
        } else {
            Ok(Self(text.trim_end_matches('/').to_owned()))
        }
    }

    /// Where this host has a directory, which need not be where a server has one: a drive's letter is none of its.
    ///
    /// # Errors
    /// When its name cannot be written, or there is no working directory.
    pub fn here(directory: &Path) -> Result<Self, ServerDirectoryError> {
        let absolute = std::path::absolute(directory).map_err(|_| ServerDirectoryError::Relative)?;
        let text = absolute.to_str().ok_or(ServerDirectoryError::NotUnicode)?;
        if has_line_breaks(text) {
            return Err(ServerDirectoryError::ControlCharacter);
        }
        Ok(Self(with_slashes(&absolute).trim_end_matches('/').to_owned()))
    }

    fn file(&self, file: PkiFile) -> String {
        format!("{}/{file}", self.0)
    }
}

impl fmt::Display for ServerDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "/" } else { &self.0 })
    }
}

impl Flag {
    /// The argument as the server gets it.
    pub fn argument(&self) -> String {
        format!("--{}={}", self.name, self.value)
    }
}

impl FlagSet {
    /// Adds `--enable-aggregator-routing=true`.
    pub fn with_aggregator_routing(mut self) -> Self {
        self.flags.push(Flag { name: "enable-aggregator-routing", value: "true".to_owned() });
        self
    }

    /// The flags as text, with a line break at the end.
    pub fn write(&self, format: Format) -> String {
        match format {
            Format::Args => args::write(self),
            Format::Shell => shell::write(self),
            Format::StaticPod => static_pod::write(self),
            Format::Kubeadm => kubeadm::write_v1beta4(self),
            Format::KubeadmV1beta3 => kubeadm::write_v1beta3(self),
            Format::K3s => k3s::write(self),
            Format::Systemd => systemd::write(self),
            Format::Json => json::write(self),
        }
    }
}

/// The files of a directory, known to work together.
struct Fitting<'a> {
    ca: &'a [Certificate],
    /// The client first, then what it sends along.
    client: &'a [Certificate],
    client_key: &'a KeyFile,
    client_common_name: &'a str,
}

impl<'a> Fitting<'a> {
    /// `directory` is for messages.
    fn of(contents: &'a Contents, directory: &Path, now: OffsetDateTime) -> Result<Self, FlagsError> {
        let path = |file: PkiFile| directory.join(file.name());
        let ca = usable(&contents.ca_certificates, path(PkiFile::CaCertificate))?;
        let client = usable(&contents.client_certificates, path(PkiFile::ClientCertificate))?;
        let client_key = usable(&contents.client_key, path(PkiFile::ClientKey))?;
        client_fits(client, &client_key.key, ca, now)
            .map_err(|why| FlagsError::Misfit { path: path(PkiFile::ClientCertificate), why })?;
        not_the_cluster_ca(contents, ca, directory)?;
        let client_common_name = client.first().map(|client| client.subject.common_name()).unwrap_or_default();
        match unlistable(client_common_name) {
            Some(why) => Err(FlagsError::CommonName { path: path(PkiFile::ClientCertificate), why }),
            None => Ok(Self { ca, client, client_key, client_common_name }),
        }
    }

    fn flags(&self, pki_dir: &ServerDirectory) -> FlagSet {
        let trust = [
            ("requestheader-client-ca-file", pki_dir.file(PkiFile::CaCertificate)),
            ("requestheader-allowed-names", csv::record(self.client_common_name)),
        ];
        let client = [
            ("proxy-client-cert-file", pki_dir.file(PkiFile::ClientCertificate)),
            ("proxy-client-key-file", pki_dir.file(PkiFile::ClientKey)),
        ];
        let headers = usual_headers().map(|(name, header)| (name, header.to_owned()));
        let flags = trust.into_iter().chain(headers).chain(client).map(|(name, value)| Flag { name, value }).collect();
        FlagSet { flags, pki_dir: pki_dir.clone() }
    }
}

/// The seven flags for what a directory holds.
///
/// `directory` is for messages, `pki_dir` is where the server sees the same files.
///
/// # Errors
/// When the files would not work together: then no flags can be right.
pub fn flags_for(
    contents: &Contents,
    directory: &Path,
    pki_dir: &ServerDirectory,
    now: OffsetDateTime,
) -> Result<FlagSet, FlagsError> {
    Ok(Fitting::of(contents, directory, now)?.flags(pki_dir))
}

/// As a word of a command.
fn directory_of(file: &Path) -> String {
    let directory = file.parent().filter(|directory| *directory != Path::new("")).unwrap_or(Path::new("."));
    shell_word(&operand(&directory.display().to_string()))
}

fn usable<T>(entry: &Entry<T>, path: PathBuf) -> Result<&T, FlagsError> {
    match entry {
        Entry::Present(value) => Ok(value),
        Entry::Absent => Err(FlagsError::Missing(path)),
        Entry::Unusable(why) => Err(FlagsError::Unusable { path, why: why.clone() }),
    }
}

fn not_the_cluster_ca(contents: &Contents, ca: &[Certificate], directory: &Path) -> Result<(), FlagsError> {
    let cluster_ca = directory.join(CLUSTER_CA);
    match &contents.cluster_ca {
        Entry::Absent => Ok(()),
        Entry::Unusable(why) => Err(FlagsError::Unusable { path: cluster_ca, why: why.clone() }),
        Entry::Present(cluster) if ca.iter().any(|ca| shares_key(ca, cluster)) => {
            Err(FlagsError::ClusterCa { ca: directory.join(PkiFile::CaCertificate.name()), cluster_ca })
        }
        Entry::Present(_) => Ok(()),
    }
}

/// Why a name cannot be given in a flag: kube-apiserver refuses blank names, and no format here can be trusted with
/// characters that break lines.
fn unlistable(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() {
        Some("it is blank")
    } else if has_line_breaks(name) {
        Some("it holds control characters")
    } else {
        None
    }
}

/// Control characters, and what YAML 1.1 takes for a line break or a byte order mark.
fn has_line_breaks(text: &str) -> bool {
    text.chars().any(|character| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}'))
}

#[cfg(test)]
fn example(common_name: &str, pki_dir: &str) -> FlagSet {
    let flags = vec![
        Flag { name: "requestheader-allowed-names", value: csv::record(common_name) },
        Flag { name: "proxy-client-key-file", value: format!("{pki_dir}/front-proxy-client.key") },
    ];
    FlagSet { flags, pki_dir: ServerDirectory(pki_dir.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_directory_is_absolute_and_has_no_slash_at_its_end() {
        let file = |path: &str| ServerDirectory::new(Path::new(path)).map(|directory| directory.file(PkiFile::CaKey));
        assert_eq!(file("/etc/kubernetes/pki/"), Ok("/etc/kubernetes/pki/front-proxy-ca.key".to_owned()));
        assert_eq!(file("/"), Ok("/front-proxy-ca.key".to_owned()));
        assert_eq!(file("pki"), Err(ServerDirectoryError::Relative));
        assert_eq!(file(""), Err(ServerDirectoryError::Relative));
        assert_eq!(file("/a\nb"), Err(ServerDirectoryError::ControlCharacter));
        assert_eq!(file("/a\u{2028}b"), Err(ServerDirectoryError::ControlCharacter));
    }

    #[test]
    fn an_empty_directory_has_no_flags() {
        let pki_dir = ServerDirectory::new(Path::new("/pki")).unwrap();
        let flags = flags_for(&Contents::default(), Path::new("pki"), &pki_dir, OffsetDateTime::UNIX_EPOCH);
        assert_eq!(flags, Err(FlagsError::Missing("pki/front-proxy-ca.crt".into())));
    }
}
