//! What a step does to the files of one node. Each can be repeated: what is done already is no change.

use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use super::Pair;
use crate::pki::key::{NewKey, SigningKey, SigningKeyError};
use crate::pki::make::{self, bundle_bytes, certificate_bytes, key_bytes};
use crate::pki::{Change, Contents, KeyFile, MakeError, PkiFile, Wishes, client_fits, due_at};
use crate::text::rfc3339;
use crate::x509::Certificate;

/// A CA and its key.
#[derive(Debug, Clone)]
pub struct Authority {
    pub certificate: Certificate,
    pub key_pem: Zeroizing<Vec<u8>>,
}

/// Why a step cannot be prepared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    #[error(transparent)]
    Make(#[from] MakeError),
    #[error(transparent)]
    Key(#[from] SigningKeyError),
    #[error(
        "the CA that is there has only just begun, and the new one has to begin after it\nhelp: run the same command again \
         at {} or later", rfc3339(*.0)
    )]
    TooYoung(OffsetDateTime),
    /// Somebody has removed it, another node's was copied over it, or the rotation took most of its life.
    #[error(
        "there is no usable client of the new CA: front-proxy-client.next.crt and its key are not there or do not work, or it \
         is due and ends before the client that is in use\nhelp: `aggcert rotate start` with the same directories makes \
         another; where the CA's key is kept elsewhere, each node's comes by `aggcert request`, `sign` there, and `accept`, \
         when every server trusts the new CA"
    )]
    NoNextClient,
    #[error("the dated copies hold no client of the old CA that could be put back")]
    NoFormerClient,
}

impl Authority {
    /// A new one, which begins after the old one: that is how the two are told apart.
    ///
    /// # Errors
    /// When its end lies too far away, or the old one begins only now.
    pub fn new(wishes: &Wishes, old: &[Certificate], now: OffsetDateTime) -> Result<Self, StepError> {
        let after = old.iter().map(|ca| ca.not_before + Duration::SECOND).max();
        if let Some(after) = after.filter(|after| *after > now) {
            return Err(StepError::TooYoung(after));
        }
        let key = NewKey::generate(wishes.key_algorithm)?;
        Ok(Self { certificate: make::authority(wishes, &key, after, now)?, key_pem: key_bytes(&key.pem) })
    }

    fn client(&self, wishes: &Wishes, now: OffsetDateTime) -> Result<(NewKey, Certificate), StepError> {
        let key = NewKey::generate(wishes.key_algorithm)?;
        let client = make::client(wishes, &key, &self.certificate, &SigningKey::from_pem(&self.key_pem)?, now)?;
        Ok((key, client))
    }
}

/// Step 1: the node trusts both, and a client of the new CA lies ready. The CA's key goes along where the old one's
/// lies, or where `keeps_key` says so.
///
/// # Errors
/// When the client cannot be made.
pub fn trust(
    contents: &Contents,
    old: &[Certificate],
    new: &Authority,
    keeps_key: bool,
    wishes: &Wishes,
    now: OffsetDateTime,
) -> Result<Change, StepError> {
    let mut change = Change::default();
    if shows(contents, &new.certificate) {
        // It needs no other client, and the CA that signs stands first.
        let bundle = [std::slice::from_ref(&new.certificate), old].concat();
        if !trusts(contents, &bundle) {
            change.place.push((PkiFile::CaCertificate, bundle_bytes(&bundle)));
        }
        return Ok(with_copies(change, contents));
    }
    let bundle = [old, std::slice::from_ref(&new.certificate)].concat();
    if contents.ca_certificates.present() != Some(&bundle) {
        change.place.push((PkiFile::CaCertificate, bundle_bytes(&bundle)));
    }
    if next_client(contents, &new.certificate, now).is_none() {
        let (key, client) = new.client(wishes, now)?;
        change.place.push((PkiFile::NextClientKey, key_bytes(&key.pem)));
        change.place.push((PkiFile::NextClientCertificate, certificate_bytes(&client)));
    }
    let has_key = contents.next_ca_key.present().is_some_and(|key| key.key.matches(&new.certificate));
    if (keeps_key || contents.has(PkiFile::CaKey)) && !has_key {
        change.place.push((PkiFile::NextCaKey, new.key_pem.clone()));
    }
    Ok(with_copies(change, contents))
}

/// Step 2: the node shows a client of the new CA, and still trusts both.
///
/// # Errors
/// When no client of the new CA lies ready.
pub fn switch(contents: &Contents, pair: &Pair, now: OffsetDateTime) -> Result<Change, StepError> {
    let (client, key) = next_client(contents, &pair.new, now).ok_or(StepError::NoNextClient)?;
    let mut change = served(&[pair.new.clone(), pair.old.clone()], key.pem.clone(), client);
    change.remove.extend([PkiFile::NextClientKey, PkiFile::NextClientCertificate]);
    if let Some(key) = contents.next_ca_key.present().filter(|key| key.key.matches(&pair.new)) {
        change.place.push((PkiFile::CaKey, key.pem.clone()));
        change.remove.push(PkiFile::NextCaKey);
    }
    Ok(with_copies(change, contents))
}

