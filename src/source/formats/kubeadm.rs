//! kubeadm's ClusterConfiguration, by itself, in a ConfigMap or below Cluster API's objects, with kubeadm's defaults.
//!
//! The defaults are those of cmd/kubeadm/app/phases/controlplane/manifests.go (`getAPIServerCommand`,
//! `getControllerManagerCommand`) and volumes.go of Kubernetes 1.36, as far as certificates and identities are
//! concerned. They have been the same since 1.11, but for the controller manager's serving flags (1.12).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kubernetes::Component;
use crate::source::expression::has_expression;
use crate::source::extra_arguments;
use crate::source::formats::layouts::KUBEADM;
use crate::source::formats::tools;
use crate::source::place::{Owner, Place};
use crate::source::template;
use crate::source::yaml::{self, Entry, Node};
use crate::source::{Argument, Beneath, Document, InputFormat, Invocation, Mount, NotLoaded, Surroundings};
use crate::source::{NotRead, Unread, mention, program};
use crate::text::{Located, Origin, SourceFile, Text};

pub(in crate::source) const CERTIFICATES_DIR: &str = KUBEADM.directory;

/// What a configuration is called that stands for itself.
const UNNAMED: &str = "ClusterConfiguration";

/// Directories of the host that kubeadm shows to kube-apiserver, besides the certificates.
const SYSTEM_CA_DIRS: [&str; 6] = [
    "/etc/ssl/certs",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
];

/// What kubeadm gives a component where nothing is written. They stand where `origin` is.
pub fn default_arguments(component: Component, certificates_dir: &str, origin: &Origin) -> Vec<Argument> {
    tools::arguments(KUBEADM.tool, &KUBEADM.defaults(component), certificates_dir, origin)
}

/// An operation of a JSON patch (RFC 6902) on the arguments of kube-apiserver, as kind's `kubeadmConfigPatchesJSON6902`
/// and kubeadm's patches have it; or on anything, when it gives one of our flags.
pub(in crate::source) fn patch(operation: &Node) -> Option<Unread> {
    operation.text_at(&["op"])?;
    let path = operation.text_at(&["path"]).filter(|path| path.as_str().starts_with('/'))?;
    let last = path.as_str().rfind('/').map(|slash| path.slice(slash + 1..path.len()))?;
    let of_server = path.as_str().starts_with("/apiServer/extraArgs");
    // v1beta4 has a list of names and values.
    let named = operation.text_at(&["value", "name"]).into_iter().chain([&last]).find_map(|name| {
        let whole = of_server && program::is_known(name.as_str());
        let part = mention(name.as_str().as_bytes());
        if whole { Some(name.origin()) } else { part.map(|part| name.origin_of(part)) }
    });
    let of_api_service = || verification_patch(operation, path, &last);
    named.or_else(of_api_service).map(|mention| Unread {
        name: mention.source().to_owned(),
        mention,
        gives: true,
        reason: NotRead::Patch,
    })
}

/// What an operation says of how the server of an APIService is verified.
fn verification_patch(operation: &Node, path: &Text, last: &Text) -> Option<Origin> {
    let gives = match path.as_str() {
        "/spec/insecureSkipTLSVerify" => operation.boolean("value").is_some_and(|value| value.value),
        "/spec/caBundle" => operation.get("value").is_some(),
        _ => false,
    };
    gives.then(|| last.origin())
}

/// Whether a mapping is a configuration by its own kind, or by the key that it stands under in Cluster API's objects.
fn is_configuration(node: &Node, place: Place<'_>) -> bool {
    // What kind's `kubeadmConfigPatchesJSON6902` apply to is named in the same way.
    if node.get("patch").is_some() && node.get("group").is_some() {
        return false;
    }
    let kubeadm = node.text_at(&["apiVersion"]).is_none_or(|version| version.as_str().starts_with("kubeadm.k8s.io/"));
    place.path.last().is_some_and(|key| key == "clusterConfiguration")
        || kubeadm && (node.is("kind", "ClusterConfiguration") || node.is("kind", "MasterConfiguration"))
}

