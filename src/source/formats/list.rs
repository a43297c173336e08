//! Lists of one kind, as an API server answers and `kubectl get --raw` or `kubectl cluster-info dump` writes them: their
//! items say neither `kind` nor `apiVersion` (k8s.io/apimachinery, pkg/runtime/serializer/versioning, `doEncode`).

use crate::source::yaml::{Content, Entry, Node};
use crate::text::Text;

/// The items of such a list with what the list says of them. `None`: it is none, or its items say it themselves.
pub(in crate::source) fn items(list: &Node) -> Option<Vec<Node>> {
    let kind = list.text_at(&["kind"])?.as_str().strip_suffix("List").filter(|kind| !kind.is_empty())?;
    let items = list.get("items").map(Node::items).filter(|items| items.iter().any(lacks_kind))?;
    Some(items.iter().map(|item| if lacks_kind(item) { told(item, kind, list) } else { item.clone() }).collect())
}

fn lacks_kind(item: &Node) -> bool {
    item.is_mapping() && item.text_at(&["kind"]).is_none_or(|kind| kind.as_str().is_empty())
}

fn told(item: &Node, kind: &str, list: &Node) -> Node {
    // A report shows the item, and not the list's beginning for each.
    let origin = item.text_at(&["metadata", "name"]).map_or_else(|| item.origin.clone(), Text::origin);
    let of_list = |key: &str| list.entry(key).cloned();
    let kind = of_list("kind").map(|Entry { key, .. }| {
        let value = Content::Scalar(Text::synthetic(kind, &origin));
        Entry { key, value: Node::assembled(value, origin) }
    });
    let mut item = item.clone();
    if let Content::Mapping(entries) = &mut item.content {
        entries.extend(of_list("apiVersion").into_iter().chain(kind));
    }
    item
}

#[cfg(test)]
mod tests {
    use crate::source::{Document, NoSurroundings, Resource, read, read_resources};
    use crate::text::SourceFile;

    #[test]
    fn items_are_of_the_kind_of_their_list() {
        let services = "{apiVersion: apiregistration.k8s.io/v1, kind: APIServiceList, items: [{metadata: {name: v1.x}, \
                        spec: {service: {name: s}}}]}";
        let found = read(&SourceFile::new("x", services), None, &NoSurroundings).unwrap();
        let [Document::ApiService(service)] = &found[..] else { panic!("{found:?}") };
        assert_eq!((service.name.value.as_str(), service.name.origin.start().0), ("v1.x", 1));
        let mixed = "kind: ServiceList\napiVersion: v1\nitems:\n- metadata: {name: a}\n  spec: {ports: [{port: 443}]}\n- kind: Secret\n  metadata: \
                     {name: b}\n  data: {tls.crt: eA==}\n";
        let found = read_resources(&SourceFile::new("x", mixed));
        let kinds: Vec<_> = found.iter().map(Resource::kind).collect();
        assert_eq!(kinds, ["Service", "Secret"]);
    }
}
