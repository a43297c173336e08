//! The graph in Graphviz' language (<https://graphviz.org/doc/info/lang.html>).

use std::fmt::Write;

use super::label::{lines, rows};
use super::{Edge, EdgeKind, Graph, NodeId, TrustMap, World};
use crate::text::printable;

/// A `digraph`, drawn from left to right, with a subgraph for each cluster.
pub fn dot(map: &TrustMap) -> String {
    let mut text =
        "digraph aggcert {\n  rankdir=LR;\n  node [shape=box, style=filled, fontname=monospace, fontsize=11];\n"
            .to_owned();
    let unread: Vec<String> = map.unread().map(|line| label(&line)).collect();
    if !unread.is_empty() {
        let _ = writeln!(text, "  label=\"{}\\l\";", unread.join("\\l"));
    }
    for (number, graph) in map.clusters.iter().enumerate() {
        let Some(title) = map.title(graph) else {
            cluster(&mut text, graph, "");
            continue;
        };
        // Graphviz frames a subgraph whose name begins with `cluster`.
        let _ = writeln!(text, "  subgraph cluster{number} {{\n  label=\"{}\";", label(&title));
        cluster(&mut text, graph, &format!("c{number}_"));
        text.push_str("  }\n");
    }
    text.push_str("}\n");
    text
}

fn cluster(text: &mut String, graph: &Graph, prefix: &str) {
    let name = |id: NodeId| format!("{prefix}{}", id.name());
    for id in graph.nodes() {
        let (fill, border) = graph.world(id).colours();
        let label = rows(&lines(graph, id)).iter().map(|row| escape(&row.text)).collect::<Vec<_>>().join("\\n");
        let shape = if matches!(id, NodeId::Store(_)) { ", shape=note" } else { "" };
        let name = name(id);
        let _ = writeln!(text, "  {name} [label=\"{label}\", fillcolor=\"{fill}\", color=\"{border}\"{shape}];");
    }
    for edge in &graph.edges {
        let _ = writeln!(text, "  {} -> {} [{}];", name(edge.from), name(edge.to), attributes(edge));
    }
}

fn label(line: &str) -> String {
    escape(&printable::line(line))
}

fn attributes(edge: &Edge) -> String {
    let kind = match edge.kind {
        EdgeKind::Holds => "style=solid, arrowhead=none",
        EdgeKind::Signs => "style=solid, label=\"signs\"",
        EdgeKind::SameKey => "style=dashed, dir=none, constraint=false, label=\"same key\"",
    };
    let (_, border) = if edge.touches { World::Both.colours() } else { World::Neither.colours() };
    let width = if edge.touches { 2 } else { 1 };
    format!("{kind}, color=\"{border}\", penwidth={width}")
}

/// Inside a double-quoted label: a backslash begins an escape such as `\N`, so it is doubled.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::{as_map, crowded, odd, separate, several, touching};

    /// The quoted strings of a file, and the rest of it, by the rule of Graphviz' scanner: in quotes `\"` is the only
    /// escape.
    fn quoted(text: &str) -> (Vec<String>, String) {
        let (mut strings, mut rest) = (Vec::new(), String::new());
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            if character != '"' {
                rest.push(character);
                continue;
            }
            let mut string = String::new();
            loop {
                match characters.next().expect("an open quote") {
                    '"' => break,
                    '\\' => string.extend(['\\', characters.next().unwrap()]),
                    other => string.push(other),
                }
            }
            strings.push(string);
        }
        (strings, rest)
    }

    #[test]
    fn names_stay_inside_their_quotes() {
        let maps = [separate(), touching(), odd(), crowded(), Graph::default()].map(as_map);
        for map in maps.into_iter().chain([several()]) {
            let (strings, rest) = quoted(&dot(&map));
            let plain = |character: char| character.is_ascii_alphanumeric() || "{}[]=;,->_. \n".contains(character);
            assert!(rest.chars().all(plain), "{rest}");
            assert_eq!(rest.matches("->").count(), map.clusters.iter().map(|graph| graph.edges.len()).sum::<usize>());
            assert!(strings.iter().all(|string| !string.contains('\n')));
        }
    }

    #[test]
    fn a_backslash_in_a_name_is_one_in_the_picture() {
        assert_eq!(escape(r#"CN=a\"b\N"#), r#"CN=a\\\"b\\N"#);
    }

    #[test]
    fn where_the_worlds_touch_is_red() {
        assert!(!dot(&as_map(separate())).contains("#b91c1c"));
        assert!(dot(&as_map(touching())).contains("color=\"#b91c1c\", penwidth=2"));
    }

    #[test]
    fn each_cluster_is_framed() {
        let map = several();
        let text = dot(&map);
        assert_eq!(text.matches("  subgraph cluster").count(), map.clusters.len(), "{text}");
        assert!(text.contains("  c1_flag0 ["), "{text}");
        assert!(text.contains("label=\"could not be read: "), "{text}");
    }
}
