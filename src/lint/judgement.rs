//! What the rules said of one target.

use time::{Date, OffsetDateTime};

use crate::kubernetes::Component;
use crate::model::{Reason, Trust};
use crate::source::InputFormat;
use crate::text::Origin;
use crate::x509::Certificate;

use super::{Finding, Note, Outcome, Rule, RuleOutcome, Severity, rules};

/// All that is to be reported of one target: a pure value, in a stable order, ready for any reporter.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// `kube-apiserver`, `kube-controller-manager`, `ConfigMap`, `APIService`, `nodes`, `settings`.
    pub kind: &'static str,
    /// What tells it from others: `Pod kube-system/kube-apiserver`.
    pub name: String,
    /// The place that stands for all of it.
    pub origin: Origin,
    /// `None` for what is no single document, such as the nodes of a cluster.
    pub format: Option<InputFormat>,
    /// The outcome of every rule that looks at such a target, in the order of the registry.
    pub outcomes: Vec<RuleOutcome>,
    /// Findings that a person has accepted.
    pub accepted: Vec<Accepted>,
    /// The certificates that were looked at, once each.
    pub certificates: Vec<CertificateInUse>,
    /// What a set-up's flags hold.
    pub trust: Trust,
    /// Files and values that could not be looked at, and why.
    pub not_looked_at: Vec<Reason>,
    /// A kube-apiserver of which a part of the flags is here, and none that says whom it trusts.
    pub is_silent: bool,
    /// Values that nobody wrote: `--requestheader-allowed-names=front-proxy-client (a default of kubeadm)`.
    pub defaults: Vec<Note>,
}

/// A finding that a person has accepted.
#[derive(Debug, Clone)]
pub struct Accepted {
    pub rule: &'static Rule,
    pub finding: Finding,
    pub reason: String,
    pub by: AcceptedBy,
}

/// Where it is written that a finding is accepted.
#[derive(Debug, Clone)]
pub enum AcceptedBy {
    /// A comment beside it.
    Comment(Origin),
    /// An `[[ignore]]` of `aggcert.toml`, and the last day on which it holds.
    Settings { origin: Origin, until: Option<Date> },
    /// The file of a baseline.
    Baseline(String),
}

impl AcceptedBy {
    /// The place; of a baseline the file alone is known.
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Comment(origin) | Self::Settings { origin, .. } => Some(origin),
            Self::Baseline(_) => None,
        }
    }
}

impl Accepted {
    /// Why, and where that is written.
    pub fn said(&self) -> String {
        let place = match &self.by {
            AcceptedBy::Comment(origin) | AcceptedBy::Settings { origin, until: None } => format!(" in {origin}"),
            AcceptedBy::Settings { origin, until: Some(until) } => format!(" until {until} in {origin}"),
            AcceptedBy::Baseline(path) => format!(" in {path}"),
        };
        format!("{} (accepted{place})", self.reason)
    }
}

/// A certificate and the role in which it was met.
#[derive(Debug, Clone)]
pub struct CertificateInUse {
    /// The flag without dashes, such as `requestheader-client-ca-file`, or the ConfigMap's key.
    pub role: &'static str,
    /// The path as the server has it.
    pub path: String,
    pub certificate: Certificate,
}

/// What one run looked at and found.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Files that were read and in which something was recognised.
    pub files_read: usize,
    /// Files found in directories in which nothing was recognised.
    pub files_unrecognised: usize,
    /// Files of certificates and keys found in directories, which are no set-ups.
    pub files_of_pki: usize,
    /// What was found in directories and not read, though it may be ours; each says which and why.
    pub not_read: Vec<String>,
    /// How many of these give a flag of ours, and do not only speak of it.
    pub flags_not_read: usize,
    /// The `aggcert.toml` that was used.
    pub settings: Option<String>,
    /// Targets that were judged.
    pub targets: usize,
    /// How many of them are set-ups.
    pub setups: usize,
    /// How many of them are kube-apiservers.
    pub kube_apiservers: usize,
    /// How many of these do not say whom they trust, because only other flags of them are here.
    pub silent_kube_apiservers: usize,
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
    /// Findings that were accepted by `aggcert.toml` or the baseline.
    pub accepted: usize,
    pub passed: usize,
    pub not_applicable: usize,
    pub unknown: usize,
    /// Of these, how often it was a rule that decides who can be whom.
    pub unknown_identities: usize,
    /// The next end of a certificate that was looked at.
    pub next_end: Option<NextEnd>,
    /// Inputs that could not be read; each says the file and what to do. Any of them makes the exit code 2.
    pub failures: Vec<String>,
    /// The time that was judged at.
    pub now: Option<OffsetDateTime>,
    /// Whether `--strict` wants to know who can be whom.
    pub strict: bool,
}

