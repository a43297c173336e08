//! The page of a trust map: a picture of each cluster, and the same as a list.
//!
//! It has no script. Lines light up when a box is pointed at or reached with the keyboard, by the style alone.

use maud::{Markup, PreEscaped, html};

use super::{beginning, line, places, trust_map};
use crate::graph::{Graph, TrustMap};

/// A whole page.
pub fn map_page(map: &TrustMap) -> String {
    let several = map.clusters.len() > 1;
    let page = html! {
        (beginning("Trust map of the aggregation layer", None))
        section.summary {
            @let touching = map.clusters.iter().filter(|graph| !graph.touches.is_empty()).count();
            @if several { p.closing { (touching) " of " (map.clusters.len()) " clusters let one world into the other." } }
            p.faint { "As of " (map.now.date()) "." }
            (places("Could not be read", &map.not_read, 0))
            (trust_map::legend())
        }
        main {
            @for (number, graph) in map.clusters.iter().enumerate() {
                section.cluster { (cluster(graph, number, several)) }
            }
        }
        (PreEscaped("</div></body></html>"))
    };
    page.into_string() + "\n"
}

fn cluster(graph: &Graph, number: usize, several: bool) -> Markup {
    html! {
        @if several { h2.name { "Cluster " (line(&graph.cluster)) } }
        (trust_map::verdict(graph))
        (trust_map::drawn(graph, &format!("c{number}-")))
        details {
            summary { "The same as a list" }
            (trust_map::list(graph))
        }
    }
}
