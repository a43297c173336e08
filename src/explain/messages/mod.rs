//! Messages that mean one thing wherever they stand.

#![allow(clippy::needless_update, reason = "a row may name each field")]

mod accounts;
mod answers;
mod api_services;
pub(super) mod clients;
mod config_map;
mod counters;
mod discovery;
mod files;
pub(super) mod information;
mod kubeadm;
mod lookup;
mod metrics;
mod neighbours;
mod openssl;
mod platforms;
mod reload;
mod requests;
mod rights;
mod serving;
mod severity;
pub(super) mod shared;
mod source_files;
mod start_up;
mod unmet;
mod webhooks;

use std::sync::LazyLock;

use regex::{Captures, Regex};

use self::accounts::NoRight;
pub(super) use self::accounts::gives_right;
use super::commands::{CHECK, CHECK_CONDITIONS, CHECK_CONFIG_MAP, CHECK_OBJECTS, SAVE_CONFIG_MAP};
use super::pattern::{Table, fill, fill_command};
use super::{About, Event, Explanation, Found, MOST_OF_ONE, Role, is_free};

/// Rows of a table; what one does not name is `Message::PLAIN`'s.
macro_rules! rows {
    ($($row:ident $(! $of:tt)? $({ $($field:tt)* })?),* $(,)?) => {
        &[$(super::row!($row $(! $of)? $({ $($field)* })?)),*]
    };
}

macro_rules! row {
    (Message { $($field:ident: $value:expr,)* ..$base:expr }) => { Message { $($field: $value,)* ..$base } };
    (Message { $($field:ident: $value:expr),* $(,)? }) => { Message { $($field: $value,)* ..Message::PLAIN } };
    ($made:ident ! $of:tt) => { $made! $of };
}

use {row, rows};

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
    /// Words of a shell; one that has a `{name}` in it is quoted.
    pub next: &'static [&'static str],
    pub role: Role,
}

impl Message {
    const PLAIN: Self = Self {
        pattern: "",
        printed_by: "",
        about: About::NotTold,
        meaning: "",
        rules: &[],
        next: &[],
        role: Role::Plain,
    };
}

/// What has one meaning. Of two that overlap in a record the one that stands first is taken.
const SPECIFIC_LISTS: [&[Message]; 15] = [
    kubeadm::MESSAGES,
    reload::MESSAGES,
    config_map::MESSAGES,
    start_up::MESSAGES,
    lookup::MESSAGES,
    webhooks::MESSAGES,
    rights::MESSAGES,
    platforms::MESSAGES,
    answers::MESSAGES,
    requests::MESSAGES,
    discovery::MESSAGES,
    api_services::MESSAGES,
    neighbours::MESSAGES,
    clients::MESSAGES,
    files::MESSAGES,
];

/// What says little, and is taken only where nothing else was recognised.
const GENERAL_LISTS: [&[Message]; 14] = [
    api_services::GENERAL,
    config_map::GENERAL,
    // What is in the brackets of `an error on the server ("...")` says more than that there was one.
    serving::GENERAL,
    requests::GENERAL,
    discovery::GENERAL,
    metrics::GENERAL,
    openssl::GENERAL,
    platforms::GENERAL,
    clients::GENERAL,
    reload::GENERAL,
    kubeadm::GENERAL,
    neighbours::GENERAL,
    answers::GENERAL,
    counters::GENERAL,
];

/// What stands around a cause, and is told where that is not in the record.
const LAST_LISTS: [&[Message]; 5] = [api_services::LAST, metrics::LAST, discovery::LAST, lookup::LAST, start_up::LAST];

/// Names of events and conditions, and which part of a server speaks: told where nothing else is in the record.
const REST_LISTS: [&[Message]; 6] =
    [metrics::REST, platforms::REST, start_up::REST, source_files::FAILURES, unmet::REST, source_files::INFORMATION];

/// What is called information, and holds no word of a failure.
const INFORMATION_LISTS: [&[Message]; 1] = [information::MESSAGES];

