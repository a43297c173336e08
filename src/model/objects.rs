//! The objects that were read, and how they belong together.

use std::collections::{BTreeMap, HashSet};

use crate::source::CertificateText;
use crate::source::resource::{
    Binding, Certificate, Certificates, Endpoints, Issuer, Label, Role, Service, ServiceAccount, ServicePort,
    TargetPort, Workload, is_template, may_be_same,
};
use crate::source::{ApiService, Invocation, Resource, ServiceReference};
use crate::text::Origin;

use super::KeptKey;
use super::labelled::Labelled;
use super::named::{By, Named};

/// Workloads of one Service that are looked at. The Pods of one maker are one, and nobody gives a Service so many makers.
pub const MOST_SELECTED: usize = 64;

/// The objects around APIServices and extension API servers.
#[derive(Debug, Clone, Default)]
pub struct Objects {
    resources: Vec<Resource>,
    /// The files with private keys beside them.
    keys: Vec<KeptKey>,
    /// Which of them are workloads that stand for Pods: not made by another one here.
    current: Vec<usize>,
    named: Named,
    labelled: Labelled,
    may_be_kustomized: bool,
}

impl Objects {
    /// Nothing.
    pub const NONE: &'static Self = &Self {
        resources: Vec::new(),
        keys: Vec::new(),
        current: Vec::new(),
        named: Named::NONE,
        labelled: Labelled::NONE,
        may_be_kustomized: false,
    };

    /// A kustomization lies beside some of them.
    pub fn know_kustomization(&mut self) {
        self.may_be_kustomized = true;
    }

    pub fn may_be_kustomized(&self) -> bool {
        self.may_be_kustomized
    }

    pub fn push(&mut self, resource: Resource) {
        self.keys.extend(KeptKey::of_resource(&resource));
        self.add(resource);
    }

    fn add(&mut self, resource: Resource) {
        self.named.add(self.resources.len(), &resource);
        self.resources.push(resource);
    }

    pub fn push_key(&mut self, key: KeptKey) {
        self.keys.push(key);
    }

    pub fn keys(&self) -> &[KeptKey] {
        &self.keys
    }

    pub fn append(&mut self, mut other: Self) {
        other.resources.into_iter().for_each(|resource| self.add(resource));
        self.keys.append(&mut other.keys);
        self.may_be_kustomized |= other.may_be_kustomized;
    }

    /// All of them but the keys.
    pub fn all(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter()
    }

    /// Takes all of them out, with the keys that stand in their files.
    pub fn take_resources(&mut self) -> Vec<Resource> {
        let files: HashSet<&str> = self.resources.iter().map(|one| one.object().name.origin.file().name()).collect();
        self.keys.retain(|key| !files.contains(key.origin.file().name()));
        self.current.clear();
        self.named.clear();
        std::mem::take(&mut self.resources)
    }

    pub fn get(&self, place: usize) -> Option<&Resource> {
        self.resources.get(place)
    }

    /// Whether a workload is an extension API server by its flags or its name.
    pub fn has_extension_server(&self) -> bool {
        self.resources.iter().any(Resource::is_extension_server)
    }

    pub fn workloads(&self) -> impl Iterator<Item = &Workload> {
        self.resources.iter().filter_map(|resource| match resource {
            Resource::Workload(workload) => Some(&**workload),
            _ => None,
        })
    }

    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.resources.iter().filter_map(|resource| match resource {
            Resource::Service(service) => Some(service),
            _ => None,
        })
    }

    /// Those that are found by a name.
    fn found(&self, by: By, name: &str) -> impl Iterator<Item = &Resource> {
        self.named.places(by, name).iter().filter_map(|at| self.get(*at))
    }

    /// What leads to the Pods of a Service.
    pub fn endpoints_of<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a Endpoints> {
        let found = self.found(By::EndpointsOf, &service.object.name.value).filter_map(|resource| match resource {
            Resource::Endpoints(endpoints) => Some(endpoints),
            _ => None,
        });
        found.filter(|endpoints| endpoints.object.may_be_in(service.object.namespace()))
    }

    pub fn bindings(&self) -> impl Iterator<Item = &Binding> {
        self.resources.iter().filter_map(|resource| match resource {
            Resource::Binding(binding) => Some(binding),
            _ => None,
        })
    }

    /// The bindings that may name an account.
    pub fn bindings_of(&self, account: &str) -> impl Iterator<Item = &Binding> {
        // Where a template makes the account's name, it may be that of any.
        let all = || (0..self.resources.len()).collect();
        let places = if is_template(account) { all() } else { self.named.bindings_of(account) };
        places.into_iter().filter_map(|at| match self.get(at)? {
            Resource::Binding(binding) => Some(binding),
            _ => None,
        })
    }

    /// The Roles and ClusterRoles of a name.
    pub fn roles(&self, name: &str) -> impl Iterator<Item = &Role> {
        self.found(By::Role, name).filter_map(|resource| match resource {
            Resource::Role(role) => Some(role),
            _ => None,
        })
    }

    pub fn certificates(&self) -> impl Iterator<Item = &Certificates> {
        self.resources.iter().filter_map(|resource| match resource {
            Resource::Certificates(certificates) => Some(certificates),
            _ => None,
        })
    }

    /// The Certificates of cert-manager.
    pub fn requested_certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.resources.iter().filter_map(certificate)
    }

    /// The Certificates of a name.
    pub fn requested_certificates_named(&self, name: &str) -> impl Iterator<Item = &Certificate> {
        self.found(By::Certificate, name).filter_map(certificate)
    }

    /// The Certificate that keeps a Secret.
    pub fn keeper(&self, namespace: Option<&str>, secret: &str) -> Option<&Certificate> {
        let mut found = self.found(By::CertificateOf, secret).filter_map(certificate);
        found.find(|certificate| certificate.object.may_be_in(namespace))
    }

    /// The Secrets and ConfigMaps of a name.
    pub fn certificates_named(&self, name: &str) -> impl Iterator<Item = &Certificates> {
        self.found(By::Kept, name).filter_map(|resource| match resource {
            Resource::Certificates(certificates) => Some(certificates),
            _ => None,
        })
    }

    /// The issuers of cert-manager of a name.
    pub fn issuers(&self, name: &str) -> impl Iterator<Item = &Issuer> {
        self.found(By::Issuer, name).filter_map(|resource| match resource {
            Resource::Issuer(issuer) => Some(issuer),
            _ => None,
        })
    }

    /// The ServiceAccount that a workload's Pods run as.
    pub(super) fn account(&self, workload: &Workload) -> Option<&ServiceAccount> {
        let is_its = |account: &&ServiceAccount| account.object.may_be_in(workload.object.namespace());
        let found: Vec<&ServiceAccount> = self
            .found(By::ServiceAccount, workload.account())
            .filter_map(|resource| match resource {
                Resource::ServiceAccount(account) => Some(account),
                _ => None,
            })
            .filter(is_its)
            .collect();
        nearest(&found, &workload.object.name.origin, |found| &found.object.name.origin)
    }

    /// The Secret or ConfigMap of a name that a Pod mounts: of several the one in the same file.
    pub(super) fn mounted(&self, pod: &Invocation, kind: &str, name: &str) -> Option<&Certificates> {
        let namespace = pod.namespace.as_deref();
        let found = self.certificates_named(name).filter(|certificates| {
            let object = &certificates.object;
            object.kind.value == kind && object.may_be_in(namespace)
        });
        nearest(&found.collect::<Vec<_>>(), &pod.origin, |found| &found.object.name.origin)
    }

    /// The Service that an APIService leads to: of several of one name, which are of several clusters, the one in the
    /// same file.
    pub fn service(&self, reference: &ServiceReference) -> Option<&Service> {
        let name = &reference.name.as_ref()?.value;
        let namespace = reference.namespace.as_ref().map(|namespace| namespace.value.as_str());
        let named = self.found(By::Service, name).filter_map(|resource| match resource {
            Resource::Service(service) => Some(service),
            _ => None,
        });
        let found: Vec<&Service> = named.filter(|service| service.object.may_be_in(namespace)).collect();
        nearest(&found, &reference.origin, |service| &service.object.name.origin)
    }

    /// Finds out which workloads stand for Pods: not those that another one here makes, nor those without Pods. Of several
    /// Pods of one maker that is not here the first counts.
    pub fn settle(&mut self) {
        let makers: HashSet<(&str, &str)> = self
            .workloads()
            .map(|workload| (workload.object.kind.value.as_str(), workload.object.name.value.as_str()))
            .collect();
        let is_made = |(kind, name): &(String, String)| {
            // A ReplicaSet that is not here, of a Deployment that is.
            let deployment = name.rsplit_once('-').map(|(deployment, _)| deployment);
            makers.contains(&(kind.as_str(), name.as_str()))
                || deployment.is_some_and(|deployment| makers.contains(&("Deployment", deployment)))
        };
        let mut seen = HashSet::new();
        let mut is_current = |workload: &Workload| match &workload.owner {
            _ if workload.runs_nothing => false,
            None => true,
            Some(owner) => {
                !is_made(owner) && seen.insert((owner.clone(), workload.object.namespace().map(str::to_owned)))
            }
        };
        let current = self.resources.iter().enumerate().filter_map(|(at, resource)| match resource {
            Resource::Workload(workload) if is_current(workload) => Some(at),
            _ => None,
        });
        self.current = current.collect();
        let labels = self.current().map(|(at, workload)| (at, workload.labels.as_deref().unwrap_or_default()));
        self.labelled = Labelled::of(labels);
    }

    /// The workloads that stand for Pods, with their places; known when [`Self::settle`] was called.
    fn current(&self) -> impl Iterator<Item = (usize, &Workload)> {
        self.current.iter().filter_map(|at| Some((*at, self.workload(*at)?)))
    }

    fn workload(&self, place: usize) -> Option<&Workload> {
        match self.get(place)? {
            Resource::Workload(workload) => Some(&**workload),
            _ => None,
        }
    }

    /// The workloads whose Pods a Service selects.
    pub fn selected_by<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a Workload> {
        self.places_selected_by(service).map(|(_, workload)| workload)
    }

    fn places_selected_by<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = (usize, &'a Workload)> {
        let selector = service.selector.as_deref().unwrap_or_default();
        let is_selected = move |workload: &Workload| {
            !selector.is_empty()
                && workload.object.may_be_in(service.object.namespace())
                && workload.labels.as_deref().is_some_and(|labels| selects(selector, labels))
        };
        let places = self.labelled.places(selector).into_iter();
        let workloads = places.filter_map(|at| Some((at, self.workload(at)?)));
        workloads.filter(move |(_, workload)| is_selected(workload)).take(MOST_SELECTED)
    }

    /// The extension API servers, by the places of their workloads among the objects and of their containers: what one
    /// of the APIServices leads to, and what is one by its flags or its name.
    pub fn extension_servers(&self, api_services: &[ApiService]) -> Vec<(usize, usize)> {
        let mut found: BTreeMap<usize, usize> = BTreeMap::new();
        for reference in api_services.iter().filter_map(|service| service.service.as_ref()) {
            let Some(service) = self.service(reference) else { continue };
            let port = reference.port.as_ref().map_or(ApiService::DEFAULT_PORT, |port| port.value);
            let target = service.target(port);
            for (at, workload) in self.places_selected_by(service) {
                let serves = target
                    .as_ref()
                    .and_then(|target| workload.containers.iter().position(|container| container.declares(target)));
                found.entry(at).or_insert(serves.unwrap_or_default());
            }
        }
        for (at, workload) in self.current() {
            // What the flags say counts more than a port that somebody declares.
            let known = workload.containers.iter().position(|container| container.is_extension_server);
            found.extend(known.map(|container| (at, container)));
        }
        found.into_iter().collect()
    }
}

