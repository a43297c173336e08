//! What the keys of a Secret or ConfigMap hold.

use zeroize::Zeroizing;

use crate::source::private_keys::private_keys;
use crate::source::yaml::Node;
use crate::source::{CertificateText, PublishedKey};
use crate::text::{Located, Text};

type Written = fn(Text) -> CertificateText;

/// One key, and what it holds.
pub(super) struct Held<'a> {
    pub name: &'a Text,
    pub written: CertificateText,
}

/// All of them, each once.
pub(super) fn held(node: &Node) -> Vec<Held<'_>> {
    let maps: [(&str, Written); 2] = match node.is("kind", "Secret") {
        true => [("data", CertificateText::Base64), ("stringData", CertificateText::Pem)],
        false => [("data", CertificateText::Pem), ("binaryData", CertificateText::Base64)],
    };
    let mut all: Vec<Held<'_>> = Vec::new();
    for (map, written) in maps {
        let held = of_map(node.get(map), written);
        // A Secret's `stringData` is written over its `data`.
        all.retain(|known| held.iter().all(|other| other.name.as_str() != known.name.as_str()));
        all.extend(held);
    }
    all
}

fn of_map(map: Option<&Node>, written: Written) -> Vec<Held<'_>> {
    let entries = map.map(Node::effective_entries).unwrap_or_default();
    let held =
        entries.into_iter().filter_map(|entry| Some(Held { name: &entry.key, written: written(entry.value.value()?) }));
    held.collect()
}

/// The private keys in a ConfigMap, the one of an annotation that has another entry once more left out
/// (`kubectl.kubernetes.io/last-applied-configuration`).
pub(super) fn published_keys(config_map: &Node) -> Vec<PublishedKey> {
    let name = config_map.text_at(&["metadata", "name"]).map(|name| format!("ConfigMap {name}"));
    let object = name.unwrap_or_else(|| "the ConfigMap".to_owned());
    let mut found: Vec<PublishedKey> =
        held(config_map).iter().flat_map(|held| published_keys_of(&object, held)).collect();
    let annotations = of_map(config_map.at(&["metadata", "annotations"]), CertificateText::Pem);
    for mut key in annotations.iter().flat_map(|held| published_keys_of(&object, held)) {
        if found.iter().all(|known| known.key != key.key) {
            key.entry.value = format!("the annotation {}", key.entry.value);
            found.push(key);
        }
    }
    found
}

/// Those in the bare data of a ConfigMap.
pub(super) fn published_keys_of_data(data: &Node) -> Vec<PublishedKey> {
    let all = of_map(Some(data), CertificateText::Pem);
    all.iter().flat_map(|held| published_keys_of("the ConfigMap", held)).collect()
}

/// Those in the containers of a Pod, which whoever reads it has: in their words, in the values of their environment. Each
/// once.
pub(in crate::source) fn published_keys_in(pod: &Node, object: &str) -> Vec<PublishedKey> {
    let mut found: Vec<PublishedKey> = Vec::new();
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    let mut nodes: Vec<(&str, &Node)> = lists.iter().rev().filter_map(|list| Some((*list, pod.get(list)?))).collect();
    while let Some((key, node)) = nodes.pop() {
        // A variable is called by its name.
        let name = node.text_at(&["name"]).filter(|_| node.get("value").is_some()).map(Text::as_str);
        let called = |key: &'_ Text| name.filter(|_| key.as_str() == "value");
        let entries = node.entries().iter().rev();
        nodes.extend(entries.map(|entry| (called(&entry.key).unwrap_or(entry.key.as_str()), &entry.value)));
        nodes.extend(node.items().iter().rev().map(|item| (key, item)));
        let keys = node.text().map(|text| private_keys(text.as_str().as_bytes())).unwrap_or_default();
        for key_of_text in keys {
            if found.iter().all(|known| known.key != key_of_text) {
                let entry = Located::new(key.to_owned(), node.origin.clone());
                found.push(PublishedKey { object: object.to_owned(), entry, key: key_of_text });
            }
        }
    }
    found
}

/// One entry may hold several, as where the keys of all CAs were joined.
fn published_keys_of(object: &str, held: &Held<'_>) -> Vec<PublishedKey> {
    let Some(bytes) = held.written.bytes().0 else { return Vec::new() };
    let published = |key| PublishedKey {
        object: object.to_owned(),
        entry: Located::new(held.name.as_str().to_owned(), held.name.origin()),
        key,
    };
    private_keys(&Zeroizing::new(bytes)).into_iter().map(published).collect()
}
