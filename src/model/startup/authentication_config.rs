//! The file of `--authentication-config` at the start (`pkg/kubeapiserver/options/authentication.go`).

use super::Start;
use super::refusal::{Refusal, RefusalKind};
use crate::kubernetes::KubernetesVersion;
use crate::model::{FileState, UnusableKind};
use crate::source::AnonymousConfiguration;
use crate::text::Located;
use crate::x509::quote::quoted;

const GATE: &str = "StructuredAuthenticationConfiguration";
const ANONYMOUS_GATE: &str = "AnonymousAuthConfigurableEndpoints";

impl Start<'_> {
    /// The gate is on by default from 1.30 on, and cannot be switched off from 1.34 on.
    pub(super) fn authentication_config_gate(&self) -> Option<Located<String>> {
        let given = self.setup.authentication_config.flag.setting().given()?;
        let on = self.gate(GATE, 30, 34);
        (!on && !given.value.value.is_empty()).then(|| {
            let message = format!("set --feature-gates={GATE}=true to use authentication-config file");
            Located::new(message, given.value.origin.clone())
        })
    }

    /// `ToAuthenticationConfig`, behind the client CA and before the CA for request headers.
    pub(super) fn authentication_config(&mut self) -> Option<Refusal> {
        let options = &self.setup.options;
        let given = self.setup.authentication_config.flag.setting().given()?;
        let origin = given.value.origin.clone();
        let path = given.value.value.as_str();
        let anonymous = match &self.setup.authentication_config.state {
            FileState::NotGiven => return None,
            FileState::NotLooked(_) => {
                self.assumptions.push(Located::new(format!("--authentication-config={path} is right"), origin));
                return None;
            }
            FileState::Unusable(unusable) => {
                let cause = match unusable.kind {
                    UnusableKind::Empty => "empty config data",
                    _ => unusable.message.as_str(),
                };
                let message =
                    format!("failed to load authentication configuration from file {}: {cause}", quoted(path));
                return Some(Refusal::of_file(unusable, message));
            }
            FileState::Loaded(configuration) => configuration.anonymous.as_ref()?,
        };
        let message = if options.anonymous_auth.given().is_some() {
            "anonymous: Forbidden: --anonymous-auth flag cannot be set when anonymous field is configured in \
             authentication configuration file"
        } else if !self.gate(ANONYMOUS_GATE, 32, 34) {
            "invalid authentication configuration: anonymous: Forbidden: anonymous is not supported when \
             AnonymousAuthConfigurableEnpoints feature gate is disabled"
        } else if matches!(anonymous, AnonymousConfiguration { enabled: false, paths } if !paths.is_empty()) {
            "invalid authentication configuration: anonymous.conditions: Invalid value: enabled should be set to true \
             when conditions are defined"
        } else {
            return None;
        };
        Some(Refusal::new(message, &origin, RefusalKind::Other))
    }

    /// Whether a feature gate is on that is so by default from one minor version and cannot be changed from another.
    fn gate(&self, name: &str, default: u16, locked: u16) -> bool {
        let minor = |minor| KubernetesVersion { major: 1, minor };
        self.version >= minor(locked) || self.setup.options.feature_gate(name).unwrap_or(self.version >= minor(default))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::kubernetes::KubernetesVersion;
    use crate::model::testing::invocation;
    use crate::model::{Authentication, Lookup, Request, Setup, Startup, start};
    use crate::text::Located;

    const HEAD: &str = "apiVersion: apiserver.config.k8s.io/v1beta1\nkind: AuthenticationConfiguration\n";

    fn setup(file: &str, arguments: &[&str], minor: u16) -> Setup {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("auth.yaml"), file).unwrap();
        let lookup = Lookup { root: Some(directory.path().into()), certain: true, ..Lookup::default() };
        let mut server = invocation(&[&["--authentication-config=auth.yaml"], arguments].concat());
        server.version = Some(Located::new(KubernetesVersion { major: 1, minor }, server.origin.clone()));
        Setup::load(server, &lookup)
    }

    #[test]
    fn the_file_can_end_the_server() {
        let enabled = format!("{HEAD}anonymous: {{enabled: true}}\n");
        let narrowed = format!("{HEAD}anonymous: {{enabled: false, conditions: [{{path: /x}}]}}\n");
        for (file, arguments, minor, says) in [
            (enabled.as_str(), &[][..], 36, ""),
            (&enabled, &["--anonymous-auth=true"], 36, "anonymous: Forbidden: --anonymous-auth flag"),
            (HEAD, &["--anonymous-auth=true"], 36, ""),
            (&narrowed, &[], 36, "enabled should be set to true"),
            ("", &[], 36, "failed to load authentication configuration from file \"auth.yaml\": empty config data"),
            (HEAD, &[], 29, "set --feature-gates=StructuredAuthenticationConfiguration=true"),
            (HEAD, &["--feature-gates=StructuredAuthenticationConfiguration=true"], 29, ""),
            (&enabled, &[], 31, "feature gate is disabled"),
            (&enabled, &[], 32, ""),
            (HEAD, &[], 28, "Error: unknown flag: --authentication-config"),
        ] {
            let found = match start(&setup(file, arguments, minor), KubernetesVersion { major: 1, minor }) {
                Startup::Starts { .. } => String::new(),
                Startup::Refuses(refusal) => refusal.message,
                Startup::Unknown(why) => panic!("{why:?}"),
            };
            assert!(found.contains(says) && found.is_empty() == says.is_empty(), "1.{minor} {arguments:?}: {found}");
        }
    }

    #[test]
    fn the_file_decides_about_anonymous_requests() {
        let anonymous = |file: &str, arguments: &[&str]| {
            let server = Authentication::of(&setup(&format!("{HEAD}{file}"), arguments, 36)).unwrap();
            let now = time::macros::datetime!(2026-06-01 00:00 UTC);
            server.authenticate(&Request::default(), now).user.is_some()
        };
        assert!(anonymous("anonymous: {enabled: true}\n", &["--authorization-mode=AlwaysAllow"]));
        assert!(!anonymous(
            "anonymous: {enabled: true, conditions: [{path: /livez}]}\n",
            &["--authorization-mode=RBAC"]
        ));
        assert!(!anonymous("anonymous: {enabled: false}\n", &["--authorization-mode=RBAC"]));
        assert!(!anonymous("", &[]));
        assert!(anonymous("", &["--authorization-mode=RBAC"]));
        assert!(anonymous("", &["--authorization-config=/x"]));
    }
}
