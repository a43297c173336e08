//! Who may do what: lines of authorizers.

use super::super::pattern::{aggregators_user, discovered, group_of, one_of};
use super::{About, CHECK, CHECK_OBJECTS, Message};
use crate::kubernetes::names::{aggregated_groups, own_groups};

/// An account that may not ask about a user's rights, or whose token it was shown.
macro_rules! may_not_ask {
    ($before:literal, $account:literal) => {
        concat!(
            $before,
            r#"(?:invalid bearer token, )?\b(?P<review>subjectaccessreviews|tokenreviews)\S* is forbidden: User "system:serviceaccount:(?P<namespace>[^":]+):(?P<account>"#,
            $account,
            r#")""#
        )
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
};

/// An account of which nothing tells that it is an extension API server's: other servers ask in the same words
/// (k8s.io/apiserver, plugin/pkg/authenticator and authorizer/webhook).
const SOMEBODY_MAY_NOT_ASK: Message = Message {
    pattern: "",
    printed_by: "a program that may not ask kube-apiserver about users or tokens",
    about: About::SomethingElse,
    meaning: "This is not the front proxy: the service account {account} in the namespace {namespace} may not create {review}, so the program \
        that runs as it (a proxy such as oauth-proxy or kube-rbac-proxy, Vault, or an extension API server) cannot ask kube-apiserver \
        what a user may do, or whose bearer token it was shown. The certificates are not the cause: bind the ClusterRole \
        system:auth-delegator.",
    rules: &["extension-auth-delegator"],
    next: MAY_NOT_ASK.next,
};

/// The same in the words of before 1.12, and of other authorizers.
const MAY_NOT_CREATE: &str = r#"User "system:serviceaccount:(?P<namespace>[^":]+):(?P<account>[^"]+)" cannot create (?:resource ")?(?P<review>subjectaccessreviews|tokenreviews)\b"#;

/// A user that may not read metrics.
macro_rules! user_of_metrics {
    ($user:literal) => {
        concat!(
            r#"\b(?P<resource>[\w.|/*-]+\."#,
            aggregated_groups!(group_of),
            r#")(?: "[^"]*")? is forbidden: User "(?P<user>"#,
            $user,
            r#")" cannot (?P<verb>\w+)"#
        )
    };
}

const MAY_BE_PROXY_CLIENT: Message = Message {
    pattern: "",
    printed_by: "kube-apiserver's or an extension API server's authorizer",
    about: About::NotTold,
    meaning: "`{user}` may not {verb} {resource}. If that is the common name of the proxy client's certificate (an IP \
        address or a host name often is), the proxy client itself was taken for the user: the extension API server does \
        not know it as a front proxy, and the user who asked is not seen; a right for that name would be everybody's. If it is a person or a service account, only \
        the rights are missing (for metrics the ClusterRoles system:aggregated-metrics-reader or view).",
    rules: &["proxy-client-also-a-user", "proxy-client-name-not-allowed", "requestheader-ca-logs-in"],
    next: &["kubectl auth can-i {verb} {resource} --as={user}", CHECK, CHECK_OBJECTS],
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
            ". It was told who asks, so authentication works, and the front proxy too where the API is an aggregated one",
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

pub(super) static MESSAGES: &[Message] = &[
    Message {
        pattern: concat!(
            r#"Internal Server Error: [\\"]{0,4}/(?:apis/)?(?P<group>api/v1|"#,
            own_groups!(one_of),
            r#")/[^"\n]{0,300}?[\\"]{0,4}: (?P<why>[^\n]{1,500})"#
        ),
        printed_by: "kube-apiserver, with an answer 500 (responsewriters.InternalError)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no extension API server: kube-apiserver serves {group} itself, and a part of its own \
            failed, most often an authenticator or authorizer such as a webhook that it asks (--authorization-webhook-config-file, --authentication-token-webhook-config-file): {why}. Of \
            another API server that serves it, such as one of kcp's or Karmada's kind, the same holds for its own.",
        rules: &[],
        next: &["kubectl get --raw /readyz?verbose"],
    },
    Message {
        pattern: may_not_ask!(r"(?:errors\.go|Internal Server Error: .{0,8}/apis/)[^\n]{0,400}?", r#"[^"]+"#),
        ..MAY_NOT_ASK
    },
    Message {
        pattern: may_not_ask!(
            "",
            r#"(?:[^"]*(?:metrics-?(?:server|adapter|api)|adapter|api-?server|aggregat|extension|keda|cluster-agent)[^"]*|cert-manager-webhook-[^"]+)"#
        ),
        ..MAY_NOT_ASK
    },
    Message { pattern: may_not_ask!("", r#"[^"]+"#), ..SOMEBODY_MAY_NOT_ASK },
    Message { pattern: MAY_NOT_CREATE, ..SOMEBODY_MAY_NOT_ASK },
    Message {
        pattern: r#"\b(?P<review>subjectaccessreviews|tokenreviews)\S* is forbidden: User "(?P<user>system:kube-(?:controller-manager|scheduler))""#,
        printed_by: "kube-controller-manager or kube-scheduler, at its own port",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: somebody asked `{user}` at its own port (/metrics, /healthz), and that component may \
            not ask kube-apiserver what its caller may do ({review}). The ClusterRole `{user}` holds that right, and kube-apiserver makes it and its \
            binding at each start, so at start-up that passes. Where it stays, one of the two was changed or deleted: a restart of kube-apiserver makes \
            them again.",
        rules: &["extension-auth-delegator"],
        next: &["kubectl get clusterrole,clusterrolebinding {user} -o yaml"],
    },
    Message {
        pattern: r#"\b(?P<review>subjectaccessreviews|tokenreviews)\S* is forbidden: User "(?P<user>system:node:[^"]+)""#,
        printed_by: "a kubelet, which asks kube-apiserver about its own clients",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: the kubelet `{user}` may not create {review}, so it cannot ask kube-apiserver who its \
            own clients are and what they may do. The right comes from the ClusterRole system:node, by the authorizer Node or a binding \
            to the group system:nodes, which its certificate must name.",
        rules: &[],
        next: &["kubectl auth can-i create {review} --as={user} --as-group=system:nodes"],
    },
    Message {
        pattern: r#"\b(?P<review>subjectaccessreviews)\S* is forbidden: User "(?P<user>[^"]*(?:api-?server|adapter|metrics|extension|system:anonymous)[^"]*)""#,
        printed_by: "an extension API server that may not ask kube-apiserver about users",
        about: About::ExtensionServer,
        meaning: "The account of the extension API server, `{user}`, may not create {review}: it cannot ask kube-apiserver \
            whether a user may do something. Bind the ClusterRole system:auth-delegator to it. If the account is \
            system:anonymous, its kubeconfig has no credentials.",
        rules: &["extension-auth-delegator"],
        next: &[
            "kubectl create clusterrolebinding extension-auth-delegator --clusterrole=system:auth-delegator --user={user}",
        ],
    },
    Message {
        pattern: r#"tokenreviews\S* is forbidden: User "system:serviceaccount:(?P<namespace>[^":]+):(?P<account>[^"]*(?:vault|rbac-proxy|oauth|exporter|prometheus|dashboard|kube-state-metrics|rancher|argo)[^"]*)""#,
        printed_by: "a program that takes bearer tokens of the cluster and may not ask about them",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and by its name no extension API server: the service account {account} in the namespace {namespace} \
            may not create TokenReviews, so the program cannot ask kube-apiserver whose bearer token it was shown. Bind the ClusterRole \
            system:auth-delegator to it.",
        rules: &[],
        next: &[
            "kubectl create clusterrolebinding {account}:system:auth-delegator --clusterrole=system:auth-delegator --serviceaccount={namespace}:{account}",
        ],
    },
    Message {
        pattern: r#"tokenreviews\S* is forbidden: User "system:serviceaccount:(?P<namespace>[^":]+):(?P<account>[^"]+)""#,
        printed_by: "a server that may not ask kube-apiserver about tokens",
        about: About::ExtensionServer,
        meaning: "The service account {account} in the namespace {namespace} may not create TokenReviews: it cannot ask kube-apiserver whose bearer \
            token it was shown, and takes nobody who comes with one. An extension API server needs that, and so does any other program \
            that takes tokens of the cluster (kube-rbac-proxy, Vault, an OAuth proxy). The certificates are not the cause: bind the \
            ClusterRole system:auth-delegator.",
        rules: &["extension-auth-delegator"],
        next: &[
            "kubectl create clusterrolebinding {account}:system:auth-delegator --clusterrole=system:auth-delegator --serviceaccount={namespace}:{account}",
        ],
    },
    Message {
        pattern: r#"tokenreviews\S* is forbidden: User "(?P<user>[^"]+)""#,
        printed_by: "a server that may not ask kube-apiserver about tokens",
        about: About::ExtensionServer,
        meaning: "`{user}` may not create TokenReviews: the server that has these credentials cannot ask kube-apiserver whose bearer token it was \
            shown. Bind the ClusterRole system:auth-delegator to it. If it is system:anonymous, its kubeconfig has no credentials.",
        rules: &["extension-auth-delegator"],
        next: &[
            "kubectl create clusterrolebinding extension-auth-delegator --clusterrole=system:auth-delegator --user={user}",
        ],
    },
    Message {
        pattern: of_kube_apiserver!(r"(?:kube-)?apiserver[\w.-]*"),
        printed_by: "the authorizer of kube-apiserver or, for a path such as /metrics, of the component that was asked",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver serves {resource}{path} itself, and was asked by a client that it knows as `{user}` and that may not \
            {verb} them. A certificate of kube-apiserver, for kubelets or for its own port, was used as a client's.",
        rules: &[],
        next: &["kubectl auth can-i {verb} {resource}{path} --as={user}"],
    },
    Message {
        pattern: of_kube_apiserver!(
            r"(?:system:)?[\w.-]*(?:front-proxy|aggregator|aggregation)[\w.-]*|system:auth-proxy|kubernetes-proxy|[\w.-]*proxy-client[\w.-]*"
        ),
        printed_by: "the authorizer of kube-apiserver or, for a path such as /metrics, of the component that was asked",
        about: About::FrontProxy,
        meaning: "Nothing was proxied: kube-apiserver serves {resource}{path} itself, and knows who asked as `{user}`. Is that the common name of the proxy \
            client, its certificate was used to log in, and is accepted there: it verifies against --client-ca-file as well. A front proxy's certificate \
            is to be nobody's log-in; of another account of that name this says nothing.",
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
        meaning: "The front proxy was accepted: `{user}` is no certificate's name, but the user that kube-apiserver's aggregator names in the header X-Remote-User when it \
            asks by itself, so the extension API server took that header. What is missing is a right to {verb} {path}: the ClusterRole \
            system:discovery and its binding to system:authenticated (kube-apiserver puts them right at its start), or a policy of the server's own. \
            `system:kube-aggregator` comes with the group system:masters, which authorizers let pass: where that is refused, the server does not \
            take the group's header, or authorizes in its own way.",
        rules: &["requestheader-headers-missing"],
        next: &[
            "kubectl get clusterrole,clusterrolebinding system:discovery -o yaml",
            "kubectl auth can-i {verb} {path} --as={user} --as-group=system:authenticated",
        ],
    },
    Message {
        pattern: r#"User "(?P<user>(?:system:)?[\w.-]*(?:front-proxy|aggregator|aggregation)[\w.-]*|system:auth-proxy|kubernetes-proxy|(?:kube-)?apiserver[\w.-]*|[\w.-]*proxy-client[\w.-]*)" cannot (?P<verb>\w+)"#,
        printed_by: "an extension API server's or kube-apiserver's authorizer",
        about: About::FrontProxy,
        meaning: "A request was proxied, and the proxy client itself, `{user}`, was taken for the user. Its certificate verifies \
            against --client-ca-file as well, and no username header was accepted: the certificate does not verify \
            against the requestheader CA that the extension API server knows, its name is not allowed there, or the \
            username headers differ. The user who asked is not seen at all.",
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
        pattern: r#"(?:User "system:anonymous"|\(?user=system:anonymous).{0,120}(?:subresource=(?:proxy|log|exec|metrics|stats)|nodes/(?:proxy|metrics|stats|log|exec))"#,
        printed_by: "a kubelet's authorizer",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a kubelet was asked without a client certificate that it accepts. \
            kube-apiserver needs --kubelet-client-certificate and --kubelet-client-key, and the kubelet its --client-ca-file; \
            metrics-server needs a token that the kubelet may check (webhook authentication).",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"(?:\bkubelet\b[^\n]{0,200}?)?(?:Forbidden \()?user=system:serviceaccount:(?P<namespace>[\w.-]+):(?P<account>[\w.-]+), verb=(?P<verb>\w+), resource=nodes, subresource=(?P<sub>\w+)"#,
        printed_by: "a kubelet's authorizer",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a kubelet knows the service account {account} of the namespace {namespace}, \
            and it may not {verb} nodes/{sub}. Only that right is missing.",
        rules: &[],
        next: &[
            "kubectl create clusterrole {account}-nodes-{sub} --verb={verb} --resource=nodes/{sub}",
            "kubectl create clusterrolebinding {account}-nodes-{sub} --clusterrole={account}-nodes-{sub} --serviceaccount={namespace}:{account}",
        ],
    },
    Message {
        pattern: r#"(?:\bkubelet\b[^\n]{0,200}?)?(?:Forbidden \()?user=(?P<user>system:node:[^,\s]+), verb=(?P<verb>\w+), resource=nodes, subresource=(?P<sub>[\w\[\] ]+)"#,
        printed_by: "a kubelet's authorizer",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a kubelet knows its client as `{user}`, the name of a node, and that may not {verb} nodes/{sub}. Is the client \
            kube-apiserver (logs, exec), its --kubelet-client-certificate is a node's: give it one of its own, whose user or group is bound to \
            the ClusterRole system:kubelet-api-admin (kubeadm: apiserver-kubelet-client.crt). A node gets no such right.",
        rules: &[],
        next: &[
            "openssl x509 -noout -subject -in /etc/kubernetes/pki/apiserver-kubelet-client.crt    # on a control-plane node",
        ],
    },
    Message {
        pattern: r#"(?:\bkubelet\b[^\n]{0,200}?)?(?:Forbidden \()?user=(?P<user>[^,\s]+), verb=(?P<verb>\w+), resource=nodes, subresource=(?P<sub>[\w\[\] ]+)"#,
        printed_by: "a kubelet's authorizer",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a kubelet knows its client as `{user}`, and that may not {verb} nodes/{sub}. For \
            kube-apiserver it is the name in --kubelet-client-certificate, which needs the ClusterRole \
            system:kubelet-api-admin.",
        rules: &[],
        next: &[
            "kubectl create clusterrolebinding {user}-kubelet-api --clusterrole=system:kubelet-api-admin --user={user}",
        ],
    },
    Message {
        pattern: r#"\bcurl(?: -[a-zA-Z-]+)* [\x22']?https?://[^\n]{0,600}User "system:anonymous" cannot \w+[^\n]{0,160}"#,
        printed_by: "an API server, to curl",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: curl showed neither a certificate nor a token (--cert and --key, or `-H 'Authorization: Bearer ...'`), so \
            whoever was asked took it for nobody. That says nothing of how requests of users are proxied.",
        rules: &[],
        next: &[],
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
        meaning: "The request arrived without a user, and anonymous ones are allowed there. kube-apiserver proxied it without a client certificate (the flags \
            --proxy-client-cert-file and --proxy-client-key-file are missing), or the extension API server has no requestheader CA loaded and looks \
            at none (--authentication-skip-lookup, or its look-up failed and was tolerated); a certificate that it does not verify is answered 401. Whoever asks without credentials gets \
            the same answer, from kube-apiserver itself (`curl -k` of its port) as from the extension server.",
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
        meaning: "The request arrived without a user, and anonymous ones are allowed there. If the client showed no credentials, as curl does not by itself, kube-apiserver or the \
            extension API server answers so, as it must. If it did, kube-apiserver proxied it without a client certificate (the proxy-client flags are missing), or the extension API \
            server has no requestheader CA loaded and looks at none (--authentication-skip-lookup, or its look-up failed and was tolerated).",
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
            r#"User "system:anonymous" cannot (?P<verb>\w+) (?:path "(?P<path>/(?:[^a"][^"]*|a[^p"][^"]*|apis?|api/[^"]*|apis/"#,
            own_groups!(one_of),
            r#"(?:/[^"]*)?)?)"|(?:resource "(?P<named>"#,
            core_resources!(),
            r#")(?:/[a-z]+)?"(?: in API group ""|\W*$|\.\.\.)|(?P<resource>"#,
            core_resources!(),
            r#")(?:/[a-z]+)?(?: (?:at|in) |\W*$|\.\.\.)))"#
        ),
        printed_by: "an authorizer, most often kube-apiserver's",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a server was asked for {named}{resource}{path}, which is no aggregated API, by a client without credentials \
            that it takes. It is kube-apiserver, or for /metrics, /healthz and the like any component's own port. The client has no \
            certificate or token, or it is a health check or a browser.",
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
        meaning: "This is not the front proxy: kube-apiserver, which serves {resource}{old} itself, was asked by a client without credentials \
            that it takes. The client (a dashboard, a script) has no token or certificate in it, or one that is no longer accepted.",
        rules: &[],
        next: &["kubectl config view --minify    # with the client's kubeconfig"],
    },
    Message {
        pattern: r#"User "system:anonymous" cannot (?P<verb>\w+)"#,
        printed_by: "an authorizer",
        about: About::NotTold,
        meaning: "The request carried no client certificate and no token that any authenticator took, and anonymous \
            requests are allowed. Where kube-apiserver proxied it, the proxy-client flags are missing and kube-apiserver had \
            no certificate to show, or the extension API server looks at no requestheader CA (--authentication-skip-lookup). Where a client called kube-apiserver itself, its kubeconfig has no credentials.",
        rules: &["proxy-client-missing", "extension-lookup-skipped", "requestheader-headers-missing"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"RBAC(?: DENY: user|: no rules authorize user) "(?P<user>[^"\n]{0,200})"[^\n]{0,300}"#,
        printed_by: "kube-apiserver's RBAC authorizer (--v=5)",
        about: About::SomethingElse,
        meaning: "Only a right is missing: kube-apiserver knows the client as `{user}`, and no role that is bound to it allows the request. If \
            that is the common name of the proxy client's certificate, the proxy client itself was taken for the user.",
        rules: &[],
        next: &["kubectl auth can-i --list --as={user}"],
    },
    Message {
        pattern: r#"is forbidden: User [\\"]{1,4}(?P<user>[^"\\\n]{1,200})[\\"]{1,4} cannot [^\n]{0,300}?RBAC: \[?(?P<kind>clusterrole|role)\.rbac\.authorization\.k8s\.io [\\"]{1,4}(?P<role>[^"\\\n]{1,200})[\\"]{1,4} not found[^\n]{0,120}"#,
        printed_by: "kube-apiserver's or an extension API server's authorizer (RBAC)",
        about: About::SomethingElse,
        meaning: "Only a right is missing: a binding gives `{user}`, or a group of it, the {kind} {role}, and there is no such {kind}. Make it, or name another in the binding (roleRef \
            cannot be changed: delete the binding and make it anew).",
        rules: &[],
        next: &["kubectl get rolebindings,clusterrolebindings --all-namespaces -o wide | grep {role}"],
    },
    Message {
        pattern: r#"is forbidden: User "(?P<user>(?:system:serviceaccount:[^":]+:|[^"@:]*[@:])[^"]+|[A-Za-z_]+)" cannot (?P<verb>\w+) (?:resource ")?(?P<resource>[a-z]+/(?:attach|approval|binding|ephemeralcontainers|eviction|exec|finalize|log|portforward|proxy|scale|status|token)\b)"#,
        printed_by: "kube-apiserver's or an extension API server's authorizer",
        about: About::SomethingElse,
        meaning: only_a_right!(
            "`{user}` may not {verb} {resource}, a subresource, which a rule has to name as such: the right to the resource itself does not hold for it"
        ),
        rules: &[],
        next: &["kubectl auth can-i {verb} {resource} --as={user}"],
    },
    Message {
        pattern: r#"\b[\w.|/*-]+\.(?P<group>(?:custom|external)\.metrics\.k8s\.io)(?: "[^"]*")? is forbidden: User "(?P<user>system:serviceaccount:[^"]+|[^"@:]*@[^"]*)" cannot (?P<verb>\w+)(?: resource "(?P<resource>[^"\s]+)"| (?P<old>[\w.|/*-]+)\.(?:custom|external)\.metrics\.k8s\.io\b)?[^\n]{0,160}"#,
        printed_by: "kube-apiserver's or an extension API server's authorizer",
        about: About::SomethingElse,
        meaning: only_a_right!(
            "`{user}` may not {verb} {resource}{old} of {group}",
            ". A role for it has the apiGroups {group} and the resources \"*\", or each with its metric as a subresource (metrics adapters bring one, and its binding to the horizontal pod autoscaler); \
            `kubectl create role` takes no resource that the API does not list, so it has to be written as YAML."
        ),
        rules: &[],
        next: &["kubectl get clusterroles,clusterrolebindings -o wide | grep metrics"],
    },
    Message {
        pattern: r#"\b(?P<resource>[A-Za-z][\w.|/-]*)(?: "[^"]*")? is forbidden: User "system:serviceaccount:(?P<namespace>[^":]+):(?P<account>[^"]+)" cannot (?P<verb>\w+) [^\n]{0,160}in the namespace "(?P<where>[^"]+)""#,
        printed_by: "kube-apiserver's or an extension API server's authorizer",
        about: About::SomethingElse,
        meaning: only_a_right!(
            "the service account {account} of the namespace {namespace} may not {verb} {resource} in the namespace {where}"
        ),
        rules: &[],
        next: &[
            "kubectl create role {account}-{verb}-{resource} --namespace={where} --verb={verb} --resource={resource}",
            "kubectl create rolebinding {account}-{verb}-{resource} --namespace={where} --role={account}-{verb}-{resource} --serviceaccount={namespace}:{account}",
        ],
    },
    Message {
        pattern: r#"\b(?P<resource>[A-Za-z][\w.|/-]*)(?: "[^"]*")? is forbidden: User "system:serviceaccount:(?P<namespace>[^":]+):(?P<account>[^"]+)" cannot (?P<verb>\w+)"#,
        printed_by: "kube-apiserver's or an extension API server's authorizer",
        about: About::SomethingElse,
        meaning: only_a_right!(
            "the service account {account} of the namespace {namespace} may not {verb} {resource} in the whole cluster"
        ),
        rules: &[],
        next: &[
            "kubectl create clusterrole {account}-{verb}-{resource} --verb={verb} --resource={resource}",
            "kubectl create clusterrolebinding {account}-{verb}-{resource} --clusterrole={account}-{verb}-{resource} --serviceaccount={namespace}:{account}",
        ],
    },
    Message {
        pattern: user_of_metrics!(r"\d{1,3}(?:\.\d{1,3}){3}|kubernetes|[^\x22@:]*(?:proxy|front|apiserver)[^\x22@:]*"),
        about: About::FrontProxy,
        ..MAY_BE_PROXY_CLIENT
    },
    Message { pattern: user_of_metrics!(r"[^\x22@:]+|system:(?:kube-|node:|metrics)[^\x22]*"), ..MAY_BE_PROXY_CLIENT },
    Message {
        pattern: r#"\b(?P<resource>[A-Za-z][\w.|/-]*)(?: "[^"]*")? is forbidden: User "(?P<user>system:node:[^"]+)" cannot (?P<verb>\w+)(?:[^\n]{0,240}no relationship found[^\n]{0,160})?"#,
        printed_by: "kube-apiserver's Node authorizer (plugin/pkg/auth/authorizer/node), to a kubelet or a client with its kubeconfig",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no role is missing: `{user}` is a node, and the Node authorizer lets it read Secrets, ConfigMaps, volumes and the like only \
            while a Pod that uses them is bound to it (`no relationship found` where none is, or not yet). When a kubelet starts or a Pod has \
            just gone that passes. Where it stays, something else than a kubelet uses the kubelet's kubeconfig, or the node has another name \
            than its certificate. A Role bound to the node would let it read more than its Pods need.",
        rules: &[],
        next: &["kubectl auth can-i {verb} {resource} --as={user} --as-group=system:nodes"],
    },
    Message {
        pattern: r#"\b(?P<resource>[A-Za-z][\w.|/-]*)(?: "[^"]*")? is forbidden: User "(?P<user>[^"@:]*[@:][^"]*|[A-Za-z_]+)" cannot (?P<verb>\w+) [^\n]{0,160}in the namespace "(?P<where>[^"]+)""#,
        printed_by: "kube-apiserver's or an extension API server's authorizer",
        about: About::SomethingElse,
        meaning: only_a_right!("`{user}` may not {verb} {resource} in the namespace {where}"),
        rules: &[],
        next: &[
            "kubectl create role {verb}-{resource} --namespace={where} --verb={verb} --resource={resource}",
            "kubectl create rolebinding {user}-{verb}-{resource} --namespace={where} --role={verb}-{resource} --user={user}",
        ],
    },
    Message {
        pattern: r#"\b(?P<resource>[A-Za-z][\w.|/-]*)(?: "[^"]*")? is forbidden: User "(?P<user>[^"@:]*[@:][^"]*|[A-Za-z_]+)" cannot (?P<verb>\w+)"#,
        printed_by: "kube-apiserver's or an extension API server's authorizer",
        about: About::SomethingElse,
        meaning: only_a_right!(
            "`{user}` may not {verb} {resource}",
            " (the ClusterRoles system:aggregated-metrics-reader and view give the right to read metrics)."
        ),
        rules: &[],
        next: &[
            "kubectl create clusterrole {verb}-{resource} --verb={verb} --resource={resource}",
            "kubectl create clusterrolebinding {user}-{verb}-{resource} --clusterrole={verb}-{resource} --user={user}",
        ],
    },
    Message {
        pattern: r#"\b(?P<resource>[A-Za-z][\w.|/-]*)(?: "[^"]*")? is forbidden: User "(?P<user>[^"]+)" cannot (?P<verb>\w+)"#,
        printed_by: "kube-apiserver's or an extension API server's authorizer",
        about: About::SomethingElse,
        meaning: "`{user}` may not {verb} {resource}. Most often only a right is missing. If that is the common name of the proxy \
            client's certificate, and {resource} an aggregated API, the proxy client itself was taken for the user.",
        rules: &[],
        next: &["kubectl auth can-i {verb} {resource} --as={user}"],
    },
    Message {
        pattern: concat!(r"\b(?P<resource>[\w.|-]+\.", aggregated_groups!(group_of), r") is forbidden(?:[^\w:]|$)"),
        printed_by: "an authorizer, of an aggregated API",
        about: About::ExtensionServer,
        meaning: "403 for {resource}; who asked was cut off. Most often its account lacks a right (the horizontal pod autoscaler's is \
            system:serviceaccount:kube-system:horizontal-pod-autoscaler, and the adapter's manifests bind a role to it). Where the whole line names \
            system:anonymous or the proxy client as the user, the extension API server does not see who asks.",
        rules: &["proxy-client-also-a-user"],
        next: &[CHECK_OBJECTS],
    },
];
