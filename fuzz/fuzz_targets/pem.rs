//! PEM blocks, which must lie where they say that they lie.

#![no_main]

use aggcert::x509::pem::blocks;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    for block in blocks(input) {
        let written = input.get(block.span.clone());
        assert!(written.is_some_and(|written| written.starts_with(b"-----BEGIN ") && written.ends_with(b"-----")));
    }
});
