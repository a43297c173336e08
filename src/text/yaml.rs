//! YAML that people and every reader of it can read, with the place of each field.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

use super::{Field, SourceFile, json, printable};

/// Documents, separated by `---`.
pub fn documents(objects: &[Value]) -> String {
    let mut writer = Writer::default();
    for (index, object) in objects.iter().enumerate() {
        if index > 0 {
            writer.text.push_str("---\n");
        }
        writer.value(object, 0, &Path::default());
    }
    writer.text
}

/// One `List` of all objects, under the name that findings show, each with its title.
pub fn list(name: &str, objects: &[Value], title: impl Fn(&Value) -> String) -> Arc<SourceFile> {
    let mut writer = Writer::default();
    writer.text.push_str("apiVersion: v1\nkind: List\nitems:\n");
    for object in objects {
        writer.object = title(object).into();
        writer.field(String::new());
        writer.text.push_str("- ");
        writer.mapping_behind_dash(object, 0, &Path::default());
    }
    let Writer { text, fields, .. } = writer;
    SourceFile::of_objects(name, text, fields)
}

#[derive(Default)]
struct Writer {
    text: String,
    object: Arc<str>,
    fields: Vec<Field>,
}

/// The keys and indexes above, as `kubectl explain` and JSONPath write them.
#[derive(Debug, Clone, Default)]
struct Path(String);

impl Path {
    fn key(&self, key: &str) -> Self {
        // A name with dots in it, such as that of a label.
        let simple = key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        match (simple, self.0.is_empty()) {
            (true, true) => Self(key.to_owned()),
            (true, false) => Self(format!("{}.{key}", self.0)),
            (false, _) => Self(format!("{}['{key}']", self.0)),
        }
    }

    fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// What is there of the object as a whole.
    fn shown(&self) -> String {
        if matches!(self.0.as_str(), "kind" | "apiVersion") { String::new() } else { self.0.clone() }
    }
}

impl Writer {
    fn field(&mut self, path: String) {
        self.fields.push(Field { start: self.text.len(), object: Arc::clone(&self.object), path });
    }

    fn indent(&mut self, depth: usize) {
        self.text.extend(std::iter::repeat_n("  ", depth));
    }

    /// A value on lines of its own.
    fn value(&mut self, value: &Value, depth: usize, path: &Path) {
        match value {
            Value::Object(entries) if !entries.is_empty() => {
                for (key, value) in entries {
                    self.indent(depth);
                    self.entry(key, value, depth, path);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    let path = path.index(index);
                    self.field(path.shown());
                    self.indent(depth);
                    self.text.push_str("- ");
                    self.mapping_behind_dash(item, depth, &path);
                }
            }
            scalar => {
                self.indent(depth);
                self.scalar(scalar, depth);
            }
        }
    }

    /// What stands behind `- `.
    fn mapping_behind_dash(&mut self, item: &Value, depth: usize, path: &Path) {
        match item {
            Value::Object(entries) if !entries.is_empty() => {
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        self.indent(depth + 1);
                    }
                    self.entry(key, value, depth + 1, path);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                self.text.push('\n');
                self.value(item, depth + 1, path);
            }
            scalar => self.scalar(scalar, depth),
        }
    }

    fn entry(&mut self, key: &str, value: &Value, depth: usize, path: &Path) {
        let path = path.key(key);
        self.field(path.shown());
        self.text.push_str(&string(key));
        self.text.push(':');
        match value {
            Value::Object(entries) if !entries.is_empty() => {
                self.text.push('\n');
                self.value(value, depth + 1, &path);
            }
            Value::Array(items) if !items.is_empty() => {
                self.text.push('\n');
                self.value(value, depth, &path);
            }
            scalar => {
                self.text.push(' ');
                self.scalar(scalar, depth);
            }
        }
    }

    fn scalar(&mut self, value: &Value, depth: usize) {
        match value {
            Value::String(text) if is_block(text) => {
                self.text.push_str(if text.ends_with('\n') { "|\n" } else { "|-\n" });
                for line in text.lines() {
                    if !line.is_empty() {
                        self.indent(depth + 1);
                    }
                    self.text.push_str(line);
                    self.text.push('\n');
                }
                return;
            }
            Value::String(text) => self.text.push_str(&string(text)),
            // JSON is YAML.
            other => {
                let _ = write!(self.text, "{other}");
            }
        }
        self.text.push('\n');
    }
}

