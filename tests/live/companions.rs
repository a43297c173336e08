//! The start of kube-controller-manager and kube-scheduler is what the model says.

use aggcert::model::Startup;

use crate::commands::shell;
use crate::harness::{Companion, ControlPlane, KubeApiserver, Request, Servers, eventually};
use crate::model;
use crate::startup::is_taken_for_granted;

/// The controllers that read files, and one that is made in any case.
const CONTROLLERS: &str = "--controllers=serviceaccount-token-controller,certificatesigningrequest-signing-controller,\
                           root-ca-certificate-publisher-controller";
const LISTED: &str = "root-ca-certificate-publisher-controller";

const REQUEST_HEADERS: &[&[&str]] = &[
    &[],
    &["--client-ca-file=ca.crt"],
    &["--client-ca-file=missing.crt"],
    &["--client-ca-file=empty.crt"],
    &["--requestheader-client-ca-file=ca.crt", "--client-ca-file=ca.crt"],
    &["--requestheader-client-ca-file=missing.crt"],
    &["--requestheader-client-ca-file=ca.key"],
    &["--requestheader-client-ca-file=ca.crt", "--requestheader-allowed-names=a,"],
    &["--requestheader-allowed-names=\"a"],
    &["--requestheader-uid-headers=X-Id"],
    &["--requestheader-username-headers= "],
    &["--requestheader-client-ca=ca.crt"],
    &["--proxy-client-cert-file=ca.crt"],
    &["--port=0"],
];

const KEYS: &[&[&str]] = &[
    &["--cluster-signing-cert-file=ca.crt", "--cluster-signing-key-file=ca.key"],
    &["--cluster-signing-cert-file=ca.crt", "--cluster-signing-key-file=other.key"],
    &["--cluster-signing-cert-file=ca.crt"],
    &["--cluster-signing-cert-file=missing.crt", "--cluster-signing-key-file=ca.key"],
    &[
        "--cluster-signing-kube-apiserver-client-cert-file=ca.crt",
        "--cluster-signing-kube-apiserver-client-key-file=missing.key",
    ],
    &["--cluster-signing-kube-apiserver-client-cert-file=ca.crt"],
    &["--cluster-signing-kubelet-serving-key-file=ca.key"],
    &["--cluster-signing-key-file=ca.key", "--cluster-signing-legacy-unknown-cert-file=ca.crt"],
    &["--service-account-private-key-file=ca.key", "--root-ca-file=ca.crt"],
    &["--service-account-private-key-file=ca.crt"],
    &["--service-account-private-key-file=missing.key"],
    &["--service-account-private-key-file=ed25519.key", "--root-ca-file=ca.crt"],
    &["--service-account-private-key-file=p224.key"],
    &["--service-account-private-key-file=ca.key", "--root-ca-file=missing.crt"],
    &["--service-account-private-key-file=ca.key", "--root-ca-file=ca.key"],
];

/// Whether the component goes on, or what it wrote before it ended.
fn start(
    control_plane: &ControlPlane,
    server: &KubeApiserver<'_>,
    program: &str,
    flags: &[String],
) -> Result<(), String> {
    let mut companion = control_plane.try_companion(program, server, flags)?;
    if program == "kube-scheduler" {
        return Ok(());
    }
    // All controllers are listed at once, when the last of them is made (`BuildControllers`).
    let is_listed =
        |companion: &Companion| companion.send("/healthz?verbose", Request::default()).body.contains(LISTED);
    eventually("the controllers are made", || companion.process.ended().is_some() || is_listed(&companion));
    if companion.process.ended().is_some() { Err(companion.process.log()) } else { Ok(()) }
}

fn disagreements(program: &str, rows: &[&[&str]]) {
    let Some(servers) = Servers::find_with(program) else { return };
    let control_plane = ControlPlane::new(&servers);
    let client_ca = control_plane.authority("ca");
    control_plane.authority("other");
    control_plane.write("empty.crt", "");
    shell(control_plane.path(), "", "openssl genpkey -algorithm ed25519 -out ed25519.key");
    shell(control_plane.path(), "", "openssl ecparam -name secp224r1 -genkey -noout -out p224.key");
    let server = control_plane.kube_apiserver(&[format!("--client-ca-file={}", client_ca.certificate.display())]);
    let differs = |row: &&[&str]| {
        let controllers = (program == "kube-controller-manager").then_some(&CONTROLLERS);
        let flags: Vec<String> = controllers.into_iter().chain(*row).map(|flag| (*flag).to_owned()).collect();
        let arguments = [&[program.to_owned()], &flags[..]].concat();
        let setup = model::setup(&arguments, control_plane.path(), &servers.version());
        let theirs = start(&control_plane, &server, program, &flags).map_err(|log| log.replace('\\', ""));
        match (model::startup(&setup), &theirs) {
            (Startup::Starts { .. }, Ok(())) => None,
            (Startup::Refuses(refusal), Err(log)) if log.contains(&refusal.message.replace('\\', "")) => None,
            (Startup::Starts { assumptions, .. }, Err(log)) if is_taken_for_granted(&assumptions, log) => None,
            (ours, theirs) => Some(format!("{row:?}: {theirs:?}, the model says {ours:?}")),
        }
    };
    let wrong: Vec<String> = rows.iter().filter_map(differs).collect();
    assert!(wrong.is_empty(), "{} disagreements\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn kube_controller_manager_starts_as_the_model_says() {
    disagreements("kube-controller-manager", &[REQUEST_HEADERS, KEYS].concat());
}

#[test]
fn kube_scheduler_starts_as_the_model_says() {
    disagreements("kube-scheduler", REQUEST_HEADERS);
}
