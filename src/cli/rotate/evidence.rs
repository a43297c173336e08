//! What shows that a step has arrived: dumps of the cluster, and what the user vouches for.

use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};

#[cfg(feature = "cluster")]
use super::super::BadArguments;
use super::live::{Live, Published};

use crate::kubernetes::names::{AUTHENTICATION_CONFIG_MAP, get_config_map};
use crate::pki::contents::certificates;
use crate::rotation::{Accepting, Pair, Phase};
use crate::source::input::{MAXIMUM_SIZE, read_source, read_stream};
use crate::source::{Document, NoSurroundings, read};
use crate::text::{SourceFile, shell_word};
use crate::x509::Certificate;

/// What a dump of the ConfigMap is called.
pub(super) const DUMP: &str = "cm.yaml";

/// The two that are no nodes.
pub(super) const CONFIG_MAP: &str = "config-map";
pub(super) const EXTENSION_SERVERS: &str = "extension-servers";

/// Vouches for a ConfigMap that holds the new CA alone: another thing than that it holds the new CA.
pub(super) const CLEANED: &str = "cleaned:config-map";

/// Before a CA that nobody uses.
const UNUSED: &str = "unused:";

/// Vouches for an old CA that nobody uses, where no dated copy shows that its clients were the nodes' own.
const UNUSED_OLD: &str = "unused:old-ca";

/// The same of a new CA, where nothing shows that a rotation has made it.
const UNUSED_NEW: &str = "unused:new-ca";

/// Before the name of a node whose new client works.
const SWITCHED: &str = "switched:";

/// Before the name of a node that shows its former client again.
const SWITCHED_BACK: &str = "switched-back:";

/// That a node's new client works is another thing than that the node trusts it: who repeats the command of a step
/// vouches for nothing of the next one.
fn switched(node: &str) -> String {
    format!("{SWITCHED}{node}")
}

/// The argument that vouches for something, with a blank before it.
pub(super) fn assumption(name: &str) -> String {
    format!(" --assume {}", shell_word(name))
}

/// How the arguments name it.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Evidence")]
pub(crate) struct EvidenceArguments {
    /// A dump of the ConfigMap kube-system/extension-apiserver-authentication, YAML or JSON; `-`: from standard input
    #[arg(long, value_name = "FILE")]
    pub config_map: Option<PathBuf>,

    /// What a server says that it accepts: the output of `openssl s_client -connect SERVER </dev/null`
    #[arg(long, value_name = "SERVER=FILE", value_parser = pair)]
    pub accepts: Vec<(String, PathBuf)>,

    #[cfg(feature = "cluster")]
    #[command(flatten)]
    pub cluster: super::super::cluster::ClusterArguments,

    /// Vouch for a node, `config-map` or `extension-servers` that is not shown by a dump, with `switched:NODE` for a
    /// node whose new client works, `switched-back:NODE` for one that shows its old client again, with
    /// `cleaned:config-map` for the ConfigMap without the old CA, and with `unused:CA` (`old-ca`, `new-ca` or its
    /// name) for a CA that nobody uses; recorded in the output
    #[arg(long, value_name = "NODE", value_parser = |name: &str| Ok::<_, Infallible>(node_name(name).to_owned()))]
    pub assume: Vec<String>,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    pub config_map: Option<Vec<Certificate>>,
    /// The CAs for users: their names are in the same list as those of the requestheader CAs.
    pub client_cas: Vec<Certificate>,
    pub accepting: Vec<Accepting>,
    pub assumed: Vec<String>,
    /// The arguments that gave it, but for what somebody vouches for, for the next command.
    pub given: String,
    /// What a running cluster shows.
    pub live: Option<Live>,
}

/// Of which nodes it is asked whether a step has arrived.
pub(crate) struct Asked<'a> {
    pub nodes: &'a [String],
    /// All are taken on at once.
    pub all: bool,
    /// Whether dated copies show that clients of a CA were the nodes' own.
    pub has_shown: &'a dyn Fn(&Certificate) -> bool,
}

/// Something that a step is still without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    pub name: String,
    /// Why it is not known.
    pub why: Option<String>,
    /// A running cluster will show it by itself.
    pub comes: bool,
}

