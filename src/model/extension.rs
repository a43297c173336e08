//! An extension API server: a container of a Pod, with its flags and what its volumes hold.

use std::path::Path;

use crate::source::CertificateText;
use crate::source::resource::{Certificates, Container, Projection, VolumeSource, Workload, is_template, may_be_same};
use crate::source::{Invocation, below};
use crate::text::{Located, Origin};
use crate::x509::PrivateKey;

use super::files::{PemFile, certificate_file, trust_bundle};
use super::root_ca;
use super::{CertificateFile, FileFlag, FileState, Lookup, Objects, Reason, Setting, Setup, Unusable, UnusableKind};

/// Where the kubelet puts the CA that a Pod verifies kube-apiserver's serving certificate with.
pub const SERVICE_ACCOUNT_CA: &str = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

/// An extension API server with what its files hold.
#[derive(Debug, Clone)]
pub struct ExtensionServer {
    pub setup: Setup,
    pub workload: Workload,
    /// Which of the workload's containers it is.
    pub container: usize,
    pub serving: Serving,
    /// The Secret that its serving certificate is in, whether it was read or not.
    pub serving_secret: Option<Located<String>>,
    /// Where it is said that no token of its ServiceAccount is in the Pod.
    pub token_refused: Option<Origin>,
    /// The private key of its serving certificate, where it lies in a Secret that was read.
    pub serving_key: Option<Located<Result<PrivateKey, String>>>,
}

/// Which certificate it shows to kube-apiserver.
#[derive(Debug, Clone)]
pub enum Serving {
    /// It makes one for itself whenever a Pod starts (`SecureServingOptions.MaybeDefaultWithSelfSignedCerts`).
    SelfSigned,
    Certificate(FileState<CertificateFile>),
    NotKnown(Reason),
}

/// What a path of the container is.
enum Held<'a> {
    Entry(&'a Certificates, String),
    /// The volume shows other files of its object only.
    Missing,
    /// Of a volume that is empty at the start.
    Nothing,
    NotKnown(Reason),
    /// In no volume.
    Image,
}

impl ExtensionServer {
    /// Loads the files: those of Secrets and ConfigMaps from the objects, others as of any component.
    pub fn load(workload: &Workload, container: usize, objects: &Objects, lookup: &Lookup) -> Option<Self> {
        let one = workload.containers.get(container)?;
        let mut setup = Setup::load(one.invocation.clone(), lookup);
        if let Some(why) = &one.not_told {
            setup.options.fragment = Some(Reason::undecided(&why.value).at(&why.origin));
        }
        let volumes = Volumes { workload, container: one, objects };
        volumes.settle(&mut setup);
        let serving = volumes.serving(&setup);
        let serving_secret = volumes.serving_secret(&setup);
        let serving_key = volumes.serving_key(&setup);
        let token_refused = volumes.token_refused();
        Some(Self { setup, workload: workload.clone(), container, serving, serving_secret, token_refused, serving_key })
    }

    /// The account that its Pods run as.
    pub fn service_account(&self) -> &str {
        self.workload.account()
    }

    /// For what it asks kube-apiserver as its ServiceAccount: `authentication` or `authorization`. `None`: for neither, as
    /// far as its flags tell.
    pub fn delegates_as_account(&self) -> Option<&'static str> {
        let delegating = &self.setup.options.delegating;
        // Others may take a `--kubeconfig` of their own for both.
        let is_own = |word: &str| word.contains("kubeconfig") && !word.starts_with("--auth");
        let arguments = &self.setup.invocation.arguments;
        if self.default_port().is_none() && arguments.iter().any(|argument| is_own(argument.text.as_str())) {
            return None;
        }
        let for_what = [
            (&delegating.authentication_kubeconfig, "authentication"),
            (&delegating.authorization_kubeconfig, "authorization"),
        ];
        let is_missing = |given: &Setting<String>| given.path().is_none() && !matches!(given, Setting::Opaque(_));
        for_what.into_iter().find(|(given, _)| is_missing(given)).map(|(_, what)| what)
    }

    pub fn namespace(&self) -> Option<&str> {
        self.workload.object.namespace()
    }

    pub fn invocation(&self) -> &Invocation {
        &self.setup.invocation
    }

    /// Whether its flags or names say that it is built on k8s.io/apiserver.
    pub fn has_known_defaults(&self) -> bool {
        self.workload.containers.get(self.container).is_some_and(|container| container.has_known_defaults)
    }

    /// Where it listens without `--secure-port`, where that is known.
    pub fn default_port(&self) -> Option<u16> {
        self.workload.containers.get(self.container)?.default_port
    }

    /// Whether it trusts the requestheader CA of a file, and not that of the ConfigMap.
    pub fn pins_requestheader_ca(&self) -> bool {
        self.setup.pins_requestheader_ca()
    }

    /// `--authentication-skip-lookup`.
    pub fn skips_lookup(&self) -> bool {
        self.setup.skips_lookup()
    }
}

/// What the volumes of one container hold.
struct Volumes<'a> {
    workload: &'a Workload,
    container: &'a Container,
    objects: &'a Objects,
}

