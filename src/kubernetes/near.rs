//! Flags that look like a known one.

use super::flags::FlagSet;

/// What every misspelling in the matter of this tool begins with.
const FAMILY: &[&str] = &["requestheader", "request-header", "proxy-client", "client-ca"];

/// Whether a name, known or not, is about the aggregation layer.
pub(crate) fn of_the_family(name: &str) -> bool {
    behind_prefix(&name.to_ascii_lowercase()).is_some()
}

fn behind_prefix(name: &str) -> Option<&str> {
    FAMILY.iter().find_map(|prefix| name.strip_prefix(prefix))
}

/// The flag that was meant: at most two slips away, or, within the family, the most similar one.
pub(crate) fn suggestion(name: &str, flags: FlagSet) -> Option<&'static str> {
    /// Short names are near each other by chance.
    const SHORTEST: usize = 6;
    const SLIPS: usize = 2;
    /// Nothing longer is similar to a flag.
    const LONGEST: usize = 64;
    const SIMILARITY: f64 = 0.5;

    let name = name.to_ascii_lowercase();
    let letters = letters(&name);
    // The distance costs the product of the lengths. It is their difference at least, and a slip brings in a letter and
    // takes one away at most.
    let may_be_near = |known: &&str| {
        known.len().abs_diff(name.len()) <= SLIPS && (self::letters(known) ^ letters).count_ones() <= 2 * SLIPS as u32
    };
    let near = flags.names().filter(|known| name.len() >= SHORTEST && may_be_near(known));
    let nearest = near.map(|known| (strsim::osa_distance(&name, known), known)).min_by_key(|(distance, _)| *distance);
    if let Some((_, nearest)) = nearest.filter(|(distance, _)| *distance <= SLIPS) {
        return Some(nearest);
    }
    let own = behind_prefix(&name).filter(|own| own.len() <= LONGEST)?;
    let similarity = |known: &str| strsim::normalized_damerau_levenshtein(own, known);
    let family = flags.names().filter_map(|known| Some((known, similarity(behind_prefix(known)?))));
    let (similar, similarity) = family.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    (similarity >= SIMILARITY).then_some(similar)
}

/// The letters that a name has, as a set; those beyond `_` share a place with another.
fn letters(name: &str) -> u32 {
    name.bytes().fold(0, |letters, byte| letters | 1 << (byte % 32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::{Component, KubernetesVersion};

    #[test]
    fn suggests_what_was_meant() {
        let flags = FlagSet::of(Component::KubeApiserver, KubernetesVersion::NEWEST);
        for (written, meant) in [
            ("requestheader-allowed-name", "requestheader-allowed-names"),
            ("request-header-client-ca-file", "requestheader-client-ca-file"),
            ("proxy-client-certificate-file", "proxy-client-cert-file"),
            ("requestheader-extra-headers-prefixes", "requestheader-extra-headers-prefix"),
            ("Client-CA-File", "client-ca-file"),
            ("anonymos-auth", "anonymous-auth"),
        ] {
            assert_eq!(suggestion(written, flags), Some(meant), "{written}");
        }
        for far in ["v1", "requestheader", "kubelet-flags", "openshift-something"] {
            assert_eq!(suggestion(far, flags), None, "{far}");
        }
    }
}
