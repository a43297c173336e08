//! Findings that say the same of one file: a list of thousands of Pods, a script that starts a server again and again.

use std::collections::HashMap;
use std::sync::Arc;

use crate::lint::{Finding, Rule, Severity};
use crate::text::{Origin, SourceFile};

/// Of findings that say the same, as many are drawn; a reader has understood it by then.
const DRAWN: usize = 20;

/// What was drawn of one file, and what was not.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    file: Option<Arc<SourceFile>>,
    /// In the order in which they were met.
    said: Vec<Said>,
    places: HashMap<(&'static str, String), usize>,
}

/// What findings say.
#[derive(Debug)]
struct Said {
    rule: &'static str,
    severity: Severity,
    message: String,
    count: usize,
    /// The first one that was not drawn.
    first: Option<Origin>,
}

impl Repeats {
    /// Begins with a file; gives what there is to be said of the one before it.
    pub(super) fn begin(&mut self, file: &Arc<SourceFile>) -> Vec<String> {
        match &self.file {
            Some(known) if Arc::ptr_eq(known, file) => Vec::new(),
            _ => {
                let ended = self.end();
                self.file = Some(Arc::clone(file));
                ended
            }
        }
    }

    /// Whether a finding is to be drawn.
    pub(super) fn is_drawn(&mut self, rule: &Rule, finding: &Finding) -> bool {
        let place = *self.places.entry((rule.id, finding.message.clone())).or_insert(self.said.len());
        let Some(said) = self.said.get_mut(place) else {
            let Finding { severity, message, .. } = finding;
            let (severity, message) = (*severity, message.clone());
            self.said.push(Said { rule: rule.id, severity, message, count: 1, first: None });
            return true;
        };
        said.count += 1;
        if said.count <= DRAWN {
            return true;
        }
        said.first.get_or_insert_with(|| finding.origin.clone());
        false
    }

    /// One line for each that was not drawn every time.
    pub(super) fn end(&mut self) -> Vec<String> {
        self.file = None;
        self.places.clear();
        let line = |said: Said| {
            let Said { rule, severity, message, count, first } = said;
            let (more, severity, from) = (count.saturating_sub(DRAWN), severity.as_str(), first?);
            Some(format!(
                "{severity}[{rule}]: {message}: {more} more, from {from} on; `--format concise` or -v has all of them"
            ))
        };
        std::mem::take(&mut self.said).into_iter().filter_map(line).collect()
    }
}
