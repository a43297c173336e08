//! The places of objects by their names: a dump holds thousands, and each is asked for by others.

use std::collections::BTreeMap;

use crate::source::Resource;
use crate::source::resource::is_template;

/// By what name something is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    Service,
    /// What leads to the Pods of a Service, by the Service's name.
    EndpointsOf,
    ServiceAccount,
    /// Secrets and ConfigMaps.
    Kept,
    Role,
    Issuer,
    Certificate,
    /// Certificates of cert-manager by the Secret that they keep.
    CertificateOf,
    /// Bindings by the name of an account among their subjects.
    BindingOf,
}

/// Places in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Named {
    places: BTreeMap<By, BTreeMap<String, Vec<usize>>>,
    /// Bindings of groups, users and what templates name: they may be of any account.
    bindings_of_any: Vec<usize>,
}

impl Named {
    /// Nothing.
    pub(super) const NONE: Self = Self { places: BTreeMap::new(), bindings_of_any: Vec::new() };

    pub(super) fn add(&mut self, place: usize, resource: &Resource) {
        let by = match resource {
            Resource::Service(_) => By::Service,
            Resource::ServiceAccount(_) => By::ServiceAccount,
            Resource::Certificates(_) => By::Kept,
            Resource::Role(_) => By::Role,
            Resource::Issuer(_) => By::Issuer,
            Resource::Endpoints(endpoints) => return self.insert(By::EndpointsOf, &endpoints.service, place),
            Resource::Certificate(certificate) => {
                if let Some(secret) = &certificate.secret {
                    self.insert(By::CertificateOf, &secret.value, place);
                }
                By::Certificate
            }
            Resource::Binding(binding) => {
                let is_account = |subject: &&crate::source::resource::Subject| {
                    subject.kind == "ServiceAccount" && !is_template(&subject.name.value)
                };
                for subject in binding.subjects.iter().filter(is_account) {
                    self.insert(By::BindingOf, &subject.name.value, place);
                }
                if binding.is_opaque || !binding.subjects.iter().all(|subject| is_account(&subject)) {
                    self.bindings_of_any.push(place);
                }
                return;
            }
            Resource::Workload(_) => return,
        };
        self.insert(by, &resource.object().name.value, place);
    }

    fn insert(&mut self, by: By, name: &str, place: usize) {
        let named = self.places.entry(by).or_default();
        match named.get_mut(name) {
            Some(places) => places.push(place),
            None => _ = named.insert(name.to_owned(), vec![place]),
        }
    }

    pub(super) fn places(&self, by: By, name: &str) -> &[usize] {
        self.places.get(&by).and_then(|named| named.get(name)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The bindings that may name an account.
    pub(super) fn bindings_of(&self, account: &str) -> Vec<usize> {
        let mut places = [self.places(By::BindingOf, account), &self.bindings_of_any].concat();
        places.sort_unstable();
        places.dedup();
        places
    }

    pub(super) fn clear(&mut self) {
        *self = Self::NONE;
    }
}
