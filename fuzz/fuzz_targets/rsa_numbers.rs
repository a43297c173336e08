//! RSAPrivateKey of PKCS#1 with arbitrary numbers: what is taken for a key must be consistent, and quickly told.

#![no_main]

use aggcert::x509::PrivateKey;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|numbers: Vec<Vec<u8>>| {
    // A few primes too many are enough; the length of a number is bounded as a file's is.
    let numbers = numbers.iter().take(12).map(|number| number.get(..1024).unwrap_or(number));
    let version = element(0x02, &[0]);
    let contents = std::iter::once(version).chain(numbers.map(integer)).collect::<Vec<_>>().concat();
    let pem = pem::encode(&pem::Pem::new("RSA PRIVATE KEY", element(0x30, &contents)));
    let _ = PrivateKey::from_pem(pem.as_bytes());
});

/// A positive INTEGER, minimal.
fn integer(magnitude: &[u8]) -> Vec<u8> {
    let zeros = magnitude.iter().take_while(|byte| **byte == 0).count();
    let (_, magnitude) = magnitude.split_at(zeros);
    let sign: &[u8] = if magnitude.first().is_none_or(|first| first & 0x80 != 0) { &[0] } else { &[] };
    element(0x02, &[sign, magnitude].concat())
}

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let header = match length {
        0..0x80 => vec![tag, length as u8],
        0x80..0x100 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [header, contents.to_vec()].concat()
}
