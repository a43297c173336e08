//! The table itself, sorted by name.
//!
//! From the sources of Kubernetes 1.29 to 1.37 (`cmd/*/app/options`, `pkg/kubeapiserver/options`, k8s.io/apiserver
//! `pkg/server/options`, k8s.io/component-base, k8s.io/controller-manager). What was gone before 1.29 has the last
//! version of the changelogs, or 28 where they do not say.

use super::{Component, Components, Flag, FlagKind};

/// Not one of ours, but known to stand beside flags of the same names in other programs' commands.
pub(super) const NONE: Components = Components(0);
const SERVER: Components = Components::only(Component::KubeApiserver);
const MANAGER: Components = Components::only(Component::KubeControllerManager);
const SCHEDULER: Components = Components::only(Component::KubeScheduler);
const SERVER_AND_MANAGER: Components = SERVER.and(MANAGER);
const MANAGER_AND_SCHEDULER: Components = MANAGER.and(SCHEDULER);
const ALL: Components = SERVER.and(MANAGER_AND_SCHEDULER);
/// What k8s.io/apiserver's options give an extension API server; each has others of its own.
const EXTENSION: Components = Components::only(Component::ExtensionApiServer);
const API_SERVERS: Components = SERVER.and(EXTENSION);
const API_SERVERS_AND_MANAGER: Components = SERVER_AND_MANAGER.and(EXTENSION);
const DELEGATING: Components = MANAGER_AND_SCHEDULER.and(EXTENSION);
const EVERY: Components = ALL.and(EXTENSION);

const fn flag(name: &'static str, kind: FlagKind, of: Components) -> Flag {
    Flag {
        name,
        kind,
        of,
        since: 0,
        until: None,
        ours: false,
        tells: false,
        anybodys: false,
        elsewhere: false,
        never_generic: false,
    }
}

const fn boolean(name: &'static str, of: Components) -> Flag {
    flag(name, FlagKind::Boolean, of)
}

const fn text(name: &'static str, of: Components) -> Flag {
    flag(name, FlagKind::Text, of)
}

const fn list(name: &'static str, of: Components) -> Flag {
    flag(name, FlagKind::List, of)
}

const fn repeated(name: &'static str, of: Components) -> Flag {
    flag(name, FlagKind::Repeated, of)
}

const fn integer(name: &'static str, of: Components) -> Flag {
    flag(name, FlagKind::Integer, of)
}

const fn float(name: &'static str, of: Components) -> Flag {
    flag(name, FlagKind::Float, of)
}

const fn duration(name: &'static str, of: Components) -> Flag {
    flag(name, FlagKind::Duration, of)
}

const fn other(name: &'static str, of: Components) -> Flag {
    flag(name, FlagKind::Other, of)
}

impl Flag {
    const fn since(self, since: u16) -> Self {
        Self { since, ..self }
    }

    const fn until(self, until: u16) -> Self {
        Self { until: Some(until), ..self }
    }

    const fn ours(self) -> Self {
        Self { ours: true, ..self }
    }

    const fn telling(self) -> Self {
        Self { tells: true, ..self }
    }

    const fn anybodys(self) -> Self {
        Self { anybodys: true, ..self }
    }

    const fn elsewhere(self) -> Self {
        Self { elsewhere: true, ..self }
    }

    const fn never_generic(self) -> Self {
        Self { never_generic: true, ..self }
    }
}

