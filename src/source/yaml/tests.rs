use std::sync::Arc;

use proptest::prelude::*;

use super::{Node, Text, YamlError, pieces};
use crate::text::SourceFile;

fn documents(text: &Text) -> Vec<Result<Node, YamlError>> {
    let documents = |piece: super::Piece| match piece.documents {
        Ok(nodes) => nodes.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    };
    pieces(text).into_iter().flat_map(documents).collect()
}

fn read(yaml: &str) -> Node {
    let mut documents = documents(&Text::of(&SourceFile::new("f", yaml)));
    assert_eq!(documents.len(), 1, "{documents:?}");
    documents.remove(0).unwrap()
}

fn error(yaml: &str) -> YamlError {
    documents(&Text::of(&SourceFile::new("f", yaml))).into_iter().find_map(Result::err).unwrap()
}

/// The scalar as `value@line:column of each run of characters`.
fn shown(node: &Node) -> String {
    let text = node.text().unwrap();
    let places = text.as_str().char_indices().map(|(at, c)| text.origin_of(at..at + c.len_utf8()).source().to_owned());
    format!("{:?} {:?}", text.as_str(), places.collect::<Vec<_>>().join("|"))
}

#[test]
fn every_style_of_scalar_points_at_its_characters() {
    for (yaml, expected) in [
        ("a: b\u{a0}ü\n", r#""b\u{a0}ü" "b|\u{a0}|ü""#),
        ("a: b\n   c \n\n  d # no\n", r#""b c\nd" "b|\n|c|\n|d""#),
        ("a: 'it''s\n  \n  so'\n", r#""it's\nso" "i|t|''|s|\n|s|o""#),
        ("a: \"x\\u0026\\ty \\\n  z \"\n", r#""x&\ty z " "x|\\u0026|\\t|y| |z| ""#),
        ("a: |\n  x\n    y\n\n", r#""x\n  y\n" "x|\n| | |y|\n""#),
        ("a: !t &b |2-\n    x\n", r#""  x" " | |x""#),
        ("a: >\n  x\n  y\n\n  z\n   w\n  v\n", r#""x y\nz\n w\nv\n" "x|\n|y|\n|z|\n| |w|\n|v|\n""#),
        ("a: |+\n  x\n\n\nb: 1\n", r#""x\n\n\n" "x|\n|\n|\n""#),
        ("\u{feff}a: |-\r\n  x\r\n  y\r\n", r#""x\ny" "x|\r\n|y""#),
        ("a: >-\n\n  x\n", r#""\nx" "\n|x""#),
    ] {
        assert_eq!(shown(read(yaml).get("a").unwrap()), expected, "{yaml:?}");
    }
}

#[test]
fn columns_count_characters() {
    let node = read("é: [ü, \u{a0}x]\n");
    let item = node.get("é").unwrap().items()[1].text().unwrap();
    assert_eq!((item.as_str(), item.origin().start()), ("\u{a0}x", (1, 8)));
}

#[test]
fn duplicates_merges_and_tags_are_what_kubectl_makes_of_them() {
    // Compared with `kubectl annotate --local -o json`.
    let node = read(
        "base: &base {a: base, b: base, c: base}
other: &other {a: other, d: other}
data:
  a: before
  <<: [*base, *other]
  b: after
  dup: one
  dup: two
  bin: !!binary aGVsbG8=
  str: !!str 8080
  cust: !vault abc
  nul: ~
  '<<': quoted
",
    );
    let data = node.get("data").unwrap();
    let entries = data.effective_entries();
    let mut shown: Vec<_> =
        entries.iter().map(|e| format!("{}={}", e.key.as_str(), e.value.as_str().unwrap_or("-"))).collect();
    shown.sort();
    let expected = [
        "<<=quoted",
        "a=base",
        "b=after",
        "bin=hello",
        "c=base",
        "cust=abc",
        "d=other",
        "dup=two",
        "nul=-",
        "str=8080",
    ];
    assert_eq!(shown, expected);
    assert!(data.get("cust").unwrap().tagged && !data.get("str").unwrap().tagged);
    let aliased = data.get("d").unwrap().text().unwrap().origin();
    assert_eq!(aliased.start(), (2, 29), "an alias points at what it stands for");
}

#[test]
fn documents_break_one_by_one() {
    let text = Text::of(&SourceFile::new("f", "%YAML 1.2\n# c\n---\na: 1\n--- # x\na: [\n---\nb: 2\n...\n---\n"));
    let read: Vec<_> =
        documents(&text).iter().map(|d| d.as_ref().ok().map(|n| n.entries()[0].key.as_str().to_owned())).collect();
    assert_eq!(read, [Some("a".to_owned()), None, Some("b".to_owned())]);
}

#[test]
fn what_libyaml_reads_is_read() {
    // Compared with `kubectl annotate --local -o json`.
    let node =
        read("k:\n  a: \"foo\nbar\"\n  c: 'x\n y'\n  d: {\n\"a\": \"b\"\n}\n  e: [\n  x,\n  'it''s\n  z'\n  ]\n");
    let node = node.get("k").unwrap();
    assert_eq!((node.get("a").unwrap().as_str(), node.get("c").unwrap().as_str()), (Some("foo bar"), Some("x y")));
    assert_eq!(node.at(&["d", "a"]).unwrap().as_str(), Some("b"));
    let item = node.get("e").unwrap().items()[1].text().unwrap();
    assert_eq!((item.as_str(), item.origin().start()), ("it's z", (11, 4)));
}

#[test]
fn json_is_read_as_json() {
    let node = read("{\t\"a\":\t\"\\ud83d\\ude00\\/\\u0026\\n\",\n\t\"b\": [1.5, true, null],\"a\":\"x\"}\n");
    assert_eq!(node.entries()[0].value.as_str(), Some("😀/&\n"));
    assert_eq!(node.get("a").unwrap().as_str(), Some("x"));
    assert!(node.get("b").unwrap().items()[2].is_null());
    let two = documents(&Text::of(&SourceFile::new("f", "{\"a\":1}\n{\"b\":2}")));
    assert_eq!(two.len(), 2);
}

#[test]
fn templates_are_read_unrendered() {
    let node = read(
        "{{- if .x }}
a: {{ .Values.a }}-{{ b \"q: r\" }}
{{/* }} */}}
list:
  {%- for x in y %}
  - --a={{ x }} # c
  {%- endfor %}
  {% if z %}- --b=\"{{ z | default(\"q\") }}\"{% endif %}
{{ include \"more\" . | indent 2 }}
plain:
  - x
{{- end }}
quoted: \"{{ x \"y\" }}\"
terraform: ${ x ? \"a\" : \"b\" }
{{ $k }}: <%= x %>
",
    );
    assert_eq!(node.get("a").unwrap().as_str(), Some("{{ .Values.a }}-{{ b \"q: r\" }}"));
    let list = node.get("list").unwrap();
    let items: Vec<_> = list.items().iter().map(|item| item.as_str().unwrap()).collect();
    assert_eq!(items, ["--a={{ x }}", "--b=\"{{ z | default(\"q\") }}\""]);
    assert_eq!(
        node.hidden_in("list").iter().map(Text::as_str).collect::<Vec<_>>(),
        ["{{ include \"more\" . | indent 2 }}"]
    );
    assert!(!list.gaps.is_empty() && node.get("plain").unwrap().gaps.is_empty());
    assert_eq!(list.items()[0].text().unwrap().slice(4..11).origin().start(), (6, 9));
    assert_eq!(node.get("quoted").unwrap().as_str(), Some("{{ x \"y\" }}"));
    assert_eq!(node.get("terraform").unwrap().as_str(), Some("${ x ? \"a\" : \"b\" }"));
    assert_eq!(node.get("{{ $k }}").unwrap().as_str(), Some("<%= x %>"));
}

#[test]
fn hostile_files_end_soon() {
    let deep = format!("a: {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(error(&deep), YamlError::TooDeep { .. }), "{:?}", error(&deep));
    let deep = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    assert!(matches!(error(&deep), YamlError::TooDeep { .. }), "{:?}", error(&deep));
    let mut laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(",");
        laughs += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    assert!(matches!(error(&laughs), YamlError::TooManyAliases { .. }));
    let message = error("a: &a [*a]\n").to_string();
    assert!(message.contains("inside of what it stands for"), "{message}");
    assert!(matches!(error("a: \"\n"), YamlError::Syntax { .. }));
}

/// Every scalar and key below a node.
fn scalars<'a>(node: &'a Node, found: &mut Vec<&'a Text>) {
    found.extend(node.text());
    node.items().iter().for_each(|item| scalars(item, found));
    for entry in node.entries() {
        found.push(&entry.key);
        scalars(&entry.value, found);
    }
}

fn origins_are_inside(file: &Arc<SourceFile>) {
    for node in documents(&Text::of(file)).iter().flatten() {
        let mut found = Vec::new();
        scalars(node, &mut found);
        for text in found {
            for (at, character) in text.as_str().char_indices() {
                let range = text.origin_of(at..at + character.len_utf8()).range();
                assert!(range.start <= range.end && range.end <= file.text().len());
                assert!(file.text().get(range).is_some());
            }
        }
    }
}

/// Text of one line that every style can hold.
fn argument() -> impl Strategy<Value = String> {
    "--[a-z-]{1,12}=[a-zA-Zä-ü\u{a0}/.,'\"\\\\{}$:#&*!|>%@`\\[\\] -]{0,20}[a-z]"
}

fn single_quoted(argument: &str) -> String {
    format!("'{}'", argument.replace('\'', "''"))
}

fn double_quoted(argument: &str) -> String {
    format!("\"{}\"", argument.replace('\\', "\\\\").replace('"', "\\\""))
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        origins_are_inside(&SourceFile::new("f", text));
    }

    #[test]
    fn any_heap_of_yaml_is_survived(
        parts in proptest::collection::vec(prop_oneof![
            Just("- "), Just("a: "), Just("\n"), Just("\n  "), Just("\n\t"), Just("|\n"), Just(">-\n "), Just("\""),
            Just("'"), Just("\\"), Just("["), Just("]"), Just("{"), Just("}"), Just(", "), Just("&a "), Just("*a"),
            Just("<<: "), Just("!t "), Just("{{ x }}"), Just("{% if %}"), Just("${x}"), Just("---\n"), Just("\r\n"),
            Just("# c"), Just("ü\u{a0}"), Just("--a=b"), Just("\u{f0000}"), Just("..."), Just("? "), Just("2"),
        ], 0..40),
    ) {
        origins_are_inside(&SourceFile::new("f", parts.concat()));
    }

    #[test]
    fn what_is_rendered_is_read_and_found_again(argument in argument(), newline in prop_oneof![Just("\n"), Just("\r\n")]) {
        // An expression is kept as it is written, escapes included.
        prop_assume!(!["${", "{{", "{%", "{#", "<%"].iter().any(|tag| argument.contains(tag)));
        let mut renderings = vec![
            format!("- {}{newline}", single_quoted(&argument)),
            format!("- {}{newline}", double_quoted(&argument)),
            format!("- |-{newline}  {argument}{newline}"),
            format!("- >-{newline}  {argument}{newline}"),
            serde_json::json!([{"a": argument}]).to_string(),
        ];
        let plain = !argument.contains(": ") && !argument.contains(" #") && !argument.ends_with(':');
        if plain {
            renderings.push(format!("- {argument}{newline}"));
        }
        for yaml in renderings {
            let node = read(&yaml);
            let item = node.items().first().unwrap();
            let text = item.text().or_else(|| item.text_at(&["a"])).unwrap();
            prop_assert_eq!(text.as_str(), &argument, "{}", yaml);
            for (at, character) in argument.char_indices() {
                let origin = text.origin_of(at..at + character.len_utf8());
                let source = origin.source();
                // As it is, or doubled or behind a backslash where its style wants it so.
                let escaped = matches!((character, source), ('\'', "''") | ('"', "\\\"") | ('\\', "\\\\"));
                prop_assert!(escaped || source == character.to_string(), "{character:?} at {origin:?} of {yaml:?}");
            }
        }
    }
}
