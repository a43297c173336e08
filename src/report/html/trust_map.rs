//! Which flag trusts or shows which certificate, who signed it, and where the two worlds touch.

use maud::{Markup, PreEscaped, html};

use super::line;
use crate::graph::{self, CertificateNode, Graph, NodeId, Server, Store};
use crate::lint::Judgement;

/// Of one set-up, to be opened. `prefix` tells the names of its drawing from those of others; without one it is a list.
pub(super) fn of_judgement(judgement: &Judgement, now: time::OffsetDateTime, prefix: Option<&str>) -> Markup {
    let server = Server { name: judgement.title(), file: judgement.origin.file().name().to_owned() };
    let graph = Graph::of_trust(&[(server, judgement.trust.clone())], now);
    html! {
        @if !graph.stores.is_empty() {
            details {
                summary { "Who trusts what" }
                (verdict(&graph))
                @match prefix {
                    Some(prefix) => {
                        (drawn(&graph, prefix))
                        (legend())
                        details {
                            summary { "The same as a list" }
                            (list(&graph))
                        }
                    }
                    None => {
                        p.faint { "Not drawn, so that the page stays small: " code { "aggcert graph --format html" } " draws it." }
                        (list(&graph))
                    }
                }
            }
        }
    }
}

/// The picture. It is scrolled with the keyboard as well.
pub(super) fn drawn(graph: &Graph, prefix: &str) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Drawing" {
            (PreEscaped(graph::drawing(graph, prefix)))
        }
    }
}

/// What its colours and lines mean.
pub(super) fn legend() -> Markup {
    html! {
        ul.legend {
            @for (class, description) in graph::legend() { li { span.swatch.(class) {} " " (description) } }
        }
        p.faint { "A line: the file holds it. An arrow: it signed it. Dashes: one key. Point at a box, or go to it with the tab key, to see its lines." }
    }
}

/// Whether the two worlds touch, and where.
pub(super) fn verdict(graph: &Graph) -> Markup {
    html! {
        p.both[!graph.touches.is_empty()] { (graph.verdict()) }
        @if !graph.touches.is_empty() {
            ul { @for touch in &graph.touches { li { (line(&touch.text)) } } }
        }
    }
}

/// Each flag with what it holds.
pub(super) fn list(graph: &Graph) -> Markup {
    let several = graph.servers().nth(1).is_some();
    html! {
        ul.map {
            @for (index, store) in graph.stores.iter().enumerate() {
                li {
                    code { "--" (store.flag) } " " span.place { (line(&store.paths.join(" or "))) } " "
                    (line(&store.use_of_it()))
                    @if several { (servers(store)) }
                    @if let Some(gap) = &store.gap { " " span.unknown { (line(gap)) } }
                    ul.map { @for id in graph.held_by(NodeId::Store(index)) { (certificate(graph, id)) } }
                }
            }
        }
    }
}

fn servers(store: &Store) -> Markup {
    html! {
        ul.map { @for server in &store.servers { li { (line(&server.name)) " " span.place { (line(&server.file)) } } } }
    }
}

fn certificate(graph: &Graph, id: NodeId) -> Markup {
    let Some(node) = graph.certificate(id) else { return html! {} };
    let signers = graph.signers(id).filter_map(|signer| graph.certificate(signer));
    let signed = |signer: &CertificateNode| {
        format!(", signed by {} ({})", signer.name(), graph.short_fingerprint(&signer.certificate))
    };
    html! {
        li {
            span.name { (line(&node.name())) } ", " (line(&node.remark(graph, id)))
            @for signer in signers { (line(&signed(signer))) }
            @if node.touches { " " span.both { "in both worlds" } }
            " " span.place { (node.certificate.fingerprint()) }
        }
    }
}
