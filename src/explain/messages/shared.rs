//! Words that more than one program has: a table knows them as one program's, and they are that only where the record names it.
//!
//! `unable to execute query` is prometheus-adapter's and every database's. What tells the program is its name, klog's header
//! (`E1125 10:00:00.000000 1 provider.go:12]`), which programs around Kubernetes have, or words that it has alone.

use std::sync::OnceLock;

use regex::Regex;

use super::super::pattern::compile;
use super::super::subject::{NOBODY, Other, Parties};
use super::super::{Explanation, reason};
use super::{
    About, answers, api_services, clients, discovery, files, kubeadm, metrics, neighbours, platforms, reload, serving,
    start_up, webhooks,
};

/// Names, and other words that a program has alone.
macro_rules! named {
    ($names:literal) => {
        concat!("(?i)", $names)
    };
}

/// The same of a program with klog, whose header is enough.
macro_rules! named_or_klog {
    ($names:literal) => {
        concat!(r"\b[IWEF]\d{4} |(?i:", $names, ")")
    };
}

/// Who prints a message, and what names it.
const NAMED: &[(&str, &str)] = &[
    (
        metrics::PROMETHEUS_ADAPTER,
        named_or_klog!(
            r"prometheus|metrics-adapter|metrics\.k8s\.io|naming scheme|group[- ]resource|label-resource|not registered|None of the results|cannot have both|/series\?|provider/"
        ),
    ),
    (
        metrics::METRICS_SERVER,
        named_or_klog!(
            r"metrics-server|kubelet|:1025[05]\b|\bnode=|\bpod=|[\x22\\]node[\x22\\]|[\x22\\]pod[\x22\\]|metric storage|metric collection|usage metric|metrics point|duplicate |complete (?:node|pod|container)|fully collect|metrics known|readyz|probe=|metric-storage|metric-collection"
        ),
    ),
    (
        metrics::ADAPTER,
        named_or_klog!(
            r"adapter|metrics\.k8s\.io|keda|scale|horizontal|\bhpa\b|external metrics|all (?:available )?metrics|known pods|prometheus|metrics for query|pod=|metrics? for (?:pod|node|namespace|container)"
        ),
    ),
    (
        metrics::ADAPTER_STARTS,
        named_or_klog!(
            r"adapter|metrics-server|custom[- ]metrics|external[- ]metrics|resource[- ]metrics|metrics api|REST ?mapp|lister|auth configuration"
        ),
    ),
    (metrics::METRICS_CLIENT, named!(r"k9s|metrics-server|api group|metrics\.k8s\.io")),
    (
        api_services::SERVED,
        named_or_klog!(
            r"metrics-server|metrics API|metrics not |for (?:pod|node)|pods?\b|top\b|readyz|did not receive"
        ),
    ),
    (
        metrics::SCALING,
        named!(
            r"horizontal|\bhpas?\b|autoscal|scalingactive|scalinglimited|abletoscale|selector (?:matches|is|labels)|replica count|scale is missing|source type|couldn't convert selector"
        ),
    ),
    (
        metrics::STANDS_STILL,
        named!(r"horizontal|\bhpas?\b|autoscal|scalingactive|since the replica count|target is zero"),
    ),
    (
        metrics::AUTOSCALER,
        named!(
            r"horizontal|\bhpas?\b|autoscal|FailedGet|FailedCompute|metrics API|metrics\.k8s\.io|metrics? for resource|missing request|invalid metrics|metric value|utilization: |metric \S+: unable|desired number of replicas|external metric|object metric|pods metric|based on|unable to handle the request"
        ),
    ),
    (
        clients::EXEC_PLUGIN,
        named_or_klog!(
            r"credential|kubectl|kubeconfig|exec plugin|auth plugin|Unable to connect|client\.authentication|aws|gke|gcloud|kubelogin|login"
        ),
    ),
    (clients::KUBELET_FETCHES, named_or_klog!(r"mountvolume|volume|kube-api-access|kubelet|service ?account|sandbox")),
    (
        clients::KONNECTIVITY,
        named_or_klog!(
            r"konnectivity|https?://|dialing|trying to reach|error from server|internal error|egress|apiserver|backstop|proxy-server"
        ),
    ),
    (
        platforms::KONNECTIVITY,
        named_or_klog!(
            r"konnectivity|proxy[-_](?:agent|server)|network-proxy|agentID|serverID|dialID|conn(?:ection)?ID|DIAL_|http_connect|egress|frontend|service account jwt|incoming request|unexpected username|get a backend|dial request|agent in backends"
        ),
    ),
    (
        platforms::REMOTE_DIALER,
        named!(
            r"k3s|rke2|rancher|cattle|remotedialer|wss?://|empty dialer|session for client|buffer exceeded|proxy[\x22\\.]+(?: |$)"
        ),
    ),
    (
        platforms::RANCHER_TOKEN,
        named!(
            r"k3s|rke2|rancher|token CA|cluster CA|servers?'? CA|new CA|runtime core|critical configuration|cacerts"
        ),
    ),
    (
        platforms::RANCHER_CERTIFICATE,
        named!(r"k3s|rke2|rancher|cattle|dynamiclistener|CN=(?:system:|kube-|etcd-|cloud-controller|\S+-ca@)"),
    ),
    (
        kubeadm::BY_WORDS,
        named!(
            r"kubeadm|kubernetes|execution phase|\[(?:certs|renew|preflight|kubeconfig|upload-certs|control-plane|upgrade|kubelet)[\w/-]*\]|apiserver|front-proxy|\betcd|\b(?:admin|kubelet|scheduler|controller-manager)\.conf|\bsa\b|\bca\b|PKI assets|CAname|external CA|kubeconfig|corresponding CA|NotBefore"
        ),
    ),
    (
        answers::PLAIN_BODY,
        named!(r"kube|k8s|ApiError|requested object|ErrorResponse|/apis/|cluster|metrics|apiservice"),
    ),
    (serving::NOT_STORED, named_or_klog!(r"apiservice|apiregistration|spec\.version|^(?:error: )?\W*spec\.caBundle")),
    (
        discovery::COLLECTOR,
        named_or_klog!(
            r"garbage|syncing item|controller-manager|owner ?ref|parent object|REST mapping for \S+/[A-Z]\w+\.\W*$"
        ),
    ),
    (
        discovery::ARGO_CD,
        named!(
            r"argo|initial state|sync cluster|cache state|cache sync|live state|target state|openapi|https?://|kubernetes"
        ),
    ),
    (files::FILE_WATCH, named_or_klog!(r"remove file watch|\.(?:crt|key|pem)\b|dynamic|apiserver")),
    (
        reload::AUDIT,
        named!(
            r"audit|annotations|responseStatus|apiserver|kube|x509|bearertoken|authn|requestURI|[\x22]message[\x22]"
        ),
    ),
    (reload::TOKEN_FILE, named_or_klog!(r"kubernetes|kube|serviceaccount|service account|/run/secrets|rotate token")),
    (
        webhooks::CALLER,
        named_or_klog!(
            r"(?:failed calling|calling admission) webhook(?:[\s\x22'\\:,]{0,4}[a-z0-9-]+\.[a-z0-9.-]+|[\s:]{0,2}[\x22'\\]+[a-z0-9-])|failed calling webhook, failing|conversion webhook for|internal error occurred|\.svc\b|kubernetes\.default|admission|apiserver|clientconfig|customresource|caBundle"
        ),
    ),
    (
        platforms::OWNED_APIS,
        named!(
            r"olm|operator|csv|clusterserviceversion|InstallWaiting|ComponentUnhealthy|packageserver|install strategy|APIServices not (?:installed|healthy)\W*$"
        ),
    ),
    (api_services::CONDITION, named!(r"apiservice|available|reason|status|^\W*message\W{1,30}all checks passed\W*$")),
    (
        start_up::OVERLAP,
        named!(
            r"requestheader|client-ca|allowed-names|command failed|kube-?apiserver|^\W*(?:error: )?\W*contain overlapping"
        ),
    ),
    (
        neighbours::ETCD,
        named!(r"etcd|embed|ServerName|server-name|remote-addr|(?:client|peer) endpoint|config_logging"),
    ),
    (
        start_up::HEADER_LISTS,
        named_or_klog!(
            r"^\W*(?:error:? )?\W*empty header|requestheader|request-header|kube|apiserver|extension|header-names|authentication"
        ),
    ),
];

