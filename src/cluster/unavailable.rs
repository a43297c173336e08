//! Which API server finds which extension server unavailable. The condition of an APIService is shared by all of them,
//! and flaps when they disagree; the metric is each server's own.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Found, advice};
use super::fetch::{Asker, Refusal};
use super::project;
use super::questions::{self, Right};
use super::servers::with_port;

/// A gauge with the label `name`, 1 while an APIService is unavailable (kube-aggregator,
/// pkg/controllers/status/metrics).
const METRIC: &str = "aggregator_unavailable_apiservice{";

/// Addresses of a control plane cannot be reached from everywhere, and there are several.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// What the API servers say, each for itself.
#[derive(Default)]
pub(super) struct Views {
    pub views: Vec<Value>,
    /// Questions that were not answered.
    pub refused: Vec<(Right, Refusal)>,
    /// Servers that did not answer, and why.
    pub not_asked: Vec<(String, String)>,
}

/// Asks each API server that can be asked.
pub(super) async fn read(asker: &Asker, found: &Found, addresses: &BTreeSet<String>) -> Views {
    let mut views = Views::default();
    for server in addresses {
        match ask(found, server).await {
            Ok(view) => views.views.push(view),
            Err(refusal @ Refusal::Forbidden(_)) => views.refused.push((questions::METRICS, refusal)),
            Err(refusal) => {
                let why = refusal.why();
                let why = format!("{why}; {}", advice(&why));
                views.not_asked.push((server.clone(), why));
            }
        }
    }
    if views.views.is_empty() {
        // The one behind the kubeconfig's address, whichever it is.
        match asker.get_text("/metrics").await {
            Ok(metrics) => views.views.push(view(&found.server(), &metrics)),
            Err(refusal) => views.refused.push((questions::METRICS, refusal)),
        }
    }
    views
}

/// The URL of each API server of a control plane that has several: as somebody names them, or as they publish themselves.
/// Empty: there is one, or they are not known.
pub(super) async fn addresses(asker: &Asker, found: &Found) -> Result<BTreeSet<String>, Refusal> {
    if !found.api_servers.is_empty() {
        return Ok(found.api_servers.iter().cloned().collect());
    }
    let path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
    let keep = |slice: &Value| Some(project::endpoint_slice(slice));
    let read = asker.list(path, "kubernetes.io/service-name=kubernetes", keep).await?;
    let found: BTreeSet<String> = read.iter().flat_map(of_slice).collect();
    Ok(if found.len() > 1 { found } else { BTreeSet::new() })
}

fn of_slice(slice: &Value) -> Vec<String> {
    let list = |of: &Value, key: &str| of.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let ports: Vec<u64> = list(slice, "ports").iter().filter_map(|port| port.get("port")?.as_u64()).collect();
    let addresses = list(slice, "endpoints").into_iter().flat_map(|endpoint| list(&endpoint, "addresses"));
    let hosts: Vec<String> = addresses.filter_map(|address| address.as_str().map(str::to_owned)).collect();
    hosts.iter().flat_map(|host| ports.iter().map(move |port| format!("https://{}", with_port(host, *port)))).collect()
}

/// Asks one server past whatever balances the load, by the name that the kubeconfig knows it by.
async fn ask(found: &Found, server: &str) -> Result<Value, Refusal> {
    let url: http::Uri =
        server.parse().map_err(|error: http::uri::InvalidUri| Refusal::Failed(kube::Error::HttpError(error.into())))?;
    let mut config = found.config.clone();
    config.tls_server_name = config.tls_server_name.or_else(|| config.cluster_url.host().map(str::to_owned));
    config.cluster_url = url;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    let client = kube::Client::try_from(config).map_err(Refusal::Failed)?;
    let asker = Asker { client, progress: Box::new(|| ()) };
    asker.get_text("/metrics").await.map(|metrics| view(server, &metrics))
}

fn view(server: &str, metrics: &str) -> Value {
    json!({ "address": server, "unavailable": unavailable(metrics) })
}

/// The names of the APIServices that these metrics call unavailable.
fn unavailable(metrics: &str) -> Vec<String> {
    let name = |line: &str| {
        let (labels, value) = line.strip_prefix(METRIC)?.rsplit_once('}')?;
        let is_set = value.trim().parse::<f64>().is_ok_and(|value| value > 0.0);
        let name = labels.split("name=\"").nth(1)?.split('"').next()?;
        is_set.then(|| name.to_owned())
    };
    metrics.lines().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metric_names_what_is_unavailable() {
        let metrics = "\
# HELP aggregator_unavailable_apiservice [ALPHA] Gauge of APIServices which are marked as unavailable
# TYPE aggregator_unavailable_apiservice gauge
aggregator_unavailable_apiservice{name=\"v1.\"} 0
aggregator_unavailable_apiservice{name=\"v1alpha1.wardle.example.com\"} 1
aggregator_unavailable_apiservice_total{name=\"v1beta1.metrics.k8s.io\",reason=\"x\"} 3
";
        assert_eq!(unavailable(metrics), ["v1alpha1.wardle.example.com"]);
    }

    #[test]
    fn each_address_of_a_slice_is_a_server() {
        let slice = json!({
            "endpoints": [{"addresses": ["10.0.0.1"]}, {"addresses": ["fd00::1"]}], "ports": [{"port": 6443}],
        });
        assert_eq!(of_slice(&slice), ["https://10.0.0.1:6443", "https://[fd00::1]:6443"]);
    }
}
