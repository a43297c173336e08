//! `aggcert check`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use rayon::prelude::*;
use time::{Duration, OffsetDateTime};

use super::inputs::InputArguments;
use super::progress::Progress;
use super::{BadArguments, Exit, style};
use crate::inventory::{self, Inventory, Reading};
use crate::lint::policy::parse_period;
use crate::lint::{Baseline, BaselineRecorder, Context, Judgement, Policy, Summary, Target, judge, rules};
use crate::model::Setup;
use crate::report::output::{Output, Outputs};
use crate::report::{self, Format};
use crate::source::BaseDirectory;
use crate::source::input::{Input, InputError, Unit};

/// Judge existing set-ups: say what is wrong, why it matters, and how to mend it
///
/// Reads static pod manifests and other Kubernetes objects, systemd units, shell scripts and command lines, kubeadm and
/// distribution configurations, the ConfigMap extension-apiserver-authentication, APIServices, and PKI directories. Each
/// is recognised by its content. Without a PATH, what this host has is judged.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aggcert check                                     what this control-plane node has
  aggcert check /etc/kubernetes/manifests           one directory
  aggcert check node1/ node2/ node3/                copied nodes, which are compared as well
  aggcert check manifests/ --root /mnt/node         paths in the flags are looked up below /mnt/node
  aggcert check -- --client-ca-file=ca.crt ...      flags
  kubectl -n kube-system get cm extension-apiserver-authentication -o yaml | aggcert check -
  aggcert check . --format github --output sarif=aggcert.sarif

Exit codes: 0 nothing at or above --fail-on, 1 something, 2 could not check.")]
pub struct CheckArguments {
    #[command(flatten)]
    inputs: InputArguments,
    /// Warn of certificates that end within this time (h, d, y)
    #[arg(long, value_name = "TIME", value_parser = parse_period)]
    expiry_warning: Option<Duration>,
    /// The least severity that makes the exit code 1
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// What is written to standard output
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write a further report to a file (`-`: standard output)
    #[arg(long, value_name = "FORMAT=FILE")]
    output: Vec<Output>,
    /// Use this aggcert.toml instead of the nearest one upwards
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Report only findings that are not in FILE
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all findings to FILE, to be the baseline from now on
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum FailOn {
    #[default]
    Error,
    Warning,
    Note,
}

/// Units that are judged at a time: enough for every thread, few enough to be held.
const BATCH: usize = 256;

const DEFAULT_EXPIRY_WARNING: Duration = Duration::days(30);

pub fn run(arguments: &CheckArguments, now: OffsetDateTime, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let working_directory = std::env::current_dir()?;
    let base = BaseDirectory::of_repository(&working_directory);
    let policy = policy(arguments.config.as_deref(), &working_directory)?;
    let baseline = arguments.baseline.as_deref().map(Baseline::load).transpose();
    let now = arguments.inputs.at.unwrap_or(now);
    let settings = report::Settings { style: style(), base: base.clone(), rules: rules::ALL };
    let outputs = Outputs::open(arguments.format, &arguments.output, &settings, out);

    let judge = Judge {
        reading: arguments.inputs.reading(),
        now,
        expiry_warning: arguments.expiry_warning.or(policy.expiry_warning).unwrap_or(DEFAULT_EXPIRY_WARNING),
        policy,
        several_inputs: arguments.inputs.paths.len() > 1,
    };
    let mut run = Run {
        judge,
        base,
        baseline: baseline.map_err(|error| BadArguments(error.to_string()))?,
        recorder: arguments.write_baseline.is_some().then(BaselineRecorder::default),
        outputs: outputs.map_err(|error| BadArguments(error.to_string()))?,
        summary: Summary { now: Some(now), ..Summary::default() },
        progress: Progress::new("set-ups judged"),
    };
    run.outputs.begin()?;
    run.inputs(&arguments.inputs)?;
    let Run { outputs, summary, recorder, progress, .. } = run;
    drop(progress);
    outputs.finish(&summary)?;
    if let (Some(recorder), Some(path)) = (recorder, &arguments.write_baseline) {
        let written = report::write_whole(path, recorder.to_json().as_bytes());
        written.with_context(|| format!("cannot write the baseline {}", path.display()))?;
    }
    Ok(exit(&summary, arguments.fail_on))
}

fn policy(config: Option<&Path>, working_directory: &Path) -> anyhow::Result<Policy> {
    let path = config.map(Path::to_owned).or_else(|| Policy::search(working_directory));
    let Some(path) = path else { return Ok(Policy::none()) };
    let policy = Policy::load(&path, working_directory, rules::ALL);
    Ok(policy.map_err(|error| BadArguments(error.to_string()))?)
}

fn exit(summary: &Summary, fail_on: FailOn) -> Exit {
    let found = match fail_on {
        FailOn::Error => summary.errors,
        FailOn::Warning => summary.errors + summary.warnings,
        FailOn::Note => summary.errors + summary.warnings + summary.notes,
    };
    if !summary.failures.is_empty() {
        Exit::Usage
    } else if found > 0 {
        Exit::Failed
    } else {
        Exit::Done
    }
}

/// What turns inputs into judgements; the same for every thread.
struct Judge {
    reading: Reading,
    now: OffsetDateTime,
    expiry_warning: Duration,
    policy: Policy,
    /// There may be several nodes to compare.
    several_inputs: bool,
}

/// One run: judgements go to the outputs in the order of the inputs, whatever thread judged them.
struct Run<'w> {
    judge: Judge,
    base: BaseDirectory,
    baseline: Option<Baseline>,
    recorder: Option<BaselineRecorder>,
    outputs: Outputs<'w>,
    summary: Summary,
    progress: Progress,
}

