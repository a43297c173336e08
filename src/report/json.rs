//! For programs: everything that is known, versioned. The shape is described in `docs/report.schema.json`.
//!
//! Written one target a line, so that it can be streamed and that two reports can be compared line by line.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::{Reporter, wording};
use crate::lint::{
    Accepted, AcceptedBy, CertificateInUse, Finding, Judgement, Note, Outcome, Rule, RuleOutcome, Summary, fingerprint,
};
use crate::model::{Reason, sentences};
use crate::source::BaseDirectory;
use crate::text::{Origin, json, rfc3339};

/// Raised when a field goes away or changes its meaning; new fields do not raise it.
const VERSION: u32 = 2;

/// The format `json`.
#[derive(Debug)]
pub(super) struct Json {
    base: BaseDirectory,
    begun: bool,
}

impl Json {
    /// Fingerprints are made of paths relative to `base`.
    pub(super) fn new(base: BaseDirectory) -> Self {
        Self { base, begun: false }
    }
}

impl Reporter for Json {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let tool = json::Tool::OURS;
        write!(out, "{{\n\"schema_version\": {VERSION},\n\"tool\": {},\n\"targets\": [", json::to_string(&tool))
    }

    fn judgement(&mut self, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.begun { b",\n" } else { b"\n" })?;
        self.begun = true;
        json::write(out, &TargetReport::of(&self.base, judgement))
    }

    fn finish(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n],\n\"summary\": {}\n}}", json::to_string(&SummaryReport::of(summary)))
    }
}

#[derive(Serialize)]
struct TargetReport<'a> {
    kind: &'static str,
    name: &'a str,
    origin: Place<'a>,
    /// How the input was read; `null` for what is no single document.
    format: Option<&'static str>,
    outcomes: Vec<OutcomeReport<'a>>,
    accepted: usize,
    accepted_findings: Vec<AcceptedReport<'a>>,
    certificates: Vec<CertificateReport<'a>>,
    not_looked_at: Vec<NoteReport<'a>>,
    defaults: Vec<NoteReport<'a>>,
}

#[derive(Serialize)]
struct OutcomeReport<'a> {
    rule: &'static str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingReport<'a>>,
}

#[derive(Serialize)]
struct FindingReport<'a> {
    severity: &'static str,
    message: &'a str,
    origin: Place<'a>,
    label: &'a str,
    related: Vec<RelatedReport<'a>>,
    consequence: &'a str,
    demonstration: Option<&'a str>,
    fix: FixReport<'a>,
    identity: &'a [String],
    /// As in SARIF and the baseline: the same when lines move.
    fingerprint: String,
}

/// A finding that somebody has accepted, why, and where that is written.
#[derive(Serialize)]
struct AcceptedReport<'a> {
    rule: &'static str,
    reason: &'a str,
    /// `comment`, `settings` or `baseline`.
    by: &'static str,
    /// Of a baseline the file alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<Place<'a>>,
    finding: FindingReport<'a>,
}

impl<'a> AcceptedReport<'a> {
    fn of(accepted: &'a Accepted, fingerprint: &dyn Fn(&Rule, &Finding) -> String) -> Self {
        let by = match &accepted.by {
            AcceptedBy::Comment(_) => "comment",
            AcceptedBy::Settings { .. } => "settings",
            AcceptedBy::Baseline(_) => "baseline",
        };
        let written = accepted.by.origin().map(Place::of);
        let finding = FindingReport::of(&accepted.finding, fingerprint(accepted.rule, &accepted.finding));
        Self { rule: accepted.rule.id, reason: &accepted.reason, by, written, finding }
    }
}

#[derive(Serialize)]
struct FixReport<'a> {
    sentence: &'a str,
    commands: &'a [String],
    flags: &'a [String],
}

#[derive(Serialize)]
struct RelatedReport<'a> {
    origin: Place<'a>,
    label: &'a str,
}

/// Lines and columns from 1; columns count characters; the end is just behind the last one.
#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    /// Of what was read from a cluster: the lines are those that `aggcert collect` writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
}

#[derive(Serialize)]
struct CertificateReport<'a> {
    role: &'static str,
    path: &'a str,
    subject: String,
    issuer: String,
    not_before: String,
    not_after: String,
    /// SHA-256 of the DER bytes, hex.
    fingerprint: String,
    /// SHA-256 of SubjectPublicKeyInfo, hex.
    key_fingerprint: String,
}

