//! kubeadm's ClusterConfiguration. Its `extraArgs` replace what kubeadm would say by itself; they go into a static pod.
//!
//! kubeadm gives the controller manager the same CA and no names, so that every client of it would be a front proxy
//! there (cmd/kubeadm/app/phases/controlplane/manifests.go, `getControllerManagerCommand`): the name is given to both.

use std::path::Path;

use super::static_pod::word;
use super::{Flag, FlagSet};
use crate::source::formats::layouts::KUBEADM;
use crate::text::yaml;

/// Since v1beta4 the arguments are a list, so that one can be given twice.
pub(super) fn write_v1beta4(set: &FlagSet) -> String {
    document("v1beta4", set, |flag| {
        format!("  - name: {}\n    value: {}\n", flag.name, yaml::string(&word(&flag.value)))
    })
}

/// Before, they were a map.
pub(super) fn write_v1beta3(set: &FlagSet) -> String {
    document("v1beta3", set, |flag| format!("    {}: {}\n", flag.name, yaml::string(&word(&flag.value))))
}

fn document(version: &str, set: &FlagSet, argument: impl Fn(&Flag) -> String) -> String {
    let server: String = set.flags.iter().map(&argument).collect();
    let manager: String =
        set.flags.iter().filter(|flag| flag.name == "requestheader-allowed-names").map(&argument).collect();
    let directory = set.pki_dir.to_string();
    let is_mounted = Path::new(&directory).starts_with(KUBEADM.directory);
    let volumes = if is_mounted { String::new() } else { volume(&yaml::string(&directory)) };
    format!(
        "apiVersion: kubeadm.k8s.io/{version}\n\
         kind: ClusterConfiguration\n\
         apiServer:\n\
         \u{20}\u{20}extraArgs:\n\
         {server}\
         {volumes}\
         controllerManager:\n\
         \u{20}\u{20}extraArgs:\n\
         {manager}"
    )
}

/// kubeadm's Pod has its directory of certificates, and none for the sake of a flag
/// (cmd/kubeadm/app/phases/controlplane/volumes.go, `getHostPathVolumesForTheControlPlane`).
fn volume(directory: &str) -> String {
    format!(
        "\u{20}\u{20}extraVolumes:\n\
         \u{20}\u{20}- name: front-proxy\n\
         \u{20}\u{20}\u{20}\u{20}hostPath: {directory}\n\
         \u{20}\u{20}\u{20}\u{20}mountPath: {directory}\n\
         \u{20}\u{20}\u{20}\u{20}readOnly: true\n\
         \u{20}\u{20}\u{20}\u{20}pathType: Directory\n"
    )
}

#[cfg(test)]
mod tests {
    use super::super::example;

    #[test]
    fn a_directory_that_kubeadm_does_not_mount_is_a_volume() {
        let written = |directory| super::write_v1beta4(&example("a", directory));
        assert!(!written("/etc/kubernetes/pki/front-proxy").contains("extraVolumes"));
        assert!(written("/etc/kubernetes/pki-2").contains("    hostPath: /etc/kubernetes/pki-2\n"));
    }

    #[test]
    fn what_the_kubelet_would_replace_is_doubled_in_arguments_and_in_no_path_of_a_volume() {
        let written = super::write_v1beta4(&example("a", "/$(X)"));
        assert!(written.contains("value: \"/$$(X)/") && written.contains("hostPath: \"/$(X)\"\n"), "{written}");
    }

    #[test]
    fn v1beta4_has_a_list() {
        assert_eq!(
            super::write_v1beta4(&example("true", "/pki")),
            concat!(
                "apiVersion: kubeadm.k8s.io/v1beta4\n",
                "kind: ClusterConfiguration\n",
                "apiServer:\n",
                "  extraArgs:\n",
                "  - name: requestheader-allowed-names\n",
                "    value: \"true\"\n",
                "  - name: proxy-client-key-file\n",
                "    value: /pki/front-proxy-client.key\n",
                "  extraVolumes:\n",
                "  - name: front-proxy\n",
                "    hostPath: /pki\n",
                "    mountPath: /pki\n",
                "    readOnly: true\n",
                "    pathType: Directory\n",
                "controllerManager:\n",
                "  extraArgs:\n",
                "  - name: requestheader-allowed-names\n",
                "    value: \"true\"\n",
            )
        );
    }

    #[test]
    fn v1beta3_has_a_map() {
        assert!(super::write_v1beta3(&example("a,b", "/etc/kubernetes/pki")).ends_with(concat!(
            "apiServer:\n",
            "  extraArgs:\n",
            "    requestheader-allowed-names: \"\\\"a,b\\\"\"\n",
            "    proxy-client-key-file: /etc/kubernetes/pki/front-proxy-client.key\n",
            "controllerManager:\n",
            "  extraArgs:\n",
            "    requestheader-allowed-names: \"\\\"a,b\\\"\"\n",
        )));
    }
}
