//! The graph as a Mermaid flowchart, which GitHub and GitLab draw in Markdown.

use std::fmt::Write;

use super::label::{lines, rows};
use super::{EdgeKind, Graph, NodeId, TrustMap, World};
use crate::text::printable;

/// A `flowchart`, drawn from left to right, with a subgraph for each cluster.
pub fn mermaid(map: &TrustMap) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (number, graph) in map.clusters.iter().enumerate() {
        let Some(title) = map.title(graph) else {
            cluster(&mut text, graph, "");
            continue;
        };
        let _ = writeln!(text, "  subgraph cluster{number}[\"{}\"]", escape(&printable::line(&title)));
        cluster(&mut text, graph, &format!("c{number}_"));
        text.push_str("  end\n");
    }
    for (number, line) in map.unread().enumerate() {
        let _ =
            writeln!(text, "  unread{number}[\"{}\"]:::{}", escape(&printable::line(&line)), World::Neither.class());
    }
    for world in World::ALL {
        let (fill, border) = world.colours();
        let _ = writeln!(text, "  classDef {} fill:{fill},stroke:{border},color:#111827", world.class());
    }
    text
}

fn cluster(text: &mut String, graph: &Graph, prefix: &str) {
    let name = |id: NodeId| format!("{prefix}{}", id.name());
    for id in graph.nodes() {
        let label = rows(&lines(graph, id)).iter().map(|row| escape(&row.text)).collect::<Vec<_>>().join("<br/>");
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
}

/// Mermaid takes entity codes (`#34;`) in quoted labels, and gives a meaning to much else: Markdown, HTML, its own
/// keywords. So whatever is not plainly text becomes a code. A blank behind a blank would not be shown.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    let mut before = ' ';
    for character in text.chars() {
        let is_blank = character == ' ' && before == ' ';
        before = character;
        if is_blank {
            escaped.push_str("#160;");
        } else if character.is_alphanumeric() || matches!(character, ' ' | '.' | ',' | '=' | '/' | '-' | ':') {
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
    use crate::graph::testing::{as_map, odd, separate, several, touching};

    #[test]
    fn nodes_and_lines_are_one_statement_each() {
        let graph = separate();
        let text = mermaid(&as_map(graph.clone()));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "flowchart LR");
        assert_eq!(lines.len(), 1 + graph.nodes().count() + graph.edges.len() + 4);
        let flag = "  flag0[\"--client-ca-file<br/>/ca.crt<br/>kube-apiserver<br/>kube-apiserver.yaml\"]:::users";
        assert_eq!(lines[1], flag);
        assert!(lines.contains(&"  certificate1 -->|signs| certificate2"), "{text}");
        assert!(mermaid(&as_map(touching())).contains(" ==>|signs| "));
    }

    #[test]
    fn no_name_becomes_syntax() {
        assert_eq!(escape("\"]; end --> x#1 `y` <b>&"), "#34;#93;#59; end --#62; x#35;1 #96;y#96; #60;b#62;#38;");
        assert_eq!(escape(" a  b"), "#160;a #160;b");
        let (odd, several) = (mermaid(&as_map(odd())), mermaid(&several()));
        assert_eq!(several.matches("  subgraph cluster").count(), several.matches("\n  end\n").count());
        let known = ["flag", "certificate", "classDef", "c0_", "c1_", "subgraph cluster", "end", "unread"];
        for line in odd.lines().skip(1).chain(several.lines().skip(1)) {
            let statement = line.trim_start();
            assert!(known.iter().any(|start| statement.starts_with(start)), "{line}");
            assert!(line.matches('"').count() % 2 == 0 && line.matches('"').count() <= 2, "{line}");
        }
    }
}
