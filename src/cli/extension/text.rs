//! For a tired person: what was made, where, until when, and what to do next.

use std::io::{self, Write};

use colored::Colorize;

use super::super::directory::{
    Status, step, write_certificate, write_file, write_notes, write_retired, write_to_be_retired,
};
use super::outcome::Outcome;
use crate::pki::Layout as _;
use crate::pki::serving::ServingFile;
use crate::text::yaml;
use crate::x509::Certificate;

pub(super) fn write(outcome: &Outcome<'_>, out: &mut dyn Write) -> io::Result<()> {
    let headline = outcome.headline();
    let headline = if outcome.changed() && !outcome.is_rehearsal() { headline.green().bold() } else { headline.bold() };
    writeln!(out, "{headline}\n")?;
    write_certificates(outcome, out)?;
    write_objects(outcome, out)?;
    if outcome.is_rehearsal() {
        write_to_be_retired(out, &outcome.directory, &outcome.change.retire)?;
    } else {
        write_retired(out, &outcome.directory, outcome.kept())?;
    }
    write_notes(out, &outcome.notes())?;
    if outcome.status(ServingFile::Access) == Some(Status::Made) {
        write_pod_template(outcome, out)?;
    }
    writeln!(out, "\nNext:\n")?;
    outcome.steps().iter().try_for_each(|next| step(out, &next.what, &next.command))
}

fn write_certificates(outcome: &Outcome<'_>, out: &mut dyn Write) -> io::Result<()> {
    let bundle = outcome.contents.ca_certificates.present().map_or(&[][..], Vec::as_slice);
    for ca in bundle {
        let title = if std::ptr::eq(ca, bundle.first().unwrap_or(ca)) { "CA" } else { "and" };
        write_certificate(out, title, ca, outcome.now)?;
        write_fingerprint(outcome, out, ca)?;
    }
    write_files(outcome, out, &[ServingFile::CaCertificate, ServingFile::CaKey, ServingFile::NextCaKey])?;
    if let Some(leaf) = outcome.contents.leaf() {
        writeln!(out)?;
        write_certificate(out, "Server", leaf, outcome.now)?;
        writeln!(out, "          for {}", leaf.dns_names.join(", "))?;
        write_fingerprint(outcome, out, leaf)?;
        write_files(outcome, out, &[ServingFile::Certificate, ServingFile::Key])?;
        writeln!(out)?;
    }
    Ok(())
}

/// In a rehearsal another key takes part than in the run.
fn write_fingerprint(outcome: &Outcome<'_>, out: &mut dyn Write, certificate: &Certificate) -> io::Result<()> {
    if outcome.is_rehearsal() {
        return Ok(());
    }
    writeln!(out, "          {}", format!("SHA-256 {}", certificate.fingerprint()).dimmed())
}

fn write_files(outcome: &Outcome<'_>, out: &mut dyn Write, files: &[ServingFile]) -> io::Result<()> {
    for file in files {
        if let Some(status) = outcome.status(*file) {
            write_file(out, &outcome.directory.join(file.name()), status, outcome.is_rehearsal())?;
        }
    }
    Ok(())
}

fn write_objects(outcome: &Outcome<'_>, out: &mut dyn Write) -> io::Result<()> {
    let made = |file: &&ServingFile| outcome.status(**file).is_some();
    let kinds = ServingFile::OBJECTS.iter().filter(made).map(|file| kinds(*file)).collect::<Vec<_>>();
    writeln!(out, "  {}{}", format!("{:<8}", "Objects").bold(), kinds.join(", "))?;
    write_files(outcome, out, &ServingFile::OBJECTS)
}

fn kinds(file: ServingFile) -> &'static str {
    match file {
        ServingFile::Secret => "Secret",
        ServingFile::ApiService => "APIService",
        ServingFile::Service => "Service",
        ServingFile::Access => "ServiceAccount and two bindings",
        ServingFile::Deployment => "Deployment",
        ServingFile::CertManager => "Issuers and Certificates",
        _ => "",
    }
}

fn write_pod_template(outcome: &Outcome<'_>, out: &mut dyn Write) -> io::Result<()> {
    let extension = &outcome.extension;
    if extension.image.is_some() {
        return writeln!(out, "\nAdd the server's own arguments to deployment.yaml; it is kept as it is from now on.");
    }
    let (key, value) = &extension.selector;
    writeln!(
        out,
        "\nThe server's Pods have the label {key}={value}, and this in their template beside what is its own:\n"
    )?;
    let template = yaml::documents(&[extension.pod_template()]);
    template.lines().try_for_each(|line| writeln!(out, "  {}", line.cyan()))
}
