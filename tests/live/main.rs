//! Real servers: etcd, kube-apiserver, kube-controller-manager and sample-apiserver, on loopback, against what this crate
//! says and makes.
//!
//! The servers come from the directory that `AGGCERT_LIVE_BIN` names; `.ci/live` makes one. Without it every test here
//! says that it is skipped. An experiment begins like this:
//!
//! ```ignore
//! let Some(servers) = Servers::find() else { return };
//! let control_plane = ControlPlane::new(&servers);
//! let server = control_plane.kube_apiserver(&control_plane.usual_flags());
//! assert_eq!(server.whoami(Some(&client), &[("X-Remote-User", "alice")]).username(), Some("alice"));
//! ```
//!
//! All files lie in a temporary directory, and all processes end with the values that stand for them, even when a test
//! panics or is killed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test fails by panicking")]

mod aggregation;
mod attacks;
mod decisions;
mod experiment;
mod formats;
mod harness;
mod kubeadm;
mod load;
mod model;
mod other_attacks;
mod random;
#[allow(dead_code, reason = "reading a recording is for the test that replays them")]
#[path = "../ground_truth/recording.rs"]
mod recording;
mod rotation;
mod startup;
mod watching;
