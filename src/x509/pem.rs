//! PEM as Go's `encoding/pem` reads it: what it skips, we skip; what it takes, we take.

pub mod base64;

use std::ops::Range;
use std::sync::OnceLock;

use super::{Certificate, CertificateError};

/// One block, Go's `pem.Block`.
#[derive(Debug, Clone)]
pub struct Block {
    /// `CERTIFICATE`, `PRIVATE KEY`, ...
    pub label: String,
    /// In order of appearance; of equal names the last one counts.
    pub headers: Vec<(String, String)>,
    pub contents: Vec<u8>,
    /// Where the block lies in the input, from the first dash of BEGIN to the last of END, in bytes.
    pub span: Range<usize>,
    certificate: OnceLock<Result<Certificate, CertificateError>>,
}

impl Block {
    /// The certificate in it, `None` in a block of another kind. It is parsed the first time only, and what was checked
    /// of it is shared.
    ///
    /// # Errors
    /// With Go's message, when Go refuses it.
    pub fn certificate(&self) -> Option<Result<Certificate, CertificateError>> {
        let parsed = || self.certificate.get_or_init(|| Certificate::from_der(&self.contents)).clone();
        (self.label == "CERTIFICATE").then(parsed)
    }

    /// Whether Go's `tls.X509KeyPair` takes it for a private key, whatever its format.
    pub fn is_private_key(&self) -> bool {
        self.label == "PRIVATE KEY" || self.label.ends_with(" PRIVATE KEY")
    }
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";

/// The blocks of a file, as repeated calls of Go's `pem.Decode` give them.
pub fn blocks(input: &[u8]) -> impl Iterator<Item = Block> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let (block, next) = next_block(input, start)?;
        start = next;
        Some(block)
    })
}

/// The first block at or after `start`, and where to look for the next one.
fn next_block(input: &[u8], start: usize) -> Option<(Block, usize)> {
    let mut from = start;
    loop {
        // The first END, then the last BEGIN before it: so a BEGIN without an END does not hide the block after it.
        let end = find(input, from, END)?;
        match block_before(input, from, end) {
            Ok(found) => return Some(found),
            Err(Malformed::SkipTo(next)) => from = next,
            Err(Malformed::Unfinished) => return None,
        }
    }
}

/// Why there is no block.
enum Malformed {
    /// The search goes on from here.
    SkipTo(usize),
    /// Go stops reading.
    Unfinished,
}

/// The block that begins at or after `from` and ends with the END line whose line break is at `end`.
fn block_before(input: &[u8], from: usize, end: usize) -> Result<(Block, usize), Malformed> {
    let after_end = end + END.len();
    let skip = Malformed::SkipTo(after_end);
    let between = input.get(from..end).unwrap_or_default();
    let Some(begin) = memchr::memmem::rfind(between, BEGIN).map(|at| from + at) else {
        return Err(skip);
    };
    // What Go looks at begins at `from`, so what is there counts as the beginning of a line.
    if begin > from && input.get(begin - 1) != Some(&b'\n') {
        return Err(skip);
    }
    let (type_line, mut position) = line(input, begin + BEGIN.len());
    let Some(label) = type_line.strip_suffix(DASHES) else { return Err(skip) };

    let mut headers = Vec::new();
    loop {
        if position >= input.len() {
            return Err(Malformed::Unfinished);
        }
        let (text, next) = line(input, position);
        let Some(colon) = text.iter().position(|byte| *byte == b':') else { break };
        let (name, value) = text.split_at(colon);
        headers.push((trimmed(name), trimmed(value.get(1..).unwrap_or_default())));
        position = next;
    }
    // An END line right after BEGIN shares its line break; after headers there must be another one.
    if position > end + usize::from(headers.is_empty()) {
        return Err(if position > after_end { Malformed::Unfinished } else { skip });
    }

    let label_end = after_end + label.len();
    let block_end = label_end + DASHES.len();
    if input.get(after_end..label_end) != Some(label) || input.get(label_end..block_end) != Some(DASHES) {
        return Err(skip);
    }
    let (trailing, next) = line(input, block_end);
    if !trailing.is_empty() {
        return Err(skip);
    }
    let body = input.get(position..end).unwrap_or_default();
    let Some(contents) = base64::decode(body) else { return Err(skip) };
    let label = String::from_utf8_lossy(label).into_owned();
    let (span, certificate) = (begin..block_end, OnceLock::new());
    Ok((Block { label, headers, contents, span, certificate }, next))
}

/// The rest of the line at `start`, without white space at its end, and where the next line begins.
fn line(input: &[u8], start: usize) -> (&[u8], usize) {
    let rest = input.get(start..).unwrap_or_default();
    let (text, next) = match rest.iter().position(|byte| *byte == b'\n') {
        Some(newline) => {
            let text = rest.get(..newline).unwrap_or_default();
            (text.strip_suffix(b"\r").unwrap_or(text), start + newline + 1)
        }
        None => (rest, input.len()),
    };
    let length = text.iter().rposition(|byte| !b" \t".contains(byte)).map_or(0, |last| last + 1);
    (text.get(..length).unwrap_or_default(), next)
}

/// The text without white space around it.
fn trimmed(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

fn find(input: &[u8], from: usize, pattern: &[u8]) -> Option<usize> {
    memchr::memmem::find(input.get(from..)?, pattern).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(input: &str) -> Vec<(String, String)> {
        blocks(input.as_bytes()).map(|block| (block.label, String::from_utf8(block.contents).unwrap())).collect()
    }

    fn one(label: &str, contents: &str) -> Vec<(String, String)> {
        vec![(label.to_owned(), contents.to_owned())]
    }

    #[test]
    fn text_around_blocks_is_skipped() {
        let input =
            "# CA\r\n-----BEGIN A-----\r\nZm9v\r\n-----END A-----  \r\ntext\n-----BEGIN B-----\n-----END B-----";
        let found: Vec<Block> = blocks(input.as_bytes()).collect();
        assert_eq!(found.iter().map(|block| block.label.as_str()).collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(&input[found[0].span.clone()], "-----BEGIN A-----\r\nZm9v\r\n-----END A-----");
        assert_eq!(&input[found[1].span.clone()], "-----BEGIN B-----\n-----END B-----");
        assert_eq!(found[0].contents, b"foo");
        assert_eq!(found[1].contents, b"");
    }

    #[test]
    fn malformed_blocks_do_not_hide_the_next() {
        let good = "-----BEGIN B-----\nZm9v\n-----END B-----\n";
        for bad in [
            "-----BEGIN A-----\nZm9v\n",
            "-----BEGIN A-----\nZm9v\n-----END C-----\n",
            "-----BEGIN A-----\n!!!!\n-----END A-----\n",
            "-----BEGIN A-----\nZm9v\n-----END A----- x\n",
            "-----BEGIN A\nZm9v\n-----END A-----\n",
            " -----BEGIN A-----\nZm9v\n-----END A-----\n",
            "-----END A-----\n",
        ] {
            assert_eq!(contents(&format!("{bad}{good}")), one("B", "foo"), "{bad}");
        }
        assert_eq!(contents(&format!("-----BEGIN A-----\nProc-Type: x\n-----END A-----\n{good}")), one("B", "foo"));
    }

    #[test]
    fn headers() {
        let input = "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nZm9v\n-----END A-----\n";
        let found: Vec<Block> = blocks(input.as_bytes()).collect();
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(found[0].headers, [header("Proc-Type", "4,ENCRYPTED"), header("DEK-Info", "x")]);
        assert_eq!(found[0].contents, b"foo");
    }
}