/// Compiled when somebody asks for it: a text has messages of few of them.
static COMPILED: [OnceLock<Option<Regex>>; NAMED.len()] = [const { OnceLock::new() }; NAMED.len()];

/// Who prints a message that others have too, where the record does not name them.
fn unnamed(found: &Explanation, record: &str) -> Option<&'static str> {
    let (at, (who, names)) = NAMED.iter().enumerate().find(|(_, (who, _))| *who == found.printed_by)?;
    let names = COMPILED.get(at)?.get_or_init(|| compile(names)).as_ref()?;
    (!names.is_match(record)).then_some(*who)
}

/// What was found, in the mouth of whom the record names; where that is nobody, it is told as what it may be.
pub(in crate::explain) fn told_by_nobody(found: Explanation, parties: &Parties<'_>) -> Explanation {
    let Some(who) = unnamed(&found, parties.record()) else { return found };
    let other = match parties.other() {
        Some(other @ Other::Stranger(_)) => Some(other),
        _ => None,
    };
    let printed_by = other.map_or_else(|| NOBODY.to_owned(), Other::printed_by);
    let lead = other.map_or_else(
        || "More than one program has these words, and the line does not name the one that printed it".to_owned(),
        Other::connection,
    );
    let about = if found.about.denies() || other.is_some() { About::SomethingElse } else { About::NotTold };
    let meaning = format!("{lead}. Printed by {who} it would mean: {}", reason::lower_first(&found.meaning));
    Explanation { printed_by, about, meaning, rules: Vec::new(), next: Vec::new(), ..found }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_party_is_one_of_the_tables_and_every_pattern_compiles() {
        for (who, names) in NAMED {
            assert!(super::super::all().any(|message| message.printed_by == *who), "{who}");
            assert!(compile(names).is_some(), "{names}");
        }
    }
}
