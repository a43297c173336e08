//! What the commands have in common that change a PKI directory: the CA to issue from, the lock, the judgement before
//! anything is written, and the report.

mod input;
mod json;
mod outcome;
mod text;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, anyhow, bail};
use time::{Duration, OffsetDateTime};

pub(super) use input::{CaArguments, given_ca, read, read_bytes, server_directory};
pub(super) use json::write as write_json;
pub(super) use json::{FileSummary, Retired, Summary, interrupted_run, retired, summary, to_be_retired, word};
pub(super) use outcome::{Asked, Outcome, Renewal, Status, argument, key_name, recovery_note};
pub(super) use text::write as write_text;
pub(super) use text::{
    copy_command, step, write_certificate, write_file, write_notes, write_retired, write_to_be_retired,
};

use crate::emit::{Flag, ServerDirectory, flags_for};
use crate::lint::{self, Finding, Judgement, Rule, Severity, Target};
use crate::model::{FileCache, Lookup, Objects, Setup};
use crate::pki::contents::Contents;
use crate::pki::store::Unhindered;
use crate::pki::{CLUSTER_CA, Change, Kept, Layout, PkiFile, Recovery, Store, StoreError};
use crate::source::formats::flags::invocation;
use crate::source::input::Reach;
use crate::system;

/// To be called before any key is read.
pub(super) fn prepare() -> anyhow::Result<()> {
    if !system::KEEPS_KEYS {
        bail!(
            "this command handles private keys, and wants a Unix for it, where a file can be its owner's alone and \
             several are changed as one\nhelp: run it on Linux or macOS, under WSL for example; `check`, `graph`, \
             `whoami`, `flags` and `explain` work here"
        );
    }
    system::forbid_core_dumps().context("cannot forbid core dumps, which would hold the keys")
}

/// How long another run may take: the largest key is made in less.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5 * 60);
const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

/// A directory that no other run changes, with nothing of an interrupted one left in it.
pub(super) struct Held<F = PkiFile> {
    pub store: Store<'static>,
    pub recovery: Recovery<F>,
}

/// Holds a directory until the end, and finishes what an interrupted run has begun.
pub(super) fn hold<F: Layout>(store: Store<'static>, directory: &Path, err: &mut dyn Write) -> anyhow::Result<Held<F>> {
    if !store.try_lock()? {
        writeln!(err, "waiting for another run of aggcert in {} to finish", directory.display())?;
        wait_for(&store, directory)?;
    }
    let recovery = store.recover()?;
    Ok(Held { store, recovery })
}

