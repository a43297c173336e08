//! Whom a program called, told from the address in the record.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern::{Pattern, compile, one_of};
use crate::kubernetes::names::own_groups;

/// Who serves an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Called {
    /// kube-apiserver, by its port or by a path that nobody else has.
    KubeApiserver,
    /// kube-apiserver, or an extension API server that the aggregator asked.
    ApiServer,
    /// A Service of the cluster.
    Service,
    /// A server with a name of the public DNS.
    Outside,
}

/// A request's address: net/http's errors begin with the method (`url.Error.Error`).
static ADDRESS: Pattern = Pattern::new(
    r#"\b(?:Get|Post|Put|Patch|Delete|Head|Options|GET|POST|PUT|PATCH|DELETE|HEAD):? [\\"']{0,4}https?://(?:[^/\s"'@]*@)?(?P<host>\[[^\]\s]*\]|[^/:\s"'?]+)(?::(?P<port>\d+))?(?P<path>[^\s"'\\]*)"#,
);

/// Paths of kube-apiserver. Others have `/api/v1` too: Prometheus, GitLab.
static PATHS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(concat!(
        r"^(?:/(?:k8s/clusters/[^/]+/)?(?:apis?(?:\?|$)|apis/[a-z0-9.-]+(?:/v\d|\?|$)|api/v1(?:\?|$)|openapi/v\d|version(?:\?|$)|(?:healthz|readyz|livez)(?:[/?]|$)",
        r"|api/v1/(?:watch/)?(?:bindings|componentstatuses|configmaps|endpoints|events|limitranges|namespaces|nodes|persistentvolume",
        r"|pods|podtemplates|replicationcontrollers|resourcequotas|secrets|serviceaccounts|services)))"
    ))
});

/// Of these, the ones that other servers have.
static ANYBODYS_PATHS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(r"^/(?:k8s/clusters/[^/]+/)?(?:apis?(?:\?|$)|version(?:\?|$)|(?:healthz|readyz|livez)(?:[/?]|$))")
});

/// What the aggregator and an extension API server's own agents ask it for, by an address that is not the first of a network, as that of
/// the Service `kubernetes` is; clients that discover ask with parameters (client-go, discovery).
static AGGREGATORS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(concat!(
        r"^(?:\d+\.\d+\.(?:\d+\.(?:[02-9]|\d\d+)|[1-9]\d*\.1)|\[[0-9a-f:]*:(?:[02-9a-f]|[0-9a-f]{2,4})\])/apis/",
        r"(?:[a-z0-9-]+\.)+[a-z0-9-]+/v\d+(?:(?:alpha|beta)\d+)?(?:/|$)"
    ))
});

/// Groups that kube-apiserver serves itself.
static OWN_GROUPS: LazyLock<Option<Regex>> =
    LazyLock::new(|| compile(concat!("^/apis/", own_groups!(one_of), "(?:/|$)")));

/// Public names of kube-apiservers: those of clouds, and those that say so.
static KUBE_HOSTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r"(?i)\b(?:eks\.amazonaws\.com|azmk8s\.io|k8s\.ondigitalocean\.com|linodelke\.net)|^(?:k8s|kube|kubernetes|(?:kube-?)?api-?(?:server)?|api-int)\d*\.",
    )
});

/// Names that any API has: its health and version say nothing of Kubernetes.
static API_HOSTS: LazyLock<Option<Regex>> = LazyLock::new(|| compile(r"(?i)^api\d*\."));

static HEALTH: LazyLock<Option<Regex>> =
    LazyLock::new(|| compile(r"^/(?:(?:healthz|readyz|livez)(?:[/?]|$)|version$)"));

/// Services by the name that a client in the cluster may give them: `kubernetes.default`, `metrics-server.kube-system`. No public
/// domain ends in a name with a hyphen (RFC 1123; but for `xn--`).
static SERVICES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(r"(?i)\.svc(?:\.|$)|^[a-z0-9-]+\.(?:default|monitoring|[a-wyz0-9][a-z0-9]*(?:-[a-z0-9]+)+)$")
});

/// Hosts that are no names.
static ADDRESSES: LazyLock<Option<Regex>> = LazyLock::new(|| compile(r"^(?:[\d.]+|\[[0-9a-fA-F:.]+\]|localhost)$"));

/// The Service `kubernetes`, which is kube-apiserver.
static KUBERNETES: LazyLock<Option<Regex>> =
    LazyLock::new(|| compile(r"(?i)^kubernetes(?:\.default(?:\.svc(?:\.[a-z0-9.-]+)?)?)?$"));

/// Names that are no public ones, or may be a Service's in a namespace: single labels, two with a long second one, the cluster's, and what RFC 6762 and RFC 8375 keep for local use.
static LOCAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r"(?i)^(?:[^.]+|[^.]+\.[a-z]{5,}|.*\.(?:svc|local|internal|lan|home|arpa|localdomain|localhost|test|invalid|\d+))$",
    )
});

/// The serving certificate of a kube-apiserver, by the names that a refusal lists (crypto/x509, `HostnameError.Error`).
static OWN_CERTIFICATE: Pattern = Pattern::new(
    r"certificate is valid for (?:[^\x22\n]{0,600}[ ,])?kubernetes\.default(?:\.svc[\w.-]*)?, (?:[^\x22\n]{0,600}, )?(?i:not|but none matched) ",
);

