//! Where in a tree of objects and settings something stands.

use crate::source::yaml::Node;
use crate::text::{Origin, Text};

/// The object around what is read.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    /// For people: `Pod kube-system/kube-apiserver`.
    pub name: String,
    pub namespace: Option<String>,
    pub origin: Origin,
    /// The version that it gives (`spec.version` of a KubeadmControlPlane).
    pub version: Option<Text>,
}

/// Where the name of a chart stands beside its values or above them: Flux' HelmRelease; k3s' HelmChart, a source of Argo
/// CD's Application, a release of helmfile.
const CHARTS: [&[&str]; 2] = [&["spec", "chart", "spec", "chart"], &["chart"]];

/// The chart that a mapping installs.
pub(super) fn chart_of(node: &Node) -> Option<&Text> {
    CHARTS.iter().find_map(|path| node.text_at(path))
}

impl Owner {
    pub(super) fn of(node: &Node) -> Option<Self> {
        let metadata = node.get("metadata").filter(|metadata| metadata.is_mapping())?;
        let part = |key: &str| metadata.text_at(&[key]).map(Text::as_str);
        let name = match (part("namespace"), part("name").or_else(|| part("generateName"))) {
            (Some(namespace), Some(name)) => Some(format!("{namespace}/{name}")),
            (None, name) => name.map(str::to_owned),
            (Some(_), None) => None,
        };
        let kind = node.text_at(&["kind"]);
        let name = match (kind, name) {
            (Some(kind), Some(name)) => format!("{kind} {name}"),
            (Some(kind), None) => kind.as_str().to_owned(),
            (None, name) => name?,
        };
        Some(Self {
            name,
            namespace: part("namespace").map(str::to_owned),
            origin: kind.map_or_else(|| metadata.origin.clone(), Text::origin),
            version: node.text_at(&["spec", "version"]).cloned(),
        })
    }
}

/// Where a mapping or a list stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub owner: Option<&'a Owner>,
    /// The chart whose values these are.
    pub chart: Option<&'a Text>,
    /// The keys above.
    pub path: &'a [String],
}

impl Place<'_> {
    /// That of a whole file.
    pub(super) const TOP: Self = Self { owner: None, chart: None, path: &[] };

    /// Whatever says whose settings these are, the farthest first: the object, its chart, the keys above.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let owner = self.owner.map(|owner| owner.name.as_str());
        let chart = self.chart.map(Text::as_str);
        owner.into_iter().chain(chart).chain(self.path.iter().map(String::as_str))
    }

    /// For people: `Cluster example.org spec.kubeAPIServer`.
    pub(super) fn title(self, key: Option<&str>) -> String {
        let path: Vec<&str> = self.path.iter().map(String::as_str).chain(key).collect();
        match self.owner {
            Some(owner) => format!("{} {}", owner.name, path.join(".")).trim_end().to_owned(),
            None if path.is_empty() => "settings".to_owned(),
            None => path.join("."),
        }
    }
}
