//! The flags that the components have, so that a misspelt one is told from one that does not matter here.
//!
//! kube-apiserver: every flag of any release up to 1.36, the removed ones included, and those that OpenShift adds.
//! The others: all booleans, because they decide what the next argument means, and the flags that matter here.

use crate::kubernetes::Component;

/// What pflag does with the argument behind a flag that has no `=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlagKind {
    /// Nothing: the flag alone means true (pflag's `NoOptDefVal`).
    Boolean,
    /// It is the flag's value, whatever it looks like.
    Valued,
}

/// The flags of a component; both lists are sorted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FlagSet {
    booleans: &'static [&'static str],
    valued: &'static [&'static str],
    /// Whether the lists hold every flag.
    pub complete: bool,
}

impl FlagSet {
    pub fn of(component: Component) -> Self {
        match component {
            Component::KubeApiserver => Self { booleans: APISERVER_BOOLEANS, valued: APISERVER_VALUED, complete: true },
            Component::KubeControllerManager => {
                Self { booleans: CONTROLLER_MANAGER_BOOLEANS, valued: CONTROLLER_MANAGER_VALUED, complete: false }
            }
            Component::KubeScheduler => {
                Self { booleans: SCHEDULER_BOOLEANS, valued: SCHEDULER_VALUED, complete: false }
            }
        }
    }

    /// The kind of a flag, by its name without dashes, with `_` already turned into `-`.
    pub fn kind(self, name: &str) -> Option<FlagKind> {
        if self.booleans.binary_search(&name).is_ok() {
            Some(FlagKind::Boolean)
        } else if self.valued.binary_search(&name).is_ok() {
            Some(FlagKind::Valued)
        } else {
            None
        }
    }

    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.booleans.iter().chain(self.valued).copied()
    }
}

const APISERVER_BOOLEANS: &[&str] = &[
    "add-dir-header",
    "aggregator-reject-forwarding-redirect",
    "allow-privileged",
    "alsologtostderr",
    "anonymous-auth",
    "audit-dynamic-configuration",
    "audit-log-batch-throttle-enable",
    "audit-log-compress",
    "audit-log-truncate-enabled",
    "audit-webhook-batch-throttle-enable",
    "audit-webhook-truncate-enabled",
    "contention-profiling",
    "disable-http2-serving",
    "emulation-forward-compatible",
    "enable-aggregator-routing",
    "enable-bootstrap-token-auth",
    "enable-garbage-collector",
    "enable-inflight-quota-handler",
    "enable-logs-handler",
    "enable-priority-and-fairness",
    "enable-swagger-ui",
    "encryption-provider-config-automatic-reload",
    "etcd-quorum-read",
    "experimental-bootstrap-token-auth",
    "experimental-logging-sanitization",
    "help",
    "kubelet-https",
    "log-json-split-stream",
    "log-text-split-stream",
    "logtostderr",
    "one-output",
    "permit-address-sharing",
    "permit-port-sharing",
    "profiling",
    "repair-malformed-updates",
    "runtime-config-emulation-forward-compatible",
    "service-account-extend-token-expiration",
    "service-account-lookup",
    "shutdown-send-retry-after",
    "skip-headers",
    "skip-log-headers",
    "version",
    "watch-cache",
];

