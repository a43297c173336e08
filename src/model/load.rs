//! From options to a set-up: what the files hold, as the component would load them.

mod keys;
mod replaceable;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::source::Invocation;
use crate::text::Origin;

use keys::{filled_in, written_keys};
use replaceable::directories_above;

use super::content::{Content, Failure, NOT_FOUND};
use super::files::{
    PemFile, authentication_configuration, certificate_file, key_file, trust_bundle, written_key_state,
};
use super::lookup::{Lookup, Reading};
use super::options::{Paths, parse};
use super::{
    Cause, CertificateFile, FileFlag, FileState, KeyFile, PathFlag, PublicFile, Reason, Setting, Setup, TrustBundle,
    Unusable, UnusableKind, WatchedFile,
};

impl Setup {
    /// Parses the arguments and reads every file that they name. Never gives up: what could not be read is said where
    /// it would have been.
    pub fn load(mut invocation: Invocation, lookup: &Lookup) -> Self {
        let alternatives = std::mem::take(&mut invocation.alternatives);
        let alternatives = alternatives.into_iter().map(|alternative| Self::load(alternative, lookup)).collect();
        invocation.assume_version(lookup.version);
        let (options, mut paths) = parse(&invocation);
        let [client_ca, requestheader_ca, client, key] = PRINCIPAL.map(|name| paths.take(name));
        let principal = [&client_ca, &requestheader_ca, &client, &key].into_iter().filter_map(|flag| flag.path());
        let loader = Loader {
            invocation: &invocation,
            fragment: &options.fragment,
            lookup,
            principal: principal.collect(),
            read: RefCell::default(),
        };
        let key_path = key.path().unwrap_or_default();
        let certificate = |purpose: &str, flag: PathFlag| loader.certificate_file(purpose, flag, key_path);
        let named = |name: &'static str, paths: &mut Paths| certificate(name, paths.take(name));
        let mut neighbours = NEIGHBOURS.map(|name| named(name, &mut paths)).to_vec();
        neighbours.retain(|file| !file.is_not_given());
        let signs = options.may_run(CSR_SIGNING);
        let (cas, keys) = (paths.take_signing("-cert-file"), paths.take_signing("-key-file"));
        let signing_cas = cas.into_iter().filter(|_| signs).map(|flag| certificate("csr-controller", flag));
        let signing_keys = keys.into_iter().filter(|_| signs).map(|flag| loader.file(flag, key_file));
        let mut setup = Self {
            client_ca: loader.bundle("client-ca-bundle", client_ca.clone()),
            requestheader_client_ca: loader.bundle("request-header", requestheader_ca.clone()),
            proxy_client: certificate("aggregator-proxy-cert", client.clone()),
            proxy_client_key: loader.key_file(key.clone()),
            neighbours,
            tls_private_key: loader.key_file(paths.take("tls-private-key-file")),
            service_account_key: named("service-account-key-file", &mut paths),
            authentication_config: loader.file(paths.take("authentication-config"), authentication_configuration),
            signing_cas: signing_cas.collect(),
            signing_keys: signing_keys.collect(),
            service_account_private_key: loader.file(paths.take("service-account-private-key-file"), key_file),
            alternatives,
            ..Self::without_files(invocation.clone(), options.clone())
        };
        loader.look_around(&mut setup);
        settle_absent_keys(&mut setup, lookup);
        setup
    }
}

/// The files that are certainly in the server's certificate directory.
const PRINCIPAL: [&str; 4] =
    ["client-ca-file", "requestheader-client-ca-file", "proxy-client-cert-file", "proxy-client-key-file"];

/// The controller that signs CertificateSigningRequests; without it nobody reads the signing CAs
/// (k8s.io/kubernetes cmd/kube-controller-manager/names/controller_names.go).
const CSR_SIGNING: [&str; 2] = ["certificatesigningrequest-signing-controller", "csrsigning"];

