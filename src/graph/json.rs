//! The graph for programs, with nothing shortened. The shape is described in `docs/graph.schema.json`.
//!
//! Written one cluster a line, so that two maps can be compared line by line.

use std::fmt::Write;

use serde::Serialize;

use super::{CertificateNode, Edge, EdgeKind, Graph, NodeId, Purpose, Server, Store, TrustMap, Validity};
use crate::model::AllowedNames;
use crate::text::{json, rfc3339};

/// Raised when a field goes away or changes its meaning; new fields do not raise it.
const VERSION: u32 = 1;

/// A document.
pub fn write(map: &TrustMap) -> String {
    let tool = json::Tool::OURS;
    let clusters: Vec<String> = map.clusters.iter().map(|graph| json::to_string(&ClusterReport::of(graph))).collect();
    let mut written = String::new();
    // It begins as every report of ours, by which it is known for one when it is found among inputs.
    let _ = write!(
        written,
        "{{\n\"schema_version\": {VERSION},\n\"tool\": {},\n\"at\": {},\n\"clusters\": [\n{}\n],\n\"not_read\": {}\n}}\n",
        json::to_string(&tool),
        json::to_string(&rfc3339(map.now)),
        clusters.join(",\n"),
        json::to_string(&map.not_read),
    );
    written
}

#[derive(Serialize)]
struct ClusterReport<'a> {
    /// Empty where there is one cluster, which nobody named.
    name: &'a str,
    /// `null`: not as far as it could be seen.
    touches: Option<bool>,
    /// Where the two worlds touch, a sentence each.
    ways: Vec<&'a str>,
    flags: Vec<FlagReport<'a>>,
    certificates: Vec<CertificateReport<'a>>,
    edges: Vec<EdgeReport>,
}

#[derive(Serialize)]
struct FlagReport<'a> {
    id: String,
    flag: &'static str,
    purpose: &'static str,
    paths: &'a [String],
    servers: Vec<ServerReport<'a>>,
    allowed_names: Option<NamesReport<'a>>,
    /// Why it is not known what it holds.
    not_looked_at: Option<&'a str>,
}

#[derive(Serialize)]
struct ServerReport<'a> {
    name: &'a str,
    file: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum NamesReport<'a> {
    /// Every certificate that verifies is a front proxy's.
    Any(bool),
    Only(&'a [String]),
    NotLookedAt(String),
}

#[derive(Serialize)]
struct CertificateReport<'a> {
    id: String,
    subject: String,
    issuer: String,
    fingerprint_sha256: String,
    not_before: String,
    not_after: String,
    validity: &'static str,
    self_signed: bool,
    world: &'static str,
    also_in: &'a [String],
    /// How many clusters besides.
    also_in_more: usize,
}

#[derive(Serialize)]
struct EdgeReport {
    from: String,
    to: String,
    kind: &'static str,
    touches: bool,
}

impl<'a> ClusterReport<'a> {
    fn of(graph: &'a Graph) -> Self {
        let has_gaps = graph.has_gaps();
        Self {
            name: &graph.cluster,
            touches: (!graph.touches.is_empty() || !has_gaps).then_some(!graph.touches.is_empty()),
            ways: graph.touches.iter().map(|touch| touch.text.as_str()).collect(),
            flags: graph.stores.iter().enumerate().map(|(index, store)| FlagReport::of(index, store)).collect(),
            certificates: (0..graph.certificates.len())
                .map(NodeId::Certificate)
                .filter_map(|id| Some(CertificateReport::of(graph, id, graph.certificate(id)?)))
                .collect(),
            edges: graph.edges.iter().map(EdgeReport::of).collect(),
        }
    }
}

impl<'a> FlagReport<'a> {
    fn of(index: usize, store: &'a Store) -> Self {
        let server = |Server { name, file }: &'a Server| ServerReport { name, file };
        Self {
            id: NodeId::Store(index).name(),
            flag: store.flag,
            purpose: match store.purpose {
                Purpose::TrustsUsers => "trusts-users",
                Purpose::TrustsFrontProxies => "trusts-front-proxies",
                Purpose::Presents => "presents",
                Purpose::SignsWith => "signs-with",
                Purpose::Trusts => "trusts-others",
            },
            paths: &store.paths,
            servers: store.servers.iter().map(server).collect(),
            allowed_names: store.allowed_names.as_ref().map(|names| match names {
                Ok(AllowedNames::Any) => NamesReport::Any(true),
                Ok(AllowedNames::Only(names)) => NamesReport::Only(names),
                Err(why) => NamesReport::NotLookedAt(why.to_string()),
            }),
            not_looked_at: store.gap.as_deref(),
        }
    }
}

impl<'a> CertificateReport<'a> {
    fn of(graph: &Graph, id: NodeId, node: &'a CertificateNode) -> Self {
        let certificate = &node.certificate;
        Self {
            id: id.name(),
            subject: certificate.subject.to_string(),
            issuer: certificate.issuer.to_string(),
            fingerprint_sha256: certificate.fingerprint(),
            not_before: rfc3339(certificate.not_before),
            not_after: rfc3339(certificate.not_after),
            validity: match node.validity {
                Validity::Until(_) => "valid",
                Validity::Expired(_) => "expired",
                Validity::NotYet(_) => "not-yet-valid",
            },
            self_signed: node.is_self_signed,
            world: graph.world(id).class(),
            also_in: &node.also_in.clusters,
            also_in_more: node.also_in.more,
        }
    }
}

impl EdgeReport {
    fn of(edge: &Edge) -> Self {
        let kind = match edge.kind {
            EdgeKind::Holds => "holds",
            EdgeKind::Signs => "signs",
            EdgeKind::SameKey => "same-key",
        };
        Self { from: edge.from.name(), to: edge.to.name(), kind, touches: edge.touches }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::graph::testing::{as_map, crowded, odd, separate, touching};
    use crate::source::report_marks::is_report;
    use crate::text::json::testing::faults;

    #[test]
    fn the_schema_describes_all_of_it() {
        for graph in [separate(), touching(), odd(), crowded(), Graph::default()] {
            let written = write(&as_map(graph));
            assert_eq!(faults(include_str!("../../docs/graph.schema.json"), &written), [""; 0], "{written}");
            assert!(is_report(&written));
        }
    }

    #[test]
    fn every_edge_has_its_ends() {
        let document: Value = serde_json::from_str(&write(&as_map(touching()))).unwrap();
        let cluster = &document["clusters"][0];
        assert_eq!(cluster["touches"], true);
        let ids = |of: &str| -> Vec<String> {
            cluster[of].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
        };
        let known = [ids("flags"), ids("certificates")].concat();
        for edge in cluster["edges"].as_array().unwrap() {
            assert!(
                ["from", "to"].iter().all(|end| known.contains(&edge[*end].as_str().unwrap().to_owned())),
                "{edge}"
            );
        }
        assert!(cluster["certificates"].as_array().unwrap().iter().any(|node| node["world"] == "both"));
    }
}
