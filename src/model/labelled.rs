//! Which workloads have a label.

use std::collections::BTreeMap;

use crate::source::resource::{Label, is_template};

/// The workloads that stand for Pods, by their labels.
#[derive(Debug, Clone, Default)]
pub(super) struct Labelled {
    known: BTreeMap<Label, Vec<usize>>,
    /// Those with a label that a template makes: it may be any.
    templates: Vec<usize>,
}

impl Labelled {
    /// Nothing.
    pub(super) const NONE: Self = Self { known: BTreeMap::new(), templates: Vec::new() };

    pub(super) fn of<'a>(workloads: impl Iterator<Item = (usize, &'a [Label])>) -> Self {
        let mut all = Self::default();
        for (at, labels) in workloads {
            for label in labels {
                all.known.entry(label.clone()).or_default().push(at);
            }
            if labels.iter().any(|(_, value)| is_template(value)) {
                all.templates.push(at);
            }
        }
        all
    }

    /// Those that may have a label, in their order; `None`: a template makes it, so any may.
    pub(super) fn places(&self, label: &Label) -> Option<Vec<usize>> {
        if is_template(&label.1) {
            return None;
        }
        let mut places = self.known.get(label).cloned().unwrap_or_default();
        places.extend(&self.templates);
        places.sort_unstable();
        places.dedup();
        Some(places)
    }
}
