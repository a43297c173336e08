//! Issuer reach: what a certificate that one CA issues could become at the other door.

use std::collections::HashMap;

use time::OffsetDateTime;

use crate::x509::{Certificate, CertificatePool, Chain, PublicKeyAlgorithm, VerificationError, path};

use super::authentication::{MAXIMUM_RSA_KEY, with_group};
use super::headers::{Headers, is_token};
use super::{AllowedNames, RequestHeaderConfig, User};

/// A way from a CA of one bundle into another bundle.
#[derive(Debug, Clone)]
pub struct Reach {
    /// The CA whose leaves get in: a certificate of the first bundle.
    pub issuer: Certificate,
    /// From a certificate with the issuer's name and key up to the anchor of the second bundle; what stands between
    /// them, a client must send along with its own certificate.
    pub chain: Chain,
    pub kind: ReachKind,
}

/// How the two bundles touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReachKind {
    /// The same certificate, byte for byte, stands in both.
    SameCertificate,
    /// Another certificate with the same subject and key.
    SameKeyReissued,
    /// The issuer is an intermediate, or was cross-signed, below an anchor of the second bundle.
    ThroughIntermediate,
}

/// The certificates of `from` whose keys can sign a client certificate that passes at `to`, each with its shortest way.
///
/// `known` are all CA certificates that anyone may have: a client can send any of them along. Whether the issuer itself
/// is still valid does not matter, as the certificate of its name and key at `to` counts. A client's own certificate
/// that stands in both bundles reaches nobody but its holder and is not among them.
pub fn reaches(from: &CertificatePool, to: &CertificatePool, known: &[Certificate], now: OffsetDateTime) -> Vec<Reach> {
    let mut found = Vec::new();
    each_way(from, to, known, now, |issuer, chains| found.extend(reach(issuer, chains)));
    found
}

/// The anchors of `to` that stand above each certificate of `from`, as in [`reaches`]: a pair for each.
pub fn anchors_above(
    from: &CertificatePool,
    to: &CertificatePool,
    known: &[Certificate],
    now: OffsetDateTime,
) -> Vec<(Certificate, Certificate)> {
    let mut found = Vec::new();
    each_way(from, to, known, now, |issuer, chains| {
        let anchors = chains.iter().filter_map(|chain| chain.last());
        found.extend(anchors.map(|anchor| (issuer.clone(), anchor.clone())));
    });
    found
}

/// Tells of each certificate of `from` the chains of what it could sign.
fn each_way(
    from: &CertificatePool,
    to: &CertificatePool,
    known: &[Certificate],
    now: OffsetDateTime,
    mut tell: impl FnMut(&Certificate, &[Chain]),
) {
    let known = known.iter().chain(from.certificates()).filter(|certificate| can_be_sent(certificate));
    let intermediates = CertificatePool::new(known.cloned());
    let mut searched: HashMap<(&[u8], &[u8]), Vec<Chain>> = HashMap::new();
    for issuer in from.certificates() {
        // A certificate's name and key decide what it can sign; there may be many with the same.
        let found = searched.entry(issuer.name_and_key());
        tell(issuer, found.or_insert_with(|| chains(issuer, to, &intermediates, now)));
    }
}

