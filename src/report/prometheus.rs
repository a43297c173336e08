//! Metrics for the textfile collector of node_exporter, in the text exposition format 0.0.4
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
//!
//! Times are points in time, not durations: the file is read long after it was written. How long a certificate still has
//! is `aggcert_certificate_not_after_timestamp_seconds - time()`.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};

use super::Reporter;
use crate::lint::{CertificateInUse, Judgement, Outcome, RuleOutcome, Severity, Summary};
use crate::text::printable;

/// The format `prometheus`.
#[derive(Debug, Default)]
pub(super) struct Prometheus {
    /// Findings by rule and severity. Every rule that was asked is there, with 0 at its own severity, so that an alert
    /// can tell "none" from "not asked".
    findings: BTreeMap<(Labelled, &'static str, Severity), usize>,
    undecided: BTreeMap<(Labelled, &'static str), usize>,
    /// Hashes of the samples that were written: the collector takes no file with one sample twice.
    written: HashSet<u64>,
}

/// A set-up by its name and file.
type Labelled = std::sync::Arc<(String, String)>;

impl Reporter for Prometheus {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let name = "aggcert_certificate_not_after_timestamp_seconds";
        out.write_all(head(name, "When a certificate ends, in seconds since 1970.").as_bytes())
    }

    fn judgement(&mut self, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
        let whom = Labelled::new((judgement.name.clone(), judgement.origin.file().name().to_owned()));
        for RuleOutcome { rule, outcome } in &judgement.outcomes {
            self.findings.entry((whom.clone(), rule.id, rule.severity)).or_default();
            match outcome {
                Outcome::Fail(findings) => {
                    for finding in findings {
                        *self.findings.entry((whom.clone(), rule.id, finding.severity)).or_default() += 1;
                    }
                }
                Outcome::Unknown(_) => *self.undecided.entry((whom.clone(), rule.id)).or_default() += 1,
                Outcome::Pass | Outcome::NotApplicable(_) | Outcome::Accepted(_) => {}
            }
        }
        for certificate in &judgement.certificates {
            let sample = certificate_sample(judgement, certificate);
            let mut hasher = DefaultHasher::new();
            sample.hash(&mut hasher);
            if self.written.insert(hasher.finish()) {
                writeln!(out, "{sample}")?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        let mut text = head("aggcert_findings", "Findings by rule and severity.");
        for ((whom, rule, severity), count) in &self.findings {
            let (setup, file) = &**whom;
            let labels = labels(&[("setup", setup), ("file", file), ("rule", rule), ("severity", severity.as_str())]);
            let _ = writeln!(text, "aggcert_findings{labels} {count}");
        }
        text += &head("aggcert_undecided", "How often a rule could not be decided.");
        for ((whom, rule), count) in &self.undecided {
            let (setup, file) = &**whom;
            let labels = labels(&[("setup", setup), ("file", file), ("rule", rule)]);
            let _ = writeln!(text, "aggcert_undecided{labels} {count}");
        }
        let mut single = |name: &str, help: &str, value: i128| {
            text += &head(name, help);
            let _ = writeln!(text, "{name} {value}");
        };
        let count = |number: usize| i128::try_from(number).unwrap_or(i128::MAX);
        single("aggcert_setups", "Set-ups that were judged.", count(summary.setups));
        single("aggcert_accepted_findings", "Findings that were accepted.", count(summary.accepted));
        single("aggcert_unreadable_inputs", "Inputs that could not be read.", count(summary.failures.len()));
        single(
            "aggcert_undecided_identities",
            "How often a rule that decides who can be whom could not be decided.",
            count(summary.unknown_identities),
        );
        single(
            "aggcert_flags_not_read",
            "Places with flags of ours that could not be read.",
            count(summary.flags_not_read),
        );
        single(
            "aggcert_strict_failed",
            "Whether --strict ends with 2, for undecided identities or flags that were not read.",
            count(usize::from(summary.lacks_what_strict_wants())),
        );
        single("aggcert_inputs_not_read", "Files and directories that were not read.", count(summary.not_read.len()));
        if let Some(now) = summary.now {
            let seconds = i128::from(now.unix_timestamp());
            single("aggcert_run_timestamp_seconds", "The time that was judged at, in seconds since 1970.", seconds);
        }
        if let Some(settings) = &summary.settings {
            text += &head("aggcert_settings_info", "The aggcert.toml that was used.");
            let _ = writeln!(text, "aggcert_settings_info{} 1", labels(&[("file", settings)]));
        }
        out.write_all(text.as_bytes())
    }
}

fn certificate_sample(judgement: &Judgement, in_use: &CertificateInUse) -> String {
    let certificate = &in_use.certificate;
    let labels = labels(&[
        ("kind", judgement.kind),
        ("setup", &judgement.name),
        ("file", judgement.origin.file().name()),
        ("role", in_use.role),
        ("path", &in_use.path),
        ("subject", &certificate.subject.to_string()),
        ("fingerprint", &certificate.fingerprint()),
    ]);
    let seconds = certificate.not_after.unix_timestamp();
    format!("aggcert_certificate_not_after_timestamp_seconds{labels} {seconds}")
}

fn head(name: &str, help: &str) -> String {
    format!("# HELP {name} {help}\n# TYPE {name} gauge\n")
}

/// `{name="value",...}`
fn labels(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

/// A label's value; control characters are shown by a picture of them, as in every report.
fn escape(value: &str) -> String {
    printable::block(value).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Issued;
    use crate::report::Format;
    use crate::report::testing::{judgement, report, settings};

    fn with_certificate(certificate: &Issued) -> Judgement {
        let mut judgement = judgement();
        judgement.certificates.push(CertificateInUse {
            role: "client-ca-file",
            path: "/etc/kubernetes/pki/ca.crt".to_owned(),
            certificate: certificate.certificate(),
        });
        judgement
    }

    #[test]
    fn each_certificate_and_rule_has_its_sample() {
        let ca = Issued::ca("kubernetes");
        let shown = report(Format::Prometheus, &settings(), &[with_certificate(&ca)]);
        let end = ca.certificate().not_after.unix_timestamp();
        let expected = format!(
            "\
# HELP aggcert_certificate_not_after_timestamp_seconds When a certificate ends, in seconds since 1970.
# TYPE aggcert_certificate_not_after_timestamp_seconds gauge
aggcert_certificate_not_after_timestamp_seconds{{kind=\"kube-apiserver\",setup=\"Pod kube-system/kube-apiserver\",\
file=\"manifests/kube-apiserver.yaml\",role=\"client-ca-file\",path=\"/etc/kubernetes/pki/ca.crt\",\
subject=\"CN=kubernetes\",fingerprint=\"{}\"}} {end}
# HELP aggcert_findings Findings by rule and severity.
# TYPE aggcert_findings gauge
aggcert_findings{{setup=\"Pod kube-system/kube-apiserver\",file=\"manifests/kube-apiserver.yaml\",rule=\"ca-expired\",severity=\"error\"}} 0
aggcert_findings{{setup=\"Pod kube-system/kube-apiserver\",file=\"manifests/kube-apiserver.yaml\",rule=\"ca-reused\",severity=\"error\"}} 1
aggcert_findings{{setup=\"Pod kube-system/kube-apiserver\",file=\"manifests/kube-apiserver.yaml\",rule=\"flag-repeated\",severity=\"warning\"}} 0
aggcert_findings{{setup=\"Pod kube-system/kube-apiserver\",file=\"manifests/kube-apiserver.yaml\",rule=\"key-permissions\",severity=\"note\"}} 0
# HELP aggcert_undecided How often a rule could not be decided.
# TYPE aggcert_undecided gauge
aggcert_undecided{{setup=\"Pod kube-system/kube-apiserver\",file=\"manifests/kube-apiserver.yaml\",rule=\"ca-expired\"}} 1
# HELP aggcert_setups Set-ups that were judged.
# TYPE aggcert_setups gauge
aggcert_setups 1
# HELP aggcert_accepted_findings Findings that were accepted.
# TYPE aggcert_accepted_findings gauge
aggcert_accepted_findings 0
# HELP aggcert_unreadable_inputs Inputs that could not be read.
# TYPE aggcert_unreadable_inputs gauge
aggcert_unreadable_inputs 0
# HELP aggcert_undecided_identities How often a rule that decides who can be whom could not be decided.
# TYPE aggcert_undecided_identities gauge
aggcert_undecided_identities 0
# HELP aggcert_flags_not_read Places with flags of ours that could not be read.
# TYPE aggcert_flags_not_read gauge
aggcert_flags_not_read 0
# HELP aggcert_strict_failed Whether --strict ends with 2, for undecided identities or flags that were not read.
# TYPE aggcert_strict_failed gauge
aggcert_strict_failed 0
# HELP aggcert_inputs_not_read Files and directories that were not read.
# TYPE aggcert_inputs_not_read gauge
aggcert_inputs_not_read 0
# HELP aggcert_run_timestamp_seconds The time that was judged at, in seconds since 1970.
# TYPE aggcert_run_timestamp_seconds gauge
aggcert_run_timestamp_seconds 1795293480
\
",
            ca.fingerprint()
        );
        assert_eq!(shown, expected);
    }

    #[test]
    fn no_sample_is_there_twice() {
        let judgement = with_certificate(&Issued::ca("kubernetes"));
        let shown = report(Format::Prometheus, &settings(), &[judgement.clone(), judgement]);
        let mut samples: Vec<&str> = shown.lines().map(|line| line.rsplit_once(' ').unwrap().0).collect();
        let count = samples.len();
        samples.sort_unstable();
        samples.dedup();
        assert_eq!(samples.len(), count, "{shown}");
    }

    #[test]
    fn odd_names_stay_inside_their_label() {
        let mut judgement = with_certificate(&Issued::ca("a\"b\\c\nd"));
        judgement.name = "x\",evil=\"1\"} 1\nevil 2".to_owned();
        let shown = report(Format::Prometheus, &settings(), &[judgement]);
        assert!(shown.contains(r#"setup="x\",evil=\"1\"} 1\nevil 2""#), "{shown}");
        assert!(!shown.lines().any(|line| line.starts_with("evil")), "{shown}");
    }
}
