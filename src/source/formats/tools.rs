//! What tools give a component where nothing is written, as far as certificates and identities are concerned.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::kubernetes::Component;
use crate::source::expression::has_expression;
use crate::source::formats::layouts::{K0S, K3S, KOPS, Layout, RKE, RKE2, TALOS, Value};
use crate::source::program;
use crate::source::shell::Field;
use crate::source::yaml::Node;
use crate::source::{Argument, Provenance};
use crate::text::{Origin, SourceFile, Text};

/// k3s and RKE2, by the names of their programs (k3s-io/k3s, pkg/version, `Program`).
pub(in crate::source) const K3S_PROGRAMS: [&str; 2] = ["k3s", "rke2"];

/// The program of a command line that runs this command of it, and the words behind that: `k3s server`, `rke2 agent`.
pub(in crate::source) fn k3s_command<'a>(words: &'a [Field], wanted: &str) -> Option<(&'static str, &'a [Field])> {
    let name = |word: &Field| K3S_PROGRAMS.into_iter().find(|one| program::base_name(word.text.as_str()) == *one);
    let (at, program) = words.iter().enumerate().find_map(|(at, word)| Some((at, name(word)?)))?;
    let behind = words.get(at + 1..)?;
    let command = behind.iter().position(|word| ["server", "agent"].contains(&word.text.as_str()))?;
    let is_wanted = behind.get(command).is_some_and(|word| word.text.as_str() == wanted);
    Some((program, behind.get(command + 1..)?)).filter(|_| is_wanted)
}

/// A tool's defaults. They stand where `origin` is.
pub(in crate::source) fn arguments(
    tool: &'static str,
    defaults: &[(&str, Value)],
    directory: &str,
    origin: &Origin,
) -> Vec<Argument> {
    let directory = directory.trim_end_matches('/');
    let default = |(name, value): &(&str, Value)| {
        let text = match value {
            Value::Plain(value) => format!("--{name}={value}"),
            Value::File(file) => format!("--{name}={directory}/{file}"),
        };
        let opaque = has_expression(&text);
        Argument { opaque, text: Text::synthetic(text, origin), provenance: Provenance::DefaultOf(tool) }
    };
    defaults.iter().map(default).collect()
}

/// What is written replaces all defaults of its name, letter for letter.
pub(in crate::source) fn lay_over(mut defaults: Vec<Argument>, written: Vec<Argument>) -> Vec<Argument> {
    let overridden: Vec<String> = written.iter().map(name_of).collect();
    defaults.retain(|default| !overridden.contains(&name_of(default)));
    defaults.extend(written);
    defaults
}

/// The written arguments over the defaults of the tool whose settings they are; as they are when it is none of these.
pub(super) fn with_defaults(
    written: Vec<Argument>,
    (component, key): (Component, &Text),
    settings: &Node,
    path: &[String],
) -> Vec<Argument> {
    let tool = (component == Component::KubeApiserver).then(|| tool(key, path)).flatten();
    let Some(tool) = tool else { return written };
    if tool.tool == K3S.tool {
        let data = settings.text_at(&["data-dir"]).map(Text::as_str);
        return with_k3s_defaults(written, data, &key.origin());
    }
    lay_over(arguments(tool.tool, &tool.defaults(component), tool.directory, &key.origin()), written)
}

/// The written arguments over what k3s or RKE2 gives kube-apiserver, with its files below `data`.
pub(in crate::source) fn with_k3s_defaults(
    written: Vec<Argument>,
    data: Option<&str>,
    origin: &Origin,
) -> Vec<Argument> {
    let (tool, directory) = k3s_directory(&written, data, origin.file());
    add_to(arguments(tool, &K3S.defaults(Component::KubeApiserver), &directory, origin), written)
}

/// k3s-io/k3s, pkg/util/args.go, `GetArgs`: what is written replaces the default of its name, unless the name ends in `+`,
/// which puts it behind that, or in `-`, which puts it before.
fn add_to(defaults: Vec<Argument>, written: Vec<Argument>) -> Vec<Argument> {
    // Each argument has a place: a number, and below it one for what goes before what was there.
    let mut first: HashMap<String, (usize, i64)> = HashMap::new();
    let mut kept: HashSet<String> = defaults.iter().map(name_of).collect();
    let start = defaults.len();
    for (at, default) in defaults.iter().enumerate() {
        first.entry(name_of(default)).or_insert((at, 0));
    }
    // What was written of a name stays, and with it the default that it was added to.
    let mut known: HashSet<String> = HashSet::new();
    let mut placed: Vec<((usize, i64), Argument)> = Vec::new();
    for (at, argument) in written.into_iter().enumerate() {
        let name = name_of(&argument);
        let plain = name.trim_end_matches(['-', '+']).to_owned();
        let sign = name.strip_prefix(&plain).unwrap_or_default().chars().last();
        let text = without(&argument.text, plain.len()..name.len());
        let is_first = known.insert(plain.clone());
        if sign.is_none() && is_first && kept.remove(&plain) {
            first.remove(&plain);
        }
        let place = match first.get(&plain) {
            Some((of_name, before)) if sign == Some('-') => (*of_name, before - 1),
            _ => (start + at, 0),
        };
        first.entry(plain).and_modify(|known| *known = place.min(*known)).or_insert(place);
        placed.push((place, Argument { text, ..argument }));
    }
    let defaults = defaults.into_iter().enumerate().filter(|(_, default)| kept.contains(&name_of(default)));
    placed.extend(defaults.map(|(at, default)| ((at, 0), default)));
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, argument)| argument).collect()
}

