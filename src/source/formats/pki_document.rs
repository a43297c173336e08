//! The front proxy's files inside of a document: a Secret or ConfigMap, Cluster API's Secrets, cloud-init's `write_files`,
//! Ansible variables, Talos' machine configuration, Ignition. Of private keys the public halves are kept.

use super::config_map;
use super::layouts::{KUBEADM, Layout, TALOS, ansible_variable, key_of};
use super::object_data::{Held, held, published_keys};
use super::pki_directory;
use crate::kubernetes::Component;
use crate::source::CertificateText;
use crate::source::encoded;
use crate::source::expression::has_expression;
use crate::source::yaml::Node;
use crate::source::{Document, InputFormat, Invocation, PublishedKey, WrittenFile, WrittenKey};
use crate::text::{Origin, Text};

/// What one document keeps.
#[derive(Debug, Clone)]
pub(in crate::source) struct Kept {
    layout: &'static Layout,
    directory: String,
    name: String,
    origin: Origin,
    /// By their paths below the directory.
    files: Vec<(String, CertificateText)>,
    /// The keys of these certificates, as far as they are there, by the same.
    keys: Vec<WrittenKey>,
    published: Vec<PublishedKey>,
    /// A Secret or ConfigMap that anything may mount anywhere: the directory is the layout's guess.
    is_object: bool,
}

/// `None`: a mapping keeps none of them.
pub(in crate::source) fn read(node: &Node) -> Vec<Kept> {
    let one = of_cluster_api(node)
        .or_else(|| of_object(node))
        .or_else(|| of_talos(node))
        .or_else(|| of_talos_document(node))
        .or_else(|| of_variables(node));
    one.map_or_else(|| of_write_files(node), |one| vec![one])
}

/// Makes one set-up of what a file keeps of one name; or gives the files to the servers of the same file that name them.
pub(in crate::source) fn settle(kept: Vec<Kept>, documents: &mut Vec<Document>) {
    let mut merged: Vec<Kept> = Vec::new();
    for one in kept {
        let same = |other: &&mut Kept| other.name == one.name && other.directory == one.directory;
        match merged.iter_mut().find(same) {
            Some(other) => other.take_in(one),
            None => merged.push(one),
        }
    }
    let others = documents.len();
    for mut one in merged {
        one.keys.retain(|key| one.files.iter().any(|(file, _)| key_of(file).as_ref() == Some(&key.path)));
        let (files, keys) = one.written();
        let mut is_named = false;
        // What an object holds is where it is mounted, and the model looks there.
        let may_be_named = if one.is_object { 0 } else { others };
        for document in documents.iter_mut().take(may_be_named) {
            let Document::Invocation(invocation) = document else { continue };
            let names = |argument: &str| files.iter().any(|file| argument.ends_with(&format!("={}", file.path)));
            if invocation.arguments.iter().any(|argument| names(argument.text.as_str())) {
                invocation.files.extend(files.iter().cloned());
                invocation.keys.extend(keys.iter().cloned());
                is_named = true;
            }
        }
        if !is_named {
            documents.extend(one.invocation(files, keys).map(Document::Invocation));
        }
    }
}

impl Kept {
    /// Nothing yet, in the directory that the layout's tool has on a node.
    fn new(layout: &'static Layout, name: String, origin: Origin) -> Self {
        let directory = layout.directory.to_owned();
        let (files, keys, published) = (Vec::new(), Vec::new(), Vec::new());
        Self { layout, directory, name, origin, files, keys, published, is_object: false }
    }

    fn take_in(&mut self, other: Self) {
        self.files.extend(other.files);
        self.keys.extend(other.keys);
        self.published.extend(other.published);
    }

    fn has(&self, file: &str) -> bool {
        self.files.iter().any(|(name, _)| name == file) || self.keys.iter().any(|key| key.path == file)
    }

    /// As they are on the host.
    fn written(&self) -> (Vec<WrittenFile>, Vec<WrittenKey>) {
        let path = |name: &str| format!("{}/{name}", self.directory.trim_end_matches('/'));
        let files = self.files.iter().map(|(name, text)| WrittenFile { path: path(name), contents: text.clone() });
        let keys = self.keys.iter().map(|key| WrittenKey { path: path(&key.path), ..key.clone() });
        (files.collect(), keys.collect())
    }

