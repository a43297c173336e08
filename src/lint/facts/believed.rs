//! Whom a server takes for a front proxy, or what reads a ConfigMap.

use time::OffsetDateTime;

use crate::model::{AllowedNames, CertificateFile, RefusalKind, Setup, Startup, start};
use crate::x509::path::verify;
use crate::x509::{Certificate, CertificatePool};

/// By these CAs and names.
pub(crate) struct Believed {
    pub authorities: Vec<Certificate>,
    pub names: AllowedNames,
}

impl Believed {
    pub(crate) fn takes(&self, client: &CertificateFile, now: OffsetDateTime) -> bool {
        let pool = CertificatePool::new(self.authorities.iter().cloned());
        let leaf = &client.leaf.value;
        self.names.allow(leaf.subject.common_name()) && verify(leaf, &pool, &client.intermediates(), now).is_ok()
    }

    pub(crate) fn listed(&self) -> &[String] {
        if let AllowedNames::Only(names) = &self.names { names } else { &[] }
    }
}

/// It starts, and takes its own proxy client for a front proxy; `false`: or that is not known.
pub(crate) fn uses_its_client(server: &Setup, now: OffsetDateTime) -> bool {
    let takes = || {
        let bundle = server.requestheader_client_ca.loaded()?;
        let believed =
            Believed { authorities: bundle.certificates().cloned().collect(), names: server.allowed_names().ok()? };
        Some(believed.takes(server.proxy_client.loaded()?, now))
    };
    let starts = match start(server, server.version()) {
        // What is set up like that runs with an older version.
        Startup::Refuses(refusal) => refusal.kinds == [RefusalKind::Overlap],
        _ => true,
    };
    starts && takes() == Some(true)
}
