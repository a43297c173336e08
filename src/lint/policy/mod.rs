//! What a team has decided about findings: `aggcert.toml`.
//!
//! ```toml
//! expiry-warning = "60d"
//! fail-on = "warning"
//!
//! [rules]
//! validity-too-long = "off"
//! allowed-names-empty = "error"
//!
//! [[ignore]]
//! rule = "key-permissions"
//! path = "clusters/lab/**"
//! reason = "the lab has one user"
//! until = 2027-01-31
//!
//! [[cluster]]
//! nodes = "clusters/lab/node*"
//! ```

mod apply;
mod cluster;
mod comment;
mod pattern;
mod period;
mod read;
mod uses;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use time::{Date, Duration, OffsetDateTime, UtcOffset};

use super::finding::Severity;
use crate::source::BaseDirectory;
use crate::source::input::InputError;
use crate::system;
use crate::text::{Located, Origin, SourceFile};

pub(super) use apply::accept;
use uses::Uses;

pub use cluster::Cluster;
pub use comment::Comment;
pub use pattern::Pattern;
pub use period::{PeriodError, parse_period};

/// The name that is searched for.
pub const FILE_NAME: &str = "aggcert.toml";

/// Severities, rules that are off, and findings that are accepted.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The file, and what its patterns are relative to: its directory.
    source: Option<(Arc<SourceFile>, BaseDirectory)>,
    /// How long before its end a certificate counts as expiring, where the file says so.
    pub expiry_warning: Option<Duration>,
    /// The least severity that makes the exit code 1, where the file says so.
    pub fail_on: Option<Severity>,
    levels: Vec<(&'static str, Located<Level>)>,
    ignores: Vec<Ignore>,
    /// Patterns of the files of each cluster's nodes.
    clusters: Vec<Pattern>,
    scope: Scope,
    /// Comments beside findings accept them.
    comments_count: bool,
    uses: Uses,
}

/// What a run looks at.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Files and directories, which are searched.
    pub paths: Vec<PathBuf>,
    /// The ids of all rules.
    pub rules: Vec<&'static str>,
    /// Those that are not asked.
    pub not_asked: Vec<&'static str>,
    /// Of the [`Policy::places`] those that are not there: no run can look at them.
    pub absent: Vec<PathBuf>,
}

/// What a rule's findings count as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Off,
    At(Severity),
}

/// One `[[ignore]]`.
#[derive(Debug, Clone)]
pub struct Ignore {
    pub rule: &'static str,
    /// Files, relative to the directory of `aggcert.toml`; `None`: all.
    pub path: Option<Pattern>,
    pub reason: String,
    /// The last day on which it holds, in UTC.
    pub until: Option<Located<Date>>,
    /// The whole entry's first line.
    pub origin: Origin,
}

/// Why `aggcert.toml` cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    #[error("{0}")]
    Unreadable(InputError),
    /// Everything that is wrong in it, in the order of the file.
    #[error("{}", lines(.0))]
    Faulty(Vec<Located<String>>),
}

impl Policy {
    /// Nothing is decided: every rule is on, at its own severity.
    pub fn none() -> Self {
        Self {
            source: None,
            expiry_warning: None,
            fail_on: None,
            levels: Vec::new(),
            ignores: Vec::new(),
            clusters: Vec::new(),
            scope: Scope::default(),
            comments_count: true,
            uses: Uses::default(),
        }
    }

    /// The nearest `aggcert.toml` from `directory` (absolute) upwards, not above the root of a repository; and what is
    /// to be said of one that lies above `directory` and that somebody else than the user or root may have written: it
    /// does not count.
    pub fn search(directory: &Path) -> (Option<PathBuf>, Option<String>) {
        let mut distrusted = None;
        for place in directory.ancestors() {
            let candidate = place.join(FILE_NAME);
            if let Ok(metadata) = candidate.metadata()
                && metadata.is_file()
            {
                let why = if place == directory { None } else { untrusted(&metadata) };
                let Some(why) = why else { return (Some(candidate), distrusted) };
                let said = format!("{}: it {why}, so it does not count; --config uses it", candidate.display());
                distrusted.get_or_insert(said);
            }
            if place.join(".git").exists() {
                break;
            }
        }
        (None, distrusted)
    }

    /// The file that it was read from.
    pub fn file(&self) -> Option<&Arc<SourceFile>> {
        self.source.as_ref().map(|(file, _)| file)
    }

    /// Ignores that no longer hold at `now`.
    pub fn expired(&self, now: OffsetDateTime) -> impl Iterator<Item = (&Ignore, &Located<Date>)> {
        self.ignores
            .iter()
            .filter(move |ignore| !ignore.holds(now))
            .filter_map(|ignore| Some((ignore, ignore.until.as_ref()?)))
    }

