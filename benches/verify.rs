//! How many client certificates can be verified in a second: P-256, each signed by the root, parsing excluded.

#![allow(clippy::expect_used, reason = "a benchmark that panics has failed")]

use aggcert::x509::{Certificate, CertificatePool, path};
use divan::Bencher;
use divan::counter::ItemsCount;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use time::macros::datetime;

const LEAVES: usize = 1000;

fn main() {
    divan::main();
}

fn read(certificate: &rcgen::Certificate) -> Certificate {
    Certificate::from_der(certificate.der()).expect("rcgen writes valid certificates")
}

#[divan::bench]
fn chains_of_two(bencher: Bencher<'_, '_>) {
    let key = KeyPair::generate().expect("there is randomness");
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let roots = CertificatePool::new([read(&root.self_signed(&key).expect("the root can be signed"))]);
    let issuer = Issuer::from_params(&root, &key);
    let leaves: Vec<Certificate> = (0..LEAVES)
        .map(|_| {
            let key = KeyPair::generate().expect("there is randomness");
            read(&CertificateParams::default().signed_by(&key, &issuer).expect("a leaf can be signed"))
        })
        .collect();
    let intermediates = CertificatePool::default();
    let now = datetime!(2026-06-01 12:00 UTC);

    bencher
        .counter(ItemsCount::new(LEAVES))
        .bench(|| leaves.iter().filter(|leaf| path::verify(leaf, &roots, &intermediates, now).is_ok()).count());
}
