//! What `check` says of two bundles, against what the model answers to every certificate that their CAs could issue.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has failed")]

use std::path::Path;
use std::sync::LazyLock;

use aggcert::graph::Graph;
use aggcert::lint::{Beside, Context, Severity, Target, judge};
use aggcert::model::{Authentication, AuthenticatorKind, Lookup, Objects, Request, Setup};
use aggcert::source::formats::flags;
use aggcert::x509::Certificate;
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const NOW: OffsetDateTime = datetime!(2026-06-01 00:00 UTC);
const ALLOWED: &str = "front-proxy-client";

/// The rules that say that somebody can be somebody else, or that a front proxy's CA makes users.
const IDENTITY: [&str; 3] = ["identity-spoofable", "ca-reused", "requestheader-ca-logs-in"];

/// What a certificate of a CA says of itself.
#[derive(Debug, Clone, Copy)]
enum Usage {
    None,
    /// `2.5.29.15=DER:03:01:00`, which Go cannot tell from none.
    Empty,
    CertSign,
    SignatureOnly,
}

/// A certificate that may stand in a bundle.
#[derive(Debug, Clone)]
struct Plan {
    name: &'static str,
    key: usize,
    /// One of the plans before it; of the first, and where it is `None`, itself.
    signer: Option<Index>,
    usage: Usage,
    is_ca: IsCa,
    expired: bool,
    for_servers: bool,
}

/// Made once: a key takes longer than all the rest.
static KEYS: LazyLock<[String; 4]> =
    LazyLock::new(|| std::array::from_fn(|_| KeyPair::generate().unwrap().serialize_pem()));

fn key(index: usize) -> KeyPair {
    KeyPair::from_pem(&KEYS[index]).unwrap()
}

fn plan() -> impl Strategy<Value = Plan> {
    let usage = prop_oneof![
        3 => Just(Usage::None), 2 => Just(Usage::Empty), 3 => Just(Usage::CertSign), 1 => Just(Usage::SignatureOnly)
    ];
    let is_ca = prop_oneof![
        6 => Just(IsCa::Ca(BasicConstraints::Unconstrained)),
        1 => Just(IsCa::Ca(BasicConstraints::Constrained(0))),
        1 => Just(IsCa::ExplicitNoCa),
        1 => Just(IsCa::NoCa),
    ];
    let name = prop_oneof![Just("kubernetes"), Just("front-proxy-ca"), Just("company")];
    (name, 0_usize..3, any::<Option<Index>>(), usage, is_ca, prop::bool::weighted(0.1), prop::bool::weighted(0.1))
        .prop_map(|(name, key, signer, usage, is_ca, expired, for_servers)| Plan {
            name,
            key,
            signer,
            usage,
            is_ca,
            expired,
            for_servers,
        })
}

fn parameters(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.not_before = datetime!(2020-01-01 00:00 UTC);
    parameters.not_after = datetime!(2036-01-01 00:00 UTC);
    parameters
}

impl Plan {
    fn parameters(&self) -> CertificateParams {
        let mut parameters = parameters(self.name);
        parameters.is_ca = self.is_ca;
        match self.usage {
            Usage::None => {}
            Usage::Empty => {
                let empty = CustomExtension::from_oid_content(&[2, 5, 29, 15], vec![3, 1, 0]);
                parameters.custom_extensions.push(empty);
            }
            Usage::CertSign => parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign],
            Usage::SignatureOnly => parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature],
        }
        if self.expired {
            parameters.not_after = NOW - Duration::days(1);
        }
        if self.for_servers {
            parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        }
        parameters
    }
}

/// The certificates of the plans, in order.
fn issue(plans: &[Plan]) -> Vec<rcgen::Certificate> {
    let mut issued = Vec::new();
    for (position, plan) in plans.iter().enumerate() {
        let signer = plan.signer.filter(|_| position > 0).map(|index| &plans[index.index(position)]);
        let certificate = match signer {
            Some(signer) => {
                plan.parameters().signed_by(&key(plan.key), &Issuer::new(parameters(signer.name), key(signer.key)))
            }
            None => plan.parameters().self_signed(&key(plan.key)),
        };
        issued.push(certificate.unwrap());
    }
    issued
}

/// A client of a CA, by its name and key.
fn client_of(plan: &Plan) -> Certificate {
    let mut leaf = parameters(ALLOWED);
    leaf.distinguished_name.push(DnType::OrganizationName, "system:masters");
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let issued = leaf.signed_by(&key(3), &Issuer::new(parameters(plan.name), key(plan.key))).unwrap();
    Certificate::from_der(issued.der()).unwrap()
}

fn setup(
    directory: &Path,
    client: &[usize],
    requestheader: &[usize],
    issued: &[rcgen::Certificate],
    names: bool,
) -> Setup {
    let bundle = |of: &[usize]| of.iter().map(|index| issued[*index].pem()).collect::<String>();
    std::fs::write(directory.join("client.crt"), bundle(client)).unwrap();
    std::fs::write(directory.join("front-proxy.crt"), bundle(requestheader)).unwrap();
    let names = if names { ALLOWED } else { "" };
    let arguments = [
        "--client-ca-file=/client.crt".to_owned(),
        "--requestheader-client-ca-file=/front-proxy.crt".to_owned(),
        format!("--requestheader-allowed-names={names}"),
        "--requestheader-username-headers=X-Remote-User".to_owned(),
        "--requestheader-group-headers=X-Remote-Group".to_owned(),
        "--requestheader-extra-headers-prefix=X-Remote-Extra-".to_owned(),
    ];
    // Later versions do not start with a certificate in both bundles and no name required; nobody is anyone then.
    let version = Some("1.34".parse().unwrap());
    let lookup = Lookup { root: Some(directory.into()), certain: true, version, ..Lookup::default() };
    Setup::load(flags::invocation(&arguments), &lookup)
}

