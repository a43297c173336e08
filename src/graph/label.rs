//! What the boxes of a drawing say.

use super::{Graph, NodeId};
use crate::text::printable;

/// Longer lines are shortened in the middle.
const LONGEST: usize = 56;

/// All that is said of a node, safe to show, a line each.
pub(super) fn lines(graph: &Graph, id: NodeId) -> Vec<String> {
    let lines = match id {
        NodeId::Store(index) => graph.stores.get(index).map(|store| {
            let (server, file) = store.server();
            let path = (!store.path.is_empty()).then(|| store.path.clone());
            [format!("--{}", store.flag)]
                .into_iter()
                .chain(path)
                .chain(store.gap.clone())
                .chain([server, file])
                .collect()
        }),
        NodeId::Certificate(index) => graph
            .certificates
            .get(index)
            .map(|node| vec![node.name(), node.short_fingerprint(), node.remark(graph, id)]),
    };
    lines.unwrap_or_default().iter().map(|line| printable::line(line).into_owned()).collect()
}

/// [`lines`], each short enough to be drawn. Beginning and end tell names and paths apart.
pub(super) fn short_lines(graph: &Graph, id: NodeId) -> Vec<String> {
    lines(graph, id).iter().map(|line| shortened(line)).collect()
}

fn shortened(line: &str) -> String {
    let length = line.chars().count();
    if length <= LONGEST {
        return line.to_owned();
    }
    let half = (LONGEST - 1) / 2;
    let start: String = line.chars().take(half).collect();
    let end: String = line.chars().skip(length - half).collect();
    format!("{start}…{end}")
}
