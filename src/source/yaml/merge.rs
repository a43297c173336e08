//! Strategic merge patches on trees, as kustomize makes them (kubernetes-sigs/kustomize, kyaml/yaml/merge2, and what
//! `kubectl kustomize` of 1.32 printed). What it makes of a patch that nobody would write is not followed.

use std::collections::{HashMap, HashSet};

use super::patch::{Brought, Refused};
use super::{Content, Entry, Node};
use crate::text::{Origin, Text};

/// What says in a patch that it does not merge.
const DIRECTIVE: &str = "$patch";

/// The lists whose items are told apart by a key (k8s.io/api, `patchMergeKey`); all others are replaced.
const MERGED_LISTS: [(&str, &[&str]); 14] = [
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("volumes", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("env", &["name"]),
    ("ports", &["containerPort", "port"]),
    ("imagePullSecrets", &["name"]),
    ("secrets", &["name"]),
    ("hostAliases", &["ip"]),
    ("topologySpreadConstraints", &["topologyKey"]),
    ("ownerReferences", &["uid"]),
    ("webhooks", &["name"]),
];

/// What a patch leaves of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Left {
    Changed,
    Nothing,
}

/// What a patch says of what it stands for, beside its entries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

/// One patch on its way through an object.
struct Merge<'a> {
    /// Whether kustomize knows which lists have keys: not those of custom resources.
    has_keys: bool,
    replaced: &'a mut Vec<Origin>,
}

impl Node {
    /// Lays a patch over an object, whose kind and name stay.
    ///
    /// # Errors
    ///
    /// Where it is not followed; then the object is something between.
    pub(in crate::source) fn merge(
        &mut self,
        part: &Self,
        replaced: &mut Vec<Origin>,
        brought: &mut Brought,
    ) -> Result<Left, Refused> {
        brought.count(part, 0)?;
        let group = self.text_at(&["apiVersion"]).and_then(|version| version.as_str().split_once('/'));
        let is_builtin = |group: &str| !group.contains('.') || group.ends_with(".k8s.io");
        let has_keys = group.is_none_or(|(group, _)| is_builtin(group));
        let identity: Vec<(&[&str], Option<Self>)> =
            IDENTITY.iter().map(|path| (*path, self.at(path).cloned())).collect();
        let left = Merge { has_keys, replaced }.mapping(self, part)?;
        for (path, value) in identity {
            self.put(path, value);
        }
        Ok(left)
    }

    /// Gives a value back to where a path leads.
    fn put(&mut self, path: &[&str], value: Option<Self>) {
        let Some((key, above)) = path.split_last() else { return };
        let above = above.iter().try_fold(self, |node, key| node.value_mut(key));
        let Some(Content::Mapping(entries)) = above.map(|node| &mut node.content) else { return };
        match (entries.iter_mut().rev().find(|entry| entry.key.as_str() == *key), value) {
            (Some(entry), Some(value)) => entry.value = value,
            (_, None) => entries.retain(|entry| entry.key.as_str() != *key),
            (None, Some(_)) => {}
        }
    }

    fn value_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Content::Mapping(entries) = &mut self.content else { return None };
        entries.iter_mut().rev().find(|entry| entry.key.as_str() == key).map(|entry| &mut entry.value)
    }

    fn directive(&self) -> Result<Directive, Refused> {
        match self.text_at(&[DIRECTIVE]).map(Text::as_str) {
            None | Some("merge") => Ok(Directive::Merge),
            Some("replace") => Ok(Directive::Replace),
            Some("delete") => Ok(Directive::Delete),
            Some(_) => Err(Refused),
        }
    }

    /// What comes of it where nothing is there yet: a null is nothing, and there is nothing to delete.
    fn added(&self) -> Result<Self, Refused> {
        self.must_be_whole()?;
        let mut added = self.clone();
        if let Content::Mapping(_) = &self.content {
            if self.directive()? == Directive::Delete {
                return Err(Refused);
            }
            let entries = self.effective_entries().into_iter().filter(|entry| entry.key.as_str() != DIRECTIVE);
            let entries = entries.filter(|entry| !entry.value.is_null());
            let entry = |entry: &Entry| {
                must_be_known(entry)?;
                Ok(Entry { key: entry.key.clone(), value: entry.value.added()? })
            };
            added.content = Content::Mapping(entries.map(entry).collect::<Result<_, _>>()?);
        }
        Ok(added)
    }

    /// A template may hold more than is seen.
    fn must_be_whole(&self) -> Result<(), Refused> {
        if self.gaps.is_empty() && !self.tagged { Ok(()) } else { Err(Refused) }
    }
}

