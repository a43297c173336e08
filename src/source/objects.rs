//! Finds what is ours in a tree: objects by their kinds, pods wherever they are, flags in settings, and other formats
//! inside of long strings.

use crate::source::encoded;
use crate::source::formats::object_data::published_keys_in;
use crate::source::formats::{
    api_service, cluster_service_version, collection, config_map, distribution, handshake, helm_parameters, kubeadm,
    list, manifest, openshift, pki_document, resource,
};
use crate::source::place::{self, Owner, Place};
use crate::source::program;
use crate::source::yaml::{Content, Entry, Node};
use crate::source::{Document, InputFormat, NotRead, Unread};
use crate::text::Text;

/// A shape that a mapping has as a whole; `None` where it is something else.
type Reader = fn(&Node, Place<'_>) -> Option<Vec<Document>>;

/// The first that knows a mapping reads it.
const READERS: [(InputFormat, Reader); 6] = [
    (InputFormat::ConfigMap, config_map::read),
    (InputFormat::ApiService, api_service::read),
    (InputFormat::Collection, collection::read),
    (InputFormat::Collection, handshake::read),
    (InputFormat::Kubeadm, kubeadm::read),
    (InputFormat::OpenShift, openshift::read),
];

/// The type of the Secrets that Helm keeps its releases in.
pub(super) const HELM_RELEASE: &str = "helm.sh/release.v1";

/// What reads other formats inside of a string, which stands at a place.
pub(super) type Inside<'a> = &'a dyn Fn(&Text, Place<'_>) -> Vec<Document>;

/// A walk through one document.
pub(super) struct Walk<'a> {
    forced: Option<InputFormat>,
    inside: Inside<'a>,
    pub(super) documents: Vec<Document>,
    /// Files of the front proxy that are kept in it.
    pub(super) kept: Vec<pki_document::Kept>,
    around: Around,
    /// Inside of a container that runs something else: its flags are not ours, but a script may be.
    foreign: bool,
}

/// What stands around a node.
#[derive(Clone, Default)]
struct Around {
    owner: Option<Owner>,
    chart: Option<Text>,
    /// The keys above.
    path: Vec<String>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(forced: Option<InputFormat>, place: Place<'_>, inside: Inside<'a>) -> Self {
        let (owner, chart, path) = (place.owner.cloned(), place.chart.cloned(), place.path.to_vec());
        let around = Around { owner, chart, path };
        Self { forced, inside, documents: Vec::new(), kept: Vec::new(), around, foreign: false }
    }

    /// A whole document; a scalar is no tree at all.
    pub(super) fn document(&mut self, node: &Node) {
        if node.text().is_none() {
            self.visit(node);
        }
    }

    fn visit(&mut self, node: &Node) {
        match &node.content {
            Content::Mapping(_) => self.mapping(node),
            Content::Sequence(items) => {
                if self.allows(InputFormat::Distribution) && !self.foreign {
                    let documents = distribution::read_list(node, self.place());
                    if !documents.is_empty() {
                        self.documents.extend(documents);
                        return;
                    }
                }
                let before = self.documents.len();
                items.iter().for_each(|item| self.visit(item));
                if items.iter().filter(|item| distribution::component_by_name(item).is_some()).count() > 1 {
                    distribution::join(&mut self.documents, before);
                }
            }
            Content::Scalar(text) => self.string(text, node, None),
            Content::Null => {}
        }
    }

    fn place(&self) -> Place<'_> {
        let Around { owner, chart, path } = &self.around;
        Place { owner: owner.as_ref(), chart: chart.as_ref(), path }
    }

    fn allows(&self, format: InputFormat) -> bool {
        self.forced.is_none_or(|forced| forced == format)
    }

    fn mapping(&mut self, node: &Node) {
        // Its schemas have the names of what they describe.
        if node.is("kind", "CustomResourceDefinition") {
            return;
        }
        if let Some(unread) = kubeadm::patch(node) {
            self.documents.push(Document::Unread(unread));
            return;
        }
        if let Some(items) = list::items(node) {
            items.iter().for_each(|item| self.visit(item));
            return;
        }
        self.helm_release(node);
        self.documents.extend(api_service::of_chart(node, self.place()).map(Document::Unread));
        let outer = self.enter(node);
        if self.allows(InputFormat::Manifest)
            && let Some(resource) = resource::read(node)
        {
            self.documents.push(Document::Resource(resource));
        }
        if self.allows(InputFormat::Manifest) {
            self.documents.extend(cluster_service_version::read(node));
        }
        if self.allows(InputFormat::PkiDocument) {
            self.kept.extend(pki_document::read(node));
        }
        if !self.object(node) {
            self.entries(node, &[]);
        }
        if let Some(outer) = outer {
            self.around = outer;
        }
    }

    /// What stands around the entries of a mapping, where that is something else than around itself; gives that back.
    fn enter(&mut self, node: &Node) -> Option<Around> {
        let is_object = node.get("kind").is_some();
        // A pod's template has metadata too; what it stands in has the better name.
        let owner = Owner::of(node).filter(|_| self.around.owner.is_none() || is_object);
        let chart = place::chart_of(node).cloned();
        if owner.is_none() && chart.is_none() {
            return None;
        }
        let outer = self.around.clone();
        // Whatever holds an object does not say what it is.
        if owner.is_some() && is_object {
            self.around = Around::default();
        }
        self.around.owner = owner.or(self.around.owner.take());
        self.around.chart = chart.or(self.around.chart.take());
        Some(outer)
    }

    /// What Helm has installed may be anything; a dump of a cluster has many, most of which something else has taken the place
    /// of.
    fn helm_release(&mut self, node: &Node) {
        let past =
            node.text_at(&["metadata", "labels", "status"]).filter(|status| status.as_str() != "deployed").cloned();
        let is_release = node.is("type", HELM_RELEASE) && node.is("kind", "Secret");
        let manifest = node.text_at(&["data", "release"]).filter(|_| is_release).and_then(encoded::helm_manifest);
        if let Some(manifest) = manifest {
            match past {
                None => self.documents.extend((self.inside)(&manifest, self.place())),
                Some(status) => self.past_release(&manifest, &status),
            }
            return;
        }
        let is_told =
            |document: &Document| matches!(document, Document::Unread(one) if one.reason == NotRead::Compressed);
        let kind = node.text_at(&["type"]).filter(|kind| kind.as_str() == HELM_RELEASE);
        if let Some(kind) = kind.filter(|_| node.is("kind", "Secret") && !self.documents.iter().any(is_told)) {
            let (name, mention) = ("a release of Helm".to_owned(), kind.origin());
            self.documents.push(Document::Unread(Unread { name, mention, gives: false, reason: NotRead::Compressed }));
        }
    }

    /// One that is not deployed, or not yet: it is told, where no later one has taken its place.
    fn past_release(&mut self, manifest: &Text, status: &Text) {
        let is_told = |document: &Document| matches!(document, Document::Unread(one) if matches!(one.reason, NotRead::NotDeployed(_)));
        if status.as_str() == "superseded"
            || self.documents.iter().any(is_told)
            || (self.inside)(manifest, self.place()).is_empty()
        {
            return;
        }
        let (name, mention) = ("a release of Helm".to_owned(), status.origin());
        let reason = NotRead::NotDeployed(status.as_str().to_owned());
        self.documents.push(Document::Unread(Unread { name, mention, gives: false, reason }));
    }

    /// Whether the mapping is something as a whole.
    fn object(&mut self, node: &Node) -> bool {
        let mut readers = READERS.iter().filter(|(format, _)| self.allows(*format));
        if let Some(documents) = readers.find_map(|(_, reader)| reader(node, self.place())) {
            self.documents.extend(documents);
            return true;
        }
        if node.get("containers").is_some_and(|containers| !containers.items().is_empty()) {
            self.pod(node);
            return true;
        }
        if !self.foreign && self.allows(InputFormat::Distribution) {
            let place = self.place();
            let service = distribution::read_service(node, place);
            if let Some(documents) = service {
                self.documents.extend(documents);
                return true;
            }
            let (documents, read) = distribution::read(node, place);
            self.documents.extend(documents);
            self.entries(node, &read);
            return true;
        }
        false
    }

    /// A pod's specification, in whatever resource.
    fn pod(&mut self, pod: &Node) {
        let before = self.documents.len();
        for Entry { key, value } in pod.effective_entries() {
            self.around.path.push(key.as_str().to_owned());
            if matches!(key.as_str(), "containers" | "initContainers") {
                value.items().iter().for_each(|container| self.container(container, pod));
            } else {
                self.visit(value);
            }
            self.around.path.pop();
        }
        let object = self.around.owner.as_ref().map_or("the Pod", |owner| owner.name.as_str());
        let server = self.documents.iter_mut().skip(before).find_map(|document| match document {
            Document::Invocation(server) if server.format == InputFormat::Manifest => Some(server),
            _ => None,
        });
        // Told once, whichever of its containers has them.
        server.into_iter().for_each(|server| server.published_keys = published_keys_in(pod, object));
    }

    fn container(&mut self, container: &Node, pod: &Node) {
        if self.allows(InputFormat::Manifest) {
            let path = self.around.path.join(".");
            let owner = self.around.owner.clone();
            let owner = owner.unwrap_or_else(|| Owner {
                name: path,
                namespace: None,
                origin: pod.origin.clone(),
                version: None,
            });
            let found = manifest::container(container, pod, &owner);
            if !found.is_empty() {
                self.documents.extend(found.into_iter().map(Document::Invocation));
                return;
            }
        }
        let outer = std::mem::replace(&mut self.foreign, true);
        self.visit(container);
        self.foreign = outer;
    }

    /// All values but those that were `read` already.
    fn entries(&mut self, node: &Node, read: &[String]) {
        // What a file inside of this one is called: `path` of cloud-config's write_files, `name` of a unit.
        let title = node.text_at(&["path"]).or_else(|| node.text_at(&["name"]));
        // A name says whose settings these are as a key would: `- name: kube-apiserver`.
        let named = node.text_at(&["name"]).filter(|_| distribution::component_by_name(node).is_some());
        self.around.path.extend(named.map(|name| name.as_str().to_owned()));
        for Entry { key, value } in node.effective_entries() {
            if read.iter().any(|read| read == key.as_str()) {
                continue;
            }
            // The whole object once more; and prose.
            if matches!(key.as_str(), "kubectl.kubernetes.io/last-applied-configuration" | "description") {
                continue;
            }
            let is_of_helm = match key.as_str() {
                "parameters" => self.around.path.last().is_some_and(|above| above == "helm"),
                "set" | "setString" => node.get("chart").is_some(),
                _ => false,
            };
            let parameters = is_of_helm.then(|| helm_parameters::values(value)).flatten();
            self.around.path.push(key.as_str().to_owned());
            match (value.text(), parameters) {
                (Some(text), _) => self.string(text, value, title),
                (None, Some(values)) => self.visit(&values),
                (None, None) => self.visit(value),
            }
            self.around.path.pop();
        }
        if named.is_some() {
            self.around.path.pop();
        }
    }

    /// Other formats inside of a string.
    fn string(&mut self, text: &Text, node: &Node, title: Option<&Text>) {
        let mut found = (self.inside)(text, self.place());
        // Prose names programs without flags.
        found.retain(|document| match document {
            Document::Invocation(invocation) if self.foreign && invocation.is_excerpt() => false,
            Document::Invocation(invocation) if invocation.format == InputFormat::Command => {
                invocation.arguments.iter().any(|argument| program::flag_name(argument.text.as_str()).is_some())
            }
            _ => true,
        });
        for document in &mut found {
            let Document::Invocation(invocation) = document else { continue };
            if !node.gaps.is_empty() {
                super::template::settle_branches(&mut invocation.arguments);
                invocation.hide(node.gaps.hidden().cloned());
            }
            // A unit does not know its own name.
            if let (InputFormat::Systemd, Some(title)) = (invocation.format, title) {
                invocation.name = title.as_str().rsplit('/').next().unwrap_or_default().to_owned();
            }
        }
        self.documents.extend(found);
    }
}
