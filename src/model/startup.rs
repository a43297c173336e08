//! Does the server start?

mod authentication_config;
mod controller_manager;
mod refusal;
mod validation;
mod warnings;

pub use refusal::{Refusal, RefusalKind};

use crate::kubernetes::{Component, KubernetesVersion};
use crate::source::InputFormat;
use crate::text::Located;

use super::{FileState, OptionErrorKind, Reason, Setup, TrustBundle, Unusable, UnusableKind};
use crate::x509::quote::quoted;

/// What happens when a component is started with a set-up.
#[derive(Debug, Clone)]
pub enum Startup {
    /// It starts, and logs these warnings about this matter.
    Starts {
        warnings: Vec<Located<String>>,
        /// What could not be looked at and is taken for granted, because it does not decide who a request is: the
        /// proxy client's private key, most often.
        assumptions: Vec<Located<String>>,
    },
    Refuses(Refusal),
    /// Something that decides it could not be looked at, and what.
    Unknown(Vec<Reason>),
}

/// Whether a server of a set-up's own version is known not to start.
pub fn refuses_to_start(setup: &Setup) -> bool {
    matches!(start(setup, setup.version()), Startup::Refuses(_))
}

/// Starts the component as far as its client CAs, request headers and proxy client are concerned, in the order of the
/// real one: flags, validation, CA files, proxy client.
pub fn start(setup: &Setup, version: KubernetesVersion) -> Startup {
    let mut start = Start { setup, version, undecided: Vec::new(), assumptions: Vec::new() };
    let refusal = if setup.reads_config_map() {
        // An extension server does not test what it reads from there, and goes on without a usable CA.
        start.config_map()
    } else {
        start.flags().or_else(|| start.validation()).or_else(|| start.files()).or_else(|| start.controllers())
    };
    match refusal {
        Some(refusal) => Startup::Refuses(refusal),
        None if start.undecided.is_empty() => {
            Startup::Starts { warnings: start.warnings(), assumptions: start.assumptions }
        }
        None => Startup::Unknown(start.undecided),
    }
}

/// What the component refuses of its flags alone, before it loads a file.
pub fn refused_flags(setup: &Setup, version: KubernetesVersion) -> Vec<Refusal> {
    let mut start = Start { setup, version, undecided: Vec::new(), assumptions: Vec::new() };
    setup.options.errors.iter().map(Refusal::from).chain(start.validation()).collect()
}

struct Start<'a> {
    setup: &'a Setup,
    version: KubernetesVersion,
    /// What decides and is not known.
    undecided: Vec<Reason>,
    assumptions: Vec<Located<String>>,
}

