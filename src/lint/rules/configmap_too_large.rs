//! More CAs and names than a ConfigMap can hold.

use std::collections::HashSet;

use crate::lint::Wanted;
use crate::lint::facts::config_map_patch::patch;
use crate::lint::prelude::*;

/// `MaxSecretSize` of `pkg/apis/core/types.go`, which counts for ConfigMaps as well.
const MOST: usize = 1024 * 1024;
/// From here on the next rotation of a large bundle may be too much.
const NEAR: usize = MOST / 10 * 9;

pub(super) static RULE: Rule = Rule {
    id: "configmap-too-large",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/configmap-too-large.md"),
    checks: &[Check::ConfigMap(check)],
};

fn check(config_map: &ConfigMap, _: &Context<'_>) -> Outcome {
    if bundles(config_map).all(FileFlag::is_not_given) {
        return not_applicable("there is no CA in it");
    }
    let size = size(config_map);
    if size <= NEAR {
        return Outcome::Pass;
    }
    let too_large = size > MOST;
    let largest = bundles(config_map).filter_map(FileFlag::loaded).max_by_key(|bundle| bundle.anchors().len());
    Finding::new(
        Severity::error_if(too_large),
        format!("the CAs and lists of the ConfigMap take {size} bytes, and {MOST} is the most that it can hold"),
    )
    .at(largest.map_or(config_map.origin(), |bundle| &bundle.origin), "most of it")
    .consequence(
        "kube-apiserver deletes a ConfigMap that has become too large to be written, and writes its own part alone: \
         until all others have done so too, extension API servers refuse what those pass on.",
    )
    .demonstration(too_large.then(|| format!("the API answers: Too long: must have at most {MOST} bytes")))
    .fix(patch(
        config_map,
        "Take the CAs that are not needed out of the files of every kube-apiserver, and then out of the ConfigMap.",
        Wanted::default(),
    ))
    .identity(["size"])
    .into()
}

fn bundles(config_map: &ConfigMap) -> impl Iterator<Item = &FileFlag<TrustBundle>> {
    [config_map.client_ca(), config_map.requestheader_client_ca()].into_iter()
}

/// What kube-apiserver would write: each certificate once (`combineCertLists`).
fn size(config_map: &ConfigMap) -> usize {
    let certificates = bundles(config_map).filter_map(FileFlag::loaded).flat_map(|bundle| {
        let mut seen = HashSet::new();
        bundle
            .certificates()
            .map(|certificate| &certificate.raw)
            .filter(move |raw| seen.insert(*raw))
            .map(|raw| pem(raw.len()))
    });
    let entries = config_map.lists().filter_map(|(_, list)| list.entries()).flatten();
    certificates.sum::<usize>() + entries.map(|entry| entry.len() + r#""","#.len()).sum::<usize>()
}

/// The size of a PEM block with so many bytes in it: base64 in lines of 64 characters (RFC 7468, section 2).
fn pem(bytes: usize) -> usize {
    let base64 = bytes.div_ceil(3) * 4;
    "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".len() + base64 + base64.div_ceil(64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, Issued, bundle, check};

    /// A CA whose name, which is subject and issuer, has so many characters.
    fn with_name_of(length: usize) -> ConfigMap {
        let ca = Issued::ca(&"a".repeat(length));
        Cluster::new().config_map().set("client-ca-file", &ca.pem).read()
    }

    #[test]
    fn fails_above_the_limit_and_warns_before() {
        let finding = check(&RULE, with_name_of(MOST / 2 * 3 / 4)).expect_finding();
        assert_eq!((finding.severity, finding.demonstration.is_some()), (Severity::Error, true));
        check(&RULE, with_name_of(NEAR / 2 * 3 / 4)).expect_warning();
    }

    #[test]
    fn passes_with_what_is_usual_and_counts_each_certificate_once() {
        let cluster = Cluster::new();
        check(&RULE, cluster.config_map()).expect_pass();
        let of = |pem: &str| size(&cluster.config_map().set("client-ca-file", pem).read());
        let ca = &cluster.client_ca;
        assert_eq!(of(&bundle(&[ca, ca])), of(&ca.pem));
    }

    #[test]
    fn a_block_is_as_large_as_it_is_written() {
        let ca = Issued::ca("ca");
        assert_eq!(pem(ca.certificate().raw.len()), ca.pem.replace('\r', "").len());
    }

    #[test]
    fn does_not_apply_without_cas() {
        let empty = Cluster::new().config_map().without("client-ca-file").without("requestheader-client-ca-file");
        check(&RULE, &empty).expect_not_applicable();
    }
}
