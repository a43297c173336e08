//! Times as programs and people read them.

use time::{Duration, OffsetDateTime, UtcOffset};

/// As in RFC 3339, in UTC and without fractions: `2026-11-21T20:38:00Z`.
pub fn rfc3339(time: OffsetDateTime) -> String {
    let time = time.to_offset(UtcOffset::UTC);
    let (hour, minute, second) = time.to_hms();
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", time.date())
}

/// The same for the name of a file, which holds no colon on some systems: `2026-11-21T20-38-00Z`.
pub fn for_file_name(time: OffsetDateTime) -> String {
    rfc3339(time).replace(':', "-")
}

/// Whether it could be such a time.
pub fn is_for_file_name(text: &str) -> bool {
    const LIKE: &str = "0000-00-00T00-00-00Z";
    let fits = |(byte, like): (u8, u8)| if like == b'0' { byte.is_ascii_digit() } else { byte == like };
    text.len() == LIKE.len() && text.bytes().zip(LIKE.bytes()).all(fits)
}

/// How long, in the largest unit: `3 days`, `20 hours`, `5 minutes`; rounded down.
pub fn span(duration: Duration) -> String {
    let (count, unit) = match duration {
        _ if duration >= Duration::days(1) => (duration.whole_days(), "day"),
        _ if duration >= Duration::hours(1) => (duration.whole_hours(), "hour"),
        _ => (duration.whole_minutes(), "minute"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_down_to_the_largest_unit() {
        for (seconds, text) in
            [(59, "0 minutes"), (60, "1 minute"), (7_199, "1 hour"), (86_399, "23 hours"), (172_800, "2 days")]
        {
            assert_eq!(span(Duration::seconds(seconds)), text);
        }
    }

    #[test]
    fn times_are_in_utc() {
        let time = time::macros::datetime!(2026-11-21 20:38:05.6 +02:00);
        assert_eq!(rfc3339(time), "2026-11-21T18:38:05Z");
        assert_eq!(for_file_name(time), "2026-11-21T18-38-05Z");
        assert!(is_for_file_name(&for_file_name(time)) && !is_for_file_name(&rfc3339(time)));
    }
}
