//! Messages that mean one thing wherever they stand.

mod api_services;
mod clients;
mod config_map;
mod kubeadm;
mod rights;
mod start_up;

use std::sync::LazyLock;

use regex::Regex;

use super::pattern::{compile, fill};
use super::{About, Explanation, Found, is_free};

/// A message that kube-apiserver, an extension API server or a client prints.
#[derive(Debug)]
pub(super) struct Message {
    /// A regular expression for its fixed part; the named groups fill `{name}` in the texts below.
    pub pattern: &'static str,
    /// Who prints it, and where.
    pub printed_by: &'static str,
    pub about: About,
    pub meaning: &'static str,
    pub rules: &'static [&'static str],
    pub next: &'static [&'static str],
}

const CHECK: &str = "aggcert check    # on a control-plane node";
const CHECK_CONFIG_MAP: &str =
    "kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml | aggcert check -";
const CHECK_SERVICES: &str = "kubectl get apiservices -o yaml | aggcert check -";

pub(super) type Compiled = Vec<(Regex, &'static Message)>;

/// What has one meaning. Of two that overlap in a record the one that stands first is taken.
const SPECIFIC_LISTS: [&[Message]; 6] = [
    kubeadm::MESSAGES,
    start_up::MESSAGES,
    config_map::MESSAGES,
    rights::MESSAGES,
    api_services::MESSAGES,
    clients::MESSAGES,
];

/// What says little, and is taken only where nothing else was recognised.
const GENERAL_LISTS: [&[Message]; 2] = [api_services::GENERAL, clients::GENERAL];

pub(super) static SPECIFIC: LazyLock<Compiled> = LazyLock::new(|| compiled(&SPECIFIC_LISTS));
pub(super) static GENERAL: LazyLock<Compiled> = LazyLock::new(|| compiled(&GENERAL_LISTS));

fn compiled(lists: &[&'static [Message]]) -> Compiled {
    lists.iter().copied().flatten().filter_map(|message| Some((compile(message.pattern)?, message))).collect()
}

/// The messages of a list that stand in a record.
pub(super) fn find(messages: &Compiled, record: &str, found: &mut Vec<Found>) {
    for (pattern, message) in messages.iter() {
        for captures in pattern.captures_iter(record) {
            let Some(range) = captures.get(0).map(|all| all.range()) else { continue };
            if !is_free(&range, found) {
                continue;
            }
            let explanation = Explanation {
                recognised: record.get(range.clone()).unwrap_or_default().to_owned(),
                printed_by: message.printed_by.to_owned(),
                about: message.about,
                meaning: fill(message.meaning, pattern, &captures),
                rules: message.rules.to_vec(),
                next: message.next.iter().map(|command| fill(command, pattern, &captures)).collect(),
            };
            found.push((range, explanation));
        }
    }
}

/// Every message of the tables, for the tests that hold them.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static Message> {
    SPECIFIC_LISTS.into_iter().chain(GENERAL_LISTS).flatten()
}
