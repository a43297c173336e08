//! Expressions of template languages, which are not rendered here: Jinja, Go and Helm, Handlebars, ERB, Terraform.

mod macros;
mod ytt;

use std::ops::Range;

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

/// One expression of a text.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub(super) range: Range<usize>,
    pub(super) role: Role,
}

/// What an expression does to the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Gives a value, or any text at all.
    Value,
    /// Decides whether or how often what follows is there.
    Opens,
    /// Begins another branch of what was opened.
    Separates,
    Closes,
    /// Comments and assignments: nothing depends on them.
    Silent,
}

impl Role {
    pub(super) fn steers(self) -> bool {
        matches!(self, Self::Opens | Self::Separates | Self::Closes)
    }
}

/// Longer than any expression that people write: an opening without an end must not swallow the file.
const MAXIMUM_LENGTH: usize = 4096;

/// The expression that `text` begins with. `${…}` is none here: those who ask read shells' variables themselves.
pub(super) fn expression(text: &str) -> Option<Expression> {
    let (length, role) = if text.starts_with("${") { None } else { tag(text) }?;
    Some(Expression { length, kind: if role == Role::Value { Kind::Value } else { Kind::Control } })
}

/// All expressions of a text, `${…}` among them, in order.
pub(super) fn tags(string: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut at = 0;
    let begins = |byte| matches!(byte, b'{' | b'<' | b'$' | b'%' | b'#');
    while let Some(offset) = string.get(at..).and_then(|rest| rest.bytes().position(begins)) {
        let start = at + offset;
        if let Some(code) = ytt::code(string, start) {
            at = code.last().map_or(start + 1, |tag| tag.range.end);
            tags.extend(code);
            continue;
        }
        at = match string.get(start..).and_then(tag) {
            Some((length, role)) => {
                tags.push(Tag { range: start..start + length, role });
                start + length
            }
            None => start + 1,
        };
    }
    macros::without(string, tags)
}

/// The length and role of the expression that `text` begins with.
fn tag(text: &str) -> Option<(usize, Role)> {
    let (open, rest) = text.split_at_checked(2)?;
    let length = |inside: &str, close: &str| 2 + inside.len() + close.len();
    match open {
        // Go's comments may hold `}}`.
        "{{" if is_go_comment(rest) => {
            let comment = go_comment(rest).or_else(|| closed(rest, "{{/*", "*/"))?.len() + 2;
            let inside = rest.get(..comment + closed(rest.get(comment..)?, "{{", "}}")?.len())?;
            Some((length(inside, "}}"), Role::Silent))
        }
        "{{" => {
            let inside = closed(rest, "{{", "}}")?;
            Some((length(inside, "}}"), go_role(inside)))
        }
        "{%" => {
            let inside = closed(rest, "{%", "%}")?;
            Some((length(inside, "%}"), jinja_role(inside)))
        }
        // `${#array}` and `{#` in plain text are no comments.
        "{#" if rest.starts_with(|c: char| matches!(c, ' ' | '-' | '#') || !c.is_ascii()) => {
            closed(rest, "{#", "#}").map(|inside| (length(inside, "#}"), Role::Silent))
        }
        "<%" => {
            let inside = closed(rest, "<%", "%>")?;
            Some((length(inside, "%>"), erb_role(inside)))
        }
        "${" => balanced(text).map(|length| (length, Role::Value)),
        "%{" => {
            let role = terraform_role(rest)?;
            balanced(text).map(|length| (length, role))
        }
        _ => None,
    }
}

/// What stands before `close`. Expressions do not nest but in strings; looking no further than the next one keeps
/// hostile text linear.
fn closed<'a>(rest: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let mut quote = None;
    let mut end = None;
    let mut before = b' ';
    for (at, byte) in rest.bytes().enumerate().take(MAXIMUM_LENGTH) {
        match (quote, byte) {
            (Some(_), b'\n') => break,
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            // An apostrophe stands behind a letter.
            (None, b'"' | b'\'' | b'`') if !before.is_ascii_alphanumeric() => quote = Some(byte),
            (None, _) if rest.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(close.as_bytes())) => {
                end = Some(at);
                break;
            }
            (None, _) if rest.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(open.as_bytes())) => break,
            (None, _) => {}
        }
        before = byte;
    }
    // What looked like a quote may be none.
    let end = end.or_else(|| {
        let bounded = rest.get(..crate::text::floor_char_boundary(rest, MAXIMUM_LENGTH))?;
        bounded.get(..bounded.find(open).unwrap_or(bounded.len()))?.find(close)
    });
    rest.get(..end?)
}

