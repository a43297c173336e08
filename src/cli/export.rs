//! `aggcert export`

use std::fs;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::directory::{self, argument, complete};
use super::{BadArguments, Exit};
use crate::emit::ServerDirectory;
use crate::emit::export::{Exported, Form, Wishes, export};
use crate::pki::{Contents, shares_key};
use crate::report::write_new;
use crate::source::formats::layouts::{K3S, KUBEADM};
use crate::source::input::{MAXIMUM_SIZE, read_bytes};
use crate::system;
use crate::x509::{Certificate, pem};

/// Write the certificates of a directory as others keep them: Kubernetes, Cluster API, k3s, Talos, Ansible, cloud-init
///
/// Nothing is written unless the files work together, as for `aggcert flags`. Private keys are in it only with --with-keys,
/// and of these only what its reader needs: the CA's key where the reader issues certificates itself, the client's
/// elsewhere. What holds a key is written for its owner alone, never to a terminal, and never over another file.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  aggcert export pki --format secret --with-keys | kubectl apply -f -
  aggcert export pki --format cluster-api --name prod --with-keys \\
      --output prod-proxy.yaml
  aggcert export pki --format k3s --with-keys --output tls
  aggcert export pki --format talos --with-keys --output aggregator-ca.yaml
  aggcert export pki --format cloud-init --pki-dir /etc/kubernetes/pki \\
      --with-keys --output user-data

Exit codes:
  0  written
  1  the files do not work together, cannot be read, or it cannot be written
  2  the arguments make no sense")]
pub(super) struct ExportArguments {
    /// Directory that holds front-proxy-ca.crt, front-proxy-client.crt and front-proxy-client.key
    #[arg(value_name = "DIR", default_value = "./pki")]
    directory: PathBuf,

    /// What reads it
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Form,

    /// Write the private keys as well, as far as the reader needs them
    #[arg(long)]
    with_keys: bool,

    /// Write to this file (`-`: standard output), or for k3s and RKE2 to this directory; nothing that is there is written
    /// over
    #[arg(long, value_name = "PATH")]
    output: Option<PathBuf>,

    /// The name of the Secret or ConfigMap [default: front-proxy], or the cluster's for cluster-api
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Its namespace [default: kube-system, or default for cluster-api]
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// The directory of the files on a node, for cloud-init
    #[arg(long, value_name = "PATH", default_value = KUBEADM.directory)]
    pki_dir: PathBuf,
}

impl ExportArguments {
    /// Where it is written; `-` and nothing: to standard output.
    fn output(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| *path != Path::new("-"))
    }
}

values_of_option!(Form {
    Secret => ("secret", "A Secret, to be mounted as the certificate directory"),
    ConfigMap => ("config-map", "A ConfigMap, with certificates alone"),
    ClusterApi => ("cluster-api", "Cluster API's Secret CLUSTER-proxy, with the CA"),
    K3s => ("k3s", "A directory with the names of k3s' server/tls"),
    Rke2 => ("rke2", "A directory with the names of RKE2's server/tls"),
    Talos => ("talos", "A patch of Talos' machine configuration, with the CA"),
    TalosDocument => ("talos-document", "The same as the document that Talos 1.14 and later keep it in"),
    Ansible => ("ansible", "A file of Ansible variables"),
    CloudInit => ("cloud-init", "A cloud-config with write_files"),
});

