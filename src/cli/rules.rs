//! `aggcert rules`.

use std::io::Write;

use clap::ValueEnum;
use colored::Colorize;
use serde_json::json;

use super::explain::wrap;
use super::{Exit, named};
use crate::lint::{Rule, Severity, rules};

/// List the rules of `aggcert check`, or explain one of them
///
/// For one rule: what it finds, why it matters, the source, a bad and a good example, how to fix it, how to silence it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aggcert rules
  aggcert rules ca-reused
  aggcert rules --format markdown")]
pub(super) struct RulesArguments {
    /// The rule to explain
    #[arg(value_parser = named::rule(), hide_possible_values = true)]
    id: Option<&'static Rule>,
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    /// A table, as in the documentation
    Markdown,
}

pub(super) fn run(arguments: &RulesArguments, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let chosen = arguments.id;
    let listed: Vec<&Rule> = chosen.map_or_else(|| rules::ALL.to_vec(), |rule| vec![rule]);
    match arguments.format {
        Format::Json => {
            let rules: Vec<_> = listed.iter().map(|rule| as_json(rule)).collect();
            crate::text::json::write_pretty(&mut *out, &json!({"schema_version": 1, "rules": rules}))?;
            writeln!(out)?;
        }
        Format::Markdown => out.write_all(markdown_table(&listed).as_bytes())?,
        Format::Text => match chosen {
            Some(rule) => explain(rule, out)?,
            None => list(&listed, out)?,
        },
    }
    Ok(Exit::Done)
}

fn list(listed: &[&Rule], out: &mut dyn Write) -> std::io::Result<()> {
    let width = listed.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in listed {
        writeln!(out, "{}  {:width$}  {}", coloured(rule.severity), rule.id, rule.summary())?;
    }
    writeln!(out, "\n`aggcert rules ID` explains one.")
}

fn explain(rule: &Rule, out: &mut dyn Write) -> std::io::Result<()> {
    let page = rule.page();
    writeln!(out, "{} {}", coloured(rule.severity), rule.id.bold())?;
    writeln!(out, "{}", page.summary)?;
    section("why", &page.explanation, out)?;
    section("fix", &page.remedy, out)?;
    verbatim("bad", page.bad_example, out)?;
    verbatim("good", page.good_example, out)?;
    writeln!(out, "\n{}", "source".cyan())?;
    for reference in page.references {
        writeln!(out, "  {}\n    {}", reference.title, reference.url)?;
    }
    verbatim(
        "silence",
        &format!(
            "# aggcert.toml, for one file and for a time\n[[ignore]]\nrule = \"{id}\"\npath = \"clusters/test/**\"\n\
             reason = \"why it is accepted\"\nuntil = 2027-01-31\n\n# or everywhere\n[rules]\n{id} = \"off\"",
            id = rule.id
        ),
        out,
    )
}

fn section(title: &str, text: &str, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "\n{}", title.cyan())?;
    for (index, paragraph) in text.split("\n\n").enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        for line in wrap(paragraph, 96) {
            writeln!(out, "  {line}")?;
        }
    }
    Ok(())
}

fn verbatim(title: &str, text: &str, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "\n{}", title.cyan())?;
    for line in text.lines() {
        writeln!(out, "{}", format!("  {line}").trim_end())?;
    }
    Ok(())
}

fn coloured(severity: Severity) -> colored::ColoredString {
    let padded = format!("{:<7}", severity.as_str());
    match severity {
        Severity::Error => padded.red().bold(),
        Severity::Warning => padded.yellow().bold(),
        Severity::Note => padded.blue().bold(),
    }
}

/// The table of docs/rules.md.
fn markdown_table(listed: &[&Rule]) -> String {
    let rows = listed.iter().map(|rule| {
        format!("| `{}` | {} | {} |\n", rule.id, rule.severity.as_str(), rule.summary().replace('|', "\\|"))
    });
    std::iter::once("| rule | severity | finds |\n|---|---|---|\n".to_owned()).chain(rows).collect()
}

fn as_json(rule: &Rule) -> serde_json::Value {
    let page = rule.page();
    let references: Vec<_> =
        page.references.iter().map(|reference| json!({"title": reference.title, "url": reference.url})).collect();
    json!({
        "id": rule.id,
        "summary": page.summary,
        "severity": rule.severity.as_str(),
        "explanation": page.explanation,
        "remedy": page.remedy,
        "bad_example": page.bad_example,
        "good_example": page.good_example,
        "references": references,
    })
}
