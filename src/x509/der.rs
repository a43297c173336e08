//! A strict DER reader (ITU-T X.690), as strict as Go's `cryptobyte`: definite and minimal lengths, tag numbers below
//! 31, minimal integers.
//!
//! Every method gives `None` where the bytes are not what was asked for; what to say about it is the caller's matter.

use std::fmt::Write;

/// Identifier octets.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const NUMERIC_STRING: u8 = 0x12;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const T61_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// A primitive context-specific tag: `[number] IMPLICIT`.
    pub(crate) const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// A constructed context-specific tag: `[number] EXPLICIT`, or implicit around a constructed type.
    pub(crate) const fn context_constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// Bytes not read yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

/// A BIT STRING.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BitString<'a> {
    bytes: &'a [u8],
    /// How many bits at the end do not count, 0 to 7; they are zero.
    padding: u8,
}

/// The first two parts of an element.
struct Header {
    tag: u8,
    header_length: usize,
    content_length: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// `None` when there is more.
    pub(crate) fn end(&self) -> Option<()> {
        self.is_empty().then_some(())
    }

    /// Whatever has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether the next element has this tag.
    pub(crate) fn peek(&self, tag: u8) -> bool {
        self.rest.first() == Some(&tag)
    }

    /// The next element, whatever it is: its tag, all its bytes, and where its contents begin.
    fn any_with_header(&mut self) -> Option<(u8, &'a [u8], usize)> {
        let header = header(self.rest)?;
        let total = header.header_length.checked_add(header.content_length)?;
        let (element, rest) = self.rest.split_at_checked(total)?;
        self.rest = rest;
        Some((header.tag, element, header.header_length))
    }

    /// The tag and the contents of the next element.
    pub(crate) fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, element, start) = self.any_with_header()?;
        Some((tag, element.get(start..)?))
    }

    /// The next element with its tag and length.
    pub(crate) fn any_element(&mut self) -> Option<&'a [u8]> {
        self.any_with_header().map(|(_, element, _)| element)
    }

    /// The next element with its tag and length, which must have this tag.
    pub(crate) fn element(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.any_with_header().filter(|(found, ..)| *found == tag).map(|(_, element, _)| element)
    }

    /// The contents of the next element, which must have this tag.
    pub(crate) fn contents(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.any().filter(|(found, _)| *found == tag).map(|(_, contents)| contents)
    }

    /// A reader of the contents of the next element, which must have this tag.
    pub(crate) fn nested(&mut self, tag: u8) -> Option<Self> {
        self.contents(tag).map(Self::new)
    }

    /// Like [`Self::nested`], but the element may be absent.
    pub(crate) fn optional(&mut self, tag: u8) -> Option<Option<Self>> {
        if self.peek(tag) { self.nested(tag).map(Some) } else { Some(None) }
    }

    /// The contents of an element with this tag inside of an explicit tag, if it is there.
    ///
    /// Go's `encoding/asn1`, which reads keys and PSS parameters, takes an explicit tag around something else for the
    /// next field, and does not look where the outer element ends.
    pub(crate) fn optional_explicit(&mut self, number: u8, tag: u8) -> Option<Option<&'a [u8]>> {
        if self.is_empty() {
            return Some(None);
        }
        let outer = header(self.rest)?;
        let mut inner = Self::new(self.rest.get(outer.header_length..).filter(|inner| !inner.is_empty())?);
        let is_empty = outer.content_length == 0;
        if outer.tag != tag::context_constructed(number) && !(is_empty && outer.tag == tag::context(number)) {
            return Some(None);
        }
        if is_empty {
            return None;
        }
        if header(inner.rest)?.tag != tag {
            return Some(None);
        }
        let contents = inner.contents(tag)?;
        *self = inner;
        Some(Some(contents))
    }

    pub(crate) fn boolean(&mut self) -> Option<bool> {
        match self.contents(tag::BOOLEAN)? {
            [0x00] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }

    /// The contents of a minimally encoded INTEGER, two's complement, big-endian.
    pub(crate) fn integer(&mut self) -> Option<&'a [u8]> {
        self.contents(tag::INTEGER).filter(|contents| is_minimal_integer(contents))
    }

    /// The magnitude of an INTEGER that is not negative, without leading zeros: zero is empty.
    pub(crate) fn unsigned(&mut self) -> Option<&'a [u8]> {
        self.integer().and_then(magnitude)
    }

    /// An INTEGER that fits.
    pub(crate) fn small_integer(&mut self) -> Option<i64> {
        self.small_integer_tagged(tag::INTEGER)
    }

    /// An INTEGER with an implicit tag that fits.
    pub(crate) fn small_integer_tagged(&mut self, tag: u8) -> Option<i64> {
        small_integer(self.contents(tag)?)
    }

    pub(crate) fn bit_string(&mut self) -> Option<BitString<'a>> {
        BitString::new(self.contents(tag::BIT_STRING)?)
    }

    /// An OBJECT IDENTIFIER in dotted form; no arc may exceed 31 bits.
    pub(crate) fn object_identifier(&mut self) -> Option<String> {
        dotted(self.contents(tag::OBJECT_IDENTIFIER)?)
    }
}