/// Writes it.
///
/// # Errors
/// When the files do not work together, the form cannot hold them, or it cannot be written.
pub(super) fn run(
    arguments: &ExportArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    if arguments.with_keys {
        directory::prepare()?;
        if arguments.output().is_none() && io::stdout().is_terminal() {
            let message = "private keys are not written to a terminal: give --output PATH, or pipe it to its reader";
            return Err(BadArguments(message.to_owned()).into());
        }
    }
    let pki_dir = ServerDirectory::new(&arguments.pki_dir)
        .map_err(|error| BadArguments(format!("--pki-dir {}: {error}", arguments.pki_dir.display())))?;
    let wishes = Wishes {
        name: arguments.name.clone(),
        namespace: arguments.namespace.clone(),
        pki_dir,
        with_keys: arguments.with_keys,
    };
    let directory = &arguments.directory;
    let contents = complete(directory)?;
    let exported = export(arguments.format, &contents, directory, &wishes, now).map_err(|error| {
        if error.is_of_arguments() { BadArguments(error.to_string()).into() } else { anyhow::Error::new(error) }
    })?;
    match (exported, arguments.output()) {
        (Exported::Text(text), None) => out.write_all(text.as_bytes())?,
        (Exported::Text(text), Some(path)) => {
            let done = if write(path, text.as_bytes())? { "wrote" } else { "unchanged:" };
            writeln!(err, "{done} {}", path.display())?;
        }
        (Exported::Files(_), None) => {
            return Err(BadArguments("it is several files: give --output DIR".to_owned()).into());
        }
        (Exported::Files(files), Some(path)) => {
            refuse_reuse(path, &contents)?;
            write_files(path, &files, err)?;
        }
    }
    Ok(Exit::Done)
}

/// Nothing is written beside a client CA that is the front-proxy CA, or has its key: the server would be wide open.
fn refuse_reuse(directory: &Path, contents: &Contents) -> anyhow::Result<()> {
    let client_ca = directory.join(K3S.file("client-ca-file").unwrap_or_default());
    let Ok(bytes) = read_bytes(&client_ca, MAXIMUM_SIZE) else { return Ok(()) };
    let trusted: Vec<Certificate> = pem::blocks(&bytes).filter_map(|block| block.certificate()?.ok()).collect();
    let ours = contents.ca_certificates.present().into_iter().flatten();
    match ours.into_iter().find(|ca| shares_key(ca, &trusted)) {
        Some(ca) => bail!(
            "{} is the cluster's client CA, too, or has its key: it is in {}\nhelp: make a front-proxy CA of its own with \
             `aggcert init`, in another directory",
            ca.subject,
            client_ca.display()
        ),
        None => Ok(()),
    }
}

/// All of them or, where another is in the way, none.
fn write_files(directory: &Path, files: &[(&str, Zeroizing<Vec<u8>>)], err: &mut dyn Write) -> anyhow::Result<()> {
    if !directory.is_dir() {
        system::make_private_directory(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    }
    let is_free = |path: &Path, bytes: &[u8]| fs::symlink_metadata(path).is_err() || holds(path, bytes);
    if let Some((name, _)) = files.iter().find(|(name, bytes)| !is_free(&directory.join(name), bytes)) {
        return Err(in_the_way(&directory.join(name)));
    }
    let mut written = Vec::new();
    for (name, bytes) in files {
        if write(&directory.join(name), bytes)? {
            written.push(*name);
        }
    }
    match written.as_slice() {
        [] => writeln!(err, "unchanged: {}", directory.display())?,
        names => writeln!(err, "wrote {} to {}", names.join(", "), directory.display())?,
    }
    Ok(())
}

/// Writes a file where nothing is yet; `false`: it holds this already, as when a playbook runs again.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<bool> {
    match write_new(path, bytes) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && holds(path, bytes) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(in_the_way(path)),
        written => written.map(|()| true).with_context(|| format!("cannot write {}", path.display())),
    }
}

fn holds(path: &Path, bytes: &[u8]) -> bool {
    read_bytes(path, MAXIMUM_SIZE).is_ok_and(|there| Zeroizing::new(there).as_slice() == bytes)
}

fn in_the_way(path: &Path) -> anyhow::Error {
    let is_file = fs::symlink_metadata(path).is_ok_and(|there| there.is_file());
    let help = if is_file { format!("rm {}", argument(path)) } else { "give another --output".to_owned() };
    anyhow!("{} is there already, and is not written over\nhelp: {help}", path.display())
}
