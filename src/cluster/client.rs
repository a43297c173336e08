//! The way to a cluster: a kubeconfig with its contexts, or, in a Pod, its ServiceAccount.

use std::ffi::OsStr;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};

use super::credentials;

/// A server that does not answer within this time is taken for one that cannot be reached.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a cluster is, as somebody named it.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Otherwise those of `KUBECONFIG`, or `~/.kube/config`, or, in a Pod without these, its ServiceAccount.
    pub kubeconfig: Option<PathBuf>,
    /// Otherwise the current one.
    pub context: Option<String>,
    /// `HOST:PORT` of each API server, where those that they publish cannot be reached from here.
    pub api_servers: Vec<String>,
    /// Asks the servers themselves as well.
    pub probe: bool,
    /// Leaves out who is allowed what, for whoever asks about CAs alone, and again and again.
    pub without_bindings: bool,
}

/// A cluster that can be asked.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The context's name, or that of what stands for one.
    pub name: String,
    /// `context prod of /root/.kube/config`, for people.
    pub by: String,
    pub config: kube::Config,
    /// URLs of API servers that are asked each for itself.
    pub api_servers: Vec<String>,
}

/// Why a cluster was not read; each says by what it was looked for, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    #[error("{file}: {why}; give another with --kubeconfig FILE, or name one in KUBECONFIG")]
    Kubeconfig { file: String, why: String },
    #[error(
        "there is no kubeconfig: {file} does not exist, KUBECONFIG is not set, and this is no Pod with a ServiceAccount; give one with --kubeconfig FILE"
    )]
    NoKubeconfig { file: String },
    #[error("{file} has no context {context:?}; it has {known}: give one of them with --context")]
    NoContext { file: String, context: String, known: String },
    #[error("{file} has no current context; it has {known}: give one of them with --context")]
    NoCurrentContext { file: String, known: String },
    #[error("the cluster at {server} ({by}) cannot be reached: {why}; {advice}")]
    Unreachable { server: String, by: String, why: String, advice: &'static str },
    #[error(
        "the cluster at {server} does not accept the credentials of {by}: {why}; log in anew, and try `kubectl auth whoami` with the same context"
    )]
    Unauthorized { server: String, by: String, why: String },
    #[error("the credentials of {by} cannot be had: {why}")]
    Credentials { by: String, why: String },
    #[error("the cluster at {server} has no APIService {name}; `kubectl get apiservices` lists them")]
    NoApiService { server: String, name: String },
    #[error(
        "the APIService {name} is local: kube-apiserver answers it itself, and no extension server stands behind it"
    )]
    Local { name: String },
    #[error(
        "what answers at {server} ({by}) is no Kubernetes API server: it gives no version, and neither the ConfigMap extension-apiserver-authentication nor an APIService; check `server` in the kubeconfig"
    )]
    NoKubernetes { server: String, by: String },
    #[error(
        "nothing of the cluster at {server} may be read with the credentials of {by}, so that nothing can be decided; `aggcert rbac` prints the rights that are needed"
    )]
    NoRights { server: String, by: String },
    #[error("what leads to the servers of {name} was not read: {why}")]
    NotRead { name: String, why: String },
    #[error("the runtime for network requests does not start: {0}")]
    Runtime(#[from] std::io::Error),
}

impl Access {
    pub(super) async fn find(&self) -> Result<Found, ClusterError> {
        let file = self.kubeconfig.clone().or_else(|| default_file().filter(|file| file.exists()));
        let by_environment =
            self.kubeconfig.is_none() && std::env::var_os("KUBECONFIG").is_some_and(|set| !set.is_empty());
        if file.is_none() && !by_environment {
            return self.in_pod();
        }
        let (read, file) = match (&self.kubeconfig, by_environment) {
            (Some(path), _) => (Kubeconfig::read_from(path), path.display().to_string()),
            (None, true) => {
                let files = std::env::var_os("KUBECONFIG").unwrap_or_default();
                (of_list(&files), files.to_string_lossy().into_owned())
            }
            (None, false) => {
                let path = file.unwrap_or_default();
                (Kubeconfig::read_from(&path), path.display().to_string())
            }
        };
        let kubeconfig = read.map_err(|error| ClusterError::Kubeconfig { file: file.clone(), why: why(&error) })?;
        self.of_kubeconfig(kubeconfig, file).await
    }