const APISERVER_VALUED: &[&str] = &[
    "address",
    "admission-control",
    "admission-control-config-file",
    "advertise-address",
    "allow-metric-labels",
    "allow-metric-labels-manifest",
    "api-audiences",
    "apiserver-count",
    "audit-log-batch-buffer-size",
    "audit-log-batch-max-size",
    "audit-log-batch-max-wait",
    "audit-log-batch-throttle-burst",
    "audit-log-batch-throttle-qps",
    "audit-log-format",
    "audit-log-maxage",
    "audit-log-maxbackup",
    "audit-log-maxsize",
    "audit-log-mode",
    "audit-log-path",
    "audit-log-truncate-max-batch-size",
    "audit-log-truncate-max-event-size",
    "audit-log-version",
    "audit-policy-file",
    "audit-webhook-batch-buffer-size",
    "audit-webhook-batch-initial-backoff",
    "audit-webhook-batch-max-size",
    "audit-webhook-batch-max-wait",
    "audit-webhook-batch-throttle-burst",
    "audit-webhook-batch-throttle-qps",
    "audit-webhook-config-file",
    "audit-webhook-initial-backoff",
    "audit-webhook-mode",
    "audit-webhook-truncate-max-batch-size",
    "audit-webhook-truncate-max-event-size",
    "audit-webhook-version",
    "authentication-config",
    "authentication-token-webhook-cache-ttl",
    "authentication-token-webhook-config-file",
    "authentication-token-webhook-version",
    "authorization-config",
    "authorization-mode",
    "authorization-policy-file",
    "authorization-rbac-super-user",
    "authorization-webhook-cache-authorized-ttl",
    "authorization-webhook-cache-unauthorized-ttl",
    "authorization-webhook-config-file",
    "authorization-webhook-version",
    "azure-container-registry-config",
    "basic-auth-file",
    "bind-address",
    "cert-dir",
    "client-ca-file",
    "cloud-config",
    "cloud-provider",
    "cloud-provider-gce-l7lb-src-cidrs",
    "cloud-provider-gce-lb-src-cidrs",
    "coordinated-leadership-lease-duration",
    "coordinated-leadership-renew-deadline",
    "coordinated-leadership-retry-period",
    "cors-allowed-origins",
    "debug-socket-path",
    "default-not-ready-toleration-seconds",
    "default-unreachable-toleration-seconds",
    "default-watch-cache-size",
    "delete-collection-workers",
    "deserialization-cache-size",
    "disable-admission-plugins",
    "disabled-metrics",
    "egress-selector-config-file",
    "emulated-version",
    "enable-admission-plugins",
    "encryption-provider-config",
    "endpoint-reconciler-type",
    "etcd-cafile",
    "etcd-certfile",
    "etcd-compaction-interval",
    "etcd-count-metric-poll-period",
    "etcd-db-metric-poll-interval",
    "etcd-healthcheck-timeout",
    "etcd-keyfile",
    "etcd-prefix",
    "etcd-readycheck-timeout",
    "etcd-servers",
    "etcd-servers-overrides",
    "event-ttl",
    "experimental-encryption-provider-config",
    "experimental-keystone-ca-file",
    "experimental-keystone-url",
    "external-hostname",
    "feature-gates",
    "goaway-chance",
    "http2-max-streams-per-connection",
    "insecure-bind-address",
    "insecure-port",
    "keystone-ca-file",
    "keystone-url",
    "kubeconfig",
    "kubelet-certificate-authority",
    "kubelet-client-certificate",
    "kubelet-client-key",
    "kubelet-port",
    "kubelet-preferred-address-types",
    "kubelet-read-only-port",
    "kubelet-timeout",
    "kubernetes-service-node-port",
    "lease-reuse-duration-seconds",
    "livez-grace-period",
    "log-backtrace-at",
    "log-dir",
    "log-file",
    "log-file-max-size",
    "log-flush-frequency",
    "log-json-info-buffer-size",
    "log-text-info-buffer-size",
    "logging-format",
    "long-running-request-regexp",
    "master-service-namespace",
    "max-connection-bytes-per-sec",
    "max-mutating-requests-inflight",
    "max-requests-inflight",
    "min-compatibility-version",
    "min-request-timeout",
    "oidc-ca-file",
    "oidc-client-id",
    "oidc-groups-claim",
    "oidc-groups-prefix",
    "oidc-issuer-url",
    "oidc-required-claim",
    "oidc-signing-algs",
    "oidc-username-claim",
    "oidc-username-prefix",
    "openshift-config",
    "peer-advertise-ip",
    "peer-advertise-port",
    "peer-ca-file",
    "port",
    "proxy-client-cert-file",
    "proxy-client-key-file",
    "public-address-override",
    "request-timeout",
    "requestheader-allowed-names",
    "requestheader-client-ca-file",
    "requestheader-extra-headers-prefix",
    "requestheader-group-headers",
    "requestheader-uid-headers",
    "requestheader-username-headers",
    "runtime-config",
    "secure-port",
    "service-account-api-audiences",
    "service-account-issuer",
    "service-account-jwks-uri",
    "service-account-key-file",
    "service-account-max-token-expiration",
    "service-account-signing-endpoint",
    "service-account-signing-key-file",
    "service-cluster-ip-range",
    "service-node-port-range",
    "show-hidden-metrics-for-version",
    "shutdown-delay-duration",
    "shutdown-watch-termination-grace-period",
    "ssh-keyfile",
    "ssh-user",
    "stderrthreshold",
    "storage-backend",
    "storage-initialization-timeout",
    "storage-media-type",
    "storage-versions",
    "strict-transport-security-directives",
    "target-ram-mb",
    "tls-ca-file",
    "tls-cert-file",
    "tls-cipher-suites",
    "tls-curve-preferences",
    "tls-min-version",
    "tls-private-key-file",
    "tls-sni-cert-key",
    "token-auth-file",
    "tracing-config-file",
    "v",
    "vmodule",
    "watch-cache-sizes",
];

