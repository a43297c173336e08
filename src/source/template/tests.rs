use super::*;
use crate::text::SourceFile;

fn template(text: &str) -> Template {
    Template::of(&Text::of(&SourceFile::new("f", text)))
}

/// The text with its expressions in their place.
fn left(text: &str) -> String {
    let template = template(text);
    template.restore(template.text().clone()).as_str().to_owned()
}

#[test]
fn lines_that_only_steer_are_left_out() {
    for (text, expected) in [
        ("a\n  {{- if x }}  \nb\n", "a\nb\n"),
        ("{# a\nb #}\nc", "c"),
        ("{{/* }} {{ */}}\nc\n", "c\n"),
        ("  {% if x %}- a{% endif %}\n", "  - a\n"),
        ("- {% if x %}a{% endif %}b\n", "- {% if x %}a{% endif %}b\n"),
        ("- a{{- end }}\n", "- a\n"),
        ("{{ x }}: {{ y }}\n", "{{ x }}: {{ y }}\n"),
        ("<%- if x -%>\n<%= y %>z\n<% end %>\n", "<%= y %>z\n"),
        ("%{ if x ~}\na %{http_code}\n${ a\n", "a %{http_code}\n${ a\n"),
        ("{{ no end\n", "{{ no end\n"),
    ] {
        assert_eq!(left(text), expected, "{text:?}");
    }
}

#[test]
fn an_expression_is_what_a_block_scalar_holds() {
    for (text, expected) in [
        ("a: |\n  {{ x }}\nb: 1\n", "a: |\n  {{ x }}\nb: 1\n"),
        ("- a: !!binary >-\n    {{- x -}}\n", "- a: !!binary >-\n    {{- x -}}\n"),
        ("a:\n  b: |\n{{ x | indent 4 }}\n", "a:\n  b: |\n   {{ x | indent 4 }}\n"),
        ("cat x |\n{{ y }}\n", "cat x |\n"),
    ] {
        assert_eq!(left(text), expected, "{text:?}");
    }
}

#[test]
fn gaps_are_where_something_may_be() {
    let within = |text: &str, range: Range<usize>, end: usize| {
        let gaps = template(text).gaps().within(range, end);
        (!gaps.is_empty(), gaps.hidden().map(|text| text.as_str().to_owned()).collect::<Vec<_>>())
    };
    // The second `if` is about what stands behind the items.
    let text = "- a\n{{ if x }}\n- b\n{{ end }}\n- c\n{{ if y }}\nd\n";
    assert_eq!(template(text).text().as_str(), "- a\n- b\n- c\nd\n");
    assert_eq!(within(text, 0..12, 11), (true, vec![]));
    assert_eq!(within(text, 9..12, 11), (false, vec![]));
    // An expression may put items behind the last one.
    assert_eq!(within("- a\n{{ more }}\nb\n", 0..4, 3), (true, vec!["{{ more }}".to_owned()]));
    assert_eq!(within("- a\n{{/* why */}}\n- b\n", 0..8, 7), (false, vec![]));
}

#[test]
fn what_both_branches_give_is_unknown() {
    let argument = |text: &str| Argument::written(Text::of(&SourceFile::new("f", text)));
    let mut arguments = ["--a=1", "--b=1", "--a=2", "--b=1"].map(argument);
    settle_branches(&mut arguments);
    assert_eq!(arguments.map(|argument| argument.opaque), [true, false, true, false]);
}
