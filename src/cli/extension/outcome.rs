//! What the command has done, whatever the format.

use std::path::PathBuf;

use time::OffsetDateTime;

use super::super::directory::{Status, recovery_note};
use super::{ExtensionArguments, Work};
use crate::emit::extension::Extension;
use crate::pki::serving::{Ask, CaStep, ServingContents, ServingFile, ServingPlan, Stage, Why};
use crate::pki::{Change, Hazard, Kept, Layout as _, Recovery, Store};

/// The end of a run, or of its rehearsal.
pub(super) struct Outcome<'a> {
    pub arguments: &'a ExtensionArguments,
    pub extension: Extension,
    pub directory: PathBuf,
    pub now: OffsetDateTime,
    /// `None`: cert-manager makes the certificates.
    pub plan: Option<ServingPlan>,
    pub change: Change<ServingFile>,
    /// After the change.
    pub contents: ServingContents,
    /// Files that were there before, and stay as they are.
    pub there: Vec<ServingFile>,
    pub edited: Vec<ServingFile>,
    pub warnings: Vec<String>,
    pub recovery: Recovery<ServingFile>,
    pub retired: Vec<Kept<ServingFile>>,
    /// Copies of CAs' keys that make certificates nobody is to trust any more.
    pub old_ca_keys: Vec<Kept<ServingFile>>,
    pub hazards: Vec<Hazard>,
}

impl<'a> Outcome<'a> {
    pub(super) fn new(
        arguments: &'a ExtensionArguments,
        store: Option<&Store<'_>>,
        work: Work,
        now: OffsetDateTime,
    ) -> Self {
        let Work { plan, change, contents, edited, warnings } = work;
        let is_there = |file: &ServingFile| {
            store.is_some_and(|store| store.status(file.name()).is_ok_and(|status| status.is_some()))
        };
        let goes = |file: &ServingFile| change.replaces(file) || change.remove.contains(file);
        let there = ServingFile::PKI.into_iter().chain(ServingFile::OBJECTS);
        let there = there.filter(|file| is_there(file) && !goes(file)).collect();
        Self {
            arguments,
            extension: arguments.extension(),
            directory: arguments.directory(),
            now,
            plan,
            change,
            contents,
            there,
            edited,
            warnings,
            recovery: Recovery::Nothing,
            retired: Vec::new(),
            old_ca_keys: Vec::new(),
            hazards: Vec::new(),
        }
    }

    pub(super) fn is_rehearsal(&self) -> bool {
        self.arguments.dry_run
    }

    pub(super) fn status(&self, file: ServingFile) -> Option<Status> {
        let is_placed = self.change.place.iter().any(|(placed, _)| *placed == file);
        match (is_placed, self.change.replaces(&file)) {
            (true, true) => Some(Status::Renewed),
            (true, false) => Some(Status::Made),
            (false, _) => self.there.contains(&file).then_some(Status::Kept),
        }
    }

    /// Whether a file was written, or would be.
    pub(super) fn wrote(&self) -> bool {
        !self.change.place.is_empty() || !self.change.remove.is_empty()
    }

    pub(super) fn changed(&self) -> bool {
        self.wrote() || matches!(self.recovery, Recovery::Finished(_))
    }

