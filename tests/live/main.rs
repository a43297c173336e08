//! Real servers: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, sample-apiserver and metrics-server, on
//! loopback, against what this crate says and makes.
//!
//! The servers come from the directory that `AGGCERT_LIVE_BIN` names; `.ci/live` makes one. Without it every test here
//! says that it is skipped. An experiment is a function in a file of its own, and all that it needs is this:
//!
//! ```ignore
//! let Some(servers) = Servers::find_with(SAMPLE.program) else { return };
//! let control_plane = ControlPlane::new(&servers);
//! aggcert(control_plane.path(), &["init", "pki"]);
//! let flags = lines(&aggcert(control_plane.path(), &["flags", "pki"]));
//! let server = control_plane.kube_apiserver(&flags);
//! // A flag takes the place of the usual one of its name. The error is the log of a program that ended.
//! let extension = control_plane.try_extension(&SAMPLE, &server, &["--v=4".to_owned()]).unwrap();
//! SAMPLE.answers(&server, 200);
//! assert_eq!(SAMPLE.condition(&server).0, "Passed");
//! let mallory = Authority::load(&control_plane.file("pki"), "front-proxy-ca").client("mallory", &["devs"]);
//! assert_eq!(server.whoami(Some(&mallory), &[("X-Remote-User", "alice")]).username(), None);
//! assert_eq!(extension.send(FLUNDERS, Request { client: Some(&mallory), ..Request::default() }).status, 401);
//! server.create("/api/v1/namespaces", json!({"metadata": {"name": "mine"}}));
//! shell(control_plane.path(), &server.kubeconfig(), "kubectl get apiservices");
//! let setup = model::setup(&flags, control_plane.path(), &servers.version());
//! assert!(model::errors("ca-reused", Target::Server(&setup), &[]).is_empty());
//! assert!(control_plane.try_companion("kube-scheduler", &server, &["--port=0".to_owned()]).is_err());
//! ```
//!
//! All files lie in a temporary directory, and all processes end with the values that stand for them, even when a test
//! panics or is killed. One control plane runs at a time.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test fails by panicking")]

mod aggregation;
mod attacks;
mod broken;
#[cfg(feature = "cluster")]
mod cluster;
mod commands;
mod companions;
mod config_map;
mod decisions;
mod experiment;
mod export;
mod extension;
mod formats;
mod harness;
mod kubeadm;
mod load;
mod made_extension;
mod model;
mod other_attacks;
mod pair;
mod random;
#[allow(dead_code, reason = "reading a recording is for the test that replays them")]
#[path = "../ground_truth/recording.rs"]
mod recording;
mod rotation;
mod separation;
mod startup;
mod watching;
