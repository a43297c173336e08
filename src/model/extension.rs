//! An extension API server: a container of a Pod, with its flags and what its volumes hold.

use std::path::Path;

use crate::kubernetes::names::SERVICE_ACCOUNT_CA;
use crate::source::resource::{Container, Workload};
use crate::source::{Argument, Candidate, Invocation, Mount, VolumeSource};
use crate::text::{Located, Origin};
use crate::x509::PrivateKey;

use super::root_ca;
use super::volumes::{Held, Volumes, path_of};
use super::{CertificateFile, FileState, Lookup, Objects, Reason, Setting, Setup};

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

impl ExtensionServer {
    /// Loads the files: those of Secrets and ConfigMaps from the objects, others as of any component.
    pub fn load(workload: &Workload, container: usize, objects: &Objects, lookup: &Lookup) -> Option<Self> {
        let one = workload.containers.get(container)?;
        let mut setup = Setup::load(one.invocation.clone(), lookup);
        if let Some(why) = &one.not_told {
            setup.options.fragment = Some(Reason::undecided(&why.value).at(&why.origin));
        }
        setup.read_volumes(objects);
        let files = Files { workload, container: one, objects, volumes: Volumes { pod: &one.invocation, objects } };
        let serving = files.serving(&setup);
        let serving_secret = files.serving_secret(&setup);
        let serving_key = files.serving_key(&setup);
        let token_refused = files.token_refused();
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

    /// Whether it shows a certificate that it makes for itself whenever a Pod starts.
    pub fn makes_its_certificate(&self) -> bool {
        matches!(self.serving, Serving::SelfSigned)
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

    /// Whether its name says that it serves an API of the cluster that it runs in.
    pub fn is_well_known(&self) -> bool {
        self.workload.containers.get(self.container).is_some_and(|container| container.is_well_known)
    }

    /// Where it listens without `--secure-port`, where that is known.
    pub fn default_port(&self) -> Option<u16> {
        self.workload.containers.get(self.container)?.default_port
    }

    /// Whether it trusts the requestheader CA of a file, and not that of the ConfigMap.
    pub fn pins_requestheader_ca(&self) -> bool {
        self.setup.pins_requestheader_ca()
    }

    /// Whether that is the CA which every Pod verifies kube-apiserver with.
    pub fn pins_root_ca(&self) -> bool {
        let path = self.setup.requestheader_client_ca.path();
        path.is_some_and(|path| root_ca::is_at(&self.setup.invocation, path))
    }

    /// Why its flags do not say whom it believes: nothing of them is of k8s.io/apiserver, and one names a configuration.
    pub fn configured_elsewhere(&self) -> Option<Reason> {
        const ENDINGS: [&str; 6] = [".toml", ".yaml", ".yml", ".json", ".conf", ".ini"];
        let is_configuration =
            |argument: &&Argument| ENDINGS.iter().any(|ending| argument.text.as_str().ends_with(ending));
        let argument =
            self.invocation().arguments.iter().find(is_configuration).filter(|_| !self.has_known_defaults())?;
        let why =
            format!("whom it believes may stand in its configuration, which is not read: {}", argument.text.as_str());
        Some(Reason::undecided(why).at(&argument.text.origin()))
    }

    /// `--authentication-skip-lookup`.
    pub fn skips_lookup(&self) -> bool {
        self.setup.skips_lookup()
    }
}

/// The files that one container has beside those of its bundles.
struct Files<'a> {
    workload: &'a Workload,
    container: &'a Container,
    objects: &'a Objects,
    volumes: Volumes<'a>,
}

impl Files<'_> {
    /// The Pod's own field counts before that of its account (`shouldAutomount` of kubernetes'
    /// plugin/pkg/admission/serviceaccount).
    fn token_refused(&self) -> Option<Origin> {
        if Mount::of(&self.container.invocation.mounts, SERVICE_ACCOUNT_CA).is_some() {
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
                _ => self.volumes.serving_certificate(path, origin),
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
                None => return self.mounted_pair().map_or(Serving::SelfSigned, Serving::NotKnown),
            },
        };
        let path = format!("{directory}/apiserver.crt");
        match self.volumes.held(&path) {
            Held::Nothing | Held::Image => Serving::SelfSigned,
            Held::Entry(object, key) if object.entry(&key).is_none() => {
                let why = format!("whether {} holds {key} is not looked at", object.object);
                Serving::NotKnown(Reason::undecided(why))
            }
            Held::Entry(..) => Serving::Certificate(self.volumes.serving_certificate(&path, origin)),
            Held::Missing => Serving::NotKnown(Reason::undecided(format!("no item of the volume is `{path}`"))),
            Held::NotKnown(why) => Serving::NotKnown(why),
        }
    }

    /// The Secret of the file, as the volume names it.
    fn serving_secret(&self, setup: &Setup) -> Option<Located<String>> {
        let given = setup.neighbour("tls-cert-file").and_then(|file| path_of(file.flag.setting()));
        let path = self.given_or(given, "apiserver.crt", setup)?;
        let (mount, _) = Mount::of(&self.container.invocation.mounts, &path)?;
        match &mount.volume.as_ref()?.source {
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
        match self.volumes.held(&path) {
            Held::Entry(object, key) => object.private_key(&key).cloned(),
            _ => None,
        }
    }

    /// Why a Secret with a certificate under the name that the server looks for may be in its own default of `--cert-dir`, as
    /// service-catalog has one (cmd/apiserver/app/server/options.go).
    fn mounted_pair(&self) -> Option<Reason> {
        const NAME: &str = "apiserver.crt";
        let mounts = &self.container.invocation.mounts;
        mounts.iter().find_map(|mount| {
            let path = format!("{}/{NAME}", mount.container_path.trim_end_matches('/'));
            let (own, rest) = Mount::of(mounts, &path)?;
            let candidates = own.volume.as_ref()?.candidates(rest);
            let is_there = match (candidates.first()?, self.volumes.held(&path)) {
                (Candidate::Object(file), Held::Entry(..)) => file.kind == "Secret",
                // Only an item gives a key another name.
                (Candidate::Object(file), Held::NotKnown(_)) => file.kind == "Secret" && file.key != NAME,
                _ => false,
            };
            let why =
                || Reason::undecided(format!("`{path}` may be in the directory that is this server's --cert-dir"));
            is_there.then(why)
        })
    }

    /// `--cert-dir` without the flag (`SecureServingOptions`) is below the working directory, which the image sets: where
    /// something is mounted on a directory of that name, that is it.
    fn default_directory(&self) -> Option<String> {
        const DEFAULT: &str = "apiserver.local.config/certificates";
        let mounts = self.container.invocation.mounts.iter().map(|mount| Path::new(&mount.container_path));
        let below = |path: &&Path| path.ends_with(DEFAULT) || path.parent().is_some_and(|path| path.ends_with(DEFAULT));
        let path = mounts.into_iter().find(below)?;
        let directory = if path.ends_with(DEFAULT) { path } else { path.parent()? };
        Some(directory.to_string_lossy().into_owned())
    }
}
