//! Markdown for a job's summary: a table a set-up with findings, a line for each other one, then the totals.

use std::io::{self, Write};

use super::Reporter;
use super::gaps::Gaps;
use super::wording::{self, Tally};
use crate::lint::{Finding, Judgement, Rule, Severity, Summary};
use crate::text::printable;

/// The format `markdown` (GitHub's, which GitLab and others read too).
#[derive(Debug, Default)]
pub(super) struct Markdown {
    gaps: Gaps,
    /// The last line was one of a list, which a heading must be kept apart from.
    in_list: bool,
}

impl Reporter for Markdown {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "## Certificates of the aggregation layer\n")
    }

    fn judgement(&mut self, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
        self.gaps.add(judgement);
        let name = text(&judgement.title());
        let came = format!("{}; {}", wording::findings_of(judgement), Tally::of(judgement));
        let place = code(&judgement.origin.to_string());
        if judgement.worst().is_none() {
            self.in_list = true;
            return writeln!(out, "- {name} ({place}): {came}");
        }
        if std::mem::take(&mut self.in_list) {
            writeln!(out)?;
        }
        writeln!(out, "### {name}\n\n{place}: {came}\n\n| | Rule | Where | Finding |\n|---|---|---|---|")?;
        for (rule, finding) in judgement.findings() {
            writeln!(out, "{}", row(rule, finding))?;
        }
        writeln!(out)
    }

    fn finish(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        if self.in_list {
            writeln!(out)?;
        }
        writeln!(out, "**{}**", text(&wording::closing(summary)))?;
        if let Some(end) = &summary.next_end {
            writeln!(out, "\n{}.", text(&wording::next_end(end)))?;
        }
        let (not_read, more) = wording::not_read(summary);
        for (title, places) in [("Could not be read", &summary.failures[..]), ("Not read", not_read)] {
            if !places.is_empty() {
                writeln!(out, "\n{title}:\n")?;
                places.iter().try_for_each(|place| writeln!(out, "- {}", text(place)))?;
            }
        }
        if more > 0 {
            writeln!(out, "- and {more} more")?;
        }
        for (title, collection) in
            [("Could not be decided", &self.gaps.undecided), ("Not looked at", &self.gaps.not_looked_at)]
        {
            if collection.gaps.is_empty() {
                continue;
            }
            writeln!(out, "\n<details><summary>{title}</summary>\n")?;
            for gap in &collection.gaps {
                let rules: String = gap.rules.iter().map(|rule| format!("{} ", code(rule))).collect();
                let more = if gap.targets > 1 { format!(" and {} more", gap.targets - 1) } else { String::new() };
                writeln!(out, "- {rules}{} ({}{more})", text(&gap.text()), code(&gap.first))?;
            }
            if collection.omitted > 0 {
                writeln!(out, "- and {} more", collection.omitted)?;
            }
            writeln!(out, "\n</details>")?;
        }
        Ok(())
    }
}

fn row(rule: &Rule, finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "❌ error",
        Severity::Warning => "⚠️ warning",
        Severity::Note => "ℹ️ note",
    };
    let lines = finding.fix.lines().map(|line| cell_code(&line));
    let fix: Vec<String> = std::iter::once(text(&finding.fix.sentence)).chain(lines).collect();
    format!(
        "| {severity} | {} | {} | {}<br>{}<br>Fix: {} |",
        code(rule.id),
        cell_code(&finding.origin.to_string()),
        text(&finding.message),
        text(&finding.consequence),
        fix.join("<br>"),
    )
}

/// Text as it is, on one line, in which nothing means anything: no markup, no HTML, no mention of a person.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in printable::line(text).chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // A backslash does not keep GitHub from seeing a mention or a reference.
            '@' => escaped.push_str("&#64;"),
            '#' => escaped.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '~' | '$' | '!' => {
                escaped.push('\\');
                escaped.push(character);
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// A code span (CommonMark 0.31, section 6.1): the fence is longer than any run of backticks inside.
fn code(text: &str) -> String {
    let text = printable::line(text);
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// A code span inside a table, where a bar ends the cell even in code.
fn cell_code(text: &str) -> String {
    code(text).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Format;
    use crate::report::testing::{self, CA_REUSED, judgement, origin_in, report, settings};
    use crate::text::SourceFile;

    #[test]
    fn findings_are_a_table_and_the_rest_a_list() {
        let mut clean = judgement();
        clean.outcomes.remove(0);
        let shown = report(Format::Markdown, &settings(), &[clean, judgement()]);
        let expected = "\
## Certificates of the aggregation layer

- kube-apiserver Pod kube-system/kube-apiserver (`manifests/kube-apiserver.yaml:1:1`): nothing found in what could be decided; 1 rule passed, 1 could not be decided, 1 does not apply

### kube-apiserver Pod kube-system/kube-apiserver

`manifests/kube-apiserver.yaml:1:1`: 1 error; 1 rule passed, 1 could not be decided, 1 does not apply

| | Rule | Where | Finding |
|---|---|---|---|
| ❌ error | `ca-reused` | `manifests/kube-apiserver.yaml:9:7` | any certificate of CN=kubernetes named \\`front-proxy-client\\` is a front proxy<br>Who can obtain such a certificate, for example through a CertificateSigningRequest, is any user of any group.<br>Fix: Give the front proxy a CA of its own.<br>`aggcert init /etc/kubernetes/pki`<br>`--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt` |

**2 checks could not be decided; 1 error. Checked 2 set-ups in 2 files as of 2026-11-21 20:38 UTC: 2 checks passed, 2 do not apply.**

<details><summary>Could not be decided</summary>

- `ca-expired` /etc/kubernetes/pki/ca.crt was not looked at: not on this host (`manifests/kube-apiserver.yaml:1:1` and 1 more)

</details>

<details><summary>Not looked at</summary>

- --client-ca-file: not on this host (`manifests/kube-apiserver.yaml:1:1` and 1 more)

</details>
";
        assert_eq!(shown, expected);
    }

    #[test]
    fn no_value_becomes_markup() {
        let file = SourceFile::new("a|b`.yaml", "x");
        let mut finding = testing::finding(Severity::Error, origin_in(&file, "x"));
        finding.message = "<img src=x> | @everyone [x](y) #1 `c`\n# heading".to_owned();
        finding.fix = crate::lint::Fix::from("fix").shell("a | b".to_owned());
        let shown = report(Format::Markdown, &settings(), &[testing::of_finding(&CA_REUSED, finding)]);
        let row = shown.lines().find(|line| line.contains("❌")).unwrap();
        assert!(row.contains("&lt;img src=x&gt; \\| &#64;everyone \\[x\\](y) &#35;1 \\`c\\` &#35; heading"), "{row}");
        assert!(row.contains("`` a\\|b`.yaml:1:1 ``") || row.contains("``a\\|b`.yaml:1:1``"), "{row}");
        assert!(row.contains("`a \\| b`"), "{row}");
        let unescaped = row.replace("\\|", "").matches('|').count();
        assert_eq!(unescaped, 5, "{row}");
    }
}
