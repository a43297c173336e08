//! One fault, one error: every rule together, on a set-up that has nothing wrong but that, and on faults that several
//! rules could speak of.

use time::Duration;

use super::testing::{
    CLIENT_CA, Cluster, FRONT_PROXY_CA, Issued, Made, NOW, PROXY_CLIENT, PROXY_CLIENT_KEY, SetupBuilder, Subject,
    bundle, openssl,
};
use crate::kubernetes::Component;
use crate::lint::{Beside, Context, Judgement, Severity, judge};
use crate::model::Objects;

/// What the rules together find.
fn judged(subject: &dyn Subject, beside: &[&dyn Subject]) -> Judgement {
    let beside: Vec<Made<'_>> = beside.iter().map(|other| other.made()).collect();
    let beside = Beside::of(beside.iter().map(Made::target));
    let context = Context::new(&beside, Objects::NONE, NOW, Duration::days(30));
    judge(subject.made().target(), &context).unwrap()
}

/// What is found, as `error proxy-client-expired`.
fn found(server: &SetupBuilder) -> Vec<String> {
    judged(server, &[])
        .findings()
        .map(|(rule, finding)| {
            let severity = finding.severity;
            // What cannot be demonstrated is no error.
            assert!(severity != Severity::Error || finding.demonstration.is_some(), "{finding:#?}");
            format!("{} {}", severity.as_str(), rule.id)
        })
        .collect()
}

/// The ids of the rules that find something of at least this severity.
fn ids(subject: &dyn Subject, beside: &[&dyn Subject], least: Severity) -> Vec<&'static str> {
    let judgement = judged(subject, beside);
    let mut ids: Vec<&str> =
        judgement.findings().filter(|(_, finding)| finding.severity >= least).map(|(rule, _)| rule.id).collect();
    ids.dedup();
    ids
}

fn errors(server: &SetupBuilder) -> Vec<&'static str> {
    ids(server, &[], Severity::Error)
}

#[track_caller]
fn expect(server: &SetupBuilder, findings: &[&str]) {
    assert_eq!(found(server), findings);
}

#[test]
fn certificates() {
    let expired = |days: i64| Issued::ca_with("front-proxy-ca", |params| params.not_after = NOW + Duration::days(days));
    expect(&Cluster::new().server(), &[]);
    expect(&Cluster::new().with_front_proxy_ca(expired(-1)).server(), &["error ca-expired"]);
    expect(
        &Cluster::new().with_client(|params| params.not_after = NOW - Duration::days(1)).server(),
        &["error proxy-client-expired"],
    );
    expect(
        &Cluster::new().with_client(|params| params.not_after = NOW + Duration::days(9)).server(),
        &["warning proxy-client-expiring"],
    );
    expect(
        &Cluster::new()
            .with_client(|params| params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth])
            .server(),
        &["error proxy-client-usage"],
    );
    let no_ca = Issued::ca_with("front-proxy-ca", |params| params.is_ca = rcgen::IsCa::ExplicitNoCa);
    expect(&Cluster::new().with_front_proxy_ca(no_ca).server(), &["error ca-cannot-sign"]);
    let server_ca = Issued::ca_with("front-proxy-ca", |params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    });
    expect(&Cluster::new().with_front_proxy_ca(server_ca).server(), &["error ca-cannot-sign"]);
    let (ca, client) = openssl::ca_and_client("front-proxy-client", "sha1");
    let weak =
        Cluster::new().server().file(FRONT_PROXY_CA, &ca).file(PROXY_CLIENT, &client).without_file(PROXY_CLIENT_KEY);
    expect(&weak, &["error weak-signature", "note validity-too-long"]);
}

#[test]
fn trust() {
    let cluster = Cluster::new();
    let other = Cluster { front_proxy_ca: Issued::ca("another-ca"), ..Cluster::new() };
    expect(&other.server(), &["error proxy-client-untrusted"]);
    let mut by_client_ca = Cluster::new();
    by_client_ca.proxy_client = by_client_ca.client_ca.client("front-proxy-client");
    expect(&by_client_ca.server(), &["error proxy-client-untrusted", "warning proxy-client-also-a-user"]);
    let both = bundle(&[&cluster.front_proxy_ca, &cluster.front_proxy_ca]);
    expect(&cluster.server().file(FRONT_PROXY_CA, &both), &["note ca-bundle-duplicate"]);
}