impl<'a> BitString<'a> {
    /// X.690 section 11.2.
    pub(crate) fn new(contents: &'a [u8]) -> Option<Self> {
        let (&padding, bytes) = contents.split_first()?;
        let padding_is_zero = match bytes.last() {
            Some(last) => padding <= 7 && last & ((1 << padding) - 1) == 0,
            None => padding == 0,
        };
        padding_is_zero.then_some(Self { bytes, padding })
    }

    /// Bit `index` of the string, counted from the most significant; bits that are not there are zero.
    pub(crate) fn bit(&self, index: usize) -> bool {
        self.bytes.get(index / 8).is_some_and(|byte| byte & (0x80 >> (index % 8)) != 0)
    }

    /// The bits as a number would be written: with the padding at the front.
    pub(crate) fn right_aligned(&self) -> Vec<u8> {
        let mut carry = 0;
        let shift = u32::from(self.padding);
        self.bytes
            .iter()
            .map(|byte| {
                let aligned = carry | (byte >> shift);
                carry = byte.checked_shl(8 - shift).unwrap_or(0);
                aligned
            })
            .collect()
    }
}

/// X.690 sections 8.1.2, 8.1.3 and 10.1.
fn header(bytes: &[u8]) -> Option<Header> {
    let [tag, first, after @ ..] = bytes else { return None };
    if tag & 0x1f == 0x1f {
        return None;
    }
    if first & 0x80 == 0 {
        return Some(Header { tag: *tag, header_length: 2, content_length: usize::from(*first) });
    }
    let length_octets = usize::from(first & 0x7f);
    if !(1..=4).contains(&length_octets) {
        return None;
    }
    let octets = after.get(..length_octets)?;
    let content_length = octets.iter().fold(0_u32, |length, octet| length << 8 | u32::from(*octet));
    let minimal = content_length >= 0x80 && octets.first() != Some(&0);
    minimal.then_some(Header {
        tag: *tag,
        header_length: 2 + length_octets,
        content_length: usize::try_from(content_length).ok()?,
    })
}

/// X.690 section 8.3.2.
fn is_minimal_integer(contents: &[u8]) -> bool {
    match contents {
        [] => false,
        [0x00, second, ..] => second & 0x80 != 0,
        [0xff, second, ..] => second & 0x80 == 0,
        _ => true,
    }
}

/// The magnitude of two's complement bytes, if they are not negative; zero is empty.
pub(crate) fn magnitude(integer: &[u8]) -> Option<&[u8]> {
    match integer {
        [0x00, rest @ ..] => Some(rest),
        [first, ..] if first & 0x80 != 0 => None,
        _ => Some(integer),
    }
}

/// The contents of an INTEGER as a number, if they are minimal and it fits.
pub(crate) fn small_integer(integer: &[u8]) -> Option<i64> {
    let first = *integer.first()?;
    let extension = if first & 0x80 == 0 { 0 } else { -1 };
    (integer.len() <= 8 && is_minimal_integer(integer))
        .then(|| integer.iter().fold(extension, |value, byte| value << 8 | i64::from(*byte)))
}

