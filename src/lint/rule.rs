//! What a rule is, and what it is asked about.

use crate::model::{ConfigMap, ExtensionServer, Setup};
use crate::source::{ApiService, Handshake};

use super::facts::init_command::issued_or_refused;
use super::finding::{Outcome, Severity};
use super::page::{self, Page};
use super::policy::Policy;
use super::{Context, Target};

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

/// Where the book is: `documentation` of Cargo.toml, which cargo does not hand on.
const SITE: &str = "https://aggcert.github.io/aggcert";

impl Rule {
    /// What it finds, in one line without a full stop.
    pub fn summary(&self) -> &'static str {
        page::summary(self.text)
    }

    /// Why, examples, how to fix it, and the sources.
    pub fn page(&self) -> Page {
        Page::read(self.text)
    }

    /// Its page on the site, as mdBook lays it out.
    pub fn url(&self) -> String {
        format!("{SITE}/rules/{}.html", self.id)
    }

    /// What it says of a target by itself; `None`: it does not look at such a thing.
    pub fn judge(&self, target: Target<'_>, context: &Context<'_>) -> Option<Outcome> {
        let mut outcome = self.checks.iter().find_map(|check| check.apply(target, context))?;
        if let (Target::Server(setup), Outcome::Fail(findings)) = (target, &mut outcome) {
            for finding in findings.iter_mut().filter(|finding| finding.fix.issues) {
                finding.fix = issued_or_refused(setup, std::mem::take(&mut finding.fix), context);
            }
        }
        Some(outcome)
    }

    /// Whether it looks at the nodes of a cluster.
    pub(super) fn compares_nodes(&self) -> bool {
        self.checks.iter().any(|check| matches!(check, Check::Nodes(_)))
    }
}

/// One rule's outcome for a target.
#[derive(Debug, Clone)]
pub struct RuleOutcome {
    pub rule: &'static Rule,
    pub outcome: Outcome,
}

/// A question, typed by what it is asked about.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// Of each kube-apiserver.
    Server(fn(&Setup, &Context<'_>) -> Outcome),
    /// Of each kube-apiserver, and of each ConfigMap, by who reads it: both say who is believed.
    Trust(fn(&Setup, &Context<'_>) -> Outcome),
    /// Of each kube-controller-manager and kube-scheduler.
    OtherComponent(fn(&Setup, &Context<'_>) -> Outcome),
    /// Of each ConfigMap `extension-apiserver-authentication`.
    ConfigMap(fn(&ConfigMap, &Context<'_>) -> Outcome),
    ApiService(fn(&ApiService, &Context<'_>) -> Outcome),
    /// Of each extension API server that runs in a Pod.
    Extension(fn(&ExtensionServer, &Context<'_>) -> Outcome),
    /// Of each server of a cluster that was asked itself.
    Handshake(fn(&Handshake, &Context<'_>) -> Outcome),
    /// Of all servers that were named as nodes of one cluster.
    Nodes(fn(&[&Setup], &Context<'_>) -> Outcome),
    /// Of the `aggcert.toml` that is in use.
    Policy(fn(&Policy, &Context<'_>) -> Outcome),
}

impl Check {
    fn apply(&self, target: Target<'_>, context: &Context<'_>) -> Option<Outcome> {
        Some(match (self, target) {
            (Self::Server(check) | Self::Trust(check), Target::Server(setup))
            | (Self::OtherComponent(check), Target::OtherComponent(setup)) => check(setup, context),
            (Self::Trust(check), Target::ConfigMap(config_map)) => check(config_map.reader(), context),
            (Self::ConfigMap(check), Target::ConfigMap(config_map)) => check(config_map, context),
            (Self::ApiService(check), Target::ApiService(service)) => check(service, context),
            (Self::Extension(check), Target::Extension(server)) => check(server, context),
            (Self::Handshake(check), Target::Handshake(handshake)) => check(handshake, context),
            (Self::Nodes(check), Target::Nodes(nodes)) => check(nodes, context),
            (Self::Policy(check), Target::Policy(policy)) => check(policy, context),
            _ => return None,
        })
    }
}
