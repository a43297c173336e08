//! The objects of a cluster around an extension API server: of each what decides about the aggregation layer, with its
//! places. They are looked at beside an APIService or such a server, and say nothing alone.

use std::fmt;

use crate::source::expression::{has_expression, may_be_equal};
use crate::source::template::begins_with_tag;
use crate::source::{CertificateText, Invocation, PublishedKey};
use crate::text::{Located, Origin};
use crate::x509::PrivateKey;

/// One object.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Resource {
    Workload(Box<Workload>),
    Service(Service),
    Endpoints(Endpoints),
    Binding(Binding),
    Role(Role),
    Certificates(Certificates),
    Certificate(Box<Certificate>),
    Issuer(Issuer),
    ServiceAccount(ServiceAccount),
}

impl Resource {
    pub fn object(&self) -> &ObjectName {
        match self {
            Self::Workload(workload) => &workload.object,
            Self::Service(service) => &service.object,
            Self::Endpoints(endpoints) => &endpoints.object,
            Self::Binding(binding) => &binding.object,
            Self::Role(role) => &role.object,
            Self::Certificates(certificates) => &certificates.object,
            Self::Certificate(certificate) => &certificate.object,
            Self::Issuer(issuer) => &issuer.object,
            Self::ServiceAccount(account) => &account.object,
        }
    }

    pub fn object_mut(&mut self) -> &mut ObjectName {
        match self {
            Self::Workload(workload) => &mut workload.object,
            Self::Service(service) => &mut service.object,
            Self::Endpoints(endpoints) => &mut endpoints.object,
            Self::Binding(binding) => &mut binding.object,
            Self::Role(role) => &mut role.object,
            Self::Certificates(certificates) => &mut certificates.object,
            Self::Certificate(certificate) => &mut certificate.object,
            Self::Issuer(issuer) => &mut issuer.object,
            Self::ServiceAccount(account) => &mut account.object,
        }
    }

    pub fn kind(&self) -> &str {
        &self.object().kind.value
    }

    /// Whether it is something to judge, and not only what is beside it.
    pub fn is_extension_server(&self) -> bool {
        let Self::Workload(workload) = self else { return false };
        workload.containers.iter().any(|container| container.is_extension_server)
    }
}

/// What an object is called, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    pub kind: Located<String>,
    /// `None`: none is written; it is that of whoever applies the object, or there is none.
    pub namespace: Option<Located<String>>,
    pub name: Located<String>,
    /// It was read from a cluster, which gave it a uid.
    pub from_cluster: bool,
    /// Which object of this name it is: two with other identities are not in one cluster at one time. `None`: it may be any.
    pub identity: Option<u64>,
    /// Why it may be another one than what is here: a kustomization changes it by what is not followed.
    pub open: Option<Located<String>>,
}

impl ObjectName {
    pub fn is_named(&self, name: &str) -> bool {
        self.name.value == name
    }

    /// Whether it may be in this namespace: where none is written, it may be in any.
    pub fn may_be_in(&self, namespace: Option<&str>) -> bool {
        self.namespace.as_ref().is_none_or(|own| may_be_same(&own.value, namespace))
    }

    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_ref().map(|namespace| namespace.value.as_str())
    }

    /// A template decides about it.
    pub fn is_opaque(&self) -> bool {
        is_template(&self.name.value) || self.namespace().is_some_and(is_template)
    }
}

/// Whether a template makes a value, or a part of it.
pub fn is_template(value: &str) -> bool {
    has_expression(value)
}

/// Whether a text begins with what a template replaces.
pub fn begins_as_a_template(text: &str) -> bool {
    begins_with_tag(text)
}

/// Whether two values may be one: nothing is known of what is not written or what a template makes.
pub fn may_be_same(one: &str, other: Option<&str>) -> bool {
    other.is_none_or(|other| may_be_equal(one, other))
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = (&self.kind.value, &self.name.value);
        match self.namespace() {
            Some(namespace) => write!(f, "{kind} {namespace}/{name}"),
            None => write!(f, "{kind} {name}"),
        }
    }
}

/// A name and its value.
pub type Label = (String, String);

