//! For programs. The fields of version 1 keep their names and meanings.

use std::io::{self, Write};

use serde::Serialize;

use super::super::directory::{FileSummary, Retired, Summary, interrupted_run, retired, summary, to_be_retired, word};
use super::outcome::Outcome;
use crate::pki::Layout as _;
use crate::pki::serving::{ServingFile, Stage};

#[derive(Serialize)]
struct Document {
    schema_version: u32,
    api_services: Vec<String>,
    directory: String,
    dry_run: bool,
    /// Whether a file was written, or would be.
    changed: bool,
    interrupted_run: &'static str,
    /// `one-ca`, or how far its replacement has got: `both-trusted`, `switched`.
    stage: &'static str,
    /// What the caBundle holds; empty with cert-manager.
    ca_bundle: Vec<Summary>,
    serving: Option<Serving>,
    files: Vec<FileSummary>,
    /// What made room: where it is now, or `null` in a dry run.
    retired: Vec<Retired>,
    notes: Vec<String>,
    /// Of the extension server, beside its own.
    arguments: Vec<String>,
    next: Vec<Next>,
}

#[derive(Serialize)]
struct Serving {
    #[serde(flatten)]
    summary: Summary,
    dns_names: Vec<String>,
}

#[derive(Serialize)]
struct Next {
    what: String,
    command: String,
}

pub(super) fn write(outcome: &Outcome<'_>, out: &mut dyn Write) -> io::Result<()> {
    let path = |name: &str| outcome.directory.join(name).display().to_string();
    let files = ServingFile::PKI.into_iter().chain(ServingFile::OBJECTS);
    let files = files.filter_map(|file| Some((file, outcome.status(file)?)));
    let bundle = outcome.contents.ca_certificates.present().into_iter().flatten();
    let retired = if outcome.is_rehearsal() {
        to_be_retired(&outcome.directory, &outcome.change.retire)
    } else {
        retired(&outcome.directory, outcome.kept())
    };
    let document = Document {
        schema_version: 1,
        api_services: outcome.extension.apis.iter().map(ToString::to_string).collect(),
        directory: outcome.directory.display().to_string(),
        dry_run: outcome.is_rehearsal(),
        changed: outcome.changed(),
        interrupted_run: interrupted_run(&outcome.recovery),
        stage: match outcome.stage() {
            Stage::One => "one-ca",
            Stage::Both => "both-trusted",
            Stage::Switched => "switched",
        },
        ca_bundle: bundle.map(summary).collect(),
        serving: outcome
            .contents
            .leaf()
            .map(|leaf| Serving { summary: summary(leaf), dns_names: leaf.dns_names.clone() }),
        files: files.map(|(file, status)| FileSummary { path: path(file.name()), status: word(status) }).collect(),
        retired,
        notes: outcome.notes(),
        arguments: outcome.extension.arguments(),
        next: outcome.steps().into_iter().map(|step| Next { what: step.what, command: step.command }).collect(),
    };
    crate::text::json::write_pretty(&mut *out, &document)?;
    writeln!(out)
}
