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

pub(crate) use certificates::{Authority, Client};
pub(crate) use control_plane::ControlPlane;
pub(crate) use controller_manager::{ControllerManager, signed_by_the_cluster};
pub(crate) use extension::{Extension, FLUNDERS, flunders_answer, kubeconfig};
pub(crate) use http::{Answer, Request};
pub(crate) use kube_apiserver::KubeApiserver;
pub(crate) use load::Load;
pub(crate) use process::{Process, eventually};
pub(crate) use servers::Servers;
