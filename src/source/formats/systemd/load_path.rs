//! Where the files of a unit are: its load path (systemd.unit(5), "Unit File Load Path"), and that of Quadlet's containers
//! (podman-systemd.unit(5)).

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::environment::{EnvironmentFiles, file_name};
use crate::source::NotRead;
use crate::text::{SourceFile, Text};

/// The first of them that has a unit's file counts, and so does the first that has a drop-in of a name.
const OF_UNITS: [&str; 13] = [
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/run/systemd/generator.late",
];

const OF_CONTAINERS: [&str; 3] =
    ["/run/containers/systemd", "/etc/containers/systemd", "/usr/share/containers/systemd"];

/// What a link leads to that masks a unit or a drop-in.
const NOTHING: &str = "/dev/null";
/// The end of a drop-in's name; other files beside it are not read.
const DROP_IN: &str = ".conf";

/// The ends of units' names that run something: services, and containers of Quadlet.
const SUFFIXES: [&str; 2] = [".service", ".container"];

/// A unit's name without its suffix, and that.
fn parts(name: &str) -> Option<(&str, &'static str)> {
    SUFFIXES.iter().find_map(|suffix| Some((name.strip_suffix(suffix)?, *suffix)))
}

pub(super) fn has_drop_ins(name: &str) -> bool {
    parts(name).is_some()
}

/// The directory of drop-ins that a file lies in.
pub(super) fn drop_in_directory(path: &str) -> Option<&str> {
    let directory = path.rsplit(['/', '\\']).nth(1)?;
    let is_one = |suffix: &str| directory.ends_with(&format!("{}.d", suffix.trim_start_matches('.')));
    SUFFIXES.iter().any(|suffix| is_one(suffix)).then_some(directory)
}

/// What a name on the load path stands for.
pub(super) enum Fragment {
    /// The file of the unit.
    File(Text),
    /// A link to another unit.
    Alias(String),
    /// A link to `/dev/null`, or an empty file: the unit is not run. Where that is.
    Masked(String),
    Absent,
}

/// A drop-in of a unit.
pub(super) enum DropIn {
    Text(Text),
    /// A link to `/dev/null`, which hides the others of its name. Where that is.
    Masked(String),
    /// There is one that was not to be read.
    Unread(String),
}

/// The directories that a unit's files are in, as they are looked up.
pub(super) struct LoadPath<'a> {
    directories: &'static [&'static str],
    files: &'a EnvironmentFiles<'a>,
    names: OnceCell<BTreeSet<String>>,
    /// Of each directory: every name of a unit is looked for among them.
    links: OnceCell<Vec<Vec<(String, String)>>>,
}

