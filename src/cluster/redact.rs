//! Nothing secret leaves a cluster: not in what is written down, and not in a message.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// What stands in the place of a secret.
const REDACTED: &str = "REDACTED";

/// A flag or variable by whose name its value is a secret, where the value is no path, no number and no boolean:
/// `--etcd-password=x`, `--token x`, `API_KEY=x`.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)([a-z0-9_.-]*(?:token|passw(?:or)?d|secret|credential|api[-_]?key|private[-_]?key)[a-z0-9_.-]*(?:\s*[=:]\s*|\s+))("[^"]*"|'[^']*'|[^\s"']+)"#,
    )
    .ok()
});

/// Secrets by their own shape: a user in a URL, a JSON web token, the inside of a private key.
static SHAPED: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"(://)[^/\s:@]+:[^/\s@]+@", "${1}REDACTED@"),
        (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", REDACTED),
        (r"(?i)(bearer\s+|basic\s+)[A-Za-z0-9+/=._~-]{8,}", "${1}REDACTED"),
        (r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)(?s:.*?)(-----END [A-Z ]*PRIVATE KEY-----|\z)", "${1}\nREDACTED\n${2}"),
    ]
    .into_iter()
    .filter_map(|(pattern, with)| Some((Regex::new(pattern).ok()?, with)))
    .collect()
});

/// The text without what is secret in it.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    let mut clean = Cow::Borrowed(text);
    for (pattern, with) in SHAPED.iter() {
        if pattern.is_match(&clean) {
            clean = Cow::Owned(pattern.replace_all(&clean, *with).into_owned());
        }
    }
    let Some(named) = NAMED.as_ref().filter(|named| named.is_match(&clean)) else { return clean };
    let replaced = named.replace_all(&clean, |found: &regex::Captures<'_>| {
        let part = |index: usize| found.get(index).map_or("", |part| part.as_str());
        let value = if is_harmless(part(2)) { part(2) } else { REDACTED };
        format!("{}{value}", part(1))
    });
    Cow::Owned(replaced.into_owned())
}

/// The arguments of a container: a value may stand in an argument of its own.
pub(super) fn arguments(arguments: &[&str]) -> Vec<String> {
    let mut value_follows = false;
    let mut clean = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let is_flag = argument.starts_with('-');
        let is_value =
            std::mem::replace(&mut value_follows, is_flag && !argument.contains('=') && names_secret(argument));
        clean.push(match is_value && !is_flag && !is_harmless(argument) {
            true => REDACTED.to_owned(),
            false => text(argument).into_owned(),
        });
    }
    clean
}

/// Whether a value of this name is a secret.
pub(super) fn names_secret(name: &str) -> bool {
    NAMED.as_ref().is_none_or(|named| named.is_match(&format!("{name}=x")))
}

/// What is no secret whatever it is called: a path, an expression, a number, a time, a boolean, a further flag.
fn is_harmless(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'']);
    let counts = value.starts_with(|c: char| c.is_ascii_digit())
        && value.len() <= 8
        && value.trim_end_matches(|c: char| c.is_ascii_alphabetic()).chars().all(|c| c.is_ascii_digit() || c == '.');
    value.is_empty()
        || value == REDACTED
        || value.starts_with(['/', '$', '-'])
        || counts
        || matches!(value, "true" | "false")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_by_their_name_or_their_shape() {
        for (given, expected) in [
            ("--etcd-password=hunter2", "--etcd-password=REDACTED"),
            ("--token hunter2 --v=2", "--token REDACTED --v=2"),
            ("exec kube-apiserver --x-api-key='a b' --v=2", "exec kube-apiserver --x-api-key=REDACTED --v=2"),
            ("--etcd-servers=https://me:hunter2@etcd:2379", "--etcd-servers=https://REDACTED@etcd:2379"),
            ("Authorization: Bearer abcdefghijkl", "Authorization: Bearer REDACTED"),
            ("x eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln y", "x REDACTED y"),
            (
                "-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\n",
                "-----BEGIN EC PRIVATE KEY-----\nREDACTED\n-----END EC PRIVATE KEY-----\n",
            ),
        ] {
            assert_eq!(text(given), expected);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for argument in [
            "--token-auth-file=/etc/kubernetes/tokens.csv",
            "--service-account-key-file=/etc/kubernetes/pki/sa.pub",
            "--service-account-extend-token-expiration=true",
            "--authentication-token-webhook-cache-ttl=10s",
            "--requestheader-allowed-names=front-proxy-client",
            "--proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key",
            "--tls-private-key-file=/x.key",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            assert_eq!(text(argument), argument);
        }
    }

    #[test]
    fn a_value_may_be_an_argument_of_its_own() {
        let given = ["kube-apiserver", "--oidc-client-secret", "hunter2", "--token-auth-file", "/x", "plain"];
        let expected = ["kube-apiserver", "--oidc-client-secret", "REDACTED", "--token-auth-file", "/x", "plain"];
        assert_eq!(arguments(&given), expected);
    }
}