/// What a patch does not change (api/resource/resource.go, `ApplySmPatch`).
const IDENTITY: [&[&str]; 4] = [&["apiVersion"], &["kind"], &["metadata", "name"], &["metadata", "namespace"]];

/// Directives beside the one are not followed: `$setElementOrder/containers`.
fn must_be_known(entry: &Entry) -> Result<(), Refused> {
    if entry.key.as_str().starts_with('$') { Err(Refused) } else { Ok(()) }
}

impl Merge<'_> {
    fn mapping(&mut self, to: &mut Node, part: &Node) -> Result<Left, Refused> {
        to.must_be_whole()?;
        part.must_be_whole()?;
        match part.directive()? {
            Directive::Delete => return Ok(Left::Nothing),
            Directive::Replace => {
                self.replaced.push(to.origin.clone());
                *to = part.added()?;
                return Ok(Left::Changed);
            }
            Directive::Merge => {}
        }
        for entry in part.effective_entries().into_iter().filter(|entry| entry.key.as_str() != DIRECTIVE) {
            must_be_known(entry)?;
            self.entry(to, entry)?;
        }
        Ok(Left::Changed)
    }

    fn entry(&mut self, to: &mut Node, entry: &Entry) -> Result<(), Refused> {
        let key = entry.key.as_str();
        let left = match to.value_mut(key).filter(|there| !there.is_null()) {
            _ if entry.value.is_null() => Left::Nothing,
            Some(there) => self.value(there, key, &entry.value)?,
            None if entry.value.is_mapping() && entry.value.directive()? == Directive::Delete => Left::Nothing,
            None => {
                let value = self.new_value(key, &entry.value)?;
                return add(to, Entry { key: entry.key.clone(), value });
            }
        };
        if left == Left::Nothing {
            let Content::Mapping(entries) = &mut to.content else { return Err(Refused) };
            let gone = entries.iter().filter(|entry| entry.key.as_str() == key);
            self.replaced.extend(gone.map(|entry| entry.value.origin.clone()));
            entries.retain(|entry| entry.key.as_str() != key);
        }
        Ok(())
    }

    fn new_value(&self, key: &str, value: &Node) -> Result<Node, Refused> {
        match self.key_of(key, value) {
            Some(_) if value.items().is_empty() => Err(Refused),
            Some(name) => {
                let mut added = value.clone();
                let items = value.items().iter().map(|item| {
                    identity_of(item, name)?;
                    item.added()
                });
                added.content = Content::Sequence(items.collect::<Result<_, _>>()?);
                Ok(added)
            }
            None => value.added(),
        }
    }

    fn value(&mut self, to: &mut Node, key: &str, part: &Node) -> Result<Left, Refused> {
        match (&to.content, &part.content) {
            (Content::Mapping(_), Content::Mapping(_)) => self.mapping(to, part),
            (Content::Sequence(_), Content::Sequence(_)) => match self.key_of(key, part) {
                Some(name) => self.list(to, part, name),
                None => self.replace(to, part),
            },
            (Content::Scalar(_), Content::Scalar(_)) => self.replace(to, part),
            _ => Err(Refused),
        }
    }

    fn replace(&mut self, to: &mut Node, part: &Node) -> Result<Left, Refused> {
        part.must_be_whole()?;
        self.replaced.push(std::mem::replace(to, part.clone()).origin);
        Ok(Left::Changed)
    }

    /// The key of a list's items, where they have one.
    fn key_of(&self, list: &str, part: &Node) -> Option<&'static str> {
        let (_, keys) = MERGED_LISTS.iter().find(|(name, _)| *name == list).filter(|_| self.has_keys)?;
        matches!(part.content, Content::Sequence(_)).then_some(())?;
        let has = |key: &&&str| part.items().iter().any(|item| item.entry(key).is_some());
        keys.iter().find(has).or_else(|| keys.first()).copied()
    }

    /// Items of the patch come first, in its order (kyaml's `MergeOptionsListPrepend`).
    fn list(&mut self, to: &mut Node, part: &Node, key: &str) -> Result<Left, Refused> {
        to.must_be_whole()?;
        part.must_be_whole()?;
        let (items, own) = (items_by_key(part, key)?, std::mem::replace(&mut to.content, Content::Null));
        let Content::Sequence(own) = own else { return Err(Refused) };
        match items.directive {
            Directive::Delete => return Ok(Left::Nothing),
            Directive::Replace => {
                self.replaced.extend(own.into_iter().map(|item| item.origin));
                let added = items.items.iter().map(|(_, item)| item.added());
                to.content = Content::Sequence(added.collect::<Result<_, _>>()?);
                return Ok(Left::Changed);
            }
            Directive::Merge => {}
        }
        let mut there = HashMap::new();
        let asked: HashSet<(&str, bool)> =
            items.items.iter().map(|((name, kind), _)| (*name, kind.is_some())).collect();
        for (at, item) in own.into_iter().enumerate() {
            let (name, kind) = identity_of(&item, key)?;
            // Of a port with a protocol and one without, kustomize keeps the old one and drops what the patch says.
            let is_unclear = asked.contains(&(name, kind.is_none()));
            let identity = (name.to_owned(), kind.map(str::to_owned));
            if is_unclear || there.insert(identity, (at, item)).is_some() {
                return Err(Refused);
            }
        }
        let mut merged = Vec::new();
        for ((name, kind), item) in items.items {
            match (there.remove(&(name.to_owned(), kind.map(str::to_owned))), item.directive()?) {
                (_, Directive::Replace) => return Err(Refused),
                (Some((_, old)), Directive::Delete) => self.replaced.push(old.origin),
                (None, Directive::Delete) => {}
                (Some((_, mut old)), Directive::Merge) => {
                    self.mapping(&mut old, item)?;
                    merged.push(old);
                }
                (None, Directive::Merge) => merged.push(item.added()?),
            }
        }
        let mut others: Vec<(usize, Node)> = there.into_values().collect();
        others.sort_by_key(|(at, _)| *at);
        merged.extend(others.into_iter().map(|(_, item)| item));
        to.content = Content::Sequence(merged);
        Ok(Left::Changed)
    }
}

