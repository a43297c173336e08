//! Whether the account of an extension API server has a right, as far as the objects tell.

use crate::model::{ExtensionServer, Objects, Reason};
use crate::source::resource::{Binding, PolicyRule, Role, Subject, may_be_same};

use super::extension::KUBE_SYSTEM;
use crate::text::shell_command;

/// The Role that lets an account read the ConfigMap, in kube-system (`bootstrappolicy.init`).
pub(crate) const READER: &str = "extension-apiserver-authentication-reader";
pub(crate) const DELEGATOR: &str = "system:auth-delegator";

/// The ClusterRoles that every account has by itself (`bootstrappolicy.ClusterRoleBindings`).
const OF_EVERYBODY: [&str; 5] = [
    "system:basic-user",
    "system:cluster-trust-bundle-discovery",
    "system:discovery",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
];

/// A right that such a server needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// To read the ConfigMap `kube-system/extension-apiserver-authentication`, once.
    GetConfigMap,
    /// To list it, by its name, and so to load what it holds (`ConfigMapCAController`).
    ListConfigMap,
    /// To ask kube-apiserver whether a user may do something.
    ReviewAccess,
}

/// Whether an account has it.
#[derive(Debug)]
pub(crate) enum Holding<'a> {
    Granted,
    /// It has not, as far as what is here goes; and a binding that was meant to give it, with what is wrong with it.
    Missing(Option<(&'a Binding, String)>),
    NotKnown(Reason),
}

impl Right {
    fn is_given_by_role(self, kind: &str, name: &str) -> bool {
        match self {
            Self::GetConfigMap | Self::ListConfigMap => match kind {
                "Role" => name == READER,
                // `view` and what is above it read every ConfigMap of the namespace.
                _ => ["cluster-admin", "admin", "edit", "view"].contains(&name),
            },
            Self::ReviewAccess => kind == "ClusterRole" && [DELEGATOR, "cluster-admin"].contains(&name),
        }
    }

    fn is_given_by_rule(self, rule: &PolicyRule) -> bool {
        let config_map = |verb| rule.allows(verb, "", "configmaps", "extension-apiserver-authentication");
        match self {
            Self::GetConfigMap => config_map("get"),
            Self::ListConfigMap => config_map("list"),
            Self::ReviewAccess => rule.allows("create", "authorization.k8s.io", "subjectaccessreviews", ""),
        }
    }

    /// Whether a binding reaches where the right is needed.
    fn is_in_reach(self, binding: &Binding) -> bool {
        binding.is_of_cluster() || self != Self::ReviewAccess && binding.object.may_be_in(Some(KUBE_SYSTEM))
    }

    fn role(self) -> &'static str {
        match self {
            Self::GetConfigMap | Self::ListConfigMap => READER,
            Self::ReviewAccess => DELEGATOR,
        }
    }
}

/// Whether the account that a server's Pods run as has a right.
pub(crate) fn holding<'a>(server: &ExtensionServer, right: Right, objects: &'a Objects) -> Holding<'a> {
    let mut unknown = None;
    for binding in
        objects.bindings_of(server.service_account()).filter(|binding| names(binding, server) || binding.is_opaque)
    {
        if !right.is_in_reach(binding) {
            continue;
        }
        match gives(binding, right, objects) {
            Some(true) if is_placed(binding, server) => return Holding::Granted,
            Some(true) => {
                let why = format!(
                    "{} has no namespace, so that kubectl puts it where it stands; it counts in {KUBE_SYSTEM}",
                    binding.object
                );
                unknown.get_or_insert(Reason::undecided(why).at(&binding.object.name.origin));
            }
            Some(false) => {}
            None => {
                let why = format!("what {} {} allows is not among the objects", binding.role_kind, binding.role.value);
                unknown.get_or_insert(Reason::undecided(why).at(&binding.role.origin));
            }
        }
    }
    if let Some(why) = unknown {
        return Holding::NotKnown(why);
    }
    let meant = objects.bindings().find_map(|binding| Some((binding, meant(binding, server, right)?)));
    if meant.is_some() || is_evidence(server, right, objects) {
        return Holding::Missing(meant);
    }
    Holding::NotKnown(Reason::undecided(format!(
        "no binding of ServiceAccount {} is among the objects",
        account(server)
    )))
}