fn certificate(resource: &Resource) -> Option<&Certificate> {
    match resource {
        Resource::Certificate(certificate) => Some(&**certificate),
        _ => None,
    }
}

impl ApiService {
    /// `ServiceReference.Port` of kube-aggregator's API.
    pub const DEFAULT_PORT: u16 = 443;
}

impl Service {
    /// A port that kube-apiserver can call: HTTPS needs TCP.
    pub fn port(&self, number: u16) -> Option<&ServicePort> {
        self.ports.iter().find(|known| known.port.value == number && known.is_tcp())
    }

    /// Where a port of it leads; `None`: it has no such port.
    pub fn target(&self, port: u16) -> Option<TargetPort> {
        let found = self.port(port)?;
        Some(found.target.as_ref().map_or(TargetPort::Number(port), |target| target.value.clone()))
    }
}

impl crate::source::resource::Container {
    /// Whether one of its declared ports is this.
    pub fn declares(&self, target: &TargetPort) -> bool {
        self.ports.iter().any(|(name, port)| match target {
            TargetPort::Number(number) => port.value == *number,
            TargetPort::Name(wanted) => name.as_deref() == Some(wanted),
        })
    }
}

/// Whether a selector takes Pods with these labels.
pub fn selects(selector: &[Label], labels: &[Label]) -> bool {
    let has = |(key, value): &Label| labels.iter().any(|(name, own)| name == key && may_be_same(own, Some(value)));
    selector.iter().all(has)
}