/// kube-apiserver, kube-controller-manager (which signs certificates) and, where something is written, kube-scheduler.
pub(in crate::source) fn read(configuration: &Node, place: Place<'_>) -> Option<Vec<Document>> {
    if !is_configuration(configuration, place) {
        return None;
    }
    let origin = configuration.origin.clone();
    let unnamed = || Owner { name: UNNAMED.to_owned(), origin, namespace: None, version: None };
    let mut place = place.owner.cloned().unwrap_or_else(unnamed);
    if let Some(kind) = configuration.text_at(&["kind"]) {
        place.origin = kind.origin();
    }
    let place = &place;
    // The first form of v1alpha1 to v1alpha3, the second of all later ones.
    let components = [
        (Component::KubeApiserver, "apiServer", "apiServerExtraArgs", "apiServerExtraVolumes"),
        (
            Component::KubeControllerManager,
            "controllerManager",
            "controllerManagerExtraArgs",
            "controllerManagerExtraVolumes",
        ),
        (Component::KubeScheduler, "scheduler", "schedulerExtraArgs", "schedulerExtraVolumes"),
    ];
    let mut documents = Vec::new();
    for (component, section, old_arguments, old_volumes) in components {
        let arguments = configuration.at(&[section, "extraArgs"]).or_else(|| configuration.get(old_arguments));
        let volumes = configuration.at(&[section, "extraVolumes"]).or_else(|| configuration.get(old_volumes));
        if component == Component::KubeScheduler && arguments.is_none() {
            continue;
        }
        documents.push(Document::Invocation(invocation(configuration, place, component, arguments, volumes)));
    }
    Some(documents)
}

/// Leaves open what kubeadm's own patches change: those of the directory that an InitConfiguration or JoinConfiguration in
/// the same file or beside it names, where they are in sight (cmd/kubeadm/app/util/patches/patches.go: a file is called after
/// its target).
pub(in crate::source) fn leave_open(
    file: &Arc<SourceFile>,
    documents: &mut [Document],
    surroundings: &dyn Surroundings,
) {
    let servers = documents.iter_mut().filter_map(|document| match document {
        Document::Invocation(server) if server.format == InputFormat::Kubeadm => Some(server),
        _ => None,
    });
    let mut servers = servers.peekable();
    if servers.peek().is_none() {
        return;
    }
    let mut directories: BTreeMap<String, (Origin, Vec<String>)> = BTreeMap::new();
    let kustomized = surroundings.kustomized();
    let beside = kustomized.kubeadm_patches.get_or_init(|| patches_beside(surroundings));
    for directory in patches_of(&Text::of(file)).iter().chain(beside) {
        let seen = || (directory.origin(), surroundings.directory(directory.as_str()));
        directories.entry(directory.as_str().to_owned()).or_insert_with(seen);
    }
    for server in servers {
        let component = server.component.name();
        for (directory, (origin, names)) in &directories {
            let why = match names.iter().find(|name| name.starts_with(component)) {
                Some(name) => format!("the patch {name} in {directory}"),
                // kubeadm takes a relative one from where it is started.
                None if names.is_empty() && !(directory.starts_with('/') && surroundings.is_absent(directory)) => {
                    format!("what may be in {directory}, of which nothing was seen")
                }
                None => continue,
            };
            server.open = Some(Located::new(format!("kubeadm changes its manifest by {why}"), origin.clone()));
        }
    }
}

/// The directories of patches that a file names.
fn patches_of(text: &Text) -> Vec<Text> {
    if !text.as_str().contains("patches") {
        return Vec::new();
    }
    yaml::nodes(text).iter().filter_map(|node| node.text_at(&["patches", "directory"]).cloned()).collect()
}

/// Those that files without a ClusterConfiguration name: with one, they are that one's.
fn patches_beside(surroundings: &dyn Surroundings) -> Vec<Text> {
    /// More files of a directory are not looked into.
    const MOST: usize = 512;
    let is_yaml = |name: &String| [".yaml", ".yml", ".json", ".conf"].iter().any(|end| name.ends_with(end));
    let names = surroundings.directory(".").into_iter().filter(is_yaml).take(MOST);
    let files = names.filter_map(|name| surroundings.file(&name));
    let files = files.filter(|file| {
        let has = |word: &str| file.text().contains(word);
        has("kubeadm.k8s.io/") && (has("InitConfiguration") || has("JoinConfiguration")) && !has("ClusterConfiguration")
    });
    files.flat_map(|file| patches_of(&Text::of(&file))).collect()
}

