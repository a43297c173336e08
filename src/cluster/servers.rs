//! Which servers of a cluster can be asked themselves, and the ways to each of them.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::client::Found;

/// The port of an APIService that names none (`ServiceReference.Port` of kube-aggregator's API).
const DEFAULT_PORT: u64 = 443;

/// Where kube-apiserver listens unless `--secure-port` says otherwise.
const SECURE_PORT: u16 = 6443;

/// One server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub is_kube_apiserver: bool,
    /// `HOST:PORT`; `None`: it is known that this leads nowhere from here.
    pub address: Option<String>,
    pub pod: Option<Pod>,
    /// The name that kube-apiserver, or who has the kubeconfig, asks for.
    pub server_name: Option<String>,
    /// `namespace/name` of the Services that lead to it.
    pub services: Vec<String>,
}

/// A Pod, and the port on which it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pod {
    pub namespace: String,
    pub name: String,
    pub port: u16,
}

impl Server {
    /// For people: the Pod, or the address.
    pub(super) fn name(&self) -> String {
        match (&self.pod, &self.address) {
            (Some(pod), _) => format!("Pod {}/{}", pod.namespace, pod.name),
            (None, address) => address.clone().unwrap_or_default(),
        }
    }
}

/// The API servers: as they publish themselves, or what the kubeconfig leads to.
pub(super) fn kube_apiservers(found: &Found, addresses: &BTreeSet<String>, objects: &[Value]) -> Vec<Server> {
    let server_name = found.config.tls_server_name.clone().or_else(|| found.config.cluster_url.host().map(bare));
    let pods: Vec<&Value> = of_kind(objects, "Pod").filter(|pod| is_kube_apiserver(pod)).collect();
    let server = |address: Option<String>, pod: Option<Pod>| Server {
        is_kube_apiserver: true,
        // A proxy is no way for TLS of our own.
        address: address.filter(|_| found.config.proxy_url.is_none()),
        pod,
        server_name: server_name.clone(),
        services: Vec::new(),
    };
    if addresses.is_empty() {
        // What is behind a path is answered by something else, which ends TLS.
        let is_proxied = found.config.cluster_url.path().len() > 1;
        let address = authority(&found.config.cluster_url).filter(|_| !is_proxied);
        let only = if let [pod] = pods.as_slice() { as_pod(pod, None) } else { None };
        return vec![server(address, only)];
    }
    let each = |url: &String| {
        let url: http::Uri = url.parse().ok()?;
        let (host, port) = (url.host().map(bare)?, url.port_u16().unwrap_or(SECURE_PORT));
        let has_address =
            |pod: &&&Value| ["/status/podIP", "/status/hostIP"].iter().any(|key| text(pod, key) == Some(host.as_str()));
        Some(server(authority(&url), pods.iter().find(has_address).and_then(|pod| as_pod(pod, Some(port)))))
    };
    addresses.iter().filter_map(each).collect()
}

/// A Service, or an account, by namespace and name.
pub(super) type Name = (String, String);

/// The Service behind an APIService.
pub(super) fn service_of(api_service: &Value) -> Option<Name> {
    let part = |key: &str| text(api_service, &format!("/spec/service/{key}")).map(str::to_owned);
    Some((part("namespace")?, part("name")?))
}

/// The extension servers that APIServices lead to, each address once.
pub(super) fn extensions(found: &Found, objects: &[Value]) -> Vec<Server> {
    let mut servers: Vec<Server> = Vec::new();
    for server in of_kind(objects, "APIService").flat_map(|api_service| behind(api_service, objects)) {
        let is_known = |known: &&mut Server| known.address == server.address && known.pod == server.pod;
        match servers.iter_mut().find(is_known) {
            Some(known) => {
                let more = server.services.into_iter().filter(|service| !known.services.contains(service));
                known.services.extend(more.collect::<Vec<_>>());
            }
            None => servers.push(server),
        }
    }
    // `localhost` is the host of kube-apiserver, and not this one.
    let is_local = found.config.cluster_url.host().is_some_and(is_loopback);
    for server in &mut servers {
        server.address = server.address.take().filter(|address| is_local || !is_loopback(address));
    }
    servers
}

