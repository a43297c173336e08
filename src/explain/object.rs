//! The object whose description or manifest the lines of a paste are: its name stands lines above the condition that tells something.

use std::rc::Rc;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern::{api_service, compile};
use super::{About, Explanation, Telling, availability, cut, speaker};

static API_SERVICE: LazyLock<Option<Regex>> = LazyLock::new(|| compile(concat!("^", api_service!(), "$")));

/// What the lines so far have told: fields of `kubectl describe` and of `-o yaml` or `json`, whose indentation nobody keeps.
#[derive(Default)]
pub(super) struct Object {
    api_service: Option<String>,
    /// Of that, whether the fields are its Service's.
    is_in_service: bool,
    service: Name,
    pod: Option<Name>,
    /// The names that were read last, of what is not told yet.
    last: Name,
}

#[derive(Default, Clone)]
struct Name {
    namespace: Option<String>,
    name: Option<String>,
}

impl Name {
    fn both(&self) -> Option<(&str, &str)> {
        self.namespace.as_deref().zip(self.name.as_deref())
    }
}

impl Object {
    /// Takes one more line.
    pub(super) fn read(&mut self, line: &str) {
        let field = field(line);
        if field.is_none() && (self.api_service.is_some() || self.pod.is_some()) && cut::has_header(line) {
            *self = Self::default();
        }
        let Some((key, value)) = field else { return };
        match key {
            "Name" | "name" if API_SERVICE.as_ref().is_some_and(|pattern| pattern.is_match(value)) => {
                *self = Self { api_service: Some(value.to_owned()), ..Self::default() };
            }
            "Name" | "name" => self.names().name = name(value),
            "Namespace" | "namespace" => self.names().namespace = name(value),
            "Service" | "service" => self.is_in_service = self.api_service.is_some() && matches!(value, "" | "{"),
            "Port" | "port" => {}
            // Of all objects only a Pod's description has its node behind its name.
            "Node" => *self = Self { pod: Some(std::mem::take(&mut self.last)), ..Self::default() },
            "Kind" | "kind" if value != "APIService" => *self = Self::default(),
            _ => self.is_in_service = false,
        }
    }

    fn names(&mut self) -> &mut Name {
        if self.is_in_service { &mut self.service } else { &mut self.last }
    }

    /// What was said, of this object; `None`: it says nothing of one.
    pub(super) fn of(&self, said: &(Telling, Vec<Explanation>)) -> Option<Rc<(Telling, Vec<Explanation>)>> {
        let told = said.1.iter().map(|one| self.told(one));
        let told: Vec<Option<Explanation>> = told.collect();
        if told.iter().all(Option::is_none) {
            return None;
        }
        let all = told.into_iter().zip(&said.1).map(|(told, one)| told.unwrap_or_else(|| one.clone()));
        Some(Rc::new((said.0, all.collect())))
    }

    fn told(&self, one: &Explanation) -> Option<Explanation> {
        if one.about == About::NoFailure {
            return None;
        }
        if let Some((namespace, pod)) = self.pod.as_ref().and_then(Name::both)
            && speaker::is_of_kubelet(one)
        {
            let mut told = one.clone();
            told.next.push(format!("kubectl --namespace={namespace} logs {pod} --all-containers"));
            return Some(told);
        }
        let name = self.api_service.as_deref()?;
        if !availability::is_of_one(one) || one.recognised.contains(name) {
            return None;
        }
        let meaning = format!("The APIService `{name}`: {}", one.meaning);
        let mut next: Vec<String> = one.next.iter().map(|command| self.narrowed(command, name)).collect();
        let service = self.service.both().filter(|_| next != one.next);
        let described =
            service.map(|(namespace, name)| format!("kubectl --namespace={namespace} describe service {name}"));
        next.extend(described.filter(|command| !next.contains(command)));
        Some(Explanation { meaning, next, ..one.clone() })
    }

    /// A command that asks for all objects of a kind asks for this one.
    fn narrowed(&self, command: &str, name: &str) -> String {
        let is_whole = command == "kubectl get apiservices" || command.starts_with("kubectl describe apiservices");
        match self.service.namespace.as_deref().filter(|_| command.starts_with("kubectl get ")) {
            _ if is_whole => command.replace("apiservices", &format!("apiservice {name}")),
            Some(namespace) => command.replace("--all-namespaces", &format!("--namespace={namespace}")),
            None => command.to_owned(),
        }
    }
}

/// `Name:   value`, `name: value`, `- "name": "value",`.
fn field(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let key = key.trim_matches([' ', '"', '-']);
    let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_key.then(|| (key, value.trim_matches([' ', '"', '\'', ','])))
}

