//! The X.509 authenticator: who a client certificate says that its holder is.

use std::collections::BTreeMap;

use crypto_bigint::BoxedUint;

use crate::x509::{Certificate, path};

use super::{Authentication, AuthenticatorKind, Client, NO_CERTIFICATE, Step, User, Verdict};

/// The object identifier of the uid in a subject (`asn1util.X509UID`).
pub(super) const UID: &str = "1.3.6.1.4.1.57683.2";

impl Authentication {
    /// `x509request.Authenticator` with `CommonNameUserConversion`.
    pub(super) fn ask_x509(&self, client: Option<&Client<'_>>) -> Step {
        let step = |verdict, chains| Step { authenticator: AuthenticatorKind::X509, verdict, chains };
        let no_opinion = |why: &str| step(Verdict::NoOpinion(why.to_owned()), Vec::new());
        let Some(client_ca) = &self.client_ca else { return no_opinion("no client CA is configured") };
        let Some(client) = client else { return no_opinion(NO_CERTIFICATE) };
        let chains = match path::verify(client.leaf, client_ca, &client.intermediates, client.now) {
            Ok(chains) => chains,
            Err(error) => {
                let refusal = format!("verifying certificate {} failed: {error}", identifier(client.leaf));
                return step(Verdict::Refused(refusal), Vec::new());
            }
        };
        if client.leaf.subject.common_name().is_empty() {
            let why = "the certificate has no common name".to_owned();
            return step(Verdict::NoOpinion(why), chains);
        }
        let verdict = match self.user_of(client.leaf) {
            Ok(user) => Verdict::Authenticated(user),
            Err(refusal) => Verdict::Refused(refusal),
        };
        step(verdict, chains)
    }

    fn user_of(&self, leaf: &Certificate) -> Result<User, String> {
        let mut extra = BTreeMap::new();
        if self.credential_id {
            let id = format!("X509SHA256={}", leaf.fingerprint());
            extra.insert("authentication.kubernetes.io/credential-id".to_owned(), vec![id]);
        }
        Ok(User {
            username: leaf.subject.common_name().to_owned(),
            uid: if self.uid_from_certificate { uid_of(leaf)? } else { String::new() },
            groups: leaf.subject.organizations().into_iter().map(str::to_owned).collect(),
            extra,
        })
    }
}

/// `parseUIDFromCert`.
fn uid_of(leaf: &Certificate) -> Result<String, String> {
    let uids: Vec<&str> = leaf.subject.values(UID).collect();
    match uids.as_slice() {
        [] => Ok(String::new()),
        [""] => Err("UID cannot be an empty string".to_owned()),
        [uid] => Ok((*uid).to_owned()),
        uids => Err(format!("expected 1 UID, but found multiple: [{}]", uids.join(" "))),
    }
}

/// `certificateIdentifier`.
fn identifier(certificate: &Certificate) -> String {
    format!(
        "SN={}, SKID={}, AKID={}",
        BoxedUint::from_be_slice_vartime(&certificate.serial_number).to_string_radix_vartime(10),
        colon_separated(&certificate.subject_key_identifier),
        colon_separated(&certificate.authority_key_identifier)
    )
}

fn colon_separated(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}
