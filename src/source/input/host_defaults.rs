//! Where a host has its control plane's flags.

/// Where installers leave a control plane's flags. Files and directories, in the order in which they are looked for.
pub fn host_defaults() -> &'static [&'static str] {
    &[
        // kubeadm, kubespray, minikube.
        "/etc/kubernetes/manifests/kube-apiserver.yaml",
        "/etc/kubernetes/manifests/kube-controller-manager.yaml",
        "/etc/kubernetes/manifests/kube-scheduler.yaml",
        // kops and kube-up.sh.
        "/etc/kubernetes/manifests/kube-apiserver.manifest",
        "/etc/kubernetes/manifests/kube-controller-manager.manifest",
        "/etc/kubernetes/manifests/kube-scheduler.manifest",
        // OpenShift 4, and 3.
        "/etc/kubernetes/manifests/kube-apiserver-pod.yaml",
        "/etc/origin/master/master-config.yaml",
        // RKE2's static pods.
        "/var/lib/rancher/rke2/agent/pod-manifests/kube-apiserver.yaml",
        "/var/lib/rancher/rke2/agent/pod-manifests/kube-controller-manager.yaml",
        "/var/lib/rancher/rke2/agent/pod-manifests/kube-scheduler.yaml",
        // By hand, and by packages.
        "/etc/systemd/system/kube-apiserver.service",
        "/etc/systemd/system/kube-controller-manager.service",
        "/etc/systemd/system/kube-scheduler.service",
        "/usr/lib/systemd/system/kube-apiserver.service",
        "/usr/lib/systemd/system/kube-controller-manager.service",
        "/usr/lib/systemd/system/kube-scheduler.service",
        "/lib/systemd/system/kube-apiserver.service",
        "/lib/systemd/system/kube-controller-manager.service",
        "/lib/systemd/system/kube-scheduler.service",
        // MicroK8s, and Canonical Kubernetes.
        "/var/snap/microk8s/current/args/kube-apiserver",
        "/var/snap/microk8s/current/args/kube-controller-manager",
        "/var/snap/k8s/common/args/kube-apiserver",
        "/var/snap/k8s/common/args/kube-controller-manager",
        // k0s.
        "/etc/k0s/k0s.yaml",
    ]
}

/// The layers of k3s and RKE2 that add to their own flags, the first of them first. Both are not on one host.
pub fn host_layers() -> &'static [&'static str] {
    &[
        "/etc/rancher/k3s/config.yaml",
        "/etc/rancher/k3s/config.yaml.d",
        "/etc/rancher/rke2/config.yaml",
        "/etc/rancher/rke2/config.yaml.d",
        // k3s' install.sh; RKE2's install.sh and packages.
        "/etc/systemd/system/k3s.service",
        "/etc/systemd/system/rke2-server.service",
        "/usr/local/lib/systemd/system/rke2-server.service",
        "/usr/lib/systemd/system/rke2-server.service",
        "/lib/systemd/system/rke2-server.service",
    ]
}
