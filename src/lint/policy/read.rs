//! Reading `aggcert.toml`, strictly: a key or a rule that is misspelt would silently decide nothing.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use time::{Date, Duration, Month};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::{Ignore, Level, Pattern, Policy, PolicyError, parse_period};
use crate::lint::Severity;
use crate::source::BaseDirectory;
use crate::source::input::{MAXIMUM_SIZE, read_source};
use crate::text::{Located, Origin, SourceFile, did_you_mean};

impl Policy {
    /// Reads the file at `path`, which may be relative to `working_directory`. `rules` are the ids that it may name.
    ///
    /// # Errors
    /// When it cannot be read, or says something that is not understood; with everything that is wrong in it.
    pub fn load(path: &Path, working_directory: &Path, rules: &[&'static str]) -> Result<Self, PolicyError> {
        let file = read_source(path, MAXIMUM_SIZE).map_err(PolicyError::Unreadable)?;
        let directory = path.parent().unwrap_or(Path::new(""));
        Self::parse(&file, BaseDirectory::new(working_directory, directory), rules)
    }

    /// Reads the text of a file; its patterns are relative to `base`.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn parse(file: &Arc<SourceFile>, base: BaseDirectory, rules: &[&'static str]) -> Result<Self, PolicyError> {
        let read = read(file, rules).map_err(PolicyError::Faulty)?;
        Ok(Self { source: Some((Arc::clone(file), base)), ..read })
    }
}

/// Reads all of it, or tells everything that is wrong.
fn read(file: &Arc<SourceFile>, rules: &[&'static str]) -> Result<Policy, Vec<Located<String>>> {
    let mut reader = Reader { file, rules, faults: Vec::new() };
    let policy = match DeTable::parse(file.text()) {
        Ok(document) => reader.policy(document.get_ref()),
        Err(error) => {
            reader.fault(error.span().unwrap_or(0..0), error.message().to_owned());
            Policy::none()
        }
    };
    reader.faults.sort_by_key(|fault| fault.origin.range().start);
    if reader.faults.is_empty() { Ok(policy) } else { Err(reader.faults) }
}

type Key<'i> = Spanned<DeString<'i>>;
type Value<'i> = Spanned<DeValue<'i>>;

struct Reader<'a> {
    file: &'a Arc<SourceFile>,
    rules: &'a [&'static str],
    faults: Vec<Located<String>>,
}

