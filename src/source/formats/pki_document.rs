//! The front proxy's files inside of a document: a Secret or ConfigMap, Cluster API's Secrets, cloud-init's `write_files`,
//! Ansible variables, Talos' machine configuration, Ignition. Of private keys the public halves are kept.

use super::layouts::{KUBEADM, Layout, TALOS, ansible_variable, key_of};
use super::pki_directory;
use crate::kubernetes::Component;
use crate::source::CertificateText;
use crate::source::encoded;
use crate::source::yaml::Node;
use crate::source::{Document, InputFormat, Invocation, WrittenFile, WrittenKey};
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
            Some(other) => {
                other.files.extend(one.files);
                other.keys.extend(one.keys);
            }
            None => merged.push(one),
        }
    }
    for mut one in merged {
        one.keys.retain(|key| one.files.iter().any(|(file, _)| key_of(file).as_ref() == Some(&key.path)));
        let (files, keys) = one.written();
        let mut is_named = false;
        for document in documents.iter_mut() {
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
        Layout::of_files(&has)?;
        let server =
            pki_directory::invocation(self.layout, Component::KubeApiserver, &self.directory, &has, &self.origin);
        Some(Invocation { name: self.name.clone(), format: InputFormat::PkiDocument, files, keys, ..server })
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
    Some(Kept {
        layout: &KUBEADM,
        directory: KUBEADM.directory.to_owned(),
        name: format!("Cluster {namespace}/{cluster}"),
        origin: name.origin(),
        files: vec![(file.to_owned(), of_object_key(node, "tls.crt")?)],
        keys: key_beside(file, |_| of_secret_key(node, "tls.key")).into_iter().collect(),
    })
}

/// The key of a certificate's file, where `find` has one of this name, and its place.
fn key_beside(certificate: &str, find: impl Fn(&str) -> Option<(Origin, CertificateText)>) -> Option<WrittenKey> {
    let path = key_of(certificate)?;
    let (origin, text) = find(&path)?;
    Some(WrittenKey { path, origin, key: text.private_key() })
}

/// A private key among those of a Secret.
fn of_secret_key(node: &Node, key: &str) -> Option<(Origin, CertificateText)> {
    let entry = ["stringData", "data"].iter().find_map(|map| node.get(map)?.entry(key))?;
    if entry.value.tagged {
        return None;
    }
    Some((entry.key.origin(), of_object_key(node, key)?))
}

/// A key of a Secret or ConfigMap.
fn of_object_key(node: &Node, key: &str) -> Option<CertificateText> {
    let is_secret = node.is("kind", "Secret");
    let plain = node.text_at(&[if is_secret { "stringData" } else { "data" }, key]).cloned();
    plain.map(CertificateText::Pem).or_else(|| {
        let text = node.text_at(&["data", key]).filter(|_| is_secret)?;
        Some(CertificateText::Base64(text.clone()))
    })
}

/// A Secret or ConfigMap with the files under the names of a layout, as one mounts them.
fn of_object(node: &Node) -> Option<Kept> {
    let kind = node.text_at(&["kind"]).filter(|kind| matches!(kind.as_str(), "Secret" | "ConfigMap"))?;
    let keys: Vec<&str> = ["data", "stringData"]
        .iter()
        .filter_map(|key| node.get(key))
        .flat_map(Node::effective_entries)
        .map(|entry| entry.key.as_str())
        .collect();
    let layout = Layout::of_files(&|file| keys.contains(&file))?;
    let wanted = || certificates_of(layout);
    let files = wanted().filter_map(|file| Some((file.to_owned(), of_object_key(node, file)?))).collect();
    let in_secret = node.is("kind", "Secret");
    let keys = wanted().filter(|_| in_secret).filter_map(|file| key_beside(file, |key| of_secret_key(node, key)));
    let keys = keys.collect();
    let name = node.text_at(&["metadata", "name"]).map_or("", Text::as_str);
    Some(Kept {
        layout,
        directory: layout.directory.to_owned(),
        name: format!("{} {name}", kind.as_str()),
        origin: kind.origin(),
        files,
        keys,
    })
}

/// The files of a layout that hold certificates.
fn certificates_of(layout: &'static Layout) -> impl Iterator<Item = &'static str> {
    const PUBLIC: [&str; 3] = ["client-ca-file", "requestheader-client-ca-file", "proxy-client-cert-file"];
    PUBLIC.iter().filter_map(|flag| layout.file(flag))
}

fn of_talos(node: &Node) -> Option<Kept> {
    let aggregator = node.text_at(&["cluster", "aggregatorCA", "crt"])?;
    let of_key = |key: &str| node.text_at(&["cluster", key, "crt"]).cloned().map(CertificateText::Base64);
    // Talos writes the CAs that it accepts besides behind its own (siderolabs/talos, controllers/k8s/render_secrets_static_pod.go).
    let accepted = node.get("cluster").and_then(|cluster| cluster.get("acceptedCAs")).map(Node::items);
    let accepted = accepted.unwrap_or_default().iter().filter_map(|ca| ca.text_at(&["crt"]));
    let accepted = accepted.map(|text| CertificateText::Base64(text.clone()));
    let client = of_key("ca").into_iter().chain(accepted).reduce(joined);
    let files = [("requestheader-client-ca-file", of_key("aggregatorCA")), ("client-ca-file", client)];
    let files = files.into_iter().filter_map(|(flag, text)| Some((TALOS.file(flag)?.to_owned(), text?)));
    let ca_key = |(flag, ca): (&str, &str)| {
        let entry = node.at(&["cluster", ca])?.entry("key")?;
        key_beside(TALOS.file(flag)?, |_| {
            Some((entry.key.origin(), CertificateText::Base64(entry.value.text()?.clone())))
        })
    };
    let keys =
        [("requestheader-client-ca-file", "aggregatorCA"), ("client-ca-file", "ca")].into_iter().filter_map(ca_key);
    Some(Kept {
        layout: &TALOS,
        directory: TALOS.directory.to_owned(),
        name: "cluster.aggregatorCA".to_owned(),
        origin: aggregator.origin(),
        files: files.collect(),
        keys: keys.collect(),
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
    let issuing = node.text_at(&["issuingCA", "cert"]);
    let file = TALOS.file(flag)?;
    let key = key_beside(file, |_| {
        let entry = node.get("issuingCA")?.entry("key")?;
        Some((entry.key.origin(), CertificateText::Pem(entry.value.text()?.clone())))
    });
    let certificates = issuing.into_iter().chain(accepted.iter().filter_map(Node::text));
    let contents = certificates.map(|text| CertificateText::Pem(text.clone())).reduce(joined)?;
    Some(Kept {
        layout: &TALOS,
        directory: TALOS.directory.to_owned(),
        name: FLAGS[0].0.to_owned(),
        origin: kind.origin(),
        files: vec![(file.to_owned(), contents)],
        keys: key.into_iter().collect(),
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
        let text = entry.value.text().filter(|text| is_certificate(text))?;
        Some((entry.key.origin(), CertificateText::Pem(text.clone())))
    };
    let layout = Layout::of_files(&|file| of_file(file).is_some())?;
    let of_key = |file: &str| {
        let entry = node.entry(&ansible_variable(file)).filter(|entry| !entry.value.tagged)?;
        Some((entry.key.origin(), CertificateText::Pem(entry.value.text()?.clone())))
    };
    let (mut files, mut keys, mut origin) = (Vec::new(), Vec::new(), None);
    for file in certificates_of(layout) {
        let Some((place, text)) = of_file(file) else { continue };
        origin.get_or_insert(place);
        files.push((file.to_owned(), text));
        keys.extend(key_beside(file, of_key));
    }
    let (directory, name) = (layout.directory.to_owned(), "variables".to_owned());
    Some(Kept { layout, directory, name, origin: origin?, files, keys })
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
            Some("b64" | "base64") => CertificateText::Base64(content.clone()),
            _ if encoding.is_some_and(|encoding| encoding.starts_with("gz"))
                || content.as_str().starts_with("data:") =>
            {
                match encoded::decoded(content) {
                    Some(Ok(unpacked)) => CertificateText::Pem(unpacked),
                    _ => continue,
                }
            }
            _ if before.is_some() || content.as_str().contains("-----BEGIN ") => CertificateText::Pem(content.clone()),
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
fn content_of(item: &Node) -> Option<&Text> {
    let places: [&[&str]; 3] = [&["content"], &["contents", "source"], &["contents", "inline"]];
    places.iter().find_map(|place| item.text_at(place))
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
            kept.push(Kept { layout, name: directory.clone(), directory, origin, files, keys });
        }
    }
    kept
}
