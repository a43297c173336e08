//! What is read of a cluster, in the order in which one thing leads to the next: APIServices name Services, and those
//! select Pods.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::client::{Access, ClusterError, Found, advice};
use super::fetch::{Asker, Refusal, encoded};
use super::project;
use super::questions::{self, KUBE_SYSTEM, Right};
use super::servers::{Name, service_of};
use super::{cert_manager, reach, servers, unavailable};

/// Namespaces in which the Pods of a control plane run.
const CONTROL_PLANE_NAMESPACES: [&str; 4] =
    [KUBE_SYSTEM, "openshift-kube-apiserver", "openshift-kube-controller-manager", "openshift-kube-scheduler"];

/// The ClusterRole and the Role whose bindings extension servers need.
const NEEDED_ROLES: [&str; 2] = ["system:auth-delegator", "extension-apiserver-authentication-reader"];

/// The state of a reading.
pub(super) struct Collector<'a> {
    pub asker: Asker,
    pub found: &'a Found,
    objects: Vec<Value>,
    not_read: Vec<Value>,
    /// The names of the APIServices that kube-apiserver answers by itself.
    local: Vec<Value>,
}

/// All that was read.
pub(super) struct Reading {
    /// The collection's own object first.
    pub objects: Vec<Value>,
    /// What was not read, and why, for people.
    pub not_read: Vec<String>,
    /// Which of the API servers that somebody named did not answer, and why.
    pub unanswered: Vec<String>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(asker: Asker, found: &'a Found) -> Self {
        Self { asker, found, objects: Vec::new(), not_read: Vec::new(), local: Vec::new() }
    }

    pub(super) async fn collect(mut self, access: &Access) -> Result<Reading, ClusterError> {
        let version = self.version().await?;
        self.authentication().await;
        let services = self.api_services().await;
        self.is_kubernetes(&version)?;
        let mut accounts = BTreeSet::new();
        for (namespace, name) in &services {
            accounts.extend(self.extension(namespace, name).await);
        }
        self.control_plane().await;
        if !access.without_bindings {
            self.bindings(&accounts).await;
        }
        for (right, read) in cert_manager::read(&self.asker, &self.objects).await {
            self.take(right, read);
        }
        let addresses = self.addresses().await;
        let seen = unavailable::read(&self.asker, self.found, &addresses).await;
        seen.refused.into_iter().for_each(|(right, refusal)| self.take(right, Err(refusal)));
        self.not_read.extend(seen.not_asked.iter().map(|(server, why)| not_asked(server, why)));
        if self.is_empty() && seen.views.is_empty() && self.is_refused() {
            return Err(ClusterError::NoRights { server: self.found.server(), by: self.found.by.clone() });
        }
        let silent = seen.not_asked.iter().filter(|_| !self.found.api_servers.is_empty());
        let unanswered =
            silent.map(|(server, why)| format!("--api-server: {}", said(&not_asked(server, why)))).collect();
        let not_read = self.not_read.iter().map(said).collect();
        let collection = json!({
            "apiVersion": "aggcert/v1", "kind": "Collection", "metadata": {"name": self.found.name},
            "version": version, "apiServers": seen.views, "localAPIServices": self.local, "notRead": self.not_read,
        });
        let mut objects = vec![collection];
        if access.probe {
            let mut servers = servers::kube_apiservers(self.found, &addresses, &self.objects);
            servers.extend(servers::extensions(self.found, &self.objects));
            let asked = reach::ask_all(&self.asker, servers, None).await;
            self.objects.extend(asked.iter().map(reach::object));
        }
        objects.append(&mut self.objects);
        Ok(Reading { objects, not_read, unanswered })
    }

    async fn addresses(&mut self) -> BTreeSet<String> {
        let read = unavailable::addresses(&self.asker, self.found).await;
        read.unwrap_or_else(|refusal| {
            self.not_read(questions::ENDPOINT_SLICES, &refusal);
            BTreeSet::new()
        })
    }

    /// What stands behind one APIService alone, to ask its servers.
    ///
    /// # Errors
    /// When there is none, or it could not be read.
    pub(super) async fn of_api_service(&mut self, name: &str) -> Result<(), ClusterError> {
        let version = self.version().await?;
        self.authentication().await;
        let services = self.api_services().await;
        self.is_kubernetes(&version)?;
        let wanted = |object: &Value| object.pointer("/metadata/name").and_then(Value::as_str) == Some(name);
        self.objects.retain(|object| object["kind"] != "APIService" || wanted(object));
        let service = self.objects.iter().find_map(service_of);
        for (namespace, name) in services.iter().filter(|known| Some(*known) == service.as_ref()) {
            self.extension(namespace, name).await;
        }
        let not_read = self.not_read.iter().filter(|note| note["what"] != questions::AUTHENTICATION.what.to_string());
        let why: Vec<&str> = not_read.filter_map(|note| note["why"].as_str()).collect();
        match self.objects.iter().any(wanted) {
            _ if !why.is_empty() => Err(ClusterError::NotRead { name: name.to_owned(), why: why.join("; ") }),
            true => Ok(()),
            false if self.local.iter().any(|local| local == name) => Err(ClusterError::Local { name: name.to_owned() }),
            false => Err(ClusterError::NoApiService { server: self.found.server(), name: name.to_owned() }),
        }
    }