impl<'a> LoadPath<'a> {
    fn new(directories: &'static [&'static str], files: &'a EnvironmentFiles<'a>) -> Self {
        Self { directories, files, names: OnceCell::new(), links: OnceCell::new() }
    }

    pub(super) fn of_services(files: &'a EnvironmentFiles<'a>) -> Self {
        Self::new(&OF_UNITS, files)
    }

    /// That of a unit's file; where it is none of a host's, what lies beside it.
    pub(super) fn of_unit(path: &str, files: &'a EnvironmentFiles<'a>) -> Self {
        let above = path.rsplit_once(['/', '\\']).map_or("", |(above, _)| above);
        if let Some(directories) = of_directory(above) {
            return Self::new(directories, files);
        }
        // `systemctl link`.
        let host = Self::of_services(files);
        match host.fragment(file_name(path)) {
            Fragment::File(linked) if is_same(linked.file().name(), path) => host,
            _ => Self::new(&[""], files),
        }
    }

    /// That of the units that a drop-in is for.
    pub(super) fn of_drop_in(path: &str, files: &'a EnvironmentFiles<'a>) -> Self {
        let above = path.rsplit_once(['/', '\\']).and_then(|(directory, _)| directory.rsplit_once(['/', '\\']));
        let directories = above.and_then(|(above, _)| of_directory(above)).unwrap_or(&[".."]);
        Self::new(directories, files)
    }

    /// What of a name counts.
    pub(super) fn fragment(&self, name: &str) -> Fragment {
        for (directory, links) in self.directories.iter().zip(self.links()) {
            let path = at(directory, name);
            let target = links.iter().find(|(link, _)| link == name).map(|(_, target)| target.as_str());
            if target == Some(NOTHING) {
                return Fragment::Masked(path);
            }
            if let Some(other) = target.and_then(|target| alias(name, target)) {
                return Fragment::Alias(other.to_owned());
            }
            match self.files.text(&path) {
                Some(text) if text.is_empty() => return Fragment::Masked(text.file().name().to_owned()),
                Some(text) => return Fragment::File(text),
                None => {}
            }
        }
        Fragment::Absent
    }

    fn links(&self) -> &[Vec<(String, String)>] {
        let all = || self.directories.iter().map(|directory| self.files.links(directory)).collect();
        self.links.get_or_init(all)
    }

    /// The names in its directories.
    pub(super) fn names(&self) -> &BTreeSet<String> {
        let all = || self.directories.iter().flat_map(|directory| self.files.directory(directory)).collect();
        self.names.get_or_init(all)
    }

    /// The other names of a unit: links to it, and links to those.
    fn aliases(&self, name: &str) -> Vec<String> {
        let mut known = vec![name.to_owned()];
        let mut at = 0;
        while let Some(target) = known.get(at).cloned() {
            let leads_there = |(link, to): &&(String, String)| alias(link, to) == Some(target.as_str());
            let new = self.links().iter().flatten().filter(leads_there).map(|(link, _)| link.clone());
            let new: Vec<String> = new.filter(|link| !known.contains(link)).collect();
            known.extend(new);
            at += 1;
        }
        known.split_off(1)
    }

    /// The units that are made of a template: those with a link to it, and those with drop-ins of their own.
    pub(super) fn instances(&self, template: &str) -> Vec<String> {
        let Some((prefix, suffix)) = template.split_once('@') else { return Vec::new() };
        let wanted = self.names().iter().filter(|name| name.ends_with(".wants") || name.ends_with(".requires"));
        let wanted = wanted.flat_map(|name| self.everywhere(name)).flat_map(|place| self.files.directory(&place));
        let is_one = |name: &str| {
            let instance = name.strip_prefix(prefix)?.strip_prefix('@')?.strip_suffix(suffix)?;
            (!instance.is_empty()).then(|| name.to_owned())
        };
        let names = self.names().iter().map(|name| name.strip_suffix(".d").unwrap_or(name).to_owned());
        let found: BTreeSet<String> = names.chain(wanted).filter_map(|name| is_one(&name)).collect();
        let is_of_template = |name: &String| match self.fragment(name) {
            Fragment::Absent => true,
            Fragment::Alias(other) => other == template,
            Fragment::File(_) | Fragment::Masked(_) => false,
        };
        found.into_iter().filter(is_of_template).collect()
    }

    /// Whether the drop-ins of a directory are for a unit of this name.
    pub(super) fn is_for(&self, directory: &str, name: &str) -> bool {
        let Some((_, suffix)) = parts(name) else { return false };
        let mut names = std::iter::once(name.to_owned()).chain(self.aliases(name)).chain(self.instances(name));
        directory.strip_suffix(".d") == suffix.strip_prefix('.')
            || names.any(|name| own_directories(&name).iter().any(|own| own == directory))
    }

    fn everywhere(&self, name: &str) -> impl Iterator<Item = String> {
        self.directories.iter().map(move |directory| at(directory, name))
    }

    /// A unit's drop-ins in the order in which they are read: by their names, whatever directories they are in. Of those
    /// of one name the first counts (systemd's src/shared/dropin.c, `unit_file_find_dropin_paths`).
    pub(super) fn drop_ins(&self, name: &str) -> Vec<DropIn> {
        let Some((_, suffix)) = parts(name) else { return Vec::new() };
        let mut directories = Vec::new();
        for name in std::iter::once(name.to_owned()).chain(self.aliases(name)) {
            let own = own_directories(&name);
            directories.extend(self.directories.iter().flat_map(|place| own.iter().map(|own| at(place, own))));
        }
        directories.extend(self.everywhere(&format!("{}.d", suffix.trim_start_matches('.'))));
        let mut by_name: BTreeMap<String, DropIn> = BTreeMap::new();
        for directory in directories {
            for file in self.files.directory(&directory).into_iter().filter(|file| file.ends_with(DROP_IN)) {
                by_name.entry(file).or_insert_with_key(|file| self.drop_in(&directory, file));
            }
        }
        by_name.into_values().collect()
    }

    /// One that is there.
    fn drop_in(&self, directory: &str, name: &str) -> DropIn {
        let path = at(directory, name);
        match self.files.text(&path) {
            Some(text) => DropIn::Text(text),
            None if self.files.links(directory).iter().any(|(link, to)| link == name && to == NOTHING) => {
                DropIn::Masked(path)
            }
            None => DropIn::Unread(path),
        }
    }

    /// Why systemd does not read a drop-in.
    fn hides_drop_in(&self, directory: &str, path: &str) -> Option<NotRead> {
        let name = file_name(path);
        if !name.ends_with(DROP_IN) {
            return Some(NotRead::NoDropIn);
        }
        if let Fragment::Masked(by) = self.fragment(directory.strip_suffix(".d").unwrap_or(directory)) {
            return Some(NotRead::Masked(by));
        }
        let mut places = self.everywhere(directory);
        let first = places.find(|place| self.files.directory(place).iter().any(|file| file == name))?;
        match self.drop_in(&first, name) {
            DropIn::Masked(by) => Some(NotRead::Masked(by)),
            DropIn::Text(text) if !is_same(text.file().name(), path) => {
                Some(NotRead::Hidden(text.file().name().to_owned()))
            }
            DropIn::Text(_) | DropIn::Unread(_) => None,
        }
    }
}

