//! Trust anchors whose certificates nobody accepts.

use crate::lint::facts::init_command::replace_dead;
use time::OffsetDateTime;

use crate::lint::facts::dates::Validity;
use crate::lint::facts::front_proxy::{FrontProxy, Obstacle};
use crate::lint::facts::look::each_bundle;
use crate::lint::facts::passed_on;
use crate::lint::facts::wording::{place, related, subject, subject_and_fingerprint, take_out};
use crate::lint::{Check, Context, Finding, Rule, Severity};
use crate::model::{AllowedNames, PathFlag, Setup, TrustBundle};
use crate::text::Located;
use crate::x509::path::verify_issued_by;
use crate::x509::{Certificate, CertificatePool, PublicKeyAlgorithm, SigningBar, VerificationError};

const REQUESTHEADER: &str = "requestheader-client-ca-file";

pub(super) static RULE: Rule = Rule {
    id: "ca-cannot-sign",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/ca-cannot-sign.md"),
    checks: &[Check::Trust(|setup, context| each_bundle(setup, |flag, bundle| judge(context, setup, flag, bundle)))],
};

fn judge(context: &Context<'_>, setup: &Setup, flag: &PathFlag, bundle: &TrustBundle) -> Vec<Finding> {
    let pinned = |anchor: &Certificate| {
        flag.name == REQUESTHEADER
            && (setup.proxy_client.loaded().is_some_and(|client| client.leaf.value == *anchor)
                || is_named(setup, anchor))
    };
    let mut seen: Vec<&Certificate> = Vec::new();
    let mut unfit: Vec<(&Located<Certificate>, VerificationError)> = Vec::new();
    for anchor in bundle.anchors() {
        if seen.contains(&&anchor.value) || pinned(&anchor.value) {
            continue;
        }
        seen.push(&anchor.value);
        unfit.extend(refusal(anchor, bundle, context.now).map(|error| (anchor, error)));
    }
    let in_the_way = (flag.name == REQUESTHEADER).then(|| in_the_way(setup, context.now)).flatten();
    if let Some((ca, error)) = &in_the_way
        && !unfit.iter().any(|(anchor, _)| anchor.value == *ca)
    {
        let anchor = bundle.anchors().iter().find(|anchor| anchor.value == *ca);
        unfit.extend(anchor.map(|anchor| (anchor, error.clone())));
    }
    let none_left = unfit.len() == seen.len();
    unfit
        .iter()
        .map(|(anchor, error)| {
            let stops_the_proxy = in_the_way.as_ref().is_some_and(|(ca, _)| *ca == anchor.value);
            let worst = none_left || stops_the_proxy;
            finding(context, setup, flag, bundle, anchor, error, worst)
        })
        .collect()
}

/// Whether it may be the proxy client itself: a ConfigMap does not show that one, but its name.
fn is_named(setup: &Setup, anchor: &Certificate) -> bool {
    let Ok(AllowedNames::Only(names)) = setup.allowed_names() else { return false };
    setup.reads_config_map() && names.iter().any(|name| name == anchor.subject.common_name())
}

/// What Go says of a client certificate that the anchor would issue, when dates are left aside.
fn refusal(anchor: &Located<Certificate>, bundle: &TrustBundle, now: OffsetDateTime) -> Option<VerificationError> {
    let anchor = &anchor.value;
    let moment = if Validity::of(anchor, now) == Validity::Valid { now } else { anchor.not_before };
    verify_issued_by(anchor, bundle.pool(), &CertificatePool::default(), moment).err()
}

/// The anchor that would accept the proxy client if it might sign, and as far down.
fn in_the_way(setup: &Setup, now: OffsetDateTime) -> Option<(Certificate, VerificationError)> {
    match FrontProxy::of(setup).ok()?.obstacle(now)? {
        (Obstacle::CaMayNotSign(ca), error) => Some((ca, error)),
        _ => None,
    }
}

fn finding(
    context: &Context<'_>,
    setup: &Setup,
    flag: &PathFlag,
    bundle: &TrustBundle,
    anchor: &Located<Certificate>,
    error: &VerificationError,
    worst: bool,
) -> Finding {
    let certificate = &anchor.value;
    let reason = reason(certificate, error);
    let shown = (worst && flag.name == REQUESTHEADER).then(|| passed_on::demonstration(setup, context.now)).flatten();
    Finding {
        severity: if worst { Severity::Error } else { Severity::Warning },
        message: format!(
            "{} in {} cannot be an issuer here: {reason}",
            subject_and_fingerprint(certificate),
            flag.called()
        ),
        origin: anchor.origin.clone(),
        label: reason,
        related: vec![related(&bundle.origin, "the bundle")],
        consequence: match (worst, flag.name) {
            (true, REQUESTHEADER) => {
                "No certificate that it issues is accepted as a front proxy: extension API servers answer 401 to \
                 everything that kube-apiserver passes on."
                    .to_owned()
            }
            (true, _) => "No client certificate that it issues is accepted.".to_owned(),
            (false, _) => format!(
                "Certificates that {} issues are refused; the other CAs of the bundle work.",
                subject(certificate)
            ),
        },
        demonstration: Some(
            shown.unwrap_or_else(|| format!("path validation of a certificate that it issues says: {error}")),
        ),
        fix: if flag.name == REQUESTHEADER && worst {
            replace_dead(setup)
        } else if worst {
            format!(
                "Issue the CA in {} again, with CA:TRUE and keyCertSign and without extendedKeyUsage.",
                place(flag, bundle)
            )
            .into()
        } else {
            take_out(&subject_and_fingerprint(certificate), flag, bundle)
        },
        identity: vec![flag.name.to_owned(), certificate.fingerprint()],
    }
}