impl Missing {
    fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), why: None, comes: false }
    }

    fn coming(name: impl Into<String>) -> Self {
        Self { comes: true, ..Self::new(name) }
    }
}

/// Whether a name that is vouched for is that of a client that works, rather than that of who trusts a CA.
pub(super) fn is_switch(name: &str) -> bool {
    name.starts_with(SWITCHED) || name.starts_with(SWITCHED_BACK) || is_unused(name)
}

/// Whether it says that nobody uses a CA. No printed command says that for the user: it may be another front proxy's.
pub(super) fn is_unused(name: &str) -> bool {
    name.starts_with(UNUSED)
}

/// Whose CA it may be, that looks like the old one.
fn why_old_may_be_used(pair: &Pair) -> String {
    let why = "no dated copy shows a client of it";
    if pair.new.is_signed_by(&pair.old) {
        return format!("{why}; it has issued the new CA, which is trusted without it");
    }
    may_be_another(&pair.old, why)
}

/// What keeps a CA that may be another's.
fn may_be_another(ca: &Certificate, why: &str) -> String {
    let subject = ca.subject.to_string();
    format!("{why}, so that it may be another front proxy's: --keep-ca {} keeps it", shell_word(&subject))
}

/// A shell completes the name of a directory with a slash.
pub(super) fn node_name(name: &str) -> &str {
    Some(name.trim_end_matches('/')).filter(|name| !name.is_empty()).unwrap_or(name)
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.why.as_ref().map_or(Ok(()), |why| write!(f, " ({why})"))
    }
}

fn pair(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((server, file)) if !server.is_empty() && !file.is_empty() => {
            Ok((node_name(server).to_owned(), file.into()))
        }
        _ => Err("give the server and the file, such as node1=node1.txt".to_owned()),
    }
}

impl EvidenceArguments {
    /// Reads the dumps, and the cluster where one is named.
    pub(crate) fn read(&self) -> anyhow::Result<Evidence> {
        let config_map = self.config_map.as_deref().map(config_map).transpose()?;
        let accepting = self.accepts.iter().map(|(server, path)| accepting(server, path)).collect::<Result<_, _>>()?;
        let (assumed, given) = (self.assume.clone(), self.given());
        let mut evidence = Evidence { accepting, assumed, given, ..Evidence::default() };
        evidence.add(config_map);
        self.with_cluster(evidence)
    }

    /// The arguments that name something to read, as a shell takes them, each with a blank before it.
    fn given(&self) -> String {
        let file = |path: &Path| shell_word(&path.display().to_string());
        let named = |path: &Path| if is_stream(path) { DUMP.to_owned() } else { file(path) };
        let config_map = self.config_map.iter().map(|path| format!(" --config-map {}", named(path)));
        let accepts = self
            .accepts
            .iter()
            .map(|(server, path)| format!(" --accepts {}", shell_word(&format!("{server}={}", path.display()))));
        let given = config_map.chain(accepts).collect::<String>();
        #[cfg(feature = "cluster")]
        let given = self.cluster.given() + &given;
        given
    }

    #[cfg(feature = "cluster")]
    fn with_cluster(&self, mut evidence: Evidence) -> anyhow::Result<Evidence> {
        if !self.cluster.is_given() {
            return Ok(evidence);
        }
        let [access] = self.cluster.accesses().try_into().map_err(|_: Vec<_>| {
            BadArguments("--context: the nodes are those of one cluster; give its context alone".to_owned())
        })?;
        let access = crate::cluster::Access { probe: true, without_bindings: true, ..access };
        let (config_map, live) = super::live::look(&access, super::super::cluster::progress())
            .map_err(|error| BadArguments(error.to_string()))?;
        evidence.add(config_map);
        evidence.live = Some(live);
        Ok(evidence)
    }

    #[cfg(not(feature = "cluster"))]
    fn with_cluster(&self, evidence: Evidence) -> anyhow::Result<Evidence> {
        Ok(evidence)
    }
}

/// Whether a path is what a program prints: `-`, or what a shell puts in the place of `<(…)`.
fn is_stream(path: &Path) -> bool {
    path == Path::new("-") || ["/dev/stdin", "/dev/fd", "/proc/self/fd"].iter().any(|stream| path.starts_with(stream))
}

