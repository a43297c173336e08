//! `aggcert accept`

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use time::OffsetDateTime;

use super::Exit;
use super::directory::{self, Held, Judging, argument, hold, open, read};
use crate::pki::contents::certificates;
use crate::pki::make::bundle_bytes;
use crate::pki::profile::common_name;
use crate::pki::{Change, Contents, KeyFile, PkiFile, client_fits};
use crate::text::printable;
use crate::x509::Certificate;

/// Take a client certificate that another CA has signed
///
/// Takes the certificate, and the chain below it, only if it belongs to the key of `aggcert request` (or to the one that
/// is there), has the common name of the client before it, may be a client, and verifies against front-proxy-ca.crt.
/// Nothing is replaced before all of that is right.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  aggcert accept front-proxy-client.crt pki
  # the first one: the CA is copied to pki
  aggcert accept front-proxy-client.crt pki --ca-cert ca.crt

Exit codes:
  0  the certificate is in place
  1  it is not right, or could not be written
  2  the arguments make no sense")]
pub(super) struct AcceptArguments {
    /// The certificate, with the intermediates below it, in PEM
    #[arg(value_name = "CERT")]
    pub certificate: PathBuf,

    /// Directory that holds the key of the request
    #[arg(value_name = "DIR", default_value = "./pki")]
    pub directory: PathBuf,

    /// The CA of a directory that has none yet: it is copied to DIR/front-proxy-ca.crt
    #[arg(long, value_name = "FILE")]
    pub ca_cert: Option<PathBuf>,

    /// Take another common name than before: every extension API server must allow it first
    #[arg(long, value_name = "NAME", value_parser = common_name)]
    pub client_common_name: Option<String>,

    /// The cluster's own CA, which must not be the front proxy's, too [default: DIR/ca.crt when it is there]
    #[arg(long, value_name = "FILE")]
    pub client_ca_file: Option<PathBuf>,
}

/// Puts the certificate in place.
///
/// # Errors
/// With the first thing that is not right.
pub(super) fn run(
    arguments: &AcceptArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    directory::prepare()?;
    let directory = &arguments.directory;
    let given = read(&arguments.certificate, "", |bytes| certificates(&bytes))?;
    let Held { store, .. }: Held = hold(open(directory)?, directory, err)?;
    let contents = Contents::read(&store);
    let acceptance = Acceptance { arguments, contents: &contents, now };
    let change = store.pending(acceptance.change(given)?)?;
    let after = contents.after(&change);
    let client_ca_file = arguments.client_ca_file.as_deref();
    let warnings = Judging { directory, contents: &after, change: &change, client_ca_file }.warnings(now)?;
    directory::commit(&store, &change, now)?;
    let client = after.client_certificates.present().and_then(|client| client.first());
    if let Some(client) = client {
        let (name, end) = (client.subject.to_string(), client.not_after.date());
        let (name, directory) = (printable::line(&name), directory.display());
        if change.is_empty() {
            writeln!(out, "Nothing to do: {directory} has {name} already, until {end}")?;
        } else {
            writeln!(out, "Took {name} in {directory}, until {end}")?;
        }
        writeln!(out, "SHA-256 {}", client.fingerprint())?;
    }
    let sooner = ends_sooner(&contents, &after);
    sooner.iter().chain(&warnings).try_for_each(|warning| writeln!(out, "note: {warning}"))?;
    Ok(Exit::Done)
}

/// What was taken for a renewal and is none.
fn ends_sooner(before: &Contents, after: &Contents) -> Option<String> {
    let end = |contents: &Contents| Some(contents.client_certificates.present()?.first()?.not_after);
    let (old, new) = (end(before)?, end(after)?);
    (new < old).then(|| format!("it ends sooner than the one before it, which was valid until {}", old.date()))
}

struct Acceptance<'a> {
    arguments: &'a AcceptArguments,
    contents: &'a Contents,
    now: OffsetDateTime,
}

impl Acceptance<'_> {
    fn change(&self, given: Vec<Certificate>) -> anyhow::Result<Change> {
        let bundle = self.bundle()?;
        // Servers have the roots already.
        let chain = given.into_iter().enumerate().filter(|(at, certificate)| *at == 0 || !bundle.contains(certificate));
        let chain = chain.map(|(_, certificate)| certificate).collect::<Vec<_>>();
        let path = self.arguments.certificate.display().to_string();
        let leaf = chain.first().with_context(|| path.clone())?;
        let (key, is_next) = self.key(leaf)?;
        self.named(leaf)?;
        if leaf.is_ca() {
            bail!(
                "{path} is a CA: whoever reads its key on a node could make front proxies\nhelp: ask for a client \
                 certificate (CA:FALSE, clientAuth)"
            );
        }
        client_fits(&chain, &key.key, &bundle, self.now).map_err(|why| {
            anyhow::anyhow!(
                "{path}: {why}\nhelp: ask the CA for a client certificate (clientAuth) with the chain below it"
            )
        })?;
        let mut change = Change::default();
        // However it is written down there.
        if self.contents.client_certificates.present() != Some(&chain) {
            change.place.push((PkiFile::ClientCertificate, bundle_bytes(&chain)));
        }
        if is_next {
            change.place.push((PkiFile::ClientKey, key.pem.clone()));
            change.remove.push(PkiFile::NextClientKey);
        }
        if self.contents.ca_certificates.is_absent() {
            change.place.push((PkiFile::CaCertificate, bundle_bytes(&bundle)));
        }
        change.retire = change.place.iter().map(|(file, _)| *file).filter(|file| self.contents.has(*file)).collect();
        Ok(change)
    }

    fn bundle(&self) -> anyhow::Result<Vec<Certificate>> {
        match (self.contents.ca_certificates.present(), &self.arguments.ca_cert) {
            (Some(bundle), _) => Ok(bundle.clone()),
            (None, Some(path)) => read(path, "--ca-cert", |bytes| certificates(&bytes)),
            (None, None) => bail!(
                "{} has no front-proxy-ca.crt, so that nothing can be verified\nhelp: name the CA with --ca-cert",
                self.arguments.directory.display()
            ),
        }
    }

    /// The key of the certificate, and whether it waits for it.
    fn key(&self, leaf: &Certificate) -> anyhow::Result<(KeyFile, bool)> {
        let keys = [(self.contents.next_client_key.present(), true), (self.contents.client_key.present(), false)];
        let found =
            keys.into_iter().find_map(|(key, is_next)| Some((key.filter(|key| key.key.matches(leaf))?, is_next)));
        found.map(|(key, is_next)| (key.clone(), is_next)).with_context(|| {
            format!(
                "{} belongs to no key in {}\nhelp: make a request with `aggcert request {}` and have that one signed",
                self.arguments.certificate.display(),
                self.arguments.directory.display(),
                argument(&self.arguments.directory)
            )
        })
    }

    fn named(&self, leaf: &Certificate) -> anyhow::Result<()> {
        let before = self.contents.client_certificates.present().and_then(|client| client.first());
        let before = before.map(|client| client.subject.common_name().to_owned());
        let Some(wanted) = self.arguments.client_common_name.clone().or(before) else { return Ok(()) };
        let name = leaf.subject.common_name();
        if name == wanted {
            return Ok(());
        }
        bail!(
            "{} has the common name {}, and {} is wanted: --requestheader-allowed-names lists it\
             \nhelp: have the right name signed, or allow the new one everywhere first and give --client-common-name",
            self.arguments.certificate.display(),
            printable::line(name),
            printable::line(&wanted)
        )
    }
}