#[derive(Serialize)]
struct NoteReport<'a> {
    text: Cow<'a, str>,
    origin: Option<Place<'a>>,
}

#[derive(Serialize)]
struct SummaryReport<'a> {
    judged_at: Option<String>,
    files_read: usize,
    files_unrecognised: usize,
    files_of_pki: usize,
    not_read: &'a [String],
    settings: Option<&'a str>,
    targets: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    accepted: usize,
    passed: usize,
    not_applicable: usize,
    unknown: usize,
    unknown_identities: usize,
    flags_not_read: usize,
    strict: Option<String>,
    next_end: Option<NextEndReport<'a>>,
    failures: &'a [String],
}

#[derive(Serialize)]
struct NextEndReport<'a> {
    at: String,
    subject: &'a str,
    path: &'a str,
}

impl<'a> TargetReport<'a> {
    fn of(base: &BaseDirectory, judgement: &'a Judgement) -> Self {
        let fingerprint = |rule: &Rule, finding: &Finding| fingerprint(base, judgement, rule, finding);
        Self {
            kind: judgement.kind,
            name: &judgement.name,
            origin: Place::of(&judgement.origin),
            format: judgement.format.map(crate::source::InputFormat::name),
            outcomes: judgement.outcomes.iter().map(|outcome| OutcomeReport::of(outcome, &fingerprint)).collect(),
            accepted: judgement.accepted.len(),
            accepted_findings: judgement.accepted.iter().map(|one| AcceptedReport::of(one, &fingerprint)).collect(),
            certificates: judgement.certificates.iter().map(CertificateReport::of).collect(),
            not_looked_at: judgement.not_looked_at.iter().map(NoteReport::of_reason).collect(),
            defaults: judgement.defaults.iter().map(NoteReport::of).collect(),
        }
    }
}

impl<'a> OutcomeReport<'a> {
    fn of(RuleOutcome { rule, outcome }: &'a RuleOutcome, fingerprint: &dyn Fn(&Rule, &Finding) -> String) -> Self {
        let (name, reason, findings): (_, Option<Cow<'a, str>>, &[Finding]) = match outcome {
            Outcome::Pass => ("pass", None, &[]),
            Outcome::Fail(findings) => ("fail", None, findings),
            Outcome::NotApplicable(why) => ("not-applicable", Some(sentences(why).into()), &[]),
            Outcome::Unknown(why) => ("unknown", Some(sentences(why).into()), &[]),
            Outcome::Accepted(why) => ("accepted", Some(why.as_str().into()), &[]),
        };
        let findings = findings.iter().map(|finding| FindingReport::of(finding, fingerprint(rule, finding))).collect();
        Self { rule: rule.id, outcome: name, reason, findings }
    }
}

impl<'a> FindingReport<'a> {
    fn of(finding: &'a Finding, fingerprint: String) -> Self {
        Self {
            severity: finding.severity.as_str(),
            message: &finding.message,
            origin: Place::of(&finding.origin),
            label: &finding.label,
            related: finding
                .related
                .iter()
                .map(|related| RelatedReport { origin: Place::of(&related.origin), label: &related.label })
                .collect(),
            consequence: &finding.consequence,
            demonstration: finding.demonstration.as_deref(),
            fix: FixReport {
                sentence: &finding.fix.sentence,
                commands: &finding.fix.commands,
                flags: &finding.fix.flags,
            },
            identity: &finding.identity,
            fingerprint,
        }
    }
}

impl<'a> Place<'a> {
    fn of(origin: &'a Origin) -> Self {
        let (line, column) = origin.start();
        let (end_line, end_column) = origin.end();
        let field = origin.field();
        Self {
            file: origin.file().name(),
            line,
            column,
            end_line,
            end_column,
            object: field.map(|field| &*field.object),
            field: field.map(|field| field.path.as_str()),
        }
    }
}

impl<'a> CertificateReport<'a> {
    fn of(in_use: &'a CertificateInUse) -> Self {
        let certificate = &in_use.certificate;
        Self {
            role: in_use.role,
            path: &in_use.path,
            subject: certificate.subject.to_string(),
            issuer: certificate.issuer.to_string(),
            not_before: rfc3339(certificate.not_before),
            not_after: rfc3339(certificate.not_after),
            fingerprint: certificate.fingerprint(),
            key_fingerprint: certificate.key_fingerprint(),
        }
    }
}