impl<'a> Volumes<'a> {
    /// Fills in the bundles that lie in objects.
    fn settle(&self, setup: &mut Setup) {
        for FileFlag { flag, state } in [&mut setup.client_ca, &mut setup.requestheader_client_ca] {
            let given = path_of(flag.setting()).filter(|_| matches!(state, FileState::NotLooked(_)));
            let Some((path, origin)) = given else { continue };
            let name = format!("client-ca-bundle::{path}");
            *state = self.file(path, origin, |file, place| trust_bundle(&name, file, |_| place.clone()));
        }
    }

    /// The Pod's own field counts before that of its account (`shouldAutomount` of kubernetes'
    /// plugin/pkg/admission/serviceaccount).
    fn token_refused(&self) -> Option<Origin> {
        if self.container.mounts.iter().any(|mount| below(SERVICE_ACCOUNT_CA, &mount.path).is_some()) {
            return None;
        }
        let of_account = || self.objects.account(self.workload)?.automounts_token.as_ref();
        match self.workload.automounts_token.as_ref().or_else(of_account) {
            Some(automounts) => (!automounts.value).then(|| automounts.origin.clone()),
            // A Pod that runs shows what was mounted.
            None => {
                let object = &self.workload.object;
                (object.from_cluster && object.kind.value == "Pod").then(|| object.name.origin.clone())
            }
        }
    }

    fn serving(&self, setup: &Setup) -> Serving {
        let options = &setup.options;
        let given = setup.neighbour("tls-cert-file");
        let setting = given.map_or(&Setting::Absent, |file| file.flag.setting());
        if let (Some(file), Some((path, origin))) = (given, path_of(setting)) {
            return Serving::Certificate(match &file.state {
                state @ (FileState::Loaded(_) | FileState::Unusable(_)) => state.clone(),
                _ => self.certificate(path, origin),
            });
        }
        if let Setting::Opaque(expression) = setting {
            return Serving::NotKnown(Reason::expression(expression).about("--tls-cert-file"));
        }
        if let Some(why) = &options.fragment {
            return Serving::NotKnown(why.clone().about("--tls-cert-file"));
        }
        if !self.container.has_known_defaults {
            return Serving::NotKnown(Reason::undecided("nothing tells where this server has its certificate from"));
        }
        if !options.delegating.tls_sni_cert_key.is_absent() {
            return Serving::NotKnown(Reason::undecided("--tls-sni-cert-key gives other certificates"));
        }
        let given = path_of(&options.delegating.cert_dir);
        if given.is_none() && !options.delegating.cert_dir.is_absent() {
            return Serving::NotKnown(Reason::undecided("--cert-dir is an expression"));
        }
        let (directory, origin) = match given {
            Some((directory, origin)) => (directory.trim_end_matches('/').to_owned(), origin),
            None => match self.default_directory() {
                Some(directory) => (directory, &setup.invocation.origin),
                None => return Serving::SelfSigned,
            },
        };
        let path = format!("{directory}/apiserver.crt");
        match self.held(&path) {
            Held::Nothing | Held::Image => Serving::SelfSigned,
            Held::Entry(object, key) if object.entry(&key).is_none() => {
                let why = format!("whether {} holds {key} is not looked at", object.object);
                Serving::NotKnown(Reason::undecided(why))
            }
            Held::Entry(..) => Serving::Certificate(self.certificate(&path, origin)),
            Held::Missing => Serving::NotKnown(Reason::undecided(format!("no item of the volume is `{path}`"))),
            Held::NotKnown(why) => Serving::NotKnown(why),
        }
    }

    fn certificate(&self, path: &str, origin: &Origin) -> FileState<CertificateFile> {
        let name = format!("serving-cert::{path}");
        self.file(path, origin, |file, place| certificate_file(&name, file, |_| place.clone()))
    }

    /// The Secret of the file, as the volume names it.
    fn serving_secret(&self, setup: &Setup) -> Option<Located<String>> {
        let given = setup.neighbour("tls-cert-file").and_then(|file| path_of(file.flag.setting()));
        let path = self.given_or(given, "apiserver.crt", setup)?;
        let mount = self.container.mounts.iter().find(|mount| below(&path, &mount.path).is_some())?;
        match &self.workload.volumes.iter().find(|volume| volume.name == mount.volume)?.source {
            VolumeSource::Secret(projection) => Some(projection.object.clone()),
            _ => None,
        }
    }

    /// The path that a flag gives, or the file of that name in the directory of certificates.
    fn given_or(&self, given: Option<(&str, &Origin)>, name: &str, setup: &Setup) -> Option<String> {
        if let Some((path, _)) = given {
            return Some(path.to_owned());
        }
        let directory = match path_of(&setup.options.delegating.cert_dir) {
            Some((directory, _)) => directory.trim_end_matches('/').to_owned(),
            None => self.default_directory()?,
        };
        Some(format!("{directory}/{name}"))
    }

    /// The key of the same Secret.
    fn serving_key(&self, setup: &Setup) -> Option<Located<Result<PrivateKey, String>>> {
        let path = self.given_or(path_of(setup.tls_private_key.flag.setting()), "apiserver.key", setup)?;
        match self.held(&path) {
            Held::Entry(object, key) if key == "tls.key" => object.private_key.clone(),
            _ => None,
        }
    }