/// When a certificate ends, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextEnd {
    pub at: OffsetDateTime,
    pub subject: String,
    pub path: String,
}

impl Judgement {
    /// All findings with their rules, in the order of the registry.
    pub fn findings(&self) -> impl Iterator<Item = (&'static Rule, &Finding)> {
        self.outcomes.iter().flat_map(|RuleOutcome { rule, outcome }| {
            let findings: &[Finding] = match outcome {
                Outcome::Fail(findings) => findings,
                _ => &[],
            };
            findings.iter().map(move |finding| (*rule, finding))
        })
    }

    /// What was judged, for people: `kube-apiserver Pod kube-system/kube-apiserver`, `3 control-plane nodes`.
    pub fn title(&self) -> String {
        // What is no single document has a name that says it all, and flags have none but the component's.
        if self.format.is_none() || self.name == self.kind {
            self.name.clone()
        } else {
            format!("{} {}", self.kind, self.name)
        }
    }

    /// Whether it is of something that was read, and not of several together or of what accepts findings.
    fn is_of_a_setup(&self) -> bool {
        !matches!(self.kind, "nodes" | "settings")
    }

    /// The severity of the worst finding.
    pub fn worst(&self) -> Option<Severity> {
        self.findings().map(|(_, finding)| finding.severity).max()
    }
}

impl Summary {
    /// `--strict` asked for what could not be decided or was not read, so that the exit code is 2.
    pub fn lacks_what_strict_wants(&self) -> bool {
        self.strict && self.unknown_identities + self.flags_not_read > 0
    }

    /// Notes what was not compared, where something was not; whoever gave both believes that it was.
    pub(super) fn not_compared(&mut self, why: Option<&String>) {
        self.unknown_identities += usize::from(why.is_some());
        self.not_read.extend(why.cloned());
    }

    /// Adds one judgement's counts.
    pub fn count(&mut self, judgement: &Judgement) {
        self.targets += 1;
        self.setups += usize::from(judgement.is_of_a_setup());
        self.kube_apiservers += usize::from(judgement.kind == Component::KubeApiserver.name());
        self.silent_kube_apiservers += usize::from(judgement.is_silent);
        self.accepted += judgement.accepted.len();
        for (_, finding) in judgement.findings() {
            match finding.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Note => self.notes += 1,
            }
        }
        for in_use in &judgement.certificates {
            self.count_end(in_use);
        }
        for RuleOutcome { rule, outcome } in &judgement.outcomes {
            if matches!(outcome, Outcome::Unknown(_)) && rules::decides_identity(rule) {
                self.unknown_identities += 1;
            }
            match outcome {
                Outcome::Pass => self.passed += 1,
                Outcome::NotApplicable(_) => self.not_applicable += 1,
                Outcome::Unknown(_) => self.unknown += 1,
                Outcome::Fail(_) | Outcome::Accepted(_) => {}
            }
        }
    }

    fn count_end(&mut self, in_use: &CertificateInUse) {
        let at = in_use.certificate.not_after;
        let over = self.now.is_some_and(|now| at < now);
        if over || self.next_end.as_ref().is_some_and(|next| next.at <= at) {
            return;
        }
        let subject = in_use.certificate.subject.to_string();
        self.next_end = Some(NextEnd { at, subject, path: in_use.path.clone() });
    }
}
