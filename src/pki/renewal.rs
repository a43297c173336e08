//! A client that is like the one before it, and when it is time for it.

use time::{Duration, OffsetDateTime};

use super::key::KeyAlgorithm;
use super::profile::{BACKDATE, CommonNameError, common_name};
use super::validity::Validity;
use crate::x509::Certificate;

/// How long a client is valid when nothing else is said: a year, as kubeadm's (`CertificateValidityPeriod`).
pub const CLIENT_VALIDITY: Validity = Validity::days(365);

/// What the next client has in common with this one. `--requestheader-allowed-names` lists its name, so another name
/// would be refused everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    pub common_name: Result<String, CommonNameError>,
    /// `None`: a kind of key that is not made here.
    pub key_algorithm: Option<KeyAlgorithm>,
    pub validity: Validity,
}

impl Likeness {
    /// Of a client whose CA is one of `bundle`.
    pub fn of(client: &Certificate, bundle: &[Certificate]) -> Self {
        Self {
            common_name: common_name(client.subject.common_name()),
            key_algorithm: KeyAlgorithm::of(&client.public_key_algorithm),
            validity: validity(client, bundle),
        }
    }
}

/// How long it was made to be valid.
///
/// kubeadm begins every certificate with its CA (kubernetes/cmd/kubeadm/app/util/pkiutil, `NewSignedCert`), so that a
/// renewed one seems to be valid for longer than it was asked to be: it would grow by a year each year.
fn validity(client: &Certificate, bundle: &[Certificate]) -> Validity {
    let whole = client.not_after - client.not_before;
    let asked = whole - BACKDATE;
    let is_ours = asked.whole_seconds() % Duration::HOUR.whole_seconds() == 0;
    let begins_with_its_ca = bundle.iter().any(|ca| ca.not_before == client.not_before);
    let validity = Validity::at_most(if is_ours { asked } else { whole });
    if ends_with_its_ca(client, bundle) {
        // It was cut short, nobody knows from what; as long as that again, each would be shorter than the one before.
        validity.max(CLIENT_VALIDITY)
    } else if begins_with_its_ca && !is_ours {
        validity.min(CLIENT_VALIDITY)
    } else {
        validity
    }
}

fn ends_with_its_ca(client: &Certificate, bundle: &[Certificate]) -> bool {
    bundle.iter().any(|ca| ca.subject == client.issuer && ca.not_after == client.not_after)
}

/// When a client has lived two thirds of its life: what step and cert-manager renew at. A client that ends with its CA
/// has no successor of that CA that ends later; its CA is to be replaced a third of [`CLIENT_VALIDITY`] before.
pub fn due_at(client: &Certificate, bundle: &[Certificate]) -> OffsetDateTime {
    let life = if ends_with_its_ca(client, bundle) { CLIENT_VALIDITY } else { validity(client, bundle) };
    client.not_after - life.length() / 3
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::pki::issue::self_signed;
    use crate::pki::key::NewKey;
    use crate::pki::profile::Profile;

    const NOW: OffsetDateTime = datetime!(2026-11-21 20:15:03 UTC);

    fn certificate(not_before: OffsetDateTime, not_after: OffsetDateTime) -> Certificate {
        let profile = Profile::front_proxy_client("aggregator", Validity::days(1), NOW, not_after, false).unwrap();
        let profile = Profile { not_before, not_after, ..profile };
        self_signed(&profile, &NewKey::generate(KeyAlgorithm::Ed25519).unwrap().signing_key).unwrap()
    }

    #[test]
    fn the_next_one_is_valid_for_as_long_and_no_longer() {
        let ours = certificate(NOW - BACKDATE, NOW + Duration::days(90));
        let likeness = Likeness::of(&ours, &[certificate(NOW - BACKDATE, NOW + Duration::days(3650))]);
        assert_eq!(likeness.validity, Validity::days(90));
        assert_eq!(likeness.common_name, Ok("aggregator".to_owned()));
        assert_eq!(likeness.key_algorithm, Some(KeyAlgorithm::Ed25519));
        assert_eq!(due_at(&ours, &[]), NOW + Duration::days(60));
    }

    #[test]
    fn what_its_ca_cut_short_does_not_stay_short() {
        let last_day = certificate(NOW, NOW + Duration::days(2));
        assert_eq!(Likeness::of(&last_day, std::slice::from_ref(&last_day)).validity, CLIENT_VALIDITY);
        let ten_years = certificate(NOW - BACKDATE, NOW + Duration::days(3650));
        assert_eq!(Likeness::of(&ten_years, std::slice::from_ref(&ten_years)).validity, Validity::days(3650));
        let a_third_of_a_year = CLIENT_VALIDITY.length() / 3;
        assert_eq!(due_at(&ten_years, std::slice::from_ref(&ten_years)), ten_years.not_after - a_third_of_a_year);
    }

    #[test]
    fn what_kubeadm_begins_with_the_ca_does_not_grow() {
        let ca = certificate(NOW, NOW + Duration::days(3650));
        let second = certificate(NOW, NOW + Duration::days(700) + Duration::minutes(7));
        assert_eq!(Likeness::of(&second, std::slice::from_ref(&ca)).validity, CLIENT_VALIDITY);
        assert_eq!(Likeness::of(&second, &[]).validity, Validity::days(700));
        let short = certificate(NOW, NOW + Duration::days(30) + Duration::minutes(7));
        assert_eq!(Likeness::of(&short, &[ca]).validity, Validity::days(30));
    }
}