    async fn of_kubeconfig(&self, kubeconfig: Kubeconfig, file: String) -> Result<Found, ClusterError> {
        let known = || {
            let names: Vec<&str> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        let current = kubeconfig.current_context.clone().filter(|name| !name.is_empty());
        let Some(name) = self.context.clone().or(current) else {
            return Err(ClusterError::NoCurrentContext { known: known(), file });
        };
        if !kubeconfig.contexts.iter().any(|context| context.name == name) {
            return Err(ClusterError::NoContext { known: known(), file, context: name });
        }
        let by = format!("context {name} of {file}");
        let names_proxy = names_proxy(&kubeconfig, &name);
        let options = KubeConfigOptions { context: Some(name.clone()), ..KubeConfigOptions::default() };
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await;
        let mut config = config.map_err(|error| ClusterError::Kubeconfig { file, why: why(&error) })?;
        config.cluster_url = without_user(config.cluster_url);
        config.proxy_url = config.proxy_url.filter(|_| names_proxy || !is_asked_directly(&config.cluster_url));
        credentials::prepare(&mut config.auth_info).map_err(|why| ClusterError::Credentials { by: by.clone(), why })?;
        Ok(Found { name, by, config, api_servers: self.urls() })
    }

    fn urls(&self) -> Vec<String> {
        let url = |server: &String| {
            let (scheme, rest) = server.split_once("://").unwrap_or(("https", server));
            format!("{scheme}://{}", rest.rsplit_once('@').map_or(rest, |(_, host)| host))
        };
        self.api_servers.iter().map(url).collect()
    }

    /// What the Pod that this runs in may do.
    fn in_pod(&self) -> Result<Found, ClusterError> {
        let file = default_file().unwrap_or_else(|| PathBuf::from("~/.kube/config")).display().to_string();
        if std::env::var_os("KUBERNETES_SERVICE_HOST").is_none() {
            return Err(ClusterError::NoKubeconfig { file });
        }
        if let Some(context) = self.context.clone() {
            return Err(ClusterError::NoContext { file, context, known: "none".to_owned() });
        }
        let by = "the ServiceAccount of this Pod".to_owned();
        match kube::Config::incluster() {
            Ok(config) => Ok(Found { name: "in-cluster".to_owned(), by, config, api_servers: self.urls() }),
            Err(error) => Err(ClusterError::Credentials { by, why: chain(&error) }),
        }
    }
}

impl Found {
    pub(super) fn server(&self) -> String {
        self.config.cluster_url.to_string().trim_end_matches('/').to_owned()
    }

    /// A client; it lives on the runtime that is entered.
    pub(super) fn client(&self) -> Result<kube::Client, ClusterError> {
        let mut config = self.config.clone();
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        kube::Client::try_from(config).map_err(|error| self.failed(&error))
    }

    /// The first request, which tells whether there is a cluster at all, failed.
    pub(super) fn failed(&self, error: &kube::Error) -> ClusterError {
        let (server, by, why) = (self.server(), self.by.clone(), super::redact::text(&chain(error)).into_owned());
        match error {
            kube::Error::Api(status) if status.code == 401 => {
                ClusterError::Unauthorized { server, by, why: status.message.clone() }
            }
            kube::Error::Auth(error) => ClusterError::Credentials { by, why: credentials::why(error) },
            kube::Error::InferKubeconfig(_) => ClusterError::Credentials { by, why },
            _ => {
                let advice = advice(&why);
                ClusterError::Unreachable { server, by, why, advice }
            }
        }
    }
}

/// Whether the cluster of a context has a `proxy-url`, which counts for every address.
fn names_proxy(kubeconfig: &Kubeconfig, context: &str) -> bool {
    let of_context = kubeconfig.contexts.iter().find(|one| one.name == context).and_then(|one| one.context.as_ref());
    let cluster = of_context.and_then(|of| kubeconfig.clusters.iter().find(|cluster| cluster.name == of.cluster));
    cluster.and_then(|named| named.cluster.as_ref()).is_some_and(|cluster| cluster.proxy_url.is_some())
}

/// Where a proxy of the environment does not lead: what `NO_PROXY` names, and this host (golang.org/x/net/http/httpproxy,
/// `config.useProxy`).
fn is_asked_directly(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let excepted = ["NO_PROXY", "no_proxy"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    is_here || Matcher::builder().all("http://proxy.invalid").no(excepted).build().intercept(url).is_none()
}

/// Where kubectl looks as well.
fn default_file() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| home != Path::new("")).map(|home| home.join(".kube/config"))
}

/// The files of `KUBECONFIG` in one. As for kubectl, one that is not there is none (client-go's `tools/clientcmd`,
/// `ClientConfigLoadingRules.Load`), unless there is no other.
fn of_list(files: &OsStr) -> Result<Kubeconfig, KubeconfigError> {
    let named: Vec<PathBuf> = std::env::split_paths(files).filter(|file| !file.as_os_str().is_empty()).collect();
    let mut there = named.iter().filter(|file| file.exists()).peekable();
    if let (None, Some(first)) = (there.peek(), named.first()) {
        return Kubeconfig::read_from(first);
    }
    there.try_fold(Kubeconfig::default(), |merged, file| merged.merge(Kubeconfig::read_from(file)?))
}