fn invocation(
    configuration: &Node,
    place: &Owner,
    component: Component,
    extra: Option<&Node>,
    volumes: Option<&Node>,
) -> Invocation {
    // An empty one is the default (cmd/kubeadm/app/apis/kubeadm/v1beta4/defaults.go, `SetDefaults_ClusterConfiguration`).
    let directory = configuration.text_at(&["certificatesDir"]).filter(|directory| !directory.is_empty());
    let certificates_dir = directory.map_or(CERTIFICATES_DIR, Text::as_str);
    let written = extra.map(|extra| extra_arguments::of(&extra.loaded_as_yaml_1_1())).unwrap_or_default();
    let mut arguments = default_arguments(component, certificates_dir, &place.origin);
    if let Some(directory) = directory {
        arguments.iter_mut().for_each(|argument| point_at_directory(argument, directory));
    }
    if component == Component::KubeApiserver {
        external_etcd(configuration, &mut arguments);
        service_account_issuer(configuration, &mut arguments);
    }
    // kubeadm's `ArgumentsToCommand`.
    let mut arguments = tools::lay_over(arguments, written);
    if extra.is_some_and(|extra| !extra.gaps.is_empty()) {
        template::settle_branches(&mut arguments);
    }
    let version = configuration.text_at(&["kubernetesVersion"]).or(place.version.as_ref());
    let version =
        version.and_then(|text| text.as_str().parse().ok().map(|version| Located::new(version, text.origin())));
    let mounts = mounts(certificates_dir, volumes);
    let (name, origin) = (place.name.clone(), place.origin.clone());
    // It adds no volume for a flag that it is given.
    let beneath = if mounts.is_empty() { Beneath::Host } else { Beneath::Image };
    let mut invocation = Invocation {
        version,
        mounts,
        beneath,
        not_loaded: extra.map(not_strings).unwrap_or_default(),
        ..Invocation::new(component, name, origin, InputFormat::Kubeadm, arguments)
    };
    invocation.hide(extra.into_iter().flat_map(|extra| extra.gaps.hidden().cloned()));
    invocation
}

/// Values that kubeadm does not load, as it would have them: it takes strings alone (kubernetes/website#15171), and what loads
/// YAML 1.1 has a boolean of a plain `yes`.
fn not_strings(extra: &Node) -> Vec<NotLoaded> {
    let loaded = extra.loaded_as_yaml_1_1();
    let values = |extra: &Node| -> Vec<Node> {
        let of_entries = extra.effective_entries().into_iter().map(|entry| entry.value.clone());
        of_entries.chain(extra.items().iter().filter_map(|item| item.get("value")).cloned()).collect()
    };
    let not_loaded = |(value, loaded): (&Node, &Node)| {
        let (kind, value, text) = (value.kind_of_no_string()?, value.text()?, loaded.as_str()?);
        Some(NotLoaded { kind, value: Located::new(text.to_owned(), value.origin()) })
    };
    values(extra).iter().zip(&values(&loaded)).filter_map(not_loaded).collect()
}

/// The directory in a default's path is where it is written.
fn point_at_directory(argument: &mut Argument, directory: &Text) {
    let text = &argument.text;
    let written = directory.slice(0..directory.as_str().trim_end_matches('/').len());
    let Some(start) = text.as_str().find('=').map(|equals| equals + 1) else { return };
    let file = text.as_str().get(start..).and_then(|path| path.strip_prefix(written.as_str()));
    if let Some(file) = file.filter(|file| file.starts_with('/')) {
        let mut pointing = text.slice(0..start);
        pointing.append(&written);
        pointing.append(&Text::synthetic(file, &written.origin()));
        argument.text = pointing;
    }
}

