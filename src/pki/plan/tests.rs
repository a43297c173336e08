//! Every directory that four files in four states can make, with everything that can be asked for.

use std::sync::OnceLock;

use time::Duration;
use time::macros::datetime;

use super::*;
use crate::pki::contents::{ContentsError, certificates, key_file};
use crate::pki::key::KeyAlgorithm;
use crate::pki::{Validity, Wishes, make};

const NOW: OffsetDateTime = datetime!(2026-11-21 20:15:03 UTC);

/// A CA and its client.
struct Set {
    ca: Vec<Certificate>,
    ca_key: KeyFile,
    client: Vec<Certificate>,
    client_key: KeyFile,
}

fn set(ca_days: i64, client_days: i64) -> Set {
    let wishes = Wishes {
        key_algorithm: KeyAlgorithm::EcdsaP256,
        ca_common_name: "front-proxy-ca".to_owned(),
        ca_validity: Validity::days(ca_days),
        client_common_name: "front-proxy-client".to_owned(),
        client_validity: Validity::days(client_days),
    };
    let empty = Plan { ca: CaPlan::Make, client: ClientPlan::Make, retire: Vec::new() };
    let files = make(&empty, &wishes, NOW).unwrap().change.place;
    let bytes = |file| files.iter().find(|(name, _)| *name == file).unwrap().1.clone();
    Set {
        ca: certificates(&bytes(PkiFile::CaCertificate)).unwrap(),
        ca_key: key_file(bytes(PkiFile::CaKey)).unwrap(),
        client: certificates(&bytes(PkiFile::ClientCertificate)).unwrap(),
        client_key: key_file(bytes(PkiFile::ClientKey)).unwrap(),
    }
}

/// Two sets that have the same names and nothing else in common.
fn sets() -> &'static [Set; 2] {
    static SETS: OnceLock<[Set; 2]> = OnceLock::new();
    SETS.get_or_init(|| [set(3650, 365), set(3650, 365)])
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Absent,
    Unusable,
    /// From one of the two sets.
    Of(usize),
    /// Written by the plan.
    New,
}

const STATES: [State; 4] = [State::Absent, State::Unusable, State::Of(0), State::Of(1)];

fn entry<T: Clone + 'static>(state: State, value: impl Fn(&'static Set) -> &'static T) -> Entry<T> {
    match state {
        State::Absent | State::New => Entry::Absent,
        State::Unusable => Entry::Unusable(ContentsError::Empty),
        State::Of(set) => Entry::Present(value(&sets()[set]).clone()),
    }
}

/// The states are those of [`PkiFile::SERVED`].
fn contents(states: [State; 4]) -> Contents {
    Contents {
        ca_certificates: entry(states[0], |set| &set.ca),
        ca_key: entry(states[1], |set| &set.ca_key),
        client_certificates: entry(states[2], |set| &set.client),
        client_key: entry(states[3], |set| &set.client_key),
        ..Contents::default()
    }
}

fn given(set: &Set) -> GivenCa {
    GivenCa {
        certificate_path: "offline/ca.crt".into(),
        key_path: "offline/ca.key".into(),
        certificates: set.ca.clone(),
        key: set.ca_key.clone(),
    }
}

fn request(replace: Replace, given_ca: Option<GivenCa>) -> Request {
    Request { directory: "pki".into(), replace, given_ca, cluster_ca: None }
}

fn reason(request: &Request, states: [State; 4]) -> Reason {
    plan(request, &contents(states), NOW).unwrap_err().reason
}

/// What the directory holds when the plan is done. Fails where a plan would overwrite something.
fn carry_out(plan: &Plan, mut states: [State; 4], given: Option<usize>) -> [State; 4] {
    let place = |file: PkiFile| PkiFile::SERVED.iter().position(|other| *other == file).unwrap();
    for file in &plan.retire {
        assert_ne!(states[place(*file)], State::Absent, "{file} cannot make room: it is not there");
        states[place(*file)] = State::Absent;
    }
    for file in plan.made() {
        assert_eq!(states[place(file)], State::Absent, "{file} would be overwritten");
        let is_copy = matches!(plan.ca, CaPlan::Copy(_)) && file == PkiFile::CaCertificate;
        states[place(file)] = if is_copy { State::Of(given.unwrap()) } else { State::New };
    }
    states
}

fn assert_fits_together(result: [State; 4], plan: &Plan, given_set: Option<usize>, context: &str) {
    let [ca, ca_key, client, client_key] = result;
    assert_eq!(client, client_key, "{context}");
    assert!(matches!((ca, client), (State::Of(_) | State::New, State::Of(_) | State::New)), "{context}");
    // The key may be elsewhere, but a foreign one must not lie beside the certificate.
    let may_lack_its_key = given_set.is_some() || plan.changes_nothing();
    assert!(ca_key == ca || (may_lack_its_key && ca_key == State::Absent), "{context}");
    assert!(given_set.is_none_or(|set| ca == State::Of(set)), "{context}");
    // A client that stays is the CA's.
    assert!(client == State::New || client == ca, "{context}");
}

