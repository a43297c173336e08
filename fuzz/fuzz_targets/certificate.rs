//! A certificate by both readers.

#![no_main]

use aggcert::x509::{Certificate, second_reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|der: &[u8]| {
    if let Ok(certificate) = Certificate::from_der(der) {
        let _ = certificate.subject.to_string();
        let _ = certificate.is_signed_by(&certificate);
        let _ = second_reader::differences(&certificate);
    }
});
