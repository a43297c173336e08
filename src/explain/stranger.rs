//! Lines of programs, or about peers, that are no part of the aggregation layer.
//!
//! Go's crypto/tls and crypto/x509 say the same words in every program. Where a line names another program, or the
//! service that was called, the front proxy has no part in it.

use std::sync::LazyLock;

use regex::Regex;

use super::names;
use super::pattern::{Table, compile};

/// What kube-apiserver keeps, and is no program.
pub(super) const ANOTHER_OBJECT: &str = "an object of another kind than an APIService";

/// Names of programs and services in a line, by who that is.
static STRANGERS: &[(&str, &str)] = &[
    (r"(?i)\bvault\b|\[(?:ERROR|WARN)\] +(?:core|listener)[.:]|/v1/auth/kubernetes", "Vault"),
    (r"(?i)\b(?:ingress-)?nginx\b|SSL_do_handshake", "nginx"),
    (r"(?i)\btraefik\b|\bproviderName=|\bentryPointName=", "Traefik"),
    (
        r"(?i)\b(?:istio\w*|pilot-agent|envoy|linkerd-proxy|sidecar-injector|citadel|kiali|kuma|spire-\w+)\b",
        "a service mesh",
    ),
    (r"(?i)\b(?:consul|nomad)\b", "Consul or Nomad"),
    (r"(?i)\bhaproxy\b|\bcaddy\b|\bcontour\b|\bkong\b|\bapisix\b|\bambassador\b", "an ingress or a proxy"),
    (
        r"(?i)\b(?:dex|keycloak|oauth2-proxy|okta|gangway|pinniped-supervisor)\b|\boauth2: cannot fetch token",
        "a client of an OAuth 2 server",
    ),
    (
        r"(?i)\bargo-?cd\b|\brepo-server\b.*\bgit\b|\b(?:source|helm|kustomize|notification)-controller\b|\bflux\b",
        "Argo CD or Flux",
    ),
    (
        r"(?i)\bcert-manager\b|\bacme(?:: |/autocert|-challenge)|\b(?:http|dns)-?01 challenge",
        "cert-manager, or another client of an ACME server",
    ),
    (r"(?i)\bkafka\b|\bsarama\b|\bzookeeper\b|\bstrimzi\b", "a client of Kafka"),
    (r"(?i)\bmqtt\b|\bmosquitto\b|\bnats\b|\brabbitmq\b|\bamqps?\b", "a message broker"),
    (
        r"(?i)\bpq: |\bpostgres\w*|\bpgx?pool\b|\bmysql\b|\bmariadb\b|\bmongo(?:db)?\b|\bredis\b|\bcassandra\b|\bclickhouse\b|\belastic\w*|\bopensearch\b|\blogstash\b|\bfilebeat\b|\bfluent\w*|\bcockroach\w*|:(?:3306|5432|6379|9042|9200|27017)\b",
        "a database, or a client of one",
    ),
    (r"(?i)\bldaps?\b|\bsmtp\b|\bimap\b|\bsssd\b|\bradius\b|\bssh:|\bsshd?\b", "another service than an API server"),
    (
        r"(?i)\bprometheus(?:-[^a]|[^-\w]|$)|\balertmanager\b|\bgrafana\b|\bloki\b|\bpromtail\b|\bthanos\b|\bmimir\b|\btelegraf\b|\bdatadog-agent\b|\bnode-exporter\b|\bkube-rbac-proxy\b|scrape_pool|scrape manager|remote[ _]write",
        "Prometheus, or what works with it",
    ),
    (
        r"(?i)\bdocker(?:d|-daemon)?\b|\bcontainerd\b|\bcri-?o\b|\bpodman\b|\bskopeo\b|\bharbor\b|\bregistry\b|\bhttps?://[^/\s]+/v2/(?:[\s\x22']|$|[\w./-]+/(?:manifests|blobs|tags)/)|\bpull(?:ing)? image\b|ImagePull",
        "a container runtime, or a client of an image registry",
    ),
    (
        r"(?i)\bgitlab\b|\bgithub\b|\bjenkins\b|\bterraform\b|\bansible(?:[^-\w]|$)|\bgitea\b|\bgit (?:clone|fetch|pull|ls-remote)\b|\brunner=",
        "a tool that builds or deploys",
    ),
    (
        r"(?i)\bvelero\b|\brestic\b|\bminio\b|\bs3\b|\bbackup[ -]?(?:storage|store|location)",
        "a backup or an object store",
    ),
    (
        r"(?i)\bamazonaws\b|\baws_\w+|\bawsu?\b|\bkarpenter\b|controller\.provisioning|\bazure\b|\bgoogleapis\b|\bopenstack\b|\bvsphere\b|\bvcenter\b|cloud-controller|cloud_provider|\bcluster-autoscaler\b|\bexternal-dns\b|RequestError: send request",
        "a client of a cloud's API",
    ),
    (
        r"(?i)\bcalico(?:-(?:node|kube|typha|cni)|/node|[^-\w/]|$)|\bfelix\b|\bbird\b|\bcilium\b|\bhubble\b|\bflannel\b|\bweave\b|\bmultus\b|\bcni\b|\bovn\w*",
        "the network plug-in",
    ),
    (r"(?i)\bcsi-[\w-]+|\blonghorn\b|\brook\b|\bceph\b|\bsnapshot-controller\b|\bportworx\b", "a storage driver"),
    (r"(?i)\b(?:cattle|rancher)\b|\bremotedialer\b|\bcacerts setting\b", "Rancher, or the tunnel of k3s and RKE2"),
    (r"(?i)\bwebhook(?:-\w+|s\b| [^a\s]|[^\s\w.]|$)|\bgatekeeper\b|\bkyverno\b", "a webhook"),
    (
        r"(?i)\bteleport\b|\bboundary\b|\bopenvpn\b|\bwireguard\b|\bsquid\b|\bzabbix\w*|\bpuppet\b|\brundeck\b",
        "a proxy, a VPN or an access gateway",
    ),
    (r"(?i)\bcoredns\b|plugin/(?:errors|forward|kubernetes|ready)\b", "CoreDNS"),
    (
        r"(?i)\bgRPC\b|rpc error: |authentication handshake failed|\btransport: (?:auth|Error|http2)",
        "a gRPC client or server",
    ),
    (
        r"\b(?:HTTP|GRPC|TLS|TCP|UDP)Route\b|\bIngress(?:Class|Route)?\b|\bingress(?:es)?\.(?:networking|extensions)\b|\bVirtualService\b|\bTargetGroupBinding\b|\bcluster\.x-k8s\.io\b|\bserving\.knative\b",
        ANOTHER_OBJECT,
    ),
    (r"(?i)\bkubelet\b", "a kubelet"),
    (r"(?i)\bkube-proxy\b", "kube-proxy"),
    (r"(?i)\bmachine-?config|:22623\b|\bmcs\b", "the machine configuration server of OpenShift"),
];

