//! HTTP headers as Go's `net/http` server and k8s.io/apiserver's `headerrequest` read them.

use std::collections::BTreeMap;

use crate::text::path_unescape;

/// The headers of a request as Go's `http.Header`: by canonical name.
#[derive(Debug, Clone, Default)]
pub(super) struct Headers {
    values: BTreeMap<String, Vec<String>>,
}

impl Headers {
    /// From the lines of a request, in order. White space around a value is no part of it.
    pub(super) fn new<'a>(lines: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        // Go keeps the host apart from the headers (`net/http`, `readRequest`).
        for (name, value) in lines.into_iter().filter(|(name, _)| !name.eq_ignore_ascii_case("host")) {
            values.entry(canonical_key(name)).or_default().push(value.trim_matches([' ', '\t']).to_owned());
        }
        Self { values }
    }

    /// The first of the names whose first value is not empty (`headerValue`).
    pub(super) fn first_value(&self, names: &[String]) -> Option<&str> {
        names.iter().find_map(|name| {
            let first = self.of(name).first()?;
            (!first.is_empty()).then_some(first.as_str())
        })
    }

    /// All values of all names that are not empty (`allHeaderValues`).
    pub(super) fn all_values(&self, names: &[String]) -> Vec<String> {
        let values = names.iter().flat_map(|name| self.of(name));
        values.filter(|value| !value.is_empty()).cloned().collect()
    }

    /// What is behind one of the prefixes, with all its values (`newExtra`).
    pub(super) fn extra(&self, prefixes: &[String]) -> BTreeMap<String, Vec<String>> {
        let mut extra: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for prefix in prefixes {
            for (name, values) in &self.values {
                if let Some(rest) = strip_prefix_fold(name, prefix) {
                    let rest = rest.to_lowercase();
                    let key = path_unescape(&rest).unwrap_or(rest);
                    extra.entry(key).or_default().extend(values.iter().cloned());
                }
            }
        }
        extra
    }

    fn of(&self, name: &str) -> &[String] {
        self.values.get(&canonical_key(name)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Go's `textproto.CanonicalMIMEHeaderKey`. A name that is no token stays as it is, and so names no header at all.
pub(super) fn canonical_key(name: &str) -> String {
    if !is_token(name) {
        return name.to_owned();
    }
    let mut start = true;
    name.chars()
        .map(|character| {
            let cased = if start { character.to_ascii_uppercase() } else { character.to_ascii_lowercase() };
            start = character == '-';
            cased
        })
        .collect()
}

/// RFC 9110, section 5.6.2.
pub(super) fn is_token(name: &str) -> bool {
    let is_token_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token_byte)
}

/// Go's `strings.EqualFold`.
pub(super) fn equal_fold(a: &str, b: &str) -> bool {
    a.chars().map(fold).eq(b.chars().map(fold))
}

/// One character for all that differ only in case.
fn fold(character: char) -> char {
    /// The only character, if it is only one.
    fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
        characters.next().filter(|_| characters.next().is_none())
    }
    let upper = single(character.to_uppercase()).unwrap_or(character);
    single(upper.to_lowercase()).unwrap_or(upper)
}

/// `hasPrefixIgnoreCase`, which compares as many bytes as the prefix has; the rest.
fn strip_prefix_fold<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = name.split_at_checked(prefix.len())?;
    equal_fold(start, prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_canonical_as_in_go() {
        #[derive(serde::Deserialize)]
        struct Case {
            name: String,
            canonical: String,
        }
        let cases: Vec<Case> = serde_json::from_str(include_str!("../../fixtures/go-header-keys.json")).unwrap();
        assert!(cases.len() >= 200);
        for Case { name, canonical } in cases {
            assert_eq!(canonical_key(&name), canonical, "{name:?}");
        }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn an_empty_first_value_passes_on_to_the_next_name() {
        let headers = Headers::new([("x-a", ""), ("X-A", "second"), ("X-b", "\t b ")]);
        assert_eq!(headers.first_value(&names(&["X-A", "X-B"])), Some("b"));
        assert_eq!(headers.first_value(&names(&["X-A"])), None);
        assert_eq!(headers.all_values(&names(&["x-a", "x-b", "x-a"])), ["second", "b", "second"]);
    }

    #[test]
    fn a_configured_name_with_a_blank_names_nothing() {
        let headers = Headers::new([("X-Remote-User", "alice")]);
        assert_eq!(headers.first_value(&names(&[" X-Remote-User"])), None);
    }

    #[test]
    fn the_host_is_no_header() {
        let headers = Headers::new([("host", "evil"), ("X-Remote-User", "a")]);
        assert_eq!(headers.first_value(&names(&["Host", "X-Remote-User"])), Some("a"));
    }

    #[test]
    fn extras_keep_empty_values_and_prefixes_fold_case() {
        let headers =
            Headers::new([("X-Remote-Extra-A%2Fb", ""), ("x-remote-extra-a%2fB", "1"), ("X-Remote-Extra-%zz", "2")]);
        let extra = headers.extra(&names(&["x-REMOTE-extra-"]));
        assert_eq!(extra.get("a/b").map(Vec::as_slice), Some(&[String::new(), "1".to_owned()][..]));
        assert_eq!(extra.get("%zz").map(Vec::as_slice), Some(&["2".to_owned()][..]));
        assert_eq!(
            Headers::new([("X-Remote-Extra-A", "1")]).extra(&names(&["X-Remote-Extra"])).keys().next().unwrap(),
            "-a"
        );
    }

    #[test]
    fn case_folds_as_in_go() {
        assert!(equal_fold("X-Remote-User", "x-REMOTE-user"));
        assert!(equal_fold("K\u{17f}", "\u{212a}S"));
        assert!(!equal_fold("i", "\u{130}"));
        assert!(!equal_fold("a", "aa"));
    }
}