/// X.690 section 8.19.
pub(crate) fn dotted(contents: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(4 * contents.len());
    let mut arc: u32 = 0;
    let mut at_start = true;
    for &octet in contents {
        if (at_start && octet == 0x80) || arc >= 1 << 24 {
            return None;
        }
        arc = arc << 7 | u32::from(octet & 0x7f);
        at_start = octet & 0x80 == 0;
        if !at_start {
            continue;
        }
        // The first two arcs share one number.
        if text.is_empty() {
            let root = (arc / 40).min(2);
            let _ = write!(text, "{root}");
            arc -= root * 40;
        }
        let _ = write!(text, ".{arc}");
        arc = 0;
    }
    (at_start && !text.is_empty()).then_some(text)
}

/// An element with these contents.
pub(crate) fn encode(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let mut element = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => element.push(short),
        _ => {
            let octets: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
            element.push(0x80 | octets.len() as u8);
            element.extend(octets);
        }
    }
    element.extend(contents);
    element
}

/// An INTEGER with this magnitude, big-endian.
pub(crate) fn encode_unsigned(magnitude: &[u8]) -> Vec<u8> {
    let mut contents: Vec<u8> = magnitude.iter().copied().skip_while(|byte| *byte == 0).collect();
    if contents.first().is_none_or(|first| first & 0x80 != 0) {
        contents.insert(0, 0);
    }
    encode(tag::INTEGER, &contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_must_be_definite_and_minimal() {
        for bad in [
            &[0x30, 0x80, 0, 0][..],               // indefinite
            &[0x30, 0x81, 0x01, 0],                // could be short
            &[0x30, 0x82, 0x00, 0x80],             // leading zero
            &[0x30, 0x85, 1, 1, 1, 1, 1],          // five length octets
            &[0x3f, 0x01, 0x00],                   // high tag number
            &[0x30, 0x02, 0x00],                   // truncated
            &[0x30],                               // no length
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], // truncated, four gigabytes
        ] {
            assert!(Reader::new(bad).any().is_none(), "{bad:02x?}");
        }
        assert_eq!(Reader::new(&[0x30, 0x01, 0x07, 0xff]).any(), Some((0x30, &[0x07][..])));
    }

    #[test]
    fn integers_must_be_minimal() {
        let integer = |contents: &[u8]| {
            let mut bytes = vec![0x02, contents.len() as u8];
            bytes.extend(contents);
            Reader::new(&bytes).small_integer()
        };
        assert_eq!(integer(&[]), None);
        assert_eq!(integer(&[0x00]), Some(0));
        assert_eq!(integer(&[0x00, 0x7f]), None);
        assert_eq!(integer(&[0x00, 0x80]), Some(128));
        assert_eq!(integer(&[0xff]), Some(-1));
        assert_eq!(integer(&[0xff, 0x80]), None);
        assert_eq!(integer(&[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), Some(i64::MAX));
        assert_eq!(integer(&[0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None);
    }

    #[test]
    fn object_identifiers_are_dotted() {
        assert_eq!(dotted(&[0x55, 0x1d, 0x0f]).as_deref(), Some("2.5.29.15"));
        assert_eq!(dotted(&[0x2a, 0x86, 0x48]).as_deref(), Some("1.2.840"));
        assert_eq!(dotted(&[0x88, 0x37]).as_deref(), Some("2.999"));
        assert_eq!(dotted(&[0x87, 0xff, 0xff, 0xff, 0x7f]).as_deref(), Some("2.2147483567"));
        assert_eq!(dotted(&[0x88, 0x80, 0x80, 0x80, 0x00]), None, "32 bits");
        assert_eq!(dotted(&[0x55, 0x80, 0x01]), None, "not minimal");
        assert_eq!(dotted(&[0x55, 0x8f]), None, "truncated");
        assert_eq!(dotted(&[]), None);
    }

    #[test]
    fn bit_strings_align_to_the_right() {
        let padded = Reader::new(&[0x03, 0x03, 0x04, 0xab, 0xc0]).bit_string().unwrap();
        assert_eq!(padded.right_aligned(), [0x0a, 0xbc]);
        assert!(padded.bit(0) && !padded.bit(1) && padded.bit(2) && !padded.bit(100));
        assert!(Reader::new(&[0x03, 0x02, 0x04, 0xff]).bit_string().is_none(), "padding that is not zero");
        assert!(Reader::new(&[0x03, 0x01, 0x01]).bit_string().is_none(), "padding of nothing");
        assert!(Reader::new(&[0x03, 0x00]).bit_string().is_none(), "no padding octet");
    }
}
