//! `aggcert sign`

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use time::OffsetDateTime;

use super::Exit;
use super::directory::{self, given_ca, key_name, read_bytes};
use crate::pki::make::{certificate_bytes, signed};
use crate::pki::profile::common_name;
use crate::pki::{CLIENT_VALIDITY, KeyAlgorithm, Validity, Wishes, request};
use crate::text::printable;
use crate::x509::PublicKeyAlgorithm;

/// Sign a request for a front-proxy client
///
/// For the machine that has the CA's key. Of the request, the key and the common name are taken and nothing else: what
/// is signed is a front-proxy client. Compare the name and the fingerprint of the key with what `aggcert request` has
/// printed before you send the certificate back.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  aggcert sign front-proxy-client.csr --ca-cert ca.crt --ca-key ca.key \\
      > front-proxy-client.crt

Exit codes:
  0  the certificate is printed
  1  the request or the CA cannot be used
  2  the arguments make no sense")]
pub(super) struct SignArguments {
    /// The request, in PEM
    #[arg(value_name = "CSR")]
    pub request: PathBuf,

    /// The front-proxy CA
    #[arg(long, value_name = "FILE")]
    pub ca_cert: PathBuf,

    /// Its key
    #[arg(long, value_name = "FILE")]
    pub ca_key: PathBuf,

    /// How long the client is valid; never longer than its CA [default: 365d]
    #[arg(long, value_name = "TIME")]
    pub client_validity: Option<Validity>,

    /// Sign only a request for this common name
    #[arg(long, value_name = "NAME")]
    pub client_common_name: Option<String>,
}

/// Prints the certificate.
///
/// # Errors
/// When the request is not signed with its own key, asks for another name, or the CA cannot sign.
pub(super) fn run(
    arguments: &SignArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    directory::prepare()?;
    let context = || arguments.request.display().to_string();
    let bytes = read_bytes(&arguments.request, "")?;
    let request = request::read(&bytes).with_context(context)?;
    let name = common_name(&request.common_name).with_context(context)?;
    let shown = printable::line(&name).into_owned();
    if arguments.client_common_name.as_ref().is_some_and(|wanted| *wanted != name) {
        bail!(
            "{} asks for the common name {shown}\nhelp: ask for another request, or sign this one with \
             --client-common-name {shown}",
            context()
        );
    }
    let ca = given_ca(&arguments.ca_cert, &arguments.ca_key)?;
    let certificate = ca
        .certificate()
        .with_context(|| format!("{} is not the key of {}", arguments.ca_key.display(), arguments.ca_cert.display()))?;
    let wishes = Wishes {
        client_common_name: name,
        client_validity: arguments.client_validity.unwrap_or(CLIENT_VALIDITY),
        key_algorithm: if request.is_rsa { KeyAlgorithm::Rsa2048 } else { KeyAlgorithm::default() },
        ..Wishes::default()
    };
    let client = signed(&wishes, &request.subject_public_key_info, &certificate, &ca.signing_key()?, now)?;
    match &client.public_key_algorithm {
        PublicKeyAlgorithm::Rsa(bits) if *bits < 2048 => bail!("{} has an RSA key of {bits} bits", context()),
        PublicKeyAlgorithm::Unknown | PublicKeyAlgorithm::Dsa | PublicKeyAlgorithm::X25519 => {
            bail!("{} has a key that cannot be a client's: {}", context(), key_name(&client.public_key_algorithm))
        }
        _ => {}
    }
    out.write_all(&certificate_bytes(&client))?;
    writeln!(
        err,
        "signed CN={shown}, {}, until {}, by {}\nkey SHA-256 {}\ncertificate SHA-256 {}",
        key_name(&client.public_key_algorithm),
        client.not_after.date(),
        printable::line(&certificate.subject.to_string()),
        client.key_fingerprint(),
        client.fingerprint()
    )?;
    Ok(Exit::Done)
}
