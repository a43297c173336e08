//! What kube-apiserver says when it calls a webhook, and was answered with an error or not at all.
//!
//! A webhook may be an aggregated API (clientConfig.service `kubernetes` of the namespace default, and a path below /apis):
//! then the aggregator answers for it, and the front proxy has a part in it. Only what did not answer was not reached.

use super::super::commands::WEBHOOK_CONFIGURATIONS;
use super::{About, CHECK_CONDITIONS, Message};

/// The call of an admission or conversion webhook that failed (k8s.io/apiserver, webhook.ErrCallingWebhook; apiextensions,
/// conversion/webhook_converter.go).
macro_rules! calling {
    () => {
        r#"(?:[Ff]ailed calling (?:admission )?webhook (?P<name>[^\n:]{0,160})|failed to call webhook|conversion webhook for (?P<kind>[^\n:]{0,160}) failed): (?:failed to call webhook: )?"#
    };
}

macro_rules! conversions {
    () => {
        "kubectl get crds -o yaml | grep -n -A9 'strategy: Webhook'"
    };
}
const CONVERSION: &str = concat!(conversions!(), "    # {kind}");

/// Others have its words: `shared` looks for its name.
pub(super) const CALLER: &str = "kube-apiserver, when it calls an admission or conversion webhook";

const ANSWERED: Message = Message {
    pattern: "",
    printed_by: CALLER,
    about: About::NotTold,
    meaning: "kube-apiserver itself is the client here, the user was let in before: the webhook did not accept it. A webhook behind an \
        aggregated API (an old one of Stash, Voyager, KubeDB, cert-manager; clientConfig.service `kubernetes` and a path below /apis) is \
        served by an extension API server, which does not take kube-apiserver for the front proxy. One of another kind wants credentials \
        of its own (kubeConfigFile of the admission plug-in). The line does not tell which of the two it is; the webhook's configuration \
        does.",
    rules: &["proxy-client-untrusted", "proxy-client-missing", "proxy-client-expired"],
    next: &[WEBHOOK_CONFIGURATIONS, CONVERSION, "kubectl get apiservices"],
    ..Message::PLAIN
};

/// Where the front proxy has no part in it, whatever serves the webhook.
const OF_THE_WEBHOOK: Message = Message { about: About::SomethingElse, rules: &[], next: &[], ..ANSWERED };

