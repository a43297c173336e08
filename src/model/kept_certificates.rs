//! The serving certificates that Secrets keep, by the hosts that they are for.

use std::collections::BTreeMap;

use crate::source::resource::{Certificates, ObjectName};
use crate::x509::host_name;

use super::files::kept_certificate;
use super::{CertificateFile, Objects};

/// Those of all Secrets, each read once.
#[derive(Debug, Default)]
pub struct KeptCertificates {
    all: Vec<(ObjectName, CertificateFile)>,
    /// Their places by the names in them, in lower case.
    by_name: BTreeMap<String, Vec<usize>>,
}

impl KeptCertificates {
    pub fn of(objects: &Objects) -> Self {
        let mut kept = Self::default();
        let file = |secret: &Certificates| kept_certificate(secret.entry("tls.crt")?)?.ok();
        for secret in objects.certificates().filter(|one| one.object.kind.value == "Secret") {
            let Some(file) = file(secret) else { continue };
            for name in &file.leaf.value.dns_names {
                kept.by_name.entry(name.to_ascii_lowercase()).or_default().push(kept.all.len());
            }
            kept.all.push((secret.object.clone(), file));
        }
        kept
    }

    /// The one for a host (a name in lower case) of a namespace; `None`: there is none, or several are.
    pub fn only_for(&self, host: &str, namespace: &str) -> Option<&(ObjectName, CertificateFile)> {
        let of_all = host.split_once('.').map(|(_, above)| format!("*.{above}"));
        let names = [Some(host), of_all.as_deref()].into_iter().flatten();
        let mut places: Vec<usize> = names.filter_map(|name| self.by_name.get(name)).flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        let all = places.into_iter().filter_map(|at| self.all.get(at));
        let mut found = all.filter(|(object, file)| {
            object.may_be_in(Some(namespace)) && host_name::verify(&file.leaf.value, host).is_ok()
        });
        found.next().filter(|_| found.next().is_none())
    }
}
