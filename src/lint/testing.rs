//! What the rules' tests are made of: certificates issued when the test runs, and set-ups made of flags and files.
//!
//! A test begins with a [`Cluster`] that nothing is wrong with, changes what it is about, and asks one rule:
//!
//! ```ignore
//! let server = Cluster::new().server().set("requestheader-allowed-names", "");
//! check(&RULE, server).expect_warning().says("no front proxy name is required");
//! ```

mod certificates;
mod documents;
pub(crate) mod judgements;
pub(crate) mod openssl;
pub(crate) mod scene;
mod setups;

use std::borrow::Cow;

use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::kubernetes::Component;
use crate::lint::engine::ask;
use crate::lint::guard::guarded;
use crate::lint::{Beside, Context, Finding, Outcome, Rule, Severity, Target};
use crate::model::{Authentication, ConfigMap, Objects, Request, Setup, User, sentences};

pub(crate) use certificates::{Issued, bundle};
pub(crate) use documents::{PINNED, of_document, setup_of_document};
pub(crate) use setups::{ApiServiceBuilder, ConfigMapBuilder, SetupBuilder};

/// The time at which every test judges.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);

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

    /// With another CA for front proxies, which issues the proxy client too.
    pub(crate) fn with_front_proxy_ca(self, front_proxy_ca: Issued) -> Self {
        Self { proxy_client: front_proxy_ca.client("front-proxy-client"), front_proxy_ca, ..self }
    }

    /// With another proxy client of its CA, after the parameters were changed.
    pub(crate) fn with_client(self, change: impl FnOnce(&mut rcgen::CertificateParams)) -> Self {
        Self { proxy_client: self.front_proxy_ca.client_with("front-proxy-client", change), ..self }
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

    /// The same with a proxy client that this intermediate CA has issued, which is sent along.
    pub(crate) fn server_below(&self, intermediate: &Issued) -> SetupBuilder {
        let client = intermediate.client("front-proxy-client");
        self.server().file(PROXY_CLIENT, &bundle(&[&client, intermediate]))
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

/// Who a request is, by the model: the client's own certificate first, then what it sends along. For tests that a
/// finding's demonstration is true.
pub(crate) fn user(setup: &Setup, certificates: &[&Issued], headers: &[(&str, &str)]) -> Option<User> {
    let request = Request {
        certificates: certificates.iter().map(|issued| issued.certificate()).collect(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    };
    Authentication::of(setup).unwrap().authenticate(&request, NOW).user
}

/// What a rule can be asked about: a set-up or a ConfigMap, or what it is made of.
pub(crate) trait Subject {
    fn made(&self) -> Made<'_>;
}

/// It, made.
pub(crate) enum Made<'a> {
    Setup(Cow<'a, Setup>),
    ConfigMap(Cow<'a, ConfigMap>),
}

impl Made<'_> {
    pub(crate) fn target(&self) -> Target<'_> {
        match self {
            Self::Setup(setup) => Target::of(setup),
            Self::ConfigMap(config_map) => Target::ConfigMap(config_map),
        }
    }
}

impl Subject for Setup {
    fn made(&self) -> Made<'_> {
        Made::Setup(Cow::Borrowed(self))
    }
}

impl Subject for SetupBuilder {
    fn made(&self) -> Made<'_> {
        Made::Setup(Cow::Owned(self.setup()))
    }
}

impl Subject for ConfigMap {
    fn made(&self) -> Made<'_> {
        Made::ConfigMap(Cow::Borrowed(self))
    }
}

impl Subject for ConfigMapBuilder {
    fn made(&self) -> Made<'_> {
        Made::ConfigMap(Cow::Owned(self.read()))
    }
}

impl<T: Subject> Subject for &T {
    fn made(&self) -> Made<'_> {
        T::made(self)
    }
}

/// Asks one rule about what stands alone.
pub(crate) fn check(rule: &Rule, subject: impl Subject) -> Outcome {
    check_beside(rule, subject, &[])
}

