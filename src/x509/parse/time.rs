//! UTCTime and GeneralizedTime.

use ::time::{Date, Month, OffsetDateTime, Time, UtcOffset};

use crate::x509::der::{Reader, tag};
use crate::x509::error::CertificateError;

/// A point in time, in the zone it was written in.
///
/// Go is laxer than RFC 5280, section 4.1.2.5: UTCTime may come without seconds, and both may name a zone.
pub(super) fn time(reader: &mut Reader<'_>) -> Result<OffsetDateTime, CertificateError> {
    if reader.peek(tag::UTC_TIME) {
        reader.contents(tag::UTC_TIME).and_then(utc_time).ok_or("x509: malformed UTCTime".into())
    } else if reader.peek(tag::GENERALIZED_TIME) {
        let contents = reader.contents(tag::GENERALIZED_TIME);
        contents.and_then(generalized_time).ok_or("x509: malformed GeneralizedTime".into())
    } else {
        Err("x509: unsupported time format".into())
    }
}

/// `YYMMDDhhmm[ss]` and a zone; the years 50 to 99 are in the 20th century.
fn utc_time(contents: &[u8]) -> Option<OffsetDateTime> {
    let (year, rest) = digits(contents, 2)?;
    let year = if year < 50 { 2000 + year } else { 1900 + year };
    // Only the length tells whether there are seconds.
    let has_seconds = matches!(rest.len(), 11 | 15);
    date_and_time(i32::from(year), rest, has_seconds)
}

/// `YYYYMMDDhhmmss` and a zone.
fn generalized_time(contents: &[u8]) -> Option<OffsetDateTime> {
    let (century, rest) = digits(contents, 2)?;
    let (year, rest) = digits(rest, 2)?;
    date_and_time(i32::from(century) * 100 + i32::from(year), rest, true)
}

fn date_and_time(year: i32, text: &[u8], has_seconds: bool) -> Option<OffsetDateTime> {
    let (month, text) = digits(text, 2)?;
    let (day, text) = digits(text, 2)?;
    let (hour, text) = digits(text, 2)?;
    let (minute, text) = digits(text, 2)?;
    let (second, text) = if has_seconds { digits(text, 2)? } else { (0, text) };
    let date = Date::from_calendar_date(year, Month::try_from(u8::try_from(month).ok()?).ok()?, day as u8).ok()?;
    let time = Time::from_hms(hour as u8, minute as u8, second as u8).ok()?;
    let local = date.with_time(time).assume_offset(zone(text)?);
    // Whoever shows this time in UTC must be able to: in the last hours of the year 9999 that is not given.
    let is_representable = local.checked_to_offset(UtcOffset::UTC).is_some();
    Some(if is_representable { local } else { date.with_time(time).assume_utc() })
}

/// `Z`, or a sign, hours and minutes; UTC is never written as an offset.
fn zone(text: &[u8]) -> Option<UtcOffset> {
    let (sign, rest) = match text {
        b"Z" => return Some(UtcOffset::UTC),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = digits(rest, 2)?;
    let (minutes, rest) = digits(rest, 2)?;
    let valid = rest.is_empty() && hours <= 24 && minutes < 60 && (hours, minutes) != (0, 0);
    UtcOffset::from_hms(sign * hours as i8, sign * minutes as i8, 0).ok().filter(|_| valid)
}

/// A number of exactly `count` digits, and what follows.
fn digits(text: &[u8], count: usize) -> Option<(u16, &[u8])> {
    let (number, rest) = text.split_at_checked(count)?;
    let number = number
        .iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u16::from(digit - b'0')))?;
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::time::macros::datetime;

    #[test]
    fn utc_times() {
        assert_eq!(utc_time(b"260131235959Z"), Some(datetime!(2026-01-31 23:59:59 UTC)));
        assert_eq!(utc_time(b"491231235959Z"), Some(datetime!(2049-12-31 23:59:59 UTC)));
        assert_eq!(utc_time(b"500101000000Z"), Some(datetime!(1950-01-01 00:00:00 UTC)));
        assert_eq!(utc_time(b"2601312359Z"), Some(datetime!(2026-01-31 23:59 UTC)));
        assert_eq!(utc_time(b"260131235959+0130"), Some(datetime!(2026-01-31 23:59:59 +01:30)));
        assert_eq!(utc_time(b"2601312359-2400"), Some(datetime!(2026-01-31 23:59 -24:00)));
        for bad in [
            "260131235960Z",
            "260132000000Z",
            "260229000000Z",
            "260131240000Z",
            "261301000000Z",
            "260100000000Z",
            "260131235959",
            "260131235959+0000",
            "260131235959-0000",
            "260131235959+0060",
            "260131235959+2500",
            "260131235959.5Z",
            "+60131235959Z",
            "260131235959z",
            "",
        ] {
            assert_eq!(utc_time(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn generalized_times() {
        assert_eq!(generalized_time(b"20500101000000Z"), Some(datetime!(2050-01-01 00:00 UTC)));
        assert_eq!(generalized_time(b"00000101000000Z"), Some(datetime!(0000-01-01 00:00 UTC)));
        assert_eq!(generalized_time(b"99991231235959Z"), Some(datetime!(9999-12-31 23:59:59 UTC)));
        assert_eq!(generalized_time(b"99991231235959-0100"), Some(datetime!(9999-12-31 23:59:59 UTC)));
        for bad in ["205001010000Z", "20500101000000.1Z", "20500101000000", "20500101000000+0000"] {
            assert_eq!(generalized_time(bad.as_bytes()), None, "{bad}");
        }
    }
}
