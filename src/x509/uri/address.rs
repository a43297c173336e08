//! What Go says about the address between brackets: `netip.ParseAddr`.

use crate::x509::quote::quoted;

/// What is wrong, and from which byte on.
struct Flaw {
    what: &'static str,
    at: Option<usize>,
}

impl Flaw {
    fn new(what: &'static str) -> Self {
        Self { what, at: None }
    }

    fn at(what: &'static str, at: usize) -> Self {
        Self { what, at: Some(at) }
    }
}

/// Checks an IPv6 address, with or without a zone.
///
/// # Errors
/// With Go's message.
pub(super) fn check_ipv6_literal(literal: &[u8]) -> Result<(), String> {
    let describe = |flaw: Flaw, address: &[u8]| {
        let at = flaw.at.and_then(|at| address.get(at..)).filter(|rest| !rest.is_empty());
        let at = at.map(|rest| format!(" (at {})", quoted(rest))).unwrap_or_default();
        format!("invalid host: ParseAddr({}): {}{at}", quoted(literal), flaw.what)
    };
    match literal.iter().find(|byte| b".:%".contains(byte)) {
        Some(b'.') => {
            check_ipv4(literal, 0).map_err(|flaw| describe(flaw, literal))?;
            Err("invalid IP-literal".into())
        }
        Some(b':') => {
            let (address, zone) = literal.split_at(literal.iter().position(|b| *b == b'%').unwrap_or(literal.len()));
            if zone == b"%" {
                return Err(describe(Flaw::new("zone must be a non-empty string"), address));
            }
            check_ipv6(address).map_err(|flaw| describe(flaw, address))
        }
        Some(_) => Err(describe(Flaw::new("missing IPv6 address"), literal)),
        None => Err(describe(Flaw::new("unable to parse IP"), literal)),
    }
}

/// The bytes from `start` on must be a dotted IPv4 address.
fn check_ipv4(bytes: &[u8], start: usize) -> Result<(), Flaw> {
    let mut value: u32 = 0;
    let mut digits = 0;
    let mut dots = 0;
    for (index, &byte) in bytes.iter().enumerate().skip(start) {
        match byte {
            b'0'..=b'9' => {
                if digits == 1 && value == 0 {
                    return Err(Flaw::new("IPv4 field has octet with leading zero"));
                }
                value = value * 10 + u32::from(byte - b'0');
                digits += 1;
                if value > 255 {
                    return Err(Flaw::new("IPv4 field has value >255"));
                }
            }
            b'.' => {
                if digits == 0 || index + 1 == bytes.len() {
                    return Err(Flaw::at("IPv4 field must have at least one digit", index));
                }
                if dots == 3 {
                    return Err(Flaw::new("IPv4 address too long"));
                }
                dots += 1;
                (value, digits) = (0, 0);
            }
            _ => return Err(Flaw::at("unexpected character", index)),
        }
    }
    if dots < 3 { Err(Flaw::new("IPv4 address too short")) } else { Ok(()) }
}

/// An IPv4 address that ends an IPv6 one, behind `length` bytes of it.
fn check_embedded_ipv4(address: &[u8], at: usize, length: usize, has_ellipsis: bool) -> Result<(), Flaw> {
    if !has_ellipsis && length != 12 {
        return Err(Flaw::at("embedded IPv4 address must replace the final 2 fields of the address", at));
    }
    if length > 12 {
        return Err(Flaw::at("too many hex fields to fit an embedded IPv4 at the end of the address", at));
    }
    check_ipv4(address, at)
}

/// An address without a zone.
fn check_ipv6(address: &[u8]) -> Result<(), Flaw> {
    let byte = |index: usize| address.get(index).copied();
    let mut has_ellipsis = address.starts_with(b"::");
    let mut at = if has_ellipsis { 2 } else { 0 };
    // Bytes of the address read so far.
    let mut length = 0;
    if has_ellipsis && at == address.len() {
        return Ok(());
    }
    while length < 16 {
        let digits = address.iter().skip(at).take_while(|byte| byte.is_ascii_hexdigit()).count();
        if digits > 4 {
            return Err(Flaw::at("each group must have 4 or less digits", at));
        }
        if digits == 0 {
            return Err(Flaw::at("each colon-separated field must have at least one digit", at));
        }
        if byte(at + digits) == Some(b'.') {
            check_embedded_ipv4(address, at, length, has_ellipsis)?;
            at = address.len();
            length += 4;
            break;
        }
        length += 2;
        at += digits;
        match (byte(at), byte(at + 1)) {
            (None, _) => break,
            (Some(b':'), None) => return Err(Flaw::at("colon must be followed by more characters", at)),
            (Some(b':'), Some(b':')) => {
                if has_ellipsis {
                    return Err(Flaw::at("multiple :: in address", at + 1));
                }
                has_ellipsis = true;
                at += 2;
                if at == address.len() {
                    break;
                }
            }
            (Some(b':'), Some(_)) => at += 1,
            (Some(_), _) => return Err(Flaw::at("unexpected character, want colon", at)),
        }
    }
    if at != address.len() {
        return Err(Flaw::at("trailing garbage after address", at));
    }
    match (length, has_ellipsis) {
        (16, false) | (0..16, true) => Ok(()),
        (_, false) => Err(Flaw::new("address string too short")),
        (_, true) => Err(Flaw::new("the :: must expand to at least one field of zeros")),
    }
}
