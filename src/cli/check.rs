//! `aggcert check`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use time::{Duration, OffsetDateTime};

use super::inputs::InputArguments;
use super::named;
use super::progress::Progress;
use super::settings::SettingsArguments;
use super::{BadArguments, Exit, style};
use crate::lint::policy::parse_period;
use crate::lint::run::{Inputs, Run, Selection, Sink};
use crate::lint::{Baseline, BaselineRecorder, Judgement, Rule, Severity, Summary, rules};
use crate::report::output::{Destination, Output, OutputError, Outputs};
use crate::report::text::{Style, Verbosity};
use crate::report::{self, Format};
use crate::source::BaseDirectory;
use crate::text::{operand, shell_word};

/// Judge existing set-ups: say what is wrong, why it matters, and how to fix it
///
/// Reads static pod manifests and other Kubernetes objects, systemd units, shell scripts and command lines, kubeadm and
/// distribution configurations, the ConfigMap extension-apiserver-authentication, APIServices, and PKI directories. Each
/// is recognised by its content. Without a PATH, what this host has is judged.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aggcert check                              # what this control-plane node has
  aggcert check /etc/kubernetes/manifests    # one directory
  aggcert check node1/ node2/ node3/         # copied nodes, compared as well
  aggcert check clusters/ --cluster clusters/a='node*' \\
      --cluster clusters/b='node*'
  aggcert check manifests/ --root /mnt/node  # files of the flags are below it
  aggcert check -- --client-ca-file=ca.crt   # flags
  kubectl -n kube-system get cm extension-apiserver-authentication -o yaml \\
      | aggcert check -
  aggcert check --kubeconfig --probe         # a running cluster and its servers
  aggcert check . --format github --output sarif=aggcert.sarif

Exit codes: 0 nothing at or above --fail-on, 1 something, 2 could not check.")]
pub(super) struct CheckArguments {
    #[command(flatten)]
    inputs: InputArguments,
    /// Ask the servers of the cluster themselves as well: the certificate that each shows, and the CAs whose clients it
    /// accepts; each Pod at its address, or through the API where that cannot be reached
    #[cfg(feature = "cluster")]
    #[arg(long)]
    probe: bool,
    #[command(flatten)]
    settings: SettingsArguments,
    /// Warn of certificates that end within this time (h, d, y)
    #[arg(long, value_name = "TIME", value_parser = parse_period)]
    expiry_warning: Option<Duration>,
    /// The least severity that makes the exit code 1
    /// [default: that of aggcert.toml, or error]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Ask this rule alone; again for more
    #[arg(long, value_name = "RULE", value_parser = named::rule(), hide_possible_values = true)]
    select: Vec<&'static Rule>,
    /// Do not ask this rule; again for more
    #[arg(long, value_name = "RULE", value_parser = named::rule(), hide_possible_values = true)]
    ignore: Vec<&'static Rule>,
    /// End with 2 when a rule that decides who can be whom could not be decided, or flags were not read
    #[arg(long)]
    strict: bool,
    /// Show findings alone, and what could not be read
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,
    /// Show also each set-up, what was not looked at, and what was taken for granted
    #[arg(long, short)]
    verbose: bool,
    /// What is written to standard output
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write a further report to a file (`-`: standard output)
    #[arg(long, value_name = "FORMAT=FILE")]
    output: Vec<Output>,
    /// Report only findings that are not in FILE
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all findings to FILE, to be the baseline from now on
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
}

impl CheckArguments {
    fn inputs(&self) -> Inputs {
        #[cfg_attr(not(feature = "cluster"), expect(unused_mut, reason = "probing is of clusters"))]
        let mut inputs = self.inputs.clone();
        #[cfg(feature = "cluster")]
        {
            inputs.cluster.probe = self.probe;
        }
        self.settings.inputs(&inputs)
    }

    /// Nothing that is read is written over. What is found in a directory is told apart when it is judged.
    fn spare_inputs(&self, outputs: &Outputs<'_>, settings: Option<&Path>) -> Result<(), BadArguments> {
        let named = self.inputs.paths.iter().chain(&self.baseline).map(PathBuf::as_path);
        let named: Vec<&Path> = named.chain(settings).collect();
        outputs.spare(named.iter().copied()).map_err(|error| BadArguments(error.to_string()))?;
        let Some(path) = &self.write_baseline else { return Ok(()) };
        let is = |input: &&Path| input.canonicalize().ok().is_some_and(|input| path.canonicalize().ok() == Some(input));
        match named.into_iter().find(is) {
            Some(_) => Err(BadArguments(format!("--write-baseline {}: it is an input of this run", path.display()))),
            None => Ok(()),
        }
    }

