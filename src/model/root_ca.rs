//! The CA that every Pod verifies kube-apiserver with.

use crate::kubernetes::names::is_service_account_ca;
use crate::source::Invocation;
use crate::source::resource::Certificates;
use crate::text::Origin;

use super::files::{PemFile, trust_bundle};
use super::objects::nearest;
use super::place::{Place, place};
use super::{Objects, TrustBundle};

/// The ConfigMap that kube-controller-manager puts into every namespace, with what its `--root-ca-file` holds
/// (pkg/controller/certificates/rootcacertpublisher).
pub(super) const NAME: &str = "kube-root-ca.crt";
pub(super) const KEY: &str = "ca.crt";

/// Whether a component has what that ConfigMap holds at a path.
pub(super) fn is_at(invocation: &Invocation, path: &str) -> bool {
    is_service_account_ca(path)
        || matches!(place(invocation, path), Place::Volume(volume) if volume.is_of("ConfigMap", NAME, KEY))
}

impl Objects {
    /// What that ConfigMap holds; of several the one in the same file.
    pub fn root_ca(&self, origin: &Origin) -> Option<TrustBundle> {
        let is_it = |found: &&Certificates| found.object.kind.value == "ConfigMap";
        let found: Vec<&Certificates> = self.certificates_named(NAME).filter(is_it).collect();
        let text = nearest(&found, origin, |found| &found.object.name.origin)?.entry(KEY)?;
        let (bytes, written) = text.pem();
        let (bytes, written) = (bytes?, written.origin());
        trust_bundle(NAME, &PemFile::new(KEY, &written, &bytes), |block| text.origin_of(block.span.clone())).ok()
    }
}