fn dump(path: &Path) -> anyhow::Result<Arc<SourceFile>> {
    if !is_stream(path) {
        return Ok(read_source(path, MAXIMUM_SIZE)?);
    }
    let stream: Box<dyn Read> = if path == Path::new("-") { Box::new(stdin()) } else { Box::new(File::open(path)?) };
    let read = read_stream(stream, path, &path.display().to_string(), MAXIMUM_SIZE)?;
    read.fault.map_or(Ok(read.file), |fault| Err(fault.into()))
}

fn config_map(path: &Path) -> anyhow::Result<Published> {
    let context = || format!("--config-map {}", path.display());
    let file = dump(path).with_context(context)?;
    let documents = read(&file, None, &NoSurroundings).with_context(context)?;
    let bundles = documents.into_iter().find_map(|document| match document {
        // Another one says nothing of what extension API servers read.
        Document::AuthenticationConfigMap(config_map) if config_map.name == AUTHENTICATION_CONFIG_MAP => {
            Some((config_map.requestheader_client_ca?, config_map.client_ca))
        }
        _ => None,
    });
    let Some((bundle, clients)) = bundles else {
        bail!(
            "--config-map {} holds no {AUTHENTICATION_CONFIG_MAP} with a requestheader-client-ca-file\nhelp: {}",
            path.display(),
            get_config_map!("yaml")
        );
    };
    let requestheader_cas =
        certificates(bundle.as_str().as_bytes()).map_err(anyhow::Error::new).with_context(context)?;
    let client_cas = clients.and_then(|clients| certificates(clients.as_str().as_bytes()).ok()).unwrap_or_default();
    Ok(Published { requestheader_cas, client_cas })
}

/// The lines below `Acceptable client certificate CA names`, up to one that is no name.
fn accepting(server: &str, path: &Path) -> anyhow::Result<Accepting> {
    let text = std::fs::read_to_string(path).with_context(|| format!("--accepts {}", path.display()))?;
    let lines = text.lines().skip_while(|line| !line.starts_with("Acceptable client certificate CA names")).skip(1);
    let subjects = lines.take_while(|line| line.contains('=')).map(subject).collect::<Vec<_>>();
    if subjects.is_empty() {
        bail!(
            "--accepts {}: the server names no CA\nhelp: ask one that wants client certificates, with `openssl s_client -connect \
             SERVER:PORT </dev/null`",
            path.display()
        );
    }
    Ok(Accepting { server: server.to_owned(), subjects })
}

/// OpenSSL writes `CN = x` or `CN=x`, in the order of the certificate; LibreSSL, and OpenSSL before 1.1, `/O=x/CN=y`.
fn subject(line: &str) -> String {
    let (line, separator) = line.strip_prefix('/').map_or((line, ','), |rest| (rest, '/'));
    let mut attributes = line.split(separator).map(|part| part.trim().replacen(" = ", "=", 1)).collect::<Vec<_>>();
    attributes.reverse();
    attributes.join(",")
}

impl Evidence {
    /// Takes what a ConfigMap holds; what was read first counts.
    fn add(&mut self, published: Option<Published>) {
        let Some(published) = published else { return };
        self.config_map.get_or_insert(published.requestheader_cas);
        self.client_cas.extend(published.client_cas);
    }

