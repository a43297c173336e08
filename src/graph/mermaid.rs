//! The graph as a Mermaid flowchart, which GitHub and GitLab draw in Markdown.

use std::fmt::Write;

use super::label::short_lines;
use super::{EdgeKind, Graph, NodeId, World};

/// A `flowchart`, drawn from left to right.
pub fn mermaid(graph: &Graph) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for id in graph.nodes() {
        let label = short_lines(graph, id).iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br/>");
        let name = name(id);
        // Flags have square corners, certificates round ones.
        let (open, close) = if matches!(id, NodeId::Store(_)) { ("[", "]") } else { ("(", ")") };
        let _ = writeln!(text, "  {name}{open}\"{label}\"{close}:::{}", graph.world(id).class());
    }
    for edge in &graph.edges {
        let line = match (edge.kind, edge.touches) {
            (EdgeKind::Holds, false) => "---",
            (EdgeKind::Holds, true) => "===",
            (EdgeKind::Signs, false) => "-->|signs|",
            (EdgeKind::Signs, true) => "==>|signs|",
            (EdgeKind::SameKey, _) => "-.-|same key|",
        };
        let _ = writeln!(text, "  {} {line} {}", name(edge.from), name(edge.to));
    }
    for world in World::ALL {
        let (fill, border) = world.colours();
        let _ = writeln!(text, "  classDef {} fill:{fill},stroke:{border},color:#111827", world.class());
    }
    text
}

fn name(id: NodeId) -> String {
    match id {
        NodeId::Store(index) => format!("flag{index}"),
        NodeId::Certificate(index) => format!("certificate{index}"),
    }
}

/// Mermaid takes entity codes (`#34;`) in quoted labels, and gives a meaning to much else: Markdown, HTML, its own
/// keywords. So whatever is not plainly text becomes a code.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if character.is_alphanumeric() || matches!(character, ' ' | '.' | ',' | '=' | '/' | '-' | ':') {
            escaped.push(character);
        } else {
            let _ = write!(escaped, "#{};", u32::from(character));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::{odd, separate, touching};

    #[test]
    fn nodes_and_lines_are_one_statement_each() {
        let graph = separate();
        let text = mermaid(&graph);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "flowchart LR");
        assert_eq!(lines.len(), 1 + graph.nodes().count() + graph.edges.len() + 4);
        let flag = "  flag0[\"--client-ca-file<br/>/ca.crt<br/>kube-apiserver<br/>kube-apiserver.yaml\"]:::users";
        assert_eq!(lines[1], flag);
        assert!(lines.contains(&"  certificate1 -->|signs| certificate2"), "{text}");
        assert!(mermaid(&touching()).contains(" ==>|signs| "));
    }

    #[test]
    fn no_name_becomes_syntax() {
        assert_eq!(escape("\"]; end --> x#1 `y` <b>&"), "#34;#93;#59; end --#62; x#35;1 #96;y#96; #60;b#62;#38;");
        let text = mermaid(&odd());
        for line in text.lines().skip(1) {
            let statement = line.trim_start();
            assert!(["flag", "certificate", "classDef"].iter().any(|start| statement.starts_with(start)), "{line}");
            assert!(line.matches('"').count() % 2 == 0 && line.matches('"').count() <= 2, "{line}");
        }
    }
}
