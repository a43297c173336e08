//! A private key in a file that is made to be handed around.

use crate::lint::facts::init_command::rotate;
use crate::lint::facts::look::each_bundle;
use crate::lint::facts::wording::{drop_key, related, subject_and_fingerprint};
use crate::lint::{Check, Context, Finding, Fix, Rule, Severity};
use crate::model::{PathFlag, Setup, TrustBundle};
use crate::text::Located;
use crate::x509::path::verify_issued_by;
use crate::x509::{Certificate, CertificatePool, PrivateKey};

pub(super) static RULE: Rule = Rule {
    id: "private-key-in-bundle",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/private-key-in-bundle.md"),
    checks: &Check::of_trust(|setup, context| each_bundle(setup, |flag, bundle| judge(context, setup, flag, bundle))),
};

fn judge(context: &Context<'_>, setup: &Setup, flag: &PathFlag, bundle: &TrustBundle) -> Vec<Finding> {
    bundle.private_keys.iter().map(|key| finding(context, setup, flag, bundle, key)).collect()
}

fn finding(
    context: &Context<'_>,
    setup: &Setup,
    flag: &PathFlag,
    bundle: &TrustBundle,
    key: &Located<Option<PrivateKey>>,
) -> Finding {
    let matches = |anchor: &&Located<Certificate>| key.value.as_ref().is_some_and(|key| key.matches(&anchor.value));
    let ca = bundle.anchors.iter().find(matches);
    let usable = ca.filter(|ca| {
        let roots = CertificatePool::new(bundle.certificates().cloned());
        verify_issued_by(&ca.value, &roots, &CertificatePool::default(), context.now).is_ok()
    });
    let becomes = if flag.name == "client-ca-file" {
        "any user, a member of system:masters too"
    } else {
        "a front proxy, and so any user"
    };
    let called = flag.called();
    let place = if setup.is_config_map() { "the ConfigMap" } else { &bundle.path };
    // kube-apiserver publishes certificates alone, and takes no key out that somebody put in.
    Finding {
        // What cannot be shown to open anything is no error: an encrypted key, or that of something else.
        severity: if usable.is_some() { Severity::Error } else { Severity::Warning },
        message: match ca {
            Some(ca) => format!("{called} holds the private key of the CA {}", subject_and_fingerprint(&ca.value)),
            None => format!("{called} holds a private key"),
        },
        origin: key.origin.clone(),
        label: "a private key in a public file".to_owned(),
        related: ca.map(|ca| related(&ca.origin, "it belongs to this CA")).into_iter().collect(),
        consequence: match usable {
            Some(_) => format!("Everybody who can read {place} can make himself {becomes}."),
            None => format!("Everybody who can read {place} has the key."),
        },
        demonstration: usable.map(|ca| {
            format!(
                "a client certificate that this key signs as {} is accepted by {called}: its holder is {becomes}",
                ca.value.subject
            )
        }),
        fix: fix(setup, flag, bundle),
        identity: vec![flag.name.to_owned(), bundle.path.clone()],
    }
}

/// The key is out; kube-apiserver publishes certificates alone, and takes no key out that somebody put in.
fn fix(setup: &Setup, flag: &PathFlag, bundle: &TrustBundle) -> Fix {
    if setup.is_config_map() {
        return drop_key(flag.name).saying(|this| format!("{this} Take the key for stolen, and replace the CA."));
    }
    if flag.name == "client-ca-file" {
        return format!("Take the key out of {}, and replace the CA.", bundle.path).into();
    }
    rotate(setup, &["--compromised", "--accept-outage"]).saying(|this| {
        format!(
            "Take the key out of {}, and take it for stolen: aggregated APIs are out for a while. {this}",
            bundle.path
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, FRONT_PROXY_CA, check};

    fn with_key(cluster: &Cluster, key: &str) -> Setup {
        cluster.server().file(FRONT_PROXY_CA, &format!("{key}{}", cluster.front_proxy_ca.pem)).setup()
    }

    #[test]
    fn fails_with_the_key_of_the_ca_and_shows_what_it_opens() {
        let cluster = Cluster::new();
        let finding = check(&RULE, &with_key(&cluster, &cluster.front_proxy_ca.key_pem)).expect_finding();
        assert_eq!(finding.severity, Severity::Error);
        assert_eq!(finding.origin.source(), "-----BEGIN PRIVATE KEY-----");
        assert!(finding.demonstration.unwrap().ends_with("its holder is a front proxy, and so any user"));
    }

    #[test]
    fn fails_as_a_warning_with_another_key() {
        let cluster = Cluster::new();
        let finding = check(&RULE, &with_key(&cluster, &cluster.client_ca.key_pem)).expect_finding();
        assert_eq!((finding.severity, finding.demonstration), (Severity::Warning, None));
    }

    #[test]
    fn passes_with_certificates_alone() {
        check(&RULE, &Cluster::new().server().setup()).expect_pass();
    }
}
