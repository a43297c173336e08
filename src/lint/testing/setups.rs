//! Set-ups, ConfigMaps and APIServices that are made of flags, values and files.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use crate::kubernetes::{Component, KubernetesVersion};
use crate::model::{ConfigMap, Lookup, Setup};
use crate::source::{
    ApiService, Argument, AuthenticationConfigMap, Completeness, Condition, InputFormat, Invocation, Provenance,
    ServiceReference,
};
use crate::text::{Located, Origin, SourceFile, Text};

/// Flags and files that become a [`Setup`].
#[derive(Debug, Clone)]
pub(crate) struct SetupBuilder {
    component: Component,
    /// What the input's file is called; what tells several nodes apart.
    input: String,
    completeness: Completeness,
    version: Option<KubernetesVersion>,
    flags: Vec<(String, Provenance)>,
    files: BTreeMap<String, TestFile>,
}

#[derive(Debug, Clone)]
struct TestFile {
    contents: String,
    mode: u32,
}

impl SetupBuilder {
    /// A component with exactly these arguments and no files. An argument with `{{` or `${` in it is opaque.
    pub(crate) fn new(component: Component, flags: &[&str]) -> Self {
        Self {
            component,
            input: format!("{}.yaml", component.name()),
            completeness: Completeness::Complete,
            version: None,
            flags: flags.iter().map(|flag| ((*flag).to_owned(), Provenance::Written)).collect(),
            files: BTreeMap::new(),
        }
    }

    /// Replaces the value of a flag (without dashes), or adds the flag.
    pub(crate) fn set(mut self, flag: &str, value: &str) -> Self {
        let argument = format!("--{flag}={value}");
        match self.flags.iter_mut().find(|(known, _)| is_flag(known, flag)) {
            Some((known, _)) => *known = argument,
            None => self.flags.push((argument, Provenance::Written)),
        }
        self
    }

    /// Takes every occurrence of a flag (without dashes) away.
    pub(crate) fn without(mut self, flag: &str) -> Self {
        self.flags.retain(|(known, _)| !is_flag(known, flag));
        self
    }

    /// Adds an argument as it is, at the end.
    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.flags.push((argument.to_owned(), Provenance::Written));
        self
    }

    /// Adds an argument that a tool would add where nothing is written.
    pub(crate) fn default_of(mut self, tool: &'static str, argument: &str) -> Self {
        self.flags.push((argument.to_owned(), Provenance::DefaultOf(tool)));
        self
    }

    /// Puts a file on the host, owned and readable as kubeadm would; paths without a file are not on the host.
    pub(crate) fn file(self, path: &str, contents: &str) -> Self {
        let mode = if contents.contains("PRIVATE KEY") { 0o600 } else { 0o644 };
        self.file_with_mode(path, contents, mode)
    }

    pub(crate) fn file_with_mode(mut self, path: &str, contents: &str, mode: u32) -> Self {
        self.files.insert(path.to_owned(), TestFile { contents: contents.to_owned(), mode });
        self
    }

    /// Takes a file away: nothing can be said about it.
    pub(crate) fn without_file(mut self, path: &str) -> Self {
        self.files.remove(path);
        self
    }

    /// Names the input's file, so that several nodes can be told apart.
    pub(crate) fn input(mut self, name: &str) -> Self {
        name.clone_into(&mut self.input);
        self
    }

    pub(crate) fn version(mut self, version: &str) -> Self {
        self.version = Some(version.parse().unwrap());
        self
    }

    /// The flags are only some of the component's.
    pub(crate) fn fragment(mut self) -> Self {
        self.completeness = Completeness::Fragment;
        self
    }

    /// Reads the flags and loads the files.
    pub(crate) fn setup(&self) -> Setup {
        let host = tempfile::tempdir().unwrap();
        for (path, TestFile { contents, mode }) in &self.files {
            let path = host.path().join(path.trim_start_matches('/'));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, contents).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(*mode)).unwrap();
        }
        let lookup = Lookup { root: Some(host.path().to_owned()), ..Lookup::default() };
        Setup::load(self.invocation(), &lookup)
    }

    /// One argument a line in a file of its own, so that every origin is a real place.
    fn invocation(&self) -> Invocation {
        let program = self.component.name();
        let lines: Vec<&str> = self.flags.iter().map(|(flag, _)| flag.as_str()).collect();
        let file = SourceFile::new(self.input.clone(), format!("{program}\n{}\n", lines.join("\n")));
        let mut start = program.len() + 1;
        let arguments = self
            .flags
            .iter()
            .map(|(flag, provenance)| {
                let text = Text::of(&file).slice(start..start + flag.len());
                start += flag.len() + 1;
                Argument { text, opaque: flag.contains("{{") || flag.contains("${"), provenance: *provenance }
            })
            .collect();
        let origin = Origin::new(&file, 0..program.len());
        let name = format!("Pod kube-system/{program}");
        Invocation {
            version: self.version.map(|value| Located { value, origin: origin.clone() }),
            completeness: self.completeness,
            ..Invocation::new(self.component, name, origin, InputFormat::Manifest, arguments)
        }
    }
}

