//! `aggcert explain`.

use std::io::{IsTerminal, Read, Write};
use std::path::Path;

use colored::Colorize;
use serde_json::json;

use super::{BadArguments, Exit, Format};
use crate::explain::{About, Explanation, explain};

/// Say what a log line or an error message means, which rules find its cause, and what to run next
///
/// The message is an argument; a file that is named, or standard input, is read as a log. A line that is not known is
/// said so.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aggcert explain 'x509: subject with cn=b is not in the allowed list: [a]'
  kubectl -n kube-system logs deploy/metrics-server | aggcert explain
  aggcert explain \\
      /var/log/pods/kube-system_kube-apiserver-*/kube-apiserver/0.log
  kubectl describe apiservice v1beta1.metrics.k8s.io | aggcert explain

Exit codes: 0 something was recognised, 1 nothing was, 2 bad arguments.")]
pub(super) struct ExplainArguments {
    /// The line, as one argument or several, or files with many; without it, or with `-`, standard input is read
    #[arg(allow_hyphen_values = true)]
    message: Vec<String>,
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// As much of standard input as is read, in bytes: logs are endless.
const INPUT_LIMIT: u64 = 64 << 20;

pub(super) fn run(arguments: &ExplainArguments, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let text = arguments.text()?;
    let found = explain(&text);
    match arguments.format {
        Format::Text => write_text(&found, text.lines().count(), out)?,
        Format::Json => {
            let explanations: Vec<_> = found.iter().map(as_json).collect();
            crate::text::json::write_pretty(&mut *out, &json!({"schema_version": 1, "explanations": explanations}))?;
            writeln!(out)?;
        }
    }
    Ok(if found.is_empty() { Exit::Failed } else { Exit::Done })
}

impl ExplainArguments {
    /// What is to be explained.
    fn text(&self) -> anyhow::Result<String> {
        let is_file = |word: &String| Path::new(word).is_file();
        match self.message.as_slice() {
            [] => from_standard_input(),
            [only] if only == "-" => from_standard_input(),
            files if files.iter().all(is_file) => {
                let texts: Result<Vec<String>, BadArguments> =
                    files.iter().map(|file| from_file(Path::new(file))).collect();
                Ok(texts?.join("\n"))
            }
            words => Ok(words.join(" ")),
        }
    }
}

fn from_file(path: &Path) -> Result<String, BadArguments> {
    let read = std::fs::File::open(path).and_then(text_of);
    read.map_err(|error| BadArguments(format!("{}: {error}; it was taken for a log", path.display())))
}

fn from_standard_input() -> anyhow::Result<String> {
    let input = std::io::stdin();
    if input.is_terminal() {
        let message = "there is no message: give it as an argument, or pipe a log into `aggcert explain`";
        return Err(BadArguments(message.to_owned()).into());
    }
    Ok(text_of(input.lock())?)
}

/// Logs hold what programs print, which need not be UTF-8.
fn text_of(log: impl Read) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    log.take(INPUT_LIMIT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn write_text(found: &[Explanation], lines: usize, out: &mut dyn Write) -> std::io::Result<()> {
    if found.is_empty() {
        let what = match lines {
            0 => "There is no line to explain: the input is empty.".to_owned(),
            1 => "This line is not one that aggcert knows, so it says nothing about its cause.".to_owned(),
            _ => format!("None of the {lines} lines is one that aggcert knows, so it says nothing about their cause."),
        };
        writeln!(out, "{what}")?;
        writeln!(out, "If it is about certificates or X-Remote headers, `aggcert check` on a control-plane node may")?;
        writeln!(
            out,
            "still find the cause; otherwise the aggregation layer is probably not where to look. What users"
        )?;
        return writeln!(out, "see, `kubectl describe apiservices | aggcert explain` tells, and the server's own log.");
    }
    let is_brief = |one: &&Explanation| one.about == About::NoFailure && found.len() > 1;
    for (index, explanation) in found.iter().filter(|one| !is_brief(one)).enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        write_one(explanation, out)?;
    }
    let brief: Vec<&Explanation> = found.iter().filter(is_brief).collect();
    if brief.is_empty() {
        return Ok(());
    }
    let (lead, what) = if brief.len() == found.len() {
        ("", "Nothing that was recognised is a failure")
    } else {
        ("\n", "Besides, these are no failure")
    };
    writeln!(out, "{lead}{}", format!("{what}:").bold())?;
    for explanation in brief {
        write_brief(explanation, out)?;
    }
    Ok(())
}

/// What is no failure beside others: all that it means, as its last sentence may say when it is one after all.
fn write_brief(explanation: &Explanation, out: &mut dyn Write) -> std::io::Result<()> {
    let said = explanation.meaning.strip_prefix("This is no failure: ").unwrap_or(&explanation.meaning);
    writeln!(out, "  {}", explanation.recognised)?;
    for line in wrap(said, 94) {
        writeln!(out, "    {line}")?;
    }
    for command in &explanation.next {
        writeln!(out, "    {}  {command}", "look with".cyan())?;
    }
    Ok(())
}

fn write_one(explanation: &Explanation, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{}", explanation.recognised.bold())?;
    writeln!(out, "  printed by  {}", explanation.printed_by)?;
    writeln!(out, "  about       {}", explanation.about.as_str())?;
    write_extent(explanation, out)?;
    writeln!(out)?;
    for line in wrap(&explanation.meaning, 96) {
        writeln!(out, "  {line}")?;
    }
    if !explanation.rules.is_empty() {
        writeln!(out)?;
        writeln!(out, "  {}  (aggcert rules ID explains one)", "rules that find the cause".cyan())?;
        for id in &explanation.rules {
            let summary = crate::lint::rules::find(id).map_or("", |rule| rule.summary());
            writeln!(out, "    {id:<36} {summary}")?;
        }
    }
    if explanation.next.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "  {}", "run next".cyan())?;
    for command in &explanation.next {
        writeln!(out, "    {command}")?;
    }
    Ok(())
}

