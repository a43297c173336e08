//! What a kustomization changes in the objects that lie beside it: JSON patches (RFC 6902) on the words of containers,
//! which are not applied here (kubernetes-sigs/kustomize, api/types/kustomization.go).

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::kustomized::{Change, Kustomized, NAMES, listed, patches};
use crate::source::program::flag_name;
use crate::source::yaml::{self, Node};
use crate::source::{Completeness, Document, InputFormat, Invocation, NotRead, Surroundings, Unread};
use crate::text::{Located, Origin, SourceFile, Text, operand, shell_word};

/// More leave all of every object open: each is compared with each server.
const MOST_CHANGES: usize = 100;

/// Where it names what it takes.
const LISTS: [&str; 3] = ["resources", "bases", "components"];

/// More than the directories that people lay over each other, and the files that they take; a directory may take itself.
const DEEPEST: usize = 8;
const MOST_DIRECTORIES: usize = 64;
const MOST_FILES: usize = 256;

/// What a kustomization takes from a directory or a host that the input does not reach: an input opens nothing that was
/// not given.
pub(in crate::source) fn outside(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Option<Unread> {
    const REMOTE: [&str; 3] = ["://", "git@", "github.com/"];
    let (directory, found) = (directory_of(file)?, yaml::nodes(&Text::of(file)));
    let entries: Vec<&Text> = found.iter().flat_map(|node| listed(node, &LISTS)).collect();
    let is_away = |entry: &str| {
        entry.contains("..") && surroundings.directory(entry).is_empty() && surroundings.file(entry).is_none()
    };
    let is_remote = |entry: &str| REMOTE.iter().any(|mark| entry.contains(mark));
    let local = entries.iter().find(|entry| is_away(entry.as_str()) && !is_remote(entry.as_str()));
    let entry = local.or_else(|| entries.iter().find(|entry| is_remote(entry.as_str())))?;
    let directory = if directory == Path::new("") { ".".into() } else { directory.to_string_lossy() };
    let reason = NotRead::Outside(shell_word(&operand(&directory)));
    // What somebody else publishes is seldom ours; what lies beside is given with one more word.
    Some(Unread { name: entry.as_str().to_owned(), mention: entry.origin(), gives: local.is_some(), reason })
}

/// That of a kustomization; `None`: the file is none.
fn directory_of(file: &SourceFile) -> Option<&Path> {
    let path = Path::new(file.name());
    path.file_name().filter(|name| NAMES.iter().any(|known| name == known))?;
    path.parent()
}

/// The servers of other directories, as the changes of a kustomization leave them: in the files there they are not told.
pub(in crate::source) fn overlaid(
    file: &Arc<SourceFile>,
    surroundings: &dyn Surroundings,
    read: &dyn Fn(&Arc<SourceFile>) -> Vec<Document>,
) -> Vec<Document> {
    if directory_of(file).is_none() {
        return Vec::new();
    }
    let taken = Taken::of(&LISTS, file, surroundings);
    let changes = bounded(taken.changes);
    // Of what is too much nothing is said here, and that the kustomization was not read is.
    if changes.is_empty() || taken.is_cut {
        return Vec::new();
    }
    let servers = taken.files.iter().flat_map(read).filter_map(|document| match document {
        Document::Invocation(server) if server.format == InputFormat::Manifest => Some(server),
        _ => None,
    });
    let changed = servers.filter_map(|mut server| {
        let is_changed = leave_open_in(&mut server, &changes);
        server.name = format!("{} by {}", server.name, file.name());
        is_changed.then_some(Document::Invocation(server))
    });
    changed.collect()
}

/// What a kustomization takes from other directories, and the changes of all on the way.
struct Taken {
    /// Where a kustomization names them.
    lists: &'static [&'static str],
    files: Vec<Arc<SourceFile>>,
    changes: Vec<Change>,
    directories: usize,
    /// Of everything that was taken: once is enough, and `.` may stand in its own list.
    seen: HashSet<PathBuf>,
    /// Whether there was more.
    is_cut: bool,
}