/// What became of one unit.
struct Judged {
    judgements: Vec<Judgement>,
    files_read: usize,
    unrecognised: usize,
    failures: Vec<String>,
    /// The servers, for the comparison of nodes: one is enough to be one, two are too many.
    servers: Vec<Setup>,
}

impl Judge {
    fn unit(&self, unit: Result<Unit, InputError>) -> Judged {
        let inventory = match unit {
            Ok(unit) => Inventory::of_unit(&unit, &self.reading),
            Err(error) => Inventory { failures: vec![error.to_string()], ..Inventory::default() },
        };
        self.inventory(inventory, &[])
    }

    /// Asks the rules. `nodes` are servers from elsewhere on the command line, which a ConfigMap belongs to.
    fn inventory(&self, inventory: Inventory, nodes: &[Setup]) -> Judged {
        let judgements = inventory
            .targets()
            .into_par_iter()
            .filter_map(|target| {
                let mut beside = inventory.beside(&target);
                if matches!(target, Target::ConfigMap(_)) {
                    beside.extend(nodes.iter().map(Target::Server));
                }
                judge(&self.context(target, &beside))
            })
            .map(|judgement| self.policy.apply(judgement, self.now))
            .collect();
        let most = if self.several_inputs { 2 } else { 0 };
        let servers = inventory.servers().take(most).cloned().collect();
        let Inventory { files_read, unrecognised, failures, .. } = inventory;
        Judged { judgements, files_read, unrecognised: unrecognised.len(), failures, servers }
    }

    fn context<'a>(&self, target: Target<'a>, beside: &'a [Target<'a>]) -> Context<'a> {
        Context { target, beside, now: self.now, expiry_warning: self.expiry_warning }
    }
}

