//! What a rule is, and what it is asked about.

use time::{Duration, OffsetDateTime};

use crate::model::{ConfigMap, ExtensionServer, Objects, Setup};
use crate::source::{ApiService, Collection, Handshake};

use super::finding::{Outcome, Severity};
use super::page::{self, Page};
use super::policy::Policy;

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

    /// What it says of a target; `None`: it does not look at such a thing.
    pub fn judge(&self, target: Target<'_>, context: &Context<'_>) -> Option<Outcome> {
        self.checks.iter().find_map(|check| check.apply(target, context))
    }

    /// Whether it looks at the nodes of a cluster.
    pub(super) fn compares_nodes(&self) -> bool {
        self.checks.iter().any(|check| matches!(check, Check::Nodes(_)))
    }
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

/// What a rule may look at beside its target. Everything is already read; a rule does no input.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Everything that was found beside the target, which may be among it: the same file's and directory's documents.
    pub beside: &'a [Target<'a>],
    /// The objects around APIServices and extension API servers.
    pub objects: &'a Objects,
    pub now: OffsetDateTime,
    /// How long before its end a certificate counts as expiring.
    pub expiry_warning: Duration,
}

/// One thing that was read, with its files loaded.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    Server(&'a Setup),
    OtherComponent(&'a Setup),
    ConfigMap(&'a ConfigMap),
    ApiService(&'a ApiService),
    /// A cluster that was read, for what of it could not be.
    Cluster(&'a Collection),
    /// A server of it that was asked itself.
    Handshake(&'a Handshake),
    Extension(&'a ExtensionServer),
    Nodes(&'a [&'a Setup]),
    Policy(&'a Policy),
}
