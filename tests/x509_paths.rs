//! Paths through certificates that rcgen issues: what the trace tells, and what an issuer can reach.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that panics has failed")]

use aggcert::x509::path::{ChainRefusal, Outcome, Pool, verify, verify_issued_by, verify_with_trace};
use aggcert::x509::{Certificate, CertificatePool, PrivateKey, SignatureError, VerificationError};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = datetime!(2026-01-01 0:00 UTC);
    params.not_after = datetime!(2027-01-01 0:00 UTC);
    params
}

fn ca(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn read(certificate: &rcgen::Certificate) -> Certificate {
    Certificate::from_der(certificate.der()).unwrap()
}

/// A CA: its certificate, signed by itself, and what it needs to sign others.
struct Authority {
    certificate: Certificate,
    params: CertificateParams,
    key: KeyPair,
}

impl Authority {
    fn new(params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        Self { certificate: read(&params.self_signed(&key).unwrap()), params, key }
    }

    fn issue(&self, params: &CertificateParams, key: &KeyPair) -> Certificate {
        read(&params.signed_by(key, &Issuer::from_params(&self.params, &self.key)).unwrap())
    }
}

fn pool<const N: usize>(certificates: [&Certificate; N]) -> CertificatePool {
    certificates.into_iter().cloned().collect()
}

#[test]
fn a_trace_tells_each_step() {
    let root = Authority::new(ca("root"));
    // The name of the root, but another key.
    let impostor = Authority::new(ca("root"));
    let mut intermediate = Authority::new(ca("intermediate"));
    intermediate.certificate = root.issue(&intermediate.params, &intermediate.key);
    let leaf = intermediate.issue(&params("leaf"), &KeyPair::generate().unwrap());

    let roots = pool([&impostor.certificate, &root.certificate]);
    let (result, trace) = verify_with_trace(&leaf, &roots, &pool([&intermediate.certificate]), NOW);
    let chain = vec![leaf.clone(), intermediate.certificate.clone(), root.certificate.clone()];
    assert_eq!(result, Ok(vec![chain]));
    assert!(trace.refused_chains.is_empty());

    let steps: Vec<_> = trace.attempts.iter().map(|step| (step.depth, &step.candidate, step.pool)).collect();
    assert_eq!(
        steps,
        [
            (1, &intermediate.certificate, Pool::Intermediates),
            (2, &impostor.certificate, Pool::Roots),
            (2, &root.certificate, Pool::Roots),
        ]
    );
    let refused = VerificationError::Signature(SignatureError::Mismatch { key: "ECDSA" });
    let outcomes: Vec<_> = trace.attempts.iter().map(|step| step.outcome.clone()).collect();
    assert_eq!(outcomes, [Outcome::Accepted, Outcome::Refused(refused), Outcome::Accepted]);
    assert_eq!(trace.attempts[0].child, leaf);
    assert_eq!(trace.attempts[1].child, intermediate.certificate);
}

#[test]
fn the_error_names_where_the_search_ended() {
    let root = Authority::new(ca("root"));
    let impostor = Authority::new(ca("root"));
    let leaf = root.issue(&params("leaf"), &KeyPair::generate().unwrap());
    let Err(VerificationError::UnknownAuthority { certificate, hint }) =
        verify(&leaf, &pool([&impostor.certificate]), &pool([]), NOW)
    else {
        panic!("the impostor signed nothing")
    };
    assert_eq!(certificate, leaf);
    let hint = hint.unwrap();
    assert_eq!(hint.candidate, impostor.certificate);
    assert_eq!(hint.reason.to_string(), "x509: ECDSA verification failure");
}

#[test]
fn a_chain_can_be_refused_as_a_whole() {
    let mut for_servers = ca("root");
    for_servers.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let root = Authority::new(for_servers);
    let leaf = root.issue(&params("leaf"), &KeyPair::generate().unwrap());
    let (result, trace) = verify_with_trace(&leaf, &pool([&root.certificate]), &pool([]), NOW);
    let chain = vec![leaf, root.certificate.clone()];
    let certificate = root.certificate.clone();
    assert_eq!(result, Err(VerificationError::IncompatibleKeyUsage { certificate, chain: chain.clone() }));
    let refusal = ChainRefusal::ExtendedKeyUsage { certificate: root.certificate };
    assert_eq!(trace.refused_chains, [(chain, refusal)]);
}

#[test]
fn an_issuer_reaches_what_its_leaves_reach() {
    let client_ca = Authority::new(ca("kubernetes"));
    let proxy_ca = Authority::new(ca("front-proxy-ca"));
    // The client CA vouches for the key of the other one.
    let cross = client_ca.issue(&proxy_ca.params, &proxy_ca.key);
    let leaf = proxy_ca.issue(&params("leaf"), &KeyPair::generate().unwrap());
    let roots = pool([&client_ca.certificate]);

    let reach = verify_issued_by(&proxy_ca.certificate, &roots, &pool([&cross]), NOW).unwrap();
    assert_eq!(reach, [vec![cross.clone(), client_ca.certificate.clone()]]);
    let real = verify(&leaf, &roots, &pool([&cross]), NOW).unwrap();
    assert_eq!(real, [vec![leaf, cross, client_ca.certificate.clone()]]);

    let unreachable = verify_issued_by(&proxy_ca.certificate, &roots, &pool([&proxy_ca.certificate]), NOW);
    assert!(matches!(unreachable, Err(VerificationError::UnknownAuthority { certificate, .. })
        if certificate == proxy_ca.certificate));
    // As a root it reaches itself.
    let own = verify_issued_by(&client_ca.certificate, &roots, &pool([]), NOW);
    assert_eq!(own, Ok(vec![vec![client_ca.certificate]]));
}

#[test]
fn reach_counts_the_leaf_that_is_not_there() {
    let mut narrow = ca("root");
    narrow.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let root = Authority::new(narrow);
    let mut intermediate = Authority::new(ca("intermediate"));
    intermediate.certificate = root.issue(&intermediate.params, &intermediate.key);
    let roots = pool([&root.certificate]);

    assert!(verify_issued_by(&root.certificate, &roots, &pool([]), NOW).is_ok());
    let too_long = verify_issued_by(&intermediate.certificate, &roots, &pool([&intermediate.certificate]), NOW);
    assert_eq!(too_long, Err(VerificationError::TooManyIntermediates { certificate: root.certificate }));
}

#[test]
fn a_ca_that_is_no_longer_valid_reaches_nothing() {
    let root = Authority::new(ca("root"));
    let roots = pool([&root.certificate]);
    for (now, text) in [
        (
            datetime!(2025-12-31 23:59:59.5 UTC),
            "x509: certificate has expired or is not yet valid: current time 2025-12-31T23:59:59Z is before \
             2026-01-01T00:00:00Z",
        ),
        (
            datetime!(2027-01-01 1:00:01 +1),
            "x509: certificate has expired or is not yet valid: current time 2027-01-01T01:00:01+01:00 is after \
             2027-01-01T00:00:00Z",
        ),
    ] {
        let result = verify_issued_by(&root.certificate, &roots, &pool([]), now);
        assert_eq!(result.unwrap_err().to_string(), text);
    }
}

#[test]
fn keys_match_their_certificates() {
    for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519] {
        let (key, other) = (KeyPair::generate_for(algorithm).unwrap(), KeyPair::generate_for(algorithm).unwrap());
        let certificate = read(&params("x").self_signed(&key).unwrap());
        let read = PrivateKey::from_pem(key.serialize_pem().as_bytes()).unwrap();
        assert!(read.matches(&certificate));
        assert_eq!(read.subject_public_key_info, certificate.raw_subject_public_key_info);
        assert!(!PrivateKey::from_pem(other.serialize_pem().as_bytes()).unwrap().matches(&certificate));
    }
}
