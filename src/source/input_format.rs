//! The shapes that can be read, and their names.

/// The shapes that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum InputFormat {
    /// Kubernetes objects with a pod in them, YAML or JSON.
    Manifest,
    /// systemd units and their drop-ins.
    Systemd,
    /// Command lines: shell scripts, `ps`, Markdown blocks, log lines.
    Command,
    /// `/proc/PID/cmdline`: arguments that end with NUL.
    ProcCmdline,
    /// kubeadm's ClusterConfiguration, also inside Cluster API and the ConfigMap `kubeadm-config`.
    Kubeadm,
    /// The ConfigMap `extension-apiserver-authentication`.
    ConfigMap,
    /// APIService objects.
    ApiService,
    /// What `aggcert collect` says of a cluster.
    Collection,
    /// One flag a line.
    ArgumentsFile,
    /// Maps and lists of distributions and other tools (k3s, RKE, Talos, kops, ...).
    Distribution,
    /// OpenShift's KubeAPIServerConfig.
    OpenShift,
    /// klog's `FLAG: --name="value"` lines.
    FlagDump,
    /// A directory of PKI files in an installer's layout.
    PkiDirectory,
    /// The same files inside of a document: a Secret, cloud-init, Ansible variables, Talos' machine configuration.
    PkiDocument,
    /// Flags after `--` on our own command line.
    Flags,
}

impl InputFormat {
    /// Whether it is the files of an installer's layout alone: their server's flags are those that the installer gives, unless
    /// somebody has given others.
    pub fn has_no_flags(self) -> bool {
        matches!(self, Self::PkiDirectory | Self::PkiDocument)
    }

    /// All of them, in the order in which help lists them.
    pub const ALL: [Self; 15] = [
        Self::Manifest,
        Self::Systemd,
        Self::Command,
        Self::ProcCmdline,
        Self::Kubeadm,
        Self::ConfigMap,
        Self::ApiService,
        Self::Collection,
        Self::ArgumentsFile,
        Self::Distribution,
        Self::OpenShift,
        Self::FlagDump,
        Self::PkiDirectory,
        Self::PkiDocument,
        Self::Flags,
    ];

    /// As `--input-format` takes it and reports show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Systemd => "systemd",
            Self::Command => "command",
            Self::ProcCmdline => "proc-cmdline",
            Self::Kubeadm => "kubeadm",
            Self::ConfigMap => "config-map",
            Self::ApiService => "api-service",
            Self::Collection => "collection",
            Self::ArgumentsFile => "arguments-file",
            Self::Distribution => "distribution",
            Self::OpenShift => "openshift",
            Self::FlagDump => "flag-dump",
            Self::PkiDirectory => "pki-directory",
            Self::PkiDocument => "pki-document",
            Self::Flags => "flags",
        }
    }
}