fn is_go_comment(inside: &str) -> bool {
    inside.trim_start_matches(['-', ' ']).starts_with("/*")
}

/// What stands before the end of a comment of whatever length, in which no other one begins.
fn go_comment(rest: &str) -> Option<&str> {
    let begin = rest.find("/*")? + "/*".len();
    let inside = rest.get(begin..)?;
    let length = inside.get(..inside.find("/*").unwrap_or(inside.len()))?.find("*/")?;
    rest.get(..begin + length)
}

fn go_role(inside: &str) -> Role {
    let trimmed = inside.trim_start_matches(['-', '~']).trim_start();
    let assigns = trimmed.starts_with('$')
        && trimmed.split_once('=').is_some_and(|(name, _)| {
            name.trim_end_matches(':').trim().chars().all(|c| c.is_alphanumeric() || matches!(c, '$' | '_'))
        });
    match first_word(trimmed) {
        _ if assigns || trimmed.starts_with('!') => Role::Silent,
        // Handlebars.
        _ if trimmed.starts_with(['#', '^']) => Role::Opens,
        _ if trimmed.starts_with('/') => Role::Closes,
        "if" | "range" | "with" | "define" | "block" => Role::Opens,
        "else" => Role::Separates,
        "end" => Role::Closes,
        "break" | "continue" => Role::Silent,
        _ => Role::Value,
    }
}

fn jinja_role(inside: &str) -> Role {
    match first_word(inside) {
        "if" | "for" | "block" | "macro" | "call" | "filter" | "with" | "raw" | "autoescape" => Role::Opens,
        "set" if !inside.contains('=') => Role::Opens,
        "else" | "elif" => Role::Separates,
        "include" => Role::Value,
        word if word.starts_with("end") => Role::Closes,
        _ => Role::Silent,
    }
}

fn erb_role(inside: &str) -> Role {
    match inside.bytes().next() {
        Some(b'=') => return Role::Value,
        Some(b'#') => return Role::Silent,
        _ => {}
    }
    let statement = inside.trim_end_matches(['-', ' ']);
    let begins_block = ["do", "{"].iter().any(|word| statement.ends_with(word)) || statement.ends_with('|');
    match first_word(inside) {
        "if" | "unless" | "while" | "for" | "case" => Role::Opens,
        "else" | "elsif" | "when" => Role::Separates,
        "end" => Role::Closes,
        _ if inside.trim_matches(['-', ' ']) == "}" => Role::Closes,
        _ if begins_block => Role::Opens,
        _ => Role::Silent,
    }
}

fn terraform_role(inside: &str) -> Option<Role> {
    match first_word(inside) {
        "if" | "for" => Some(Role::Opens),
        "else" => Some(Role::Separates),
        "endif" | "endfor" => Some(Role::Closes),
        _ => None,
    }
}

fn first_word(inside: &str) -> &str {
    let inside = inside.trim_start_matches(['-', '~', '+']).trim_start();
    inside.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default()
}

/// The length of `${…}` with the braces in it, in one line.
fn balanced(text: &str) -> Option<usize> {
    const LIMIT: usize = 1024;
    /// A run of openings is looked through once for each of them.
    const DEPTH: usize = 16;
    let mut depth = 0_usize;
    for (at, character) in text.char_indices().take(LIMIT) {
        match character {
            '{' if depth == DEPTH => return None,
            '{' => depth += 1,
            '}' if depth == 1 => return Some(at + 1),
            '}' => depth = depth.checked_sub(1)?,
            '\n' => return None,
            _ => {}
        }
    }
    None
}

