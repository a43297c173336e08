//! Every state that two nodes can be in, together and with what extension servers see.

use std::sync::OnceLock;

use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::*;
use crate::pki::Validity;
use crate::pki::issue::{issued_by, self_signed};
use crate::pki::key::{KeyAlgorithm, NewKey};
use crate::pki::profile::Profile;

const NOW: OffsetDateTime = datetime!(2026-11-21 20:15:03 UTC);

struct Ca {
    certificate: Certificate,
    client: Certificate,
}

fn ca(name: &str, now: OffsetDateTime) -> Ca {
    let key = NewKey::generate(KeyAlgorithm::Ed25519).unwrap().signing_key;
    let profile = Profile::certificate_authority(name, Validity::days(3650), now).unwrap();
    let certificate = self_signed(&profile, &key).unwrap();
    let end = certificate.not_after;
    let profile = Profile::front_proxy_client("front-proxy-client", Validity::days(365), now, end, false).unwrap();
    let client_key = NewKey::generate(KeyAlgorithm::Ed25519).unwrap().signing_key;
    let client = issued_by(&profile, client_key.subject_public_key_info(), &certificate, &key).unwrap();
    Ca { certificate, client }
}

fn cas() -> &'static [Ca; 2] {
    static CAS: OnceLock<[Ca; 2]> = OnceLock::new();
    CAS.get_or_init(|| [ca("front-proxy-ca", NOW - Duration::days(3000)), ca("front-proxy-ca-2026-11-21", NOW)])
}

/// 0 is the old CA, 1 the new one.
fn node(name: &str, bundle: &[usize], client: usize) -> Node {
    Node {
        name: name.to_owned(),
        bundle: bundle.iter().map(|ca| cas()[*ca].certificate.clone()).collect(),
        client: vec![cas()[client].client.clone()],
        next_client: Vec::new(),
        leftovers: false,
        former: Vec::new(),
    }
}

fn cluster(nodes: Vec<Node>) -> Cluster {
    Cluster { nodes, ..Cluster::default() }
}

fn name_of(nodes: Vec<Node>) -> &'static str {
    position(&cluster(nodes)).unwrap().0.name()
}

/// Which CAs a node trusts, the first first, and which its client comes from.
const STATES: [(&[usize], usize); 4] = [(&[0], 0), (&[0, 1], 0), (&[1, 0], 1), (&[1], 1)];

#[test]
fn two_nodes_are_legal_when_each_trusts_the_client_of_the_other() {
    for (one, (bundle, client)) in STATES.into_iter().enumerate() {
        for (other, (other_bundle, other_client)) in STATES.into_iter().enumerate() {
            let result = position(&cluster(vec![node("a", bundle, client), node("b", other_bundle, other_client)]));
            let trusted = bundle.contains(&other_client) && other_bundle.contains(&client);
            assert_eq!(result.is_ok(), trusted, "{one} {other}: {result:?}");
        }
    }
}

#[test]
fn the_phase_is_that_of_the_node_that_is_furthest_behind() {
    let [before, trusting, switched, after] = STATES.map(|(bundle, client)| (bundle, client));
    let both = |one: (&[usize], usize), other: (&[usize], usize)| {
        name_of(vec![node("a", one.0, one.1), node("b", other.0, other.1)])
    };
    assert_eq!(both(before, before), "still");
    assert_eq!(both(trusting, before), "trust");
    assert_eq!(both(trusting, trusting), "switch");
    assert_eq!(both(switched, trusting), "switch");
    assert_eq!(both(switched, switched), "distrust");
    assert_eq!(both(after, switched), "distrust");
    assert_eq!(both(after, after), "still");
}

#[test]
fn what_is_illegal_has_its_fix() {
    let illegal = |nodes| position(&cluster(nodes)).unwrap_err();
    let order = illegal(vec![node("a", &[1, 0], 0)]);
    assert_eq!((order.clone(), order.fix()), (Illegal::Order { node: "a".to_owned() }, Fix::Next));
    assert_eq!(illegal(vec![node("a", &[0, 1], 1)]), order);
    let early = illegal(vec![node("a", &[1, 0], 1), node("b", &[0], 0)]);
    assert_eq!(early, Illegal::NotTrustedYet { ahead: "a".to_owned(), behind: "b".to_owned() });
    assert_eq!(early.fix(), Fix::Start);
    let late = illegal(vec![node("a", &[1], 1), node("b", &[0, 1], 0)]);
    assert_eq!(late, Illegal::NotTrustedAnyMore { ahead: "a".to_owned(), behind: "b".to_owned() });
    assert!(matches!(illegal(vec![node("a", &[0], 1)]), Illegal::ClientOfAnotherCa { .. }));
    assert_eq!(illegal(Vec::new()), Illegal::NoNodes);
}

