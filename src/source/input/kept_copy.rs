//! Copies that are kept of what was in use: those that `aggcert extension` keeps beside the objects that it has replaced,
//! kubeadm's, and those in a manifest directory that the kubelet passes over.

use std::path::Path;

use crate::text::is_for_file_name;

/// One of these is in such a directory. Elsewhere a file with a date in its name may be in use: the kubelet runs every file
/// of its manifest directory.
const MARKS: [&str; 2] = ["serving-ca.crt", "cert-manager.yaml"];

pub(super) fn is_kept_copy(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let date = name.split_once(".yaml.").and_then(|(_, date)| date.split('.').next());
    date.is_some_and(is_for_file_name) && MARKS.iter().any(|mark| path.with_file_name(mark).is_file())
}

/// Copies that kubeadm keeps when it upgrades (its `CreateTempDir` below `/etc/kubernetes/tmp`).
pub(super) fn is_kubeadms_backup(directory: &Path) -> bool {
    let name = directory.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with("kubeadm-backup-") && directory.parent().is_some_and(|above| above.ends_with("kubernetes/tmp"))
}

/// Files of a manifest directory that the kubelet passes over: it takes `[^.]*` (its `pkg/kubelet/config/file.go`,
/// `extractFromDir`).
pub(super) fn is_hidden_manifest(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with('.') && is_static_pod(file)
}

/// Whether the kubelet makes a static Pod of a file, by its place.
pub(in crate::source) fn is_static_pod(file: &Path) -> bool {
    const PLACES: [&str; 2] = ["kubernetes/manifests", "agent/pod-manifests"];
    file.parent().is_some_and(|above| PLACES.iter().any(|place| above.ends_with(place)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubeadm_keeps_and_the_kubelet_passes_over_is_told_by_its_place() {
        assert!(is_kubeadms_backup(Path::new("n/etc/kubernetes/tmp/kubeadm-backup-manifests-2026-01-01-00-00-00")));
        assert!(!is_kubeadms_backup(Path::new("n/kubeadm-backup-manifests-2026-01-01-00-00-00")));
        assert!(is_hidden_manifest(Path::new("n/etc/kubernetes/manifests/.kube-apiserver.yaml.swp")));
        assert!(!is_hidden_manifest(Path::new("n/etc/kubernetes/manifests/kube-apiserver.yaml")));
        assert!(!is_hidden_manifest(Path::new("n/.kube-apiserver.yaml")));
    }

    #[test]
    fn only_a_dated_object_beside_a_serving_ca_is_one() {
        let directory = tempfile::tempdir().unwrap();
        let is_one = |name: &str| is_kept_copy(&directory.path().join(name));
        let copies = ["secret.yaml.2026-11-25T22-43-32Z", "apiservice.yaml.2026-11-25T22-43-32Z.2"];
        assert!(!copies.into_iter().any(is_one));
        std::fs::write(directory.path().join("serving-ca.crt"), "").unwrap();
        assert!(copies.into_iter().all(is_one));
        for other in ["secret.yaml", "secret.yaml.bak", "secret.yaml.2026-11-25", "x.2026-11-25T22-43-32Z"] {
            assert!(!is_one(other), "{other}");
        }
    }
}
