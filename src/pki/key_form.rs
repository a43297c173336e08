//! A private key in the form of its own kind, for readers that do not know PKCS#8.

use pem::{EncodeConfig, LineEnding, Pem, encode_config};
use zeroize::Zeroizing;

use crate::x509::der::{Reader, tag};
use crate::x509::pem::{Block, blocks};

/// The contents of object identifiers: rsaEncryption (RFC 8017), id-ecPublicKey (RFC 5480), id-Ed25519 (RFC 8410).
const RSA_ENCRYPTION: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
const EC_PUBLIC_KEY: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
const ED25519: &[u8] = b"\x2b\x65\x70";

/// The first private key of a PEM file as `RSA PRIVATE KEY` (PKCS#1), `EC PRIVATE KEY` (SEC 1), or `ED25519 PRIVATE KEY`,
/// which is PKCS#8 under another label. One that is in such a form already stays as it is. `None`: it is none of these.
pub(crate) fn in_own_form(pem: &[u8]) -> Option<Zeroizing<String>> {
    let block = blocks(pem).find(Block::is_private_key)?;
    let contents = Zeroizing::new(block.contents);
    let (label, der) =
        if block.label == "PRIVATE KEY" { of_pkcs8(&contents)? } else { (block.label.as_str(), contents) };
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    Some(Zeroizing::new(encode_config(&Pem::new(label, der.to_vec()), config)))
}

fn of_pkcs8(der: &Zeroizing<Vec<u8>>) -> Option<(&'static str, Zeroizing<Vec<u8>>)> {
    let mut info = Reader::new(der).nested(tag::SEQUENCE)?;
    info.contents(tag::INTEGER)?;
    let mut algorithm = info.nested(tag::SEQUENCE)?;
    let kind = algorithm.contents(tag::OBJECT_IDENTIFIER)?;
    let key = info.contents(tag::OCTET_STRING)?;
    match kind {
        RSA_ENCRYPTION => Some(("RSA PRIVATE KEY", Zeroizing::new(key.to_vec()))),
        EC_PUBLIC_KEY => Some(("EC PRIVATE KEY", with_curve(key, algorithm.element(tag::OBJECT_IDENTIFIER)?)?)),
        ED25519 => Some(("ED25519 PRIVATE KEY", der.clone())),
        _ => None,
    }
}

/// ECPrivateKey with its parameters, which PKCS#8 leaves to the algorithm (RFC 5915, section 3).
fn with_curve(key: &[u8], curve: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut fields = Reader::new(key).nested(tag::SEQUENCE)?;
    let version = fields.element(tag::INTEGER)?;
    let secret = fields.element(tag::OCTET_STRING)?;
    if fields.peek(tag::context_constructed(0)) {
        fields.any_element()?;
    }
    let parameters = element(tag::context_constructed(0), &[curve])?;
    element(tag::SEQUENCE, &[version, secret, &parameters, fields.rest()])
}

/// An element with these contents.
fn element(tag: u8, contents: &[&[u8]]) -> Option<Zeroizing<Vec<u8>>> {
    let length: usize = contents.iter().map(|part| part.len()).sum();
    // With room from the start: a buffer that grows leaves copies of a key behind.
    let mut element = Zeroizing::new(Vec::with_capacity(length + 4));
    element.push(tag);
    match u16::try_from(length).ok()?.to_be_bytes() {
        [0, short] if short < 0x80 => element.push(short),
        [0, long] => element.extend([0x81, long]),
        [high, low] => element.extend([0x82, high, low]),
    }
    contents.iter().for_each(|part| element.extend_from_slice(part));
    Some(element)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::pki::key::{KeyAlgorithm, NewKey};
    use crate::x509::PrivateKey;

    /// OpenSSL reads the same key, of the kind that its label says.
    #[test]
    fn another_reader_finds_the_same_key() {
        for (algorithm, label) in [
            (KeyAlgorithm::EcdsaP256, "EC PRIVATE KEY"),
            (KeyAlgorithm::EcdsaP384, "EC PRIVATE KEY"),
            (KeyAlgorithm::Rsa2048, "RSA PRIVATE KEY"),
        ] {
            let key = NewKey::generate(algorithm).unwrap();
            let own = in_own_form(key.pem.as_bytes()).unwrap();
            assert!(own.starts_with(&format!("-----BEGIN {label}-----\n")), "{algorithm}");
            assert_eq!(*in_own_form(own.as_bytes()).unwrap(), *own, "{algorithm}");
            assert_eq!(PrivateKey::from_pem(own.as_bytes()), PrivateKey::from_pem(key.pem.as_bytes()));
            let command = if label.starts_with("EC") { "ec" } else { "rsa" };
            assert_eq!(public(command, own.as_bytes()), public("pkey", key.pem.as_bytes()), "{algorithm}");
        }
        let ed25519 = NewKey::generate(KeyAlgorithm::Ed25519).unwrap();
        assert!(in_own_form(ed25519.pem.as_bytes()).unwrap().starts_with("-----BEGIN ED25519 PRIVATE KEY-----\n"));
        assert!(in_own_form(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").is_none());
    }

    fn public(command: &str, pem: &[u8]) -> Vec<u8> {
        let mut openssl = Command::new("openssl")
            .args([command, "-pubout"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        openssl.stdin.take().unwrap().write_all(pem).unwrap();
        let output = openssl.wait_with_output().unwrap();
        assert!(output.status.success(), "openssl {command}");
        output.stdout
    }
}
