//! Trust anchors whose certificates nobody accepts.

use time::OffsetDateTime;

use crate::lint::facts::config_map_patch;
use crate::lint::facts::dates::Validity;
use crate::lint::facts::front_proxy::{FrontProxy, Obstacle};
use crate::lint::facts::init_command::replace_dead;
use crate::lint::facts::passed_on;
use crate::lint::facts::wording::{place, take_out};
use crate::lint::prelude::*;
use crate::x509::path::{verify, verify_issued_by};
use crate::x509::{CertificatePool, PublicKeyAlgorithm, SigningBar, VerificationError};

const REQUESTHEADER: &str = "requestheader-client-ca-file";

pub(super) static RULE: Rule = Rule {
    id: "ca-cannot-sign",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/ca-cannot-sign.md"),
    checks: &[Check::Server(outcome), Check::ConfigMap(published)],
};

/// What no server has in its bundle any more is left to take out of the ConfigMap.
fn published(config_map: &ConfigMap, context: &Context<'_>) -> Outcome {
    let mut outcome = outcome(config_map.reader(), context);
    let bundle = config_map.requestheader_client_ca().loaded();
    let servers = &context.beside.servers;
    let own: Option<Vec<_>> = servers.iter().map(|server| server.requestheader_client_ca.loaded()).collect();
    if let (Outcome::Fail(findings), Some(bundle), Some(own)) =
        (&mut outcome, bundle, own.filter(|own| !own.is_empty()))
    {
        let is_held = |ca: &Certificate| own.iter().any(|bundle| bundle.has_issuer(ca));
        for finding in findings.iter_mut().filter(|finding| finding.severity < Severity::Error) {
            let is_it = |ca: &&Certificate| finding.identity == identity(REQUESTHEADER, ca) && !is_held(ca);
            if let Some(ca) = bundle.certificates().find(is_it) {
                finding.fix = config_map_patch::take_out(config_map, &[ca]);
            }
        }
    }
    outcome
}

fn identity(flag: &str, ca: &Certificate) -> Vec<String> {
    vec![flag.to_owned(), ca.fingerprint()]
}

fn outcome(setup: &Setup, context: &Context<'_>) -> Outcome {
    let found = each_bundle(setup, |flag, bundle| judge(context, setup, flag, bundle));
    let bundle = setup.requestheader_client_ca.loaded();
    let open = bundle.and_then(|bundle| {
        let all = || bundle.anchors().iter();
        all().find(|anchor| pinned(setup, bundle, &anchor.value, context.now) == Pinned::Perhaps)
    });
    match (found, open) {
        (Outcome::Pass, Some(anchor)) => {
            let why = format!("{} is no CA, and may be the proxy client itself", subject(&anchor.value));
            Reason::undecided(why).at(&anchor.origin).into()
        }
        (found, _) => found,
    }
}

