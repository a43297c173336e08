//! The objects that are nothing to judge by themselves, and decide about an APIService or an extension API server beside them.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Reading;
use super::inventory::{Inventory, is_server};
use crate::model::Setup;
use crate::source::input::{self, MAXIMUM_SIZE, Unit};
use crate::source::{self, InputFormat, Resource};

/// The namespace of the ConfigMap, and the name of the directory where many keep what is applied to it.
const KUBE_SYSTEM: &str = "kube-system";

/// So many files of it are read.
const MOST_OF_KUBE_SYSTEM: usize = 256;

impl Inventory {
    /// Reads the objects in files in which nothing can be judged by itself, where something can be that they are beside.
    pub fn add_what_is_beside(&mut self, paths: &[PathBuf], reading: &Reading) {
        if !self.wants_objects() {
            return;
        }
        for path in paths {
            let name = path.display().to_string();
            // An object with a certificate in it was taken for a file of certificates.
            let lists = [&self.unrecognised, &self.of_pki];
            if lists.iter().any(|list| list.contains(&name)) && self.add_resources_of(path, reading, |_| true) {
                self.unrecognised.retain(|other| *other != name);
                self.of_pki.retain(|other| *other != name);
                self.files_read += 1;
            }
        }
    }

    /// Where each namespace has a directory, the binding that lets a server read the ConfigMap is in another one than the
    /// server.
    pub(super) fn add_bindings_of_kube_system(&mut self, unit: &Unit, reading: &Reading) {
        let place = unit.directory.parent().map(|above| above.join(KUBE_SYSTEM));
        let is_another = |place: &PathBuf| *place != unit.directory && place.starts_with(&unit.named);
        let Some(place) = place.filter(is_another).filter(|place| self.extends_the_api() && !place.is_symlink()) else {
            return;
        };
        let entries = fs::read_dir(&place).into_iter().flatten().filter_map(Result::ok);
        let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
        let mut files: Vec<PathBuf> = files.map(|entry| entry.path()).collect();
        files.sort();
        for path in files.iter().take(MOST_OF_KUBE_SYSTEM) {
            self.add_resources_of(path, reading, |one| matches!(one, Resource::Binding(_) | Resource::Role(_)));
        }
    }

    /// Adds those of a file's objects that are wanted; whether there were any.
    fn add_resources_of(&mut self, path: &Path, reading: &Reading, is_wanted: impl Fn(&Resource) -> bool) -> bool {
        let Ok(read) = input::read_tolerant(path, MAXIMUM_SIZE) else { return false };
        let mut found = source::read_resources(&read.file);
        found.retain(is_wanted);
        if found.is_empty() {
            return false;
        }
        let directory = path.parent().unwrap_or(Path::new(""));
        let lookup = Arc::new(reading.lookup(path, directory, None));
        found.into_iter().for_each(|resource| self.add_resource(resource, &lookup));
        true
    }

    /// An APIService that the Operator Lifecycle Manager makes is judged as it is, where it is here.
    pub(super) fn leave_out_what_is_made(&mut self) {
        let others = self.api_services.iter().filter(|one| !one.is_made_by_olm());
        let there: HashSet<String> = others.map(|one| one.name.value.clone()).collect();
        self.api_services.retain(|one| !one.is_made_by_olm() || !there.contains(&one.name.value));
    }

    /// What an object holds is judged with the server that mounts it, where one is here.
    pub(super) fn leave_out_what_is_mounted(&mut self) {
        let places = |is_it: &dyn Fn(&Setup) -> bool| {
            let all = self.setups.iter().enumerate();
            all.filter(|(_, setup)| is_it(setup)).map(|(at, _)| at).collect::<Vec<_>>()
        };
        let kept = places(&|setup| setup.invocation.format == InputFormat::PkiDocument);
        let servers = places(&|setup| is_server(setup) && setup.has_volumes());
        let has_all = |server: usize, kept: usize| {
            let pair = self.setups.get(server).zip(self.setups.get(kept));
            pair.is_some_and(|(server, kept)| server.has_all_of(kept))
        };
        let find = |kept: usize| Some((kept, servers.iter().copied().find(|server| has_all(*server, kept))?));
        let mounted: BTreeMap<usize, usize> = kept.into_iter().filter_map(find).collect();
        for (kept, server) in &mounted {
            let published =
                self.setups.get(*kept).map(|kept| kept.invocation.published_keys.clone()).unwrap_or_default();
            let server = self.setups.get_mut(*server);
            server.into_iter().for_each(|server| server.invocation.add_published_keys(&published));
        }
        let mut at = 0..;
        self.setups.retain(|_| at.next().is_none_or(|at| !mounted.contains_key(&at)));
    }

    /// A CA that an extension API server mounts and trusts is that server's, and no kube-apiserver's: none publishes it.
    pub(super) fn leave_out_what_extensions_pin(&mut self) {
        let extensions = &self.extensions;
        let is_pinned = |setup: &Setup| {
            setup.invocation.format == InputFormat::PkiDocument
                && extensions.iter().any(|extension| extension.setup.pins_all_of(setup))
        };
        self.setups.retain(|setup| !is_pinned(setup));
    }

    fn wants_objects(&self) -> bool {
        self.extends_the_api() || self.setups.iter().any(Setup::has_volumes)
    }