const CONTROLLER_MANAGER_BOOLEANS: &[&str] = &[
    "add-dir-header",
    "allocate-node-cidrs",
    "alsologtostderr",
    "authentication-skip-lookup",
    "authentication-tolerate-lookup-failure",
    "configure-cloud-routes",
    "contention-profiling",
    "disable-attach-detach-reconcile-sync",
    "disable-force-detach-on-timeout",
    "disable-http2-serving",
    "emulation-forward-compatible",
    "enable-dynamic-provisioning",
    "enable-garbage-collector",
    "enable-hostpath-provisioner",
    "enable-leader-migration",
    "enable-taint-manager",
    "experimental-logging-sanitization",
    "help",
    "horizontal-pod-autoscaler-use-rest-clients",
    "leader-elect",
    "log-json-split-stream",
    "log-text-split-stream",
    "logtostderr",
    "one-output",
    "permit-address-sharing",
    "permit-port-sharing",
    "profiling",
    "skip-headers",
    "skip-log-headers",
    "use-service-account-credentials",
    "version",
];

const CONTROLLER_MANAGER_VALUED: &[&str] = &[
    "client-ca-file",
    "cluster-signing-cert-file",
    "cluster-signing-duration",
    "cluster-signing-key-file",
    "cluster-signing-kube-apiserver-client-cert-file",
    "cluster-signing-kube-apiserver-client-key-file",
    "cluster-signing-kubelet-client-cert-file",
    "cluster-signing-kubelet-client-key-file",
    "cluster-signing-kubelet-serving-cert-file",
    "cluster-signing-kubelet-serving-key-file",
    "cluster-signing-legacy-unknown-cert-file",
    "cluster-signing-legacy-unknown-key-file",
    "requestheader-allowed-names",
    "requestheader-client-ca-file",
    "requestheader-extra-headers-prefix",
    "requestheader-group-headers",
    "requestheader-uid-headers",
    "requestheader-username-headers",
    "root-ca-file",
    "service-account-private-key-file",
    "tls-cert-file",
    "tls-private-key-file",
];

const SCHEDULER_BOOLEANS: &[&str] = &[
    "add-dir-header",
    "alsologtostderr",
    "authentication-skip-lookup",
    "authentication-tolerate-lookup-failure",
    "contention-profiling",
    "disable-http2-serving",
    "emulation-forward-compatible",
    "experimental-logging-sanitization",
    "help",
    "leader-elect",
    "log-json-split-stream",
    "log-text-split-stream",
    "logtostderr",
    "one-output",
    "permit-address-sharing",
    "permit-port-sharing",
    "profiling",
    "skip-headers",
    "skip-log-headers",
    "use-legacy-policy-config",
    "version",
];

const SCHEDULER_VALUED: &[&str] = &[
    "client-ca-file",
    "requestheader-allowed-names",
    "requestheader-client-ca-file",
    "requestheader-extra-headers-prefix",
    "requestheader-group-headers",
    "requestheader-uid-headers",
    "requestheader-username-headers",
    "tls-cert-file",
    "tls-private-key-file",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_disjoint() {
        for component in [Component::KubeApiserver, Component::KubeControllerManager, Component::KubeScheduler] {
            let flags = FlagSet::of(component);
            assert!(flags.booleans.is_sorted_by(|a, b| a < b), "{component:?}");
            assert!(flags.valued.is_sorted_by(|a, b| a < b), "{component:?}");
            assert!(flags.booleans.iter().all(|name| !flags.valued.contains(name)), "{component:?}");
        }
    }
}