fn judge(context: &Context<'_>, setup: &Setup, flag: &PathFlag, bundle: &TrustBundle) -> Vec<Finding> {
    let pinned =
        |anchor: &Certificate| flag.name == REQUESTHEADER && pinned(setup, bundle, anchor, context.now) != Pinned::No;
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

/// Whether an anchor is there for itself, and not for what it issues.
#[derive(Debug, PartialEq, Eq)]
enum Pinned {
    Yes,
    No,
    /// It signs itself as CAs do, and which client is shown is not known.
    Perhaps,
}

/// Go accepts a client's certificate that is itself in the bundle (crypto/x509, `Certificate.Verify`), whatever is known of
/// the client: there may be several front proxies, and a ConfigMap or a fragment shows none.
fn pinned(setup: &Setup, bundle: &TrustBundle, anchor: &Certificate, now: OffsetDateTime) -> Pinned {
    let client = setup.proxy_client.loaded();
    if client.is_some_and(|client| client.leaf.value == *anchor) {
        return Pinned::Yes;
    }
    let moment = moment_of(anchor, now);
    if anchor.may_sign().is_ok() || verify(anchor, bundle.pool(), &CertificatePool::default(), moment).is_err() {
        return Pinned::No;
    }
    match setup.allowed_names() {
        Ok(AllowedNames::Only(names)) if names.iter().any(|name| name == anchor.subject.common_name()) => Pinned::Yes,
        Ok(AllowedNames::Only(_)) => Pinned::No,
        _ if anchor.subject != anchor.issuer => Pinned::Yes,
        _ if client.is_some() => Pinned::No,
        _ => Pinned::Perhaps,
    }
}

/// One at which its dates are no obstacle.
fn moment_of(certificate: &Certificate, now: OffsetDateTime) -> OffsetDateTime {
    if Validity::of(certificate, now) == Validity::Valid { now } else { certificate.not_before }
}

/// What Go says of a client certificate that the anchor would issue, when dates are left aside.
fn refusal(anchor: &Located<Certificate>, bundle: &TrustBundle, now: OffsetDateTime) -> Option<VerificationError> {
    let anchor = &anchor.value;
    verify_issued_by(anchor, bundle.pool(), &CertificatePool::default(), moment_of(anchor, now)).err()
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
    Finding::new(
        Severity::error_if(worst),
        format!("{} in {} cannot be an issuer here: {reason}", subject_and_fingerprint(certificate), flag.called()),
    )
    .at(&anchor.origin, reason)
    .related([related(&bundle.origin, "the bundle")])
    .consequence(match (worst, flag.name) {
        (true, REQUESTHEADER) => {
            "No certificate that it issues is accepted as a front proxy: extension API servers answer 401 to \
             everything that kube-apiserver passes on."
                .to_owned()
        }
        (true, _) => "No client certificate that it issues is accepted.".to_owned(),
        (false, _) => {
            format!("Certificates that {} issues are refused; the other CAs of the bundle work.", subject(certificate))
        }
    })
    .demonstration(shown.unwrap_or_else(|| format!("path validation of a certificate that it issues says: {error}")))
    .fix(if flag.name == REQUESTHEADER && worst {
        replace_dead(setup)
    } else if worst {
        format!(
            "Issue the CA in {} again, with CA:TRUE and keyCertSign and without extendedKeyUsage.",
            place(flag, bundle)
        )
        .into()
    } else {
        take_out(&subject_and_fingerprint(certificate), flag, bundle)
    })
    .identity(identity(flag.name, certificate))
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
            let ids = list(&certificate.unhandled_critical_extensions, "and");
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
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, Issued, bundle, check, check_beside};

    #[test]
    fn what_only_the_config_map_holds_is_taken_out_there() {
        let cluster = Cluster::new();
        let unfit = Issued::ca_with("unfit", |params| params.is_ca = IsCa::ExplicitNoCa);
        let both = bundle(&[&unfit, &cluster.front_proxy_ca]);
        let config_map = cluster.config_map().set(REQUESTHEADER, &both).set("resource-version", "7");
        let fix = |file: &str| {
            let server = cluster.server().file(FRONT_PROXY_CA, file);
            check_beside(&RULE, &config_map, &[&server]).expect_finding().fix
        };
        assert_eq!(fix(&cluster.front_proxy_ca.pem).commands.len(), 1);
        let still = fix(&both);
        assert!(still.commands.is_empty() && still.sentence.contains("on every kube-apiserver"), "{still}");
    }

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

    #[test]
    fn what_is_accepted_for_itself_is_no_error() {
        let cluster = Cluster::new();
        let other = cluster.front_proxy_ca.client("front-proxy-client");
        let fragment =
            || cluster.server().fragment().without("proxy-client-cert-file").without("proxy-client-key-file");
        let pinned = |pem: &str| fragment().file(FRONT_PROXY_CA, pem);
        check(&RULE, pinned(&cluster.proxy_client.pem)).expect_pass();
        check(&RULE, pinned(&cluster.proxy_client.pem).without("requestheader-allowed-names")).expect_pass();
        check(&RULE, pinned(&cluster.front_proxy_ca.client("stranger").pem)).expect_error();
        // That of another node.
        check(&RULE, cluster.server().file(FRONT_PROXY_CA, &bundle(&[&cluster.proxy_client, &other]))).expect_pass();
        // A client that signs itself, or a CA that does not say so.
        let itself = Issued::ca_with("front-proxy", |params| params.is_ca = IsCa::NoCa);
        check(&RULE, pinned(&itself.pem)).expect_error();
        check(&RULE, pinned(&itself.pem).without("requestheader-allowed-names")).expect_unknown();
        check(&RULE, pinned(&itself.pem).set("requestheader-allowed-names", "front-proxy")).expect_pass();
    }
}
