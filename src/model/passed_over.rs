//! The certificates of a CA file that stand there for people, and that Go does not see.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};

use crate::text::Located;
use crate::x509::Certificate;
use crate::x509::pem::{self, base64};

/// Why Go's `pem.Decode`, or who asks it for a `CERTIFICATE`, does not see one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyPassedOver {
    /// Of UTF-8, before it, as where files of Windows were joined.
    ByteOrderMark,
    /// It begins on the line on which another one ends, as where a file without a last line break was joined.
    Glued,
    /// As PowerShell's `>>` adds it.
    Utf16,
    Der,
    /// The block has a name that other programs know.
    Label(&'static str),
    /// Its first line has other blanks, dashes or letters.
    Spelling,
    /// The block is cut off, damaged, indented or has headers.
    Block,
}

/// How many, by the reason; none that is loaded all the same, as it stands there once more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedOver {
    pub by_reason: BTreeMap<WhyPassedOver, usize>,
}

/// The names under which certificates are kept (openssl, include/openssl/pem.h).
const LABELS: [(&str, WhyPassedOver); 4] = [
    ("CERTIFICATE", WhyPassedOver::Block),
    ("TRUSTED CERTIFICATE", WhyPassedOver::Label("TRUSTED CERTIFICATE")),
    ("X509 CERTIFICATE", WhyPassedOver::Label("X509 CERTIFICATE")),
    ("PKCS7", WhyPassedOver::Label("PKCS7")),
];

impl PassedOver {
    pub fn count(&self) -> usize {
        self.by_reason.values().sum()
    }

    pub(super) fn of(bytes: &[u8], blocks: &[pem::Block], anchors: &[Located<Certificate>]) -> Self {
        const GLUED: &str = "-----END CERTIFICATE----------BEGIN ";
        let without_headers = blocks.iter().filter(|block| block.headers.is_empty());
        let mut search = Search {
            seen: without_headers.map(|block| block.span.start).collect(),
            anchors,
            loaded: OnceCell::new(),
            open: None,
            found: Self::default(),
        };
        let mut end = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let start = end;
            end += line.len();
            search.der(bytes.get(start..).unwrap_or_default());
            let (text, is_utf_16) = readable(line);
            if text.starts_with(GLUED) {
                search.is_glued();
            } else if let Some((why, length)) = first_line(&text) {
                // Longer than the line where bytes of it are no characters: Go sees nothing begin there either.
                search.begins(if is_utf_16 { WhyPassedOver::Utf16 } else { why }, end.saturating_sub(length));
            } else {
                search.goes_on(&text);
            }
        }
        search.ends();
        search.found
    }
}

/// A line, and whether each of its characters has two bytes.
fn readable(line: &[u8]) -> (Cow<'_, str>, bool) {
    if !line.contains(&0) {
        return (String::from_utf8_lossy(line), false);
    }
    let narrow: Vec<u8> = line.iter().copied().filter(|byte| *byte != 0).collect();
    (String::from_utf8_lossy(&narrow).into_owned().into(), true)
}

/// Whether a certificate is meant to begin here: why Go would not see it, and how many bytes of the line are of its first
/// line. What is commented out is not meant.
fn first_line(line: &str) -> Option<(WhyPassedOver, usize)> {
    const MARK: char = '\u{feff}';
    let is_blank = |c: char| c.is_whitespace() || matches!(c, MARK | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fffd}');
    let is_dash = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    let rest = line.trim_start_matches(is_blank);
    let before = line.strip_suffix(rest).unwrap_or_default();
    let exact = |label: &str| {
        let behind = rest.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_prefix(label));
        behind.is_some_and(|behind| behind.starts_with("-----"))
    };
    let own = LABELS.iter().find(|(label, _)| exact(label)).map(|(_, why)| *why);
    let why = own.or_else(|| {
        let letters = rest.chars().filter(char::is_ascii_alphanumeric);
        let wanted = |label: &str| "BEGIN".chars().chain(label.chars().filter(|c| *c != ' ')).collect::<String>();
        let is = |label: &str| letters.clone().map(|c| c.to_ascii_uppercase()).eq(wanted(label).chars());
        let is_one = rest.starts_with(is_dash) && LABELS.iter().any(|(label, _)| is(label));
        is_one.then_some(WhyPassedOver::Spelling)
    })?;
    let is_ascii = before.is_ascii();
    let why = match why {
        _ if before.contains(MARK) => WhyPassedOver::ByteOrderMark,
        WhyPassedOver::Block if !is_ascii => WhyPassedOver::Spelling,
        why => why,
    };
    Some((why, rest.len()))
}