pub(super) const TABLE: &[Flag] = &[
    boolean("add-dir-header", ALL).until(25).anybodys(),
    other("address", ALL).until(23).anybodys(),
    list("admission-control", SERVER).telling(),
    text("admission-control-config-file", API_SERVERS).telling(),
    other("advertise-address", SERVER),
    boolean("aggregator-reject-forwarding-redirect", SERVER),
    text("algorithm-provider", SCHEDULER).until(22).telling(),
    boolean("allocate-node-cidrs", MANAGER).telling(),
    other("allow-metric-labels", ALL),
    text("allow-metric-labels-manifest", ALL),
    boolean("allow-privileged", SERVER).never_generic(),
    boolean("allow-untagged-cloud", MANAGER),
    boolean("alsologtostderr", ALL).until(25).anybodys(),
    boolean("anonymous-auth", SERVER),
    list("api-audiences", SERVER).telling(),
    integer("apiserver-count", SERVER).telling(),
    duration("attach-detach-reconcile-sync-period", MANAGER),
    boolean("audit-dynamic-configuration", SERVER).until(18),
    integer("audit-log-batch-buffer-size", API_SERVERS),
    integer("audit-log-batch-max-size", API_SERVERS),
    duration("audit-log-batch-max-wait", API_SERVERS),
    integer("audit-log-batch-throttle-burst", API_SERVERS),
    boolean("audit-log-batch-throttle-enable", API_SERVERS),
    float("audit-log-batch-throttle-qps", API_SERVERS),
    boolean("audit-log-compress", API_SERVERS),
    text("audit-log-format", API_SERVERS),
    integer("audit-log-maxage", API_SERVERS),
    integer("audit-log-maxbackup", API_SERVERS),
    integer("audit-log-maxsize", API_SERVERS),
    text("audit-log-mode", API_SERVERS),
    text("audit-log-path", API_SERVERS),
    boolean("audit-log-truncate-enabled", API_SERVERS),
    integer("audit-log-truncate-max-batch-size", API_SERVERS),
    integer("audit-log-truncate-max-event-size", API_SERVERS),
    text("audit-log-version", API_SERVERS),
    text("audit-policy-file", API_SERVERS).telling(),
    integer("audit-webhook-batch-buffer-size", API_SERVERS),
    duration("audit-webhook-batch-initial-backoff", SERVER),
    integer("audit-webhook-batch-max-size", API_SERVERS),
    duration("audit-webhook-batch-max-wait", API_SERVERS),
    integer("audit-webhook-batch-throttle-burst", API_SERVERS),
    boolean("audit-webhook-batch-throttle-enable", API_SERVERS),
    float("audit-webhook-batch-throttle-qps", API_SERVERS),
    text("audit-webhook-config-file", API_SERVERS),
    duration("audit-webhook-initial-backoff", API_SERVERS),
    text("audit-webhook-mode", API_SERVERS),
    boolean("audit-webhook-truncate-enabled", API_SERVERS),
    integer("audit-webhook-truncate-max-batch-size", API_SERVERS),
    integer("audit-webhook-truncate-max-event-size", API_SERVERS),
    text("audit-webhook-version", API_SERVERS),
    text("authentication-config", SERVER).since(29),
    text("authentication-kubeconfig", DELEGATING),
    boolean("authentication-skip-lookup", DELEGATING),
    duration("authentication-token-webhook-cache-ttl", EVERY),
    text("authentication-token-webhook-config-file", SERVER),
    text("authentication-token-webhook-version", SERVER),
    boolean("authentication-tolerate-lookup-failure", DELEGATING),
    list("authorization-always-allow-paths", DELEGATING),
    text("authorization-config", SERVER).since(29),
    text("authorization-kubeconfig", DELEGATING),
    list("authorization-mode", SERVER),
    text("authorization-policy-file", SERVER),
    text("authorization-rbac-super-user", SERVER).until(28),
    duration("authorization-webhook-cache-authorized-ttl", EVERY),
    duration("authorization-webhook-cache-unauthorized-ttl", EVERY),
    text("authorization-webhook-config-file", SERVER),
    text("authorization-webhook-version", SERVER),
    text("azure-container-registry-config", SERVER_AND_MANAGER).until(28),
    text("basic-auth-file", SERVER).until(18).telling(),
    other("bind-address", EVERY),
    text("cert-dir", EVERY),
    text("cidr-allocator-type", MANAGER),
    text("client-ca-file", EVERY).ours(),
    text("cloud-config", SERVER).until(32),
    text("cloud-config", MANAGER),
    text("cloud-provider", SERVER).until(32),
    text("cloud-provider", MANAGER),
    other("cloud-provider-gce-l7lb-src-cidrs", SERVER).until(30),
    other("cloud-provider-gce-lb-src-cidrs", SERVER_AND_MANAGER).until(30),
    text("cluster-cidr", MANAGER),
    other("cluster-dns", NONE),
    text("cluster-name", MANAGER),
    text("cluster-signing-cert-file", MANAGER).ours().telling(),
    duration("cluster-signing-duration", MANAGER).telling(),
    text("cluster-signing-key-file", MANAGER).telling(),
    text("cluster-signing-kube-apiserver-client-cert-file", MANAGER).ours().telling(),
    text("cluster-signing-kube-apiserver-client-key-file", MANAGER).telling(),
    text("cluster-signing-kubelet-client-cert-file", MANAGER),
    text("cluster-signing-kubelet-client-key-file", MANAGER),
    text("cluster-signing-kubelet-serving-cert-file", MANAGER),
    text("cluster-signing-kubelet-serving-key-file", MANAGER),
    text("cluster-signing-legacy-unknown-cert-file", MANAGER),
    text("cluster-signing-legacy-unknown-key-file", MANAGER),
    integer("concurrent-cron-job-syncs", MANAGER),
    integer("concurrent-daemonset-syncs", MANAGER).since(32),
    integer("concurrent-deployment-syncs", MANAGER),
    integer("concurrent-device-taint-eviction-syncs", MANAGER).since(35),
    integer("concurrent-disruption-syncs", MANAGER).since(37),
    integer("concurrent-endpoint-syncs", MANAGER),
    integer("concurrent-ephemeralvolume-syncs", MANAGER),
    integer("concurrent-gc-syncs", MANAGER),
    integer("concurrent-horizontal-pod-autoscaler-syncs", MANAGER),
    integer("concurrent-job-syncs", MANAGER),
    integer("concurrent-namespace-syncs", MANAGER),
    integer("concurrent-rc-syncs", MANAGER),
    integer("concurrent-replicaset-syncs", MANAGER),
    integer("concurrent-resource-quota-syncs", MANAGER),
    integer("concurrent-resourceclaim-syncs", MANAGER).since(36),
    integer("concurrent-service-endpoint-syncs", MANAGER),
    integer("concurrent-service-syncs", MANAGER).until(36),
    integer("concurrent-serviceaccount-token-syncs", MANAGER),
    integer("concurrent-statefulset-syncs", MANAGER),
    integer("concurrent-ttl-after-finished-syncs", MANAGER),
    integer("concurrent-validating-admission-policy-status-syncs", MANAGER),
    text("config", SCHEDULER).anybodys(),
    boolean("configure-cloud-routes", MANAGER).elsewhere(),
    other("container-runtime-endpoint", NONE),
    boolean("contention-profiling", EVERY).anybodys(),
    duration("controller-shutdown-timeout", MANAGER).since(35),
    duration("controller-start-interval", MANAGER),
    list("controllers", MANAGER).telling(),
    duration("coordinated-leadership-lease-duration", SERVER).since(34),
    duration("coordinated-leadership-renew-deadline", SERVER).since(34),
    duration("coordinated-leadership-retry-period", SERVER).since(34),
    list("cors-allowed-origins", SERVER),
    text("debug-socket-path", API_SERVERS),
    integer("default-not-ready-toleration-seconds", SERVER),
    integer("default-unreachable-toleration-seconds", SERVER),
    integer("default-watch-cache-size", SERVER),
    integer("delete-collection-workers", API_SERVERS),
    integer("deserialization-cache-size", SERVER).until(22),
    list("disable-admission-plugins", API_SERVERS).telling(),
    boolean("disable-attach-detach-reconcile-sync", MANAGER),
    boolean("disable-force-detach-on-timeout", MANAGER).since(30),
    boolean("disable-http2-serving", EVERY).since(31),
    list("disabled-metrics", ALL),
    text("egress-selector-config-file", API_SERVERS).telling(),
    list("emulated-version", EVERY).since(31),
    boolean("emulation-forward-compatible", SERVER).since(33),
    list("enable-admission-plugins", API_SERVERS).telling(),
    boolean("enable-aggregator-routing", SERVER).ours().telling().never_generic(),
    boolean("enable-bootstrap-token-auth", SERVER).telling(),
    boolean("enable-dynamic-provisioning", MANAGER),
    boolean("enable-garbage-collector", API_SERVERS_AND_MANAGER),
    boolean("enable-hostpath-provisioner", MANAGER),
    boolean("enable-inflight-quota-handler", SERVER).until(28),
    boolean("enable-leader-migration", MANAGER),
    boolean("enable-logs-handler", SERVER),
    boolean("enable-priority-and-fairness", API_SERVERS),
    boolean("enable-swagger-ui", SERVER).until(18).telling(),
    boolean("enable-taint-manager", MANAGER).until(28),
    text("encryption-provider-config", API_SERVERS).telling(),
    boolean("encryption-provider-config-automatic-reload", API_SERVERS),
    text("endpoint-reconciler-type", SERVER).telling(),
    duration("endpoint-updates-batch-period", MANAGER),
    duration("endpointslice-updates-batch-period", MANAGER),
    text("etcd-cafile", API_SERVERS).telling(),
    text("etcd-certfile", API_SERVERS).telling(),
    duration("etcd-compaction-interval", API_SERVERS),
    duration("etcd-count-metric-poll-period", API_SERVERS),
    duration("etcd-db-metric-poll-interval", API_SERVERS),
    duration("etcd-healthcheck-timeout", API_SERVERS),
    text("etcd-keyfile", API_SERVERS).telling(),
    text("etcd-prefix", API_SERVERS).telling(),
    boolean("etcd-quorum-read", SERVER).until(28),
    duration("etcd-readycheck-timeout", API_SERVERS),
    list("etcd-servers", API_SERVERS).telling(),
    list("etcd-servers-overrides", API_SERVERS),
    duration("event-ttl", SERVER),
    boolean("experimental-bootstrap-token-auth", SERVER).until(28),
    duration("experimental-cluster-signing-duration", MANAGER).until(24).telling(),
    text("experimental-encryption-provider-config", SERVER).until(28).telling(),
    text("experimental-keystone-ca-file", SERVER).until(28),
    text("experimental-keystone-url", SERVER).until(28),
    boolean("experimental-logging-sanitization", ALL).since(20).until(23),
    text("external-cloud-volume-plugin", MANAGER),
    text("external-hostname", SERVER),
    other("feature-gates", EVERY),
    text("flex-volume-plugin-dir", MANAGER),
    float("goaway-chance", SERVER),
    integer("hard-pod-affinity-symmetric-weight", SCHEDULER).until(22).telling(),
    boolean("help", EVERY).anybodys(),
    duration("horizontal-pod-autoscaler-cpu-initialization-period", MANAGER),
    duration("horizontal-pod-autoscaler-downscale-delay", MANAGER).until(30),
    duration("horizontal-pod-autoscaler-downscale-stabilization", MANAGER),
    duration("horizontal-pod-autoscaler-initial-readiness-delay", MANAGER),
    duration("horizontal-pod-autoscaler-sync-period", MANAGER),
    float("horizontal-pod-autoscaler-tolerance", MANAGER),
    duration("horizontal-pod-autoscaler-upscale-delay", MANAGER).until(30),
    boolean("horizontal-pod-autoscaler-use-rest-clients", MANAGER).until(28).telling(),
    other("hostname-override", NONE),
    integer("http2-max-streams-per-connection", EVERY),
    other("insecure-bind-address", SERVER).until(23).telling(),
    integer("insecure-port", SERVER).until(23).telling(),
    text("keystone-ca-file", SERVER).until(28),
    text("keystone-url", SERVER).until(28),
    integer("kube-api-burst", MANAGER_AND_SCHEDULER).anybodys(),
    text("kube-api-content-type", MANAGER_AND_SCHEDULER).anybodys(),
    float("kube-api-qps", MANAGER_AND_SCHEDULER).anybodys(),
    text("kubeconfig", DELEGATING),
    text("kubelet-certificate-authority", SERVER).telling(),
    text("kubelet-client-certificate", SERVER).telling().never_generic(),
    text("kubelet-client-key", SERVER).telling(),
    boolean("kubelet-https", SERVER).until(21).telling(),
    other("kubelet-insecure-tls", NONE),
    integer("kubelet-port", SERVER).elsewhere(),
    list("kubelet-preferred-address-types", SERVER).telling(),
    integer("kubelet-read-only-port", SERVER),
    duration("kubelet-timeout", SERVER),
    other("kubelet-use-node-status-port", NONE),
    integer("kubernetes-service-node-port", SERVER),
    integer("large-cluster-size-threshold", MANAGER),
    boolean("leader-elect", MANAGER_AND_SCHEDULER),
    duration("leader-elect-lease-duration", MANAGER_AND_SCHEDULER),
    duration("leader-elect-renew-deadline", MANAGER_AND_SCHEDULER),
    text("leader-elect-resource-lock", MANAGER_AND_SCHEDULER),
    text("leader-elect-resource-name", MANAGER_AND_SCHEDULER),
    text("leader-elect-resource-namespace", MANAGER_AND_SCHEDULER),
    duration("leader-elect-retry-period", MANAGER_AND_SCHEDULER),
    text("leader-migration-config", MANAGER),
    integer("lease-reuse-duration-seconds", API_SERVERS),
    duration("legacy-service-account-token-clean-up-period", MANAGER),
    other("lister-kubeconfig", NONE),
    duration("livez-grace-period", SERVER),
    text("lock-object-name", SCHEDULER).until(28).telling(),
    text("lock-object-namespace", SCHEDULER).until(28),
    other("log-backtrace-at", ALL).until(25).anybodys(),
    other("log-dir", ALL).until(25).anybodys(),
    other("log-file", ALL).until(25).anybodys(),
    other("log-file-max-size", ALL).until(25).anybodys(),
    duration("log-flush-frequency", EVERY).anybodys(),
    other("log-json-info-buffer-size", ALL).anybodys(),
    boolean("log-json-split-stream", ALL).anybodys(),
    other("log-text-info-buffer-size", ALL).since(30).anybodys(),
    boolean("log-text-split-stream", ALL).since(30).anybodys(),
    text("logging-format", ALL).anybodys(),
    boolean("logtostderr", ALL).until(25).anybodys(),
    text("long-running-request-regexp", SERVER).until(28),
    text("master", MANAGER_AND_SCHEDULER),
    text("master-service-namespace", SERVER).until(26),
    integer("max-connection-bytes-per-sec", SERVER),
    integer("max-endpoints-per-slice", MANAGER),
    integer("max-mutating-requests-inflight", SERVER).telling(),
    integer("max-requests-inflight", SERVER).telling(),
    other("metric-resolution", NONE),
    list("min-compatibility-version", EVERY).since(35),
    integer("min-request-timeout", SERVER),
    duration("min-resync-period", MANAGER),
    integer("mirroring-concurrent-service-endpoint-syncs", MANAGER),
    duration("mirroring-endpointslice-updates-batch-period", MANAGER),
    integer("mirroring-max-endpoints-per-subset", MANAGER),
    duration("namespace-sync-period", MANAGER),
    integer("node-cidr-mask-size", MANAGER),
    integer("node-cidr-mask-size-ipv4", MANAGER),
    integer("node-cidr-mask-size-ipv6", MANAGER),
    float("node-eviction-rate", MANAGER),
    duration("node-monitor-grace-period", MANAGER).telling(),
    duration("node-monitor-period", MANAGER),
    duration("node-startup-grace-period", MANAGER),
    duration("node-sync-period", MANAGER),
    text("oidc-ca-file", SERVER),
    text("oidc-client-id", SERVER).telling(),
    text("oidc-groups-claim", SERVER),
    text("oidc-groups-prefix", SERVER),
    text("oidc-issuer-url", SERVER).telling(),
    other("oidc-required-claim", SERVER),
    list("oidc-signing-algs", SERVER),
    text("oidc-username-claim", SERVER),
    text("oidc-username-prefix", SERVER),
    boolean("one-output", ALL).until(25).anybodys(),
    text("openshift-config", SERVER).anybodys(),
    text("peer-advertise-ip", SERVER),
    text("peer-advertise-port", SERVER),
    text("peer-ca-file", SERVER),
    boolean("permit-address-sharing", EVERY),
    boolean("permit-port-sharing", EVERY),
    duration("pod-eviction-timeout", MANAGER).until(26).telling(),
    other("pod-infra-container-image", NONE),
    duration("pod-max-in-unschedulable-pods-duration", SCHEDULER).telling(),
    text("policy-config-file", SCHEDULER).until(22).telling(),
    text("policy-configmap", SCHEDULER).until(22).telling(),
    text("policy-configmap-namespace", SCHEDULER).until(22),
    integer("port", ALL).until(23).anybodys(),
    boolean("profiling", EVERY).anybodys(),
    other("prometheus-url", NONE),
    text("proxy-client-cert-file", SERVER).ours().telling().never_generic(),
    text("proxy-client-key-file", SERVER).ours().telling(),
    other("proxy-mode", NONE),
    other("public-address-override", SERVER).until(28),
    integer("pv-recycler-increment-timeout-nfs", MANAGER),
    integer("pv-recycler-minimum-timeout-hostpath", MANAGER),
    integer("pv-recycler-minimum-timeout-nfs", MANAGER),
    text("pv-recycler-pod-template-filepath-hostpath", MANAGER),
    text("pv-recycler-pod-template-filepath-nfs", MANAGER),
    integer("pv-recycler-timeout-increment-hostpath", MANAGER),
    duration("pvclaimbinder-sync-period", MANAGER),
    boolean("repair-malformed-updates", SERVER).until(28),
    duration("request-timeout", SERVER),
    list("requestheader-allowed-names", EVERY).ours(),
    text("requestheader-client-ca-file", EVERY).ours(),
    list("requestheader-extra-headers-prefix", EVERY).ours(),
    list("requestheader-group-headers", EVERY).ours(),
    list("requestheader-uid-headers", EVERY).since(32).ours(),
    list("requestheader-username-headers", EVERY).ours(),
    duration("resource-quota-sync-period", MANAGER),
    text("root-ca-file", MANAGER).telling(),
    duration("route-reconciliation-period", MANAGER),
    other("runtime-config", SERVER).telling(),
    boolean("runtime-config-emulation-forward-compatible", SERVER).since(33),
    text("scheduler-name", SCHEDULER).until(28).telling(),
    float("secondary-node-eviction-rate", MANAGER),
    integer("secure-port", EVERY),
    list("service-account-api-audiences", SERVER).until(24),
    boolean("service-account-extend-token-expiration", SERVER),
    repeated("service-account-issuer", SERVER).telling().never_generic(),
    text("service-account-jwks-uri", SERVER),
    repeated("service-account-key-file", SERVER).telling(),
    boolean("service-account-lookup", SERVER).telling(),
    duration("service-account-max-token-expiration", SERVER),
    text("service-account-private-key-file", MANAGER).telling(),
    text("service-account-signing-endpoint", SERVER).since(32),
    text("service-account-signing-key-file", SERVER).telling(),
    text("service-cluster-ip-range", SERVER_AND_MANAGER).never_generic(),
    other("service-node-port-range", SERVER).telling(),
    text("show-hidden-metrics-for-version", ALL),
    duration("shutdown-delay-duration", SERVER),
    boolean("shutdown-send-retry-after", SERVER),
    duration("shutdown-watch-termination-grace-period", SERVER),
    boolean("skip-headers", ALL).until(25).anybodys(),
    boolean("skip-log-headers", ALL).until(25).anybodys(),
    text("ssh-keyfile", SERVER).until(28),
    text("ssh-user", SERVER).until(28),
    other("stderrthreshold", ALL).until(25).anybodys(),
    text("storage-backend", API_SERVERS).telling(),
    duration("storage-initialization-timeout", SERVER).since(31),
    text("storage-media-type", API_SERVERS).telling(),
    text("storage-versions", SERVER).until(28),
    list("strict-transport-security-directives", SERVER),
    integer("target-ram-mb", SERVER).until(22),
    integer("terminated-pod-gc-threshold", MANAGER).telling(),
    text("tls-ca-file", SERVER).until(28),
    text("tls-cert-file", EVERY),
    list("tls-cipher-suites", EVERY),
    other("tls-curve-preferences", EVERY).since(36),
    text("tls-min-version", EVERY),
    text("tls-private-key-file", EVERY),
    other("tls-sni-cert-key", EVERY),
    text("token-auth-file", SERVER).telling(),
    text("tracing-config-file", API_SERVERS),
    float("unhealthy-zone-threshold", MANAGER),
    boolean("use-legacy-policy-config", SCHEDULER).until(22),
    boolean("use-service-account-credentials", MANAGER).telling(),
    flag("v", FlagKind::Level, EVERY).anybodys(),
    boolean("version", ALL).anybodys(),
    other("vmodule", EVERY).anybodys(),
    boolean("volume-host-allow-local-loopback", MANAGER).until(30),
    list("volume-host-cidr-denylist", MANAGER).until(30),
    boolean("watch-cache", API_SERVERS),
    list("watch-cache-sizes", API_SERVERS),
    text("write-config-to", SCHEDULER),
];
