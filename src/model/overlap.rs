//! What the two bundles of one component have to do with each other.

use std::collections::HashSet;

use time::OffsetDateTime;

use crate::text::Located;
use crate::x509::{Certificate, CertificatePool};

use super::unseen::open_way;
use super::{
    CertificateFile, FileFlag, Reach, ReachKind, Reason, Setup, TrustBundle, anchors_above, is_same_file, reaches,
};

/// Whether certificates that the client CA issues are accepted as front proxies' certificates.
#[derive(Debug)]
pub enum Overlap {
    /// Both flags name one file, and what it holds was not looked at: whatever it is, it is on both sides.
    SameFile,
    /// The CAs of the client bundle whose certificates get in; never empty.
    Reaches(Vec<Reach>),
    /// With the reason where a certificate that is not here decides whether they are.
    Separate(Option<Reason>),
    /// A bundle could not be looked at, or there is none, and why.
    NotKnown(Reason),
}

impl Overlap {
    /// Decided by path validation over what the files hold; by the flags alone only when both name the same file.
    pub fn of(setup: &Setup, now: OffsetDateTime) -> Self {
        match setup.bundles() {
            Ok((client, requestheader)) => {
                let found = ways(setup, client, requestheader, now);
                if found.is_empty() {
                    Self::Separate(unseen_issuer(setup, client, requestheader))
                } else {
                    Self::Reaches(found)
                }
            }
            Err(why) => {
                let [client, requestheader] = [&setup.client_ca.flag, &setup.requestheader_client_ca.flag];
                if is_same_file((setup, client), (setup, requestheader)) { Self::SameFile } else { Self::NotKnown(why) }
            }
        }
    }

    pub fn is_reuse(&self) -> bool {
        matches!(self, Self::SameFile | Self::Reaches(_))
    }

    /// Whether the start-up test of 1.35 sees it: it compares certificates byte for byte
    /// (`pkg/kubeapiserver/options/authentication.go`, `certificatesOverlap`).
    pub fn is_byte_equal(&self) -> bool {
        match self {
            Self::SameFile => true,
            Self::Reaches(found) => found.iter().any(|reach| reach.kind == ReachKind::SameCertificate),
            _ => false,
        }
    }
}

/// The CAs of the requestheader bundle whose certificates the client bundle accepts, without those that are accepted on
/// both sides: of these one can only say that they are not separate. One that stands on both sides and is accepted on
/// this one alone, because its certificate on the other is out of date for example, is no such CA.
pub fn requestheader_cas_that_log_in(
    setup: &Setup,
    client: &TrustBundle,
    requestheader: &TrustBundle,
    now: OffsetDateTime,
) -> Vec<Reach> {
    let shared = ways(setup, client, requestheader, now);
    let shared: HashSet<_> = shared.iter().map(|reach| reach.issuer.name_and_key()).collect();
    let back = ways(setup, requestheader, client, now).into_iter();
    back.filter(|reach| !shared.contains(&reach.issuer.name_and_key())).collect()
}

/// All ways from the CAs of one bundle into another, each CA (name and key) once. What lies around the component counts
/// as sent along.
pub fn ways(setup: &Setup, from: &TrustBundle, into: &TrustBundle, now: OffsetDateTime) -> Vec<Reach> {
    let mut found = reaches(from.pool(), into.pool(), &known_certificates(setup).cloned().collect::<Vec<_>>(), now);
    let mut known = HashSet::new();
    let first: Vec<bool> = found.iter().map(|reach| known.insert(reach.issuer.name_and_key())).collect();
    let mut first = first.into_iter();
    found.retain(|_| first.next().unwrap_or_default());
    found
}

/// The certificates of a pool that stand above a CA of the bundle, with that CA: a pair for each. What lies around the
/// component counts as sent along.
pub fn issuers_above(
    setup: &Setup,
    bundle: &TrustBundle,
    into: &CertificatePool,
    now: OffsetDateTime,
) -> Vec<(Certificate, Certificate)> {
    anchors_above(bundle.pool(), into, &known_certificates(setup).cloned().collect::<Vec<_>>(), now)
}

/// Why nobody can say here that no CA of one bundle stands below one of the other.
pub fn unseen_issuer(setup: &Setup, from: &TrustBundle, into: &TrustBundle) -> Option<Reason> {
    let known: Vec<&Certificate> = known_certificates(setup).collect();
    let way = open_way(from.pool().certificates(), into.pool().certificates(), &known)?;
    let why = format!(
        "{} was issued by {}, whose certificate is not here: {} may be above it",
        way.top.subject, way.top.issuer, way.anchor.subject
    );
    let origin = from.anchors().iter().find(|anchor| anchor.value == *way.issuer).map(|anchor| &anchor.origin);
    let remedy = "put that certificate into the directory of the CA files";
    Some(Reason::out_of_reach(why, remedy).at(origin.unwrap_or(&from.origin)))
}

/// Every certificate that lies around the component: what a client could send along.
pub fn known_certificates(setup: &Setup) -> impl Iterator<Item = &Certificate> {
    let bundles = [&setup.client_ca, &setup.requestheader_client_ca];
    let anchors = bundles.into_iter().filter_map(FileFlag::loaded).flat_map(TrustBundle::certificates);
    anchors.chain(other_certificates(setup).map(|certificate| &certificate.value))
}

/// The certificates outside of the two bundles: the proxy client's, the serving pair's and the like, and the CAs that lie
/// beside them.
pub fn other_certificates(setup: &Setup) -> impl Iterator<Item = &Located<Certificate>> {
    std::iter::once(&setup.proxy_client)
        .chain(setup.neighbours())
        .chain(&setup.signing_cas)
        .filter_map(FileFlag::loaded)
        .flat_map(CertificateFile::certificates)
        .chain(&setup.cas_beside)
}
