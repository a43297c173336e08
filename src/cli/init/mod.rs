//! `aggcert init`

mod arguments;
mod json;
mod outcome;
mod text;

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

pub use arguments::InitArguments;
use outcome::Outcome;

use super::{Exit, Format, flags};
use crate::emit::{Flag, FlagSet, ServerDirectory, flags_for};
use crate::lint::{self, Judgement, Severity, Target};
use crate::model::{Lookup, Setup};
use crate::pki::contents::{ContentsError, certificates, key_file};
use crate::pki::store::Unhindered;
use crate::pki::{Contents, GivenCa, Replace, Request, SigningKey, Store, StoreError, make, plan, process};
use crate::source::formats::flags::invocation;

/// No file of certificates or keys comes near.
const MAX_INPUT_SIZE: u64 = 1024 * 1024;

/// Makes what is missing.
///
/// # Errors
/// When something is in the way, cannot be read or cannot be written; nothing has changed then, unless the error says
/// so.
pub fn run(
    arguments: &InitArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let pki_dir = match arguments.check(now).and_then(|()| flags::server_directory(None, &arguments.directory)) {
        Ok(pki_dir) => pki_dir,
        Err(error) => {
            writeln!(err, "error: {error:#}")?;
            return Ok(Exit::Usage);
        }
    };
    process::prepare().context("cannot forbid core dumps, which would hold the keys")?;
    let request = request(arguments)?;
    let outcome = if arguments.dry_run {
        rehearse(arguments, &request, &pki_dir, now)?
    } else {
        perform(arguments, &request, &pki_dir, now, err)?
    };
    match arguments.format {
        Format::Text => text::write(&outcome, out)?,
        Format::Json => json::write(&outcome, out)?,
    }
    Ok(Exit::Done)
}

/// Reads the files that the arguments name.
fn request(arguments: &InitArguments) -> anyhow::Result<Request> {
    let given_ca = match (&arguments.ca_cert, &arguments.ca_key) {
        (Some(certificate_path), Some(key_path)) => Some(given_ca(certificate_path, key_path)?),
        _ => None,
    };
    let cluster_ca = match &arguments.client_ca_file {
        Some(path) => Some((path.clone(), read(path, "--client-ca-file", |bytes| certificates(&bytes))?)),
        None => None,
    };
    let replace = match (arguments.force, arguments.renew_client) {
        (true, _) => Replace::Everything,
        (false, true) => Replace::Client,
        (false, false) => Replace::Nothing,
    };
    Ok(Request { directory: arguments.directory.clone(), replace, given_ca, cluster_ca })
}

fn given_ca(certificate_path: &Path, key_path: &Path) -> anyhow::Result<GivenCa> {
    let certificates = read(certificate_path, "--ca-cert", |bytes| certificates(&bytes))?;
    let key = read(key_path, "--ca-key", key_file)?;
    // Before anything is made: whether it can sign shows only here.
    SigningKey::from_pem(&key.pem).with_context(|| format!("--ca-key {}", key_path.display()))?;
    Ok(GivenCa { certificate_path: certificate_path.to_owned(), key_path: key_path.to_owned(), certificates, key })
}

fn read<T>(
    path: &Path,
    flag: &str,
    parse: impl FnOnce(Zeroizing<Vec<u8>>) -> Result<T, ContentsError>,
) -> anyhow::Result<T> {
    let context = || format!("{flag} {}", path.display());
    // With room from the start: a buffer that grows leaves copies of a key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    File::open(path)
        .and_then(|file| file.take(MAX_INPUT_SIZE + 1).read_to_end(&mut bytes))
        .map_err(|error| anyhow!("{}", error.kind()))
        .with_context(context)?;
    if bytes.len() as u64 > MAX_INPUT_SIZE {
        return Err(anyhow!("it is larger than 1 MiB, which no certificate or key is")).with_context(context);
    }
    parse(bytes).map_err(|error| anyhow!("{error}\nhelp: {}", error.remedy())).with_context(context)
}