impl Start<'_> {
    fn config_map(&mut self) -> Option<Refusal> {
        for state in [&self.setup.client_ca, &self.setup.requestheader_client_ca] {
            if let FileState::NotLooked(why) = &state.state {
                self.undecided.push(why.clone());
            }
        }
        let Located { value: message, origin } = &self.setup.options.errors.first()?.message;
        Some(Refusal::new(message, origin, RefusalKind::Other))
    }

    /// pflag and cobra.
    fn flags(&mut self) -> Option<Refusal> {
        let options = &self.setup.options;
        let error = options.errors.first();
        // A file shows what runs somewhere, perhaps a vendor's build; on our own command line upstream's is meant.
        let foreign = options.foreign.first().filter(|_| self.setup.invocation.format == InputFormat::Flags);
        let foreign = foreign.filter(|foreign| {
            error.is_none_or(|error| {
                error.kind == OptionErrorKind::Positional
                    || foreign.origin.range().start < error.message.origin.range().start
            })
        });
        let (message, origin) = match (foreign, error, &options.prints_and_exits) {
            (Some(flag), _, _) => (format!("Error: unknown flag: {}", flag.value), &flag.origin),
            (None, Some(error), _) => return Some(error.into()),
            (None, None, Some(flag)) => {
                (format!("{} prints its answer and ends the process", flag.value), &flag.origin)
            }
            (None, None, None) => return self.feature_gates(),
        };
        Some(Refusal::new(message, origin, RefusalKind::Other))
    }

    /// k8s.io/component-base's `ComponentGlobalsRegistry.Set`, which runs before anything is validated.
    fn feature_gates(&self) -> Option<Refusal> {
        let Located { value: message, origin } = self.setup.options.malformed_feature_gate.as_ref()?;
        Some(Refusal::new(message, origin, RefusalKind::Other))
    }

    /// The CA files are loaded first, the proxy client's pair with the aggregator.
    fn files(&mut self) -> Option<Refusal> {
        let setup = self.setup;
        let (client, request_header) = match setup.invocation.component {
            Component::KubeApiserver => ("", ""),
            // DelegatingAuthenticationOptions.ApplyTo.
            Component::KubeControllerManager | Component::KubeScheduler | Component::ExtensionApiServer => {
                ("unable to load client CA provider: ", "unable to create request header authentication config: ")
            }
        };
        self.bundle(&setup.client_ca.state, client)
            .or_else(|| self.authentication_config())
            .or_else(|| self.bundle(&setup.requestheader_client_ca.state, request_header))
            .or_else(|| self.proxy_client())
    }

    fn bundle(&mut self, state: &FileState<TrustBundle>, prefix: &str) -> Option<Refusal> {
        match state {
            FileState::NotGiven | FileState::Loaded(_) => None,
            FileState::Unusable(unusable) => Some(Refusal::of_file(unusable, format!("{prefix}{}", unusable.message))),
            FileState::NotLooked(why) => {
                if self.undecided.iter().all(|known| known.cause() != why.cause()) {
                    self.undecided.push(why.clone());
                }
                None
            }
        }
    }

    /// `DynamicCertKeyPairContent.loadCertKeyPair`; with only one of the two flags it is not called at all.
    fn proxy_client(&mut self) -> Option<Refusal> {
        let setup = self.setup;
        let Setup { proxy_client, proxy_client_key, .. } = setup;
        if setup.proxy_client.path().is_none() || setup.proxy_client_key.path().is_none() {
            return None;
        }
        let refusal = |unusable: &Unusable| Some(Refusal::of_file(unusable, &unusable.message));
        let cannot_be_read = |unusable: &Unusable| unusable.kind.cannot_be_read();
        match (&proxy_client.state, &proxy_client_key.state) {
            (FileState::Unusable(certificate), _) if cannot_be_read(certificate) => refusal(certificate),
            (_, FileState::Unusable(key)) if key.kind == UnusableKind::Empty => {
                let name =
                    format!("aggregator-proxy-cert::{}::{}", setup.proxy_client.path().unwrap_or_default(), key.path);
                let message = format!("missing content for serving cert {}", quoted(&name));
                Some(Refusal::of_file(key, message))
            }
            (FileState::Unusable(certificate), _) => refusal(certificate),
            (_, FileState::Unusable(key)) => refusal(key),
            (FileState::Loaded(certificate), FileState::Loaded(key)) => {
                let mismatch = key.key.mismatch(&certificate.leaf.value)?;
                Some(Refusal::new(mismatch, &key.origin, RefusalKind::Other))
            }
            (certificate, key) => {
                self.assume(certificate);
                self.assume(key);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::Lookup;
    use crate::model::testing::{Authority, invocation};

    const NEWEST: KubernetesVersion = KubernetesVersion::NEWEST;

    /// Starts with files of these names and contents.
    fn started(files: &[(&str, &str)], arguments: &[&str], version: KubernetesVersion) -> Startup {
        let directory = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(directory.path().join(name), content).unwrap();
        }
        let lookup = Lookup { root: Some(directory.path().into()), certain: true, ..Lookup::default() };
        let mut invocation = invocation(arguments);
        invocation.version = Some(Located::new(version, invocation.origin.clone()));
        start(&Setup::load(invocation, &lookup), version)
    }

    fn refusal(files: &[(&str, &str)], arguments: &[&str]) -> String {
        match started(files, arguments, NEWEST) {
            Startup::Refuses(refusal) => refusal.message,
            other => panic!("{arguments:?}: {other:?}"),
        }
    }

    fn starts(files: &[(&str, &str)], arguments: &[&str], version: KubernetesVersion) -> Vec<String> {
        match started(files, arguments, version) {
            Startup::Starts { warnings, .. } => warnings.into_iter().map(|warning| warning.value).collect(),
            other => panic!("{arguments:?}: {other:?}"),
        }
    }

    #[test]
    fn several_validation_errors_are_told_in_brackets() {
        let message = refusal(
            &[],
            &["--requestheader-allowed-names=a,", "--requestheader-uid-headers= ", "--requestheader-group-headers=\t"],
        );
        assert_eq!(
            message,
            "[empty value in \"requestheader-group-headers\", empty value in \"requestheader-allowed-names\", \
             empty value in \"requestheader-uid-headers\", --requestheader-uid-headers is set without specifying the \
             standard X-Remote-Uid header - API aggregation will not work]"
        );
    }

    #[test]
    fn the_first_error_of_the_flags_comes_before_everything() {
        for (arguments, message) in [
            (&["--client-ca-file=missing", "--anonymous-auth=x", "-x"][..], "Error: invalid argument \"x\""),
            (&["--of-nobody=x", "--client-ca-fil=y"], "Error: unknown flag: --of-nobody"),
            (&["--client-ca-fil=y", "--of-nobody=x"], "Error: unknown flag: --client-ca-fil"),
            (&["x", "--of-nobody=x"], "Error: unknown flag: --of-nobody"),
            (&["x"], "Error: \"kube-apiserver\" does not take any arguments, got [\"x\"]"),
            (&["--client-ca-file=missing"], "open missing: no such file or directory"),
        ] {
            let found = refusal(&[], arguments);
            assert!(found.starts_with(message), "{arguments:?}: {found}");
        }
    }

    #[test]
    fn flags_of_a_vendor_in_a_file_are_a_warning() {
        let mut unit = invocation(&["--of-a-vendor=x"]);
        unit.format = InputFormat::Systemd;
        let Startup::Starts { warnings, .. } = start(&Setup::load(unit, &Lookup::default()), NEWEST) else {
            panic!("it does not start");
        };
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn overlapping_bundles_need_names_since_1_35() {
        let ca = Authority::new("ca").pem();
        let files = [("a", ca.as_str()), ("b", ca.as_str())];
        let arguments = ["--client-ca-file=a", "--requestheader-client-ca-file=b"];
        assert_eq!(refusal(&files, &arguments), super::validation::OVERLAP);
        starts(&files, &arguments, KubernetesVersion { major: 1, minor: 34 });
        let named = [&arguments[..], &["--requestheader-allowed-names=x"]].concat();
        starts(&files, &named, NEWEST);
        let opaque = [&arguments[..], &["--requestheader-allowed-names={{ names }}"]].concat();
        assert!(matches!(started(&files, &opaque, NEWEST), Startup::Unknown(_)));
    }

    #[test]
    fn uid_headers_depend_on_the_version_and_the_gate() {
        let arguments = ["--requestheader-uid-headers=x-remote-uid"];
        starts(&[], &arguments, NEWEST);
        let gated = [&arguments[..], &["--feature-gates=A=true,RemoteRequestHeaderUID=false"]].concat();
        assert_eq!(
            refusal(&[], &gated),
            "--requestheader-uid-headers requires the \"RemoteRequestHeaderUID\" feature to be enabled"
        );
        let of_kube = [&arguments[..], &["--feature-gates=kube:RemoteRequestHeaderUID=false"]].concat();
        assert_eq!(refusal(&[], &of_kube), refusal(&[], &gated));
        for (minor, starts) in [(31, false), (32, false), (33, true)] {
            let startup = started(&[], &arguments, KubernetesVersion { major: 1, minor });
            assert_eq!(matches!(startup, Startup::Starts { .. }), starts, "1.{minor}");
        }
    }

    /// As a kube-apiserver v1.37.2 words it, whatever else is wrong.
    #[test]
    fn a_feature_gate_is_on_or_off() {
        let blank = "--requestheader-allowed-names= ";
        for (gates, message) in [
            ("A=perhaps", "invalid value of A=perhaps, err: strconv.ParseBool: parsing \"perhaps\": invalid syntax"),
            ("A=true, B", "missing bool value for B"),
        ] {
            assert_eq!(refusal(&[], &[blank, &format!("--feature-gates={gates}")]), message);
        }
        starts(&[], &["--feature-gates=A=true,,B=0"], NEWEST);
    }

    #[test]
    fn names_other_than_the_standard_ones_are_warned_of() {
        let warnings = starts(
            &[],
            &["--requestheader-username-headers=X-User", "--requestheader-extra-headers-prefix=X-Extra-"],
            NEWEST,
        );
        assert_eq!(
            warnings,
            [
                "--requestheader-username-headers is set without specifying the standard X-Remote-User header - API \
                 aggregation will not work",
                "--requestheader-extra-headers-prefix is set without specifying the standard X-Remote-Extra- header \
                 prefix - API aggregation will not work"
            ]
        );
    }

    #[test]
    fn the_proxy_client_must_be_a_pair_if_both_flags_are_given() {
        let (one, other) = (Authority::new("one"), Authority::new("other"));
        let (certificate, key, other_key) = (one.pem(), one.key_pem(), other.key_pem());
        let files = [
            ("crt", certificate.as_str()),
            ("key", key.as_str()),
            ("other", other_key.as_str()),
            ("empty", ""),
            ("text", "text"),
        ];
        let pair = |certificate: &str, key: &str| {
            [format!("--proxy-client-cert-file={certificate}"), format!("--proxy-client-key-file={key}")]
        };
        for (certificate, key, message) in [
            ("crt", "other", "tls: private key does not match public key"),
            ("missing", "key", "open missing: no such file or directory"),
            ("empty", "key", "missing content for serving cert \"aggregator-proxy-cert::empty::key\""),
            ("crt", "empty", "missing content for serving cert \"aggregator-proxy-cert::crt::empty\""),
            ("text", "key", "tls: failed to find any PEM data in certificate input"),
            (
                "key",
                "key",
                "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs \
                 may have been switched",
            ),
            ("crt", "text", "tls: failed to find any PEM data in key input"),
            ("crt", "crt", "tls: found a certificate rather than a key in the PEM for the private key"),
        ] {
            let pair = pair(certificate, key);
            assert_eq!(refusal(&files, &pair.each_ref().map(String::as_str)), message);
        }
        for pair in [pair("crt", "key"), pair("crt", ""), pair("", "key"), pair("missing", "")] {
            starts(&files, &pair.each_ref().map(String::as_str), NEWEST);
        }
        let startup = started(&files, &pair("crt", "missing").each_ref().map(String::as_str), NEWEST);
        let Startup::Starts { assumptions, .. } = startup else { panic!("{startup:?}") };
        assert_eq!(assumptions[0].value, "the private key missing is not here");
    }

    #[test]
    fn other_components_word_it_differently_and_do_not_test_for_overlap() {
        let ca = Authority::new("ca").pem();
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("ca"), ca).unwrap();
        let lookup = Lookup { root: Some(directory.path().into()), certain: true, ..Lookup::default() };
        let manager = |arguments: &[&str]| {
            let mut invocation = invocation(arguments);
            invocation.component = Component::KubeControllerManager;
            start(&Setup::load(invocation, &lookup), NEWEST)
        };
        let same = manager(&["--client-ca-file=ca", "--requestheader-client-ca-file=ca"]);
        assert!(matches!(same, Startup::Starts { .. }), "{same:?}");
        let Startup::Refuses(refusal) = manager(&["--client-ca-file=missing"]) else { panic!("it starts") };
        assert_eq!(refusal.message, "unable to load client CA provider: open missing: no such file or directory");
    }

    #[test]
    fn what_was_not_looked_at_decides_nothing() {
        let opaque = start(&Setup::load(invocation(&["--client-ca-file={{ ca }}"]), &Lookup::default()), NEWEST);
        assert!(matches!(opaque, Startup::Unknown(why) if why[0].to_string().contains("{{ ca }}")));
        let elsewhere = Lookup { certain: false, ..Lookup::default() };
        let missing = start(&Setup::load(invocation(&["--client-ca-file=/no/such/file"]), &elsewhere), NEWEST);
        assert!(matches!(missing, Startup::Unknown(why) if why[0].remedy().unwrap().contains("--root")));
    }
}
