//! `aggcert init`

mod arguments;

use std::io::Write;

use anyhow::bail;
use time::OffsetDateTime;

pub(super) use arguments::InitArguments;

use super::directory::{self, Asked, Judging, Outcome, argument};
use super::{Exit, Format};
use crate::emit::{FlagSet, ServerDirectory, flags_for};
use crate::pki::store::Unhindered;
use crate::pki::{
    CaPlan, Change, Contents, PkiFile, Plan, Replace, Request, Store, Wishes, dated_name, former_cas, hazards, make,
    plan,
};

/// Makes what is missing.
///
/// # Errors
/// When something is in the way, cannot be read or cannot be written; nothing has changed then, unless the error says
/// so.
pub(super) fn run(
    arguments: &InitArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    directory::prepare()?;
    let pki_dir = match arguments.check(now).and_then(|()| directory::server_directory(None, &arguments.directory)) {
        Ok(pki_dir) => pki_dir,
        Err(error) => {
            writeln!(err, "error: {error:#}")?;
            return Ok(Exit::Usage);
        }
    };
    let replace = if arguments.force { Replace::Everything } else { Replace::Nothing };
    let request = arguments.ca.request(&arguments.directory, replace)?;
    let initialiser = Initialiser { arguments, request: &request, pki_dir: &pki_dir, now };
    let outcome = if arguments.dry_run { initialiser.rehearse()? } else { initialiser.perform(err)? };
    match arguments.format {
        Format::Text => directory::write_text(&outcome, out)?,
        Format::Json => directory::write_json(&outcome, out)?,
    }
    Ok(Exit::Done)
}

struct Initialiser<'a> {
    arguments: &'a InitArguments,
    request: &'a Request,
    pki_dir: &'a ServerDirectory,
    now: OffsetDateTime,
}