/// Step 3: the node trusts the new CA alone, whose key is `key` where it is known.
pub fn distrust(contents: &Contents, pair: &Pair, key: Option<Zeroizing<Vec<u8>>>) -> Change {
    let place = vec![(PkiFile::CaCertificate, certificate_bytes(&pair.new))];
    let change = with_copies(Change { place, ..Change::default() }, contents);
    joined(change, settle_key(contents, std::slice::from_ref(&pair.old), &pair.new, key))
}

/// The bundle in the order of the CA that signs, where it is in the other one, and that CA's key.
pub fn reorder(contents: &Contents, pair: &Pair, key: Option<Zeroizing<Vec<u8>>>) -> Change {
    let is_new = shows(contents, &pair.new);
    let bundle = if is_new { [&pair.new, &pair.old] } else { [&pair.old, &pair.new] }.map(Clone::clone);
    let place = vec![(PkiFile::CaCertificate, bundle_bytes(&bundle))];
    let change = with_copies(Change { place, ..Change::default() }, contents);
    let left = is_new.then_some(&pair.old).map_or(&[][..], std::slice::from_ref);
    joined(change, settle_key(contents, left, &pair.new, key))
}

/// The key of the CA that signs takes the place of that of a CA which the node leaves. A client that was copied from
/// another node has come without it.
pub fn settle_key(
    contents: &Contents,
    left: &[Certificate],
    ca: &Certificate,
    key: Option<Zeroizing<Vec<u8>>>,
) -> Change {
    let mut change = Change::default();
    let lies_there = |ca: &Certificate| contents.ca_key.present().is_some_and(|key| key.key.matches(ca));
    if lies_there(ca) || !left.iter().any(lies_there) {
        return change;
    }
    change.retire.push(PkiFile::CaKey);
    if let Some(key) = key {
        change.place.push((PkiFile::CaKey, key));
        let is_ready = contents.next_ca_key.present().is_some_and(|key| key.key.matches(ca));
        change.remove.extend(is_ready.then_some(PkiFile::NextCaKey));
    }
    change
}

/// The bundle without CAs that nobody uses.
pub fn without(contents: &Contents, unused: &[Certificate]) -> Change {
    let bundle = contents.ca_certificates.present().map_or(&[][..], Vec::as_slice);
    let rest = bundle.iter().filter(|ca| !unused.contains(ca)).cloned().collect::<Vec<_>>();
    if rest.is_empty() || rest == bundle {
        return Change::default();
    }
    with_copies(Change { place: vec![(PkiFile::CaCertificate, bundle_bytes(&rest))], ..Change::default() }, contents)
}

/// Step 1 taken back: the node trusts the old CA alone.
pub fn untrust(contents: &Contents, pair: &Pair) -> Change {
    let place = vec![(PkiFile::CaCertificate, certificate_bytes(&pair.old))];
    let next = [PkiFile::NextCaKey, PkiFile::NextClientKey, PkiFile::NextClientCertificate];
    let remove = next.into_iter().filter(|file| contents.has(*file)).collect();
    with_copies(Change { place, remove, ..Change::default() }, contents)
}

/// What the dated copies of a node hold.
#[derive(Debug, Default)]
pub struct Former {
    pub clients: Vec<Vec<Certificate>>,
    pub keys: Vec<KeyFile>,
}

impl Former {
    /// The newest client of a CA, with its key.
    fn client_of(&self, ca: &Certificate, now: OffsetDateTime) -> Result<(&[Certificate], &KeyFile), StepError> {
        let ca = std::slice::from_ref(ca);
        let key_of =
            |client: &[Certificate]| self.keys.iter().find(|key| client_fits(client, &key.key, ca, now).is_ok());
        let mut newest_first = self.clients.iter().rev();
        newest_first.find_map(|client| Some((client.as_slice(), key_of(client)?))).ok_or(StepError::NoFormerClient)
    }

    /// Whether the node has shown a client of this CA before.
    pub fn has_shown(&self, ca: &Certificate) -> bool {
        ca.has_issued(self.clients.iter().flatten())
    }
}

