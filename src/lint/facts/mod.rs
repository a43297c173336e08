//! What several rules look at and say, so that one cause gives one error in one wording.

pub(crate) mod api_service_patch;
pub(crate) mod cert_manager;
pub(crate) mod clients;
pub(crate) mod components;
pub(crate) mod condition;
pub(crate) mod config_map_patch;
pub(crate) mod dates;
pub(crate) mod extension;
pub(crate) mod flags;
pub(crate) mod front_proxy;
pub(crate) mod handshake;
pub(crate) mod host;
pub(crate) mod init_command;
pub(crate) mod injection;
pub(crate) mod look;
pub(crate) mod node_answers;
pub(crate) mod node_lead;
pub(crate) mod node_view;
pub(crate) mod passed_on;
pub(crate) mod reuse;
pub(crate) mod rights;
pub(crate) mod root_ca;
pub(crate) mod serving;
pub(crate) mod serving_fix;
pub(crate) mod stale;
pub(crate) mod wording;
