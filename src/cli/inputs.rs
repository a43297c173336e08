//! The set-ups that a command line names: shared by `check`, `whoami` and `graph`.

use std::path::PathBuf;
use std::sync::Arc;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use super::named;
use crate::kubernetes::KubernetesVersion;
use crate::lint::run::{Inputs, Reading};
use crate::source::InputFormat;
use crate::text::SourceFile;

/// Where set-ups are read from.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct InputArguments {
    /// Files, directories (searched), or `-` for standard input; without any, what this host has
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// kube-apiserver flags, behind `--`
    #[arg(last = true, value_name = "FLAGS")]
    pub flags: Vec<String>,
    /// Look up absolute paths below DIR: a copied node, a must-gather
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// DIR holds the files of the server's certificate directory, under the same base names
    #[arg(long, value_name = "DIR", conflicts_with = "root")]
    pub pki_dir: Option<PathBuf>,
    /// Read every input as this shape instead of recognising it
    #[arg(long, value_name = "SHAPE", value_parser = named::input_format(), hide_possible_values = true)]
    pub input_format: Option<InputFormat>,
    #[cfg(feature = "cluster")]
    #[command(flatten)]
    pub cluster: super::cluster::ClusterArguments,
    /// What runs, where a set-up does not say it (a manifest's image does): 1.34 or v1.34.2; otherwise the newest
    #[arg(long, value_name = "VERSION")]
    pub kubernetes_version: Option<KubernetesVersion>,
    /// Judge as if it were this time (RFC 3339, or a date): 2027-01-01T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time_of_day)]
    pub at: Option<OffsetDateTime>,
}

impl InputArguments {
    /// What they name and how it is read.
    pub(super) fn inputs(&self) -> Inputs {
        let (texts, failures) = self.clusters();
        let is_cluster = !texts.is_empty() || !failures.is_empty();
        let reading = Reading {
            root: self.root.clone(),
            pki_dir: self.pki_dir.clone(),
            format: self.input_format,
            version: self.kubernetes_version,
            this_host: self.paths.is_empty() && self.flags.is_empty() && !is_cluster,
        };
        Inputs { paths: self.paths.clone(), flags: self.flags.clone(), texts, failures, reading }
    }

    /// The running clusters that are named, and why some were not read.
    #[cfg(feature = "cluster")]
    fn clusters(&self) -> (Vec<Arc<SourceFile>>, Vec<String>) {
        let (mut texts, mut failures) = (Vec::new(), Vec::new());
        for read in self.cluster.read() {
            match read {
                Ok(read) => {
                    texts.push(read.text);
                    failures.extend(read.unanswered);
                }
                Err(error) => failures.push(error.to_string()),
            }
        }
        (texts, failures)
    }

    #[cfg(not(feature = "cluster"))]
    fn clusters(&self) -> (Vec<Arc<SourceFile>>, Vec<String>) {
        (Vec::new(), Vec::new())
    }
}

fn time_of_day(text: &str) -> Result<OffsetDateTime, String> {
    let date = || time::Date::parse(text, format_description!("[year]-[month]-[day]")).ok().map(time::Date::midnight);
    OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .or_else(|| date().map(time::PrimitiveDateTime::assume_utc))
        .ok_or_else(|| "give it as 2027-01-01 or 2027-01-01T00:00:00Z".to_owned())
}
