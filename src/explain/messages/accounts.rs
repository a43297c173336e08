//! Accounts to which no right is to be given by hand, and rights that no account is to be given: what a line asks for is no
//! advice.

use std::borrow::Cow;

use regex::Captures;
use serde_json::json;

use crate::text::shell_word;

/// In a row's commands: those that give the very right which the record misses.
pub(super) const GRANT: &str = "kubectl create (that right)";
/// The same, of a name that may be the proxy client's.
pub(super) const GRANT_TO_A_PERSON: &str = "kubectl create (that right to a person)";

/// Asks whether the user has it by now.
pub(super) const CAN_I: &str = "kubectl auth can-i (that)";

/// In a row's meaning: the resource that may not be used, with its group and subresource.
pub(super) const RIGHT: &str = "{RIGHT}";

pub(super) fn right(captures: &Captures<'_>) -> String {
    let right = Right::of(captures);
    right.with_sub(&right.resource)
}

/// Whether a command of a row gives a right.
pub(in crate::explain) fn gives_right(command: &str) -> bool {
    command.starts_with("kubectl create ") || command.ends_with("kubectl create -f -")
}

/// A group of the captures; empty where it is not in the record.
fn group<'a>(captures: &Captures<'a>, name: &str) -> &'a str {
    captures.name(name).map_or("", |group| group.as_str())
}

/// The namespace and name of a service account among users.
fn service_account(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix("system:serviceaccount:")?.split_once(':')
}

/// The commands behind `GRANT`: no more than the record misses, and none that gives it where the line was cut before it says
/// in which namespace.
pub(super) fn grant(command: &str, captures: &Captures<'_>) -> Vec<String> {
    let right = Right::of(captures);
    let condition = if command == GRANT { "" } else { "    # if that is a person" };
    let is_whole = captures.name("scope").is_some() || captures.name("inner").is_none();
    if command == CAN_I || !is_whole {
        return vec![right.can_i()];
    }
    [right.role(), right.binding()].map(|command| command + condition).into()
}

fn words(words: &[&str]) -> String {
    words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ")
}

/// A right that somebody lacks.
struct Right<'a> {
    verb: &'a str,
    /// With its group.
    resource: Cow<'a, str>,
    sub: &'a str,
    object: &'a str,
    /// Empty: in the whole cluster.
    namespace: &'a str,
    user: &'a str,
}

impl<'a> Right<'a> {
    fn of(captures: &Captures<'a>) -> Self {
        let text = |name| group(captures, name);
        let sub = text("sub").trim_start_matches('/');
        // What stands behind the verb counts: an extension API server may refuse for the lack of another right.
        let resource = match (text("inner"), captures.name("group").map(|of| of.as_str())) {
            ("", _) | (_, None) => text("resource").into(),
            (inner, Some("")) => inner.into(),
            (inner, Some(of)) => format!("{inner}.{of}").into(),
        };
        let [verb, object, namespace, user] = ["verb", "object", "where", "user"].map(text);
        Self { verb, resource, sub, object, namespace, user }
    }

    fn can_i(&self) -> String {
        let (sub, user) = (format!("--subresource={}", self.sub), format!("--as={}", self.user));
        let namespace = format!("--namespace={}", self.namespace);
        let mut all = vec!["kubectl", "auth", "can-i", self.verb, &self.resource];
        all.extend((!self.sub.is_empty()).then_some(sub.as_str()));
        all.extend((!self.namespace.is_empty()).then_some(namespace.as_str()));
        all.push(&user);
        words(&all)
    }

    fn with_sub(&self, resource: &str) -> String {
        if self.sub.is_empty() { resource.to_owned() } else { format!("{resource}/{}", self.sub) }
    }

    /// What role and binding are called: neither may hold a slash or a percent sign (apimachinery, ValidatePathSegmentName).
    fn name(&self) -> String {
        let who = service_account(self.user).map_or(self.user, |(_, name)| name);
        format!("{who}-{}-{}", self.verb, self.with_sub(&self.resource)).replace(['/', '%'], "-")
    }

    /// `kubectl create`, the kind, its name, and the namespace where there is one.
    fn create(&self, kind: &str, rest: &[String]) -> String {
        let kind = if self.namespace.is_empty() { format!("cluster{kind}") } else { kind.to_owned() };
        let (name, namespace) = (self.name(), format!("--namespace={}", self.namespace));
        let mut all = vec!["kubectl", "create", &kind, &name];
        all.extend((!self.namespace.is_empty()).then_some(namespace.as_str()));
        all.extend(rest.iter().map(String::as_str));
        words(&all)
    }

