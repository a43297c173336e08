//! The command line of `init`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::ValueEnum;
use clap::builder::PossibleValue;
use time::OffsetDateTime;

use super::super::Format;
use super::super::directory::CaArguments;
use crate::pki::profile::common_name;
use crate::pki::{CaPlan, ClientPlan, KeyAlgorithm, Plan, Validity, Wishes};

/// Make the CA and the client certificate of the aggregation layer
///
/// Makes front-proxy-ca.crt, front-proxy-ca.key, front-proxy-client.crt and front-proxy-client.key, the names that
/// kubeadm uses, and judges them as `aggcert check` does. What is there and works is kept: a second run changes
/// nothing, and a CA without a client gets its client. Nothing is overwritten without a copy of it beside.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  aggcert init                              # all four files, in ./pki
  aggcert init /etc/kubernetes/pki          # beside the cluster's own
  # a client from a CA that is kept elsewhere
  aggcert init pki --ca-cert ca.crt --ca-key ca.key
  aggcert init pki --dry-run --format json  # what would be done, for a program

An interrupted run leaves nothing half done: the next one finishes it or throws it away.

Exit codes:
  0  the files are there and work together
  1  something is in the way, or could not be written
  2  the arguments make no sense")]
pub(crate) struct InitArguments {
    /// Directory to make the files in; it is made when it is not there
    #[arg(value_name = "DIR", default_value = "./pki")]
    pub directory: PathBuf,

    /// Kind of the keys to make; kubeadm cannot load Ed25519 keys [default: ecdsa-p256]
    #[arg(long, value_name = "ALGORITHM", value_enum, help_heading = "What to make")]
    pub key_algorithm: Option<KeyAlgorithm>,

    /// How long a new CA is valid: days (d), hours (h) or years of 365 days (y) [default: 3650d]
    #[arg(long, value_name = "TIME", conflicts_with = "ca_cert", help_heading = "What to make")]
    pub ca_validity: Option<Validity>,

    /// How long a new client is valid; never longer than its CA [default: 365d]
    #[arg(long, value_name = "TIME", help_heading = "What to make")]
    pub client_validity: Option<Validity>,

    /// Common name of a new CA [default: front-proxy-ca]
    #[arg(long, value_name = "NAME", value_parser = common_name, conflicts_with = "ca_cert")]
    #[arg(help_heading = "What to make")]
    pub ca_common_name: Option<String>,

    /// Common name of a new client, which --requestheader-allowed-names lists [default: front-proxy-client]
    #[arg(long, value_name = "NAME", value_parser = common_name, help_heading = "What to make")]
    pub client_common_name: Option<String>,

    #[command(flatten)]
    pub ca: CaArguments,

    /// Make everything anew; what is there is kept under dated names
    #[arg(long)]
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
        if self.ca.ca_cert.is_none() && wishes.ca_common_name == wishes.client_common_name {
            bail!("the CA and its client must not have the same common name, `{}`", wishes.ca_common_name);
        }
        Ok(())
    }

    pub(super) fn wishes(&self) -> Wishes {
        let usual = Wishes::default();
        Wishes {
            key_algorithm: self.key_algorithm.unwrap_or(usual.key_algorithm),
            ca_common_name: self.ca_common_name.clone().unwrap_or(usual.ca_common_name),
            ca_validity: self.ca_validity.unwrap_or(usual.ca_validity),
            client_common_name: self.client_common_name.clone().unwrap_or(usual.client_common_name),
            client_validity: self.client_validity.unwrap_or(usual.client_validity),
        }
    }

    /// The options that are given and had nothing to act on.
    pub(super) fn idle(&self, plan: &Plan) -> Vec<&'static str> {
        let (keeps_ca, keeps_client) = (plan.ca != CaPlan::Make, plan.client != ClientPlan::Make);
        given([
            ("--ca-validity", keeps_ca && self.ca_validity.is_some()),
            ("--ca-common-name", keeps_ca && self.ca_common_name.is_some()),
            ("--client-validity", keeps_client && self.client_validity.is_some()),
            ("--client-common-name", keeps_client && self.client_common_name.is_some()),
            ("--key-algorithm", keeps_ca && keeps_client && self.key_algorithm.is_some()),
        ])
    }
}

fn given<const N: usize>(options: [(&'static str, bool); N]) -> Vec<&'static str> {
    options.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
}
