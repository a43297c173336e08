//! A directory of PKI files in the layout of an installer, with no flags at all: the flags are those that it would give.

use crate::kubernetes::Component;
use crate::source::formats::layouts::Layout;
use crate::source::formats::tools;
use crate::source::{Completeness, Document, InputFormat, Invocation, extra_arguments};
use crate::text::{Origin, SourceFile};

/// `None`: the files are of no layout. `has` says which files are there, by their paths below the directory.
pub fn read(directory_name: &str, has: &dyn Fn(&str) -> bool) -> Option<Vec<Document>> {
    let layout = Layout::of_files(has)?;
    let origin = Origin::start_of(&SourceFile::new(directory_name, ""));
    let server = invocation(layout, Component::KubeApiserver, directory_name, has, &origin);
    let mut documents = vec![Document::Invocation(server)];
    // Only where the signing key is can the controller manager sign.
    if !layout.controller_manager.is_empty() && has("ca.crt") && has("ca.key") {
        let manager = invocation(layout, Component::KubeControllerManager, directory_name, has, &origin);
        documents.push(Document::Invocation(manager));
    }
    Some(documents)
}

/// A component with the flags whose files are there. They stand where `origin` is.
pub(super) fn invocation(
    layout: &'static Layout,
    component: Component,
    directory: &str,
    has: &dyn Fn(&str) -> bool,
    origin: &Origin,
) -> Invocation {
    let mut flags = layout.defaults(component);
    if component == Component::KubeApiserver {
        flags.extend(layout.where_there);
    }
    let mut arguments = tools::arguments(layout.tool, &flags, directory, origin);
    arguments.retain(|argument| {
        let value = argument.text.as_str().split_once('=').map_or("", |(_, value)| value);
        let file = value.strip_prefix(directory.trim_end_matches('/')).and_then(|file| file.strip_prefix('/'));
        match file {
            Some(file) => has(file),
            // Of what is no file, only the aggregation layer's flags say something about the directory.
            None => extra_arguments::name(argument).is_some_and(|name| name.starts_with("requestheader-")),
        }
    });
    let completeness = if layout.is_complete(has) { Completeness::Complete } else { Completeness::Fragment };
    let whole = Invocation::new(component, directory, origin.clone(), InputFormat::PkiDirectory, arguments);
    Invocation { completeness, ..whole }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Provenance;

    fn flags(files: &[&str]) -> Option<Vec<(Component, Completeness, Vec<String>)>> {
        let found = read("/pki/", &|file| files.contains(&file))?.into_iter().map(|document| {
            let Document::Invocation(invocation) = document else { panic!("{document:?}") };
            assert!(invocation.arguments.iter().all(|argument| argument.provenance != Provenance::Written));
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
    fn the_files_of_an_etcd_that_an_installer_runs_are_taken_where_they_are() {
        let k3s = ["client-ca.crt", "request-header-ca.crt"];
        let with_etcd: Vec<&str> = k3s.into_iter().chain(["etcd/server-ca.crt"]).collect();
        let has_etcd = |files: &[&str]| {
            let (_, _, arguments) = flags(files).unwrap().remove(0);
            arguments.contains(&"--etcd-cafile=/pki/etcd/server-ca.crt".to_owned())
        };
        assert!(has_etcd(&with_etcd) && !has_etcd(&k3s));
    }

    #[test]
    fn other_installers_have_other_names() {
        let k3s = flags(&["client-ca.crt", "request-header-ca.crt", "client-auth-proxy.crt", "client-auth-proxy.key"]);
        let (_, completeness, arguments) = &k3s.unwrap()[0];
        assert_eq!(*completeness, Completeness::Complete);
        assert!(arguments.contains(&"--requestheader-client-ca-file=/pki/request-header-ca.crt".to_owned()));
        assert!(arguments.contains(&"--requestheader-allowed-names=system:auth-proxy".to_owned()));
        let openshift = flags(&["configmaps/aggregator-client-ca/ca-bundle.crt"]).unwrap();
        assert_eq!(openshift[0].1, Completeness::Fragment);
    }

    #[test]
    fn any_other_directory_is_not_ours() {
        assert_eq!(flags(&["ca.crt", "server.crt"]), None);
    }
}
