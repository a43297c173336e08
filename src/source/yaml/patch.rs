//! JSON patches (RFC 6902) on trees: what is changed knows its place in the patch, and what is not keeps its own. Crates for
//! it work on `serde_json::Value`, which has no places.

use std::collections::HashMap;

use super::{COPY_LIMIT, Content, DEPTH_LIMIT, Entry, Node};
use crate::text::{Origin, Text};

/// Nobody writes more by hand: each may walk through all of the tree.
const MOST_OPERATIONS: usize = 1000;

/// What cannot be applied: it leads to nothing that is there, is no such patch, or makes more than anybody wants.
#[derive(Debug)]
pub(in crate::source) struct Refused;

/// What patches have brought into the objects of a file so far. A `copy` of what holds it doubles the object, and a large
/// value comes into each of many objects (github.com/evanphx/json-patch has `AccumulatedCopySizeLimit` for it).
#[derive(Debug, Default)]
pub(in crate::source) struct Brought {
    nodes: usize,
}

impl Brought {
    /// Counts a value before it is put where a path leads, unless that makes too much or nests too deep.
    pub(super) fn count(&mut self, value: &Node, above: usize) -> Result<(), Refused> {
        let (nodes, depth) = value.extent();
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > COPY_LIMIT || above + depth > DEPTH_LIMIT { Err(Refused) } else { Ok(()) }
    }
}

impl Node {
    /// Makes all operations of a patch; `replaced` gets the places of what they replace or remove.
    ///
    /// # Errors
    ///
    /// Where one of them cannot be applied: then nothing should be (RFC 6902, section 5), and the tree is something between.
    /// Templates may hold more than is seen, and are not changed.
    pub(in crate::source) fn patch(
        &mut self,
        operations: &[Self],
        replaced: &mut Vec<Origin>,
        brought: &mut Brought,
    ) -> Result<(), Refused> {
        if operations.len() > MOST_OPERATIONS || brought.nodes > COPY_LIMIT {
            return Err(Refused);
        }
        operations.iter().try_for_each(|operation| self.apply(operation, replaced, brought))
    }

    fn apply(&mut self, operation: &Self, replaced: &mut Vec<Origin>, brought: &mut Brought) -> Result<(), Refused> {
        let pointer = |key: &str| Pointer::of(operation.text_at(&[key]).ok_or(Refused)?);
        let (path, value) = (pointer("path")?, operation.entry("value").map(|entry| &entry.value));
        let mut given = || {
            let value = value.ok_or(Refused)?;
            brought.count(value, path.parts.len())?;
            Ok(value.clone())
        };
        match operation.text_at(&["op"]).ok_or(Refused)?.as_str() {
            "add" => self.parent(&path)?.add(&path, given()?, replaced),
            "remove" => self.parent(&path)?.remove(&path, replaced).map(|_| ()),
            "replace" => {
                let (place, value) = (self.parent(&path)?.child(path.last()?)?, given()?);
                replaced.push(std::mem::replace(place, value).origin);
                Ok(())
            }
            "test" => {
                let found = self.parent(&path)?.child(path.last()?)?;
                if value.is_some_and(|wanted| found.says_the_same(wanted)) { Ok(()) } else { Err(Refused) }
            }
            "move" => {
                let from = pointer("from")?;
                let moved = self.parent(&from)?.remove(&from, replaced)?;
                brought.count(&moved, path.parts.len())?;
                self.parent(&path)?.add(&path, moved, replaced)
            }
            "copy" => {
                let from = pointer("from")?;
                let from = self.parent(&from)?.child(from.last()?)?;
                brought.count(from, path.parts.len())?;
                let copied = from.clone();
                self.parent(&path)?.add(&path, copied, replaced)
            }
            _ => Err(Refused),
        }
    }