impl Called {
    /// `None`: neither an address nor a certificate tells it.
    pub(super) fn of(record: &str) -> Option<Self> {
        let is_own = || OWN_CERTIFICATE.is_match(record);
        match Self::by_address(record) {
            // Behind a name outside, or an address of any server, one that shows kube-apiserver's certificate is one.
            None | Some(Self::Outside) if is_own() => Some(Self::KubeApiserver),
            called => called,
        }
    }

    fn by_address(record: &str) -> Option<Self> {
        let found = ADDRESS.captures(record)?;
        let host = found.name("host").map_or("", |host| host.as_str());
        let port = found.name("port").map_or("", |port| port.as_str());
        let path = found.name("path").map_or("", |path| path.as_str());
        let is = |pattern: &Option<Regex>, text: &str| pattern.as_ref().is_some_and(|pattern| pattern.is_match(text));
        let is_service = is(&SERVICES, host);
        let is_public = !host.starts_with('[') && !is(&LOCAL, host) && !is_service;
        // Every web server has a version and a health: only with the port of HTTPS, or a name that says so, they tell something.
        let is_named = is(&KUBE_HOSTS, host) && !(is(&API_HOSTS, host) && is(&HEALTH, path));
        let is_told = is(&ADDRESSES, host) && matches!(port, "" | "443") || !is_service && is_named;
        let has_path = is(&PATHS, path) && (is_told || !is(&ANYBODYS_PATHS, path));
        if port == "6443" || is(&KUBERNETES, host) || has_path {
            let is_own = port == "6443" || is(&OWN_GROUPS, path);
            let may_be_another = !is_own && is(&AGGREGATORS, &format!("{host}{path}"));
            Some(if may_be_another { Self::ApiServer } else { Self::KubeApiserver })
        } else if is_service {
            Some(Self::Service)
        } else {
            is_public.then_some(Self::Outside)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_tells_who_was_called() {
        for (line, called) in [
            ("Get \"https://10.96.0.1:443/api/v1/nodes?limit=500\": x509: a", Some(Called::KubeApiserver)),
            ("Get https://abc.eks.amazonaws.com/api?timeout=32s: x509: a", Some(Called::KubeApiserver)),
            (
                "Get \\\"https://[fd00::1]:443/apis/crd.projectcalico.org/v1/clusterinformations/default\\\": x509: a",
                Some(Called::KubeApiserver),
            ),
            ("Post \"https://api.example.com:6443\": x509: a", Some(Called::KubeApiserver)),
            ("Post \"https://mimir.example.com/api/v1/push\": x509: a", Some(Called::Outside)),
            ("Post \"https://gitlab.example.com/api/v4/runners\": x509: a", Some(Called::Outside)),
            ("Get \"https://prometheus.monitoring.svc:9091/api/v1/query\": x509: a", Some(Called::Service)),
            ("Get \"https://metrics-server.kube-system:443/api/v1/series\": x509: a", Some(Called::Service)),
            ("Get \"https://a.b.svc/healthz\": x509: a", Some(Called::Service)),
            ("Get \"https://kubernetes.default.svc/.well-known/a\": x509: a", Some(Called::KubeApiserver)),
            ("Post \"https://hook.logging:8443/validate\": x509: a", None),
            ("Get \"https://10.0.0.4:10257/healthz\": x509: a", None),
            ("Get \"https://my-service/healthz\": x509: a", None),
            ("Get \"https://k8s-dashboard.example.com/healthz\": x509: a", Some(Called::Outside)),
            ("Get \"https://10.96.0.1/version?timeout=32s\": x509: a", Some(Called::KubeApiserver)),
            ("Get \"https://10.0.0.4:8443/\": x509: a", None),
            ("Get \"https://10.96.3.7:443/apis/wardle.example.com/v1alpha1\": x509: a", Some(Called::ApiServer)),
            ("Get \"https://10.96.3.7/apis/antrea.example.com/v1/a?watch=true\": x509: a", Some(Called::ApiServer)),
            ("Get \"https://10.96.3.7/apis/rbac.authorization.k8s.io/v1/roles\": x509: a", Some(Called::KubeApiserver)),
            ("Get \"https://10.96.0.1:443/apis/wardle.example.com/v1alpha1\": x509: a", Some(Called::KubeApiserver)),
            (
                "Get \"https://10.96.3.7:443/apis/apps.example.com/v1?timeout=32s\": x509: a",
                Some(Called::KubeApiserver),
            ),
            ("Get \"https://rancher.example.com/version\": x509: a", Some(Called::Outside)),
            ("Get \"https://k8s.example.com/version?timeout=32s\": x509: a", Some(Called::KubeApiserver)),
            ("see https://example.com/page: x509: a", None),
            (
                "x509: certificate is valid for docker-for-desktop, kubernetes, kubernetes.default, kubernetes.default.svc, not vm.docker.internal",
                Some(Called::KubeApiserver),
            ),
            ("x509: certificate is valid for etcd-0, vault.default.svc, not kubernetes.default.svc", None),
        ] {
            assert_eq!(Called::of(line), called, "{line}");
        }
    }
}
