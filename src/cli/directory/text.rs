//! For a tired person: what was made, where, until when, and what to do next.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use colored::{ColoredString, Colorize};
use time::OffsetDateTime;

use super::outcome::{Outcome, Renewal, Status, argument, key_name, remaining};
use crate::pki::{Kept, Layout, PkiFile};
use crate::source::formats::layouts::{KUBEADM, on_node};
use crate::text::{printable, shell_word};
use crate::x509::Certificate;

/// Where the nodes are to have what lies in a directory: where it is from, or where kubeadm and most of the others keep it.
fn node_directory(directory: &Path) -> PathBuf {
    on_node(directory).unwrap_or_else(|| KUBEADM.directory.into())
}

/// Brings files of a directory to a node.
pub(in crate::cli) fn copy_command(directory: &Path, files: impl IntoIterator<Item = PkiFile>) -> String {
    let files = files.into_iter().map(|file| argument(&directory.join(file.name()))).collect::<Vec<_>>().join(" ");
    let target = format!("root@NODE:{}/", node_directory(directory).display());
    format!("scp {files} {}", shell_word(&target))
}

pub(in crate::cli) fn write(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", headline(outcome))?;
    writeln!(out)?;
    write_pair(outcome, out, "CA", outcome.ca.as_ref(), [PkiFile::CaCertificate, PkiFile::CaKey])?;
    writeln!(out)?;
    write_pair(outcome, out, "Client", outcome.client.as_ref(), [PkiFile::ClientCertificate, PkiFile::ClientKey])?;
    if outcome.dry_run {
        write_to_be_retired(out, &outcome.directory, &outcome.retire)?;
    } else {
        write_retired(out, &outcome.directory, outcome.kept())?;
    }
    write_notes(out, &outcome.notes())?;
    match outcome.renewal {
        Some(Renewal::NotDue(_)) if !outcome.changed() => Ok(()),
        Some(_) => write_next_of_renewal(outcome, out),
        None if outcome.changed() => {
            write_flags(outcome, out)?;
            write_next(outcome, out)
        }
        None => write_next(outcome, out),
    }
}

fn headline(outcome: &Outcome) -> ColoredString {
    let directory = outcome.directory.display();
    let made = |file| matches!(outcome.status(file), Some(Status::Made | Status::Renewed));
    if let Some(renewal) = outcome.renewal {
        return renewal_headline(outcome, renewal);
    }
    let text = match (made(PkiFile::CaKey), made(PkiFile::ClientKey), outcome.dry_run) {
        _ if !outcome.changed() => {
            format!("Nothing to do: {directory} has a front-proxy CA and a client, and they work.")
        }
        _ if !outcome.wrote() => finished(outcome),
        (true, _, false) => format!("Made a front-proxy CA and its client in {directory}"),
        (true, _, true) => format!("Would make a front-proxy CA and its client in {directory}"),
        (false, true, false) => format!("Made a front-proxy client in {directory}"),
        (false, true, true) => format!("Would make a front-proxy client in {directory}"),
        (false, false, false) => format!("Copied the front-proxy CA to {directory}"),
        (false, false, true) => format!("Would copy the front-proxy CA to {directory}"),
    };
    if outcome.dry_run { text.bold() } else { text.green().bold() }
}

fn finished(outcome: &Outcome) -> String {
    format!("Finished what an interrupted run had begun in {}", outcome.directory.display())
}

fn renewal_headline(outcome: &Outcome, renewal: Renewal) -> ColoredString {
    let directory = outcome.directory.display();
    match (renewal, outcome.dry_run) {
        (Renewal::NotDue(_), _) if outcome.changed() => finished(outcome).green().bold(),
        (Renewal::NotDue(at), _) => {
            format!("Nothing to do: the front-proxy client in {directory} is due from {} on", at.date()).bold()
        }
        (Renewal::Due, false) => format!("Renewed the front-proxy client in {directory}").green().bold(),
        (Renewal::Due, true) => format!("Would renew the front-proxy client in {directory}").bold(),
    }
}

fn write_pair(
    outcome: &Outcome,
    out: &mut dyn Write,
    title: &str,
    certificate: Option<&Certificate>,
    files: [PkiFile; 2],
) -> io::Result<()> {
    match certificate {
        Some(certificate) => {
            write_certificate(out, title, certificate, outcome.now)?;
            writeln!(out, "          {}", format!("SHA-256 {}", certificate.fingerprint()).dimmed())?;
        }
        None => {
            let (name, validity) = match files {
                [PkiFile::CaCertificate, _] => (&outcome.wishes.ca_common_name, outcome.wishes.ca_validity),
                _ => (&outcome.wishes.client_common_name, outcome.wishes.client_validity),
            };
            let title = format!("{title:<8}").bold();
            writeln!(out, "  {title}CN={name}, {}, for {validity}", outcome.wishes.key_algorithm)?;
        }
    }
    for file in files {
        if let Some(status) = outcome.status(file) {
            write_file(out, &outcome.directory.join(file.name()), status, outcome.dry_run)?;
        }
    }
    Ok(())
}

