//! How another program is asked to fill in the caBundle of an APIService (cert-manager, OpenShift).

use crate::text::Located;

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

impl Injection {
    /// The namespace and the name; `None`: the value lacks one.
    pub fn reference(&self) -> Option<(&str, &str)> {
        self.value.value.split_once('/').filter(|(namespace, _)| !namespace.is_empty())
    }
}
