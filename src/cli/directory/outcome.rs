//! What a command has done to a directory, whatever the format.

use std::path::{Path, PathBuf};

use time::{Duration, OffsetDateTime};

use crate::emit::FlagSet;
use crate::pki::{CaPlan, ClientPlan, Contents, Entry, Hazard, Kept, KeyAlgorithm, PkiFile, Plan, Recovery, Wishes};
use crate::text::{operand, shell_word, span};
use crate::x509::{Certificate, PublicKeyAlgorithm};

/// From when on a client that is kept is said to end soon.
const SOON: Duration = Duration::days(30);

/// The end of a run, or of its rehearsal.
pub(in crate::cli) struct Outcome {
    pub directory: PathBuf,
    pub dry_run: bool,
    pub now: OffsetDateTime,
    pub wishes: Wishes,
    pub recovery: Recovery,
    /// The files of the directory, with what happened to each.
    pub files: Vec<(PkiFile, Status)>,
    /// `None`: it is only to be made.
    pub ca: Option<Certificate>,
    /// `None`: it is only to be made.
    pub client: Option<Certificate>,
    /// What makes room in this run; the names that it got are in `retired`.
    pub retire: Vec<PkiFile>,
    pub retired: Vec<Kept>,
    pub client_cut: bool,
    /// What `check` warns of.
    pub warnings: Vec<String>,
    pub hazards: Vec<Hazard>,
    /// What `renew` decided; `None`: it was another command.
    pub renewal: Option<Renewal>,
    /// Options that were given and had nothing to act on.
    pub idle_options: Vec<&'static str>,
    /// `None`: there is nothing yet that they could match.
    pub flags: Option<FlagSet>,
}

/// What was asked for.
pub(in crate::cli) struct Asked {
    pub directory: PathBuf,
    pub dry_run: bool,
    pub wishes: Wishes,
    pub idle_options: Vec<&'static str>,
}

/// Whether a client was to be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Renewal {
    Due,
    /// It is from then on.
    NotDue(OffsetDateTime),
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Status {
    Made,
    /// Made in the place of another, which is kept.
    Renewed,
    Kept,
}

/// What a person should know of a run that was interrupted.
pub(in crate::cli) fn recovery_note<F>(recovery: &Recovery<F>) -> Option<String> {
    match recovery {
        Recovery::Nothing => None,
        Recovery::Discarded => Some("an interrupted run had left unfinished files; they are removed".to_owned()),
        Recovery::Finished(_) => Some("an interrupted run had begun a change; it is finished now".to_owned()),
    }
}

impl Outcome {
    pub(crate) fn new(
        asked: Asked,
        plan: &Plan,
        contents: &Contents,
        flags: Option<FlagSet>,
        now: OffsetDateTime,
    ) -> Self {
        let made = plan.made();
        let status = |file: PkiFile| match (made.contains(&file), plan.retire.contains(&file)) {
            (true, true) => Some(Status::Renewed),
            (true, false) => Some(Status::Made),
            (false, true) => None,
            (false, false) => contents.has(file).then_some(Status::Kept),
        };
        let is_rehearsal = |is_made: bool| is_made && asked.dry_run;
        let ca = match &plan.ca {
            CaPlan::Keep(existing) | CaPlan::Copy(existing) => Some(existing.certificate.clone()),
            CaPlan::Trust(certificate) => Some(certificate.clone()),
            CaPlan::Make => first(&contents.ca_certificates).filter(|_| !is_rehearsal(true)),
        };
        let makes_client = plan.client == ClientPlan::Make;
        let client = first(&contents.client_certificates).filter(|_| !is_rehearsal(makes_client));
        let files = PkiFile::SERVED.into_iter().filter_map(|file| Some((file, status(file)?))).collect();
        let retire = plan.retire.clone();
        Self { files, ca, client, retire, flags, ..Self::of_what_is_there(asked, contents, now) }
    }

    /// When nothing was changed.
    pub(crate) fn of_what_is_there(asked: Asked, contents: &Contents, now: OffsetDateTime) -> Self {
        let is_there = |file: &PkiFile| contents.has(*file);
        Self {
            directory: asked.directory,
            dry_run: asked.dry_run,
            now,
            wishes: asked.wishes,
            recovery: Recovery::Nothing,
            files: PkiFile::SERVED.into_iter().filter(is_there).map(|file| (file, Status::Kept)).collect(),
            ca: first(&contents.ca_certificates),
            client: first(&contents.client_certificates),
            retire: Vec::new(),
            retired: Vec::new(),
            client_cut: false,
            warnings: Vec::new(),
            hazards: Vec::new(),
            renewal: None,
            idle_options: asked.idle_options,
            flags: None,
        }
    }

