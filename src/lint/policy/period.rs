//! Lengths of time as people write them: `30d`.

use time::Duration;

/// The text is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no length of time; write a whole number and h (hours), d (days) or y (365 days), such as 30d")]
pub struct PeriodError(String);

/// Reads `12h`, `30d`, `1y`. Zero is allowed: it switches a warning off.
///
/// # Errors
/// When it is anything else, or longer than anything lasts.
pub fn parse_period(text: &str) -> Result<Duration, PeriodError> {
    let fault = || PeriodError(text.to_owned());
    let (number, unit) = text.char_indices().next_back().map(|(at, _)| text.split_at(at)).ok_or_else(fault)?;
    let hours: i64 = match unit {
        "h" => 1,
        "d" => 24,
        "y" => 365 * 24,
        _ => return Err(fault()),
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(fault());
    }
    let number: u32 = number.parse().map_err(|_| fault())?;
    // A hundred centuries; the end of every certificate is nearer.
    let hours = hours.saturating_mul(i64::from(number)).min(100 * 100 * 365 * 24);
    Ok(Duration::hours(hours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_hours_days_and_years() {
        assert_eq!(parse_period("12h"), Ok(Duration::hours(12)));
        assert_eq!(parse_period("30d"), Ok(Duration::days(30)));
        assert_eq!(parse_period("1y"), Ok(Duration::days(365)));
        assert_eq!(parse_period("0d"), Ok(Duration::ZERO));
        assert!(parse_period("4294967295y").is_ok());
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", "d", "30", "-1d", "+1d", "1.5d", "30 d", "30days", "1é", "99999999999d"] {
            assert!(parse_period(text).is_err(), "{text:?}");
        }
    }
}
