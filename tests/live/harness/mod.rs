//! What an experiment is made of.

mod certificates;
mod control_plane;
mod controller_manager;
mod extension;
mod http;
mod kube_apiserver;
mod load;
mod process;
mod servers;

pub use certificates::{Authority, Client};
pub use control_plane::ControlPlane;
pub use controller_manager::{ControllerManager, signed_by_the_cluster};
pub use extension::{Extension, FLUNDERS, flunders_answer, kubeconfig};
pub use http::{Answer, Request};
pub use kube_apiserver::KubeApiserver;
pub use load::Load;
pub use process::{Process, eventually};
pub use servers::Servers;