impl Run<'_> {
    fn inputs(&mut self, arguments: &InputArguments) -> anyhow::Result<()> {
        let host = if self.judge.reading.this_host {
            inventory::host_inputs(self.judge.reading.root.as_deref())
        } else {
            Vec::new()
        };
        if self.judge.reading.this_host && host.is_empty() {
            self.summary.failures.push(nothing_on_host(self.judge.reading.root.as_deref()));
        }
        let judgement = judge(&self.judge.context(Target::Policy(&self.judge.policy), &[]));
        if self.judge.policy.ignores() > 0 {
            judgement.map_or(Ok(()), |judgement| self.emit(judgement))?;
        }
        // What is named by itself is one inventory; directories are searched, each for a node of its own.
        let mut named = Inventory::default();
        let mut nodes: Vec<Setup> = Vec::new();
        for path in arguments.paths.iter().chain(&host) {
            match Input::of(path) {
                Ok(Input::Directory(directory)) => nodes.extend(self.directory(&directory)?),
                Ok(Input::File(file)) => named.add_file(&file, &self.judge.reading),
                Ok(Input::Stdin) => named.add_stream(std::io::stdin().lock(), &self.judge.reading),
                Err(error) => self.summary.failures.push(error.to_string()),
            }
        }
        if !arguments.flags.is_empty() {
            named.add_flags(&arguments.flags, &self.judge.reading);
        }
        named.failures.extend(named.unrecognised.drain(..).map(|file| unrecognised(&file)));
        let judged = self.judge.inventory(named, &nodes);
        self.take(judged)?;
        if nodes.len() > 1 {
            let nodes: Vec<&Setup> = nodes.iter().collect();
            let judgement = judge(&self.judge.context(Target::Nodes(&nodes), &[]));
            judgement.map_or(Ok(()), |judgement| self.emit(judgement))?;
        }
        Ok(())
    }

    /// Judges all that is below a directory; gives its server, when there is exactly one.
    fn directory(&mut self, directory: &Path) -> anyhow::Result<Option<Setup>> {
        let read_before = self.summary.files_read;
        let failed_before = self.summary.failures.len();
        let mut servers: Vec<Setup> = Vec::new();
        let mut units = inventory::units(directory);
        let mut next = || units.by_ref().take(BATCH).collect::<Vec<Result<Unit, InputError>>>();
        let mut batch = next();
        while !batch.is_empty() && !self.outputs.is_abandoned() {
            let judge = &self.judge;
            let judged: Vec<Judged>;
            // The walk goes on while the rules are asked.
            (judged, batch) = rayon::join(|| batch.into_par_iter().map(|unit| judge.unit(unit)).collect(), &mut next);
            for mut judged in judged {
                servers.append(&mut judged.servers);
                servers.truncate(2);
                self.take(judged)?;
            }
        }
        if self.summary.files_read == read_before {
            let mut inventory = Inventory::default();
            if inventory.add_pki_directory(directory, &self.judge.reading) {
                let judged = self.judge.inventory(inventory, &[]);
                servers.extend(judged.servers.iter().cloned());
                self.take(judged)?;
            } else if self.summary.failures.len() == failed_before {
                self.summary.failures.push(unrecognised(&directory.display().to_string()));
            }
        }
        Ok(if servers.len() == 1 { servers.pop() } else { None })
    }

    fn take(&mut self, judged: Judged) -> anyhow::Result<()> {
        self.summary.files_read += judged.files_read;
        self.summary.files_unrecognised += judged.unrecognised;
        self.summary.failures.extend(judged.failures);
        judged.judgements.into_iter().try_for_each(|judgement| self.emit(judgement))
    }

    fn emit(&mut self, judgement: Judgement) -> anyhow::Result<()> {
        if let Some(recorder) = &mut self.recorder {
            recorder.add(&self.base, &judgement);
        }
        let judgement = match &mut self.baseline {
            Some(baseline) => baseline.apply(&self.base, judgement),
            None => judgement,
        };
        self.summary.count(&judgement);
        self.progress.advance(1);
        Ok(self.progress.aside(|| self.outputs.judgement(&judgement))?)
    }
}

fn unrecognised(file: &str) -> String {
    format!(
        "{file}: nothing in it was recognised as a kube-apiserver's flags, a ConfigMap, an APIService or a PKI directory; \
         `aggcert check --help` says what is read, --input-format forces a shape"
    )
}

fn nothing_on_host(root: Option<&Path>) -> String {
    let place = root.map_or_else(|| "this host".to_owned(), |root| root.display().to_string());
    format!(
        "{place}: there is no kube-apiserver manifest or unit in the usual places (/etc/kubernetes/manifests/\
         kube-apiserver.yaml and the like); give the path: aggcert check PATH"
    )
}
