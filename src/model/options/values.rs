//! Which values the types of flags take, in the words of Go's `strconv` and `time` and of pflag.

use crate::kubernetes::flags::FlagKind;
use crate::model::{OptionErrorKind, csv};
use crate::text::Text;
use crate::x509::quote::quoted;

/// Why the flag's type does not take a value.
pub(super) fn refusal(kind: FlagKind, name: &str, value: &Text) -> Option<(String, OptionErrorKind)> {
    if kind == FlagKind::List {
        let error = csv::read_record(value).err()?;
        let kind = match error {
            csv::CsvError::EndOfFile => OptionErrorKind::InvalidValue,
            csv::CsvError::BareQuote(_) | csv::CsvError::Quote(_) => OptionErrorKind::UnbalancedQuote,
        };
        return Some((error.to_string(), kind));
    }
    single(kind, name, value).map(|why| (why, OptionErrorKind::InvalidValue))
}

fn single(kind: FlagKind, name: &str, value: &Text) -> Option<String> {
    let text = value.as_str();
    let syntax = |function: &str| format!("strconv.{function}: parsing {}: invalid syntax", quoted(text));
    match kind {
        FlagKind::Boolean if name == "version" && is_version(text) => None,
        FlagKind::Boolean => boolean(text).is_none().then(|| syntax("ParseBool")),
        FlagKind::Integer => (!is_integer(text)).then(|| syntax("ParseInt")),
        FlagKind::Level => level_refusal(text),
        FlagKind::Float => (!is_float(text)).then(|| syntax("ParseFloat")),
        FlagKind::Duration => duration_refusal(text),
        FlagKind::List | FlagKind::Text | FlagKind::Repeated | FlagKind::Other => None,
    }
}

/// Whether a value that is to be a number is one that somebody has yet to write, in the words of a template language that is
/// not known: nobody starts a server with these.
pub(super) fn is_left_to_fill_in(kind: FlagKind, text: &str) -> bool {
    // `NO` and `ON` are meant for booleans, and refused.
    if !matches!(kind, FlagKind::Integer | FlagKind::Level | FlagKind::Float | FlagKind::Duration) {
        return false;
    }
    let name = text.trim_matches(['@', '_', '#', '%']);
    let is_name = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let is_between = |(open, close): (&str, &str)| text.split_once(open).is_some_and(|(_, rest)| rest.contains(close));
    is_name
        || [("{", "}"), ("[[", "]]"), ("\\(", ")"), ("<", ">")].into_iter().any(is_between)
        || ["%s", "%d", "%v"].iter().any(|verb| text.contains(verb))
}

/// `--version` has a type of its own (`verflag.versionValue`): `v1.37.2-x` sets the version that is reported.
fn is_version(text: &str) -> bool {
    text == "raw" || text.starts_with('v')
}

/// `strconv.ParseBool`.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// `strconv.ParseInt` with base 0, without its ranges, which differ from flag to flag.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = digits.to_ascii_lowercase();
    let (digits, radix) = match lower.get(..2) {
        Some("0x") => (lower.get(2..).unwrap_or_default(), 16),
        Some("0o") => (lower.get(2..).unwrap_or_default(), 8),
        Some("0b") => (lower.get(2..).unwrap_or_default(), 2),
        _ => (lower.as_str(), 10),
    };
    let digits = digits.replace('_', "");
    !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix))
}

/// `strconv.ParseUint` with base 10 and 31 bits.
fn level_refusal(text: &str) -> Option<String> {
    let why = match text.parse::<i32>() {
        _ if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) => "invalid syntax",
        Err(_) => "value out of range",
        Ok(_) => return None,
    };
    Some(format!("strconv.ParseUint: parsing {}: {why}", quoted(text)))
}

/// `strconv.ParseFloat`, with hexadecimal ones as they are.
fn is_float(text: &str) -> bool {
    text.parse::<f64>().is_ok() || text.to_ascii_lowercase().contains("0x")
}

/// `time.ParseDuration`.
fn duration_refusal(text: &str) -> Option<String> {
    const UNITS: [&str; 8] = ["ns", "us", "\u{b5}s", "\u{3bc}s", "ms", "s", "m", "h"];

    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return None;
    }
    let invalid = || Some(format!("time: invalid duration {}", quoted(text)));
    if rest.is_empty() {
        return invalid();
    }
    while !rest.is_empty() {
        let is_numeric = |character: char| character.is_ascii_digit() || character == '.';
        let end = rest.find(|character| !is_numeric(character)).unwrap_or(rest.len());
        let (number, behind) = rest.split_at(end);
        if !number.contains(|character: char| character.is_ascii_digit()) || number.matches('.').count() > 1 {
            return invalid();
        }
        let end = behind.find(is_numeric).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        if unit.is_empty() {
            return Some(format!("time: missing unit in duration {}", quoted(text)));
        }
        if !UNITS.contains(&unit) {
            return Some(format!("time: unknown unit {} in duration {}", quoted(unit), quoted(text)));
        }
        rest = behind;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Origin, SourceFile};

    fn refused(kind: FlagKind, value: &str) -> Option<String> {
        let origin = Origin::start_of(&SourceFile::new("x", ""));
        refusal(kind, "x", &Text::synthetic(value, &origin)).map(|(why, _)| why)
    }

    /// The messages are those of Go 1.26.
    #[test]
    fn values_are_taken_as_go_takes_them() {
        for (kind, value, message) in [
            (FlagKind::Integer, "abc", "strconv.ParseInt: parsing \"abc\": invalid syntax"),
            (FlagKind::Integer, "", "strconv.ParseInt: parsing \"\": invalid syntax"),
            (FlagKind::Level, "high", "strconv.ParseUint: parsing \"high\": invalid syntax"),
            (FlagKind::Level, "0x1", "strconv.ParseUint: parsing \"0x1\": invalid syntax"),
            (FlagKind::Level, "-1", "strconv.ParseUint: parsing \"-1\": invalid syntax"),
            (FlagKind::Level, "2147483648", "strconv.ParseUint: parsing \"2147483648\": value out of range"),
            (FlagKind::Float, "x", "strconv.ParseFloat: parsing \"x\": invalid syntax"),
            (FlagKind::Boolean, "yes", "strconv.ParseBool: parsing \"yes\": invalid syntax"),
            (FlagKind::Duration, "abc", "time: invalid duration \"abc\""),
            (FlagKind::Duration, "", "time: invalid duration \"\""),
            (FlagKind::Duration, "5", "time: missing unit in duration \"5\""),
            (FlagKind::Duration, "1h5", "time: missing unit in duration \"1h5\""),
            (FlagKind::Duration, "5d", "time: unknown unit \"d\" in duration \"5d\""),
            (FlagKind::Duration, "1.2.3s", "time: invalid duration \"1.2.3s\""),
        ] {
            assert_eq!(refused(kind, value).as_deref(), Some(message), "{value}");
        }
        for (kind, value) in [
            (FlagKind::Integer, "-0x1F"),
            (FlagKind::Integer, "1_000"),
            (FlagKind::Level, "00"),
            (FlagKind::Level, "2147483647"),
            (FlagKind::Float, ".5"),
            (FlagKind::Float, "1e9"),
            (FlagKind::Duration, "0"),
            (FlagKind::Duration, "-1h30m.5s"),
            (FlagKind::Text, "abc"),
            (FlagKind::Repeated, "\""),
        ] {
            assert_eq!(refused(kind, value), None, "{value}");
        }
        assert!(refused(FlagKind::List, "\"a").is_some());
    }
}
