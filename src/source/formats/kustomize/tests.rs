use super::*;
use crate::source::kustomized::Kustomized;
use crate::source::{Completeness, ReadError, read};

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
    let of_others = "- {target: {kind: Job}, patch: '[{op: remove, path: /spec}]'}\n";
    let times = |times: usize| -> &'static str {
        format!("resources: [own.yaml]\npatches:\n{}", of_others.repeat(times)).leak()
    };
    assert!(!read_own(times(MOST_CHANGES), &[]).1);
    assert!(read_own(times(MOST_CHANGES + 1), &[]).1);
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
    let taken = Taken::of(&kustomization, &counted);
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

/// The words of a server's command line, `?` before what is not known, and whether it is open.
fn words(documents: &[Document]) -> (Vec<String>, bool) {
    let [Document::Invocation(server)] = documents else { panic!("{documents:?}") };
    let word =
        |argument: &crate::source::Argument| format!("{}{}", if argument.opaque { "?" } else { "" }, argument.text);
    let is_open = server.open.is_some() || server.completeness == Completeness::Fragment;
    (server.arguments.iter().map(word).collect(), is_open)
}

fn read_own(kustomization: &'static str, files: &'static [(&'static str, &'static str)]) -> (Vec<String>, bool) {
    let own = SourceFile::new("overlay/own.yaml", POD);
    words(&read(&own, None, &Over { kustomization, tree: &Tree(files) }).unwrap())
}

#[test]
fn a_patch_that_is_whole_is_applied() {
    let own = "resources: [own.yaml]\n";
    for (patches, expected) in [
        (
            "[{op: replace, path: /spec/containers/0/command/1, value: --profiling=false}]",
            Some(["--profiling=false", "--client-ca-file=/b"]),
        ),
        (
            "[{op: test, path: /kind, value: Pod}, {op: remove, path: /spec/containers/0/command/1}, {op: add, path: \
          /spec/containers/0/command/-, value: --v=1}]",
            Some(["--client-ca-file=/b", "--v=1"]),
        ),
        ("[{op: test, path: /kind, value: Job}, {op: remove, path: /spec/containers/0/command/1}]", None),
        ("[{op: replace, path: /spec/containers/1/command/1, value: --v=1}]", None),
    ] {
        let patch = |target: &str| -> &'static str {
            format!("{own}patches: [{{target: {target}, patch: '{patches}'}}]\n").leak()
        };
        let (words, is_open) = read_own(patch("{kind: Pod, name: a.i}"), &[]);
        match expected {
            Some(expected) => assert_eq!((words, is_open), (expected.map(str::to_owned).to_vec(), false)),
            None => assert!(is_open, "{patches}"),
        }
        let unchanged = vec!["--proxy-client-cert-file=/a".to_owned(), "--client-ca-file=/b".to_owned()];
        assert_eq!(read_own(patch("{kind: Pod, name: ap}"), &[]), (unchanged.clone(), false), "{patches}");
        let of_others = "{kind: Pod, labelSelector: a=b}";
        assert_eq!(read_own(patch(of_others), &[]), (unchanged, false), "{patches}");
        // Whether it has the annotation, or is named so by another kustomization, is not known.
        for target in ["{kind: Pod, annotationSelector: a=b}", "{kind: Pod, name: x-api}", "{name: api, namespace: x}"]
        {
            assert!(read_own(patch(target), &[]).1, "{target}");
        }
    }
}

