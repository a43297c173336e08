//! For programs. The fields of version 1 keep their names and meanings.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::outcome::{Outcome, Renewal, Status, key_name};
use crate::emit::Flag;
use crate::pki::{Kept, Layout, Recovery};
use crate::text::rfc3339;
use crate::x509::Certificate;

#[derive(Serialize)]
struct Document {
    schema_version: u32,
    directory: String,
    dry_run: bool,
    /// What `renew` decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    renewal: Option<RenewalSummary>,
    /// Whether a file was written, or would be.
    changed: bool,
    interrupted_run: &'static str,
    ca: Option<Summary>,
    client: Option<Summary>,
    files: Vec<FileSummary>,
    /// What made room: where it is now, or `null` in a dry run.
    retired: Vec<Retired>,
    notes: Vec<String>,
    /// As kube-apiserver gets them; `null` when there is nothing yet that they could match.
    flags: Option<Vec<String>>,
}

#[derive(Serialize)]
struct RenewalSummary {
    /// `renewed` (in a dry run: would be) or `not-due`.
    state: &'static str,
    /// From when on it is due, when it is not.
    due_at: Option<String>,
}

#[derive(Serialize)]
pub(in crate::cli) struct Summary {
    subject: String,
    common_name: String,
    key: String,
    fingerprint_sha256: String,
    not_before: String,
    not_after: String,
}

#[derive(Serialize)]
pub(in crate::cli) struct FileSummary {
    pub path: String,
    pub status: &'static str,
}

#[derive(Serialize)]
pub(in crate::cli) struct Retired {
    pub path: String,
    pub kept_as: Option<String>,
}

pub(in crate::cli) fn write(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let path = |name: &str| outcome.directory.join(name).display().to_string();
    let document = Document {
        schema_version: 1,
        directory: outcome.directory.display().to_string(),
        dry_run: outcome.dry_run,
        renewal: outcome.renewal.map(|renewal| match renewal {
            Renewal::Due => RenewalSummary { state: "renewed", due_at: None },
            Renewal::NotDue(due_at) => RenewalSummary { state: "not-due", due_at: Some(rfc3339(due_at)) },
        }),
        changed: outcome.changed(),
        interrupted_run: interrupted_run(&outcome.recovery),
        ca: outcome.ca.as_ref().map(summary),
        client: outcome.client.as_ref().map(summary),
        files: outcome
            .files
            .iter()
            .map(|(file, status)| FileSummary { path: path(file.name()), status: word(*status) })
            .collect(),
        retired: if outcome.dry_run {
            to_be_retired(&outcome.directory, &outcome.retire)
        } else {
            retired(&outcome.directory, outcome.kept())
        },
        notes: outcome.notes(),
        flags: outcome.flags.as_ref().map(|set| set.flags.iter().map(Flag::argument).collect()),
    };
    crate::text::json::write_pretty(&mut *out, &document)?;
    writeln!(out)
}

pub(in crate::cli) fn interrupted_run<F>(recovery: &Recovery<F>) -> &'static str {
    match recovery {
        Recovery::Nothing => "none",
        Recovery::Discarded => "discarded",
        Recovery::Finished(_) => "finished",
    }
}

/// In a dry run.
pub(in crate::cli) fn to_be_retired<F: Layout>(directory: &Path, files: &[F]) -> Vec<Retired> {
    let path = |file: &F| directory.join(file.name()).display().to_string();
    files.iter().map(|file| Retired { path: path(file), kept_as: None }).collect()
}

pub(in crate::cli) fn retired<'a, F: Layout>(
    directory: &Path,
    kept: impl Iterator<Item = &'a Kept<F>>,
) -> Vec<Retired> {
    let path = |name: &str| directory.join(name).display().to_string();
    kept.map(|kept| Retired { path: path(kept.file.name()), kept_as: Some(path(&kept.name)) }).collect()
}

pub(in crate::cli) fn summary(certificate: &Certificate) -> Summary {
    Summary {
        subject: certificate.subject.to_string(),
        common_name: certificate.subject.common_name().to_owned(),
        key: key_name(&certificate.public_key_algorithm),
        fingerprint_sha256: certificate.fingerprint(),
        not_before: rfc3339(certificate.not_before),
        not_after: rfc3339(certificate.not_after),
    }
}

pub(in crate::cli) fn word(status: Status) -> &'static str {
    match status {
        Status::Made => "made",
        Status::Renewed => "renewed",
        Status::Kept => "kept",
    }
}
