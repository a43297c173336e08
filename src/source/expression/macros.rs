//! Jinja's macros.

use super::{Role, Tag, first_word};

/// The body of a macro is nothing where it is written, and stands for nothing where no flags are in it.
pub(super) fn without(string: &str, tags: Vec<Tag>) -> Vec<Tag> {
    let mut kept: Vec<Tag> = Vec::with_capacity(tags.len());
    let mut open = None;
    for tag in tags {
        let text = string.get(tag.range.clone()).unwrap_or_default();
        let word = text.strip_prefix("{%").map(first_word).unwrap_or_default();
        let place = kept.len();
        kept.push(tag);
        match (word, open) {
            ("macro", _) => open = Some(place),
            ("endmacro", Some(first)) => {
                open = None;
                let macro_tags = kept.get(first).zip(kept.last());
                let Some(range) = macro_tags.map(|(first, last)| first.range.start..last.range.end) else { continue };
                if string.get(range.clone()).is_some_and(|body| !body.contains("--")) {
                    kept.truncate(first);
                    kept.push(Tag { range, role: Role::Silent });
                }
            }
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::expression::tags;

    #[test]
    fn a_macro_is_nothing_where_it_is_written() {
        let found =
            tags("{% macro urls() -%}\n{% for x in y %}{{ x }}{% endfor %}\n{% endmacro -%}\na: {{ urls() }}\n");
        assert_eq!(found.iter().map(|tag| tag.role).collect::<Vec<_>>(), [Role::Silent, Role::Value]);
        let flags = tags("{% macro flags() %}--a={{ x }}{% endmacro %}");
        assert_eq!(flags.len(), 3);
    }
}