#[test]
fn what_is_replaced_is_told_no_more() {
    let pod = "kind: Pod\nmetadata: {name: api}\nspec:\n  containers:\n  - image: x\n    command:\n    - kube-apiserver\n    - \
               --requestheader-client-ca-file=/a\n";
    let kustomization = "resources: [own.yaml]\npatches:\n- target: {kind: Pod}\n  patch: |-\n    - {op: replace, path: \
                         /spec/containers/0/command/1, value: --requestheader-client-ca-file=/b}\n";
    let tree = Tree(&[(
        "own.yaml",
        "kind: Pod\nmetadata: {name: api}\nspec:\n  containers:\n  - image: x\n    command:\n    - \
                                    kube-apiserver\n    - --requestheader-client-ca-file=/a\n",
    )]);
    let over = Over { kustomization, tree: &tree };
    let (found, is_open) = words(&read(&SourceFile::new("overlay/own.yaml", pod), None, &over).unwrap());
    assert_eq!((found, is_open), (vec!["--requestheader-client-ca-file=/b".to_owned()], false));
    // And the kustomization is told with it.
    let own = SourceFile::new("overlay/kustomization.yaml", kustomization);
    assert!(read(&own, None, &over).is_ok_and(|found| found.is_empty()));
}

#[test]
fn other_objects_are_changed_too() {
    let service = "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.x}\nspec: {service: {name: s, \
                   namespace: n}, caBundle: eA==}\n";
    let kustomization = "resources: [own.yaml]\npatches: [{target: {kind: APIService}, patch: '[{op: remove, path: /spec/caBundle}, {op: \
                         add, path: /spec/insecureSkipTLSVerify, value: true}]'}]\n";
    let file = SourceFile::new("overlay/own.yaml", service);
    let found = read(&file, None, &Over { kustomization, tree: &Tree(&[]) }).unwrap();
    let [Document::ApiService(service)] = &found[..] else { panic!("{found:?}") };
    assert!(service.skips_verification() && service.ca_bundle.is_none());
    assert_eq!(service.insecure_skip_tls_verify.as_ref().unwrap().origin.file().name(), "overlay/kustomization.yaml");
}

#[test]
fn the_changes_of_a_base_are_not_told_again() {
    const PATCH: &str =
        "patches: [{target: {kind: Pod}, patch: '[{op: remove, path: /spec/containers/0/command/1}]'}]\n";
    const BASE: &str = "resources: [pod.yaml]\npatches: [{target: {kind: Pod}, patch: '[{op: remove, path: \
                        /spec/containers/0/command/1}]'}]\n";
    let tree = Tree(&[("../base/kustomization.yaml", BASE), ("../base/pod.yaml", POD)]);
    let found = |kustomization: &str| {
        read(&SourceFile::new("overlay/kustomization.yaml", kustomization), None, &tree).unwrap_or_default()
    };
    assert!(found("resources: [../base]\n").is_empty());
    let twice = found(&format!("resources: [../base]\n{PATCH}"));
    assert_eq!(words(&twice), (Vec::new(), false));
}

#[test]
fn what_is_not_here_may_change_anything() {
    let own = "resources: [own.yaml]\n";
    for (change, is_open) in [
        ("components: [../comp]\n", true),
        ("components: ['https://example.org/x']\n", true),
        ("patches: [{path: gone.yaml}]\n", true),
        ("patches: [{path: gone.yaml, target: {kind: Service}}]\n", false),
        ("patchesStrategicMerge: [gone.yaml]\n", true),
        ("transformers: [t.yaml]\n", true),
        ("transformers: []\n", false),
        ("replacements: [{path: gone.yaml}]\n", true),
        ("replacements: [{targets: [{select: {kind: Pod}, fieldPaths: [spec.containers.0.command.1]}]}]\n", true),
        ("replacements: [{targets: [{select: {kind: Pod}, fieldPaths: [metadata.labels.x]}]}]\n", false),
        ("patches: [{patch: '{kind: Pod, metadata: {name: api}, spec: {volumes: [{name: x}]}}'}]\n", false),
        ("patches: [{patch: '{kind: Pod, metadata: {name: api}, spec: {volumes: [{emptyDir: {}}]}}'}]\n", true),
        ("patches: [{patch: '{kind: Pod, metadata: {name: api, labels: {a: b}}}'}]\n", false),
        ("patches: [{patch: '{kind: Pod, metadata: {name: other}, spec: {volumes: [{name: x}]}}'}]\n", false),
        ("resources: [own.yaml, ../base]\n", false),
    ] {
        let kustomization = if change.starts_with("resources") { change.to_owned() } else { format!("{own}{change}") };
        assert_eq!(read_own(kustomization.leak(), &[]).1, is_open, "{change}");
    }
}

