//! What an extension API server says of its look-up of the authentication configuration
//! (k8s.io/apiserver, `DelegatingAuthenticationOptions.ApplyTo`).

use super::{About, CHECK_CONFIG_MAP, CHECK_OBJECTS, Event, Message, Role};

const AT_START: &str = "an extension API server, or kube-controller-manager or kube-scheduler, at start-up (k8s.io/apiserver, \
                        DelegatingAuthenticationOptions)";

pub(super) static MESSAGES: &[Message] = super::rows![
    Message {
        pattern: r"Continuing without authentication configuration\. This may treat all requests as anonymous|To require authentication configuration lookup to succeed, set --authentication-tolerate-lookup-failure=false",
        printed_by: AT_START,
        about: About::ExtensionServer,
        meaning: "The server could not read kube-system/extension-apiserver-authentication, and starts all the same because of \
            --authentication-tolerate-lookup-failure. Until it is restarted it has no requestheader CA: what kube-apiserver passes on is \
            anonymous to it or, once it has read the client CA, refused with 401. The line before says why the look-up failed: the missing \
            RoleBinding in kube-system, or kube-apiserver was not there yet.",
        rules: &["extension-lookup-tolerated", "extension-reader-binding"],
        next: &[CHECK_OBJECTS],
        role: Role::Beside(Event::LookUpTolerated),
    },
    Message {
        pattern: r"No authentication-kubeconfig provided in order to lookup (?P<key>requestheader-client-ca-file|client-ca-file)",
        printed_by: AT_START,
        about: About::ExtensionServer,
        meaning: "The server runs outside of a Pod, or without a service account's token, and has no \
            --authentication-kubeconfig: it cannot read `{key}` from kube-system/extension-apiserver-authentication, so client \
            certificates, the front proxy's among them, are not accepted. Give it a kubeconfig, or the file itself as --{key}.",
        rules: &["extension-lookup-skipped"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"No authorization-kubeconfig provided, so SubjectAccessReview of authorization tokens won't work",
        printed_by: AT_START,
        about: About::ExtensionServer,
        meaning: "The server has no --authorization-kubeconfig and no service account: it cannot ask kube-apiserver by \
            SubjectAccessReview what a user may do, and refuses whatever is not always allowed.",
        rules: &["extension-auth-delegator"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"failed to (?:read in-cluster kubeconfig for|get) delegated (?P<what>authentication|authorization)(?: kubeconfig)?(?:: (?P<why>(?:unable to load in-cluster|(?:invalid configuration: )?no configuration has been provided|[^\n]{0,60}/run/secrets/kubernetes\.io/serviceaccount)[^\n]{0,200})|\W*$)",
        printed_by: AT_START,
        about: About::ExtensionServer,
        meaning: "The server has no --{what}-kubeconfig, and no service account's token is mounted for it (it runs outside of a \
            Pod, or automountServiceAccountToken is false): it cannot ask kube-apiserver. What it missed: {why}",
        rules: &["extension-lookup-skipped"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: r"failed to (?:read in-cluster kubeconfig for|get) delegated (?P<what>authentication|authorization)(?: kubeconfig)?: (?P<why>[^\n]{1,240})",
        printed_by: AT_START,
        about: About::NotTold,
        meaning: "No certificate of the front proxy is the cause: the kubeconfig that --{what}-kubeconfig names cannot be used ({why}), \
            and the server does not start, or goes on without. The path is wrong or not mounted into the Pod, the file may not be read, or \
            it is empty or no kubeconfig.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"Failed to make webhook (?P<what>authenticator|authorizer) request[^\n]{0,300}?(?P<why>x509: [^\n"]{1,200})"#,
        printed_by: "a server that asks another about tokens (TokenReview) or rights (SubjectAccessReview)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the server asks for each token or right by a webhook, an extension API server, \
            kube-rbac-proxy or a kubelet asks kube-apiserver, and refused the *serving* certificate of whom it asks ({why}). What it \
            trusts is its service account's ca.crt or its kubeconfig; the certificate must name the address that it calls.",
        rules: &[],
        next: &["kubectl get configmap kube-root-ca.crt -o yaml"],
    },
    Message {
        pattern: r#"Failed to make webhook (?P<what>authenticator|authorizer) request[^\n]{0,300}?context canceled"#,
        printed_by: "a server that asks another about tokens (TokenReview) or rights (SubjectAccessReview)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the server was asking about a token or a right when whoever it did that for went away \
            (`context canceled`). Once in a while it is harmless; often, whom it asks (kube-apiserver, an identity provider) is slow.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"Failed to make webhook (?P<what>authenticator|authorizer) request[\\": ]+(?:err=)?[\\"]*(?:Post |Get )?[^\n]{0,300}?(?:context deadline exceeded|\bdial |(?:i/o|handshake) timeout|Client\.Timeout|EOF|http2: |stream error|connection (?:refused|reset|lost)|broken pipe|request canceled)[^\n]{0,120}"#,
        printed_by: "a server that asks another about tokens (TokenReview) or rights (SubjectAccessReview)",
        about: About::SomethingElse,
        meaning: "This is the network, not the front proxy: the server asks for each token or right by a webhook, an extension API server \
            or a kubelet asks kube-apiserver, and got no answer. Users get 401 or 500 meanwhile. Look at whether it reaches that address, \
            and at what answers there.",
        rules: &[],
        next: &["kubectl get endpointslices -n default -l kubernetes.io/service-name=kubernetes"],
    },
    Message {
        pattern: r"Failed to make webhook (?P<what>authenticator|authorizer) request[\x22: ]+(?:err=)?[\x22 ]*(?:Unauthorized|the server has asked for the client to provide credentials)",
        printed_by: "a server that asks another about tokens (TokenReview) or rights (SubjectAccessReview)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: whom the server asks for each token or right answered 401, so it did not take the server's \
            *own* credentials. An extension API server or a kubelet asks kube-apiserver: its service account's token has expired or is of \
            another cluster (restart the Pod), or the client certificate in its kubeconfig is not accepted any more.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Failed to make webhook (?P<what>authenticator|authorizer) request[^\n]{0,40}?the server could not find the requested resource",
        printed_by: "a server that asks another about tokens (TokenReview) or rights (SubjectAccessReview)",
        about: About::NotTold,
        meaning: "No certificate is involved: whom the server asks for each token or right answered 404. An extension API server asks \
            kube-apiserver for a review in a version that it does not serve, most often authorization.k8s.io/v1beta1 or \
            authentication.k8s.io/v1beta1, which Kubernetes 1.22 removed: upgrade it. Where kube-apiserver itself says so, the address in \
            the kubeconfig of its webhook has a wrong path.",
        rules: &[],
        next: &["kubectl api-versions"],
    },
    Message {
        pattern: r"open /tmp/(?:client-ca-file|requestheader-client-ca-file)\d+: (?P<why>no such file or directory|read-only file system|permission denied|no space left on device)",
        printed_by: "an extension API server of 1.9 to 1.12, which writes what it reads of the ConfigMap to a file of its own",
        about: About::ExtensionServer,
        meaning: "No file is missing on a node, and no right: the server has read the ConfigMap \
            kube-system/extension-apiserver-authentication, and cannot write what it holds to /tmp ({why}). Its image has no /tmp, or \
            readOnlyRootFilesystem is set: mount an emptyDir at /tmp. A warning before it that names a RoleBinding is printed whatever \
            failed.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:unable to load configmap based (?:request-header-client-ca-file|client CA file)|Error looking up in-cluster authentication configuration): (?:Unauthorized|the server has asked for the client to provide credentials)",
        printed_by: AT_START,
        about: About::SomethingElse,
        meaning: "kube-apiserver did not take the server's own credentials (401); the certificates of the front proxy are not the cause. \
            In a Pod that is its service account's bearer token, which has expired, is of another cluster or of a deleted account, or the \
            key that signs tokens has changed: restart the Pod. With a kubeconfig (--authentication-kubeconfig; kube-controller-manager \
            and kube-scheduler have one) it is the client certificate in it, which has expired or is of another CA than \
            --client-ca-file.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?i)(?:Get|List|Watch):? ?\S*https?://\S*/configmaps\S*extension-apiserver-authentication\S* ?(?:tls: failed to verify certificate: )?(?P<why>x509: [^\n\x22]{0,200})",
        printed_by: "an extension API server that calls kube-apiserver",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the extension API server, as the TLS client, refused kube-apiserver's own \
            *serving* certificate when it asked for the ConfigMap ({why}). What it trusts is the service account's ca.crt \
            (the ConfigMap kube-root-ca.crt), or what its kubeconfig names; the certificate must name the Service `kubernetes` \
            and its address.",
        rules: &[],
        next: &["kubectl get configmap kube-root-ca.crt -o yaml", CHECK_CONFIG_MAP],
    },
];

/// Where what stands behind it is none of the known causes.
pub(super) static LAST: &[Message] = super::rows![Message {
    pattern: r"Failed to make webhook (?P<what>authenticator|authorizer) request[^\n]{0,240}",
    printed_by: "a server that asks another about tokens (TokenReview) or rights (SubjectAccessReview)",
    about: About::SomethingElse,
    meaning: "This is not the front proxy: the server asks for each token or right by a webhook, an extension API server or a kubelet asks \
        kube-apiserver, and got no answer that it could use; why stands behind it, where it was not cut off.",
    rules: &[],
    next: &[],
}];
