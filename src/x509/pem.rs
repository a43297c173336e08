//! PEM as Go's `encoding/pem` reads it: what it skips, we skip; what it takes, we take.

use std::ops::Range;

/// One block, Go's `pem.Block`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// `CERTIFICATE`, `PRIVATE KEY`, ...
    pub label: String,
    pub headers: Vec<(String, String)>,
    pub contents: Vec<u8>,
    /// Where the block lies in the input, from the first dash of BEGIN to the last of END, in bytes.
    pub span: Range<usize>,
}

/// The blocks of a file, as repeated calls of Go's `pem.Decode` give them.
pub fn blocks(input: &[u8]) -> impl Iterator<Item = Block> {
    let _ = input;
    std::iter::empty()
}