#[test]
fn a_patch_that_grows_without_end_leaves_its_object_open() {
    let copies: String = (0..40).map(|at| format!("{{op: copy, from: /spec, path: /spec/k{at}}}, ")).collect();
    let flag = "{op: add, path: /spec/template/spec/containers/0/command/-, value: --client-ca-file=/c}";
    let kustomization =
        format!("resources: [api.yaml]\npatches: [{{target: {{name: api}}, patch: '[{copies}{flag}]'}}]");
    assert_eq!(read_beside(&kustomization), (false, vec![true, false]));
}

/// A Pod with a container that has a name, so that a part can be laid over it.
const NAMED: &str = "kind: Pod\nmetadata: {name: api}\nspec: {containers: [{name: a, image: x, command: [kube-apiserver, \
                     --client-ca-file=/b]}]}\n";

fn named_by(kustomization: &str, files: &'static [(&'static str, &'static str)]) -> (Vec<String>, bool) {
    let over = Over { kustomization: kustomization.to_owned().leak(), tree: &Tree(files) };
    words(&read(&SourceFile::new("overlay/own.yaml", NAMED), None, &over).unwrap())
}

#[test]
fn a_part_is_laid_over() {
    let part = |spec: &str| format!("{{kind: Pod, metadata: {{name: api}}, spec: {spec}}}");
    let by = |patch: &str| named_by(&format!("resources: [own.yaml]\n{patch}"), &[]);
    let of = |words: &[&str]| (words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), false);
    let args = part("{containers: [{name: a, args: [--v=1]}]}");
    let both = of(&["--client-ca-file=/b", "--v=1"]);
    assert_eq!(by(&format!("patches: [{{patch: '{args}'}}]\n")), both);
    assert_eq!(by(&format!("patchesStrategicMerge:\n- '{args}'\n")), both);
    assert_eq!(by(&format!("patches: [{{target: {{kind: Pod}}, patch: '{}'}}]\n", args.replace("api", "b"))), both);
    let command = part("{containers: [{name: a, command: [kube-apiserver, --client-ca-file=/c]}]}");
    assert_eq!(by(&format!("patches: [{{patch: '{command}'}}]\n")), of(&["--client-ca-file=/c"]));
    // One after the other, and what cannot be made leaves what was made before.
    let third = "{target: {kind: Pod}, patch: '[{op: replace, path: /spec/containers/0/args/0, value: --v=2}]'}";
    assert_eq!(by(&format!("patches: [{{patch: '{args}'}}, {third}]\n")), of(&["--client-ca-file=/b", "--v=2"]));
    let broken = part("{containers: [{image: y, args: []}]}");
    let (found, is_open) = by(&format!("patches: [{{patch: '{args}'}}, {{patch: '{broken}'}}, {third}]\n"));
    assert!(is_open && found.iter().any(|word| word.ends_with("--v=1")), "{found:?}");
    // Of what follows a part that was not laid over, nobody knows where it hits.
    let harmless = "{kind: Pod, metadata: {name: api, $patch: x}}";
    assert!(by(&format!("patches: [{{patch: '{harmless}'}}, {third}]\n")).1);
}

