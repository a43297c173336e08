//! The shapes in which people write down a server's flags, one file or folder a shape.

pub(crate) mod api_service;
pub(crate) mod arguments_file;
mod binding;
mod certificates;
pub(crate) mod collection;
pub mod command;
pub(crate) mod config_map;
pub(crate) mod distribution;
mod endpoints;
mod environment;
mod extension_server;
pub(crate) mod flag_dump;
pub mod flags;
pub(crate) mod handshake;
pub mod kubeadm;
pub mod layouts;
pub(crate) mod manifest;
pub(crate) mod openshift;
pub mod pki_directory;
pub(in crate::source) mod pki_document;
pub(crate) mod proc_cmdline;
pub(crate) mod resource;
mod role;
mod service;
pub(crate) mod systemd;
pub(crate) mod tools;
mod workload;