    /// `None`: nothing in it is the front proxy's.
    fn invocation(&self, files: Vec<WrittenFile>, keys: Vec<WrittenKey>) -> Option<Invocation> {
        let has = |file: &str| self.has(file);
        if self.published.is_empty() {
            Layout::of_files(&has)?;
        }
        let server =
            pki_directory::invocation(self.layout, Component::KubeApiserver, &self.directory, &has, &self.origin);
        let (name, published_keys) = (self.name.clone(), self.published.clone());
        Some(Invocation { name, format: InputFormat::PkiDocument, files, keys, published_keys, ..server })
    }
}

fn is_certificate(text: &Text) -> bool {
    text.as_str().contains("-----BEGIN CERTIFICATE-----")
}

/// The names of the Secrets are util/secret/consts.go's of kubernetes-sigs/cluster-api; on a node the files have kubeadm's.
fn of_cluster_api(node: &Node) -> Option<Kept> {
    const PURPOSES: [(&str, &str); 2] = [("-proxy", "front-proxy-ca.crt"), ("-ca", "ca.crt")];
    if !node.is("kind", "Secret") || !node.is("type", "cluster.x-k8s.io/secret") {
        return None;
    }
    let name = node.text_at(&["metadata", "name"])?;
    let (cluster, file) = PURPOSES.iter().find_map(|(end, file)| Some((name.as_str().strip_suffix(end)?, *file)))?;
    let namespace = node.text_at(&["metadata", "namespace"]).map_or("default", Text::as_str);
    let object = Object::of(node)?;
    Some(Kept {
        files: vec![(file.to_owned(), object.file("tls.crt")?)],
        keys: key_beside(file, |_| object.find("tls.key")).into_iter().collect(),
        ..Kept::new(&KUBEADM, format!("Cluster {namespace}/{cluster}"), name.origin())
    })
}

/// What `find` has of a name: its place, and what it holds.
type Found = Option<(Origin, CertificateText)>;

/// The key of a certificate's file, where `find` has one of this name.
fn key_beside(certificate: &str, find: impl Fn(&str) -> Found) -> Option<WrittenKey> {
    let path = key_of(certificate)?;
    let (origin, text) = find(&path)?;
    Some(WrittenKey { path, origin, key: text.private_key() })
}

/// What a Secret or ConfigMap has.
struct Object<'a> {
    kind: &'a Text,
    name: &'a str,
    held: Vec<Held<'a>>,
    published: Vec<PublishedKey>,
}

impl<'a> Object<'a> {
    fn of(node: &'a Node) -> Option<Self> {
        let kind = node.text_at(&["kind"]).filter(|kind| matches!(kind.as_str(), "Secret" | "ConfigMap"))?;
        let name = node.text_at(&["metadata", "name"]).map_or("", Text::as_str);
        let published = if kind.as_str() == "Secret" { Vec::new() } else { published_keys(node) };
        Some(Self { kind, name, held: held(node), published })
    }

    fn find(&self, name: &str) -> Found {
        let held = self.held.iter().find(|held| held.name.as_str() == name)?;
        Some((held.name.origin(), held.written.clone()))
    }

    fn file(&self, name: &str) -> Option<CertificateText> {
        Some(self.find(name)?.1)
    }

    fn kept(&self, layout: &'static Layout, name: String) -> Kept {
        Kept { published: self.published.clone(), is_object: true, ..Kept::new(layout, name, self.kind.origin()) }
    }
}

/// A Secret or ConfigMap with the files under the names of a layout, as one mounts them.
fn of_object(node: &Node) -> Option<Kept> {
    let object = Object::of(node)?;
    let has = |file: &str| object.find(file).is_some();
    // A key that everybody may read is told without its certificate, too.
    let tells_keys = !object.published.is_empty() && !config_map::is_one(node);
    let has_key = |file: &str| tells_keys && key_of(file).is_some_and(|key| has(&key));
    let layout = Layout::of_files(&|file| has(file) || has_key(file))?;
    let wanted = || certificates_of(layout);
    let files = wanted().filter_map(|file| Some((file.to_owned(), object.file(file)?))).collect();
    let keys = wanted().filter_map(|file| key_beside(file, |key| object.find(key))).collect();
    Some(Kept { files, keys, ..object.kept(layout, format!("{} {}", object.kind, object.name)) })
}

