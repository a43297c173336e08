//! The graph as a tree, for terminals.

use std::collections::BTreeSet;
use std::fmt::Write;

use annotate_snippets::renderer::{AnsiColor, Style};

use super::{EdgeKind, Graph, NodeId, Server, TrustMap, World};
use crate::text::printable;

/// How deep a chain of signatures is followed; real ones are three deep.
const DEEPEST: usize = 64;

/// Each cluster: servers, their flags, what these hold, and what that signed. A certificate is shown in full where it is
/// met first.
pub fn tree(map: &TrustMap, color: bool) -> String {
    let trees: Vec<String> = map
        .clusters
        .iter()
        .map(|graph| {
            let mut tree = Tree { graph, color, text: String::new(), shown: BTreeSet::new() };
            if let Some(title) = map.title(graph) {
                let title = tree.paint(Style::new().bold().underline(), &printable::line(&title));
                let _ = writeln!(tree.text, "{title}\n");
            }
            tree.all();
            tree.text
        })
        .collect();
    trees.join("\n")
}

struct Tree<'a> {
    graph: &'a Graph,
    color: bool,
    text: String,
    shown: BTreeSet<NodeId>,
}

impl Tree<'_> {
    fn all(&mut self) {
        if self.graph.stores.is_empty() {
            self.text.push_str("No flag names a certificate.\n");
            return;
        }
        let mut groups: Vec<&[Server]> = Vec::new();
        for store in &self.graph.stores {
            if !groups.contains(&store.servers.as_slice()) {
                groups.push(&store.servers);
            }
        }
        for servers in groups {
            self.servers(servers);
        }
        self.touches();
    }

    fn servers(&mut self, servers: &[Server]) {
        for server in servers {
            let name = self.paint(Style::new().bold(), &printable::line(&server.name));
            let _ = writeln!(self.text, "{name}  {}", printable::line(&server.file));
        }
        let stores: Vec<usize> = (0..self.graph.stores.len())
            .filter(|index| self.graph.stores.get(*index).is_some_and(|store| store.servers == servers))
            .collect();
        for (position, index) in stores.iter().enumerate() {
            self.store(*index, position + 1 == stores.len());
        }
        self.text.push('\n');
    }

    fn store(&mut self, index: usize, last: bool) {
        let id = NodeId::Store(index);
        let Some(store) = self.graph.stores.get(index) else { return };
        let name = self.paint(style(self.graph.world(id)), &printable::line(&store.name()));
        let _ = writeln!(self.text, "{}{name}  {}", branch(last), printable::line(&store.use_of_it()));
        let indent = continuation(last).to_owned();
        if let Some(gap) = &store.gap {
            let _ = writeln!(self.text, "{indent}{}{}", branch(true), printable::line(gap));
        }
        let held: Vec<NodeId> = self.graph.held_by(id).collect();
        self.certificates(&held, &indent, "");
    }

    fn certificates(&mut self, ids: &[NodeId], indent: &str, relation: &str) {
        for (position, id) in ids.iter().enumerate() {
            self.certificate(*id, indent, position + 1 == ids.len(), relation);
        }
    }

    fn certificate(&mut self, id: NodeId, indent: &str, last: bool, relation: &str) {
        let Some(node) = self.graph.certificate(id) else { return };
        let name = self.paint(style(self.graph.world(id)), &printable::line(&node.name()));
        let mark = if node.touches { "  <- both worlds" } else { "" };
        let fingerprint = self.graph.short_fingerprint(&node.certificate);
        if !self.shown.insert(id) {
            let _ = writeln!(self.text, "{indent}{}{relation}{name}  {fingerprint}, see above{mark}", branch(last));
            return;
        }
        let remark = printable::line(&node.remark(self.graph, id)).into_owned();
        let _ = writeln!(self.text, "{indent}{}{relation}{name}  {fingerprint}, {remark}{mark}", branch(last));
        let below = format!("{indent}{}", continuation(last));
        let signed: Vec<NodeId> = self.graph.targets(id, EdgeKind::Signs).collect();
        if below.chars().count() > DEEPEST * 3 && !signed.is_empty() {
            let _ = writeln!(self.text, "{below}{}and so on", branch(true));
            return;
        }
        self.certificates(&signed, &below, "signs ");
    }

    fn touches(&mut self) {
        let world = if self.graph.touches.is_empty() { World::Neither } else { World::Both };
        let verdict = self.paint(style(world), self.graph.verdict());
        let _ = writeln!(self.text, "{verdict}");
        for touch in &self.graph.touches {
            let _ = writeln!(self.text, "  {}", printable::line(&touch.text));
        }
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

fn branch(last: bool) -> &'static str {
    if last { "└─ " } else { "├─ " }
}

