//! What a log line of this matter means.
//!
//! A text is cut into records and each record is taken out of what loggers, containers and terminals wrapped around it
//! (`envelope`). What is then found in it is a refusal by the authenticators (`authentication`), what kube-apiserver says
//! of an extension API server that it cannot use (`availability`), a message with one meaning (`messages`), or a reason
//! that says different things in different conversations (`conversation`, `reason`): `certificate signed by unknown
//! authority` is about a webhook as often as about the front proxy. Whose matter it is `subject` decides at the end, for
//! whatever was found: who else is named (`stranger`), or was called (`address`); words that more than one program has are
//! one's only where the record names it (`messages::shared`). What all records of a text say together, in which order, is
//! `told`'s.

mod address;
mod authentication;
mod availability;
mod commands;
mod conversation;
mod cut;
mod envelope;
mod literals;
mod markup;
mod messages;
mod names;
mod object;
mod pattern;
mod prose;
mod reason;
mod speaker;
mod stranger;
mod subject;
mod told;
mod wraps;

use std::ops::Range;
use std::sync::LazyLock;

pub(crate) use commands::{CHECK_CONFIG_MAP, SAVE_CONFIG_MAP};

/// What a message has to do with the front proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// Who kube-apiserver is to extension API servers, and whom they believe.
    FrontProxy,
    /// The other direction and what stands around it: an extension API server's own certificate, its rights, its
    /// Service.
    ExtensionServer,
    /// Something else: other certificates, tokens, the network.
    SomethingElse,
    /// Nothing failed: a part of a server has started, read a file, or answered.
    NoFailure,
    /// Whose matter it is the text does not tell: every program has these words, or there are two causes.
    NotTold,
}

impl About {
    /// A few words for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FrontProxy => "the front proxy",
            Self::ExtensionServer => "the extension API server's side",
            Self::SomethingElse => "not the front proxy",
            Self::NoFailure => "no failure",
            Self::NotTold => "not told by the line",
        }
    }

    /// Whether it says that the aggregation layer has no fault here.
    fn denies(self) -> bool {
        matches!(self, Self::SomethingElse | Self::NoFailure)
    }
}

/// A message that was recognised in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The part that was recognised.
    pub recognised: String,
    /// Who prints it, and where.
    pub printed_by: String,
    pub about: About,
    /// What it means, for the person who reads it at night.
    pub meaning: String,
    /// The rules that find its causes, most likely first.
    pub rules: Vec<&'static str>,
    /// Commands to run next, one each.
    pub next: Vec<String>,
    /// How many records of the text say so.
    pub count: usize,
    /// Of which nodes, groups or other names it is said, where that is more than one.
    pub values: Vec<String>,
    pub(crate) role: Role,
}

/// What a message is to the others of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Role {
    #[default]
    Plain,
    /// Says nothing of the cause: left out where the cause of the same API is told.
    Symptom,
    /// Is logged as a warning or an error, and is none.
    Harmless,
    /// Was cut off before it tells one fault from another.
    Stump,
    /// Tells an event.
    Tells(Event),
    /// Belongs to an event, and is left out where another line tells that.
    Beside(Event),
}

/// What a server tells in several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// It does not get the ConfigMap extension-apiserver-authentication.
    LookUpFailed,
    /// And goes on without it.
    LookUpTolerated,
    /// It has read the ConfigMap.
    FrontProxyRead,
}

/// Something recognised, and where in its record.
type Found = (Range<usize>, Explanation);

/// More of one message than a record has that somebody wrote: a list of groups without their APIs is the longest.
const MOST_OF_ONE: usize = 64;

/// How much the words of a record tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Telling {
    #[default]
    Nothing,
    /// What stands around a cause.
    Surroundings,
    Little,
    /// A cause, or a reason.
    Cause,
}

/// Every message that is recognised in a text, each once: a cause before what follows from it, and what is no failure at the end.
pub fn explain(text: &str) -> Vec<Explanation> {
    let reader = envelope::Reader { explain: &explain_record, may_speak: &|text| FIRST_LOOK.passes(text) };
    told::together(envelope::records(text, &reader))
}

/// A word of any pattern below.
static FIRST_LOOK: LazyLock<pattern::FirstLook> = LazyLock::new(|| {
    let messages = messages::all().map(|message| message.pattern);
    let reasons = reason::REASONS.iter().map(|reason| reason.pattern);
    pattern::FirstLook::new(messages.chain(reasons).chain(availability::PATTERNS).chain([authentication::MARK]))
});

/// What one record says: the refusals of the authenticators are told by their place, what has one meaning comes next,
/// then what depends on the conversation, and what says least only where there is nothing else.
fn explain_record(record: &str) -> (Telling, Vec<Explanation>) {
    let record: &str = &names::hide(record);
    let parties = subject::Parties::of(record);
    let mut found: Vec<Found> = authentication::find(record);
    if found.is_empty() {
        found.extend(availability::find(record));
        messages::find(&messages::SPECIFIC, record, &mut found);
    }
    if found.is_empty() {
        reason::find(&parties, &mut found);
    }
    let mut telling = if found.is_empty() { Telling::Nothing } else { Telling::Cause };
    let tables = [
        (&messages::GENERAL, Telling::Little),
        (&messages::LAST, Telling::Surroundings),
        (&messages::REST, Telling::Surroundings),
    ];
    for (table, tells) in tables {
        if found.is_empty() {
            messages::find(table, record, &mut found);
            telling = if found.is_empty() { Telling::Nothing } else { tells };
        }
    }
    if found.is_empty() && messages::information::find(record, &mut found) {
        telling = Telling::Surroundings;
    }
    // What is of this matter stands before what is not: that other words are another's is no answer beside a cause.
    let is_alone = found.len() == 1;
    let settle = |(range, found): Found| {
        let settled = speaker::told_by(subject::settle(found, &range, &parties), record);
        let settled = if is_alone { messages::information::doubted(settled, &range, record) } else { settled };
        let settled = cut::hedge(messages::shared::told_by_nobody(settled, &parties), &range, &parties, telling);
        (range.start, settled)
    };
    let mut settled: Vec<(usize, Explanation)> = found.into_iter().map(settle).collect();
    settled.iter_mut().for_each(|(_, found)| names::show(found));
    settled.sort_by_key(|(start, found)| (found.about.denies(), found.about, *start));
    (telling, settled.into_iter().map(|(_, found)| found).collect())
}

/// Whether a range touches none that was taken.
fn is_free(range: &Range<usize>, taken: &[Found]) -> bool {
    taken.iter().all(|(other, _)| range.end <= other.start || other.end <= range.start)
}

#[cfg(test)]
mod mutations;
#[cfg(test)]
mod tests;
