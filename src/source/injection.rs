//! How another program is asked to fill in the caBundle of an APIService (cert-manager, OpenShift).

use crate::text::Located;

/// Annotations with which another program fills in the CA bundle later (cert-manager, OpenShift).
///
/// Of several of cert-manager's the first here counts (its pkg/controller/cainjector/setup.go, `RegisterAllInjectors`).
pub const INJECTORS: [(&str, InjectedFrom); 5] = [
    ("cert-manager.io/inject-ca-from-secret", InjectedFrom::Secret),
    ("cert-manager.io/inject-ca-from", InjectedFrom::Certificate),
    ("certmanager.k8s.io/inject-ca-from", InjectedFrom::Certificate),
    ("cert-manager.io/inject-apiserver-ca", InjectedFrom::Elsewhere),
    ("service.beta.openshift.io/inject-cabundle", InjectedFrom::Elsewhere),
];

/// The annotation by which a Secret lets the injector take its CA (`AllowsInjectionFromSecretAnnotation`).
pub const ALLOWS_INJECTION: &str = "cert-manager.io/allow-direct-injection";

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
    /// A CA that is made with the serving certificate. There is no annotation: the APIService itself is made by it.
    OperatorLifecycleManager,
}

impl Injection {
    /// The namespace and the name; `None`: the value lacks one.
    pub fn reference(&self) -> Option<(&str, &str)> {
        reference(&self.value.value)
    }
}

/// The namespace and the name that an annotation gives.
pub fn reference(value: &str) -> Option<(&str, &str)> {
    value.split_once('/').filter(|(namespace, _)| !namespace.is_empty())
}
