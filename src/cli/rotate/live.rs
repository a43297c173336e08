//! What a running cluster shows of a step: its ConfigMap, and whose clients its servers accept.

#[cfg(feature = "cluster")]
use crate::cluster::{self, Access, ClusterError};
use crate::rotation::{Accepting, Pair};
#[cfg(feature = "cluster")]
use crate::source::{Document, Handshake, NoSurroundings, read};
use crate::x509::Certificate;
#[cfg(feature = "cluster")]
use crate::x509::Name;

/// What the ConfigMap holds.
#[derive(Debug, Default)]
pub(super) struct Published {
    pub requestheader_cas: Vec<Certificate>,
    pub client_cas: Vec<Certificate>,
}

/// A cluster that was read, and whose servers were asked.
#[derive(Debug, Default)]
pub(crate) struct Live {
    pub servers: Vec<Server>,
    /// Each API server that finds APIServices unavailable, and which.
    pub unavailable: Vec<(String, Vec<String>)>,
    /// Why not all extension servers are known.
    pub not_read: Option<String>,
    /// Why the ConfigMap is not known.
    pub config_map_unseen: Option<String>,
    /// Which API servers that were named did not answer, and why.
    pub silent: Vec<String>,
}

/// A server that was asked.
#[derive(Debug)]
pub(crate) struct Server {
    pub name: String,
    pub is_kube_apiserver: bool,
    /// The names of the CAs whose clients it accepts, in its order; or why they are not known.
    pub accepts: Result<Vec<String>, String>,
}

impl Server {
    /// Whether it names this CA; `None`: it is not known.
    pub(super) fn accepts(&self, ca: &Certificate) -> Option<bool> {
        let names = self.accepts.as_ref().ok()?;
        Some(names.contains(&ca.subject.to_string()))
    }
}

impl Live {
    pub(super) fn kube_apiservers(&self) -> impl Iterator<Item = &Server> {
        self.servers.iter().filter(|server| server.is_kube_apiserver)
    }

    /// What extension servers say.
    pub(super) fn accepting(&self) -> impl Iterator<Item = Accepting> {
        let extensions = self.servers.iter().filter(|server| !server.is_kube_apiserver);
        extensions.filter_map(|server| {
            Some(Accepting { server: server.name.clone(), subjects: server.accepts.as_ref().ok()?.clone() })
        })
    }

    /// What contradicts that the nodes show their new clients: the bundle of that step has the new CA first, and a server
    /// names them in the order of its file.
    pub(super) fn contradictions(&self, pair: &Pair) -> Vec<String> {
        let place = |names: &[String], ca: &Certificate| {
            let subject = ca.subject.to_string();
            names.iter().position(|name| *name == subject)
        };
        let mut found = Vec::new();
        for server in self.kube_apiservers() {
            let Ok(names) = &server.accepts else { continue };
            let is_behind = match (place(names, &pair.old), place(names, &pair.new)) {
                (Some(old), Some(new)) => old < new,
                (_, new) => new.is_none(),
            };
            if is_behind {
                found.push(format!("{} (it has not loaded the bundle of this step)", server.name));
            }
        }
        let unavailable = self.unavailable.iter();
        found.extend(unavailable.map(|(server, names)| format!("{server} (it cannot ask {})", names.join(", "))));
        found
    }
}

/// Reads a cluster: the CAs of its ConfigMap, and what it shows.
#[cfg(feature = "cluster")]
pub(super) fn look(
    access: &Access,
    progress: impl Fn() + Send + Sync + 'static,
) -> Result<(Option<Published>, Live), ClusterError> {
    let text = cluster::collect(access, progress)?.text;
    // What is not published is not held; what was not read is not known.
    let (mut config_map, mut live) = (Some(Published::default()), Live::default());
    // What was written here can be read.
    for document in read(&text, None, &NoSurroundings).unwrap_or_default() {
        match document {
            Document::AuthenticationConfigMap(map) => {
                let read = |text: &crate::text::Text| {
                    crate::pki::contents::certificates(text.as_str().as_bytes()).unwrap_or_default()
                };
                config_map = Some(Published {
                    requestheader_cas: map.requestheader_client_ca.as_ref().map(read).unwrap_or_default(),
                    client_cas: map.client_ca.as_ref().map(read).unwrap_or_default(),
                });
            }
            Document::Handshake(handshake) => live.servers.push(server(&handshake)),
            Document::Collection(collection) => {
                let looked_at = ["apiservices.apiregistration.k8s.io", "services", "endpointslices.discovery.k8s.io"];
                let lack = looked_at.iter().find_map(|what| collection.lacks(what));
                if let Some(lack) = collection.lacks("configmaps") {
                    config_map = None;
                    live.config_map_unseen = Some(lack.why.clone());
                }
                live.not_read = lack.map(|lack| lack.why.clone());
                for view in collection.api_servers.iter().filter(|view| !view.unavailable.is_empty()) {
                    let names = view.unavailable.iter().map(|name| name.value.clone()).collect();
                    live.unavailable.push((view.address.value.clone(), names));
                }
            }
            _ => {}
        }
    }
    if !access.api_servers.is_empty() {
        let silent = live.kube_apiservers().filter_map(|server| Some((server, server.accepts.as_ref().err()?)));
        live.silent = silent.map(|(server, why)| format!("{} ({why})", server.name)).collect();
    }
    Ok((config_map, live))
}

#[cfg(feature = "cluster")]
fn server(handshake: &Handshake) -> Server {
    let accepts = match &handshake.shown {
        Err(lack) => Err(lack.why.clone()),
        Ok(shown) => shown.accepts.as_ref().map_or_else(
            || Err("it asks for no client certificate".to_owned()),
            |names| {
                let name = |der: &[u8]| Name::from_der(der).map_or_else(|_| String::new(), |name| name.to_string());
                Ok(names.iter().map(|ca| name(&ca.subject)).collect())
            },
        ),
    };
    Server { name: handshake.server.value.clone(), is_kube_apiserver: handshake.is_kube_apiserver, accepts }
}