fn add(to: &mut Node, entry: Entry) -> Result<(), Refused> {
    let Content::Mapping(entries) = &mut to.content else { return Err(Refused) };
    entries.retain(|old| old.key.as_str() != entry.key.as_str());
    entries.push(entry);
    Ok(())
}

/// The items of a list by what tells them apart.
struct Items<'a> {
    /// What an item says of all of the list: `- $patch: replace`.
    directive: Directive,
    items: Vec<(Identity<'a>, &'a Node)>,
}

fn items_by_key<'a>(list: &'a Node, key: &str) -> Result<Items<'a>, Refused> {
    let mut found = Items { directive: Directive::Merge, items: Vec::new() };
    let mut names = HashSet::new();
    for item in list.items() {
        if item.entry(key).is_none() && item.entries().len() == 1 && item.entry(DIRECTIVE).is_some() {
            found.directive = item.directive()?;
            continue;
        }
        let name = identity_of(item, key)?;
        if !names.insert(name) {
            return Err(Refused);
        }
        found.items.push((name, item));
    }
    Ok(found)
}

/// What tells an item apart: its name, and of a port its protocol (`x-kubernetes-list-map-keys`).
type Identity<'a> = (&'a str, Option<&'a str>);

fn identity_of<'a>(item: &'a Node, key: &str) -> Result<Identity<'a>, Refused> {
    let name = item.text_at(&[key]).ok_or(Refused)?.as_str();
    match item.entry("protocol").filter(|_| ["containerPort", "port"].contains(&key)) {
        Some(protocol) => Ok((name, Some(protocol.value.text().ok_or(Refused)?.as_str()))),
        None => Ok((name, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::nodes;
    use super::*;
    use crate::text::SourceFile;

    fn node(yaml: &str) -> Node {
        nodes(&Text::of(&SourceFile::new("f", yaml))).remove(0)
    }

    const TWO: &str = "{kind: Pod, containers: [{name: a, args: [x], image: i}, {name: b, command: [y]}]}";

    /// A tree, a patch, and what `kubectl kustomize` of 1.32 makes of them, where that is followed.
    const CASES: [(&str, &str, Option<&str>); 30] = [
        ("{a: {b: c}}", "{a: {d: e}}", Some("{a: {b: c, d: e}}")),
        ("{a: {b: c, d: e}}", "{a: {b: null}}", Some("{a: {d: e}}")),
        ("{a: {b: c}}", "{a: {$patch: replace, d: e}}", Some("{a: {d: e}}")),
        ("{a: {b: c}, d: e}", "{a: {$patch: delete}}", Some("{d: e}")),
        ("{d: e}", "{a: {$patch: delete}}", Some("{d: e}")),
        ("{a: b}", "{c: {d: null, e: {f: null}}}", Some("{a: b, c: {e: {}}}")),
        ("{a: null}", "{a: {b: c}}", Some("{a: {b: c}}")),
        ("{a: [x, y]}", "{a: [z]}", Some("{a: [z]}")),
        ("{a: [x]}", "{a: {b: c}}", None),
        (
            "{kind: Pod, metadata: {name: a}}",
            "{kind: Job, metadata: {name: b, namespace: c, x: y}}",
            Some("{kind: Pod, metadata: {name: a, x: y}}"),
        ),
        (
            TWO,
            "{containers: [{name: b, image: z}]}",
            Some("{kind: Pod, containers: [{name: b, command: [y], image: z}, {name: a, args: [x], image: i}]}"),
        ),
        (
            TWO,
            "{containers: [{name: a, args: [z]}]}",
            Some("{kind: Pod, containers: [{name: a, args: [z], image: i}, {name: b, command: [y]}]}"),
        ),
        (
            TWO,
            "{containers: [{name: c, x: null}]}",
            Some("{kind: Pod, containers: [{name: c}, {name: a, args: [x], image: i}, {name: b, command: [y]}]}"),
        ),
        (TWO, "{containers: [{name: a, $patch: delete}]}", Some("{kind: Pod, containers: [{name: b, command: [y]}]}")),
        (TWO, "{containers: [{name: c, $patch: delete}]}", Some(TWO)),
        (TWO, "{containers: [{$patch: replace}, {name: c}]}", Some("{kind: Pod, containers: [{name: c}]}")),
        (TWO, "{containers: [{$patch: delete}]}", Some("{kind: Pod}")),
        (TWO, "{containers: []}", Some(TWO)),
        (TWO, "{containers: [{name: a, $patch: replace, image: z}]}", None),
        (TWO, "{containers: [{image: z}]}", None),
        (TWO, "{containers: [{name: a}, {name: a}]}", None),
        (TWO, "{$setElementOrder/containers: [{name: b}]}", None),
        (
            "{ports: [{containerPort: 1}]}",
            "{ports: [{containerPort: 1, name: x}]}",
            Some("{ports: [{containerPort: 1, name: x}]}"),
        ),
        ("{ports: [{containerPort: 1, protocol: UDP}]}", "{ports: [{containerPort: 1, name: x}]}", None),
        ("{ports: [{port: 1}]}", "{ports: [{port: 1, protocol: TCP}]}", None),
        (
            "{ports: [{containerPort: 1, name: x, protocol: TCP}]}",
            "{ports: [{containerPort: 2, name: y, protocol: TCP}]}",
            Some("{ports: [{containerPort: 2, name: y, protocol: TCP}, {containerPort: 1, name: x, protocol: TCP}]}"),
        ),
        (
            "{ports: [{port: 1, name: x, protocol: TCP}, {port: 1, name: u, protocol: UDP}]}",
            "{ports: [{port: 1, name: y, protocol: TCP}]}",
            Some("{ports: [{port: 1, name: y, protocol: TCP}, {port: 1, name: u, protocol: UDP}]}"),
        ),
        (
            "{ports: [{port: 1, name: x, protocol: TCP}]}",
            "{ports: [{port: 2, name: y}]}",
            Some("{ports: [{port: 2, name: y}, {port: 1, name: x, protocol: TCP}]}"),
        ),
        (
            "{ports: [{port: 1, protocol: TCP}, {port: 2}]}",
            "{ports: [{port: 1, protocol: TCP, $patch: delete}]}",
            Some("{ports: [{port: 2}]}"),
        ),
        (
            "{apiVersion: x.io/v1, containers: [{name: a, b: c}]}",
            "{containers: [{name: d}]}",
            Some("{apiVersion: x.io/v1, containers: [{name: d}]}"),
        ),
    ];

    #[test]
    fn parts_are_laid_over_as_kustomize_does() {
        for (tree, part, expected) in CASES {
            let mut merged = node(tree);
            let left = merged.merge(&node(part), &mut Vec::new(), &mut Brought::default()).ok();
            assert_eq!(left, expected.map(|_| Left::Changed), "{tree} {part}");
            let is_expected = expected.is_none_or(|expected| merged.says_the_same(&node(expected)));
            assert!(is_expected, "{tree} {part}: {merged:?}");
        }
        let removed = node("{a: b}").merge(&node("{$patch: delete}"), &mut Vec::new(), &mut Brought::default());
        assert_eq!(removed.ok(), Some(Left::Nothing));
    }

    #[test]
    fn what_is_laid_over_keeps_its_place() {
        let (mut tree, mut replaced) = (node("{args: [x], b: c}"), Vec::new());
        tree.merge(&node("{args: [y, z], b: null}"), &mut replaced, &mut Brought::default()).unwrap();
        let places: Vec<String> =
            tree.get("args").unwrap().items().iter().map(|item| item.origin.to_string()).collect();
        assert_eq!(places, ["f:1:9", "f:1:12"]);
        assert_eq!(replaced.iter().map(Origin::source).collect::<Vec<_>>(), ["[x]", "c"]);
    }
}