/// The ClusterRole that lets the account of a server change an APIService, by the name of the resource: one that may do
/// everything need not mean it. Such a server may write the caBundle for the certificate that it made.
pub(crate) fn role_to_change<'a>(
    server: &ExtensionServer,
    api_service: &str,
    objects: &'a Objects,
) -> Option<&'a Role> {
    const RESOURCE: &str = "apiservices";
    let may_change = |rule: &PolicyRule| {
        let allows = |verb: &&str| rule.allows(verb, "apiregistration.k8s.io", RESOURCE, api_service);
        rule.resources.iter().any(|resource| resource == RESOURCE) && ["update", "patch"].iter().any(allows)
    };
    let bindings = objects.bindings_of(server.service_account());
    let bindings = bindings.filter(|binding| binding.is_of_cluster() && names(binding, server));
    let mut roles = bindings.flat_map(|binding| objects.roles(&binding.role.value));
    roles.find(|role| role.object.kind.value == "ClusterRole" && role.rules.iter().any(may_change))
}

/// Whether it is told where a binding is. Where nothing has a namespace, all of it goes where somebody puts it.
fn is_placed(binding: &Binding, server: &ExtensionServer) -> bool {
    binding.is_of_cluster() || binding.object.namespace().is_some() || server.namespace().is_none()
}

/// `namespace/name` of the account.
pub(crate) fn account(server: &ExtensionServer) -> String {
    let name = server.service_account();
    server.namespace().map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"))
}

/// The command that gives the right to the account of a server. `kubectl create` refuses a name that is taken, and no
/// binding gets another role.
pub(crate) fn bind(server: &ExtensionServer, right: Right, objects: &Objects) -> String {
    let of_cluster = right == Right::ReviewAccess;
    let (kind, role, ending) = if of_cluster {
        ("clusterrolebinding", format!("--clusterrole={DELEGATOR}"), format!(":{DELEGATOR}"))
    } else {
        ("rolebinding", format!("--role={READER}"), "-auth-reader".to_owned())
    };
    let account =
        format!("--serviceaccount={}:{}", server.namespace().unwrap_or("NAMESPACE"), server.service_account());
    let namespace = (!of_cluster).then(|| format!("--namespace={KUBE_SYSTEM}"));
    let workload = &server.workload.object.name.value;
    let usual = format!("{workload}{ending}");
    let is_there = |binding: &&Binding| binding.is_of_cluster() == of_cluster && binding.object.name.value == usual;
    let there = objects.bindings().filter(|binding| right.is_in_reach(binding)).find(is_there);
    let (action, name, role) = match there.map(|binding| gives(binding, right, objects)) {
        None => (&["create"][..], usual, Some(role)),
        Some(Some(true)) => (&["set", "subject"][..], usual, None),
        Some(_) => (&["create"][..], format!("{workload}-{}{ending}", server.service_account()), Some(role)),
    };
    let words = ["kubectl"].iter().chain(action).map(|word| (*word).to_owned());
    let words = words.chain([kind.to_owned(), name]).chain(namespace).chain(role).chain([account]);
    shell_command(&words.collect::<Vec<_>>())
}

/// Whether a binding's role gives it; `None`: the role is not here.
fn gives(binding: &Binding, right: Right, objects: &Objects) -> Option<bool> {
    let (kind, name) = (binding.role_kind.as_str(), binding.role.value.as_str());
    // kube-apiserver refuses a ClusterRoleBinding to a Role.
    if binding.is_of_cluster() && kind == "Role" {
        return Some(false);
    }
    if right.is_given_by_role(kind, name) {
        return Some(true);
    }
    // No cluster has such a role of the other kind.
    if name == READER || name == DELEGATOR || (kind == "ClusterRole" && OF_EVERYBODY.contains(&name)) {
        return Some(false);
    }
    let is_role = |role: &&Role| {
        role.object.kind.value == kind && { kind == "ClusterRole" || role.object.may_be_in(binding.object.namespace()) }
    };
    let role = objects.roles(name).find(is_role)?;
    let given = role.rules.iter().any(|rule| right.is_given_by_rule(rule));
    if role.is_opaque && !given { None } else { Some(given) }
}