/// In terms of the extension that is at fault.
fn reason(certificate: &Certificate, error: &VerificationError) -> String {
    match error {
        VerificationError::TooManyIntermediates { .. } => {
            let length = certificate.basic_constraints.and_then(|constraints| constraints.path_length);
            let allowed = length.map_or_else(String::new, |length| format!(" (pathlen:{length})"));
            return format!("its path length{allowed} leaves no room for the intermediates of the proxy client");
        }
        VerificationError::UnhandledCriticalExtension { .. } => {
            let ids = crate::lint::facts::wording::list(&certificate.unhandled_critical_extensions, "and");
            return format!("it has a critical extension that Go does not know ({ids})");
        }
        _ => {}
    }
    match certificate.may_sign() {
        Err(SigningBar::NoBasicConstraints) => {
            return "it is version 3 and has no basicConstraints with CA:TRUE".to_owned();
        }
        Err(SigningBar::NotACa) => return "basicConstraints says CA:FALSE".to_owned(),
        Err(SigningBar::NoKeyCertSign) => return "its keyUsage does not contain keyCertSign".to_owned(),
        Ok(()) => {}
    }
    if !certificate.allows_client_auth() {
        return "its extendedKeyUsage does not contain clientAuth".to_owned();
    }
    match certificate.public_key_algorithm {
        PublicKeyAlgorithm::X25519 | PublicKeyAlgorithm::Dsa | PublicKeyAlgorithm::Unknown => {
            "Go verifies no signature of this kind of key".to_owned()
        }
        PublicKeyAlgorithm::Rsa(bits) if bits < 1024 => {
            format!("Go verifies no signature of an RSA key of {bits} bits")
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose};

    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, Issued, bundle, check};

    #[test]
    fn fails_with_what_forbids_to_sign() {
        for (ca, label) in [
            (Issued::ca_with("ca", |params| params.is_ca = IsCa::ExplicitNoCa), "basicConstraints says CA:FALSE"),
            (
                Issued::ca_with("ca", |params| params.is_ca = IsCa::NoCa),
                "it is version 3 and has no basicConstraints with CA:TRUE",
            ),
            (
                Issued::ca_with("ca", |params| params.key_usages = vec![KeyUsagePurpose::DigitalSignature]),
                "its keyUsage does not contain keyCertSign",
            ),
            (
                Issued::ca_with("ca", |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]),
                "its extendedKeyUsage does not contain clientAuth",
            ),
        ] {
            let finding = check(&RULE, Cluster::new().with_front_proxy_ca(ca).server()).expect_finding();
            assert_eq!((finding.severity, finding.label.as_str()), (Severity::Error, label));
            finding.shows("answers 401");
        }
    }

    #[test]
    fn fails_with_a_path_length_that_is_too_short_for_the_proxy_client() {
        let root = Issued::ca_with("root", |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
        let intermediate = root.intermediate("intermediate");
        let cluster = Cluster::new().with_front_proxy_ca(root);
        let finding = check(&RULE, cluster.server_below(&intermediate)).expect_finding();
        assert!(finding.label.starts_with("its path length (pathlen:0)"), "{}", finding.label);
        check(&RULE, cluster.server()).expect_pass();
    }

    #[test]
    fn fails_as_a_warning_beside_a_ca_that_works() {
        let cluster = Cluster::new();
        let stray = Issued::ca_with("stray", |params| params.is_ca = IsCa::ExplicitNoCa);
        let both = bundle(&[&cluster.client_ca, &stray]);
        check(&RULE, cluster.server().file(CLIENT_CA, &both)).expect_warning();
    }

    #[test]
    fn passes_with_cas_that_may_sign() {
        check(&RULE, Cluster::new().server()).expect_pass();
        let plain = Issued::ca_with("ca", |params| params.key_usages = Vec::new());
        check(&RULE, Cluster::new().with_front_proxy_ca(plain).server()).expect_pass();
    }

    #[test]
    fn fails_for_what_extension_servers_are_told() {
        let unfit = Issued::ca_with("ca", |params| params.is_ca = IsCa::ExplicitNoCa);
        let config_map = Cluster::new().config_map();
        check(&RULE, config_map.clone().set(REQUESTHEADER, &unfit.pem)).expect_error();
        check(&RULE, config_map.set(REQUESTHEADER, &Cluster::new().proxy_client.pem)).expect_pass();
    }

    #[test]
    fn passes_when_the_proxy_client_itself_is_the_only_entry() {
        let cluster = Cluster::new();
        check(&RULE, cluster.server().file(FRONT_PROXY_CA, &cluster.proxy_client.pem)).expect_pass();
    }
}
