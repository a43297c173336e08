//! SARIF 2.1.0 (OASIS), for code scanning.
//!
//! Results are written as they come; what is known only at the end stands behind them, which JSON allows.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::gaps::Gaps;
use super::{Reporter, Settings, wording};
use crate::lint::{Accepted, AcceptedBy, Check, Finding, Judgement, Page, Rule, Severity, Summary, fingerprint};
use crate::source::{BaseDirectory, FileLocation};
use crate::text::{Origin, rfc3339};
use crate::text::{json as json_text, printable};

/// What relative URIs are relative to; the name that GitHub's documentation uses for the root of the repository.
const BASE: &str = "%SRCROOT%";

/// The format `sarif`.
#[derive(Debug)]
pub(super) struct Sarif {
    base: BaseDirectory,
    rules: &'static [&'static Rule],
    gaps: Gaps,
    begun: bool,
}

impl Sarif {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { base: settings.base.clone(), rules: settings.rules, gaps: Gaps::default(), begun: false }
    }

    fn result(&self, judgement: &Judgement, rule: &Rule, finding: &Finding) -> Value {
        let related: Vec<Value> = finding
            .related
            .iter()
            .enumerate()
            .map(|(index, related)| {
                let mut location = location(&self.base, &related.origin);
                location["id"] = json!(index + 1);
                location["message"] = message(&related.label);
                location
            })
            .collect();
        let mut location = location(&self.base, &finding.origin);
        if !finding.label.is_empty() {
            location["message"] = message(&finding.label);
        }
        location["logicalLocations"] = json!([{
            "fullyQualifiedName": printable::line(&judgement.title()),
        }]);
        let fingerprint = fingerprint(&self.base, judgement, rule, finding);
        let mut result = json!({
            "ruleId": rule.id,
            "level": finding.severity.as_str(),
            "message": message(&said(finding)),
            "locations": [location],
            "partialFingerprints": {
                "aggcert/v1": fingerprint,
                // The one that GitHub looks at.
                "primaryLocationLineHash": fingerprint,
            },
        });
        if let Some(index) = self.rules.iter().position(|known| known.id == rule.id) {
            result["ruleIndex"] = json!(index);
        }
        if !related.is_empty() {
            result["relatedLocations"] = json!(related);
        }
        result
    }
}

impl Reporter for Sarif {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let rules: Vec<Value> = self.rules.iter().map(|rule| descriptor(rule)).collect();
        let driver = json!({
            "name": env!("CARGO_PKG_NAME"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules,
        });
        let bases = json!({ BASE: { "description": message("The root of the repository") } });
        write!(
            out,
            "{{\n\"$schema\": \"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/\
             sarif-schema-2.1.0.json\",\n\"version\": \"2.1.0\",\n\"runs\": [{{\n\"tool\": {{\"driver\": {driver}}},\n\
             \"columnKind\": \"unicodeCodePoints\",\n\"originalUriBaseIds\": {bases},\n\"results\": ["
        )
    }

    fn judgement(&mut self, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
        self.gaps.add(judgement);
        let found = judgement.findings().map(|(rule, finding)| self.result(judgement, rule, finding));
        let accepted = judgement.accepted.iter().map(|accepted| {
            let mut result = self.result(judgement, accepted.rule, &accepted.finding);
            result["suppressions"] = json!([suppression(&self.base, accepted)]);
            result
        });
        for result in found.chain(accepted).collect::<Vec<_>>() {
            out.write_all(if self.begun { b",\n" } else { b"\n" })?;
            self.begun = true;
            json_text::write(out, &result)?;
        }
        Ok(())
    }

