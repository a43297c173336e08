//! Accounts to which no right is to be given by hand, and rights that no account is to be given: what a line asks for is no
//! advice.

use regex::Captures;

/// Whether a command of a row gives a right.
pub(in crate::explain) fn gives_right(command: &str) -> bool {
    command.starts_with("kubectl create ")
}

/// What is told where nobody is to get the right by hand.
pub(super) struct NoRight {
    pub meaning: String,
    /// In place of the commands that would give one.
    pub next: Option<String>,
}

impl NoRight {
    /// `None`: the account that a record names may be given the right.
    ///
    /// The prefix `system:` is reserved for Kubernetes (documentation, "Using RBAC Authorization", referring to subjects).
    pub(super) fn of(captures: &Captures<'_>) -> Option<Self> {
        let text = |name: &str| captures.name(name).map_or("", |group| group.as_str());
        Self::of_right(text("verb"), text("resource"))
            .or_else(|| Self::of_kubelets(text("account"), text("sub")))
            .or_else(|| Self::of_account(captures))
    }

    /// With these its holder takes other rights (documentation, "Role Based Access Control Good Practices", privilege escalation
    /// risks).
    fn of_right(verb: &str, resource: &str) -> Option<Self> {
        let reads = matches!(verb, "get" | "list" | "watch");
        let writes = |group: &str| !reads && resource.split_once('.').is_some_and(|(_, of)| of == group);
        let why = match verb {
            "impersonate" => "whoever may impersonate users or groups is each of them, system:masters too",
            "escalate" | "bind" => "whoever may do that with roles gives himself every other right",
            "approve" | "sign" => "whoever approves or signs certificates gets one for any user",
            _ if writes("rbac.authorization.k8s.io") => "roles and bindings hand rights on",
            _ if writes("certificates.k8s.io") => "certificates make users",
            _ if writes("admissionregistration.k8s.io") => {
                "whoever writes these sees each object that is written, Secrets too, and changes it"
            }
            _ => return None,
        };
        Some(Self::of_a_reason(why))
    }

    fn of_kubelets(account: &str, sub: &str) -> Option<Self> {
        let is_proxy = sub == "proxy" && !account.is_empty();
        is_proxy.then(|| Self::of_a_reason("whoever may use nodes/proxy runs commands in every Pod"))
    }

    fn of_a_reason(why: &str) -> Self {
        Self {
            meaning: format!(
                "No command is printed for that right, though: {why}. Where somebody is meant to have it, a role that names the very \
                 objects (resourceNames) gives less."
            ),
            next: None,
        }
    }

    fn of_account(captures: &Captures<'_>) -> Option<Self> {
        let text = |name: &str| captures.name(name).map(|group| group.as_str());
        let user = text("user").unwrap_or_default();
        let of_account = || text("account").zip(text("namespace"));
        let of_user =
            || user.strip_prefix("system:serviceaccount:")?.split_once(':').map(|(space, name)| (name, space));
        match of_account().or_else(of_user) {
            Some(("default", namespace)) => Some(Self::of_default(namespace)),
            Some(_) => None,
            None if user.starts_with("system:serviceaccount:") => Some(Self::of_unknown()),
            None => Self::of_user(user),
        }
    }

    /// A name of which a part is missing, blacked out perhaps.
    fn of_unknown() -> Self {
        Self {
            meaning: "The line does not name the account's namespace and name, so no command is printed that gives it the right.".to_owned(),
            next: None,
        }
    }

    fn of_default(namespace: &str) -> Self {
        Self {
            meaning: format!(
                "`default` itself is to get no right, though: every Pod of {namespace} that names no account runs as it. Give \
                 the program an account of its own (serviceAccountName), and that the right."
            ),
            next: Some(format!(
                "kubectl get pods --namespace={namespace} -o custom-columns=NAME:.metadata.name,ACCOUNT:.spec.serviceAccountName"
            )),
        }
    }

    fn of_user(user: &str) -> Option<Self> {
        if matches!(user, "system:anonymous" | "system:unauthenticated") {
            let meaning =
                format!("{user} itself is to get no right, though: that is everybody. Give the client credentials.");
            return Some(Self { meaning, next: None });
        }
        if user.starts_with("system:node:") {
            let meaning = format!(
                "`{user}` itself is to get no right by hand, though: the Node authorizer and the ClusterRole system:node give a kubelet what it needs. \
                 Whatever asks for more in its name has a kubelet's certificate that it is not to have: give it one of its own."
            );
            return Some(Self { meaning, next: None });
        }
        if user.starts_with("system:bootstrap:") {
            let meaning = format!(
                "`{user}` is a bootstrap token, with which a node joins, and it is to get no right by hand. kubeadm makes what it may \
                 read: the phases upload-config, upload-certs and bootstrap-token of `kubeadm init` put the ConfigMaps, the Secret \
                 kubeadm-certs (which ends after two hours) and their Roles there; run the one that the line misses again on a \
                 control-plane node."
            );
            return Some(Self { meaning, next: Some("kubeadm token list    # on a control-plane node".to_owned()) });
        }
        if !user.starts_with("system:") {
            return None;
        }
        if !is_of_bootstrap_policy(user) {
            let meaning = format!(
                "`{user}` is no user of Kubernetes' own, which the prefix `system:` is reserved for: an add-on or a distribution calls itself so, and \
                 its manifests bring its roles and bindings. Install these anew, in the version of the program that asks, rather than give it a \
                 right by hand."
            );
            return Some(Self {
                meaning,
                next: Some("kubectl get clusterrolebindings,rolebindings -A -o wide".to_owned()),
            });
        }
        Some(Self {
            meaning: format!(
                "`{user}` itself is to get no right by hand, though: names that begin with `system:` are those of Kubernetes \
                 itself, and kube-apiserver makes their roles and puts them right at each start (kubernetes.io/bootstrapping: \
                 rbac-defaults). Until then that passes; where it stays, another component asks in its name, or one of another \
                 version."
            ),
            next: Some(
                "kubectl get clusterroles,clusterrolebindings -l kubernetes.io/bootstrapping=rbac-defaults".to_owned(),
            ),
        })
    }
}

/// Whether kube-apiserver binds roles to a user by itself (plugin/pkg/auth/authorizer/rbac/bootstrappolicy, policy.go), or is that
/// user.
fn is_of_bootstrap_policy(user: &str) -> bool {
    ["system:kube-", "system:node:", "system:volume-", "system:apiserver", "system:masters"]
        .iter()
        .any(|known| user.starts_with(known))
}