/// Whether the account is among a binding's subjects, by itself or in a group.
fn names(binding: &Binding, server: &ExtensionServer) -> bool {
    binding.subjects.iter().any(|subject| is_account(subject, server) || is_group(subject, server))
}

fn is_account(subject: &Subject, server: &ExtensionServer) -> bool {
    let namespace = subject.namespace.as_ref().map(|namespace| namespace.value.as_str());
    let may_be_in = |namespace: &str| may_be_same(namespace, server.namespace());
    match subject.kind.as_str() {
        "ServiceAccount" => {
            may_be_same(&subject.name.value, Some(server.service_account())) && namespace.is_none_or(may_be_in)
        }
        "User" => server.namespace().is_some_and(|namespace| {
            subject.name.value == format!("system:serviceaccount:{namespace}:{}", server.service_account())
        }),
        _ => false,
    }
}

fn is_group(subject: &Subject, server: &ExtensionServer) -> bool {
    let group = subject.name.value.as_str();
    let of_namespace = group.strip_prefix("system:serviceaccounts:");
    subject.kind == "Group"
        && (["system:serviceaccounts", "system:authenticated"].contains(&group)
            || of_namespace.is_some_and(|namespace| may_be_same(namespace, server.namespace())))
}

/// What is wrong with a binding that names the right's role.
fn meant(binding: &Binding, server: &ExtensionServer, right: Right) -> Option<String> {
    if binding.role.value != right.role() {
        return None;
    }
    let named = names(binding, server);
    let (kind, role) = (binding.role_kind.as_str(), binding.role.value.as_str());
    match right {
        _ if !named => {
            let named: Vec<&Subject> =
                binding.subjects.iter().filter(|subject| subject.kind == "ServiceAccount").collect();
            let [subject] = named.as_slice() else { return None };
            let alike = subject.name.value == server.service_account()
                || subject
                    .namespace
                    .as_ref()
                    .is_some_and(|namespace| Some(namespace.value.as_str()) == server.namespace());
            let namespace = subject.namespace.as_ref().map_or("", |namespace| namespace.value.as_str());
            let other = || {
                format!(
                    "names ServiceAccount {namespace}/{}, but the Pods run as {}",
                    subject.name.value,
                    account(server)
                )
            };
            alike.then(other)
        }
        Right::GetConfigMap | Right::ListConfigMap if binding.is_of_cluster() || kind == "ClusterRole" => {
            Some(format!("names a ClusterRole {role}, and there is none: it is a Role in {KUBE_SYSTEM}"))
        }
        Right::GetConfigMap | Right::ListConfigMap => {
            Some(format!("stands outside of {KUBE_SYSTEM}, where the Role is"))
        }
        Right::ReviewAccess if !binding.is_of_cluster() => {
            Some("gives the right in one namespace only; access reviews are no namespaced objects".to_owned())
        }
        Right::ReviewAccess => Some(format!("names a {kind} {role}, and there is none: it is a ClusterRole")),
    }
}

/// Whether the account's bindings are here, so that one which is not here is not there: one of them is, or those of a
/// cluster are.
fn is_evidence(server: &ExtensionServer, right: Right, objects: &Objects) -> bool {
    let is_its_own = |binding: &Binding| binding.subjects.iter().any(|subject| is_account(subject, server));
    let of_cluster = |binding: &Binding| binding.object.from_cluster && right.is_in_reach(binding);
    objects.bindings_of(server.service_account()).any(is_its_own) || objects.bindings().any(of_cluster)
}