/// The files of a layout that hold certificates.
fn certificates_of(layout: &'static Layout) -> impl Iterator<Item = &'static str> {
    const PUBLIC: [&str; 3] = ["client-ca-file", "requestheader-client-ca-file", "proxy-client-cert-file"];
    PUBLIC.iter().filter_map(|flag| layout.file(flag))
}

fn of_talos(node: &Node) -> Option<Kept> {
    let aggregator = node.text_at(&["cluster", "aggregatorCA", "crt"])?;
    let of_key = |key: &str| node.value_at(&["cluster", key, "crt"]).map(CertificateText::Base64);
    // Talos writes the CAs that it accepts besides behind its own (siderolabs/talos, controllers/k8s/render_secrets_static_pod.go).
    let accepted = node.get("cluster").and_then(|cluster| cluster.get("acceptedCAs")).map(Node::items);
    let accepted = accepted.unwrap_or_default().iter().filter_map(|ca| ca.value_at(&["crt"]));
    let accepted = accepted.map(CertificateText::Base64);
    let client = of_key("ca").into_iter().chain(accepted).reduce(joined);
    let files = [("requestheader-client-ca-file", of_key("aggregatorCA")), ("client-ca-file", client)];
    let files = files.into_iter().filter_map(|(flag, text)| Some((TALOS.file(flag)?.to_owned(), text?)));
    let ca_key = |(flag, ca): (&str, &str)| {
        let entry = node.at(&["cluster", ca])?.entry("key")?;
        key_beside(TALOS.file(flag)?, |_| Some((entry.key.origin(), CertificateText::Base64(entry.value.value()?))))
    };
    let keys =
        [("requestheader-client-ca-file", "aggregatorCA"), ("client-ca-file", "ca")].into_iter().filter_map(ca_key);
    Some(Kept {
        files: files.collect(),
        keys: keys.collect(),
        ..Kept::new(&TALOS, "cluster.aggregatorCA".to_owned(), aggregator.origin())
    })
}

/// Of Talos 1.14 and later, where each CA has a document of its own (siderolabs/talos, pkg/machinery/config/types/k8s,
/// `KubeAggregatorCAConfigV1Alpha1` and `KubeAPIServerCAConfigV1Alpha1`). Those of one file are one server's.
fn of_talos_document(node: &Node) -> Option<Kept> {
    const FLAGS: [(&str, &str); 2] =
        [("KubeAggregatorCAConfig", "requestheader-client-ca-file"), ("KubeAPIServerCAConfig", "client-ca-file")];
    let kind = node.text_at(&["kind"])?;
    let (_, flag) = FLAGS.iter().find(|(of, _)| kind.as_str() == *of)?;
    let accepted = node.get("acceptedCAs").map(Node::items).unwrap_or_default();
    let issuing = node.value_at(&["issuingCA", "cert"]);
    let file = TALOS.file(flag)?;
    let key = key_beside(file, |_| {
        let entry = node.get("issuingCA")?.entry("key")?;
        Some((entry.key.origin(), CertificateText::Pem(entry.value.value()?)))
    });
    let certificates = issuing.into_iter().chain(accepted.iter().filter_map(Node::value));
    let contents = certificates.map(CertificateText::Pem).reduce(joined)?;
    Some(Kept {
        files: vec![(file.to_owned(), contents)],
        keys: key.into_iter().collect(),
        ..Kept::new(&TALOS, FLAGS[0].0.to_owned(), kind.origin())
    })
}

fn joined(one: CertificateText, other: CertificateText) -> CertificateText {
    CertificateText::Joined(Box::new(one), Box::new(other))
}

fn of_variables(node: &Node) -> Option<Kept> {
    // Every mapping of every file is asked.
    if !node.entries().iter().any(|entry| entry.value.text().is_some_and(is_certificate)) {
        return None;
    }
    let of_file = |file: &str| {
        let entry = node.entry(&ansible_variable(file))?;
        // Of what a tool makes of it nothing is known, and that it is given is.
        let text = entry.value.value().filter(|text| entry.value.tagged || is_certificate(text))?;
        Some((entry.key.origin(), CertificateText::Pem(text)))
    };
    let layout = Layout::of_files(&|file| of_file(file).is_some())?;
    let of_key = |file: &str| {
        let entry = node.entry(&ansible_variable(file))?;
        Some((entry.key.origin(), CertificateText::Pem(entry.value.value()?)))
    };
    let (mut files, mut keys, mut origin) = (Vec::new(), Vec::new(), None);
    for file in certificates_of(layout) {
        let Some((place, text)) = of_file(file) else { continue };
        origin.get_or_insert(place);
        files.push((file.to_owned(), text));
        keys.extend(key_beside(file, of_key));
    }
    Some(Kept { files, keys, ..Kept::new(layout, "variables".to_owned(), origin?) })
}

/// Certificates and keys by their paths, in the end: the last entry of a path writes over what is there, unless it says
/// `append: true` (cloud-init, cloudinit/config/cc_write_files.py, `write_files`).
fn written_files(items: &[Node]) -> Vec<(&Text, CertificateText)> {
    let mut written: Vec<(&Text, CertificateText)> = Vec::new();
    for item in items {
        let (Some(path), Some(content)) = (item.text_at(&["path"]), content_of(item)) else { continue };
        let known = written.iter().position(|(other, _)| other.as_str() == path.as_str());
        let before = known.map(|at| written.remove(at).1);
        let encoding = item.text_at(&["encoding"]).map(Text::as_str);
        let text = match encoding {
            _ if has_expression(content.as_str()) => CertificateText::Pem(content),
            Some("b64" | "base64") => CertificateText::Base64(content),
            _ if encoding.is_some_and(|encoding| encoding.starts_with("gz"))
                || content.as_str().starts_with("data:") =>
            {
                match encoded::decoded(&content) {
                    Some(Ok(unpacked)) => CertificateText::Pem(unpacked),
                    _ => continue,
                }
            }
            _ if before.is_some() || content.as_str().contains("-----BEGIN ") => CertificateText::Pem(content),
            _ => continue,
        };
        let appends = item.text_at(&["append"]).is_some_and(|append| append.as_str() == "true");
        let text = match before.filter(|_| appends) {
            Some(before) => joined(before, text),
            None => text,
        };
        written.push((path, text));
    }
    written
}

/// What a file is to hold: of cloud-init and Cluster API's KubeadmConfig, of Ignition, of Butane.
fn content_of(item: &Node) -> Option<Text> {
    let places: [&[&str]; 3] = [&["content"], &["contents", "source"], &["contents", "inline"]];
    places.iter().find_map(|place| item.value_at(place))
}

/// Each directory in which a layout's files are written.
fn of_write_files(node: &Node) -> Vec<Kept> {
    let items = ["write_files", "files"].iter().find_map(|key| node.get(key)).map(Node::items).unwrap_or_default();
    let written = written_files(items);
    let mut kept: Vec<Kept> = Vec::new();
    for (path, _) in &written {
        // A layout has directories in its own, one or two.
        for directory in std::path::Path::new(path.as_str()).ancestors().skip(1).take(3) {
            let Some(directory) = directory.to_str().filter(|directory| directory.starts_with('/')) else { continue };
            if kept.iter().any(|known| known.directory == directory) {
                continue;
            }
            let find = |file: &str| {
                let is_it = |path: &&Text| {
                    path.as_str().strip_prefix(directory).and_then(|rest| rest.strip_prefix('/')) == Some(file)
                };
                written.iter().find(|(path, _)| is_it(path)).map(|(path, text)| (path.origin(), text.clone()))
            };
            let Some(layout) = Layout::of_files(&|file| find(file).is_some()) else { continue };
            let wanted = || certificates_of(layout);
            let files = wanted().filter_map(|file| Some((file.to_owned(), find(file)?.1))).collect();
            let keys = wanted().filter_map(|file| key_beside(file, find)).collect();
            let (directory, origin) = (directory.to_owned(), path.origin());
            kept.push(Kept { directory: directory.clone(), files, keys, ..Kept::new(layout, directory, origin) });
        }
    }
    kept
}