fn why(error: &KubeconfigError) -> String {
    match error {
        // The file is named beside it.
        KubeconfigError::ReadConfig(error, _) => format!("cannot be read: {error}"),
        KubeconfigError::Parse(error) => {
            // Not the lines around it, nor the value: credentials stand there.
            let said = error.without_snippet().to_string();
            let place = error.location();
            let place = place.map(|at| format!("line {}, column {}: ", at.line(), at.column())).unwrap_or_default();
            format!("{place}it is no kubeconfig: {}", without_values(&said))
        }
        other => super::redact::text(&chain(other)).into_owned(),
    }
}

/// The first line of what a parser says, without what it quotes of the file.
fn without_values(said: &str) -> String {
    let line = said.lines().next().unwrap_or_default();
    let mut kept = String::new();
    for (at, part) in line.split('"').enumerate() {
        kept.push_str(if at % 2 == 0 { part } else { "…" });
    }
    kept
}

/// A user and a password in a URL are credentials, and would be in every message.
fn without_user(url: http::Uri) -> http::Uri {
    let host =
        url.authority().and_then(|authority| authority.as_str().rsplit_once('@')).map(|(_, host)| host.to_owned());
    let Some(authority) = host.and_then(|host| host.parse().ok()) else { return url };
    let mut parts = url.clone().into_parts();
    parts.authority = Some(authority);
    http::Uri::from_parts(parts).unwrap_or(url)
}

/// An error with its causes, each told once: many of them print what they were caused by.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        source = cause.source();
    }
    // The names of its own types say nothing to anybody else.
    for prefix in ["ServiceError: ", "HyperError: ", "client error (Connect): ", "client error (Connect)"] {
        said = said.replace(prefix, "");
    }
    said.trim().trim_start_matches(": ").to_owned()
}

/// What helps, by what failed below HTTP.
pub(super) fn advice(why: &str) -> &'static str {
    const ADVICE: [(&str, &str); 9] = [
        ("refused", "check that the API server runs there, and that the address is not one of a cluster that is gone"),
        ("dns error", "check the server's name, and the VPN or the proxy that leads there"),
        (
            "UnknownIssuer",
            "the kubeconfig's certificate-authority did not sign that server's certificate: it is of another cluster, or the CA was renewed",
        ),
        ("NotValidForName", "set tls-server-name in the kubeconfig to a name that its certificate has"),
        (
            "invalid peer certificate",
            "compare certificate-authority in the kubeconfig with what the server presents (aggcert probe HOST:PORT)",
        ),
        ("proxy", "check proxy-url in the kubeconfig, and HTTPS_PROXY"),
        ("timed out", "check the VPN, the firewall and the server's address"),
        ("deadline", "check the VPN, the firewall and the server's address"),
        ("no answer within", "check the VPN, the firewall and the server's address"),
    ];
    let found = ADVICE.iter().find(|(word, _)| why.contains(word));
    found.map_or("try `kubectl version` with the same context", |(_, advice)| advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_in_a_url_is_told_nobody() {
        let url = without_user("https://bob:hunter2pw@host:6443/k8s".parse().unwrap());
        assert_eq!(url.to_string(), "https://host:6443/k8s");
        let access = Access { api_servers: vec!["bob:hunter2pw@host:1".to_owned()], ..Access::default() };
        assert_eq!(access.urls(), ["https://host:1"]);
    }

    #[test]
    fn a_file_of_the_list_that_is_not_there_is_passed_over() {
        let directory = tempfile::tempdir().unwrap();
        let there = directory.path().join("kc");
        std::fs::write(&there, "apiVersion: v1\nkind: Config\ncurrent-context: here\n").unwrap();
        let missing = directory.path().join("missing");
        let list = std::env::join_paths([&missing, &there]).unwrap();
        assert_eq!(of_list(&list).unwrap().current_context.as_deref(), Some("here"));
        assert!(of_list(missing.as_os_str()).is_err());
    }

    #[test]
    fn of_a_kubeconfig_that_cannot_be_read_nothing_is_quoted() {
        for text in [
            "users:\n- name: u\n  user:\n    token: hunter2\n  bad: : x\n",
            "users:\n- name: u\n  user: hunter2\n",
            "users: hunter2\n",
        ] {
            let why = why(&Kubeconfig::from_yaml(text).unwrap_err());
            assert!(why.starts_with("line ") && why.contains("column "), "{why}");
            assert!(!why.contains("hunter2"), "{why}");
        }
    }
}
