//! What `aggcert collect` says of a cluster as a whole, beside its objects.

use crate::source::place::Place;
use crate::source::yaml::Node;
use crate::source::{ApiServerView, Collection, Document, NotCollected};
use crate::text::{Located, Text};

/// `apiVersion` and `kind` of it.
pub(super) const API_VERSION: &str = "aggcert/v1";
const KIND: &str = "Collection";

pub(in crate::source) fn read(node: &Node, _place: Place<'_>) -> Option<Vec<Document>> {
    if !node.is("kind", KIND) || !node.is("apiVersion", API_VERSION) {
        return None;
    }
    let name = node.text_at(&["metadata", "name"]).or_else(|| node.text_at(&["kind"]))?;
    let version = node.text_at(&["version"]);
    let version = version.and_then(|text| Some(Located::new(text.as_str().parse().ok()?, text.origin())));
    let items = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
    Some(vec![Document::Collection(Box::new(Collection {
        name: name.to_located(),
        version,
        api_servers: items("apiServers").iter().filter_map(api_server).collect(),
        not_read: items("notRead").iter().filter_map(not_read).collect(),
    }))])
}

fn api_server(node: &Node) -> Option<ApiServerView> {
    let unavailable = node.get("unavailable").map(Node::items).unwrap_or_default();
    Some(ApiServerView {
        address: node.text_at(&["address"])?.to_located(),
        unavailable: unavailable.iter().filter_map(Node::text).map(Text::to_located).collect(),
    })
}

fn not_read(node: &Node) -> Option<NotCollected> {
    let string = |key: &str| node.text_at(&[key]).map(|text| text.as_str().to_owned());
    Some(NotCollected {
        what: node.text_at(&["what"])?.to_located(),
        why: string("why").unwrap_or_default(),
        needs: string("needs"),
    })
}