impl Taken {
    fn of(lists: &'static [&'static str], kustomization: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Self {
        let (files, changes, seen) = (Vec::new(), Vec::new(), HashSet::new());
        let mut taken = Self { lists, files, changes, seen, directories: 0, is_cut: false };
        taken.take(kustomization, surroundings, 0);
        taken
    }

    /// Whether it is the first time. A path's components leave out what `.` adds.
    fn is_new(&mut self, file: &SourceFile) -> bool {
        self.seen.insert(Path::new(file.name()).components().collect())
    }

    fn take(&mut self, kustomization: &Arc<SourceFile>, surroundings: &dyn Surroundings, depth: usize) {
        if !self.is_new(kustomization) {
            return;
        }
        self.directories += 1;
        let found = yaml::nodes(&Text::of(kustomization));
        self.changes.extend(found.iter().flat_map(|node| of_patches(node, surroundings)));
        let lists = self.lists;
        for entry in
            found.iter().flat_map(|node| listed(node, lists)).map(|entry| entry.as_str().trim_start_matches("./"))
        {
            if depth >= DEEPEST || self.directories >= MOST_DIRECTORIES || self.files.len() >= MOST_FILES {
                self.is_cut = true;
                return;
            }
            let beside = Below { around: surroundings, directory: entry };
            match surroundings.file(entry) {
                // What changes there is told with the file itself.
                Some(_) if depth == 0 && !entry.contains('/') => {}
                Some(file) if self.is_new(&file) => self.files.push(file),
                Some(_) => {}
                None => {
                    let further = NAMES.iter().find_map(|name| beside.file(name));
                    further.into_iter().for_each(|further| self.take(&further, &beside, depth + 1));
                }
            }
        }
    }
}

/// What is around a directory that is named in a file.
struct Below<'a> {
    around: &'a dyn Surroundings,
    directory: &'a str,
}

impl Below<'_> {
    fn path(&self, path: &str) -> String {
        if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", self.directory.trim_end_matches('/')) }
    }
}

impl Surroundings for Below<'_> {
    fn file(&self, path: &str) -> Option<Arc<SourceFile>> {
        self.around.file(&self.path(path))
    }

    fn directory(&self, path: &str) -> Vec<String> {
        self.around.directory(&self.path(path))
    }
}

/// Leaves open what a kustomization beside the file changes in its servers.
pub(in crate::source) fn leave_open(
    file: &Arc<SourceFile>,
    documents: &mut [Document],
    surroundings: &dyn Surroundings,
) {
    let is_object = |invocation: &Invocation| invocation.format == InputFormat::Manifest;
    let mut servers: Vec<&mut Invocation> = documents
        .iter_mut()
        .filter_map(|document| match document {
            Document::Invocation(invocation) if is_object(invocation) => Some(invocation),
            _ => None,
        })
        .collect();
    if servers.is_empty() {
        return;
    }
    let kustomized = surroundings.kustomized();
    let changes = changes_in(&kustomized, file, surroundings);
    for server in &mut servers {
        leave_open_in(server, changes);
    }
}

/// Whether some of the changes are for the server.
fn leave_open_in(server: &mut Invocation, changes: &[Change]) -> bool {
    let own: Vec<&Change> = changes.iter().filter(|change| change.is_for(server)).collect();
    own.iter().for_each(|change| change.leave_open(server));
    // One tells where to look: a kustomization of many changes is not told once more for each server.
    if let Some(first) = own.first() {
        server.completeness = Completeness::Fragment;
        server.unresolved.push(Located::new(first.message(), first.origin.clone()));
    }
    !own.is_empty()
}

/// What the kustomization beside a file changes in it.
fn changes_in<'a>(kustomized: &'a Kustomized, file: &SourceFile, surroundings: &dyn Surroundings) -> &'a [Change] {
    let is_taken = own_name(file).is_some_and(|own| kustomized.resources.contains(own));
    let Some(kustomization) = kustomized.file.as_ref().filter(|_| is_taken) else { return &[] };
    // What it takes otherwise changes what is its own.
    kustomized.changes.get_or_init(|| bounded(Taken::of(&["components"], kustomization, surroundings).changes))
}

/// What a kustomization's patches change.
fn of_patches(kustomization: &Node, surroundings: &dyn Surroundings) -> Vec<Change> {
    patches(kustomization).flat_map(|patch| of_patch(patch, surroundings)).collect()
}

