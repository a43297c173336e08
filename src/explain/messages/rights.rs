//! Who may do what: lines of authorizers.

use super::super::pattern::{aggregators_user, discovered, group_of, one_of};
use super::accounts::{CAN_I, GRANT, GRANT_TO_A_PERSON};
use super::{About, CHECK, CHECK_OBJECTS, Message};
use crate::kubernetes::names::{aggregated_groups, own_groups};

/// An account that may not ask about a user's rights, or whose token it was shown.
macro_rules! may_not_ask {
    ($before:literal, $account:expr) => {
        concat!(
            $before,
            r#"(?:invalid bearer token, )?\b(?P<review>subjectaccessreviews|tokenreviews)\S* is forbidden: User "system:serviceaccount:(?P<namespace>[^":]+):(?P<account>"#,
            $account,
            r#")""#
        )
    };
}

/// The same without what stands before the user, and in the words of before 1.12 and of other authorizers.
macro_rules! may_not_create {
    ($account:expr) => {
        concat!(
            r#"User "system:serviceaccount:(?P<namespace>[^":]+):(?P<account>"#,
            $account,
            r#")" cannot create (?:resource ")?(?P<review>subjectaccessreviews|tokenreviews)\b"#
        )
    };
}

/// What accounts of extension API servers are called.
macro_rules! of_extension {
    () => {
        r#"(?:[^"]*(?:metrics-?(?:server|adapter|api)|(?:^|metrics|prometheus|stackdriver|datadog|cloudwatch|azure)[a-z-]*adapter|api-?server|aggregated-api|extension-(?:api-?)?server|keda|cluster-agent)[^"]*|adapter|cert-manager-webhook-[^"]+)"#
    };
}