    /// Whether nothing was read, not even that there is nothing to judge.
    fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.local.is_empty()
    }

    fn is_refused(&self) -> bool {
        self.not_read.iter().any(|note| note.get("needs").is_some())
    }

    /// That nothing is found must not mean that something else was asked.
    fn is_kubernetes(&self, version: &str) -> Result<(), ClusterError> {
        if version.is_empty() && self.is_empty() && !self.is_refused() {
            return Err(ClusterError::NoKubernetes { server: self.found.server(), by: self.found.by.clone() });
        }
        Ok(())
    }

    pub(super) fn objects(&self) -> &[Value] {
        &self.objects
    }

    /// Whoever is known may ask for it (ClusterRole `system:public-info-viewer`), so a failure is one of the way there.
    async fn version(&mut self) -> Result<String, ClusterError> {
        match self.asker.get("/version").await {
            Ok(version) => Ok(version.get("gitVersion").and_then(Value::as_str).unwrap_or_default().to_owned()),
            Err(Refusal::Failed(error)) => Err(self.found.failed(&error)),
            Err(Refusal::Forbidden(_) | Refusal::NotFound | Refusal::Meaningless(_)) => Ok(String::new()),
            Err(timed_out @ Refusal::TimedOut) => {
                let (server, by, why) = (self.found.server(), self.found.by.clone(), timed_out.why());
                let advice = advice(&why);
                Err(ClusterError::Unreachable { server, by, why, advice })
            }
        }
    }

    async fn authentication(&mut self) {
        let path = format!("/api/v1/namespaces/{KUBE_SYSTEM}/configmaps/extension-apiserver-authentication");
        let read = self.asker.get(&path).await;
        let read = read.and_then(|object| match object.pointer("/metadata/name") {
            Some(_) => Ok(vec![project::config_map(&object)]),
            None => Err(Refusal::Meaningless("the answer is no ConfigMap")),
        });
        self.take(questions::AUTHENTICATION, read);
    }

    /// The Services of those that are not answered by kube-apiserver itself.
    async fn api_services(&mut self) -> BTreeSet<Name> {
        let keep = |object: &Value| Some(project::api_service(object));
        let mut read = self.asker.list("/apis/apiregistration.k8s.io/v1/apiservices", "", keep).await;
        if let Ok(all) = &mut read {
            // kube-apiserver answers these by itself: there is nothing to judge.
            let is_local = |object: &Value| object.pointer("/spec/service").is_none_or(Value::is_null);
            let names =
                all.iter().filter(|object| is_local(object)).filter_map(|object| object.pointer("/metadata/name"));
            self.local = names.cloned().collect();
            all.retain(|object| !is_local(object));
        }
        let services = read.iter().flatten().filter_map(service_of).collect();
        self.take(questions::API_SERVICES, read);
        services
    }

    /// What stands behind one Service; the ServiceAccounts of its Pods.
    async fn extension(&mut self, namespace: &str, name: &str) -> Vec<Name> {
        let (in_namespace, encoded_name) = (format!("namespaces/{}", encoded(namespace)), encoded(name));
        let read = self.asker.get(&format!("/api/v1/{in_namespace}/services/{encoded_name}")).await;
        let selector = read.as_ref().ok().map(selector).unwrap_or_default();
        let read = read.map(|service| vec![project::service(&service)]);
        self.take(questions::SERVICES, read);
        let slices = format!("/apis/discovery.k8s.io/v1/{in_namespace}/endpointslices");
        let of_service = format!("kubernetes.io/service-name={name}");
        let keep = |slice: &Value| Some(project::endpoint_slice(slice));
        let read = self.asker.list(&slices, &of_service, keep).await;
        self.take(questions::ENDPOINT_SLICES, read);
        if selector.is_empty() {
            return Vec::new();
        }
        let keep = |pod: &Value| Some(project::pod(pod));
        let mut read = self.asker.list(&format!("/api/v1/{in_namespace}/pods"), &selector_text(&selector), keep).await;
        let mut right = questions::PODS;
        if read.as_ref().is_ok_and(Vec::is_empty) {
            right = questions::DEPLOYMENTS;
            let keep = |object: &Value| selects(object, &selector).then(|| project::deployment(object));
            read = self.asker.list(&format!("/apis/apps/v1/{in_namespace}/deployments"), "", keep).await;
        }
        let accounts = read.iter().flatten().map(|object| (namespace.to_owned(), account(object))).collect();
        self.take(right, read);
        accounts
    }

    async fn control_plane(&mut self) {
        for namespace in CONTROL_PLANE_NAMESPACES {
            let keep = |pod: &Value| project::is_control_plane(pod).then(|| project::pod(pod));
            let read = self.asker.list(&format!("/api/v1/namespaces/{namespace}/pods"), "", keep).await;
            self.take(questions::PODS, read);
        }
    }

    /// Those of the two roles, and those that the extension servers have by other roles, with these roles.
    async fn bindings(&mut self, accounts: &BTreeSet<Name>) {
        const GROUP: &str = "/apis/rbac.authorization.k8s.io/v1";
        let keep = |kind: &'static str| {
            move |binding: &Value| concerns(binding, accounts).then(|| project::role_binding(binding, kind))
        };
        let path = format!("{GROUP}/namespaces/{KUBE_SYSTEM}/rolebindings");
        let mut read = self.asker.list(&path, "", keep("RoleBinding")).await;
        let mut roles: BTreeSet<Name> = read.iter().flatten().filter_map(role).collect();
        self.take(questions::ROLE_BINDINGS, read);
        read = self.asker.list(&format!("{GROUP}/clusterrolebindings"), "", keep("ClusterRoleBinding")).await;
        roles.extend(read.iter().flatten().filter_map(role));
        self.take(questions::CLUSTER_ROLE_BINDINGS, read);
        for (kind, name) in roles {
            let (right, path) = match kind.as_str() {
                "Role" => (questions::ROLES, format!("{GROUP}/namespaces/{KUBE_SYSTEM}/roles/{}", encoded(&name))),
                _ => (questions::CLUSTER_ROLES, format!("{GROUP}/clusterroles/{}", encoded(&name))),
            };
            let read = self.asker.get(&path).await.map(|role| vec![project::role(&role, &kind)]);
            self.take(right, read);
        }
    }

    /// Takes what was read, each object once, or says why it was not.
    fn take(&mut self, right: Right, read: Result<Vec<Value>, Refusal>) {
        match read {
            Ok(objects) => {
                for object in objects {
                    if !self.objects.contains(&object) {
                        self.objects.push(object);
                    }
                }
            }
            // That there is none is an answer.
            Err(Refusal::NotFound) => {}
            Err(refusal) => self.not_read(right, &refusal),
        }
    }

    fn not_read(&mut self, right: Right, refusal: &Refusal) {
        let needs = matches!(refusal, Refusal::Forbidden(_)).then(|| right.to_string());
        let why = super::redact::text(&refusal.why()).into_owned();
        let mut note = json!({ "what": right.what.to_string(), "why": why });
        if let Some(needs) = needs {
            note["needs"] = needs.into();
        }
        let known = self.not_read.iter().any(|known| known.get("what") == note.get("what"));
        if !known {
            self.not_read.push(note);
        }
    }
}