    /// Puts a value where a path of keys leads, with what is missing on the way.
    ///
    /// # Errors
    ///
    /// Where something else stands there, or a template.
    pub(in crate::source) fn set(&mut self, path: &[&str], value: Self) -> Result<(), Refused> {
        let Some((key, below)) = path.split_first() else {
            *self = value;
            return Ok(());
        };
        if !self.gaps.is_empty() || self.tagged {
            return Err(Refused);
        }
        if self.is_null() {
            self.content = Content::Mapping(Vec::new());
        }
        let Content::Mapping(entries) = &mut self.content else { return Err(Refused) };
        match entries.iter_mut().rev().find(|entry| entry.key.as_str() == *key) {
            Some(entry) => entry.value.set(below, value),
            None => {
                let mut added = Self { content: Content::Null, ..value.clone() };
                let key = Text::synthetic(*key, &value.origin);
                added.set(below, value)?;
                entries.push(Entry { key, value: added });
                Ok(())
            }
        }
    }

    /// How many nodes it has, where long scalars count as several, and how deep they nest.
    fn extent(&self) -> (usize, usize) {
        const BYTES_OF_A_NODE: usize = 100;
        let own = |text: &Text| text.len() / BYTES_OF_A_NODE;
        let below = self.items().iter().map(|item| (0, item.extent()));
        let entries = self.entries().iter().map(|entry| (own(&entry.key), entry.value.extent()));
        let (nodes, depth) = below
            .chain(entries)
            .fold((0, 0), |(sum, deepest), (key, (nodes, depth))| (sum + key + nodes, deepest.max(depth)));
        (
            1 + self.text().map_or(0, own) + nodes,
            depth + usize::from(!matches!(self.content, Content::Scalar(_) | Content::Null)),
        )
    }

    /// What holds the value that a path leads to.
    fn parent(&mut self, path: &Pointer) -> Result<&mut Self, Refused> {
        let (_, above) = path.parts.split_last().ok_or(Refused)?;
        above.iter().try_fold(self, |node, part| node.child(part))
    }

    fn child(&mut self, part: &str) -> Result<&mut Self, Refused> {
        let has_gaps = !self.gaps.is_empty();
        let child = match &mut self.content {
            // The last of two equal keys counts.
            Content::Mapping(entries) => {
                entries.iter_mut().rev().find(|entry| entry.key.as_str() == part).map(|entry| &mut entry.value)
            }
            Content::Sequence(items) => index(part).and_then(|at| items.get_mut(at)),
            Content::Scalar(_) | Content::Null => None,
        };
        child.filter(|_| !has_gaps).ok_or(Refused)
    }

    fn add(&mut self, path: &Pointer, value: Self, replaced: &mut Vec<Origin>) -> Result<(), Refused> {
        let part = path.last()?;
        if !self.gaps.is_empty() {
            return Err(Refused);
        }
        match &mut self.content {
            Content::Mapping(entries) => {
                match entries.iter_mut().rev().find(|entry| entry.key.as_str() == part) {
                    Some(entry) => replaced.push(std::mem::replace(&mut entry.value, value).origin),
                    None => entries.push(Entry { key: Text::synthetic(part, &path.origin), value }),
                }
                Ok(())
            }
            Content::Sequence(items) => {
                let at = if part == "-" { Some(items.len()) } else { index(part) };
                let at = at.filter(|at| *at <= items.len()).ok_or(Refused)?;
                items.insert(at, value);
                Ok(())
            }
            Content::Scalar(_) | Content::Null => Err(Refused),
        }
    }

    fn remove(&mut self, path: &Pointer, replaced: &mut Vec<Origin>) -> Result<Self, Refused> {
        let part = path.last()?;
        let removed = self.child(part)?.clone();
        replaced.push(removed.origin.clone());
        match &mut self.content {
            Content::Mapping(entries) => entries.retain(|entry| entry.key.as_str() != part),
            Content::Sequence(items) => {
                items.remove(index(part).ok_or(Refused)?);
            }
            Content::Scalar(_) | Content::Null => {}
        }
        Ok(removed)
    }