fn assert_replaces_no_more(result: [State; 4], plan: &Plan, replace: Replace, context: &str) {
    match replace {
        Replace::Nothing => assert_eq!(plan.retire, [], "{context}"),
        Replace::Client => {
            let is_of_the_client = |file: &PkiFile| matches!(file, PkiFile::ClientCertificate | PkiFile::ClientKey);
            assert!(plan.retire.iter().all(is_of_the_client), "{context}");
        }
        Replace::Everything => assert_eq!(result[2], State::New, "{context}"),
    }
}

#[test]
fn whatever_is_there_the_result_fits_together_and_nothing_is_overwritten() {
    let mut counts = [0; 2];
    for index in 0..STATES.len().pow(4) {
        let states = [0, 1, 2, 3].map(|file| STATES[index / 4_usize.pow(file) % 4]);
        for replace in [Replace::Nothing, Replace::Client, Replace::Everything] {
            for given_set in [None, Some(0), Some(1)] {
                let request = request(replace, given_set.map(|set| given(&sets()[set])));
                let result = plan(&request, &contents(states), NOW);
                counts[usize::from(result.is_ok())] += 1;
                let Ok(plan) = result else {
                    assert_ne!(replace, Replace::Everything, "{states:?}: --force is always a way out");
                    continue;
                };
                let context = format!("{states:?} {replace:?} {given_set:?}: {plan:?}");
                let result = carry_out(&plan, states, given_set);
                assert_fits_together(result, &plan, given_set, &context);
                assert_replaces_no_more(result, &plan, replace, &context);
                if plan.changes_nothing() {
                    assert_eq!(result, states, "{context}");
                }
            }
        }
    }
    assert_eq!(counts.iter().sum::<i32>(), 256 * 9);
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}

#[test]
fn a_whole_set_is_kept_and_a_part_of_one_is_completed() {
    use State::{Absent, Of};
    let plain = request(Replace::Nothing, None);
    let plan = |states| plan(&plain, &contents(states), NOW).unwrap();
    assert!(plan([Of(0); 4]).changes_nothing());
    assert!(plan([Of(0), Absent, Of(0), Of(0)]).changes_nothing());
    assert_eq!(plan([Of(0), Of(0), Absent, Absent]).made(), [PkiFile::ClientCertificate, PkiFile::ClientKey]);
    assert_eq!(plan([Absent; 4]).made(), PkiFile::SERVED);
}

#[test]
fn what_is_half_there_is_refused_with_its_name() {
    use State::{Absent, Of, Unusable};
    let plain = request(Replace::Nothing, None);
    let half = |there, missing| Reason::HalfOfAPair { there, missing };
    use PkiFile::{CaCertificate, CaKey, ClientCertificate, ClientKey};
    assert_eq!(reason(&plain, [Of(0), Absent, Absent, Absent]), half(CaCertificate, CaKey));
    let renew = request(Replace::Client, None);
    assert_eq!(reason(&renew, [Of(0), Absent, Of(0), Of(0)]), half(CaCertificate, CaKey));
    assert_eq!(reason(&renew, [Absent; 4]), Reason::NothingToRenew);
    assert!(matches!(reason(&plain, [Of(0), Absent, Of(1), Of(1)]), Reason::ClientUnfit(Misfit::Untrusted(_))));
    assert_eq!(reason(&plain, [Absent, Of(0), Absent, Absent]), half(CaKey, CaCertificate));
    assert_eq!(reason(&plain, [Of(0), Of(0), Of(0), Absent]), half(ClientCertificate, ClientKey));
    assert_eq!(reason(&plain, [Of(0), Of(0), Absent, Of(0)]), half(ClientKey, ClientCertificate));
    assert_eq!(reason(&plain, [Absent, Absent, Absent, Of(0)]), Reason::ClientWithoutCa { there: ClientKey });
    assert_eq!(
        reason(&plain, [Of(0), Unusable, Of(0), Of(0)]),
        Reason::Unusable { file: CaKey, why: ContentsError::Empty }
    );
}