/// Whether a file has operations for a kustomization beside it, and is told with the servers that it changes (`has_servers`).
pub(in crate::source) fn is_patch(
    file: &Arc<SourceFile>,
    surroundings: &dyn Surroundings,
    has_servers: &dyn Fn(&Arc<SourceFile>, &dyn Surroundings) -> bool,
) -> bool {
    if surroundings.is_named() {
        return false;
    }
    let kustomized = surroundings.kustomized();
    let changes_servers = || kustomized.file.as_ref().is_some_and(|file| has_servers(file, surroundings));
    own_name(file).is_some_and(|own| kustomized.patches.contains(own))
        && yaml::nodes(&Text::of(file)).iter().all(|node| !node.is_mapping())
        && *kustomized.changes_servers.get_or_init(changes_servers)
}

fn own_name(file: &SourceFile) -> Option<&str> {
    Path::new(file.name()).file_name()?.to_str()
}

fn bounded(mut changes: Vec<Change>) -> Vec<Change> {
    if changes.len() > MOST_CHANGES {
        changes.truncate(1);
        changes.iter_mut().for_each(|change| (change.kind, change.name, change.flag) = (None, None, None));
    }
    changes
}

fn of_patch(patch: &Node, surroundings: &dyn Surroundings) -> Vec<Change> {
    let elsewhere = || Some(Text::of(&surroundings.file(patch.text_at(&["path"])?.as_str())?));
    let Some(text) = patch.text_at(&["patch"]).cloned().or_else(elsewhere) else { return Vec::new() };
    let operations = yaml::nodes(&text);
    let operations = operations.iter().flat_map(Node::items);
    operations.flat_map(|operation| of_operation(operation, patch.get("target"))).collect()
}

fn of_operation(operation: &Node, target: Option<&Node>) -> Vec<Change> {
    let Some(path) = operation.text_at(&["path"]).filter(|path| is_of_words(path.as_str())) else { return Vec::new() };
    let of_target = |key: &str| Some(target?.text_at(&[key])?.as_str().to_owned());
    let change = |flag: Option<String>, origin: Origin| Change {
        kind: of_target("kind"),
        name: of_target("name").filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')),
        flag,
        origin,
    };
    let value = operation.get("value");
    let items = value.map(Node::items).unwrap_or_default().iter();
    let given = items.chain(value).filter_map(Node::text);
    let mut changes: Vec<Change> =
        given.filter_map(|word| Some(change(Some(flag_name(word.as_str())?), word.origin()))).collect();
    // Nothing else leaves the words that are there as they are.
    let appends = operation.is("op", "add") && path.as_str().ends_with("/-");
    if !appends || changes.is_empty() {
        changes.push(change(None, path.origin()));
    }
    changes
}

/// `/spec/template/spec/containers/0/args/-`
fn is_of_words(path: &str) -> bool {
    let is_key = |key: &str| path.split('/').any(|part| part == key);
    is_key("containers") && (is_key("args") || is_key("command"))
}

impl Change {
    /// The server's name is `Deployment kube-system/kube-apiserver`.
    fn is_for(&self, server: &Invocation) -> bool {
        let (kind, name) = server.name.split_once(' ').unwrap_or(("", &server.name));
        let name = name.rsplit('/').next().unwrap_or(name);
        self.kind.as_ref().is_none_or(|wanted| kind.is_empty() || wanted == kind)
            && self.name.as_ref().is_none_or(|wanted| wanted == name)
    }

    fn leave_open(&self, server: &mut Invocation) {
        let mut is_value = false;
        for argument in &mut server.arguments {
            let name = flag_name(argument.text.as_str());
            let is_flag = self.flag.is_none() || name.is_some() && name == self.flag;
            let is_its_value = is_value && name.is_none();
            is_value = is_flag && !argument.text.as_str().contains('=');
            argument.opaque |= is_flag || is_its_value;
        }
    }

