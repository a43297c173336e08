//! Which server answers, out of what a command line names.

use std::io::Write;

use time::OffsetDateTime;

use super::WhoamiArguments;
use crate::cli::BadArguments;
use crate::explain::SAVE_CONFIG_MAP;
use crate::kubernetes::Component;
use crate::lint::run::Inventory;
use crate::model::{ConfigMap, Setup, refused_flags};
use crate::source::input::Input;
use crate::text::Located;

/// So many servers are named where there must be one.
const MOST_NAMED: usize = 8;

/// The server that answers, and what was read besides.
#[derive(Debug)]
pub(super) struct Server {
    pub setup: Setup,
    /// What of it is not in the inputs, and is taken for absent.
    pub not_seen: Vec<Located<String>>,
    /// Others that have a CA for front proxies: other nodes, the ConfigMap beside a flag.
    pub others: Vec<Setup>,
}

impl WhoamiArguments {
    /// The one server that the input describes.
    pub(super) fn server(&self, now: OffsetDateTime, err: &mut dyn Write) -> anyhow::Result<Server> {
        // An answer without one of the inputs could be another answer.
        for path in &self.inputs.paths {
            Input::of(path).map_err(|error| BadArguments(error.to_string()))?;
        }
        let mut inputs = self.inputs.inputs();
        let flags = std::mem::take(&mut inputs.flags);
        let mut inventory = inputs.inventory();
        if !flags.is_empty() {
            let has_config_map = !inventory.config_maps.is_empty();
            if self.extension && (has_config_map || !gives_headers(&flags)) {
                inventory.add_extension_flags(&flags, &inputs.reading);
            } else {
                inventory.add_flags(&flags, &inputs.reading);
            }
        }
        for failure in &inventory.failures {
            writeln!(err, "aggcert: {failure}")?;
        }
        let candidates = Candidates::of(inventory);
        let server = if self.extension { candidates.extension(now) } else { candidates.kube_apiserver() };
        server.map_err(|message| BadArguments(message).into())
    }
}

/// Whether flags name headers, as kube-apiserver's must and an extension server's need not.
fn gives_headers(flags: &[String]) -> bool {
    flags.iter().any(|flag| flag.replace('_', "-").starts_with("--requestheader-username-headers"))
}

/// What was read, by what it can answer as.
struct Candidates {
    servers: Vec<Setup>,
    config_maps: Vec<ConfigMap>,
    extensions: Vec<Setup>,
}

impl Candidates {
    fn of(inventory: Inventory) -> Self {
        let config_maps = inventory.config_maps;
        let mut candidates = Self { servers: Vec::new(), config_maps, extensions: Vec::new() };
        for setup in inventory.setups {
            match setup.invocation.component {
                Component::KubeApiserver => candidates.servers.push(setup),
                Component::ExtensionApiServer => candidates.extensions.push(setup),
                Component::KubeControllerManager | Component::KubeScheduler => {}
            }
        }
        candidates.extensions.extend(inventory.extensions.into_iter().map(|extension| extension.setup));
        candidates
    }

    fn kube_apiserver(mut self) -> Result<Server, String> {
        match (self.servers.len(), self.config_maps.is_empty()) {
            (0, false) => Err("there is only the ConfigMap, which extension servers read; add --extension".to_owned()),
            (0, true) if !self.extensions.is_empty() => Err(format!(
                "there is no kube-apiserver in it, only {}; add --extension to ask an extension API server",
                names(&self.extensions)
            )),
            _ => {
                let others = self.config_maps.into_iter().map(ConfigMap::into_reader).collect();
                Ok(Server { setup: one(&mut self.servers)?, not_seen: Vec::new(), others })
            }
        }
    }

    /// An extension server by its own flags, where there are some that count; by the ConfigMap; where there is none, by
    /// what the one kube-apiserver would publish.
    fn extension(mut self, now: OffsetDateTime) -> Result<Server, String> {
        if self.config_maps.len() > 1 {
            return Err(format!("there is more than one ConfigMap: {}; give one", places(&self.config_maps)));
        }
        let own = self.own_flags()?;
        let config_map = self.config_maps.pop();
        let published = || match self.servers.as_slice() {
            [server] => Some(server.published(now)),
            _ => None,
        };
        let Some(own) = own else {
            let Some(config_map) = config_map else {
                let setup = one(&mut self.servers)?.published(now).into_reader();
                return Ok(Server { setup, not_seen: Vec::new(), others: Vec::new() });
            };
            let setup = config_map.without_expired(now).into_reader();
            return Ok(Server { setup, not_seen: Vec::new(), others: self.servers });
        };
        if refuses(&own) {
            return Ok(Server { setup: own, not_seen: Vec::new(), others: self.servers });
        }
        let looked_up = config_map.clone().or_else(published);
        let is_missing = looked_up.is_none() && own.looks_up();
        if is_missing && !own.pins_requestheader_ca() {
            return Err(format!(
                "{} takes its requestheader CA from the ConfigMap, which is not given; fetch it with\n  {SAVE_CONFIG_MAP}\nand give it too",
                own.invocation.name
            ));
        }
        let origin = own.invocation.origin.clone();
        let missing = "the ConfigMap, from which it takes the CA for users; without it nobody is one";
        let not_seen = is_missing.then(|| Located::new(missing.to_owned(), origin)).into_iter().collect();
        let setup = own.delegated(looked_up.as_ref(), now);
        let others = self.servers.into_iter().chain(config_map.map(ConfigMap::into_reader)).collect();
        Ok(Server { setup, not_seen, others })
    }

    /// The extension server whose flags decide; `None`: no flag of any takes the place of the ConfigMap.
    fn own_flags(&mut self) -> Result<Option<Setup>, String> {
        let decides = |setup: &Setup| setup.pins_client_ca() || setup.pins_requestheader_ca() || refuses(setup);
        let is_alone = self.config_maps.is_empty() && self.servers.is_empty();
        if !is_alone && !self.extensions.iter().any(|setup| decides(setup) || !setup.looks_up()) {
            return Ok(None);
        }
        match self.extensions.len() {
            0 => Ok(None),
            1 => Ok(self.extensions.pop()),
            _ => Err(format!(
                "there is more than one extension API server: {}; give the file of one",
                names(&self.extensions)
            )),
        }
    }
}

/// Whether a server ends with its flags before it reads anything.
fn refuses(setup: &Setup) -> bool {
    !refused_flags(setup, setup.version()).is_empty()
}

/// The one kube-apiserver among them.
fn one(servers: &mut Vec<Setup>) -> Result<Setup, String> {
    let count = servers.len();
    let all = names(servers);
    servers.pop().filter(|_| count == 1).ok_or_else(|| match count {
        0 => "there is no kube-apiserver in it; give its manifest, or its flags behind `--`".to_owned(),
        _ => format!("there is more than one kube-apiserver: {all}; give the file of one"),
    })
}

/// The first of them by file and place; their names may be alike.
fn names(setups: &[Setup]) -> String {
    let mut names: Vec<String> =
        setups.iter().take(MOST_NAMED).map(|setup| setup.invocation.origin.to_string()).collect();
    let more = setups.len() - names.len();
    names.extend((more > 0).then(|| format!("and {more} more")));
    names.join(", ")
}

fn places(config_maps: &[ConfigMap]) -> String {
    config_maps.iter().map(|config_map| config_map.origin().file().name()).collect::<Vec<_>>().join(", ")
}
