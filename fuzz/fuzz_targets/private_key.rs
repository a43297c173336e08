//! Private keys in PEM.

#![no_main]

use aggcert::pki::SigningKey;
use aggcert::x509::PrivateKey;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let _ = PrivateKey::from_pem(input);
    let _ = SigningKey::from_pem(input);
});
