//! ClusterServiceVersions: the servers that the Operator Lifecycle Manager starts, and the objects that it makes for the
//! APIs that they own (operator-framework/operator-lifecycle-manager, pkg/controller/install: `certresources.go`,
//! `apiservice.go`).

use super::workload;
use crate::source::injection::{InjectedFrom, Injection};
use crate::source::place::Owner;
use crate::source::resource::{
    Binding, ObjectName, PolicyRule, Resource, Role, Service, ServicePort, Subject, Workload,
};
use crate::source::yaml::Node;
use crate::source::{ApiService, Document, ServiceReference};
use crate::source::{Mount, MountedVolume, Projection, VolumeSource};
use crate::text::{Located, Text};

const KIND: &str = "ClusterServiceVersion";

/// The namespace that the manifests of a bundle name, which is that of whoever installs it.
const PLACEHOLDER: &str = "placeholder";

/// `APIServiceDescription.ContainerPort` without a value.
const DEFAULT_PORT: u16 = 443;

/// The volumes with the serving certificate: name, directory, and the names of certificate and key there.
const VOLUMES: [(&str, &str, [&str; 2]); 2] = [
    ("apiservice-cert", "/apiserver.local.config/certificates", ["apiserver.crt", "apiserver.key"]),
    ("webhook-cert", "/tmp/k8s-webhook-server/serving-certs", ["tls.crt", "tls.key"]),
];

/// The objects that one leads to; none where it is something else.
pub(in crate::source) fn read(node: &Node) -> Vec<Document> {
    let is_olm =
        node.text_at(&["apiVersion"]).is_some_and(|version| version.as_str().starts_with("operators.coreos.com/"));
    let Some(kind) = node.text_at(&["kind"]).filter(|kind| is_olm && kind.as_str() == KIND) else { return Vec::new() };
    let namespace = node.text_at(&["metadata", "namespace"]).filter(|namespace| namespace.as_str() != PLACEHOLDER);
    let version = Version { kind, namespace: namespace.map(Text::to_located) };
    let list = |path: &[&str]| node.at(path).map(Node::items).unwrap_or_default();
    let owned = list(&["spec", "apiservicedefinitions", "owned"]);
    let webhooks = list(&["spec", "webhookdefinitions"]);
    let mut documents: Vec<Document> = owned.iter().filter_map(|api| version.api_service(api)).collect();
    for deployment in list(&["spec", "install", "spec", "deployments"]) {
        let Some(name) = deployment.text_at(&["name"]) else { continue };
        let is_its = |description: &&Node| description.is("deploymentName", name.as_str());
        let descriptions: Vec<&Node> = owned.iter().chain(webhooks).filter(is_its).collect();
        documents.extend(version.deployment(deployment, name, &descriptions).into_iter().map(Document::Resource));
    }
    for (place, is_of_cluster) in [("clusterPermissions", true), ("permissions", false)] {
        let permissions = list(&["spec", "install", "spec", place]);
        documents
            .extend(permissions.iter().flat_map(|one| version.permission(one, is_of_cluster)).map(Document::Resource));
    }
    documents
}

/// What all its objects have in common.
struct Version<'a> {
    kind: &'a Text,
    namespace: Option<Located<String>>,
}