/// How often it was told, and of what.
fn write_extent(explanation: &Explanation, out: &mut dyn Write) -> std::io::Result<()> {
    /// More names drown the rest.
    const MOST_NAMED: usize = 5;

    if explanation.count > 1 {
        writeln!(out, "  told        {} times", explanation.count)?;
    }
    if explanation.values.len() < 2 {
        return Ok(());
    }
    let named = explanation.values.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match explanation.values.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    writeln!(out, "  of          {named}{more}")
}

fn as_json(explanation: &Explanation) -> serde_json::Value {
    json!({
        "recognised": explanation.recognised,
        "printed_by": explanation.printed_by,
        "about": explanation.about.as_str(),
        "meaning": explanation.meaning,
        "rules": explanation.rules,
        "next": explanation.next,
        "count": explanation.count,
        "values": explanation.values,
    })
}

/// Lines of at most `width` characters, cut at blanks; a longer word has a line of its own.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The person on call needs to know when what is no failure is one.
    #[test]
    fn what_is_no_failure_is_told_with_its_condition() {
        let log = "x509: subject with cn=a is not in the allowed list: [b]\n\
            I0102 03:04:05.000000       1 shared_informer.go:311] Waiting for caches to sync for RequestHeaderAuthRequestController\n";
        let mut out = Vec::new();
        write_text(&explain(log), 2, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        let (_, harmless) = text.split_once("these are no failure").unwrap();
        assert!(harmless.contains("it may not read that ConfigMap"), "{harmless}");
        assert!(harmless.contains("aggcert check -"), "{harmless}");
    }

    #[test]
    fn lines_are_cut_at_blanks() {
        assert_eq!(wrap("a bc def", 4), ["a bc", "def"]);
        assert_eq!(wrap("toolongword a", 4), ["toolongword", "a"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