    fn role(&self) -> String {
        match self.resource.split_once('.').filter(|(_, of)| lists_no_resources(of)) {
            Some((resource, of)) => self.role_as_json(resource, of),
            None => {
                let mut rest =
                    vec![format!("--verb={}", self.verb), format!("--resource={}", self.with_sub(&self.resource))];
                rest.extend(self.is_called_by_name().then(|| format!("--resource-name={}", self.object)));
                self.create("role", &rest)
            }
        }
    }

    fn role_as_json(&self, resource: &str, of: &str) -> String {
        let mut metadata = json!({"name": self.name()});
        if !self.namespace.is_empty() {
            metadata["namespace"] = json!(self.namespace);
        }
        let kind = if self.namespace.is_empty() { "ClusterRole" } else { "Role" };
        let rules = json!([{"apiGroups": [of], "resources": [self.with_sub(resource)], "verbs": [self.verb]}]);
        let role =
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, "rules": rules});
        format!("echo {} | kubectl create -f -", shell_word(&role.to_string()))
    }

    fn binding(&self) -> String {
        let role = if self.namespace.is_empty() { "clusterrole" } else { "role" };
        let subject = match service_account(self.user) {
            Some((namespace, account)) => format!("--serviceaccount={namespace}:{account}"),
            None => format!("--user={}", self.user),
        };
        self.create("rolebinding", &[format!("--{role}={}", self.name()), subject])
    }

    /// Whether a program asks for that very object, and not for one of many.
    fn is_called_by_name(&self) -> bool {
        // What is in no namespace is read of all, and written by name.
        let is_of_cluster = self.namespace.is_empty() && self.verb != "get";
        !matches!(self.object, "" | "*")
            && matches!(self.verb, "get" | "update" | "patch" | "delete")
            && (is_of_cluster || matches!(&*self.resource, "secrets" | "configmaps" | "leases.coordination.k8s.io"))
    }
}

/// Whether discovery names no resources of a group by which kubectl would know them (kubectl, create_role.go, `validateResource`).
fn lists_no_resources(of: &str) -> bool {
    matches!(of, "custom.metrics.k8s.io" | "external.metrics.k8s.io" | "subresources.kubevirt.io")
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
        Self::of_right(&Right::of(captures)).or_else(|| Self::of_account(captures))
    }

    /// With these its holder takes other rights (documentation, "Role Based Access Control Good Practices", privilege escalation
    /// risks).
    fn of_right(right: &Right<'_>) -> Option<Self> {
        let Right { verb, sub, namespace, .. } = *right;
        let resource = &*right.resource;
        let reads = matches!(verb, "get" | "list" | "watch");
        let writes = |group: &str| !reads && resource.split_once('.').is_some_and(|(_, of)| of == group);
        let why = match (resource, sub) {
            _ if verb == "impersonate" => "whoever may impersonate users or groups is each of them, system:masters too",
            _ if matches!(verb, "escalate" | "bind") => {
                "whoever may do that with roles gives himself every other right"
            }
            _ if matches!(verb, "approve" | "sign") => "whoever approves or signs certificates gets one for any user",
            ("nodes", "proxy") => "whoever may use nodes/proxy runs commands in every Pod",
            ("serviceaccounts", "token") => "whoever may make tokens for accounts is each of them",
            ("secrets", "") if reads && namespace.is_empty() => {
                "whoever reads the Secrets of all namespaces has each password and token in them"
            }
            _ if writes("rbac.authorization.k8s.io") => "roles and bindings hand rights on",
            _ if writes("certificates.k8s.io") => "certificates make users",
            _ if writes("admissionregistration.k8s.io") => {
                "whoever writes these sees each object that is written, Secrets too, and changes it"
            }
            _ if writes("apiregistration.k8s.io") && !right.is_called_by_name() => {
                "whoever writes APIServices has the requests of all users for a group go to a server of his own"
            }
            _ => return None,
        };
        Some(Self::of_a_reason(why))
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
        let user = group(captures, "user");
        let of_account = captures.name("account").map(|account| (group(captures, "namespace"), account.as_str()));
        match of_account.or_else(|| service_account(user)) {
            Some((namespace, "default")) => Some(Self::of_default(namespace)),
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
