//! A directory of PKI files in kubeadm's layout, with no flags at all: the flags are those that kubeadm would give.

use crate::kubernetes::Component;
use crate::source::formats::kubeadm;
use crate::source::{Completeness, Document, InputFormat, Invocation, extra_arguments};
use crate::text::{Origin, SourceFile};

/// What makes it a directory of ours.
const MARKS: [&str; 2] = ["front-proxy-ca.crt", "front-proxy-client.crt"];

/// Without one of these, flags that kubeadm gives are missing because their files are.
const NEEDED: [&str; 4] = ["ca.crt", "front-proxy-ca.crt", "front-proxy-client.crt", "front-proxy-client.key"];

/// `None`: the file names (without directories) are not those of kubeadm's layout.
pub fn read(directory_name: &str, file_names: &[String]) -> Option<Vec<Document>> {
    let has = |name: &str| file_names.iter().any(|file| file == name);
    if !MARKS.into_iter().any(has) {
        return None;
    }
    let origin = Origin::start_of(&SourceFile::new(directory_name, ""));
    let complete = NEEDED.into_iter().all(has);
    let invocation = |component: Component| {
        let mut arguments = kubeadm::default_arguments(component, directory_name, &origin);
        arguments.retain(|argument| {
            let value = argument.text.as_str().split_once('=').map_or("", |(_, value)| value);
            let file = value.strip_prefix(directory_name.trim_end_matches('/')).and_then(|file| file.strip_prefix('/'));
            match file {
                Some(file) => has(file),
                // Of what is no file, only the aggregation layer's flags say something about the directory.
                None => extra_arguments::name(argument).is_some_and(|name| name.starts_with("requestheader-")),
            }
        });
        let whole = Invocation::new(component, directory_name, origin.clone(), InputFormat::PkiDirectory, arguments);
        let completeness = if complete { Completeness::Complete } else { Completeness::Fragment };
        Document::Invocation(Invocation { completeness, ..whole })
    };
    let mut documents = vec![invocation(Component::KubeApiserver)];
    // Only where the signing key is can the controller manager sign.
    if has("ca.crt") && has("ca.key") {
        documents.push(invocation(Component::KubeControllerManager));
    }
    Some(documents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Provenance;

    fn flags(files: &[&str]) -> Option<Vec<(Component, Completeness, Vec<String>)>> {
        let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
        let found = read("/pki/", &files)?.into_iter().map(|document| {
            let Document::Invocation(invocation) = document else { panic!("{document:?}") };
            assert!(
                invocation.arguments.iter().all(|argument| argument.provenance == Provenance::DefaultOf("kubeadm"))
            );
            let arguments = invocation.arguments.iter().map(|argument| argument.text.as_str().to_owned()).collect();
            (invocation.component, invocation.completeness, arguments)
        });
        Some(found.collect())
    }

    #[test]
    fn the_flags_are_those_whose_files_are_there() {
        let files = ["ca.crt", "front-proxy-ca.crt", "front-proxy-client.crt", "front-proxy-client.key", "sa.pub"];
        let expected = [
            "--client-ca-file=/pki/ca.crt",
            "--proxy-client-cert-file=/pki/front-proxy-client.crt",
            "--proxy-client-key-file=/pki/front-proxy-client.key",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-client-ca-file=/pki/front-proxy-ca.crt",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
            "--service-account-key-file=/pki/sa.pub",
        ];
        let expected = expected.map(str::to_owned).to_vec();
        assert_eq!(flags(&files), Some(vec![(Component::KubeApiserver, Completeness::Complete, expected)]));
    }

    #[test]
    fn a_directory_without_the_proxy_clients_key_is_a_fragment() {
        let found = flags(&["front-proxy-ca.crt", "front-proxy-client.crt", "ca.crt", "ca.key"]).unwrap();
        let shapes: Vec<_> = found.iter().map(|(component, completeness, _)| (*component, *completeness)).collect();
        assert_eq!(
            shapes,
            [
                (Component::KubeApiserver, Completeness::Fragment),
                (Component::KubeControllerManager, Completeness::Fragment)
            ]
        );
        assert!(!found[0].2.iter().any(|flag| flag.contains("front-proxy-client.key")));
    }

    #[test]
    fn any_other_directory_is_not_ours() {
        assert_eq!(flags(&["ca.crt", "server.crt"]), None);
    }
}
