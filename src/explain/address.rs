//! Whom a program called, told from the address in the record.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern::compile;

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
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r#"\b(?:Get|Post|Put|Patch|Delete|Head|Options|GET|POST|PUT|PATCH|DELETE|HEAD):? [\\"']{0,4}https?://(?:[^/\s"'@]*@)?(?P<host>\[[^\]\s]*\]|[^/:\s"'?]+)(?::(?P<port>\d+))?(?P<path>[^\s"'\\]*)"#,
    )
});

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

/// What the aggregator asks an extension API server for, by an address that is not the first of a network, as that of the Service
/// `kubernetes` is; clients that discover ask with parameters (client-go, discovery).
static AGGREGATORS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(concat!(
        r"^(?:\d+\.\d+\.(?:\d+\.(?:[02-9]|\d\d+)|[1-9]\d*\.1)|\[[0-9a-f:]+\])/apis/",
        r"(?:[a-z0-9-]+\.)+[a-z0-9-]+/v\d+(?:(?:alpha|beta)\d+)?$"
    ))
});

/// Public names of kube-apiservers: those of clouds, and those that say so.
static KUBE_HOSTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r"(?i)\b(?:eks\.amazonaws\.com|azmk8s\.io|k8s\.ondigitalocean\.com|linodelke\.net)|k8s|kube|apiserver|^api[.-]|cluster",
    )
});

/// Names that are no public ones: single labels, the cluster's, and what RFC 6762 and RFC 8375 keep for local use.
static LOCAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(r"(?i)^(?:[^.]+|.*\.(?:svc|local|internal|lan|home|arpa|localdomain|localhost|test|invalid|\d+))$")
});

/// The serving certificate of a kube-apiserver, by the names that a refusal lists (crypto/x509, `HostnameError.Error`).
static OWN_CERTIFICATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r"certificate is valid for (?:[^\x22\n]{0,600}[ ,])?kubernetes\.default(?:\.svc[\w.-]*)?, (?:[^\x22\n]{0,600}, )?(?i:not|but none matched) ",
    )
});

impl Called {
    /// `None`: neither an address nor a certificate tells it.
    pub(super) fn of(record: &str) -> Option<Self> {
        let is_own = || OWN_CERTIFICATE.as_ref().is_some_and(|names| names.is_match(record));
        match Self::by_address(record) {
            // Behind a name outside, or an address of any server, one that shows kube-apiserver's certificate is one.
            None | Some(Self::Outside) if is_own() => Some(Self::KubeApiserver),
            called => called,
        }
    }

    fn by_address(record: &str) -> Option<Self> {
        let found = ADDRESS.as_ref()?.captures(record)?;
        let host = found.name("host").map_or("", |host| host.as_str());
        let port = found.name("port").map_or("", |port| port.as_str());
        let path = found.name("path").map_or("", |path| path.as_str());
        let is = |pattern: &Option<Regex>, text: &str| pattern.as_ref().is_some_and(|pattern| pattern.is_match(text));
        let is_public = !host.starts_with('[') && !is(&LOCAL, host) && !host.contains(".svc");
        // Every web server has a version and a health: at a public name they say nothing.
        let has_path = is(&PATHS, path) && !(is_public && is(&ANYBODYS_PATHS, path) && !is(&KUBE_HOSTS, host));
        if port == "6443" || has_path {
            Some(if port != "6443" && is(&AGGREGATORS, &format!("{host}{path}")) {
                Self::ApiServer
            } else {
                Self::KubeApiserver
            })
        } else if host.contains(".svc") {
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
            ("Get \"https://10.0.0.4:8443/\": x509: a", None),
            ("Get \"https://10.96.3.7:443/apis/wardle.example.com/v1alpha1\": x509: a", Some(Called::ApiServer)),
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