/// One pass over the lines.
struct Search<'a> {
    /// Where the blocks begin that Go sees.
    seen: HashSet<usize>,
    anchors: &'a [Located<Certificate>],
    /// Their fingerprints; hardly a file has certificates that are passed over.
    loaded: OnceCell<HashSet<String>>,
    /// The one that is passed over, and what stands behind its first line.
    open: Option<(WhyPassedOver, String)>,
    found: PassedOver,
}

impl Search<'_> {
    fn begins(&mut self, why: WhyPassedOver, at: usize) {
        self.ends();
        let is_seen = !matches!(why, WhyPassedOver::Label(_)) && self.seen.contains(&at);
        self.open = (!is_seen).then(|| (why, String::new()));
    }

    fn is_glued(&mut self) {
        if let Some((why @ WhyPassedOver::Block, _)) = &mut self.open {
            *why = WhyPassedOver::Glued;
        }
        self.ends();
        self.open = Some((WhyPassedOver::Glued, String::new()));
    }

    fn goes_on(&mut self, line: &str) {
        let Some((_, body)) = &mut self.open else { return };
        if line.contains("-----END") {
            self.ends();
        } else {
            body.extend(line.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')));
        }
    }

    fn ends(&mut self) {
        let Some((why, body)) = self.open.take() else { return };
        let certificate = base64::decode(body.as_bytes()).and_then(|der| Certificate::from_der(&der).ok());
        self.add(why, certificate.as_ref());
    }

    /// One in DER that begins here.
    fn der(&mut self, rest: &[u8]) {
        let [0x30, 0x82, high, low, ..] = rest else { return };
        let length = 4 + usize::from(u16::from_be_bytes([*high, *low]));
        let certificate = rest.get(..length).and_then(|der| Certificate::from_der(der).ok());
        certificate.into_iter().for_each(|certificate| self.add(WhyPassedOver::Der, Some(&certificate)));
    }

    fn add(&mut self, why: WhyPassedOver, certificate: Option<&Certificate>) {
        let loaded = || self.anchors.iter().map(|anchor| anchor.value.fingerprint()).collect();
        let is_loaded =
            |certificate: &Certificate| self.loaded.get_or_init(loaded).contains(&certificate.fingerprint());
        if !certificate.is_some_and(is_loaded) {
            *self.found.by_reason.entry(why).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        let blocks: Vec<pem::Block> = pem::blocks(text.as_bytes()).collect();
        PassedOver::of(text.as_bytes(), &blocks, &[]).count()
    }

    #[test]
    fn bytes_that_are_no_characters_do_not_end_the_count() {
        let line = [b"-----BEGIN CERTIFICATE-----".as_slice(), &[0xff; 100], b"\n"].concat();
        let blocks: Vec<pem::Block> = pem::blocks(&line).collect();
        assert!(PassedOver::of(&line, &blocks, &[]).count() <= 1);
    }

    /// Of this size a look back from each beginning would never end.
    #[test]
    fn what_is_passed_over_is_counted_in_one_pass() {
        let begin = "-----BEGIN CERTIFICATE-----";
        assert_eq!(count(&begin.repeat(40_000)), 1);
        assert_eq!(count(&format!("{begin}\n").repeat(40_000)), 40_000);
    }

    #[test]
    fn der_is_found_and_what_is_loaded_is_not_told() {
        let pem = include_bytes!("../../fixtures/inputs/pki-directory/kubeadm/front-proxy-ca.crt");
        let blocks: Vec<pem::Block> = pem::blocks(pem).collect();
        let der = blocks[0].contents.as_slice();
        let joined = [pem, der].concat();
        assert_eq!(PassedOver::of(&joined, &blocks, &[]).by_reason, BTreeMap::from([(WhyPassedOver::Der, 1)]));
        let origin = crate::text::Text::of(&crate::text::SourceFile::new("x", "x")).origin();
        let anchor = Located::new(Certificate::from_der(der).unwrap(), origin);
        assert_eq!(PassedOver::of(&joined, &blocks, &[anchor]).count(), 0);
    }
}
