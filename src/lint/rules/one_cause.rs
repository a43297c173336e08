//! One cause, one error: all rules together, on the faults that several of them could speak of.

use super::testing::{CLIENT_CA, Cluster, FRONT_PROXY_CA, Issued, NOW, SetupBuilder};
use crate::kubernetes::Component;
use crate::lint::{Context, Severity, Target, judge};
use crate::model::Setup;

/// The ids of the rules that find something of at least this severity.
fn found(setup: &Setup, beside: &[&Setup], least: Severity) -> Vec<&'static str> {
    let beside: Vec<Target<'_>> = beside.iter().map(|other| Target::of(other)).collect();
    let context =
        Context { target: Target::of(setup), beside: &beside, now: NOW, expiry_warning: time::Duration::days(30) };
    let judgement = judge(&context).unwrap();
    let mut ids: Vec<&str> =
        judgement.findings().filter(|(_, finding)| finding.severity >= least).map(|(rule, _)| rule.id).collect();
    ids.dedup();
    ids
}

fn errors(server: &SetupBuilder) -> Vec<&'static str> {
    found(&server.setup(), &[], Severity::Error)
}

/// A cluster with one CA for clients and front proxies.
fn one_ca() -> Cluster {
    let ca = Issued::ca("kubernetes");
    Cluster { proxy_client: ca.client("front-proxy-client"), front_proxy_ca: ca.clone(), client_ca: ca }
}

#[test]
fn nothing_is_wrong_with_what_kubeadm_makes() {
    let cluster = Cluster::new();
    assert_eq!(found(&cluster.server().setup(), &[], Severity::Note), <[&str; 0]>::default());
    let manager = cluster.controller_manager().without("requestheader-allowed-names").setup();
    assert_eq!(found(&manager, &[&cluster.server().setup()], Severity::Note), ["controller-manager-names-empty"]);
}

#[test]
fn one_ca_for_both_is_one_error_however_it_got_there() {
    let cluster = one_ca();
    let same_file = cluster.server().set("requestheader-client-ca-file", CLIENT_CA);
    let copy = cluster.server();
    let again = cluster.server().file(FRONT_PROXY_CA, &cluster.client_ca.reissued().pem);
    let not_looked_at = same_file.clone().without_file(CLIENT_CA);
    for server in [&same_file, &copy, &again, &not_looked_at] {
        assert_eq!(errors(server), ["ca-reused"], "{server:?}");
        assert_eq!(errors(&server.clone().set("requestheader-allowed-names", "")), ["identity-spoofable"]);
    }
}

#[test]
fn a_ca_with_all_roles_is_one_error_and_no_warnings() {
    let cluster = one_ca();
    let serving = cluster.client_ca.client("kube-apiserver");
    let server = cluster
        .server()
        .set("tls-cert-file", "/serving.crt")
        .file("/serving.crt", &serving.pem)
        .set("etcd-cafile", CLIENT_CA)
        .setup();
    let manager = cluster.controller_manager().setup();
    let warnings = found(&server, &[&manager], Severity::Warning);
    assert_eq!(warnings, ["ca-reused"]);
    assert_eq!(found(&manager, &[&server], Severity::Warning), ["component-ca-reused"]);
    let config_map = cluster.config_map().setup();
    assert_eq!(found(&config_map, &[&server], Severity::Warning), <[&str; 0]>::default());
    assert_eq!(found(&config_map, &[], Severity::Warning), ["configmap-ca-reused"]);
}

#[test]
fn each_direction_and_each_kind_of_link_has_its_rule() {
    let cluster = Cluster::new();
    let key = cluster.client_ca.same_key_as("front-proxy-ca");
    let key = Cluster { proxy_client: key.client("front-proxy-client"), front_proxy_ca: key, ..cluster.clone() };
    assert_eq!(errors(&key.server()), ["ca-key-reused"]);

    let below = Cluster { client_ca: cluster.front_proxy_ca.intermediate("kubernetes"), ..cluster.clone() };
    assert_eq!(errors(&below.server()), ["ca-reused"]);

    let above = cluster.client_ca.intermediate("front-proxy-ca");
    let above = Cluster { proxy_client: above.client("front-proxy-client"), front_proxy_ca: above, ..cluster.clone() };
    assert_eq!(errors(&above.server()), ["requestheader-ca-logs-in"]);

    let manager = cluster.controller_manager().set("cluster-signing-cert-file", FRONT_PROXY_CA).setup();
    let server = cluster.server().setup();
    assert_eq!(found(&manager, &[&server], Severity::Warning), ["csr-signer-reaches-requestheader"]);
    assert_eq!(found(&server, &[&manager], Severity::Warning), <[&str; 0]>::default());
}

#[test]
fn two_flags_of_a_fragment_are_judged_for_what_they_say() {
    let ca = "{{ pki }}/ca.crt";
    let flags = [format!("--client-ca-file={ca}"), format!("--requestheader-client-ca-file={ca}")];
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let fragment = SetupBuilder::new(Component::KubeApiserver, &flags).fragment();
    assert_eq!(errors(&fragment), ["ca-reused"]);
    let other = fragment.set("requestheader-client-ca-file", "{{ other }}/ca.crt");
    assert_eq!(errors(&other), <[&str; 0]>::default());
}