#[test]
fn pairs_that_do_not_match_are_refused() {
    use State::Of;
    let plain = request(Replace::Nothing, None);
    let mismatch = |certificate: &str, key: &str| Reason::PairDoesNotMatch {
        certificate: PathBuf::from(certificate),
        key: PathBuf::from(key),
    };
    assert_eq!(
        reason(&plain, [Of(0), Of(1), Of(0), Of(0)]),
        mismatch("pki/front-proxy-ca.crt", "pki/front-proxy-ca.key")
    );
    assert_eq!(
        reason(&plain, [Of(0), Of(0), Of(0), Of(1)]),
        mismatch("pki/front-proxy-client.crt", "pki/front-proxy-client.key")
    );
    assert!(matches!(reason(&plain, [Of(0), Of(0), Of(1), Of(1)]), Reason::ClientUnfit(Misfit::Untrusted(_))));
    let crossed = GivenCa { key: sets()[1].ca_key.clone(), ..given(&sets()[0]) };
    assert_eq!(
        reason(&request(Replace::Everything, Some(crossed)), [State::Absent; 4]),
        mismatch("offline/ca.crt", "offline/ca.key")
    );
}

#[test]
fn a_bundle_in_the_middle_of_a_rotation_is_kept() {
    let [old, new] = sets();
    let mut contents = contents([State::Of(1); 4]);
    contents.ca_certificates = Entry::Present([old.ca.clone(), new.ca.clone()].concat());
    let plan = plan(&request(Replace::Nothing, None), &contents, NOW).unwrap();
    assert!(plan.changes_nothing());
    assert!(matches!(plan.ca, CaPlan::Keep(existing) if existing.certificate == new.ca[0]));
}

#[test]
fn what_has_expired_is_refused_and_what_can_be_renewed_is_renewed() {
    use State::Of;
    let plain = request(Replace::Nothing, None);
    let later = |days| NOW + Duration::days(days);
    let contents = contents([Of(0); 4]);
    let reason = |now| plan(&plain, &contents, now).unwrap_err().reason;
    assert_eq!(reason(later(366)), Reason::ClientUnfit(Misfit::Expired(later(365))));
    assert!(matches!(reason(later(3651)), Reason::CaUnfit { why: CaMisfit::Expired(_), .. }));
    assert!(matches!(reason(later(-1)), Reason::CaUnfit { why: CaMisfit::NotYetValid(_), .. }));
    let renewed = plan(&request(Replace::Client, None), &contents, later(366)).unwrap();
    assert_eq!(renewed.made(), [PkiFile::ClientCertificate, PkiFile::ClientKey]);
    assert!(plan(&request(Replace::Client, None), &contents, later(3651)).is_err());
    assert!(plan(&request(Replace::Everything, None), &contents, later(3651)).is_ok());
}

#[test]
fn a_certificate_that_is_no_ca_issues_nothing() {
    let set = &sets()[0];
    let client = GivenCa { certificates: set.client.clone(), key: set.client_key.clone(), ..given(set) };
    assert_eq!(
        reason(&request(Replace::Nothing, Some(client)), [State::Absent; 4]),
        Reason::CaUnfit { certificate: "offline/ca.crt".into(), why: CaMisfit::NotACa }
    );
}

#[test]
fn the_clusters_ca_issues_nothing() {
    use State::Of;
    let plain = request(Replace::Nothing, None);
    let mut contents = contents([Of(0), Of(0), State::Absent, State::Absent]);
    contents.cluster_ca = Entry::Present([sets()[1].ca.clone(), sets()[0].ca.clone()].concat());
    let refused = plan(&plain, &contents, NOW).unwrap_err();
    assert_eq!(
        refused.reason,
        Reason::IsClusterCa {
            certificate: "pki/front-proxy-ca.crt".into(),
            cluster_ca: "pki/ca.crt".into(),
            same: Same::Certificate
        }
    );
    // The one that is named counts, not the one that lies there.
    let named = |ca: &Set| Some((PathBuf::from("cluster.crt"), ca.ca.clone()));
    let elsewhere = Request { cluster_ca: named(&sets()[1]), ..request(Replace::Nothing, None) };
    assert!(plan(&elsewhere, &contents, NOW).is_ok());
    contents.cluster_ca = Entry::Unusable(ContentsError::Empty);
    assert!(matches!(plan(&plain, &contents, NOW).unwrap_err().reason, Reason::ClusterCaUnusable { .. }));
    // A CA of its own is made whatever the cluster's is.
    assert!(plan(&request(Replace::Everything, None), &contents, NOW).is_ok());
}

#[test]
fn every_refusal_says_what_to_do() {
    for index in 0..STATES.len().pow(4) {
        let states = [0, 1, 2, 3].map(|file| STATES[index / 4_usize.pow(file) % 4]);
        for given_set in [None, Some(0)] {
            let request = request(Replace::Nothing, given_set.map(|set| given(&sets()[set])));
            if let Err(refusal) = plan(&request, &contents(states), NOW) {
                let text = refusal.to_string();
                assert!(text.starts_with("pki/front-proxy-"), "{text}");
                assert!(text.contains("\nhelp: "), "{text}");
            }
        }
    }
}