/// Whether two texts of which the values are not known are one expression, or hold the same: blanks inside of the delimiters
/// say nothing, and those around them nothing where a mark takes them away. Of a path that is written out something else
/// takes the place, such as a patch, and nobody knows that it does so of both.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    // A shell's commands and systemd's specifiers are no words of a template.
    let is_written_out = one.starts_with('/') && !has_expression(one) && !one.contains(['`', '%']);
    !is_written_out && (one == other || without_outer_blanks(one) == without_outer_blanks(other))
}

/// `{{x}}` for `{{ x }}` and `{{- x }}`.
fn without_outer_blanks(text: &str) -> String {
    const TRIMS: [char; 2] = ['-', '~'];
    let mut shortened = String::with_capacity(text.len());
    let mut rest = text;
    let mut from = 0;
    for Tag { range, .. } in tags(text) {
        let expression = text.get(range.clone()).unwrap_or_default();
        let is_delimiter = |c: char| "{}<>%$#=-~".contains(c);
        let inside = expression.trim_start_matches(is_delimiter);
        let open = expression.get(..expression.len() - inside.len()).unwrap_or_default();
        let inside = inside.trim_end_matches(is_delimiter);
        let close = expression.get(open.len() + inside.len()..).unwrap_or_default();
        shortened.push_str(rest.get(..range.start.saturating_sub(from)).unwrap_or_default());
        if open.ends_with(TRIMS) {
            shortened.truncate(shortened.trim_end().len());
        }
        shortened.extend([open.trim_end_matches(TRIMS), inside.trim(), close.trim_start_matches(TRIMS)]);
        rest = text.get(range.end..).unwrap_or_default();
        from = range.end;
        if close.starts_with(TRIMS) {
            rest = rest.trim_start();
            from = text.len() - rest.len();
        }
    }
    shortened.push_str(rest);
    shortened
}

/// Whether two texts may be rendered as one. What stands before the first expression and behind the last one stays as it is.
pub(crate) fn may_be_equal(one: &str, other: &str) -> bool {
    if one == other || !has_expression(one) && !has_expression(other) {
        return one == other;
    }
    let ((begins, ends), (begin, end)) = (literal_ends(one), literal_ends(other));
    (begins.starts_with(begin) || begin.starts_with(begins)) && (ends.ends_with(end) || end.ends_with(ends))
}

/// What is certain of the beginning and the end of what a text is rendered as.
fn literal_ends(text: &str) -> (&str, &str) {
    if !has_expression(text) {
        return (text, text);
    }
    let tags = tags(text);
    let certain = |part: Option<&str>| part.filter(|part| !has_expression(part)).map(str::len);
    let first = tags.first().filter(|tag| matches!(tag.role, Role::Value | Role::Opens));
    let last = tags.last().filter(|tag| matches!(tag.role, Role::Value | Role::Closes));
    let begin = certain(first.and_then(|tag| text.get(..tag.range.start))).unwrap_or_default();
    let end = certain(last.and_then(|tag| text.get(tag.range.end..))).unwrap_or_default();
    // `{{-` and `-}}` take blanks away.
    let (begin, end) = (text.get(..begin).unwrap_or_default(), text.get(text.len() - end..).unwrap_or_default());
    (begin.trim_end(), end.trim_start())
}