const NEIGHBOURS: [&str; 6] = [
    "tls-cert-file",
    "kubelet-client-certificate",
    "kubelet-certificate-authority",
    "etcd-cafile",
    "etcd-certfile",
    "root-ca-file",
];

/// The controller manager ends without one of its keys. Where no private key was seen these may be the public parts alone, and
/// whoever copies a node leaves out keys, those of CAs first.
fn settle_absent_keys(setup: &mut Setup, lookup: &Lookup) {
    let is_copy = lookup.root.as_ref().is_some_and(|root| root != Path::new("/"));
    let own = || setup.signing_keys.iter().chain([&setup.service_account_private_key]);
    if is_copy || setup.keys_on_host.is_empty() && own().all(|file| file.loaded().is_none()) {
        let own = setup.signing_keys.iter_mut().chain([&mut setup.service_account_private_key]);
        own.for_each(absent_key_is_no_error);
    }
}

/// A directory in its place is one, and a path with quotes in it, which nobody has.
fn absent_key_is_no_error(file: &mut FileFlag<KeyFile>) {
    if let FileState::Unusable(Unusable { origin, path, kind: UnusableKind::Missing, .. }) = &file.state
        && !path.starts_with(['"', '\''])
    {
        file.state = FileState::NotLooked(Reason::new(Cause::PrivateKeyAbsent(path.into())).at(origin));
    }
}

struct Loader<'a> {
    invocation: &'a Invocation,
    fragment: &'a Option<Reason>,
    lookup: &'a Lookup,
    principal: Vec<&'a str>,
    /// What was read, by the path that the component would open: many ask for the same few files.
    read: RefCell<HashMap<String, Reading>>,
}

