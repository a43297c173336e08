//! `aggcert extension`

mod arguments;
mod files;
mod json;
mod outcome;
mod standing;
mod steps;
mod text;

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use time::OffsetDateTime;

pub(super) use arguments::ExtensionArguments;
use files::{Objects, judge, other_server};
use outcome::Outcome;

use super::directory::{self, Held};
use super::{Exit, Format};
use crate::emit::extension::Extension;
use crate::kubernetes::names::ApiServiceName;
use crate::pki::contents::key_file;
use crate::pki::serving::{
    ServingContents, ServingFile, ServingPlan, ServingReason, ServingRefusal, ServingRequest, make_serving,
    plan_serving,
};
use crate::pki::store::Unhindered;
use crate::pki::{Change, Kept, Layout as _, Recovery, Store, hazards, wide_keys};

/// Makes what is missing or due, or the next step of replacing a CA.
///
/// # Errors
/// When something is in the way, cannot be read or cannot be written; nothing has changed then, unless the error says
/// so.
pub(super) fn run(
    arguments: &ExtensionArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    arguments.check(now)?;
    directory::prepare()?;
    let there = also_there(arguments)?;
    let arguments = &ExtensionArguments { also: [&arguments.also[..], &there].concat(), ..arguments.clone() };
    let maker = Maker { arguments, also_there: there, directory: arguments.directory(), now };
    let outcome = if arguments.dry_run { maker.rehearse(err)? } else { maker.perform(err)? };
    match arguments.format {
        Format::Text => text::write(&outcome, out)?,
        Format::Json => json::write(&outcome, out)?,
    }
    Ok(if outcome.is_overdue() { Exit::Failed } else { Exit::Done })
}

/// The APIs that an earlier run was asked for.
fn also_there(arguments: &ExtensionArguments) -> anyhow::Result<Vec<ApiServiceName>> {
    let Some(store) = Store::open(&arguments.directory(), &Unhindered)? else { return Ok(Vec::new()) };
    let there = store.read(ServingFile::ApiService.name())?;
    Ok(there.map(|there| files::also_there(&there, &arguments.extension())).unwrap_or_default())
}

struct Maker<'a> {
    arguments: &'a ExtensionArguments,
    /// The APIs of the server that nobody asked for, and that stay.
    also_there: Vec<ApiServiceName>,
    directory: PathBuf,
    now: OffsetDateTime,
}

/// What is going to be done, judged.
struct Work {
    /// `None`: cert-manager makes the certificates.
    plan: Option<ServingPlan>,
    change: Change<ServingFile>,
    contents: ServingContents,
    /// Files that are not as they would be made, and stay.
    edited: Vec<ServingFile>,
    warnings: Vec<String>,
}