/// Whether a text is one that a literal block keeps as it is: PEM, above all.
fn is_block(text: &str) -> bool {
    let plain = |c: char| c == '\n' || (!c.is_control() && !printable::is_obeyed(c) && c != '\u{feff}');
    text.trim_end_matches('\n').contains('\n')
        && !text.ends_with("\n\n")
        && !text.starts_with([' ', '\n'])
        && text.chars().all(plain)
}

/// A string on one line: as it is where nothing takes it for anything else, and as JSON has it otherwise.
pub fn string(text: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_plain = text.trim_start_matches("--").starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./@+=,:".contains(c))
        && !text.ends_with(':')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_plain { text.to_owned() } else { json::to_string(&text) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn each_field_is_named_by_its_object_and_path() {
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let file = list(
            "<cluster prod>",
            &[
                json!({"kind": "ConfigMap", "metadata": {"name": "x", "namespace": "kube-system"}, "data": {"ca.crt": pem}}),
                json!({"kind": "Pod", "spec": {"containers": [{"args": ["--a=b", "- x"]}]}}),
            ],
            |object| object["kind"].as_str().unwrap().to_owned(),
        );
        let expected = "\
apiVersion: v1
kind: List
items:
- kind: ConfigMap
  metadata:
    name: x
    namespace: kube-system
  data:
    ca.crt: |
      -----BEGIN CERTIFICATE-----
      AAAA
      -----END CERTIFICATE-----
- kind: Pod
  spec:
    containers:
    - args:
      - --a=b
      - \"- x\"
";
        assert_eq!(file.text(), expected);
        let at = |needle: &str| {
            let start = file.text().find(needle).unwrap();
            super::super::Origin::new(&file, start..start + 1).to_string()
        };
        assert_eq!(at("AAAA"), "<cluster prod>: ConfigMap, data['ca.crt']");
        assert_eq!(at("--a=b"), "<cluster prod>: Pod, spec.containers[0].args[0]");
        assert_eq!(at("Pod"), "<cluster prod>: Pod");
    }

    #[test]
    fn plain_only_where_nothing_can_be_misread() {
        for plain in ["/etc/kubernetes/pki/front-proxy-ca.crt", "X-Remote-User", "--a=b", "a.b_c", "a,b"] {
            assert_eq!(string(plain), plain);
        }
        for (text, quoted) in [
            ("", r#""""#),
            ("true", r#""true""#),
            ("No", r#""No""#),
            ("1e3", r#""1e3""#),
            ("-", r#""-""#),
            ("---", r#""---""#),
            ("a: b", r#""a: b""#),
            ("a:", r#""a:""#),
            ("a #b", r#""a #b""#),
            (r#""a""#, r#""\"a\"""#),
            (r"a\b", r#""a\\b""#),
            (" a", r#"" a""#),
            ("ä", r#""ä""#),
        ] {
            assert_eq!(string(text), quoted);
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "(?s).{0,12}".prop_map(Value::from),
            "[a-z:#\n -]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z. :-]{0,6}", inner, 0..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Another reader of YAML than ours understands the same.
        #[test]
        fn what_is_written_is_read(value in any_value()) {
            let object = json!({"kind": "X", "value": value});
            let read: Value = serde_saphyr::from_str(&documents(std::slice::from_ref(&object))).unwrap();
            prop_assert_eq!(read, object);
        }
    }
}
