//! Imports go one way. The layers are those of ARCHITECTURE.md.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Lowest first. A file names what is in lower rows, and nothing of its own row but its own folder.
const LAYERS: &[&[&str]] = &[
    &["system", "text", "x509", "kubernetes"],
    &["source"],
    &["model"],
    &["lint"],
    &["graph"],
    &["report", "explain", "pki", "cluster"],
    &["emit"],
    &["rotation"],
    &["cli"],
];

fn row(folder: &str) -> usize {
    let row = LAYERS.iter().position(|row| row.contains(&folder));
    row.unwrap_or_else(|| panic!("src/{folder} is in no layer: give it its place in this test and in ARCHITECTURE.md"))
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// A module: `["lint", "run", "gather"]`.
type Module = Vec<String>;

/// Every module of the library with its text, comments and tests left out of it.
fn modules() -> BTreeMap<Module, String> {
    fn collect(directory: &Path, path: &Module, found: &mut BTreeMap<Module, String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap().path();
            let stem = entry.file_stem().unwrap().to_str().unwrap().to_owned();
            let mut module = path.clone();
            if entry.is_dir() {
                module.push(stem);
                collect(&entry, &module, found);
            } else if entry.extension().is_some_and(|extension| extension == "rs") && stem != "main" {
                if stem != "mod" && stem != "lib" {
                    module.push(stem);
                }
                found.insert(module, code(&fs::read_to_string(&entry).unwrap()));
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(&directory(), &Vec::new(), &mut found);
    assert!(found.len() > 150, "{} modules", found.len());
    found
}

fn code(source: &str) -> String {
    let (code, _tests) = source.split_once("#[cfg(test)]\nmod tests {").unwrap_or((source, ""));
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Every path of a piece of code that begins with `crate` or `super`, each name of a `use` by itself.
fn paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut at = 0;
    while let Some(found) = ["crate::", "super::"].iter().filter_map(|root| code[at..].find(root)).min() {
        let begin = at + found;
        let before = code[..begin].chars().next_back();
        at = begin + "crate::".len();
        if before.is_some_and(|before| before.is_alphanumeric() || before == '_' || before == ':') {
            continue;
        }
        let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
        let length = code[begin..].find(|c| !is_path(c)).unwrap_or(code.len() - begin);
        let path = &code[begin..begin + length];
        if code[begin + length..].starts_with('{') && path.ends_with("::") {
            branches(path, &code[begin + length..], &mut paths);
        } else {
            paths.push(path.trim_end_matches(':').to_owned());
        }
    }
    paths
}

/// Every path of a piece of code that begins with the name of a file in its folder. What is handed on is no use of it.
fn paths_below(code: &str, module: &Module, modules: &BTreeMap<Module, String>) -> Vec<String> {
    let is_below = |name: &str| modules.contains_key(&[module.as_slice(), &[name.to_owned()]].concat());
    let used = code.split(';').filter(|part| !is_handed_on(part)).collect::<Vec<_>>().join(";");
    let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    let names = used.split(|c| !is_path(c)).filter(|path| path.split("::").next().is_some_and(is_below));
    names.filter(|path| path.contains("::")).map(|path| path.trim_end_matches(':').to_owned()).collect()
}

fn is_handed_on(statement: &str) -> bool {
    let words: Vec<&str> = statement.split_whitespace().collect();
    words.windows(2).any(|words| words[0].starts_with("pub") && words[1] == "use")
}

/// The names in the braces of a `use`.
fn branches(prefix: &str, braces: &str, paths: &mut Vec<String>) {
    let mut depth = 0;
    let mut prefixes = vec![prefix.to_owned()];
    let mut name = String::new();
    for character in braces.chars() {
        match character {
            '{' => {
                if depth > 0 {
                    let inner = format!("{}{}", prefixes.last().unwrap(), name.trim());
                    prefixes.push(inner);
                }
                depth += 1;
                name.clear();
            }
            ',' | '}' => {
                let bare = name.split(" as ").next().unwrap_or_default().trim();
                if !bare.is_empty() {
                    paths.push(format!("{}{bare}", prefixes.last().unwrap()));
                }
                name.clear();
                if character == '}' {
                    depth -= 1;
                    if depth == 0 {
                        return;
                    }
                    prefixes.pop();
                }
            }
            other => name.push(other),
        }
    }
}

/// From the root: `super::look` in `lint::facts::reuse` is `lint::facts::look`.
fn absolute(module: &Module, path: &str) -> Module {
    let mut base = module.clone();
    let mut names = path.split("::").peekable();
    if names.next_if_eq(&"crate").is_some() {
        base.clear();
    }
    while names.next_if_eq(&"super").is_some() {
        base.pop();
    }
    base.extend(names.filter(|name| *name != "self").map(str::to_owned));
    base
}

/// What a `mod.rs` hands on under its own name: `lint::Finding` is `lint::rule::Finding`.
fn handed_on(modules: &BTreeMap<Module, String>) -> BTreeMap<Module, Module> {
    let mut handed_on = BTreeMap::new();
    for (module, code) in modules {
        let uses = code.split("\npub").filter_map(|part| {
            let (visibility, rest) = part.split_once(" use ").or(part.strip_prefix(" use ").map(|rest| ("", rest)))?;
            let is_use = visibility.is_empty() || (visibility.starts_with('(') && !visibility.contains('\n'));
            rest.split_once(';').filter(|_| is_use).map(|(tree, _)| tree)
        });
        for tree in uses {
            let mut paths = Vec::new();
            match tree.split_once('{') {
                Some((prefix, _)) => branches(prefix, &tree[prefix.len()..], &mut paths),
                None => paths.push(tree.to_owned()),
            }
            for path in paths {
                let is_rooted = path.starts_with("crate::") || path.starts_with("super::");
                let path = if is_rooted { path } else { format!("self::{path}") };
                let target = absolute(module, path.strip_prefix("self::").unwrap_or(&path));
                let mut name = module.clone();
                name.extend(target.last().cloned());
                handed_on.insert(name, target);
            }
        }
    }
    handed_on
}

/// The file that a path leads to.
fn file(path: &Module, modules: &BTreeMap<Module, String>, handed_on: &BTreeMap<Module, Module>) -> Module {
    let mut path = path.clone();
    for _ in 0..8 {
        let length = (0..=path.len()).rev().find(|length| modules.contains_key(&path[..*length])).unwrap_or_default();
        let name = path.get(..=length).unwrap_or(&path).to_vec();
        match handed_on.get(&name) {
            Some(target) if *target != name => {
                path = target.iter().chain(path.get(name.len()..).unwrap_or_default()).cloned().collect();
            }
            _ => return path[..length].to_vec(),
        }
    }
    path
}

/// Which file names which, within one folder or across. A folder's file calls what is in the folder, which has its types: a
/// circle only where another folder's file is between them.
fn imports() -> BTreeMap<Module, BTreeSet<Module>> {
    let modules = modules();
    let handed_on = handed_on(&modules);
    let mut imports: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (module, code) in &modules {
        let paths = paths(code).into_iter().chain(paths_below(code, module, &modules));
        let named = paths.map(|path| file(&absolute(module, &path), &modules, &handed_on));
        imports.insert(module.clone(), named.filter(|named| !module.starts_with(named)).collect());
    }
    imports
}

#[test]
fn no_import_runs_upward() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (module, named) in imports() {
        let Some(folder) = module.first() else { continue };
        for other in named.iter().filter_map(|named| named.first()).filter(|other| *other != folder) {
            seen += 1;
            if row(other) >= row(folder) {
                wrong.push(format!("{} names {other}", module.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen > 100, "{seen} imports across folders were seen");
}

/// Elsewhere than on a Unix nobody builds it every day, and what names one would not be noticed.
#[test]
fn what_differs_between_systems_is_in_one_place() {
    let names_a_unix = |code: &String| {
        ["os::unix", "os::fd", "rustix", "cfg(unix", "cfg(windows"].iter().any(|name| code.contains(name))
    };
    let outside = |module: &Module| module.iter().all(|part| !["system", "testing", "tests"].contains(&part.as_str()));
    let found: Vec<String> = modules()
        .into_iter()
        .filter(|(module, code)| outside(module) && names_a_unix(code))
        .map(|(module, _)| module.join("::"))
        .collect();
    assert!(found.is_empty(), "{found:?} name a Unix: what differs between systems stands in src/system");
}

#[test]
fn no_circle_of_files() {
    let circles = circles(imports());
    assert!(circles.is_empty(), "{circles:#?}");
}

/// The files that are in circles, or between two of them, and what each names of the others.
fn circles(mut left: BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    loop {
        let before = left.len();
        // What names nothing that is left is in no circle, and neither is what nothing names that is left.
        let known: BTreeSet<Module> = left.keys().cloned().collect();
        left.values_mut().for_each(|named| named.retain(|module| known.contains(module)));
        let named: BTreeSet<Module> = left.values().flatten().cloned().collect();
        left.retain(|module, names| !names.is_empty() && named.contains(module));
        if left.len() == before {
            break;
        }
    }
    let shown = |(module, named): (&Module, &BTreeSet<Module>)| {
        let named: Vec<String> = named.iter().map(|named| named.join("::")).collect();
        format!("{} names {}", module.join("::"), named.join(", "))
    };
    left.iter().map(shown).collect()
}

#[test]
fn a_circle_is_found() {
    let module = |name: &str| -> Module { vec![name.to_owned()] };
    let names = |name: &str, named: &[&str]| (module(name), named.iter().map(|name| module(name)).collect());
    let imports = [names("a", &["b"]), names("b", &["c", "d"]), names("c", &["b"]), names("d", &[])];
    assert_eq!(circles(imports.into()), ["b names c", "c names b"]);
}

#[test]
fn the_names_of_a_use_are_found() {
    let code = "use crate::a::{B, c::{self, D as E}, f};\nlet x = super::super::g::h(crate::i);";
    let found = paths(code);
    assert_eq!(
        found,
        ["crate::a::B", "crate::a::c::self", "crate::a::c::D", "crate::a::f", "super::super::g::h", "crate::i"]
    );
    let module: Module = ["m", "n", "o"].map(str::to_owned).into();
    assert_eq!(absolute(&module, "super::super::g::h"), ["m", "g", "h"]);
}
