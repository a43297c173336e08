//! What shows that a step has arrived: dumps of the cluster, and what the user vouches for.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::pki::contents::certificates;
use crate::rotation::{Accepting, Pair, Phase};
use crate::source::input::{MAXIMUM_SIZE, read_source};
use crate::source::{Document, NoSurroundings, read};
use crate::x509::Certificate;

/// The two that are no nodes.
pub(super) const CONFIG_MAP: &str = "config-map";
pub(super) const EXTENSION_SERVERS: &str = "extension-servers";

/// That a node's new client works is another thing than that the node trusts it: who repeats the command of a step
/// vouches for nothing of the next one.
fn switched(node: &str) -> String {
    format!("switched:{node}")
}

/// How the arguments name it.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Evidence")]
pub(crate) struct EvidenceArguments {
    /// A dump of the ConfigMap kube-system/extension-apiserver-authentication, YAML or JSON
    #[arg(long, value_name = "FILE")]
    pub config_map: Option<PathBuf>,

    /// What a server says that it accepts: the output of `openssl s_client -connect SERVER </dev/null`
    #[arg(long, value_name = "SERVER=FILE", value_parser = pair)]
    pub accepts: Vec<(String, PathBuf)>,

    /// Vouch for a node, `config-map` or `extension-servers` that is not shown by a dump, and with `switched:NODE` for
    /// a node whose new client works; recorded in the output
    #[arg(long, value_name = "NODE")]
    pub assume: Vec<String>,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    pub config_map: Option<Vec<Certificate>>,
    pub accepting: Vec<Accepting>,
    pub assumed: Vec<String>,
}

fn pair(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((server, file)) if !server.is_empty() && !file.is_empty() => Ok((server.to_owned(), file.into())),
        _ => Err("give the server and the file, such as node1=node1.txt".to_owned()),
    }
}

impl EvidenceArguments {
    /// Reads the dumps.
    pub(crate) fn read(&self) -> anyhow::Result<Evidence> {
        let config_map = self.config_map.as_deref().map(config_map).transpose()?;
        let accepting = self.accepts.iter().map(|(server, path)| accepting(server, path)).collect::<Result<_, _>>()?;
        Ok(Evidence { config_map, accepting, assumed: self.assume.clone() })
    }
}

fn config_map(path: &Path) -> anyhow::Result<Vec<Certificate>> {
    let context = || format!("--config-map {}", path.display());
    let file = read_source(path, MAXIMUM_SIZE).with_context(context)?;
    let documents = read(&file, None, &NoSurroundings).with_context(context)?;
    let bundle = documents.into_iter().find_map(|document| match document {
        Document::AuthenticationConfigMap(config_map) => config_map.requestheader_client_ca,
        _ => None,
    });
    let Some(bundle) = bundle else {
        bail!(
            "--config-map {} holds no requestheader-client-ca-file\nhelp: kubectl -n kube-system get configmap \
             extension-apiserver-authentication -o yaml",
            path.display()
        );
    };
    certificates(bundle.as_str().as_bytes()).map_err(anyhow::Error::new).with_context(context)
}

/// The lines below `Acceptable client certificate CA names`, up to one that is no name.
fn accepting(server: &str, path: &Path) -> anyhow::Result<Accepting> {
    let text = std::fs::read_to_string(path).with_context(|| format!("--accepts {}", path.display()))?;
    let lines = text.lines().skip_while(|line| !line.starts_with("Acceptable client certificate CA names")).skip(1);
    let subjects = lines.take_while(|line| line.contains('=')).map(subject).collect::<Vec<_>>();
    if subjects.is_empty() {
        bail!(
            "--accepts {}: the server names no CA\nhelp: openssl s_client -connect SERVER:PORT </dev/null, with a \
             server that asks for client certificates",
            path.display()
        );
    }
    Ok(Accepting { server: server.to_owned(), subjects })
}

/// OpenSSL writes `CN = x` or `CN=x`, in the order of the certificate.
fn subject(line: &str) -> String {
    let mut attributes = line.split(',').map(|part| part.trim().replacen(" = ", "=", 1)).collect::<Vec<_>>();
    attributes.reverse();
    attributes.join(",")
}

impl Evidence {
    /// What a step is still without, by name.
    pub(crate) fn missing(&self, phase: &Phase, nodes: &[String]) -> Vec<String> {
        match phase {
            Phase::Switch { pair, .. } => self.missing_trust(pair, nodes),
            Phase::Distrust { .. } => {
                nodes.iter().map(|node| switched(node)).filter(|node| !self.assumes(node)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn missing_trust(&self, pair: &Pair, nodes: &[String]) -> Vec<String> {
        let new = pair.new.subject.to_string();
        let says = |server: &Accepting| server.subjects.contains(&new);
        let shown = |node: &String| self.accepting.iter().any(|server| server.server == *node && says(server));
        let mut missing = nodes.iter().filter(|node| !shown(node) && !self.assumes(node)).cloned().collect::<Vec<_>>();
        let published = self.config_map.as_ref().is_some_and(|config_map| config_map.contains(&pair.new));
        if !published && !self.assumes(CONFIG_MAP) {
            missing.push(CONFIG_MAP.to_owned());
        }
        let mut extensions = self.accepting.iter().filter(|server| !nodes.contains(&server.server)).peekable();
        let any = extensions.peek().is_some();
        let lacking = extensions.filter(|server| !says(server)).map(|server| server.server.clone());
        missing.extend(lacking);
        if !any && !self.assumes(EXTENSION_SERVERS) {
            missing.push(EXTENSION_SERVERS.to_owned());
        }
        missing
    }

    fn assumes(&self, name: &str) -> bool {
        self.assumed.iter().any(|assumed| assumed == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_a_handshake_are_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("node.txt");
        let text = "---\nAcceptable client certificate CA names\nCN = kubernetes\nO = Example, CN = front-proxy-ca\n\
                    Requested Signature Algorithms: ECDSA\n---\n";
        std::fs::write(&path, text).unwrap();
        let read = accepting("node", &path).unwrap();
        assert_eq!(read.subjects, ["CN=kubernetes", "CN=front-proxy-ca,O=Example"]);
        std::fs::write(&path, "No client certificate CA names sent\n").unwrap();
        assert!(accepting("node", &path).is_err());
    }
}