    /// `--cert-dir` without the flag (`SecureServingOptions`) is below the working directory, which the image sets: where
    /// something is mounted on a directory of that name, that is it.
    fn default_directory(&self) -> Option<String> {
        const DEFAULT: &str = "apiserver.local.config/certificates";
        let mounts = self.container.mounts.iter().map(|mount| Path::new(&mount.path));
        let below = |path: &&Path| path.ends_with(DEFAULT) || path.parent().is_some_and(|path| path.ends_with(DEFAULT));
        let path = mounts.into_iter().find(below)?;
        let directory = if path.ends_with(DEFAULT) { path } else { path.parent()? };
        Some(directory.to_string_lossy().into_owned())
    }

    fn file<T>(
        &self,
        path: &str,
        origin: &Origin,
        parse: impl FnOnce(&PemFile<'_>, &Origin) -> Result<T, Unusable>,
    ) -> FileState<T> {
        let not_looked = |why: Reason| FileState::NotLooked(why.at(origin));
        match self.held(path) {
            Held::Entry(object, key) => match object.entry(&key).map(CertificateText::pem) {
                Some((Some(bytes), text)) => {
                    let file = PemFile::new(path, origin, &bytes);
                    parse(&file, &text.origin()).map_or_else(FileState::Unusable, FileState::Loaded)
                }
                Some((None, text)) => not_looked(
                    Reason::undecided(format!("{key} of {} is not base64", object.object)).at(&text.origin()),
                ),
                None => not_looked(Reason::undecided(format!("{key} of {} is not looked at", object.object))),
            },
            Held::NotKnown(why) => not_looked(why),
            Held::Missing => FileState::Unusable(Unusable {
                origin: origin.clone(),
                path: path.to_owned(),
                looked_at: None,
                message: format!("open {path}: no such file or directory"),
                kind: UnusableKind::Missing,
            }),
            Held::Nothing => {
                not_looked(Reason::undecided(format!("`{path}` is in a volume that the Pod itself fills")))
            }
            Held::Image => {
                not_looked(Reason::undecided(format!("`{path}` is in no volume: it is in the image, or nowhere")))
            }
        }
    }

    fn held(&self, path: &str) -> Held<'a> {
        if path == SERVICE_ACCOUNT_CA {
            return self.entry(root_ca::NAME, root_ca::KEY.to_owned(), false);
        }
        let mount = self.container.mounts.iter().find_map(|mount| Some((mount, below(path, &mount.path)?)));
        let Some((mount, rest)) = mount else { return Held::Image };
        let name = match &mount.sub_path {
            Some(sub_path) if rest.is_empty() => sub_path.clone(),
            Some(sub_path) => format!("{sub_path}/{rest}"),
            None => rest.to_owned(),
        };
        let volume = self.workload.volumes.iter().find(|volume| volume.name == mount.volume);
        match volume {
            Some(volume) => self.of_source(&volume.source, &name),
            None => Held::NotKnown(Reason::undecided(format!("the volume {} is not among the objects", mount.volume))),
        }
    }

    fn of_source(&self, source: &VolumeSource, name: &str) -> Held<'a> {
        match source {
            VolumeSource::Empty => Held::Nothing,
            VolumeSource::Secret(projection) => self.projected(projection, name, true),
            VolumeSource::ConfigMap(projection) => self.projected(projection, name, false),
            VolumeSource::Projected(sources) => {
                let mut found = sources.iter().map(|source| self.of_source(source, name));
                found
                    .find(|held| matches!(held, Held::Entry(..)))
                    .unwrap_or_else(|| Held::NotKnown(Reason::undecided("it is in a projected volume")))
            }
            VolumeSource::Other => Held::NotKnown(Reason::undecided("it is in a volume that holds no object")),
        }
    }

    fn projected(&self, projection: &Projection, name: &str, is_secret: bool) -> Held<'a> {
        // Of the keys the kubelet shows those that are listed, where some are (k8s.io/api, `KeyToPath`).
        let key = match projection.items.iter().find(|(_, path)| may_be_same(path, Some(name))) {
            Some((_, path)) if is_template(path) => {
                return Held::NotKnown(Reason::undecided("a template names the path"));
            }
            Some((key, _)) => key.clone(),
            None if projection.items.is_empty() => name.to_owned(),
            None => return Held::Missing,
        };
        self.entry(&projection.object.value, key, is_secret)
    }

    fn entry(&self, name: &str, key: String, is_secret: bool) -> Held<'a> {
        let kind = if is_secret { "Secret" } else { "ConfigMap" };
        match self.objects.mounted(self.workload, kind, name) {
            Some(object) if object.lacks(&key) => Held::Missing,
            Some(object) => Held::Entry(object, key),
            None => Held::NotKnown(Reason::undecided(format!("the {kind} {name} is not among the objects"))),
        }
    }
}

fn path_of(setting: &Setting<String>) -> Option<(&str, &Origin)> {
    Some((setting.path()?, setting.origin()?))
}