impl Version<'_> {
    /// The name of an object that it leads to. Where the object itself is read, that one counts: it has another kind.
    fn object(&self, kind: &str, name: &Located<String>) -> ObjectName {
        ObjectName {
            kind: Located::new(format!("{KIND}'s {kind}"), self.kind.origin()),
            namespace: self.namespace.clone(),
            name: name.clone(),
            from_cluster: false,
            identity: None,
            open: None,
        }
    }

    /// `createOrUpdateAPIService`.
    fn api_service(&self, api: &Node) -> Option<Document> {
        let (group, version) = (api.text_at(&["group"])?, api.text_at(&["version"])?);
        let deployment = api.text_at(&["deploymentName"])?;
        let filled_in = Located::new("Operator Lifecycle Manager".to_owned(), group.origin());
        Some(Document::ApiService(ApiService {
            name: Located::new(format!("{}.{}", version.as_str(), group.as_str()), group.origin()),
            ca_bundle: None,
            ca_bundle_unknown: true,
            injection: Some(Injection { from: InjectedFrom::OperatorLifecycleManager, value: filled_in }),
            insecure_skip_tls_verify: None,
            service: Some(ServiceReference {
                namespace: self.namespace.clone(),
                name: Some(service_name(deployment)),
                port: Some(container_port(api)),
                origin: deployment.origin(),
            }),
            available: None,
            open: None,
        }))
    }

    /// A Deployment, and for one with APIs or webhooks its Service and the rights of its account.
    fn deployment(&self, node: &Node, name: &Text, descriptions: &[&Node]) -> Vec<Resource> {
        let object = self.object("Deployment", &name.to_located());
        let namespace = object.namespace().map(str::to_owned);
        let owner = Owner { name: object.to_string(), namespace, origin: name.origin(), version: None };
        let workload =
            node.at(&["spec", "template"]).and_then(|template| workload::of_template(template, &object, &owner));
        let Some(mut workload) = workload else { return Vec::new() };
        workload.owner = Some(("Deployment".to_owned(), name.as_str().to_owned()));
        if descriptions.is_empty() {
            return vec![Resource::Workload(Box::new(workload))];
        }
        let service = service_name(name);
        mount_certificate(&mut workload, &service);
        let account = Subject {
            kind: "ServiceAccount".to_owned(),
            name: Located::new(workload.account().to_owned(), name.origin()),
            namespace: self.namespace.clone(),
        };
        let mut resources = vec![
            self.binding("ClusterRoleBinding", None, ("ClusterRole", "system:auth-delegator"), account.clone()),
            self.binding(
                "RoleBinding",
                Some("kube-system"),
                ("Role", "extension-apiserver-authentication-reader"),
                account,
            ),
        ];
        resources.push(Resource::Workload(Box::new(workload)));
        resources.push(Resource::Service(self.service(node, &service, descriptions)));
        resources
    }

    fn service(&self, deployment: &Node, name: &Located<String>, descriptions: &[&Node]) -> Service {
        let selector = deployment.at(&["spec", "selector", "matchLabels"]);
        let port = |description: &&Node| {
            let port = container_port(description);
            ServicePort { name: Some(port.value.to_string()), port, target: None, protocol: None }
        };
        Service {
            object: self.object("Service", name),
            kind: None,
            cluster_ip: None,
            selector: selector.map(Node::scalars),
            selector_origin: selector.map(|selector| selector.origin.clone()),
            ports: descriptions.iter().map(port).collect(),
            is_opaque: selector.is_some_and(|selector| !selector.gaps.is_empty()),
        }
    }

    fn binding(
        &self,
        kind: &str,
        namespace: Option<&str>,
        (role_kind, role): (&str, &str),
        subject: Subject,
    ) -> Resource {
        let at = |value: &str| Located::new(value.to_owned(), subject.name.origin.clone());
        Resource::Binding(Binding {
            object: ObjectName {
                kind: at(kind),
                namespace: namespace.map(at),
                name: Located::new(format!("{role} of {}", subject.name.value), subject.name.origin.clone()),
                from_cluster: false,
                identity: None,
                open: None,
            },
            role_kind: role_kind.to_owned(),
            role: at(role),
            subjects: vec![subject],
            is_opaque: false,
        })
    }

    /// Rules of an account. Those of `permissions` hold in the namespaces that an OperatorGroup names, or in all.
    fn permission(&self, node: &Node, is_of_cluster: bool) -> Vec<Resource> {
        let Some(account) = node.text_at(&["serviceAccountName"]) else { return Vec::new() };
        let rules = node.get("rules").map(Node::items).unwrap_or_default();
        let role = format!("{} ({KIND})", account.as_str());
        let subject = Subject {
            kind: "ServiceAccount".to_owned(),
            name: account.to_located(),
            namespace: self.namespace.clone(),
        };
        let binding = self.binding("ClusterRoleBinding", None, ("ClusterRole", &role), subject);
        let object = ObjectName {
            kind: Located::new("ClusterRole".to_owned(), account.origin()),
            namespace: None,
            name: Located::new(role, account.origin()),
            from_cluster: false,
            identity: None,
            open: None,
        };
        let rules = rules.iter().filter(|_| is_of_cluster).map(PolicyRule::of).collect();
        vec![binding, Resource::Role(Role { object, rules, is_opaque: !is_of_cluster })]
    }
}

/// `ServiceName`.
fn service_name(deployment: &Text) -> Located<String> {
    Located::new(format!("{}-service", deployment.as_str()), deployment.origin())
}

fn container_port(description: &Node) -> Located<u16> {
    let given = description.port("containerPort").filter(|port| port.value > 0);
    given.unwrap_or_else(|| Located::new(DEFAULT_PORT, description.origin.clone()))
}

/// The Secret with the serving certificate goes into each container; what is mounted at the same place goes.
fn mount_certificate(workload: &mut Workload, service: &Located<String>) {
    for (volume, path, [certificate, key]) in VOLUMES {
        let object = Located::new(format!("{}-cert", service.value), service.origin.clone());
        let items = vec![("tls.crt".to_owned(), certificate.to_owned()), ("tls.key".to_owned(), key.to_owned())];
        let source = VolumeSource::Secret(Projection { object, items, optional: false });
        let certificate = MountedVolume { name: volume.to_owned(), source, sub_path: None };
        for container in &mut workload.containers {
            let mounts = &mut container.invocation.mounts;
            let own = mounts.iter_mut().filter_map(|mount| mount.volume.as_mut()).find(|own| own.name == volume);
            if let Some(own) = own {
                own.source = certificate.source.clone();
                continue;
            }
            mounts.retain(|mount| mount.container_path.trim_end_matches('/') != path);
            mounts.push(Mount { container_path: path.to_owned(), host_path: None, volume: Some(certificate.clone()) });
            Mount::longest_first(mounts);
        }
    }
}
