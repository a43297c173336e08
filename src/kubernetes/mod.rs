//! What Kubernetes' own programs are called, their versions and their flags.

pub(crate) mod availability;
mod component;
pub(crate) mod flags;
mod headers;
pub mod names;
pub(crate) mod near;
mod version;

pub use component::Component;
pub use headers::{STANDARD_HEADERS, usual_headers};
pub use version::{KubernetesVersion, VersionError};
