//! Arguments that are one of many names: too many to list in a help page or an error, and good for completions.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};

use crate::lint::{Rule, rules};
use crate::source::InputFormat;
use crate::text::did_you_mean;

/// Takes one of `values` by its name.
#[derive(Debug, Clone)]
pub(super) struct Named<T: 'static> {
    /// What they are: `rule`.
    kind: &'static str,
    /// How to see them all.
    list: &'static str,
    values: Vec<(&'static str, T)>,
}

/// A rule by its id.
pub(super) fn rule() -> Named<&'static Rule> {
    Named {
        kind: "rule",
        list: "`aggcert rules` lists them",
        values: rules::ALL.iter().map(|rule| (rule.id, *rule)).collect(),
    }
}

/// A shape of input by its name.
pub(super) fn input_format() -> Named<InputFormat> {
    Named {
        kind: "shape",
        list: "docs/reading.md lists them",
        values: InputFormat::ALL.iter().map(|format| (format.name(), *format)).collect(),
    }
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Named<T> {
    type Value = T;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<T, clap::Error> {
        let Self { kind, list, values } = self.clone();
        let named = move |name: &str| {
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()).ok_or_else(|| {
                let suggestion = did_you_mean(name, values.iter().map(|(known, _)| *known));
                format!("there is no {kind} `{name}`{suggestion}; {list}")
            })
        };
        named.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.values.iter().map(|(name, _)| PossibleValue::new(*name))))
    }
}