/// Asks one rule about what others were found beside.
pub(crate) fn check_beside(rule: &Rule, subject: impl Subject, beside: &[&dyn Subject]) -> Outcome {
    let beside: Vec<Made<'_>> = beside.iter().map(|other| other.made()).collect();
    let beside: Vec<Target<'_>> = beside.iter().map(Made::target).collect();
    check_target(rule, subject.made().target(), &beside)
}

/// Asks one rule about one APIService.
pub(crate) fn check_api_service(rule: &Rule, service: &ApiServiceBuilder) -> Outcome {
    check_target(rule, Target::ApiService(&service.api_service()), &[])
}

/// Asks one rule about any target.
pub(crate) fn check_target(rule: &Rule, target: Target<'_>, beside: &[Target<'_>]) -> Outcome {
    let beside = &Beside::of(beside.iter().copied());
    let context = Context::new(beside, Objects::NONE, NOW, Duration::days(30));
    let outcome = ask(rule, target, &context).unwrap_or_else(|| panic!("{} does not look at this", rule.id));
    guarded(outcome, target, &context)
}

/// What a test expects of an outcome; each panics with the outcome when it is another one.
pub(crate) trait Expect {
    /// Exactly one finding, complete enough to be shown.
    fn expect_finding(self) -> Finding;
    /// The same, with this severity.
    fn expect_error(self) -> Finding;
    fn expect_warning(self) -> Finding;
    fn expect_note(self) -> Finding;
    fn expect_findings(self, count: usize) -> Vec<Finding>;
    fn expect_pass(self);
    /// The reason.
    fn expect_not_applicable(self) -> String;
    /// The reason.
    fn expect_unknown(self) -> String;
    /// For tables: `pass`, `not applicable`, `unknown` or the severity of one finding, and words of the reason or message:
    /// `error: does not start`.
    fn expect_as(self, expected: &str);
}

impl Expect for Outcome {
    fn expect_finding(self) -> Finding {
        self.expect_findings(1).remove(0)
    }

    fn expect_error(self) -> Finding {
        self.expect_finding().with(Severity::Error)
    }

    fn expect_warning(self) -> Finding {
        self.expect_finding().with(Severity::Warning)
    }

    fn expect_note(self) -> Finding {
        self.expect_finding().with(Severity::Note)
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

    fn expect_as(self, expected: &str) {
        let (outcome, words) = expected.split_once(": ").unwrap_or((expected, ""));
        let shown = format!("expected `{expected}`, not {self:#?}");
        let said = match (self, outcome) {
            (Self::Pass, "pass") => String::new(),
            (Self::NotApplicable(why), "not applicable") | (Self::Unknown(why), "unknown") => sentences(&why),
            (outcome @ Self::Fail(_), severity) => {
                let finding = outcome.expect_finding();
                assert_eq!(finding.severity.as_str(), severity, "{shown}");
                finding.message
            }
            _ => panic!("{shown}"),
        };
        assert!(said.contains(words), "{shown}");
    }
}

/// What a test expects of a finding; each gives it back, or panics with it.
impl Finding {
    fn with(self, severity: Severity) -> Self {
        assert_eq!(self.severity, severity, "{self:#?}");
        self
    }

    /// These words are in its message.
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.message.contains(words), "{words:?} is not said: {self:#?}");
        self
    }

    /// These words are in its consequence.
    pub(crate) fn explains(self, words: &str) -> Self {
        assert!(self.consequence.contains(words), "{words:?} is not explained: {self:#?}");
        self
    }

    /// These words are in its demonstration.
    pub(crate) fn shows(self, words: &str) -> Self {
        assert!(
            self.demonstration.as_ref().is_some_and(|shown| shown.contains(words)),
            "{words:?} is not shown: {self:#?}"
        );
        self
    }

    /// It has no demonstration.
    pub(crate) fn shows_nothing(self) -> Self {
        assert_eq!(self.demonstration, None);
        self
    }
}
