//! Properties of the certificate reader on bytes that nobody meant to write.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has failed")]

use aggcert::x509::{Certificate, CertificatePool, PrivateKey, path, pem};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;
use time::macros::datetime;
use x509_parser::prelude::{FromDer, X509Certificate};

/// An edit of some bytes.
#[derive(Debug, Clone)]
enum Edit {
    Flip(Index, u8),
    Remove(Index),
    Insert(Index, u8),
    Truncate(Index),
    /// The length of an element is most often in the byte after its tag.
    Increment(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<Index>(), 0_u8..8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        any::<Index>().prop_map(Edit::Remove),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Insert(at, byte)),
        any::<Index>().prop_map(Edit::Truncate),
        any::<Index>().prop_map(Edit::Increment),
    ]
}

fn edited(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        if bytes.is_empty() {
            return bytes;
        }
        let length = bytes.len();
        match *edit {
            Edit::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
            Edit::Remove(at) => drop(bytes.remove(at.index(length))),
            Edit::Insert(at, byte) => bytes.insert(at.index(length), byte),
            Edit::Truncate(at) => bytes.truncate(at.index(length)),
            Edit::Increment(at) => bytes[at.index(length)] = bytes[at.index(length)].wrapping_add(1),
        }
    }
    bytes
}

/// The values of `member` in a file of recorded cases.
fn recorded(name: &str, member: &str) -> Vec<Vec<u8>> {
    let path = format!("{}/fixtures/go-x509/{name}", env!("CARGO_MANIFEST_DIR"));
    let cases = std::fs::read_to_string(path).expect("the fixtures are there");
    let values = cases.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a case is JSON"));
    let blocks =
        values.map(|value| format!("-----BEGIN X-----\n{}\n-----END X-----\n", value[member].as_str().unwrap()));
    blocks.map(|block| ::pem::parse(block).expect("bytes are Base64").into_contents()).collect()
}

/// What we accept, another reader either refuses or reads in the same way.
fn agrees_with_another_reader(der: &[u8]) -> Result<(), TestCaseError> {
    let Ok(ours) = Certificate::from_der(der) else { return Ok(()) };
    let Ok((rest, theirs)) = X509Certificate::from_der(der) else { return Ok(()) };
    prop_assert!(rest.is_empty());
    // It cuts names that have an empty set.
    for (name, ours, theirs) in
        [(&ours.subject, &ours.raw_subject, theirs.subject()), (&ours.issuer, &ours.raw_issuer, theirs.issuer())]
    {
        if name.relative_names.iter().all(|set| !set.is_empty()) {
            prop_assert_eq!(ours, theirs.as_raw());
        }
    }
    // It cuts what follows the key.
    prop_assert!(ours.raw_subject_public_key_info.starts_with(theirs.public_key().raw));
    prop_assert_eq!(&ours.raw_tbs_certificate, theirs.tbs_certificate.as_ref());
    prop_assert_eq!(ours.not_before.unix_timestamp(), theirs.validity().not_before.timestamp());
    prop_assert_eq!(ours.not_after.unix_timestamp(), theirs.validity().not_after.timestamp());
    // It finds extensions behind unique identifiers in the wrong order, where Go stops reading.
    if !ours.extensions.is_empty() {
        prop_assert_eq!(ours.extensions.len(), theirs.extensions().len());
        for (ours, theirs) in ours.extensions.iter().zip(theirs.extensions()) {
            // It takes the first two arcs apart as if the second were always small.
            let is_simple = ["0.", "1.", "2.5."].iter().any(|start| ours.id.starts_with(start));
            prop_assert!(!is_simple || ours.id == theirs.oid.to_id_string(), "{}", ours.id);
            prop_assert_eq!(ours.critical, theirs.critical);
            prop_assert_eq!(ours.value.as_slice(), theirs.value);
        }
    }
    Ok(())
}