    fn message(&self) -> String {
        let (what, line) =
            (self.flag.as_ref().map_or("a change".to_owned(), |flag| format!("--{flag}")), self.origin.start().0);
        format!("{what} stands on line {line} of {}, but {}", self.origin.file().name(), NotRead::Patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{ReadError, read};

    struct Beside(String);

    impl Surroundings for Beside {
        fn file(&self, path: &str) -> Option<Arc<SourceFile>> {
            path.ends_with(NAMES[0]).then(|| SourceFile::new(path, self.0.as_str()))
        }

        fn directory(&self, _path: &str) -> Vec<String> {
            Vec::new()
        }
    }

    /// Whether it is complete, and which of its arguments are known.
    fn read_beside(kustomization: &str) -> (bool, Vec<bool>) {
        let pod = "kind: Deployment\nmetadata: {name: api}\nspec: {template: {spec: {containers: [{image: x, command: \
                   [kube-apiserver, --proxy-client-cert-file=/a, --client-ca-file=/b]}]}}}\n";
        let found = read(&SourceFile::new("d/api.yaml", pod), None, &Beside(kustomization.to_owned())).unwrap();
        let [Document::Invocation(server), ..] = &found[..] else { panic!("{found:?}") };
        let is_complete = server.completeness == Completeness::Complete;
        assert_eq!(is_complete, server.unresolved.is_empty());
        (is_complete, server.arguments.iter().map(|argument| !argument.opaque).collect())
    }

    #[test]
    fn what_a_patch_gives_is_open_and_no_more() {
        let open: [(&'static str, (bool, Vec<bool>)); 5] = [
            (
                "resources: [other.yaml]\npatches: [{patch: '[{op: add, path: /containers/0/args/-, value: --v=1}]'}]",
                (true, vec![true, true]),
            ),
            (
                "resources: [api.yaml]\npatches: [{target: {kind: Pod}, patch: '[{op: add, path: /containers/0/args/-, value: --v=1}]'}]",
                (true, vec![true, true]),
            ),
            (
                "resources: [api.yaml]\npatches: [{patch: '[{op: add, path: /containers/0/args/-, value: --v=1}]'}]",
                (false, vec![true, true]),
            ),
            (
                "resources: [./api.yaml]\npatchesJson6902: [{patch: '[{op: add, path: /containers/0/args/-, value: --client-ca-file=/c}]'}]",
                (false, vec![true, false]),
            ),
            (
                "resources: [api.yaml]\npatches: [{target: {name: api}, patch: '[{op: remove, path: /containers/0/command/1}]'}]",
                (false, vec![false, false]),
            ),
        ];
        for (kustomization, expected) in open {
            assert_eq!(read_beside(kustomization), expected, "{kustomization}");
        }
    }

    #[test]
    fn many_changes_leave_all_open() {
        let patch = "- {target: {kind: Pod}, patch: '[{op: add, path: /containers/0/args/-, value: --v=1}]'}\n";
        let many = format!("resources: [api.yaml]\npatches:\n{}", patch.repeat(MOST_CHANGES + 1));
        assert_eq!(read_beside(&many), (false, vec![false, false]));
    }

    #[test]
    fn what_lies_elsewhere_is_said() {
        let read = |kustomization: &str| {
            let file = SourceFile::new("overlays/a b/kustomization.yaml", kustomization);
            read(&file, None, &Beside(String::new()))
        };
        for (kustomization, name, gives) in [
            ("resources:\n- api.yaml\n- ../../base\n", "../../base", true),
            ("bases: [../base]\nresources: [apiservice.yaml]\n", "../base", true),
            ("resources: ['https://example.org/a.yaml', ../x]\n", "../x", true),
            ("resources: ['https://example.org/a.yaml']\n", "https://example.org/a.yaml", false),
        ] {
            let Err(ReadError::NotASetup(unread)) = read(kustomization) else { panic!("{kustomization}") };
            assert_eq!((unread.name.as_str(), unread.gives), (name, gives));
            let told = ReadError::NotASetup(unread).to_string();
            assert!(told.ends_with("all of it: kubectl kustomize 'overlays/a b' | aggcert check -"), "{told}");
        }
        for inside in ["resources: [api.yaml]\n", "resources: [../kustomization.yaml]\n"] {
            assert!(matches!(read(inside), Err(ReadError::Unrecognised { .. })), "{inside}");
        }
        // Beside what is read of it.
        let patch = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: kube-apiserver, command: \
                     [kube-apiserver, --client-ca-file=/a, --requestheader-client-ca-file=/a]}]}}";
        let found = read(&format!("resources: [../base]\npatches:\n- patch: |-\n    {patch}\n")).unwrap();
        assert!(found.iter().any(|document| matches!(document, Document::Unread(one) if one.name == "../base")));
        assert!(found.iter().any(|document| matches!(document, Document::Invocation(_))), "{found:?}");
    }

    /// Files by their paths, as the kustomization names them.
    struct Tree(&'static [(&'static str, &'static str)]);

    impl Surroundings for Tree {
        fn file(&self, path: &str) -> Option<Arc<SourceFile>> {
            self.0.iter().find(|(name, _)| *name == path).map(|(name, text)| SourceFile::new(*name, *text))
        }

        fn directory(&self, path: &str) -> Vec<String> {
            let below = self.0.iter().filter_map(|(name, _)| name.strip_prefix(path)?.strip_prefix('/'));
            below.map(str::to_owned).collect()
        }
    }

    /// The same, with a kustomization beside them.
    struct Over<'a> {
        kustomization: &'static str,
        tree: &'a Tree,
    }

    impl Surroundings for Over<'_> {
        fn file(&self, path: &str) -> Option<Arc<SourceFile>> {
            let own = || SourceFile::new(format!("overlay/{}", NAMES[0]), self.kustomization);
            if path == NAMES[0] { Some(own()) } else { self.tree.file(path) }
        }

        fn directory(&self, path: &str) -> Vec<String> {
            self.tree.directory(path)
        }
    }

    #[test]
    fn a_directory_that_takes_itself_is_read_once() {
        struct Counted(std::cell::Cell<usize>);
        impl Surroundings for Counted {
            fn file(&self, path: &str) -> Option<Arc<SourceFile>> {
                self.0.set(self.0.get() + 1);
                path.ends_with(NAMES[0]).then(|| SourceFile::new(format!("ks/{path}"), "resources: [., ./., .]\n"))
            }

            fn directory(&self, _path: &str) -> Vec<String> {
                Vec::new()
            }
        }
        let counted = Counted(std::cell::Cell::new(0));
        let kustomization = SourceFile::new("ks/kustomization.yaml", "resources: [., ./., .]\n");
        let taken = Taken::of(&LISTS, &kustomization, &counted);
        assert_eq!((taken.directories, counted.0.get()), (1, 6));
    }

    #[test]
    fn bases_and_patches_are_read_once_for_all_files() {
        struct Counted(Over<'static>, std::cell::Cell<usize>, Arc<Kustomized>);
        impl Surroundings for Counted {
            fn file(&self, path: &str) -> Option<Arc<SourceFile>> {
                self.1.set(self.1.get() + 1);
                self.0.file(path)
            }

            fn directory(&self, path: &str) -> Vec<String> {
                self.0.directory(path)
            }

            fn kustomized(&self) -> Arc<Kustomized> {
                Arc::clone(&self.2)
            }
        }
        const PATCH: &str = "[{op: add, path: /spec/containers/0/command/-, value: --requestheader-client-ca-file=/b}]";
        const POD: &str = "{kind: Pod, metadata: {name: api}, spec: {containers: [{image: x, command: [kube-apiserver, \
                           --client-ca-file=/b]}]}}";
        let tree = &Tree(&[("a.yaml", PATCH), ("b.yaml", PATCH), ("own.yaml", POD), ("../base/api.yaml", POD)]);
        let kustomization = "resources: [own.yaml, ../base/api.yaml]\npatches: [{path: a.yaml}, {path: ./b.yaml}]\n";
        let over = Over { kustomization, tree };
        let kustomized = Arc::new(Kustomized::of(&|name| over.file(name)));
        let around = Counted(over, std::cell::Cell::new(0), kustomized);
        let opened = |path: &str| {
            let (file, before) = (tree.file(path).unwrap(), around.1.get());
            let found = read(&file, None, &around).unwrap();
            (found.len(), around.1.get() - before)
        };
        assert!(matches!(opened("a.yaml"), (0, 1..)));
        assert_eq!(opened("b.yaml"), (0, 0));
        assert!(matches!(opened("own.yaml"), (1, 1..)));
        assert_eq!(opened("own.yaml"), (1, 0));
    }

    const POD: &str = "{kind: Pod, metadata: {name: api}, spec: {containers: [{image: x, command: [kube-apiserver, \
                       --proxy-client-cert-file=/a, --client-ca-file=/b]}]}}";
    const COMPONENT: &str = "kind: Component\npatches: [{patch: '[{op: add, path: /spec/containers/0/args/-, value: \
                             --client-ca-file=/c}]'}]\n";

    #[test]
    fn what_an_overlay_changes_elsewhere_is_open() {
        let tree = Tree(&[
            ("../base/kustomization.yaml", "resources: [./pod.yaml, ../more]\n"),
            ("../base/pod.yaml", "kind: ConfigMap\n"),
            ("../base/../more/kustomization.yaml", "resources: [pod.yaml]\n"),
            ("../base/../more/pod.yaml", POD),
            ("own.yaml", POD),
            ("p.yaml", "[{op: add, path: /spec/containers/0/args/-, value: --client-ca-file=/c}]"),
            ("../comp/kustomization.yaml", COMPONENT),
        ]);
        let found = |kustomization: &str| {
            let file = SourceFile::new("overlay/kustomization.yaml", kustomization);
            read(&file, None, &tree).unwrap_or_default()
        };
        let patch =
            "patches: [{patch: '[{op: replace, path: /spec/containers/0/command/2, value: --client-ca-file=/c}]'}]\n";
        let documents = found(&format!("resources: [own.yaml, ../base]\n{patch}"));
        let [Document::Invocation(server)] = &documents[..] else { panic!("{documents:?}") };
        assert!(server.arguments.iter().all(|argument| argument.opaque), "{server:?}");
        assert_eq!(server.name, "Pod api by overlay/kustomization.yaml");
        assert_eq!(server.completeness, Completeness::Fragment);
        // The operations stand in a file of their own, which is told with the servers, or in a component.
        let fixed = "patches: [{path: p.yaml}]\n";
        let documents = found(&format!("resources: [../base]\n{fixed}"));
        let [Document::Invocation(server)] = &documents[..] else { panic!("{documents:?}") };
        let is_open: Vec<bool> = server.arguments.iter().map(|argument| argument.opaque).collect();
        assert_eq!(is_open, [false, true]);
        let tree_with = Over { kustomization: "resources: [../base]\npatches: [{path: p.yaml}]\n", tree: &tree };
        let patch_file = tree.file("p.yaml").unwrap();
        let of_patch = |around: &dyn Surroundings| read(&patch_file, None, around);
        assert!(of_patch(&tree_with).is_ok_and(|found| found.is_empty()));
        assert!(of_patch(&Over { kustomization: "patches: [{path: p.yaml}]\n", tree: &tree }).is_err());
        let by_component = found("resources: [../base]\ncomponents: [../comp]\n");
        assert!(matches!(&by_component[..], [Document::Invocation(_)]), "{by_component:?}");
        // What is taken again is not told again.
        let twice = found(&format!("resources: [../base, ../base, ../base/../more/pod.yaml]\n{patch}"));
        assert_eq!(twice.len(), 1, "{twice:?}");
        // Where nothing is changed, the file itself says all.
        assert!(found("resources: [../base]\n").is_empty());
        assert!(found(&format!("resources: [own.yaml]\n{patch}")).is_empty());
    }

    #[test]
    fn a_component_opens_what_it_is_laid_over() {
        let own = SourceFile::new("overlay/own.yaml", POD);
        let own_by = |kustomization: &'static str| {
            let tree = Tree(&[("../comp/kustomization.yaml", COMPONENT)]);
            let beside = Over { kustomization, tree: &tree };
            match &read(&own, None, &beside).unwrap()[..] {
                [Document::Invocation(server)] => server.completeness,
                found => panic!("{found:?}"),
            }
        };
        assert_eq!(own_by("resources: [own.yaml]\ncomponents: [../comp]\n"), Completeness::Fragment);
        assert_eq!(own_by("resources: [own.yaml, ../comp]\n"), Completeness::Complete);
    }
}
