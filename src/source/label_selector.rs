//! Label selectors as Kubernetes reads them (k8s.io/apimachinery, pkg/labels/selector.go, `Parse`).

/// All that an object's labels have to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) struct LabelSelector(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    wanted: Wanted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Exists,
    Absent,
    In(Vec<String>),
    /// As everywhere in Kubernetes, what is absent is none of them.
    NotIn(Vec<String>),
}

impl LabelSelector {
    /// `None`: it is none, or compares numbers.
    pub(in crate::source) fn parse(text: &str) -> Option<Self> {
        parts(text).map(Requirement::parse).collect::<Option<_>>().map(Self)
    }

    pub(in crate::source) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|one| one.key.as_str())
    }

    /// `value` gives that of a label.
    pub(in crate::source) fn matches<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.0.iter().all(|one| {
            let own = value(&one.key);
            let is_among = |values: &[String]| own.is_some_and(|own| values.iter().any(|one| one == own));
            match &one.wanted {
                Wanted::Exists => own.is_some(),
                Wanted::Absent => own.is_none(),
                Wanted::In(values) => is_among(values),
                Wanted::NotIn(values) => !is_among(values),
            }
        })
    }
}

/// What stands between commas, but for those in brackets.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut is_inside = false;
    text.split(move |character| {
        is_inside = character == '(' || is_inside && character != ')';
        character == ',' && !is_inside
    })
}

impl Requirement {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(key) = text.strip_prefix('!') {
            return Self::of(key, Wanted::Absent);
        }
        if let Some((before, list)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
            let values = || list.split(',').map(value).collect::<Option<Vec<_>>>();
            let (key, operator) = before.trim().rsplit_once(char::is_whitespace)?;
            return match operator {
                "in" => Self::of(key, Wanted::In(values()?)),
                "notin" => Self::of(key, Wanted::NotIn(values()?)),
                _ => None,
            };
        }
        match text.split_once('=') {
            Some((key, other)) => match key.strip_suffix('!') {
                Some(key) => Self::of(key, Wanted::NotIn(vec![value(other)?])),
                None => Self::of(key, Wanted::In(vec![value(other.strip_prefix('=').unwrap_or(other))?])),
            },
            None => Self::of(text, Wanted::Exists),
        }
    }

    fn of(key: &str, wanted: Wanted) -> Option<Self> {
        let key = value(key).filter(|key| !key.is_empty())?;
        Some(Self { key, wanted })
    }
}

/// A key or a value: letters, digits, and `-_./`.
fn value(text: &str) -> Option<String> {
    let text = text.trim();
    let is_of_label = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    text.bytes().all(is_of_label).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_those_of_kubernetes() {
        let labels =
            |key: &str| [("a", "b"), ("x.io/c", "d"), ("e", "")].into_iter().find(|one| one.0 == key).map(|one| one.1);
        for text in [
            "a=b",
            "a == b",
            "a",
            "e=",
            "a!=c",
            "z!=c",
            "!z",
            "a in (b, c)",
            "a notin (c)",
            "z notin (a,b)",
            "a=b,x.io/c=d",
            "a in (b,c),!z",
        ] {
            assert!(LabelSelector::parse(text).unwrap().matches(labels), "{text}");
        }
        for text in ["a=c", "z", "!a", "a!=b", "a in (c)", "a notin (b)", "a=b,z", "e=b"] {
            assert!(!LabelSelector::parse(text).unwrap().matches(labels), "{text}");
        }
        for text in ["a>1", "a in b", "a of (b)", "", "a=b,", "a=$X", "=b", "in (a)"] {
            assert_eq!(LabelSelector::parse(text), None, "{text}");
        }
        assert!(LabelSelector::parse("a=b,!c").unwrap().keys().eq(["a", "c"]));
    }
}