/// Of several, the last that stands in the file of `origin`, which is what remains when the file is applied, or else the
/// first.
pub(super) fn nearest<'a, T>(found: &[&'a T], origin: &Origin, place: impl Fn(&T) -> &Origin) -> Option<&'a T> {
    let same_file = found.iter().rfind(|one| place(one).file().name() == origin.file().name());
    same_file.or(found.first()).copied()
}

impl Certificates {
    /// Whether it has no such key.
    pub fn lacks(&self, key: &str) -> bool {
        self.keys.as_ref().is_some_and(|keys| !keys.iter().any(|own| own == key))
    }

    /// The value of a key.
    pub fn entry(&self, key: &str) -> Option<&CertificateText> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, text)| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::read_resources;
    use crate::text::SourceFile;

    fn objects(text: &str) -> Objects {
        let mut objects = Objects::default();
        read_resources(&SourceFile::new("x.yaml", text)).into_iter().for_each(|resource| objects.push(resource));
        objects.settle();
        objects
    }

    fn pod(kind: &str, name: &str, owner: &str) -> String {
        let spec = "spec: {containers: [{name: x, image: x, args: [--secure-port=1]}]}";
        let spec = if kind == "Pod" { spec.to_owned() } else { format!("spec: {{template: {{{spec}}}}}") };
        let owners = if owner.is_empty() { String::new() } else { format!(", ownerReferences: [{owner}]") };
        format!("---\napiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}{owners}}}\n{spec}\n")
    }

    fn current(text: &str) -> Vec<String> {
        objects(text).current().map(|(_, workload)| workload.object.to_string()).collect()
    }

    #[test]
    fn what_another_one_makes_is_told_once() {
        let deployment = pod("Deployment", "web", "");
        let set = pod("ReplicaSet", "web-5d", "{kind: Deployment, name: web}");
        let pods = pod("Pod", "web-5d-a", "{kind: ReplicaSet, name: web-5d}")
            + &pod("Pod", "web-5d-b", "{kind: ReplicaSet, name: web-5d}");
        assert_eq!(current(&[&*deployment, &set, &pods].concat()), ["Deployment web"]);
        assert_eq!(current(&[&*deployment, &pods].concat()), ["Deployment web"]);
        assert_eq!(current(&[&*set, &pods].concat()), ["ReplicaSet web-5d"]);
        assert_eq!(current(&pods), ["Pod web-5d-a"]);
        assert_eq!(current(&pod("Pod", "alone", "")), ["Pod alone"]);
    }

    #[test]
    fn what_has_ended_or_has_no_pods_stands_for_none() {
        let with = |kind: &str, status: &str| current(&format!("{}status: {status}\n", pod(kind, "x", "")));
        for (kind, status) in [
            ("Pod", "{phase: Failed, reason: Evicted}"),
            ("Pod", "{phase: Succeeded}"),
            ("Job", "{conditions: [{type: Complete, status: 'True'}]}"),
            ("DaemonSet", "{desiredNumberScheduled: 0}"),
        ] {
            assert_eq!(with(kind, status), Vec::<String>::new(), "{kind} {status}");
        }
        for (kind, status) in [
            ("Pod", "{phase: Running}"),
            ("Pod", "{phase: Pending}"),
            ("Job", "{conditions: [{type: Failed, status: 'False'}]}"),
            ("DaemonSet", "{desiredNumberScheduled: 1}"),
        ] {
            assert_eq!(with(kind, status), [format!("{kind} x")], "{status}");
        }
    }

    #[test]
    fn a_service_selects_by_any_of_its_labels_and_what_a_template_makes() {
        let labelled = |name: &str, labels: &str| {
            pod("Pod", name, "").replace("metadata: {", &format!("metadata: {{labels: {{{labels}}}, "))
        };
        let selected = |selector: &str| -> Vec<String> {
            let pods = labelled("a", "app: web, tier: front")
                + &labelled("b", "app: api, tier: front")
                + &labelled("c", "app: '{{ .name }}', tier: front");
            let spec = format!("spec: {{selector: {{{selector}}}, ports: [{{port: 443}}]}}");
            let service = format!("---\napiVersion: v1\nkind: Service\nmetadata: {{name: s}}\n{spec}\n");
            let objects = objects(&(pods + &service));
            let service = objects.services().next().cloned();
            let selected = service.iter().flat_map(|service| objects.selected_by(service));
            selected.map(|workload| workload.object.name.value.clone()).collect()
        };
        assert_eq!(selected("app: web"), ["a", "c"]);
        assert_eq!(selected("tier: front, app: api"), ["b", "c"]);
        assert_eq!(selected("app: '{{ .app }}'"), ["a", "b", "c"]);
        assert_eq!(selected("app: none, tier: back"), Vec::<String>::new());
    }

    #[test]
    fn a_selector_takes_pods_with_all_its_labels() {
        let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let labels = [label("app", "web"), label("tier", "front")];
        assert!(selects(&[label("app", "web")], &labels));
        assert!(!selects(&[label("app", "web"), label("zone", "a")], &labels));
        assert!(!selects(&[label("app", "api")], &labels));
    }
}
