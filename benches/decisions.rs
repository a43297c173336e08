//! How many requests a second the model decides on one core. The goal is 10 000 for P-256 chains of length two, without
//! parsing; every leaf is another one, so nothing can be remembered.

#![allow(clippy::unwrap_used)]

use std::cell::Cell;

use aggcert::model::{AllowedNames, AnonymousRequests, Authentication, Request, RequestHeaderConfig};
use aggcert::x509::{Certificate, CertificatePool};
use divan::Bencher;
use divan::counter::ItemsCount;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use time::OffsetDateTime;
use time::macros::datetime;

const LEAVES: usize = 500;
const NOW: OffsetDateTime = datetime!(2026-06-01 00:00 UTC);

fn main() {
    divan::main();
}

/// A kubelet's request: the request header authenticator refuses it, X.509 verifies it.
#[divan::bench]
fn user(bencher: Bencher<'_, '_>) {
    let (client, proxy) = (Authority::new("kubernetes"), Authority::new("front-proxy-ca"));
    decide(bencher, &server(&client, &proxy), &client, &[]);
}

/// A front proxy's request.
#[divan::bench]
fn front_proxy(bencher: Bencher<'_, '_>) {
    let (client, proxy) = (Authority::new("kubernetes"), Authority::new("front-proxy-ca"));
    let headers = [("X-Remote-User", "alice"), ("X-Remote-Group", "a"), ("X-Remote-Extra-Scopes", "b")];
    decide(bencher, &server(&client, &proxy), &proxy, &headers);
}

fn decide(bencher: Bencher<'_, '_>, server: &Authentication, authority: &Authority, headers: &[(&str, &str)]) {
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let leaves: Vec<Certificate> = (0..LEAVES).map(|number| authority.client(&format!("{number}"))).collect();
    let next = Cell::new(0);
    // Read anew each time: a certificate remembers which keys its signature was checked with.
    let request = || {
        let leaf = &leaves[next.replace((next.get() + 1) % LEAVES)];
        Request { certificates: vec![Certificate::from_der(&leaf.raw).unwrap()], headers: headers.clone() }
    };
    bencher.counter(ItemsCount::new(1_usize)).with_inputs(request).bench_local_refs(|request| {
        let decision = server.authenticate(request, NOW);
        assert!(decision.user.is_some());
        decision
    });
}

fn server(client: &Authority, proxy: &Authority) -> Authentication {
    let list = |entry: &str| vec![entry.to_owned()];
    Authentication {
        request_header: Some(RequestHeaderConfig {
            client_ca: CertificatePool::new([proxy.certificate.clone()]),
            allowed_names: AllowedNames::Any,
            username_headers: list("X-Remote-User"),
            uid_headers: Vec::new(),
            group_headers: list("X-Remote-Group"),
            extra_header_prefixes: list("X-Remote-Extra-"),
        }),
        client_ca: Some(CertificatePool::new([client.certificate.clone()])),
        anonymous: AnonymousRequests::Allowed,
        uid_from_certificate: true,
        credential_id: true,
    }
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: Certificate,
}

impl Authority {
    fn new(common_name: &str) -> Self {
        let mut parameters = named(common_name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = Certificate::from_der(parameters.self_signed(&key).unwrap().der()).unwrap();
        Self { issuer: Issuer::new(parameters, key), certificate }
    }

    fn client(&self, common_name: &str) -> Certificate {
        let mut parameters = named(common_name);
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        Certificate::from_der(parameters.signed_by(&key, &self.issuer).unwrap().der()).unwrap()
    }
}

fn named(common_name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, common_name);
    parameters
}