pub(super) static MESSAGES: &[Message] = super::rows![
    Message {
        pattern: concat!(
            calling!(),
            r#"[a-z0-9.-]+ is forbidden: User [\\"]{1,4}system:anonymous[\\"]{1,4} cannot[^\n]{0,160}"#
        ),
        about: About::FrontProxy,
        meaning: "kube-apiserver itself is the client here, and the API server behind the webhook took it for nobody: an aggregated API is \
            called as a webhook (an old one of Stash, Voyager, KubeDB, cert-manager), and its extension API server does not take \
            kube-apiserver for the front proxy. The user was let in before.",
        ..ANSWERED
    },
    Message {
        pattern: concat!(calling!(), "(?:Unauthorized|the server has asked for the client to provide credentials)"),
        ..ANSWERED
    },
    Message {
        pattern: concat!(
            calling!(),
            r#"(?:Post [\\"]{0,4}https?://[^\s"\\]+[\\"]{0,4}: )?(?:the server is currently unable to handle the request|service unavailable)[^\n]{0,80}"#
        ),
        meaning: "Somebody answered 503 for the webhook {name}{kind}, so the line says neither that it was not reached nor why. A webhook \
            behind an aggregated API (clientConfig.service `kubernetes` and a path below /apis: Stash, Voyager, KubeDB, Hive, old ones of \
            cert-manager) is answered so by kube-apiserver while its APIService is not available, whatever the cause: no ready Pod, a \
            serving certificate that is refused, or a front-proxy client that is not accepted. The condition of the APIService says which. \
            Any other webhook, or a proxy before it (a service mesh), answered so by itself.",
        rules: &["apiservice-unavailable", "proxy-client-untrusted", "proxy-client-expired"],
        next: &[WEBHOOK_CONFIGURATIONS, CONVERSION, "kubectl get apiservices", CHECK_CONDITIONS],
        ..ANSWERED
    },
    Message {
        pattern: concat!(calling!(), r"(?:[^\n:]{0,80}: )?the server could not find the requested resource[^\n]{0,80}"),
        meaning: "The webhook {name}{kind} was answered 404, and no certificate is involved: what is called was reached, and the path is \
            none of its. A webhook behind an aggregated API (clientConfig.service `kubernetes` and a path below /apis) is answered so \
            where its APIService is gone or is of another version; any other where clientConfig.service.path or the url is not one that it \
            serves. Where it was uninstalled, its configuration is left over.",
        rules: &["apiservice-unavailable"],
        ..ANSWERED
    },
    Message {
        pattern: concat!(
            calling!(),
            r"(?P<why>the server (?:rejected our request|was unable to return a response in the time allotted|has received too many requests|does not allow this method|reported a conflict|was unable to respond)[^\n]{0,80}|an error on the server \([^\n]{0,300}?\) has prevented the request from succeeding|(?:expected (?:webhook )?response|received invalid webhook response|[Ww]ebhook response was absent)[^\n]{0,120})"
        ),
        meaning: "This is not the front proxy: the webhook {name}{kind} was reached, and answered with an error ({why}). Its own log says \
            more. `rejected our request` is 400: it does not understand what kube-apiserver sends, in this version or at that path.",
        next: ANSWERED.next,
        ..OF_THE_WEBHOOK
    },
    Message {
        pattern: concat!(calling!(), r"[^\n]{0,200}tls: failed to find any PEM data in (?:certificate|key) input"),
        meaning: "This is not the front proxy: what kube-apiserver is to show to the webhook {name}{kind} as a *client* holds no PEM \
            (client-certificate-data and client-key-data of the kubeconfig that kubeConfigFile of the admission plug-in names). A caBundle \
            that cannot be read is told as `unable to load root certificates`.",
        ..OF_THE_WEBHOOK
    },
    Message {
        pattern: concat!(
            calling!(),
            r"[^\n]{0,300}(?:unable to load root certificates[^\n]{0,80}|unable to parse bytes as PEM block)"
        ),
        meaning: "This is not the front proxy, and nothing was called: caBundle in the configuration of the webhook {name}{kind} is not \
            the base64 of PEM certificates (often it is base64 twice, or DER).",
        next: &[WEBHOOK_CONFIGURATIONS, CONVERSION],
        ..OF_THE_WEBHOOK
    },
    Message {
        pattern: r"customresource_handler\.go:\d+\] [\x22\\]{0,2}(?P<why>unable to load root certificates[^\n]{0,80})|(?:clientConfig|webhookClientConfig)\.caBundle: Invalid value[^\n]{0,120}",
        meaning: "This is not the front proxy, and nothing was called: caBundle of a webhook, of a CustomResourceDefinition's conversion \
            or an admission webhook's configuration, is not the base64 of PEM certificates (often it is base64 twice, or DER).",
        next: &[conversions!(), WEBHOOK_CONFIGURATIONS],
        ..OF_THE_WEBHOOK
    },
    Message {
        pattern: concat!(calling!(), r"[^\n]{0,300}remote error: (?P<why>tls: [a-z ]{3,40})"),
        meaning: "This is not the front proxy: the webhook {name}{kind}, or a proxy before its Pod, ended the TLS handshake ({why}); its \
            own serving certificate was not refused. Where a client certificate is meant, it wants one: kube-apiserver shows webhooks none \
            but what kubeConfigFile of the admission plug-in names, and a service mesh that wants its own has to leave the webhook's port \
            out. Its log says more.",
        ..OF_THE_WEBHOOK
    },
    Message {
        pattern: concat!(calling!(), r"[^\n]{0,300}: context canceled"),
        meaning: "This is not the front proxy, and no certificate: the webhook {name}{kind} was called, and whoever the request was for \
            went away before it answered (`context canceled`). Once in a while that is harmless; often, the webhook is too slow.",
        ..OF_THE_WEBHOOK
    },
    Message {
        pattern: concat!(
            calling!(),
            r"(?:Post|Get) [\x22\\]{0,4}https://kubernetes\.default\.svc[^\s\x22\\]{0,20}/apis/[^\n]{0,300}(?:dial |context deadline exceeded|request canceled|EOF|http2: )[^\n]{0,120}"
        ),
        meaning: "This is not the front proxy: kube-apiserver called itself for the webhook {name}{kind}, which is behind an aggregated \
            API, and had no answer. With `dial` it did not reach its own address, the Service `kubernetes`; otherwise the extension API \
            server that serves the webhook did not answer in time: the network between the control plane and its Pods, or an overloaded \
            server. No certificate is involved.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
        ..OF_THE_WEBHOOK
    },
    Message {
        pattern: concat!(
            calling!(),
            r"[^\n]{0,300}(?:dial tcp|proxy error|context deadline exceeded|request canceled|net/http: TLS handshake timeout|service \S{1,80} not found|no endpoints available|connection refused|Address is not allowed|EOF)[^\n]{0,120}"
        ),
        meaning: "This is not the front proxy, and no certificate either: kube-apiserver could not reach the webhook {name}{kind}, or had \
            no answer of it. Look at its Service and its Pod (clientConfig of its configuration; spec.conversion of a \
            CustomResourceDefinition whose kinds it converts).",
        next: &[WEBHOOK_CONFIGURATIONS, CONVERSION, "kubectl get endpointslices,pods --all-namespaces -o wide"],
        ..OF_THE_WEBHOOK
    },
];
