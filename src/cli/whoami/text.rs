//! The answer for a person on call: the result first, then how it came about, then what to do.

use std::io::{self, Write};

use colored::Colorize;

use super::Answer;
use crate::model::{AuthenticatorKind, Decision, Startup, Step, User, Verdict};
use crate::text::{Located, printable, rfc3339};

pub(super) fn write(answer: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    result(answer, out)?;
    writeln!(out)?;
    server(answer, out)?;
    request(answer, out)?;
    if let Ok(decision) = &answer.decision {
        for (step, explanation) in decision.steps.iter().zip(&answer.explanations) {
            writeln!(out, "\n{}  {}", name(step.authenticator).bold(), verdict(step))?;
            for drawn in &explanation.lines {
                writeln!(out, "  {}", line(drawn))?;
            }
            // Where somebody knows the client, it was no matter that others did not.
            if let (None, Some(advice)) = (&decision.user, &explanation.advice) {
                writeln!(out, "  {} {}", "=>".cyan(), line(advice))?;
            }
        }
    }
    next(answer, out)
}

/// One line that says it all, and who the client is.
fn result(answer: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    let decision = match (&answer.startup, &answer.decision) {
        (Startup::Refuses(refusal), _) => {
            writeln!(out, "{}", "The server does not start.".red().bold())?;
            writeln!(out, "  {}", line(&refusal.message))?;
            return writeln!(out, "  {} {}", "at".cyan(), line(&refusal.origin.to_string()));
        }
        (_, Err(why)) => return could_not_tell(why, out),
        (Startup::Unknown(why), Ok(decision)) => {
            writeln!(out, "{}", "Whether the server starts could not be told. If it does:".yellow().bold())?;
            for why in why {
                writeln!(out, "  {}", line(&why.with_remedy()))?;
            }
            writeln!(out)?;
            decision
        }
        (Startup::Starts { .. }, Ok(decision)) => decision,
    };
    match (&decision.user, decision.authenticator) {
        (Some(user), Some(AuthenticatorKind::Anonymous)) => {
            writeln!(out, "{}", "Anonymous: nobody knows the client, and nobody refuses it.".yellow().bold())?;
            describe(user, out)
        }
        (Some(user), Some(authenticator)) => {
            writeln!(out, "{} (by {})", line(&user.username).green().bold(), name(authenticator))?;
            describe(user, out)
        }
        _ => nobody(decision, out),
    }
}

fn nobody(decision: &Decision, out: &mut dyn Write) -> io::Result<()> {
    match (&decision.handshake_failure, decision.steps.last().map(|step| &step.verdict)) {
        (Some(failure), _) => {
            writeln!(out, "{}", "Refused: the TLS handshake fails.".red().bold())?;
            writeln!(out, "  {}", line(failure))
        }
        (None, Some(Verdict::Unknown(why))) => could_not_tell(why, out),
        (None, _) => writeln!(out, "{}", "401 Unauthorized".red().bold()),
    }
}

fn could_not_tell(why: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", "It could not be told.".yellow().bold())?;
    writeln!(out, "  {}", line(why))
}

fn describe(user: &User, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  username  {}", line(&user.username))?;
    if !user.uid.is_empty() {
        writeln!(out, "  uid       {}", line(&user.uid))?;
    }
    writeln!(out, "  groups    {}", line(&user.groups.join(", ")))?;
    for (index, (key, values)) in user.extra.iter().enumerate() {
        let label = if index == 0 { "extra" } else { "" };
        writeln!(out, "  {label:<8}  {} = {}", line(key), line(&values.join(", ")))?;
    }
    Ok(())
}

fn server(answer: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    let invocation = &answer.setup.invocation;
    let (server, place) = (line(&invocation.name), line(invocation.origin.file().name()));
    if answer.extension && !answer.setup.reads_config_map() {
        writeln!(out, "{}   {server}, with flags of its own ({place})", "server".cyan())?;
    } else if answer.extension {
        writeln!(out, "{}   an extension API server that reads {server} ({place})", "server".cyan())?;
    } else {
        let version = answer.setup.version();
        writeln!(out, "{}   {server}, Kubernetes {version} ({place})", "server".cyan())?;
    }
    if let Startup::Starts { warnings, assumptions } = &answer.startup {
        noted("it warns", warnings, out)?;
        noted("not looked at", assumptions, out)?;
    }
    Ok(())
}

fn noted(what: &str, notes: &[Located<String>], out: &mut dyn Write) -> io::Result<()> {
    for note in notes {
        writeln!(out, "         {}: {} ({})", what.yellow(), line(&note.value), line(&note.origin.to_string()))?;
    }
    Ok(())
}

fn request(answer: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    let at = rfc3339(answer.now);
    let client = match answer.request.certificates.split_first() {
        None => "without a certificate".to_owned(),
        Some((leaf, sent)) => {
            let sent = match sent.len() {
                0 => String::new(),
                1 => ", with 1 more certificate".to_owned(),
                more => format!(", with {more} more certificates"),
            };
            format!("of {}, issued by {}{sent}", leaf.subject, leaf.issuer)
        }
    };
    writeln!(out, "{}  {}, at {at}", "request".cyan(), line(&client))?;
    for (name, value) in &answer.request.headers {
        let trimmed = value.trim_matches([' ', '\t']);
        writeln!(out, "         {}: {}", line(name), line(trimmed))?;
        // Go's textproto takes them away, its HTTP/2 server does not.
        if trimmed != value {
            writeln!(
                out,
                "         {}: the blanks around it are gone over HTTP/1.1, which counts here; over HTTP/2 they stay, and \
                 the value is another one",
                "note".yellow()
            )?;
        }
    }
    Ok(())
}

fn verdict(step: &Step) -> String {
    match &step.verdict {
        Verdict::Authenticated(user) => format!("{} {}", "authenticates".green(), line(&user.username)),
        Verdict::NoOpinion(why) => format!("{} {}", "passes it on:".yellow(), line(why)),
        Verdict::Refused(why) => format!("{} {}", "refuses:".red(), line(why)),
        Verdict::Unknown(why) => format!("{} {}", "unknown:".yellow(), line(why)),
    }
}

/// What to run next.
fn next(answer: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    if let Ok(decision) = &answer.decision
        && decision.authenticator == Some(AuthenticatorKind::RequestHeader)
    {
        let leaf = answer.request.certificates.first().map(|leaf| leaf.subject.common_name()).unwrap_or_default();
        writeln!(out, "\nWhoever has the private key of `{}` can be any user in this way.", line(leaf))?;
    }
    if !answer.next.is_empty() {
        writeln!(out, "\n{}", "run next".cyan())?;
    }
    for next in &answer.next {
        writeln!(out, "  {}", next.command)?;
        writeln!(out, "      {}", line(&next.why))?;
    }
    Ok(())
}

fn name(authenticator: AuthenticatorKind) -> &'static str {
    match authenticator {
        AuthenticatorKind::RequestHeader => "request header",
        AuthenticatorKind::X509 => "X.509",
        AuthenticatorKind::Token => "token",
        AuthenticatorKind::Anonymous => "anonymous",
    }
}

/// Text from outside on one line, safe to print.
fn line(text: &str) -> String {
    printable::line(text).into_owned()
}
