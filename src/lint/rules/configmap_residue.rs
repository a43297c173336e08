//! Several CAs or names, where nobody is there to say which are in use.

use crate::lint::facts::dates::Validity;
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "configmap-residue",
    severity: Severity::Note,
    text: include_str!("../../../docs/rules/configmap-residue.md"),
    checks: &[Check::ConfigMap(check)],
};

fn check(config_map: &ConfigMap, context: &Context<'_>) -> Outcome {
    if !context.beside.servers.is_empty() {
        return not_applicable("the kube-apiservers beside it say what is in use");
    }
    let bundle = match config_map.requestheader_client_ca().get() {
        Ok(bundle) => bundle,
        Err(why) => return why.into(),
    };
    let findings: Vec<Finding> = authorities(context, bundle).into_iter().chain(names(config_map)).collect();
    Judged::Ok(findings).into()
}

fn authorities(context: &Context<'_>, bundle: &TrustBundle) -> Option<Finding> {
    let mut different: Vec<&Located<Certificate>> = Vec::new();
    for anchor in bundle.anchors() {
        let is_valid = Validity::of(&anchor.value, context.now) == Validity::Valid;
        if is_valid && !different.iter().any(|known| known.value.is_same_issuer(&anchor.value)) {
            different.push(anchor);
        }
    }
    let (first, others) = different.split_first()?;
    if others.is_empty() {
        return None;
    }
    let named: Vec<String> = different.iter().map(|anchor| subject_and_fingerprint(&anchor.value)).collect();
    Some(
        Finding::note(format!(
            "extension API servers trust {} requestheader CAs: {}",
            named.len(),
            list(&named, "and")
        ))
        .at(&first.origin, "one of several")
        .related(others.iter().map(|anchor| related(&anchor.origin, "trusted as well")))
        .consequence(
            "Whoever has the key of any of them can be any user of any group at every extension API server; \
             kube-apiserver takes none out before it has expired.",
        )
        .fix(compare("requestheader-client-ca-file"))
        .identity(different.iter().map(|anchor| anchor.value.fingerprint())),
    )
}

fn names(config_map: &ConfigMap) -> Option<Finding> {
    const KEY: &str = "requestheader-allowed-names";
    let entries = &config_map.names().given()?.value;
    let (first, others) = entries.value.split_first()?;
    if others.is_empty() {
        return None;
    }
    let named: Vec<&str> = entries.value.iter().map(|name| name.value.as_str()).collect();
    Some(
        Finding::note(format!(
            "extension API servers allow {} names of front proxies: {}",
            named.len(),
            quoted(&named, "and")
        ))
        .at(&first.origin, "one of several")
        .related(others.iter().map(|name| related(&name.origin, "allowed as well")))
        .consequence(
            "A certificate of a requestheader CA with any of them as its common name can be any user; kube-apiserver \
             takes no name out.",
        )
        .fix(compare(KEY))
        .identity(named.into_iter().map(str::to_owned)),
    )
}

fn compare(flag: &str) -> Fix {
    Fix::from(format!(
        "Compare with --{flag} of every kube-apiserver; take what none of them has any more out of the ConfigMap, as \
         configmap-stale-ca and configmap-stale-name say when the servers are checked beside it."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, Issued, NOW, bundle, check, check_beside};

    const CA: &str = "requestheader-client-ca-file";

    #[test]
    fn fails_with_two_cas_and_with_two_names() {
        let cluster = Cluster::new();
        let both = bundle(&[&Issued::ca("front-proxy-ca-2019"), &cluster.front_proxy_ca]);
        let finding = check(&RULE, cluster.config_map().set(CA, &both)).expect_finding();
        assert_eq!((finding.severity, finding.related.len()), (Severity::Note, 1));
        let names = cluster.config_map().set("requestheader-allowed-names", r#"["aggregator","front-proxy-client"]"#);
        assert_eq!(check(&RULE, &names).expect_finding().origin.source(), "aggregator");
    }

    #[test]
    fn passes_with_one_ca_renewed_or_beside_an_expired_one() {
        let cluster = Cluster::new();
        check(&RULE, cluster.config_map()).expect_pass();
        let expired = Issued::ca_with("old", |params| params.not_after = NOW - time::Duration::DAY);
        for other in [cluster.front_proxy_ca.reissued(), expired] {
            let both = bundle(&[&other, &cluster.front_proxy_ca]);
            check(&RULE, cluster.config_map().set(CA, &both)).expect_pass();
        }
    }

    #[test]
    fn does_not_apply_beside_a_server_or_without_a_ca() {
        let cluster = Cluster::new();
        let server = cluster.server().setup();
        check_beside(&RULE, cluster.config_map(), &[&server]).expect_not_applicable();
        check(&RULE, cluster.config_map().without(CA)).expect_not_applicable();
    }
}