/// A run that hangs must not hang every one that comes after it, such as a timer's.
fn wait_for(store: &Store<'_>, directory: &Path) -> anyhow::Result<()> {
    let began = Instant::now();
    while !store.try_lock()? {
        if began.elapsed() > PATIENCE {
            bail!(
                "another run of aggcert has held {} for {} minutes\nhelp: let it finish, or end it (`fuser {}` names it); \
                 then run the same command again: it finishes what was begun",
                directory.display(),
                PATIENCE.as_secs() / 60,
                argument(directory)
            );
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}

/// Where a node's directory, or a copy of one, has the files; `None`: nowhere, or it holds some itself.
pub(super) fn files_below(directory: &Path) -> Option<PathBuf> {
    let mut below = ["etc/kubernetes/pki", "kubernetes/pki", "pki"].map(|below| directory.join(below)).into_iter();
    below.find(|path| has_files(path)).filter(|_| !has_files(directory))
}

pub(super) fn has_files(directory: &Path) -> bool {
    PkiFile::PLACING.iter().any(|file| directory.join(file.name()).exists())
}

/// Nothing is made beside the files that are meant: `check` takes a node's directory, the others theirs.
pub(super) fn refuse_node(directory: &Path) -> anyhow::Result<()> {
    match files_below(directory) {
        Some(below) => bail!(
            "{} holds none of the front proxy's files, and {} does\nhelp: give {} in its place",
            directory.display(),
            below.display(),
            argument(&below)
        ),
        None => Ok(()),
    }
}

/// A directory that has to be there.
pub(super) fn open(directory: &Path) -> anyhow::Result<Store<'static>> {
    refuse_node(directory)?;
    Store::open(directory, &Unhindered)?.with_context(|| {
        format!("{} is not there\nhelp: make it with `aggcert init {}`", directory.display(), argument(directory))
    })
}

/// What a directory holds that is there and complete.
pub(super) fn complete(directory: &Path) -> anyhow::Result<Contents> {
    let store = open(directory)?;
    if store.is_interrupted()? {
        bail!(
            "{} is not complete: an `aggcert init` was interrupted\nhelp: run it again; it finishes what was begun",
            directory.display()
        );
    }
    Ok(Contents::read(&store))
}

/// What is there, for a run that writes nothing.
pub(super) fn look(store: &Store<'_>, directory: &Path) -> anyhow::Result<Contents> {
    refuse_interrupted(store, directory)?;
    Ok(Contents::read(store))
}

/// What an interrupted run has begun must be finished before anything can be said.
pub(super) fn refuse_interrupted(store: &Store<'_>, directory: &Path) -> anyhow::Result<()> {
    if store.is_interrupted()? {
        bail!(
            "{} holds what an interrupted run has begun, so what is to be done cannot be told yet\
             \nhelp: run the same command without --dry-run; it finishes that first",
            directory.display()
        );
    }
    Ok(())
}

/// Writes what was judged.
pub(super) fn commit<F: Layout>(
    store: &Store<'_>,
    change: &Change<F>,
    now: OffsetDateTime,
) -> anyhow::Result<Vec<Kept<F>>> {
    store.commit(change, now).map_err(|error| explain(&error, store, ""))
}

/// The same for one directory of several, of which `before` were changed.
pub(super) fn commit_after(
    before: &[String],
    store: &Store<'_>,
    change: &Change,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    store.commit(change, now).map(drop).map_err(|error| explain(&error, store, &before.join(", ")))
}

/// What would not be written of a change, for a run that writes nothing.
pub(super) fn rehearse<F: Layout>(store: &Store<'_>, change: &Change<F>) -> anyhow::Result<()> {
    store.pending(change.clone()).map(drop).map_err(|error| explain(&error, store, ""))
}

/// The same where what is to be placed is not made.
pub(super) fn refuse_links<F: Layout>(store: &Store<'_>, files: &[F]) -> anyhow::Result<()> {
    store.refuse_links(files).map_err(|error| explain(&error, store, ""))
}

fn explain(error: &StoreError, store: &Store<'_>, before: &str) -> anyhow::Error {
    let help = match store.is_interrupted() {
        Ok(true) => {
            "the change has begun; when the cause is gone, run the same command again: it finishes it".to_owned()
        }
        _ if before.is_empty() => "nothing was changed".to_owned(),
        _ => format!("changed already: {before}; when the cause is gone, run the same command again: it goes on"),
    };
    anyhow!("{error}\nhelp: {help}")
}

/// What is to be judged: the directory as it is going to be.
pub(super) struct Judging<'a> {
    pub directory: &'a Path,
    /// After the change.
    pub contents: &'a Contents,
    pub change: &'a Change,
    /// `--client-ca-file`; `None`: `ca.crt` of the directory, when it is there.
    pub client_ca_file: Option<&'a Path>,
}