#[test]
fn a_client_that_extension_servers_do_not_know_is_illegal() {
    let published = |cas_of: &[usize], nodes| Cluster {
        nodes,
        config_map: Some(cas_of.iter().map(|ca| cas()[*ca].certificate.clone()).collect()),
        accepting: Vec::new(),
    };
    let switched = || vec![node("a", &[1, 0], 1)];
    let illegal = position(&published(&[0], switched())).unwrap_err();
    assert!(matches!(illegal, Illegal::NotInConfigMap { .. }), "{illegal}");
    assert_eq!(illegal.fix(), Fix::Abort);
    assert!(position(&published(&[0, 1], switched())).is_ok());
    assert!(matches!(position(&published(&[1], vec![node("a", &[0, 1], 0)])), Err(Illegal::NotInConfigMap { .. })));
    let server = |subject: &str| Accepting { server: "pod".to_owned(), subjects: vec![subject.to_owned()] };
    let says = |subject| Cluster { accepting: vec![server(subject)], ..published(&[0, 1], switched()) };
    assert!(matches!(position(&says("CN=front-proxy-ca")), Err(Illegal::NotAccepted { .. })));
    assert!(position(&says("CN=front-proxy-ca-2026-11-21")).is_ok());
}

#[test]
fn what_is_left_at_the_end_is_named() {
    let old = vec![cas()[0].certificate.clone()];
    let all = [old.clone(), vec![cas()[1].certificate.clone()]].concat();
    let done = |config_map: Option<Vec<Certificate>>, leftovers| {
        let nodes = vec![Node { leftovers, ..node("a", &[1], 1) }];
        position(&Cluster { nodes, config_map, accepting: Vec::new() }).unwrap().0
    };
    assert_eq!(done(Some(all), true), Phase::Clean { stale: old });
    assert_eq!(done(None, true), Phase::Finish { to_do: vec!["a".to_owned()] });
    assert_eq!(done(None, false), Phase::Still);
}

#[test]
fn two_cas_of_one_name_or_age_are_refused() {
    let twin = |name, now| {
        let twin = ca(name, now);
        let mut node = node("a", &[0], 0);
        node.bundle.push(twin.certificate);
        position(&cluster(vec![node])).unwrap_err()
    };
    assert!(matches!(twin("front-proxy-ca", NOW), Illegal::SameName(_)));
    assert!(matches!(twin("other", NOW - Duration::days(3000)), Illegal::SameAge(..)));
    let mut three = node("a", &[0, 1], 0);
    three.bundle.push(ca("third", NOW + Duration::days(1)).certificate);
    assert!(matches!(position(&cluster(vec![three])), Err(Illegal::TooManyCas(_))));
}

/// A CA of OpenSSL's begins when it is made, one of ours five minutes before.
#[test]
fn the_ca_that_is_made_is_never_taken_for_the_old_one() {
    let old = Profile::certificate_authority("old", Validity::days(3650), NOW).unwrap();
    let key = NewKey::generate(KeyAlgorithm::Ed25519).unwrap().signing_key;
    let old = self_signed(&Profile { not_before: NOW, ..old }, &key).unwrap();
    let wishes = crate::pki::Wishes { ca_common_name: "new".to_owned(), ..crate::pki::Wishes::default() };
    let made = |after| steps::Authority::new(&wishes, std::slice::from_ref(&old), NOW + after);
    assert!(matches!(made(Duration::ZERO), Err(steps::StepError::TooYoung(_))));
    assert!(made(Duration::SECOND).unwrap().certificate.not_before > old.not_before);
    // Where a former version has made one that begins before.
    let mut reversed = node("a", &[1, 0], 1);
    reversed.next_client = vec![cas()[0].client.clone()];
    assert!(matches!(position(&cluster(vec![reversed])), Err(Illegal::NextOfOlder { .. })));
    let mut right = node("a", &[0, 1], 0);
    right.next_client = vec![cas()[1].client.clone()];
    assert_eq!(name_of(vec![right]), "switch");
}
