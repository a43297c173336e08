//! The findings that were there before: a file that a team commits, so that only what is new is reported.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use super::policy::accept;
use super::{Accepted, AcceptedBy, Judgement, Outcome, RuleOutcome, fingerprint};
use crate::source::BaseDirectory;
use crate::source::input::{InputError, read_source};

/// Raised when files of an earlier version would be misread.
const SCHEMA_VERSION: u32 = 1;

/// In bytes; some hundred thousand findings.
const MAXIMUM_BASELINE: u64 = 64 << 20;

/// Findings that are known. One may be known several times: two equal findings are two.
#[derive(Debug, Clone)]
pub struct Baseline {
    path: String,
    /// How many of each fingerprint are still to be met.
    known: HashMap<String, usize>,
}

/// Gathers findings for a new baseline.
#[derive(Debug, Clone, Default)]
pub struct BaselineRecorder {
    /// In the order of the file: by path, then rule, then fingerprint.
    findings: BTreeMap<Entry, usize>,
}

/// Why a baseline cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    #[error("{0}")]
    Unreadable(InputError),
    #[error(
        "{path}: this is no baseline of aggcert ({message}); make one with `aggcert check --write-baseline {path}`"
    )]
    Malformed { path: String, message: String },
    #[error("{path}: the baseline has version {version}, this aggcert reads version {SCHEMA_VERSION}; make it anew")]
    Version { path: String, version: u32 },
}

/// A finding as the file has it. Only the fingerprint counts; the rest is for who reads a diff.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    path: String,
    rule: String,
    fingerprint: String,
    message: String,
}

#[derive(Deserialize)]
struct File {
    findings: Vec<Known>,
}

/// Read first: of another version the rest may look different.
#[derive(Deserialize)]
struct Version {
    schema_version: u32,
}

#[derive(Deserialize)]
struct Known {
    fingerprint: String,
    #[serde(default = "once")]
    count: usize,
}

fn once() -> usize {
    1
}

impl Baseline {
    /// # Errors
    /// When the file cannot be read or is something else.
    pub fn load(path: &Path) -> Result<Self, BaselineError> {
        let name = path.display().to_string();
        match read_source(path, MAXIMUM_BASELINE) {
            Ok(file) => Self::parse(name, file.text()),
            Err(error) => Err(BaselineError::Unreadable(error)),
        }
    }

    /// Reads the text of the file that is called `path`.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn parse(path: String, text: &str) -> Result<Self, BaselineError> {
        let malformed =
            |error: serde_json::Error| BaselineError::Malformed { path: path.clone(), message: error.to_string() };
        let Version { schema_version: version } = serde_json::from_str(text).map_err(malformed)?;
        if version != SCHEMA_VERSION {
            return Err(BaselineError::Version { path, version });
        }
        let file: File = serde_json::from_str(text).map_err(malformed)?;
        let mut known = HashMap::new();
        for Known { fingerprint, count } in file.findings {
            *known.entry(fingerprint).or_default() += count;
        }
        Ok(Self { path, known })
    }

    /// Takes the findings that are known out of a judgement, and counts them as accepted. `base` is what it was recorded
    /// with. Each entry stands for one finding, so every judgement goes through here once.
    pub fn apply(&mut self, base: &BaseDirectory, mut judgement: Judgement) -> Judgement {
        let mut outcomes = std::mem::take(&mut judgement.outcomes);
        for RuleOutcome { rule, outcome } in &mut outcomes {
            let Outcome::Fail(findings) = outcome else { continue };
            let mut accepted = Vec::new();
            let mut kept = Vec::new();
            for finding in std::mem::take(findings) {
                if self.take(&fingerprint(base, &judgement, rule, &finding)) {
                    let by = AcceptedBy::Baseline(self.path.clone());
                    accepted.push(Accepted { rule, finding, reason: "known before".to_owned(), by });
                } else {
                    kept.push(finding);
                }
            }
            *outcome = accept(kept, &accepted);
            judgement.accepted.extend(accepted);
        }
        judgement.outcomes = outcomes;
        judgement
    }

    /// The fingerprints that are still to be met, and how often.
    pub(super) fn known(&self) -> &HashMap<String, usize> {
        &self.known
    }

    fn take(&mut self, fingerprint: &str) -> bool {
        match self.known.get_mut(fingerprint) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }
}

impl BaselineRecorder {
    /// All findings of a judgement, after the policy was applied and before a baseline was.
    pub fn add(&mut self, base: &BaseDirectory, judgement: &Judgement) {
        for (rule, finding) in judgement.findings() {
            let entry = Entry {
                path: base.display(finding.origin.file().name()),
                rule: rule.id.to_owned(),
                fingerprint: fingerprint(base, judgement, rule, finding),
                message: finding.message.clone(),
            };
            *self.findings.entry(entry).or_default() += 1;
        }
    }

