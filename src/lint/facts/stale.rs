//! CAs that are trusted for front proxies and that no kube-apiserver uses any more.

use std::collections::HashSet;

use crate::lint::Context;
use crate::model::{CertificateFile, Overlap, Setup, TrustBundle, ways};
use crate::text::Located;
use crate::x509::path::verify;
use crate::x509::{Certificate, CertificatePool};

/// The trust anchors of who reads a bundle that work, and that no kube-apiserver has, whose bundles are `used`; each once.
pub(crate) fn stale<'a>(
    reader: &Setup,
    bundle: &'a TrustBundle,
    used: &[&TrustBundle],
    context: &Context<'_>,
) -> Vec<&'a Located<Certificate>> {
    // The greater fault, which the rules about reuse report.
    let overlap = &*context.overlap(reader);
    let reused: Vec<&Certificate> = match overlap {
        Overlap::Reaches(reaches) => reaches.iter().filter_map(|reach| reach.chain.last()).collect(),
        _ => Vec::new(),
    };
    let used: HashSet<_> =
        used.iter().flat_map(|bundle| bundle.certificates()).map(Certificate::name_and_key).collect();
    let of_clients = of_clients(bundle, &used, context);
    // An expired one is trusted by nobody, and the servers take it out of the ConfigMap by themselves.
    let working = ways(reader, bundle, bundle, context.now);
    let working: HashSet<_> = working.iter().map(|reach| reach.issuer.name_and_key()).collect();
    let mut known = HashSet::new();
    let is_stale = |anchor: &&Located<Certificate>| {
        let ca = anchor.value.name_and_key();
        !used.contains(&ca)
            && working.contains(&ca)
            && !of_clients.contains(&&anchor.value)
            && !reused.contains(&&anchor.value)
            && known.insert(anchor.value.fingerprint())
    };
    bundle.anchors().iter().filter(is_stale).collect()
}

/// The CAs of proxy clients in use that none of these CAs verifies: a server's own bundle may refuse its client.
fn of_clients<'a>(
    bundle: &'a TrustBundle,
    used: &HashSet<(&[u8], &[u8])>,
    context: &Context<'_>,
) -> Vec<&'a Certificate> {
    let verifies = |pool: CertificatePool, client: &CertificateFile| {
        verify(&client.leaf.value, &pool, &client.intermediates(), context.now).is_ok()
    };
    let kept = bundle.certificates().filter(|ca| used.contains(&ca.name_and_key()));
    let kept = CertificatePool::new(kept.cloned());
    let publishers = context.beside.publishers();
    let clients = publishers.iter().filter_map(|server| server.proxy_client.loaded());
    let clients: Vec<&CertificateFile> = clients.filter(|client| !verifies(kept.clone(), client)).collect();
    let is_needed =
        |ca: &&Certificate| clients.iter().any(|client| verifies(CertificatePool::new([(*ca).clone()]), client));
    bundle.certificates().filter(is_needed).collect()
}