fn behind(api_service: &Value, objects: &[Value]) -> Vec<Server> {
    let Some((namespace, name)) = service_of(api_service) else { return Vec::new() };
    let port = api_service.pointer("/spec/service/port").and_then(Value::as_u64).unwrap_or(DEFAULT_PORT);
    let is_it = |object: &&Value| text(object, "/metadata/namespace") == Some(&namespace);
    let service =
        of_kind(objects, "Service").filter(is_it).find(|service| text(service, "/metadata/name") == Some(&name));
    let Some(service) = service else { return Vec::new() };
    let server = |address: String, pod: Option<Pod>| Server {
        is_kube_apiserver: false,
        address: Some(address),
        pod,
        server_name: Some(format!("{name}.{namespace}.svc")),
        services: vec![format!("{namespace}/{name}")],
    };
    if text(service, "/spec/type") == Some("ExternalName") {
        let external = text(service, "/spec/externalName");
        return external.map(|host| server(format!("{host}:{port}"), None)).into_iter().collect();
    }
    let ports = list(service, "/spec/ports");
    let Some(port) = ports.iter().find(|known| known["port"].as_u64() == Some(port)) else { return Vec::new() };
    let port_name = port["name"].as_str().unwrap_or_default();
    let is_of_service = |slice: &&Value| text(slice, "/metadata/labels/kubernetes.io~1service-name") == Some(&name);
    let slices = of_kind(objects, "EndpointSlice").filter(is_it).filter(is_of_service);
    let of_slice = |slice: &Value| {
        let named = |port: &&Value| port["name"].as_str().unwrap_or_default() == port_name;
        let number =
            list(slice, "/ports").iter().find(named).and_then(|port| u16::try_from(port["port"].as_u64()?).ok());
        let Some(number) = number else { return Vec::new() };
        let one = |endpoint: &Value| {
            let address = endpoint.pointer("/addresses/0").and_then(Value::as_str)?;
            let is_pod = text(endpoint, "/targetRef/kind") == Some("Pod");
            let pod = text(endpoint, "/targetRef/name").filter(|_| is_pod).map(|pod| Pod {
                namespace: text(endpoint, "/targetRef/namespace").unwrap_or(&namespace).to_owned(),
                name: pod.to_owned(),
                port: number,
            });
            Some(server(with_port(address, number), pod))
        };
        list(slice, "/endpoints").iter().filter_map(one).collect()
    };
    slices.flat_map(of_slice).collect()
}

fn of_kind<'a>(objects: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    objects.iter().filter(move |object| object["kind"] == kind)
}

fn text<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    object.pointer(pointer).and_then(Value::as_str)
}

fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn is_kube_apiserver(pod: &Value) -> bool {
    list(pod, "/spec/containers").iter().any(|container| container["name"] == "kube-apiserver")
}

/// A Pod of kube-apiserver; its port is that of its address, or of its flags.
fn as_pod(pod: &Value, port: Option<u16>) -> Option<Pod> {
    let words = list(pod, "/spec/containers").iter().flat_map(|container| {
        ["command", "args"].into_iter().flat_map(|key| container[key].as_array().into_iter().flatten())
    });
    let flag = words.filter_map(Value::as_str).find_map(|word| word.strip_prefix("--secure-port=")?.parse().ok());
    Some(Pod {
        namespace: text(pod, "/metadata/namespace")?.to_owned(),
        name: text(pod, "/metadata/name")?.to_owned(),
        port: port.or(flag).unwrap_or(SECURE_PORT),
    })
}

/// `HOST:PORT` of a URL.
fn authority(url: &http::Uri) -> Option<String> {
    let port = url.port_u16().unwrap_or(if url.scheme_str() == Some("http") { return None } else { 443 });
    Some(with_port(&bare(url.host()?), port))
}

fn bare(host: &str) -> String {
    host.trim_matches(['[', ']']).to_owned()
}

/// An IPv6 address stands in brackets before a port (RFC 3986, section 3.2.2).
pub(super) fn with_port(host: &str, port: impl fmt::Display) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