#[test]
fn flags() {
    let cluster = Cluster::new();
    let server = || cluster.server();
    let names = "requestheader-allowed-names";
    let prefix = "requestheader-extra-headers-prefix";
    expect(&server().set(names, "aggregator"), &["error proxy-client-name-not-allowed"]);
    expect(&server().set(names, "front-proxy-client,"), &["error allowed-names-blank-entry"]);
    expect(&server().set(names, "\"front-proxy-client"), &["error server-refuses-to-start"]);
    expect(&server().set("requestheader-group-headers", "\"X-Remote-Group"), &["error server-refuses-to-start"]);
    expect(
        &server().set(names, " front-proxy-client"),
        &["error proxy-client-name-not-allowed", "warning allowed-names-whitespace"],
    );
    expect(&server().argument("--requestheader-allowed-name=a"), &["error flag-unknown"]);
    for flag in ["requestheader-allowed-names", "requestheader-client-ca-file", "proxy-client-key-file"] {
        let misspelt = format!("--{}=a", &flag[..flag.len() - 1]);
        expect(&server().without(flag).argument(&misspelt), &["error flag-unknown"]);
    }
    expect(&server().set(prefix, "X-Remote-Extra"), &["warning extra-prefix-without-dash"]);
    expect(&server().set(prefix, "X-Other-"), &["warning requestheader-headers-nonstandard"]);
    expect(&server().without(prefix), &["warning requestheader-headers-missing"]);
    expect(&server().without("requestheader-username-headers"), &["error requestheader-headers-missing"]);
    expect(&server().set("requestheader-uid-headers", "X-Id"), &["error requestheader-headers-nonstandard"]);
    expect(&server().without("requestheader-client-ca-file"), &["error requestheader-ca-missing"]);
    expect(&server().without("proxy-client-key-file"), &["error proxy-client-missing"]);
    expect(
        &server().argument("--proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key"),
        &["note flag-repeated"],
    );
    expect(&server().set("client-ca-file", &format!("\"{CLIENT_CA}\"")), &["error literal-quotes"]);
}

#[test]
fn files() {
    let cluster = Cluster::new();
    let server = || cluster.server();
    let other = cluster.front_proxy_ca.client("front-proxy-client");
    let with_key = format!("{}{}", cluster.front_proxy_ca.pem, cluster.front_proxy_ca.key_pem);
    expect(&server().file(FRONT_PROXY_CA, ""), &["error ca-bundle-unreadable"]);
    expect(&server().file(PROXY_CLIENT, "text"), &["error server-refuses-to-start"]);
    expect(&server().file(PROXY_CLIENT_KEY, &other.key_pem), &["error proxy-client-key-mismatch"]);
    expect(&server().file(FRONT_PROXY_CA, &with_key), &["error private-key-in-bundle"]);
    expect(
        &server().file("/etc/kubernetes/pki/front-proxy-ca.key", &cluster.front_proxy_ca.key_pem),
        &["note ca-key-on-server"],
    );
    expect(
        &server().file_with_mode(PROXY_CLIENT_KEY, &cluster.proxy_client.key_pem, 0o644),
        &["warning key-permissions"],
    );
}

/// What cannot be looked at is neither an error nor a pass.
#[test]
fn public_parts_alone_are_no_fault() {
    let server = Cluster::new().server().without_file(PROXY_CLIENT_KEY);
    expect(&server, &[]);
    expect(&server.without_file(PROXY_CLIENT).without_file(FRONT_PROXY_CA).without_file(CLIENT_CA), &[]);
}

/// Flags alone, without any file: what they say by themselves is shown all the same.
#[test]
fn flags_without_files() {
    let cluster = Cluster::new();
    let server = cluster.server().without_file(CLIENT_CA).without_file(FRONT_PROXY_CA).without_file(PROXY_CLIENT_KEY);
    expect(&server.clone().without("proxy-client-key-file"), &["error proxy-client-missing"]);
    expect(&server.clone().set("requestheader-allowed-names", "other"), &["error proxy-client-name-not-allowed"]);
    let server = server.without_file(PROXY_CLIENT);
    expect(&server.clone().without("requestheader-client-ca-file"), &["error requestheader-ca-missing"]);
    expect(&server.clone().without("requestheader-username-headers"), &["error requestheader-headers-missing"]);
    expect(&server.clone().set("proxy-client-cert-file", "'/x.crt'"), &["error literal-quotes"]);
    expect(&server.set("requestheader-allowed-names", "a,"), &["error allowed-names-blank-entry"]);
}

