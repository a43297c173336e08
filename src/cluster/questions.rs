//! What is asked of a cluster, and the right that each question needs. `aggcert rbac` prints these rights, and what could
//! not be read names the one that lacks.

use std::fmt;

/// What an account must be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    pub verb: &'static str,
    pub what: Resource,
    /// Only there; everywhere otherwise.
    pub namespace: Option<&'static str>,
    /// What is read with it, for people.
    pub purpose: &'static str,
}

/// What a right is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    Object {
        /// Empty: the core group.
        group: &'static str,
        resource: &'static str,
        /// This one object alone.
        name: Option<&'static str>,
    },
    /// A path that is no object.
    Path(&'static str),
}

const fn object(group: &'static str, resource: &'static str) -> Resource {
    Resource::Object { group, resource, name: None }
}

/// Where the ConfigMap is, and the RoleBindings that let extension servers read it.
pub(super) const KUBE_SYSTEM: &str = "kube-system";

pub(super) const AUTHENTICATION: Right = Right {
    verb: "get",
    what: Resource::Object { group: "", resource: "configmaps", name: Some("extension-apiserver-authentication") },
    namespace: Some(KUBE_SYSTEM),
    purpose: "whom extension servers trust",
};
pub(super) const API_SERVICES: Right = Right {
    verb: "list",
    what: object("apiregistration.k8s.io", "apiservices"),
    namespace: None,
    purpose: "which APIs extension servers answer, with their CA bundles and conditions",
};
pub(super) const SERVICES: Right = Right {
    verb: "get",
    what: object("", "services"),
    namespace: None,
    purpose: "where kube-apiserver finds the extension servers",
};
pub(super) const ENDPOINT_SLICES: Right = Right {
    verb: "list",
    what: object("discovery.k8s.io", "endpointslices"),
    namespace: None,
    purpose: "whether a server is behind each of these Services, and where the API servers are",
};
pub(super) const PODS: Right = Right {
    verb: "list",
    what: object("", "pods"),
    namespace: None,
    purpose: "the arguments and mounts of the control plane and of extension servers",
};
pub(super) const DEPLOYMENTS: Right = Right {
    verb: "list",
    what: object("apps", "deployments"),
    namespace: None,
    purpose: "the same where no Pod of an extension server runs",
};
pub(super) const ROLE_BINDINGS: Right = Right {
    verb: "list",
    what: object("rbac.authorization.k8s.io", "rolebindings"),
    namespace: Some(KUBE_SYSTEM),
    purpose: "who may read the ConfigMap",
};
pub(super) const CLUSTER_ROLE_BINDINGS: Right = Right {
    verb: "list",
    what: object("rbac.authorization.k8s.io", "clusterrolebindings"),
    namespace: None,
    purpose: "who may ask kube-apiserver about users",
};
pub(super) const ROLES: Right = Right {
    verb: "get",
    what: object("rbac.authorization.k8s.io", "roles"),
    namespace: Some(KUBE_SYSTEM),
    purpose: "the same, by a role of its own",
};
pub(super) const CLUSTER_ROLES: Right = Right {
    verb: "get",
    what: object("rbac.authorization.k8s.io", "clusterroles"),
    namespace: None,
    purpose: "what a binding of an extension server's account gives",
};
/// cert-manager's objects, where a cluster has them.
pub(super) const CERTIFICATES: Right = Right {
    verb: "list",
    what: object("cert-manager.io", "certificates"),
    namespace: None,
    purpose: "what cert-manager issues to extension servers, and from where it fills in a caBundle",
};
pub(super) const ISSUERS: Right = Right {
    verb: "list",
    what: object("cert-manager.io", "issuers"),
    namespace: None,
    purpose: "which CA signs these certificates",
};
pub(super) const CLUSTER_ISSUERS: Right = Right { what: object("cert-manager.io", "clusterissuers"), ..ISSUERS };
pub(super) const METRICS: Right = Right {
    verb: "get",
    what: Resource::Path("/metrics"),
    namespace: None,
    purpose: "which API server finds an extension server unavailable",
};

/// All of them, in the order in which they are used.
pub const RIGHTS: [Right; 14] = [
    AUTHENTICATION,
    API_SERVICES,
    SERVICES,
    ENDPOINT_SLICES,
    PODS,
    DEPLOYMENTS,
    ROLE_BINDINGS,
    ROLES,
    CLUSTER_ROLE_BINDINGS,
    CLUSTER_ROLES,
    CERTIFICATES,
    ISSUERS,
    CLUSTER_ISSUERS,
    METRICS,
];

/// A WebSocket is opened with GET; since 1.35 that needs `create` as well, as the POST of SPDY always did
/// (`AuthorizePodWebsocketUpgradeCreatePermission`).
pub(super) const FORWARD: Right = Right {
    verb: "get",
    what: object("", "pods/portforward"),
    namespace: None,
    purpose: "a Pod's own answer where only the API is reachable",
};
pub(super) const FORWARD_CREATE: Right = Right { verb: "create", ..FORWARD };

/// What asking the servers themselves needs besides, where their addresses cannot be reached.
pub const PROBE_RIGHTS: [Right; 2] = [FORWARD, FORWARD_CREATE];

impl fmt::Display for Right {
    /// As `kubectl auth can-i` takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.what)?;
        self.namespace.map_or(Ok(()), |namespace| write!(f, " -n {namespace}"))
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.write_str(path),
            Self::Object { group, resource, name } => {
                f.write_str(resource)?;
                if !group.is_empty() {
                    write!(f, ".{group}")?;
                }
                name.map_or(Ok(()), |name| write!(f, "/{name}"))
            }
        }
    }
}
