//! What the boxes of a drawing say.

use ring::digest::{SHA256, digest};

use super::{Graph, NodeId, Server};
use crate::text::printable;
use crate::x509::hex;

/// Longer lines go on in a further row.
const WIDEST: usize = 56;
/// What is longer than any path or name that somebody means is shortened in the middle, and told from others like it
/// by its digest.
const LONGEST: usize = 600;
/// So many servers of a box are named.
const MOST_SERVERS: usize = 12;

/// One row of a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub text: String,
    /// It is of what the box is called by.
    pub is_title: bool,
}

/// All that is said of a node, safe to show, a line each; the first one is what it is called by.
pub(super) fn lines(graph: &Graph, id: NodeId) -> Vec<String> {
    let lines = match id {
        NodeId::Store(index) => graph.stores.get(index).map(|store| {
            let title = std::iter::once(format!("--{}", store.flag));
            let gap = store.gap.clone();
            title
                .chain(store.paths.iter().cloned())
                .chain(store.names())
                .chain(gap)
                .chain(servers(&store.servers))
                .collect()
        }),
        NodeId::Certificate(index) => graph.certificates.get(index).map(|node| {
            let fingerprint = graph.short_fingerprint(&node.certificate);
            vec![node.name(), fingerprint, node.remark(graph, id)]
        }),
    };
    let lines: Vec<String> = lines.unwrap_or_default();
    lines.iter().map(|line| bounded(printable::line(line).into_owned())).collect()
}

fn servers(servers: &[Server]) -> Vec<String> {
    let named = servers.iter().take(MOST_SERVERS).flat_map(|server| [server.name.clone(), server.file.clone()]);
    let more = servers.len().saturating_sub(MOST_SERVERS);
    named.chain((more > 0).then(|| format!("and {more} more"))).collect()
}

/// [`lines`] in rows that can be drawn. Nothing is left out, so that what differs looks different.
pub(super) fn rows(lines: &[String]) -> Vec<Row> {
    let rows = lines.iter().enumerate().flat_map(|(index, line)| {
        let characters: Vec<char> = line.chars().collect();
        let pieces: Vec<String> = characters.chunks(WIDEST).map(|piece| piece.iter().collect()).collect();
        pieces.into_iter().map(move |text| Row { text, is_title: index == 0 })
    });
    rows.collect()
}

fn bounded(line: String) -> String {
    let length = line.chars().count();
    if length <= LONGEST {
        return line;
    }
    let half = LONGEST / 3;
    let start: String = line.chars().take(half).collect();
    let end: String = line.chars().skip(length - half).collect();
    let digest = hex(digest(&SHA256, line.as_bytes()).as_ref());
    format!("{start}… ({length} characters, SHA-256 {digest}) …{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_in_the_middle_of_a_long_line_differs_when_it_is_shortened() {
        let line = |middle: &str| bounded(format!("{}{middle}{}", "a".repeat(500), "b".repeat(500)));
        assert_ne!(line("x"), line("y"));
        assert!(line("x").chars().count() <= LONGEST);
        assert_eq!(bounded("a".repeat(LONGEST)), "a".repeat(LONGEST));
    }
}
