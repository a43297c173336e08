//! The server as a model: arguments to options, start-up, authentication, issuer reach.

mod version;

pub use version::{KubernetesVersion, VersionError};
