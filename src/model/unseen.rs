//! Issuers whose certificates are not here, and which decide whether a CA stands below another one.

use crate::x509::Certificate;

/// More CAs above each other than anybody has.
const DEEPEST: u32 = 8;

/// A CA of which nobody can say here whether an anchor is above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OpenWay<'a> {
    pub(super) issuer: &'a Certificate,
    /// It, or the uppermost CA above it that is here: who issued this certificate is not.
    pub(super) top: &'a Certificate,
    /// What may be above.
    pub(super) anchor: &'a Certificate,
}

/// The first CA of `from` above which one is missing that may stand below an anchor of `to`: whoever has the missing
/// certificate sends it along. Path lengths that leave no room for it (RFC 5280, section 4.2.1.9) close the way.
pub(super) fn open_way<'a>(
    from: &'a [Certificate],
    to: &'a [Certificate],
    known: &[&'a Certificate],
) -> Option<OpenWay<'a>> {
    let anchors = || to.iter().filter(|anchor| anchor.may_sign().is_ok());
    from.iter().filter(|issuer| issuer.may_sign().is_ok()).find_map(|issuer| {
        let (top, length) = open_end(issuer, known, 1)?;
        // The missing one is below the anchor, too.
        let has_room = |anchor: &&Certificate| path_length(anchor).is_none_or(|most| most > length);
        Some(OpenWay { issuer, top, anchor: anchors().find(has_room)? })
    })
}

/// Where the way up ends at an issuer that is not here, and how many certificates it has until then.
fn open_end<'a>(
    certificate: &'a Certificate,
    known: &[&'a Certificate],
    length: u32,
) -> Option<(&'a Certificate, u32)> {
    if certificate.is_self_issued() || length > DEEPEST {
        return None;
    }
    let named = known.iter().copied().filter(|parent| parent.raw_subject == certificate.raw_issuer);
    let mut parents = named.filter(|parent| certificate.is_signed_by(parent)).peekable();
    if parents.peek().is_none() {
        return Some((certificate, length));
    }
    parents.find_map(|parent| open_end(parent, known, length + 1))
}

fn path_length(certificate: &Certificate) -> Option<u32> {
    certificate.basic_constraints.as_ref().and_then(|constraints| constraints.path_length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::Authority;

    fn is_open(from: &Authority, to: &Authority, known: &[&Authority]) -> bool {
        let known: Vec<Certificate> = [from, to].iter().chain(known).map(|authority| authority.certificate()).collect();
        let known: Vec<&Certificate> = known.iter().collect();
        open_way(&[from.certificate()], &[to.certificate()], &known).is_some()
    }

    #[test]
    fn an_issuer_that_is_not_here_may_be_below_the_anchor() {
        let root = Authority::new("root");
        let between = root.intermediate("between");
        let below = between.intermediate("below");
        let deeper = below.intermediate("deeper");
        let other = Authority::new("other");
        assert!(is_open(&below, &other, &[]) && is_open(&deeper, &other, &[&below]));
        assert!(!is_open(&below, &other, &[&root, &between]), "the way up ends at a root that is here");
        assert!(is_open(&below, &other, &[&between]), "the root is missing");
        assert!(!is_open(&other, &below, &[]), "a self-signed CA has nobody above it");
    }

    #[test]
    fn a_path_length_without_room_closes_the_way() {
        let below = Authority::new("root").intermediate("below");
        for (length, open) in [(0, false), (1, false), (2, true)] {
            assert_eq!(is_open(&below, &Authority::with_path_length("other", length), &[]), open, "{length}");
        }
    }
}
