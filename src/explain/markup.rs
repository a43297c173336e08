//! What pages and tickets put around a log: tags of HTML, the fences of Jira and Confluence.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use regex::{Captures, Regex};

use super::pattern::compile;

/// Without one of these a text has no mark.
static BEGINNINGS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let beginnings = [
        "<pre",
        "<code",
        "<br",
        "<p",
        "<li",
        "<div",
        "<t",
        "<block",
        "<span",
        "</",
        "{code",
        "{noformat",
        "{quote",
        "{panel",
        "{{",
    ];
    AhoCorasickBuilder::new().ascii_case_insensitive(true).build(beginnings).ok()
});

/// Tags that people and pages put around text, and not those of a page that a proxy answered with.
static MARKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(concat!(
        r"(?i)(?P<block></?(?:pre|br|p|li|ul|ol|div|tr|table|thead|tbody|blockquote|details|summary|h[1-6])(?:\s[^<>\n]{0,200})?/?>",
        r"|(?-i)\{(?:code|noformat|quote|panel)(?::[^{}\n]{0,80})?\})",
        r"|(?P<cell></?t[dh](?:\s[^<>\n]{0,200})?>)",
        r"|</?(?:code|span|a|b|strong|em|kbd|samp|tt|font|mark)(?:\s[^<>\n]{0,400})?>",
        r"|\{\{(?P<code>[^{}\n]{1,400})\}\}",
    ))
});

/// A whole page in a line is an answer, and its tags are what tells it.
const OF_A_PAGE: [&str; 4] = ["<html", "<!doctype", "<head", "<body"];

/// The text without marks; what stood in blocks of its own stands in lines of its own.
pub(super) fn without(text: &str) -> Cow<'_, str> {
    let Some(beginnings) = BEGINNINGS.as_ref().filter(|beginnings| beginnings.is_match(text)) else {
        return Cow::Borrowed(text);
    };
    let Some(marks) = MARKS.as_ref() else { return Cow::Borrowed(text) };
    let lines = text
        .split('\n')
        .map(|line| if beginnings.is_match(line) { unmarked(line, marks) } else { Cow::Borrowed(line) });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

fn unmarked<'a>(line: &'a str, marks: &Regex) -> Cow<'a, str> {
    let lower = line.to_ascii_lowercase();
    if OF_A_PAGE.iter().any(|tag| lower.contains(tag)) {
        return Cow::Borrowed(line);
    }
    let plain = marks.replace_all(line, |mark: &Captures<'_>| match (mark.name("block"), mark.name("cell")) {
        (Some(_), _) => "\n".to_owned(),
        (_, Some(_)) => " ".to_owned(),
        _ => mark.name("code").map_or_else(String::new, |code| code.as_str().to_owned()),
    });
    match plain {
        Cow::Borrowed(_) => Cow::Borrowed(line),
        Cow::Owned(plain) => Cow::Owned(plain.trim_matches('\n').to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::without;
    use crate::explain::explain;

    #[test]
    fn marks_are_taken_off_and_answers_left() {
        for (text, plain) in [
            ("<pre>a &lt;b&gt;<br>\nc</pre>", "a &lt;b&gt;\nc"),
            ("<p>it says <code>x509: a</code></p><br/><li class=\"x\">b</li>", "it says x509: a\n\n\nb"),
            ("{code:java}\na{code}", "\na"),
            ("{noformat}a{noformat} and {{b}}", "a\n and b"),
            ("<html><head><p>502 Bad Gateway</p></html>", "<html><head><p>502 Bad Gateway</p></html>"),
            ("v1.a.io   <none>   False <nil> {a: 1}", "v1.a.io   <none>   False <nil> {a: 1}"),
        ] {
            assert_eq!(without(text), plain);
        }
    }

    /// What a page or a ticket makes of a line changes nothing of what it says.
    #[test]
    fn a_line_says_the_same_in_a_page_and_in_a_ticket() {
        let said =
            |text: &str| explain(text).into_iter().map(|said| (said.recognised, said.meaning)).collect::<Vec<_>>();
        let quoted =
            |line: &str| line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        for line in [
            r#"E0102 03:04:05.000000       1 authentication.go:73] "Unable to authenticate the request" err="x509: subject with cn=a is not in the allowed list: [b]""#,
            "v1beta1.metrics.k8s.io failed with: failing or missing response from https://10.96.1.2:443/apis/metrics.k8s.io/v1beta1: bad status from https://10.96.1.2:443/apis/metrics.k8s.io/v1beta1: 403",
        ] {
            for wrapped in [
                format!("<pre><code>{}</code></pre>", quoted(line)),
                format!("<p>{}<br />", quoted(line)),
                format!("<td>{}</td>", quoted(line)),
                format!("{{noformat}}{line}{{noformat}}"),
                format!("{{{{{line}}}}}"),
                format!("> - `{line}`"),
                format!("\u{2022} {line}"),
                format!("```{line}```"),
            ] {
                assert_eq!(said(&wrapped), said(line), "{wrapped}");
            }
        }
    }
}