    /// The clusters whose nodes are compared, with the patterns that they are named by.
    pub fn clusters(&self) -> impl Iterator<Item = (String, Cluster)> {
        let base = self.source.iter().map(|(_, base)| base);
        base.flat_map(|base| {
            self.clusters.iter().map(|nodes| (nodes.to_string(), Cluster::new(nodes.clone(), base.clone())))
        })
    }

    /// How many ignores there are.
    pub fn ignores(&self) -> usize {
        self.ignores.len()
    }

    /// The comments that accept findings, of all files that were judged.
    pub fn comments(&self) -> Vec<Comment> {
        self.uses.comments()
    }

    /// Comments in the files that are judged accept nothing.
    #[must_use]
    pub fn without_comments(self) -> Self {
        Self { comments_count: false, ..self }
    }

    /// Says what the run looks at: what lies outside of it may be needed.
    pub fn set_scope(&mut self, scope: Scope) {
        self.scope = scope;
    }

    /// Ignores of the file that hold at `now` and have accepted nothing, although everything that they mean was judged.
    pub fn unused(&self, now: OffsetDateTime) -> impl Iterator<Item = &Ignore> {
        let holding = self.ignores.iter().filter(move |ignore| ignore.holds(now));
        holding.filter(|ignore| {
            let meant = |file: &str| self.concerns(ignore, file);
            let is_in_scope = match &ignore.path {
                Some(path) => self.uses.is_judged(meant) || self.searches(path),
                None => self.uses.is_judged(meant),
            };
            is_in_scope && self.is_unused(&ignore.origin, ignore.rule, meant)
        })
    }

    /// What is to be said of a rule's id in a comment, when there is no such rule.
    pub fn unknown_rule(&self, id: &str) -> Option<String> {
        let known = &self.scope.rules;
        (!known.contains(&id)).then(|| read::no_such_rule(id, known.iter().copied()))
    }

    /// The rules of a comment that have accepted nothing, although they were asked.
    pub fn unused_in<'c>(&self, comment: &'c Comment) -> impl Iterator<Item = &'c str> {
        let file = comment.origin.file().name();
        let is_unused = move |rule: &&str| self.is_unused(&comment.origin, rule, |other| other == file);
        comment.rules.iter().map(String::as_str).filter(is_unused)
    }

    fn is_unused(&self, origin: &Origin, rule: &str, meant: impl Fn(&str) -> bool) -> bool {
        let is_off = self.levels.iter().any(|(id, level)| *id == rule && level.value == Level::Off);
        let is_asked = !is_off && !self.scope.not_asked.contains(&rule);
        is_asked && !self.uses.is_used(origin, rule) && !self.uses.is_undecided(rule, meant)
    }

    /// Where the files lie that its patterns mean.
    pub fn places(&self) -> impl Iterator<Item = PathBuf> {
        let patterns = self.ignores.iter().filter_map(|ignore| ignore.path.as_ref()).chain(&self.clusters);
        patterns.filter_map(|pattern| self.place(pattern))
    }

    /// Whether all files are looked at that a pattern can mean.
    pub(in crate::lint) fn searches(&self, pattern: &Pattern) -> bool {
        let (Some((_, base)), Some(place)) = (&self.source, self.place(pattern)) else { return false };
        let mut paths = self.scope.paths.iter();
        paths.any(|path| place.starts_with(base.absolute(&path.to_string_lossy())))
            || (!pattern.is_absolute() && self.scope.absent.contains(&place))
    }

    /// `None`: it means no file. Standard input and clusters have names in angle brackets.
    fn place(&self, pattern: &Pattern) -> Option<PathBuf> {
        let literal = Some(pattern.literal()).filter(|literal| !literal.starts_with('<'))?;
        self.source.as_ref().map(|(_, base)| base.path().join(literal))
    }
}

impl Ignore {
    fn holds(&self, now: OffsetDateTime) -> bool {
        let today = now.to_offset(UtcOffset::UTC).date();
        self.until.as_ref().is_none_or(|until| today <= until.value)
    }
}

/// Why others may have written a file.
fn untrusted(metadata: &std::fs::Metadata) -> Option<&'static str> {
    let status = system::status(metadata)?;
    if status.is_foreign() {
        return Some("belongs to another user");
    }
    (status.mode & 0o022 != 0).then_some("can be written by others")
}

fn lines(faults: &[Located<String>]) -> String {
    faults.iter().map(|fault| format!("{}: {}", fault.origin, fault.value)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
