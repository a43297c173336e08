//! The command line of `extension`.

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::super::directory::argument;
use super::super::{BadArguments, Format};
use crate::emit::ServerDirectory;
use crate::emit::extension::Extension;
use crate::kubernetes::names::{ApiServiceName, is_label, is_subdomain};
use crate::pki::profile::{MAX_COMMON_NAME, common_name};
use crate::pki::serving::{Ask, NextStep, ServingContents, ServingWishes};
use crate::pki::{KeyAlgorithm, Likeness, Validity};
use crate::text::shell_word;

const CA_VALIDITY: Validity = Validity::days(3650);
const SERVING_VALIDITY: Validity = Validity::days(365);
const CLUSTER_DOMAIN: &str = "cluster.local";

/// Make what an extension API server needs in a cluster: certificates, objects, arguments
///
/// kube-apiserver sends requests for an API of others to the Service that the APIService names, and verifies the server with
/// the CA in its caBundle. This makes that CA and the serving certificate, the Secret, Service and APIService, and the
/// ServiceAccount with the two bindings that it needs to know who a user is, as files for `kubectl apply -f DIR`; and prints
/// the server's arguments.
///
/// Run again, it changes nothing until the certificate is due, and then makes a new one of the same CA. A CA is replaced in
/// three steps, so that no request fails: --replace-ca, --next switch and --next distrust.
#[derive(Debug, Clone, clap::Args)]
#[command(after_long_help = "\
Examples:
  # all of it, in ./v1beta1.metrics.k8s.io
  aggcert extension v1beta1.metrics.k8s.io --namespace kube-system \\
      --service metrics-server
  # in ./wardle, with a Deployment
  aggcert extension v1.wardle.example.com --namespace wardle --service api \\
      wardle --image registry.example.com/api:1
  # have cert-manager make the certificates
  aggcert extension v1.wardle.example.com --namespace wardle --service api \\
      wardle --cert-manager
  # trust a new CA beside the old one
  aggcert extension v1.wardle.example.com --namespace wardle --service api \\
      wardle --replace-ca
  # the step after that
  aggcert extension v1.wardle.example.com --namespace wardle --service api \\
      wardle --next switch

An interrupted run leaves nothing half done: the next one finishes it or throws it away.

Exit codes:
  0  the files are there and work together
  1  something is in the way, could not be written, or a step of replacing the CA is overdue
  2  the arguments make no sense")]
pub(in crate::cli) struct ExtensionArguments {
    /// The APIService: version and group of the API, such as v1beta1.metrics.k8s.io
    #[arg(value_name = "NAME")]
    pub name: ApiServiceName,

    /// Directory to make the files in; it is made when it is not there [default: ./NAME]
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,

    /// Namespace of the server
    #[arg(long, value_name = "NAMESPACE", value_parser = label)]
    pub namespace: String,

    /// The Service that leads to the server
    #[arg(long, value_name = "NAME", value_parser = label)]
    pub service: String,

    /// Another API of the same server: the same certificate, one more APIService
    #[arg(long, value_name = "NAME")]
    pub also: Vec<ApiServiceName>,

    /// Kind of the keys to make [default: ecdsa-p256, later as before]
    #[arg(long, value_name = "ALGORITHM", value_enum, help_heading = "Certificates")]
    pub key_algorithm: Option<KeyAlgorithm>,

    /// How long a new CA is valid: days (d), hours (h) or years of 365 days (y)
    #[arg(long, value_name = "TIME", default_value_t = CA_VALIDITY, help_heading = "Certificates")]
    pub ca_validity: Validity,

    /// Common name of the first CA; each one after it gets its date [default: SERVICE-serving-ca]
    #[arg(long, value_name = "NAME", value_parser = common_name, help_heading = "Certificates")]
    pub ca_common_name: Option<String>,

    /// How long a new serving certificate is valid; never longer than its CA
    #[arg(long, value_name = "TIME", default_value_t = SERVING_VALIDITY, help_heading = "Certificates")]
    pub serving_validity: Validity,

    /// Renew the serving certificate so long before its end [default: a third of its life]
    #[arg(long, value_name = "TIME", help_heading = "Certificates")]
    pub renew_before: Option<Validity>,

    /// The cluster's DNS domain, for the longest of the certificate's names
    #[arg(long, value_name = "DOMAIN", value_parser = subdomain, default_value = CLUSTER_DOMAIN)]
    #[arg(help_heading = "Certificates")]
    pub cluster_domain: String,

    /// Have cert-manager make the certificates and fill in the caBundle; no keys are made here
    #[arg(long, conflicts_with_all = ["replace_ca", "next"], help_heading = "Certificates")]
    pub cert_manager: bool,

