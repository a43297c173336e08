//! How reports and drawings begin, which quote what was judged and are no set-ups themselves. The writers of
//! [`report`](crate::report) and [`graph`](crate::graph) are tested against it.

use crate::text::floor_char_boundary;

/// How much of a file its marks are looked for in.
const BEGINNING: usize = 1024;
/// In SARIF of any tool, in our own JSON, and in a baseline.
const IN_JSON: [&str; 3] =
    ["/sarif-schema-", r#""tool": {"name":"aggcert","#, "\"schema_version\": 1,\n\"findings\": [\n{\"path\":"];
/// In JUnit, a page, and a picture.
const IN_TAGS: [&str; 3] = [
    r#"<testsuites name="aggcert">"#,
    r#"<meta name="generator" content="aggcert "#,
    r#"<title id="title">Trust map of the aggregation layer</title>"#,
];
/// Metrics, Markdown, drawings as text, annotations, and text for people that begins with no finding.
const STARTS: [&str; 10] = [
    "# HELP aggcert_",
    "## Certificates of the aggregation layer\n",
    "digraph aggcert {\n",
    "flowchart LR\n  flag0[\"--",
    "::error file=",
    "::warning file=",
    "::notice file=",
    "Nothing found. Checked ",
    "Accepted by somebody:\n",
    "Could not be decided:\n",
];
/// How a finding begins in text for people.
const SEVERITIES: [&str; 3] = ["error[", "warning[", "note["];
/// What hangs on a server in a tree.
const BRANCHES: [&str; 2] = ["├─ --", "└─ --"];

/// Whether a text is what `check` or `graph` prints.
pub(crate) fn is_report(text: &str) -> bool {
    let beginning = text.get(..floor_char_boundary(text, BEGINNING)).unwrap_or_default().trim_start();
    let has_any = |marks: &[&str]| marks.iter().any(|mark| beginning.contains(mark));
    match beginning.chars().next() {
        Some('{') => has_any(&IN_JSON),
        Some('<') => has_any(&IN_TAGS),
        _ => STARTS.iter().any(|start| beginning.starts_with(start)) || is_for_people(beginning),
    }
}

/// A finding has its place before it, or below it with a line's and a column's number.
fn is_for_people(beginning: &str) -> bool {
    let (first, rest) = beginning.split_once('\n').unwrap_or((beginning, ""));
    let second = rest.lines().next().unwrap_or_default();
    let heads = SEVERITIES.iter().any(|severity| first.starts_with(severity)) && first.contains("]: ");
    let points = second.trim_start().starts_with("--> ") && second.ends_with(|last: char| last.is_ascii_digit());
    let concise = SEVERITIES.iter().any(|severity| {
        let place = first.split_once(severity).and_then(|(place, _)| place.strip_suffix(": "));
        place.is_some_and(|place| place.ends_with(|last: char| last.is_ascii_digit()))
    });
    heads && points || concise || is_tree(beginning)
}

/// Servers with their files, behind a title or none, and a flag below them.
fn is_tree(beginning: &str) -> bool {
    let titled = beginning.split_once("\n\n").filter(|(title, _)| !title.contains('\n'));
    let mut lines = titled.map_or(beginning, |(_, rest)| rest).lines().take_while(|line| line.contains("  "));
    lines.any(|line| BRANCHES.iter().any(|branch| line.starts_with(branch)))
}