fn without(text: &Text, range: std::ops::Range<usize>) -> Text {
    let mut kept = text.slice(0..range.start);
    kept.append(&text.slice(range.end..text.len()));
    kept
}

fn name_of(argument: &Argument) -> String {
    argument.text.as_str().split('=').next().unwrap_or_default().to_owned()
}

/// A value of settings as whoever loads them hands it on: Ansible, Helm, kops and k0s load YAML 1.1.
pub(super) fn loaded<'a>(value: &'a Node, key: &Text, path: &[String]) -> Cow<'a, Node> {
    let above = path.iter().rev().nth(1).map(|key| normalized(key)).unwrap_or_default();
    // Talos and RKE load a plain `yes` into a string as it is written (go-yaml v3; v2, `decoder.scalar`).
    let keeps_words =
        ["cluster", "services"].contains(&above.as_str()) && normalized(key.as_str()).starts_with("extraargs");
    if keeps_words { Cow::Borrowed(value) } else { Cow::Owned(value.loaded_as_yaml_1_1()) }
}

fn tool(key: &Text, path: &[String]) -> Option<&'static Layout> {
    let key = normalized(key.as_str());
    let mut above = path.iter().rev().map(|key| normalized(key));
    let (parent, grandparent) = (above.next().unwrap_or_default(), above.next().unwrap_or_default());
    match (grandparent.as_str(), parent.as_str(), key.as_str()) {
        (_, _, "kubeapiserverarg") => Some(&K3S),
        ("serverconfig", "kubeapiserver", "extraargs") => Some(&RKE2),
        ("services", "kubeapi", "extraargs" | "extraargsarray") => Some(&RKE),
        ("cluster", "apiserver", "extraargs") => Some(&TALOS),
        ("spec", "api", "extraargs") => Some(&K0S),
        (_, "spec", "kubeapiserver") => Some(&KOPS),
        _ => None,
    }
}

/// k3s and RKE2 have the same settings and files; the directory tells which it is, where something names it.
fn k3s_directory(written: &[Argument], data: Option<&str>, file: &SourceFile) -> (&'static str, String) {
    const TLS: &str = "/server/tls";
    let is_rke2 = |path: &str| if path.contains("rke2") { RKE2.tool } else { K3S.tool };
    if let Some(data) = data {
        let directory = data.trim_end_matches('/');
        return (is_rke2(directory), format!("{directory}{TLS}"));
    }
    let named = written.iter().find_map(|argument| {
        let (_, value) = argument.text.as_str().split_once('=')?;
        value.get(..value.find(&format!("{TLS}/"))? + TLS.len())
    });
    match named {
        Some(directory) => (is_rke2(directory), directory.to_owned()),
        None if file.name().contains("rke2") || speaks_of_rke2(file.text()) => (RKE2.tool, RKE2.directory.to_owned()),
        None => (K3S.tool, K3S.directory.to_owned()),
    }
}

/// A comment that names both tells nothing.
fn speaks_of_rke2(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| line.contains("rke2"));
    lines.any(|line| !(line.trim_start().starts_with('#') && line.contains("k3s")))
}

/// Letters and digits in lower case: `kube-apiserver-arg`, `kube_apiserver_arg` and `kubeAPIServerArg` are one.
pub(super) fn normalized(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// k3s-io/k3s, pkg/util/args_test.go, `Test_UnitGetArgs`; the last one is kube-apiserver's own.
    #[test]
    fn k3s_adds_to_its_defaults_before_and_behind() {
        let arguments = |flags: &[&str], provenance: Provenance| -> Vec<Argument> {
            let file = SourceFile::new("x", flags.join("\n"));
            let argument = |text: Text| Argument { provenance, ..Argument::written(text) };
            Text::of(&file).lines().map(argument).collect()
        };
        for (written, expected) in [
            (&["--bbb=BB", "--ddd=DD", "--iii=II"][..], &["--aaa=A", "--bbb=BB", "--ddd=DD", "--iii=II"][..]),
            (&["--ccc=C", "--bbb=DD", "--bbb=AA"], &["--aaa=A", "--bbb=DD", "--bbb=AA", "--ccc=C"]),
            (&["--ccc=C", "--bbb-=DD"], &["--aaa=A", "--bbb=DD", "--bbb=B", "--ccc=C"]),
            (&["--ccc=C", "--bbb+=DD"], &["--aaa=A", "--bbb=B", "--bbb=DD", "--ccc=C"]),
        ] {
            let defaults = arguments(&["--aaa=A", "--bbb=B"], Provenance::DefaultOf(K3S.tool));
            let found = add_to(defaults, arguments(written, Provenance::Written));
            // k3s sorts them by their names, and keeps the order of those with one name.
            let mut found: Vec<&str> = found.iter().map(|argument| argument.text.as_str()).collect();
            found.sort_by_key(|flag| flag.split('=').next());
            assert_eq!(found, expected);
        }
    }
}