    fn finish(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        let strict = wording::strict(summary);
        let errors = summary.failures.iter().chain(&strict);
        let errors = errors.map(|error| json!({ "level": "error", "message": message(error) }));
        let undecided = &self.gaps.undecided.gaps;
        let undecided = undecided.iter().map(|gap| json!({ "level": "note", "message": message(&gap.undecided()) }));
        let omitted = Some(self.gaps.undecided.omitted).filter(|omitted| *omitted > 0);
        let omitted = omitted.map(|omitted| {
            let text = format!("{omitted} more could not be decided; `--format json` has all of them");
            json!({ "level": "note", "message": message(&text) })
        });
        let not_read = summary
            .not_read
            .iter()
            .map(|place| json!({ "level": "warning", "message": message(&format!("not read: {place}")) }));
        let mut invocation = json!({
            "executionSuccessful": summary.failures.is_empty() && strict.is_none(),
            "toolExecutionNotifications": errors.chain(not_read).chain(undecided).chain(omitted).collect::<Vec<_>>(),
        });
        if let Some(settings) = &summary.settings {
            invocation["properties"] = json!({ "settings": settings });
        }
        if let Some(now) = summary.now {
            invocation["endTimeUtc"] = json!(rfc3339(now));
        }
        writeln!(out, "\n],\n\"invocations\": [{}]\n}}]\n}}", json_text::to_string(&invocation))
    }
}

/// SARIF 2.1.0, section 3.35.
fn suppression(base: &BaseDirectory, accepted: &Accepted) -> Value {
    let kind = match &accepted.by {
        AcceptedBy::Comment(_) => "inSource",
        AcceptedBy::Settings { .. } | AcceptedBy::Baseline(_) => "external",
    };
    let justification = printable::line(&accepted.said()).into_owned();
    let mut suppression = json!({ "kind": kind, "justification": justification });
    if let Some(origin) = accepted.by.origin() {
        suppression["location"] = location(base, origin);
    }
    suppression
}

/// All that is said of a finding. Viewers take the first sentence as the title.
fn said(finding: &Finding) -> String {
    let mut said = format!("{}.", finding.message.trim_end_matches('.'));
    for paragraph in [Some(&finding.consequence), finding.demonstration.as_ref()].into_iter().flatten() {
        if !paragraph.is_empty() {
            said = format!("{said}\n\n{paragraph}");
        }
    }
    format!("{said}\n\nFix: {}", finding.fix)
}

fn message(text: &str) -> Value {
    json!({ "text": printable::block(text) })
}

/// `reportingDescriptor`, section 3.49.
fn descriptor(rule: &Rule) -> Value {
    let page = rule.page();
    let subjects = rule.checks.iter().flat_map(subjects).copied();
    let tags: Vec<&str> = ["security", "kubernetes", "certificates"].into_iter().chain(subjects).collect();
    json!({
        "id": rule.id,
        "name": pascal_case(rule.id),
        "shortDescription": { "text": rule.summary() },
        "fullDescription": { "text": page.explanation },
        "help": { "text": help_text(&page), "markdown": help_markdown(&page) },
        "helpUri": rule.url(),
        "defaultConfiguration": { "level": rule.severity.as_str() },
        "properties": {
            "tags": tags,
            "precision": "very-high",
            "problem.severity": match rule.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "recommendation",
            },
            // As in CVSS; code scanning calls these high, medium and low.
            "security-severity": match rule.severity {
                Severity::Error => "8.0",
                Severity::Warning => "5.0",
                Severity::Note => "2.0",
            },
        },
    })
}

/// `CaReused` for `ca-reused`: what viewers show as a rule's name.
fn pascal_case(id: &str) -> String {
    let capitalised = |word: &str| {
        let mut characters = word.chars();
        characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect::<String>()
    };
    id.split('-').map(capitalised).collect()
}

fn help_text(page: &Page) -> String {
    let references: String =
        page.references.iter().map(|reference| format!("\n{} {}", reference.title, reference.url)).collect();
    format!(
        "{}\n\n{}\n\nWrong:\n{}\n\nRight:\n{}\n{references}",
        page.explanation, page.remedy, page.bad_example, page.good_example
    )
}

