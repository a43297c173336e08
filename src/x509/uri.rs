//! URIs of subjectAltName, as Go's `net/url` reads and writes them.
//!
//! Go refuses a certificate with a URI that it cannot parse, compares the host with name constraints, and writes the
//! URI anew where it shows it in an error. So there are three things to know of a URI: whether it is valid, its host,
//! and how Go would write it.

mod address;
mod escape;

use super::domain::{Domain, is_valid_domain};
use super::error::CertificateError;
use super::quote::quoted;
use escape::{Part, escape, is_valid_encoding, unescape};

/// A URI that Go takes in a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Uri {
    /// As it stands in the certificate.
    pub(super) raw: String,
    /// Host and port; empty when there is no authority. ASCII.
    pub(super) host: String,
    /// As Go's `URL.String` writes it.
    pub(super) rewritten: String,
}

/// The parts of a URI; Go's `url.URL`. Percent-encoding can hide any byte, so decoded parts are bytes.
#[derive(Default)]
struct Parts<'a> {
    scheme: String,
    /// What follows the scheme, when that does not begin with a slash.
    opaque: Option<&'a str>,
    user: Option<User>,
    host: Vec<u8>,
    has_no_authority: bool,
    path: Encoded<'a>,
    query: Option<&'a str>,
    fragment: Encoded<'a>,
}

/// User and, after a colon, password, decoded.
struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

/// A part as it was written, and decoded.
#[derive(Default)]
struct Encoded<'a> {
    written: &'a str,
    decoded: Vec<u8>,
}

impl Uri {
    /// Reads a URI of ASCII characters.
    pub(super) fn parse(raw: String) -> Result<Self, CertificateError> {
        let refused = |why: String| CertificateError::from(format!("x509: cannot parse URI {}: {why}", quoted(&raw)));
        let parts = Parts::parse(&raw).map_err(refused)?;
        let host = String::from_utf8(parts.host.clone()).ok();
        let host = host.filter(|host| is_valid_domain(host, Domain::Name));
        let host = host.ok_or_else(|| refused("invalid domain".into()))?;
        let rewritten = String::from_utf8_lossy(&parts.rewrite()).into_owned();
        Ok(Self { host, rewritten, raw })
    }
}

impl<'a> Parts<'a> {
    /// Go's `url.Parse`.
    fn parse(raw: &'a str) -> Result<Self, String> {
        let (main, fragment) = raw.split_once('#').unwrap_or((raw, ""));
        let error = |whole: &str, why: String| format!("parse {}: {why}", quoted(whole));
        let mut parts = Self::parse_without_fragment(main).map_err(|why| error(main, why))?;
        parts.fragment = Encoded::parse(fragment, Part::Fragment).map_err(|why| error(raw, why))?;
        Ok(parts)
    }

    fn parse_without_fragment(text: &'a str) -> Result<Self, String> {
        if text.bytes().any(|byte| byte.is_ascii_control()) {
            return Err("net/url: invalid control character in URL".into());
        }
        if text == "*" {
            return Ok(Self { path: Encoded { written: "*", decoded: b"*".to_vec() }, ..Self::default() });
        }
        let (scheme, rest) = split_scheme(text)?;
        let scheme = scheme.to_ascii_lowercase();
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let mut parts = Self { scheme, query, ..Self::default() };
        if !rest.starts_with('/') {
            if !parts.scheme.is_empty() {
                parts.opaque = Some(rest);
                return Ok(parts);
            }
            if first_segment(rest).contains(':') {
                return Err("first path segment in URL cannot contain colon".into());
            }
        }
        let path = match rest.strip_prefix("//") {
            Some(after) if !parts.scheme.is_empty() || !after.starts_with('/') => {
                let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
                parts.read_authority(authority)?;
                path
            }
            _ => {
                parts.has_no_authority = !parts.scheme.is_empty() && rest.starts_with('/');
                rest
            }
        };
        parts.path = Encoded::parse(path, Part::Path)?;
        Ok(parts)
    }

