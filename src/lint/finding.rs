//! What a rule may say.

use crate::model::Reason;
use crate::text::Origin;

use super::fix::Fix;

/// The levels of SARIF 2.1.0 (section 3.27.10), without `none`.
///
/// Error: the aggregation layer does not work, the server does not start, or an identity can be claimed that should
/// not be. Warning: it will, or it may. Note: worth knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Note,
    Warning,
    Error,
}

impl Severity {
    /// As SARIF spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }

    /// An error where this holds, and else a warning.
    pub fn error_if(worst: bool) -> Self {
        if worst { Self::Error } else { Self::Warning }
    }
}

/// What a rule says of its target. What could not be looked at is never a pass.
#[derive(Debug, Clone)]
pub enum Outcome {
    Pass,
    Fail(Vec<Finding>),
    /// The rule has no business here, and why: `no proxy client is configured`.
    NotApplicable(Vec<Reason>),
    /// It could not be decided, and why: `--client-ca-file: /etc/kubernetes/pki/ca.crt is not on this host`.
    Unknown(Vec<Reason>),
    /// It failed, and a person has accepted all that it found (`aggcert.toml`, the baseline); where and why. No rule
    /// says this by itself.
    Accepted(String),
}

impl Outcome {
    pub fn not_applicable(why: impl Into<String>) -> Self {
        Reason::no_business(why).into()
    }

    pub fn undecided(why: impl Into<String>) -> Self {
        Reason::undecided(why).into()
    }

    /// What was found.
    pub fn into_findings(self) -> Vec<Finding> {
        match self {
            Self::Fail(findings) => findings,
            _ => Vec::new(),
        }
    }
}

/// The cause decides whether a rule does not apply or could not be decided, so that it is the same for every rule.
impl From<Reason> for Outcome {
    fn from(why: Reason) -> Self {
        vec![why].into()
    }
}

impl From<Finding> for Outcome {
    fn from(finding: Finding) -> Self {
        Self::Fail(vec![finding])
    }
}

impl From<Vec<Reason>> for Outcome {
    fn from(why: Vec<Reason>) -> Self {
        let is_nothing_to_judge = why.iter().all(|reason| reason.cause().is_nothing_to_judge());
        if is_nothing_to_judge { Self::NotApplicable(why) } else { Self::Unknown(why) }
    }
}

/// Something that is wrong, and where.
#[derive(Debug, Clone)]
pub struct Finding {
    pub severity: Severity,
    /// One sentence: what is wrong here, with the names and values of this set-up.
    pub message: String,
    /// Where it is written; what the caret points at.
    pub origin: Origin,
    /// What the caret says, in a few words.
    pub label: String,
    /// Other places that belong to it, each with its label.
    pub related: Vec<Related>,
    /// What happens because of it, to whom, here.
    pub consequence: String,
    /// What the model shows: `any certificate of CN=kubernetes becomes system:masters by sending X-Remote-Group`.
    pub demonstration: Option<String>,
    /// What to do, and what to type.
    pub fix: Fix,
    /// Fingerprints and names that identify the finding when lines move; parts of the stable fingerprint.
    pub identity: Vec<String>,
}

/// What is wrong, before it is said where: no finding is without a place.
#[derive(Debug)]
pub struct Wrong {
    severity: Severity,
    message: String,
}

impl Wrong {
    /// Where it is written, and what the caret says.
    pub fn at(self, origin: &Origin, label: impl Into<String>) -> Finding {
        Finding {
            severity: self.severity,
            message: self.message,
            origin: origin.clone(),
            label: label.into(),
            related: Vec::new(),
            consequence: String::new(),
            demonstration: None,
            fix: Fix::default(),
            identity: Vec::new(),
        }
    }
}

/// A rule says a finding's fields one after the other; other places and a demonstration are not everywhere.
impl Finding {
    #[expect(clippy::new_ret_no_self, reason = "it has no place yet")]
    pub fn new(severity: Severity, message: impl Into<String>) -> Wrong {
        Wrong { severity, message: message.into() }
    }

    pub fn error(message: impl Into<String>) -> Wrong {
        Self::new(Severity::Error, message)
    }

    pub fn warning(message: impl Into<String>) -> Wrong {
        Self::new(Severity::Warning, message)
    }

    pub fn note(message: impl Into<String>) -> Wrong {
        Self::new(Severity::Note, message)
    }

    #[must_use]
    pub fn related(self, related: impl IntoIterator<Item = Related>) -> Self {
        Self { related: related.into_iter().collect(), ..self }
    }

    #[must_use]
    pub fn consequence(self, consequence: impl Into<String>) -> Self {
        Self { consequence: consequence.into(), ..self }
    }

    #[must_use]
    pub fn demonstration(self, demonstration: impl Into<Option<String>>) -> Self {
        Self { demonstration: demonstration.into(), ..self }
    }

    #[must_use]
    pub fn fix(self, fix: impl Into<Fix>) -> Self {
        Self { fix: fix.into(), ..self }
    }

    #[must_use]
    pub fn identity<S: Into<String>>(self, identity: impl IntoIterator<Item = S>) -> Self {
        Self { identity: identity.into_iter().map(Into::into).collect(), ..self }
    }
}

#[derive(Debug, Clone)]
pub struct Related {
    pub origin: Origin,
    pub label: String,
}

/// Something for the summary that is no finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub origin: Option<Origin>,
    pub text: String,
}
