//! How reports of findings begin, which quote what was judged and are no set-ups themselves. The writers of
//! [`report`](crate::report) are tested against it.

use crate::text::floor_char_boundary;

/// How much of a file its marks are looked for in.
const BEGINNING: usize = 400;
/// In SARIF of any tool, and in our own JSON.
const IN_JSON: [&str; 2] = ["/sarif-schema-", r#""tool": {"name":"aggcert","#];
const IN_JUNIT: &str = r#"<testsuites name="aggcert">"#;
/// How a finding begins in text for people.
const SEVERITIES: [&str; 3] = ["error[", "warning[", "note["];

/// Whether a text is what `check` prints: in JSON, SARIF or JUnit, or for people, where the first finding has its place
/// below it, with a line's and a column's number.
pub(crate) fn is_report(text: &str) -> bool {
    let beginning = text.get(..floor_char_boundary(text, BEGINNING)).unwrap_or_default();
    if beginning.trim_start().starts_with('{') {
        return IN_JSON.iter().any(|mark| beginning.contains(mark));
    }
    if beginning.contains(IN_JUNIT) {
        return true;
    }
    let mut lines = text.lines().skip_while(|line| line.trim().is_empty());
    let heads = |line: &str| SEVERITIES.iter().any(|severity| line.starts_with(severity)) && line.contains("]: ");
    let points =
        |line: &str| line.trim_start().starts_with("--> ") && line.ends_with(|last: char| last.is_ascii_digit());
    lines.next().is_some_and(heads) && lines.next().is_some_and(points)
}
