//! Which files belong to the nodes of one cluster, where somebody says so.

use std::path::Path;

use super::Pattern;
use crate::source::BaseDirectory;

/// One cluster: the files of its nodes.
#[derive(Debug, Clone)]
pub struct Cluster {
    nodes: Pattern,
    /// What the pattern is relative to.
    base: BaseDirectory,
}

impl Cluster {
    pub fn new(nodes: Pattern, base: BaseDirectory) -> Self {
        Self { nodes, base }
    }

    /// The nodes that `nodes`, a pattern, means in `directory`; everything in it without one.
    pub fn in_directory(directory: &Path, nodes: &str, working_directory: &Path) -> Self {
        Self::new(
            Pattern::new(if nodes.is_empty() { "**" } else { nodes }),
            BaseDirectory::new(working_directory, directory),
        )
    }

    pub(in crate::lint) fn nodes(&self) -> &Pattern {
        &self.nodes
    }

    /// Whether the file with this name is one of its nodes'.
    pub fn holds(&self, file: &str) -> bool {
        self.nodes.matches_file(&self.base, file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_files_are_those_that_the_pattern_means_in_the_directory() {
        let cluster = |nodes: &str| Cluster::in_directory(Path::new("../clusters/lab"), nodes, Path::new("/srv/here"));
        for (nodes, file, held) in [
            ("node*", "/srv/clusters/lab/node1/etc/kubernetes/manifests/kube-apiserver.yaml", true),
            ("node*", "../clusters/lab/node2.yaml", true),
            ("node*", "../clusters/lab/other.yaml", false),
            ("node*", "node1.yaml", false),
            ("", "../clusters/lab/a/b.yaml", true),
            ("", "../clusters/production/a.yaml", false),
        ] {
            assert_eq!(cluster(nodes).holds(file), held, "{nodes} {file}");
        }
    }
}