    /// What a step is still without.
    pub(crate) fn missing(&self, phase: &Phase, asked: &Asked<'_>) -> Vec<Missing> {
        let Asked { nodes, all, has_shown } = *asked;
        match phase {
            // Node by node: what is wrong with one client is seen before the next.
            Phase::Switch { pair, to_do } => {
                let switched = nodes.iter().filter(|node| !all && !to_do.contains(node));
                let switched = self.missing_switches(SWITCHED, switched);
                self.missing_trust(&pair.new, nodes).into_iter().chain(switched).collect()
            }
            Phase::Distrust { pair, .. } => {
                let contradictions = self.live.iter().flat_map(|live| live.contradictions(pair));
                let unused = (!self.assumes(UNUSED_OLD) && !has_shown(&pair.old))
                    .then(|| Missing { why: Some(why_old_may_be_used(pair)), ..Missing::new(UNUSED_OLD) });
                let switches = self.missing_switches(SWITCHED, nodes);
                switches.chain(contradictions.map(Missing::coming)).chain(unused).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What taking a step back is without: the old CA is to be trusted where its clients are shown again, and the new one
    /// where they are not yet. `back` are the nodes whose directories show their old clients again.
    pub(super) fn missing_to_go_back(
        &self,
        old: Option<&Certificate>,
        nodes: &[String],
        back: &[String],
    ) -> Vec<Missing> {
        let trust = old.map(|old| self.missing_trust(old, nodes)).unwrap_or_default();
        trust.into_iter().chain(self.missing_switches(SWITCHED_BACK, back)).collect()
    }

    /// What was shown before all CAs were replaced at once says nothing any more.
    pub(super) fn forget(&mut self) {
        (self.config_map, self.live) = (None, None);
        self.accepting.clear();
    }

    /// Whether a CA that is to be dropped may be another front proxy's.
    pub(super) fn missing_to_drop(&self, new: &Certificate) -> Option<Missing> {
        (!self.assumes(UNUSED_NEW)).then(|| Missing {
            why: Some(may_be_another(new, "neither its key nor a client of it lies here")),
            ..Missing::new(UNUSED_NEW)
        })
    }

    /// The CAs that nobody uses, as somebody names them.
    pub(super) fn unused(&self) -> impl Iterator<Item = &str> {
        let words = self.assumed.iter().filter(|word| ![UNUSED_OLD, UNUSED_NEW].contains(&word.as_str()));
        words.filter_map(|word| word.strip_prefix(UNUSED))
    }

    /// What is vouched for, and is neither a node nor anything else that a step asks for.
    pub(super) fn unknown(&self, nodes: &[String]) -> Vec<&str> {
        let others = [CONFIG_MAP, EXTENSION_SERVERS, CLEANED];
        let is_server = |name: &str| self.live.iter().flat_map(|live| &live.servers).any(|server| server.name == name);
        let node_of = |name: &'_ str| {
            [SWITCHED_BACK, SWITCHED].into_iter().find_map(|kind| Some(name.strip_prefix(kind)?.to_owned()))
        };
        let is_known = |name: &str| match node_of(name) {
            Some(node) => nodes.contains(&node),
            None => {
                others.contains(&name) || is_unused(name) || is_server(name) || nodes.iter().any(|node| node == name)
            }
        };
        self.assumed.iter().map(String::as_str).filter(|name| !is_known(name)).collect()
    }

    /// That a server has the client of its file is shown by nothing that it says.
    fn missing_switches<'a>(
        &'a self,
        kind: &'a str,
        nodes: impl IntoIterator<Item = &'a String>,
    ) -> impl Iterator<Item = Missing> {
        let vouched = nodes.into_iter().map(move |node| format!("{kind}{node}")).filter(|word| !self.assumes(word));
        vouched.map(Missing::new)
    }

    /// Why what servers say proves nothing.
    pub(crate) fn caveat(&self, pair: &Pair) -> Option<String> {
        (!self.tells(&pair.new)).then(|| {
            format!(
                "a client CA is called {} as well, so that servers that name it prove nothing: vouch for them with --assume",
                pair.new.subject
            )
        })
    }

    /// Whether the name of a CA proves anything: names are no keys.
    fn tells(&self, ca: &Certificate) -> bool {
        !self.client_cas.iter().any(|other| other.raw_subject == ca.raw_subject)
    }

    /// Who is not known to trust a CA.
    fn missing_trust(&self, ca: &Certificate, nodes: &[String]) -> Vec<Missing> {
        let (name, tells) = (ca.subject.to_string(), self.tells(ca));
        let says = |server: &Accepting| tells && server.subjects.contains(&name);
        let live = self.live.as_ref().filter(|_| tells);
        let mut missing: Vec<Missing> = live.into_iter().flat_map(|live| self.missing_live(live, ca)).collect();
        // Directories and servers have different names: that there are as many is what can be said.
        if live.map_or(0, |live| live.kube_apiservers().count()) < nodes.len() {
            let shown = |node: &String| self.accepting.iter().any(|server| server.server == *node && says(server));
            let not_shown = nodes.iter().filter(|node| !shown(node) && !self.assumes(node));
            missing.extend(not_shown.map(Missing::new));
        }
        let published = self.config_map.as_ref().is_some_and(|config_map| config_map.contains(ca));
        if !published && !self.assumes(CONFIG_MAP) {
            let comes = self.live.is_some() && self.config_map.is_some();
            missing.push(Missing { comes, ..Missing::new(CONFIG_MAP) });
        }
        let extensions = self.accepting.iter().filter(|server| !nodes.contains(&server.server));
        let (shown, lacking): (Vec<_>, Vec<_>) = extensions.partition(|server| says(server));
        missing.extend(lacking.into_iter().map(|server| Missing::new(&server.server)));
        let not_read = live.and_then(|live| live.not_read.clone());
        let all_known = live.is_some() && not_read.is_none();
        if !all_known && !self.assumes(EXTENSION_SERVERS) {
            // Which others there are, no dump of one says.
            let shown = shown.iter().map(|server| server.server.as_str()).collect::<Vec<_>>().join(", ");
            let is_all = (!shown.is_empty()).then(|| format!("{shown}: vouch for it when there is no other"));
            missing.push(Missing { why: not_read.or(is_all), ..Missing::new(EXTENSION_SERVERS) });
        }
        missing
    }

    /// Servers of the cluster that do not accept clients of a CA, or were not asked.
    fn missing_live(&self, live: &Live, ca: &Certificate) -> Vec<Missing> {
        let servers = live.servers.iter().filter(|server| !self.assumes(&server.name));
        let missing = servers.filter_map(|server| match (server.accepts(ca), &server.accepts) {
            (Some(true), _) => None,
            (_, Err(why)) => Some(Missing { why: Some(why.clone()), ..Missing::new(&server.name) }),
            _ => Some(Missing::coming(&server.name)),
        });
        missing.collect()
    }

    /// What extension servers of the cluster say, but for those that the user vouches for.
    pub(crate) fn live_accepting(&self) -> impl Iterator<Item = Accepting> {
        let said = self.live.iter().flat_map(Live::accepting);
        said.filter(|server| !self.assumes(&server.server))
    }

    /// What the cluster was to show and did not.
    pub(super) fn unseen(&self) -> Vec<String> {
        // A dump shows the ConfigMap as well.
        let config_map = self.live.iter().filter_map(|live| live.config_map_unseen.as_ref());
        let config_map = config_map.filter(|_| self.config_map.is_none()).map(|why| format!("the ConfigMap ({why})"));
        config_map.chain(self.live.iter().flat_map(|live| live.silent.iter().cloned())).collect()
    }

    /// Whether the ConfigMap was shown, or somebody vouches that the old CA is out of it.
    pub(super) fn knows_config_map(&self) -> bool {
        self.config_map.is_some() || self.assumes(CLEANED)
    }

    /// What somebody vouches for that the directories contradict: a command that has all the words at once would go
    /// through all steps when it is repeated.
    pub(super) fn too_early(&self, phase: &Phase) -> Vec<String> {
        match phase {
            Phase::Switch { to_do, .. } => {
                to_do.iter().map(|node| switched(node)).filter(|node| self.assumes(node)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn assumes(&self, name: &str) -> bool {
        self.assumed.iter().any(|assumed| assumed == name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::live::Server;
    use super::*;

    use crate::lint::testing::Issued;

    fn server(name: &str, is_kube_apiserver: bool, accepts: &[&Certificate]) -> Server {
        let accepts = Ok(accepts.iter().map(|ca| ca.subject.to_string()).collect());
        Server { name: name.to_owned(), is_kube_apiserver, accepts }
    }

    fn asked(nodes: &[String]) -> Asked<'_> {
        Asked { nodes, all: false, has_shown: &|_| true }
    }

    fn names(missing: &[Missing]) -> Vec<(&str, bool)> {
        missing.iter().map(|missing| (missing.name.as_str(), missing.comes)).collect()
    }

    #[test]
    fn a_cluster_shows_who_trusts_the_new_ca() {
        let (old, new) = (Issued::ca("old").certificate(), Issued::ca("new").certificate());
        let pair = Pair { old: old.clone(), new: new.clone() };
        let two = ["node1".to_owned(), "node2".to_owned()];
        let phase = Phase::Switch { pair: pair.clone(), to_do: two.to_vec() };
        let nodes = ["node1".to_owned()];
        let with = |servers: Vec<Server>, config_map: &[&Certificate]| Evidence {
            config_map: Some(config_map.iter().map(|ca| (*ca).clone()).collect()),
            live: Some(Live { servers, ..Live::default() }),
            ..Evidence::default()
        };
        let both = [&old, &new];
        let all = || vec![server("api", true, &both), server("pod", false, &both)];
        assert_eq!(with(all(), &both).missing(&phase, &asked(&nodes)), []);
        let behind = with(vec![server("api", true, &both), server("pod", false, &[&old])], &[&old]);
        assert_eq!(names(&behind.missing(&phase, &asked(&nodes))), [("pod", true), (CONFIG_MAP, true)]);
        // A server for each of two nodes is not one server.
        assert_eq!(names(&with(all(), &both).missing(&phase, &asked(&two))), [("node1", false), ("node2", false)]);
        let mut not_asked = with(all(), &both);
        not_asked.live.as_mut().unwrap().servers[1].accepts = Err("forbidden".to_owned());
        assert_eq!(not_asked.missing(&phase, &asked(&nodes))[0].to_string(), "pod (forbidden)");
        not_asked.assumed.push("pod".to_owned());
        assert_eq!(not_asked.missing(&phase, &asked(&nodes)), []);
    }

    #[test]
    fn a_name_that_a_client_ca_has_as_well_proves_nothing() {
        let (old, new) = (Issued::ca("old").certificate(), Issued::ca("new").certificate());
        let pair = Pair { old, new: new.clone() };
        let servers = vec![server("api", true, &[&new])];
        let live = Some(Live { servers, ..Live::default() });
        let client_cas = vec![Issued::ca("new").certificate()];
        let evidence = Evidence { config_map: Some(vec![new]), client_cas, live, ..Evidence::default() };
        assert!(evidence.caveat(&pair).is_some());
        let phase = Phase::Switch { pair, to_do: vec!["node1".to_owned()] };
        let missing = evidence.missing(&phase, &asked(&["node1".to_owned()]));
        assert_eq!(names(&missing), [("node1", false), (EXTENSION_SERVERS, false)]);
    }

    #[test]
    fn a_server_that_has_the_bundle_of_the_step_before_contradicts_who_vouches_for_it() {
        let (old, new) = (Issued::ca("old").certificate(), Issued::ca("new").certificate());
        let pair = Pair { old: old.clone(), new: new.clone() };
        let phase = Phase::Distrust { pair, to_do: Vec::new() };
        let with = |accepts: &[&Certificate]| Evidence {
            live: Some(Live { servers: vec![server("api", true, accepts)], ..Live::default() }),
            assumed: vec![switched("node1")],
            ..Evidence::default()
        };
        let nodes = ["node1".to_owned()];
        assert_eq!(with(&[&new, &old]).missing(&phase, &asked(&nodes)), []);
        let behind = with(&[&old, &new]).missing(&phase, &asked(&nodes));
        assert_eq!(names(&behind), [("api (it has not loaded the bundle of this step)", true)]);
    }

    #[test]
    fn the_names_of_a_handshake_are_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("node.txt");
        let text = "---\nAcceptable client certificate CA names\n/CN=kubernetes\n/O=Example/CN=old-proxy-ca\n---\n";
        std::fs::write(&path, text).unwrap();
        assert_eq!(accepting("node", &path).unwrap().subjects, ["CN=kubernetes", "CN=old-proxy-ca,O=Example"]);
        let text = "---\nAcceptable client certificate CA names\nCN = kubernetes\nO = Example, CN = front-proxy-ca\n\
                    Requested Signature Algorithms: ECDSA\n---\n";
        std::fs::write(&path, text).unwrap();
        let read = accepting("node", &path).unwrap();
        assert_eq!(read.subjects, ["CN=kubernetes", "CN=front-proxy-ca,O=Example"]);
        std::fs::write(&path, "No client certificate CA names sent\n").unwrap();
        assert!(accepting("node", &path).is_err());
    }
}
