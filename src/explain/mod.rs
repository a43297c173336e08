//! What a log line of this matter means.

mod messages;

use regex_lite::Regex;

pub use messages::MESSAGES;

/// One message that kube-apiserver, Go or an extension API server prints.
#[derive(Debug)]
pub struct Message {
    /// A regular expression for its deterministic part; the named groups fill `{name}` in the texts below.
    pub pattern: &'static str,
    /// Who prints it, and where.
    pub printed_by: &'static str,
    /// What it means, for the person who reads it at night.
    pub meaning: &'static str,
    /// The rules that find its causes, most likely first.
    pub rules: &'static [&'static str],
    /// Commands to run next, one each.
    pub next: &'static [&'static str],
}

/// A message that was recognised in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The part of the line that was recognised.
    pub recognised: String,
    pub printed_by: &'static str,
    pub meaning: String,
    pub rules: &'static [&'static str],
    pub next: Vec<String>,
}

/// Longer lines are cut: a log line that says something says it before.
const LONGEST_LINE: usize = 64 * 1024;

/// Every message that is recognised in a line, in the order in which they stand there. Of two that overlap, the one that
/// stands first in [`MESSAGES`] is taken, so the specific ones stand before the general ones.
pub fn explain(line: &str) -> Vec<Explanation> {
    let line = unescaped(cut(line));
    let mut taken: Vec<(std::ops::Range<usize>, Explanation)> = Vec::new();
    for message in MESSAGES {
        let Ok(pattern) = Regex::new(message.pattern) else { continue };
        for captures in pattern.captures_iter(&line) {
            let Some(all) = captures.get(0) else { continue };
            if taken.iter().any(|(range, _)| range.start < all.end() && all.start() < range.end) {
                continue;
            }
            let fill = |text: &str| {
                pattern.capture_names().flatten().fold(text.to_owned(), |text, name| {
                    let value = captures.name(name).map_or("", |group| group.as_str());
                    text.replace(&format!("{{{name}}}"), value)
                })
            };
            let explanation = Explanation {
                recognised: all.as_str().to_owned(),
                printed_by: message.printed_by,
                meaning: fill(message.meaning),
                rules: message.rules,
                next: message.next.iter().map(|command| fill(command)).collect(),
            };
            taken.push((all.range(), explanation));
        }
    }
    taken.sort_by_key(|(range, _)| range.start);
    let mut explanations: Vec<Explanation> = Vec::new();
    for (_, explanation) in taken {
        if !explanations.iter().any(|known| known.meaning == explanation.meaning) {
            explanations.push(explanation);
        }
    }
    explanations
}

/// klog and JSON loggers quote a message and put a backslash before its quotes; what a terminal would obey is dropped.
fn unescaped(line: &str) -> String {
    line.replace("\\\"", "\"").replace(|character: char| character.is_control() && character != '\t', "")
}

fn cut(line: &str) -> &str {
    let end = line.char_indices().map(|(offset, _)| offset).find(|offset| *offset >= LONGEST_LINE);
    line.get(..end.unwrap_or(line.len())).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules_of(line: &str) -> Vec<&'static str> {
        explain(line).iter().flat_map(|explanation| explanation.rules).copied().collect()
    }

    #[test]
    fn every_pattern_is_a_regular_expression_and_its_texts_name_only_its_groups() {
        for message in MESSAGES {
            let pattern = Regex::new(message.pattern).unwrap_or_else(|error| panic!("{}: {error}", message.pattern));
            let names: Vec<&str> = pattern.capture_names().flatten().collect();
            for text in message.next.iter().chain(std::iter::once(&message.meaning)) {
                for (at, _) in text.match_indices('{') {
                    let name = text[at + 1..].split('}').next().unwrap();
                    assert!(names.contains(&name), "{}: no group for {{{name}}}", message.pattern);
                }
            }
        }
    }

    #[test]
    fn every_rule_that_is_named_exists() {
        for message in MESSAGES {
            for id in message.rules {
                assert!(crate::lint::rules::find(id).is_some(), "{}: there is no rule {id}", message.pattern);
            }
        }
    }

    #[test]
    fn the_name_and_the_list_of_a_refused_front_proxy_are_told() {
        let line = "x509: subject with cn=system:kube-scheduler is not in the allowed list: [front-proxy-client]";
        let explanations = explain(line);
        assert_eq!(explanations.len(), 1);
        assert!(explanations[0].meaning.contains("`system:kube-scheduler`"), "{}", explanations[0].meaning);
        assert_eq!(explanations[0].rules.first(), Some(&"proxy-client-name-not-allowed"));
    }

    #[test]
    fn a_line_with_two_messages_gives_both() {
        let line = r#"E1121 12:00:00.000000       1 authentication.go:73] "Unable to authenticate the request" err="[x509: subject with cn=kubelet is not in the allowed list, verifying certificate SN=1, SKID=, AKID=AA failed: x509: certificate signed by unknown authority]""#;
        let rules = rules_of(line);
        assert!(rules.contains(&"proxy-client-name-not-allowed"), "{rules:?}");
        assert!(rules.contains(&"proxy-client-untrusted"), "{rules:?}");
    }

    #[test]
    fn the_candidate_of_an_unknown_authority_is_named() {
        let line = r#"x509: certificate signed by unknown authority (possibly because of "x509: invalid signature: parent certificate cannot sign this kind of certificate" while trying to verify candidate authority certificate "front-proxy-ca")"#;
        for line in [line.to_owned(), line.replace('"', "\\\"")] {
            let explanations = explain(&line);
            assert_eq!(explanations.len(), 1, "{explanations:?}");
            assert!(explanations[0].meaning.contains("front-proxy-ca"), "{}", explanations[0].meaning);
        }
    }

    #[test]
    fn an_unknown_line_gives_nothing() {
        for line in ["", "I1121 Starting kube-apiserver", "{}", "x509: something that nobody ever saw"] {
            assert_eq!(explain(line), [], "{line}");
        }
    }

    #[test]
    fn a_very_long_line_is_cut() {
        let line = "ö".repeat(LONGEST_LINE) + "x509: certificate signed by unknown authority";
        assert_eq!(explain(&line), []);
    }
}
