//! What `aggcert collect --probe` says of a server that was asked itself, beside the objects of its cluster.

use super::collection::API_VERSION;
use crate::source::place::Place;
use crate::source::yaml::Node;
use crate::source::{AcceptedCa, Document, Handshake, NotAsked, Shown};
use crate::text::Located;
use crate::x509::pem::base64;

const KIND: &str = "Handshake";

pub(in crate::source) fn read(node: &Node, _place: Place<'_>) -> Option<Vec<Document>> {
    if !node.is("kind", KIND) || !node.is("apiVersion", API_VERSION) {
        return None;
    }
    let name = node.text_at(&["metadata", "name"])?;
    let server = match node.text_at(&["metadata", "namespace"]) {
        Some(namespace) => format!("Pod {namespace}/{name}"),
        None => name.to_string(),
    };
    let string = |path: &[&str]| node.text_at(path).map(|text| text.as_str().to_owned());
    let why = || string(&["notAsked", "why"]).unwrap_or_else(|| "it is not said what it shows".to_owned());
    let not_asked = || NotAsked { why: why(), needs: string(&["notAsked", "needs"]) };
    Some(vec![Document::Handshake(Box::new(Handshake {
        server: Located::new(server, name.origin()),
        is_kube_apiserver: node.is("server", "kube-apiserver"),
        asked: string(&["asked"]).unwrap_or_default(),
        services: node.strings("services"),
        shown: shown(node).ok_or_else(not_asked),
    }))])
}

fn shown(node: &Node) -> Option<Shown> {
    let accepts = node.entry("accepts")?;
    let names = accepts.value.items().iter().filter_map(accepted);
    Some(Shown {
        certificates: node.text_at(&["certificates"])?.clone(),
        accepts: (!accepts.value.is_null()).then(|| names.collect()),
        accepts_origin: accepts.key.origin(),
    })
}

fn accepted(node: &Node) -> Option<AcceptedCa> {
    let der = node.text_at(&["der"])?;
    Some(AcceptedCa { subject: base64::decode(der.as_str().as_bytes())?, origin: node.origin.clone() })
}
