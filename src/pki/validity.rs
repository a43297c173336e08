//! How long a certificate is valid: `3650d`, `24h`, `10y`.

use std::fmt;
use std::str::FromStr;

use time::{Duration, OffsetDateTime};

const SECONDS_PER_HOUR: i64 = 3600;
const SECONDS_PER_DAY: i64 = 24 * SECONDS_PER_HOUR;
/// A year counts 365 days, so that `10y` is kubeadm's `3650d`.
const DAYS_PER_YEAR: i64 = 365;

/// The last year that a certificate can say (RFC 5280, section 4.1.2.5).
const LAST_YEAR: i32 = 9999;

/// A length of time that is longer than nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Validity(Duration);

/// Why a text is no [`Validity`], or a validity has no end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValidityError {
    #[error("a whole number and a unit are needed: d (days), h (hours) or y (365 days), such as 3650d")]
    Malformed,
    #[error("a certificate that is never valid is of no use; give at least 1h")]
    Zero,
    #[error("the end would lie after the year {LAST_YEAR}, which a certificate cannot say; give less")]
    TooLong,
}

impl Validity {
    pub const fn days(days: i64) -> Self {
        Self(Duration::days(days))
    }

    /// The whole hours in a length of time, at least one.
    pub fn at_most(length: Duration) -> Self {
        Self(Duration::hours(length.whole_hours().max(1)))
    }

    pub const fn length(self) -> Duration {
        self.0
    }

    /// When a certificate ends that is made `now`, in whole seconds.
    ///
    /// # Errors
    /// [`ValidityError::TooLong`].
    pub fn end(self, now: OffsetDateTime) -> Result<OffsetDateTime, ValidityError> {
        // `time` itself ends with 9999 unless its feature for large dates is on.
        let end = now.checked_add(self.0).filter(|end| end.year() <= LAST_YEAR).ok_or(ValidityError::TooLong)?;
        Ok(whole_seconds(end))
    }
}

/// Without the part of a second, which certificates cannot say.
pub(super) fn whole_seconds(time: OffsetDateTime) -> OffsetDateTime {
    time.replace_nanosecond(0).unwrap_or(time)
}

impl FromStr for Validity {
    type Err = ValidityError;

    fn from_str(text: &str) -> Result<Self, ValidityError> {
        let (number, unit) = text.char_indices().next_back().map_or(("", ""), |(at, _)| text.split_at(at));
        let seconds_per_unit = match unit {
            "h" => SECONDS_PER_HOUR,
            "d" => SECONDS_PER_DAY,
            "y" => DAYS_PER_YEAR * SECONDS_PER_DAY,
            _ => return Err(ValidityError::Malformed),
        };
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ValidityError::Malformed);
        }
        // Only digits are left: what does not fit is too long.
        let number: i64 = number.parse().map_err(|_| ValidityError::TooLong)?;
        match number.checked_mul(seconds_per_unit) {
            None => Err(ValidityError::TooLong),
            Some(0) => Err(ValidityError::Zero),
            Some(seconds) => Ok(Self(Duration::seconds(seconds))),
        }
    }
}

impl fmt::Display for Validity {
    /// In days, or in hours where days are not enough.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.0.whole_hours();
        if hours % 24 == 0 { write!(f, "{}d", hours / 24) } else { write!(f, "{hours}h") }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 20:15:03.5 UTC);

    #[test]
    fn reads_days_hours_and_years() {
        for (text, end) in [
            ("365d", datetime!(2027-11-21 20:15:03 UTC)),
            ("24h", datetime!(2026-11-22 20:15:03 UTC)),
            ("1y", datetime!(2027-11-21 20:15:03 UTC)),
            ("10y", datetime!(2036-11-18 20:15:03 UTC)),
            ("0001d", datetime!(2026-11-22 20:15:03 UTC)),
        ] {
            assert_eq!(text.parse::<Validity>().unwrap().end(NOW), Ok(end), "{text}");
        }
        assert_eq!("10y".parse::<Validity>(), "3650d".parse());
    }

    #[test]
    fn refuses_what_is_no_length_of_time() {
        for text in ["", "d", "365", "365 d", "-1d", "+1d", "1.5y", "1w", "1m", "1D", "365dd", "d365", "1é", "٣d"] {
            assert_eq!(text.parse::<Validity>(), Err(ValidityError::Malformed), "{text}");
        }
        for text in ["0d", "0h", "00y"] {
            assert_eq!(text.parse::<Validity>(), Err(ValidityError::Zero), "{text}");
        }
    }

    #[test]
    fn refuses_an_end_that_a_certificate_cannot_say() {
        for text in ["99999999999999999999d", "9223372036854775807y", "9223372036854775807h"] {
            assert_eq!(text.parse::<Validity>(), Err(ValidityError::TooLong), "{text}");
        }
        let end = |text: &str| text.parse::<Validity>().unwrap().end(NOW);
        assert_eq!(end("8000y"), Err(ValidityError::TooLong));
        assert_eq!(end("2562047788015215h"), Err(ValidityError::TooLong));
        assert_eq!(end("7900y").unwrap().year(), 9921);
    }

    #[test]
    fn is_written_as_it_can_be_read() {
        for text in ["3650d", "25h", "1d"] {
            assert_eq!(text.parse::<Validity>().unwrap().to_string(), text);
        }
        assert_eq!("1y".parse::<Validity>().unwrap().to_string(), "365d");
    }
}
