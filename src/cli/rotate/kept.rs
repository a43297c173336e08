//! The CAs of other front proxies in the same bundles: they stay, and take no part in a rotation.

use super::super::BadArguments;
use crate::pki::{Contents, Entry};
use crate::text::{printable, shell_word};
use crate::x509::Certificate;

/// How much of a SHA-256 names a certificate.
const FINGERPRINT: usize = 16;

/// What `--keep-ca` names.
#[derive(Default)]
pub(super) struct Kept {
    pub cas: Vec<Certificate>,
    /// As arguments, each with a blank before it.
    pub given: String,
}

impl Kept {
    /// # Errors
    /// When a name is that of no CA or of two, or of one that does take part.
    pub(super) fn new(names: &[String], contents: &[&Contents]) -> Result<Self, BadArguments> {
        let cas = of_all(contents);
        let mut kept = Self::default();
        for name in names {
            let ca = named(&cas, name, "--keep-ca ")?;
            kept.given.push_str(&format!(" --keep-ca {}", shell_word(name)));
            kept.cas.push(ca.clone());
        }
        let others = cas.iter().filter(|ca| !kept.cas.contains(ca));
        let clients = contents.iter().filter_map(|contents| contents.client_certificates.present()).flatten();
        let below = |ca: &&Certificate| others.clone().chain(clients.clone()).find(|below| below.is_signed_by(ca));
        match kept.cas.iter().find_map(|ca| Some((ca, below(&ca)?))) {
            Some((ca, below)) => Err(BadArguments(format!(
                "--keep-ca {0}: it has issued {1}, so that whoever trusts it trusts that, too\
                 \nhelp: leave it out; where {1} is to be replaced, so is {0}",
                handle(&cas, ca),
                printable::line(&below.subject.to_string())
            ))),
            None => Ok(kept),
        }
    }

    /// Takes them out of what is looked at; which they were, in their order.
    pub(super) fn take_out_of(&self, contents: &mut Contents) -> Vec<Certificate> {
        let Some(bundle) = contents.ca_certificates.present() else { return Vec::new() };
        let (kept, rest) = bundle.iter().cloned().partition(|ca| self.cas.contains(ca));
        contents.ca_certificates = Entry::Present(rest);
        kept
    }
}

/// The CAs of all bundles, each once.
pub(super) fn of_all(contents: &[&Contents]) -> Vec<Certificate> {
    let mut cas: Vec<Certificate> = Vec::new();
    for ca in contents.iter().filter_map(|contents| contents.ca_certificates.present()).flatten() {
        if !cas.contains(ca) {
            cas.push(ca.clone());
        }
    }
    cas
}

/// The one CA with this subject, common name or beginning of a SHA-256.
pub(super) fn named<'a>(cas: &'a [Certificate], name: &str, option: &str) -> Result<&'a Certificate, BadArguments> {
    let hex = name.replace(':', "").to_lowercase();
    let is_it = |ca: &&Certificate| {
        ca.subject.to_string() == name
            || ca.subject.common_name() == name
            || hex.len() >= FINGERPRINT && ca.fingerprint().starts_with(&hex)
    };
    let found = cas.iter().filter(is_it).collect::<Vec<_>>();
    let [ca] = found.as_slice() else {
        let how_many = if found.is_empty() { "no bundle holds it" } else { "more than one CA is called that" };
        let all = cas.iter().map(|ca| format!("{} ({:.FINGERPRINT$})", handle(cas, ca), ca.fingerprint()));
        let all = all.collect::<Vec<_>>().join(", ");
        return Err(BadArguments(format!("{option}{name}: {how_many}\nhelp: the bundles hold {all}")));
    };
    Ok(ca)
}

/// What names a CA among others: its subject, or its SHA-256 where others have that subject.
pub(super) fn handle(cas: &[Certificate], ca: &Certificate) -> String {
    let subject = ca.subject.to_string();
    let is_plain = !subject.is_empty() && printable::line(&subject) == subject;
    let is_alone = cas.iter().filter(|other| other.raw_subject == ca.raw_subject).count() < 2;
    if is_plain && is_alone { subject } else { ca.fingerprint().chars().take(FINGERPRINT).collect() }
}
