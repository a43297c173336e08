//! Random PKIs and headers: the live server's answer to "who am I" is the model's.

use std::fs;

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa};

use crate::experiment::Experiment;
use crate::harness::{Authority, Client, ControlPlane, Servers};
use crate::random::{Random, rounds};

/// Set-ups that are tried; each takes the start of a server.
const ROUNDS: u64 = 4;
const REQUESTS: usize = 40;

/// Some CAs, in part of one key or below each other.
fn authorities(control_plane: &ControlPlane, random: &mut Random) -> Vec<Authority> {
    let mut authorities: Vec<Authority> = Vec::new();
    for index in 0..4 + random.below(3) {
        let name = format!("ca-{index}");
        let made = match random.below(4) {
            1 if index > 0 => authorities[random.below(index)].intermediate(&name),
            2 if index > 0 => authorities[random.below(index)].renamed(&name),
            _ => control_plane.authority(&name),
        };
        authorities.push(made);
    }
    authorities
}

/// One to three of the CAs in a file.
fn bundle(control_plane: &ControlPlane, random: &mut Random, name: &str, authorities: &[Authority]) {
    let count = 1 + random.below(2) + random.below(2);
    let chosen = (0..count).map(|_| fs::read(&random.of(authorities).certificate).unwrap());
    control_plane.write(name, chosen.collect::<Vec<_>>().concat());
}

const NAMES: [&str; 5] = ["front-proxy-client", "aggregator", "alice", "Front-Proxy-Client", " aggregator"];

fn clients(random: &mut Random, authorities: &[Authority]) -> Vec<Client> {
    let client = |index: usize| {
        let issuer = random.of(authorities);
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = DistinguishedName::new();
        if !random.one_in(8) {
            parameters.distinguished_name.push(DnType::CommonName, *random.of(&NAMES));
        }
        if random.one_in(2) {
            parameters.distinguished_name.push(DnType::OrganizationName, *random.of(&["system:masters", "devs"]));
        }
        parameters.extended_key_usages = match random.below(6) {
            0 => vec![],
            1 => vec![ExtendedKeyUsagePurpose::ServerAuth],
            2 => vec![ExtendedKeyUsagePurpose::Any],
            _ => vec![ExtendedKeyUsagePurpose::ClientAuth],
        };
        if random.one_in(8) {
            parameters.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }
        if random.one_in(8) {
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let client = issuer.issue(&index.to_string(), &parameters);
        if random.one_in(2) { client.sending(&random.of(authorities).certificate) } else { client }
    };
    (0..12).map(client).collect()
}

/// Flags, in part missing.
fn flags(random: &mut Random) -> Vec<String> {
    let mut flags = vec!["--requestheader-client-ca-file=requestheader-ca.crt".to_owned()];
    if !random.one_in(8) {
        flags.push("--client-ca-file=client-ca.crt".to_owned());
    }
    for (flag, values) in [
        ("allowed-names", &["front-proxy-client", "aggregator,alice", "", "front-proxy-client"][..]),
        ("username-headers", &["X-Remote-User", "X-Forwarded-User,X-Remote-User", "x-remote-user"]),
        ("group-headers", &["X-Remote-Group", "X-Remote-Group,X-Teams"]),
        ("extra-headers-prefix", &["X-Remote-Extra-", "X-Remote-Extra-,X-More-"]),
        ("uid-headers", &["X-Remote-Uid"]),
    ] {
        if !random.one_in(6) {
            flags.push(format!("--requestheader-{flag}={}", random.of(values)));
        }
    }
    flags
}

fn headers(random: &mut Random) -> Vec<(String, String)> {
    const CHOICES: [(&str, &[&str]); 8] = [
        ("X-Remote-User", &["alice", "system:admin", ""]),
        ("x-remote-user", &["bob"]),
        ("X-Forwarded-User", &["carol"]),
        ("X-Remote-Group", &["system:masters", "devs", ""]),
        ("X-Teams", &["blue"]),
        ("X-Remote-Uid", &["7"]),
        ("X-Remote-Extra-Scopes", &["a", "b"]),
        ("X-More-%2FPath", &["c d"]),
    ];
    let mut headers = vec![("X-Remote-User".to_owned(), "alice".to_owned())];
    headers.truncate(random.below(2));
    for _ in 0..random.below(4) {
        let (name, values) = random.of(&CHOICES);
        headers.push(((*name).to_owned(), (*random.of(values)).to_owned()));
    }
    headers
}

fn experiment(control_plane: &ControlPlane, seed: u64) -> Experiment {
    let mut random = Random(seed);
    let authorities = authorities(control_plane, &mut random);
    bundle(control_plane, &mut random, "client-ca.crt", &authorities);
    bundle(control_plane, &mut random, "requestheader-ca.crt", &authorities);
    let clients = clients(&mut random, &authorities);
    let requests = (0..REQUESTS).map(|_| {
        let client = if random.one_in(8) { None } else { Some(random.of(&clients).clone()) };
        (client, headers(&mut random))
    });
    let requests = requests.collect();
    let bundles = ["client-ca.crt", "requestheader-ca.crt"].map(str::to_owned);
    Experiment {
        id: format!("random-{seed:03}"),
        note: "random PKI, flags and requests".to_owned(),
        flags: flags(&mut random),
        anonymous: random.one_in(2),
        files: bundles.into_iter().chain(clients.iter().map(Client::file_name)).collect(),
        requests,
    }
}

#[test]
fn random_requests_are_judged_as_the_server_does() {
    let Some(servers) = Servers::find() else { return };
    let control_plane = ControlPlane::new(&servers);
    let wrong: Vec<String> =
        (0..rounds(ROUNDS)).flat_map(|seed| experiment(&control_plane, seed).run(&control_plane)).collect();
    assert!(wrong.is_empty(), "{} disagreements\n{}", wrong.len(), wrong.join("\n"));
}

/// fixtures/go-x509 tells what another Go judges otherwise. Servers that are built with one come with a look at it.
#[test]
fn the_servers_are_built_with_the_go_that_is_modelled() {
    let Some(servers) = Servers::find() else { return };
    let control_plane = ControlPlane::new(&servers);
    let version = control_plane.kube_apiserver(&[]).admin("GET", "/version", None).json();
    let go = version["goVersion"].as_str().unwrap();
    assert!(go.starts_with("go1.26."), "{go}: see fixtures/go-x509/README.md");
}