/// Who asks about users with a kubeconfig.
macro_rules! user_may_not_ask {
    ($user:literal) => {
        concat!(r#"\b(?P<review>subjectaccessreviews|tokenreviews)\S* is forbidden: User "(?P<user>"#, $user, r#")""#)
    };
}

const MAY_NOT_ASK: Message = Message {
    pattern: "",
    printed_by: "an extension API server that may not ask kube-apiserver about users",
    about: About::ExtensionServer,
    meaning: "The service account {account} in the namespace {namespace} may not create {review}: it cannot ask \
        kube-apiserver what a user may do (subjectaccessreviews), or whose bearer token it was shown (tokenreviews). Without the \
        former, ordinary users get 500 or 403 while members of system:masters get 200, so admins never see it. The certificates \
        are not the cause: bind the ClusterRole system:auth-delegator.",
    rules: &["extension-auth-delegator"],
    next: &[
        "kubectl create clusterrolebinding {account}:system:auth-delegator --clusterrole=system:auth-delegator --serviceaccount={namespace}:{account}",
    ],
    ..Message::PLAIN
};

/// An account of which nothing tells that it is an extension API server's: other servers ask in the same words
/// (k8s.io/apiserver, plugin/pkg/authenticator and authorizer/webhook).
const SOMEBODY_MAY_NOT_ASK: Message = Message {
    pattern: "",
    printed_by: "a program that may not ask kube-apiserver about users or tokens",
    about: About::SomethingElse,
    meaning: "This is not the front proxy: the service account {account} in the namespace {namespace} may not create {review}, so the \
        program that runs as it (a proxy such as oauth-proxy or kube-rbac-proxy, Vault, or an extension API server) cannot ask \
        kube-apiserver what a user may do, or whose bearer token it was shown. The certificates are not the cause: bind the ClusterRole \
        system:auth-delegator.",
    rules: &["extension-auth-delegator"],
    next: MAY_NOT_ASK.next,
    ..Message::PLAIN
};

/// Who may not do what, as apimachinery writes it (errors.NewForbidden) and before 1.12.
macro_rules! forbidden {
    ($resource:expr, $user:expr) => {
        concat!(
            r#"\b(?P<resource>"#,
            $resource,
            r#")(?: "(?P<object>[^"]*)")? is forbidden: User "(?P<user>"#,
            $user,
            r#")" cannot (?P<verb>\w+)"#,
            r#"(?: (?:resource ")?(?P<inner>[\w.|*:-]+)(?P<sub>/[^"\s]+)?"?(?: in API group "(?P<group>[^"]*)")?(?: (?P<scope>at the cluster scope|in the namespace "(?P<where>[^"\s]+)"))?)?"#
        )
    };
}

/// The same without what stands before the user.
macro_rules! cannot {
    ($group:expr) => {
        concat!(
            r#"^\W{0,4}User [\\"]{1,4}(?P<user>[^"\\\n]{1,200})[\\"]{1,4} cannot (?P<verb>\w+) (?:resource [\\"]{1,4}(?P<inner>[\w.|*:-]+)(?P<sub>/[^"\s\\]+)?[\\"]{1,4} in API group [\\"]{1,4}(?P<group>"#,
            $group,
            r#")[\\"]{1,4}|(?P<resource>[\w|*-]+\.(?:"#,
            $group,
            r#"))\b)(?: (?P<scope>at the cluster scope|in the namespace [\\"]{1,4}(?P<where>[^"\s\\]+)[\\"]{1,4}))?"#
        )
    };
}

/// A resource of an aggregated API.
macro_rules! of_aggregated {
    () => {
        concat!(r"[\w.|/*-]+\.", aggregated_groups!(group_of))
    };
}

/// Any other.
macro_rules! of_any {
    () => {
        r"[A-Za-z][\w.|/-]*"
    };
}

const MAY_BE_PROXY_CLIENT: Message = Message {
    pattern: "",
    printed_by: "kube-apiserver's or an extension API server's authorizer",
    about: About::NotTold,
    meaning: "`{user}` may not {verb} {RIGHT} {scope}. If that is the common name of the proxy client's certificate (an IP address or a \
        host name often is), the proxy client itself was taken for the user: the extension API server does not know it as a front proxy, \
        and the user who asked is not seen; a right for that name would be everybody's. If it is a person or a service account, only the \
        rights are missing (for metrics the ClusterRoles system:aggregated-metrics-reader or view).",
    rules: &["proxy-client-also-a-user", "proxy-client-name-not-allowed", "requestheader-ca-logs-in"],
    next: &[CAN_I, CHECK, CHECK_OBJECTS],
    ..Message::PLAIN
};

/// What kube-apiserver serves below /api/v1; other groups have resources of these names too.
macro_rules! core_resources {
    () => {
        "bindings|componentstatuses|configmaps|endpoints|events|limitranges|namespaces|nodes|persistentvolumeclaims|persistentvolumes|pods|podtemplates|replicationcontrollers|resourcequotas|secrets|serviceaccounts|services"
    };
}

/// What a refusal shows of who asked.
macro_rules! only_a_right {
    ($who_may_not:literal) => {
        only_a_right!($who_may_not, ".")
    };
    ($who_may_not:literal, $end:literal) => {
        concat!(
            "Only a right is missing: ",
            $who_may_not,
            ". Who asks is known, and kube-apiserver refuses before it would ask an extension API server: that is no matter of certificates, and tells nothing of the front proxy",
            $end
        )
    };
}

/// A user of this name may not ask for what kube-apiserver serves itself: a group of its own, or a path that is no API's.
macro_rules! of_kube_apiserver {
    ($user:expr) => {
        concat!(
            r#"User [\\"]{1,8}(?P<user>"#,
            $user,
            r#")[\\"]{1,8} cannot (?P<verb>\w+) (?:resource [\\"]{1,8}(?P<resource>[\w/]+)[\\"]{1,8} in API group [\\"]{1,8}(?:(?:"#,
            own_groups!(one_of),
            r#")[\\"]|[^\\"\w]|$)|path [\\"]{1,8}(?P<path>/(?:(?:healthz|livez|readyz|metrics|version|logs|configz|debug|api|\.well-known|apis/(?:"#,
            own_groups!(one_of),
            r#"))(?:[/?][^\s\\"]*)?)?)[\\"])"#
        )
    };
}

/// Of an aggregated API, and the program that asked may have shown no credentials.
const ANONYMOUS_SOMEWHERE: Message = Message {
    pattern: "",
    printed_by: "kube-apiserver's or an extension API server's authorizer, to a program such as curl",
    about: About::NotTold,
    meaning: "The request had no user. A program that shows no token and no certificate (curl) gets that from kube-apiserver itself, and \
        nothing is wrong. Where the caller did show who it is, kube-apiserver proxied the request without a client certificate \
        (--proxy-client-cert-file is missing), or the extension API server has no requestheader CA loaded. `kubectl get --raw` of the same \
        path tells: it shows credentials.",
    rules: &[
        "proxy-client-missing",
        "requestheader-ca-missing",
        "extension-lookup-skipped",
        "extension-lookup-tolerated",
    ],
    next: &[CHECK, CHECK_OBJECTS],
    ..Message::PLAIN
};

const OF_KUBELET: &str = "a kubelet's authorizer";

/// What a kubelet answers with 403, or logs (pkg/kubelet/server, `InstallAuthRequired`); since 1.33 there may be several
/// subresources, each of which is enough, and the first is the least.
macro_rules! of_kubelet {
    ($user:literal) => {
        of_kubelet!($user, "sub")
    };
    ($user:literal, $sub:literal) => {
        concat!(
            r#"(?:\bkubelet\b[^\n]{0,200}?)?(?:Forbidden \(?)?\x22?user\x22?=\x22?(?P<user>"#,
            $user,
            r#")\x22?,? \x22?verb\x22?=\x22?(?P<verb>\w+)\x22?,? \x22?resource\x22?=\x22?(?P<resource>nodes)\x22?,? \x22?subresource(?:\(s\))?\x22?=[\[\x22]*(?P<"#,
            $sub,
            r#">\w+)[\w, \x22]*\]?"#
        )
    };
}

/// Who calls kubelets for everybody.
const TO_KUBE_APISERVER: &str =
    "kubectl create clusterrolebinding {user}-kubelet-api --clusterrole=system:kubelet-api-admin --user={user}";

/// A role or a binding that gives more than its author has (kubernetes, pkg/registry/rbac/validation, ConfirmNoEscalation).
macro_rules! escalates {
    ($name:expr) => {
        concat!(
            $name,
            r#"user [\\"]{0,4}(?P<user>[^"\\\n]{1,200})[\\"]{0,4}[^\n]{0,400}? attempting to grant RBAC permissions not currently held"#
        )
    };
}

const ESCALATES: Message = Message {
    pattern: "",
    printed_by: "kube-apiserver, with an answer 403 (pkg/registry/rbac)",
    about: About::SomethingElse,
    meaning: "This is not the front proxy: `{user}` may make roles and bindings, but only such as give no right that it lacks itself, so \
        this one was not stored. The rights that are missing stand behind it. Whoever has them all, most often an administrator, is to \
        make it.",
    rules: &[],
    next: &[],
    ..Message::PLAIN
};

pub(super) static MESSAGES: &[Message] = super::rows![
    Message {
        pattern: escalates!(
            r#"\b(?P<kind>(?:cluster)?roles?(?:bindings?)?)\.rbac\.authorization\.k8s\.io [\\"]{0,4}(?P<name>[^"\\\n]{0,120}(?:auth-delegator|auth-reader|extension-apiserver-authentication)[^"\\\n]{0,60})[\\"]{0,4} is forbidden: "#
        ),
        about: About::ExtensionServer,
        meaning: "`{user}` may not give the rights that an extension API server needs, as it lacks them itself, and {kind} {name} was not \
            stored. Until somebody who has them, most often an administrator, makes it, the server may not read \
            kube-system/extension-apiserver-authentication (auth-reader), or not ask kube-apiserver about users (auth-delegator).",
        rules: &["extension-reader-binding", "extension-auth-delegator"],
        next: &[CHECK_OBJECTS],
        ..ESCALATES
    },
    Message { pattern: escalates!(""), ..ESCALATES },
    Message {
        pattern: r"(?P<what>[a-z]\S* [\x22\\]{0,4}[^\x22\\\n]{1,200}[\x22\\]{0,4}) is forbidden: ValidatingAdmissionPolicy '(?P<policy>[^'\n]{1,120})'[^\n]{0,160}?denied request(?P<why>[^\n]{0,200})",
        printed_by: "kube-apiserver (ValidatingAdmissionPolicy)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no right is missing: the policy {policy} denied what was to be written, {what}{why}.",
        rules: &[],
        next: &["kubectl get validatingadmissionpolicies {policy} -o yaml"],
    },
    Message {
        pattern: r#"User [\\"]{1,8}(?P<user>[^\\"]{1,200})[\\"]{1,8} cannot [^\n]{1,400}?: scopes \[(?P<why>[^\]\n]{0,300})\] prevent this action"#,
        printed_by: "OpenShift's authorizer of scopes",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no role is missing: the OAuth token that `{user}` showed is limited to the scopes \
            {why}, which do not allow this. Another token, or an OAuthClient whose scopes allow it, is what is needed.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: concat!(
            r#"Internal Server Error: [\\"]{0,4}/(?:apis/)?(?P<group>api/v1|"#,
            own_groups!(one_of),
            r#")/[^"\n]{0,300}?[\\"]{0,4}: (?P<why>[^\n]{1,500})"#
        ),
        printed_by: "kube-apiserver, with an answer 500 (responsewriters.InternalError)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no extension API server: kube-apiserver serves {group} itself, and a part of its own \
            failed, most often an authenticator or authorizer such as a webhook that it asks (--authorization-webhook-config-file, \
            --authentication-token-webhook-config-file): {why}. Of another API server that serves it, such as one of kcp's or Karmada's \
            kind, the same holds for its own.",
        rules: &[],
        next: &["kubectl get --raw /readyz?verbose"],
    },
    Message {
        pattern: may_not_ask!(r"(?:errors\.go|Internal Server Error: .{0,8}/apis/)[^\n]{0,400}?", r#"[^"]+"#),
        ..MAY_NOT_ASK
    },
    Message { pattern: may_not_ask!("", of_extension!()), ..MAY_NOT_ASK },
    Message { pattern: may_not_create!(of_extension!()), ..MAY_NOT_ASK },
    Message { pattern: may_not_ask!("", r#"[^"]+"#), ..SOMEBODY_MAY_NOT_ASK },
    Message { pattern: may_not_create!(r#"[^"]+"#), ..SOMEBODY_MAY_NOT_ASK },
    Message {
        pattern: user_may_not_ask!("system:kube-(?:controller-manager|scheduler)"),
        printed_by: "kube-controller-manager or kube-scheduler, at its own port",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: somebody asked `{user}` at its own port (/metrics, /healthz), and \
            that component may not ask kube-apiserver what its caller may do ({review}). The ClusterRole `{user}` holds that right, and \
            kube-apiserver makes it and its binding at each start, so at start-up that passes. Where it stays, one of the two was changed \
            or deleted: a restart of kube-apiserver makes them again.",
        rules: &["extension-auth-delegator"],
        next: &["kubectl get clusterrole,clusterrolebinding {user} -o yaml"],
    },
    Message {
        pattern: user_may_not_ask!(r#"system:node:[^"]+"#),
        printed_by: "a kubelet, which asks kube-apiserver about its own clients",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: the kubelet `{user}` may not create {review}, so it cannot ask \
            kube-apiserver who its own clients are and what they may do. The right comes from the ClusterRole system:node, by the \
            authorizer Node or a binding to the group system:nodes, which its certificate must name.",
        rules: &[],
        next: &["kubectl auth can-i create {review} --as={user} --as-group=system:nodes"],
    },
    Message {
        pattern: concat!(r"Internal Server Error: .{0,8}/apis/[^\n]{0,400}?", user_may_not_ask!("system:anonymous")),
        printed_by: "an extension API server, with an answer 500 (responsewriters.InternalError)",
        about: About::ExtensionServer,
        meaning: "The extension API server took the request and asked kube-apiserver what the user may do ({review}), and showed nothing \
            by which kube-apiserver knows it, so it was `{user}`: its kubeconfig has no credentials, or no service account's token is \
            mounted. No right is missing, and none is to be given: that is everybody.",
        rules: &["extension-auth-delegator"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: user_may_not_ask!("system:anonymous"),
        printed_by: "kube-apiserver's authorizer, to a server without credentials",
        about: About::NotTold,
        meaning: "A server asked kube-apiserver about a user or a token ({review}) and showed nothing by which kube-apiserver knows it, so \
            it was `{user}`. That is an extension API server, or any program that takes tokens of the cluster (kube-rbac-proxy, Vault): \
            its kubeconfig has no credentials, or no service account's token is mounted. No right is missing, and none is to be given: \
            that is everybody.",
        rules: &["extension-auth-delegator"],
        next: &[],
    },
    Message {
        pattern: user_may_not_ask!(r#"[^"]*(?:api-?server|metrics|extension-server)[^"]*"#),
        printed_by: "an extension API server that may not ask kube-apiserver about users",
        about: About::ExtensionServer,
        meaning: "The account of the extension API server, `{user}`, may not create {review}: it cannot ask kube-apiserver \
            whether a user may do something, or whose bearer token it was shown. Bind the ClusterRole system:auth-delegator to it.",
        rules: &["extension-auth-delegator"],
        next: &[
            "kubectl create clusterrolebinding extension-auth-delegator --clusterrole=system:auth-delegator --user={user}",
        ],
    },
    Message {
        pattern: user_may_not_ask!(r#"[^"]+"#),
        printed_by: "a program or a person that may not ask kube-apiserver about users or tokens",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: `{user}` may not create {review}. Is it a server that has these credentials (a proxy, \
            Vault, an extension API server), it cannot ask kube-apiserver whose token it was shown, or what its caller may do: bind the \
            ClusterRole system:auth-delegator to it. A person needs no such right.",
        rules: &["extension-auth-delegator"],
        next: &["kubectl auth can-i create {review} --as={user}"],
    },
    Message {
        pattern: of_kube_apiserver!(r"(?:kube-)?apiserver[\w.-]*"),
        printed_by: "the authorizer of kube-apiserver or, for a path such as /metrics, of the component that was asked",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver serves {resource}{path} itself, and was asked by a client that it knows as \
            `{user}` and that may not {verb} them. A certificate of kube-apiserver, for kubelets or for its own port, was used as a \
            client's.",
        rules: &[],
        next: &["kubectl auth can-i {verb} {resource}{path} --as={user}"],
    },
    Message {
        pattern: of_kube_apiserver!(
            r"(?:system:)?[\w.-]*(?:front-proxy|aggregator|aggregation)[\w.-]*|system:auth-proxy|kubernetes-proxy|[\w.-]*proxy-client[\w.-]*"
        ),
        printed_by: "the authorizer of kube-apiserver or, for a path such as /metrics, of the component that was asked",
        about: About::FrontProxy,
        meaning: "Nothing was proxied: kube-apiserver serves {resource}{path} itself, and knows who asked as `{user}`. If that is the \
            common name of the proxy client, its certificate was used to log in, and is accepted there: it verifies against \
            --client-ca-file as well. A front proxy's certificate is to be nobody's log-in; of another account of that name this says \
            nothing.",
        rules: &["proxy-client-also-a-user", "requestheader-ca-logs-in", "ca-reused"],
        next: &[CHECK],
    },
    Message {
        pattern: concat!(
            r#"User [\\"]{1,8}(?P<user>"#,
            aggregators_user!(),
            r#")[\\"]{1,8} cannot (?P<verb>\w+)(?: path [\\"]{1,8}(?P<path>/[^"\\\s]{0,200}))?"#
        ),
        printed_by: "an extension API server's authorizer, to kube-apiserver's aggregator",
        about: About::ExtensionServer,
        meaning: "The front proxy was accepted: `{user}` is no certificate's name, but the user that kube-apiserver's aggregator names in \
            the header X-Remote-User when it asks by itself, so the extension API server took that header. What is missing is a right to \
            {verb} {path}: the ClusterRole system:discovery and its binding to system:authenticated (kube-apiserver puts them right at its \
            start), or a policy of the server's own. `system:kube-aggregator` comes with the group system:masters, which authorizers let \
            pass: where that is refused, the server does not take the group's header, or authorizes in its own way.",
        rules: &["requestheader-headers-missing"],
        next: &[
            "kubectl get clusterrole,clusterrolebinding system:discovery -o yaml",
            "kubectl auth can-i {verb} {path} --as={user} --as-group=system:authenticated",
        ],
    },
    Message {
        pattern: r#"User "(?P<user>(?:system:)?(?:[\w.-]*front-proxy[\w.-]*|(?:kube-|kubernetes-|k8s-|apiserver-)*aggregator(?:-client|-proxy)*|[\w.-]*proxy-client[\w.-]*)|system:auth-proxy|kubernetes-proxy|(?:kube-)?apiserver(?:-client)?)" cannot (?P<verb>\w+)"#,
        printed_by: "an extension API server's or kube-apiserver's authorizer",
        about: About::FrontProxy,
        meaning: "The proxy client itself, `{user}`, was taken for the user. Where the API is an aggregated one, a request was proxied: \
            the certificate verifies against --client-ca-file as well, and no username header was accepted, because it does not verify \
            against the requestheader CA that the extension API server knows, its name is not allowed there, or the username headers \
            differ; the user who asked is not seen at all. Where kube-apiserver serves the API itself, as of a CustomResourceDefinition, \
            nothing was proxied: a client of that name asked, and lacks the right.",
        rules: &[
            "proxy-client-also-a-user",
            "requestheader-ca-logs-in",
            "ca-reused",
            "proxy-client-name-not-allowed",
            "configmap-drift",
        ],
        next: &[
            "aggcert whoami --extension --client-cert /etc/kubernetes/pki/front-proxy-client.crt --header 'X-Remote-User: alice'",
            CHECK,
        ],
    },
    Message {
        pattern: r#"User "(?P<user>(?:system:)?[\w.-]*(?:aggregator|aggregation)[\w.-]*|(?:kube-)?apiserver[\w.-]*)" cannot (?P<verb>\w+)"#,
        printed_by: "an extension API server's or kube-apiserver's authorizer",
        about: About::NotTold,
        meaning: "`{user}` may not {verb} what the line names. If that is the common name of the proxy client's certificate, and the API \
            an aggregated one, the proxy client itself was taken for the user: its certificate verifies against --client-ca-file as well, \
            and the extension API server does not know it as a front proxy. Is it another client's name, only a right is missing.",
        rules: &["proxy-client-also-a-user", "proxy-client-name-not-allowed", "requestheader-ca-logs-in"],
        next: &[CHECK, "openssl x509 -noout -subject -in /etc/kubernetes/pki/front-proxy-client.crt"],
    },
    Message {
        pattern: of_kubelet!("system:anonymous"),
        printed_by: OF_KUBELET,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a kubelet was asked without a client certificate that it accepts. \
            kube-apiserver needs --kubelet-client-certificate and --kubelet-client-key, and the kubelet its --client-ca-file; \
            metrics-server needs a token that the kubelet may check (webhook authentication).",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: of_kubelet!(r"system:node:[^,\s\x22]+"),
        printed_by: OF_KUBELET,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a kubelet knows its client as `{user}`, the name of a node, and that may not {verb} \
            nodes/{sub}. Is the client kube-apiserver (logs, exec), its --kubelet-client-certificate is a node's: give it one of its own, \
            whose user or group is bound to the ClusterRole system:kubelet-api-admin (kubeadm: apiserver-kubelet-client.crt). A node gets \
            no such right.",
        rules: &[],
        next: &[
            "openssl x509 -noout -subject -in /etc/kubernetes/pki/apiserver-kubelet-client.crt    # on a control-plane node",
        ],
    },
    Message {
        pattern: of_kubelet!(r"(?:kube-?)?apiserver[^,\s\x22]*|kubernetes|system:kube-apiserver", "what"),
        printed_by: OF_KUBELET,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a kubelet knows its client as `{user}`, by its name kube-apiserver \
            (--kubelet-client-certificate), and that may not {verb} nodes/{what}. It needs the ClusterRole system:kubelet-api-admin.",
        rules: &[],
        next: &[TO_KUBE_APISERVER],
    },
    Message {
        pattern: of_kubelet!(r"[^,\s\x22]+"),
        printed_by: OF_KUBELET,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a kubelet knows its client as `{user}`, and that may not {verb} nodes/{sub}. Only that \
            right is missing. If the client is kube-apiserver (logs, exec), `{user}` is the name in --kubelet-client-certificate, which \
            needs the ClusterRole system:kubelet-api-admin.",
        rules: &[],
        next: &[GRANT],
    },
    Message {
        pattern: r#"\bcurl(?: -[a-zA-Z-]+)* [\x22']?https?://[^\n]{0,600}User "system:anonymous" cannot \w+[^\n]{0,160}"#,
        printed_by: "an API server, to curl",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: curl showed neither a certificate nor a token (--cert and --key, or `-H 'Authorization: \
            Bearer ...'`), so whoever was asked took it for nobody. That says nothing of how requests of users are proxied.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: concat!(
            r#""kind": ?"Status"[^\n]{0,200}\b[a-z/*]+\."#,
            aggregated_groups!(group_of),
            r#"(?: "[^"]*")? is forbidden: User "system:anonymous" cannot[^\n]{0,160}"#
        ),
        ..ANONYMOUS_SOMEWHERE
    },
    Message {
        pattern: concat!(
            r#"(?i:dashboard|headlamp|\blens\b|octant|\bconsole\b|browser|\bui\b|curl)[^\n]{0,300}\b[a-z]+\."#,
            aggregated_groups!(group_of),
            r#"(?: "[^"]*")? is forbidden: User "system:anonymous" cannot[^\n]{0,160}"#
        ),
        printed_by: "kube-apiserver's or an extension API server's authorizer, to a program with log-ins of its own",
        ..ANONYMOUS_SOMEWHERE
    },
    Message {
        pattern: concat!(
            // Who asks which APIs there are has credentials; a path alone `curl` asks for.
            "(?:",
            discovered!(),
            r#"|APIService install failed: )[^\n]{0,200}?User "system:anonymous" cannot \w+ path "/apis/"#,
            aggregated_groups!(group_of),
            r#"[^\n]{0,160}|User "system:anonymous" cannot \w+ (?:resource )?"?\S+?(?:" in API group "|\.)"#,
            aggregated_groups!(group_of),
            r"[^\n]{0,160}|\b[a-z]+\.",
            aggregated_groups!(group_of),
            r#"(?: "[^"]*")? is forbidden: User "system:anonymous" cannot[^\n]{0,160}"#
        ),
        printed_by: "kube-apiserver's or an extension API server's authorizer",
        about: About::FrontProxy,
        meaning: "The request arrived without a user, and anonymous ones are allowed there. kube-apiserver proxied it without a client \
            certificate (the flags --proxy-client-cert-file and --proxy-client-key-file are missing), or the extension API server has no \
            requestheader CA loaded and looks at none (--authentication-skip-lookup, or its look-up failed and was tolerated); a \
            certificate that it does not verify is answered 401. Whoever asks without credentials gets the same answer, from \
            kube-apiserver itself (`curl -k` of its port) as from the extension server.",
        rules: &[
            "proxy-client-missing",
            "requestheader-ca-missing",
            "extension-lookup-skipped",
            "extension-lookup-tolerated",
            "requestheader-headers-missing",
        ],
        next: &[CHECK, CHECK_OBJECTS],
    },
    Message {
        pattern: concat!(
            r#"User "system:anonymous" cannot \w+ path "/apis/"#,
            aggregated_groups!(group_of),
            r"[^\n]{0,160}"
        ),
        printed_by: "an authorizer, in an answer 403",
        about: About::NotTold,
        meaning: "The request arrived without a user, and anonymous ones are allowed there. If the client showed no credentials, as curl \
            does not by itself, kube-apiserver or the extension API server answers so, as it must. If it did, kube-apiserver proxied it \
            without a client certificate (the proxy-client flags are missing), or the extension API server has no requestheader CA loaded \
            and looks at none (--authentication-skip-lookup, or its look-up failed and was tolerated).",
        rules: &[
            "proxy-client-missing",
            "requestheader-ca-missing",
            "extension-lookup-skipped",
            "extension-lookup-tolerated",
        ],
        next: &["kubectl auth whoami", CHECK],
    },
    Message {
        pattern: concat!(
            r#"User "system:anonymous" cannot (?P<verb>\w+) (?:path "(?P<path>/(?:[^ao"][^"]*|a[^p"][^"]*|o[^p"][^"]*|openi[^"]*|apis?|api/[^"]*|apis/"#,
            own_groups!(one_of),
            r#"(?:/[^"]*)?)?)"|(?:resource "(?P<named>"#,
            core_resources!(),
            r#")(?:/[a-z]+)?"(?: in API group ""|\W*$|\.\.\.)|(?P<resource>"#,
            core_resources!(),
            r#")(?:/[a-z]+)?(?: (?:at|in) |\W*$|\.\.\.))|path (?P<bare>/(?:metrics\S*|healthz|livez|readyz|version)?)(?:[\s.,;]|$))"#
        ),
        printed_by: "an authorizer, most often kube-apiserver's",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a server was asked for {named}{resource}{path}{bare}, which is no aggregated API, by a \
            client without credentials that it takes. It is kube-apiserver, or for /metrics, /healthz and the like any component's own \
            port. The client has no certificate or token, or it is a health check or a browser.",
        rules: &[],
        next: &["kubectl config view --minify    # with the client's kubeconfig"],
    },
    Message {
        pattern: concat!(
            r#"User "system:anonymous" cannot (?P<verb>\w+) (?:(?:resource )?"(?P<resource>[\w./]+)" in API group "(?P<group>(?:"#,
            own_groups!(one_of),
            r#")?)"|(?P<old>[\w/]+\.(?:"#,
            own_groups!(one_of),
            r#"))(?:[^\w.-]|$))"#
        ),
        printed_by: "kube-apiserver's authorizer",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver, which serves {resource}{old} itself, was asked by a client without \
            credentials that it takes. The client (a dashboard, a script) has no token or certificate in it, or one that is no longer \
            accepted.",
        rules: &[],
        next: &["kubectl config view --minify    # with the client's kubeconfig"],
    },
    Message {
        pattern: r#"User "system:anonymous" cannot (?P<verb>\w+)"#,
        printed_by: "an authorizer",
        about: About::NotTold,
        meaning: "The request carried no client certificate and no token that any authenticator took, and anonymous requests are allowed. \
            Where kube-apiserver proxied it, the proxy-client flags are missing and kube-apiserver had no certificate to show, or the \
            extension API server looks at no requestheader CA (--authentication-skip-lookup). Where a client called kube-apiserver itself, \
            its kubeconfig has no credentials.",
        rules: &["proxy-client-missing", "extension-lookup-skipped", "requestheader-headers-missing"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"RBAC(?: DENY: user|: no rules authorize user) "(?P<user>(?:system:)?(?:[\w.-]*front-proxy[\w.-]*|(?:kube-)?aggregator|[\w.-]*proxy-client[\w.-]*)|system:auth-proxy)"[^\n]{0,300}"#,
        printed_by: "kube-apiserver's RBAC authorizer (--v=5)",
        about: About::FrontProxy,
        meaning: "The proxy client itself, `{user}` by its name, was taken for the user: its certificate is accepted as an ordinary \
            client's, it verifies against --client-ca-file as well. For an aggregated API the extension API server then does not know it \
            as a front proxy. A right for that name would be everybody's.",
        rules: &["proxy-client-also-a-user", "requestheader-ca-logs-in", "ca-reused", "proxy-client-name-not-allowed"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"RBAC(?: DENY: user|: no rules authorize user) "(?P<user>[^"\n]{0,200})"[^\n]{0,300}"#,
        printed_by: "kube-apiserver's RBAC authorizer (--v=5)",
        about: About::SomethingElse,
        meaning: "Only a right is missing: kube-apiserver knows the client as `{user}`, and no role that is bound to it allows the \
            request. If that is the common name of the proxy client's certificate, the proxy client itself was taken for the user.",
        rules: &[],
        next: &["kubectl auth can-i --list --as={user}"],
    },
    Message {
        pattern: r#"\b(?:\w+\.projectcalico\.org|\w+)(?: "[^"]*")? is forbidden: User "(?P<user>[^"]+)" cannot (?P<verb>\w+) (?P<what>[\w.]+) in tier "(?P<tier>[^"]+)"[^\n]{0,120}"#,
        printed_by: "Calico's API server, of its tiers (apiserver, pkg/authorizer)",
        about: About::SomethingElse,
        meaning: "Only a right is missing, and the front proxy works, for it is the extension API server that says so and it knows \
            `{user}`. Calico lets {verb} {what} only who may `get` the tier `{tier}` (tiers.projectcalico.org), and {verb} the resource \
            tier.* of that kind in it (`tier.networkpolicies`, with the name `{tier}.*`).",
        rules: &[],
        next: &["kubectl auth can-i get tiers.projectcalico.org/{tier} --as={user}"],
    },
    Message {
        pattern: r#"is forbidden: User [\\"]{1,4}(?P<user>[^"\\\n]{1,200})[\\"]{1,4} cannot [^\n]{0,300}?RBAC: \[?(?P<kind>clusterrole|role)\.rbac\.authorization\.k8s\.io [\\"]{1,4}(?P<role>[^"\\\n]{1,200})[\\"]{1,4} not found[^\n]{0,120}"#,
        printed_by: "kube-apiserver's or an extension API server's authorizer (RBAC)",
        about: About::SomethingElse,
        meaning: "Only a right is missing: a binding gives `{user}`, or a group of it, the {kind} {role}, and there is no such {kind}. \
            Make it, or name another in the binding (roleRef cannot be changed: delete the binding and make it anew).",
        rules: &[],
        next: &["kubectl get rolebindings,clusterrolebindings --all-namespaces -o wide | grep {role}"],
    },
    Message {
        pattern: forbidden!(
            r"[\w.|/*-]+\.(?:custom|external)\.metrics\.k8s\.io",
            r#"system:serviceaccount:[^"]+|[^"@:]*@[^"]*"#
        ),
        printed_by: "kube-apiserver's or an extension API server's authorizer",
        about: About::SomethingElse,
        meaning: only_a_right!(
            "`{user}` may not {verb} {RIGHT} {scope}",
            ". Each metric is a resource, or a subresource of what it is of, and a rule has to name it, or \"*\" (metrics adapters bring such a role, and its binding to the horizontal pod autoscaler); \
            `kubectl create role` takes no resource that the API does not list, so the role is written as JSON."
        ),
        rules: &[],
        next: &["kubectl get clusterroles,clusterrolebindings -o wide | grep metrics", GRANT],
    },
    Message {
        pattern: forbidden!(of_any!(), r#"system:serviceaccount:[^":]+:[^"]+"#),
        printed_by: "kube-apiserver's or an extension API server's authorizer",
        about: About::SomethingElse,
        meaning: only_a_right!("the service account `{user}` may not {verb} {RIGHT} {scope}"),
        rules: &[],
        next: &[GRANT],
    },
    Message {
        pattern: forbidden!(
            of_aggregated!(),
            r"\d{1,3}(?:\.\d{1,3}){3}|kubernetes|(?:[^\x22@:]*[-_.])?(?:front-?proxy|proxy|(?:kube-?)?apiserver)(?:[-_.][^\x22@:]*)?"
        ),
        about: About::FrontProxy,
        ..MAY_BE_PROXY_CLIENT
    },
    Message { pattern: forbidden!(of_aggregated!(), r"system:(?:kube-|node:|metrics)[^\x22]*"), ..MAY_BE_PROXY_CLIENT },
    Message {
        pattern: r#"\b(?P<resource>[A-Za-z][\w.|/-]*)(?: "[^"]*")? is forbidden: User "(?P<user>system:node:[^"]+)" cannot (?P<verb>\w+)(?:[^\n]{0,240}no relationship found[^\n]{0,160})?"#,
        printed_by: "kube-apiserver's Node authorizer (plugin/pkg/auth/authorizer/node), to a kubelet or a client with its kubeconfig",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no role is missing: `{user}` is a node, and the Node authorizer lets it read Secrets, \
            ConfigMaps, volumes and the like only while a Pod that uses them is bound to it (`no relationship found` where none is, or not \
            yet). When a kubelet starts or a Pod has just gone that passes. Where it stays, something else than a kubelet uses the \
            kubelet's kubeconfig, or the node has another name than its certificate. A Role bound to the node would let it read more than \
            its Pods need.",
        rules: &[],
        next: &["kubectl auth can-i {verb} {resource} --as={user} --as-group=system:nodes"],
    },
    Message {
        pattern: forbidden!(of_any!(), "kubernetes|apiserver|proxy|aggregator"),
        next: &[CAN_I, CHECK],
        ..MAY_BE_PROXY_CLIENT
    },
    Message {
        pattern: forbidden!(of_any!(), r#"[^"@:]*[@:][^"]*|[A-Za-z_]+"#),
        printed_by: "kube-apiserver's or an extension API server's authorizer",
        about: About::SomethingElse,
        meaning: only_a_right!("`{user}` may not {verb} {RIGHT} {scope}"),
        rules: &[],
        next: &[GRANT],
    },
    Message {
        pattern: forbidden!(of_aggregated!(), r"[^\x22@:]+"),
        next: &[CAN_I, CHECK, CHECK_OBJECTS, GRANT_TO_A_PERSON],
        ..MAY_BE_PROXY_CLIENT
    },
    Message {
        pattern: forbidden!(of_any!(), r#"[^"]+"#),
        printed_by: "kube-apiserver's or an extension API server's authorizer",
        about: About::SomethingElse,
        meaning: "`{user}` may not {verb} {RIGHT} {scope}. Most often only a right is missing. If that is the common name of the proxy \
            client's certificate, and {resource} an aggregated API, the proxy client itself was taken for the user.",
        rules: &[],
        next: &[CAN_I],
    },
    Message {
        pattern: concat!(r"\b(?P<resource>[\w.|-]+\.", aggregated_groups!(group_of), r") is forbidden(?:[^\w:]|$)"),
        printed_by: "an authorizer, of an aggregated API",
        about: About::ExtensionServer,
        meaning: "403 for {resource}; who asked was cut off. Most often its account lacks a right (the horizontal pod autoscaler's is \
            system:serviceaccount:kube-system:horizontal-pod-autoscaler, and the adapter's manifests bind a role to it). Where the whole \
            line names system:anonymous or the proxy client as the user, the extension API server does not see who asks.",
        rules: &["proxy-client-also-a-user"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"\b(?P<review>subjectaccessreviews|tokenreviews)(?:\.[a-z0-9.]+)? is forbidden(?:[^\w:]|:?\W*$)",
        printed_by: "kube-apiserver's authorizer, to a server that asks about users or tokens",
        about: About::NotTold,
        meaning: "A server may not create {review}, and which account it has was cut off: it cannot ask kube-apiserver what a user may do, \
            or whose bearer token it was shown. An extension API server needs that right, and so does any program that takes tokens of the \
            cluster (kube-rbac-proxy, Vault): the ClusterRole system:auth-delegator gives it.",
        rules: &["extension-auth-delegator"],
        next: &["kubectl get clusterrolebindings -o wide | grep system:auth-delegator"],
    },
    Message {
        pattern: r#"RBAC: \[?(?P<kind>clusterrole|role)\.rbac\.authorization\.k8s\.io [\\"]{1,4}(?P<role>[^"\\\n]{1,200})[\\"]{1,4} not found"#,
        printed_by: "kube-apiserver's authorizer (RBAC)",
        about: About::SomethingElse,
        meaning: "Only a right is missing: a binding of whoever asked gives the {kind} {role}, and there is no such {kind}; a Role is \
            looked for in the namespace of the binding. Make it, or name another in the binding (roleRef cannot be changed: delete the \
            binding and make it anew).",
        rules: &[],
        next: &["kubectl get rolebindings,clusterrolebindings --all-namespaces -o wide | grep {role}"],
    },
    Message {
        pattern: r"a valid (?P<header>user|group) header is required for authorization",
        printed_by: "KubeVirt's virt-api, with an answer 403 (authorizer.go)",
        about: About::FrontProxy,
        meaning: "The request came without the header that names the {header}: kube-apiserver's --requestheader-{header}*-headers do not \
            hold the standard name, or somebody asked virt-api itself and not by kube-apiserver.",
        rules: &["requestheader-headers-nonstandard", "requestheader-headers-missing"],
        next: &[CHECK],
    },
    Message {
        pattern: r"tap authorization failed \((?P<why>[^)\n]{1,200})\)",
        printed_by: "linkerd's tap, to a user",
        about: About::SomethingElse,
        meaning: "Only a right is missing: tap took the user that the front proxy named, and that user may not do it ({why}). linkerd's \
            ClusterRole linkerd-linkerd-viz-tap-admin gives the right to tap all.",
        rules: &[],
        next: &["kubectl get clusterroles,clusterrolebindings -o wide | grep tap"],
    },
    Message { pattern: cannot!(aggregated_groups!(group_of)), ..MAY_BE_PROXY_CLIENT },
    Message {
        pattern: cannot!(r#"[^"\\]*"#),
        printed_by: "an authorizer, most often kube-apiserver's; the line's beginning is not there",
        about: About::NotTold,
        meaning: "`{user}` may not {verb} {RIGHT} {scope}. Most often only a right is missing. If that is the common name of the proxy \
            client's certificate, and the resource an aggregated API's, the proxy client itself was taken for the user.",
        rules: &[],
        next: &[CAN_I],
    },
];