/// A Pod, or what makes Pods of a template.
#[derive(Debug, Clone)]
pub struct Workload {
    pub object: ObjectName,
    /// Of the Pods. `None`: a tool or a template adds to them.
    pub labels: Option<Vec<Label>>,
    /// What makes it, by kind and name: the controller among `ownerReferences`.
    pub owner: Option<(String, String)>,
    /// There are no such Pods, or the Pod has ended.
    pub runs_nothing: bool,
    /// `None`: `default`.
    pub service_account: Option<Located<String>>,
    /// `automountServiceAccountToken`; `None`: the ServiceAccount says.
    pub automounts_token: Option<Located<bool>>,
    pub host_network: Option<Located<bool>>,
    pub containers: Vec<Container>,
}

impl Workload {
    /// The account that its Pods run as.
    pub fn account(&self) -> &str {
        self.service_account.as_ref().map_or("default", |account| account.value.as_str())
    }
}

/// One container of a Pod.
#[derive(Debug, Clone)]
pub struct Container {
    pub name: String,
    /// Name and number of each port that it declares.
    pub ports: Vec<(Option<String>, Located<u16>)>,
    /// A template says the number of a port, or declares more of them.
    pub has_opaque_ports: bool,
    /// Its arguments, as those of an extension API server.
    pub invocation: Invocation,
    /// Its flags or its name say that it is an extension API server, whether an APIService leads to it or not.
    pub is_extension_server: bool,
    /// Its name is that of a program that serves an API of the cluster that it runs in.
    pub is_well_known: bool,
    /// They say that it is built on k8s.io/apiserver, so that its defaults are known.
    pub has_known_defaults: bool,
    /// Where it listens without `--secure-port`, of the programs of which that is known.
    pub default_port: Option<u16>,
    /// Why some of its arguments are not known: a script that is not here starts it.
    pub not_told: Option<Located<String>>,
}

/// A Service.
#[derive(Debug, Clone)]
pub struct Service {
    pub object: ObjectName,
    /// `ClusterIP` where none is written.
    pub kind: Option<Located<String>>,
    /// `None` in `clusterIP`: headless.
    pub cluster_ip: Option<Located<String>>,
    /// `None`: there is none, or a tool adds it.
    pub selector: Option<Vec<Label>>,
    pub selector_origin: Option<Origin>,
    pub ports: Vec<ServicePort>,
    /// A template decides about some of it.
    pub is_opaque: bool,
}

impl Service {
    /// Whether it is another name, and leads to no Pods.
    pub fn is_external_name(&self) -> bool {
        self.kind.as_ref().is_some_and(|kind| kind.value == "ExternalName")
    }
}

#[derive(Debug, Clone)]
pub struct ServicePort {
    pub name: Option<String>,
    pub port: Located<u16>,
    /// The same as the port where none is written.
    pub target: Option<Located<TargetPort>>,
    /// TCP where none is written.
    pub protocol: Option<Located<String>>,
}