/// With an external etcd, its files take the place of those that kubeadm makes.
fn external_etcd(configuration: &Node, arguments: &mut Vec<Argument>) {
    let Some(external) = configuration.at(&["etcd", "external"]) else { return };
    let name_of = |argument: &Argument| extra_arguments::name(argument);
    arguments.retain(|argument| !name_of(argument).is_some_and(|name| name.starts_with("etcd-")));
    let file = |key: &str| external.entry(key).filter(|entry| entry.value.text().is_some_and(|file| !file.is_empty()));
    // A certificate without its key is left out, and the other way round.
    let pair = file("certFile").zip(file("keyFile"));
    let given = [
        ("etcd-cafile", file("caFile")),
        ("etcd-certfile", pair.map(|(certificate, _)| certificate)),
        ("etcd-keyfile", pair.map(|(_, key)| key)),
    ];
    for (name, entry) in given {
        if let Some(Entry { key, value }) = entry {
            arguments.extend(extra_arguments::of_entry(&Text::synthetic(name, &key.origin()), value));
        }
    }
}

/// The issuer holds the cluster's domain.
fn service_account_issuer(configuration: &Node, arguments: &mut [Argument]) {
    let Some(domain) = configuration.text_at(&["networking", "dnsDomain"]) else { return };
    for argument in arguments {
        if argument.text.as_str().starts_with("--service-account-issuer=") {
            let mut text =
                Text::synthetic("--service-account-issuer=https://kubernetes.default.svc.", &argument.text.origin());
            text.append(domain);
            argument.text = text;
            argument.opaque = has_expression(domain.as_str());
        }
    }
}

/// Empty: a template decides about some.
fn mounts(certificates_dir: &str, volumes: Option<&Node>) -> Vec<Mount> {
    let is_opaque = |volumes: &Node| !volumes.gaps.is_empty() || volumes.text().is_some();
    if has_expression(certificates_dir) || volumes.is_some_and(is_opaque) {
        return Vec::new();
    }
    let same = |path: &str| Mount::of_host(path, Some(path.to_owned()));
    let extra = volumes.map(Node::items).unwrap_or_default().iter().filter_map(|volume| {
        let (inside, outside) = (volume.text_at(&["mountPath"])?, volume.text_at(&["hostPath"])?);
        Some(Mount::of_host(inside.as_str(), Some(outside.as_str().to_owned())))
    });
    let mut mounts: Vec<Mount> = extra.collect();
    let defaults = std::iter::once(certificates_dir.trim_end_matches('/')).chain(SYSTEM_CA_DIRS);
    for path in defaults {
        if !mounts.iter().any(|mount| mount.container_path.trim_end_matches('/') == path) {
            mounts.push(same(path));
        }
    }
    Mount::longest_first(&mut mounts);
    mounts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::read;

    struct Beside(&'static [(&'static str, &'static str)]);

    impl Surroundings for Beside {
        fn file(&self, path: &str) -> Option<Arc<SourceFile>> {
            self.0.iter().find(|(name, _)| *name == path).map(|(name, text)| SourceFile::new(*name, *text))
        }

        fn directory(&self, path: &str) -> Vec<String> {
            let below = |name: &str| match path {
                "." => (!name.contains('/')).then(|| name.to_owned()),
                directory => Some(name.strip_prefix(directory)?.strip_prefix('/')?.to_owned()),
            };
            self.0.iter().filter_map(|(name, _)| below(name)).collect()
        }
    }

    #[test]
    fn the_patches_of_the_configuration_beside_it_leave_a_server_open() {
        const CLUSTER: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
        const INIT: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\npatches: {directory: p}\n";
        let open = |files: &'static [(&'static str, &'static str)]| {
            let found = read(&SourceFile::new("cluster.yaml", CLUSTER), None, &Beside(files)).unwrap();
            let Some(Document::Invocation(server)) = found.first() else { panic!("{found:?}") };
            server.open.as_ref().map(|why| (why.value.clone(), why.origin.file().name().to_owned()))
        };
        let (why, place) = open(&[("init.yaml", INIT), ("p/kube-apiserver0+json.yaml", "")]).unwrap();
        assert!(why.ends_with("the patch kube-apiserver0+json.yaml in p") && place == "init.yaml", "{why} {place}");
        assert!(open(&[("join.yml", INIT)]).unwrap().0.contains("of which nothing was seen"));
        assert!(open(&[("init.yaml", INIT), ("p/etcd+json.yaml", "")]).is_none());
        const OF_ANOTHER: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\npatches: {directory: p}\n---\n\
                                  apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
        assert!(open(&[("other.yaml", OF_ANOTHER)]).is_none());
        assert!(open(&[("notes.txt", INIT), ("x.yaml", "patches: {directory: p}\n")]).is_none());
    }
}