/// The load path that a directory is of, on a host or in a copy of one.
fn of_directory(directory: &str) -> Option<&'static [&'static str]> {
    // A path from inside of the copy begins without a slash: `etc/systemd/system`.
    let is_at = |place: &str| {
        let rest = directory.strip_suffix(place.trim_start_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    };
    let paths: [&'static [&'static str]; 2] = [&OF_UNITS, &OF_CONTAINERS];
    paths.into_iter().find(|path| path.iter().any(|place| is_at(place)))
}

/// The directories of drop-ins for one name, the more specific first: its own, its template's, those for all whose names
/// begin as its own does up to a dash.
fn own_directories(name: &str) -> Vec<String> {
    let Some((stem, suffix)) = parts(name) else { return Vec::new() };
    let template = stem.split_once('@').map(|(template, _)| template);
    let prefix = template.unwrap_or(stem);
    let mut directories = vec![format!("{name}.d")];
    directories
        .extend(template.map(|template| format!("{template}@{suffix}.d")).filter(|one| *one != format!("{name}.d")));
    let dashes = prefix.match_indices('-').map(|(at, _)| at + 1).filter(|end| *end < prefix.len());
    let mut prefixes: Vec<String> =
        dashes.filter_map(|end| Some(format!("{}{suffix}.d", prefix.get(..end)?))).collect();
    prefixes.reverse();
    directories.extend(prefixes);
    directories
}

/// The other unit that a link is a name of. A link of its own name, or to a file elsewhere, is that unit itself.
fn alias<'a>(name: &str, target: &'a str) -> Option<&'a str> {
    let other = file_name(target);
    let above = target.rsplit_once('/').map(|(above, _)| above);
    let is_unit = parts(other).zip(parts(name)).is_some_and(|((_, one), (_, other))| one == other);
    let on_path = above.is_none_or(|above| above.starts_with('.') || of_directory(above).is_some());
    (other != name && is_unit && on_path).then_some(other)
}

/// Whether two paths name one file, however they were come by.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let plain = |path| Path::new(path).strip_prefix(".").unwrap_or(Path::new(path));
    plain(one) == plain(other)
}

fn at(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// Why systemd does not read a file on the load path.
pub(super) fn hidden(file: &SourceFile, files: &EnvironmentFiles<'_>) -> Option<NotRead> {
    let path = file.name();
    if let Some(directory) = drop_in_directory(path) {
        return LoadPath::of_drop_in(path, files).hides_drop_in(directory, path);
    }
    if !has_drop_ins(file_name(path)) {
        return None;
    }
    match LoadPath::of_unit(path, files).fragment(file_name(path)) {
        Fragment::Masked(by) => Some(NotRead::Masked(by)),
        Fragment::Alias(other) => Some(NotRead::Hidden(other)),
        // `/lib` is `/usr/lib` on most hosts.
        Fragment::File(text) if is_same(text.file().name(), path) || text.as_str() == file.text() => None,
        Fragment::File(text) => Some(NotRead::Hidden(text.file().name().to_owned())),
        Fragment::Absent => None,
    }
}