    fn selection(&self) -> Result<Selection, BadArguments> {
        let selection = Selection { only: rules::ids(&self.select), without: rules::ids(&self.ignore) };
        if rules::ALL.iter().any(|rule| selection.holds(rule)) {
            return Ok(selection);
        }
        let message = "--select and --ignore leave no rule to ask; leave one of them out";
        Err(BadArguments(message.to_owned()))
    }

    fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}

impl FailOn {
    fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Note => Severity::Note,
        }
    }
}

pub(super) fn run(
    arguments: &CheckArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let working_directory = std::env::current_dir()?;
    let base = BaseDirectory::of_repository(&working_directory);
    let (policy, distrusted) = arguments.settings.policy(&working_directory)?;
    let baseline = arguments.baseline.as_deref().map(Baseline::load).transpose();
    #[cfg(feature = "cluster")]
    if arguments.probe && !arguments.inputs.cluster.is_given() {
        return Err(
            BadArguments("--probe asks the servers of a cluster: give --kubeconfig or --context".to_owned()).into()
        );
    }
    let inputs = arguments.inputs();
    let now = arguments.inputs.at.unwrap_or(now);
    let fail_on = arguments.fail_on.map(FailOn::severity).or(policy.fail_on).unwrap_or(Severity::Error);
    let settings = report::Settings {
        style: Style { verbosity: arguments.verbosity(), ..style() },
        now,
        base: base.clone(),
        rules: rules::ALL,
        fail_on,
    };
    let outputs = Outputs::of_reports(arguments.format, &arguments.output, &settings, out);

    let mut run = Run::new(now, policy, base);
    run.expiry_warning = arguments.expiry_warning.unwrap_or(run.expiry_warning);
    run.baseline = baseline.map_err(|error| BadArguments(error.to_string()))?;
    run.selection = arguments.selection()?;
    run.recorder = arguments.write_baseline.is_some().then(BaselineRecorder::default);
    run.clusters = arguments.settings.clusters(&working_directory);
    let outputs = outputs?;
    arguments.spare_inputs(&outputs, run.policy.file().map(|file| Path::new(file.name())))?;
    let mut reports = Reports { outputs, progress: Progress::new("set-ups judged"), fail_on, failed: false };
    reports.outputs.begin()?;
    let mut summary = run.judge(&inputs, &mut reports)?;
    summary.not_read.extend(distrusted);
    summary.strict = arguments.strict;
    let Reports { outputs, progress, failed, .. } = reports;
    drop(progress);
    outputs.finish(&summary)?;
    if let (Some(recorder), Some(path)) = (&run.recorder, &arguments.write_baseline) {
        write_baseline(recorder, path, &summary, err)?;
    }
    Ok(exit(&summary, failed))
}

/// Writes what was found, and says so: what is printed and the exit code are those of a run without.
fn write_baseline(
    recorder: &BaselineRecorder,
    path: &Path,
    summary: &Summary,
    err: &mut dyn Write,
) -> anyhow::Result<()> {
    if !summary.failures.is_empty() {
        // What was found there before would be lost.
        let message = format!("--write-baseline {}: not written, for an input could not be read", path.display());
        return Err(BadArguments(message).into());
    }
    let written = report::write_whole(path, recorder.to_json().as_bytes());
    let destination = Destination::File(path.to_owned());
    written.map_err(|source| OutputError::Write { destination, source })?;
    let word = shell_word(&operand(&path.display().to_string()));
    // Who does not listen has the file all the same.
    let _ = writeln!(
        err,
        "The findings of this run are in {}; accept them from now on with --baseline {word}",
        path.display()
    );
    Ok(())
}

/// Writes what comes, and says how far it is.
struct Reports<'w> {
    outputs: Outputs<'w>,
    progress: Progress,
    fail_on: Severity,
    /// Something was found that makes the exit code 1.
    failed: bool,
}

impl Sink for Reports<'_> {
    type Error = OutputError;

    fn take(&mut self, judgement: &Judgement) -> Result<(), OutputError> {
        self.failed |= judgement.worst().is_some_and(|worst| worst >= self.fail_on);
        self.progress.advance(1);
        self.progress.aside(|| self.outputs.judgement(judgement))
    }

    /// Without a reader there is still an exit code to find.
    fn is_abandoned(&self) -> bool {
        self.failed && self.outputs.is_abandoned()
    }
}

fn exit(summary: &Summary, failed: bool) -> Exit {
    if !summary.failures.is_empty() || summary.lacks_what_strict_wants() {
        Exit::Usage
    } else if failed {
        Exit::Failed
    } else {
        Exit::Done
    }
}