impl Judging<'_> {
    /// What `check` warns of. Nothing is made or printed that it would call an error.
    ///
    /// # Errors
    /// With the first error that `check` finds and that the client CA does not have by itself.
    pub(super) fn warnings(&self, now: OffsetDateTime) -> anyhow::Result<Vec<String>> {
        warnings(self.found(now)?)
    }

    /// The same of a step that leads out of what is wrong: what was so `before` does not keep it from being done.
    ///
    /// # Errors
    /// With the first error that the step brings.
    pub(super) fn warnings_of_step(&self, before: &Contents, now: OffsetDateTime) -> anyhow::Result<Vec<String>> {
        // Where nothing works, as a client has ended for example, no step makes it worse.
        let Ok(known) = (Judging { contents: before, change: &Change::default(), ..*self }).found(now) else {
            return Ok(Vec::new());
        };
        warnings(self.found(now)?.into_iter().filter(|finding| !known.contains(finding)))
    }

    /// What the client CA does not have by itself.
    fn found(&self, now: OffsetDateTime) -> anyhow::Result<Vec<Found>> {
        let here = ServerDirectory::here(self.directory).with_context(|| self.directory.display().to_string())?;
        let own = flags_for(self.contents, self.directory, &here, now)?;
        let own = own.flags.iter().map(Flag::argument);
        let client_ca = self.client_ca(&here)?.map(|path| format!("--client-ca-file={path}"));
        let alone = client_ca.iter().cloned().collect::<Vec<_>>();
        let known = self.judge(&alone, now);
        let arguments = own.chain(client_ca).collect::<Vec<_>>();
        Ok(self.judge(&arguments, now).into_iter().filter(|finding| !known.contains(finding)).collect())
    }

    fn client_ca(&self, here: &ServerDirectory) -> anyhow::Result<Option<String>> {
        let absolute = |path: &Path| -> anyhow::Result<String> {
            let path = std::path::absolute(path).with_context(|| path.display().to_string())?;
            Ok(path.to_string_lossy().into_owned())
        };
        match self.client_ca_file {
            Some(path) => absolute(path).map(Some),
            None if self.contents.cluster_ca.present().is_some() => Ok(Some(format!("{here}/{CLUSTER_CA}"))),
            None => Ok(None),
        }
    }

    fn judge(&self, arguments: &[String], now: OffsetDateTime) -> Vec<Found> {
        let cache = FileCache::default();
        for (file, bytes) in &self.change.place {
            if let Ok(directory) = std::path::absolute(self.directory) {
                let path = directory.join(file.name());
                // What is replaced gives its mode.
                let there = std::fs::metadata(&path).ok().and_then(|metadata| Some(system::status(&metadata)?.mode));
                cache.put(&path, bytes, there.unwrap_or(if file.is_key() { 0o600 } else { 0o644 }));
            }
        }
        // The user has named what is read here.
        let reach = Reach::below(Path::new("/"));
        let lookup = Lookup { certain: true, cache, reach, ..Lookup::default() };
        let setup = Setup::load(invocation(arguments), &lookup);
        let context = lint::Context::new(lint::Beside::nothing(), Objects::NONE, now, Duration::ZERO);
        let judgement = lint::judge(Target::of(&setup), &context);
        let findings = judgement.iter().flat_map(Judgement::findings);
        findings.map(|(rule, finding)| Found::of(rule, finding)).collect()
    }
}

/// Of a finding, what a person needs here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    rule: &'static str,
    severity: Severity,
    message: String,
    fix: String,
}

impl Found {
    pub(super) fn of(rule: &Rule, finding: &Finding) -> Self {
        Self {
            rule: rule.id,
            severity: finding.severity,
            message: finding.message.clone(),
            fix: finding.fix.to_string(),
        }
    }
}

/// The warnings among them.
///
/// # Errors
/// With the first error among them.
pub(super) fn warnings(found: impl IntoIterator<Item = Found>) -> anyhow::Result<Vec<String>> {
    let mut warnings = Vec::new();
    for Found { rule, severity, message, fix } in found {
        match severity {
            Severity::Error => bail!("{message} ({rule})\nhelp: {fix}"),
            Severity::Warning => warnings.push(format!("{message} ({rule}): {fix}")),
            Severity::Note => {}
        }
    }
    Ok(warnings)
}