#[test]
fn recorded_certificates_read_alike() {
    let certificates = recorded("certificates.jsonl", "der");
    let both = |der: &&Vec<u8>| Certificate::from_der(der).is_ok() && X509Certificate::from_der(der).is_ok();
    assert!(certificates.iter().filter(both).count() > 100, "there is nothing to compare");
    for der in &certificates {
        agrees_with_another_reader(der).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        rng_seed: RngSeed::Fixed(5280),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Certificate::from_der(&bytes);
        let _ = PrivateKey::from_pem(&bytes);
        prop_assert!(pem::blocks(&bytes).all(|block| block.span.end <= bytes.len()));
    }

    #[test]
    fn arbitrary_elements_do_no_harm(tag: u8, bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let element = [&[0x30, bytes.len() as u8 + 2, tag, bytes.len() as u8], bytes.as_slice()].concat();
        let _ = Certificate::from_der(&element);
        let armored = ::pem::encode(&::pem::Pem::new("PRIVATE KEY", element));
        let _ = PrivateKey::from_pem(armored.as_bytes());
    }

    #[test]
    fn edited_certificates_read_alike(
        which: Index,
        edits in prop::collection::vec(edit(), 1..4),
    ) {
        thread_local!(static RECORDED: Vec<Vec<u8>> = recorded("certificates.jsonl", "der"));
        let der = RECORDED.with(|recorded| which.get(recorded).clone());
        agrees_with_another_reader(&edited(der, &edits))?;
    }

    #[test]
    fn edited_certificates_verify_without_harm(
        which: Index,
        edits in prop::collection::vec(edit(), 0..3),
    ) {
        thread_local!(static RECORDED: Vec<Vec<u8>> = recorded("certificates.jsonl", "der"));
        let der = RECORDED.with(|recorded| which.get(recorded).clone());
        if let Ok(certificate) = Certificate::from_der(&edited(der, &edits)) {
            let own = CertificatePool::new([certificate.clone()]);
            let none = CertificatePool::default();
            let now = datetime!(2026-06-01 12:00 UTC);
            for (roots, intermediates) in [(&own, &none), (&none, &own)] {
                let results = [
                    path::verify(&certificate, roots, intermediates, now),
                    path::verify_issued_by(&certificate, roots, intermediates, now),
                ];
                // Messages are written only when someone asks for them.
                let _ = results.map(|result| result.map_err(|error| error.to_string()));
            }
        }
    }

    #[test]
    fn edited_keys_do_no_harm(which: Index, edits in prop::collection::vec(edit(), 1..4)) {
        thread_local!(static RECORDED: Vec<Vec<u8>> = recorded("keys.jsonl", "key"));
        let pem = RECORDED.with(|recorded| which.get(recorded).clone());
        let _ = PrivateKey::from_pem(&edited(pem, &edits));
    }

    #[test]
    fn blocks_lie_where_they_say(
        parts in prop::collection::vec(prop_oneof![
            Just("-----BEGIN A-----\n"), Just("-----END A-----\n"), Just("\n-----END A-----"), Just("Zm9v\n"),
            Just("K: v\n"), Just("\r\n"), Just("-----BEGIN "), Just("text"),
        ], 0..12),
    ) {
        let input = parts.concat();
        let mut end = 0;
        for block in pem::blocks(input.as_bytes()) {
            prop_assert!(block.span.start >= end);
            end = block.span.end;
            let text = &input[block.span];
            prop_assert!(text.starts_with("-----BEGIN A-----") && text.ends_with("-----END A-----"), "{text:?}");
            // Alone, the block reads the same.
            let again: Vec<pem::Block> = pem::blocks(text.as_bytes()).collect();
            prop_assert_eq!(again.len(), 1);
            prop_assert_eq!(&again[0].contents, &block.contents);
        }
    }
}

/// Were any of these done in quadratic time, it would be noticed.
#[test]
fn large_input_takes_no_longer_than_it_must() {
    fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
        let length = u32::try_from(contents.len()).unwrap().to_be_bytes();
        let length = match contents.len() {
            0..0x80 => vec![length[3]],
            0x80..0x1_0000 => [&[0x82], &length[2..]].concat(),
            _ => [&[0x83], &length[1..]].concat(),
        };
        [&[tag], length.as_slice(), contents].concat()
    }
    const SIZE: usize = 1 << 20;

    let certificate = |serial: &[u8], name: &[u8], key: u8| {
        let algorithm = element(0x30, &element(0x06, &[0x2a, 3]));
        let validity = element(0x30, &[element(0x17, b"250101000000Z"), element(0x17, b"270101000000Z")].concat());
        let ed25519 = element(0x30, &element(0x06, &[0x2b, 0x65, 0x70]));
        let key = element(0x30, &[ed25519, element(0x03, &[&[0][..], &[key; 32]].concat())].concat());
        let parts = [element(0x02, serial), algorithm.clone(), name.to_vec(), validity, name.to_vec(), key];
        element(0x30, &[element(0x30, &parts.concat()), algorithm, element(0x03, &[0])].concat())
    };
    let attribute = |id: &[u8]| element(0x31, &element(0x30, &[element(0x06, id), element(0x0c, b"x")].concat()));
    let long_id = element(0x30, &attribute(&vec![1; SIZE]));
    let many_attributes = element(0x30, &attribute(&[0x55, 4, 10]).repeat(SIZE / 13));
    for der in [certificate(&[1], &long_id, 1), certificate(&[1], &many_attributes, 1)] {
        let read = Certificate::from_der(&der).map(|certificate| certificate.subject.to_string().len());
        assert!(read.is_ok_and(|length| length > SIZE / 13));
    }
    let nameless = Certificate::from_der(&certificate(&vec![1; SIZE], &element(0x30, &[]), 1)).unwrap();
    let pool = CertificatePool::new([nameless.clone()]);
    let other = Certificate::from_der(&certificate(&[1], &element(0x30, &[]), 2)).unwrap();
    let result = path::verify(&other, &pool, &pool, datetime!(2026-06-01 12:00 UTC));
    assert!(result.is_err_and(|error| error.to_string().len() > 2 * SIZE), "the hint has the serial number");

    for part in ["-----BEGIN A-----\n", "-----BEGIN A-----\n\n-----END B-----\n", "K: v\n", "-----END A-----\n"] {
        assert_eq!(pem::blocks(part.repeat(SIZE / part.len()).as_bytes()).count(), 0, "{part}");
    }
    let block = "-----BEGIN A-----\nZm9v\n-----END A-----\n";
    assert_eq!(pem::blocks(block.repeat(SIZE / block.len()).as_bytes()).count(), SIZE / block.len());
}
