//! Make, print and judge the certificates of the Kubernetes aggregation layer, as kube-apiserver does.
//!
//! Data goes one way, from [`source`] over [`model`] and [`lint`] to [`report`]; ARCHITECTURE.md has the map.
//!
//! * `cluster` reads the objects of a running cluster; they become one more source (feature `cluster`).
//! * [`source`] finds the arguments of a server in what people wrote down, and remembers where each character was.
//! * [`model`] is the server as a model: arguments to options, start-up, authentication, issuer reach.
//! * [`kubernetes`] knows the components, their versions and their flags, and how objects are named.
//! * [`text`] remembers where each character was written, and makes what comes from outside printable.
//! * [`system`] holds what differs between systems.
//! * [`x509`] knows certificates, bundles and keys, and path validation as Go does it. There is no Kubernetes in it.
//! * [`lint`] holds the rules, one file each, the engine that applies them to a set-up, and the run over all inputs.
//! * [`graph`] draws who signs what, which flag trusts what, and where the two worlds touch.
//! * [`report`] writes what the rules found, one file a format.
//! * [`pki`] makes the certificates and keeps them safe on disk.
//! * [`rotation`] says from certificates where the rotation of a CA stands, and prepares its next step.
//! * [`emit`] writes the flags that match them, one file a format, and the objects of an extension API server.
//! * [`explain`] says what a log line of this matter means.
//! * [`cli`] turns a command line into calls of the above.

pub mod cli;
#[cfg(feature = "cluster")]
pub mod cluster;
pub mod emit;
pub mod explain;
pub mod graph;
pub mod kubernetes;
pub mod lint;
pub mod model;
pub mod pki;
pub mod report;
pub mod rotation;
pub mod source;
pub mod system;
pub mod text;
pub mod x509;
