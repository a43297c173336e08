//! Accounts to which no right is to be given by hand: what a line asks for in their name is no advice.

use regex::Captures;

/// Whether a command of a row gives a right.
pub(super) fn gives_right(command: &str) -> bool {
    command.starts_with("kubectl create ")
}

/// What is told of an account that is to get no right by hand.
pub(super) struct NoRight {
    pub meaning: String,
    /// In place of the commands that would give one.
    pub next: Option<String>,
}

impl NoRight {
    /// `None`: the account that a record names may be given rights.
    ///
    /// The prefix `system:` is reserved for Kubernetes (documentation, "Using RBAC Authorization", referring to subjects).
    pub(super) fn of(captures: &Captures<'_>) -> Option<Self> {
        let text = |name: &str| captures.name(name).map(|group| group.as_str());
        if is_of_administrators(text("verb").unwrap_or_default(), text("resource").unwrap_or_default()) {
            return Some(Self {
                meaning: "Whoever has that right can give itself, or take on, any other: no command for it is printed here. Give it by hand, bound to single names \
                          (resourceNames), or have somebody who may do what the client is to do."
                    .to_owned(),
                next: None,
            });
        }
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

/// Rights by which a user becomes any other (kubernetes.io, "Role Based Access Control Good Practices", privilege escalation).
fn is_of_administrators(verb: &str, resource: &str) -> bool {
    let kind = resource.split('.').next().unwrap_or_default();
    matches!(verb, "impersonate" | "escalate" | "bind" | "approve" | "sign")
        || verb != "get"
            && verb != "list"
            && verb != "watch"
            && matches!(
                kind,
                "roles" | "rolebindings" | "clusterroles" | "clusterrolebindings" | "serviceaccounts/token"
            )
}

/// Whether kube-apiserver binds roles to a user by itself (plugin/pkg/auth/authorizer/rbac/bootstrappolicy, policy.go), or is that
/// user.
fn is_of_bootstrap_policy(user: &str) -> bool {
    ["system:kube-", "system:node:", "system:volume-", "system:apiserver", "system:masters"]
        .iter()
        .any(|known| user.starts_with(known))
}