impl Reader<'_> {
    fn policy(&mut self, document: &DeTable<'_>) -> Policy {
        let mut policy = Policy::none();
        for (key, value) in document {
            match key.get_ref().as_ref() {
                "expiry-warning" => policy.expiry_warning = self.period(value),
                "fail-on" => policy.fail_on = self.fail_on(value),
                "rules" => policy.levels = self.levels(value),
                "ignore" => policy.ignores = self.ignores(value),
                "cluster" => policy.clusters = self.clusters(value),
                _ => self.unknown_key(key, &["expiry-warning", "fail-on", "rules", "ignore", "cluster"]),
            }
        }
        policy
    }

    fn period(&mut self, value: &Value<'_>) -> Option<Duration> {
        let text = self.string(value, "a string such as \"30d\"")?;
        parse_period(text).map_err(|error| self.fault(value.span(), error.to_string())).ok()
    }

    fn levels(&mut self, value: &Value<'_>) -> Vec<(&'static str, Located<Level>)> {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(value, "a table of rules");
            return Vec::new();
        };
        let mut levels = Vec::new();
        for (key, value) in table {
            let rule = self.rule(key.get_ref(), key.span());
            let level = self.level(value);
            if let (Some(rule), Some(level)) = (rule, level) {
                levels.push((rule, Located::new(level, self.origin(key.span()))));
            }
        }
        levels
    }

    fn fail_on(&mut self, value: &Value<'_>) -> Option<Severity> {
        match self.level(value)? {
            Level::At(severity) => Some(severity),
            Level::Off => {
                self.wrong_type(value, "\"error\", \"warning\" or \"note\"");
                None
            }
        }
    }

    fn level(&mut self, value: &Value<'_>) -> Option<Level> {
        const NAMES: [&str; 4] = ["error", "warning", "note", "off"];
        match self.string(value, "\"error\", \"warning\", \"note\" or \"off\"")? {
            "error" => Some(Level::At(Severity::Error)),
            "warning" => Some(Level::At(Severity::Warning)),
            "note" => Some(Level::At(Severity::Note)),
            "off" => Some(Level::Off),
            other => {
                let suggestion = did_you_mean(other, NAMES);
                self.fault(
                    value.span(),
                    format!("`{other}` is no severity: error, warning, note or off are{suggestion}"),
                );
                None
            }
        }
    }

    fn ignores(&mut self, value: &Value<'_>) -> Vec<Ignore> {
        let Some(entries) = value.get_ref().as_array() else {
            self.wrong_type(value, "entries that begin with [[ignore]]");
            return Vec::new();
        };
        entries.iter().filter_map(|entry| self.ignore(entry)).collect()
    }

    fn clusters(&mut self, value: &Value<'_>) -> Vec<Pattern> {
        let Some(entries) = value.get_ref().as_array() else {
            self.wrong_type(value, "entries that begin with [[cluster]]");
            return Vec::new();
        };
        entries.iter().filter_map(|entry| self.cluster(entry)).collect()
    }

    fn cluster(&mut self, entry: &Value<'_>) -> Option<Pattern> {
        let Some(table) = entry.get_ref().as_table() else {
            self.wrong_type(entry, "an entry that begins with [[cluster]]");
            return None;
        };
        let mut nodes = None;
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "nodes" => nodes = Some(self.path(value)),
                _ => self.unknown_key(key, &["nodes"]),
            }
        }
        if nodes.is_none() {
            self.fault(entry.span(), "a cluster needs `nodes`, a pattern such as \"clusters/lab/node*\"".to_owned());
        }
        nodes.flatten()
    }

    fn ignore(&mut self, entry: &Value<'_>) -> Option<Ignore> {
        let Some(table) = entry.get_ref().as_table() else {
            self.wrong_type(entry, "an entry that begins with [[ignore]]");
            return None;
        };
        let (mut rule, mut path, mut reason, mut until) = (None, None, None, None);
        let faults = self.faults.len();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "rule" => {
                    let id = self.string(value, "the id of a rule");
                    rule = id.and_then(|id| self.rule(id, value.span()));
                }
                "path" => path = self.path(value),
                "reason" => reason = self.reason(value),
                "until" => until = self.date(value),
                _ => self.unknown_key(key, &["rule", "path", "reason", "until"]),
            }
        }
        for required in ["rule", "reason"] {
            if !table.iter().any(|(key, _)| key.get_ref() == required) {
                self.fault(entry.span(), format!("an ignore needs a `{required}`"));
            }
        }
        if self.faults.len() > faults {
            return None;
        }
        Some(Ignore { rule: rule?, path, reason: reason?, until, origin: self.origin(entry.span()) })
    }

    fn path(&mut self, value: &Value<'_>) -> Option<Pattern> {
        let text = self.string(value, "a path or pattern")?;
        if text.is_empty() {
            let message = "an empty path means nothing; leave it out to mean every file";
            self.fault(value.span(), message.to_owned());
            return None;
        }
        Some(Pattern::new(text))
    }

    fn reason(&mut self, value: &Value<'_>) -> Option<String> {
        let text = self.string(value, "a sentence")?;
        if text.trim().is_empty() {
            self.fault(value.span(), "the reason is empty; say why the finding is accepted".to_owned());
            return None;
        }
        Some(text.to_owned())
    }

    /// A date without a time (`local-date` of TOML).
    fn date(&mut self, value: &Value<'_>) -> Option<Located<Date>> {
        let date = match value.get_ref() {
            DeValue::Datetime(datetime) if datetime.time.is_none() && datetime.offset.is_none() => datetime.date,
            _ => None,
        };
        let date = date.and_then(|date| {
            let month = Month::try_from(date.month).ok()?;
            Date::from_calendar_date(i32::from(date.year), month, date.day).ok()
        });
        match date {
            Some(date) => Some(Located::new(date, self.origin(value.span()))),
            None => {
                self.wrong_type(value, "a date without quotes, such as 2027-01-31");
                None
            }
        }
    }

    fn rule(&mut self, id: &str, span: Range<usize>) -> Option<&'static str> {
        let known = self.rules.iter().copied().find(|rule| *rule == id);
        if known.is_none() {
            self.fault(span, no_such_rule(id, self.rules.iter().copied()));
        }
        known
    }

    fn string<'v>(&mut self, value: &'v Value<'_>, wanted: &str) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(value, wanted);
        }
        text
    }

    fn unknown_key(&mut self, key: &Key<'_>, known: &[&'static str]) {
        let name = key.get_ref();
        let suggestion = did_you_mean(name, known.iter().copied());
        self.fault(key.span(), format!("there is no key `{name}` here{suggestion}; known are {}", known.join(", ")));
    }

    fn wrong_type(&mut self, value: &Value<'_>, wanted: &str) {
        self.fault(value.span(), format!("{wanted} is needed here"));
    }

    fn fault(&mut self, span: Range<usize>, message: String) {
        self.faults.push(Located::new(message, self.origin(span)));
    }

    fn origin(&self, span: Range<usize>) -> Origin {
        Origin::new(self.file, span)
    }
}

pub(super) fn no_such_rule<'a>(id: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    format!("there is no rule `{id}`{}; `aggcert rules` lists them", did_you_mean(id, known))
}