/// The note that an API server did not answer for itself.
fn not_asked(server: &str, why: &str) -> Value {
    json!({ "what": format!("{server}/metrics"), "why": super::redact::text(why) })
}

/// A note, for people.
fn said(note: &Value) -> String {
    let part = |key: &str| note[key].as_str().unwrap_or_default();
    format!("{}: {}", part("what"), part("why"))
}

/// The labels that a Service selects its Pods by.
fn selector(service: &Value) -> Vec<(String, String)> {
    let labels = service.pointer("/spec/selector").and_then(Value::as_object);
    let label = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    labels.into_iter().flatten().filter_map(label).collect()
}

fn selector_text(selector: &[(String, String)]) -> String {
    let labels: Vec<String> = selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    labels.join(",")
}

/// Whether the Pods of a Deployment would have these labels.
fn selects(deployment: &Value, selector: &[(String, String)]) -> bool {
    let labels = deployment.pointer("/spec/template/metadata/labels");
    selector.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str) == Some(value))
}

fn account(object: &Value) -> String {
    let spec = object.pointer("/spec/template/spec").or_else(|| object.get("spec"));
    let account = spec.and_then(|spec| spec.get("serviceAccountName")).and_then(Value::as_str);
    account.unwrap_or("default").to_owned()
}

/// Kind and name of what a binding gives, but for the two that every cluster has.
fn role(binding: &Value) -> Option<Name> {
    let part = |key: &str| binding.pointer(&format!("/roleRef/{key}")).and_then(Value::as_str);
    let (kind, name) = (part("kind")?, part("name")?);
    (!NEEDED_ROLES.contains(&name)).then(|| (kind.to_owned(), name.to_owned()))
}

fn concerns(binding: &Value, accounts: &BTreeSet<Name>) -> bool {
    let role = binding.pointer("/roleRef/name").and_then(Value::as_str).unwrap_or_default();
    let subjects = binding.get("subjects").and_then(Value::as_array);
    let is_one = |subject: &Value| {
        let part = |key: &str| subject.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        part("kind") == "ServiceAccount" && accounts.contains(&(part("namespace"), part("name")))
    };
    NEEDED_ROLES.contains(&role) || subjects.into_iter().flatten().any(is_one)
}
