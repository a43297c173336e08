//! Validity, and how findings write dates.

use time::OffsetDateTime;

use crate::text::span;
use crate::x509::Certificate;

/// How a certificate's validity stands to a moment (RFC 5280, section 4.1.2.5: both ends are included).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Validity {
    NotYet,
    Valid,
    Expired,
}

impl Validity {
    pub(crate) fn of(certificate: &Certificate, now: OffsetDateTime) -> Self {
        if now < certificate.not_before {
            Self::NotYet
        } else if now > certificate.not_after {
            Self::Expired
        } else {
            Self::Valid
        }
    }
}

/// `expired on 2026-01-15, 3 days ago`, `is not valid before …`, `ends on …`.
pub(crate) fn validity(certificate: &Certificate, now: OffsetDateTime) -> String {
    let (start, end) = (certificate.not_before, certificate.not_after);
    match Validity::of(certificate, now) {
        Validity::NotYet => format!("is not valid before {}, in {}", date(start), span(start - now)),
        Validity::Valid => format!("ends on {}, in {}", date(end), span(end - now)),
        Validity::Expired => format!("expired on {}, {} ago", date(end), span(now - end)),
    }
}

/// `2026-01-15`, in UTC.
pub(crate) fn date(time: OffsetDateTime) -> String {
    let date = time.to_offset(time::UtcOffset::UTC).date();
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn dates_are_in_utc() {
        assert_eq!(date(datetime!(2026-01-01 00:30 +2)), "2025-12-31");
    }
}
