//! CAs outside their validity.

use crate::lint::facts::dates::{self, Validity};
use crate::lint::facts::init_command::replace_dead;
use crate::lint::facts::passed_on;
use crate::lint::facts::wording::place;
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "ca-expired",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/ca-expired.md"),
    checks: &[Check::Trust(|setup, context| each_bundle(setup, |flag, bundle| judge(context, setup, flag, bundle)))],
};

fn judge(context: &Context<'_>, setup: &Setup, flag: &PathFlag, bundle: &TrustBundle) -> Vec<Finding> {
    let is_valid = |anchor: &&Located<Certificate>| Validity::of(&anchor.value, context.now) == Validity::Valid;
    let (valid, out_of_date): (Vec<_>, Vec<_>) = bundle.anchors().iter().partition(is_valid);
    let Some((first, others)) = out_of_date.split_first() else { return Vec::new() };
    let dates = |anchor: &Located<Certificate>| dates::validity(&anchor.value, context.now);
    let described = out_of_date.iter().map(|anchor| format!("{} {}", subject(&anchor.value), dates(anchor)));
    let (described, called) = (list(described, "and"), flag.called());
    let all = valid.is_empty();
    let (wrong, origin, others) = if all {
        (Finding::error(format!("{called} accepts nobody: {described}")), &bundle.origin, out_of_date.as_slice())
    } else {
        let left = names(&valid);
        (Finding::note(format!("in {called} {described}; {left} is still valid")), &first.origin, others)
    };
    vec![
        wrong
            .at(origin, dates(first))
            .related(others.iter().map(|anchor| related(&anchor.origin, dates(anchor))))
            .consequence(consequence(flag, all))
            .demonstration(all.then(|| demonstration(context, setup, flag, &first.value)))
            .fix(match (all, flag.name) {
                (true, "requestheader-client-ca-file") => replace_dead(setup),
                (true, _) => {
                    let place = place(flag, bundle);
                    format!("Put a CA that is valid into {place}, and issue the client certificates from it.").into()
                }
                (false, _) => {
                    let change = format!("Take {} out of {}", names(&out_of_date), place(flag, bundle));
                    // `filterExpiredCerts` of clusterauthenticationtrust.
                    let then = if flag.is_key() { ", which then leaves it out of the ConfigMap" } else { "" };
                    format!("{change}{then}.").into()
                }
            })
            .identity(
                std::iter::once(flag.name.to_owned())
                    .chain(out_of_date.iter().map(|anchor| anchor.value.fingerprint())),
            ),
    ]
}

fn names(anchors: &[&Located<Certificate>]) -> String {
    list(anchors.iter().map(|anchor| subject_and_fingerprint(&anchor.value)), "and")
}

fn consequence(flag: &PathFlag, all: bool) -> &'static str {
    match (all, flag.name) {
        (true, "requestheader-client-ca-file") => {
            "Extension API servers answer 401 to everything that kube-apiserver passes on, and do not start again once \
             the ConfigMap has lost its requestheader keys."
        }
        (true, _) if flag.is_key() => {
            "Extension API servers accept no client certificate of those who call them directly."
        }
        (true, _) => "No client certificate is accepted: kubelets, the controller manager and the scheduler get 401.",
        (false, _) => "It accepts nothing and does no harm.",
    }
}

fn demonstration(context: &Context<'_>, setup: &Setup, flag: &PathFlag, anchor: &Certificate) -> String {
    let proxied = || passed_on::demonstration(setup, context.now);
    (flag.name == "requestheader-client-ca-file").then(proxied).flatten().unwrap_or_else(|| {
        format!(
            "path validation of any certificate that {} issued says: x509: certificate has expired or is not yet valid",
            subject(anchor)
        )
    })
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, Issued, NOW, bundle, check};

    fn expired(name: &str) -> Issued {
        Issued::ca_with(name, |params| params.not_after = NOW - Duration::days(1))
    }

    #[test]
    fn fails_when_the_only_ca_expired_yesterday() {
        let cluster = Cluster::new().with_front_proxy_ca(expired("front-proxy-ca"));
        check(&RULE, cluster.server())
            .expect_error()
            .says("CN=front-proxy-ca expired on 2026-01-14, 1 day ago")
            .shows("answers 401 (x509: certificate has expired");
    }

    #[test]
    fn fails_for_the_client_ca_too() {
        check(&RULE, Cluster::new().server().file(CLIENT_CA, &expired("kubernetes").pem))
            .expect_finding()
            .says("--client-ca-file accepts nobody");
    }

    #[test]
    fn fails_as_a_note_beside_a_valid_ca() {
        let cluster = Cluster::new();
        let both = bundle(&[&expired("front-proxy-ca"), &cluster.front_proxy_ca]);
        check(&RULE, cluster.server().file(FRONT_PROXY_CA, &both)).expect_note().shows_nothing();
    }

    #[test]
    fn fails_for_what_extension_servers_are_told() {
        let ca = expired("front-proxy-ca");
        let finding =
            check(&RULE, Cluster::new().config_map().set("requestheader-client-ca-file", &ca.pem)).expect_finding();
        assert!(finding.message.starts_with("requestheader-client-ca-file accepts nobody"), "{}", finding.message);
        assert!(finding.fix.to_string().contains("aggcert init"), "{}", finding.fix);
    }

    #[test]
    fn passes_with_valid_cas() {
        check(&RULE, Cluster::new().server()).expect_pass();
        check(&RULE, Cluster::new().config_map()).expect_pass();
    }
}
