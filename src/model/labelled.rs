//! Which workloads have a label.

use std::collections::BTreeMap;

use crate::source::resource::{Label, is_template};

/// The workloads that stand for Pods, by their labels.
#[derive(Debug, Clone, Default)]
pub(super) struct Labelled {
    by_label: BTreeMap<Label, Vec<usize>>,
    /// By the keys of labels that a template makes: such a one may be any.
    templates: BTreeMap<String, Vec<usize>>,
    by_key: BTreeMap<String, Vec<usize>>,
}

impl Labelled {
    /// Nothing.
    pub(super) const NONE: Self =
        Self { by_label: BTreeMap::new(), templates: BTreeMap::new(), by_key: BTreeMap::new() };

    pub(super) fn of<'a>(workloads: impl Iterator<Item = (usize, &'a [Label])>) -> Self {
        let mut all = Self::default();
        for (at, labels) in workloads {
            for label in labels {
                let (key, value) = label;
                all.by_label.entry(label.clone()).or_default().push(at);
                all.by_key.entry(key.clone()).or_default().push(at);
                if is_template(value) {
                    all.templates.entry(key.clone()).or_default().push(at);
                }
            }
        }
        all
    }

    /// Those that may have all labels of a selector, and others, in their order.
    pub(super) fn places(&self, selector: &[Label]) -> Vec<usize> {
        let parts = |label: &Label| {
            let of_key = |all: &'_ BTreeMap<String, Vec<usize>>| all.get(&label.0).cloned().unwrap_or_default();
            match is_template(&label.1) {
                true => of_key(&self.by_key),
                false => [self.by_label.get(label).cloned().unwrap_or_default(), of_key(&self.templates)].concat(),
            }
        };
        let mut places = selector.iter().map(parts).min_by_key(Vec::len).unwrap_or_default();
        places.sort_unstable();
        places.dedup();
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarest_label_of_a_selector_says_who_is_compared() {
        let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let common = |at: usize| vec![label("tier", "back"), label("app", &format!("a{at}")), label("of", "{{ .x }}")];
        let all: Vec<Vec<Label>> = (0..100).map(common).collect();
        let labelled = Labelled::of(all.iter().enumerate().map(|(at, labels)| (at, labels.as_slice())));
        let places = |selector: &[Label]| labelled.places(selector).len();
        assert_eq!(places(&[label("tier", "back")]), 100);
        assert_eq!(labelled.places(&[label("tier", "back"), label("app", "a7")]), [7]);
        assert_eq!(places(&[label("tier", "back"), label("none", "{{ .y }}")]), 0);
        assert_eq!(places(&[label("of", "any")]), 100, "a template may make it");
        assert_eq!(places(&[]), 0);
    }
}