    /// Whether they are equal as JSON, where every scalar is a string.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        match (&self.content, &other.content) {
            (Content::Null, Content::Null) => true,
            (Content::Scalar(one), Content::Scalar(other)) => one.as_str() == other.as_str(),
            (Content::Sequence(one), Content::Sequence(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.says_the_same(other))
            }
            (Content::Mapping(_), Content::Mapping(_)) => {
                let (own, others) = (self.effective_entries(), other.effective_entries());
                let others: HashMap<&str, &Self> =
                    others.into_iter().map(|entry| (entry.key.as_str(), &entry.value)).collect();
                let has =
                    |entry: &&Entry| others.get(entry.key.as_str()).is_some_and(|same| entry.value.says_the_same(same));
                own.len() == others.len() && own.iter().all(has)
            }
            _ => false,
        }
    }
}

/// A JSON pointer (RFC 6901), part by part.
struct Pointer {
    parts: Vec<String>,
    origin: Origin,
}

impl Pointer {
    fn of(text: &Text) -> Result<Self, Refused> {
        let path = text.as_str().strip_prefix('/').ok_or(Refused)?;
        let parts = path.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
        Ok(Self { parts, origin: text.origin() })
    }

    fn last(&self) -> Result<&str, Refused> {
        self.parts.last().map(String::as_str).ok_or(Refused)
    }
}

