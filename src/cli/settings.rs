//! What `check` and `graph` have in common: the settings of a team, and which set-ups are of one cluster.

use std::path::{Path, PathBuf};

use super::BadArguments;
use super::inputs::InputArguments;
use crate::lint::policy::Cluster;
use crate::lint::run::Inputs;
use crate::lint::{Policy, rules};

#[derive(Debug, Clone, clap::Args)]
pub(super) struct SettingsArguments {
    /// The set-ups in DIR, or those of them that GLOB means, are the nodes of one cluster; again for more
    #[arg(long, value_name = "DIR[=GLOB]")]
    pub cluster: Vec<String>,
    /// Use this aggcert.toml instead of the nearest one upwards
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Let nothing that lies beside the inputs accept findings: no comment in them, and no aggcert.toml but that of
    /// --config; for files of others
    #[arg(long)]
    pub no_ignores: bool,
}

impl SettingsArguments {
    /// The directories of clusters are inputs where nothing else is named.
    pub(super) fn inputs(&self, inputs: &InputArguments) -> Inputs {
        let mut inputs = inputs.clone();
        if inputs.paths.is_empty() && inputs.flags.is_empty() {
            inputs.paths = self.cluster.iter().map(|cluster| PathBuf::from(parts(cluster).0)).collect();
        }
        inputs.inputs()
    }

    /// Those of the command line, each as it was named.
    pub(super) fn clusters(&self, working_directory: &Path) -> Vec<(String, Cluster)> {
        let cluster = |text: &String| {
            let (directory, nodes) = parts(text);
            (text.clone(), Cluster::in_directory(Path::new(directory), nodes, working_directory))
        };
        self.cluster.iter().map(cluster).collect()
    }

    /// The settings in use, and what is to be said of others.
    pub(super) fn policy(&self, working_directory: &Path) -> Result<(Policy, Option<String>), BadArguments> {
        let (path, distrusted) = match &self.config {
            Some(path) => (Some(path.clone()), None),
            None if self.no_ignores => (None, None),
            None => Policy::search(working_directory),
        };
        let policy =
            path.map_or(Ok(Policy::none()), |path| Policy::load(&path, working_directory, &rules::ids(rules::ALL)));
        let policy = policy.map_err(|error| BadArguments(error.to_string()))?;
        Ok((if self.no_ignores { policy.without_comments() } else { policy }, distrusted))
    }
}

/// `DIR=GLOB`, or `DIR` for all that is in it.
fn parts(cluster: &str) -> (&str, &str) {
    cluster.split_once('=').unwrap_or((cluster, ""))
}