    /// What was kept under dated names, by the interrupted run and by this one.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Kept<ServingFile>> {
        self.recovery.kept().iter().chain(&self.retired)
    }

    pub(super) fn stage(&self) -> Stage {
        self.plan.as_ref().map_or(Stage::One, |plan| plan.stage)
    }

    pub(super) fn ca_step(&self) -> CaStep {
        self.plan.as_ref().map_or(CaStep::Keep, |plan| plan.ca)
    }

    /// Whether only a person can do what is due now.
    pub(super) fn is_overdue(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.is_overdue)
    }

    /// What happened, in one sentence without its end.
    pub(super) fn headline(&self) -> String {
        let (directory, host) = (self.directory.display(), self.extension.host_name());
        let done = |done: &str, would: &str| if self.is_rehearsal() { would.to_owned() } else { done.to_owned() };
        let (made, renewed) = (done("Made", "Would make"), done("Renewed", "Would renew"));
        match (self.ca_step(), self.plan.as_ref().and_then(|plan| plan.certificate.as_ref())) {
            (CaStep::TrustBoth, _) => {
                format!("{made} a new CA in {directory}: step 1 of 3 of replacing it, trust both")
            }
            (CaStep::Switch, _) => {
                format!("{made} a certificate of the new CA in {directory}: step 2 of 3, switch")
            }
            (CaStep::Distrust, _) => {
                let left = done("Left", "Would leave");
                format!("{left} the other CA out in {directory}: step 3 of 3, distrust")
            }
            (CaStep::Make, _) => format!("{made} what {host} needs in {directory}"),
            (CaStep::Keep, Some(why)) => format!("{renewed} the serving certificate in {directory}: {}", reason(why)),
            (CaStep::Keep, None) if self.wrote() && self.there.is_empty() => {
                format!("{made} what {host} needs in {directory}")
            }
            (CaStep::Keep, None) if self.wrote() => format!("{made} what was missing in {directory}"),
            (CaStep::Keep, None) if self.changed() => {
                format!("Finished what an interrupted run had begun in {directory}")
            }
            (CaStep::Keep, None) => {
                let until = match self.stage() {
                    Stage::One => "",
                    Stage::Both => ", and the CA is being replaced: step 1 of 3 is done",
                    Stage::Switched => ", and the CA is being replaced: step 2 of 3 is done",
                };
                let nothing = if self.is_overdue() { "A step is overdue" } else { "Nothing to do" };
                format!("{nothing}: {directory} has what {host} needs{until}")
            }
        }
    }

    /// What a person should know, each a sentence.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        notes.extend(recovery_note(&self.recovery));
        if self.arguments.ask() == Ask::Everything && !self.change.retire.is_empty() && self.plan.is_some() {
            notes.push(
                "the old certificate and the new caBundle do not fit: from `kubectl apply` until the Pods have the new \
                 Secret the API is unavailable; without --force, --replace-ca has no such gap"
                    .to_owned(),
            );
        }
        for file in &self.edited {
            notes.push(format!("{file} is not as this command would write it, and is kept; remove it to have it anew"));
        }
        if let Some((ca, leaf)) = self.plan.as_ref().and_then(|plan| plan.issuer.as_ref()).zip(self.contents.leaf())
            && leaf.not_after == ca.not_after
        {
            notes.push(format!("the serving certificate ends with its CA, on {}", ca.not_after.date()));
        }
        if self.arguments.ca_key.is_some() && self.contents.has(ServingFile::CaKey) {
            notes.push(format!(
                "the new CA's key is in {}, so --ca-key is not needed from now on; whoever keeps that elsewhere gives its new \
                 place with --ca-key",
                self.directory.join(ServingFile::CaKey.name()).display()
            ));
        }
        if let Some(leaf) = self.contents.leaf().filter(|_| self.is_overdue()) {
            let option = match self.stage() {
                Stage::One => "--replace-ca",
                Stage::Both => "--next switch",
                Stage::Switched => "--next distrust",
            };
            notes.push(format!(
                "the serving certificate is due, and no other of its CA would end later than {}: the API is unavailable from \
                 then on unless the CA is replaced before; do the next step with {option}",
                leaf.not_after.date()
            ));
        }
        notes.extend(self.warnings.iter().cloned());
        notes.extend(self.hazards.iter().map(ToString::to_string));
        notes
    }
}

fn reason(why: &Why) -> String {
    match why {
        Why::Missing => "there was none".to_owned(),
        Why::Switch => "it is of the new CA".to_owned(),
        Why::Expired => "it had expired".to_owned(),
        Why::NotYetValid => "it was not valid yet".to_owned(),
        Why::Due => "it was due".to_owned(),
        Why::Names(names) => format!("it was not for {}", names.join(", ")),
    }
}