    /// The CA's key, where it is kept elsewhere: PKCS#8, PKCS#1 or SEC 1, in PEM; it stays there
    #[arg(long, value_name = "FILE", conflicts_with_all = ["cert_manager", "force"], help_heading = "Certificates")]
    pub ca_key: Option<PathBuf>,

    /// The server's ServiceAccount [default: SERVICE]
    #[arg(long, value_name = "NAME", value_parser = subdomain, help_heading = "Objects")]
    pub service_account: Option<String>,

    /// The Secret with the serving certificate [default: SERVICE-serving-cert]
    #[arg(long, value_name = "NAME", value_parser = subdomain, help_heading = "Objects")]
    pub secret: Option<String>,

    /// The label of the server's Pods [default: app.kubernetes.io/name=SERVICE]
    #[arg(long, value_name = "KEY=VALUE", value_parser = selector, help_heading = "Objects")]
    pub selector: Option<(String, String)>,

    /// The port that the server listens on [default: 8443]
    #[arg(long, value_name = "PORT", help_heading = "Objects")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,

    /// Where the server sees tls.crt and tls.key [default: /var/run/serving-cert]
    #[arg(long, value_name = "PATH", value_parser = server_directory, help_heading = "Objects")]
    pub tls_dir: Option<ServerDirectory>,

    /// Make a Deployment with this image, too
    #[arg(long, value_name = "IMAGE", value_parser = image, help_heading = "Objects")]
    pub image: Option<String>,

    /// Begin to replace the CA, due or not: trust a new one beside it
    #[arg(long, conflicts_with_all = ["next", "force"], help_heading = "Replacing the CA")]
    pub replace_ca: bool,

    /// The step after the one that has arrived everywhere: switch to the new CA, then leave the old one out (distrust)
    #[arg(long, value_name = "STEP", value_enum, conflicts_with = "force", help_heading = "Replacing the CA")]
    pub next: Option<NextStep>,

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

impl ValueEnum for NextStep {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Switch, Self::Distrust]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

impl ExtensionArguments {
    /// What clap cannot see in one argument alone.
    pub(super) fn check(&self, now: time::OffsetDateTime) -> Result<(), BadArguments> {
        let bad = |flag: &str, error: &dyn std::fmt::Display| BadArguments(format!("{flag}: {error}"));
        self.ca_validity.end(now).map_err(|error| bad("--ca-validity", &error))?;
        self.serving_validity.end(now).map_err(|error| bad("--serving-validity", &error))?;
        let early = self.renew_before.filter(|before| *before >= self.serving_validity);
        if let Some(before) = early {
            let why = format!("a certificate of {} would be due at once; give less", self.serving_validity);
            return Err(bad(&format!("--renew-before {before}"), &why));
        }
        let wishes = self.wishes(&ServingContents::default());
        if wishes.ca_common_name == wishes.common_name {
            // Issuer and subject would be one name, and whoever builds a chain takes the certificate for one that has signed
            // itself (RFC 5280, section 3.2).
            let why =
                format!("the serving certificate is called {}, too; give the CA another name", wishes.common_name);
            return Err(bad("--ca-common-name", &why));
        }
        let longest = self.extension().dns_names(&self.cluster_domain).pop().unwrap_or_default();
        if !is_subdomain(&longest) {
            return Err(bad("--cluster-domain", &format!("{longest} is too long for a DNS name")));
        }
        Ok(())
    }

    pub(super) fn directory(&self) -> PathBuf {
        self.directory.clone().unwrap_or_else(|| PathBuf::from(self.name.to_string()))
    }

    /// Each once.
    fn apis(&self) -> Vec<ApiServiceName> {
        let mut apis = vec![self.name.clone()];
        for api in &self.also {
            if !apis.contains(api) {
                apis.push(api.clone());
            }
        }
        apis
    }

    pub(super) fn ask(&self) -> Ask {
        match (self.force, self.replace_ca, self.next) {
            (true, ..) => Ask::Everything,
            (_, true, _) => Ask::ReplaceCa,
            (.., Some(step)) => Ask::Next(step),
            _ => Ask::WhatIsDue,
        }
    }

    pub(super) fn extension(&self) -> Extension {
        let service = &self.service;
        let selector = || ("app.kubernetes.io/name".to_owned(), service.clone());
        Extension {
            apis: self.apis(),
            namespace: self.namespace.clone(),
            service: service.clone(),
            service_account: self.service_account.clone().unwrap_or_else(|| service.clone()),
            secret: self.secret.clone().unwrap_or_else(|| format!("{service}-serving-cert")),
            selector: self.selector.clone().unwrap_or_else(selector),
            port: self.port.unwrap_or(8443),
            tls_directory: self.tls_dir.as_ref().map_or("/var/run/serving-cert".to_owned(), ToString::to_string),
            image: self.image.clone(),
        }
    }

