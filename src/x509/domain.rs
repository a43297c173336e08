//! Domain names, as strictly as Go takes them.

/// Where a domain name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Domain {
    Name,
    /// Constraints may begin with a period: then they mean subdomains only.
    Constraint,
}

/// Labels of visible ASCII characters, none empty, no period at the end; or nothing at all.
pub(super) fn is_valid_domain(domain: &str, place: Domain) -> bool {
    if domain.is_empty() {
        return true;
    }
    if domain.ends_with('.') {
        return false;
    }
    let name = match place {
        Domain::Constraint => domain.strip_prefix('.').unwrap_or(domain),
        Domain::Name => domain,
    };
    name.split('.').all(|label| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// Whether `name` is `suffix` or ends with its labels, regardless of case.
///
/// A suffix that begins with a period does not match the rest of it alone.
pub(super) fn has_suffix(name: &str, suffix: &str) -> bool {
    let Some(split) = name.len().checked_sub(suffix.len()) else { return false };
    let (head, tail) = name.as_bytes().split_at(split);
    tail.eq_ignore_ascii_case(suffix.as_bytes()) && (head.is_empty() || suffix.starts_with('.') || head.ends_with(b"."))
}

/// Orders names from the last label to the first, regardless of case, so that a domain comes right before all that
/// is below it.
pub(super) fn compare_from_the_end(a: &str, b: &str) -> std::cmp::Ordering {
    // The period must come before the hyphen, or `a-b.com` would stand between `b.com` and `a.b.com`.
    let key = |byte: u8| if byte == b'.' { 0 } else { byte.to_ascii_lowercase() };
    a.bytes().rev().map(key).cmp(b.bytes().rev().map(key))
}

/// The name without its first label, with the period; nothing when there is only one label.
pub(super) fn without_first_label(name: &str) -> Option<&str> {
    name.find('.').and_then(|period| name.get(period..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_constraints_begin_with_a_period() {
        for name in ["", "com", "a_b.example.com", "*.example.com", "a:443"] {
            assert!(is_valid_domain(name, Domain::Name) && is_valid_domain(name, Domain::Constraint), "{name}");
        }
        for name in [".", "a.", "a..b", "..a", "a b", "\u{7f}"] {
            assert!(!is_valid_domain(name, Domain::Name) && !is_valid_domain(name, Domain::Constraint), "{name}");
        }
        assert!(is_valid_domain(".com", Domain::Constraint));
        assert!(!is_valid_domain(".com", Domain::Name));
    }

    #[test]
    fn suffixes_end_at_labels() {
        assert!(has_suffix("example.com", "Example.COM"));
        assert!(has_suffix("a.example.com", "example.com"));
        assert!(has_suffix("a.example.com", ".example.com"));
        assert!(!has_suffix("example.com", ".example.com"));
        assert!(!has_suffix("notexample.com", "example.com"));
        assert!(!has_suffix("com", "example.com"));
    }

    #[test]
    fn a_domain_comes_right_before_what_is_below_it() {
        let mut names = ["a-b.com", "a.b.com", "b.com", "com", "c.com", "B.com"];
        names.sort_by(|a, b| compare_from_the_end(a, b));
        assert_eq!(names, ["com", "b.com", "B.com", "a.b.com", "a-b.com", "c.com"]);
    }
}
