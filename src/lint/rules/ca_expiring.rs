//! CAs near their end.

use crate::lint::facts::dates::{self, Validity, date};
use crate::lint::facts::init_command::rotate;
use crate::lint::facts::wording::place;
use crate::lint::prelude::*;
use crate::text::span;

pub(super) static RULE: Rule = Rule {
    id: "ca-expiring",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/ca-expiring.md"),
    checks: &[Check::Trust(|setup, context| each_bundle(setup, |flag, bundle| judge(context, setup, flag, bundle)))],
};

fn judge(context: &Context<'_>, setup: &Setup, flag: &PathFlag, bundle: &TrustBundle) -> Vec<Finding> {
    let valid = bundle.anchors().iter().filter(|anchor| Validity::of(&anchor.value, context.now) == Validity::Valid);
    let Some(last) = valid.max_by_key(|anchor| anchor.value.not_after) else { return Vec::new() };
    let left = last.value.not_after - context.now;
    if left > context.expiry_warning {
        return Vec::new();
    }
    vec![
        Finding::warning(format!(
            "{} accepts nobody from {} on, in {}: then {} expires",
            flag.called(),
            date(last.value.not_after),
            span(left),
            subject_and_fingerprint(&last.value)
        ))
        .at(&last.origin, dates::validity(&last.value, context.now))
        .consequence(match (flag.name, flag.is_key()) {
            ("client-ca-file", true) => {
                "From then on extension API servers accept no client certificate of those who call them directly."
            }
            ("client-ca-file", false) => {
                "From then on no client certificate is accepted; kubelets and the control plane get 401."
            }
            _ => "From then on extension API servers answer 401 to everything that kube-apiserver passes on.",
        })
        .fix(if flag.name == "client-ca-file" {
            Fix::from(format!(
                "Add a new CA to {} before {}, and issue the certificates from it after that.",
                if flag.is_key() { place(flag, bundle) } else { format!("{} on every server", bundle.path) },
                date(last.value.not_after)
            ))
        } else {
            rotate(setup, &[])
        })
        .identity([flag.name.to_owned(), last.value.fingerprint()]),
    ]
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::lint::testing::{Cluster, Expect, FRONT_PROXY_CA, Issued, NOW, bundle, check};

    fn ends_in(days: i64) -> Issued {
        Issued::ca_with("front-proxy-ca", |params| params.not_after = NOW + Duration::days(days))
    }

    #[test]
    fn fails_five_days_before_the_end() {
        let finding = check(&RULE, Cluster::new().server().file(FRONT_PROXY_CA, &ends_in(5).pem)).expect_finding();
        let start = "--requestheader-client-ca-file accepts nobody from 2026-01-20 on, in 5 days";
        assert!(finding.message.starts_with(start), "{}", finding.message);
    }

    #[test]
    fn fails_for_what_extension_servers_are_told() {
        let finding = check(&RULE, Cluster::new().config_map().set("requestheader-client-ca-file", &ends_in(5).pem))
            .expect_finding();
        assert!(finding.fix.to_string().contains("aggcert "), "{}", finding.fix);
    }

    #[test]
    fn passes_during_a_rotation_and_long_before_the_end() {
        let cluster = Cluster::new();
        let both = bundle(&[&ends_in(5), &cluster.front_proxy_ca]);
        check(&RULE, cluster.server().file(FRONT_PROXY_CA, &both)).expect_pass();
        check(&RULE, cluster.server().file(FRONT_PROXY_CA, &ends_in(31).pem)).expect_pass();
    }

    #[test]
    fn passes_when_all_have_expired_because_another_rule_says_so() {
        check(&RULE, Cluster::new().server().file(FRONT_PROXY_CA, &ends_in(-1).pem)).expect_pass();
    }
}