    fn read_authority(&mut self, authority: &str) -> Result<(), String> {
        let Some((user, host)) = authority.rsplit_once('@') else {
            self.host = parse_host(&self.scheme, authority)?;
            return Ok(());
        };
        self.host = parse_host(&self.scheme, host)?;
        if !user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte)) {
            return Err("net/url: invalid userinfo".into());
        }
        let (name, password) = match user.split_once(':') {
            Some((name, password)) => (name, Some(password)),
            None => (user, None),
        };
        let name = unescape(name, Part::User)?;
        let password = password.map(|password| unescape(password, Part::User)).transpose()?;
        self.user = Some(User { name, password });
        Ok(())
    }

    /// Go's `URL.String`.
    fn rewrite(&self) -> Vec<u8> {
        let mut text = Vec::new();
        if !self.scheme.is_empty() {
            text.extend(self.scheme.bytes());
            text.push(b':');
        }
        match self.opaque {
            Some(opaque) => text.extend(opaque.bytes()),
            None => self.rewrite_authority_and_path(&mut text),
        }
        if let Some(query) = self.query {
            text.push(b'?');
            text.extend(query.bytes());
        }
        if !self.fragment.decoded.is_empty() {
            text.push(b'#');
            text.extend(self.fragment.rewrite(Part::Fragment));
        }
        text
    }

    fn rewrite_authority_and_path(&self, text: &mut Vec<u8>) {
        let has_authority = !self.host.is_empty() || self.user.is_some();
        if has_authority || (!self.scheme.is_empty() && !self.has_no_authority) {
            if has_authority || !self.path.decoded.is_empty() {
                text.extend(b"//");
            }
            if let Some(user) = &self.user {
                text.extend(escape(&user.name, Part::User));
                if let Some(password) = &user.password {
                    text.push(b':');
                    text.extend(escape(password, Part::User));
                }
                text.push(b'@');
            }
            text.extend(escape(&self.host, Part::Host));
        }
        let path = self.path.rewrite(Part::Path);
        // RFC 3986, section 4.2: what is left of the first colon would be taken for a scheme.
        if text.is_empty() && path.split(|byte| *byte == b'/').next().is_some_and(|segment| segment.contains(&b':')) {
            text.extend(b"./");
        }
        text.extend(path);
    }
}

impl<'a> Encoded<'a> {
    fn parse(written: &'a str, part: Part) -> Result<Self, String> {
        Ok(Self { written, decoded: unescape(written, part)? })
    }

    /// As it was written, if that was a valid way to write it.
    fn rewrite(&self, part: Part) -> Vec<u8> {
        if is_valid_encoding(self.written, part) {
            self.written.as_bytes().to_vec()
        } else {
            escape(&self.decoded, part)
        }
    }
}

/// The scheme, which may be missing, and what follows its colon.
fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return Err("missing protocol scheme".into()),
            b':' => return Ok(text.split_once(':').unwrap_or((text, ""))),
            _ => break,
        }
    }
    Ok(("", text))
}

fn first_segment(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

/// Host and port, decoded.
fn parse_host(scheme: &str, host: &str) -> Result<Vec<u8>, String> {
    match host.rfind('[') {
        Some(0) => return parse_bracketed_host(host),
        Some(_) => return Err("invalid IP-literal".into()),
        None => {}
    }
    if let (Some(first), Some(last)) = (host.find(':'), host.rfind(':')) {
        // Outside of HTTP, Go lets a list of hosts with ports pass.
        let colon = if matches!(scheme, "http" | "https") { first } else { last };
        check_port(host.get(colon..).unwrap_or_default())?;
    }
    unescape(host, Part::Host)
}

/// `[address]` or `[address%25zone]`, and perhaps a port.
fn parse_bracketed_host(host: &str) -> Result<Vec<u8>, String> {
    let (address, port) = host.rsplit_once(']').ok_or("missing ']' in host")?;
    check_port(port)?;
    let address = address.get(1..).unwrap_or_default();
    let (address, zone) = address.split_at(address.find("%25").unwrap_or(address.len()));
    let mut literal = unescape(address, Part::Host)?;
    literal.extend(unescape(zone, Part::Zone)?);
    address::check_ipv6_literal(&literal)?;
    Ok([b"[", literal.as_slice(), b"]", port.as_bytes()].concat())
}

/// Nothing, or a colon and digits.
fn check_port(port: &str) -> Result<(), String> {
    let valid = match port.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_digit()),
        None => port.is_empty(),
    };
    if valid { Ok(()) } else { Err(format!("invalid port {} after host", quoted(port))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_uris_have_a_host_and_a_canonical_form() {
        for (raw, host, rewritten) in [
            ("spiffe://cluster.local/ns/x", "cluster.local", "spiffe://cluster.local/ns/x"),
            (
                "HTTPS://u:p%40@Example.com:443/a%2fb c?q#f g",
                "Example.com:443",
                "https://u:p%40@Example.com:443/a/b%20c?q#f%20g",
            ),
            ("http://[fe80::1%25eth0]:80", "[fe80::1%eth0]:80", "http://[fe80::1%25eth0]:80"),
            ("mailto:a@b", "", "mailto:a@b"),
            ("/path?", "", "/path?"),
            ("", "", ""),
        ] {
            let uri = Uri::parse(raw.to_owned()).unwrap();
            assert_eq!((uri.host.as_str(), uri.rewritten.as_str()), (host, rewritten), "{raw}");
        }
    }

    #[test]
    fn invalid_uris_have_gos_error() {
        for (raw, why) in [
            (":", "parse \":\": missing protocol scheme"),
            ("a:b\n", "parse \"a:b\\n\": net/url: invalid control character in URL"),
            ("http://a b", "parse \"http://a b\": invalid character \" \" in host name"),
            ("http://[1.2.3.4]", "parse \"http://[1.2.3.4]\": invalid IP-literal"),
            ("http://h:x", "parse \"http://h:x\": invalid port \":x\" after host"),
            ("http://h./", "invalid domain"),
        ] {
            let text = Uri::parse(raw.to_owned()).unwrap_err().to_string();
            assert_eq!(text, format!("x509: cannot parse URI {}: {why}", quoted(raw)));
        }
    }
}