impl<'a> NoteReport<'a> {
    fn of(note: &'a Note) -> Self {
        Self { text: note.text.as_str().into(), origin: note.origin.as_ref().map(Place::of) }
    }

    fn of_reason(why: &'a Reason) -> Self {
        Self { text: why.to_string().into(), origin: why.origin().map(Place::of) }
    }
}

impl<'a> SummaryReport<'a> {
    fn of(summary: &'a Summary) -> Self {
        Self {
            judged_at: summary.now.map(rfc3339),
            files_read: summary.files_read,
            files_unrecognised: summary.files_unrecognised,
            files_of_pki: summary.files_of_pki,
            not_read: &summary.not_read,
            settings: summary.settings.as_deref(),
            targets: summary.targets,
            errors: summary.errors,
            warnings: summary.warnings,
            notes: summary.notes,
            accepted: summary.accepted,
            passed: summary.passed,
            not_applicable: summary.not_applicable,
            unknown: summary.unknown,
            unknown_identities: summary.unknown_identities,
            flags_not_read: summary.flags_not_read,
            strict: wording::strict(summary),
            next_end: summary.next_end.as_ref().map(|end| NextEndReport {
                at: rfc3339(end.at),
                subject: &end.subject,
                path: &end.path,
            }),
            failures: &summary.failures,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::lint::testing::Issued;
    use crate::lint::{CertificateInUse, Outcome};
    use crate::report::Format;
    use crate::report::testing::{self, judgement, report, report_with_failures, settings};
    use crate::text::json::testing::faults;

    #[test]
    fn the_schema_describes_all_of_it() {
        let faults = |report: &str| faults(include_str!("../../docs/report.schema.json"), report);
        let mut full = judgement();
        let certificate = Issued::ca("kubernetes").certificate();
        full.certificates.push(CertificateInUse { role: "client-ca-file", path: "/ca.crt".to_owned(), certificate });
        full.not_looked_at[0] = full.not_looked_at[0].clone().at(&full.origin);
        full.outcomes[1].outcome = Outcome::Accepted("a lab".to_owned());
        full.accepted = testing::accepted(full.origin.file());
        full.format = None;
        for text in [
            report(Format::Json, &settings(), &[]),
            report_with_failures(Format::Json, &settings(), &[full.clone(), judgement()], &["x: no such file"]),
        ] {
            assert_eq!(faults(&text), [""; 0]);
        }
        let mut extended: Value = serde_json::from_str(&report(Format::Json, &settings(), &[full])).unwrap();
        extended["targets"][0]["outcomes"][0]["findings"][0]["undocumented"] = json!(1);
        assert_eq!(faults(&extended.to_string()).len(), 1);
    }

    #[test]
    fn the_outcome_of_every_rule_is_there() {
        let text = report(Format::Json, &settings(), &[judgement(), judgement()]);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["schema_version"], 2);
        assert_eq!(json["summary"]["judged_at"], "2026-11-21T20:38:00Z");
        let targets = json["targets"].as_array().unwrap();
        assert_eq!(targets.len(), 2);
        let outcomes: Vec<(&str, &str)> = targets[0]["outcomes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|outcome| (outcome["rule"].as_str().unwrap(), outcome["outcome"].as_str().unwrap()))
            .collect();
        assert_eq!(
            outcomes,
            [
                ("ca-reused", "fail"),
                ("flag-repeated", "pass"),
                ("ca-expired", "unknown"),
                ("key-permissions", "not-applicable")
            ]
        );
        let finding = &targets[0]["outcomes"][0]["findings"][0];
        assert_eq!(finding["origin"]["line"], 9);
        assert_eq!(finding["origin"]["end_column"], 64);
        assert_eq!(finding["related"][0]["origin"]["line"], 7);
        assert_eq!(text.lines().count(), 9, "one line a target");
    }

    #[test]
    fn nothing_judged_is_still_a_report() {
        let json: serde_json::Value = serde_json::from_str(&report(Format::Json, &settings(), &[])).unwrap();
        assert_eq!(json["targets"], serde_json::json!([]));
    }
}
