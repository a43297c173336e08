//! Volumes of the container whose arguments a list holds: `volumes = [...]` of Nomad and Terraform, `"Binds": [...]` of
//! `docker inspect`, none of a Dockerfile.

use std::ops::Range;

use super::window::{backwards, forwards};
use crate::source::file_system::FileSystem;

/// How far from its arguments a container's volumes may stand.
const NEIGHBOURHOOD: usize = 4096;

/// What begins another container's block.
const BLOCKS: [&str; 4] = ["\ntask ", "task \"", "\nresource ", "\"Id\":"];

/// What says that the list is a container's, and by what its volumes are named that are not read here.
const CONTAINERS: [&str; 6] =
    ["\"docker\"", "\"podman\"", "\"containerd-driver\"", "docker_container", "\"HostConfig\"", "\"Binds\""];
const UNREAD: [&str; 5] = ["mount {", "mounts =", "volume_mount", "volumes {", "\"Mounts\""];

/// What the process of a list at `range`, under `key`, sees.
pub(super) fn beside(range: Range<usize>, key: &str, text: &str) -> FileSystem {
    if ["CMD", "ENTRYPOINT"].contains(&key) {
        return FileSystem::of_image();
    }
    let before = backwards(text, range.start, NEIGHBOURHOOD);
    let before =
        before.get(BLOCKS.iter().filter_map(|block| before.rfind(block)).max().unwrap_or(0)..).unwrap_or_default();
    let after = forwards(text, range.end, NEIGHBOURHOOD);
    let after = after
        .get(..BLOCKS.iter().filter_map(|block| after.find(block)).min().unwrap_or(after.len()))
        .unwrap_or_default();
    let has = |words: &[&str]| words.iter().any(|word| before.contains(word) || after.contains(word));
    let volumes: Vec<&str> = [before, after].into_iter().flat_map(volumes).collect();
    if volumes.is_empty() && !has(&CONTAINERS) {
        return FileSystem::default();
    }
    let mut seen = FileSystem::of_image();
    volumes.into_iter().for_each(|volume| seen.volume(volume));
    if has(&UNREAD) && !has(&["\"Binds\""]) {
        return FileSystem::unknown("the container has mounts that are not read here");
    }
    seen
}

/// The strings of `volumes = ["/a:/b"]` and `"Binds": ["/a:/b"]`.
fn volumes(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for name in ["volumes", "\"Binds\""] {
        for (at, _) in text.match_indices(name) {
            let rest = text.get(at + name.len()..).unwrap_or_default().trim_start_matches([' ', '=', ':', '\n', '\t']);
            let Some(list) = rest.strip_prefix('[').and_then(|rest| rest.split(']').next()) else { continue };
            found.extend(list.split('"').skip(1).step_by(2));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Mount;

    #[test]
    fn the_volumes_of_one_container_are_its_own() {
        let nomad = "task \"a\" {\n volumes = [\"/x:/etc\"]\n}\ntask \"b\" {\n driver = \"docker\"\n config {\n volumes = \
                     [\"/a:/b\", \"c:/d\"]\n args = LIST\n}}\ntask \"c\" {\n volumes = [\"/y:/etc\"] }";
        let at = nomad.find("LIST").unwrap();
        let mut expected = FileSystem::of_image();
        expected.bind("/a", "/b");
        expected.hide("/d");
        assert_eq!(beside(at..at + 4, "args", nomad), expected);
        assert_eq!(expected.mounts[0], Mount::of_host("/b", Some("/a".into())));
        assert!(beside(0..4, "args", "args = LIST\ncommand = \"kube-apiserver\"").is_hosts());
        assert_eq!(beside(4..8, "CMD", "CMD LIST"), FileSystem::of_image());
    }
}