impl Loader<'_> {
    /// What the component would read as `path`.
    fn content(&self, path: &str) -> Reading {
        if let Some(known) = self.read.borrow().get(path) {
            return known.clone();
        }
        let found = self.lookup.content(path, self.invocation, &self.principal);
        self.read.borrow_mut().insert(path.to_owned(), found.clone());
        found
    }

    /// What lies beside the files. Those that are written in a document are not seen as they lie on the host.
    fn look_around(&self, setup: &mut Setup) {
        if !setup.invocation.files.is_empty() {
            (setup.keys_on_host, setup.keys_not_read) = written_keys(&setup.invocation.keys);
            return;
        }
        (setup.keys_on_host, setup.keys_not_read) = self.keys(setup);
        (setup.cas_beside, setup.cas_again) = self.cas_beside(setup);
        setup.public_files = self.public_files(setup);
        (setup.directories_above, setup.foreign_owners) = {
            let files = self.front_proxy_files(setup);
            (directories_above(&files), self.foreign_owners(setup, &files))
        };
        setup.watched = self.watched(setup);
    }

    /// `purpose` is the name that the server gives the bundle in its messages.
    fn bundle(&self, purpose: &str, flag: PathFlag) -> FileFlag<TrustBundle> {
        self.file(flag, |path, origin, content| {
            let file = PemFile::of_content(path, origin, content);
            trust_bundle(&format!("{purpose}::{path}"), &file, |block| content.origin_of(block))
        })
    }

    /// `purpose` is the name that the server gives the pair in its messages; `key` the path of the private key.
    fn certificate_file(&self, purpose: &str, flag: PathFlag, key: &str) -> FileFlag<CertificateFile> {
        self.file(flag, |path, origin, content| {
            let file = PemFile::of_content(path, origin, content);
            certificate_file(&format!("{purpose}::{path}::{key}"), &file, |block| content.origin_of(block))
        })
    }

    /// A private key that is not there is no error: whoever checks a configuration often has the public parts only.
    fn key_file(&self, flag: PathFlag) -> FileFlag<KeyFile> {
        if let Some(written) = flag.path().and_then(|path| self.invocation.written_key(path)) {
            let state = match &written.key {
                Some(key) => written_key_state(&written.path, &written.origin, key),
                None => FileState::NotLooked(filled_in(&written.path, &written.origin)),
            };
            return FileFlag { flag, state };
        }
        let mut file = self.file(flag, key_file);
        absent_key_is_no_error(&mut file);
        file
    }

    fn file<T>(
        &self,
        flag: PathFlag,
        parse: impl FnOnce(&str, &Origin, &Content) -> Result<T, Unusable>,
    ) -> FileFlag<T> {
        let state = self.state(flag.setting(), parse);
        FileFlag { flag, state }
    }

    /// The files that the two doors and the proxy client are read from.
    fn public_files(&self, setup: &Setup) -> Vec<PublicFile> {
        let mut seen = HashSet::new();
        let flags = [&setup.client_ca.flag, &setup.requestheader_client_ca.flag, &setup.proxy_client.flag];
        let file = |flag: &PathFlag| {
            let (path, origin) = (flag.path()?, flag.origin()?);
            let content = self.content(path).ok()?;
            seen.insert(content.path.clone()).then(|| PublicFile {
                path: path.to_owned(),
                origin: origin.clone(),
                is_bundle: flag.name != "proxy-client-cert-file",
                permissions: content.permissions(),
                directory: content.directory(),
            })
        };
        flags.into_iter().filter_map(file).collect()
    }

    fn state<T>(
        &self,
        setting: &Setting<String>,
        parse: impl FnOnce(&str, &Origin, &Content) -> Result<T, Unusable>,
    ) -> FileState<T> {
        let given = match setting {
            Setting::Opaque(expression) => {
                return FileState::NotLooked(Reason::expression(expression));
            }
            Setting::Absent => {
                return self.fragment.clone().map_or(FileState::NotGiven, FileState::NotLooked);
            }
            Setting::Given(given) => &given.value,
        };
        let path = given.value.as_str();
        if path.is_empty() {
            return FileState::NotGiven;
        }
        match self.content(path) {
            Ok(content) => match parse(path, &given.origin, &content) {
                Ok(value) => FileState::Loaded(value),
                Err(unusable) => FileState::Unusable(unusable),
            },
            Err(Failure::NotLooked(why)) => FileState::NotLooked(why.at(&given.origin)),
            Err(Failure::Unusable { looked_at, operation, error }) => FileState::Unusable(Unusable {
                origin: given.origin.clone(),
                path: path.to_owned(),
                looked_at: (looked_at != Path::new(path)).then_some(looked_at),
                message: format!("{operation} {path}: {error}"),
                kind: if error == NOT_FOUND { UnusableKind::Missing } else { UnusableKind::Unreadable },
            }),
        }
    }

    /// A copy of the directory, `--pki-dir`, says nothing about how the server's files came to be.
    fn watched(&self, setup: &Setup) -> Vec<WatchedFile> {
        let flags = [&setup.requestheader_client_ca.flag, &setup.proxy_client.flag, &setup.proxy_client_key.flag];
        let file = |flag: &PathFlag| {
            let (path, origin) = (flag.path()?, flag.origin()?);
            let content = self.content(path).ok()?;
            let link = self.lookup.link(path, self.invocation);
            let origin = origin.clone();
            Some(WatchedFile { path: path.to_owned(), origin, hard_links: content.hard_links, link })
        };
        if self.lookup.pki_dir.is_some() { Vec::new() } else { flags.into_iter().filter_map(file).collect() }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::*;
    use crate::kubernetes::Component;
    use crate::model::testing::{Authority, invocation};
    use crate::source::Completeness;

    struct Host {
        directory: tempfile::TempDir,
        lookup: Lookup,
    }

    impl Host {
        fn new(files: &[(&str, &str)]) -> Self {
            let directory = tempfile::tempdir().unwrap();
            for (name, content) in files {
                fs::write(directory.path().join(name), content).unwrap();
            }
            let lookup = Lookup { root: Some(directory.path().into()), certain: true, ..Lookup::default() };
            Self { directory, lookup }
        }

        fn load(&self, arguments: &[&str]) -> Setup {
            Setup::load(invocation(arguments), &self.lookup)
        }
    }

    #[test]
    fn a_bundle_knows_the_place_of_each_block() {
        let (one, other) = (Authority::new("one"), Authority::new("other"));
        let file = format!("# é\n{}{}text\n{}", one.pem(), one.key_pem(), other.pem());
        let setup = Host::new(&[("ca", &file)]).load(&["--client-ca-file=/ca"]);
        let bundle = setup.client_ca.loaded().unwrap();
        let subjects: Vec<&str> = bundle.certificates().map(|ca| ca.subject.common_name()).collect();
        assert_eq!(subjects, ["one", "other"]);
        let (line, _) = bundle.anchors()[0].origin.start();
        assert_eq!((line, bundle.anchors()[0].origin.source()), (2, one.pem().trim_end()));
        assert_eq!(bundle.private_keys.len(), 1);
        let secret = one.key_pem().lines().nth(1).unwrap().to_owned();
        assert!(!bundle.private_keys[0].origin.file().text().contains(&secret), "the key is kept for reports");
        assert_eq!(bundle.origin.source(), "/ca");
    }

    #[test]
    fn what_a_file_lacks_is_said_in_the_servers_words() {
        let setup = |content: &str| Host::new(&[("ca", content)]).load(&["--client-ca-file=ca"]).client_ca.state;
        for (content, kind, message) in [
            ("", UnusableKind::Empty, "missing content for CA bundle \"client-ca-bundle::ca\""),
            (
                "text",
                UnusableKind::NoContent,
                "error loading CA bundle for \"client-ca-bundle::ca\": data does not contain any valid RSA or ECDSA \
                 certificates",
            ),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                UnusableKind::Malformed,
                "error loading CA bundle for \"client-ca-bundle::ca\": x509: malformed certificate",
            ),
        ] {
            let FileState::Unusable(unusable) = setup(content) else { panic!("{content:?} was loaded") };
            assert_eq!((unusable.kind, unusable.message.as_str()), (kind, message));
        }
    }

    #[test]
    fn a_certificate_file_has_a_leaf_and_what_is_sent_with_it() {
        let root = Authority::new("root");
        let chain = format!(
            "{}{}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            root.intermediate("below").pem(),
            root.pem()
        );
        let setup = Host::new(&[("crt", &chain)]).load(&["--proxy-client-cert-file=crt", "--tls-cert-file=crt"]);
        let file = setup.proxy_client.loaded().unwrap();
        assert_eq!(file.leaf.value.subject.common_name(), "below");
        assert_eq!((file.rest.len(), file.broken.len()), (1, 1));
        let flags: Vec<&str> = setup.neighbours.iter().map(|file| file.flag.name).collect();
        assert_eq!(flags, ["tls-cert-file"]);
    }

    #[test]
    fn keys_beside_the_ca_are_found_with_their_permissions() {
        let ca = Authority::new("ca");
        let host = Host::new(&[("ca.crt", &ca.pem()), ("ca.key", &ca.key_pem()), ("x-key.pem", "no key")]);
        fs::set_permissions(host.directory.path().join("ca.key"), fs::Permissions::from_mode(0o640)).unwrap();
        let setup = host.load(&["--requestheader-client-ca-file=/ca.crt", "--client-ca-file=/ca.crt"]);
        assert_eq!(setup.keys_on_host.len(), 1);
        let key = &setup.keys_on_host[0];
        assert_eq!(key.mode, Some(0o640));
        assert!(key.directory_mode.is_some());
        assert!(key.key.matches(&ca.certificate()));
        assert!(key.path.ends_with("ca.key"), "{}", key.path);
        assert!(setup.keys_not_read.is_empty());
    }

    #[test]
    fn names_of_an_inode_and_links_on_the_way_are_seen() {
        let host = Host::new(&[("ca.crt", &Authority::new("ca").pem())]);
        let path = |name: &str| host.directory.path().join(name);
        fs::create_dir_all(path("etc/releases/1")).unwrap();
        fs::create_dir(path("var")).unwrap();
        std::os::unix::fs::symlink("releases/1", path("etc/current")).unwrap();
        std::os::unix::fs::symlink("/etc/releases/1", path("var/run")).unwrap();
        fs::copy(path("ca.crt"), path("etc/releases/1/ca.crt")).unwrap();
        let seen = |name: &str| {
            let setup = host.load(&[&format!("--requestheader-client-ca-file={name}")]);
            setup.watched.iter().map(|file| (file.hard_links, file.link.clone())).collect::<Vec<_>>()
        };
        assert_eq!(seen("/etc/current/ca.crt"), [(1, Some(PathBuf::from("/etc/current")))]);
        assert_eq!(seen("/var/run/ca.crt"), [(1, None)], "a link of the system");
        fs::hard_link(path("ca.crt"), path("kept.crt")).unwrap();
        assert_eq!(seen("/ca.crt"), [(2, None)]);
        assert_eq!(seen("/missing.crt"), []);
        std::os::unix::fs::symlink("releases/1/ca.crt", path("etc/ca.crt")).unwrap();
        assert_eq!(seen("/etc/ca.crt"), [(1, Some(PathBuf::from("/etc/ca.crt")))]);
        // A Secret's volume: the kubelet removes the old directory, and with it the inode that is watched.
        fs::create_dir_all(path("etc/secret/..2026")).unwrap();
        fs::copy(path("ca.crt"), path("etc/secret/..2026/ca.crt")).unwrap();
        std::os::unix::fs::symlink("..2026", path("etc/secret/..data")).unwrap();
        std::os::unix::fs::symlink("..data/ca.crt", path("etc/secret/ca.crt")).unwrap();
        assert_eq!(seen("/etc/secret/ca.crt"), [(1, None)]);
    }

    #[test]
    fn signing_cas_are_loaded_for_the_controller_manager() {
        let host = Host::new(&[("ca", &Authority::new("ca").pem())]);
        let mut manager = invocation(&["--cluster-signing-cert-file=ca", "--root-ca-file=missing"]);
        manager.component = Component::KubeControllerManager;
        let setup = Setup::load(manager, &host.lookup);
        assert!(matches!(&setup.signing_cas[..], [ca] if ca.loaded().is_some()));
        assert!(matches!(&setup.neighbours[..], [root] if matches!(root.state, FileState::Unusable(_))));
    }

    #[test]
    fn nothing_signs_where_the_controller_is_off() {
        let host = Host::new(&[("ca", &Authority::new("ca").pem())]);
        let signs = |controllers: &[&str]| {
            let mut arguments = vec!["--cluster-signing-cert-file=ca"];
            arguments.extend(controllers);
            let mut manager = invocation(&arguments);
            manager.component = Component::KubeControllerManager;
            !Setup::load(manager, &host.lookup).signing_cas.is_empty()
        };
        assert!(!signs(&["--controllers=*,-csrsigning"]));
        assert!(!signs(&["--controllers=*,-certificatesigningrequest-signing-controller"]));
        assert!(!signs(&["--controllers=*", "--controllers=-csrsigning"]));
        assert!(!signs(&["--controllers=bootstrapsigner,tokencleaner"]));
        assert!(signs(&["--controllers=*,bootstrapsigner,-csrcleaner"]));
        assert!(signs(&["--controllers=csrsigning,-csrsigning"]), "the first counts");
        assert!(signs(&["--controllers=csrsigning"]));
        assert!(signs(&[]));
    }

    #[test]
    fn what_a_fragment_does_not_show_was_not_looked_at() {
        let mut fragment = invocation(&["--client-ca-file="]);
        fragment.completeness = Completeness::Fragment;
        let setup = Setup::load(fragment, &Lookup::default());
        assert!(matches!(setup.client_ca.state, FileState::NotGiven));
        assert!(matches!(setup.requestheader_client_ca.state, FileState::NotLooked(_)));
    }
}
