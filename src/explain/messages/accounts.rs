//! Accounts to which no right is to be given by hand: what a line asks for in their name is no advice.

use regex::Captures;

use super::Explanation;

/// How every command begins that makes a role or binds one.
const CREATES: &str = "kubectl create ";

/// What an answer that would bind something to the account says in place of it, and what to run; `None`: it may be bound.
///
/// The prefix `system:` is reserved for Kubernetes (documentation, "Using RBAC Authorization", referring to subjects).
fn instead(captures: &Captures<'_>) -> Option<(String, Option<String>)> {
    let text = |name: &str| captures.name(name).map(|group| group.as_str());
    let user = text("user").unwrap_or_default();
    let of_account = || text("account").zip(text("namespace"));
    let of_user = || user.strip_prefix("system:serviceaccount:")?.split_once(':').map(|(space, name)| (name, space));
    if let Some(("default", namespace)) = of_account().or_else(of_user) {
        return Some((
            format!(
                "`default` itself is to get no right, though: every Pod of {namespace} that names no account runs as it. Give the program \
                 an account of its own (serviceAccountName), and that the right."
            ),
            Some(format!(
                "kubectl get pods --namespace={namespace} -o custom-columns=NAME:.metadata.name,ACCOUNT:.spec.serviceAccountName"
            )),
        ));
    }
    if matches!(user, "system:anonymous" | "system:unauthenticated") {
        let meaning =
            format!("{user} itself is to get no right, though: that is everybody. Give the client credentials.");
        return Some((meaning, None));
    }
    let is_reserved = user.starts_with("system:") && !user.starts_with("system:serviceaccount:");
    is_reserved.then(|| {
        let meaning = format!(
            "`{user}` itself is to get no right by hand, though: names that begin with `system:` are those of Kubernetes itself, and \
             kube-apiserver makes their roles and puts them right at each start (kubernetes.io/bootstrapping: rbac-defaults). Until then that \
             passes; where it stays, another component asks in its name, or one of another version."
        );
        (meaning, Some("kubectl get clusterroles,clusterrolebindings -l kubernetes.io/bootstrapping=rbac-defaults".to_owned()))
    })
}

/// The same explanation without commands that would give a right to everybody, or to a part of Kubernetes.
pub(super) fn spare(found: Explanation, captures: &Captures<'_>) -> Explanation {
    if !found.next.iter().any(|command| command.starts_with(CREATES)) {
        return found;
    }
    let Some((meaning, command)) = instead(captures) else { return found };
    let kept = found.next.into_iter().filter(|command| !command.starts_with(CREATES));
    Explanation { meaning: format!("{} {meaning}", found.meaning), next: kept.chain(command).collect(), ..found }
}