/// A CA that was replaced at once is put back, with its client; what took its place is kept under dated names.
///
/// # Errors
/// When the copies do not hold the client, with its key.
pub fn put_back(
    contents: &Contents,
    former: &Former,
    ca: &Certificate,
    now: OffsetDateTime,
) -> Result<Change, StepError> {
    let (client, key) = former.client_of(ca, now)?;
    let mut change = served(std::slice::from_ref(ca), key.pem.clone(), client);
    if let Some(key) = former.keys.iter().find(|key| key.key.matches(ca)) {
        change.place.push((PkiFile::CaKey, key.pem.clone()));
    }
    change.retire = PkiFile::SERVED.into_iter().filter(|file| contents.has(*file)).collect();
    Ok(change)
}

/// Step 2 taken back: the node shows its client of the old CA again.
///
/// # Errors
/// When the copies do not hold it, with its key.
pub fn switch_back(
    contents: &Contents,
    former: &Former,
    pair: &Pair,
    now: OffsetDateTime,
) -> Result<Change, StepError> {
    let (client, key) = former.client_of(&pair.old, now)?;
    let mut change = served(&[pair.old.clone(), pair.new.clone()], key.pem.clone(), client);
    if let (Some(client), Some(key)) = (contents.client_certificates.present(), contents.client_key.present()) {
        change.place.push((PkiFile::NextClientKey, key.pem.clone()));
        change.place.push((PkiFile::NextClientCertificate, bundle_bytes(client)));
    }
    if let Some(new_key) = contents.ca_key.present().filter(|key| key.key.matches(&pair.new)) {
        change.place.push((PkiFile::NextCaKey, new_key.pem.clone()));
        match former.keys.iter().find(|key| key.key.matches(&pair.old)) {
            Some(old_key) => change.place.push((PkiFile::CaKey, old_key.pem.clone())),
            None => change.remove.push(PkiFile::CaKey),
        }
    }
    Ok(with_copies(change, contents))
}

/// A stolen key: the old CA and its client go at once. The CA's key goes where the old one's lies, or where `keeps_key` says
/// so.
///
/// # Errors
/// When the client cannot be made.
pub fn replace(
    contents: &Contents,
    new: &Authority,
    keeps_key: bool,
    wishes: &Wishes,
    now: OffsetDateTime,
) -> Result<Change, StepError> {
    let (key, client) = new.client(wishes, now)?;
    let mut change = served(std::slice::from_ref(&new.certificate), key_bytes(&key.pem), &[client]);
    if keeps_key || contents.has(PkiFile::CaKey) {
        change.place.push((PkiFile::CaKey, new.key_pem.clone()));
    }
    let next = [PkiFile::NextCaKey, PkiFile::NextClientKey, PkiFile::NextClientCertificate];
    change.remove.extend(next.into_iter().filter(|file| contents.has(*file)));
    Ok(with_copies(change, contents))
}

/// Whether the client comes from this CA.
pub fn shows(contents: &Contents, ca: &Certificate) -> bool {
    contents.client_certificates.present().is_some_and(|client| ca.has_issued(client))
}

/// Whether the bundle holds all of these.
pub fn trusts(contents: &Contents, cas: &[Certificate]) -> bool {
    contents.ca_certificates.present().is_some_and(|bundle| cas.iter().all(|ca| bundle.contains(ca)))
}

/// Whether a client of the new CA lies ready that can be put to use.
pub fn is_ready(contents: &Contents, new: &Certificate, now: OffsetDateTime) -> bool {
    next_client(contents, new, now).is_some()
}

/// The client of the new CA that lies ready, if it works and takes over for longer than what it replaces: a rotation may
/// stand still for months.
fn next_client<'a>(
    contents: &'a Contents,
    new: &Certificate,
    now: OffsetDateTime,
) -> Option<(&'a [Certificate], &'a KeyFile)> {
    let client = contents.next_client_certificates.present()?;
    let key = contents.next_client_key.present()?;
    let bundle = std::slice::from_ref(new);
    client_fits(client, &key.key, bundle, now).ok()?;
    let leaf = client.first()?;
    let used = contents.client_certificates.present().and_then(|used| used.first());
    let is_step_back = now >= due_at(leaf, bundle) && used.is_some_and(|used| used.not_after > leaf.not_after);
    (!is_step_back).then_some((client, key))
}

/// What a server reads: whom it trusts, and the client that it shows.
fn served(bundle: &[Certificate], key: Zeroizing<Vec<u8>>, client: &[Certificate]) -> Change {
    let place = vec![
        (PkiFile::CaCertificate, bundle_bytes(bundle)),
        (PkiFile::ClientKey, key),
        (PkiFile::ClientCertificate, bundle_bytes(client)),
    ];
    Change { place, ..Change::default() }
}

fn joined(mut one: Change, other: Change) -> Change {
    one.retire.extend(other.retire);
    one.remove.extend(other.remove);
    one.place.extend(other.place);
    one
}

fn with_copies(mut change: Change, contents: &Contents) -> Change {
    change.retire = change.place.iter().map(|(file, _)| *file).filter(|file| contents.has(*file)).collect();
    change
}