/// What a certificate says.
pub(in crate::cli) fn write_certificate(
    out: &mut dyn Write,
    title: &str,
    certificate: &Certificate,
    now: OffsetDateTime,
) -> io::Result<()> {
    let name = certificate.subject.to_string();
    let key = key_name(&certificate.public_key_algorithm);
    let until = certificate.not_after.date().to_string().bold();
    writeln!(out, "  {}{}, {key}", format!("{title:<8}").bold(), printable::line(&name))?;
    if certificate.not_after < now {
        return writeln!(out, "          expired on {until}");
    }
    writeln!(out, "          valid until {until}, {}", remaining(certificate, now))
}

/// A file, and what happened to it.
pub(in crate::cli) fn write_file(out: &mut dyn Write, path: &Path, status: Status, dry_run: bool) -> io::Result<()> {
    writeln!(out, "          {}  {}", path.display().to_string().cyan(), word(status, dry_run).dimmed())
}

fn word(status: Status, dry_run: bool) -> &'static str {
    match (status, dry_run) {
        (Status::Kept, _) => "kept",
        (Status::Made, false) => "new",
        (Status::Made, true) => "to be made",
        (Status::Renewed, false) => "renewed",
        (Status::Renewed, true) => "to be renewed",
    }
}

/// What made room, under the names that it has now.
pub(in crate::cli) fn write_retired<'a, F: Layout>(
    out: &mut dyn Write,
    directory: &Path,
    kept: impl Iterator<Item = &'a Kept<F>>,
) -> io::Result<()> {
    write_paths(out, "What was there is kept as:", directory, kept.map(|kept| kept.name.as_str()))
}

/// In a dry run.
pub(in crate::cli) fn write_to_be_retired<F: Layout>(
    out: &mut dyn Write,
    directory: &Path,
    files: &[F],
) -> io::Result<()> {
    let names = files.iter().map(|file| file.name());
    write_paths(out, "What is there would be kept under dated names:", directory, names)
}

fn write_paths<'a>(
    out: &mut dyn Write,
    title: &str,
    directory: &Path,
    names: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    let mut names = names.peekable();
    if names.peek().is_some() {
        writeln!(out, "\n{title}\n")?;
    }
    names.try_for_each(|name| writeln!(out, "  {}", directory.join(name).display()))
}

pub(in crate::cli) fn write_notes(out: &mut dyn Write, notes: &[String]) -> io::Result<()> {
    if !notes.is_empty() {
        writeln!(out)?;
    }
    notes.iter().try_for_each(|note| writeln!(out, "{} {note}", "note:".yellow().bold()))
}

fn write_flags(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let Some(flags) = &outcome.flags else { return Ok(()) };
    writeln!(out, "\nFlags of kube-apiserver for these files, where they are now:\n")?;
    flags.flags.iter().try_for_each(|flag| writeln!(out, "  {}", flag.argument().cyan()))
}

fn write_next(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let directory = argument(&outcome.directory);
    writeln!(out, "\nNext:\n")?;
    if outcome.dry_run && outcome.changed() {
        return step(out, "do it", "run the same command without --dry-run");
    }
    let mut flags = format!("aggcert flags {directory} --format static-pod");
    if !is_on_the_node(&outcome.directory) {
        let there = argument(&node_directory(&outcome.directory));
        flags = format!("aggcert flags {directory} --pki-dir {there} --format static-pod");
        if outcome.changed() {
            let files = [PkiFile::CaCertificate, PkiFile::ClientCertificate, PkiFile::ClientKey];
            let copy = copy_command(&outcome.directory, files);
            step(out, "copy three files to every control-plane node; the CA's key is not needed there", &copy)?;
        }
    }
    step(out, "print the flags for where the server sees the files, in the form of your set-up", &flags)?;
    step(out, "judge it all, now and before the client ends", &format!("aggcert check {directory}"))
}

/// A running server needs nothing but the files.
fn write_next_of_renewal(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nNext:\n")?;
    if outcome.dry_run {
        return step(out, "do it", "run the same command without --dry-run");
    }
    if !is_on_the_node(&outcome.directory) {
        let copy = copy_command(&outcome.directory, [PkiFile::ClientKey, PkiFile::ClientCertificate]);
        step(out, "copy both files to every node that has this client; kube-apiserver loads them by itself", &copy)?;
    }
    let check = format!("aggcert check {}", argument(&outcome.directory));
    step(out, "judge it; kube-apiserver uses the new client without a restart", &check)
}

pub(in crate::cli) fn step(out: &mut dyn Write, what: &str, command: &str) -> io::Result<()> {
    writeln!(out, "  {}\n    {}", format!("# {what}").dimmed(), command.bold())
}

fn is_on_the_node(directory: &Path) -> bool {
    std::path::absolute(directory).is_ok_and(|directory| on_node(&directory) == Some(directory))
}
