//! What metrics-server, other adapters and the horizontal pod autoscaler say of their own work: the front proxy has done its
//! part then.

use super::{About, CHECK_CONDITIONS, Message};

/// Who prints what others print too: `shared` knows by what a line names them.
pub(super) const PROMETHEUS_ADAPTER: &str = "prometheus-adapter";
pub(super) const METRICS_SERVER: &str = "metrics-server";
pub(super) const ADAPTER: &str = "a metrics adapter, KEDA's operator, or the horizontal pod autoscaler";
pub(super) const ADAPTER_STARTS: &str = "a metrics adapter at start-up (custom-metrics-apiserver, metrics-server)";
pub(super) const METRICS_CLIENT: &str = "k9s, or another client";
pub(super) const SCALING: &str = "the horizontal pod autoscaler, in an event or a condition";
pub(super) const STANDS_STILL: &str = "the horizontal pod autoscaler, in the condition ScalingActive";
pub(super) const AUTOSCALER: &str = "the horizontal pod autoscaler, of one metric";

pub(super) static GENERAL: &[Message] = super::rows![
    Message {
        pattern: r"\bSuccessfulRescale\b[^\n]{0,200}|\bNew size: \d+; reason: [^\n]{0,160}",
        printed_by: "the horizontal pod autoscaler",
        about: About::NoFailure,
        meaning: "This is no failure: the autoscaler got its metrics and changed the number of Pods.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"max age must not be less than relist interval",
        printed_by: "prometheus-adapter at start-up, of its flags",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: --metrics-max-age is shorter than --metrics-relist-interval, so the adapter ends. Until it runs, \
            the API that it serves is not available (503).",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"no address matched types (?P<types>\[[^\]\n]{1,120}\])?",
        printed_by: METRICS_SERVER,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: metrics-server is to call kubelets by an address of the types {types} \
            (--kubelet-preferred-address-types), and a node has none of them in its status. Take a type that it has, most often \
            InternalIP.",
        rules: &[],
        next: &["kubectl get nodes -o wide"],
    },
    Message {
        pattern: r"Got duplicate (?:[Nn]ode|[Pp]od|[Cc]ontainer) point",
        printed_by: METRICS_SERVER,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: metrics-server got two measurements of one node or container at once, keeps one and skips \
            the other; its metrics are there.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"no metrics known for (?:pod|node)\b[^\n]{0,80}",
        printed_by: "metrics-server, or prometheus-adapter, which has this part of it",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: whoever serves metrics.k8s.io has no metrics of some node or Pod (yet). metrics-server \
            cannot read its kubelet, or has just started; prometheus-adapter finds no series for it by the queries of its `resourceRules`. \
            The log of that program says why.",
        rules: &[],
        next: &["kubectl get apiservice v1beta1.metrics.k8s.io"],
    },
    Message {
        pattern: r"Metric storage is not ready[^\n]{0,120}|[Ff]ailed (?:reading|listing|getting) (?:nodes?|pods?) metrics\b[^\n]{0,200}|Failed to scrape node[^\n]{0,200}|metric collection didn't finish on time|Failed probe[^\n]{0,200}|Skipping (?:node|container) usage metric|[Ff]ound new \S+ metrics point is older than stored|[Ff]ailed getting complete (?:node|Pod|container) metric|request failed, status: [\x22\\]{1,4}\d[^\n]{0,80}|unable to fully collect metrics[^\n]{0,300}",
        printed_by: METRICS_SERVER,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: metrics-server has no metrics of some node or Pod (yet): it cannot read a kubelet, or \
            kube-apiserver's list of nodes and Pods, or two measurements do not fit together (a restart, a clock). Its log says of which \
            and why.",
        rules: &[],
        next: &["kubectl get nodes -o wide"],
    },
    Message {
        pattern: r"cannot use both --(?:deprecated-)?kubelet-\S+ and --(?:deprecated-)?kubelet-\S+|need both --kubelet-client-key and --kubelet-client-certificate|metric-resolution should be[^\n]{0,120}|kubelet-request-timeout should be positive|unable to construct a client to connect to the kubelets[^\n]{0,200}",
        printed_by: "metrics-server at start-up (options.Validate)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a flag of metrics-server about the kubelets or its times has a value that it does not take, \
            or two contradict each other, and it does not start.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"unable to fetch metrics for query [^\n]{0,400}?(?P<why>bad_response: invalid character|bad_response: |server_error: |client_error: )[^\n]{0,200}",
        printed_by: "prometheus-adapter, a client of Prometheus",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: what answers at --prometheus-url is not Prometheus, or not in order. `invalid character \
            '<'` is a page of HTML: a login page, an ingress, or a path that is missing in the address; `unknown response code 401` or \
            `403` is Prometheus, or a proxy or service mesh before it, that does not let the adapter in.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Missing (?:container|resource) metric",
        printed_by: AUTOSCALER,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the metrics API answered, and its sample of a Pod has no value for that container or \
            resource (yet): the container has just started, or the kubelet has not measured it. The autoscaler leaves the Pod out until \
            there is one.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"no metrics returned matched known pods|unable to update list of all (?:available )?metrics[^\n]{0,200}|[Uu]nable to fetch (?:external metrics|metrics for query)[^\n]{0,200}|unable to find (?:resource )?metrics? for[^\n]{0,200}|(?:error|failed) getting metric(?:s|Spec)? (?:for|from|of) [^\n]{0,200}|ScalerFailed|KEDAScalerFailed",
        printed_by: ADAPTER,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a metrics adapter, or KEDA's operator, has no metric for what was asked. The source behind \
            the adapter (Prometheus, a queue, a kubelet) has none, is not reached or does not let the adapter in (401, 403: its own key or \
            token), or the rules do not match.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Internal error occurred: unable to list matching resources?\b",
        printed_by: "a metrics adapter (custom-metrics-apiserver, prometheus-adapter), to a client",
        about: About::ExtensionServer,
        meaning: "The adapter could not list the objects whose metrics are asked for: its account may not list them at kube-apiserver, or \
            does not reach it. The adapter's log has the error. No certificate of the front proxy is involved: the adapter was reached and \
            knew who asks.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:unable to (?:fetch metrics from prometheus|execute query|(?:construct|generate|produce) (?:a |container |node |metrics |label-resource )?(?:quer(?:y|ier)|metrics query|Prometheus client|naming scheme|resource label|series|converter)|find label for resource|name series|compile series|normalize group[- ]resource|singularize resource|convert (?:label|resource|vector)|parse (?:metrics|label)|list matching resources?|load metrics discovery|log response body|fetch (?:node (?:CPU|memory) metrics|CPU metrics|memory metrics|metrics for pods))|no metrics discovery configuration|metric [\w.-]+/\S+ not registered|None of the results returned|Got more than one result (?:\(|when fetching)|unexpected results from prometheus|external metric [\x22\\]+[^\x22\\\n]{1,120}[\x22\\]+ not found|no resource names requested|missing (?:CPU|memory) for node|failed querying node metrics|failed to read prometheus-|no certs found in prometheus-ca-file|bad_response: |invalid Prometheus URL|unsupported Prometheus HTTP verb|client transport for connecting to Prometheus|cannot have both an `is`|max age must not be less)[^\n]{0,200}",
        printed_by: PROMETHEUS_ADAPTER,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a client of Prometheus, by these words prometheus-adapter, did not get, or did not \
            understand, what it asks for. Its flags and the files that they name, its rules (--config), what an HPA asks for (a selector), \
            or what Prometheus holds is the cause; HPAs see `no metrics returned` or 404 meanwhile.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"scaledObject name is not specified|please specify scaledObject name",
        printed_by: "KEDA's metrics API server",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: KEDA's metrics API server took the request, and that names no ScaledObject (the label \
            scaledobject.keda.sh/name of the metric's selector). The autoscaler was not made by KEDA but for another adapter, and \
            external.metrics.k8s.io has one APIService, which is KEDA's: the other adapter gets no requests.",
        rules: &[],
        next: &["kubectl get hpa --all-namespaces", "kubectl get apiservices v1beta1.external.metrics.k8s.io"],
    },
    Message {
        pattern: r"no metrics returned from heapster|[Uu]nable to get metrics [^\n]{0,80}heapster[^\n]{0,120}",
        printed_by: "the horizontal pod autoscaler of before 1.12, or a dashboard",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no aggregated API: heapster, which was removed long ago, was asked through the proxy of \
            its Service. It does not run, or has no metrics. Install metrics-server; newer autoscalers ask metrics.k8s.io.",
        rules: &[],
        next: &["kubectl get apiservices v1beta1.metrics.k8s.io"],
    },
    Message {
        pattern: r"(?:(?:error connecting|unable to start|error starting) Metrics Service gRPC|error when (?:getting|converting) metric values|[Nn]o matching metrics found for|gRPC connection is shut down|establishing a gRPC connection to KEDA|rawMetricsClient is not initialized|not able to get Kubernetes version)[^\n]{0,200}",
        printed_by: "KEDA's metrics API server or its operator",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: KEDA's metrics API server took the request, and got no value from KEDA's operator, which \
            asks the source of the metric (a queue, a database, Prometheus). The operator's log names the ScaledObject and the cause; \
            their own connection uses the Secret kedaorg-certs.",
        rules: &[],
        next: &["kubectl get scaledobjects --all-namespaces"],
    },
    Message {
        pattern: r"(?:FailedGetScale\b|unable to get the target's current scale|failed to query scale subresource)[^\n]{0,300}?(?:not found|could not find|no matches for)|invalid API version in scale target reference|unable to determine resource for scale target reference",
        printed_by: "the horizontal pod autoscaler, in an event or the condition AbleToScale",
        about: About::SomethingElse,
        meaning: "This is not the front proxy and no metrics API: the autoscaler does not find what it is to scale. spec.scaleTargetRef \
            names an object that is not there, with another apiVersion, or of a kind without /scale.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"FailedUpdateScale\b|FailedRescale\b|unable to update the target scale[^\n]{0,200}|failed to rescale [^\n]{0,200}",
        printed_by: "the horizontal pod autoscaler, in an event or the condition AbleToScale",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the autoscaler had its metrics, and could not write the new number of replicas. A webhook, \
            a quota or a right is in the way, or somebody else wrote the object at once.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"InvalidMetricSourceType[^\n]{0,300}|unknown metric source type [^\n]{0,80}|invalid \w+ metric source: [^\n]{0,120}",
        printed_by: SCALING,
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no metrics API was asked: an entry of spec.metrics is not one that the autoscaler \
            knows. Its `type` is Resource, ContainerResource, Pods, Object or External, and the target of that entry has one of value, \
            averageValue and averageUtilization.",
        rules: &[],
        next: &["kubectl get hpa --all-namespaces -o yaml"],
    },
    Message {
        pattern: r"unable to (?:get pods while calculating replica count|calculate ready pods): (?P<why>[^\n]{1,300})",
        printed_by: SCALING,
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no metrics API: the autoscaler could not list the Pods of its target in kube-apiserver \
            ({why}). A right of its own, the way to kube-apiserver, or etcd is the cause.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"\b(?:InvalidSelector|AmbiguousSelector)\b|target's scale is missing a selector|couldn't convert selector into[^\n]{0,120}|are controlled by multiple HPAs[^\n]{0,120}|no pods returned by selector while calculating replica count",
        printed_by: SCALING,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the autoscaler does not know which Pods it is to count. The target's selector matches none \
            (its Pods do not run), is missing, or two autoscalers have the same Pods.",
        rules: &[],
        next: &["kubectl get pods --show-labels"],
    },
    Message {
        pattern: r"metric value: container (?P<container>\S+) not found in [Pp]od (?P<pod>\S+)",
        printed_by: SCALING,
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and the metrics API answered: the autoscaler names the container {container} (spec.metrics, \
            ContainerResource), and the Pod {pod} has none of that name, or has not yet started it.",
        rules: &[],
        next: &["kubectl get hpa --all-namespaces"],
    },
    Message {
        pattern: r"API server returned (?P<count>\d+) results when we asked for exactly one",
        printed_by: SCALING,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the custom metrics API answered, with {count} values where one was wanted. The query of the \
            adapter's rule is to aggregate by what the metric is of (prometheus-adapter: `sum(<<.Series>>{<<.LabelMatchers>>}) by \
            (<<.GroupBy>>)`).",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"invalid metric source: (?P<why>[^\n]{1,160})|(?:metric target|metric source): (?P<target>[^\n]{0,80}must be set)|metric value: (?P<wanted>selector is required)|neither a utilization target nor a value target was set",
        printed_by: SCALING,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: spec.metrics of the autoscaler itself is not complete ({why}{target}{wanted}), so no \
            metrics API was asked.",
        rules: &[],
        next: &["kubectl get hpa --all-namespaces -o yaml"],
    },
    Message {
        pattern: r"(?:ScalingDisabled|scaling is disabled since the replica count)[^\n]{0,80}",
        printed_by: STANDS_STILL,
        about: About::NoFailure,
        meaning: "This is no failure: the target has no replicas, and the autoscaler does nothing until somebody gives it one.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"no metrics-server detected|Fail to locate metrics-server|Metrics are not available at the moment|No metrics api group",
        printed_by: METRICS_CLIENT,
        about: About::ExtensionServer,
        meaning: "kube-apiserver lists no group metrics.k8s.io to this client: metrics-server is not installed, or its APIService is not \
            available. The APIService's condition says which.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices v1beta1.metrics.k8s.io", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"unable to construct [\w ]{1,40}: unable to construct metrics (?:discovery rules|namers)[^\n]{0,300}",
        printed_by: PROMETHEUS_ADAPTER,
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a rule in the file of --config is not one that prometheus-adapter can read, as the end of \
            the line says. The adapter does not start, and its APIService stays unavailable.",
        rules: &[],
        next: &[],
    },
];