/// What a tool adds by itself counts like what is written.
#[test]
fn an_inherited_default_is_no_fault() {
    let group = "requestheader-group-headers";
    let server = Cluster::new().server().without(group);
    expect(&server.default_of("kubeadm", &format!("--{group}=X-Remote-Group")), &[]);
}

/// A fragment is judged for what it says.
#[test]
fn a_fragment_is_not_blamed_for_what_it_lacks() {
    let server = Cluster::new().server().fragment();
    let part = server.without("client-ca-file").without("requestheader-group-headers").without("proxy-client-key-file");
    expect(&part, &[]);
    expect(&part.set("requestheader-username-headers", "X-User"), &["error requestheader-headers-nonstandard"]);
}

/// A cluster with one CA for clients and front proxies.
fn one_ca() -> Cluster {
    let ca = Issued::ca("kubernetes");
    Cluster { proxy_client: ca.client("front-proxy-client"), front_proxy_ca: ca.clone(), client_ca: ca }
}

#[test]
fn nothing_is_wrong_with_what_kubeadm_makes() {
    let cluster = Cluster::new();
    assert_eq!(ids(&cluster.server().setup(), &[], Severity::Note), <[&str; 0]>::default());
    let manager = cluster.controller_manager().without("requestheader-allowed-names").setup();
    assert_eq!(ids(&manager, &[&cluster.server().setup()], Severity::Note), ["controller-manager-names-empty"]);
}

#[test]
fn what_the_config_map_has_from_a_server_is_told_once() {
    let cluster = Cluster::new();
    let (config_map, server) = (cluster.config_map().read(), cluster.server().setup());
    assert_eq!(ids(&config_map, &[], Severity::Note), <[&str; 0]>::default());
    assert_eq!(ids(&config_map, &[&server], Severity::Note), <[&str; 0]>::default());
    let ca = Issued::ca_with("front-proxy-ca", |params| params.not_after = NOW - time::Duration::DAY);
    let expired = cluster.clone().with_front_proxy_ca(ca);
    let config_map = expired.config_map().read();
    assert_eq!(ids(&config_map, &[], Severity::Note), ["ca-expired"]);
    assert_eq!(ids(&config_map, &[&server], Severity::Error), ["ca-expired", "configmap-drift"]);
    assert_eq!(ids(&config_map, &[&expired.server().setup()], Severity::Note), <[&str; 0]>::default());
    let headers = "requestheader-username-headers";
    let config_map = cluster.config_map().without(headers).read();
    assert_eq!(ids(&config_map, &[], Severity::Note), ["requestheader-headers-missing"]);
    let server = cluster.server().without(headers).setup();
    assert_eq!(ids(&config_map, &[&server], Severity::Note), <[&str; 0]>::default());
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
    let warnings = ids(&server, &[&manager], Severity::Warning);
    assert_eq!(warnings, ["ca-reused"]);
    assert_eq!(ids(&manager, &[&server], Severity::Warning), ["component-ca-reused"]);
    let config_map = cluster.config_map().read();
    assert_eq!(ids(&config_map, &[&server], Severity::Warning), <[&str; 0]>::default());
    assert_eq!(ids(&config_map, &[], Severity::Warning), ["configmap-ca-reused"]);
}

#[test]
fn each_direction_and_each_kind_of_link_has_its_rule() {
    let cluster = Cluster::new();
    let key = cluster.client_ca.same_key_as("front-proxy-ca");
    let key = cluster.clone().with_front_proxy_ca(key);
    assert_eq!(errors(&key.server()), ["ca-key-reused"]);

    let below = Cluster { client_ca: cluster.front_proxy_ca.intermediate("kubernetes"), ..cluster.clone() };
    assert_eq!(errors(&below.server()), ["ca-reused"]);

    let above = cluster.client_ca.intermediate("front-proxy-ca");
    let above = cluster.clone().with_front_proxy_ca(above);
    assert_eq!(errors(&above.server()), ["requestheader-ca-logs-in"]);

    let manager = cluster.controller_manager().set("cluster-signing-cert-file", FRONT_PROXY_CA).setup();
    let server = cluster.server().setup();
    assert_eq!(ids(&manager, &[&server], Severity::Warning), ["csr-signer-reaches-requestheader"]);
    assert_eq!(ids(&server, &[&manager], Severity::Warning), <[&str; 0]>::default());
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
