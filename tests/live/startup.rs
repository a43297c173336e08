//! Flags and files of all sorts: the server starts, or refuses with the words that the model has for it.

use std::fs;
use std::path::Path;

use aggcert::model::Startup;
use aggcert::text::Located;

use crate::experiment::refusal;
use crate::harness::{ControlPlane, Process, Servers};
use crate::model;
use crate::random::{Random, rounds};

/// Command lines that are tried. Most refusals take the server a moment, the others a second or two.
const ROUNDS: u64 = 30;

/// The server has read all of these flags and files when it listens. The proxy client's pair is the last of them
/// (kube-aggregator, `pkg/apiserver/apiserver.go`, `NewWithDelegate`).
const HAS_READ_ITS_FLAGS: &str = "Serving securely on";

/// Of each line at most one is given, and most often the first.
const CHOICES: &[&[&str]] = &[
    &[
        "--client-ca-file=ca.crt",
        "--client-ca-file=both.crt",
        "--client-ca-file=missing.crt",
        "--client-ca-file=empty.crt",
        "--client-ca-file=\"ca.crt\"",
        "--client-ca-file=",
        "--client_ca_file=ca.crt",
    ],
    &[
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
    &["--requestheader-group-headers=X-Remote-Group", "--requestheader-group-headers=\t"],
    &["--requestheader-extra-headers-prefix=X-Remote-Extra-", "--requestheader-extra-headers-prefix=,"],
    &[
        "--requestheader-uid-headers=X-Remote-Uid",
        "--requestheader-uid-headers=x-remote-uid,X-Id",
        "--requestheader-uid-headers=X-Id",
        "--requestheader-uid-headers=",
    ],
    &[
        "--proxy-client-cert-file=client.crt",
        "--proxy-client-cert-file=both.crt",
        "--proxy-client-cert-file=missing.crt",
        "--proxy-client-cert-file=empty.crt",
        "--proxy-client-cert-file=ca.der",
        "--proxy-client-cert-file=",
    ],
    &[
        "--proxy-client-key-file=client.key",
        "--proxy-client-key-file=ca.key",
        "--proxy-client-key-file=missing.key",
        "--proxy-client-key-file=empty.crt",
        "--proxy-client-key-file=client.crt",
        "--proxy-client-key-file=",
    ],
    &[
        "--enable-aggregator-routing=true",
        "--enable-aggregator-routing=1",
        "--enable-aggregator-routing=yes",
        "--enable-aggregator-routing",
    ],
    &["--anonymous-auth=false", "--anonymous-auth=no", "--anonymous-auth", "--anonymous-auth=TRUE"],
    &[
        "--feature-gates=RemoteRequestHeaderUID=true",
        "--feature-gates=RemoteRequestHeaderUID=false",
        "--feature-gates=RemoteRequestHeaderUID=perhaps",
        "--feature-gates=kube:RemoteRequestHeaderUID=false",
        "--feature-gates=AnyVolumeDataSource",
    ],
    &[
        "--authentication-config=on.yaml",
        "--authentication-config=silent.yaml",
        "--authentication-config=missing.yaml",
        "--authentication-config=empty.crt",
    ],
];

/// At most one of these stands somewhere: what others than the aggregation layer depend on, what some version has no more
/// or has not yet, values of each type, and what is no flag.
const OTHERS: &[&str] = &[
    "--",
    "surplus",
    "-x",
    "--v=2",
    "-v=2",
    "-v2",
    "--v=high",
    "--v=0x2",
    "--v=-1",
    "--version=perhaps",
    "--profiling=maybe",
    "--max-requests-inflight=many",
    "--max-requests-inflight=0x10",
    "--min-request-timeout=1.5",
    "--goaway-chance=often",
    "--event-ttl=1",
    "--event-ttl=1h5",
    "--request-timeout=1d",
    "--enable-admission-plugins=\"",
    "--requestheader-client-ca=front.crt",
    "--proxy-client-cert=client.crt",
    // Until 1.21 to 1.26.
    "--insecure-port=0",
    "--insecure-bind-address=127.0.0.1",
    "--port=0",
    "--address=127.0.0.1",
    "--kubelet-https=true",
    "--target-ram-mb=0",
    "--enable-swagger-ui",
    "--logtostderr",
    "--log-dir=.",
    "--add-dir-header=false",
    "--master-service-namespace=default",
    "--service-account-api-audiences=api",
    "--experimental-encryption-provider-config=missing.yaml",
    // Since 1.33 to 1.36.
    "--coordinated-leadership-retry-period=2s",
    "--emulation-forward-compatible=false",
    "--min-compatibility-version=1.34",
    "--tls-curve-preferences=29",
    // Of other components.
    "--cluster-signing-cert-file=ca.crt",
    "--leader-elect=false",
    "--authentication-kubeconfig=missing",
];

fn command_line(random: &mut Random) -> Vec<String> {
    let mut flags = Vec::new();
    for choices in CHOICES {
        match random.below(6) {
            0 | 1 => {}
            2 => flags.push((*random.of(choices)).to_owned()),
            _ => flags.push(choices[0].to_owned()),
        }
    }
    if random.one_in(3) {
        // Given twice, as it stands or with another value.
        let choices = *random.of(CHOICES);
        flags.push((*random.of(choices)).to_owned());
    }
    for at in (1..flags.len()).rev() {
        flags.swap(at, random.below(at + 1));
    }
    if random.one_in(3) {
        flags.insert(random.below(flags.len() + 1), (*random.of(OTHERS)).to_owned());
    }
    // Without it the server takes AlwaysAllow, which switches anonymous requests off.
    flags.insert(0, "--authorization-mode=RBAC".to_owned());
    flags
}

/// The files that the flags name.
fn write_files(control_plane: &ControlPlane) {
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let ca = read(&control_plane.authority("ca").certificate);
    let authority = control_plane.authority("front");
    let front = read(&authority.certificate);
    let client = authority.client("front-proxy-client", &[]);
    let configuration = "apiVersion: apiserver.config.k8s.io/v1beta1\nkind: AuthenticationConfiguration\n";
    let broken = ca.replacen("\nMII", "\nMAA", 1);
    assert_ne!(broken, ca);
    for (name, contents) in [
        ("both.crt", format!("{ca}{front}")),
        ("empty.crt", String::new()),
        ("broken.crt", format!("{front}{broken}")),
        ("client.crt", read(&client.certificate)),
        ("client.key", read(&client.key)),
        ("on.yaml", format!("{configuration}anonymous:\n  enabled: true\n")),
        ("silent.yaml", configuration.to_owned()),
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

/// Private keys are often not where a set-up is judged, and the model says so.
pub(crate) fn is_taken_for_granted(assumptions: &[Located<String>], theirs: &str) -> bool {
    assumptions.iter().any(|assumption| assumption.value == "the private key missing.key is not here")
        && theirs.contains("open missing.key: no such file or directory")
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
        (Startup::Starts { assumptions, .. }, Err(theirs)) if is_taken_for_granted(&assumptions, theirs) => {
            return None;
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