/// By which authenticator a client of the CA gets in, when it sends every certificate of the bundles along.
fn authenticator(setup: &Setup, ca: &Plan, headers: &[(&str, &str)]) -> Option<AuthenticatorKind> {
    let bundles = [&setup.client_ca, &setup.requestheader_client_ca];
    let known = bundles.into_iter().filter_map(|file| file.loaded()).flat_map(|bundle| bundle.certificates().cloned());
    let request = Request {
        certificates: std::iter::once(client_of(ca)).chain(known).collect(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    };
    Authentication::of(setup).unwrap().authenticate(&request, NOW).authenticator
}

/// The ids of the rules that find something, and how bad it is.
fn findings(setup: &Setup) -> Vec<(&'static str, Severity)> {
    let context = Context::new(Beside::nothing(), Objects::NONE, NOW, Duration::days(30));
    judge(Target::of(setup), &context).unwrap().findings().map(|(rule, finding)| (rule.id, finding.severity)).collect()
}

fn is_identity_error(found: &[(&'static str, Severity)]) -> bool {
    found.iter().any(|(id, severity)| IDENTITY.contains(id) && *severity == Severity::Error)
}

fn in_order(count: usize) -> impl Strategy<Value = Vec<usize>> {
    subsequence((0..count).collect::<Vec<_>>(), 1..=count.min(3))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 192,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(8),
        ..ProptestConfig::default()
    })]

    /// Whenever a client of a CA for users can be somebody else by headers, or a client of a CA for front proxies is a
    /// user, there is an error; and never otherwise. The trust map says the same.
    #[test]
    fn an_identity_that_can_be_claimed_is_an_error_and_nothing_else_is(
        (plans, client, requestheader) in prop::collection::vec(plan(), 2..6).prop_flat_map(|plans| {
            let count = plans.len();
            (Just(plans), in_order(count), in_order(count))
        }),
        names in any::<bool>(),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let setup = setup(directory.path(), &client, &requestheader, &issue(&plans), names);
        let claim = [("X-Remote-User", "system:admin")];
        let spoofs = client
            .iter()
            .any(|ca| authenticator(&setup, &plans[*ca], &claim) == Some(AuthenticatorKind::RequestHeader));
        let logs_in = requestheader
            .iter()
            .any(|ca| authenticator(&setup, &plans[*ca], &[]) == Some(AuthenticatorKind::X509));
        let found = findings(&setup);
        prop_assert_eq!(is_identity_error(&found), spoofs || logs_in, "spoofs {}, logs in {}: {:?}", spoofs, logs_in, found);

        let touches = !Graph::of(&[&setup], NOW).touches.is_empty();
        let told = found.iter().any(|(id, _)| IDENTITY.contains(id) || *id == "ca-key-reused");
        prop_assert!(!is_identity_error(&found) || touches, "an error without a touch: {:?}", found);
        prop_assert!(!touches || told, "a touch without a finding: {:?}", found);
    }
}

/// Both flags name one file that is not here: whatever it holds, it is on both sides.
#[test]
fn one_absent_file_behind_both_flags_is_told_by_the_rules_and_by_the_map() {
    let flags =
        ["--client-ca-file=/ca.crt", "--requestheader-client-ca-file=/ca.crt", "--requestheader-allowed-names=a"];
    let headers = ["--requestheader-username-headers=X-Remote-User"];
    let arguments: Vec<String> = flags.iter().chain(&headers).map(|flag| (*flag).to_owned()).collect();
    let directory = tempfile::tempdir().unwrap();
    let lookup = Lookup { root: Some(directory.path().into()), ..Lookup::default() };
    let setup = Setup::load(flags::invocation(&arguments), &lookup);
    assert!(is_identity_error(&findings(&setup)), "{:?}", findings(&setup));
    assert_eq!(Graph::of(&[&setup], NOW).touches.len(), 1);
}

/// The certificate that `check` passed for want of one answer to whether a CA may sign.
#[test]
fn a_ca_with_an_empty_key_usage_in_both_bundles_is_an_error() {
    let plan = Plan {
        name: "kubernetes",
        key: 0,
        signer: None,
        usage: Usage::Empty,
        is_ca: IsCa::Ca(BasicConstraints::Unconstrained),
        expired: false,
        for_servers: false,
    };
    let directory = tempfile::tempdir().unwrap();
    let setup = setup(directory.path(), &[0], &[0], &issue(std::slice::from_ref(&plan)), true);
    let claim = [("X-Remote-User", "system:admin")];
    assert_eq!(authenticator(&setup, &plan, &claim), Some(AuthenticatorKind::RequestHeader));
    assert!(is_identity_error(&findings(&setup)), "{:?}", findings(&setup));
}