    /// The same where an interrupted run has done it: that one has told nobody.
    pub(crate) fn finishing(self, recovery: Recovery) -> Self {
        let is_kept = |file: PkiFile| recovery.kept().iter().any(|kept| kept.file == file);
        let client = [PkiFile::ClientCertificate, PkiFile::ClientKey];
        // Of the pair, one may have been in its place already.
        let is_renewed = client.into_iter().any(is_kept);
        let renewal = self.renewal.map(|one| if is_renewed { Renewal::Due } else { one });
        let is_new = |file: PkiFile| is_kept(file) || is_renewed && client.contains(&file);
        let status = |(file, status)| (file, if is_new(file) { Status::Renewed } else { status });
        let files = self.files.into_iter().map(status).collect();
        Self { renewal, files, recovery, ..self }
    }

    pub(super) fn status(&self, file: PkiFile) -> Option<Status> {
        self.files.iter().find(|(name, _)| *name == file).map(|(_, status)| *status)
    }

    /// Whether a file was written, or would be.
    pub(super) fn changed(&self) -> bool {
        self.wrote() || matches!(self.recovery, Recovery::Finished(_))
    }

    /// Whether it was this run that did, not the one that it finished.
    pub(super) fn wrote(&self) -> bool {
        self.files.iter().any(|(_, status)| *status != Status::Kept)
    }

    /// What was kept under dated names, by the interrupted run and by this one.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Kept> {
        self.recovery.kept().iter().chain(&self.retired)
    }

    /// What a person should know, each a sentence.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        // The headline says it when that was all.
        let is_all = matches!(self.recovery, Recovery::Finished(_)) && !self.wrote();
        notes.extend(recovery_note(&self.recovery).filter(|_| !is_all));
        if self.wrote() && !self.wishes.key_algorithm.loads_in_kubeadm() {
            notes.push(format!(
                "kubeadm cannot load Ed25519 keys: if it manages this cluster, choose --key-algorithm {}",
                KeyAlgorithm::default()
            ));
        }
        if self.client_cut {
            notes.push("the client ends with its CA, earlier than it was asked to".to_owned());
        }
        notes.extend(self.rotation_due());
        if !self.idle_options.is_empty() {
            notes.push(format!(
                "{} had nothing to act on: what is there is kept as it is",
                self.idle_options.join(" and ")
            ));
        }
        if let Some(client) = self.client.as_ref().filter(|client| !self.wrote() && client.not_after - self.now < SOON)
        {
            let directory = argument(&self.directory);
            let fix = match &self.ca {
                Some(ca) if ca.not_after <= client.not_after => {
                    format!(", with its CA, which is replaced beginning with `aggcert rotate start {directory}`")
                }
                _ => format!("; renew it with `aggcert renew {directory}`"),
            };
            notes.push(format!("the client ends in {}{fix}", self.remaining(client)));
        }
        notes.extend(self.warnings.iter().cloned());
        notes.extend(self.hazards.iter().map(ToString::to_string));
        notes
    }

    /// A CA that ends within the life of one more client has to be replaced first.
    fn rotation_due(&self) -> Option<String> {
        let ca = self.ca.as_ref().filter(|_| self.renewal.is_some())?;
        let is_due = ca.not_after - self.now < self.wishes.client_validity.length();
        is_due.then(|| {
            format!(
                "the CA ends in {}, before another client could live as long as this one: rotating it is due \
                 (`aggcert rotate plan {}`)",
                self.remaining(ca),
                argument(&self.directory)
            )
        })
    }

    fn remaining(&self, certificate: &Certificate) -> String {
        remaining(certificate, self.now)
    }
}

/// How long a certificate is still valid: `365 days`. Its end is included.
pub(in crate::cli) fn remaining(certificate: &Certificate, now: OffsetDateTime) -> String {
    span(certificate.not_after + Duration::SECOND - now)
}

fn first(certificates: &Entry<Vec<Certificate>>) -> Option<Certificate> {
    certificates.present().and_then(|all| all.first()).cloned()
}

/// As people call it.
pub(in crate::cli) fn key_name(algorithm: &PublicKeyAlgorithm) -> String {
    match algorithm {
        PublicKeyAlgorithm::Rsa(bits) => format!("RSA {bits}"),
        PublicKeyAlgorithm::EcdsaP224 => "ECDSA P-224".to_owned(),
        PublicKeyAlgorithm::EcdsaP256 => "ECDSA P-256".to_owned(),
        PublicKeyAlgorithm::EcdsaP384 => "ECDSA P-384".to_owned(),
        PublicKeyAlgorithm::EcdsaP521 => "ECDSA P-521".to_owned(),
        PublicKeyAlgorithm::Ed25519 => "Ed25519".to_owned(),
        PublicKeyAlgorithm::X25519 => "X25519".to_owned(),
        PublicKeyAlgorithm::Dsa => "DSA".to_owned(),
        PublicKeyAlgorithm::Unknown => "unknown key".to_owned(),
    }
}

/// A path as an argument that no command takes for an option.
pub(in crate::cli) fn argument(path: &Path) -> String {
    shell_word(&operand(&path.display().to_string()))
}
