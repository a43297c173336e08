//! `aggcert request`

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use time::OffsetDateTime;

use super::Exit;
use super::directory::{self, Held, argument, hold};
use crate::pki::key::NewKey;
use crate::pki::make::key_bytes;
use crate::pki::profile::common_name;
use crate::pki::store::Unhindered;
use crate::pki::{Change, Contents, Entry, KeyAlgorithm, Likeness, PkiFile, SigningKey, Store, Wishes, request};

/// Make a key and a signing request for a CA that is elsewhere
///
/// Prints the request. Its key stays in DIR as front-proxy-client.next.key until `aggcert accept` takes the certificate;
/// a second run prints a request for the same key. The request asks for clientAuth, which kubeadm's does not. The
/// cluster's own signers (kubernetes.io/kube-apiserver-client and others) are the wrong ones: they sign with the CA that
/// users log in with.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  aggcert request pki > front-proxy-client.csr
  # on the machine that has the CA's key
  aggcert sign front-proxy-client.csr --ca-cert ca.crt --ca-key ca.key \\
      > front-proxy-client.crt
  aggcert accept front-proxy-client.crt pki

Exit codes:
  0  the request is printed
  1  something is in the way, or could not be written
  2  the arguments make no sense")]
pub(super) struct RequestArguments {
    /// Directory that holds, or is to hold, the front-proxy client
    #[arg(value_name = "DIR", default_value = "./pki")]
    pub directory: PathBuf,

    /// Common name to ask for [default: that of the client that is there, or front-proxy-client]
    #[arg(long, value_name = "NAME", value_parser = common_name)]
    pub client_common_name: Option<String>,

    /// Kind of the key [default: as before, or ecdsa-p256]
    #[arg(long, value_name = "ALGORITHM", value_enum)]
    pub key_algorithm: Option<KeyAlgorithm>,
}

/// Prints a request.
///
/// # Errors
/// When a rotation is under way, or the key cannot be written.
pub(super) fn run(
    arguments: &RequestArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    directory::prepare()?;
    let directory = &arguments.directory;
    directory::refuse_node(directory)?;
    let held: Held = hold(Store::create(directory, &Unhindered)?, directory, err)?;
    let contents = Contents::read(&held.store);
    if contents.has(PkiFile::NextClientCertificate) {
        bail!(
            "{} is in a rotation: {} is there\nhelp: see where it stands with `aggcert rotate status {}`",
            directory.display(),
            PkiFile::NextClientCertificate,
            argument(directory)
        );
    }
    let likeness = contents.client_certificates.present().and_then(|client| {
        Some(Likeness::of(client.first()?, contents.ca_certificates.present().map_or(&[], Vec::as_slice)))
    });
    let name = match (&arguments.client_common_name, &likeness) {
        (Some(name), _) => name.clone(),
        (None, Some(likeness)) => likeness.common_name.clone().context("give --client-common-name")?,
        (None, None) => Wishes::default().client_common_name,
    };
    let before = likeness.and_then(|likeness| likeness.key_algorithm);
    let key = match &contents.next_client_key {
        Entry::Present(file) => {
            let key = SigningKey::from_pem(&file.pem)?;
            refuse_other(arguments, &key)?;
            key
        }
        Entry::Unusable(why) => bail!(
            "{}: {why}\nhelp: move it away and run the same command again",
            directory.join(PkiFile::NextClientKey.name()).display()
        ),
        Entry::Absent => {
            let key = NewKey::generate(arguments.key_algorithm.or(before).unwrap_or_default())?;
            let place = vec![(PkiFile::NextClientKey, key_bytes(&key.pem))];
            directory::commit(&held.store, &Change { place, ..Change::default() }, now)?;
            key.signing_key
        }
    };
    let text = request::request(&name, &key)?;
    out.write_all(text.as_bytes())?;
    writeln!(
        err,
        "asks for CN={name}; its key is {}\nkey SHA-256 {}\nhelp: take the certificate with `aggcert accept CERT {}`",
        directory.join(PkiFile::NextClientKey.name()).display(),
        request::read(text.as_bytes())?.key_fingerprint(),
        argument(directory)
    )?;
    Ok(Exit::Done)
}

/// A request may be on its way to the CA: the key that is there is not replaced by one of another kind.
fn refuse_other(arguments: &RequestArguments, key: &SigningKey) -> anyhow::Result<()> {
    let (Some(wanted), found) = (arguments.key_algorithm, key.key_algorithm()) else { return Ok(()) };
    if found == Some(wanted) {
        return Ok(());
    }
    let path = arguments.directory.join(PkiFile::NextClientKey.name());
    bail!(
        "{} is there already, {}, and no key of {}\nhelp: leave --key-algorithm out to ask with it again, or take it away \
         and run the same command again: rm {}",
        path.display(),
        found.map_or("of another kind", KeyAlgorithm::name),
        wanted.name(),
        argument(&path)
    )
}
