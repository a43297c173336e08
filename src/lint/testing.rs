//! What the rules' tests are made of: certificates issued when the test runs, and set-ups made of flags and files.
//!
//! A test begins with a [`Cluster`] that nothing is wrong with, changes what it is about, and asks one rule:
//!
//! ```ignore
//! let cluster = Cluster::new();
//! let setup = cluster.server().set("requestheader-allowed-names", "").setup();
//! let finding = check(&RULE, &setup).expect_finding();
//! ```

pub(crate) mod judgements;
pub(crate) mod openssl;
pub(crate) mod scene;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SerialNumber,
};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::kubernetes::Component;
use crate::kubernetes::KubernetesVersion;
use crate::lint::{Context, Finding, Outcome, Rule, Target};
use crate::model::{Authentication, Lookup, Objects, Request, Setup, User, sentences};
use crate::source::{
    ApiService, Argument, AuthenticationConfigMap, Completeness, Condition, InputFormat, Invocation, Provenance,
    ServiceReference,
};
use crate::text::{Located, Origin, SourceFile, Text};
use crate::x509::{Certificate, pem};

/// The time at which every test judges.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

/// A certificate and its key.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    /// One CERTIFICATE block.
    pub pem: String,
    /// PKCS#8.
    pub key_pem: String,
    params: CertificateParams,
    key: Arc<KeyPair>,
}

impl Issued {
    /// A self-signed CA as kubeadm makes it; the name is its CN.
    pub(crate) fn ca(name: &str) -> Self {
        Self::ca_with(name, |_| {})
    }

    /// The same, after its parameters were changed.
    pub(crate) fn ca_with(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = parameters(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment, KeyUsagePurpose::KeyCertSign];
        params.not_after = NOW + Duration::days(3650);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Self::self_signed(params, Arc::new(key))
    }

    /// A client certificate of this CA as kubeadm makes it; the name is its CN.
    pub(crate) fn client(&self, name: &str) -> Self {
        self.client_with(name, |_| {})
    }

    pub(crate) fn client_with(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = parameters(name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        self.sign(params, Arc::new(KeyPair::generate().unwrap()))
    }

    /// A CA below this one.
    pub(crate) fn intermediate(&self, name: &str) -> Self {
        Self::ca(name).cross_signed_by(self)
    }

    /// The same subject and key, signed by `issuer`.
    pub(crate) fn cross_signed_by(&self, issuer: &Self) -> Self {
        issuer.sign(fresh(self.params.clone()), Arc::clone(&self.key))
    }

    /// The same subject and key in a new self-signed certificate.
    pub(crate) fn reissued(&self) -> Self {
        Self::self_signed(fresh(self.params.clone()), Arc::clone(&self.key))
    }

    /// The same key in a new self-signed certificate with other parameters.
    pub(crate) fn reissued_with(&self, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = fresh(self.params.clone());
        change(&mut params);
        Self::self_signed(params, Arc::clone(&self.key))
    }

    /// The same key in a self-signed certificate with another CN.
    pub(crate) fn same_key_as(&self, name: &str) -> Self {
        let mut params = fresh(self.params.clone());
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, name);
        Self::self_signed(params, Arc::clone(&self.key))
    }

    /// The certificate, read by our own parser.
    pub(crate) fn certificate(&self) -> Certificate {
        let block = pem::blocks(self.pem.as_bytes()).next().unwrap();
        Certificate::from_der(&block.contents).unwrap()
    }

    /// Base64 of the PEM, as an APIService's caBundle has it.
    pub(crate) fn base64(&self) -> String {
        base64(&self.pem)
    }

    /// The same with a second certificate.
    pub(crate) fn base64_with(&self, other: &Self) -> String {
        base64(&bundle(&[self, other]))
    }

    /// SHA-256 of the DER, hex.
    pub(crate) fn fingerprint(&self) -> String {
        self.certificate().fingerprint()
    }

    fn self_signed(params: CertificateParams, key: Arc<KeyPair>) -> Self {
        let pem = params.self_signed(key.as_ref()).unwrap().pem();
        Self { pem, key_pem: key.serialize_pem(), params, key }
    }

    fn sign(&self, mut params: CertificateParams, key: Arc<KeyPair>) -> Self {
        params.use_authority_key_identifier_extension = true;
        let issuer = Issuer::from_params(&self.params, self.key.as_ref());
        let pem = params.signed_by(key.as_ref(), &issuer).unwrap().pem();
        Self { pem, key_pem: key.serialize_pem(), params, key }
    }
}

/// One file with all of these certificates.
pub(crate) fn bundle(certificates: &[&Issued]) -> String {
    certificates.iter().map(|issued| issued.pem.as_str()).collect()
}