pub(super) static COMPILED: LazyLock<Table<&'static str>> =
    LazyLock::new(|| Table::new(STRANGERS.iter().map(|(pattern, who)| (*pattern, who))));

/// What holds names and says nothing of who speaks: the place in a source file (`github.com/ORG/REPO/FILE.go:12`); the
/// names in a certificate, and the one that it lacks; the files that kubeadm makes; user agents in access logs; what metrics are called, which often holds the name of what they measure.
static NAMELESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(concat!(
        // An API server that speaks, behind its host, namespace or Pod, or is named: an adapter for a cloud's metrics is none of that cloud.
        r"^\[?(?:[\w./-]+ )?(?:pod/)?(?:[\w.-]+/)?[\w-]*(?:api-?server|metrics-server|adapter)(?:-[\w.-]+)?(?:\[\d+\])?[:\]]? |\b[\w-]*(?:api-?server|metrics-server|metrics-adapter)\b|",
        r"[\w.@~-]+(?:/[\w.@~-]+)+\.go:\d+|certificate is (?:not )?valid for [^\x22\n]{0,600}?, (?i:not|but none matched)[^\s\x22\x27`,;)]*(?: [^\s\x22\x27`,;)]+)?",
        r"|/etc/kubernetes/pki/[\w./-]+|\buserAgent=\S+|\S+/&LabelSelector\{|\((?:get|list|post|watch) [^)\s]*\)?|metric [^\s:]+",
    ))
});

/// Who else a record is about.
pub(super) fn of(record: &str) -> Option<&'static str> {
    let record = &names::without(record);
    let record = &NAMELESS.as_ref()?.replace_all(record, " ");
    COMPILED.in_record(record).first().map(|(_, who)| **who)
}

#[cfg(test)]
pub(super) fn patterns() -> impl Iterator<Item = &'static str> {
    STRANGERS.iter().map(|(pattern, _)| *pattern)
}