/// What stands around a cause, and is told where there is none.
pub(super) static LAST: &[Message] = super::rows![
    Message {
        pattern: r"error regenerating REST mappings from discovery[^\n]{0,200}",
        printed_by: ADAPTER_STARTS,
        about: About::NotTold,
        meaning: "A metrics adapter asked kube-apiserver which APIs there are, and could not use the answer; it goes on with what it knew \
            before, and asks again. What failed stands behind these words; where it names groups, their APIServices are not available, and \
            that may be the adapter's own.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"unable to (?:run|install|setup|construct) (?:the )?(?:custom|external|resource|metrics)[ \w-]{0,40}(?:adapter|API|server|provider)(?P<run>[^\n]{0,200})|unable to construct (?:(?:lister |Kubernetes )?client config|lister client|(?:dynamic )?discovery (?:client|mapper)|auth configuration|RESTMapper)(?P<construct>[^\n]{0,200})|unable to populate initial set of REST mappings(?P<populate>[^\n]{0,200})|unable to fetch server: (?P<fetch>[^\n]{0,200})",
        printed_by: ADAPTER_STARTS,
        about: About::ExtensionServer,
        meaning: "A program that asks kube-apiserver, by these words a metrics adapter, does not start, and an APIService of it stays \
            unavailable. The rest of the line says why{run}{construct}{populate}{fetch}.",
        rules: &["component-refuses-to-start"],
        next: &[],
    },
    Message {
        pattern: r"FailedGetScale\b|unable to get the target's current scale|failed to query scale subresource[^\n]{0,200}",
        printed_by: "the horizontal pod autoscaler, in an event or the condition AbleToScale",
        about: About::NotTold,
        meaning: "The autoscaler could not read what it is to scale, and the rest of the event says why. Most often spec.scaleTargetRef \
            names an object that is not there, with another apiVersion, or of a kind without /scale; with `unable to handle the request` \
            an APIService is not available.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"unable to (?:fetch|get) metrics from (?P<which>resource|custom|external) metrics API: (?P<why>(?:the ser|no cust|no exte|no res|Get |an err)[^\n]{0,200})",
        printed_by: "the horizontal pod autoscaler, of a metrics adapter",
        about: About::NotTold,
        meaning: "The autoscaler got no value from the {which} metrics API, and the reason was cut off: {why}. `unable to handle the \
            request` is an APIService that is not available, `could not find` an adapter that has no such metric, `Unauthorized` the front \
            proxy.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"unable to (?:fetch|get) metrics from (?P<which>resource|custom|external) metrics API: no known available metric versions found",
        printed_by: "the horizontal pod autoscaler (k8s.io/metrics, discovery)",
        about: About::ExtensionServer,
        meaning: "No adapter was asked: kube-apiserver names no version of the {which} metrics API that this autoscaler knows. There is no \
            APIService for one, or it is of another version, or it is not available.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices | grep metrics"],
    },
    Message {
        pattern: r"unable to get metric (?P<name>[^\n:]{1,120}): no known available metric versions found",
        printed_by: "the horizontal pod autoscaler (k8s.io/metrics, discovery)",
        about: About::ExtensionServer,
        meaning: "No adapter was asked for {name}: kube-apiserver names no version of the custom metrics API that this autoscaler knows. \
            There is no APIService for one, or it is of another version, or it is not available.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices | grep metrics"],
    },
    Message {
        pattern: r"unable to (?:fetch|get) metrics from (?P<which>resource|custom|external) metrics API: (?P<why>(?:client rate limiter|context canceled|context deadline|http2: |etcdserver|EOF|unexpected EOF|stream error|net/http: |read tcp)[^\n]{0,200})",
        printed_by: "the horizontal pod autoscaler",
        about: About::NotTold,
        meaning: "The autoscaler had no answer of the {which} metrics API: {why}. The line does not tell at which end: its own client gave \
            up (a rate limiter, `canceled`), kube-apiserver or etcd was slow or ended the connection, or the adapter behind it did not \
            answer. No certificate is involved.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices | grep metrics", "kubectl get --raw '/readyz?verbose'"],
    },
    Message {
        pattern: r"unable to (?:fetch|get) metrics from (?P<which>resource|custom|external) metrics API: (?P<why>[^\n]{3,200})",
        printed_by: "the horizontal pod autoscaler, of what a metrics adapter answered",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the server behind the {which} metrics API, an adapter, metrics-server or a proxy before it, \
            was reached and answered in words of its own: {why}. Most often its source (a cloud's API, Datadog, Prometheus) refused the \
            query or has no such metric; an adapter that has no metrics of that kind, or answers in another form than was asked for, says \
            so too. Its log says more.",
        rules: &[],
        next: &["kubectl get apiservices | grep metrics"],
    },
];