    /// A new key is of the kind of the one before.
    pub(super) fn wishes(&self, contents: &ServingContents) -> ServingWishes {
        let extension = self.extension();
        let before = contents.leaf().and_then(|leaf| Likeness::of(leaf, &[]).key_algorithm);
        let fits = |name: &String| name.len() <= MAX_COMMON_NAME;
        // With room for the date of a later one.
        let base: String = self.service.chars().take(MAX_COMMON_NAME - 32).collect();
        ServingWishes {
            key_algorithm: self.key_algorithm.or(before).unwrap_or_default(),
            ca_common_name: self.ca_common_name.clone().unwrap_or_else(|| format!("{base}-serving-ca")),
            ca_validity: self.ca_validity,
            // A Service's name always fits.
            common_name: Some(extension.host_name()).filter(fits).unwrap_or_else(|| self.service.clone()),
            validity: self.serving_validity,
            renew_before: self.renew_before,
            dns_names: extension.dns_names(&self.cluster_domain),
        }
    }

    /// The same command again, with all that decides about what is made, and something else at its end. Where the directory
    /// `has_ca_key`, `--ca-key` is of no use any more.
    pub(super) fn command(&self, more: &str, has_ca_key: bool) -> String {
        let mut words = vec![format!("aggcert extension {}", self.name)];
        words.extend(self.directory.iter().map(|directory| argument(directory)));
        let mut option = |name: &str, value: Option<String>| {
            words.extend(value.map(|value| format!("--{name} {}", shell_word(&value))));
        };
        option("namespace", Some(self.namespace.clone()));
        option("service", Some(self.service.clone()));
        self.also.iter().for_each(|api| option("also", Some(api.to_string())));
        option("key-algorithm", self.key_algorithm.map(|algorithm| algorithm.to_string()));
        let given = |value: Validity, usual: Validity| (value != usual).then(|| value.to_string());
        option("ca-validity", given(self.ca_validity, CA_VALIDITY));
        option("ca-common-name", self.ca_common_name.clone());
        option("serving-validity", given(self.serving_validity, SERVING_VALIDITY));
        option("renew-before", self.renew_before.map(|time| time.to_string()));
        option("cluster-domain", Some(self.cluster_domain.clone()).filter(|domain| domain != CLUSTER_DOMAIN));
        option("ca-key", self.ca_key.as_ref().filter(|_| !has_ca_key).map(|path| path.display().to_string()));
        option("service-account", self.service_account.clone());
        option("secret", self.secret.clone());
        option("selector", self.selector.as_ref().map(|(key, value)| format!("{key}={value}")));
        option("port", self.port.map(|port| port.to_string()));
        option("tls-dir", self.tls_dir.as_ref().map(ToString::to_string));
        option("image", self.image.clone());
        words.extend(self.cert_manager.then(|| "--cert-manager".to_owned()));
        words.extend((!more.is_empty()).then(|| more.to_owned()));
        words.join(" ")
    }
}

fn label(text: &str) -> Result<String, &'static str> {
    let error = "a name of at most 63 lower-case letters, digits and dashes is needed";
    if is_label(text) { Ok(text.to_owned()) } else { Err(error) }
}

fn subdomain(text: &str) -> Result<String, &'static str> {
    let error = "a name of lower-case letters, digits, dashes and dots is needed";
    if is_subdomain(text) { Ok(text.to_owned()) } else { Err(error) }
}

fn server_directory(text: &str) -> Result<ServerDirectory, crate::emit::ServerDirectoryError> {
    ServerDirectory::new(std::path::Path::new(text))
}

fn image(text: &str) -> Result<String, &'static str> {
    let is_plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    if is_plain {
        Ok(text.to_owned())
    } else {
        Err("the name of an image is needed, such as registry.example.com/api:1")
    }
}

/// k8s.io/apimachinery, pkg/util/validation, `IsQualifiedName` and `IsValidLabelValue`.
fn selector(text: &str) -> Result<(String, String), &'static str> {
    let error = "a label is needed, such as app=metrics-server";
    let part = |text: &str| {
        let ends = [text.chars().next(), text.chars().next_back()];
        text.len() <= 63
            && ends.iter().all(|end| end.is_some_and(|c| c.is_ascii_alphanumeric()))
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    let (key, value) = text.split_once('=').ok_or(error)?;
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let is_label = part(name) && prefix.is_none_or(is_subdomain) && (value.is_empty() || part(value));
    if is_label { Ok((key.to_owned(), value.to_owned())) } else { Err(error) }
}
