//! What rules are asked about.

use crate::kubernetes::Component;
use crate::model::{ConfigMap, ExtensionServer, Setup};
use crate::source::{ApiService, Collection, Handshake};

use super::policy::Policy;

/// One thing that was read, with its files loaded.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    Server(&'a Setup),
    OtherComponent(&'a Setup),
    ConfigMap(&'a ConfigMap),
    ApiService(&'a ApiService),
    /// A cluster that was read, for what of it could not be.
    Cluster(&'a Collection),
    /// A server of it that was asked itself.
    Handshake(&'a Handshake),
    Extension(&'a ExtensionServer),
    Nodes(&'a [&'a Setup]),
    Policy(&'a Policy),
}

impl<'a> Target<'a> {
    /// The set-up, where it is one; of a ConfigMap that of who reads it.
    pub fn setup(&self) -> Option<&'a Setup> {
        match *self {
            Self::Server(setup) | Self::OtherComponent(setup) => Some(setup),
            Self::ConfigMap(config_map) => Some(config_map.reader()),
            Self::Extension(server) => Some(&server.setup),
            Self::ApiService(_) | Self::Cluster(_) | Self::Handshake(_) | Self::Nodes(_) | Self::Policy(_) => None,
        }
    }

    /// The file that it was read from.
    pub fn file(&self) -> Option<&'a str> {
        let origin = match *self {
            Self::ApiService(service) => &service.name.origin,
            Self::Cluster(collection) => &collection.name.origin,
            Self::Handshake(handshake) => &handshake.server.origin,
            Self::Nodes(nodes) => &nodes.first()?.invocation.origin,
            Self::Policy(policy) => return policy.file().map(|file| file.name()),
            Self::Extension(server) => &server.setup.invocation.origin,
            Self::ConfigMap(config_map) => config_map.origin(),
            Self::Server(setup) | Self::OtherComponent(setup) => &setup.invocation.origin,
        };
        Some(origin.file().name())
    }

    /// A set-up that was read, as the target that it is.
    pub fn of(setup: &'a Setup) -> Self {
        match setup.invocation.component {
            Component::KubeApiserver => Self::Server(setup),
            Component::KubeControllerManager | Component::KubeScheduler | Component::ExtensionApiServer => {
                Self::OtherComponent(setup)
            }
        }
    }
}
