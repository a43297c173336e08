//! Rules that need a file: not applicable where no flag names it, and unknown where it was not looked at.

use super::testing::scene::{API_SERVICE, SECRET, Scene};
use super::testing::{CLIENT_CA, Cluster, Expect, PROXY_CLIENT, PROXY_CLIENT_KEY, check};
use super::{Outcome, rules};

const BUNDLES: &[&str] = &["client-ca-file", "requestheader-client-ca-file"];
const CLIENT: &[&str] = &["proxy-client-cert-file"];

#[test]
fn without_the_flags_of_its_files_a_rule_does_not_apply() {
    let all = [BUNDLES, CLIENT].concat();
    for (flags, rules) in [
        (
            BUNDLES,
            &[
                "ca-bundle-duplicate",
                "ca-bundle-unreadable",
                "ca-cannot-sign",
                "ca-expired",
                "ca-expiring",
                "private-key-in-bundle",
            ][..],
        ),
        (&all, &["certificate-ambiguous", "validity-too-long", "weak-key"]),
        (CLIENT, &["proxy-client-expired", "proxy-client-untrusted", "proxy-client-usage", "weak-signature"]),
        (&["proxy-client-key-file"], &["proxy-client-key-mismatch"]),
        (&["client-ca-file"], &["ca-key-reused", "proxy-client-also-a-user"]),
    ] {
        let server = flags.iter().fold(Cluster::new().server(), |server, flag| server.without(flag)).setup();
        for id in rules {
            check(rules::find(id).unwrap(), &server).expect_not_applicable();
        }
    }
}

#[test]
fn without_its_files_a_rule_is_undecided() {
    for (file, rules) in [
        (CLIENT_CA, &["ca-bundle-unreadable", "ca-expired", "ca-expiring", "ca-key-reused"][..]),
        (PROXY_CLIENT, &["proxy-client-expired", "proxy-client-untrusted"]),
        (PROXY_CLIENT_KEY, &["proxy-client-key-mismatch"]),
    ] {
        let server = Cluster::new().server().without_file(file).setup();
        for id in rules {
            check(rules::find(id).unwrap(), &server).expect_unknown();
        }
    }
}

const SERVING: [&str; 4] = [
    "serving-certificate-expired",
    "serving-certificate-name",
    "serving-certificate-untrusted",
    "serving-certificate-usage",
];

fn says(id: &str, scene: &Scene) -> Outcome {
    scene.check(rules::find(id).unwrap())
}

#[test]
fn without_the_certificate_of_a_server_its_rules_are_undecided() {
    for id in SERVING {
        says(id, &Scene::new().without(SECRET)).expect_unknown();
    }
}

/// The certificate of the other server is as it should be.
#[test]
fn without_the_certificate_of_one_server_of_two_its_rules_are_undecided() {
    for id in SERVING {
        says(id, &Scene::new().second_server("not-here")).expect_unknown();
        says(id, &Scene::new().second_server("serving")).expect_pass();
    }
}

#[test]
fn without_verification_nobody_looks_at_a_serving_certificate() {
    let scene = Scene::new().change(API_SERVICE, "  caBundle", "  insecureSkipTLSVerify: true\n  x");
    for id in SERVING.into_iter().chain(["serving-certificate-in-memory"]) {
        says(id, &scene).expect_not_applicable();
    }
}