impl ServicePort {
    pub fn is_tcp(&self) -> bool {
        self.protocol.as_ref().is_none_or(|protocol| may_be_same("TCP", Some(&protocol.value)))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetPort {
    Number(u16),
    Name(String),
}

/// An EndpointSlice, or Endpoints.
#[derive(Debug, Clone)]
pub struct Endpoints {
    pub object: ObjectName,
    /// Whose they are.
    pub service: String,
    /// How many are ready.
    pub ready: usize,
    pub ports: Vec<Option<String>>,
}

/// A RoleBinding or ClusterRoleBinding.
#[derive(Debug, Clone)]
pub struct Binding {
    pub object: ObjectName,
    /// `Role` or `ClusterRole`.
    pub role_kind: String,
    pub role: Located<String>,
    pub subjects: Vec<Subject>,
    /// A template adds subjects.
    pub is_opaque: bool,
}

impl Binding {
    pub fn is_of_cluster(&self) -> bool {
        self.object.kind.value == "ClusterRoleBinding"
    }
}

#[derive(Debug, Clone)]
pub struct Subject {
    pub kind: String,
    pub name: Located<String>,
    pub namespace: Option<Located<String>>,
}

/// A Role or ClusterRole.
#[derive(Debug, Clone)]
pub struct Role {
    pub object: ObjectName,
    pub rules: Vec<PolicyRule>,
    /// The cluster or a template fills in rules.
    pub is_opaque: bool,
}

/// What it allows; each list may hold `*`.
#[derive(Debug, Clone, Default)]
pub struct PolicyRule {
    pub api_groups: Vec<String>,
    pub resources: Vec<String>,
    pub resource_names: Vec<String>,
    pub verbs: Vec<String>,
}

impl PolicyRule {
    /// Whether it allows a verb on one object (`RuleAllows` of pkg/apis/rbac/validation).
    pub fn allows(&self, verb: &str, group: &str, resource: &str, name: &str) -> bool {
        let has = |list: &[String], wanted: &str| list.iter().any(|item| item == "*" || item == wanted);
        has(&self.verbs, verb)
            && has(&self.api_groups, group)
            && has(&self.resources, resource)
            && (self.resource_names.is_empty() || self.resource_names.iter().any(|item| item == name))
    }
}

/// A ServiceAccount.
#[derive(Debug, Clone)]
pub struct ServiceAccount {
    pub object: ObjectName,
    /// Of its Pods that do not say themselves; `None`: they get a token.
    pub automounts_token: Option<Located<bool>>,
}

/// The certificates of a Secret, and nothing else of it but the names of its keys, or of a ConfigMap.
#[derive(Debug, Clone)]
pub struct Certificates {
    pub object: ObjectName,
    /// Key and value.
    pub entries: Vec<(String, CertificateText)>,
    /// The names of all its keys; `None`: others may be added to them.
    pub keys: Option<Vec<String>>,
    /// What Go makes of a Secret's private keys, by their names, of which the public halves alone are kept; at the names, so
    /// that no report shows a key.
    pub private_keys: Vec<(String, Located<Result<PrivateKey, String>>)>,
    /// The private keys of a ConfigMap, which hides nothing.
    pub published_keys: Vec<PublishedKey>,
    pub annotations: Vec<Label>,
}

impl Certificates {
    /// One of its private keys; `None`: there is none of this name, or somebody else fills it in.
    pub fn private_key(&self, name: &str) -> Option<&Located<Result<PrivateKey, String>>> {
        self.private_keys.iter().find(|(key, _)| key == name).map(|(_, key)| key)
    }
}

/// A Certificate of cert-manager (`pkg/apis/certmanager/v1`), which keeps a Secret with what it asks for.
#[derive(Debug, Clone)]
pub struct Certificate {
    pub object: ObjectName,
    pub secret: Option<Located<String>>,
    pub dns_names: Vec<Located<String>>,
    /// Of the list; that of the object where there is none.
    pub names_origin: Origin,
    pub usages: Vec<Located<String>>,
    pub is_ca: bool,
    /// `Always` or `Never`; the default has changed.
    pub rotation_policy: Option<String>,
    pub issuer: Option<IssuerReference>,
    /// What it annotates its Secret with.
    pub secret_annotations: Vec<Label>,
    /// A template decides about some of it.
    pub is_opaque: bool,
}

/// Who is to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerReference {
    /// `Issuer` where none is written.
    pub kind: String,
    pub name: Located<String>,
}

/// An Issuer or a ClusterIssuer.
#[derive(Debug, Clone)]
pub struct Issuer {
    pub object: ObjectName,
    pub signer: Signer,
}

/// What an issuer signs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// The key of the certificate itself.
    Itself,
    /// The CA in this Secret.
    Ca(String),
    /// A public CA, which signs no names of a cluster and gives no `ca.crt`.
    Acme,
    Other,
}

impl Certificate {
    /// Whether it keeps this Secret.
    pub fn keeps(&self, namespace: Option<&str>, secret: &str) -> bool {
        self.object.may_be_in(namespace) && self.secret.as_ref().is_some_and(|own| own.value == secret)
    }

    /// Whether a template decides about a value here.
    pub fn has_templates(&self) -> bool {
        self.is_opaque || self.dns_names.iter().chain(&self.usages).any(|value| is_template(&value.value))
    }
}
