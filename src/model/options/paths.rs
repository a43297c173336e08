//! The flags that name files, until the files are loaded.

use crate::model::{PathFlag, Setting};

/// All whose files are looked at, or whose paths are.
const NAMES: &[&str] = &[
    "client-ca-file",
    "requestheader-client-ca-file",
    "proxy-client-cert-file",
    "proxy-client-key-file",
    "tls-cert-file",
    "tls-private-key-file",
    "kubelet-client-certificate",
    "kubelet-certificate-authority",
    "etcd-cafile",
    "etcd-certfile",
    "root-ca-file",
    "authentication-config",
    "service-account-key-file",
    "service-account-private-key-file",
    // CSRSigningControllerOptions.
    "cluster-signing-cert-file",
    "cluster-signing-key-file",
    "cluster-signing-kubelet-serving-cert-file",
    "cluster-signing-kubelet-serving-key-file",
    "cluster-signing-kubelet-client-cert-file",
    "cluster-signing-kubelet-client-key-file",
    "cluster-signing-kube-apiserver-client-cert-file",
    "cluster-signing-kube-apiserver-client-key-file",
    "cluster-signing-legacy-unknown-cert-file",
    "cluster-signing-legacy-unknown-key-file",
];

/// What they have, in the order in which they were met.
#[derive(Debug, Default)]
pub(in crate::model) struct Paths(Vec<(&'static str, Setting<String>)>);

impl Paths {
    /// The setting of a flag that names a file.
    pub(super) fn setting(&mut self, name: &str) -> Option<(&'static str, &mut Setting<String>)> {
        let name = NAMES.iter().find(|known| **known == name)?;
        let index = self.0.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            self.0.push((name, Setting::Absent));
            self.0.len() - 1
        });
        self.0.get_mut(index).map(|(name, setting)| (*name, setting))
    }

    pub(in crate::model) fn take(&mut self, name: &'static str) -> PathFlag {
        let setting = self.setting(name).map(|(_, setting)| std::mem::take(setting)).unwrap_or_default();
        PathFlag::new(name, setting)
    }

    /// The flags of kube-controller-manager's signing CAs that are there and end like this, in their order.
    pub(in crate::model) fn take_signing(&mut self, ending: &str) -> Vec<PathFlag> {
        let is_one = |name: &str| name.starts_with("cluster-signing-") && name.ends_with(ending);
        let (taken, left) = std::mem::take(&mut self.0).into_iter().partition(|(name, _)| is_one(name));
        self.0 = left;
        Vec::into_iter(taken).map(|(name, setting)| PathFlag::new(name, setting)).collect()
    }
}