/// What is called information, and may be a failure.
const IN_DOUBT_LISTS: [&[Message]; 1] = [information::IN_DOUBT];

pub(super) static SPECIFIC: LazyLock<Table<Message>> = LazyLock::new(|| table(&SPECIFIC_LISTS));
pub(super) static GENERAL: LazyLock<Table<Message>> = LazyLock::new(|| table(&GENERAL_LISTS));
pub(super) static LAST: LazyLock<Table<Message>> = LazyLock::new(|| table(&LAST_LISTS));
pub(super) static REST: LazyLock<Table<Message>> = LazyLock::new(|| table(&REST_LISTS));
static INFORMATION: LazyLock<Table<Message>> = LazyLock::new(|| table(&INFORMATION_LISTS));
static IN_DOUBT: LazyLock<Table<Message>> = LazyLock::new(|| table(&IN_DOUBT_LISTS));

fn table(lists: &[&'static [Message]]) -> Table<Message> {
    Table::new(lists.iter().copied().flatten().map(|message| (message.pattern, message)))
}

/// The messages of a list that stand in a record.
pub(super) fn find(messages: &Table<Message>, record: &str, found: &mut Vec<Found>) {
    for (pattern, message) in messages.in_record(record) {
        for captures in pattern.captures_iter(record).take(MOST_OF_ONE) {
            let Some(range) = captures.get(0).map(|all| all.range()) else { continue };
            if !is_free(&range, found) || is_in_period(&captures) {
                continue;
            }
            found.push((range.clone(), explained(message, record.get(range).unwrap_or_default(), pattern, &captures)));
        }
    }
}

/// A row that has these groups is of a certificate that is out of its period.
fn is_in_period(captures: &Captures<'_>) -> bool {
    let date = |name: &str| captures.name(name).map(|date| date.as_str());
    let period = date("since").zip(date("until")).zip(date("now"));
    period.is_some_and(|((since, until), now)| (since..=until).contains(&now))
}

fn explained(message: &Message, recognised: &str, pattern: &Regex, captures: &Captures<'_>) -> Explanation {
    let mut commands = message.next.to_vec();
    let is_of_rights = commands.iter().any(|command| gives_right(command));
    let no_right = is_of_rights.then(|| NoRight::of(captures)).flatten();
    commands.retain(|command| no_right.is_none() || !gives_right(command));
    let meaning = message.meaning.replace(accounts::RIGHT, &accounts::right(captures));
    let mut meaning = fill(&meaning, pattern, captures).replace(" ()", "").replace(" .", ".");
    let written = |command| match command {
        accounts::CAN_I | accounts::GRANT | accounts::GRANT_TO_A_PERSON => accounts::grant(command, captures),
        _ => fill_command(command, pattern, captures).into_iter().collect(),
    };
    let mut next: Vec<String> = commands.into_iter().flat_map(written).collect();
    next.retain(|command| message.next.contains(&command.as_str()) || !has_broken_name(command));
    if let Some(no_right) = no_right {
        meaning = format!("{meaning} {}", no_right.meaning);
        next.extend(no_right.next);
    }
    Explanation {
        recognised: recognised.to_owned(),
        printed_by: message.printed_by.to_owned(),
        about: message.about,
        meaning,
        rules: message.rules.to_vec(),
        next,
        count: 1,
        values: Vec::new(),
        role: message.role,
    }
}

/// Whether a word of a command has a blank in it: no object or account has, so a line was broken there.
fn has_broken_name(command: &str) -> bool {
    command.split('\'').skip(1).step_by(2).any(|word| word.contains(' '))
}

/// Every message of the tables.
pub(super) fn all() -> impl Iterator<Item = &'static Message> {
    let last = REST_LISTS.into_iter().chain(INFORMATION_LISTS).chain(IN_DOUBT_LISTS);
    SPECIFIC_LISTS.into_iter().chain(GENERAL_LISTS).chain(LAST_LISTS).chain(last).flatten()
}
