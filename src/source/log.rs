//! Logs, which people give in place of a set-up.

/// What stands in messages of this matter.
const WORDS: [&str; 7] = [
    "x509: ",
    "tls: ",
    "Unable to authenticate the request",
    "FailedDiscoveryCheck",
    "failing or missing response from",
    "is forbidden: User",
    "extension-apiserver-authentication",
];

/// Whether a text is a log, or a message of one: it tells what happened, and not how something is started.
pub fn looks_like_a_log(text: &str) -> bool {
    /// A log says what it is at its beginning.
    const MOST_LINES: usize = 1000;

    let is_message = |line: &str| ["Error: ", "error: "].iter().any(|words| line.starts_with(words));
    let says = |line: &str| has_klog_header(line) || is_message(line) || WORDS.iter().any(|words| line.contains(words));
    text.lines().take(MOST_LINES).any(says)
}

/// Whether a text is what `kubectl describe` prints of the ConfigMap with the front proxy's CA: meant for people, it has
/// no form that can be read back.
pub fn is_description(text: &str) -> bool {
    const NAME: &str = "extension-apiserver-authentication";
    let names = |line: &str| line.strip_prefix("Name:").is_some_and(|name| name.trim() == NAME);
    text.lines().any(names) && text.lines().any(|line| line.trim_end() == "====")
}

/// `E0101 10:00:00` (k8s.io/klog, `buffer.FormatHeader`), wherever a line has it.
fn has_klog_header(line: &str) -> bool {
    let is_header = |window: &[u8]| {
        let [level, month_and_day @ .., b' ', h1, h2, b':', m1, m2, b':'] = window else { return false };
        b"IWEF".contains(level) && month_and_day.iter().chain([h1, h2, m1, m2]).all(u8::is_ascii_digit)
    };
    line.as_bytes().windows(12).any(is_header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_told_from_set_ups() {
        for log in [
            "I1125 10:00:00.123456       1 serving.go:273] Generated self-signed cert",
            "Nov 25 10:00:00 node k3s[1]: W1125 10:00:00.1 1 a.go:1] b",
            "error: x509: certificate signed by unknown authority",
        ] {
            assert!(looks_like_a_log(log), "{log}");
        }
        for other in ["", "kube-apiserver --v=2", "apiVersion: v1\nkind: Pod\n", "E12345678901234", "I1125 1:00:00"] {
            assert!(!looks_like_a_log(other), "{other}");
        }
    }
}
