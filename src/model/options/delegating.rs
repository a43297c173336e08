//! The flags with which an extension API server finds whom to trust, and serves.

use super::Setting;
use super::slot::Slot;

/// `DelegatingAuthenticationOptions`, `DelegatingAuthorizationOptions` and `SecureServingOptions` of k8s.io/apiserver, as
/// far as they are not those of kube-apiserver too.
#[derive(Debug, Clone, Default)]
pub struct Delegating {
    /// Empty: the Pod's ServiceAccount asks.
    pub authentication_kubeconfig: Setting<String>,
    pub authorization_kubeconfig: Setting<String>,
    pub authentication_skip_lookup: Setting<bool>,
    pub authentication_tolerate_lookup_failure: Setting<bool>,
    pub cert_dir: Setting<String>,
    pub secure_port: Setting<String>,
    pub bind_address: Setting<String>,
    pub tls_sni_cert_key: Setting<String>,
}

impl Delegating {
    pub(super) fn slot(&mut self, name: &str) -> Option<(&'static str, Slot<'_>)> {
        Some(match name {
            "authentication-kubeconfig" => {
                ("authentication-kubeconfig", Slot::Text(&mut self.authentication_kubeconfig))
            }
            "authorization-kubeconfig" => ("authorization-kubeconfig", Slot::Text(&mut self.authorization_kubeconfig)),
            "authentication-skip-lookup" => {
                ("authentication-skip-lookup", Slot::Boolean(&mut self.authentication_skip_lookup))
            }
            "authentication-tolerate-lookup-failure" => (
                "authentication-tolerate-lookup-failure",
                Slot::Boolean(&mut self.authentication_tolerate_lookup_failure),
            ),
            "cert-dir" => ("cert-dir", Slot::Text(&mut self.cert_dir)),
            "bind-address" => ("bind-address", Slot::Text(&mut self.bind_address)),
            "secure-port" => ("secure-port", Slot::Text(&mut self.secure_port)),
            "tls-sni-cert-key" => ("tls-sni-cert-key", Slot::Text(&mut self.tls_sni_cert_key)),
            _ => return None,
        })
    }
}
