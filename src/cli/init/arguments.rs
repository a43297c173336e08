//! The command line of `init`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::ValueEnum;
use clap::builder::PossibleValue;
use time::OffsetDateTime;

use super::super::Format;
use crate::pki::profile::common_name;
use crate::pki::{KeyAlgorithm, Validity, Wishes};

const CA_COMMON_NAME: &str = "front-proxy-ca";
const CLIENT_COMMON_NAME: &str = "front-proxy-client";
const CA_VALIDITY: Validity = Validity::days(3650);
const CLIENT_VALIDITY: Validity = Validity::days(365);

/// Make the CA and the client certificate of the aggregation layer
///
/// Makes front-proxy-ca.crt, front-proxy-ca.key, front-proxy-client.crt and front-proxy-client.key, the names that
/// kubeadm uses, and judges them as `aggcert check` does. What is there and works is kept: a second run changes
/// nothing, and a CA without a client gets its client. Nothing is ever overwritten.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  aggcert init                                     all four files, in ./pki
  aggcert init /etc/kubernetes/pki                 beside the cluster's own certificates
  aggcert init pki --renew-client                  once a year: a new client from the same CA
  aggcert init pki --ca-cert ca.crt --ca-key ca.key
                                                   a client from a CA that is kept elsewhere
  aggcert init pki --dry-run --format json         what would be done, for a program

An interrupted run leaves nothing half done: the next one finishes it or throws it away.

Exit codes:
  0  the files are there and work together
  1  something is in the way, or could not be written
  2  the arguments make no sense")]
pub struct InitArguments {
    /// Directory to make the files in; it is made when it is not there
    #[arg(value_name = "DIR", default_value = "./pki")]
    pub directory: PathBuf,

    /// Kind of the keys to make; kubeadm cannot load Ed25519 keys [default: ecdsa-p256]
    #[arg(long, value_name = "ALGORITHM", value_enum, help_heading = "What to make")]
    pub key_algorithm: Option<KeyAlgorithm>,

    /// How long a new CA is valid: days (d), hours (h) or years of 365 days (y) [default: 3650d]
    #[arg(long, value_name = "TIME", help_heading = "What to make")]
    pub ca_validity: Option<Validity>,

    /// How long a new client is valid; never longer than its CA [default: 365d]
    #[arg(long, value_name = "TIME", help_heading = "What to make")]
    pub client_validity: Option<Validity>,

    /// Common name of a new CA [default: front-proxy-ca]
    #[arg(long, value_name = "NAME", value_parser = common_name, help_heading = "What to make")]
    pub ca_common_name: Option<String>,

    /// Common name of a new client, which --requestheader-allowed-names lists [default: front-proxy-client]
    #[arg(long, value_name = "NAME", value_parser = common_name, help_heading = "What to make")]
    pub client_common_name: Option<String>,

    /// Issue from this front-proxy CA; its certificate is copied to DIR, its key stays where it is
    #[arg(long, value_name = "FILE", requires = "ca_key", conflicts_with_all = ["ca_validity", "ca_common_name"])]
    #[arg(help_heading = "Other CAs")]
    pub ca_cert: Option<PathBuf>,

    /// The key of --ca-cert: PKCS#8, PKCS#1 or SEC 1, in PEM
    #[arg(long, value_name = "FILE", requires = "ca_cert", help_heading = "Other CAs")]
    pub ca_key: Option<PathBuf>,

    /// The cluster's own CA, which must not be the front proxy's, too [default: DIR/ca.crt when it is there]
    #[arg(long, value_name = "FILE", help_heading = "Other CAs")]
    pub client_ca_file: Option<PathBuf>,

    /// Issue a new client from the CA that is there; the old one is kept under a dated name
    #[arg(long, conflicts_with = "force", help_heading = "What may be replaced")]
    pub renew_client: bool,

    /// Make everything anew; what is there is kept under dated names
    #[arg(long, help_heading = "What may be replaced")]
    pub force: bool,

    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,

    /// How to say what was done
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: Format,
}

impl ValueEnum for KeyAlgorithm {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

impl InitArguments {
    /// What clap cannot see in one argument alone.
    pub(super) fn check(&self, now: OffsetDateTime) -> anyhow::Result<()> {
        let wishes = self.wishes();
        wishes.ca_validity.end(now).context("--ca-validity")?;
        wishes.client_validity.end(now).context("--client-validity")?;
        // OpenSSL takes a certificate for self-signed whose issuer and subject are the same.
        if self.ca_cert.is_none() && wishes.ca_common_name == wishes.client_common_name {
            bail!("the CA and its client must not have the same common name, `{}`", wishes.ca_common_name);
        }
        Ok(())
    }

    pub(super) fn wishes(&self) -> Wishes {
        Wishes {
            key_algorithm: self.key_algorithm.unwrap_or_default(),
            ca_common_name: self.ca_common_name.as_deref().unwrap_or(CA_COMMON_NAME).to_owned(),
            ca_validity: self.ca_validity.unwrap_or(CA_VALIDITY),
            client_common_name: self.client_common_name.as_deref().unwrap_or(CLIENT_COMMON_NAME).to_owned(),
            client_validity: self.client_validity.unwrap_or(CLIENT_VALIDITY),
        }
    }

    /// The options that are given and act on a new CA alone.
    pub(super) fn ca_options(&self) -> Vec<&'static str> {
        given([("--ca-validity", self.ca_validity.is_some()), ("--ca-common-name", self.ca_common_name.is_some())])
    }

    /// The options that are given and act on a new client.
    pub(super) fn client_options(&self) -> Vec<&'static str> {
        given([
            ("--client-validity", self.client_validity.is_some()),
            ("--client-common-name", self.client_common_name.is_some()),
        ])
    }
}

fn given<const N: usize>(options: [(&'static str, bool); N]) -> Vec<&'static str> {
    options.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
}