impl Initialiser<'_> {
    /// `--dry-run`: all but the keys and the writing.
    fn rehearse(&self) -> anyhow::Result<Outcome> {
        let store = Store::open(&self.arguments.directory, &Unhindered)?;
        let contents = match &store {
            Some(store) => directory::look(store, &self.arguments.directory)?,
            None => Contents::default(),
        };
        self.refuse_rotation(&contents)?;
        let plan = plan(self.request, &contents, self.now)?;
        store.as_ref().map_or(Ok(()), |store| directory::refuse_links(store, &plan.retire))?;
        let judged = if plan.changes_nothing() { Some(self.judged(&contents, &Change::default())?) } else { None };
        let (flags, warnings) = judged.unzip();
        let warnings = self.words(&plan, &contents).chain(warnings.unwrap_or_default()).collect();
        let wishes = self.wishes(&plan, &contents, store.as_ref());
        let outcome = Outcome::new(self.asked(&plan, wishes), &plan, &contents, flags, self.now);
        Ok(Outcome { warnings, ..outcome })
    }

    fn perform(&self, err: &mut dyn Write) -> anyhow::Result<Outcome> {
        let directory::Held { store, recovery } = directory::hold(self.open()?, &self.arguments.directory, err)?;
        let contents = Contents::read(&store);
        self.refuse_rotation(&contents)?;
        let plan = plan(self.request, &contents, self.now)?;
        let wishes = self.wishes(&plan, &contents, Some(&store));
        if wishes.key_algorithm.takes_long() && !plan.changes_nothing() {
            writeln!(err, "making {} keys; this can take a while", wishes.key_algorithm)?;
        }
        let made = make(&plan, &wishes, self.now)?;
        let (flags, mut warnings) = self.judged(&contents.after(&made.change), &made.change)?;
        warnings.splice(..0, self.words(&plan, &contents));
        let retired =
            if plan.changes_nothing() { Vec::new() } else { directory::commit(&store, &made.change, self.now)? };
        let outcome = Outcome::new(self.asked(&plan, wishes), &plan, &Contents::read(&store), Some(flags), self.now);
        let hazards = hazards(&store, &PkiFile::SERVED)?;
        Ok(Outcome { recovery, retired, client_cut: made.client_cut, warnings, hazards, ..outcome })
    }

    /// `--force` would end the overlap of two CAs: servers that have one of them would refuse the new client.
    fn refuse_rotation(&self, contents: &Contents) -> anyhow::Result<()> {
        let has_two = contents.ca_certificates.present().is_some_and(|bundle| bundle.len() > 1);
        let has_next = contents.next_client_certificates.present().is_some();
        if self.arguments.force && (has_two || has_next) {
            let (shown, directory) = (self.arguments.directory.display(), argument(&self.arguments.directory));
            bail!(
                "{shown} is in the middle of a rotation: {}\nhelp: `aggcert rotate status {directory}` says where it \
                 stands, and how to finish it or take it back; or make everything anew in another directory",
                if has_next { "front-proxy-client.next.crt is there" } else { "front-proxy-ca.crt holds several CAs" }
            );
        }
        Ok(())
    }

    /// What a person should know of what is done, beside what rules find.
    fn words(&self, plan: &Plan, contents: &Contents) -> impl Iterator<Item = String> {
        gap(plan).into_iter().chain(not_compared(self.request, contents))
    }

    /// The directory, made only when there is nothing to refuse.
    fn open(&self) -> anyhow::Result<Store<'static>> {
        if let Some(store) = Store::open(&self.arguments.directory, &Unhindered)? {
            return Ok(store);
        }
        let plan = plan(self.request, &Contents::default(), self.now)?;
        if self.request.given_ca.is_some() {
            // A CA that others have made may be one that `check` refuses.
            let made = make(&plan, &self.arguments.wishes(), self.now)?;
            self.judged(&Contents::default().after(&made.change), &made.change)?;
        }
        Ok(Store::create(&self.arguments.directory, &Unhindered)?)
    }

    /// What is asked for; a CA that takes another's place does not take its name: neither logs nor servers could tell the
    /// two apart.
    fn wishes(&self, plan: &Plan, contents: &Contents, store: Option<&Store<'_>>) -> Wishes {
        let wishes = self.arguments.wishes();
        if self.arguments.ca_common_name.is_some() || plan.ca != CaPlan::Make || !replaces_ca(plan) {
            return wishes;
        }
        let before = contents.ca_certificates.present().and_then(|bundle| bundle.first());
        let before = before.map(|ca| ca.subject.common_name()).unwrap_or_default();
        let former = store.map(former_cas).unwrap_or_default();
        let is_used = |name: &str| former.iter().any(|ca| ca.subject.common_name() == name);
        Wishes { ca_common_name: dated_name(before, &wishes.ca_common_name, self.now, is_used), ..wishes }
    }

    fn asked(&self, plan: &Plan, wishes: Wishes) -> Asked {
        Asked {
            directory: self.arguments.directory.clone(),
            dry_run: self.arguments.dry_run,
            wishes,
            idle_options: self.arguments.idle(plan),
        }
    }

    /// The flags for what the directory holds after a change, and what `check` warns of.
    fn judged(&self, contents: &Contents, change: &Change) -> anyhow::Result<(FlagSet, Vec<String>)> {
        let directory = &self.arguments.directory;
        let client_ca_file = self.arguments.ca.client_ca_file.as_deref();
        let warnings = Judging { directory, contents, change, client_ca_file }.warnings(self.now)?;
        Ok((flags_for(contents, directory, self.pki_dir, self.now)?, warnings))
    }
}

fn replaces_ca(plan: &Plan) -> bool {
    plan.retire.contains(&PkiFile::CaCertificate)
}

/// A CA that others have made may be the cluster's own, whose every client would be a front proxy.
fn not_compared(request: &Request, contents: &Contents) -> Option<String> {
    let is_known = request.cluster_ca.is_some() || contents.cluster_ca.present().is_some();
    (request.given_ca.is_some() && !is_known).then(|| {
        "nobody has compared this CA with the cluster's own, and it must not be that one: name the file of \
         --client-ca-file with the option of that name, here or for `aggcert check`"
            .to_owned()
    })
}

/// What `--force` does to servers that use what was there.
fn gap(plan: &Plan) -> Option<String> {
    (replaces_ca(plan) && plan.retire.contains(&PkiFile::ClientCertificate)).then(|| {
        "the CA is another one now: kube-apiservers that run here load the new client at once, and extension API servers \
         refuse it with 401 until every server has the new CA; `aggcert rotate start` replaces a CA without such a gap"
            .to_owned()
    })
}
