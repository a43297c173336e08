//! What an experiment is made of.

mod certificates;
mod companion;
mod control_plane;
mod extension;
mod http;
mod kube_apiserver;
mod load;
mod process;
mod servers;
mod signer;

pub(crate) use certificates::{Authority, Client};
pub(crate) use companion::Companion;
pub(crate) use control_plane::ControlPlane;
pub(crate) use extension::{Extension, FLUNDERS, METRICS, SAMPLE, base64, flunders_answer};
pub(crate) use http::{Answer, Request};
pub(crate) use kube_apiserver::{CONFIG_MAP, KubeApiserver};
pub(crate) use load::Load;
pub(crate) use process::{Process, eventually, free_port};
pub(crate) use servers::Servers;
pub(crate) use signer::signed_by_the_cluster;
