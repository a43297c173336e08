//! Times as programs read them.

use time::{OffsetDateTime, UtcOffset};

/// As in RFC 3339, in UTC and without fractions: `2026-11-21T20:38:00Z`.
pub fn rfc3339(time: OffsetDateTime) -> String {
    let time = time.to_offset(UtcOffset::UTC);
    let (hour, minute, second) = time.to_hms();
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", time.date())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_utc() {
        let time = time::macros::datetime!(2026-11-21 20:38:05.6 +02:00);
        assert_eq!(rfc3339(time), "2026-11-21T18:38:05Z");
    }
}