fn continuation(last: bool) -> &'static str {
    if last { "   " } else { "│  " }
}

fn style(world: World) -> Style {
    match world {
        World::Users => AnsiColor::BrightBlue.on_default(),
        World::FrontProxies => AnsiColor::Green.on_default(),
        World::Both => AnsiColor::BrightRed.on_default().bold(),
        World::Neither => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::{as_map, odd, separate, several, touching};
    use crate::source::report_marks::is_report;

    /// Fingerprints differ from run to run.
    fn without_fingerprints(graph: &Graph) -> String {
        graph.certificates.iter().fold(tree(&as_map(graph.clone()), false), |text, node| {
            text.replace(&graph.short_fingerprint(&node.certificate), "#")
        })
    }

    #[test]
    fn separate_worlds() {
        let expected = "\
kube-apiserver  kube-apiserver.yaml
├─ --client-ca-file=/ca.crt  verifies users with
│  └─ CN=kubernetes  #, until 2036-01-13, self-signed
├─ --requestheader-client-ca-file=/front-proxy-ca.crt  verifies front proxies with; any name is allowed
│  └─ CN=front-proxy-ca  #, until 2036-01-13, self-signed
│     └─ signs CN=front-proxy-client  #, until 2026-12-16
└─ --proxy-client-cert-file=/front-proxy-client.crt  presents
   └─ CN=front-proxy-client  #, see above

The two worlds do not touch.
";
        assert_eq!(without_fingerprints(&separate()), expected);
    }

    #[test]
    fn touching_worlds_are_marked_and_told() {
        let shown = without_fingerprints(&touching());
        assert!(shown.contains("kube-apiserver  node a\nkube-apiserver  node b\n└─ --client-ca-file"), "{shown}");
        assert!(shown.contains("└─ CN=kubernetes  #, until 2036-01-13, self-signed  <- both worlds\n"), "{shown}");
        assert!(shown.contains("The two worlds touch:\n  CN=kubernetes (#) can issue front proxies: "), "{shown}");
    }

    #[test]
    fn circles_end_and_names_stay_on_their_line() {
        let shown = tree(&as_map(odd()), false);
        assert!(shown.lines().count() < 40, "{shown}");
        assert!(!shown.chars().any(|character| character.is_control() && character != '\n'), "{shown}");
        assert!(tree(&as_map(odd()), true).contains("\x1b["));
    }

    #[test]
    fn nothing_is_said_to_be_nothing() {
        assert_eq!(tree(&as_map(Graph::default()), false), "No flag names a certificate.\n");
    }

    #[test]
    fn clusters_are_told_apart() {
        let shown = tree(&several(), false);
        assert!(is_report(&shown), "{shown}");
        let headings: Vec<&str> = shown.lines().filter(|line| line.starts_with("Cluster ")).collect();
        assert_eq!(headings, ["Cluster production", "Cluster lab"]);
        assert!(shown.contains(", also in lab"), "{shown}");
        assert_eq!(shown.matches("The two worlds do not touch.").count(), 1, "{shown}");
        assert_eq!(shown.matches("The two worlds touch:").count(), 1, "{shown}");
    }
}
