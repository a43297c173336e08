//! k3s and RKE2: config.yaml, the files of config.yaml.d and the command line of the unit are one invocation.
//!
//! k3s-io/k3s, pkg/configfilearg/parser.go: `readConfigFile` merges the files in the order of their names, `Parse` puts
//! what they give before the arguments of the command line. RKE2 is built on the same code.

#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::sync::Arc;

use crate::source::formats::tools::{K3S_PROGRAMS, k3s_command};
use crate::source::formats::{distribution, systemd};
use crate::source::place::Place;
use crate::source::shell::Field;
use crate::source::yaml::{self, Content, Entry, Node};
use crate::source::{Document, NotRead, Surroundings, Unread, unread};
use crate::text::{Located, Origin, SourceFile, Text};

/// Settings that hand flags on to our components (pkg/cli/cmds/server.go).
const HANDING: [&str; 4] =
    ["kube-apiserver-arg", "kube-controller-manager-arg", "kube-controller-arg", "kube-scheduler-arg"];

const DATA: &str = "data-dir";

/// What all layers of a node's k3s give together, where this file is the first of them that hands flags on; nothing where
/// another one is. `None`: the file is no such layer, or stands by itself.
pub(in crate::source) fn read(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Option<Vec<Document>> {
    let layers = Layers::around(file, surroundings)?;
    if layers.are_an_agents && names_flags(file.text()) {
        let unread = Unread::in_text(&Text::of(file), NotRead::OfAgent)?;
        return Some(vec![Document::Unread(Unread { gives: false, ..unread })]);
    }
    let counts = layers.all().count() > 1
        || layers.without_unit.is_some()
        // Flags that an environment file gives are not those of the unit's text, by which others know what is theirs.
        || layers.unit.is_some() && !names_flags(file.text());
    if !counts || !layers.all().any(hands_on) {
        return None;
    }
    if layers.first()?.file.name() != file.name() && !surroundings.is_named() {
        return Some(Vec::new());
    }
    let mut documents = layers.documents()?;
    unread::tell(file, &mut documents, &[]);
    Some(documents)
}

/// Whether flags of our components are handed on in a file of k3s' or RKE2's: elsewhere it says nothing of them.
pub(crate) fn names_flags(text: &str) -> bool {
    HANDING.iter().any(|setting| text.contains(setting))
}

/// The options of a unit may stand in a drop-in or an environment file of it.
fn hands_on(layer: &Layer) -> bool {
    let is_handing = |entry: &Entry| HANDING.contains(&entry.key.as_str());
    names_flags(layer.file.text()) || layer.settings().is_some_and(|settings| settings.entries().iter().any(is_handing))
}

/// One file's settings.
struct Layer {
    file: Arc<SourceFile>,
    /// Read when they are asked for: most files of YAML are no layer of k3s.
    settings: OnceCell<Option<Node>>,
}

impl Layer {
    /// Of a file of settings.
    fn of(file: Arc<SourceFile>) -> Self {
        Self { file, settings: OnceCell::new() }
    }

    /// Those of k3s' first document; `None`: they are broken, and k3s does not start.
    fn settings(&self) -> Option<&Node> {
        let read = || match yaml::pieces(&Text::of(&self.file)).into_iter().next().map(|piece| piece.documents) {
            // Comments alone.
            None => Some(Node::assembled(Content::Null, Origin::start_of(&self.file))),
            Some(documents) => documents.ok().and_then(|documents| documents.into_iter().next()),
        };
        self.settings.get_or_init(read).as_ref()
    }
}

/// The layers of one k3s, the later ones over the earlier.
struct Layers {
    /// config.yaml and the files of config.yaml.d.
    files: Vec<Layer>,
    /// The command line.
    unit: Option<Server>,
    /// The files are those of a host, on which nothing was found that starts k3s with them.
    without_unit: Option<String>,
    /// What was found there runs an agent.
    are_an_agents: bool,
}

impl Layers {
    fn around(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Option<Self> {
        let name = file.name().replace('\\', "/");
        if name.ends_with(".service") {
            return Self::of_unit(file, surroundings);
        }
        if !is_yaml(&name) {
            return None;
        }
        let mut parts = name.rsplit('/');
        let (own, above) = (parts.next()?, parts.next().unwrap_or_default());
        let base = match above.strip_suffix(".d").filter(|base| is_yaml(base)) {
            Some(base) => format!("../{base}"),
            None => own.to_owned(),
        };
        let files = settings(&base, Some(file), surroundings);
        // `…/etc/rancher/k3s/config.yaml` of a host, or of a copy of one.
        let path = if base == own { name.clone() } else { name.rsplit_once(".d/")?.0.to_owned() };
        let program = K3S_PROGRAMS.into_iter().find(|program| is_at(&path, &default_settings(program)));
        let programs = match program {
            Some(program) => vec![program],
            // Settings elsewhere are those of the unit that names them.
            None if names_flags(file.text()) => K3S_PROGRAMS.to_vec(),
            None => Vec::new(),
        };
        let of_host: Vec<_> = programs.iter().flat_map(|program| systemd::of_host(program, surroundings)).collect();
        let mut units: Vec<Self> = of_host.iter().filter_map(|unit| Self::of_unit(unit, surroundings)).collect();
        let are_an_agents = units.is_empty() && of_host.iter().any(|unit| is_agent(unit, surroundings));
        let reads_it = |other: &Self| other.unit.as_ref().is_some_and(|unit| is_at(&path, &unit.config));
        let unit = units.iter().position(reads_it).and_then(|at| units.swap_remove(at).unit);
        let others = units.into_iter().find_map(|other| other.unit);
        let without_unit = program.filter(|_| unit.is_none()).map(|program| match others {
            Some(other) => reads_other(&other),
            None => lacks_unit(program),
        });
        Some(Self { files, unit, without_unit, are_an_agents })
    }

    fn of_unit(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Option<Self> {
        let unit = Server::of(file, surroundings)?;
        let files = settings(&unit.config, None, surroundings);
        Some(Self { files, unit: Some(unit), without_unit: None, are_an_agents: false })
    }

    fn all(&self) -> impl Iterator<Item = &Layer> {
        self.files.iter().chain(self.unit.as_ref().map(|unit| &unit.layer))
    }

    /// The layer with which all are read.
    fn first(&self) -> Option<&Layer> {
        // Settings elsewhere than where k3s looks by itself do not lead to the unit that names them.
        let elsewhere = self.unit.as_ref().filter(|unit| unit.config != default_settings(unit.program));
        elsewhere.map(|unit| &unit.layer).or_else(|| self.all().find(|layer| hands_on(layer)))
    }

    /// The settings of all layers, read as those of one file are.
    fn documents(&self) -> Option<Vec<Document>> {
        let mut merged: Vec<Entry> = Vec::new();
        for layer in &self.files {
            layer.settings()?.effective_entries().into_iter().for_each(|entry| lay_over(&mut merged, entry));
        }
        if let Some(unit) = &self.unit {
            let given = unit.layer.settings()?.entries();
            given.iter().for_each(|entry| append(&mut merged, entry));
            // The environment counts where nothing else names it (urfave/cli).
            let named = merged.iter().any(|entry| entry.key.as_str() == DATA);
            merged.extend(unit.data.clone().filter(|_| !named));
        }
        let origin = Origin::start_of(&self.all().next()?.file);
        let settings = Node::assembled(Content::Mapping(merged), origin);
        let (mut documents, _) = distribution::read(&settings, Place::TOP);
        for document in &mut documents {
            if let Document::Invocation(invocation) = document {
                let origin = invocation.origin.clone();
                let lacks = self.without_unit.clone().map(|lacks| Located::new(lacks, origin));
                invocation.open = lacks.or_else(|| self.unit.as_ref()?.open.clone());
            }
        }
        Some(documents)
    }
}

fn lacks_unit(program: &str) -> String {
    let unit = if program == "k3s" { "k3s.service" } else { "rke2-server.service" };
    format!(
        "what starts {program} is not among the files, and the flags on its command line count after those that are written \
         here; copy /etc/systemd/system/{unit} as well, or where else it is"
    )
}

fn reads_other(unit: &Server) -> String {
    format!(
        "{} reads its settings from {}, and nothing was found that reads these",
        unit.layer.file.name(),
        unit.config
    )
}

/// Whether a path of a host, or of a copy of one, is this one of the host.
fn is_at(path: &str, of_host: &str) -> bool {
    let below = of_host.trim_start_matches('/');
    path.strip_suffix(below).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// config.yaml and the files of config.yaml.d. `own`: the one of them that is known already.
fn settings(base: &str, own: Option<&Arc<SourceFile>>, surroundings: &dyn Surroundings) -> Vec<Layer> {
    let directory = format!("{base}.d");
    let names = surroundings.directory(&directory).into_iter().filter(|name| is_yaml(name));
    let paths = std::iter::once(base.to_owned()).chain(names.map(|name| format!("{directory}/{name}")));
    let is_own = |path: &str| own.filter(|own| systemd::file_name(own.name()) == systemd::file_name(path));
    let file = |path: String| is_own(&path).cloned().or_else(|| surroundings.file(&path));
    paths.filter_map(file).map(Layer::of).collect()
}

/// `util.HasSuffixI(file.Name(), ".yaml", ".yml")`.
fn is_yaml(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".yaml") || name.ends_with(".yml")
}

/// defaultparser.go, `DefaultParser`.
fn default_settings(program: &str) -> String {
    format!("/etc/rancher/{program}/config.yaml")
}

/// A later file's setting replaces an earlier one's, unless its name ends in `+`.
fn lay_over(merged: &mut Vec<Entry>, entry: &Entry) {
    let name = entry.key.as_str();
    if let Some(plain) = name.strip_suffix('+') {
        append(merged, &Entry { key: entry.key.slice(0..plain.len()), value: entry.value.clone() });
        return;
    }
    match merged.iter_mut().find(|known| known.key.as_str() == name) {
        Some(known) => *known = entry.clone(),
        None => merged.push(entry.clone()),
    }
}

fn append(merged: &mut Vec<Entry>, entry: &Entry) {
    let Some(known) = merged.iter_mut().find(|known| known.key.as_str() == entry.key.as_str()) else {
        merged.push(entry.clone());
        return;
    };
    // What is no list of flags has one value, the last.
    if !HANDING.contains(&entry.key.as_str()) {
        known.value = entry.value.clone();
        return;
    }
    let origin = known.value.origin.clone();
    let items = [&known.value, &entry.value].into_iter().flat_map(list).collect();
    let gaps = if known.value.gaps.is_empty() { &entry.value.gaps } else { &known.value.gaps }.clone();
    known.value = Node::assembled(Content::Sequence(items), origin);
    known.value.gaps = gaps;
}

/// `toSlice`.
fn list(value: &Node) -> Vec<Node> {
    match &value.content {
        Content::Null => Vec::new(),
        Content::Sequence(items) => items.clone(),
        Content::Scalar(_) | Content::Mapping(_) => vec![value.clone()],
    }
}

/// A unit that runs `k3s server` or `rke2 server`.
struct Server {
    program: &'static str,
    /// Its options, as settings.
    layer: Layer,
    /// The file of settings that it reads.
    config: String,
    /// From the environment.
    data: Option<Entry>,
    /// A word that may stand for further options.
    open: Option<Located<String>>,
}

impl Server {
    fn of(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Option<Self> {
        if !K3S_PROGRAMS.iter().any(|program| file.text().contains(program)) {
            return None;
        }
        systemd::processes(&Text::of(file), surroundings).into_iter().find_map(|process| {
            let (program, words) = k3s_command(&process.words, "server")?;
            let variable = |name: &str| process.variable(&format!("{}_{name}", program.to_ascii_uppercase()));
            let options = options(words);
            let last = |name: &str| options.iter().rev().find(|entry| entry.key.as_str() == name);
            let named = last(CONFIG).and_then(|entry| entry.value.as_str());
            let config = variable("CONFIG_FILE").as_ref().map(Text::as_str).or(named).map(str::to_owned);
            let data = variable("DATA_DIR").map(|value| setting(&Text::synthetic(DATA, &value.origin()), &value));
            let unknown = words.iter().find(|word| word.unknown);
            let message = |word: &Field| format!("what {} stands for is not told here", word.text.as_str());
            let open = unknown.map(|word| Located::new(message(word), word.text.origin()));
            let mut settings = Vec::new();
            options.iter().for_each(|entry| append(&mut settings, entry));
            let settings = Node::assembled(Content::Mapping(settings), Origin::start_of(file));
            let layer = Layer { file: Arc::clone(file), settings: OnceCell::from(Some(settings)) };
            Some(Self { program, layer, config: config.unwrap_or_else(|| default_settings(program)), data, open })
        })
    }
}

const CONFIG: &str = "config";

fn is_agent(unit: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> bool {
    let processes = systemd::processes(&Text::of(unit), surroundings);
    processes.iter().any(|process| k3s_command(&process.words, "agent").is_some())
}

/// The options that matter, each as a setting of its own: `--name=value`, `--name value`, `-d value`.
fn options(words: &[Field]) -> Vec<Entry> {
    const SHORT: [(&str, &str); 2] = [("-c", CONFIG), ("-d", DATA)];
    let mut found = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let text = &word.text;
        let (option, inline) = text.split_once('=').map_or((text.clone(), None), |(name, value)| (name, Some(value)));
        let short = SHORT.iter().find(|(short, _)| *short == option.as_str()).map(|(_, name)| *name);
        let long = option.as_str().strip_prefix("--");
        let name = short.or_else(|| HANDING.into_iter().chain([CONFIG, DATA]).find(|name| long == Some(name)));
        let Some(name) = name else { continue };
        let Some(value) = inline.or_else(|| rest.next().map(|next| next.text.clone())) else { break };
        found.push(setting(&option_name(&option, name), &value));
    }
    found
}

/// The setting's name where the option stands.
fn option_name(option: &Text, name: &str) -> Text {
    match option.as_str().strip_suffix(name) {
        Some(dashes) => option.slice(dashes.len()..option.len()),
        None => Text::synthetic(name, &option.origin()),
    }
}

fn setting(name: &Text, value: &Text) -> Entry {
    Entry { key: name.clone(), value: Node::assembled(Content::Scalar(value.clone()), value.origin()) }
}