    fn extends_the_api(&self) -> bool {
        !self.api_services.is_empty() || self.objects.has_extension_server()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Cluster;
    use crate::source::input::Reach;
    use crate::text::SourceFile;

    #[test]
    fn what_a_server_mounts_is_judged_with_it() {
        let (cluster, other) = (Cluster::new(), Cluster::new());
        let found = |kind: &str, flag: &str, key: &str| {
            let pod = format!(
                "kind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - image: x\n    command: [kube-apiserver, \
                 --requestheader-client-ca-file=/p/front-proxy-ca.crt, --proxy-client-cert-file=/p/front-proxy-client.crt, \
                 {flag}]\n    volumeMounts: [{{name: p, mountPath: /p}}]\n  volumes: [{{name: p, {}}}]\n",
                if kind == "Secret" { "secret: {secretName: pki}" } else { "configMap: {name: pki}" }
            );
            let files = [
                ("front-proxy-ca.crt", cluster.front_proxy_ca.pem.as_str()),
                ("front-proxy-client.crt", &cluster.proxy_client.pem),
                ("front-proxy-client.key", key),
            ];
            let entry =
                |(name, pem): (&str, &str)| format!("  {name}: |\n    {}\n", pem.trim_end().replace('\n', "\n    "));
            let map = if kind == "Secret" { "stringData" } else { "data" };
            let entries: String = files.into_iter().map(entry).collect();
            let object = format!("kind: {kind}\nmetadata: {{name: pki}}\n{map}:\n{entries}");
            let mut inventory = Inventory::default();
            for (name, text) in [("a.yaml", object), ("b.yaml", pod)] {
                inventory.add_text(&SourceFile::new(name, text), &Reading::default());
            }
            inventory.relate();
            inventory.setups
        };
        let key = "--proxy-client-key-file=/p/front-proxy-client.key";
        for pem in [&cluster.proxy_client.key_pem, &other.proxy_client.key_pem] {
            let setups = found("Secret", key, pem);
            let [server] = &setups[..] else { panic!("{setups:#?}") };
            assert_eq!(server.invocation.name, "Pod a");
            // It has no permissions that could be seen.
            assert!(server.invocation.written_key("/p/front-proxy-client.key").is_some());
            assert!(server.invocation.published_keys.is_empty());
        }
        let setups = found("ConfigMap", key, &cluster.proxy_client.key_pem);
        let [server] = &setups[..] else { panic!("{setups:#?}") };
        assert_eq!(server.invocation.published_keys.len(), 1);
        // The pair in the Secret is looked at nowhere else.
        assert_eq!(found("Secret", "--v=2", &other.proxy_client.key_pem).len(), 2);
    }

    /// A tenant's Secret has files of the node's names.
    #[test]
    fn what_no_server_mounts_is_judged_by_itself() {
        let cluster = Cluster::new();
        let encoded = |pem: &str| base64::Engine::encode(&base64::prelude::BASE64_STANDARD, pem);
        let (ca, client) = (encoded(&cluster.front_proxy_ca.pem), encoded(&cluster.proxy_client.pem));
        let server = "kind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - image: x\n    command: [kube-apiserver, \
                      --requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt, \
                      --proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt]\n    \
                      volumeMounts: [{name: p, mountPath: /etc/kubernetes/pki}]\n  volumes: [{name: p, hostPath: \
                      {path: /etc/kubernetes/pki}}]\n";
        let whole = |name: &str| {
            format!(
                "---\nkind: Secret\nmetadata: {{name: {name}}}\ndata: {{front-proxy-ca.crt: {ca}, front-proxy-client.crt: \
                 {client}}}\n"
            )
        };
        let text = [server, &whole("v"), &whole("w")].concat();
        let mut inventory = Inventory::default();
        inventory.add_text(&SourceFile::new("a.yaml", text), &Reading::default());
        inventory.relate();
        let names: Vec<&str> = inventory.setups.iter().map(|setup| setup.invocation.name.as_str()).collect();
        assert_eq!(names, ["Pod a", "Secret v", "Secret w"]);
        assert!(inventory.setups[0].invocation.files.is_empty());
    }

    #[test]
    fn an_object_with_a_certificate_is_no_file_of_certificates() {
        let directory = tempfile::tempdir().unwrap();
        let ca = include_str!("../../../fixtures/inputs/pki-directory/kubeadm/front-proxy-ca.crt");
        let service = "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.x.y}\n";
        let map = |key: &str, value: &str| {
            format!(
                "kind: ConfigMap\nmetadata: {{name: {key}}}\n{key}:\n  x: |\n    {}\n",
                value.replace('\n', "\n    ")
            )
        };
        let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, ca);
        let files =
            [("a.yaml", service.to_owned()), ("b.yaml", map("data", ca)), ("c.yaml", map("binaryData", &encoded))];
        let files = [&files[..], &[("ca.crt", ca.to_owned())]].concat();
        let write = |(name, text): &(&str, String)| {
            let path = directory.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let named = directory.path().to_owned();
        let (files, reach) = (files.iter().map(write).collect(), Reach::of(&named));
        let unit = Unit { directory: named.clone(), files, named, reach, may_be_kustomized: false };
        let inventory = Inventory::of_unit(&unit, &Reading::default());
        assert_eq!((inventory.objects.all().count(), inventory.files_read, inventory.of_pki.len()), (2, 3, 1));
    }
}
