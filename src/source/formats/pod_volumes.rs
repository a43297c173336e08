//! The volumes of a Pod: where the files of a container come from.

use std::collections::HashMap;

use super::environment::Environment;
use crate::source::yaml::Node;
use crate::source::{Mount, MountedVolume, Projection, VolumeSource};
use crate::text::Text;

/// Volumes of a Pod that are looked at, as each of its containers looks for its own among them.
const MOST_VOLUMES: usize = 512;

/// Where the container's paths lie on the host, or in which objects.
pub(super) fn mounts(container: &Node, pod: &Node) -> Vec<Mount> {
    let list = container.get("volumeMounts").map(Node::items).unwrap_or_default();
    if list.is_empty() {
        return Vec::new();
    }
    let all = pod.get("volumes").map(Node::items).unwrap_or_default();
    let not_found = if all.len() > MOST_VOLUMES { VolumeSource::Other } else { VolumeSource::Undeclared };
    let volumes: HashMap<&str, &Node> = all
        .iter()
        .take(MOST_VOLUMES)
        .filter_map(|volume| Some((volume.text_at(&["name"])?.as_str(), volume)))
        .collect();
    let environment = Environment::of(container);
    let mount = |mount: &Node| {
        let name = mount.text_at(&["name"])?.as_str();
        let volume = volumes.get(name).copied();
        let sub_path = environment.sub_path(mount);
        let is_told = !matches!(sub_path, Some((_, true)));
        let sub_path = sub_path.map(|(sub_path, _)| sub_path.as_str().to_owned());
        let host_path = volume.and_then(|volume| volume.text_at(&["hostPath", "path"])).map(Text::as_str);
        let host_path = host_path.filter(|_| is_told).map(|host| match &sub_path {
            None => host.to_owned(),
            Some(sub_path) => format!("{}/{sub_path}", host.trim_end_matches('/')),
        });
        let source = if is_told { volume.map_or_else(|| not_found.clone(), source) } else { VolumeSource::Other };
        Some(Mount {
            container_path: mount.text_at(&["mountPath"])?.as_str().to_owned(),
            host_path,
            volume: Some(MountedVolume { name: name.to_owned(), source, sub_path }),
        })
    };
    let mut mounts: Vec<Mount> = list.iter().filter_map(mount).collect();
    Mount::longest_first(&mut mounts);
    mounts
}

fn source(volume: &Node) -> VolumeSource {
    if volume.get("emptyDir").is_some() {
        VolumeSource::Empty
    } else if let Some(secret) = volume.get("secret") {
        let name = secret.text_at(&["secretName"]).or_else(|| secret.text_at(&["name"]));
        projection(secret, name).map_or(VolumeSource::Other, VolumeSource::Secret)
    } else if let Some(map) = volume.get("configMap") {
        projection(map, map.text_at(&["name"])).map_or(VolumeSource::Other, VolumeSource::ConfigMap)
    } else if let Some(sources) = volume.at(&["projected", "sources"]) {
        VolumeSource::Projected(sources.items().iter().map(source).collect())
    } else {
        VolumeSource::Other
    }
}

fn projection(volume: &Node, name: Option<&Text>) -> Option<Projection> {
    let item = |item: &Node| {
        let text = |key: &str| item.text_at(&[key]).map(|text| text.as_str().to_owned());
        Some((text("key")?, text("path")?))
    };
    let items = volume.get("items");
    // A template may add some.
    if items.is_some_and(|items| !items.gaps.is_empty() || items.text().is_some()) {
        return None;
    }
    let items = items.map(Node::items).unwrap_or_default().iter().filter_map(item).collect();
    let optional = volume.text_at(&["optional"]).is_some_and(|optional| optional.as_str() != "false");
    Some(Projection { object: name?.to_located(), items, optional })
}