/// The chains of what an issuer could sign; none where it reaches nothing.
fn chains(
    issuer: &Certificate,
    roots: &CertificatePool,
    intermediates: &CertificatePool,
    now: OffsetDateTime,
) -> Vec<Chain> {
    match path::verify_issued_by(issuer, roots, intermediates, now) {
        Ok(chains) => chains,
        // Nobody sends all that is known at once: what helps may be among the rest.
        Err(VerificationError::SignatureLimit) => alone(issuer, intermediates)
            .find_map(|sent| path::verify_issued_by(issuer, roots, &CertificatePool::new([sent.clone()]), now).ok())
            .unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

/// The certificates that can help an issuer when nothing else is sent along: those of its own name and key.
fn alone<'a>(issuer: &'a Certificate, intermediates: &'a CertificatePool) -> impl Iterator<Item = &'a Certificate> {
    let namesakes = intermediates.certificates().iter().filter(|sent| sent.raw_subject == issuer.raw_subject);
    namesakes.filter(|sent| sent.has_equal_key(issuer))
}

fn reach(issuer: &Certificate, chains: &[Chain]) -> Option<Reach> {
    let kind = |chain: &Chain| match chain.as_slice() {
        [only] if only == issuer => ReachKind::SameCertificate,
        [_] => ReachKind::SameKeyReissued,
        _ => ReachKind::ThroughIntermediate,
    };
    let (kind, chain) =
        chains.iter().map(|chain| (kind(chain), chain)).min_by_key(|(kind, chain)| (*kind, chain.len()))?;
    Some(Reach { issuer: issuer.clone(), chain: chain.clone(), kind })
}

/// Go's TLS server refuses a client that sends a larger key.
fn can_be_sent(certificate: &Certificate) -> bool {
    !matches!(certificate.public_key_algorithm, PublicKeyAlgorithm::Rsa(bits) if bits > MAXIMUM_RSA_KEY)
}

/// What a certificate that passes at the bundle for request headers becomes, as the model answers it: `any certificate
/// of CN=kubernetes becomes system:masters by sending X-Remote-Group`. `None` where nobody becomes anything. `issuer` is
/// how the CA is called, since of a file that was not looked at only the path is known.
pub fn demonstrate_front_proxy(config: &RequestHeaderConfig, issuer: &str) -> Option<String> {
    let holder = match &config.allowed_names {
        AllowedNames::Any => format!("any certificate of {issuer}"),
        AllowedNames::Only(names) => format!("any certificate of {issuer} with the common name {}", names.first()?),
    };
    let sendable = |headers: &[String]| headers.iter().find(|name| is_token(name)).cloned();
    let user_header = sendable(&config.username_headers)?;
    let mut lines = vec![(user_header.clone(), "system:admin")];
    lines.extend(sendable(&config.group_headers).map(|header| (header, "system:masters")));
    let headers = Headers::new(lines.iter().map(|(name, value)| (name.as_str(), *value)));
    let user = with_group(config.user(&headers).ok()?);
    let sent: Vec<String> = lines.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    Some(format!("{holder} becomes {} by sending `{}`", becomes(&user), sent.join("`, `")))
}

fn becomes(user: &User) -> String {
    match user.groups.first().filter(|group| *group == "system:masters") {
        Some(group) => format!("a member of {group}, which may do everything,"),
        None => "any user it names".to_owned(),
    }
}

/// What a certificate that passes at the client bundle becomes: a user of whatever name and groups are written in it.
pub fn demonstrate_user(reach: &Reach) -> String {
    format!(
        "a certificate of {} with O=system:masters is a cluster administrator, without any header",
        reach.issuer.subject
    )
}

#[cfg(test)]
mod tests {
    use rcgen::DnType;
    use time::macros::datetime;

    use super::*;
    use crate::model::testing::Authority;

    const NOW: OffsetDateTime = datetime!(2026-06-01 00:00 UTC);

    fn pool(certificates: &[Certificate]) -> CertificatePool {
        CertificatePool::new(certificates.iter().cloned())
    }

    /// The kinds of all reaches, and how many certificates each chain has.
    fn found(from: &[Certificate], to: &[Certificate], known: &[Certificate]) -> Vec<(ReachKind, usize)> {
        let reaches = reaches(&pool(from), &pool(to), known, NOW);
        reaches.iter().map(|reach| (reach.kind, reach.chain.len())).collect()
    }

    #[test]
    fn separate_authorities_do_not_reach_each_other() {
        let (one, other) = (Authority::new("one"), Authority::new("other"));
        assert_eq!(found(&[one.certificate()], &[other.certificate()], &[]), []);
        // The same name is not the same authority.
        assert_eq!(found(&[one.certificate()], &[Authority::new("one").certificate()], &[]), []);
    }

    #[test]
    fn the_ways_are_told_apart() {
        let ca = Authority::new("ca");
        let root = Authority::new("root");
        let below = root.intermediate("below");
        let deeper = below.intermediate("deeper");
        let twice = [ca.certificate(), ca.certificate()];
        assert_eq!(found(&twice, &[ca.certificate()], &[]), [(ReachKind::SameCertificate, 1)]);
        let reissued = ca.reissued("ca").certificate();
        assert_eq!(found(&[ca.certificate()], &[reissued], &[]), [(ReachKind::SameKeyReissued, 1)]);
        let other_name = ca.reissued("other").certificate();
        assert_eq!(found(&[ca.certificate()], &[other_name], &[]), []);
        assert_eq!(found(&[below.certificate()], &[root.certificate()], &[]), [(ReachKind::ThroughIntermediate, 2)]);
        // The link between them must be known to whoever wants to use it.
        assert_eq!(found(&[deeper.certificate()], &[root.certificate()], &[]), []);
        let known = [below.certificate()];
        assert_eq!(
            found(&[deeper.certificate()], &[root.certificate()], &known),
            [(ReachKind::ThroughIntermediate, 3)]
        );
        let crossed = ca.cross_signed_by(&root);
        assert_eq!(
            found(&[ca.certificate()], &[root.certificate()], &[crossed]),
            [(ReachKind::ThroughIntermediate, 2)]
        );
        // Downwards there is no way.
        assert_eq!(found(&[root.certificate()], &[below.certificate()], &[]), []);
    }

    #[test]
    fn a_pinned_client_certificate_issues_none() {
        let client = Authority::new("ca").client(&[(DnType::CommonName, "pinned")]);
        assert_eq!(found(std::slice::from_ref(&client), std::slice::from_ref(&client), &[]), []);
    }

    /// Whoever has the CA's key could use its own certificate as a client's, but nobody has one that it issued.
    #[test]
    fn a_path_length_that_leaves_no_room_ends_the_way() {
        let root = Authority::with_path_length("root", 0);
        let below = root.intermediate("below");
        assert_eq!(found(&[below.certificate()], &[root.certificate()], &[]), []);
    }

    #[test]
    fn many_namesakes_do_not_hide_a_way() {
        let (ca, root) = (Authority::new("ca"), Authority::new("root"));
        let mut known: Vec<Certificate> = (0..110).map(|_| Authority::new("ca").cross_signed_by(&root)).collect();
        known.push(ca.cross_signed_by(&root));
        let ways = found(&[ca.certificate()], &[root.certificate()], &known);
        assert_eq!(ways, [(ReachKind::ThroughIntermediate, 2)]);
    }

    #[test]
    fn of_many_namesakes_only_those_with_the_key_are_tried_one_by_one() {
        let (ca, root) = (Authority::new("ca"), Authority::new("root"));
        let mut known: Vec<Certificate> = (0..20).map(|_| Authority::new("ca").certificate()).collect();
        known.extend([ca.reissued("other").certificate(), ca.cross_signed_by(&root), ca.certificate()]);
        let pool = CertificatePool::new(known);
        assert_eq!(alone(&ca.certificate(), &pool).count(), 2);
    }

    fn config(names: &[&str], users: &[&str], groups: &[&str]) -> RequestHeaderConfig {
        let owned = |list: &[&str]| list.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>();
        RequestHeaderConfig {
            client_ca: CertificatePool::default(),
            allowed_names: if names.is_empty() { AllowedNames::Any } else { AllowedNames::Only(owned(names)) },
            username_headers: owned(users),
            uid_headers: Vec::new(),
            group_headers: owned(groups),
            extra_header_prefixes: Vec::new(),
        }
    }

    #[test]
    fn the_demonstration_uses_the_headers_that_count() {
        let ca = Authority::new("kubernetes").certificate();
        let reach = Reach { issuer: ca.clone(), chain: vec![ca], kind: ReachKind::SameCertificate };
        let says = |config: &RequestHeaderConfig| demonstrate_front_proxy(config, &reach.issuer.subject.to_string());
        assert_eq!(
            says(&config(&[], &["X-Remote-User"], &["X-Remote-Group"])).unwrap(),
            "any certificate of CN=kubernetes becomes a member of system:masters, which may do everything, by sending \
             `X-Remote-User: system:admin`, `X-Remote-Group: system:masters`"
        );
        assert_eq!(
            says(&config(&["a", "b"], &[" X", "X-User"], &[])).unwrap(),
            "any certificate of CN=kubernetes with the common name a becomes any user it names by sending \
             `X-User: system:admin`"
        );
        assert_eq!(says(&config(&[], &[], &["X-Remote-Group"])), None);
        assert_eq!(says(&config(&[], &[" X-Remote-User"], &[])), None);
        assert!(demonstrate_user(&reach).contains("CN=kubernetes with O=system:masters"));
    }
}