    /// The text of the file: JSON, one finding a line, sorted, so that two of them can be compared by eye.
    pub fn to_json(&self) -> String {
        let lines: Vec<String> = self
            .findings
            .iter()
            .map(|(entry, count)| {
                let mut line = json!({
                    "path": entry.path,
                    "rule": entry.rule,
                    "fingerprint": entry.fingerprint,
                    "message": entry.message,
                });
                if *count > 1 {
                    line["count"] = json!(count);
                }
                crate::text::json::to_string(&line)
            })
            .collect();
        let findings = if lines.is_empty() { String::new() } else { format!("\n{}\n", lines.join(",\n")) };
        format!("{{\n\"schema_version\": {SCHEMA_VERSION},\n\"findings\": [{findings}]\n}}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::judgements::{self, CA_REUSED, of_finding, origin_in};
    use crate::lint::{Finding, Severity, Summary};
    use crate::text::SourceFile;

    fn base() -> BaseDirectory {
        BaseDirectory::new("/repo", ".")
    }

    fn finding(source: &str, identity: &str) -> Finding {
        let file = SourceFile::new("a.yaml", source);
        let mut finding = judgements::finding(Severity::Error, origin_in(&file, "--flag"));
        finding.identity = vec![identity.to_owned()];
        finding
    }

    fn judgement(source: &str, identities: &[&str]) -> Judgement {
        let mut judgement = of_finding(&CA_REUSED, finding(source, ""));
        let findings = identities.iter().map(|identity| finding(source, identity)).collect();
        judgement.outcomes[0].outcome = Outcome::Fail(findings);
        judgement
    }

    fn recorded(judgement: &Judgement) -> String {
        let mut recorder = BaselineRecorder::default();
        recorder.add(&base(), judgement);
        recorder.to_json()
    }

    fn load(text: &str) -> Baseline {
        Baseline::parse("baseline.json".to_owned(), text).unwrap()
    }

    #[test]
    fn what_is_known_is_accepted_when_lines_have_moved() {
        let mut baseline = load(&recorded(&judgement("--flag", &["a", "b"])));
        let judgement = baseline.apply(&base(), judgement("# moved\n\n--flag", &["a", "b"]));
        assert_eq!(judgement.findings().count(), 0);
        assert_eq!(judgement.accepted.len(), 2);
        let Outcome::Accepted(why) = &judgement.outcomes[0].outcome else { panic!("{judgement:?}") };
        assert_eq!(why, "known before (accepted in baseline.json)");
        let mut summary = Summary::default();
        summary.count(&judgement);
        assert_eq!((summary.accepted, summary.passed, summary.errors), (2, 0, 0));
    }

    #[test]
    fn what_is_new_is_reported() {
        let mut baseline = load(&recorded(&judgement("--flag", &["a"])));
        let judgement = baseline.apply(&base(), judgement("--flag", &["a", "b"]));
        let left: Vec<_> = judgement.findings().map(|(_, finding)| finding.identity[0].as_str()).collect();
        assert_eq!(left, ["b"]);
        assert_eq!(judgement.accepted.len(), 1);
    }

    #[test]
    fn a_second_one_of_the_same_is_new() {
        let mut baseline = load(&recorded(&judgement("--flag", &["a"])));
        assert_eq!(baseline.apply(&base(), judgement("--flag", &["a", "a"])).findings().count(), 1);
        let mut twice = load(&recorded(&judgement("--flag", &["a", "a"])));
        assert_eq!(twice.apply(&base(), judgement("--flag", &["a", "a"])).findings().count(), 0);
    }

    #[test]
    fn the_file_is_sorted_and_has_one_finding_a_line() {
        let text = recorded(&judgement("--flag", &["b", "a", "a"]));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines[0], lines[1], lines[2]), ("{", "\"schema_version\": 1,", "\"findings\": ["));
        assert_eq!(lines.len(), 7, "{text}");
        assert!(text.contains("\"count\":2"), "{text}");
        // It quotes what it accepts, and lies among the inputs most often.
        assert!(crate::source::report_marks::is_report(&text), "{text}");
        assert_eq!(text, recorded(&judgement("--flag", &["a", "b", "a"])));
        load(&recorded(&judgement("--flag", &[])));
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        let error = |text: &str| Baseline::parse("b".to_owned(), text).unwrap_err().to_string();
        assert!(error("[]").starts_with("b: this is no baseline of aggcert"));
        assert!(error("{\"findings\": []}").contains("schema_version"));
        assert_eq!(
            error("{\"schema_version\": 2}"),
            "b: the baseline has version 2, this aggcert reads version 1; make it anew"
        );
        assert!(Baseline::load(Path::new("/nowhere/b")).unwrap_err().to_string().starts_with("/nowhere/b: "));
    }
}
