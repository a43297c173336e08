//! Records that end before their sentence does, or begin behind its beginning: pagers, tables and writers cut a line at its edge.
//!
//! What a beginning says is not what the whole says: `failed to retrieve openAPI spec` is harmless, and with `ResponseCode:
//! 401` behind it the front proxy is not accepted. So nothing is denied of a record that was cut where a reason may follow.

use std::ops::Range;

use super::messages::CHECK_CONDITIONS;
use super::subject::{self, Other};
use super::{About, Explanation, Telling, reason};

/// What is left behind a message that is shorter tells nothing.
const SHORTEST_REASON: usize = 12;

/// What the envelope puts where it took the mark of a pager away.
pub(super) const MARK: char = '…';

/// The record up to where it was cut; `None`: it is whole.
fn beginning(record: &str) -> Option<&str> {
    let end = record.trim_end_matches(|c: char| c.is_whitespace() || "\"'`)]}".contains(c));
    let rest = end.strip_suffix(MARK).or_else(|| end.strip_suffix("..."))?.trim_end_matches(['.', ' ', MARK]);
    // What goes on, a program says with dots too: `retrying...`.
    let is_going_on =
        ["retrying", "connecting", "initializing", "restarting", "waiting"].iter().any(|word| rest.ends_with(word));
    (!is_going_on).then_some(rest)
}

/// Whether somebody marked that the beginning is not there, which names who speaks and of what.
fn is_headless(record: &str) -> bool {
    let start = record.trim_start_matches(|c: char| c.is_whitespace() || "\"'`([".contains(c));
    start.starts_with("...") || start.starts_with(MARK)
}

/// What was found, without what the part that was cut off may refute.
pub(super) fn hedge(found: Explanation, range: &Range<usize>, record: &str, telling: Telling) -> Explanation {
    if found.about == About::SomethingElse && is_headless(record) {
        let meaning = format!(
            "The beginning of the line was cut off, which may make it another matter. As far as it goes: {}",
            affirmed(&found.meaning)
        );
        return Explanation { about: About::NotTold, meaning, ..found };
    }
    let Some(beginning) = beginning(record).filter(|_| found.about == About::SomethingElse) else { return found };
    let is_own = subject::is_own(record);
    // A party that is named beside complete words stays: a webhook is one, however the line goes on.
    let is_at_end = range.end + SHORTEST_REASON >= beginning.len() && (is_own || Other::of(record).is_none());
    let is_list = beginning.rfind('[') > beginning.rfind(']');
    let is_open = telling != Telling::Cause || is_at_end || is_list;
    if !is_open {
        return found;
    }
    let mut meaning = format!(
        "The line was cut off, and what follows may make it another matter. As far as it goes: {}",
        affirmed(&found.meaning)
    );
    let mut next = found.next;
    if is_own {
        meaning += " The whole line tells, or the condition of the APIService: a time-out or a refused connection is the network, 401 or 403 \
            the front proxy, x509 the caBundle.";
        next = vec![CHECK_CONDITIONS.to_owned()];
    }
    Explanation { about: About::NotTold, meaning, next, ..found }
}

/// What is said without the denial that it begins with.
fn affirmed(meaning: &str) -> String {
    let rest = meaning.strip_prefix("This is ").and_then(|rest| rest.split_once(": ")).map(|(_, rest)| rest);
    reason::lower_first(rest.unwrap_or(meaning))
}