#[test]
fn a_part_that_is_laid_over_is_told_no_more() {
    const PART: &str =
        "kind: Pod\nmetadata: {name: api}\nspec: {containers: [{name: a, command: [kube-apiserver, --v=1]}]}\n";
    const BROKEN: &str = "kind: Pod\nmetadata: {name: api}\nspec: {containers: [{command: [kube-apiserver, --v=1]}]}\n";
    let tree = Tree(&[("own.yaml", NAMED), ("part.yaml", PART), ("broken.yaml", BROKEN)]);
    let found = |name: &str, text: &str, kustomization: &'static str| {
        let file = SourceFile::new(format!("overlay/{name}"), text);
        read(&file, None, &Over { kustomization, tree: &tree }).map(|found| found.len()).unwrap_or_default()
    };
    for list in ["patches: [{path: part.yaml}]\n", "patchesStrategicMerge: [part.yaml]\n"] {
        let kustomization: &'static str = format!("resources: [own.yaml]\n{list}").leak();
        assert_eq!(found("part.yaml", PART, kustomization), 0, "{list}");
    }
    // What cannot be laid over leaves open what it is for, and is no server of its own.
    assert_eq!(found("broken.yaml", BROKEN, "resources: [own.yaml]\npatches: [{path: broken.yaml}]\n"), 0);
    assert_eq!(found("part.yaml", PART, "patches: [{path: part.yaml}]\n"), 1);
    let inline = |part: &str| -> &'static str {
        format!("resources: [own.yaml]\npatches:\n- patch: |-\n    {}\n", part.trim_end().replace('\n', "\n    "))
            .leak()
    };
    let own = |part: &str| found(NAMES[0], inline(part), inline(part));
    assert_eq!((own(PART), own(BROKEN)), (0, 0));
}

#[test]
fn an_object_that_a_part_removes_is_not_there() {
    let kustomization =
        "resources: [own.yaml]\npatches: [{patch: '{kind: Pod, metadata: {name: api}, $patch: delete}'}]\n";
    let over = Over { kustomization, tree: &Tree(&[]) };
    let found = read(&SourceFile::new("overlay/own.yaml", NAMED), None, &over);
    assert!(found.is_err(), "{found:?}");
}

const AROUND: &str = "{kind: Deployment, apiVersion: apps/v1, metadata: {name: s, namespace: n}, spec: {template: {metadata: {labels: {a: \
                      b}}, spec: {containers: [{name: metrics-server, image: x}]}}}}\n---\n{kind: Service, apiVersion: v1, metadata: \
                      {name: s, namespace: n}, spec: {selector: {a: b}, ports: [{port: 443}]}}\n---\n{kind: APIService, apiVersion: \
                      apiregistration.k8s.io/v1, metadata: {name: v1.x}, spec: {service: {name: s, namespace: n}}}\n---\n{kind: \
                      RoleBinding, apiVersion: rbac.authorization.k8s.io/v1, metadata: {name: r, namespace: n}, roleRef: {kind: \
                      Role, name: x}, subjects: [{kind: ServiceAccount, name: s, namespace: n}]}\n";

/// What a kustomization makes of them: each object, `?` before one that is open.
fn around(kustomization: &str) -> Vec<String> {
    let over = Over { kustomization: format!("resources: [own.yaml]\n{kustomization}").leak(), tree: &Tree(&[]) };
    let found = read(&SourceFile::new("overlay/own.yaml", AROUND), None, &over).unwrap();
    let told = |name: String, is_open: bool| format!("{}{name}", if is_open { "?" } else { "" });
    let object = |document: &Document| match document {
        Document::Resource(one) => Some(told(one.object().to_string(), one.object().open.is_some())),
        Document::ApiService(one) => Some(told(one.name.value.clone(), one.open.is_some())),
        _ => None,
    };
    found.iter().filter_map(object).collect()
}

#[test]
fn a_namespace_moves_what_it_can_and_leaves_references_open() {
    let as_it_is = ["Deployment n/s", "Service n/s", "v1.x", "RoleBinding n/r"];
    assert_eq!(around("namespace: n\n"), as_it_is);
    assert_eq!(around("namespace: m\n"), ["Deployment m/s", "Service m/s", "?v1.x", "?RoleBinding n/r"]);
}