/// What names the event alone.
pub(super) static REST: &[Message] = super::rows![
    Message {
        pattern: r"FailedGet(?:Resource|ContainerResource|Object|Pods|External)Metric|FailedComputeMetricsReplicas|invalid metrics \(\d+ invalid out of \d+\)|unable to fetch metrics from (?P<which>resource|custom|external) metrics API",
        printed_by: "the horizontal pod autoscaler",
        about: About::NotTold,
        meaning: "The autoscaler got no metrics, and the rest of the event says why: the metrics API ({which}) is not available (`kubectl \
            get apiservices` tells), it answered that it has none, or the autoscaler's own spec.metrics, or its Pods, are not what it \
            needs (a container, a selector, a request that is missing).",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices | grep metrics", CHECK_CONDITIONS],
    },
    Message {
        pattern: r"failed to (?:get (?:\S+ )?(?:(?:resource|container|external|object) )?(?:metric value|utilization|usage)|compute desired number of replicas)[^\n]{0,200}|failed to get (?:\S+ (?:object|external) metric|(?:object|pods|external) metric)[^\n]{0,200}|unable to get (?:external metric|metrics? for resource|metric) [^\n]{0,200}|unable to compute the replica count[^\n]{0,200}",
        printed_by: AUTOSCALER,
        about: About::NotTold,
        meaning: "The autoscaler got no value of a metric. The rest of the line says why: `the server is currently unable to handle the \
            request` is an APIService that is not available, `Unauthorized` the front proxy, and `no metrics returned` a metrics API that \
            answers and has none; words about a container, a selector, a target or a request are about the autoscaler's own spec.metrics, \
            or its Pods.",
        rules: &["apiservice-unavailable"],
        next: &["kubectl get apiservices", CHECK_CONDITIONS],
    },
];