/// The ConfigMap `extension-apiserver-authentication`, key by key.
#[derive(Debug, Clone)]
pub(crate) struct ConfigMapBuilder {
    pub(super) data: BTreeMap<&'static str, String>,
}

impl ConfigMapBuilder {
    pub(crate) fn set(mut self, key: &'static str, value: &str) -> Self {
        self.data.insert(key, value.to_owned());
        self
    }

    pub(crate) fn without(mut self, key: &str) -> Self {
        self.data.remove(key);
        self
    }

    pub(crate) fn read(&self) -> ConfigMap {
        let text: String = self.data.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
        let file = SourceFile::new("config-map.yaml", text);
        let value = |key: &str| {
            let value = self.data.get(key)?;
            let start = file.text().find(&format!("{key}: {value}"))? + key.len() + 2;
            Some(Text::of(&file).slice(start..start + value.len()))
        };
        let written = AuthenticationConfigMap {
            name: "kube-system/extension-apiserver-authentication".to_owned(),
            origin: Origin::start_of(&file),
            client_ca: value("client-ca-file"),
            requestheader_client_ca: value("requestheader-client-ca-file"),
            resource_version: value("resource-version"),
            requestheader_allowed_names: value("requestheader-allowed-names"),
            requestheader_username_headers: value("requestheader-username-headers"),
            requestheader_uid_headers: value("requestheader-uid-headers"),
            requestheader_group_headers: value("requestheader-group-headers"),
            requestheader_extra_headers_prefix: value("requestheader-extra-headers-prefix"),
            private_keys: Vec::new(),
        };
        ConfigMap::read(&written, None)
    }
}

/// An APIService of metrics-server's, with a service and nothing else.
#[derive(Debug, Clone, Default)]
pub(crate) struct ApiServiceBuilder {
    ca_bundle: Option<String>,
    insecure: Option<bool>,
    injected: bool,
    local: bool,
    unavailable: Option<(&'static str, String)>,
}

impl ApiServiceBuilder {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn ca_bundle(mut self, base64: &str) -> Self {
        self.ca_bundle = Some(base64.to_owned());
        self
    }

    pub(crate) fn insecure(mut self, insecure: bool) -> Self {
        self.insecure = Some(insecure);
        self
    }

    /// A template or an annotation has the bundle filled in.
    pub(crate) fn injected(mut self) -> Self {
        self.injected = true;
        self
    }

    /// Without a service: kube-apiserver answers by itself.
    pub(crate) fn local(mut self) -> Self {
        self.local = true;
        self
    }

    /// Its condition `Available` is false.
    pub(crate) fn unavailable(mut self, reason: &'static str, message: &str) -> Self {
        self.unavailable = Some((reason, message.to_owned()));
        self
    }

    fn reference(&self, origin: &Origin) -> ServiceReference {
        let named = |value: &str| Some(Located::new(value.to_owned(), origin.clone()));
        let (namespace, name) = (named("kube-system"), named("metrics-server"));
        ServiceReference { namespace, name, port: None, origin: origin.clone() }
    }

    pub(crate) fn api_service(&self) -> ApiService {
        let lines = [
            "v1beta1.metrics.k8s.io".to_owned(),
            self.ca_bundle.clone().unwrap_or_default(),
            self.insecure.map(|insecure| insecure.to_string()).unwrap_or_default(),
            self.unavailable.as_ref().map(|_| "False".to_owned()).unwrap_or_default(),
        ];
        let file = SourceFile::new("api-service.yaml", lines.join("\n"));
        let line = |index: usize| Text::of(&file).lines().nth(index).unwrap_or_else(|| Text::empty_at(&file, 0));
        ApiService {
            name: Located { value: line(0).as_str().to_owned(), origin: line(0).origin() },
            ca_bundle: self.ca_bundle.as_ref().map(|_| line(1)),
            ca_bundle_unknown: self.injected,
            injection: None,
            insecure_skip_tls_verify: self.insecure.map(|value| Located { value, origin: line(2).origin() }),
            service: (!self.local).then(|| self.reference(&line(0).origin())),
            available: self.unavailable.as_ref().map(|(reason, message)| Condition {
                status: Located { value: "False".to_owned(), origin: line(3).origin() },
                reason: (*reason).to_owned(),
                message: message.clone(),
            }),
            open: None,
        }
    }
}

fn is_flag(argument: &str, flag: &str) -> bool {
    argument.strip_prefix("--").and_then(|rest| rest.split('=').next()) == Some(flag)
}
