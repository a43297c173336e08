//! Expressions of template languages, which are not rendered here: Jinja, Go and Helm, ERB, Terraform.

use crate::text::floor_char_boundary;

/// What stands between a template's delimiters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is replaced by a value: `{{ ca }}`, `<%= ca %>`.
    Value,
    /// It chooses, repeats or comments, and leaves nothing behind: `{% if x %}`, `{{- end }}`, `<% if x %>`.
    Control,
}

/// An expression at the beginning of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expression {
    /// In bytes, with the delimiters.
    pub(super) length: usize,
    pub(super) kind: Kind,
}

/// Longer than any expression that people write.
const MAXIMUM_LENGTH: usize = 2048;

const GO_CONTROLS: [&str; 9] = ["if", "else", "end", "range", "with", "define", "block", "break", "continue"];
const TERRAFORM_CONTROLS: [&str; 5] = ["if", "else", "endif", "for", "endfor"];

/// The expression that `text` begins with.
pub(super) fn expression(text: &str) -> Option<Expression> {
    const DELIMITERS: [(&str, &str); 6] =
        [("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("<%=", "%>"), ("<%", "%>"), ("%{", "}")];
    let (open, close) = DELIMITERS.into_iter().find(|(open, _)| text.starts_with(open))?;
    let rest = text.get(open.len()..)?;
    let bounded = rest.get(..floor_char_boundary(rest, MAXIMUM_LENGTH)).unwrap_or(rest);
    // Expressions do not nest; looking no further than the next one keeps hostile text linear.
    let bounded = bounded.get(..bounded.find(open).unwrap_or(bounded.len()))?;
    let inside = bounded.get(..bounded.find(close)?)?;
    let word = inside.trim_start_matches(['-', '~', '+', ' ', '\t']);
    let word = word.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
    let kind = match open {
        "{{" if GO_CONTROLS.contains(&word) || inside.trim_start_matches(['-', ' ']).starts_with("/*") => Kind::Control,
        "{{" | "<%=" => Kind::Value,
        "%{" if !TERRAFORM_CONTROLS.contains(&word) => return None,
        // `${#array}` and `{#` in plain text are no Jinja comments.
        "{#" if !inside.starts_with([' ', '-', '#']) => return None,
        _ => Kind::Control,
    };
    Some(Expression { length: open.len() + inside.len() + close.len(), kind })
}

/// Whether there is an expression anywhere in it: a template's, one that a shell or Kubernetes would expand, or a mark
/// that somebody replaces with sed.
pub(super) fn has_expression(text: &str) -> bool {
    let shell =
        |rest: &str| rest.starts_with(|next: char| matches!(next, '{' | '(' | '_') || next.is_ascii_alphabetic());
    text.split('$').skip(1).any(shell)
        // BOSH.
        || text.split_once("((").is_some_and(|(_, rest)| rest.contains("))"))
        || text.match_indices(['{', '<', '%']).any(|(at, _)| text.get(at..).and_then(expression).is_some())
        || ["#", "##", "__", "@@", "@", "%"].iter().any(|mark| has_marked_name(text, mark))
        || is_placeholder(text)
}

/// `##NODE_IP##`, `__NODE_IP__`, `@NODE_IP@`.
fn has_marked_name(text: &str, mark: &str) -> bool {
    let is_name = |inside: &str| {
        inside.len() > 1
            && inside.starts_with(|first: char| first.is_ascii_uppercase())
            && inside.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let parts: Vec<&str> = text.split(mark).collect();
    let inner = parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default();
    inner.iter().any(|part| is_name(part))
}

/// `--flag=<what to put here>`.
fn is_placeholder(text: &str) -> bool {
    text.split_once("=<").is_some_and(|(_, rest)| rest.contains('>'))
}

/// Where the line after a control expression begins, when the expression has its line for itself: such a line leaves
/// nothing, not even its end. `at` is where the expression begins.
pub(super) fn end_of_control_line(text: &str, at: usize, length: usize) -> Option<usize> {
    let before = text.get(..at)?.trim_end_matches([' ', '\t']);
    let after = text.get(at + length..)?;
    let rest = after.trim_start_matches([' ', '\t', '\r']);
    let alone = before.is_empty() || before.ends_with('\n');
    (alone && rest.starts_with('\n')).then(|| text.len() - rest.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_end_where_their_language_ends_them() {
        for (text, length, kind) in [
            ("{{ ca }}/x", 8, Kind::Value),
            ("{{ ca | default('a b') }} x", 25, Kind::Value),
            ("{{- if .x }}y", 12, Kind::Control),
            ("{{/* why */}}", 13, Kind::Control),
            ("{% if x %}", 10, Kind::Control),
            ("<%= ca %>", 9, Kind::Value),
            ("<% if x -%>", 11, Kind::Control),
            ("%{ if x }", 9, Kind::Control),
        ] {
            assert_eq!(expression(text), Some(Expression { length, kind }), "{text}");
        }
    }

    #[test]
    fn other_braces_are_no_expressions() {
        for text in ["{a}", "{{ no end", "%{http_code}", "{#array}", "<path>", "", "{"] {
            assert_eq!(expression(text), None, "{text}");
        }
    }

    #[test]
    fn marks_are_expressions() {
        for text in [
            "--a=##NODE_IP##",
            "--a=#NODE_IP#",
            "--a=__NODE_IP__:1",
            "--a=@CA_FILE@",
            "--a=<path to the CA>",
            "--a=$(POD_IP)",
        ] {
            assert!(has_expression(text), "{text}");
        }
        for text in ["--a=user@host@x", "--a=%2F%20", "--oidc=__x__", "--a=1<2", "--a=#1", "--a=AES_128%"] {
            assert!(!has_expression(text), "{text}");
        }
    }

    #[test]
    fn a_control_alone_on_its_line_takes_the_line_with_it() {
        let text = "a \\\n  {% if x %}  \r\n  --b";
        let at = text.find("{%").unwrap();
        assert_eq!(end_of_control_line(text, at, 10).map(|end| &text[end..]), Some("  --b"));
        assert_eq!(end_of_control_line("x {% if %}\n", 2, 8), None);
    }
}