fn help_markdown(page: &Page) -> String {
    let references: String =
        page.references.iter().map(|reference| format!("- [{}]({})\n", reference.title, reference.url)).collect();
    format!(
        "{}\n\n**Fix:** {}\n\nWrong:\n\n```text\n{}\n```\n\nRight:\n\n```text\n{}\n```\n\n{references}",
        page.explanation, page.remedy, page.bad_example, page.good_example
    )
}

/// What a check looks at.
fn subjects(check: &Check) -> &'static [&'static str] {
    match check {
        Check::Server(_) => &["kube-apiserver"],
        Check::Trust(_) => &["kube-apiserver", "configmap"],
        Check::OtherComponent(_) => &["control-plane"],
        Check::ConfigMap(_) => &["configmap"],
        Check::ApiService(_) => &["apiservice"],
        Check::Extension(_) => &["extension-server"],
        Check::Handshake(_) => &["server"],
        Check::Nodes(_) => &["nodes"],
        Check::Policy(_) => &["settings"],
    }
}

/// `location`, section 3.28, with lines and columns as [`Origin`] counts them.
fn location(base: &BaseDirectory, origin: &Origin) -> Value {
    let (start_line, start_column) = origin.start();
    let (end_line, end_column) = origin.end();
    if let Some(field) = origin.field() {
        // `logicalLocation`, section 3.33: there is no file.
        let name = format!("{}: {field}", origin.file().name());
        return json!({ "logicalLocations": [{ "fullyQualifiedName": name, "name": field.path, "kind": "member" }] });
    }
    json!({
        "physicalLocation": {
            "artifactLocation": artifact(base, origin.file().name()),
            "region": {
                "startLine": start_line,
                "startColumn": start_column,
                "endLine": end_line,
                "endColumn": end_column,
            },
        },
    })
}

/// `artifactLocation`, section 3.4.
fn artifact(base: &BaseDirectory, name: &str) -> Value {
    match base.locate(name) {
        FileLocation::Inside(path) => json!({ "uri": uri_path(&path), "uriBaseId": BASE }),
        FileLocation::Outside(path) => json!({ "uri": format!("file://{}", uri_path(&path)) }),
        FileLocation::Unnamed => json!({ "uri": uri_path(name), "description": { "text": name } }),
    }
}