impl Maker<'_> {
    /// `--dry-run`: all but the writing.
    fn rehearse(&self, err: &mut dyn Write) -> anyhow::Result<Outcome<'_>> {
        let store = Store::open(&self.directory, &Unhindered)?;
        if let Some(store) = &store {
            directory::refuse_interrupted(store, &self.directory)?;
        }
        let work = self.work(store.as_ref(), err)?;
        store.as_ref().map_or(Ok(()), |store| directory::rehearse(store, &work.change))?;
        Ok(Outcome::new(self.arguments, store.as_ref(), work, self.now))
    }

    fn perform(&self, err: &mut dyn Write) -> anyhow::Result<Outcome<'_>> {
        let Some(store) = Store::open(&self.directory, &Unhindered)? else {
            // The directory is made only when there is nothing to refuse.
            let work = self.work(None, err)?;
            let store = Store::create(&self.directory, &Unhindered)?;
            return self.commit(directory::hold(store, &self.directory, err)?, Some(work), err);
        };
        self.commit(directory::hold(store, &self.directory, err)?, None, err)
    }

    /// `work` was done for an empty directory, which another run may have filled meanwhile.
    fn commit(&self, held: Held<ServingFile>, work: Option<Work>, err: &mut dyn Write) -> anyhow::Result<Outcome<'_>> {
        let Held { store, recovery } = held;
        let is_empty = recovery == Recovery::Nothing && store.names()?.is_empty();
        let work = match work.filter(|_| is_empty) {
            Some(work) => work,
            None => self.work(Some(&store), err)?,
        };
        let outcome = Outcome::new(self.arguments, Some(&store), work, self.now);
        let retired = if outcome.wrote() { directory::commit(&store, &outcome.change, self.now)? } else { Vec::new() };
        let mut hazards = hazards(&store, &[ServingFile::Certificate, ServingFile::Key])?;
        hazards.extend(wide_keys::<ServingFile>(&store)?);
        let mut old_ca_keys: Vec<Kept<ServingFile>> = store.kept()?;
        old_ca_keys.retain(|kept| kept.file == ServingFile::CaKey);
        Ok(Outcome { recovery, retired, old_ca_keys, hazards, ..outcome })
    }

    fn work(&self, store: Option<&Store<'_>>, err: &mut dyn Write) -> anyhow::Result<Work> {
        let mut contents = store.map(ServingContents::read).unwrap_or_default();
        self.give_ca_key(&mut contents)?;
        let extension = self.arguments.extension();
        self.refuse_others(store, &extension)?;
        let (plan, change) = if self.arguments.cert_manager {
            (None, Change::default())
        } else {
            let (plan, change) = self.certificates(&contents, err)?;
            (Some(plan), change)
        };
        let before = Objects::of(self.arguments, &extension, &contents);
        let contents = contents.after(&change);
        let objects = Objects::of(self.arguments, &extension, &contents);
        let (change, edited) = objects.join(change, &before, store, self.arguments)?;
        let mut warnings = judge(&objects, &change, store, &extension, self.now)?;
        warnings.extend(self.also_there.iter().map(|api| {
            format!(
                "{} holds {api}, too, and it stays as with `--also {api}`; where the server does not serve it any more, take it \
                 out of the file and the cluster",
                ServingFile::ApiService
            )
        }));
        Ok(Work { plan, change, contents, edited, warnings })
    }

    fn certificates(
        &self,
        contents: &ServingContents,
        err: &mut dyn Write,
    ) -> anyhow::Result<(ServingPlan, Change<ServingFile>)> {
        let wishes = self.arguments.wishes(contents);
        let request = ServingRequest { directory: self.directory.clone(), ask: self.arguments.ask(), wishes };
        let plan = plan_serving(&request, contents, self.now)?;
        let algorithm = request.wishes.key_algorithm;
        if algorithm.takes_long() && !plan.changes_nothing() {
            writeln!(err, "making {algorithm} keys; this can take a while")?;
        }
        let change = make_serving(&plan, &request.wishes, contents, self.now)?;
        Ok((plan, change))
    }

    /// `--ca-key`
    fn give_ca_key(&self, contents: &mut ServingContents) -> anyhow::Result<()> {
        let Some(path) = &self.arguments.ca_key else { return Ok(()) };
        let ca = self.directory.join(ServingFile::CaCertificate.name());
        let key = directory::read(path, "--ca-key", key_file)?;
        let bundle = contents.ca_certificates.present().map_or(&[][..], Vec::as_slice);
        if contents.has(ServingFile::CaKey) {
            bail!(
                "{} is there, so --ca-key is not needed\nhelp: leave it out",
                self.directory.join(ServingFile::CaKey.name()).display()
            );
        }
        if !bundle.iter().any(|ca| key.key.matches(ca)) {
            bail!(
                "--ca-key {} is the key of no CA in {}\nhelp: give the key that signed the certificate which is there",
                path.display(),
                ca.display()
            );
        }
        contents.give_ca_key(key);
        Ok(())
    }

    /// A Secret of ours and one of cert-manager's would fight for one name; and one directory is one server's.
    fn refuse_others(&self, store: Option<&Store<'_>>, extension: &Extension) -> anyhow::Result<()> {
        let Some(store) = store else { return Ok(()) };
        let refuse = |reason| Err(ServingRefusal { directory: self.directory.clone(), reason }.into());
        let theirs: &[ServingFile] = if self.arguments.cert_manager {
            &[ServingFile::Key, ServingFile::CaKey, ServingFile::Secret]
        } else {
            &[ServingFile::CertManager]
        };
        for file in theirs {
            if store.status(file.name())?.is_some() {
                return refuse(ServingReason::MadeOtherwise { there: *file });
            }
        }
        let there = store.read(ServingFile::ApiService.name())?.filter(|_| !self.arguments.force);
        match there.and_then(|there| other_server(&there, extension)) {
            Some((api, service)) => refuse(ServingReason::OtherServer { api, service }),
            None => Ok(()),
        }
    }
}
