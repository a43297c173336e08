//! What a rule is and what it may say.

use time::{Duration, OffsetDateTime};

use crate::model::{Reason, Setup};
use crate::source::ApiService;
use crate::text::Origin;

use super::Policy;
use super::page::{self, Page};

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

/// A rule is one file in `lint/rules` (a static of this type, its check, its tests) and one page in `docs/rules`.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case; says what is wrong, without a severity.
    pub id: &'static str,
    /// The highest that the rule gives by itself; a finding may have a lower one.
    pub severity: Severity,
    /// Its page, `docs/rules/<id>.md`; [`Rule::page`] takes it apart.
    pub text: &'static str,
    /// One for each kind of thing that it looks at.
    pub checks: &'static [Check],
}

impl Rule {
    /// What it finds, in one line without a full stop.
    pub fn summary(&self) -> &'static str {
        page::summary(self.text)
    }

    /// Why, examples, how to fix it, and the sources.
    pub fn page(&self) -> Page {
        Page::read(self.text)
    }

    /// What it says of a target; `None`: it does not look at such a thing.
    pub fn judge(&self, target: Target<'_>, context: &Context<'_>) -> Option<Outcome> {
        self.checks.iter().find_map(|check| check.apply(target, context))
    }
}

/// A question, typed by what it is asked about.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// Of each kube-apiserver.
    Server(fn(&Setup, &Context<'_>) -> Outcome),
    /// Of each kube-controller-manager and kube-scheduler.
    OtherComponent(fn(&Setup, &Context<'_>) -> Outcome),
    /// Of each ConfigMap `extension-apiserver-authentication`, as the set-up of an extension API server that reads it.
    ConfigMap(fn(&Setup, &Context<'_>) -> Outcome),
    ApiService(fn(&ApiService, &Context<'_>) -> Outcome),
    /// Of all servers that were named as nodes of one cluster.
    Nodes(fn(&[&Setup], &Context<'_>) -> Outcome),
    /// Of the `aggcert.toml` that is in use.
    Policy(fn(&Policy, &Context<'_>) -> Outcome),
}

impl Check {
    fn apply(&self, target: Target<'_>, context: &Context<'_>) -> Option<Outcome> {
        Some(match (self, target) {
            (Self::Server(check), Target::Server(setup))
            | (Self::OtherComponent(check), Target::OtherComponent(setup))
            | (Self::ConfigMap(check), Target::ConfigMap(setup)) => check(setup, context),
            (Self::ApiService(check), Target::ApiService(service)) => check(service, context),
            (Self::Nodes(check), Target::Nodes(nodes)) => check(nodes, context),
            (Self::Policy(check), Target::Policy(policy)) => check(policy, context),
            _ => return None,
        })
    }
}

/// What a rule may look at beside its target. Everything is already read; a rule does no input.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Everything that was found beside the target: the same file's and directory's other documents.
    pub beside: &'a [Target<'a>],
    pub now: OffsetDateTime,
    /// How long before its end a certificate counts as expiring.
    pub expiry_warning: Duration,
}

/// One thing that was read, with its files loaded.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    Server(&'a Setup),
    OtherComponent(&'a Setup),
    /// A ConfigMap as the set-up of an extension API server that reads it.
    ConfigMap(&'a Setup),
    ApiService(&'a ApiService),
    Nodes(&'a [&'a Setup]),
    Policy(&'a Policy),
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
}

/// The cause decides whether a rule does not apply or could not be decided, so that it is the same for every rule.
impl From<Reason> for Outcome {
    fn from(why: Reason) -> Self {
        if why.cause().is_nothing_to_judge() { Self::NotApplicable(vec![why]) } else { Self::Unknown(vec![why]) }
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
    /// The flag or command to type.
    pub fix: String,
    /// Fingerprints and names that identify the finding when lines move; parts of the stable fingerprint.
    pub identity: Vec<String>,
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

impl Severity {
    /// As SARIF spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}