/// A path as the path of a URI (RFC 3986, section 3.3): all but unreserved characters and `/` percent-encoded.
fn uri_path(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{Outcome, rules};
    use crate::model::Reason;
    use crate::report::Format;
    use crate::report::testing::{self, CA_REUSED, judgement, origin_in, report, report_with_failures, settings};
    use crate::text::SourceFile;

    fn parsed(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    /// What the schema of OASIS finds fault with.
    fn faults(sarif: &Value) -> Vec<String> {
        let schema = parsed(include_str!("../../fixtures/schemas/sarif-schema-2.1.0.json"));
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        validator.iter_errors(sarif).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    #[test]
    fn the_schema_finds_no_fault() {
        let empty = parsed(&report(Format::Sarif, &settings(), &[]));
        assert_eq!(faults(&empty), [""; 0]);
        let file = SourceFile::new("<stdin>", "--flag");
        let odd = testing::finding(Severity::Note, origin_in(&file, "--flag"));
        let mut accepted = judgement();
        accepted.accepted = testing::accepted(&file);
        let judgements = [judgement(), accepted, testing::of_finding(&CA_REUSED, odd)];
        let full = parsed(&report_with_failures(Format::Sarif, &settings(), &judgements, &["x: no such file"]));
        assert_eq!(faults(&full), [""; 0]);
        assert_eq!(full["runs"][0]["results"].as_array().unwrap().len(), 6);
    }

    #[test]
    fn the_schema_finds_no_fault_with_our_rules_either() {
        let settings = Settings { rules: rules::ALL, ..settings() };
        let sarif = parsed(&report(Format::Sarif, &settings, &[judgement()]));
        assert_eq!(faults(&sarif), [""; 0]);
        assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().len(), rules::ALL.len());
    }

    #[test]
    fn the_schema_would_find_faults() {
        let mut broken = parsed(&report(Format::Sarif, &settings(), &[judgement()]));
        broken["runs"][0]["results"][0]["level"] = json!("fatal");
        broken["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = json!(0);
        assert_eq!(faults(&broken).len(), 2);
    }

    #[test]
    fn a_result_has_its_region_in_a_relative_file() {
        let sarif = parsed(&report(Format::Sarif, &settings(), &[judgement()]));
        let result = &sarif["runs"][0]["results"][0];
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"], json!({"uri": "manifests/kube-apiserver.yaml", "uriBaseId": BASE}));
        assert_eq!(place["region"], json!({"startLine": 9, "startColumn": 7, "endLine": 9, "endColumn": 64}));
        let related = &result["relatedLocations"][0];
        assert_eq!(related["physicalLocation"]["region"]["startLine"], 7);
        assert_eq!(related["message"]["text"], "clients are verified with it");
        let rule = &sarif["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert_eq!(rule["name"], "CaReused");
        assert_eq!(rule["defaultConfiguration"]["level"], "error");
    }

    #[test]
    fn uris_are_uris_whatever_the_file_is_called() {
        let base = BaseDirectory::new("/repo", ".");
        for (name, uri) in [
            ("a b/ü%:?#.yaml", "a%20b/%C3%BC%25%3A%3F%23.yaml"),
            ("/etc/x y", "file:///etc/x%20y"),
            ("../x", "file:///x"),
            ("<stdin>", "%3Cstdin%3E"),
        ] {
            assert_eq!(artifact(&base, name)["uri"], uri);
        }
    }

    #[test]
    fn fingerprints_stay_when_lines_move_and_differ_when_the_matter_does() {
        let fingerprint = |name: &str, source: &str, identity: &str| {
            let file = SourceFile::new(name, source);
            let mut finding = testing::finding(Severity::Error, origin_in(&file, "--flag"));
            finding.identity = vec![identity.to_owned()];
            let sarif = parsed(&report(Format::Sarif, &settings(), &[testing::of_finding(&CA_REUSED, finding)]));
            sarif["runs"][0]["results"][0]["partialFingerprints"]["aggcert/v1"].as_str().unwrap().to_owned()
        };
        let first = fingerprint("a.yaml", "--flag", "5e0f");
        assert_eq!(fingerprint("/repo/a.yaml", "# a comment\n\n  --flag", "5e0f"), first);
        assert_ne!(fingerprint("b.yaml", "--flag", "5e0f"), first);
        assert_ne!(fingerprint("a.yaml", "--flag", "77aa"), first);
    }

    #[test]
    fn what_was_not_read_or_decided_is_a_notification() {
        let sarif = parsed(&report_with_failures(Format::Sarif, &settings(), &[judgement()], &["x: no such file"]));
        let invocation = &sarif["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        let notifications = invocation["toolExecutionNotifications"].as_array().unwrap();
        let levels: Vec<_> = notifications.iter().map(|one| one["level"].as_str().unwrap()).collect();
        assert_eq!(levels, ["error", "note"]);
        assert!(notifications[1]["message"]["text"].as_str().unwrap().starts_with("ca-expired could not be decided: "));
    }

    #[test]
    fn it_says_how_many_notifications_are_left_out() {
        let undecided = |number: u32| {
            let mut judgement = judgement();
            for one in &mut judgement.outcomes {
                if let Outcome::Unknown(why) = &mut one.outcome {
                    *why = vec![Reason::undecided(format!("file {number}"))];
                }
            }
            judgement
        };
        let sarif = parsed(&report(Format::Sarif, &settings(), &(0..60).map(undecided).collect::<Vec<_>>()));
        let notifications = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
        assert_eq!(notifications.len(), 51);
        let last = notifications[50]["message"]["text"].as_str().unwrap();
        assert!(last.starts_with("10 more could not be decided"), "{last}");
    }
}
