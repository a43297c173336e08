//! The programs whose flags are read.

/// Which program the arguments are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    KubeApiserver,
    KubeControllerManager,
    KubeScheduler,
    /// Any program that is built on k8s.io/apiserver, registered by an APIService: metrics-server, for example.
    ExtensionApiServer,
}

impl Component {
    pub const ALL: [Self; 4] =
        [Self::KubeApiserver, Self::KubeControllerManager, Self::KubeScheduler, Self::ExtensionApiServer];

    /// The program's own name, or what such programs are called together.
    pub fn name(self) -> &'static str {
        match self {
            Self::KubeApiserver => "kube-apiserver",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::KubeScheduler => "kube-scheduler",
            Self::ExtensionApiServer => "extension API server",
        }
    }
}