#[test]
fn what_is_not_followed_leaves_its_object_open() {
    let rename = "patches: [{target: {kind: Service}, patch: '[{op: replace, path: /metadata/name, value: t}]'}]\n";
    assert_eq!(around(rename), ["Deployment n/s", "?Service n/s", "v1.x", "RoleBinding n/r"]);
    let part = "patches: [{patch: '{kind: Service, metadata: {name: s}, spec: {$retainKeys: [ports], ports: [{port: 1}]}}'}]\n";
    assert_eq!(around(part), ["Deployment n/s", "?Service n/s", "v1.x", "RoleBinding n/r"]);
    let selected = "patches: [{target: {kind: RoleBinding, annotationSelector: a=b}, patch: '[{op: remove, path: /subjects/0}]'}]\n";
    assert_eq!(around(selected), ["Deployment n/s", "Service n/s", "v1.x", "?RoleBinding n/r"]);
}

#[test]
fn labels_go_into_selectors_and_templates() {
    for (labels, expected) in [
        ("labels: [{pairs: {a: z}, includeSelectors: true}]\n", ("z", "z")),
        ("commonLabels: {a: z}\n", ("z", "z")),
        ("labels: [{pairs: {a: z}, includeTemplates: true}]\n", ("b", "z")),
        ("labels: [{pairs: {a: z}}]\n", ("b", "b")),
    ] {
        let over = Over { kustomization: format!("resources: [own.yaml]\n{labels}").leak(), tree: &Tree(&[]) };
        let found = read(&SourceFile::new("overlay/own.yaml", AROUND), None, &over).unwrap();
        let (mut selector, mut template) = (None, None);
        for document in &found {
            match document {
                Document::Resource(crate::source::Resource::Service(service)) => selector = service.selector.clone(),
                Document::Resource(crate::source::Resource::Workload(workload)) => template = workload.labels.clone(),
                _ => {}
            }
        }
        let of = |value: &str| Some(vec![("a".to_owned(), value.to_owned())]);
        assert_eq!((selector, template), (of(expected.0), of(expected.1)), "{labels}");
    }
}

#[test]
fn what_may_be_gone_is_not_wrong_for_certain() {
    let own = SourceFile::new("overlay/own.yaml", POD);
    let is_open = |patch: &str| {
        let over = Over { kustomization: format!("resources: [own.yaml]\n{patch}").leak(), tree: &Tree(&[]) };
        match &read(&own, None, &over).unwrap()[..] {
            [Document::Invocation(server)] => server.may_be_replaced,
            found => panic!("{found:?}"),
        }
    };
    let volume = "[{op: remove, path: /spec/volumes/0}]";
    assert!(is_open(&format!("patches: [{{target: {{annotationSelector: a=b}}, patch: '{volume}'}}]\n")));
    let word = "[{op: remove, path: /spec/containers/0/command/1}]";
    assert!(!is_open(&format!("patches: [{{target: {{annotationSelector: a=b}}, patch: '{word}'}}]\n")));
}

#[test]
fn a_label_selector_chooses_as_kubernetes_does() {
    let pod = "kind: Pod\nmetadata: {name: api, labels: {tier: cp}}\nspec: {containers: [{image: x, command: \
               [kube-apiserver, --client-ca-file=/a]}]}\n";
    let read_with = |kustomization: &str| {
        let over = Over { kustomization: format!("resources: [own.yaml]\n{kustomization}").leak(), tree: &Tree(&[]) };
        match &read(&SourceFile::new("overlay/own.yaml", pod), None, &over).unwrap()[..] {
            [Document::Invocation(server)] => {
                (server.arguments[0].text.as_str().to_owned(), server.arguments[0].opaque)
            }
            found => panic!("{found:?}"),
        }
    };
    let patch = "patch: '[{op: replace, path: /spec/containers/0/command/1, value: --client-ca-file=/b}]'";
    let selected =
        |selector: &str| read_with(&format!("patches: [{{target: {{labelSelector: '{selector}'}}, {patch}}}]\n"));
    let (made, left) = (("--client-ca-file=/b".to_owned(), false), ("--client-ca-file=/a".to_owned(), false));
    assert_eq!((selected("tier=cp"), selected("tier in (a,cp),!x")), (made.clone(), made));
    assert_eq!((selected("tier!=cp"), selected("app=x")), (left.clone(), left));
    assert_eq!(selected("tier>1"), ("--client-ca-file=/a".to_owned(), true));
}
