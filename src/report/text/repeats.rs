//! What is found again and again in one file: in a list of thousands of Pods, in a script that starts a server many times.

use std::collections::HashMap;
use std::sync::Arc;

use crate::lint::{Finding, Rule};
use crate::text::{Origin, SourceFile};

/// Of findings that say the same, as many are drawn; a reader has understood it by then.
const DRAWN_ALIKE: usize = 20;

/// Of one rule's findings, as many are drawn.
const DRAWN: usize = 200;

/// What was drawn of one file, and what was not.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    file: Option<Arc<SourceFile>>,
    /// How many findings say the same.
    alike: HashMap<(&'static str, String), usize>,
    /// How many of each rule were drawn.
    drawn: HashMap<&'static str, usize>,
    /// In the order in which they were met.
    left_out: Vec<LeftOut>,
}

/// Findings of one rule that were not drawn.
#[derive(Debug)]
struct LeftOut {
    rule: &'static str,
    /// What they say, where all say the same.
    message: Option<String>,
    first: Origin,
    count: usize,
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
        let drawn = self.drawn.entry(rule.id).or_default();
        let mut is_new = *drawn < DRAWN;
        if is_new {
            let alike = self.alike.entry((rule.id, finding.message.clone())).or_default();
            *alike += 1;
            is_new = *alike <= DRAWN_ALIKE;
        }
        if is_new {
            *drawn += 1;
            return true;
        }
        self.leave_out(rule.id, finding);
        false
    }

    fn leave_out(&mut self, rule: &'static str, finding: &Finding) {
        match self.left_out.iter_mut().find(|known| known.rule == rule) {
            Some(known) => {
                known.count += 1;
                if known.message.as_ref() != Some(&finding.message) {
                    known.message = None;
                }
            }
            None => self.left_out.push(LeftOut {
                rule,
                message: Some(finding.message.clone()),
                first: finding.origin.clone(),
                count: 1,
            }),
        }
    }

    /// One line for each rule that was not drawn every time.
    pub(super) fn end(&mut self) -> Vec<String> {
        let ended = std::mem::take(self);
        let line = |LeftOut { rule, message, first, count }: LeftOut| {
            let says = message.map(|message| format!(" say the same ({message})")).unwrap_or_default();
            format!("{count} more of {rule}{says}, from {first} on; `--format concise` or -v has all of them")
        };
        ended.left_out.into_iter().map(line).collect()
    }
}