fn base64(text: &str) -> String {
    let armoured = ::pem::encode(&::pem::Pem::new("X", text));
    armoured.lines().filter(|line| !line.starts_with('-')).collect()
}

/// A name and a validity around [`NOW`].
fn parameters(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = NOW - Duration::days(30);
    params.not_after = NOW + Duration::days(335);
    fresh(params)
}

/// The same with a serial number of its own, so that no two certificates are equal by accident.
fn fresh(mut params: CertificateParams) -> CertificateParams {
    static SERIAL: AtomicU64 = AtomicU64::new(1);
    params.serial_number = Some(SerialNumber::from(SERIAL.fetch_add(1, Ordering::Relaxed)));
    params
}

/// The CAs and the proxy client of a cluster, and set-ups that use them as kubeadm does.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    pub client_ca: Issued,
    pub front_proxy_ca: Issued,
    pub proxy_client: Issued,
}

/// Where [`Cluster`] puts its files.
pub(crate) const CLIENT_CA: &str = "/etc/kubernetes/pki/ca.crt";
pub(crate) const FRONT_PROXY_CA: &str = "/etc/kubernetes/pki/front-proxy-ca.crt";
pub(crate) const PROXY_CLIENT: &str = "/etc/kubernetes/pki/front-proxy-client.crt";
pub(crate) const PROXY_CLIENT_KEY: &str = "/etc/kubernetes/pki/front-proxy-client.key";

impl Cluster {
    pub(crate) fn new() -> Self {
        let front_proxy_ca = Issued::ca("front-proxy-ca");
        let proxy_client = front_proxy_ca.client("front-proxy-client");
        Self { client_ca: Issued::ca("kubernetes"), front_proxy_ca, proxy_client }
    }

    /// A kube-apiserver with the flags that kubeadm gives it, all files in place.
    pub(crate) fn server(&self) -> SetupBuilder {
        SetupBuilder::new(
            Component::KubeApiserver,
            &[
                &format!("--client-ca-file={CLIENT_CA}"),
                &format!("--requestheader-client-ca-file={FRONT_PROXY_CA}"),
                "--requestheader-allowed-names=front-proxy-client",
                "--requestheader-username-headers=X-Remote-User",
                "--requestheader-group-headers=X-Remote-Group",
                "--requestheader-extra-headers-prefix=X-Remote-Extra-",
                &format!("--proxy-client-cert-file={PROXY_CLIENT}"),
                &format!("--proxy-client-key-file={PROXY_CLIENT_KEY}"),
            ],
        )
        .file(CLIENT_CA, &self.client_ca.pem)
        .file(FRONT_PROXY_CA, &self.front_proxy_ca.pem)
        .file(PROXY_CLIENT, &self.proxy_client.pem)
        .file(PROXY_CLIENT_KEY, &self.proxy_client.key_pem)
    }