fn is_loopback(host: &str) -> bool {
    ["localhost", "127.", "[::1]", "::1"].iter().any(|local| host.starts_with(local))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn objects() -> Vec<Value> {
        vec![
            json!({"kind": "APIService", "spec": {"service": {"namespace": "ns", "name": "api"}}}),
            json!({"kind": "APIService", "spec": {"service": {"namespace": "ns", "name": "api", "port": 443}}}),
            json!({"kind": "APIService", "spec": {"service": {"namespace": "ns", "name": "other", "port": 8443}}}),
            json!({"kind": "Service", "metadata": {"namespace": "ns", "name": "api"},
                   "spec": {"ports": [{"name": "x", "port": 80}, {"name": "https", "port": 443}]}}),
            json!({"kind": "Service", "metadata": {"namespace": "ns", "name": "other"},
                   "spec": {"type": "ExternalName", "externalName": "api.example.org"}}),
            json!({"kind": "EndpointSlice",
            "metadata": {"namespace": "ns", "labels": {"kubernetes.io/service-name": "api"}},
            "ports": [{"name": "x", "port": 8080}, {"name": "https", "port": 4443}],
            "endpoints": [
                {"addresses": ["10.0.0.1"], "targetRef": {"kind": "Pod", "name": "api-1", "namespace": "ns"}},
                {"addresses": ["fd00::1"]},
            ]}),
        ]
    }

    fn found(server: &str) -> Found {
        let config = kube::Config::new(server.parse().unwrap());
        Found { name: "x".to_owned(), by: "x".to_owned(), config, api_servers: Vec::new() }
    }

    #[test]
    fn each_address_behind_an_api_service_is_a_server_once() {
        let servers = extensions(&found("https://10.0.0.9:6443"), &objects());
        let known: Vec<(Option<&str>, String)> =
            servers.iter().map(|server| (server.address.as_deref(), server.name())).collect();
        let expected = [
            (Some("10.0.0.1:4443"), "Pod ns/api-1"),
            (Some("[fd00::1]:4443"), "[fd00::1]:4443"),
            (Some("api.example.org:8443"), "api.example.org:8443"),
        ];
        assert_eq!(known, expected.map(|(address, name)| (address, name.to_owned())));
        assert_eq!(servers[0].server_name.as_deref(), Some("api.ns.svc"));
        assert_eq!(servers[0].pod.as_ref().map(|pod| pod.port), Some(4443));
    }

    #[test]
    fn an_api_server_has_the_pod_of_its_address() {
        let pod = json!({"kind": "Pod", "metadata": {"namespace": "kube-system", "name": "kube-apiserver-a"},
                         "spec": {"containers": [{"name": "kube-apiserver", "command": ["kube-apiserver", "--secure-port=7443"]}]},
                         "status": {"podIP": "10.0.0.1"}});
        let urls = BTreeSet::from(["https://10.0.0.1:6443".to_owned(), "https://10.0.0.2:6443".to_owned()]);
        let several = kube_apiservers(&found("https://lb.example.org"), &urls, std::slice::from_ref(&pod));
        let names: Vec<String> = several.iter().map(Server::name).collect();
        assert_eq!(names, ["Pod kube-system/kube-apiserver-a", "10.0.0.2:6443"]);
        assert_eq!(several[0].server_name.as_deref(), Some("lb.example.org"));
        let one = kube_apiservers(&found("https://lb.example.org"), &BTreeSet::new(), std::slice::from_ref(&pod));
        assert_eq!(one[0].address.as_deref(), Some("lb.example.org:443"));
        assert_eq!(one[0].pod.as_ref().map(|pod| pod.port), Some(7443));
        // Something else answers at a path, and ends TLS.
        let proxied = kube_apiservers(&found("https://rancher.example.org/k8s/clusters/c"), &BTreeSet::new(), &[]);
        assert_eq!(proxied[0].address, None);
    }

    #[test]
    fn what_is_local_to_a_server_elsewhere_is_not_asked_here() {
        let mut objects = objects();
        objects[4]["spec"]["externalName"] = "localhost".into();
        let of = |server: &str| extensions(&found(server), &objects).last().and_then(|server| server.address.clone());
        assert_eq!(of("https://10.0.0.9:6443"), None);
        assert_eq!(of("https://127.0.0.1:6443").as_deref(), Some("localhost:8443"));
    }
}
