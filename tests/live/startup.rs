//! Flags and files of all sorts: the server starts, or refuses with the words that the model has for it.

use std::fs;
use std::path::Path;

use aggcert::model::Startup;

use crate::experiment::refusal;
use crate::harness::{Authority, ControlPlane, Process, Servers};
use crate::model;
use crate::random::{Random, rounds};

/// Command lines that are tried. Most refusals take the server a moment, the others a second or two.
const ROUNDS: u64 = 30;

/// The server has read all of these flags and files when it has made its admission chain, before it needs etcd.
const HAS_READ_ITS_FLAGS: &str = "admission controller(s) successfully";

/// Of each line at most one is given, and most often none.
const CHOICES: &[&[&str]] = &[
    &[
        "--client-ca-file=ca.crt",
        "--client-ca-file=ca.crt",
        "--client-ca-file=both.crt",
        "--client-ca-file=missing.crt",
        "--client-ca-file=empty.crt",
        "--client-ca-file=\"ca.crt\"",
        "--client-ca-file=",
    ],
    &[
        "--requestheader-client-ca-file=front.crt",
        "--requestheader-client-ca-file=front.crt",
        "--requestheader-client-ca-file=both.crt",
        "--requestheader-client-ca-file=ca.crt",
        "--requestheader-client-ca-file=ca.der",
        "--requestheader-client-ca-file=ca.key",
        "--requestheader-client-ca-file=broken.crt",
        "--requestheader-client-ca-file=text-around.crt",
        "--requestheader-client-ca-file=.",
    ],
    &[
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-allowed-names=a,b",
        "--requestheader-allowed-names=a,",
        "--requestheader-allowed-names=\"\"",
        "--requestheader-allowed-names=\"a",
        "--requestheader-allowed-names=a\"b",
        "--requestheader-allowed-names= ",
        "--requestheader-allowed-names=",
        "--requestheader-allowed-name=a",
    ],
    &[
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-username-headers=X-User",
        "--requestheader-username-headers=X-User,,X-Remote-User",
        "--requestheader_username_headers=X-Remote-User",
        "-requestheader-username-headers=X-Remote-User",
    ],
    &[
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-group-headers=\t",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-extra-headers-prefix=,",
        "--requestheader-uid-headers=X-Remote-Uid",
        "--requestheader-uid-headers=x-remote-uid,X-Id",
        "--requestheader-uid-headers=X-Id",
    ],
    &[
        "--anonymous-auth=false",
        "--anonymous-auth=no",
        "--anonymous-auth",
        "--enable-aggregator-routing=true",
        "--enable-aggregator-routing=1",
        "--enable-aggregator-routing=yes",
        "--proxy-client-cert-file=missing.crt",
        "--feature-gates=RemoteRequestHeaderUID=false",
        "--feature-gates=RemoteRequestHeaderUID=perhaps",
        "--feature-gates=kube:RemoteRequestHeaderUID=false",
        "--feature-gates=AnyVolumeDataSource",
        "--",
        "surplus",
    ],
];

fn command_line(random: &mut Random) -> Vec<String> {
    // Without it the server takes AlwaysAllow, which switches anonymous requests off.
    let mut flags = vec!["--authorization-mode=RBAC".to_owned()];
    for choices in CHOICES {
        if !random.one_in(3) {
            flags.push((*random.of(choices)).to_owned());
        }
    }
    flags
}

/// The files that the flags name.
fn write_files(control_plane: &ControlPlane) {
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let ca = read(&Authority::new(control_plane.path(), "ca").certificate);
    let front = read(&Authority::new(control_plane.path(), "front").certificate);
    let broken = ca.replacen("\nMII", "\nMAA", 1);
    assert_ne!(broken, ca);
    for (name, contents) in [
        ("both.crt", format!("{ca}{front}")),
        ("empty.crt", String::new()),
        ("broken.crt", format!("{front}{broken}")),
        ("text-around.crt", format!("The CA\r\n{}\r\n", front.replace('\n', "\r\n"))),
    ] {
        control_plane.write(name, contents);
    }
    control_plane.write("ca.der", pem::parse(ca).unwrap().contents());
}

/// What the server does with these flags: the error is its refusal.
fn start(control_plane: &ControlPlane, flags: &[String]) -> Result<(), String> {
    let mut process: Process = control_plane.start_kube_apiserver(flags);
    if process.wait_until(|process| process.log().contains(HAS_READ_ITS_FLAGS)) {
        Ok(())
    } else {
        Err(refusal(&process.log()))
    }
}

fn disagreement(control_plane: &ControlPlane, version: &str, flags: &[String]) -> Option<String> {
    let setup = model::setup(flags, control_plane.path(), version);
    let server = start(control_plane, flags);
    let difference = match (model::startup(&setup), &server) {
        (Startup::Starts { .. }, Ok(())) => return None,
        (Startup::Refuses(ours), Err(theirs)) => {
            let ours = ours.message.replace('\\', "");
            if ours.ends_with(theirs.as_str()) || theirs.ends_with(&ours) {
                return None;
            }
            format!("refuses with {theirs:?}, the model with {ours:?}")
        }
        (ours, theirs) => format!("{theirs:?}, the model says {ours:?}"),
    };
    Some(format!("{flags:?}: {difference}"))
}

#[test]
fn flags_and_files_are_refused_as_the_server_does() {
    let Some(servers) = Servers::find() else { return };
    let control_plane = ControlPlane::new(&servers);
    write_files(&control_plane);
    let version = servers.version();
    let mut random = Random(1);
    let lines = (0..rounds(ROUNDS)).map(|_| command_line(&mut random));
    let wrong: Vec<String> = lines.filter_map(|flags| disagreement(&control_plane, &version, &flags)).collect();
    assert!(wrong.is_empty(), "{} disagreements\n{}", wrong.len(), wrong.join("\n"));
}