    /// The ConfigMap that [`Self::server`] publishes.
    pub(crate) fn config_map(&self) -> ConfigMapBuilder {
        let values = [
            ("client-ca-file", self.client_ca.pem.as_str()),
            ("requestheader-allowed-names", r#"["front-proxy-client"]"#),
            ("requestheader-client-ca-file", self.front_proxy_ca.pem.as_str()),
            ("requestheader-extra-headers-prefix", r#"["X-Remote-Extra-"]"#),
            ("requestheader-group-headers", r#"["X-Remote-Group"]"#),
            ("requestheader-username-headers", r#"["X-Remote-User"]"#),
        ];
        ConfigMapBuilder { data: values.map(|(key, value)| (key, value.to_owned())).into() }
    }

    /// A kube-controller-manager with safe flags (kubeadm leaves the allowed names out), all files in place.
    pub(crate) fn controller_manager(&self) -> SetupBuilder {
        SetupBuilder::new(
            Component::KubeControllerManager,
            &[
                &format!("--client-ca-file={CLIENT_CA}"),
                &format!("--requestheader-client-ca-file={FRONT_PROXY_CA}"),
                "--requestheader-allowed-names=front-proxy-client",
                &format!("--cluster-signing-cert-file={CLIENT_CA}"),
            ],
        )
        .file(CLIENT_CA, &self.client_ca.pem)
        .file(FRONT_PROXY_CA, &self.front_proxy_ca.pem)
    }
}

/// Flags and files that become a [`Setup`].
#[derive(Debug, Clone)]
pub(crate) struct SetupBuilder {
    component: Component,
    /// What the input's file is called; what tells several nodes apart.
    input: String,
    format: InputFormat,
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
            format: InputFormat::Manifest,
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
        Invocation {
            component: self.component,
            name: format!("Pod kube-system/{program}"),
            version: self.version.map(|value| Located { value, origin: origin.clone() }),
            origin,
            format: self.format,
            arguments,
            completeness: self.completeness,
            node: None,
            mounts: Vec::new(),
            unresolved: Vec::new(),
            alternatives: Vec::new(),
        }
    }
}

/// The ConfigMap `extension-apiserver-authentication`, key by key.
#[derive(Debug, Clone)]
pub(crate) struct ConfigMapBuilder {
    data: BTreeMap<&'static str, String>,
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

    /// As an extension API server sees it.
    pub(crate) fn setup(&self) -> Setup {
        let text: String = self.data.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
        let file = SourceFile::new("config-map.yaml", text);
        let value = |key: &str| {
            let value = self.data.get(key)?;
            let start = file.text().find(&format!("{key}: {value}"))? + key.len() + 2;
            Some(Text::of(&file).slice(start..start + value.len()))
        };
        Setup::from_config_map(&AuthenticationConfigMap {
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
        })
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
            insecure_skip_tls_verify: self.insecure.map(|value| Located { value, origin: line(2).origin() }),
            service: (!self.local).then(|| self.reference(&line(0).origin())),
            available: self.unavailable.as_ref().map(|(reason, message)| Condition {
                status: Located { value: "False".to_owned(), origin: line(3).origin() },
                reason: (*reason).to_owned(),
                message: message.clone(),
            }),
        }
    }
}

fn is_flag(argument: &str, flag: &str) -> bool {
    argument.strip_prefix("--").and_then(|rest| rest.split('=').next()) == Some(flag)
}

/// Who a request is, by the model: the client's own certificate first, then what it sends along. For tests that a
/// finding's demonstration is true.
pub(crate) fn user(setup: &Setup, certificates: &[&Issued], headers: &[(&str, &str)]) -> Option<User> {
    let request = Request {
        certificates: certificates.iter().map(|issued| issued.certificate()).collect(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    };
    Authentication::of(setup).unwrap().authenticate(&request, NOW).user
}

/// Asks one rule about one set-up that stands alone.
pub(crate) fn check(rule: &Rule, setup: &Setup) -> Outcome {
    check_beside(rule, setup, &[])
}

/// Asks one rule about a set-up beside which others were found.
pub(crate) fn check_beside(rule: &Rule, setup: &Setup, beside: &[&Setup]) -> Outcome {
    let beside: Vec<Target<'_>> = beside.iter().map(|other| Target::of(other)).collect();
    check_target(rule, Target::of(setup), &beside)
}

/// Asks one rule about one APIService.
pub(crate) fn check_api_service(rule: &Rule, service: &ApiServiceBuilder) -> Outcome {
    check_target(rule, Target::ApiService(&service.api_service()), &[])
}

/// Asks one rule about any target.
pub(crate) fn check_target(rule: &Rule, target: Target<'_>, beside: &[Target<'_>]) -> Outcome {
    let context = Context { beside, objects: Objects::NONE, now: NOW, expiry_warning: Duration::days(30) };
    rule.judge(target, &context).unwrap_or_else(|| panic!("{} does not look at this", rule.id))
}

/// What a test expects of an outcome; each panics with the outcome when it is another one.
pub(crate) trait Expect {
    /// Exactly one finding, complete enough to be shown.
    fn expect_finding(self) -> Finding;
    fn expect_findings(self, count: usize) -> Vec<Finding>;
    fn expect_pass(self);
    /// The reason.
    fn expect_not_applicable(self) -> String;
    /// The reason.
    fn expect_unknown(self) -> String;
}

impl Expect for Outcome {
    fn expect_finding(self) -> Finding {
        self.expect_findings(1).remove(0)
    }

    fn expect_findings(self, count: usize) -> Vec<Finding> {
        let Self::Fail(findings) = self else { panic!("expected {count} findings, not {self:#?}") };
        assert_eq!(findings.len(), count, "{findings:#?}");
        for finding in &findings {
            for text in [&finding.message, &finding.label, &finding.consequence, &finding.fix.sentence] {
                assert!(!text.is_empty(), "a finding with an empty text: {finding:#?}");
            }
            assert!(!finding.identity.is_empty(), "a finding without identity: {finding:#?}");
        }
        findings
    }

    fn expect_pass(self) {
        assert!(matches!(self, Self::Pass), "expected a pass, not {self:#?}");
    }

    fn expect_not_applicable(self) -> String {
        let Self::NotApplicable(why) = self else { panic!("expected `not applicable`, not {self:#?}") };
        sentences(&why)
    }

    fn expect_unknown(self) -> String {
        let Self::Unknown(why) = self else { panic!("expected `unknown`, not {self:#?}") };
        sentences(&why)
    }
}
