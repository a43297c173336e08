//! What metrics-server, other adapters and the horizontal pod autoscaler say of their own work: the front proxy has done its
//! part then.

use super::{About, Message};

pub(super) static GENERAL: &[Message] = &[
    Message {
        pattern: r"Metric storage is not ready[^\n]{0,120}|[Ff]ailed (?:reading|listing|getting) (?:nodes?|pods?)(?: metrics)?\b[^\n]{0,200}|Failed to scrape node[^\n]{0,200}|metric collection didn't finish on time|cache for \S+ informer has not synced|informers not started yet|no address matched types[^\n]{0,120}|Failed probe[^\n]{0,200}|Skipping (?:node|container) usage metric|[Ff]ound new \S+ metrics point is older than stored|Got duplicate (?:node|pod|[Cc]ontainer) point",
        printed_by: "metrics-server",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: metrics-server has no metrics of some node or Pod (yet), because it cannot read a kubelet, or \
            kube-apiserver's list of nodes and Pods. Its log says which kubelet and why.",
        rules: &[],
        next: &["kubectl -n kube-system logs deploy/metrics-server | aggcert explain"],
    },
    Message {
        pattern: r"cannot use both --(?:deprecated-)?kubelet-\S+ and --(?:deprecated-)?kubelet-\S+|need both --kubelet-client-key and --kubelet-client-certificate|metric-resolution should be[^\n]{0,120}|kubelet-request-timeout should be positive|unable to construct a client to connect to the kubelets[^\n]{0,200}",
        printed_by: "metrics-server at start-up (options.Validate)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: flags of metrics-server about its connection to the kubelets contradict each other, and it does \
            not start.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Missing (?:container|resource) metric|no metrics returned matched known pods|unable to update list of all (?:available )?metrics[^\n]{0,200}|[Uu]nable to fetch (?:external metrics|metrics for query)[^\n]{0,200}|unable to find (?:resource )?metrics? for[^\n]{0,200}|(?:error|failed) getting metric(?:s|Spec)?\b[^\n]{0,200}|ScalerFailed|KEDAScalerFailed",
        printed_by: "a metrics adapter, or the horizontal pod autoscaler",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the metrics API answers, and has no metric for what was asked. The source behind the adapter \
            (Prometheus, a queue, a kubelet) has none, or is not reached, or its rules do not match.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"FailedGet(?:Resource|ContainerResource|Object|Pods|External)Metric|FailedComputeMetricsReplicas|invalid metrics \(\d+ invalid out of \d+\)|unable to fetch metrics from (?P<which>resource|custom|external) metrics API",
        printed_by: "the horizontal pod autoscaler",
        about: About::ExtensionServer,
        meaning: "The autoscaler got no metrics: the metrics API ({which}) is not available, or it answered that it has none. The rest of the \
            event says which; `kubectl get apiservices` whether it is the former.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", "kubectl get --raw /apis/metrics.k8s.io/v1beta1"],
    },
    Message {
        pattern: r"unable to (?:run|install|setup|construct) (?:the )?(?:custom|external|resource|metrics)[ \w-]{0,40}(?:adapter|API|server|provider)[^\n]{0,200}|unable to construct (?:lister |Kubernetes )?client config[^\n]{0,200}|unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST[^\n]{0,80}",
        printed_by: "a metrics adapter at start-up (custom-metrics-apiserver, metrics-server)",
        about: About::ExtensionServer,
        meaning: "The adapter does not start, and its APIService stays unavailable. The rest of the line says why: it finds no service \
            account's token or kubeconfig, may not read kube-system/extension-apiserver-authentication, or does not reach \
            kube-apiserver.",
        rules: &["extension-reader-binding", "component-refuses-to-start"],
        next: &[],
    },
];
