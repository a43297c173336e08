//! The graph in Graphviz' language (<https://graphviz.org/doc/info/lang.html>).

use std::fmt::Write;

use super::label::short_lines;
use super::{Edge, EdgeKind, Graph, NodeId, World};

/// A `digraph`, drawn from left to right.
pub fn dot(graph: &Graph) -> String {
    let mut text =
        "digraph aggcert {\n  rankdir=LR;\n  node [shape=box, style=filled, fontname=monospace, fontsize=11];\n"
            .to_owned();
    for id in graph.nodes() {
        let (fill, border) = graph.world(id).colours();
        let label = short_lines(graph, id).iter().map(|line| escape(line)).collect::<Vec<_>>().join("\\n");
        let shape = if matches!(id, NodeId::Store(_)) { ", shape=note" } else { "" };
        let name = name(id);
        let _ = writeln!(text, "  {name} [label=\"{label}\", fillcolor=\"{fill}\", color=\"{border}\"{shape}];");
    }
    for edge in &graph.edges {
        let _ = writeln!(text, "  {} -> {} [{}];", name(edge.from), name(edge.to), attributes(edge));
    }
    text.push_str("}\n");
    text
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

fn name(id: NodeId) -> String {
    match id {
        NodeId::Store(index) => format!("flag{index}"),
        NodeId::Certificate(index) => format!("certificate{index}"),
    }
}

/// Inside a double-quoted label: a backslash begins an escape such as `\N`, so it is doubled.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::{crowded, odd, separate, touching};

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
        for graph in [separate(), touching(), odd(), crowded(), Graph::default()] {
            let (strings, rest) = quoted(&dot(&graph));
            let plain = |character: char| character.is_ascii_alphanumeric() || "{}[]=;,->_. \n".contains(character);
            assert!(rest.chars().all(plain), "{rest}");
            assert_eq!(rest.matches("->").count(), graph.edges.len());
            assert!(strings.iter().all(|string| !string.contains('\n')));
        }
    }

    #[test]
    fn a_backslash_in_a_name_is_one_in_the_picture() {
        assert_eq!(escape(r#"CN=a\"b\N"#), r#"CN=a\\\"b\\N"#);
    }

    #[test]
    fn where_the_worlds_touch_is_red() {
        assert!(!dot(&separate()).contains("#b91c1c"));
        assert!(dot(&touching()).contains("color=\"#b91c1c\", penwidth=2"));
    }
}
