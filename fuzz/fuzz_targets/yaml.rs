//! Kubernetes objects.

#![no_main]

use aggcert::source::{InputFormat, NoSurroundings, read};
use aggcert::text::SourceFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = read(&SourceFile::new("input", text), Some(InputFormat::Manifest), &NoSurroundings);
});