/// `--dry-run`: all but the keys and the writing.
fn rehearse(
    arguments: &InitArguments,
    request: &Request,
    pki_dir: &ServerDirectory,
    now: OffsetDateTime,
) -> anyhow::Result<Outcome> {
    let store = Store::open(&arguments.directory, &Unhindered)?;
    if let Some(store) = &store
        && store.is_interrupted()?
    {
        bail!(
            "{} holds what an interrupted `aggcert init` has begun, so what is to be done cannot be told yet\
             \nhelp: run init without --dry-run; it finishes that first",
            arguments.directory.display()
        );
    }
    let contents = store.as_ref().map(Contents::read).unwrap_or_default();
    let plan = plan(request, &contents, now)?;
    let flags = if plan.changes_nothing() { Some(judged_flags(&contents, arguments, pki_dir, now)?) } else { None };
    Ok(Outcome::new(arguments, &plan, &contents, flags, now))
}

fn perform(
    arguments: &InitArguments,
    request: &Request,
    pki_dir: &ServerDirectory,
    now: OffsetDateTime,
    err: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    let store = open(arguments, request, now)?;
    if !store.try_lock()? {
        writeln!(err, "waiting for another `aggcert init` in {} to finish", arguments.directory.display())?;
        store.lock()?;
    }
    let recovery = store.recover()?;
    let contents = Contents::read(&store);
    let plan = plan(request, &contents, now)?;
    if plan.changes_nothing() {
        let flags = judged_flags(&contents, arguments, pki_dir, now)?;
        let outcome = Outcome::new(arguments, &plan, &contents, Some(flags), now);
        return Ok(Outcome { recovery, ..outcome });
    }
    let wishes = arguments.wishes();
    if wishes.key_algorithm.takes_long() {
        writeln!(err, "making {} keys; this can take a while", wishes.key_algorithm)?;
    }
    let made = make(&plan, &wishes, now)?;
    let retired = store.commit(&made.change, now).map_err(|error| explain(&error, &store))?;
    let contents = Contents::read(&store);
    let flags = judged_flags(&contents, arguments, pki_dir, now)?;
    let outcome = Outcome::new(arguments, &plan, &contents, Some(flags), now);
    Ok(Outcome { recovery, retired, client_cut: made.client_cut, ..outcome })
}

/// The directory, made only when there is nothing to refuse.
fn open(arguments: &InitArguments, request: &Request, now: OffsetDateTime) -> anyhow::Result<Store<'static>> {
    if let Some(store) = Store::open(&arguments.directory, &Unhindered)? {
        return Ok(store);
    }
    plan(request, &Contents::default(), now)?;
    Ok(Store::create(&arguments.directory, &Unhindered)?)
}

fn explain(error: &StoreError, store: &Store<'_>) -> anyhow::Error {
    let help = match store.is_interrupted() {
        Ok(true) => "the change has begun; when the cause is gone, run init again: it finishes it",
        _ => "nothing was changed",
    };
    anyhow!("{error}\nhelp: {help}")
}

/// The flags for what is on the disk now, after it was judged with the code of `check`.
fn judged_flags(
    contents: &Contents,
    arguments: &InitArguments,
    pki_dir: &ServerDirectory,
    now: OffsetDateTime,
) -> anyhow::Result<FlagSet> {
    let flags = flags_for(contents, &arguments.directory, pki_dir, now)?;
    judge(&flags, &arguments.directory, now)?;
    Ok(flags)
}

/// What `check` says about the flags and the files that they name, which are in `directory` here.
fn judge(flags: &FlagSet, directory: &Path, now: OffsetDateTime) -> anyhow::Result<()> {
    let arguments: Vec<String> = flags.flags.iter().map(Flag::argument).collect();
    let lookup = Lookup { pki_dir: Some(directory.to_owned()), certain: true, ..Lookup::default() };
    let setup = Setup::load(invocation(&arguments), &lookup);
    let context = lint::Context { target: Target::of(&setup), beside: &[], now, expiry_warning: Duration::ZERO };
    let judgement = lint::judge(&context);
    let error = judgement.iter().flat_map(Judgement::findings).find(|(_, finding)| finding.severity == Severity::Error);
    match error {
        Some((rule, finding)) => bail!("{} ({})\nhelp: {}", finding.message, rule.id, finding.fix),
        None => Ok(()),
    }
}