/// As Kubernetes allows one (RFC 1123), so that it may stand in a command.
fn name(value: &str) -> Option<String> {
    let is_name = |value: &&str| {
        value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte))
    };
    Some(value).filter(|value| !value.is_empty() && !value.starts_with('-')).filter(is_name).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use crate::explain::explain;

    const DESCRIBED: &str = "Name:         v1beta1.metrics.k8s.io\nNamespace:    \nAPI Version:  apiregistration.k8s.io/v1\nKind:         APIService\nMetadata:\n  UID:   1\n\
        Spec:\n  Group:  metrics.k8s.io\n  Group Priority Minimum:    100\n  Insecure Skip TLS Verify:  true\n  Service:\n    Name:            metrics-server\n    Namespace:       kube-system\n    Port:            443\n  Version:  v1beta1\n\
        Status:\n  Conditions:\n    Last Transition Time:  2025-01-02T03:04:05Z\n    MESSAGE    Status:  False\n    Type:    Available\nEvents:  <none>\n";

    const MANIFEST: &str = "- apiVersion: apiregistration.k8s.io/v1\n  kind: APIService\n  metadata:\n    name: v1beta1.metrics.k8s.io\n  spec:\n    service:\n      name: metrics-server\n\
        \x20     namespace: kube-system\n      port: 443\n    version: v1beta1\n  status:\n    conditions:\n    - lastTransitionTime: \"2025-01-02T03:04:05Z\"\n      message: MESSAGE\n      status: \"False\"\n      type: Available\n";

    #[test]
    fn a_condition_is_told_of_the_object_that_has_it() {
        let refused = "failing or missing response from https://10.96.1.2:443/apis/metrics.k8s.io/v1beta1: Get \"https://10.96.1.2:443/apis/metrics.k8s.io/v1beta1\": dial tcp 10.96.1.2:443: connect: connection refused";
        let of_describe = |message: &str| {
            DESCRIBED.replace("MESSAGE", &format!("Message:  {message}\n    Reason:   FailedDiscoveryCheck\n"))
        };
        let of_manifest = MANIFEST.replace("MESSAGE", &format!("'{refused}'\n      reason: FailedDiscoveryCheck"));
        for text in [of_describe(refused), of_manifest, DESCRIBED.replace("MESSAGE", "Reason:  MissingEndpoints\n")] {
            let found = explain(&text);
            assert_eq!(found.len(), 1, "{text}\n{found:?}");
            assert!(found[0].meaning.starts_with("The APIService `v1beta1.metrics.k8s.io`: "), "{found:?}");
            let has = |command: &str| found[0].next.iter().any(|next| next == command);
            assert!(has("kubectl --namespace=kube-system describe service metrics-server"), "{found:?}");
            assert!(!found[0].next.iter().any(|next| next.contains("--all-namespaces")), "{found:?}");
        }
        // A reason that stands before its message is told with it.
        let before = DESCRIBED.replace("MESSAGE", &format!("Reason:  FailedDiscoveryCheck\n    Message:  {refused}\n"));
        assert_eq!(explain(&before).len(), 1, "{:?}", explain(&before));
        // Several at once are one finding with their names.
        let all =
            [of_describe(refused), of_describe(refused).replace("v1beta1.metrics", "v1beta1.custom.metrics")].concat();
        let found = explain(&all);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].values, ["v1beta1.metrics.k8s.io", "v1beta1.custom.metrics.k8s.io"]);
        // A log behind it is no part of it.
        let log = format!(
            "{}E0102 03:04:05.000000       1 a.go:1] error trying to reach service: dial tcp 10.0.0.1:443: connect: connection refused\n",
            DESCRIBED.replace("MESSAGE", "\n")
        );
        assert!(
            explain(&log).iter().all(|said| !said.meaning.contains("v1beta1.metrics.k8s.io")),
            "{:?}",
            explain(&log)
        );
    }

    #[test]
    fn an_event_is_told_of_its_pod() {
        let text = "Name:             metrics-server-5d\nNamespace:        kube-system\nNode:             n1/10.0.0.1\nVolumes:\n  a:\n    Name:  b\nEvents:\n  Type     Reason     Age  From     Message\n  Warning  Unhealthy  5s   kubelet  Readiness probe failed: HTTP probe failed with statuscode: 500\n";
        let found = explain(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0]
                .next
                .contains(&"kubectl --namespace=kube-system logs metrics-server-5d --all-containers".to_owned()),
            "{found:?}"
        );
    }
}
