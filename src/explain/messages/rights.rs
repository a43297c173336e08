//! Who may do what: lines of authorizers.

use super::{About, CHECK, Message};

pub(super) static MESSAGES: &[Message] = &[
    Message {
        pattern: r#"(?P<review>subjectaccessreviews|tokenreviews)\S* is forbidden: User "system:serviceaccount:(?P<namespace>[^":]+):(?P<account>[^"]+)""#,
        printed_by: "an extension API server that may not ask kube-apiserver about users",
        about: About::ExtensionServer,
        meaning: "The service account {account} in the namespace {namespace} may not create {review}: it cannot ask \
            kube-apiserver whether a user may do something. Ordinary users get 500 or 403 while members of system:masters \
            get 200, so admins never see it. The certificates are not the cause: bind the ClusterRole system:auth-delegator.",
        rules: &[],
        next: &[
            "kubectl create clusterrolebinding {account}:system:auth-delegator --clusterrole=system:auth-delegator --serviceaccount={namespace}:{account}",
        ],
    },
    Message {
        pattern: r#"User "front-proxy-client" cannot (?P<verb>\w+) "#,
        printed_by: "an extension API server's or kube-apiserver's authorizer",
        about: About::FrontProxy,
        meaning: "A request was proxied, and the proxy client itself was taken for the user. Its certificate verifies \
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
        pattern: r#"User "system:anonymous" cannot \w+ (?:resource )?"?(?:nodes|pods|[a-z0-9.-]+\.metrics\.k8s\.io|path "/apis/)[^\n]{0,160}"#,
        printed_by: "an extension API server's authorizer",
        about: About::FrontProxy,
        meaning: "The request arrived without a user. kube-apiserver proxied it without a client certificate (the flags \
            --proxy-client-cert-file and --proxy-client-key-file are missing), or the extension API server did not take the \
            certificate for the front proxy's, and anonymous requests are allowed there.",
        rules: &["proxy-client-missing", "proxy-client-untrusted", "requestheader-headers-missing"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"User "system:anonymous" cannot (?P<verb>\w+)"#,
        printed_by: "an authorizer",
        about: About::FrontProxy,
        meaning: "The request carried no client certificate and no token that any authenticator took, and anonymous \
            requests are allowed. Where kube-apiserver proxied it, the proxy-client flags are missing: kube-apiserver had \
            no certificate to show. Where a client called kube-apiserver itself, its kubeconfig has no credentials.",
        rules: &["proxy-client-missing", "requestheader-headers-missing"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"\b(?P<resource>(?:nodes|pods)\.metrics\.k8s\.io|\S+\.(?:custom|external)\.metrics\.k8s\.io) is forbidden: User "(?P<user>[^"]+)" cannot (?P<verb>\w+)"#,
        printed_by: "kube-apiserver's or an extension API server's authorizer",
        about: About::FrontProxy,
        meaning: "`{user}` may not {verb} {resource}. If that is the common name of the proxy client's certificate (an IP \
            address or a host name often is), the proxy client itself was taken for the user: the extension API server does \
            not know it as a front proxy, and the user who asked is not seen. If it is a person or a service account, only \
            the rights are missing (the ClusterRoles system:aggregated-metrics-reader or view).",
        rules: &["proxy-client-also-a-user", "proxy-client-name-not-allowed", "requestheader-ca-logs-in"],
        next: &["kubectl auth can-i {verb} {resource} --as='{user}'", CHECK],
    },
];
