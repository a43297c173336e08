//! What cert-manager is asked for: its objects, of each what decides about a serving certificate (cert-manager,
//! `pkg/apis/certmanager/v1`).

use super::resource::{Label, ObjectName, is_template};
use crate::text::{Located, Origin};

/// A Certificate: cert-manager keeps a Secret with what it asks for.
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

/// The annotation of an APIService by which a program fills in its caBundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injection {
    pub from: InjectedFrom,
    pub value: Located<String>,
}

/// From where the caBundle is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InjectedFrom {
    /// `ca.crt` of the Secret of a Certificate.
    Certificate,
    /// `ca.crt` of a Secret.
    Secret,
    /// What something else knows: the CA of kube-apiserver, OpenShift's.
    Elsewhere,
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

impl Injection {
    /// The namespace and the name; `None`: the value lacks one.
    pub fn reference(&self) -> Option<(&str, &str)> {
        self.value.value.split_once('/').filter(|(namespace, _)| !namespace.is_empty())
    }
}