/// Whether there is an expression anywhere in it: a template's, one that a shell or Kubernetes would expand, or a mark
/// that somebody replaces with sed.
pub(crate) fn has_expression(text: &str) -> bool {
    // Most words have none of these, and are many.
    if !text.bytes().any(|byte| b"$({<%#_@".contains(&byte)) {
        return false;
    }
    let shell =
        |rest: &str| rest.starts_with(|next: char| matches!(next, '{' | '(' | '_') || next.is_ascii_alphabetic());
    text.split('$').skip(1).any(shell)
        // Ruby.
        || text.split_once("#{").is_some_and(|(_, rest)| rest.contains('}'))
        // BOSH.
        || text.split_once("((").is_some_and(|(_, rest)| rest.contains("))"))
        || text.match_indices(['{', '<', '%']).any(|(at, _)| text.get(at..).and_then(expression).is_some())
        || ["#", "##", "__", "@@", "@", "%"].iter().any(|mark| has_marked_name(text, mark))
        || is_placeholder(text)
        || text.starts_with("#@ ")
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
    fn blanks_inside_of_the_delimiters_say_nothing() {
        for (one, other) in [
            ("{{pki}}/ca.crt", "{{ pki }}/ca.crt"),
            ("/x/{{.Values.pki}}/{{ .y}}.crt", "/x/{{ .Values.pki }}/{{.y }}.crt"),
            ("<%=pki%>/ca.crt", "<%= pki %>/ca.crt"),
            ("${pki}/ca.crt", "${ pki }/ca.crt"),
            ("{{- pki -}}/ca.crt", "{{ pki }}/ca.crt"),
            ("/x {{- pki -}} /ca.crt", "/x{{~pki~}}/ca.crt"),
            ("pki(\"ca.crt\")", "pki(\"ca.crt\")"),
            ("/x/%i/ca.crt", "/x/%i/ca.crt"),
        ] {
            assert!(is_same(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("{{pki}}/ca.crt", "{{ pki }}/front.crt"),
            ("{{pki}}/ca.crt", "{{ pk i }}/ca.crt"),
            ("{{ \"a b\" }}", "{{ \"ab\" }}"),
            ("{{ pki }} /ca.crt", "{{ pki }}/ca.crt"),
            ("{{pki}}", "${pki}"),
            ("/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/ca.crt"),
        ] {
            assert!(!is_same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn texts_whose_ends_differ_are_never_one() {
        for (one, other) in [
            ("{{ name }}-apiserver", "{{ name }}-controller-manager"),
            ("{{ name }}-apiserver", "x-controller-manager"),
            ("web-{{ x }}", "api-{{ if y }}a{{ else }}b{{ end }}"),
            ("web-${x}", "api"),
            ("a", "b"),
        ] {
            assert!(!may_be_equal(one, other) && !may_be_equal(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("{{ name }}-apiserver", "x-apiserver"),
            ("{{ name }}-api-server", "{{ name }}-server"),
            ("{{ name }}", "a"),
            ("$NAME-a", "x-b"),
            ("{{ if x }}-a", "-b"),
            ("a {{- x -}} b", "axb"),
            ("@NAME@-a", "x-a"),
        ] {
            assert!(may_be_equal(one, other) && may_be_equal(other, one), "{one} {other}");
        }
    }

    #[test]
    fn strings_may_hold_delimiters() {
        for (text, length) in
            [("{{ \"{{\" }}x", 10), ("{{ it's }} {{ it's }}", 10), ("{{/* }} */}}x", 12), ("{{ `}}` }}", 10)]
        {
            assert_eq!(expression(text).map(|found| found.length), Some(length), "{text}");
        }
    }

    #[test]
    fn a_comment_may_be_as_long_as_it_likes() {
        let text = format!("{{{{- /* `a {} */}}}}b", "why ".repeat(MAXIMUM_LENGTH));
        assert_eq!(expression(&text).map(|found| found.length), Some(text.len() - 1));
    }

    #[test]
    fn roles_are_those_of_each_language() {
        use Role::{Closes, Opens, Separates, Silent, Value};
        let text = "{{ if x }}{{ else if y }}{{- end -}}{{ $x := 1 }}{{ $x }}{{#each x}}{{/each}}{{ break }}\
                    {% for x in y %}{% elif z %}{% endfor %}{% set a = 1 %}{% set b %}{% include \"x\" %}\
                    <% case x %><% when 1 -%><% end %><%# why %><% x.each do |y| %><%= y %><% x = 1 %>\
                    %{ if x ~}%{ else }%{ endif }%{http_code}${ x }{# why #}";
        let roles: Vec<Role> = tags(text).iter().map(|tag| tag.role).collect();
        let expected = [
            [Opens, Separates, Closes, Silent, Value, Opens, Closes, Silent].as_slice(),
            &[Opens, Separates, Closes, Silent, Opens, Value],
            &[Opens, Separates, Closes, Silent, Opens, Value, Silent],
            &[Opens, Separates, Closes, Value, Silent],
        ];
        assert_eq!(roles, expected.concat());
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
            "--a=#{PKI}/ca.crt",
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
