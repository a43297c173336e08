//! The front proxy's files inside of a document: a Secret or ConfigMap, Cluster API's Secrets, cloud-init's `write_files`,
//! Ansible variables, Talos' machine configuration. Certificates are read and private keys are not.

use super::layouts::{KUBEADM, Layout, TALOS, ansible_variable};
use super::pki_directory;
use crate::kubernetes::Component;
use crate::source::CertificateText;
use crate::source::encoded;
use crate::source::yaml::Node;
use crate::source::{Document, InputFormat, Invocation, WrittenFile};
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
            Some(other) => other.files.extend(one.files),
            None => merged.push(one),
        }
    }
    for one in merged {
        let files = one.written();
        let mut is_named = false;
        for document in documents.iter_mut() {
            let Document::Invocation(invocation) = document else { continue };
            let names = |argument: &str| files.iter().any(|file| argument.ends_with(&format!("={}", file.path)));
            if invocation.arguments.iter().any(|argument| names(argument.text.as_str())) {
                invocation.files.extend(files.iter().cloned());
                is_named = true;
            }
        }
        if !is_named {
            documents.extend(one.invocation(files).map(Document::Invocation));
        }
    }
}

impl Kept {
    fn has(&self, file: &str) -> bool {
        self.files.iter().any(|(name, _)| name == file)
    }

    fn written(&self) -> Vec<WrittenFile> {
        let directory = self.directory.trim_end_matches('/');
        let file = |(name, text): &(String, CertificateText)| WrittenFile {
            path: format!("{directory}/{name}"),
            contents: text.clone(),
        };
        self.files.iter().map(file).collect()
    }

    /// `None`: nothing in it is the front proxy's.
    fn invocation(&self, files: Vec<WrittenFile>) -> Option<Invocation> {
        let has = |file: &str| self.has(file);
        Layout::of_files(&has)?;
        let server =
            pki_directory::invocation(self.layout, Component::KubeApiserver, &self.directory, &has, &self.origin);
        Some(Invocation { name: self.name.clone(), format: InputFormat::PkiDocument, files, ..server })
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
    })
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
    let wanted = certificates_of(layout);
    let files = wanted.filter_map(|file| Some((file.to_owned(), of_object_key(node, file)?))).collect();
    let name = node.text_at(&["metadata", "name"]).map_or("", Text::as_str);
    Some(Kept {
        layout,
        directory: layout.directory.to_owned(),
        name: format!("{} {name}", kind.as_str()),
        origin: kind.origin(),
        files,
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
    Some(Kept {
        layout: &TALOS,
        directory: TALOS.directory.to_owned(),
        name: "cluster.aggregatorCA".to_owned(),
        origin: aggregator.origin(),
        files: files.collect(),
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
    let certificates = issuing.into_iter().chain(accepted.iter().filter_map(Node::text));
    let contents = certificates.map(|text| CertificateText::Pem(text.clone())).reduce(joined)?;
    Some(Kept {
        layout: &TALOS,
        directory: TALOS.directory.to_owned(),
        name: FLAGS[0].0.to_owned(),
        origin: kind.origin(),
        files: vec![(TALOS.file(flag)?.to_owned(), contents)],
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
    let mut files = Vec::new();
    let mut origin = None;
    for file in certificates_of(layout) {
        let Some((place, text)) = of_file(file) else { continue };
        origin.get_or_insert(place);
        files.push((file.to_owned(), text));
    }
    let (directory, name) = (layout.directory.to_owned(), "variables".to_owned());
    Some(Kept { layout, directory, name, origin: origin?, files })
}

/// Certificates by their paths, in the end: the last entry of a path writes over what is there, unless it says
/// `append: true` (cloud-init, cloudinit/config/cc_write_files.py, `write_files`).
fn written_files(items: &[Node]) -> Vec<(&Text, CertificateText)> {
    let mut written: Vec<(&Text, CertificateText)> = Vec::new();
    for item in items {
        let (Some(path), Some(content)) = (item.text_at(&["path"]), item.text_at(&["content"])) else { continue };
        let known = written.iter().position(|(other, _)| other.as_str() == path.as_str());
        let before = known.map(|at| written.remove(at).1);
        let encoding = item.text_at(&["encoding"]).map(Text::as_str);
        let text = match encoding {
            Some("b64" | "base64") => CertificateText::Base64(content.clone()),
            Some(encoding) if encoding.starts_with("gz") => match encoded::decoded(content) {
                Some(Ok(unpacked)) => CertificateText::Pem(unpacked),
                _ => continue,
            },
            _ if before.is_some() || is_certificate(content) => CertificateText::Pem(content.clone()),
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

/// cloud-init's: each directory in which a layout's files are written.
fn of_write_files(node: &Node) -> Vec<Kept> {
    let items = node.get("write_files").map(Node::items).unwrap_or_default();
    let written = written_files(items);
    let mut kept: Vec<Kept> = Vec::new();
    for (path, _) in &written {
        // A layout has directories in its own, one or two.
        for directory in std::path::Path::new(path.as_str()).ancestors().skip(1).take(3) {
            let Some(directory) = directory.to_str().filter(|directory| directory.starts_with('/')) else { continue };
            let below = |path: &Text| {
                let rest = path.as_str().strip_prefix(directory)?;
                Some(rest.strip_prefix('/')?.to_owned())
            };
            let has = |file: &str| written.iter().any(|(path, _)| below(path).as_deref() == Some(file));
            let Some(layout) = Layout::of_files(&has) else { continue };
            if kept.iter().any(|known| known.directory == directory) {
                continue;
            }
            let files = written.iter().filter_map(|(path, text)| Some((below(path)?, text.clone())));
            let files: Vec<_> =
                files.filter(|(file, _)| certificates_of(layout).any(|wanted| wanted == file)).collect();
            let (directory, origin) = (directory.to_owned(), path.origin());
            kept.push(Kept { layout, name: directory.clone(), directory, origin, files });
        }
    }
    kept
}