/// RFC 6901, section 4: without zeros before it.
fn index(part: &str) -> Option<usize> {
    let is_number = part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
    is_number.then(|| part.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::nodes;
    use super::*;
    use crate::text::SourceFile;

    fn node(yaml: &str) -> Node {
        nodes(&Text::of(&SourceFile::new("f", yaml))).remove(0)
    }

    fn patched(tree: &str, operations: &[Node], brought: &mut Brought) -> Option<(Node, Vec<Origin>)> {
        let (mut tree, mut replaced) = (node(tree), Vec::new());
        tree.patch(operations, &mut replaced, brought).ok().map(|()| (tree, replaced))
    }

    /// The examples of RFC 6902, appendix A, and what `kubectl patch --type=json` refuses.
    #[test]
    fn patches_are_applied_as_the_rfc_says() {
        for (tree, patch, expected) in [
            ("{foo: bar}", "{op: add, path: /baz, value: qux}", Some("{foo: bar, baz: qux}")),
            ("{foo: [bar, baz]}", "{op: add, path: /foo/1, value: qux}", Some("{foo: [bar, qux, baz]}")),
            ("{foo: [bar]}", "{op: add, path: /foo/-, value: [a]}", Some("{foo: [bar, [a]]}")),
            ("{foo: 1, foo: bar}", "{op: add, path: /foo, value: b}", Some("{foo: b}")),
            ("{foo: [bar, qux, baz]}", "{op: remove, path: /foo/1}", Some("{foo: [bar, baz]}")),
            ("{a: 1, b: 2}", "{op: remove, path: /a}", Some("{b: 2}")),
            ("{a: {b: c}}", "{op: replace, path: /a/b, value: x}", Some("{a: {b: x}}")),
            ("{a: {b: c}, d: {}}", "{op: move, from: /a/b, path: /d/e}", Some("{a: {}, d: {e: c}}")),
            ("{a: [x]}", "{op: copy, from: /a/0, path: /a/-}", Some("{a: [x, x]}")),
            ("{a/b~c: [1, {d: e}]}", "{op: test, path: /a~1b~0c, value: [1, {d: e}]}", Some("{a/b~c: [1, {d: e}]}")),
            ("{a: 1}", "{op: test, path: /a, value: 2}", None),
            ("{a: [x]}", "{op: add, path: /a/2, value: y}", None),
            ("{a: [x]}", "{op: replace, path: /a/-, value: y}", None),
            ("{a: [x]}", "{op: remove, path: /a/00}", None),
            ("{a: 1}", "{op: replace, path: /b, value: y}", None),
            ("{a: 1}", "{op: add, path: /a/b, value: y}", None),
            ("{a: 1}", "{op: add, path: '', value: y}", None),
            ("{a: 1}", "{op: add, path: /b}", None),
            ("{a: 1}", "{op: merge, path: /b, value: x}", None),
        ] {
            let patched = patched(tree, &[node(patch)], &mut Brought::default()).map(|(patched, _)| patched);
            assert_eq!(patched.is_some(), expected.is_some(), "{patch}");
            let is_expected = patched.zip(expected).is_none_or(|(is, expected)| is.says_the_same(&node(expected)));
            assert!(is_expected, "{tree} {patch}");
        }
    }

    #[test]
    fn what_is_applied_knows_its_place() {
        let operations = [node("{op: remove, path: /a}"), node("{op: remove, path: /a}")];
        assert!(patched("{a: 1}", &operations, &mut Brought::default()).is_none());
        let patch = [node("{op: replace, path: /a/1, value: z}")];
        let (patched, replaced) = patched("{a: [x, y]}", &patch, &mut Brought::default()).unwrap();
        let places: Vec<String> =
            patched.get("a").unwrap().items().iter().map(|item| item.origin.to_string()).collect();
        assert_eq!(
            (places.as_slice(), replaced[0].to_string()),
            (&["f:1:6".to_owned(), "f:1:34".to_owned()][..], "f:1:9".to_owned())
        );
    }

    #[test]
    fn what_grows_without_end_is_refused() {
        let is_applied = |tree: &str, operations: &[String]| {
            let operations: Vec<Node> = operations.iter().map(|operation| node(operation)).collect();
            patched(tree, &operations, &mut Brought::default()).is_some()
        };
        let times =
            |times: usize, operation: &dyn Fn(usize) -> String| -> Vec<String> { (0..times).map(operation).collect() };
        let doubling = |at: usize| format!("{{op: copy, from: /a, path: /a/k{at}}}");
        assert!(is_applied("{a: {}}", &times(10, &doubling)));
        assert!(!is_applied("{a: {}}", &times(40, &doubling)));
        // The same with one long text.
        let long = format!("{{a: [{}]}}", "x".repeat(1 << 20));
        let again = |_: usize| "{op: copy, from: /a/0, path: /a/-}".to_owned();
        assert!(is_applied(&long, &times(5, &again)));
        assert!(!is_applied(&long, &times(20, &again)));
        // It nests once more with each.
        let nesting = |at: usize| format!("{{op: move, from: /k{at}, path: /k{}/x}}", at + 1);
        let tree = |keys: usize| format!("{{{}}}", (0..=keys).map(|at| format!("k{at}: {{}}, ")).collect::<String>());
        assert!(is_applied(&tree(DEPTH_LIMIT - 3), &times(DEPTH_LIMIT - 3, &nesting)));
        assert!(!is_applied(&tree(DEPTH_LIMIT + 3), &times(DEPTH_LIMIT + 3, &nesting)));
        // A comparison of each key with each other would not end here.
        let keys: String = (0..100_000).map(|at| format!("k{at}: x, ")).collect();
        let same = format!("{{op: test, path: /a, value: {{{keys}}}}}");
        assert!(is_applied(&format!("{{a: {{{keys}}}}}"), &[same]));
        let remarks = |_: usize| "{op: test, path: /a, value: b}".to_owned();
        assert!(is_applied("{a: b}", &times(MOST_OPERATIONS, &remarks)));
        assert!(!is_applied("{a: b}", &times(MOST_OPERATIONS + 1, &remarks)));
    }

    #[test]
    fn many_objects_share_what_patches_may_bring() {
        let mut brought = Brought::default();
        let patch = [node(&format!("{{op: add, path: /a, value: [{}]}}", "x, ".repeat(COPY_LIMIT / 2)))];
        assert!(patched("{b: c}", &patch, &mut brought).is_some());
        assert!(patched("{b: c}", &patch, &mut brought).is_none());
    }
}
